"""A customer's file as tables for the screen: what is marked, what is cut."""

import pytest

from admin.sheet_preview import MOST_ROWS, preview
from sync.readers.tables import Sheet, Workbook

pytestmark = pytest.mark.pure


def a_book(*sheets):
    return Workbook("xlsx", sheets)


ORDER = Sheet("Order", [["PO", 4711.0], ["Item", "Qty"], ["TEE", "a dozen"]])


@pytest.mark.parametrize(
    ("address", "cell"),
    [
        ("sheet Order, cell B3", "B3"),
        ("sheet Order, cell B1: '4711'", "B1"),
        ("sheet Elsewhere, cell B3", None),
        ("customer", None),
    ],
)
def test_a_cell_carries_the_sentences_of_its_address(address, cell):
    page = preview(a_book(ORDER), [(address, "wrong"), (address, "very wrong")])[0]

    marked = [c.address for row in page.rows for c in row.cells if c.problems]
    assert marked == ([cell] if cell else [])
    assert all(
        c.problems == ("wrong", "very wrong") for r in page.rows for c in r.cells if c.problems
    )


def test_a_row_carries_the_sentences_of_the_whole_row():
    page = preview(a_book(ORDER), [("sheet Order, row 3", "unknown item")])[0]

    assert [row.problems for row in page.rows] == [(), (), ("unknown item",)]


def test_a_file_without_sheets_has_plain_addresses():
    page = preview(a_book(Sheet("", ORDER.rows)), [("cell B3", "wrong"), ("row 2", "odd")])[0]

    assert page.rows[2].cells[1].problems == ("wrong",)
    assert page.rows[1].problems == ("odd",)


def test_a_sheet_named_like_an_address_is_still_found():
    name = "May, cell A1"

    page = preview(a_book(Sheet(name, ORDER.rows)), [(f"sheet {name}, cell B3", "wrong")])[0]

    assert page.rows[2].cells[1].problems == ("wrong",)


def test_hidden_and_empty_sheets_are_not_shown():
    book = a_book(Sheet("Lists", [["x"]], hidden=True), Sheet("Empty", []), ORDER)

    assert [page.name for page in preview(book, [])] == ["Order"]


def test_what_is_cut_is_counted():
    large = Sheet("Order", [[f"{n}"] * 50 for n in range(MOST_ROWS + 5)])

    page = preview(a_book(large, *[ORDER] * 20), [])[0]

    assert (len(page.rows), page.more_rows, page.more_columns) == (MOST_ROWS, 5, 10)
    assert page.letters[-1] == "AN"
    assert len(preview(a_book(*[ORDER] * 20), [])) == 10


def test_a_very_long_text_is_cut():
    page = preview(a_book(Sheet("A", [["x" * 5_000]])), [])[0]

    assert len(page.rows[0].cells[0].text) == 200
