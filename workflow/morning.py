"""What the shop must know in the morning: late, urgent, stuck, waiting, yesterday, the load.

Reads only, five statements for everything; each part holds at most ``MOST`` entries, in the order
in which somebody should look at them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import JOIN, SQL, Case, Value, fn

import clock
from models import Artwork, Department, Forecast, Hold, Job, Message, Order, Person, Task
from workflow.board import planned
from workflow.queues import joined
from workflow.stages import HOLD_REASONS, WITH_THE_CUSTOMER, Stage
from workflow.workdays import Days, as_date, midnight, spoken

MOST = 500
#: After so many working days without a change something counts as stuck.
STALE_DAYS = 5
REVIEW_DAYS = 2
LOAD_DAYS = 5
#: The parts of the morning view: key and title.
PARTS: dict[str, str] = {
    "late": "Late",
    "at_risk": "Will be late",
    "urgent": "Firm this week",
    "stuck": "Stuck",
    "customer": "Waiting for the customer",
    "released": "Released",
    "done": "Done",
}
_PROOF = "proof"
_CUSTOMERS_TURN = ("customer_answer", "short", _PROOF)


@dataclass(frozen=True)
class Entry:
    """One order or job that needs a look, in finished words."""

    number: str
    order: str  # the order's number, for its page
    customer: str
    what: str
    why: str
    when: str = ""
    kind: str = ""  # late | urgent | hold | wait | ok
    task: int = 0  # whose pop-up is opened; 0: the order's page
    tell: int = 0  # the job whose message to the customer lies ready


@dataclass(frozen=True)
class Load:
    """What one department has to do on each of the next working days, in minutes."""

    name: str
    slug: str
    capacity: int
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class Morning:
    """Everything on the start page."""

    parts: dict[str, list[Entry]]
    days: tuple[date, ...]
    loads: tuple[Load, ...]
    yesterday: date  # the last working day


def of_shop(days: Days, seen: frozenset[int] | None) -> Morning:
    """The morning view of somebody who sees these departments; None means all."""
    yesterday = days.calendar.on_or_before(days.today - timedelta(days=1))
    parts: dict[str, list[Entry]] = {key: [] for key in PARTS}
    held, asked = _standing(days, seen)
    burning = _jobs(days, seen)
    parts["late"] = [entry for kind, entry in burning if kind == "late"]
    parts["urgent"] = [entry for kind, entry in burning if kind == "urgent"]
    orders = _orders(days, seen, yesterday)
    parts["stuck"] = held + [entry for kind, entry in burning if kind == "stuck"] + orders["review"]
    parts["customer"] = asked
    parts["at_risk"] = _at_risk(days, seen)
    parts["released"], parts["done"] = orders["released"], orders["done"]
    ahead = _next_days(days)
    return Morning(parts, ahead, tuple(_loads(ahead, days, seen)), yesterday)


def _next_days(days: Days) -> tuple[date, ...]:
    found = [days.calendar.on_or_after(days.today)]
    while len(found) < LOAD_DAYS:
        found.append(days.calendar.on_or_after(found[-1] + timedelta(days=1)))
    return tuple(found)


# ---------------------------------------------------------------- late, urgent, idle


def _jobs(days: Days, seen: frozenset[int] | None) -> list[tuple[str, Entry]]:
    """Jobs whose work could go on, that are late, firm this week, or untouched for days."""
    stale = midnight(days.calendar.back(days.today, STALE_DAYS))
    week_end = days.calendar.week_of(days.next_working)[-1]
    since = fn.COALESCE(Task.changed_at, Task.ready_at)
    late = (Task.due_date < days.late_before) | (Job.due_date < days.today)
    urgent = Job.firm & (Job.due_date <= week_end)
    idle = (since < stale) & ~Job.on_hold
    # All departments by name, so that the small index of open work is used and not a big one.
    where = Department.select(Department.id) if seen is None else list(seen)
    query: Any = (
        joined(
            Job.number, Order.number.alias("order_number"), Order.customer_name, Job.summary,
            Job.due_date, Job.firm, Job.on_hold, Order.waiting, Task.due_date.alias("due"),
            since.alias("since"), Task.id.alias("task"),
        )
        .where(Task.department.in_(where) & Task.closed_at.is_null())
        .where(Task.ready_at.is_null(False) & (late | urgent | idle))
        .order_by(Case(None, [(Job.firm, 0)], 1), fn.COALESCE(Task.due_date, Job.due_date), Task.id)
        .limit(3 * MOST)
    )  # fmt: skip
    found: dict[tuple[str, str], Entry] = {}
    for row in query.namedtuples():
        for kind, entry in _burning(row, days, week_end, stale):
            found.setdefault((kind, row.number), entry)
    return [(kind, entry) for (kind, _number), entry in found.items()]


def _burning(row: Any, days: Days, week_end: date, stale: datetime) -> Iterable[tuple[str, Entry]]:
    behind, since = days.late(as_date(row.due)), _as_moment(row.since)
    overdue = row.due_date is not None and row.due_date < days.today
    if behind or overdue:
        words = f"{behind} day{'s' * (behind > 1)} late" if behind else "in-hands date passed"
        yield "late", _entry(row, row.waiting, words, "late")
    if row.firm and row.due_date is not None and row.due_date <= week_end:
        in_hands = f"In hands {spoken(row.due_date, days.today)}"
        yield "urgent", _entry(row, row.waiting, in_hands, "urgent")
    if since is not None and since < stale and not row.on_hold:
        yield "stuck", _entry(row, row.waiting, f"nothing since {_day_of(since, days)}", "wait")


def _at_risk(days: Days, seen: frozenset[int] | None) -> list[Entry]:
    """Jobs that are not late yet and will be, the next date first; their messages lie ready."""
    key = Value("late:").concat(Forecast.job.cast("TEXT"))
    key = key.concat(":").concat(Forecast.expected_on.cast("TEXT"))
    query: Any = (
        Forecast.select(
            Job.number, Order.number, Order.customer_name, Job.summary, Forecast.due_date,
            Forecast.expected_on, Forecast.late_days, Forecast.reason, Person.name, Job.id,
            Message.id,
        )
        .join(Job)
        .join(Order)
        .join(Person, JOIN.LEFT_OUTER, on=Order.account_manager == Person.id)
        .join_from(Forecast, Message, JOIN.LEFT_OUTER, on=Message.key == key)
        .where(Job.closed_at.is_null() & (Forecast.due_date >= days.today))
        .where(_of_departments(seen))
        .order_by(Forecast.due_date, Forecast.id)
        .limit(MOST)
    )  # fmt: skip
    found = []
    for *said, due, expected, late, reason, manager, job, told in query.tuples():
        number, order, customer, what = said
        why = f"Promised {spoken(as_date(due), days.today)}: {reason}"
        why += f" ({manager} looks after it)" if manager else ""
        why += ". The customer knows." if told else ""
        when = f"{spoken(as_date(expected), days.today)}, {late} day{'s' * (late > 1)} late"
        found.append(
            Entry(number, order, customer, what, why, when, "urgent", tell=0 if told else job)
        )
    return found


def _entry(row: Any, why: str, when: str, kind: str) -> Entry:
    return Entry(
        number=row.number,
        order=row.order_number,
        customer=row.customer_name,
        what=row.summary,
        why=why,
        when=when,
        kind=kind,
        task=int(getattr(row, "task", 0) or 0),
    )


def _as_moment(value: Any) -> datetime | None:
    moment: datetime | None = Task.ready_at.python_value(value)
    return moment


def _day_of(moment: datetime, days: Days) -> str:
    return spoken(clock.local(moment).date(), days.today)


# ---------------------------------------------------------------- holds and proofs


def _of_departments(seen: frozenset[int] | None) -> Any:
    """The condition that an order has work in one of the departments; None means all orders."""
    if seen is None:
        return Order.id.is_null(False)
    mine = Job.select(Job.id).join(Task).where(Job.order == Order.id)
    return fn.EXISTS(mine.where(Task.department.in_(list(seen))))


def _standing(days: Days, seen: frozenset[int] | None) -> tuple[list[Entry], list[Entry]]:
    """Open holds and sent proofs, oldest first: the shop must act, the customer must."""
    ours: list[Entry] = []
    theirs: list[Entry] = []
    query: Any = _open_holds(seen).union_all(_sent_proofs(seen))
    for row in query.order_by(SQL("since"), SQL("shown")).limit(2 * MOST).tuples():
        reason, owner, number, order, customer, what, next_action, since = row
        moment = _as_moment(since)
        entry = Entry(
            number=number,
            order=order,
            customer=customer,
            what=what,
            why=_why(reason, owner, next_action),
            when=f"since {_day_of(moment, days)}" if moment is not None else "",
            kind="wait" if reason == _PROOF else "hold",
        )
        (theirs if reason in _CUSTOMERS_TURN else ours).append(entry)
    return ours, theirs


def _why(reason: str, owner: str, next_action: str) -> str:
    if reason == _PROOF:
        return f"Proof '{next_action}' sent to {owner or 'the customer'}"
    told = f", {next_action}" if next_action else ""
    return f"{HOLD_REASONS.get(reason, reason)}: {owner} must act{told}"


def _open_holds(seen: frozenset[int] | None) -> Any:
    number = fn.COALESCE(Job.number, Order.number).alias("shown")
    return (
        Hold.select(
            Hold.reason_code, Hold.owner, number, Order.number, Order.customer_name,
            Order.summary, Hold.next_action, Hold.since.alias("since"),
        )
        .join(Order)
        .join_from(Hold, Job, JOIN.LEFT_OUTER)
        .where(Hold.ended_at.is_null() & Order.closed_at.is_null())
        .where(_of_departments(seen))
    )  # fmt: skip


def _sent_proofs(seen: frozenset[int] | None) -> Any:
    sent = [state.value for state in WITH_THE_CUSTOMER]
    return (
        Artwork.select(
            Value(_PROOF), Artwork.sent_to, Order.number, Order.number, Order.customer_name,
            Order.summary, Artwork.name, Artwork.sent_at,
        )
        .join(Order)
        .where(Order.closed_at.is_null() & Order.artwork_state.in_(sent) & Artwork.state.in_(sent))
        .where(_of_departments(seen))
    )  # fmt: skip


# ---------------------------------------------------------------- yesterday, and review


def _orders(days: Days, seen: frozenset[int] | None, yesterday: date) -> dict[str, list[Entry]]:
    """Orders released and done on the last working day, and those that lie in review."""
    start, end = midnight(yesterday), midnight(yesterday + timedelta(days=1))
    lying = midnight(days.calendar.back(days.today, REVIEW_DAYS))
    released = (Order.released_at >= start) & (Order.released_at < end)
    done = (Order.closed_at >= start) & (Order.closed_at < end) & Order.cancelled_at.is_null()
    review = Order.closed_at.is_null() & (Order.stage == Stage.REVIEW)
    review &= (Order.created_at < lying) & ~Order.on_hold
    query: Any = Order.select(
        Order.number, Order.number.alias("order_number"), Order.customer_name, Order.summary,
        Order.waiting, Order.released_at, Order.released_by, Order.closed_at, Order.created_at,
        Order.stage,
    ).where(released | done | review)  # fmt: skip
    query = query.where(_of_departments(seen))
    found: dict[str, list[Entry]] = {"released": [], "done": [], "review": []}
    for row in query.order_by(Order.id).limit(3 * MOST).namedtuples():
        if row.released_at is not None and start <= row.released_at < end:
            why = f"released by {row.released_by}"
            found["released"].append(_entry(row, row.waiting, why, "ok"))
        if row.closed_at is not None and start <= row.closed_at < end:
            found["done"].append(_entry(row, "", f"{clock.local(row.closed_at):%H:%M}", "ok"))
        if row.stage == Stage.REVIEW and row.closed_at is None:
            since = f"since {_day_of(row.created_at, days)}"
            found["review"].append(_entry(row, "In review, not released", since, "wait"))
    return found


# ---------------------------------------------------------------- load


def _loads(ahead: tuple[date, ...], days: Days, seen: frozenset[int] | None) -> Iterable[Load]:
    """Minutes of work per department and day; what is overdue counts today."""
    share = Task.minutes * (Task.quantity - Task.good) / Task.quantity
    left = Case(None, [(Task.quantity == 0, Task.minutes), (Task.good < Task.quantity, share)], 0)
    here = (Task.department == Department.id) & Task.closed_at.is_null()
    query: Any = (
        Department.select(
            Department.name, Department.slug, Department.capacity_minutes, Department.id,
            planned(), fn.SUM(left),
        )
        .join(Task, JOIN.LEFT_OUTER, on=here & (planned() <= ahead[-1]))
        .where(Department.active)
        .group_by(
            Department.id, Department.name, Department.slug, Department.capacity_minutes,
            Department.position, planned(),
        )
        .order_by(Department.position, Department.name)
    )  # fmt: skip
    if seen is not None:
        query = query.where(Department.id.in_(list(seen)))
    found: dict[str, tuple[str, int, list[int]]] = {}
    for name, slug, capacity, _id, day, minutes in query.tuples():
        per_day = found.setdefault(slug, (name, capacity, [0] * len(ahead)))[2]
        on = as_date(day)
        if on is not None and minutes:
            place = next(n for n, shown in enumerate(ahead) if on <= shown)
            per_day[place] += int(minutes)
    for slug, (name, capacity, per_day) in found.items():
        yield Load(name, slug, capacity, tuple(per_day))
