"""Numbers as people write them: exact, with either decimal sign, with currency and unit. Pure."""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from errors import ShopError
from workflow.fields import Kind

Raw = object  # str, int, float, Decimal, bool, date, datetime, list of str or None


class CellError(ShopError, ValueError):
    """What stands in a cell is not what belongs there; the sentence says both."""


CURRENCIES = frozenset(
    {
        "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP",
        "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN",
        "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR",
        "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
    }
)  # fmt: skip
# A bare "$" or "kr" is the shop's own or the customer's: it does not say which.
_SYMBOLS = {
    "us$": "USD", "ca$": "CAD", "c$": "CAD", "au$": "AUD", "a$": "AUD", "nz$": "NZD", "r$": "BRL",
    "hk$": "HKD", "€": "EUR", "£": "GBP", "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF",
    "₹": "INR", "rs": "INR", "₩": "KRW", "₫": "VND", "₴": "UAH", "₺": "TRY", "fr": "CHF",
    "euro": "EUR", "euros": "EUR", "元": "CNY", "円": "JPY", "$": "", "¥": "", "kr": "",
    "rmb": "CNY", "人民币": "CNY", "원": "KRW", "vnđ": "VND", "đ": "VND", "vnd": "VND",
    "đồng": "VND",    "руб": "RUB", "₽": "RUB", "rupees": "INR",  # noqa: RUF001
    "tl": "TRY", "lei": "RON", "din": "RSD", "rub": "RUB",
}  # fmt: skip
_SIGNS = re.compile(
    r"(?:\b[a-z]{1,2})?\$|[€£¥₹₩₫₴₺₽]|(?:(?<=[\d(\uff08/ ])|^)[元円원]|人民币"
    r"|(?<![a-z])rs(?=[.)\s\d]|$)|\b(?:zł|kč|euros?|rmb|vnđ|vnd|đồng|руб|rupees)\b"  # noqa: RUF001
)
_EACH = re.compile(
    r"\s*(/|per\b|pro\b)?\s*(each|ea|pcs?|piece|unit|stk|stück|szt)\.?$", re.IGNORECASE
)
# What stands before the number, the number, what stands behind it.
_AROUND = re.compile(r"([^\d.,()+-]*)([\d.,()+-](?:.*[\d.,()+-])?)([^\d.,()+-]*)")
_MOST_DIGITS = 15
_LONGEST_AMOUNT = 80
# Kind: decimal places, digits before the point; a scaled 64-bit column must hold it.
EXACT = {
    Kind.NUMBER: (9, 15), Kind.QUANTITY: (3, 9), Kind.MONEY: (4, 12), Kind.PRICE: (6, 9),
    Kind.PERCENT: (3, 3),
}  # fmt: skip


def number(raw: Raw, *, decimal: str | None = None) -> Decimal:
    """Read an exact number with either decimal sign, thousands separators, sign or brackets.

    Args:
        raw: text or number.
        decimal: "." or "," where 1.200 can be read both ways; without it the point is decimal.

    Raises:
        CellError: not a number, not finite, or absurdly long.
    """
    return _number(raw, "a number", decimal)


def quantity(raw: Raw, *, decimal: str | None = None) -> Decimal:
    """Read a number of pieces (or metres, hours): above zero, at most three places.

    Raises:
        CellError: not a number, zero, negative, or to be read in two ways.
    """
    what = "a number of pieces"
    if decimal is None and isinstance(raw, str) and ambiguous(raw) and "." in raw:
        low, high = sorted((number(raw, decimal="."), number(raw, decimal=",")))
        raise CellError(f"'{clipped(raw)}' can be {plain(low)} or {plain(high)}; write it plainly")
    value = fitting(Kind.QUANTITY, raw, what, decimal)
    if value <= 0:
        raise CellError(f"expected {what} above zero, found '{clipped(raw)}'")
    return value


def money(raw: Raw, *, decimal: str | None = None) -> Decimal:
    """Read an amount with or without a currency sign: zero or more, at most four places.

    Raises:
        CellError: not an amount, or negative.
    """
    return _amount(Kind.MONEY, "an amount", raw, decimal)


def price(raw: Raw, *, decimal: str | None = None) -> Decimal:
    """Read a price per unit ("4.15", "3,20 €", "USD 1,250.00 each"): at most six places.

    Raises:
        CellError: not a price, or negative.
    """
    return _amount(Kind.PRICE, "a price", raw, decimal)


def currency(text: str) -> str:
    """The ISO 4217 code that a price, heading or note names, or "" where none or several do."""
    words = re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text)
    found = {word for word in words if word in CURRENCIES}
    signs = _SIGNS.findall(text.casefold())
    found |= {code for sign in signs if (code := _SYMBOLS.get(sign, ""))}
    return found.pop() if len(found) == 1 else ""


def currency_of_price(text: str) -> str:
    """The code that a price names, also by a word that means money only beside a figure: Ft, đ."""
    found = currency(text)
    match = None if found else _AROUND.fullmatch(text.strip().rstrip(" ."))
    codes = {_SYMBOLS.get(match[part].strip().casefold(), "") for part in (1, 3)} if match else ()
    return found or max(codes, default="")


def ambiguous(text: str) -> bool:
    """Whether a number can be read two ways: 1.200 and 1,200 can, 1.20 and 1.200,00 cannot."""
    digits = _digits(text)[0]
    return bool(re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits, re.ASCII))


def clipped(raw: Raw, length: int = 60) -> str:
    """What stood there, short enough for a sentence."""
    text = " ".join(str(raw).split())
    if isinstance(raw, float) and raw.is_integer():
        text = text.removesuffix(".0")
    return text if len(text) <= length else text[: length - 1] + "…"


def repr_of(raw: int | float | Decimal) -> str:
    """A number as people write it: 144, not 144.0; no exponent."""
    return plain(Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw))


def plain(value: Decimal, places: int = 0) -> str:
    """A decimal without exponent and trailing zeros, with at least ``places`` places."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, fraction = text.partition(".")
    text = f"{whole}.{fraction.ljust(places, '0')}" if places else text
    return text if value else text.lstrip("-")


def _digits(text: str) -> tuple[str, bool]:
    """The digits and separators of a number, and whether it is negative."""
    body = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'").strip()
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    if body[:1] in ("-", "+"):
        body, negative = body[1:].strip(), negative != (body[0] == "-")
    elif body[-1:] == "-":  # as SAP writes it
        body, negative = body[:-1].strip(), not negative
    return body, negative


def _number(raw: Raw, what: str, decimal: str | None) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise refused(what, raw)
    if not isinstance(raw, str) and not isfinite(raw):
        raise refused(what, raw)
    value = _of_text(raw, what, decimal) if isinstance(raw, str) else Decimal(repr_of(raw))
    if value.adjusted() >= _MOST_DIGITS:
        raise CellError(f"expected {what} of at most {_MOST_DIGITS} digits, found '{clipped(raw)}'")
    return value


def _of_text(raw: str, what: str, decimal: str | None) -> Decimal:
    body, negative = _digits(raw)
    if len(body) > 2 * _MOST_DIGITS and re.fullmatch(r"[\d.,' ]+", body, re.ASCII):
        raise CellError(f"expected {what} of at most {_MOST_DIGITS} digits, found '{clipped(raw)}'")
    if len(body) > 2 * _MOST_DIGITS:
        raise refused(what, raw)
    signs = (",", ".") if decimal == "," else (".", ",")
    readings = [value for sign in signs if (value := _reading(body, sign)) is not None]
    if not readings:
        raise refused(what, raw)
    return -readings[0] if negative else readings[0]


def _reading(body: str, sign: str) -> Decimal | None:
    """Read digits where ``sign`` is the decimal sign, or None where they do not fit."""
    point, comma = re.escape(sign), re.escape("," if sign == "." else ".")
    # Thousands in groups of three, or of two and a last three as in India.
    whole = rf"\d+|[1-9]\d{{0,2}}(?:(?P<sep>[{comma} '_])\d{{2,3}})?(?:(?P=sep)\d{{2,3}})*"
    match = re.fullmatch(rf"(?P<whole>{whole})?(?:{point}(?P<part>\d*))?", body, re.ASCII)
    if not match or not (match["whole"] or match["part"]):
        return None
    groups = re.split(r"\D", match["whole"] or "0")
    if len(groups) > 1 and len(groups[-1]) != 3:
        return None
    part = (match["part"] or "").rstrip("0")
    return Decimal("".join(groups) + (f".{part}" if part else ""))


def fitting(kind: Kind, raw: Raw, what: str, decimal: str | None) -> Decimal:
    """Read a number and hold it against the places and digits its kind has."""
    places, digits = EXACT[kind]
    value = _number(raw, what, decimal)
    if value.adjusted() >= digits:
        raise CellError(f"expected {what} of at most {digits} digits, found '{clipped(raw)}'")
    exact = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    if isinstance(raw, float):  # a sheet's arithmetic leaves noise behind the last place
        return Decimal(plain(exact))
    if exact != value:
        raise CellError(f"expected at most {places} decimal places, found '{clipped(raw)}'")
    return Decimal(plain(exact))


def _amount(kind: Kind, what: str, raw: Raw, decimal: str | None) -> Decimal:
    if isinstance(raw, str):
        value = fitting(kind, _without_currency(raw) or raw, what, decimal)
    else:
        value = fitting(kind, raw, what, decimal)
    if value < 0:
        raise CellError(f"expected {what} of zero or more, found '{clipped(raw)}'")
    return value


def _without_currency(text: str) -> str:
    if len(text) > _LONGEST_AMOUNT:
        return text
    bare = _EACH.sub("", text.strip())
    bare = re.sub(r"([.,])[-\u2013\u2014]+", "", bare).rstrip(" .")  # 12.- and 12,-- in Switzerland
    match = _AROUND.fullmatch(bare)
    if not match:
        return text
    before, digits, behind = (part.strip() for part in match.groups())
    for word in (before.casefold(), behind.casefold()):
        if word and word not in _SYMBOLS and word.upper() not in CURRENCIES:
            return text
    # In "Rs.2745" the point ends the word; in "$.50" it is the decimal point.
    return digits.lstrip(". ") if before[-1:].isalpha() else digits


def refused(what: str, raw: Raw) -> CellError:
    """The refusal that names what was expected and what stood there."""
    return CellError(f"expected {what}, found '{clipped(raw)}'")
