"""Days as people write them, in many languages: text or cell to a date. Pure.

A day that can be read two ways is never guessed: the caller gives the order of the file, or the
refusal names both readings.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta

from sync.amounts import CellError

_MONTHS = """
1 january jan januar jaenner janner janv janvier enero ene gennaio gen januari styczen stycznia
1 sty janeiro
2 february feb februar fevrier fev febrero febbraio februari luty lutego lut fevereiro
3 march mar marz maerz mars marzo maart mrt marzec marca marco
4 april apr avril avr abril abr aprile kwiecien kwietnia kwi
5 may mai mayo maggio mag mei maj maja maio
6 june jun juni juin junio giugno giu czerwiec czerwca cze junho
7 july jul juli juillet juil julio luglio lug lipiec lipca lip julho
8 august aug aout agosto ago augustus sierpien sierpnia sie
9 september sep sept septembre septiembre settembre set wrzesien wrzesnia wrz setembro
10 october oct oktober okt octobre octubre ottobre ott pazdziernik pazdziernika paz outubro out
11 november nov novembre noviembre listopad listopada lis novembro
12 december dec dezember dez decembre diciembre dic dicembre grudzien grudnia gru dezembro
1 ledna leden januari ianuarie ocak января январь januar
2 unora unor februarie subat февраля февраль februari
3 brezna brezen mars martie mart марта март marcius
4 dubna duben aprilie nisan апреля апрель aprilis
5 kvetna kveten maj mayis мая май majus
6 cervna cerven iunie haziran июня июнь junius
7 cervence cervenec iulie temmuz июля июль julius
8 srpna srpen augusti agustos августа август augusztus
9 zari eylul сентября сентябрь szeptember septembrie
10 rijna rijen oktober ekim октября октябрь octombrie
11 listopadu kasim ноября ноябрь noiembrie
12 prosince prosinec aralik декабря декабрь decembrie
"""
MONTHS: dict[str, int] = {
    name: int(number)
    for number, *names in (line.split() for line in _MONTHS.strip().splitlines())
    for name in names
}
_FIRST_SERIAL, _LAST_SERIAL = 20000, 80000  # 1954 to 2119: what a date in a sheet can be
_SERIAL_ZERO = date(1899, 12, 30)  # Excel counts a 29 February 1900 that never was
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

_TIME_AFTER = re.compile(
    r"[T ,]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]\.?m\.?|z|[+-]\d\d:?\d\d)?$", re.IGNORECASE
)
_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[日일]?\.?"
    r"(?:\s*[(][月火水木金土日월화수목금토일一二三四五六][)])?"
)
_JAPANESE = re.compile(
    r"(令和|平成|R|H)\s*(\d{1,2}|元)\s*[年.]\s*(\d{1,2})\s*[月.]\s*(\d{1,2})\s*日?"
)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}  # the year before the first
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*[-/.]\s*'?(\d{4}|\d{2})\.?")
_VIETNAMESE = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}),? nam (\d{4})")
_COMPACT = re.compile(r"(19|20)(\d\d)(\d\d)(\d\d)")
_WEEK = re.compile(r"(kw|cw|wk|week|semaine|semana|settimana|tydzien)\W*\d{1,2}\b.*", re.IGNORECASE)
_FILLERS = {
    "g",
    "года",
    "г",  # noqa: RUF001
    "de",
    "of",
    "the",
    "del",
    "den",
    "le",
    "el",
    "r",
    "roku",
    "st",
    "nd",
    "rd",
    "th",
    "er",
}


def day(raw: object, *, order: str = "") -> date:
    """Read a day from a text, a spreadsheet's serial number or a date.

    Args:
        raw: text, number or date as the cell held it.
        order: "dmy" or "mdy" where 03/04/2026 can be read both ways, else "".

    Raises:
        CellError: no such day, no year, or two readings and no ``order``.
    """
    if isinstance(raw, datetime):
        return _sane(raw.date(), raw)
    if isinstance(raw, date):
        return _sane(raw, raw)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _no_day(raw)
    text = " ".join(unicodedata.normalize("NFKC", str(raw)).split())
    if isinstance(raw, int | float) or re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
        return _from_serial(float(text), raw)
    if len(text) > 60:
        raise _no_day(raw)
    return _from_text(_TIME_AFTER.sub("", text).strip(" ,;"), order)


def month_of(text: str) -> int:
    """The month that a heading names: "März 26", "Mar.", "3月"; 0 where it names none."""
    found = [MONTHS[word] for word in re.findall(r"[^\W\d_]+", _plain(text)) if word in MONTHS]
    signs = re.match(r"(1?\d)\s?[月월]", unicodedata.normalize("NFKC", text))
    return found[0] if len(found) == 1 else int(signs[1]) if signs else 0


def order_of(texts: list[str]) -> str:
    """Say what a file writes first: "dmy", "mdy", or "" where nothing tells."""
    seen = set()
    for text in texts:
        match = _YEAR_LAST.match(text.strip())
        if match and match[2] != ".":
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second:
                seen.add("dmy")
            if second > 12 >= first:
                seen.add("mdy")
    return seen.pop() if len(seen) == 1 else ""


def _from_serial(number: float, raw: object) -> date:
    if not _FIRST_SERIAL <= number < _LAST_SERIAL:
        raise _no_day(raw)
    return _SERIAL_ZERO + timedelta(days=int(number))


def _from_text(text: str, order: str) -> date:
    if match := _YEAR_FIRST.fullmatch(text):
        return _build(int(match[1]), int(match[2]), int(match[3]), text)
    if match := _COMPACT.fullmatch(text):
        return _build(int(match[1] + match[2]), int(match[3]), int(match[4]), text)
    if match := _YEAR_LAST.fullmatch(text):
        order = "dmy" if match[2] == "." else order
        return _from_numbers(int(match[1]), int(match[3]), _year(match[4]), order, text)
    if match := _JAPANESE.fullmatch(text):
        years = 1 if match[2] == "元" else int(match[2])
        return _build(_ERAS[match[1]] + years, int(match[3]), int(match[4]), text)
    if match := _VIETNAMESE.fullmatch(_plain(text)):
        return _build(int(match[3]), int(match[2]), int(match[1]), text)
    if _WEEK.fullmatch(_plain(text)):
        raise CellError(f"expected a day, found a week: '{text}'; write the day itself")
    return _from_words(text)


def _from_numbers(first: int, second: int, year: int, order: str, text: str) -> date:
    day_first, month_first = _try(year, second, first), _try(year, first, second)
    if day_first and month_first and day_first != month_first and not order:
        raise CellError(
            f"'{text}' can be {_long(day_first)} or {_long(month_first)};"
            f" write it as {day_first.isoformat()} or {month_first.isoformat()}"
        )
    # The order of the file only decides between two days: 02/13/2026 has one reading.
    chosen = (month_first or day_first) if order == "mdy" else (day_first or month_first)
    if chosen is None:
        raise _no_such_day(text)
    return _sane(chosen, text)


def _from_words(text: str) -> date:
    words = re.findall(r"'?\d+|[^\W\d_]+", _plain(text))
    months = [MONTHS[word] for word in words if word in MONTHS]
    numbers = [word for word in words if word.lstrip("'").isdigit()]
    others = [w for w in words if w.isalpha() and w not in MONTHS and w not in _FILLERS]
    if len(months) != 1 or not 1 <= len(numbers) <= 2 or len(others) > 1:
        raise _no_day(text)
    if len(numbers) == 1:
        raise CellError(f"the year is missing in '{text}'; write it as 2026-03-14")
    first, last = numbers
    if len(first) == 4:
        first, last = last, first
    return _build(_year(last.lstrip("'")), months[0], int(first.lstrip("'")), text)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))


def _year(digits: str) -> int:
    if len(digits) == 2:
        return int(digits) + (1900 if int(digits) >= 80 else 2000)
    return int(digits)


def _try(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _build(year: int, month: int, number: int, text: str) -> date:
    built = _try(year, month, number)
    if built is None:
        raise _no_such_day(text)
    return _sane(built, text)


def _sane(value: date, raw: object) -> date:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise CellError(f"the year {value.year} cannot be right in '{raw}'")
    return value


def _long(value: date) -> str:
    return f"{value.day} {value:%B} {value.year}"


def _no_such_day(text: str) -> CellError:
    return CellError(f"expected a date, found '{text}', which is not in the calendar")


def _no_day(raw: object) -> CellError:
    return CellError(f"expected a date such as 2026-03-14, found '{str(raw)[:60]}'")
