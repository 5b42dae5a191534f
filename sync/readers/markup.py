"""Tables that pretend to be workbooks: web pages and XML of 2003 saved as .xls, and MHTML. Pure."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

from errors import UnreadableError
from sync.readers import sniff
from sync.readers.office import LONGEST_TEXT, Budget
from sync.readers.tables import Fault, Merge, Plain, Row, Sheet, Workbook

_WIDEST_SPAN = 200
_MOST_TABLES = 300
_NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,10})?")
_SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_FARTHEST = 1_048_576


def read_web_page(content: bytes) -> Workbook:
    """Read the tables of a web page, all on one sheet below each other.

    Raises:
        UnreadableError: no table, or more of them than an order has.
    """
    page = _Page()
    page.feed(_text(content))
    page.close()
    if not any(page.rows):
        raise UnreadableError(
            "The file is a web page without a table: send an xlsx, xls, ods or csv file."
        )
    return Workbook(
        sniff.FileKind.WEB_TABLE.value, (Sheet("", page.rows, False, tuple(page.merges)),)
    )


def read_archived_page(content: bytes) -> Workbook:
    """Read the tables of an MHTML file, as Excel saves "single file web page".

    Raises:
        UnreadableError: there is no page with a table in it.
    """
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes) and b"<table" in page.lower():
                return read_web_page(page)
    raise UnreadableError("The file is a web page without a table: send an xlsx, xls or csv file.")


def read_xml_of_2003(content: bytes) -> Workbook:
    """Read the XML format of Excel 2003.

    Raises:
        UnreadableError: damaged, or it declares entities.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00<\x00!\x00D" in content:
        raise UnreadableError(
            "The file declares entities, which no spreadsheet program writes: save it again in"
            " your spreadsheet program and send that copy."
        )
    try:
        # No entity can be in it: it was refused above.
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableError(
            "The file is damaged or incomplete: open it in your spreadsheet program, save it again"
            " and send that copy."
        ) from error
    budget = Budget()
    sheets = [_sheet(node, budget) for node in root.iter(f"{_SPACE}Worksheet")]
    return Workbook(sniff.FileKind.XML_2003.value, tuple(sheets[:_MOST_TABLES]))


def _text(content: bytes) -> str:
    declared = re.search(rb"charset\s*=\s*[\"']?([\w-]{3,20})", content[:4096], re.IGNORECASE)
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return content.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # it lies about itself: its bytes decide
    return sniff.decode(content)


class _Page(HTMLParser):
    """The cells of a page's innermost tables; a merged cell leaves its followers empty."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[Row] = []
        self.merges: list[Merge] = []
        self.budget = Budget()
        self.taken: dict[tuple[int, int], bool] = {}
        self.text: list[str] | None = None
        self.spans = (1, 1)
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self._end_cell()
        elif tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            known = dict(attrs)
            self.spans = _span(known.get("colspan")), _span(known.get("rowspan"))
            self.text = []
        elif tag in ("br", "p", "div") and self.text:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a row or a cell."""
        if tag in ("script", "style"):
            self.silent = max(self.silent - 1, 0)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self.rows and self.rows[-1]:
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        """Keep the text of the cell at hand."""
        if self.text is not None and not self.silent:
            self.text.append(data)

    def close(self) -> None:
        """End the last cell and drop empty rows at the end."""
        super().close()
        self._end_cell()
        while self.rows and not self.rows[-1]:
            self.rows.pop()

    def _end_cell(self) -> None:
        if self.text is None:
            return
        if not self.rows:
            self.rows.append([])
        row, at = self.rows[-1], len(self.rows) - 1
        while self.taken.pop((at, len(row)), False):
            row.append(None)
        lines = (" ".join(line.split()) for line in "".join(self.text).split("\n"))
        text = "\n".join(line for line in lines if line)[:LONGEST_TEXT]
        self.text = None
        wide, high = self.spans
        if wide > 1 or high > 1:
            self.merges.append(Merge(at, len(row), at + high - 1, len(row) + wide - 1))
        for below in range(1, high):
            for beside in range(wide):
                self.taken[at + below, len(row) + beside] = True
        cells: Row = [_value(text), *[None] * (wide - 1)]
        row += self.budget.take(cells)


def _span(text: str | None) -> int:
    return (
        min(int(text), _WIDEST_SPAN)
        if text and text.isdigit() and len(text) < 5 and int(text)
        else 1
    )


def _value(text: str) -> Plain:
    return text or None


def _sheet(node: ElementTree.Element, budget: Budget) -> Sheet:
    rows: list[Row] = []
    merges: list[Merge] = []
    for row in node.iter(f"{_SPACE}Row"):
        at = _place(row, len(rows))
        rows += [[] for _gap in range(min(at - len(rows), _FARTHEST))]
        values: Row = []
        for cell in row.iter(f"{_SPACE}Cell"):
            values += [None] * (_place(cell, len(values)) - len(values))
            wide, high = _count(cell, "MergeAcross"), _count(cell, "MergeDown")
            if wide or high:
                merges.append(Merge(len(rows), len(values), len(rows) + high, len(values) + wide))
            values += [_typed(cell), *[None] * wide]
            budget.take([None] * (wide + 1))
        rows.append(values)
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    return Sheet(node.get(f"{_SPACE}Name", ""), rows, False, tuple(merges))


def _place(node: ElementTree.Element, here: int) -> int:
    """Where a row or cell stands: as it says, or behind the one before."""
    said = node.get(f"{_SPACE}Index", "")
    if not said.isdigit():
        return here
    if int(said) > 100_000:
        raise UnreadableError(
            "The filled cells of the file lie too far apart: delete the stray cells far from the"
            " order and send the file again."
        )
    return max(int(said) - 1, here)


def _count(node: ElementTree.Element, name: str) -> int:
    said = node.get(f"{_SPACE}{name}", "")
    return min(int(said), _WIDEST_SPAN) if said.isdigit() and len(said) < 6 else 0


def _typed(cell: ElementTree.Element) -> Plain:
    data = cell.find(f"{_SPACE}Data")
    text = "".join(_texts(data)).strip()[:LONGEST_TEXT] if data is not None else ""
    kind = data.get(f"{_SPACE}Type", "String") if data is not None else ""
    if not text:
        return None
    if kind == "Number" and _NUMBER.fullmatch(text):
        return float(text)
    if kind == "DateTime":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return text
    return Fault(text) if kind == "Error" else text


def _texts(node: ElementTree.Element) -> Iterator[str]:
    yield from node.itertext()
