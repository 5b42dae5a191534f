"""Values as JSON Schema: the catalogue's fields by their kind, and what stands beside them. Pure.

Decimals travel as text ("6.50"), so that no program on the way rounds them; whole numbers may be
sent as numbers.  What the patterns say is what reading accepts.
"""

from collections.abc import Iterable
from typing import Any

from sync.amounts import CURRENCIES
from sync.cells import longest
from workflow.fields import Catalogue, Field, Kind, Level, tells_money

Schema = dict[str, Any]

LARGEST_ID = 2_147_483_647
#: At least one character that can be seen.
VISIBLE = (
    r"[^\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff0-\uffff]"
)
_YEARS = r"(199[0-9]|20[0-9]{2})"
_LEAP = r"(199[26]|20([02468][048]|[13579][26]))"
_DAY_PATTERN = (
    rf"^({_YEARS}-(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))|((0[469]|11)-(0[1-9]|[12][0-9]|30))"
    rf"|(02-(0[1-9]|1[0-9]|2[0-8])))|{_LEAP}-02-29)$"
)
_EMAIL_PATTERN = (
    r"^[A-Za-z0-9!#$%&*+/=?^_{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,2}$"
)


def _exact(pattern: str, least: int, most: int, example: str) -> Schema:
    limits = {"minimum": least, "maximum": most}
    return {"type": ["string", "integer"], "pattern": pattern, **limits, "examples": [example]}


#: Pieces and prices of one line: their product must fit the column of a total.
QUANTITY = _exact(
    r"^([1-9][0-9]{0,6}(\.[0-9]{1,3})?|0\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9]))$",
    1, 9_999_999, "48",
)  # fmt: skip
COUNT = _exact(r"^[0-9]{1,7}(\.[0-9]{1,3})?$", 0, 9_999_999, "48")
PRICE = _exact(r"^[0-9]{1,7}(\.[0-9]{1,6})?$", 0, 9_999_999, "6.50")
MONEY = _exact(r"^[0-9]{1,9}(\.[0-9]{1,4})?$", 0, 999_999_999, "120.00")
PERCENT = _exact(r"^(100|[0-9]{1,2}(\.[0-9]{1,3})?)$", 0, 100, "12.5")
_NUMBER = _exact(r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$", -999_999_999, 999_999_999, "12.5")
_MEASURE = _exact(r"^-?[0-9]{1,9}(\.[0-9]{1,3})?$", -999_999_999, 999_999_999, "12.5")
_WHOLE: Schema = {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999}
DAY: Schema = {
    "type": "string",
    "format": "date",
    "pattern": _DAY_PATTERN,
    "examples": ["2026-12-24"],
}
EMAIL: Schema = {
    "type": "string",
    "maxLength": 254,
    "pattern": _EMAIL_PATTERN,
    "examples": ["dana@riverside.example"],
}
_LIST: Schema = {
    "type": "array",
    "maxItems": 100,
    "items": {"type": "string", "maxLength": 200},
}
_SENT: dict[Kind, Schema] = {
    Kind.NUMBER: _NUMBER,
    Kind.QUANTITY: QUANTITY,
    Kind.MONEY: MONEY,
    Kind.PRICE: PRICE,
    Kind.PERCENT: PERCENT,
    Kind.WHOLE: _WHOLE,
    Kind.DATE: DAY,
    Kind.YES_NO: {"type": "boolean"},
    Kind.EMAIL: EMAIL,
    Kind.LIST: _LIST,
}

# What answers are made of.
WORD: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
_ANSWERED: dict[Kind, Schema] = {
    **dict.fromkeys((Kind.NUMBER, Kind.QUANTITY, Kind.MONEY, Kind.PRICE, Kind.PERCENT), DECIMAL),
    Kind.WHOLE: WHOLE,
    Kind.DATE: DATE,
    Kind.YES_NO: FLAG,
    Kind.LIST: {"type": "array", "items": WORD},
}

ID: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
VERSION: Schema = ID | {
    "description": "The version you saw; when somebody changed it since, nothing is done."
}
CURRENCY: Schema = {"type": "string", "enum": sorted(CURRENCIES)}
MONEY_WORDS = "Left out for those who may not see money."
#: What stands beside the fields in the same object; a shop's own field of that name gets a "_".
RESERVED = frozenset(
    {
        "account_manager", "acknowledged_at", "active", "addresses", "address", "artwork_state",
        "cancel_reason", "cancelled_at", "charges", "closed_at", "code", "contacts", "created_at",
        "created_by", "credit_blocked", "credit_limit", "credit_status", "currency", "customer",
        "customer_name", "decorations", "defaults", "deposit_percent", "destination",
        "destinations", "due_date", "duplicate_po", "email", "exemption_expiry",
        "exemption_number", "firm", "fulfillment_type", "grand_total", "group", "holds", "id",
        "incoming", "instructions", "items", "jobs", "language", "line_total", "lines", "name",
        "notes_read_at", "number", "on_hold", "open_receivables", "order", "overdue_amount",
        "payment_terms", "phone", "pieces", "position", "price_list", "problems", "product",
        "reason", "reasons", "received_at", "released_at", "released_by", "revision", "sales_rep",
        "schedule", "send_messages", "shipments", "sizes", "sources", "stage", "subtotal",
        "summary", "tasks", "tax_category", "tax_exempt", "tax_id", "tax_jurisdiction",
        "touchless", "updated_at", "version", "waiting",
    }
)  # fmt: skip


# ---------------------------------------------------------------- the catalogue's fields


def api_name(field: Field) -> str:
    """How a field is called in the API: its name; a shop's own may have to step aside."""
    return f"{field.name}_" if field.custom and field.name in RESERVED else field.name


def fields_of(catalogue: Catalogue, level: Level, *, with_money: bool = True) -> dict[str, Field]:
    """The fields of a level by their names in the API."""
    return {
        api_name(field): field
        for field in catalogue.of(level)
        if with_money or not tells_money(field)
    }


def sent(field: Field) -> Schema:
    """What may be sent for a field; null empties it."""
    return maybe(_base(field)) | _words(field)


def answered(field: Field) -> Schema:
    """What a field is answered with; decimals are text, an empty field is left out."""
    # A choice may have been taken off since: any text.
    return _ANSWERED.get(field.kind, WORD) | _words(field)


def _base(field: Field) -> Schema:
    if field.name == "currency":
        return CURRENCY
    if field.kind is Kind.CHOICE:
        return {"type": "string", "enum": list(field.choices)}
    if field.kind is Kind.NUMBER and field.column:
        return _MEASURE
    return _SENT.get(field.kind) or {"type": "string", "maxLength": longest(field)}


def _words(field: Field) -> Schema:
    money = MONEY_WORDS if tells_money(field) else ""
    words = " ".join(part for part in (f"{field.label}.", field.help, money) if part)
    return {"description": words} | ({"x-custom": True} if field.custom else {})


# ---------------------------------------------------------------- shapes


def text(most: int, about: str = "", *, visible: bool = False) -> Schema:
    """A text of so many characters at most; a ``visible`` one may not be blank."""
    schema: Schema = {"type": "string", "maxLength": most}
    schema |= {"pattern": VISIBLE} if visible else {}
    return schema | ({"description": about} if about else {})


def one_of(words: Iterable[object], about: str = "") -> Schema:
    """One word of a few."""
    schema = {"type": "string", "enum": [str(word) for word in words]}
    return schema | ({"description": about} if about else {})


def shape(properties: dict[str, Schema], *required: str, closed: bool = True) -> Schema:
    """An object; ``closed`` refuses names it does not know."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return schema | ({"additionalProperties": False} if closed else {})


def open_shape(properties: dict[str, Schema], *required: str) -> Schema:
    """An answer: more may be added to it any time."""
    return shape(properties, *required, closed=False)


def listed(items: Schema, most: int, *, least: int = 0) -> Schema:
    """A list of so many things at most."""
    schema: Schema = {"type": "array", "items": items, "maxItems": most}
    return schema | ({"minItems": least} if least else {})


def many(items: Schema) -> Schema:
    """A list in an answer."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    kind = schema.get("type")
    if kind is None:
        return {"anyOf": [schema, {"type": "null"}]}
    found = schema | {"type": [*kind, "null"] if isinstance(kind, list) else [kind, "null"]}
    return found | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def ref(name: str) -> Schema:
    """A schema of the components, by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def page(name: str) -> Schema:
    """A page of a list, with where the next one begins."""
    about = "Send it as `cursor` for the next page; null: this was the last."
    cursor = maybe(WORD) | {"description": about}
    return open_shape({"items": many(ref(name)), "next_cursor": cursor}, "items", "next_cursor")
