"""The shared sheet in a workbook file: read whole, patched in place, never under anybody's hands."""

import os
import re
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.table import Table

import clock
from sync.readers.live import name_of
from sync.sheets.shapes import (
    AddRow,
    BrokenError,
    ColumnLayout,
    DropRow,
    HeldError,
    MovedError,
    SetCell,
    SetNote,
    TabLayout,
    UnreachableError,
)
from sync.sheets.workbook import WorkbookBackend, files, locks
from tests.workbooks import bare, packed, parts_of

pytest_plugins = ("tests.office",)
pytestmark = pytest.mark.pure

COLUMNS = (
    ColumnLayout("shown.number", "Order", width=80),
    ColumnLayout("shown.customer", "Customer", width=180),
    ColumnLayout("job.in_hands", "In hands", "date", "both"),
    ColumnLayout("order.priority", "Priority", "choice", "both", ("normal", "urgent")),
    ColumnLayout("job.firm", "Firm", "yes_no", "both"),
    ColumnLayout("shown.total", "Total", "money"),
    ColumnLayout("order.internal_notes", "Notes", "text", "sheet", width=260),
    ColumnLayout("_id", "_id", hidden=True),
    ColumnLayout("_rev", "_rev", hidden=True),
)
WHY = ColumnLayout("conflict.why", "Why")
TABS = (
    TabLayout("orders", "Orders", COLUMNS),
    TabLayout("conflicts", "Conflicts", (WHY,), read_only=True),
)
KEYS = [tab.key for tab in TABS]
ORDERS, CONFLICTS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
DAY = 46_342  # 16 November 2026


def job(number, **more):
    values = {0: f"26-{number:04d}", 1: "Blue Fox", 2: DAY + number, 3: "normal", 4: True,
              5: 12.5 * number, 7: f"j{number}", 8: f"j{number}:1"}  # fmt: skip
    return AddRow("orders", values | {int(at[1:]): value for at, value in more.items()})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "Jobs.xlsx"


@pytest.fixture
def sheet(path):
    """A workbook with three jobs in it."""
    backend = WorkbookBackend(path)
    backend.lay_out(TABS)
    backend.write([job(n) for n in (1, 2, 3)], backend.read(KEYS))
    return backend


def rows(backend, tab="orders"):
    return [list(row) for row in backend.read(KEYS).tabs[tab].rows]


def write(backend, *ops):
    return backend.write(ops, backend.read(KEYS))


def edited(path, change):
    """Somebody opens the file with another program, changes something and saves it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def repacked(path, name, change):
    parts = parts_of(path.read_bytes())
    parts[name] = change(parts[name])
    path.write_bytes(packed(parts))


def aged(path, seconds=600):
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


# ---------------------------------------------------------------- laying out and reading


def test_a_new_file_has_its_tabs_columns_and_rules_and_is_read_back(sheet, path):
    reading = sheet.read(KEYS)

    assert reading.tabs["orders"].title == "Orders"
    assert reading.tabs["orders"].columns == {n: c.key for n, c in enumerate(COLUMNS)}
    assert rows(sheet)[1] == [
        "26-0001",
        "Blue Fox",
        DAY + 1,
        "normal",
        "yes",
        12.5,
        "",
        "j1",
        "j1:1",
    ]
    page = openpyxl.load_workbook(path)["Orders"]
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["H"].hidden
    assert page["C2"].number_format == "yyyy-mm-dd"
    assert page["A2"].number_format == "@"
    rules = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert rules["D2:D1048576"] == '"normal,urgent"'
    assert rules["B2:B1048576"] == 'B$1<>"Customer"'
    assert openpyxl.load_workbook(path)["Conflicts"].protection.sheet


def test_laying_out_again_changes_nothing(sheet, path):
    before = path.read_bytes()

    sheet.lay_out(TABS)

    assert path.read_bytes() == before


def test_a_column_that_is_missing_comes_behind_everything_and_the_rest_stays(sheet, path):
    def people(book):
        book["Orders"]["J1"] = "Mine"
        book["Orders"]["J2"] = "my own words"

    edited(path, people)
    more = replace(TABS[0], columns=(*COLUMNS, ColumnLayout("order.po_number", "PO")))

    sheet.lay_out([more, TABS[1]])

    assert rows(sheet)[0][9:] == ["Mine", "PO"]
    assert rows(sheet)[1][9] == "my own words"
    assert sheet.read(KEYS).tabs["orders"].columns[10] == "order.po_number"


def test_a_tab_that_was_deleted_is_missing_and_comes_back_when_laid_out(sheet, path):
    edited(path, lambda book: book.remove(book["Conflicts"]))
    assert sheet.read(KEYS).missing == ("conflicts",)

    sheet.lay_out(TABS)

    assert rows(sheet, "conflicts") == [["Why"]]
    assert len(rows(sheet)) == 4


def test_new_choices_are_put_into_the_drop_down(sheet, path):
    columns = tuple(
        replace(c, choices=("normal", "rush")) if c.kind == "choice" else c for c in COLUMNS
    )

    sheet.lay_out([replace(TABS[0], columns=columns), TABS[1]])

    page = openpyxl.load_workbook(path)["Orders"]
    assert '"normal,rush"' in [rule.formula1 for rule in page.data_validations.dataValidation]
    assert len(page.data_validations.dataValidation) == 6


def test_a_workbook_of_the_shop_itself_is_laid_out_without_touching_its_sheets(path):
    book = openpyxl.Workbook()
    book.active.title = "Stock"
    book.active["A1"] = "our own"
    book.save(path)
    before = parts_of(path.read_bytes())
    backend = WorkbookBackend(path)

    backend.lay_out(TABS)

    after = parts_of(path.read_bytes())
    assert after[ORDERS] == before[ORDERS]
    assert openpyxl.load_workbook(path).sheetnames == ["Stock", "Orders", "Conflicts"]
    write(backend, job(1))
    assert rows(backend)[1][0] == "26-0001"


def test_names_of_columns_go_through_any_key():
    assert name_of("orders", "job.in_hands") == "inhands.orders.job.in_hands"
    assert re.fullmatch(r"[\w.]+", name_of("orders-2", "order.größe x"))


def test_an_unchanged_file_is_not_opened_at_all(sheet, path):
    aged(path)
    before = sheet.read(KEYS)
    known = path.stat()
    with path.open("r+b") as file:  # nobody can do this: same size, time and inode
        file.write(b"not a workbook")
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))

    assert sheet.read(KEYS).tabs is before.tabs
    assert not sheet.has_changed()


def test_a_change_within_the_clock_s_grain_is_still_seen(sheet, path):
    known = path.stat()
    sheet.read(KEYS)
    content = path.read_bytes()
    write(sheet, SetCell("orders", 1, 1, "Red Fox"))
    other = path.read_bytes()
    path.write_bytes(content)
    sheet.read(KEYS)
    path.write_bytes(other)
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))

    assert rows(sheet)[1][1] == "Red Fox"


def test_values_are_typed_and_do_not_depend_on_how_they_are_shown(path):
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>_id</t></is></c></row>'
        '<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is>'
        '</c><c r="B3"><v>0.1</v></c><c r="C3" t="b"><v>1</v></c><c r="D3" t="e"><v>#REF!</v></c>'
        '<c r="E3" t="str"><f>"a"&amp;"b"</f><v>ab</v></c><c r="F3"><f>1+1</f></c>'
        '<c r="G3" t="inlineStr"><is><t>00123</t></is></c>'
        '<c r="H3" t="b"><f aca="false">TRUE()</f><v>1</v></c></row>'
    )
    path.write_bytes(bare(sheet=cells))

    tab = WorkbookBackend(path, {"orders": "order"}).read(["orders"]).tabs["orders"]

    assert tab.rows[2] == ["rich", 0.1, True, "#REF!", "ab", "#N/A", "00123", True]
    assert tab.formulas == {(2, 4): '="a"&"b"', (2, 5): "=1+1"}
    assert not any(tab.rows[1])


@pytest.mark.parametrize("since_1904", [False, True])
def test_days_are_the_same_in_both_calendars(path, since_1904):
    book = openpyxl.Workbook()
    if since_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.title = "Orders"
    book.active.append(["_id", datetime(2026, 11, 16), datetime(2026, 11, 16, 12)])
    book.save(path)

    assert rows(WorkbookBackend(path, {"orders": "Orders"}))[0] == ["_id", DAY, DAY + 0.5]


def test_merged_cells_count_where_they_are_ours(sheet, path):
    edited(path, lambda book: book["Orders"].merge_cells("K2:L3"))
    assert not sheet.read(KEYS).tabs["orders"].merges

    edited(path, lambda book: book["Orders"].merge_cells("B2:B3"))
    assert sheet.read(KEYS).tabs["orders"].merges


# ---------------------------------------------------------------- files that cannot be read


def test_a_half_written_file_is_waited_for_and_never_taken_for_an_empty_one(sheet, path):
    whole = path.read_bytes()
    for length in (0, 40, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreachableError, match="not written to its end"):
            sheet.read(KEYS)
    path.write_bytes(whole)

    assert len(rows(sheet)) == 4


def test_a_file_that_stays_damaged_asks_for_a_person(sheet, path):
    path.write_bytes(path.read_bytes()[:2000])
    aged(path)

    with pytest.raises(BrokenError, match="damaged or incomplete"):
        sheet.read(KEYS)


def test_a_file_that_went_away_is_waited_for_and_then_asked_about(sheet, path):
    path.unlink()
    with pytest.raises(UnreachableError, match="not in the folder"):
        sheet.read(KEYS)

    os.utime(path.parent, (1, 1))
    with pytest.raises(BrokenError, match="press Recreate"):
        sheet.read(KEYS)
    with pytest.raises(UnreachableError, match="connect the share"):
        WorkbookBackend(path.parent / "share" / "Jobs.xlsx").read(KEYS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n3,4\n", "saved as delimited text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "cannot be read"),
        (b"PK\x03\x04" + bytes(files.LARGEST_FILE), "20 MB"),
    ],
    ids=["csv", "compound", "large"],
)  # fmt: skip
def test_what_is_no_shared_workbook_is_refused_in_words(path, content, words):
    path.write_bytes(content)
    aged(path)

    with pytest.raises(BrokenError, match=words):
        WorkbookBackend(path, {"orders": "Orders"}).read(["orders"])


def test_copies_of_sync_clients_and_saves_of_another_kind_are_named(sheet, path):
    for name in ("Jobs (Ann's conflicted copy 2026-11-22).xlsx", "Jobs.sync-conflict-2026-A.xlsx",
                 "Jobs (1).xlsx", "Jobs.ods", "Jobs 2025.xlsx", "~$Jobs.xlsx"):  # fmt: skip
        (path.parent / name).write_bytes(b"")

    said = sheet.read(KEYS).warnings

    assert "'Jobs (1).xlsx' lies beside the sheet: two people saved at once." in " ".join(said)
    assert len(said) == 4
    assert "only what is saved in Jobs.xlsx counts" in said[2]


# ---------------------------------------------------------------- who has it open


def office_lock(path, name="Ann", moment="22.11.2026 16:58", host="desk", more="file:///home/ann"):
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text(f"{name},ann,{host},{moment},{more};")
    return lock


def excel_lock(path, name="Ann Ångström"):
    said = name.encode("cp1252")
    content = bytes([len(said)]) + said.ljust(54, b" ")
    content += len(name).to_bytes(2, "little") + name.encode("utf-16-le").ljust(108, b" \x00"[:1])
    lock = path.with_name(f"~${path.name}")
    lock.write_bytes(content[:165])
    return lock


@pytest.mark.parametrize("lock", [office_lock, excel_lock])
def test_what_somebody_has_open_is_read_but_not_written_and_their_lock_stays(sheet, path, lock):
    taken = lock(path)
    before = path.read_bytes()

    assert sheet.read(KEYS).held_by.startswith("open by Ann")
    with pytest.raises(HeldError, match=r"open by Ann.*waits until it is closed"):
        write(sheet, SetCell("orders", 1, 1, "Red Fox"))

    assert path.read_bytes() == before
    assert taken.exists()
    taken.unlink()
    write(sheet, SetCell("orders", 1, 1, "Red Fox"))
    assert rows(sheet)[1][1] == "Red Fox"


def test_a_lock_says_who_and_since_when(path):
    at = datetime(2026, 11, 22, 16, 58).astimezone()
    clock.set_zone("UTC")
    office_lock(path, name=r"Ann\, the boss")
    with clock.frozen(at + timedelta(hours=1)):
        words = locks.holder_of(path).words
        assert words == f"open by Ann, the boss since {at.astimezone(UTC):%H:%M}"

    with clock.frozen(at + timedelta(days=2)):
        assert "if nobody has it open any more, delete .~lock.Jobs.xlsx# in" in (
            locks.holder_of(path).words
        )


def test_excel_s_lock_says_its_name_in_full(path):
    excel_lock(path, "Ångström, Åsa")

    assert locks.holder_of(path).name == "Ångström, Åsa"


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, b";", b"\x00" * 165, b"," * 5000])
def test_a_lock_in_no_known_shape_still_locks(sheet, path, content):
    for name in (f".~lock.{path.name}#", f"~${path.name}"):
        lock = path.with_name(name)
        lock.write_bytes(content)
        with pytest.raises(HeldError):
            write(sheet, SetCell("orders", 1, 1, "Red Fox"))
        lock.unlink()


def test_libreoffice_sees_us_while_we_write_and_a_second_process_waits(sheet, path):
    with locks.held(path):
        assert locks.holder_of(path).name == "Inhands"
        with pytest.raises(HeldError, match="open by Inhands"):
            write(sheet, SetCell("orders", 1, 1, "Red Fox"))

    assert locks.holder_of(path) is None


def test_of_many_writers_at_once_each_write_is_whole(sheet, path):
    done, started = [], threading.Barrier(4)

    def work(number):
        started.wait()
        while True:
            try:
                write(sheet, SetCell("orders", 1, 6, f"{number}"), job(number + 10))
            except (HeldError, MovedError, UnreachableError):
                continue
            done.append(number)
            return

    workers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    ids = [row[7] for row in rows(sheet)[1:]]
    assert sorted(done) == [0, 1, 2, 3]
    assert sorted(ids) == sorted(["j1", "j2", "j3", "j10", "j11", "j12", "j13"])


def test_what_a_killed_process_of_ours_left_locked_is_taken_back(sheet, path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock = office_lock(path, "Inhands", host=socket.gethostname(), more=f"inhands:{ended.pid}")

    assert sheet.read(KEYS).held_by == ""
    with pytest.raises(HeldError, match="goes on with the next try"):
        write(sheet, SetCell("orders", 1, 1, "Red Fox"))
    write(sheet, SetCell("orders", 1, 1, "Red Fox"))

    assert not lock.exists()


# ---------------------------------------------------------------- what a write changes


def furnished(path):
    """Things only people make: a chart, a table, own cells, notes, links, looks, formulas."""

    def change(book):
        page, own = book["Orders"], book.create_sheet("Figures")
        page["K1"], page["K2"], page["K3"] = "Mine", "my own", "=F3*2"
        page["K2"].fill = PatternFill("solid", fgColor="FF00B0F0")
        page["L2"].hyperlink = "https://example.com/j1"
        page["B3"].comment = Comment("ask her first", "Ann")
        own["A1"], own["A2"], own["A3"] = "=SUM(Orders!F2:F4)", "=A1+1", "=1+1"
        chart = BarChart()
        chart.add_data(Reference(own, min_col=1, min_row=1, max_row=3))
        own.add_chart(chart, "D2")
        own["G1"], own["G2"] = "Key", "x"
        own.add_table(Table(displayName="Keys", ref="G1:G2"))

    edited(path, change)
    for name, cell in ((ORDERS, b"K3"), ("xl/worksheets/sheet3.xml", b"A[123]")):
        repacked(path, name, lambda xml, cell=cell: re.sub(
            rb'(<c r="' + cell + rb'"[^>]*><f>[^<]*</f>)<v ?/?>(?:</v>)?', rb"\1<v>77</v>", xml))  # fmt: skip


def results_in(path, name):
    xml = parts_of(path.read_bytes())[name]
    return dict(re.findall(r'<c r="(\w+)"[^>]*><f>[^<]*</f>(<v>[^<]*</v>)?', xml.decode()))


def test_everything_that_is_not_ours_keeps_its_bytes(sheet, path):
    furnished(path)
    before = parts_of(path.read_bytes())

    write(sheet, SetCell("orders", 1, 6, "to be packed"))

    after = parts_of(path.read_bytes())
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed <= {ORDERS, "xl/workbook.xml"}
    untouched = re.compile(rb'<row r="[34]".*?</row>')
    assert untouched.findall(after[ORDERS]) == untouched.findall(before[ORDERS])
    assert b'<c r="K2"' in after[ORDERS]


def test_only_results_that_are_no_longer_true_are_worked_out_anew(sheet, path):
    furnished(path)

    write(sheet, SetCell("orders", 2, 5, 1000))

    assert results_in(path, ORDERS) == {"K3": ""}
    figures = results_in(path, "xl/worksheets/sheet3.xml")
    assert figures == {"A1": "", "A2": "", "A3": "<v>77</v>"}
    assert b'fullCalcOnLoad="1"' in parts_of(path.read_bytes())["xl/workbook.xml"]

    write(sheet, SetCell("orders", 1, 6, "no formula looks here"))
    assert results_in(path, "xl/worksheets/sheet3.xml")["A3"] == "<v>77</v>"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=cmd|' /C calc'!A0", "+49 170", "@SUM(A1)", "-5", "00123", "1e5", "2026-11-16",
     "a_x000D_b", "two\nlines", " blanks ", "<b>&amp;</b>", "日本語 🦊", "TRUE", "#REF!"],
)  # fmt: skip
def test_text_stays_the_text_it_is(sheet, path, text):
    write(sheet, SetCell("orders", 1, 6, text))

    assert rows(sheet)[1][6] == text
    assert not sheet.read(KEYS).tabs["orders"].formulas
    assert openpyxl.load_workbook(path)["Orders"]["G2"].data_type == "s"


def test_text_that_no_cell_can_hold_is_made_to_fit(sheet):
    write(sheet, SetCell("orders", 1, 6, "bell\x07 \ud800 \r\nx" + "y" * 50_000))

    text = rows(sheet)[1][6]
    assert text.startswith("bell    \nxyyy")
    assert len(text) == 32_767


def test_emptied_and_overwritten_cells_keep_their_look(sheet, path):
    write(
        sheet,
        SetCell("orders", 1, 2, ""),
        SetCell("orders", 2, 2, DAY),
        SetCell("orders", 3, 9, ""),
    )

    assert [row[2] for row in rows(sheet)[1:]] == ["", DAY, DAY + 3]
    page = openpyxl.load_workbook(path)["Orders"]
    assert page["C2"].number_format == page["C3"].number_format == "yyyy-mm-dd"


def test_the_echo_says_what_stands_in_the_file_afterwards(sheet):
    echo = write(sheet, SetCell("orders", 2, 8, "j2:2"), job(4), DropRow("orders", 1))

    assert echo.stamps == {
        "orders": [("_id", "_rev"), ("j2", "j2:2"), ("j3", "j3:1"), ("j4", "j4:1")]
    }
    assert [(row[7], row[8]) for row in rows(sheet)] == echo.stamps["orders"]


def test_a_batch_for_a_file_that_was_saved_meanwhile_is_refused(sheet, path):
    reading = sheet.read(KEYS)
    edited(path, lambda book: book["Orders"].cell(2, 7, "Ann was faster"))
    before = path.read_bytes()

    with pytest.raises(MovedError, match="was saved by somebody"):
        sheet.write([SetCell("orders", 1, 6, "too late")], reading)

    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["Jobs.xlsx"]


def test_a_save_in_the_last_moment_before_ours_is_not_overwritten(sheet, path):
    found = files.take(path)

    with (
        pytest.raises(MovedError, match="at this very moment"),
        files.replacing(path, found, b"ours"),
    ):
        edited(path, lambda book: book["Orders"].cell(2, 7, "Ann was faster"))

    assert rows(sheet)[1][6] == "Ann was faster"
    assert [one.name for one in path.parent.iterdir()] == ["Jobs.xlsx"]


def test_what_cannot_be_written_leaves_the_file_as_it_was(sheet, path):
    (path.parent / ".~Jobs.xlsx.inhands").mkdir()
    before = path.read_bytes()

    with pytest.raises((UnreachableError, HeldError)):
        write(sheet, SetCell("orders", 1, 6, "x"))

    assert path.read_bytes() == before
    assert locks.holder_of(path) is None


def test_a_link_to_the_file_stays_a_link_and_its_rights_stay(sheet, path, tmp_path):
    path.chmod(0o664)
    link = tmp_path / "link.xlsx"
    link.symlink_to(path)

    backend = WorkbookBackend(link)
    backend.write([SetCell("orders", 1, 6, "through the link")], backend.read(KEYS))

    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o664
    assert rows(sheet)[1][6] == "through the link"


# ---------------------------------------------------------------- notes and colours


def test_a_note_comes_changes_and_goes_and_leaves_no_trace(sheet, path):
    before = openpyxl.load_workbook(path)["Orders"]["C3"]._style

    write(sheet, SetNote("orders", 2, 2, "A Sunday: the shop has 16 November."))
    cell = openpyxl.load_workbook(path)["Orders"]["C3"]
    assert cell.comment.text == "Inhands: A Sunday: the shop has 16 November."
    assert cell.fill.fgColor.rgb == "FFF8CBAD"
    assert cell.number_format == "yyyy-mm-dd"

    write(sheet, SetNote("orders", 2, 2, "Both changed it.", "conflict"))
    cell = openpyxl.load_workbook(path)["Orders"]["C3"]
    assert cell.comment.text == "Inhands: Both changed it."
    assert cell.fill.fgColor.rgb == "FFFFE699"

    write(sheet, SetNote("orders", 2, 2, ""))
    cell = openpyxl.load_workbook(path)["Orders"]["C3"]
    assert cell.comment is None
    assert cell._style == before
    assert b"x:Row" not in parts_of(path.read_bytes())["xl/drawings/vmlDrawing1.vml"]


def test_rows_are_coloured_by_columns_that_are_there_and_a_rule_is_replaced_not_added(sheet, path):
    def formulas():
        found = openpyxl.load_workbook(path)["Orders"].conditional_formatting
        return {str(area.sqref): area.rules[0].formula[0] for area in found}

    before = formulas()
    alert = ColumnLayout("shown.alert", "Alert", width=110)
    sheet.lay_out([TabLayout("orders", "Orders", (*COLUMNS[:-2], alert, *COLUMNS[-2:])), TABS[1]])
    after = formulas()

    assert ['UPPER($D2)="RUSH"' in one or "$C2<TODAY()" in one for one in before.values()] == [
        True,
        True,
    ]
    at = openpyxl.load_workbook(path)["Orders"][1]
    letter = next(cell.column_letter for cell in at if cell.value == "Alert")
    assert [f'SEARCH("RUSH",${letter}2)' in one for one in after.values()] == [True, False]
    assert [f'SEARCH("LATE",${letter}2)' in one for one in after.values()] == [False, True]


def test_people_s_notes_and_colours_stay_beside_ours(sheet, path):
    def ann(book):
        book["Orders"]["C3"].comment = Comment("ask her first", "Ann")
        book["Orders"]["C3"].fill = PatternFill("solid", fgColor="FF00B0F0")

    edited(path, ann)
    write(sheet, SetNote("orders", 2, 2, "A Sunday."))
    cell = openpyxl.load_workbook(path)["Orders"]["C3"]
    assert cell.comment.text == "ask her first\n\nInhands: A Sunday."
    assert cell.fill.fgColor.rgb == "FF00B0F0"

    write(sheet, SetNote("orders", 2, 2, "A Monday."), SetNote("orders", 1, 1, ""))
    assert openpyxl.load_workbook(path)["Orders"]["C3"].comment.text == (
        "ask her first\n\nInhands: A Monday."
    )
    write(sheet, SetNote("orders", 2, 2, ""))
    cell = openpyxl.load_workbook(path)["Orders"]["C3"]
    assert cell.comment.text == "ask her first"
    assert cell.fill.fgColor.rgb == "FF00B0F0"


# ---------------------------------------------------------------- rows that come and go


def test_new_rows_look_like_those_above_and_filter_and_table_reach_them(sheet, path):
    def ann(book):
        book["Orders"]["F4"].number_format = "0.000"
        book["Orders"].add_table(Table(displayName="Jobs", ref="A1:I4"))
        book["Orders"].auto_filter.ref = None

    edited(path, ann)
    write(sheet, SetNote("orders", 3, 5, "marked"))

    write(sheet, job(4), job(5))

    page = openpyxl.load_workbook(path)["Orders"]
    assert page["F6"].number_format == "0.000"
    assert page["F6"].fill.patternType is None
    assert page.tables["Jobs"].ref == "A1:I6"
    assert [row[7] for row in rows(sheet)[4:]] == ["j4", "j5"]


def test_the_filter_reaches_new_rows(sheet, path):
    assert openpyxl.load_workbook(path)["Orders"].auto_filter.ref == "A1:I4"


def test_a_row_that_is_dropped_takes_nothing_of_the_others_along(sheet, path):
    def ann(book):
        page = book["Orders"]
        for row in (2, 3, 4):
            page.cell(row, 11, f"=F{row}*2+$F$2")
            page.cell(row, 12, f"link {row}").hyperlink = f"https://example.com/{row}"
        page["B4"].comment = Comment("about three", "Ann")
        page["B2"].comment = Comment("about one", "Ann")
        page.merge_cells("M4:N4")
        page["A4"].fill = PatternFill("solid", fgColor="FF00B0F0")

    edited(path, ann)

    write(sheet, DropRow("orders", 1))

    page = openpyxl.load_workbook(path)["Orders"]
    assert [row[7] for row in rows(sheet)] == ["_id", "j2", "j3"]
    assert [page.cell(row, 11).value for row in (2, 3)] == ["=F2*2+$F$2", "=F3*2+$F$2"]
    assert [page.cell(row, 12).hyperlink.target[-1] for row in (2, 3)] == ["3", "4"]
    assert page["B3"].comment.text == "about three"
    assert page["B2"].comment is None
    assert [str(area) for area in page.merged_cells.ranges] == ["M3:N3"]
    assert page["A3"].fill.fgColor.rgb == "FF00B0F0"
    assert page.max_row == 3


def test_the_first_cell_of_a_shared_formula_may_go(sheet, path):
    def share(xml):
        cells = {b"2": b'<f t="shared" ref="K2:K4" si="0">F2*2</f><v>25</v>',
                 b"3": b'<f t="shared" si="0"/><v>50</v>', b"4": b'<f t="shared" si="0"/><v>75</v>'}  # fmt: skip
        for row, formula in cells.items():
            xml = re.sub(rb'(<row r="' + row + rb'".*?)(</row>)',
                         rb'\1<c r="K' + row + rb'">' + formula + rb"</c>\2", xml)  # fmt: skip
        return xml

    repacked(path, ORDERS, share)
    repacked(path, "[Content_Types].xml", lambda xml: xml.replace(
        b"</Types>", b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.'
        b'openxmlformats-officedocument.spreadsheetml.calcChain+xml"/></Types>'))  # fmt: skip
    repacked(path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(
        b"</Relationships>", b'<Relationship Id="rIdC" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/calcChain" Target="calcChain.xml"/></Relationships>'))  # fmt: skip
    parts = parts_of(path.read_bytes())
    path.write_bytes(packed(parts | {"xl/calcChain.xml": b"<calcChain/>"}))

    write(sheet, SetCell("orders", 1, 10, "no formula any more"))

    page = openpyxl.load_workbook(path)["Orders"]
    assert [page.cell(row, 11).value for row in (2, 3, 4)] == [
        "no formula any more", "=F3*2", "=F4*2"]  # fmt: skip
    parts = parts_of(path.read_bytes())
    assert "xl/calcChain.xml" not in parts
    assert b"calcChain" not in parts["[Content_Types].xml"] + parts["xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize("kind", ["prefixed", "strict", "unnumbered", "commented"])
def test_workbooks_of_other_programs_are_patched_as_well(path, kind):
    row = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>_id</t></is></c><c r="B1" t="inlineStr"><is><t>'
        '_rev</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>j1</t></is></c></row>'
    )
    content = bare(sheet=row, strict=kind == "strict")
    parts = {
        name: text.replace(b'"Order"', b'"Orders"') for name, text in parts_of(content).items()
    }
    if kind == "prefixed":
        xml = re.sub(rb"<(/?)(?=\w)(?!\?)", rb"<\1x:", parts[ORDERS])
        parts[ORDERS] = xml.replace(b"xmlns=", b"xmlns:x=")
    if kind == "unnumbered":
        parts[ORDERS] = re.sub(rb' r="[A-Z]?\d"', b"", parts[ORDERS])
    if kind == "commented":
        parts[ORDERS] = parts[ORDERS].replace(b"<sheetData>", b"<sheetData><!-- made by hand -->")
    path.write_bytes(packed(parts))
    backend = WorkbookBackend(path, {"orders": "Orders"})

    def ids():
        return [list(row) for row in backend.read(["orders"]).tabs["orders"].rows]

    reading = backend.read(["orders"])
    backend.write([SetCell("orders", 1, 1, "j1:1"), SetNote("orders", 1, 0, "why"),
                   AddRow("orders", {0: "j2", 1: "j2:1"})], reading)  # fmt: skip
    assert ids() == [["_id", "_rev"], ["j1", "j1:1"], ["j2", "j2:1"]]
    assert b"Inhands: why" in parts_of(path.read_bytes())["xl/comments1.xml"]
    backend.write([DropRow("orders", 1)], backend.read(["orders"]))
    assert ids() == [["_id", "_rev"], ["j2", "j2:1"]]


# ---------------------------------------------------------------- with a real LibreOffice


def test_what_people_do_in_libreoffice_is_read_and_what_we_write_is_shown_there(
    office, sheet, path
):
    write(sheet, SetNote("orders", 2, 2, "A Sunday."), SetCell("orders", 3, 6, "=1+1"))

    with office.opened(path):
        assert office.note("Orders", 2, 2) == "Inhands: A Sunday."
        assert office.fill("Orders", 2, 2) == "F8CBAD"
        assert office.shown("Orders", 1, 2) == "2026-11-17"
        assert office.get("Orders", 3, 6) == "=1+1"
        assert office.hidden("Orders", 7)
        assert office.rule("Orders", 1, 3)[:2] == ["LIST", '"normal";"urgent"']
        assert sheet.read(KEYS).held_by.startswith("open by ")
        with pytest.raises(HeldError):
            write(sheet, SetCell("orders", 1, 6, "under her hands"))

        office.type("Orders", 1, 6, "typed by Ann")
        office.type("Orders", 2, 2, "2026-12-24")
        office.type("Orders", 0, 9, "Mine")
        office.type("Orders", 1, 9, "=F2*2")
        office.type("Orders", 2, 9, "=SUM(F2:F4)")
        office.type("Conflicts", 4, 0, "=Orders.J3*10")
        office.insert_columns("Orders", 1)
        office.type("Orders", 0, 1, "Hers")
        office.type("Orders", 3, 1, "a word")
        office.sort("Orders", "A1:K4", 0, True)
        office.type("Orders", 4, 2, "New customer")
        office.rename("Orders", "Aufträge")
        office.save()

    reading = sheet.read(KEYS)
    tab = reading.tabs["orders"]
    assert reading.held_by == ""
    assert tab.title == "Aufträge"
    assert {key: at for at, key in tab.columns.items()} == {
        "shown.number": 0, **{c.key: n for n, c in enumerate(COLUMNS[1:], start=2)}}  # fmt: skip
    assert [row[8] for row in tab.rows[1:4]] == ["j3", "j2", "j1"]
    assert tab.rows[1][1:2] + tab.rows[1][7:8] == ["a word", "=1+1"]
    assert tab.rows[2][3] == 46_380
    assert tab.rows[3][7] == "typed by Ann"
    assert tab.rows[4][2] == "New customer"
    assert not tab.formulas

    write(sheet, SetCell("orders", 3, 6, 1000), SetNote("orders", 2, 3, ""),
          AddRow("orders", {0: "26-0009", 8: "j9", 9: "j9:1"}))  # fmt: skip
    with office.opened(path):
        assert office.get("Aufträge", 3, 10) == ["=G4*2", "2000"]
        assert office.note("Aufträge", 2, 3) == ""
        assert office.fill("Aufträge", 2, 3) == ""
        assert office.get("Aufträge", 5, 8) == "j9"
        office.type("Aufträge", 5, 7, "saved again")
        office.save()
    assert rows(sheet)[5][7] == "saved again"


def test_columns_that_are_moved_deleted_or_copied_in_libreoffice(office, sheet, path):
    with office.opened(path):
        office.move_column("Orders", "G1:G4", 0)
        office.delete_columns("Orders", 2)
        office.delete_rows("Orders", 1)
        office.insert_rows("Orders", 1, 2)
        office.save()

    tab = sheet.read(KEYS).tabs["orders"]

    assert "shown.customer" not in tab.columns.values()
    where = {key: at for at, key in tab.columns.items()}
    assert [row[where["_id"]] if row else "" for row in tab.rows] == ["_id", "", "", "j2", "j3"]


def test_a_file_saved_as_opendocument_by_mistake_says_so(office, sheet, path):
    with office.opened(path):
        office.save_as(path.with_suffix(".ods"), "calc8")
    assert "Jobs.ods" in sheet.read(KEYS).warnings[0]

    path.with_suffix(".ods").replace(path)
    with pytest.raises(BrokenError, match=r"saved as ods: save it as an Excel workbook"):
        sheet.read(KEYS)
