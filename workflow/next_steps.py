"""What completing or reopening a task does to its job, in sentences.  Decides nothing."""

from collections.abc import Iterable
from dataclasses import replace

from workflow.engine.docket import task_fact
from workflow.engine.work import what_reopening_takes_back
from workflow.stages import Stage, Work, stage_of, waits_for
from workflow.ticket import Ticket


def what_happens(ticket: Ticket) -> list[str]:
    """What completing the task does, in sentences, for the question before it."""
    docket, task = ticket.docket, ticket.task
    facts = [task_fact(docket.order, other) for other in docket.tasks]
    after = [
        replace(fact, finished=True) if other.id == task.id else fact
        for other, fact in zip(docket.tasks, facts, strict=True)
    ]
    stage = stage_of(after, released=True)
    able = [
        other
        for other, fact in zip(docket.tasks, after, strict=True)
        if not fact.finished and not waits_for(fact, after, stage)
    ]
    started = [other.department.name for other in able if other.ready_at is None]
    going_on = [other.department.name for other in able if other.ready_at is not None]
    name = task.department.name
    if stage is Stage.DONE:
        words = [f"{name} is finished, and {docket.job.number} is done."]
    elif started:
        words = [f"{name} is finished, the job goes to {_listed(started)}."]
    elif going_on:
        still = "still works" if len(going_on) == 1 else "still work"
        words = [f"{name} is finished; {_listed(going_on)} {still} on the job."]
    else:
        words = [f"{name} is finished; the job stays in {stage}."]
    return words + _who_is_told(ticket, stage)


def _who_is_told(ticket: Ticket, stage: Stage) -> list[str]:
    told = ticket.work is Work.PACKAGING or (ticket.work is Work.HANDOVER and stage is Stage.DONE)
    if not told:
        return []
    order = ticket.order
    whom = order.order_contact_name or order.customer_name or "The customer"
    if not order.order_contact_email:
        return [f"The customer will be told, if {whom} has an e-mail address."]
    return [f"The customer will be told: {whom}, {order.order_contact_email}."]


def _listed(names: Iterable[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last


def path_after(ticket: Ticket) -> str:
    """Where the job goes after this department: "Packaging → Shipping"."""
    order = list(Stage)
    here = (order.index(Stage(ticket.task.department.stage)), ticket.task.position)
    later = [
        task.department.name
        for task in ticket.docket.tasks
        if task.outcome != "cancelled"
        and (order.index(Stage(task.department.stage)), task.position) > here
    ]
    return " → ".join(dict.fromkeys(later))


def taken_back(ticket: Ticket) -> list[str]:
    """What reopening the task takes back, in words."""
    return what_reopening_takes_back(ticket.docket, ticket.task)
