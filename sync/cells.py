"""What people type, and what it means: text or cell to a typed value, or a sentence. Pure.

Numbers are exact.  ``decimal`` and ``order`` are what the rest of the file tells about a number
such as 1.200 or a day such as 03/04/2026; without them the ambiguous ones are refused.
``show`` and ``parse`` undo each other, and so do ``to_json`` and ``from_json``.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from sync import days
from sync.amounts import EXACT, Raw, clipped, fitting, plain, refused, repr_of
from sync.amounts import CellError as CellError
from sync.amounts import ambiguous as ambiguous
from sync.amounts import currency as currency
from sync.amounts import currency_of_price as currency_of_price
from sync.amounts import money as money
from sync.amounts import number as number
from sync.amounts import price as price
from sync.amounts import quantity as quantity
from sync.drafts import Value
from workflow.fields import Field, Kind

Json = str | int | bool | list[str] | None

_YES = frozenset(re.findall(r"\S+", "yes y true 1 x on ✓ ✔ ok ja j oui o si s tak t sim"))
_NO = frozenset(re.findall(r"\S+", "no n false 0 off - nein non nie nao nee"))
_EMAIL = re.compile(r"[^@\s<>,;:\"'()]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")

# What the columns of ``models`` hold; everything else is 500 characters at most.
_LENGTHS = {
    "po_number": 80, "order_contact_name": 120, "project_name": 200, "currency": 3,
    "ship_to_name": 120, "ship_to_company": 120, "ship_to_attention": 120,
    "ship_to_address1": 200, "ship_to_address2": 200, "ship_to_address3": 200,
    "ship_to_city": 120, "ship_to_region": 120, "ship_to_postal": 40, "ship_to_country": 60,
    "carrier": 60, "service_level": 60, "sku": 80, "customer_item_number": 80, "gtin": 14,
    "style": 80, "color": 80, "size": 20, "schedule_size": 20, "location": 80, "method": 60,
    "placement_offset": 120, "imprint_text": 255,
}  # fmt: skip
_KIND_LENGTHS = {Kind.LONG: 20_000, Kind.PHONE: 60, Kind.EMAIL: 254}


def day(raw: Raw, *, order: str = "") -> date:
    """Read a day in any usual way of writing; see ``days.day``."""
    return days.day(raw, order=order)


def yes_no(raw: Raw) -> bool:
    """Read yes or no, in a few languages, as a tick or as 1 and 0.

    Raises:
        CellError: neither.
    """
    if isinstance(raw, bool):
        return raw
    word = _folded(str(int(raw) if isinstance(raw, float) and raw in (0, 1) else raw))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise refused("yes or no", raw)


def choice(field: Field, raw: Raw) -> str:
    """Find the choice that was meant, whatever its capitals and punctuation.

    Raises:
        CellError: none of the choices, or several.
    """
    wanted = _squeezed(str(raw))
    exact = [c for c in field.choices if _squeezed(c) == wanted]
    begun = [c for c in field.choices if len(wanted) >= 3 and _squeezed(c).startswith(wanted)]
    for found in (exact, begun):
        if len(found) == 1:
            return found[0]
    raise refused("one of " + ", ".join(field.choices), raw)


def email(raw: Raw) -> str:
    """Read one e-mail address, also out of ``Name <address>``.

    Raises:
        CellError: no address.
    """
    text = str(raw).strip()
    inner = re.search(r"<([^<>]*)>$", text)
    text = (inner[1] if inner else text).removeprefix("mailto:").strip()
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise refused("an e-mail address", raw)
    name, _, host = text.rpartition("@")
    return f"{name}@{host.casefold()}"


def parse(field: Field, raw: Raw, *, decimal: str | None = ".", order: str = "") -> Value:
    """Read what was typed into a field; nothing typed is None.

    Args:
        field: the field of the catalogue it was typed into.
        raw: text, number, date or list.
        decimal: see ``number``; our own screens and exports write the point.
        order: see ``days.day``.

    Raises:
        CellError: it does not belong into that field.
    """
    if isinstance(raw, str):
        raw = clean(raw)
    if raw is None or raw == "" or raw == []:
        return None
    if field.kind in EXACT:
        return _EXACT_READERS[field.kind](raw, decimal)
    if field.kind is Kind.DATE:
        return day(raw, order=order)
    if field.kind is Kind.CHOICE:
        return choice(field, raw)
    return _READERS.get(field.kind, _text)(field, raw)


def show(field: Field, value: Value) -> str:
    """Write a value as forms and exports show it; ``parse`` reads it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value, 2 if field.kind in (Kind.MONEY, Kind.PRICE) else 0)
    if isinstance(value, list):
        if not any("," in item for item in value):
            return ", ".join(value)
        return "; ".join(value) + (";" if len(value) == 1 else "")
    return value.isoformat() if isinstance(value, date) else str(value)


def to_json(field: Field, value: Value) -> Json:
    """Turn a value into what JSON can hold, exactly: decimals as text, days as ISO."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_json(field: Field, raw: object) -> Value:
    """Read a value of the ``extra`` column or of the API back into its type.

    Raises:
        CellError: it is of another type, or does not belong into that field.
    """
    if raw is None:
        return None
    allowed, what = _JSON_TYPES.get(field.kind, ((str,), "a text"))
    if not isinstance(raw, allowed) or (isinstance(raw, bool) and bool not in allowed):
        raise refused(what, raw)
    if isinstance(raw, list) and not all(isinstance(item, str) for item in raw):
        raise refused(what, raw)
    return parse(field, raw)


def safe_cell(text: str) -> str:
    """Write a text so that no spreadsheet runs it as a formula.

    Source: OWASP, CSV injection: a leading ``= + - @`` tab or return starts a formula; a plain
    number may keep its sign.
    """
    if text.lstrip(" \n")[:1] in (
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
    ):
        return text if re.fullmatch(r"[+-]?\d+([.,]\d+)?", text, re.ASCII) else "'" + text
    return text


def longest(field: Field) -> int:
    """How many characters a field takes."""
    return _LENGTHS.get(field.name, _KIND_LENGTHS.get(field.kind, 500))


def clean(text: str) -> str:
    """Drop what cannot be seen or stored, and the space around."""
    return _UNPRINTABLE.sub("", text.replace("\xa0", " ").replace("\r\n", "\n")).strip()


def _percent(raw: Raw, decimal: str | None) -> Decimal:
    bare = raw.rstrip("% ") if isinstance(raw, str) else raw
    value = fitting(Kind.PERCENT, bare, "a percentage", decimal)
    if not 0 <= value <= 100:
        raise CellError(f"expected a percentage from 0 to 100, found '{clipped(raw)}'")
    return value


def _whole(field: Field, raw: Raw) -> Value:
    value = number(raw)
    if value != int(value) or value.adjusted() >= 9:
        raise refused("a whole number", raw)
    return int(value)


def _list(field: Field, raw: Raw) -> Value:
    if isinstance(raw, list):
        items = [clean(str(item)) for item in raw]
    else:
        text = str(raw)
        items = [
            part.strip() for part in re.split(r"[;\n]" if re.search(r"[;\n]", text) else ",", text)
        ]
    kept = [item for item in items if item]
    if len(kept) > 100 or any(len(item) > 200 for item in kept):
        raise CellError(f"expected a list of short texts, found '{clipped(raw)}'")
    return kept or None


def _text(field: Field, raw: Raw) -> Value:
    if isinstance(raw, float | Decimal | int) and not isinstance(raw, bool):
        text = repr_of(raw) if isfinite(raw) else ""
    elif isinstance(raw, datetime | date):
        text = raw.isoformat()[:10]
    else:
        text = clean(str(raw))
    if field.kind is not Kind.LONG:
        text = " ".join(text.split())
    if len(text) > longest(field):
        raise CellError(f"expected at most {longest(field)} characters, found {len(text)}")
    return text or None


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(c for c in bare if not unicodedata.combining(c))


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", _folded(text))


_EXACT_READERS: dict[Kind, Callable[[Raw, str | None], Decimal]] = {
    Kind.NUMBER: lambda raw, decimal: fitting(Kind.NUMBER, raw, "a number", decimal),
    Kind.QUANTITY: lambda raw, decimal: quantity(raw, decimal=decimal),
    Kind.MONEY: lambda raw, decimal: money(raw, decimal=decimal),
    Kind.PRICE: lambda raw, decimal: price(raw, decimal=decimal),
    Kind.PERCENT: _percent,
}
_READERS: dict[Kind, Callable[[Field, Raw], Value]] = {
    Kind.WHOLE: _whole,
    Kind.YES_NO: lambda field, raw: yes_no(raw),
    Kind.EMAIL: lambda field, raw: email(raw),
    Kind.LIST: _list,
}
_NUMBERS = ((str, int, float), "a number")
_JSON_TYPES: dict[Kind, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(EXACT, _NUMBERS),
    Kind.WHOLE: _NUMBERS,
    Kind.YES_NO: ((bool,), "true or false"),
    Kind.LIST: ((list,), "a list of texts"),
    Kind.DATE: ((str,), "a date such as 2026-03-14"),
}
