"""The published specification, held against the API that publishes it, with made-up requests.

Requests that the specification allows must be taken, those it forbids refused, and every answer
must be one that the specification names.  The seed is fixed; ``--hypothesis-seed`` plays no part.
"""

import json
from decimal import Decimal

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

import auth
from api import door
from api.document import TAGS
from models import DraftProblem, Hold, JobItem, Order, OrderLine, Role, Shipment, Task, Vendor
from tests.shop import (
    BOSS,
    a_customer,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    an_order,
    finish,
    finish_until,
    tasks_of,
)
from workflow import engine

pytestmark = pytest.mark.slow

MOST_EXAMPLES = {GenerationMode.POSITIVE: 20, GenerationMode.NEGATIVE: 12}
#: Bodies that can be well-formed and still contradict themselves or the shop: 422 is right then.
MAY_CONTRADICT = (
    "createOrder", "changeOrder", "changeJob", "recordQuantities", "completeTask", "decide",
    "recordShipment", "holdOrder", "chooseCustomer", "createProduct", "changeProduct", "sendFile",
    "createCustomer", "changeCustomer",
)  # fmt: skip


@pytest.fixture
def shop(app, monkeypatch):
    """A shop with something of everything, and the token of a program that may do all of it."""
    monkeypatch.setattr(door, "MOST_WRONG_TOKENS", 10**9)
    a_shop()
    customer = a_customer("Riverside AC", code="RIVER")
    shirt = a_product("TEE-HVY", sizes=("M", "L"))
    Vendor.create(code="BLANKS", name="Blanks & Co")
    for n in range(3):
        line = a_line(sizes={"M": 10 + n, "L": 20}, product=shirt)
        an_order(line, customer=customer)
        a_released_order(a_line(sizes={"M": 10 + n, "L": 20}, product=shirt), customer=customer)
    gone = a_released_order(customer=customer)
    finish_until(gone, "nobody")
    held = an_order(customer=customer)
    engine.hold(held.id, engine.HoldWords("other", "Sam"), BOSS)
    token, secret = auth.make_token("Fuzz", Role.get(name="Owner"), "Olga")
    return app, {"Authorization": f"Bearer {secret}"}


def loaded(app, headers):
    overrides = [
        {
            "include-operation-id": name,
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "401", "403", "404", "409", "422"]
                }
            },
        }
        for name in MAY_CONTRADICT
    ]
    config = schemathesis.Config.from_dict({"operations": overrides})
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", app, config=config, headers=headers
    )


IDS = {
    "tasks": lambda: [t.id for t in Task.select(Task.id)],
    "holds": lambda: [h.id for h in Hold.select(Hold.id)],
    "problems": lambda: [p.id for p in DraftProblem.select(DraftProblem.id)],
    "lines": lambda: [line.id for line in OrderLine.select(OrderLine.id)],
    "shipments": lambda: [s.id for s in Shipment.select(Shipment.id)],
    "orders": lambda: [o.number for o in Order.select(Order.number)],
    "jobs": lambda: [o.number for o in Order.select(Order.number)],
}


def aim(case, known, pick):
    """Point a request at something that is there: a made-up id would only find 404s."""
    place = case.path.split("/")[1]
    for name in case.path_parameters or {}:
        there = known.get(place) or [1, 2]
        case.path_parameters[name] = there[pick % len(there)]
    if isinstance(case.body, dict):
        if pick % 3:
            case.body.pop("version", None)
        items = [i.id for i in JobItem.select(JobItem.id).limit(50)]
        for row in (case.body, *(r for r in case.body.get("items") or [] if isinstance(r, dict))):
            if isinstance(row, dict) and "item" in row:
                row["item"] = items[(pick + len(json.dumps(row))) % len(items)]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("tag", list(TAGS))
def test_what_is_published_is_what_is_served(tag, mode, shop, capsys):
    app, headers = shop
    schema = loaded(app, headers)
    known = {place: read() for place, read in IDS.items()}
    failures = {}
    import time
    for found in schema.get_all_operations():
        operation = found.ok()
        if tag not in operation.tags:
            continue
        t = time.time(); n=[0]
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except Exception as e:
            print("NOSTRAT", operation.label, e); continue

        @settings(
            max_examples=MOST_EXAMPLES[mode],
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy, pick=st.integers(0, 60))
        def ask(case, pick):
            if mode is GenerationMode.POSITIVE and pick % 4:
                aim(case, known, pick)
            n[0]+=1
            try:
                case.call_and_validate(headers=headers)
            except BaseException as failure:
                failures.setdefault((operation.label, str(failure)[:300].split("\n\n")[0][:200]), str(failure)[:3000])

        try:
            ask()
        except BaseException as e:
            failures[(operation.label, repr(e)[:200])] = repr(e)[:2000]
        with capsys.disabled():
            print(operation.label, n[0], round(time.time()-t,1))
    with capsys.disabled():
        for (label, head), text in failures.items():
            print("=====", label, "\n", text)
    assert not failures
