"""Watches every active mailbox as long as the worker runs: IDLE for speed, a look each minute.

One thread looks which mailboxes there are, and each mailbox has a thread of its own; a mailbox
whose server fails is tried again after longer and longer waits, and says so under Mailboxes.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from peewee import PeeweeException

import models
from errors import ShopError, StaleError
from models import Mailbox
from sync.channels import inbox as folder
from sync.channels.imap import Connection

#: A look at least this often, whether the server says something or not; far below the half hour
#: after which servers drop a connection that only waits.
LOOK_SECONDS = 60
_SLICE_SECONDS = 2.0
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0
log = logging.getLogger("inhands.mailbox")


class MailWatch:
    """All mailboxes of the shop; start it and stop it with the worker."""

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stopping = threading.Event()
        self._watchers: dict[int, _Watcher] = {}
        self._thread = threading.Thread(target=self._run, name="mail watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        """End; a mail at hand is kept or not, never half."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._watchers = {k: w for k, w in self._watchers.items() if w.thread.is_alive()}
            try:
                self._begin_what_is_missing()
            except PeeweeException as problem:
                log.warning("The mailboxes cannot be looked up: %s", _short(problem))
                models.drop_connection()
            self._stopping.wait(_SLICE_SECONDS)
        for watcher in self._watchers.values():
            watcher.thread.join(10)
        models.close()

    def _begin_what_is_missing(self) -> None:
        for row in Mailbox.select(Mailbox.id, Mailbox.active, Mailbox.asked_at, Mailbox.checked_at):
            if (row.active or _is_asked(row)) and row.id not in self._watchers:
                self._watchers[row.id] = _Watcher(row.id, self.owner, self._stopping)


class _Watcher:
    """One mailbox, until the worker ends or somebody switches the mailbox off."""

    def __init__(self, mailbox_id: int, owner: str, stopping: threading.Event) -> None:
        self._id = mailbox_id
        self._owner = f"{owner}:{mailbox_id}"
        self._stopping = stopping
        self._failures = 0
        self.thread = threading.Thread(target=self._run, name=f"mailbox {mailbox_id}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() and self._wanted():
                self._watch_once()
        finally:
            models.close()

    def _wanted(self) -> bool:
        try:
            row = _facts(self._id)
        except PeeweeException as problem:
            log.warning("Mailbox %s cannot be looked up: %s", self._id, _short(problem))
            models.drop_connection()
            self._stopping.wait(_FIRST_WAIT)
            return True
        return row is not None and (row.active or _is_asked(row))

    def _watch_once(self) -> None:
        """Log in and watch until something goes wrong or changes; then wait a while."""
        try:
            mailbox = folder.take(self._id, self._owner)
            if mailbox is None:  # another process watches it; perhaps it dies
                self._stopping.wait(_FIRST_WAIT)
                return
            with _noted(mailbox):
                self._watch(mailbox)
                self._failures = 0
                return
        except StaleError as problem:
            log.info("%s", problem)
        except PeeweeException as problem:
            log.warning("Mailbox %s: %s", self._id, _short(problem))
            models.drop_connection()
        except ShopError as problem:
            log.warning("Mailbox %s: %s", self._id, problem)
        except Exception:
            log.exception("Mailbox %s", self._id)
        self._failures += 1
        self._rest(min(_FIRST_WAIT * 2 ** (self._failures - 1), _LONGEST_WAIT))

    def _watch(self, mailbox: Mailbox) -> None:
        with Connection(mailbox) as connection:
            self._failures = 0
            while not self._stopping.is_set():
                if mailbox.active:
                    folder.fetch(connection, self._stopping.is_set)
                folder.note_contact(mailbox)
                if not mailbox.active or not self._wait(connection):
                    return

    def _wait(self, connection: Connection) -> bool:
        """Wait for news, a wish or the minute's end; whether the watch goes on as it is."""
        mailbox, until = connection.mailbox, time.monotonic() + LOOK_SECONDS
        folder.keep_lease(mailbox)  # longer than the wait
        waits = connection.can_wait()
        if waits:
            connection.start_waiting()
        news = goes_on = False
        while not (news or self._stopping.is_set()) and time.monotonic() < until:
            if waits:
                news = connection.heard(_SLICE_SECONDS)
            else:
                self._stopping.wait(_SLICE_SECONDS)
            row = _facts(mailbox.id)
            goes_on = row is not None and row.active and row.version == mailbox.version
            if not goes_on or (row is not None and _is_asked(row)):
                break
        if waits:
            connection.stop_waiting()
        return goes_on

    def _rest(self, seconds: float) -> None:
        """Wait before the next try, unless somebody asks for one."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping.wait(_SLICE_SECONDS):
            try:
                row = _facts(self._id)
            except PeeweeException:  # the database is away as well: wait on
                models.drop_connection()
                continue
            if row is None or _is_asked(row):
                return


@contextmanager
def _noted(mailbox: Mailbox) -> Iterator[None]:
    """Write down what goes wrong, and give the mailbox back in every case."""
    try:
        yield
    except StaleError:
        raise
    except ShopError as problem:
        folder.note_problem(mailbox, str(problem))
        raise
    finally:
        folder.give_back(mailbox)


def _facts(mailbox_id: int) -> Mailbox | None:
    columns = (Mailbox.id, Mailbox.active, Mailbox.version, Mailbox.asked_at, Mailbox.checked_at)
    found: Mailbox | None = Mailbox.select(*columns).where(Mailbox.id == mailbox_id).first()
    return found


def _is_asked(row: Mailbox) -> bool:
    asked: datetime | None = row.asked_at
    return asked is not None and (row.checked_at is None or row.checked_at < asked)


def _short(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0][:200]
