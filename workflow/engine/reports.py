"""What somebody fills in for a task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True)
class ItemWork:
    """What stands for one item now, as totals (recording the same twice changes nothing).

    ``good`` is made, packed, ordered or received; ``rejected`` spoiled or damaged, with its
    reason.  ``wrong`` and ``final_short`` are for receiving: pieces that are not ours, and
    pieces the vendor will not send any more.
    """

    item_id: int
    good: Decimal
    rejected: Decimal = ZERO
    reason: str = ""
    wrong: Decimal = ZERO
    final_short: Decimal = ZERO


@dataclass(frozen=True)
class Report:
    """What somebody fills in for a task.

    ``version`` is the task's version they saw; with ``everything`` all items that are not named are
    done, as many as the department had to do.  ``facts`` are words of the department (boxes,
    handed_to, note); ``vendor_id`` and ``expected_on`` belong to purchasing.
    """

    items: tuple[ItemWork, ...] = ()
    version: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    vendor_id: int | None = None
    expected_on: date | None = None
    everything: bool = False


@dataclass(frozen=True)
class Box:
    """One package: grams and millimetres, None where nobody measured."""

    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    tracking_number: str = ""
