"""The functions and operators that formulas may use."""

import datetime
import math
from collections.abc import Callable, Iterator
from typing import Any

from sheets_emulator import lookups, shown
from sheets_emulator.cells import Failure, Value, tidy
from sheets_emulator.locales import Locale
from sheets_emulator.operands import (
    NOT_THERE,
    Matrix,
    compare,
    flat,
    number,
    single,
    text,
    truth,
    whole,
)

_EPOCH = datetime.date(1899, 12, 30)


def _numbers(arguments: Any) -> Iterator[float]:
    for one in arguments:
        loose = not isinstance(one, Matrix)
        for value in flat([one]):
            if isinstance(value, Failure):
                raise _Stop(value)
            if isinstance(value, bool | str):
                if loose and not isinstance(found := number(value), Failure):
                    yield found
            elif value is not None:
                yield value


class _Stop(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.shown)
        self.failure = failure


def _over_numbers(work: Callable[[list[float]], Value]) -> Callable[..., Value]:
    def function(*arguments: Any) -> Value:
        try:
            return work(list(_numbers(arguments)))
        except _Stop as stop:
            return stop.failure

    return function


def _mathematical(work: Callable[..., Value]) -> Callable[..., Value]:
    def function(*arguments: Any) -> Value:
        values = [number(one) for one in arguments]
        for value in values:
            if isinstance(value, Failure):
                return value
        return work(*values)

    return function


def _textual(work: Callable[..., Value]) -> Callable[..., Value]:
    def function(*arguments: Any) -> Value:
        for one in arguments:
            if isinstance(single(one), Failure):
                return single(one)
        return work(*arguments)

    return function


# ---------------------------------------------------------------- operators


def _comparing(check: Callable[[int], bool]) -> Callable[..., Value]:
    def function(one: Value, other: Value) -> Value:
        for value in (one, other):
            if isinstance(value, Failure):
                return value
        return check(compare(one, other))

    return function


def _round(value: float, places: float = 0) -> float:
    scale: float = 10 ** int(places)
    return math.copysign(math.floor(abs(value) * scale + 0.5 + 1e-9), value) / scale


def _divide(one: float, other: float) -> Value:
    if other == 0:
        return Failure("#DIV/0!", "Function DIVIDE parameter 2 cannot be zero.")
    return one / other


def _day(serial: Any) -> datetime.date:
    found = number(serial)
    return _EPOCH + datetime.timedelta(days=0 if isinstance(found, Failure) else int(found))


def _date(year: float, month: float, day: float) -> Value:
    months = int(year) * 12 + int(month) - 1
    first = datetime.date(months // 12, months % 12 + 1, 1)
    return (first - _EPOCH).days + int(day) - 1


def _text(value: Any, pattern: Any) -> Value:
    found = number(value)
    if isinstance(found, Failure):
        return text(value)
    return shown.by_pattern(found, {"pattern": text(pattern)}, Locale())


def _mid(value: Any, start: Any, length: Any) -> Value:
    first = (whole(start) or 1) - 1
    return text(value)[first : first + whole(length)]


def _join(mark: Any, *values: Any) -> Value:
    return text(mark).join(text(value) for value in flat(values))


# ---------------------------------------------------------------- those that look before they work


def _if(place: Any, arguments: list[Any]) -> Any:
    test = truth(place.one(arguments[0]))
    if isinstance(test, Failure):
        return test
    chosen = arguments[1:2] if test else arguments[2:3]
    return place.evaluate(chosen[0]) if chosen else test


def _ifs(place: Any, arguments: list[Any]) -> Any:
    for test, result in zip(arguments[::2], arguments[1::2], strict=False):
        found = truth(place.one(test))
        if isinstance(found, Failure):
            return found
        if found:
            return place.evaluate(result)
    return NOT_THERE


def _if_error(place: Any, arguments: list[Any]) -> Any:
    try:
        found = place.one(arguments[0])
    except ZeroDivisionError:
        found = Failure("#DIV/0!")
    if not isinstance(found, Failure):
        return found
    return place.evaluate(arguments[1]) if len(arguments) > 1 else ""


def _row(place: Any, arguments: list[Any]) -> Value:
    return (arguments[0][2].row if arguments else place.row) + 1  # type: ignore[no-any-return]


def _column(place: Any, arguments: list[Any]) -> Value:
    return (arguments[0][2].column if arguments else place.column) + 1  # type: ignore[no-any-return]


def _today(place: Any, _: list[Any]) -> Value:
    days: int = (place.now.date() - _EPOCH).days
    return days


def _now(place: Any, _: list[Any]) -> Value:
    now = place.now
    part = (now.hour * 3600 + now.minute * 60 + now.second) / 86400
    return float((now.date() - _EPOCH).days + part)


EARLY: dict[str, Callable[[Any, list[Any]], Any]] = {
    "IF": _if,
    "IFS": _ifs,
    "IFERROR": _if_error,
    "IFNA": _if_error,
    "ROW": _row,
    "COLUMN": _column,
    "TODAY": _today,
    "NOW": _now,
    "ARRAYFORMULA": lambda place, arguments: place.evaluate(arguments[0]),
}


def _average(values: list[float]) -> Value:
    if not values:
        return Failure("#DIV/0!", "Evaluation of function AVERAGE caused a divide by zero error.")
    return sum(values) / len(values)


def _median(values: list[float]) -> Value:
    ordered, half = sorted(values), len(values) // 2
    if not ordered:
        return Failure("#NUM!")
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "op+": _mathematical(lambda one, other: one + other),
    "op-": _mathematical(lambda one, other: one - other),
    "op*": _mathematical(lambda one, other: one * other),
    "op/": _mathematical(_divide),
    "op^": _mathematical(lambda one, other: one**other),
    "op&": _textual(lambda one, other: text(one) + text(other)),
    "op=": _comparing(lambda n: n == 0),
    "op<>": _comparing(lambda n: n != 0),
    "op<": _comparing(lambda n: n < 0),
    "op>": _comparing(lambda n: n > 0),
    "op<=": _comparing(lambda n: n <= 0),
    "op>=": _comparing(lambda n: n >= 0),
    "SUM": _over_numbers(lambda values: tidy(math.fsum(values))),
    "PRODUCT": _over_numbers(math.prod),
    "AVERAGE": _over_numbers(_average),
    "MEDIAN": _over_numbers(_median),
    "MIN": _over_numbers(lambda values: min(values, default=0)),
    "MAX": _over_numbers(lambda values: max(values, default=0)),
    "COUNT": lambda *values: sum(
        isinstance(v, int | float) and not isinstance(v, bool) for v in flat(values)
    ),
    "COUNTA": lambda *values: sum(v is not None for v in flat(values)),
    "COUNTBLANK": lambda *values: sum(v is None or v == "" for v in flat(values)),
    "COUNTIF": lookups.count_if,
    "SUMIF": lookups.sum_if,
    "VLOOKUP": lookups.vlookup,
    "MATCH": lookups.match,
    "INDEX": lookups.index,
    "AND": lambda *values: all(truth(v) for v in flat(values)),
    "OR": lambda *values: any(truth(v) is True for v in flat(values)),
    "NOT": lambda value: not truth(value),
    "TRUE": lambda: True,
    "FALSE": lambda: False,
    "ABS": _mathematical(abs),
    "ROUND": _mathematical(_round),
    "ROUNDUP": _mathematical(
        lambda n, p=0: math.copysign(math.ceil(abs(n) * 10**p - 1e-9) / 10**p, n)
    ),
    "ROUNDDOWN": _mathematical(lambda n, p=0: math.trunc(n * 10**p + 1e-9) / 10**p),
    "INT": _mathematical(math.floor),
    "TRUNC": _mathematical(lambda n, p=0: math.trunc(n * 10**p) / 10**p),
    "CEILING": _mathematical(lambda n, f=1: math.ceil(n / f - 1e-9) * f),
    "FLOOR": _mathematical(lambda n, f=1: math.floor(n / f + 1e-9) * f),
    "MOD": _mathematical(lambda n, d: n % d),
    "POWER": _mathematical(lambda n, p: n**p),
    "SQRT": _mathematical(math.sqrt),
    "DIVIDE": _mathematical(_divide),
    "PI": lambda: math.pi,
    "CONCATENATE": _textual(lambda *values: "".join(text(v) for v in flat(values))),
    "CONCAT": _textual(lambda one, other: text(one) + text(other)),
    "JOIN": _join,
    "TEXTJOIN": lambda mark, skip, *values: text(mark).join(
        text(v) for v in flat(values) if not (truth(skip) and v in (None, ""))
    ),
    "LEN": _textual(lambda value: len(text(value))),
    "UPPER": _textual(lambda value: text(value).upper()),
    "LOWER": _textual(lambda value: text(value).lower()),
    "PROPER": _textual(lambda value: text(value).title()),
    "TRIM": _textual(lambda value: " ".join(text(value).split())),
    "LEFT": _textual(lambda value, n=1: text(value)[: whole(n)]),
    "RIGHT": _textual(lambda value, n=1: text(value)[-whole(n) :] if n else ""),
    "MID": _textual(_mid),
    "SUBSTITUTE": _textual(lambda value, old, new: text(value).replace(text(old), text(new))),
    "EXACT": lambda one, other: text(one) == text(other),
    "VALUE": number,
    "TEXT": _text,
    "T": lambda value: single(value) if isinstance(single(value), str) else "",
    "DATE": _mathematical(_date),
    "YEAR": lambda value: _day(value).year,
    "MONTH": lambda value: _day(value).month,
    "DAY": lambda value: _day(value).day,
    "WEEKDAY": lambda value: _day(value).isoweekday() % 7 + 1,
    "ISBLANK": lambda value: single(value) is None,
    "ISNUMBER": lambda value: isinstance(single(value), int | float),
    "ISTEXT": lambda value: isinstance(single(value), str),
    "ISERROR": lambda value: isinstance(single(value), Failure),
    "NA": lambda: Failure("#N/A"),
    "HYPERLINK": lambda link, label=None: text(link) if label is None else single(label),
    "IMAGE": lambda *_: "",
}
