"""The rows of a department's queue, in finished words, so that a screen only prints them.

Nothing here writes.  The order of a queue is the same everywhere: firm and late first, then due
date, then priority, undated last.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from peewee import Case, fn

import clock
from models import (
    Artwork,
    ArtworkVersion,
    Department,
    Job,
    JobItem,
    Order,
    OrderLine,
    Product,
    PurchaseLine,
    PurchaseOrder,
    Task,
    Vendor,
)
from workflow.quantities import show
from workflow.queues import FULFILLMENT, PROOF_WORDS, Filters, Tab, conditions, joined
from workflow.stages import Work
from workflow.workdays import Days, spoken

PAGE_SIZE = 50
MOST_PAGES = 200
#: What a department says of pieces it has done: "24 of 100 packed".
DONE_WORDS: dict[Work, str] = {
    Work.PURCHASING: "ordered",
    Work.RECEIVING: "in",
    Work.PRODUCTION: "made",
    Work.PACKAGING: "packed",
    Work.HANDOVER: "handed over",
}


@dataclass(frozen=True)
class Row:
    """One job in a queue, in finished words; ``stamp`` changes whenever a word does."""

    id: int
    job: str
    customer: str
    po: str
    what: str
    detail: str
    pieces: str
    due: str
    late: str
    hands: str
    firm: bool
    kind: str
    state: str
    dim: bool
    extra: str = ""
    pictures: tuple[tuple[int, str], ...] = ()
    stamp: str = field(default="", compare=False)


#: The column a kind of work adds, before "State"; production has none.
EXTRA_COLUMN: dict[Work, str] = {
    Work.ARTWORK: "Asked for",
    Work.PURCHASING: "Vendor",
    Work.RECEIVING: "Expected",
    Work.PACKAGING: "Hand-over",
    Work.HANDOVER: "Hand-over",
}
_COLUMNS = (
    Task.id, Task.detail, Task.quantity, Task.good, Task.due_date, Task.ready_at, Task.waiting,
    Task.closed_at, Task.closed_by, Task.must_acknowledge, Task.facts,
    Job.id.alias("job_id"), Job.number, Job.summary, Job.pieces, Job.due_date.alias("hands"),
    Job.firm, Job.on_hold, Job.fulfillment_type,
    Order.id.alias("order_id"), Order.customer_name, Order.po_number,
    Order.waiting.alias("sentence"), Order.artwork_state, Order.mockup_requested,
    Order.proof_required,
)  # fmt: skip


def rows(
    department: Department, tab: Tab, filters: Filters, days: Days, page: int = 1
) -> list[Row]:
    """One page of a queue, in its order; two statements at most."""
    page = min(max(page, 1), MOST_PAGES)
    found = list(
        joined(*_COLUMNS)
        .where(*conditions(department, tab, filters, days))
        .order_by(*_queue_order(days) if tab is not Tab.DONE else (Task.closed_at.desc(), Task.id))
        .paginate(page, PAGE_SIZE)
        .namedtuples()
    )
    work = Work(department.work)
    more: Mapping[int, Any] = _MORE[work](found) if work in _MORE and found else {}
    return [_row(work, item, more, days) for item in found]


def _queue_order(days: Days) -> tuple[Any, ...]:
    burning = Job.firm & (Task.due_date < days.late_before)
    return (
        Case(None, [(burning, 0)], 1),
        Case(None, [(Task.due_date.is_null(), 1)], 0),
        Task.due_date,
        Job.rank.desc(),
        Task.id,
    )


def _row(work: Work, item: Any, more: Mapping[int, Any], days: Days) -> Row:
    closed = item.closed_at is not None
    kind, state = _finished(item) if closed else _state(work, item)
    late = 0 if closed else days.late(item.due_date)
    pictures = more.get(item.order_id, ()) if work is Work.ARTWORK else ()
    row = Row(
        id=item.id,
        job=item.number,
        customer=item.customer_name,
        po=item.po_number,
        what=item.summary,
        detail=item.detail,
        pieces=show(item.pieces if work is Work.ARTWORK else item.quantity),
        due=spoken(item.due_date, days.today),
        late=f"{late} day{'s' * (late > 1)} late" if late else "",
        hands=spoken(item.hands, days.today),
        firm=item.firm,
        kind=kind,
        state=state,
        dim=not closed and (item.ready_at is None or item.on_hold),
        extra=_extra(work, item, more, days),
        pictures=tuple(pictures),
    )
    return replace(row, stamp=stamp_of(row))


def stamp_of(thing: Any) -> str:
    """A short word that changes with what is shown."""
    return format(zlib.crc32(repr(thing).encode()), "x")


def _finished(item: Any) -> tuple[str, str]:
    return "ok", f"Finished {clock.local(item.closed_at):%H:%M}, {item.closed_by}"


def _state(work: Work, item: Any) -> tuple[str, str]:
    """The kind of chip and its words: what a person looks for first comes first."""
    if item.on_hold:
        return "hold", item.sentence if item.sentence.startswith("On hold") else "On hold"
    if item.must_acknowledge:
        return "urgent", "Change to read"
    if item.ready_at is None:
        return "wait", f"Waits for {item.waiting}"
    if work is Work.ARTWORK:
        return _proof_state(item.artwork_state)
    if item.good:
        return "ok", f"{show(item.good)} of {show(item.quantity)} {DONE_WORDS[work]}"
    return "ok", "Ready"


def _proof_state(state: str) -> tuple[str, str]:
    kinds = {"sent": "wait", "change_requested": "urgent", "approved": "ok", "waived": "ok"}
    return kinds.get(state, "info" if state else "ok"), PROOF_WORDS.get(state, "Ready")


# ---------------------------------------------------------------- what a kind of work adds


def _extra(work: Work, item: Any, more: Mapping[int, Any], days: Days) -> str:
    if work is Work.ARTWORK:
        asked = (item.mockup_requested and "Mockup", item.proof_required and "Proof")
        return ", ".join(word for word in asked if word) or "No proof"
    if work is Work.PURCHASING:
        return ", ".join(map(str, more.get(item.job_id, ())))
    if work is Work.RECEIVING:
        return spoken(more.get(item.job_id), days.today)
    if work is Work.PRODUCTION:
        return ""
    handed = FULFILLMENT.get(item.fulfillment_type, str(item.fulfillment_type))
    boxes = str(more.get(item.job_id, ""))
    if not boxes:
        return handed
    return f"{handed}, {boxes} box{'es' * (boxes != '1')}"


def _pictures(found: Iterable[Any]) -> dict[int, list[tuple[int, str]]]:
    """The newest pictures of each order: version id and name."""
    newest: Any = (
        ArtworkVersion.select(ArtworkVersion.id, Artwork.order, Artwork.name)
        .join(Artwork)
        .where(
            Artwork.order.in_({item.order_id for item in found})
            & (ArtworkVersion.number == Artwork.current_version)
        )
        .order_by(Artwork.id)
    )
    pictures: dict[int, list[tuple[int, str]]] = {}
    for version, order, name in newest.tuples():
        pictures.setdefault(order, []).append((version, name))
    return {order: names[:3] for order, names in pictures.items()}


def _vendors(found: Iterable[Any]) -> dict[int, list[str]]:
    """Where the goods of each job usually come from."""
    usual: Any = (
        JobItem.select(JobItem.job, Vendor.name)
        .join(OrderLine)
        .join(Product, on=OrderLine.product == Product.id)
        .join(Vendor, on=Product.vendor == Vendor.id)
        .where(JobItem.job.in_([item.job_id for item in found]) & JobItem.bought)
        .distinct()
        .order_by(Vendor.name)
    )
    vendors: dict[int, list[str]] = {}
    for job, name in usual.tuples():
        vendors.setdefault(job, []).append(name)
    return vendors


def _expected(found: Iterable[Any]) -> dict[int, date]:
    """When the next goods of each job should arrive."""
    coming: Any = (
        JobItem.select(JobItem.job, fn.MIN(PurchaseOrder.expected_on))
        .join(PurchaseLine)
        .join(PurchaseOrder)
        .where(JobItem.job.in_([item.job_id for item in found]))
        .where(PurchaseOrder.expected_on.is_null(False))
        .group_by(JobItem.job)
    )
    return {job: day for job, day in coming.tuples() if day is not None}


def _boxes(found: Iterable[Any]) -> dict[int, str]:
    """How many boxes packaging counted for each job."""
    packed: Any = (
        Task.select(Task.job, Task.facts)
        .join(Department)
        .where(Task.job.in_([item.job_id for item in found]))
        .where(Department.work == Work.PACKAGING)
    )
    return {job: str((facts or {}).get("boxes", "")) for job, facts in packed.tuples()}


_MORE: dict[Work, Callable[[Iterable[Any]], Mapping[int, Any]]] = {
    Work.ARTWORK: _pictures,
    Work.PURCHASING: _vendors,
    Work.RECEIVING: _expected,
    Work.HANDOVER: _boxes,
}
