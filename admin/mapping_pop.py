"""What the wizard asks about a column, a cell, a row or the whole file. Pure.

``at`` says about what: "C" a column, "B2" a cell, "7" a row, "rule:lines" the file.
"""

from dataclasses import dataclass
from typing import Any

from admin import mapping_fields
from admin.mapping_sheet import samples
from errors import NotFoundError
from sync.amounts import clipped
from sync.readers.headings import fold
from sync.readers.tables import Sheet, text_of
from sync.tables import transforms
from sync.tables.labels import label_of
from sync.tables.layouts import ColumnRule, Layout, Use, column_of, place_of, row_words
from workflow.fields import Catalogue

RULES = ("sheet", "headings", "lines", "numbers", "units", "constants")


@dataclass(frozen=True)
class Said:
    """One meaning as it stands: its words, its steps, what it makes of the first cells."""

    which: int
    label: str
    kind: str
    value: str
    part: str
    steps: tuple[transforms.Step, ...]
    before_after: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Asked:
    """One question: about what, in which words, and what is said already."""

    kind: str  # column, cell, row, or one of RULES
    at: str
    title: str
    heading: str = ""
    said: tuple[Said, ...] = ()
    ignored: bool = False
    samples: tuple[str, ...] = ()
    words: str = ""  # of a row: what it says
    verdict: str = ""  # of a row: "line" or "out" where somebody said so
    constants: tuple[tuple[str, str], ...] = ()
    step_kinds: Any = None


def ask(at: str, layout: Layout, sheet: Sheet, catalogue: Catalogue) -> Asked:
    """The question about a place.

    Raises:
        NotFoundError: there is no such place.
    """
    if at.startswith("rule:") and at[5:] in RULES:
        return _rule(at, layout, catalogue)
    if at.isdecimal() and len(at) < 8 and 0 < int(at) <= len(sheet.rows):
        return _row(at, sheet, layout)
    cell = place_of(at)
    if cell is not None:
        return _cell(at, cell, layout, sheet, catalogue)
    if at.isascii() and at.isalpha() and len(at) <= 3:
        return _column(at.upper(), layout, sheet, catalogue)
    raise NotFoundError("There is no such place in the sheet. Choose a column, a cell or a row.")


def _column(at: str, layout: Layout, sheet: Sheet, catalogue: Catalogue) -> Asked:
    index = column_of(at)
    rule = layout.column(index) or ColumnRule(index, "")
    found = samples(sheet, layout, index)
    uses = [use for use in rule.uses if use.level != "ignore"]
    said = [
        _said(n, use, [sheet.value(row, index) for row, _text in found], catalogue)
        for n, use in enumerate(uses)
    ]
    return Asked(
        "column",
        at,
        f"Column {at}",
        rule.heading,
        tuple(said),
        rule.ignored,
        tuple(clipped(text, 40) for _row, text in found),
        step_kinds=transforms.STEPS,
    )


def _cell(
    at: str, cell: tuple[int, int], layout: Layout, sheet: Sheet, catalogue: Catalogue
) -> Asked:
    own = "" if sheet.name == layout.sheet else sheet.name
    rules = [c for c in layout.cells if (c.row, c.column, c.sheet) == (*cell, own)]
    value = sheet.value(*cell)
    said = [_said(0, c.use, [value], catalogue) for c in rules if c.use.level != "ignore"]
    label, _down, _right = label_of(sheet, *cell)
    ignored = any(c.use.level == "ignore" for c in rules)
    words = (clipped(text_of(value), 80),) if text_of(value) else ()
    return Asked(
        "cell", at, f"Cell {at}", label, tuple(said), ignored, words, step_kinds=transforms.STEPS
    )


def _said(which: int, use: Use, values: list[Any], catalogue: Catalogue) -> Said:
    changed = []
    above = None
    for value in values if use.steps else ():
        above, wrong = transforms.change(value, use.steps, above)
        changed.append((clipped(text_of(value), 40), clipped(text_of(above), 40), wrong))
    return Said(
        which,
        mapping_fields.label_of(use, catalogue),
        mapping_fields.kind_of(use, catalogue),
        mapping_fields.value_of(use),
        use.part if use.level in ("size", "date") else "",
        use.steps,
        tuple(changed),
    )


def _row(at: str, sheet: Sheet, layout: Layout) -> Asked:
    texts = [text_of(value) for value in sheet.rows[int(at) - 1] if text_of(value)]
    word = " ".join(row_words(texts).split())[:200]
    shown = tuple(clipped(text, 24) for text in texts[:5])
    return Asked("row", at, f"Row {at}", samples=shown, words=word, verdict=_verdict(word, layout))


def _verdict(word: str, layout: Layout) -> str:
    """What somebody said about the rows that say this: "line", "out", or nothing yet."""
    if fold(word) in map(fold, layout.taken):
        return "line"
    return "out" if fold(word) in map(fold, layout.left_out) else ""


def _rule(at: str, layout: Layout, catalogue: Catalogue) -> Asked:
    titles = {
        "sheet": "Which sheet the lines are on",
        "headings": "Where the headings stand",
        "lines": "Where the lines begin and end",
        "numbers": "How numbers and days are written",
        "units": "What their quantities count",
        "constants": "The same for every order of such files",
    }
    constants = [
        (mapping_fields.label_of(mapping_fields.use_of(f"{c.level}:{c.field}"), catalogue), c.text)
        for c in layout.constants
    ]
    return Asked(at[5:], at, titles[at[5:]], constants=tuple(constants))
