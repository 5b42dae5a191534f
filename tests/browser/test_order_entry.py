"""Order entry in a real browser: the keyboard alone, a spreadsheet's rows, a lost session, two people."""

import random
import re
from decimal import Decimal

import pytest

import models
from tests.axe import violations
from tests.conftest import watch
from tests.services import running_app
from tests.shop import a_customer, a_line, a_product, a_shop, an_order, reload
from tests.web import a_person, log_in_as
from workflow.money import grand_total, line_total

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def in_a_shop(db):
    a_shop()


@pytest.fixture
def address(app):
    """Where the shop is served."""
    with running_app(app) as url:
        yield url


@pytest.fixture
def sam():
    """Somebody from sales who knows their password."""
    return a_person("Sales", name="Sam Sales", email="sam@shop.example", password=PASSWORD)


def signed_in(app, address, page, person):
    """The page, with this person's session."""
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = log_in_as(app, person).get_cookie(name)
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": address}])
    return page


@pytest.fixture
def form(app, address, page, sam):
    """The empty order form."""
    signed_in(app, address, page, sam)
    return opened(page, f"{address}/orders/new")


def opened(page, url):
    page.goto(url)
    page.wait_for_selector("html[data-entry=ready]")
    return page


def a_regular():
    customer = a_customer("Riverside AC", code="RIV", payment_terms="Net 15")
    models.Address.create(
        customer=customer, kind="ship_to", company="Riverside AC", address1="12 Dock Road",
        city="Portland", country="US",
    )  # fmt: skip
    return customer


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def paste(page, text):
    """What Ctrl+V does with a spreadsheet's cells in the clipboard."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def saved(page):
    page.wait_for_url(re.compile(r"/orders/\d+$"))
    return models.Order.get(models.Order.number == page.url.rpartition("/")[2])


def rows_of(page):
    return page.evaluate("OrderEntry.rows().map(OrderEntry.plainRow)")


def test_an_order_of_three_lines_is_entered_with_the_keyboard_alone(form):
    a_regular()
    a_product("TEE-1", sizes=["S", "M", "L"], price=Decimal("4.15"))
    a_product("TOTE-1", name="Canvas tote", color="natural", price=Decimal("2.40"))

    form.keyboard.type("rivers")
    form.wait_for_selector(".choices [role=option]:has-text('Riverside AC')")
    press(form, "ArrowDown", "Enter")
    form.wait_for_selector("#customer-said:has-text('filled in from the customer')")
    press(form, "Tab")
    form.keyboard.type("PO-77")
    form.focus("[name=order-in_hands_date]")
    form.keyboard.type("14 Dec 2030")
    form.focus("#add-line")
    press(form, "Enter")
    form.keyboard.type("TEE")  # chosen from the list
    form.wait_for_selector(".choices [role=option]:has-text('TEE-1')")
    press(form, "ArrowDown", "Enter")
    form.wait_for_selector(".cell-input[aria-label='Quantity, line 1']")
    press(form, "Shift+Tab")
    form.keyboard.type("S12 M24")
    press(form, "Enter")  # the next row
    form.wait_for_selector(".cell-input[aria-label='Item, line 2']")
    form.keyboard.type("tote-1")  # typed whole
    press(form, "Tab", "Tab", "Tab", "Tab")
    form.keyboard.type("50")
    press(form, "Enter")
    form.wait_for_selector(".cell-input[aria-label='Item, line 3']")
    press(form, "Tab")
    form.keyboard.type("Artwork, an hour")
    press(form, "Tab", "Tab", "Tab")
    form.keyboard.type("1")
    press(form, "Tab")
    form.keyboard.type("35")
    press(form, "Control+Enter")  # the drawer
    form.wait_for_selector("#drawer[open]")
    form.focus("[data-add=decorations]")
    press(form, "Enter")
    form.keyboard.type("Front")
    press(form, "Control+Enter")
    form.wait_for_selector("#bar-total:has-text('304.40 USD')")
    shown = form.inner_text("#bar-total")
    assert violations(form) == []
    press(form, "Escape", "Control+s")

    order = saved(form)
    lines = list(order.lines.order_by(models.OrderLine.number))
    assert (order.customer.name, order.po_number) == ("Riverside AC", "PO-77")
    assert order.payment_terms == "Net 15"
    assert order.destinations.get().ship_to_city == "Portland"
    assert [(line.description, line.quantity, line.unit_price) for line in lines] == [
        ("Heavy cotton tee", 36, Decimal("4.15")),
        ("Canvas tote", 50, Decimal("2.4")),
        ("Artwork, an hour", 1, 35),
    ]
    assert lines[2].decorations.get().location == "Front"
    assert shown == f"{order.grand_total:,.2f} USD"


def test_rows_of_a_spreadsheet_are_pasted_with_sizes_and_decimal_commas(form):
    a_product("TEE-1", sizes=["S", "M"], price=Decimal("4.15"))
    block = (
        "Item\tDescription\tColour\tS\tM\tPrice\r\n"
        "TEE-1\t\tblack\t12\t1.200\t4,15 €\r\n"
        'CAP-9\t"Cap, two\nlines"\tnavy\t\t30\t1.002,50\r\n'
    )

    form.click("#add-line")
    paste(form, block)
    form.wait_for_selector("#line-count:has-text('2 lines')")
    form.wait_for_selector("text=not in our products")

    first, second = rows_of(form)
    assert first["sizes"] == "S 12, M 1200"
    assert first["values"]["description"] == "Heavy cotton tee"
    assert second["values"] == {
        "sku": "CAP-9", "description": "Cap, two lines", "color": "navy", "unit_price": "1002.50",
    }  # fmt: skip
    form.click("#save")
    order = saved(form)
    assert order.pieces == 1242
    assert order.subtotal == Decimal("1212") * Decimal("4.15") + 30 * Decimal("1002.5")


def test_a_block_without_headings_goes_where_it_is_pasted(form):
    form.click("#add-line")
    press(form, "Tab")
    paste(form, "Mug\tred\t\t10\t3.20\nCup\tblue\t\t20\t1.10\n")
    form.wait_for_selector("#line-count:has-text('2 lines')")

    assert [row["values"] for row in rows_of(form)] == [
        {"description": "Mug", "color": "red", "quantity": "10", "unit_price": "3.20"},
        {"description": "Cup", "color": "blue", "quantity": "20", "unit_price": "1.10"},
    ]


@pytest.mark.slow
def test_ten_thousand_pasted_lines_stay_usable(form):
    block = "\n".join(f"X-{n}\tThing {n}\tblack\t\t{1 + n % 7}\t4.15" for n in range(10_000))

    form.click("#add-line")
    paste(form, block)
    form.wait_for_selector("#line-count:has-text('10000 lines')", timeout=60_000)

    assert form.locator(".tabulator-row").count() < 100
    form.focus("#add-line")
    press(form, "Enter")
    form.keyboard.type("LAST")
    press(form, "Tab")
    form.wait_for_selector("#line-count:has-text('10001 lines')", timeout=20_000)


def test_wrong_values_are_told_beside_their_fields_and_nothing_is_lost(form, console):
    form.fill("[name=order-in_hands_date]", "31/02")
    form.fill("[name=order-po_number]", "KEEP-ME")
    form.click("#add-line")
    paste(form, "\t\t\t\ta dozen\t-3\n")
    form.click("#save")

    form.wait_for_selector("#line-problems li")
    told = form.inner_text("[id='order-in_hands_date-error']")
    problems = form.inner_text("#line-problems")
    assert "found '31/02'" in told
    assert "Line 1, Quantity: expected a number of pieces, found 'a dozen'" in problems
    assert "Line 1, Unit price: expected a price of zero or more, found '-3'" in problems
    assert form.input_value("[name=order-po_number]") == "KEEP-ME"
    assert violations(form) == []
    form.click("#line-problems button >> nth=0")
    form.keyboard.type("12")
    press(form, "Tab")
    form.keyboard.type("3")
    press(form, "Enter", "Escape")
    form.fill("[name=order-in_hands_date]", "2030-02-28")
    form.click("#save")
    assert saved(form).pieces == 12
    assert all("422" in line for line in console)
    console.clear()


def test_a_value_is_read_aloud_as_soon_as_its_field_is_left(form):
    form.fill("[name=order-in_hands_date]", "14.12.2030")
    press(form, "Tab")

    form.wait_for_selector(
        "[data-box=in_hands_date] [data-spoken]:has-text('Saturday 14 December 2030')"
    )
    form.fill("[name=order-in_hands_date]", "31/02")
    press(form, "Tab")
    form.wait_for_selector("[id='order-in_hands_date-error']:has-text('31/02')")


def test_a_session_lost_in_the_middle_loses_nothing_that_was_typed(form, console):
    a_product("TEE-1", sizes=["S", "M"])
    form.fill("[name=order-po_number]", "PO-LOST")
    form.fill("[name=order-internal_notes]", "a long note")
    form.click("#add-charge")
    form.fill("#charges [data-field=unit_price]", "25")
    form.click("#add-line")
    form.keyboard.type("TEE-1")
    press(form, "Tab", "Tab", "Tab")
    form.keyboard.type("S12 M24")
    press(form, "Enter", "Escape")

    form.context.clear_cookies()
    form.click("#save")
    form.wait_for_selector("dialog[open] #password")
    assert form.input_value("[name=order-internal_notes]") == "a long note"
    form.fill("dialog[open] #email", "sam@shop.example")
    form.fill("dialog[open] #password", PASSWORD)
    press(form, "Enter")

    order = saved(form)
    assert (order.po_number, order.internal_notes) == ("PO-LOST", "a long note")
    assert order.pieces == 36
    assert order.charges.get().unit_price == 25
    assert order.created_by == "Sam Sales"
    assert all("401" in line for line in console)
    console.clear()


def test_who_signs_in_on_another_page_finds_the_form_as_it_was(form, address, console):
    form.fill("[name=order-po_number]", "PO-BACK")
    form.click("#add-line")
    paste(form, "Mug\tred mug\t\t\t10\t3.20\n")
    form.wait_for_selector("#line-count:has-text('1 line')")

    form.context.clear_cookies()
    form.evaluate(
        "document.getElementById('entry').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    form.wait_for_timeout(700)  # the grid writes itself down half a second after typing
    form.evaluate("""() => {
        const form = document.getElementById('entry'), key = 'keep:' + form.dataset.keep;
        sessionStorage.setItem(key, JSON.stringify({...JSON.parse(sessionStorage.getItem(key)), state: 'sent'}));
        delete form.dataset.dirty;
    }""")
    form.goto(f"{address}/orders/new")  # sent to the sign-in page
    form.fill("#email", "sam@shop.example")
    form.fill("#password", PASSWORD)
    press(form, "Enter")
    form.wait_for_selector("html[data-entry=ready]")

    assert form.input_value("[name=order-po_number]") == "PO-BACK"
    assert rows_of(form)[0]["values"]["description"] == "red mug"
    console.clear()


def test_of_two_people_who_edit_one_order_the_slower_one_loses_nothing(
    app, address, page, browser, console, sam
):
    order = an_order(a_line(48))
    signed_in(app, address, page, sam)
    mine = opened(page, f"{address}/orders/{order.number}/edit")
    context = browser.new_context()
    theirs = context.new_page()
    watch(theirs, console)
    signed_in(app, address, theirs, a_person("Manager", name="Mia Manager"))
    opened(theirs, f"{address}/orders/{order.number}/edit")

    theirs.fill("[name=order-po_number]", "THEIRS")
    theirs.click("#save")
    theirs.wait_for_url(re.compile(r"/orders/\d+$"))
    mine.fill("[name=order-internal_notes]", "mine")
    mine.click("#save")
    mine.wait_for_selector("#save-mine")

    assert "changed by somebody else" in mine.inner_text("#entry-notes")
    assert mine.input_value("[name=order-internal_notes]") == "mine"
    assert reload(order).po_number == "THEIRS"
    mine.click("#save-mine")
    mine.wait_for_url(re.compile(r"/orders/\d+$"))
    assert reload(order).internal_notes == "mine"
    context.close()
    assert all("409" in line for line in console)
    console.clear()


def test_the_same_po_number_is_shown_at_once_and_may_be_entered_anyway(form, console):
    customer = a_regular()
    first = an_order(customer=customer, po_number="PO-9")
    form.keyboard.type("RIV")
    form.wait_for_selector(".choices [role=option]")
    press(form, "ArrowDown", "Enter")
    form.wait_for_selector("#customer-said:has-text('from the customer')")
    form.fill("[name=order-po_number]", "PO-9")
    press(form, "Tab")
    form.wait_for_selector(f"#second-po:has-text('order {first.number}')")

    form.click("#save")
    form.click("#enter-anyway")

    assert saved(form).id != first.id
    assert all("409" in line for line in console)
    console.clear()


def test_nobody_is_trapped_in_the_grid(form):
    form.click("#add-line")
    press(form, "Escape")
    assert form.evaluate("document.activeElement.id") == "add-line"

    form.click("#add-line")
    press(form, "Tab", "Tab", "Tab", "Tab", "Tab", "Tab")  # out of an empty row
    assert form.evaluate("document.activeElement.id") == "add-charge"


def test_sizes_deliveries_and_destinations_are_typed_in_the_drawer(form):
    a_product("TEE-1", sizes=["S", "M"])
    form.click("#add-place")
    form.fill("[data-place='1'] [data-field=ship_to_city]", "Seattle")
    form.fill("[data-place='1'] [data-field=ship_to_name]", "Lee")
    form.click("#add-line")
    form.keyboard.type("TEE-1")
    form.wait_for_selector(".choices [role=option]")
    press(form, "ArrowDown", "Enter")
    form.wait_for_selector(".cell-input[aria-label='Quantity, line 1']")
    press(form, "Control+Enter")
    form.fill("#drawer [data-size=S]", "5")
    form.fill("#drawer [data-size=M]", "7")
    form.click("[data-add=schedule]")
    form.fill("#drawer-schedule [data-field=schedule_date]", "2030-12-01")
    form.fill("#drawer-schedule [data-field=schedule_quantity]", "4")
    form.fill("#drawer-schedule [data-field=schedule_unit_price]", "9")
    form.select_option("#drawer-schedule [data-field=destination]", label="2 · Lee, Seattle")
    assert violations(form) == []
    form.click("#drawer-done")
    total = form.inner_text("#bar-total")
    form.click("#save")

    order = saved(form)
    row = order.lines.get().schedule.get()
    assert {(s.size, s.quantity) for s in order.lines.get().sizes} == {("S", 5), ("M", 7)}
    assert (row.schedule_quantity, row.destination.ship_to_city) == (4, "Seattle")
    assert total == f"{order.grand_total:,.2f} USD" == "72.00 USD"


def test_totals_while_typing_are_the_ones_the_server_reckons(form):
    chance = random.Random(7)

    def number(places, most):
        return str(Decimal(chance.randrange(most * 10**places)) / 10**places)

    for places, currency in ((2, "USD"), (0, "JPY"), (3, "KWD")):
        for _ in range(60):
            line = {
                "values": {
                    "quantity": number(3, 5000) or "1",
                    "unit_price": number(6, 300),
                    "price_basis": chance.choice(["each", "hundred", "thousand"]),
                    "line_discount": number(3, 100),
                },
                "sizes": "",
                "schedule": [{"schedule_quantity": number(3, 90),
                              "schedule_unit_price": chance.choice(["", number(6, 50)])}],
            }  # fmt: skip
            header = {"discount_percent": number(3, 100), "discount_amount": number(4, 90),
                      "freight_charge": number(4, 400), "tax_amount": number(4, 400)}  # fmt: skip
            goods, total = form.evaluate(
                """([line, header, places]) => {
                    const goods = OrderTotals.line(line, places);
                    const whole = OrderTotals.order(goods, 700n, header, places);
                    return [String(goods), String(whole.total)];
                }""",
                [line, header, places],
            )

            wanted = _line(line, currency)
            discounts = {n: Decimal(header[n]) for n in ("discount_percent", "discount_amount")}
            extras = Decimal(700).scaleb(-places) + sum(
                Decimal(header[n]) for n in ("freight_charge", "tax_amount")
            )
            assert Decimal(goods).scaleb(-places) == wanted, line
            grand = grand_total(wanted, extras=extras, currency=currency, **discounts)
            assert Decimal(total).scaleb(-places) == grand, (line, header)


def _line(line, currency):
    values, row = line["values"], line["schedule"][0]
    price, quantity = Decimal(values["unit_price"]), Decimal(values["quantity"])
    own, part = row["schedule_unit_price"], Decimal(row["schedule_quantity"])
    priced = [(part, Decimal(own) if own else price)]
    if quantity > part:
        priced.append((quantity - part, price))
    return line_total(
        priced,
        basis=values["price_basis"],
        discount_percent=Decimal(values["line_discount"]),
        currency=currency,
    )


def test_the_list_and_the_page_have_no_violation_and_nothing_runs_over(app, address, page, sam):
    order = an_order(
        a_line(48, sizes={"S": 40, "M": 8}), a_line(7, unit_price=None), customer_notes="Red"
    )
    signed_in(app, address, page, sam)

    for path in ("/orders/", f"/orders/{order.number}", f"/orders/{order.number}/edit"):
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        for width in (1440, 1024, 768):
            page.set_viewport_size({"width": width, "height": 900})
            over = "document.documentElement.scrollWidth > innerWidth"
            assert not page.evaluate(over), f"{path} at {width}"
        assert violations(page) == [], path


def test_an_order_is_held_in_a_pop_up_and_released_on_its_page(app, address, page, sam, console):
    order = an_order()
    signed_in(app, address, page, sam)
    page.goto(f"{address}/orders/{order.number}")

    page.click("text=Hold…")
    page.wait_for_selector("#popup[open] form")
    page.fill("#popup [name=owner]", "")
    page.evaluate("document.querySelector('#popup form').noValidate = true")
    page.click("#popup button:has-text('Put on hold')")
    page.wait_for_selector("#popup .error:has-text('say who must act')")
    assert all("422" in line for line in console)
    console.clear()
    page.fill("#popup [name=owner]", "Ann")
    page.click("#popup button:has-text('Put on hold')")
    page.wait_for_selector(".holds:has-text('Ann must act')")
    page.click("text=Take off hold")
    page.wait_for_selector(".note.success:has-text('taken off')")
    page.click("button:has-text('Release')")

    page.wait_for_selector(".note.success:has-text('is released')")
    assert reload(order).released_at is not None
