"""Queue pages and the pop-up over HTTP: what is shown, saved and refused, and for whom."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest

import clock
import models
from tests.shop import (
    ADDRESS,
    BOSS,
    a_department,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    department,
    finish,
    finish_until,
    items_of,
    job_of,
    reload,
    tasks_of,
)
from tests.web import queries, text_of
from workflow import engine

IN_PLACE = {"X-Popup": "1", "X-Requested-With": "fetch"}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def monday_morning():
    """It is Monday, 23 November 2026, eight o'clock."""
    with clock.frozen(datetime(2026, 11, 23, 8, tzinfo=UTC)):
        a_shop()
        yield


def press(client, task, do, *, page=False, **form):
    """Press a button of a task's pop-up, with the version of now unless told otherwise."""
    words = {"do": do, "version": reload(task).version} | form
    words = {key.replace("__", "-"): value for key, value in words.items()}
    headers = {} if page else IN_PLACE
    return client.post(
        f"/tasks/{task.id}/popup",
        data=words,
        headers=headers,
        content_type="multipart/form-data",
    )


def opened(client, task):
    answer = client.get(f"/tasks/{task.id}/popup", headers=IN_PLACE)
    assert answer.status_code == 200
    return text_of(answer)


def field(prefix, task, number=0):
    return f"{prefix}-{items_of(task)[number].id}"


def fifty_jobs(**words):
    for number in range(50):
        line = a_line(144, description="Heavy cotton tee, black, white", color="")
        a_released_order(line, po_number=f"RAC-{number}", in_hands_firm=number % 4 == 0, **words)


# ---------------------------------------------------------------- the page


def test_every_department_has_its_queue_in_eight_questions_or_fewer(client_as):
    for _ in range(3):
        a_released_order(a_line(10, product=a_product()), mockup_requested=True)
    client = client_as("Owner")

    for row in list(models.Department.select()):
        with queries(most=8):
            answer = client.get(f"/q/{row.slug}/")
        assert answer.status_code == 200, row.slug
        assert f"<h1>{row.name}" in text_of(answer)


def test_a_page_of_fifty_rows_is_small_and_its_refresh_smaller(client_as):
    fifty_jobs()
    client = client_as("Owner")

    page = client.get("/q/screen-print/")
    news = client.get("/q/screen-print/changes", headers=IN_PLACE)

    assert text_of(page).count("<tr id=") == 50
    assert len(page.data) <= 60_000
    assert len(json.loads(news.data)["rows"]) <= 20_000
    with queries(most=8):
        client.get("/q/screen-print/")


def test_a_refresh_sends_what_changed_and_nothing_else(client_as):
    fifty_jobs()
    client = client_as("Owner")
    page = text_of(client.get("/q/screen-print/"))
    stamps = re.findall(r'<tr id="t(\d+)" data-s="(\w+)"', page)
    parts = json.loads(re.search(r'data-stamps="([^"]*)"', page)[1].replace("&#34;", '"'))
    have = ",".join(f"{key}.{stamp}" for key, stamp in [*stamps, *parts.items()])
    task = models.Task.get_by_id(int(stamps[0][0]))

    calm = client.get("/q/screen-print/changes", headers=IN_PLACE | {"X-Have": have})
    same = client.get(
        "/q/screen-print/changes", headers=IN_PLACE | {"If-None-Match": calm.headers["ETag"]}
    )
    engine.hold(task.job.order_id, engine.HoldWords("quality", "Ravi"), BOSS)
    news = client.get("/q/screen-print/changes", headers=IN_PLACE | {"X-Have": have})

    assert (calm.json["rows"], calm.json["parts"], len(calm.data) < 1500) == ("", {}, True)
    assert (same.status_code, same.data) == (304, b"")
    assert news.json["rows"].count("<tr id=") == 1
    assert "On hold: Quality, Ravi" in news.json["rows"]


def test_a_new_department_has_its_queue_at_once(client_as):
    client = client_as("Owner")
    client.get("/")

    a_department("Pad print", applies_to={"methods": ["pad print"]})
    a_released_order(a_line(method="pad print"))

    page = text_of(client.get("/q/pad-print/"))
    assert "<h1>Pad print" in page
    assert page.count("<tr id=") == 1
    assert 'href="/q/pad-print/"' in text_of(client.get("/q/laser/"))


def test_a_renamed_department_is_called_so_on_the_next_page(client_as):
    client = client_as("Owner")
    client.get("/q/laser/")

    models.Department.update(name="Engraving").where(models.Department.slug == "laser").execute()

    assert "<h1>Engraving" in text_of(client.get("/q/laser/"))


def test_tabs_search_and_filters_stand_in_the_address(client_as):
    ready, pending = a_released_order(po_number="RAC-1"), a_released_order(mockup_requested=True)
    finish_until(ready, "screen-print")
    client = client_as("Owner")

    def shown(query):
        return re.findall(
            r"data-popup>([\w-]+)</a>", text_of(client.get(f"/q/screen-print/?{query}"))
        )

    week = [ready.number, pending.number]
    assert [n for n in shown("tab=ready") if n in week].count(pending.number) <= 1
    rows = text_of(client.get("/q/screen-print/?tab=ready")).split('id="rows"')[1]
    assert ready.number in rows
    assert pending.number not in rows
    rows = text_of(client.get("/q/screen-print/?q=rac-1")).split('id="rows"')[1]
    assert pending.number not in rows
    nothing = text_of(client.get("/q/screen-print/?urgent=1"))
    assert "Nothing here fits what you look for." in nothing


@pytest.mark.parametrize(
    "query",
    ["tab=nonsense", "page=-1", "page=abc", "page=99999", "week=nonsense", "week=1900-01-01",
     "due=31/02/2026", "q=%00%27%22", "proof=x", "tab=done&late=1&week=2026-12-25"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_queue_all_the_same(client_as, query):
    a_released_order()

    assert client_as("Owner").get(f"/q/screen-print/?{query}").status_code == 200
    assert client_as("Owner").get(f"/q/screen-print/changes?{query}").status_code == 200


def test_a_page_says_nothing_in_styles_or_handlers(client_as):
    order = a_released_order(mockup_requested=True)
    client = client_as("Owner")

    pages = [text_of(client.get(url)) for url in ("/", "/q/artwork/", "/q/screen-print/")]
    pages += [opened(client, task) for task in tasks_of(order).values()]

    for page in pages:
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)


def test_words_from_outside_are_never_markup(client_as):
    bad = "<script>alert(1)</script>"
    order = a_released_order(a_line(5, description=bad), po_number=bad, mockup_requested=True)
    art = models.Artwork.get(models.Artwork.order == order)
    engine.add_version(art.id, f"{bad}.png", PNG, "image/png", BOSS)
    client = client_as("Owner")

    pages = [text_of(client.get(f"/q/{slug}/")) for slug in ("artwork", "screen-print")]
    pages += [opened(client, task) for task in tasks_of(order).values()] + [
        text_of(client.get("/"))
    ]

    assert not any(bad in page for page in pages)


# ---------------------------------------------------------------- saved views


def test_filters_are_kept_under_a_name_and_forgotten_again(client_as):
    client = client_as("Department worker", departments=["laser"])

    saved = client.post("/q/laser/views", data={"name": " Firm  ones ", "urgent": "1", "x": "y"})
    view = models.SavedView.get()

    assert (view.name, view.query, view.person_id) == ("Firm ones", "urgent=1", client.person.id)
    assert saved.headers["Location"] == "/q/laser/?urgent=1"
    assert "Firm ones" in text_of(client.get("/q/laser/"))
    client.post(f"/q/laser/views/{view.id}/delete")
    assert models.SavedView.select().count() == 0


def test_only_who_sets_up_the_shop_shares_views_and_nobody_deletes_those_of_others(client_as):
    worker, manager = client_as("Department worker", departments=["laser"]), client_as("Manager")
    manager.post("/q/laser/views", data={"name": "Late", "late": "1", "shared": "1"})
    shared = models.SavedView.get()

    refused = worker.post("/q/laser/views", data={"name": "Mine", "shared": "1"}, headers=IN_PLACE)
    gone = worker.post(f"/q/laser/views/{shared.id}/delete", headers=IN_PLACE)

    assert (refused.status_code, gone.status_code) == (403, 404)
    assert models.SavedView.select().count() == 1
    assert "everybody" in text_of(worker.get("/q/laser/"))


# ---------------------------------------------------------------- for whom


def test_a_worker_of_laser_has_no_way_into_packaging(client_as):
    order = a_released_order(a_line(10))
    task = finish_until(order, "packaging")
    client = client_as("Department worker", departments=["laser"])
    before = models.OrderEvent.select().count()

    answers = [client.get(f"/q/packaging/{tail}") for tail in ("", "changes")]
    answers.append(client.get(f"/tasks/{task.id}/popup"))
    for do in (
        "save",
        "complete",
        "confirm",
        "hold",
        "acknowledge",
        "decide",
        "plan",
        "ask_reopen",
    ):
        answers.append(press(client, task, do, **{field("good", task): "10"}))
    answers.append(client.post(f"/tasks/{task.id}/plan", data={"day": ""}, headers=IN_PLACE))
    answers.append(client.post("/q/packaging/views", data={"name": "x"}, headers=IN_PLACE))

    assert {answer.status_code for answer in answers} == {404}
    assert reload(task).closed_at is None
    assert (reload(task).good, models.OrderEvent.select().count()) == (0, before)


@pytest.mark.parametrize("role", ["Sales", "Accountant", "Read-only"])
def test_who_only_looks_on_sees_the_job_and_changes_nothing(client_as, role):
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    client = client_as(role)

    page = opened(client, task)
    answers = [press(client, task, do, **{field("good", task): "10"}) for do in ("save", "confirm")]

    assert 'value="save"' not in page
    assert [answer.status_code for answer in answers] == [403, 403]
    assert (reload(task).good, reload(task).closed_at) == (0, None)


def test_without_the_right_nothing_is_planned_decided_or_reopened(client_as):
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    client = client_as("Department worker", departments=["screen-print"])

    page = opened(client, task)
    refused = [
        client.post(f"/tasks/{task.id}/plan", data={"day": "2026-11-25"}, headers=IN_PLACE),
        press(client, task, "plan", planned_date="2026-11-25"),
        press(client, task, "decide", decide_item=items_of(task)[0].id, decide_kind="ship_short"),
    ]
    finish(task)
    refused.append(press(client, task, "reopen"))

    assert "Planned for" not in page
    assert [answer.status_code for answer in refused] == [403] * 4
    assert reload(task).planned_date is None
    assert reload(task).closed_at is not None


def test_nobody_posts_without_the_token(client_as):
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    client = client_as("Owner")
    client.csrf_token = ""

    answer = press(client, task, "save", **{field("good", task): "10"})

    assert answer.status_code == 400
    assert reload(task).good == 0


def test_no_price_stands_in_a_worker_s_queue_or_pop_up(client_as):
    order = a_released_order(a_line(10, unit_price=Decimal("77.13")))
    client = client_as(
        "Department worker", departments=[d.slug for d in models.Department.select()]
    )
    pages = [text_of(client.get("/")), text_of(client.get("/q/screen-print/"))]
    pages += [opened(client, task) for task in tasks_of(order).values()]

    assert not any("77.13" in page or "771.30" in page or 'name="cost"' in page for page in pages)


# ---------------------------------------------------------------- production


def test_figures_are_saved_and_the_button_says_what_is_still_missing(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    client = client_as("Department worker", departments=["screen-print"], name="Ravi")

    page = text_of(
        press(client, task, "save", **{
            field("good", task): "40", field("bad", task): "2",
            f"reason-{items_of(task)[0].line_id}": "smudge",
        })
    )  # fmt: skip

    row = models.TaskQuantity.get(models.TaskQuantity.task == task)
    assert (row.good, row.rejected, row.reason) == (40, 2, "smudge")
    assert "Saved at 08:00." in page
    assert "Heavy cotton tee, black: 8 still to make or decide" in page
    assert re.search(r'value="complete"[^>]*disabled', page)


def test_mark_complete_saves_asks_and_then_completes(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    client = client_as("Department worker", departments=["screen-print"])

    asked = text_of(press(client, task, "complete", **{field("good", task): "48"}))
    still_open = reload(task).closed_at
    version = int(re.search(r'name="version" value="(\d+)"', asked)[1])
    done = text_of(press(client, task, "confirm", version=version))

    assert "Screen print is finished, the job goes to Packaging." in asked
    assert still_open is None
    assert f'data-done="{task.id}"' in done
    assert reload(task).closed_by == client.person.name


def test_a_spoiled_piece_without_a_reason_is_refused_and_what_was_typed_stays(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    client = client_as("Owner")

    answer = press(client, task, "save", note="ink 2", **{
        field("good", task): "46", field("bad", task): "2",
    })  # fmt: skip

    page = text_of(answer)
    assert answer.status_code == 409
    assert "say why 2 were spoiled" in page
    assert f'name="{field("good", task)}" value="46"' in page
    assert 'value="ink 2"' in page
    assert reload(task).good == 0


@pytest.mark.parametrize("typed", ["a dozen", "1.5", "12 12", "--1", "∞", "9" * 40])
def test_what_is_no_number_of_pieces_is_named_and_stays(client_as, typed):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")

    answer = press(client_as("Owner"), task, "save", **{field("good", task): typed})

    assert answer.status_code == 422
    assert "Heavy cotton tee, black:" in text_of(answer)
    assert 'aria-invalid="true"' in text_of(answer)
    assert reload(task).good == 0


def test_more_than_the_department_before_passed_on_is_refused(client_as):
    tee = a_product()
    order = a_released_order(a_line(100, product=tee))
    for slug in ("artwork", "purchasing"):
        finish(tasks_of(order)[slug])
    press(client_as("Owner"), tasks_of(order)["receiving"], "save",
          **{field("now", tasks_of(order)["receiving"]): "24"})  # fmt: skip
    task = tasks_of(order)["screen-print"]

    page = opened(client_as("Owner"), task)

    assert "24 of 100 ready from Receiving" in page or "Pending: waits for Receiving" in page


def test_two_people_on_one_task_the_second_sees_whose_figures_stand(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    ravi, mia = client_as("Owner", name="Ravi"), client_as("Owner", name="Mia")
    seen = reload(task).version
    press(ravi, task, "save", **{field("good", task): "20"})

    answer = press(mia, task, "save", version=seen, **{field("good", task): "30"})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "Ravi saved Screen print at 08:00" in page
    assert f'name="{field("good", task)}" value="30"' in page
    assert '<span class="theirs">Ravi: 20</span>' in page
    assert reload(task).good == 20
    assert "Saved at" in text_of(press(mia, task, "save", **{field("good", task): "30"}))


def test_the_second_to_complete_is_told_who_was_first_and_when(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    ravi, mia = client_as("Owner", name="Ravi"), client_as("Owner", name="Mia")
    press(ravi, task, "complete", **{field("good", task): "48"})
    press(ravi, task, "confirm")

    answer = press(mia, task, "complete", **{field("good", task): "47"})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "Screen print was already finished by Ravi at 08:00" in page
    assert "you: 47" in page
    assert reload(task).closed_by == "Ravi"


def test_without_script_saving_goes_on_by_a_new_page(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    client = client_as("Owner")

    saved = press(client, task, "save", page=True, **{field("good", task): "48"})
    asked = press(client, task, "complete", page=True)
    done = press(client, task, "confirm", page=True)

    assert (saved.status_code, saved.headers["Location"]) == (303, f"/tasks/{task.id}/popup")
    assert "<html" in text_of(asked)
    assert (done.status_code, done.headers["Location"]) == (303, "/q/screen-print/")
    assert "Screen print is finished" in text_of(client.get("/q/screen-print/"))


def test_reopening_says_what_it_takes_back(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    finish(task)
    finish(tasks_of(order)["packaging"])
    client = client_as("Manager")

    asked = text_of(press(client, task, "ask_reopen"))
    press(client, task, "reopen")

    assert f"{order.number} goes back to production." in asked
    assert "Packaging must be completed again." in asked
    assert reload(task).closed_at is None


def test_a_task_is_planned_by_dragging_and_in_its_pop_up(client_as):
    order = a_released_order()
    task = tasks_of(order)["screen-print"]
    client = client_as("Manager")

    dragged = client.post(f"/tasks/{task.id}/plan", data={"day": "2026-11-25"}, headers=IN_PLACE)
    day = reload(task).planned_date
    press(client, task, "plan", planned_date="2026-11-26")

    assert (dragged.status_code, day) == (204, date(2026, 11, 25))
    assert reload(task).planned_date == date(2026, 11, 26)
    client.post(f"/tasks/{task.id}/plan", data={"day": ""}, headers=IN_PLACE)
    assert reload(task).planned_date is None
    wrong = client.post(f"/tasks/{task.id}/plan", data={"day": "31/02"}, headers=IN_PLACE)
    assert wrong.status_code == 422


# ---------------------------------------------------------------- holds and changes


def test_a_hold_has_a_reason_and_an_owner_and_what_was_typed_survives_it(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    client = client_as("Department worker", departments=["screen-print"])
    typed = {field("good", task): "17"}

    refused = press(client, task, "hold", hold_reason="", hold_owner="", **typed)
    held = press(client, task, "hold", hold_reason="quality", hold_owner="Ravi", **typed)
    hold = models.Hold.get()
    freed = press(client, task, f"end_hold:{hold.id}", **typed)

    assert refused.status_code == 422
    assert "say who must act" in text_of(refused)
    assert "On hold: Quality." in text_of(held)
    assert hold.job_id == job_of(order).id
    for answer in (refused, held, freed):
        assert f'name="{field("good", task)}" value="17"' in text_of(answer)
    assert not reload(job_of(order)).on_hold


def test_a_change_after_release_must_be_read_before_completing(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    engine.change_job_date(job_of(order).id, date(2026, 12, 24), firm=True, actor=BOSS)
    client = client_as("Department worker", departments=["screen-print"])

    before = opened(client, task)
    after = text_of(press(client, task, "acknowledge"))

    assert "The order was changed." in before
    assert "a change has not been read" in before
    assert "The order was changed." not in after


# ---------------------------------------------------------------- purchasing and receiving


@pytest.fixture
def bought():
    """An order whose ten tees must be bought."""
    vendor = models.Vendor.create(code="SS", name="S&S Activewear", lead_days=3)
    return a_released_order(a_line(10, product=a_product(vendor=vendor), method=""))


def test_purchasing_offers_what_is_still_to_order_and_takes_a_part(client_as, bought):
    task = tasks_of(bought)["purchasing"]
    client = client_as("Owner")

    first = opened(client, task)
    press(client, task, "save", vendor="s&s activewear", expected_on="2026-11-27",
          **{field("now", task): "4"})  # fmt: skip
    second = opened(client, task)

    assert f'name="{field("now", task)}" value="10"' in first
    assert 'value="S&amp;S Activewear"' in first
    assert 'value="2026-11-26"' in first
    assert f'name="{field("now", task)}" value="6"' in second
    purchase = models.PurchaseOrder.get()
    assert (purchase.vendor.name, purchase.expected_on) == ("S&S Activewear", date(2026, 11, 27))


def test_a_vendor_nobody_knows_is_refused_and_stays_typed(client_as, bought):
    task = tasks_of(bought)["purchasing"]

    answer = press(client_as("Owner"), task, "save", vendor="Acmee", **{field("now", task): "10"})

    assert answer.status_code == 422
    assert "there is no &#39;Acmee&#39;" in text_of(answer)
    assert 'value="Acmee"' in text_of(answer)
    assert models.PurchaseOrder.select().count() == 0


def test_vendors_are_found_while_somebody_types(client_as, bought):
    client = client_as("Owner")

    assert client.get("/tasks/vendors?q=active").json == ["S&S Activewear"]
    assert client.get("/tasks/vendors?q=zzz").json == []


def test_a_minus_takes_back_what_was_ordered_by_mistake(client_as, bought):
    task = tasks_of(bought)["purchasing"]
    client = client_as("Owner")
    press(client, task, "save", **{field("now", task): "10"})

    press(client, task, "save", **{field("now", task): "\N{MINUS SIGN}4"})

    assert reload(items_of(task)[0]).purchased == 6


def test_receiving_adds_up_what_arrives_damaged_wrong_and_for_good_missing(client_as, bought):
    finish(tasks_of(bought)["purchasing"])
    task = tasks_of(bought)["receiving"]
    item = items_of(task)[0]
    client = client_as("Owner")

    press(client, task, "save", **{field("now", task): "6"})
    press(client, task, "save", **{
        field("now", task): "1", field("hurt", task): "1", f"reason-{item.line_id}": "stained",
        field("wrong", task): "2", field("gone", task): "1",
    })  # fmt: skip

    item = reload(item)
    assert (item.received, item.damaged, item.wrong, item.final_short) == (7, 1, 2, 2)
    page = opened(client, task)
    assert "3 missing for good, decide what to do" in page
    assert "Pieces missing? Decide" in page


def test_a_decision_about_missing_pieces_lets_the_job_go_on(client_as, bought):
    finish(tasks_of(bought)["purchasing"])
    task = tasks_of(bought)["receiving"]
    item = items_of(task)[0]
    client = client_as("Manager")
    press(client, task, "save", **{field("now", task): "8", field("gone", task): "1"})

    decided = press(client, task, "decide", decide_item=item.id, decide_kind="ship_short",
                    decide_quantity="2", decide_note="customer agreed")  # fmt: skip
    press(client, task, "complete")
    press(client, task, "confirm")

    assert "2 Heavy cotton tee, black: ship short, decided by" in text_of(decided)
    assert reload(item).short == 2
    assert reload(task).closed_at is not None


def test_more_comes_after_all_takes_the_final_short_back(client_as, bought):
    finish(tasks_of(bought)["purchasing"])
    task = tasks_of(bought)["receiving"]
    client = client_as("Owner")
    press(client, task, "save", **{field("now", task): "8", field("gone", task): "1"})

    press(client, task, "save", **{field("now", task): "1"})

    assert reload(items_of(task)[0]).final_short == 0


# ---------------------------------------------------------------- packaging and hand-over


def test_packing_counts_boxes_and_their_weights_for_the_hand_over(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "packaging")
    client = client_as("Owner")

    wrong = press(
        client, task, "save", boxes="3", weights="12.5, 11", **{field("good", task): "48"}
    )
    press(client, task, "complete", boxes="3", weights="12.5, 11, 9", **{field("good", task): "48"})
    done = press(client, task, "confirm")
    page = opened(client, tasks_of(order)["shipping"])

    assert "2 are given for 3 boxes" in text_of(wrong)
    assert "goes to Shipping" in text_of(done)
    assert 'name="boxes"' in page
    assert 'value="12.5, 11, 9"' in page
    assert f'name="{field("now", tasks_of(order)["shipping"])}" value="48"' in page


def test_a_shipment_has_carrier_tracking_and_boxes_and_can_be_taken_back(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "shipping")
    client = client_as("Owner")

    press(client, task, "save", carrier="UPS", service="Ground", tracking_number="1Z999",
          boxes="2", weights="10", cost="12.40", agreed="1", **{field("now", task): "40"})  # fmt: skip
    shipment = models.Shipment.get()
    boxes = [box.weight_grams for box in models.Package.select()]
    page = opened(client, task)
    press(client, task, f"void:{shipment.id}")

    assert (shipment.carrier, shipment.tracking_number, shipment.cost) == (
        "UPS",
        "1Z999",
        Decimal("12.4"),
    )
    assert boxes == [10_000, 10_000]
    assert "1Z999" in page
    assert f'name="{field("now", task)}" value="8"' in page
    assert reload(task).good == 0


def test_the_same_hand_over_sent_twice_is_recorded_once(client_as):
    order = a_released_order(a_line(48))
    task = finish_until(order, "shipping")
    client = client_as("Owner")
    seen = reload(task).version

    part = {field("now", task): "40", "agreed": "1"}
    press(client, task, "save", version=seen, **part)
    again = press(client, task, "save", version=seen, **part)

    assert again.status_code == 409
    assert models.Shipment.select().count() == 1


@pytest.mark.parametrize(
    ("how", "slug", "label"),
    [("pickup", "pickup", "Picked up by"), ("deliver", "delivery", "Received by"),
     ("electronic", "delivery", "Sent to")],
)  # fmt: skip
def test_the_hand_over_asks_what_its_kind_needs(client_as, how, slug, label):
    order = a_released_order(a_line(48), destinations=({**ADDRESS, "fulfillment_type": how},))
    task = finish_until(order, slug)
    client = client_as("Owner")

    page = opened(client, task)
    press(client, task, "complete", handed_to="Dana Fox", **{field("now", task): "48"})
    press(client, task, "confirm")

    assert label in page
    assert "Tracking number" not in page
    assert models.Shipment.get().handed_to == "Dana Fox"
    assert reload(order).stage == "done"


# ---------------------------------------------------------------- artwork


@pytest.fixture
def proof():
    """An order that waits for a proof, and its artwork."""
    order = a_released_order(proof_required=True)
    return order, models.Artwork.get(models.Artwork.order == order)


def test_a_proof_goes_from_file_to_approval(client_as, proof):
    order, art = proof
    task = tasks_of(order)["artwork"]
    client = client_as("Department worker", departments=["artwork"])

    press(client, task, f"upload:{art.id}", **{f"file-{art.id}": (BytesIO(PNG), "logo.png")})
    press(client, task, f"sent:{art.id}", **{f"sent_to-{art.id}": "dana@riverside.example"})
    sent = reload(art).state
    press(client, task, f"change:{art.id}", **{f"change-{art.id}": "bigger logo"})
    wanted = opened(client, task)
    press(client, task, f"upload:{art.id}", **{f"file-{art.id}": (BytesIO(PNG + b"2"), "b.png")})
    press(client, task, f"approve:{art.id}", **{f"by-{art.id}": "Dana Fox"})
    page = opened(client, task)

    assert sent == "sent"
    assert "The customer wants: bigger logo" in wanted
    assert reload(art).state == "approved"
    assert "Version 2, approved by Dana Fox" in page
    assert not re.search(r'value="complete"[^>]*disabled', page)


def test_a_change_without_words_and_an_upload_without_file_are_refused(client_as, proof):
    order, art = proof
    task = tasks_of(order)["artwork"]
    client = client_as("Owner")
    engine.add_version(art.id, "logo.png", PNG, "image/png", BOSS)

    answers = [press(client, task, f"{do}:{art.id}") for do in ("change", "upload")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "say what should be different" in text_of(answers[0])
    assert "Choose a file to upload" in text_of(answers[1])


def test_the_artwork_of_another_order_is_out_of_reach(client_as, proof):
    mine, theirs = proof[0], a_released_order(proof_required=True)
    other = models.Artwork.get(models.Artwork.order == theirs)

    answer = press(client_as("Owner"), tasks_of(mine)["artwork"], f"waive:{other.id}")

    assert answer.status_code == 404
    assert reload(other).state == "awaiting"


def test_a_picture_is_shown_in_a_sandbox_and_anything_else_downloaded(client_as, proof):
    _order, art = proof
    svg = engine.add_version(art.id, "a.svg", b"<svg/>", "image/svg+xml", BOSS)
    html = engine.add_version(art.id, 'x".html', b"<script>", "text/html", BOSS)
    client = client_as("Owner")

    shown, loaded = client.get(f"/artwork/{svg.id}"), client.get(f"/artwork/{html.id}")
    again = client.get(f"/artwork/{svg.id}", headers={"If-None-Match": shown.headers["ETag"]})

    assert (shown.mimetype, shown.data) == ("image/svg+xml", b"<svg/>")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    assert loaded.mimetype == "application/octet-stream"
    assert loaded.headers["Content-Disposition"].startswith("attachment")
    assert again.status_code == 304


def test_a_worker_sees_only_pictures_of_jobs_in_their_departments(client_as, proof):
    _order, art = proof
    version = engine.add_version(art.id, "logo.png", PNG, "image/png", BOSS)

    assert (
        client_as("Department worker", departments=["screen-print"])
        .get(f"/artwork/{version.id}")
        .status_code
        == 200
    )
    assert (
        client_as("Department worker", departments=["laser"])
        .get(f"/artwork/{version.id}")
        .status_code
        == 404
    )


# ---------------------------------------------------------------- odd buttons, old pages


@pytest.mark.parametrize("do", ["nonsense", "end_hold:999", "void:1", "waive:abc", "", "decide"])
def test_a_button_that_makes_no_sense_changes_nothing(client_as, do):
    order = a_released_order(a_line(48))
    task = finish_until(order, "screen-print")
    before = models.OrderEvent.select().count()

    answer = press(client_as("Owner"), task, do)

    assert answer.status_code in (404, 409, 422)
    assert models.OrderEvent.select().count() == before


@pytest.mark.parametrize("number", ["0", "99999", "2147483648", "99999999999999999999"])
def test_a_task_that_is_not_there_is_not_found(client_as, number):
    client = client_as("Owner")

    assert client.get(f"/tasks/{number}/popup", headers=IN_PLACE).status_code == 404
    assert client.get(f"/artwork/{number}").status_code == 404


def test_a_pop_up_asks_few_questions(client_as):
    order = a_released_order(a_line(10, product=a_product()), mockup_requested=True)
    client = client_as("Owner")

    for task in tasks_of(order).values():
        with queries(most=18):
            client.get(f"/tasks/{task.id}/popup", headers=IN_PLACE)


# ---------------------------------------------------------------- the scan field


def find(client, text, **words):
    answer = client.get(
        "/find/", query_string={"q": text} | words, headers={"Accept": "application/json"}
    )
    return answer.json


def test_a_scanned_job_opens_in_the_queue_where_it_was_scanned(client_as):
    order = a_released_order()
    client = client_as("Owner")
    task = tasks_of(order)["screen-print"]

    assert find(client, order.number, queue="screen-print")["popup"] == f"/tasks/{task.id}/popup"
    sentence = find(client, order.number, queue="laser")["sentence"]
    assert sentence.startswith(f"{order.number} has no work in Laser. In ")


def test_a_worker_s_scan_opens_their_own_work_anywhere(client_as):
    order = a_released_order()
    finish_until(order, "screen-print")
    client = client_as("Department worker", departments=["screen-print", "packaging"])

    answer = client.get(f"/find/?q={order.number}")

    assert answer.headers["Location"] == f"/tasks/{tasks_of(order)['screen-print'].id}/popup"


def test_a_number_leads_who_works_nowhere_to_the_order(client_as):
    order = a_released_order()

    assert find(client_as("Sales"), order.number)["url"] == f"/orders/{order.number}"


def test_words_lead_to_the_list_and_a_wrong_number_gets_a_sentence(client_as):
    a_released_order(po_number="RAC-77")
    client = client_as("Owner")

    assert find(client, "rac-77")["url"] == "/orders/?search=rac-77"
    assert "'99999' is no order, job or PO number" in find(client, "99999")["sentence"]
    assert client.get("/find/?q=99999").headers["Location"] == "/"
    assert "is no order, job or PO number" in text_of(client.get("/"))


def test_tomorrow_the_queue_calls_today_s_job_late(client_as):
    a_released_order()
    models.Task.update(due_date=clock.today()).execute()

    with clock.frozen(clock.now() + timedelta(days=1)):
        page = text_of(client_as("Owner").get("/q/screen-print/"))

    assert "1 day late" in page
    assert department("screen-print").name in page


@pytest.mark.parametrize("text", ["\0", "\0order", "\ud800x", "'; DROP TABLE tasks; --", "%", "_"])
def test_what_cannot_be_stored_does_no_harm(client_as, text):
    order = a_released_order(a_line(10))
    task = finish_until(order, "screen-print")
    client = client_as("Owner")
    sent = text.encode("utf-8", "surrogatepass").decode("latin-1")

    answers = [
        client.get("/find/", query_string={"q": sent, "queue": sent}),
        client.get("/q/screen-print/", query_string={"q": sent, "method": sent}),
        client.get("/tasks/vendors", query_string={"q": sent}),
        client.get("/q/%00x/"),
        press(client, task, "save", note=sent, **{field("good", task): sent}),
        press(client, task, "hold", hold_reason="other", hold_owner=f"{sent}Ravi"),
        client.post("/q/screen-print/views", data={"name": f"{sent}view", "q": sent}),
    ]

    assert all(answer.status_code < 500 for answer in answers)
