"""Patches a stranger's workbook in a child process that may die: the parent never parses it."""

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from documents.annotate.notes import Note, RefusedError

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 40
WALL_SECONDS = 60
LARGEST_FILE = 25_000_000
_CHILD = Path(__file__).with_name("child.py")
_log = logging.getLogger(__name__)


def annotate_safely(content: bytes, notes: Sequence[Note], *, author: str, marker: str) -> bytes:
    """The customer's workbook with our fills and comments; see ``surgery.annotate``.

    Raises:
        RefusedError: it cannot be patched, or the child gave up on it; says why.
    """
    if len(content) > LARGEST_FILE:
        raise RefusedError("The file is larger than what we write into.")
    asked = {
        "notes": [[n.sheet, n.address, n.text] for n in notes],
        "author": author,
        "marker": marker,
    }
    command = [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES), str(CPU_SECONDS)]
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps(asked).encode() + b"\n" + content)
        given.seek(0)
        try:
            child = subprocess.run(
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={},
                timeout=WALL_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise RefusedError("The file takes too long to write into.") from late
    word, _, rest = child.stdout.partition(b"\n")
    if word == b"ok" and child.returncode == 0:
        return rest
    if word == b"refused":
        raise RefusedError(rest.decode("utf-8", "replace"))
    _log.warning("the child that writes into a workbook stopped, exit %s", child.returncode)
    raise RefusedError("The file is built in a way we cannot write into.")
