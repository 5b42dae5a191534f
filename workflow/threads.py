"""The mail that brought a document: whom to answer, in which thread, and why not by itself. Reads.

Nobody is answered by the shop itself unless the receiving server vouches for the sender and the
sender is known to order; whoever never wants to be written to is not.
"""

from dataclasses import dataclass
from typing import Any

import clock
from models import AnswerLink, Contact, Customer, IncomingFile, IncomingMail

#: Behind these domains stands anybody: a whole domain of them orders for nobody.
FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
        "yahoo.com", "yahoo.de", "yahoo.fr", "ymail.com", "aol.com", "icloud.com", "me.com",
        "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.com", "proton.me",
        "protonmail.com", "zoho.com", "yandex.ru", "mail.ru", "qq.com", "163.com", "orange.fr",
        "free.fr", "wanadoo.fr", "libero.it", "wp.pl", "o2.pl", "comcast.net", "verizon.net",
    }
)  # fmt: skip
_MOST_REFERENCES = 20


@dataclass(frozen=True)
class Thread:
    """Where an answer goes; ``why_not`` says why none goes out by itself, empty if one does."""

    address: str
    name: str
    message_id: str
    references: tuple[str, ...]
    subject: str
    why_not: str = ""

    def columns(self) -> dict[str, Any]:
        """What a message of this thread holds of it."""
        return {"in_reply_to": self.message_id[:255], "thread": list(self.references)}


def thread_of(incoming: IncomingFile | None) -> Thread | None:
    """The thread a document came in, None where it came by no mail."""
    if incoming is None or incoming.mail_id is None or incoming.mail is None:
        return None
    mail = incoming.mail
    before = [str(key) for key in (mail.thread or [])][-_MOST_REFERENCES:]
    return Thread(
        address=recipient_of(mail, incoming.customer),
        name=str(mail.sender_name),
        message_id=str(mail.message_id),
        references=tuple(dict.fromkeys([*before, *([mail.message_id] if mail.message_id else [])])),
        subject=str(mail.subject),
        why_not=_why_not(incoming, mail),
    )


def recipient_of(mail: IncomingMail, customer: Customer | None = None) -> str:
    """Who gets the answer: the address in Reply-To where that is surely the customer's, else From.

    Surely means of the same domain, unless anybody can have an address there, or an address of
    the same customer.  Anything else could lead an order's papers to a stranger.
    """
    wanted, sender = str(mail.reply_to).strip().casefold(), str(mail.sender)
    ours = {str(one).casefold() for one in (*mail.mailbox.own_addresses, mail.mailbox.user)}
    if not wanted or wanted == sender or wanted in ours:
        return sender
    domain = wanted.rpartition("@")[2]
    if domain == sender.rpartition("@")[2] and domain not in FREE_MAIL:
        return wanted
    customer = mail.customer or customer
    return wanted if customer is not None and _is_known(customer, wanted) else sender


def link_of(incoming: IncomingFile | None) -> AnswerLink | None:
    """The newest private link of a document that still works."""
    if incoming is None:
        return None
    good = AnswerLink.revoked_at.is_null() & (AnswerLink.expires_at > clock.now())
    found: AnswerLink | None = (
        AnswerLink.select()
        .where((AnswerLink.incoming == incoming) & good)
        .order_by(AnswerLink.id.desc())
        .first()
    )
    return found


def _why_not(incoming: IncomingFile, mail: IncomingMail) -> str:
    customer = mail.customer or incoming.customer
    if customer is not None and not customer.send_messages:
        return f"{customer.name} gets no messages: that is switched off at the customer."
    if mail.automatic:
        return f"It was sent by a program: {mail.automatic}"
    if not mail.authenticated:
        return f"The mail server does not vouch that {mail.sender} wrote it: answer by hand."
    if mail.customer_id is None and not _is_known(customer, mail.sender):
        return f"{mail.sender} is not known to order for anybody: answer by hand."
    return _opted_out(customer, mail.sender)


def _is_known(customer: Customer | None, sender: str) -> bool:
    if customer is None:
        return False
    own = Contact.select(Contact.email).where(Contact.customer == customer)
    known = {customer.email.casefold(), *(row.email.casefold() for row in own)}
    return sender.casefold() in known - {""}


def _opted_out(customer: Customer | None, address: str) -> str:
    if customer is None:
        return ""
    contacts = Contact.select().where((Contact.customer == customer) & ~Contact.opt_in)
    out = next((c for c in contacts if c.email.casefold() == address.casefold()), None)
    return f"{out.name} does not want messages." if out is not None else ""
