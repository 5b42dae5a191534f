"""One draft in, one order out: customer, items, prices, and the same order again."""

import time
from dataclasses import replace
from decimal import Decimal

import pytest

import models
from errors import ForbiddenError, InvalidError
from sync import funnel
from sync.drafts import Problem
from tests.shop import (
    ADDRESS,
    BOSS,
    a_customer,
    a_draft,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    day,
    finish_until,
    reload,
    somebody,
    tasks_of,
)
from tests.web import queries
from workflow import engine


@pytest.fixture(autouse=True)
def shop(db):
    """A shop that sells one thing: what ``a_line()`` describes, at that price."""
    a_shop()
    a_product("HCT", price=Decimal("6.50"), purchased=False)


def a_document(*lines, customer="", **words):
    """A draft as a source reads it from a customer's file."""
    return replace(a_draft(*lines, **words), source="spreadsheet", customer=customer)


def problems_of(order):
    found = models.DraftProblem.select().where(models.DraftProblem.order == order)
    return list(found.order_by(models.DraftProblem.id))


def lines_of(order):
    return list(order.lines.order_by(models.OrderLine.number))


# ---------------------------------------------------------------- who


def test_a_document_finds_its_customer_by_name_and_takes_their_defaults():
    customer = a_customer("Riverside AC, Inc.", payment_terms="Net 15")

    order = funnel.accept(a_document(a_line(), customer="riverside ac"), BOSS)

    assert order.customer == customer
    assert order.payment_terms == "Net 15"
    assert problems_of(order) == []


def test_an_unknown_customer_is_a_problem_that_stops_release():
    a_customer("Riverside AC")

    order = funnel.accept(a_document(a_line(), customer="Riversidde AC"), BOSS)

    assert order.customer is None
    assert [p.field for p in problems_of(order)] == ["customer"]
    assert "is probably Riverside AC" in problems_of(order)[0].message
    assert any("is probably" in reason for reason in engine.why_not_released(order))


def test_a_chosen_customer_is_not_questioned():
    customer = a_customer()

    order = funnel.accept(replace(a_document(a_line()), customer_id=customer.id), BOSS)

    assert order.customer == customer
    assert problems_of(order) == []


# ---------------------------------------------------------------- what


def test_lines_become_products_and_sizes_become_variants():
    customer = a_customer("Hill")
    product = a_product("TEE-1", sizes=["S", "L"], price=Decimal("6.50"))

    line = a_line(sizes={"S": 5, "Large": 7}, sku="tee-1")
    order = funnel.accept(a_document(line, customer="Hill"), BOSS)

    made = lines_of(order)[0]
    assert (order.customer, made.product, made.quantity) == (customer, product, Decimal(12))
    sizes = made.sizes.order_by(models.LineSize.id)
    assert [s.variant.sku for s in sizes] == ["TEE-1-S", "TEE-1-L"]
    assert problems_of(order) == []


def test_the_customers_own_code_is_known_once_it_was_learned():
    customer = a_customer("Hill")
    product = a_product("TEE-1")
    models.CustomerItem.create(customer=customer, code="H-99", product=product)

    line = a_line(customer_item_number="H-99", unit_price=Decimal("4.50"))
    order = funnel.accept(a_document(line, customer="Hill"), BOSS)

    assert lines_of(order)[0].product == product
    assert problems_of(order) == []


def test_a_document_without_the_size_is_asked_for_it():
    a_customer("Hill")
    a_product("TEE-1", sizes=["S", "L"], price=Decimal("6.50"))

    order = funnel.accept(a_document(a_line(sku="TEE-1", color=""), customer="Hill"), BOSS)

    assert [p.message for p in problems_of(order)] == [
        "TEE-1 comes in S, L, and no size is given: choose"
    ]


def test_an_unknown_item_stays_as_text_with_a_suggestion():
    a_customer("Hill")
    a_product("MUG-11", name="Enamel mug")

    line = a_line(description="enamle mug blk", color="", address="row 7")
    order = funnel.accept(a_document(line, customer="Hill"), BOSS)

    problem = problems_of(order)[0]
    assert lines_of(order)[0].product is None
    assert lines_of(order)[0].description == "enamle mug blk"
    assert problem.message == "item 'enamle mug blk' is probably MUG-11 black: choose"
    assert (problem.address, problem.line) == ("row 7", lines_of(order)[0])


def test_a_description_with_a_price_that_staff_typed_is_no_problem():
    draft = replace(a_draft(a_line(description="Banner 3 m", color="")), customer="Hill")
    a_customer("Hill")

    order = funnel.accept(draft, BOSS)

    assert problems_of(order) == []
    assert lines_of(order)[0].unit_price == Decimal("6.50")


def test_an_item_number_nobody_knows_is_a_problem_also_when_typed():
    a_customer("Hill")

    order = funnel.accept(replace(a_draft(a_line(sku="NOPE-1")), customer="Hill"), BOSS)

    assert [p.field for p in problems_of(order)] == ["sku"]


# ---------------------------------------------------------------- at which price


def test_a_documents_price_gives_way_to_ours_and_the_problem_names_both():
    a_customer("Hill")
    a_product("TEE-1", price=Decimal("4.50"))

    line = a_line(sku="TEE-1", unit_price=Decimal("3.99"))
    order = funnel.accept(a_document(line, customer="Hill"), BOSS)

    assert lines_of(order)[0].unit_price == Decimal("4.50")
    assert "says 3.99, our price is 4.50" in problems_of(order)[0].message
    assert order.grand_total == Decimal("216")


@pytest.mark.parametrize("source", ["manual", "api"])
def test_a_typed_price_counts_as_it_was_given(source):
    a_customer("Hill")
    a_product("TEE-1", price=Decimal("4.50"))

    draft = a_draft(a_line(sku="TEE-1", unit_price=Decimal("3.99")))
    order = funnel.accept(replace(draft, source=source, customer="Hill"), BOSS)

    assert lines_of(order)[0].unit_price == Decimal("3.99")
    assert problems_of(order) == []
    assert order.source_channel == source


def test_without_a_price_ours_goes_in():
    a_customer("Hill")
    a_product("TEE-1", price=Decimal("4.50"))

    for source in ("manual", "spreadsheet"):
        draft = a_draft(a_line(sku="TEE-1", unit_price=None))
        order = funnel.accept(replace(draft, source=source, customer="Hill"), BOSS)

        assert lines_of(order)[0].unit_price == Decimal("4.50")


def test_another_currency_than_the_customers_is_a_problem():
    a_customer("Hill", currency="USD")

    order = funnel.accept(a_document(a_line(), customer="Hill", currency="EUR"), BOSS)

    assert "is in EUR, Hill pays in USD" in problems_of(order)[0].message


# ---------------------------------------------------------------- the same order again


def test_a_second_document_with_one_po_number_is_a_question():
    a_product("TEE-1", price=Decimal("6.50"), name="Heavy cotton tee")
    a_customer("Hill")
    first = funnel.accept(a_document(a_line(sku="TEE-1"), customer="Hill", po_number="4711"), BOSS)

    draft = a_document(a_line(sku="TEE-1"), customer="Hill", po_number="4711")
    second = funnel.accept(draft, BOSS)

    assert second != first
    problem = problems_of(second)[0]
    assert problem.field == "po_number"
    assert problem.message.startswith(f"PO 4711 is order {first.number} already (in review")


def test_a_cancelled_order_and_another_customer_may_have_the_same_po_number():
    a_customer("Hill")
    a_customer("Dale")
    first = funnel.accept(a_draft_of("Hill"), BOSS)
    engine.cancel_order(first.id, "entered twice", BOSS)

    assert problems_of(funnel.accept(a_draft_of("Hill"), BOSS)) == []
    assert problems_of(funnel.accept(a_draft_of("Dale"), BOSS)) == []


def a_draft_of(customer, *lines, **words):
    return replace(a_draft(*lines, po_number="4711", **words), customer=customer)


def test_a_customer_who_repeats_po_numbers_on_purpose_is_not_asked():
    a_customer("Hill", duplicate_po="new_order")
    funnel.accept(a_draft_of("Hill"), BOSS)

    assert problems_of(funnel.accept(a_draft_of("Hill"), BOSS)) == []


def test_with_the_policy_change_order_the_same_items_change_the_order():
    a_customer("Hill", duplicate_po="change_order")
    a_product("TEE-1", price=Decimal("6.50"), purchased=False)
    first = funnel.accept(a_draft_of("Hill", a_line(48, sku="TEE-1")), BOSS)

    draft = a_draft_of("Hill", a_line(60, sku="TEE-1"), in_hands_date=day("2030-05-02"))
    again = funnel.accept(draft, BOSS)

    assert again.id == first.id
    assert lines_of(again)[0].quantity == Decimal(60)
    assert reload(first).in_hands_date == day("2030-05-02")
    assert models.Order.select().count() == 1
    assert problems_of(again)[0].settled_by == "change-order policy"


def test_with_the_policy_change_order_departments_must_read_the_change():
    customer = a_customer("Hill", duplicate_po="change_order")
    order = a_released_order(a_line(48), customer=customer, po_number="4711")

    changed = funnel.accept(a_draft_of("Hill", a_line(40)), BOSS)

    assert changed.id == order.id
    assert changed.revision == 1
    assert all(task.must_acknowledge for task in tasks_of(order).values())


@pytest.mark.parametrize("lines", [(a_line(), a_line(description="Mug")), (a_line(color="red"),)])
def test_other_items_under_one_po_number_ask_a_person_whatever_the_policy(lines):
    a_customer("Hill", duplicate_po="change_order")
    first = funnel.accept(a_draft_of("Hill", a_line()), BOSS)

    second = funnel.accept(a_draft_of("Hill", *lines), BOSS)

    assert second.id != first.id
    assert "PO 4711 is order" in problems_of(second)[0].message


def test_a_change_the_departments_cannot_follow_any_more_asks_a_person():
    customer = a_customer("Hill", duplicate_po="change_order")
    order = a_released_order(a_line(48), customer=customer, po_number="4711")
    finish_until(order, "shipping")

    second = funnel.accept(a_draft_of("Hill", a_line(10)), BOSS)

    assert second.id != order.id
    assert lines_of(reload(order))[0].quantity == Decimal(48)
    assert "PO 4711 is order" in problems_of(second)[0].message


# ---------------------------------------------------------------- touchless


def test_a_touchless_customers_clean_document_is_released_by_the_policy():
    a_customer("Hill", touchless=True)
    a_product("TEE-1", price=Decimal("6.50"))

    order = funnel.accept(a_document(a_line(sku="TEE-1"), customer="Hill"), BOSS)

    assert order.released_by == "touchless policy"
    assert reload(order).stage == "sourcing"


def test_one_problem_keeps_a_touchless_order_in_review():
    a_customer("Hill", touchless=True)
    problem = Problem("row 3", "quantity", "expected a number of pieces, found 'a dozen'")

    draft = replace(a_document(a_line(sku="TEE-1"), customer="Hill"), problems=(problem,))
    order = funnel.accept(draft, BOSS)

    assert order.released_at is None


def test_what_staff_types_waits_for_staff():
    a_customer("Hill", touchless=True)

    order = funnel.accept(replace(a_draft(a_line()), customer="Hill"), BOSS)

    assert engine.why_not_released(order) == []
    assert order.released_at is None


# ---------------------------------------------------------------- refusals and size


def test_who_may_not_enter_orders_enters_none():
    with pytest.raises(ForbiddenError):
        funnel.accept(a_draft(a_line()), somebody(role="Read-only"))

    assert models.Order.select().count() == 0


def test_more_lines_than_an_order_may_have_make_no_order():
    draft = a_document(*[a_line(method="")] * 20_001, customer="Hill")

    with pytest.raises(InvalidError, match="may have 20000"):
        funnel.accept(draft, BOSS)

    assert models.Order.select().count() == 0


@pytest.mark.parametrize("source", ["spreadsheet", "manual"])
def test_a_sum_no_order_can_have_is_refused_and_nothing_is_entered(source):
    dear = Decimal("999999999.999999")
    line = a_line(999_999_999, description="Gold bar", unit_price=dear, address="")

    with pytest.raises(InvalidError, match=r"line 1: comes to .* check quantity and price"):
        funnel.accept(replace(a_document(line), source=source), BOSS)

    assert models.Order.select().count() == 0


def a_long_document(lines):
    return a_document(
        *[
            a_line(method="", sku=f"SKU-{n}", description=f"Thing {n}", address=f"row {n}")
            for n in range(lines)
        ],
        customer="Hill",
        destinations=[ADDRESS],
    )


def accepted(lines):
    draft = a_long_document(lines)
    begun = time.process_time()
    with queries() as asked:
        order = funnel.accept(draft, BOSS)
    return order, len(asked), time.process_time() - begun


@pytest.mark.slow
def test_thousands_of_lines_take_few_statements_and_linear_time():
    a_customer("Hill")
    many = 4_000
    for start in range(0, many, 1_000):
        known = range(start, start + 1_000, 2)  # every second line is of an item we know
        models.Product.insert_many(
            [{"sku": f"SKU-{n}", "name": f"Thing {n}", "price": Decimal("6.50")} for n in known]
        ).execute()
    accepted(10)

    _small, _few, short = accepted(1_000)
    large, statements, long = accepted(many)

    assert lines_of(large)[many // 2 - 2].product is not None
    assert len(problems_of(large)) == many // 2
    assert statements <= 300
    assert long <= 15 * short * many / 10_000
