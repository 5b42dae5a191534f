"""A workbook written anew from what was read: for files that cannot be patched. Pure.

Values only: no formula, no link, no macro can be in it.
"""

import io
import math
import re
from collections.abc import Sequence
from datetime import date, datetime

import xlsxwriter

from documents.annotate import notes as words
from documents.annotate.notes import FILL, PROPERTY, Note, RefusedError

MOST_CELLS = 300_000
_LONGEST_TEXT = 32_767
_WIDEST = 60
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")

Value = str | int | float | bool | date | datetime | None
Rows = Sequence[Sequence[Value]]
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_again(
    sheets: Sequence[tuple[str, Rows]], notes: Sequence[Note], *, author: str, marker: str
) -> bytes:
    """A new xlsx file with the values of these sheets, our fills and our comments.

    Args:
        sheets: name and rows of each sheet, in their order.
        notes: what to write where; those of a sheet that is not there are left out.
        author: who says it.
        marker: the value of the hidden property.

    Raises:
        RefusedError: there are more cells than anybody corrects by hand.
    """
    if sum(len(row) for _name, rows in sheets for row in rows) > MOST_CELLS:
        raise RefusedError("The file holds more cells than we write again.")
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, _OPTIONS)
    book.set_custom_property(PROPERTY, marker)
    looks = {(day, marked): _look(book, day=day, marked=marked)
             for day in (False, True) for marked in (False, True)}  # fmt: skip
    taken: set[str] = set()
    joined = words.together(list(notes))
    for number, (name, rows) in enumerate(sheets):
        sheet = book.add_worksheet(_sheet_name(name, taken))
        own = [n for n in joined if n.sheet == name or (not n.sheet and number == 0)]
        marks = {_cell_of(note, rows): note for note in own}
        _write_values(sheet, rows, set(marks), looks)
        for (row, column), note in marks.items():
            if row >= len(rows) or column >= len(rows[row]) or rows[row][column] is None:
                sheet.write_blank(row, column, None, looks[False, True])
            box = {"author": author, "x_scale": 2, "y_scale": 1 + len(note.text) / 150}
            sheet.write_comment(row, column, f"{author}: {note.text}", box)
    book.close()
    return made.getvalue()


def _look(book: xlsxwriter.Workbook, *, day: bool, marked: bool) -> xlsxwriter.format.Format:
    look = {"num_format": "yyyy-mm-dd"} if day else {}
    return book.add_format(look | ({"bg_color": f"#{FILL}"} if marked else {}))


def _write_values(
    sheet: xlsxwriter.worksheet.Worksheet,
    rows: Rows,
    marks: set[tuple[int, int]],
    looks: dict[tuple[bool, bool], xlsxwriter.format.Format],
) -> None:
    widths: dict[int, int] = {}
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is None:
                continue
            marked = (row, column) in marks
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value, looks[False, marked])
            elif isinstance(value, date) and value.year >= 1900:
                sheet.write_datetime(row, column, value, looks[True, marked])
            elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e15:
                sheet.write_number(row, column, value, looks[False, marked])
            else:
                text = words.plain(str(value)) if len(str(value)) < 2000 else str(value)
                sheet.write_string(row, column, text[:_LONGEST_TEXT], looks[False, marked])
            widths[column] = max(widths.get(column, 9), min(len(str(value)) + 2, _WIDEST))
    for column, width in widths.items():
        sheet.set_column(column, column, width)


def _cell_of(note: Note, rows: Rows) -> tuple[int, int]:
    row, column = words.place(note.address)
    if column is None:
        values = rows[row - 1] if row <= len(rows) else ()
        column = next((n for n, value in enumerate(values, start=1) if value is not None), 1)
    return row - 1, column - 1


def _sheet_name(name: str, taken: set[str]) -> str:
    bare = _FORBIDDEN.sub("-", words.plain(name)).strip("'")[:28] or "Order"
    found = next(
        made
        for number in range(1, len(taken) + 2)
        if (made := bare if number == 1 else f"{bare} {number}").casefold() not in taken
    )
    taken.add(found.casefold())
    return found
