"""Queues, the week, the pop-up's figures and the morning view, read from a real shop."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import clock
import models
from errors import NotFoundError
from tests.shop import (
    ADDRESS,
    BOSS,
    a_customer,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    an_order,
    department,
    everything,
    finish,
    finish_until,
    items_of,
    job_of,
    reload,
    tasks_of,
)
from tests.web import queries
from workflow import board, engine, finding, grids, lists, morning, next_steps, queues, ticket
from workflow.queues import Filters, Tab, filters_from
from workflow.workdays import days_of_shop

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday_morning():
    """It is Monday, 23 November 2026, eight o'clock."""
    with clock.frozen(datetime(2026, 11, 23, 8, tzinfo=UTC)):
        a_shop()
        yield


def queue(slug, tab=Tab.ALL, filters=None, page=1):
    return lists.rows(department(slug), tab, filters or Filters(), days_of_shop(), page)


def numbers(rows):
    return [row.job for row in rows]


def count(slug, filters=None):
    return queues.count(department(slug), filters or Filters(), days_of_shop())


def printed(order, good):
    task = tasks_of(order)["screen-print"]
    item = items_of(task)[0]
    return engine.record(task.id, engine.Report((engine.ItemWork(item.id, Decimal(good)),)), BOSS)


# ---------------------------------------------------------------- which jobs


def test_production_shows_pending_jobs_dimmed_with_what_they_wait_for():
    order = a_released_order(mockup_requested=True)

    row = queue("screen-print")[0]

    assert (row.job, row.dim) == (order.number, True)
    assert row.state.startswith("Waits for Artwork")


def test_finishing_shows_nothing_before_its_time():
    order = a_released_order()
    finish_until(order, "screen-print")

    before = queue("packaging")
    finish(tasks_of(order)["screen-print"])

    assert before == []
    assert numbers(queue("packaging")) == [order.number]
    assert queue("shipping")[0].state == "Waits for Packaging"


def test_a_finished_job_leaves_the_queue_and_stands_under_done_today():
    order = a_released_order()
    task = finish_until(order, "screen-print")
    finish(task)

    assert queue("screen-print") == []
    assert queue("screen-print", Tab.DONE)[0].state == "Finished 08:00, Olga Owner"
    assert count("screen-print").done == 1


def test_what_was_finished_yesterday_is_not_done_today():
    order = a_released_order()
    with clock.frozen(datetime(2026, 11, 22, 23, 59, tzinfo=UTC)):
        finish(finish_until(order, "screen-print"))

    assert queue("screen-print", Tab.DONE) == []


def test_every_open_job_stands_in_exactly_one_part():
    ready, held, pending = (
        a_released_order(),
        a_released_order(),
        a_released_order(mockup_requested=True),
    )
    for order in (ready, held):
        finish_until(order, "screen-print")
    engine.hold(held.id, engine.HoldWords("quality", "Ravi"), BOSS)

    found = count("screen-print")

    assert (found.open, found.ready, found.pending, found.held) == (3, 1, 1, 1)
    assert numbers(queue("screen-print", Tab.READY)) == [ready.number]
    assert numbers(queue("screen-print", Tab.PENDING)) == [pending.number]
    assert queue("screen-print", Tab.HELD)[0].state == "On hold: Quality, Ravi"


def test_firm_and_late_come_first_then_the_due_date_then_priority_and_undated_last():
    def due(day, **words):
        return a_released_order(in_hands_date=day, **words).number

    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        undated = due(date(2026, 12, 1))
        late = due(date(2026, 11, 20))
        firm_and_late = due(date(2026, 11, 23), in_hands_firm=True)
        soon = due(date(2026, 12, 10))
        soon_and_hot = due(date(2026, 12, 10), priority="hot")
        firm = due(date(2026, 12, 11), in_hands_firm=True)
    job = models.Job.get(models.Job.number == undated)
    engine.change_job_date(job.id, None, firm=False, actor=BOSS)

    assert numbers(queue("screen-print")) == [
        firm_and_late,
        late,
        soon_and_hot,
        soon,
        firm,
        undated,
    ]


def test_late_is_counted_in_working_days_and_said_in_words():
    with clock.frozen(datetime(2026, 11, 9, 8, tzinfo=UTC)):
        order = a_released_order(in_hands_date=date(2026, 11, 26))
    models.Task.update(due_date=date(2026, 11, 19)).execute()

    row = queue("screen-print")[0]

    assert (row.job, row.late) == (order.number, "2 days late")
    assert count("screen-print").late == 1


@pytest.mark.parametrize("due", [date(2026, 11, 20), date(2026, 11, 21)])
def test_on_a_weekend_what_was_due_on_friday_is_not_late_yet(due):
    a_released_order()
    models.Task.update(due_date=due).execute()

    with clock.frozen(datetime(2026, 11, 22, 8, tzinfo=UTC)):
        assert queue("screen-print")[0].late == ""
        assert count("screen-print").late == 0


def test_progress_is_said_in_the_words_of_the_department():
    order = a_released_order(a_line(100))
    finish_until(order, "screen-print")
    printed(order, 24)

    assert queue("screen-print")[0].state == "24 of 100 made"


def test_a_stamp_changes_when_a_word_of_the_row_does():
    order = a_released_order(a_line(100))
    finish_until(order, "screen-print")
    before = queue("screen-print")[0].stamp

    same = queue("screen-print")[0].stamp
    printed(order, 1)

    assert before == same != queue("screen-print")[0].stamp


def test_a_queue_has_pages_of_fifty_and_no_job_twice():
    for _ in range(53):
        a_released_order()

    first, second = queue("screen-print", page=1), queue("screen-print", page=2)

    assert (len(first), len(second)) == (50, 3)
    assert len({row.id for row in first + second}) == 53


# ---------------------------------------------------------------- what a kind of work adds


def test_artwork_says_what_was_asked_for_and_shows_pictures():
    order = a_released_order(mockup_requested=True, proof_required=True)
    art = models.Artwork.get(models.Artwork.order == order)
    version = engine.add_version(art.id, "logo.png", b"png", "image/png", BOSS)

    row = queue("artwork")[0]

    assert (row.extra, row.state) == ("Mockup, Proof", "Proof to send")
    assert row.pictures == ((version.id, "Proof"),)


def test_purchasing_names_the_vendors_and_receiving_the_day():
    vendor = models.Vendor.create(code="SS", name="S&S Activewear")
    tee = a_product(vendor=vendor)
    order = a_released_order(a_line(10, product=tee))
    words = queue("purchasing")[0].extra
    task = tasks_of(order)["purchasing"]
    report = engine.Report(
        everything(task).items, vendor_id=vendor.id, expected_on=date(2026, 11, 27)
    )
    engine.finish_task(task.id, BOSS, report)

    assert words == "S&S Activewear"
    assert queue("receiving")[0].extra == "Fri 27 Nov"
    assert queue("receiving")[0].state == "Ready"


def test_hand_over_shows_how_and_how_many_boxes():
    order = a_released_order()
    task = finish_until(order, "packaging")
    engine.finish_task(task.id, BOSS, engine.Report(everything(task).items, None, {"boxes": "3"}))

    assert queue("shipping")[0].extra == "Ship, 3 boxes"


# ---------------------------------------------------------------- search and filters


def test_search_finds_number_po_customer_and_words_without_accents():
    order = a_released_order(
        a_line(description="Crème apron"), customer=a_customer("Café Sol"), po_number="RAC-77"
    )
    a_released_order()

    for text in (order.number, "rac-77", "cafe", "creme apron", f"#{order.number}"):
        assert numbers(queue("screen-print", filters=Filters(text=text))) == [order.number], text


def test_search_finds_nothing_for_a_word_nobody_said():
    a_released_order()

    assert queue("screen-print", filters=Filters(text="zeppelin")) == []


def test_filters_narrow_rows_and_numbers_alike():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        firm = a_released_order(in_hands_date=date(2026, 12, 20), in_hands_firm=True)
        late = a_released_order(in_hands_date=date(2026, 11, 20))

    assert numbers(queue("screen-print", filters=Filters(urgent=True))) == [firm.number]
    assert numbers(queue("screen-print", filters=Filters(late=True))) == [late.number]
    assert count("screen-print", Filters(urgent=True)).open == 1
    by = Filters(due_by=date(2026, 11, 30))
    assert numbers(queue("screen-print", filters=by)) == [late.number]
    assert queue("screen-print", filters=Filters(method="embroid")) == []
    assert len(queue("screen-print", filters=Filters(method="screen"))) == 2


def test_filters_by_vendor_proof_hand_over_and_change():
    vendor = models.Vendor.create(code="SS", name="S&S Activewear")
    bought = a_released_order(a_line(10, product=a_product(vendor=vendor)))
    pickup = a_released_order(
        destinations=({**ADDRESS, "fulfillment_type": "pickup"},), proof_required=True
    )

    assert numbers(queue("purchasing", filters=Filters(vendor="activewear"))) == [bought.number]
    assert queue("purchasing", filters=Filters(vendor="alpha")) == []
    assert numbers(queue("artwork", filters=Filters(proof="awaiting"))) == [pickup.number]
    assert numbers(queue("screen-print", filters=Filters(fulfillment="pickup"))) == [pickup.number]
    engine.change_job_date(job_of(bought).id, date(2026, 12, 24), firm=True, actor=BOSS)
    assert numbers(queue("screen-print", filters=Filters(changed=True))) == [bought.number]
    assert queue("screen-print", filters=Filters(changed=True))[0].state == "Change to read"


@pytest.mark.parametrize(
    "values",
    [{"due": "31/02/2026"}, {"proof": "nonsense"}, {"fulfillment": "rocket"}, {"late": "yes"}, {}],
)
def test_filters_that_make_no_sense_count_as_unset(values):
    assert filters_from(values) == Filters()


def test_a_queue_asks_five_questions_at_most():
    for _ in range(3):
        a_released_order(mockup_requested=True)

    for slug in [d.slug for d in models.Department.select()]:
        row = department(slug)
        with queries(most=5):
            queues.find_queue(slug, BOSS, None)
            days = days_of_shop()
            queues.count(row, Filters(), days)
            lists.rows(row, Tab.ALL, Filters(), days)
            if row.work == "production":
                board.week(row, MONDAY, days)


# ---------------------------------------------------------------- whose queue


def test_a_queue_of_others_is_not_there():
    mine = department("laser").id

    with pytest.raises(NotFoundError, match="no queue 'packaging' for you"):
        queues.find_queue("packaging", BOSS, frozenset({mine}))
    with pytest.raises(NotFoundError):
        queues.find_queue("nowhere", BOSS, None)
    assert queues.find_queue("laser", BOSS, frozenset({mine}))[0].name == "Laser"


def test_saved_views_are_ones_own_and_everybodys():
    role = models.Role.get(models.Role.name == "Manager")
    ana = models.Person.create(email="a@x.example", name="Ana", role=role)
    ben = models.Person.create(email="b@x.example", name="Ben", role=role)
    for person, name in ((ana, "Ana's"), (ben, "Ben's"), (None, "All")):
        models.SavedView.create(person=person, screen="q/laser", name=name, query="late=1")
    models.SavedView.create(person=ana, screen="q/artwork", name="Elsewhere", query="")
    actor = engine_actor(ana)

    _department, views = queues.find_queue("laser", actor, None)

    assert [(view.name, view.shared) for view in views] == [("All", True), ("Ana's", False)]


def engine_actor(person):
    from workflow.actors import Actor, Right

    return Actor(person.name, frozenset(Right), frozenset(), person.id)


# ---------------------------------------------------------------- the week


def week(slug="screen-print", monday=MONDAY):
    return board.week(department(slug), monday, days_of_shop())


def test_a_job_stands_on_the_day_it_is_due_and_a_planner_may_move_it():
    order = a_released_order(in_hands_date=date(2026, 12, 3))
    task = tasks_of(order)["screen-print"]

    before = {day.day: [c.job for c in day.cards] for day in week()}
    engine.plan_task(task.id, date(2026, 11, 24), BOSS)

    assert before[task.due_date] == [order.number]
    assert [c.job for c in week()[1].cards] == [order.number]


def test_what_is_overdue_stands_on_today_and_is_late():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        a_released_order(in_hands_date=date(2026, 11, 16))

    card = week()[0].cards[0]

    assert (card.late, card.kind) == (True, "late")


def test_another_week_does_not_show_what_is_overdue_today():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        a_released_order(in_hands_date=date(2026, 11, 16))

    assert not any(day.cards for day in week(monday=date(2026, 11, 30)))


def test_a_finished_job_leaves_the_week_and_half_a_job_half_its_minutes():
    order = a_released_order(a_line(100), in_hands_date=date(2026, 12, 3))
    task = finish_until(order, "screen-print")
    whole = sum(day.minutes for day in week())
    printed(order, 50)

    half = sum(day.minutes for day in week())
    finish(tasks_of(order)["screen-print"])

    assert (whole, half) == (task.minutes, -(-task.minutes // 2))
    assert not any(day.cards for day in week())


def test_a_closed_day_has_no_capacity_and_a_full_one_says_how_far_over():
    models.ClosedDay.create(day=date(2026, 11, 26), name="Thanksgiving")
    order = a_released_order(a_line(2_000), in_hands_date=date(2026, 12, 3))
    task = tasks_of(order)["screen-print"]
    engine.plan_task(task.id, date(2026, 11, 24), BOSS)

    days = week()

    assert (days[3].works, days[3].capacity) == (False, 0)
    assert days[1].over == task.minutes - 480


def test_on_a_saturday_overdue_work_stands_on_monday():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        order = a_released_order(in_hands_date=date(2026, 11, 16))

    with clock.frozen(datetime(2026, 11, 21, 8, tzinfo=UTC)):
        assert [c.job for c in week()[0].cards] == [order.number]


# ---------------------------------------------------------------- the pop-up's reads


def read(task):
    return ticket.read(task.id, None)


def test_lines_of_one_product_share_a_grid_and_sizes_are_its_columns():
    tee = a_product(sizes=("S", "M", "L"), purchased=False)
    order = a_released_order(
        a_line(product=tee, sizes={"S": 1, "M": 2}, color="black"),
        a_line(product=tee, sizes={"M": 3, "L": 4}, color="white"),
        a_line(60, description="Apron", color="sage"),
    )

    shirts, others = read(tasks_of(order)["screen-print"]).grids

    assert (shirts.caption, shirts.sizes) == ("Heavy cotton tee", ("S", "M", "L"))
    assert [line.label for line in shirts.lines] == ["black", "white"]
    assert [cell and cell.todo for cell in shirts.lines[1].cells] == [None, 3, 4]
    assert [line.label for line in others.lines] == ["Apron, sage"]


def test_the_button_is_off_for_the_reasons_the_engine_gives():
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    engine.hold(order.id, engine.HoldWords("quality", "Ravi"), BOSS)

    found = read(task)

    assert found.blocked
    assert found.reasons == (
        f"{order.number} is on hold",
        "Heavy cotton tee, black: 10 still to make or decide",
    )


def test_parts_that_arrived_may_be_worked_on():
    tee = a_product()
    order = a_released_order(a_line(100, product=tee))
    for slug in ("artwork", "purchasing"):
        finish(tasks_of(order)[slug])
    task = tasks_of(order)["receiving"]
    item = items_of(task)[0]
    engine.record(task.id, engine.Report((engine.ItemWork(item.id, Decimal(24)),)), BOSS)

    found = read(tasks_of(order)["screen-print"])

    assert found.ready_pieces == (24, 100)
    assert found.grids[0].lines[0].there[0].at_most == 24


def test_completing_says_where_the_job_goes_and_who_is_told():
    order = a_released_order()
    task = finish_until(order, "screen-print")
    to_packaging = next_steps.what_happens(read(task))
    finish(task)
    packing = tasks_of(order)["packaging"]
    told = next_steps.what_happens(read(packing))
    finish(packing)
    last = next_steps.what_happens(read(tasks_of(order)["shipping"]))

    assert to_packaging == ["Screen print is finished, the job goes to Packaging."]
    assert told[0] == "Packaging is finished, the job goes to Shipping."
    assert "Dana Fox, dana@riverside.example" in told[1]
    assert last[0] == f"Shipping is finished, and {order.number} is done."


def test_two_departments_at_work_the_first_to_finish_names_the_other():
    order = a_released_order(a_line(method="screen print"), a_line(method="embroidery"))
    task = finish_until(order, "screen-print")

    words = next_steps.what_happens(read(task))

    assert words == ["Screen print is finished; Embroidery still works on the job."]


def test_the_same_decoration_on_two_lines_is_told_once():
    order = a_released_order(a_line(10, color="black"), a_line(10, color="white"))

    assert len(read(tasks_of(order)["screen-print"]).decorations) == 1


def test_a_task_of_another_department_is_not_there():
    order = a_released_order()

    with pytest.raises(NotFoundError, match="no such work for you"):
        ticket.read(tasks_of(order)["packaging"].id, frozenset({department("laser").id}))
    with pytest.raises(NotFoundError):
        ticket.read(10**15, None)


# ---------------------------------------------------------------- from a number to the job


def test_a_scanned_number_leads_to_the_job_and_its_tasks():
    order = a_released_order()

    hit = finding.by_number(f" *{order.number.lower()}* ")

    assert (hit.order, hit.task_in("screen-print").ready) == (order.number, False)
    assert hit.task_in("laser") is None
    assert "has no work in Laser" in hit.not_here("laser")


def test_an_order_in_review_is_found_and_a_wrong_number_is_not():
    order = an_order()

    assert finding.by_number(order.number).tasks == ()
    assert finding.by_number("999999") is None
    assert finding.by_number("  ") is None


# ---------------------------------------------------------------- the morning


def the_morning(seen=None):
    return morning.of_shop(days_of_shop(), seen)


def listed(part, seen=None):
    return [entry.number for entry in the_morning(seen).parts[part]]


def test_the_morning_names_what_is_late_and_what_is_firm_this_week():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        late = a_released_order(in_hands_date=date(2026, 11, 24))
        firm = a_released_order(in_hands_date=date(2026, 11, 27), in_hands_firm=True)
        a_released_order(in_hands_date=date(2027, 1, 29))

    assert late.number in listed("late")
    assert listed("urgent") == [firm.number]


def test_what_stands_still_has_reason_owner_and_since():
    order = a_released_order()
    with clock.frozen(datetime(2026, 11, 20, 8, tzinfo=UTC)):
        engine.hold(order.id, engine.HoldWords("quality", "Ravi", "test print"), BOSS)

    entry = the_morning().parts["stuck"][0]

    assert (entry.number, entry.why) == (order.number, "Quality: Ravi must act, test print")
    assert entry.when == "since Fri 20 Nov"


def test_a_job_nobody_touched_for_a_week_is_stuck_and_so_is_a_review():
    with clock.frozen(datetime(2026, 11, 12, 8, tzinfo=UTC)):
        idle, review = a_released_order(), an_order()
    a_released_order()

    assert listed("stuck") == [idle.number, review.number]


def test_a_proof_with_the_customer_and_a_question_to_them_wait_for_the_customer():
    proof, asked = a_released_order(proof_required=True), a_released_order()
    art = models.Artwork.get(models.Artwork.order == proof)
    engine.add_version(art.id, "logo.png", b"png", "image/png", BOSS)
    engine.proof_sent(art.id, "dana@riverside.example", BOSS)
    engine.hold(asked.id, engine.HoldWords("customer_answer", "Ana"), BOSS)

    found = the_morning().parts

    assert [entry.number for entry in found["customer"]] == [proof.number, asked.number]
    assert found["customer"][0].why == "Proof 'Proof' sent to dana@riverside.example"
    assert found["stuck"] == []


def test_on_monday_yesterday_is_friday():
    with clock.frozen(datetime(2026, 11, 20, 15, tzinfo=UTC)):
        released, done = a_released_order(), a_released_order()
        finish(finish_until(done, "shipping"))
    a_released_order()

    assert the_morning().yesterday == date(2026, 11, 20)
    assert listed("released") == [released.number, done.number]
    assert listed("done") == [done.number]


def test_the_load_counts_what_is_left_and_puts_the_overdue_on_today():
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        a_released_order(a_line(100), in_hands_date=date(2026, 11, 16))
    order = a_released_order(a_line(100), in_hands_date=date(2026, 12, 3))
    task = finish_until(order, "screen-print")
    printed(order, 75)

    found = the_morning()
    load = next(load for load in found.loads if load.slug == "screen-print")

    assert found.days[0] == MONDAY
    assert load.minutes[0] == task.minutes
    assert load.minutes[found.days.index(task.due_date)] == task.minutes // 4


def test_who_works_in_laser_hears_of_laser_only():
    a_released_order()
    with clock.frozen(datetime(2026, 11, 2, 8, tzinfo=UTC)):
        mine = a_released_order(a_line(method="laser"), in_hands_date=date(2026, 11, 20))
        a_released_order(in_hands_date=date(2026, 11, 20))
    finish_until(mine, "laser")
    laser = frozenset({department("laser").id})

    assert listed("late", laser) == [mine.number]
    assert [load.slug for load in the_morning(laser).loads] == ["laser"]


def test_the_morning_asks_six_questions_at_most():
    for _ in range(3):
        engine.hold(a_released_order().id, engine.HoldWords("quality", "Ravi"), BOSS)

    with queries(most=6):
        the_morning()


def test_the_grid_knows_what_a_decision_may_be_about():
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    printed(order, 7)

    cell = read(reload(task)).cells[0]

    assert isinstance(cell, grids.Cell)
    assert (cell.good, cell.left, cell.missing) == (7, 3, 3)
