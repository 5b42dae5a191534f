"""Functions that look things up and count them: COUNTIF, SUMIF, VLOOKUP, MATCH, INDEX."""

import re
from collections.abc import Callable
from typing import Any

from sheets_emulator.cells import Failure, Value
from sheets_emulator.operands import NOT_THERE, compare, flat, number, single, text, truth, whole


def _criterion(wanted: Any) -> Callable[[Value], bool]:
    wanted = single(wanted)
    parts = (
        re.match(r"(<=|>=|<>|=|<|>)?(.*)", wanted, re.DOTALL) if isinstance(wanted, str) else None
    )
    if parts is None:
        return lambda value: compare(value, wanted) == 0 and value is not None
    sign, rest = parts[1] or "=", parts[2]
    value_of = number(rest)
    against: Value = rest if isinstance(value_of, Failure) or not rest else value_of
    if sign in ("=", "<>") and isinstance(against, str):
        pattern = re.escape(against).replace(r"\*", ".*").replace(r"\?", ".")
        fits = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda value: (fits.fullmatch(text(value)) is not None) == (sign == "=")
    checks = {"=": (0,), "<>": (-1, 1), "<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (0, 1)}

    def check(value: Value) -> bool:
        if value is None or isinstance(value, str | Failure) != isinstance(against, str):
            return sign == "<>"
        difference = compare(value, against)
        return (difference > 0) - (difference < 0) in checks[sign]

    return check


def count_if(cells: Any, wanted: Any) -> Value:
    """How many values meet a criterion such as ``">5"``."""
    check = _criterion(wanted)
    return sum(check(value) for value in flat([cells]))


def sum_if(cells: Any, wanted: Any, added: Any = None) -> Value:
    """The sum of what stands beside the values that meet a criterion."""
    check = _criterion(wanted)
    values = flat([added if added is not None else cells])
    pairs = zip(flat([cells]), values, strict=False)
    return sum(n for value, n in pairs if check(value) and isinstance(n, int | float))


def vlookup(wanted: Any, cells: Any, index: Any, near: Any = True) -> Value:
    """What stands in the row whose first value is wanted."""
    wanted, at = single(wanted), (whole(index) or 1) - 1
    found: Value = NOT_THERE
    for row in cells.rows:
        difference = compare(row[0], wanted) if row[0] is not None else -1
        if difference == 0:
            return single(row[at])
        if truth(near) and difference < 0 and row[0] is not None:
            found = row[at]
    return found


def match(wanted: Any, cells: Any, kind: Any = 1) -> Value:
    """The place of a value, counted from 1."""
    wanted, found = single(wanted), None
    for n, value in enumerate(flat([cells]), start=1):
        difference = compare(value, wanted) if value is not None else None
        if difference == 0:
            return n
        if single(kind) == 1 and difference is not None and difference < 0:
            found = n
    return found or NOT_THERE


def index(cells: Any, row: Any = 1, column: Any = 1) -> Value:
    """The value at a place of a range."""
    try:
        found: Value = cells.rows[(whole(row) or 1) - 1][(whole(column) or 1) - 1]
    except IndexError:
        return Failure("#NUM!")
    return found
