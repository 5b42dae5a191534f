"""Tasks: each department's work on a job.  Figures are totals as they stand now."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import auth
from api import jobs, shown_work
from api.kinds import text
from api.operations import DONE, PAGED, Answer, Call, Operation, Parameter, path_id
from api.pages import page
from api.refusals import ContentError, pointer
from api.typed import exact, word
from api.values import Json
from api.work_schemas import TASK_STATES
from errors import ForbiddenError, NotFoundError
from models import Department, Job, Order, Shipment, Task
from sync.cells import day as read_day
from workflow import engine, handling, ticket
from workflow.actors import Right
from workflow.engine import Box, Handover, ItemWork, Report
from workflow.grids import Cell
from workflow.quantities import show
from workflow.stages import DecisionKind
from workflow.ticket import Ticket

_TASK_ID = path_id("id", "The task's id.")
_FACTS = ("boxes", "weights", "note")


# ---------------------------------------------------------------- read


def list_tasks(call: Call) -> Answer:
    """A page of tasks, newest first."""
    query = (
        Task.select(Task, Department, Job, Order)
        .join_from(Task, Department)
        .join_from(Task, Job)
        .join(Order)
    )
    asked, seen = call.query, auth.departments_seen(call.actor)
    if seen is not None:
        query = query.where(Task.department.in_(sorted(seen)))
    if "department" in asked:
        query = query.where(Department.slug == asked["department"])
    if "order" in asked:
        query = query.where(Order.number == asked["order"])
    if "state" in asked:
        query = query.where(_STATES[asked["state"]])
    return Answer(page(call, query, shown_work.task_in_list))


_OPEN = Task.closed_at.is_null()
_STATES: dict[str, Any] = {
    "open": _OPEN,
    "pending": _OPEN & Task.ready_at.is_null() & ~Job.on_hold,
    "ready": _OPEN & Task.ready_at.is_null(False) & ~Job.on_hold,
    "held": _OPEN & Job.on_hold,
    "finished": Task.outcome == "finished",
    "cancelled": Task.outcome == "cancelled",
}


def get(call: Call) -> Answer:
    """One task with its figures, what is missing, and why it cannot be completed."""
    found = _ticket(call)
    task, job = found.task, found.job
    task.job = job
    body = shown_work.task_in_list(task)
    body["items"] = [shown_work.task_item(cell) for cell in found.cells]
    body["reasons"] = list(found.reasons)
    body["facts"] = {name: str(value) for name, value in (task.facts or {}).items()}
    body["shipments"] = jobs.shipments_of(job, with_money=call.sees_money)
    return Answer(body)


def _ticket(call: Call) -> Ticket:
    return ticket.read(call.path["id"], auth.departments_seen(call.actor))


# ---------------------------------------------------------------- record, complete


def _after(call: Call) -> Answer:
    return DONE if call.brief else get(call)


def record(call: Call) -> Answer:
    """Save a department's figures."""
    engine.record(call.path["id"], _report(call), call.actor)
    return _after(call)


def complete(call: Call) -> Answer:
    """Tick off a department's work, saving its last figures first."""
    whole = call.body == {"everything": True}
    report = Report(everything=True) if whole else _report(call) if call.body else None
    engine.finish_task(call.path["id"], call.actor, report)
    return _after(call)


def _report(call: Call) -> Report:
    body, found = call.body, _ticket(call)
    items = _checked(body.get("items", ()), found, ("good", "rejected", "wrong", "final_short"))
    expected = body.get("expected_on")
    facts: dict[str, Any] = {name: word(body[name]) for name in _FACTS if name in body}
    return Report(
        items=tuple(_item(raw) for raw in items),
        version=body.get("version"),
        everything=body.get("everything", False),
        facts=facts,
        vendor_id=_vendor(word(body["vendor"])) if body.get("vendor") else None,
        expected_on=read_day(expected) if expected else None,
    )


def _item(raw: Mapping[str, Any]) -> ItemWork:
    return ItemWork(
        raw["item"],
        exact(raw["good"]),
        exact(raw.get("rejected", 0)),
        word(raw.get("reason")),
        exact(raw.get("wrong", 0)),
        exact(raw.get("final_short", 0)),
    )


def _checked(
    rows: Iterable[Mapping[str, Any]], found: Ticket, figures: tuple[str, ...]
) -> list[Mapping[str, Any]]:
    """Rows of items, each of this task, named once, in whole pieces where it is counted.

    Raises:
        ContentError: names every one that is not.
    """
    cells = {cell.item: cell for cell in found.cells}
    errors: list[tuple[str, str]] = []
    kept: dict[int, Mapping[str, Any]] = {}
    for n, raw in enumerate(rows):
        cell = cells.get(raw["item"])
        if cell is None:
            text = f"item {raw['item']} is not on {found.task.department.name}'s list"
            errors.append((pointer("items", n, "item"), text))
        elif raw["item"] in kept:
            text = f"item {raw['item']} is named twice"
            errors.append((pointer("items", n, "item"), text))
        else:
            kept[raw["item"]] = raw
            errors += _broken(raw, cell, n, figures)
    if errors:
        raise ContentError(errors)
    return list(kept.values())


def _broken(
    raw: Mapping[str, Any], cell: Cell, n: int, figures: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    for name in figures:
        figure = exact(raw.get(name, 0))
        if cell.whole and figure % 1:
            text = f"{cell.label}: {show(figure)} is not a whole number of pieces"
            yield pointer("items", n, name), text


def _vendor(named: str) -> int:
    vendor = handling.vendor_named(named)
    if vendor is None:
        raise ContentError([("/vendor", f"there is no vendor '{named}'; send a code or name")])
    return vendor.id


# ---------------------------------------------------------------- the other actions


def reopen(call: Call) -> Answer:
    """Take back that a department finished."""
    engine.reopen_task(_ticket(call).task.id, call.actor)
    return _after(call)


def decide(call: Call) -> Answer:
    """Say what happens to pieces that are missing for good."""
    body = call.body
    _checked([body], _ticket(call), ("quantity",))
    engine.decide(
        call.path["id"], body["item"], DecisionKind(body["kind"]), exact(body["quantity"]),
        call.actor, word(body.get("note")),
    )  # fmt: skip
    return _after(call)


def plan(call: Call) -> Answer:
    """Put a task on another day of the calendar."""
    day = read_day(call.body["day"]) if call.body["day"] else None
    engine.plan_task(_ticket(call).task.id, day, call.actor)
    return _after(call)


def acknowledge(call: Call) -> Answer:
    """Say that the department has read the change of the order."""
    engine.acknowledge_change(_ticket(call).task.id, call.actor)
    return _after(call)


# ---------------------------------------------------------------- shipments


def ship(call: Call) -> Answer:
    """Record that goods left."""
    body = call.body
    if "cost" in body and not call.sees_money:
        raise ForbiddenError(
            f"{call.actor.name} may not see prices and totals, so it may not send cost. Leave it "
            "out, or ask an owner for that right."
        )
    handover = Handover(
        items=_leaving(call) if "items" in body else None,
        carrier=word(body.get("carrier")),
        service=word(body.get("service")),
        tracking_number=word(body.get("tracking_number")),
        tracking_url=word(body.get("tracking_url")),
        handed_to=word(body.get("handed_to")),
        cost=_cost(body),
        boxes=tuple(Box(**box) for box in body.get("boxes", ())),
        version=body.get("version"),
        complete=body.get("complete", False),
    )
    made = engine.record_shipment(call.path["id"], handover, call.actor)
    return DONE if call.brief else Answer(_shipment(made, call), 201)


def _leaving(call: Call) -> tuple[tuple[int, Decimal], ...]:
    items = _checked(call.body["items"], _ticket(call), ("quantity",))
    return tuple((raw["item"], exact(raw["quantity"])) for raw in items)


def _cost(body: Mapping[str, Any]) -> Decimal | None:
    return None if body.get("cost") is None else exact(body["cost"])


def void(call: Call) -> Answer:
    """Take a shipment back: its pieces count as not handed over again."""
    query = Shipment.select(Shipment, Job).join(Job).where(Shipment.id == call.path["id"])
    found = query.first()
    if found is None:
        raise NotFoundError(f"There is no shipment {call.path['id']}. Read the job again.")
    engine.void_shipment(found.id, call.actor)
    return Answer(_shipment(found, call))


def _shipment(row: Shipment, call: Call) -> Json:
    shown = jobs.shipments_of(row.job, with_money=call.sees_money)
    return next(found for found in shown if found["id"] == row.id)


_STATE_WORDS = "`open` is pending, ready or held."
OPERATIONS = (
    Operation(
        "GET", "/tasks", "listTasks", "Tasks", "List departments' tasks, newest first", list_tasks,
        Right.SEE_ORDERS, "TaskPage",
        parameters=(
            Parameter("department", text(80), "Slug of the department: its queue."),
            Parameter("order", text(20), "Number of their order."),
            Parameter(
                "state", {"type": "string", "enum": ["open", *TASK_STATES]}, _STATE_WORDS
            ),
            *PAGED,
        ),
    ),
    Operation(
        "GET", "/tasks/{id}", "getTask", "Tasks", "One task with its figures", get,
        Right.SEE_ORDERS, "Task", parameters=(_TASK_ID,),
    ),
    Operation(
        "PUT", "/tasks/{id}/quantities", "recordQuantities", "Tasks",
        "Record what a department has done", record, Right.WORK, "Task", "QuantitiesIn",
        parameters=(_TASK_ID,), refusals=(409,), brief=True,
        description="Totals, as they stand now: the same request twice changes nothing. Items "
        "that are left out stay as they are. With `version`, figures that somebody saved since "
        "are never overwritten.",
    ),
    Operation(
        "POST", "/tasks/{id}/complete", "completeTask", "Tasks", "Complete a task", complete,
        Right.WORK, "Task", "CompleteIn", parameters=(_TASK_ID,), refusals=(409,), brief=True,
        body_optional=True,
        description="Last figures may come along; they are kept only if the task completes. With "
        "`everything`, all that was asked for and is not named is done.",
    ),
    Operation(
        "POST", "/tasks/{id}/reopen", "reopenTask", "Tasks", "Take a completion back", reopen,
        Right.WORK, "Task", parameters=(_TASK_ID,), refusals=(409,), brief=True,
    ),
    Operation(
        "POST", "/tasks/{id}/decide", "decide", "Tasks",
        "Decide about pieces that are missing for good", decide, Right.DECIDE, "Task",
        "DecisionIn", parameters=(_TASK_ID,), refusals=(409,), brief=True,
    ),
    Operation(
        "PUT", "/tasks/{id}/plan", "planTask", "Tasks", "Put a task on another day", plan,
        Right.PLAN, "Task", "PlanIn", parameters=(_TASK_ID,), refusals=(409,), brief=True,
    ),
    Operation(
        "POST", "/tasks/{id}/acknowledge", "acknowledgeChange", "Tasks",
        "Say that a change order has been read", acknowledge, Right.WORK, "Task",
        parameters=(_TASK_ID,), refusals=(409,), brief=True,
    ),
    Operation(
        "POST", "/tasks/{id}/shipments", "recordShipment", "Shipments",
        "Record that goods left", ship, Right.WORK, "Shipment", "ShipmentIn", 201,
        parameters=(_TASK_ID,), refusals=(409,), keyed=True, brief=True,
        description="With `complete` the hand-over is completed too; where pieces are left, "
        "nothing is recorded.",
    ),
    Operation(
        "POST", "/shipments/{id}/void", "voidShipment", "Shipments", "Take a shipment back", void,
        Right.WORK, "Shipment", parameters=(path_id("id", "The shipment's id."),),
        refusals=(409,),
    ),
)  # fmt: skip
