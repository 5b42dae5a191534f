"""An order's jobs: their items, the departments they visit, worklists and due dates."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from models import (
    Decoration,
    Department,
    Job,
    JobItem,
    OrderLine,
    Task,
    TaskQuantity,
)
from workflow import shop
from workflow.due import Step, WorkingCalendar, due_dates, minutes_of_work
from workflow.engine import rows
from workflow.engine.docket import Docket
from workflow.engine.sheet import Sheet, buys, routes_of
from workflow.routing import (
    JobPlan,
    Rule,
    route,
    split_into_jobs,
)
from workflow.stages import RANKS, Work

_ADDRESSED = frozenset({"ship", "deliver", "install"})


def make_jobs(sheet: Sheet) -> list[Docket]:
    """Insert an order's jobs with items, tasks and worklists; returns their dockets."""
    order = sheet.order
    home = sheet.destinations[0]
    plans = split_into_jobs(
        sheet.line_facts(),
        in_hands=order.in_hands_date,
        firm=order.in_hands_firm,
        destination=home.id,
    )
    wanted = [_job_row(sheet, plan, n, len(plans)) for n, plan in enumerate(plans)]
    jobs = sorted(Job.insert_many(wanted).returning(Job).execute(), key=lambda job: job.position)
    calendar = shop.working_calendar(sheet.decided["weekdays"])
    for job in jobs:
        job.order = order
    return add_items(sheet, list(zip(jobs, plans, strict=True)), calendar)


def _job_row(sheet: Sheet, plan: JobPlan, position: int, count: int) -> dict[str, Any]:
    order = sheet.order
    place = next((p for p in sheet.destinations if p.id == plan.destination), sheet.destinations[0])
    lines = {line.id: line for line in sheet.lines}
    mine = list(dict.fromkeys(lines[line] for line, _size, _qty in plan.items))
    return {
        "order": order.id,
        "number": order.number if count == 1 else f"{order.number}-{position + 1}",
        "position": position,
        "destination": place.id,
        "fulfillment_type": place.fulfillment_type,
        "due_date": plan.date,
        "firm": plan.firm,
        "rank": RANKS.get(order.priority, 0),
        "pieces": sum((qty for _line, _size, qty in plan.items), Decimal(0)),
        "summary": rows.summary(mine),
        "released_at": order.released_at,
    }


def add_items(
    sheet: Sheet, planned: Sequence[tuple[Job, JobPlan]], calendar: WorkingCalendar
) -> list[Docket]:
    """Insert items, tasks and worklists for jobs that have none yet; returns their dockets."""
    lines = {line.id: line for line in sheet.lines}
    items = _insert_items(lines, planned)
    tasks: list[dict[str, Any]] = []
    covers: dict[tuple[int, int], list[JobItem]] = {}
    for job, _plan in planned:
        mine = [item for item in items if item.job_id == job.id]
        rows_of_job = task_rows(sheet, job, mine, calendar)
        tasks += [row for row, _covered in rows_of_job]
        covers |= {(job.id, row["department"]): covered for row, covered in rows_of_job}
    made = _insert_tasks(tasks, sheet.departments)
    worklist = [
        {"task": task.id, "item": item.id}
        for task in made
        for item in covers[task.job_id, task.department_id]
    ]
    for start in range(0, len(worklist), 400):
        TaskQuantity.insert_many(worklist[start : start + 400]).execute()
    recorded: dict[int, dict[int, TaskQuantity]] = {}
    for row in worklist:
        recorded.setdefault(row["task"], {})[row["item"]] = TaskQuantity(**row)
    return [
        Docket(
            order=sheet.order,
            job=job,
            tasks=[task for task in made if task.job_id == job.id],
            items=[item for item in items if item.job_id == job.id],
            recorded=recorded,
        )
        for job, _plan in planned
    ]


def _insert_items(
    lines: dict[int, OrderLine], planned: Sequence[tuple[Job, JobPlan]]
) -> list[JobItem]:
    """Insert what each job carries; the items with their lines, in their order."""
    found = [
        {
            "job": job.id,
            "line": line,
            "position": position,
            "size": size,
            "quantity": quantity,
            "bought": buys(lines[line]),
            "brought": lines[line].customer_supplied_goods,
        }
        for job, plan in planned
        for position, (line, size, quantity) in enumerate(plan.items)
    ]
    items: list[JobItem] = []
    for start in range(0, len(found), 400):
        items += JobItem.insert_many(found[start : start + 400]).returning(JobItem).execute()
    items.sort(key=lambda item: (item.position, item.id))
    for item in items:
        if item.line_id in lines:
            item.line = lines[item.line_id]
            item._dirty.clear()
    return items


def _insert_tasks(
    wanted: Sequence[dict[str, Any]], departments: Sequence[Department]
) -> list[Task]:
    """Insert the jobs' tasks; the rows with their departments, in their order."""
    if not wanted:
        return []
    known = {department.id: department for department in departments}
    tasks: list[Task] = list(Task.insert_many(wanted).returning(Task).execute())
    tasks.sort(key=lambda task: (task.position, task.id))
    for task in tasks:
        task.department = known[task.department_id]
        task._dirty.clear()
    return tasks


def task_rows(
    sheet: Sheet, job: Job, items: Sequence[JobItem], calendar: WorkingCalendar
) -> list[tuple[dict[str, Any], list[JobItem]]]:
    """The tasks a job gets, each with the items it covers; worked out line by line."""
    covered = _coverage(sheet, job, items)
    departments = [d for d in sheet.departments if d.id in covered]
    dates = dates_for(job, departments, sheet.decided, calendar)
    return [
        (_task_row(sheet, job, d, covered[d.id], dates[d.id]), covered[d.id]) for d in departments
    ]


def _coverage(sheet: Sheet, job: Job, items: Sequence[JobItem]) -> dict[int, list[JobItem]]:
    routes = routes_of(sheet.departments)
    works = {d.id: Work(d.work) for d in sheet.departments}
    whole = sheet.job_facts([item.line_id for item in items], job.fulfillment_type)
    covered: dict[int, list[JobItem]] = {d: [] for d in route(routes, whole)}
    by_line: dict[int, list[JobItem]] = {}
    for item in items:
        by_line.setdefault(item.line_id, []).append(item)
    for line_id, mine in by_line.items():
        facts = sheet.job_facts([line_id], job.fulfillment_type)
        for department in route(routes, facts):
            if department in covered and works[department] is not Work.ARTWORK:
                covered[department] += mine
    return {
        department: found
        for department, found in covered.items()
        if found or works[department] is Work.ARTWORK
    }


def dates_for(
    job: Job,
    departments: Sequence[Department],
    decided: dict[str, Any],
    calendar: WorkingCalendar,
) -> dict[int, date | None]:
    """Every department's due date for a job, counted backwards."""
    transit = int(decided["transit_days"].get(job.fulfillment_type, 0))
    steps = [Step(d.id, d.position, d.lead_days) for d in departments]
    return due_dates(job.due_date, transit, steps, calendar)


def _task_row(
    sheet: Sheet,
    job: Job,
    department: Department,
    items: Sequence[JobItem],
    due: date | None,
) -> dict[str, Any]:
    work = Work(department.work)
    pieces = sum((item.quantity for item in items), Decimal(0))
    decorations = _decorations_for(sheet, department, items)
    minutes = minutes_of_work(
        department.setup_minutes, department.minutes_per_piece, pieces, len(decorations)
    )
    return {
        "job": job.id,
        "department": department.id,
        "position": department.position,
        "due_date": due,
        "minutes": minutes,
        "quantity": pieces,
        "detail": _detail(work, job, decorations, sheet)[:255],
    }


def _decorations_for(
    sheet: Sheet, department: Department, items: Sequence[JobItem]
) -> list[Decoration]:
    if department.work != Work.PRODUCTION:
        return []
    methods = Rule.from_row(department.applies_to or {}).methods
    lines = dict.fromkeys(item.line_id for item in items)
    return [
        d
        for line in lines
        for d in sheet.decorations.get(line, [])
        if d.department_id == department.id
        or (d.department_id is None and (not methods or d.method.strip().casefold() in methods))
    ]


def _detail(work: Work, job: Job, decorations: Sequence[Decoration], sheet: Sheet) -> str:
    """What a department must know at a glance: "Front · 2 colours · PMS 186, White"."""
    if work in {Work.PACKAGING, Work.HANDOVER}:
        place = next((p for p in sheet.destinations if p.id == job.destination_id), None)
        carrier = f"{place.carrier} {place.service_level}".strip() if place else ""
        return " · ".join(
            part for part in (job.fulfillment_type, carrier, str(place or "")) if part
        )
    if work is Work.ARTWORK:
        decorations = [d for found in sheet.decorations.values() for d in found]
    parts = []
    for decoration in decorations:
        colors = ", ".join(map(str, decoration.imprint_colors or []))
        count = f"{decoration.color_count} col." if decoration.color_count else ""
        words = (decoration.location or decoration.method, count, colors)
        parts.append(" · ".join(word for word in words if word))
    return "; ".join(dict.fromkeys(part for part in parts if part))
