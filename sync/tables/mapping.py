"""Which column of a table holds which field: suggested from its headings, or saved for a partner.

``suggest`` finds the next table of a sheet, ``place`` finds a saved mapping's headings again where
columns were moved, and ``lines.apply`` reads the rows either way.  Pure.
"""

import re
from dataclasses import replace
from itertools import islice

from sync import cells, days
from sync.drafts import Values
from sync.readers import headings
from sync.readers.headings import Words
from sync.readers.tables import Sheet
from sync.tables import pairs, people, storecolumns
from sync.tables.columns import Column as Column
from sync.tables.columns import Mapping as Mapping
from sync.tables.heads import IDENTITY as _IDENTITY
from sync.tables.heads import are_words, continues, heading_texts
from sync.tables.heads import columns_at as columns_at
from sync.tables.heads import is_table as is_table
from sync.tables.settling import completed, counted_right, discounted, settled, shifted
from sync.tables.settling import without_headings as without_headings

DEEPEST = 3000
_WIDEST, _MOST_LOOKED_AT = 300, 300_000  # columns, and cells of one sheet, that can be headings
# What a column can hold besides the catalogue's own names: "item" is a code or a description,
# "line_total" only checks the reading, the others belong to the delivery or to the order.
ROLES = (
    "item", "line_total", "due_date", "ship_date", "po_number", "order_date", "price_per",
    "currency", "ratio",
)  # fmt: skip
_TWO = 2
_HINT_ROWS, _HINT_TEXT, _MOST_HINTS = 300, 40, 5000
_COMMA_LANGUAGES = frozenset(
    {"de", "fr", "es", "it", "nl", "pl", "pt", "hu", "ru", "vi", "id", "tr", "ro", "cs", "sv", "da"}
)
_BRITISH = frozenset({"gst", "cgst", "sgst", "igst", "gstin", "abn", "rs"})
_AMERICAN = frozenset({"zip", "zipcode", "ein", "usps"})
_COMMA = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:[. ]?\d{3})*,\d{1,2}|\d{1,3}(?:\.\d{3}){2,})(?![\d.,])"
)
_POINT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,?\d{3})*\.\d{1,2}|\d{1,3}(?:,\d{3})+)(?![\d.,])")


def suggest(sheet: Sheet, words: Words, start: int = 0) -> Mapping | None:
    """Find the next table at or below a row, and say what its columns hold.

    Headings that stand deeper than ``DEEPEST`` rows below ``start`` are not looked for.
    """
    looked = 0
    for row in range(start, min(start + DEEPEST, len(sheet.rows))):
        looked += min(len(sheet.rows[row]), _WIDEST)
        if looked > _MOST_LOOKED_AT:
            return None
        if sum(value is not None for value in sheet.rows[row]) < 2:
            continue
        columns, bottom = _headings_at(sheet, row, words)
        if columns:
            columns = storecolumns.found(columns, sheet, row, bottom, words)
        if not is_table(columns):
            columns = completed(columns, sheet, bottom, words)
        if is_table(columns):
            return _planned(row, bottom, columns, sheet, words)
    return None


def _headings_at(sheet: Sheet, row: int, words: Words) -> tuple[list[Column], int]:
    """What a row says as headings, alone or with the one below it, and which of them is last."""
    columns, bottom = columns_at(sheet, row, row, words), row
    colors = any(isinstance(v, str) and words.is_color(v) for v in sheet.rows[row][:_WIDEST])
    if (columns or colors) and are_words(sheet, row) and continues(sheet, row + 1, words):
        both = columns_at(sheet, row, row + 1, words)
        single = max(len(columns), len(columns_at(sheet, row + 1, row + 1, words)))
        colored = any(column.color and column.part for column in both)
        if len(both) > single or (colored and len(both) == single):
            columns, bottom = both, row + 1
    return columns, bottom


def place(mapping: Mapping, sheet: Sheet) -> Mapping | None:
    """Find a saved mapping's headings in a sheet, also where columns were moved.

    Returns:
        The mapping with this sheet's rows and columns, or None where more than one heading in
        five is missing.
    """
    wanted = {headings.fold(column.heading): column for column in mapping.columns}
    for row in range(min(len(sheet.rows), 200)):
        texts = heading_texts(sheet, row, row + mapping.bottom - mapping.top)
        found = {headings.fold(text): index for index, both in texts.items() for text in both}
        here = [replace(c, index=found[name]) for name, c in wanted.items() if name in found]
        if here and len(here) * 5 >= len(wanted) * 4:
            bottom = row + mapping.bottom - mapping.top
            return replace(mapping, top=row, bottom=bottom, columns=tuple(here))
    return None


def _planned(top: int, bottom: int, columns: list[Column], sheet: Sheet, words: Words) -> Mapping:
    columns = shifted(columns, sheet, bottom)
    found = settled(counted_right(columns, sheet, bottom, words), sheet, bottom)
    numbering = [c for c in found if c.field == "customer_line_number" and c not in columns]
    if numbering:  # SAP: "Item" counts the lines, and "Material" is the article
        counting = {column.index for column in numbering}
        others = shifted(columns_at(sheet, top, bottom, words, counting), sheet, bottom)
        others = settled(counted_right(others, sheet, bottom, words), sheet, bottom)
        if len(others) + len(numbering) > len(found):
            found = sorted([*numbering, *others], key=lambda column: column.index)
    found = discounted(found, sheet, bottom)
    found = pairs.found(found, heading_texts(sheet, top, bottom), words)
    named = {cells.currency(low) for low, _ in heading_texts(sheet, top, bottom).values()}
    currency = min(named - {""}, default="")
    currency = currency or ("HUF" if any("(ft)" in c.heading.casefold() for c in found) else "")
    found, goods = people.found(found)
    constants = {**_basis(found), **({"description": goods} if goods else {})}
    return Mapping(top, bottom, tuple(found), currency=currency, constants=constants)


def hints(sheet: Sheet, words: Words) -> tuple[str | None, str]:
    """The decimal sign ("." or ",") and the order of days a sheet writes, as far as it tells."""
    found = (
        value
        for row in sheet.rows[:_HINT_ROWS]
        for value in row[:_WIDEST]
        if isinstance(value, str) and len(value) <= _HINT_TEXT
    )
    texts = list(islice(found, _MOST_HINTS))
    commas = sum(bool(_COMMA.search(text)) for text in texts)
    points = sum(bool(_POINT.search(text)) for text in texts)
    language = _language(texts[:_HINT_ROWS], words)
    decimal = None
    if commas != points:
        decimal = "," if commas > points else "."
    elif language in _COMMA_LANGUAGES:
        decimal = ","
    return decimal, days.order_of(texts) or (_english(texts) if language == "en" else "dmy")


def _english(texts: list[str]) -> str:
    """The order of days in English, where spelling or taxes tell the country, else nothing."""
    words = {word for text in texts for word in headings.fold(text).split()}
    signs = {sign for text in texts for sign in "£₹" if sign in text}
    british, american = bool(words & _BRITISH or signs), bool(words & _AMERICAN)
    return "" if british == american else "dmy" if british else "mdy"


def _language(texts: list[str], words: Words) -> str:
    """The language most of a sheet's headings and labels are written in."""
    count: dict[str, int] = {}
    for text in texts:
        hit = words.column(text) or words.label(text.rstrip(": "))
        for language in hit.languages if hit and hit.sure else ():
            count[language] = count.get(language, 0) + 1
    return max(count, key=lambda name: (count[name], name == "en"), default="en")


def _basis(columns: list[Column]) -> Values:
    """The quantity a price is for, where its heading says so."""
    for column in columns:
        match = re.search(r"(?:per|pro|/|je)\s*(1000|100|[cm])\b", column.heading.casefold())
        if column.field == "unit_price" and match:
            return {"price_basis": "hundred" if match[1] in ("100", "c") else "thousand"}
    return {}


def halves(sheet: Sheet, plan: Mapping, words: Words) -> list[tuple[int, int]]:
    """The column ranges of tables that stand side by side under the same headings, two or more."""
    texts = {
        index: headings.fold(low)
        for index, (low, _) in heading_texts(sheet, plan.top, plan.bottom).items()
    }
    counted = plan.column("quantity")
    if counted is None or not texts.get(counted.index):
        return []
    named = next((c for c in plan.columns if c.field in _IDENTITY and texts.get(c.index)), None)
    starts = [i for i, text in texts.items() if named and text == texts[named.index]]
    if len(starts) < _TWO:
        return []
    first = min(
        i for i, text in texts.items() if sum(t == text for t in texts.values()) == len(starts)
    )
    starts = [i for i, text in texts.items() if text == texts[first]]
    parts = list(zip(starts, [*starts[1:], max(texts) + 1], strict=True))
    return parts if all(_counts(texts, part, words) for part in parts) else []


def _counts(texts: dict[int, str], part: tuple[int, int], words: Words) -> bool:
    """Whether one of the headings of some columns says pieces."""
    heads = (words.column(text) for at, text in texts.items() if at in range(*part))
    return any(hit is not None and hit.field == "quantity" for hit in heads)
