"""What a message to a customer may say: plain values of an order, and to whom.  Reads only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

import clock
from models import (
    Contact,
    Customer,
    Destination,
    Job,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    Package,
    Shipment,
)
from workflow.money import rounded
from workflow.quantities import show
from workflow.shop import settings_of_shop
from workflow.threads import link_of
from workflow.wording import LINK

#: An answer tells what was read, not a catalogue.
_MOST_LINES, _MOST_ORDERS = 60, 20
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class Recipient:
    """Whom to write to; ``why_not`` says why nobody is written to, empty if somebody is.

    By ``sms`` the address is a phone number.
    """

    name: str
    address: str
    why_not: str = ""
    channel: str = "mail"  # mail | sms
    contact: Contact | None = None


def facts_of(order: Order, job: Job | None) -> dict[str, Any]:
    """Everything a template may use, in the shape of ``wording.example``."""
    shop = settings_of_shop()
    facts: dict[str, Any] = {
        "contact": recipient_of(order).name,
        "customer": order.customer_name,
        "shop_name": shop["shop_name"],
        **{name: shop[name] for name in ("shop_phone", "shop_email", "shop_address")},
        "order": _order_facts(order),
        "lines": order_lines(order) if job is None else _job_lines(job),
        "link": LINK if link_of(order.incoming if order.incoming_id else None) else "",
    }
    if job is not None:
        facts["job"] = _job_facts(job)
        facts["shipments"] = shipments_of(job.id)
    return facts


def facts_of_answer(
    orders: Sequence[Order], questions: Sequence[Mapping[str, str]], more: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything the template of an answer may use, in the shape of ``wording.example``.

    ``more`` has what only the answer knows: contact, customer, file, subject, link, workbook.
    Of a ``private`` document neither lines nor questions are told: mail is a postcard.
    """
    shop = settings_of_shop()
    private = bool(more.get("private"))
    told = []
    for order in orders[:_MOST_ORDERS]:
        lines = [] if private else order_lines(order)
        left = max(len(lines) - _MOST_LINES, 0)
        told.append(_order_facts(order) | {"lines": lines[:_MOST_LINES], "more_lines": left})
    return {
        "shop_name": shop["shop_name"],
        **{name: shop[name] for name in ("shop_phone", "shop_email", "shop_address")},
        "orders": told,
        "about": ", ".join(_named(order) for order in orders[:_MOST_ORDERS]),
        "questions": [] if private else list(questions[:_MOST_LINES]),
        "more_questions": 0 if private else max(len(questions) - _MOST_LINES, 0),
        **more,
    }


def facts_of_example(order: Order, example: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an answer's preview: one order as it is, the rest made up."""
    names = ("questions", "more_questions", "file", "subject", "workbook", "link", "private")
    kept = {name: example[name] for name in names}
    own = {"contact": recipient_of(order).name, "customer": order.customer_name}
    return facts_of_answer([order], [], kept | own)


def _named(order: Order) -> str:
    return f"order {order.number}" + (f" (your PO {order.po_number})" if order.po_number else "")


def recipient_of(order: Order, event: str = "", typed: str = "") -> Recipient:
    """Whom the customer's messages go to, or why there are none.

    The order's own contact comes first, then the customer's contact for orders, then the
    customer; an address somebody ``typed`` goes before all.  Somebody who opted out, of messages
    or of this event, is not written to by way of another address.
    """
    contacts = list(
        Contact.select().where(Contact.customer == order.customer_id).order_by(Contact.id)
    )
    usual = next((c for c in contacts if c.kind == "order" and c.email), None)
    customer = order.customer
    address = (
        typed
        or order.order_contact_email
        or (usual.email if usual else "")
        or (customer.email if customer else "")
    ).strip()
    known = next((c for c in contacts if address and c.email.lower() == address.lower()), None)
    name = order.order_contact_name or (known or usual or customer or order).__str__()
    if order.order_contact_name == "" and known is None and usual is None:
        name = order.customer_name
    if typed and known is not None:
        name = known.name
    by_sms = known is not None and known.preferred_channel == "sms"
    if known is not None and by_sms:
        address = phone_number(known.phone)
    why_not = _why_not(customer, known, address, event)
    return Recipient(name or "there", address, why_not, "sms" if by_sms else "mail", known)


def phone_number(text: str) -> str:
    """A phone number as gateways take it: digits, with a plus where there was one."""
    digits = "".join(c for c in text if c.isdecimal() and c.isascii())
    plus = "+" if text.strip().startswith(("+", "00")) else ""
    return plus + (digits.removeprefix("00") if plus else digits)


def why_not_address(address: str) -> str:
    """Why nothing can be sent to an address, as a sentence; empty if it can."""
    if not address:
        return "There is no e-mail address: add one to the order's contact or to the customer."
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        return f"'{address[:80]}' is not an e-mail address: write it like name@example.com."
    try:
        Address(addr_spec=address)
    except (MessageError, ValueError, IndexError):
        return f"'{address[:80]}' is not an e-mail address: write it like name@example.com."
    return ""


def _why_not(customer: Customer | None, contact: Contact | None, address: str, event: str) -> str:
    if customer is not None and not customer.send_messages:
        return f"{customer.name} gets no messages: that is switched off at the customer."
    if contact is None:
        return why_not_address(address)
    if not contact.opt_in:
        return f"{contact.name} does not want messages."
    if event and event in (contact.unwanted or []):
        return f"{contact.name} does not want to hear of this."
    if contact.preferred_channel == "sms":
        right = 6 <= len(address.removeprefix("+")) <= 15
        return "" if right else f"{contact.name} wants texts, and has no phone number for them."
    if contact.preferred_channel not in ("", "email"):
        return f"{contact.name} prefers {contact.preferred_channel}: tell them that way."
    return why_not_address(address)


def _order_facts(order: Order) -> dict[str, Any]:
    total = f"{order.currency} {rounded(order.grand_total, order.currency):,f}"
    return {
        "number": order.number,
        "po_number": order.po_number,
        "project_name": order.project_name,
        "order_date": day(order.order_date),
        "in_hands_date": day(order.in_hands_date),
        "payment_terms": order.payment_terms,
        "total": total,
        "notes": order.customer_notes,
    }


def order_lines(order: Order) -> list[dict[str, Any]]:
    """What was ordered, a line at a time, in words."""
    lines = list(
        OrderLine.select()
        .where((OrderLine.order == order) & OrderLine.cancelled_at.is_null())
        .order_by(OrderLine.number)
    )
    sizes: dict[int, list[tuple[str, Decimal]]] = {}
    kept = (
        LineSize.select()
        .join(OrderLine)
        .where(OrderLine.order == order)
        .order_by(LineSize.position, LineSize.id)
    )
    for row in kept:
        sizes.setdefault(row.line_id, []).append((row.size, row.quantity))
    return [_line(line, line.quantity, sizes.get(line.id, [])) for line in lines]


def _job_lines(job: Job) -> list[dict[str, Any]]:
    items = (
        JobItem.select(JobItem, OrderLine)
        .join(OrderLine)
        .where(JobItem.job == job)
        .order_by(OrderLine.number, JobItem.position)
    )
    lines: dict[int, OrderLine] = {}
    sizes: dict[int, list[tuple[str, Decimal]]] = {}
    for item in items:
        left = item.quantity - item.short - item.cancelled
        if left > 0:
            lines[item.line_id] = item.line
            sizes.setdefault(item.line_id, []).append((item.size, left))
    return [
        _line(line, sum((pieces for _size, pieces in sizes[key]), Decimal(0)), sizes[key])
        for key, line in lines.items()
    ]


def _line(
    line: OrderLine, quantity: Decimal, sizes: Sequence[tuple[str, Decimal]]
) -> dict[str, Any]:
    named = ", ".join(f"{size} {show(pieces)}" for size, pieces in sizes if size and pieces)
    text = ", ".join(part for part in (line.description or line.sku, line.color) if part)
    return {
        "number": line.number,
        "quantity": show(quantity),
        "unit": line.uom,
        "sku": line.sku,
        "description": line.description,
        "color": line.color,
        "sizes": named,
        "text": f"{text} ({named})" if named else text,
    }


def _job_facts(job: Job) -> dict[str, str]:
    place = job.destination
    return {
        "number": job.number,
        "summary": job.summary,
        "pieces": show(job.pieces),
        "due_date": day(job.due_date),
        "fulfillment_type": job.fulfillment_type,
        "address": _place(place) if place is not None else "",
    }


def _place(place: Destination) -> str:
    city = f"{place.ship_to_city} {place.ship_to_region} {place.ship_to_postal}"
    parts = (
        place.ship_to_company or place.ship_to_name,
        place.ship_to_address1,
        place.ship_to_address2,
        " ".join(city.split()),
        place.ship_to_country,
    )
    return ", ".join(part for part in parts if part)


def shipments_of(job_id: int, shipment_id: int | None = None) -> list[dict[str, Any]]:
    """What left of a job, or one shipment of it; nothing that was taken back."""
    query = Shipment.select().where((Shipment.job == job_id) & Shipment.voided_at.is_null())
    if shipment_id is not None:
        query = query.where(Shipment.id == shipment_id)
    found = list(query.order_by(Shipment.id))
    boxes: dict[int, list[str]] = {row.id: [] for row in found}
    for box in Package.select().where(Package.shipment.in_(found)).order_by(Package.number):
        boxes[box.shipment_id].append(box.tracking_number)
    return [
        {
            "carrier": row.carrier,
            "service": row.service,
            "tracking_number": ", ".join(
                dict.fromkeys(number for number in (row.tracking_number, *boxes[row.id]) if number)
            ),
            "tracking_url": row.tracking_url,
            "handed_to": row.handed_to,
            "shipped_on": day(row.shipped_at),
            "packages": len(boxes[row.id]),
        }
        for row in found
    ]


def day(value: date | datetime | None) -> str:
    """A day in full, unmistakable in every country: Friday 20 March 2026; '' for none."""
    if value is None:
        return ""
    here = clock.local(value) if isinstance(value, datetime) else value
    return f"{here:%A} {here.day} {here:%B %Y}"
