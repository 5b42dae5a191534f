"""The only way out to Google: gspread's HTTP client with time-outs, a quota and a policy.

A call that only reads is tried again, within what one cycle may spend.  A call that writes is sent
once: when nobody knows whether it was done, the next read tells.  Nothing that is secret is logged.
"""

import gc
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from json import dumps, loads
from typing import Any, NoReturn, cast

import requests
from google.auth import exceptions as auth_errors
from gspread.http_client import FileType, HTTPClient, ParamsType
from urllib3.exceptions import NewConnectionError

import clock
from errors import ShopError
from sync.sheets.google.governor import Governor, PausedError
from sync.sheets.google.refusals import in_words, refusal_of
from sync.sheets.shapes import BrokenError, UnreachableError

TIMEOUTS = (5.0, 60.0)  # to connect; without a byte
#: What all calls of one cycle together may spend on trying again.
MOST_RETRIES = 3
LONGEST_WAIT = 64.0
_KEPT_CALLS = 200
_GOOGLE = ("https://sheets.googleapis.com", "https://www.googleapis.com")
_READS = (":getByDataFilter", ":batchGetByDataFilter", ":search")
_NO_ANSWER = (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
log = logging.getLogger("inhands.sheets.google")


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it went: for the status page and for those who count."""

    at: datetime
    kind: str  # read | write | drive
    what: str
    status: int  # 0: no answer
    sent: int
    received: int
    seconds: float


class GoogleClient(HTTPClient):
    """One account's way to Google.

    Args:
        session: a session that signs its calls.
        governor: the account's quota.
        account: whom a sheet has to be shared with, for sentences.
        base: an address in place of Google's own, for tests.
        sleep: how to wait.
    """

    def __init__(
        self,
        session: requests.Session,
        governor: Governor,
        *,
        account: str = "",
        base: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(auth=cast("Any", None), session=session)
        self.timeout = TIMEOUTS
        self.account, self.governor = account, governor
        self.calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self.memory: dict[str, tuple[str, Any]] = {}  # the last answer by spreadsheet
        self.checked: dict[str, float] = {}  # when Drive was asked last, by spreadsheet
        self._base, self._sleep = base.rstrip("/"), sleep
        self._retries = 0

    def begin_cycle(self) -> None:
        """From here on a new cycle spends its own retries."""
        self._retries = 0

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Call and read the answer; the body goes as compact JSON.

        Raises:
            ShopError: one of the shapes' errors, in words.
        """
        return parsed(self.raw(method, url, params=params, body=body))

    def raw(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The same, with the answer's bytes as they came."""
        data = None if body is None else dumps(body, separators=(",", ":")).encode()
        headers = None if body is None else {"Content-Type": "application/json"}
        asked = {"prettyPrint": "false", **(params or {})}
        return self.request(method, url, params=asked, data=data, headers=headers).content

    def request(  # noqa: PLR0913 - gspread's own signature
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: FileType = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> requests.Response:
        """Every call of gspread and of ours passes here."""
        kind = _kind(method, endpoint)
        url = self._here(endpoint)
        words = {"params": params, "data": data, "json": json, "files": files, "headers": headers}
        while True:
            self.governor.take(kind)
            try:
                return self._once(kind, method.upper(), url, words)
            except (_TryAgainError, _NotSentError) as problem:
                if isinstance(problem, _TryAgainError) and kind == "write":
                    raise problem.said from problem
                self._wait_or_give_up(problem)

    def _wait_or_give_up(self, problem: "_TryAgainError | _NotSentError") -> None:
        if self._retries >= MOST_RETRIES:
            raise problem.said from problem
        longest = min(2.0**self._retries, LONGEST_WAIT)
        self._retries += 1
        self._sleep(random.uniform(0, longest))

    def _once(
        self, kind: str, method: str, url: str, words: Mapping[str, Any]
    ) -> requests.Response:
        began = time.perf_counter()
        response: requests.Response | None = None
        try:
            response = self.session.request(method, url, timeout=self.timeout, **words)
        except auth_errors.GoogleAuthError as problem:
            _explain_key(problem, self.account)
        except _NO_ANSWER as problem:
            _explain_silence(problem)
        finally:
            self._note(kind, method, url, response, time.perf_counter() - began)
        return self._answer(kind, response)

    def _answer(self, kind: str, response: requests.Response) -> requests.Response:
        if response.ok:
            if response.status_code == 204 or "json" in response.headers.get("Content-Type", ""):
                return response
            raise _TryAgainError(UnreachableError(_STRANGER))
        refusal = refusal_of(response)
        if refusal.is_too_much:
            raise PausedError(self.governor.pause(kind))
        said = in_words(refusal, self.account)
        if refusal.may_pass:
            raise _TryAgainError(said)
        raise said

    def _here(self, endpoint: str) -> str:
        if self._base:
            for prefix in _GOOGLE:
                if endpoint.startswith(prefix):
                    return self._base + endpoint.removeprefix(prefix)
        return endpoint

    def _note(
        self, kind: str, method: str, url: str, response: requests.Response | None, seconds: float
    ) -> None:
        what = f"{method} {url.partition('?')[0].rpartition('/')[2].partition(':')[2] or 'get'}"
        sent = response.request.body if response is not None else None
        call = Call(
            at=clock.now(),
            kind=kind,
            what=what,
            status=response.status_code if response is not None else 0,
            sent=len(sent) if isinstance(sent, (bytes, str)) else 0,
            received=len(response.content) if response is not None else 0,
            seconds=seconds,
        )
        self.calls.append(call)
        log.info(
            "%s %s: %s in %.0f ms, %s bytes out, %s in",
            *(kind, what, call.status or "no answer", 1000 * seconds, call.sent, call.received),
        )


def parsed(content: bytes) -> dict[str, Any]:
    """An answer's JSON, read while nobody looks for garbage.

    A big one is a hundred thousand small objects, all of them alive: looking through them again
    and again would take longer than reading them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        found = loads(content)
    except ValueError as problem:
        raise UnreachableError(_STRANGER) from problem
    finally:
        if was_on:
            gc.enable()
    return cast("dict[str, Any]", found)


_STRANGER = "Something between us and Google answered in its place; it is tried again by itself."


class _TryAgainError(Exception):
    """Nobody knows whether it was done."""

    def __init__(self, said: ShopError) -> None:
        self.said = said
        super().__init__(str(said))


class _NotSentError(Exception):
    """It never left this machine, so it was certainly not done."""

    def __init__(self, said: ShopError) -> None:
        self.said = said
        super().__init__(str(said))


def _kind(method: str, endpoint: str) -> str:
    if "/drive/" in endpoint:
        return "drive"
    reads = method.lower() == "get" or endpoint.endswith(_READS)
    return "read" if reads else "write"


def _explain_silence(problem: requests.RequestException) -> NoReturn:
    inner = problem.args[0] if problem.args else None
    never = isinstance(getattr(inner, "reason", None), NewConnectionError)
    if never or isinstance(problem, requests.ConnectTimeout):
        words = "Google cannot be reached: is this machine online? It is tried again by itself."
        raise _NotSentError(UnreachableError(words)) from problem
    words = "Google did not answer; what was sent may have been done. The next look tells."
    raise _TryAgainError(UnreachableError(words)) from problem


def _explain_key(problem: auth_errors.GoogleAuthError, account: str) -> NoReturn:
    """No token was given, so the call itself was not sent."""
    said = str(problem.args[0] if problem.args else problem)
    short = " ".join(said.split())[:200]
    if isinstance(problem, auth_errors.TransportError) or getattr(problem, "retryable", False):
        words = f"Google does not give access just now ({short}); it is tried again by itself."
        raise _NotSentError(UnreachableError(words)) from problem
    whose = f" of {account}" if account else ""
    raise BrokenError(
        f"Google no longer accepts the key{whose} ({short}). It was revoked, or this machine's "
        "clock is wrong. Give us a new one under Set-up, Shared sheet, Account."
    ) from problem
