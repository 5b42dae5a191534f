"""Customers kept informed: their private page, messages by event, texts, and what they write."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pydantic import SecretStr

import clock
import models
from settings import get_settings
from sync import page_links
from tests.letters import work
from tests.pictures import a_png
from tests.shop import (
    BOSS,
    a_customer,
    a_line,
    a_released_order,
    a_shop,
    an_order,
    finish,
    finish_until,
    items_of,
    job_of,
    reload,
)
from tests.web import queries, text_of
from workflow import engine
from workflow.engine import Box, Handover, OrderChange


@pytest.fixture
def shop(db):
    a_shop()


def page_of(about):
    return f"/p/{page_links.secret_of(page_links.standing(about, BOSS))}"


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return text_of(answer)


def told(event):
    found = models.Message.select().where(models.Message.event == event)
    return list(found.order_by(models.Message.id))


# ---------------------------------------------------------------- what they see


def test_an_order_says_where_it_stands_in_the_shops_words(shop, client):
    models.ShopSetting.create(name="stage_words", value={"sourcing": "Wir besorgen alles."})
    order = a_released_order(in_hands_date=date(2031, 2, 3), internal_notes="difficult people")

    page = shown(client, page_of(order))

    assert "Wir besorgen alles." in page
    assert "Mon 3 Feb" in page
    assert "48 Heavy cotton tee, black" in page
    assert "difficult people" not in page
    assert 'content="noindex' in page


def test_they_read_what_we_wait_for_from_them(shop, client):
    order = an_order(proof_required=True, payment_terms="Prepay")
    file = models.StoredFile.create(sha256="0" * 64, size=1, content=b"x")
    incoming = models.IncomingFile.create(channel="upload", name="order.xlsx", file=file)
    models.Order.update(incoming=incoming).execute()
    models.DraftProblem.create(
        order=order, field="quantity", address="row 7", message="expected a number, found 'dozen'"
    )
    art = engine.add_artwork(order.id, "Front", BOSS, proof_required=True)
    engine.add_version(art.id, "front.png", a_png(), "image/png", BOSS)
    engine.send_proof(art.id, "", "", BOSS)

    page = shown(client, page_of(order))

    assert "We wait for you" in page
    assert "Your approval of “Front”" in page
    assert "Your payment of USD 312.00 before we begin" in page
    assert "1 question about your order" in page


def test_parcels_can_be_followed_and_odd_addresses_are_no_links(shop, client):
    order = a_released_order()
    ship = finish_until(order, "shipping")
    [item] = items_of(ship)
    for url in ("https://carrier.example/1Z", "javascript:alert(1)"):
        engine.record_shipment(
            ship.id,
            engine.Handover(((item.id, Decimal(1)),), carrier="UPS", tracking_number="1Z",
                            tracking_url=url),
            BOSS,
        )  # fmt: skip

    page = shown(client, page_of(order))

    assert '<a href="https://carrier.example/1Z"' in page
    assert "javascript:" not in page


def test_a_link_shows_its_customer_nothing_of_others(shop, client):
    customer = a_customer("Riverside AC")
    mine, again = an_order(customer=customer), an_order(customer=customer)
    theirs = an_order(customer=a_customer("Secret Inc"))
    of_order, of_customer = page_of(mine), page_of(customer)

    both = shown(client, of_customer)

    assert f"Order {mine.number}" in both
    assert f"Order {again.number}" in both
    assert theirs.number not in both
    shown(client, f"{of_customer}/orders/{again.number}")
    assert client.get(f"{of_order}/orders/{again.number}").status_code == 404
    assert client.get(f"{of_customer}/orders/{theirs.number}").status_code == 404
    assert client.post(
        f"{of_order}/orders/{again.number}/ask", data={"words": "x"}
    ).status_code == 404  # fmt: skip
    assert client.get("/p/" + "x" * 43).status_code == 404


def test_a_page_of_many_orders_asks_few_questions(shop, client):
    customer = a_customer()
    for _ in range(3):
        an_order(customer=customer)
    address = page_of(customer)
    shown(client, address)  # the first visit is written down

    with queries() as few:
        shown(client, address)
    for _ in range(3):
        an_order(customer=customer)
    with queries() as more:
        shown(client, address)

    assert len(more) == len(few) <= 16


def test_staff_copy_the_address_and_end_it(shop, client, client_as):
    order = an_order()
    sales = client_as("Sales")

    pop = text_of(sales.get(f"/from-customers/page/{order.number}"))
    address = page_of(order)
    ended = sales.post(f"/from-customers/page/{order.number}/end")

    assert address in pop
    assert page_links.secret_of(page_links.standing(order.customer, BOSS)) not in address
    assert ended.status_code == 302
    assert client.get(address).status_code == 410
    assert page_of(order) != address


def a_paper(order, kind, title, number, **columns):
    file = models.StoredFile.create(sha256=f"{number:064}", size=4, content=b"%PDF")
    return models.Paper.create(
        order=order, kind=kind, title=title, shows=str(number), file=file, **columns
    )


def test_they_get_the_papers_made_for_them_and_no_others(shop, client):
    order = a_released_order()
    void = models.Shipment.create(job=job_of(order), voided_at=clock.now())
    old = a_paper(order, "invoice", "Invoice 1 draft", 1)
    new = a_paper(order, "invoice", "Invoice 1", 2)
    ours = a_paper(order, "traveler", "Traveler", 3)
    gone = a_paper(order, "packing_slip", "Slip of a void shipment", 4, shipment=void)
    theirs = a_paper(an_order(), "invoice", "Invoice of others", 5)
    page = page_of(order)

    seen = shown(client, page)
    found = client.get(f"{page}/orders/{order.number}/papers/{new.id}")
    hidden = [
        client.get(f"{page}/orders/{order.number}/papers/{paper.id}").status_code
        for paper in (old, ours, gone, theirs)
    ]

    assert "Invoice 1</a>" in seen
    assert not any(word in seen for word in ("draft", "Traveler", "void", "others"))
    assert (found.data, found.mimetype) == (b"%PDF", "application/pdf")
    assert hidden == [404, 404, 404, 404]


# ---------------------------------------------------------------- what they write


def test_a_message_arrives_at_the_order_and_its_answer_goes_back(shop, client, client_as):
    order = an_order()
    page = page_of(order)
    sales = client_as("Sales", name="Sally")

    empty = client.post(f"{page}/orders/{order.number}/ask", data={"words": " "})
    client.post(f"{page}/orders/{order.number}/ask", data={"words": "Ten more?", "by": "Dana"})
    waiting = text_of(sales.get("/from-customers/"))
    asked = models.Inquiry.get()
    wordless = sales.post(f"/from-customers/{asked.id}/reply", data={"answer": ""})
    sales.post(f"/from-customers/{asked.id}/reply", data={"answer": "Gladly."})
    again = sales.post(f"/from-customers/{asked.id}/reply", data={"answer": "No."})
    work()

    assert empty.status_code == 422
    assert "Ten more?" in waiting
    assert wordless.status_code == 422
    assert again.status_code == 302
    assert reload(asked).answer == "Gladly."
    [message] = told("reply")
    assert "Gladly." in message.body
    assert "Sally" in message.body
    assert "Gladly." in shown(client, page)
    texts = [e.text for e in models.OrderEvent.select().where(models.OrderEvent.kind == "inquiry")]
    assert texts == ["Dana writes: Ten more?", "answered Dana: Gladly."]
    assert models.OrderEvent.get(models.OrderEvent.kind == "inquiry").actor == "Dana, by link"


# ---------------------------------------------------------------- what they are told


def test_every_message_of_an_order_leads_to_its_page(shop, mail_sink, settings):
    wired = settings.model_copy(update={
        "smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False,
    })  # fmt: skip
    order = a_released_order()

    work(wired)

    [mail] = mail_sink.messages
    link = page_links.url_of(models.PageLink.get(), wired)
    assert models.PageLink.get().order_id == order.id
    assert link in mail.get_content()
    assert link not in models.Message.get().body


def test_a_new_date_is_told_once_with_its_reason_whoever_moves_it(shop):
    order = a_released_order(in_hands_date=date(2031, 2, 3))
    job = job_of(order)

    engine.change_job_date(
        job.id, date(2031, 2, 10), firm=False, actor=BOSS, reason="the shirts are late."
    )
    engine.change_job_date(job.id, date(2031, 2, 10), firm=True, actor=BOSS)
    engine.change_job_date(job.id, date(2031, 2, 3), firm=True, actor=BOSS)
    engine.change_order(
        order.id,
        OrderChange(values={"in_hands_date": date(2031, 2, 12)}, reason="the press broke."),
        BOSS,
    )
    engine.change_order(order.id, OrderChange(values={"project_name": "Spring"}), BOSS)
    work()

    first, back, second = told("date_moved")
    assert first.subject == f"New date for order {job.number}: Monday 10 February 2031"
    assert "instead of Monday 3 February 2031" in first.body
    assert "The reason: the shirts are late." in first.body
    assert "reason" not in back.body
    assert "Wednesday 12 February 2031 instead of Monday 3 February 2031" in second.body
    assert "The reason: the press broke." in second.body


def test_a_part_on_its_way_is_told_with_its_numbers_and_the_rest_when_it_goes(shop):
    order = a_released_order(a_line(48))
    task = finish_until(order, "shipping")
    [item] = items_of(task)
    boxes = (Box(900, tracking_number="1Z1"), Box(900, tracking_number="1Z2"))

    part = Handover(((item.id, Decimal(12)),), "UPS", "Ground", "1Z1", boxes=boxes)
    engine.record_shipment(task.id, part, BOSS)
    work()
    engine.record_shipment(task.id, Handover(None, "UPS", "Ground", "1Z3", complete=True), BOSS)
    work()

    [first], [rest] = told("part_shipped"), told("shipped")
    assert "12 pieces of your order" in first.body
    assert "36 follow" in first.body
    assert "UPS 1Z1, 1Z2 https://www.ups.com/track?tracknum=1Z1" in first.body
    assert "1Z3" not in first.body
    assert "1Z3" in rest.body


def test_a_date_of_an_order_nobody_confirmed_moves_in_silence(shop):
    order = an_order(in_hands_date=date(2031, 2, 3))

    engine.change_order(order.id, OrderChange(values={"in_hands_date": date(2031, 3, 3)}), BOSS)
    work()

    assert told("date_moved") == []


def test_a_delivered_parcel_is_told_once(shop, client_as):
    order = a_released_order()
    shipment = models.Shipment.create(job=job_of(order), carrier="UPS")
    sales = client_as("Sales")

    for _ in range(2):
        sales.post(f"/from-customers/delivered/{shipment.id}")
    work()

    assert len(told("delivered")) == 1
    assert reload(shipment).delivered_at is not None


def test_what_we_bring_ourselves_is_delivered_when_it_is_handed_over(shop):
    order = a_released_order(destinations=[{"fulfillment_type": "deliver", "ship_to_name": "Dana",
                             "ship_to_address1": "1 Road", "ship_to_city": "Portland"}])  # fmt: skip
    finish(finish_until(order, "delivery"))
    work()

    assert (len(told("delivered")), len(told("shipped"))) == (1, 0)


def test_a_contact_hears_only_of_what_they_want(shop, client):
    customer = a_customer()
    contact = models.Contact.create(customer=customer, name="Dana Fox", phone="+1 503 555 0100",
                                    email="dana@riverside.example")  # fmt: skip
    order = an_order(customer=customer)
    page = page_of(order)

    client.post(f"{page}/orders/{order.number}/told", data={"event": ["shipped"], "way": "email"})
    engine.release(order.id, BOSS)
    work()

    assert "confirmed" in reload(contact).unwanted
    assert "shipped" not in reload(contact).unwanted
    [message] = told("confirmed")
    assert (message.state, message.note) == ("skipped", "Dana Fox does not want to hear of this.")
    client.post(f"{page}/orders/{order.number}/told", data={"way": "none"})
    assert not reload(contact).opt_in


# ---------------------------------------------------------------- texts


class Gateway(BaseHTTPRequestHandler):
    """A service for texts that speaks JSON; ``heard`` keeps what it is asked, ``says`` its answer."""

    heard, says = [], 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, json.loads(body)))
        self.send_response(self.says)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setattr(Gateway, "heard", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/{{to}}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wants_texts(shop):
    customer = a_customer()
    models.Contact.create(customer=customer, name="Dana Fox", phone="+1 (503) 555-0100",
                          email="dana@riverside.example", preferred_channel="sms")  # fmt: skip
    return a_released_order(customer=customer)


def test_who_wants_texts_gets_the_subject_and_the_link(wants_texts, gateway):
    wired = get_settings().model_copy(update={"sms_url": SecretStr(gateway)})

    work(wired)

    [(path, said)] = Gateway.heard
    assert path == "/+15035550100"
    link = page_links.url_of(models.PageLink.get(), wired)
    assert said["message"] == f"Order {wants_texts.number} confirmed\n{link}"
    [message] = told("confirmed")
    assert (message.state, message.channel) == ("sent", "sms")


def test_a_text_nobody_vouches_for_is_not_sent_twice(wants_texts, gateway, monkeypatch):
    monkeypatch.setattr(Gateway, "says", 503)
    wired = get_settings().model_copy(update={"sms_url": SecretStr(gateway)})

    for _ in range(2):
        work(wired)

    [message] = told("confirmed")
    assert message.state == "unknown"
    assert "did not say that it took it" in message.note
    assert len(Gateway.heard) == 1


@pytest.mark.parametrize(
    ("address", "said"), [("", "SMS_URL does not name a service"), ("x", "not an address")]
)
def test_texts_without_a_service_wait_for_a_person(wants_texts, address, said):
    work(get_settings().model_copy(update={"sms_url": SecretStr(address)}))

    [message] = told("confirmed")
    assert message.state == "refused"
    assert said in message.note


def test_a_text_needs_a_number(shop):
    customer = a_customer()
    models.Contact.create(customer=customer, name="Dana Fox", phone="n/a",
                          email="dana@riverside.example", preferred_channel="sms")  # fmt: skip
    a_released_order(customer=customer)
    work()

    assert told("confirmed")[0].note == "Dana Fox wants texts, and has no phone number for them."


def test_an_old_link_makes_room_for_a_new_one(shop, client):
    order = an_order()
    with clock.frozen(datetime(2020, 1, 1, tzinfo=UTC)):
        old = page_of(order)

    assert client.get(old).status_code == 410
    assert page_of(order) != old
