"""Rows with an amount and no number of pieces (set-up, freight); prices for many. Pure."""

from decimal import Decimal

from sync import cells
from sync.cells import CellError
from sync.drafts import Problem, Value
from sync.readers.tables import text_of
from sync.tables.tablecells import TableCells

_BASES = {100: "hundred", 1000: "thousand"}
_LEAST_PER = 2


def read(table: TableCells, row: int, values: dict[str, Value]) -> Problem | None:
    """Take an amount without pieces as one at that price; the question that goes with it."""
    column = table.by_name.get("line_total")
    if column is None or not any(values.get(name) for name in ("description", "sku", "style")):
        return None
    raw = table.sheet.value(row, column.index)
    try:
        amount = cells.price(raw, decimal=table.plan.decimal)
    except CellError:
        return None
    if not amount:
        return None
    given = values.get("unit_price")
    price = given if isinstance(given, Decimal) and given else amount
    pieces = amount / price
    if pieces != pieces.to_integral_value():
        return None
    values |= {"quantity": pieces, "unit_price": price}
    message = f"no number of pieces stands beside {amount:f}: read as {pieces:f} at {price:f}"
    where = table.sheet.where(row, column.index)
    return Problem(where, "quantity", f"{message}; confirm it", text_of(raw))


def price_for_one(table: TableCells, row: int, values: dict[str, Value]) -> None:
    """Say that a price is for a hundred or a thousand, or divide it, where a column says so."""
    price, column = values.get("unit_price"), table.by_name.get("price_per")
    if column is None or not isinstance(price, Decimal):
        return
    try:
        many = cells.quantity(table.sheet.value(row, column.index), decimal=table.plan.decimal)
    except CellError:
        return  # "pc" or nothing: the price is for one
    if many in _BASES:
        values["price_basis"] = _BASES[int(many)]
    elif many >= _LEAST_PER:
        values["unit_price"] = round(price / many, 6)
