"""What is to become of a mail: taken, ignored because no person wrote it, or waiting for a person.

Reads what is known of the sender; decides and writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models import IncomingMail, Mailbox, Message
from sync import senders, sources
from sync.letters.letter import Letter, Part
from sync.letters.trust import Vouched
from sync.readers.sniff import FileKind
from sync.sources import Incoming

_SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv")


class MailState(StrEnum):
    """Where a mail is."""

    TAKEN = "taken"
    WAITING = "waiting"
    IGNORED = "ignored"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Arrival:
    """A mail as the server handed it over."""

    mailbox: Mailbox
    folder: str
    uid_validity: int
    uid: int
    size: int
    arrived_at: datetime
    original: bytes
    too_large: str = ""  # the sentence, where only its headers were fetched


@dataclass(frozen=True)
class Decision:
    """What is to become of a mail, and why, in words."""

    state: MailState
    reason: str = ""


def decide(
    arrival: Arrival, letter: Letter, vouched: Vouched, whose: senders.Standing, unread: str
) -> Decision:
    """What becomes of a mail that is no bounce: the first reason that stands."""
    mailbox = arrival.mailbox
    machine = _why_ignored(mailbox, letter, whose)
    if machine:
        return Decision(MailState.IGNORED, machine)
    waits = unread or _why_waiting(arrival, letter, vouched, whose)
    return Decision(MailState.WAITING, waits) if waits else Decision(MailState.TAKEN)


def _why_ignored(mailbox: Mailbox, letter: Letter, whose: senders.Standing) -> str:
    ours = {address.casefold() for address in (*mailbox.own_addresses, mailbox.user)}
    if letter.sender in ours or _is_our_own(letter.message_id):
        return "It is a mail of our own."
    if whose.refused:
        return f"A person said that {whose.words}."
    brings = any(is_order_file(part) for part in letter.parts)
    papers = brings or any(not part.decoration for part in letter.parts)
    if letter.is_reply and not brings:
        return f"Nobody has to read it: {letter.automatic}."
    if letter.automatic and not whose.known and not papers:
        return f"Nobody has to read it: {letter.automatic}."
    return ""


def _why_waiting(
    arrival: Arrival, letter: Letter, vouched: Vouched, whose: senders.Standing
) -> str:
    mailbox = arrival.mailbox
    if letter.is_reply:
        return f"It brings files, but {letter.automatic}. Say whether it is an order."
    if not whose.known:
        return f"The sender is not known: {whose.words}. Say whose orders these are."
    if mailbox.trust != "address" and not vouched.good:
        return (
            f"Perhaps somebody else wrote it: {vouched.words}. Ask {letter.sender} by telephone "
            "if in doubt, then say whether it is an order."
        )
    if _sent_lately(letter.sender, arrival.arrived_at) >= mailbox.most_per_hour:
        return (
            f"{letter.sender} sent more than {mailbox.most_per_hour} mails within an hour: look "
            "whether two programs write to each other, then say whether it is an order."
        )
    return ""


def _is_our_own(message_id: str) -> bool:
    return bool(message_id) and Message.select().where(Message.message_id == message_id).exists()


def _sent_lately(sender: str, now: datetime) -> int:
    since = IncomingMail.arrived_at > now - timedelta(hours=1)
    mine = (IncomingMail.sender == sender) & since & (IncomingMail.arrived_at <= now)
    return int(IncomingMail.select().where(mine).count())


def decide_bounce(letter: Letter, came_back: Sequence[Message]) -> Decision | None:
    """What is said of a delivery report, and which mails of ours it is about; None for others."""
    if letter.bounce is None:
        return None
    if came_back:
        subjects = ", ".join(f"“{message.subject}”" for message in came_back[:3])
        words = f"A mail of ours came back: {subjects} to {letter.bounce.recipient}. See Messages."
    elif letter.bounce.failed:
        words = f"A mail to {letter.bounce.recipient} came back; it is none that we sent from here."
    else:
        words = f"A report about a mail to {letter.bounce.recipient}: {letter.bounce.action}."
    return Decision(MailState.IGNORED, words)


def is_order_file(part: Part) -> bool:
    """Whether a part is worth reading as an order: a table by its bytes, or a sheet by name."""
    if part.decoration:
        return False
    if part.kind in (FileKind.LOCKED, FileKind.BROKEN):
        return True
    named = part.name.casefold().endswith(_SHEETS)
    return named or sources.recognise(Incoming(part.name, part.content)) is not None
