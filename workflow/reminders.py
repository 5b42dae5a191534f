"""Reminders for proofs that wait for the customer: before the date, on it, and after."""

from collections.abc import Iterable
from datetime import datetime

import clock
import outbox
from models import Artwork, Order
from workflow import proofs, shop
from workflow.due import WorkingCalendar
from workflow.stages import WITH_THE_CUSTOMER

#: Working days after a proof was sent, where no date says by when it is needed.
_UNDATED = (3, 6)
_AFTER = 2


def remind() -> int:
    """Ask for the reminders that are due now; each goes out once.  How many were asked for."""
    calendar, now = shop.working_calendar(), clock.now()
    asked = 0
    for art in _waiting():
        if art.sent_at is None:
            continue
        answer_by = proofs.deadline_of(art.order).answer_by
        due = [name for name, at in moments(art.sent_at, answer_by, calendar) if at <= now]
        if due:
            asked += 1
            _ask(art, due[-1])
    return asked


def moments(
    sent_at: datetime, answer_by: datetime | None, calendar: WorkingCalendar
) -> list[tuple[str, datetime]]:
    """When to remind of a proof, earliest first: the names and the moments.

    A working day before the answer is needed, when that moment has passed, and once more later;
    never on the working day on which the proof was sent.
    """
    if answer_by is None:
        return [(f"after {days} days", _ahead(sent_at, days, calendar)) for days in _UNDATED]
    first = _ahead(sent_at, 1, calendar)
    before = answer_by.replace(
        year=(day := calendar.back(answer_by.date(), 1)).year, month=day.month, day=day.day
    )
    found = [("before", before)] if before >= first else []
    passed = max(answer_by, first)
    return [*found, ("after", passed), ("again", _ahead(passed, _AFTER, calendar))]


def _ahead(moment: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    here = clock.local(moment)
    day = calendar.ahead(here.date(), days)
    return here.replace(year=day.year, month=day.month, day=day.day)


def _waiting() -> Iterable[Artwork]:
    states = [state.value for state in WITH_THE_CUSTOMER]
    found: Iterable[Artwork] = (
        Artwork.select(Artwork, Order)
        .join(Order)
        .where(Artwork.state.in_(states) & Order.closed_at.is_null())
        .where(Order.artwork_state.in_(states))
        .order_by(Artwork.id)
    )
    return found


def _ask(art: Artwork, name: str) -> None:
    sent = art.sent_at.isoformat() if art.sent_at else ""
    about = f"{art.id}:{art.current_version}:{sent}:{name}"
    outbox.add(
        "message",
        {
            "event": "reminder",
            "order_id": art.order_id,
            "artwork_id": art.id,
            "about": about,
            "recipient": art.sent_to,
        },
        key=f"message:reminder:{about}",
        order=art.order_id,
    )
