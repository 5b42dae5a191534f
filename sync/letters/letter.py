"""What a mail says: who wrote it, what it answers, its text, and what hangs on it. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """Something that hangs on a mail, unpacked: never a zip, a forwarded mail or a winmail.dat."""

    name: str
    kind: str  # a ``FileKind``: what the bytes are, whatever the mail says they are
    content: bytes
    content_type: str = ""
    inside: str = ""  # what it was packed in: "orders.zip", "forwarded mail"
    decoration: bool = False  # a logo, a signature, a calendar entry: nothing to read


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that did not arrive, as its server reports it."""

    recipient: str
    action: str  # failed | delayed | delivered …
    status: str  # 5.1.1
    said: str
    message_ids: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the server has given up."""
        return self.action == "failed" or (not self.action and self.status.startswith("5"))


@dataclass(frozen=True)
class Letter:
    """One mail, understood as far as it can be without knowing the shop."""

    message_id: str = ""
    in_reply_to: str = ""
    thread: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()  # the addresses of From; one, in an honest mail
    sender_name: str = ""
    reply_to: str = ""
    subject: str = ""
    sent_at: str = ""  # ISO, with zone
    text: str = ""
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()  # what was left out, in sentences
    auth_results: tuple[str, ...] = ()  # topmost first, as the headers stand
    automatic: str = ""  # why it was not written by a person
    is_reply: bool = False  # an automatic reply, such as "out of office"
    bounce: Bounce | None = None
    fingerprint: str = ""  # of what it says; the same for every copy, whatever its MIME boundary

    @property
    def sender(self) -> str:
        """The address it says it comes from."""
        return self.senders[0] if self.senders else ""


@dataclass
class Unpacked:
    """What a walk through a mail collects."""

    parts: list[Part] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes_left: int = 120_000_000
