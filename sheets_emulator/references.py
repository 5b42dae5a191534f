"""The references inside a formula: found, moved with their cells, rewritten."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sheets_emulator.a1 import column_of, letters, quoted

_PART = re.compile(
    r'"(?:[^"]|"")*"'
    r"|((?:'(?:[^']|'')+'|[A-Za-z_]\w*)!)?"
    r"(\$?[A-Za-z]{1,3}\$?[1-9]\d*(?::\$?[A-Za-z]{1,3}\$?[1-9]\d*|:\$?[A-Za-z]{1,3})?"
    r"|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?[1-9]\d*:\$?[1-9]\d*)(?![\w(.])"
    r"|[A-Za-z_][\w.]*"
)
_END = re.compile(r"(\$?)([A-Za-z]{1,3})?(\$?)([1-9]\d*)?")


@dataclass(frozen=True, slots=True)
class End:
    """One corner of a reference; ``$`` holds it fast when it is copied."""

    row: int | None
    column: int | None
    fast_row: bool = False
    fast_column: bool = False

    def __str__(self) -> str:
        column = "" if self.column is None else "$" * self.fast_column + letters(self.column)
        row = "" if self.row is None else "$" * self.fast_row + str(self.row + 1)
        return column + row

    def moved(self, down: int, right: int) -> "End":
        """Where a copy of the formula looks."""
        row, column = self.row, self.column
        if row is not None and not self.fast_row:
            row += down
        if column is not None and not self.fast_column:
            column += right
        return replace(self, row=row, column=column)

    @property
    def lost(self) -> bool:
        return (self.row or 0) < 0 or (self.column or 0) < 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell or a range, on the formula's own tab if ``title`` is None."""

    title: str | None
    first: End
    last: End | None = None

    def __str__(self) -> str:
        tab = "" if self.title is None else quoted(self.title) + "!"
        return f"{tab}{self.first}" + (f":{self.last}" if self.last else "")


def end_of(text: str) -> End:
    """One corner, as ``$B$2``, ``B`` or ``2``."""
    parts = _END.fullmatch(text)
    if parts is None:
        return End(None, None)
    row = int(parts[4]) - 1 if parts[4] else None
    if parts[2] is None:  # "$3": the sign stands before the row
        return End(row, None, fast_row=bool(parts[1] or parts[3]))
    return End(row, column_of(parts[2]), bool(parts[3]), bool(parts[1]))


def title_of(prefix: str | None) -> str | None:
    """``'My tab'!`` -> My tab."""
    if not prefix:
        return None
    bare = prefix[:-1]
    return bare[1:-1].replace("''", "'") if bare.startswith("'") else bare


def rewritten(formula: str, change: Callable[[Reference], Reference | None]) -> str:
    """The formula with every reference changed; a lost one becomes #REF!."""

    def one(found: "re.Match[str]") -> str:
        if not found[2]:
            return found[0]
        first, _, last = found[2].partition(":")
        old = Reference(title_of(found[1]), end_of(first), end_of(last) if last else None)
        new = change(old)
        if new is old:
            return found[0]
        return "#REF!" if new is None else str(new)

    return _PART.sub(one, formula)


def copied(formula: str, down: int, right: int) -> str:
    """The formula as it reads when its cell is copied this far."""

    def change(old: Reference) -> Reference | None:
        first = old.first.moved(down, right)
        last = old.last.moved(down, right) if old.last else None
        if first.lost or (last and last.lost):
            return None
        return Reference(old.title, first, last)

    return rewritten(formula, change) if down or right else formula
