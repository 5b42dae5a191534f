"""One order with everything its page shows, in few statements however large the order is.

Reads only.  Lines and events come page by page; what departments have done of a line is summed
up by the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from peewee import JOIN, fn

from errors import NotFoundError
from models import (
    Artwork,
    ArtworkVersion,
    ChangeOrder,
    Charge,
    Customer,
    Decoration,
    Department,
    Destination,
    DraftProblem,
    Hold,
    IncomingFile,
    Job,
    JobItem,
    LineSize,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    Person,
    PurchaseLine,
    PurchaseOrder,
    ScheduleRow,
    Shipment,
    Task,
    TaskQuantity,
    Vendor,
)
from workflow import shop
from workflow.actors import Actor, Right
from workflow.engine import credit_check
from workflow.engine.release import release_reasons
from workflow.engine.sheet import read_sheet
from workflow.fields import Catalogue
from workflow.search import seen_by
from workflow.stages import Work

LINES_A_PAGE = 50
EVENTS_A_PAGE = 25
#: What the pieces of a line are called after each kind of work.
_DONE_WORDS = {
    Work.PURCHASING: "bought",
    Work.RECEIVING: "received",
    Work.PRODUCTION: "made",
    Work.PACKAGING: "packed",
    Work.HANDOVER: "handed over",
}


@dataclass(frozen=True)
class LineView:
    """One line with its parts; ``done`` says how many pieces are through each kind of work."""

    line: OrderLine
    sizes: list[LineSize] = field(default_factory=list)
    deliveries: list[ScheduleRow] = field(default_factory=list)
    decorations: list[Decoration] = field(default_factory=list)
    done: list[tuple[str, Decimal]] = field(default_factory=list)


@dataclass(frozen=True)
class JobView:
    """One job with its departments' tasks and what was handed over."""

    job: Job
    tasks: list[Task]
    shipments: list[Shipment] = field(default_factory=list)

    @property
    def handed_over(self) -> Decimal:
        """Pieces that left already."""
        gone = (task.good for task in self.tasks if task.department.work == Work.HANDOVER)
        return sum(gone, Decimal(0))


@dataclass(frozen=True)
class Picture:
    """One artwork with its files, newest first."""

    artwork: Artwork
    versions: list[ArtworkVersion]


@dataclass(frozen=True)
class WholeOrder:
    """What the order's page shows."""

    order: Order
    catalogue: Catalogue
    destinations: list[Destination]
    lines: list[LineView]
    line_count: int
    line_page: int
    problems: list[DraftProblem]
    release_reasons: list[str]
    credit_reasons: list[str]
    jobs: list[JobView]
    holds: list[Hold]
    charges: list[Charge]
    pictures: list[Picture]
    changes: list[ChangeOrder]
    purchases: list[PurchaseOrder]
    messages: list[Message]
    events: list[OrderEvent]
    older_events: int  # id before which there are more, or 0

    @property
    def line_pages(self) -> int:
        """How many pages of lines there are."""
        return max(1, -(-self.line_count // LINES_A_PAGE))


def find_order(number: str, actor: Actor) -> Order:
    """An order by its number, with its customer, people and document.

    Raises:
        NotFoundError: there is none, or none that this actor may see.
    """
    manager = Person.alias("manager")
    query = (
        Order.select(Order, Customer, Person, manager, IncomingFile)
        .join(Customer, JOIN.LEFT_OUTER)
        .join_from(Order, Person, JOIN.LEFT_OUTER, on=Order.sales_rep, attr="sales_rep")
        .join_from(
            Order,
            manager,
            JOIN.LEFT_OUTER,
            on=Order.account_manager == manager.id,
            attr="account_manager",
        )
        .join_from(Order, IncomingFile, JOIN.LEFT_OUTER, on=Order.incoming, attr="incoming")
        .where(Order.number == number)
    )
    seen = seen_by(actor)
    order: Order | None = (query if seen is None else query.where(seen)).first()
    if order is None:
        raise NotFoundError(
            f"There is no order '{number}' for you. Look for it in the list of orders."
        )
    return order


def why_not_changed(order: Order) -> list[str]:
    """The reasons why nothing of an order may be changed any more."""
    if order.cancelled_at is not None:
        return [f"it was cancelled: {order.cancel_reason or 'no reason given'}"]
    return ["it is done; reopen its last task first"] if order.closed_at is not None else []


def read_order(order: Order, actor: Actor, *, line_page: int = 1, before: int = 0) -> WholeOrder:
    """Everything the page of an order shows to somebody.

    Args:
        order: as ``find_order`` gives it.
        actor: money, messages and purchases are read only for those who may see them.
        line_page: which page of lines, from 1.
        before: show events before this id, 0 for the newest.
    """
    in_review = order.released_at is None and order.closed_at is None
    parts = _of_review(order, line_page) if in_review else _of_released(order, line_page)
    events, older = _events(order, before)
    return WholeOrder(
        order=order,
        holds=_holds(order, parts["jobs"]),
        charges=list(Charge.select().where(Charge.order == order).order_by(Charge.id))
        if actor.may(Right.SEE_MONEY)
        else [],
        pictures=_pictures(order),
        changes=_changes(order),
        purchases=_purchases(order)
        if actor.may(Right.PURCHASING) and order.released_at is not None
        else [],
        messages=_messages(order) if actor.may(Right.MESSAGES) else [],
        events=events,
        older_events=older,
        **parts,
    )


# ---------------------------------------------------------------- lines, problems, jobs


def _of_review(order: Order, line_page: int) -> dict[str, Any]:
    """An order in review: what release looks at is read whole, and shown page by page."""
    sheet = read_sheet(order)
    lines = [*sheet.lines, *_cancelled_lines(order)]
    page = _page(line_page, len(lines))
    shown = lines[(page - 1) * LINES_A_PAGE : page * LINES_A_PAGE]
    return {
        "catalogue": sheet.catalogue,
        "destinations": sheet.destinations,
        "lines": [
            LineView(
                line,
                sheet.sizes.get(line.id, []),
                sheet.schedule.get(line.id, []),
                sheet.decorations.get(line.id, []),
            )
            for line in shown
        ],
        "line_count": len(lines),
        "line_page": page,
        "problems": sheet.problems,
        "release_reasons": release_reasons(sheet),
        "credit_reasons": credit_check(order),
        "jobs": [],
    }


def _cancelled_lines(order: Order) -> list[OrderLine]:
    gone = (OrderLine.order == order) & OrderLine.cancelled_at.is_null(False)
    return list(OrderLine.select().where(gone).order_by(OrderLine.number))


def _of_released(order: Order, line_page: int) -> dict[str, Any]:
    count = OrderLine.select().where(OrderLine.order == order).count()
    page = _page(line_page, count)
    return {
        "catalogue": shop.catalogue(),
        "destinations": list(
            Destination.select().where(Destination.order == order).order_by(Destination.position)
        ),
        "lines": _lines(order, page),
        "line_count": count,
        "line_page": page,
        "problems": [],
        "release_reasons": [],
        "credit_reasons": [],
        "jobs": _jobs(order),
    }


def _page(asked: int, rows: int) -> int:
    return min(max(1, asked), max(1, -(-rows // LINES_A_PAGE)))


def _lines(order: Order, page: int) -> list[LineView]:
    lines = list(
        OrderLine.select()
        .where(OrderLine.order == order)
        .order_by(OrderLine.number)
        .paginate(page, LINES_A_PAGE)
    )
    ids = [line.id for line in lines]
    sizes, schedule, decorations = (_parts(t, ids) for t in (LineSize, ScheduleRow, Decoration))
    done = _done(ids)
    return [
        LineView(
            line,
            sizes.get(line.id, []),
            schedule.get(line.id, []),
            decorations.get(line.id, []),
            done.get(line.id, []),
        )
        for line in lines
    ]


def _parts(table: Any, line_ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    if line_ids:
        for row in (
            table.select().where(table.line.in_(line_ids)).order_by(table.position, table.id)
        ):
            found.setdefault(row.line_id, []).append(row)
    return found


def _done(line_ids: Sequence[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """Pieces of each line through each kind of work; of several makers the slowest counts."""
    if not line_ids:
        return {}
    rows: Any = (
        JobItem.select(
            JobItem.line, Department.work, Department.id, fn.SUM(TaskQuantity.good.cast("BIGINT"))
        )
        .join(TaskQuantity)
        .join(Task)
        .join(Department)
        .where(JobItem.line.in_(line_ids) & (Task.outcome != "cancelled"))
        .group_by(JobItem.line, Department.work, Department.id)
        .tuples()
    )
    found: dict[int, dict[Work, Decimal]] = {}
    for line, work, _department, scaled in rows:
        good, kind = Decimal(int(scaled)).scaleb(-3), Work(work)
        pieces = found.setdefault(line, {})
        before = pieces.get(kind, good if kind is Work.PRODUCTION else Decimal(0))
        pieces[kind] = min(good, before) if kind is Work.PRODUCTION else good + before
    return {
        line: [(word, pieces[work]) for work, word in _DONE_WORDS.items() if work in pieces]
        for line, pieces in found.items()
    }


def _jobs(order: Order) -> list[JobView]:
    jobs = list(
        Job.select(Job, Destination)
        .join(Destination, JOIN.LEFT_OUTER)
        .where(Job.order == order)
        .order_by(Job.position)
    )
    if not jobs:
        return []
    ids = [job.id for job in jobs]
    tasks = (
        Task.select(Task, Department)
        .join(Department)
        .where(Task.job.in_(ids))
        .order_by(Department.position, Task.id)
    )
    by_job: dict[int, list[Task]] = {}
    for task in tasks:
        by_job.setdefault(task.job_id, []).append(task)
    shipments: dict[int, list[Shipment]] = {}
    for shipment in Shipment.select().where(Shipment.job.in_(ids)).order_by(Shipment.id):
        shipments.setdefault(shipment.job_id, []).append(shipment)
    return [JobView(j, by_job.get(j.id, []), shipments.get(j.id, [])) for j in jobs]


# ---------------------------------------------------------------- what lies around


def _holds(order: Order, jobs: Iterable[JobView]) -> list[Hold]:
    if not order.on_hold and not any(view.job.on_hold for view in jobs):
        return []
    return list(
        Hold.select(Hold, Job)
        .join(Job, JOIN.LEFT_OUTER)
        .where((Hold.order == order) & Hold.ended_at.is_null())
        .order_by(Hold.id)
    )


def _pictures(order: Order) -> list[Picture]:
    """The order's artworks, in the order they were added, each with its files."""
    rows = (
        Artwork.select(Artwork, ArtworkVersion)
        .join(ArtworkVersion, JOIN.LEFT_OUTER, attr="file_version")
        .where(Artwork.order == order)
        .order_by(Artwork.id, ArtworkVersion.number.desc())
    )
    found: dict[int, Picture] = {}
    for artwork in rows:
        picture = found.setdefault(artwork.id, Picture(artwork, []))
        version = getattr(artwork, "file_version", None)
        if version is not None and version.id is not None:
            picture.versions.append(version)
    return list(found.values())


def _changes(order: Order) -> list[ChangeOrder]:
    if not order.revision:
        return []
    found = ChangeOrder.select().where(ChangeOrder.order == order)
    return list(found.order_by(ChangeOrder.revision.desc()).limit(20))


def _purchases(order: Order) -> list[PurchaseOrder]:
    inside = (
        PurchaseLine.select(PurchaseLine.purchase_order)
        .join(JobItem)
        .join(Job)
        .where(Job.order == order)
    )
    return list(
        PurchaseOrder.select(PurchaseOrder, Vendor)
        .join(Vendor, JOIN.LEFT_OUTER)
        .where(PurchaseOrder.id.in_(inside))
        .order_by(PurchaseOrder.id)
    )


def _messages(order: Order) -> list[Message]:
    found = Message.select().where(Message.order == order)
    return list(found.order_by(Message.id.desc()).limit(20))


def _events(order: Order, before: int) -> tuple[list[OrderEvent], int]:
    query = OrderEvent.select().where(OrderEvent.order == order)
    if before:
        query = query.where(OrderEvent.id < before)
    found = list(query.order_by(OrderEvent.id.desc()).limit(EVENTS_A_PAGE + 1))
    more = len(found) > EVENTS_A_PAGE
    found = found[:EVENTS_A_PAGE]
    return found, found[-1].id if more else 0
