"""What may stand in a workbook's archive before anything unpacks it. Pure.

Measured dangers: two cells in opposite corners make a 1 KB file need 400 GB; parts of spaces
unpack a thousandfold; an entity in a DTD can point outside.
"""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from errors import UnreadableError

_MOST_PARTS = 2000
_MOST_UNPACKED = 400_000_000
_MOST_RATIO, _RATIO_FROM = 250, 20_000_000
_MOST_RECTANGLE = 10_000_000
_MOST_COLUMNS = 16_384
# Column names that long, and how many columns a sheet has at most without one.
_WIDE = ((re.compile(rb'"[A-Z]{3}\d'), 702), (re.compile(rb'"[A-Z]{2}\d'), 26))
_ROW_NUMBER = re.compile(rb'[^>]{0,300}?\br="(\d{1,7})"')
_FILLED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^>/]*>")
_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError,
    KeyError, zlib.error,
)  # fmt: skip


def check(content: bytes) -> None:
    """Refuse an archive that would unpack into more than a workbook is.

    Raises:
        UnreadableError: too many parts, too much inside, parts of one name, or a DTD.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive.infolist())
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as opened:
                        _check_start(part.filename, opened.read(4096))
    except _ERRORS as error:
        raise damaged() from error


def part(content: bytes, name: str) -> bytes:
    """The unpacked bytes of one part, empty where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(name) if name in archive.namelist() else b""
    except _ERRORS as error:
        raise damaged() from error


def check_corners(sheet: str, xml: bytes) -> None:
    """Refuse a sheet whose filled cells lie so far apart that the area between fills the memory.

    Raises:
        UnreadableError: more than ten million cells between the outermost filled ones.
    """
    if _cannot_be_far(xml):
        return
    places = set(_FILLED.findall(xml))
    if not places:
        return
    columns = [column_of(letters) + 1 for letters in {letters for letters, _row in places}]
    rows = [int(row) for row in {row for _letters, row in places}]
    area = (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1)
    if area > _MOST_RECTANGLE:
        raise UnreadableError(
            f"The filled cells of sheet {sheet} lie {max(rows) - min(rows) + 1} rows and"
            f" {max(columns) - min(columns) + 1} columns apart: delete the stray cells far from"
            " the order and send the file again."
        )


def _cannot_be_far(xml: bytes) -> bool:
    """Whether a glance shows that the sheet is small: its last row, and the longest column name.

    Rows that do not come in their order are not seen here; the child's memory is limited, too.
    """
    last = _ROW_NUMBER.match(xml, xml.rfind(b"row ") + 4)
    if last is None:
        return False
    rows = int(last[1])
    if rows * _MOST_COLUMNS <= _MOST_RECTANGLE:
        return True
    for pattern, narrower in _WIDE:
        if pattern.search(xml):
            return False
        if rows * narrower <= _MOST_RECTANGLE:
            return True
    return False


def column_of(letters: bytes) -> int:
    """The column that letters name, counted from 0: D is 3."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def damaged() -> UnreadableError:
    """The refusal of a file that is cut off or broken inside."""
    return UnreadableError(
        "The file is damaged or incomplete: open it in your spreadsheet program, save it again"
        " and send that copy."
    )


def _check_directory(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if len(names) > _MOST_PARTS or len(names) != len(set(names)):
        raise UnreadableError(
            "The file is not built like a workbook (too many parts, or two of one name): save it"
            " again in your spreadsheet program and send that copy."
        )
    unpacked = sum(part.file_size for part in parts)
    packed_up = any(
        part.file_size > _RATIO_FROM and part.file_size > _MOST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if unpacked > _MOST_UNPACKED or packed_up:
        raise UnreadableError(
            f"The file unpacks to {unpacked // 1_000_000} MB, more than an order is: send only"
            " the sheet with the order."
        )


def _check_start(name: str, start: bytes) -> None:
    plain = start.replace(b"\x00", b"")  # UTF-16 hides it from a plain search
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise UnreadableError(
            f"The file declares entities in {name}, which no spreadsheet program writes: save it"
            " again in your spreadsheet program and send that copy."
        )


def require_whole(content: bytes, name: str) -> None:
    """Refuse a part that is no whole XML: calamine waits for the end of a broken one for ever.

    Raises:
        UnreadableError: it is damaged.
    """
    parser = expat.ParserCreate()
    try:
        parser.Parse(part(content, name), True)
    except expat.ExpatError as error:
        raise damaged() from error
