"""Who mails an order file is answered in the thread: what we read, or what we must know."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest

import clock
import models
from errors import BlockedError, ForbiddenError
from sync import fill_in, intake, links, mailroom, redraft, replies
from sync.intake import State
from sync.letters.safely import LetterReader
from sync.mail_rules import Arrival
from tests import post
from tests.letters import a_mail, answers, mailed, work
from tests.papers import csv_of, rows_of, workbook_of, xlsx_of
from tests.shop import BOSS, a_customer, a_product, a_shop, reload, somebody
from tests.web import text_of
from tests.workbooks import packed, parts_of
from workflow import engine, messages, wording

DOUBTFUL = (("TEE-1", "Heavy cotton tee", "a few", "6.50"), ("CAP-1", "Cap", 12, "9.00"))
TWO_DOUBTS = (("TEE-1", "Heavy cotton tee", "a few", "6.50"), ("HAT-9", "Top hat", 3, ""))
ADDRESS = {
    "kind": "ship_to", "is_default": True, "name": "Dana Fox", "company": "Riverside AC",
    "address1": "12 Dock Road", "city": "Portland", "country": "US",
}  # fmt: skip


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_product("TEE-1", price=Decimal("6.50"), color="", purchased=False)
    a_product("CAP-1", price=Decimal("9.00"), name="Cap", color="", purchased=False)


@pytest.fixture
def riverside(shop):
    """A customer whose orders need no address."""
    found = a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    models.Address.create(customer=found, **ADDRESS)
    return found


def orders():
    return list(models.Order.select().order_by(models.Order.id))


def open_problems(order):
    found = models.DraftProblem.select().where(
        (models.DraftProblem.order == order) & models.DraftProblem.settled_at.is_null()
    )
    return list(found.order_by(models.DraftProblem.id))


def workbook(message):
    return openpyxl.load_workbook(io.BytesIO(bytes(message.file.content)))


def corrected(message, **cells):
    """The workbook we sent, as the customer fills it in and sends it back."""
    book = workbook(message)
    for address, value in cells.items():
        book.active[address] = value
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


# ---------------------------------------------------------------- what is answered


def test_a_file_without_questions_is_answered_with_what_we_read(riverside):
    incoming = mailed(customer=riverside)

    work()

    [message] = answers()
    number = orders()[0].number
    assert (message.event, message.state, message.recipient) == (
        "received", "sent", "dana@riverside.example",
    )  # fmt: skip
    assert message.subject == "Re: Spring order"
    assert f"Order {number}, your PO 4711\n- 48 Heavy cotton tee\n- 12 Cap" in message.body
    assert "In your hands by " in message.body
    assert message.in_reply_to == incoming.mail.message_id
    assert message.file_id is None


def test_a_doubtful_file_comes_back_with_coloured_cells_and_the_questions(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)

    work()

    [message] = answers()
    assert message.event == "questions"
    question = "Quantity: we need a number of pieces; you wrote “a few”."
    assert f"- sheet Order, cell C6: {question}" in message.body
    cell = workbook(message)["Order"]["C6"]
    assert cell.value == "a few"
    assert question in cell.comment.text
    assert cell.fill.fgColor.rgb == "FFFFE699"
    assert message.file_name == "order.xlsx"


def test_the_mail_names_the_thread_and_carries_the_workbook(riverside, mail_sink, settings):
    wired = settings.model_copy(
        update={"smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False}
    )
    mail = a_mail(riverside, thread=["<0@customer.example>"], in_reply_to="<0@customer.example>")
    mailed(xlsx_of(*DOUBTFUL), mail=mail)

    work(wired)

    [sent] = mail_sink.messages
    assert sent["In-Reply-To"] == mail.message_id
    assert sent["References"] == f"<0@customer.example> {mail.message_id}"
    assert sent["Auto-Submitted"] == "auto-replied"
    [attached] = list(sent.iter_attachments())
    assert attached.get_filename() == "order.xlsx"
    assert attached.get_content().startswith(b"PK")
    text = sent.get_body().get_content()
    link = re.search(rf"{re.escape(wired.base_url)}/q/([\w-]{{43}})", text)
    assert links.find(link[1]).incoming.mail == mail


def test_the_secret_of_a_link_stands_nowhere_in_the_database(riverside, settings):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()

    [message] = answers()
    secret = links.url_of(message.link, settings).rpartition("/")[2]

    assert wording.LINK in message.body
    assert secret not in message.body
    assert message.link.token_hash != secret
    assert links.find(secret) == message.link


@pytest.mark.parametrize(
    ("name", "content"),
    [("order.csv", csv_of(*DOUBTFUL)), ("order.xlsx.csv", csv_of(*DOUBTFUL))],
)
def test_what_cannot_be_written_into_comes_back_as_a_new_workbook_that_says_so(
    riverside, name, content
):
    mailed(content, customer=riverside, name=name)

    work()

    [message] = answers("questions")
    cell = workbook(message).worksheets[0]["C6"]
    assert "a number of pieces" in cell.comment.text
    assert cell.fill.fgColor.rgb == "FFFFE699"
    assert "It is a new file with the values of yours" in message.body
    assert message.file_name == f"{name.rpartition('.')[0]}.xlsx"


@pytest.mark.parametrize(("allowed", "kind"), [(False, "copy"), (True, "own")])
def test_macros_go_out_only_if_the_shop_says_so(riverside, allowed, kind):
    models.ShopSetting.create(name="macros_out", value=allowed)
    content = packed(parts_of(xlsx_of(*DOUBTFUL)) | {"xl/vbaProject.bin": b"macro"})
    mailed(content, customer=riverside, name="order.xlsm")

    work()

    [message] = answers("questions")
    parts = parts_of(bytes(message.file.content))
    assert ("xl/vbaProject.bin" in parts) is allowed
    assert message.file_name == ("order.xlsm" if allowed else "order.xlsx")
    assert ("It is a new file" in message.body) is (kind == "copy")


def test_an_order_that_needs_nobody_is_confirmed_in_the_thread_and_once(riverside):
    riverside.touchless = True
    riverside.save()

    incoming = mailed(customer=riverside)
    work()

    [message] = list(models.Message.select())
    assert (message.event, message.state) == ("confirmed", "sent")
    assert message.in_reply_to == incoming.mail.message_id
    assert "How it stands: [your private link]" in message.body


# ---------------------------------------------------------------- once, and not to everybody


def test_the_same_questions_are_never_sent_twice(riverside):
    incoming = mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    sent = answers()[0]

    back = mailed(corrected(sent), customer=riverside, in_reply_to="<x@y>")
    work()

    assert back.state == State.ACCEPTED
    assert len(orders()) == 1
    assert answers() == [sent]
    assert replies.answer(incoming.id, BOSS) is None


def test_a_second_run_of_the_worker_writes_nothing_new(riverside):
    incoming = mailed(xlsx_of(*DOUBTFUL), customer=riverside)

    replies.answer(incoming.id, BOSS)
    replies.answer(incoming.id, BOSS)

    assert len(answers()) == 1
    assert models.OutboxRow.select().where(models.OutboxRow.kind == "mail").count() == 1


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"authenticated": False}, "does not vouch that"),
        ({"automatic": "Auto-Submitted: auto-replied"}, "sent by a program"),
        ({"sender": "stranger@else.example"}, "is not known to order for anybody"),
    ],
)
def test_who_is_not_known_or_not_vouched_for_is_not_answered_by_itself(riverside, columns, why):
    mailed(xlsx_of(*DOUBTFUL), **columns)

    work()

    [message] = answers()
    assert message.state == "skipped"
    assert why in message.note
    assert models.AnswerLink.select().count() == 0


def test_a_partner_who_is_never_written_to_is_not_answered_by_hand_either(riverside):
    riverside.send_messages = False
    riverside.save()
    incoming = mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()

    [message] = answers()
    assert message.note == "Riverside AC gets no messages: that is switched off at the customer."
    with pytest.raises(BlockedError, match="gets no messages"):
        replies.answer(incoming.id, BOSS, by_hand=True)


def test_a_person_answers_a_sender_the_shop_would_not(riverside):
    incoming = mailed(xlsx_of(*DOUBTFUL), customer=riverside, authenticated=False)
    work()

    message = replies.answer(incoming.id, BOSS, by_hand=True)
    work()

    assert reload(message).state == "sent"
    assert len(answers()) == 1
    with pytest.raises(BlockedError, match="answered with these words already"):
        replies.answer(incoming.id, BOSS, by_hand=True)


def test_who_may_not_send_messages_answers_nobody(riverside):
    incoming = mailed(xlsx_of(*DOUBTFUL), customer=riverside, authenticated=False)

    with pytest.raises(ForbiddenError, match="may not see and send messages"):
        replies.answer(incoming.id, somebody(role="Department worker"), by_hand=True)


def test_an_upload_is_answered_only_by_hand(riverside):
    incoming = intake.receive("upload", "order.xlsx", xlsx_of(*DOUBTFUL), actor=BOSS)
    intake.read_file(incoming.id, BOSS)
    work()
    assert answers() == []

    message = replies.answer(incoming.id, BOSS, by_hand=True)

    assert (message.recipient, message.in_reply_to) == ("dana@riverside.example", "")


def test_a_switched_off_template_writes_to_nobody_and_says_so(riverside):
    template = messages.template_of("questions")
    words = wording.Words(template.subject, template.body)
    change = messages.TemplateChange(words, active=False, version=template.version)
    messages.change_template("questions", change, BOSS)
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)

    work()

    assert answers()[0].note == "The template of this message is switched off."


def test_prices_and_customers_are_never_asked_of_the_customer(riverside):
    mailed(xlsx_of(("TEE-1", "Heavy cotton tee", 48, "5.00")), customer=riverside)

    work()

    assert [p.field for p in open_problems(orders()[0])] == ["unit_price"]
    assert [message.event for message in answers()] == ["received"]


# ---------------------------------------------------------------- a corrected file


def test_a_corrected_workbook_updates_the_same_order_and_its_problem_is_gone(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    sent = answers()[0]

    back = mailed(corrected(sent, C6=24), customer=riverside, name="order (1).xlsx")
    work()

    [order] = orders()
    assert back.state == State.ACCEPTED
    assert [line.quantity for line in order.lines.order_by(models.OrderLine.number)] == [24, 12]
    assert open_problems(order) == []
    assert [m.event for m in answers()] == ["questions", "received"]
    assert intake.orders_of(back) == [order]


def test_a_corrected_csv_is_known_by_its_thread(riverside):
    first = mailed(csv_of(*DOUBTFUL), customer=riverside, name="order.csv")
    work()

    mailed(csv_of(("TEE-1", "Heavy cotton tee", 24, "6.50"), ("CAP-1", "Cap", 12, "9.00")),
           customer=riverside, name="order.csv", in_reply_to=answers()[0].message_id,
           thread=[first.mail.message_id])  # fmt: skip

    [order] = orders()
    assert order.pieces == 36 or order.lines.get().quantity == 24
    assert open_problems(order) == []


def test_without_mark_and_thread_the_po_number_tells_while_questions_are_open(riverside):
    mailed(csv_of(*DOUBTFUL), customer=riverside, name="order.csv")

    mailed(csv_of(("TEE-1", "Heavy cotton tee", 24, "6.50"), ("CAP-1", "Cap", 12, "9.00")),
           customer=riverside, name="order.csv")  # fmt: skip

    assert len(orders()) == 1


def test_a_second_order_in_the_same_thread_is_a_second_order(riverside):
    first = mailed(customer=riverside)

    mailed(xlsx_of(po="4712"), customer=riverside, in_reply_to=first.mail.message_id)

    assert [order.po_number for order in orders()] == ["4711", "4712"]


def test_what_a_person_typed_meanwhile_is_not_overwritten_silently(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    [order] = orders()
    day = clock.today() + timedelta(days=5)
    sue = somebody("Sue", "Sales")
    engine.change_order(order.id, engine.OrderChange(values={"in_hands_date": day}), sue)
    sent = answers()[0]

    mailed(corrected(sent, C6=24), customer=riverside)
    untouched = reload(order)
    later = clock.today() + timedelta(days=60)
    mailed(corrected(sent, C6=24, B3=later.isoformat()), customer=riverside)

    order = reload(order)
    assert untouched.in_hands_date == day
    assert order.in_hands_date == day
    [conflict] = open_problems(order)
    assert conflict.field == "in_hands_date"
    assert conflict.message.startswith(f"Sue entered '{day.isoformat()}', order.xlsx says")


def test_a_quantity_a_person_changed_stays_where_the_file_did_not_change_it(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    [order] = orders()
    catalogue = replies.shop.catalogue()
    lines = redraft.draft_of(order, catalogue).lines
    more = replace(lines[1], values={**lines[1].values, "quantity": Decimal(15)})
    sue = somebody("Sue", "Sales")
    engine.change_order(order.id, engine.OrderChange(lines=(lines[0], more)), sue)

    mailed(corrected(answers()[0], C6=24), customer=riverside)

    found = order.lines.order_by(models.OrderLine.number)
    assert [line.quantity for line in found] == [24, 15]
    assert open_problems(order) == []


def test_a_line_the_customer_took_out_or_put_in_changes_the_order(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()

    mailed(corrected(answers()[0], C6=24, A7="TEE-1", B7="Second tee", C7=5, D7=6.5),
           customer=riverside)  # fmt: skip

    lines = orders()[0].lines.order_by(models.OrderLine.number)
    assert sorted((line.sku, int(line.quantity)) for line in lines) == [("TEE-1", 5), ("TEE-1", 24)]


def test_a_correction_of_an_order_at_work_waits_for_a_person(riverside):
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    [order] = orders()
    sent = answers()[0]
    line = order.lines.order_by(models.OrderLine.number).get()
    fill_in.fill_in(sent.link, {q.key: "24" for q in fill_in.open_questions(sent.incoming)[1]})
    engine.release(order.id, BOSS)
    assert reload(line).quantity == 24

    late = mailed(corrected(sent, C6=30), customer=riverside)

    assert late.state == State.NEEDS_PERSON
    assert f"corrects order {order.number}: it is in " in late.reason
    assert len(orders()) == 1


def test_a_mark_that_was_made_up_counts_nothing(riverside):
    first = mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    good = links.marker_of(first.id)

    assert links.marked(good) == first.id
    assert links.marked(f"{first.id}.{'A' * 22}") is None
    assert links.marked("1") is None
    assert links.marked("") is None


def test_from_the_mail_to_the_answer_and_from_the_corrected_mail_to_the_order(
    riverside, mail_sink, settings
):
    """The whole way, with real mails in and a real server out."""
    wired = settings.model_copy(
        update={"smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False}
    )
    box = post.a_mailbox(trust="authenticated", authserv_ids=["mx.shop.example"])
    first = post.a_mail(("May order.xlsx", xlsx_of(*DOUBTFUL)), subject="May order",
                        Authentication_Results=post.PASSED)  # fmt: skip
    with LetterReader() as reader:
        arrives(box, first, reader)
        work(wired)
        [asked] = mail_sink.messages
        [sent] = list(asked.iter_attachments())
        back = post.a_mail(
            ("May order.xlsx", corrected(answers()[0], C6=24)),
            subject="Re: May order",
            In_Reply_To=asked["Message-ID"],
            References=f"{first['Message-ID']} {asked['Message-ID']}",
            Authentication_Results=post.PASSED,
        )
        arrives(box, back, reader)
        work(wired)

    [order] = orders()
    assert (asked["To"], asked["Subject"]) == ("dana@riverside.example", "Re: May order")
    assert asked["In-Reply-To"] == first["Message-ID"]
    assert sent.get_content() == bytes(answers()[0].file.content)
    assert [line.quantity for line in order.lines.order_by(models.OrderLine.number)] == [24, 12]
    assert open_problems(order) == []
    assert mail_sink.messages[1]["In-Reply-To"] == back["Message-ID"]
    assert "This is what we read" in mail_sink.messages[1].get_body().get_content()
    assert len(mail_sink.messages) == 2


def arrives(box, mail, reader):
    content = mail.as_bytes()
    uid = models.IncomingMail.select().count() + 1
    return mailroom.keep(
        Arrival(mailbox=box, folder="INBOX", uid_validity=1, uid=uid, size=len(content),
                arrived_at=clock.now(), original=content),
        reader,
    )  # fmt: skip


# ---------------------------------------------------------------- touchless and prices


@pytest.mark.parametrize(
    ("columns", "price", "released", "entered"),
    [
        ({}, "6.50", True, "6.50"),
        ({}, "6.40", False, "6.50"),
        ({"price_tolerance": Decimal(2)}, "6.40", True, "6.50"),
        ({"price_tolerance": Decimal(1)}, "6.40", False, "6.50"),
        ({"price_policy": "ours"}, "1.00", True, "6.50"),
        ({"price_policy": "theirs"}, "1.00", True, "1.00"),
        ({"touchless_limit": Decimal(312)}, "6.50", True, "6.50"),
        ({"touchless_limit": Decimal("311.99")}, "6.50", False, "6.50"),
        ({"credit_blocked": True}, "6.50", False, "6.50"),
        ({"touchless": False}, "6.50", False, "6.50"),
    ],
)
def test_the_customers_policy_says_what_needs_no_person(
    riverside, columns, price, released, entered
):
    for name, value in ({"touchless": True} | columns).items():
        setattr(riverside, name, value)
    riverside.save()

    mailed(xlsx_of(("TEE-1", "Heavy cotton tee", 48, price)), customer=riverside)

    [order] = orders()
    assert (order.released_at is not None) is released
    assert order.lines.get().unit_price == Decimal(entered)


def test_a_price_only_the_customer_says_needs_a_person_and_the_page_tells_so(riverside, client_as):
    riverside.touchless = True
    riverside.save()
    models.Product.update(price=0).where(models.Product.sku == "TEE-1").execute()

    incoming = mailed(xlsx_of(("TEE-1", "Heavy cotton tee", 48, "6.50")), customer=riverside)

    [order] = orders()
    assert order.released_at is None
    page = text_of(client_as("Sales").get(f"/incoming/{incoming.id}"))
    assert f"{order.number} needs a person: line 1: only the customer says this price" in page


def test_a_sender_nobody_vouches_for_is_never_released_without_a_person(riverside):
    riverside.touchless = True
    riverside.save()

    mailed(customer=riverside, authenticated=False)

    assert orders()[0].released_at is None


def test_answers_by_link_release_a_touchless_order(riverside):
    riverside.touchless = True
    riverside.save()
    mailed(xlsx_of(*DOUBTFUL), customer=riverside)
    work()
    [message] = answers()

    left = fill_in.fill_in(
        message.link, {q.key: "24" for q in fill_in.open_questions(message.incoming)[1]}
    )
    work()

    [order] = orders()
    assert left == 0
    assert order.released_by == "touchless policy"
    sent = models.Message.select(models.Message.event).order_by(models.Message.id)
    assert [m.event for m in sent] == ["questions", "confirmed"]


def test_two_documents_of_one_mail_are_answered_one_by_one(riverside):
    mail = a_mail(riverside)
    mailed(xlsx_of(*DOUBTFUL, po="1"), mail=mail, name="one.xlsx")
    mailed(workbook_of({"Two": rows_of(po="2")}), mail=mail, name="two.xlsx")

    work()

    assert sorted(m.event for m in answers()) == ["questions", "received"]
