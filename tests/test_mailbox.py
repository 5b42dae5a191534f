"""A real IMAP server: mails are fetched, kept once, moved; whatever breaks in between."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import clock
import models
import worker
from errors import ShopError
from settings import get_settings
from sync import intake
from sync.channels import inbox as folder
from sync.channels import watch
from sync.channels.imap import Connection, MailboxError
from sync.channels.sealed import seal, unseal
from sync.channels.watch import MailWatch
from sync.mail_rules import MailState
from tests.dovecot import Dovecot, TokenServer
from tests.papers import csv_of, xlsx_of
from tests.post import a_mail, a_mailbox, an_order_mail, files, mails
from tests.services import wait_until
from tests.shop import BOSS, a_customer, a_product, a_shop, reload

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def tokens():
    with TokenServer() as server:
        yield server


@pytest.fixture(scope="module")
def running(tokens):
    with Dovecot(tokens) as server:
        yield server


@pytest.fixture
def dovecot(running):
    """The server with nothing in it."""
    for name in running.doveadm("mailbox", "list", "-u", "orders").split():
        running.doveadm("expunge", "-u", "orders", "mailbox", name, "all")
    return running


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_product("TEE-1", price="6.50", color="")
    a_product("CAP-1", price="9.00", name="Cap", color="")


def fetch(mailbox):
    """One pass, as the command line does it."""
    taken = folder.take(mailbox.id, "test")
    try:
        with Connection(taken) as connection:
            return folder.fetch(connection)
    finally:
        folder.give_back(taken)


def read_all():
    for incoming in files():
        intake.read_file(incoming.id, BOSS)


def numbers():
    return sorted(order.po_number for order in models.Order.select())


# ---------------------------------------------------------------- fetched and kept


def test_a_mail_with_an_order_is_kept_moved_and_becomes_an_order(dovecot):
    mailbox = a_mailbox(dovecot)
    dovecot.deliver(an_order_mail("4711", subject="Our order"))

    done = fetch(mailbox)
    read_all()

    mail = mails()[0]
    assert (done.seen, done.kept, done.again, done.failed) == (1, 1, 0, 0)
    assert (mail.sender, mail.subject, mail.state) == (
        "dana@riverside.example",
        "Our order",
        "taken",
    )
    assert (dovecot.count("INBOX"), dovecot.subjects("Processed")) == (0, ["Our order"])
    order = models.Order.get()
    assert (order.po_number, order.customer_name, order.source_channel) == (
        "4711",
        "Riverside AC",
        "email",
    )
    assert order.incoming.mail == mail
    assert order.incoming.external_id == mail.message_id


def test_ten_orders_in_one_mail_are_ten_orders(dovecot):
    mailbox = a_mailbox(dovecot)
    sheets = [(f"PO {n}.xlsx", xlsx_of(po=f"N-{n}")) for n in range(10)]
    dovecot.deliver(a_mail(*sheets, subject="Ten at once"))

    fetch(mailbox)
    read_all()

    assert numbers() == [f"N-{n}" for n in range(10)]
    assert {f.state for f in files()} == {"accepted"}


def test_ten_mails_at_once_are_ten_orders(dovecot):
    mailbox = a_mailbox(dovecot)
    senders = [
        threading.Thread(target=dovecot.deliver, args=[an_order_mail(f"T-{n}")]) for n in range(10)
    ]
    for one in senders:
        one.start()
    for one in senders:
        one.join()

    fetch(mailbox)
    read_all()

    assert numbers() == [f"T-{n}" for n in range(10)]
    assert (dovecot.count("INBOX"), dovecot.count("Processed")) == (0, 10)


@pytest.mark.slow
@pytest.mark.once
def test_hundreds_of_waiting_mails_are_kept_once_each(dovecot):
    many = int(os.environ.get("WAITING_MAILS", "120"))  # `make soak` takes a thousand
    mailbox = a_mailbox(dovecot)
    dovecot.deliver(*[an_order_mail(f"K-{n}") for n in range(many)])

    done = fetch(mailbox)

    assert (done.kept, done.failed) == (many, 0)
    assert len({f.name for f in files()}) == models.IncomingMail.select().count() == many
    assert (dovecot.count("INBOX"), dovecot.count("Processed")) == (0, many)
    assert fetch(mailbox).seen == 0


def test_a_mail_larger_than_allowed_waits_in_its_folder_for_a_person(dovecot):
    mailbox = a_mailbox(dovecot, most_mb=1)
    dovecot.deliver(
        a_mail(("huge.xlsx", os.urandom(1_200_000)), subject="Huge"), an_order_mail("after")
    )

    fetch(mailbox)

    big = next(m for m in mails() if m.subject == "Huge")
    assert (big.state, dovecot.subjects("Rejected")) == (MailState.WAITING, ["Huge"])
    assert "more than the 1 MB we take" in big.reason
    assert [f.name for f in files()] == ["po after.csv"]


# ---------------------------------------------------------------- none lost, none doubled


def test_a_copy_a_drag_back_and_new_numbers_make_nothing_new(dovecot):
    mailbox = a_mailbox(dovecot)
    mail = an_order_mail("4711", subject="Once")
    relayed = mail.as_bytes().replace(mail.get_boundary().encode(), b"another-boundary-of-a-relay")
    dovecot.deliver(mail, mail, relayed)

    fetch(mailbox)
    dovecot.move("Processed", "INBOX")
    fetch(mailbox)
    dovecot.move("Processed", "INBOX")
    dovecot.forget_numbers()
    dovecot.deliver(an_order_mail("4712", subject="Twice"))
    fetch(mailbox)
    read_all()

    assert [m.subject for m in mails()] == ["Once", "Twice"]
    assert numbers() == ["4711", "4712"]
    assert dovecot.count("INBOX") == 0


def test_two_different_orders_under_one_message_id_are_both_kept(dovecot):
    mailbox = a_mailbox(dovecot)
    same = "<always-the-same@erp.example>"
    dovecot.deliver(*[an_order_mail(po, Message_ID=same) for po in ("1", "2", "2")])

    fetch(mailbox)
    read_all()

    assert numbers()[0] == "1"
    assert len(numbers()) >= 2


def test_a_mail_without_a_message_id_counts_once(dovecot):
    mailbox = a_mailbox(dovecot)
    mail = an_order_mail("4711", Message_ID=None)
    dovecot.deliver(mail, mail)

    fetch(mailbox)

    assert len(mails()) == 1
    assert mails()[0].key.startswith("says:")


def test_the_same_file_in_another_mail_is_a_possible_duplicate_and_never_dropped(dovecot):
    mailbox = a_mailbox(dovecot)
    sheet = ("po.csv", csv_of(po="4711"))
    dovecot.deliver(a_mail(sheet))
    fetch(mailbox)
    read_all()
    dovecot.deliver(a_mail(sheet, subject="Did you get it?"))

    fetch(mailbox)

    first, second = files()
    assert (second.state, second.duplicate_of) == (intake.State.NEEDS_PERSON, first)
    assert second.reason.startswith(
        f"Possible duplicate. The same file as order {models.Order.get().number}"
    )
    assert intake.read_again(second.id, BOSS).state == intake.State.ACCEPTED


def test_a_pass_that_ends_between_keeping_and_moving_is_made_up_for(dovecot):
    mailbox = a_mailbox(dovecot)
    dovecot.deliver(an_order_mail("1"), an_order_mail("2"))
    taken = folder.take(mailbox.id, "dies")
    connection = Connection(taken)
    connection.move = None  # the process ends before it moves
    with pytest.raises(TypeError):
        folder.fetch(connection)
    connection.client.shutdown()
    folder.give_back(taken)
    assert dovecot.count("INBOX") == 2

    done = fetch(mailbox)

    assert (done.kept, done.again) == (0, 2)
    assert len(mails()) == len(files()) == 2
    assert dovecot.count("Processed") == 2


@pytest.mark.slow
@pytest.mark.once
def test_a_fetching_process_that_is_killed_again_and_again_loses_and_doubles_nothing(
    dovecot, settings
):
    mailbox = a_mailbox(dovecot)
    chance = random.Random(7)
    dovecot.deliver(*[an_order_mail(f"D-{n}") for n in range(40)])
    killed = 0

    deadline = time.monotonic() + 300
    while dovecot.count("INBOX") and time.monotonic() < deadline:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal_fetcher", settings.model_dump_json(exclude={"secret_key"}), mailbox.name],
            cwd=ROOT,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(0.8, 2.2) * 1.2**killed)  # on a busy machine, too
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        models.Mailbox.update(leased_until=None).execute()  # its lease would run out by itself

    assert killed >= 2
    assert sorted(f.name for f in files()) == sorted(f"po D-{n}.csv" for n in range(40))
    assert len(mails()) == dovecot.count("Processed") == 40


def test_a_mail_that_cannot_be_kept_holds_up_no_other(dovecot, monkeypatch):
    mailbox = a_mailbox(dovecot)
    dovecot.deliver(an_order_mail("1"), an_order_mail("2", subject="Breaks us"), an_order_mail("3"))
    whole = folder.mailroom.keep

    def breaks(arrival, reader):
        if b"Breaks us" in arrival.original:
            raise RuntimeError("a bug of ours")
        return whole(arrival, reader)

    monkeypatch.setattr(folder.mailroom, "keep", breaks)
    with pytest.raises(ShopError, match="1 mails could not be kept and stay in INBOX"):
        fetch(mailbox)
    assert [f.name for f in files()] == ["po 1.csv", "po 3.csv"]
    monkeypatch.undo()

    fetch(mailbox)

    assert len(files()) == 3
    assert dovecot.count("INBOX") == 0


# ---------------------------------------------------------------- getting in


def test_tls_with_a_certificate_that_is_known_and_one_that_is_not(dovecot, monkeypatch):
    mailbox = a_mailbox(dovecot, port=dovecot.imaps, security="tls")
    with pytest.raises(MailboxError, match=r"The certificate of .* is not good"):
        fetch(mailbox)

    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    dovecot.deliver(an_order_mail("1"))
    starttls = a_mailbox(dovecot, security="starttls")

    assert fetch(mailbox).kept == 1
    assert fetch(starttls).seen == 0


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"password": ""}, "refuses our log-in"),
        ({"port": 1}, "does not answer"),
        ({"folder": "Ordres"}, "There is no folder 'Ordres'"),
        ({"host": "imap.example.com"}, "Without encryption anybody"),
        ({"password": "not sealed by us"}, "SECRET_KEY has changed"),
    ],
)
def test_what_keeps_us_out_is_a_sentence(dovecot, columns, sentence):
    mailbox = a_mailbox(dovecot, **columns)

    with pytest.raises(ShopError, match=sentence):
        fetch(mailbox)


def by_token(dovecot, tokens, **columns):
    tokens.asked.clear()
    tokens.refuse = ""
    words = {
        "login": "oauth2", "password": "", "provider": "other", "token_url": f"{tokens.url}/token",
        "client_id": "shop", "client_secret": seal("hush"), "refresh_token": seal("first"),
    }  # fmt: skip
    return a_mailbox(dovecot, **(words | columns))


def test_a_token_is_asked_for_once_and_again_when_the_server_takes_it_no_more(dovecot, tokens):
    mailbox = by_token(dovecot, tokens)
    dovecot.deliver(an_order_mail("1"))
    tokens.rotate = "second"

    assert fetch(mailbox).kept == 1
    assert fetch(reload(mailbox)).seen == 0
    assert len(tokens.asked) == 1
    assert tokens.asked[0] == {
        "grant_type": "refresh_token", "client_id": "shop", "client_secret": "hush", "refresh_token": "first",
    }  # fmt: skip
    tokens.good.clear()  # the provider ended it before its time
    assert fetch(reload(mailbox)).seen == 0
    assert tokens.asked[1]["refresh_token"] == "second"
    models.Mailbox.update(access_until=clock.now()).execute()  # it ran out
    assert fetch(reload(mailbox)).seen == 0
    assert len(tokens.asked) == 3


def test_a_withdrawn_agreement_is_a_sentence_that_says_what_to_do(dovecot, tokens):
    mailbox = by_token(dovecot, tokens)
    tokens.refuse = "AADSTS70000: the grant was revoked"

    with pytest.raises(ShopError, match=r"refuses to give a token \(AADSTS70000.*agree again"):
        fetch(mailbox)


def test_an_app_lets_itself_in_with_its_own_credentials(dovecot, tokens):
    mailbox = by_token(
        dovecot, tokens, grant="client_credentials", provider="microsoft", refresh_token=""
    )

    assert fetch(mailbox).seen == 0
    assert tokens.asked[0]["scope"] == "https://outlook.office365.com/.default"


def test_secrets_are_sealed_and_of_no_use_under_another_key(monkeypatch):
    sealed = seal("app password")

    assert "app password" not in sealed
    assert unseal(sealed) == "app password"
    monkeypatch.setenv("SECRET_KEY", "another")
    get_settings.cache_clear()
    with pytest.raises(ShopError, match="SECRET_KEY has changed"):
        unseal(sealed)


# ---------------------------------------------------------------- one process, watching


def test_one_process_at_a_time_has_a_mailbox(dovecot):
    mailbox = a_mailbox(dovecot)

    assert folder.take(mailbox.id, "first") is not None
    assert folder.take(mailbox.id, "second") is None
    models.Mailbox.update(leased_until=clock.now()).execute()
    time.sleep(0.01)
    assert folder.take(mailbox.id, "second") is not None


@pytest.fixture
def watching(monkeypatch):
    monkeypatch.setattr(watch, "_SLICE_SECONDS", 0.2)
    monkeypatch.setattr(watch, "_FIRST_WAIT", 0.3)
    started = []

    def start():
        one = MailWatch()
        one.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop()


def contact(mailbox):
    return lambda: reload(mailbox).last_contact_at is not None


def test_a_watched_mailbox_hears_at_once_what_arrives(dovecot, watching):
    mailbox = a_mailbox(dovecot)
    watching()
    wait_until(contact(mailbox), "the first look", 10)

    began = time.monotonic()
    dovecot.deliver(an_order_mail("1"))
    wait_until(files, "the file", 10)

    assert time.monotonic() - began < 20  # it looks by itself only once a minute


def test_a_dropped_connection_and_a_wrong_password_heal_by_themselves(dovecot, watching):
    mailbox = a_mailbox(dovecot)
    watching()
    wait_until(contact(mailbox), "the first look", 10)
    dovecot.kick()
    dovecot.deliver(an_order_mail("1"))
    wait_until(files, "the file after the server dropped us", 20)

    models.Mailbox.update(password="", version=2).execute()
    wait_until(lambda: "refuses our log-in" in reload(mailbox).problem, "the problem in words", 20)
    dovecot.deliver(an_order_mail("2"))
    models.Mailbox.update(password=seal("secret"), version=3).execute()
    folder.ask_now(mailbox.id)

    wait_until(lambda: len(files()) == 2, "the second file", 20)
    wait_until(lambda: reload(mailbox).problem == "", "no problem any more", 10)


def test_check_now_tries_a_mailbox_that_is_switched_off_without_fetching(dovecot, watching):
    mailbox = a_mailbox(dovecot, active=False)
    dovecot.deliver(an_order_mail("1"))
    watching()
    folder.ask_now(mailbox.id)

    wait_until(contact(mailbox), "the look", 10)
    assert (dovecot.count("INBOX"), files()) == (1, [])


def test_from_mail_to_order_takes_seconds_while_a_worker_runs(
    dovecot, settings, watching, monkeypatch
):
    mailbox = a_mailbox(dovecot)
    working = worker.Worker(settings.model_copy(update={"worker_poll_seconds": 0.2}))
    thread = threading.Thread(target=working.run, daemon=True)
    thread.start()
    watching()
    wait_until(contact(mailbox), "the first look", 10)

    began = time.monotonic()
    dovecot.deliver(an_order_mail("4711"))
    try:
        wait_until(lambda: models.Order.select().exists(), "the order", 30)
    finally:
        took = time.monotonic() - began
        working.stop()
        thread.join(10)

    sys.stdout.write(json.dumps({"mail to order, seconds": round(took, 1)}) + "\n")
    assert took < 30


def test_the_command_line_fetches_and_says_how_the_mailboxes_stand(dovecot, app):
    mailbox = a_mailbox(dovecot, name="Orders")
    broken = a_mailbox(dovecot, name="Broken", password="")
    dovecot.deliver(an_order_mail("1"))
    run = app.test_cli_runner().invoke

    fetched = run(args=["mail", "fetch", "Orders"])
    failed = run(args=["mail", "fetch", "Broken"])
    status = run(args=["mail", "status"])

    assert "Orders: 1 new, 0 kept before, 1 seen" in fetched.output
    assert failed.exit_code == 1
    assert "refuses our log-in" in failed.output
    assert "refuses our log-in" in status.output
    assert reload(mailbox).last_contact_at is not None
    assert reload(broken).leased_until is None
