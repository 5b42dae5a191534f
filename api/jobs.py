"""Jobs: what the departments see and move.  Listed, read, given another date, cancelled."""

from typing import Any

from peewee import JOIN

from api import shown_work
from api.kinds import fields_of, text
from api.operations import JOB_NUMBER, PAGED, Answer, Call, Operation, Parameter
from api.pages import page
from api.typed import Reading, word
from api.values import Json
from errors import NotFoundError
from models import (
    Department,
    Destination,
    Job,
    JobItem,
    Order,
    OrderLine,
    Package,
    Shipment,
    ShipmentItem,
    Task,
    transaction,
)
from sync.cells import day as read_day
from workflow import engine
from workflow.actors import Right
from workflow.fields import Level
from workflow.search import seen_by
from workflow.stages import Stage


def _jobs(call: Call) -> Any:
    query = (
        Job.select(Job, Order, Destination).join(Order).join_from(Job, Destination, JOIN.LEFT_OUTER)
    )
    seen = seen_by(call.actor)
    return query if seen is None else query.where(seen)


def _found(call: Call) -> Job:
    number = call.path["number"]
    job: Job | None = _jobs(call).where(Job.number == number).first()
    if job is None:
        raise NotFoundError(f"There is no job '{number}'. Look for it in the list of jobs.")
    return job


def _in_list(call: Call, job: Job) -> Json:
    own = fields_of(call.catalogue, Level.JOB, with_money=call.sees_money)
    place = job.destination.position if job.destination is not None else None
    return shown_work.job(job, own, place) | {"order": job.order.number}


def list_jobs(call: Call) -> Answer:
    """A page of jobs, newest first."""
    query, asked = _jobs(call), call.query
    if "stage" in asked:
        query = query.where(Job.stage == asked["stage"])
    if "order" in asked:
        query = query.where(Order.number == asked["order"])
    if "open" in asked:
        query = query.where(Job.closed_at.is_null(asked["open"]))
    return Answer(page(call, query, lambda job: _in_list(call, job)))


def get(call: Call) -> Answer:
    """One job with its items, tasks and shipments."""
    job = _found(call)
    tasks = Task.select(Task, Department).join(Department).where(Task.job == job)
    items = JobItem.select(JobItem, OrderLine).join(OrderLine).where(JobItem.job == job)
    found = _in_list(call, job)
    found["tasks"] = [
        shown_work.task(task, job) for task in tasks.order_by(Department.position, Task.id)
    ]
    found["items"] = [
        shown_work.job_item(item) for item in items.order_by(JobItem.position, JobItem.id)
    ]
    found["shipments"] = shipments_of(job, with_money=call.sees_money)
    return Answer(found)


def shipments_of(job: Job, *, with_money: bool) -> list[Json]:
    """What was handed over of a job, each with its items and boxes."""
    rows = list(Shipment.select().where(Shipment.job == job).order_by(Shipment.id))
    items: dict[int, list[ShipmentItem]] = {}
    boxes: dict[int, list[Package]] = {}
    if rows:
        inside: Any = ShipmentItem.select().where(ShipmentItem.shipment.in_(rows))
        for item in inside.order_by(ShipmentItem.id):
            items.setdefault(item.shipment_id, []).append(item)
        for box in Package.select().where(Package.shipment.in_(rows)).order_by(Package.number):
            boxes.setdefault(box.shipment_id, []).append(box)
    return [
        shown_work.with_parts(
            shown_work.shipment(row, with_money=with_money),
            items.get(row.id, []),
            boxes.get(row.id, []),
        )
        for row in rows
    ]


def change(call: Call) -> Answer:
    """Give a job another date, or fill in the shop's own fields."""
    job, body = _found(call), call.body
    reading = Reading(call.catalogue, call.actor)
    values = reading.fields(Level.JOB, body, ())
    reading.stop_if_wrong()
    due = job.due_date
    if "due_date" in body:
        due = read_day(body["due_date"]) if body["due_date"] else None
    firm = bool(body.get("firm", job.firm))
    with transaction():
        if values:
            engine.change_job(job.id, values, call.actor)
        if (due, firm) != (job.due_date, job.firm):
            engine.change_job_date(
                job.id, due, firm=firm, actor=call.actor, reason=word(body.get("reason"))
            )
    return get(call)


def cancel(call: Call) -> Answer:
    """Cancel one job."""
    engine.cancel_job(_found(call).id, word(call.body["reason"]), call.actor)
    return get(call)


OPERATIONS = (
    Operation(
        "GET", "/jobs", "listJobs", "Jobs", "List jobs, newest first", list_jobs,
        Right.SEE_ORDERS, "JobPage",
        parameters=(
            Parameter("stage", {"type": "string", "enum": [str(s) for s in Stage]}, "Where."),
            Parameter("order", text(20), "Number of their order."),
            Parameter("open", {"type": "boolean"}, "`true`: neither done nor cancelled."),
            *PAGED,
        ),
    ),
    Operation(
        "GET", "/jobs/{number}", "getJob", "Jobs", "One job with its items, tasks and shipments",
        get, Right.SEE_ORDERS, "Job", parameters=(JOB_NUMBER,),
    ),
    Operation(
        "PATCH", "/jobs/{number}", "changeJob", "Jobs",
        "Give a job another date, or fill in the shop's own fields", change, Right.CHANGE_ORDERS,
        "Job", "JobChange", parameters=(JOB_NUMBER,), refusals=(409,), level=Level.JOB,
        description="A new date moves the due dates of its departments, and they have to read it.",
    ),
    Operation(
        "POST", "/jobs/{number}/cancel", "cancelJob", "Jobs", "Cancel one job of an order", cancel,
        Right.CANCEL, "Job", "ReasonIn", parameters=(JOB_NUMBER,), refusals=(409,),
    ),
)  # fmt: skip
