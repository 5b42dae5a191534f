"""The day of an order that no label names: the only date above its lines. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sync import cells
from sync.cells import CellError
from sync.readers.tables import Sheet

_LONGEST_DATE, _LONGEST_TITLE = 60, 200
_SAID_ON = re.compile(
    r"(?:\b(?:vom|du|del|dd|dated|of|am|fra|od|dnia|dne|van|от|z)\.?|,|\(|-)\s+"
    r"(\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.? [^\W\d_]{3,12} \d{4})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class LoneDate:
    """A day and the cell that says it."""

    day: date
    row: int
    text: str
    address: str


def only(sheet: Sheet, head: range, known: Collection[int], order: str) -> LoneDate | None:
    """The one date in the rows above the lines, in a cell of its own or inside a title.

    Args:
        sheet: the sheet.
        head: the rows above the lines.
        known: rows whose words are understood already.
        order: "dmy" or "mdy" where a day can be read both ways.
    """
    found = list(_alone(sheet, head, known, order)) or list(_inside(sheet, head, order))
    return found[0] if len(found) == 1 else None


def _alone(sheet: Sheet, head: range, known: Collection[int], order: str) -> Iterator[LoneDate]:
    for row in head:
        for cell in sheet.cells(row) if row not in known else ():
            if isinstance(cell.value, int | float) or len(cell.text) > _LONGEST_DATE:
                continue
            try:
                day = cells.day(cell.value, order=order)
            except CellError:
                continue
            yield LoneDate(day, row, cell.text, cell.address)


def _inside(sheet: Sheet, head: range, order: str) -> Iterator[LoneDate]:
    """The days inside titles: "Contract 17 of 10.02.2026"."""
    for row in head:
        for cell in sheet.cells(row):
            match = _SAID_ON.search(cell.text) if len(cell.text) <= _LONGEST_TITLE else None
            if match is None:
                continue
            try:
                day = cells.day(match[1], order=order)
            except CellError:
                continue
            yield LoneDate(day, row, cell.text, cell.address)
