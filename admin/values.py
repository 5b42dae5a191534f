"""How a value looks in a list or on a page of details."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from models import ExactField
from web import words
from workflow.fields import Field, Kind

_MOST_SHOWN = 300


def shown(value: Any, column: Any) -> Any:
    """A value as people read it: amounts with two places, days with their weekday, yes and no.

    Args:
        value: what stands in the row.
        column: the database column it stands in, or the field of the shop's own.
    """
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else Markup('<span class="muted">no</span>')
    if isinstance(value, Decimal):
        return _number(value, column)
    if isinstance(value, datetime):
        return words.when(value)
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"


def _number(value: Decimal, column: Any) -> str:
    if isinstance(column, Field):
        kind = column.kind
    else:
        places = column.places if isinstance(column, ExactField) else 3
        kind = {4: Kind.MONEY, 6: Kind.PRICE}.get(places, Kind.NUMBER)
    if kind is Kind.PRICE:
        return words.price(value)
    if kind is Kind.MONEY and value == round(value, 2):
        return words.money(value)
    return words.price(value) if kind is Kind.MONEY else words.qty(value)
