"""The tabs and columns of ours that a workbook lacks, patched in; what people made stays. Pure.

Which column is which the workbook remembers in hidden defined names.  Rules of ours are known by
their error title and are kept up to date; everything else bears no mark and is people's own.
Nothing is locked in a tab people work in: a locked sheet can neither be sorted nor get a column.
Instead cells of columns that the shop keeps refuse what is typed into them, and say why.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl
from lxml import etree

from sync.readers.live import columns_named, name_of
from sync.sheets.shapes import ColumnLayout, TabLayout
from sync.sheets.workbook import rules
from sync.sheets.workbook.tabs import add_tab, hide_tab
from xlsx import cells
from xlsx.addresses import column_of, letters_of
from xlsx.package import Package, local
from xlsx.sheet import Sheet
from xlsx.styles import Styles

FORMATS = {"text": "49", "choice": "0", "date": "yyyy-mm-dd", "money": "#,##0.00", "yes_no": "0"}
_KEPT, _YOURS = "E7E6E6", "D9E2F3"  # the fill of a heading: kept by the shop, or yours
_QUIET = "595959"  # the ink of what the shop keeps
_PIXELS_A_LETTER, _PADDING = 7, 5
_FILLED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{1,3})\d+[\"'](?:[^>]*[^/])?>")


def laid_out(content: bytes, tabs: Sequence[TabLayout]) -> bytes:
    """The workbook with everything of ours in it; without a file a new one.

    Raises:
        RefusedError: the workbook cannot be patched; says why.
    """
    package = Package(content or _new(tabs))
    namespace = package.tree(package.workbook).tag.rpartition("}")[0].lstrip("{")
    styles = Styles(package, namespace)
    for layout in tabs:
        known = columns_named(etree.tostring(package.tree(package.workbook)))
        titles = [sheet for tab, sheet, _at in known if tab == layout.key]
        sheets = package.sheets()
        title = next((t for t in titles if t in sheets), None) or next(
            (t for t in sheets if t.casefold() == layout.title.casefold()), None
        )
        fresh = title is None
        if title is None:
            title = layout.title
            add_tab(package, title, hidden=layout.hidden)
        elif not content and layout.hidden:
            hide_tab(package, title)
        own = {column: at for (tab, sheet, at), column in known.items()
               if (tab, sheet) == (layout.key, title)}  # fmt: skip
        _lay_out(package, layout, title, own, styles, fresh=fresh or not content)
    made = package.bytes()
    return content if content and _same(content, made) else made


def _new(tabs: Sequence[TabLayout]) -> bytes:
    book = openpyxl.Workbook()
    for number, tab in enumerate(tabs):
        if number:
            book.create_sheet(tab.title)
        else:
            book.worksheets[0].title = tab.title
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _same(one: bytes, other: bytes) -> bool:
    """Whether two archives hold the same, however they are packed."""
    a, b = Package(one), Package(other)
    names = a.names() | b.names()
    return all(name in a and name in b and a.read(name) == b.read(name) for name in names)


def _lay_out(
    package: Package,
    layout: TabLayout,
    title: str,
    own: Mapping[str, int],
    styles: Styles,
    *,
    fresh: bool,
) -> None:
    part = package.sheets()[title]
    before = package.read(part)
    sheet = Sheet(before)
    places = _places(sheet, layout, own, before)
    for column in layout.columns:
        at = places[column.key]
        if column.key not in own or not _says(sheet.row(1), at + 1):
            _head(sheet, at + 1, column, styles)
        if column.key not in own:
            _name(package, name_of(layout.key, column.key), title, at)
    if fresh:
        _begin(package, sheet, part, title, len(places))
        if layout.read_only:
            sheet.part("sheetProtection").set("sheet", "1")
    if not layout.read_only:
        rules.keep(sheet, layout, places, styles)
    if sheet.written() != Sheet(before).written():
        package.put(part, sheet.written())


def _head(sheet: Sheet, at: int, column: ColumnLayout, styles: Styles) -> None:
    cell = sheet.cell(1, at)
    is_new = not len(cell)
    cells.fill(cell, column.title)
    cell.set("s", str(_heading(styles, column)))
    if is_new:
        _widen(sheet, at, column, _look(styles, column))


def _begin(package: Package, sheet: Sheet, part: str, title: str, width: int) -> None:
    """What only a new tab is given: afterwards it is people's to change."""
    size = sheet.find("dimension")
    if size is not None:  # it may be left out, and would have to grow with every row
        sheet.root.remove(size)
    _freeze(sheet)
    _paper(sheet)
    _filter(package, sheet, part, title, width)


def _places(sheet: Sheet, layout: TabLayout, own: Mapping[str, int], xml: bytes) -> dict[str, int]:
    """Where each column is: as remembered, under its heading, or behind everything else."""
    places = {column.key: own[column.key] for column in layout.columns if column.key in own}
    headings = {_text(cell): at for at, cell in _cells(sheet.row(1))}
    for column in layout.columns:
        at = headings.get(column.title)
        if column.key not in places and at is not None and at not in places.values():
            places[column.key] = at
    free = max([_width(sheet, xml), *(at + 1 for at in places.values())])
    for column in layout.columns:
        if column.key not in places:
            places[column.key] = free
            free += 1
    return places


def _width(sheet: Sheet, xml: bytes) -> int:
    """How many columns anything stands in."""
    filled = {column_of(letters.decode()) for letters in set(_FILLED.findall(xml))}
    return max([0, *filled, *(at + 1 for at, _cell in _cells(sheet.row(1)))])


def _cells(row: Any) -> Iterable[tuple[int, Any]]:
    column = 0
    for node in row:
        if local(node) == "c":
            column = cells.column_at(node.get("r"), column + 1)
            if len(node):
                yield column - 1, node


def _says(row: Any, column: int) -> bool:
    found = cells.find(row, column)
    return found is not None and len(found) > 0


def _text(cell: Any) -> str:
    if cell.get("t") != "inlineStr":
        return ""
    return "".join(node.text or "" for node in cell.iter() if local(node) == "t")


def _heading(styles: Styles, column: ColumnLayout) -> int:
    look = styles.marked(0, _KEPT if column.owner == "app" else _YOURS)
    return styles.in_font(styles.wrapped(look), bold=True)


def _look(styles: Styles, column: ColumnLayout) -> int:
    look = styles.formatted(0, FORMATS.get(column.kind, "0"))
    return styles.in_font(look, colour=_QUIET) if column.owner == "app" else look


def _name(package: Package, name: str, title: str, at: int) -> None:
    """Let the workbook remember a column, whatever becomes of its heading and place."""
    group = _names(package)
    for node in [node for node in group if node.get("name") == name]:
        group.remove(node)
    namespace = group.tag.rpartition("}")[0]
    letters = letters_of(at + 1)
    node = etree.SubElement(group, f"{namespace}}}definedName", name=name, hidden="1")
    node.text = f"{_quoted(title)}!${letters}:${letters}"


def _names(package: Package) -> Any:
    root = package.tree(package.workbook)
    group = next((node for node in root if local(node) == "definedNames"), None)
    namespace = root.tag.rpartition("}")[0]
    if group is None:
        group = root.makeelement(f"{namespace}}}definedNames")
        before = {"fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews",
                  "sheets", "functionGroups", "externalReferences"}  # fmt: skip
        last = max(n for n, node in enumerate(root) if local(node) in before)
        root.insert(last + 1, group)
    return group


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _widen(sheet: Sheet, column: int, layout: ColumnLayout, look: int) -> None:
    """The width, the look and whether it is hidden, of one column whose place was free."""
    group = sheet.part("cols")
    _split(group, column)
    node = etree.Element(f"{{{sheet.namespace}}}col", min=str(column), max=str(column))
    node.set("width", f"{max((layout.width - _PADDING) / _PIXELS_A_LETTER, 2):.2f}")
    node.set("customWidth", "1")
    node.set("style", str(look))
    if layout.hidden:
        node.set("hidden", "1")
    at = next(
        (n for n, one in enumerate(group) if cells.number(one.get("min"), 0) > column), len(group)
    )
    group.insert(at, node)


def _split(group: Any, column: int) -> None:
    """Take a column out of what is said about a range of columns."""
    for node in list(group):
        first, last = cells.number(node.get("min"), 0), cells.number(node.get("max"), 0)
        if not first <= column <= last:
            continue
        for low, high in ((first, column - 1), (column + 1, last)):
            if low <= high:
                piece = etree.Element(node.tag, dict(node.attrib))
                piece.set("min", str(low))
                piece.set("max", str(high))
                node.addprevious(piece)
        group.remove(node)


def _freeze(sheet: Sheet) -> None:
    views = sheet.part("sheetViews")
    if not len(views):
        etree.SubElement(views, f"{{{sheet.namespace}}}sheetView", workbookViewId="0")
    for view in views:
        if not any(local(node) == "pane" for node in view):
            pane = etree.Element(f"{{{sheet.namespace}}}pane", ySplit="1", topLeftCell="A2")
            pane.set("activePane", "bottomLeft")
            pane.set("state", "frozen")
            view.insert(0, pane)


def _paper(sheet: Sheet) -> None:
    """Printed across, as wide as the paper."""
    told = sheet.part("sheetPr")
    fit = next((node for node in told if local(node) == "pageSetUpPr"), None)
    if fit is None:
        fit = etree.SubElement(told, f"{{{sheet.namespace}}}pageSetUpPr")
    fit.set("fitToPage", "1")
    page = sheet.part("pageSetup")
    page.attrib.update({"orientation": "landscape", "fitToWidth": "1", "fitToHeight": "0"})


def _filter(package: Package, sheet: Sheet, part: str, title: str, width: int) -> None:
    """Arrows to filter and sort by; their range stands a second time, as a hidden name."""
    if sheet.find("autoFilter") is not None:
        return
    sheet.part("autoFilter").set("ref", f"A1:{letters_of(width)}1")
    group = _names(package)
    at = list(package.sheets().values()).index(part)
    name = "_xlnm._FilterDatabase"
    node = etree.SubElement(group, group[0].tag, name=name, localSheetId=str(at), hidden="1")
    node.text = f"{_quoted(title)}!$A$1:${letters_of(width)}$1"
