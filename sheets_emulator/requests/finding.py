"""``findReplace``: texts found and replaced, with the counts Google gives."""

import re
from typing import Any

from sheets_emulator.a1 import Box
from sheets_emulator.answers import invalid
from sheets_emulator.cells import Cell
from sheets_emulator.requests.batch import Batch, handles
from sheets_emulator.requests.filling import typed_in
from sheets_emulator.shown import text_of
from sheets_emulator.workbook import Sheet

Json = dict[str, Any]


@handles("findReplace")
def find_replace(batch: Batch, arguments: Json) -> Json:
    """Replace texts in a range, a tab or everywhere; counts of zero are left out."""
    pattern, replacement = _pattern(arguments), arguments.get("replacement", "")
    if not arguments.get("searchByRegex"):
        replacement = replacement.replace("\\", "\\\\")
    else:
        replacement = re.sub(r"\$(\d)", r"\\\1", replacement)
    counts = dict.fromkeys(
        ("valuesChanged", "formulasChanged", "rowsChanged", "sheetsChanged", "occurrencesChanged"),
        0,
    )
    for sheet, box in _where(batch, arguments):
        rows = _in_sheet(batch, sheet, box, (pattern, replacement, arguments), counts)
        counts["rowsChanged"] += rows
        counts["sheetsChanged"] += rows > 0
    return {name: count for name, count in counts.items() if count}


def _pattern(arguments: Json) -> "re.Pattern[str]":
    find = arguments.get("find", "")
    if not find:
        raise invalid("find must not be empty.")
    source = find if arguments.get("searchByRegex") else re.escape(find)
    if arguments.get("matchEntireCell"):
        source = rf"^(?:{source})\Z"
    try:
        return re.compile(source, 0 if arguments.get("matchCase") else re.IGNORECASE)
    except re.error:
        raise invalid(f"Invalid regular expression: {find}") from None


def _where(batch: Batch, arguments: Json) -> list[tuple[Sheet, Box]]:
    if "range" in arguments:
        return [batch.grid(arguments["range"])]
    if arguments.get("allSheets"):
        return [(sheet, sheet.box) for sheet in batch.book.sheets]
    if "sheetId" not in arguments:
        raise invalid("Exactly one of range, sheetId and allSheets must be set.")
    sheet = batch.book.sheet(arguments["sheetId"])
    return [(sheet, sheet.box)]


def _in_sheet(
    batch: Batch,
    sheet: Sheet,
    box: Box,
    how: tuple["re.Pattern[str]", str, Json],
    counts: dict[str, int],
) -> int:
    rows = 0
    for n in range(box.top, min(box.bottom, sheet.used)):
        changed: dict[int, Cell] = {}
        for column, cell in sheet.rows[n].items():
            if box.left <= column < box.right:
                new = _in_cell(batch, cell, how, counts)
                if new is not None:
                    changed[column] = new
        if changed:
            sheet.put(n, changed)
            rows += 1
    return rows


def _in_cell(
    batch: Batch, cell: Cell, how: tuple["re.Pattern[str]", str, Json], counts: dict[str, int]
) -> Cell | None:
    pattern, replacement, arguments = how
    if cell.formula is not None and not arguments.get("includeFormulas"):
        return None
    text = cell.formula or text_of(cell.value, cell.format, batch.book.locale)
    if not text:
        return None
    new, times = pattern.subn(replacement, text)
    if not times:
        return None
    counts["occurrencesChanged"] += times
    counts["valuesChanged" if cell.formula is None else "formulasChanged"] += 1
    return typed_in(batch, cell, new)
