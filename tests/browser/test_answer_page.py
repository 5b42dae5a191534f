"""The private page on a phone, in a real browser: labelled, reachable, saved, no violation."""

from decimal import Decimal

import pytest

import models
from sync import links
from tests.axe import violations
from tests.letters import mailed
from tests.papers import rows_of, workbook_of
from tests.services import running_app
from tests.shop import BOSS, a_customer, a_product, a_shop

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_product("TEE-1", price=Decimal("6.50"), color="", purchased=False)


@pytest.fixture
def link():
    """A link to a document that lacks a day, a quantity and an item."""
    customer = a_customer("Riverside AC", email="dana@riverside.example")
    models.Address.create(customer=customer, kind="ship_to", is_default=True, company="Riverside",
                          address1="12 Dock Road", city="Portland", country="US")  # fmt: skip
    odd = (
        ("TEE-1", "Heavy cotton tee", "a few", "6.50"),
        ("HAT-9-VERY-LONG-CODE-OF-THEIRS-WITHOUT-A-BREAK", "Top hat", 3, ""),
    )
    rows = [row for row in rows_of(*odd) if not row or row[0] != "In hands date"]
    incoming = mailed(workbook_of({"Order": rows}), customer=customer)
    return links.standing(incoming, BOSS)


def test_what_is_missing_is_filled_in_on_a_phone(app, page, link, console):
    page.set_viewport_size(PHONE)
    with running_app(app) as address:
        page.goto(f"{address}/q/{links._secret(link.salt)}")

        wide = page.evaluate("document.documentElement.scrollWidth")
        small = page.eval_on_selector_all(
            "main .input, main .btn", "all => all.filter((one) => one.clientHeight < 40).length"
        )
        found = violations(page)
        page.get_by_label("Quantity: we need a number of pieces").fill("a few")
        page.get_by_role("button", name="Save answers").click()
        complaint = page.locator(".error").inner_text()
        console.clear()  # the browser notes the 422
        page.get_by_label("Quantity: we need a number of pieces").fill("24")
        page.get_by_label("On which day do you need the goods").fill("2031-02-03")
        for box in page.get_by_label("Which of our items is").all():
            box.fill("TEE-1")
        page.get_by_role("button", name="Save answers").click()
        page.get_by_text("Thank you, nothing is missing.").wait_for()
        found += violations(page)

    assert (wide, small, found) == (390, 0, [])
    assert complaint.strip() == "Expected a number of pieces, found 'a few'."
    order = models.Order.get()
    assert order.in_hands_date.isoformat() == "2031-02-03"
    assert [line.quantity for line in order.lines.order_by(models.OrderLine.number)] == [24, 3]


def test_a_link_that_ended_says_what_to_do(app, page, link, console):
    page.set_viewport_size(PHONE)
    links.revoke_all(link.incoming_id, BOSS)
    with running_app(app) as address:
        page.goto(f"{address}/q/{links._secret(link.salt)}")

        said = page.locator("main").inner_text()
        found = violations(page)

    assert "answer our last mail, or ask us for a new one" in said
    assert found == []
    console.clear()  # the browser notes the 410
