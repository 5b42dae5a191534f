"""The start page: what it names, for whom, and what it costs."""

import re
from datetime import UTC, date, datetime

import pytest

import clock
import models
from admin.today import chart_of
from tests.shop import BOSS, a_line, a_released_order, a_shop, finish_until
from tests.web import queries, text_of
from workflow import engine, morning
from workflow.workdays import days_of_shop


@pytest.fixture(autouse=True)
def monday_morning():
    """It is Monday, 23 November 2026, eight o'clock."""
    with clock.frozen(datetime(2026, 11, 23, 8, tzinfo=UTC)):
        a_shop()
        yield


def a_late_order(**words):
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        return a_released_order(in_hands_date=date(2026, 11, 20), **words)


def part(client, name):
    return text_of(client.get(f"/today/{name}"))


def test_the_morning_view_asks_nine_questions_at_most(client_as):
    for _ in range(3):
        engine.hold(a_late_order().id, engine.HoldWords("quality", "Ravi"), BOSS)
    client = client_as("Owner")

    with queries(most=9):
        answer = client.get("/")

    assert answer.status_code == 200


def test_every_number_leads_to_its_list(client_as):
    order = a_late_order(in_hands_firm=True)
    client = client_as("Manager")

    page = text_of(client.get("/"))

    for name in morning.PARTS:
        assert f'href="/today/{name}"' in page
        assert client.get(f"/today/{name}").status_code == 200
    assert order.number in part(client, "late")
    assert client.get("/today/nonsense").status_code == 404


def test_what_is_late_opens_where_something_can_be_done(client_as):
    order = a_late_order()
    task = finish_until(order, "screen-print")

    page = text_of(client_as("Manager").get("/"))

    assert f'href="/tasks/{task.id}/popup" data-popup>{order.number}' in page


def test_a_quiet_shop_says_so(client_as):
    page = text_of(client_as("Manager").get("/"))

    assert "Nothing is late." in page
    assert "Nothing stands still." in page


def test_released_on_friday_is_called_so_on_monday(client_as):
    with clock.frozen(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        a_released_order()

    page = text_of(client_as("Manager").get("/"))

    assert "Released on Fri 20 Nov" in page


def test_on_tuesday_yesterday_is_yesterday(client_as):
    with clock.frozen(datetime(2026, 11, 24, 8, tzinfo=UTC)):
        assert "Released yesterday" in text_of(client_as("Manager").get("/"))


def test_a_worker_of_laser_hears_nothing_of_printing(client_as):
    mine, theirs = a_late_order(), a_late_order()
    laser = a_released_order(a_line(method="laser"))
    engine.hold(theirs.id, engine.HoldWords("quality", "Ravi"), BOSS)
    client = client_as("Department worker", departments=["laser"])

    page = text_of(client.get("/"))

    assert not any(number in page for number in (mine.number, theirs.number))
    assert re.findall(r'class="name"[^>]*>([^<]*)', page) == ["Laser"]
    assert laser.number not in page


def test_no_money_stands_on_the_start_page(client_as):
    a_late_order()

    main = text_of(client_as("Owner").get("/")).split("<main")[1].split("</main>")[0]
    words = re.sub(r"<[^>]*>", " ", main)

    assert not re.search(r"\b\d+\.\d\d\b|USD", words)


def test_the_chart_is_drawn_to_capacity_and_says_it_in_a_table_too(client_as):
    order = a_released_order(a_line(5_000), in_hands_date=date(2026, 12, 3))
    models.Task.update(planned_date=date(2026, 11, 24)).where(
        models.Task.job.in_(models.Job.select().where(models.Job.order == order))
    ).execute()

    chart = chart_of(morning.of_shop(days_of_shop(), None))
    printing = next(row for row in chart.rows if row.load.slug == "screen-print")
    page = text_of(client_as("Manager").get("/"))

    assert [bar.kind for bar in printing.bars] == ["", "over", "", "", ""]
    assert [bar.width for bar in printing.bars] == [0, chart.bar, 0, 0, 0]
    assert "2,030 over" in page
    assert not re.search(r"<svg[^>]*style=", page)


def test_more_than_a_page_of_entries_has_pages(client_as):
    for _ in range(101):
        a_late_order()
    client = client_as("Manager")

    assert "1–100 of 101" in part(client, "late")
    assert "101–101 of 101" in text_of(client.get("/today/late?page=2"))
    assert client.get("/today/late?page=999").status_code == 200
