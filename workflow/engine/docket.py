"""Everything the engine must know of one job, loaded at once; and what follows from a change.

``load`` takes the order's lock first, so all changes of one order come one after another.
``settle`` derives stage, readiness and waiting sentences and writes only what changed.  Outside
``workflow.engine`` only the reads behind the pop-up (``workflow.ticket``) import this file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from peewee import Case, PostgresqlDatabase, fn

import clock
from errors import BlockedError, NotFoundError
from models import (
    Department,
    Hold,
    Job,
    JobItem,
    Order,
    OrderEvent,
    OrderLine,
    PrintRule,
    Task,
    TaskQuantity,
    on_postgresql,
)
from prepared import Prepared
from workflow import shop
from workflow.actors import Actor
from workflow.quantities import Done, ItemFact, Tolerance, Upstream, show, to_do, total
from workflow.stages import (
    HOLD_REASONS,
    SETTLED_ARTWORK,
    Stage,
    TaskFact,
    Work,
    proof_in_the_way,
    sentence,
    stage_of,
    waits_for,
)

_CHUNK = 200


@dataclass
class Docket:
    """One job with its order, tasks, items and recorded quantities."""

    order: Order
    job: Job
    tasks: list[Task]
    items: list[JobItem]
    recorded: dict[int, dict[int, TaskQuantity]]  # task id -> item id -> row
    events: list[dict[str, Any]] = field(default_factory=list)
    asking: frozenset[str] = frozenset()  # stages that some field must be filled for; see load_task

    def task(self, task_id: int) -> Task:
        """One of the job's tasks."""
        return next(task for task in self.tasks if task.id == task_id)

    def covered(self, task: Task) -> list[JobItem]:
        """The items a task works on."""
        mine = self.recorded.get(task.id, {})
        return [item for item in self.items if item.id in mine]

    def buying(self) -> bool:
        """Whether purchasing is open."""
        return any(work_of(t) is Work.PURCHASING and t.closed_at is None for t in self.tasks)

    def tolerance(self) -> Tolerance:
        """What the customer accepts."""
        return Tolerance(self.order.over_under_tolerance_type, self.order.over_under_value)

    def facts(self, items: Iterable[JobItem]) -> list[ItemFact]:
        """Items as the rules about pieces see them."""
        buying = self.buying()
        return [item_fact(item, buying=buying) for item in items]

    def done(self, task: Task) -> dict[int, Done]:
        """What a task has recorded, by item id."""
        return {
            item_id: Done(row.good, row.rejected, row.reason)
            for item_id, row in self.recorded.get(task.id, {}).items()
        }

    def upstream(self, task: Task) -> Upstream:
        """Who hands items on to a task, and how many so far."""
        makers = self._makers(task)
        door = next(
            (t for t in self.tasks if work_of(t) is Work.RECEIVING and not cancelled(t)), None
        )
        passed: dict[int, Decimal] = {}
        names: list[str] = []
        for item in self.items:
            before = [t for t in makers if item.id in self.recorded.get(t.id, {})]
            if before:
                passed[item.id] = min(self.recorded[t.id][item.id].good for t in before)
                names += [t.department.name for t in before]
            elif door is not None and item.id in self.recorded.get(door.id, {}):
                passed[item.id] = item.received
                names.append(door.department.name)
        return Upstream(" and ".join(dict.fromkeys(names)), passed)

    def _makers(self, task: Task) -> list[Task]:
        """The tasks straight before ``task`` whose good pieces it works on."""
        alive = [t for t in self.tasks if not cancelled(t) and t.id != task.id]
        if work_of(task) is Work.HANDOVER:
            packers = [t for t in alive if work_of(t) is Work.PACKAGING]
            if packers:
                return packers
        makers = [t for t in alive if work_of(t) is Work.PRODUCTION]
        if work_of(task) is Work.PRODUCTION:
            return [t for t in makers if t.department.slug in task.department.waits_for]
        return makers

    def downstream(self, task: Task) -> list[Task]:
        """The tasks that build on what ``task`` did: later stages, and those that wait for it."""
        own = list(Stage).index(Stage(task.department.stage))
        later = [t for t in self.tasks if list(Stage).index(Stage(t.department.stage)) > own]
        waiting = [
            t
            for t in self.tasks
            if t.department.stage == task.department.stage
            and task.department.slug in t.department.waits_for
        ]
        return [*waiting, *later]

    def used_after(self, task: Task, item: JobItem) -> Decimal:
        """How many of an item the departments after this one have used."""
        used = [
            row.good + row.rejected
            for other in self.downstream(task)
            if (row := self.recorded.get(other.id, {}).get(item.id)) is not None
            and work_of(other) is not Work.RECEIVING
            and not cancelled(other)
        ]
        return max(used, default=Decimal(0))


def work_of(task: Task) -> Work:
    """The kind of work a task records."""
    return Work(task.department.work)


def cancelled(task: Task) -> bool:
    """Whether a task was taken off."""
    return task.outcome == "cancelled"


def item_fact(item: JobItem, *, buying: bool) -> ItemFact:
    """One item as the rules about pieces see it; its line must be loaded."""
    return ItemFact(
        id=item.id,
        label=item_label(item.line, item.size),
        quantity=item.quantity,
        short=item.short,
        cancelled=item.cancelled,
        bought=item.bought,
        brought=item.brought,
        purchased=item.purchased,
        received=item.received,
        damaged=item.damaged,
        final_short=item.final_short,
        remake=item.remake,
        buying=buying,
    )


def item_label(line: OrderLine, size: str) -> str:
    """What people call one line and size: "Heavy cotton tee, black, L"."""
    name = line.description or line.sku or f"line {line.number}"
    return ", ".join(part for part in (name, line.color, size) if part)


# ---------------------------------------------------------------- loading


def lock_order(order_id: int) -> Order:
    """Read an order and keep others from changing it until the transaction ends.

    Raises:
        NotFoundError: there is no such order.
    """
    query = Order.select().where(Order.id == order_id)
    return _locked(query, f"order {order_id}")


def lock_order_of(condition: Any, *joins: Any) -> Order:
    """The same for the order behind a picture or a part of it.

    Raises:
        NotFoundError: there is none.
    """
    query = Order.select(Order)
    for model in joins:
        query = query.join(model)
    return _locked(query.where(condition), "such order")


def _locked(query: Any, what: str) -> Order:
    if on_postgresql():
        query = query.for_update("FOR UPDATE", of=Order)
    order: Order | None = query.first()
    if order is None:
        raise NotFoundError(f"There is no {what} any more. Go back to the list and reload it.")
    return order


def load_job(job_id: int) -> Docket:
    """The docket of a job, its order locked."""
    job = _one_job(_job_by_id(job_id))
    return dockets(job.order, [job])[0]


def load_task(task_id: int, *, finishing: bool = False) -> tuple[Docket, Task]:
    """The docket of a task's job, its order locked, and the task.

    ``finishing`` reads along which stages the shop wants fields filled for.
    """
    job = _one_job(_job_by_task(task_id))
    docket = dockets(job.order, [job], finishing=finishing)[0]
    return docket, docket.task(task_id)


def _locked_job(condition: Any) -> Any:
    """A job with its order, both locked: what waited for the lock reads both anew."""
    prints = PrintRule.select().where(PrintRule.active & (PrintRule.event == "shipped"))
    query = Job.select(Job, Order, fn.EXISTS(prints).alias("prints")).join(Order).where(condition)
    return query.for_update(of=(Order, Job)) if on_postgresql() else query


_job_by_id = Prepared(lambda job: _locked_job(Job.id == job))
_job_by_task = Prepared(
    lambda task: _locked_job(Job.id == Task.select(Task.job).where(Task.id == task))
)


def _one_job(found: list[Job]) -> Job:
    if not found:
        raise NotFoundError("There is no such job any more. Go back to the list and reload it.")
    return found[0]


def dockets(
    order: Order,
    jobs: list[Job] | None = None,
    *,
    finishing: bool = False,
) -> list[Docket]:
    """The dockets of an order's jobs, or of some; the order must be locked.

    ``finishing`` fills in ``asking``.
    """
    if jobs is None:
        jobs = list(Job.select().where(Job.order == order).order_by(Job.position))
    if not jobs:
        return []
    ids = [job.id for job in jobs]
    tasks = _tasks(ids, finishing=finishing)
    items, recorded = _items(ids), _recorded(ids)
    asking = frozenset(t.department.stage for t in tasks if vars(t).get("asking"))
    return [
        Docket(
            order=order,
            job=_with_order(job, order),
            tasks=[task for task in tasks if task.job_id == job.id],
            items=[item for item in items if item.job_id == job.id],
            recorded=recorded,
            asking=asking,
        )
        for job in jobs
    ]


def dockets_to_settle(order: Order) -> list[Docket]:
    """The same without items, in one statement: good for nothing but ``settle``."""
    tasks: dict[int, list[Task]] = {}
    for task in _tasks_of_order(order.id):
        tasks.setdefault(task.job_id, []).append(task)
    return [
        Docket(order=order, job=_with_order(mine[0].job, order), tasks=mine, items=[], recorded={})
        for mine in tasks.values()
    ]


def _tasks_where(condition: Any, *, finishing: bool) -> Any:
    asked = [shop.requires_at(Department.stage).alias("asking")] if finishing else []
    query = Task.select(Task, Department, *asked).join(Department).where(condition)
    return query.order_by(Department.position, Task.id)


def _items_where(condition: Any) -> Any:
    query = JobItem.select(JobItem, OrderLine).join(OrderLine).where(condition)
    return query.order_by(JobItem.position, JobItem.id)


def _recorded_where(condition: Any) -> Any:
    return TaskQuantity.select(TaskQuantity).join(Task).where(condition)


# Nearly every order is one job, and every button of it reads these.
_tasks_of_job = Prepared(lambda job: _tasks_where(Task.job == job, finishing=False))
_tasks_of_order = Prepared(
    lambda order: (
        Task.select(Task, Department, Job)
        .join(Department)
        .join_from(Task, Job)
        .where(Job.order == order)
        .order_by(Job.position, Department.position, Task.id)
    )
)
_tasks_to_finish = Prepared(lambda job: _tasks_where(Task.job == job, finishing=True))
_items_of_job = Prepared(lambda job: _items_where(JobItem.job == job))
_recorded_of_job = Prepared(lambda job: _recorded_where(Task.job == job))


def _tasks(job_ids: list[int], *, finishing: bool) -> list[Task]:
    if len(job_ids) == 1:
        return (_tasks_to_finish if finishing else _tasks_of_job)(job_ids[0])
    return list(_tasks_where(Task.job.in_(job_ids), finishing=finishing))


def _items(job_ids: list[int]) -> list[JobItem]:
    if len(job_ids) == 1:
        return _items_of_job(job_ids[0])
    return list(_items_where(JobItem.job.in_(job_ids)))


def _recorded(job_ids: list[int]) -> dict[int, dict[int, TaskQuantity]]:
    recorded: dict[int, dict[int, TaskQuantity]] = {}
    one = len(job_ids) == 1
    found = _recorded_of_job(job_ids[0]) if one else _recorded_where(Task.job.in_(job_ids))
    for row in found:
        recorded.setdefault(row.task_id, {})[row.item_id] = row
    return recorded


def _with_order(job: Job, order: Order) -> Job:
    job.order = order
    job._dirty.discard("order")  # the same order, only loaded
    return job


# ---------------------------------------------------------------- events


def event(
    order: Order,
    actor: Actor,
    kind: str,
    text: str,
    *,
    about: Job | Task | None = None,
    change: tuple[Any, Any] = (None, None),
) -> dict[str, Any]:
    """One line of history for ``write_events``; ``change`` is before and after."""
    return {
        "order": order,
        "job": about.job_id if isinstance(about, Task) else about,
        "task": about if isinstance(about, Task) else None,
        "at": clock.now(),
        "actor": actor.name,
        "kind": kind,
        "text": text,
        "before": change[0],
        "after": change[1],
    }


def write_events(events: list[dict[str, Any]]) -> None:
    """Write lines of history in one statement."""
    if events:
        OrderEvent.insert_many(events).execute()


# ---------------------------------------------------------------- what follows


def settle(
    order: Order, changed: list[Docket], actor: Actor, *, happened: Sequence[dict[str, Any]] = ()
) -> None:
    """Derive stages, readiness and waiting sentences after a change, and write what is new.

    ``happened`` are lines of history of the change itself that no docket carries.
    """
    events: list[dict[str, Any]] = []
    for docket in changed:
        events += docket.events
        events += _settle_job(docket, actor)
    _settle_order(order, changed, actor, events)
    write_events([*events, *happened])


def _settle_job(docket: Docket, actor: Actor) -> list[dict[str, Any]]:
    job = docket.job
    if job.cancelled_at is not None:
        save_all(docket.tasks)
        _save(job)
        return []
    _count(docket)
    facts = [task_fact(docket.order, task) for task in docket.tasks]
    stage = stage_of(facts, released=job.released_at is not None)
    events = []
    if stage != job.stage:
        text = f"{job.number} moved from {job.stage} to {stage}"
        events.append(
            event(docket.order, actor, "stage", text, about=job, change=(job.stage, stage))
        )
        job.stage = stage.value
    if (stage is Stage.DONE) != (job.closed_at is not None):
        job.closed_at = clock.now() if stage is Stage.DONE else None
        job.on_hold = job.closed_at is None and docket.order.on_hold
    _settle_tasks(docket, facts, stage)
    _save(job)
    return events


def _count(docket: Docket) -> None:
    """How many pieces every open task has to record in all."""
    for task in docket.tasks:
        covered = docket.covered(task)
        if task.closed_at is None and covered:
            quantity = total(to_do(work_of(task), fact) for fact in docket.facts(covered))
            if quantity != task.quantity:
                task.quantity = quantity


def _settle_tasks(docket: Docket, facts: list[TaskFact], stage: Stage) -> None:
    for task, fact in zip(docket.tasks, facts, strict=True):
        if task.closed_at is not None:
            continue
        reasons = waits_for(fact, facts, stage)
        waiting = ", ".join(reasons)[:255]
        ready_at = None if reasons else (task.ready_at or clock.now())
        if waiting != task.waiting:
            task.waiting = waiting
        if ready_at != task.ready_at:
            task.ready_at = ready_at
    save_all(docket.tasks)


def save_all(rows: Sequence[Any]) -> None:
    """Write what changed in rows of one table, in one statement."""
    dirty = [row for row in rows if row.dirty_fields]
    if len(dirty) < 2:
        for row in dirty:
            row.save()
        return
    table = type(dirty[0])
    fields = {field.name: field for row in dirty for field in row.dirty_fields}
    for start in range(0, len(dirty), _CHUNK):
        some = dirty[start : start + _CHUNK]
        changes = {field: _case(table, field, some) for field in fields.values()}
        table.update(changes).where(table.id.in_([row.id for row in some])).execute()
    for row in dirty:
        row._dirty.clear()


def _case(table: Any, field: Any, rows: Sequence[Any]) -> Any:
    """``CASE id WHEN … THEN value``; PostgreSQL must be told the type where all are NULL."""
    values = [(row.id, field.case_value(getattr(row, field.safe_name))) for row in rows]
    case = Case(table.id, values)
    if not on_postgresql():
        return case
    kind = PostgresqlDatabase.field_types.get(field.field_type, field.field_type)
    return case.cast(kind)


def task_fact(order: Order, task: Task) -> TaskFact:
    """A task as the rules about stages see it."""
    work = work_of(task)
    progress = ""
    if task.closed_at is None and task.quantity and task.good and work is not Work.ARTWORK:
        progress = f"{show(task.good)} of {show(task.quantity)}"
    if work is Work.ARTWORK and task.closed_at is None and order.artwork_state:
        progress = order.artwork_state.replace("_", " ")
    return TaskFact(
        slug=task.department.slug,
        department=task.department.name,
        stage=Stage(task.department.stage),
        work=work,
        waits_for=tuple(task.department.waits_for),
        position=task.department.position,
        finished=task.closed_at is not None,
        good=bool(task.good),
        progress=progress,
        blocked=proof_in_the_way(work, order.artwork_state),
    )


def _settle_order(
    order: Order, changed: list[Docket], actor: Actor, events: list[dict[str, Any]]
) -> None:
    jobs = _all_jobs(order, changed)
    alive = [job for job in jobs if job.cancelled_at is None]
    if order.cancelled_at is None and alive:
        stage = min((Stage(job.stage) for job in alive), key=list(Stage).index)
        if stage is Stage.DONE and order.closed_at is None:
            events.append(event(order, actor, "done", f"{order.number} is done"))
        if stage != order.stage:
            order.stage = stage.value
        if (stage is Stage.DONE) != (order.closed_at is not None):
            order.closed_at = clock.now() if stage is Stage.DONE else None
    waiting = _order_sentence(order, alive, changed)[:255]
    if waiting != order.waiting:
        order.waiting = waiting
    if events or order.dirty_fields:
        order.updated_at = clock.now()
        order.save()


def _all_jobs(order: Order, changed: list[Docket]) -> list[Job]:
    known = {docket.job.id: docket.job for docket in changed}
    if all(job.number == order.number for job in known.values()) and known:
        return list(known.values())  # the job has the order's number: it is the only one
    return [known.get(job.id, job) for job in Job.select().where(Job.order == order)]


def _order_sentence(order: Order, alive: list[Job], changed: list[Docket]) -> str:
    stage = Stage(order.stage)
    held = hold_text(order.id) if order.on_hold or any(j.on_hold for j in alive) else ""
    tasks = [task for task in _tasks_of(alive, changed, stage) if _is_next(task, stage)]
    tasks.sort(key=lambda task: (task.department.position, task.id))
    waiting = list(dict.fromkeys(_whom(order, task) for task in tasks))
    return sentence(stage, waiting, on_hold=held, cancelled=order.cancelled_at is not None)


def _tasks_of(alive: list[Job], changed: list[Docket], stage: Stage) -> list[Task]:
    """The tasks of all jobs in a stage; those of jobs that did not change are read."""
    here = {job.id for job in alive if job.stage == stage}
    known = [docket for docket in changed if docket.job.id in here]
    others = here - {docket.job.id for docket in known}
    found = [task for docket in known for task in docket.tasks]
    if others and stage is not Stage.DONE:
        query = Task.select(Task, Department).join(Department)
        found += list(query.where(Task.job.in_(others)))
    return found


def _is_next(task: Task, stage: Stage) -> bool:
    return task.closed_at is None and task.department.stage == stage and task.ready_at is not None


def _whom(order: Order, task: Task) -> str:
    progress = task_fact(order, task).progress
    return f"{task.department.name} ({progress})" if progress else task.department.name


def hold_text(order_id: int) -> str:
    """Why an order or one of its jobs stands still, in words; '' if it does not."""
    holds = Hold.select().where((Hold.order == order_id) & Hold.ended_at.is_null())
    holds = holds.order_by(Hold.id)
    return "; ".join(
        f"{HOLD_REASONS.get(hold.reason_code, hold.reason_code)}, {hold.owner}" for hold in holds
    )


def _save(row: Any) -> None:
    if row.dirty_fields:
        row.save()


def require_running(docket: Docket, what: str) -> None:
    """Stop unless work on the job may go on.

    Raises:
        BlockedError: it is cancelled, on hold, or not released.
    """
    job, reasons = docket.job, []
    if job.cancelled_at is not None:
        reasons.append(f"{job.number} was cancelled ({job.cancel_reason or 'no reason given'})")
    if job.released_at is None:
        reasons.append(f"{job.number} has not been released")
    if job.on_hold or docket.order.on_hold:
        reasons.append(f"{job.number} is on hold: {hold_text(docket.order.id)}")
    if reasons:
        raise BlockedError(f"{what} is not possible", reasons)


def artwork_reasons(artworks: Iterable[Any]) -> list[str]:
    """Say which pictures are not settled, in words."""
    words = {
        "awaiting": "no file yet",
        "received": "proof not sent to the customer yet",
        "sent": "the customer has not approved yet",
        "viewed": "the customer has seen it and not approved yet",
        "change_requested": "the customer asked for a change",
    }
    return [
        f"{art.name}: {words.get(art.state, art.state)}"
        for art in artworks
        if art.proof_required and art.state not in SETTLED_ARTWORK
    ]


def as_json(quantities: Mapping[int, Decimal]) -> dict[str, str]:
    """Quantities for an event's before and after."""
    return {str(key): str(value) for key, value in quantities.items()}
