"""The one shape in the middle: an order as it was received, before anybody agreed to it. Pure.

Typed entry, a customer's workbook, EDI and the API all become an ``OrderDraft``; nothing that
follows knows where it came from.  Values are typed already (date, Decimal, bool, str, list of
str) and keyed by the names of ``workflow.fields``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Day = date  # DraftSchedule's field of that name hides the type

Value = str | int | Decimal | bool | date | list[str] | None
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Problem:
    """One thing that could not be understood or agreed; it stops release, not reading.

    ``address`` is where a person finds it ("sheet Order, cell D14", "line 3"), ``field`` the
    catalogue name, ``found`` the text as it stood there.
    """

    address: str
    field: str
    message: str
    found: str = ""

    def __str__(self) -> str:
        return f"{self.address}, {self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value stood, what stood there, why it was taken for what it is, and how sure that is.

    ``sheet`` is empty for files without sheets, ``cell`` an address such as "D14" or empty where a
    whole row or the sheet's name says it; ``sure`` goes from 0 to 1.
    """

    sheet: str
    cell: str
    found: str
    why: str
    sure: float = 1.0

    @property
    def address(self) -> str:
        """The address for a sentence: "sheet Order, cell D14"."""
        return ", ".join(
            [f"sheet {self.sheet}"] * bool(self.sheet) + [f"cell {self.cell}"] * bool(self.cell)
        )

    def __str__(self) -> str:
        return f"{self.address}: '{self.found}'"


@dataclass(frozen=True)
class DraftSchedule:
    """One delivery of a line: when, how much, which size, at which price, where."""

    quantity: Decimal
    date: Day | None = None
    size: str = ""
    unit_price: Decimal | None = None
    firm: bool | None = None
    destination: int = 0  # index into OrderDraft.destinations
    extra: Values = field(default_factory=dict)


@dataclass(frozen=True)
class DraftDecoration:
    """One decoration of a line; values by the names of ``fields.DECORATION_FIELDS``."""

    values: Values


@dataclass(frozen=True)
class DraftCharge:
    """Money besides the goods: setup, run, freight, rush … ``line`` is an index or None."""

    kind: str
    name: str
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = Decimal(0)
    line: int | None = None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One thing sold.

    ``values`` holds the line's fields by the names of ``fields.LINE_FIELDS``; ``sizes`` its size
    breakdown as (size, quantity).  Without a breakdown ``values["quantity"]`` and
    ``values["size"]`` say it.  ``id`` names an existing line when an order is changed.
    ``found_at`` says where each value stood; a size of the breakdown under "size <name>".
    """

    address: str
    values: Values
    sizes: tuple[tuple[str, Decimal], ...] = ()
    schedule: tuple[DraftSchedule, ...] = ()
    decorations: tuple[DraftDecoration, ...] = ()
    id: int | None = None
    found_at: Mapping[str, Evidence] = field(default_factory=dict, compare=False, repr=False)

    @property
    def quantity(self) -> Decimal | None:
        """Pieces in all: the sum of the sizes, else the quantity that was given."""
        if self.sizes:
            return sum((quantity for _size, quantity in self.sizes), Decimal(0))
        quantity = self.values.get("quantity")
        return quantity if isinstance(quantity, Decimal) else None


@dataclass(frozen=True)
class OrderDraft:
    """One order as received: header, destinations, lines, charges, and what is unclear.

    ``customer`` is whatever names the customer (code, name, e-mail address); ``customer_id`` is
    set where a person or a mapping has chosen already.  ``evidence`` says where each header
    value stood, by field name, in a sentence; ``found_at`` the same in parts, for files.
    """

    source: str
    customer: str = ""
    customer_id: int | None = None
    values: Values = field(default_factory=dict)
    destinations: tuple[Values, ...] = ()
    lines: tuple[DraftLine, ...] = ()
    charges: tuple[DraftCharge, ...] = ()
    problems: tuple[Problem, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    found_at: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def po_number(self) -> str:
        """The customer's number for this order, or an empty text."""
        return str(self.values.get("po_number") or "")
