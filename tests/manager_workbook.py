"""A shared workbook in memory, with a manager in it: a faithful outside for the mirror's tests.

Rows are moved as people move them (cells, notes and formulas travel together); a write goes to
row numbers, all of it or nothing, as Google and a file take it.
"""

import copy
from dataclasses import dataclass, field

from sync.sheets.shapes import (
    IDENTITY,
    STAMP,
    AddRow,
    DropRow,
    Echo,
    Reading,
    SetCell,
    SetNote,
    Tab,
    UnreachableError,
)


@dataclass
class Row:
    cells: dict = field(default_factory=dict)  # column object id -> value
    notes: dict = field(default_factory=dict)
    formulas: dict = field(default_factory=dict)
    typed: list = field(default_factory=list)  # what was typed before the row had its id

    @property
    def empty(self):
        return not any(value != "" for value in self.cells.values())


@dataclass(eq=False)
class Col:
    title: str
    key: str = ""  # what the sheet remembers; "" for a private one


@dataclass
class Page:
    title: str
    columns: list
    rows: list = field(default_factory=list)
    merges: bool = False
    header: bool = True


class ManagersWorkbook:
    """The backend, and the manager's hands."""

    def __init__(self, *, remembers=True, drops=False, locale="en_US"):
        self.pages = {}
        self.remembers, self.drops, self.locale = remembers, drops, locale
        self.reads = self.writes = self.layouts = 0
        self.cells_written = 0
        self.before_write = None  # what happens between our read and our write
        self.lose_request = self.lose_answer = False
        self.held_by = self.author = ""
        self.late = []

    # ------------------------------------------------------------ the backend

    def read(self, tabs):
        self.reads += 1
        found, missing = {}, []
        for key in tabs:
            page = self.pages.get(key)
            if page is None:
                missing.append(key)
                continue
            found[key] = self._tab(key, page)
        return Reading(
            found,
            missing=tuple(missing),
            locale=self.locale,
            held_by=self.held_by,
            author=self.author,
        )

    def _tab(self, key, page):
        rows = [[column.title for column in page.columns]] if page.header else []
        formulas = {}
        for at, row in enumerate(page.rows, start=1):
            rows.append([row.cells.get(id(column), "") for column in page.columns])
            for n, column in enumerate(page.columns):
                if id(column) in row.formulas:
                    formulas[(at, n)] = row.formulas[id(column)]
        known = {n: c.key for n, c in enumerate(page.columns) if c.key} if self.remembers else {}
        return Tab(key, page.title, rows, known, formulas, page.merges)

    def write(self, ops, reading):
        if self.before_write is not None:
            act, self.before_write = self.before_write, None
            act()
        if self.lose_request:
            self.lose_request = False
            raise UnreachableError("The sheet did not answer.")
        self.writes += 1
        self.apply(ops)
        if self.lose_answer:
            self.lose_answer = False
            raise UnreachableError("The sheet did not answer.")
        return Echo({key: self.stamps(key) for key in self.pages})

    def apply(self, ops):
        for op in ops:
            page = self.pages[op.tab]
            if isinstance(op, AddRow):
                self._add(page, op)
            else:
                while len(page.rows) < op.row:
                    page.rows.append(Row())
                self._change(page, page.rows[op.row - 1], op)

    def _add(self, page, op):
        while page.rows and page.rows[-1].empty:
            page.rows.pop()
        cells = {id(page.columns[n]): value for n, value in op.values.items()}
        page.rows.append(Row(cells))
        self.cells_written += len(cells)

    def _change(self, page, row, op):
        if isinstance(op, DropRow):
            page.rows.remove(row)
            return
        column = page.columns[op.column]
        if isinstance(op, SetCell):
            row.cells[id(column)] = op.value
            row.formulas.pop(id(column), None)
            self.cells_written += column.key not in (STAMP, IDENTITY)
        elif isinstance(op, SetNote):
            row.notes[id(column)] = op.text
            if not op.text:
                row.notes.pop(id(column))

    def stamps(self, key):
        page = self.pages[key]
        hidden = [next((c for c in page.columns if c.key == k), None) for k in (IDENTITY, STAMP)]
        return [("", "")] + [
            tuple(str(row.cells.get(id(c), "")) for c in hidden) for row in page.rows
        ]

    def lay_out(self, tabs):
        self.layouts += 1
        for tab in tabs:
            page = self.pages.setdefault(tab.key, Page(tab.title, []))
            have = {column.key for column in page.columns}
            for column in tab.columns:
                if column.key not in have:
                    page.columns.append(Col(column.title, column.key))

    # ------------------------------------------------------------ the manager

    def page(self, tab="orders"):
        return self.pages[tab]

    def column(self, title, tab="orders"):
        return next(c for c in self.page(tab).columns if title in (c.title, c.key))

    def row_of(self, number, tab="orders"):
        """The first row whose order number it is."""
        column = self.column("shown.number", tab)
        return next(r for r in self.page(tab).rows if r.cells.get(id(column)) == number)

    def see(self, number, title, tab="orders"):
        return self.row_of(number, tab).cells.get(id(self.column(title, tab)), "")

    def note(self, number, title, tab="orders"):
        return self.row_of(number, tab).notes.get(id(self.column(title, tab)), "")

    def type(self, number, title, value, tab="orders"):
        self.put(self.row_of(number, tab), title, value, tab)

    def put(self, row, title, value, tab="orders"):
        column = self.column(title, tab)
        row.formulas.pop(id(column), None)
        if isinstance(value, str) and value.startswith("="):
            row.formulas[id(column)] = value
            value = value[1:]
        row.cells[id(column)] = value

    def insert(self, at=None, tab="orders", values=None, **named):
        """Insert a row; ``values`` by key or title, or named by titles of one word."""
        page, row = self.page(tab), Row()
        for title, value in {**(values or {}), **named}.items():
            self.put(row, title, value, tab)
        page.rows.insert(len(page.rows) if at is None else at, row)
        return row

    def delete(self, row, tab="orders"):
        self.page(tab).rows.remove(row)

    def copy_row(self, row, at=None, tab="orders"):
        page = self.page(tab)
        twin = Row(dict(row.cells), dict(row.notes), dict(row.formulas), list(row.typed))
        page.rows.insert(len(page.rows) if at is None else at, twin)
        return twin

    def sort(self, key=None, tab="orders", *, reverse=False):
        """Sort the rows; without a key by their visible cells, left to right, as texts."""
        page = self.page(tab)
        cells = [id(column) for column in page.columns if column.key not in (IDENTITY, STAMP)]
        page.rows.sort(
            key=key or (lambda row: [repr(row.cells.get(c, "")) for c in cells]), reverse=reverse
        )

    def snapshot(self):
        return copy.deepcopy(
            {k: [(r.cells, r.notes, r.formulas) for r in p.rows] for k, p in self.pages.items()}
        )

    def restore(self, version, tab="orders"):
        """Version history: the rows as they were then."""
        self.page(tab).rows = [Row(dict(c), dict(n), dict(f)) for c, n, f in version[tab]]

    def private(self, title, tab="orders", at=0):
        column = Col(title)
        self.page(tab).columns.insert(at, column)
        return column
