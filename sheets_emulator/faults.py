"""What goes wrong on request: refusals, cut connections, delays, quotas, actions in between."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator import answers
from sheets_emulator.answers import ApiError, too_many
from sheets_emulator.times import Clock

Json = dict[str, Any]

KINDS = (
    "429",
    "500_before",
    "503_before",
    "503_after",
    "html502",
    "html502_after",
    "401",
    "403",
    "404",
    "storage_quota",
    "reset",
    "reset_before",
    "delay",
    "delay_after",
)
HTML_502 = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 502 (Server Error)!!1</title>
  <p><b>502.</b> <ins>That\u2019s an error.</ins>
  <p>The server encountered a temporary error and could not complete your request.
  <p>Please try again in 30 seconds.  <ins>That\u2019s all we know.</ins>
""".encode()


@dataclass(slots=True)
class Fault:
    """One thing that will go wrong: what, for which calls, how often, after how many."""

    kind: str
    on: str = "any"
    path: str = ""
    times: int = 1
    skip: int = 0
    bytes: int = 0
    seconds: float = 0

    def meets(self, kind: str, path: str) -> bool:
        """Whether a call is one of those meant; counts those to be let through."""
        if self.times == 0 or self.on not in ("any", kind, path) or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    @property
    def before(self) -> ApiError | None:
        """The refusal that keeps the call from being done at all."""
        errors = {
            "429": too_many("read" if self.on == "read" else "write", 60),
            "500_before": ApiError(500, "Internal error encountered.", reason="internalError"),
            "503_before": _away(),
            "401": answers.not_logged_in(),
            "403": answers.may_not(),
            "404": answers.not_found(),
            "storage_quota": answers.storage_full(),
        }
        return errors.get(self.kind)

    @property
    def after(self) -> ApiError | None:
        """The refusal that is told although the call was done."""
        return _away() if self.kind == "503_after" else None


def _away() -> ApiError:
    return ApiError(503, "The service is currently unavailable.", reason="backendError")


@dataclass(slots=True)
class Barrier:
    """An action that runs when a call comes: between a read and the write after it."""

    act: Json
    when: str = "between"
    has_read: bool = False


@dataclass(slots=True)
class Quotas:
    """So many requests a minute, account and kind; off unless somebody says so."""

    clock: Clock
    on: bool = False
    limits: dict[str, int] = field(default_factory=lambda: {"read": 60, "write": 60})
    _counts: Counter[tuple[int, str, str]] = field(default_factory=Counter)

    def count(self, account: str, kind: str) -> None:
        """Count a request.

        Raises:
            ApiError: it is one too many.
        """
        if not self.on or kind not in self.limits:
            return
        minute = int(self.clock.now().timestamp() // 60)
        self._counts[minute, account, kind] += 1
        if self._counts[minute, account, kind] > self.limits[kind]:
            raise too_many(kind, self.limits[kind])
