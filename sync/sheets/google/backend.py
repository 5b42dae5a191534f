"""One shared spreadsheet on Google: one call to read it all, one to write a batch."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, cast

from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL

from errors import ShopError
from sync.sheets.google.batches import calls_of
from sync.sheets.google.client import GoogleClient, parsed
from sync.sheets.google.grid import (
    ECHO_FIELDS,
    FIND_FIELDS,
    READ_FIELDS,
    GoogleReading,
    Place,
    find_places,
    letters,
    quoted,
    raw_of,
    reading_of,
)
from sync.sheets.google.layout import plan_of
from sync.sheets.google.opening import check_file
from sync.sheets.google.refusals import NO_RANGE
from sync.sheets.google.structure import (
    HEADER_FIELDS,
    SHEET_FIELDS,
    Structure,
    columns_of,
    sheets_of,
)
from sync.sheets.shapes import (
    IDENTITY,
    STAMP,
    Echo,
    MovedError,
    Op,
    Reading,
    Tab,
    TabLayout,
    UnreachableError,
)

_CHECK_SECONDS = 600
#: What Google says of every cell without a formula; a third of the answer.
_NO_FORMULA = b',"userEnteredValue":{}'
log = logging.getLogger("inhands.sheets.google")


class GoogleBackend:
    """A spreadsheet as the mirror sees it.

    Args:
        client: the account's way to Google.
        spreadsheet: the spreadsheet's id.
        places: where our tabs were last; without it the first read looks for them.
        remember: is told whenever they turn out to be somewhere else.
    """

    drops = False  # a row may have moved since it was read, and a private column with it

    def __init__(
        self,
        client: GoogleClient,
        spreadsheet: str,
        places: Mapping[str, Place] | None = None,
        remember: Callable[[Mapping[str, Place]], None] = lambda _places: None,
    ) -> None:
        self.client = client
        self.spreadsheet = spreadsheet
        self._places = dict(places or {})
        self._remember = remember

    def check_file(self, *, at_once: bool = False) -> None:
        """Ask Drive now and then whether it lies in the bin, where reading it still works.

        Raises:
            BrokenError: it does, or we may not write any more.
        """
        now = time.monotonic()
        last = self.client.checked.get(self.spreadsheet)
        if at_once or last is None or now - last > _CHECK_SECONDS:
            check_file(self.client, self.spreadsheet)
            self.client.checked[self.spreadsheet] = now

    def read(self, tabs: Sequence[str]) -> Reading:
        """Values, formulas, notes and which column is which, of these tabs: one call.

        A second call looks for a tab that was renamed, and a third reads it; then it is known.
        """
        self.client.begin_cycle()
        known = [key for key in tabs if key in self._places]
        if known:
            try:
                reading = self._read(tabs, known)
            except MovedError as problem:
                log.info("A tab is not where it was: %s", problem)
            else:
                if not reading.missing:
                    return reading
        self._find()
        known = [key for key in tabs if key in self._places]
        if known:
            return self._read(tabs, known)
        return GoogleReading(tabs={}, missing=tuple(tabs))

    def write(self, ops: Sequence[Op], reading: Reading) -> Echo:
        """Do all of it, one call per 4 MB; the last one brings the stamps as they are then."""
        if not ops:
            return Echo({})
        if not isinstance(reading, GoogleReading):
            raise TypeError("a batch goes with the reading of its own spreadsheet")
        touched = {op.tab for op in ops}
        answer: dict[str, Any] = {}
        calls = calls_of(ops, reading)
        for number, requests in enumerate(calls, start=1):
            body: dict[str, Any] = {"requests": requests}
            if number == len(calls):
                body |= _wants_echo(touched, reading)
            try:
                answer = self._batch_update(body, ECHO_FIELDS)
            except UnreachableError:
                raise
            except ShopError as problem:
                # A tab that was renamed is missed in the echo, perhaps after all was done.
                if number == 1 and NO_RANGE not in str(problem):
                    raise
                raise UnreachableError(
                    f"Nobody knows whether all we wrote arrived ({problem}); the next look tells."
                ) from problem
        return _echo(answer, touched, reading)

    def lay_out(self, tabs: Sequence[TabLayout]) -> Reading | None:
        """Make what is missing, in one call, which also tells what stands there afterwards."""
        self.client.begin_cycle()
        now = self._structure(tabs)
        plan = plan_of(tabs, now, self._places, self.client.account)
        body = {
            "requests": plan.requests,
            "includeSpreadsheetInResponse": True,
            "responseIncludeGridData": True,
            "responseRanges": [quoted(place.title) for place in plan.places.values()],
        }
        answer = self._batch_update(body, f"updatedSpreadsheet({READ_FIELDS})")
        self._know({**self._places, **plan.places})
        told = answer.get("updatedSpreadsheet") or {}
        return reading_of(told, [tab.key for tab in tabs], self._places)

    def _read(self, tabs: Sequence[str], known: Sequence[str]) -> GoogleReading:
        asked = {
            "ranges": [quoted(self._places[key].title) for key in known],
            "includeGridData": "true",
            "fields": READ_FIELDS,
        }
        content = self.client.raw("get", SPREADSHEET_URL % self.spreadsheet, params=asked)
        told = repr((sorted(self._places.items()), tuple(tabs))).encode()
        token = blake2b(content + told, digest_size=16).hexdigest()
        last = self.client.memory.get(self.spreadsheet)
        if last is not None and last[0] == token:  # nothing has changed: not taken apart again
            return cast("GoogleReading", last[1])
        answer = parsed(content.replace(_NO_FORMULA, b""))
        reading = reading_of(answer, tabs, self._places, token)
        self.client.memory[self.spreadsheet] = token, reading
        return reading

    def _find(self) -> None:
        asked = {"fields": FIND_FIELDS}
        answer = self.client.ask("get", SPREADSHEET_URL % self.spreadsheet, params=asked)
        self._know(find_places(answer, self._places))

    def _know(self, places: Mapping[str, Place]) -> None:
        if places != self._places:
            self._places = dict(places)
            self._remember(self._places)

    def _structure(self, tabs: Sequence[TabLayout]) -> Structure:
        url = SPREADSHEET_URL % self.spreadsheet
        sheets = sheets_of(self.client.ask("get", url, params={"fields": SHEET_FIELDS}))
        titles = {layout.title for layout in tabs}
        gids = {place.gid for place in self._places.values()}
        ours = [one for one in sheets if one.key or one.gid in gids or one.title in titles]
        if not ours:
            return Structure(sheets)
        ranges = [f"{quoted(one.title)}!1:1" for one in ours]
        asked = {"ranges": ranges, "includeGridData": "true", "fields": HEADER_FIELDS}
        columns = columns_of(self.client.ask("get", url, params=asked))
        return Structure([replace(one, columns=columns.get(one.gid, ())) for one in sheets])

    def _batch_update(self, body: Mapping[str, Any], fields: str) -> dict[str, Any]:
        url = SPREADSHEET_BATCH_UPDATE_URL % self.spreadsheet
        return self.client.ask("post", url, params={"fields": fields}, body=body)


def _wants_echo(touched: set[str], reading: GoogleReading) -> dict[str, Any]:
    ranges = [
        f"{quoted(reading.places[key].title)}!{letters(at)}:{letters(at)}"
        for key in sorted(touched)
        for at in _stamp_columns(reading.tabs[key]).values()
    ]
    if not ranges:
        return {}
    return {
        "includeSpreadsheetInResponse": True,
        "responseIncludeGridData": True,
        "responseRanges": ranges,
    }


def _stamp_columns(tab: Tab) -> dict[str, int]:
    """Where identity and stamp stand: as the sheet remembers it, or by their headings."""
    found = {key: at for at, key in tab.columns.items() if key in (IDENTITY, STAMP)}
    for at, title in enumerate(tab.rows[0] if tab.rows else ()):
        if title in (IDENTITY, STAMP):
            found.setdefault(str(title), at)
    return found


def _echo(answer: Mapping[str, Any], touched: set[str], reading: GoogleReading) -> Echo:
    sheets = (answer.get("updatedSpreadsheet") or {}).get("sheets", ())
    by_gid = {int(one["properties"].get("sheetId", 0)): one for one in sheets}
    stamps: dict[str, Sequence[tuple[str, str]]] = {}
    for key in touched:
        where = _stamp_columns(reading.tabs[key])
        sheet = by_gid.get(reading.places[key].gid, {})
        columns = {int(grid.get("startColumn", 0)): _first(grid) for grid in sheet.get("data", ())}
        if IDENTITY not in where or STAMP not in where or not columns:
            continue
        ids = columns.get(where[IDENTITY], [])
        revs = columns.get(where[STAMP], [])
        long = max(len(ids), len(revs))
        pad = [""] * long
        stamps[key] = list(zip((ids + pad)[:long], (revs + pad)[:long], strict=True))
    return Echo(stamps)


def _first(grid: Mapping[str, Any]) -> list[str]:
    before = [""] * int(grid.get("startRow", 0))
    rows = grid.get("rowData") or ()
    return before + [_text((row.get("values") or [{}])[0]) for row in rows]


def _text(cell: Mapping[str, Any]) -> str:
    value = raw_of(cell)
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)
