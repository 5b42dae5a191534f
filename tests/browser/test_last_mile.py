"""The last mile in a real browser: a workbook, a proof decided on a phone, a label at the dock.

Staff drop a customer's workbook and release it; the customer marks a change and approves the next
file behind a private link on a phone; the departments work; the hand-over's pop-up asks a carrier
and makes the label.  A real IPP printer has it in its folder, and the customer the mail.
"""

import os
import re
from pathlib import Path

import pytest

import models
import worker
from settings import Settings
from sync.channels.sealed import seal
from tests.axe import violations
from tests.browser.test_whole_trip import a_workbook, complete, open_task, somebody
from tests.conftest import watch
from tests.easypost_stub import LABEL, EasyPostStub
from tests.pictures import a_png
from tests.services import running_app, wait_until
from tests.shop import a_customer, a_product, a_shop, finish_until, reload, tasks_of
from tests.test_papers import scanned, text_of
from workflow.codes import sscc

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
PREFIX = "4012345"


@pytest.fixture
def shop(db, ipp_printer):
    """A shop with a carrier's account and a printer at the dock."""
    a_shop()
    a_customer("Riverside AC", email="dana@riverside.example")
    a_product("TEE-1", name="Heavy cotton tee", sizes=["S", "M", "L"], price="6.50")
    models.ShopSetting.create(name="gs1_prefix", value=PREFIX)
    dock = models.Printer.create(name="Dock", address=ipp_printer.address)
    for paper, event in (("carrier_label", "label"), ("carton_label", "shipped")):
        models.PrintRule.create(paper=paper, event=event, printer=dock)


@pytest.fixture
def trip(app, settings, mail_sink):
    """The running shop, with its worker and its mail."""
    with running_app(app) as address:
        yield Trip(address, settings, mail_sink)


@pytest.fixture
def carrier(shop):
    """EasyPost on loopback, and its account in the shop."""
    stub = EasyPostStub()
    models.Carrier.create(
        name="EasyPost", kind="easypost", sealed_key=seal("EZTK"), address=stub.address,
        from_street="1 Yard", from_city="Astoria", from_postal="97103", from_country="US",
    )  # fmt: skip
    yield stub
    stub.close()


class Trip:
    """The pages of the people on the way, and the worker beside them."""

    def __init__(self, address, settings, sink):
        self.address, self.sink, self.found = address, sink, []
        self._settings = Settings(**settings.model_dump() | {
            "base_url": address, "smtp_host": sink.host, "smtp_port": sink.port,
            "smtp_starttls": False,
        })  # fmt: skip

    def work(self):
        """The worker does what lies there."""
        worker.Worker(self._settings, schedule=()).run(once=True)

    def look(self, page, name):
        """No serious finding of axe; a picture of it where somebody wants to look himself."""
        self.found += violations(page)
        if folder := os.environ.get("LOOK_AT"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def link_in_mail(self):
        """The private address in the newest mail."""
        return re.search(r"http\S+/p/\S+", self.sink.messages[-1].get_content())[0]


def take_in(trip, page):
    """Drop the workbook, settle what it leaves open, add the picture, release."""
    page.goto(f"{trip.address}/incoming/")
    file = {"name": "order.xlsx", "mimeType": "application/xlsx", "buffer": a_workbook()}
    page.set_input_files("#files", [file])
    page.get_by_role("link", name="1001").first.wait_for()
    page.goto(f"{trip.address}/orders/1001")
    trip.look(page, "review")
    while page.get_by_role("button", name="Settled").count():
        page.get_by_role("button", name="Settled").first.click()
    page.get_by_label("What the picture is called").fill("Front logo")
    page.get_by_label("File of the picture").set_input_files(files=[a_file(1)])
    page.get_by_label("Needs approval").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Version 1: front-1.png", exact=True).wait_for()
    page.get_by_role("button", name="Release", exact=True).click()
    page.get_by_text("Order 1001 is released").wait_for()
    return models.Order.get(number="1001")


def a_file(number):
    content = a_png(["#c8102e", "#003594"][number - 1])
    return {"name": f"front-{number}.png", "mimeType": "image/png", "buffer": content}


def upload_another(page):
    page.get_by_text("Upload another file, or ask for a change").click()
    page.get_by_label("File of Front logo").set_input_files(files=[a_file(2)])
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_text("Version 2 is uploaded.").wait_for()
    page.wait_for_load_state()  # the script that opens pop-ups comes after the words


def send(trip, page, note):
    page.get_by_role("link", name="Send proof…").click()
    pop = page.locator("dialog[open]")
    pop.get_by_label("A word along with it").fill(note)
    trip.look(page, "send-proof")
    pop.get_by_role("button", name="Send proof").click()
    page.get_by_text("goes out now.").wait_for()
    trip.work()


def tap_a_point(page, words):
    page.get_by_role("button", name="Mark a point").click()
    box = page.locator("svg.marks").first.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.get_by_label("Mark 1: what should be different here").fill(words)


def set_a_frame_by_keyboard(page, words):
    page.get_by_role("button", name="Mark a frame").click()
    page.locator("svg.marks.drawing").first.focus()
    for key in ("Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_label("Mark 2: what should be different here").fill(words)


def ask_for_a_change(trip, phone):
    phone.goto(trip.link_in_mail())
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    trip.look(phone, "phone-proof")
    tap_a_point(phone, "Darker red")
    set_a_frame_by_keyboard(phone, "Bigger")
    phone.get_by_role("button", name="Ask for the change").click()
    phone.get_by_text("We change it and send you a new proof.").wait_for()


def approve(trip, phone):
    phone.goto(trip.link_in_mail())
    phone.locator("[aria-labelledby=approve-title]").get_by_label("Your name").fill("Dana Fox")
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("Approved by Dana Fox").wait_for()
    trip.look(phone, "phone-approved")


def decide_on_the_proof(trip, sales, phone, order):
    """Sent, a change asked for with marks, sent again, approved: returns what was marked."""
    send(trip, sales, "Is the red right?")
    ask_for_a_change(trip, phone)
    sales.reload()
    sales.locator(".picture .art a").click()
    sales.locator("dialog[open] svg.marks g").nth(1).wait_for(state="attached")
    trip.look(sales, "marks")
    sales.goto(f"{trip.address}/orders/{order.number}")
    upload_another(sales)
    send(trip, sales, "")
    approve(trip, phone)
    return models.ProofReply.get(models.ProofReply.kind == "change").marks


def make_the_label(trip, page, order):
    """Measure the box, compare rates, make the label, hand over, complete."""
    pop = open_task(page, trip.address, order, "shipping")
    pop.get_by_label("Boxes", exact=True).fill("1")
    pop.get_by_label("Weight of each, kg").fill("9")
    pop.get_by_label("Size of each, cm").fill("40 x 30 x 20")
    pop.get_by_role("button", name="Compare rates").click()
    pop.get_by_text("The carriers are asked.", exact=True).wait_for()
    trip.work()
    pop.get_by_text("Express").wait_for()
    trip.look(page, "rates")
    pop.get_by_role("button", name="Make label").click()
    pop.get_by_text("The label is being made.", exact=True).wait_for()
    trip.work()
    pop.get_by_text("label made").wait_for()
    trip.look(page, "label-made")
    pop.get_by_role("button", name="Save hand-over").click()
    pop.get_by_text("So far").wait_for()
    complete(pop)
    page.locator("dialog[open]").wait_for(state="hidden")
    trip.work()


def test_from_a_workbook_to_the_label_at_the_dock_and_the_customers_mail(
    trip, app, browser, console, carrier, ipp_printer
):
    context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    phone = context.new_page()
    watch(phone, console)
    with somebody(browser, app, trip.address, console, "Owner") as staff:
        order = take_in(trip, staff)
        drawn = decide_on_the_proof(trip, staff, phone, order)
        finish_until(order, "shipping")
        make_the_label(trip, staff, order)
        phone.goto(trip.link_in_mail())
        phone.get_by_role("link", name="9400").wait_for()
        trip.look(phone, "phone-order")
        staff.goto(f"{trip.address}/orders/1001")
        trip.look(staff, "done")
    context.close()

    assert (trip.found, console) == ([], [])
    [art] = models.Artwork.select()
    assert (art.decided_by, art.current_version) == ("Dana Fox", 2)
    assert [mark["words"] for mark in drawn] == ["Darker red", "Bigger"]
    assert (drawn[0]["w"], drawn[1]["w"] > 0.05) == (0, True)
    assert tasks_of(order)["shipping"].outcome == "finished"
    assert reload(order).stage == "done"

    assert list(carrier.sold.values()) == [1]
    wait_until(lambda: len(ipp_printer.printed) == 2, "printing of both labels")
    spool = {path.read_bytes() for path in ipp_printer.spool if path.suffix == ".pdf"}
    assert LABEL in spool  # byte for byte as the carrier sold it
    [carton] = spool - {LABEL}
    [read] = scanned(carton)
    assert read.get(f"(00){sscc(PREFIX, 1)}", read.get(f"00{sscc(PREFIX, 1)}")) == "]C1"
    assert "Order 1001" in text_of(carton)
    shipped = trip.sink.messages[-1]
    assert shipped["To"] == "dana@riverside.example"
    assert models.Shipment.get().tracking_url in shipped.get_content()
