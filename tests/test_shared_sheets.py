"""A shared sheet from the shop's side: Google and shop together, the screens, the worker's turns."""

import json
import os
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

import clock
import models
from models import Order, SheetEvent, SheetLink, SheetRow, SheetTab
from settings import get_settings
from sheets_emulator import Server
from sync.sheets import accounts, authors, layouts, pace, turns
from sync.sheets.google import Governor, access_of_key, governor
from sync.sheets.shapes import BrokenError
from sync.sheets.standing import standing
from sync.sheets.watch import SheetWatch
from tests.shop import BOSS, a_customer, a_released_order, a_shop
from tests.web import queries, text_of
from workflow import engine

ACCOUNT = "sync@shop.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def server():
    with Server() as opened:
        opened.accounts.strict = True
        opened.key = json.dumps(opened.service_account(ACCOUNT))
        yield opened


@pytest.fixture
def google(server, monkeypatch):
    """The server with nothing left over; the shop takes it for Google's."""
    monkeypatch.setenv("GOOGLE_URL", server.url)
    get_settings.cache_clear()
    accounts._clients.clear()
    governor._governors.clear()
    governor._governors[f"{server.url} {ACCOUNT}"] = Governor(per_minute=60_000, burst=60_000)
    server.faults.clear()
    server.barriers.clear()
    server.log.clear()
    return server


@pytest.fixture
def link(google):
    """A shop with a connected, filled Google sheet."""
    a_shop()
    return connected(google)


def connected(google, orders=3, **seed):
    customer = a_customer()
    for _ in range(orders):
        a_released_order(customer=customer)
    book = google.seed("Live orders", shared={ACCOUNT: "writer"}, **seed)
    made = layouts.connect(
        "Board", "google", f"https://docs.google.com/spreadsheets/d/{book}/edit", BOSS
    )
    made.book = book
    accounts.keep(made, access_of_key(google.key), accounts.KEY, BOSS)
    look_now(made)
    made.first_calls = calls(google)
    return made


def look_now(link):
    """One cycle, as the worker makes it."""
    taken = turns.take(link.id, "test")
    try:
        return turns.run(taken)
    finally:
        turns.give_back(link.id, "test")


def calls(google):
    counted = Counter(one.kind for one in google.log if one.kind in ("read", "write"))
    google.log.clear()
    return dict(counted)


def cell(link, google, row, title, tab="Orders"):
    """Where a cell is, as people write it: "Orders!B2"."""
    sheet = next(one for one in google.file(link.book).book.sheets if one.title == tab)
    at = next(c for c, found in sheet.rows[0].items() if found.value == title)
    return f"{tab}!{chr(65 + at)}{row}"


def value(link, google, row, title):
    where = cell(link, google, row, title).partition("!")[2]
    sheet = next(one for one in google.file(link.book).book.sheets if one.title == "Orders")
    found = sheet.rows[row - 1].get(ord(where[0]) - 65)
    return found.value if found else None


def first_order(link):
    row = SheetRow.select().join(SheetTab).where(SheetTab.key == "orders").order_by(SheetRow.id)
    return Order.get_by_id(row.first().order_id)


# ---------------------------------------------------------------- both sides


def test_the_sheet_is_laid_out_and_filled_and_then_nobody_writes(link, google):
    assert link.first_calls == {"read": 1, "write": 2}
    assert look_now(link).idle
    assert calls(google) == {"read": 1}

    with queries() as asked:
        assert look_now(link).idle
    written = [sql for sql in asked if not sql.lstrip().startswith("SELECT")]

    assert calls(google) == {"read": 1}
    assert all('UPDATE "sheet_links"' in sql for sql in written), "the turn, and nothing else"


@pytest.mark.once
def test_an_edit_of_the_shop_is_in_the_sheet_with_one_read_and_one_write(link, google):
    order = first_order(link)
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "PO 77"}), BOSS)

    look_now(link)

    assert calls(google) == {"read": 1, "write": 1}
    assert value(link, google, 2, "PO number") == "PO 77"
    assert look_now(link).idle


def test_a_managers_edit_is_in_the_shop_and_in_the_orders_history(link, google):
    order = first_order(link)
    google.act(link.book, "edit", cell=cell(link, google, 2, "PO number"), value="00471")

    report = look_now(link)

    assert report.taken == 1
    assert Order.get_by_id(order.id).po_number == "00471"
    said = [event.actor for event in order.events]
    assert "sheet" in said


@pytest.mark.once
def test_a_write_that_may_have_arrived_is_told_by_the_next_read(link, google):
    order = first_order(link)
    for fault in ("503_after", "503_before", "reset", "html502_after"):
        engine.change_order(order.id, engine.OrderChange(values={"po_number": fault}), BOSS)
        google.fail(fault, on="write", bytes=20)

        assert look_now(link).stopped
        assert SheetLink.get_by_id(link.id).state == "waiting"
        while not look_now(link).idle:
            pass

        assert value(link, google, 2, "PO number") == fault
        assert SheetLink.get_by_id(link.id).state == "fine"
    assert SheetEvent.select().where(SheetEvent.kind == "conflict").count() == 0


# ---------------------------------------------------------------- turns


def test_two_processes_take_turns(link):
    assert turns.take(link.id, "one") is not None
    assert turns.take(link.id, "two") is None
    assert turns.take(link.id, "one") is not None, "the same one may go on"

    with clock.frozen(clock.now() + timedelta(seconds=turns.LEASE_SECONDS + 1)):
        assert turns.take(link.id, "two") is not None, "the first one has died"


def test_two_processes_that_look_at_once_harm_nothing(link, google):
    order = first_order(link)
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "PO 1"}), BOSS)
    google.act(link.book, "edit", cell=cell(link, google, 3, "PO number"), value="PO 2")

    with ThreadPoolExecutor(2) as pool:  # without taking turns at all
        looks = [pool.submit(_look, link.id) for _ in range(4)]
        for one in looks:
            one.result()
    while not look_now(link).idle:
        pass

    rows = [value(link, google, row, "PO number") for row in (2, 3)]
    assert rows == ["PO 1", "PO 2"]
    assert {one.po_number for one in Order.select()} >= {"PO 1", "PO 2"}
    assert SheetEvent.select().where(SheetEvent.kind == "conflict").count() == 0


def _look(link_id):
    try:
        return turns.run(SheetLink.get_by_id(link_id))
    finally:
        models.close()


@pytest.mark.once
def test_the_next_look_comes_soon_after_a_change_and_late_when_all_is_quiet(link, google):
    now = clock.now()
    with clock.frozen(now):
        google.act(link.book, "edit", cell=cell(link, google, 2, "PO number"), value="PO 9")
        look_now(link)
    assert SheetLink.get_by_id(link.id).next_try_at == now + pace.BUSY

    for later, period in ((timedelta(minutes=5), pace.QUIET), (timedelta(hours=1), pace.IDLE)):
        with clock.frozen(now + later):
            look_now(link)
        assert SheetLink.get_by_id(link.id).next_try_at == now + later + period


def test_a_change_in_the_shop_and_sync_now_do_not_wait_for_the_clock(link):
    def due():
        found = turns.due_at(SheetLink.get_by_id(link.id), turns.newest_event())
        return found is not None and found <= clock.now()

    now = clock.now()
    SheetLink.update(
        next_try_at=now + timedelta(seconds=50), last_read_at=now - timedelta(seconds=6)
    ).execute()
    assert not due()

    order = first_order(link)
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "PO 3"}), BOSS)
    assert due()
    SheetLink.update(failures=1).execute()
    assert not due(), "a pause after a failure is kept"
    turns.ask_now(link.id)
    assert due()
    SheetLink.update(active=False).execute()
    assert not due()


def seconds_until_a_look(link, now):
    """How long the watch waits on a standing clock, and what the look after that did."""
    due = turns.due_at(SheetLink.get_by_id(link.id), turns.newest_event())
    with clock.frozen(max(due, now)):
        report = look_now(link)
    return max((due - now).total_seconds(), 0), report


@pytest.mark.once
@pytest.mark.parametrize(
    ("quiet_for", "period"), [(0, pace.BUSY), (3 * 60, pace.QUIET), (3600, pace.IDLE)]
)
def test_an_edit_of_either_side_is_on_the_other_within_one_period(link, google, quiet_for, period):
    """Whenever in the period it is made: just after a look, or just before the next."""
    order, start = first_order(link), clock.now() + timedelta(seconds=quiet_for)
    for number, share in enumerate((0.01, 0.99)):
        for side in ("app", "sheet"):
            with clock.frozen(start):
                SheetLink.update(active_at=start - timedelta(seconds=quiet_for)).execute()
                while not look_now(link).idle:
                    pass
                SheetLink.update(active_at=start - timedelta(seconds=quiet_for)).execute()
            made = start + period * share
            with clock.frozen(made):
                said = f"{side} {quiet_for} {number}"
                if side == "app":
                    values = {"po_number": said}
                    engine.change_order(order.id, engine.OrderChange(values=values), BOSS)
                else:
                    at = cell(link, google, 2, "PO number")
                    google.act(link.book, "edit", cell=at, value=said)
                waited, report = seconds_until_a_look(link, made)
            assert report.reads == 1
            assert (report.written, report.taken) == ((1, 0) if side == "app" else (0, 1))
            most = pace.BUSY if side == "app" else period
            assert waited <= most.total_seconds(), (side, share)
            start += timedelta(hours=2)


@pytest.mark.once
def test_a_file_is_written_a_second_after_an_edit_and_read_as_soon_as_it_is_saved(tmp_path):
    a_shop()
    order, file = a_released_order(customer=a_customer()), tmp_path / "live.xlsx"
    link = layouts.connect("Live", "workbook", str(file), BOSS)
    now = clock.now()
    with clock.frozen(now):
        while not look_now(link).idle:
            pass
    with clock.frozen(now + timedelta(seconds=0.2)):
        engine.change_order(order.id, engine.OrderChange(values={"po_number": "PO 1"}), BOSS)
        waited, report = seconds_until_a_look(link, clock.now())
    assert waited == 0.8
    assert report.written == 1

    with clock.frozen(now + timedelta(seconds=2)):
        os.utime(file)
        assert seconds_until_a_look(link, clock.now())[0] == 0


@pytest.mark.once
def test_the_worker_keeps_the_sheet(link, google):
    google.act(link.book, "edit", cell=cell(link, google, 2, "PO number"), value="PO 5")
    turns.ask_now(link.id)
    watch = SheetWatch()

    watch.start()
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and SheetLink.get_by_id(link.id).asked_at is not None:
            time.sleep(0.05)
    finally:
        watch.stop()

    assert first_order(link).po_number == "PO 5"
    found = SheetLink.get_by_id(link.id)
    assert (found.state, found.leased_by) == ("fine", "")


@pytest.mark.once
def test_a_permission_that_is_gone_for_an_hour_is_told_and_nothing_is_lost(link, google):
    order, file = first_order(link), google.file(link.book)
    file.share(ACCOUNT, "reader")
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "PO 8"}), BOSS)
    google.act(link.book, "edit", cell=cell(link, google, 3, "PO number"), value="PO 9")
    began = clock.now()

    for minutes in (0, 5, 30, 60):
        with clock.frozen(began + timedelta(minutes=minutes)):
            with pytest.raises(BrokenError):
                look_now(link)
            stands = standing(SheetLink.get_by_id(link.id))
            assert stands.word == "Does not work"
            assert f"add {ACCOUNT} as Editor" in stands.sentence
            assert stands.next_try_at > clock.now() + timedelta(minutes=2)
    file.share(ACCOUNT, "writer")
    with clock.frozen(began + timedelta(minutes=61)):
        while not look_now(link).idle:
            pass
        assert standing(SheetLink.get_by_id(link.id)).word == "Works"

    assert value(link, google, 2, "PO number") == "PO 8"
    assert {one.po_number for one in Order.select()} >= {"PO 8", "PO 9"}


@pytest.mark.once
def test_a_pause_that_google_asks_for_is_kept_to_the_second(link, google):
    google.fail("429", on="read")

    report = look_now(link)

    found = SheetLink.get_by_id(link.id)
    assert "Google asks us to wait" in report.stopped
    assert found.next_try_at.replace(second=0, microsecond=0) > clock.now()
    assert found.next_try_at - clock.now() < timedelta(seconds=66)


@pytest.mark.once
def test_a_tab_that_was_deleted_is_made_again_when_somebody_says_so(link, google, client_as):
    google.act(link.book, "delete_tab", tab="Orders")
    look_now(link)
    assert "Recreate" in standing(SheetLink.get_by_id(link.id)).sentence

    client_as("Owner").post(f"/sheets/{link.id}/recreate")
    while not look_now(link).idle:
        pass

    assert standing(SheetLink.get_by_id(link.id)).word == "Works"
    assert len([one for one in google.file(link.book).book.sheets if one.title == "Orders"]) == 1
    assert value(link, google, 4, "Order") is not None


@pytest.mark.once
def test_somebody_is_named_in_the_log_once_google_can_know(link, google):
    order = first_order(link)
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "ours"}), BOSS)
    where = cell(link, google, 2, "PO number")
    google.act(link.book, "edit", cell=where, value="theirs", user="ann@shop.example")
    look_now(link)
    event = SheetEvent.get(SheetEvent.kind == "conflict")
    assert event.who == ""

    assert authors.fill_in(SheetLink.get_by_id(link.id)) == 0, "too early to know"
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert authors.fill_in(SheetLink.get_by_id(link.id)) >= 1

    assert "ann" in SheetEvent.get_by_id(event.id).who.lower()


# ---------------------------------------------------------------- the screens


@pytest.mark.once
def test_a_conflict_is_settled_with_one_click_once(link, google, client_as):
    order = first_order(link)
    engine.change_order(order.id, engine.OrderChange(values={"po_number": "ours"}), BOSS)
    google.act(link.book, "edit", cell=cell(link, google, 2, "PO number"), value="theirs")
    look_now(link)
    event = SheetEvent.get(SheetEvent.kind == "conflict")
    path = f"/sheets/{link.id}/conflicts"
    owner = client_as("Owner")

    page = text_of(owner.get(path))
    assert "ours" in page
    assert "Use “theirs”" in page

    client_as("Read-only").post(f"{path}/{event.id}/apply")
    assert Order.get_by_id(order.id).po_number == "ours"
    assert "PO number: “theirs” and “ours” collided" in text_of(
        owner.get(f"/orders/{order.number}")
    )
    owner.post(f"{path}/{event.id}/apply")
    assert Order.get_by_id(order.id).po_number == "theirs"
    assert owner.post(f"{path}/{event.id}/apply", follow_redirects=False).status_code in (302, 409)
    while not look_now(link).idle:
        pass
    assert value(link, google, 2, "PO number") == "theirs"
    assert "No conflicts" in text_of(owner.get(path))


@pytest.mark.once
def test_removed_rows_wait_and_come_back(link, google, client_as):
    google.act(link.book, "delete_rows", tab="Orders", at=2)
    look_now(link)
    row = SheetRow.get(SheetRow.state == "removed")
    owner = client_as("Owner")
    page = text_of(owner.get(f"/sheets/{link.id}/removed"))
    assert row.order.number in page

    owner.post(f"/sheets/{link.id}/removed", data={"row": [row.id], "do": "restore"})
    while not look_now(link).idle:
        pass

    assert value(link, google, 4, "Order") is not None
    assert SheetRow.get_by_id(row.id).state == "live"


@pytest.mark.once
@pytest.mark.parametrize("answer", ["restore", "accept"])
def test_much_at_once_is_held_until_somebody_answers(google, client_as, answer):
    a_shop()
    link = connected(google, orders=14)
    google.act(link.book, "delete_rows", tab="Orders", at=2, count=11)
    look_now(link)
    owner, path = client_as("Owner"), f"/sheets/{link.id}/stopped"
    numbers = [order.number for order in Order.select().order_by(Order.id)]

    page = text_of(owner.get(path))
    assert "11 of 14 rows are gone" in page
    assert f"/orders/{numbers[0]}" in page
    assert f"/orders/{numbers[13]}" not in page
    for said in ("accept", "restore"):
        assert "disabled" not in re.search(f'<button[^>]*value="{said}"[^>]*>', page)[0]
    assert 'class="n hot">1' in text_of(owner.get("/sheets/?all=1"))
    owner.post(path, data={"do": answer})
    while not look_now(link).idle:
        pass

    assert Order.select().where(Order.cancelled_at.is_null()).count() == 14
    assert "Nothing is stopped" in text_of(owner.get(path))
    removed = SheetRow.select().where(SheetRow.state == "removed").count()
    assert removed == (11 if answer == "accept" else 0)
    there = {value(link, google, row, "Order") for row in range(2, 16)}
    assert (numbers[0] in there) == (answer == "restore")


def test_the_menu_counts_what_waits_without_another_question(link, google, client_as):
    google.act(link.book, "delete_rows", tab="Orders", at=2)
    look_now(link)
    owner = client_as("Owner")
    owner.get("/sheets/")

    with queries(8) as asked:
        page = text_of(owner.get(f"/sheets/{link.id}/log"))

    assert "1 <" in page or ">1<" in page
    assert sum("sheet_rows" in sql and "departments" in sql for sql in asked) == 1


@pytest.mark.once
def test_columns_and_tabs_are_edited(link, google, client_as):
    tab = SheetTab.get((SheetTab.link == link) & (SheetTab.key == "orders"))
    owner, path = client_as("Owner"), f"/sheets/{link.id}/tabs/{tab.id}/columns"
    form = {
        "source": ["job.in_hands", "shown.number", "order.project_name"],
        "title": ["Due", "No.", "Project"],
        "owner": ["both", "app", "both"],
        "tie": ["app", "app", "sheet"],
        "width": ["90", "80", "120"],
    }

    assert owner.get(path).status_code == 200
    added = text_of(owner.post(path, data=form | {"do": "add", "add": "order.po_number"}))
    assert added.count('name="source"') == 4
    refused = owner.post(path, data=form | {"owner": ["both", "sheet", "both"]})
    assert refused.status_code == 422
    assert "only the app can write this column" in text_of(refused)
    assert owner.post(path, data=form).status_code == 302
    look_now(link)

    sheet = next(one for one in google.file(link.book).book.sheets if one.title == "Orders")
    heads = [found.value for _at, found in sorted(sheet.rows[0].items())]
    ours = [head for head in heads if head in ("Due", "No.", "Project")]
    assert ours == ["Due", "No.", "Project"]

    new = {"title": "Embroidery", "stage": ["production"], "active": "1"}
    assert owner.post(f"/sheets/{link.id}/tabs", data=new).status_code == 302
    again = owner.post(f"/sheets/{link.id}/tabs", data=new)
    assert "another tab of this sheet is called that" in text_of(again)
    look_now(link)
    assert "Embroidery" in [one.title for one in google.file(link.book).book.sheets]


@pytest.mark.once
def test_only_who_may_set_up_connects_and_edits(link, client_as):
    worker = client_as("Department worker", departments=["screen-print"])
    paths = ("connect", f"{link.id}/place", f"{link.id}/account", f"{link.id}/tabs")

    assert worker.get(f"/sheets/{link.id}").status_code == 200
    for path in paths:
        assert worker.get(f"/sheets/{path}").status_code == 403
    before = SheetLink.select().where(SheetLink.id == link.id).dicts().get()
    for path in ("sync", "recreate", "switch"):
        worker.post(f"/sheets/{link.id}/{path}")
    assert worker.post(f"/sheets/{link.id}/discard").status_code == 403
    assert SheetLink.select().where(SheetLink.id == link.id).dicts().get() == before


@pytest.mark.once
def test_a_key_is_stored_sealed_and_shown_to_nobody(link, google, client_as):
    stored = SheetLink.get_by_id(link.id).secret
    page = text_of(client_as("Owner").get(f"/sheets/{link.id}/account"))

    assert "PRIVATE" not in stored
    assert "PRIVATE" not in page
    assert ACCOUNT in page


@pytest.mark.once
def test_a_person_agrees_and_their_account_is_used(link, google, client_as):
    owner, path = client_as("Owner"), f"/sheets/{link.id}/account"
    form = {"how": "person", "client_id": "shop.apps", "client_secret": "hush"}
    page = text_of(owner.post(path, data=form))
    agree = re.search(r'href="(http[^"]+oauth2/v2/auth[^"]+)"', page)[1].replace("&amp;", "&")
    assert "hush" not in page

    back = requests.get(agree, allow_redirects=False, timeout=5).headers["Location"]
    stranger = owner.get("/sheets/agreed?state=1.stranger&code=x")
    came = owner.get(back.partition("127.0.0.1:8000")[2])

    assert stranger.status_code == 409
    assert came.status_code == 302, text_of(came)
    found = SheetLink.get_by_id(link.id)
    assert found.login == "oauth"
    assert "@" in found.account
    assert not found.options.get("agreeing")


# ---------------------------------------------------------------- the terminal


@pytest.mark.once
def test_the_terminal_connects_syncs_and_tells(link, google, app, tmp_path):
    terminal = app.test_cli_runner()
    book = google.seed("Second", shared={ACCOUNT: "writer"})
    secret = google.seed("Secret", shared={})

    def sheets(*words):
        done = terminal.invoke(args=["sheets", *words])
        return done.exit_code, done.output

    address = "https://docs.google.com/spreadsheets/d/"
    refused = sheets("connect", "Third", f"{address}{secret}/edit")
    assert refused[0] == 1
    assert "Share" in refused[1]
    connected_now = sheets("connect", "Second", f"{address}{book}/edit")
    assert connected_now == (
        0,
        "Second: Second is connected; the worker fills it with its next look\n",
    )

    google.act(link.book, "edit", cell=cell(link, google, 2, "PO number"), value="PO 6")
    code, said = sheets("sync", "Board", "Second")
    assert code == 0, said
    assert "Board: 1 cells taken" in said
    assert "Second: 0 cells taken" in said
    assert "3 rows added" in said
    assert first_order(link).po_number == "PO 6"

    google.file(link.book).unshare(ACCOUNT)
    code, said = sheets("sync")
    assert code == 1
    assert f"add {ACCOUNT} as Editor" in said
    code, said = sheets("status")
    assert code == 0
    assert "Does not work" in said
    assert "Works" in said
    assert sheets("sync", "Nobody's")[0] == 1
