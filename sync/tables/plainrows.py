"""The many rows of a table that hold just what their headings say, read a column at a time. Pure.

A row that is plain (a name, a quantity that is a number, a price that is one, a total that agrees)
needs no judgement: each distinct cell of a column is understood once and looked up from then on.
Any other row is left to ``lines``, which reads it cell by cell and says what is wrong with it.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import repeat
from typing import Any

from sync import cells
from sync.cells import CellError
from sync.drafts import DraftLine, Value
from sync.readers.tables import Plain, Row
from sync.tables.mapping import ROLES, Column
from sync.tables.proof import RowEvidence
from sync.tables.table import TableLine
from sync.tables.tablecells import NAMES, TableCells, is_placeholder
from workflow.fields import Kind, Level

_OTHER_READERS = frozenset({*ROLES, "quantity", "uom", "size"})
_MOST_KEPT = 60_000
_BLOCK = 500
_LARGEST, _PENNIES = 1e8, 0.05
_PLACES = {
    "po_number": "po_number", "order_date": "order_date", "due_date": "due", "ship_date": "ship",
}  # fmt: skip
_LONG = 80
_MAY_BE_EXAMPLE = re.compile(  # what is_placeholder looks for, and more, behind a parting
    r"\|(?:[\[{<_.\u2026x]|e\.?\s?g\.|z\.|p\.|np\.|bijv\.|\u4f8b|\uc608|[dmy]{1,4}[-/. ])",
    re.IGNORECASE,
)
_PARTING = "|"
_UNCLEAN = ("  ", "| ", " |", "||")
_NOT_PLAIN = object()
_MISSING = object()

Reader = Callable[[Plain], object]


class PlainRows:
    """Understands plain rows of one table; ``run`` stops at any other."""

    def __init__(self, table: TableCells, unknown: dict[int, str]) -> None:
        self._table, self._sheet = table, table.sheet
        columns = table.by_name
        names = [columns[name].index for name in NAMES if name in columns]
        quantity = columns.get("quantity")
        self._quantity = quantity.index if quantity else -1
        self._names = names
        price, total = columns.get("unit_price"), columns.get("line_total")
        self._price = price.index if price else -1
        self._total = total.index if total else -1
        self._discounted = "line_discount" in columns or bool(table.plan.constants)
        self._constants = table.plan.constants
        first = table.sheet.where(0)
        self._where = first[:-1] if first.endswith("row 1") else ""
        self._readers: list[tuple[str, int, dict[Plain, object], Reader]] = [
            (column.field, column.index, {}, reader)
            for column in table.plan.of("line")
            if (reader := self._reader(column)) is not None
        ]
        self._texts = frozenset(name for name, *_rest in self._readers if self._is_text(name))
        self._unknown = tuple(unknown)
        self._width = max((column.index for column in table.plan.columns), default=0) + 1
        self._placed = [(name, place) for name, place in _PLACES.items() if name in columns]
        self.checks_totals = self._total >= 0
        self.usable = bool(
            quantity and names and price and not table.matrix and not table.plan.of("decoration")
            and not table.has_merged and not {"item", "price_per", "ratio"} & columns.keys()
            and not table.plan.of("destination")
        )  # fmt: skip

    def _is_text(self, name: str) -> bool:
        """Whether a field keeps its cells as they stand, where these are clean."""
        field = self._table.catalogue.get(Level.LINE, name)
        plain = name not in _OTHER_READERS and name != "gtin"
        return plain and field is not None and field.kind is Kind.TEXT

    def run(self, row: int, lines: list[TableLine], most: int) -> int:
        """Take plain rows from ``row`` on, as long as they are plain; the row behind them."""
        rows, width, place = self._sheet.rows, self._width, self._where
        sheet, plan, end = self._sheet, self._table.plan, len(self._sheet.rows)
        while len(lines) <= most and (values_of := self._block(rows[row : row + _BLOCK])):
            self._keep(lines, row, values_of)
            row += len(values_of)
        while row < end and len(lines) <= most:
            here = rows[row]
            if len(here) < width:
                here = here + [None] * (width - len(here))
            values = self._values(here) if self._is_plain(here) else None
            if values is None:
                break
            where = f"{place}{row + 1}" if place else sheet.where(row)
            proof = RowEvidence(sheet, plan, row)
            line = TableLine(DraftLine(where, values, (), (), (), None, proof), row)
            values.pop("currency", None)
            if self._placed:
                self._place(line, values)
            lines.append(line)
            row += 1
        return row

    def _keep(self, lines: list[TableLine], row: int, values_of: list[dict[str, Value]]) -> None:
        """Make the lines of rows that follow each other."""
        sheet, plan, place = self._sheet, self._table.plan, self._where
        rows = range(row, row + len(values_of))
        where = [f"{place}{at + 1}" if place else sheet.where(at) for at in rows]
        proofs = map(RowEvidence, repeat(sheet), repeat(plan), rows)
        none: repeat[tuple[()]] = repeat(())
        made = map(DraftLine, where, values_of, none, none, none, repeat(None), proofs)
        new = list(map(TableLine, made, rows))
        if "currency" in values_of[0]:
            for values in values_of:
                values.pop("currency", None)
        if self._placed:
            for line, values in zip(new, values_of, strict=True):
                self._place(line, values)
        lines += new

    def _block(self, rows: list[Row]) -> list[dict[str, Value]]:
        """The values of many rows at once, column by column; nothing where any is not plain."""
        if len(rows) < _BLOCK or len(set(map(len, rows))) != 1 or len(rows[0]) < self._width:
            return []
        columns = list(zip(*rows, strict=True))
        if not self._are_plain(columns):
            return []
        fields: list[str] = []
        found: list[tuple[Any, ...]] = []
        for field, at, known, reader in self._readers:
            column = columns[at]
            if not {bool, type(None)}.isdisjoint(map(type, column)):
                return []
            fields.append(field)
            if field in self._texts and _are_clean(column):
                found.append(column)
                continue
            distinct = set(column)
            for raw in distinct - known.keys():
                self._learn(known, raw, reader)
            if any(known.get(raw, _NOT_PLAIN) is _NOT_PLAIN for raw in distinct):
                return []
            found.append(tuple(map(known.get, column)))
        constants = self._constants
        made: Any = list(map(dict, map(zip, repeat(fields), zip(*found, strict=True))))
        return [{**constants, **values} for values in made] if constants else made

    def _are_plain(self, columns: list[tuple[Plain, ...]]) -> bool:
        """Whether all rows of a block are named, counted and priced, and their totals agree."""
        counts: Any = columns[self._quantity]
        prices: Any = columns[self._price]
        if {*map(type, counts), *map(type, prices)} != {float}:
            return False
        if not (min(counts) > 0 and max(counts) < _LARGEST and all(map(float.is_integer, counts))):
            return False
        if not (min(prices) >= 0 and max(prices) < _LARGEST):
            return False
        if not any(set(map(type, columns[at])) == {str} for at in self._names):
            return False
        if any(str in map(type, columns[at]) for at in self._unknown if at < len(columns)):
            return False
        if self._total < 0:
            return True
        totals: Any = columns[self._total]
        if self._discounted or set(map(type, totals)) != {float}:
            return False
        wrong = [abs(q * p - t) for q, p, t in zip(counts, prices, totals, strict=True)]
        return max(wrong) <= _PENNIES or all(
            one <= _PENNIES or one <= abs(total) / 1000
            for one, total in zip(wrong, totals, strict=True)
        )

    def _is_plain(self, here: Row) -> bool:  # noqa: C901, PLR0912 - asked of every row
        """Whether a row is named, counted and priced by plain cells, and its total agrees."""
        quantity, price = here[self._quantity], here[self._price]
        if type(quantity) is not float or type(price) is not float:
            return False
        if not 0 < quantity < _LARGEST or not 0 <= price < _LARGEST or quantity % 1:
            return False
        for at in self._names:
            if type(here[at]) is str:
                break
        else:
            return False
        for at in self._unknown:
            if at < len(here) and type(here[at]) is str:
                return False
        total = here[self._total] if self._total >= 0 else None
        if total is None:
            return True
        if type(total) is not float or self._discounted:
            return False
        wrong = abs(quantity * price - total)
        return wrong <= _PENNIES or wrong <= abs(total) / 1000

    def _values(self, here: Row) -> dict[str, Value] | None:
        """The values of a plain row, each distinct cell of a column understood once."""
        values: dict[str, Value] = {}
        for field, at, known, reader in self._readers:
            raw = here[at]
            if raw is None:
                continue
            value = known.get(raw, _MISSING)
            if value is _MISSING:
                value = self._learn(known, raw, reader)
            if value is _NOT_PLAIN or raw is True or raw is False:
                return None
            values[field] = value  # type: ignore[assignment]
        if self._constants:
            return {**self._constants, **values}
        return values

    def _place(self, line: TableLine, values: dict[str, Value]) -> None:
        """Move what a row says about its order and its delivery to where it belongs."""
        for name, place in self._placed:
            if name in values:
                setattr(line, place, values.pop(name))

    def _learn(self, known: dict[Plain, object], raw: Plain, reader: Reader) -> object:
        if len(known) > _MOST_KEPT:
            known.clear()
        value = known[raw] = reader(raw)
        return value

    def _reader(self, column: Column) -> Reader | None:
        """How the cells of a column are understood, or None where others look at them."""
        name, plan = column.field, self._table.plan
        special = {
            "quantity": _whole, "uom": self._unit, "currency": self._currency, "size": self._size,
        }  # fmt: skip
        if name in special:
            return special[name]
        if name == "po_number":
            return lambda raw: (
                _NOT_PLAIN if not isinstance(raw, str) or "(" in raw else raw.strip()[:80]
            )
        if name in ("order_date", "due_date", "ship_date"):
            return lambda raw: _or_not(lambda: cells.day(raw, order=plan.order))
        field = self._table.catalogue.get(Level.LINE, name)
        if name in _OTHER_READERS or field is None:
            return None
        if field.kind is Kind.TEXT and name != "gtin":
            return lambda raw: self._text(raw, column)
        return lambda raw: self._any(raw, column)

    def _unit(self, raw: Plain) -> object:
        if not isinstance(raw, str) or not raw.strip():
            return _NOT_PLAIN
        return self._table.words.unit(raw) or _NOT_PLAIN

    def _currency(self, raw: Plain) -> object:
        code = cells.currency(raw.upper()) if isinstance(raw, str) else ""
        self._table.currencies |= {code} - {""}
        return code or _NOT_PLAIN

    def _size(self, raw: Plain) -> object:
        if isinstance(raw, str) and (len(raw) > 12 or "(" in raw or "," in raw or ":" in raw):
            return _NOT_PLAIN
        column = self._table.by_name["size"]
        return self._text(raw, column)

    def _text(self, raw: Plain, column: Column) -> object:
        if type(raw) is str and raw.isprintable() and "  " not in raw and len(raw) < 80:
            text = raw.strip()
            return _NOT_PLAIN if not text or is_placeholder(text) else text
        return self._any(raw, column)

    def _any(self, raw: Plain, column: Column) -> object:
        """As ``lines`` would read it; a cell with a problem makes its row not plain."""
        value = self._table.understood(raw, column, Level.LINE)
        return _NOT_PLAIN if value is None else value


def _are_clean(column: tuple[Plain, ...]) -> bool:
    """Whether all cells are short printed words without space around, and no placeholders."""
    try:
        text = _PARTING + _PARTING.join(column) + _PARTING  # type: ignore[arg-type]
    except TypeError:
        return False
    printed = text.isprintable() and not any(sign in text for sign in _UNCLEAN)
    short = max(map(len, column)) < _LONG  # type: ignore[arg-type]
    return printed and short and not _MAY_BE_EXAMPLE.search(text)


def _whole(raw: Plain) -> object:
    return Decimal(int(raw)) if isinstance(raw, float) else _NOT_PLAIN


def _or_not(read: Callable[[], Value]) -> object:
    try:
        return read()
    except CellError:
        return _NOT_PLAIN
