"""What an order costs: line totals, subtotal, grand total; exact, rounded once. Pure."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

#: ISO 4217 minor units that are not two.
_MINOR_UNITS = {
    **dict.fromkeys(
        ("JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF", "GNF"), 0
    ),
    **dict.fromkeys(("KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"), 3),
}
_BASIS = {"each": Decimal(1), "hundred": Decimal(100), "thousand": Decimal(1000)}


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for USD, 1 for JPY."""
    return Decimal(1).scaleb(-_MINOR_UNITS.get(currency.upper(), 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded half up to the currency's smallest unit."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def line_total(
    priced: Iterable[tuple[Decimal, Decimal | None]],
    *,
    basis: str,
    discount_percent: Decimal,
    currency: str,
) -> Decimal:
    """What a line costs: (quantity, unit price) parts, per ``basis``, less its discount."""
    exact = sum((qty * (price or Decimal(0)) for qty, price in priced), Decimal(0))
    exact = exact / _BASIS.get(basis, Decimal(1)) * (100 - discount_percent) / 100
    return rounded(exact, currency)


def grand_total(
    goods: Decimal,
    *,
    discount_percent: Decimal,
    discount_amount: Decimal,
    extras: Decimal,
    currency: str,
) -> Decimal:
    """What the customer pays: goods less discount, plus charges, freight and tax (``extras``)."""
    discount = goods * discount_percent / 100 + discount_amount
    return rounded(goods - discount + extras, currency)
