"""Facts in, papers out: a warm child makes them, so that a bad page ends nothing but the child."""

import atexit
import contextlib
import ctypes.util
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents import kinds
from errors import ShopError

MEMORY_BYTES = 2_000_000_000
SECONDS = 30.0
_STARTING = 20.0  # on top of it, for the first job of a child
_AFTER_JOBS = 2_000  # then a new child: nobody's memory grows for ever
_CHUNK = 1 << 20
_CHILD = Path(__file__).with_name("press_child.py")


class PageError(ShopError):
    """A page cannot be made into a paper; says where and why."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        self.line = line
        super().__init__(sentence)


class PressError(ShopError):
    """The press itself does not run; says what is missing."""


@dataclass(frozen=True)
class Made:
    """A finished paper."""

    pdf: bytes
    sheets: int


def make(kind: str, page: tuple[str, str], size: str, facts: Mapping[str, Any]) -> Made:
    """A paper of a kind.

    Args:
        kind: one of ``kinds.KINDS``.
        page: its HTML and its CSS, a template for the sandbox.
        size: one of ``kinds.SIZES``.
        facts: plain values.

    Raises:
        PageError: the page is broken, or takes too long or too much.
        PressError: what makes papers is not installed.
    """
    html, css = page
    name = kinds.KINDS[kind].label
    job = {
        "do": "make",
        "title": str(facts["paper"]["title"]),
        "html": html,
        "css": sheet_style(size) + kinds.base_style() + css,
        "facts": dict(facts),
    }
    answer, pdf = _PRESS.ask(job, b"", name)
    return Made(pdf, int(answer["sheets"]))


def sheet_style(size: str) -> str:
    """What the style must say about the paper's size."""
    width, height = kinds.SIZES[size]
    if size == kinds.LABEL:
        return f"@page {{ size: {width}mm {height}mm; margin: 3mm }}\n"
    numbers = "@bottom-right { content: counter(page) ' / ' counter(pages); font: 8pt Inter }"
    return f"@page {{ size: {width}mm {height}mm; margin: 14mm 14mm 16mm; {numbers} }}\n"


def zpl(pdf: bytes, dots_per_inch: int = 203) -> bytes:
    """A label for a thermal printer, from the same page."""
    return _PRESS.ask({"do": "zpl", "dots_per_inch": dots_per_inch}, pdf, "label")[1]


def png(pdf: bytes, width: int = 900) -> bytes:
    """The first sheet as a picture for screens."""
    return _PRESS.ask({"do": "png", "width": width}, pdf, "picture")[1]


def what_is_missing() -> list[str]:
    """What the machine lacks for papers, each with what to do; asked at every start."""
    missing = []
    if not any(ctypes.util.find_library(name) for name in ("pango-1.0", "libpango-1.0-0")):
        missing.append(
            "Papers cannot be made: the library Pango is missing. On Debian: apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )
    elif not ctypes.util.find_library("harfbuzz-subset"):
        missing.append(
            "Papers take ten times as long as they should: the library libharfbuzz-subset0 is "
            "missing. On Debian: apt-get install libharfbuzz-subset0"
        )
    return missing


class _Press:
    """The warm child, started with the first paper, again where it died, and after many papers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._jobs = 0

    def ask(self, job: dict[str, Any], content: bytes, name: str) -> tuple[dict[str, Any], bytes]:
        """Have one job done."""
        with self._lock:
            child, fresh = self._ready()
            seconds = SECONDS + (_STARTING if fresh else 0)
            try:
                answer, made = _talk(child, job | {"bytes": len(content)}, content, seconds)
            except TimeoutError as late:
                self._end()
                raise PageError(
                    f"{name} takes longer than {SECONDS:.0f} seconds to make."
                ) from late
            except (OSError, EOFError, ValueError) as gone:
                self._end()
                raise self._why(name, fresh=fresh) from gone
        if "broken" in answer:
            line = int(answer.get("line", 0))
            where = f" in line {line}" if line else ""
            raise PageError(f"The page of “{name}” is broken{where}: {answer['broken']}", line)
        if "failed" in answer:
            raise PageError(f"{name} cannot be made: {answer['failed']}")
        return answer, made

    def _why(self, name: str, *, fresh: bool) -> ShopError:
        missing = what_is_missing()
        if fresh and missing:
            return PressError(f"{missing[0]}.")
        return PageError(f"{name} needs more memory than a paper may have: make its page smaller.")

    def _ready(self) -> tuple["subprocess.Popen[bytes]", bool]:
        child = self._child if self._owner == os.getpid() else None
        self._jobs += 1
        if child is not None and child.poll() is None and self._jobs <= _AFTER_JOBS:
            return child, False
        self._end()
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8", "HOME": "/nonexistent"},
            start_new_session=True,
        )
        self._owner, self._jobs = os.getpid(), 0
        return self._child, True

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def close(self) -> None:
        """Let the child end."""
        with self._lock:
            self._end()


def _talk(
    child: "subprocess.Popen[bytes]", job: dict[str, Any], content: bytes, seconds: float
) -> tuple[dict[str, Any], bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    until = time.monotonic() + seconds
    child.stdin.write(json.dumps(job).encode() + b"\n" + content)
    child.stdin.flush()
    heard, end = bytearray(), -1
    while end < 0:
        heard += _more(child.stdout.fileno(), until)
        end = heard.find(b"\n")
    answer: dict[str, Any] = json.loads(bytes(heard[:end]))
    made = heard[end + 1 :]
    while len(made) < answer["bytes"]:
        made += _more(child.stdout.fileno(), until)
    return answer, bytes(made)


def _more(mouth: int, until: float) -> bytes:
    ready, _, _ = select.select([mouth], [], [], max(until - time.monotonic(), 0))
    if not ready:
        raise TimeoutError
    part = os.read(mouth, _CHUNK)
    if not part:
        raise EOFError
    return part


_PRESS = _Press()
atexit.register(_PRESS.close)
