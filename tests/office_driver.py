"""Drives a real LibreOffice for tests: a script for the system's Python, which has its library.

Reads commands as lines of JSON and answers each with one.  ``python3 office_driver.py PIPE``.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.table.CellContentType import EMPTY, TEXT, VALUE

CELLS_RIGHT = uno.Enum("com.sun.star.sheet.CellInsertMode", "RIGHT")


def connected(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    for _attempt in range(600):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception as problem:
            if "NoConnect" not in type(problem).__name__:
                raise
            time.sleep(0.1)
        else:
            manager = context.ServiceManager
            return manager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    raise SystemExit("LibreOffice does not answer")


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


class Driver:
    def __init__(self, desktop):
        self.desktop, self.doc = desktop, None

    def open(self, path):
        url = uno.systemPathToFileUrl(path)
        options = (option("Hidden", True),)  # without a window it cannot be shown at all
        self.doc = self.desktop.loadComponentFromURL(url, "_blank", 0, options)
        return self.doc is not None

    def sheet(self, name):
        return self.doc.Sheets.getByName(name)

    def type(self, sheet, row, column, text):
        """Type into a cell as a person does: the program makes of it what it likes."""
        self.sheet(sheet).getCellByPosition(column, row).setFormula(text)

    def number(self, sheet, row, column, value):
        self.sheet(sheet).getCellByPosition(column, row).setValue(value)

    def get(self, sheet, row, column):
        cell = self.sheet(sheet).getCellByPosition(column, row)
        if cell.Type == EMPTY:
            return ""
        if cell.Type == TEXT:
            return cell.String
        return cell.Value if cell.Type == VALUE else [cell.Formula, cell.String]

    def shown(self, sheet, row, column):
        return self.sheet(sheet).getCellByPosition(column, row).String

    def note(self, sheet, row, column):
        return self.sheet(sheet).getCellByPosition(column, row).Annotation.String

    def fill(self, sheet, row, column):
        colour = self.sheet(sheet).getCellByPosition(column, row).CellBackColor
        return "" if colour < 0 else f"{colour:06X}"

    def rule(self, sheet, row, column):
        rule = self.sheet(sheet).getCellByPosition(column, row).Validation
        return [rule.Type.value, rule.getFormula1(), rule.ErrorMessage, rule.ErrorTitle]

    def sort(self, sheet, area, column, descending=False):
        where = self.sheet(sheet).getCellRangeByName(area)
        field = uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = column, not descending
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        uno.invoke(where, "sort", ((option("SortFields", fields), option("ContainsHeader", True)),))

    def insert_columns(self, sheet, at, many=1):
        self.sheet(sheet).Columns.insertByIndex(at, many)

    def delete_columns(self, sheet, at, many=1):
        self.sheet(sheet).Columns.removeByIndex(at, many)

    def insert_rows(self, sheet, at, many=1):
        self.sheet(sheet).Rows.insertByIndex(at, many)

    def delete_rows(self, sheet, at, many=1):
        self.sheet(sheet).Rows.removeByIndex(at, many)

    def move_column(self, sheet, area, to):
        """Cut a column and insert it elsewhere."""
        there = self.sheet(sheet)
        there.Columns.insertByIndex(to, 1)
        source = there.getCellRangeByName(area)
        there.moveRange(there.getCellByPosition(to, 0).CellAddress, source.RangeAddress)

    def rename(self, sheet, name):
        self.sheet(sheet).Name = name

    def hidden(self, sheet, column):
        return not self.sheet(sheet).Columns.getByIndex(column).IsVisible

    def sheets(self):
        return list(self.doc.Sheets.ElementNames)

    def save(self):
        self.doc.store()

    def save_as(self, path, kind):
        self.doc.storeToURL(uno.systemPathToFileUrl(path), (option("FilterName", kind),))

    def close(self):
        self.doc.close(True)
        self.doc = None

    def quit(self):
        self.desktop.terminate()


def main(pipe):
    driver = Driver(connected(pipe))
    for line in sys.stdin:
        name, *given = json.loads(line)
        try:
            answer = {"said": getattr(driver, name)(*given)}
        except Exception as problem:  # noqa: BLE001 - the test is told of it
            answer = {"failed": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), flush=True)  # noqa: T201 - it speaks by printing
        if name == "quit":
            return


main(sys.argv[1])
