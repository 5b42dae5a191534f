"""The lists and forms of the shop in a real browser, under the strict policy."""

import pytest

import models
from tests import shop
from tests.services import running_app
from tests.web import a_person

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


@pytest.fixture
def olga(app, page):
    """Somebody who is signed in; the page is at the start."""
    a_person("Owner", email="olga@shop.example", name="Olga", password=PASSWORD)
    with running_app(app) as address:
        page.goto(f"{address}/login")
        page.fill("#email", "olga@shop.example")
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{address}/")
        page.address = address
        yield page
        page.goto("about:blank")


def test_rows_are_deleted_only_after_a_question(olga):
    """B23: with a strict policy the stock page deletes at once, and its actions are dead."""
    kept, gone = shop.a_customer("Kept"), shop.a_customer("Gone")
    olga.goto(f"{olga.address}/customers/")

    olga.check(f"input.action-checkbox[value='{gone.id}']")
    olga.get_by_text("With selected").click()
    olga.get_by_role("button", name="Delete").click()
    olga.get_by_role("button", name="Cancel").click()
    assert models.Customer.select().count() == 2
    olga.get_by_text("With selected").click()
    olga.get_by_role("button", name="Delete").click()
    olga.locator("dialog").get_by_role("button", name="Delete").click()
    olga.get_by_text("1 row deleted.").wait_for()

    assert [row.id for row in models.Customer.select()] == [kept.id]


def test_a_cell_is_changed_in_place(olga):
    customer = shop.a_customer("Riverside", phone="1")
    olga.goto(f"{olga.address}/customers/")

    olga.locator("a[name=phone]").click()
    olga.locator(".editable-input input").fill("555 1234")
    olga.locator(".editable-submit").click()
    olga.get_by_text("Saved.").wait_for()

    assert shop.reload(customer).phone == "555 1234"


def test_a_cell_says_why_it_is_not_saved(olga, console):
    product = shop.a_product()
    olga.goto(f"{olga.address}/products/")

    olga.locator("a[name=price]").click()
    olga.locator(".editable-input input").fill("a dozen")
    olga.locator(".editable-submit").click()
    olga.get_by_text("expected a number, found 'a dozen'").wait_for()

    assert shop.reload(product).price
    console.clear()  # the browser notes the 422


def test_a_row_inside_is_added_with_a_look_up(olga):
    customer = shop.a_customer("Riverside")
    product = shop.a_product("TEE-1")
    olga.goto(f"{olga.address}/customers/edit/?id={customer.id}")

    olga.get_by_role("button", name="Add Their item codes").click()
    row = olga.locator("#items .inline-row").first
    row.get_by_label("Their code").fill("X-1")
    row.locator(".select2-choice").first.click()
    olga.locator(".select2-drop-active input").fill("tee")
    olga.locator(".select2-result-label", has_text="TEE-1").click()
    olga.get_by_role("button", name="Save", exact=True).click()
    olga.wait_for_url(f"{olga.address}/customers/**")
    olga.get_by_text("Record was successfully saved.").wait_for()

    item = models.CustomerItem.get()
    assert (item.customer_id, item.code, item.product_id) == (customer.id, "X-1", product.id)


def test_a_list_is_filtered_and_downloaded(olga):
    shop.a_customer("Riverside", group="Clubs")
    shop.a_customer("Lakeside", group="Schools")
    olga.goto(f"{olga.address}/customers/")

    olga.get_by_text("Add filter").click()
    olga.locator("[data-filter=Group]").click()
    olga.locator(".filter-value input").fill("Clubs")
    olga.get_by_role("button", name="Apply").click()
    olga.get_by_text("1–1 of 1").wait_for()
    olga.get_by_text("Export").first.click()
    with olga.expect_download() as download:
        olga.get_by_text("Export CSV").click()

    text = download.value.path().read_text("utf-8-sig")
    assert "Riverside" in text and "Lakeside" not in text


def test_rights_and_departments_are_ticked_with_the_keyboard(olga):
    shop.a_shop()
    role = models.Role.get(name="Read-only")
    olga.goto(f"{olga.address}/setup/roles/edit/?id={role.id}")

    olga.get_by_label("export lists").focus()
    olga.keyboard.press("Space")
    olga.get_by_role("button", name="Save", exact=True).click()
    olga.get_by_text("Record was successfully saved.").wait_for()

    assert shop.reload(role).rights == ["export", "see_orders"]
