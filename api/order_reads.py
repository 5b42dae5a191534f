"""One order with everything in it, in few statements however many lines it has.  Reads only."""

from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN

from models import (
    Charge,
    Decoration,
    Department,
    Destination,
    DraftProblem,
    Hold,
    Job,
    LineSize,
    Order,
    OrderLine,
    Product,
    ScheduleRow,
    Shipment,
    Task,
)
from workflow import shop
from workflow.actors import Actor, Right
from workflow.engine import credit_check
from workflow.engine.release import release_reasons
from workflow.engine.sheet import Sheet
from workflow.fields import BUILT_IN, Catalogue, tells_money

_MONEY = frozenset(known.name for known in BUILT_IN if tells_money(known))


@dataclass
class OrderParts:
    """An order and the rows that belong to it; lists by line or job where there are many."""

    order: Order
    lines: list[OrderLine]  # cancelled ones too, by number
    sizes: dict[int, list[LineSize]]
    schedule: dict[int, list[ScheduleRow]]
    decorations: dict[int, list[Decoration]]
    places: list[Destination]
    problems: list[DraftProblem]  # open ones
    charges: list[Charge] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    tasks: dict[int, list[Task]] = field(default_factory=dict)
    shipments: dict[int, list[Shipment]] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)  # open ones
    reasons: list[str] = field(default_factory=list)  # why it cannot be released


def read(order: Order, catalogue: Catalogue, actor: Actor) -> OrderParts:
    """Everything that belongs to an order.

    Args:
        order: with its customer loaded.
        catalogue: the shop's fields.
        actor: money is read only for those who may see it.
    """
    ours = OrderLine.select(OrderLine.id).where(OrderLine.order == order)
    with_money = actor.may(Right.SEE_MONEY)
    parts = OrderParts(
        order=order,
        lines=_lines(order),
        sizes=_by_line(LineSize, ours),
        schedule=_by_line(ScheduleRow, ours),
        decorations=_by_line(Decoration, ours),
        places=list(
            Destination.select().where(Destination.order == order).order_by(Destination.position)
        ),
        problems=list(
            DraftProblem.select()
            .where((DraftProblem.order == order) & DraftProblem.settled_at.is_null())
            .order_by(DraftProblem.id)
        ),
    )
    if with_money:
        parts.charges = list(Charge.select().where(Charge.order == order).order_by(Charge.id))
    if order.released_at is not None:
        _read_work(parts)
    elif order.closed_at is None:
        parts.reasons = _reasons(parts, catalogue, with_money=with_money)
    if order.on_hold or any(job.on_hold for job in parts.jobs):
        of_order = (Hold.order == order) & Hold.ended_at.is_null()
        parts.holds = list(Hold.select().where(of_order).order_by(Hold.id))
    return parts


def _lines(order: Order) -> list[OrderLine]:
    return list(
        OrderLine.select(OrderLine, Product)
        .join(Product, JOIN.LEFT_OUTER)
        .where(OrderLine.order == order)
        .order_by(OrderLine.number)
    )


def _by_line(table: Any, line_ids: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    query = table.select().where(table.line.in_(line_ids)).order_by(table.position, table.id)
    for row in query:
        found.setdefault(row.line_id, []).append(row)
    return found


def _read_work(parts: OrderParts) -> None:
    parts.jobs = list(Job.select().where(Job.order == parts.order).order_by(Job.position))
    mine = Job.select(Job.id).where(Job.order == parts.order)
    tasks = (
        Task.select(Task, Department)
        .join(Department)
        .where(Task.job.in_(mine))
        .order_by(Department.position, Task.id)
    )
    for task in tasks:
        parts.tasks.setdefault(task.job_id, []).append(task)
    for row in Shipment.select().where(Shipment.job.in_(mine)).order_by(Shipment.id):
        parts.shipments.setdefault(row.job_id, []).append(row)


def _reasons(parts: OrderParts, catalogue: Catalogue, *, with_money: bool) -> list[str]:
    """Why an order in review cannot be released; no amounts for those who may not see any."""
    order, decided = parts.order, shop.settings_of_shop()
    about_money = [p for p in parts.problems if tells_price(p.field) and not with_money]
    sheet = Sheet(
        order=order,
        customer=order.customer if order.customer_id else None,
        lines=[line for line in parts.lines if line.cancelled_at is None],
        sizes=parts.sizes,
        schedule=parts.schedule,
        decorations=parts.decorations,
        destinations=parts.places,
        problems=[p for p in parts.problems if p not in about_money],
        departments=list(
            Department.select()
            .where(Department.active)
            .order_by(Department.position, Department.id)
        ),
        decided=decided,
        catalogue=catalogue,
    )
    credit = credit_check(order, decided)
    if credit and not with_money:
        credit = ["credit stops it: ask somebody who does the accounts"]
    unclear = [f"{p.address}, a price is not clear".lstrip(", ") for p in about_money]
    return release_reasons(sheet) + unclear + credit


def tells_price(name: str) -> bool:
    """Whether a field of that name shows what something costs, on any level."""
    return name in _MONEY
