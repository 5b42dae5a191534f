"""A tab added to a workbook that has others: its part, and the three places that name it. Pure."""

from lxml import etree

from xlsx.package import Package, local

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def add_tab(package: Package, title: str, *, hidden: bool) -> str:
    """Add an empty tab behind all others; the name of its part."""
    namespace = _STRICT_MAIN if package.strict else _MAIN
    part = package.free_name("xl/worksheets/sheet{}.xml")
    package.put(
        part,
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}">'
        "<sheetData/></worksheet>".encode(),
    )
    key = package.relate(package.workbook, "worksheet", part)
    package.declare(part, _CONTENT_TYPE)
    root = package.tree(package.workbook)
    group = next(node for node in root if local(node) == "sheets")
    numbers = [int(node.get("sheetId") or 0) for node in group]
    office = _OFFICE_STRICT if package.strict else _OFFICE
    node = etree.SubElement(group, f"{root.tag.rpartition('}')[0]}}}sheet", nsmap={"r": office})
    node.set("name", title[:31])
    node.set("sheetId", str(max([0, *numbers]) + 1))
    if hidden:
        node.set("state", "hidden")
    node.set(f"{{{office}}}id", key)
    return part


def hide_tab(package: Package, title: str) -> None:
    """Hide a tab of a workbook that was just made."""
    for node in package.tree(package.workbook).iter():
        if local(node) == "sheet" and node.get("name") == title:
            node.set("state", "hidden")
