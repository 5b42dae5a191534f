"""What a cell shows: numbers by their pattern and the workbook's locale."""

import datetime
import math
import re
from functools import lru_cache
from typing import Any

from sheets_emulator.cells import Failure, Value
from sheets_emulator.locales import Locale

Json = dict[str, Any]
EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number knows no zone
DATES = ("DATE", "TIME", "DATE_TIME")

_DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTH_NAMES = ["January", "February", "March", "April", "May", "June"]
_MONTH_NAMES += ["July", "August", "September", "October", "November", "December"]
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|(\[[hmsHMS]+\])|(am/pm|AM/PM|a/p|A/P)'
    r"|(y+|Y+|m+|M+|d+|D+|h+|H+|s+|S+)"
    r"|(\.0+(?=$|[^\d]))|(.)",
    re.DOTALL,
)
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?(?:[eE][+-]?0+)?|\.[#0?]+")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]')


def text_of(value: Value, form: Json | None, locale: Locale) -> str:
    """The text a person reads in the cell."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Failure):
        return value.shown
    if form and (number_format := form.get("numberFormat")):
        return by_pattern(value, number_format, locale)
    return general(value, locale)


def is_date(form: Json | None) -> bool:
    """Whether the number in a cell of this format is a day or a time."""
    return bool(form) and (form or {}).get("numberFormat", {}).get("type") in DATES


def general(value: float, locale: Locale) -> str:
    """A number without a pattern: ten significant digits."""
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value)
    if value != 0 and (abs(value) >= 1e15 or abs(value) < 1e-9):
        mantissa, exponent = f"{value:.5E}".split("E")
        shown = mantissa.rstrip("0").rstrip(".") + f"E{exponent[0]}{exponent[1:].zfill(2)}"
    else:
        shown = _ten_digits(value)
    return shown.replace(".", locale.decimal)


def _ten_digits(value: float) -> str:
    before = math.floor(math.log10(abs(value))) if value else 0
    shown = f"{value:.{max(0, 9 - before)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def by_pattern(value: float, number_format: Json, locale: Locale) -> str:
    """A number by a NumberFormat; a missing pattern is the locale's own."""
    kind = number_format.get("type", "")
    pattern = number_format.get("pattern") or default_pattern(kind, locale)
    if kind == "TEXT" or pattern == "@":
        return general(value, locale)
    if not pattern or pattern.lower() == "general":
        return general(value, locale)
    if kind in DATES or _dated(pattern):
        return moment(value, pattern)
    return _by_section(value, pattern, locale)


def default_pattern(kind: str, locale: Locale) -> str:
    """What Google shows for a type of number format that has no pattern."""
    money = f"[${locale.currency}]"
    amount = f"#,##0.00 {money}" if locale.currency_last else f"{money}#,##0.00"
    return {
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": amount,
        "DATE": locale.date,
        "TIME": locale.time,
        "DATE_TIME": f"{locale.date} {locale.time}",
        "SCIENTIFIC": "0.00E+00",
    }.get(kind, "")


@lru_cache(maxsize=512)
def _dated(pattern: str) -> bool:
    bare = _LITERAL.sub("", pattern)
    return bool(re.search(r"[yYdDhHsS]|[mM]{2,}", bare)) and not re.search(r"[#0]", bare)


# ---------------------------------------------------------------- numbers


def _by_section(value: float, pattern: str, locale: Locale) -> str:
    sections = pattern.split(";")
    if value < 0 and len(sections) > 1:
        return _number(-value, sections[1], locale)
    if value == 0 and len(sections) > 2:
        return _number(0, sections[2], locale)
    return ("-" if value < 0 else "") + _number(abs(value), sections[0], locale)


def _number(value: float, pattern: str, locale: Locale) -> str:
    plain = _LITERAL.sub(lambda found: "\ue000" * len(found[0]), pattern)
    digits = _DIGITS.search(plain)
    if not digits:
        return _literals(pattern)
    value *= 100 ** plain.count("%")
    body = _digits(value, digits[0], locale)
    return _literals(pattern[: digits.start()]) + body + _literals(pattern[digits.end() :])


def _literals(pattern: str) -> str:
    def shown(found: "re.Match[str]") -> str:
        return found[1] or found[2] or found[3] or ""

    return _LITERAL.sub(shown, pattern).replace("_", " ").replace("*", "")


def _digits(value: float, shape: str, locale: Locale) -> str:
    if "e" in shape.lower():
        mantissa, _, exponent = shape.lower().partition("e")
        places = len(mantissa.partition(".")[2])
        number, power = f"{value:.{places}E}".split("E")
        wide = len(exponent.lstrip("+-"))
        return (
            f"{number.replace('.', locale.decimal)}E{power[0]}{power[1:].lstrip('0').zfill(wide)}"
        )
    whole_shape, _, fraction_shape = shape.partition(".")
    thousands = "," in whole_shape.rstrip(",")
    value /= 1000 ** (len(whole_shape) - len(whole_shape.rstrip(",")))
    rounded = _half_up(value, len(fraction_shape))
    whole, _, fraction = rounded.partition(".")
    while fraction and fraction[-1] == "0" and fraction_shape[len(fraction) - 1] == "#":
        fraction = fraction[:-1]
    least = whole_shape.count("0")
    whole = whole.lstrip("0").zfill(least)
    if thousands:
        whole = f"{int(whole or 0):,}".zfill(least).replace(",", locale.group)
        whole = "" if whole == "0" and not least else whole
    return whole + (locale.decimal + fraction if fraction else "")


def _half_up(value: float, places: int) -> str:
    return f"{round(value + (1e-9 if value else 0) / 10**places, places):.{places}f}"


# ---------------------------------------------------------------- days and times


def moment(serial: float, pattern: str) -> str:
    """A serial number as a day or a time."""
    try:
        when = EPOCH + datetime.timedelta(seconds=round(serial * 86400, 3))
    except OverflowError:
        return str(serial)
    half_day = bool(re.search(r"am/pm|a/p", pattern, re.IGNORECASE))
    tokens, out = list(_TOKEN.finditer(pattern)), []
    for n, found in enumerate(tokens):
        if found[6]:
            minutes = found[6][0] in "mM" and _beside_time(tokens, n)
            out.append(_field(found[6], when, half_day=half_day, minutes=minutes))
        elif found[4]:
            out.append(str(int(serial * 24)))
        elif found[5]:
            out.append(when.strftime("%p")[: len(found[5]) // 2])
        elif found[7]:
            out.append("." + f"{when.microsecond:06d}"[: len(found[7]) - 1])
        else:
            out.append(found[1] or found[2] or found[3] or found[8] or "")
    return "".join(out)


def _beside_time(tokens: "list[re.Match[str]]", at: int) -> bool:
    before = [found[6] or found[4] for found in tokens[:at] if found[6] or found[4]]
    after = [found[6] for found in tokens[at + 1 :] if found[6]]
    return bool((before and before[-1].strip("[]")[0] in "hH") or (after and after[0][0] in "sS"))


def _field(token: str, when: datetime.datetime, *, half_day: bool, minutes: bool) -> str:
    letter, wide = token[0].lower(), len(token)
    if letter == "m" and not minutes:
        name = _MONTH_NAMES[when.month - 1]
        return (str(when.month), f"{when.month:02}", name[:3], name, name[0])[min(wide, 5) - 1]
    if letter == "d":
        name = _DAY_NAMES[when.weekday()]
        return (str(when.day), f"{when.day:02}", name[:3], name)[min(wide, 4) - 1]
    if letter == "y":
        return str(when.year) if wide > 2 else f"{when.year % 100:02}"
    number = {"h": when.hour, "m": when.minute, "s": when.second}[letter]
    if letter == "h" and half_day:
        number = number % 12 or 12
    return f"{number:02}" if wide > 1 else str(number)
