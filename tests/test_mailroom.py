"""What becomes of a mail: who may order, what waits for a person, what is never answered."""

import pytest

import clock
import models
from errors import InvalidError, StaleError
from sync import intake, mailroom, senders
from sync.letters.safely import LetterReader
from sync.mail_rules import Arrival, MailState
from sync.mail_threads import replies_to, thread_of
from tests.papers import csv_of
from tests.post import PASSED, a_mail, a_mailbox, an_order_mail, files, mails
from tests.shop import BOSS, a_customer, a_draft, a_line, a_product, a_shop, reload, somebody
from tests.test_letters import a_bounce
from workflow import messages, threads

SALES = somebody("Sue", "Sales")
_uids = iter(range(1, 10_000))


@pytest.fixture(scope="module")
def reader():
    with LetterReader() as one:
        yield one


@pytest.fixture
def mailbox(db):
    a_shop()
    a_product("TEE-1", price="6.50", color="")
    a_product("CAP-1", price="9.00", name="Cap", color="")
    return a_mailbox(trust="authenticated", authserv_ids=["mx.shop.example"])


@pytest.fixture
def customer(mailbox):
    return a_customer("Riverside AC", code="RAC", email="dana@riverside.example")


@pytest.fixture
def arrives(reader, mailbox):
    """A mail arrives; what was kept of it."""

    def keep(mail, box=None, **columns):
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        words = {
            "mailbox": box or mailbox, "folder": "INBOX", "uid_validity": 1, "uid": next(_uids),
            "size": len(content), "arrived_at": clock.now(), "original": content,
        }  # fmt: skip
        return mailroom.keep(Arrival(**(words | columns)), reader)

    return keep


def vouched(po="4711", **words):
    return an_order_mail(po, Authentication_Results=PASSED, **words)


# ---------------------------------------------------------------- who may order


def test_a_known_sender_the_server_vouches_for_needs_no_person(arrives, customer):
    mail = arrives(vouched())

    assert (mail.state, mail.authenticated) == (MailState.TAKEN, True)
    assert mail.authentication == "DMARC passed for riverside.example"
    assert intake.read_file(files()[0].id, BOSS).customer == customer


def test_an_unknown_sender_waits_and_brings_no_file_before_a_person_has_decided(arrives):
    mail = arrives(vouched(sender="new@stranger.example"))

    assert mail.state == MailState.WAITING
    assert mail.reason.startswith(
        "The sender is not known: nobody said for whom new@stranger.example orders."
    )
    assert files() == []
    assert bytes(mail.original.content).startswith(b"From: new@stranger.example")
    assert models.OutboxRow.select().count() == 0


def test_a_known_sender_nobody_vouches_for_waits_too(arrives, customer):
    mail = arrives(an_order_mail("1"))

    assert mail.state == MailState.WAITING
    assert (
        "Perhaps somebody else wrote it: the mail server did not say who it checked" in mail.reason
    )


def test_a_contacts_address_and_a_rule_for_a_domain_are_known_senders(arrives, customer):
    models.Contact.create(customer=customer, name="Ann", email="Ann@Office.Example")
    senders.remember("@branch.example", customer, SALES)
    branch = "mx.shop.example; dkim=pass header.d=branch.example"
    office = "mx.shop.example; spf=pass smtp.mailfrom=office.example"

    by_contact = arrives(
        an_order_mail("1", sender="ann@office.example", Authentication_Results=office)
    )
    by_domain = arrives(
        an_order_mail("2", sender="joe@branch.example", Authentication_Results=branch)
    )

    assert (by_contact.state, by_domain.state) == (MailState.TAKEN, MailState.TAKEN)
    assert by_domain.customer == customer


def test_one_click_makes_a_stranger_a_sender_of_a_customer_for_this_mail_and_the_next(
    arrives, customer
):
    mail = arrives(vouched(sender="new@stranger.example"))

    mailroom.admit(mail.id, SALES, customer_id=customer.id, remember="address")

    assert [f.state for f in files()] == ["received"]
    made = intake.read_file(files()[0].id, BOSS)
    assert (made.state, made.customer) == (intake.State.ACCEPTED, customer)
    passed = "mx.shop.example; dmarc=pass header.from=stranger.example"
    again = arrives(
        an_order_mail("2", sender="new@stranger.example", Authentication_Results=passed)
    )
    assert (again.state, again.customer) == (MailState.TAKEN, customer)
    assert reload(mail).decided_by == "Sue"


def test_two_people_who_decide_at_once_decide_once(arrives, customer):
    mail = arrives(vouched(sender="new@stranger.example"))
    mailroom.admit(mail.id, SALES, customer_id=customer.id)

    with pytest.raises(StaleError, match="was decided already"):
        mailroom.admit(mail.id, SALES, customer_id=customer.id)
    assert len(files()) == 1


def test_not_an_order_and_never_again(arrives):
    first = arrives(vouched(sender="news@ads.example"))
    mailroom.refuse(first.id, "advertising", SALES, for_ever=True)

    second = arrives(vouched("2", sender="news@ads.example"))

    assert (reload(first).state, second.state) == (MailState.REJECTED, MailState.IGNORED)
    assert reload(first).reason == "Sue said: advertising."
    mailroom.admit(second.id, SALES)
    assert len(files()) == 1


@pytest.mark.parametrize("pattern", ["@gmail.com", "nobody", "a b@acme.test", "@"])
def test_a_rule_for_everybody_is_refused(customer, pattern):
    with pytest.raises(InvalidError):
        senders.remember(pattern, customer, SALES)


def test_a_flood_from_one_sender_waits_and_loses_nothing(arrives, customer):
    busy = a_mailbox(trust="address", most_per_hour=3)

    states = [arrives(an_order_mail(n), busy).state for n in range(5)]

    assert states == ["taken"] * 3 + ["waiting"] * 2
    assert "sent more than 3 mails within an hour" in mails()[-1].reason


# ---------------------------------------------------------------- loops


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic reply"),
        ({"Return_Path": "<>"}, "no return address"),
        ({"sender": "orders@shop.example"}, "a mail of our own"),
    ],
)
def test_what_machines_and_we_ourselves_write_is_kept_and_ignored(arrives, customer, words, reason):
    mail = arrives(a_mail(Authentication_Results=PASSED, **words))

    assert mail.state == MailState.IGNORED
    assert reason in mail.reason
    assert files() == []


def test_an_order_that_a_customers_program_sent_is_taken_and_never_answered(arrives, customer):
    mail = arrives(vouched(Auto_Submitted="auto-generated"))

    assert mail.state == MailState.TAKEN
    assert thread_of(files()[0]).why_not == "A program sent it (Auto-Submitted: auto-generated)."


def test_an_automatic_reply_that_brings_our_own_sheet_back_waits_for_a_person(arrives, customer):
    mail = arrives(vouched(Auto_Submitted="auto-replied"))

    assert mail.state == MailState.WAITING
    assert files() == []


def test_a_mail_of_ours_that_comes_back_is_marked_and_shown_to_a_person(arrives, customer):
    sent = models.Message.create(
        key="confirmed:1", event="confirmed", recipient="dana@acme.test", subject="Order 1042",
        message_id="<ours-1@shop.example>", state="sent",
    )  # fmt: skip
    delayed = arrives(a_bounce("<ours-1@shop.example>", "delayed", "4.4.1"))
    assert (delayed.state, reload(sent).state) == (MailState.IGNORED, "sent")

    mail = arrives(a_bounce("<ours-1@shop.example>"))

    assert mail.state == MailState.IGNORED
    assert mail.reason.startswith("A mail of ours came back: “Order 1042” to dana@acme.test.")
    assert reload(sent).state == "bounced"
    assert "5.1.1 550 no such user" in reload(sent).note
    assert messages.how_many(messages.NEEDS_A_PERSON) == 1


# ---------------------------------------------------------------- the thread


def test_an_answer_goes_into_the_same_thread_and_by_itself_only_to_who_is_proved(arrives, customer):
    mail = arrives(vouched(subject="Our order", References="<1@riverside.example>"))

    thread = thread_of(files()[0])

    assert (thread.recipient, thread.subject) == ("dana@riverside.example", "Re: Our order")
    assert thread.in_reply_to == mail.message_id
    assert thread.references == ("<1@riverside.example>", mail.message_id)
    assert thread.why_not == ""


@pytest.mark.parametrize(
    ("reply_to", "recipient"),
    [
        ("Orders@riverside.example", "orders@riverside.example"),
        ("buyer@elsewhere.example", "buyer@elsewhere.example"),
        ("thief@evil.example", "dana@riverside.example"),
        ("orders@shop.example", "dana@riverside.example"),
        ("", "dana@riverside.example"),
    ],
    ids=["of the same domain", "a contact's", "a stranger's", "our own", "none"],
)
def test_an_answer_goes_to_reply_to_only_where_that_is_the_customers(
    arrives, customer, mailbox, reply_to, recipient
):
    models.Contact.create(customer=customer, name="Ben", email="buyer@elsewhere.example")
    mailbox.own_addresses = ["orders@shop.example"]
    mailbox.save()

    arrives(vouched(**({"Reply-To": reply_to} if reply_to else {})))

    assert (thread_of(files()[0]).recipient, threads.thread_of(files()[0]).address) == (
        recipient, recipient,
    )  # fmt: skip


def test_at_a_free_mail_service_the_domain_says_nothing(arrives, mailbox):
    a_customer("Club", code="CLB", email="club@gmail.com")
    mailbox.trust = "address"
    mailbox.save()

    arrives(an_order_mail("9", sender="club@gmail.com", **{"Reply-To": "clubb@gmail.com"}))

    assert threads.thread_of(files()[0]).address == "club@gmail.com"


def test_a_mail_that_answers_ours_is_known_by_its_thread(arrives, customer):
    sent = models.Message.create(
        key="x:1", event="confirmed", message_id="<ours-2@shop.example>", state="sent"
    )

    direct = arrives(vouched("1", In_Reply_To="<ours-2@shop.example>"))
    further = arrives(
        vouched("2", In_Reply_To="<other@x>", References="<ours-2@shop.example> <other@x>")
    )

    assert replies_to(direct) == replies_to(further) == sent
    assert replies_to(arrives(vouched("3"))) is None


# ---------------------------------------------------------------- no spreadsheet


def test_an_order_in_the_text_waits_to_be_typed_and_is_typed_once(arrives, customer):
    mail = arrives(a_mail(text="Please send 48 black tees.", Authentication_Results=PASSED))
    incoming = files()[0]
    assert (mail.state, incoming.state) == (MailState.TAKEN, intake.State.NEEDS_PERSON)
    assert "the order stands in its text" in incoming.reason
    assert incoming.customer == customer

    order = intake.enter_by_hand(incoming.id, a_draft(a_line()), SALES)

    assert order.incoming == incoming
    assert reload(incoming).reason == f"Became {order.number}, entered by Sue."
    with pytest.raises(StaleError, match=f"was entered already, as {order.number}"):
        intake.enter_by_hand(incoming.id, a_draft(a_line()), SALES)
    second = intake.enter_by_hand(incoming.id, a_draft(a_line()), SALES, seen=1)
    assert reload(incoming).reason == f"Became {order.number}, {second.number}, entered by Sue."


def test_an_order_in_a_pdf_waits_and_the_pdf_is_there_to_read(arrives, customer):
    mail = arrives(a_mail(("PO 7.pdf", b"%PDF-1.7 order"), Authentication_Results=PASSED))

    assert "the order stands in 'PO 7.pdf'" in files()[0].reason
    assert mailroom.part_of(mail, 0).content == b"%PDF-1.7 order"


def test_a_spreadsheet_beside_a_pdf_is_read_and_the_pdf_only_kept(arrives, customer):
    arrives(a_mail(("po.csv", csv_of()), ("terms.pdf", b"%PDF-1.7"), Authentication_Results=PASSED))

    assert [f.name for f in files()] == ["po.csv"]
    assert [part["read"] for part in mails()[0].parts] == [True, False]


def test_a_mail_the_reader_cannot_take_apart_is_kept_and_waits(mailbox, customer):
    class Stops(LetterReader):
        def read(self, raw):
            self._limits = type(self._limits)(most_bytes=1)
            return super().read(raw)

    content = vouched().as_bytes()
    with Stops() as reader:
        mail = mailroom.keep(
            Arrival(mailbox, "INBOX", 1, 1, len(content), clock.now(), content), reader
        )

    assert mail.state == MailState.WAITING
    assert "makes the reader stop" in mail.reason
    assert (mail.sender, mail.message_id != "") == ("dana@riverside.example", True)
    assert bytes(mail.original.content) == content


def test_an_empty_attachment_is_said_and_the_rest_is_taken(arrives, customer):
    mail = arrives(a_mail(("empty.xlsx", b""), ("po.csv", csv_of()), Authentication_Results=PASSED))

    assert [f.name for f in files()] == ["po.csv"]
    assert mail.state == MailState.TAKEN
