"""Papers: how many a second, and how long from an order nobody had to release to the spool.

The printer is a real one: Debian's ``ippeveprinter`` on loopback.  The worker is a process of its
own, as in a shop.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import clock
import models
import starter
from bench.report import Check, Part, at_least, at_most
from documents import kinds, press, shelf
from models import Customer, Job, Order, Paper, Printer, PrintJob, PrintRule
from sync.drafts import DraftDecoration, DraftLine, OrderDraft, Values
from tests.printers import IppPrinter
from workflow import engine
from workflow.actors import system

ORDERS, ROUNDS, SECONDS_BETWEEN = 30, 40, 3
_ACTOR = system("Bench")


def measure() -> Part:
    """Both figures."""
    folder = Path(tempfile.mkdtemp(prefix="inhands-bench-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        url = f"sqlite:///{folder / 'shop.db'}"
        models.connect(url)
        models.create_tables()
        starter.start_shop()
        rows = [_pace(kind) for kind in ("label", "packing_slip", "traveler", "invoice")]
        waited = sorted(_to_the_spool(folder, url))
        models.disconnect()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    p95 = waited[int(len(waited) * 0.95)]
    label = next(float(row[1]) for row in rows if row[0] == "label")
    checks: list[Check] = [
        at_most("released without a person to the printer's spool, p95", p95, 10, "s"),
        at_least("delivery labels a second", label, 5),
    ]
    middle, slowest = waited[len(waited) // 2], waited[-1]
    note = (
        f"{len(waited)} orders, one every {SECONDS_BETWEEN} s; worker and printer are processes "
        f"of their own. Median {middle:.2f} s, slowest {slowest:.2f} s."
    )
    return Part("Papers", checks, ("paper", "a second"), rows, (note,))


def _order() -> Order:
    customer = Customer.get_or_none(Customer.code == "C1")
    customer = customer or Customer.create(code="C1", name="Riverside AC")
    look: Values = {"location": "Front", "method": "screen print", "imprint_colors": ["PMS 186"]}
    values: Values = {
        "description": "Heavy cotton tee",
        "color": "black",
        "unit_price": Decimal("6.50"),
    }
    sizes = tuple((size, Decimal(12)) for size in ("S", "M", "L", "XL"))
    place = {
        "fulfillment_type": "ship", "ship_to_name": "Dana Fox", "ship_to_address1": "12 Dock Road",
        "ship_to_city": "Portland",
    }  # fmt: skip
    line = DraftLine(address="1", values=values, sizes=sizes, decorations=(DraftDecoration(look),))
    due: Values = {"in_hands_date": clock.today() + timedelta(days=21)}
    draft = OrderDraft(source="manual", values=due, destinations=(place,), lines=(line,) * 3)
    return engine.create_order(draft, _ACTOR, engine.Matches(customer, {}))


def _pace(kind: str) -> tuple[str, str]:
    """How many of a kind the warm press makes in a second, one after the other."""
    order = engine.release(_order().id, _ACTOR)
    job = Job.get(Job.order == order)
    if kind == "invoice":
        sheet = shelf.sheet_of_order(kind, order)
    elif kind == "traveler":
        sheet = shelf.sheets_of_job(kind, job)[0]
    else:
        shipment = models.Shipment.create(job=job, carrier="UPS")
        sheet = shelf.sheets_of_shipment(kind, shipment)[0]
    page, size = kinds.ours(kind), shelf.size_of(kind)
    press.make(kind, page, size, sheet.facts)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        press.make(kind, page, size, sheet.facts)
    return kind, f"{ROUNDS / (time.perf_counter() - began):.1f}"


def _to_the_spool(folder: Path, url: str) -> list[float]:
    """Seconds from the release of each order until its traveler's file lies in the spool."""
    home = folder / "printer"
    home.mkdir()
    printer = IppPrinter(home).start()
    try:
        row = Printer.create(name="Dock", address=printer.address)
        PrintRule.create(paper="traveler", event="released", printer=row)
        released: dict[int, float] = {}
        with _worker(folder, url):
            for _ in range(ORDERS):
                order = _order()
                released[engine.release(order.id, _ACTOR).id] = time.time()
                time.sleep(SECONDS_BETWEEN)
            deadline = time.monotonic() + 120
            while _open() and time.monotonic() < deadline:
                time.sleep(0.2)
    finally:
        printer.kill()
    return _waited(released, printer)


def _open() -> bool:
    return PrintJob.select().where(PrintJob.state == "printed").count() < ORDERS


def _waited(released: dict[int, float], printer: IppPrinter) -> list[float]:
    arrived = sorted(path.stat().st_mtime for path in printer.spool if path.suffix == ".pdf")
    query = PrintJob.select(PrintJob, Paper).join(Paper).order_by(PrintJob.sending_at)
    orders = [job.paper.order_id for job in query]
    pairs = [(released.get(order or 0), at) for order, at in zip(orders, arrived, strict=True)]
    return [at - began for began, at in pairs if began is not None]


@contextmanager
def _worker(folder: Path, url: str) -> Iterator[None]:
    environment = {**os.environ, "DATABASE_URL": url, "INSTANCE_DIR": str(folder)}
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    from bench.report import markdown

    print(markdown(measure()))
