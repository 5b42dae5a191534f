"""Requests about whole tabs and the workbook's own properties."""

import re
from typing import Any

from sheets_emulator import locales, looks, masks, reading
from sheets_emulator.answers import invalid
from sheets_emulator.references import Reference
from sheets_emulator.requests.batch import Batch, handles, update_mask
from sheets_emulator.requests.shifting import in_formulas
from sheets_emulator.workbook import CELL_LIMIT, Sheet, Workbook, new_gid, tab_of

Json = dict[str, Any]

_LOOK = ("hidden", "rightToLeft", "tabColor", "tabColorStyle")
_GRID = (
    "frozenRowCount",
    "frozenColumnCount",
    "hideGridlines",
    "rowGroupControlAfter",
    "columnGroupControlAfter",
)


def check_size(book: Workbook) -> None:
    """Refuse a workbook of more than ten million cells.

    Raises:
        ApiError: it has more.
    """
    if sum(sheet.row_count * sheet.column_count for sheet in book.sheets) > CELL_LIMIT:
        raise invalid(
            "This action would increase the number of cells in the workbook above the limit of"
            f" {CELL_LIMIT} cells."
        )


def _free_title(book: Workbook, title: str, *, but: int | None = None) -> str:
    if not title.strip():
        raise invalid("The sheet name cannot be empty.")
    taken = book.titled(title)
    if taken is not None and taken.id != but:
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')
    return title


def _next_title(book: Workbook) -> str:
    number = len(book.sheets) + 1
    while book.titled(f"Sheet{number}"):
        number += 1
    return f"Sheet{number}"


def _next_gid(book: Workbook, wanted: int | None) -> int:
    if wanted is None:
        return new_gid()
    if any(sheet.id == wanted for sheet in book.sheets):
        raise invalid(
            f"Sheet with id {wanted} already exists. Please choose another id or leave it empty."
        )
    return wanted


@handles("addSheet")
def add_sheet(batch: Batch, arguments: Json) -> Json:
    """A new, blank tab."""
    book, wanted = batch.book, arguments.get("properties", {})
    title = _free_title(book, wanted["title"]) if "title" in wanted else _next_title(book)
    sheet = Sheet(_next_gid(book, wanted.get("sheetId")), title)
    index = min(wanted.get("index", len(book.sheets)), len(book.sheets))
    book.sheets.insert(index, sheet)
    _set(batch, sheet, wanted | {"title": title})
    check_size(book)
    return {"properties": reading.sheet_properties(book, sheet)}


@handles("deleteSheet")
def delete_sheet(batch: Batch, arguments: Json) -> None:
    """A tab goes, with its named ranges and metadata."""
    book, gid = batch.book, arguments.get("sheetId", 0)
    sheet = book.sheet(gid, missing="No sheet with id: {}")
    left = [other for other in book.sheets if other.id != gid]
    if not left:
        raise invalid("You can't remove all the sheets in a document.")
    if all(other.look.get("hidden") for other in left):
        raise invalid("You can't remove all the visible sheets in a document.")
    book.sheets.remove(sheet)
    book.named = [one for one in book.named if one["range"].get("sheetId", 0) != gid]
    book.metadata = [one for one in book.metadata if tab_of(one) != gid]


@handles("duplicateSheet")
def duplicate_sheet(batch: Batch, arguments: Json) -> Json:
    """A tab once more, under another name."""
    book = batch.book
    source = book.sheet(arguments.get("sourceSheetId", 0), missing="No sheet with id: {}")
    name = arguments.get("newSheetName")
    title = _free_title(book, name) if name else copy_title(book, source.title)
    sheet = copy_of(book, source, _next_gid(book, arguments.get("newSheetId")), title)
    book.sheets.insert(arguments.get("insertSheetIndex", 0), sheet)
    check_size(book)
    return {"properties": reading.sheet_properties(book, sheet)}


def copy_title(book: Workbook, title: str) -> str:
    """``Copy of X``, ``Copy of X 2``."""
    name, number = f"Copy of {title}", 2
    while book.titled(name):
        name, number = f"Copy of {title} {number}", number + 1
    return name


def copy_of(book: Workbook, source: Sheet, gid: int, title: str) -> Sheet:
    """A tab with the same content; what has an id of its own gets a new one."""
    sheet = source.copy()
    sheet.id, sheet.title = gid, title
    sheet.lists = {
        name: [_renumbered(book, item, gid) for item in items]
        for name, items in source.lists.items()
    }
    if source.basic_filter:
        sheet.basic_filter = _moved(source.basic_filter, gid)
    sheet.groups = {
        name: [_moved(item, gid) for item in items] for name, items in source.groups.items()
    }
    return sheet


def _moved(item: Any, gid: int) -> Any:
    """The message with every range on another tab."""
    if isinstance(item, list):
        return [_moved(one, gid) for one in item]
    if not isinstance(item, dict):
        return item
    found = {name: _moved(value, gid) for name, value in item.items()}
    for name in ("range", "ranges"):
        for one in [found[name]] if isinstance(found.get(name), dict) else found.get(name, []):
            one.pop("sheetId", None)
            one.update({"sheetId": gid} if gid else {})
    return found


def _renumbered(book: Workbook, item: Json, gid: int) -> Json:
    found: Json = _moved(item, gid)
    for name in ("protectedRangeId", "filterViewId", "bandedRangeId"):
        if name in found:
            found[name] = book.fresh_id()
    return found


@handles("updateSheetProperties")
def update_sheet_properties(batch: Batch, arguments: Json) -> None:
    """Title, place, size, colour, frozen rows: what the mask names."""
    wanted = arguments.get("properties", {})
    mask = update_mask(arguments, "SheetProperties")
    sheet = batch.book.sheet(wanted.get("sheetId", 0), missing="No sheet with id: {}")
    now = reading.sheet_properties(batch.book, sheet)
    changed = masks.merged(now, looks.with_twins(wanted), looks.with_twin_names(mask))
    if mask is None or "title" in mask:
        changed["title"] = _free_title(batch.book, wanted.get("title", ""), but=sheet.id)
    _set(batch, sheet, changed)
    if masks.names(mask, "index") and "index" in wanted:
        _move_tab(batch.book, sheet, wanted["index"])
    check_size(batch.book)


def _move_tab(book: Workbook, sheet: Sheet, index: int) -> None:
    # The place is meant as it was before the tab was taken out.
    before = book.index(sheet.id)
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > before else index, sheet)


def _set(batch: Batch, sheet: Sheet, wanted: Json) -> None:
    if wanted["title"] != sheet.title:
        rename(batch.book, sheet, wanted["title"])
    wanted = looks.with_twins(wanted)
    sheet.look = {name: wanted[name] for name in _LOOK if wanted.get(name)}
    grid = wanted.get("gridProperties", {})
    _resize(
        sheet, grid.get("rowCount", sheet.row_count), grid.get("columnCount", sheet.column_count)
    )
    sheet.grid = {name: grid[name] for name in _GRID if grid.get(name)}
    if sheet.grid.get("frozenRowCount", 0) >= sheet.row_count > 1:
        raise invalid("You can't freeze all visible rows on the sheet.")
    if sheet.grid.get("frozenColumnCount", 0) >= sheet.column_count > 1:
        raise invalid("You can't freeze all visible columns on the sheet.")
    if all(other.look.get("hidden") for other in batch.book.sheets):
        raise invalid("You can't hide all the sheets in a document.")


def rename(book: Workbook, sheet: Sheet, title: str) -> None:
    """Another title, in the formulas that name it too."""
    old, sheet.title = sheet.title, title
    if not book.has_formulas:
        return
    in_formulas(book, lambda _, ref: ref if ref.title != old else _retitled(ref, title))


def _retitled(ref: Reference, title: str) -> Reference:
    return Reference(title, ref.first, ref.last)


def _resize(sheet: Sheet, rows: int, columns: int) -> None:
    if rows < 1 or columns < 1:
        kind = "rows" if rows < 1 else "columns"
        raise invalid(f"You can't delete all the {kind} on the sheet.")
    if rows < sheet.row_count:
        del sheet.rows[rows:]
    if columns < sheet.column_count:
        sheet.rows = [
            {column: cell for column, cell in row.items() if column < columns}
            if any(column >= columns for column in row)
            else row
            for row in sheet.rows
        ]
    sheet.row_count, sheet.column_count = rows, columns
    sheet.merges = [box for box in sheet.merges if sheet.box.holds(box)]


@handles("updateSpreadsheetProperties")
def update_spreadsheet_properties(batch: Batch, arguments: Json) -> None:
    """Title, locale, time zone and the like of the workbook."""
    mask = update_mask(arguments, "SpreadsheetProperties")
    wanted, book = arguments.get("properties", {}), batch.book
    changed = masks.merged(
        reading.properties(book), looks.with_twins(wanted), looks.with_twin_names(mask)
    )
    if not locales.known(changed.get("locale", "")):
        raise invalid(f"Unsupported locale: {changed.get('locale', '')}")
    if not re.fullmatch(r"[A-Za-z]+(/[\w+-]+)*", changed.get("timeZone", "")):
        raise invalid(f"Invalid time zone: {changed.get('timeZone', '')}")
    book.title = changed.pop("title", "Untitled spreadsheet") or "Untitled spreadsheet"
    book.locale_name, book.time_zone = changed.pop("locale"), changed.pop("timeZone")
    book.properties = changed
