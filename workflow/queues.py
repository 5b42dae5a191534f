"""Which jobs stand in a department's queue: its parts, filters, saved views and numbers.

Reads only; ``lists`` makes the rows.  The queues of finishing hold nothing before its time, the
others show pending jobs as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from peewee import JOIN, Case, fn

from errors import NotFoundError
from models import (
    Decoration,
    Department,
    Job,
    JobItem,
    Order,
    OrderLine,
    Product,
    PurchaseLine,
    PurchaseOrder,
    SavedView,
    Task,
    Vendor,
)
from sync.cells import CellError, clean
from sync.cells import day as read_day
from workflow.actors import Actor
from workflow.engine.rows import search_words
from workflow.stages import ArtworkState, Stage
from workflow.workdays import Days, midnight

#: Fulfillment types in words; what a destination may say.
FULFILLMENT: dict[str, str] = {
    "ship": "Ship",
    "pickup": "Pickup",
    "deliver": "Deliver",
    "install": "Install",
    "electronic": "Send electronically",
}
PROOF_WORDS: dict[str, str] = {
    ArtworkState.AWAITING: "No file yet",
    ArtworkState.RECEIVED: "Proof to send",
    ArtworkState.SENT: "With the customer",
    ArtworkState.CHANGE_REQUESTED: "Change requested",
    ArtworkState.APPROVED: "Approved",
    ArtworkState.WAIVED: "No proof needed",
}


class Tab(StrEnum):
    """The parts of a queue."""

    ALL = ""
    READY = "ready"
    PENDING = "pending"
    HELD = "hold"
    DONE = "done"


@dataclass(frozen=True)
class Filters:
    """What somebody wants to see of a queue; everything empty shows all of it."""

    text: str = ""
    urgent: bool = False
    late: bool = False
    changed: bool = False
    due_by: date | None = None
    method: str = ""
    vendor: str = ""
    fulfillment: str = ""
    proof: str = ""

    def set_ones(self) -> list[str]:
        """The names of the filters that narrow the list, without the search words."""
        return [name for name in self.__dataclass_fields__ if name != "text" and self._is(name)]

    def _is(self, name: str) -> bool:
        return bool(getattr(self, name))


def filters_from(values: Mapping[str, str]) -> Filters:
    """The filters as an address or a saved view spells them; what makes no sense counts as unset.

    Keys: q, urgent, late, changed, due, method, vendor, fulfillment, proof.
    """

    def word(name: str) -> str:
        return clean(values.get(name, ""))[:80]

    return Filters(
        text=word("q"),
        urgent=word("urgent") == "1",
        late=word("late") == "1",
        changed=word("changed") == "1",
        due_by=_day(word("due")),
        method=word("method"),
        vendor=word("vendor"),
        fulfillment=word("fulfillment") if word("fulfillment") in FULFILLMENT else "",
        proof=word("proof") if word("proof") in PROOF_WORDS else "",
    )


def _day(text: str) -> date | None:
    try:
        return read_day(text) if text else None
    except CellError:
        return None


# ---------------------------------------------------------------- one queue


@dataclass(frozen=True)
class View:
    """A saved view: a name for filters, of one person or of everybody."""

    id: int
    name: str
    query: str
    shared: bool


def find_queue(
    slug: str, actor: Actor, seen: frozenset[int] | None
) -> tuple[Department, list[View]]:
    """The department of a queue and the views the actor may use there, in one statement.

    Args:
        slug: as the address says it.
        actor: whose saved views are wanted, besides everybody's.
        seen: ids of the departments whose queues the actor sees; None means all.

    Raises:
        NotFoundError: there is no such queue, or none for this actor.
    """
    slug = clean(slug)
    mine = SavedView.person.is_null() | (SavedView.person == actor.person_id)
    here = (SavedView.screen == screen_of(slug)) & mine
    found: list[Any] = list(
        Department.select(Department, SavedView)
        .join(SavedView, JOIN.LEFT_OUTER, on=here, attr="view")
        .where((Department.slug == slug) & Department.active)
        .order_by(SavedView.name, SavedView.id)
    )
    if not found or (seen is not None and found[0].id not in seen):
        raise NotFoundError(f"There is no queue '{slug}' for you. Choose one from the menu.")
    rows = [department.view for department in found if getattr(department, "view", None)]
    return found[0], [View(v.id, v.name, v.query, v.person_id is None) for v in rows if v.id]


def screen_of(slug: str) -> str:
    """What saved views call a queue's screen."""
    return f"q/{slug}"


@dataclass(frozen=True)
class Counts:
    """How many jobs stand in each part of a queue."""

    open: int = 0
    ready: int = 0
    pending: int = 0
    held: int = 0
    done: int = 0
    late: int = 0
    firm: int = 0

    def of(self, tab: Tab) -> int:
        """The number beside a tab."""
        return {
            Tab.ALL: self.open,
            Tab.READY: self.ready,
            Tab.PENDING: self.pending,
            Tab.HELD: self.held,
            Tab.DONE: self.done,
        }[tab]


def count(department: Department, filters: Filters, days: Days) -> Counts:
    """The numbers beside the tabs and in the title, in one statement."""
    end = days.calendar.week_of(days.next_working)[-1]
    done = joined(fn.COUNT(Task.id)).where(*conditions(department, Tab.DONE, filters, days))
    numbers = (
        joined(
            fn.COUNT(Task.id),
            _sum_if(_in_tab(Tab.READY)),
            _sum_if(_in_tab(Tab.PENDING)),
            _sum_if(_in_tab(Tab.HELD)),
            done,
            _sum_if(Task.due_date < days.late_before),
            _sum_if(Job.firm & (Job.due_date <= end)),
        )
        .where(*conditions(department, Tab.ALL, filters, days))
        .tuples()
        .get()
    )
    return Counts(*(int(number or 0) for number in numbers))


def _sum_if(condition: Any) -> Any:
    return fn.SUM(Case(None, [(condition, 1)], 0))


def joined(*columns: Any) -> Any:
    """Tasks with their job and order."""
    return Task.select(*columns).join(Job).join(Order)


def _in_tab(tab: Tab) -> Any:
    return {
        Tab.READY: Task.ready_at.is_null(False) & ~Job.on_hold,
        Tab.PENDING: Task.ready_at.is_null() & ~Job.on_hold,
        Tab.HELD: Job.on_hold,
    }[tab]


def conditions(department: Department, tab: Tab, filters: Filters, days: Days) -> list[Any]:
    """What a job must meet to stand in this part of the queue."""
    wanted: list[Any] = [Task.department == department.id]
    if tab is Tab.DONE:
        wanted += [Task.closed_at >= midnight(days.today), Task.outcome == "finished"]
    else:
        wanted.append(Task.closed_at.is_null())
        if department.stage == Stage.FINISHING:  # these queues show nothing before its time
            wanted.append(Job.stage == Stage.FINISHING)
        if tab is not Tab.ALL:
            wanted.append(_in_tab(tab))
    return wanted + _narrowed(filters, days)


def _narrowed(filters: Filters, days: Days) -> list[Any]:
    wanted: list[tuple[bool, Any]] = [
        (filters.urgent, Job.firm),
        (filters.late, Task.due_date < days.late_before),
        (filters.changed, Task.must_acknowledge != ""),
        (filters.due_by is not None, Task.due_date <= filters.due_by),
        (bool(filters.method), Order.id.in_(_decorated_by(filters.method))),
        (bool(filters.vendor), Job.id.in_(_bought_from(filters.vendor))),
        (bool(filters.fulfillment), Job.fulfillment_type == filters.fulfillment),
        (bool(filters.proof), Order.artwork_state == filters.proof),
    ]
    conditions = [condition for asked, condition in wanted if asked]
    if filters.text:
        conditions.append(_says(filters.text))
    return conditions


def _says(text: str) -> Any:
    """The job has this number, or its order holds every word."""
    found: Any = Job.number == text.strip().lstrip("#").upper()
    words = search_words(text)[:12]
    if words:
        every: Any = Order.search_text.contains(words[0])
        for word in words[1:]:
            every &= Order.search_text.contains(word)
        found |= every
    return found


def _decorated_by(method: str) -> Any:
    return (
        OrderLine.select(OrderLine.order)
        .join(Decoration)
        .where(Decoration.method.contains(method) & OrderLine.cancelled_at.is_null())
    )


def _bought_from(vendor: str) -> Any:
    ordered = PurchaseLine.select(PurchaseLine.item).join(PurchaseOrder).join(Vendor)
    usual = (
        JobItem.select(JobItem.job)
        .join(OrderLine)
        .join(Product, on=OrderLine.product == Product.id)
        .join(Vendor, on=Product.vendor == Vendor.id)
        .where(Vendor.name.contains(vendor))
    )
    now = JobItem.select(JobItem.job).where(
        JobItem.id.in_(ordered.where(Vendor.name.contains(vendor)))
    )
    return usual | now
