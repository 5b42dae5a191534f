"""Which mails no person wrote, and what a bounce reports. Pure.

Nobody answers such a mail by itself: two machines would write to each other for ever.
"""

import re
from email.message import EmailMessage
from typing import Any

from sync.letters import headers
from sync.letters.letter import Bounce

_NOBODY = re.compile(r"(no-?reply|do-?not-?reply|bounces?)([+\-].*)?@")


def why(message: EmailMessage, sender: str) -> tuple[str, bool]:
    """Why a mail is no person's, in words ("" when it may be), and whether it is a reply."""
    reply = _why_reply(message, sender)
    return (reply, True) if reply else (_why_program(message, sender), False)


def _why_reply(message: EmailMessage, sender: str) -> str:
    """Why it is a machine's answer to something."""
    if message.get_content_type() == "multipart/report":
        return "it is a delivery report"
    marked = headers.first(message, "X-Autoreply") or headers.first(message, "X-Autorespond")
    if marked or _said(message, "Auto-Submitted").startswith("auto-replied"):
        return "it is an automatic reply"
    if _said(message, "Precedence") == "auto_reply":
        return "it is an automatic reply (Precedence: auto_reply)"
    if raw_return_path_is_empty(message):
        return "it has no return address (Return-Path is empty)"
    if sender.startswith(("mailer-daemon", "postmaster")):
        return f"it comes from a mail server ({sender})"
    return ""


def _why_program(message: EmailMessage, sender: str) -> str:
    """Why it was not written by a person, though it may bring an order."""
    submitted = _said(message, "Auto-Submitted").partition(";")[0].strip()
    if submitted and submitted != "no":
        return f"a program sent it (Auto-Submitted: {submitted[:40]})"
    if _said(message, "Precedence") in ("bulk", "junk", "list"):
        return f"it was sent to many (Precedence: {_said(message, 'Precedence')})"
    if headers.raw_values(message, "List-Id"):
        return f"it comes from a mailing list ({_said(message, 'List-Id')[:80]})"
    suppressed = {word.strip() for word in _said(message, "X-Auto-Response-Suppress").split(",")}
    if suppressed & {"all", "autoreply", "oof"}:
        return "its sender wants no automatic answers (X-Auto-Response-Suppress)"
    return f"nobody reads answers at {sender}" if _NOBODY.match(sender) else ""


def _said(message: EmailMessage, name: str) -> str:
    return headers.first(message, name).casefold()


def raw_return_path_is_empty(message: EmailMessage) -> bool:
    """Whether the envelope had no sender, as of bounces."""
    values = headers.raw_values(message, "Return-Path")
    return bool(values) and values[0].replace(" ", "") == "<>"


def bounce(message: EmailMessage) -> Bounce | None:
    """What a delivery report says, if the mail is one (RFC 3464)."""
    status = next((p for p in _walk(message) if _is(p, "message/delivery-status")), None)
    if status is None:
        return None
    groups = status.get_payload()
    fields = _fields(groups if isinstance(groups, list) else [])
    recipient = fields.get("final-recipient", "") or fields.get("original-recipient", "")
    said = fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", "")
    return Bounce(
        recipient=recipient.rpartition(";")[2].strip().casefold()[:254],
        action=fields.get("action", "").casefold()[:20],
        status=fields.get("status", "")[:20],
        said=said.strip()[:200],
        message_ids=_ids_of_original(message),
    )


def _fields(groups: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in groups:
        if isinstance(group, EmailMessage):
            for key, value in group.raw_items():
                found.setdefault(key.casefold(), " ".join(str(value).split()))
    return found


def _ids_of_original(message: EmailMessage) -> tuple[str, ...]:
    """Which mail it is about: the returned one's Message-ID, else what the report answers."""
    found: list[str] = []
    for part in _walk(message):
        if part is not message:
            found += headers.ids(" ".join(headers.raw_values(part, "Message-ID")))
        if _is(part, "text/rfc822-headers"):
            payload = part.get_payload(decode=True)
            head = payload.decode("latin-1", "replace") if isinstance(payload, bytes) else ""
            found += headers.ids(" ".join(re.findall(r"(?im)^message-id:(.*(?:\n[ \t].*)*)", head)))
    for name in ("In-Reply-To", "References"):
        found += headers.ids(" ".join(headers.raw_values(message, name)))
    return tuple(dict.fromkeys(found))[:20]


def _walk(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if isinstance(part, EmailMessage)][:100]


def _is(part: EmailMessage, kind: str) -> bool:
    return part.get_content_type() == kind
