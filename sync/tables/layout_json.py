"""A layout as JSON: for the database, for exports, for the screen. Pure.

In JSON rows count from 1 and columns are letters, as everybody sees them in the sheet.
``from_json`` collects every fault as a sentence with its place.
"""

import re
from collections.abc import Iterator, Mapping

from errors import InvalidError
from sync.readers.tables import address_of
from sync.tables import transforms
from sync.tables.layouts import (
    LINE_LEVELS,
    CellRule,
    ColumnRule,
    Constant,
    Layout,
    Units,
    Use,
    column_of,
    letters,
    place_of,
    why_no_constant,
    why_no_use,
)
from sync.tables.transforms import Step
from workflow.fields import Catalogue

FORMAT = 1
MOST_COLUMNS, MOST_USES, MOST_RULES, LONGEST = 200, 6, 100, 500


def to_json(layout: Layout) -> dict[str, object]:
    """The layout as JSON holds it, for the database, exports and the screen."""
    return {
        "format": FORMAT,
        "sheet": layout.sheet,
        "every_sheet": layout.every_sheet,
        "headings": [layout.top + 1, layout.bottom + 1],
        "columns": [
            {"column": letters(c.index), "heading": c.heading, "uses": [_use(u) for u in c.uses]}
            for c in layout.columns
        ],
        "cells": [_cell(rule) for rule in layout.cells],
        "constants": [
            {"level": c.level, "field": c.field, "value": c.text} for c in layout.constants
        ],
        "units": {
            "each": layout.units.each,
            "words": [list(pair) for pair in layout.units.words],
            "price_is_per_unit": layout.units.price_is_per_unit,
        },
        "decimal": layout.decimal,
        "days": layout.days,
        "lines": {
            "skip": layout.skip,
            "most": layout.most,
            "stop": layout.stop,
            "left_out": list(layout.left_out),
            "taken": list(layout.taken),
        },
    }


def _use(use: Use) -> dict[str, object]:
    steps = [
        {"do": s.do, "first": s.first, "second": s.second, "table": [list(p) for p in s.table]}
        for s in use.steps
    ]
    return {"level": use.level, "field": use.field, "part": use.part, "steps": steps}


def _cell(rule: CellRule) -> dict[str, object]:
    return {
        "cell": address_of(rule.row, rule.column),
        "sheet": rule.sheet,
        "label": rule.label,
        "down": rule.down,
        "right": rule.right,
        **_use(rule.use),
    }


# ---------------------------------------------------------------- from JSON


def from_json(data: object, catalogue: Catalogue) -> Layout:
    """Read a definition back, whoever wrote it.

    Raises:
        InvalidError: names every place that is wrong, and what is expected there.
    """
    reader = _Reader(catalogue)
    layout = reader.layout(data)
    if reader.problems:
        raise InvalidError(reader.problems)
    return layout


class _Reader:
    """Takes JSON apart and keeps a sentence for everything that is not as expected."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems: dict[str, str] = {}

    def wrong(self, place: str, sentence: str) -> None:
        if len(self.problems) < MOST_RULES:
            self.problems.setdefault(place, sentence)

    def layout(self, data: object) -> Layout:
        whole = self.table(data, "definition")
        if isinstance(data, dict) and whole.get("format") != FORMAT:
            self.wrong("format", f"expected {FORMAT}, found {whole.get('format')!r}")
        top, bottom = self.rows(whole.get("headings"))
        units = self.table(whole.get("units"), "units")
        lines = self.table(whole.get("lines"), "lines")
        return Layout(
            top=top,
            bottom=bottom,
            columns=self.columns(whole.get("columns")),
            sheet=self.text(whole, "sheet", "sheet"),
            every_sheet=whole.get("every_sheet") is True,
            cells=tuple(self.cells(whole.get("cells"))),
            constants=tuple(self.constants(whole.get("constants"))),
            units=self.units(units),
            decimal=self.one_of(whole, "decimal", ("", ",", ".")),
            days=self.one_of(whole, "days", ("", "dmy", "mdy")),
            skip=self.number(lines, "skip", "lines.skip"),
            most=self.number(lines, "most", "lines.most"),
            stop=self.text(lines, "stop", "lines.stop"),
            left_out=tuple(self.texts(lines.get("left_out"), "lines.left_out")),
            taken=tuple(self.texts(lines.get("taken"), "lines.taken")),
        )

    def rows(self, raw: object) -> tuple[int, int]:
        pair = raw if isinstance(raw, list) and len(raw) == 2 else []
        if not pair or not all(type(n) is int and 0 <= n < 2_000_000 for n in pair):
            self.wrong("headings", "expected the first and the last row of the headings, as [8, 9]")
            return 0, 0
        top, bottom = pair[0] - 1, pair[1] - 1
        if not top <= bottom <= top + 3:
            self.wrong("headings", "headings stand in one to four rows, the first of them first")
        return top, bottom

    def columns(self, raw: object) -> tuple[ColumnRule, ...]:
        found: dict[int, ColumnRule] = {}
        for n, row in enumerate(self.rows_of(raw, "columns", MOST_COLUMNS)):
            place = f"columns[{n}]"
            name = self.text(row, "column", f"{place}.column")
            index = column_of(name) if re.fullmatch(r"[A-Z]{1,3}", name) else -1
            if not 0 <= index < 16_384:
                self.wrong(f"{place}.column", f"expected a column such as C, found '{name}'")
            if index in found:
                self.wrong(f"{place}.column", f"column {name} is there twice")
            uses = [
                self.use(use, f"{place}.uses[{m}]", LINE_LEVELS)
                for m, use in enumerate(self.rows_of(row.get("uses"), f"{place}.uses", MOST_USES))
            ]
            heading = self.text(row, "heading", f"{place}.heading")
            found[index] = ColumnRule(index, heading, tuple(uses))
        return tuple(sorted(found.values(), key=lambda rule: rule.index))

    def cells(self, raw: object) -> Iterator[CellRule]:
        for n, row in enumerate(self.rows_of(raw, "cells", MOST_RULES)):
            place = f"cells[{n}]"
            at = place_of(self.text(row, "cell", f"{place}.cell"))
            if at is None:
                self.wrong(f"{place}.cell", "expected an address such as D14")
                continue
            yield CellRule(
                *at,
                self.use(row, place, ()),
                sheet=self.text(row, "sheet", f"{place}.sheet"),
                label=self.text(row, "label", f"{place}.label"),
                down=self.number(row, "down", f"{place}.down", least=-50),
                right=self.number(row, "right", f"{place}.right", least=-50),
            )

    def use(self, row: Mapping[str, object], place: str, levels: tuple[str, ...]) -> Use:
        use = Use(
            self.text(row, "level", f"{place}.level"),
            self.text(row, "field", f"{place}.field"),
            self.text(row, "part", f"{place}.part"),
            tuple(self.steps(row.get("steps"), f"{place}.steps")),
        )
        sentence = why_no_use(use, self.catalogue, in_table=bool(levels))
        if sentence:
            self.wrong(f"{place}.field", sentence)
        return use

    def steps(self, raw: object, place: str) -> Iterator[Step]:
        for n, row in enumerate(self.rows_of(raw, place, transforms.MOST_STEPS)):
            here = f"{place}[{n}]"
            do, first, second = (
                self.text(row, name, f"{here}.{name}") for name in ("do", "first", "second")
            )
            step = Step(do, first, second, tuple(self.pairs(row.get("table"), f"{here}.table")))
            if sentence := transforms.why_not(step):
                self.wrong(here, sentence)
            yield step

    def constants(self, raw: object) -> Iterator[Constant]:
        for n, row in enumerate(self.rows_of(raw, "constants", MOST_RULES)):
            place = f"constants[{n}]"
            words = [self.text(row, k, f"{place}.{k}") for k in ("level", "field", "value")]
            constant = Constant(*words)
            if sentence := why_no_constant(constant, self.catalogue):
                self.wrong(place, sentence)
            yield constant

    def units(self, row: Mapping[str, object]) -> Units:
        each = self.text(row, "each", "units.each")
        words = tuple(self.pairs(row.get("words"), "units.words"))
        for number in [*([each] if each else []), *(pieces for _word, pieces in words)]:
            if sentence := transforms.why_not(Step("multiply", number)):
                self.wrong("units", sentence)
        return Units(each, words, row.get("price_is_per_unit") is not False)

    # ------------------------------------------------------------ kinds of values

    def table(self, raw: object, place: str) -> Mapping[str, object]:
        if raw is None and place != "definition":
            return {}
        if not isinstance(raw, dict):
            self.wrong(place, "expected an object with names and values")
            return {}
        return raw

    def rows_of(self, raw: object, place: str, most: int) -> list[Mapping[str, object]]:
        if raw is None:
            return []
        if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
            self.wrong(place, "expected a list of objects")
            return []
        if len(raw) > most:
            self.wrong(place, f"expected at most {most} of them, found {len(raw)}")
        return raw[:most]

    def text(self, row: Mapping[str, object], name: str, place: str) -> str:
        raw = row.get(name, "")
        if not isinstance(raw, str) or len(raw) > LONGEST:
            self.wrong(place, f"expected a text of at most {LONGEST} characters")
            return ""
        return "".join(c if c.isprintable() else " " for c in raw)

    def texts(self, raw: object, place: str) -> list[str]:
        if raw is None:
            return []
        good = isinstance(raw, list) and len(raw) <= MOST_RULES
        if not isinstance(raw, list) or not good or not all(isinstance(t, str) for t in raw):
            self.wrong(place, "expected a list of texts")
            return []
        return [text[:LONGEST] for text in raw]

    def pairs(self, raw: object, place: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        rows: list[object] = [] if raw is None else raw if isinstance(raw, list) else [raw]
        for row in rows:
            if not isinstance(row, list) or [type(word) for word in row] != [str, str]:
                self.wrong(place, "expected a list of pairs [their word, our word]")
                return []
            found.append((row[0][:LONGEST], row[1][:LONGEST]))
        if len(found) > transforms.MOST_ROWS:
            self.wrong(place, f"expected at most {transforms.MOST_ROWS} pairs")
        return found[: transforms.MOST_ROWS]

    def number(self, row: Mapping[str, object], name: str, place: str, least: int = 0) -> int:
        raw = row.get(name, 0)
        if type(raw) is not int or not least <= raw <= 2_000_000:
            self.wrong(place, f"expected a whole number from {least} on, found {raw!r}"[:200])
            return 0
        return raw

    def one_of(self, row: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
        raw = row.get(name, "")
        if raw not in choices:
            words = ", ".join(f"'{choice}'" for choice in choices)
            self.wrong(name, f"expected one of {words}")
            return ""
        return str(raw)
