"""``flask import``: order files from the disk, through the same door as all others."""

from pathlib import Path
from typing import Any

import click

from cli.base import Refusal, Verb, actor
from errors import NotFoundError, ShopError
from models import Customer, DraftProblem, IncomingFile
from sync import intake
from sync.intake import State


@click.command("import", cls=Verb, short_help="Read order files: import FILE…")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--customer", metavar="CODE", help="Whose orders they are; else the file says it.")
def import_files(files: tuple[Path, ...], customer: str | None) -> None:
    """Read order files and print what became of each.

    Exit code 1 when a file became no order.
    """
    whose = _customer(customer) if customer else None
    made = [_import_one(file, whose) for file in files]
    if not all(made):
        raise Refusal(f"{made.count(False)} of {len(made)} files became no order; see above.")


def _import_one(file: Path, customer: Customer | None) -> bool:
    try:
        incoming = intake.receive("cli", file.name, file.read_bytes(), actor=actor())
        if incoming.state == State.DUPLICATE:
            click.echo(f"{file}: {incoming.reason}")
            return True
        if customer is not None:
            incoming = intake.choose_customer(incoming.id, customer.id, actor())
        else:
            incoming = intake.read_file(incoming.id, actor())
    except (ShopError, OSError) as problem:
        click.echo(f"{file}: {problem}", err=True)
        return False
    return _tell(file, incoming)


def _tell(file: Path, incoming: IncomingFile) -> bool:
    orders = intake.orders_of(incoming)
    if not orders:
        click.echo(f"{file}: {incoming.reason}", err=True)
        _print_problems(DraftProblem.incoming == incoming.id)
        return False
    for order in orders:
        click.echo(f"{file}: order {order.number}, {order.customer_name or 'no customer'}")
        _print_problems((DraftProblem.order == order.id) & DraftProblem.settled_at.is_null())
    return True


def _print_problems(condition: Any) -> None:
    for problem in DraftProblem.select().where(condition).order_by(DraftProblem.id):
        found = f" (found '{problem.found}')" if problem.found else ""
        click.echo(f"  {problem.address}, {problem.field}: {problem.message}{found}")


def _customer(code: str) -> Customer:
    found: Customer | None = Customer.get_or_none(Customer.code == code)
    if found is None:
        raise NotFoundError(f"There is no customer with the code '{code}'.")
    return found
