"""``flask sheets``: look now, how they stand, connect one; a Google of our own to try it on."""

import os
import socket
from pathlib import Path
from typing import Any

import click

from cli.base import Refusal, Verb, actor, moment, print_table
from errors import ShopError
from models import SheetLink
from sync.sheets import accounts, backends, layouts, turns
from sync.sheets.google import access_of_key
from sync.sheets.standing import standing, waiting
from workflow.actors import Actor


@click.group("sheets", short_help="The sheet that managers work in.")
def sheets() -> None:
    """Everything about the shared sheet."""


@sheets.command("sync", cls=Verb, short_help="Look now: sheets sync [NAME…]")
@click.argument("names", nargs=-1)
def sync(names: tuple[str, ...]) -> None:
    """Bring the shared sheets and the shop together now (all that are switched on by default).

    A sheet that a worker is busy with is left to it; it is asked to look at once.
    """
    chosen = [turns.called(name) for name in names]
    if not names:
        chosen = list(SheetLink.select().where(SheetLink.active).order_by(SheetLink.name))
    if not chosen:
        raise Refusal("There is no shared sheet: connect one under Shared sheets.")
    good = [_sync_one(one) for one in chosen]
    if not all(good):
        raise Refusal(f"{good.count(False)} of {len(good)} sheets were not brought up; see above.")


def _sync_one(row: SheetLink) -> bool:
    owner = f"{socket.gethostname()[:60]}:{os.getpid()}:terminal"
    link = turns.take(row.id, owner)
    if link is None:
        turns.ask_now(row.id)
        click.echo(f"{row.name}: a worker is at it and was asked to look again at once")
        return True
    try:
        report = turns.run(link)
    except ShopError as problem:
        click.echo(f"{row.name}: {problem}", err=True)
        return False
    finally:
        turns.give_back(row.id, owner)
    if report.stopped:
        click.echo(f"{row.name}: {report.stopped}", err=True)
        return False
    click.echo(
        f"{row.name}: {report.taken} cells taken, {report.written} written, {report.added} rows "
        f"added, {report.conflicts} conflicts, {report.refused} refused, {report.waiting} waiting"
    )
    return True


@sheets.command("status", cls=Verb, short_help="How the shared sheets stand")
def status() -> None:
    """One line per sheet: how it stands, last good read, what waits for a person."""
    links = SheetLink.select().order_by(SheetLink.name)
    print_table(
        ("sheet", "kind", "stands", "last good read", "to write", "conflicts", "removed", "why"),
        [_line(link) for link in links],
    )


def _line(link: SheetLink) -> tuple[str, ...]:
    stands, waits = standing(link), waiting(link)
    numbers = (stands.pending, waits.conflicts, waits.removed)
    kind, read = str(link.backend), moment(stands.last_read_at)
    return (link.name, kind, stands.word, read, *map(str, numbers), stands.sentence)


@sheets.command("connect", cls=Verb, short_help="Connect one: sheets connect NAME ADDRESS")
@click.argument("name")
@click.argument("address")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Key file of the service account, for a Google sheet.",
)
def connect(name: str, address: str, key: Path | None) -> None:
    """Keep a Google sheet (its address) or a workbook file (its path) from now on."""
    google = address.startswith("https://") or key is not None
    link = layouts.connect(name, "google" if google else "workbook", address, actor())
    SheetLink.update(active=False).where(SheetLink.id == link.id).execute()
    try:
        if google:
            _give_account(link, key, actor())
        seen = backends.look_at(link, address)
    except ShopError:
        link.delete_instance()
        raise
    SheetLink.update(active=True).where(SheetLink.id == link.id).execute()
    click.echo(f"{name}: {seen.title} is connected; the worker fills it with its next look")


def _give_account(link: SheetLink, key: Path | None, by: Actor) -> None:
    other = accounts.other(link)
    if key is not None:
        accounts.keep(link, access_of_key(key.read_text()), accounts.KEY, by)
    elif other is not None:
        accounts.use_same(link, other, by)
    else:
        raise ShopError("Give the key file of a service account: --key FILE.")


@sheets.command("emulator", short_help="A Sheets server on this machine, to try things on.")
@click.option("--port", default=8009, show_default=True, help="Where it listens, on loopback only.")
@click.option("--empty", is_flag=True, help="Without the small workbook to begin with.")
def emulator(*, port: int, empty: bool) -> None:
    """Answer as Google Sheets and Drive do, until stopped; the page lets you be the manager."""
    from sheets_emulator import Server

    try:
        server = Server(port=port)
    except OSError as problem:
        said = f"Port {port} cannot be used ({problem}). Choose another with --port."
        raise Refusal(said) from problem
    if not empty:
        server.seed("Live orders", {"Orders": _DEMO}, file_id="demo-workbook")
    click.echo(f"Sheets emulator at {server.url} (Ctrl-C stops it; nothing is kept).")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Stopped.")


_DEMO: list[list[Any]] = [
    ["Order", "Customer", "Status", "Due", "Pieces"],
    ["1001", "Riverside Rowing Club", "In work", "2026-12-04", 48],
    ["1002", "Café Morgenrot", "Proof sent", "2026-12-11", 120],
    ["1003", "Hill Street School", "Ready", "2026-11-27", 30],
]
