"""The mapping wizard in a real browser: an odd file becomes an order by mouse, and by keyboard."""

import threading

import pytest
from werkzeug.serving import make_server

import models
from sync import intake
from tests.axe import violations
from tests.odd_files import moved_rows, odd_file
from tests.shop import BOSS, a_customer, a_product, a_shop
from tests.web import a_person, log_in_as

pytestmark = pytest.mark.browser

MAIL = "orders@hill.example"


@pytest.fixture(autouse=True)
def hill(db):
    a_shop()
    for sku, color in (("TEE-1", "Black"), ("CAP-1", "Navy"), ("POLO", "Black")):
        a_product(sku, color=color)
    return a_customer("Hill Sports", code="HILL", email=MAIL)


@pytest.fixture
def address(app):
    """Where the shop is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wizard(app, address, page):
    """The wizard, opened by somebody from sales on a file nobody can read."""
    client = log_in_as(app, a_person("Sales", name="Sue Sales"))
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = {"name": name, "value": client.get_cookie(name).value, "url": address}
    page.context.add_cookies([cookie])
    page.set_default_timeout(20_000)
    odd = received(odd_file())
    page.goto(f"{address}/incoming/{odd.id}")
    page.get_by_role("link", name="Say what is what in this file").click()
    page.wait_for_selector("th.mean[tabindex='0']")
    return page


def received(content, **words):
    kept = intake.receive("upload", "odd.xlsx", content, actor=BOSS, **words)
    return intake.read_file(kept.id, BOSS)


def is_said(page, at, what):
    """Wait until a column or a cell carries the words."""
    page.wait_for_selector(f'[data-grid-scroll] [data-at="{at}"] .tag:has-text("{what}")')
    page.wait_for_selector("dialog.map-pop:not([open])", state="attached")


def click_meaning(page, at, typed, label, what):
    page.locator(f'[data-grid-scroll] [data-at="{at}"]').first.click()
    page.wait_for_selector("dialog.map-pop[open] [role=combobox]")
    page.fill("dialog.map-pop [role=combobox] >> nth=0", typed)
    page.locator(f'dialog.map-pop [role=option]:visible:text-is("{label}")').first.click()
    is_said(page, at, what)


def the_order():
    return models.Order.get()


def check_order():
    lines = models.OrderLine.select().order_by(models.OrderLine.number)
    assert [(x.sku, x.color, x.quantity) for x in lines] == [
        ("TEE-1", "Black", 24), ("CAP-1", "Navy", 12), ("POLO", "Black", 36),
    ]  # fmt: skip
    assert the_order().po_number == "H-77/26"


def test_an_odd_file_becomes_an_order_by_mouse_and_the_next_one_by_itself(wizard, hill):
    page = wizard
    page.click('th.mean[data-at="A"]')
    page.click("text=It holds the item and its description together")
    page.click("button:text-is('Split')")
    is_said(page, "A", "Item")
    click_meaning(page, "C", "Menge", "Quantity", "Quantity")
    is_said(page, "D", "Unit price")
    click_meaning(page, "F1", "po number", "PO number", "PO number")
    click_meaning(page, "F2", "in hands", "In hands", "In hands")

    page.click('th.mean[data-at="B"]')
    page.click("text=Change the text first")
    page.select_option("dialog [name=step-0]", "lookup")
    page.fill("dialog [name=table-0]", "blk = Black\nnvy = Navy")
    page.click("dialog button:text-is('Apply')")
    page.wait_for_selector(".before-after code:text-is('Black')")
    page.keyboard.press("Escape")
    page.click('[data-at="rule:units"]')
    page.fill("dialog [name=each]", "12")
    page.click("dialog button:text-is('Apply')")
    page.wait_for_selector(".sums:has-text('72')")

    assert violations(page) == []
    page.fill("[data-save] [name=customer]", "HILL")
    page.fill("[data-save] [name=name]", "Order sheet")
    page.click("text=Save and read the file")
    page.wait_for_url("**/orders/**")
    check_order()

    again = received(odd_file(moved_rows(po="H-78/26"), name="Neu"), sender=MAIL)
    assert again.state == "accepted"
    assert again.mapping_version.mapping.name == "Order sheet"
    assert models.Order.get(models.Order.incoming == again).po_number == "H-78/26"


def test_the_same_with_the_keyboard_alone(wizard):
    page, press = wizard, wizard.keyboard.press

    def focus_on(at):
        page.wait_for_function(
            "at => document.activeElement.dataset && document.activeElement.dataset.at === at",
            arg=at,
        )

    def say(at, typed, what):
        focus_on(at)
        press("Enter")
        page.wait_for_selector("dialog.map-pop[open] [role=combobox]")
        page.wait_for_function("document.activeElement.getAttribute('role') === 'combobox'")
        page.keyboard.type(typed)
        press("Enter")
        is_said(page, at, what)
        focus_on(at)

    page.focus("[data-grid-scroll] [tabindex='0']")
    say("A", "item", "Item")
    press("Enter")  # again on the same column: its text is changed first
    page.wait_for_selector("dialog.map-pop[open] .said")
    page.focus("dialog .said summary")
    press("Enter")
    press("Tab")
    page.keyboard.type("Take what stands before")
    press("Tab")
    page.keyboard.type(" - ")
    press("Enter")
    page.wait_for_selector(".before-after code:text-is('TEE-1')")
    press("Escape")
    focus_on("A")
    press("ArrowRight")
    focus_on("B")
    press("ArrowRight")
    say("C", "quantity", "Quantity")
    press("ArrowRight")
    focus_on("D")  # its figures said by themselves what it is
    press("ArrowRight")
    press("ArrowRight")
    press("ArrowDown")
    say("F1", "po number", "PO number")
    press("Control+z")
    page.wait_for_selector('[data-at="F1"]:not(:has(.tag))')
    say("F1", "po number", "PO number")
    press("ArrowDown")
    say("F2", "in hands", "In hands")
    press("r")
    page.wait_for_selector("dialog.map-pop[open] .row-actions")
    assert violations(page) == []
    press("Escape")

    page.focus("[data-save] [name=customer]")
    page.keyboard.type("HILL")
    press("Tab")
    page.keyboard.type("By keyboard")
    press("Enter")
    page.wait_for_url("**/incoming/**")
    page.wait_for_selector("text=Saved as version 1")
    page.focus("text=Read again")
    press("Enter")
    page.wait_for_selector("text=What it became")
    lines = models.OrderLine.select().order_by(models.OrderLine.number)
    assert [(x.sku, x.quantity) for x in lines] == [("TEE-1", 2), ("CAP-1", 1), ("POLO", 3)]
    assert the_order().po_number == "H-77/26"


def test_what_cannot_be_is_said_in_the_dialog_and_the_work_stays(wizard, console):
    page = wizard
    click_meaning(page, "C", "quantity", "Quantity", "Quantity")

    page.click('th.mean[data-at="A"]')
    page.fill("dialog [role=combobox] >> nth=0", "delivery date")
    page.locator("dialog [role=option]:visible:text-is('A delivery date')").click()

    page.wait_for_selector("dialog .refused:has-text('Say which day')")
    page.keyboard.press("Escape")
    assert page.locator('[data-at="C"] .tag').first.inner_text() == "Quantity"
    assert all("422" in line for line in console)
    console.clear()


def test_on_a_narrow_screen_sheet_and_order_stand_below_each_other(wizard):
    page = wizard
    page.set_viewport_size({"width": 768, "height": 1024})

    sheet, order = (
        page.locator(".sheet-side").bounding_box(),
        page.locator(".draft-side").bounding_box(),
    )

    assert order["y"] >= sheet["y"] + sheet["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
