"""How a shared sheet stands, in words: for the status strip, the list and the terminal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

import clock
from models import SheetEvent, SheetLink, SheetRow, SheetTab
from sync.sheets.conflicts import OPEN
from sync.sheets.google.governor import PER_MINUTE
from sync.sheets.stamps import RowState

#: A worker looks at least every minute; later than this nobody does.
TOO_LONG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Standing:
    """One sheet at this moment: ``kind`` is that of a chip, ``sentence`` what is wrong."""

    kind: str
    word: str
    sentence: str
    last_read_at: datetime | None
    pending: int
    quota: str
    next_try_at: datetime | None
    held_by: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person."""

    conflicts: int
    removed: int
    breaker: bool

    @property
    def total(self) -> int:
        """All of it as one number, for the menu."""
        return self.conflicts + self.removed + self.breaker


def standing(link: SheetLink) -> Standing:
    """How a sheet stands."""
    kind, word, sentence = _words(link)
    used = (link.options or {}).get("quota") or {}
    quota = " · ".join(
        f"{used.get(name, 0)} of {PER_MINUTE} {words}"
        for name, words in (("read", "reads"), ("write", "writes"))
    )
    return Standing(
        kind=kind,
        word=word,
        sentence=sentence,
        last_read_at=link.last_read_at,
        pending=link.pending,
        quota=quota if link.backend == "google" else "",
        next_try_at=link.next_try_at if link.active else None,
        held_by=link.held_by,
        asked=link.asked_at is not None,
    )


def waiting(link: SheetLink) -> Waiting:
    """What waits for a person in one sheet."""
    conflicts = SheetEvent.select(fn.COUNT(SheetEvent.id)).where(
        (SheetEvent.link == link) & SheetEvent.settled_at.is_null() & SheetEvent.kind.in_(OPEN)
    )
    removed = (
        SheetRow.select(fn.COUNT(SheetRow.id))
        .join(SheetTab)
        .where((SheetTab.link == link) & (SheetRow.state == RowState.REMOVED.value))
    )
    return Waiting(conflicts.scalar() or 0, removed.scalar() or 0, _asks(link))


def counts_for_menu() -> dict[str, Any]:
    """Questions for numbers over all sheets, for the menu to ask along with its own."""
    conflicts = SheetEvent.select(fn.COUNT(SheetEvent.id)).where(
        SheetEvent.settled_at.is_null() & SheetEvent.kind.in_(OPEN)
    )
    removed = SheetRow.select(fn.COUNT(SheetRow.id)).where(SheetRow.state == RowState.REMOVED.value)
    stopped = SheetLink.select(fn.COUNT(SheetLink.id)).where(
        SheetLink.active & (SheetLink.state == "asking")
    )
    return {"collided": conflicts, "removed": removed, "stopped": stopped}


def _asks(link: SheetLink) -> bool:
    return bool(link.breaker) and not link.breaker.get("answer")


def _words(link: SheetLink) -> tuple[str, str, str]:
    if not link.active:
        return "off", "Switched off", "Nothing is read or written."
    if _asks(link):
        return "urgent", "Asks you", "Much was changed at once: say whether that was meant."
    return _trouble(link) or _silence(link) or ("ok", "Works", "")


def _trouble(link: SheetLink) -> tuple[str, str, str] | None:
    if link.state == "broken":
        return "late", "Does not work", link.problem
    if link.problem and link.failures:
        return "urgent", "Tries again", link.problem
    if link.held_by:
        said = f"The file is {link.held_by}; what we write waits for that."
        return "hold", "Held", said if link.held_by.startswith("open by") else link.held_by
    return ("urgent", "Needs you", link.problem) if link.problem else None


def _silence(link: SheetLink) -> tuple[str, str, str] | None:
    if link.last_read_at is None:
        return "wait", "Not yet", "Nobody has looked into it yet. Is a worker running?"
    if clock.now() - link.last_read_at > TOO_LONG:
        return "urgent", "Nobody looks", "No worker has looked for a while: start one."
    return None
