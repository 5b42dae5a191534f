"""Jobs, tasks and shipments over the API: an order is carried to done by programs alone."""

import threading
from datetime import timedelta

import pytest

import clock
import models
from tests.programs import errors_of
from tests.shop import (
    BOSS,
    a_line,
    a_product,
    a_released_order,
    finish_until,
    tasks_of,
)
from workflow import engine


def task_at(order, slug):
    """The order's open task in a department, everything before it done."""
    return finish_until(order, slug).id


def items_of(program, task_id):
    return program.get(f"/tasks/{task_id}").json["items"]


def everything(items, name="good"):
    return [{"item": item["item"], name: item["todo"]} for item in items]


# ---------------------------------------------------------------- the whole way


def test_programs_carry_an_order_to_done(program_as):
    line = a_line(sizes={"M": 24, "L": 48}, product=a_product(sizes=("M", "L")))
    order = a_released_order(line)
    program = program_as()
    path = f"/orders/{order.number}"
    models.Artwork.update(state="approved").execute()
    done = []

    while program.get(path).json["stage"] != "done":
        ready = program.get(f"/tasks?state=ready&order={order.number}").json["items"]
        task = min(ready, key=lambda t: t["id"])
        items = items_of(program, task["id"])
        if task["work"] == "handover":
            parts = [{"item": i["item"], "quantity": i["todo"]} for i in items]
            shipped = program.post(
                f"/tasks/{task['id']}/shipments",
                {"items": parts, "carrier": "UPS", "tracking_number": "1Z", "boxes": [{}]},
            )
            assert shipped.status_code == 201, shipped.json
            body = None
        else:
            body = {"version": task["version"], "items": everything(items)}
        answer = program.post(f"/tasks/{task['id']}/complete", body)
        assert answer.status_code == 200, answer.json
        done.append(answer.json["department"])

    assert done[:3] == ["artwork", "purchasing", "receiving"]
    assert done[-1] == "shipping"
    job = program.get(f"/jobs/{order.number}").json
    assert job["stage"] == "done"
    assert job["shipments"][0]["tracking_number"] == "1Z"
    assert job["shipments"][0]["items"] == [
        {"item": item["item"], "quantity": item["quantity"]} for item in job["items"]
    ]


def test_a_program_may_say_that_everything_is_done_and_want_no_answer(program_as):
    order = a_released_order(a_line(sizes={"M": 24, "L": 48}, product=a_product(sizes=("M", "L"))))
    program = program_as()
    models.Artwork.update(state="approved").execute()
    tasks = program.get(f"/tasks?order={order.number}").json["items"]
    brief, answers = {"Prefer": "return=minimal"}, []

    for task in sorted(tasks, key=lambda task: task["id"]):
        path, body = f"/tasks/{task['id']}", {"everything": True}
        if task["work"] == "handover":
            shipped = program.post(f"{path}/shipments", {"carrier": "UPS"})
            body = None
        answers.append(program.post(f"{path}/complete", body, headers=brief))

    assert {(a.status_code, a.data) for a in answers} == {(204, b"")}
    assert {a.headers["Preference-Applied"] for a in answers} == {"return=minimal"}
    assert sorted(item["quantity"] for item in shipped.json["items"]) == ["24", "48"]
    assert program.get(f"/orders/{order.number}").json["stage"] == "done"


def test_a_shipment_may_complete_the_hand_over_in_one_request(program_as):
    order = a_released_order(a_line(sizes={"M": 24, "L": 48}, product=a_product(sizes=("M", "L"))))
    program = program_as()
    models.Artwork.update(state="approved").execute()
    tasks = program.get(f"/tasks?order={order.number}").json["items"]
    *before, handover = sorted(tasks, key=lambda task: task["id"])
    for task in before:
        program.post(f"/tasks/{task['id']}/complete", {"everything": True})
    item = program.get(f"/tasks/{handover['id']}").json["items"][0]["item"]

    part = {"items": [{"item": item, "quantity": "24"}], "complete": True}
    refused = program.post(f"/tasks/{handover['id']}/shipments", part)
    whole = {"carrier": "UPS", "complete": True}
    brief = {"Prefer": "return=minimal"}
    done = program.post(f"/tasks/{handover['id']}/shipments", whole, headers=brief)

    assert refused.status_code == 409
    assert done.status_code == 204
    assert program.get(f"/orders/{order.number}").json["stage"] == "done"
    job = program.get(f"/jobs/{order.number}").json
    assert [shipment["carrier"] for shipment in job["shipments"]] == ["UPS"]
    assert (
        models.OutboxRow.select().where(models.OutboxRow.key.startswith("message:shipped")).count()
        == 1
    )


def test_everything_leaves_what_was_said_of_an_item(program_as):
    order = a_released_order(a_line(sizes={"M": 24, "L": 48}, product=a_product(sizes=("M", "L"))))
    task = task_at(order, "screen-print")
    program = program_as()
    first, second = items_of(program, task)
    spoiled = {"item": first["item"], "good": "20", "rejected": "4", "reason": "smeared"}
    program.put(f"/tasks/{task}/quantities", {"items": [spoiled]})

    refused = program.post(f"/tasks/{task}/complete", {"everything": True, "items": [spoiled]})

    assert refused.status_code == 409
    kept = {item["item"]: (item["good"], item["rejected"]) for item in items_of(program, task)}
    assert kept == {first["item"]: ("20", "4"), second["item"]: ("0", "0")}


def test_all_that_is_left_is_shipped_after_a_part_has_gone(program_as):
    task = task_at(a_released_order(a_line(48)), "shipping")
    program = program_as()
    item = items_of(program, task)[0]["item"]
    program.post(f"/tasks/{task}/shipments", {"items": [{"item": item, "quantity": "20"}]})

    rest = program.post(f"/tasks/{task}/shipments", {})
    nothing = program.post(f"/tasks/{task}/shipments", {})

    assert rest.json["items"] == [{"item": item, "quantity": "28"}]
    assert nothing.status_code == 409


# ---------------------------------------------------------------- figures


def test_figures_are_totals_and_the_same_twice_changes_nothing(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    program = program_as()
    item = items_of(program, task)[0]
    figures = [{"item": item["item"], "good": 20, "rejected": "2", "reason": "smudge"}]

    first = program.put(f"/tasks/{task}/quantities", {"items": figures}).json
    again = program.put(f"/tasks/{task}/quantities", {"items": figures}).json

    assert (first["good"], first["rejected"]) == ("20", "2")
    assert first == again
    assert first["items"][0]["left"] == "28"
    assert "still to make" in first["reasons"][0]


def test_figures_somebody_saved_meanwhile_are_not_overwritten(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    seen = program_as().get(f"/tasks/{task}").json
    figures = [{"item": seen["items"][0]["item"], "good": 20}]
    ada, ben = program_as(name="Ada"), program_as(name="Ben")
    body = {"version": seen["version"], "items": figures}

    saved = ada.put(f"/tasks/{task}/quantities", body)
    stale = ben.put(f"/tasks/{task}/quantities", body)

    assert (saved.status_code, stale.status_code) == (200, 409)
    assert "API: Ada saved" in stale.json["detail"]


def test_figures_that_cannot_be_true_are_refused_with_every_reason(program_as):
    task = task_at(a_released_order(a_line(48), a_line(12)), "screen-print")
    program = program_as()
    items = [{"item": i["item"], "good": 999} for i in items_of(program, task)]

    answer = program.put(f"/tasks/{task}/quantities", {"items": items})

    assert answer.status_code == 409
    assert len(answer.json["reasons"]) == 2


def test_items_of_other_tasks_twice_or_in_halves_are_refused(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    program = program_as()
    item = items_of(program, task)[0]["item"]
    items = [{"item": item, "good": "1.5"}, {"item": item, "good": 1}, {"item": 999, "good": 1}]

    answer = program.put(f"/tasks/{task}/quantities", {"items": items})

    assert set(errors_of(answer)) == {"/items/0/good", "/items/1/item", "/items/2/item"}
    assert "not a whole number" in errors_of(answer)["/items/0/good"]


def test_purchasing_names_its_vendor_and_receiving_what_is_missing(program_as):
    models.Vendor.create(code="BLANKS", name="Blanks & Co")
    order = a_released_order(a_line(48, product=a_product()))
    program = program_as()
    buying = tasks_of(order)["purchasing"].id
    items = everything(items_of(program, buying))
    soon = str(clock.today() + timedelta(days=3))

    wrong = program.post(f"/tasks/{buying}/complete", {"items": items, "vendor": "Nobody"})
    body = {"items": items, "vendor": "blanks", "expected_on": soon}
    bought = program.post(f"/tasks/{buying}/complete", body)
    door = tasks_of(order)["receiving"].id
    figures = [{"item": items[0]["item"], "good": 40, "final_short": 8}]
    received = program.put(f"/tasks/{door}/quantities", {"items": figures}).json
    decided = program.post(
        f"/tasks/{door}/decide", {"item": items[0]["item"], "kind": "ship_short", "quantity": 8}
    )

    assert set(errors_of(wrong)) == {"/vendor"}
    assert bought.status_code == 200
    assert models.PurchaseOrder.get().vendor.code == "BLANKS"
    assert received["items"][0]["missing"] == "8"
    assert decided.json["reasons"] == []


# ---------------------------------------------------------------- complete, reopen


def test_of_two_who_complete_one_task_the_second_is_told_who_was_quicker(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    program = program_as()
    body = {"items": everything(items_of(program, task))}
    start, answers = threading.Barrier(2), []

    def complete(name):
        mine = program_as(name=name)
        start.wait()
        answers.append(mine.post(f"/tasks/{task}/complete", body))

    threads = [threading.Thread(target=complete, args=[name]) for name in ("Ada", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert f"already finished by {won.json['closed_by']}" in lost.json["detail"]


def test_a_task_that_is_not_done_says_what_is_missing(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    program = program_as()

    bare = program.post(f"/tasks/{task}/complete")
    items = [{"item": items_of(program, task)[0]["item"], "good": 20}]
    half = program.post(f"/tasks/{task}/complete", {"items": items})

    assert bare.status_code == half.status_code == 409
    assert bare.json["reasons"] == program.get(f"/tasks/{task}").json["reasons"]
    assert program.get(f"/tasks/{task}").json["good"] == "0"


def test_a_completion_is_taken_back(program_as):
    task = task_at(a_released_order(a_line(48)), "screen-print")
    program = program_as()
    program.post(f"/tasks/{task}/complete", {"items": everything(items_of(program, task))})

    reopened = program.post(f"/tasks/{task}/reopen")
    again = program.post(f"/tasks/{task}/reopen")

    assert reopened.json["state"] == "ready"
    assert reopened.json["good"] == "48"
    assert again.status_code == 409


def test_a_change_is_read_and_a_task_is_planned(program_as):
    order = a_released_order(a_line(48))
    task = tasks_of(order)["screen-print"]
    program = program_as()
    engine.change_job_date(models.Job.get().id, clock.today(), firm=True, actor=BOSS)

    told = program.get(f"/tasks/{task.id}").json["must_acknowledge"]
    read = program.post(f"/tasks/{task.id}/acknowledge").json
    planned = program.put(f"/tasks/{task.id}/plan", {"day": "2026-12-01"}).json
    unplanned = program.put(f"/tasks/{task.id}/plan", {"day": None}).json

    assert told.startswith("In hands")
    assert read["must_acknowledge"] == ""
    assert (planned["planned_date"], unplanned["planned_date"]) == ("2026-12-01", None)


# ---------------------------------------------------------------- lists


def test_a_queue_is_a_list_of_tasks(program_as):
    order, held = a_released_order(a_line(48)), a_released_order(a_line(12))
    engine.hold(held.id, engine.HoldWords("other", "Sam"), BOSS)
    program = program_as()

    def queue(**query):
        found = program.get("/tasks", query_string=query).json["items"]
        return [(task["order"], task["department"]) for task in found]

    assert queue(department="artwork", state="ready") == [(order.number, "artwork")]
    assert queue(department="artwork", state="held") == [(held.number, "artwork")]
    assert len(queue(department="screen-print", state="open")) == 2
    assert queue(department="screen-print", state="pending") == [(order.number, "screen-print")]
    assert queue(department="no-such") == []
    assert program.get("/tasks?state=busy").status_code == 422


def test_a_jobs_date_and_own_fields_are_changed(program_as):
    models.CustomField.create(level="job", name="rack", label="Rack", kind="text")
    order = a_released_order(a_line(48))
    program, path = program_as(), f"/jobs/{order.number}"

    changed = program.patch(path, {"due_date": "2026-12-30", "firm": True, "rack": "B4"})
    undated = program.patch(path, {"due_date": None})
    wrong = program.patch(path, {"rak": "B4"})

    assert changed.json["due_date"] == "2026-12-30"
    assert (changed.json["firm"], changed.json["rack"]) == (True, "B4")
    assert undated.json["due_date"] is None
    assert (undated.json["firm"], undated.json["rack"]) == (True, "B4")
    assert set(errors_of(wrong)) == {"/rak"}
    assert [job["rack"] for job in program.get("/jobs?open=true").json["items"]] == ["B4"]


# ---------------------------------------------------------------- shipments


@pytest.fixture
def packed():
    order = a_released_order(a_line(48))
    return task_at(order, "shipping")


def test_a_shipment_is_recorded_and_taken_back(program_as, packed):
    program = program_as()
    item = items_of(program, packed)[0]["item"]
    body = {"items": [{"item": item, "quantity": 30}], "cost": "12.50", "boxes": [{}, {}]}

    shipped = program.post(f"/tasks/{packed}/shipments", body)
    seen = program.get(f"/tasks/{packed}").json
    void = program.post(f"/shipments/{shipped.json['id']}/void")
    twice = program.post(f"/shipments/{shipped.json['id']}/void")

    assert shipped.status_code == 201
    assert (shipped.json["cost"], len(shipped.json["boxes"])) == ("12.5", 2)
    assert seen["good"] == "30"
    assert void.json["voided_at"]
    assert twice.status_code == 409
    assert program.get(f"/tasks/{packed}").json["good"] == "0"


def test_a_shipment_under_one_key_is_recorded_once(program_as, packed):
    program = program_as()
    item = items_of(program, packed)[0]["item"]
    body, key = {"items": [{"item": item, "quantity": 10}]}, {"Idempotency-Key": "dock-1"}

    ids = {
        program.post(f"/tasks/{packed}/shipments", body, headers=key).json["id"] for _ in range(3)
    }

    assert len(ids) == 1
    assert models.Shipment.select().count() == 1


def test_what_is_not_packed_or_not_of_this_job_is_not_shipped(program_as, packed):
    program = program_as()
    item = items_of(program, packed)[0]["item"]
    other = a_released_order(a_line(5))
    stranger = models.JobItem.get(models.JobItem.job == models.Job.get(order=other)).id

    more = program.post(f"/tasks/{packed}/shipments", {"items": [{"item": item, "quantity": 49}]})
    theirs = program.post(
        f"/tasks/{packed}/shipments", {"items": [{"item": stranger, "quantity": 1}]}
    )
    worker = program_as("Department worker").post(
        f"/tasks/{packed}/shipments", {"items": [{"item": item, "quantity": 1}], "cost": "1"}
    )

    assert more.status_code == 409
    assert set(errors_of(theirs)) == {"/items/0/item"}
    assert worker.status_code == 403
    assert models.Shipment.select().count() == 0
