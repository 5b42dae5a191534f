"""Filters of the lists: what is typed is data, never a pattern; what does not fit is refused.

A filter is named in the address by its column and operation (``flt0_name_contains=``), so that
saved views stay good when columns come and go.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from flask_admin.contrib.peewee.filters import BasePeeweeFilter
from peewee import (
    BooleanField,
    CharField,
    DateField,
    Expression,
    IntegerField,
    SmallIntegerField,
    TextField,
    fn,
)

from admin.inputs import as_moment
from errors import ShopError
from models import ExactField, MomentField, on_postgresql
from sync import amounts, cells
from workflow.fields import Field, Kind

Choices = Sequence[tuple[str, str]]
_YES_NO: Choices = (("1", "yes"), ("0", "no"))
_MOST_WORDS = 100


class Filter(BasePeeweeFilter):
    """One comparison of one column: its name in the menu, how it reads, what it asks."""

    def __init__(
        self,
        column: Any,
        name: str,
        words: str,
        ask: Callable[[Any, Any], Expression],
        read: Callable[[str], Any],
        **more: Any,
    ) -> None:
        super().__init__(column, name, **more)
        self._words, self._ask, self._read = words, ask, read
        self.own: Field | None = None

    @property
    def key(self) -> str:
        """How the address names it: stable when other filters come and go."""
        column = f"own_{self.own.name}" if self.own else self.column.name
        return f"{column}_{self._words}".replace(" ", "_")

    def operation(self) -> str:
        return self._words

    def clean(self, value: str) -> Any:
        return self._read(cells.clean(value)[:500])

    def validate(self, value: str) -> bool:
        try:
            self.clean(value)
        except (ValueError, ShopError):
            return False
        return True

    def apply(self, query: Any, value: Any) -> Any:
        return query.where(self._ask(self.column, value))


def of_column(column: Any, name: str) -> list[Filter] | None:
    """The filters a column offers; None when its kind has none."""
    makers: tuple[tuple[Any, Callable[[], list[Filter]]], ...] = (
        (MomentField, lambda: by_moment(column, name)),
        (ExactField, lambda: by_number(column, name, lambda text: _exact(column, text))),
        (DateField, lambda: by_day(column, name)),
        (BooleanField, lambda: [Filter(column, name, "is", _same, _yes, options=_YES_NO)]),
        (IntegerField, lambda: by_number(column, name, lambda text: _whole(column, text))),
        ((CharField, TextField), lambda: by_text(column, name)),
    )
    return next((make() for kind, make in makers if isinstance(column, kind)), None)


def by_text(column: Any, name: str) -> list[Filter]:
    """Contains, equals, begins with, one of, empty."""
    return [
        Filter(column, name, "contains", lambda c, v: c.contains(v), str),
        Filter(column, name, "does not contain", lambda c, v: ~c.contains(v), str),
        Filter(column, name, "begins with", lambda c, v: c.startswith(v), str),
        Filter(column, name, "is", _same, str),
        Filter(
            column, name, "is one of", lambda c, v: c.in_(v), _several, data_type="select2-tags"
        ),
        Filter(column, name, "is empty", _empty_text, _yes, options=_YES_NO),
    ]


def by_number(column: Any, name: str, read: Callable[[str], Any]) -> list[Filter]:
    """Equals, above, below, empty."""
    return [
        Filter(column, name, "is", _same, read),
        Filter(column, name, "is at least", lambda c, v: c >= v, read),
        Filter(column, name, "is at most", lambda c, v: c <= v, read),
        Filter(column, name, "is empty", _empty, _yes, options=_YES_NO),
    ]


def by_day(column: Any, name: str) -> list[Filter]:
    """On, from, until, between, empty."""
    return [
        Filter(column, name, "is on", _same, _day, data_type="datepicker"),
        Filter(column, name, "is from", lambda c, v: c >= v, _day, data_type="datepicker"),
        Filter(column, name, "is until", lambda c, v: c <= v, _day, data_type="datepicker"),
        Filter(
            column,
            name,
            "is between",
            lambda c, v: c.between(*v),
            _two_days,
            data_type="daterangepicker",
        ),
        Filter(column, name, "is empty", _empty, _yes, options=_YES_NO),
    ]


def by_moment(column: Any, name: str) -> list[Filter]:
    """The same as for days, on the shop's clock."""
    return [
        Filter(
            column,
            name,
            "is on",
            lambda c, v: (c >= _start(v)) & (c < _start(v + timedelta(days=1))),
            _day,
            data_type="datepicker",
        ),
        Filter(column, name, "is from", lambda c, v: c >= _start(v), _day, data_type="datepicker"),
        Filter(
            column,
            name,
            "is until",
            lambda c, v: c < _start(v + timedelta(days=1)),
            _day,
            data_type="datepicker",
        ),
        Filter(column, name, "is empty", _empty, _yes, options=_YES_NO),
    ]


def by_choice(column: Any, name: str, choices: Choices | Callable[[], Choices]) -> Filter:
    """One of some choices; a callable is asked with every page, so that new rows are there."""
    key: Callable[[str], Any] = str
    if isinstance(getattr(column, "rel_field", column), IntegerField):
        key = _small
    return Filter(column, name, "is", _same, key, options=choices)


# ---------------------------------------------------------------- the shop's own fields


def by_own_field(extra: Any, own: Field) -> list[Filter]:
    """The filters for a field of the shop's own, which lives typed inside ``extra``."""
    path, text, name = extra[own.name], extra[own.name].as_text(), own.label
    if own.kind is Kind.YES_NO:
        found = [Filter(path, name, "is", _same, _yes, options=_YES_NO)]
    elif own.kind is Kind.CHOICE:
        found = [Filter(text, name, "is", _same, str, options=[(c, c) for c in own.choices])]
    elif own.kind is Kind.DATE:
        found = by_day(text, name)[:-1]
        for one in found:  # days are kept as text in the order of days
            one._read = _as_text(one._read)
    elif own.kind in amounts.EXACT or own.kind is Kind.WHOLE:
        found = by_number(_number_in(text), name, lambda t: amounts.number(t, decimal="."))[:-1]
    else:
        found = by_text(text, name)[:-1]
    for one in found:
        one.own = own
    empty = Filter(text, name, "is empty", _empty, _yes, options=_YES_NO)
    empty.own = own
    return [*found, empty]


def _number_in(text: Any) -> Any:
    """The number a text holds; what is no number counts as nothing and never as an error."""
    if on_postgresql():
        return fn.SUBSTRING(text, r"^-?\d{1,15}(?:\.\d{1,9})?$").cast("numeric")
    return text.cast("real")


def _as_text(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def read_as_text(text: str) -> Any:
        found = read(text)
        if isinstance(found, tuple):
            return tuple(one.isoformat() for one in found)
        return found.isoformat()

    return read_as_text


# ---------------------------------------------------------------- asking and reading


def any_contains(columns: Sequence[Any], word: str) -> Expression:
    """Whether one of the columns contains a word."""
    found: Expression = reduce(or_, (column.contains(word) for column in columns))
    return found


def _same(column: Any, value: Any) -> Expression:
    found: Expression = column == value
    return found


def _empty(column: Any, value: bool) -> Expression:
    found: Expression = column.is_null(value)
    return found


def _empty_text(column: Any, value: bool) -> Expression:
    empty: Expression = column.is_null() | (column == "")
    return empty if value else ~empty


def _yes(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()][:_MOST_WORDS] or [""]


def _small(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def _whole(column: Any, text: str) -> int:
    value = int(text) if len(text) < 20 else 2**40
    if abs(value) > (2**15 - 1 if isinstance(column, SmallIntegerField) else 2**31 - 1):
        raise ValueError(text)
    return value


def _exact(column: ExactField, text: str) -> Decimal:
    value = amounts.number(text, decimal=".")
    if abs(value.scaleb(column.places)) >= 2**63:
        raise ValueError(text)
    return value


def _day(text: str) -> date:
    found = date.fromisoformat(text)
    if not 1900 <= found.year <= 2200:
        raise ValueError(text)
    return found


def _two_days(text: str) -> tuple[date, date]:
    first, _, last = text.partition(" to ")
    return _day(first.strip()), _day(last.strip())


def _start(found: date) -> datetime:
    return as_moment(datetime(found.year, found.month, found.day))  # noqa: DTZ001 - zone there
