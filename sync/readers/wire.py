"""How the limited child says what it read: one line of JSON per sheet and per filled row. Pure.

Nothing is ever unpickled: what the parent takes from the child is text, numbers and days.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from errors import UnreadableError
from sync.readers.tables import Fault, Merge, Plain, Row, Sheet, Workbook

_EMPTY: Row = []


class BrokenLineError(Exception):
    """The child stopped in the middle of what it said."""


def encode(book: Workbook) -> Iterator[str]:
    """Write a workbook as lines."""
    yield json.dumps({"kind": book.kind})
    for sheet in book.sheets:
        merges = [[m.top, m.left, m.bottom, m.right] for m in sheet.merges]
        yield json.dumps({"sheet": sheet.name, "hidden": sheet.hidden, "merges": merges})
        for number, row in enumerate(sheet.rows):
            if row:
                yield json.dumps([number, row], default=_packed)
    yield json.dumps({"end": True})


def refusal(sentence: str) -> str:
    """Write why nothing could be read."""
    return json.dumps({"refused": sentence})


def decode(lines: Iterable[bytes]) -> Workbook:
    """Read the lines back.

    Raises:
        UnreadableError: the child refused the file; says why.
        BrokenLineError: the lines end too early or are not ours.
    """
    kind, whole = "", False
    sheets: list[Sheet] = []
    try:
        for line in lines:
            said = json.loads(line, object_hook=_unpacked)
            if isinstance(said, list):
                _append(sheets[-1].rows, *said)
            elif "refused" in said:
                raise UnreadableError(str(said["refused"]))
            elif "sheet" in said:
                merges = tuple(Merge(*merge) for merge in said["merges"])
                sheets.append(Sheet(said["sheet"], [], said["hidden"], merges))
            else:
                kind, whole = said.get("kind", kind), "end" in said
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise BrokenLineError(str(error)) from error
    if not whole:
        raise BrokenLineError("no end")
    return Workbook(kind, tuple(sheets))


def _append(rows: list[Row], number: int, row: Row) -> None:
    while len(rows) < number:
        rows.append(_EMPTY)
    rows.append(row)


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
