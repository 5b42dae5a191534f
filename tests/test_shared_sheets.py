"""A shared sheet from the shop's side: Google and shop together, the screens, the worker's turns."""

import json
from collections import Counter
from datetime import timedelta

import pytest

import clock
from errors import ShopError
from models import Job, Order, SheetEvent, SheetLink, SheetRow, SheetTab
from settings import get_settings
from sheets_emulator import Server
from sync.sheets import accounts, authors, backends, layouts, pace, turns
from sync.sheets.google import access_of_key
from sync.sheets.shapes import BrokenError
from sync.sheets.watch import SheetWatch
from tests.shop import BOSS, a_customer, a_product, a_released_order, a_shop, somebody
from tests.web import queries, text_of

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
    customer, product = a_customer(), a_product()
    for _ in range(orders):
        a_released_order(customer=customer, products=[product])
    book = google.seed("Live orders", shared={ACCOUNT: "writer"}, **seed)
    made = layouts.connect("Board", "google", f"https://docs.google.com/spreadsheets/d/{book}/edit", BOSS)
    made.book = book
    accounts.keep(made, access_of_key(google.key), accounts.KEY, BOSS)
    look_now(made)
    google.log.clear()
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
    assert look_now(link).idle
    assert calls(google) == {"read": 1}

    with queries() as asked:
        assert look_now(link).idle
    written = [sql for sql in asked if not sql.lstrip().startswith("SELECT")]

    assert calls(google) == {"read": 1}
    assert all('UPDATE "sheet_links"' in sql for sql in written), "the turn, and nothing else"
