"""Mails with order files as the mailbox keeps them, and the worker that follows; for tests."""

import itertools

import models
import outbox
import worker
from settings import get_settings
from sync import intake
from tests.papers import xlsx_of
from tests.shop import BOSS
from workflow import engine

_numbers = itertools.count(1)


def a_mailbox():
    found = models.Mailbox.get_or_none(models.Mailbox.name == "orders")
    return found or models.Mailbox.create(name="orders", host="127.0.0.1", user="orders")


def a_mail(customer=None, *, sender="dana@riverside.example", **columns):
    """A mail the receiving server vouches for, from somebody known to order."""
    number = next(_numbers)
    defaults = {
        "mailbox": a_mailbox(),
        "key": f"<{number}@customer.example>",
        "message_id": f"<{number}@customer.example>",
        "sender": sender,
        "sender_name": "Dana Fox",
        "subject": "Spring order",
        "authenticated": True,
        "original": engine.store_file(f"mail {number}".encode(), "message/rfc822"),
        "state": "taken",
        "customer": customer,
    }
    return models.IncomingMail.create(**(defaults | columns))


def mailed(content=None, *, customer=None, name="order.xlsx", mail=None, read=True, **columns):
    """A document that came by mail, read as the worker reads it."""
    mail = mail or a_mail(customer, **columns)
    incoming = intake.receive(
        "mailbox",
        name,
        xlsx_of() if content is None else content,
        actor=BOSS,
        sender=mail.sender,
        mail=mail,
        customer_id=mail.customer_id,
    )
    return intake.read_file(incoming.id, BOSS) if read else incoming


def work(settings=None):
    """Let the worker do what is due; chores apart."""
    done = worker.Worker(settings or get_settings(), schedule=()).run(once=True)
    failed = models.OutboxRow.select().where(models.OutboxRow.error != "")
    assert [row.error for row in failed] == []
    assert outbox.counts().dead == 0
    return done


def answers(event=None):
    found = models.Message.select().where(models.Message.incoming.is_null(False))
    if event:
        found = found.where(models.Message.event == event)
    return list(found.order_by(models.Message.id))
