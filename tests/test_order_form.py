"""The form customers download: filled in, it comes back as it was meant, without a question."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from documents import order_form as form_module
from documents.order_form import FormProduct, order_form
from errors import UnreadableError
from sync.sources import Incoming, spreadsheet
from sync.tables import formmark
from workflow.fields import DESTINATION_FIELDS, Field, Kind, Level

pytestmark = pytest.mark.pure

PRODUCTS = [
    FormProduct("G5000", "Heavy cotton tee", ("Black", "Navy"), ("S", "M", "L")),
    FormProduct("MUG-11", "Enamel mug"),
]
OWN = [
    Field("event_code", "Event code", Level.ORDER, Kind.TEXT, custom=True),
    Field("gate", "Gate", Level.DESTINATION, Kind.WHOLE, custom=True),
    Field("gift", "Gift wrap", Level.LINE, Kind.YES_NO, custom=True),
    Field("box", "Box", Level.LINE, Kind.CHOICE, choices=("large, red", "small"), custom=True),
    Field("remark", "Notes", Level.LINE, Kind.TEXT, custom=True),
    Field("foil", "Foil", Level.DECORATION, Kind.TEXT, custom=True),
    Field("limit", "Credit limit", Level.CUSTOMER, Kind.MONEY, custom=True),
]


class FilledForm:
    """A person with the form before them: writes beside labels and below headings."""

    def __init__(self, content):
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.sheet = self.book["Order"]
        self.labels = {
            str(cell.value): cell
            for row in self.sheet.iter_rows(min_row=1, max_row=30)
            for cell in row
            if cell.value
        }
        self.head = self.labels["Item"].row

    def write(self, label, value):
        cell = self.labels[label]
        across = cell.column + (1 if cell.column == 1 else 3 if cell.column == 4 else 2)
        self.sheet.cell(cell.row, across).value = value

    def line(self, number, **values):
        for heading, value in values.items():
            column = self.labels[heading.replace("_", " ").replace(" two", " (2)")].column
            self.sheet.cell(self.head + number, column).value = value

    def read(self):
        saved = io.BytesIO()
        self.book.save(saved)
        return list(spreadsheet.read(Incoming("order.xlsx", saved.getvalue(), "ann@example.com")))


def test_a_filled_form_comes_back_as_it_was_meant():
    form = FilledForm(order_form("Northside Decorators", PRODUCTS))
    form.write("Your company", "Lakeside School")
    form.write("Your PO number", "000451")
    form.write("Order date", date(2026, 3, 9))
    form.write("In-hands date", date(2026, 4, 30))
    form.write("Date is firm", "yes")
    form.write("E-mail", "m.ortega@lakeside.example")
    form.write("Hand over by", "ship")
    form.write("Ship to name", "Lakeside School")
    form.write("Street address", "1200 Lake Road")
    form.write("Postal code", "01234")
    form.write("Payment terms", "Net 15")
    form.write("Order notes", "Deliver to the gym.")
    form.line(1, Item="G5000", Colour="Navy", S=12, M=24, XL=3, Unit="EA", Unit_price=6.85)
    form.line(1, Decoration_location="Back", Decoration_method="Screen print")
    form.line(1, Decoration_colours="White, PMS 186")
    form.line(2, Item="MUG-11", Description="Enamel mug", Quantity=60, Unit_price=5.1)
    form.line(2, Notes="names follow")

    (order,) = form.read()

    assert order.problems == ()
    assert order.customer == "Lakeside School"
    assert order.values == {
        "po_number": "000451",
        "order_date": date(2026, 3, 9),
        "in_hands_date": date(2026, 4, 30),
        "in_hands_firm": True,
        "order_contact_email": "m.ortega@lakeside.example",
        "payment_terms": "Net 15",
        "customer_notes": "Deliver to the gym.",
    }
    assert order.destinations == (
        {
            "fulfillment_type": "ship",
            "ship_to_name": "Lakeside School",
            "ship_to_address1": "1200 Lake Road",
            "ship_to_postal": "01234",
        },
    )
    shirts, mugs = order.lines
    assert shirts.sizes == (("S", Decimal(12)), ("M", Decimal(24)), ("XL", Decimal(3)))
    assert shirts.decorations[0].values == {
        "location": "Back",
        "method": "Screen print",
        "imprint_colors": ["White", "PMS 186"],
    }
    assert mugs.values == {
        "sku": "MUG-11",
        "description": "Enamel mug",
        "quantity": Decimal(60),
        "unit_price": Decimal("5.1"),
        "special_instructions": "names follow",
    }


def test_a_shops_own_fields_stand_on_the_form_and_come_back_typed():
    form = FilledForm(order_form("Northside", PRODUCTS, OWN))
    form.write("Event code", "FD-26")
    form.write("Gate", 4)
    form.line(1, Item="G5000", Quantity=5, Gift_wrap="no", Box="large, red", Notes_two="mine")
    form.line(1, Foil="gold")

    (order,) = form.read()

    assert order.problems == ()
    assert order.values["event_code"] == "FD-26"
    assert order.destinations[0]["gate"] == 4
    assert order.lines[0].values["gift"] is False
    assert order.lines[0].values["box"] == "large, red"
    assert order.lines[0].values["remark"] == "mine"
    assert order.lines[0].decorations[0].values == {"foil": "gold"}
    assert "Credit limit" not in form.labels


def test_every_field_of_the_form_can_be_filled_and_read():
    form = FilledForm(order_form("Northside", PRODUCTS))
    samples = {
        Kind.DATE: date(2026, 4, 1),
        Kind.YES_NO: "yes",
        Kind.QUANTITY: 7,
        Kind.PRICE: 1.25,
        Kind.EMAIL: "a@b.example",
    }
    described = form.book["Inhands"].iter_rows(min_row=3, max_col=6, values_only=True)
    for level, name, label, kind, choices, _custom in described:
        value = choices.split("|")[0] if choices else samples.get(Kind(kind), f"a {name}"[:40])
        value = "EUR" if name == "currency" else value
        if level in ("order", "destination"):
            form.write(label, value)
        else:
            form.line(1, **{label: value})

    (order,) = form.read()

    assert order.problems == ()
    assert order.customer == "a customer"
    assert order.values["currency"] == "EUR"
    assert len(order.values) == 12
    assert len(order.destinations[0]) == 11
    assert len(order.lines[0].values) == 7
    assert order.lines[0].schedule == () and order.values["in_hands_date"] == date(2026, 4, 1)


def test_an_empty_form_is_no_order():
    form = FilledForm(order_form("Northside", PRODUCTS))

    with pytest.raises(UnreadableError, match="no row below them says what is ordered"):
        form.read()


def test_the_form_is_known_by_its_hidden_sheet():
    book = openpyxl.load_workbook(io.BytesIO(order_form("Northside", PRODUCTS, OWN)))

    assert (form_module.MARK, form_module.VERSION) == (formmark.MARK, formmark.VERSION)
    assert form_module.DESCRIPTION_SHEET == formmark.SHEET
    assert book["Inhands"].sheet_state == "hidden"
    assert book.sheetnames[0] == "Order"


def test_the_form_helps_with_lists_notes_and_printing():
    sheet = openpyxl.load_workbook(io.BytesIO(order_form("Northside", PRODUCTS, OWN)))["Order"]

    lists = [check for check in sheet.data_validations.dataValidation if check.type == "list"]
    assert len(lists) >= 8
    assert all(check.formula1.count("!") == 1 for check in lists)
    noted = [cell for row in sheet.iter_rows(max_row=20) for cell in row if cell.comment]
    assert len(noted) > 30
    assert sheet.freeze_panes
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_no_text_on_the_form_is_a_formula():
    evil = '=HYPERLINK("http://evil.example")'
    own = [Field("evil", evil, Level.LINE, Kind.CHOICE, choices=("=1+1", "+2"), help=evil)]

    content = order_form(evil, [FormProduct("=1+1", "@SUM(A1)", ("-2",), ("+3",))], own)

    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        for row in sheet.iter_rows():
            assert [cell.value for cell in row if cell.data_type == "f"] == []
    assert book["Products"]["A2"].value == "=1+1"


def test_control_characters_and_many_products_do_no_harm():
    products = [FormProduct(f"A-{n}\x00\x1f", "x" * 5000) for n in range(2000)]

    book = openpyxl.load_workbook(io.BytesIO(order_form("North\x07side & Sons", products)))

    assert book["Products"].max_row == 2001
    assert book["Products"]["A2"].value == "A-0"
    assert book["Order"]["A1"].value == "Order form - Northside & Sons"


def test_the_labels_of_the_form_are_fields_of_the_catalogue():
    known = {field.name for field in DESTINATION_FIELDS}
    described = openpyxl.load_workbook(io.BytesIO(order_form("Northside", [])))["Inhands"]

    names = [
        row[1]
        for row in described.iter_rows(min_row=3, values_only=True)
        if row[0] == "destination"
    ]

    assert set(names) <= known
