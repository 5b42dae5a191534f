"""A sheet on its side: headings down a column, one column per article. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from sync.readers.tables import Cell, Row, Sheet, address_of, text_of

_MOST_ROWS, _MOST_COLUMNS, _FEWEST_ROWS = 400, 100, 2


@dataclass(frozen=True)
class TurnedSheet(Sheet):
    """Rows and columns exchanged; addresses stay those of the sheet as it was sent."""

    def cell(self, row: int, column: int) -> Cell:
        """The cell with the address it has in the file."""
        value = self.value(row, column)
        return Cell(value, text_of(value), address_of(column, row))

    def where(self, row: int, column: int | None = None) -> str:
        """The address for a sentence, in the file."""
        if column is not None:
            return Sheet.where(self, column, row)
        place = f"column {address_of(0, row)[:-1]}"
        return f"sheet {self.name}, {place}" if self.name else place


def turned_parts(sheet: Sheet) -> Iterator[TurnedSheet]:
    """The sheet on its side, one for each block of rows without a gap; none if too large."""
    width = max((len(row) for row in sheet.rows), default=0)
    if len(sheet.rows) > _MOST_ROWS or width > _MOST_COLUMNS:
        return
    for first, end in _blocks(sheet):
        rows: list[Row] = [
            [None] * first + [sheet.value(row, at) for row in range(first, end)]
            for at in range(width)
        ]
        yield TurnedSheet(sheet.name, rows, sheet.hidden)


def _blocks(sheet: Sheet) -> Iterator[tuple[int, int]]:
    first = 0
    for row in range(len(sheet.rows) + 1):
        if row < len(sheet.rows) and any(text_of(value) for value in sheet.rows[row]):
            continue
        if row - first >= _FEWEST_ROWS:
            yield first, row
        first = row + 1


def address_in(sheet: Sheet, row: int, column: int) -> str:
    """The address of a cell as the file has it, also on a sheet that was turned."""
    return address_of(column, row) if isinstance(sheet, TurnedSheet) else address_of(row, column)
