"""The published specification: OpenAPI 3.1, made from the operations and the shapes they use."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from api import customers, incoming, jobs, order_actions, orders, products, shop_facts, tasks
from api.examples import EXAMPLES
from api.kinds import Schema, ref
from api.operations import KEY_PATTERN, PREFIX, Operation, Parameter
from api.schemas import Own, components

VERSION = "1.0.0"
OPERATIONS: tuple[Operation, ...] = (
    *shop_facts.OPERATIONS,
    *orders.OPERATIONS,
    *order_actions.OPERATIONS,
    *jobs.OPERATIONS,
    *tasks.OPERATIONS,
    *incoming.OPERATIONS,
    *customers.OPERATIONS,
    *products.OPERATIONS,
)
TAGS = {
    "The shop": "Who you are, which fields and departments there are.",
    "Orders": "What customers asked for. Every order takes the same path, however it comes.",
    "Jobs": "The part of an order that travels together to one destination by one date.",
    "Tasks": "One department's work on one job. Figures are totals as they stand now.",
    "Shipments": "What was handed over.",
    "Incoming files": "Order files: kept first, then read.",
    "Customers": "Who orders.",
    "Products": "What is sold, with styles, colours and sizes.",
}
ABOUT = """\
Programs read and do here what people read and do on the screens, by the same rules and rights.

**Tokens.** Send `Authorization: Bearer inh_…`. A token has the rights of its role; an owner makes
one under Set-up, API tokens. Cookies count for nothing here.

**Values.** Exact decimals are text (`"6.50"`), so that nothing rounds them; whole numbers may be
sent as numbers. Days are `2026-12-24`, moments `2026-12-24T09:30:00Z`. A field that is empty is
left out of an answer; `null` empties it. The shop's own fields stand among the built-in ones under
their name; `GET /fields` lists all of them.

**Refusals** are `application/problem+json` (RFC 9457): `detail` is a sentence that says what to do,
`errors` has a JSON pointer and a sentence for each value that does not fit, `reasons` names
everything that stands in the way.

**Changes** name the version they are about, in `If-Match` or as `version`: what somebody changed
since is never overwritten. **Creating** takes an `Idempotency-Key`: the same request under the same
key is done once, however often it is sent, for two days.

**Short answers.** What changes something answers how it stands now; with `Prefer: return=minimal`
it answers 204 and nothing else, which is quicker.

**Pages.** Lists come newest first; send `next_cursor` as `cursor` for the next page.
"""
_WORDS = {
    400: "The request cannot be read, for instance because the body is no JSON.",
    401: "There is no token, or one that is not known here.",
    403: "The token's role does not allow this.",
    404: "There is no such thing, or not for this token.",
    406: "Answers are JSON only.",
    409: "It cannot be done as things stand; the reasons are named. Or somebody else was quicker.",
    412: "Somebody changed it since the version in If-Match.",
    413: "The body is too big.",
    415: "The body is of a kind that is not taken here.",
    422: "What was sent does not fit; each place is named with a sentence.",
    428: "Say which version you saw.",
    429: "Too many wrong tokens from your address.",
    503: "The shop cannot be reached for the moment; try again.",
    507: "The server's disk is full.",
}
_ALWAYS = (401, 403, 406, 429, 503)


def document(own: Own = ()) -> dict[str, Any]:
    """The whole specification; ``own`` are the shop's own fields."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inhands",
            "version": VERSION,
            "summary": "Orders from received to in the customer's hands.",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components(own),
            "responses": {str(status): _refusal(status) for status in _WORDS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _description(operation),
        "parameters": [_parameter(p) for p in _parameters(operation)],
        "responses": _responses(operation),
    }
    if operation.takes:
        found["requestBody"] = _body(operation)
    return found


def _description(operation: Operation) -> str:
    right = f"Right: `{operation.right.value}`." if operation.right is not None else ""
    return " ".join(part for part in (operation.description, right) if part)


def _parameters(operation: Operation) -> Iterator[Parameter]:
    yield from operation.parameters
    if operation.keyed or operation.takes_file:
        key = {"type": "string", "pattern": KEY_PATTERN}
        about = "A word of your own for this request; the same one is done once."
        yield Parameter("Idempotency-Key", key, about, "header")
    if operation.versioned:
        tag = {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$', "examples": ['"3"']}
        about = "The ETag you saw; `version` in the body does as well, one of them is needed."
        yield Parameter("If-Match", tag, about, "header")
    if operation.brief:
        word = {"type": "string", "examples": ["return=minimal"]}
        about = "`return=minimal` is answered 204 and nothing else; anything else is passed over."
        yield Parameter("Prefer", word, about, "header")


def _parameter(parameter: Parameter) -> dict[str, Any]:
    found = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "schema": parameter.schema,
    }
    return found | ({"required": True} if parameter.place == "path" else {})


def _body(operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = {"schema": ref(operation.takes)}
    if operation.name in EXAMPLES:
        schema["example"] = EXAMPLES[operation.name]
    if operation.takes_file:
        raw = {"schema": {"type": "string", "format": "binary"}}
        content = {"multipart/form-data": schema, "application/octet-stream": raw, "text/csv": raw}
        return {"required": True, "content": content}
    return {"required": not operation.body_optional, "content": {"application/json": schema}}


def _responses(operation: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "Done.",
        "content": {"application/json": {"schema": ref(operation.gives)}},
    }
    if headers := _headers(operation):
        answer["headers"] = headers
    found = {str(status): answer for status in (operation.status, *operation.also)}
    if operation.brief:
        found["204"] = {"description": "Done; nothing is answered, as was preferred."}
        if "Location" in answer.get("headers", {}):
            found["204"]["headers"] = {"Location": answer["headers"]["Location"]}
    refused = sorted({*_ALWAYS, *operation.refusals, *_shape_refusals(operation)})
    return found | {str(s): {"$ref": f"#/components/responses/{s}"} for s in refused}


def _headers(operation: Operation) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    if operation.versioned or operation.gives in ("Order", "Customer", "Product"):
        found["ETag"] = {"schema": {"type": "string"}, "description": "The version, for If-Match."}
    if operation.status == 201 and operation.keyed and operation.gives != "Shipment":
        found["Location"] = {"schema": {"type": "string"}, "description": "Where it can be read."}
    return found


def _shape_refusals(operation: Operation) -> Iterable[int]:
    """What can be refused because of what an operation takes."""
    if operation.parameters_in("path"):
        yield 404
    if operation.takes or operation.keyed:
        yield from (400, 413, 415, 422)
    if operation.parameters_in("query"):
        yield 422
    if operation.method != "GET":
        yield from (409, 507)
    if operation.versioned:
        yield from (412, 428)


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: {_WORDS[status]}",
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
    if status in (401, 429):
        name = "WWW-Authenticate" if status == 401 else "Retry-After"
        found["headers"] = {name: {"schema": {"type": "string"}}}
    return found
