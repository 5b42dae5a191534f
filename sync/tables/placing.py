"""Where a known layout stands in another file: its headings, moved or lightly renamed. Pure.

A placement is sure, doubtful or none.  It is sure only when every column that means something was
found and hardly any has another name; what is doubtful goes to a person.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from rapidfuzz import fuzz

from sync.readers.headings import Words, fold, size_of
from sync.readers.tables import Sheet, text_of
from sync.tables.labels import locate
from sync.tables.layouts import (
    CellRule,
    ColumnRule,
    Layout,
    Use,
    day_in,
    fingerprint_of,
    letters,
)

DEEPEST = 200  # rows that are looked at for headings
_LONGEST_HEADING = 100
_ALIKE = 82.0  # headings in percent; below it is another heading
_CANDIDATES = 4


class Verdict(Enum):
    """How well a layout fits a sheet."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True)
class Placement:
    """A layout in a sheet: with this sheet's rows and columns, and what is different here."""

    layout: Layout
    verdict: Verdict
    differences: tuple[str, ...] = ()
    score: float = 0.0


@dataclass(frozen=True)
class _Pair:
    """A rule and the column of the sheet that has its heading."""

    rule: ColumnRule
    index: int
    likeness: float


def place(layout: Layout, sheet: Sheet, words: Words) -> Placement:
    """Find a layout's table in a sheet.

    Args:
        layout: as it was said about another file.
        sheet: the sheet at hand.
        words: two headings that mean the same field in any language count as alike.
    """
    if layout.bottom < 0:
        return _without_headings(layout, sheet)
    height = layout.bottom - layout.top
    tried = [
        _placed(layout, row, headings_of(sheet, row, row + height), words)
        for row in _likely_rows(layout, sheet, height)
    ]
    best = max(tried, key=lambda found: found.score, default=Placement(layout, Verdict.NONE))
    return replace(best, layout=replace(best.layout, cells=_located(best.layout.cells, sheet)))


def headings_of(sheet: Sheet, top: int, bottom: int) -> dict[int, str]:
    """The headings by column; of several rows they stand behind each other: "Black / Qty"."""
    found: dict[int, list[str]] = {}
    for row in range(max(top, 0), min(bottom, len(sheet.rows) - 1) + 1):
        for index, text in _texts(sheet, row).items():
            above = found.setdefault(index, [])
            if text not in above:
                above.append(text)
    return {index: " / ".join(texts) for index, texts in sorted(found.items())}


def fingerprints(sheet: Sheet, deepest: int = 60) -> dict[str, tuple[int, int]]:
    """Every fingerprint that rows of a sheet could be the headings of, with those rows."""
    found: dict[str, tuple[int, int]] = {}
    for top in range(min(deepest, len(sheet.rows))):
        for bottom in (top, top + 1):
            headings = headings_of(sheet, top, bottom).values()
            if len(headings) >= 3 and (known := fingerprint_of(headings)):
                found.setdefault(known, (top, bottom))
    return found


# ---------------------------------------------------------------- rows


def _texts(sheet: Sheet, row: int) -> dict[int, str]:
    """The short texts of a row; one that is merged over columns stands over each of them."""
    found = {
        index: " ".join(text.split())
        for index, value in enumerate(sheet.rows[row])
        if value is not None and 0 < len(text := text_of(value)) <= _LONGEST_HEADING
    }
    for merge in sheet.merges_at(row):
        if merge.top == row and 0 < len(text := sheet.text(row, merge.left)) <= _LONGEST_HEADING:
            across = range(merge.left, merge.right + 1)
            found.update(dict.fromkeys(across, " ".join(text.split())))
    return found


def _likely_rows(layout: Layout, sheet: Sheet, height: int) -> list[int]:
    """The rows with most of the headings; where none has any, those with enough texts."""
    wanted = {fold(rule.heading) for rule in layout.columns if rule.heading}
    counted: list[tuple[int, int]] = []
    for row in range(min(DEEPEST, len(sheet.rows))):
        texts = headings_of(sheet, row, row + height) if height else _texts(sheet, row)
        exact = len(wanted & {fold(text) for text in texts.values()})
        if exact or 2 * len(texts) >= len(wanted) > 0:
            counted.append((-exact, row))
    return [row for _exact, row in sorted(counted)[: _CANDIDATES if counted else 0]]


# ---------------------------------------------------------------- columns


def _placed(layout: Layout, top: int, texts: Mapping[int, str], words: Words) -> Placement:
    pairs = _pairs(layout, texts, words)
    found = {pair.rule.index: pair for pair in pairs}
    wanted = [rule for rule in layout.columns if _means_something(rule)]
    missing = [rule for rule in wanted if rule.index not in found and not _may_be_absent(rule)]
    columns = [replace(p.rule, index=p.index, heading=texts.get(p.index, "")) for p in pairs]
    columns += _new_columns(layout, texts, {pair.index for pair in pairs})
    bottom = top + layout.bottom - layout.top
    here = replace(
        layout,
        top=top,
        bottom=bottom,
        columns=tuple(sorted(columns, key=lambda rule: rule.index)),
        cells=tuple(_lowered(cell, top - layout.top) for cell in layout.cells),
    )
    verdict = _verdict(layout, here, missing, [p for p in pairs if _means_something(p.rule)])
    new = _new_meanings(here, pairs, words)
    share = (len(wanted) - len(missing)) / len(wanted) if wanted else 0.0
    likeness = sum(pair.likeness for pair in pairs) / max(1, len(pairs)) / 100
    return Placement(
        here,
        Verdict.DOUBTFUL if new and verdict is Verdict.SURE else verdict,
        (*_differences(layout, pairs, missing, here), *(f"column '{text}' is new" for text in new)),
        share * likeness,
    )


def _located(rules: tuple[CellRule, ...], sheet: Sheet) -> tuple[CellRule, ...]:
    """Cells beside labels that stand elsewhere now."""
    found = []
    for rule in rules:
        at = locate(rule, sheet) if not rule.sheet else None
        found.append(rule if at is None else replace(rule, row=at[0], column=at[1]))
    return tuple(found)


def _lowered(cell: CellRule, rows: int) -> CellRule:
    """A cell of the same sheet, as many rows further down as the table is."""
    return cell if cell.sheet else replace(cell, row=max(0, cell.row + rows))


def _pairs(layout: Layout, texts: Mapping[int, str], words: Words) -> list[_Pair]:
    """Give each rule the column whose heading is most like its own, the best pairs first."""
    close = [
        _Pair(rule, index, likeness)
        for rule in layout.columns
        if rule.heading and not _is_day_column(rule)
        for index, text in texts.items()
        if (likeness := _likeness(rule.heading, text, words)) >= _ALIKE
    ]
    close.sort(key=lambda pair: (-pair.likeness, abs(pair.rule.index - pair.index), pair.index))
    taken: dict[int, _Pair] = {}
    columns: set[int] = set()
    for pair in close:
        if pair.rule.index not in taken and pair.index not in columns:
            taken[pair.rule.index] = pair
            columns.add(pair.index)
    moved = {pair.index - pair.rule.index for pair in taken.values()}
    for rule in layout.columns:  # a column without a heading stays between its neighbours
        at = rule.index + (min(moved) if len(moved) == 1 else 0)
        if not rule.heading and at not in columns and not texts.get(at):
            taken[rule.index] = _Pair(rule, at, 100.0)
    return list(taken.values())


def _likeness(ours: str, theirs: str, words: Words) -> float:
    mine, other = fold(ours), fold(theirs)
    if mine == other:
        return 100.0
    if not mine or not other or size_of(ours) or size_of(theirs):
        return 0.0
    if re.findall(r"\d+", mine) != re.findall(r"\d+", other):
        return 0.0  # "Location 1" is not "Location 2"
    alike = max(fuzz.ratio(mine, other), fuzz.token_sort_ratio(mine, other))
    first, second = words.column(ours), words.column(theirs)
    if first and second and first.sure and second.sure:
        same = (first.section, first.field) == (second.section, second.field)
        return max(alike, 90.0) if same else 0.0  # "Qty" and "Qty price" are not one
    return float(alike)


def _is_day_column(rule: ColumnRule) -> bool:
    return any(use.level == "date" for use in rule.uses)


def _means_something(rule: ColumnRule) -> bool:
    return any(use.level != "ignore" for use in rule.uses)


def _may_be_absent(rule: ColumnRule) -> bool:
    """A size nobody orders this time, and the days of another month, are no difference."""
    return all(use.level in ("size", "date") for use in rule.uses)


def _new_columns(
    layout: Layout, texts: Mapping[int, str], taken: Iterable[int]
) -> list[ColumnRule]:
    """Columns the layout does not know: another size, other days, or nothing said yet."""
    known = set(taken)
    levels = {use.level: use for _rule, use in layout.uses() if use.level in ("size", "date")}
    found = []
    for index, text in texts.items():
        if index in known:
            continue
        size, day = size_of(text), day_in(text)
        uses: tuple[Use, ...] = ()
        if "size" in levels and size:
            uses = (replace(levels["size"], part=size),)
        elif "date" in levels and day:
            uses = (replace(levels["date"], part=day.isoformat()),)
        found.append(ColumnRule(index, text, uses))
    return found


# ---------------------------------------------------------------- how sure


def _verdict(
    layout: Layout, here: Layout, missing: list[ColumnRule], pairs: list[_Pair]
) -> Verdict:
    wanted = len(pairs) + len(missing)
    renamed = sum(pair.likeness < 100 for pair in pairs)
    if len(pairs) < 2 or 2 * len(pairs) < wanted:
        return Verdict.NONE
    counts = any(use.level in ("size", "date") or use.field == "quantity" for _, use in here.uses())
    if missing or not counts or renamed * 5 > max(5, wanted * 2):
        return Verdict.DOUBTFUL
    lines_of = sum(_means_something(rule) for rule in layout.columns)
    return Verdict.SURE if lines_of >= 2 else Verdict.DOUBTFUL


def _new_meanings(here: Layout, pairs: list[_Pair], words: Words) -> list[str]:
    """Headings the layout never saw that say something about a line: a colour, another price."""
    paired = {pair.index for pair in pairs}
    new = [c for c in here.columns if c.heading and not c.uses and c.index not in paired]
    hits = ((rule.heading, words.column(rule.heading)) for rule in new)
    return [text for text, hit in hits if hit is not None and hit.sure][:5]


def _differences(
    layout: Layout, pairs: list[_Pair], missing: list[ColumnRule], here: Layout
) -> list[str]:
    said = [f"column '{rule.heading or letters(rule.index)}' is missing" for rule in missing]
    for pair in sorted(pairs, key=lambda p: p.index):
        now = here.column(pair.index)
        if now is not None and pair.likeness < 100 and _means_something(pair.rule):
            said.append(f"'{pair.rule.heading}' is called '{now.heading}' here")
        if pair.index != pair.rule.index and _means_something(pair.rule):
            before, after = letters(pair.rule.index), letters(pair.index)
            said.append(f"'{pair.rule.heading}' moved from column {before} to {after}")
    return said[:20]


def _without_headings(layout: Layout, sheet: Sheet) -> Placement:
    """A table without headings is known only by its width: always a question."""
    width = max((len(row) for row in sheet.rows[:DEEPEST]), default=0)
    needed = max((rule.index for rule, _use in layout.uses()), default=0)
    fits = needed < width
    return Placement(layout, Verdict.DOUBTFUL if fits else Verdict.NONE, (), 0.5 if fits else 0.0)
