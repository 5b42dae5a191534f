"""What waits to happen outside, what failed for good, and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
import clock
import outbox
from admin.access import Screen
from models import OutboxRow
from workflow.actors import Right
from workflow.wording import EVENTS

ROWS_A_PAGE = 50
#: Nothing is due for longer than this while a worker runs.
TOO_LONG = timedelta(minutes=5)
_TABS = {"waiting": "Waiting", "dead": "Dead letters", "done": "Done"}


@dataclass(frozen=True)
class Row:
    """One row in words."""

    id: int
    what: str
    order: str
    asked_at: datetime
    kind: str
    state: str
    when: datetime | None
    attempts: int
    error: str
    more: str
    may_retry: bool
    may_set_aside: bool


class OutboxScreen(Screen):
    """The outbox, for whoever keeps the shop running."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/")
    def index_view(self) -> str:
        """One of the three lists."""
        chosen = request.args.get("state", "")
        counts = outbox.counts()
        state = chosen if chosen in _TABS else ("dead" if counts.dead else "waiting")
        before = request.args.get("before", type=int)
        found = outbox.rows(state, limit=ROWS_A_PAGE + 1, before=before)
        now = clock.now()
        oldest = counts.oldest_due
        older = found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None
        return self.render(
            "pages/outbox/index.html",
            rows=[_row(row, now) for row in found[:ROWS_A_PAGE]],
            state=state,
            tabs=_tabs(state, counts),
            late=oldest if oldest is not None and now - oldest > TOO_LONG else None,
            failing=counts.failing,
            older=url_for(".index_view", state=state, before=older) if older else "",
            newest=url_for(".index_view", state=state) if before else "",
        )

    @expose("/<int:row_id>/retry", methods=("POST",))
    def retry(self, row_id: int) -> ResponseReturnValue:
        """Let a row be tried at once."""
        outbox.retry(row_id, auth.current_actor())
        flash("It is tried again now. If it fails once more, it says so here.", "success")
        return redirect(url_for(".index_view", state="waiting"))

    @expose("/<int:row_id>/set-aside", methods=("POST",))
    def set_aside(self, row_id: int) -> ResponseReturnValue:
        """Close a dead row without doing it."""
        outbox.set_aside(row_id, auth.current_actor())
        flash("It is set aside; nothing more happens with it.", "success")
        return redirect(url_for(".index_view", state="dead"))


def _tabs(state: str, counts: outbox.Counts) -> list[dict[str, Any]]:
    numbers = {"waiting": counts.waiting, "dead": counts.dead}
    return [
        {
            "label": label,
            "url": url_for(".index_view", state=name),
            "active": name == state,
            "count": numbers.get(name),
            "hot": name == "dead" and counts.dead > 0,
        }
        for name, label in _TABS.items()
    ]


def _row(row: OutboxRow, now: datetime) -> Row:
    kind, state, when = _state(row, now)
    lines = [line for line in row.error.strip().splitlines() if line.strip()]
    traceback = lines[:1] == ["Traceback (most recent call last):"]
    # The sentence of a traceback is its last line that is not indented; notes may follow it.
    spoken = [line for line in lines if line[:1].isalpha() and not line.startswith("Tried again")]
    said = (spoken or lines)[-1] if traceback else " ".join(lines)
    return Row(
        id=row.id,
        what=what(row.kind, row.payload),
        order=row.order.number if row.order is not None else "",
        asked_at=row.created_at,
        kind=kind,
        state=state,
        when=when,
        attempts=row.attempts,
        error=said,
        more=row.error if traceback else "",
        may_retry=state in ("Dead", "Failed, waits"),
        may_set_aside=state == "Dead",
    )


def _state(row: OutboxRow, now: datetime) -> tuple[str, str, datetime | None]:
    """The kind of chip, its word, and the moment that belongs to it."""
    if row.done_at is not None:
        return ("off", "Set aside", row.done_at) if row.error else ("ok", "Done", row.done_at)
    if row.dead_at is not None:
        return "late", "Dead", row.dead_at
    if row.leased_until is not None and row.leased_until >= now:
        return "info", "Being done", row.leased_until
    if row.error:
        return "urgent", "Failed, waits", row.run_at
    return "wait", "Waits", row.run_at


def what(kind: str, payload: Mapping[str, Any]) -> str:
    """What a row asks for, in words."""
    if kind == "message":
        event = str(payload.get("event", ""))
        return f"Write the message “{EVENTS.get(event, event)}”"
    if kind == "mail":
        return f"Send message {payload.get('message_id', '')}"
    if kind == "read_file":
        return f"Read incoming file {payload.get('incoming_id', '')}"
    if kind == "chore":
        return str(payload.get("name", "chore")).capitalize()
    return kind.replace("_", " ").capitalize()
