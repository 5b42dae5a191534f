"""The cells of one row of a sheet's XML: found, made, filled and emptied. Pure."""

import re
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from xlsx.addresses import address, column_of
from xlsx.package import local

LONGEST_TEXT = 32_767
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def find(row: Any, column: int) -> Any | None:
    """The cell of a row in a column counted from 1; cells without an address count on."""
    here = 0
    for node in row:
        if local(node) == "c":
            here = column_at(node.get("r"), here + 1)
            if here == column:
                return node
    return None


def make(row: Any, number_of_row: int, column: int) -> Any:
    """A new, empty cell at its place in a row that has none there."""
    here, at = 0, len(row)
    for index, node in enumerate(row):
        if local(node) == "c":
            here = column_at(node.get("r"), here + 1)
            if here > column:
                at = index
                break
        elif local(node) == "extLst":
            at = index
            break
    namespace = row.tag.rpartition("}")[0].lstrip("{")
    cell = etree.Element(f"{{{namespace}}}c", r=address(number_of_row, column))
    _address_all(row, number_of_row)
    row.insert(at, cell)
    return cell


def fill(cell: Any, value: str | int | float | bool) -> None:
    """Set the value of a cell; its look stays, a formula in it goes. Text is never a formula."""
    empty(cell)
    namespace = cell.tag.rpartition("}")[0]
    if isinstance(value, str):
        if not value:
            return
        cell.set("t", "inlineStr")
        said = etree.SubElement(etree.SubElement(cell, f"{namespace}}}is"), f"{namespace}}}t")
        said.text = storable(value)
        said.set(_SPACE, "preserve")
        return
    if isinstance(value, bool):
        cell.set("t", "b")
    etree.SubElement(cell, f"{namespace}}}v").text = repr(value + 0)


def written(place: str, value: str | int | float | bool, look: int, prefix: str = "") -> str:
    """A whole cell as XML, for rows that are new: a thousand of them are made at once."""
    told = f'<{prefix}c r="{place}"' + (f' s="{look}"' if look else "")
    if isinstance(value, str):
        said = escape(storable(value))
        text = f'<{prefix}is><{prefix}t xml:space="preserve">{said}</{prefix}t></{prefix}is>'
        return f'{told} t="inlineStr">{text}</{prefix}c>'
    kind = ' t="b"' if isinstance(value, bool) else ""
    return f"{told}{kind}><{prefix}v>{value + 0!r}</{prefix}v></{prefix}c>"


def empty(cell: Any) -> None:
    """Take away what is in a cell; its look stays."""
    for name in ("t", "cm", "vm"):
        cell.attrib.pop(name, None)
    for part in list(cell):
        cell.remove(part)


def storable(text: str) -> str:
    """A text as a cell can hold it: printable, not too long, nothing taken for an escape."""
    plain = _UNPRINTABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LOOKS_ESCAPED.sub("_x005F_", plain[:LONGEST_TEXT])


def number(text: str | None, otherwise: int) -> int:
    """A small number out of an attribute."""
    return int(text) if text is not None and text.isdecimal() and len(text) < 9 else otherwise


def column_at(place: str | None, otherwise: int) -> int:
    """The column of an address."""
    letters = (place or "").rstrip("0123456789")
    return column_of(letters) if letters.isalpha() and letters.isupper() else otherwise


def _address_all(row: Any, number_of_row: int) -> None:
    """Before a cell is put between, the cells behind must not count on any more."""
    row.attrib.pop("spans", None)
    row.set("r", str(number_of_row))
    column = 0
    for node in row:
        if local(node) == "c":
            column = column_at(node.get("r"), column + 1)
            if node.get("r") is None:
                node.set("r", address(number_of_row, column))
