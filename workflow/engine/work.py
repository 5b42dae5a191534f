"""A department's work: record quantities, finish, reopen; every refusal names its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import clock
import outbox
from errors import BlockedError, InvalidError, StaleError
from models import Artwork, JobItem, Shipment, ShipmentItem, Task, TaskQuantity, transaction
from workflow import shop
from workflow.actors import Actor, Right
from workflow.engine import goods, rows
from workflow.engine.docket import (
    Docket,
    artwork_reasons,
    cancelled,
    event,
    item_fact,
    item_label,
    load_task,
    require_running,
    settle,
    work_of,
)
from workflow.engine.reports import ZERO, ItemWork, Report
from workflow.quantities import Done, show, to_do, unfinished, wrong_numbers
from workflow.stages import Stage, Work

#: When these are handed over, the customer has them.
_BROUGHT_BY_US = ("deliver", "install")

# ---------------------------------------------------------------- what stands in the way


def missing(docket: Docket, task: Task) -> list[str]:
    """What is missing before a task may complete, in words."""
    work = work_of(task)
    if work is Work.ARTWORK:
        return artwork_reasons(Artwork.select().where(Artwork.order == docket.order))
    return unfinished(
        work,
        docket.facts(docket.covered(task)),
        docket.done(task),
        docket.upstream(task),
        docket.tolerance(),
    )


def why_not_finished(docket: Docket, task: Task) -> list[str]:
    """Every reason the task may not complete now; the same sentences disable its button."""
    reasons = []
    if docket.job.on_hold or docket.order.on_hold:
        reasons.append(f"{docket.job.number} is on hold")
    if task.must_acknowledge:
        reasons.append(f"a change has not been read: {task.must_acknowledge}")
    if task.ready_at is None:
        reasons.append(f"waits for {task.waiting}")
    return reasons + missing(docket, task)


def require_open(task: Task, report_version: int | None) -> None:
    """Stop unless the task is open and still as the person saw it.

    Raises:
        StaleError: says who finished it, or who saved other figures, and when.
    """
    if task.closed_at is not None:
        at = clock.local(task.closed_at)
        done = "cancelled" if cancelled(task) else "finished"
        raise StaleError(
            f"{task.department.name} was already {done} by {task.closed_by or 'a change'} "
            f"at {at:%H:%M} on {at:%d %b}. Reload the queue."
        )
    if report_version is not None and report_version != task.version:
        at = clock.local(task.changed_at) if task.changed_at else clock.local(clock.now())
        raise StaleError(
            f"{task.changed_by or 'Somebody'} saved {task.department.name} at {at:%H:%M} while you "
            "were typing. Reload to see their figures; yours are still on your screen."
        )


# ---------------------------------------------------------------- recording


def record(task_id: int, report: Report, actor: Actor) -> Task:
    """Save a department's figures; stage and readiness of everything else follow.

    Raises:
        StaleError: the task was finished, or somebody saved other figures since.
        BlockedError: the job stands still, or the figures cannot be true; every reason named.
        ForbiddenError: the actor does not work in the department.
    """
    with transaction():
        docket, task = load_task(task_id)
        save_report(docket, task, report, actor)
        settle(docket.order, [docket], actor)
    return task


def finish_task(task_id: int, actor: Actor, report: Report | None = None) -> Task:
    """Tick off a department's work, saving its last figures first, and move the job on.

    Raises:
        StaleError: it was finished already, or changed since ``report.version``.
        BlockedError: something is missing; every reason named.
        ForbiddenError: the actor does not work in the department.
    """
    with transaction():
        docket, task = load_task(task_id, finishing=True)
        if report is not None:
            save_report(docket, task, report, actor)
        else:
            require_open(task, None)
            actor.require_department(task.department_id, task.department.name)
            require_running(docket, f"Completing {task.department.name}")
        tick_off(docket, task, actor)
        settle(docket.order, [docket], actor)
        tell_outside(docket, task)
    return task


def tick_off(docket: Docket, task: Task, actor: Actor) -> None:
    """Finish a task inside a transaction of the caller, who settles and tells the outside after.

    Raises:
        BlockedError: something is missing; every reason named.
    """
    reasons = why_not_finished(docket, task) + unfilled(docket, task)
    if reasons:
        raise BlockedError(
            f"{task.department.name} on {docket.job.number} cannot be completed", reasons
        )
    _close(docket, task, actor)


def unfilled(docket: Docket, task: Task) -> list[str]:
    """Fields the shop wants filled before the job leaves its stage, when this task is the last."""
    stage = task.department.stage
    others = [t for t in docket.tasks if t.id != task.id and t.closed_at is None]
    if any(t.department.stage == stage for t in others) or stage not in docket.asking:
        return []
    lines = list({item.line_id: item.line for item in docket.items}.values())
    return rows.missing_fields(docket.order, docket.job, lines, shop.catalogue(), stage)


def _close(docket: Docket, task: Task, actor: Actor) -> None:
    task.closed_at, task.closed_by, task.outcome = clock.now(), actor.name, "finished"
    task.version += 1
    task.changed_by, task.changed_at = actor.name, task.closed_at
    text = f"{task.department.name} finished"
    docket.events.append(event(docket.order, actor, "finished", text, about=task))


def tell_outside(docket: Docket, task: Task) -> None:
    """The customer is told when the goods are packed and when they are handed over."""
    job, handed_over = docket.job, [t for t in docket.tasks if work_of(t) is Work.HANDOVER]
    told = ["ready"] if work_of(task) is Work.PACKAGING else []
    if Stage(job.stage) is Stage.DONE and handed_over:
        ours = job.fulfillment_type in _BROUGHT_BY_US
        told.append("delivered" if ours else "shipped")
    for what in told:
        outbox.add(
            "message",
            {"event": what, "order_id": docket.order.id, "job_id": job.id},
            key=f"message:{what}:{job.id}",
            order=docket.order,
        )


def save_report(docket: Docket, task: Task, report: Report, actor: Actor) -> None:
    """Check and write a report inside a transaction of the caller, who settles afterwards."""
    require_open(task, report.version)
    actor.require_department(task.department_id, task.department.name)
    require_running(docket, f"Recording {task.department.name}")
    if task.ready_at is None and report.items:
        raise BlockedError(
            f"{task.department.name} on {docket.job.number} cannot start",
            [f"it waits for {task.waiting}"],
        )
    before = docket.recorded.get(task.id, {})
    items = {item.id: item for item in docket.covered(task)}
    if report.everything:
        report = replace(report, items=_all_done(docket, task, report.items))
    changed = [work for work in report.items if _differs(work, before.get(work.item_id), items)]
    reasons = [r for work in report.items for r in _refusals(docket, task, items, work)]
    reasons += _fewer_than_left(docket, task, changed)
    if reasons:
        raise BlockedError(f"{task.department.name} on {docket.job.number} was not saved", reasons)
    if work_of(task) is Work.PURCHASING and changed:
        goods.order_goods(items, changed, report, actor)
    if work_of(task) is Work.RECEIVING and changed:
        goods.receive_goods(task, items, changed, actor)
    _write_quantities(docket, task, changed)
    _note(docket, task, report, changed, actor)


def _all_done(docket: Docket, task: Task, named: Sequence[ItemWork]) -> tuple[ItemWork, ...]:
    """The named items, and all others with what the department had to do."""
    known, work = {item.item_id for item in named}, work_of(task)
    rows, found = docket.recorded.get(task.id, {}), list(named)
    for item in docket.covered(task):
        if item.id in known:
            continue
        asked = to_do(work, item_fact(item, buying=docket.buying()))
        if work is Work.RECEIVING:
            asked -= item.final_short
        row = rows.get(item.id)
        good, rejected, reason = (row.good, row.rejected, row.reason) if row else (ZERO, ZERO, "")
        done = max(asked, good)
        found.append(ItemWork(item.id, done, rejected, reason, item.wrong, item.final_short))
    return tuple(found)


def _differs(work: ItemWork, row: TaskQuantity | None, items: Mapping[int, JobItem]) -> bool:
    if row is None:
        return True
    item = items[work.item_id]
    same = (work.good, work.rejected) == (row.good, row.rejected)
    return not same or (work.wrong, work.final_short) != (item.wrong, item.final_short)


def _refusals(
    docket: Docket, task: Task, items: Mapping[int, JobItem], work: ItemWork
) -> list[str]:
    item = items.get(work.item_id)
    if item is None:
        raise InvalidError(
            {"items": f"item {work.item_id} is not on {task.department.name}'s list"}
        )
    fact = item_fact(item, buying=docket.buying())
    done = Done(work.good, work.rejected, work.reason)
    kind, reasons = work_of(task), []
    if work.wrong < 0 or work.final_short < 0:
        reasons.append(f"{fact.label}: a quantity cannot be negative")
    if kind is Work.PURCHASING and work.good < item.received + item.damaged:
        reasons.append(f"{fact.label}: {show(item.received + item.damaged)} arrived already")
    if (
        kind is Work.RECEIVING
        and work.rejected
        and not work.reason
        and work.rejected != item.damaged
    ):
        reasons.append(f"{fact.label}: say what is wrong with the {show(work.rejected)} damaged")
    later = _used_downstream(docket, task, item)
    if kind in {Work.PRODUCTION, Work.PACKAGING, Work.RECEIVING} and work.good < later:
        reasons.append(f"{fact.label}: {show(later)} were worked on after that already")
    return reasons + wrong_numbers(kind, fact, done, docket.upstream(task), docket.tolerance())


def _fewer_than_left(docket: Docket, task: Task, changed: Sequence[ItemWork]) -> list[str]:
    """Figures of a hand-over below what its shipments hold."""
    before = docket.recorded.get(task.id, {})
    less = {
        w.item_id: w.good
        for w in changed
        if w.item_id in before and w.good < before[w.item_id].good
    }
    if work_of(task) is not Work.HANDOVER or not less:
        return []
    left: dict[int, Decimal] = {}
    rows = (
        ShipmentItem.select()
        .join(Shipment)
        .where(
            Shipment.job == docket.job,
            Shipment.voided_at.is_null(),
            ShipmentItem.item.in_(list(less)),
        )
    )
    for row in rows:
        left[row.item_id] = left.get(row.item_id, ZERO) + row.quantity
    labels = {fact.id: fact.label for fact in docket.facts(docket.covered(task))}
    return [
        f"{labels[item]}: {show(held)} are on shipments; void the shipment first"
        for item, held in left.items()
        if less[item] < held
    ]


def _used_downstream(docket: Docket, task: Task, item: JobItem) -> Decimal:
    """How many of an item the departments after this one have used."""
    used = [
        row.good + row.rejected
        for other in docket.downstream(task)
        if (row := docket.recorded.get(other.id, {}).get(item.id)) is not None
        and work_of(other) is not Work.RECEIVING
    ]
    return max(used, default=ZERO)


def _write_quantities(docket: Docket, task: Task, changed: Sequence[ItemWork]) -> None:
    rows = docket.recorded.setdefault(task.id, {})
    for work in changed:
        row = rows[work.item_id]
        row.good, row.rejected, row.reason = work.good, work.rejected, work.reason
    if changed:
        TaskQuantity.insert_many(
            [
                {
                    "task": task.id,
                    "item": work.item_id,
                    "good": work.good,
                    "rejected": work.rejected,
                    "reason": work.reason,
                }
                for work in changed
            ]
        ).on_conflict(
            conflict_target=[TaskQuantity.task, TaskQuantity.item],
            preserve=[TaskQuantity.good, TaskQuantity.rejected, TaskQuantity.reason],
        ).execute()
    task.good = sum((row.good for row in rows.values()), ZERO)
    task.rejected = sum((row.rejected for row in rows.values()), ZERO)


def _note(
    docket: Docket, task: Task, report: Report, changed: Sequence[ItemWork], actor: Actor
) -> None:
    facts = {key: value for key, value in report.facts.items() if value not in (None, "")}
    told = facts and facts != {key: task.facts.get(key) for key in facts}
    if not changed and not told:
        return
    if told:
        task.facts = {**task.facts, **facts}
    task.version += 1
    task.started_at = task.started_at or clock.now()
    task.changed_by, task.changed_at = actor.name, clock.now()
    items = {item.id: item for item in docket.items}
    words = [_words(docket, task, items[work.item_id], work) for work in changed]
    words += [f"{key.replace('_', ' ')}: {value}" for key, value in facts.items()] if told else []
    after = {str(work.item_id): [str(work.good), str(work.rejected)] for work in changed}
    text = f"{task.department.name}: " + "; ".join(words)
    docket.events.append(
        event(docket.order, actor, "recorded", text, about=task, change=(None, after))
    )


def _words(docket: Docket, task: Task, item: JobItem, work: ItemWork) -> str:
    text = f"{item_label(item.line, item.size)} {show(work.good)}"
    if work_of(task) is Work.RECEIVING:
        over = work.good - item_fact(item, buying=docket.buying()).expected
        text += f" ({show(over)} over)" if over > 0 else ""
    if work.rejected:
        text += f", {show(work.rejected)} {work.reason or 'rejected'}"
    if work.wrong:
        text += f", {show(work.wrong)} wrong item"
    if work.final_short:
        text += f", {show(work.final_short)} will not come"
    return text


def bump(docket: Docket, task: Task, actor: Actor) -> None:
    """Say that somebody changed a task, for whoever has the old one on the screen."""
    task.version += 1
    task.changed_by, task.changed_at = actor.name, clock.now()


def open_again(docket: Docket, task: Task, actor: Actor, why: str) -> None:
    """Put a finished task back into its queue."""
    task.closed_at, task.closed_by, task.outcome = None, "", ""
    task.ready_at = None
    task.version += 1
    text = f"{task.department.name} reopened: {why}"
    docket.events.append(event(docket.order, actor, "reopened", text, about=task))


# ---------------------------------------------------------------- reopening


def what_reopening_takes_back(docket: Docket, task: Task) -> list[str]:
    """What reopening a task takes back, in words, for the question before it."""
    again = [t.department.name for t in _built_on(docket, task)]
    words = [f"{docket.job.number} goes back to {task.department.stage}"]
    if again:
        words.append(f"{', '.join(again)} must be completed again")
    return words


def _built_on(docket: Docket, task: Task) -> list[Task]:
    return [
        t
        for t in docket.downstream(task)
        if t.closed_at is not None and t.outcome == "finished" and t.id != task.id
    ]


def reopen_task(task_id: int, actor: Actor) -> Task:
    """Take back that a department finished, and everything finished that built on it.

    Raises:
        ForbiddenError: somebody else finished it and the actor may not reopen theirs.
        BlockedError: the goods have left, or the job was cancelled.
        StaleError: it is not finished.
    """
    with transaction():
        docket, task = load_task(task_id)
        if task.closed_by != actor.name:
            actor.require(Right.REOPEN_ANY)
        else:
            actor.require_department(task.department_id, task.department.name)
        if task.closed_at is None:
            raise StaleError(f"{task.department.name} on {docket.job.number} is open already.")
        _require_reopenable(docket, task)
        taken_back = what_reopening_takes_back(docket, task)
        for other in _built_on(docket, task):
            open_again(docket, other, actor, f"{task.department.name} was reopened")
        open_again(docket, task, actor, "; ".join(taken_back))
        settle(docket.order, [docket], actor)
    return task


def _require_reopenable(docket: Docket, task: Task) -> None:
    reasons = []
    if docket.job.cancelled_at is not None or cancelled(task):
        reasons.append("it was cancelled")
    if work_of(task) is not Work.HANDOVER:
        for other in docket.tasks:
            if work_of(other) is Work.HANDOVER and other.good > 0:
                reasons.append(f"{show(other.good)} pieces have been handed over already")
    if reasons:
        raise BlockedError(f"{task.department.name} cannot be reopened", reasons)
