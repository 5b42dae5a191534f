"""Late before it is late: when a job can be there, why not earlier, and one click for the customer."""

from datetime import UTC, date, datetime, timedelta

import pytest

import clock
import models
from errors import InvalidError, StaleError
from tests.letters import work
from tests.shop import (
    BOSS,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    finish,
    job_of,
    tasks_of,
)
from tests.web import text_of
from workflow import engine, forecast
from workflow.due import WorkingCalendar
from workflow.foresight import Open, arrival
from workflow.occasions import reason_for_customers

pure = pytest.mark.pure
WEEK = WorkingCalendar()
MONDAY = date(2026, 12, 7)


@pytest.fixture
def shop(db):
    with clock.frozen(datetime(2026, 12, 7, 8, tzinfo=UTC)):
        a_shop()
        yield


def due_in(days, **words):
    return a_released_order(in_hands_date=MONDAY + timedelta(days=days), **words)


# ---------------------------------------------------------------- the arithmetic


@pure
@pytest.mark.parametrize(
    ("steps", "day", "reason"),
    [
        ([Open("Print", 30, 1), Open("Pack", 40, 1)], "2026-12-10", "still to do: Print, Pack"),
        ([Open("Print", 30, 4, left=0.5)], "2026-12-10", "still to do: Print"),
        ([Open("Print", 30, 2), Open("Sew", 30, 1)], "2026-12-10", "still to do: Print, Sew"),
        ([Open("Print", 30, 1, ahead=1500, capacity=480)], "2026-12-14",
         "Print is busy until Thu 10 Dec"),
        ([Open("Receiving", 20, 1, not_before=date(2026, 12, 15), why="PO-7 is expected Tue 15 Dec"),
          Open("Print", 30, 1, ahead=500, capacity=480)], "2026-12-17", "PO-7 is expected Tue 15 Dec"),
        ([Open("Artwork", 10, 2, due=date(2026, 12, 4), why="no proof")], "2026-12-10",
         "Artwork was due Fri 4 Dec (no proof)"),
        ([], "2026-12-08", ""),
    ],
)  # fmt: skip
def test_a_job_arrives_when_its_open_work_is_done(steps, day, reason):
    found = arrival(steps, 1, MONDAY, WEEK)

    assert (found.day.isoformat(), found.reason) == (day, reason)


@pure
def test_a_reason_for_customers_names_no_department():
    assert reason_for_customers("Print is busy until Thu 10 Dec") == (
        "we need longer than planned to make it."
    )
    assert "later than planned" in reason_for_customers("PO-7 is expected Tue 15 Dec")
    assert "your approval" in reason_for_customers(
        "Artwork was due Fri 4 Dec (the customer has not approved the file yet)"
    )


# ---------------------------------------------------------------- the shop


def test_only_jobs_that_will_miss_their_date_are_foreseen(shop):
    due_in(21)
    late = due_in(3)

    assert forecast.renew() == 1

    row = models.Forecast.get()
    assert row.job == job_of(late)
    assert row.due_date == date(2026, 12, 10)
    assert row.expected_on > row.due_date
    assert row.late_days == WEEK.between(row.due_date, row.expected_on)


def test_a_forecast_goes_when_the_job_catches_up(shop):
    order = due_in(3)
    forecast.renew()
    noticed = models.Forecast.get().noticed_at
    with clock.frozen(clock.now() + timedelta(hours=1)):
        forecast.renew()
    assert models.Forecast.get().noticed_at == noticed

    engine.change_job_date(job_of(order).id, date(2026, 12, 30), firm=False, actor=BOSS)

    assert forecast.renew() == 0
    assert not models.Forecast.select().exists()


def test_goods_that_come_late_make_the_job_late(shop):
    product = a_product("TEE-9", purchased=True)
    line = a_line(10, product=product)
    order = a_released_order(line, in_hands_date=date(2026, 12, 23))
    assert forecast.renew() == 0
    finish(tasks_of(order)["artwork"])
    finish(tasks_of(order)["purchasing"])
    models.PurchaseOrder.update(expected_on=date(2026, 12, 22)).execute()

    assert forecast.renew() == 1

    number = models.PurchaseOrder.get().number
    assert models.Forecast.get().reason == f"{number} is expected Tue 22 Dec"


def test_a_full_department_makes_later_jobs_late(shop):
    models.Department.update(capacity_minutes=30).where(
        models.Department.slug == "screen-print"
    ).execute()
    for _ in range(6):
        due_in(15)
    last = due_in(16)

    forecast.renew()

    row = models.Forecast.get(models.Forecast.job == job_of(last))
    assert row.reason.startswith("Screen print is busy until")


def test_the_account_manager_sees_it_and_tells_the_customer_with_one_click(shop, client_as):
    order = due_in(3)
    sales = client_as("Sales")
    models.Order.update(account_manager=sales.person).execute()
    forecast.renew()
    job = job_of(order)

    today, page = text_of(sales.get("/")), text_of(sales.get(f"/orders/{order.number}"))
    ready = text_of(sales.get(f"/from-customers/late/{job.id}"))
    sales.post(f"/from-customers/late/{job.id}", data={"reason": "a machine broke down."})
    sales.post(f"/from-customers/late/{job.id}", data={"reason": "a machine broke down."})
    work()
    after = text_of(sales.get(f"/orders/{order.number}"))
    today_after = text_of(sales.get("/"))

    assert "Will be late" in today
    assert f'data-popup="/from-customers/late/{job.id}"' in today
    assert f"/from-customers/late/{job.id}" not in today_after
    assert "The customer knows." in today_after
    assert f"{sales.person.name} looks after it" in today
    assert f"{job.number} will be late" in page
    assert "Tell the customer" in page
    assert f"we promised your order {job.number}" in ready
    assert "The customer knows." in after
    [message] = models.Message.select().where(models.Message.event == "late")
    assert "Thursday 10 December 2026" in message.body
    assert "The reason: a machine broke down." in message.body


def test_a_job_that_is_in_time_again_needs_no_excuse(shop):
    order = due_in(3)
    forecast.renew()

    with pytest.raises(InvalidError, match="Say why"):
        engine.tell_late(job_of(order).id, " ", BOSS)
    models.Forecast.delete().execute()
    with pytest.raises(StaleError, match="in time"):
        engine.tell_late(job_of(order).id, "x", BOSS)
