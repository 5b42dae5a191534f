"""Dropping files and looking at them, in a real browser: keyboard, progress, marks, no violation."""

import threading

import pytest
from werkzeug.serving import make_server

import models
from sync import intake
from tests.axe import violations
from tests.papers import csv_of, xlsx_of
from tests.shop import BOSS, a_customer, a_product, a_shop
from tests.web import a_person, log_in_as

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_customer("Riverside AC", code="RAC")
    a_product("TEE-1", price="6.50", color="")
    a_product("CAP-1", price="9.00", name="Cap", color="")


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
def sales(app, address, page):
    """A page on which somebody from sales is logged in."""
    client = log_in_as(app, a_person("Sales", name="Sue Sales"))
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = {"name": name, "value": client.get_cookie(name).value, "url": address}
    page.context.add_cookies([cookie])
    page.goto(f"{address}/incoming/")
    return page


def a_file(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_several_files_are_taken_at_once_and_each_says_what_became_of_it(sales, console):
    sales.set_input_files(
        "#files",
        [
            a_file("good.csv", csv_of(po="1")),
            a_file("photo.pdf", b"%PDF-1.7"),
            a_file("empty.csv", b""),
            a_file("again.csv", csv_of(po="1")),
        ],
    )
    sales.wait_for_selector(".uploads [data-state=duplicate]")

    lines = [line.inner_text() for line in sales.query_selector_all(".uploads > li")]
    number = models.Order.get().number
    assert f"Check and release order {number}" in lines[0]
    assert "is a PDF, not a table" in lines[1]
    assert "'empty.csv' is empty; choose the file again" in lines[2]
    assert f"The same file as order {number}" in lines[3]
    sales.wait_for_selector("table.model-list a:text('photo.pdf')")
    assert violations(sales) == []
    assert ["/incoming/upload" in complaint for complaint in console] == [True]  # the empty file
    console.clear()


def test_a_file_that_is_dropped_is_taken(sales):
    sales.evaluate(
        """text => {
            const carried = new DataTransfer();
            carried.items.add(new File([text], "dropped.csv"));
            document.querySelector("[data-drop-files]").dispatchEvent(
                new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        csv_of().decode(),
    )

    sales.wait_for_selector(".uploads [data-state=accepted]")
    assert models.IncomingFile.get().name == "dropped.csv"


def test_files_can_be_chosen_with_the_keyboard_alone(sales):
    # The browser is told that the dialog is ours before the key: both go to it at the same time else.
    sales.on("filechooser", lambda chooser: None)
    sales.wait_for_load_state("networkidle")
    sales.focus("#files")
    with sales.expect_file_chooser() as chooser:
        sales.keyboard.press("Space")
    chooser.value.set_files(a_file("good.csv", csv_of()))

    sales.wait_for_selector(".uploads [data-state=accepted]")


def test_a_files_page_shows_the_marked_cell_and_its_buttons_work(sales, address):
    content = xlsx_of(("TEE-1", "Heavy cotton tee", "a few", "6.50"), customer="Somebody")
    incoming = intake.receive("upload", "order.xlsx", content, actor=BOSS)
    intake.read_file(incoming.id, BOSS)
    sales.goto(f"{address}/incoming/{incoming.id}")

    marked = sales.wait_for_selector("#cell-C6")
    assert "a few" in marked.inner_text()
    assert "expected a number of pieces" in marked.inner_text()
    assert violations(sales) == []

    sales.type("#f-customer", "RAC")
    sales.wait_for_selector("#customers option", state="attached")
    sales.click("text=Choose customer")
    sales.wait_for_selector(".note.success")
    assert models.Order.get().customer.code == "RAC"


def test_rejecting_asks_first(sales, address):
    incoming = intake.receive("upload", "spam.txt", b"Buy now", actor=BOSS)
    sales.goto(f"{address}/incoming/{incoming.id}")

    sales.fill("#f-reason", "advertising")
    sales.click("button:text('Reject')")
    sales.click("dialog[open] button:text('Reject')")

    sales.wait_for_selector("text=Rejected: advertising (Sue Sales)")
    assert models.IncomingFile.get().state == "rejected"
