"""What typing a text into a cell makes of it: USER_ENTERED, by the workbook's locale."""

import datetime
import re
from typing import Any, NamedTuple

from sheets_emulator.cells import ERROR_TYPES, Failure, Value, tidy
from sheets_emulator.locales import Locale

Json = dict[str, Any]
EPOCH = datetime.date(1899, 12, 30)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*([ap]m)?", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})(?:\2\s?(\d{2,4}))?\.?")
_WORDS_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?")
_WORDS_LAST = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?(?:[ -](\d{4}|\d{2}))?")
_CURRENCIES = "$€£¥₹₽₩"


class Entry(NamedTuple):
    """What a typed text became."""

    value: Value = None
    formula: str | None = None
    format: Json | None = None


def number_format(kind: str, pattern: str) -> Json:
    """A NumberFormat."""
    return {"type": kind, "pattern": pattern}


def entered(text: str, locale: Locale, today: datetime.date) -> Entry:
    """Value, formula and number format of a typed text; a text that is nothing else stays one."""
    if text.startswith("'"):
        return Entry(text[1:])
    if text.startswith("=") and len(text) > 1:
        return Entry(None, text)
    bare = text.strip().replace("\u00a0", " ")
    if not bare or (bare[0].isalpha() and not _may_be_more(bare)):
        return Entry(text)
    if bare.upper() in ("TRUE", "FALSE"):
        return Entry(bare.upper() == "TRUE")
    if bare in ERROR_TYPES:
        return Entry(Failure(bare))
    return _number(bare, locale) or _moment(bare, locale, today) or Entry(text)


def _may_be_more(text: str) -> bool:
    return text.upper() in ("TRUE", "FALSE") or text[:3].lower() in _MONTHS or "€" in text


# ---------------------------------------------------------------- numbers


def _number(text: str, locale: Locale) -> Entry | None:
    negative = text.startswith("(") and text.endswith(")")
    bare = text[1:-1] if negative else text
    sign = -1 if negative or bare.startswith("-") else 1
    bare = bare[1:] if bare[:1] in ("+", "-") else bare
    percent = bare.endswith("%")
    bare = bare.rstrip("%").strip() if percent else bare
    money = _money_of(bare, locale)
    bare = bare.replace(money, "").strip() if money else bare
    if not bare or bare[0] in "+-" or not (bare[0].isdigit() or bare[0] == locale.decimal):
        return None
    found = _digits(bare, locale)
    if found is None:
        return None
    number, grouped, places, scientific = found
    kind = _kind(money, percent=percent, scientific=scientific, grouped=grouped)
    value = sign * (round(number / 100, 15) if percent else number)
    return Entry(tidy(value), None, _pattern(kind, money, places, locale))


def _money_of(text: str, locale: Locale) -> str:
    marks: tuple[str, ...] = (locale.currency, *_CURRENCIES)
    return next((mark for mark in marks if text.startswith(mark) or text.endswith(mark)), "")


def _digits(text: str, locale: Locale) -> tuple[float, bool, int, bool] | None:
    group, point = re.escape(locale.group), re.escape(locale.decimal)
    if locale.group in "\u202f\u00a0":
        group = "[\u202f\u00a0 ]"
    parts = re.fullmatch(
        rf"(\d{{1,3}}(?:{group}\d{{3}})+|\d*)(?:{point}(\d*))?(?:[eE]([+-]?\d+))?", text, re.ASCII
    )
    if not parts or not (parts[1] or parts[2]):
        return None
    whole = re.sub(r"\D", "", parts[1])
    number = float(f"{whole or 0}.{parts[2] or 0}e{parts[3] or 0}")
    if number == float("inf"):
        return None
    return number, whole != parts[1], len(parts[2] or ""), parts[3] is not None


def _kind(money: str, *, percent: bool, scientific: bool, grouped: bool) -> str:
    if percent:
        return "PERCENT"
    if money:
        return "CURRENCY"
    if scientific:
        return "SCIENTIFIC"
    return "NUMBER" if grouped else ""


def _pattern(kind: str, money: str, places: int, locale: Locale) -> Json | None:
    cents = ".00" if places else ""
    if kind == "PERCENT":
        return number_format(kind, f"0{cents}%")
    if kind == "SCIENTIFIC":
        return number_format(kind, "0.00E+00")
    if kind == "NUMBER":
        return number_format(kind, f"#,##0{cents}")
    if kind == "CURRENCY":
        body, mark = f"#,##0{cents}", f"[${money}]"
        return number_format(kind, f"{body} {mark}" if locale.currency_last else mark + body)
    return None


# ---------------------------------------------------------------- days and times


def _moment(text: str, locale: Locale, today: datetime.date) -> Entry | None:
    if clock := _TIME.fullmatch(text):
        part = _part_of_day(clock)
        pattern = ("h:mm:ss" if clock[3] else "h:mm") + " am/pm" if clock[5] else "H:mm"
        pattern += ":ss" if clock[3] and not clock[5] else ""
        return None if part is None else Entry(tidy(part), None, number_format("TIME", pattern))
    day_text, _, time_text = text.partition(" ")
    clock = _TIME.fullmatch(time_text.strip()) if time_text else None
    found = _day(day_text if clock else text, locale, today)
    if found is None:
        return None
    day, pattern = found
    serial = (day - EPOCH).days
    if not clock:
        return Entry(serial, None, number_format("DATE", pattern))
    part = _part_of_day(clock)
    if part is None:
        return None
    shown = f"{pattern} {'h:mm:ss am/pm' if clock[5] else 'H:mm:ss'}"
    return Entry(tidy(serial + part), None, number_format("DATE_TIME", shown))


def _part_of_day(parts: "re.Match[str]") -> float | None:
    hour, minute, second = int(parts[1]), int(parts[2]), int(parts[3] or 0)
    if parts[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts[5].lower() == "pm" else 0)
    if hour > 24 or minute > 59 or second > 59:
        return None
    return (hour * 3600 + minute * 60 + second + float(parts[4] or 0)) / 86400


def _day(text: str, locale: Locale, today: datetime.date) -> tuple[datetime.date, str] | None:
    if parts := _ISO.fullmatch(text):
        mark = text[4]
        return _built(parts[1], parts[2], parts[3], f"yyyy{mark}mm{mark}dd")
    if parts := _NUMERIC.fullmatch(text):
        return _by_order(parts, locale, today)
    if parts := _WORDS_FIRST.fullmatch(text):
        month, day, year = parts[1], parts[2], parts[3]
        shape = "mmm d, yyyy" if year else "mmm d"
    elif parts := _WORDS_LAST.fullmatch(text):
        day, month, year = parts[1], parts[2], parts[3]
        shape = "d mmm yyyy" if year else "d-mmm"
    else:
        return None
    number = _month(month)
    return _built(year or str(today.year), number, day, shape) if number else None


def _month(name: str) -> str | None:
    lower = name.lower()
    full = "january february march april may june july august september october november december"
    fits = lower[:3] in _MONTHS and any(word.startswith(lower) for word in full.split())
    return str(_MONTHS.index(lower[:3]) + 1) if fits else None


def _by_order(
    parts: "re.Match[str]", locale: Locale, today: datetime.date
) -> tuple[datetime.date, str] | None:
    one, mark, two, three = parts[1], parts[2], parts[3], parts[4]
    dotted = mark == "." and ("." not in locale.date or parts[0].count(".") < 2)
    if dotted or len(one) > 2 or (mark == "." and three is None):
        return None
    day_first = locale.order == "dmy" or (locale.order == "ymd" and mark == ".")
    day, month = (one, two) if day_first else (two, one)
    pattern = locale.date if three else ("d" + mark + "M" if day_first else f"M{mark}d")
    return _built(three or str(today.year), month, day, pattern)


def _built(year: str, month: str, day: str, pattern: str) -> tuple[datetime.date, str] | None:
    number = int(year)
    if number < 100:
        number += 2000 if number < 50 else 1900
    try:
        return datetime.date(number, int(month), int(day)), pattern
    except ValueError:
        return None
