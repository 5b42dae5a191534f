"""What was typed into the order form: one post to typed values, or a sentence for every mistake.

Names of the post: ``order-<field>``, ``place-<n>-<field>``, and JSON in ``places`` (destinations
after the first), ``lines`` and ``charges``.  A problem's key names its field the same way:
``line-4-quantity``, ``line-4-delivery-0-schedule_date``, ``line-4-decoration-1-location``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from errors import InvalidError
from sync.breakdown import sizes
from sync.cells import CellError, parse
from sync.drafts import (
    DraftCharge,
    DraftDecoration,
    DraftLine,
    DraftSchedule,
    OrderDraft,
    Value,
)
from workflow.fields import Catalogue, Field, Kind, Level
from workflow.quantities import show

CHARGE_KINDS = ("setup", "run", "freight", "rush", "artwork", "discount", "other")
MOST_LINES = 20_000
_MOST_PARTS = 1_000
#: Percentages and words that tell what something costs.
_MONEY_WORDS = frozenset(
    {
        "commission_rate", "deposit_percent", "discount_percent", "line_discount", "price_break",
        "terms_discount_percent",
    }
)  # fmt: skip
_CHARGE_NAME = Field("name", "Charge", Level.ORDER)
_CHARGE_QUANTITY = Field("quantity", "Quantity", Level.ORDER, Kind.QUANTITY)
_CHARGE_PRICE = Field("unit_price", "Price", Level.ORDER, Kind.PRICE)
_DELIVERY_COLUMNS = {
    "schedule_quantity", "schedule_date", "schedule_size", "schedule_unit_price", "schedule_firm",
}  # fmt: skip


def tells_money(field_: Field) -> bool:
    """Whether a field shows what something costs; only some people may see those."""
    return field_.kind in {Kind.MONEY, Kind.PRICE} or field_.name in _MONEY_WORDS


def shown_fields(catalogue: Catalogue, level: Level, *, with_money: bool) -> list[Field]:
    """The fields of a level that somebody may see, in the order of the form."""
    return [f for f in catalogue.of(level) if with_money or not tells_money(f)]


@dataclass(frozen=True)
class Typed:
    """A post that was read; ``problems`` maps a field's key to its sentence."""

    draft: OrderDraft
    version: int | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    line_numbers: tuple[int, ...] = ()  # where each line of the draft stood in the grid


def read_form(form: Mapping[str, str], catalogue: Catalogue, *, with_money: bool) -> Typed:
    """Read the order form as it was posted.

    Raises:
        InvalidError: the part the grid sends is not JSON of the agreed shape.
    """
    reading = _Reading(form, catalogue, with_money=with_money)
    places = reading.places()
    lines, numbers = reading.lines(len(places))
    customer_id = form.get("customer_id", "").strip()
    draft = OrderDraft(
        source="manual",
        customer=form.get("customer", "").strip()[:200],
        customer_id=int(customer_id) if customer_id.isdecimal() and len(customer_id) < 10 else None,
        values=reading.fields(Level.ORDER, "order-"),
        destinations=tuple(places),
        lines=tuple(lines),
        charges=tuple(reading.charges()),
    )
    version = form.get("version", "")
    return Typed(
        draft=replace(draft, evidence=_evidence(draft, form.get("from_customer", ""))),
        version=int(version) if version.isdecimal() and len(version) < 10 else None,
        problems=reading.problems,
        line_numbers=tuple(numbers),
    )


def _evidence(draft: OrderDraft, marked: str) -> dict[str, str]:
    """Where each header value came from: the customer's record, or the keyboard."""
    names = set(marked.split(","))
    by_customer = f"default of {draft.customer}" if draft.customer else "typed"
    return {
        name: by_customer if name in names else "typed"
        for name, value in draft.values.items()
        if value not in (None, "", [], False)
    }


class _Reading:
    """One post being read; collects the problems on its way."""

    def __init__(self, form: Mapping[str, str], catalogue: Catalogue, *, with_money: bool) -> None:
        self.form = form
        self.problems: dict[str, str] = {}
        self.with_money = with_money
        self.known = {
            level: {f.name: f for f in shown_fields(catalogue, level, with_money=with_money)}
            for level in Level
        }
        self.boxes = {
            level: [f.name for f in fields.values() if f.kind is Kind.YES_NO]
            for level, fields in self.known.items()
        }
        self.read: dict[tuple[Field, str], tuple[Value, str]] = {}  # lines repeat themselves

    def value(self, field_: Field, raw: Any, key: str) -> Value:
        """One value; what does not belong there becomes a problem and None."""
        text = raw if isinstance(raw, str) else "" if raw is None else str(raw)
        again = self.read.get((field_, text))
        if again is None:
            again = self.read[field_, text] = _parsed(field_, text)
        value, problem = again
        if problem:
            self.problems[key] = problem
        return value

    def fields(self, level: Level, prefix: str, given: Mapping[str, Any] | None = None) -> Any:
        """The fields of one row: from the post itself, or from a part that came as JSON."""
        known = self.known[level]
        typed = {name: self.form.get(prefix + name) for name in known} if given is None else given
        # A box that is not ticked is not sent.
        found: dict[str, Value] = dict.fromkeys(self.boxes[level])
        for name, raw in typed.items():
            if name in known and raw is not None:
                found[name] = self.value(known[name], raw, prefix + name)
        return found

    # ---- the parts that come as JSON

    def part(self, name: str, most: int) -> list[dict[str, Any]]:
        """A list of objects out of one field of the post."""
        try:
            found = json.loads(self.form.get(name) or "[]")
        except (ValueError, RecursionError):
            found = None
        return _objects(found, name, most)

    def places(self) -> list[dict[str, Value]]:
        """Where it goes: the first destination from its fields, the others from JSON."""
        more = self.part("places", _MOST_PARTS)
        first = self.fields(Level.DESTINATION, "place-0-")
        return [
            first,
            *(
                self.fields(Level.DESTINATION, f"place-{n}-", raw)
                for n, raw in enumerate(more, start=1)
            ),
        ]

    def lines(self, places: int) -> tuple[list[DraftLine], list[int]]:
        """The lines that hold anything, and where in the grid each of them stood."""
        found: list[DraftLine] = []
        numbers: list[int] = []
        for number, raw in enumerate(self.part("lines", MOST_LINES)):
            if not _is_blank(raw):
                found.append(self.line(raw, f"line-{number}-", places, len(found) + 1))
                numbers.append(number)
        return found, numbers

    def line(self, raw: dict[str, Any], prefix: str, places: int, number: int) -> DraftLine:
        """One line of the grid with its sizes, deliveries and decorations."""
        values = self.fields(Level.LINE, prefix, _object(raw.get("values"), "values"))
        line_id = raw.get("id")
        return DraftLine(
            address=str(raw.get("address") or f"line {number}")[:120],
            values=values,
            sizes=self.sizes(raw, values, prefix),
            schedule=tuple(self.deliveries(raw, prefix, places)),
            decorations=tuple(self.decorations(raw, prefix)),
            id=line_id if isinstance(line_id, int) and not isinstance(line_id, bool) else None,
        )

    def sizes(
        self, raw: dict[str, Any], values: Mapping[str, Value], prefix: str
    ) -> tuple[tuple[str, Decimal], ...]:
        """The size breakdown, held against the quantity that was typed beside it."""
        try:
            found = sizes(str(raw.get("sizes") or ""))
        except CellError as problem:
            self.problems[f"{prefix}sizes"] = str(problem)
            return ()
        total = sum((pieces for _size, pieces in found), Decimal(0))
        typed = values.get("quantity")
        if found and isinstance(typed, Decimal) and typed != total:
            said = f"the sizes add up to {show(total)}, found '{show(typed)}'"
            self.problems[f"{prefix}quantity"] = said
        return found

    def deliveries(self, raw: dict[str, Any], prefix: str, places: int) -> Iterable[DraftSchedule]:
        """The deliveries of a line; rows without anything in them are left out."""
        for n, row in enumerate(_objects(raw.get("schedule"), "schedule", _MOST_PARTS)):
            if not _is_blank({k: v for k, v in row.items() if k != "destination"}):
                yield self.delivery(row, f"{prefix}delivery-{n}-", places)

    def delivery(self, row: dict[str, Any], prefix: str, places: int) -> DraftSchedule:
        """One delivery: when, how many, which size, at which price, where."""
        values = self.fields(Level.SCHEDULE, prefix, row)
        quantity = values.get("schedule_quantity")
        if quantity is None:
            key = f"{prefix}schedule_quantity"
            self.problems.setdefault(key, "say how many pieces go with this delivery")
        place = str(row.get("destination") or "0")
        if not place.isdecimal() or int(place) >= places:
            self.problems[f"{prefix}destination"] = "this destination is not there any more"
            place = "0"
        return DraftSchedule(
            quantity=quantity or Decimal(0),
            date=values.get("schedule_date"),
            size=values.get("schedule_size") or "",
            unit_price=values.get("schedule_unit_price"),
            firm=values.get("schedule_firm"),
            destination=int(place),
            extra={n: v for n, v in values.items() if n not in _DELIVERY_COLUMNS and v is not None},
        )

    def decorations(self, raw: dict[str, Any], prefix: str) -> Iterable[DraftDecoration]:
        """Where and how a line is decorated; rows without anything in them are left out."""
        for n, row in enumerate(_objects(raw.get("decorations"), "decorations", _MOST_PARTS)):
            if not _is_blank(row):
                key = f"{prefix}decoration-{n}-"
                yield DraftDecoration(self.fields(Level.DECORATION, key, row))

    def charges(self) -> Iterable[DraftCharge]:
        """Money besides the goods."""
        for n, row in enumerate(self.part("charges", _MOST_PARTS)):
            if _is_blank({k: v for k, v in row.items() if k != "kind"}):
                continue
            key = f"charge-{n}-"
            kind = str(row.get("kind") or "other")[:20]
            price = str(row.get("unit_price") or "").strip()
            taken_off = kind == "discount" or price.startswith("-")
            amount = self.value(_CHARGE_PRICE, price.removeprefix("-"), f"{key}unit_price")
            quantity = self.value(_CHARGE_QUANTITY, row.get("quantity"), f"{key}quantity")
            value = amount if isinstance(amount, Decimal) else Decimal(0)
            yield DraftCharge(
                kind=kind,
                name=str(self.value(_CHARGE_NAME, row.get("name"), f"{key}name") or kind)[:120],
                quantity=quantity if isinstance(quantity, Decimal) else Decimal(1),
                unit_price=-value if taken_off else value,
            )


def _parsed(field_: Field, text: str) -> tuple[Value, str]:
    try:
        return parse(field_, text), ""
    except CellError as problem:
        return None, str(problem)


def _objects(found: Any, name: str, most: int) -> list[dict[str, Any]]:
    if found is None:
        found = []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidError({name: "this part of the form arrived broken; reload the page"})
    if len(found) > most:
        raise InvalidError({name: f"{len(found)} rows; at most {most} are possible"})
    return found


def _object(found: Any, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise InvalidError({name: "this part of the form arrived broken; reload the page"})
    return found


def _is_blank(raw: Any) -> bool:
    """Whether nothing was typed anywhere in a part of the form."""
    if isinstance(raw, dict):
        return all(_is_blank(value) for key, value in raw.items() if key not in ("id", "address"))
    if isinstance(raw, list):
        return all(_is_blank(item) for item in raw)
    return raw is None or (isinstance(raw, str) and not raw.strip()) or raw is False
