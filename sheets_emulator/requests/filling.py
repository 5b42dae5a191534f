"""Requests that fill cells: values, formats, notes, validation, borders, pasted text."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sheets_emulator import looks, masks
from sheets_emulator.a1 import Box
from sheets_emulator.answers import invalid
from sheets_emulator.cells import BLANK, Cell, from_typed, typed
from sheets_emulator.masks import Mask
from sheets_emulator.references import copied
from sheets_emulator.requests.batch import Batch, handles, update_mask
from sheets_emulator.requests.tabs import check_size
from sheets_emulator.values import put_lines, taken
from sheets_emulator.workbook import Row, Sheet

Json = dict[str, Any]
# A cell and the CellData for it, to the cell afterwards.
Change = Callable[[Cell, Json], Cell]

_EXTRA = ("textFormatRuns", "chipRuns", "pivotTable", "dataSourceTable", "dataSourceFormula")
_SIDES = ("top", "bottom", "left", "right")


def changer(batch: Batch, mask: Mask) -> Change:
    """What CellData under a mask does to a cell."""
    steps: list[Change] = []
    if masks.names(mask, "userEnteredValue"):
        steps.append(partial(_valued, batch))
    if masks.names(mask, "userEnteredFormat"):
        under = looks.with_twin_names(masks.below(mask, "userEnteredFormat"))
        steps.append(partial(_formatted, under))
    if masks.names(mask, "note"):
        steps.append(lambda cell, data: cell._replace(note=data.get("note") or None))
    if masks.names(mask, "dataValidation"):
        steps.append(lambda cell, data: cell._replace(rule=data.get("dataValidation") or None))
    named = [name for name in _EXTRA if masks.names(mask, name)]
    if named:
        steps.append(partial(_extra, named))

    def change(cell: Cell, data: Json) -> Cell:
        for step in steps:
            cell = step(cell, data)
        return cell

    return steps[0] if len(steps) == 1 else change


def _valued(batch: Batch, cell: Cell, data: Json) -> Cell:
    value, formula = from_typed(data.get("userEnteredValue", {}))
    if formula is not None:
        batch.book.has_formulas = True
    if cell is BLANK:
        return Cell(value, formula)
    return cell._replace(value=value, formula=formula)


def _formatted(under: Mask, cell: Cell, data: Json) -> Cell:
    form = looks.with_twins(data.get("userEnteredFormat", {}))
    return cell._replace(format=masks.merged(cell.format or {}, form, under) or None)


def _extra(named: list[str], cell: Cell, data: Json) -> Cell:
    kept = {name: value for name, value in (cell.extra or {}).items() if name not in named}
    extra = kept | {name: data[name] for name in named if data.get(name)}
    return cell._replace(extra=extra or None)


# ---------------------------------------------------------------- updateCells, repeatCell


@handles("updateCells")
def update_cells(batch: Batch, arguments: Json) -> None:
    """Rows of CellData, under one mask, from a cell on or over a range."""
    mask = update_mask(arguments, "CellData")
    rows = arguments.get("rows", [])
    if "range" in arguments:
        sheet, box = batch.grid(arguments["range"])
        _check_inside(box, rows)
    else:
        sheet, box = _from(batch, arguments.get("start", {}), rows)
    change = changer(batch, mask)
    for n in range(box.top, box.bottom):
        at = n - box.top
        given = rows[at].get("values", []) if at < len(rows) else []
        old, changed = sheet.row(n), Row()
        for column, data in enumerate(given, start=box.left):
            changed[column] = change(old.get(column, BLANK), data)
        if "range" in arguments:
            over = range(box.left + len(given), box.right)
            changed |= {c: change(old[c], {}) for c in over if c in old}
        if changed:
            sheet.put(n, changed)


def _from(batch: Batch, start: Json, rows: list[Json]) -> tuple[Sheet, Box]:
    sheet, top, left = batch.spot(start)
    wide = max((len(row.get("values", [])) for row in rows), default=0)
    _check_edge("row", top + len(rows), sheet.row_count)
    _check_edge("column", left + wide, sheet.column_count)
    return sheet, Box(top, top + len(rows), left, left + wide)


def _check_inside(box: Box, rows: list[Json]) -> None:
    wide = max((len(row.get("values", [])) for row in rows), default=0)
    _check_edge("row", box.top + len(rows), box.bottom)
    _check_edge("column", box.left + wide, box.right)


def _check_edge(name: str, end: int, last: int) -> None:
    if end > last:
        raise invalid(
            f"Attempting to write {name}: {last}, beyond the last requested {name} of: {last - 1}"
        )


@handles("repeatCell")
def repeat_cell(batch: Batch, arguments: Json) -> None:
    """The same CellData over a range; formulas look relative to where they land."""
    mask = update_mask(arguments, "CellData")
    sheet, box = batch.grid(arguments.get("range", {}))
    change, data = changer(batch, mask), arguments.get("cell", {})
    for n in range(box.top, box.bottom):
        old, changed = sheet.row(n), Row()
        for column in range(box.left, box.right):
            cell = change(old.get(column, BLANK), data)
            if cell.formula is not None and masks.names(mask, "userEnteredValue"):
                moved = copied(cell.formula, n - box.top, column - box.left)
                cell = cell._replace(formula=moved)
            changed[column] = cell
        sheet.put(n, changed)


@handles("appendCells")
def append_cells(batch: Batch, arguments: Json) -> None:
    """Rows of CellData after the last row with data; the grid grows where it must."""
    mask = update_mask(arguments, "CellData")
    sheet = batch.book.sheet(arguments.get("sheetId", 0))
    rows = arguments.get("rows", [])
    top = last_filled(sheet)
    wide = max((len(row.get("values", [])) for row in rows), default=0)
    sheet.row_count = max(sheet.row_count, top + len(rows))
    sheet.column_count = max(sheet.column_count, wide)
    check_size(batch.book)
    change = changer(batch, mask)
    for n, row in enumerate(rows, start=top):
        old = sheet.row(n)
        changed = {
            column: change(old.get(column, BLANK), data)
            for column, data in enumerate(row.get("values", []))
        }
        sheet.put(n, changed)


def last_filled(sheet: Sheet) -> int:
    """How many rows there are up to the last one with a value."""
    for n in range(sheet.used, 0, -1):
        if any(cell.value is not None or cell.formula for cell in sheet.rows[n - 1].values()):
            return n
    return 0


# ---------------------------------------------------------------- validation, borders


def over_cells(sheet: Sheet, box: Box, change: Callable[[Cell], Cell]) -> None:
    """Change every cell of a box, blank ones too."""
    for n in range(box.top, box.bottom):
        old = sheet.row(n)
        span = range(box.left, box.right)
        sheet.put(n, {column: change(old.get(column, BLANK)) for column in span})


@handles("setDataValidation")
def set_validation(batch: Batch, arguments: Json) -> None:
    """What may be typed into a range; without a rule, anything."""
    sheet, box = batch.grid(arguments.get("range", {}))
    rule = arguments.get("rule")
    kept = {name: value for name, value in rule.items() if value} if rule else None
    over_cells(sheet, box, lambda cell: cell._replace(rule=kept))


@handles("updateBorders")
def update_borders(batch: Batch, arguments: Json) -> None:
    """Lines around and inside a range."""
    sheet, box = batch.grid(arguments.get("range", {}))
    given = looks.with_twins(arguments)
    for n in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            edges = {
                "top": "top" if n == box.top else "innerHorizontal",
                "bottom": "bottom" if n == box.bottom - 1 else "innerHorizontal",
                "left": "left" if column == box.left else "innerVertical",
                "right": "right" if column == box.right - 1 else "innerVertical",
            }
            lines = {side: given[edges[side]] for side in _SIDES if edges[side] in given}
            if lines:
                sheet.put(n, {column: _bordered(sheet.cell(n, column), lines)})


def _bordered(cell: Cell, lines: Json) -> Cell:
    borders = {**(cell.format or {}).get("borders", {}), **lines}
    borders = {side: line for side, line in borders.items() if line.get("style") != "NONE"}
    form = {name: value for name, value in (cell.format or {}).items() if name != "borders"}
    return cell._replace(format=(form | ({"borders": borders} if borders else {})) or None)


# ---------------------------------------------------------------- pasted and divided text


@handles("pasteData")
def paste_data(batch: Batch, arguments: Json) -> None:
    """Text with a delimiter, as if it were typed cell by cell."""
    start = arguments.get("coordinate", {})
    sheet, top, left = batch.spot(start)
    mark = arguments.get("delimiter") or "\t"
    lines = [line.split(mark) for line in arguments.get("data", "").splitlines()]
    put_lines(batch.book, sheet, (top, left), lines, "USER_ENTERED", batch.today)


@handles("textToColumns")
def text_to_columns(batch: Batch, arguments: Json) -> None:
    """Divide the texts of one column over the columns to its right."""
    marks = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " ", "AUTODETECT": ","}
    sheet, box = batch.grid(arguments.get("source", {}))
    if box.width != 1:
        raise invalid("The source range must span exactly one column.")
    mark = marks.get(arguments.get("delimiterType", ""), arguments.get("delimiter") or ",")
    for n in range(box.top, box.bottom):
        cell = sheet.cell(n, box.left)
        if not isinstance(cell.value, str) or mark not in cell.value:
            continue
        parts = [part.strip() for part in cell.value.split(mark)]
        put_lines(batch.book, sheet, (n, box.left), [parts], "USER_ENTERED", batch.today)


@handles("trimWhitespace")
def trim_whitespace(batch: Batch, arguments: Json) -> Json:
    """Spaces at the ends of texts go, and doubled ones inside."""
    sheet, box = batch.grid(arguments.get("range", {}))
    changed = 0
    for n in range(box.top, min(box.bottom, sheet.used)):
        for column, cell in list(sheet.rows[n].items()):
            if box.left <= column < box.right and isinstance(cell.value, str) and not cell.formula:
                trimmed = " ".join(cell.value.split())
                changed += trimmed != cell.value
                sheet.put(n, {column: cell._replace(value=trimmed or None)})
    return {"cellsChangedCount": changed} if changed else {}


@handles("deleteDuplicates")
def delete_duplicates(batch: Batch, arguments: Json) -> Json:
    """Rows of a range that repeat an earlier one go; those below move up."""
    sheet, box = batch.grid(arguments.get("range", {}))
    columns = [
        column
        for span in arguments.get("comparisonColumns", [])
        for column in range(span.get("startIndex", 0), span.get("endIndex", 0))
    ] or list(range(box.left, box.right))
    seen, kept, gone = set[tuple[str, ...]](), list[Row](), 0
    for n in range(box.top, box.bottom):
        row = sheet.row(n)
        key = tuple(repr(typed(row.get(c, BLANK).value)) for c in columns)
        if key in seen and any(row.get(c, BLANK).value is not None for c in columns):
            gone += 1
            continue
        seen.add(key)
        kept.append({c: cell for c, cell in row.items() if box.left <= c < box.right})
    kept += [{}] * gone
    for n, line in enumerate(kept, start=box.top):
        blank = dict.fromkeys(range(box.left, box.right), BLANK)
        sheet.put(n, blank | line)
    return {"duplicatesRemovedCount": gone} if gone else {}


def typed_in(batch: Batch, cell: Cell, text: str) -> Cell:
    """The cell after a person typed a text into it."""
    return taken(batch.book, cell, text, "USER_ENTERED", batch.today)
