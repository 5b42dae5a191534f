"""Packing slips and the labels of boxes: what was handed over, before and now.  Reads only."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from models import Booking, Job, JobItem, Label, OrderLine, Package, Shipment, ShipmentItem
from workflow.codes import grouped
from workflow.paper_facts import (
    Sheet,
    job_facts,
    line_text,
    order_facts,
    paper_facts,
    place_facts,
    shop_facts,
    sized,
)
from workflow.quantities import ZERO, show


def packing_slip(shipment: Shipment) -> Sheet:
    """What is in a parcel, what came before and what follows."""
    job = shipment.job
    title = f"Packing slip {job.number}"
    place = job.destination if job.destination_id else None
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=job.order.revision),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "to": place_facts(place, shipment),
        "lines": _shipped_lines(shipment),
        "boxes": Package.select().where(Package.shipment == shipment).count(),
    }
    return Sheet("packing_slip", title, facts, job.order, job, shipment,
                 revision=job.order.revision)  # fmt: skip


def _shipped_lines(shipment: Shipment) -> list[dict[str, Any]]:
    items = list(
        JobItem.select(JobItem, OrderLine)
        .join(OrderLine)
        .where(JobItem.job == shipment.job)
        .order_by(OrderLine.number, JobItem.position)
    )
    now = {
        r.item_id: r.quantity
        for r in ShipmentItem.select().where(ShipmentItem.shipment == shipment)
    }
    before = shipped_of(items, before=shipment.id)
    lines: dict[int, list[JobItem]] = {}
    for item in items:
        lines.setdefault(item.line_id, []).append(item)
    told = []
    for group in lines.values():
        ordered = sum((i.quantity - i.cancelled for i in group), ZERO)
        was = sum((before.get(i.id, ZERO) for i in group), ZERO)
        here = sum((now.get(i.id, ZERO) for i in group), ZERO)
        short = sum((i.short for i in group), ZERO)
        told.append(
            {
                "text": line_text(group[0].line),
                "sku": group[0].line.sku,
                "ordered": show(ordered),
                "before": show(was),
                "now": show(here),
                "remaining": show(max(ordered - short - was - here, ZERO)),
                "sizes": sized((i.size, now.get(i.id, ZERO)) for i in group),
            }
        )
    return told


def shipped_of(items: Iterable[JobItem], before: int | None = None) -> dict[int, Decimal]:
    """How many of each item were handed over, in shipments that were not taken back."""
    ids = [item.id for item in items]
    query = (
        ShipmentItem.select(ShipmentItem.item, ShipmentItem.quantity)
        .join(Shipment)
        .where(ShipmentItem.item.in_(ids) & Shipment.voided_at.is_null())
    )
    if before is not None:
        query = query.where(Shipment.id < before)
    total: dict[int, Decimal] = {}
    for row in query:
        total[row.item_id] = total.get(row.item_id, ZERO) + row.quantity
    return total


def boxes(shipment: Shipment, kind: str) -> list[Sheet]:
    """The labels of a hand-over's boxes, one sheet each."""
    packages = list(Package.select().where(Package.shipment == shipment).order_by(Package.number))
    shown = packages or [Package(shipment=shipment, number=1)]
    return [_box(shipment, package, len(shown), kind) for package in shown]


def _box(shipment: Shipment, package: Package, of: int, kind: str) -> Sheet:
    job = shipment.job
    named = "Carton label" if kind == "carton_label" else "Label"
    title = f"{named} {job.number} {package.number}/{of}"
    facts = _box_facts(job, shipment) | {
        "paper": paper_facts(title, code=f"{job.number}-{package.number}"),
        "box": {
            "number": package.number,
            "of": of,
            "weight": _weight(package.weight_grams),
            "sscc": package.sscc,
            "sscc_text": grouped(package.sscc),
            "order": job.order.number,
            "content": job.summary,
            "tracking": package.tracking_number,
        },
    }
    return Sheet(kind, title, facts, job.order, job, shipment, part=str(package.number))


def newest_shipment(job: Job) -> Shipment | None:
    """The last hand-over of a job that was not taken back."""
    found: Shipment | None = (
        Shipment.select()
        .where((Shipment.job == job) & Shipment.voided_at.is_null())
        .order_by(Shipment.id.desc())
        .first()
    )
    return found


def label_of_booking(booking: Booking, label: Label, of: int) -> Sheet:
    """Our own label of a package, before the goods have left."""
    job = booking.job
    package = booking.packages[label.number - 1]
    title = f"Label {job.number} {label.number}/{of}"
    facts = _box_facts(job, None) | {
        "paper": paper_facts(title, code=label.tracking_number),
        "box": {
            "number": label.number,
            "of": of,
            "weight": _weight(package.get("weight_grams")),
            "sscc": "",
            "sscc_text": "",
            "order": job.order.number,
            "content": job.summary,
            "tracking": label.tracking_number,
        },
    }
    return Sheet("label", title, facts, job.order, job, part=str(label.number))


def _weight(grams: int | None) -> str:
    return f"{show(Decimal(grams) / 1000)} kg" if grams else ""


def _box_facts(job: Job, shipment: Shipment | None) -> dict[str, Any]:
    place = job.destination if job.destination_id else None
    return {
        "shop": shop_facts(),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "to": place_facts(place, shipment),
    }
