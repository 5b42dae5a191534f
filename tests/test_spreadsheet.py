"""What a customer's table means: headings, labels, lines, sizes, totals, problems with addresses."""

import time
from datetime import date
from decimal import Decimal

import pytest

from errors import UnreadableError
from sync.readers import Sheet, Workbook, headings, read_table_file
from sync.readers.tables import Fault, Merge
from sync.sources import Incoming, spreadsheet
from sync.tables import mapping
from sync.tables.addresses import read_address
from tests.test_readers import an_xlsx
from workflow.fields import Catalogue, Field, Kind, Level

pytestmark = pytest.mark.pure

HEAD = ["Item", "Description", "Color", "Qty", "Unit Price", "Line Total"]
LINE = ["G5000", "Heavy cotton tee", "Navy", 12, 6.85, 82.2]


def a_book(*rows, name="Order", merges=(), hidden=False):
    return Workbook("xlsx", (Sheet(name, [list(row) for row in rows], hidden, tuple(merges)),))


def drafts(*rows, **book):
    return spreadsheet.drafts_of(a_book(*rows, **book))


def draft(*rows, **book):
    (only,) = drafts(*rows, **book)
    return only


def lines(*rows, **book):
    return draft(*rows, **book).lines


def problems(*rows, **book):
    return [str(problem) for problem in draft(*rows, **book).problems]


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize(
    "head",
    [
        ["Item No.", "Description", "Colour", "Size", "Quantity", "Unit", "Unit price", "Total"],
        ["Artikel-Nr.", "Bezeichnung", "Farbe", "Größe", "Menge", "Einheit", "Einzelpreis", "Gesamtpreis"],
        ["Référence", "Désignation", "Couleur", "Taille", "Quantité", "Unité", "Prix unitaire", "Montant HT"],
        ["Referencia", "Descripción", "Color", "Talla", "Cantidad", "Unidad", "Precio unitario", "Importe"],
        ["Codice", "Descrizione", "Colore", "Taglia", "Quantità", "U.M.", "Prezzo unitario", "Importo"],
        ["Artikelnummer", "Omschrijving", "Kleur", "Maat", "Aantal", "Eenheid", "Stukprijs", "Totaal"],
        ["Indeks", "Nazwa towaru", "Kolor", "Rozmiar", "Ilość", "J.m.", "Cena jednostkowa", "Wartość"],
        ["Código", "Descrição", "Cor", "Tamanho", "Quantidade", "Unidade", "Preço unitário", "Valor total"],
        ["货号", "品名", "颜色", "尺码", "数量", "单位", "单价", "金额"],
        ["SKU", "PRODUCT NAME", "colour", "SIZE", "QTY", "UOM", "RATE", "AMOUNT"],
        ["item_code", "ItemDescription", "Color", "Size", "Order Qty", "U/M", "Price (USD)", "Ext. Price"],
    ],
    ids=lambda head: head[0],
)  # fmt: skip
def test_headings_are_known_in_many_languages(head):
    (line,) = lines(head, ["G5000", "Heavy cotton tee", "Navy", "M", 12, "pcs", 6.85, 82.2])

    assert line.values == {
        "sku": "G5000",
        "description": "Heavy cotton tee",
        "color": "Navy",
        "size": "M",
        "quantity": Decimal(12),
        "uom": "EA",
        "unit_price": Decimal("6.85"),
    }
    assert line.address == "sheet Order, row 2"


@pytest.mark.parametrize(
    ("due", "note", "customers", "barcode"),
    [
        ("Due date", "Notes", "Customer item no", "UPC"),
        ("Liefertermin", "Bemerkung", "Kundenartikelnummer", "EAN"),
        ("Date de livraison", "Remarques", "Réf. client", "Code barre"),
        ("Fecha de entrega", "Observaciones", "Referencia cliente", "Código de barras"),
        ("Data di consegna", "Note", "Articolo cliente", "Codice a barre"),
        ("Leverdatum", "Opmerkingen", "Klantartikelnummer", "Streepjescode"),
        ("Termin dostawy", "Uwagi", "Indeks klienta", "Kod kreskowy"),
        ("Data de entrega", "Observações", "Referência do cliente", "Código de barras"),
    ],
)
def test_the_rarer_columns_are_known_too(due, note, customers, barcode):
    order = draft(
        ["SKU", "Qty", due, note, customers, barcode],
        ["G5000", 12, date(2026, 4, 2), "rush", "T-1", 72180634719.0],
    )

    assert order.values["in_hands_date"] == date(2026, 4, 2)
    assert order.lines[0].values["special_instructions"] == "rush"
    assert order.lines[0].values["customer_item_number"] == "T-1"
    assert order.lines[0].values["gtin"] == "72180634719"


def test_headings_may_stand_anywhere_and_in_two_rows():
    rows = [[]] * 20 + [
        [None, None, None, "Ordered", "Price"],
        [None, "Item", "Description", "Qty", "each"],
        [None, "G5000", "Heavy cotton tee", 12, 6.85],
    ]

    (line,) = lines(*rows, merges=[Merge(20, 3, 20, 3)])

    assert line.values["quantity"] == 12
    assert line.values["unit_price"] == Decimal("6.85")
    assert line.address == "sheet Order, row 23"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["Brass hook", "Steel plate, large"], {"description": "Brass hook"}),
        (["AB-100", "AB-200"], {"sku": "AB-100"}),
    ],
)
def test_an_item_column_is_a_code_or_a_description_by_what_it_holds(column, expected):
    line = lines(["Item", "Qty"], [column[0], 5], [column[1], 6])[0]

    assert {name: line.values[name] for name in expected} == expected


def test_an_item_column_that_counts_its_rows_numbers_the_lines():
    line = lines(["Item No", "Description", "Qty"], [1, "Cap", 5], [2, "Mug", 6], [3, "Pen", 7])[1]

    assert "sku" not in line.values
    assert line.values["customer_line_number"] == "2"


def test_a_shop_may_add_words_of_its_own():
    words = headings.load().also({"line": {"sku": ["Kram"], "quantity": ["Wieviel"]}})

    (order,) = spreadsheet.drafts_of(a_book(["Kram", "Wieviel"], ["K-1", 3]), words=words)

    assert order.lines[0].values["sku"] == "K-1"


def test_a_saved_mapping_is_used_where_no_word_is_known_and_columns_were_moved():
    saved = mapping.Mapping(
        0,
        0,
        (
            mapping.Column(0, "Kram", "line", "sku"),
            mapping.Column(1, "Wieviel", "line", "quantity"),
        ),
        constants={"uom": "PR"},
    )
    book = a_book(["Order of today"], [], ["Wieviel", "Farbton", "Kram"], [3, "rot", "K-1"])

    (order,) = spreadsheet.drafts_of(book, saved=saved)

    assert order.lines[0].values["sku"] == "K-1"
    assert order.lines[0].values["uom"] == "PR"
    assert order.lines[0].quantity == 3


# ---------------------------------------------------------------- what is a line


def test_totals_taxes_remarks_and_sections_are_no_lines():
    order = draft(
        HEAD,
        ["Shirts"],
        LINE,
        [None, "Subtotal", None, 12, None, 82.2],
        ["Caps and bags"],
        ["C112", "Total fit cap", "Red", 10, 7, 70],
        [None, None, None, None, "Sub-Total", 152.2],
        [None, None, None, None, "VAT 20 %", 30.44],
        ["Grand total", None, None, 22, None, 182.64],
        [],
        ["Please deliver to the back door before nine o'clock."],
        ["Prepared by", "A. Miller", None, "Approved"],
    )

    assert [line.values["sku"] for line in order.lines] == ["G5000", "C112"]
    assert order.problems == ()
    assert order.values["customer_notes"] == "Please deliver to the back door before nine o'clock."


def test_repeated_headings_and_a_second_table_are_read_on():
    order = draft(
        HEAD,
        LINE,
        HEAD,
        ["C112", "Cap", "Red", 10, 7, 70],
        [],
        ["Qty", "Article no", "Details"],
        [5, "MUG-1", "Mug"],
    )

    assert [(line.values["sku"], line.quantity) for line in order.lines] == [
        ("G5000", 12),
        ("C112", 10),
        ("MUG-1", 5),
    ]


def test_a_form_with_all_articles_gives_only_those_that_were_ordered():
    order = draft(
        ["Item", "Description", "Qty", "Price"],
        *[[f"A-{n}", f"Article {n}", 5 if n == 3 else None, 1.5] for n in range(1, 21)],
    )

    assert [line.values["sku"] for line in order.lines] == ["A-3"]
    assert order.problems == ()
    assert order.evidence["lines"] == "sheet Order: 19 rows without a quantity were left out"


def test_the_same_article_in_another_colour_needs_no_second_name():
    second = lines(HEAD, LINE, [None, None, "White", 6, None, None])[1]

    assert second.values["sku"] == "G5000"
    assert second.values["color"] == "White"
    assert second.quantity == 6


def test_merged_cells_name_every_row_they_span():
    second = lines(
        ["Item", "Size", "Qty"], ["G5000", "M", 5], [None, "L", 6], merges=[Merge(1, 0, 2, 0)]
    )[1]

    assert second.values == {"sku": "G5000", "size": "L", "quantity": Decimal(6)}


def test_words_of_columns_nobody_knows_become_instructions():
    (line,) = lines(["Item", "Qty", "Thread", "Weight"], ["CAP-1", 5, "gold metallic", 12.5])

    assert line.values["special_instructions"] == "Thread: gold metallic"


# ---------------------------------------------------------------- sizes and deliveries


@pytest.mark.parametrize(
    "sizes",
    [["S", "M", "L", "XL", "2XL"], ["YS", "YM", "YL"], ["36", "36½", "37", "38"], [36.0, 37.0, 38.0], ["98/104", "110/116", "122/128"]],
    ids=str,
)  # fmt: skip
def test_a_size_matrix_is_one_line_with_its_sizes(sizes):
    amounts = list(range(1, len(sizes) + 1))
    (line,) = lines(["Style", "Colour", *sizes, "Total"], ["G5000", "Navy", *amounts, sum(amounts)])

    assert [size for size, _amount in line.sizes] == [str(s).removesuffix(".0") for s in sizes]
    assert line.quantity == sum(amounts)


def test_empty_sizes_are_none_of_it_and_a_wrong_sum_is_a_question():
    order = draft(["Style", "S", "M", "L", "Qty"], ["G5000", 2, 0, None, 5])

    assert order.lines[0].sizes == (("S", Decimal(2)),)
    assert [str(problem) for problem in order.problems] == [
        "sheet Order, cell E2, quantity: the quantity is 5, but the columns add up to 2"
    ]


def test_a_column_for_each_delivery_date_is_a_schedule():
    (line,) = lines(
        ["Item", "Price", date(2026, 2, 3), date(2026, 3, 3), "Total"],
        ["BRK-40", 3.75, 500, 250, 750],
    )

    assert [(d.date, d.quantity, d.unit_price) for d in line.schedule] == [
        (date(2026, 2, 3), 500, Decimal("3.75")),
        (date(2026, 3, 3), 250, Decimal("3.75")),
    ]
    assert line.quantity == 750


def test_a_day_that_differs_from_line_to_line_is_a_delivery_of_its_own():
    order = draft(
        ["In-hands date", date(2026, 4, 30)],
        ["Item", "Qty", "Need by"],
        ["A-1", 5, date(2026, 4, 30)],
        ["A-2", 6, date(2026, 5, 4)],
    )

    assert order.values["in_hands_date"] == date(2026, 4, 30)
    assert order.lines[0].schedule == ()
    assert [(d.date, d.quantity) for d in order.lines[1].schedule] == [(date(2026, 5, 4), 6)]


def test_decorations_are_grouped_by_their_number():
    (line,) = lines(
        ["Item", "Qty", "Location 1", "Imprint color 1", "Location 2", "Imprint color 2"],
        ["G5000", 12, "Left chest", "White, PMS 186", "Back", 3],
    )

    assert [decoration.values for decoration in line.decorations] == [
        {"location": "Left chest", "imprint_colors": ["White", "PMS 186"]},
        {"location": "Back", "color_count": 3},
    ]


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("as many as fit", "expected a number of pieces, found 'as many as fit'"),
        (-6, "expected a number of pieces above zero, found '-6'"),
        ("-6", "expected a number of pieces above zero, found '-6'"),
        ("0 or 1", "expected a number of pieces, found '0 or 1'"),
        (None, "expected a number of pieces, found nothing"),
        (Fault("#REF!"), "expected a number of pieces, found the formula error #REF!"),
        (Fault("=A1"), "expected a number of pieces, found a formula whose result is not in the file"),
        (float("inf"), "expected a number of pieces, found 'inf'"),
        ("12 rolls", "'rolls' is no unit we know; choose one for its lines"),
        ("1.200", "'1.200' was read as 1200; confirm that it is not 1.2"),
    ],
    ids=str,
)  # fmt: skip
def test_a_quantity_that_cannot_be_read_keeps_its_line_and_asks(quantity, message):
    order = draft(HEAD, LINE, ["C112", "Cap", "Red", quantity, 7, None])

    assert len(order.lines) == 2
    assert order.lines[1].values["sku"] == "C112"
    (problem,) = order.problems
    assert problem.address == "sheet Order, cell D3"
    assert problem.message == message


@pytest.mark.parametrize(
    ("column", "value", "field", "message"),
    [
        (4, "-4.50", "unit_price", "expected a price of zero or more, found '-4.50'"),
        (4, -4.5, "unit_price", "expected a price of zero or more, found '-4.5'"),
        (4, "tbd", "unit_price", "expected a price, found 'tbd'"),
        (4, Fault("#N/A"), "unit_price", "expected a value, found the formula error #N/A"),
        (5, 90, "unit_price", "the total is 90, but 12 at 6.85 is 82.2"),
        (2, "y" * 90, "color", "expected at most 80 characters, found 90"),
    ],
)
def test_other_cells_that_cannot_be_right_ask_with_their_address(column, value, field, message):
    row = list(LINE)
    row[column] = value

    (problem,) = draft(HEAD, row).problems

    assert (problem.field, problem.message) == (field, message)
    assert problem.address == f"sheet Order, cell {'ABCDEF'[column]}2"


def test_totals_that_are_all_wrong_are_one_problem():
    said = problems(HEAD, *[[f"A-{n}", "Cap", "Red", 10, 2, 18] for n in range(5)])

    assert said == [
        "sheet Order, cell F2, unit_price: the total is 18, but 10 at 2 is 20; the same in 5 of 5 rows"
    ]


SECOND = ["C100", "Cap", "Red", 8, 2, 16]


@pytest.mark.parametrize(
    "below",
    [
        [["", "Total", "", 20, "", 98.2]],
        [["", "Total", "", 20, "", 117.84]],  # with its taxes
        [
            ["", "Subtotal", "", 20, "", 98.2],
            ["", "VAT 20 %", "", "", "", 19.64],
            ["", "Total", "", "", "", 117.84],
        ],
    ],
)
def test_a_sum_that_fits_the_lines_says_nothing(below):
    assert problems(HEAD, LINE, SECOND, *below) == []


def test_sums_of_blocks_and_of_all_lines_fit():
    subtotal = ["", "Subtotal", "", 12, "", 82.2]
    last = ["", "Subtotal", "", 8, "", 16]

    assert problems(HEAD, LINE, subtotal, SECOND, last, ["", "Total", "", 20, "", 98.2]) == []


def test_a_sum_of_pieces_that_does_not_fit_is_a_question_at_its_cell():
    said = problems(HEAD, LINE, SECOND, ["", "Total", "", 26, "", 98.2])

    assert said == [
        "sheet Order, cell D4, quantity: the sum says 26, but the lines above add up to 20"
    ]


def test_a_sum_of_amounts_below_its_lines_is_a_question_at_its_cell():
    said = problems(HEAD, LINE, SECOND, ["", "Total", "", 20, "", 82.2])

    assert said == [
        "sheet Order, cell F4, unit_price: the sum says 82.2, but the lines above come to 98.20"
    ]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("14/04/2026", date(2026, 4, 3)),
        ("04/14/2026", date(2026, 3, 4)),
    ],
)
def test_an_ambiguous_day_is_read_as_the_file_writes_the_others(other, expected):
    order = draft(["Order date", "03/04/2026"], ["In-hands date", other], HEAD, LINE)

    assert order.values["order_date"] == expected


def test_a_day_that_nothing_decides_is_a_question_with_both_readings():
    order = draft(["Order date", "03/04/2026"], HEAD, LINE)

    (problem,) = order.problems
    assert "order_date" not in order.values
    assert problem.address == "sheet Order, cell B1"
    assert "3 April 2026 or 4 March 2026" in problem.message


def test_a_day_that_is_not_in_the_calendar_is_a_question():
    assert problems(["In-hands date", "31/02/2026"], HEAD, LINE) == [
        "sheet Order, cell B1, in_hands_date: expected a date, found '31/02/2026',"
        " which is not in the calendar"
    ]


def test_a_zero_among_quantities_is_not_ordered_and_not_asked_about():
    order = draft(HEAD, LINE, ["C112", "Cap", "Red", 0, 7, None])

    assert [line.values["sku"] for line in order.lines] == ["G5000"]
    assert order.problems == ()


# ---------------------------------------------------------------- the header block


@pytest.mark.parametrize(
    "rows",
    [
        [["PO Number", "4711"], ["Order date", "14.03.2026"]],
        [["PO Number:", None, "4711"], ["Order date:", None, date(2026, 3, 14)]],
        [["PO Number", "Order date"], ["4711", "14 March 2026"]],
        [["PO Number: 4711"], ["ORDER DATE - 14 Mar '26"]],
        [["P.O. # 4711", None, "Date: 2026-03-14"]],
        [["Bestell-Nr.", "4711", None, "Datum", "14.3.2026"]],
        [["N° de commande : 4711"], ["Date de commande", "14/03/2026"]],
        [["Nr zamówienia", 4711.0], ["Data zamówienia", 46095]],
    ],
    ids=str,
)
def test_a_label_stands_left_of_above_or_in_one_cell_with_its_value(rows):
    order = draft(*rows, [], HEAD, LINE)

    assert order.po_number == "4711"
    assert order.values["order_date"] == date(2026, 3, 14)
    assert "4711" in order.evidence["po_number"]


def test_the_header_block_gives_parties_terms_and_evidence():
    order = draft(
        ["Customer:", "Harbor Rowing Club", None, "Ship To:", None, "Bill To:"],
        ["Contact:", "Dana Whitfield", None, "Harbor Boathouse", None, "HRC Treasurer"],
        ["Email:", "dana@harbor.example", None, "44 Boathouse Row", None, "PO Box 9"],
        ["Phone:", "555-010-0199", None, "Philadelphia, PA 19130", None, "Camden, NJ 08102"],
        ["Terms:", "Net 30 days"],
        ["Ship via:", "UPS"],
        ["Currency:", "US$"],
        ["Notes:", "Call before delivery."],
        [],
        HEAD,
        LINE,
    )

    assert order.customer == "Harbor Rowing Club"
    assert order.values["order_contact_name"] == "Dana Whitfield"
    assert order.values["order_contact_email"] == "dana@harbor.example"
    assert order.values["order_contact_phone"] == "555-010-0199"
    assert order.values["payment_terms"] == "Net 30"
    assert order.values["currency"] == "USD"
    assert order.values["customer_notes"] == "Call before delivery."
    assert order.values["bill_to_name"] == "HRC Treasurer"
    assert order.values["bill_to_city"] == "Camden"
    assert order.destinations == (
        {
            "ship_to_name": "Harbor Boathouse",
            "ship_to_address1": "44 Boathouse Row",
            "ship_to_city": "Philadelphia",
            "ship_to_region": "PA",
            "ship_to_postal": "19130",
            "carrier": "UPS",
        },
    )
    assert order.evidence["payment_terms"] == "sheet Order, cell B5: 'Net 30 days'"
    assert order.problems == ()


def test_the_sender_names_the_customer_where_the_file_does_not():
    incoming = Incoming("order.xlsx", an_xlsx(HEAD, LINE), "ann@example.com")

    (order,) = spreadsheet.read(incoming)

    assert order.customer == "ann@example.com"
    assert order.source == "spreadsheet"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme, 5 Main St, Springfield, IL 62701", {"name": "Acme", "address1": "5 Main St", "city": "Springfield", "region": "IL", "postal": "62701"}),
        ("Verein Grün\nSportweg 1\n49074 Osnabrück\nGermany", {"name": "Verein Grün", "address1": "Sportweg 1", "postal": "49074", "city": "Osnabrück", "country": "DE"}),
        ("X Ltd, 10 Downing Street, London SW1A 2AA, UK", {"name": "X Ltd", "address1": "10 Downing Street", "city": "London", "postal": "SW1A 2AA", "country": "GB"}),
        ("Klub\nul. Długa 4\n00-950 Warszawa\ntel. 22 555 01 00", {"name": "Klub", "address1": "ul. Długa 4", "postal": "00-950", "city": "Warszawa", "phone": "22 555 01 00"}),
        ("Ann\n1200 Lake Road\nSuite 4\nBuilding B\nGate 2", {"name": "Ann", "address1": "1200 Lake Road", "address2": "Suite 4", "address3": "Building B, Gate 2"}),
        ("Store 014", {"name": "Store 014"}),
    ],
)  # fmt: skip
def test_an_address_is_told_apart_and_nothing_is_dropped(text, expected):
    assert read_address(text, "ship_to") == {f"ship_to_{k}": v for k, v in expected.items()}


# ---------------------------------------------------------------- several orders


def test_a_column_of_order_numbers_makes_several_orders():
    first, second = drafts(
        ["PO", "Item", "Qty"], ["P-1", "A-1", 5], ["P-2", "A-2", "x"], ["P-1", "A-3", 7]
    )

    assert (first.po_number, len(first.lines), first.problems) == ("P-1", 2, ())
    assert (second.po_number, len(second.lines)) == ("P-2", 1)
    assert [problem.address for problem in second.problems] == ["sheet Order, cell C3"]


def test_every_sheet_with_a_number_of_its_own_is_an_order():
    sheets = [
        Sheet(f"Store {n}", [["PO", f"P-{n}"], [], ["Item", "Qty"], ["A-1", n]]) for n in (7, 8)
    ]

    found = spreadsheet.drafts_of(Workbook("xlsx", tuple(sheets)))

    assert [(order.po_number, order.lines[0].quantity) for order in found] == [
        ("P-7", 7),
        ("P-8", 8),
    ]


def test_sheets_whose_tabs_are_the_numbers_are_orders():
    sheets = [Sheet(f"Team {n}", [["Item", "Qty"], ["A-1", n]]) for n in (101, 102, 103)]

    found = spreadsheet.drafts_of(Workbook("xlsx", tuple(sheets)))

    assert [order.po_number for order in found] == ["Team 101", "Team 102", "Team 103"]
    assert found[0].evidence["po_number"] == "the name of sheet Team 101"


def test_a_second_sheet_without_a_header_belongs_to_the_same_order():
    sheets = (
        Sheet("Shirts", [["PO", "P-1"], [], ["Item", "Qty"], ["A-1", 5]]),
        Sheet("Caps", [["Item", "Qty"], ["C-1", 6]]),
        Sheet("Old", [["Item", "Qty"], ["X-1", 6]], hidden=True),
    )

    (order,) = spreadsheet.drafts_of(Workbook("xlsx", sheets))

    assert [line.address for line in order.lines] == ["sheet Shirts, row 4", "sheet Caps, row 2"]


def test_an_order_has_one_currency():
    one = draft(["Item", "Qty", "Price"], ["A-1", 5, "3,20 €"], ["A-2", 5, "EUR 4,20"])
    two = draft(["Item", "Qty", "Price"], ["A-1", 5, "3.20 €"], ["A-2", 5, "£4.20"])

    assert one.values["currency"] == "EUR"
    assert "currency" not in two.values
    assert "an order has one currency, found EUR, GBP" in str(two.problems[0])


# ---------------------------------------------------------------- nothing to read


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [["Minutes of the meeting"], ["Item", "Colour"]],
            "No order lines found: looked for a heading row with an item or a description and a"
            " quantity in sheets Order; sheet Order, row 2 came closest: 'Item', 'Colour'.",
        ),
        (
            [HEAD],
            "No order lines found: the headings in sheet Order, row 1 are understood ('Item',"
            " 'Description', 'Color', 'Qty', 'Unit Price', 'Line Total'), but no row below them"
            " says what is ordered and how many.",
        ),
        ([["nothing"], ["at all"]], "No order lines found: looked for a heading row"),
        ([["PO #", "[123456]"], HEAD, LINE], "No order lines found"),
    ],
)
def test_no_line_at_all_is_a_failure_that_says_where_it_looked(rows, sentence):
    with pytest.raises(UnreadableError) as refusal:
        drafts(*rows)

    assert str(refusal.value).startswith(sentence)


# ---------------------------------------------------------------- the shop's own fields


def test_a_shops_own_field_is_read_where_the_shop_knows_it():
    own = Catalogue([Field("gift", "Gift wrap", Level.LINE, Kind.YES_NO, custom=True)])
    words = headings.load().also({"line": {"gift": ["Gift wrap"]}})
    book = a_book(["Item", "Qty", "Gift wrap"], ["A-1", 5, "yes"])

    (order,) = spreadsheet.drafts_of(book, catalogue=own, words=words)

    assert order.lines[0].values["gift"] is True


# ---------------------------------------------------------------- ten thousand lines


def a_long_order(count):
    rows = [
        [f"SKU-{n % 500}", f"Heavy cotton tee number {n}", "Navy", n % 90 + 1, 6.85, None]
        for n in range(count)
    ]
    return Workbook("xlsx", (Sheet("Order", [HEAD, *rows]),))


@pytest.mark.slow
def test_ten_thousand_lines_take_time_in_proportion():
    spreadsheet.drafts_of(a_long_order(100))  # words are learned once

    def seconds(count):
        book, before = a_long_order(count), time.process_time()
        (order,) = spreadsheet.drafts_of(book)
        assert len(order.lines) == count
        return time.process_time() - before

    short, long = seconds(2_500), seconds(10_000)

    assert long < 15
    assert long < 4 * short * 2


@pytest.mark.slow
def test_ten_thousand_lines_come_through_the_reader():
    content = an_xlsx(HEAD, *[[f"A-{n}", "Cap", "Red", 2, 1.5, 3] for n in range(10_000)])

    (order,) = spreadsheet.read(Incoming("order.xlsx", content))

    assert len(order.lines) == 10_000
    assert order.problems == ()
    assert read_table_file(content, "").sheets[0].rows[10_000][0] == "A-9999"


def test_more_lines_than_an_order_can_have_are_refused(monkeypatch):
    monkeypatch.setattr("sync.tables.lines.MOST_LINES", 100)

    with pytest.raises(UnreadableError, match="more than 100 order lines: send it in parts"):
        spreadsheet.drafts_of(a_long_order(200))


def test_a_sheet_of_nothing_but_tables_is_refused():
    rows = [["Item", "Qty"], ["A-1", 1], ["Qty", "SKU"], [2, "A-2"]] * 150

    with pytest.raises(UnreadableError, match="more than 200 tables"):
        drafts(*rows)
