"""The dock of the demo shop: who takes parcels, two printers that nobody plugged in, papers.

Nothing leaves the machine: our own van and the counter make labels of their own, EasyPost waits for
a key, and the printers' addresses are loopback ports on which nothing listens.  What is printed
there waits, is shown as waiting, and can be called off, or go to a real printer once one is set up.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import clock
from demo import cast
from demo.desk import Desk
from documents import press, shelf
from models import Carrier, Job, Order, Paper, Printer, PrintJob, PrintRule, Shipment
from workflow import print_jobs
from workflow.actors import system
from workflow.paper_facts import Sheet
from workflow.stages import Stage

log = logging.getLogger(__name__)
_INHANDS = system("Inhands")
#: name, kind, address
_PRINTERS = (
    ("Office laser (demo)", "ipp", "ipp://127.0.0.1:6310/ipp/print"),
    ("Dock label printer (demo)", "raw", "127.0.0.1:9110"),
)
#: paper, event, number of the printer
_RULES = (
    ("traveler", "released", 0),
    ("packing_slip", "shipped", 0),
    ("carton_label", "shipped", 1),
    ("label", "label", 1),
    ("carrier_label", "label", 1),
    ("invoice", "", 0),
)


def open_dock() -> None:
    """Carriers, printers and what prints by itself."""
    Carrier.create(name="Our van", kind="own", price=Decimal("12.50"))
    Carrier.create(name="Pickup counter", kind="pickup")
    Carrier.create(name="EasyPost", kind="easypost", active=False, from_country="US",
                   from_street="48 Ropewalk Yard", from_city="Astoria", from_region="OR",
                   from_postal="97103")  # fmt: skip
    why = "Nothing answers there: it is the demo's address. Type your printer's."
    printers = [
        Printer.create(name=name, kind=kind, address=address, state="off", problem=why)
        for name, kind, address in _PRINTERS
    ]
    for paper, event, number in _RULES:
        PrintRule.create(paper=paper, event=event, printer=printers[number])


def lay_out_papers(desk: Desk) -> None:
    """A few papers of the last days, and what became of them at the printers."""
    lacking = press.what_is_missing()
    if lacking:
        log.warning("The demo shop has no papers. %s", lacking[0])
        return
    laser, labels = Printer.select().order_by(Printer.id)
    ends: Sequence[tuple[Printer, Callable[[PrintJob], None] | None]] = (
        (laser, _came_out),
        (labels, _came_out),
        (laser, _came_out),
        (labels, _look_there),
        (laser, _failed),
        (laser, None),
    )
    made = [(paper, *end) for paper, end in zip(_papers(desk), ends, strict=False)]
    for number, (paper, printer, end) in enumerate(made):
        with clock.frozen(desk.ago(60 * (len(made) - number))):
            asked = print_jobs.ask(paper, printer, desk.who(cast.MANAGER))
            if end is not None:
                end(asked)


def _papers(desk: Desk) -> Iterator[Paper]:
    for number, sheet in enumerate(_sheets()):
        with clock.frozen(desk.ago(60 * (8 - number)) - timedelta(minutes=2)):
            yield shelf.make(sheet, _INHANDS)


def _sheets() -> Iterator[Sheet]:
    shipments = Shipment.select(Shipment, Job, Order).join(Job).join(Order)
    older, newer = shipments.order_by(Shipment.id.desc()).limit(2)
    in_production = Job.select(Job, Order).join(Order).where(Job.stage == Stage.PRODUCTION)
    first, second = in_production.order_by(Job.id.desc()).limit(2)
    yield shelf.sheets_of_shipment("packing_slip", newer)[0]
    yield shelf.sheets_of_shipment("carton_label", newer)[0]
    yield shelf.sheets_of_job("traveler", first)[0]
    yield shelf.sheets_of_shipment("carton_label", older)[0]
    yield shelf.sheets_of_job("traveler", second)[0]
    yield shelf.sheet_of_order("invoice", older.job.order)


def _came_out(asked: PrintJob) -> None:
    print_jobs.mark_printed(asked, _INHANDS)


def _look_there(asked: PrintJob) -> None:
    why = "The printer was switched off while this was being sent; look whether it came out."
    print_jobs.mark_check(asked, why, _INHANDS)


def _failed(asked: PrintJob) -> None:
    print_jobs.mark_failed(asked, "The printer gave it up 3 times.", _INHANDS)
