"""Requests that move cells: merge, sort, copy, cut, shift."""

import random
from dataclasses import replace
from typing import Any

from sheets_emulator.a1 import Box
from sheets_emulator.answers import invalid
from sheets_emulator.cells import BLANK, Cell, Failure
from sheets_emulator.references import End, Reference, copied
from sheets_emulator.requests.batch import Batch, handles
from sheets_emulator.requests.shifting import in_formulas
from sheets_emulator.workbook import Row, Sheet, Workbook

Json = dict[str, Any]

_PART_OF_MERGE = "You must select all cells in a merged range to merge or unmerge them."


# ---------------------------------------------------------------- merging


@handles("mergeCells")
def merge_cells(batch: Batch, arguments: Json) -> None:
    """Cells become one; what stood in the others is lost."""
    sheet, box = batch.grid(arguments.get("range", {}))
    kind = arguments.get("mergeType", "MERGE_ALL")
    parts = [box]
    if kind == "MERGE_ROWS":
        parts = [replace(box, top=n, bottom=n + 1) for n in range(box.top, box.bottom)]
    elif kind == "MERGE_COLUMNS":
        parts = [replace(box, left=n, right=n + 1) for n in range(box.left, box.right)]
    _unmerge(sheet, box)
    for part in parts:
        if part.height > 1 or part.width > 1:
            sheet.merges.append(part)
            _keep_first(sheet, part)


def _keep_first(sheet: Sheet, box: Box) -> None:
    for n in range(box.top, min(box.bottom, sheet.used)):
        lost = {
            column: cell._replace(value=None, formula=None)
            for column, cell in sheet.rows[n].items()
            if box.left <= column < box.right and (n, column) != (box.top, box.left)
        }
        if lost:
            sheet.put(n, lost)


@handles("unmergeCells")
def unmerge_cells(batch: Batch, arguments: Json) -> None:
    """Merged cells of a range become single ones again."""
    _unmerge(*batch.grid(arguments.get("range", {})))


def _unmerge(sheet: Sheet, box: Box) -> None:
    if any(box.touches(merge) and not box.holds(merge) for merge in sheet.merges):
        raise invalid(_PART_OF_MERGE)
    sheet.merges = [merge for merge in sheet.merges if not box.touches(merge)]


# ---------------------------------------------------------------- sorting


@handles("sortRange")
def sort_range(batch: Batch, arguments: Json) -> None:
    """Sort the rows of a range: numbers, texts, yes and no, errors; blanks always last."""
    sheet, box = batch.grid(arguments.get("range", {}))
    if any(merge.height > 1 and merge.touches(box) for merge in sheet.merges):
        raise invalid("You can't sort a range with vertical merges.")
    specs = arguments.get("sortSpecs", [])
    sort(
        sheet,
        box,
        [(s.get("dimensionIndex", 0), s.get("sortOrder") == "DESCENDING") for s in specs],
    )


def sort(sheet: Sheet, box: Box, specs: list[tuple[int, bool]]) -> None:
    """Sort by columns, each falling or not."""
    order = list(range(box.top, box.bottom))[: max(0, sheet.used - box.top)]
    for column, falling in reversed(specs):
        if not box.left <= column < box.right:
            raise invalid(f"Column index {column} is outside the range to sort.")
        filled = [n for n in order if sheet.cell(n, column).value not in (None, "")]
        blank = [n for n in order if sheet.cell(n, column).value in (None, "")]
        filled.sort(key=lambda n: _sort_key(sheet.cell(n, column)), reverse=falling)
        order = filled + blank
    _reorder(sheet, box, order)


def _sort_key(cell: Cell) -> tuple[int, Any]:
    value = cell.value
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, Failure):
        return 3, value.shown
    if isinstance(value, str):
        return 1, (value.casefold(), value)
    return 0, value


def _reorder(sheet: Sheet, box: Box, order: list[int]) -> None:
    lines = []
    for new, old in enumerate(order, start=box.top):
        row = sheet.row(old)
        line = {column: cell for column, cell in row.items() if box.left <= column < box.right}
        if new != old:
            line = {column: _copy(cell, new - old, 0) for column, cell in line.items()}
        lines.append(line)
    for n, line in enumerate(lines, start=box.top):
        kept = {c: cell for c, cell in sheet.row(n).items() if not box.left <= c < box.right}
        sheet.rows[n] = kept | line


def _copy(cell: Cell, down: int, right: int) -> Cell:
    if cell.formula is None:
        return cell
    return cell._replace(formula=copied(cell.formula, down, right))


@handles("randomizeRange")
def randomize_range(batch: Batch, arguments: Json) -> None:
    """The rows of a range in any order."""
    sheet, box = batch.grid(arguments.get("range", {}))
    order = list(range(box.top, min(box.bottom, sheet.used)))
    random.Random(len(order)).shuffle(order)
    _reorder(sheet, box, order)


# ---------------------------------------------------------------- copying


@handles("copyPaste")
def copy_paste(batch: Batch, arguments: Json) -> None:
    """Copy a range, as often as the destination has room for it."""
    source, box = batch.grid(arguments.get("source", {}))
    wanted = arguments.get("destination", {})
    kind = arguments.get("pasteType", "PASTE_NORMAL")
    turned = arguments.get("pasteOrientation") == "TRANSPOSE"
    tall, wide = (box.width, box.height) if turned else (box.height, box.width)
    if not tall or not wide:
        return
    target, over = _room(batch, wanted, tall, wide)
    block = [
        [source.cell(n, c) for c in range(box.left, box.right)] for n in range(box.top, box.bottom)
    ]
    if turned:
        block = [list(line) for line in zip(*block, strict=True)]
    for top in range(over.top, over.bottom, tall):
        for left in range(over.left, over.right, wide):
            paste(target, block, (top, left), (box.top, box.left), kind)
            if kind == "PASTE_NORMAL" and not turned:
                _merges_too(source, box, target, (top, left))


def _room(batch: Batch, wanted: Json, tall: int, wide: int) -> tuple[Sheet, Box]:
    target, over = batch.grid(wanted)
    down = over.height // tall * tall if over.height % tall == 0 else tall
    right = over.width // wide * wide if over.width % wide == 0 else wide
    over = Box(over.top, over.top + max(down, tall), over.left, over.left + max(right, wide))
    target.row_count = max(target.row_count, over.bottom)
    target.column_count = max(target.column_count, over.right)
    return target, over


def paste(
    target: Sheet,
    block: list[list[Cell]],
    at: tuple[int, int],
    origin: tuple[int, int],
    kind: str = "PASTE_NORMAL",
) -> None:
    """Put a block of cells somewhere else; ``origin`` is where it came from."""
    down, right = at[0] - origin[0], at[1] - origin[1]
    for n, line in enumerate(block, start=at[0]):
        old = target.row(n)
        changed: Row = {
            column: _pasted(old.get(column, BLANK), _copy(cell, down, right), kind)
            for column, cell in enumerate(line, start=at[1])
        }
        target.put(n, changed)


def _pasted(old: Cell, new: Cell, kind: str) -> Cell:
    if kind == "PASTE_VALUES":
        return old._replace(value=new.value, formula=None)
    if kind == "PASTE_FORMULA":
        return old._replace(value=new.value, formula=new.formula)
    if kind == "PASTE_FORMAT":
        return old._replace(format=new.format)
    if kind == "PASTE_DATA_VALIDATION":
        return old._replace(rule=new.rule)
    if kind == "PASTE_CONDITIONAL_FORMATTING":
        return old
    if kind == "PASTE_NO_BORDERS" and new.format:
        form = {name: value for name, value in new.format.items() if name != "borders"}
        return new._replace(format=form or None)
    return new


def _merges_too(source: Sheet, box: Box, target: Sheet, at: tuple[int, int]) -> None:
    inside = [merge for merge in source.merges if box.holds(merge)]
    down, right = at[0] - box.top, at[1] - box.left
    over = Box(at[0], at[0] + box.height, at[1], at[1] + box.width)
    if target is not source or (down, right) != (0, 0):
        target.merges = [merge for merge in target.merges if not merge.touches(over)]
        target.merges += [
            Box(m.top + down, m.bottom + down, m.left + right, m.right + right) for m in inside
        ]


@handles("cutPaste")
def cut_paste(batch: Batch, arguments: Json) -> None:
    """Move a range; formulas that looked at it follow."""
    source, box = batch.grid(arguments.get("source", {}))
    to = arguments.get("destination", {})
    target, *place = batch.spot(to)
    at = (place[0], place[1])
    if at[0] + box.height > target.row_count or at[1] + box.width > target.column_count:
        raise invalid("The destination is too small for the cut range.")
    cut(batch.book, source, box, target, at)


def cut(book: Workbook, source: Sheet, box: Box, target: Sheet, at: tuple[int, int]) -> None:
    """Take cells out of one place and put them into another."""
    block = [
        [source.cell(n, c) for c in range(box.left, box.right)] for n in range(box.top, box.bottom)
    ]
    blank = dict.fromkeys(range(box.left, box.right), BLANK)
    for n in range(box.top, min(box.bottom, source.used)):
        source.put(n, blank)
    paste(target, block, at, at)
    down, right = at[0] - box.top, at[1] - box.left
    inside = [merge for merge in source.merges if box.holds(merge)]
    source.merges = [merge for merge in source.merges if merge not in inside]
    target.merges += [
        Box(m.top + down, m.bottom + down, m.left + right, m.right + right) for m in inside
    ]
    if book.has_formulas:
        _follow(book, source, box, target, (down, right))


def _follow(book: Workbook, source: Sheet, box: Box, target: Sheet, way: tuple[int, int]) -> None:
    def change(on: Sheet, ref: Reference) -> Reference | None:
        title = on.title if ref.title is None else ref.title
        if title != source.title or not _inside(ref, box):
            return ref
        same = target.title == on.title
        last = _carried(ref.last, way) if ref.last else None
        return Reference(None if same else target.title, _carried(ref.first, way), last)

    in_formulas(book, change)


def _carried(end: End, way: tuple[int, int]) -> End:
    return replace(end, row=(end.row or 0) + way[0], column=(end.column or 0) + way[1])


def _inside(ref: Reference, box: Box) -> bool:
    for end in (ref.first, ref.last or ref.first):
        if end.row is None or end.column is None:
            return False
        if not (box.top <= end.row < box.bottom and box.left <= end.column < box.right):
            return False
    return True


@handles("autoFill")
def auto_fill(batch: Batch, arguments: Json) -> None:
    """Continue a range: numbers by their step, everything else repeated."""
    spread = arguments.get("sourceAndDestination")
    if not spread:
        raise invalid("sourceAndDestination must be set.")
    sheet, box = batch.grid(spread.get("source", {}))
    length, down = spread.get("fillLength", 0), spread.get("dimension") == "ROWS"
    tall = box.height if down else box.width
    for n in range(length if length > 0 and tall else 0):
        to = (box.bottom if down else box.right) + n
        back = (box.top if down else box.left) + n % tall
        span = range(box.left, box.right) if down else range(box.top, box.bottom)
        for other in span:
            old, new = ((back, other), (to, other)) if down else ((other, back), (other, to))
            cell = _copy(sheet.cell(*old), new[0] - old[0], new[1] - old[1])
            sheet.put(new[0], {new[1]: cell})


# ---------------------------------------------------------------- shifting cells


@handles("insertRange")
def insert_range(batch: Batch, arguments: Json) -> None:
    """Blank cells in between; the others make room."""
    sheet, box = batch.grid(arguments.get("range", {}))
    if arguments.get("shiftDimension") == "ROWS":
        rest, at = replace(box, bottom=sheet.used), (box.bottom, box.left)
        sheet.row_count = max(sheet.row_count, sheet.used + box.height)
    else:
        wide = max((max(row) + 1 for row in sheet.rows if row), default=0)
        rest, at = replace(box, right=max(wide, box.left)), (box.top, box.right)
        sheet.column_count = max(sheet.column_count, wide + box.width)
    if rest.height > 0 and rest.width > 0:
        cut(batch.book, sheet, rest, sheet, at)


@handles("deleteRange")
def delete_range(batch: Batch, arguments: Json) -> None:
    """Cells go; the others close the gap."""
    sheet, box = batch.grid(arguments.get("range", {}))
    blank = dict.fromkeys(range(box.left, box.right), BLANK)
    for n in range(box.top, min(box.bottom, sheet.used)):
        sheet.put(n, blank)
    if arguments.get("shiftDimension") == "ROWS":
        rest = replace(box, top=box.bottom, bottom=max(sheet.used, box.bottom))
    else:
        rest = replace(box, left=box.right, right=sheet.column_count)
    if rest.height > 0 and rest.width > 0:
        cut(batch.book, sheet, rest, sheet, (box.top, box.left))
