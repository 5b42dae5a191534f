"""What follows when rows or columns come, go or move: everything that hangs on ranges."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from sheets_emulator.a1 import Box
from sheets_emulator.cells import Cell
from sheets_emulator.references import End, Reference, rewritten
from sheets_emulator.workbook import GROUPS, Sheet, Workbook, tab_of

Json = dict[str, Any]
_BOUNDS = {
    "ROWS": ("startRowIndex", "endRowIndex"),
    "COLUMNS": ("startColumnIndex", "endColumnIndex"),
}


class Shift(Protocol):
    """Where rows (or columns) are afterwards."""

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Half-open bounds afterwards; None if nothing is left."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """``count`` new ones before ``at``."""

    at: int
    count: int

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        first = start + self.count if start >= self.at else start
        return first, end + self.count if end > self.at else end


@dataclass(frozen=True, slots=True)
class Deleted:
    """Those from ``start`` to ``end`` are gone."""

    start: int
    end: int

    def _edge(self, n: int) -> int:
        return n if n <= self.start else max(self.start, n - (self.end - self.start))

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        first, last = self._edge(start), self._edge(end)
        return (first, last) if first < last else None


@dataclass(frozen=True, slots=True)
class Moved:
    """Those from ``start`` to ``end`` now stand before what was at ``to``."""

    start: int
    end: int
    to: int

    def spot(self, n: int) -> int:
        """Where a single one is afterwards."""
        wide = self.end - self.start
        if self.start <= n < self.end:
            return n + (self.to - self.end if self.to >= self.end else self.to - self.start)
        if self.end <= n < self.to:
            return n - wide
        return n + wide if self.to <= n < self.start else n

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        first, last = self.spot(start), self.spot(end - 1)
        return (first, last + 1) if last - first == end - 1 - start else (start, end)


def shift_everything(book: Workbook, sheet: Sheet, dimension: str, shift: Shift) -> None:
    """Bring merges, protections, filters, groups, names, metadata and formulas along."""
    boxes = [_box(box, dimension, shift) for box in sheet.merges]
    sheet.merges = [box for box in boxes if box and (box.height > 1 or box.width > 1)]
    sheet.lists = {
        name: _ranged(items, sheet.id, dimension, shift) for name, items in sheet.lists.items()
    }
    if sheet.basic_filter:
        left = _ranged([sheet.basic_filter], sheet.id, dimension, shift)
        sheet.basic_filter = left[0] if left else None
    book.named = _ranged(book.named, sheet.id, dimension, shift)
    group = GROUPS[dimension]
    sheet.groups[group] = _spanned(sheet.groups.get(group, []), shift)
    sheet.sizes[dimension] = {
        span[0]: size
        for n, size in sheet.sizes[dimension].items()
        if (span := shift.span(n, n + 1))
    }
    book.metadata = [item for old in book.metadata if (item := _item(old, sheet, dimension, shift))]
    if book.has_formulas:
        _formulas(book, sheet, dimension, shift)


def _box(box: Box, dimension: str, shift: Shift) -> Box | None:
    if dimension == "ROWS":
        span = shift.span(box.top, box.bottom)
        return replace(box, top=span[0], bottom=span[1]) if span else None
    span = shift.span(box.left, box.right)
    return replace(box, left=span[0], right=span[1]) if span else None


def _range(grid_range: Json, gid: int, dimension: str, shift: Shift) -> Json | None:
    start, end = _BOUNDS[dimension]
    if grid_range.get("sheetId", 0) != gid or (start not in grid_range and end not in grid_range):
        return grid_range
    unbounded = end not in grid_range
    span = shift.span(grid_range.get(start, 0), grid_range.get(end, 10**9))
    if span is None:
        return None
    found = grid_range | {start: span[0], end: span[1]}
    if unbounded:
        del found[end]
    return found


def _ranged(items: list[Json], gid: int, dimension: str, shift: Shift) -> list[Json]:
    found = []
    for item in items:
        changed = item
        if "range" in item:
            new = _range(item["range"], gid, dimension, shift)
            if new is None:
                continue
            changed = item | {"range": new}
        for name in ("ranges", "unprotectedRanges"):
            if name in item:
                moved = [_range(one, gid, dimension, shift) for one in item[name]]
                changed = changed | {name: [one for one in moved if one]}
        if "ranges" in item and not changed["ranges"]:
            continue
        found.append(changed)
    return found


def _spanned(groups: list[Json], shift: Shift) -> list[Json]:
    found = []
    for group in groups:
        old = group["range"]
        span = shift.span(old.get("startIndex", 0), old["endIndex"])
        if span:
            found.append(group | {"range": old | {"startIndex": span[0], "endIndex": span[1]}})
    return found


def _item(item: Json, sheet: Sheet, dimension: str, shift: Shift) -> Json | None:
    span = item["location"].get("dimensionRange")
    if not span or tab_of(item) != sheet.id or span["dimension"] != dimension:
        return item
    moved = shift.span(span["startIndex"], span["endIndex"])
    if moved is None:
        return None
    place = span | {"startIndex": moved[0], "endIndex": moved[1]}
    return item | {"location": item["location"] | {"dimensionRange": place}}


# ---------------------------------------------------------------- formulas


def in_formulas(book: Workbook, change: Callable[[Sheet, Reference], Reference | None]) -> None:
    """Rewrite the references in every formula of the workbook."""
    for sheet in book.sheets:
        for n, row in enumerate(sheet.rows):
            changed: dict[int, Cell] = {}
            for column, cell in row.items():
                if cell.formula is not None:
                    new = rewritten(cell.formula, partial(change, sheet))
                    if new != cell.formula:
                        changed[column] = cell._replace(formula=new)
            if changed:
                sheet.rows[n] = {**row, **changed}


def _formulas(book: Workbook, sheet: Sheet, dimension: str, shift: Shift) -> None:
    def change(on: Sheet, ref: Reference) -> Reference | None:
        title = on.title if ref.title is None else ref.title
        if title != sheet.title:
            return ref
        return _reference(ref, dimension, shift)

    in_formulas(book, change)


def _reference(ref: Reference, dimension: str, shift: Shift) -> Reference | None:
    start, end = _spot(ref.first, dimension), _spot(ref.last or ref.first, dimension)
    if start is None or end is None:
        return ref
    span = shift.span(min(start, end), max(start, end) + 1)
    if span is None:
        return None
    if span == (min(start, end), max(start, end) + 1):
        return ref
    last = _at(ref.last, dimension, span[1] - 1) if ref.last else None
    return Reference(ref.title, _at(ref.first, dimension, span[0]), last)


def _spot(end: End, dimension: str) -> int | None:
    return end.row if dimension == "ROWS" else end.column


def _at(end: End, dimension: str, n: int) -> End:
    return replace(end, row=n) if dimension == "ROWS" else replace(end, column=n)
