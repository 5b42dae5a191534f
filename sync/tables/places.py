"""What number formats and addresses tell about money: "$" beside a ZIP code is US. Pure."""

import re

from sync.amounts import currency
from sync.readers.tables import Sheet

_ROWS, _COLUMNS, _MOST_TEXT = 120, 30, 200
_US = re.compile(
    r"\b(?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]"
    r"|UT|V[TA]|W[AVIY]|DC)\.? \d{5}(?:-\d{4})?\b"
)
_CANADA = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b")
_AUSTRALIA = re.compile(r"\b(?:NSW|VIC|QLD|TAS|ACT) \d{4}\b")


_LOCALES = {"409": "USD", "1009": "CAD", "c09": "AUD", "1409": "NZD", "804": "CNY", "411": "JPY"}


def formatted(sheet: Sheet) -> frozenset[str]:
    """The currencies that the number formats of a sheet name, as "[$€-407]" does."""
    return frozenset({_named(text) for text in sheet.formats} - {""})


def _named(text: str) -> str:
    """The currency of one format; a bare dollar or yen says it by its country."""
    bracket = re.search(r"\[\$([^\]-]*)-?([0-9A-Fa-f]*)\]", text)
    if not bracket:
        return currency(text.replace('"', " "))
    sign, place = bracket.groups()
    return currency(sign) or (_LOCALES.get(place.casefold(), "") if sign.strip() else "")


def currencies(sheet: Sheet) -> frozenset[str]:
    """The dollar a sheet means, where it shows a bare one and its addresses are of one country."""
    texts = [
        value[:_MOST_TEXT]
        for row in sheet.rows[:_ROWS]
        for value in row[:_COLUMNS]
        if isinstance(value, str)
    ]
    if not any("$" in text for text in texts):
        return frozenset()
    found = {
        code
        for code, pattern in (("USD", _US), ("CAD", _CANADA), ("AUD", _AUSTRALIA))
        if any(pattern.search(text) for text in texts)
    }
    return frozenset(found) if len(found) == 1 else frozenset()
