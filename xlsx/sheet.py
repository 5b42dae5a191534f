"""One sheet's XML, of which only the rows that change are taken apart. Pure.

A sheet of 5,000 rows is 4 MB: parsing it takes longer than reading all its values does.  So its
bytes are cut into rows, and a row nobody asks for keeps its bytes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import unescape

from lxml import etree

from xlsx import cells
from xlsx.addresses import address
from xlsx.package import RefusedError, local, parse

_DATA = re.compile(rb"<(?:\w+:)?sheetData\b[^>]*?(/?)>")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b[^>]*>")
_NUMBER = re.compile(rb"\sr=[\"'](\d{1,7})[\"']")
_PLACES = re.compile(rb"(<(?:\w+:)?(?:row|c)\b[^>]*?\sr=[\"'])([A-Z]{0,3})\d{1,7}(?=[\"'])")
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c\b[^>]*?\sr=[\"']([A-Z]{1,3}\d{1,7})[\"'][^>]*>\s*<(?:\w+:)?f\b([^>]*?)"
    rb"(?:/>|>([^<]*)</(?:\w+:)?f>)"
)
_GROUP = re.compile(rb"\bsi=[\"'](\d+)")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_UNUSUAL = (b"<!--", b"<![CDATA[", b"<!DOCTYPE")
Value = str | int | float | bool
#: The order of what may stand in a sheet (ECMA-376, CT_Worksheet).
ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects",
    "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


class Sheet:
    """A sheet's XML: ``root`` holds everything but the rows, ``row`` gives one of them."""

    def __init__(self, xml: bytes) -> None:
        if any(mark in xml for mark in _UNUSUAL) or xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
            xml = etree.tostring(parse(xml))
        start, data = _ROOT.search(xml), _DATA.search(xml)
        if start is None or data is None:
            raise RefusedError("A diagram's or a dialog's sheet has no cells to write to.")
        self._prefix = start[1] or b""
        self._open, self._close = start[0], b"</" + self._prefix + b"worksheet>"
        self._calculates = re.search(rb"<%bf[\s>/]" % self._prefix, xml) is not None
        empty = bool(data[1])
        tag = data[0].split()[0].rstrip(b"/>").lstrip(b"<")
        end = data.end() if empty else xml.rfind(b"</" + tag)
        if end < 0:
            raise RefusedError("The file is damaged inside.")
        tail = xml[end:]
        head = xml[: data.end()]
        self.root = parse(head + tail)
        self.namespace = self.root.tag.rpartition("}")[0].lstrip("{")
        self._data = self.part("sheetData")
        self._rows = {} if empty else _cut(xml, self._prefix, data.end(), end)
        self._taken: dict[int, Any] = {}

    @property
    def last_row(self) -> int:
        """The number of the last row that is written down, filled or not; 0 where there is none."""
        return max(self._rows, default=0)

    def row(self, number: int) -> Any:
        """A row as a tree, to be changed in place; it is made where it was not."""
        if number not in self._taken:
            chunk = self._rows.get(number)
            if chunk is None:
                row = etree.Element(f"{{{self.namespace}}}row")
            else:
                row = next(iter(parse(self._open + chunk + self._close)))
            row.set("r", str(number))
            row.tail = None
            self._taken[number] = row
            self._rows.setdefault(number, b"")
        return self._taken[number]

    def cell(self, row: int, column: int) -> Any:
        """A cell, made where it was not: then it looks as its row or its column says."""
        where = self.row(row)
        found = cells.find(where, column)
        if found is None:
            found = cells.make(where, row, column)
            look = self.look_of_place(where, column)
            if look:
                found.set("s", str(look))
        return found

    def add_row(self, number: int, filled: Sequence[tuple[int, Value, int]]) -> None:
        """A new row: column, value and look of each of its cells, in their order."""
        prefix = self._prefix.decode()
        told = "".join(
            cells.written(address(number, column), value, look, prefix)
            for column, value, look in filled
        )
        self._taken.pop(number, None)
        self._rows[number] = f'<{prefix}row r="{number}">{told}</{prefix}row>'.encode()

    def look_of_place(self, row: Any, column: int) -> int:
        """The number of the look that a cell nobody wrote has."""
        if row.get("s") is not None and row.get("customFormat") in ("1", "true"):
            return cells.number(row.get("s"), 0)
        for node in self._children("cols"):
            first, last = cells.number(node.get("min"), 0), cells.number(node.get("max"), 0)
            if first <= column <= last:
                return cells.number(node.get("style"), 0)
        return 0

    def drop_rows(self, numbers: set[int], rewrite: Callable[[str, int, int], str]) -> None:
        """Take rows away and let those below move up, as sorting them to the end would.

        Args:
            numbers: which.
            rewrite: a formula, the row it stood in, the row it stands in now.
        """
        after = moves(numbers)
        kept: dict[int, bytes] = {}
        taken: dict[int, Any] = {}
        for number in sorted(self._rows):
            now = after(number)
            if now is None:
                continue
            if now != number and self._calculates and _FORMULA.search(self._rows[number]):
                self.row(number)
            if number in self._taken:
                taken[now] = _moved(self._taken[number], number, now, rewrite)
                kept[now] = b""
            else:
                kept[now] = self._rows[number] if now == number else _renumbered(
                    self._rows[number], now)  # fmt: skip
        self._rows, self._taken = kept, taken

    def formula_texts(self) -> Iterator[tuple[int, int, str, str]]:
        """Row, column, text and group of every formula; only the first of a group has a text."""
        for number, chunk in self._rows.items() if self._calculates else ():
            if number in self._taken:
                yield from _texts_in(self._taken[number], number)
            elif _FORMULA.search(chunk):
                for place, attributes, text in _FORMULA_CELL.findall(chunk):
                    group = _GROUP.search(attributes)
                    column = cells.column_at(place.decode(), 1)
                    yield (
                        number,
                        column,
                        unescape(text.decode()),
                        group[1].decode() if group else "",
                    )

    def forget_result(self, row: int, column: int) -> None:
        """Let programs work out a formula anew: they do where a result is missing."""
        if row in self._taken:
            cell = cells.find(self._taken[row], column)
            if cell is not None:
                for part in [part for part in cell if local(part) == "v"]:
                    cell.remove(part)
            return
        place = address(row, column).encode()
        result = re.compile(
            rb"(<(?:\w+:)?c\b[^>]*?\sr=[\"']" + place + rb"[\"'][^>]*>\s*<(?:\w+:)?f\b"
            rb"(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))\s*<(?:\w+:)?v>[^<]*</(?:\w+:)?v>"
        )
        self._rows[row] = result.sub(rb"\1", self._rows[row])

    def formulas(self) -> Iterator[tuple[int, Any]]:
        """The cells with a formula, with their rows."""
        for number in sorted(self._rows) if self._calculates else ():
            if number in self._taken or _FORMULA.search(self._rows[number]):
                for cell in self.row(number):
                    if any(local(part) == "f" for part in cell):
                        yield number, cell

    def part(self, name: str) -> Any:
        """What the sheet says besides its rows, made at its place where it was not."""
        found = self.find(name)
        return found if found is not None else self.add(name)

    def find(self, name: str) -> Any | None:
        """The first element of that name."""
        return next((node for node in self.root if local(node) == name), None)

    def add(self, name: str) -> Any:
        """A new element at the place where its kind belongs, behind others of its kind."""
        node = etree.Element(f"{{{self.namespace}}}{name}")
        before = set(ORDER[: ORDER.index(name) + 1])
        places = [n for n, other in enumerate(self.root) if local(other) in before]
        self.root.insert(places[-1] + 1 if places else 0, node)
        return node

    def written(self) -> bytes:
        """The sheet as it stands; rows that nobody asked for have their bytes."""
        runs: list[bytes] = []
        run: list[bytes] = []
        for number in sorted(self._rows):
            if number not in self._taken:
                run.append(self._rows[number])
                continue
            self._hold(run, runs)
            self._data.append(self._taken[number])
            run = []
        self._hold(run, runs)
        written: bytes = etree.tostring(
            self.root, xml_declaration=True, encoding="UTF-8", standalone=True
        )
        for node in list(self._data):
            self._data.remove(node)
        parts = re.split(rb"<!--rows-->", written)
        return b"".join(part for n, text in enumerate(parts) for part in (text, *(runs[n : n + 1])))

    def _hold(self, run: list[bytes], runs: list[bytes]) -> None:
        if run:
            self._data.append(etree.Comment("rows"))
            runs.append(b"".join(run))

    def _children(self, name: str) -> Iterator[Any]:
        found = self.find(name)
        yield from found if found is not None else ()


def _texts_in(row: Any, number: int) -> Iterator[tuple[int, int, str, str]]:
    for cell in row:
        for part in cell:
            if local(part) == "f":
                column = cells.column_at(cell.get("r"), 1)
                yield number, column, part.text or "", part.get("si") or ""


def moves(gone: set[int]) -> Callable[[int], int | None]:
    """Where each row stands once some are gone: its number, or None for one of them."""
    places: Mapping[int, int] = {row: n for n, row in enumerate(sorted(gone), start=1)}
    ordered = sorted(gone)

    def after(row: int) -> int | None:
        if row in places:
            return None
        return row - sum(1 for other in ordered if other < row)

    return after


def _cut(xml: bytes, prefix: bytes, start: int, end: int) -> dict[int, bytes]:
    """The rows of a sheet's data by number, each up to the beginning of the next one."""
    found: dict[int, bytes] = {}
    rows = re.compile(rb"<%brow\b[^>]*>" % prefix)  # a fixed word is found ten times as fast
    begins = [(match.start(), match[0]) for match in rows.finditer(xml, start, end)]
    ends = [*(at for at, _tag in begins[1:]), end][: len(begins)]
    number = 0
    for (at, tag), until in zip(begins, ends, strict=True):
        said = _NUMBER.search(tag)
        number = int(said[1]) if said else number + 1
        if number in found or (found and number < next(reversed(found))):
            raise RefusedError("The rows of the sheet are not in their order.")
        found[number] = xml[at:until]
    return found


def _renumbered(chunk: bytes, number: int) -> bytes:
    return _PLACES.sub(lambda m: b"%b%b%d" % (m[1], m[2], number), chunk)


def _moved(row: Any, was: int, now: int, rewrite: Callable[[str, int, int], str]) -> Any:
    if was == now:
        return row
    row.set("r", str(now))
    for cell in row:
        if cell.get("r"):
            cell.set("r", cell.get("r").rstrip("0123456789") + str(now))
        for part in cell:
            if local(part) == "f" and part.text:
                part.text = rewrite(part.text, was, now)
            if local(part) == "f" and part.get("ref"):
                part.set(
                    "ref", re.sub(r"\d+", lambda m: str(int(m[0]) + now - was), part.get("ref"))
                )
    return row
