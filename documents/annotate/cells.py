"""The cells of one sheet's XML: found by address, made where they were not, given a look. Pure."""

from typing import Any

from lxml import etree

from documents.annotate import notes
from xlsx import cells
from xlsx.addresses import LAST_COLUMN
from xlsx.package import RefusedError, local
from xlsx.styles import Styles

_FILLED = frozenset({"v", "is", "f"})


class Cells:
    """Finds the cells of a sheet; rows and cells without an address count on, as readers do."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._ns = root.tag.rpartition("}")[0].lstrip("{")
        self._data = next((node for node in root if local(node) == "sheetData"), None)
        self._rows: dict[int, Any] = {}
        number = 0
        for row in self._data if self._data is not None else ():
            if local(row) == "row":
                number = cells.number(row.get("r"), number + 1)
                self._rows.setdefault(number, row)
        self._merges = _merges(root)

    def anchor(self, address: str) -> tuple[int, int]:
        """Row and column of the cell a note stands at: the first one of a merged area."""
        row, column = notes.place(address)
        if column is None:
            column = self._first_filled(row)
        for top, left, bottom, right in self._merges:
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return row, column

    def mark(self, row: int, column: int, styles: Styles) -> None:
        """Give a cell our fill; what else it looks like stays, and so does what is in it."""
        found = self._row(row)
        cell = cells.find(found, column)
        if cell is None:
            look = self._look_of_place(found, column)
            cell = cells.make(found, row, column)
        else:
            look = cells.number(cell.get("s"), 0)
        cell.set("s", str(styles.marked(look, notes.FILL)))

    def _first_filled(self, row: int) -> int:
        found, column = self._rows.get(row), 0
        for node in found if found is not None else ():
            if local(node) == "c":
                column = cells.column_at(node.get("r"), column + 1)
                if any(local(part) in _FILLED for part in node):
                    return column
        return 1

    def _row(self, number: int) -> Any:
        if number not in self._rows:
            if self._data is None:
                self._data = etree.SubElement(self._root, f"{{{self._ns}}}sheetData")
            fresh = etree.Element(f"{{{self._ns}}}row", r=str(number))
            later = min((n for n in self._rows if n > number), default=None)
            if later is None:
                self._data.append(fresh)
            else:
                self._data.insert(self._data.index(self._rows[later]), fresh)
                self._rows[later].set("r", str(later))  # it may have counted on
            self._rows[number] = fresh
        return self._rows[number]

    def _look_of_place(self, row: Any, column: int) -> int:
        if row.get("s") is not None and row.get("customFormat") in ("1", "true"):
            return cells.number(row.get("s"), 0)
        for group in self._root:
            if local(group) != "cols":
                continue
            for node in group:
                if cells.number(node.get("min"), 0) <= column <= cells.number(node.get("max"), 0):
                    return cells.number(node.get("style"), 0)
        return 0


def _merges(root: Any) -> list[tuple[int, int, int, int]]:
    found = []
    for group in root:
        if local(group) != "mergeCells":
            continue
        for node in group:
            first, _, last = (node.get("ref") or "").replace("$", "").partition(":")
            try:
                top, left = notes.place(first)
                bottom, right = notes.place(last or first)
            except RefusedError:  # a range that no program can draw
                continue
            found.append((top, left or 1, bottom, right or LAST_COLUMN))
    return found
