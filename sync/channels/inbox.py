"""One pass over a mailbox: every mail kept, then moved; one process at a time per mailbox.

A mail is moved only after it was committed with everything it brings, so ``kill -9`` at any moment
leaves it either in the folder or kept; what is kept and still in the folder is moved at the next
pass, whatever its number there has become.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peewee import PeeweeException

import clock
from errors import NotFoundError, ShopError, StaleError
from models import IncomingMail, Mailbox
from sync import mailroom
from sync.channels.imap import Connection, Listed, MailboxError
from sync.letters.safely import LetterReader
from sync.mail_rules import Arrival

LEASE_SECONDS = 120
#: So many mails are kept before they are moved together.
MOVED_AT_ONCE = 25
_LONGEST_PROBLEM = 1000
log = logging.getLogger("inhands.mailbox")


@dataclass
class Pass:
    """What one pass over a folder came to."""

    seen: int = 0
    kept: int = 0
    again: int = 0  # kept before; only moved
    failed: int = 0


# ---------------------------------------------------------------- one process at a time


def take(mailbox_id: int, owner: str) -> Mailbox | None:
    """Take a mailbox for the time of a lease; None while another process has it."""
    now = clock.now()
    free = Mailbox.leased_until.is_null() | (Mailbox.leased_until < now)
    mine = (Mailbox.id == mailbox_id) & (free | (Mailbox.leased_by == owner))
    until = now + timedelta(seconds=LEASE_SECONDS)
    taken = Mailbox.update(leased_until=until, leased_by=owner[:120]).where(mine).execute()
    return Mailbox.get_or_none(Mailbox.id == mailbox_id) if taken else None


def keep_lease(mailbox: Mailbox) -> None:
    """Make the lease last from now on.

    Raises:
        StaleError: another process has the mailbox.
    """
    until = clock.now() + timedelta(seconds=LEASE_SECONDS)
    if not Mailbox.update(leased_until=until).where(_is_mine(mailbox)).execute():
        raise StaleError(f"Another process watches {mailbox} now.")


def give_back(mailbox: Mailbox) -> None:
    """Let others have the mailbox at once."""
    Mailbox.update(leased_until=None, leased_by="").where(_is_mine(mailbox)).execute()


def _is_mine(mailbox: Mailbox) -> Any:
    return (Mailbox.id == mailbox.id) & (Mailbox.leased_by == mailbox.leased_by)


# ---------------------------------------------------------------- how it stands


def note_contact(mailbox: Mailbox) -> None:
    """The mailbox was read to its end and all is well."""
    now = clock.now()
    Mailbox.update(last_contact_at=now, checked_at=now, problem="").where(
        Mailbox.id == mailbox.id
    ).execute()


def note_problem(mailbox: Mailbox, problem: str) -> None:
    """What is wrong, for the set-up screen."""
    Mailbox.update(checked_at=clock.now(), problem=problem[:_LONGEST_PROBLEM]).where(
        Mailbox.id == mailbox.id
    ).execute()


def ask_now(mailbox_id: int) -> None:
    """Ask whoever watches the mailbox to look at once."""
    Mailbox.update(asked_at=clock.now()).where(Mailbox.id == mailbox_id).execute()


def called(name: str) -> Mailbox:
    """The mailbox of a name.

    Raises:
        NotFoundError: there is none.
    """
    found: Mailbox | None = Mailbox.get_or_none(Mailbox.name == name)
    if found is None:
        raise NotFoundError(f"There is no mailbox '{name}'; `flask mail status` lists them.")
    return found


# ---------------------------------------------------------------- one pass


def fetch(connection: Connection, stopping: Callable[[], bool] = lambda: False) -> Pass:
    """Keep and move every mail in the folder, one after the other.

    A mail that cannot be kept stays in the folder and holds up no other.

    Raises:
        MailboxError: the connection broke; what was kept until then is kept.
        StaleError: another process has the mailbox.
    """
    done = Pass()
    listed = connection.listed()
    done.seen = len(listed)
    if not listed:
        return done
    before = _known(connection, listed)
    with LetterReader() as reader:
        for start in range(0, len(listed), MOVED_AT_ONCE):
            if stopping():
                break
            keep_lease(connection.mailbox)
            _keep_and_move(connection, listed[start : start + MOVED_AT_ONCE], before, done, reader)
    if done.failed:
        raise ShopError(
            f"{done.failed} mails could not be kept and stay in {connection.mailbox.folder}; they "
            "are tried again. The log of the worker says why."
        )
    return done


def _known(connection: Connection, listed: Sequence[Listed]) -> dict[int, int]:
    """Mails of this folder that were kept and not moved: size by number."""
    mine = (
        (IncomingMail.mailbox == connection.mailbox.id)
        & (IncomingMail.uid_validity == connection.uid_validity)
        & (IncomingMail.folder == connection.mailbox.folder)
        & (IncomingMail.uid >= min(mail.uid for mail in listed))
    )
    rows: Any = IncomingMail.select(IncomingMail.uid, IncomingMail.size).where(mine).tuples()
    return dict(rows)


def _keep_and_move(
    connection: Connection,
    listed: Sequence[Listed],
    before: dict[int, int],
    done: Pass,
    reader: LetterReader,
) -> None:
    mailbox = connection.mailbox
    good: list[int] = []
    large: list[int] = []
    for mail in listed:
        too_large = mail.size > mailbox.most_mb * 1024 * 1024
        try:
            if before.get(mail.uid) == mail.size or not _keep(connection, mail, too_large, reader):
                done.again += 1
            else:
                done.kept += 1
        except (MailboxError, PeeweeException):
            raise
        except Exception:
            log.exception("Mail %s of %s could not be kept", mail.uid, mailbox)
            done.failed += 1
            continue
        (large if too_large else good).append(mail.uid)
    connection.move(good, mailbox.processed_folder)
    connection.move(large, mailbox.rejected_folder)


def _keep(connection: Connection, mail: Listed, too_large: bool, reader: LetterReader) -> bool:
    """Keep one mail; whether it was new."""
    mailbox = connection.mailbox
    content = connection.head_of(mail.uid) if too_large else connection.bytes_of(mail.uid)
    if content is None:  # somebody moved or deleted it while we looked
        return False
    sentence = (
        f"It has {mail.size // 1_000_000} MB, more than the {mailbox.most_mb} MB we take: open it "
        f"in your mail program (folder {mailbox.rejected_folder}) and upload the order from there."
    )
    arrival = Arrival(
        mailbox=mailbox,
        folder=mailbox.folder,
        uid_validity=connection.uid_validity,
        uid=mail.uid,
        size=mail.size,
        arrived_at=mail.arrived_at,
        original=content,
        too_large=sentence if too_large else "",
    )
    return mailroom.keep(arrival, reader) is not None
