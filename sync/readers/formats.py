"""Which number formats the cells of a sheet have; they may show a currency. Pure."""

import re

_FORMAT = re.compile(rb'<(?:\w+:)?numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]{1,200})"')
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb'<(?:\w+:)?xf\b[^>]*?numFmtId="(\d+)"')
_USED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bs="(\d{1,5})"')
_HEAD = 300_000
_MOST = 100


def used(styles: bytes, sheet: bytes) -> frozenset[str]:
    """The formats of a sheet's first cells, as the workbook writes them.

    Args:
        styles: the workbook's styles part.
        sheet: the sheet's part.
    """
    named = {
        int(number): text.decode("utf-8", "replace").replace("&quot;", '"')
        for number, text in _FORMAT.findall(styles)
    }
    block = _STYLES.search(styles) if named else None
    if not block:
        return frozenset()
    by_style = [named.get(int(number), "") for number in _STYLE.findall(block[0])]
    styled = {int(style) for style in _USED.findall(sheet[:_HEAD])}
    found = {by_style[at] for at in styled if at < len(by_style)} - {""}
    return frozenset(sorted(found)[:_MOST])
