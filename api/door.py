"""Every request comes in here: who asks, may they, is it well-formed, was it asked before.

A token in the ``Authorization`` header and nothing else says who asks: cookies count for nothing.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

import auth
from api import idempotency
from api.checks import check, check_query
from api.kinds import LARGEST_ID
from api.operations import KEY_PATTERN, PREFIX, Answer, Call, Operation, Parameter, SentFile
from api.refusals import RequestError
from models import ApiToken
from sync.cells import clean
from workflow import shop
from workflow.fields import Catalogue

REALM = 'Bearer realm="Inhands"'
#: Wrong tokens from one address in five minutes, before it is told to wait.
MOST_WRONG_TOKENS = 30
_DEEPEST = 30
_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")
_ETAG = re.compile(r'\*|"([0-9]{1,9})"', re.ASCII)
_FILE_TYPES = (
    "application/octet-stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "text/csv",
    "text/tab-separated-values",
)


def answer(operation: Operation, path: Mapping[str, Any]) -> ResponseReturnValue:
    """Serve one request for an operation."""
    _check_accept()
    token = token_of_request()
    actor = auth.actor_of(token)
    auth.act_as(actor)
    if operation.right is not None:
        actor.require(operation.right)
    catalogue = shop.catalogue() if operation.level is not None else None
    named, version = _if_match(operation)
    call = Call(
        actor=actor,
        token=token,
        path=_path(operation, path),
        query=_query(operation),
        body=_body(operation, catalogue),
        file=_file() if operation.takes_file else None,
        key=_key(operation),
        if_match=version,
        brief=operation.brief and "return=minimal" in request.headers.get("Prefer", ""),
    )
    if catalogue is not None:
        vars(call)["catalogue"] = catalogue  # what the check read already
    if operation.versioned and call.version is None and not named:
        raise RequestError(
            428, "Say which version you saw: send If-Match with the ETag, or version in the body."
        )
    if operation.keyed and call.key:
        return _respond(idempotency.once(call, operation))
    return _respond(operation.run(call))


def _respond(found: Answer) -> Response:
    if found.status == 204:
        response = Response(status=204, headers={"Preference-Applied": "return=minimal"})
    else:
        text = json.dumps(found.body, separators=(",", ":"))
        response = Response(text, found.status, mimetype="application/json")
    if found.location:
        response.headers["Location"] = f"{PREFIX}{found.location}"
    if found.version is not None:
        response.set_etag(str(found.version))
    return response


# ---------------------------------------------------------------- who asks


def _check_accept() -> None:
    wanted = request.accept_mimetypes
    if wanted and not (wanted["application/json"] or wanted["application/problem+json"]):
        raise RequestError(406, "Answers are JSON: send Accept: application/json, or none.")


def token_of_request() -> ApiToken:
    """The token this request came with.

    Raises:
        RequestError: there is none, it is not known, or too many were tried.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not secret.strip():
        sentence = "Send a token of this shop: Authorization: Bearer inh_…"
        raise RequestError(401, sentence, {"WWW-Authenticate": REALM})
    token = auth.token_of(secret.strip())
    if token is not None:
        return token
    if not auth.may_try(f"api:ip:{request.remote_addr}", MOST_WRONG_TOKENS):
        sentence = "There were too many wrong tokens. Wait five minutes, then try again."
        raise RequestError(429, sentence, {"Retry-After": str(auth.WINDOW_SECONDS)})
    sentence = "This token is not known here or was revoked. Ask an owner for a new one."
    challenge = f'{REALM}, error="invalid_token"'
    raise RequestError(401, sentence, {"WWW-Authenticate": challenge})


# ---------------------------------------------------------------- path, query, headers


def _path(operation: Operation, path: Mapping[str, Any]) -> dict[str, Any]:
    for value in path.values():
        strange = isinstance(value, str) and clean(value) != value
        if strange or (isinstance(value, int) and not 0 < value <= LARGEST_ID):
            raise RequestError(404, "There is nothing with that number.")
    return dict(path)


def _query(operation: Operation) -> dict[str, Any]:
    """The query's values, each of the type its parameter says."""
    known = {parameter.name: parameter for parameter in operation.parameters_in("query")}
    shape = {
        "type": "object",
        "properties": {name: parameter.schema for name, parameter in known.items()},
        "additionalProperties": False,
        "required": [name for name, p in known.items() if p.schema.get("x-required")],
    }
    # A value that is sent twice stays a list, which no parameter takes.
    found = {
        name: _typed(known.get(name), texts[0] if len(texts) == 1 else texts)
        for name, texts in request.args.lists()
    }
    check_query(shape, found)
    found = {name: clean(v) if isinstance(v, str) else v for name, v in found.items()}
    for name, parameter in known.items():
        if "default" in parameter.schema:
            found.setdefault(name, parameter.schema["default"])
    return found


def _typed(parameter: Parameter | None, value: Any) -> Any:
    if parameter is None or not isinstance(value, str):
        return value
    if parameter.schema["type"] == "integer" and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if parameter.schema["type"] == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return value


def _key(operation: Operation) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None or not (operation.keyed or operation.takes_file):
        return ""
    if not re.fullmatch(KEY_PATTERN, key):
        raise RequestError(
            400, "Idempotency-Key is 1 to 200 letters, digits and signs of ASCII, without spaces."
        )
    return key


def _if_match(operation: Operation) -> tuple[bool, int | None]:
    """Whether a version was named, and which; None means any."""
    header = request.headers.get("If-Match")
    if header is None or not operation.versioned:
        return False, None
    tag = _ETAG.fullmatch(header.strip())
    if tag is None:
        raise RequestError(400, 'Send the ETag as it was answered, such as If-Match: "3", or *.')
    return True, None if tag[1] is None else int(tag[1])


# ---------------------------------------------------------------- body


def _body(operation: Operation, catalogue: Catalogue | None) -> dict[str, Any]:
    if not operation.takes or operation.takes_file:
        return {}
    raw = request.get_data(cache=False)
    if not raw and operation.body_optional:
        return {}
    if not request.is_json:
        raise RequestError(415, "Send JSON with Content-Type: application/json.")
    body = _scrubbed(_parsed(raw), 0)
    check(operation.takes, body, catalogue, operation.level)
    return dict(body)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as failure:
        where = f" at line {failure.lineno}" if isinstance(failure, json.JSONDecodeError) else ""
        raise RequestError(400, f"The body is not JSON{where}. Send one JSON object.") from failure


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _scrubbed(value: Any, depth: int) -> Any:
    """The same with half characters (lone surrogates) replaced, which no database keeps."""
    if isinstance(value, str):
        return _HALF_CHARACTERS.sub("\ufffd", value)
    if depth > _DEEPEST:
        raise RequestError(400, f"The body is nested more than {_DEEPEST} levels deep.")
    if isinstance(value, list):
        return [_scrubbed(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_scrubbed(name, depth): _scrubbed(item, depth + 1) for name, item in value.items()}
    return value


def _file() -> SentFile:
    """The file that was sent: as the part ``file`` of a form, or as the body itself."""
    if request.mimetype == "multipart/form-data":
        part = request.files.get("file")
        if part is None:
            raise RequestError(400, "The form has no file: send it as the part called 'file'.")
        name = part.filename or "unnamed"
        return SentFile(name, part.read(), part.mimetype or "application/octet-stream")
    if request.mimetype not in _FILE_TYPES:
        known = ", ".join(("multipart/form-data", *_FILE_TYPES))
        raise RequestError(415, f"Send the file as one of {known}.")
    name = str(request.args.get("filename") or "unnamed")
    return SentFile(clean(name), request.get_data(), request.mimetype)
