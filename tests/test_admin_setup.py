"""What the shop decides: departments, own fields, required fields, closed days, settings."""

from datetime import date
from decimal import Decimal

import pytest

import models
from tests import shop
from tests.web import changed, form_of, text_of
from workflow import shop as decisions
from workflow.routing import Rule


@pytest.fixture
def owner(client_as):
    return client_as("Owner")


# ---------------------------------------------------------------- departments


def new_department(owner, **more):
    sent = form_of(owner.get("/setup/departments/new/"))
    words = {"name": "Heat press", "stage": "production", "work": "production", "position": "35"}
    return owner.post("/setup/departments/new/", data=changed(sent, **(words | more)))


def test_a_department_is_a_row_and_stands_in_the_menu_with_the_next_page(owner):
    answer = new_department(
        owner, methods="heat press, transfer", waits_for=["receiving"], needs="decoration"
    )

    row = shop.department("heat-press")
    assert answer.status_code == 302
    assert Rule.from_row(row.applies_to) == Rule(
        methods=frozenset({"heat press", "transfer"}), needs="decoration"
    )
    assert row.waits_for == ["receiving"]
    assert 'href="/q/heat-press/"' in text_of(owner.get("/"))


def test_a_department_that_another_process_made_is_in_the_menu_at_once(owner):
    before = text_of(owner.get("/"))

    shop.a_department("Foil")

    assert "Foil" not in before
    assert 'href="/q/foil/"' in text_of(owner.get("/"))


def test_conditions_are_shown_as_they_are_kept_and_survive_a_save(owner):
    laser = shop.department("laser")
    address = f"/setup/departments/edit/?id={laser.id}"

    sent = form_of(owner.get(address))
    owner.post(address, data=sent)

    after = shop.reload(laser)
    assert sent["methods"] == "laser, laser engraving, engraving" and sent["tags"] == "engraved"
    assert (after.applies_to, after.version) == (laser.applies_to, laser.version + 1)


def test_departments_do_not_wait_for_each_other(owner):
    models.Department.update(waits_for=["packaging"]).where(
        models.Department.slug == "laser"
    ).execute()
    packaging = shop.department("packaging")
    address = f"/setup/departments/edit/?id={packaging.id}"
    sent = form_of(owner.get(address))
    sent.setlist("waits_for", ["laser"])

    page = text_of(owner.post(address, data=sent))

    assert "Laser waits for Packaging already" in page
    assert shop.reload(packaging).waits_for == []


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Laser"},
        {"stage": "nowhere"},
        {"needs": "magic"},
        {"waits_for": ["nobody"]},
        {"minutes_per_piece": "a few"},
        {"capacity_minutes": "-5"},
        {"lead_days": ""},
        {"capacity_minutes": "99999999999"},
    ],
)
def test_a_department_that_cannot_be_is_refused_in_words(owner, more):
    answer = new_department(owner, **more)

    assert answer.status_code == 200
    assert 'class="error"' in text_of(answer)
    assert not models.Department.select().where(models.Department.name == "Heat press").exists()


def test_a_department_keeps_its_address_when_it_is_renamed(owner):
    laser = shop.department("laser")
    address = f"/setup/departments/edit/?id={laser.id}"

    owner.post(address, data=changed(form_of(owner.get(address)), name="Laser room"))

    assert (shop.reload(laser).name, shop.reload(laser).slug) == ("Laser room", "laser")


def test_the_menu_counts_what_can_be_done_and_marks_what_is_late(owner, client_as):
    shop.a_shop()
    order = shop.a_released_order(shop.a_line(method=""))
    packaging = shop.tasks_of(order)["packaging"]
    models.Task.update(due_date=date(2020, 1, 1)).where(models.Task.id == packaging.id).execute()

    page = text_of(owner.get("/"))
    line = page.split('href="/q/packaging/"')[1].split("</a>")[0]
    laser = page.split('href="/q/laser/"')[1].split("</a>")[0]

    assert '<span class="n hot">1' in line and "some late" in line
    assert 'class="n' not in laser
    assert "Embroidery" not in text_of(
        client_as("Department worker", departments=["laser"]).get("/")
    )


# ---------------------------------------------------------------- own fields


def new_field(owner, **more):
    sent = {
        "level": "customer",
        "label": "Rack no.",
        "kind": "text",
        "position": "1",
        "in_list": "y",
        "active": "y",
        "required_at": "",
    }
    return owner.post("/setup/custom-fields/new/", data=sent | more)


def save_customer(owner, customer, **more):
    address = f"/customers/edit/?id={customer.id}"
    return owner.post(address, data=changed(form_of(owner.get(address)), **more))


def test_a_field_of_the_shops_own_is_everywhere_without_a_restart(owner):
    customer = shop.a_customer("Riverside")
    other = shop.a_customer("Lakeside")
    page = text_of(owner.get("/customers/"))
    assert "Rack no." not in page

    assert new_field(owner).status_code == 302
    assert save_customer(owner, customer, own_rack_no="B 12").status_code == 302

    assert shop.reload(customer).extra == {"rack_no": "B 12"}
    assert "Rack no." in text_of(owner.get("/customers/")) and "B 12" in text_of(
        owner.get("/customers/")
    )
    assert "B 12" in text_of(owner.get(f"/customers/details/?id={customer.id}"))
    assert "B 12" in text_of(owner.get("/customers/export/csv/"))
    found = text_of(owner.get("/customers/?flt0_own_rack_no_contains=b+1"))
    assert "Riverside" in found and other.name not in found


KINDS = [
    ("number", "12.5", "is at least", "12", "13"),
    ("whole", "12", "is", "12", "13"),
    ("money", "99.90", "is at most", "100", "99"),
    ("date", "2026-03-14", "is from", "2026-03-14", "2026-03-15"),
    ("yes_no", "yes", "is", "1", "0"),
    ("choice", "red", "is", "red", "blue"),
    ("list", "a, b", "contains", "a", "z"),
    ("long", "two\nlines", "contains", "lines", "three"),
    ("email", "a@b.example", "begins with", "a@", "b@"),
]


@pytest.mark.parametrize(("kind", "typed", "words", "hit", "miss"), KINDS)
def test_every_kind_is_typed_kept_shown_filtered_and_exported(owner, kind, typed, words, hit, miss):
    new_field(owner, label="Field", kind=kind, choices="red, blue")
    customer = shop.a_customer("Riverside")
    models.Customer.create(
        code="X",
        name="Other",
        extra={"field": "not what it should be"} if kind in ("text",) else {},
    )

    assert save_customer(owner, customer, own_field=typed).status_code == 302
    again = form_of(owner.get(f"/customers/edit/?id={customer.id}"))
    assert save_customer(owner, customer).status_code == 302

    assert again["own_field"].replace("\r\n", "\n") == typed
    arg = f"flt0_own_field_{words.replace(' ', '_')}"
    assert "Riverside" in text_of(owner.get(f"/customers/?{arg}={hit}"))
    assert "Riverside" not in text_of(owner.get(f"/customers/?{arg}={miss}"))
    assert "Riverside" not in text_of(owner.get("/customers/?flt0_own_field_is_empty=1"))
    assert "Other" in text_of(owner.get("/customers/?flt0_own_field_is_empty=1"))
    assert owner.get("/customers/export/xlsx/").status_code == 200


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "a dozen"),
        ("whole", "1.5"),
        ("date", "31/02/2026"),
        ("choice", "green"),
        ("email", "nobody"),
        ("money", "-5"),
    ],
)
def test_what_does_not_belong_into_a_field_is_refused_at_it(owner, kind, typed):
    new_field(owner, label="Field", kind=kind, choices="red, blue")
    customer = shop.a_customer()

    answer = save_customer(owner, customer, own_field=typed)

    assert answer.status_code == 200 and 'id="own_field-error"' in text_of(answer)
    assert shop.reload(customer).extra == {}


def test_an_emptied_field_leaves_nothing_behind(owner):
    new_field(owner)
    customer = shop.a_customer(extra={"rack_no": "B 12", "kept": "other"})

    save_customer(owner, customer, own_rack_no="")

    assert shop.reload(customer).extra == {"kept": "other"}


def test_a_field_that_was_switched_off_disappears_and_its_values_stay(owner):
    new_field(owner)
    customer = shop.a_customer(extra={"rack_no": "B 12"})
    models.CustomField.update(active=False).execute()

    save_customer(owner, customer, phone="1")

    assert "Rack no." not in text_of(owner.get("/customers/"))
    assert shop.reload(customer).extra == {"rack_no": "B 12"}


def test_money_in_own_fields_is_money(owner, client_as):
    new_field(owner, label="Bonus", kind="money")
    customer = shop.a_customer(extra={"bonus": "765.43"})

    looker = client_as("Read-only")

    assert "765.43" in text_of(owner.get("/customers/"))
    for page in (
        "/customers/",
        f"/customers/details/?id={customer.id}",
        "/customers/?flt0_own_bonus_is=1",
    ):
        assert "765.43" not in text_of(looker.get(page)) and "Bonus" not in text_of(
            looker.get(page)
        )
    assert customer.name in text_of(looker.get("/customers/?flt0_own_bonus_is=1"))


def test_a_number_that_is_none_does_not_break_a_filter(owner):
    """What another program wrote into ``extra`` may be anything."""
    new_field(owner, label="Field", kind="number")
    shop.a_customer("Broken", extra={"field": "a dozen"})
    good = shop.a_customer("Good", extra={"field": "12"})

    page = owner.get("/customers/?flt0_own_field_is_at_least=5")

    assert page.status_code == 200 and good.name in text_of(page)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"level": "order", "label": "PO number"}, "is there already"),
        ({"kind": "choice", "choices": ""}, "at least one"),
        ({"label": ""}, "must be filled in"),
        ({"level": "nothing"}, "Choose one"),
        ({"required_at": "tomorrow"}, "Choose one"),
    ],
)
def test_a_field_that_cannot_be_is_refused_in_words(owner, more, words):
    assert words in text_of(new_field(owner, **more))
    assert not models.CustomField.select().exists()


def test_two_fields_of_the_same_name_are_refused(owner):
    new_field(owner)

    assert "already" in text_of(new_field(owner, label="Rack No"))


# ---------------------------------------------------------------- the rest


def test_a_built_in_field_can_be_required(owner):
    answer = owner.post(
        "/setup/required-fields/new/", data={"field": "order:project_name", "stage": "review"}
    )

    row = models.RequiredField.get()
    page = text_of(owner.get("/setup/required-fields/"))
    assert answer.status_code == 302
    assert (row.level, row.name, row.stage) == ("order", "project_name", "review")
    assert "Order: Project or event" in page and "before review is left" in page
    assert (
        form_of(owner.get(f"/setup/required-fields/edit/?id={row.id}"))["field"]
        == "order:project_name"
    )


def test_a_closed_day_moves_the_calendar(owner):
    owner.post("/setup/closed-days/new/", data={"day": "2030-12-25", "name": "Christmas"})

    assert date(2030, 12, 25) in decisions.working_calendar().closed
    assert "Day: This is already taken" in text_of(
        owner.post("/setup/closed-days/new/", data={"day": "2030-12-25", "name": "Again"})
    )


def test_the_shop_decides_on_one_page(owner):
    sent = form_of(owner.get("/setup/shop/"))
    sent = changed(
        sent,
        shop_name="Stitch & Co",
        transit_ship="5",
        order_prefix="SO-",
        weekdays=["0", "1", "2", "3", "5"],
    )
    sent.poplist("credit_check")

    answer = owner.post("/setup/shop/", data=sent)

    now = decisions.settings_of_shop()
    assert answer.status_code == 302
    assert (
        now["shop_name"],
        now["weekdays"],
        now["transit_days"]["ship"],
        now["credit_check"],
        now["order_prefix"],
    ) == ("Stitch & Co", [0, 1, 2, 3, 5], 5, False, "SO-")
    assert "Stitch &amp; Co" in text_of(owner.get("/"))


def test_the_page_of_the_shop_knows_every_decision():
    """A decision that is added to the defaults needs an input here."""
    from admin.shop_settings import from_form, to_form

    assert from_form(to_form(decisions.DEFAULTS)) == decisions.DEFAULTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop_name", ""),
        ("currency", "XYZ"),
        ("weekdays", []),
        ("weekdays", ["9"]),
        ("transit_ship", "-1"),
        ("transit_ship", "soon"),
        ("order_prefix", "<b>"),
        ("shop_email", "nobody"),
        ("first_order_number", "0"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_at_its_field(owner, name, value):
    sent = form_of(owner.get("/setup/shop/"))
    sent.setlist(name, value if isinstance(value, list) else [value])

    answer = owner.post("/setup/shop/", data=sent)

    assert answer.status_code == 422 and f'id="{name}-error"' in text_of(answer)
    assert not models.ShopSetting.select().exists()


def test_prices_are_exact_to_six_places(owner):
    product = shop.a_product(price=Decimal("0.037501"))
    address = f"/products/edit/?id={product.id}"

    sent = form_of(owner.get(address))
    owner.post(address, data=changed(sent, price="0.123456"))

    assert sent["price"] == "0.037501"
    assert shop.reload(product).price == Decimal("0.123456")


@pytest.mark.parametrize("price", ["1.2345678", "free", "1e5", "nan", "9" * 25, ""])
def test_a_price_that_cannot_be_is_refused_at_its_field(owner, price):
    product = shop.a_product(price=Decimal("4.50"))
    address = f"/products/edit/?id={product.id}"

    answer = owner.post(address, data=changed(form_of(owner.get(address)), price=price))

    assert answer.status_code == 200 and 'id="price-error"' in text_of(answer)
    assert shop.reload(product).price == Decimal("4.50")
