"""`make run` from nothing: a copy of what is committed, without environment or database."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.report import Check, Part
from settings import ROOT
from tests.services import free_port

_SERVES, _LONGEST = "Ctrl-C stops it", 900.0  # seconds
_STEPS = ("environment and libraries", "tables, demo shop, first page", "a second run")


def measure() -> Part:
    """Time the first run, which builds everything, and the second, which finds it there."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "inhands"
        _copy(shop)
        began = time.perf_counter()
        libraries, first = _run(shop, lambda: (shop / "instance").exists())
        again = _run(shop, lambda: True)[1]
    whole = first - began
    seconds = (libraries - began, first - libraries, again - first)
    share = whole / seconds[2]
    return Part(
        title="`make run` from nothing",
        checks=[
            Check("from a fresh copy to a shop that serves", f"{whole:.0f} s", "measured", True)
        ],
        columns=("Step", "Seconds"),
        rows=[(step, f"{taken:.0f}") for step, taken in zip(_STEPS, seconds, strict=True)],
        notes=[
            f"The first run takes {share:.0f} times as long as the second. Libraries come from "
            "the package index over the network, or from pip's cache where it has them."
        ],
    )


def _copy(shop: Path) -> None:
    """Everything git knows, as it stands, and nothing else."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, shop / name)


def _run(shop: Path, began_work: Callable[[], bool]) -> tuple[float, float]:
    """When the environment was there and when the shop served; then it is stopped."""
    unwanted = ("INSTANCE_DIR", "DATABASE_URL", "MAKEFLAGS", "MAKELEVEL", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment["PORT"] = str(free_port())
    log = shop / "said.txt"
    ready = 0.0
    with log.open("w") as said:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=shop,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        deadline = time.perf_counter() + _LONGEST
        while not re.search(_SERVES, log.read_text()):
            if process.poll() is not None or time.perf_counter() > deadline:
                process.kill()
                raise RuntimeError(f"make run did not serve:\n{log.read_text()[-2000:]}")
            ready = ready or (time.perf_counter() if began_work() else 0.0)
            time.sleep(0.1)
        served = time.perf_counter()
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    process.wait(60)
    return ready, served
