"""Documents that reached the demo shop lately: read, unclear, twice the same, not for us, new."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from openpyxl import Workbook

import clock
from demo import cast
from demo.desk import Desk
from models import Customer, IncomingFile, Product
from sync import intake

_HEAD = ("Item", "Description", "Color", "Size", "Qty", "Price")
#: A page of a document that no program here can read: it needs a person.
_SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def bring(desk: Desk) -> None:
    """Let the documents arrive, and handle all but the last one."""
    sales = desk.who(cast.SALES[0])
    club, brewery, school, hotel = (_customer(name) for name in _SENDERS)
    order = _workbook(
        club, "PO-55102", [("TE-110", "Black", "L", 48), ("TE-110", "Black", "M", 36)]
    )
    unclear = _csv(
        brewery, "4500077", [("DR-130", "Silver", "", "2 dozen"), ("BA-990", "", "", 40)]
    )

    def arrives(name: str, content: bytes, sender: str, minutes_ago: int) -> IncomingFile:
        with clock.frozen(desk.ago(minutes_ago)):
            return intake.receive("upload", name, content, actor=sales, sender=sender)

    def is_read(found: IncomingFile, minutes_ago: int) -> None:
        with clock.frozen(desk.ago(minutes_ago)):
            intake.read_file(found.id, sales)

    is_read(arrives("Riverside spring order.xlsx", order, club.email, 700), 695)
    is_read(arrives("order_4500077.csv", unclear, brewery.email, 400), 396)
    arrives("Riverside spring order (1).xlsx", order, club.email, 380)
    is_read(arrives("scan_0042.pdf", _SCAN, hotel.email, 200), 198)
    poster = arrives("trade fair offer.pdf", _SCAN + b"%2", "fair@exhibit.example", 150)
    with clock.frozen(desk.ago(140)):
        intake.reject(poster.id, "An advertisement, not an order", sales)
    fresh = _workbook(school, "KR-2207", [("FL-220", "Navy", "M", 30), ("FL-220", "Navy", "L", 24)])
    arrives("Kestrel Ridge hoodies.xlsx", fresh, school.email, 5)


_SENDERS = (
    "Riverside Athletic Club", "Blue Heron Brewing Co.", "Kestrel Ridge High School",
    "Harborlight Hotel",
)  # fmt: skip


def _customer(name: str) -> Customer:
    found: Customer = Customer.get(Customer.name == name)
    return found


def _table(customer: Customer, number: str, lines: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    due = clock.today() + timedelta(days=24)
    names = {product.sku: product.name for product in Product.select()}
    prices = {product.sku: product.price for product in Product.select()}
    rows: list[list[Any]] = [
        ["Customer", customer.name],
        ["PO number", number],
        ["In hands date", due.isoformat()],
        [],
        list(_HEAD),
    ]
    for sku, color, size, quantity in lines:
        price = prices.get(sku)
        shown = None if price is None else float(price + 2)
        rows.append([sku, names.get(sku, "Tote, the large one"), color, size, quantity, shown])
    return rows


def _workbook(customer: Customer, number: str, lines: Sequence[tuple[Any, ...]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Order"
    for row in _table(customer, number, lines):
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _csv(customer: Customer, number: str, lines: Sequence[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(_table(customer, number, lines))
    return text.getvalue().encode()
