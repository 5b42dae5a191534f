"""A department's work: record quantities, decide about missing ones, finish, reopen, plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import clock
import outbox
from errors import BlockedError, InvalidError, StaleError
from models import (
    Artwork,
    Decision,
    Job,
    JobItem,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Task,
    TaskQuantity,
    Vendor,
    transaction,
)
from workflow.actors import Actor, Right
from workflow.engine import stops
from workflow.engine.docket import (
    Docket,
    artwork_reasons,
    cancelled,
    event,
    item_fact,
    item_label,
    load_job,
    load_task,
    require_running,
    save_all,
    settle,
    work_of,
)
from workflow.engine.orders import next_number
from workflow.quantities import (
    Done,
    show,
    to_decide,
    to_do,
    unfinished,
    wrong_numbers,
)
from workflow.stages import DecisionKind, Stage, Work

ZERO = Decimal(0)


@dataclass(frozen=True)
class ItemWork:
    """What stands for one item now, as totals (recording the same twice changes nothing).

    ``good`` is made, packed, ordered or received; ``rejected`` spoiled or damaged, with its
    reason.  ``wrong`` and ``final_short`` are for receiving: pieces that are not ours, and
    pieces the vendor will not send any more.
    """

    item_id: int
    good: Decimal
    rejected: Decimal = ZERO
    reason: str = ""
    wrong: Decimal = ZERO
    final_short: Decimal = ZERO


@dataclass(frozen=True)
class Report:
    """What somebody fills in for a task.

    ``version`` is the task's version they saw.  ``facts`` are words of the department (boxes,
    handed_to, note); ``vendor_id`` and ``expected_on`` belong to purchasing.
    """

    items: tuple[ItemWork, ...] = ()
    version: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    vendor_id: int | None = None
    expected_on: date | None = None


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


def _require_open(task: Task, report_version: int | None) -> None:
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
        docket, task = load_task(task_id)
        if report is not None:
            save_report(docket, task, report, actor)
        else:
            _require_open(task, None)
            actor.require_department(task.department_id, task.department.name)
            require_running(docket, f"Completing {task.department.name}")
        reasons = why_not_finished(docket, task)
        if reasons:
            raise BlockedError(
                f"{task.department.name} on {docket.job.number} cannot be completed", reasons
            )
        _close(docket, task, actor)
        settle(docket.order, [docket], actor)
        _tell_outside(docket, task)
    return task


def _close(docket: Docket, task: Task, actor: Actor) -> None:
    task.closed_at, task.closed_by, task.outcome = clock.now(), actor.name, "finished"
    task.version += 1
    task.changed_by, task.changed_at = actor.name, task.closed_at
    text = f"{task.department.name} finished"
    docket.events.append(event(docket.order, actor, "finished", text, about=task))


def _tell_outside(docket: Docket, task: Task) -> None:
    """The customer is told when the goods are packed and when they are handed over."""
    work, job = work_of(task), docket.job
    told = {Work.PACKAGING: "ready", Work.HANDOVER: "shipped"}.get(work)
    if told is None or (told == "shipped" and Stage(job.stage) is not Stage.DONE):
        return
    outbox.add(
        "message",
        {"event": told, "order_id": docket.order.id, "job_id": job.id},
        key=f"message:{told}:{job.id}",
        order=docket.order,
    )


def save_report(docket: Docket, task: Task, report: Report, actor: Actor) -> None:
    """Check and write a report inside a transaction of the caller, who settles afterwards."""
    _require_open(task, report.version)
    actor.require_department(task.department_id, task.department.name)
    require_running(docket, f"Recording {task.department.name}")
    if task.ready_at is None and report.items:
        raise BlockedError(
            f"{task.department.name} on {docket.job.number} cannot start",
            [f"it waits for {task.waiting}"],
        )
    before = docket.recorded.get(task.id, {})
    items = {item.id: item for item in docket.covered(task)}
    changed = [work for work in report.items if _differs(work, before.get(work.item_id), items)]
    reasons = [r for work in report.items for r in _refusals(docket, task, items, work)]
    if reasons:
        raise BlockedError(f"{task.department.name} on {docket.job.number} was not saved", reasons)
    if work_of(task) is Work.PURCHASING and changed:
        _order_goods(items, changed, report, actor)
    if work_of(task) is Work.RECEIVING and changed:
        _receive_goods(task, items, changed, actor)
    _write_quantities(docket, task, changed)
    _note(docket, task, report, changed, actor)


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
    set_quantity(docket, task)


def set_quantity(docket: Docket, task: Task) -> None:
    """How many pieces a task has to record in all."""
    if work_of(task) is not Work.ARTWORK:
        facts = docket.facts(docket.covered(task))
        quantity = sum((to_do(work_of(task), fact) for fact in facts), ZERO)
        if quantity != task.quantity:
            task.quantity = quantity


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
    labels = {item.id: item_label(item.line, item.size) for item in docket.items}
    words = [_words(labels[work.item_id], work) for work in changed]
    words += [f"{key.replace('_', ' ')}: {value}" for key, value in facts.items()] if told else []
    after = {str(work.item_id): [str(work.good), str(work.rejected)] for work in changed}
    text = f"{task.department.name}: " + "; ".join(words)
    docket.events.append(
        event(docket.order, actor, "recorded", text, about=task, change=(None, after))
    )


def _words(label: str, work: ItemWork) -> str:
    text = f"{label} {show(work.good)}"
    if work.rejected:
        text += f", {show(work.rejected)} {work.reason or 'rejected'}"
    if work.wrong:
        text += f", {show(work.wrong)} wrong item"
    if work.final_short:
        text += f", {show(work.final_short)} will not come"
    return text


# ---------------------------------------------------------------- purchasing and receiving


def _order_goods(
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
    lines = PurchaseLine.select().where(PurchaseLine.item == item).order_by(PurchaseLine.id.desc())
    for line in lines:
        take = min(line.quantity, quantity)
        quantity -= take
        if take == line.quantity:
            line.delete_instance()
        elif take:
            line.quantity -= take
            line.save()


def _receive_goods(
    task: Task, items: Mapping[int, JobItem], changed: Sequence[ItemWork], actor: Actor
) -> None:
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


# ---------------------------------------------------------------- decisions


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
        _require_open(task, None)
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
        _bump(docket, task, actor)
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
    for other in docket.tasks:
        if other.closed_at is None:
            set_quantity(docket, other)


def _buy_again(docket: Docket, actor: Actor) -> None:
    """Pieces are needed anew: purchasing and receiving of the job are open again."""
    for task in docket.tasks:
        buys = work_of(task) in {Work.PURCHASING, Work.RECEIVING}
        if buys and task.closed_at is not None and not cancelled(task):
            _open(docket, task, actor, "to buy again")


def _open(docket: Docket, task: Task, actor: Actor, why: str) -> None:
    task.closed_at, task.closed_by, task.outcome = None, "", ""
    task.ready_at = None
    task.version += 1
    text = f"{task.department.name} reopened: {why}"
    docket.events.append(event(docket.order, actor, "reopened", text, about=task))


def _bump(docket: Docket, task: Task, actor: Actor) -> None:
    task.version += 1
    task.changed_by, task.changed_at = actor.name, clock.now()


# ---------------------------------------------------------------- reopen, plan, acknowledge


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
            _open(docket, other, actor, f"{task.department.name} was reopened")
        _open(docket, task, actor, "; ".join(taken_back))
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


def plan_task(task_id: int, day: date | None, actor: Actor) -> Task:
    """Put a task on another day of the calendar; None goes back to its due date.

    Raises:
        ForbiddenError: the actor may not plan.
        StaleError: the task is finished.
    """
    actor.require(Right.PLAN)
    with transaction():
        docket, task = load_task(task_id)
        _require_open(task, None)
        before = task.planned_date or task.due_date
        task.planned_date = day
        _bump(docket, task, actor)
        text = f"{task.department.name} planned for {day or task.due_date or 'no day'}"
        docket.events.append(
            event(
                docket.order, actor, "planned", text, about=task,
                change=(str(before or ""), str(day or "")),
            )
        )  # fmt: skip
        settle(docket.order, [docket], actor)
    return task


def acknowledge_change(task_id: int, actor: Actor) -> Task:
    """Say that the department has read the change of the order."""
    with transaction():
        docket, task = load_task(task_id)
        actor.require_department(task.department_id, task.department.name)
        if task.must_acknowledge:
            text = f"{task.department.name} read: {task.must_acknowledge}"
            task.must_acknowledge = ""
            _bump(docket, task, actor)
            docket.events.append(event(docket.order, actor, "acknowledged", text, about=task))
            settle(docket.order, [docket], actor)
    return task


def change_job_date(job_id: int, due: date | None, *, firm: bool, actor: Actor) -> Job:
    """Give one job another in-hands date; its departments' due dates follow.

    Raises:
        BlockedError: the job is done or cancelled.
    """
    from workflow.engine import revise

    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        docket = load_job(job_id)
        job = docket.job
        if job.closed_at is not None:
            raise BlockedError(f"{job.number} cannot get another date", ["it is closed"])
        before = job.due_date
        job.due_date, job.firm = due, firm
        job.version += 1
        revise.set_due_dates([docket])
        said = f"In hands: {before or 'undated'} → {due or 'undated'}{', firm' if firm else ''}"
        for task in docket.tasks:
            if task.closed_at is None:
                task.must_acknowledge = said
        docket.events.append(
            event(
                docket.order, actor, "date_moved", f"{job.number}: {said}", about=job,
                change=(str(before or ""), str(due or "")),
            )
        )  # fmt: skip
        settle(docket.order, [docket], actor)
    return job
