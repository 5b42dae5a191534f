"""Comments of one sheet: other people's stay, ours are added, appended, taken away. Pure.

A comment needs its text (comments part), a box to show it in (VML drawing) and, where the cell
has a conversation of newer Excels, an answer in that conversation.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from lxml import etree

from xlsx.addresses import address as address_of
from xlsx.addresses import column_of
from xlsx.package import Package, local
from xlsx.vml import Boxes

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
_PERSON_TYPE = "application/vnd.ms-excel.person+xml"
_PERSON_RELATION = "http://schemas.microsoft.com/office/2017/10/relationships/person"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_LONGEST_PHONETICS = frozenset({"rPh", "phoneticPr"})


class Comments:
    """Writes comments into one sheet; parts are made with the first one.

    Args:
        package: the workbook.
        sheet: the name of the sheet's part.
        root: its XML, in which the drawing with the boxes is named.
        author: who says what we write.
    """

    def __init__(self, package: Package, sheet: str, root: Any, author: str) -> None:
        self._package, self._sheet, self._author = package, sheet, author
        self._ns = root.tag.rpartition("}")[0].lstrip("{")
        ordinal = list(package.sheets().values()).index(sheet) + 1
        self._boxes = Boxes(package, sheet, root, ordinal)
        self._root = self._comments_root()
        self._list = self._child("commentList")
        self._known = {node.get("ref"): node for node in self._list if local(node) == "comment"}
        self._threads = package.related(sheet, "threadedComment")

    def add(self, row: int, column: int, text: str) -> None:
        """Write a sentence at a cell."""
        address = address_of(row, column)
        standing = self._known.get(address)
        if standing is not None:
            self._append(standing, f"\n\n{self._author}: {text}")
            self._answer_thread(address, text)
            return
        comment = etree.SubElement(
            self._list, f"{{{self._ns}}}comment", ref=address, authorId=str(self._our_id())
        )
        self._run(etree.SubElement(comment, f"{{{self._ns}}}text"), f"{self._author}: {text}")
        self._known[address] = comment
        self._boxes.add(row, column, len(text))

    def set(self, row: int, column: int, text: str) -> None:
        """Let this and nothing else be what we say at a cell; an empty text takes it away."""
        address = address_of(row, column)
        standing = self._known.get(address)
        if standing is not None:
            if self._text_of(standing) == f"{self._author}: {text}":
                return
            if not self._take_back(standing):
                self._list.remove(standing)
                del self._known[address]
                self._boxes.remove({(row, column)})
        if text:
            self.add(row, column, text)

    def move_rows(self, row_after: Callable[[int], int | None]) -> None:
        """Let comments follow their rows; those of rows that are gone go with them."""
        for address, comment in list(self._known.items()):
            row, column = _place(address)
            now = row_after(row)
            if now is None:
                self._list.remove(comment)
                del self._known[address]
            elif now != row:
                comment.set("ref", address_of(now, column))
        self._known = {node.get("ref"): node for node in self._list if local(node) == "comment"}
        self._boxes.move_rows(row_after)
        for node in self._package.tree(self._threads) if self._threads else ():
            row, column = _place(node.get("ref"))
            node.set("ref", address_of(row_after(row) or row, column))

    def _take_back(self, comment: Any) -> bool:
        """Take away what we said in a comment; whether other people's words are left."""
        said = self._text_of(comment)
        ours = re.search(rf"(?:^|\n\n){re.escape(self._author)}: ", said)
        if ours is None:
            return True
        if not ours.start():
            return False
        left = ours.start()
        for node in comment.iter():
            if local(node) == "t":
                node.text, left = (node.text or "")[:left], max(left - len(node.text or ""), 0)
        return True

    def _text_of(self, comment: Any) -> str:
        return "".join(node.text or "" for node in comment.iter() if local(node) == "t")

    def _append(self, comment: Any, text: str) -> None:
        body = next((node for node in comment if local(node) == "text"), None)
        if body is None:
            body = etree.Element(f"{{{self._ns}}}text")
            comment.insert(0, body)
        for node in list(body):
            if local(node) == "t":  # plain text and runs do not stand side by side
                run = etree.Element(f"{{{self._ns}}}r")
                body.replace(node, run)
                run.append(node)
        self._run(body, text)

    def _run(self, body: Any, text: str) -> None:
        run = etree.Element(f"{{{self._ns}}}r")
        said = etree.SubElement(run, f"{{{self._ns}}}t")
        said.text = text
        said.set(_SPACE, "preserve")
        tail = [n for n, node in enumerate(body) if local(node) in _LONGEST_PHONETICS]
        body.insert(tail[0] if tail else len(body), run)

    def _comments_root(self) -> Any:
        part = self._package.related(self._sheet, "comments")
        if part is None:
            part = self._package.free_name("xl/comments{}.xml")
            empty = etree.Element(f"{{{self._ns}}}comments", nsmap={None: self._ns})
            self._package.put(part, etree.tostring(empty))
            self._package.relate(self._sheet, "comments", part)
            self._package.declare(part, _CONTENT_TYPE)
        return self._package.tree(part)

    def _child(self, name: str) -> Any:
        for node in self._root:
            if local(node) == name:
                return node
        node = etree.Element(f"{{{self._ns}}}{name}")
        if name == "authors":
            self._root.insert(0, node)
        else:
            self._child("authors")
            self._root.insert(1, node)
        return node

    def _our_id(self) -> int:
        authors = self._child("authors")
        names = [node.text or "" for node in authors if local(node) == "author"]
        if self._author not in names:
            etree.SubElement(authors, f"{{{self._ns}}}author").text = self._author
            names.append(self._author)
        return names.index(self._author)

    # ------------------------------------------------------------ conversations

    def _answer_thread(self, address: str, text: str) -> None:
        """Newer Excels show the conversation and not the comment: answer there too."""
        if self._threads is None:
            return
        root = self._package.tree(self._threads)
        same = [node for node in root if local(node) == "threadedComment"
                and node.get("ref") == address]  # fmt: skip
        first = next((node for node in same if node.get("parentId") is None), None)
        if first is None:
            return
        answer = etree.Element(
            first.tag,
            ref=address,
            dT=same[-1].get("dT") or "2026-01-01T00:00:00.00",
            personId=self._person(),
            id=f"{{{uuid.uuid4()}}}".upper(),
            parentId=first.get("id") or "",
        )
        etree.SubElement(answer, f"{first.tag.rpartition('}')[0]}}}text").text = text
        same[-1].addnext(answer)

    def _person(self) -> str:
        part = self._package.related(self._package.workbook, "person")
        if part is None:
            part = self._package.free_name("xl/persons/person{}.xml")
            empty = etree.Element(f"{{{_THREADS}}}personList", nsmap={None: _THREADS})
            self._package.put(part, etree.tostring(empty))
            self._package.relate(self._package.workbook, "person", part, type_=_PERSON_RELATION)
            self._package.declare(part, _PERSON_TYPE)
        root = self._package.tree(part)
        for node in root:
            if local(node) == "person" and node.get("displayName") == self._author:
                return str(node.get("id"))
        key = f"{{{uuid.uuid4()}}}".upper()
        etree.SubElement(
            root,
            f"{{{_THREADS}}}person",
            displayName=self._author,
            id=key,
            userId=re.sub(r"\W+", ".", self._author),
            providerId="None",
        )
        return key


def _place(address: str | None) -> tuple[int, int]:
    letters = (address or "A1").rstrip("0123456789")
    return int((address or "A1")[len(letters) :] or 1), column_of(letters)
