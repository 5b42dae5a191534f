"""What hangs on a mail: attachments, zips, forwarded mails, winmail.dat, all as plain parts. Pure.

Runs in the limited child only: winmail.dat and zip are read by libraries that trust their input.
"""

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage

from tnefparse import TNEF

from sync.letters import headers, texts
from sync.letters.letter import Part, Unpacked
from sync.letters.limits import (
    MOST_DEPTH,
    MOST_PARTS,
    MOST_ZIP_ENTRIES,
    MOST_ZIP_PART,
    MOST_ZIP_TABLES,
    SMALLEST_PICTURE,
)
from sync.readers.sniff import TABLES, FileKind, sniff

_TNEF = b"\x78\x9f\x3e\x22"
_DECORATIONS = (".ics", ".vcf", ".p7s", ".p7m", ".asc", ".sig", ".pgp")
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, KeyError,
)  # fmt: skip
_ENDINGS = {
    FileKind.XLSX: ".xlsx", FileKind.XLSB: ".xlsb", FileKind.XLS: ".xls", FileKind.ODS: ".ods",
    FileKind.DELIMITED: ".csv", FileKind.PDF: ".pdf", FileKind.WORD: ".docx",
    FileKind.WEB_PAGE: ".html", FileKind.MAIL: ".eml",
}  # fmt: skip


def unpack(message: EmailMessage) -> Unpacked:
    """Everything in a mail, its texts and its parts, in their order."""
    found = Unpacked()
    for part, inside in _leaves(message, "", 0):
        if len(found.parts) >= MOST_PARTS:
            found.notes.append(f"It has more than {MOST_PARTS} attachments; the rest is left out.")
            break
        if _is_text(part):
            found.texts.append(texts.text_of(part))
        else:
            _take(found, part, inside)
    return found


def _leaves(part: EmailMessage, inside: str, depth: int) -> Iterator[tuple[EmailMessage, str]]:
    """The parts that hold something; of texts in several forms only the plain one."""
    if depth > MOST_DEPTH * 3:
        return
    if part.get_content_maintype() == "message":
        inside = "forwarded mail"
    children = part.get_payload()
    if not part.is_multipart() or not isinstance(children, list):
        yield part, inside
        return
    alike = [child for child in children if isinstance(child, EmailMessage)]
    if part.get_content_type() == "multipart/alternative":
        alike = _plainest(alike)
    for child in alike:
        yield from _leaves(child, inside, depth + 1)


def _plainest(forms: list[EmailMessage]) -> list[EmailMessage]:
    """Of a text in several forms the plain one; whatever else is in there stays."""
    plain = [f for f in forms if f.get_content_type() == "text/plain" and _says_something(f)]
    if not plain:
        return forms
    return [form for form in forms if form in plain or form.get_content_type() != "text/html"]


def _says_something(part: EmailMessage) -> bool:
    return bool(texts.content_of(part).strip())


def _is_text(part: EmailMessage) -> bool:
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    disposition = headers.first(part, "Content-Disposition").partition(";")[0].strip().casefold()
    return disposition != "attachment" and not headers.file_name(part)


def _take(found: Unpacked, part: EmailMessage, inside: str) -> None:
    content = texts.content_of(part)
    name, kind = headers.file_name(part), part.get_content_type()
    if content[:4] == _TNEF:
        _take_winmail(found, content)
    elif _is_mail(name, kind, content) and inside != "mail in a mail":
        _take_mail(found, content)
    else:
        _take_file(found, Part(name, "", content, kind, inside), inline=_is_inline(part))


def _is_inline(part: EmailMessage) -> bool:
    said = headers.first(part, "Content-Disposition").partition(";")[0].strip().casefold()
    return said == "inline" or bool(headers.raw_values(part, "Content-ID"))


def _is_mail(name: str, kind: str, content: bytes) -> bool:
    looks = name.casefold().endswith(".eml") or kind == "message/rfc822"
    return looks and sniff(content[:100_000]) in (FileKind.MAIL, FileKind.PROSE, FileKind.DELIMITED)


def _take_mail(found: Unpacked, content: bytes) -> None:
    """A mail that hangs on this one as a file."""
    from sync.letters.reading import parsed  # here: reading a mail and its parts call each other

    for part, _inside in _leaves(parsed(content), "", 0):
        if len(found.parts) >= MOST_PARTS:
            return
        if _is_text(part):
            found.texts.append(texts.text_of(part))
        else:
            _take(found, part, "mail in a mail")


def _take_winmail(found: Unpacked, content: bytes) -> None:
    """What Outlook packed into winmail.dat."""
    try:
        attachments = [(_winmail_name(a), bytes(a.data)) for a in TNEF(content).attachments]
    except Exception as problem:  # noqa: BLE001 - the library raises whatever the bytes make of it
        found.notes.append(f"A winmail.dat cannot be opened ({type(problem).__name__}).")
        attachments = []
    if not any(data for _name, data in attachments):  # a person looks at the whole
        _take_file(found, Part("winmail.dat", "", content, "application/ms-tnef", ""), inline=False)
        return
    for name, data in attachments[:MOST_PARTS]:
        _take_file(found, Part(name, "", data, "", "winmail.dat"), inline=False)


def _winmail_name(attachment: object) -> str:
    for word in ("long_filename", "name"):
        said = getattr(attachment, word, "")
        said = said() if callable(said) else said
        text = said.decode("cp1252", "replace") if isinstance(said, bytes) else str(said or "")
        if text.strip("\x00 "):
            return headers.plain_name(text.strip("\x00 "))
    return ""


def _take_file(found: Unpacked, part: Part, *, inline: bool) -> None:
    kind = sniff(part.content)
    if (
        kind is FileKind.ARCHIVE
        and part.content.startswith(b"PK")
        and not part.inside.endswith(".zip")
    ):
        _take_zip(found, part)
        return
    if len(part.content) > found.bytes_left:
        found.notes.append(f"'{part.name or 'An attachment'}' is left out: the mail is too large.")
        return
    found.bytes_left -= len(part.content)
    name = part.name or f"attachment {len(found.parts) + 1}{_ENDINGS.get(kind, '')}"
    found.parts.append(
        Part(
            name,
            kind.value,
            part.content,
            part.content_type[:120],
            part.inside,
            decoration=_is_decoration(name, kind, part, inline=inline),
        )
    )


def _is_decoration(name: str, kind: FileKind, part: Part, *, inline: bool) -> bool:
    if name.casefold().endswith(_DECORATIONS) or part.content_type == "text/calendar":
        return True
    if part.content_type.startswith(("application/pkcs7", "application/pgp", "message/")):
        return True
    small = len(part.content) < SMALLEST_PICTURE
    called_one = part.content_type.startswith("image/") and kind not in TABLES
    picture = kind is FileKind.IMAGE or called_one
    return kind is FileKind.EMPTY or (picture and (small or inline))


def _take_zip(found: Unpacked, packed: Part) -> None:
    """The tables in a zip, one level deep; everything else in it is only counted."""
    name = packed.name or "attachment.zip"
    before = len(found.parts)
    try:
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            left_out = _take_entries(found, archive, name)
    except _ZIP_ERRORS:
        found.notes.append(f"'{name}' cannot be unpacked: it is damaged or has a password.")
        left_out = 0
    if left_out:
        found.notes.append(f"'{name}' holds {left_out} more files that are not taken: no tables.")
    if len(found.parts) == before:  # nothing to read in it: a person looks at the whole
        kept = Part(name, FileKind.ARCHIVE.value, packed.content, packed.content_type)
        found.parts.append(kept)


def _take_entries(found: Unpacked, archive: zipfile.ZipFile, name: str) -> int:
    left_out = 0
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ZIP_ENTRIES:
        found.notes.append(f"'{name}' holds {len(entries)} files: only the first are looked at.")
    for entry in entries[:MOST_ZIP_ENTRIES]:
        content = _entry(archive, entry, found)
        if content is None or sniff(content) not in TABLES or len(found.parts) >= MOST_ZIP_TABLES:
            left_out += 1
            continue
        found.bytes_left -= len(content)
        plain = headers.plain_name(entry.filename) or "table"
        found.parts.append(Part(plain, sniff(content).value, content, "", name))
    return left_out


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: Unpacked) -> bytes | None:
    """One file of a zip, if it is as large as its directory says and not larger than a table is."""
    room = min(MOST_ZIP_PART, found.bytes_left)
    if entry.file_size > room or entry.flag_bits & 1 or "__MACOSX" in entry.filename:
        return None
    with archive.open(entry) as opened:
        content = opened.read(room + 1)
    return content if len(content) <= room else None
