"""A batch of the mirror in Google's words, cut into calls that Google takes. Pure.

Values come first, then new rows, then rows that go, from the bottom up: no request moves a row that
a later one of the same batch means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from json import dumps
from typing import Any

from sync.sheets.google.grid import GoogleReading, Place
from sync.sheets.shapes import AddRow, DropRow, Op, Raw, SetCell, SetNote

#: Google recommends 2 MB and refuses 10; calls are what is scarce, and only a first fill is large.
MOST_BYTES = 8_000_000
_ROWS_AT_ONCE = 100
_OURS = "Inhands: "
_BESIDE = "\n\n"
_COLOURS = {
    "refused": {"red": 0.96, "green": 0.8, "blue": 0.8},
    "conflict": {"red": 1, "green": 0.9, "blue": 0.6},
    "duplicate": {"red": 0.88, "green": 0.82, "blue": 0.95},
    "healed": {"red": 0.8, "green": 0.88, "blue": 0.98},
}
Request = dict[str, Any]


def calls_of(ops: Sequence[Op], reading: GoogleReading) -> list[list[Request]]:
    """The requests of one batch, in as few calls as fit."""
    calls: list[list[Request]] = []
    size = MOST_BYTES + 1
    for request in _requests(ops, reading):
        bytes_more = len(dumps(request, separators=(",", ":"))) + 1
        if size + bytes_more > MOST_BYTES:
            calls.append([])
            size = 0
        calls[-1].append(request)
        size += bytes_more
    return calls


def cell_data(value: Raw) -> dict[str, Any]:
    """One value as Google stores it: text stays text, also when it begins with "="."""
    if value == "" and isinstance(value, str):
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, (int, float)):
        return {"userEnteredValue": {"numberValue": value}}
    return {"userEnteredValue": {"stringValue": value}}


def update_rows(gid: int, row: int, column: int, rows: Iterable[Sequence[Raw]]) -> Request:
    """Set a rectangle of values."""
    return {
        "updateCells": {
            "start": {"sheetId": gid, "rowIndex": row, "columnIndex": column},
            "rows": [{"values": [cell_data(value) for value in values]} for values in rows],
            "fields": "userEnteredValue",
        }
    }


def _requests(ops: Sequence[Op], reading: GoogleReading) -> Iterator[Request]:
    places = reading.places
    yield from _set_cells([op for op in ops if isinstance(op, SetCell)], places)
    for op in ops:
        if isinstance(op, SetNote):
            yield _set_note(op, reading)
    yield from _add_rows([op for op in ops if isinstance(op, AddRow)], reading)
    yield from _drop_rows([op for op in ops if isinstance(op, DropRow)], places)


def _set_cells(ops: Sequence[SetCell], places: Mapping[str, Place]) -> Iterator[Request]:
    """Neighbours together: first those of a row, then equal stretches of rows below each other."""
    values = {(op.tab, op.row, op.column): op.value for op in ops}
    stretches: list[tuple[str, int, int, list[Raw]]] = []
    for tab, row, column in sorted(values):
        value = values[tab, row, column]
        if stretches:
            last = stretches[-1]
            if last[:2] == (tab, row) and last[2] + len(last[3]) == column:
                last[3].append(value)
                continue
        stretches.append((tab, row, column, [value]))
    stretches.sort(key=lambda one: (one[0], one[2], len(one[3]), one[1]))

    def block(numbered: tuple[int, tuple[str, int, int, list[Raw]]]) -> tuple[str, int, int, int]:
        number, (tab, row, column, cells) = numbered
        return tab, column, len(cells), row - number

    for _same, found in groupby(enumerate(stretches), block):
        rows = [stretch for _number, stretch in found]
        tab, row, column, _cells = rows[0]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = [cells for *_where, cells in rows[start : start + _ROWS_AT_ONCE]]
            yield update_rows(places[tab].gid, row + start, column, part)


def _set_note(op: SetNote, reading: GoogleReading) -> Request:
    """Our words above whatever note a person wrote there, which stays."""
    _ours, theirs = _split(reading.notes.get((op.tab, op.row, op.column), ""))
    ours = f"{_OURS}{op.text}" if op.text else ""
    cell: dict[str, Any] = {"note": _BESIDE.join(part for part in (ours, theirs) if part)}
    if op.text:
        cell["userEnteredFormat"] = {"backgroundColor": _COLOURS[op.mark]}
    where = {"sheetId": reading.places[op.tab].gid, "rowIndex": op.row, "columnIndex": op.column}
    fields = "note,userEnteredFormat.backgroundColor"
    return {"updateCells": {"start": where, "rows": [{"values": [cell]}], "fields": fields}}


def _split(note: str) -> tuple[str, str]:
    if not note.startswith(_OURS):
        return "", note
    ours, _, theirs = note.partition(_BESIDE)
    return ours, theirs


def _add_rows(ops: Sequence[AddRow], reading: GoogleReading) -> Iterator[Request]:
    for tab, found in groupby(sorted(ops, key=lambda op: op.tab), lambda op: op.tab):
        rows = list(found)
        gid = reading.places[tab].gid
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[start : start + _ROWS_AT_ONCE]
            told = [{"values": _row(op.values)} for op in part]
            yield {"appendCells": {"sheetId": gid, "rows": told, "fields": "userEnteredValue"}}
        size = reading.sizes.get(tab, 0)
        if size > 1 and len(reading.tabs[tab].rows) + len(rows) > size:
            yield from _dress(gid, size)


def _row(values: Mapping[int, Raw]) -> list[dict[str, Any]]:
    return [cell_data(values.get(at, "")) for at in range(max(values, default=-1) + 1)]


def _dress(gid: int, size: int) -> Iterator[Request]:
    """Rows below the grid's old end look and choose like the last one before."""
    source = {"sheetId": gid, "startRowIndex": size - 1, "endRowIndex": size}
    for kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION"):
        target = {"sheetId": gid, "startRowIndex": size}
        yield {"copyPaste": {"source": source, "destination": target, "pasteType": kind}}


def _drop_rows(ops: Sequence[DropRow], places: Mapping[str, Place]) -> Iterator[Request]:
    for op in sorted(set(ops), key=lambda op: (op.tab, -op.row)):
        where = {"sheetId": places[op.tab].gid, "dimension": "ROWS"}
        rows = {"startIndex": op.row, "endIndex": op.row + 1}
        yield {"deleteDimension": {"range": where | rows}}
