"""What papers say of jobs and hand-overs: plain values in the shop's words.  Reads only."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import clock
from models import (
    Decoration,
    Destination,
    Job,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    Package,
    Product,
    PurchaseOrder,
    Shipment,
    ShipmentItem,
    StoredFile,
    Task,
    Variant,
    Vendor,
)
from workflow import shop
from workflow.codes import grouped
from workflow.engine.docket import Docket, dockets, work_of
from workflow.message_facts import day
from workflow.quantities import ZERO, show
from workflow.routing import Rule
from workflow.stages import Work
from workflow.ticket import Picture, pictures_of

WAYS = {
    "ship": "Ship",
    "pickup": "Pickup",
    "deliver": "Delivery",
    "install": "Installation",
    "electronic": "Electronic",
}
_MOST_PICTURE = 8_000_000
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
#: Without letters and digits that are mistaken for each other.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Sheet:
    """What one paper says, and what it is about."""

    kind: str
    title: str
    facts: Mapping[str, Any]
    order: Order | None = None
    job: Job | None = None
    shipment: Shipment | None = None
    purchase_order: PurchaseOrder | None = None
    revision: int = 0
    code: str = ""
    part: str = ""

    def shows(self, page: str) -> str:
        """The fingerprint of what it says on this page; the moment it is made does not count."""
        facts = dict(self.facts)
        facts["paper"] = {k: v for k, v in facts["paper"].items() if k != "date"}
        told = json.dumps([self.kind, page, facts], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()


# ---------------------------------------------------------------- what all papers say


def shop_facts() -> dict[str, str]:
    """Who we are."""
    ours = shop.settings_of_shop()
    return {
        "name": ours["shop_name"],
        "address": ours["shop_address"],
        "email": ours["shop_email"],
        "phone": ours["shop_phone"],
        "footer": ours["paper_footer"],
    }


def paper_facts(title: str, *, revision: int = 0, code: str = "") -> dict[str, Any]:
    """What a paper says of itself."""
    now = clock.local(clock.now())
    date = f"{day(clock.now())}, {now:%H:%M}"
    return {"title": title, "revision": revision, "code": code, "date": date}


def order_facts(order: Order) -> dict[str, str]:
    """The head of an order."""
    return {
        "number": order.number,
        "po_number": order.po_number,
        "customer": order.customer_name,
        "project": order.project_name,
        "date": day(order.order_date or order.received_at),
        "in_hands": day(order.in_hands_date),
        "terms": order.payment_terms,
        "notes": order.customer_notes,
        "contact": order.order_contact_name,
    }


def job_facts(job: Job) -> dict[str, Any]:
    """The job in short."""
    return {
        "number": job.number,
        "pieces": show(job.pieces),
        "due": day(job.due_date),
        "firm": job.firm,
        "priority": {1: "Rush", 2: "Hot"}.get(job.rank, ""),
        "way": WAYS.get(job.fulfillment_type, job.fulfillment_type),
    }


def place_facts(place: Destination | None, shipment: Shipment | None = None) -> dict[str, Any]:
    """Where something goes, and with whom."""
    with_whom = {
        "carrier": shipment.carrier if shipment else place.carrier if place else "",
        "service": shipment.service if shipment else place.service_level if place else "",
        "tracking": shipment.tracking_number if shipment else "",
    }
    if place is None:
        return {"lines": [], "phone": "", "instructions": "", **with_whom}
    town = f"{place.ship_to_city} {place.ship_to_region} {place.ship_to_postal}"
    lines = (
        place.ship_to_company,
        place.ship_to_name,
        place.ship_to_attention if place.ship_to_attention != place.ship_to_name else "",
        place.ship_to_address1,
        place.ship_to_address2,
        place.ship_to_address3,
        " ".join(town.split()),
        place.ship_to_country,
    )
    return {
        "lines": [line for line in lines if line],
        "phone": place.ship_to_phone,
        "instructions": place.delivery_instructions,
        **with_whom,
    }


def line_text(line: OrderLine) -> str:
    """What is sold, in words."""
    return ", ".join(p for p in (line.description or line.sku, line.style, line.color) if p)


def sized(pairs: Iterable[tuple[str, Decimal]]) -> list[dict[str, str]]:
    """Sizes with their pieces; none for what has no sizes."""
    return [{"size": size, "pieces": show(n)} for size, n in pairs if size and n]


# ---------------------------------------------------------------- travelers


def code_of(docket: Docket) -> str:
    """What stands behind the job's number in a traveler's barcode: it changes with the job.

    Only what a department works by counts, so that nothing but a change of it takes the travelers
    in the shop out of force.  This list may grow only where a fact is new to all travelers.
    """
    order, job = docket.order, docket.job
    lines = sorted({item.line_id: item.line for item in docket.items}.values(), key=lambda x: x.id)
    counts: list[Any] = [
        order.revision,
        str(job.due_date),
        job.firm,
        job.fulfillment_type,
        place_facts(job.destination if job.destination_id else None)["lines"],
        [[i.line_id, i.size, str(i.quantity - i.short - i.cancelled)] for i in docket.items],
        [[x.id, x.description, x.color, x.special_instructions] for x in lines],
        [order.customer_notes, order.internal_notes],
        [[p.artwork.id, p.sha256] for p in pictures_of(order)],
    ]
    counts += [[repr(sorted(d.__data__.items(), key=str))] for d in _decorations(docket)]
    number = int.from_bytes(hashlib.sha256(json.dumps(counts).encode()).digest()[:5], "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in (0, 5, 10, 15))


def traveler(job: Job, department: str = "") -> Sheet:
    """The ticket that follows a job: a page for each department, or for one of them."""
    docket = dockets(job.order, [job])[0]
    code = f"{job.number}/{code_of(docket)}"
    tasks = [t for t in docket.tasks if t.outcome != "cancelled"]
    mine = [t for t in tasks if not department or t.department.slug == department]
    pictures = _with_content(pictures_of(job.order), any(_shows_art(t) for t in mine))
    title = f"Traveler {job.number}" + (
        f" {mine[0].department.name}" if department and mine else ""
    )
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=job.order.revision, code=code),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "pages": [_page(docket, task, tasks, pictures) for task in mine],
    }
    return Sheet("traveler", title, facts, job.order, job, revision=job.order.revision,
                 code=code, part=department)  # fmt: skip


def _page(
    docket: Docket, task: Task, tasks: Sequence[Task], pictures: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    work = work_of(task)
    later = [t.department.name for t in tasks if t.position > task.position]
    bought = _vendors(docket) if work in {Work.PURCHASING, Work.RECEIVING} else {}
    lines = [] if work is Work.ARTWORK else _lines(docket, task, bought)
    goes = work in {Work.PACKAGING, Work.HANDOVER}
    job = docket.job
    pieces = show(sum((i.quantity - i.short - i.cancelled for i in docket.covered(task)), ZERO))
    return {
        "department": task.department.name,
        "slug": task.department.slug,
        "due": day(task.due_date),
        "pieces": show(job.pieces) if work is Work.ARTWORK else pieces,
        "what": task.detail,
        "lines": lines,
        "decorations": [] if goes or bought else _decoration_facts(docket, task),
        "pictures": list(pictures) if _shows_art(task) else [],
        "to": place_facts(job.destination if job.destination_id else None) if goes else {},
        "notes": _notes(docket),
        "next": ", ".join(dict.fromkeys(later[:3])),
    }


def _shows_art(task: Task) -> bool:
    return work_of(task) in {Work.ARTWORK, Work.PRODUCTION}


def _lines(docket: Docket, task: Task, vendors: Mapping[int, str]) -> list[dict[str, Any]]:
    found: dict[int, list[JobItem]] = {}
    for item in docket.covered(task):
        found.setdefault(item.line_id, []).append(item)
    told = []
    for items in found.values():
        line = items[0].line
        wanted = [(i.size, i.quantity - i.short - i.cancelled) for i in items]
        told.append(
            {
                "text": line_text(line),
                "sku": line.sku,
                "sizes": sized(wanted),
                "pieces": show(sum((n for _size, n in wanted), ZERO)),
                "notes": line.special_instructions,
                "vendor": vendors.get(line.product_id or 0, ""),
            }
        )
    return told


def _vendors(docket: Docket) -> dict[int, str]:
    products = {item.line.product_id for item in docket.items if item.line.product_id}
    query: Any = (
        Product.select(Product.id, Vendor.name).join(Vendor).where(Product.id.in_(products))
    )
    return {key: f"from {name}" for key, name in query.tuples()} if products else {}


def _decorations(docket: Docket) -> list[Decoration]:
    lines = {item.line_id for item in docket.items}
    query = Decoration.select().where(Decoration.line.in_(lines))
    return list(query.order_by(Decoration.line, Decoration.position, Decoration.id))


def _decoration_facts(docket: Docket, task: Task) -> list[dict[str, str]]:
    methods = Rule.from_row(task.department.applies_to or {}).methods
    everything = work_of(task) is not Work.PRODUCTION
    told: dict[str, dict[str, str]] = {}
    for one in _decorations(docket):
        own = one.department_id == task.department_id
        fits = one.department_id is None and (not methods or one.method.casefold() in methods)
        if everything or own or fits:
            words = decoration_facts(one)
            told.setdefault(json.dumps(words), words)
    return list(told.values())


def decoration_facts(one: Decoration) -> dict[str, str]:
    """Where and how something is decorated."""
    wide, high = one.imprint_width, one.imprint_height
    size = f"{show(wide)} × {show(high)} {one.imprint_uom}" if wide and high else ""
    return {
        "where": one.location,
        "method": one.method,
        "colors": ", ".join(map(str, one.imprint_colors or [])) or str(one.color_count or ""),
        "stitches": str(one.stitch_count or ""),
        "size": size.strip(),
        "offset": one.placement_offset,
        "text": one.imprint_text,
        "notes": one.decoration_notes,
    }


def _with_content(pictures: Sequence[Picture], wanted: bool) -> list[dict[str, str]]:
    """The artwork, with the bytes of pictures that a page can show."""
    told = []
    for one in pictures:
        if not one.version:
            continue
        content = ""
        if wanted and one.content_type in _PICTURES:
            kept = StoredFile.get(StoredFile.sha256 == one.sha256)
            if kept.size <= _MOST_PICTURE:
                content = base64.b64encode(bytes(kept.content)).decode()
        state = "approved" if one.is_approved_file else one.artwork.state.replace("_", " ")
        told.append(
            {
                "name": one.artwork.name,
                "version": str(one.artwork.current_version),
                "state": state,
                "sha256": one.sha256,
                "content": content,
            }
        )
    return told


def _notes(docket: Docket) -> list[dict[str, str]]:
    told = [("Customer", docket.order.customer_notes), ("Office", docket.order.internal_notes)]
    return [{"who": who, "text": text} for who, text in told if text]


def pick_list(job: Job) -> Sheet:
    """What to take from the shelves for a job."""
    docket = dockets(job.order, [job])[0]
    variants = _variants(docket.items)
    vendors = _vendors(docket)
    title = f"Pick list {job.number}"
    picks = [
        {
            "code": (variants.get((i.line_id, i.size)) or i.line.sku)[:30],
            "text": line_text(i.line),
            "size": i.size,
            "pieces": show(i.quantity - i.short - i.cancelled),
            "vendor": vendors.get(i.line.product_id or 0, "").removeprefix("from "),
        }
        for i in docket.items
        if i.quantity - i.short - i.cancelled > 0
    ]
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=job.order.revision, code=job.number),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "picks": picks,
    }
    return Sheet("pick_list", title, facts, job.order, job, revision=job.order.revision)


def _variants(items: Iterable[JobItem]) -> dict[tuple[int, str], str]:
    lines = {item.line_id for item in items}
    query: Any = (
        LineSize.select(LineSize.line, LineSize.size, Variant.sku)
        .join(Variant)
        .where(LineSize.line.in_(lines))
    )
    return {(line, size): sku for line, size, sku in query.tuples()}


# ---------------------------------------------------------------- hand-overs


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
    place = job.destination if job.destination_id else None
    code = f"{job.number}-{package.number}"
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, code=code),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "to": place_facts(place, shipment),
        "box": {
            "number": package.number,
            "of": of,
            "weight": f"{show(Decimal(package.weight_grams) / 1000)} kg"
            if package.weight_grams
            else "",
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
