"""What a file is, by its bytes and never by its name; refuses what is no table. Pure."""

import io
import re
import zipfile
import zlib
from enum import StrEnum

from errors import UnreadableError


class FileKind(StrEnum):
    """What the bytes are."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    DELIMITED = "delimited text"
    WEB_TABLE = "a web page with a table"
    WEB_ARCHIVE = "a web page in one file"
    XML_2003 = "an XML spreadsheet"
    LOCKED = "password-protected"
    LOCKED_ODS = "a password-protected document"
    EDI = "EDI"
    PDF = "a PDF"
    IMAGE = "a picture"
    WEB_PAGE = "a web page"
    XML = "an XML document"
    JSON = "a JSON document"
    WORD = "a text document"
    SLIDES = "a presentation"
    MAIL = "an e-mail message"
    ARCHIVE = "an archive"
    RTF = "a text document (RTF)"
    PROSE = "plain text without columns"
    EMPTY = "empty"
    BROKEN = "damaged"
    UNKNOWN = "of an unknown kind"


# What is read; of encrypted files, those with Excel's default password.
TABLES = frozenset(
    {
        FileKind.XLSX, FileKind.XLSB, FileKind.XLS, FileKind.ODS, FileKind.DELIMITED,
        FileKind.WEB_TABLE, FileKind.WEB_ARCHIVE, FileKind.XML_2003, FileKind.LOCKED,
    }
)  # fmt: skip
_MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind.PDF),
    (b"\x89PNG", FileKind.IMAGE),
    (b"\xff\xd8\xff", FileKind.IMAGE),
    (b"GIF8", FileKind.IMAGE),
    (b"II*\x00", FileKind.IMAGE),
    (b"MM\x00*", FileKind.IMAGE),
    (b"8BPS", FileKind.IMAGE),
    (b"{\\rtf", FileKind.RTF),
    (b"Rar!", FileKind.ARCHIVE),
    (b"7z\xbc\xaf", FileKind.ARCHIVE),
    (b"\x1f\x8b", FileKind.ARCHIVE),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST_DIRECTORY = 2_000_000
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError,
    KeyError, zlib.error,
)  # fmt: skip
_PARTS = (
    ("xl/workbook.xml", FileKind.XLSX),
    ("xl/workbook.bin", FileKind.XLSB),
    ("word/document.xml", FileKind.WORD),
    ("ppt/presentation.xml", FileKind.SLIDES),
)
_IS_XML_2003 = "urn:schemas-microsoft-com:office:spreadsheet"
_SEPARATORS = ",;\t|"


def sniff(content: bytes) -> FileKind:
    """Say what a file is; looks at its first bytes and, in an archive, at the names inside."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return FileKind.EMPTY
    for magic, kind in _MAGIC:
        if content.startswith(magic) or (kind is FileKind.PDF and magic in content[:1024]):
            return kind
    if content.startswith(b"PK"):
        return _in_archive(content)
    if content.startswith(_COMPOUND):
        return _in_compound(content)
    if content[:2] == b"\x09\x08" and content[3:4] == b"\x00":  # BIFF5 without its container
        return FileKind.XLS
    return _in_text(content)


def refuse(kind: FileKind) -> None:
    """Refuse what is no table, in a sentence that says what it is and what to do.

    Raises:
        UnreadableError: ``kind`` is not one of ``TABLES``.
    """
    if kind in TABLES:
        return
    special = {
        FileKind.EMPTY: "The file is empty: ask the sender for it again.",
        FileKind.BROKEN: "The file is damaged or incomplete: ask the sender for it again.",
        FileKind.LOCKED_ODS: "The file is password-protected: ask the sender for a copy without"
        " a password.",
        FileKind.ARCHIVE: "The file is an archive: unpack it and send the spreadsheet inside.",
        FileKind.UNKNOWN: "The file is of a kind we do not know: send an xlsx, xls, ods or csv"
        " file.",
    }
    sentence = f"The file is {kind.value}, not a table: send an xlsx, xls, ods or csv file."
    raise UnreadableError(special.get(kind, sentence))


def decode(content: bytes) -> str:
    """Turn the bytes of a text file into text: UTF-8, UTF-16 with or without mark, else cp1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", errors="replace")
    head = content[:4096]
    zeros = head.count(b"\x00")
    if zeros * 4 > len(head):  # UTF-16 without its mark: every second byte of Latin text is zero
        odd = head[1::2].count(b"\x00")
        return content.decode("utf-16-le" if odd * 2 >= zeros else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes of cp1252 mean nothing; Latin-1 gives each byte something to stand for.
        table = bytes(range(256)).decode("cp1252", errors="replace")
        return content.decode("latin-1").translate(dict(enumerate(table)))


def separator_of(text: str) -> str:
    """The column separator of a delimited text, or "" where it has no columns."""
    declared = re.match(r'"?sep=([^\r\n"])', text, re.IGNORECASE)
    if declared:
        return declared[1]
    lines = [_unquoted(line) for line in re.split(r"\r\n|\r|\n", text[:200_000])]
    lines = [line for line in lines if line.strip(_SEPARATORS + " ")][:200]
    best, best_score = "", 0.0
    for separator in _SEPARATORS:
        counts = [line.count(separator) for line in lines]
        with_it = [count for count in counts if count]
        if not with_it or len(with_it) * 2 < len(lines):
            continue
        common = max(set(with_it), key=with_it.count)
        score = with_it.count(common) / len(lines) * min(common, 8)
        if score > best_score:
            best, best_score = separator, score
    return best


def _unquoted(line: str) -> str:
    return re.sub(r'"[^"]*"', "q", line)


def _in_archive(content: bytes) -> FileKind:
    end = content.rfind(b"PK\x05\x06")
    # The directory's size, before anything walks through it: a workbook has some dozen parts.
    if end < 0 or int.from_bytes(content[end + 12 : end + 16], "little") > _LARGEST_DIRECTORY:
        return FileKind.BROKEN
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.replace("\\", "/").lstrip("/").casefold() for name in archive.namelist()}
            media = _head(archive, "mimetype") if "mimetype" in names else ""
            manifest = _head(archive, "META-INF/manifest.xml") if media else ""
    except _ZIP_ERRORS:
        return FileKind.BROKEN
    if "opendocument" in media:
        return _open_document(media, manifest)
    for part, kind in _PARTS:
        if part in names:
            return kind
    return FileKind.XLSX if any(name.startswith("xl/") for name in names) else FileKind.ARCHIVE


def _open_document(media: str, manifest: str) -> FileKind:
    if "encryption-data" in manifest:
        return FileKind.LOCKED_ODS
    if "spreadsheet" in media:
        return FileKind.ODS
    return FileKind.SLIDES if "presentation" in media else FileKind.WORD


def _head(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(100_000).decode("utf-8", "replace")


def _in_compound(content: bytes) -> FileKind:
    """Tell Excel's old format from what else lives in Microsoft's compound files."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        return FileKind.LOCKED
    if holds("WordDocument"):
        return FileKind.WORD
    if holds("PowerPoint Document"):
        return FileKind.SLIDES
    if holds("__substg1.0_"):
        return FileKind.MAIL
    return FileKind.XLS if holds("Workbook") or holds("Book") else FileKind.UNKNOWN


def _in_text(content: bytes) -> FileKind:
    text = decode(content[:400_000])
    start = text[:4096].lstrip("\ufeff \t\r\n")
    lowered = start[:1024].casefold()
    if text.count("\x00") or _unprintable(text) > len(text) // 50:
        return FileKind.UNKNOWN
    if re.match(r"ISA[^\w\s]|UNA:|UNB[+:]|STX=|EDI_DC40", start):
        return FileKind.EDI
    if lowered.startswith(
        ("<!doctype html", "<html", "<table", "<head", "<body", "<style", "<meta")
    ):
        return _page(text)
    if lowered.startswith("<"):
        if _IS_XML_2003 in text[:8192] and "<html" not in lowered:
            return FileKind.XML_2003
        return _page(text) if "<html" in lowered or "<table" in lowered else FileKind.XML
    if start.startswith(("{", "[{", "[\n", "[]")):
        return FileKind.JSON
    if re.match(r"(mime-version|received|return-path|delivered-to|from):", lowered):
        archived = "multipart/related" in text[:4096].casefold() and "text/html" in text
        return FileKind.WEB_ARCHIVE if archived and "received:" not in lowered else FileKind.MAIL
    return FileKind.DELIMITED if separator_of(text) else FileKind.PROSE


def _page(text: str) -> FileKind:
    """A page with a table that has rows is read; any other page is just a page."""
    found = re.search(r"<table\b.*?<t[dh]\b", text, re.IGNORECASE | re.DOTALL)
    return FileKind.WEB_TABLE if found and "</t" in text else FileKind.WEB_PAGE


def _unprintable(text: str) -> int:
    return sum(text.count(chr(code)) for code in range(32) if code not in (9, 10, 12, 13, 26)) + (
        text.count("\ufffd")
    )
