"""What must be true of an order at every moment, worked out anew from its rows.

``rows_of`` reads everything an order consists of; two readings tell whether something changed.
``check`` recomputes what the engine derives, with sums of its own where that is possible.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import models
from workflow.money import grand_total, line_total
from workflow.quantities import Tolerance, show
from workflow.stages import (
    SETTLED_ARTWORK,
    ArtworkState,
    Stage,
    TaskFact,
    Work,
    proof_in_the_way,
    stage_of,
    waits_for,
)

ZERO = Decimal(0)

_LINES = "SELECT id FROM order_lines WHERE order_id = {}"
_JOBS = "SELECT id FROM jobs WHERE order_id = {}"
_TASKS = f"SELECT id FROM tasks WHERE job_id IN ({_JOBS})"
_ITEMS = f"SELECT id FROM job_items WHERE job_id IN ({_JOBS})"
#: Every table that holds a part of an order, and which of its rows do.
PARTS = {
    "orders": "id = {}",
    "destinations": "order_id = {}",
    "order_lines": "order_id = {}",
    "line_sizes": f"line_id IN ({_LINES})",
    "schedule_rows": f"line_id IN ({_LINES})",
    "decorations": f"line_id IN ({_LINES})",
    "charges": "order_id = {}",
    "artworks": "order_id = {}",
    "artwork_versions": "artwork_id IN (SELECT id FROM artworks WHERE order_id = {})",
    "draft_problems": "order_id = {}",
    "jobs": "order_id = {}",
    "job_items": f"job_id IN ({_JOBS})",
    "tasks": f"job_id IN ({_JOBS})",
    "task_quantities": f"task_id IN ({_TASKS})",
    "decisions": f"item_id IN ({_ITEMS})",
    "holds": "order_id = {}",
    "change_orders": "order_id = {}",
    "purchase_lines": f"item_id IN ({_ITEMS})",
    "receipts": f"item_id IN ({_ITEMS})",
    "shipments": f"job_id IN ({_JOBS})",
    "shipment_items": f"item_id IN ({_ITEMS})",
    "order_events": "order_id = {}",
    "outbox": "order_id = {}",
}


def rows_of(order_id):
    """Every row of an order as the database holds it, by table."""
    found = {}
    for table, condition in PARTS.items():
        key = "name" if table == "counters" else "id"
        sql = f"SELECT * FROM {table} WHERE {condition.format(int(order_id))} ORDER BY {key}"
        found[table] = models.database.execute_sql(sql).fetchall()
    return found


def changed_tables(before, after):
    """The tables in which something is different."""
    return [table for table in PARTS if before.get(table) != after[table]]


@dataclass
class Facts:
    """An order with all its parts, as objects."""

    order: models.Order
    lines: dict
    jobs: list
    tasks: dict  # job id -> tasks, department loaded
    items: dict  # job id -> items
    recorded: dict  # (task id, item id) -> row

    @classmethod
    def of(cls, order_id):
        order = models.Order.get_by_id(order_id)
        lines = models.OrderLine.select().where(models.OrderLine.order == order)
        jobs = list(models.Job.select().where(models.Job.order == order))
        inside = models.Job.select(models.Job.id).where(models.Job.order == order)
        tasks, items = defaultdict(list), defaultdict(list)
        query = models.Task.select(models.Task, models.Department).join(models.Department)
        for task in query.where(models.Task.job.in_(inside)).order_by(models.Task.id):
            tasks[task.job_id].append(task)
        query = models.JobItem.select().where(models.JobItem.job.in_(inside))
        for item in query.order_by(models.JobItem.id):
            items[item.job_id].append(item)
        query = models.TaskQuantity.select().join(models.Task)
        quantities = query.where(models.Task.job.in_(inside))
        recorded = {(row.task_id, row.item_id): row for row in quantities}
        return cls(order, {line.id: line for line in lines}, jobs, tasks, items, recorded)


def check(order_id, *, told=True):
    """Fail with a sentence where an order is not what its rows say, or its customer (``told``)."""
    facts = Facts.of(order_id)
    _stages(facts)
    _tasks(facts)
    _pieces(facts)
    _work_in_order(facts)
    _goods(facts)
    _holds(facts)
    _money(facts)
    _artwork(facts)
    if told:
        _outside(facts)


# ---------------------------------------------------------------- stages and tasks


def _stages(facts):
    order, alive = facts.order, [job for job in facts.jobs if job.cancelled_at is None]
    assert bool(facts.jobs) == (order.released_at is not None), "jobs and release disagree"
    for job in alive:
        expected = stage_of(_task_facts(facts, job), released=True)
        assert job.stage == expected, f"{job} is in {job.stage}, its tasks say {expected}"
        done = job.stage == Stage.DONE
        assert (job.closed_at is not None) == done, f"{job}: {job.stage}, closed {job.closed_at}"
    if order.cancelled_at is not None:
        assert order.closed_at is not None, f"{order} is cancelled and open"
        assert not alive or all(job.stage == Stage.DONE for job in alive)
        return
    assert not facts.jobs or alive, f"every job of {order} is cancelled, the order is not"
    first = min((Stage(job.stage) for job in alive), key=list(Stage).index, default=Stage.REVIEW)
    assert order.stage == first, f"{order} is in {order.stage}, its jobs in {first}"
    assert (order.closed_at is not None) == (first is Stage.DONE)


def _task_facts(facts, job):
    return [_task_fact(facts.order, task) for task in facts.tasks[job.id]]


def _task_fact(order, task):
    progress, work = "", Work(task.department.work)
    if work is Work.ARTWORK:
        progress = order.artwork_state.replace("_", " ")
    elif task.good and task.quantity:
        progress = f"{show(task.good)} of {show(task.quantity)}"
    return TaskFact(
        slug=task.department.slug,
        department=task.department.name,
        stage=Stage(task.department.stage),
        work=work,
        waits_for=tuple(task.department.waits_for),
        position=task.department.position,
        finished=task.closed_at is not None,
        good=bool(task.good),
        progress="" if task.closed_at is not None else progress,
        blocked=proof_in_the_way(work, order.artwork_state),
    )


def _tasks(facts):
    for job in facts.jobs:
        tasks, known = facts.tasks[job.id], _task_facts(facts, job)
        assert len({task.department_id for task in tasks}) == len(tasks)
        if job.closed_at is not None:
            assert all(t.closed_at is not None for t in tasks), f"{job} is closed with open tasks"
        for task in tasks:
            assert (task.outcome != "") == (task.closed_at is not None), f"{task} of {job}"
            assert task.outcome in {"", "finished", "cancelled"}
        if job.cancelled_at is None:
            for task, fact in zip(tasks, known, strict=True):
                if task.closed_at is None:
                    _waits_as_it_says(job, task, fact, known)


def _waits_as_it_says(job, task, fact, known):
    # The engine lists departments by position, these rows come by id.
    reasons = waits_for(fact, sorted(known, key=lambda f: f.position), Stage(job.stage))
    said = {part for part in task.waiting.split(", ") if part}
    assert said == {p for reason in reasons for p in reason.split(", ")}, (
        f"{task.department} of {job} waits for {reasons}, says {task.waiting!r}"
    )
    assert (task.ready_at is None) == bool(reasons), f"{task.department} of {job}: {reasons}"


# ---------------------------------------------------------------- pieces


def _pieces(facts):
    order, in_jobs = facts.order, defaultdict(Decimal)
    for job in facts.jobs:
        for item in facts.items[job.id]:
            in_jobs[item.line_id, item.size] += item.quantity
            assert min(item.quantity, item.short, item.cancelled) >= 0, f"item {item.id} of {job}"
            assert item.short + item.cancelled <= item.quantity, f"item {item.id} of {job}"
    sizes = models.LineSize.select().where(models.LineSize.line.in_(list(facts.lines)))
    per_size = {(row.line_id, row.size): row.quantity for row in sizes}
    for line in facts.lines.values():
        ours = sum((q for (line_id, _s), q in per_size.items() if line_id == line.id), ZERO)
        assert ours == line.quantity, f"line {line.number} of {order}: {ours} of {line.quantity}"
    if facts.jobs:
        made = {key: pieces for key, pieces in per_size.items() if _in_jobs(facts, key[0])}
        differing = {k: (made.get(k, ZERO), in_jobs[k]) for k in {*made, *in_jobs}}
        wrong = {k: pair for k, pair in differing.items() if pair[0] != pair[1]}
        assert not wrong, f"{order}: pieces of a line and size, and in its jobs: {wrong}"


def _in_jobs(facts, line_id):
    """A line that was cancelled in review never came into a job."""
    cancelled = facts.lines[line_id].cancelled_at
    return cancelled is None or cancelled >= facts.order.released_at


def _work_in_order(facts):
    """Nobody has worked on more than was handed to them, or made more than is accepted."""
    tolerance = Tolerance(facts.order.over_under_tolerance_type, facts.order.over_under_value)
    for job in facts.jobs:
        alive = [t for t in facts.tasks[job.id] if t.outcome != "cancelled"]
        for task in alive:
            rows = [row for (task_id, _i), row in facts.recorded.items() if task_id == task.id]
            assert task.good == sum((row.good for row in rows), ZERO), f"{task.department} of {job}"
            assert task.rejected == sum((row.rejected for row in rows), ZERO)
            if task.closed_at is None and rows:
                items = [i for i in facts.items[job.id] if (task.id, i.id) in facts.recorded]
                expected = sum((_to_do(task, item) for item in items), ZERO)
                assert task.quantity == expected, (
                    f"{task.department} of {job}: {task.quantity} to do, not {expected}"
                )
            if task.department.stage == "sourcing":
                continue
            for item in facts.items[job.id]:
                row = facts.recorded.get((task.id, item.id))
                if row is None:
                    continue
                where, used = f"{task.department} of {job}, {item}", row.good + row.rejected
                assert row.good >= 0 <= row.rejected, where
                limit = _handed_on(facts, alive, task, item)
                assert limit is None or used <= limit, f"{where}: {used} of {limit} handed on"
                # Decisions and cancelling may come when pieces are made already.
                most = tolerance.most(item.quantity)
                assert row.good <= most, f"{where}: {row.good}, at most {most}"


def _to_do(task, item):
    wanted = max(item.quantity - item.short - item.cancelled, ZERO)
    work = Work(task.department.work)
    if work is Work.PURCHASING:
        lost = item.damaged + item.final_short
        return wanted + item.remake + lost if item.bought else ZERO
    if work is Work.RECEIVING:
        return wanted + item.remake if item.bought or item.brought else ZERO
    return wanted


def _handed_on(facts, alive, task, item):
    """Good pieces of the departments straight before; None where nothing limits."""

    def good(others):
        rows = [facts.recorded.get((other.id, item.id)) for other in others]
        return [row.good for row in rows if row is not None]

    work, before = Work(task.department.work), []
    if work is Work.HANDOVER:
        before = good(t for t in alive if t.department.work == Work.PACKAGING)
    if work in {Work.HANDOVER, Work.PACKAGING} and not before:
        before = good(t for t in alive if t.department.work == Work.PRODUCTION)
    if work is Work.PRODUCTION:
        waits = task.department.waits_for
        before = good(t for t in alive if t.department.slug in waits and t.department.work == work)
    if not before and any(t.department.work == Work.RECEIVING for t in alive):
        receivers = [t for t in alive if t.department.work == Work.RECEIVING]
        if any((t.id, item.id) in facts.recorded for t in receivers):
            return item.received
    return min(before) if before else None


def _goods(facts):
    """Totals on the items are the sums of purchase lines and receipts; shipments are covered."""
    bought = _sums(facts, models.PurchaseLine.select(), "quantity")
    counted = {
        column: _sums(facts, models.Receipt.select(), column)
        for column in ("received", "damaged", "wrong", "final_short")
    }
    sent = models.ShipmentItem.select().join(models.Shipment)
    shipped = _sums(facts, sent.where(models.Shipment.voided_at.is_null()), "quantity")
    for job in facts.jobs:
        for item in facts.items[job.id]:
            assert bought[item.id] == item.purchased, f"{item} of {job}: bought"
            for column, sums in counted.items():
                assert sums[item.id] == getattr(item, column), f"{item} of {job}: {column}"
            handed = _handed_over(facts, job, item)
            assert shipped[item.id] <= handed, (
                f"{item} of {job}: {shipped[item.id]} shipped, {handed} handed over"
            )


def _sums(facts, query, column):
    """The sum of a column by item id, over the order's items."""
    table, found = query.model, defaultdict(Decimal)
    ids = [item.id for items in facts.items.values() for item in items]
    for row in query.where(table.item.in_(ids)):
        found[row.item_id] += getattr(row, column)
    return found


def _handed_over(facts, job, item):
    tasks = [t for t in facts.tasks[job.id] if t.department.work == Work.HANDOVER]
    rows = [facts.recorded.get((task.id, item.id)) for task in tasks]
    return sum((row.good for row in rows if row is not None), ZERO)


# ---------------------------------------------------------------- holds, money, artwork, outbox


def _holds(facts):
    holds = models.Hold.select().where(
        (models.Hold.order == facts.order) & models.Hold.ended_at.is_null()
    )
    held = [hold.job_id for hold in holds]
    order = facts.order
    assert order.on_hold == (None in held), f"{order}: holds of {held}, on_hold {order.on_hold}"
    if order.closed_at is not None:
        assert not held, f"{order} is closed and on hold"
    for job in facts.jobs:
        if job.cancelled_at is None:
            if job.closed_at is not None:
                assert not job.on_hold, f"{job} is done and on hold"
            else:
                assert job.on_hold == (order.on_hold or job.id in held), f"{job}: {held}"


def _money(facts):
    order = facts.order
    alive = [line for line in facts.lines.values() if line.cancelled_at is None]
    for line in alive:
        expected = _line_total(order, line)
        assert line.line_total == expected, (
            f"line {line.number} of {order}: {line.line_total}, not {expected}"
        )
    assert order.subtotal == sum((line.line_total for line in alive), ZERO)
    assert order.pieces == sum((line.quantity for line in alive), ZERO)
    charges = models.Charge.select().where(models.Charge.order == order)
    assert order.grand_total == grand_total(
        order.subtotal,
        discount_percent=order.discount_percent,
        discount_amount=order.discount_amount,
        extras=sum((c.amount for c in charges), order.freight_charge + order.tax_amount),
        currency=order.currency,
    )


def _line_total(order, line):
    rows = models.ScheduleRow.select().where(models.ScheduleRow.line == line)
    priced = [
        (r.schedule_quantity, line.unit_price if r.schedule_unit_price is None else r.schedule_unit_price)
        for r in rows
    ]  # fmt: skip
    left = line.quantity - sum((quantity for quantity, _price in priced), ZERO)
    if left > 0:
        priced.append((left, line.unit_price))
    return line_total(
        priced,
        basis=line.price_basis,
        discount_percent=line.line_discount,
        currency=order.currency,
    )


def _artwork(facts):
    pictures = models.Artwork.select().where(models.Artwork.order == facts.order)
    asked = [ArtworkState(p.state) for p in pictures if p.proof_required]
    unsettled = [state for state in asked if state not in SETTLED_ARTWORK]
    expected = min(unsettled or asked, key=list(ArtworkState).index, default="")
    assert facts.order.artwork_state == expected
    for picture in pictures:
        if picture.state == ArtworkState.APPROVED:
            newest = models.ArtworkVersion.get(
                (models.ArtworkVersion.artwork == picture)
                & (models.ArtworkVersion.number == picture.current_version)
            )
            assert newest.file.sha256 == picture.approved_sha256, f"{picture} of {facts.order}"


def _outside(facts):
    order = facts.order
    asked = models.OutboxRow.select().where(models.OutboxRow.order == order)
    told = {(row.payload["event"], row.payload.get("job_id")) for row in asked}
    assert (("confirmed", None) in told) == (order.released_at is not None)
    for job in facts.jobs:
        if job.stage == Stage.DONE and job.cancelled_at is None:
            has_handover = any(
                t.department.work == Work.HANDOVER and t.outcome == "finished"
                for t in facts.tasks[job.id]
            )
            known = {("shipped", job.id), ("delivered", job.id)} & told
            assert not has_handover or known, f"{job} is done, nobody told"
