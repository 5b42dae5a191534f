"""The boxes in which a sheet shows its comments: an old drawing language, patched as text. Pure.

Old Excels write VML that no XML parser takes; so our boxes are set in front of its end and
everything that stands there keeps its bytes.
"""

import re
from collections.abc import Callable, Collection
from typing import Any

from lxml import etree

from xlsx.package import Package, RefusedError, local

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_START = (
    f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{{0}}"/>'
    "</o:shapelayout></xml>"
)
_KIND = (
    f'<v:shapetype {_NAMESPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202"'
    ' path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t"'
    ' o:connecttype="rect"/></v:shapetype>'
)
_BOX = (
    f'<v:shape {_NAMESPACES} id="_x0000_s{{key}}" type="#_x0000_t202" style="position:absolute;'
    'margin-left:80pt;margin-top:5pt;width:220pt;height:{height}pt;z-index:1;visibility:hidden"'
    ' fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t"'
    ' color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox'
    ' style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{left}, 15,'
    " {top}, 2, {right}, 15, {bottom}, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}"
    "</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
#: What stands in front of ``legacyDrawing`` in a sheet (ECMA-376, CT_Worksheet).
_BEFORE = frozenset(
    {
        "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData",
        "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter",
        "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr",
        "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions",
        "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
        "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
    }
)  # fmt: skip


_SHAPE = re.compile(rb"<(?:\w+:)?shape\s(?:(?!</(?:\w+:)?shape>).){1,20000}</(?:\w+:)?shape>", re.S)
_ROW = re.compile(rb"(<(?:\w+:)?Row>\s*)(\d{1,7})")
_COLUMN = re.compile(rb"(<(?:\w+:)?Column>\s*)(\d{1,5})")
_ANCHOR = re.compile(rb"(<(?:\w+:)?Anchor>)([\d,\s]+)(?=<)")


class Boxes:
    """The drawing that holds one sheet's comment boxes; it is made with the first box."""

    def __init__(self, package: Package, sheet: str, root: Any, ordinal: int) -> None:
        self._package, self._sheet, self._root, self._ordinal = package, sheet, root, ordinal
        self._part: str | None = None

    def add(self, row: int, column: int, letters: int) -> None:
        """Draw a box for a comment of so many letters, beside its cell."""
        part = self._drawing()
        drawn = self._package.read(part)
        end = drawn.rfind(b"</xml>")
        if end < 0:
            raise RefusedError("The comments of the file are kept in an unusual way.")
        keys = [int(key) for key in re.findall(rb"_x0000_s(\d{1,9})\b", drawn)]
        lines = min(2 + letters // 38, 20)
        box = _BOX.format(
            key=max([*keys, self._ordinal * 1024]) + 1,
            height=12 * lines + 12,
            left=column,
            right=column + 4,
            top=max(row - 2, 0),
            bottom=max(row - 2, 0) + lines,
            row=row - 1,
            column=column - 1,
        )
        kind = "" if b"_x0000_t202" in drawn else _KIND
        self._package.put(part, drawn[:end] + (kind + box).encode() + drawn[end:])

    def remove(self, places: Collection[tuple[int, int]]) -> None:
        """Take away the boxes at these cells."""
        self._each(lambda row, column: None if (row, column) in places else row)

    def move_rows(self, row_after: Callable[[int], int | None]) -> None:
        """Let the boxes follow their rows; those of rows that are gone go with them."""
        self._each(lambda row, _column: row_after(row))

    def _each(self, row_after: Callable[[int, int], int | None]) -> None:
        part = self._standing()
        if part is None:
            return

        def moved(match: re.Match[bytes]) -> bytes:
            shape = match[0]
            row, column = _ROW.search(shape), _COLUMN.search(shape)
            if row is None or column is None:
                return shape
            now = row_after(int(row[2]) + 1, int(column[2]) + 1)
            if now is None:
                return b""
            by = now - 1 - int(row[2])
            if not by:
                return shape
            shape = _ROW.sub(lambda m: b"%b%d" % (m[1], int(m[2]) + by), shape)
            return _ANCHOR.sub(lambda m: _lower(m, by), shape)

        drawn = self._package.read(part)
        left = _SHAPE.sub(moved, drawn)
        if left != drawn:
            self._package.put(part, left)

    def _drawing(self) -> str:
        if self._part is None:
            self._part = self._standing() or self._new()
        return self._part

    def _standing(self) -> str | None:
        root = self._root
        named = next((node for node in root if local(node) == "legacyDrawing"), None)
        if named is None:
            return None
        key = next((v for name, v in named.items() if name.endswith("}id")), "")
        found = next((r for r in self._package.relations(self._sheet) if r.id == key), None)
        if found is None or found.target not in self._package:
            root.remove(named)
            return None
        return found.target

    def _new(self) -> str:
        part = self._package.free_name("xl/drawings/vmlDrawing{}.vml")
        self._package.put(part, _START.format(self._ordinal).encode())
        self._package.declare_ending("vml", _CONTENT_TYPE)
        key = self._package.relate(self._sheet, "vmlDrawing", part)
        self._name_in_sheet(key)
        return part

    def _name_in_sheet(self, key: str) -> None:
        root = self._root
        namespace = _OFFICE_STRICT if self._package.strict else _OFFICE
        node = etree.Element(
            f"{root.tag.rpartition('}')[0]}}}legacyDrawing", nsmap={"r": namespace}
        )
        node.set(f"{{{namespace}}}id", key)
        last = max(n for n, other in enumerate(root) if local(other) in _BEFORE)
        root.insert(last + 1, node)


def _lower(anchor: re.Match[bytes], by: int) -> bytes:
    """An anchor (left, offset, top, offset, right, offset, bottom, offset) some rows lower."""
    numbers = [int(text) for text in anchor[2].split(b",")]
    for place in (2, 6):
        if place < len(numbers):
            numbers[place] = max(numbers[place] + by, 0)
    return anchor[1] + b", ".join(b"%d" % number for number in numbers)
