"""Screens of papers, printing and labels: who sees what, and what the buttons do."""

from decimal import Decimal

import pytest

from documents import shelf
from models import (
    Booking,
    Carrier,
    OutboxRow,
    Paper,
    PaperTemplate,
    Printer,
    PrintJob,
    PurchaseOrder,
    Vendor,
)
from sync.channels.sealed import unseal
from tests import shop
from tests.web import changed, form_of, queries, text_of
from workflow import engine, print_jobs
from workflow.engine import labels


@pytest.fixture
def order(db):
    shop.a_shop()
    return shop.a_released_order(shop.a_line(48))


def a_traveler(order):
    return shelf.make(shelf.sheets_of_job("traveler", shop.job_of(order))[0], shop.BOSS)


def test_a_paper_is_made_opened_and_printed_from_the_orders_page(client_as, order):
    owner = client_as("Owner")
    printer = Printer.create(name="Dock", address="ipp://127.0.0.1:9/ipp/print")

    owner.post(f"/papers/order/{order.number}/make", data={"kind": "traveler"})
    paper = Paper.get()
    page = text_of(owner.get(f"/orders/{order.number}"))
    file = owner.get(f"/papers/{paper.id}")
    owner.post(f"/papers/{paper.id}/print", data={"printer": printer.id, "copies": "2"})
    again = owner.post(f"/papers/{paper.id}/print", data={"printer": printer.id, "copies": "1"})

    assert f"Traveler {order.number}" in page
    assert (file.mimetype, file.data[:4]) == ("application/pdf", b"%PDF")
    assert [(job.copies, job.state) for job in PrintJob.select()] == [(2, "waiting")]
    assert again.status_code == 422
    assert "Say why it is printed again" in text_of(again)


def test_papers_with_money_are_for_people_who_may_see_money(client_as, order):
    invoice = shelf.make(shelf.sheet_of_order("confirmation", order), shop.BOSS)
    worker, sales = client_as("Department worker", departments=["shipping"]), client_as("Sales")

    assert worker.get(f"/papers/{invoice.id}").status_code == 403
    assert f"/papers/{invoice.id}" not in text_of(worker.get(f"/orders/{order.number}"))
    worker.post(f"/papers/order/{order.number}/make", data={"kind": "invoice"})
    assert not Paper.select().where(Paper.kind == "invoice").exists()
    assert sales.get(f"/papers/{invoice.id}").status_code == 200


def test_the_print_queue_shows_troubles_first_and_a_person_settles_them(client_as, order):
    owner = client_as("Owner")
    printer = Printer.create(
        name="Dock", address="ipp://x/ipp/print", state="off", problem="It is off."
    )
    job = print_jobs.ask(a_traveler(order), printer, shop.BOSS)
    print_jobs.mark_check(job, "Look whether it came out.", shop.BOSS)

    with queries(10):
        page = text_of(owner.get("/printing/"))
    wrong = owner.post(f"/printing/{job.id}/again", data={"reason": "", "printer": printer.id})
    owner.post(f"/printing/{job.id}/again", data={"reason": "smeared", "printer": printer.id})
    late = owner.post(f"/printing/{job.id}/came-out")

    assert "Look whether it came out." in page
    assert "It is off." in page
    assert wrong.status_code == 422
    assert sorted(row.state for row in PrintJob.select()) == ["again", "waiting"]
    assert late.status_code in (302, 409)
    owner.post(f"/printing/{PrintJob.select().order_by(PrintJob.id.desc()).get().id}/call-off")
    assert sorted(row.state for row in PrintJob.select()) == ["again", "cancelled"]


def test_a_page_is_edited_with_its_preview_and_comes_back_to_ours(client_as, order):
    owner = client_as("Owner")

    before = text_of(owner.get("/setup/papers/traveler"))
    broken = owner.post("/setup/papers/traveler", data={"html": "{{ nobody }}", "version": "0"})
    looked = owner.post("/setup/papers/traveler/preview", data={"html": "<h1>Hi</h1>", "css": ""})
    owner.post("/setup/papers/traveler", data={"html": "<h1>{{ job.number }}</h1>", "version": "0"})
    owner.post("/setup/papers/traveler/reset", data={"version": "1"})

    assert "data:image/png;base64" in before
    assert broken.status_code == 422
    assert "nobody" in text_of(broken)
    assert "data:image/png;base64" in text_of(looked)
    assert [row.version for row in PaperTemplate.select()] == [1, 2]
    assert shelf.page_of("traveler").html.startswith("{% for page in pages %}")


def test_a_printer_is_set_up_and_wrong_addresses_are_refused(client_as):
    owner = client_as("Owner")
    form = form_of(owner.get("/setup/printers/new/"))

    wrong = owner.post("/setup/printers/new/", data=changed(form, name="X", address="10.0.0.1"))
    owner.post(
        "/setup/printers/new/", data=changed(form, name="Dock", address="ipp://10.0.0.1/ipp/print")
    )
    owner.post(f"/setup/printers/{Printer.get().id}/check")

    assert "begins with ipp://" in text_of(wrong)
    assert Printer.get().name == "Dock"
    assert OutboxRow.get(kind="look_at_printer").payload == {"printer_id": Printer.get().id}


def test_a_carriers_key_is_sealed_and_never_shown(client_as):
    owner = client_as("Owner")
    form = form_of(owner.get("/setup/carriers/new/"))
    account = {
        "name": "EasyPost", "kind": "easypost", "new_key": "EZTKsecret", "from_street": "1 Yard",
        "from_city": "Astoria", "from_postal": "97103", "from_country": "US",
    }  # fmt: skip

    lacking = owner.post(
        "/setup/carriers/new/", data=changed(form, name="EasyPost", kind="easypost")
    )
    owner.post("/setup/carriers/new/", data=changed(form, **account))
    carrier = Carrier.get()
    page = text_of(owner.get(f"/setup/carriers/edit/?id={carrier.id}"))

    assert "API key: type" in text_of(lacking)
    assert unseal(carrier.sealed_key) == "EZTKsecret"
    assert "EZTKsecret" not in page + carrier.sealed_key
    assert carrier.sealed_key not in page


def test_rates_and_label_are_handled_in_the_hand_over(client_as, order):
    owner = client_as("Owner")
    van = Carrier.create(name="Van", kind="own")
    task = shop.finish_until(order, "shipping")
    address = f"/tasks/{task.id}/popup"

    def press(do, **more):
        version = shop.reload(task).version
        data = {"do": do, "version": version, "boxes": "1", "weights": "9", **more}
        return text_of(owner.post(address, data=data, headers={"X-Popup": "1"}))

    assert "wants the weight" in press("rates", weights="")
    assert "The carriers are asked" in press("rates", measures="40 x 30 x 20")
    booking = Booking.get()
    assert booking.packages[0] == {
        "weight_grams": 9000,
        "length_mm": 400,
        "width_mm": 300,
        "height_mm": 200,
    }
    rate = {"carrier_id": van.id, "carrier": "", "service": "Our own delivery", "currency": "USD",
            "amount": "15.00", "days": 1, "ids": [["1-1", "own"]]}  # fmt: skip
    labels.rates_came(booking.id, [rate], "")
    assert "15.00 USD" in text_of(owner.get(f"/tasks/{task.id}/labels"))
    assert "is being made" in press("make_label", rate="0")
    label = labels.Label.get()
    labels.label_begins(label)
    labels.label_bought(label, labels.Outcome("1-1", "", Decimal(15)), shop.BOSS)
    part = text_of(owner.get(f"/tasks/{task.id}/labels"))
    assert "label made" in part
    cell = f"now-{shop.items_of(task)[0].id}"
    press("save", booking=str(booking.id), **{cell: "48"})

    shipment = Booking.get().shipment
    assert (shipment.carrier, shipment.tracking_number, shipment.cost) == (
        "Our own delivery",
        "1-1",
        15,
    )


def test_a_purchase_order_is_sent_from_its_page(client_as):
    shop.a_shop()
    vendor = Vendor.create(code="V", name="Blanks Ltd")
    order = shop.a_released_order(shop.a_line(48, product=shop.a_product(vendor=vendor)))
    task = shop.tasks_of(order)["purchasing"]
    (item,) = shop.items_of(task)
    engine.record(
        task.id,
        engine.Report((engine.ItemWork(item.id, Decimal(48)),), vendor_id=vendor.id),
        shop.BOSS,
    )
    purchase, owner = PurchaseOrder.get(), client_as("Owner")

    off = text_of(owner.get(f"/purchase-orders/details/?id={purchase.id}"))
    Vendor.update(email="sales@blanks.example").execute()
    owner.post(f"/papers/purchase-orders/{purchase.id}/send")

    assert "Blanks Ltd has no e-mail address" in off
    assert OutboxRow.get(kind="purchase_order").payload["revision"] == 1
