"""Cells and ranges: A1 and R1C1 notation, grid ranges as JSON, titles in quotation marks."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

Json = dict[str, Any]
KEYS = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")

_CELL = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")
_R1C1 = re.compile(r"R(\d+)C(\d+)", re.IGNORECASE)
_PLAIN = re.compile(r"[^\W\d]\w*")
_LOOKS_LIKE_A_CELL = re.compile(
    r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]"
)


@dataclass(frozen=True, slots=True)
class Area:
    """Half-open bounds on one tab; ``None`` means up to the edge of the grid."""

    sheet_id: int
    top: int | None = None
    bottom: int | None = None
    left: int | None = None
    right: int | None = None

    @classmethod
    def from_json(cls, grid_range: Json) -> "Area":
        """A GridRange as a request carries it."""
        bounds = [grid_range.get(key) for key in KEYS]
        return cls(grid_range.get("sheetId", 0), *bounds)

    def as_json(self) -> Json:
        """A GridRange as an answer shows it: a ``sheetId`` of 0 is left out."""
        bounds = (self.top, self.bottom, self.left, self.right)
        found: Json = {} if not self.sheet_id else {"sheetId": self.sheet_id}
        return found | {key: n for key, n in zip(KEYS, bounds, strict=True) if n is not None}

    def within(self, rows: int, columns: int) -> "Box":
        """The cells meant, in a grid of this size."""
        top, left = self.top or 0, self.left or 0
        bottom = rows if self.bottom is None else min(self.bottom, rows)
        right = columns if self.right is None else min(self.right, columns)
        return Box(top, max(top, bottom), left, max(left, right))


@dataclass(frozen=True, slots=True)
class Box:
    """Cells of a grid: half-open, all four sides known."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    def touches(self, other: "Box") -> bool:
        """Whether a cell lies in both."""
        down = self.top < other.bottom and other.top < self.bottom
        return down and self.left < other.right and other.left < self.right

    def holds(self, other: "Box") -> bool:
        """Whether the other lies wholly inside."""
        down = self.top <= other.top and other.bottom <= self.bottom
        return down and self.left <= other.left and other.right <= self.right

    def area(self, sheet_id: int) -> Area:
        """The same cells as a GridRange."""
        return Area(sheet_id, self.top, self.bottom, self.left, self.right)


@cache
def letters(column: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    found, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def column_of(name: str) -> int:
    """A -> 0, AA -> 26."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def quoted(title: str) -> str:
    """A tab's title as it stands before the exclamation mark."""
    if _PLAIN.fullmatch(title) and title.isascii() and not _LOOKS_LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def show(title: str, box: Box) -> str:
    """A range as answers echo it: normalised, one cell without a colon."""
    first = f"{letters(box.left)}{box.top + 1}"
    last = f"{letters(box.right - 1)}{box.bottom}"
    return f"{quoted(title)}!{first}" + ("" if first == last else f":{last}")


def named(title: str, area: Area) -> str:
    """A range as a refusal names it: as it was asked for, open sides left open."""
    first = f"{letters(area.left or 0)}{(area.top or 0) + 1}"
    column = "" if area.right is None else letters(area.right - 1)
    last = column + ("" if area.bottom is None else str(area.bottom))
    return f"{quoted(title)}!{first}" + (f":{last}" if last not in ("", first) else "")


def split(text: str) -> tuple[str | None, str]:
    """The title and the cells of ``'My tab'!A1:B2``; either may be missing."""
    if text.startswith("'"):
        end = _closing_mark(text)
        if end is None:
            return None, text
        title = text[1:end].replace("''", "'")
        return title, text[end + 2 :]
    if "!" in text:
        title, cells = text.rsplit("!", 1)
        return title, cells
    return None, text


def _closing_mark(text: str) -> int | None:
    at = 1
    while (at := text.find("'", at)) != -1:
        if text[at + 1 : at + 2] == "'":
            at += 2
            continue
        return at if text[at + 1 : at + 2] in ("", "!") else None
    return None


@lru_cache(maxsize=4096)
def cells(text: str) -> tuple[int | None, int | None, int | None, int | None] | None:
    """Top, bottom, left, right of ``A1:B2``, ``A:A``, ``3:5``, ``A2:B``; None if it is none."""
    ends = text.split(":")
    if not text or len(ends) > 2:
        return None
    first, last = _end(ends[0]), _end(ends[-1])
    if first is None or last is None:
        return None
    if len(ends) == 1 and None in first:
        return None
    rows = _ordered(first[0], last[0])
    columns = _ordered(first[1], last[1])
    return (*rows, *columns)


def _end(text: str) -> tuple[int | None, int | None] | None:
    if found := _R1C1.fullmatch(text):
        return int(found[1]) - 1, int(found[2]) - 1
    parts = _CELL.fullmatch(text)
    if not text or not parts or not (parts[1] or parts[2]):
        return None
    row = int(parts[2]) - 1 if parts[2] else None
    return row, column_of(parts[1]) if parts[1] else None


def _ordered(one: int | None, other: int | None) -> tuple[int | None, int | None]:
    if one is None and other is None:
        return None, None
    if one is None or other is None:
        return (other if one is None else one), None
    return min(one, other), max(one, other) + 1
