"""What somebody typed into a task's pop-up becomes a report or a hand-over.

Fields are called ``good-<item>`` and ``bad-<item>`` (totals), ``now-<item>``, ``hurt-<item>`` and
``wrong-<item>`` (what comes on top now), ``gone-<item>`` (the rest will not come) and
``reason-<line>``.  Every mistake is collected under the name of its field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from errors import InvalidError
from sync.amounts import CellError
from sync.amounts import number as read_number
from sync.cells import clean
from sync.cells import day as read_day
from workflow import handling
from workflow.engine import Box, Handover, ItemWork, Report
from workflow.grids import ZERO, Cell
from workflow.quantities import show
from workflow.stages import Work
from workflow.ticket import Ticket

GRAMS = Decimal(1000)
MOST_BOXES = 500
_FACTS = {
    Work.PACKAGING: ("boxes", "weights", "note"),
    Work.HANDOVER: ("note",),
}


@dataclass
class Reader:
    """Reads the fields of one form and remembers what it could not read."""

    form: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def word(self, name: str, most: int = 255) -> str:
        """A text, cut to what a column holds."""
        return " ".join(clean(self.form.get(name, "")).split())[:most]

    def pieces(self, name: str, cell: Cell, otherwise: Decimal = ZERO) -> Decimal:
        """How many of an item; what is sold by the piece comes in whole pieces."""
        found = self.number(name, cell.label, otherwise)
        if cell.whole and found % 1:
            self.problems[name] = f"{cell.label}: {show(found)} is not a whole number of pieces"
        return found

    def number(self, name: str, label: str, otherwise: Decimal = ZERO) -> Decimal:
        """A number; an empty field is zero, one that was not sent is ``otherwise``."""
        if name not in self.form:
            return otherwise
        text = self.form[name].strip().replace("\u2212", "-")
        if not text:
            return ZERO
        return self._read(name, label, text, lambda: read_number(text, decimal=".")) or ZERO

    def day(self, name: str, label: str) -> date | None:
        """A date, or None where none was typed."""
        text = self.form.get(name, "").strip()
        return self._read(name, label, text, lambda: read_day(text)) if text else None

    def _read(self, name: str, label: str, text: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except CellError as refusal:
            self.problems[name] = f"{label}: {refusal}"
            return None

    def stop_if_wrong(self) -> None:
        """Raise with every problem found so far.

        Raises:
            InvalidError: ``problems`` maps the field to its sentence.
        """
        if self.problems:
            raise InvalidError(self.problems)


def report_from(ticket: Ticket, form: Mapping[str, str]) -> Report:
    """The report a form means, as totals.

    Raises:
        InvalidError: a field cannot be read; every one is named.
    """
    reader = Reader(form)
    items = tuple(_item(ticket.work, cell, reader) for cell in _typed(ticket, form))
    facts = {name: reader.word(name) for name in _FACTS.get(ticket.work, ("note",))}
    if facts.get("boxes") or facts.get("weights"):
        boxes_from(reader)
    vendor, expected = _vendor(reader) if ticket.work is Work.PURCHASING else (None, None)
    reader.stop_if_wrong()
    return Report(items, version_from(form), facts, vendor, expected)


def version_from(form: Mapping[str, str]) -> int | None:
    """The task's version the person saw."""
    text = form.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else None


def _typed(ticket: Ticket, form: Mapping[str, str]) -> list[Cell]:
    """The cells of which the form says something."""
    names = ("good", "bad", "now", "hurt", "wrong", "gone")
    return [c for c in ticket.cells if any(f"{name}-{c.item}" in form for name in names)]


def _item(work: Work, cell: Cell, reader: Reader) -> ItemWork:
    if work is Work.RECEIVING:
        return _received(cell, reader)
    if work in (Work.PURCHASING, Work.HANDOVER):
        return ItemWork(cell.item, cell.good + reader.pieces(f"now-{cell.item}", cell))
    good = reader.pieces(f"good-{cell.item}", cell, cell.good)
    rejected = reader.pieces(f"bad-{cell.item}", cell, cell.rejected)
    return ItemWork(cell.item, good, rejected, _reason(cell, rejected, reader))


def _received(cell: Cell, reader: Reader) -> ItemWork:
    good = cell.good + reader.pieces(f"now-{cell.item}", cell)
    damaged = cell.rejected + reader.pieces(f"hurt-{cell.item}", cell)
    wrong = cell.wrong + reader.pieces(f"wrong-{cell.item}", cell)
    gone = reader.form.get(f"gone-{cell.item}") == "1"
    final_short = max(cell.expected - good - damaged, ZERO) if gone else ZERO
    return ItemWork(cell.item, good, damaged, _reason(cell, damaged, reader), wrong, final_short)


def _reason(cell: Cell, rejected: Decimal, reader: Reader) -> str:
    if rejected == ZERO:
        return ""
    typed = reader.word(f"reason-{cell.line}", 60)
    return typed or cell.reason if rejected != cell.rejected else cell.reason or typed


def _vendor(reader: Reader) -> tuple[int | None, date | None]:
    name = reader.word("vendor", 200)
    expected = reader.day("expected_on", "Expected on")
    if not name:
        return None, expected
    vendor = handling.vendor_named(name)
    if vendor is None:
        reader.problems["vendor"] = f"Vendor: there is no '{name}'; choose one of the list"
    return (vendor.id if vendor is not None else None), expected


# ---------------------------------------------------------------- boxes and hand-over


def boxes_from(reader: Reader) -> tuple[Box, ...]:
    """The boxes a form counts: a number, and the weight of each in kilograms if known."""
    count = int(reader.number("boxes", "Boxes"))
    weights = re.findall(r"[^\s,;]+", reader.word("weights"))
    if not 0 <= count <= MOST_BOXES:
        found = show(Decimal(count))
        reader.problems["boxes"] = f"Boxes: expected 0 to {MOST_BOXES}, found {found}"
        return ()
    grams = [_grams(reader, text) for text in weights]
    if len(grams) == 1 and count > 1:
        grams *= count
    if grams and len(grams) != (count or len(grams)):
        reader.problems["weights"] = (
            f"Weights: {len(grams)} are given for {count} boxes; give one for each, or one for all"
        )
    return tuple(Box(weight) for weight in grams) or (Box(),) * count


def measured_boxes(reader: Reader) -> tuple[Box, ...]:
    """The boxes with weight and, where given, the size all of them have (cm: 40 x 30 x 20)."""
    boxes = boxes_from(reader)
    lengths = re.findall(r"[0-9]+(?:[.,][0-9]+)?", reader.word("measures"))
    if not lengths:
        return boxes
    if len(lengths) != 3:
        reader.problems["measures"] = "Size: write length, width and height, as 40 x 30 x 20"
        return boxes
    sides = [round(float(text.replace(",", ".")) * 10) for text in lengths]
    if not all(0 < side <= 5_000 for side in sides):
        reader.problems["measures"] = "Size: a side is 1 to 500 cm"
        return boxes
    return tuple(
        replace(b, length_mm=sides[0], width_mm=sides[1], height_mm=sides[2]) for b in boxes
    )


def _grams(reader: Reader, text: str) -> int | None:
    try:
        weight = read_number(text.removesuffix("kg"), decimal=".")
    except CellError as refusal:
        reader.problems["weights"] = f"Weights: {refusal}"
        return None
    if not ZERO < weight <= GRAMS:
        reader.problems["weights"] = f"Weights: {text} kg is not the weight of a box"
    return int(weight * GRAMS)


def handover_from(ticket: Ticket, form: Mapping[str, str], *, with_cost: bool) -> Handover | None:
    """The hand-over a form means; None where no pieces are given.

    Raises:
        InvalidError: a field cannot be read; every one is named.
    """
    reader = Reader(form)
    items = tuple((c.item, reader.pieces(f"now-{c.item}", c)) for c in ticket.cells)
    booking = form.get("booking", "")
    boxes = () if booking else boxes_from(reader)
    cost = reader.number("cost", "Cost") if with_cost and form.get("cost") else None
    reader.stop_if_wrong()
    if not any(quantity for _item, quantity in items):
        return None
    return Handover(
        items=tuple((item, quantity) for item, quantity in items if quantity),
        carrier=reader.word("carrier", 60),
        service=reader.word("service", 60),
        tracking_number=reader.word("tracking_number", 80),
        handed_to=reader.word("handed_to", 120),
        cost=cost,
        boxes=boxes,
        version=version_from(form),
        booking_id=int(booking) if booking.isdigit() else None,
        agreed=form.get("agreed") == "1",
    )
