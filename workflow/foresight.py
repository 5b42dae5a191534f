"""When a job can be there: open work, the queue before it, goods on their way. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil

from workflow.due import WorkingCalendar


@dataclass(frozen=True)
class Open:
    """One department's open work on a job.

    ``ahead`` and ``capacity`` are minutes: what the department has to do before this, and what it
    does in a day.  ``not_before`` is a day before which it cannot end, and ``why``.
    """

    department: str
    position: int
    lead_days: int
    left: float = 1.0  # how much of it is left, from 0 to 1
    due: date | None = None
    ahead: int = 0
    capacity: int = 0
    not_before: date | None = None
    why: str = ""

    @property
    def days(self) -> int:
        """Working days it takes."""
        return ceil(self.lead_days * self.left)

    @property
    def queue_days(self) -> int:
        """Working days the department is busy with what comes first."""
        return self.ahead // self.capacity if self.capacity > 0 else 0


@dataclass(frozen=True)
class Arrival:
    """The day a job can be in the customer's hands, and what decides it."""

    day: date
    reason: str


def arrival(
    steps: Sequence[Open], transit_days: int, today: date, calendar: WorkingCalendar
) -> Arrival:
    """When a job arrives if everything open takes the time it usually takes."""
    now = calendar.on_or_after(today)
    day, slips = now, []
    ordered = sorted(steps, key=lambda step: step.position)
    for _position, beside in groupby(ordered, key=lambda step: step.position):
        ends = [_end(step, day, now, calendar) for step in beside]
        day = max(end for end, _slip, _why in ends)
        slips += [(slip, why) for end, slip, why in ends if end == day and slip > 0]
    longest = max(slips, key=lambda one: one[0], default=(0, ""))[1]
    reason = longest or _overdue(ordered, today) or _left(ordered)
    return Arrival(calendar.ahead(day, transit_days), reason)


def _end(step: Open, start: date, now: date, calendar: WorkingCalendar) -> tuple[date, int, str]:
    """When a step ends, how many days it waits for something, and for what."""
    free = calendar.ahead(now, step.queue_days)
    plain = calendar.ahead(start, step.days)
    queued = calendar.ahead(max(start, free), step.days)
    end = max(queued, step.not_before or queued)
    if end == plain:
        return end, 0, ""
    if step.not_before is not None and end == step.not_before:
        return end, calendar.between(plain, end), step.why
    busy = f"{step.department} is busy until {free:%a} {free.day} {free:%b}"
    return end, calendar.between(plain, end), busy


def _overdue(steps: Sequence[Open], today: date) -> str:
    late = next((step for step in steps if step.due is not None and step.due < today), None)
    if late is None or late.due is None:
        return ""
    why = f" ({late.why})" if late.why else ""
    return f"{late.department} was due {late.due:%a} {late.due.day} {late.due:%b}{why}"


def _left(steps: Sequence[Open]) -> str:
    names = ", ".join(step.department for step in steps)
    return f"still to do: {names}" if names else ""
