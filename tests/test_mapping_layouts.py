"""Layouts somebody said: transforms, JSON, fingerprints, placing in other files, reading."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from errors import InvalidError
from sync import learned, snapshots
from sync.readers.headings import load
from sync.readers.tables import Fault, Merge, Sheet, Workbook
from sync.tables import firstguess, placing
from sync.tables.layout_json import from_json, to_json
from sync.tables.layouts import (
    CellRule,
    ColumnRule,
    Constant,
    Layout,
    Units,
    Use,
    column_of,
    fingerprint,
    letters,
    place_of,
)
from sync.tables.placing import Verdict
from sync.tables.transforms import Step, change, pairs_in, why_not
from tests.odd_files import HEAD, LINES, moved_rows, odd_book, odd_layout, odd_rows
from workflow.fields import BUILT_IN_CATALOGUE as CATALOGUE

pytestmark = pytest.mark.pure


def lines_of(reading):
    return [
        (line.values.get("sku"), line.values.get("color"), line.quantity)
        for draft in reading.drafts
        for line in draft.lines
    ]


def read_here(layout, book):
    return learned.read_here(layout, book, "", CATALOGUE)


# ---------------------------------------------------------------- steps


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("  a   b ", Step("trim"), "a b"),
        ("abc", Step("upper"), "ABC"),
        ("ABC", Step("lower"), "abc"),
        ("TEE-1 - Heavy - tee", Step("before", " - "), "TEE-1"),
        ("TEE-1 - Heavy - tee", Step("after", " - "), "Heavy - tee"),
        ("TEE-1 - Heavy - tee", Step("after_last", " - "), "tee"),
        ("code\nwords", Step("before", "\\n"), "code"),
        ("a/b/c", Step("part", "/", "2"), "b"),
        ("a/b/c", Step("part", "/", "9"), ""),
        ("12345678", Step("first", "3"), "123"),
        ("no. 12/34", Step("digits"), "1234"),
        ("Qty 12 pcs", Step("remove", "pcs"), "Qty 12"),
        ("blk tee", Step("replace", "blk", "Black"), "Black tee"),
        ("100", Step("add_before", "AC-"), "AC-100"),
        ("100", Step("add_after", "/A"), "100/A"),
        ("1.234,5", Step("decimal", ","), 1234.5),
        ("03.04.2026", Step("date", "dmy"), date(2026, 4, 3)),
        ("03/04/2026", Step("date", "mdy"), date(2026, 3, 4)),
        (2, Step("multiply", "12"), 24),
        ("30", Step("divide", "12"), 2.5),
        ("BLK", Step("lookup", "keep", "", (("blk", "Black"),)), "Black"),
        ("red", Step("lookup", "keep", "", (("blk", "Black"),)), "red"),
        ("", Step("default", "EA"), "EA"),
        (None, Step("fill_down"), "above"),
    ],
)
def test_a_step_changes_the_text_of_a_cell(value, step, expected):
    assert change(value, (step,), "above") == (expected, "")


@pytest.mark.parametrize(
    ("value", "step", "said"),
    [
        ("red", Step("lookup", "ask", "", (("blk", "Black"),)), "'red' is not in the look-up"),
        ("a dozen", Step("multiply", "12"), "a dozen"),
        ("soon", Step("date", "dmy"), "soon"),
    ],
)
def test_a_step_that_cannot_be_done_leaves_the_text_and_says_so(value, step, said):
    kept, wrong = change(value, (step,))

    assert kept == value
    assert said in wrong


def test_a_cell_that_holds_a_fault_stays_one():
    fault = Fault("#REF!")

    assert change(fault, (Step("upper"), Step("default", "x"))) == (fault, "")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("eval", "1+1"), "there is no step 'eval'"),
        (Step("before"), "separator"),
        (Step("part", "/", "0"), "whole number"),
        (Step("decimal", ";"), "decimal sign"),
        (Step("date", "ydm"), "order of a day"),
        (Step("multiply", "0"), "no number above 0"),
        (Step("divide", "twelve"), "no number above 0"),
        (Step("lookup", "ask"), "at least one line"),
        (Step("replace", "x" * 300), "at most"),
    ],
)
def test_a_step_that_makes_no_sense_says_why(step, said):
    assert said in why_not(step)


def test_a_look_up_table_is_typed_one_word_a_line():
    assert pairs_in("blk = Black\n\n = x\nnvy=Navy\nrest") == (("blk", "Black"), ("nvy", "Navy"))


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("column", [0, 25, 26, 701, 702, 16_383])
def test_columns_are_letters_and_back(column):
    assert column_of(letters(column)) == column
    assert place_of(f"{letters(column)}7") == (6, column)


def test_a_layout_goes_through_json_and_comes_back_the_same():
    layout = odd_layout()

    assert from_json(json.loads(json.dumps(to_json(layout))), CATALOGUE) == layout


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda d: d.update(format=2), "format"),
        (lambda d: d.update(headings=[5]), "headings"),
        (lambda d: d.update(headings=[9, 3]), "headings"),
        (lambda d: d.update(columns={}), "columns"),
        (lambda d: d["columns"][0].update(column="7"), "columns[0].column"),
        (lambda d: d["columns"][1].update(column="A"), "columns[1].column"),
        (lambda d: d["columns"][2]["uses"][0].update(field="colr"), "columns[2].uses[0].field"),
        (lambda d: d["columns"][2]["uses"][0].update(level="job"), "columns[2].uses[0].field"),
        (
            lambda d: d["columns"][0]["uses"][0]["steps"][0].update(do="exec"),
            "columns[0].uses[0].steps[0]",
        ),
        (lambda d: d["cells"][0].update(cell="14"), "cells[0].cell"),
        (lambda d: d["cells"][0].update(right="x"), "cells[0].right"),
        (lambda d: d["constants"][1].update(value="a lorry"), "constants[1]"),
        (lambda d: d["units"].update(each="many"), "units"),
        (lambda d: d["lines"].update(skip=-1), "lines.skip"),
        (lambda d: d.update(decimal=";"), "decimal"),
        (lambda d: d.update(sheet=["x"]), "sheet"),
    ],
)
def test_what_is_wrong_in_a_definition_is_said_with_its_place(spoil, place):
    definition = to_json(odd_layout())
    spoil(definition)

    with pytest.raises(InvalidError) as refusal:
        from_json(definition, CATALOGUE)

    assert place in refusal.value.problems


@pytest.mark.parametrize("rubbish", [None, [], "x", 7, {"columns": [None]}, {"cells": "x"}])
def test_rubbish_is_no_definition(rubbish):
    with pytest.raises(InvalidError):
        from_json(rubbish, CATALOGUE)


# ---------------------------------------------------------------- fingerprints and places


def test_the_fingerprint_is_the_same_wherever_the_columns_stand():
    moved = tuple(replace(rule, index=9 - rule.index) for rule in odd_layout().columns)

    assert fingerprint(odd_layout()) == fingerprint(replace(odd_layout(), columns=moved))


def test_sizes_and_days_are_no_part_of_the_fingerprint():
    plain = Layout(0, 0, (ColumnRule(0, "Style"), ColumnRule(1, "S"), ColumnRule(2, "M")))
    more = replace(
        plain, columns=(*plain.columns, ColumnRule(3, "3XL"), ColumnRule(4, "2026-04-01"))
    )
    other = replace(plain, columns=(*plain.columns, ColumnRule(3, "Price")))

    assert fingerprint(plain) == fingerprint(more) != fingerprint(other)


def placed(rows, layout=None):
    return placing.place(layout or odd_layout(), Sheet("x", rows), load())


def test_moved_and_lightly_renamed_columns_are_found_for_sure():
    found = placed(moved_rows())

    meanings = {rule.index: [use.field for use in rule.uses] for rule in found.layout.columns}
    assert found.verdict is Verdict.SURE
    assert meanings == {
        0: ["color"], 1: ["unit_price"], 2: ["sku", "description"], 3: ["quantity"], 4: [""],
    }  # fmt: skip
    assert "'Kisten' moved from column C to D" in found.differences


def test_a_cell_is_found_by_its_label_wherever_that_stands():
    rows = [["x", "", "Bestell-Ref.", "H-9"], ["y"], *odd_rows()[2:]]

    found = placed(rows)

    assert (found.layout.cells[0].row, found.layout.cells[0].column) == (0, 3)


def test_a_column_that_is_new_and_says_something_of_the_line_is_a_doubt():
    rows = odd_rows(head=[*HEAD[:4], "Größe"])

    found = placed(rows)

    assert found.verdict is Verdict.DOUBTFUL
    assert "column 'Größe' is new" in found.differences


def test_a_missing_column_is_a_doubt():
    rows = odd_rows(head=["Artikelbez.", "Farbe", "Kisten", "", ""])

    found = placed(rows)

    assert found.verdict is Verdict.DOUBTFUL
    assert found.differences == ("column 'VK' is missing",)


def test_another_table_is_not_taken_for_the_layout():
    rows = [["Date", "Hours", "Rate", "Name"], ["2026-01-01", 8, 20, "Sue"]]

    assert placed(rows).verdict is Verdict.NONE


def test_many_new_names_at_once_are_a_doubt():
    head = ["Artikelbezn.", "Farben", "Kiste", "VK", "intern"]

    assert placed(odd_rows(head=head)).verdict is Verdict.DOUBTFUL


def test_a_number_in_a_heading_tells_two_columns_apart():
    columns = (
        ColumnRule(0, "Item", (Use("line", "sku"),)),
        ColumnRule(1, "Qty", (Use("line", "quantity"),)),
        ColumnRule(2, "Location 1", (Use("decoration", "location", "1"),)),
    )

    found = placed([["Item", "Qty", "Location 2"], ["A", 1, "x"]], Layout(0, 0, columns))

    assert found.verdict is Verdict.DOUBTFUL


def test_headings_that_mean_the_same_in_another_language_are_alike():
    columns = (
        ColumnRule(0, "Item code", (Use("line", "sku"),)),
        ColumnRule(1, "Colour of it all", (Use("line", "color"),)),
        ColumnRule(2, "Qty", (Use("line", "quantity"),)),
    )

    found = placed(
        [["Menge", "Item code", "Colour of it all"], [1, "A", "x"]], Layout(0, 0, columns)
    )

    assert found.verdict is Verdict.SURE
    assert "'Qty' is called 'Menge' here" in found.differences


def test_a_size_that_was_not_there_before_is_read_as_a_size():
    columns = (
        ColumnRule(0, "Style", (Use("line", "sku"),)),
        ColumnRule(1, "S", (Use("size", "size", "S"),)),
        ColumnRule(2, "M", (Use("size", "size", "M"),)),
    )
    book = Workbook("xlsx", (Sheet("a", [["Style", "M", "3XL"], ["TEE", 5, 7]]),))

    reading = learned.read(Layout(0, 0, columns, sheet="a"), book, "", CATALOGUE)

    assert reading.verdict is Verdict.SURE
    assert reading.drafts[0].lines[0].sizes == (("M", Decimal(5)), ("3XL", Decimal(7)))


def test_the_days_of_another_month_are_read_as_deliveries():
    columns = (
        ColumnRule(0, "Item", (Use("line", "sku"),)),
        ColumnRule(1, "2026-04-01", (Use("date", "date", "2026-04-01"),)),
        ColumnRule(2, "Note", (Use("line", "special_instructions"),)),
    )
    head = ["Item", date(2026, 5, 4), date(2026, 5, 11), "Note"]
    book = Workbook("xlsx", (Sheet("a", [head, ["TEE", 5, 7, "n"]]),))

    reading = learned.read(Layout(0, 0, columns, sheet="a"), book, "", CATALOGUE)

    schedule = reading.drafts[0].lines[0].schedule
    assert [(row.quantity, row.date) for row in schedule] == [
        (5, date(2026, 5, 4)), (7, date(2026, 5, 11)),
    ]  # fmt: skip


# ---------------------------------------------------------------- reading


def test_the_odd_sheet_becomes_the_order_somebody_said():
    reading = read_here(odd_layout(), odd_book())

    draft = reading.drafts[0]
    assert lines_of(reading) == [
        ("TEE-1", "Black", 24),
        ("CAP-1", "Navy", 12),
        ("POLO", "Black", 36),
    ]
    assert [line.values["unit_price"] for line in draft.lines] == [Decimal("2.5"), 2, 4]
    assert [line.address for line in draft.lines] == [
        f"sheet Bestellung, row {n}" for n in (5, 6, 8)
    ]
    assert draft.po_number == "H-77/26"
    assert draft.values["in_hands_date"] == date(2026, 12, 24)
    assert draft.destinations[0]["carrier"] == "UPS"
    assert draft.problems == ()


def test_a_moved_file_reads_as_the_first_one_but_for_its_places():
    first = snapshots.snapshot(read_here(odd_layout(), odd_book()).drafts)

    book = odd_book(moved_rows(), name="Neue Bestellung")
    reading = learned.read(odd_layout(), book, "", CATALOGUE)

    assert reading.verdict is Verdict.SURE
    moved = snapshots.snapshot(reading.drafts)
    for line in (*first[0]["lines"], *moved[0]["lines"]):
        line["address"] = ""
    assert moved[0]["lines"] == first[0]["lines"]
    assert moved[0]["values"] == first[0]["values"]


def test_a_problem_of_a_split_column_names_the_cell_the_customer_sees():
    layout = odd_layout()
    lookup = Step("lookup", "ask", "", (("Heavy tee", "x"), ("Polo", "y")))
    uses = layout.columns[0].uses
    spoiled = replace(uses[1], steps=(*uses[1].steps, lookup))
    layout = layout.with_column(replace(layout.columns[0], uses=(uses[0], spoiled)))

    draft = read_here(layout, odd_book()).drafts[0]

    assert [(p.address, p.field) for p in draft.problems] == [
        ("sheet Bestellung, cell A6", "description")
    ]


def test_a_word_that_is_not_in_the_table_is_a_problem_with_its_address():
    rows = odd_rows(lines=[["TEE-1 - Tee", "purple", 2, "30,00", ""], *LINES])

    draft = read_here(odd_layout(), odd_book(rows)).drafts[0]

    assert [(p.address, p.found) for p in draft.problems] == [
        ("sheet Bestellung, cell C10", "72"),  # the sum, which knows nothing of the new line
        ("sheet Bestellung, cell B5", "purple"),
    ]


def test_units_go_by_the_word_in_their_column():
    columns = (
        ColumnRule(0, "Item", (Use("line", "sku"),)),
        ColumnRule(1, "Qty", (Use("line", "quantity"),)),
        ColumnRule(2, "VE", (Use("line", "uom"),)),
        ColumnRule(3, "Price", (Use("line", "unit_price"),)),
    )
    units = Units("", (("gros", "144"), ("Stk", "1")))
    rows = [["Item", "Qty", "VE", "Price"], ["A", 2, "Gros", 144], ["B", 5, "Stk", 3]]
    book = Workbook("xlsx", (Sheet("a", rows),))

    drafts = read_here(Layout(0, 0, columns, sheet="a", units=units), book).drafts

    found = [(x.quantity, x.values["unit_price"], x.values["uom"]) for x in drafts[0].lines]
    assert found == [(288, 1, "EA"), (5, 3, "EA")]


def test_lines_begin_and_end_where_somebody_said():
    columns = (
        ColumnRule(0, "Item", (Use("line", "sku"),)),
        ColumnRule(1, "Qty", (Use("line", "quantity"),)),
    )
    rows = [["Item", "Qty"], ["EXAMPLE", 99], ["A1", 1], ["B2", 2], ["Competitor", ""], ["C3", 3]]
    book = Workbook("xlsx", (Sheet("a", rows),))
    layout = Layout(0, 0, columns, sheet="a", skip=1)

    stopped = read_here(replace(layout, stop="competitor"), book)
    counted = read_here(replace(layout, most=1), book)

    assert [x[0] for x in lines_of(stopped)] == ["A1", "B2"]
    assert [x[0] for x in lines_of(counted)] == ["A1"]


def test_another_table_below_is_left_alone():
    columns = (
        ColumnRule(0, "Was", (Use("line", "sku"),)),
        ColumnRule(1, "Wieviel", (Use("line", "quantity"),)),
    )
    rows = [["Was", "Wieviel", ""], ["A1", 1, ""], ["Item", "Description", "Qty"], ["B2", "Cap", 2]]
    book = Workbook("xlsx", (Sheet("a", rows),))

    assert lines_of(read_here(Layout(0, 0, columns, sheet="a"), book)) == [("A1", None, 1)]


def test_headings_that_are_repeated_are_no_lines_and_end_nothing():
    rows = odd_rows(lines=[LINES[0], HEAD, LINES[3]])

    assert [x[0] for x in lines_of(read_here(odd_layout(), odd_book(rows)))] == ["TEE-1", "POLO"]


def test_a_table_without_headings_is_read_from_its_first_row():
    columns = (
        ColumnRule(0, "", (Use("line", "sku"),)),
        ColumnRule(1, "", (Use("line", "quantity"),)),
    )
    book = Workbook("csv", (Sheet("", [["A1", 1], ["B2", "some"]]),))

    draft = read_here(Layout(-1, -1, columns), book).drafts[0]

    assert [line.address for line in draft.lines] == ["row 1", "row 2"]
    assert [p.address for p in draft.problems] == ["cell B2"]


def test_cells_merged_downwards_name_every_row_also_when_split():
    columns = (
        ColumnRule(
            0,
            "What",
            (Use("line", "sku", steps=(Step("before", " "),)), Use("line", "description")),
        ),
        ColumnRule(1, "Shade", (Use("line", "color"),)),
        ColumnRule(2, "No of", (Use("line", "quantity"),)),
    )
    rows = [["What", "Shade", "No of"], ["TEE heavy", "red", 1], [None, "blue", 2]]
    sheet = Sheet("a", rows, merges=(Merge(1, 0, 2, 0),))

    reading = read_here(Layout(0, 0, columns, sheet="a"), Workbook("xlsx", (sheet,)))

    assert lines_of(reading) == [("TEE", "red", 1), ("TEE", "blue", 2)]


def test_a_column_can_speak_of_the_order():
    columns = (
        ColumnRule(0, "PO", (Use("line", "po_number"),)),
        ColumnRule(1, "Item", (Use("line", "sku"),)),
        ColumnRule(2, "Qty", (Use("line", "quantity"),)),
        ColumnRule(3, "Via", (Use("destination", "carrier"),)),
    )
    rows = [["PO", "Item", "Qty", "Via"], ["1", "A1", 1, "UPS"], ["2", "B2", 2, "DHL"]]

    drafts = read_here(
        Layout(0, 0, columns, sheet="a"), Workbook("xlsx", (Sheet("a", rows),))
    ).drafts

    assert [(d.po_number, d.destinations[0]["carrier"]) for d in drafts] == [
        ("1", "UPS"),
        ("2", "DHL"),
    ]


def test_a_cell_that_is_not_ours_is_not_read():
    rows = [["Customer", "Old name"], ["Item", "Qty"], ["A1", 1]]
    book = Workbook("xlsx", (Sheet("a", rows),))
    guessed = firstguess.guess(book, load())
    rule = CellRule(0, 1, Use("ignore", ""), label="Customer", right=1)

    with_it = read_here(guessed, book).drafts[0]
    without = read_here(replace(guessed, cells=(rule,)), book).drafts[0]

    assert (with_it.customer, without.customer) == ("Old name", "")


def test_a_label_that_is_gone_is_a_problem():
    layout = replace(
        odd_layout(), cells=(CellRule(0, 5, Use("order", "po_number"), label="Your ref", right=1),)
    )

    draft = read_here(layout, odd_book()).drafts[0]

    assert "the label 'Your ref' is not in this file" in draft.problems[0].message


def test_what_the_reader_finds_is_the_start():
    book = Workbook("xlsx", (Sheet("a", [["PO", "1"], ["Item", "Size", "Qty"], ["A1", "S", 1]]),))

    layout = firstguess.guess(book, load())

    assert (layout.top, layout.bottom) == (1, 1)
    assert [(r.heading, r.uses[0].field) for r in layout.columns] == [
        ("Item", "sku"), ("Size", "size"), ("Qty", "quantity"),
    ]  # fmt: skip
    assert lines_of(read_here(layout, book)) == [("A1", None, 1)]


def test_without_known_headings_the_row_that_looks_like_some_is_proposed():
    layout = firstguess.guess(odd_book(), load())

    assert (layout.sheet, layout.bottom) == ("Bestellung", 3)
    assert [rule.heading for rule in layout.columns] == HEAD


# ---------------------------------------------------------------- differences


def test_two_readings_are_compared_in_words():
    before = snapshots.snapshot(read_here(odd_layout(), odd_book()).drafts)
    layout = replace(
        odd_layout(), units=Units(), constants=(Constant("destination", "carrier", "DHL"),)
    )

    said = snapshots.differences(before, snapshots.snapshot(read_here(layout, odd_book()).drafts))

    assert "72 pieces before, 6 now" in said
    assert "carrier: 'UPS' before, 'DHL' now" in said
    assert "sheet Bestellung, row 5, quantity: '24' before, '2' now" in said
    assert snapshots.differences(before, before) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["Total Comfort Tee", None], "Total Comfort Tee"),
        (["please pack the mugs apart", None], "please pack the mugs apart"),
        ([None, None, 12, 3.5], "12 | 3.5"),
        ([None, None, None, "in the colour of the caps"], "in the colour of the caps"),
    ],
    ids=["looks like a total", "a remark", "figures only", "nothing in its columns"],
)
def test_a_row_that_somebody_calls_a_line_is_one(row, words):
    columns = (
        ColumnRule(0, "Item", (Use("line", "description"),)),
        ColumnRule(1, "Quantity", (Use("line", "quantity"),)),
    )
    rows = [["Item", "Quantity"], ["Cap", 4], row, ["Mug", 2], ["Total", 6]]
    book = Workbook("xlsx", (Sheet("Order", rows),))
    before = read_here(Layout(0, 0, columns, "Order"), book).drafts[0]

    after = read_here(Layout(0, 0, columns, "Order", taken=(words,)), book).drafts[0]

    assert [line.address for line in before.lines] == ["sheet Order, row 2", "sheet Order, row 4"]
    assert [line.address[-1] for line in after.lines] == ["2", "3", "4"]
    assert any(problem.address.endswith(("3", "B3")) for problem in after.problems)


def test_what_was_said_about_rows_travels_in_json():
    layout = Layout(0, 0, taken=("Freight", "12 | 3.5"), left_out=("Subtotal",))

    assert from_json(to_json(layout), CATALOGUE) == layout
