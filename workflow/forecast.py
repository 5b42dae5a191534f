"""Late before it is late: which jobs will miss their date, when they can be there, and why.

The worker works it out anew every few minutes; screens read the rows it leaves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from peewee import fn

import clock
from models import (
    Department,
    Forecast,
    Job,
    JobItem,
    Order,
    PurchaseLine,
    PurchaseOrder,
    Task,
    transaction,
)
from workflow import shop
from workflow.due import WorkingCalendar
from workflow.foresight import Open, arrival
from workflow.stages import UNSETTLED_WORDS, Work

_CHUNK = 200


def renew() -> int:
    """Work out anew which open jobs will miss their date; how many there are."""
    decided, calendar, today = shop.settings_of_shop(), shop.working_calendar(), clock.today()
    tasks = _open_tasks()
    goods = _goods_expected()
    ahead = _ahead(tasks)
    by_job: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        by_job[task.job_id].append(task)
    found = []
    for own in by_job.values():
        job = own[0].job
        if job.due_date is None:
            continue
        steps = [_step(task, ahead[task.id], goods.get(job.id), today) for task in own]
        transit = int(decided["transit_days"].get(job.fulfillment_type, 0))
        seen = arrival(steps, transit, today, calendar)
        if seen.day > job.due_date:
            found.append(_row(job, seen.day, _held(job) or seen.reason, calendar))
    _keep(found)
    return len(found)


def _open_tasks() -> list[Task]:
    query = (
        Task.select(Task, Department, Job, Order)
        .join(Department)
        .switch(Task)
        .join(Job)
        .join(Order)
        .where(Task.closed_at.is_null() & Job.released_at.is_null(False))
        .where(Job.closed_at.is_null())
        .order_by(fn.COALESCE(Task.planned_date, Task.due_date), Task.id)
    )
    return list(query)


def _ahead(tasks: Sequence[Task]) -> dict[int, int]:
    """Minutes of work that come before each task in its department; undated work comes last."""
    sums: dict[int, float] = defaultdict(float)
    found = {}
    dated = sorted(tasks, key=lambda t: (t.planned_date or t.due_date or date.max, t.id))
    for task in dated:
        found[task.id] = int(sums[task.department_id])
        sums[task.department_id] += task.minutes * _left(task)
    return found


def _left(task: Task) -> float:
    if not task.quantity or task.good <= 0:
        return 1.0
    return max(float((task.quantity - task.good) / task.quantity), 0.0)


def _goods_expected() -> dict[int, tuple[date, str]]:
    """The last day on which ordered goods of an open job are expected, with the purchase."""
    missing = JobItem.received + JobItem.damaged < JobItem.purchased
    rows: Any = (
        PurchaseLine.select(JobItem.job, PurchaseOrder.expected_on, PurchaseOrder.number)
        .join(PurchaseOrder)
        .switch(PurchaseLine)
        .join(JobItem)
        .join(Job)
        .where(Job.closed_at.is_null() & PurchaseOrder.expected_on.is_null(False) & missing)
        .tuples()
    )
    found: dict[int, tuple[date, str]] = {}
    for job_id, day, number in rows:
        found[job_id] = max(found.get(job_id, (day, number)), (day, number))
    return found


def _step(task: Task, ahead: int, goods: tuple[date, str] | None, today: date) -> Open:
    work, not_before, why = Work(task.department.work), None, ""
    if work is Work.RECEIVING and goods is not None:
        not_before, why = goods[0], f"{goods[1]} is expected {_said(goods[0])}"
        if goods[0] < today:
            not_before, why = None, f"{goods[1]} was expected {_said(goods[0])}"
    if work is Work.ARTWORK:
        why = UNSETTLED_WORDS.get(task.job.order.artwork_state, "")
    return Open(
        department=task.department.name,
        position=task.department.position,
        lead_days=task.department.lead_days,
        left=_left(task),
        due=task.due_date,
        ahead=ahead,
        capacity=task.department.capacity_minutes if work is Work.PRODUCTION else 0,
        not_before=not_before,
        why=why,
    )


def _said(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _held(job: Job) -> str:
    if not job.on_hold and not job.order.on_hold:
        return ""
    return f"on hold: {job.order.waiting.removeprefix('On hold: ')}"[:255]


def _row(job: Job, day: date, reason: str, calendar: WorkingCalendar) -> dict[str, Any]:
    due = job.due_date or day
    return {
        "job": job.id,
        "due_date": due,
        "expected_on": day,
        "late_days": max(calendar.between(due, day), 1),
        "reason": reason[:255],
    }


def _keep(found: list[dict[str, Any]]) -> None:
    """Replace the forecasts; when one was noticed first stays."""
    known = {row.job_id: row for row in Forecast.select()}
    new = [row for row in found if row["job"] not in known]
    with transaction():
        gone = set(known) - {row["job"] for row in found}
        for some in _chunks(sorted(gone)):
            Forecast.delete().where(Forecast.job.in_(some)).execute()
        for row in found:
            before = known.get(row["job"])
            if before is not None and _differs(before, row):
                Forecast.update(**row).where(Forecast.id == before.id).execute()
        for some in _chunks(new):
            Forecast.insert_many(some).on_conflict_ignore().execute()


def _differs(before: Forecast, row: dict[str, Any]) -> bool:
    return any(getattr(before, name) != row[name] for name in row if name != "job")


def _chunks(rows: Sequence[Any]) -> Iterable[Any]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
