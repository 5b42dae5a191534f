"""Orders at the terminal: list, show, release, hold."""

from typing import Any

import click

import clock
from cli.base import Refusal, Verb, actor, day, moment, order_called, print_table
from cli.reading import read_orders
from errors import NotFoundError, ShopError
from models import Customer, Department, DraftProblem, Hold, Job, Order, OrderLine, Task
from workflow import engine, search
from workflow.engine import HoldWords
from workflow.quantities import show
from workflow.stages import HOLD_REASONS, Stage

# ---------------------------------------------------------------- list


class _Orders(Verb, click.Group):
    """Lists orders; ``flask orders read`` needs no database, and so no shop."""

    def invoke(self, ctx: click.Context) -> Any:
        """List, or do what the word behind ``orders`` says."""
        if ctx.args or ctx._protected_args:
            return click.Group.invoke(self, ctx)
        return super().invoke(ctx)


@click.group(
    "orders", cls=_Orders, invoke_without_command=True, short_help="List orders, or read files."
)
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only there.")
@click.option("--customer", metavar="CODE", help="Only this customer's.")
@click.option("--text", metavar="WORDS", help="Only those that have these words.")
@click.option("--late", is_flag=True, help="Only those whose in-hands date is over.")
@click.option("--on-hold", is_flag=True, help="Only those on hold.")
@click.option("--closed", is_flag=True, help="Done and cancelled ones instead of open ones.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.pass_context
def list_orders(ctx: click.Context, /, limit: int, **filters: Any) -> None:
    """Open orders, those due first on top; the newest first with --closed or --text."""
    if ctx.invoked_subcommand:
        return
    closed = bool(filters["closed"] or filters["stage"] == Stage.DONE)
    query = Order.select().where(Order.closed_at.is_null(not closed), *_conditions(filters))
    newest = closed or filters["text"]
    dated = (Order.in_hands_date.is_null(), Order.in_hands_date, Order.id)
    query = query.order_by(*([Order.id.desc()] if newest else dated)).limit(limit + 1)
    found = list(query)
    if not found:
        click.echo("There are no such orders.")
        return
    headings = ("Number", "Stage", "In hands", "Pieces", "Customer", "PO", "Waiting for")
    print_table(headings, [_row(order) for order in found[:limit]])
    if len(found) > limit:
        click.echo(f"… and more: --limit {limit * 2} shows more of them.")


list_orders.add_command(read_orders)


def _conditions(filters: dict[str, Any]) -> list[Any]:
    conditions: list[Any] = []
    if filters["stage"]:
        conditions.append(Order.stage == filters["stage"])
    if filters["customer"]:
        conditions.append(Order.customer == _customer(filters["customer"]))
    if filters["text"]:
        conditions.append(search.has_words(filters["text"]))
    if filters["late"]:
        conditions.append(Order.in_hands_date < clock.today())
    if filters["on_hold"]:
        conditions.append(Order.on_hold)
    return conditions


def _customer(code: str) -> Customer:
    found: Customer | None = Customer.get_or_none(Customer.code == code)
    if found is None:
        raise NotFoundError(f"There is no customer with the code '{code}'.")
    return found


def _row(order: Order) -> tuple[str, ...]:
    stage = "cancelled" if order.cancelled_at else order.stage
    return (
        order.number,
        f"{stage}, on hold" if order.on_hold else stage,
        day(order.in_hands_date) + ("!" if order.in_hands_firm else ""),
        show(order.pieces),
        order.customer_name[:30],
        order.po_number[:20],
        order.waiting,
    )


# ---------------------------------------------------------------- show


@click.command("show", cls=Verb, short_help="Show one order: show NUMBER.")
@click.argument("number")
def show_order(number: str) -> None:
    """One order: lines, problems, holds, jobs with their tasks."""
    order = order_called(number)
    firm = " (firm)" if order.in_hands_firm else ""
    stage = "cancelled" if order.cancelled_at else order.stage
    click.echo(f"Order {order.number}, {order.customer_name or 'no customer'}: {stage}")
    for label, value in (
        ("PO", order.po_number),
        ("Project", order.project_name),
        ("In hands", day(order.in_hands_date) + firm if order.in_hands_date else ""),
        ("Received", f"{moment(order.received_at)} by {order.source_channel}"),
        ("Released", _by(order.released_at, order.released_by)),
        ("Total", f"{order.grand_total:,.2f} {order.currency}"),
        ("Waiting for", order.waiting),
        ("Cancelled", order.cancel_reason),
    ):
        if value:
            click.echo(f"  {label + ':':<12} {value}")
    _show_lines(order)
    _show_problems(order)
    _show_holds(order)
    _show_jobs(order)


def _by(when: Any, who: str) -> str:
    return f"{moment(when)} by {who}" if when else ""


def _show_lines(order: Order) -> None:
    lines = OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.number)
    rows = [
        (
            str(line.number),
            f"{show(line.quantity)} {line.uom}",
            line.sku,
            " ".join((line.description, line.color)).strip()[:60],
            "cancelled" if line.cancelled_at else "",
        )
        for line in lines
    ]
    if rows:
        click.echo()
        print_table(("Line", "Pieces", "SKU", "What", ""), rows)


def _show_problems(order: Order) -> None:
    open_ones = (DraftProblem.order == order) & DraftProblem.settled_at.is_null()
    problems = list(DraftProblem.select().where(open_ones).order_by(DraftProblem.id))
    if problems:
        click.echo(f"\nOpen problems ({len(problems)}):")
    for problem in problems:
        click.echo(f"  {problem}")


def _show_holds(order: Order) -> None:
    for hold in Hold.select().where((Hold.order == order) & Hold.ended_at.is_null()):
        reason = HOLD_REASONS.get(hold.reason_code, hold.reason_code)
        next_one = f"; next: {hold.next_action}" if hold.next_action else ""
        click.echo(f"\nOn hold since {moment(hold.since)}: {reason}, {hold.owner} acts{next_one}")


def _show_jobs(order: Order) -> None:
    tasks = (
        Task.select(Task, Job, Department)
        .join(Job)
        .switch(Task)
        .join(Department)
        .where(Job.order == order)
        .order_by(Job.position, Task.position, Task.id)
    )
    by_job: dict[str, list[Task]] = {}
    for task in tasks:
        by_job.setdefault(f"Job {task.job.number}: {task.job.stage}", []).append(task)
    for title, of_job in by_job.items():
        click.echo(f"\n{title}")
        print_table(("  Department", "Due", "Done", "State"), [_task_row(task) for task in of_job])


def _task_row(task: Task) -> tuple[str, ...]:
    if task.closed_at is not None:
        state = f"{task.outcome} {moment(task.closed_at)} by {task.closed_by}"
    elif task.ready_at is None:
        state = f"waits for {task.waiting}"
    else:
        state = "ready"
    done = f"{show(task.good)} of {show(task.quantity)}" if task.quantity else ""
    return f"  {task.department.name}", day(task.due_date), done, state


# ---------------------------------------------------------------- change


@click.command("release", cls=Verb, short_help="Release orders: release NUMBER…")
@click.argument("numbers", nargs=-1, required=True)
def release_orders(numbers: tuple[str, ...]) -> None:
    """Release orders to the departments; says every reason why one may not go."""
    refused = 0
    for number in numbers:
        try:
            order = engine.release(order_called(number).id, actor())
        except ShopError as problem:
            click.echo(str(problem), err=True)
            refused += 1
        else:
            click.echo(f"{order.number} released: {order.waiting or order.stage}")
    if refused:
        raise Refusal(f"{refused} of {len(numbers)} orders were not released; see above.")


@click.command("hold", cls=Verb, short_help="Put an order on hold, or take it off.")
@click.argument("number")
@click.option("--reason", type=click.Choice(list(HOLD_REASONS)), default="other")
@click.option("--owner", metavar="NAME", default="", help="Who must act.")
@click.option("--next", "next_action", metavar="WORDS", default="", help="What is next.")
@click.option("--note", metavar="WORDS", default="")
@click.option("--end", is_flag=True, help="Take all holds off instead.")
def hold_orders(number: str, *, end: bool, **words: str) -> None:
    """Put an order on hold with reason and owner; with --end take it off."""
    order = order_called(number)
    if end:
        _end_holds(order)
        return
    spoken = HoldWords(words["reason"], words["owner"], words["next_action"], words["note"])
    engine.hold(order.id, spoken, actor())
    click.echo(f"{order.number} is on hold: {HOLD_REASONS[words['reason']]}.")


def _end_holds(order: Order) -> None:
    open_ones = list(Hold.select().where((Hold.order == order) & Hold.ended_at.is_null()))
    if not open_ones:
        raise NotFoundError(f"{order.number} is not on hold.")
    for hold in open_ones:
        engine.end_hold(hold.id, actor())
    click.echo(f"{order.number} goes on.")
