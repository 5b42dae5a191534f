"""Which formulas no longer show what their cells say, once some cells were changed. Pure.

LibreOffice trusts the results a file brings (measured: it ignores ``fullCalcOnLoad``), and works
out only those that are missing.  So what depends on a changed cell loses its result; everything
else keeps it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xlsx.addresses import LAST_COLUMN, LAST_ROW, column_of

Cell = tuple[str, int, int]  # sheet, row, column
Area = tuple[str, int, int, int, int]  # sheet, top, left, bottom, right

_TEXT = re.compile(r'"(?:[^"]|"")*"')
_PLACE = re.compile(
    r"(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
    r"(?:\$?(?P<left>[A-Z]{1,3})\$?(?P<top>\d{1,7})(?::\$?(?P<right>[A-Z]{1,3})\$?(?P<bottom>\d{1,7}))?"
    r"|\$?(?P<first>[A-Z]{1,3}):\$?(?P<last>[A-Z]{1,3})|\$?(?P<from>\d{1,7}):\$?(?P<to>\d{1,7}))"
    r"(?![\w(.])"
)
_WORD = re.compile(r"[^\W\d][\w.]*(?!\w|\()|\[")
_KNOWN = frozenset({"TRUE", "FALSE"})
_FAR = re.compile(r"\b(?:INDIRECT|OFFSET|CELL)\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Needs:
    """What a formula looks at; ``anything`` where that cannot be told from its text."""

    areas: tuple[Area, ...] = ()
    anything: bool = False


@dataclass
class _Index:
    single: dict[Cell, list[Cell]] = field(default_factory=dict)
    wide: dict[Area, list[Cell]] = field(default_factory=dict)
    blind: list[Cell] = field(default_factory=list)


def needs(formula: str, sheet: str) -> Needs:
    """What a formula on a sheet looks at."""
    bare = _TEXT.sub('""', formula)
    if _FAR.search(bare):
        return Needs(anything=True)
    areas = []
    for found in _PLACE.finditer(bare):
        named = found["sheet"]
        where = (named.strip("'").replace("''", "'") if named else sheet).casefold()
        areas.append((where, *_area(found)))
    rest = _PLACE.sub("", bare)
    unknown = any(word.upper() not in _KNOWN for word in _WORD.findall(rest))
    return Needs(tuple(areas), anything=unknown)


def stale(
    formulas: Mapping[Cell, Needs], changed: Iterable[Cell], lost: Iterable[Area]
) -> set[Cell]:
    """The formulas whose results are no longer true.

    Args:
        formulas: all of the workbook, by their cells; names of sheets in small letters.
        changed: cells with a new value.
        lost: areas in which anything may have changed.
    """
    index = _indexed(formulas)
    found = set(index.blind)
    for area in lost:
        hit = [cells for wide, cells in index.wide.items() if _meet(wide, area)]
        hit += [cells for one, cells in index.single.items() if _covers(area, one)]
        found.update(*hit)
    waiting = [*changed, *found]
    while waiting:
        cell = waiting.pop()
        looking = list(index.single.get(cell, ()))
        for area, cells in index.wide.items():
            if _covers(area, cell):
                looking += cells
        fresh = set(looking) - found
        found |= fresh
        waiting += fresh
    return found


def _indexed(formulas: Mapping[Cell, Needs]) -> _Index:
    index = _Index()
    for cell, looks in formulas.items():
        if looks.anything:
            index.blind.append(cell)
        for area in looks.areas:
            if area[1:3] == area[3:5]:
                index.single.setdefault((area[0], area[1], area[2]), []).append(cell)
            else:
                index.wide.setdefault(area, []).append(cell)
    return index


def _area(found: re.Match[str]) -> tuple[int, int, int, int]:
    if found["left"]:
        top, left = int(found["top"]), column_of(found["left"])
        bottom, right = int(found["bottom"] or top), column_of(found["right"] or found["left"])
    elif found["first"]:
        top, bottom = 1, LAST_ROW
        left, right = column_of(found["first"]), column_of(found["last"])
    else:
        top, bottom, left, right = int(found["from"]), int(found["to"]), 1, LAST_COLUMN
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def _covers(area: Area, cell: Cell) -> bool:
    return area[0] == cell[0] and area[1] <= cell[1] <= area[3] and area[2] <= cell[2] <= area[4]


def _meet(one: Area, other: Area) -> bool:
    return (
        one[0] == other[0]
        and one[1] <= other[3] and other[1] <= one[3]
        and one[2] <= other[4] and other[2] <= one[4]
    )  # fmt: skip
