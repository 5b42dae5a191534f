"""What programs call: ``/api/v1``, its OpenAPI description, and the page that explains it."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from api import docs, door
from api.document import OPERATIONS, document
from api.operations import PREFIX, Operation
from api.refusals import refuse, refuse_http
from api.schemas import Own, own_fields
from errors import ShopError
from workflow import shop


def blueprint() -> Blueprint:
    """Every address of the API; the app exempts it from CSRF, for it takes no cookies."""
    api = Blueprint("api", __name__)
    for operation in OPERATIONS:
        _serve(api, operation)
    api.add_url_rule(f"{PREFIX}/openapi.json", "openapi", _openapi)
    api.add_url_rule("/api/docs", "docs", docs.page)
    api.register_error_handler(ShopError, refuse)
    api.register_error_handler(HTTPException, refuse_http)
    return api


def _serve(api: Blueprint, operation: Operation) -> None:
    def view(**path: Any) -> ResponseReturnValue:
        return door.answer(operation, path)

    rule = re.sub(r"\{(\w+)\}", lambda match: _converter(operation, match[1]), operation.path)
    api.add_url_rule(
        f"{PREFIX}{rule}",
        operation.name,
        view,
        methods=[operation.method],
        provide_automatic_options=False,
    )


def _converter(operation: Operation, name: str) -> str:
    parameter = next(p for p in operation.parameters_in("path") if p.name == name)
    return f"<int:{name}>" if parameter.schema["type"] == "integer" else f"<{name}>"


def _openapi() -> Response:
    """The specification; with a token it names the shop's own fields too."""
    own: Own = ()
    if "Authorization" in request.headers:
        door.token_of_request()
        own = own_fields(shop.catalogue())
    answer = jsonify(document(own))
    answer.headers["Vary"] = "Authorization"
    return answer
