"""Queues and pop-ups in a real browser: hands, keys, two people at once, refresh, drag, axe."""

import re
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect

import clock
import models
from tests.axe import violations
from tests.conftest import watch
from tests.services import running_app
from tests.shop import (
    BOSS,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    finish,
    finish_until,
    items_of,
    reload,
    tasks_of,
)
from tests.web import a_person, log_in_as
from workflow import engine

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct horse battery"
#: What Chromium says of every refused request; the tests look at the sentence instead.
REFUSED = re.compile(r"Failed to load resource.*\b(401|409|422)\b")


@pytest.fixture(autouse=True)
def monday_morning():
    """It is Monday, 23 November 2026, eight o'clock."""
    with clock.frozen(datetime(2026, 11, 23, 8, tzinfo=UTC)):
        a_shop()
        yield


@pytest.fixture
def address(app):
    with running_app(app) as url:
        yield url


@pytest.fixture
def seat(browser, app, address, console):
    """``seat("Manager")``: a page of somebody who is logged in, at a desk of their own."""
    contexts = []

    def sit_down(role="Manager", *, departments=None, name=None, person=None, **look):
        person = person or a_person(role, departments=departments, name=name)
        cookie = log_in_as(app, person).get_cookie("inhands")
        options = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | look
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "inhands", "value": cookie.value, "url": address}])
        contexts.append(context)
        page = context.new_page()
        watch(page, console)
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert [line for line in console if not REFUSED.search(line)] == []


def ready(count=1, slug="screen-print", **words):
    """Orders whose work in a department may begin."""
    orders = [a_released_order(a_line(48), **words) for _ in range(count)]
    for order in orders:
        finish_until(order, slug)
    return orders


def good(order, slug="screen-print"):
    return f"[name=good-{items_of(tasks_of(order)[slug])[0].id}]"


def open_pop_up(page, order):
    page.locator("#rows").get_by_role("link", name=order.number, exact=True).click()
    expect(page.locator("dialog#popup form.task")).to_be_visible()


def numbers(page):
    return page.locator("#rows tr td:first-child").all_inner_texts()


def after(page, seconds):
    """Let the page's own clock run on."""
    with page.expect_response(re.compile("/changes")):
        page.clock.fast_forward(seconds * 1000)
    page.wait_for_selector("[data-changes]:not([aria-busy])")


# ---------------------------------------------------------------- hands and keys


def test_a_job_is_done_with_the_keyboard_alone(seat, address):
    first, second = ready(2)
    page = seat("Department worker", departments=["screen-print"])
    page.goto(f"{address}/q/screen-print/")
    link = page.locator("#rows a").first

    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(good(first))).to_be_focused()
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved at 08:00.")).to_be_visible()
    expect(page.get_by_text("8 still to make or decide")).to_be_visible()
    expect(page.locator(good(first))).to_be_focused()
    page.keyboard.type("48")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Confirm")).to_be_focused()
    expect(page.get_by_text("the job goes to Packaging")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.locator(".toasts")).to_contain_text("Screen print is finished")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows a").first).to_be_focused()
    assert numbers(page) == [second.number]
    assert tasks_of(first)["screen-print"].closed_at is not None


def test_arrows_walk_through_the_grid_and_sums_follow(seat, address):
    tee = a_product(sizes=("S", "M"), purchased=False)
    order = a_released_order(a_line(product=tee, sizes={"S": 10, "M": 20}))
    task = finish_until(order, "screen-print")
    small, medium = (item.id for item in items_of(task))
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, order)

    page.keyboard.type("10")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("19")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"[name=bad-{small}]")).to_be_focused()

    expect(page.locator(f"[name=good-{medium}]")).to_have_value("19")
    assert page.locator("tr:not(.spoiled) output").first.inner_text() == "29"
    expect(page.locator("tr.because")).to_be_visible()


def test_all_as_ordered_fills_the_grid_and_lets_complete(seat, address):
    (order,) = ready()
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, order)
    expect(page.get_by_role("button", name="Mark complete")).to_be_disabled()

    page.get_by_role("button", name="all as ordered").click()
    page.get_by_role("button", name="Mark complete").click()
    page.get_by_role("button", name="Confirm").click()

    expect(page.locator("#rows tr")).to_have_count(0)
    expect(page.get_by_text("Screen print has no open work.")).to_be_visible()


def test_escape_asks_before_it_throws_typing_away(seat, address):
    (order,) = ready()
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, order)
    page.locator(good(order)).fill("7")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep editing").click()
    expect(page.locator(good(order))).to_have_value("7")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close without saving").click()

    expect(page.locator("dialog#popup")).to_be_hidden()
    expect(page.locator("#rows a").first).to_be_focused()


def test_a_refused_figure_is_still_unsaved_and_the_missing_reason_gets_the_focus(seat, address):
    (order,) = ready()
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, order)
    page.locator(good(order)).fill("46")
    page.locator(good(order).replace("good", "bad")).fill("2")
    page.keyboard.press("Enter")

    expect(page.get_by_text("say why 2 were spoiled")).to_be_visible()
    expect(page.get_by_label("Why spoiled")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Close without saving?")).to_be_visible()
    page.get_by_role("button", name="Keep editing").click()
    page.get_by_label("Why spoiled").select_option("smudge")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_text("Saved at 08:00.")).to_be_visible()
    expect(page.locator(good(order))).to_have_value("46")


def test_without_script_a_job_is_done_on_pages(seat, address):
    (order,) = ready()
    page = seat("Manager", java_script_enabled=False)
    page.goto(f"{address}/q/screen-print/")

    page.locator("#rows a").click()
    page.locator(good(order)).fill("48")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("button", name="Mark complete").click()
    page.get_by_role("button", name="Confirm").click()

    expect(page).to_have_url(f"{address}/q/screen-print/")
    expect(page.locator("#notes")).to_contain_text("Screen print is finished")


def test_the_scan_field_opens_the_job_and_a_wrong_number_gets_a_sentence(seat, address):
    (order,) = ready()
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    field = page.get_by_role("searchbox", name=re.compile("Scan"))

    field.fill("999999")
    field.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("is no order, job or PO number we know")
    field.fill(order.number)
    field.press("Enter")

    expect(page.locator("dialog#popup h1")).to_contain_text(order.number)
    expect(field).to_have_value("")


def test_vendors_are_offered_while_somebody_types(seat, address):
    for name in ("alphabroder", "S&S Activewear"):
        models.Vendor.create(code=name[:4], name=name)
    order = a_released_order(a_line(10, product=a_product()))
    page = seat("Manager")
    page.goto(f"{address}/q/purchasing/")
    open_pop_up(page, order)

    with page.expect_response(re.compile("/tasks/vendors")):
        page.get_by_role("combobox", name="Vendor").press_sequentially("acti")

    expect(page.locator("#vendors option")).to_have_count(1)
    assert page.locator("#vendors option").get_attribute("value") == "S&S Activewear"


# ---------------------------------------------------------------- refresh


def test_a_refresh_leaves_typing_focus_and_scroll_alone(seat, address):
    orders = ready(30)
    page = seat("Manager")
    page.clock.install()
    page.goto(f"{address}/q/screen-print/")
    search = page.get_by_role("searchbox", name="Search in this queue")
    page.mouse.wheel(0, 900)
    search.focus()
    page.keyboard.type("half a wo")
    top = page.evaluate("scrollY")
    gone, held = orders[20], orders[25]
    finish(tasks_of(gone)["screen-print"])
    engine.hold(held.id, engine.HoldWords("quality", "Ravi"), BOSS)

    after(page, 31)

    expect(page.locator("#rows tr")).to_have_count(29)
    row = page.locator("#rows tr", has=page.get_by_role("link", name=held.number, exact=True))
    expect(row).to_contain_text("On hold: Quality, Ravi")
    expect(search).to_have_value("half a wo")
    expect(search).to_be_focused()
    assert page.evaluate("scrollY") == top
    page.keyboard.type("rd")
    expect(search).to_have_value("half a word")


def test_a_refresh_under_an_open_pop_up_keeps_what_is_typed_in_it(seat, address):
    mine, other = ready(2)
    page = seat("Manager")
    page.clock.install()
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, mine)
    page.locator(good(mine)).fill("17")
    finish(tasks_of(other)["screen-print"])
    engine.plan_task(tasks_of(mine)["screen-print"].id, date(2026, 11, 27), BOSS)

    after(page, 31)

    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator(good(mine))).to_have_value("17")
    expect(page.locator(good(mine))).to_be_focused()


def test_new_work_appears_by_itself_and_the_numbers_follow(seat, address):
    ready()
    page = seat("Manager")
    page.clock.install()
    page.goto(f"{address}/q/screen-print/")
    (late,) = ready(1, in_hands_date=date(2026, 12, 2), in_hands_firm=True)

    after(page, 31)

    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator(".tabs a").first).to_contain_text("2")
    expect(page.locator("#week")).to_contain_text(late.number)


def test_a_quiet_refresh_costs_nothing(seat, address):
    ready()
    page = seat("Manager")
    page.clock.install()
    page.goto(f"{address}/q/screen-print/")
    after(page, 31)

    with page.expect_response(re.compile("/changes")) as second:
        page.clock.fast_forward(31_000)

    assert second.value.status == 304


# ---------------------------------------------------------------- two people, a lost session


def test_two_people_on_one_task_the_second_is_told_and_loses_nothing(seat, address):
    (order,) = ready()
    ravi, mia = seat("Manager", name="Ravi"), seat("Manager", name="Mia")
    for page in (ravi, mia):
        page.goto(f"{address}/q/screen-print/")
        open_pop_up(page, order)
    ravi.locator(good(order)).fill("20")
    ravi.keyboard.press("Enter")
    expect(ravi.get_by_text("Saved at")).to_be_visible()
    mia.locator(good(order)).fill("30")
    mia.keyboard.press("Enter")

    expect(mia.get_by_text("Ravi saved Screen print at 08:00")).to_be_visible()
    expect(mia.locator(".theirs")).to_have_text("Ravi: 20")
    expect(mia.locator(good(order))).to_have_value("30")
    ravi.get_by_role("button", name="all as ordered").click()
    ravi.get_by_role("button", name="Mark complete").click()
    ravi.get_by_role("button", name="Confirm").click()
    expect(ravi.locator("#rows tr")).to_have_count(0)
    mia.keyboard.press("Enter")

    expect(mia.get_by_text("was already finished by Ravi at 08:00")).to_be_visible()
    expect(mia.locator(".theirs")).to_have_text("you: 30")


def test_a_lost_session_asks_to_sign_in_and_then_saves_what_was_typed(seat, address):
    (order,) = ready()
    person = a_person("Manager", name="Ana", email="ana@shop.example", password=PASSWORD)
    page = seat(person=person)
    page.goto(f"{address}/q/screen-print/")
    open_pop_up(page, order)
    page.locator(good(order)).fill("17")
    page.context.clear_cookies()

    page.get_by_role("button", name="Save changes").click()
    page.get_by_label("E-mail").fill("ana@shop.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Sign in")).click()

    expect(page.get_by_text("Saved at 08:00.")).to_be_visible()
    assert tasks_of(order)["screen-print"].good == 17


# ---------------------------------------------------------------- the week


def planned(order):
    return tasks_of(order)["screen-print"].planned_date


def test_a_job_is_dragged_to_another_day(seat, address):
    order = a_released_order(a_line(48), in_hands_date=date(2026, 12, 3))
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    card = page.locator("#week .job", has_text=order.number)

    with page.expect_response(re.compile("/plan")):
        card.drag_to(page.locator("#week [data-day='2026-11-24'] .cards"))

    expect(page.locator("#week [data-day='2026-11-24']")).to_contain_text(order.number)
    expect(page.locator(".toasts")).to_contain_text("is planned for Tuesday")
    expect(page.locator("dialog#popup")).to_be_hidden()
    assert planned(order) == date(2026, 11, 24)


def test_a_job_is_moved_without_a_mouse_and_back_to_its_due_date(seat, address):
    order = a_released_order(a_line(48), in_hands_date=date(2026, 12, 3))
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    move = page.get_by_role("button", name=f"Move {order.number} to another day")

    move.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^Tuesday")).focus()
    with page.expect_response(re.compile("/plan")):
        page.keyboard.press("Enter")
    expect(page.locator("#week [data-day='2026-11-24']")).to_contain_text(order.number)
    first = planned(order)
    move.click()
    with page.expect_response(re.compile("/plan")):
        page.get_by_role("button", name="Back to its due date").click()

    assert first == date(2026, 11, 24)
    expect(page.locator("#week [data-day='2026-11-24']")).not_to_contain_text(order.number)
    assert planned(order) is None


def test_who_may_not_plan_has_nothing_to_drag(seat, address):
    a_released_order(a_line(48), in_hands_date=date(2026, 12, 3))
    page = seat("Department worker", departments=["screen-print"])

    page.goto(f"{address}/q/screen-print/")

    expect(page.locator("#week .job")).to_have_count(1)
    expect(page.locator("#week .mv")).to_have_count(0)
    assert page.evaluate("typeof Sortable") == "undefined"


def test_a_finished_job_leaves_the_week_with_its_row(seat, address):
    (order,) = ready(1, in_hands_date=date(2026, 12, 3))
    page = seat("Manager")
    page.goto(f"{address}/q/screen-print/")
    page.locator("#week .job a", has_text=order.number).click()
    page.get_by_role("button", name="all as ordered").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Confirm")).to_be_focused()

    page.keyboard.press("Control+Enter")

    expect(page.locator("#week .job")).to_have_count(0)
    expect(page.locator("#rows tr")).to_have_count(0)
    expect(page.locator("#queue")).to_be_focused()


# ---------------------------------------------------------------- axe


def test_axe_finds_nothing_serious_on_any_screen(seat, address):
    vendor = models.Vendor.create(code="SS", name="S&S Activewear")
    words = {"mockup_requested": True, "in_hands_date": date(2026, 12, 2), "in_hands_firm": True}
    order = a_released_order(a_line(48, product=a_product(vendor=vendor)), **words)
    (held,) = ready()
    engine.hold(held.id, engine.HoldWords("quality", "Ravi"), BOSS)
    (packed,) = ready(1, "shipping")
    page = seat("Owner")
    found = []

    for slug in ("artwork", "purchasing", "receiving", "screen-print", "packaging", "shipping"):
        page.goto(f"{address}/q/{slug}/")
        found += violations(page)
        if page.locator("#rows a").count():
            page.locator("#rows a").first.click()
            expect(page.locator("form.task")).to_be_visible()
            found += violations(page)
    page.goto(f"{address}/")
    found += violations(page)
    page.goto(f"{address}/today/late")
    found += violations(page)

    assert found == []
    assert reload(order).stage == "sourcing"
    assert reload(packed).stage == "finishing"
