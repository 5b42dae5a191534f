"""Formulas: read into a tree, evaluated with what they refer to."""

import datetime
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sheets_emulator.cells import Cell, Failure, Value, tidy
from sheets_emulator.functions import EARLY, FUNCTIONS
from sheets_emulator.operands import Matrix, flat, number, text
from sheets_emulator.references import End, end_of, title_of
from sheets_emulator.workbook import Sheet, Workbook

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r'\s*(?:"((?:[^"]|"")*)"'
    r"|(#(?:REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|ERROR!))"
    r"|((?:'(?:[^']|'')+'|[A-Za-z_]\w*)!)?"
    r"(\$?[A-Za-z]{1,3}\$?[1-9]\d*(?::\$?[A-Za-z]{1,3}(?:\$?[1-9]\d*)?)?(?![\w(.])"
    r"|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(.])|\$?[1-9]\d*:\$?[1-9]\d*)"
    r"|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|([A-Za-z_][\w.]*)"
    r"|(<=|>=|<>|[-+*/^&=<>(),;%{}])"
    r"|(.))"
)
_RANK = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2}
_RANK |= {"+": 3, "-": 3, "*": 4, "/": 4, "^": 6}
_ERROR = Failure("#ERROR!", "Formula parse error.")
_DATED = {"TODAY": "DATE", "DATE": "DATE", "EDATE": "DATE", "EOMONTH": "DATE", "NOW": "DATE_TIME"}


class _Wrong(Exception):
    """The text is no formula."""


# ---------------------------------------------------------------- reading


class _Reader:
    def __init__(self, source: str) -> None:
        self.tokens = [found.groups() for found in _TOKEN.finditer(source.rstrip())]
        self.at = 0

    def sign(self) -> str:
        """The operator that comes next, if one does."""
        return (self.tokens[self.at][6] or "") if self.at < len(self.tokens) else ""

    def take(self, sign: str) -> bool:
        if self.sign() != sign:
            return False
        self.at += 1
        return True

    def expression(self, rank: int = 0) -> Node:
        left = self.unary()
        while (sign := self.sign()) in _RANK and _RANK[sign] > rank:
            self.at += 1
            left = ("op", sign, left, self.expression(_RANK[sign]))
        return left

    def unary(self) -> Node:
        if self.take("-"):
            return ("neg", self.expression(4))
        if self.take("+"):
            return self.unary()
        node = self.atom()
        while self.take("%"):
            node = ("percent", node)
        return node

    def atom(self) -> Node:
        if self.at >= len(self.tokens):
            raise _Wrong
        string, error, prefix, ref, digits, name, sign, _ = self.tokens[self.at]
        self.at += 1
        if string is not None:
            return ("value", string.replace('""', '"'))
        if error:
            return ("value", Failure(error))
        if ref:
            return _reference(prefix, ref)
        if digits:
            return ("value", tidy(float(digits)))
        if name:
            return self.call(name)
        return self.bracket(sign)

    def bracket(self, sign: str | None) -> Node:
        if sign == "(":
            node = self.expression()
            if self.take(")"):
                return node
        if sign == "{":
            rows = [self.arguments(",", "")]
            while self.take(";"):
                rows.append(self.arguments(",", ""))
            if self.take("}"):
                return ("array", rows)
        raise _Wrong

    def arguments(self, separators: str, close: str) -> list[Node]:
        found: list[Node] = []
        if close and self.take(close):
            return found
        while True:
            empty = self.sign() and self.sign() in separators + close
            found.append(("value", None) if empty else self.expression())
            if not (self.sign() and self.sign() in separators):
                break
            self.at += 1
        if close and not self.take(close):
            raise _Wrong
        return found

    def call(self, name: str) -> Node:
        if self.take("("):
            return ("call", name.upper(), self.arguments(",;", ")"))
        if name.upper() in ("TRUE", "FALSE"):
            return ("value", name.upper() == "TRUE")
        return ("name", name)


def _reference(prefix: str | None, ref: str) -> Node:
    first, _, last = ref.partition(":")
    return ("ref", title_of(prefix), end_of(first), end_of(last) if last else None)


@lru_cache(maxsize=4096)
def read(formula: str, decimal: str = ".") -> Node:
    """The tree of a formula that begins with ``=``."""
    source = formula[1:]
    if decimal == ",":
        source = re.sub(r'(?<![\w"])(\d+),(\d+)(?![\w"])', r"\1.\2", source)
    reader = _Reader(source)
    try:
        node = reader.expression()
    except (_Wrong, RecursionError):
        return ("value", _ERROR)
    return node if reader.at == len(reader.tokens) else ("value", _ERROR)


# ---------------------------------------------------------------- evaluating


class Calculation:
    """One pass over a workbook; every cell is worked out once."""

    def __init__(self, book: Workbook, now: datetime.datetime) -> None:
        self.book, self.now = book, now
        self._known: dict[tuple[int, int, int], Value] = {}
        self._open: set[tuple[int, int, int]] = set()

    def value(self, sheet: Sheet, row: int, column: int) -> Value:
        """What stands in a cell, worked out if it is a formula."""
        cell = sheet.cell(row, column)
        if cell.formula is None:
            return cell.value
        key = (sheet.id, row, column)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            return Failure("#REF!", "Circular dependency detected.")
        self._open.add(key)
        found = self._result(sheet, row, column, cell.formula)
        self._open.discard(key)
        self._known[key] = found
        return found

    def _result(self, sheet: Sheet, row: int, column: int, formula: str) -> Value:
        place = _Place(self, sheet, row, column)
        try:
            found = place.evaluate(read(formula, self.book.locale.decimal))
        except ZeroDivisionError:
            message = "Function DIVIDE parameter 2 cannot be zero."
            return Failure("#DIV/0!", message)
        except (OverflowError, ValueError, RecursionError):
            return Failure("#NUM!")
        if isinstance(found, Matrix):
            found = found.single(row, column)
        if found is None:
            return 0 if not isinstance(found, str) else found
        return tidy(found) if isinstance(found, float) else found


class _Place:
    """The cell a formula stands in."""

    def __init__(self, whole: Calculation, sheet: Sheet, row: int, column: int) -> None:
        self.whole, self.sheet, self.row, self.column = whole, sheet, row, column
        self.now = whole.now

    def evaluate(self, node: Node) -> Any:
        handler: Callable[..., Any] = getattr(self, "_" + node[0])
        return handler(*node[1:])

    def one(self, node: Node) -> Value:
        """A single value; of a range, the cell in this row or column."""
        found = self.evaluate(node)
        return found.single(self.row, self.column) if isinstance(found, Matrix) else found

    def _value(self, value: Value) -> Value:
        return value

    def _neg(self, node: Node) -> Value:
        found = number(self.one(node))
        return found if isinstance(found, Failure) else -found

    def _percent(self, node: Node) -> Value:
        found = number(self.one(node))
        return found if isinstance(found, Failure) else found / 100

    def _array(self, rows: list[list[Node]]) -> Matrix:
        return Matrix([[self.one(node) for node in row] for row in rows])

    def _name(self, name: str) -> Any:
        area = self.whole.book.named_range(name)
        if area is None:
            return Failure("#NAME?", f"Unknown range name: '{name.upper()}'.")
        sheet = self.whole.book.sheet(area.sheet_id)
        box = area.within(sheet.row_count, sheet.column_count)
        return self._cells(sheet, (box.top, box.bottom, box.left, box.right))

    def _ref(self, title: str | None, first: End, last: End | None) -> Any:
        sheet = self.sheet if title is None else self.whole.book.titled(title)
        if sheet is None:
            return Failure("#REF!", f"Unresolved sheet name '{title}'.")
        if last is None and first.row is not None and first.column is not None:
            if first.row >= sheet.row_count or first.column >= sheet.column_count:
                return Failure("#REF!", "Reference does not exist.")
            return self.whole.value(sheet, first.row, first.column)
        end = last or first
        bottom = sheet.row_count if end.row is None else end.row + 1
        right = sheet.column_count if end.column is None else end.column + 1
        return self._cells(sheet, (first.row or 0, bottom, first.column or 0, right))

    def _cells(self, sheet: Sheet, bounds: tuple[int, int, int, int]) -> Matrix:
        top, bottom, left, right = bounds
        used = max(min(bottom, sheet.used), top)
        value = self.whole.value
        rows = [[value(sheet, r, c) for c in range(left, right)] for r in range(top, used)]
        return Matrix(rows, top, left)

    def _op(self, sign: str, left: Node, right: Node) -> Value:
        found: Value = FUNCTIONS["op" + sign](self.one(left), self.one(right))
        return found

    def _call(self, name: str, arguments: list[Node]) -> Any:
        if name in EARLY:
            return EARLY[name](self, arguments)
        function = FUNCTIONS.get(name)
        if function is None:
            return Failure("#NAME?", f"Unknown function: '{name}'.")
        values = [self.evaluate(node) for node in arguments]
        try:
            return function(*values)
        except TypeError:
            return Failure("#N/A", f"Wrong number of arguments to {name}.")


def recalculate(book: Workbook, now: datetime.datetime) -> None:
    """Work out every formula of a workbook anew."""
    calculation, found = Calculation(book, now), False
    for sheet in book.sheets:
        for n, row in enumerate(sheet.rows):
            changed: dict[int, Cell] = {}
            for column, cell in row.items():
                if cell.formula is not None:
                    found = True
                    value = calculation.value(sheet, n, column)
                    if value != cell.value or type(value) is not type(cell.value):
                        changed[column] = cell._replace(value=value)
            if changed:
                sheet.rows[n] = {**row, **changed}
    book.has_formulas = found


def automatic_format(formula: str) -> str | None:
    """The type of number format that a formula such as =TODAY() gives its cell."""
    node = read(formula)
    return _DATED.get(node[1]) if node[0] == "call" else None


def link_of(formula: str, book: Workbook, now: datetime.datetime) -> str | None:
    """Where a HYPERLINK formula leads."""
    node = read(formula, book.locale.decimal)
    if node[:2] != ("call", "HYPERLINK") or not node[2]:
        return None
    place = _Place(Calculation(book, now), book.sheets[0], 0, 0)
    return text(flat([place.evaluate(node[2][0])])[0])
