"""Draws a stranger's file in a child process that may die: the parent never opens it."""

import io
import json
import logging
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from errors import ShopError

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 30
WALL_SECONDS = 60
LARGEST_FILE = 60_000_000
_CHILD = Path(__file__).with_name("child.py")
_DRAWN = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "image/svg+xml",
     "application/pdf"}
)  # fmt: skip
_KEPT = {
    "application/postscript": "EPS and AI files without a PDF inside are kept as they are; upload "
    "a PDF or PNG of it to show the customer.",
    "application/x-embroidery": "Embroidery files are kept as they are; upload a picture of the "
    "sew-out to show the customer.",
}
_log = logging.getLogger(__name__)


class NoPreviewError(ShopError):
    """A file cannot be shown; says why, and what to upload instead."""


@dataclass(frozen=True)
class Picture:
    """One page: a PNG for lists and papers, a WebP to look at."""

    width: int
    height: int
    thumbnail: bytes
    picture: bytes


def preview_safely(content: bytes, kind: str) -> list[Picture]:
    """Draw the first pages of a file of this content type.

    Raises:
        NoPreviewError: it cannot be drawn, or the child gave up on it.
    """
    if kind not in _DRAWN:
        raise NoPreviewError(_KEPT.get(kind, "Files of this kind are kept and cannot be shown."))
    if len(content) > LARGEST_FILE:
        raise NoPreviewError("The file is too large to be shown.")
    command = [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES), str(CPU_SECONDS)]
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps({"kind": kind}).encode() + b"\n" + content)
        given.seek(0)
        try:
            child = subprocess.run(
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={},
                timeout=WALL_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise NoPreviewError("The file takes too long to be drawn.") from late
    return _read(child.stdout, child.returncode)


def _read(said: bytes, code: int) -> list[Picture]:
    out, found = io.BytesIO(said), []
    while line := out.readline():
        head = json.loads(line) if line.endswith(b"\n") else {}
        if "width" not in head:
            break
        sizes = (head["thumbnail"], head["picture"])
        found.append(Picture(head["width"], head["height"], *(out.read(size) for size in sizes)))
    else:
        head = {}
    if found and head.get("end"):
        return found
    if head.get("why"):
        raise NoPreviewError(f"The file cannot be drawn: {head['why'].rstrip('.')}.")
    _log.warning("the child that draws files stopped, exit %s", code)
    raise NoPreviewError("The file is built in a way we cannot draw.")
