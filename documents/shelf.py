"""Where papers are made, kept and found again: facts of ``workflow``, the press, and the shelf."""

from collections.abc import Callable, Sequence
from typing import Any

from documents import kinds, press
from errors import BlockedError, NotFoundError
from models import Job, Order, Paper, PurchaseOrder, Shipment
from workflow import invoices, paper_money, papers, shop, slips, travelers
from workflow.actors import Actor
from workflow.paper_facts import Sheet
from workflow.papers import Finished, Page

#: Kinds that show money.
WITH_MONEY = tuple(kind.name for kind in kinds.KINDS.values() if kind.money)
_OF_JOB: dict[str, Callable[[Job], Sheet]] = {
    "traveler": travelers.traveler,
    "pick_list": travelers.pick_list,
}
_OF_ORDER: dict[str, Callable[[Order], Sheet]] = {
    "confirmation": paper_money.confirmation,
    "invoice": invoices.invoice,
}


def make(sheet: Sheet, actor: Actor) -> Paper:
    """The paper of a sheet: the one that says the same already, or a new one.

    Raises:
        PageError: the shop's page is broken.
        PressError: what makes papers is not installed.
    """
    page, size = page_of(sheet.kind), size_of(sheet.kind)
    shows = sheet.shows(f"{page.version}:{size}")
    there = papers.known(sheet, shows)
    if there is not None:
        return there
    made = press.make(sheet.kind, (page.html, page.css), size, sheet.facts)
    return papers.keep(sheet, shows, Finished(made.pdf, size, made.sheets), actor)


def page_of(kind: str) -> Page:
    """The page in force of a kind of paper."""
    return papers.page_of(kind, kinds.ours(kind))


def size_of(kind: str) -> str:
    """On what the shop prints a kind of paper."""
    return kinds.KINDS[kind].size(str(shop.setting("paper_size")))


def sheets_of_job(kind: str, job: Job, department: str = "") -> Sequence[Sheet]:
    """What a job's paper says; labels and slips are of its newest hand-over.

    Raises:
        BlockedError: nothing was handed over yet.
        NotFoundError: a job has no such paper.
    """
    if kind == "traveler":
        return [travelers.traveler(job, department)]
    if kind in _OF_JOB:
        return [_OF_JOB[kind](job)]
    if kind not in ("packing_slip", "carton_label", "label"):
        raise NotFoundError(f"A job has no paper of the kind '{kind}'.")
    shipment = slips.newest_shipment(job)
    if shipment is None:
        named = kinds.label_of(kind)
        raise BlockedError(
            f"{named} of {job.number} cannot be made", ["nothing is handed over yet"]
        )
    return sheets_of_shipment(kind, shipment)


def sheets_of_shipment(kind: str, shipment: Shipment) -> Sequence[Sheet]:
    """What the papers of a hand-over say: one slip, its invoice, or a label for each box."""
    if kind == "invoice":
        return [invoices.invoice_of(shipment)]
    if kind == "packing_slip":
        return [slips.packing_slip(shipment)]
    return slips.boxes(shipment, kind)


def sheet_of_order(kind: str, order: Order) -> Sheet:
    """What an order's paper says.

    Raises:
        NotFoundError: an order has no such paper.
    """
    if kind not in _OF_ORDER:
        raise NotFoundError(f"An order has no paper of the kind '{kind}'.")
    return _OF_ORDER[kind](order)


def sheet_of_purchase(purchase: PurchaseOrder, revision: int) -> Sheet:
    """What a vendor gets."""
    return paper_money.purchase_order(purchase, revision)


def example(kind: str) -> Sheet:
    """What a paper would say of the newest order that has one, for the preview of its page.

    Raises:
        NotFoundError: the shop has nothing to show yet.
    """
    about = kinds.KINDS[kind].about
    row: Any
    if about == "job":
        row = Job.select(Job, Order).join(Order).order_by(Job.id.desc()).first()
        return _or_nothing(row, lambda: sheets_of_job(kind, row)[0])
    if about == "order":
        row = Order.select().where(Order.subtotal > 0).order_by(Order.id.desc()).first()
        return _or_nothing(row, lambda: sheet_of_order(kind, row))
    if about == "purchase_order":
        row = PurchaseOrder.select().order_by(PurchaseOrder.id.desc()).first()
        return _or_nothing(row, lambda: sheet_of_purchase(row, 1))
    row = Shipment.select(Shipment, Job, Order).join(Job).join(Order)
    row = row.order_by(Shipment.id.desc()).first()
    return _or_nothing(row, lambda: sheets_of_shipment(kind, row)[0])


def _or_nothing(row: Any, sheet: Callable[[], Sheet]) -> Sheet:
    if row is None:
        raise NotFoundError("There is no order in the shop yet that this paper could be about.")
    return sheet()
