"""Requests about rows and columns: insert, delete, append, move, size, group."""

from typing import Any

from sheets_emulator import masks
from sheets_emulator.answers import invalid
from sheets_emulator.cells import Cell
from sheets_emulator.requests.batch import Batch, handles, update_mask
from sheets_emulator.requests.shifting import Deleted, Inserted, Moved, shift_everything
from sheets_emulator.requests.tabs import check_size
from sheets_emulator.shown import text_of
from sheets_emulator.workbook import GROUPS, Row, Sheet, Workbook

Json = dict[str, Any]

_NAMES = {"ROWS": "row", "COLUMNS": "column"}


def _span(batch: Batch, dimension_range: Json) -> tuple[Sheet, str, int, int]:
    sheet = batch.book.sheet(dimension_range.get("sheetId", 0))
    dimension = dimension_range.get("dimension", "")
    if dimension not in _NAMES:
        raise invalid("A dimension must be specified.")
    start = dimension_range.get("startIndex", 0)
    end = dimension_range.get("endIndex", sheet.size(dimension))
    if start < 0 or end < 0:
        raise invalid("DimensionRange indexes must be >= 0")
    if end <= start:
        raise invalid(f"endIndex ({end}) must be greater than startIndex ({start})")
    return sheet, dimension, start, end


def _grow(sheet: Sheet, dimension: str, count: int) -> None:
    if dimension == "ROWS":
        sheet.row_count += count
    else:
        sheet.column_count += count


# ---------------------------------------------------------------- insert, append, delete, move


@handles("insertDimension")
def insert_dimension(batch: Batch, arguments: Json) -> None:
    """New rows or columns, with the formats of the neighbours."""
    sheet, dimension, start, end = _span(batch, arguments.get("range", {}))
    before = arguments.get("inheritFromBefore", False)
    size = sheet.size(dimension)
    if start >= size and not (before and start == size):
        side = "true" if before else "false"
        least = f"less than the grid size ({size})" if not before else f"at most {size}"
        raise invalid(f"range.startIndex must be {least} if inheritFromBefore is {side}.")
    if before and start == 0:
        raise invalid("range.startIndex must be greater than 0 if inheritFromBefore is true.")
    insert(batch.book, sheet, dimension, start, end - start, inherit=start - 1 if before else start)
    check_size(batch.book)


def insert(
    book: Workbook, sheet: Sheet, dimension: str, at: int, count: int, *, inherit: int
) -> None:
    """Insert; the new cells look like those of the row or column ``inherit``."""
    if dimension == "ROWS":
        like = {
            column: Cell(format=cell.format, rule=cell.rule)
            for column, cell in sheet.row(inherit).items()
            if cell.format or cell.rule
        }
        if at < len(sheet.rows):
            sheet.rows[at:at] = [dict(like) for _ in range(count)]
    else:
        sheet.rows = [_with_gap(row, at, count, inherit) for row in sheet.rows]
    _grow(sheet, dimension, count)
    shift_everything(book, sheet, dimension, Inserted(at, count))


def _with_gap(row: Row, at: int, count: int, inherit: int) -> Row:
    found = {column + count if column >= at else column: cell for column, cell in row.items()}
    like = row.get(inherit)
    if like and (like.format or like.rule):
        blank = Cell(format=like.format, rule=like.rule)
        found |= {at + n: blank for n in range(count)}
    return found


@handles("appendDimension")
def append_dimension(batch: Batch, arguments: Json) -> None:
    """More rows or columns at the end."""
    sheet = batch.book.sheet(arguments.get("sheetId", 0))
    length = arguments.get("length", 0)
    if length < 1:
        raise invalid("length must be greater than 0.")
    _grow(sheet, arguments.get("dimension", "ROWS"), length)
    check_size(batch.book)


@handles("deleteDimension")
def delete_dimension(batch: Batch, arguments: Json) -> None:
    """Rows or columns go."""
    sheet, dimension, start, end = _span(batch, arguments.get("range", {}))
    size, name = sheet.size(dimension), _NAMES[dimension]
    if start >= size:
        raise invalid(
            f"Cannot delete a {name} that doesn't exist. Tried to delete {name} index {start} but"
            f" there are only {size} {name}s."
        )
    end = min(end, size)
    if end - start >= size:
        raise invalid(f"You can't delete all the {name}s on the sheet.")
    frozen = sheet.grid.get(f"frozen{name.capitalize()}Count", 0)
    if frozen and start <= frozen and end >= size:
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {name}s.")
    delete(batch.book, sheet, dimension, start, end)


def delete(book: Workbook, sheet: Sheet, dimension: str, start: int, end: int) -> None:
    """Delete; what referred to it loses it."""
    count = end - start
    if dimension == "ROWS":
        del sheet.rows[start:end]
    else:
        sheet.rows = [
            {
                column - count if column >= end else column: cell
                for column, cell in row.items()
                if not start <= column < end
            }
            for row in sheet.rows
        ]
    _grow(sheet, dimension, -count)
    frozen = f"frozen{_NAMES[dimension].capitalize()}Count"
    if sheet.grid.get(frozen, 0) > start:
        sheet.grid[frozen] = max(start, sheet.grid[frozen] - count)
        sheet.grid = {name: value for name, value in sheet.grid.items() if value}
    shift_everything(book, sheet, dimension, Deleted(start, end))


@handles("moveDimension")
def move_dimension(batch: Batch, arguments: Json) -> None:
    """Rows or columns to another place; the place is counted before they are taken out."""
    sheet, dimension, start, end = _span(batch, arguments.get("source", {}))
    to, size = arguments.get("destinationIndex", 0), sheet.size(dimension)
    if end > size or to > size or to < 0:
        raise invalid(f"Cannot move {_NAMES[dimension]}s beyond the end of the sheet.")
    move(batch.book, sheet, dimension, Moved(start, end, to))


def move(book: Workbook, sheet: Sheet, dimension: str, moved: Moved) -> None:
    """Move, and bring along what refers to it."""
    if moved.start <= moved.to <= moved.end:
        return
    if dimension == "COLUMNS":
        sheet.rows = [
            {moved.spot(column): cell for column, cell in row.items()} for row in sheet.rows
        ]
    else:
        _move_rows(sheet, moved)
    shift_everything(book, sheet, dimension, moved)


def _move_rows(sheet: Sheet, moved: Moved) -> None:
    tall = max(sheet.used, moved.end, moved.to)
    sheet.rows.extend({} for _ in range(tall - len(sheet.rows)))
    block = sheet.rows[moved.start : moved.end]
    del sheet.rows[moved.start : moved.end]
    to = moved.to - len(block) if moved.to >= moved.end else moved.to
    sheet.rows[to:to] = block


# ---------------------------------------------------------------- sizes


@handles("updateDimensionProperties")
def update_dimension_properties(batch: Batch, arguments: Json) -> None:
    """Width, height, hidden or not."""
    mask = update_mask(arguments, "DimensionProperties")
    sheet, dimension, start, end = _span(batch, arguments.get("range", {}))
    wanted = arguments.get("properties", {})
    sizes = sheet.sizes[dimension]
    for n in range(start, min(end, sheet.size(dimension))):
        changed = masks.merged(sizes.get(n, {}), wanted, mask)
        sizes.pop(n, None)
        if any(changed.values()):
            sizes[n] = changed


@handles("autoResizeDimensions")
def auto_resize(batch: Batch, arguments: Json) -> None:
    """As wide as the longest text."""
    sheet, dimension, start, end = _span(batch, arguments.get("dimensions", {}))
    if dimension == "ROWS":
        return
    locale = batch.book.locale
    for n in range(start, min(end, sheet.column_count)):
        texts = [text_of(row[n].value, row[n].format, locale) for row in sheet.rows if n in row]
        if widest := max(map(_width, texts), default=0):
            sheet.sizes[dimension][n] = {"pixelSize": max(21, round(widest) + 3)}


def _width(text: str) -> float:
    """Pixels of a text in Arial 10, roughly; measured for capital letters."""
    return sum(8.4844 if letter.isupper() else 7.07 for letter in text)


# ---------------------------------------------------------------- groups


def _depths(groups: list[Json]) -> list[Json]:
    """Groups with how deep they lie in others."""
    spans = [(g["range"].get("startIndex", 0), g["range"]["endIndex"]) for g in groups]
    ordered = sorted(range(len(groups)), key=lambda n: (spans[n][0], -spans[n][1], n))
    found, open_ends = [], list[int]()
    for n in ordered:
        while open_ends and open_ends[-1] <= spans[n][0]:
            open_ends.pop()
        open_ends.append(spans[n][1])
        found.append(groups[n] | {"depth": len(open_ends)})
    return found


@handles("addDimensionGroup")
def add_group(batch: Batch, arguments: Json) -> Json:
    """A group of rows or columns that can be folded."""
    sheet, dimension, start, end = _span(batch, arguments.get("range", {}))
    place: Json = {"dimension": dimension, "startIndex": start, "endIndex": end}
    place = ({"sheetId": sheet.id} if sheet.id else {}) | place
    groups = _depths([*sheet.groups.get(GROUPS[dimension], []), {"range": place, "depth": 1}])
    sheet.groups[GROUPS[dimension]] = groups
    sheet.grid = {**sheet.grid, f"{_NAMES[dimension]}GroupControlAfter": True}
    return {"dimensionGroups": groups}


@handles("deleteDimensionGroup")
def delete_group(batch: Batch, arguments: Json) -> Json:
    """The deepest group on a span goes."""
    sheet, dimension, start, end = _span(batch, arguments.get("range", {}))
    groups = list(sheet.groups.get(GROUPS[dimension], []))
    inside = [
        group
        for group in groups
        if group["range"].get("startIndex", 0) >= start and group["range"]["endIndex"] <= end
    ]
    if not inside:
        raise invalid(f"There is no group of {_NAMES[dimension]}s on this range.")
    groups.remove(max(inside, key=lambda group: group["depth"]))
    sheet.groups[GROUPS[dimension]] = _depths(groups)
    return {"dimensionGroups": sheet.groups[GROUPS[dimension]]} if groups else {}


@handles("updateDimensionGroup")
def update_group(batch: Batch, arguments: Json) -> None:
    """Fold a group, or unfold it."""
    wanted = arguments.get("dimensionGroup", {})
    sheet, dimension, start, end = _span(batch, wanted.get("range", {}))
    groups = sheet.groups.get(GROUPS[dimension], [])
    for n, group in enumerate(groups):
        same = (group["range"].get("startIndex", 0), group["range"]["endIndex"]) == (start, end)
        if same and group["depth"] == wanted.get("depth", 1):
            folded = {"collapsed": True} if wanted.get("collapsed") else {}
            kept = {name: value for name, value in group.items() if name != "collapsed"}
            groups[n] = kept | folded
            return
    raise invalid(f"There is no group of {_NAMES[dimension]}s on this range.")
