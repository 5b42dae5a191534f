"""Which currency the number formats of a sheet show ("[$€-407]"), where they show one. Pure."""

import re

from sync.amounts import currency

_FORMAT = re.compile(rb'<(?:\w+:)?numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]{1,200})"')
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb'<(?:\w+:)?xf\b[^>]*?numFmtId="(\d+)"')
_USED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bs="(\d{1,5})"')
_LOCALES = {"409": "USD", "1009": "CAD", "c09": "AUD", "1409": "NZD", "804": "CNY", "411": "JPY"}
_HEAD = 300_000


def currencies(styles: bytes, sheet: bytes) -> frozenset[str]:
    """The currencies that the formats of a sheet's first cells name.

    Args:
        styles: the workbook's styles part.
        sheet: the sheet's part.
    """
    named = {
        int(number): code
        for number, text in _FORMAT.findall(styles)
        if (code := _named(text.decode("utf-8", "replace")))
    }
    block = _STYLES.search(styles) if named else None
    if not block:
        return frozenset()
    by_style = [named.get(int(number), "") for number in _STYLE.findall(block[0])]
    used = {int(style) for style in _USED.findall(sheet[:_HEAD])}
    return frozenset(by_style[at] for at in used if at < len(by_style)) - {""}


def _named(text: str) -> str:
    """The currency of one format code; a bare dollar or yen says it by its country."""
    text = text.replace("&quot;", '"')
    bracket = re.search(r"\[\$([^\]-]*)-?([0-9A-Fa-f]*)\]", text)
    if not bracket:
        return currency(text.replace('"', " "))
    sign, place = bracket.groups()
    return currency(sign) or (_LOCALES.get(place.casefold(), "") if sign.strip() else "")
