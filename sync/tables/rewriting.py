"""A sheet written anew by a layout, so that the reader finds exactly what somebody said. Pure.

Rows and columns keep their places.  A second meaning of a column gets a column of its own to the
right of everything; ``real_address`` leads back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache

from sync import cells
from sync.cells import CellError
from sync.drafts import Problem
from sync.readers.headings import Words, fold
from sync.readers.tables import Merge, Plain, Row, Sheet, text_of
from sync.tables import mapping, transforms
from sync.tables.labels import locate
from sync.tables.layouts import Layout, Use, letters, row_words
from sync.tables.mapping import Column
from sync.tables.mapping import Mapping as Plan

_COUNTING = frozenset({"quantity", "pack_quantity", "inner_pack"})
_PRICES = frozenset({"unit_price", "list_price", "unit_cost"})
_MOST_PROBLEMS, _MOST_MERGED = 500, 20_000
_FEWEST_TEXTS = 3  # a row with fewer is no heading of another table


@dataclass(frozen=True)
class Rewritten:
    """The sheet for the reader, the plan to read it by, and the way back.

    ``origins`` maps a column that was added to the one it came from; ``lowered`` is 1 where a row
    of headings was put above everything.  ``order_cells`` holds by (row, level, field) what
    columns say about their order.
    """

    sheet: Sheet
    plan: Plan
    problems: tuple[Problem, ...] = ()
    origins: Mapping[int, int] = field(default_factory=dict)
    lowered: int = 0
    order_cells: Mapping[tuple[int, str, str], tuple[Plain, str]] = field(default_factory=dict)

    def real_address(self, text: str) -> str:
        """The same words with the row and the column the person sees."""
        moved = re.sub(r"\bcell ([A-Z]{1,3})(\d+)\b", self._cell, text, count=1)
        if moved == text and self.lowered:
            return re.sub(r"\brow (\d+)\b", lambda m: f"row {int(m[1]) - 1}", text, count=1)
        return moved

    def _cell(self, match: re.Match[str]) -> str:
        back = {letters(added): letters(origin) for added, origin in self.origins.items()}
        return f"cell {back.get(match[1], match[1])}{int(match[2]) - self.lowered}"


@dataclass(frozen=True)
class _Placed:
    """One meaning of a column: where it is read, where it is written, under which heading."""

    use: Use
    source: int
    target: int
    heading: str


def _column(placed: _Placed) -> Column:
    """The column for the reader; of a matrix of colours it holds "Black | S"."""
    use, color, part = placed.use, "", placed.use.part
    if use.level == "size" and "|" in part:
        color, part = (text.strip() for text in part.split("|", 1))
    return Column(placed.target, placed.heading, use.level, use.field, part, color=color)


def rewrite(layout: Layout, sheet: Sheet, words: Words) -> Rewritten:
    """Write a sheet anew for a layout that stands in it with its rows and columns."""
    return _Rewriter(layout, sheet, words).rewrite()


class _Rewriter:
    def __init__(self, layout: Layout, sheet: Sheet, words: Words) -> None:
        self.layout, self.sheet, self.words = layout, sheet, words
        self.rows: list[Row] = [list(row) for row in sheet.rows]
        self.problems: list[Problem] = []
        self.order_cells: dict[tuple[int, str, str], tuple[Plain, str]] = {}
        self.units = {fold(word): Decimal(pieces) for word, pieces in layout.units.words}
        self.headings = {r.heading for r in layout.columns if r.heading and r.uses}
        self.fold = lru_cache(maxsize=20_000)(fold)  # the same words stand in many rows
        self.left_out = {fold(text) for text in layout.left_out} - {""}
        self.taken = {fold(text) for text in layout.taken} - {""}
        said = (*layout.left_out, *layout.taken)
        self.longest = 2 * max((len(text) for text in said), default=0)
        self.scaled: dict[tuple[Plain, Decimal], Plain] = {}
        self.placed = self._places()
        self.merged = self._merged_down()

    def rewrite(self) -> Rewritten:
        first = self.layout.bottom + 1 + self.layout.skip
        last = self._last(first)
        for row in range(self.layout.bottom + 1, len(self.rows)):
            if row < first or row >= last or self._is_left_out(row):
                self._clear(row)
        taken = [row for row in range(first, last) if self._is_taken(row)]
        self._fill(first, last)
        self._take_away_what_is_ignored(first, last)
        lowered = self._write_headings()
        columns = [p for p in self.placed if p.use.level not in ("order", "destination")]
        plan = Plan(
            top=self.layout.bottom + lowered,
            bottom=self.layout.bottom + lowered,
            columns=tuple(_column(p) for p in columns),
            decimal=self.layout.decimal or None,
            order=self.layout.days,
            taken=frozenset(row + lowered for row in taken),
        )
        origins = {p.target: p.source for p in self.placed if p.target != p.source}
        page = replace(self.sheet, rows=self.rows, merges=tuple(self._merges(lowered)))
        return Rewritten(page, plan, tuple(self.problems), origins, lowered, self.order_cells)

    def _places(self) -> list[_Placed]:
        """Where each meaning is read and written: the first one in place, the others beside."""
        free = max([len(row) for row in self.rows] + [r.index + 1 for r in self.layout.columns])
        found = []
        taken: set[int] = set()
        for number, (rule, use) in enumerate(self.layout.uses(), start=1):
            target = rule.index
            if target in taken:
                target, free = free, free + 1
            taken.add(target)
            # The number makes headings unique that stand there twice.
            name = " ".join((rule.heading or f"Column {letters(rule.index)}").split())[:90]
            found.append(_Placed(use, rule.index, target, f"{name} [{number}]"))
        return found

    def _merged_down(self) -> dict[tuple[int, int], Plain]:
        """What stands in the first cell of those that are merged downwards."""
        wanted = {p.source for p in self.placed}
        found: dict[tuple[int, int], Plain] = {}
        for merge in self.sheet.merges:
            in_table = merge.left == merge.right and merge.left in wanted
            if in_table and merge.top > self.layout.bottom and len(found) < _MOST_MERGED:
                below = range(merge.top, min(merge.bottom, len(self.rows) - 1) + 1)
                value = self.sheet.value(merge.top, merge.left)
                found.update(dict.fromkeys(((row, merge.left) for row in below), value))
        return found

    # ------------------------------------------------------------ which rows

    def _last(self, first: int) -> int:
        """The row at which the lines end because somebody said so, or another table begins."""
        stop = fold(self.layout.stop)
        last = len(self.rows)
        if self.layout.most:
            last = min(last, first + self.layout.most)
        for row in range(first, last):
            texts = [text_of(value) for value in self.rows[row] if isinstance(value, str)]
            if stop and texts and fold(texts[0]).startswith(stop):
                return row
            if len(texts) >= _FEWEST_TEXTS and self._is_other_table(row):
                return row
        return last

    def _is_taken(self, row: int) -> bool:
        """Whether somebody said of such rows that they are lines."""
        return bool(self.taken) and self._says(row, self.taken)

    def _says(self, row: int, wanted: set[str]) -> bool:
        texts = [v for v in self.rows[row] if isinstance(v, str) and len(v) <= self.longest]
        if any(self.fold(text) in wanted for text in texts):
            return True
        words = row_words(map(text_of, self.rows[row]))
        return len(words) <= self.longest and fold(words) in wanted

    def _is_other_table(self, row: int) -> bool:
        if self._is_taken(row):
            return False
        if any(isinstance(value, int | float) for value in self.rows[row]):
            return False
        if self._repeats_headings(row):
            return False
        return mapping.is_table(mapping.columns_at(self.sheet, row, row, self.words))

    def _repeats_headings(self, row: int) -> bool:
        """Whether most of a row's texts are the headings, written as they were."""
        if not self.headings:
            return False
        hits = {v for v in self.rows[row] if isinstance(v, str) and v.strip() in self.headings}
        return len(hits) * 2 > len(self.headings)

    def _is_left_out(self, row: int) -> bool:
        if self._is_taken(row):
            return False
        if self._repeats_headings(row):
            return True
        return bool(self.left_out) and self._says(row, self.left_out)

    def _clear(self, row: int) -> None:
        """Empty the table's part of a row; labels beside and below the table stay."""
        table = {p.source for p in self.placed}
        line = self.rows[row]
        if self._is_left_out(row) or self._is_before_lines(row) or self._is_other_table(row):
            self.rows[row] = []
        elif not any(self.words.label(v.rstrip(": ")) for v in line if isinstance(v, str)):
            self.rows[row] = [None if at in table else v for at, v in enumerate(line)]

    def _is_before_lines(self, row: int) -> bool:
        return self.layout.bottom < row < self.layout.bottom + 1 + self.layout.skip

    # ------------------------------------------------------------ what stands in them

    def _fill(self, first: int, last: int) -> None:
        """Write every meaning of every cell of the table into its place."""
        above: dict[int, Plain] = {}
        for row in range(first, min(last, len(self.rows))):
            line = self.rows[row]
            if not any(text_of(value) for value in line):
                continue
            values = [(p, self._changed(row, p, line, above)) for p in self.placed]
            width = max([len(line), *(p.target + 1 for p in self.placed)])
            line += [None] * (width - len(line))
            for placed, value in values:
                line[placed.target] = value
                if placed.use.level in ("order", "destination"):
                    line[placed.target] = None
                    where = self.sheet.where(row, placed.source)
                    key = (row, placed.use.level, placed.use.field)
                    self.order_cells[key] = (value, where)
            self._in_pieces(row, line)

    def _changed(self, row: int, placed: _Placed, line: Row, above: dict[int, Plain]) -> Plain:
        raw = line[placed.source] if placed.source < len(line) else None
        if raw is None and (placed.use.steps or placed.source != placed.target):
            raw = self.merged.get((row, placed.source))
        if not placed.use.steps:
            return raw
        value, wrong = transforms.change(raw, placed.use.steps, above.get(placed.target))
        above[placed.target] = value
        if wrong and len(self.problems) < _MOST_PROBLEMS:
            name = "quantity" if placed.use.level in ("size", "date") else placed.use.field
            where = self.sheet.where(row, placed.source)
            self.problems.append(Problem(where, name, wrong, text_of(raw)[:200]))
        return value

    def _in_pieces(self, row: int, line: Row) -> None:
        """Turn their units into pieces, and prices per unit into prices per piece."""
        factor, unit = self._pieces_per_unit(line)
        if factor == 1:
            return
        for placed in self.placed:
            name, level = placed.use.field, placed.use.level
            if level in ("size", "date") or (level == "line" and name in _COUNTING):
                line[placed.target] = self._scaled(line[placed.target], factor)
            elif level == "line" and name in _PRICES and self.layout.units.price_is_per_unit:
                line[placed.target] = self._scaled(line[placed.target], 1 / factor)
        if unit is not None:
            line[unit] = "EA"

    def _pieces_per_unit(self, line: Row) -> tuple[Decimal, int | None]:
        unit = next((p.target for p in self.placed if p.use.field == "uom"), None)
        if unit is not None and (known := self.units.get(self.fold(text_of(line[unit])))):
            return known, unit
        each = self.layout.units.each
        return (Decimal(each) if each else Decimal(1)), unit if each else None

    def _scaled(self, value: Plain, factor: Decimal) -> Plain:
        if not text_of(value) or isinstance(value, bool):
            return value
        key = (value, factor)
        if key not in self.scaled:
            self.scaled[key] = self._times(value, factor)
        return self.scaled[key]

    def _times(self, value: Plain, factor: Decimal) -> Plain:
        try:
            amount = cells.number(value, decimal=self.layout.decimal or None) * factor
        except (CellError, InvalidOperation, DivisionByZero):
            return value  # the reader says what is wrong with it
        rounded = round(amount, 6)
        return int(rounded) if rounded == int(rounded) else float(rounded)

    # ------------------------------------------------------------ around the table

    def _take_away_what_is_ignored(self, first: int, last: int) -> None:
        for rule in self.layout.columns:
            if rule.ignored:
                rows: Sequence[int] = range(max(self.layout.top, 0), min(last, len(self.rows)))
                for row in rows:
                    self._forget(row, rule.index)
        for cell in self.layout.cells:
            at = locate(cell, self.sheet) if cell.use.level == "ignore" and not cell.sheet else None
            if at is not None:
                self._forget(*at)
                self._forget(at[0] - cell.down, at[1] - cell.right)

    def _forget(self, row: int, column: int) -> None:
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            self.rows[row][column] = None

    def _write_headings(self) -> int:
        """Put one plain row of headings over the lines; 1 where a row had to be added."""
        names = {p.target: p.heading for p in self.placed}
        for row in range(max(self.layout.top, 0), self.layout.bottom):
            self.rows[row] = []
        wide = max([len(row) for row in self.rows] + [max(names, default=0) + 1])
        known = {rule.index: rule for rule in self.layout.columns}
        texts: Row = [
            names.get(at) or (known[at].heading if at in known and not known[at].ignored else None)
            for at in range(wide)
        ]
        if self.layout.bottom < 0:
            self.rows.insert(0, texts)
            return 1
        self.rows[self.layout.bottom] = texts
        return 0

    def _merges(self, lowered: int) -> list[Merge]:
        headings = range(self.layout.top, self.layout.bottom + 1)
        return [
            Merge(m.top + lowered, m.left, m.bottom + lowered, m.right)
            for m in self.sheet.merges
            if not (m.top in headings or m.bottom in headings)
        ]
