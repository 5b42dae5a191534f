"""How often Google is asked: fifty reads and fifty writes a minute, and a pause when it says so.

Google allows one account sixty of each in a minute.  A bucket of ``BURST`` calls that fills with
fifty a minute never lets more than ``50 + BURST`` through in any sixty seconds, wherever they
begin; the rest is left for a person who connects a sheet in another process meanwhile.  The process
that holds an account's sheets holds its bucket, so an idle cycle writes nothing down.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import clock
from sync.sheets.shapes import UnreachableError

PER_MINUTE = 50
BURST = 5
#: Longer than this a cycle does not wait for its turn; it is put off.
LONGEST_WAIT = 5.0
_JITTER_SECONDS = 5.0
KINDS = ("read", "write", "drive")


class PausedError(UnreachableError):
    """Nothing was sent: the quota is used up until ``until``."""

    def __init__(self, until: datetime, said_so: bool = True) -> None:
        self.until = until
        who = "Google asks us to wait" if said_so else "The minute's calls are used up"
        super().__init__(f"{who}; goes on by itself at {clock.local(until):%H:%M:%S}.")


@dataclass
class _Bucket:
    tokens: float = BURST
    filled_at: float | None = None
    paused_until: datetime | None = None
    taken: deque[float] = field(default_factory=deque)


class Governor:
    """The quota of one account in this process; safe for several threads."""

    def __init__(
        self,
        per_minute: float = PER_MINUTE,
        burst: float = BURST,
        *,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._burst = per_minute / 60, burst
        self._ticks, self._sleep = ticks, sleep
        self._lock = threading.Lock()
        self._buckets = {kind: _Bucket(tokens=burst) for kind in KINDS}

    def take(self, kind: str) -> None:
        """Take the right to one call, waiting a moment for it if need be.

        Raises:
            PausedError: it would take too long, or Google has asked for a pause.
        """
        with self._lock:
            wait = self._reserve(self._buckets[kind])
        if wait > 0:
            self._sleep(wait)

    def pause(self, kind: str) -> datetime:
        """Google said that it is too much: no call of that kind before the next minute."""
        now = clock.now()
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        until = minute + timedelta(seconds=random.uniform(0.2, _JITTER_SECONDS))
        with self._lock:
            self._buckets[kind].paused_until = until
        return until

    def paused_until(self) -> datetime | None:
        """When the last pause that still counts is over."""
        with self._lock:
            ends = [b.paused_until for b in self._buckets.values() if b.paused_until is not None]
        return max((end for end in ends if end > clock.now()), default=None)

    def used(self, kind: str) -> int:
        """How many calls were made in the last sixty seconds."""
        with self._lock:
            bucket = self._buckets[kind]
            _forget(bucket, self._ticks())
            return len(bucket.taken)

    def _reserve(self, bucket: _Bucket) -> float:
        if bucket.paused_until is not None:
            if clock.now() < bucket.paused_until:
                raise PausedError(bucket.paused_until)
            bucket.paused_until = None
        now = self._ticks()
        if bucket.filled_at is not None:
            more = (now - bucket.filled_at) * self._rate
            bucket.tokens = min(self._burst, bucket.tokens + more)
        bucket.filled_at = now
        wait = max(0.0, (1 - bucket.tokens) / self._rate)
        if wait > LONGEST_WAIT:
            raise PausedError(clock.now() + timedelta(seconds=wait), said_so=False)
        bucket.tokens -= 1
        _forget(bucket, now)
        bucket.taken.append(now + wait)
        return wait


def _forget(bucket: _Bucket, now: float) -> None:
    while bucket.taken and bucket.taken[0] <= now - 60:
        bucket.taken.popleft()


_governors: dict[str, Governor] = {}
_governors_lock = threading.Lock()


def governor_of(account: str) -> Governor:
    """The governor of an account in this process, the same for all of its sheets."""
    with _governors_lock:
        return _governors.setdefault(account, Governor())
