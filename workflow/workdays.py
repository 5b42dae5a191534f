"""Today, and the days on which the shop works, as every list needs them.  Reads only."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import clock
from models import ClosedDay, ShopSetting
from workflow.due import WorkingCalendar, days_late
from workflow.shop import DEFAULTS


@dataclass(frozen=True)
class Days:
    """Today and the days on which the shop works."""

    today: date
    calendar: WorkingCalendar

    @property
    def late_before(self) -> date:
        """What was due before this day is late: a working day has passed since."""
        return self.calendar.on_or_before(self.today)

    @property
    def next_working(self) -> date:
        """Today, or the next day on which the shop works: when what is overdue gets done."""
        return self.calendar.on_or_after(self.today)

    def late(self, due: date | None) -> int:
        """Working days past a due date; 0 when on time."""
        return days_late(due, self.today, self.calendar)


def days_of_shop() -> Days:
    """Today and the working days, in one statement."""
    closed = ClosedDay.select(ClosedDay.day.cast("text")).where(ClosedDay.day >= _a_year_ago())
    week = ShopSetting.select(ShopSetting.value.cast("text")).where(ShopSetting.name == "weekdays")
    weekdays, off = DEFAULTS["weekdays"], []
    for (text,) in (closed | week).tuples():
        if text.startswith("["):
            weekdays = [int(part) for part in text.strip("[] ").split(",") if part.strip()]
        else:
            off.append(date.fromisoformat(text))
    return Days(clock.today(), WorkingCalendar(frozenset(weekdays), frozenset(off)))


def _a_year_ago() -> date:
    return date.fromordinal(clock.today().toordinal() - 366)


def midnight(day: date) -> datetime:
    """The moment a day begins where the shop stands."""
    return datetime.combine(day, time.min, tzinfo=clock.local(clock.now()).tzinfo)


@lru_cache(maxsize=2_000)
def spoken(day: date | None, today: date) -> str:
    """A date as people on the floor say it: "Today", "Wed 25 Nov", with the year if not ours."""
    if day is None:
        return ""
    if day == today:
        return "Today"
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"


def as_date(value: Any) -> date | None:
    """A date as a statement of our own gives it: SQLite has texts."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value
