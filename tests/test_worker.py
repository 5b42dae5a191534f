"""The worker: does what the outbox asks for, once, whatever happens to it."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import clock
import models
import outbox
import worker
from models import ApiAnswer, IncomingFile, LoginEvent, Message, OrderEvent, OutboxRow, Throttle
from settings import ROOT
from tests.services import MailSink, free_port, wait_until
from tests.shop import BOSS, a_customer, a_released_order, a_shop, reload
from worker import SCHEDULE, Worker
from workflow import messages
from workflow.actors import system

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def shop(db):
    a_shop()


@pytest.fixture
def with_mail(settings, mail_sink):
    return talking_to(settings, mail_sink)


def talking_to(settings, sink):
    words = {"smtp_host": sink.host, "smtp_port": sink.port, "smtp_starttls": False}
    return settings.model_copy(update=words)


def work(settings, **words):
    """Everything that is due, by one worker in this process."""
    return Worker(settings, **({"schedule": ()} | words)).run(once=True)


def a_waiting_message(**columns):
    words = {"key": f"confirmed:{random.random()}", "event": "confirmed", "subject": "Hello"}
    words |= {"recipient": "dana@riverside.example", "body": "Come and see.\n"}
    message = Message.create(**(words | columns))
    outbox.add("mail", {"message_id": message.id})
    return message


def rows_of(kind):
    return list(OutboxRow.select().where(OutboxRow.kind == kind).order_by(OutboxRow.id))


class Moody(MailSink):
    """A mail server with a mind of its own: says what it is told, as slowly as it is told."""

    def __init__(self, rcpt="250 fine", data="250 kept", seconds=0.0):
        super().__init__()
        self.rcpt, self.data, self.seconds = rcpt, data, seconds
        self.reading = threading.Event()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        self.reading.set()
        await asyncio.sleep(self.seconds)
        if self.data == "hang up":
            server.transport.close()
            return "250 never heard"
        if self.data.startswith("250"):
            await super().handle_DATA(server, session, envelope)
        return self.data


# ---------------------------------------------------------------- the trip of a message


def test_a_released_order_is_confirmed_by_mail(shop, with_mail, mail_sink):
    order = a_released_order(po_number="PO-7731")

    work(with_mail)

    [mail] = mail_sink.messages
    assert mail["To"] == mail["X-Envelope-To"] == "dana@riverside.example"
    assert mail["Subject"] == f"Order {order.number} confirmed"
    assert "your PO PO-7731" in mail.get_content()
    message = Message.get()
    assert (message.state, message.key) == ("sent", f"confirmed:{order.id}")
    assert message.message_id == mail["Message-ID"]
    assert OrderEvent.get(OrderEvent.kind == "message").text == (
        "Order confirmed: sent to dana@riverside.example"
    )


def test_without_a_mail_server_the_mail_is_kept_as_a_file(shop, settings):
    order = a_released_order()

    work(settings)

    [kept] = settings.mail_dir.glob("*.eml")
    assert f"Subject: Order {order.number} confirmed" in kept.read_text()
    assert kept.name in Message.get().note


def test_a_second_run_of_everything_sends_nothing_again(shop, with_mail, mail_sink):
    a_released_order()
    work(with_mail)

    OutboxRow.update(done_at=None).execute()
    tried = work(with_mail)

    assert tried == 2
    assert len(mail_sink.messages) == Message.select().count() == 1


def test_a_file_that_came_in_is_read(shop, settings):
    from sync import intake

    incoming = intake.receive("cli", "wishes.txt", b"\x00 no order at all", actor=BOSS)

    work(settings)

    assert reload(incoming).state == "needs_person"
    assert reload(incoming).received_by == BOSS.name


# ---------------------------------------------------------------- when it does not work


def test_while_the_mail_server_is_away_the_message_waits(shop, settings):
    away = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": free_port()})
    message = a_waiting_message()

    work(away)

    [row] = rows_of("mail")
    assert row.dead_at is None
    assert row.run_at > clock.now()
    assert "does not work" in row.error
    assert "Traceback" not in row.error
    assert reload(message).state == "waiting"
    assert reload(message).note in row.error


@pytest.mark.parametrize(
    ("moods", "state"),
    [
        ({"rcpt": "550 no such user"}, "refused"),
        ({"rcpt": "450 try later"}, "waiting"),
        ({"data": "554 smells of spam"}, "refused"),
        ({"data": "451 out of memory"}, "waiting"),
        ({"data": "hang up"}, "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_what_the_server_says_decides_what_becomes_of_a_message(shop, settings, moods, state):
    message = a_waiting_message()
    with Moody(**moods) as server:
        work(talking_to(settings, server))

    assert server.messages == []
    assert reload(message).state == state
    assert reload(message).note
    [row] = rows_of("mail")
    assert (row.done_at is None) is (state == "waiting")


def test_what_was_being_sent_when_a_worker_died_is_unknown_and_not_sent_again(
    shop, with_mail, mail_sink
):
    message = a_waiting_message(order=a_released_order())
    messages.mark_sending(message, "<1@shop>")

    work(with_mail)

    assert reload(message).state == "unknown"
    assert "nobody knows" in reload(message).note
    assert [mail["Subject"] for mail in mail_sink.messages] != ["Hello"]
    assert "Hello" not in [mail["Subject"] for mail in mail_sink.messages]


def test_who_died_late_and_comes_back_knows_that_it_was_sent(shop):
    message = a_waiting_message()
    messages.mark_sending(message, "<1@shop>")
    messages.mark_unknown(message, "the worker ended", system("other worker"))

    messages.mark_sent(message, "<1@shop>", "Taken.", system("slow worker"))

    assert reload(message).state == "sent"


def test_a_broken_template_is_not_sent_and_says_where_it_is_broken(shop, with_mail, mail_sink):
    models.MessageTemplate.update(body="Dear\n\n{{ nobody }}").execute()
    a_released_order()

    work(with_mail)

    [row] = rows_of("message")
    assert row.dead_at is not None
    assert "“Order confirmed” cannot be written: text, line 3: this message knows no" in row.error
    assert Message.select().count() == len(mail_sink.messages) == 0


def test_after_mending_the_template_a_retry_sends_the_message(shop, with_mail, mail_sink):
    models.MessageTemplate.update(body="{{ nobody }}").execute()
    a_released_order()
    work(with_mail)

    messages.reset_template("confirmed", 1, BOSS)
    outbox.retry(rows_of("message")[0].id, BOSS)
    work(with_mail)

    assert len(mail_sink.messages) == 1


def test_a_bug_in_one_row_keeps_its_traceback_and_does_not_stop_the_next(
    shop, with_mail, mail_sink, caplog
):
    outbox.add("mail", {"nonsense": True})
    a_waiting_message()

    work(with_mail)

    broken, fine = rows_of("mail")
    assert "KeyError: 'message_id'" in broken.error
    assert broken.dead_at is None
    assert fine.done_at is not None
    assert "failed at attempt 1" in caplog.text


def test_what_a_newer_web_server_asks_for_waits_for_a_newer_worker(settings):
    outbox.add("telepathy", {})

    work(settings)

    [row] = rows_of("telepathy")
    assert row.dead_at is None
    assert "Restart it" in row.error


def test_a_row_that_kills_every_worker_is_put_aside(shop, with_mail, mail_sink):
    a_waiting_message()
    OutboxRow.update(attempts=outbox.MOST_ATTEMPTS).execute()

    work(with_mail)

    [row] = rows_of("mail")
    assert row.dead_at is not None
    assert f"ended {outbox.MOST_ATTEMPTS} times" in row.error
    assert mail_sink.messages == []


def test_what_a_failed_deed_wrote_is_taken_back(shop, settings):
    order = a_released_order()
    models.Job.delete().where(models.Job.order == order).execute()
    OutboxRow.update(payload={"event": "ready", "order_id": order.id, "job_id": 1}).execute()

    work(settings)

    assert "not there any more" in rows_of("message")[0].error
    assert Message.select().count() == 0


# ---------------------------------------------------------------- what runs when


def test_each_chore_is_done_once_however_many_workers_there_are(settings):
    with clock.frozen(NOON):
        for _ in range(3):
            work(settings, schedule=SCHEDULE)

        done = Counter(row.payload["name"] for row in rows_of("chore") if row.done_at)

    assert done == Counter(chore.name for chore in SCHEDULE)


def test_a_chore_comes_again_when_its_time_has_come(settings):
    for hours in range(4):
        with clock.frozen(NOON + timedelta(hours=hours)):
            work(settings, schedule=SCHEDULE)

    done = Counter(row.payload["name"] for row in rows_of("chore"))
    assert done["tidy outbox"] == 4
    assert done["tidy log-ins"] == 1


def test_no_chore_is_rarer_than_its_key_is_kept():
    assert max(chore.every for chore in SCHEDULE) < worker.KEEP_DONE_ROWS


def test_chores_take_away_what_is_old_and_nothing_else(shop, settings):
    role = models.Role.get()
    token = models.ApiToken.create(name="till", prefix="inh_", token_hash="x", role=role)
    for days in (0, 3, 500):
        moment = clock.now() - timedelta(days=days)
        ApiAnswer.create(token=token, key=f"{days}", request_hash="x", created_at=moment)
        LoginEvent.create(at=moment, email="a@b.example", outcome="ok")
        window = int(moment.timestamp() // 300)
        Throttle.create(key=f"{days}", window=window)
        outbox.add("mail", {"days": days})
        OutboxRow.update(done_at=moment).where(OutboxRow.done_at.is_null()).execute()

    work(settings, schedule=SCHEDULE)

    assert ApiAnswer.select().count() == Throttle.select().count() == 1
    assert LoginEvent.select().count() == 2
    assert [row.payload["days"] for row in rows_of("mail")] == [0, 3]


# ---------------------------------------------------------------- many, slow, stopped, killed


@pytest.mark.slow
def test_a_slow_mail_is_not_taken_over_while_its_worker_lives(shop, settings):
    message = a_waiting_message()
    impatient = {"worker_lease_seconds": 1, "worker_poll_seconds": 0.05}
    with Moody(seconds=3) as server:
        hasty = talking_to(settings, server).model_copy(update=impatient)
        workers = [Worker(hasty, schedule=()) for _ in range(2)]
        threads = [threading.Thread(target=one.run) for one in workers]
        for thread in threads:
            thread.start()
        wait_until(lambda: OutboxRow.get().done_at, "the end of the slow mail")
        for one, thread in zip(workers, threads, strict=True):
            one.stop()
            thread.join()

    assert len(server.messages) == 1
    assert reload(message).state == "sent"
    assert OutboxRow.get().attempts == 1


def a_worker_process(settings, **environment):
    words = {
        "INSTANCE_DIR": str(settings.instance_dir),
        "DATABASE_URL": settings.database_url,
        "SMTP_HOST": settings.smtp_host,
        "SMTP_PORT": str(settings.smtp_port),
        "SMTP_STARTTLS": "false",
    }
    program = (
        "import models, worker; from settings import get_settings; s = get_settings();"
        "models.connect(s.database_url); print('up', flush=True); worker.run(s)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **words, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_what_it_does(shop, settings, number):
    first, second = a_waiting_message(), a_waiting_message()
    with Moody(seconds=1) as server:
        process = a_worker_process(talking_to(settings, server))
        assert server.reading.wait(30)
        process.send_signal(number)
        code = process.wait(20)

    assert code == 0
    assert [reload(first).state, reload(second).state] == ["sent", "waiting"]
    assert len(server.messages) == 1


@pytest.mark.slow
def test_an_idle_worker_stops_at_once_and_hears_of_new_rows_at_once(shop, settings, mail_sink):
    # On SQLite nobody rings: there the poll is the time it takes.
    poll = "50" if models.on_postgresql() else "0.1"
    process = a_worker_process(talking_to(settings, mail_sink), WORKER_POLL_SECONDS=poll)
    wait_until(lambda: rows_of("chore") and not outbox.counts().waiting, "the chores")
    time.sleep(0.3)

    began = time.monotonic()
    a_waiting_message()
    wait_until(lambda: mail_sink.messages, "the mail", 40)
    heard = time.monotonic() - began
    began = time.monotonic()
    process.terminate()
    code = process.wait(40)

    assert code == 0
    assert heard < 30, "a worker that looks every 50 seconds has heard the bell"
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_a_worker_survives_that_postgresql_drops_its_connections(shop, with_mail, mail_sink, db):
    if not models.on_postgresql():
        pytest.skip("nobody can drop the connection to a file")
    hasty = with_mail.model_copy(update={"worker_poll_seconds": 0.1})
    one = Worker(hasty, schedule=())
    thread = threading.Thread(target=one.run)
    thread.start()
    first = a_waiting_message()
    wait_until(lambda: reload(first).state == "sent", "the first mail, and the note that it went")

    dropped = db.execute_sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND application_name <> 'tests'"
    ).fetchone()[0]
    a_waiting_message()
    wait_until(lambda: len(mail_sink.messages) == 2, "the second mail")
    one.stop()
    thread.join(10)

    assert dropped >= 2
    assert not thread.is_alive()
    assert {message.state for message in Message.select()} == {"sent"}


@pytest.mark.slow
def test_killed_workers_lose_nothing_and_send_nothing_twice(shop, settings):
    """Kill -9 at random moments; the server is slow, so that many die while it takes a mail."""
    customer, seed = a_customer(), 1
    orders = [a_released_order(customer=customer) for _ in range(20)]
    asked = [a_waiting_message() for _ in range(40)]
    with Moody() as server:
        mood = random.Random(seed)

        async def handle(_server, session, envelope):
            await asyncio.sleep(mood.uniform(0, 0.08))  # dies before the server has it
            answer = await MailSink.handle_DATA(server, _server, session, envelope)
            await asyncio.sleep(mood.uniform(0, 0.08))  # dies before it hears so
            return answer

        server.handle_DATA = handle
        words = {
            **{name: getattr(talking_to(settings, server), name) for name in MAIL_SETTINGS},
            "database_url": settings.database_url,
            "instance_dir": str(settings.instance_dir),
        }
        nest = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal_workers", json.dumps(words), str(seed), "5"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: all_sent(len(orders) + len(asked)), "the end of all mails", 120)
        finally:
            said, _ = nest.communicate("stop\n", timeout=20)

    arrived = Counter(mail["Message-ID"] for mail in server.messages)
    states = Counter(message.state for message in Message.select())
    told = Counter(event.order_id for event in OrderEvent.select().where(sent_events()))
    killed = int(said.split()[0])
    assert killed > 5, said
    assert said.split(" ", 1)[1] == "[0]\n", "those who were told to stop ended in peace"
    assert Message.select().count() == len(orders) + len(asked), "nothing is lost"
    assert set(states) <= {"sent", "unknown"}
    assert max(arrived.values()) == 1, "nothing came twice"
    for message in Message.select():
        assert arrived[message.message_id] == 1 or message.state == "unknown"
    assert all(count == 1 for count in told.values()), "nothing is noted twice"
    assert not OutboxRow.select().where(OutboxRow.dead_at.is_null(False)).exists()


MAIL_SETTINGS = ("smtp_host", "smtp_port", "smtp_starttls")


def all_sent(number):
    waiting = OutboxRow.done_at.is_null()
    return (
        Message.select().where(Message.state.not_in(["waiting", "sending"])).count() == number
        and not OutboxRow.select().where(waiting).exists()
    )


def sent_events():
    return (OrderEvent.kind == "message") & OrderEvent.text.contains("sent to")


def test_incoming_files_survive_too(shop, settings):
    from sync import intake

    for number in range(3):
        intake.receive("cli", f"{number}.txt", b"%d nothing" % number, actor=BOSS)
    for row in rows_of("read_file"):  # claimed by workers that died
        OutboxRow.update(
            worker="dead", attempts=1, leased_until=clock.now() - timedelta(seconds=1)
        ).where(OutboxRow.id == row.id).execute()

    work(settings)

    assert {row.state for row in IncomingFile.select()} == {"needs_person"}
