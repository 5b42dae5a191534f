"""What was bought, what arrived and what was sent: read here, written by the departments' work."""

from typing import Any, ClassVar

from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin.views import ShopView
from models import (
    Job,
    JobItem,
    Order,
    OrderEvent,
    OrderLine,
    Paper,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Shipment,
    Vendor,
)
from workflow.actors import Right
from workflow.engine.purchases import why_not_sent


class PurchaseOrderView(ShopView):
    """What was ordered from vendors; only the expected day and the notes are typed here."""

    rights: ClassVar = {"see": Right.PURCHASING, "edit": Right.PURCHASING}
    related: ClassVar = (PurchaseOrder.vendor,)
    creates = False
    details_template = "pages/purchasing/order.html"
    form_columns = ("expected_on", "notes")
    column_list = (
        "number",
        "vendor",
        "ordered_at",
        "ordered_by",
        "expected_on",
        "sent_at",
        "notes",
    )
    column_export_list = column_list
    column_searchable_list = ("number", "notes", Vendor.name)
    column_default_sort = ("id", True)
    column_filters = ("number", Vendor.name, "ordered_at", "expected_on", "sent_at")
    column_labels: ClassVar = {"sent_at": "Sent"}

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """A purchase order with its lines."""
        self._template_args["lines_of"] = _lines_of
        self._template_args["papers_of"] = _papers_of
        self._template_args["why_not_sent"] = why_not_sent
        return super().details_view()


def _lines_of(purchase_order: PurchaseOrder) -> list[Any]:
    return list(
        PurchaseLine.select(PurchaseLine, JobItem, Job, OrderLine)
        .join_from(PurchaseLine, JobItem)
        .join_from(JobItem, Job)
        .join_from(JobItem, OrderLine)
        .where(PurchaseLine.purchase_order == purchase_order)
        .order_by(PurchaseLine.id)
        .limit(1_000)
    )


def _papers_of(purchase_order: PurchaseOrder) -> list[Paper]:
    found = Paper.select().where(Paper.purchase_order == purchase_order)
    return list(found.order_by(Paper.id.desc()).limit(50))


class ReceiptView(ShopView):
    """What arrived, as it was counted at the door."""

    rights: ClassVar = {"see": Right.PURCHASING}
    related: ClassVar = (Receipt.item, JobItem.job, JobItem.line)
    creates = edits = False
    column_list = (
        "at", "item.job.number", "item.line.description", "item.size", "received", "damaged",
        "wrong", "final_short", "reason", "by",
    )  # fmt: skip
    column_details_list = column_export_list = column_list
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_searchable_list = (Job.number, OrderLine.description)
    column_filters = (Job.number, "at", "by", "reason", "damaged", "wrong", "final_short")
    column_labels: ClassVar = {
        "at": "When",
        "by": "Counted by",
        "item.job.number": "Job",
        "item.line.description": "What",
        "item.size": "Size",
        "final_short": "Will not come",
    }


class ShipmentView(ShopView):
    """What was handed over, to whom and how."""

    rights: ClassVar = {"see": Right.SEE_ORDERS}
    related: ClassVar = (Shipment.job, Job.order)
    creates = edits = False
    column_list = (
        "shipped_at", "job.number", "job.order.customer_name", "carrier", "service",
        "tracking_number", "handed_to", "cost", "shipped_by", "voided_at",
    )  # fmt: skip
    column_details_list = column_export_list = column_list
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_searchable_list = ("tracking_number", Job.number, Order.customer_name)
    column_filters = (
        Job.number, Order.customer_name, "carrier", "tracking_number", "shipped_at", "cost",
        "voided_at",
    )  # fmt: skip
    column_labels: ClassVar = {
        "job.number": "Job",
        "job.order.customer_name": "Customer",
        "voided_at": "Taken back",
    }


class EventView(ShopView):
    """Everything that happened, newest first; nothing here is ever changed."""

    rights: ClassVar = {"see": Right.SEE_MONEY}  # texts tell of prices
    related: ClassVar = (OrderEvent.order, OrderEvent.job)
    creates = edits = False
    column_list = ("at", "order.number", "job.number", "actor", "kind", "text")
    column_details_list = (*column_list, "before", "after")
    column_export_list = column_list
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_searchable_list = (Order.number,)
    column_filters = (Order.number, "actor", "kind", "at", "text")
    column_labels: ClassVar = {
        "at": "When",
        "order.number": "Order",
        "job.number": "Job",
        "actor": "Who",
        "text": "What",
    }
