"""Who ordered, and what: codes decide, likeness only suggests."""

from decimal import Decimal

import pytest

from sync import matching
from sync.drafts import DraftLine
from sync.likeness import gtin14, likely_color, likely_products, plain_name, plain_size
from sync.matching import ItemHit, KnownCustomer, KnownProduct, KnownVariant, Shelf

pytestmark = pytest.mark.pure

RIVERSIDE = KnownCustomer(1, "C001", "Riverside Athletic Club, Inc.", ("dana@riverside.example",))
HILL = KnownCustomer(2, "C002", "Hill & Sons Ltd", ("office@hill.example", "hill@gmail.com"))
TWIN = KnownCustomer(3, "C003", "Riverside Athletic Club LLC", ("x@twin.example",))
KNOWN = [RIVERSIDE, HILL]

TEE = KnownProduct(10, "TEE-5000", "Heavy cotton tee", "EA", Decimal("4.50"))
PEN = KnownProduct(11, "PEN-1", "Ball pen", "EA", Decimal("0.40"))
OLD = KnownProduct(12, "OLD-1", "Old mug", "EA", Decimal("3.00"), active=False)
BLACK = [
    KnownVariant(101, 10, "TEE-5000-BK-S", "black", "S", "04006381333931"),
    KnownVariant(102, 10, "TEE-5000-BK-L", "black", "L"),
    KnownVariant(103, 10, "TEE-5000-BK-2XL", "black", "2XL", price=Decimal("6.50")),
]
NAVY = [KnownVariant(104, 10, "TEE-5000-NV-L", "navy", "L")]
SHELF = Shelf([TEE, PEN, OLD], [*BLACK, *NAVY], {"RAC-77": (10, 102), "TSH": (10, None)})


def a_line(sizes=(), **values):
    return DraftLine("row 7", values, tuple((s, Decimal(q)) for s, q in sizes))


def find(line, *, typed=False):
    return matching.find_item(line, "row 7", SHELF, typed=typed)


# ---------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("named", "senders", "customer"),
    [
        ("C001", [], 1),
        ("c002", [], 2),
        ("riverside athletic club", [], 1),
        ("RIVERSIDE ATHLETIC CLUB INC", [], 1),
        ("Hill and Sons", [], 2),
        ("", ["Dana@Riverside.example"], 1),
        ("dana@riverside.example", [], 1),
        ("", ["hill@gmail.com"], 2),
    ],
)
def test_code_name_and_address_tell_the_customer_without_a_doubt(named, senders, customer):
    hit = matching.find_customer(named, senders, KNOWN)

    assert (hit.id, hit.doubt) == (customer, "")
    assert hit.how


def test_a_new_address_at_a_known_domain_is_a_question():
    hit = matching.find_customer("", ["new@riverside.example"], KNOWN)

    assert hit.id == 1
    assert "riverside.example" in hit.doubt


@pytest.mark.parametrize("sender", ["somebody@gmail.com", "x@elsewhere.example"])
def test_a_shared_or_foreign_domain_tells_nothing(sender):
    assert matching.find_customer("", [sender], KNOWN).id is None


def test_two_customers_of_one_name_are_both_offered():
    hit = matching.find_customer("Riverside Athletic Club", [], [RIVERSIDE, TWIN])

    assert hit.id is None
    assert "C001, C003" in hit.doubt


def test_a_similar_name_is_suggested_and_not_taken():
    hit = matching.find_customer("Riversyde Athletic", [], KNOWN)

    assert hit.id is None
    assert hit.doubt == (
        "'Riversyde Athletic' is probably Riverside Athletic Club, Inc. (C001): choose the customer"
    )


def test_a_stranger_and_nobody_are_said_to_be_so():
    assert "is no customer of ours" in matching.find_customer("Zyx 99", [], KNOWN).doubt
    assert "no customer is named" in matching.find_customer("", [], KNOWN).doubt


def test_a_sender_who_writes_for_somebody_else_is_a_question():
    hit = matching.find_customer("Blue Ocean Diving", ["office@hill.example"], KNOWN)

    assert hit.id == 2
    assert "it names 'Blue Ocean Diving'" in hit.doubt


# ---------------------------------------------------------------- what


@pytest.mark.parametrize(
    ("values", "variant"),
    [
        ({"sku": "TEE-5000", "color": "Black", "size": "L"}, 102),
        ({"sku": "tee-5000", "color": "navy", "size": "Large"}, 104),
        ({"sku": "TEE-5000-BK-S"}, 101),
        ({"customer_item_number": "RAC-77"}, 102),
        ({"sku": "rac-77"}, 102),
        ({"gtin": "4006381333931"}, 101),
        ({"sku": "TEE-5000", "color": "BLACK", "size": "xx-large"}, 103),
        ({"description": "heavy  COTTON tee", "color": "navy", "size": "L"}, 104),
    ],
)
def test_codes_barcodes_and_exact_names_tell_the_item(values, variant):
    hit = find(a_line(**values))

    assert hit.product is TEE
    assert [v.id for v in hit.variants.values()] == [variant]
    assert hit.problems == ()


def test_a_size_breakdown_finds_a_variant_for_each_size():
    hit = find(a_line([("S", 5), ("L", 10), ("XXL", 2)], sku="TEE-5000", color="black"))

    assert {size: v.id for size, v in hit.variants.items()} == {"S": 101, "L": 102, "XXL": 103}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"sku": "TEE-5000", "color": "blk", "size": "L"}, "color", "not in 'blk'"),
        ({"sku": "TEE-5000", "size": "L"}, "color", "no colour is given"),
        ({"sku": "TEE-5000", "color": "navy", "size": "6XL"}, "size", "not in '6XL'"),
        ({"sku": "TEE-5000", "color": "black"}, "size", "no size is given"),
        ({"sku": "OLD-1"}, "sku", "not sold any more"),
        ({"sku": "PEN-1", "gtin": "4006381333931"}, "sku", "'4006381333931' is TEE-5000"),
    ],
)
def test_what_does_not_exist_or_fit_is_a_problem_of_its_field(values, field, words):
    hit = find(a_line(**values))

    assert [p.field for p in hit.problems] == [field]
    assert words in hit.problems[0].message
    assert hit.problems[0].address == "row 7"


def test_what_somebody_typed_is_not_questioned_for_colour_and_size():
    hit = find(a_line(sku="TEE-5000", color="blk"), typed=True)

    assert hit.product is TEE
    assert hit.problems == ()


def test_a_likely_product_is_named_with_its_colour():
    products = [(10, "TEE-5000", "Heavy cotton tee"), (11, "PEN-1", "Ball pen")]
    text = "heavy tee blk"

    likely = likely_products([text, "qqq"], products)
    words = f"TEE-5000 {likely_color(text, ['navy', 'black', 'white'])}"
    problem = matching.unknown_item(a_line(description=text), "row 7", words)

    assert likely == {text: 10}
    assert problem.message == "item 'heavy tee blk' is probably TEE-5000 black: choose"


def test_ten_thousand_unknown_lines_do_not_compare_for_ever():
    products = [(n, f"SKU-{n}", f"Thing {n}") for n in range(1000)]

    likely = likely_products([f"thing {n}" for n in range(10_000)], products, most=5_000)

    assert len(likely) <= 5


# ---------------------------------------------------------------- at which price


def priced(unit_price=None, *, product=TEE, variants=None, **values):
    hit = ItemHit(product, variants or {"": BLACK[1]})
    if unit_price is not None:
        values["unit_price"] = Decimal(unit_price)
    return matching.settle_price(a_line(**values), "row 7", hit)


def test_our_own_price_needs_no_question():
    assert priced("4.50") == (Decimal("4.50"), "each", [])
    assert priced("450", price_basis="hundred") == (Decimal(450), "hundred", [])


def test_no_price_takes_ours():
    assert priced() == (Decimal("4.50"), "each", [])


def test_another_price_gives_way_to_ours_and_both_are_named():
    price, basis, problems = priced("4.10")

    assert (price, basis) == (Decimal("4.50"), "each")
    assert problems[0].field == "unit_price"
    assert "says 4.10, our price is 4.50" in problems[0].message


def test_a_price_of_something_we_have_no_price_for_is_taken():
    free = KnownProduct(20, "X", "X")

    assert priced("4.10", product=free, variants={"": KnownVariant(1, 20, "X")})[0] == Decimal(
        "4.10"
    )
    assert matching.settle_price(a_line(unit_price=Decimal(3)), "row 7", ItemHit())[2] == []


def test_sizes_that_cost_differently_are_a_question():
    price, _basis, problems = priced("4.50", variants={"S": BLACK[0], "2XL": BLACK[2]})

    assert price == Decimal("4.50")
    assert "S 4.50, 2XL 6.50" in problems[0].message


def test_another_unit_than_ours_is_a_question_about_the_unit():
    price, _basis, problems = priced("54.00", uom="DZ")

    assert price == Decimal("54.00")
    assert [p.field for p in problems] == ["uom"]


@pytest.mark.parametrize(
    ("text", "size"), [("XXL", "2xl"), ("2X", "2xl"), ("x-Large", "xl"), ("M", "m"), ("42", "42")]
)
def test_sizes_have_one_form(text, size):
    assert plain_size(text) == size


def test_names_and_barcodes_have_one_form():
    assert plain_name("Café Müller GmbH & Co. KG") == "cafe muller"
    assert plain_name("The Co") == "the co"
    assert gtin14("4006381333931") == gtin14("04006381333931")
