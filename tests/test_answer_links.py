"""The private page behind a link: only what is missing, saved by the rules of the house."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

import clock
import models
from errors import ForbiddenError, StaleError
from sync import fill_in, links, unlocking
from sync.intake import State
from tests.letters import answers, mailed, work
from tests.papers import rows_of, workbook_of, xlsx_of
from tests.shop import BOSS, a_customer, a_product, a_shop, reload, somebody
from tests.web import queries, text_of
from workflow import engine
from workflow.intake_figures import figures_since

ODD = (
    ("TEE-1", "Heavy cotton tee", "a few", "6.50"),
    ("HAT-9", "Top hat", 3, ""),
)


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_product("TEE-1", price=Decimal("6.50"), color="", purchased=False)
    a_product("CAP-1", price=Decimal("9.00"), name="Cap", color="", purchased=False)
    a_product("POLO-1", name="Polo", color="", purchased=False)
    polo = models.Product.get(sku="POLO-1")
    for color in ("black", "white"):
        models.Variant.create(product=polo, sku=f"POLO-1-{color}", color=color)
    models.Variant.delete().where(models.Variant.sku == "POLO-1").execute()


@pytest.fixture
def riverside(shop):
    found = a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    models.Address.create(customer=found, kind="ship_to", is_default=True, company="Riverside AC",
                          address1="12 Dock Road", city="Portland", country="US")  # fmt: skip
    return found


def asked(*lines, customer, **words):
    """A document with questions, its link and the page's address."""
    incoming = mailed(xlsx_of(*(lines or ODD), **words), customer=customer)
    link = links.standing(incoming, BOSS)
    return incoming, link, f"/q/{links._secret(link.salt)}"


def keys(incoming):
    return {q.name: q.key for q in fill_in.open_questions(incoming)[1]}


def the_order():
    return models.Order.select().order_by(models.Order.id.desc()).get()


def problems():
    found = models.DraftProblem.select().where(models.DraftProblem.settled_at.is_null())
    return list(found.order_by(models.DraftProblem.id))


# ---------------------------------------------------------------- the page


def test_the_page_asks_only_what_is_missing_and_needs_no_log_in(client, riverside):
    _incoming, _link, address = asked(customer=riverside)

    answer = client.get(address)
    page = text_of(answer)

    assert answer.status_code == 200
    assert "Quantity: we need a number of pieces; you wrote “a few”." in page
    assert "Which of our items is “HAT-9”? Give our item number or name." in page
    assert "In your file: sheet Order, cell C6" in page
    assert "unit_price" not in page
    assert "noindex" in page
    assert "/orders/" not in page


def test_the_page_asks_little_of_the_database(client, riverside):
    _incoming, _link, address = asked(customer=riverside)
    client.get(address)

    with queries(most=24):
        client.get(address)


def test_answers_go_into_the_order_and_close_the_questions(client, riverside):
    incoming, link, address = asked(customer=riverside)
    names = keys(incoming)

    answer = client.post(address, data={names["quantity"]: "24", names["sku"]: "cap-1"})

    order = the_order()
    assert answer.status_code == 302
    lines = list(order.lines.order_by(models.OrderLine.number))
    assert [(line.sku, line.quantity, line.unit_price) for line in lines] == [
        ("TEE-1", 24, Decimal("6.50")), ("CAP-1", 3, Decimal(9)),
    ]  # fmt: skip
    assert problems() == []
    assert reload(link).answered_at is not None
    assert "Thank you, nothing is missing." in text_of(client.get(address))
    told = models.OrderEvent.select().where(models.OrderEvent.actor == "customer, by link")
    assert {event.kind for event in told} == {"changed", "problem_settled"}


def test_what_cannot_be_read_stays_in_the_form_and_nothing_is_saved(client, riverside):
    incoming, _link, address = asked(customer=riverside)
    names = keys(incoming)

    answer = client.post(address, data={names["quantity"]: "some", names["sku"]: "CAP-1"})

    assert answer.status_code == 422
    assert 'value="some"' in text_of(answer)
    assert "nothing was saved" in text_of(answer)
    assert len(problems()) == 2


@pytest.mark.parametrize("typed", ["0", "-4", "1e99", "x" * 5000, "\x00", "=1+1"])
def test_odd_answers_never_break_the_page(client, riverside, typed):
    incoming, _link, address = asked(customer=riverside)

    answer = client.post(address, data={keys(incoming)["quantity"]: typed})

    assert answer.status_code in (302, 422)
    assert "quantity" in keys(incoming)


def test_an_item_we_do_not_sell_is_passed_on_to_a_person(client, riverside):
    incoming, _link, address = asked(customer=riverside)
    before = keys(incoming)

    client.post(address, data={before["sku"]: "a purple one <b>please</b>"})

    said = next(p for p in problems() if "The customer answered" in p.message)
    assert "“a purple one <b>please</b>”" in said.message
    assert "sku" not in keys(incoming)


def test_a_colour_is_chosen_among_those_it_comes_in(client, riverside):
    rows = [["Purchase order", "9"], ["In hands date", "2030-05-06"], [],
            ["Item", "Color", "Quantity"], ["POLO-1", "purple", 5]]  # fmt: skip
    incoming = mailed(workbook_of({"Order": rows}), customer=riverside)
    address = f"/q/{links._secret(links.standing(incoming, BOSS).salt)}"
    page = text_of(client.get(address))
    key = keys(incoming)["color"]

    refused = client.post(address, data={key: "green"})
    taken = client.post(address, data={key: "white"})

    assert '<option value="black">' in page
    assert (refused.status_code, taken.status_code) == (422, 302)
    assert the_order().lines.get().color == "white"
    assert problems() == []


def test_a_missing_day_is_asked_with_a_date_input(client, riverside):
    rows = [row for row in rows_of() if not row or row[0] != "In hands date"]
    incoming = mailed(workbook_of({"Order": rows}), customer=riverside)
    address = f"/q/{links._secret(links.standing(incoming, BOSS).salt)}"
    page = text_of(client.get(address))

    client.post(address, data={keys(incoming)["in_hands_date"]: "2031-02-03"})

    assert "On which day do you need the goods in your hands?" in page
    assert 'type="date"' in page
    order = the_order()
    assert order.in_hands_date.isoformat() == "2031-02-03"
    assert order.sources["in_hands_date"] == "the customer, by link"


def test_an_answer_to_what_a_person_settled_meanwhile_changes_nothing(client, riverside):
    incoming, _link, address = asked(customer=riverside)
    key = keys(incoming)["sku"]
    engine.settle_problem(int(key.rpartition("-")[2]), somebody("Sue", "Sales"))

    client.post(address, data={key: "CAP-1"})

    assert [line.sku for line in the_order().lines.order_by(models.OrderLine.number)][1] == "HAT-9"


# ---------------------------------------------------------------- who gets in


def test_a_link_that_is_not_there_ran_out_or_was_ended_opens_nothing(client, riverside):
    incoming, _link, address = asked(customer=riverside)

    unknown = client.get("/q/" + "A" * 43)
    links.revoke_all(incoming.id, BOSS)
    ended = client.get(address)
    models.AnswerLink.update(
        revoked_at=None, expires_at=clock.now() - timedelta(seconds=1)
    ).execute()
    late = client.post(address, data={})

    assert (unknown.status_code, ended.status_code, late.status_code) == (404, 410, 410)
    assert "This link does not work any more" in text_of(ended)
    assert "Riverside" not in text_of(ended)


def test_queues_keep_their_addresses(client_as):
    assert client_as("Owner").get("/q/packaging/").status_code == 200
    assert client_as("Owner").get("/q/packaging").status_code in (302, 308)


def test_without_the_token_of_the_form_nothing_is_saved(app, riverside):
    incoming, _link, address = asked(customer=riverside)

    answer = app.test_client().post(address, data={keys(incoming)["quantity"]: "24"},
                                    headers={"X-CSRFToken": ""})  # fmt: skip

    assert answer.status_code in (302, 400, 401)
    assert len(problems()) == 2


def test_too_many_tries_are_stopped(client, riverside, monkeypatch):
    from portal import answers as page

    monkeypatch.setattr(page, "TRIES_PER_ADDRESS", 3)
    found = [client.get("/q/" + "A" * 43).status_code for _ in range(5)]

    assert found == [404, 404, 404, 429, 429]


def test_the_log_does_not_hold_the_secret(client, riverside, caplog):
    caplog.set_level("INFO")
    _incoming, _link, address = asked(customer=riverside)

    client.get(address)

    assert address not in caplog.text
    assert "GET /q/… 200" in caplog.text


def test_only_who_handles_files_ends_links(riverside):
    incoming, _link, _address = asked(customer=riverside)

    with pytest.raises(ForbiddenError, match="may not handle"):
        links.revoke_all(incoming.id, somebody(role="Department worker"))


# ---------------------------------------------------------------- a password


def locked(password="s3cret", **words):
    made = io.BytesIO()
    OOXMLFile(io.BytesIO(xlsx_of(*ODD, **words))).encrypt(password, made)
    return made.getvalue()


def test_a_file_with_a_password_asks_for_it_through_the_link(client, riverside):
    incoming = mailed(locked(), customer=riverside)
    work()
    [message] = answers()
    address = f"/q/{links._secret(message.link.salt)}"

    wrong = client.post(f"{address}/password", data={"password": "guess"})
    right = client.post(f"{address}/password", data={"password": "s3cret"})
    work()

    assert message.event == "locked"
    assert 'type="password"' in text_of(wrong)
    assert "This is not the password of the file." in text_of(wrong)
    assert right.status_code == 302
    assert reload(incoming).state == State.DUPLICATE
    assert the_order().po_number == "4711"
    assert "Which of our items is “HAT-9”?" in text_of(client.get(address))


def test_nothing_of_a_file_with_a_password_is_mailed_out(client, riverside):
    incoming = mailed(locked(), customer=riverside)
    unlocking.unlock(incoming.id, "s3cret", BOSS)

    work()

    [message] = answers()
    assert message.file_id is None
    assert "HAT-9" not in message.body
    assert "behind your private link, because your file has a password" in message.body
    assert "s3cret" not in "".join(str(r.payload) for r in models.OutboxRow.select())


def test_a_locked_file_opens_once(riverside):
    incoming = mailed(locked(), customer=riverside)
    unlocking.unlock(incoming.id, "s3cret", BOSS)

    with pytest.raises(StaleError, match="does not wait for a password any more"):
        unlocking.unlock(incoming.id, "s3cret", BOSS)


# ---------------------------------------------------------------- what staff see


def test_the_incoming_page_says_what_was_answered_and_how_fast(client_as, riverside):
    riverside.touchless = True
    riverside.save()
    asked(customer=riverside)
    mailed(xlsx_of(po="2"), customer=riverside)
    work()
    owner = client_as("Owner")
    owner.get("/incoming/")

    with queries(most=8):
        page = text_of(owner.get("/incoming/?period=week"))
    with queries(most=5):
        pace = text_of(owner.get("/incoming/pace?period=week", headers={"HX-Request": "true"}))

    assert "50 %" in pace
    assert "&lt;1 min" in pace
    assert "50 %" in text_of(owner.get("/incoming/pace"))
    assert 'hx-get="/incoming/pace?period=week"' in page
    assert "Asked, waiting for the customer" in page


def test_the_page_of_a_file_answers_and_ends_links(client_as, riverside):
    incoming = mailed(xlsx_of(*ODD), customer=riverside, authenticated=False)
    work()
    owner = client_as("Owner")

    page = text_of(owner.get(f"/incoming/{incoming.id}"))
    owner.post(f"/incoming/{incoming.id}/answer")
    work()
    ended = owner.post(f"/incoming/{incoming.id}/links/end", follow_redirects=True)

    shown = text_of(owner.get(f"/messages/{answers()[0].id}"))
    got = owner.get(f"/messages/{answers()[0].id}/file")

    assert "order.xlsx" in shown
    assert got.data.startswith(b"PK")
    assert "does not vouch" in page
    assert [m.state for m in answers()] == ["sent"]
    assert "1 private link ended" in text_of(ended)


def test_figures_count_only_the_period(riverside):
    mailed(customer=riverside)
    models.IncomingFile.update(received_at=clock.now() - timedelta(minutes=30)).execute()

    found = figures_since(clock.now() - timedelta(days=1))

    assert (found.orders, found.untouched, found.share) == (1, 0, 0)
    assert 29 < found.median < 31
    assert figures_since(clock.now() + timedelta(days=1)).share is None


@pytest.mark.parametrize("event", ["received", "questions", "locked"])
def test_the_words_of_an_answer_are_edited_with_a_preview(client_as, riverside, event):
    mailed(customer=riverside)
    owner = client_as("Owner")
    address = f"/setup/message-templates/{event}"
    sent = {"subject": "Re: {{ subject }}", "body": "{{ file }} {{ link }}", "order": ""}

    shown = text_of(owner.post(f"{address}/preview", data=sent))
    real = text_of(owner.post(f"{address}/preview", data=sent | {"order": the_order().number}))
    broken = text_of(owner.post(f"{address}/preview", data=sent | {"body": "{{ job.number }}"}))

    assert "spring order.xlsx" in shown
    assert "spring order.xlsx" in real
    assert "job" in broken
    assert owner.get(address).status_code == 200
