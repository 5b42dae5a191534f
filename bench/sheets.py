"""A cycle of a shared sheet over 5,000 rows, beside the bare read and parse of the same values.

On Google the bare read is gspread's client asking our Sheets server, in a process of its own, for
the very answer a cycle asks for, and ``json`` taking it apart; in a file it is calamine alone.
"""

import contextlib
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import python_calamine as calamine
import requests
from gspread.urls import SPREADSHEET_URL

import clock
import models
from bench.copies import STILL_OPEN, copy_orders
from bench.measure import watched
from bench.report import Check, Part, at_most
from sheets_emulator import Server
from sync.sheets import layouts, mirror
from sync.sheets.google import GoogleBackend, GoogleClient, Governor, access_of_key
from sync.sheets.google.grid import READ_FIELDS, quoted
from sync.sheets.workbook import WorkbookBackend
from tests.shop import BOSS, a_customer, a_line, a_shop, an_order
from workflow import engine

ROWS = 5_000
ROUNDS = 3
ACCOUNT = "sync@shop.iam.gserviceaccount.com"
_ORIGINALS = 10
_ROOT = Path(__file__).parent.parent
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Contestant = tuple[str, Callable[[], object] | None, Callable[[], object]]


def a_large_shop(opened: Any) -> None:
    """5,000 open orders."""
    a_shop()
    customer = a_customer("Riverside AC")
    originals = []
    for n in range(_ORIGINALS):
        order = an_order(a_line(24 + n), customer=customer)
        engine.release(order.id, BOSS)
        originals.append(order)
    copy_orders(opened, originals, ROWS // _ORIGINALS - 1, STILL_OPEN, open_ones=True)


def an_edit(number: int) -> None:
    """Somebody changes an order in the app."""
    order = models.Order.select(models.Order.id).order_by(models.Order.id).offset(number).get()
    change = engine.OrderChange(values={"po_number": f"PO-{number}"})
    engine.change_order(order.id, change, BOSS)


def turns(contestants: Sequence[Contestant]) -> dict[str, float]:
    """Medians of wall and processor time; what is done before a turn is outside the time."""
    wall: dict[str, list[float]] = {name: [] for name, _before, _call in contestants}
    cpu: dict[str, list[float]] = {name: [] for name, _before, _call in contestants}
    for turn in range(ROUNDS + 1):
        for name, before, call in contestants:
            if before is not None:
                before()
            gc.collect()
            start, spent = time.perf_counter(), time.process_time()
            call()
            if turn:
                wall[name].append(time.perf_counter() - start)
                cpu[name].append(time.process_time() - spent)
    found = {f"{name} wall": statistics.median(taken) for name, taken in wall.items()}
    return found | {f"{name} cpu": statistics.median(taken) for name, taken in cpu.items()}


# ---------------------------------------------------------------- on Google


@contextlib.contextmanager
def a_server() -> Iterator[str]:
    """Our Sheets server in a process of its own; its address."""
    command = [sys.executable, "-m", "bench.sheets", "server"]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the server says nothing")
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def serve() -> None:
    """Be that process."""
    server = Server()
    print(server.url, flush=True)
    server.serve_forever()


def on_google(url: str, opened: Any) -> dict[str, float]:
    """Fill a sheet, then cycles with nothing, an edit of the app, an edit of the manager."""
    book = _asked(url, "seed", title="Live", shared={ACCOUNT: "writer"})["id"]
    access = access_of_key(json.dumps(_asked(url, "account", email=ACCOUNT)))
    quota = Governor(per_minute=600_000, burst=600_000)
    client = GoogleClient(access.client(url).session, quota, account=ACCOUNT, base=url)
    places: dict[str, Any] = {}
    backend = GoogleBackend(client, book, places, places.update)
    link = layouts.connect("Live", "google", "sheet", BOSS)
    mirror.cycle(link, backend)
    calls = sum(call.kind in ("read", "write") for call in client.calls)
    writes = _writes(opened, link, backend)
    edits = iter(range(100, 1000))

    def bare() -> None:
        ranges = [quoted(place.title) for place in places.values()]
        asked: Any = {"ranges": ranges, "includeGridData": "true", "fields": READ_FIELDS}
        asked["prettyPrint"] = "false"
        json.loads(client.request("get", SPREADSHEET_URL % book, params=asked).content)

    def typed() -> None:
        number = next(edits)
        column = backend.read(["orders"]).tabs["orders"].rows[0].index("PO number")
        cell = f"Orders!{chr(65 + column)}{number}"
        _asked(url, "act", id=book, action="edit", cell=cell, value=f"typed {number}")

    def cycle() -> None:
        mirror.cycle(link, backend)

    an_edit(next(edits))
    cycle()
    typed()
    cycle()
    known = {"calls": calls, "idle_writes": writes, "memory": _peak()}  # before the bare parse
    found = turns([
        ("bare", None, bare), ("idle", None, cycle),
        ("app", lambda: an_edit(next(edits)), cycle), ("after", None, cycle),
        ("manager", typed, cycle), ("settled", None, cycle),
    ])  # fmt: skip
    return found | known


def _writes(opened: Any, link: Any, backend: GoogleBackend) -> int:
    """Statements of an idle cycle that are no questions."""
    with watched(opened) as sent:
        mirror.cycle(link, backend)
    return sum(not sql.lstrip().upper().startswith("SELECT") for sql in sent.statements)


def _asked(url: str, what: str, **words: Any) -> Any:
    return requests.post(f"{url}/_control/{what}", json=words, timeout=60).json()


# ---------------------------------------------------------------- in a file


def in_a_file(file: Path) -> dict[str, float]:
    """The same in a workbook file; its reading is done in the limited child."""
    backend = WorkbookBackend(file)
    link = layouts.connect("File", "workbook", str(file), BOSS)
    for _ in range(3):
        mirror.cycle(link, backend)
    edits = iter(range(2000, 3000))

    def bare() -> None:
        calamine.load_workbook(str(file)).get_sheet_by_name("Orders").to_python()

    def cycle() -> None:
        mirror.cycle(link, backend)

    return turns([
        ("bare", None, bare), ("idle", None, cycle),
        ("app", lambda: an_edit(next(edits)), cycle), ("after", None, cycle),
    ])  # fmt: skip


# ---------------------------------------------------------------- figures


def figures() -> dict[str, Any]:
    """Everything that is measured here, in one process beside the server's."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(_NOON), a_server() as url:
        opened = models.connect(f"sqlite:///{Path(folder) / 'sheet.db'}")
        models.create_tables()
        a_large_shop(opened)
        google = on_google(url, opened)
        file = in_a_file(Path(folder) / "live.xlsx")
        models.close()
    return {"google": google, "file": file}


def _peak() -> int:
    """Megabytes at most of this process."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def measure() -> Part:
    """The figures of a process of its own, against their targets."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sheets"], cwd=_ROOT, capture_output=True, check=True
    )
    found = json.loads(done.stdout)
    google, file = found["google"], found["file"]
    checks = [
        _ratio("Google: a cycle with one change in the app", google, "app"),
        _ratio("Google: a cycle with one change of the manager", google, "manager"),
        _ratio("Google: an idle cycle", google, "idle"),
        _ratio("File: a cycle with one change in the app", file, "app"),
        _ratio("File: an idle cycle", file, "idle"),
        _count("statements that write in an idle cycle", google["idle_writes"], 0),
        _count("calls of the first fill", google["calls"], 3),
        _count("memory of a process that keeps the sheet, MB", google["memory"], 200),
    ]
    rows = [
        (said, *(_shown(part, name, kind) for part in (google, file) for kind in ("wall", "cpu")))
        for name, said in _NAMES.items()
    ]
    columns = ("What", "Google, time", "of it ours", "File, time", "of it ours")
    return Part(f"A shared sheet of {ROWS:,} rows", checks, columns, rows, _NOTES)


_NAMES = {
    "bare": "bare read and parse", "idle": "cycle, nothing new",
    "app": "cycle, one change in the app", "after": "cycle that sees what the last one wrote",
    "manager": "cycle, one change of the manager", "settled": "cycle after that",
}  # fmt: skip
_NOTES = (
    "Google: our Sheets server in a process of its own, over HTTP; bare is gspread's client asking"
    " for the same answer and json taking it apart. Time is a clock's; of it ours: the processor"
    " time of our process, without the server's. A cycle with a change writes too.",
    "File: bare is calamine reading the file; our reading is done in the limited child, whose time"
    " is in the clock's figure only. A file that did not change is not read.",
)


def _ratio(what: str, found: dict[str, float], name: str) -> Check:
    ratio = found[f"{name} wall"] / found["bare wall"]
    return at_most(f"{what} / bare read and parse", ratio, 2.0)


def _shown(found: dict[str, float], name: str, kind: str) -> str:
    figure = found.get(f"{name} {kind}")
    return "" if figure is None else f"{figure * 1000:,.0f} ms"


def _count(what: str, figure: float, target: int) -> Check:
    return Check(what, f"{figure:,.0f}", f"at most {target:,}", figure <= target)


if __name__ == "__main__":
    if sys.argv[1:] == ["server"]:
        serve()
    else:
        print(json.dumps(figures()))
