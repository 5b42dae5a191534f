"""Working days, due dates counted backwards, lateness, load. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

_LONGEST_CLOSURE = 366


@dataclass(frozen=True)
class WorkingCalendar:
    """On which days the shop works: weekdays (Monday is 0) less closed days."""

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    closed: frozenset[date] = field(default_factory=frozenset)

    def works_on(self, day: date) -> bool:
        """Whether the shop works on a day."""
        return day.weekday() in self.weekdays and day not in self.closed

    def on_or_before(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        for _ in range(_LONGEST_CLOSURE):
            if self.works_on(day):
                return day
            day -= timedelta(days=1)
        return day

    def on_or_after(self, day: date) -> date:
        """The day itself, or the next working day after it."""
        for _ in range(_LONGEST_CLOSURE):
            if self.works_on(day):
                return day
            day += timedelta(days=1)
        return day

    def back(self, day: date, working_days: int) -> date:
        """The working day that lies ``working_days`` working days before ``day``."""
        day = self.on_or_before(day)
        for _ in range(working_days):
            day = self.on_or_before(day - timedelta(days=1))
        return day

    def ahead(self, day: date, working_days: int) -> date:
        """The working day that lies ``working_days`` working days after ``day``."""
        day = self.on_or_after(day)
        for _ in range(working_days):
            day = self.on_or_after(day + timedelta(days=1))
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative if late."""
        if end < start:
            return -self.between(end, start)
        return sum(
            self.works_on(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)
        )

    def week_of(self, day: date) -> list[date]:
        """The days of that week a calendar shows: Monday to Friday and every other workday."""
        monday = day - timedelta(days=day.weekday())
        days = [monday + timedelta(days=n) for n in range(7)]
        return [d for d in days if d.weekday() < 5 or d.weekday() in self.weekdays]


@dataclass(frozen=True)
class Step:
    """One department's place in the journey: how many working days it needs."""

    key: int
    position: int
    lead_days: int


def due_dates(
    in_hands: date | None, transit_days: int, steps: Iterable[Step], calendar: WorkingCalendar
) -> dict[int, date | None]:
    """When each step must be ready, counted backwards from the in-hands date.

    The last step is due ``transit_days`` working days before the in-hands date; every step
    before it is due as many working days earlier as the step after it needs.  Steps at the same
    position run beside each other and share their date.
    """
    ordered = sorted(steps, key=lambda step: step.position, reverse=True)
    if in_hands is None:
        return {step.key: None for step in ordered}
    dates: dict[int, date | None] = {}
    day = calendar.back(in_hands, transit_days)
    index = 0
    while index < len(ordered):
        beside = [s for s in ordered[index:] if s.position == ordered[index].position]
        for step in beside:
            dates[step.key] = day
        day = calendar.back(day, max(step.lead_days for step in beside))
        index += len(beside)
    return dates


def moved_by_waiting(in_hands: date, due: date, happens: date, calendar: WorkingCalendar) -> date:
    """The in-hands date that can be kept when what was due on one day happens on another.

    Every working day of waiting moves it by one.
    """
    waited = calendar.between(due, happens) if happens > due else 0
    return calendar.ahead(in_hands, waited) if waited > 0 else in_hands


def minutes_of_work(setup: int, per_piece: Decimal, pieces: Decimal, decorations: int = 1) -> int:
    """Minutes a task takes: set-up for each decoration, then every piece, rounded up."""
    exact = setup * max(decorations, 1) + per_piece * pieces * max(decorations, 1)
    return int(exact.to_integral_value(rounding="ROUND_CEILING"))


def days_late(due: date | None, today: date, calendar: WorkingCalendar) -> int:
    """Working days past the due date; 0 when on time or undated."""
    return calendar.between(due, today) if due is not None and due < today else 0


def queue_key(due: date | None, *, firm: bool, rank: int, today: date) -> tuple[int, date, int]:
    """Sort key of a queue: firm and late first, then due date, then priority, undated last."""
    firm_and_late = firm and due is not None and due < today
    return (0 if firm_and_late else 1, due or date.max, -rank)
