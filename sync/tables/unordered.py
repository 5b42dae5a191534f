"""Rows of a form that nobody ordered, and rows that only head a section. Pure."""

from collections.abc import Collection, Sequence

from sync.tables.table import TableLine
from sync.tables.tablecells import TableCells, begins_with_figure

_NOTHING = "0.,-€$£¥ "
_SECTION_HAS_NONE = ("unit_price", "line_total", "uom", "size", "color", "quantity")
_OF_CATALOGUES = frozenset({"list_price", "pack_quantity"})
_ENOUGH = 2


def is_offered(table: TableCells, row: int) -> bool:
    """Whether a row has a price and no pieces, and its total is nil, or the table is a catalogue.

    A catalogue says more of its goods than an order does: their packs, or what shops take for them.
    """
    price, total = table.by_name.get("unit_price"), table.by_name.get("line_total")
    if price is None or total is None or table.text(row, "quantity"):
        return False
    priced = begins_with_figure(table.sheet.value(row, price.index))
    nil = bool(table.sheet.text(row, total.index)) or not _OF_CATALOGUES.isdisjoint(table.by_name)
    return priced and nil and not _has_total(table, row)


def heads_section(table: TableCells, row: int) -> bool:
    """Whether nothing but a name stands in a row, right above a row with pieces."""
    if any(table.text(row, name) for name in _SECTION_HAS_NONE):
        return False
    below = row + 1
    return below < len(table.sheet.rows) and table.is_counted(below)


def among(
    table: TableCells,
    lines: Sequence[TableLine],
    unfilled: Collection[int],
    offered: set[int],
    sections: set[int],
) -> set[int]:
    """Which of the doubtful rows are no lines, told by the lines that are.

    Args:
        table: the table's cells.
        lines: its lines, the doubtful ones among them.
        unfilled: all of them that say no pieces.
        offered: those with a price and no total; none is meant where every line has a total.
        sections: those with only a name; they head a section where every line has a price.
    """
    if not offered and not sections:
        return set()
    rows = [line.row for at, line in enumerate(lines) if at not in unfilled]
    found: set[int] = set()
    if offered and rows and all(_has_total(table, row) for row in rows):
        found |= offered
    price = table.by_name.get("unit_price")
    if sections and price is not None and len(rows) >= _ENOUGH:
        priced = sum(begins_with_figure(table.sheet.value(row, price.index)) for row in rows)
        found |= sections if priced * 3 >= len(rows) * 2 else set()
    return found


def _has_total(table: TableCells, row: int) -> bool:
    total = table.by_name["line_total"]
    return bool(table.sheet.text(row, total.index).strip(_NOTHING))
