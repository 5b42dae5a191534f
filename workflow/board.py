"""The week of a production department: its jobs by day, load against capacity.  Reads only.

A job stands on the day a planner chose, else on its due date; what is overdue stands on today (or
on the next working day), because that is when it must be done.  Finished jobs leave the board.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from peewee import fn

from models import Department, Job, Order, Task, on_postgresql
from workflow.quantities import show
from workflow.queues import ask, joined
from workflow.stages import Stage
from workflow.workdays import Days, as_date

#: So many cards one day shows; the load counts all.
MOST_CARDS = 10
_MOST_TASKS = 1_000


@dataclass(frozen=True)
class Card:
    """One job on the board, in finished words."""

    id: int
    job: str
    customer: str
    what: str
    late: bool
    firm: bool
    pending: bool
    held: bool
    minutes: int

    @property
    def kind(self) -> str:
        """The class of its mark: what burns most comes first."""
        if self.late:
            return "late"
        return "urgent" if self.firm else ""


@dataclass(frozen=True)
class Day:
    """One day of the week with its cards."""

    day: date
    works: bool
    today: bool
    past: bool
    capacity: int
    cards: tuple[Card, ...] = ()

    @property
    def minutes(self) -> int:
        """Minutes of work that stand on this day."""
        return sum(card.minutes for card in self.cards)

    @property
    def over(self) -> int:
        """Minutes beyond what the department can do on this day."""
        return max(self.minutes - (self.capacity if self.works else 0), 0)

    @property
    def shown(self) -> tuple[Card, ...]:
        """The cards there is room for."""
        return self.cards[:MOST_CARDS]

    @property
    def hidden(self) -> int:
        """How many more there are."""
        return len(self.cards) - len(self.shown)


def planned(task: Any = Task) -> Any:
    """The day a task stands on: where a planner put it, else when it is due."""
    return fn.COALESCE(task.planned_date, task.due_date)


def week(department: Department, monday: date, days: Days) -> list[Day]:
    """The days of the week of ``monday`` with their open jobs, in one statement."""
    shown = days.calendar.week_of(monday)
    first, last = shown[0], shown[0] + timedelta(days=6)
    since = first if not first <= days.next_working <= last else date.min
    finishing = department.stage == Stage.FINISHING
    statement = _planned_in(department.id, finishing, since, last, on_postgresql())
    by_day: dict[date, list[Card]] = {}
    for row in ask(statement):
        item = Item._make(row)
        by_day.setdefault(_stands_on(item, shown, days), []).append(_card(item, days))
    return [_day(department, day, by_day, days) for day in shown]


class Item(NamedTuple):
    """What the database has of one card, in the order of ``_COLUMNS``."""

    id: int
    quantity: int
    good: int
    minutes: int
    due: Any
    planned: Any
    ready_at: Any
    job: str
    summary: str
    firm: bool
    on_hold: bool
    customer: str


_COLUMNS = (
    Task.id, Task.quantity, Task.good, Task.minutes, Task.due_date, Task.planned_date,
    Task.ready_at, Job.number, Job.summary, Job.firm, Job.on_hold, Order.customer_name,
)  # fmt: skip


@lru_cache(maxsize=500)
def _planned_in(
    department: int, finishing: bool, since: date, until: date, _postgresql: bool
) -> tuple[str, Sequence[Any]]:
    """The open work that stands in a week; built once a day for each week somebody looks at."""
    wanted: list[Any] = [Task.department == department, Task.closed_at.is_null()]
    wanted.append(planned() <= until)
    if since > date.min:
        wanted.append(planned() >= since)
    if finishing:
        wanted.append(Job.stage == Stage.FINISHING)
    query = joined(*_COLUMNS).where(*wanted).order_by(planned(), Job.firm.desc(), Task.id)
    statement: tuple[str, Sequence[Any]] = query.limit(_MOST_TASKS).sql()
    return statement


def _stands_on(item: Item, shown: list[date], days: Days) -> date:
    """A day of the shown week; what lies on a day that is not shown moves to the one before."""
    on = as_date(item.planned) or as_date(item.due) or days.next_working
    if shown[0] <= days.next_working <= shown[0] + timedelta(days=6):
        on = max(on, days.next_working)
    before = [day for day in shown if day <= on]
    return before[-1] if before else shown[0]


def _card(item: Item, days: Days) -> Card:
    quantity, good = (Decimal(scaled).scaleb(-3) for scaled in (item.quantity, item.good))
    return Card(
        id=item.id,
        job=item.job,
        customer=item.customer,
        what=f"{show(quantity)} {item.summary}",
        late=days.late(as_date(item.due)) > 0,
        firm=bool(item.firm),
        pending=item.ready_at is None,
        held=bool(item.on_hold),
        minutes=minutes_left(item.minutes, quantity, good),
    )


def minutes_left(minutes: int, quantity: Decimal, good: Decimal) -> int:
    """What remains of the estimated minutes when some pieces are done, rounded up."""
    if not quantity or not good:
        return minutes
    share = max(quantity - good, Decimal(0)) / quantity
    return int((minutes * share).to_integral_value(rounding="ROUND_CEILING"))


def _day(department: Department, day: date, by_day: Mapping[date, list[Card]], days: Days) -> Day:
    works = days.calendar.works_on(day)
    return Day(
        day=day,
        works=works,
        today=day == days.today,
        past=day < days.today,
        capacity=department.capacity_minutes if works else 0,
        cards=tuple(by_day.get(day, ())),
    )
