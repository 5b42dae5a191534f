"""Refusals that belong to the way of asking, and every refusal as ``application/problem+json``."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from errors import BlockedError, InvalidError, ShopError, StaleError
from web.failures import problem

MOST_ERRORS = 100


class RequestError(ShopError):
    """The request cannot be served as it was sent: without a token, as no JSON, too often."""

    def __init__(
        self, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.http_status = status
        self.headers = dict(headers or {})
        super().__init__(sentence)


class ContentError(ShopError):
    """What was sent does not fit; ``errors`` are pairs of a JSON pointer and a sentence."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = list(errors)
        first, more = self.errors[0], len(self.errors) - 1
        others = f" (and {more} more)" if more else ""
        super().__init__(f"{first[0]}: {first[1]}{others}")


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to a value of the body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def refuse(refusal: ShopError) -> Response:
    """A sentence of ours as an answer."""
    status, more = refusal.http_status, _details(refusal)
    if isinstance(refusal, StaleError) and request.method == "PATCH" and request.if_match:
        status = HTTPStatus.PRECONDITION_FAILED
    answer = problem(status, HTTPStatus(status).phrase, str(refusal), **more)
    if isinstance(refusal, RequestError):
        answer.headers.update(refusal.headers)
    return answer


def _details(refusal: ShopError) -> dict[str, Any]:
    if isinstance(refusal, BlockedError):
        return {"reasons": refusal.reasons}
    found: list[tuple[str, str]] = []
    if isinstance(refusal, ContentError):
        found = refusal.errors
    if isinstance(refusal, InvalidError):
        found = [_placed(name, text) for name, text in refusal.problems.items()]
    listed = [{"pointer": place, "message": text} for place, text in found[:MOST_ERRORS]]
    return {"errors": listed} if listed else {}


def _placed(name: str, text: str) -> tuple[str, str]:
    """Where the engine's "owner" stands in what was sent; its "line 3" is a place in words."""
    return (pointer(name), text) if name.isidentifier() else ("", f"{name} {text}")


_WORDS = {
    400: "The request could not be understood. Compare it with the documentation.",
    413: "What you sent is too big. Send it in parts.",
    415: "The body must be JSON: send it with Content-Type: application/json.",
}


def refuse_http(refusal: HTTPException) -> Response:
    """What Flask refuses inside one of our addresses."""
    status = refusal.code or 500
    return problem(status, refusal.name, _WORDS.get(status) or str(refusal.description or ""))
