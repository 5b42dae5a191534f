"""Does what the outbox asks for, and what is due by the clock; as many workers as you like.

``HANDLERS`` says what follows what, ``SCHEDULE`` what runs when.  A handler that only writes to our
database runs in one transaction with the note that it is done, so both happen or neither.  One
that reaches outside runs without a transaction while a heartbeat keeps the lease, and must bear to
run twice.  SIGTERM and SIGINT let the running row finish; ``kill -9`` leaves it to the next worker.
"""

import logging
import os
import secrets
import select
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any

import psycopg
from peewee import PeeweeException

import clock
import models
import outbox
from dock import labels as labels_at_dock
from dock import papers as papers_at_dock
from dock import printing, tracking
from documents import pictures, press
from documents.press import PageError
from errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OutsideError,
    ShopError,
    UnreadableError,
)
from models import ApiAnswer, LoginEvent, Message, OutboxRow, Throttle, transaction
from notifications import mail, texts
from settings import Settings
from sync import intake, links, page_links, purging, replies
from sync.channels.watch import MailWatch
from sync.sheets.watch import SheetWatch
from workflow import forecast, messages, reminders, shop, wording
from workflow.actors import system
from workflow.occasion_facts import facts_for

log = logging.getLogger("inhands.worker")
ACTOR = system("Inhands")
KEEP_DONE_ROWS = timedelta(days=30)
KEEP_ANSWERS = timedelta(days=2)
KEEP_LOGINS = timedelta(days=400)
KEEP_THROTTLES = timedelta(days=1)
CHUNK = 500
#: A person has to do something first; trying again by itself cannot help.
_NEEDS_A_PERSON = (ForbiddenError, InvalidError, NotFoundError, PageError, UnreadableError)


@dataclass(frozen=True)
class Handler:
    """What a kind of row means; ``outside`` when it does more than write to our database."""

    do: Callable[[OutboxRow, Settings], None]
    outside: bool = False


@dataclass(frozen=True)
class Chore:
    """Something that is due by the clock, once for all workers together; at least daily."""

    name: str
    every: timedelta
    do: Callable[[], object]


# ---------------------------------------------------------------- what follows what


def _follow(row: OutboxRow, _settings: Settings) -> None:
    """What follows an event of an order: papers first, so that no broken text keeps them back."""
    papers_at_dock.ask_for_papers(row)
    with transaction():
        _compose(row.payload)


def _compose(asked: dict[str, Any]) -> None:
    if asked["event"] == "confirmed":
        replies.prepare_link(asked["order_id"], ACTOR)
    occasion = messages.Occasion(
        about=asked.get("about", ""),
        facts=facts_for(asked["event"], asked),
        recipient=asked.get("recipient", ""),
        page=page_links.for_message(asked, ACTOR),
    )
    messages.compose(asked["event"], asked["order_id"], asked.get("job_id"), ACTOR, occasion)


def _send(row: OutboxRow, settings: Settings) -> None:
    message = messages.find(row.payload["message_id"])
    if message.state == "sending":
        why = "The worker ended while this was being sent: nobody knows whether it arrived."
        messages.mark_unknown(message, why, ACTOR)
        return
    if message.state != "waiting":  # the second run of a row
        return
    way = _text if message.channel == "sms" else _mail
    try:
        message_id, note = way(message, settings)
    except mail.RefusedError as problem:
        messages.mark_refused(message, str(problem), ACTOR)
    except mail.UncertainError as problem:
        messages.mark_unknown(message, str(problem), ACTOR)
    except OutsideError as problem:
        messages.mark_waiting(message, str(problem))
        raise
    else:
        messages.mark_sent(message, message_id, note, ACTOR)


def _mail(message: Message, settings: Settings) -> tuple[str, str]:
    letter = _letter(message, settings)
    message_id = mail.message_id(letter, settings)
    note = mail.send(
        letter,
        settings,
        now=clock.now(),
        before_text=lambda: messages.mark_sending(message, message_id),
    )
    return message_id, note


def _text(message: Message, settings: Settings) -> tuple[str, str]:
    words = texts.short(message.subject, _link_of(message, settings))
    note = texts.send(
        message.recipient,
        words,
        settings,
        before_text=lambda: messages.mark_sending(message, ""),
    )
    return "", note


def _link_of(message: Message, settings: Settings) -> str:
    """The address behind a message: the secret is in what goes out and nowhere else."""
    if message.page_link is not None:
        return page_links.url_of(message.page_link, settings)
    return links.url_of(message.link, settings) if message.link is not None else ""


def _letter(message: Message, settings: Settings) -> mail.Mail:
    ours = shop.settings_of_shop()
    link = _link_of(message, settings)
    body = message.body.replace(wording.LINK, link) if link else message.body
    files: tuple[mail.Attachment, ...] = ()
    if message.file is not None:
        content = bytes(message.file.content)
        files = (mail.Attachment(message.file_name, content, message.file.content_type),)
    return mail.Mail(
        key=message.key,
        written_at=message.created_at,
        recipient=message.recipient,
        subject=message.subject,
        body=body,
        shop_name=ours["shop_name"],
        reply_to=ours["shop_email"],
        in_reply_to=message.in_reply_to,
        references=tuple(message.thread or ()),
        attachments=files,
    )


def _read_file(row: OutboxRow, _settings: Settings) -> None:
    intake.read_file(row.payload["incoming_id"], ACTOR)


def _answer(row: OutboxRow, _settings: Settings) -> None:
    replies.answer(row.payload["incoming_id"], ACTOR)


def _preview(row: OutboxRow, _settings: Settings) -> None:
    pictures.make(row.payload["file_id"])


def _do_chore(row: OutboxRow, _settings: Settings) -> None:
    name = row.payload["name"]
    chore = next((chore for chore in SCHEDULE if chore.name == name), None)
    if chore is None:
        raise NotFoundError(f"There is no chore called '{name}' any more.")
    chore.do()


HANDLERS: dict[str, Handler] = {
    # Papers and message are asked for once each, in transactions of their own.
    "message": Handler(_follow, outside=True),
    "mail": Handler(_send, outside=True),
    # Reading a big workbook takes seconds; it opens its own short transactions.
    "read_file": Handler(_read_file, outside=True),
    # It patches the customer's workbook in a child, then writes the message in one transaction.
    "answer": Handler(_answer, outside=True),
    "papers": Handler(papers_at_dock.make_papers, outside=True),
    "print": Handler(printing.print_one, outside=True),
    "look_at_printer": Handler(printing.look_at_one, outside=True),
    "rates": Handler(labels_at_dock.ask_for_rates, outside=True),
    "buy_labels": Handler(labels_at_dock.buy_labels, outside=True),
    "void_labels": Handler(labels_at_dock.void_labels, outside=True),
    "track": Handler(tracking.look_for_parcel, outside=True),
    "purchase_order": Handler(papers_at_dock.send_purchase_order, outside=True),
    # It draws the file in a limited child, then keeps the pictures in one transaction.
    "preview": Handler(_preview, outside=True),
    "chore": Handler(_do_chore, outside=True),
}


# ---------------------------------------------------------------- what runs when


def _tidy_outbox() -> None:
    outbox.purge(clock.now() - KEEP_DONE_ROWS, chunk=CHUNK)


def _tidy_answers() -> None:
    old = ApiAnswer.select(ApiAnswer.id).where(ApiAnswer.created_at < clock.now() - KEEP_ANSWERS)
    _delete_in_chunks(ApiAnswer, old)


def _tidy_logins() -> None:
    old = LoginEvent.select(LoginEvent.id).where(LoginEvent.at < clock.now() - KEEP_LOGINS)
    _delete_in_chunks(LoginEvent, old)


def _tidy_throttles() -> None:
    # A window is a number of five minutes (see auth); what is a day old counts nothing any more.
    oldest = int((clock.now() - KEEP_THROTTLES).timestamp() // 300)
    Throttle.delete().where(Throttle.window < oldest).execute()


def _purge_files() -> None:
    purging.purge(ACTOR)


def _tidy_plans() -> None:
    # SQLite plans queries by figures that nobody else refreshes; PostgreSQL does it by itself.
    if not models.on_postgresql():
        models.database.execute_sql("PRAGMA analysis_limit=1000")
        models.database.execute_sql("PRAGMA optimize")


def _delete_in_chunks(table: type[models.Table], old: Any) -> None:
    """In small transactions: a writer must not wait for a thousand deletions."""
    while True:
        ids = [row.id for row in old.order_by(table.id).limit(CHUNK)]
        table.delete().where(table.id.in_(ids)).execute()
        if len(ids) < CHUNK:
            return


SCHEDULE: tuple[Chore, ...] = (
    Chore("forecast", timedelta(minutes=10), forecast.renew),
    Chore("remind of proofs", timedelta(minutes=30), reminders.remind),
    Chore("tidy outbox", timedelta(hours=1), _tidy_outbox),
    Chore("tidy answers", timedelta(hours=1), _tidy_answers),
    Chore("tidy throttles", timedelta(hours=6), _tidy_throttles),
    Chore("tidy log-ins", timedelta(days=1), _tidy_logins),
    Chore("ask where parcels are", tracking.EVERY, tracking.ask_where_parcels_are),
    Chore("look at printers", timedelta(minutes=2), printing.look_at_printers),
    Chore("purge files", timedelta(hours=1), _purge_files),
    Chore("tidy plans", timedelta(days=1), _tidy_plans),
)


# ---------------------------------------------------------------- the loop


class Worker:
    """Takes one row after the other until it is told to stop."""

    def __init__(self, settings: Settings, schedule: Sequence[Chore] = SCHEDULE) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._settings = settings
        self._schedule = schedule
        self._asked: dict[str, int] = {}
        self._stopping = False
        self._bell = _Bell(settings)

    def stop(self) -> None:
        """Finish the row at hand, then end; may be called by a signal."""
        self._stopping = True
        self._bell.ring()

    def run(self, *, once: bool = False) -> int:
        """Work until ``stop``; with ``once`` only until nothing is due.  How many rows were tried.

        This is the one place that catches everything: a failure belongs to its row, and the next
        row has nothing to do with it.
        """
        tried = 0
        try:
            while not self._stopping:
                row = None
                try:
                    self._ask_for_chores()
                    row = outbox.claim(self.name, self._settings.worker_lease_seconds)
                    if row is not None:
                        self._do(row)
                except Exception as problem:
                    if row is None and once:
                        raise
                    self._note_failure(row, problem)
                if row is not None:
                    tried += 1
                elif once:
                    break
                else:
                    self._bell.wait(self._settings.worker_poll_seconds)
        finally:
            self._bell.close()
            models.close()
        return tried

    def _ask_for_chores(self) -> None:
        """Put what is due now into the outbox; its key lets only the first worker's row in."""
        seconds = clock.now().timestamp()
        for chore in self._schedule:
            turn = int(seconds // chore.every.total_seconds())
            if self._asked.get(chore.name) != turn:
                key = f"chore:{chore.name}:{turn}"
                outbox.add("chore", {"name": chore.name}, key=key)
                self._asked[chore.name] = turn

    def _do(self, row: OutboxRow) -> None:
        began = time.perf_counter()
        handler = HANDLERS.get(row.kind)
        if row.attempts > outbox.MOST_ATTEMPTS:
            raise NotFoundError(
                f"The worker ended {row.attempts - 1} times while it did this: look into its log."
            )
        if handler is None:
            raise OutsideError(
                f"This worker does not know what '{row.kind}' means: it is older than the web "
                "server. Restart it."
            )
        if handler.outside:
            with _kept(row, self._settings.worker_lease_seconds):
                handler.do(row, self._settings)
            outbox.finish(row)
        else:
            with transaction():
                handler.do(row, self._settings)
                outbox.finish(row)
        log.info("%s %s done in %.0f ms", row.kind, row.id, 1000 * (time.perf_counter() - began))

    def _note_failure(self, row: OutboxRow | None, problem: Exception) -> None:
        if row is None:
            log.error("The outbox cannot be read: %s", _first_line(problem))
            models.drop_connection()
            return
        expected = isinstance(problem, ShopError)
        log.log(
            logging.WARNING if expected else logging.ERROR,
            "%s %s failed at attempt %s: %s",
            *(row.kind, row.id, row.attempts, _first_line(problem)),
            exc_info=None if expected else problem,
        )
        words = str(problem) if expected else "".join(traceback.format_exception(problem))
        try:
            outbox.fail(row, words, for_good=isinstance(problem, _NEEDS_A_PERSON))
        except PeeweeException as worse:
            # The lease runs out by itself, and then somebody tries again.
            log.error("%s %s: its failure could not be noted: %s", row.kind, row.id, worse)  # noqa: TRY400
            models.drop_connection()


def run(settings: Settings, *, once: bool = False) -> int:
    """Work in this process until SIGTERM or SIGINT; how many rows were tried."""
    worker = Worker(settings)

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    for lacking in press.what_is_missing():
        log.warning("%s.", lacking)
    watches = (MailWatch(), SheetWatch())
    for watch in () if once else watches:
        watch.start()
    try:
        return worker.run(once=once)
    finally:
        for watch in watches:
            watch.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


# ---------------------------------------------------------------- staying alive, waking up


@contextmanager
def _kept(row: OutboxRow, lease_seconds: int) -> Iterator[None]:
    """Keep the lease from running out while the block works."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(row, lease_seconds, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(row: OutboxRow, lease_seconds: int, done: threading.Event) -> None:
    while not done.wait(lease_seconds / 3):
        try:
            with models.database.connection_context():
                if not outbox.keep(row, lease_seconds):
                    log.warning("%s %s was taken over by another worker", row.kind, row.id)
                    return
        except PeeweeException as problem:  # perhaps the next beat gets through
            log.warning("%s %s: its lease was not kept: %s", row.kind, row.id, problem)


class _Bell:
    """Ends a wait early: somebody wants the end, or PostgreSQL says that a row was added."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._ears: psycopg.Connection[Any] | None = None
        self._hear, self._strike = socket.socketpair()
        self._strike.setblocking(False)

    def ring(self) -> None:
        """End the wait, or the next one if nobody waits; safe in a signal handler."""
        self._strike.send(b"!")

    def wait(self, seconds: float) -> None:
        """Wait so long at most."""
        if models.on_postgresql() and self._ears is None:
            self._listen()
        watched = [self._hear.fileno()]
        if self._ears is not None:
            watched.append(self._ears.fileno())
        heard, _, _ = select.select(watched, [], [], seconds)
        if self._ears is not None and self._ears.fileno() in heard:
            self._drain(self._ears)

    def close(self) -> None:
        """Give everything back."""
        if self._ears is not None:
            self._ears.close()
        self._hear.close()
        self._strike.close()

    def _listen(self) -> None:
        try:
            self._ears = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            self._ears.execute(f"LISTEN {outbox.BELL}")
        except psycopg.Error as problem:  # looking now and then does it too
            log.warning("PostgreSQL does not ring: %s", _first_line(problem))
            self._deaf()

    def _drain(self, ears: psycopg.Connection[Any]) -> None:
        try:
            for _ in ears.notifies(timeout=0):
                pass
        except psycopg.Error as problem:
            log.warning("PostgreSQL stopped ringing: %s", _first_line(problem))
            self._deaf()

    def _deaf(self) -> None:
        if self._ears is not None:
            self._ears.close()
        self._ears = None


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0][:300]
