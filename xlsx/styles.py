"""The table of looks of a workbook: each one's own look with something of ours in it. Pure."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from xlsx.package import Package, local

_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs",
    "tableStyles", "colors", "extLst",
)  # fmt: skip
_EMPTY = (
    '<styleSheet xmlns="{0}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font>'
    '</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill'
    ' patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/>'
    '<bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0"'
    ' fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0"'
    ' fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_FIRST_OWN_FORMAT = 164


class Styles:
    """The workbook's table of looks, to which ours are added when they are needed."""

    def __init__(self, package: Package, namespace: str) -> None:
        self._package, self._ns = package, namespace
        self._made: dict[tuple[object, ...], int] = {}
        self._fills: dict[str, int] = {}

    def marked(self, look: int, fill: str) -> int:
        """The number of the look that is ``look`` with a fill (six hexadecimal digits)."""
        return self._like(look, fillId=str(self._fill(fill)), applyFill="1")

    def fill_of(self, look: int) -> str:
        """The colour a look is filled with, as six hexadecimal digits; "" where it is not."""
        fills = [node for node in self._table("fills") if local(node) == "fill"]
        at = int(self._look(look).get("fillId") or 0)
        if at < 2 or at >= len(fills):
            return ""
        colours = [str(node.get("rgb") or "other") for node in fills[at].iter()
                   if local(node) == "fgColor"]  # fmt: skip
        return colours[0][-6:].upper() if colours else "other"

    def unmarked(self, look: int, fills: Collection[str]) -> int:
        """The look without its fill, if that is one of these."""
        return self._like(look, fillId="0", applyFill=None) if self.fill_of(look) in fills else look

    def formatted(self, look: int, code: str) -> int:
        """The look with a number format, one of Excel's own by number or any by its code."""
        key = code if code.isdecimal() else str(self._format(code))
        return self._like(look, numFmtId=key, applyNumberFormat="1")

    def in_font(self, look: int, *, bold: bool = False, colour: str = "") -> int:
        """The look with its letters bold or in a colour."""
        key = ("font", look, bold, colour)
        if key not in self._made:
            fonts = self._table("fonts")
            known = [node for node in fonts if local(node) == "font"]
            at = int(self._look(look).get("fontId") or 0)
            fresh = deepcopy(known[at]) if at < len(known) else self._element("font")
            if bold and not any(local(node) == "b" for node in fresh):
                fresh.insert(0, self._element("b"))
            if colour:
                for node in [node for node in fresh if local(node) == "color"]:
                    fresh.remove(node)
                after = [n for n, node in enumerate(fresh) if local(node) == "sz"]
                fresh.insert(
                    after[0] + 1 if after else 0, self._element("color", rgb=f"FF{colour}")
                )
            fonts.append(fresh)
            fonts.set("count", str(len(known) + 1))
            self._made[key] = self._like(look, fontId=str(len(known)), applyFont="1")
        return self._made[key]

    def wrapped(self, look: int) -> int:
        """The look with long texts on several lines, at the top of the cell."""
        return self._like(look, alignment={"wrapText": "1", "vertical": "top"}, applyAlignment="1")

    def differential(self, *, fill: str, colour: str = "") -> int:
        """The number of a look that a conditional format lays over others."""
        key = ("over", fill, colour)
        if key not in self._made:
            table = self._table("dxfs")
            over = self._element("dxf")
            if colour:
                etree.SubElement(over, self._name("font")).append(
                    self._element("color", rgb=f"FF{colour}")
                )
            pattern = etree.SubElement(
                etree.SubElement(over, self._name("fill")), self._name("patternFill")
            )
            pattern.append(self._element("bgColor", rgb=f"FF{fill}"))
            table.append(over)
            table.set("count", str(len(table)))
            self._made[key] = len(table) - 1
        return self._made[key]

    def _like(self, look: int, **changed: str | Mapping[str, str] | None) -> int:
        key = (look, *sorted((name, str(value)) for name, value in changed.items()))
        if key not in self._made:
            fresh = deepcopy(self._look(look))
            for name, value in changed.items():
                if value is None:
                    fresh.attrib.pop(name, None)
                elif isinstance(value, str):
                    fresh.set(name, value)
                else:
                    self._part_of(fresh, name).attrib.update(value)
            self._made[key] = self._numbered(fresh)
        return self._made[key]

    def _numbered(self, fresh: Any) -> int:
        """The number of a look that is just like this one, which is added where there is none."""
        table = self._table("cellXfs")
        known = [node for node in table if local(node) == "xf"]
        wanted = _canonical(fresh)
        for number, node in enumerate(known):
            if node.attrib == fresh.attrib and _canonical(node) == wanted:
                return number
        table.append(fresh)
        table.set("count", str(len(known) + 1))
        return len(known)

    def _look(self, number: int) -> Any:
        known = [node for node in self._table("cellXfs") if local(node) == "xf"]
        if number < len(known):
            return known[number]
        return self._element("xf", numFmtId="0", fontId="0", fillId="0", borderId="0", xfId="0")

    def _fill(self, colour: str) -> int:
        if colour not in self._fills:
            fills = self._table("fills")
            known = [node for node in fills if local(node) == "fill"]
            fill = self._element("fill")
            pattern = etree.SubElement(fill, self._name("patternFill"), patternType="solid")
            etree.SubElement(pattern, self._name("fgColor"), rgb=f"FF{colour}")
            etree.SubElement(pattern, self._name("bgColor"), indexed="64")
            fills.append(fill)
            fills.set("count", str(len(known) + 1))
            self._fills[colour] = len(known)
        return self._fills[colour]

    def _format(self, code: str) -> int:
        formats = self._table("numFmts")
        taken = {int(node.get("numFmtId") or 0): node.get("formatCode") for node in formats}
        known = next((number for number, text in taken.items() if text == code), None)
        if known is not None:
            return known
        free = max([*taken, _FIRST_OWN_FORMAT - 1]) + 1
        formats.append(self._element("numFmt", numFmtId=str(free), formatCode=code))
        formats.set("count", str(len(formats)))
        return free

    def _part_of(self, look: Any, name: str) -> Any:
        for node in look:
            if local(node) == name:
                return node
        look.insert(0, self._element(name))
        return look[0]

    def _name(self, name: str) -> str:
        return f"{{{self._ns}}}{name}"

    def _element(self, name: str, **attributes: str) -> Any:
        return etree.Element(self._name(name), attributes)

    def _table(self, name: str) -> Any:
        root = self._root()
        for node in root:
            if local(node) == name:
                return node
        node = self._element(name)
        later = set(_ORDER[_ORDER.index(name) + 1 :])
        at = next((n for n, other in enumerate(root) if local(other) in later), len(root))
        root.insert(at, node)
        if name == "fills":  # the first two are taken by what every reader expects there
            for kind in ("none", "gray125"):
                fill = etree.SubElement(node, self._name("fill"))
                etree.SubElement(fill, self._name("patternFill"), patternType=kind)
        return node

    def _root(self) -> Any:
        part = self._package.related(self._package.workbook, "styles")
        if part is None:
            part = "xl/styles.xml"  # some readers look nowhere else
            if part in self._package:
                part = self._package.free_name("xl/styles{}.xml")
            self._package.put(part, _EMPTY.format(self._ns).encode())
            self._package.relate(self._package.workbook, "styles", part)
            self._package.declare(part, _CONTENT_TYPE)
        return self._package.tree(part)


def _canonical(node: Any) -> bytes:
    written: bytes = etree.tostring(node, method="c14n", exclusive=True, with_tail=False)
    return written
