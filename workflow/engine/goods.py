"""What purchasing orders and receiving counts: purchase orders, receipts, totals per item."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from errors import InvalidError
from models import JobItem, PurchaseLine, PurchaseOrder, Receipt, Task, Vendor
from workflow.actors import Actor
from workflow.engine import purchases
from workflow.engine.docket import save_all
from workflow.engine.orders import next_number
from workflow.engine.reports import ItemWork, Report


def order_goods(
    items: Mapping[int, JobItem], changed: Sequence[ItemWork], report: Report, actor: Actor
) -> None:
    """What was ordered now becomes lines of a purchase order; a lower total shortens them."""
    more = [w for w in changed if w.good > items[w.item_id].purchased]
    for work in changed:
        if work.good < items[work.item_id].purchased:
            _take_back(items[work.item_id], items[work.item_id].purchased - work.good)
    if more:
        purchase = _purchase_order(report, actor)
        PurchaseLine.insert_many(
            [
                {
                    "purchase_order": purchase.id,
                    "item": work.item_id,
                    "quantity": work.good - items[work.item_id].purchased,
                }
                for work in more
            ]
        ).execute()
    for work in changed:
        items[work.item_id].purchased = work.good
    save_all([items[work.item_id] for work in changed])


def _purchase_order(report: Report, actor: Actor) -> PurchaseOrder:
    """Today's purchase order of the vendor that was not sent yet, or a new one."""
    if report.vendor_id is not None:
        waiting: PurchaseOrder | None = (
            PurchaseOrder.select()
            .where((PurchaseOrder.vendor == report.vendor_id) & PurchaseOrder.sent_at.is_null())
            .order_by(PurchaseOrder.id.desc())
            .first()
        )
        if waiting is not None:
            return waiting
        if Vendor.get_or_none(Vendor.id == report.vendor_id) is None:
            raise InvalidError({"vendor": f"there is no vendor {report.vendor_id}"})
    return PurchaseOrder.create(
        number=f"PO-{next_number('purchase_order', 1001)}",
        vendor=report.vendor_id,
        ordered_by=actor.name,
        expected_on=report.expected_on,
    )


def _take_back(item: JobItem, quantity: Decimal) -> None:
    lines = (
        PurchaseLine.select(PurchaseLine, PurchaseOrder)
        .join(PurchaseOrder)
        .where(PurchaseLine.item == item)
        .order_by(PurchaseLine.id.desc())
    )
    for line in lines:
        take = min(line.quantity, quantity)
        if take and line.purchase_order.sent_at is not None:
            purchases.ask_for_revision(line.purchase_order)
        quantity -= take
        if take == line.quantity:
            line.delete_instance()
        elif take:
            line.quantity -= take
            line.save()


def receive_goods(
    task: Task, items: Mapping[int, JobItem], changed: Sequence[ItemWork], actor: Actor
) -> None:
    """What was counted now becomes receipts; the items keep the totals."""
    receipts = []
    for work in changed:
        item = items[work.item_id]
        receipts.append(
            {
                "item": item.id,
                "task": task.id,
                "received": work.good - item.received,
                "damaged": work.rejected - item.damaged,
                "wrong": work.wrong - item.wrong,
                "final_short": work.final_short - item.final_short,
                "reason": work.reason,
                "by": actor.name,
            }
        )
        item.received, item.damaged = work.good, work.rejected
        item.wrong, item.final_short = work.wrong, work.final_short
    Receipt.insert_many(receipts).execute()
    save_all([items[work.item_id] for work in changed])
