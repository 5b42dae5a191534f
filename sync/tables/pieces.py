"""How many of it: the number of pieces and the unit that one row of a table says. Pure."""

import re
from decimal import Decimal

from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.drafts import Problem, Value
from sync.readers.tables import Fault, Plain, text_of
from sync.tables import numberwords
from sync.tables.mapping import Column
from sync.tables.tablecells import TableCells, is_placeholder

_WITH_UNIT = re.compile(r"([\d.,' \xa0]*\d)\s*([^\W\d_]{1,12}|[cdk]?m[23²³])\.?")


class Pieces:
    """Reads the quantities of one table."""

    def __init__(self, table: TableCells) -> None:
        self.table = table
        self.unknown_units: set[str] = set()

    def unit(self, row: int, text: str, values: dict[str, Value]) -> None:
        """Keep the unit that a text names; one we do not know is asked about once."""
        if not text or "uom" in values:
            return
        unit = self.table.words.unit(text)
        if unit:
            values["uom"] = unit
        elif text not in self.unknown_units:  # said once, not in every row
            self.unknown_units.add(text)
            message = f"'{clipped(text, 30)}' is no unit we know; choose one for its lines"
            column = self.table.by_name.get("uom") or self.table.by_name.get("quantity")
            self.table.problem(row, column, message, text, "uom")

    def quantity(self, row: int, values: dict[str, Value]) -> Decimal | None:
        """The pieces that a row says, or None; what cannot be read is a problem."""
        column = self.table.by_name.get("quantity")
        raw = self.table.sheet.value(row, column.index) if column else None
        if column is None or not text_of(raw) or is_placeholder(text_of(raw)):
            return None
        if isinstance(raw, str) and re.fullmatch(r"[A-Z]{1,2}\d{1,3}", raw):
            return None  # the name of a cell: what should stand there
        if raw in (0, "0") and not self.table.text(row, "line_total").strip("0.,-€$£ "):
            return None  # none of it, as in a form with all articles
        if isinstance(raw, Fault):
            message = f"expected a number of pieces, found {raw.reason}"
            self.table.problem(row, column, message, raw.text)
            return None
        if isinstance(raw, str) and (said := numberwords.number(raw)):
            message = f"expected a number of pieces, found '{clipped(raw, 60)}'"
            self.table.problem(row, column, f"{message}, read as {said}; confirm it", raw)
            return Decimal(said)
        return self._pieces(row, column, raw, values)

    def _pieces(
        self, row: int, column: Column, raw: Plain, values: dict[str, Value]
    ) -> Decimal | None:
        """The number in a cell, with or without its unit; None with a problem."""
        if isinstance(raw, str) and (match := _WITH_UNIT.fullmatch(raw.strip())):
            self.unit(row, match[2], values)
            raw = match[1]
        if isinstance(raw, str) and cells.ambiguous(raw):
            return self._doubtful(row, column, raw)
        try:
            return cells.quantity(raw, decimal=self.table.plan.decimal)
        except CellError as error:
            self.table.problem(row, column, str(error), text_of(raw))
            return None

    def _doubtful(self, row: int, column: Column, raw: str) -> Decimal:
        """Pieces are whole: 1.200 is 1200, and a question unless the file writes commas."""
        sign = "." if "." in raw else ","
        whole = cells.number(raw, decimal="," if sign == "." else ".")
        if self.table.plan.decimal == sign or (sign == "." and self.table.plan.decimal is None):
            other = cells.number(raw, decimal=sign)
            message = f"'{raw.strip()}' was read as {whole:f}; confirm that it is not {other:f}"
            self.table.problem(row, column, message, raw)
        return whole

    def are_none(self, row: int) -> bool:
        """Whether the quantity is a plain zero: it is offered, and not ordered."""
        column = self.table.by_name.get("quantity")
        raw = self.table.sheet.value(row, column.index) if column else None
        return type(raw) in (int, float) and raw == 0

    def none_said(self, row: int) -> Problem:
        """The question for a row that says no pieces."""
        column = self.table.by_name.get("quantity")
        found = self.table.sheet.text(row, column.index) if column else ""
        where = self.table.sheet.where(row, column.index if column else None)
        said = f"'{found}'" if found else "nothing"
        return Problem(where, "quantity", f"expected a number of pieces, found {said}", found)
