"""The few words of a mail that the reader cannot take apart, so that it still counts once. Pure."""

import re
from hashlib import sha256

from sync.letters.headers import ids
from sync.letters.letter import Letter

_HEAD = 65536
_ADDRESS = re.compile(r"[\w.+\-]{1,64}@[\w.\-]{1,190}")


def glimpse(raw: bytes) -> Letter:
    """Message-ID, sender and subject by plain search in the first bytes."""
    head = raw[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("latin-1")

    def said(name: str) -> str:
        match = re.search(rf"(?im)^{name}:[ \t]*([^\n]{{0,500}})", head)
        return match[1].strip() if match else ""

    found = ids(said("message-id"))
    return Letter(
        message_id=found[0] if found else "",
        senders=tuple(address.casefold() for address in _ADDRESS.findall(said("from"))[:1]),
        subject=said("subject")[:255],
        fingerprint=sha256(raw).hexdigest(),
    )
