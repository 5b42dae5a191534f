"""How fast documents become orders, and how many need nobody: the figures of Incoming. Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import IncomingFile, Order

#: Who releases what no person touched (``sync.touchless``).
POLICY = "touchless policy"
_MOST = 20_000


@dataclass(frozen=True)
class Figures:
    """Orders of a period that came as documents; times are minutes from receipt to order."""

    orders: int
    untouched: int
    median: float | None
    p95: float | None

    @property
    def share(self) -> int | None:
        """Orders that needed nobody, in percent; None where there were no orders."""
        return round(100 * self.untouched / self.orders) if self.orders else None


def figures_since(since: datetime) -> Figures:
    """The figures of all orders made of documents since a moment, in one question."""
    rows: Any = (
        Order.select(Order.created_at, IncomingFile.received_at, Order.released_by)
        .join(IncomingFile)
        .where(Order.created_at >= since)
        .order_by(Order.id.desc())
        .limit(_MOST)
        .tuples()
    )
    found = list(rows)
    minutes = sorted((made - came).total_seconds() / 60 for made, came, _by in found)
    untouched = sum(by == POLICY for _made, _came, by in found)
    return Figures(len(found), untouched, _at(minutes, 0.5), _at(minutes, 0.95))


def _at(ordered: Sequence[float], part: float) -> float | None:
    """The value below which a part of all values lies (nearest rank)."""
    if not ordered:
        return None
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]
