"""The whole way round with a real LibreOffice: a cell, the shop, and back into the cell."""

import shutil
from datetime import date

import pytest

from models import Hold, OrderEvent
from sync.sheets import layouts, mirror, standing
from sync.sheets.backends import open_backend
from tests import shop
from workflow import engine

pytest_plugins = ("tests.office",)
pytestmark = pytest.mark.slow
NUMBER, PO, DUE, PRIORITY, NOTES = 0, 4, 5, 7, 13


@pytest.fixture(autouse=True)
def only_once(request):
    if request.config.getoption("--db") != "sqlite":
        pytest.skip("what LibreOffice writes does not depend on the database")


@pytest.fixture
def jobs():
    shop.a_shop()
    return [shop.job_of(shop.a_released_order()) for _ in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "Live jobs.xlsx"


@pytest.fixture
def link(jobs, path):
    link = layouts.connect("Live jobs", "workbook", str(path), shop.BOSS)
    cycle(link)
    return link


def cycle(link):
    return mirror.cycle(link, open_backend(link))


def settled(link):
    """As many cycles as it takes, at most three, until nothing is left to do."""
    for _ in range(3):
        cycle(link)
    report = cycle(link)
    assert report.idle, report


def cells(link, column):
    tab = open_backend(link).read(["orders"]).tabs["orders"]
    return {row[NUMBER]: row[column] for row in tab.rows[1:]}


def change(job, **values):
    engine.change_order(job.order_id, engine.OrderChange(values=values), shop.BOSS)


def order(job):
    return shop.reload(job).order


def test_a_cell_changed_in_libreoffice_changes_the_order_and_the_shop_s_edit_comes_into_its_cell(
    office, link, jobs, path
):
    first, second, third, _ = jobs
    with office.opened(path):
        rows = {office.get("Orders", row, NUMBER): row for row in range(1, 5)}
        change(second, po_number="PO-SHOP")
        held = cycle(link)
        assert held.held_by.startswith("open by ")
        assert standing.standing(link).sentence.endswith("what we write waits for that.")
        assert held.writes == 0
        office.type("Orders", rows[order(first).number], PO, "PO-LIBRE")
        office.type("Orders", rows[order(third).number], DUE, "2026-12-24")
        office.type("Orders", rows[order(third).number], PRIORITY, "sooner")
        office.insert_columns("Orders", 2)
        office.sort("Orders", "A1:Q5", 0, True)
        office.save()

    settled(link)

    assert order(first).po_number == "PO-LIBRE"
    assert shop.reload(third).due_date == date(2026, 12, 24)
    assert order(third).priority == "normal"
    assert cells(link, PO + 1)[order(second).number] == "PO-SHOP"
    who = OrderEvent.select(OrderEvent.actor).where(OrderEvent.order == first.order_id)
    assert "sheet" in {event.actor for event in who}
    with office.opened(path):
        row = next(r for r in range(1, 5) if office.get("Orders", r, 0) == order(third).number)
        assert office.get("Orders", row, PRIORITY + 1) == "sooner"
        assert "expected one of normal, rush, hot" in office.note("Orders", row, PRIORITY + 1)


def test_an_old_copy_that_is_saved_over_the_file_does_not_turn_the_shop_back(
    office, link, jobs, path, tmp_path
):
    first, second, *_ = jobs
    copy = tmp_path / "on the train.xlsx"
    shutil.copy(path, copy)
    change(first, po_number="PO-NEW", priority="rush")
    settled(link)
    with office.opened(copy):
        row = next(r for r in range(1, 5) if office.get("Orders", r, 0) == order(second).number)
        office.type("Orders", row, NOTES, "typed on the train")
        office.save()

    shutil.copy(copy, path)
    settled(link)

    assert (order(first).po_number, order(first).priority) == ("PO-NEW", "rush")
    assert order(second).internal_notes == "typed on the train"
    assert cells(link, PO)[order(first).number] == "PO-NEW"
    assert cells(link, NOTES)[order(second).number] == "typed on the train"


def test_deleted_rows_take_no_order_away_and_a_typed_row_waits_for_its_fields(
    office, link, jobs, path
):
    with office.opened(path):
        office.delete_rows("Orders", 2)
        office.type("Orders", 5, 1, "New customer")
        office.save()

    for _ in range(3):
        cycle(link)

    assert all(order(job).cancelled_at is None for job in jobs)
    assert not Hold.select().exists()
    assert len(cells(link, NUMBER)) == 4


def test_a_conflicted_copy_beside_the_file_is_named_in_the_status(link, path):
    shutil.copy(path, path.with_name("Live jobs (conflicted copy 2026-11-22).xlsx"))

    cycle(link)

    assert "two people saved at once" in standing.standing(shop.reload(link)).sentence
