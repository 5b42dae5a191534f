"""How templates write money, quantities and days."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask

import clock


def add_filters(app: Flask) -> None:
    """Teach the templates ``money price qty day when plural`` and ``today()``."""
    for write in (money, price, qty, day, when, plural):
        app.add_template_filter(write)
    app.add_template_global(clock.today, "today")


def money(amount: Any, currency: str = "") -> str:
    """An amount with two places and its currency: ``1,234.50 USD``."""
    if amount is None or amount == "":
        return ""
    return f"{Decimal(amount):,.2f} {currency}".rstrip()


def price(amount: Any, currency: str = "") -> str:
    """A price per unit with two to six places: ``4.50``, ``0.0375``."""
    if amount is None or amount == "":
        return ""
    whole, _, places = f"{Decimal(amount):,.6f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')} {currency}".rstrip()


def qty(number: Any) -> str:
    """A quantity without needless zeros: ``1,200``, ``2.5``."""
    if number is None or number == "":
        return ""
    text = f"{Decimal(number):,.3f}"
    return text.rstrip("0").rstrip(".")


def day(value: Any) -> str:
    """A day with its weekday: ``Wed 25 Nov``; the year only if it is not this one."""
    if not isinstance(value, date):
        return ""
    if isinstance(value, datetime):
        value = clock.local(value).date()
    words = f"{value:%a} {value.day} {value:%b}"
    return words if value.year == clock.today().year else f"{words} {value.year}"


def when(moment: Any) -> str:
    """A moment on the shop's clock: ``18 Nov 14:02``; the year only if it is not this one."""
    if not isinstance(moment, datetime):
        return day(moment)
    local = clock.local(moment)
    year = "" if local.year == clock.today().year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def plural(number: Any, one: str, many: str = "") -> str:
    """A number with its noun: ``1 piece``, ``12 pieces``."""
    noun = one if Decimal(number) == 1 else many or f"{one}s"
    return f"{qty(number)} {noun}"
