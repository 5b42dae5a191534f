"""The published specification, held against the API that publishes it, with made-up requests.

Requests that the specification allows must be taken, those it forbids refused; every answer must
be one that it names, with the shape it names; nothing may be a failure of ours.  The seed is fixed;
``FUZZ_TIMES=20`` makes twenty times as many requests, with others every time.
"""

import copy
import itertools
import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

import auth
from api import door
from api.document import OPERATIONS, TAGS
from models import (
    DraftProblem,
    Hold,
    IncomingFile,
    Job,
    JobItem,
    Order,
    OrderLine,
    Role,
    Shipment,
    Task,
    Vendor,
)
from sync.drafts import Problem
from tests.shop import (
    BOSS,
    a_customer,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    an_order,
    finish_until,
)
from workflow import engine

pytestmark = pytest.mark.slow

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
EXAMPLES = {GenerationMode.POSITIVE: 6 * TIMES, GenerationMode.NEGATIVE: 3 * TIMES}
TAKEN = ["2xx", "401", "403", "404", "409"]
#: Bodies of the right shape may still contradict themselves or the shop, which 422 says.
MAY_CONTRADICT = [operation.name for operation in OPERATIONS if operation.takes]
#: A version may stand in the header or in the body: no schema can say that one is needed.
VERSIONED = [operation.name for operation in OPERATIONS if operation.versioned]


@pytest.fixture
def shop(app, monkeypatch):
    """A shop with something of everything, and the token of a program that may do all of it."""
    monkeypatch.setattr(door, "MOST_WRONG_TOKENS", 10**9)  # the checks try wrong ones on purpose
    a_shop()
    customer = a_customer("Riverside AC", code="RIVER")
    shirt = a_product("TEE-HVY", sizes=("M", "L"))
    Vendor.create(code="BLANKS", name="Blanks & Co")
    doubt = Problem("line 1", "sku", "which of them?", "TEE")
    an_order(a_line(sizes={"M": 10, "L": 20}, product=shirt), customer=customer, problems=[doubt])
    a_released_order(a_line(sizes={"M": 10, "L": 20}, product=shirt), customer=customer)
    nearly = a_released_order(a_line(30), customer=customer)
    handover = finish_until(nearly, "shipping")
    items = tuple((item.id, item.quantity) for item in JobItem.select().where(_of(nearly)))
    engine.record_shipment(handover.id, engine.Handover(items=items, carrier="UPS"), BOSS)
    held = an_order(a_line(12), customer=customer)
    engine.hold(held.id, engine.HoldWords("other", "Sam"), BOSS)
    _token, secret = auth.make_token("Fuzz", Role.get(name="Owner"), "Olga")
    return app, {"Authorization": f"Bearer {secret}"}


def _of(order):
    return JobItem.job.in_(Job.select(Job.id).where(Job.order == order))


def loaded(app, headers):
    """The specification as the app publishes it, with what this test expects of it."""
    expected = {name: [*TAKEN, "422"] for name in MAY_CONTRADICT}
    expected |= {name: [*TAKEN, "422", "412", "428"] for name in VERSIONED}
    words = [
        {
            "include-operation-id": name,
            "checks": {"positive_data_acceptance": {"expected-statuses": statuses}},
        }
        for name, statuses in expected.items()
    ]
    config = schemathesis.Config.from_dict({"operations": words})
    address = "/api/v1/openapi.json"
    return schemathesis.openapi.from_wsgi(address, app, config=config, headers=headers)


KEYS = {
    "tasks": Task.id, "holds": Hold.id, "problems": DraftProblem.id, "lines": OrderLine.id,
    "shipments": Shipment.id, "orders": Order.number, "jobs": Job.number,
    "incoming": IncomingFile.id,
}  # fmt: skip


def keys_of(place):
    """What an address may be about: keys of rows that are there."""
    column = KEYS.get(place)
    if column is None:
        return [1, 2]
    return [row[0] for row in column.model.select(column).order_by(column.model.id).tuples()]


def aim(case, there, items, pick):
    """Point a request at rows that are there: made-up ones would only find 404s and 412s."""
    for name in case.path_parameters or {}:
        if there:
            case.path_parameters[name] = there[pick % len(there)]
    if pick % 3:
        case.headers.pop("Idempotency-Key", None)
        if case.operation.definition.raw.get("operationId") in VERSIONED:
            case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        body = copy.deepcopy(case.body)  # which may be the generator's own
        aim_body(body, items, pick)
        if body != case.body:
            case.body = body


def aim_body(body, items, pick):
    """The same for what a body is about."""
    if pick % 3:
        body.pop("version", None)
    for row in (body, *(body.get("items") or [])):
        if "item" in row:
            row["item"] = items[(pick + len(json.dumps(row))) % len(items)]


def try_out(operation, mode, headers):
    """Make requests for one operation and check every answer."""
    there, numbers = keys_of(operation.path.split("/")[1]), itertools.count()
    items = [item.id for item in JobItem.select(JobItem.id).order_by(JobItem.id)]
    # What is fixed is not broken on purpose; what is only shown is tried without, too.
    fixed, shown = (headers, None) if mode is GenerationMode.NEGATIVE else (None, headers)

    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, headers=fixed))
    def ask(case):
        pick = next(numbers)
        if mode is GenerationMode.POSITIVE and pick % 4:
            aim(case, there, items, pick)
        case.call_and_validate(headers=shown)

    ask()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("tag", list(TAGS))
def test_what_is_published_is_what_is_served(tag, mode, shop):
    app, headers = shop
    found = [result.ok() for result in loaded(app, headers).get_all_operations()]

    for operation in found:
        if tag in operation.tags and (mode is GenerationMode.POSITIVE or can_be_broken(operation)):
            try_out(operation, mode, headers)


def can_be_broken(operation):
    """Whether a request for it has anything that could be wrong."""
    words = operation.definition.raw
    return bool(words.get("parameters") or words.get("requestBody"))
