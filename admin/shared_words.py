"""What a shared sheet's log says, in words; without prices for whoever may not see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import auth
from admin.order_events import Told
from admin.order_typed import tells_money
from models import OrderEvent, SheetEvent
from sync.sheets.columns import field_of
from workflow import shop
from workflow.actors import Right
from workflow.fields import Kind

_SAID = {
    "conflict": "“{lost}” and “{kept}” collided; “{kept}” counts",
    "refused": "“{lost}” was refused in the sheet",
    "owned": "“{lost}” was typed into a column of the app and put back",
    "restored": "“{lost}” was put back to “{kept}”",
    "removed": "the row was deleted in the sheet; nothing happened to the order",
    "returned": "the row is back in the sheet",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order's history, wherever it was written down."""

    at: datetime
    kind: str
    text: str
    actor: str


def seen(events: Iterable[SheetEvent]) -> list[SheetEvent]:
    """The lines of a log that whoever is here may read."""
    if auth.may(Right.SEE_MONEY):
        return list(events)
    catalogue = shop.catalogue()
    found = []
    for event in events:
        field = field_of(event.source, catalogue) if event.source else None
        if field is None or not (field.kind is Kind.MONEY or tells_money(field)):
            found.append(event)
    return found


def history(events: Sequence[OrderEvent], told: Told, *, newest: bool, oldest: bool) -> list[Line]:
    """A page of an order's history together with what its rows in shared sheets went through.

    Args:
        events: the page of the order's own events, newest first.
        told: who reads it.
        newest: nothing came after this page.
        oldest: nothing came before it.
    """
    lines = [Line(one.at, one.kind, told.event(one), one.actor) for one in events]
    if not events:
        return lines
    mine = SheetEvent.order == events[0].order_id
    if not newest:
        mine &= SheetEvent.at <= events[0].at
    if not oldest:
        mine &= SheetEvent.at > events[-1].at
    rows = SheetEvent.select().where(mine).order_by(SheetEvent.id.desc()).limit(100)
    lines += [_line(one) for one in seen(rows)]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def shorten(text: str, most: int) -> str:
    """The beginning of a long text."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _line(event: SheetEvent) -> Line:
    lost, kept = shorten(event.lost or "nothing", 120), shorten(event.kept or "nothing", 120)
    said = _SAID.get(event.kind, "{why}").format(lost=lost, kept=kept, why=event.why or event.kind)
    about = f"{event.title}: {said}" if event.title else said
    if event.why and event.why not in about:
        about += f" ({event.why})"
    if event.outcome == "applied":
        about += f"; {event.settled_by} used the other value"
    who = f"{event.who} (sheet)" if event.who else "the shared sheet"
    return Line(event.at, f"sheet_{event.kind}", about, who)
