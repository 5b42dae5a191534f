"""Mails from outside, read in a child process that may die: the parent never parses them.

One child reads many mails, because starting it takes longer than most mails; whatever makes it
die costs that one mail, and the next mail gets a new child.
"""

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from errors import UnreadableError
from sync.letters import wire
from sync.letters.letter import Letter

_CHILD = Path(__file__).with_name("child.py")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one child may take, and for how many mails it lives."""

    memory_bytes: int = 1_500_000_000
    cpu_seconds: int = 120
    wall_seconds: float = 60  # per mail
    most_bytes: int = 400_000_000
    mails: int = 200


LIMITS = Limits()


class LetterReader:
    """Reads one mail after the other; close it, or use it as a context."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._read = 0

    def read(self, raw: bytes) -> Letter:
        """What a mail says.

        Raises:
            UnreadableError: it makes the reader stop.
        """
        child = self._living()
        assert child.stdin is not None and child.stdout is not None
        timer = threading.Timer(self._limits.wall_seconds, child.kill)
        timer.start()
        try:
            wire.write_frame(child.stdin, raw)
            child.stdin.flush()
            return wire.receive(child.stdout, self._limits.most_bytes)
        except (wire.BrokenWireError, OSError, ValueError) as problem:
            self.close()
            _log.warning("The reader of mails stopped, exit %s: %s", child.returncode, problem)
            raise UnreadableError(
                "The mail makes the reader stop (it is built in an unusual way, or needs too much "
                "memory or time): look at it in your mail program."
            ) from problem
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with suppress(OSError, ValueError), child:  # closes the pipes and waits
                pass

    def _living(self) -> "subprocess.Popen[bytes]":
        if self._read >= self._limits.mails:
            self.close()
        if self._child is None:
            numbers = (self._limits.memory_bytes, self._limits.cpu_seconds, self._limits.most_bytes)
            command = [sys.executable, "-I", str(_CHILD), *map(str, numbers)]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env={},
            )  # fmt: skip
            self._read = 0
        self._read += 1
        return self._child

    def __enter__(self) -> "LetterReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
