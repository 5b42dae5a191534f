"""What the Incoming pages say about answers: who was told what, and how fast orders come to be."""

from datetime import timedelta
from typing import Any

from flask import url_for

import auth
import clock
from models import AnswerLink, IncomingFile, Message
from workflow import messages, wording
from workflow.actors import Right
from workflow.intake_figures import figures_since
from workflow.threads import thread_of

#: What the period chooser offers: its word in the address, its label, its days.
PERIODS: dict[str, tuple[str, int]] = {
    "day": ("24 hours", 1),
    "week": ("7 days", 7),
    "month": ("30 days", 30),
    "year": ("a year", 365),
}
_USUAL = "month"
_GAP = "\x1f"
_ASKED = {"questions": "Asked, waiting for the customer", "locked": "Asked for the password"}


def pace(period: str) -> dict[str, Any]:
    """The figures on top of the list, and the chooser of their period."""
    chosen = period if period in PERIODS else _USUAL
    since = clock.now() - timedelta(days=PERIODS[chosen][1])
    periods = [
        {"label": label, "url": url_for(".index_view", period=word), "active": word == chosen}
        for word, (label, _days) in PERIODS.items()
    ]
    return {"pace": figures_since(since), "periods": periods, "minutes": minutes}


def minutes(value: float | None) -> str:
    """A time as people say it: <1 min, 4 min, 3 h 20 min, 2 days."""
    if value is None or value < 1:
        return "-" if value is None else "<1 min"
    if value < 60:
        return f"{value:.0f} min"
    if value < 48 * 60:
        return f"{value // 60:.0f} h {value % 60:.0f} min"
    return f"{value / 1440:.0f} days"


def last_answer() -> Any:
    """A column of the list: state, event and note of the last answer to a file, or nothing."""
    said = Message.state.concat(_GAP).concat(Message.event).concat(_GAP).concat(Message.note)
    newest = Message.select(said).where(Message.incoming == IncomingFile.id)
    return newest.order_by(Message.id.desc()).limit(1).alias("told")


def in_words(told: str | None) -> str:
    """What the list says of the last answer to a file."""
    if not told:
        return ""
    state, event, note = told.split(_GAP, 2)
    if state == "skipped":
        return f"Not answered: {note}"
    if state != "sent":
        return "The answer is on its way" if state in ("waiting", "sending") else "See Messages"
    return _ASKED.get(event, "Answered")


def about(incoming: IncomingFile) -> dict[str, Any]:
    """What a file's own page says about its answers."""
    thread = thread_of(incoming)
    told = Message.select().where(Message.incoming == incoming).order_by(Message.id.desc())
    open_links = AnswerLink.select().where(
        (AnswerLink.incoming == incoming)
        & AnswerLink.revoked_at.is_null()
        & (AnswerLink.expires_at > clock.now())
    )
    return {
        "told": list(told.limit(20)),
        "told_words": {"events": wording.EVENTS, "states": messages.STATES},
        "not_by_itself": thread.why_not if thread is not None else "",
        "links": list(open_links.order_by(AnswerLink.id.desc()).limit(20)),
        "may_answer": auth.may(Right.MESSAGES)
        and (incoming.state == "accepted" or "password" in incoming.reason),
    }
