"""A manager with a real workbook file: the hands of ``ManagersWorkbook``, the backend of the product.

What the manager sees in memory is saved by another library (openpyxl) before every read of ours;
what we write is done in memory as well, and every read must then say what the manager sees.
"""

import openpyxl
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from sync.readers.live import name_of
from sync.sheets.shapes import AddRow, DropRow, SetCell, UnreachableError
from sync.sheets.workbook import WorkbookBackend
from tests.manager_workbook import ManagersWorkbook, Row


class ManagersFile(ManagersWorkbook):
    """The file, and the manager's hands."""

    def __init__(self, path):
        super().__init__(remembers=True, drops=True)
        self.path, self.backend = path, WorkbookBackend(path)
        self._saved = self._look()
        self.saves = 0

    # ------------------------------------------------------------ the backend

    def read(self, tabs):
        self.reads += 1
        self._save()
        reading = self.backend.read(tabs)
        for key, tab in reading.tabs.items():
            found, seen = plain_rows(tab.rows), plain_rows(self._tab(key, self.pages[key]).rows)
            assert found == seen, (key, [row for row in found if row not in seen],
                                   [row for row in seen if row not in found])  # fmt: skip
            known = {n: c.key for n, c in enumerate(self.pages[key].columns) if c.key}
            assert dict(tab.columns) == known, key
        return reading

    def write(self, ops, reading):
        if self.before_write is not None:
            act, self.before_write = self.before_write, None
            act()
        if self.lose_request:
            self.lose_request = False
            raise UnreachableError("The share went away.")
        self._save()
        echo = self.backend.write(ops, reading)
        self.writes += 1
        self._apply([_as_stored(op) for op in ops], reading)
        self._saved = self._look()
        if self.lose_answer:
            self.lose_answer = False
            raise UnreachableError("The share went away.")
        return echo

    def _apply(self, ops, reading):
        """In memory what the file does: rows come under the last one that was read, then some go."""
        self.apply([op for op in ops if not isinstance(op, AddRow | DropRow)])
        for op in [op for op in ops if isinstance(op, AddRow)]:
            page, last = self.pages[op.tab], len(reading.tabs[op.tab].rows) - 1
            added = [row for row in page.rows[last:] if not row.empty]
            page.rows = [*page.rows[:last], *(Row() for _ in range(last - len(page.rows))), *added]
            page.rows.append(Row({id(page.columns[n]): value for n, value in op.values.items()}))
        self.apply([op for op in ops if isinstance(op, DropRow)])

    def lay_out(self, tabs):
        self._save()
        self.backend.lay_out(tabs)
        super().lay_out(tabs)
        self._saved = self._look()

    # ------------------------------------------------------------ the manager saves

    def _look(self):
        return repr([
            (key, page.title, [(c.title, c.key) for c in page.columns],
             [[(row.cells.get(id(c), ""), row.notes.get(id(c), "")) for c in page.columns]
              for row in page.rows])
            for key, page in self.pages.items()
        ])  # fmt: skip

    def _save(self):
        if self._look() == self._saved:
            return
        book = openpyxl.load_workbook(self.path)
        for key, page in self.pages.items():
            for name in [name for name in book.defined_names if name.startswith(f"inhands.{key}.")]:
                del book.defined_names[name]
            self._fill(book[page.title], page)
            for at, column in enumerate(page.columns, start=1):
                if column.key:
                    letters = get_column_letter(at)
                    name, place = name_of(key, column.key), f"'{page.title}'!${letters}:${letters}"
                    book.defined_names[name] = DefinedName(name, attr_text=place, hidden=True)
        book.save(self.path)
        self.saves += 1
        self._saved = self._look()

    def _fill(self, sheet, page):
        for row in sheet.iter_rows():
            for cell in row:
                cell.value = cell.comment = None
        for at, column in enumerate(page.columns, start=1):
            sheet.cell(1, at, column.title).data_type = "s"
        for number, row in enumerate(page.rows, start=2):
            for at, column in enumerate(page.columns, start=1):
                value, note = row.cells.get(id(column), ""), row.notes.get(id(column), "")
                if value != "":
                    cell = sheet.cell(number, at)
                    cell.number_format = "General"
                    cell.value = value
                    cell.data_type = "s" if isinstance(value, str) else cell.data_type
                if note:
                    sheet.cell(number, at).comment = Comment(f"Inhands: {note}", "Inhands")


def _as_stored(op):
    """The batch as a file keeps it: yes and no are words there."""
    if isinstance(op, SetCell):
        return SetCell(op.tab, op.row, op.column, _word(op.value))
    if isinstance(op, AddRow):
        return AddRow(op.tab, {at: _word(value) for at, value in op.values.items()})
    return op


def _word(value):
    return ("yes" if value else "no") if isinstance(value, bool) else value


def plain_rows(rows):
    """Rows without what is empty behind them, whole numbers as such."""
    told = [[int(v) if isinstance(v, float) and v.is_integer() else v for v in row] for row in rows]
    for row in told:
        while row and row[-1] == "":
            row.pop()
    while told and not told[-1]:
        told.pop()
    return told
