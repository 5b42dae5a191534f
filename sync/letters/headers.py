"""A mail's headers as plain text, however they were written. Pure.

The standard parser knows the rules, and stumbles over what breaks them; what it cannot read is
taken as it stands, because a mail is never lost over a header.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from sync.letters.limits import LONGEST_NAME

#: What the standard parser raises on headers that nobody should write.
STUMBLES = (
    MessageError, ValueError, IndexError, AttributeError, TypeError, LookupError, AssertionError,
    RecursionError,
)  # fmt: skip
_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,64}@[A-Za-z0-9._\-\[\]:\u0080-\uffff]{1,190}")


def raw_values(message: EmailMessage, name: str) -> list[str]:
    """Every header of a name as it stands, unfolded, topmost first."""
    wanted = name.casefold()
    return [
        " ".join(str(value).split())
        for key, value in message.raw_items()
        if key.casefold() == wanted
    ]


def first(message: EmailMessage, name: str) -> str:
    """The topmost header of a name in readable text; "" where there is none."""
    values = raw_values(message, name)
    return decoded(values[0]) if values else ""


def decoded(text: str) -> str:
    """``=?utf-8?q?…?=`` in readable text, without what cannot be seen."""
    with suppress(*STUMBLES):  # an unknown charset or a broken encoding: as it stands
        text = str(make_header(decode_header(text)))
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())


def ids(text: str) -> tuple[str, ...]:
    """The Message-IDs in a header, in their order."""
    return tuple(dict.fromkeys(_ID.findall(text)))


def message_id(message: EmailMessage) -> str:
    """The Message-ID with its brackets; a malformed one as it stands."""
    said = raw_values(message, "Message-ID")
    if not said:
        return ""
    found = ids(said[0])
    return found[0] if found else said[0][:250]


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address) of everybody in From, To or Reply-To; addresses in small letters."""
    found = []
    for value in values:
        try:
            pairs = getaddresses([value])
        except STUMBLES:
            pairs = []
        good = [(n, a) for n, a in pairs if _ADDRESS.fullmatch(a)]
        if not good:
            good = [("", address) for address in _ADDRESS.findall(value)[:1]]
        found += [(decoded(name), address.casefold()[:254]) for name, address in good]
    return found


def moment(text: str) -> str:
    """A Date header as ISO text in UTC; "" where it is none."""
    try:
        at: datetime = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (*STUMBLES, OverflowError):
        return ""
    return at.isoformat() if 1990 < at.year < 2200 else ""


def file_name(part: EmailMessage) -> str:
    """What an attachment calls itself (RFC 2231, RFC 2047 or plain), as a file's name only."""
    try:
        said = part.get_filename() or ""
    except STUMBLES:
        said = ""
    said = said or _named_by_hand(part)
    return plain_name(decoded(str(said)))


def _named_by_hand(part: EmailMessage) -> str:
    for header in ("Content-Disposition", "Content-Type"):
        for value in raw_values(part, header):
            match = re.search(r"(?:file)?name\s*=\s*\"?([^\";]{1,200})", value, re.IGNORECASE)
            if match:
                return match[1]
    return ""


def plain_name(text: str) -> str:
    """The last part of a path, without what no file system takes."""
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return kept[-LONGEST_NAME:]
