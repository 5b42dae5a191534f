"""Messages and the outbox in a real browser: live preview, pop-up, sending again, no violation."""

import pytest

import outbox
from models import Message, OutboxRow
from tests.axe import violations
from tests.services import running_app
from tests.shop import BOSS, a_released_order, a_shop
from tests.web import a_person, log_in_as
from workflow import messages

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app):
    """Where the shop is served."""
    a_shop()
    with running_app(app) as url:
        yield url


@pytest.fixture
def owner(app, address, page):
    """A page on which the owner is logged in."""
    client = log_in_as(app, a_person("Owner", name="Olga Owner"))
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = {"name": name, "value": client.get_cookie(name).value, "url": address}
    page.context.add_cookies([cookie])
    return page


def a_message(state="sent", **columns):
    order = a_released_order()
    message = messages.compose("confirmed", order.id, None, BOSS)
    Message.update(state=state, **columns).where(Message.id == message.id).execute()
    OutboxRow.delete().execute()
    return message


def test_the_preview_follows_what_is_typed_and_names_the_broken_line(owner, address):
    owner.goto(f"{address}/setup/message-templates/confirmed")

    owner.fill("[name=subject]", "Hello {{ contact }}")
    owner.wait_for_selector("#preview >> text=Hello Dana Fox")
    owner.fill("[name=body]", "one\n{{ two }}")
    owner.wait_for_selector("#preview >> text=line 2: this message knows no 'two'")
    owner.fill("[name=body]", "one\ntwo")
    owner.wait_for_selector("#preview pre >> text=two")
    owner.click("button:text-is('Save')")

    owner.wait_for_selector(".note.success >> text=is changed")
    assert messages.template_of("confirmed").subject == "Hello {{ contact }}"


def test_the_preview_shows_a_chosen_order(owner, address):
    order = a_released_order(order_contact_name="Kim Real")
    owner.goto(f"{address}/setup/message-templates/confirmed")

    owner.fill("[name=order]", order.number)

    owner.wait_for_selector("#preview >> text=Hello Kim Real")


def test_the_first_words_come_back_after_a_question(owner, address):
    owner.goto(f"{address}/setup/message-templates/ready")
    owner.fill("[name=subject]", "Come")
    owner.click("button:text-is('Save')")
    owner.goto(f"{address}/setup/message-templates/ready")

    owner.click("text=First words again")
    owner.click("dialog button:has-text('Replace')")

    owner.wait_for_selector(".note.success >> text=first words again")
    assert owner.input_value("[name=subject]") == "Order {{ job.number }} is ready"


def test_a_message_opens_in_the_pop_up_and_is_sent_again_from_there(owner, address, console):
    message = a_message("unknown", note="Nobody knows.")
    owner.goto(f"{address}/messages/")

    owner.click(f"text={message.subject}")
    owner.wait_for_selector("dialog[open] >> text=nobody knows whether this arrived")
    owner.click("dialog summary:has-text('Send again')")
    owner.fill("dialog [name=recipient]", "nobody@nowhere")
    owner.fill("dialog [name=reason]", "asked Dana")
    owner.click("dialog form button:has-text('Send again')")
    owner.wait_for_selector("dialog >> text=is not an e-mail address")
    assert all("422" in complaint for complaint in console)
    console.clear()
    owner.fill("dialog [name=recipient]", "dana@riverside.example")
    owner.click("dialog form button:has-text('Send again')")

    owner.wait_for_selector(".note.success >> text=goes out again")
    assert Message.select().count() == 2
    assert OutboxRow.get().kind == "mail"


def test_a_message_that_arrived_is_settled_from_the_pop_up(owner, address):
    message = a_message("unknown")
    owner.goto(f"{address}/messages/?tab=look")

    owner.click(f"text={message.subject}")
    owner.click("dialog button:has-text('It arrived')")

    owner.wait_for_selector(".note.success >> text=counts as sent")
    assert Message.get().state == "sent"


def test_a_dead_letter_is_retried_with_a_click(owner, address):
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w", 60), "There is no message 7.", for_good=True)
    owner.goto(f"{address}/setup/outbox/")

    owner.click("button:has-text('Retry')")

    owner.wait_for_selector(".note.success >> text=tried again now")
    assert OutboxRow.get().dead_at is None


def test_a_dead_letter_is_set_aside_after_a_question(owner, address):
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w", 60), "There is no message 7.", for_good=True)
    owner.goto(f"{address}/setup/outbox/")

    owner.click("button:has-text('Set aside')")
    owner.click("dialog button:has-text('Set aside')")

    owner.wait_for_selector("text=No dead letters")
    assert OutboxRow.get().done_at is not None


def test_everyone_can_use_these_screens(owner, address):
    refused = a_message("refused", note="550 no such user")
    a_message("unknown", note="Nobody knows.")
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w", 60), "There is no message 7.", for_good=True)
    outbox.add("mail", {"message_id": 8})

    found = {}
    for path in (
        "/messages/", f"/messages/{refused.id}", "/messages/?q=nothing",
        "/setup/message-templates/", "/setup/message-templates/shipped",
        "/setup/outbox/", "/setup/outbox/?state=waiting", "/setup/outbox/?state=done",
    ):  # fmt: skip
        owner.goto(f"{address}{path}")
        for width in (1440, 768):
            owner.set_viewport_size({"width": width, "height": 900})
            wider = owner.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{path} is wider than {width}"
        found[path] = violations(owner)

    assert {place: what for place, what in found.items() if what} == {}
