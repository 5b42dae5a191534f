"""A manager who lives in a sheet, and the shop: both in a browser, with our own Sheets server."""

import json
import re

import pytest
from playwright.sync_api import expect

from models import Job, Order, SheetEvent, SheetLink, SheetRow
from settings import get_settings
from sheets_emulator import Server
from sync.sheets import accounts, turns
from sync.sheets.google import Governor, governor
from tests.axe import violations
from tests.conftest import watch
from tests.services import running_app
from tests.shop import BOSS, a_customer, a_released_order, a_shop, finish_until
from tests.test_shared_sheets import ACCOUNT, connected
from tests.web import a_person, log_in_as
from workflow import engine

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)

#: What Chromium says of a page that was refused with a sentence.
REFUSED = re.compile(r"Failed to load resource.*\b422\b")


@pytest.fixture
def google(monkeypatch):
    """Our own Sheets server; the shop takes it for Google's."""
    with Server() as opened:
        opened.key = json.dumps(opened.service_account(ACCOUNT))
        monkeypatch.setenv("GOOGLE_URL", opened.url)
        get_settings.cache_clear()
        accounts._clients.clear()
        governor._governors.clear()
        governor._governors[f"{opened.url} {ACCOUNT}"] = Governor(60_000, 60_000)
        yield opened


@pytest.fixture
def address(app):
    with running_app(app) as url:
        yield url


@pytest.fixture
def desk(browser, app, address, console):
    """The page of a manager of the shop, and another one for the sheet."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    cookie = log_in_as(app, a_person("Owner")).get_cookie("inhands")
    context.add_cookies([{"name": "inhands", "value": cookie.value, "url": address}])
    pages = context.new_page(), context.new_page()
    for page in pages:
        watch(page, console)
    yield pages
    context.close()
    assert [line for line in console if not REFUSED.search(line)] == []


def look_now():
    """What the worker does within seconds, without waiting for it."""
    link = SheetLink.get()
    while True:
        taken = turns.take(link.id, "test")
        report = turns.run(taken)
        turns.give_back(link.id, "test")
        assert not report.stopped
        if report.idle:
            return


def heading(page, title):
    """Where a column of the sheet is."""
    titles = page.locator('td[data-r="0"]')
    expect(titles.filter(has_text=re.compile(f"^{title}$"))).to_be_visible()
    return titles.filter(has_text=re.compile(f"^{title}$")).get_attribute("data-c")


def cell(page, row, column):
    return page.locator(f'td[data-r="{row}"][data-c="{column}"]')


def type_into(page, row, title, text):
    cell(page, row, heading(page, title)).click()
    page.get_by_label("Cell", exact=True).fill(text)
    page.get_by_label("Cell", exact=True).press("Enter")
    expect(cell(page, row, heading(page, title))).to_have_text(text)


def connect(page, address, google, key_file):
    """Through the screens, from nothing to a sheet that is kept; the spreadsheet's id."""
    book = google.seed("Live orders", {"Sheet1": [["my own list"]]}, shared={})
    page.goto(f"{address}/sheets/")
    page.get_by_role("link", name="Connect a sheet").click()
    page.get_by_label("What do people here call it?").fill("Production board")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Key file").set_input_files(key_file)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_text(ACCOUNT).first).to_be_visible()

    page.get_by_label("Address of the sheet").fill(
        f"https://docs.google.com/spreadsheets/d/{book}/edit#gid=0"
    )
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("alert")).to_contain_text("Share")
    google.file(book).share(ACCOUNT, "writer")
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("We may write there")).to_be_visible()
    assert violations(page) == []
    assert len(google.file(book).book.sheets) == 1, "nothing is written before somebody says so"
    page.get_by_role("button", name="Connect and write").click()
    expect(page.get_by_text("Connected.")).to_be_visible()
    return book


def test_a_manager_in_the_sheet_and_the_shop_stay_the_same(desk, address, google, tmp_path):
    shop, sheet = desk
    a_shop()
    customer = a_customer()
    orders = [a_released_order(customer=customer) for _ in range(3)]
    finish_until(orders[0], "screen-print")
    key = tmp_path / "key.json"
    key.write_text(google.key)

    # connected, laid out, filled
    connect(shop, address, google, key)
    look_now()
    shop.reload()
    expect(shop.get_by_text("Works", exact=True)).to_be_visible()
    assert violations(shop) == []

    # what a manager types is in the queue
    sheet.goto(google.url)
    sheet.get_by_role("button", name="Orders", exact=True).click()
    type_into(sheet, 1, "In hands", "2030-05-17")
    look_now()
    shop.goto(f"{address}/q/screen-print/")
    row = shop.locator("#rows tr").filter(has_text=orders[0].number)
    expect(row).to_contain_text(re.compile("May 17|17 May"))

    # both sides change the same thing: both values side by side, one click applies the other
    engine.change_order(orders[1].id, engine.OrderChange(values={"po_number": "OURS-1"}), BOSS)
    type_into(sheet, 2, "PO number", "THEIRS-2")
    look_now()
    shop.goto(f"{address}/sheets/")
    shop.get_by_role("link", name=re.compile("^Conflicts")).click()
    expect(shop.locator(".value").nth(0)).to_have_text("OURS-1")
    expect(shop.locator(".value").nth(1)).to_have_text("THEIRS-2")
    assert violations(shop) == []
    shop.get_by_role("button", name=re.compile("^Use “THEIRS-2”")).click()
    expect(shop.get_by_text("No conflicts")).to_be_visible()
    look_now()
    expect(cell(sheet, 2, heading(sheet, "PO number"))).to_have_text("THEIRS-2")
    assert SheetEvent.get().outcome == "applied"


def test_thirty_deleted_rows_stop_at_the_breaker_and_are_restored(desk, address, google):
    shop, sheet = desk
    a_shop()
    book = connected(google, orders=32).book
    numbers = [order.number for order in Order.select().order_by(Order.id)]

    sheet.goto(google.url)
    sheet.get_by_role("button", name="Orders", exact=True).click()
    cell(sheet, 1, 0).click()
    cell(sheet, 30, 0).click(modifiers=["Shift"])
    sheet.get_by_role("button", name="Delete rows").click()
    expect(cell(sheet, 1, 0)).to_have_text(numbers[30])
    turns.run(SheetLink.get())

    shop.goto(f"{address}/sheets/")
    expect(shop.get_by_text("Asks you")).to_be_visible()
    shop.get_by_role("link", name="Say what is meant").click()
    expect(shop.get_by_text(re.compile("30 of 32 rows are gone"))).to_be_visible()
    expect(shop.get_by_role("link", name=numbers[0], exact=True)).to_be_visible()
    assert violations(shop) == []
    assert Job.select().where(Job.closed_at.is_null()).count() == 32
    shop.get_by_role("button", name="Restore the sheet").click()
    expect(shop.get_by_text("The worker does it now")).to_be_visible()
    look_now()

    shop.reload()
    expect(shop.get_by_text("Works", exact=True)).to_be_visible()
    rows = next(one for one in google.file(book).book.sheets if one.title == "Orders").rows
    there = {found.value for row in rows for found in row.values()}
    assert set(numbers) <= {str(one) for one in there}
    assert SheetRow.select().where(SheetRow.state == "removed").count() == 0


def test_columns_are_arranged_with_the_keyboard(desk, address, google):
    shop, _sheet = desk
    a_shop()
    link = connected(google, orders=1)
    shop.goto(f"{address}/sheets/{link.id}/tabs")
    assert violations(shop) == []
    shop.get_by_role("link", name="Columns of Orders").click()
    titles = shop.locator("#column-rows input[name=title]")
    before = [one.input_value() for one in titles.all()]

    down = shop.get_by_role("button", name="Order: further right")
    down.focus()
    down.press("Enter")
    expect(titles.nth(1)).to_have_value("Order")
    expect(down).to_be_focused()
    expect(shop.locator("#moved")).to_have_text("Order is column 2 now")
    shop.get_by_role("button", name="Take Departments out").click()
    shop.get_by_label("One more column").select_option(label="Project or event")
    shop.get_by_role("button", name="Add", exact=True).click()
    expect(titles.last).to_have_value("Project or event")
    assert violations(shop) == []
    shop.get_by_role("button", name="Save", exact=True).last.click()
    expect(shop.get_by_text("Saved.")).to_be_visible()

    after = [one.input_value() for one in titles.all()]
    left = [title for title in before if title != "Departments"]
    assert after == [left[1], left[0], *left[2:], "Project or event"]
