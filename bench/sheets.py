"""A cycle of a shared sheet over 5,000 rows, beside the bare read and parse of the same values."""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clock
import models
from bench.copies import STILL_OPEN, copy_orders
from bench.measure import side_by_side, watched
from bench.report import Check, Part, at_most
from sync.sheets import layouts, mirror, typed
from sync.sheets.headers import place
from sync.sheets.looking import look
from sync.sheets.shapes import Echo, Op, Reading, Tab, TabLayout
from tests.manager_workbook import ManagersWorkbook
from tests.shop import BOSS, a_customer, a_line, a_shop, an_order
from workflow import engine

ROWS = 5_000
_ORIGINALS = 10
_ROOT = Path(__file__).parent.parent
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Wire:
    """A workbook behind JSON, as a network would bring it: every read parses the whole text."""

    drops = False

    def __init__(self) -> None:
        self.book = ManagersWorkbook()
        self.text = ""
        self.reads = self.writes = 0

    def keep(self) -> None:
        """Write down what a read brings."""
        reading = self.book.read(list(self.book.pages))
        self.text = json.dumps(
            {key: [tab.title, tab.columns, tab.rows] for key, tab in reading.tabs.items()}
        )

    def read(self, tabs: Sequence[str]) -> Reading:
        """Parse what is there."""
        self.reads += 1
        said = json.loads(self.text)
        found = {
            key: Tab(key, title, rows, {int(n): name for n, name in columns.items()})
            for key, (title, columns, rows) in said.items()
            if key in tabs
        }
        return Reading(found)

    def write(self, ops: Sequence[Op], reading: Reading) -> Echo:
        """Do it, and bring back the stamps."""
        self.writes += 1
        echo: Echo = self.book.write(ops, reading)
        return echo

    def lay_out(self, tabs: Sequence[TabLayout]) -> None:
        """Make the tabs."""
        self.book.lay_out(tabs)
        self.keep()


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


def figures() -> dict[str, float]:
    """Fill the sheet, then cycles with nothing and with one change, beside the bare read."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(_NOON):
        opened = models.connect(f"sqlite:///{Path(folder) / 'sheet.db'}")
        models.create_tables()
        a_large_shop(opened)
        link, wire = layouts.connect("Live", "workbook", "live.xlsx", BOSS), Wire()
        mirror.cycle(link, wire)
        wire.keep()
        calls = 1 + wire.reads + wire.writes
        mirror.cycle(link, wire)
        orders = [row.id for row in models.Order.select(models.Order.id).limit(200)]
        with watched(opened) as sent:
            mirror.cycle(link, wire)
        statements = sent.count

        def changed() -> None:
            values = {"po_number": f"PO-{len(orders)}"}
            engine.change_order(orders.pop(), engine.OrderChange(values=values), BOSS)

        def one_change() -> None:
            mirror.cycle(link, wire)

        plan = layouts.plans_of(link)[0]

        def bare() -> None:
            tab = wire.read(["orders", "conflicts"]).tabs["orders"]
            found = look(tab, plan.columns, place(tab, plan.columns))
            for line in found.lines:
                for column, raw in zip(plan.columns, line.values, strict=True):
                    typed.read(column.field, raw)

        seconds = _turns(bare, one_change, changed, wire)
        models.close()
    return {**seconds, "calls": calls, "idle_statements": statements, "memory": _peak()}


def _turns(bare: Any, one_change: Any, changed: Any, wire: Wire) -> dict[str, float]:
    """Medians of turns; the change itself is made outside the time."""

    def only_read() -> None:
        wire.read(["orders", "conflicts"])

    idle = side_by_side({"read": only_read, "bare": bare, "idle": one_change}, rounds=5)
    taken: list[float] = []
    for _ in range(6):
        changed()
        gc.collect()
        start = time.perf_counter()
        one_change()
        taken.append(time.perf_counter() - start)
        wire.keep()
    return {**idle, "one": sorted(taken)[len(taken) // 2]}


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
    checks = [
        at_most("a cycle with one change / bare read and parse", found["one"] / found["bare"], 2.0),
        at_most("an idle cycle / bare read and parse", found["idle"] / found["bare"], 2.0),
        _count("calls of the first fill", found["calls"], 3),
        _count("memory of the process, MB", found["memory"], 200),
    ]
    names = {
        "read": "reading alone", "bare": "reading, every cell typed", "idle": "cycle, nothing new",
        "one": "cycle, one change",
    }  # fmt: skip
    rows = [(said, f"{found[name] * 1000:,.0f} ms") for name, said in names.items()]
    notes = (
        "Reading parses the JSON text of all values, as an answer of Google's would be; the network"
        " itself is not part of it.",
    )
    return Part(f"A shared sheet of {ROWS:,} rows", checks, ("What", "Time"), rows, notes)


def _count(what: str, figure: float, target: int) -> Check:
    return Check(what, f"{figure:,.0f}", f"at most {target:,}", figure <= target)


if __name__ == "__main__":
    print(json.dumps(figures()))
