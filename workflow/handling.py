"""What stands beside a task's figures: purchase orders, vendors, shipments, boxes, notes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN

from models import (
    Booking,
    Carrier,
    Label,
    Package,
    Paper,
    Product,
    PurchaseLine,
    PurchaseOrder,
    Shipment,
    Vendor,
)
from workflow.engine.docket import work_of
from workflow.engine.labels import booking_of
from workflow.quantities import ZERO, Tolerance
from workflow.stages import Work
from workflow.ticket import Ticket
from workflow.verdicts import verdict


@dataclass(frozen=True)
class Purchase:
    """A purchase order of the job: number, vendor, when it should arrive."""

    number: str
    vendor: str
    expected_on: date | None


def purchases(ticket: Ticket) -> list[Purchase]:
    """The purchase orders behind a job's goods."""
    items = [item.id for item in ticket.docket.items]
    query: Any = (
        PurchaseOrder.select(PurchaseOrder.number, Vendor.name, PurchaseOrder.expected_on)
        .join(Vendor, JOIN.LEFT_OUTER)
        .switch(PurchaseOrder)
        .join(PurchaseLine)
        .where(PurchaseLine.item.in_(items))
        .distinct()
        .order_by(PurchaseOrder.number)
    )
    return [Purchase(number, vendor or "", day) for number, vendor, day in query.tuples()]


def usual_vendors(ticket: Ticket) -> list[Vendor]:
    """The vendors of the job's products, each once."""
    products = {line.product_id for line in ticket.lines if line.product_id is not None}
    query = Vendor.select().where(Vendor.active & Vendor.id.in_(_vendors_of(products)))
    return list(query.order_by(Vendor.name)) if products else []


def _vendors_of(products: set[int]) -> Any:
    return Product.select(Product.vendor).where(Product.id.in_(products))


def vendors_called(text: str, most: int = 12) -> list[Vendor]:
    """Vendors whose name has these letters, or whose code begins with them."""
    wanted = text.strip()
    matches = Vendor.name.contains(wanted) | Vendor.code.startswith(wanted)
    return list(Vendor.select().where(Vendor.active & matches).order_by(Vendor.name).limit(most))


def vendor_named(text: str) -> Vendor | None:
    """The one vendor with exactly this name or code, however it is capitalised."""
    wanted = text.strip().casefold()
    found = [
        v for v in vendors_called(text, 50) if wanted in (v.name.casefold(), v.code.casefold())
    ]
    return found[0] if len(found) == 1 else None


def shipments(ticket: Ticket) -> list[tuple[Shipment, int]]:
    """What was handed over so far, not voided, with the number of boxes."""
    query = Shipment.select().where((Shipment.job == ticket.job) & Shipment.voided_at.is_null())
    found = list(query.order_by(Shipment.id))
    boxes: dict[int, int] = {}
    for package in Package.select(Package.shipment).where(Package.shipment.in_(found)):
        boxes[package.shipment_id] = boxes.get(package.shipment_id, 0) + 1
    return [(shipment, boxes.get(shipment.id, 0)) for shipment in found]


def labels_of(ticket: Ticket) -> tuple[Booking | None, list[Label]]:
    """The labels of the next hand-over, as far as they are."""
    booking = booking_of(ticket.job)
    if booking is None:
        return None, []
    rows = Label.select().where(Label.booking == booking).order_by(Label.number)
    return booking, list(rows)


def label_papers(ticket: Ticket) -> list[Paper]:
    """The newest labels of the job, to open and to print."""
    mine = (Paper.job == ticket.job) & Paper.kind.in_(("carrier_label", "label"))
    return list(Paper.select().where(mine).order_by(Paper.id.desc()).limit(20))


def carriers_serve(ticket: Ticket) -> bool:
    """Whether a carrier could make labels for it."""
    return bool(Carrier.select().where(Carrier.active).exists())


def verdict_of(ticket: Ticket) -> str:
    """What is to be done about more or fewer pieces than ordered, in a sentence; '' for nothing."""
    wanted = sum((cell.todo for cell in ticket.cells), ZERO)
    here = sum((cell.good + (cell.left or ZERO) for cell in ticket.cells), ZERO)
    made = ticket.upstream.passed_on
    passed = sum((made[cell.item] for cell in ticket.cells if cell.item in made), ZERO)
    order = ticket.order
    tolerance = Tolerance(order.over_under_tolerance_type, order.over_under_value)
    return verdict(wanted, passed if made else here, tolerance, order.shipment_policy).sentence


def packed_facts(ticket: Ticket) -> dict[str, str]:
    """What packaging wrote down about the job: boxes, weights."""
    packers = [t for t in ticket.docket.tasks if work_of(t) is Work.PACKAGING]
    return {key: str(value) for task in packers for key, value in (task.facts or {}).items()}


def notes_before(ticket: Ticket) -> list[tuple[str, str]]:
    """What other departments noted for those after them."""
    return [
        (task.department.name, str(task.facts["note"]))
        for task in ticket.docket.tasks
        if task.id != ticket.task.id and (task.facts or {}).get("note")
    ]
