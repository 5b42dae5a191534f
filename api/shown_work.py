"""Jobs, tasks and shipments as programs see them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from api.values import Json, day, filled, moments, number, numbers, words
from models import Job, JobItem, Package, Shipment, ShipmentItem, Task
from workflow.engine.docket import item_label
from workflow.fields import Field
from workflow.grids import Cell

if TYPE_CHECKING:
    from api.order_reads import OrderParts


# ---------------------------------------------------------------- jobs


def job(row: Job, own: Mapping[str, Field], position: int | None) -> Json:
    """One job, without its work."""
    found = filled(row, own)
    found |= words(
        row, "number", "version", "stage", "on_hold", "firm", "fulfillment_type", "summary",
        "cancel_reason",
    )  # fmt: skip
    found |= moments(row, "released_at", "closed_at", "cancelled_at")
    return found | {
        "due_date": day(row.due_date),
        "pieces": number(row.pieces),
        "destination": position,
    }


def job_in_order(
    row: Job,
    parts: "OrderParts",
    own: Mapping[str, Field],
    positions: Mapping[int, int],
    *,
    with_money: bool,
) -> Json:
    """One job of an order with its departments' tasks and what was handed over."""
    found = job(row, own, positions.get(row.destination_id or 0))
    found["tasks"] = [task(t, row) for t in parts.tasks.get(row.id, ())]
    found["shipments"] = [
        shipment(s, with_money=with_money) for s in parts.shipments.get(row.id, ())
    ]
    return found


def job_item(row: JobItem) -> Json:
    """How many of one line and size travel with a job; its line must be loaded."""
    found = {"item": row.id, "line": row.line_id, "size": row.size}
    found["label"] = item_label(row.line, row.size)
    return found | numbers(
        row, "quantity", "short", "cancelled", "purchased", "received", "damaged", "wrong",
        "final_short",
    )  # fmt: skip


# ---------------------------------------------------------------- tasks


def task(row: Task, its_job: Job) -> Json:
    """One department's work; its department must be loaded."""
    found = words(
        row, "id", "version", "detail", "minutes", "waiting", "must_acknowledge", "closed_by",
        "changed_by",
    )  # fmt: skip
    found |= numbers(row, "quantity", "good", "rejected")
    found |= moments(row, "ready_at", "closed_at", "changed_at")
    department = row.department
    return found | {
        "department": department.slug,
        "department_name": department.name,
        "stage": department.stage,
        "work": department.work,
        "state": state(row, its_job),
        "due_date": day(row.due_date),
        "planned_date": day(row.planned_date),
    }


def state(row: Task, its_job: Job) -> str:
    """Where a task is, in one word."""
    if row.closed_at is not None:
        return str(row.outcome or "finished")
    if its_job.on_hold:
        return "held"
    return "ready" if row.ready_at is not None else "pending"


def task_in_list(row: Task) -> Json:
    """One department's work with its job and order, which must be loaded."""
    its_job, its_order = row.job, row.job.order
    return task(row, its_job) | {
        "job": its_job.number,
        "order": its_order.number,
        "customer_name": its_order.customer_name,
        "summary": its_job.summary,
        "in_hands_date": day(its_job.due_date),
        "firm": its_job.firm,
    }


def task_item(cell: Cell) -> Json:
    """One line and size as the task sees it."""
    found = words(cell, "item", "line", "label", "size", "reason")
    return found | numbers(
        cell, "todo", "good", "rejected", "left", "expected", "wrong", "final_short", "missing",
        "ready",
    )  # fmt: skip


# ---------------------------------------------------------------- shipments


def shipment(row: Shipment, *, with_money: bool) -> Json:
    """What was handed over to whom."""
    found = words(
        row, "id", "carrier", "service", "tracking_number", "tracking_url", "handed_to",
        "shipped_by",
    )  # fmt: skip
    found |= moments(row, "shipped_at", "voided_at")
    return found | (numbers(row, "cost") if with_money else {})


def with_parts(found: Json, items: Iterable[ShipmentItem], boxes: Iterable[Package]) -> Json:
    """A shipment with what is in it."""
    sizes = ("number", "weight_grams", "length_mm", "width_mm", "height_mm")
    return found | {
        "items": [{"item": i.item_id, "quantity": number(i.quantity)} for i in items],
        "boxes": [words(box, *sizes) for box in boxes],
    }
