"""``flask mail``: look into the mailboxes now, and how they stand."""

import os
import socket

import click

from cli.base import Refusal, Verb, moment, print_table
from errors import ShopError
from models import IncomingMail, Mailbox
from sync.channels import inbox as folder
from sync.channels.imap import Connection
from sync.mail_rules import MailState


@click.group("mail", short_help="Mailboxes: fetch, status")
def mail() -> None:
    """The mailboxes that orders come to."""


@mail.command("fetch", cls=Verb, short_help="Fetch what lies there: mail fetch [NAME…]")
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Keep and move what lies in the mailboxes (all active ones by default).

    A mailbox that a worker watches is left to it; it is asked to look at once.
    """
    chosen = [folder.called(name) for name in names]
    if not names:
        chosen = list(Mailbox.select().where(Mailbox.active).order_by(Mailbox.name))
    if not chosen:
        raise Refusal("There is no active mailbox: add one under Set-up, Mailboxes.")
    good = [_fetch_one(one) for one in chosen]
    if not all(good):
        raise Refusal(f"{good.count(False)} of {len(good)} mailboxes could not be read; see above.")


def _fetch_one(row: Mailbox) -> bool:
    mailbox = folder.take(row.id, f"{socket.gethostname()[:60]}:{os.getpid()}:terminal")
    if mailbox is None:
        folder.ask_now(row.id)
        click.echo(f"{row.name}: a worker watches it and was asked to look now")
        return True
    try:
        with Connection(mailbox) as connection:
            done = folder.fetch(connection)
        folder.note_contact(mailbox)
    except ShopError as problem:
        folder.note_problem(mailbox, str(problem))
        click.echo(f"{row.name}: {problem}", err=True)
        return False
    finally:
        folder.give_back(mailbox)
    click.echo(f"{row.name}: {done.kept} new, {done.again} kept before, {done.seen} seen")
    return True


@mail.command("status", cls=Verb, short_help="How the mailboxes stand")
def status() -> None:
    """One line per mailbox: last contact, what is wrong, how many mails wait for a person."""
    rows = list(Mailbox.select().order_by(Mailbox.name))
    waiting = IncomingMail.state == MailState.WAITING
    print_table(
        ("mailbox", "server", "active", "last contact", "waiting", "problem"),
        [
            (
                row.name,
                f"{row.host}:{row.port}",
                "yes" if row.active else "no",
                moment(row.last_contact_at),
                str(IncomingMail.select().where((IncomingMail.mailbox == row) & waiting).count()),
                row.problem,
            )
            for row in rows
        ],
    )
