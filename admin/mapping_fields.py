"""What a column or a cell can be said to mean: the choices, their words, their colours. Pure."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sync.readers import headings
from sync.tables.layouts import CUSTOMER, IGNORE, Use
from workflow.fields import Catalogue, Field, Kind, Level, tells_money

_ROLES = {
    "item": "Item or description",
    "line_total": "Line total (only checked)",
    "due_date": "In-hands date of the line",
    "ship_date": "Ship date of the line",
    "po_number": "PO number of the row's order",
    "order_date": "Order date",
}
_NAMES = {
    CUSTOMER: "Customer",
    "ship_to": "Ship-to address, all lines",
    "bill_to": "Bill-to address, all lines",
}
_ITEMS = frozenset(
    {
        "sku", "item", "description", "style", "color", "size", "gtin", "customer_item_number",
        "supplier_sku",
    }
)  # fmt: skip
_GROUPS = {
    Level.LINE: "Line", Level.ORDER: "Order", Level.DESTINATION: "Ship to",
    Level.DECORATION: "Decoration",
}  # fmt: skip
DECORATIONS = ("1", "2", "3")
#: Kinds of meanings: what is coloured in one colour, and said in these words.
KINDS = {
    "item": "Item",
    "amount": "Quantity",
    "money": "Price",
    "day": "Date",
    "art": "Decoration",
    "order": "Order or address",
    "other": "Other field",
}


@dataclass(frozen=True)
class Meaning:
    """One choice: its value, its words, what else finds it."""

    value: str
    label: str
    group: str
    words: str = ""
    kind: str = "other"


def for_column(catalogue: Catalogue, *, money: bool) -> list[Meaning]:
    """Everything a column of the table can mean."""
    found = [
        Meaning("size:size", "A size of a matrix", "Line", "size matrix S M L XL", "amount"),
        Meaning("date:date", "A delivery date", "Line", "date column schedule day", "day"),
    ]
    everyday = [*_of(catalogue, Level.LINE, money=money), *_roles()]
    everyday.sort(key=lambda meaning: not _is_everyday(catalogue, meaning))
    found[:0] = everyday
    for part in DECORATIONS:
        found += [_numbered(m, part) for m in _of(catalogue, Level.DECORATION, money=money)]
    return [
        *found,
        *_of(catalogue, Level.ORDER, money=money),
        *_of(catalogue, Level.DESTINATION, money=money),
    ]


def for_cell(catalogue: Catalogue, *, money: bool) -> list[Meaning]:
    """Everything a cell outside the table can mean."""
    names = [
        Meaning(f"order:{name}", label, "Order", _words("order", name), "order")
        for name, label in _NAMES.items()
    ]
    order = _of(catalogue, Level.ORDER, money=money)
    order.sort(key=lambda meaning: not _is_everyday(catalogue, meaning))
    return [*order[:6], *names, *order[6:], *_of(catalogue, Level.DESTINATION, money=money)]


def for_constant(catalogue: Catalogue, *, money: bool) -> list[Meaning]:
    """Everything that can be the same for all orders or lines of such files."""
    levels = (Level.DESTINATION, Level.ORDER, Level.LINE)
    found = [m for level in levels for m in _of(catalogue, level, money=money)]
    return [m for m in found if m.value != "line:quantity"]


def use_of(value: str, steps: tuple[Any, ...] = ()) -> Use:
    """The meaning that a choice's value stands for; ``decoration:method:2`` is the second one's."""
    level, _, rest = value.partition(":")
    name, _, part = rest.partition(":")
    return Use(level, name, part, steps)


def value_of(use: Use) -> str:
    """The choice a meaning is, as ``use_of`` reads it."""
    if use.level == "decoration":
        return f"{use.level}:{use.field}:{use.part or '1'}"
    return f"{use.level}:{use.field or use.level}"


def label_of(use: Use, catalogue: Catalogue) -> str:
    """What a meaning is called."""
    if use.level == IGNORE:
        return "Not ours"
    if use.level == "size":
        return f"Size {use.part}"
    if use.level == "date":
        return f"Delivery {use.part}"
    if use.level == "line" and use.field in _ROLES:
        return _ROLES[use.field]
    if use.field in _NAMES:
        return _NAMES[use.field]
    known = catalogue.get(Level(use.level), use.field)
    label = known.label if known is not None else f"{use.field} (no field any more)"
    if use.level == "decoration":
        return f"Decoration {use.part or '1'}: {label}"
    return label


def kind_of(use: Use, catalogue: Catalogue) -> str:
    """The kind of a meaning, one of ``KINDS``."""
    if use.level in ("size", "date"):
        return "amount" if use.level == "size" else "day"
    if use.level == "decoration":
        return "art"
    if use.level in ("order", "destination"):
        return "order"
    if use.field in _ITEMS:
        return "item"
    known = catalogue.get(Level.LINE, use.field)
    return _line_kind(use.field, known)


def _line_kind(name: str, known: Field | None) -> str:
    if name in ("quantity", "uom"):
        return "amount"
    if name == "line_total" or (known is not None and tells_money(known)):
        return "money"
    if name in _ROLES or (known is not None and known.kind is Kind.DATE):
        return "order" if name == "po_number" else "day"
    return "other"


# ---------------------------------------------------------------- the choices


def _of(catalogue: Catalogue, level: Level, *, money: bool) -> list[Meaning]:
    return [
        Meaning(
            f"{level.value}:{field.name}",
            field.label,
            f"{_GROUPS[level]}: {field.tab}" if level is Level.ORDER else _GROUPS[level],
            _words(level.value, field.name),
            kind_of(Use(level.value, field.name), catalogue),
        )
        for field in catalogue.of(level)
        if money or not tells_money(field)
    ]


def _roles() -> Iterator[Meaning]:
    for name, label in _ROLES.items():
        yield Meaning(f"line:{name}", label, "Line", _words("line", name), _line_kind(name, None))


def _numbered(meaning: Meaning, part: str) -> Meaning:
    return Meaning(
        f"{meaning.value}:{part}",
        f"{meaning.label} (decoration {part})",
        "Decoration",
        meaning.words,
        "art",
    )


def _is_everyday(catalogue: Catalogue, meaning: Meaning) -> bool:
    level, name = meaning.value.split(":")[:2]
    known = catalogue.get(Level(level), name)
    return name in _ROLES or (known is not None and (known.everyday or known.custom))


def _words(level: str, name: str) -> str:
    """What customers call a field in any language, so that typing "Menge" finds the quantity."""
    section = "line" if level == "line" else "decoration" if level == "decoration" else "order"
    by_language = _heading_words().get(section, {}).get(name, {})
    said = [word for words in by_language.values() for p in words for word in _split(str(p))]
    return " ".join(dict.fromkeys([*name.split("_"), *said]))


def _split(phrase: str) -> list[str]:
    return phrase.removeprefix("=").split()


@lru_cache(maxsize=1)
def _heading_words() -> dict[str, Any]:
    path = Path(str(headings.__file__)).with_name("headings.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
