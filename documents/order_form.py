"""The order form customers download: one sheet to fill in, drop-downs, a note on every field.

The form describes itself on a hidden sheet (label, field, kind), so that it is read back exactly,
a shop's own fields included, whatever is renamed later.  ``sync/tables/formmark.py`` reads it.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from workflow.fields import BUILT_IN_CATALOGUE, Field, Kind, Level

MARK, VERSION = "Inhands order form", 1
DESCRIPTION_SHEET, PRODUCT_SHEET = "Inhands", "Products"
LINE_ROWS = 100
SIZES = ("S", "M", "L", "XL", "2XL", "3XL")

_INK, _INK_2, _BRAND, _SOFT, _LINE = "1A2230", "51607A", "1F5EFF", "E8EFFF", "C9D2E0"
_FIELD = PatternFill("solid", fgColor="FFFFFF")
_HEAD = PatternFill("solid", fgColor=_SOFT)
_SIDE = Side(style="thin", color=_LINE)
_EDGE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_LIST_COLUMN = 8  # on the hidden sheet, right of the description of the fields
_PAIRS = ((1, 2, 2), (4, 7, 10), (12, 14, 16))  # label column, first and last value column
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.QUANTITY: "0.###", Kind.PRICE: "0.00####"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class FormProduct:
    """A product the customer may choose from."""

    sku: str
    description: str = ""
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """One field on the form: where it goes, what its note says."""

    field: Field
    note: str

    @property
    def label(self) -> str:
        return self.field.label


_HEADER = (
    (Level.ORDER, "customer", "Your company", "The company the order and its invoice are for."),
    (Level.ORDER, "po_number", "Your PO number", "Your own number for this order."),
    (Level.ORDER, "order_date", "Order date", "As 2026-03-14."),
    (Level.ORDER, "in_hands_date", "In-hands date", "When you need the goods in your hands."),
    (Level.ORDER, "in_hands_firm", "Date is firm", "Yes if the goods are of no use later."),
    (Level.ORDER, "order_contact_name", "Contact name", "Whom we ask about this order."),
    (Level.ORDER, "order_contact_phone", "Phone", "With the country code."),
    (Level.ORDER, "order_contact_email", "E-mail", "Where the confirmation goes."),
    (Level.DESTINATION, "fulfillment_type", "Hand over by", "Ship it, you pick it up, …"),
    (Level.DESTINATION, "ship_to_name", "Ship to name", "Who receives the goods."),
    (Level.DESTINATION, "ship_to_company", "Ship to company", "Where it is another company."),
    (Level.DESTINATION, "ship_to_attention", "Attention", "Name on the parcel."),
    (Level.DESTINATION, "ship_to_address1", "Street address", "Street and number."),
    (Level.DESTINATION, "ship_to_address2", "Address line 2", "Suite, floor, gate."),
    (Level.DESTINATION, "ship_to_city", "City", ""),
    (Level.DESTINATION, "ship_to_region", "State or region", ""),
    (Level.DESTINATION, "ship_to_postal", "Postal code", ""),
    (Level.DESTINATION, "ship_to_country", "Country", "Two letters, such as US or DE."),
    (Level.DESTINATION, "carrier", "Ship via", "Your carrier, if it matters."),
    (Level.ORDER, "currency", "Currency", "Three letters, such as USD or EUR."),
    (Level.ORDER, "payment_terms", "Payment terms", "As agreed with us."),
    (Level.ORDER, "project_name", "Project or event", "What the goods are for."),
    (Level.ORDER, "proof_required", "Proof first", "Yes if we may only produce after a proof."),
    (Level.ORDER, "customer_notes", "Order notes", "Anything else about this order."),
)
_LINES_LEFT = (
    (Level.LINE, "sku", "Item", "Our item number; choose it from the list or type it."),
    (Level.LINE, "description", "Description", "What it is, if the item number is not enough."),
    (Level.LINE, "color", "Colour", "Colour of the article."),
)
_LINES_RIGHT = (
    (Level.LINE, "quantity", "Quantity", "How many in all; not needed beside sizes."),
    (Level.LINE, "uom", "Unit", "EA pieces, DZ dozens, PR pairs, …"),
    (Level.LINE, "unit_price", "Unit price", "As quoted, for one unit."),
    (Level.LINE, "due_date", "Line in-hands date", "Only where it differs from the order's."),
    (Level.DECORATION, "location", "Decoration location", "Where: left chest, back, lid …"),
    (Level.DECORATION, "method", "Decoration method", "How: screen print, embroidery, laser …"),
    (Level.DECORATION, "imprint_colors", "Decoration colours", "With commas: White, PMS 186."),
    (Level.LINE, "special_instructions", "Notes", "Anything else about this line."),
)
_METHODS = (
    "Screen print",
    "Embroidery",
    "DTG",
    "Heat transfer",
    "Laser",
    "Pad print",
    "Sublimation",
)
_ROLES = {"customer": Kind.TEXT, "due_date": Kind.DATE}  # no fields of the catalogue


def order_form(
    shop_name: str, products: Iterable[FormProduct], custom_fields: Sequence[Field] = ()
) -> bytes:
    """Build the form as an .xlsx file.

    Args:
        shop_name: stands in the title and on the printed page.
        products: what the item list offers.
        custom_fields: the shop's own fields; those of orders, destinations, lines and decorations
            get a place on the form.
    """
    return _Form(shop_name, list(products), custom_fields).build()


class _Form:
    def __init__(
        self, shop_name: str, products: list[FormProduct], custom_fields: Sequence[Field]
    ) -> None:
        self.shop_name, self.products = _printable(shop_name), products
        self.taken: set[str] = set(SIZES)
        own = [field for field in custom_fields if field.level in _PLACES]
        self.header = [self._entry(*row) for row in _HEADER]
        self.header += [self._own(f) for f in own if _PLACES[f.level] == "header"]
        self.left = [self._entry(*row) for row in _LINES_LEFT]
        self.right = [self._entry(*row) for row in _LINES_RIGHT]
        self.right += [self._own(f) for f in own if _PLACES[f.level] == "line"]
        self.book = Workbook()
        self.sheet = self.book.worksheets[0]
        self.sheet.title = "Order"
        self.hidden = self.book.create_sheet(DESCRIPTION_SHEET)
        self.lists = 0

    def build(self) -> bytes:
        if self.products:
            self._list_products(self.book.create_sheet(PRODUCT_SHEET))
        self._describe()
        bottom = self._fill_header()
        self._lay_out_lines(bottom + 2)
        self._set_up_page(bottom + 2)
        self.hidden.sheet_state = "hidden"
        saved = io.BytesIO()
        self.book.save(saved)
        return saved.getvalue()

    def _entry(self, level: Level, name: str, label: str, note: str) -> _Entry:
        known = BUILT_IN_CATALOGUE.get(level, name)
        kind = known.kind if known else _ROLES[name]
        choices = known.choices if known else ()
        self.taken.add(label)
        return _Entry(Field(name, label, level, kind, choices=choices), note)

    def _own(self, field: Field) -> _Entry:
        """A shop's own field; its label is made different from those that stand there."""
        label, count = _printable(field.label)[:60], 1
        while label in self.taken:
            count += 1
            label = f"{_printable(field.label)[:60]} ({count})"
        self.taken.add(label)
        named = Field(
            field.name, label, field.level, field.kind, choices=field.choices, custom=True
        )
        return _Entry(named, field.help or f"{field.label}.")

    def _describe(self) -> None:
        """Write the sheet the form is known by and read with."""
        rows: list[tuple[str | int, ...]] = [
            (MARK, VERSION),
            ("level", "field", "label", "kind", "choices", "custom"),
        ]
        for entry in (*self.header, *self.left, *self.right):
            field = entry.field
            choices = "|".join(_printable(choice) for choice in field.choices)
            custom = "yes" if field.custom else ""
            rows.append(
                (field.level.value, field.name, field.label, field.kind.value, choices, custom)
            )
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values, start=1):
                _write(self.hidden, row, column, value)

    def _list_products(self, sheet: Worksheet) -> None:
        """Write the products to choose from, for people and for the item list."""
        for column, (heading, width) in enumerate(
            (("Item", 18), ("Description", 48), ("Colours", 40), ("Sizes", 28)), start=1
        ):
            _style_heading(_write(sheet, 1, column, heading))
            sheet.column_dimensions[get_column_letter(column)].width = width
        for row, product in enumerate(self.products, start=2):
            _write(sheet, row, 1, product.sku).number_format = "@"
            _write(sheet, row, 2, product.description)
            _write(sheet, row, 3, ", ".join(product.colors))
            _write(sheet, row, 4, ", ".join(product.sizes))
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:D{len(self.products) + 1}"

    def _fill_header(self) -> int:
        """Write title and header fields; returns the last row they use."""
        title = _write(self.sheet, 1, 1, f"Order form - {self.shop_name}")
        title.font = Font(name="Calibri", size=18, bold=True, color=_INK)
        said = "Fill in the framed cells, one row for each article and colour, and send this file."
        _write(self.sheet, 2, 1, said).font = Font(name="Calibri", size=11, color=_INK_2)
        self.sheet.row_dimensions[1].height = 28
        per_column = -(-len(self.header) // len(_PAIRS))
        for at, entry in enumerate(self.header):
            pair, row = _PAIRS[at // per_column], 4 + at % per_column
            label = _write(self.sheet, row, pair[0], entry.label)
            label.font = Font(name="Calibri", size=10, color=_INK_2)
            label.comment = _comment(entry)
            if pair[2] > pair[1]:
                self.sheet.merge_cells(
                    start_row=row, end_row=row, start_column=pair[1], end_column=pair[2]
                )
            for column in range(pair[1], pair[2] + 1):
                blank = self.sheet.cell(row, column)
                blank.fill, blank.border = _FIELD, _EDGE
            self._prepare(entry, row, row, pair[1])
            if entry.field.kind is Kind.LONG:
                self.sheet.row_dimensions[row].height = 48
        return 3 + per_column

    def _lay_out_lines(self, top: int) -> None:
        """Write the headings of the table and prepare its rows."""
        headings: list[_Entry | str] = [*self.left, *SIZES, *self.right]
        last = top + LINE_ROWS
        for column, entry in enumerate(headings, start=1):
            cell = _write(self.sheet, top, column, entry if isinstance(entry, str) else entry.label)
            _style_heading(cell)
            if isinstance(entry, str):
                cell.comment = Comment(f"How many of size {entry}.", self.shop_name)
                self._restrict("decimal", top + 1, last, column)
            else:
                cell.comment = _comment(entry)
                self._prepare(entry, top + 1, last, column)
            for row in range(top + 1, last + 1):
                self.sheet.cell(row, column).border = _EDGE
        self.sheet.row_dimensions[top].height = 32
        self.sheet.freeze_panes = f"B{top + 1}"

    def _prepare(self, entry: _Entry, first: int, last: int, column: int) -> None:
        """Give the cells of a field their format, drop-down and check."""
        field = entry.field
        for row in range(first, last + 1):
            cell = self.sheet.cell(row, column)
            cell.number_format = _FORMATS.get(field.kind, "@")
            cell.protection = Protection(locked=False)
            cell.alignment = Alignment(vertical="top", wrap_text=field.kind is Kind.LONG)
        choices = _choices(field)
        if field.name == "sku" and self.products:
            reference = f"{PRODUCT_SHEET}!$A$2:$A${len(self.products) + 1}"
            self._offer(reference, first, last, column, strict=False)
        elif choices:
            strict = field.name != "method"
            self._offer(self._list(choices), first, last, column, strict=strict)
        elif field.kind in (Kind.DATE, Kind.QUANTITY, Kind.PRICE):
            kind = "date" if field.kind is Kind.DATE else "decimal"
            self._restrict(kind, first, last, column)

    def _list(self, choices: Sequence[str]) -> str:
        """Put choices onto the hidden sheet; returns where they stand."""
        column = _LIST_COLUMN + self.lists
        self.lists += 1
        for row, choice in enumerate(choices, start=1):
            _write(self.hidden, row, column, choice)
        letter = get_column_letter(column)
        return f"{DESCRIPTION_SHEET}!${letter}$1:${letter}${len(choices)}"

    def _offer(self, reference: str, first: int, last: int, column: int, *, strict: bool) -> None:
        check = DataValidation(type="list", formula1=reference, allow_blank=True)
        check.showErrorMessage = strict
        check.error = "Please choose one of the list."
        self._add(check, first, last, column)

    def _restrict(self, kind: str, first: int, last: int, column: int) -> None:
        check = DataValidation(
            type="date" if kind == "date" else "decimal",
            operator="greaterThanOrEqual",
            formula1="36526" if kind == "date" else "0",  # 2000-01-01
            allow_blank=True,
        )
        said = "a date, such as 2026-03-14" if kind == "date" else "a number, 0 or more"
        check.showErrorMessage = True
        check.error = f"Please enter {said}."
        self._add(check, first, last, column)

    def _add(self, check: DataValidation, first: int, last: int, column: int) -> None:
        letter = get_column_letter(column)
        check.add(f"{letter}{first}:{letter}{last}")
        self.sheet.add_data_validation(check)

    def _set_up_page(self, top: int) -> None:
        """Set widths, printing and the calm background."""
        widths = [18, 34, 16, *[7] * len(SIZES), 10, 9, 11, 14, 20, 18, 22, 30]
        count = len(self.left) + len(SIZES) + len(self.right)
        for column in range(1, count + 1):
            width = widths[column - 1] if column <= len(widths) else 18
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self.sheet.sheet_view.showGridLines = False
        self.sheet.sheet_properties.tabColor = _BRAND
        page = self.sheet.page_setup
        page.orientation, page.fitToWidth, page.fitToHeight = "landscape", 1, 0
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.sheet.print_title_rows = f"{top}:{top}"
        self.sheet.print_options.horizontalCentered = True
        footer = self.sheet.oddFooter
        if footer is not None and footer.left is not None and footer.right is not None:
            footer.left.text = self.shop_name.replace("&", "&&")  # one "&" begins a code there
            footer.right.text = "Page &P of &N"


_PLACES = {
    Level.ORDER: "header",
    Level.DESTINATION: "header",
    Level.LINE: "line",
    Level.DECORATION: "line",
}


def _choices(field: Field) -> tuple[str, ...]:
    if field.kind is Kind.YES_NO:
        return ("yes", "no")
    return _METHODS if field.name == "method" else field.choices


def _write(sheet: Worksheet, row: int, column: int, value: str | int | None) -> Cell:
    """Write a value; a text stays a text and never becomes a formula."""
    cell = sheet.cell(row, column)
    cell.value = _printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    return cast(Cell, cell)  # nothing is written into the inside of a merged range


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:1000]


def _style_heading(cell: Cell) -> None:
    cell.font = Font(name="Calibri", size=10, bold=True, color=_INK)
    cell.fill, cell.border = _HEAD, _EDGE
    cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)


def _comment(entry: _Entry) -> Comment | None:
    if not entry.note:
        return None
    comment = Comment(_printable(entry.note)[:200], "Order form")
    comment.width, comment.height = 260, 70
    return comment
