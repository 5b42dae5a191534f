"""How the limited child says what it read: lines of JSON, some hundred rows in each. Pure.

Nothing is ever unpickled: what the parent takes from the child is text, numbers and days.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from errors import UnreadableError
from sync.readers.tables import Fault, Merge, Plain, Row, Sheet, Workbook

DONE = b'{"end":true}'
_ROWS_A_LINE = 500


class BrokenLineError(Exception):
    """The child stopped in the middle of what it said."""


def encode(book: Workbook) -> Iterator[str]:
    """Write a workbook as lines."""
    write = json.JSONEncoder(default=_packed, separators=(",", ":"), check_circular=False).encode
    yield write({"kind": book.kind, "macros": book.macros})
    for sheet in book.sheets:
        merges = [[m.top, m.left, m.bottom, m.right] for m in sheet.merges]
        shown = sorted(sheet.formats)
        yield write(
            {"sheet": sheet.name, "hidden": sheet.hidden, "merges": merges, "formats": shown}
        )
        for start in range(0, len(sheet.rows), _ROWS_A_LINE):
            yield write(sheet.rows[start : start + _ROWS_A_LINE])
    yield write({"end": True})


def refusal(sentence: str) -> str:
    """Write why nothing could be read."""
    return json.dumps({"refused": sentence})


def require_done(line: bytes) -> None:
    """Take the first line of an answer that is bytes and no workbook.

    Raises:
        UnreadableError: the child refused; says why.
        BrokenLineError: it stopped before it could say anything.
    """
    if line == DONE:
        return
    try:
        said = json.loads(line)
    except ValueError as error:
        raise BrokenLineError("no answer") from error
    raise UnreadableError(str(said["refused"]))


def decode(lines: Iterable[bytes]) -> Workbook:
    """Read the lines back.

    Raises:
        UnreadableError: the child refused the file; says why.
        BrokenLineError: the lines end too early or are not ours.
    """
    kind, macros, whole = "", False, False
    sheets: list[Sheet] = []
    read = json.JSONDecoder(object_hook=_unpacked).decode
    try:
        for line in lines:
            said = read(line.decode())
            if isinstance(said, list):
                sheets[-1].rows.extend(_rows(said))
            elif "refused" in said:
                raise UnreadableError(str(said["refused"]))
            elif "sheet" in said:
                merges = tuple(Merge(*merge) for merge in said["merges"])
                shown = frozenset(map(str, said["formats"]))
                sheets.append(Sheet(said["sheet"], [], said["hidden"], merges, shown))
            else:
                kind, whole = said.get("kind", kind), "end" in said
                macros = said.get("macros", macros)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise BrokenLineError(str(error)) from error
    if not whole:
        raise BrokenLineError("no end")
    return Workbook(kind, tuple(sheets), macros)


def _rows(said: list[Row]) -> list[Row]:
    if not all(type(row) is list for row in said):
        raise ValueError("a row is no row")
    return said


def _packed(value: object) -> dict[str, str]:
    if isinstance(value, Fault):
        return {"fault": value.text}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    raise TypeError(type(value).__name__)


def _unpacked(packed: dict[str, object]) -> object:
    value: Plain
    match packed:
        case {"fault": str(text)}:
            value = Fault(text)
        case {"moment": str(text)}:
            value = datetime.fromisoformat(text)
        case {"day": str(text)}:
            value = date.fromisoformat(text)
        case _:
            return packed
    return value
