"""The rows of a department's queue, in finished words, so that a screen only prints them.

Nothing here writes.  The order of a queue is the same everywhere: firm and late first, then due
date, then priority, undated last.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

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
    plain,
)
from workflow.quantities import show
from workflow.queues import (
    FULFILLMENT,
    PROOF_WORDS,
    Filters,
    Question,
    Tab,
    ask,
    conditions,
    joined,
    question,
)
from workflow.stages import Work
from workflow.workdays import Days, as_date, spoken

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


class Row(NamedTuple):
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
    extra: str
    pictures: tuple[tuple[int, str], ...]
    stamp: str


#: The column a kind of work adds, before "State"; production has none.
EXTRA_COLUMN: dict[Work, str] = {
    Work.ARTWORK: "Asked for",
    Work.PURCHASING: "Vendor",
    Work.RECEIVING: "Expected",
    Work.PACKAGING: "Hand-over",
    Work.HANDOVER: "Hand-over",
}


class Item(NamedTuple):
    """What the database has of one row, in the order of ``_COLUMNS``."""

    id: int
    detail: str
    quantity: int  # scaled, as ``models.QuantityField`` keeps it
    good: int
    due: Any
    ready_at: Any
    waiting: str
    closed_at: Any
    closed_by: str
    must_acknowledge: str
    job_id: int
    job: str
    summary: str
    pieces: int
    hands: Any
    firm: bool
    on_hold: bool
    fulfillment: str
    order_id: int
    customer: str
    po: str
    sentence: str
    artwork_state: str
    mockup: bool
    proof: bool


_COLUMNS = (
    Task.id, Task.detail, Task.quantity, Task.good, Task.due_date, Task.ready_at, Task.waiting,
    Task.closed_at, Task.closed_by, Task.must_acknowledge,
    Job.id, Job.number, Job.summary, Job.pieces, Job.due_date, Job.firm, Job.on_hold,
    Job.fulfillment_type,
    Order.id, Order.customer_name, Order.po_number, Order.waiting, Order.artwork_state,
    Order.mockup_requested, Order.proof_required,
)  # fmt: skip


def rows(
    department: Department, tab: Tab, filters: Filters, days: Days, page: int = 1
) -> list[Row]:
    """One page of a queue, in its order; two statements at most."""
    asked = question(department, tab, filters, days)
    found = [Item._make(row) for row in ask(_listing(asked, min(max(page, 1), MOST_PAGES)))]
    work = Work(department.work)
    more: Mapping[int, Any] = _MORE[work](found) if work in _MORE and found else {}
    return [_row(work, item, more, days) for item in found]


@lru_cache(maxsize=500)
def _listing(asked: Question, page: int) -> tuple[str, Sequence[Any]]:
    order = _queue_order(asked) if asked.tab is not Tab.DONE else (Task.closed_at.desc(), Task.id)
    query = joined(*_COLUMNS).where(*conditions(asked)).order_by(*order)
    statement: tuple[str, Sequence[Any]] = query.paginate(page, PAGE_SIZE).sql()
    return statement


def _queue_order(asked: Question) -> tuple[Any, ...]:
    burning = Job.firm & (Task.due_date < asked.late_before)
    return (
        Case(None, [(burning, 0)], 1),
        Case(None, [(Task.due_date.is_null(), 1)], 0),
        Task.due_date,
        Job.rank.desc(),
        Task.id,
    )


def _row(work: Work, item: Item, more: Mapping[int, Any], days: Days) -> Row:
    due, closed = as_date(item.due), item.closed_at is not None
    kind, state = _finished(item) if closed else _state(work, item)
    late = 0 if closed else days.late(due)
    words = (
        item.id,
        item.job,
        item.customer,
        item.po,
        item.summary,
        item.detail,
        _pieces(item.pieces if work is Work.ARTWORK else item.quantity),
        spoken(due, days.today),
        f"{late} day{'s' * (late > 1)} late" if late else "",
        spoken(as_date(item.hands), days.today),
        bool(item.firm),
        kind,
        state,
        not closed and (item.ready_at is None or bool(item.on_hold)),
        _extra(work, item, more, days),
        tuple(more.get(item.order_id, ())) if work is Work.ARTWORK else (),
    )
    return Row(*words, stamp_of(words))


def stamp_of(thing: Any) -> str:
    """A short word that changes with what is shown."""
    return format(zlib.crc32(repr(thing).encode()), "x")


@lru_cache(maxsize=5_000)
def _pieces(scaled: int) -> str:
    return show(plain(Decimal(scaled).scaleb(-3)))


def _finished(item: Item) -> tuple[str, str]:
    at = clock.local(Task.closed_at.python_value(item.closed_at))
    return "ok", f"Finished {at:%H:%M}, {item.closed_by}"


def _state(work: Work, item: Item) -> tuple[str, str]:
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
        return "ok", f"{_pieces(item.good)} of {_pieces(item.quantity)} {DONE_WORDS[work]}"
    return "ok", "Ready"


def _proof_state(state: str) -> tuple[str, str]:
    kinds = {"sent": "wait", "change_requested": "urgent", "approved": "ok", "waived": "ok"}
    return kinds.get(state, "info" if state else "ok"), PROOF_WORDS.get(state, "Ready")


# ---------------------------------------------------------------- what a kind of work adds


def _extra(work: Work, item: Item, more: Mapping[int, Any], days: Days) -> str:
    if work is Work.ARTWORK:
        asked = (item.mockup and "Mockup", item.proof and "Proof")
        return ", ".join(word for word in asked if word) or "No proof"
    if work is Work.PURCHASING:
        return ", ".join(map(str, more.get(item.job_id, ())))
    if work is Work.RECEIVING:
        return spoken(more.get(item.job_id), days.today)
    if work is Work.PRODUCTION:
        return ""
    handed = FULFILLMENT.get(item.fulfillment, item.fulfillment)
    boxes = str(more.get(item.job_id, ""))
    if not boxes:
        return handed
    return f"{handed}, {boxes} box{'es' * (boxes != '1')}"


def _pictures(found: Iterable[Item]) -> dict[int, list[tuple[int, str]]]:
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


def _vendors(found: Iterable[Item]) -> dict[int, list[str]]:
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


def _expected(found: Iterable[Item]) -> dict[int, date]:
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


def _boxes(found: Iterable[Item]) -> dict[int, str]:
    """How many boxes packaging counted for each job."""
    packed: Any = (
        Task.select(Task.job, Task.facts)
        .join(Department)
        .where(Task.job.in_([item.job_id for item in found]))
        .where(Department.work == Work.PACKAGING)
    )
    return {job: str((facts or {}).get("boxes", "")) for job, facts in packed.tuples()}


_MORE: dict[Work, Callable[[Iterable[Item]], Mapping[int, Any]]] = {
    Work.ARTWORK: _pictures,
    Work.PURCHASING: _vendors,
    Work.RECEIVING: _expected,
    Work.HANDOVER: _boxes,
}
