"""Bytes from outside, read in a child process that may die: the parent never parses them."""

import atexit
import contextlib
import json
import logging
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import UnreadableError
from sync.readers import live, locked, reading, wire
from sync.readers.child import JOB_BYTES
from sync.readers.tables import Workbook

_CHILD = Path(__file__).with_name("child.py")
_CHUNK = 1 << 20
_GRACE = 5.0  # seconds after which a copy that should be dead is left alone
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What reading one file may take."""

    memory_bytes: int = 1_500_000_000
    cpu_seconds: int = 40
    wall_seconds: float = 60
    output_bytes: int = 400_000_000


LIMITS = Limits()


def read_safely(content: bytes, name: str, limits: Limits = LIMITS) -> Workbook:
    """Read the sheets of a file from outside, whatever its name says.

    Args:
        content: the file's bytes.
        name: for the log only.
        limits: what the child may take.

    Raises:
        UnreadableError: no table, too large, damaged, or the reader gave up on it.
    """
    reading.check(content)
    try:
        return wire.decode(_lines(_ask({"task": "read"}, content, limits)))
    except wire.BrokenLineError as error:
        _log.warning("reader of %s stopped: %s", name, error)
        raise UnreadableError(
            "The file makes the reader stop (it needs too much memory or time, or is built in an"
            " unusual way): send only the sheet with the order, saved again as xlsx."
        ) from error


def unlock_safely(content: bytes, password: str) -> bytes:
    """The file without its password.

    Raises:
        UnreadableError: another password, or a kind of lock we cannot open.
    """
    job = {"task": "unlock", "password": password[: locked.LONGEST_PASSWORD]}
    said, _, plain = b"".join(_ask(job, content, LIMITS)).partition(b"\n")
    try:
        wire.require_done(said)
    except wire.BrokenLineError as error:
        raise UnreadableError(locked.UNSUPPORTED) from error
    return plain


def read_live_safely(
    content: bytes, name: str, titles: Mapping[str, str], limits: Limits = LIMITS
) -> dict[str, live.LiveTab]:
    """Read the tabs of a workbook that people share; see ``live.read_live``.

    Raises:
        UnreadableError: no such workbook, too large, damaged, or the reader gave up on it.
    """
    said = _ask({"task": "live", "titles": dict(titles)}, content, limits)
    try:
        return live.decode(_lines(said))
    except wire.BrokenLineError as error:
        _log.warning("reader of %s stopped: %s", name, error)
        raise UnreadableError(
            "The file makes the reader stop (it needs too much memory or time, or is built in an"
            " unusual way): copy its tabs into a new workbook and save that in its place."
        ) from error


def _ask(job: Mapping[str, object], content: bytes, limits: Limits) -> Iterator[bytes]:
    """What the child says about a file, piece by piece, while it goes on."""
    with tempfile.TemporaryFile() as given:
        given.write(content)
        given.seek(0)
        mouth = _READERS.send(job, given.fileno(), limits)
    try:
        yield from _heard(mouth, limits)
    finally:
        os.close(mouth)


class _Readers:
    """The waiting child, started when the first file comes and again where it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: socket.socket | None = None
        self._owner = 0

    def send(self, task: Mapping[str, object], given: int, limits: Limits) -> int:
        """Hand a file to the child; the end of the pipe from which its answer comes."""
        job = json.dumps(
            {
                "memory": limits.memory_bytes,
                "cpu": limits.cpu_seconds,
                "wall": limits.wall_seconds,
                **task,
            }
        )
        if len(job) > JOB_BYTES:
            raise UnreadableError("The workbook has more tabs of ours than can be read at once.")
        mouth, answer = os.pipe()
        try:
            with self._lock:
                self._hand_over(job.encode().ljust(JOB_BYTES), [given, answer])
        except OSError:
            os.close(mouth)
            raise
        finally:
            os.close(answer)
        return mouth

    def _hand_over(self, job: bytes, files: list[int]) -> None:
        for attempt in (1, 2):
            jobs = self._jobs if self._owner == os.getpid() else None
            try:
                socket.send_fds(jobs or self._start(), [job], files)
            except OSError:
                self._jobs = None
                if attempt > 1:
                    raise
            else:
                return

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            subprocess.Popen(  # it ends by itself when our end of the socket is closed
                [sys.executable, "-I", str(_CHILD), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={},
                start_new_session=True,
            )
        self._jobs, self._owner = ours, os.getpid()
        return ours

    def close(self) -> None:
        """Let the child end."""
        with self._lock, contextlib.suppress(OSError):
            if self._jobs is not None:
                self._jobs.close()
            self._jobs = None


_READERS = _Readers()
atexit.register(_READERS.close)


def _heard(mouth: int, limits: Limits) -> Iterator[bytes]:
    """What the child says until it ends, its time is up, or it has said too much."""
    until = time.monotonic() + limits.wall_seconds + _GRACE
    room = limits.output_bytes
    while True:
        ready, _, _ = select.select([mouth], [], [], max(until - time.monotonic(), 0))
        part = os.read(mouth, _CHUNK) if ready else b""
        room -= len(part)
        if not part or room < 0:
            return
        yield part


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    begun: list[bytes] = []
    for part in parts:
        first, *others = part.split(b"\n")
        begun.append(first)
        for other in others:
            yield b"".join(begun)
            begun = [other]
    if last := b"".join(begun):
        yield last
