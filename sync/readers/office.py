"""Workbooks (xlsx, xlsm, xlsb, xls, ods) to sheets by calamine; cached values count. Pure."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import chain, islice
from typing import cast

import python_calamine as calamine

from errors import UnreadableError
from sync.readers import archive, faults, formats
from sync.readers.sniff import FileKind
from sync.readers.tables import Fault, Merge, Plain, Row, Sheet, Workbook

MOST_CELLS = 2_000_000
MOST_SHEETS = 300
LONGEST_TEXT = 32_767  # what one cell of a spreadsheet can hold
_MOST_TEXT = 64_000_000
_MOST_MERGES = 20_000
_EMPTY: Row = []
_BLOCK = 256
_FILLED = frozenset({str, float, bool, date, datetime})
_USUAL = frozenset({str, float, bool, date, datetime, type(None)})

Faults = dict[tuple[int, int], Fault]


def read_workbook(content: bytes, kind: FileKind) -> Workbook:
    """Read every sheet of a workbook; hidden ones are marked.

    Raises:
        UnreadableError: damaged, protected, or larger than an order can be.
    """
    if kind is not FileKind.XLS:
        archive.check(content)
    if kind is FileKind.ODS:
        archive.require_whole(content, "content.xml")
    parts = faults.sheet_parts(content) if kind is FileKind.XLSX else {}
    try:
        book = calamine.load_workbook(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise UnreadableError(
            "The file is password-protected: ask the sender for a copy without a password, or for"
            " the password."
        ) from error
    except calamine.CalamineError as error:
        raise archive.damaged() from error
    if len(book.sheet_names) > MOST_SHEETS:
        raise UnreadableError(
            f"The file has {len(book.sheet_names)} sheets, more than the {MOST_SHEETS} we read:"
            " send only the sheets with orders."
        )
    budget = Budget()
    styles = archive.part(content, "xl/styles.xml") if parts else b""
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ is calamine.SheetTypeEnum.WorkSheet:
            xml = archive.part(content, parts[meta.name]) if meta.name in parts else b""
            archive.check_corners(meta.name, xml)
            sheet = _sheet(book, meta, faults.faults(xml), budget)
            shown = formats.used(styles, xml) if styles and xml else frozenset()
            sheets.append(replace(sheet, formats=shown) if shown else sheet)
    return Workbook(kind.value, tuple(sheets), _has_macros(content, kind))


def _has_macros(content: bytes, kind: FileKind) -> bool:
    mark = "_VBA_PROJECT".encode("utf-16-le") if kind is FileKind.XLS else b"xl/vbaProject.bin"
    return mark in content


class Budget:
    """What a file may still fill; counting down over all of its sheets."""

    def __init__(self) -> None:
        self.cells = MOST_CELLS
        self.text = _MOST_TEXT

    def take(self, row: Row) -> Row:
        """Count a row and give it back, its texts no longer than a cell can hold.

        Raises:
            UnreadableError: the file holds more than an order can be.
        """
        self.cells -= len(row)
        text = len("".join([value for value in row if type(value) is str]))
        self.text -= text
        if self.cells < 0 or self.text < 0:
            raise UnreadableError(
                "The file holds more cells or text than an order can: send only the rows with"
                " the order."
            )
        return row if text <= LONGEST_TEXT else [_value(value) for value in row]

    def take_all(self, rows: list[list[Plain]]) -> bool:
        """Count rows of filled cells at once; False, and nothing counted, where any needs a look.

        Raises:
            UnreadableError: the file holds more than an order can be.
        """
        cells = list(chain.from_iterable(rows))
        if not _FILLED.issuperset(map(type, cells)) or "" in cells:
            return False
        text = len("".join([value for value in cells if type(value) is str]))
        if text > LONGEST_TEXT:  # one of them may be too long
            return False
        self.text -= text
        self.cells -= len(cells) - 1
        self.take([None])  # says so where the file is too large
        return True


def _sheet(
    book: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, bad: Faults, budget: Budget
) -> Sheet:
    try:
        opened = book.get_sheet_by_name(meta.name)
        rows = list(_rows(opened, budget))
    except calamine.CalamineError as error:
        raise archive.damaged() from error
    _put(rows, bad)
    while rows and not rows[-1]:
        rows.pop()
    merges = [Merge(*start, *end) for start, end in (opened.merged_cell_ranges or [])]
    hidden = meta.visible is not calamine.SheetVisibleEnum.Visible
    return Sheet(meta.name, rows, hidden, tuple(merges[:_MOST_MERGES]))


def _rows(sheet: calamine.CalamineSheet, budget: Budget) -> Iterator[Row]:
    if sheet.start is None:
        return
    _top, left = sheet.start  # empty rows above come as rows, empty columns do not
    each = sheet.iter_rows()
    while block := cast(list[Row], list(islice(each, _BLOCK))):
        if not left and block[0] and budget.take_all(block):
            yield from block
        else:
            yield from _row_by_row(block, left, budget)


def _row_by_row(block: list[Row], left: int, budget: Budget) -> Iterator[Row]:
    for values in block:
        row = cast(Row, [None if v == "" else v for v in values] if "" in values else values)
        if not _USUAL.issuperset(map(type, row)):
            row = [_value(value) for value in values]
        while row and row[-1] is None:
            row.pop()
        yield budget.take([None] * left + row if left else row) if row else _EMPTY


def _put(rows: list[Row], bad: Faults) -> None:
    """Set the faults, which the reader left empty, into their cells."""
    for (at, column), fault in bad.items():
        while len(rows) <= at:
            rows.append(_EMPTY)
        row = list(rows[at])
        row += [None] * (column + 1 - len(row))
        if row[column] is None:
            row[column] = fault
        rows[at] = row


def _value(value: object) -> Plain:
    if value == "":
        return None
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, bool | int | float | datetime | date):
        return value
    return str(value)  # a time of day, or a duration
