"""Where an answer to a mail goes, and whether a program may give it; reads only."""

from dataclasses import dataclass

from models import IncomingFile, IncomingMail, Message
from sync import senders
from sync.mail_rules import MailState
from workflow.threads import recipient_of


@dataclass(frozen=True)
class Thread:
    """Where an answer to a mail goes."""

    recipient: str
    subject: str
    in_reply_to: str
    references: tuple[str, ...]
    why_not: str = ""  # why no program may answer it by itself; "" when it may


def thread_of(incoming: IncomingFile) -> Thread | None:
    """Where an answer about a document goes; None where it did not come by mail."""
    mail = incoming.mail
    if mail is None:
        return None
    subject = mail.subject if mail.subject[:3].casefold() == "re:" else f"Re: {mail.subject}"
    return Thread(
        recipient=recipient_of(mail, incoming.customer),
        subject=subject[:255],
        in_reply_to=mail.message_id,
        references=tuple(one for one in (*mail.thread, mail.message_id) if one),
        why_not=why_not_answered(mail),
    )


def why_not_answered(mail: IncomingMail) -> str:
    """Why no program may answer a mail by itself, in words; "" when it may."""
    if mail.automatic:
        return f"{mail.automatic[:1].upper()}{mail.automatic[1:]}."
    if mail.state != MailState.TAKEN:
        return "A person has not said that it is an order."
    if not mail.authenticated and mail.mailbox.trust != "address":
        return f"Perhaps somebody else wrote it: {mail.authentication}."
    known = senders.standing(mail.sender)
    if not known.known or known.refused:
        return f"The sender is not known: {known.words}."
    return ""


def replies_to(mail: IncomingMail) -> Message | None:
    """The message of ours that a mail answers, if any; the newest of its thread."""
    named = [one for one in (mail.in_reply_to, *reversed(mail.thread)) if one][:30]
    query = Message.select().where(Message.message_id.in_(named)).order_by(Message.id.desc())
    found: Message | None = query.first() if named else None
    return found
