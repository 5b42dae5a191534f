"""Tables with a column of pieces for every store the goods go to, and for its own order. Pure."""

import re

from sync.readers.headings import Words
from sync.readers.tables import Sheet
from sync.tables import contents
from sync.tables.columns import Column, Mapping
from sync.tables.heads import IDENTITY, across

_ROWS_ABOVE, _SAMPLE, _FEWEST = 4, 30, 2
_LONGEST_PLACE, _SURE = 80, 0.8
_PARTED = re.compile(r"\s*[:\uff1a]\s*|\s+(?=[\d#])|\s+")
_FREE = frozenset({"quantity", "ship_to_name"})


def found(columns: list[Column], sheet: Sheet, top: int, bottom: int, words: Words) -> list[Column]:
    """The columns with one more for every store named above its pieces; as given where none is."""
    if any(column.level in ("size", "date", "week", "part", "pair") for column in columns):
        return columns
    if not any(column.level == "line" and column.field in IDENTITY for column in columns):
        return columns
    taken = {column.index for column in columns if column.field not in _FREE}
    places = next(
        (
            named
            for row in range(bottom, max(top - 1 - _ROWS_ABOVE, -1), -1)
            if (named := _places(sheet, row, taken, words))
        ),
        {},
    )
    counted = {at for at in places if _is_counted(sheet, at, bottom)}
    if len(counted) < _FEWEST or not taken or min(counted) < min(taken):
        return columns
    numbers = _numbers(sheet, range(max(top - _ROWS_ABOVE, 0), bottom + 1), words)
    kept = [c for c in columns if c.index not in counted and c.field != "ship_to_name"]
    kept += [
        Column(at, places[at], "place", "quantity", places[at], _SURE, number=numbers.get(at, ""))
        for at in sorted(counted)
    ]
    return sorted(kept, key=lambda column: column.index)


def _places(sheet: Sheet, row: int, taken: set[int], words: Words) -> dict[int, str]:
    """The stores a row names: each by a word for store, or all by one at the row's left."""
    texts = {at: text for at, text in across(sheet, row).items() if len(text) <= _LONGEST_PLACE}
    said = {at: name for at, text in texts.items() if (name := _said_place(text, words))}
    found = {at: name for at, name in said.items() if name and at not in taken}
    if len(found) < _FEWEST:
        label = next((at for at, text in sorted(texts.items()) if _is_place(text, words)), None)
        if label is None:
            return {}
        found = {
            at: text
            for at, text in texts.items()
            if at > label and at not in taken and not words.is_total(text)
            and words.column(text) is None
        }  # fmt: skip
    return found if len(set(found.values())) == len(found) >= _FEWEST else {}


def _is_place(text: str, words: Words) -> bool:
    """Whether a text says store, branch or ship to, and nothing else."""
    label = text.rstrip(": \uff1a")
    column, labelled = words.column(label), words.label(label)
    return bool(
        (column and column.sure and column.field in ("store", "ship_to_name"))
        or (labelled and labelled.sure and labelled.field == "ship_to")
    )


def _said_place(text: str, words: Words) -> str:
    """The store that a heading names with the word for it: "Ship to: Reno", "Store 12"."""
    for match in _PARTED.finditer(text):
        if _is_place(text[: match.start()], words) and text[match.end() :].strip():
            alone = text[match.end() :].strip()
            return alone if ":" in match[0] else text.strip()
    return ""


def _is_counted(sheet: Sheet, at: int, bottom: int) -> bool:
    """Whether pieces stand in a column, and nothing else."""
    rows = range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows)))
    filled = [value for row in rows if (value := sheet.value(row, at)) not in (None, "", "-")]
    return bool(filled) and all(contents.figure(value) is not None for value in filled)


def _numbers(sheet: Sheet, rows: range, words: Words) -> dict[int, str]:
    """The order number of each store, where a row of them stands among the headings."""
    for row in rows:
        texts = across(sheet, row)
        for at, text in sorted(texts.items()):
            hit = words.label(text.rstrip(": \uff1a"))
            if hit and hit.sure and hit.field == "po_number":
                found = {i: t for i, t in texts.items() if i > at and re.search(r"\d", t)}
                if len(set(found.values())) == len(found) >= _FEWEST:
                    return found
    return {}


def first_row(plan: Mapping, sheet: Sheet) -> int:
    """The first row of a table's headings, those that name its stores and their orders included."""
    named = [(column.index, column.part, column.number) for column in plan.of("place")]
    above = (
        row
        for row in range(max(plan.top - _ROWS_ABOVE, 0), plan.top)
        for at, part, number in named
        if (text := sheet.text(row, at)) and (text.endswith(part) or text == number)
    )
    return min(above, default=plan.top)
