"""The hidden property by which a corrected copy is known. Pure."""

from lxml import etree

from xlsx.package import Package, local

_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_TRANSITIONAL = (
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
    "custom-properties",
)
_STRICT = (
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
    "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
    "customProperties",
)


def set_property(package: Package, name: str, value: str) -> None:
    """Set a text property of the workbook; other properties stay."""
    namespace, types, relation = _STRICT if package.strict else _TRANSITIONAL
    part = package.related("", "custom-properties") or package.related("", "customProperties")
    if part is None:
        part = package.free_name("docProps/custom{}.xml").replace("custom1.xml", "custom.xml")
        empty = etree.Element(f"{{{namespace}}}Properties", nsmap={None: namespace, "vt": types})
        package.put(part, etree.tostring(empty))
        package.relate("", relation, part)
        package.declare(part, _CONTENT_TYPE)
    root = package.tree(part)
    namespace = root.tag.rpartition("}")[0].lstrip("{") or namespace
    for node in [node for node in root if node.get("name") == name]:
        root.remove(node)
    numbers = [int(node.get("pid")) for node in root
               if local(node) == "property" and (node.get("pid") or "").isdecimal()]  # fmt: skip
    node = etree.SubElement(
        root,
        f"{{{namespace}}}property",
        fmtid=_FORMAT,
        pid=str(max([*numbers, 1]) + 1),
        name=name,
    )
    etree.SubElement(node, f"{{{types}}}lpwstr").text = value
