"""``spreadsheets.get``: properties, tabs, and cells in full where they are asked for."""

import datetime
from collections.abc import Callable
from typing import Any

from sheets_emulator import formulas, looks, masks
from sheets_emulator.a1 import Area, Box
from sheets_emulator.cells import Cell, typed
from sheets_emulator.masks import Mask
from sheets_emulator.shown import text_of
from sheets_emulator.workbook import Sheet, Workbook, clipped

Json = dict[str, Any]

_LISTS = ("conditionalFormats", "filterViews", "protectedRanges")
_LATER = ("rowGroups", "columnGroups", "bandedRanges", "tables")
_HEIGHT, _WIDTH = 21, 100
# The part of a mask that is applied here already.
CELLS = ("sheets", "data", "rowData")


def spreadsheet(
    book: Workbook, mask: Mask, areas: list[Area] | None, now: datetime.datetime, *, grid: bool
) -> Json:
    """A Spreadsheet; with ranges only the tabs they lie on, and only their cells."""
    found: Json = {"spreadsheetId": book.id, "properties": properties(book)}
    chosen = {area.sheet_id for area in areas} if areas else None
    cell_mask = masks.below(mask, "sheets", "data") if grid else {}
    found["sheets"] = [
        _sheet(book, sheet, _on(sheet, areas), cell_mask if grid else {}, now, with_cells=grid)
        for sheet in book.sheets
        if chosen is None or sheet.id in chosen
    ]
    if book.named:
        found["namedRanges"] = book.named
    found["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    own = [item for item in book.metadata if item["location"].get("spreadsheet")]
    if own:
        found["developerMetadata"] = own
    return found


def properties(book: Workbook) -> Json:
    """SpreadsheetProperties."""
    found: Json = {
        "title": book.title,
        "locale": book.locale_name,
        "autoRecalc": "ON_CHANGE",
        "timeZone": book.time_zone,
        "defaultFormat": looks.DEFAULT_FORMAT,
        "spreadsheetTheme": looks.THEME,
    }
    return found | book.properties


def sheet_properties(book: Workbook, sheet: Sheet) -> Json:
    """SheetProperties; what is false or zero is left out, but not the id and the index."""
    size = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
    return {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": book.index(sheet.id),
        "sheetType": "GRID",
        "gridProperties": size | sheet.grid,
    } | sheet.look


def _on(sheet: Sheet, areas: list[Area] | None) -> list[Box]:
    if not areas:
        return [sheet.box]
    return [clipped(sheet, area) for area in areas if area.sheet_id == sheet.id]


def _sheet(
    book: Workbook,
    sheet: Sheet,
    boxes: list[Box],
    mask: Mask,
    now: datetime.datetime,
    *,
    with_cells: bool,
) -> Json:
    found: Json = {"properties": sheet_properties(book, sheet)}
    if with_cells:
        found["data"] = [grid_data(book, sheet, box, mask, now) for box in boxes]
    if sheet.merges:
        found["merges"] = [box.area(sheet.id).as_json() for box in sheet.merges]
    found |= {name: sheet.lists[name] for name in _LISTS if sheet.lists.get(name)}
    if sheet.basic_filter is not None:
        found["basicFilter"] = sheet.basic_filter
    found |= {name: sheet.lists[name] for name in _LATER if sheet.lists.get(name)}
    found |= {name: sheet.groups[name] for name in sheet.groups if sheet.groups[name]}
    own = [item for item in book.metadata if _hangs_on_tab(item, sheet)]
    if own:
        found["developerMetadata"] = own
    return found


def _hangs_on_tab(item: Json, sheet: Sheet) -> bool:
    where = item["location"]
    return bool(where["locationType"] == "SHEET" and where.get("sheetId", 0) == sheet.id)


# ---------------------------------------------------------------- cells


def grid_data(book: Workbook, sheet: Sheet, box: Box, mask: Mask, now: datetime.datetime) -> Json:
    """GridData of some cells."""
    found: Json = {}
    if box.top:
        found["startRow"] = box.top
    if box.left:
        found["startColumn"] = box.left
    if masks.names(mask, "rowData"):
        rows = _rows(book, sheet, box, masks.below(mask, "rowData", "values"), now)
        if rows:
            found["rowData"] = rows
    if masks.names(mask, "rowMetadata"):
        span = range(box.top, box.bottom)
        found["rowMetadata"] = [_dimension(book, sheet, "ROWS", n) for n in span]
    if masks.names(mask, "columnMetadata"):
        span = range(box.left, box.right)
        found["columnMetadata"] = [_dimension(book, sheet, "COLUMNS", n) for n in span]
    return found


def _dimension(book: Workbook, sheet: Sheet, dimension: str, n: int) -> Json:
    base = {"pixelSize": _HEIGHT if dimension == "ROWS" else _WIDTH}
    set_here = sheet.sizes[dimension].get(n, {})
    found: Json = base | {name: value for name, value in set_here.items() if value}
    own = [item for item in book.metadata if _hangs_on(item, sheet, dimension, n)]
    return found | {"developerMetadata": own} if own else found


def _hangs_on(item: Json, sheet: Sheet, dimension: str, n: int) -> bool:
    span = item["location"].get("dimensionRange")
    if not span or span.get("sheetId", 0) != sheet.id or span["dimension"] != dimension:
        return False
    return bool(span.get("startIndex", 0) <= n < span["endIndex"])


def _rows(book: Workbook, sheet: Sheet, box: Box, mask: Mask, now: datetime.datetime) -> list[Json]:
    found: list[Json] = []
    show = _shower(book, mask, now)
    left, right = box.left, box.right
    for row in sheet.rows[box.top : min(box.bottom, sheet.used)]:
        last = max((column for column in row if column < right), default=-1)
        values = [show(row[c]) if c in row else {} for c in range(left, last + 1)]
        found.append({"values": values} if values else {})
    while found and not found[-1]:
        found.pop()
    return found


def _shower(book: Workbook, mask: Mask, now: datetime.datetime) -> Callable[[Cell], Json]:
    """What makes CellData of a cell, with the fields of the mask."""
    if mask is not None and set(mask) <= {"userEnteredValue", "note"} and not any(mask.values()):
        with_value, with_note = "userEnteredValue" in mask, "note" in mask

        def show_plain(cell: Cell) -> Json:
            found: Json = {}
            if with_value and (cell.value is not None or cell.formula):
                entered = {"formulaValue": cell.formula} if cell.formula else typed(cell.value)
                found["userEnteredValue"] = entered
            if with_note and cell.note:
                found["note"] = cell.note
            return found

        return show_plain

    def show(cell: Cell) -> Json:
        return dict(masks.keep(_cell(book, cell, mask, now), mask))

    return show


def _cell(book: Workbook, cell: Cell, mask: Mask, now: datetime.datetime) -> Json:
    found: Json = {}
    if cell.value is not None or cell.formula is not None:
        found |= _values(book, cell, mask)
    if cell.format:
        found["userEnteredFormat"] = cell.format
    if masks.names(mask, "effectiveFormat"):
        base = book.properties.get("defaultFormat", looks.DEFAULT_FORMAT)
        found["effectiveFormat"] = looks.effective(cell.format, base, _side(cell.value))
    if cell.note:
        found["note"] = cell.note
    if cell.rule:
        found["dataValidation"] = cell.rule
    if cell.formula and cell.formula.upper().startswith("=HYPERLINK("):
        link = formulas.link_of(cell.formula, book, now)
        found |= {"hyperlink": link} if link else {}
    return found | (cell.extra or {})


def _values(book: Workbook, cell: Cell, mask: Mask) -> Json:
    value, formula = cell.value, cell.formula
    found: Json = {"userEnteredValue": {"formulaValue": formula} if formula else typed(value)}
    if masks.names(mask, "effectiveValue"):
        found["effectiveValue"] = typed(value)
    if masks.names(mask, "formattedValue"):
        shown = text_of(value, cell.format, book.locale)
        found |= {"formattedValue": shown} if shown else {}
    return found


def _side(value: Any) -> str:
    if isinstance(value, bool):
        return "CENTER"
    return "RIGHT" if isinstance(value, int | float) else "LEFT"
