"""What a person said about the layout of a customer's file: columns, cells, constants. Pure.

Rows and columns count from 0.  ``layout_json`` is how a layout is kept and travels.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from sync import cells
from sync.cells import CellError
from sync.readers.headings import fold, size_of
from sync.readers.tables import address_of
from sync.tables.mapping import ROLES
from sync.tables.transforms import Step
from workflow.fields import Catalogue, Level

#: What a column may be beside a field of a line, a decoration, an order or a destination.
MATRIX = ("size", "date")
IGNORE = "ignore"
LINE_LEVELS = ("line", "decoration", *MATRIX)
#: What a cell may name that is several fields at once, or no field of an order.
BLOCKS = ("ship_to", "bill_to")
CUSTOMER = "customer"
LONGEST_SIZE = 60


@dataclass(frozen=True)
class Use:
    """One meaning: level and field, ``part`` a size or a decoration's number, and the steps."""

    level: str
    field: str
    part: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class ColumnRule:
    """A column of the table and everything it means; without uses nobody has said."""

    index: int
    heading: str
    uses: tuple[Use, ...] = ()

    @property
    def ignored(self) -> bool:
        """Whether somebody said that the column is none of ours."""
        return any(use.level == IGNORE for use in self.uses)


@dataclass(frozen=True)
class CellRule:
    """A cell outside the table: found again by its label, else by its address."""

    row: int
    column: int
    use: Use
    sheet: str = ""  # empty: the sheet with the lines
    label: str = ""
    down: int = 0  # from the label to the cell
    right: int = 0


@dataclass(frozen=True)
class Constant:
    """What every order or line of such files has, whatever the file says."""

    level: str
    field: str
    text: str


@dataclass(frozen=True)
class Units:
    """How many pieces one of their units is: for all rows, or by the word in the unit's column."""

    each: str = ""
    words: tuple[tuple[str, str], ...] = ()
    price_is_per_unit: bool = True


@dataclass(frozen=True)
class Layout:
    """Where the table stands, what its columns and the cells around it mean.

    ``bottom`` is -1 where the table has no headings.  The lines begin ``skip`` rows below the
    headings and end by themselves, after ``most`` rows, or above a row that begins with ``stop``.
    Rows that say one of ``left_out`` are no lines, those that say one of ``taken`` are, whatever
    they look like; ``row_words`` is what a row says.
    """

    top: int
    bottom: int
    columns: tuple[ColumnRule, ...] = ()
    sheet: str = ""
    every_sheet: bool = False
    cells: tuple[CellRule, ...] = ()
    constants: tuple[Constant, ...] = ()
    units: Units = field(default_factory=Units)
    decimal: str = ""
    days: str = ""
    skip: int = 0
    most: int = 0
    stop: str = ""
    left_out: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def column(self, index: int) -> ColumnRule | None:
        """What is said about a column."""
        return next((rule for rule in self.columns if rule.index == index), None)

    def uses(self) -> Iterator[tuple[ColumnRule, Use]]:
        """Every meaning of every column, those that are ignored left out."""
        for rule in self.columns:
            yield from ((rule, use) for use in rule.uses if use.level != IGNORE)

    def with_column(self, rule: ColumnRule) -> "Layout":
        """The layout with one column said anew."""
        others = [known for known in self.columns if known.index != rule.index]
        together = sorted([*others, rule], key=lambda known: known.index)
        return replace(self, columns=tuple(together))


def row_words(texts: Iterable[str]) -> str:
    """What identifies a row to a person: its first words, or all its figures where it has none."""
    filled = [text for text in texts if text]
    word = next((text for text in filled if any(map(str.isalpha, text))), "")
    return word or " | ".join(filled)


def fingerprint(layout: Layout) -> str:
    """What identifies a layout whatever the order of its columns and the language it is in."""
    return fingerprint_of(rule.heading for rule in layout.columns)


def fingerprint_of(headings: Iterable[str]) -> str:
    """The same of headings as they stand in a sheet; sizes and days are left out."""
    kept = sorted({fold(text) for text in headings if text and not is_changing(text)} - {""})
    return hashlib.sha256("\n".join(kept).encode()).hexdigest() if kept else ""


def is_changing(heading: str) -> bool:
    """Whether a heading is a size or a day: other files of the layout may have other ones."""
    return bool(size_of(heading)) or day_in(heading) is not None


def day_in(heading: str) -> date | None:
    """The day a heading is, as the columns of a delivery plan have them."""
    if not 8 <= len(heading) <= 20 or not re.search(r"\d{4}|\d\.\d", heading):
        return None
    try:
        return cells.day(heading, order="dmy")
    except CellError:
        return None


def letters(column: int) -> str:
    """The letters of a column: 0 is A."""
    return re.sub(r"\d", "", address_of(0, column))


def place_of(address: str) -> tuple[int, int] | None:
    """Row and column of an address such as D14, or None."""
    match = re.fullmatch(r"([A-Z]{1,3})([1-9]\d{0,6})", address.strip().upper())
    return (int(match[2]) - 1, column_of(match[1])) if match else None


def column_of(text: str) -> int:
    """The column that letters name: A is 0."""
    found = 0
    for letter in text:
        found = found * 26 + ord(letter) - 64
    return found - 1


# ---------------------------------------------------------------- what makes sense


def why_no_use(use: Use, catalogue: Catalogue, *, in_table: bool) -> str:
    """Say why a column, or a cell outside the table, cannot mean that; empty if it can."""
    if use.level == IGNORE:
        return ""
    if use.level in MATRIX:
        return _why_no_matrix(use, in_table=in_table)
    roles = [("line", name) for name in ROLES]
    names = [("order", name) for name in (CUSTOMER, *BLOCKS)]
    if (use.level, use.field) in (roles if in_table else names):
        return ""
    levels = (*LINE_LEVELS[:2], "order", "destination") if in_table else ("order", "destination")
    if use.level not in levels:
        return f"expected one of {', '.join(levels)} as level, found '{use.level}'"
    if catalogue.get(Level(use.level), use.field) is None:
        return f"there is no {use.level} field '{use.field}'"
    return ""


def _why_no_matrix(use: Use, *, in_table: bool) -> str:
    if not in_table:
        return "only a column of the table can be a size or a delivery date"
    if use.level == "size" and not 0 < len(use.part) <= LONGEST_SIZE:
        return f"say which size the column is, in at most {LONGEST_SIZE} characters"
    if use.level == "date" and not _is_iso(use.part):
        return "say which day the column is, such as 2026-04-01"
    return ""


def _is_iso(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def why_no_constant(constant: Constant, catalogue: Catalogue) -> str:
    """Say why a constant cannot be; empty if it can."""
    if constant.level not in ("order", "destination", "line"):
        return f"expected order, destination or line as level, found '{constant.level}'"
    known = catalogue.get(Level(constant.level), constant.field)
    if known is None:
        return f"there is no {constant.level} field '{constant.field}'"
    if constant.level == "line" and constant.field == "quantity":
        return "the quantity stands in the file: choose its column"
    try:
        value = cells.parse(known, constant.text)
    except CellError as error:
        return f"{known.label}: {error}"
    return "" if value is not None else f"{known.label}: say which value every order has"
