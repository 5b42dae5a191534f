"""Writing the rows of an order from typed values: columns where there are some, else ``extra``."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from errors import InvalidError
from models import (
    Charge,
    Decoration,
    Destination,
    Job,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    Product,
    ScheduleRow,
    Variant,
)
from sync.cells import to_json
from sync.drafts import DraftCharge, DraftLine, DraftSchedule, Value, Values
from workflow.fields import Catalogue, Field, Level
from workflow.money import grand_total, line_total, rounded
from workflow.quantities import show

_CHUNK = 400
_MOST_MONEY = Decimal(10) ** 12  # what a line or an order may come to; its column holds more
_LONGEST_SEARCH_TEXT = 60_000
#: Fields of the catalogue that live on another table than their level's row.
_ELSEWHERE = {(Level.LINE, "size"), (Level.LINE, "quantity")}


def put(row: Any, catalogue: Catalogue, level: Level, values: Values) -> dict[str, tuple[Any, Any]]:
    """Set values on a row; returns what changed as ``{name: (before, after)}`` in JSON terms.

    Names the catalogue does not know are left out: the caller has refused them already.
    """
    changed: dict[str, tuple[Any, Any]] = {}
    for name, value in values.items():
        field = catalogue.get(level, name)
        if field is None or (level, name) in _ELSEWHERE:
            continue
        before, after = read(row, field), _stored(row, field, value)
        if _json(field, before) == _json(field, after):
            continue
        changed[name] = (_json(field, before), _json(field, after))
        if field.column:
            setattr(row, name, after)
        else:
            row.extra = {**(row.extra or {}), name: to_json(field, after)}
    return changed


def read(row: Any, field: Field) -> Any:
    """What a row holds in a field: the column's value, or what ``extra`` keeps (JSON terms)."""
    return getattr(row, field.name) if field.column else (row.extra or {}).get(field.name)


def _stored(row: Any, field: Field, value: Value) -> Any:
    if not field.column or value is not None:
        return value
    column = type(row)._meta.fields[field.name]
    if column.null:
        return None
    return column.default() if callable(column.default) else column.default


def _json(field: Field, value: Any) -> Any:
    if value in (None, "", []):
        return None
    return value if isinstance(value, (str, bool, list)) else to_json(field, value)


def missing_fields(
    order: Order, job: Job | None, lines: Iterable[OrderLine], catalogue: Catalogue, stage: str
) -> list[str]:
    """Say which fields the shop wants filled before ``stage`` is left and are not."""

    def empty(row: Any, field: Field) -> bool:
        return (field.level, field.name) not in _ELSEWHERE and read(row, field) in (None, "", [])

    reasons = [
        f"{field.label} is missing"
        for field in catalogue.required_at(Level.ORDER, stage)
        if empty(order, field)
    ]
    reasons += [
        f"line {line.number}: {field.label} is missing"
        for line in lines
        for field in catalogue.required_at(Level.LINE, stage)
        if line.cancelled_at is None and empty(line, field)
    ]
    if job is not None:
        reasons += [
            f"{field.label} of {job.number} is missing"
            for field in catalogue.required_at(Level.JOB, stage)
            if empty(job, field)
        ]
    return reasons


# ---------------------------------------------------------------- lines


def line_row(
    order: Order, number: int, draft: DraftLine, product: Product | None, catalogue: Catalogue
) -> OrderLine:
    """A line from its draft, unsaved, with its total; the product fills what is missing."""
    line = OrderLine(order=order, number=number, product=product, address=draft.address, extra={})
    put(line, catalogue, Level.LINE, draft.values)
    if product is not None:
        line.sku = line.sku or product.sku
        line.description = line.description or product.name
        if "uom" not in draft.values:
            line.uom = product.uom
    line.quantity = draft.quantity or Decimal(0)
    line.line_total = total_of(line, draft.schedule, order.currency)
    return line


def total_of(line: OrderLine, schedule: Iterable[DraftSchedule], currency: str) -> Decimal:
    """What a line costs: each delivery at its own price, the rest at the line's."""
    rows = list(schedule)
    priced = [
        (row.quantity, line.unit_price if row.unit_price is None else row.unit_price)
        for row in rows
    ]
    left = line.quantity - sum((row.quantity for row in rows), Decimal(0))
    if left > 0:
        priced.append((left, line.unit_price))
    total = line_total(
        priced, basis=line.price_basis, discount_percent=line.line_discount, currency=currency
    )
    return _keepable(total, f"line {line.number}")


def _keepable(amount: Decimal, what: str) -> Decimal:
    """The amount, if a column can hold it: a slip of the keyboard must not end as a crash."""
    if abs(amount) >= _MOST_MONEY:
        words = f"comes to {amount:,.2f}, more than an order can be; check quantity and price"
        raise InvalidError({what: words})
    return amount


def sizes_of(draft: DraftLine) -> list[tuple[str, Decimal]]:
    """The line's sizes with pieces; one row with size '' where there is no breakdown."""
    if draft.sizes:
        merged: dict[str, Decimal] = {}
        for size, quantity in draft.sizes:
            merged[size] = merged.get(size, Decimal(0)) + quantity
        return list(merged.items())
    return [(str(draft.values.get("size") or ""), draft.quantity or Decimal(0))]


def insert_lines(lines: list[OrderLine]) -> None:
    """Insert new lines in few statements and give them their ids."""
    ids: dict[int, int] = {}
    for start in range(0, len(lines), _CHUNK):
        rows = [_columns(line) for line in lines[start : start + _CHUNK]]
        made = OrderLine.insert_many(rows).returning(OrderLine.number, OrderLine.id).execute()
        ids |= {row.number: row.id for row in made}
    for line in lines:
        line.id = ids[line.number]
        line._dirty.clear()


def insert_parts(
    pairs: Iterable[tuple[OrderLine, DraftLine]],
    destinations: Mapping[int, Destination],
    variants: Mapping[tuple[int, str], Variant],
    catalogue: Catalogue,
) -> None:
    """Insert sizes, deliveries and decorations of new lines, one statement per table and chunk."""
    sizes: list[dict[str, Any]] = []
    schedule: list[dict[str, Any]] = []
    decorations: list[dict[str, Any]] = []
    for line, draft in pairs:
        for position, (size, quantity) in enumerate(sizes_of(draft)):
            variant = variants.get((line.number, size))
            sizes.append(
                {
                    "line": line.id,
                    "position": position,
                    "size": size,
                    "quantity": quantity,
                    "variant": variant,
                }
            )
        for position, row in enumerate(draft.schedule):
            schedule.append(schedule_data(line, position, row, destinations, catalogue))
        for position, decoration in enumerate(draft.decorations):
            made = Decoration(line=line.id, position=position, extra={})
            put(made, catalogue, Level.DECORATION, decoration.values)
            if made.color_count is None and made.imprint_colors:
                made.color_count = len(made.imprint_colors)
            decorations.append(_columns(made))
    for table, rows in ((LineSize, sizes), (ScheduleRow, schedule), (Decoration, decorations)):
        for start in range(0, len(rows), _CHUNK):
            table.insert_many(rows[start : start + _CHUNK]).execute()


def schedule_data(
    line: OrderLine,
    position: int,
    row: DraftSchedule,
    destinations: Mapping[int, Destination],
    catalogue: Catalogue,
) -> dict[str, Any]:
    """One delivery as columns."""
    made = ScheduleRow(line=line.id, position=position, extra={})
    put(made, catalogue, Level.SCHEDULE, row.extra)
    made.schedule_date = row.date
    made.destination = destinations.get(row.destination)
    made.schedule_size = row.size
    made.schedule_quantity = row.quantity
    made.schedule_unit_price = row.unit_price
    made.schedule_firm = row.firm
    return _columns(made)


def _columns(row: Any) -> dict[str, Any]:
    """Every column of an unsaved row: ``insert_many`` drops what its first row does not have."""
    names = (field.name for field in row._meta.sorted_fields if not field.primary_key)
    return {name: row.__data__.get(name) for name in names}


def part_words(line_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Sizes, deliveries and decorations of lines in words, to say what a change changed."""
    words = {line: {"sizes": "", "deliveries": "", "decorations": ""} for line in line_ids}
    if not words:
        return words
    parts: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
        ("sizes", LineSize, lambda r: f"{r.size} {show(r.quantity)}" if r.size else ""),
        ("deliveries", ScheduleRow, _delivery_words),
        ("decorations", Decoration, _decoration_words),
    )
    for part, table, say in parts:
        found = table.select().where(table.line.in_(list(words))).order_by(table.position)
        for row in found:
            said = say(row)
            joined = f"{words[row.line_id][part]}; {said}".strip("; ")
            words[row.line_id][part] = joined
    return words


def _delivery_words(row: ScheduleRow) -> str:
    price = "" if row.schedule_unit_price is None else f" at {show(row.schedule_unit_price)}"
    firm = " firm" if row.schedule_firm else ""
    size = f" {row.schedule_size}" if row.schedule_size else ""
    return f"{show(row.schedule_quantity)}{size} on {row.schedule_date or 'no date'}{firm}{price}"


def _decoration_words(row: Decoration) -> str:
    hidden = {"id", "line", "position", "artwork", "department", "extra"}
    values = {name: value for name, value in row.__data__.items() if name not in hidden}
    filled = [f"{value}" for value in values.values() if value not in (None, "", [])]
    return ", ".join(filled + [f"{n} {v}" for n, v in (row.extra or {}).items()])


def insert_charges(
    order: Order, charges: Iterable[DraftCharge], lines: Mapping[int, OrderLine]
) -> Decimal:
    """Insert charges and return their sum."""
    rows: list[dict[str, Any]] = [
        {
            "order": order.id,
            "line": _line_id(charge, lines),
            "kind": charge.kind,
            "name": charge.name,
            "quantity": charge.quantity,
            "unit_price": charge.unit_price,
            "amount": _keepable(
                rounded(charge.quantity * charge.unit_price, order.currency), charge.name
            ),
        }
        for charge in charges
    ]
    if rows:
        Charge.insert_many(rows).execute()
    return sum((row["amount"] for row in rows), Decimal(0))


def _line_id(charge: DraftCharge, lines: Mapping[int, OrderLine]) -> int | None:
    return lines[charge.line].id if charge.line is not None and charge.line in lines else None


# ---------------------------------------------------------------- what follows from the lines


def set_totals(order: Order, lines: Iterable[OrderLine], charges: Decimal) -> None:
    """Set the order's sums from its lines that are not cancelled and its charges."""
    alive = [line for line in lines if line.cancelled_at is None]
    order.subtotal = _keepable(sum((ln.line_total for ln in alive), Decimal(0)), "the order")
    order.pieces = sum((line.quantity for line in alive), Decimal(0))
    order.summary = summary(alive)
    total = grand_total(
        order.subtotal,
        discount_percent=order.discount_percent,
        discount_amount=order.discount_amount,
        extras=charges + order.freight_charge + order.tax_amount,
        currency=order.currency,
    )
    order.grand_total = _keepable(total, "the order")


def summary(lines: Iterable[OrderLine]) -> str:
    """What is ordered, in a few words: "Heavy cotton tee, black + 2 more"."""
    names = list(
        dict.fromkeys(
            ", ".join(part for part in (line.description or line.sku, line.color) if part)
            for line in lines
        )
    )
    if not names:
        return ""
    more = f" + {len(names) - 1} more" if len(names) > 1 else ""
    return names[0][: 250 - len(more)] + more


def refresh(order: Order) -> None:
    """Set again what is derived from the order's parts: totals, summary, search words."""
    lines = list(OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.number))
    charges = [row.amount for row in Charge.select(Charge.amount).where(Charge.order == order)]
    places = list(Destination.select().where(Destination.order == order))
    set_totals(order, lines, sum(charges, Decimal(0)))
    text = search_text(order, places, lines)
    if text != order.search_text:
        order.search_text = text


def search_text(
    order: Order, destinations: Iterable[Destination], lines: Iterable[OrderLine]
) -> str:
    """Every word by which somebody may look for the order, each once, plain letters only."""
    texts: list[str] = [order.number, order.po_number, order.customer_name, order.project_name]
    texts += [order.order_contact_name, order.order_contact_email, order.order_contact_phone]
    texts += [order.customer_notes, order.internal_notes]
    texts += _texts(order.extra)
    for place in destinations:
        texts += [place.ship_to_name, place.ship_to_company, place.ship_to_city]
        texts += [place.ship_to_postal, place.ship_to_address1, *_texts(place.extra)]
    for line in lines:
        texts += [line.sku, line.customer_item_number, line.gtin, line.description, line.style]
        texts += [line.color, line.special_instructions, *_texts(line.extra)]
    found = dict.fromkeys(word for text in dict.fromkeys(texts) for word in search_words(text))
    return " ".join(found)[:_LONGEST_SEARCH_TEXT]


def search_words(text: str) -> list[str]:
    """The words of a text as the search knows them: lower case, no accents, letters and digits."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    return re.findall(
        r"\w+", "".join(c for c in plain if not unicodedata.combining(c)).replace("_", " ")
    )


def wanted_pieces(items: Iterable[JobItem]) -> Decimal:
    """Pieces that remain to be made of some items."""
    return sum((i.quantity - i.short - i.cancelled for i in items), Decimal(0))


def _texts(extra: Mapping[str, Any] | None) -> list[str]:
    values = (extra or {}).values()
    return [" ".join(map(str, v)) if isinstance(v, list) else str(v) for v in values if v]
