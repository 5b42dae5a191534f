"""What every file kind becomes: sheets of rows of plain values, each cell with its address. Pure.

A value is text, number, yes/no or day as the file held it; ``Fault`` marks a cell whose formula
failed or was never calculated.  Rows and columns count from 0 here and from 1 and A in addresses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

_TALLEST_HEADING, _WIDEST_HEADING = 4, 100


@dataclass(frozen=True)
class Fault:
    """A cell that holds no value: "#REF!", or a formula whose result the file does not hold."""

    text: str

    @property
    def reason(self) -> str:
        """Why there is no value, to end a sentence with."""
        if self.text.startswith("="):
            return "a formula whose result is not in the file"
        return f"the formula error {self.text}"


Plain = str | int | float | bool | date | datetime | Fault | None
Row = list[Plain]


@dataclass(frozen=True)
class Cell:
    """One cell: its value, its text, and where a person finds it ("D14")."""

    value: Plain
    text: str
    address: str


@dataclass(frozen=True)
class Merge:
    """A merged range, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of plain values, short rows where nothing follows.

    ``name`` is empty for files that have no sheets (csv).
    """

    name: str
    rows: list[Row]
    hidden: bool = False
    merges: tuple[Merge, ...] = ()
    formats: frozenset[str] = frozenset()  # of its cells, as the file writes them

    def value(self, row: int, column: int) -> Plain:
        """What stands in a cell, None outside the sheet."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """What a person reads in that cell."""
        return text_of(self.value(row, column))

    def cell(self, row: int, column: int) -> Cell:
        """The cell with its address."""
        value = self.value(row, column)
        return Cell(value, text_of(value), address_of(row, column))

    def cells(self, row: int) -> Iterator[Cell]:
        """The cells of a row that hold something."""
        for column, value in enumerate(self.rows[row]):
            if value is not None and value != "":
                yield self.cell(row, column)

    def merges_at(self, row: int) -> list[Merge]:
        """The ranges of a row that are merged over some columns, as headings are."""
        return self._wide_merges.get(row, [])

    @cached_property
    def _wide_merges(self) -> dict[int, list[Merge]]:
        by_row: dict[int, list[Merge]] = {}
        for merge in self.merges:
            flat = merge.bottom - merge.top < _TALLEST_HEADING
            if flat and merge.left < merge.right < merge.left + _WIDEST_HEADING:
                for row in range(merge.top, merge.bottom + 1):
                    by_row.setdefault(row, []).append(merge)
        return by_row

    def where(self, row: int, column: int | None = None) -> str:
        """The address for a sentence: "sheet Order, cell D14", "sheet Order, row 14"."""
        place = f"row {row + 1}" if column is None else f"cell {address_of(row, column)}"
        return f"sheet {self.name}, {place}" if self.name else place


@dataclass(frozen=True)
class Workbook:
    """A file's sheets in their order; ``kind`` is what its bytes are, whatever its name says."""

    kind: str
    sheets: tuple[Sheet, ...]
    macros: bool = False  # it has some; nothing here ever runs them


def address_of(row: int, column: int) -> str:
    """The address of a cell as spreadsheets write it: (13, 3) is D14."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def text_of(value: Plain) -> str:
    """A value as a person reads it: 144 and not 144.0, days as ISO, one line trimmed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if _is_midnight(value) else value.isoformat(" ", "minutes")
    return value.text if isinstance(value, Fault) else str(value)


def _number(value: float) -> str:
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return format(Decimal(text), "f") if "e-" in text else text


def _is_midnight(value: datetime) -> bool:
    return (value.hour, value.minute, value.second) == (0, 0, 0)
