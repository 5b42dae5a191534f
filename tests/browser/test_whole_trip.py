"""An order's whole trip in a real browser: from a customer's workbook to done, each role at its place.

Every screen on the way, and every other screen of the menu, is looked at by axe: no serious or
critical finding, and nothing in the browser's console.
"""

import io
from contextlib import contextmanager
from datetime import date

import openpyxl
import pytest

import models
import worker
from settings import Settings
from tests.axe import violations
from tests.conftest import watch
from tests.services import running_app
from tests.shop import (
    a_customer,
    a_product,
    a_released_order,
    a_shop,
    reload,
    tasks_of,
)
from tests.web import a_person, log_in_as

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def shop(db):
    """A shop with one customer and what they buy."""
    a_shop()
    a_customer("Riverside AC", email="dana@riverside.example")
    vendor = models.Vendor.create(code="BLANKS", name="Blanks & Co")
    tee = a_product("TEE-1", name="Heavy cotton tee", sizes=["S", "M", "L"], price="6.50")
    models.Product.update(vendor=vendor).where(models.Product.id == tee.id).execute()


@pytest.fixture
def address(app, shop):
    with running_app(app) as url:
        yield url


def a_workbook():
    """What a customer sends: some cells above a table, sizes in columns."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Order"
    for row in (
        ["Riverside AC purchase order"],
        ["PO number", "RAC-2291"],
        ["In hands date", date(date.today().year + 1, 3, 5)],
        ["Ordered by", "Dana Fox", None, "E-mail", "dana@riverside.example"],
        ["Ship to", "Riverside AC\n12 Dock Road\nPortland, OR 97201\nUS"],
        [],
        ["Item", "Description", "Colour", "S", "M", "L", "Unit price", "Location", "Method"],
        ["TEE-1", "Heavy cotton tee", "black", 12, 24, 12, 6.5, "Front", "screen print"],
    ):
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@contextmanager
def somebody(browser, app, address, console, role, departments=None):
    """A page of somebody who is logged in."""
    client = log_in_as(app, a_person(role, departments=departments, name=f"{role} {departments}"))
    name = app.config["SESSION_COOKIE_NAME"]
    context = browser.new_context(
        locale="en-US", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    cookie = {"name": name, "value": client.get_cookie(name).value, "url": address}
    context.add_cookies([cookie])
    page = context.new_page()
    watch(page, console)
    yield page
    context.close()


def open_task(page, address, order, slug):
    """Open a department's pop-up as people do: the queue, then the number."""
    page.goto(f"{address}/q/{slug}/")
    page.get_by_role("link", name=order.number, exact=True).first.click()
    return page.locator("dialog[open]")


def complete(pop):
    pop.get_by_role("button", name="Mark complete").click()
    pop.get_by_role("button", name="Confirm").click()


class Shop:
    """The shop as its people see it, each in a browser of their own."""

    def __init__(self, browser, app, address, console):
        self.browser, self.app, self.address, self.console = browser, app, address, console
        self.found = []

    @contextmanager
    def somebody(self, role, *departments):
        with somebody(
            self.browser, self.app, self.address, self.console, role, departments
        ) as page:
            yield page

    def look(self, page):
        self.found += violations(page)

    def take_in(self, content):
        """Sales drops the file, settles what is open and releases the order."""
        with self.somebody("Sales") as page:
            page.goto(f"{self.address}/incoming/")
            self.look(page)
            name = {"name": "order.xlsx", "mimeType": "application/xlsx", "buffer": content}
            page.set_input_files("#files", [name])
            page.get_by_role("link", name="1001").first.wait_for()
            page.goto(f"{self.address}/orders/1001")
            self.look(page)
            while page.get_by_role("button", name="Settled").count():
                page.get_by_role("button", name="Settled").first.click()
            if page.get_by_role("button", name="Instructions read").count():
                page.get_by_role("button", name="Instructions read").click()
            page.get_by_role("button", name="Release", exact=True).click()
            page.get_by_text("Order 1001 is released").wait_for()
        return models.Order.get(number="1001")

    def work(self, order, slug):
        """A department's worker opens the job, fills in the figures and completes it."""
        with self.somebody("Department worker", slug) as page:
            pop = open_task(page, self.address, order, slug)
            self.look(page)
            _FILL.get(slug, _nothing)(pop)
            complete(pop)
            page.locator("dialog[open]").wait_for(state="hidden")
        assert tasks_of(order)[slug].outcome == "finished", slug


def _nothing(_pop):
    """Artwork counts nothing, and purchasing finds its figures filled in."""


def _all_as_ordered(pop):
    pop.get_by_role("button", name="all as ordered").click()


def _receive(pop):
    for number, pieces in zip(
        pop.locator("input[name^=now]").all(), ("12", "24", "12"), strict=True
    ):
        number.fill(pieces)


def _ship(pop):
    pop.get_by_label("Tracking number").fill("1Z999AA10123456784")
    pop.get_by_role("button", name="Save hand-over").click()
    pop.get_by_text("1Z999AA10123456784").first.wait_for()


_FILL = {
    "receiving": _receive,
    "screen-print": _all_as_ordered,
    "packaging": _all_as_ordered,
    "shipping": _ship,
}


def test_an_order_goes_from_a_customers_file_to_done(
    browser, app, address, console, settings, mail_sink
):
    here = Shop(browser, app, address, console)

    order = here.take_in(a_workbook())
    assert [line.quantity for line in order.lines] == [48]
    for slug in ("artwork", "purchasing", "receiving", "screen-print", "packaging", "shipping"):
        here.work(order, slug)

    order = reload(order)
    assert (order.stage, order.waiting) == ("done", "Done")
    with here.somebody("Read-only") as page:
        page.goto(f"{address}/orders/1001")
        page.get_by_text("Done since").wait_for()
        assert page.get_by_text("312.00").count() == 0
        here.look(page)
    assert here.found == []

    worker.run(_with_mail(settings, mail_sink), once=True)
    assert [mail["To"] for mail in mail_sink.messages] == ["dana@riverside.example"] * 3
    assert "1Z999AA10123456784" in mail_sink.messages[-1].get_content()


def _with_mail(settings, sink):
    return Settings(
        instance_dir=settings.instance_dir,
        database_url=settings.database_url,
        secret_key="test",
        smtp_host=sink.host,
        smtp_port=sink.port,
        smtp_starttls=False,
    )


SCREENS = (
    "/", "/orders/", "/orders/new", "/incoming/", "/customers/", "/customers/new/", "/products/",
    "/variants/", "/vendors/", "/purchase-orders/", "/receipts/", "/shipments/", "/messages/",
    "/events/", "/me/", "/setup/shop/", "/setup/departments/", "/setup/departments/new/",
    "/setup/closed-days/", "/setup/custom-fields/", "/setup/required-fields/", "/setup/heading-words/",
    "/setup/message-templates/", "/setup/people/", "/setup/roles/", "/setup/api-tokens/",
    "/setup/login-events/", "/setup/outbox/", "/api/docs", "/q/artwork/", "/q/screen-print/",
    "/q/receiving/", "/q/shipping/",
)  # fmt: skip


def test_every_screen_is_accessible_and_complains_about_nothing(browser, app, address, console):
    a_released_order()
    found = []
    with somebody(browser, app, address, console, "Owner") as page:
        for screen in SCREENS:
            answer = page.goto(address + screen)
            assert answer.status == 200, screen
            found += violations(page)
    assert found == []
