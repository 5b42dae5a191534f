"""The page of the Sheets emulator, on which one is the manager."""

from pathlib import Path

import pytest

from sheets_emulator import Server

pytestmark = [pytest.mark.browser, pytest.mark.pure]

AXE = Path(__file__).parent.parent / "vendor/axe-core-4.14.1/axe.min.js"
ORDERS = [["Order", "Status"], ["1001", "New"], ["1002", "Ready"]]


def cell(page, row, column):
    return page.locator(f'td[data-r="{row}"][data-c="{column}"]')


def test_a_manager_types_sorts_inserts_and_takes_it_back(page):
    with Server() as google:
        book = google.seed("Live orders", {"Orders": ORDERS})
        google.act(book, "note", cell="B2", text="Choose one of the list")
        page.goto(google.url)

        cell(page, 1, 1).click()
        page.get_by_label("Cell", exact=True).fill("Packed")
        page.get_by_label("Cell", exact=True).press("Enter")
        cell(page, 1, 1).get_by_text("Packed").wait_for()
        assert cell(page, 1, 1).get_attribute("title") == "Choose one of the list"
        cell(page, 1, 0).click()
        page.get_by_role("button", name="Insert row").click()
        cell(page, 2, 0).get_by_text("1001").wait_for()
        sheet = google.file(book).book.sheets[0]
        assert [sheet.cell(n, 0).value for n in range(4)] == ["Order", None, 1001, 1002]

        page.get_by_label("Version").select_option("1")
        page.get_by_role("button", name="Restore").click()
        cell(page, 1, 1).get_by_text("New").wait_for()
        page.get_by_role("button", name="Rename tab").click()
        page.get_by_role("textbox", name="New title").fill("Live")
        page.get_by_role("button", name="OK", exact=True).click()
        page.get_by_role("button", name="Live", exact=True).wait_for()
        assert google.file(book).book.sheets[0].title == "Live"


def test_the_page_is_open_to_everybody(browser):
    # A page of its own: the checker may only come in where no policy keeps it out.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    with Server() as google:
        google.seed("Live orders", {"Orders": ORDERS})
        page.goto(google.url)
        cell(page, 1, 1).get_by_text("New").wait_for()

        page.evaluate(AXE.read_text() + ";0")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

    context.close()
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
