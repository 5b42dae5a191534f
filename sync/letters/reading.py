"""The bytes of one mail to a ``Letter``. Pure; runs in the limited child only."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from hashlib import sha256
from typing import Any

from sync.letters import automatic, headers
from sync.letters.letter import Letter
from sync.letters.limits import LONGEST_TEXT
from sync.letters.unpack import unpack


def parsed(raw: bytes) -> EmailMessage:
    """The bytes as the standard library's message, which never refuses anything."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def understand(raw: bytes) -> Letter:
    """Everything a mail says."""
    message = parsed(raw)
    letter = _envelope(message)
    report = automatic.bounce(message)
    found = unpack(message)
    text = "\n\n".join(part for part in found.texts if part)[:LONGEST_TEXT]
    words = {**letter, "text": text, "bounce": report, "notes": tuple(found.notes)}
    parts = () if report is not None else tuple(found.parts)
    seen = [part.content for part in parts]
    return Letter(**words, parts=parts, fingerprint=_fingerprint(words, text, seen))


def _envelope(message: EmailMessage) -> dict[str, Any]:
    people = headers.addresses(headers.raw_values(message, "From"))
    replies = headers.addresses(headers.raw_values(message, "Reply-To"))
    sender = people[0][1] if people else ""
    why, is_reply = automatic.why(message, sender)
    answered = headers.ids(headers.first(message, "In-Reply-To"))
    return {
        "message_id": headers.message_id(message)[:250],
        "in_reply_to": answered[0] if answered else "",
        "thread": headers.ids(" ".join(headers.raw_values(message, "References")))[-30:],
        "senders": tuple(address for _name, address in people),
        "sender_name": people[0][0][:200] if people else "",
        "reply_to": replies[0][1] if replies else "",
        "subject": headers.first(message, "Subject")[:255],
        "sent_at": headers.moment(headers.first(message, "Date")),
        "auth_results": tuple(headers.raw_values(message, "Authentication-Results"))[:20],
        "automatic": why[:255],
        "is_reply": is_reply,
    }


def _fingerprint(words: dict[str, Any], text: str, contents: list[bytes]) -> str:
    """The same for every copy of a mail; a relay may change boundaries, never what is said."""
    seen = sha256()
    for word in ("senders", "subject", "sent_at"):
        seen.update(repr(words[word]).encode("utf-8", "replace"))
    seen.update(" ".join(text.split()).encode("utf-8", "replace"))
    for content in contents:
        seen.update(sha256(content).digest())
    return seen.hexdigest()
