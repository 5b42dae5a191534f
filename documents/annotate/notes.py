"""What is written into a workbook: one sentence at one cell. Pure."""

import re
from dataclasses import dataclass

from xlsx.addresses import LAST_COLUMN, LAST_ROW, column_of
from xlsx.package import RefusedError as RefusedError

#: The hidden property of a workbook we sent: a corrected copy is known by it.
PROPERTY = "InhandsAnswer"
#: The fill of a doubtful cell: dark text stays readable on it, in print it is a light grey.
FILL = "FFE699"
MOST_NOTES = 500
LONGEST_NOTE = 2000
_ADDRESS = re.compile(r"([A-Z]{0,3})([1-9]\d{0,6})")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True)
class Note:
    """A sentence at a cell ("D14"), or at a row ("14"): then at its first filled cell.

    ``sheet`` is its name; empty where the file has only one table.
    """

    sheet: str
    address: str
    text: str


def place(address: str) -> tuple[int, int | None]:
    """Row and column of an address, counted from 1; a row's own address has no column.

    Raises:
        RefusedError: it is no address of a sheet.
    """
    found = _ADDRESS.fullmatch(address)
    row = int(found[2]) if found else 0
    column = column_of(found[1]) if found and found[1] else None
    if not 0 < row <= LAST_ROW or (column or 1) > LAST_COLUMN:
        raise RefusedError(f"'{address[:20]}' is not a cell of a sheet.")
    return row, column


def plain(text: str) -> str:
    """A sentence as XML can hold it, not longer than anybody reads."""
    return _UNPRINTABLE.sub(" ", text).strip()[:LONGEST_NOTE]


def together(notes: list[Note]) -> list[Note]:
    """One note per cell, sentences in their order, repeated ones once; the first ones only."""
    found: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        texts = found.setdefault((note.sheet, note.address), [])
        if plain(note.text) not in texts:
            texts.append(plain(note.text))
    joined = [Note(sheet, address, "\n".join(texts)) for (sheet, address), texts in found.items()]
    return joined[:MOST_NOTES]
