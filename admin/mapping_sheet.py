"""A customer's sheet as the wizard shows it: what was understood, coloured and said. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from admin.mapping_fields import kind_of, label_of
from sync.drafts import OrderDraft
from sync.readers.headings import fold
from sync.readers.tables import Sheet, address_of, text_of
from sync.tables.layouts import Layout, Use, letters, row_words
from workflow.fields import Catalogue, Level

MOST_ROWS, LAST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 100, 15, 40, 160
_SAMPLES = 3


@dataclass(frozen=True)
class Tag:
    """What something means, in words, with the kind that colours it."""

    label: str
    kind: str


@dataclass(frozen=True)
class Head:
    """One column: its letters, its heading, everything it means."""

    at: str
    heading: str
    tags: tuple[Tag, ...]
    ignored: bool


@dataclass(frozen=True)
class Cell:
    """One cell: where, what stands there, what it means; spans where cells are merged."""

    at: str
    text: str
    kind: str = ""
    tag: str = ""
    problems: tuple[str, ...] = ()
    across: int = 1
    down: int = 1
    number: bool = False


@dataclass(frozen=True)
class RowView:
    """One row: its number, what it is, its cells; ``gap`` counts the rows left out before it."""

    number: int
    kind: str
    tag: str
    cells: tuple[Cell, ...]
    gap: int = 0


@dataclass(frozen=True)
class SheetView:
    """The sheet that is looked at."""

    name: str
    heads: tuple[Head, ...]
    rows: tuple[RowView, ...]
    more_columns: int
    is_ours: bool  # the lines are on this sheet


@dataclass
class _Known:
    """What the reading says of this sheet's cells, by row and by address."""

    lines: set[int] = field(default_factory=set)
    cells: dict[str, Tag] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)


def view(
    sheet: Sheet, layout: Layout, drafts: Sequence[OrderDraft], catalogue: Catalogue
) -> SheetView:
    """A sheet with everything that was understood of it."""
    known = _known(sheet, layout, drafts, catalogue)
    width = max((len(row) for row in sheet.rows), default=0)
    ours = sheet.name == layout.sheet or bool(known.lines)
    columns = range(min(width, MOST_COLUMNS))
    spans, hidden = _spans(sheet)
    kinds = {rule.index: rule for rule in layout.columns} if ours else {}
    heads = []
    for column in columns:
        rule = kinds.get(column)
        uses = rule.uses if rule else ()
        tags = tuple(_tag(use, catalogue) for use in uses if use.level != "ignore")
        ignored = rule is not None and rule.ignored
        heads.append(Head(letters(column), rule.heading if rule else "", tags, ignored))
    rows = []
    before = -1
    for row in _shown(len(sheet.rows)):
        kind, tag = _row_kind(row, sheet, layout, known, ours=ours)
        cells = tuple(
            _cell(sheet, row, column, known, heads[column] if kind == "line" else None, spans)
            for column in columns
            if (row, column) not in hidden
        )
        rows.append(RowView(row + 1, kind, tag, cells, row - before - 1))
        before = row
    return SheetView(sheet.name, tuple(heads), tuple(rows), max(0, width - MOST_COLUMNS), ours)


def samples(sheet: Sheet, layout: Layout, column: int) -> list[tuple[int, str]]:
    """The first texts of a column below the headings, with their rows."""
    first = layout.bottom + 1 + layout.skip
    found = [
        (row, text)
        for row in range(first, min(first + 40, len(sheet.rows)))
        if (text := sheet.text(row, column))
    ]
    return found[:_SAMPLES]


def place_in(text: str) -> tuple[str, str]:
    """The sheet and the cell, or the row, that an address or evidence names."""
    match = re.match(r"(?:sheet (.*?), )?(?:cell ([A-Z]{1,3}\d+)|row (\d+))(?:\b|$)", text)
    return (match[1] or "", match[2] or match[3]) if match else ("", "")


# ---------------------------------------------------------------- what is known


def _known(
    sheet: Sheet, layout: Layout, drafts: Iterable[OrderDraft], catalogue: Catalogue
) -> _Known:
    known = _Known()
    for draft in drafts:
        _learn_draft(known, sheet, draft, catalogue)
    for rule in layout.cells:
        if (rule.sheet or layout.sheet) != sheet.name:
            continue
        at = address_of(rule.row, rule.column)
        if rule.use.level == "ignore":
            known.cells[at] = Tag("Not ours", "ignored")
        else:
            known.cells.setdefault(at, _tag(rule.use, catalogue))
    return known


def _learn_draft(known: _Known, sheet: Sheet, draft: OrderDraft, catalogue: Catalogue) -> None:
    for line in draft.lines:
        name, row = place_in(line.address)
        if name == sheet.name and row.isdecimal():
            known.lines.add(int(row) - 1)
    for field_name, said in draft.evidence.items():
        name, at = place_in(str(said))
        if name == sheet.name and at and not at.isdecimal():
            known.cells.setdefault(at, Tag(_label(field_name, catalogue), "order"))
    for problem in draft.problems:
        name, at = place_in(problem.address)
        if name == sheet.name and at:
            known.problems.setdefault(at, []).append(problem.message)


def _label(name: str, catalogue: Catalogue) -> str:
    for level in (Level.ORDER, Level.DESTINATION):
        known = catalogue.get(level, name)
        if known is not None:
            prefix = "Ship to: " if level is Level.DESTINATION else ""
            return f"{prefix}{known.label}"
    return label_of(Use("order", name), catalogue) if name in _PARTIES else name.replace("_", " ")


_PARTIES = ("customer", "ship_to", "bill_to")


def _tag(use: Use, catalogue: Catalogue) -> Tag:
    return Tag(label_of(use, catalogue), kind_of(use, catalogue))


def _row_kind(
    row: int, sheet: Sheet, layout: Layout, known: _Known, *, ours: bool
) -> tuple[str, str]:
    if ours and layout.top <= row <= layout.bottom:
        return "heading", "Headings"
    if row in known.lines:
        said = any(layout.taken) and is_said(layout.taken, sheet, row)
        return "line", "Line, as you said" if said else "Line"
    last = max(known.lines, default=-1)
    filled = any(text_of(value) for value in sheet.rows[row])
    if ours and filled and layout.bottom < row < last:
        return "out", "Left out"
    return "", ""


def is_said(words: Iterable[str], sheet: Sheet, row: int) -> bool:
    """Whether a row says one of some words, as a layout means it."""
    texts = [text_of(value) for value in sheet.rows[row]]
    wanted = {fold(word) for word in words} - {""}
    return not wanted.isdisjoint({fold(text) for text in (*texts, row_words(texts)) if text})


def _shown(count: int) -> list[int]:
    """The first rows and the last ones: where tables begin, and what stands below them."""
    if count <= MOST_ROWS + LAST_ROWS:
        return list(range(count))
    return [*range(MOST_ROWS), *range(count - LAST_ROWS, count)]


def _spans(sheet: Sheet) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """Merged cells: how far each reaches, and which cells are covered; within what is shown."""
    spans, hidden = {}, set()
    for merge in sheet.merges[:2000]:
        bottom = min(merge.bottom, MOST_ROWS - 1, len(sheet.rows) - 1)
        right = min(merge.right, MOST_COLUMNS - 1)
        if merge.top > bottom or merge.left > right:
            continue
        spans[merge.top, merge.left] = (right - merge.left + 1, bottom - merge.top + 1)
        covered = {
            (row, column)
            for row in range(merge.top, bottom + 1)
            for column in range(merge.left, right + 1)
        }
        hidden |= covered - {(merge.top, merge.left)}
    return spans, hidden


def _cell(
    sheet: Sheet,
    row: int,
    column: int,
    known: _Known,
    head: Head | None,
    spans: dict[tuple[int, int], tuple[int, int]],
) -> Cell:
    at = address_of(row, column)
    value = sheet.value(row, column)
    text = text_of(value)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    tag = known.cells.get(at)
    kind = tag.kind if tag else ""
    if head is not None and not tag:
        kind = "ignored" if head.ignored else head.tags[0].kind if head.tags else ""
    problems = [*known.problems.get(at, [])]
    if column == 0:
        problems += known.problems.get(str(row + 1), [])
    across, down = spans.get((row, column), (1, 1))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(at, text, kind, tag.label if tag else "", tuple(problems[:3]), across, down, number)
