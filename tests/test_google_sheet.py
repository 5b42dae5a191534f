"""A shared sheet on Google, against the Sheets server of our own: calls, layout, faults, words."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import clock
from errors import ShopError
from sheets_emulator import Server
from sync.sheets.google import (
    Access,
    GoogleBackend,
    GoogleClient,
    Governor,
    PausedError,
    access_of_key,
    look,
    spreadsheet_id,
)
from sync.sheets.google.revisions import Revision, author, revisions
from sync.sheets.shapes import (
    AddRow,
    BrokenError,
    ColumnLayout,
    DropRow,
    MovedError,
    SetCell,
    SetNote,
    TabLayout,
    UnreachableError,
)

pytestmark = pytest.mark.pure

ACCOUNT = "sync@shop.iam.gserviceaccount.com"
NUMBER, DUE, PRIORITY, NOTES, ALERT, ID, REV = range(7)
HIDDEN = (ColumnLayout("_id", "_id", hidden=True), ColumnLayout("_rev", "_rev", hidden=True))
ORDERS = TabLayout(
    "orders",
    "Orders",
    (
        ColumnLayout("shown.number", "Order"),
        ColumnLayout("job.in_hands", "In hands", kind="date", owner="both"),
        ColumnLayout(
            "order.priority", "Priority", kind="choice", owner="both", choices=("Normal", "Rush")
        ),
        ColumnLayout("order.internal_notes", "Notes", owner="sheet"),
        ColumnLayout("shown.alert", "Urgent"),
        *HIDDEN,
    ),
)
CONFLICTS = TabLayout(
    "conflicts", "Conflicts", (ColumnLayout("conflict.kept", "Stands now"), *HIDDEN), read_only=True
)


@pytest.fixture(scope="module")
def server():
    with Server() as opened:
        opened.accounts.strict = True
        yield opened


@pytest.fixture(scope="module")
def key(server):
    return access_of_key(json.dumps(server.service_account(ACCOUNT)))


@pytest.fixture
def google(server):
    """The server, with nothing left over from another test."""
    server.faults.clear()
    server.barriers.clear()
    server.quotas.on = False
    server.log.clear()
    return server


class Sheet:
    """A spreadsheet of a manager's, laid out, with the backend that keeps it."""

    def __init__(self, google, key, *, governor=None, laid_out=True, **seed):
        self.google = google
        self.id = google.seed("Live orders", shared={ACCOUNT: "writer"}, **seed)
        opened = key.client(google.url)
        governor = governor or Governor(per_minute=6000, burst=6000)
        self.waits = []
        self.client = GoogleClient(
            opened.session, governor, account=ACCOUNT, base=google.url, sleep=self.waits.append
        )
        self.places = {}
        self.backend = self.again()
        if laid_out:
            self.backend.lay_out([ORDERS, CONFLICTS])
        google.log.clear()

    def again(self):
        """A backend as another process would make it."""
        return GoogleBackend(self.client, self.id, self.places, self.places.update)

    def read(self):
        return self.backend.read(["orders"])

    def rows(self):
        return [list(row) for row in self.read().tabs["orders"].rows]

    def fill(self, count):
        added = [a_row(number) for number in range(1, count + 1)]
        return self.backend.write(added, self.read())

    def calls(self):
        counted = Counter(one.kind for one in self.google.log if one.kind != "token")
        self.google.log.clear()
        return dict(counted)


def a_row(number, **columns):
    values = {
        NUMBER: f"{2000 + number}",
        DUE: 46000 + number,
        PRIORITY: "Normal",
        ID: f"id{number}",
        REV: f"id{number}:1",
    }
    return AddRow("orders", values | columns)


@pytest.fixture
def sheet(google, key):
    return Sheet(google, key)


# ---------------------------------------------------------------- how often Google is asked


def test_an_idle_cycle_is_one_read_and_k_changed_rows_are_one_read_and_one_write(sheet):
    sheet.fill(40)
    sheet.calls()

    first = sheet.read()
    assert sheet.calls() == {"read": 1}

    again = sheet.read()
    assert sheet.calls() == {"read": 1}
    assert again is first, "the same answer is not taken apart twice"

    ops = [SetCell("orders", row, NOTES, f"note {row}") for row in range(1, 31)]
    ops += [SetCell("orders", row, REV, f"id{row}:2") for row in range(1, 31)]
    ops += [SetNote("orders", 3, DUE, "31 Feb is no date"), a_row(41)]
    echo = sheet.backend.write(ops, again)

    assert sheet.calls() == {"write": 1}
    assert echo.stamps["orders"][30] == ("id30", "id30:2")
    assert echo.stamps["orders"][31] == ("id31", "id31:1")
    assert echo.stamps["orders"][41] == ("id41", "id41:1")


def test_another_process_knows_where_the_tabs_are(sheet):
    sheet.fill(3)
    sheet.calls()

    other = GoogleBackend(sheet.client, sheet.id, dict(sheet.places))

    assert len(other.read(["orders"]).tabs["orders"].rows) == 4
    assert sheet.calls() == {"read": 1}


def test_five_thousand_orders_are_filled_into_a_new_sheet_with_three_calls(google, key):
    sheet = Sheet(google, key, laid_out=False)
    words = "as long as what a shop writes into such a cell, sixty letters"
    rows = [AddRow("orders", a_row(n).values | {NOTES: words}) for n in range(5000)]

    reading = sheet.backend.lay_out([ORDERS, CONFLICTS])
    echo = sheet.backend.write(rows, reading)

    assert sheet.calls() == {"read": 1, "write": 2}
    assert len(echo.stamps["orders"]) == 5001


def test_setting_up_is_one_write_and_the_second_time_nothing_is_added(google, key):
    sheet = Sheet(google, key)
    before = _structure(sheet)

    sheet.again().lay_out([ORDERS, CONFLICTS])

    assert sheet.calls()["write"] == 1
    assert _structure(sheet) == before


def _structure(sheet):
    """Protections and rules as Google tells them, without the numbers it gives them."""
    fields = "sheets(properties(title,hidden,gridProperties),protectedRanges,conditionalFormats)"
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}"
    told = sheet.client.ask("get", url, params={"fields": fields})
    for one in told["sheets"]:
        ranges = one.get("protectedRanges", [])
        one["protectedRanges"] = sorted(
            (r["description"], json.dumps(r["range"], sort_keys=True)) for r in ranges
        )
    return told["sheets"]


def test_the_layout_protects_what_is_the_apps_and_leaves_the_rest_to_people(sheet):
    orders = next(one for one in _structure(sheet) if one["properties"]["title"] == "Orders")

    said = [words for words, _where in orders["protectedRanges"]]

    assert said == [
        "Inhands: Order (shown.number) is kept by the app",
        "Inhands: Urgent (shown.alert) is kept by the app",
        "Inhands: _id (_id) is kept by the app",
        "Inhands: _rev (_rev) is kept by the app",
        "Inhands: headings from shown.number",
    ]
    assert orders["properties"]["gridProperties"]["frozenRowCount"] == 1
    assert len(orders["conditionalFormats"]) == 2


# ---------------------------------------------------------------- what is read and written


def test_values_come_typed_and_formulas_are_told_apart(sheet):
    sheet.fill(2)
    google, id = sheet.google, sheet.id
    google.act(id, "edit", cell="Orders!C2", value="=1/0")
    google.act(id, "edit", cell="Orders!B3", value="=2+3")
    google.act(id, "edit", cell="Orders!C3", value="TRUE")
    google.act(id, "edit", cell="Orders!D2", value="007")

    tab = sheet.read().tabs["orders"]

    assert tab.rows[1][:4] == ["2001", 46001, "#DIV/0!", "007"]
    assert tab.rows[2][:3] == ["2002", 5, True]
    assert tab.formulas == {(1, PRIORITY): "=1/0", (2, DUE): "=2+3"}
    assert tab.columns[DUE] == "job.in_hands"
    assert not tab.merges


def test_text_of_the_app_stays_text(sheet):
    sheet.fill(1)
    words = ["=HYPERLINK(1)", "+49 40 1234", "5.10", "007", "2026-01-02", "'quoted", "50%"]

    for word in words:
        sheet.backend.write([SetCell("orders", 1, NOTES, word)], sheet.read())

        tab = sheet.read().tabs["orders"]
        assert tab.rows[1][NOTES] == word
        assert tab.formulas == {}


def test_our_note_goes_and_the_managers_note_stays(sheet):
    sheet.fill(1)
    sheet.google.act(sheet.id, "note", cell="Orders!B2", text="ask Ann first")

    sheet.backend.write([SetNote("orders", 1, DUE, "31 Feb is no date")], sheet.read())
    noted = sheet.read().notes["orders", 1, DUE]
    sheet.backend.write([SetNote("orders", 1, DUE, "")], sheet.read())

    assert noted == "Inhands: 31 Feb is no date\n\nask Ann first"
    assert sheet.read().notes["orders", 1, DUE] == "ask Ann first"


def test_rows_go_from_the_bottom_up(sheet):
    sheet.fill(5)

    ops = [DropRow("orders", 2), DropRow("orders", 4), SetCell("orders", 5, NOTES, "last")]
    echo = sheet.backend.write(ops, sheet.read())

    assert [id for id, _rev in echo.stamps["orders"]] == ["_id", "id1", "id3", "id5"]
    assert sheet.rows()[3][NOTES] == "last"


def test_a_private_column_between_ours_is_never_touched(sheet):
    sheet.fill(2)
    google, id = sheet.google, sheet.id
    google.act(id, "insert_columns", tab="Orders", at=1)
    google.act(id, "edit", cell="Orders!B1", value="mine")
    google.act(id, "edit", cell="Orders!B2", value="keep this")

    reading = sheet.read()
    columns = {key: at for at, key in reading.tabs["orders"].columns.items()}
    ops = [SetCell("orders", 1, columns["job.in_hands"], 46100)]
    ops += [SetCell("orders", 1, columns["shown.number"], "2001b")]
    sheet.backend.write(ops, reading)
    sheet.again().lay_out([ORDERS, CONFLICTS])

    assert sheet.rows()[0][1] == "mine"
    assert sheet.rows()[1][:3] == ["2001b", "keep this", 46100]


def test_a_renamed_tab_is_found_again_and_then_it_is_known(sheet):
    sheet.fill(2)
    sheet.calls()
    sheet.google.act(sheet.id, "rename_tab", tab="Orders", title="Board 'A1'")

    reading = sheet.read()
    assert reading.tabs["orders"].title == "Board 'A1'"
    assert sheet.calls() == {"read": 3}

    sheet.again().write([SetCell("orders", 1, NOTES, "x")], sheet.again().read(["orders"]))
    assert sheet.calls() == {"read": 1, "write": 1}


def test_a_deleted_tab_is_missing_and_can_be_made_again(sheet):
    sheet.fill(2)
    sheet.google.act(sheet.id, "delete_tab", tab="Orders")

    assert sheet.read().missing == ("orders",)

    sheet.backend.lay_out([ORDERS, CONFLICTS])
    assert sheet.rows() == [["Order", "In hands", "Priority", "Notes", "Urgent", "_id", "_rev"]]


def test_columns_follow_the_order_somebody_wants_and_the_dropped_one_stays(sheet):
    sheet.fill(2)
    number, due, priority, notes, alert, *hidden = ORDERS.columns
    more = ColumnLayout("order.po_number", "PO number", owner="both")

    wanted = TabLayout("orders", "Orders", (due, more, number, notes, alert, *hidden))
    sheet.backend.lay_out([wanted, CONFLICTS])

    tab = sheet.read().tabs["orders"]
    ours = [tab.columns[at] for at in sorted(tab.columns)]
    assert ours == [column.key for column in wanted.columns]
    assert priority.title in tab.rows[0], "what is not ours any more stays as somebody's own"
    at = {key: at for at, key in tab.columns.items()}
    assert [tab.rows[1][at[key]] for key in ("shown.number", "job.in_hands")] == ["2001", 46001]


def test_a_new_sheet_of_somebodys_that_is_called_the_same_is_left_alone(google, key):
    sheet = Sheet(google, key, tabs={"Orders": [["my own list"], ["do not touch"]]})

    titles = [one["properties"]["title"] for one in _structure(sheet)]

    assert titles == ["Orders", "Orders 2", "Conflicts"]
    assert google.file(sheet.id).book.sheets[0].rows[0][0].value == "my own list"


def test_rows_that_moved_between_read_and_write_show_in_the_echo(sheet):
    sheet.fill(3)
    reading = sheet.read()
    sheet.google.act(sheet.id, "delete_rows", tab="Orders", at=1)

    echo = sheet.backend.write([SetCell("orders", 2, REV, "id2:2")], reading)

    assert echo.stamps["orders"][2] == ("id3", "id2:2")


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("fault", ["503_before", "html502", "reset_before", "reset", "500_before"])
def test_a_read_is_tried_again(sheet, fault):
    sheet.fill(1)
    sheet.google.fail(fault, on="read", times=2, bytes=40)

    assert len(sheet.rows()) == 2
    assert len(sheet.waits) == 2
    assert all(wait <= 2 for wait in sheet.waits)


def test_a_cycle_gives_up_after_a_few_tries_and_says_so(sheet):
    sheet.google.fail("503_before", on="read", times=-1)

    with pytest.raises(UnreachableError, match="tried again by itself"):
        sheet.read()

    assert sheet.calls() == {"read": 4}
    with pytest.raises(UnreachableError):
        sheet.read()
    assert sheet.calls() == {"read": 4}, "the next cycle has its own tries"


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("503_before", False),
        ("503_after", True),
        ("html502", False),
        ("html502_after", True),
        ("reset", True),
        ("reset_before", False),
    ],
)
def test_a_write_is_sent_once_and_the_next_read_tells(sheet, fault, done):
    sheet.fill(1)
    reading = sheet.read()
    sheet.calls()
    sheet.google.fail(fault, on="write", bytes=30)

    with pytest.raises(UnreachableError):
        sheet.backend.write([a_row(2)], reading)

    assert sheet.calls() == {"write": 1}
    assert len(sheet.rows()) == (3 if done else 2)


def test_after_429_no_call_of_that_kind_before_the_next_minute(sheet):
    sheet.fill(1)
    reading = sheet.read()
    sheet.google.fail("429", on="read")
    moment = datetime(2026, 11, 22, 9, 30, 20, tzinfo=UTC)

    with clock.frozen(moment), pytest.raises(PausedError) as pause:
        sheet.read()
    assert datetime(2026, 11, 22, 9, 31, tzinfo=UTC) < pause.value.until
    sheet.calls()
    with clock.frozen(moment + timedelta(seconds=39)), pytest.raises(PausedError):
        sheet.read()
    assert sheet.calls() == {}
    with clock.frozen(moment + timedelta(seconds=39)):
        sheet.backend.write([SetCell("orders", 1, NOTES, "writes go on")], reading)
    with clock.frozen(pause.value.until):
        assert sheet.rows()[1][NOTES] == "writes go on"


def test_never_more_than_sixty_calls_in_any_minute():
    now, taken = [0.0], []
    governor = Governor(ticks=lambda: now[0], sleep=lambda wait: now.__setitem__(0, now[0] + wait))

    while now[0] < 600:
        governor.take("read")
        taken.append(now[0])

    worst = max(sum(at <= one < at + 60 for one in taken) for at in taken)
    assert worst <= 56
    assert len(taken) >= 490
    assert governor.used("read") <= 56


def test_a_call_that_would_wait_long_is_put_off():
    governor = Governor(per_minute=6, burst=1, ticks=lambda: 0.0, sleep=lambda wait: None)
    governor.take("read")

    with pytest.raises(PausedError, match="goes on by itself"):
        governor.take("read")

    governor.take("write")


def test_a_thousand_edits_in_a_minute_are_twelve_reads_and_twelve_writes(sheet):
    sheet.fill(100)
    sheet.calls()

    for beat in range(12):
        reading = sheet.read()
        ops = [SetCell("orders", 1 + n, NOTES, f"{beat} {n}") for n in range(84)]
        sheet.backend.write(ops, reading)

    assert sheet.calls() == {"read": 12, "write": 12}


# ---------------------------------------------------------------- what a person has to mend


def test_a_sheet_that_is_not_shared_says_with_whom(google, key):
    id = google.seed("Secret", shared={})

    with pytest.raises(BrokenError, match=f"Share.*{ACCOUNT}.*Editor"):
        look(key.client(google.url), id)


def test_a_permission_that_is_taken_away_is_told_and_comes_back_by_itself(sheet):
    sheet.fill(1)
    reading = sheet.read()
    file = sheet.google.file(sheet.id)

    file.share(ACCOUNT, "reader")
    with pytest.raises(BrokenError, match=f"add {ACCOUNT} as Editor"):
        sheet.backend.write([SetCell("orders", 1, NOTES, "x")], reading)
    with pytest.raises(BrokenError, match="not write in it"):
        look(sheet.client, sheet.id)
    file.unshare(ACCOUNT)
    with pytest.raises(BrokenError, match=f"Share in it, add {ACCOUNT} as Editor"):
        sheet.read()
    file.share(ACCOUNT, "writer")

    sheet.backend.write([SetCell("orders", 1, NOTES, "back")], sheet.read())
    assert sheet.rows()[1][NOTES] == "back"


def test_a_sheet_in_the_bin_is_told(sheet):
    sheet.google.file(sheet.id).trashed = True

    with pytest.raises(BrokenError, match="bin"):
        look(sheet.client, sheet.id)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("storage_quota", "Drive of the sheet's owner is full"), ("404", "no such sheet")],
)
def test_what_cannot_pass_is_not_tried_again(sheet, fault, words):
    reading = sheet.read()
    sheet.calls()
    sheet.google.fail(fault, on="write")

    with pytest.raises(BrokenError, match=words):
        sheet.backend.write([a_row(1)], reading)

    assert sheet.calls() == {"write": 1}


def test_a_revoked_key_is_told_with_what_to_do(google):
    address = "old@shop.iam.gserviceaccount.com"
    access = access_of_key(json.dumps(google.service_account(address)))
    id = google.seed("Live", shared={address: "writer"})
    client = access.client(google.url)
    assert look(client, id).title == "Live"

    google.accounts.revoke(address)

    with pytest.raises(BrokenError, match=r"no longer accepts the key of old@.*Account"):
        look(client, id)


def test_a_token_that_ended_is_renewed(sheet):
    sheet.fill(1)
    sheet.google.accounts.expire(ACCOUNT)

    assert len(sheet.rows()) == 2


def test_a_tab_renamed_in_the_window_leaves_it_open_whether_all_was_done(sheet):
    sheet.fill(1)
    reading = sheet.read()
    sheet.google.act(sheet.id, "rename_tab", tab="Orders", title="Other")

    with pytest.raises(UnreachableError, match="next look tells"):
        sheet.backend.write([SetCell("orders", 1, NOTES, "x")], reading)

    assert sheet.read().tabs["orders"].title == "Other"


def test_a_tab_deleted_in_the_window_writes_nothing(sheet):
    sheet.fill(1)
    reading = sheet.read()
    sheet.google.act(sheet.id, "delete_tab", tab="Orders")

    with pytest.raises((MovedError, UnreachableError)):
        sheet.backend.write([SetCell("orders", 1, NOTES, "x")], reading)

    assert sheet.read().missing == ("orders",)


# ---------------------------------------------------------------- addresses, keys, authors


@pytest.mark.parametrize(
    "typed",
    [
        "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWx-_YZ/edit#gid=0",
        " https://docs.google.com/spreadsheets/u/1/d/1AbCdEfGhIjKlMnOpQrStUvWx-_YZ/edit?usp=sharing ",
        "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWx-_YZ",
        "1AbCdEfGhIjKlMnOpQrStUvWx-_YZ",
    ],
)
def test_the_sheet_is_known_by_its_address(typed):
    assert spreadsheet_id(typed) == "1AbCdEfGhIjKlMnOpQrStUvWx-_YZ"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Live orders",
        "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWx-_YZ/edit",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vabcdefghijklmnopqrstuvwxyz/pubhtml",
    ],
)
def test_another_address_is_refused_with_what_to_copy(typed):
    with pytest.raises(ShopError, match="copy the whole address"):
        spreadsheet_id(typed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the key of a service account"),
        ("{", "not the key of a service account"),
        ('{"type": "authorized_user"}', "not the key of a service account"),
        (
            '{"type": "service_account", "client_email": "a@b.c", "private_key": "x",'
            ' "token_uri": "https://evil.example/token"}',
            "evil.example",
        ),
        (
            '{"type": "service_account", "client_email": "a@b.c", "private_key": "x",'
            ' "token_uri": "https://oauth2.googleapis.com/token"}',
            "damaged",
        ),
    ],
)
def test_a_file_that_is_no_key_is_refused(text, words):
    with pytest.raises(ShopError, match=words):
        access_of_key(text)


def test_a_key_is_not_shown_by_accident(key):
    assert "PRIVATE" in key.secret
    assert "PRIVATE" not in repr(key)


def test_somebody_is_named_only_where_nobody_else_saved_the_sheet():
    def at(minute):
        return datetime(2026, 11, 22, 14, minute, tzinfo=UTC)

    def saved(minute, name):
        return Revision(at(minute), name, f"{name.lower()}@shop.example")

    us = Revision(at(3), "Sync", ACCOUNT)

    assert author([saved(2, "Ann"), us], at(1), at(4), ACCOUNT) == "Ann"
    assert author([us, saved(5, "Ann")], at(1), at(4), ACCOUNT) == "Ann", "saved with the next one"
    assert author([saved(2, "Ann"), saved(3, "Bob")], at(1), at(4), ACCOUNT) == ""
    assert author([saved(2, "Ann"), saved(5, "Bob")], at(1), at(4), ACCOUNT) == ""
    assert author([us], at(1), at(4), ACCOUNT) == ""
    assert author([saved(1, "Ann")], at(1), at(4), ACCOUNT) == ""


def test_drive_tells_who_saved_the_sheet(sheet):
    sheet.fill(1)
    sheet.google.act(sheet.id, "edit", cell="Orders!D2", value="by hand", user="ann@shop.example")

    found = revisions(sheet.client, sheet.id)

    assert "ann@shop.example" in {one.address for one in found}
    assert found == sorted(found, key=lambda one: one.at)
    assert isinstance(Access(ACCOUNT, "{}"), Access)
