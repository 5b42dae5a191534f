"""What papers say of jobs and hand-overs: plain values in the shop's words.  Reads only."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import clock
from models import Destination, Job, Order, OrderLine, PurchaseOrder, Shipment
from workflow import shop
from workflow.quantities import show

WAYS = {
    "ship": "Ship",
    "pickup": "Pickup",
    "deliver": "Delivery",
    "install": "Installation",
    "electronic": "Electronic",
}


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


def day(value: date | datetime | None) -> str:
    """A day in full, unmistakable in every country: Friday 20 March 2026; '' for none."""
    if value is None:
        return ""
    here = clock.local(value) if isinstance(value, datetime) else value
    return f"{here:%A} {here.day} {here:%B %Y}"
