"""Order sheets in many layouts and fourteen languages: what stands in them is what is read."""

import pytest

from errors import UnreadableError
from sync.readers.tables import Merge, Sheet, Workbook
from sync.sources import spreadsheet
from sync.tables.layouts import place_of
from tests.layouts import sheets, words
from tests.layouts.shops import SHOPS

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("language", list(words.LINE))
@pytest.mark.parametrize("layout", sheets.LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_sheet_is_read_whatever_its_layout_and_language(layout, language):
    seed = 1 + (len(language + layout.__name__) + ord(language[0])) % 2
    case = sheets.case(layout, language, seed)
    try:
        drafts = spreadsheet.drafts_of(case.book)
    except UnreadableError:
        drafts = []

    right, wanted, given, known, asked = sheets.score(case.wanted, drafts)

    assert (right, given, known) == (wanted, wanted, asked), (case.name, seed)
    if wanted:
        assert len(drafts) == case.wanted.orders


def as_calamine_reads(value):
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def merge_of(text):
    (top, left), (bottom, right) = (place_of(cell) for cell in text.split(":"))
    return Merge(top, left, bottom, right)


def read_of(draft):
    for line in draft.lines:
        values = line.values
        several = line.sizes or [(one.size, one.quantity) for one in line.schedule]
        for size, pieces in several or [(values.get("size"), line.quantity)]:
            yield (
                values.get("sku"), f"{values.get('style')} {values.get('description')}", pieces,
                values.get("unit_price"), size, values.get("color"),
            )  # fmt: skip


def is_it(wanted, found):
    code, text, pieces, price, size, color = wanted
    texts = f"{found[0]} {found[1]}"
    return (
        (code is None or str(code) in texts)
        and (text is None or text.casefold() in texts.casefold())
        and (pieces is None or found[2] == pieces)
        and (price is None or abs(float(found[3] or 0) - price) < 0.001)
        and (size is None or size == found[4])
        and (color is None or color == found[5])
    )


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_an_invented_shops_document_is_read(shop):
    rows = [[as_calamine_reads(value) for value in row] for row in shop.rows]
    book = Workbook("xlsx", (Sheet("Order", rows, False, tuple(map(merge_of, shop.merges))),))
    if not shop.lines:
        with pytest.raises(UnreadableError):
            spreadsheet.drafts_of(book)
        return

    drafts = spreadsheet.drafts_of(book)

    found = [line for draft in drafts for line in read_of(draft)]
    assert len(found) == len(shop.lines)
    assert all(any(is_it(line, one) for one in found) for line in shop.lines), found
    for name, value in shop.header.items():
        assert str(drafts[0].values.get(name)) == value
    for draft in drafts:
        assert all(line.found_at for line in draft.lines)


def lines(*rows, merges=()):
    book = Workbook("xlsx", (Sheet("Order", [list(row) for row in rows], False, tuple(merges)),))
    (draft,) = spreadsheet.drafts_of(book)
    return draft


def figures(draft):
    return [
        (line.values.get("sku") or line.values.get("description"), line.quantity)
        for line in draft.lines
    ]


def test_arithmetic_tells_cases_from_pieces():
    draft = lines(
        ["Item", "Case Pack", "Cases", "Total Units", "Cost", "Ext Cost"],
        ["A-1", 12, 2, 24, 1.5, 36.0],
        ["B-1", 6, 3, 18, 2.0, 36.0],
    )

    assert figures(draft) == [("A-1", 24), ("B-1", 18)]
    assert draft.problems == ()


def test_a_table_without_headings_is_known_by_its_products():
    draft = lines(*[[f"Cap {n}", f"A-{n}", n + 2, 2.5, (n + 2) * 2.5] for n in range(4)])

    assert figures(draft) == [(f"Cap {n}", n + 2) for n in range(4)]
    assert draft.lines[0].found_at["quantity"].why.startswith("quantity times price")


def test_figures_that_all_stand_beside_their_headings_are_moved():
    draft = lines(
        ["Item Code", "Description", "Qty", "Unit Price", "Amount"],
        *[[n, f"A-{n}", "Cap", n + 1, 2.5, (n + 1) * 2.5] for n in range(1, 5)],
    )

    assert figures(draft) == [(f"A-{n}", n + 1) for n in range(1, 5)]


def test_stores_and_days_across_add_up_to_the_quantity():
    stores = lines(["SKU", "Paris", "Lyon", "Total"], ["A-1", 5, 6, 11], ["A-2", 1, 2, 3])
    days = lines(
        ["Part No", "Part name", *range(1, 32)],
        ["P-1", "Bolt", None, 100, *[None] * 28, 50],
        ["P-2", "Nut", 20, *[None] * 30],
    )

    assert figures(stores) == [("A-1", 11), ("A-2", 3)]
    assert figures(days) == [("P-1", 150), ("P-2", 20)]


def test_packs_of_a_ratio_are_taken_apart():
    draft = lines(
        ["Style", "Color", "Size Scale", "Packs", "Pcs/Pack", "Cost"],
        ["COL-1", "Navy", "8-14 (1-2-2-1)", 5, 6, 11.95],
        ["COL-2", "Red", "S-XL (1:1:2:1)", 2, 5, 9.5],
    )

    assert draft.lines[0].sizes == (("8", 5), ("10", 10), ("12", 10), ("14", 5))
    assert draft.lines[1].sizes == (("S", 2), ("M", 2), ("L", 4), ("XL", 2))


@pytest.mark.parametrize(
    ("text", "number", "day"),
    [
        ("Bestellung Nr. 4711 vom 14.03.2026", "4711", "2026-03-14"),
        ("Purchase Order PO-4711", "PO-4711", None),
        ("Zamówienie nr 12/2026 z dnia 14.03.2026", "12/2026", None),
        ("订单号4711", "4711", None),
    ],
)
def test_a_number_may_stand_behind_its_label_without_a_sign(text, number, day):
    draft = lines([text], [], ["Item", "Qty"], ["A-1", 5])

    assert draft.po_number == number
    if day:
        assert draft.values["order_date"].isoformat() == day


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["Packing List"], ["Item", "Qty"], ["A-1", 5]], "it calls itself 'packing list'"),
        ([["Inventaire"], ["Réf", "Quantité"], ["A-1", 5]], "it calls itself 'inventaire'"),
        (
            [["Your company name"], ["test@test.com"], ["Tel: xxx"], ["xxxx"], ["Item", "Qty"], ["A-1", 5]],
            "it is filled with examples",
        ),
        ([["SKU", "Description", "Price"], ["A-1", "Cap", 2.5]], "No order lines found"),
    ],
)  # fmt: skip
def test_lists_that_are_no_orders_and_examples_give_no_line(rows, reason):
    with pytest.raises(UnreadableError, match=reason):
        lines(*rows)


def test_the_same_items_again_at_other_prices_are_left_out_and_told():
    head = ["Item", "Qty", "Price"]
    ours = [[f"Camera {n}", n + 1, 10.0 + n] for n in range(5)]
    theirs = [[f"Camera {n}", n + 1, 12.0 + n] for n in range(5)]

    draft = lines(head, *ours, [], ["Other offer"], head, *theirs)

    assert len(draft.lines) == 5
    (problem,) = draft.problems
    assert problem.address == "sheet Order, row 10"
    assert "repeat items and quantities that stand above" in problem.message


@pytest.mark.parametrize(
    ("rows", "currency"),
    [
        ([["Ship to", "Hall, 1 Main St, Austin, TX 78701"], ["Item", "Qty", "Price"], ["A", 5, "$4.00"]], "USD"),
        ([["Item", "Qty", "Price"], ["A", 5, "$4.00"]], None),
        ([["品名", "数量", "单价(元)"], ["帽子", 5, 4.0]], "CNY"),
        ([["Наименование", "Кол-во", "Цена, руб."], ["Кепка", 5, 4.0]], "RUB"),
        ([["Item", "Qty", "Price (GBP)"], ["A", 5, 4.0]], "GBP"),
    ],
)  # fmt: skip
def test_the_currency_is_what_the_sheet_says_and_never_a_guess(rows, currency):
    assert lines(*rows).values.get("currency") == currency


def test_evidence_names_cell_text_reason_and_certainty():
    draft = lines(
        ["PO Number:", "4711"],
        [],
        ["Style", "Colour", "S", "M"],
        ["T-1", "Navy", 2, 3],
        merges=[Merge(0, 0, 0, 0)],
    )

    proof = draft.lines[0].found_at
    assert (proof["size M"].address, proof["size M"].found) == ("sheet Order, cell D4", "3")
    assert proof["color"].why == "under the heading 'Colour'"
    assert draft.found_at["po_number"].cell == "B1"
    assert draft.found_at["po_number"].why == "labelled 'PO Number'"
    assert 0 < draft.found_at["po_number"].sure <= 1


def test_evidence_of_a_sheet_on_its_side_names_the_cells_of_the_file():
    draft = lines(["Item", "A-1", "A-2"], ["Qty", 5, 6], ["Price", 1.5, 2.5])

    assert figures(draft) == [("A-1", 5), ("A-2", 6)]
    assert draft.lines[1].found_at["quantity"].cell == "C2"
    assert draft.lines[1].address == "sheet Order, column C"


def test_a_number_format_may_show_the_currency():
    rows = [["Item", "Qty", "Price"], ["A-1", 5, 1.5]]
    sheet = Sheet("Order", rows, formats=frozenset({"#,##0.00 [$€-407]", "0.00"}))

    (draft,) = spreadsheet.drafts_of(Workbook("xlsx", (sheet,)))

    assert draft.values["currency"] == "EUR"


def test_a_column_of_measures_is_the_size_whatever_its_heading():
    draft = lines(
        ["Artículo", "Banda", "Cantidad"],
        ["Banda estampada", "7 mm", 5],
        ["Cinta lisa", "12 mm", 6],
    )

    assert [line.values["size"] for line in draft.lines] == ["7 mm", "12 mm"]
