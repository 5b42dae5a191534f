"""What columns hold, told by their cells and not by their headings: figures and products. Pure.

Quantity times price is the total in every order, in any language: three columns for which it holds
say by themselves which they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

from sync import cells
from sync.cells import CellError
from sync.readers.tables import Plain, Sheet

_LONGEST_FIGURE = 30
_MOST_COLUMNS, _MOST_ROWS = 14, 40
_FIGURE_IN_TEXT = re.compile(r"[^\d\-+(]{0,5}([-+(]?\d[\d.,' \xa0]*\)?)\s*[^\d]{0,12}")
_SHARE_RIGHT = 0.7
_PENNY = 0.011
_LEAST_SHARE, _FEWEST = 0.2, 4

Figures = Sequence[float | None]


@dataclass(frozen=True)
class Product:
    """Three columns of which the third is the product of the first two, and in how many rows."""

    quantity: int
    price: int
    total: int
    rows: int


def figure(value: Plain, decimal: str | None = None) -> float | None:
    """The number in a cell, with or without unit and currency, or None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if isfinite(value) else None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_FIGURE:
        return None
    match = _FIGURE_IN_TEXT.fullmatch(value.strip())
    if not match:
        return None
    try:
        return float(cells.number(match[1].strip(), decimal=decimal))
    except CellError:
        return None


def figures(
    sheet: Sheet, rows: Sequence[int], decimal: str | None
) -> dict[int, list[float | None]]:
    """The columns of some rows that hold mostly figures, by column."""
    width = max((len(sheet.rows[row]) for row in rows), default=0)
    found = {}
    for column in range(min(width, 200)):
        raw = [sheet.value(row, column) for row in rows]
        numbers = [figure(value, decimal) for value in raw]
        filled = sum(value is not None and value != "" for value in raw)
        if filled and sum(number is not None for number in numbers) * 3 >= filled * 2:
            found[column] = numbers
    return found


def products(by_column: Mapping[int, Figures], names: Mapping[int, str]) -> list[Product]:
    """The triples of columns for which quantity times price is the total, the best first.

    Args:
        by_column: the figures of each column, row by row.
        names: what headings say about columns, by column.
    """
    columns = sorted(by_column)[:_MOST_COLUMNS]
    found = []
    for total in columns:
        for left, right in combinations([c for c in columns if c != total], 2):
            rows = _rows_right(by_column[left], by_column[right], by_column[total])
            if rows:
                found.append(_named(left, right, total, rows, by_column, names))
    return sorted(found, key=lambda p: (-p.rows - _agreement(p, names), p.quantity))


def sums(by_column: Mapping[int, Figures], total: int) -> list[int]:
    """The columns beside a total that add up to it in nearly every row, or none."""
    if total not in by_column:
        return []
    left = [c for c in sorted(by_column) if c < total]
    run: list[int] = []
    for column in reversed(left):
        if run and run[0] - column > 1:
            break
        run.insert(0, column)
    for parts in (run, run[1:], run[2:]):
        if len(parts) > 1 and _adds_up(parts, total, by_column):
            return parts
    return []


def is_share(by_column: Mapping[int, Figures], quantity: int, price: int, total: int) -> bool:
    """Whether a column is the same share of quantity times price in nearly every row."""
    if quantity not in by_column or price not in by_column:
        return False
    rows = zip(by_column[quantity], by_column[price], by_column[total], strict=True)
    shares = [round(t / (q * p), 3) for q, p, t in rows if q and p and t]
    usual = max(shares, key=shares.count, default=0.0)
    agreed = shares.count(usual)
    return _LEAST_SHARE <= usual < 1 and agreed >= _FEWEST and agreed >= len(shares) * _SHARE_RIGHT


def _adds_up(parts: list[int], total: int, by_column: Mapping[int, Figures]) -> bool:
    right = told = 0
    for row, amount in enumerate(by_column[total][:_MOST_ROWS]):
        if amount:
            told += 1
            right += abs(sum(by_column[part][row] or 0 for part in parts) - amount) < _PENNY
    return told > 1 and right >= told * _SHARE_RIGHT


def _rows_right(left: Figures, right: Figures, total: Figures) -> int:
    """In how many rows a product is right; 0 where it is by chance or mostly wrong."""
    right_rows = telling = whole = 0
    for a, b, t in list(zip(left, right, total, strict=True))[:_MOST_ROWS]:
        if not a or not b or not t:
            continue
        whole += 1
        if abs(a * b - t) <= max(_PENNY, abs(t) / 1000):
            right_rows += 1
            telling += a != 1 and b != 1
    return right_rows if telling and right_rows >= max(2, whole * _SHARE_RIGHT) else 0


def _named(
    left: int,
    right: int,
    total: int,
    rows: int,
    by_column: Mapping[int, Figures],
    names: Mapping[int, str],
) -> Product:
    """Which factor is the quantity: as headings say, else the whole numbers, else the left."""
    said = {"quantity": -2, "unit_price": 2, "list_price": 2, "pack_quantity": -1, "line_total": 2}
    left_sign, right_sign = said.get(names.get(left, ""), 0), said.get(names.get(right, ""), 0)
    if left_sign == right_sign:
        left_sign, right_sign = _broken(by_column[left]), _broken(by_column[right])
    if left_sign > right_sign:
        left, right = right, left
    return Product(left, right, total, rows)


def _broken(numbers: Figures) -> int:
    return sum(number is not None and number != int(number) for number in numbers)


def _agreement(product: Product, names: Mapping[int, str]) -> int:
    """How far headings agree with a triple, in rows."""
    expected = (
        (product.quantity, "quantity"),
        (product.price, "unit_price"),
        (product.total, "line_total"),
    )
    return sum(
        100 * (names.get(column) == name) - 50 * (names.get(column) not in (name, None))
        for column, name in expected
    )
