"""The same request under one key is done once; whoever asks again gets the first answer again.

The key is claimed before the work, in a transaction of its own; the answer is written in the same
transaction as the work.  So a claim without an answer means that nothing was done, and after a
while somebody else may take it over: a process that comes back late finds its claim gone and
keeps nothing.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any

import clock
from api.operations import Answer, Call, Operation
from api.refusals import RequestError
from errors import StaleError
from models import ApiAnswer, transaction

#: After so long without an answer, the process that worked on it is gone.
ABANDONED_AFTER = timedelta(minutes=5)
_RETRY = {"Retry-After": "2"}


def once(call: Call, operation: Operation) -> Answer:
    """Do the operation, or answer what was answered before under the same key.

    Raises:
        RequestError: another request had this key, or the same one is being worked on.
    """
    asked = _fingerprint(call, operation)
    claim = _claim(call, asked)
    if claim.status is not None:
        return _again(claim)
    done = False
    try:
        with transaction():
            found = operation.run(call)
            _write(claim, found)
        done = True
    finally:
        if not done:  # nothing was kept: whoever mends the request may use the key again
            _mine(ApiAnswer.delete(), claim).execute()
    return found


def _fingerprint(call: Call, operation: Operation) -> str:
    """What was asked, whatever the spaces and the order of names."""
    body = json.dumps(call.body, sort_keys=True)
    words = f"{operation.name} {json.dumps(call.path, sort_keys=True)} {body}"
    return hashlib.sha256(words.encode()).hexdigest()


def _claim(call: Call, asked: str) -> ApiAnswer:
    """The row of this key: ours to fill, or filled already."""
    now = clock.now()
    fresh = ApiAnswer.insert(
        token=call.token.id, key=call.key, request_hash=asked, created_at=now
    ).on_conflict_ignore()
    made = list(fresh.returning(ApiAnswer.id).execute())
    if made:
        return ApiAnswer(id=made[0].id, created_at=now)
    row: ApiAnswer | None = ApiAnswer.get_or_none(token=call.token.id, key=call.key)
    if row is None:
        raise _in_progress()
    if row.request_hash != asked:
        raise RequestError(
            422, "This Idempotency-Key was used for another request. Take a new one."
        )
    return row if row.status is not None else _taken_over(row)


def _taken_over(row: ApiAnswer) -> ApiAnswer:
    now = clock.now()
    if row.created_at > now - ABANDONED_AFTER:
        raise _in_progress()
    taken = _mine(ApiAnswer.update(created_at=now), row).execute()
    if not taken:
        raise _in_progress()
    row.created_at = now
    return row


def _in_progress() -> RequestError:
    text = "The same request is being worked on. Ask again with the same key in a moment."
    return RequestError(409, text, _RETRY)


def _mine(query: Any, claim: ApiAnswer) -> Any:
    """The query for this claim as long as nobody else took it over or filled it."""
    return query.where(
        (ApiAnswer.id == claim.id)
        & (ApiAnswer.created_at == claim.created_at)
        & ApiAnswer.status.is_null()
    )


def _write(claim: ApiAnswer, found: Answer) -> None:
    """Keep the answer with the work it belongs to."""
    body = json.dumps([found.body, found.location, found.version])
    kept = _mine(ApiAnswer.update(status=found.status, body=body), claim).execute()
    if not kept:
        raise StaleError("Somebody else took this request over. Ask again with the same key.")


def _again(row: ApiAnswer) -> Answer:
    body, location, version = json.loads(row.body)
    return Answer(body, int(row.status or 200), location, version)
