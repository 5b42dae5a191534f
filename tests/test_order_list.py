"""The list of orders: found by any word and any field, saved as views, exported without harm."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

import clock
import models
from tests.shop import (
    BOSS,
    a_customer,
    a_delivery,
    a_draft,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    an_order,
)
from tests.web import queries, text_of
from workflow import engine, search


@pytest.fixture(autouse=True)
def in_a_shop(db):
    a_shop()


def numbers_on(answer):
    """The orders of a page, from the top."""
    assert answer.status_code == 200, text_of(answer)
    parts = text_of(answer).split('class="job-link" href="/orders/')[1:]
    return [part.partition('"')[0] for part in parts]


def listed(client, **asked):
    return numbers_on(client.get("/orders/", query_string=asked))


def found(text, most=search.MOST_HITS):
    query = models.Order.select().where(search.has_words(text, most))
    return [order.number for order in query.order_by(*search.best_first(text))]


def done(order):
    """The order, closed."""
    engine.cancel_order(order.id, "called off", BOSS)
    return order


# ---------------------------------------------------------------- tabs and order


def test_the_newest_order_comes_first_and_tabs_part_them(client_as):
    sales = client_as("Sales")
    review, open_one, held, gone = (
        an_order(),
        a_released_order(),
        a_released_order(),
        done(an_order()),
    )
    engine.hold(held.id, engine.HoldWords("credit", "Ann"), BOSS)

    assert listed(sales) == [held.number, open_one.number, review.number]
    assert listed(sales, tab="review") == [review.number]
    assert listed(sales, tab="hold") == [held.number]
    assert listed(sales, tab="done") == [gone.number]
    assert len(listed(sales, tab="all")) == 4
    assert listed(sales, tab="nonsense") == listed(sales)


def test_an_order_whose_job_is_on_hold_stands_with_those_on_hold(client_as):
    day = clock.today() + timedelta(days=9)
    line = replace(
        a_line(10), schedule=(a_delivery(5, day), a_delivery(5, day + timedelta(days=9)))
    )
    order = a_released_order(line)
    engine.hold(order.id, engine.HoldWords("other", "Ann"), BOSS, job_id=order.jobs.first().id)

    page = client_as("Sales").get("/orders/?tab=hold")

    assert numbers_on(page) == [order.number]
    assert 'On hold <span class="n">1</span>' in text_of(page)


def test_a_row_says_how_urgent_it_is_where_it_stands_and_what_it_waits_for(client_as):
    late = a_released_order(in_hands_date=clock.today() - timedelta(days=3), in_hands_firm=True)

    page = text_of(client_as("Sales").get("/orders/"))

    assert late.po_number in page
    assert "firm</span>" in page
    assert "3 days late</span>" in page
    assert '<div class="sub">Artwork</div>' in page


def test_the_list_is_sorted_only_by_what_has_an_index(client_as):
    sales = client_as("Sales")
    days = [clock.today() + timedelta(days=n) for n in (9, 3, 6)]
    orders = [
        an_order(in_hands_date=day, po_number=po) for day, po in zip(days, "bac", strict=True)
    ]
    by_date = [orders[1].number, orders[2].number, orders[0].number]

    assert listed(sales, sort="5") == by_date
    assert listed(sales, sort="2") == [orders[1].number, orders[0].number, orders[2].number]
    assert listed(sales, sort="0") == [order.number for order in orders]
    assert listed(sales, sort="7") == [order.number for order in reversed(orders)]  # the total
    assert listed(sales, sort="5", tab="all") == [order.number for order in reversed(orders)]
    assert listed(sales, sort="99") == [order.number for order in reversed(orders)]


# ---------------------------------------------------------------- search


def test_words_are_found_by_their_beginnings_whatever_their_accents(client_as):
    sales = client_as("Sales")
    cafe = an_order(customer=a_customer("Café Sól"), po_number="ABC-778", quote_ref="Wintertour 24")
    an_order(customer=a_customer("Bolt Gym"))

    for text in (
        "cafe",
        "CAFÉ so",
        "abc-77",
        "778",
        "winter",
        "portl cafe",
        "dana@riverside.example cafe",
    ):
        assert listed(sales, search=text) == [cafe.number], text
    assert listed(sales, search="cafe bolt") == []


def test_a_search_looks_through_closed_orders_too_unless_a_tab_is_chosen(client_as):
    sales, gone = client_as("Sales"), done(an_order(project_name="Marathon"))

    assert listed(sales, search="marathon") == [gone.number]
    assert listed(sales, search="marathon", tab="open") == []


def test_the_order_with_exactly_that_number_comes_first_however_old():
    first = an_order(po_number="1000")
    for _ in range(12):
        an_order()

    assert found(first.number)[0] == first.number
    assert found(f"#{first.number}")[0] == first.number
    assert found("1000")[0] == first.number


def test_of_many_hits_the_newest_are_taken_and_an_exact_one_beside_them():
    oldest = an_order(po_number="RED-1")
    newest = [an_order().number for _ in range(5)][::-1]

    assert found("dana", most=3) == newest[:3]
    assert found("RED-1", most=3) == [oldest.number]


def test_a_word_that_many_orders_have_is_taken_as_it_stands():
    whole = [an_order(project_name="Summer").number for _ in range(3)]
    an_order(project_name="Summertime")

    assert found("summer", most=3) == whole[::-1]
    assert len(found("summer", most=50)) == 4


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        "*",
        "a' OR 1=1 --",
        "NEAR(a b)",
        "a AND",
        "!(&|)",
        ":*",
        "\\",
        "\x00",
        "%",
        "_",
        "🎈",
        "x" * 5000,
    ],
)
def test_no_text_breaks_the_search(client_as, text):
    an_order(project_name="ordinary")

    answer = client_as("Sales").get("/orders/", query_string={"search": text})

    assert answer.status_code == 200


def test_a_changed_order_is_found_by_its_new_words_only():
    order = an_order(project_name="Marathon")
    engine.change_order(order.id, engine.OrderChange(values={"project_name": "Regatta"}), BOSS)

    assert found("regatta") == [order.number]
    assert found("marathon") == []


# ---------------------------------------------------------------- filters and views


def test_any_field_filters_columns_and_the_shops_own(client_as):
    sales = client_as("Sales")
    models.CustomField.create(level="order", name="booth", label="Booth", kind="number")
    rush = an_order(priority="rush", quote_ref="Q-1", booth=Decimal("7.5"))
    an_order(quote_ref="Q-2", booth=Decimal(12))

    assert listed(sales, flt0_priority_is="rush") == [rush.number]
    assert listed(sales, flt0_own_quote_ref_contains="q-1") == [rush.number]
    assert listed(sales, flt0_own_booth_is_at_most="8") == [rush.number]
    assert len(listed(sales, flt0_own_quote_ref_contains="Q", flt1_own_booth_is_at_least="1")) == 2


def test_the_menu_offers_everyday_fields_and_all_of_them_on_request(client_as):
    sales = client_as("Sales")
    models.CustomField.create(level="order", name="booth", label="Booth number", kind="text")

    short, whole = text_of(sales.get("/orders/")), text_of(sales.get("/orders/?filters=all"))
    active = text_of(sales.get("/orders/?flt0_own_quote_ref_contains=Q"))

    assert 'data-filter="Booth number"' in short
    assert 'data-filter="Our quote"' not in short
    assert 'data-filter="Our quote"' in whole
    assert 'data-filter="Our quote"' in active


def test_what_is_seen_is_saved_as_a_view_for_oneself_or_everybody(client_as):
    sales, owner = client_as("Sales"), client_as("Owner")
    rush = an_order(priority="rush")
    an_order()
    query = "tab=review&flt0_priority_is=rush"

    sales.post("/orders/views", data={"name": "My rush", "query": query, "shared": "1"})
    owner.post("/orders/views", data={"name": "Rush for all", "query": f"?{query}", "shared": "1"})
    mine, theirs = text_of(sales.get("/orders/")), text_of(client_as("Sales").get("/orders/"))
    own = models.SavedView.get(models.SavedView.name == "My rush")
    not_theirs = client_as("Sales").post(f"/orders/views/{own.id}/delete")
    sales.post(f"/orders/views/{own.id}/delete")

    assert "My rush" in mine
    assert "My rush" not in theirs
    assert "Rush for all" in theirs
    assert own.person_id == sales.person.id  # only who sets up the shop shares
    assert numbers_on(sales.get(f"/orders/?{query}")) == [rush.number]
    assert not_theirs.status_code in (302, 404)
    assert [view.name for view in models.SavedView.select()] == ["Rush for all"]


def test_a_view_without_a_name_is_refused(client_as):
    client_as("Sales").post("/orders/views", data={"name": " ", "query": ""})

    assert not models.SavedView.select().exists()


# ---------------------------------------------------------------- exports


def rows_of(answer):
    assert answer.status_code == 200, text_of(answer)
    return list(csv.reader(io.StringIO(text_of(answer).lstrip("\ufeff"))))


def test_the_list_is_exported_as_it_is_filtered(client_as):
    sales = client_as("Sales")
    rush = an_order(a_line(12), a_line(5, sizes={"S": 2, "M": 3}), priority="rush")
    an_order()

    orders = rows_of(sales.get("/orders/export/csv/?flt0_priority_is=rush"))
    lines = rows_of(sales.get("/orders/export/csv/?flt0_priority_is=rush&rows=lines"))

    assert [row[0] for row in orders[1:]] == [rush.number]
    assert [row[lines[0].index("Quantity")] for row in lines[1:]] == ["12", "5"]
    assert lines[2][lines[0].index("Sizes")] == "S 2, M 3"


def test_no_export_carries_a_formula(client_as):
    evil = '=HYPERLINK("http://x")'
    sales = client_as("Sales")
    an_order(a_line(description=evil, color="+1-2"), customer=a_customer(evil), po_number="@SUM(1)",
             quote_ref="\t=1", internal_notes="-2+3")  # fmt: skip

    for rows in ("orders", "lines"):
        cells = [c for row in rows_of(sales.get(f"/orders/export/csv/?rows={rows}")) for c in row]
        assert not [c for c in cells if c.startswith(("=", "@", "\t", "+1-", "-2+"))]
        book = load_workbook(io.BytesIO(sales.get(f"/orders/export/xlsx/?rows={rows}").data))
        assert not [c for row in book.active for c in row if c.data_type == "f"]


def test_exports_hide_money_and_need_their_right(client_as):
    role = models.Role.create(name="Clerk", rights=["see_orders", "export"])
    clerk = client_as("Sales")
    models.Person.update(role=role).where(models.Person.id == clerk.person.id).execute()
    an_order(a_line(unit_price=Decimal("6.54321")), freight_charge=Decimal("12.34"))

    for rows in ("orders", "lines"):
        text = text_of(clerk.get(f"/orders/export/csv/?rows={rows}"))
        assert "6.54" not in text
        assert "12.34" not in text
    assert client_as("Read-only").get("/orders/export/csv/").status_code == 403
    assert client_as("Sales").get("/orders/export/pdf/").status_code == 404


def test_an_export_of_many_orders_asks_in_pieces(client_as):
    sales = client_as("Sales")
    for _ in range(3):
        an_order()
    with queries() as few:
        rows_of(sales.get("/orders/export/csv/"))
    for _ in range(30):
        an_order()
    with queries(most=len(few)):
        assert len(rows_of(sales.get("/orders/export/csv/"))) == 34


# ---------------------------------------------------------------- money, rights, cost


def test_totals_are_for_those_who_may_see_money(client_as):
    an_order(a_line(48, unit_price=Decimal("3")))

    assert "144.00 USD" in text_of(client_as("Sales").get("/orders/"))
    page = text_of(client_as("Read-only").get("/orders/"))
    assert "144.00" not in page
    assert ">Total" not in page


def test_money_cannot_be_guessed_by_filters_or_sorting(client_as):
    reader = client_as("Read-only")
    first, second = an_order(a_line(unit_price=Decimal(9))), an_order(freight_charge=Decimal(77))
    both = [second.number, first.number]

    assert listed(reader, flt0_grand_total_is_at_least="99999") == both
    assert listed(reader, flt0_freight_charge_is="77") == both
    assert listed(reader, flt0_own_art_fee_is_empty="0") == both
    assert listed(reader, sort="7") == both


def test_a_department_worker_sees_the_orders_their_departments_work_on(client_as):
    worker = client_as("Department worker", departments=["embroidery"])
    mine = a_released_order(a_line(method="embroidery"))
    a_released_order()
    an_order()

    assert listed(worker, tab="all") == [mine.number]
    assert listed(worker, search="dana") == [mine.number]
    assert 'Open <span class="n">1</span>' in text_of(worker.get("/orders/"))


def test_a_page_asks_five_questions_besides_login_and_menu(client_as):
    owner = client_as("Owner")
    models.CustomField.create(level="order", name="booth", label="Booth", kind="text")
    for _ in range(3):
        an_order(booth="B")
    paths = ("/orders/", "/orders/?tab=all", "/orders/?search=dana", "/orders/?search=portland+dana",
             "/orders/?tab=hold&flt0_priority_is=normal", "/orders/?filters=all")  # fmt: skip
    owner.get("/orders/")

    for path in paths:
        with queries(most=8):
            owner.get(path)


def test_more_orders_do_not_ask_more(client_as):
    owner = client_as("Owner")
    an_order()
    with queries() as few:
        owner.get("/orders/")
    for n in range(30):
        an_order(customer=a_customer(f"Customer {n}"))

    with queries(most=len(few)):
        assert len(listed(owner)) == 31


def test_an_orders_key_leads_to_its_page(client_as):
    order = an_order(a_line(product=a_product("TEE-1")))
    sales = client_as("Sales")

    assert (
        sales.get(f"/orders/details/?id={order.id}").headers["Location"]
        == f"/orders/{order.number}"
    )
    assert sales.get("/orders/details/?id=abc").status_code == 404
    assert sales.get("/orders/details/").status_code == 404


def test_an_order_entered_by_draft_alone_is_listed(client_as):
    order = engine.create_order(a_draft(), BOSS)

    assert "no customer yet" in text_of(client_as("Sales").get("/orders/"))
    assert listed(client_as("Sales")) == [order.number]
