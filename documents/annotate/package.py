"""The parts of a workbook's archive: read, related, replaced; the rest is copied as it is. Pure."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from documents.annotate.notes import RefusedError

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_MOST_PARTS, _MOST_UNPACKED = 2000, 400_000_000
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError,
    KeyError, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """What a part names: its id, the last word of its kind, the part it leads to."""

    id: str
    kind: str
    target: str


class Package:
    """A workbook's archive; parts that nobody ``put`` come out as they went in."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _ZIP_ERRORS as error:
            raise RefusedError("The file is no workbook of Excel's newer kind.") from error
        parts = self._archive.infolist()
        names = [part.filename for part in parts]
        if len(names) > _MOST_PARTS or len({name.casefold() for name in names}) != len(names):
            raise RefusedError("The file is not built like a workbook.")
        if sum(part.file_size for part in parts) > _MOST_UNPACKED:
            raise RefusedError("The file is larger than what we write into.")
        if any(name.startswith("_xmlsignatures/") for name in names):
            raise RefusedError("The file is signed: a change would break the signature.")
        self._parts = parts
        self._names = set(names)
        self._trees: dict[str, Any] = {}
        self._new: dict[str, bytes] = {}
        self._as_read: dict[str, int] = {}
        self.workbook = self._find_workbook()
        self.strict = b"purl.oclc.org/ooxml" in self.read(self.workbook)[:4000]

    # ------------------------------------------------------------ parts

    def __contains__(self, name: str) -> bool:
        return name in self._names or name in self._new or name in self._trees

    def read(self, name: str) -> bytes:
        """The bytes of a part."""
        if name in self._new:
            return self._new[name]
        try:
            return self._archive.read(name)
        except _ZIP_ERRORS as error:
            raise RefusedError("The file is damaged inside.") from error

    def tree(self, name: str) -> Any:
        """The root of an XML part, to be changed in place; it is written at the end."""
        if name not in self._trees:
            known = name in self._names and name not in self._new
            self._trees[name] = parse(self.read(name))
            self._new.pop(name, None)
            if known:
                self._as_read[name] = hash(write(self._trees[name]))
        return self._trees[name]

    def put(self, name: str, content: bytes) -> None:
        """Set the bytes of a part, new or not."""
        self._trees.pop(name, None)
        self._new[name] = content

    def free_name(self, pattern: str) -> str:
        """A name that no part has: ``pattern`` with the first number that is free."""
        taken = {name.casefold() for name in (*self._names, *self._new, *self._trees)}
        return next(
            name
            for number in range(1, _MOST_PARTS * 2)
            if (name := pattern.format(number)).casefold() not in taken
        )

    def bytes(self) -> bytes:
        """The archive with what was changed; all other parts have their bytes, order and date."""
        made = io.BytesIO()
        written = {name: write(tree) for name, tree in self._trees.items()}
        changed = {
            name: xml for name, xml in written.items() if hash(xml) != self._as_read.get(name)
        } | self._new
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in self._parts:
                fresh = changed.pop(part.filename, None)
                kept = zipfile.ZipInfo(part.filename, part.date_time)
                kept.compress_type = zipfile.ZIP_DEFLATED
                kept.external_attr = part.external_attr
                archive.writestr(kept, self.read(part.filename) if fresh is None else fresh)
            for name, content in changed.items():
                archive.writestr(name, content)
        return made.getvalue()

    # ------------------------------------------------------------ what leads where

    def relations(self, part: str) -> Iterator[Relation]:
        """What a part leads to, inside the archive."""
        rels = rels_of(part)
        if rels not in self:
            return
        for node in self.tree(rels).iter(f"{{{_RELS}}}Relationship"):
            if node.get("TargetMode", "Internal") == "Internal":
                kind = node.get("Type", "").rpartition("/")[2]
                yield Relation(node.get("Id", ""), kind, _resolve(part, node.get("Target", "")))

    def related(self, part: str, kind: str) -> str | None:
        """The first part of a kind that a part leads to, if the archive holds it."""
        return next((r.target for r in self.relations(part) if r.kind == kind and r.target in self),
                    None)  # fmt: skip

    def relate(self, part: str, kind: str, target: str, *, type_: str = "") -> str:
        """Let a part lead to another; the id of the relation."""
        rels = rels_of(part)
        if rels not in self:
            self._trees[rels] = etree.Element(f"{{{_RELS}}}Relationships", nsmap={None: _RELS})
        root = self.tree(rels)
        taken = {node.get("Id") for node in root}
        key = next(f"rId{n}" for n in range(1, 100_000) if f"rId{n}" not in taken)
        etree.SubElement(
            root,
            f"{{{_RELS}}}Relationship",
            Id=key,
            Type=type_ or (_STRICT if self.strict else _TRANSITIONAL) + kind,
            Target=f"/{target}",
        )
        return key

    def declare(self, part: str, content_type: str) -> None:
        """Say what a new part is."""
        root = self.tree("[Content_Types].xml")
        etree.SubElement(
            root, f"{{{_TYPES}}}Override", PartName=f"/{part}", ContentType=content_type
        )

    def declare_ending(self, ending: str, content_type: str) -> None:
        """Say what parts with an ending are, unless that is said already."""
        root = self.tree("[Content_Types].xml")
        known = {node.get("Extension", "").casefold() for node in root.iter(f"{{{_TYPES}}}Default")}
        if ending not in known:
            node = etree.Element(f"{{{_TYPES}}}Default", Extension=ending, ContentType=content_type)
            root.insert(0, node)

    def _find_workbook(self) -> str:
        if "[Content_Types].xml" not in self._names:
            raise RefusedError("The file is no workbook of Excel's newer kind.")
        found = self.related("", "officeDocument")
        if found is None or not found.endswith(".xml"):
            raise RefusedError("The file is no workbook of Excel's newer kind.")
        return found


def rels_of(part: str) -> str:
    """Where the relations of a part stand."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def parse(xml: bytes) -> Any:
    """The root of an XML part.

    Raises:
        RefusedError: not well-formed, or with a DTD, which no spreadsheet program writes.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RefusedError("The file is damaged inside.") from error
    if root.getroottree().docinfo.doctype:
        raise RefusedError("The file declares entities, which no spreadsheet program writes.")
    return root


def write(root: Any) -> bytes:
    """An XML part as bytes."""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def local(node: Any) -> str:
    """The name of an element without its namespace; "" for comments and the like."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _resolve(part: str, target: str) -> str:
    if target.startswith("/"):
        return posixpath.normpath(target.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
