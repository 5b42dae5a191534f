"""Papers that come by themselves after an event, and purchase orders mailed to vendors."""

from collections.abc import Sequence
from typing import Any

from documents import kinds, shelf
from errors import ShopError
from models import (
    Job,
    Message,
    Order,
    OutboxRow,
    PrintRule,
    PurchaseOrder,
    Shipment,
    Vendor,
    transaction,
)
from settings import Settings
from workflow import engine, messages, paper_facts, print_jobs, shop
from workflow.actors import system
from workflow.paper_facts import Sheet
from workflow.print_jobs import Occasion

ACTOR = system("Inhands")
#: Which papers follow what the outbox tells of an order.
_EVENTS = {"confirmed": "released", "ready": "packed"}


# ---------------------------------------------------------------- papers that come by themselves


def ask_for_papers(row: OutboxRow) -> None:
    """What comes out by itself after an event that the customer is told of."""
    asked = row.payload
    event = _EVENTS.get(str(asked.get("event")))
    if event is None or asked.get("order_id") is None:
        return
    occasion = Occasion(event, asked["order_id"], asked.get("job_id"))
    with transaction():
        print_jobs.ask_for(occasion, f"papers:{event}:{occasion.job_id or occasion.order_id}")


def make_papers(row: OutboxRow, _settings: Settings) -> None:
    """Make the papers of an event and hand them to their printers, each once.

    Raises:
        ShopError: some could not be made; the others were.
    """
    occasion = Occasion(**row.payload)
    problems: list[ShopError] = []
    for rule in print_jobs.rules_of(occasion.event):
        try:
            for number, sheet in enumerate(_sheets(rule, occasion)):
                paper = shelf.make(sheet, ACTOR)
                key = f"papers:{row.id}:{rule.id}:{number}"
                print_jobs.ask(paper, rule.printer, ACTOR, copies=rule.copies, key=key)
        except ShopError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def _sheets(rule: PrintRule, occasion: Occasion) -> Sequence[Sheet]:
    if rule.paper not in kinds.KINDS:
        return ()
    jobs = [job for job in _jobs(occasion) if _concerns(rule, job)]
    about = kinds.KINDS[rule.paper].about
    of_hand_over = about in ("shipment", "package") or rule.paper == "invoice"
    if occasion.shipment_id is not None and of_hand_over:
        query = Shipment.select(Shipment, Job, Order).join(Job).join(Order)
        shipment = query.where(Shipment.id == occasion.shipment_id).get()
        return shelf.sheets_of_shipment(rule.paper, shipment) if jobs else ()
    if about == "order":
        return [shelf.sheet_of_order(rule.paper, jobs[0].order)] if jobs else ()
    department = print_jobs.slug_of(rule) if rule.paper == "traveler" else ""
    return [sheet for job in jobs for sheet in shelf.sheets_of_job(rule.paper, job, department)]


def _jobs(occasion: Occasion) -> list[Job]:
    query = Job.select(Job, Order).join(Order).where(Job.order == occasion.order_id)
    if occasion.job_id is not None:
        query = query.where(Job.id == occasion.job_id)
    return list(query.where(Job.cancelled_at.is_null()).order_by(Job.position))


def _concerns(rule: PrintRule, job: Job) -> bool:
    return rule.department_id is None or rule.department_id in print_jobs.departments_of(job)


# ---------------------------------------------------------------- purchase orders to vendors


def send_purchase_order(row: OutboxRow, _settings: Settings) -> None:
    """Make a revision of a purchase order and mail it to the vendor, once."""
    revision = row.payload["revision"]
    key = f"purchase_order:{row.payload['purchase_order_id']}:{revision}"
    query = PurchaseOrder.select(PurchaseOrder, Vendor).join(Vendor)
    purchase = query.where(PurchaseOrder.id == row.payload["purchase_order_id"]).get()
    if Message.select().where(Message.key == key).exists():
        return
    sheet = shelf.sheet_of_purchase(purchase, revision)
    paper = shelf.make(sheet, ACTOR)
    with transaction():
        engine.purchase_order_sent(purchase.id, revision, paper.shows)
        messages.write(_letter(purchase, revision) | {"key": key, "file": paper.file_id}, ACTOR)


def _letter(purchase: PurchaseOrder, revision: int) -> dict[str, Any]:
    name = shop.setting("shop_name")
    changed = f", revision {revision}" if revision > 1 else ""
    replaces = "\nIt replaces what we sent you before.\n" if revision > 1 else ""
    due = (
        f"We need the goods by {paper_facts.day(purchase.expected_on)}.\n"
        if purchase.expected_on
        else ""
    )
    body = (
        f"Hello,\n\nour purchase order {purchase.number}{changed} is attached.\n{replaces}{due}"
        f"Please confirm it, and tell us at once what cannot be had.\n\n{name}\n"
    )
    return {
        "event": "purchase_order",
        "recipient": purchase.vendor.email if purchase.vendor is not None else "",
        "subject": f"Purchase order {purchase.number}{changed}",
        "body": body,
        "file_name": f"{purchase.number}{f'-r{revision}' if revision > 1 else ''}.pdf",
    }
