"""What one sheet holds: tables in whatever direction, and the labels of each order. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from errors import UnreadableError
from sync.drafts import Problem
from sync.readers.headings import Words, fold
from sync.readers.tables import Sheet
from sync.tables import fitlists, forms, headerblock, lines, mapping, places, storecolumns
from sync.tables.headerblock import Header
from sync.tables.lines import Table, TableLine
from sync.tables.mapping import Mapping
from sync.tables.tablecells import is_placeholder
from sync.tables.turned import turned_parts
from workflow.fields import Catalogue

SHORTEST_REMARK = 12
_MOST_TABLES = 200
_TITLE_ROWS, _LONGEST_TITLE = 8, 60
_ENOUGH_DUMMIES = 3
_LONGEST_DUMMY = 80
_DUMMY_SIGNS = ("\u3007\u3007", "○○", "\xd7\xd7", "△△")  # circles, crosses, triangles
_OWN_HEADER = ("po_number", "ship_to", "customer")


@dataclass(frozen=True)
class Knowledge:
    """What a reader knows before it sees the file: words, the shop's fields, a saved mapping."""

    words: Words
    catalogue: Catalogue
    saved: Mapping | None = None


@dataclass
class Page:
    """What one sheet holds, or the part of it that is one order."""

    sheet: Sheet
    header: Header
    lines: list[TableLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)
    unfilled: int = 0
    plans: list[Mapping] = field(default_factory=list)
    number: int = 0  # of the part, from 0
    refusal: str = ""

    @property
    def po_number(self) -> str:
        """The number of its order, or an empty text."""
        return str(self.header.values.get("po_number") or "")


@dataclass(frozen=True)
class _Found:
    """A table, the sheet it was read from (perhaps turned), and the rows it takes in the file."""

    plan: Mapping
    table: Table
    rows: range


def read(sheet: Sheet, knows: Knowledge) -> list[Page]:
    """Read a sheet: its tables, what stands around them, and to which order each belongs."""
    hints = mapping.hints(sheet, knows.words)
    first = _plan(sheet, knows, 0)
    beside = _orders_beside(sheet, knows, hints, first)
    if beside:
        return [page for view in beside for page in read(view, knows)]
    found = list(_tables(sheet, knows, hints, first))
    if not found:
        found = _otherwise(sheet, knows, hints)
    parts = list(_parts(sheet, found, knows, hints))
    return [_page(sheet, found, part, number, knows, hints) for number, part in enumerate(parts)]


def _tables(
    sheet: Sheet, knows: Knowledge, hints: tuple[str | None, str], plan: Mapping | None
) -> Iterator[_Found]:
    """The tables of a sheet, one below the other; ``plan`` is that of the first."""
    for _table in range(_MOST_TABLES):
        if plan is None:
            return
        plan = replace(plan, decimal=plan.decimal or hints[0], order=plan.order or hints[1])
        sides = [
            _side(sheet, plan, part, knows) for part in mapping.halves(sheet, plan, knows.words)
        ]
        tables = [
            (plan, lines.apply(plan, view, knows.words, knows.catalogue)) for view, plan in sides
        ]
        tables = tables or [(plan, lines.apply(plan, sheet, knows.words, knows.catalogue))]
        for one, table in tables:
            last = max((line.row for line in table.lines), default=one.bottom)
            yield _Found(one, table, range(storecolumns.first_row(one, sheet), last + 1))
        plan = _plan(sheet, knows, max(table.end for _plan, table in tables))
    raise UnreadableError(
        f"Sheet {sheet.name} has more than {_MOST_TABLES} tables: send only the sheet with the"
        " order."
    )


def _orders_beside(
    sheet: Sheet, knows: Knowledge, hints: tuple[str | None, str], plan: Mapping | None
) -> list[Sheet]:
    """The sheet in parts where tables side by side have order numbers of their own above them."""
    sides = mapping.halves(sheet, plan, knows.words) if plan is not None and plan.top else []
    if plan is None or not sides:
        return []
    starts = [0, *(start for start, _end in sides[1:])]
    width = max(len(row) for row in sheet.rows)
    views = [
        _only(sheet, first, end) for first, end in zip(starts, [*starts[1:], width], strict=True)
    ]
    above = [range(plan.top, len(sheet.rows))]
    heads = [
        headerblock.read_header(view, above, knows.words, knows.catalogue, hints) for view in views
    ]
    numbers = {str(head.values.get("po_number") or "") for head in heads}
    return views if len(numbers) == len(views) and "" not in numbers else []


def _only(sheet: Sheet, first: int, end: int) -> Sheet:
    """The sheet with only some of its columns, each where it was."""
    rows = [[None] * min(first, len(row)) + row[first:end] for row in sheet.rows]
    return replace(sheet, rows=rows)


def _side(
    sheet: Sheet, plan: Mapping, part: tuple[int, int], knows: Knowledge
) -> tuple[Sheet, Mapping]:
    """One of several tables side by side: the sheet with only its columns, and its mapping."""
    first, end = part
    view = _only(sheet, first, end)
    own = mapping.suggest(view, knows.words, plan.top)
    if own is None or own.top != plan.top:
        own = replace(plan, columns=tuple(c for c in plan.columns if first <= c.index < end))
    return view, replace(own, decimal=plan.decimal, order=plan.order)


def _plan(sheet: Sheet, knows: Knowledge, start: int) -> Mapping | None:
    if knows.saved and start == 0:
        placed = mapping.place(knows.saved, sheet)
        if placed:
            return placed
    return mapping.suggest(sheet, knows.words, start)


def _otherwise(sheet: Sheet, knows: Knowledge, hints: tuple[str | None, str]) -> list[_Found]:
    """A table on its side, labels beside values, or a table without headings."""
    kept = fitlists.read(sheet, knows.words)
    kept = kept or forms.read(sheet, knows.words, knows.catalogue, hints)
    turned = [
        _in_file(one)
        for part in turned_parts(sheet)
        for one in _tables(part, knows, hints, _plan(part, knows, 0))
        if one.table.lines and _says_how_many(one.plan, knows.words)
    ]
    if sum(len(one.table.lines) for one in turned) > len(kept) and not any(
        line.sizes for _row, line in kept
    ):
        return turned
    if kept:
        plan = Mapping(kept[0][0], kept[0][0], ())
        made = tuple(TableLine(line, row) for row, line in kept)
        return [_Found(plan, Table(made, (), {}, frozenset(), len(sheet.rows)), range(0))]
    bare = mapping.without_headings(sheet)
    if bare is None:
        return []
    bare = replace(bare, decimal=hints[0], order=hints[1])
    table = lines.apply(bare, sheet, knows.words, knows.catalogue)
    return [_Found(bare, table, range(max(bare.top, 0), table.end))] if table.lines else []


def _says_how_many(plan: Mapping, words: Words) -> bool:
    """Whether a heading names the pieces; on its side a sheet needs more than sums that fit."""
    column = plan.column("quantity")
    hit = words.column(column.heading) if column else None
    return hit.field == "quantity" if hit else column is None


def _in_file(one: _Found) -> _Found:
    """The rows that a turned table takes in the file: those of its headings."""
    at = [column.index for column in one.plan.columns]
    return replace(one, rows=range(min(at), max(at) + 1))


def _parts(
    sheet: Sheet, found: Sequence[_Found], knows: Knowledge, hints: tuple[str | None, str]
) -> Iterator[range]:
    """The rows of each order of a sheet: a table with a number of its own above it begins one."""
    start, before = 0, 0
    known: Header | None = None
    for one in found:
        if one.rows.start < before or not one.table.lines:
            continue
        gap = range(before, one.rows.start)
        blocks = [other.rows for other in found]
        own = headerblock.read_header(sheet, blocks, knows.words, knows.catalogue, hints, gap)
        if known is not None and _differs(known, own):
            yield range(start, before)
            start, known = before, own
        known = known or own
        before = max(before, one.rows.stop)
    yield range(start, len(sheet.rows))


def _differs(known: Header, own: Header) -> bool:
    """Whether labels between two tables begin another order."""
    for name in _OWN_HEADER:
        if name in known.evidence and name in own.evidence:
            return _said(known, name) != _said(own, name)
    return False


def _said(header: Header, name: str) -> str:
    return header.evidence[name].partition(": ")[2]


def _page(
    sheet: Sheet,
    found: Sequence[_Found],
    part: range,
    number: int,
    knows: Knowledge,
    hints: tuple[str | None, str],
) -> Page:
    blocks = [one.rows for one in found]
    header = headerblock.read_header(sheet, blocks, knows.words, knows.catalogue, hints, part)
    page = Page(sheet, header, number=number)
    for one in found:
        if one.rows and one.rows.start not in part:
            continue
        _take(page, one)
    if not page.currencies and "currency" not in header.values:
        page.currencies |= places.formatted(sheet) or places.currencies(sheet)
    page.refusal = _no_order(page, knows.words)
    if page.refusal:
        page.lines, page.problems = [], []
    return page


def _take(page: Page, one: _Found) -> None:
    table = one.table
    page.plans.append(one.plan)
    page.lines += table.lines
    page.problems += table.problems
    page.unfilled += table.unfilled
    page.currencies |= {*table.currencies, one.plan.currency} - {""}
    page.remarks += [
        text
        for row, text in table.remarks.items()
        if row not in page.header.rows and len(text) >= SHORTEST_REMARK
    ]


def _no_order(page: Page, words: Words) -> str:
    """Why what looks like lines is no order: nobody filled the form in, or it is another paper."""
    if "po_number" in page.header.unfilled:
        return "its order number is still a placeholder"
    if page.po_number:
        return ""
    outside = _texts_outside(page)
    dummies = {text for text in outside if _is_dummy(text, words)}
    if len(dummies) >= _ENOUGH_DUMMIES:
        listed = ", ".join(f"'{text[:30]}'" for text in sorted(dummies)[:3])
        return f"it is filled with examples ({listed})"
    titles = [text for text in outside[:_TITLE_ROWS] if len(text) <= _LONGEST_TITLE]
    title = next((said for text in titles if (said := words.other_document(text))), "")
    return f"it calls itself '{title}'" if title else ""


def _texts_outside(page: Page) -> list[str]:
    inside = {line.row for line in page.lines}
    return [
        value.strip()
        for row, values in enumerate(page.sheet.rows[:100])
        if row not in inside
        for value in values[:40]
        if isinstance(value, str) and value.strip()
    ][:400]


def _is_dummy(text: str, words: Words) -> bool:
    """Whether a text is an example's or says only what should stand there."""
    if len(text) > _LONGEST_DUMMY:
        return False
    if is_placeholder(text) or any(sign in text for sign in _DUMMY_SIGNS):
        return bool(re.search(r"\w|[○△\u3007\xd7]", text))
    folded = fold(text)
    known = words.notes("dummies")
    return folded in known or any(
        phrase in folded for phrase in known if phrase >= "\u3000" or " " in phrase
    )
