"""The merge of one row, cell by cell: no database, no network, no clock."""

import random

import pytest

from sync.sheets import typed
from sync.sheets.columns import APP, BOTH, SHEET, Column, field_of
from sync.sheets.headers import place
from sync.sheets.healing import Healer, Sent, SentBatch
from sync.sheets.looking import look, sort_lines
from sync.sheets.plan import Ancestry, Base, KnownRow, Mark, SeenRow, Turn, Verdict, plan_row, rule
from sync.sheets.shapes import Tab
from sync.sheets.stamps import Stamp, key_of, read_stamp
from workflow.fields import BUILT_IN_CATALOGUE

pytestmark = pytest.mark.pure

TODAY = "2026-03-02"


def column(source, owner=BOTH, tie=APP, *, required=False):
    field = field_of(source, BUILT_IN_CATALOGUE)
    return Column(source, field.label, field, owner, tie, required)


CUSTOMER = column("shown.customer", APP)
PO = column("order.po_number")
DUE = column("job.in_hands")
PRIORITY = column("order.priority")
FIRM = column("job.firm")
NOTES = column("order.internal_notes", SHEET, SHEET)
TOTAL = column("order.deposit_paid")


def ruling(col, raw, app, base):
    bases = {5: Base({col.key: base})}
    row = KnownRow("k", {col.key: app}, bases, seen=5)
    ancestry = Ancestry(row, Stamp("k", 5))
    return rule(col, raw, app, ancestry, formula=False, locale="en_US")


def planned(  # noqa: PLR0913
    col, raw, app, base, *, stamp=5, bases=None, marks=None, formulas=(), turn=None
):
    known = KnownRow("k", {col.key: app}, bases or {5: Base({col.key: base})}, marks or {}, 5)
    seen = SeenRow(3, "k", Stamp("k", stamp), {col.key: raw}, frozenset(formulas))
    return plan_row([col], seen, known, locale="en_US", today=TODAY, turn=turn)


# ---------------------------------------------------------------- the table of cases


@pytest.mark.parametrize(
    ("col", "raw", "app", "base", "verdict"),
    [
        (PO, "A", "A", "A", Verdict.SAME),
        (PO, "A", "B", "A", Verdict.WRITE),
        (PO, "B", "A", "A", Verdict.TAKE),
        (PO, "B", "B", "A", Verdict.SAME),
        (PO, "C", "B", "A", Verdict.CONFLICT),
        (NOTES, "C", "B", "A", Verdict.YIELD),
        (PRIORITY, "oops", "normal", "normal", Verdict.REFUSE),
        (PRIORITY, "oops", "rush", "normal", Verdict.REFUSE),
        (CUSTOMER, "X", "Riverside", "Riverside", Verdict.OWNED),
        (CUSTOMER, "Riverside", "Harbor", "Riverside", Verdict.WRITE),
        (PO, "", "A", "A", Verdict.TAKE),
        (column("order.po_number", required=True), "", "A", "A", Verdict.REFUSE),
        (DUE, "#REF!", "2026-03-14", "2026-03-14", Verdict.REFUSE),
        (PO, "#N/A", "A", "A", Verdict.REFUSE),
    ],
)
def test_three_values_decide_about_a_cell(col, raw, app, base, verdict):
    assert ruling(col, raw, app, base).verdict is verdict


@pytest.mark.parametrize(
    ("col", "raw", "app"),
    [
        (DUE, 46095, "2026-03-14"),
        (DUE, "2026-03-14", "2026-03-14"),
        (DUE, "14 March 2026", "2026-03-14"),
        (FIRM, "TRUE", True),
        (FIRM, "", False),
        (FIRM, True, True),
        (TOTAL, 12.5, "12.5"),
        (TOTAL, "12.50 ", "12.5"),
        (TOTAL, "$ 1,200.00", "1200"),
        (PO, 4711, "4711"),
        (PO, "  4711\xa0", "4711"),
        (PO, 4711.0, "4711"),
        (PRIORITY, "HOT", "hot"),
        (NOTES, "one\r\ntwo", "one\ntwo"),
    ],
)
def test_a_value_in_another_look_is_no_change(col, raw, app):
    assert ruling(col, raw, app, app).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("locale", "number", "day"),
    [
        ("en_US", "1,234.5", "03/04/2026"),
        ("en_GB", "1,234.5", "04/03/2026"),
        ("de_DE", "1.234,5", "04.03.2026"),
        ("fr_FR", "1 234,5", "04/03/2026"),
    ],
)
def test_text_numbers_and_dates_are_read_as_the_locale_writes_them(locale, number, day):
    assert typed.read(TOTAL.field, number, locale) == "1234.5"
    assert typed.read(DUE.field, day, locale) == "2026-03-04"


def test_the_longest_note_stays_in_its_cell_with_the_reason():
    plan = planned(NOTES, "x" * 50_000, "short", "short")

    assert plan.notes["order.internal_notes"][0].startswith("Not taken over: expected at most")
    assert not plan.sets
    assert not plan.takes
    assert plan.logs[0].lost == "x" * 50_000


def test_text_that_looks_like_a_formula_is_text():
    assert typed.to_raw(PO.field, "=1+1") == "=1+1"
    assert ruling(PO, "=1+1", "=1+1", "=1+1").verdict is Verdict.SAME


def test_a_number_a_sheet_cannot_hold_exactly_is_written_as_text():
    exact = "12345678901234567.1234"

    assert typed.to_raw(TOTAL.field, exact) == exact
    assert typed.to_raw(TOTAL.field, "12.5") == 12.5
    assert typed.to_raw(TOTAL.field, "48") == 48


# ---------------------------------------------------------------- formulas


def test_a_formula_is_never_written_over():
    changed = planned(PO, "A", "B", "A", formulas=[PO.key])
    owned = planned(CUSTOMER, "X", "Riverside", "Riverside", formulas=[CUSTOMER.key])

    assert not changed.sets
    assert not owned.sets
    assert "formula was left alone" in changed.notes[PO.key][0]
    assert changed.logs[0].kind == "formula"


def test_the_value_of_a_formula_counts_like_a_typed_one():
    assert planned(PO, "B", "A", "A", formulas=[PO.key]).takes == {PO.key: "B"}


# ---------------------------------------------------------------- old copies


def test_a_row_of_an_old_version_does_not_turn_the_app_back():
    bases = {5: Base({PO.key: "A"}), 9: Base({PO.key: "B"})}

    assert planned(PO, "A", "B", None, stamp=5, bases=bases).sets == {PO.key: "B"}
    assert planned(PO, "A", "B", None, stamp=9, bases=bases).takes == {PO.key: "A"}


def test_an_edit_in_an_old_version_is_a_conflict_where_the_app_went_on():
    bases = {5: Base({PO.key: "A"}), 9: Base({PO.key: "B"})}

    plan = planned(PO, "M", "B", None, stamp=5, bases=bases)

    assert plan.sets == {PO.key: "B"}
    assert [(log.kind, log.lost, log.value) for log in plan.logs] == [("conflict", "M", "M")]


def test_what_was_taken_before_a_crash_is_no_edit_of_the_app():
    bases = {5: Base({PO.key: "A"}), 6: Base({PO.key: "B"}, frozenset([PO.key]))}

    assert planned(PO, "C", "B", None, stamp=5, bases=bases).takes == {PO.key: "C"}


def test_what_was_sent_and_never_arrived_is_an_edit_of_the_app():
    bases = {5: Base({PO.key: "A"}), 6: Base({PO.key: "B"})}

    plan = planned(PO, "C", "B", None, stamp=5, bases=bases)

    assert plan.sets == {PO.key: "B"}
    assert plan.logs[0].lost == "C"


def test_a_row_whose_ancestor_nobody_knows_loses_nothing_silently():
    plan = planned(PO, "A", "B", None, stamp=2, bases={5: Base({PO.key: "B"})})

    assert plan.sets == {PO.key: "B"}
    assert plan.logs[0].lost == "A"


# ---------------------------------------------------------------- notes


def test_a_refused_cell_is_noted_and_logged_once():
    first = planned(PRIORITY, "oops", "normal", "normal", turn=Turn())
    mark = Mark(**{**_plain(first.marks[PRIORITY.key]), "seq": 5})

    again = planned(PRIORITY, "oops", "normal", "normal", marks={PRIORITY.key: mark})

    assert first.changed
    assert "expected one of normal, rush, hot, found 'oops'" in first.notes[PRIORITY.key][0]
    assert "The app has normal." in first.notes[PRIORITY.key][0]
    assert (again.notes, again.logs, again.restamp, again.changed) == ({}, [], False, False)


def test_a_note_that_never_arrived_is_sent_again():
    mark = Mark(
        **{**_plain(planned(PRIORITY, "oops", "normal", "normal").marks[PRIORITY.key]), "seq": 6}
    )

    assert planned(PRIORITY, "oops", "normal", "normal", marks={PRIORITY.key: mark}).notes


def test_a_mended_cell_loses_its_note():
    mark = Mark("refused", "Not taken over", "oops", "normal", seq=5)

    plan = planned(PRIORITY, "normal", "normal", "normal", marks={PRIORITY.key: mark})

    assert plan.notes == {PRIORITY.key: ("", "cleared")}


def test_what_was_refused_is_not_asked_again_before_something_changed():
    mark = Mark("refused", "…", "B", "A", "it is closed", seq=5)

    quiet = planned(PO, "B", "A", "A", marks={PO.key: mark}, turn=Turn())
    retried = planned(PO, "B", "A", "A", marks={PO.key: mark}, turn=Turn(retry=True))

    assert quiet.takes == {}
    assert retried.takes == {PO.key: "B"}


def _plain(mark):
    return {name: getattr(mark, name) for name in mark.__slots__}


# ---------------------------------------------------------------- whole rows


def test_a_column_that_came_back_empty_is_filled_and_empties_nothing():
    plan = planned(PO, "", "A", "A", turn=Turn(returned=frozenset([PO.key])))

    assert plan.sets == {PO.key: "A"}
    assert not plan.takes


def test_the_plan_does_not_depend_on_the_order_of_rows_or_columns():
    columns = [CUSTOMER, PO, DUE, PRIORITY, NOTES]
    rows = [
        ["Riverside", f"PO{n % 3}", 46095 + n, "hot", f"note {n}", f"key{n % 6}", f"key{n % 6}:5"]
        for n in range(12)
    ]
    header = [c.title for c in columns] + ["_id", "_rev"]

    def result(order):
        tab = Tab("orders", "Orders", [header, *(rows[n] for n in order)])
        found = look(tab, columns, place(tab, columns))
        ordered = sort_lines(found, {f"key{n}" for n in range(6)}, {})
        return {key: line.values for key, line in ordered.first.items()}

    expected = result(range(12))
    for seed in range(5):
        order = list(range(12))
        random.Random(seed).shuffle(order)
        assert result(order) == expected


# ---------------------------------------------------------------- headers


def _tab(header, columns=None, **words):
    return Tab("orders", "Orders", [header, ["x"] * len(header)], columns or {}, **words)


def test_columns_are_found_wherever_they_went_and_however_they_are_called():
    tab = _tab(["_rev", "My remarks", "Due date", "_id", "Bestellung"], {4: "order.po_number"})

    placed = place(tab, [PO, DUE])

    assert placed.at == {"order.po_number": 4, "job.in_hands": 2, "_id": 3, "_rev": 0}
    assert placed.wrong == ()


def test_a_column_that_is_there_twice_is_left_alone_until_somebody_renames_one():
    placed = place(_tab(["In hands", "PO number", "in hands", "_id", "_rev"]), [PO, DUE])

    assert "job.in_hands" not in placed.at
    assert placed.doubled == ("In hands",)


@pytest.mark.parametrize(
    "tab",
    [
        _tab(["PO number", "In hands", "_rev"]),
        _tab(["PO-7", "46095", "k", "k:5"]),
        _tab(["PO number", "In hands", "_id", "_rev"], merges=True),
        _tab(["a", "b", "_id", "_rev"]),
    ],
    ids=["id gone", "header gone", "merged", "header typed over"],
)
def test_a_tab_in_another_shape_stops_the_way_into_the_shop(tab):
    assert place(tab, [PO, DUE]).wrong


# ---------------------------------------------------------------- healing


def _look(*rows):
    tab = Tab("orders", "Orders", [["PO number", "Notes", "_id", "_rev"], *rows])
    return look(tab, [PO, NOTES], place(tab, [PO, NOTES]))


def _healer(found, batches, standing, known=None, adopting=()):
    return Healer(
        found,
        batches,
        known or dict.fromkeys(standing, 4),
        standing.__getitem__,
        frozenset(adopting),
    )


STANDING = {
    "aa": {"order.po_number": "PO-A", "order.internal_notes": "for a"},
    "bb": {"order.po_number": "PO-B", "order.internal_notes": "for b"},
}


def test_a_row_our_write_met_by_mistake_gets_its_own_values_back():
    found = _look(["PO-NEW", "for b", "bb", "aa:7"], ["PO-A", "for a", "aa", "aa:4"])
    batches = {7: SentBatch({"aa": Sent({"order.po_number": "PO-NEW"})}, [])}

    (fix,) = _healer(found, batches, STANDING).fixes()

    assert (fix.key, fix.cells, fix.lost) == (
        "bb", {"order.po_number": "PO-B"}, {"order.po_number": "PO-NEW"},
    )  # fmt: skip


def test_what_a_person_typed_into_that_row_comes_back_too():
    found = _look(["PO-NEW", "typed", "bb", "aa:7"])
    before = [("bb", "bb:4", {"order.po_number": "typed PO", "order.internal_notes": "typed"})]
    batches = {7: SentBatch({"aa": Sent({"order.po_number": "PO-NEW"})}, before)}

    (fix,) = _healer(found, batches, STANDING).fixes()

    assert fix.cells == {"order.po_number": "typed PO"}


def test_an_id_that_was_cleared_comes_back_from_the_stamp():
    found = _look(["PO-A", "for a", "", "aa:4"])

    (fix,) = _healer(found, {}, STANDING).fixes()

    assert fix.id == "aa"


def test_a_persons_copy_without_its_id_is_not_healed():
    found = _look(["mine", "mine too", "", "aa:7"], ["PO-A", "for a", "aa", "aa:7"])
    batches = {7: SentBatch({"aa": Sent({"order.po_number": "PO-A"})}, [])}

    assert _healer(found, batches, STANDING).fixes() == []


# ---------------------------------------------------------------- stamps


def test_a_slip_of_the_keyboard_is_nobodys_key():
    keys = {key_of("salt", "order", n) for n in range(2_000)}

    assert len(keys) == 2_000
    assert key_of("salt", "order", 1) != key_of("other", "order", 1)


@pytest.mark.parametrize("text", ["", "x", "k:", "k:x", ":5", "k:5:other", "k:99999999999", "k:-1"])
def test_what_is_no_stamp_is_none(text):
    assert read_stamp(text) is None


def test_a_stamp_reads_back():
    assert read_stamp("k:5:copy") == Stamp("k", 5, copy=True)
    assert read_stamp(str(Stamp("k", 12))) == Stamp("k", 12)
