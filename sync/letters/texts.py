"""The readable text of a mail's body: what is shown to a person, never run. Pure."""

import html.parser
import re
from email.message import EmailMessage

from sync.letters.headers import STUMBLES
from sync.letters.limits import LONGEST_TEXT
from sync.readers.sniff import decode

_BREAKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"})
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLANKS = re.compile(r"\n[ \t\u00a0]*(?:\n[ \t\u00a0]*)+\n")


def text_of(part: EmailMessage) -> str:
    """The text of a text part; HTML becomes lines, table cells keep a gap between them."""
    content = content_of(part)
    charset = str(part.get_param("charset") or "")
    try:
        text = content.decode(charset) if charset else decode(content)
    except (LookupError, UnicodeError):  # a charset nobody knows, or one that is not true
        text = decode(content)
    text = text[: 4 * LONGEST_TEXT].replace("\x00", "")
    if part.get_content_subtype() == "html":
        text = plain(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BLANKS.sub("\n\n", text).strip()[:LONGEST_TEXT]


def content_of(part: EmailMessage) -> bytes:
    """The bytes of a part, decoded as far as they can be."""
    try:
        content = part.get_payload(decode=True)
    except STUMBLES:
        content = None
    if isinstance(content, bytes):
        return content
    said = part.get_payload()
    return said.encode("utf-8", "surrogateescape") if isinstance(said, str) else b""


def plain(markup: str) -> str:
    """HTML as text."""
    reader = _Reader()
    try:
        reader.feed(markup)
        reader.close()
    except (AssertionError, ValueError):  # broken declarations: what was read so far
        reader.words.append("\n")
    lines = (re.sub(r"[ \u00a0]+", " ", line).strip() for line in "".join(reader.words).split("\n"))
    return "\n".join(lines)


class _Reader(html.parser.HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.words.append("\n")
        elif tag in ("td", "th"):
            self.words.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS and tag != "br":
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(re.sub(r"\s+", " ", data))
