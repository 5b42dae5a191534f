"""What stands in a cell and what it means: raw values to the JSON terms of a field, and back.

Pure.  Values are compared typed, never as they are formatted, so a number that somebody wrote as
text, or a date in another look, is no change.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sync.amounts import EXACT
from sync.cells import CellError, clean, parse, show, to_json
from sync.sheets.shapes import Raw
from workflow.fields import Field, Kind

Json = Any

#: What a spreadsheet shows instead of a value.
ERRORS = frozenset(
    {
        "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!",
        "#CALC!", "#GETTING_DATA", "Loading...", "Err:502", "Err:504", "Err:508", "Err:522",
    }
)  # fmt: skip
LONGEST_TEXT = 32_000  # Excel keeps 32,767 characters of a cell, Google 50,000
_ZERO = date(1899, 12, 30)
#: Languages that write 1,234.5; the others write 1.234,5.
_POINT = frozenset(["en", "zh", "ja", "ko", "th", "he", "iw", "hi", "ta", "te", "bn", "ms"])
_MONTH_FIRST = frozenset(("en_US", "en_PH", "en", "fil_PH"))


def decimal_of(locale: str) -> str:
    """The decimal sign people of that locale write."""
    if locale in {"de_CH", "de_LI", "es_MX", "es_US"}:
        return "."
    return "." if locale.replace("-", "_").split("_")[0] in _POINT else ","


def order_of(locale: str) -> str:
    """Whether day or month comes first in 03/04/2026."""
    return "mdy" if locale.replace("-", "_") in _MONTH_FIRST else "dmy"


def empty(field: Field) -> Json:
    """What an empty cell of the field means."""
    return False if field.kind is Kind.YES_NO else None


def read(field: Field, raw: Raw, locale: str = "en_US") -> Json:
    """What a cell says, in JSON terms.

    Raises:
        CellError: an error value, or nothing that belongs into the field.
    """
    if isinstance(raw, str):
        text = clean(raw)
        if not text:
            return empty(field)
        if text in ERRORS:
            raise CellError(f"expected {_wanted(field)}, found the error {text}")
    if isinstance(raw, bool) and field.kind in (Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.LIST):
        raw = "TRUE" if raw else "FALSE"
    value = parse(field, raw, decimal=decimal_of(locale), order=order_of(locale))
    return empty(field) if value is None else to_json(field, value)


def said(field: Field, raw: Raw, locale: str = "en_US") -> Json:
    """What a cell says, or its raw value where that is nothing of the field's."""
    try:
        return read(field, raw, locale)
    except CellError:
        return raw


def to_raw(field: Field, value: Json) -> Raw:
    """What is written into a cell for a value in JSON terms."""
    if value is None or value == []:
        return False if field.kind is Kind.YES_NO else ""
    if field.kind is Kind.DATE:
        return (date.fromisoformat(value) - _ZERO).days
    if field.kind in EXACT:
        return _number(Decimal(str(value)))
    if isinstance(value, list):
        return show(field, value)
    if isinstance(value, bool | int):
        return value
    return str(value)[:LONGEST_TEXT]


def _number(value: Decimal) -> Raw:
    """A number where a spreadsheet can hold it exactly, else its digits as text."""
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else format(value, "f")


def canon(field: Field, value: Json) -> Json:
    """A value of the app as it comes back when it is written into a cell and read again."""
    try:
        return read(field, to_raw(field, value))
    except CellError:
        return value


def words(field: Field, value: Json) -> str:
    """A value in words, for notes and the log; an empty one is named."""
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else text[:119] + "…"


def raw_words(field: Field, raw: Raw) -> str:
    """What stood in a cell, in words: a date's serial number as the day it is."""
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if field.kind is Kind.DATE and number and 1 <= float(raw) < 100_000:
        return (_ZERO + timedelta(days=int(raw))).isoformat()
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return words(field, raw if isinstance(raw, bool) else str(raw))


def _wanted(field: Field) -> str:
    return {"date": "a date", "yes_no": "yes or no"}.get(field.kind.value, "a value")
