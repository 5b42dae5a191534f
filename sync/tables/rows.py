"""What a row below the headings is: a line, a total, a remark, the next table … Pure."""

import re
from enum import Enum
from itertools import pairwise

from sync.readers.tables import Fault, Sheet, text_of
from sync.tables import mapping
from sync.tables.mapping import Column, Mapping
from sync.tables.tablecells import NAMES, TableCells, begins_with_figure

_REFERENCE = re.compile(r"[A-Z]{1,2}\d{1,3}")  # "K5" stands for a value that is still to come
_MOST_UNKNOWN = 6
_LONGEST_AMOUNT = 40  # "a dozen or so"; longer texts in the quantity's column are prose


class Row(Enum):
    """The kinds of rows."""

    LINE = "line"
    BLANK = "blank"
    TOTAL = "total"
    HEADING = "the same headings again"
    NEXT = "other headings"
    REMARK = "remark"
    OTHER = "nothing of ours"


def kind_of(table: TableCells, row: int, *, lines: bool, ended: bool) -> Row:
    """Say what a row is.

    Args:
        table: the table's cells.
        row: the row's index.
        lines: whether the table has had lines already.
        ended: whether a blank or total row came after them; then only figures make a line.
    """
    filled = sum(bool(text_of(value)) for value in table.sheet.rows[row])
    if not filled:
        return Row.BLANK
    if _counts_columns(table, row) or table.repeats_sizes(row):
        return Row.HEADING
    counted = table.is_counted(row) and not (lines and _is_prose_of_sizes(table, row))
    if not counted and (heading := _heading(table, row)):
        return heading
    service = lines and not ended and not counted and _is_service(table, row)
    if not service and _is_total(table, row, counted=counted):
        return Row.TOTAL
    if not any(table.text(row, name) for name in NAMES):
        return _unnamed(table, row, counted=counted, inherits=lines and not ended)
    if counted:
        return Row.LINE
    return _uncounted(table, row, alone=ended or filled == 1)


def _is_prose_of_sizes(table: TableCells, row: int) -> bool:
    """Whether words stand under sizes and no sum beside them: "Screens | 4 | @ | 25"."""
    sizes = table.plan.of("size")
    if not sizes or "quantity" not in table.by_name or table.text(row, "quantity"):
        return False
    texts = [text for column in sizes if (text := table.sheet.text(row, column.index))]
    return any(re.fullmatch(r"[^\d]+", text) and text not in ("-", "\u2013") for text in texts)


def _heading(table: TableCells, row: int) -> Row | None:
    if not table.may_be_heading(row):
        return None
    columns = mapping.columns_at(table.sheet, row, row, table.words)
    if not mapping.is_table(columns):
        return None
    return Row.HEADING if _are_ours(table, columns) else Row.NEXT


def _are_ours(table: TableCells, columns: list[Column]) -> bool:
    ours = {(column.index, column.heading) for column in table.plan.columns}
    return sum((column.index, column.heading) in ours for column in columns) * 2 > len(columns)


def _is_total(table: TableCells, row: int, *, counted: bool) -> bool:
    if not counted:
        texts = [cell.text for cell in table.sheet.cells(row) if isinstance(cell.value, str)]
        return any(table.words.is_total(text) for text in texts)
    # "Total Fit Tee" for 9.00 is a shirt; a sum has no price, and says so first or as its name.
    if _is_priced(table, row):
        return False
    named = [text for name in NAMES if (text := table.text(row, name))]
    if len(named) > 1:
        return False  # a code and a text: a sum has no code
    return any(map(table.words.is_total, [next(table.sheet.cells(row)).text, *named]))


def _is_service(table: TableCells, row: int) -> bool:
    """Whether a row among the lines names freight or the like, where the others name goods."""
    named = table.text(row, "description") or table.text(row, "item")
    first = next(table.sheet.cells(row)).text
    amount = table.text(row, "line_total").strip("0.,-€$£ ")
    return bool(amount) and named == first and table.words.is_service(named)


def _counts_columns(table: TableCells, row: int) -> bool:
    """Whether a row only counts its columns (1, 2, 3 …), as printed forms do."""
    values = [value for value in table.sheet.rows[row] if text_of(value)]
    numbers = [value for value in map(_as_number, values) if value is not None]
    return len(numbers) == len(values) >= 5 and _rises(numbers[:5])


def _as_number(value: object) -> int | float | None:
    """The number of a column, also as a text or with its formula: 3, "3", "6=4x5"."""
    if isinstance(value, str):
        match = re.fullmatch(r"[(]?(\d{1,2})[).]?(?:\s?=.{1,20})?", value.strip())
        return int(match[1]) if match else None
    return value if isinstance(value, int | float) else None


def _rises(numbers: list[int | float]) -> bool:
    return all(after - before == 1 for before, after in pairwise(numbers))


def _unnamed(table: TableCells, row: int, *, counted: bool, inherits: bool) -> Row:
    if not counted:
        return Row.OTHER if _has_figures(table, row) else Row.REMARK
    of_one = table.text(row, "color") or table.text(row, "size")
    if not any(name in table.by_name for name in NAMES) and of_one:
        return Row.LINE  # the article stands above the table
    if inherits and (table.text(row, "color") or table.text(row, "size")):
        return Row.LINE  # the same article in another colour
    return Row.LINE if _is_priced(table, row) and not _is_free(table, row) else Row.OTHER


def _uncounted(table: TableCells, row: int, *, alone: bool) -> Row:
    if alone and not _is_numbered_service(table, row):
        return Row.OTHER if _has_figures(table, row) else Row.REMARK
    said = table.text(row, "quantity")
    said = "" if _REFERENCE.fullmatch(said) else said
    if 0 < len(said) <= _LONGEST_AMOUNT or _is_faulty(table, row) or _is_priced(table, row):
        return Row.LINE
    named = table.text(row, "description") or table.text(row, "item")
    if named and table.text(row, "line_total").strip("0.,-€$£ "):
        return Row.LINE  # a service with its amount only
    return Row.LINE if named and table.text(row, "sku") else Row.REMARK


def _is_numbered_service(table: TableCells, row: int) -> bool:
    """Whether a row goes on counting the lines and has a text and an amount, but no quantity."""
    numbered = begins_with_figure(table.text(row, "customer_line_number"))
    named = table.text(row, "description") or table.text(row, "item")
    return bool(numbered and named and table.text(row, "line_total").strip("0.,-€$£ "))


def _is_priced(table: TableCells, row: int) -> bool:
    price = table.by_name.get("unit_price")
    return bool(price and begins_with_figure(table.sheet.value(row, price.index)))


def _is_free(table: TableCells, row: int) -> bool:
    """Whether a price is zero: a row of a form that nobody filled in."""
    return not table.text(row, "unit_price").strip("0.,-€$£¥ ")


def _is_faulty(table: TableCells, row: int) -> bool:
    return any(isinstance(table.sheet.value(row, c.index), Fault) for c in table.matrix)


def _has_figures(table: TableCells, row: int) -> bool:
    return any(isinstance(value, int | float) for value in table.sheet.rows[row])


def unknown_columns(plan: Mapping, sheet: Sheet) -> dict[int, str]:
    """The headings without a meaning; of a list with very many columns none is meant for us."""
    known = {column.index for column in plan.columns}
    found = {
        cell_at: text
        for cell_at in range(len(sheet.rows[plan.bottom]))
        if cell_at not in known and 0 < len(text := sheet.text(plan.bottom, cell_at)) <= 60
    }
    return found if len(found) <= _MOST_UNKNOWN else {}
