"""The look of doubtful cells: each one's own look with our fill in it. Pure."""

from copy import deepcopy
from typing import Any

from lxml import etree

from documents.annotate.notes import FILL
from documents.annotate.package import Package, local

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


class Styles:
    """The workbook's table of looks, to which marked ones are added when they are needed."""

    def __init__(self, package: Package, namespace: str) -> None:
        self._package, self._ns = package, namespace
        self._marked: dict[int, int] = {}
        self._fill: int | None = None

    def marked(self, look: int) -> int:
        """The number of the look that is ``look`` with our fill."""
        if look not in self._marked:
            looks = self._table("cellXfs")
            known = [node for node in looks if local(node) == "xf"]
            base = known[look] if look < len(known) else None
            if base is None:
                fresh = etree.Element(
                    f"{{{self._ns}}}xf", numFmtId="0", fontId="0", borderId="0", xfId="0"
                )
            else:
                fresh = deepcopy(base)
            fresh.set("fillId", str(self._our_fill()))
            fresh.set("applyFill", "1")
            looks.append(fresh)
            looks.set("count", str(len(known) + 1))
            self._marked[look] = len(known)
        return self._marked[look]

    def _our_fill(self) -> int:
        if self._fill is None:
            fills = self._table("fills")
            known = [node for node in fills if local(node) == "fill"]
            fill = etree.SubElement(fills, f"{{{self._ns}}}fill")
            pattern = etree.SubElement(fill, f"{{{self._ns}}}patternFill", patternType="solid")
            etree.SubElement(pattern, f"{{{self._ns}}}fgColor", rgb=f"FF{FILL}")
            etree.SubElement(pattern, f"{{{self._ns}}}bgColor", indexed="64")
            fills.set("count", str(len(known) + 1))
            self._fill = len(known)
        return self._fill

    def _table(self, name: str) -> Any:
        root = self._root()
        for node in root:
            if local(node) == name:
                return node
        node = etree.Element(f"{{{self._ns}}}{name}")
        later = set(_ORDER[_ORDER.index(name) + 1 :])
        at = next((n for n, other in enumerate(root) if local(other) in later), len(root))
        root.insert(at, node)
        if name == "fills":  # the first two are taken by what every reader expects there
            for kind in ("none", "gray125"):
                fill = etree.SubElement(node, f"{{{self._ns}}}fill")
                etree.SubElement(fill, f"{{{self._ns}}}patternFill", patternType=kind)
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
