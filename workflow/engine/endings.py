"""Where nothing is left to do: tasks, jobs and orders end when all their pieces are taken off."""

from collections.abc import Sequence

import clock
from models import Hold, Job, Order
from workflow.actors import Actor
from workflow.engine import rows
from workflow.engine.docket import Docket


def stop_job(docket: Docket, reason: str, actor: Actor) -> None:
    """Cancel a job with its open tasks."""
    docket.job.cancelled_at = docket.job.closed_at = clock.now()
    docket.job.cancel_reason = reason[:200]
    docket.job.on_hold = False
    docket.job.version += 1
    for task in docket.tasks:
        if task.closed_at is None:
            task.closed_at, task.closed_by = clock.now(), actor.name
            task.outcome = "cancelled"
            task.version += 1
            task.save()


def drop_empty(order: Order, found: Sequence[Docket], reason: str, actor: Actor) -> None:
    """Take off tasks whose every item is off, and jobs without any; ``found`` are all jobs."""
    for docket in found:
        if docket.job.closed_at is not None:
            continue
        left = {i.id for i in docket.items if i.quantity - i.short - i.cancelled > 0}
        if not left:
            stop_job(docket, reason, actor)
            end_holds(order.id, docket.job.id, actor)
            continue
        for task in docket.tasks:
            covered = set(docket.recorded.get(task.id, {}))
            if task.closed_at is None and covered and not covered & left:
                task.closed_at, task.closed_by = clock.now(), actor.name
                task.outcome = "cancelled"
        docket.job.pieces = rows.wanted_pieces(docket.items)
    end_order(order, [docket.job for docket in found], reason, actor)


def end_order(order: Order, jobs: Sequence[Job], reason: str, actor: Actor) -> None:
    """An order whose last open job was cancelled ends with it: cancelled, or done in part."""
    if not jobs or any(job.closed_at is None for job in jobs):
        return
    if all(job.cancelled_at is not None for job in jobs):
        order.cancelled_at = order.closed_at = clock.now()
        order.cancel_reason = reason[:200]
    end_holds(order.id, None, actor)
    order.on_hold = False


def end_holds(order_id: int, job_id: int | None, actor: Actor) -> None:
    """Take off every hold of an order, or of one of its jobs."""
    mine = (Hold.order == order_id) & Hold.ended_at.is_null()
    if job_id is not None:
        mine &= Hold.job == job_id
    Hold.update(ended_at=clock.now(), ended_by=actor.name).where(mine).execute()
