"""A manager with a sheet on our Sheets server: the hands of ``ManagersWorkbook``, Google's backend.

What the manager does in memory is done in the browser's way before every call of ours: rows and
columns are inserted, deleted and moved, cells typed.  Our calls go over HTTP and are lost as real
ones are; what was written is done in memory as well, and every read must say what the manager sees.
"""

import json
from itertools import cycle

from sheets_emulator import Server
from sync.sheets.google import GoogleBackend, GoogleClient, Governor, access_of_key
from sync.sheets.google.batches import cell_data
from tests.manager_file import plain_rows
from tests.manager_workbook import ManagersWorkbook

ACCOUNT = "sync@shop.iam.gserviceaccount.com"
_NOT_DONE = ("503_before", "500_before", "html502", "reset_before")
_DONE = ("503_after", "html502_after", "reset")
_FAILING_READ = 7  # so many go well between two that must be tried again


class ManagersGoogle(ManagersWorkbook):
    """The server, the spreadsheet on it, and the manager's hands; a context manager."""

    def __init__(self):
        super().__init__(remembers=True)
        self.server = Server()
        self._known = {}  # page -> columns, rows and contents as the server has them
        self._not_done, self._done = cycle(_NOT_DONE), cycle(_DONE)
        self.moves = 0

    def __enter__(self):
        self.server.__enter__()
        self.id = self.server.seed("Live orders", shared={ACCOUNT: "writer"})
        access = access_of_key(json.dumps(self.server.service_account(ACCOUNT)))
        quota = Governor(per_minute=600_000, burst=600_000)
        client = GoogleClient(
            access.client(self.server.url).session, quota,
            account=ACCOUNT, base=self.server.url, sleep=lambda _seconds: None,
        )  # fmt: skip
        places = {}
        self.backend = GoogleBackend(client, self.id, places, places.update)
        return self

    def __exit__(self, *problem):
        self.backend.client.session.close()
        self.server.__exit__(*problem)

    # ------------------------------------------------------------ the backend

    def read(self, tabs):
        self.reads += 1
        self._save()
        if self.reads % _FAILING_READ == 0:
            self.server.fail("503_before", on="read")
        reading = self.backend.read(tabs)
        for key, tab in reading.tabs.items():
            self._compare(key, tab)
        return reading

    def _compare(self, key, tab):
        found, seen = plain_rows(tab.rows), plain_rows(self._tab(key, self.pages[key]).rows)
        assert found == seen, (key, [row for row in found if row not in seen],
                               [row for row in seen if row not in found])  # fmt: skip
        known = {n: c.key for n, c in enumerate(self.pages[key].columns) if c.key}
        assert dict(tab.columns) == known, key

    def write(self, ops, reading):
        self._save()
        if self.before_write is not None:
            act, self.before_write = self.before_write, None
            act()
            self._save()
        if self.lose_request:
            self.lose_request = False
            self.server.fail(next(self._not_done), on="write")
            return self.backend.write(ops, reading)
        if self.lose_answer:
            self.lose_answer = False
            self.server.fail(next(self._done), on="write")
            self.writes += 1
            try:
                return self.backend.write(ops, reading)
            finally:
                self._apply(ops)
        echo = self.backend.write(ops, reading)
        self.writes += 1
        self._apply(ops)
        for key, stamps in echo.stamps.items():
            assert _stamped(stamps[1:]) == _stamped(self.stamps(key)[1:]), key
        return echo

    def _apply(self, ops):
        self.apply(ops)
        self._remember()

    def lay_out(self, tabs):
        self._save()
        reading = self.backend.lay_out(tabs)
        super().lay_out(tabs)
        self._remember()
        for key, tab in reading.tabs.items():
            self._compare(key, tab)
        return reading

    # ------------------------------------------------------------ the manager's browser

    def _remember(self):
        self._known = {
            key: (list(page.columns), list(page.rows), _contents(page))
            for key, page in self.pages.items()
        }

    def _save(self):
        """Do in the browser what was done in memory since the last call."""
        requests = []
        for key, page in self.pages.items():
            gid = self.backend._places[key].gid
            columns, rows, contents = self._known[key]
            if (columns, rows) != (page.columns, page.rows) or contents != _contents(page):
                requests += _columns(gid, columns, page.columns)
                requests += _rows(gid, rows, contents, page)
        if requests:
            self.moves += 1
            self.server.act(self.id, "request", requests=requests)
            self._remember()


def _contents(page):
    """Every cell that says something, by row and column; the header is row 0."""
    lines = [{id(c): (c.title, "") for c in page.columns}]
    for row in page.rows:
        filled = {c: ("", note) for c, note in row.notes.items()}
        filled |= {c: (value, row.notes.get(c, "")) for c, value in row.cells.items()}
        lines.append({c: cell for c, cell in filled.items() if cell != ("", "")})
    return lines


def _columns(gid, before, after):
    requests, now = [], list(before)
    for at, column in enumerate(after):
        if column not in now:
            where = _span(gid, "COLUMNS", at)
            requests.append({"insertDimension": {"range": where, "inheritFromBefore": False}})
            now.insert(at, column)
        elif now[at] is not column:
            old = now.index(column)
            move = {"source": _span(gid, "COLUMNS", old), "destinationIndex": at}
            requests.append({"moveDimension": move})
            now.insert(at, now.pop(old))
    return requests


def _rows(gid, before, contents, page):
    """Rows go and come as such; what was sorted is typed anew, as sorting moves contents."""
    requests = []
    stays, was = {id(row) for row in page.rows}, {id(row) for row in before}
    now = [contents[0]]
    for at, row in reversed(list(enumerate(before, start=1))):
        if id(row) not in stays:
            requests.append({"deleteDimension": {"range": _span(gid, "ROWS", at)}})
    now += [line for row, line in zip(before, contents[1:], strict=True) if id(row) in stays]
    for at, row in enumerate(page.rows, start=1):
        if id(row) not in was:
            where = {"range": _span(gid, "ROWS", at), "inheritFromBefore": at > 1}
            requests.append({"insertDimension": where})
            now.insert(at, {})
    for at, (old, new) in enumerate(zip(now, _contents(page), strict=True)):
        for number, column in enumerate(page.columns):
            cell = new.get(id(column), ("", ""))
            if old.get(id(column), ("", "")) != cell:
                requests.append(_typed(gid, at, number, *cell))
    return requests


def _span(gid, dimension, at):
    return {"sheetId": gid, "dimension": dimension, "startIndex": at, "endIndex": at + 1}


def _typed(gid, row, column, value, note):
    cell = {**cell_data(value), "note": f"Inhands: {note}" if note else ""}
    start = {"sheetId": gid, "rowIndex": row, "columnIndex": column}
    told = {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue,note"}
    return {"updateCells": told}


def _stamped(stamps):
    found = list(stamps)
    while found and found[-1] == ("", ""):
        found.pop()
    return found
