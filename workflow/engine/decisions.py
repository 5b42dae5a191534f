"""Pieces that are missing for good: buy again, ship short, ask the customer, cancel the rest."""

from decimal import Decimal

from errors import BlockedError, InvalidError
from models import Decision, JobItem, Task, transaction
from workflow.actors import Actor, Right
from workflow.engine import stops
from workflow.engine.docket import (
    Docket,
    cancelled,
    event,
    item_fact,
    item_label,
    load_task,
    settle,
    work_of,
)
from workflow.engine.reports import ZERO
from workflow.engine.work import bump, open_again, require_open
from workflow.quantities import Done, show, to_decide
from workflow.stages import DecisionKind, Work


def decide(
    task_id: int,
    item_id: int,
    kind: DecisionKind,
    quantity: Decimal,
    actor: Actor,
    note: str = "",
) -> Decision:
    """Say what happens to pieces that a department will not have.

    Raises:
        BlockedError: so many are not missing.
        ForbiddenError: the actor may not decide.
    """
    actor.require(Right.DECIDE)
    with transaction():
        docket, task = load_task(task_id)
        require_open(task, None)
        item = next((i for i in docket.covered(task) if i.id == item_id), None)
        if item is None:
            raise InvalidError({"item": f"item {item_id} is not on {task.department.name}'s list"})
        _require_missing(docket, task, item, quantity)
        stops.end_question(docket, item, actor)
        decision = Decision.create(
            item=item, task=task, kind=kind.value, quantity=quantity, note=note[:255], by=actor.name
        )
        _carry_out(docket, task, item, decision, actor)
        label = item_label(item.line, item.size)
        text = f"{show(quantity)} {label} missing at {task.department.name}: "
        text += kind.value.replace("_", " ") + (f" ({note})" if note else "")
        docket.events.append(event(docket.order, actor, "decided", text, about=task))
        bump(docket, task, actor)
        settle(docket.order, [docket], actor)
    return decision


def _require_missing(docket: Docket, task: Task, item: JobItem, quantity: Decimal) -> None:
    fact = item_fact(item, buying=docket.buying())
    done = docket.done(task).get(item.id, Done())
    most = to_decide(work_of(task), fact, done, docket.tolerance())
    if not ZERO < quantity <= most:
        raise BlockedError(
            f"Nothing to decide about {show(quantity)} {fact.label}", [f"{show(most)} are missing"]
        )


def _carry_out(docket: Docket, task: Task, item: JobItem, decision: Decision, actor: Actor) -> None:
    kind = DecisionKind(decision.kind)
    if kind is DecisionKind.SHIP_SHORT:
        item.short += decision.quantity
    elif kind is DecisionKind.CANCEL_REST:
        item.cancelled += decision.quantity
    elif kind is DecisionKind.ASK_CUSTOMER:
        stops.ask_customer(docket, item, decision.quantity, actor)
    else:
        if work_of(task) not in {Work.RECEIVING, Work.PURCHASING}:
            item.remake += decision.quantity
        _buy_again(docket, actor)
    if item.dirty_fields:
        item.save()


def _buy_again(docket: Docket, actor: Actor) -> None:
    """Pieces are needed anew: purchasing and receiving of the job are open again."""
    for task in docket.tasks:
        buys = work_of(task) in {Work.PURCHASING, Work.RECEIVING}
        if buys and task.closed_at is not None and not cancelled(task):
            open_again(docket, task, actor, "to buy again")
