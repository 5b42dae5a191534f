"""Planning: days in the calendar, dates of jobs, changes that departments acknowledge."""

from datetime import date

from errors import BlockedError, InvalidError
from models import Job, Task, transaction
from sync.drafts import Values
from workflow import shop
from workflow.actors import Actor, Right
from workflow.engine import customers, revise, rows
from workflow.engine.docket import event, load_job, load_task, settle
from workflow.engine.work import bump, require_open
from workflow.fields import Level


def plan_task(task_id: int, day: date | None, actor: Actor) -> Task:
    """Put a task on another day of the calendar; None goes back to its due date.

    Raises:
        ForbiddenError: the actor may not plan.
        StaleError: the task is finished.
    """
    actor.require(Right.PLAN)
    with transaction():
        docket, task = load_task(task_id)
        require_open(task, None)
        before = task.planned_date or task.due_date
        task.planned_date = day
        bump(docket, task, actor)
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
            bump(docket, task, actor)
            docket.events.append(event(docket.order, actor, "acknowledged", text, about=task))
            settle(docket.order, [docket], actor)
    return task


def change_job(job_id: int, values: Values, actor: Actor) -> Job:
    """Fill in the shop's own fields of a job.

    Raises:
        InvalidError: a name is not a field of jobs.
    """
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        docket = load_job(job_id)
        catalogue = shop.catalogue()
        strangers = {
            n: "is not a field of a job" for n in values if not catalogue.get(Level.JOB, n)
        }
        if strangers:
            raise InvalidError(strangers)
        changed = rows.put(docket.job, catalogue, Level.JOB, values)
        if changed:
            docket.job.version += 1
            text = "; ".join(f"{name}: {after}" for name, (_before, after) in changed.items())
            text = f"{docket.job.number}: {text}"
            docket.events.append(event(docket.order, actor, "changed", text, about=docket.job))
            settle(docket.order, [docket], actor)
    return docket.job


def change_job_date(
    job_id: int, due: date | None, *, firm: bool, actor: Actor, reason: str = ""
) -> Job:
    """Give one job another in-hands date; its departments' due dates follow.

    The customer is told the new date, with the ``reason`` in words for them.

    Raises:
        BlockedError: the job is done or cancelled.
    """
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
        why = " ".join(reason.split())[:500]
        for task in docket.tasks:
            if task.closed_at is None:
                task.must_acknowledge = said
        docket.events.append(
            event(
                docket.order, actor, "date_moved",
                f"{job.number}: {said}" + (f" ({why})" if why else ""), about=job,
                change=(str(before or ""), str(due or "")),
            )
        )  # fmt: skip
        settle(docket.order, [docket], actor)
        if due != before:
            customers.tell_new_date(docket.order, job, before, why)
    return job
