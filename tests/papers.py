"""What customers send: small order sheets as CSV or workbook, written for a test."""

import io
from datetime import timedelta

from openpyxl import Workbook

import clock

LINES = (("TEE-1", "Heavy cotton tee", 48, "6.50"), ("CAP-1", "Cap", 12, "9.00"))


def rows_of(*lines, po="4711", customer="Riverside AC", in_hands=None):
    """An order sheet as rows: a few labelled values, a heading row, lines."""
    day = in_hands or (clock.today() + timedelta(days=30)).isoformat()
    return [
        ["Purchase order", po],
        ["Customer", customer],
        ["In hands date", day],
        [],
        ["Item", "Description", "Quantity", "Unit price"],
        *[list(line) for line in (lines or LINES)],
    ]


def csv_of(*lines, **words):
    """The same as the bytes of a CSV file."""
    rows = rows_of(*lines, **words)
    return "\r\n".join(",".join(str(cell) for cell in row) for row in rows).encode()


def xlsx_of(*lines, sheet="Order", **words):
    """The same as the bytes of a workbook."""
    return workbook_of({sheet: rows_of(*lines, **words)})


def workbook_of(sheets):
    """A workbook with sheets of rows, as bytes."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    return bytes_of(book)


def bytes_of(book):
    """A workbook of openpyxl as bytes."""
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
