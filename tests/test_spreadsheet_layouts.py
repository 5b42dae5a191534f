"""Layouts without the usual table: stores and weeks across, blocks, lists of people, half a form."""

from datetime import date
from decimal import Decimal

import pytest

from errors import UnreadableError
from sync import cells, days
from sync.readers.sniff import FileKind, sniff
from tests.test_spreadsheet import HEAD, LINE, draft, drafts, lines

pytestmark = pytest.mark.pure


def pieces(found):
    return [(line.values.get("description"), line.quantity) for line in found]


def test_a_column_for_every_store_sends_its_pieces_there():
    order = draft(
        ["PO", "66120"],
        [None, None, None, "Ship To: Store 101 Boise", "Ship To: Store 114 Reno", None],
        ["Item #", "Description", "Unit Cost", "Qty", "Qty", "Total Qty"],
        ["CG-88", "Camp mug", 6.25, 48, 24, 72],
        ["CG-91", "Tin plate", 4.1, None, 24, 24],
    )

    sent = [
        (line.quantity, [row.destination for row in line.schedule] or [0]) for line in order.lines
    ]
    names = [place["ship_to_name"] for place in order.destinations]
    assert names == ["Store 101 Boise", "Store 114 Reno"]
    assert sent == [(48, [0]), (24, [1]), (24, [1])]
    assert order.lines[1].found_at["quantity"].address == "sheet Order, cell E4"


def test_a_column_for_every_store_with_a_number_of_its_own_is_an_order_each():
    found = drafts(
        [None, None, "Filiale", "Nord", "Mitte"],
        [None, None, "Bestell-Nr.", "N-4411", "M-4412"],
        ["Art.-Nr.", "Artikel", "Preis netto"],
        ["7001", "Schürze", "12,90", 5, 8],
        ["7002", "Mütze", "4,50", 10, None],
    )

    assert [(one.po_number, pieces(one.lines)) for one in found] == [
        ("N-4411", [("Schürze", 5), ("Mütze", 10)]),
        ("M-4412", [("Schürze", 8)]),
    ]


@pytest.mark.parametrize("weeks", [("KW 06", "KW 08"), ("Week 14", "Week 16"), ("März", "Mai")])
def test_a_column_for_every_week_is_a_delivery_without_a_day(weeks):
    (line,) = lines(
        ["Teile-Nr.", "Benennung", "Preis", *weeks, "Gesamt"],
        ["88-1021", "Buchse", 0.84, 500, 70, 570],
    )

    assert line.quantity == 570
    assert [(row.quantity, row.date, row.extra) for row in line.schedule] == [
        (500, None, {"schedule_release_number": weeks[0]}),
        (70, None, {"schedule_release_number": weeks[1]}),
    ]


def test_orders_side_by_side_with_numbers_of_their_own_are_two():
    found = drafts(
        ["PO", "H-881", None, "PO", "H-882"],
        ["Deliver to", "Depot North", None, "Deliver to", "Depot South"],
        [],
        ["Part", "Qty", None, "Part", "Qty"],
        ["P-10", 24, None, "P-10", 10],
        ["P-22", 48, None, "P-31", 12],
    )

    assert [(one.po_number, [line.quantity for line in one.lines]) for one in found] == [
        ("H-881", [24, 48]),
        ("H-882", [10, 12]),
    ]


def test_blocks_of_rows_begin_with_a_name_that_no_label_announces():
    found = lines(
        ["Cliente: Hostal La Plaza"],
        [],
        ["1", "Toalla baño", "Cantidad:", 60, "Precio:", "9,80 €"],
        [None, "Ref. TB-150", "Color:", "Blanco"],
        ["2", "Albornoz rizo", "Cantidad:", 20, "Precio:", "27,50 €"],
        [None, "Ref. AL-01", "Color:", "Marfil"],
    )

    assert [(one.values["sku"], one.values["color"]) for one in found] == [
        ("TB-150", "Blanco"),
        ("AL-01", "Marfil"),
    ]
    assert pieces(found) == [("Toalla baño", 60), ("Albornoz rizo", 20)]


def test_sizes_down_and_goods_across_need_no_other_heading():
    found = lines([None, "Home shirt", "Shorts"], ["S", 4, 6], ["M", 9, None], ["Total", 13, 6])

    assert [(one.values["description"], one.sizes) for one in found] == [
        ("Home shirt", (("S", 4), ("M", 9))),
        ("Shorts", (("S", 6),)),
    ]


def test_a_list_of_people_orders_what_its_sizes_are_of():
    (first, second) = lines(
        ["Name", "Team", "T-shirt size", "Qty"],
        ["A. Moss", "Bar", "M", 1],
        ["B. Finch", "Bar", "L", 2],
    )

    assert (first.values["description"], first.values["size"]) == ("T-shirt", "M")
    assert second.values["personalization"] == "B. Finch"


def test_a_row_with_only_its_code_and_size_has_the_words_of_the_row_above():
    (_first, second) = lines(
        ["Omschrijving", "Kleur", "Maat", "EAN", "Prijs", "Aantal"],
        ["Werkbroek", "Zwart", "48", "8712345000481", 49.95, 2],
        [None, None, "50", "8712345000504", 49.95, 6],
    )

    assert (second.values["description"], second.values["color"]) == ("Werkbroek", "Zwart")


def test_what_nobody_ordered_in_a_catalogue_is_left_out_and_counted():
    order = draft(
        ["Style", "Name", "Case Pack", "Units", "Wholesale", "Extended"],
        ["CN-01", "Cedar candle", 6, 24, 9, 216],
        ["CN-02", "Fig candle", 6, None, 9, None],
    )

    assert len(order.lines) == 1
    assert "1 row without a quantity was left out" in order.evidence["lines"]


def test_a_total_of_nil_says_that_nobody_ordered_it():
    order = draft(HEAD, LINE, ["C112", "Cap", "Red", None, 7, 0])

    assert len(order.lines) == 1


def test_a_row_with_nothing_but_a_name_heads_the_rows_below_it():
    found = lines(
        ["Item", "Description", "Unit", "Qty", "Rate", "Amount"],
        ["A", "GROUND FLOOR"],
        ["A.1", "Dome camera", "pcs", 14, 145, 2030],
        ["A.2", "Cable", "m", 850, 2, 1700],
    )

    assert pieces(found) == [("Dome camera", 14), ("Cable", 850)]


def test_words_under_sizes_are_no_line():
    order = draft(
        ["Garment", "Color", "S", "M", "L", "Qty", "Unit Price"],
        ["3001", "Navy", 5, 10, 5, 20, 9.85],
        ["Screens", 4, "@", 25],
    )

    assert len(order.lines) == 1
    assert not order.problems


def test_letter_sizes_with_their_centimetres_are_sizes():
    (line,) = lines(
        ["款号", "颜色", "S/160", "M(165)", "170/L", "单价"], ["A2201", "白", 10, 20, 5, 39]
    )

    assert line.sizes == (("S/160", 10), ("M(165)", 20), ("170/L", 5))


def test_words_below_a_title_are_no_order_number():
    order = draft(["PURCHASE ORDER"], ["To,", None, "P.O. No. : SBT/0417"], [], HEAD, LINE)

    assert order.po_number == "SBT/0417"


def test_a_number_beside_no_alone_is_the_orders_where_no_other_is():
    assert draft(["Nota de encomenda", "N.º", "2026/311"], [], HEAD, LINE).po_number == "2026/311"


def test_a_day_inside_a_title_is_the_orders_where_no_other_is():
    order = draft(["Приложение к договору № 17-П от 10.02.2026"], [], HEAD, LINE)

    assert order.values["order_date"] == date(2026, 2, 10)


def test_a_heading_in_two_languages_means_what_either_says():
    order = draft(["合同号 Contract No.:", "NH26-0218", "日期 Date:", "2026/02/18"], [], HEAD, LINE)

    assert (order.po_number, order.values["order_date"]) == ("NH26-0218", date(2026, 2, 18))


def test_a_list_that_says_what_it_is_gives_no_line():
    with pytest.raises(UnreadableError, match="it calls itself 'stundenzettel'"):
        drafts(
            ["Stundenzettel März 2026"],
            ["Auftrag", "Bezeichnung", "Menge", "Preis"],
            ["A-1", "Sticken", 7.5, 42],
        )


def test_a_price_list_that_calls_itself_an_order_form_is_one():
    found = lines(
        ["Cennik i formularz zamówienia 2026"],
        ["Kod", "Nazwa", "Cena netto", "Ilość zamawiana"],
        ["D02", "Doniczka", 2, 40],
    )

    assert pieces(found) == [("Doniczka", 40)]


def test_money_beside_a_figure_names_its_currency():
    assert cells.currency_of_price("95.000đ") == "VND"
    assert cells.currency_of_price("8 900 Ft") == "HUF"
    assert cells.currency_of_price("12 ft pole") == ""


@pytest.mark.parametrize(
    "text", ["2026년 3월 9일", "令和8年3月9日", "R8.3.9", "2026年3月9日(月)", "Mar 9, 2026"]
)
def test_days_are_read_as_the_far_east_writes_them(text):
    assert days.day(text) == date(2026, 3, 9)


def test_a_serial_number_with_a_small_figure_is_a_day_or_a_sentence():
    assert days.day("46096.6²") == date(2026, 3, 15)


def test_square_metres_are_a_unit_behind_a_figure():
    (line,) = lines(["Nội dung", "Số lượng", "Đơn giá"], ["Băng rôn", "15 m2", "45.000đ"])

    assert (line.quantity, line.values["unit_price"]) == (15, Decimal(45000))


def test_a_text_with_every_cell_in_quotes_has_columns():
    assert sniff(b'"PO";"Code";"Qty"\n"7";"A-1";"12"\n') is FileKind.DELIMITED


def test_a_list_of_people_and_their_sizes_orders_one_of_each():
    found = lines(
        ["Bestellijst JO13-2"],
        ["Naam", "Rugnummer", "Shirt maat", "Broek maat"],
        ["Daan", 7, "152", "140"],
        ["Bram", 9, "164", None],
    )

    assert [(one.values["description"], one.values["size"], one.quantity) for one in found] == [
        ("Shirt", "152", 1),
        ("Broek", "140", 1),
        ("Shirt", "164", 1),
    ]


def test_a_list_of_people_that_says_nothing_of_an_order_is_none():
    with pytest.raises(UnreadableError):
        drafts(["Staff"], ["Name", "Shirt size"], ["Ann", "M"], ["Ben", "L"])


def test_tables_side_by_side_may_count_in_other_units():
    found = lines(
        ["producto", "cajas", None, "producto", "uds"],
        ["Cerveza", 12, None, "Lejía", 3],
        ["Agua", 8, None, "Bayetas", 20],
    )

    assert pieces(found) == [("Cerveza", 12), ("Agua", 8), ("Lejía", 3), ("Bayetas", 20)]


def test_a_row_that_numbers_the_columns_in_words_is_no_line():
    found = lines(
        ["L.p.", "Nazwa", "J.m.", "Ilość", "Cena netto", "Wartość"],
        ["1", "2", "3", "4", "5", "6=4x5"],
        [1, "Fartuch", "szt.", 500, "3,20", "1 600,00"],
    )

    assert pieces(found) == [("Fartuch", 500)]


def test_an_order_number_inside_a_title_is_found():
    order = draft(
        ["Załącznik nr 1 do zamówienia nr ZP/14/2026 z dnia 05.03.2026 r."], [], HEAD, LINE
    )

    assert (order.po_number, order.values["order_date"]) == ("ZP/14/2026", date(2026, 3, 5))


def test_a_delivery_that_is_a_place_is_where_the_goods_go():
    order = draft(["Consegna: Galli, Via Roma 8, 20100 Milano"], [], HEAD, LINE)

    assert order.destinations[0]["ship_to_name"] == "Galli"
    assert not order.problems


def test_a_file_with_too_many_orders_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr("sync.tables.drafting.MOST_ORDERS", 2)
    rows = [[f"PO-{n}", "Cap", 5, 2.5] for n in range(3)]

    with pytest.raises(UnreadableError, match="more than 2 orders"):
        drafts(["PO", "Item", "Qty", "Price"], *rows)
