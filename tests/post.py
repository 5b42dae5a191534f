"""Mails as customers and machines write them, built for a test."""

import itertools
from email.message import EmailMessage
from email.utils import format_datetime

import clock
import models
from tests.papers import csv_of

_numbers = itertools.count(1)
PASSED = "mx.shop.example; dmarc=pass header.from=riverside.example"


def a_mail(
    *files,
    sender="Dana Fox <dana@riverside.example>",
    subject=None,
    text="Please see attached.",
    **headers,
):
    """A mail with files: ``(name, content)``; ``None`` for a header leaves it out."""
    number = next(_numbers)
    mail = EmailMessage()
    named = {
        "From": sender,
        "To": "orders@shop.example",
        "Subject": subject or f"Order {number}",
        "Date": format_datetime(clock.now()),
        "Message-ID": f"<{number}.{id(mail)}@riverside.example>",
    }
    for name, value in (named | {k.replace("_", "-"): v for k, v in headers.items()}).items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def an_order_mail(po, **words):
    """A mail with one order sheet of that PO number."""
    return a_mail((f"po {po}.csv", csv_of(po=str(po))), **words)


def a_mailbox(dovecot=None, **columns):
    """The mailbox of the shop; without a server one that is never asked."""
    defaults = {
        "name": f"Orders {next(_numbers)}",
        "host": "127.0.0.1",
        "port": dovecot.imap if dovecot else 1,
        "security": "none",
        "user": "orders",
        "trust": "address",
        "own_addresses": ["orders@shop.example"],
        "most_per_hour": 10_000,
    }
    from sync.channels.sealed import seal

    secret = {"password": seal("secret")}
    return models.Mailbox.create(**(defaults | secret | columns))


def mails():
    """Every mail that was kept, in their order."""
    return list(models.IncomingMail.select().order_by(models.IncomingMail.id))


def files():
    """Every file that was kept, in their order."""
    return list(models.IncomingFile.select().order_by(models.IncomingFile.id))
