"""The breaker: too much changed at once, so nothing goes into the shop before a person looked.

It trips when many rows are gone, emptied or changed in one cycle, when the header row is not ours
any more, and when cells are merged.  While it is open the app reads and writes nothing.  It
closes by itself when the damage is undone in the sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from errors import BlockedError, StaleError
from models import Order, SheetLink, SheetRow, SheetTab, transaction
from workflow.actors import Actor, Right

FEWEST = 10  # rows that never trip it, however small the tab


@dataclass(frozen=True, slots=True)
class Damage:
    """What a cycle found: rows by what became of them, and what is wrong with the tab's shape."""

    missing: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """Every row that is not as it was."""
        return (*self.missing, *self.emptied, *self.changed)

    def without(self, accepted: set[str]) -> "Damage":
        """The damage a person has not answered about."""
        return Damage(
            tuple(row for row in self.missing if row not in accepted),
            tuple(row for row in self.emptied if row not in accepted),
            tuple(row for row in self.changed if row not in accepted),
            self.shape,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """The breaker as a screen shows it: since when, why, and what a person may answer."""

    since: str
    reasons: tuple[str, ...]
    missing: int
    emptied: int
    changed: int
    answer: str
    by: str
    may_answer: bool  # not while the tab's shape is wrong: that is mended in the sheet


def most(known: int, rows: int, percent: int) -> int:
    """How many rows of a tab with ``known`` rows may change at once."""
    return min(rows, max(FEWEST, known * percent // 100))


def reasons(damage: Damage, known: int, rows: int, percent: int) -> list[str]:
    """Why nothing may go into the shop, in words; empty if it may."""
    limit, said = most(known, rows, percent), list(damage.shape)
    for count, words in (
        (len(damage.missing), "are gone"),
        (len(damage.emptied), "were emptied"),
        (len(damage.changed), "were changed"),
    ):
        if count > limit:
            said.append(f"{count} of {known} rows {words} at once")
    if not said and len(damage.rows) > limit:
        said.append(f"{len(damage.rows)} of {known} rows are not as they were")
    return said


def as_json(damage: Damage, said: Sequence[str], now: datetime) -> dict[str, Any]:
    """What a workbook keeps of an open breaker."""
    return {
        "since": now.isoformat(),
        "reasons": list(said),
        "shape": list(damage.shape),
        "rows": {
            "missing": list(damage.missing),
            "emptied": list(damage.emptied),
            "changed": list(damage.changed),
            "all": list(damage.rows),
        },
    }


def opened(link: SheetLink) -> Opened | None:
    """What the breaker of a workbook says, or None while it is closed."""
    kept: dict[str, Any] | None = link.breaker
    if not kept:
        return None
    rows = kept["rows"]
    return Opened(
        since=kept["since"],
        reasons=tuple(kept["reasons"]),
        missing=len(rows["missing"]),
        emptied=len(rows["emptied"]),
        changed=len(rows["changed"]),
        answer=kept.get("answer", ""),
        by=kept.get("by", ""),
        may_answer=not kept["shape"],
    )


def hit(link: SheetLink, *, limit: int = 200) -> list[str]:
    """The numbers of the orders whose rows are not as they were."""
    rows: dict[str, list[str]] = (link.breaker or {}).get("rows", {})
    names = ("missing", "emptied", "changed")
    keys = [key.rpartition("/")[2] for name in names for key in rows.get(name, ())]
    found: Any = (
        Order.select(Order.number)
        .join(SheetRow, on=(SheetRow.order == Order.id))
        .join(SheetTab)
        .where((SheetTab.link == link) & SheetRow.key.in_(keys[:limit]))
        .order_by(Order.number)
        .distinct()
        .tuples()
    )
    return [number for (number,) in found]


def accept(link: SheetLink, actor: Actor) -> SheetLink:
    """Take over what was changed: deleted rows go to the list of removed ones.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        StaleError: the breaker is closed, or somebody has answered.
        BlockedError: the tab's shape must be mended first; every reason is named.
    """
    return _answer(link, "accept", actor)


def restore(link: SheetLink, actor: Actor) -> SheetLink:
    """Put the sheet back to what the shop holds; what is lost by that is logged, cell by cell.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        StaleError: the breaker is closed, or somebody has answered.
        BlockedError: the tab's shape must be mended first; every reason is named.
    """
    return _answer(link, "restore", actor)


def _answer(link: SheetLink, answer: str, actor: Actor) -> SheetLink:
    actor.require(Right.SET_UP)
    with transaction():
        fresh = SheetLink.get_by_id(link.id)
        kept = fresh.breaker
        if not kept or kept.get("answer"):
            raise StaleError(f"'{fresh.name}' does not wait for an answer any more.")
        if kept["shape"]:
            what = f"'{fresh.name}' must be mended in the sheet first (undo does it)"
            raise BlockedError(what, kept["shape"])
        fresh.breaker = {**kept, "answer": answer, "by": actor.name}
        fresh.next_try_at = None
        fresh.save()
    return fresh
