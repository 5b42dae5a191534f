"""Messages to customers: the right words, to the right address, once; again only by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest

import models
import outbox
from errors import ForbiddenError, InvalidError, NotFoundError, StaleError
from models import Contact, Message, MessageTemplate, OrderEvent, OutboxRow
from notifications import mail
from notifications.mail import Mail
from settings import Settings
from tests.shop import (
    BOSS,
    a_customer,
    a_delivery,
    a_line,
    a_released_order,
    a_shop,
    an_order,
    day,
    finish,
    finish_until,
    job_of,
    reload,
    somebody,
)
from tests.web import queries, text_of
from worker import Worker
from workflow import engine, messages, wording
from workflow.message_facts import facts_of, recipient_of, why_not_address
from workflow.messages import TemplateChange
from workflow.wording import Words

pure = pytest.mark.pure


@pytest.fixture
def shop(db):
    a_shop()


def composed(order, event="confirmed", job=None):
    return messages.compose(event, order.id, job.id if job else None, BOSS)


# ---------------------------------------------------------------- words


@pure
@pytest.mark.parametrize("event", wording.EVENTS)
@pytest.mark.parametrize("rich", [True, False])
def test_the_first_words_fit_every_order(event, rich):
    filled = wording.fill(Words(*wording.FIRST_WORDS[event]), wording.example(event, rich=rich))

    assert "{" not in filled.subject + filled.body
    assert "None" not in filled.body
    assert "\n\n\n" not in filled.body


@pure
@pytest.mark.parametrize(
    ("subject", "body", "problems"),
    [
        ("ok", "a\n{{ order.nope }}", {"body": "line 2: there is no '.nope' here"}),
        ("ok", "a\n\n{% if %}", {"body": "line 3: Expected an expression"}),
        ("{{ nobody }}", "ok", {"subject": "line 1: this message knows no 'nobody'"}),
        ("{{ job.number }}", "ok", {"subject": "knows no 'job'"}),
        ("", "ok", {"subject": "there is nothing in it"}),
        ("ok", " \n ", {"body": "there is nothing in it"}),
        ("ok", "{{ 1 / 0 }}", {"body": "division by zero"}),
        ("ok", "\n{{ order.number + 1 }}", {"body": "line 2: can only concatenate"}),
        ("ok", "{{ lines[9].text }}", {"body": "no element 9"}),
        ("ok", "{% include '/etc/passwd' %}", {"body": "line 1"}),
        ("ok", "{{ ''.__class__ }}", {"body": "is unsafe"}),
        ("ok", "{{ contact.format() }}", {"body": "is unsafe"}),
        ("ok", "{{ order.update({}) }}", {"body": "line 1"}),
        ("ok", "{{ contact|attr('__class__') }}", {"body": "No filter named 'attr'"}),
        ("ok", "{{ self.__init__ }}", {"body": "line 1"}),
        ("ok", "{{ 'x' * 999999999 }}", {"body": "is for small numbers only"}),
        ("ok", "{{ 9 ** 999999999 }}", {"body": "is for small numbers only"}),
        ("ok", "{% for i in range(9) %}{% endfor %}", {"body": "knows no 'range'"}),
        ("ok", "x" * 20_001, {"body": "longer than 20000 characters"}),
        ("{{", "{% for %}", {"subject": "line 1", "body": "line 1"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_broken_words_are_refused_with_their_line(subject, body, problems):
    with pytest.raises(InvalidError) as refused:
        wording.check("confirmed", Words(subject, body))

    assert set(refused.value.problems) == set(problems)
    for part, sentence in problems.items():
        assert sentence in refused.value.problems[part]


@pure
def test_words_that_only_rich_orders_can_fill_are_refused():
    words = Words("ok", "{{ shipments[0].tracking_number }}")

    with pytest.raises(InvalidError, match="no element 0"):
        wording.check("shipped", words)


@pure
def test_a_message_cannot_grow_without_end():
    facts = wording.example("confirmed") | {"lines": [{"text": "x" * 1000}] * 1000}

    with pytest.raises(InvalidError, match="longer than 50000 characters"):
        wording.fill(Words("ok", "{% for line in lines %}{{ line.text }}{% endfor %}"), facts)


@pure
def test_a_subject_is_one_line_whatever_the_customer_calls_the_order():
    facts = wording.example("confirmed")
    facts["order"]["project_name"] = "Spring\r\nBcc: everybody@example.com\x00\x1b[31m"

    filled = wording.fill(Words("About {{ order.project_name }}", "ok"), facts)

    assert filled.subject == "About Spring Bcc: everybody@example.com [31m"


@pure
def test_a_text_keeps_its_lines_and_loses_control_characters():
    filled = wording.fill(Words("ok", "a\r\nb\x00\x1b\n\n\n\nc  \n\n"), {})

    assert filled.body == "a\nb\n\nc\n"


@pure
@pytest.mark.parametrize("event", wording.EVENTS)
def test_what_is_listed_beside_the_editor_is_what_there_is(event):
    facts = wording.example(event)
    listed = dict(wording.what_facts_mean(event))

    assert {name for name in facts if not name.startswith("shop_")} <= set(listed)
    for name in ("order", "job"):
        for fact in facts.get(name, ()):
            assert f".{fact}" in listed[name]
    for name in ("lines", "shipments"):
        for fact in (facts.get(name) or [{}])[0]:
            assert f".{fact}" in listed[name]


# ---------------------------------------------------------------- facts


def test_real_orders_have_the_facts_the_example_has(shop):
    order = a_released_order()
    job = job_of(order)

    for event, about in (("confirmed", None), ("shipped", job)):
        real, made_up = facts_of(order, about), wording.example(event)
        assert set(real) == set(made_up)
        for name in ("order", "job"):
            assert set(real.get(name, ())) == set(made_up.get(name, ()))
        assert set(real["lines"][0]) == set(made_up["lines"][0])


def test_facts_are_plain_values_and_never_rows(shop):
    def leaves(value):
        if isinstance(value, dict):
            return [leaf for part in value.values() for leaf in leaves(part)]
        if isinstance(value, list):
            return [leaf for part in value for leaf in leaves(part)]
        return [value]

    order = a_released_order()

    assert {type(leaf) for leaf in leaves(facts_of(order, job_of(order)))} <= {str, int}


def test_a_confirmation_lists_what_was_ordered_with_sizes(shop):
    order = an_order(
        a_line(sizes={"S": 12, "XXL": 1200}, color="black"),
        a_line(5, description="Cap", color="", method=""),
        in_hands_date=date(2026, 3, 20),
        po_number="PO-7731",
    )

    body = composed(order).body

    assert "- 1,212 Heavy cotton tee, black (S 12, XXL 1,200)\n- 5 Cap\n" in body
    assert "You will have it by Friday 20 March 2026." in body
    assert "(your PO PO-7731)" in body


def test_a_message_about_a_job_lists_what_travels_with_it(shop):
    days = (day("2026-03-20"), day("2026-04-20"))
    line = replace(a_line(50), schedule=(a_delivery(30, days[0]), a_delivery(20, days[1])))
    order = a_released_order(line)
    first = models.Job.select().where(models.Job.order == order).order_by(models.Job.id).first()
    models.JobItem.update(short=2).where(models.JobItem.job == first).execute()

    lines = facts_of(order, first)["lines"]

    assert [line["quantity"] for line in lines] == ["28"]


def test_the_shipped_message_names_carrier_and_tracking_number(shop):
    order = a_released_order(a_line(48, method=""))
    task = finish_until(order, "shipping")
    items = models.TaskQuantity.select().where(models.TaskQuantity.task == task)
    handover = engine.Handover(
        items=tuple((row.item_id, 48) for row in items),
        carrier="UPS",
        tracking_number="1Z999",
        tracking_url="https://ups.example/1Z999",
        boxes=(engine.Box(9000), engine.Box(8000)),
    )
    engine.record_shipment(task.id, handover, BOSS)
    engine.finish_task(task.id, BOSS)

    message = composed(order, "shipped", job_of(order))

    assert "UPS 1Z999 https://ups.example/1Z999" in message.body
    assert "has left us" in message.body
    assert facts_of(order, job_of(order))["shipments"][0]["packages"] == 2


def test_packing_and_handing_over_ask_for_one_message_each(shop):
    order = a_released_order(a_line(48, method=""))

    for slug in ("packaging", "shipping"):
        finish(finish_until(order, slug))

    asked = [row.payload["event"] for row in OutboxRow.select().order_by(OutboxRow.id)]
    assert asked == ["confirmed", "ready", "shipped"]


# ---------------------------------------------------------------- to whom


def test_the_orders_own_contact_is_written_to_first(shop):
    customer = a_customer(email="office@r.example")
    Contact.create(customer=customer, kind="order", name="Kim", email="kim@r.example")

    own = recipient_of(an_order(customer=customer))
    usual = recipient_of(an_order(customer=customer, order_contact_name="", order_contact_email=""))
    Contact.delete().execute()
    office = recipient_of(
        an_order(customer=customer, order_contact_name="", order_contact_email="")
    )

    assert (own.name, own.address) == ("Dana Fox", "dana@riverside.example")
    assert (usual.name, usual.address) == ("Kim", "kim@r.example")
    assert (office.name, office.address) == (customer.name, "office@r.example")


@pytest.mark.parametrize(
    ("customer", "contact", "order", "why"),
    [
        ({"send_messages": False}, {}, {}, "gets no messages"),
        ({}, {"opt_in": False}, {}, "Kim does not want messages."),
        ({}, {"preferred_channel": "phone"}, {}, "Kim prefers phone"),
        ({"email": ""}, {"email": ""}, {"order_contact_email": ""}, "There is no e-mail address"),
        ({}, {}, {"order_contact_email": "dana at riverside"}, "is not an e-mail address"),
    ],
    ids=["customer", "opted out", "phone", "no address", "broken address"],
)
def test_who_is_not_written_to_is_told_in_a_note(shop, customer, contact, order, why):
    whose = a_customer(**customer)
    words = {"kind": "order", "name": "Kim", "email": "KIM@r.example"} | contact
    Contact.create(customer=whose, **words)
    made = a_released_order(customer=whose, **({"order_contact_email": "kim@r.example"} | order))

    message = composed(made)

    assert message.state == "skipped"
    assert why in message.note
    assert made.number in message.subject, "it can be seen what would have been sent"
    assert not OutboxRow.select().where(OutboxRow.kind == "mail").exists()
    event = OrderEvent.get(OrderEvent.kind == "message")
    assert event.text.startswith("Order confirmed: not told: ")


@pure
@pytest.mark.parametrize(
    "address",
    ["", "dana", "dana@", "@r.example", "dana@r", "a b@r.example", "a@r.example,b@r.example",
     "a@r.example\nBcc: b@r.example", "a..b@r.example", "dana@r.example ", "d\u00e4na@r.example",
     "<dana@r.example>", "x" * 250 + "@r.example"],
)  # fmt: skip
def test_what_is_no_address_is_not_written_to(address):
    assert why_not_address(address)


@pure
def test_usual_addresses_are_fine():
    for address in ("dana@r.example", "d.a-n_a+orders@mail.r-i.example", "o'hara@x.example"):
        assert why_not_address(address) == ""


# ---------------------------------------------------------------- once


def test_the_same_message_is_written_once(shop):
    order = a_released_order()

    first, second = composed(order), composed(order)

    assert first.id == second.id
    assert OutboxRow.select().where(OutboxRow.kind == "mail").count() == 1


def test_a_switched_off_message_is_written_down_but_not_sent(shop):
    MessageTemplate.update(active=False).execute()

    message = composed(a_released_order())

    assert message.state == "skipped"
    assert message.note == "The template of this message is switched off."


def test_a_cancelled_order_is_not_confirmed(shop):
    order = a_released_order()
    engine.cancel_order(order.id, "changed their mind", BOSS)

    message = composed(order)

    assert (message.state, message.note) == ("skipped", f"{order.number} was cancelled.")


def test_a_message_about_an_order_that_is_gone_says_so(shop):
    with pytest.raises(NotFoundError, match="not there any more"):
        messages.compose("confirmed", 4711, None, BOSS)


# ---------------------------------------------------------------- again, by hand


def a_sent_message(state="sent", **columns):
    message = composed(a_released_order())
    Message.update(state=state, **columns).where(Message.id == message.id).execute()
    OutboxRow.delete().execute()
    return reload(message)


def test_somebody_sends_a_message_again_with_a_reason(shop):
    message = a_sent_message()

    again = messages.send_again(message.id, " new@r.example ", "wrong address", 0, BOSS)

    assert again.key == f"{message.key}:again:1"
    assert (again.recipient, again.state) == ("new@r.example", "waiting")
    assert (again.subject, again.body) == (message.subject, message.body)
    assert again.note == "Sent again by Olga Owner: wrong address"
    assert OutboxRow.get().payload == {"message_id": again.id}
    assert OrderEvent.select().where(OrderEvent.text.contains("wrong address")).exists()


def test_why_it_was_sent_again_stays_with_it(shop, settings):
    message = a_sent_message()
    again = messages.send_again(message.id, message.recipient, "lost", 0, BOSS)
    messages.mark_waiting(again, "The server was busy.")

    Worker(settings, schedule=()).run(once=True)

    assert reload(again).state == "sent"
    assert reload(again).note.startswith("Sent again by Olga Owner: lost · Kept as mail/")


def test_a_click_that_arrives_twice_sends_once(shop):
    message = a_sent_message()
    messages.send_again(message.id, message.recipient, "lost", 0, BOSS)

    with pytest.raises(StaleError, match="a moment ago"):
        messages.send_again(message.id, message.recipient, "lost", 0, BOSS)

    assert OutboxRow.select().count() == 1


def test_a_copy_can_be_sent_again_too(shop):
    message = a_sent_message()
    copy = messages.send_again(message.id, message.recipient, "lost", 0, BOSS)
    Message.update(state="sent").where(Message.id == copy.id).execute()

    another = messages.send_again(copy.id, message.recipient, "lost again", 1, BOSS)

    assert another.key == f"{message.key}:again:2"


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_what_still_waits_is_not_sent_again(shop, state):
    message = a_sent_message(state)

    with pytest.raises(StaleError, match="still waits"):
        messages.send_again(message.id, message.recipient, "impatient", 0, BOSS)


def test_without_reason_and_address_nothing_is_sent_again(shop):
    message = a_sent_message()

    with pytest.raises(InvalidError) as refused:
        messages.send_again(message.id, "dana@r.example, kim@r.example", "  ", 0, BOSS)

    assert set(refused.value.problems) == {"reason", "recipient"}
    assert Message.select().count() == 1


@pytest.mark.parametrize("state", ["unknown", "refused"])
def test_what_needed_a_person_is_settled_by_sending_it_again(shop, state):
    message = a_sent_message(state)

    messages.send_again(message.id, message.recipient, "they have nothing", 0, BOSS)

    assert reload(message).state == "replaced"
    assert messages.how_many(messages.NEEDS_A_PERSON) == 0


def test_an_unknown_message_that_arrived_counts_as_sent(shop):
    message = a_sent_message("unknown")

    messages.mark_arrived(message.id, BOSS)

    assert reload(message).state == "sent"
    with pytest.raises(StaleError):
        messages.mark_arrived(message.id, BOSS)


@pytest.mark.parametrize("role", ["Department worker", "Accountant", "Read-only"])
def test_who_may_not_write_to_customers_cannot_send_again(shop, role):
    message = a_sent_message("unknown")

    with pytest.raises(ForbiddenError):
        messages.send_again(message.id, message.recipient, "hello", 0, somebody(role=role))
    with pytest.raises(ForbiddenError):
        messages.mark_arrived(message.id, somebody(role=role))


# ---------------------------------------------------------------- the mail itself

WRITTEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_mail(**words):
    usual = {"key": "confirmed:1", "written_at": WRITTEN, "recipient": "dana@r.example"}
    usual |= {"subject": "Hello", "body": "Come.\n", "shop_name": "Inhands"}
    return Mail(**(usual | words))


def built(tmp_path, *, settings=None, **words):
    settings = settings or Settings(instance_dir=tmp_path, smtp_from="shop@s.example")
    raw = mail.build(a_mail(**words), settings, WRITTEN).as_bytes()
    return raw, message_from_bytes(raw, policy=policy.default)


@pure
def test_no_value_adds_a_header_or_a_recipient(tmp_path):
    evil = "Hi\r\nBcc: victim@x.example\r\n\r\nbody"

    _raw, read = built(tmp_path, subject=evil, shop_name=evil, body=evil, reply_to=evil)

    assert read["Bcc"] is None
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
         "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    )  # fmt: skip
    assert [a.addr_spec for a in read["To"].addresses] == ["dana@r.example"]
    assert [a.addr_spec for a in read["From"].addresses] == ["shop@s.example"]


@pure
def test_every_language_arrives_as_plain_ascii(tmp_path):
    words = {"subject": "Grüße, Łódź 漢字", "body": "Schöne Grüße\n.\n" + "ü" * 3000 + "\n"}

    raw, read = built(tmp_path, shop_name='Müller "Druck", Söhne', **words)

    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert read["Subject"] == words["subject"]
    assert read.get_content().replace("\r\n", "\n") == words["body"]
    assert read["From"].addresses[0].display_name == 'Müller "Druck", Söhne'


@pure
def test_programs_that_answer_mails_are_told_not_to(tmp_path):
    _, read = built(tmp_path, reply_to="office@s.example")

    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Reply-To"] == "office@s.example"


@pure
def test_the_message_id_is_the_same_at_every_attempt_and_for_no_other_message(tmp_path):
    def id_of(**words):
        return built(tmp_path, **words)[1]["Message-ID"]

    later = WRITTEN.replace(hour=13)

    assert id_of() == id_of(subject="other words")
    assert len({id_of(), id_of(key="confirmed:2"), id_of(written_at=later)}) == 3
    assert id_of().endswith("@s.example>")


@pure
def test_a_sender_that_is_no_address_stops_the_mail_in_words(tmp_path):
    settings = Settings(instance_dir=tmp_path, smtp_from="the shop")

    with pytest.raises(mail.OutsideError, match="SMTP_FROM is not an e-mail address"):
        built(tmp_path, settings=settings)


@pure
def test_a_kept_mail_is_written_once_however_often_it_is_sent(tmp_path):
    settings = Settings(instance_dir=tmp_path)
    for _ in range(3):
        mail.send(a_mail(), settings, now=WRITTEN, before_text=lambda: None)
    mail.send(a_mail(key="../../etc/passwd"), settings, now=WRITTEN, before_text=lambda: None)

    names = sorted(path.name for path in (tmp_path / "mail").iterdir())
    assert len(names) == 2
    assert all(name.endswith(".eml") and "/" not in name for name in names)


@pure
def test_a_server_without_the_encryption_that_is_asked_for_gets_nothing(tmp_path, mail_sink):
    settings = Settings(instance_dir=tmp_path, smtp_host=mail_sink.host, smtp_port=mail_sink.port)

    with pytest.raises(mail.OutsideError, match="check SMTP_STARTTLS"):
        mail.send(a_mail(), settings, now=WRITTEN, before_text=lambda: None)

    assert mail_sink.messages == []


@pure
def test_nothing_is_said_to_be_on_its_way_before_the_server_took_the_addresses(tmp_path):
    from tests.test_worker import Moody, talking_to

    told = []
    with Moody(rcpt="550 nobody") as server:
        settings = talking_to(Settings(instance_dir=tmp_path), server)
        with pytest.raises(mail.RefusedError, match="550 nobody"):
            mail.send(a_mail(), settings, now=WRITTEN, before_text=lambda: told.append(1))

    assert told == []


# ---------------------------------------------------------------- templates


def change(
    event="confirmed", subject="New {{ order.number }}", body="Hi\n", version=1, active=True
):
    words = TemplateChange(Words(subject, body), active, version)
    messages.change_template(event, words, BOSS)
    return messages.template_of(event)


def test_new_words_are_used_for_the_next_message(shop):
    template = change()

    order = a_released_order()

    assert template.version == 2
    assert composed(order).subject == f"New {order.number}"


def test_words_that_cannot_be_filled_are_not_kept(shop):
    with pytest.raises(InvalidError, match="line 1"):
        change(body="{{ nobody }}")

    assert messages.template_of("confirmed").version == 1


def test_two_people_at_one_template_do_not_overwrite_each_other(shop):
    change()

    with pytest.raises(StaleError, match="meanwhile"):
        change(subject="other")

    assert messages.template_of("confirmed").subject == "New {{ order.number }}"


def test_the_first_words_come_back(shop):
    change()

    messages.reset_template("confirmed", 2, BOSS)

    template = messages.template_of("confirmed")
    assert (template.subject, template.body) == wording.FIRST_WORDS["confirmed"]


def test_a_preview_shows_a_real_order(shop):
    order = a_released_order(project_name="Spring")
    words = Words("{{ order.project_name }}", "{{ lines|length }}")

    assert messages.preview("confirmed", words, f" {order.number} ").subject == "Spring"
    assert messages.preview("shipped", words, order.number).subject == "Spring"
    assert messages.preview("confirmed", words, "").subject == "Spring season"


def test_a_preview_says_when_there_is_nothing_to_show(shop):
    words = Words("a", "b")

    with pytest.raises(NotFoundError, match="There is no order 4711"):
        messages.preview("confirmed", words, "4711")
    with pytest.raises(NotFoundError, match="not released yet"):
        messages.preview("shipped", words, an_order().number)


# ---------------------------------------------------------------- the screens


def test_messages_are_listed_with_their_state_and_found_by_order(client_as):
    client = client_as("Sales")
    unknown, sent = a_sent_message("unknown"), a_sent_message()

    everything = text_of(client.get("/messages/"))
    look = text_of(client.get("/messages/?tab=look"))
    found = text_of(client.get(f"/messages/?q={sent.order.number}"))

    assert unknown.subject in everything
    assert sent.subject in everything
    assert unknown.subject in look
    assert sent.subject not in look
    assert sent.subject in found
    assert unknown.subject not in found


def test_the_pages_ask_little_however_many_messages_there_are(client_as):
    client = client_as("Owner")
    messages_ = [a_sent_message() for _ in range(8)]
    client.get("/messages/")

    for address in ("/messages/", "/setup/outbox/", "/setup/message-templates/"):
        with queries(8):
            assert client.get(address).status_code == 200
    with queries(8):
        assert client.get(f"/messages/{messages_[0].id}").status_code == 200


def test_a_message_is_shown_and_sent_again_from_its_page(client_as):
    client, message = client_as("Sales"), None
    message = a_sent_message("unknown")

    page = text_of(client.get(f"/messages/{message.id}", headers={"X-Popup": "1"}))
    refused = client.post(f"/messages/{message.id}", data={"recipient": "x", "reason": ""})
    sent = client.post(
        f"/messages/{message.id}",
        data={"recipient": message.recipient, "reason": "lost", "seen": "0"},
    )

    assert "nobody knows whether this arrived" in page
    assert "It arrived" in page
    assert refused.status_code == 422
    assert "say why it is sent again" in text_of(refused)
    assert sent.status_code == 302
    assert Message.select().count() == 2


def test_what_a_customer_typed_is_never_html(client_as):
    client = client_as("Owner")
    message = a_sent_message("unknown", subject="<b>x</b>", body="<script>1</script>", note="<i>")

    for address in ("/messages/", f"/messages/{message.id}"):
        page = text_of(client.get(address))
        assert "<script>1" not in page
        assert "<b>x" not in page
        assert "<i>" not in page


def test_a_template_is_changed_on_its_page_and_broken_words_stay_in_the_form(client_as):
    client = client_as("Manager")
    address = "/setup/message-templates/confirmed"
    form = {
        "subject": "Hi {{ order.number }}",
        "body": "{{ nobody }}",
        "active": "1",
        "version": "1",
    }

    page = text_of(client.get(address))
    broken = client.post(address, data=form)
    saved = client.post(address, data=form | {"body": "Dear {{ contact }}"})
    stale = client.post(address, data=form | {"body": "Late {{ contact }}"})

    assert "Order 1042 confirmed" in page
    assert broken.status_code == 422
    assert "knows no &#39;nobody&#39;" in text_of(broken)
    assert "{{ nobody }}" in text_of(broken)
    assert saved.status_code == 302
    assert stale.status_code == 409
    assert "Late {{ contact }}" in text_of(stale)
    assert "Dear {{ contact }}" in text_of(stale), "what the other one wrote is shown"
    assert messages.template_of("confirmed").body == "Dear {{ contact }}"


def test_the_preview_is_what_would_be_sent(client_as):
    client = client_as("Owner")
    order = a_released_order(order_contact_name="Ann <Fox>")
    form = {"subject": "Hi {{ order.number }}", "body": "Dear {{ contact }}"}
    address = "/setup/message-templates/confirmed/preview"

    fine = text_of(client.post(address, data=form | {"order": order.number}))
    broken = text_of(client.post(address, data=form | {"body": "\n{{ x }}"}))
    nobody = text_of(client.post(address, data=form | {"order": "4711"}))

    assert f"Hi {order.number}" in fine
    assert "Dear Ann &lt;Fox&gt;" in fine
    assert "Text, line 2" in broken
    assert "There is no order 4711" in nobody


def test_the_first_words_come_back_by_a_button(client_as):
    client = client_as("Owner")
    change()

    answer = client.post("/setup/message-templates/confirmed/reset", data={"version": "2"})

    assert answer.status_code == 302
    assert messages.template_of("confirmed").subject == wording.FIRST_WORDS["confirmed"][0]


def test_an_unknown_message_or_template_is_not_here(client_as):
    client = client_as("Owner")

    assert client.get("/messages/4711").status_code == 404
    assert client.get("/setup/message-templates/invoice").status_code == 404
    headers = {"HX-Request": "true"}
    answer = client.post("/setup/message-templates/invoice/preview", headers=headers)
    assert answer.status_code == 404


def test_the_outbox_shows_dead_letters_first_and_a_button_retries_them(client_as):
    client = client_as("Owner")
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w", 60), "There is no message 7.", for_good=True)
    row = OutboxRow.get()

    page = text_of(client.get("/setup/outbox/"))
    answer = client.post(f"/setup/outbox/{row.id}/retry")

    assert "Send message 7" in page
    assert "There is no message 7." in page
    assert "Retry" in page
    assert answer.status_code == 302
    assert reload(row).dead_at is None


def test_the_outbox_keeps_a_traceback_folded_and_shows_its_last_line(client_as):
    client = client_as("Owner")
    outbox.add("mail", {})
    trace = "Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'a<b'\n"
    outbox.fail(outbox.claim("w", 60), trace)

    page = text_of(client.get("/setup/outbox/?state=waiting"))

    assert '<p class="said">KeyError: &#39;a&lt;b&#39;</p><details>' in page
    assert "Try now" in page


def test_a_dead_row_is_set_aside_by_a_button(client_as):
    client = client_as("Owner")
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w", 60), "There is no message 7.", for_good=True)

    client.post(f"/setup/outbox/{OutboxRow.get().id}/set-aside")

    assert "Set aside" in text_of(client.get("/setup/outbox/?state=done"))


def test_nothing_done_for_long_asks_whether_a_worker_runs(client_as):
    client = client_as("Owner")
    outbox.add("mail", {"message_id": 7}, run_at=WRITTEN)

    assert "Is a worker running?" in text_of(client.get("/setup/outbox/"))


@pytest.mark.parametrize(
    ("role", "messages_status", "set_up_status"),
    [
        ("Owner", 200, 200),
        ("Manager", 200, 200),
        ("Sales", 200, 403),
        ("Accountant", 403, 403),
        ("Department worker", 403, 403),
        ("Read-only", 403, 403),
    ],
)
def test_each_role_sees_what_it_may(client_as, role, messages_status, set_up_status):
    client = client_as(role)
    message = a_sent_message()

    for address in ("/messages/", f"/messages/{message.id}"):
        assert client.get(address).status_code == messages_status
    for address in ("/setup/outbox/", "/setup/message-templates/",
                    "/setup/message-templates/ready"):  # fmt: skip
        assert client.get(address).status_code == set_up_status


@pytest.mark.parametrize(
    "address",
    ["/messages/1", "/messages/1/arrived", "/setup/outbox/1/retry", "/setup/outbox/1/set-aside",
     "/setup/message-templates/ready", "/setup/message-templates/ready/preview",
     "/setup/message-templates/ready/reset"],
)  # fmt: skip
def test_who_may_only_look_cannot_post(client_as, address):
    assert client_as("Read-only").post(address).status_code == 403


def test_a_post_without_its_token_changes_nothing(client_as):
    client = client_as("Owner")
    client.csrf_token = ""

    answer = client.post("/setup/message-templates/ready/reset", data={"version": "1"})

    assert answer.status_code == 400
    assert messages.template_of("ready").version == 1
