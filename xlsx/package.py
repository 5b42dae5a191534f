"""The parts of a workbook's archive: read, related, replaced; the rest is copied as it is. Pure."""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from errors import ShopError

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_LEVEL = 4  # of compression: a third of the time of the usual one, a tenth larger
_ENCRYPTED, _SIZES_BEHIND = 0x1, 0x8  # bits of an entry's flags
_MOST_PARTS, _MOST_UNPACKED = 2000, 400_000_000
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError,
    KeyError, zlib.error,
)  # fmt: skip


class RefusedError(ShopError):
    """The workbook cannot be patched; the sentence says why."""


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
        self._content, self._parts = content, parts
        self._names = set(names)
        self._trees: dict[str, Any] = {}
        self._new: dict[str, bytes] = {}
        self._as_read: dict[str, int] = {}
        self._gone: set[str] = set()
        self.workbook = self._find_workbook()
        self.strict = b"purl.oclc.org/ooxml" in self.read(self.workbook)[:4000]

    # ------------------------------------------------------------ parts

    def __contains__(self, name: str) -> bool:
        if name in self._gone:
            return False
        return name in self._names or name in self._new or name in self._trees

    def names(self) -> set[str]:
        """The names of all parts."""
        return {name for name in {*self._names, *self._new, *self._trees} if name in self}

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

    def drop(self, name: str) -> None:
        """Take a part away, with what leads to it from the workbook and what says what it is."""
        self._trees.pop(name, None)
        self._new.pop(name, None)
        self._gone.add(name)
        leading = self.tree(rels_of(self.workbook))
        for node in list(leading.iter(f"{{{_RELS}}}Relationship")):
            if _resolve(self.workbook, node.get("Target", "")) == name:
                leading.remove(node)
        types = self.tree("[Content_Types].xml")
        for node in list(types.iter(f"{{{_TYPES}}}Override")):
            if node.get("PartName") == f"/{name}":
                types.remove(node)

    def free_name(self, pattern: str) -> str:
        """A name that no part has: ``pattern`` with the first number that is free."""
        taken = {name.casefold() for name in (*self._names, *self._new, *self._trees)}
        return next(
            name
            for number in range(1, _MOST_PARTS * 2)
            if (name := pattern.format(number)).casefold() not in taken
        )

    def bytes(self) -> bytes:
        """The archive with what was changed; all other parts are copied as they are packed."""
        made = io.BytesIO()
        written = {name: write(tree) for name, tree in self._trees.items()}
        changed = {
            name: xml for name, xml in written.items() if hash(xml) != self._as_read.get(name)
        } | self._new
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for part in self._parts:
                fresh = changed.pop(part.filename, None)
                if part.filename in self._gone:
                    continue
                if fresh is None:
                    self._copy(part, archive)
                    continue
                kept = zipfile.ZipInfo(part.filename, part.date_time)
                kept.compress_type = zipfile.ZIP_DEFLATED
                kept.external_attr = part.external_attr
                archive.writestr(kept, fresh, compresslevel=_LEVEL)
            for name, content in changed.items():
                archive.writestr(name, content)
        return made.getvalue()

    def _copy(self, part: zipfile.ZipInfo, into: zipfile.ZipFile) -> None:
        """Copy a part as it is packed: its bytes are not unpacked, and it takes no time."""
        start = part.header_offset
        names, extras = struct.unpack("<HH", self._content[start + 26 : start + 30])
        start += 30 + names + extras
        packed = self._content[start : start + part.compress_size]
        if len(packed) != part.compress_size or part.flag_bits & _ENCRYPTED:
            raise RefusedError("The file is damaged inside.")
        kept = copy(part)
        kept.flag_bits &= ~_SIZES_BEHIND
        out = into.fp
        assert out is not None
        kept.header_offset = out.tell()
        out.write(kept.FileHeader(zip64=False))
        out.write(packed)
        into.start_dir = out.tell()
        into.filelist.append(kept)
        into.NameToInfo[kept.filename] = kept

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

    def sheets(self) -> dict[str, str]:
        """The part of each sheet by its name, in the order of the tabs.

        Raises:
            RefusedError: there is none.
        """
        targets = {r.id: r.target for r in self.relations(self.workbook)}
        found = {}
        for node in self.tree(self.workbook).iter():
            if local(node) == "sheet":
                key = next((v for name, v in node.items() if name.endswith("}id")), "")
                target = targets.get(key, "")
                if target in self:
                    found[str(node.get("name", ""))] = target
        if not found:
            raise RefusedError("The file has no sheet to write to.")
        return found

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
