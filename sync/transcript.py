"""What was read from a file, as plain data: one entry per piece and size, for programs. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sync.drafts import DraftLine, Evidence, OrderDraft, Problem, Value, Values

Plain = str | int | float | None | list["Plain"] | dict[str, "Plain"]
_SHIP_TO = "ship_to_"
_CODES = ("sku", "customer_item_number", "gtin")
_TEXTS = ("description", "style")


def of_file(file: str, drafts: Sequence[OrderDraft], problems: Sequence[Problem]) -> Plain:
    """What one file holds: its drafts, and everything that is unclear with its address.

    Args:
        file: how the caller names the file.
        drafts: the orders in it.
        problems: what stopped the reading, where nothing was read.
    """
    unclear = [*problems, *(problem for draft in drafts for problem in draft.problems)]
    return {
        "file": file,
        "drafts": [_draft(draft) for draft in drafts],
        "problems": [
            {"address": p.address, "field": p.field, "message": p.message, "found": p.found}
            for p in unclear
        ],
    }


def _draft(draft: OrderDraft) -> Plain:
    due = draft.values.get("in_hands_date") or draft.values.get("requested_ship_date")
    return {
        "po_number": draft.po_number or None,
        "order_date": _plain(draft.values.get("order_date") or draft.values.get("po_date")),
        "customer": draft.customer or None,
        "ship_to": _party(draft.destinations[0]) if draft.destinations else None,
        "currency": _plain(draft.values.get("currency")),
        "lines": [entry for line in draft.lines for entry in _lines(line, due)],
        "evidence": {name: _evidence(found) for name, found in draft.found_at.items()},
    }


def _party(destination: Values) -> Plain:
    found = {
        name.removeprefix(_SHIP_TO): _plain(value)
        for name, value in destination.items()
        if name.startswith(_SHIP_TO)
    }
    return found or None


def _lines(line: DraftLine, due: Value) -> Iterator[Plain]:
    """One entry per size of a line, one per delivery, else one."""
    values, proof = line.values, line.found_at
    size = _plain(values.get("size"))
    entry: dict[str, Plain] = {
        "row": _row(line.address),
        "address": line.address,
        "sku": _first(values, _CODES),
        "description": _first(values, _TEXTS),
        "size": size,
        "color": _plain(values.get("color")),
        "quantity": _plain(line.quantity),
        "unit_price": _plain(values.get("unit_price")),
        "requested_date": _plain(due),
        "evidence": {name: _evidence(proof[name]) for name in proof},
    }
    if line.sizes:
        for name, quantity in line.sizes:
            yield {**entry, "size": name, "quantity": _plain(quantity)}
    elif line.schedule:
        for delivery in line.schedule:
            day, amount = _plain(delivery.date), _plain(delivery.quantity)
            sized = delivery.size or size
            yield {**entry, "size": sized, "quantity": amount, "requested_date": day}
    else:
        yield entry


def _first(values: Mapping[str, Value], names: Sequence[str]) -> Plain:
    return next((_plain(values[name]) for name in names if values.get(name)), None)


def _evidence(found: Evidence) -> Plain:
    return {
        "address": found.address,
        "found": found.found,
        "why": found.why,
        "sure": found.sure,
    }


def _row(address: str) -> int | None:
    digits = address[len(address.rstrip("0123456789")) :]
    return int(digits) if digits else None


def _plain(value: Value) -> Plain:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return list(value)
    return value or None
