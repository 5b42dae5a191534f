"""Cells of an xlsx sheet that hold no value: formula errors and formulas never calculated. Pure.

The workbook reader shows both as empty; a missing quantity must say why it is missing.
"""

import posixpath
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from sync.readers import archive
from sync.readers.tables import Fault

_MOST_FAULTS = 5000
_ERROR = re.compile(
    rb"<c\b([^>]*\bt=\"e\"[^>/]*)>(?:(?!</c>).){0,8000}?<v>([^<]{1,40})</v>", re.DOTALL
)
# A text formula (t="str") with an empty result is empty, not uncalculated.
_UNCALCULATED = re.compile(
    rb"<c\b((?:(?!\bt=\"str\")[^>/])*)>\s*<f\b[^>]*?(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
_PLACE = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")


def sheet_parts(content: bytes) -> dict[str, str]:
    """The part of the archive that holds each sheet, by the sheet's name."""
    relations = {
        node.get("Id", ""): node.get("Target", "")
        for node in _nodes(archive.part(content, "xl/_rels/workbook.xml.rels"), "Relationship")
    }
    parts = {}
    for node in _nodes(archive.part(content, "xl/workbook.xml"), "sheet"):
        key = next((value for name, value in node.items() if name.endswith("}id")), "")
        target = relations.get(key, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        parts[node.get("name", "")] = posixpath.normpath(path)
    return parts


def faults(xml: bytes) -> dict[tuple[int, int], Fault]:
    """The faulty cells of a sheet's XML by (row, column), counted from 0."""
    found = {}
    for attributes, text in _hits(xml):
        place = _PLACE.search(attributes)
        if place:
            found[int(place[2]) - 1, archive.column_of(place[1])] = Fault(text)
        if len(found) >= _MOST_FAULTS:
            break
    return found


def _hits(xml: bytes) -> Iterator[tuple[bytes, str]]:
    if b't="e"' in xml:
        for match in _ERROR.finditer(xml):
            yield match[1], match[2].decode("utf-8", "replace")
    if b"<f>" in xml or b"<f " in xml:  # rules of a sheet have a <formula>, which is none
        for match in _UNCALCULATED.finditer(xml):
            formula = (match[2] or b"").decode("utf-8", "replace")
            yield match[1], f"={formula[:200]}"


def _nodes(xml: bytes, tag: str) -> list[ElementTree.Element]:
    if not xml:
        return []
    try:
        # No entity can be in it: archive.check refused every DTD.
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise archive.damaged() from error
    return [node for node in root.iter() if node.tag.rpartition("}")[2] == tag]
