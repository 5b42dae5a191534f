"""What the shop says of the rows of a tab: jobs, and orders that wait in review for theirs."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import clock
from models import (
    Department,
    Hold,
    Job,
    Order,
    OrderEvent,
    SheetEvent,
    SheetLink,
    Task,
    on_postgresql,
)
from sync.cells import to_json
from sync.sheets.columns import Column
from sync.sheets.layouts import TabPlan
from sync.sheets.stamps import key_of
from workflow.quantities import show
from workflow.stages import HOLD_REASONS

Json = Any
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Fact:
    """One row as the shop has it: by source of the column, in JSON terms."""

    key: str
    order_id: int | None
    job_id: int | None
    number: str
    values: dict[str, Json]
    belongs: bool  # whether it has a place in the tab
    closed: bool = False  # its job is finished or cancelled
    ended: bool = False  # … and that too long ago


@dataclass(slots=True)
class _Parts:
    """An order with what its rows are made of."""

    order: Order
    jobs: list[Job] = field(default_factory=list)
    tasks: dict[int, list[Task]] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)


def open_orders() -> list[int]:
    """Every order that is not closed."""
    rows: Any = Order.select(Order.id).where(Order.closed_at.is_null()).tuples()
    return [row[0] for row in rows]


def changed_orders(link: SheetLink, upto: int, overlap: timedelta) -> set[int]:
    """The orders something happened to since the workbook looked last.

    ``overlap`` looks back a little: transactions do not end in the order their events began in.
    """
    fresh = OrderEvent.id > link.seen_event
    if on_postgresql():
        fresh |= (OrderEvent.id > link.seen_event - 1000) & (OrderEvent.at > clock.now() - overlap)
    rows: Any = OrderEvent.select(OrderEvent.order).where(fresh & (OrderEvent.id <= upto))
    return {row[0] for row in rows.distinct().tuples()}


def load(link: SheetLink, plan: TabPlan, order_ids: Collection[int]) -> dict[str, Fact]:
    """The rows of some orders in a tab, by key; four statements for each 400 orders."""
    found: dict[str, Fact] = {}
    for parts in _parts(order_ids, plan):
        for fact in _facts(link, plan, parts):
            found[fact.key] = fact
    return found


def keys_of(link: SheetLink, order_id: int, jobs: Sequence[Job]) -> list[str]:
    """The keys of an order's rows; the first job has the one the order had in review."""
    first = key_of(link.salt, "order", order_id)
    if not jobs:
        return [first]
    return [first if n == 0 else key_of(link.salt, "job", job.id) for n, job in enumerate(jobs)]


def _parts(order_ids: Collection[int], plan: TabPlan) -> Iterator[_Parts]:
    ids = sorted(order_ids)
    sources = {column.key for column in plan.columns}
    want_tasks = "shown.departments" in sources or plan.tab.department_id is not None
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        parts = {order.id: _Parts(order) for order in Order.select().where(Order.id.in_(some))}
        jobs: dict[int, int] = {}
        for job in Job.select().where(Job.order.in_(some)).order_by(Job.position, Job.id):
            parts[job.order_id].jobs.append(job)
            jobs[job.id] = job.order_id
        if jobs and want_tasks:
            for task in _tasks(jobs):
                parts[jobs[task.job_id]].tasks.setdefault(task.job_id, []).append(task)
        for hold in Hold.select().where(Hold.order.in_(some) & Hold.ended_at.is_null()):
            parts[hold.order_id].holds.append(hold)
        yield from (parts[n] for n in some if n in parts)


def _tasks(job_ids: Iterable[int]) -> Iterable[Task]:
    query: Iterable[Task] = (
        Task.select(
            Task.id, Task.job, Task.department, Task.quantity, Task.good, Task.ready_at,
            Task.closed_at, Task.outcome, Department.id, Department.name,
        )
        .join(Department)
        .where(Task.job.in_(list(job_ids)))
        .order_by(Department.position, Task.id)
    )  # fmt: skip
    return query


def _facts(link: SheetLink, plan: TabPlan, parts: _Parts) -> Iterator[Fact]:
    keys = keys_of(link, parts.order.id, parts.jobs)
    jobs: list[Job | None] = [*parts.jobs] or [None]
    for key, job in zip(keys, jobs, strict=True):
        row = _Row(parts, job)
        ended = row.ended(link.keep_days)
        values = {column.key: row.value(column) for column in plan.columns}
        belongs = not ended and _has_place(plan, row)
        if plan.tab.kind == "archive":
            belongs = ended
        job_id = None if job is None else job.id
        yield Fact(
            key, parts.order.id, job_id, row.number, values, belongs, row.closed is not None, ended
        )


def _has_place(plan: TabPlan, row: "_Row") -> bool:
    if plan.tab.stages and row.stage not in plan.tab.stages:
        return False
    department = plan.tab.department_id
    return department is None or any(
        task.department_id == department and task.closed_at is None for task in row.tasks
    )


class _Row:
    """One job, or an order in review, and what a column shows of it."""

    def __init__(self, parts: _Parts, job: Job | None) -> None:
        self.order, self.job = parts.order, job
        self.tasks = parts.tasks.get(job.id, []) if job is not None else []
        self.holds = [h for h in parts.holds if h.job_id in (None, job.id if job else None)]
        self.number = parts.order.number if job is None else job.number

    @property
    def stage(self) -> str:
        return self.order.stage if self.job is None else self.job.stage

    @property
    def closed(self) -> datetime | None:
        row: Order | Job = self.order if self.job is None else self.job
        moment: datetime | None = row.closed_at
        return moment

    def ended(self, keep_days: int) -> bool:
        """Whether it was closed so long ago that its row has no place among the live ones."""
        closed = self.closed
        return closed is not None and closed < clock.now() - timedelta(days=keep_days)

    def value(self, column: Column) -> Json:
        """What a column shows, in JSON terms."""
        level, _, name = column.key.partition(".")
        known = getattr(self, f"_{level}_{name}", None)
        if known is not None and level in ("shown", "job"):
            return known()
        row: Any = self.order if level == "order" else self.job
        if row is None:
            return None
        if not column.field.column:
            return (row.extra or {}).get(name)
        value = getattr(row, name)
        return None if value == "" else to_json(column.field, value)

    def _job_in_hands(self) -> Json:
        due = self.order.in_hands_date if self.job is None else self.job.due_date
        return due.isoformat() if isinstance(due, date) else None

    def _job_firm(self) -> Json:
        return bool(self.order.in_hands_firm if self.job is None else self.job.firm)

    def _job_hold(self) -> Json:
        newest = max(self.holds, key=lambda hold: hold.id, default=None)
        return None if newest is None else HOLD_REASONS.get(newest.reason_code, newest.reason_code)

    def _shown_number(self) -> Json:
        return self.number

    def _shown_customer(self) -> Json:
        return self.order.customer_name or None

    def _shown_what(self) -> Json:
        return (self.order.summary if self.job is None else self.job.summary) or None

    def _shown_pieces(self) -> Json:
        pieces = self.order.pieces if self.job is None else self.job.pieces
        return format(Decimal(pieces), "f")

    def _shown_stage(self) -> Json:
        cancelled = self.order.cancelled_at or (self.job is not None and self.job.cancelled_at)
        return "Cancelled" if cancelled else self.stage.capitalize()

    def _shown_waiting(self) -> Json:
        return self.order.waiting or None

    def _shown_departments(self) -> Json:
        alive = [task for task in self.tasks if task.outcome != "cancelled"]
        return "; ".join(f"{task.department.name}: {_state(task)}" for task in alive) or None

    def _shown_alert(self) -> Json:
        if self.closed is not None:
            return None
        due = self.order.in_hands_date if self.job is None else self.job.due_date
        said = ["LATE"] if isinstance(due, date) and due < clock.today() else []
        said += ["FIRM"] if self._job_firm() else []
        said += [self.order.priority.upper()] if self.order.priority in ("rush", "hot") else []
        return ", ".join(said) or None

    def _shown_hand_over(self) -> Json:
        return None if self.job is None else self.job.fulfillment_type

    def _shown_total(self) -> Json:
        return format(self.order.grand_total, "f")


def _state(task: Task) -> str:
    if task.closed_at is not None:
        return "done"
    if task.good and task.quantity:
        return f"{show(task.good)} of {show(task.quantity)}"
    return "ready" if task.ready_at is not None else "waits"


# ---------------------------------------------------------------- the tab of conflicts


def conflict_facts(link: SheetLink, events: Iterable[SheetEvent]) -> dict[str, Fact]:
    """The rows of the tab that lists what collided, by key."""
    found = {}
    for event in events:
        number = str(getattr(event.job or event.order, "number", ""))
        values = {
            "conflict.at": _at(event.at),
            "conflict.order": number or None,
            "conflict.column": event.title or None,
            "conflict.kept": event.kept[:2000] or None,
            "conflict.lost": event.lost[:2000] or None,
            "conflict.who": event.who or None,
            "conflict.why": event.why or None,
            "conflict.outcome": _outcome(event),
        }
        key = key_of(link.salt, "event", event.id)
        found[key] = Fact(key, None, None, number, values, True)
    return found


def _at(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"


def _outcome(event: SheetEvent) -> str | None:
    if event.settled_at is None:
        return None
    said = "other value used" if event.outcome == "applied" else "left as it is"
    return f"{said}, {event.settled_by} {_at(event.settled_at)}"
