"""Values as operators and functions take them: numbers, texts, yes or no, whole ranges."""

from typing import Any

from sheets_emulator import shown
from sheets_emulator.cells import Failure, Value, tidy
from sheets_emulator.locales import Locale

NO_NUMBER = Failure("#VALUE!", "A text is expected to be a number and is not.")
NOT_THERE = Failure("#N/A", "Did not find the value.")


class Matrix:
    """The values of a range, by rows."""

    def __init__(self, rows: list[list[Value]], top: int = 0, left: int = 0) -> None:
        self.rows, self.top, self.left = rows, top, left

    def single(self, row: int, column: int) -> Value:
        """The one value a single cell gets of it."""
        if not self.rows or not self.rows[0]:
            return None
        if len(self.rows) == 1 and len(self.rows[0]) > 1:
            at = column - self.left
            return self.rows[0][at] if 0 <= at < len(self.rows[0]) else self.rows[0][0]
        at = row - self.top
        return self.rows[at][0] if 0 <= at < len(self.rows) else self.rows[0][0]


def flat(arguments: Any) -> list[Value]:
    """All values of all arguments."""
    found: list[Value] = []
    for one in arguments:
        if isinstance(one, Matrix):
            for row in one.rows:
                found += row
        else:
            found.append(one)
    return found


def single(value: Any) -> Value:
    """The first value of a range, or the value."""
    found: Value = flat([value])[0] if isinstance(value, Matrix) and value.rows else value
    return None if isinstance(found, Matrix) else found


def number(value: Any) -> float | int | Failure:
    """A value as a number, or the error that it is none."""
    found = single(value)
    if isinstance(found, bool):
        return int(found)
    if found is None or found == "":
        return 0
    if isinstance(found, str):
        try:
            return tidy(float(found.replace(",", "")))
        except ValueError:
            return NO_NUMBER
    return found


def text(value: Any) -> str:
    """A value as a text."""
    return shown.text_of(single(value), None, Locale())


def truth(value: Any) -> bool | Failure:
    """A value as a yes or no."""
    if isinstance(value, str):
        return value.upper() == "TRUE"
    found = number(value)
    return found if isinstance(found, Failure) else bool(found)


def whole(value: Any) -> int:
    """A value as a whole number; 0 if it is none."""
    found = number(value)
    return 0 if isinstance(found, Failure) else int(found)


def _rank(value: Value) -> int:
    return 2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0


def compare(one: Value, other: Value) -> int:
    """Below, equal or above 0; numbers come before texts, texts before yes and no."""
    one = _blank_like(one, other)
    other = _blank_like(other, one)
    if _rank(one) != _rank(other):
        return _rank(one) - _rank(other)
    left, right = (one.lower(), str(other).lower()) if isinstance(one, str) else (one, other)
    return (left > right) - (left < right)  # type: ignore[operator]


def _blank_like(value: Value, other: Value) -> Value:
    if value is not None:
        return value
    return "" if isinstance(other, str) else False if isinstance(other, bool) else 0
