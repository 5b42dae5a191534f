"""Orders over the API: entered once, read whole, listed, changed, released, held, cancelled."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest

import clock
import models
from api import idempotency
from tests.programs import errors_of
from tests.shop import (
    BOSS,
    a_customer,
    a_line,
    a_product,
    a_released_order,
    an_order,
)
from tests.web import queries
from workflow import engine, shop
from workflow.fields import BUILT_IN, Kind, Level, tells_money

ADDRESS = {
    "fulfillment_type": "ship",
    "ship_to_company": "Riverside AC",
    "ship_to_address1": "12 Dock Road",
    "ship_to_city": "Portland",
}


def an_order_body(**values):
    """What a web shop sends; nothing of it stops release."""
    body = {
        "customer": "RIVER",
        "po_number": "PO-7",
        "in_hands_date": str(clock.today() + timedelta(days=30)),
        "destinations": [ADDRESS],
        "lines": [
            {
                "sku": "TEE",
                "color": "black",
                "unit_price": "6.50",
                "sizes": [{"size": "M", "quantity": 24}, {"size": "L", "quantity": "48"}],
                "decorations": [{"location": "Front", "method": "screen print"}],
            }
        ],
        "charges": [{"kind": "setup", "name": "Screens", "quantity": 2, "unit_price": "25"}],
    }
    return body | values


@pytest.fixture
def riverside():
    a_product("TEE", sizes=("M", "L"))
    return a_customer("Riverside AC", code="RIVER")


# ---------------------------------------------------------------- enter


def test_an_order_takes_the_path_of_all_orders(program_as, riverside):
    answer = program_as("Sales", name="Webshop").post("/orders", an_order_body())

    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/orders/{made['number']}"
    assert answer.headers["ETag"] == '"1"'
    assert made["customer"]["code"] == "RIVER"
    assert made["source_channel"] == "api"
    assert made["sources"]["po_number"] == "API: Webshop"
    assert (made["stage"], made["reasons"], made["problems"]) == ("review", [], [])
    assert (made["pieces"], made["subtotal"], made["grand_total"]) == ("72", "468", "518")
    line = made["lines"][0]
    assert line["product"] is not None
    assert line["sizes"] == [{"size": "M", "quantity": "24"}, {"size": "L", "quantity": "48"}]


def test_what_is_not_known_becomes_a_problem_and_not_a_refusal(program_as, riverside):
    line = {"sku": "NO-SUCH", "quantity": 5, "sizes": [{"size": "M", "quantity": 4}]}
    line["schedule"] = [{"schedule_quantity": 4, "destination": 3}]

    answer = program_as().post("/orders", an_order_body(customer="Nobody", lines=[line]))

    assert answer.status_code == 201
    found = {problem["field"] for problem in answer.json["problems"]}
    assert {"customer", "sku", "quantity", "destination"} <= found
    assert answer.json["reasons"]


def test_a_po_number_that_comes_again_is_a_question(program_as, riverside):
    program = program_as()
    program.post("/orders", an_order_body())

    second = program.post("/orders", an_order_body()).json

    assert [problem["field"] for problem in second["problems"]] == ["po_number"]


def test_the_customers_policy_may_make_it_a_change(program_as, riverside):
    riverside.duplicate_po = "change_order"
    riverside.save()
    program = program_as()
    first = program.post("/orders", an_order_body()).json
    more = an_order_body()
    more["lines"][0]["sizes"] = [{"size": "M", "quantity": 30}]

    second = program.post("/orders", more)

    assert second.status_code == 200
    assert second.json["number"] == first["number"]
    assert second.json["pieces"] == "30"


def test_a_customer_without_review_has_it_released_at_once(program_as, riverside):
    riverside.touchless = True
    riverside.save()

    made = program_as().post("/orders", an_order_body()).json

    assert made["released_by"] == "touchless policy"
    assert made["jobs"][0]["tasks"]


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_lines_are_one_order(program_as, riverside):
    program = program_as()
    line = {"sku": "TEE", "size": "M", "color": "black", "quantity": 3, "unit_price": "2"}
    spent = {}

    for count in (1_000, 10_000):
        began = time.process_time()
        answer = program.post("/orders", an_order_body(po_number=str(count), lines=[line] * count))
        spent[count] = time.process_time() - began
        assert answer.status_code == 201
        assert len(answer.json["lines"]) == count
        assert answer.json["problems"] == []

    assert spent[10_000] < 20 * spent[1_000]


def test_sums_that_no_column_holds_are_refused_in_words(program_as, riverside):
    line = {"description": "Gold", "quantity": 9_999_999, "unit_price": "9999999"}

    answer = program_as().post("/orders", an_order_body(lines=[line]))

    assert answer.status_code == 422
    assert "check quantity and price" in answer.json["detail"]
    assert models.Order.select().count() == 0


# ---------------------------------------------------------------- once under one key


def test_the_same_key_and_body_give_the_same_answer(program_as, riverside):
    program, key = program_as(), {"Idempotency-Key": "cart-1"}

    first = program.post("/orders", an_order_body(), headers=key)
    again = program.post("/orders", an_order_body(), headers=key)

    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    assert models.Order.select().count() == 1


def test_the_same_key_for_another_body_is_refused(program_as, riverside):
    program, key = program_as(), {"Idempotency-Key": "cart-1"}
    program.post("/orders", an_order_body(), headers=key)

    other = program.post("/orders", an_order_body(po_number="PO-8"), headers=key)

    assert other.status_code == 422
    assert "another request" in other.json["detail"]


def test_a_key_belongs_to_its_token(program_as, riverside):
    key = {"Idempotency-Key": "cart-1"}

    numbers = {
        program_as().post("/orders", an_order_body(po_number=""), headers=key).json["number"]
        for _ in range(2)
    }

    assert len(numbers) == 2


def test_a_refused_request_leaves_its_key_free(program_as, riverside):
    program, key = program_as(), {"Idempotency-Key": "cart-1"}
    gold = {"description": "Gold", "quantity": 9_999_999, "unit_price": "9999999"}
    refused = program.post("/orders", an_order_body(lines=[gold]), headers=key)

    mended = program.post("/orders", an_order_body(), headers=key)

    assert (refused.status_code, mended.status_code) == (422, 201)


def test_a_key_that_is_being_worked_on_is_said_so_and_taken_over_when_abandoned(
    program_as, riverside
):
    program, key = program_as(), {"Idempotency-Key": "cart-1"}
    program.post("/orders", an_order_body(), headers=key)
    models.ApiAnswer.update(status=None).execute()

    busy = program.post("/orders", an_order_body(), headers=key)
    long_ago = clock.now() - idempotency.ABANDONED_AFTER - timedelta(seconds=1)
    models.ApiAnswer.update(created_at=long_ago).execute()
    taken_over = program.post("/orders", an_order_body(), headers=key)

    assert busy.status_code == 409
    assert busy.headers["Retry-After"]
    assert taken_over.status_code == 201


def test_two_at_the_same_moment_make_one_order(program_as, riverside):
    program, key = program_as(), {"Idempotency-Key": "cart-1"}
    start, answers = threading.Barrier(4), []

    def send():
        start.wait()
        answers.append(program.post("/orders", an_order_body(), headers=key))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({a.json["number"] for a in answers if a.status_code == 201}) == 1
    assert models.Order.select().count() == 1


# ---------------------------------------------------------------- every field


SAMPLES = {
    Kind.TEXT: "Ab1", Kind.LONG: "two\nlines", Kind.NUMBER: "2.5", Kind.WHOLE: 7,
    Kind.QUANTITY: "12.5", Kind.MONEY: "10.25", Kind.PRICE: "1.000001", Kind.PERCENT: "12.5",
    Kind.DATE: "2026-11-30", Kind.YES_NO: True, Kind.EMAIL: "dana.fox@shop.example",
    Kind.PHONE: "+1 503", Kind.LIST: ["a", "b, c"],
}  # fmt: skip


def samples_of(level):
    fields = shop.catalogue().of(level)
    special = {"currency": "EUR", "gtin": "12345678"}
    return {
        f.name: special.get(f.name) or (f.choices[-1] if f.choices else SAMPLES[f.kind])
        for f in fields
    }


def test_every_field_is_set_and_read_by_its_name(program_as):
    for level in ("order", "destination", "line", "schedule", "decoration"):
        for kind in (Kind.TEXT, Kind.MONEY, Kind.LIST, Kind.YES_NO):
            name = f"own_{kind.value}"
            models.CustomField.create(level=level, name=name, label=name, kind=kind.value)
    order, place, line, delivery, decoration = (
        samples_of(Level(name))
        for name in ("order", "destination", "line", "schedule", "decoration")
    )
    body = order | {
        "destinations": [place],
        "lines": [line | {"schedule": [delivery], "decorations": [decoration]}],
    }

    made = program_as().post("/orders", body)

    assert made.status_code == 201, made.json
    read = made.json
    got = read["lines"][0]
    for sent, answered in (
        (order, read),
        (place, read["destinations"][0]),
        (line, got),
        (delivery, got["schedule"][0]),
        (decoration, got["decorations"][0]),
    ):
        assert {name: answered.get(name) for name in sent} == sent
    assert len(BUILT_IN) >= 120


def test_every_field_is_emptied_by_null(program_as):
    program = program_as()
    sent = samples_of(Level.ORDER)
    made = program.post("/orders", sent | {"lines": [{"description": "Mug", "quantity": 1}]}).json
    columns = {f.name for f in BUILT_IN if f.column}

    empty = program.patch(f"/orders/{made['number']}", dict.fromkeys(sent) | {"version": 1})

    assert empty.status_code == 200, empty.json
    left = {n for n in sent if n in empty.json} - columns
    assert left == set()
    assert "po_number" not in empty.json


def test_a_shops_field_that_is_called_like_a_part_of_the_order_steps_aside(program_as):
    models.CustomField.create(level="order", name="lines", label="Lines", kind="text")
    program = program_as()

    made = program.post("/orders", {"lines": [{"quantity": 1}], "lines_": "three"}).json

    assert made["lines_"] == "three"
    assert len(made["lines"]) == 1
    names = [field["name"] for field in program.get("/fields?level=order").json["items"]]
    assert "lines_" in names


def test_a_choice_the_shop_has_taken_off_does_not_hide_the_order(program_as):
    own = models.CustomField.create(
        level="order", name="team", label="Team", kind="choice", choices=["red", "blue"]
    )
    program = program_as()
    body = {"team": "red", "lines": [{"description": "Mug", "quantity": 1}]}
    number = program.post("/orders", body).json["number"]
    own.choices = ["blue"]
    own.save()

    assert program.get(f"/orders/{number}").json["team"] == "red"


# ---------------------------------------------------------------- read, list


def test_reading_an_order_asks_the_same_however_many_lines_it_has(program_as):
    program, asked = program_as(), []
    small, large = an_order(a_line()), an_order(*[a_line() for _ in range(60)])
    released = a_released_order(*[a_line() for _ in range(60)])
    for order in (small, large, released):
        engine.hold(order.id, engine.HoldWords("other", "Sam"), BOSS)
    models.Customer.update(credit_limit=Decimal(10**6)).execute()
    program.get("/me")

    for order in (small, large, released):
        with queries(most=15) as statements:
            assert program.get(f"/orders/{order.number}").status_code == 200
        asked.append(len(statements))

    assert asked[0] == asked[1]


def test_a_list_asks_the_same_however_long_it_is(program_as):
    program, asked = program_as(), []
    program.get("/me")
    for count in (1, 12):
        for _ in range(count):
            a_released_order()
        for path in ("/orders", "/jobs", "/tasks", "/customers", "/products"):
            with queries(most=5) as statements:
                assert program.get(path).status_code == 200
            asked.append((path, len(statements)))

    assert asked[:5] == asked[5:]


def test_pages_stand_still_while_orders_come_in(program_as):
    program = program_as()
    before = [an_order().number for _ in range(5)]
    seen, cursor = [], ""

    while cursor is not None:
        page = program.get(f"/orders?limit=2{cursor and f'&cursor={cursor}'}").json
        seen += [order["number"] for order in page["items"]]
        cursor = page["next_cursor"]
        an_order()

    assert seen == before[::-1]


def test_orders_are_found_by_what_they_are(program_as, riverside):
    program = program_as()
    mine = an_order(customer=riverside, po_number="A-1", project_name="Spring gala")
    released = a_released_order()
    models.Order.update(updated_at=clock.now() - timedelta(days=9)).where(
        models.Order.id == released.id
    ).execute()
    cancelled = an_order()
    engine.cancel_order(cancelled.id, "no more", BOSS)
    week_ago = (clock.now() - timedelta(days=7)).isoformat().replace("+00:00", "Z")

    def found(**query):
        return [o["number"] for o in program.get("/orders", query_string=query).json["items"]]

    assert found(customer="RIVER") == [mine.number]
    assert found(po_number="A-1") == [mine.number]
    assert found(q="spring gal") == [mine.number]
    assert found(stage="review", open="true") == [mine.number]
    assert found(open="false") == [cancelled.number]
    assert found(updated_since=week_ago) == [cancelled.number, mine.number]
    assert found(customer="NOBODY") == []


def test_what_happened_is_told_page_by_page(program_as):
    order = a_released_order()
    program = program_as()

    first = program.get(f"/orders/{order.number}/events?limit=2").json
    rest = program.get(f"/orders/{order.number}/events?cursor={first['next_cursor']}").json

    kinds = [event["kind"] for event in first["items"] + rest["items"]]
    assert kinds[-1] == "created"
    assert len(first["items"]) == 2
    assert len(kinds) == models.OrderEvent.select().count()


def test_what_a_price_was_changed_to_is_not_told_to_who_sees_no_money(program_as):
    order = an_order()
    change = engine.OrderChange(values={"freight_charge": Decimal("77.5"), "project_name": "Gala"})
    engine.change_order(order.id, change, BOSS)

    told = program_as("Read-only").get(f"/orders/{order.number}/events").get_data(as_text=True)

    assert "77.5" not in told
    assert "Gala" in told


# ---------------------------------------------------------------- change


def test_a_change_names_the_version_it_is_about(program_as):
    order = an_order()
    program, path = program_as(), f"/orders/{order.number}"

    unnamed = program.patch(path, {"po_number": "X"})
    by_header = program.patch(path, {"po_number": "X"}, headers={"If-Match": '"1"'})
    stale_header = program.patch(path, {"po_number": "Y"}, headers={"If-Match": '"1"'})
    stale_version = program.patch(path, {"po_number": "Y", "version": 1})
    whatever = program.patch(path, {"po_number": "Z"}, headers={"If-Match": "*"})
    broken = program.patch(path, {"po_number": "Y"}, headers={"If-Match": "3"})

    statuses = [a.status_code for a in (unnamed, by_header, stale_header, stale_version, whatever)]
    assert statuses == [428, 200, 412, 409, 200]
    assert by_header.headers["ETag"] == '"2"'
    assert broken.status_code == 400
    assert "somebody else" in stale_version.json["detail"]
    assert program.get(path).json["po_number"] == "Z"


def test_what_is_left_out_of_a_line_stays(program_as, riverside):
    program = program_as()
    made = program.post("/orders", an_order_body()).json
    line = made["lines"][0]
    changes = [{"id": line["id"], "color": "navy"}, {"description": "Mug", "quantity": 10}]

    answer = program.patch(f"/orders/{made['number']}", {"version": 1, "lines": changes})

    kept, new = answer.json["lines"]
    assert kept["color"] == "navy"
    assert kept["unit_price"] == "6.5"
    assert kept["sizes"] == line["sizes"]
    assert kept["decorations"] == line["decorations"]
    assert new["description"] == "Mug"


def test_a_line_that_is_left_out_is_taken_off(program_as):
    order = an_order(a_line(5), a_line(7))
    program = program_as()
    second = program.get(f"/orders/{order.number}").json["lines"][1]

    body = {"version": 1, "lines": [{"id": second["id"]}]}
    answer = program.patch(f"/orders/{order.number}", body)

    assert [line["id"] for line in answer.json["lines"]] == [second["id"]]
    assert answer.json["pieces"] == "7"


def test_a_change_that_contradicts_itself_is_refused(program_as, riverside):
    program = program_as()
    made = program.post("/orders", an_order_body()).json
    line = {"id": made["lines"][0]["id"], "quantity": 5}
    body = {
        "version": 1,
        "customer": "Nobody",
        "lines": [
            line,
            line,
            {"id": 999},
            {"quantity": 1, "schedule": [{"schedule_quantity": 1, "destination": 4}]},
        ],
    }

    answer = program.patch(f"/orders/{made['number']}", body)

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {
        "/customer", "/lines/0/quantity", "/lines/1/id", "/lines/2/id",
        "/lines/3/schedule/0/destination",
    }  # fmt: skip
    assert program.get(f"/orders/{made['number']}").json["version"] == 1


def test_destinations_charges_and_the_customer_can_be_changed(program_as, riverside):
    order = an_order()
    body = {
        "version": 1,
        "customer": "RIVER",
        "destinations": [{"ship_to_city": "Salem"}, ADDRESS],
        "charges": [{"kind": "discount", "name": "Thank you", "unit_price": "12"}],
    }

    changed = program_as().patch(f"/orders/{order.number}", body).json

    assert changed["customer"]["code"] == "RIVER"
    assert [place["ship_to_city"] for place in changed["destinations"]] == ["Salem", "Portland"]
    assert changed["charges"][0]["amount"] == "-12"
    assert changed["charges"][0]["unit_price"] == "12"
    assert changed["grand_total"] == "300"


def test_who_sees_no_money_changes_lines_without_losing_their_prices(program_as):
    models.Role.create(name="Clerk", rights=["see_orders", "change_orders"])
    order = an_order(a_line(10), charges=())
    line = models.OrderLine.get()
    clerk = program_as("Clerk")

    body = {"version": 1, "lines": [{"id": line.id, "quantity": 20}]}
    answer = clerk.patch(f"/orders/{order.number}", body)
    charges = clerk.patch(f"/orders/{order.number}", {"version": 2, "charges": []})

    assert answer.status_code == 200
    assert models.OrderLine.get().unit_price == Decimal("6.5")
    assert models.OrderLine.get().line_total == Decimal(130)
    assert charges.status_code == 403


def test_a_change_after_release_is_a_change_order(program_as):
    order = a_released_order(a_line(10))
    line = models.OrderLine.get()
    program = program_as()
    version = program.get(f"/orders/{order.number}").json["version"]

    body = {"version": version, "lines": [{"id": line.id, "quantity": 12}]}
    changed = program.patch(f"/orders/{order.number}", body).json

    assert changed["revision"] == 1
    assert changed["pieces"] == "12"
    assert all(task["must_acknowledge"] for task in changed["jobs"][0]["tasks"])


# ---------------------------------------------------------------- release, credit


def test_a_refused_release_names_every_reason(program_as):
    order = an_order(a_line(customer_notes=""), customer_notes="Fold them", in_hands_date=None)
    program = program_as()

    reasons = program.get(f"/orders/{order.number}").json["reasons"]
    refused = program.post(f"/orders/{order.number}/release")

    assert refused.status_code == 409
    assert refused.json["reasons"] == reasons
    assert len(reasons) == 2


def test_notes_that_were_read_and_problems_that_were_settled_stop_nothing(program_as, riverside):
    program = program_as()
    line = {"sku": "NO-SUCH", "description": "Mug", "quantity": 5, "unit_price": "3"}
    made = program.post("/orders", an_order_body(lines=[line], customer_notes="Fold them")).json

    program.post(f"/orders/{made['number']}/notes-read")
    settled = program.post(f"/problems/{made['problems'][0]['id']}/settle")
    again = program.post(f"/problems/{made['problems'][0]['id']}/settle")
    released = program.post(f"/orders/{made['number']}/release")

    assert settled.json["problems"] == []
    assert again.status_code == 409
    assert released.status_code == 200, released.json
    assert released.json["released_by"].startswith("API: ")
    assert program.post(f"/orders/{made['number']}/release").status_code == 409


def test_credit_is_released_by_those_who_do_the_accounts(program_as, riverside):
    riverside.credit_blocked = True
    riverside.save()
    number = program_as().post("/orders", an_order_body()).json["number"]
    models.Role.create(name="Releaser", rights=["see_orders", "release"])

    refused = program_as("Sales").post(f"/orders/{number}/release")
    blind = program_as("Releaser").post(f"/orders/{number}/release")
    released = program_as("Accountant").post(f"/orders/{number}/release-credit")
    passed = program_as("Sales").post(f"/orders/{number}/release")

    assert refused.json["reasons"] == ["Riverside AC is blocked for credit"]
    assert blind.json["reasons"] == ["credit stops it: ask somebody who does the accounts"]
    assert released.json["credit_status"] == "released"
    assert passed.status_code == 200


# ---------------------------------------------------------------- hold, cancel


def test_a_hold_stops_a_job_until_it_is_ended(program_as):
    order = a_released_order()
    program = program_as()
    body = {"reason_code": "quality", "owner": "Sam", "next_action": "look", "job": order.number}

    held = program.post(f"/orders/{order.number}/hold", body)
    seen = program.get(f"/orders/{order.number}").json
    ended = program.post(f"/holds/{held.json['id']}/end")
    twice = program.post(f"/holds/{held.json['id']}/end")

    assert held.status_code == 201
    assert seen["jobs"][0]["on_hold"]
    assert seen["holds"][0]["job"] == order.number
    assert {task["state"] for task in seen["jobs"][0]["tasks"]} == {"held"}
    assert ended.json["ended_by"].startswith("API: ")
    assert twice.status_code == 409
    assert program.get(f"/orders/{order.number}").json["holds"] == []


def test_a_hold_of_a_job_of_another_order_is_refused(program_as):
    order, other = an_order(), a_released_order()
    body = {"reason_code": "quality", "owner": "Sam", "job": other.number}

    answer = program_as().post(f"/orders/{order.number}/hold", body)

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {"/job"}


def test_a_line_a_job_and_an_order_are_cancelled_with_a_reason(program_as):
    order = a_released_order(a_line(5), a_line(7))
    program = program_as()
    first = models.OrderLine.select().order_by(models.OrderLine.id).first()

    line = program.post(f"/lines/{first.id}/cancel", {"reason": "not needed"})
    job = program.post(f"/jobs/{order.number}/cancel", {"reason": "called off"})
    again = program.post(f"/orders/{order.number}/cancel", {"reason": "called off"})
    blank = program.post(f"/orders/{order.number}/cancel", {"reason": " "})

    assert line.json["lines"][0]["cancel_reason"]
    assert line.json["pieces"] == "7"
    assert job.json["cancelled_at"]
    assert again.status_code == 409
    assert blank.status_code == 422
    assert program.get(f"/orders/{order.number}").json["cancel_reason"] == "called off"


@pytest.mark.parametrize(
    "path", ["/holds/9/end", "/problems/9/settle", "/lines/9/cancel", "/shipments/9/void"]
)
def test_what_is_not_there_cannot_be_acted_on(path, program_as):
    answer = program_as().post(path, {"reason": "because"})

    assert answer.status_code == 404


def test_the_fields_say_which_tell_money(program_as):
    listed = program_as().get("/fields").json["items"]

    told = {(field["level"], field["name"]) for field in listed if field["money"]}
    assert told == {(f.level.value, f.name) for f in BUILT_IN if tells_money(f)}
