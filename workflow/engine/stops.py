"""Standing still: holds with reason, owner and next action; cancelling orders, jobs and lines."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import clock
from errors import BlockedError, InvalidError, StaleError
from models import Decision, Hold, Job, JobItem, Order, OrderLine, transaction
from workflow.actors import Actor, Right
from workflow.engine import endings, revise, rows
from workflow.engine.docket import (
    Docket,
    dockets,
    event,
    item_label,
    load_job,
    lock_order,
    settle,
    work_of,
    write_events,
)
from workflow.quantities import show
from workflow.stages import HOLD_REASONS, Work


@dataclass(frozen=True)
class HoldWords:
    """What a hold says: a code of ``stages.HOLD_REASONS``, who must act, and what is next."""

    reason_code: str
    owner: str
    next_action: str = ""
    note: str = ""


def hold(order_id: int, words: HoldWords, actor: Actor, *, job_id: int | None = None) -> Hold:
    """Stop an order, or one of its jobs, in all queues.

    Raises:
        InvalidError: the reason is unknown, or nobody owns the hold.
        BlockedError: the order or job is closed.
    """
    actor.require(Right.HOLD)
    problems = {}
    if words.reason_code not in HOLD_REASONS:
        problems["reason_code"] = f"'{words.reason_code}' is not one of {', '.join(HOLD_REASONS)}"
    if not words.owner.strip():
        problems["owner"] = "say who must act"
    if problems:
        raise InvalidError(problems)
    with transaction():
        order = lock_order(order_id)
        found = dockets(order)
        job = _job_of(found, job_id)
        closed = job.closed_at if job is not None else order.closed_at
        if closed is not None:
            raise BlockedError(f"{job or order} cannot be put on hold", ["it is closed"])
        placed = _place(order, job, actor, words)
        _mark_held(order, found)
        _tell(order, found, actor, "held", f"{job or order} on hold: {_hold_words(placed)}")
    return placed


def _place(order: Order, job: Job | None, actor: Actor, words: HoldWords) -> Hold:
    return Hold.create(
        order=order,
        job=job,
        reason_code=words.reason_code,
        owner=words.owner.strip()[:120],
        next_action=words.next_action[:255],
        note=words.note[:255],
        placed_by=actor.name,
    )


def _hold_words(placed: Hold) -> str:
    words = f"{HOLD_REASONS[placed.reason_code]}, {placed.owner} must act"
    return f"{words}: {placed.next_action}" if placed.next_action else words


def _job_of(found: list[Docket], job_id: int | None) -> Job | None:
    if job_id is None:
        return None
    docket = next((d for d in found if d.job.id == job_id), None)
    if docket is None:
        raise InvalidError({"job": f"job {job_id} is not of this order"})
    return docket.job


def _mark_held(order: Order, found: list[Docket]) -> None:
    holds = list(Hold.select().where((Hold.order == order) & Hold.ended_at.is_null()))
    order.on_hold = any(h.job_id is None for h in holds)
    held = {h.job_id for h in holds}
    for job in (docket.job for docket in found):  # what is done has nothing to be held up
        job.on_hold = job.closed_at is None and (order.on_hold or job.id in held)


def _tell(order: Order, found: list[Docket], actor: Actor, kind: str, text: str) -> None:
    settle(order, found, actor)
    write_events([event(order, actor, kind, text)])


def end_hold(hold_id: int, actor: Actor) -> Hold:
    """Take a hold off; work goes on where no other hold stands.

    Raises:
        StaleError: it was taken off already.
    """
    actor.require(Right.HOLD)
    with transaction():
        placed = Hold.get_by_id(hold_id)
        order = lock_order(placed.order_id)
        changed = (
            Hold.update(ended_at=clock.now(), ended_by=actor.name)
            .where((Hold.id == hold_id) & Hold.ended_at.is_null())
            .execute()
        )
        if not changed:
            raise StaleError(
                f"The hold was taken off by {Hold.get_by_id(hold_id).ended_by} already."
            )
        found = dockets(order)
        _mark_held(order, found)
        _tell(order, found, actor, "hold_ended", f"hold ended: {HOLD_REASONS[placed.reason_code]}")
    return placed


def ask_customer(docket: Docket, item: JobItem, quantity: Decimal, actor: Actor) -> None:
    """Hold the job until the customer says what to do about missing pieces."""
    label = item_label(item.line, item.size)
    manager = docket.order.account_manager
    owner = manager.name if manager is not None else actor.name
    words = HoldWords("short", owner, f"ask about {show(quantity)} {label}")
    _place(docket.order, docket.job, actor, words)
    docket.job.on_hold = True


def end_question(docket: Docket, item: JobItem, actor: Actor) -> None:
    """The answer came: the question is settled and its hold ends."""
    asked = list(
        Decision.select().where(
            (Decision.item == item)
            & (Decision.kind == "ask_customer")
            & Decision.settled_at.is_null()
        )
    )
    for question in asked:
        question.settled_at = clock.now()
        question.save()
    if asked:
        Hold.update(ended_at=clock.now(), ended_by=actor.name).where(
            (Hold.job == docket.job) & (Hold.reason_code == "short") & Hold.ended_at.is_null()
        ).execute()
        _mark_held(docket.order, [docket])


# ---------------------------------------------------------------- cancelling


def cancel_order(order_id: int, reason: str, actor: Actor) -> Order:
    """Cancel an order with all its jobs.

    Raises:
        InvalidError: no reason is given.
        BlockedError: it is closed, or a part of it was handed over.
    """
    actor.require(Right.CANCEL)
    _require_reason(reason)
    with transaction():
        order = lock_order(order_id)
        if order.closed_at is not None:
            raise BlockedError(f"{order.number} cannot be cancelled", ["it is closed already"])
        found = dockets(order)
        gone = [reason for docket in found for reason in _handed_over(docket)]
        if gone:
            raise BlockedError(f"{order.number} cannot be cancelled", gone)
        for docket in found:
            if docket.job.closed_at is None:
                endings.stop_job(docket, reason, actor)
        order.cancelled_at = order.closed_at = clock.now()
        order.cancel_reason = reason[:200]
        endings.end_holds(order.id, None, actor)
        order.on_hold = False
        _tell(order, found, actor, "cancelled", f"{order.number} cancelled: {reason}")
    return order


def cancel_job(job_id: int, reason: str, actor: Actor) -> Job:
    """Cancel one job; when it was the last open one, the order is done or cancelled with it.

    Raises:
        InvalidError: no reason is given.
        BlockedError: it is closed, or a part of it was handed over.
    """
    actor.require(Right.CANCEL)
    _require_reason(reason)
    with transaction():
        docket = load_job(job_id)
        if docket.job.closed_at is not None:
            raise BlockedError(f"{docket.job.number} cannot be cancelled", ["it is closed already"])
        gone = _handed_over(docket)
        if gone:
            raise BlockedError(f"{docket.job.number} cannot be cancelled", gone)
        order = docket.order
        endings.stop_job(docket, reason, actor)
        endings.end_holds(order.id, job_id, actor)
        others = Job.select().where((Job.order == order) & (Job.id != job_id))
        endings.end_order(order, [docket.job, *others], reason, actor)
        text = f"{docket.job.number} cancelled: {reason}"
        docket.events.append(event(order, actor, "cancelled", text, about=docket.job))
        settle(order, [docket], actor)
    return docket.job


def cancel_line(line_id: int, reason: str, actor: Actor) -> OrderLine:
    """Cancel one line; departments stop making it.

    Raises:
        InvalidError: no reason is given.
        BlockedError: it is cancelled, or pieces of it were handed over.
    """
    actor.require(Right.CANCEL)
    _require_reason(reason)
    with transaction():
        line = OrderLine.get_by_id(line_id)
        order = lock_order(line.order_id)
        line = OrderLine.get_by_id(line_id)
        if line.cancelled_at is not None or order.closed_at is not None:
            raise BlockedError(f"Line {line.number} cannot be cancelled", ["it is closed already"])
        found = dockets(order)
        differences: list[dict[str, Any]] = revise.take_off_line(line, reason, found)
        endings.drop_empty(order, found, reason, actor)
        rows.refresh(order)
        revise.announce(order, differences, actor, found)
    return line


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidError({"reason": "say why it is cancelled"})


def _handed_over(docket: Docket) -> list[str]:
    return [
        f"{show(task.good)} pieces of {docket.job.number} were handed over already"
        for task in docket.tasks
        if work_of(task) is Work.HANDOVER and task.good > 0
    ]
