"""A customer's file as tables for the screen, the cells that are a problem marked. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sync.readers.tables import Sheet, Workbook, address_of, text_of

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 10, 200, 40
LONGEST_TEXT = 200
# "sheet Order, cell D14", "row 7", and what evidence adds: "cell B2: 'Hill'".
_ADDRESS = re.compile(
    r"(?:sheet (?P<sheet>.*?), )?(?:cell (?P<cell>[A-Z]{1,3}\d+)|row (?P<row>\d+))(?:: .*)?"
)


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its address, and what is wrong with it."""

    text: str
    address: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row: its number, its cells, and what is wrong with the row as a whole."""

    number: int
    cells: tuple[Cell, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One sheet: columns by their letters, the first rows, and how many more there are."""

    name: str
    letters: tuple[str, ...]
    rows: tuple[Row, ...]
    more_rows: int
    more_columns: int


def preview(book: Workbook, problems: Iterable[tuple[str, str]]) -> list[Page]:
    """The visible sheets of a file.

    Args:
        book: the file as it was read.
        problems: (address, sentence) of what is wrong in it.
    """
    marks = _marks(problems)
    shown = [sheet for sheet in book.sheets if sheet.rows and not sheet.hidden]
    return [_page(sheet, marks) for sheet in shown[:MOST_SHEETS]]


def _marks(problems: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The sentences by (sheet, cell or row); what has no address is listed elsewhere."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for address, message in problems:
        match = _ADDRESS.fullmatch(address)
        if match:
            place = (match["sheet"] or "", match["cell"] or match["row"])
            found[place] = (*found.get(place, ()), message)
    return found


def _page(sheet: Sheet, marks: dict[tuple[str, str], tuple[str, ...]]) -> Page:
    width = max(len(row) for row in sheet.rows)
    columns = range(min(width, MOST_COLUMNS))
    rows = [
        Row(
            number + 1,
            tuple(_cell(sheet, number, column, marks) for column in columns),
            marks.get((sheet.name, str(number + 1)), ()),
        )
        for number in range(min(len(sheet.rows), MOST_ROWS))
    ]
    return Page(
        name=sheet.name,
        letters=tuple(re.sub(r"\d", "", address_of(0, column)) for column in columns),
        rows=tuple(rows),
        more_rows=max(0, len(sheet.rows) - MOST_ROWS),
        more_columns=max(0, width - MOST_COLUMNS),
    )


def _cell(
    sheet: Sheet, row: int, column: int, marks: dict[tuple[str, str], tuple[str, ...]]
) -> Cell:
    text, address = text_of(sheet.value(row, column)), address_of(row, column)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    return Cell(text, address, marks.get((sheet.name, address), ()))
