"""Which jobs stand in a department's queue: its parts, filters, saved views and numbers.

Reads only; ``lists`` makes the rows.  The queues of finishing hold nothing before its time, the
others show pending jobs as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
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
    database,
    on_postgresql,
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
    ArtworkState.VIEWED: "Seen by the customer",
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
    sql, params = _looking_up(clean(slug), actor.person_id, on_postgresql())
    found: list[Any] = list(Department.raw(sql, *params))
    if not found or (seen is not None and found[0].id not in seen):
        raise NotFoundError(f"There is no queue '{slug}' for you. Choose one from the menu.")
    views = [
        View(row.view_id, row.view_name, row.view_query, not row.view_mine)
        for row in found
        if row.view_id is not None
    ]
    return found[0], views


@lru_cache(maxsize=500)
def _looking_up(slug: str, person: int | None, _postgresql: bool) -> tuple[str, Sequence[Any]]:
    own = SavedView.person == person
    here = (SavedView.screen == screen_of(slug)) & (SavedView.person.is_null() | own)
    query: Any = (
        Department.select(
            Department,
            SavedView.id.alias("view_id"),
            SavedView.name.alias("view_name"),
            SavedView.query.alias("view_query"),
            SavedView.person.alias("view_mine"),
        )
        .join(SavedView, JOIN.LEFT_OUTER, on=here)
        .where((Department.slug == slug) & Department.active)
        .order_by(SavedView.name, SavedView.id)
    )
    statement: tuple[str, Sequence[Any]] = query.sql()
    return statement


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


@dataclass(frozen=True)
class Question:
    """What is asked of a queue.

    Every open screen asks again and again, so the SQL of a question is built once and kept: it is
    the same until somebody filters, turns the page, or the day ends.
    """

    department: int
    finishing: bool  # its queue shows nothing before its time
    tab: Tab
    filters: Filters
    late_before: date
    week_end: date
    day_began: datetime
    postgresql: bool  # two databases, two dialects


def question(department: Department, tab: Tab, filters: Filters, days: Days) -> Question:
    """The question of one part of a queue, narrowed by filters, as of today."""
    return Question(
        department=department.id,
        finishing=department.stage == Stage.FINISHING,
        tab=tab,
        filters=filters,
        late_before=days.late_before,
        week_end=days.calendar.week_of(days.next_working)[-1],
        day_began=midnight(days.today),
        postgresql=on_postgresql(),
    )


def ask(statement: tuple[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The rows of a statement that was built before, as the database has them."""
    found: list[tuple[Any, ...]] = database.execute_sql(*statement).fetchall()
    return found


def count(department: Department, filters: Filters, days: Days) -> Counts:
    """The numbers beside the tabs and in the title, in one statement."""
    (numbers,) = ask(_counting(question(department, Tab.ALL, filters, days)))
    return Counts(*(int(number or 0) for number in numbers))


@lru_cache(maxsize=500)
def _counting(asked: Question) -> tuple[str, Sequence[Any]]:
    done = joined(fn.COUNT(Task.id)).where(*conditions(replace(asked, tab=Tab.DONE)))
    query = joined(
        fn.COUNT(Task.id),
        _sum_if(_in_tab(Tab.READY)),
        _sum_if(_in_tab(Tab.PENDING)),
        _sum_if(_in_tab(Tab.HELD)),
        done,
        _sum_if(Task.due_date < asked.late_before),
        _sum_if(Job.firm & (Job.due_date <= asked.week_end)),
    ).where(*conditions(asked))
    statement: tuple[str, Sequence[Any]] = query.sql()
    return statement


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


def conditions(asked: Question) -> list[Any]:
    """What a job must meet to stand in this part of the queue."""
    wanted: list[Any] = [Task.department == asked.department]
    if asked.tab is Tab.DONE:
        wanted += [Task.closed_at >= asked.day_began, Task.outcome == "finished"]
    else:
        wanted.append(Task.closed_at.is_null())
        if asked.finishing:
            wanted.append(Job.stage == Stage.FINISHING)
        if asked.tab is not Tab.ALL:
            wanted.append(_in_tab(asked.tab))
    return wanted + _narrowed(asked.filters, asked.late_before)


def _narrowed(filters: Filters, late_before: date) -> list[Any]:
    wanted: list[tuple[bool, Any]] = [
        (filters.urgent, Job.firm),
        (filters.late, Task.due_date < late_before),
        (filters.changed, Task.must_acknowledge != ""),
        (filters.due_by is not None, Task.due_date <= filters.due_by),
        (bool(filters.method), _decorated_by(filters.method)),
        (bool(filters.vendor), _bought_from(filters.vendor)),
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
    lines = (
        OrderLine.select(OrderLine.id)
        .join(Decoration)
        .where(OrderLine.order == Order.id)  # of the order at hand: an index, not a scan
        .where(Decoration.method.contains(method) & OrderLine.cancelled_at.is_null())
    )
    return fn.EXISTS(lines)


def _bought_from(vendor: str) -> Any:
    """The product usually comes from there, or a piece was ordered there."""
    named = Vendor.name.contains(vendor)
    usual = (
        JobItem.select(JobItem.id)
        .join(OrderLine)
        .join(Product, on=OrderLine.product == Product.id)
        .join(Vendor, on=Product.vendor == Vendor.id)
        .where((JobItem.job == Job.id) & named)
    )
    ordered = (
        JobItem.select(JobItem.id)
        .join(PurchaseLine)
        .join(PurchaseOrder)
        .join(Vendor)
        .where((JobItem.job == Job.id) & named)
    )
    return fn.EXISTS(usual) | fn.EXISTS(ordered)
