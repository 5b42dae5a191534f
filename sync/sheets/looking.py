"""What stands in a tab, row by row: whose rows they are, which are copies, which are new. Pure."""

import hashlib
import marshal
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from sync.sheets.columns import Column
from sync.sheets.headers import Placed
from sync.sheets.plan import SeenRow
from sync.sheets.shapes import IDENTITY, STAMP, Raw, Tab
from sync.sheets.stamps import Stamp, read_stamp


class Line(NamedTuple):
    """One row of a tab: its hidden cells, a digest of all that is ours, and the cells."""

    at: int
    key: str
    stamp: str
    digest: str
    values: tuple[Raw, ...]


@dataclass(slots=True)
class Look:
    """A tab as it was read, with our columns in our order."""

    tab: Tab
    columns: tuple[Column, ...]  # those that stand in the tab
    placed: Placed
    of: Sequence[Column] = ()  # all that were looked for
    lines: list[Line] = field(default_factory=list)
    formula_places: dict[int, list[int]] = field(default_factory=dict)  # row -> our columns

    def seen(self, line: Line) -> SeenRow:
        """The row as the merge takes it."""
        formulas = frozenset(
            column.key
            for column in self.columns
            if (line.at, self.placed.at[column.key]) in self.tab.formulas
        )
        cells = {column.key: value for column, value in zip(self.columns, line.values, strict=True)}
        return SeenRow(line.at, line.key, read_stamp(line.stamp), cells, formulas)

    def kept(self, line: Line) -> dict[str, Any]:
        """The row as a batch keeps it, in case the batch meets it by mistake."""
        cells = {
            column.key: value
            for column, value in zip(self.columns, line.values, strict=True)
            if value != ""
        }
        return {"tab": self.tab.key, "key": line.key, "stamp": line.stamp, "cells": cells}

    def formulas(self, line: Line) -> list[int]:
        """The columns of ours in which a formula stands in the row."""
        return self.formula_places.get(line.at, [])


def look(tab: Tab, columns: Sequence[Column], placed: Placed) -> Look:
    """Cut out of a tab what is ours; rows without a cell of ours are nobody's business."""
    mine = tuple(column for column in columns if column.key in placed.at)
    found = Look(tab, mine, placed, columns)
    places = [placed.at[column.key] for column in mine] + [placed.at[IDENTITY], placed.at[STAMP]]
    pick, last = itemgetter(*places), max(places)
    nothing = ("",) * (len(places) - 2)
    formulas = found.formula_places = _formulas(tab, set(places))
    lines = found.lines
    for index in range(1, len(tab.rows)):
        row = tab.rows[index]
        if len(row) <= last:
            row = [*row, *[""] * (last + 1 - len(row))]
        values = pick(row)
        cells, key, stamp = values[:-2], str(values[-2]).strip(), str(values[-1]).strip()
        if not key and not stamp and cells == nothing:
            continue
        extra = formulas.get(index, ())
        lines.append(Line(index, key, stamp, digest_of(cells, key, stamp, extra), cells))
    return found


def digest_of(cells: tuple[Raw, ...], key: str, stamp: str, formulas: Sequence[int] = ()) -> str:
    """A short word that changes with anything of ours in a row."""
    # Version 2 of marshal writes no references, so equal values give equal bytes.
    said = marshal.dumps((cells, key, stamp, tuple(formulas)), 2)
    return hashlib.blake2b(said, digest_size=12).hexdigest()


def _formulas(tab: Tab, places: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, column in sorted(tab.formulas):
        if column in places:
            found.setdefault(row, []).append(column)
    return found


@dataclass(slots=True)
class Sorted:
    """The rows of a tab by what they are."""

    first: dict[str, Line] = field(default_factory=dict)  # key -> the row that counts
    copies: list[Line] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)
    blank: list[Line] = field(default_factory=list)  # without an id of ours


def sort_lines(look: Look, known: Collection[str], near: Mapping[str, Sequence[Raw]]) -> Sorted:
    """Tell rows, copies, strangers and new rows apart, whatever their order.

    Args:
        look: the tab.
        known: keys of rows of ours.
        near: for keys that stand there more than once, what was agreed on last; the row that is
            nearest to it counts, and one that is not stamped as a copy comes first.
    """
    found = Sorted()
    many: dict[str, list[Line]] = {}
    for line in look.lines:
        if not line.key:
            found.blank.append(line)
        elif line.key not in known:
            found.unknown.append(line)
        elif line.key in found.first:
            many.setdefault(line.key, [found.first[line.key]]).append(line)
        else:
            found.first[line.key] = line
    for key, lines in many.items():
        agreed = near.get(key, ())
        lines.sort(key=lambda line: (*_distance(line, agreed), line.at))
        found.first[key] = lines[0]
        found.copies += lines[1:]
    return found


def twice(look: Look) -> set[str]:
    """The keys that stand in more than one row."""
    seen: set[str] = set()
    double: set[str] = set()
    for line in look.lines:
        (double if line.key in seen else seen).add(line.key)
    return double - {""}


def _distance(line: Line, agreed: Sequence[Raw]) -> tuple[bool, int, str]:
    """How far a row is from what was agreed on; content decides before the place does."""
    stamp = read_stamp(line.stamp) or Stamp("", 0)
    differs = sum(a != b for a, b in zip(line.values, agreed, strict=False))
    return (stamp.copy, differs, repr(line.values) + line.stamp)
