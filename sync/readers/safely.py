"""Bytes from outside, read in a child process that may die: the parent never parses them."""

import logging
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from errors import UnreadableError
from sync.readers import reading, wire
from sync.readers.tables import Workbook

_CHILD = Path(__file__).with_name("child.py")
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
    command = [sys.executable, "-I", str(_CHILD), str(limits.memory_bytes), str(limits.cpu_seconds)]
    with tempfile.TemporaryFile() as given:
        given.write(content)
        given.seek(0)
        with subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        ) as child:
            said = _listen(child, limits)
    try:
        return wire.decode(said)
    except wire.BrokenLineError as error:
        _log.warning("reader of %s stopped, exit %s: %s", name, child.returncode, error)
        raise UnreadableError(
            "The file makes the reader stop (it needs too much memory or time, or is built in an"
            " unusual way): send only the sheet with the order, saved again as xlsx."
        ) from error


def _listen(child: subprocess.Popen[bytes], limits: Limits) -> list[bytes]:
    """Take what the child says until it ends, its time is up, or it says too much."""
    timer = threading.Timer(limits.wall_seconds, child.kill)
    timer.start()
    try:
        return _lines(child.stdout, limits.output_bytes) if child.stdout else []
    finally:
        child.kill()  # harmless where it has ended; nothing may outlive this call
        timer.cancel()


def _lines(stream: IO[bytes], room: int) -> list[bytes]:
    lines = []
    for line in stream:
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return lines
