"""The layout of a file nobody has said anything about: what the reader finds, as a start. Pure."""

from dataclasses import replace

from sync.drafts import Values
from sync.readers.headings import Words
from sync.readers.tables import Sheet, Workbook, text_of
from sync.tables import mapping
from sync.tables.layouts import ColumnRule, Constant, Layout, Use
from sync.tables.placing import Verdict, headings_of, place

_HEAD_ROWS, _MOST_SHEETS = 60, 100


def guess(book: Workbook, words: Words) -> Layout:
    """What the reader understands of a file, on the sheet that looks most like an order."""
    sheets = [sheet for sheet in book.sheets if sheet.rows and not sheet.hidden]
    for sheet in sheets:
        plan = mapping.suggest(sheet, words)
        if plan is not None:
            return _on_sheets(layout_of(plan, sheet), sheets, words)
    fullest = max(sheets, key=_figures, default=None)
    return Layout(0, 0) if fullest is None else guess_in(fullest, words)


def _on_sheets(layout: Layout, sheets: list[Sheet], words: Words) -> Layout:
    """Where other sheets have the same table, all of them hold lines."""
    others = [sheet for sheet in sheets[:_MOST_SHEETS] if sheet.name != layout.sheet]
    same = any(place(layout, sheet, words).verdict is Verdict.SURE for sheet in others)
    return replace(layout, every_sheet=same)


def guess_in(sheet: Sheet, words: Words) -> Layout:
    """The same of one sheet; without headings we know, the row that looks like headings."""
    plan = mapping.suggest(sheet, words)
    if plan is not None:
        return layout_of(plan, sheet)
    row = max(range(min(_HEAD_ROWS, len(sheet.rows))), key=lambda at: _looks(sheet, at), default=0)
    return at_rows(Layout(row, row, sheet=sheet.name), sheet, row, row, words)


def layout_of(plan: mapping.Mapping, sheet: Sheet) -> Layout:
    """A layout that reads as a plan of the reader does."""
    texts = headings_of(sheet, plan.top, plan.bottom)
    uses: dict[int, list[Use]] = {}
    for column in plan.columns:
        if column.level not in ("pair", "week", "place"):  # nobody can say these by hand
            uses.setdefault(column.index, []).append(_use(column))
    rules = {at: ColumnRule(at, text) for at, text in texts.items()}
    for at, found in uses.items():
        rules[at] = ColumnRule(at, texts.get(at, ""), tuple(found))
    return Layout(
        plan.top,
        plan.bottom,
        tuple(rules[at] for at in sorted(rules)),
        sheet=sheet.name,
        constants=tuple(_constants(plan.constants)),
        decimal=plan.decimal or "",
        days=plan.order if plan.order in ("dmy", "mdy") else "",
    )


def _use(column: mapping.Column) -> Use:
    part = f"{column.color} | {column.part}" if column.color else column.part
    return Use(column.level, column.field, part)


def at_rows(layout: Layout, sheet: Sheet, top: int, bottom: int, words: Words) -> Layout:
    """The layout with its headings in other rows; what is known of columns stays."""
    texts = headings_of(sheet, top, bottom) if bottom >= 0 else {}
    known = {rule.index: rule for rule in layout.columns if rule.uses}
    said = mapping.columns_at(sheet, top, bottom, words) if bottom >= 0 else []
    found = {column.index: _use(column) for column in said}
    rules = []
    for at in sorted({*texts, *known}):
        uses = known[at].uses if at in known else (found[at],) if at in found else ()
        rules.append(ColumnRule(at, texts.get(at, ""), uses))
    return replace(layout, top=top, bottom=bottom, columns=tuple(rules), sheet=sheet.name)


def _constants(values: Values) -> list[Constant]:
    return [Constant("line", name, str(value)) for name, value in values.items() if value]


def _figures(sheet: Sheet) -> int:
    rows = sheet.rows[:_HEAD_ROWS]
    return sum(isinstance(value, int | float) for row in rows for value in row)


def _looks(sheet: Sheet, row: int) -> tuple[int, int]:
    """How much a row looks like headings: short texts, and figures in the rows below."""
    texts = sum(isinstance(v, str) and 0 < len(text_of(v)) <= 40 for v in sheet.rows[row])
    below = sheet.rows[row + 1 : row + 4]
    figures = any(isinstance(value, int | float) for line in below for value in line)
    return (texts if figures and texts >= 2 else 0, -row)
