"""A shared workbook that people keep editing, to what a mirror compares: values, formulas, names.

Days are serial numbers and errors are their text, so nothing depends on how a cell is formatted.
Which column is which the workbook remembers itself, in defined names that follow their columns:
``inhands.orders.job.in_hands`` refers to ``Orders!$F:$F``, whatever its heading says. Pure.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast

import python_calamine as calamine

from errors import UnreadableError
from sync.readers import archive, faults
from sync.readers.sniff import FileKind, sniff
from sync.readers.wire import BrokenLineError

Raw = str | int | float | bool

LARGEST_FILE = 20_000_000
MOST_CELLS = 1_000_000
_MOST_FORMULAS = 50_000
_ROWS_A_LINE = 2000
_DAY_ZERO = date(1899, 12, 30)
_PLAIN = frozenset({str, float, int, bool})
_NAME = re.compile(
    rb"<(?:\w+:)?definedName\b([^>]*)>([^<]{1,300})</(?:\w+:)?definedName>", re.DOTALL
)
_OURS = re.compile(rb"\bname=[\"']inhands\.([\w.]+)[\"']")
_COLUMN = re.compile(
    r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})(?:\$?\d+)?(?::\$?([A-Z]{1,3})(?:\$?\d+)?)?"
)
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]{1,3})\d+:([A-Z]{1,3})\d+")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_LONGEST_START = 400  # of a cell, up to its formula
_GROUP = re.compile(rb"\bsi=[\"'](\d+)")
_LITERALS = ("TRUE()", "FALSE()", "TRUE", "FALSE")  # as LibreOffice writes yes and no
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_ESCAPED = re.compile("&(?:lt|gt|quot|apos|amp);")


@dataclass(frozen=True)
class LiveTab:
    """One tab as it stands; rows may be ragged, "" is an empty cell."""

    title: str
    rows: list[list[Raw]] = field(default_factory=list)
    columns: dict[int, str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: bool = False  # in columns of ours


def read_live(content: bytes, titles: Mapping[str, str]) -> dict[str, LiveTab]:
    """Read the tabs of a workbook that are there.

    Args:
        content: the file's bytes.
        titles: by our key of a tab, what it is called where the workbook does not remember it.

    Raises:
        UnreadableError: not an xlsx workbook, damaged, or larger than a sheet people share.
    """
    _check(content)
    archive.check(content)
    parts = faults.sheet_parts(content)
    names = columns_named(archive.part(content, "xl/workbook.xml"))
    try:
        book = calamine.load_workbook(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise UnreadableError("The file is password-protected: take the password away.") from error
    except calamine.CalamineError as error:
        raise archive.damaged() from error
    found = {}
    for key, title in titles.items():
        actual = _title_of(key, title, names, list(parts))
        if actual is not None:
            columns = {at: column for (tab, sheet, at), column in names.items()
                       if (tab, sheet) == (key, actual)}  # fmt: skip
            found[key] = _tab(content, book, actual, parts[actual], columns)
    return found


def columns_named(workbook: bytes) -> dict[tuple[str, str, int], str]:
    """Our columns by tab, title of the sheet and number, as the workbook remembers them."""
    found = {}
    for attributes, place in _NAME.findall(workbook):
        ours = _OURS.search(attributes)
        where = _COLUMN.fullmatch(_plain(place).strip())
        if ours is None or where is None or b"localSheetId" in attributes:
            continue
        tab, _, column = _key_of(ours[1].decode()).partition(".")
        if where[4] in (None, where[3]):
            title = (where[1] or where[2]).replace("''", "'")
            found[tab, title, archive.column_of(where[3].encode())] = column
    return found


def name_of(tab: str, column: str) -> str:
    """The defined name of a column: letters, digits, dots and lines only."""
    safe = re.sub(
        r"[^A-Za-z0-9._]|_(?=x[0-9a-f]+_)", lambda m: f"_x{ord(m[0]):x}_", f"{tab}.{column}"
    )
    return f"inhands.{safe}"


def _key_of(name: str) -> str:
    return re.sub(r"_x([0-9a-f]+)_", lambda m: chr(int(m[1], 16)), name)


def _check(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise UnreadableError(
            f"The file has {len(content) // 1_000_000} MB, more than the"
            f" {LARGEST_FILE // 1_000_000} MB of a sheet people share: move pictures and old rows"
            " into another file."
        )
    kind = sniff(content)
    if kind in (FileKind.LOCKED, FileKind.LOCKED_ODS):
        raise UnreadableError("The file is password-protected: take the password away.")
    if kind in (FileKind.EMPTY, FileKind.BROKEN):
        raise archive.damaged()
    if kind is not FileKind.XLSX:
        raise UnreadableError(
            f"The file was saved as {kind.value}: save it as an Excel workbook (.xlsx) under the"
            " same name."
        )


def _title_of(
    key: str, title: str, names: Mapping[tuple[str, str, int], str], sheets: list[str]
) -> str | None:
    remembered = [sheet for tab, sheet, _at in names if tab == key and sheet in sheets]
    if remembered:
        return max(sorted(set(remembered)), key=remembered.count)
    return next((sheet for sheet in sheets if sheet.casefold() == title.casefold()), None)


def _tab(
    content: bytes, book: calamine.CalamineWorkbook, title: str, part: str, columns: dict[int, str]
) -> LiveTab:
    xml = archive.part(content, part)
    archive.check_corners(title, xml)
    try:
        rows = _rows(book.get_sheet_by_name(title))
    except calamine.CalamineError as error:
        raise archive.damaged() from error
    special = _Special(xml)
    for (at, column), text in special.errors():
        _put(rows, at, column, text)
    formulas = special.formulas(rows, columns)
    while rows and not any(value != "" for value in rows[-1]):
        rows.pop()
    return LiveTab(title, rows, columns, formulas, _merged(xml, columns))


def _rows(sheet: calamine.CalamineSheet) -> list[list[Raw]]:
    if sheet.start is None:
        return []
    left: list[Raw] = [""] * sheet.start[1]  # empty rows above come as rows, columns do not
    rows, cells = [], 0
    for values in sheet.iter_rows():
        row = cast(list[Raw], values)
        if not _PLAIN.issuperset(map(type, values)):
            row = [v if type(v) in _PLAIN else _raw(v) for v in row]
        cells += len(row)
        if cells > MOST_CELLS:
            raise UnreadableError(
                f"The sheet holds more than {MOST_CELLS:,} cells: move old rows into another file."
            )
        rows.append(left + row if left else row)
    return rows


def _raw(value: object) -> Raw:
    if isinstance(value, datetime):
        return (value.date() - _DAY_ZERO).days + _fraction(value.time())
    if isinstance(value, date):
        return (value - _DAY_ZERO).days
    if isinstance(value, time):
        return _fraction(value)
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    return "" if value is None else str(value)


def _fraction(moment: time) -> float:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds / 86_400


def _put(rows: list[list[Raw]], at: int, column: int, text: str) -> None:
    while len(rows) <= at:
        rows.append([])
    row = rows[at] = list(rows[at])
    row += [""] * (column + 1 - len(row))
    if row[column] == "":
        row[column] = text


class _Special:
    """What the reader of values does not tell: errors, formulas, and results that are missing.

    There are few of them, so they are looked for by themselves and the cell around each one then.
    """

    def __init__(self, xml: bytes) -> None:
        root = _ROOT.search(xml[:4000])
        self._xml, prefix = xml, (root[1] or b"") if root else b""
        self._cell, self._end = b"<" + prefix + b"c", b"</" + prefix + b"c>"
        self._value = b"<" + prefix + b"v>"
        self._formula = re.compile(rb"<%bf\b([^>]*)>" % prefix)

    def errors(self) -> Iterator[tuple[tuple[int, int], str]]:
        """The cells that hold an error, with its text."""
        for found in re.finditer(rb't="e"', self._xml):
            place, end = self._around(found.start())
            at = self._xml.find(self._value, found.end(), end)
            if place is not None and at > 0:
                text = self._xml[at + len(self._value) : self._xml.find(b"<", at + 1)]
                yield place, _plain(text)

    def formulas(
        self, rows: list[list[Raw]], columns: Mapping[int, str]
    ) -> dict[tuple[int, int], str]:
        """Formulas in our columns; the cells of a shared one all have that of its first cell."""
        shared: dict[bytes, str] = {}
        found: dict[tuple[int, int], str] = {}
        for one in self._formula.finditer(self._xml):
            place, end = self._around(one.start())
            if place is None or (columns and place[1] not in columns):
                continue
            closed = one[1].endswith(b"/")
            said = "" if closed else _plain(self._xml[one.end() : self._xml.find(b"<", one.end())])
            group = _GROUP.search(one[1])
            if group is not None:
                said = shared.setdefault(group[1], said) if said else shared.get(group[1], "")
            if self._xml.find(self._value, one.end(), end) < 0:
                self._miss(rows, place, one.start())
            if said not in _LITERALS and len(found) < _MOST_FORMULAS:
                found[place] = f"={said}"
        return found

    def _miss(self, rows: list[list[Raw]], place: tuple[int, int], at: int) -> None:
        """A result that is missing is no empty cell; an empty text is one."""
        start = self._xml.rfind(self._cell, max(at - _LONGEST_START, 0), at)
        if b't="str"' not in self._xml[start:at]:
            _put(rows, *place, "#N/A")

    def _around(self, at: int) -> tuple[tuple[int, int] | None, int]:
        """The place of the cell around a position, and where that cell ends."""
        start = self._xml.rfind(self._cell, max(at - _LONGEST_START, 0), at)
        found = _PLACE.search(self._xml, start, start + _LONGEST_START) if start >= 0 else None
        if found is None:
            return None, at
        end = self._xml.find(self._end, at)
        return (int(found[2]) - 1, archive.column_of(found[1])), end if end > 0 else at


def _merged(xml: bytes, columns: Mapping[int, str]) -> bool:
    """Whether cells of our columns are merged; what people do beside them is theirs."""
    for first, last in _MERGE.findall(xml, max(xml.rfind(b"sheetData"), 0)):
        left, right = archive.column_of(first), archive.column_of(last)
        if not columns or any(left <= at <= right for at in columns):
            return True
    return False


def _plain(text: bytes) -> str:
    return _ESCAPED.sub(lambda m: _ENTITIES[m[0]], text.decode("utf-8", "replace"))


# ---------------------------------------------------------------- how the child says it


def encode(tabs: Mapping[str, LiveTab]) -> Iterator[str]:
    """Write what was read as lines of JSON."""
    write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
    for key, tab in tabs.items():
        yield write(
            {
                "tab": key,
                "title": tab.title,
                "columns": list(tab.columns.items()),
                "formulas": [[*place, text] for place, text in tab.formulas.items()],
                "merges": tab.merges,
            }
        )
        for start in range(0, len(tab.rows), _ROWS_A_LINE):
            yield write(tab.rows[start : start + _ROWS_A_LINE])
    yield write({"end": True})


def decode(lines: Iterable[bytes]) -> dict[str, LiveTab]:
    """Read the lines back.

    Raises:
        UnreadableError: the child refused the file; says why.
        BrokenLineError: the lines end too early or are not ours.
    """
    tabs: dict[str, LiveTab] = {}
    key, whole = "", False
    try:
        for line in lines:
            said = json.loads(line)
            if isinstance(said, list):
                tabs[key].rows.extend(said)
            elif "refused" in said:
                raise UnreadableError(str(said["refused"]))
            elif "tab" in said:
                key = str(said["tab"])
                tabs[key] = LiveTab(
                    title=str(said["title"]),
                    columns={int(at): str(column) for at, column in said["columns"]},
                    formulas={(int(r), int(c)): str(text) for r, c, text in said["formulas"]},
                    merges=bool(said["merges"]),
                )
            else:
                whole = "end" in said
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenLineError(str(error)) from error
    if not whole:
        raise BrokenLineError("no end")
    return tabs
