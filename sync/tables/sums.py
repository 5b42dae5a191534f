"""The sums that stand below a table, held against the lines that were read above them. Pure.

A quantity's sum must be that of all lines above it or of those since the sum before, in pieces or
in their packs.  Amounts also
carry taxes and freight: a sum of amounts is doubted only where none of them fits, and the written
one is less than the lines or far more.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from sync import cells
from sync.cells import CellError
from sync.drafts import Problem
from sync.tables.mapping import Column
from sync.tables.table import TableLine
from sync.tables.tablecells import TableCells

_PENNY, _TAXES = Decimal("0.05"), Decimal("1.35")
_MOST_ADDITIONS = 1_000_000
Amount = Callable[[TableLine], Decimal]


def check(table: TableCells, lines: Sequence[TableLine], sums: Sequence[int]) -> list[Problem]:
    """Every sum that does not fit the lines.

    Args:
        table: the table's cells.
        lines: what was read in it.
        sums: the rows of totals and subtotals below lines.
    """
    if not sums or not lines:
        return []
    sums = sums[: max(1, _MOST_ADDITIONS // len(lines))]  # a sheet of nothing but totals
    return [*_of_quantities(table, lines, sums), *_of_amounts(table, lines, sums)]


def _of_quantities(
    table: TableCells, lines: Sequence[TableLine], sums: Sequence[int]
) -> Iterator[Problem]:
    column = table.by_name.get("quantity")
    if column is None:
        return
    for written, row, candidates in _written(table, column, lines, sums, _pieces):
        if all(_differs(written, total) for total in candidates):
            message = f"the sum says {written:f}, but the lines above add up to {candidates[0]:f}"
            yield Problem(table.sheet.where(row, column.index), "quantity", message, f"{written:f}")


def _differs(written: Decimal, total: Decimal) -> bool:
    """Whether a sum is another one: not the same, and not the same in dozens or boxes."""
    return abs(written - total) > _PENNY and total % written != 0


def _of_amounts(
    table: TableCells, lines: Sequence[TableLine], sums: Sequence[int]
) -> Iterator[Problem]:
    column = table.by_name.get("line_total")
    if column is None or any(_amount(line) == 0 for line in lines):
        return  # a line without a price: its amount is not known
    found = list(_written(table, column, lines, sums, _amount))
    pieces = _written(table, column, lines, sums, _pieces)  # the total of a matrix counts them
    fits = [
        abs(written - total) <= max(_PENNY, total / 1000)
        for written, _row, candidates in (*found, *pieces)
        for total in candidates
    ]
    if any(fits):
        return
    for written, row, candidates in found[:1]:
        if not candidates[0] <= written <= candidates[0] * _TAXES:
            message = f"the sum says {written:f}, but the lines above come to {candidates[0]:f}"
            where = table.sheet.where(row, column.index)
            yield Problem(where, "unit_price", message, f"{written:f}")


def _written(
    table: TableCells,
    column: Column,
    lines: Sequence[TableLine],
    sums: Sequence[int],
    amount: Amount,
) -> Iterator[tuple[Decimal, int, list[Decimal]]]:
    """Each sum that is written in a column, its row, and what it may be the sum of."""
    before = -1
    for row in sums:
        above = [line for line in lines if line.row < row]
        since = [line for line in above if line.row > before]
        written = _number(table, row, column)
        if since:
            before = row
        if written and above:
            parts = (above, since) if since else (above,)
            yield written, row, [sum(map(amount, part), Decimal(0)) for part in parts]


def _number(table: TableCells, row: int, column: Column) -> Decimal | None:
    try:
        return cells.price(table.sheet.value(row, column.index), decimal=table.plan.decimal)
    except CellError:
        return None  # no figure: nothing to hold against the lines


def _pieces(line: TableLine) -> Decimal:
    return line.line.quantity or Decimal(0)


def _amount(line: TableLine) -> Decimal:
    price = line.line.values.get("unit_price")
    if not isinstance(price, Decimal) or line.line.values.get("price_basis"):
        return Decimal(0)
    discount = line.line.values.get("line_discount")
    share = 1 - discount / 100 if isinstance(discount, Decimal) else Decimal(1)
    return _pieces(line) * price * share
