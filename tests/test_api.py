"""The door of the API: who may come in, how requests are read, what a refusal looks like."""

import json
import re

import pytest

import models
from api import door
from api.checks import check
from api.document import OPERATIONS, document
from api.examples import EXAMPLES
from api.kinds import RESERVED
from api.operations import PREFIX
from tests.programs import Program, a_secret, errors_of
from tests.shop import a_customer, an_order
from tests.web import text_of
from workflow.actors import STARTING_ROLES
from workflow.fields import BUILT_IN, BUILT_IN_CATALOGUE, Level

PROBLEM = "application/problem+json"
pure = pytest.mark.pure


# ---------------------------------------------------------------- tokens


def test_without_a_token_one_is_asked_for(app):
    answer = Program(app, "").get("/orders")

    assert answer.status_code == 401
    assert answer.mimetype == PROBLEM
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "Authorization: Bearer" in answer.json["detail"]


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "Bearer inh_wrong", "\xff"])
def test_what_is_no_token_of_ours_is_refused(app, header):
    answer = Program(app, "").get("/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_a_revoked_token_is_refused(app):
    secret = a_secret()
    models.ApiToken.update(revoked_at=models.clock.now()).execute()

    answer = Program(app, secret).get("/me")

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_session_counts_for_nothing(client_as):
    owner = client_as("Owner")

    answer = owner.get("/api/v1/orders")

    assert answer.status_code == 401


def test_a_token_needs_no_csrf_token(program_as):
    answer = program_as("Owner").post("/customers", {"code": "A", "name": "Anna"})

    assert answer.status_code == 201


def test_who_tries_wrong_tokens_is_told_to_wait_and_right_ones_go_on(app, program_as, monkeypatch):
    monkeypatch.setattr(door, "MOST_WRONG_TOKENS", 3)
    guess, program = Program(app, "inh_guess"), program_as()
    for _ in range(3):
        assert guess.get("/me").status_code == 401

    refused = guess.get("/me")

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert program.get("/me").status_code == 200


def test_a_token_says_who_it_is_and_what_it_may_do(program_as):
    answer = program_as("Read-only", name="Wallboard").get("/me")

    assert answer.json["name"] == "API: Wallboard"
    assert answer.json["role"] == "Read-only"
    assert answer.json["rights"] == [{"right": "see_orders", "meaning": "see orders and queues"}]


def test_a_long_name_fits_into_the_history(program_as):
    program = program_as(name="x" * 120)

    made = program.post("/orders", {"lines": [{"description": "Mug", "quantity": 1}]})

    assert made.status_code == 201
    assert len(made.json["created_by"]) == 120


# ---------------------------------------------------------------- rights


@pytest.mark.parametrize("role", list(STARTING_ROLES))
def test_every_operation_asks_for_its_right(role, program_as):
    program, rights = program_as(role), STARTING_ROLES[role]

    for operation in OPERATIONS:
        path = re.sub(r"\{\w+\}", "999", operation.path)
        answer = program.ask(operation.method, path)

        may = operation.right is None or operation.right in rights
        assert (answer.status_code == 403) is not may, f"{role}: {operation.name}"
        if not may:
            assert "Ask an owner for that right" in answer.json["detail"]


def test_prices_are_not_told_to_who_may_not_see_money(program_as):
    customer = a_customer(credit_limit=5000)
    order = an_order(customer=customer)
    worker = program_as("Department worker")

    seen = [
        worker.get(f"/orders/{order.number}").json,
        worker.get("/orders").json["items"][0],
        worker.get(f"/customers/{customer.id}").json,
        worker.get("/products").json,
    ]

    told = json.dumps(seen)
    for name in ("unit_price", "grand_total", "line_total", "subtotal", "credit_limit", "charges"):
        assert f'"{name}"' not in told
    assert "6.5" not in told


def test_prices_are_not_taken_from_who_may_not_see_money(program_as):
    models.Role.create(name="Clerk", rights=["see_orders", "enter_orders", "customers"])
    clerk = program_as("Clerk")
    line = {"description": "Mug", "quantity": 1, "unit_price": "4"}

    order = clerk.post("/orders", {"lines": [line], "tax_amount": None})
    customer = clerk.post("/customers", {"code": "A", "name": "Anna", "credit_limit": "1"})

    assert order.status_code == customer.status_code == 403
    assert "/lines/0/unit_price" in order.json["detail"]
    assert "/tax_amount" in order.json["detail"]
    assert models.Order.select().count() == models.Customer.select().count() == 0


# ---------------------------------------------------------------- requests that cannot be read


def test_every_refusal_is_a_problem_with_a_sentence(program_as):
    program = program_as()
    text, anna = {"Content-Type": "text/plain"}, {"code": "A", "name": "Anna"}
    js = {"Content-Type": "application/json"}
    cases = [
        (program.get("/nothing"), 404),
        (program.get("/orders/0000"), 404),
        (program.get("/customers/x"), 404),
        (program.ask("DELETE", "/orders"), 405),
        (program.get("/orders", headers={"Accept": "text/html"}), 406),
        (program.post("/orders", data="a=1", headers=text), 415),
        (program.post("/orders", data="{", headers=js), 400),
        (program.post("/orders", data="", headers=js), 400),
        (program.post("/orders", data='{"lines": NaN}', headers=js), 400),
        (program.post("/orders", data=b"\xff\xfe{", headers=js), 400),
        (program.post("/orders", data="[" * 100_000, headers=js), 400),
        (program.post("/orders", data='{"a":' * 50 + "1" + "}" * 50, headers=js), 400),
        (program.post("/orders", []), 422),
        (program.get("/orders?limit=0"), 422),
        (program.get("/orders?limit=1&limit=2"), 422),
        (program.get("/orders?stagee=review"), 422),
        (program.post("/customers", anna, headers={"Idempotency-Key": "a b"}), 400),
    ]

    for answer, status in cases:
        assert answer.status_code == status, answer.json
        assert answer.mimetype == PROBLEM
        assert answer.json["status"] == status
        assert len(answer.json["detail"]) > 15
    assert "POST" in program.ask("DELETE", "/orders").headers["Allow"]


def test_what_is_too_big_is_refused(app, program_as):
    app.config["MAX_CONTENT_LENGTH"] = 1000

    answer = program_as().post("/orders", {"lines": [], "internal_notes": "x" * 2000})

    assert answer.status_code == 413
    assert answer.mimetype == PROBLEM


def test_every_place_that_does_not_fit_is_named_in_the_shops_words(program_as):
    lines = [{"quantity": "a dozen", "schedule": [{"schedule_date": "31/02"}], "colour": "red"}]
    body = {"lines": lines, "in_hands_date": "1200-01-01", "order_contact_email": "dana"}

    answer = program_as().post("/orders", body)

    assert answer.status_code == 422
    assert errors_of(answer) == {
        "/lines/0/quantity": "expected a number of pieces, found 'a dozen'",
        "/lines/0/schedule/0/schedule_date": "expected a date such as 2026-03-14, found '31/02'",
        "/lines/0/schedule/0/schedule_quantity": "is missing",
        "/lines/0/colour": "is not known here; see the documentation for the names there are",
        "/in_hands_date": "the year 1200 cannot be right in '1200-01-01'",
        "/order_contact_email": "expected an e-mail address, found 'dana'",
    }


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 2**64, 10**400])
def test_numbers_that_no_row_has_are_not_there(number, program_as):
    program = program_as()

    for path in ("customers", "products", "tasks", "incoming"):
        assert program.get(f"/{path}/{number}").status_code == 404
    body = {"items": [{"item": number, "good": 1}]}
    assert program.put("/tasks/1/quantities", body).status_code in (404, 422)


def test_characters_that_nobody_sees_are_dropped(program_as):
    program = program_as()
    raw = (
        '{"po_number": "A\\u00001\\ud800", "lines": [{"description": "M\\u0000ug", "quantity": 1}]}'
    )

    answer = program.post("/orders", data=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 201
    assert answer.json["po_number"] == "A1\ufffd"
    assert answer.json["lines"][0]["description"] == "Mug"
    for path in ("/orders?q=a%00b", "/orders?po_number=%00", "/orders/%00", "/jobs/a%00"):
        assert program.get(path).status_code in (200, 404, 422)


# ---------------------------------------------------------------- the specification, its page


def test_every_reference_of_the_specification_leads_somewhere(app):
    spec = app.test_client().get("/api/v1/openapi.json").json

    assert spec["openapi"] == "3.1.0"
    for place in set(re.findall(r'"#(/[^"]+)"', json.dumps(spec))):
        found = spec
        for part in place.strip("/").split("/"):
            found = found[part]
        assert found


def test_every_route_is_published(app):
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if str(rule).startswith(PREFIX) and rule.endpoint != "api.openapi"
    }

    published = {
        (method.upper(), PREFIX + path)
        for path, methods in document()["paths"].items()
        for method in methods
    }

    assert routes == published


@pure
@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.takes], ids=lambda op: op.name)
def test_every_body_has_an_example_that_fits(operation):
    if not operation.takes_file:
        check(operation.takes, EXAMPLES[operation.name], BUILT_IN_CATALOGUE, operation.level)


@pure
def test_every_field_of_the_catalogue_can_be_sent_by_its_name():
    shapes = document()["components"]["schemas"]
    where = {
        Level.ORDER: "OrderIn",
        Level.DESTINATION: "DestinationIn",
        Level.LINE: "LineIn",
        Level.SCHEDULE: "DeliveryIn",
        Level.DECORATION: "DecorationIn",
    }

    for field in BUILT_IN:
        assert field.name in shapes[where[field.level]]["properties"]


@pure
def test_what_stands_beside_the_fields_is_reserved_and_hides_none_of_them():
    empty = document()["components"]["schemas"]
    mixed = ("Order", "OrderIn", "OrderChange", "Line", "LineChange", "Job", "JobChange",
             "Customer", "CustomerChange", "DestinationIn", "DeliveryIn", "DecorationIn")  # fmt: skip
    own = {field.name for field in BUILT_IN}

    beside = {name for shape in mixed for name in empty[shape]["properties"]} - own

    assert beside <= RESERVED
    assert not [f.name for f in BUILT_IN if f.name in RESERVED - {"currency", "payment_terms",
        "deposit_percent", "price_list", "language", "exemption_number", "exemption_expiry",
        "tax_exempt", "tax_id", "tax_category", "tax_jurisdiction", "fulfillment_type"}]  # fmt: skip


def test_a_field_of_the_shops_own_is_published_to_its_programs_only(app, program_as):
    models.CustomField.create(level="order", name="team", label="Team", kind="text")

    public = app.test_client().get("/api/v1/openapi.json").json
    ours = program_as("Read-only").get("/openapi.json").json

    assert "team" not in public["components"]["schemas"]["OrderIn"]["properties"]
    assert ours["components"]["schemas"]["OrderIn"]["properties"]["team"]["x-custom"] is True


def test_the_documentation_shows_every_operation_and_loads_nothing_from_elsewhere(client):
    answer = client.get("/api/docs")

    page = text_of(answer)
    assert answer.status_code == 200
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in page
    assert "curl -X POST" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "style=" not in page
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
