"""The cells of one table as its mapping sees them: values by field, and problems. Pure."""

import re
from datetime import date
from decimal import Decimal

from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.drafts import Problem, Value
from sync.readers.headings import Words
from sync.readers.tables import Fault, Plain, Sheet, text_of
from sync.tables.mapping import Column, Mapping
from workflow.fields import Catalogue, Field, Kind, Level

NAMES = ("sku", "item", "description", "style", "gtin", "customer_item_number", "supplier_sku")
_COUNTING = ("size", "date", "part", "pair", "week", "place")
_REFERENCE = re.compile(r"[A-Z]{1,2}\d{1,3}")
_MOST_MERGED = 20_000
_LONGEST_DESCRIPTION = 500
_FIGURE = re.compile(r"[-+(]?\s*[.,]?\d")
_PLACEHOLDER = re.compile(r"[\[{<].*[\]}>]|[_.…\s]+|x{4,}", re.IGNORECASE | re.DOTALL)
_BEGINS_PLACEHOLDER = frozenset("[{<_.\u2026xX")
_EXAMPLE = re.compile(
    r"(?:e\.\s?g\.|eg\.|z\.\s?b\.|p\.\s?ej\.|np\.|bijv\.|例[:\uff1a如えば]|예\)"
    r"|(?:[dmy]{1,4}[-/. ]){2}[dmy]{1,4}$)",
    re.IGNORECASE,
)
_BEGINS_EXAMPLE = frozenset("eEzZpPnNbB例예dDmMyY")
_TAG = re.compile(r"</?(?:b|br|p|i|u|em|strong|span|div|font|li|ul)\b[^<>]{0,200}>", re.IGNORECASE)
_MOST_LOOKED_AT = 200_000
_MOST_KEPT = 50_000
_FEWEST_SIZES = 2


class TableCells:
    """Reads cells through a mapping and collects what is wrong with them."""

    def __init__(self, plan: Mapping, sheet: Sheet, words: Words, catalogue: Catalogue) -> None:
        self.plan, self.sheet, self.words, self.catalogue = plan, sheet, words, catalogue
        self.by_name = {c.field: c for c in plan.columns if c.level == "line"}
        self.matrix = [c for c in plan.columns if c.level in _COUNTING]
        self.problems: list[Problem] = []
        self.currencies: set[str] = set()
        self._looked = 0
        self._merged = _merged_down(sheet, plan)
        self._parsed: dict[tuple[str, Plain], Value] = {}  # the same words stand in many rows

    def raw(self, row: int, column: Column) -> Plain:
        """What stands in a cell; where cells are merged downwards, what stands in the first."""
        value = self.sheet.value(row, column.index)
        return self._merged.get((row, column.index)) if value is None else value

    def text(self, row: int, name: str) -> str:
        """The text in the column of a line's field or role, without placeholders."""
        column = self.by_name.get(name)
        text = text_of(self.raw(row, column)) if column else ""
        return "" if is_placeholder(text) else text

    def is_counted(self, row: int) -> bool:
        """Whether a figure stands where this table counts."""
        columns = [*self.matrix, *filter(None, [self.by_name.get("quantity")])]
        return not self.repeats_sizes(row) and any(
            begins_with_figure(self.sheet.value(row, c.index)) for c in columns
        )

    def repeats_sizes(self, row: int) -> bool:
        """Whether the sizes of the headings stand there again, as above every block."""
        sizes = [column.part for column in self.plan.of("size") if column.part]
        if len(sizes) < _FEWEST_SIZES:
            return False
        said = [
            text.upper() for c in self.plan.of("size") if (text := self.sheet.text(row, c.index))
        ]
        return (
            len(said) >= _FEWEST_SIZES
            and all(text.removesuffix(".0") in sizes for text in said)
            and (not all(text.isdigit() for text in said) or said == sizes)
        )

    def value(self, row: int, column: Column, level: Level) -> Value:
        """The value of a catalogue field, or None with a problem where it cannot be read."""
        field = self.catalogue.get(level, column.field)
        raw = self.raw(row, column)
        if field is None or raw is None or is_placeholder(text_of(raw)):
            return None
        if field.kind in (Kind.PRICE, Kind.MONEY) and _REFERENCE.fullmatch(text_of(raw)):
            return None
        if isinstance(raw, Fault):
            self.problem(row, column, f"expected a value, found {raw.reason}", raw.text)
            return None
        if field.kind in (Kind.PRICE, Kind.MONEY) and (
            code := cells.currency_of_price(text_of(raw)[:80])
        ):
            self.currencies.add(code)
        try:
            return self._parse(field, raw)
        except CellError as error:
            self.problem(row, column, str(error), text_of(raw))
            return None

    def _parse(self, field: Field, raw: Plain) -> Value:
        key = (field.name, raw)
        if isinstance(raw, bool) or key not in self._parsed:  # True and 1 are one key
            usual, plan = _usual(field, raw), self.plan
            value = cells.parse(field, usual, decimal=plan.decimal, order=plan.order)
            if isinstance(raw, bool):
                return value
            if len(self._parsed) > _MOST_KEPT:
                self._parsed.clear()
            self._parsed[key] = value
        value = self._parsed[key]
        return list(value) if isinstance(value, list) else value

    def understood(self, raw: Plain, column: Column, level: Level) -> Value:
        """The value of a cell that is in order, else None; nothing is said about it."""
        field = self.catalogue.get(level, column.field)
        if field is None or isinstance(raw, Fault | bool) or is_placeholder(text_of(raw)):
            return None
        if field.kind in (Kind.PRICE, Kind.MONEY) and (
            code := cells.currency_of_price(text_of(raw)[:80])
        ):
            self.currencies.add(code)
        try:
            return self._parse(field, raw)
        except CellError:
            return None

    @property
    def has_merged(self) -> bool:
        """Whether a name, price, unit or colour spans several rows."""
        return bool(self._merged)

    def may_be_heading(self, row: int) -> bool:
        """Whether a row is still worth a look for headings: so many cells, and then no more."""
        self._looked += len(self.sheet.rows[row])
        return self._looked < _MOST_LOOKED_AT

    def amount(self, row: int, column: Column) -> Decimal | None:
        """A figure of a size or date matrix; empty, zero and a dash mean none of it."""
        raw = self.sheet.value(row, column.index)
        if text_of(raw) in ("", "0", "-", "\u2013"):
            return None
        if isinstance(raw, Fault):
            message = f"expected a number of pieces, found {raw.reason}"
            self.problem(row, column, message, raw.text, "quantity")
            return None
        try:
            return cells.quantity(raw, decimal=self.plan.decimal or ".")
        except CellError as error:
            self.problem(row, column, str(error), text_of(raw), "quantity")
            return None

    def day(self, row: int, role: str, name: str) -> date | None:
        """The day in the column of a role; ``name`` is the field a problem is told for."""
        column = self.by_name.get(role)
        raw = self.raw(row, column) if column else None
        if column is None or raw is None or is_placeholder(text_of(raw)):
            return None
        try:
            return cells.day(raw, order=self.plan.order)
        except CellError as error:
            self.problem(row, column, str(error), text_of(raw), name)
            return None

    def day_at(self, row: int, index: int) -> date | None:
        """The day beside an amount; None with a problem where there is none that can be read."""
        column = Column(index, "", "line", "schedule_date")
        try:
            return cells.day(self.sheet.value(row, index), order=self.plan.order)
        except CellError as error:
            self.problem(row, column, str(error), self.sheet.text(row, index))
            return None

    def problem(
        self, row: int, column: Column | None, message: str, found: str = "", name: str = ""
    ) -> None:
        """Keep what is wrong with a cell, or with a row."""
        where = self.sheet.where(row, column.index if column else None)
        field = name or (column.field if column else "")
        self.problems.append(Problem(where, field, message, clipped(found, 200)))


def begins_with_figure(value: Plain) -> bool:
    """Whether a cell holds a number, or a text that starts as one."""
    if isinstance(value, str):
        return bool(_FIGURE.match(value.strip()))
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_placeholder(text: str) -> bool:
    """Whether a text only says what should stand there: "[Item]", "{qty}", "____"."""
    if text[:1] in _BEGINS_PLACEHOLDER:
        return bool(_PLACEHOLDER.fullmatch(text))
    return text[:1] in _BEGINS_EXAMPLE and bool(_EXAMPLE.match(text))


def _usual(field: Field, raw: Plain) -> Plain:
    """Bring a value into the form its field wants."""
    if field.name == "gtin":  # a sheet makes numbers of barcodes, people put spaces into them
        return re.sub(r"[\s'-]", "", text_of(raw))
    if field.kind is Kind.PERCENT and isinstance(raw, float) and 0 < raw < 1:
        return raw * 100  # shown as 25 %, held as 0.25
    if field.name == "description" and isinstance(raw, str):
        plain = _TAG.sub(" ", raw) if "<" in raw else raw
        return plain[:_LONGEST_DESCRIPTION]
    return raw


def _merged_down(sheet: Sheet, plan: Mapping) -> dict[tuple[int, int], Plain]:
    """The values of cells merged over several rows, for the columns that name things."""
    wanted = {c.index for c in plan.columns if c.field in (*NAMES, "unit_price", "uom", "color")}
    found: dict[tuple[int, int], Plain] = {}
    for merge in sheet.merges:
        one_column = merge.left == merge.right and merge.left in wanted
        if one_column and merge.top > plan.bottom and len(found) < _MOST_MERGED:
            value = sheet.value(merge.top, merge.left)
            below = range(merge.top + 1, min(merge.bottom, len(sheet.rows) - 1) + 1)
            found.update({(row, merge.left): value for row in below})
    return found
