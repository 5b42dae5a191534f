"""The manager's plan: machines to match the work, and every open task on a day that has room."""

from datetime import date, timedelta

import clock
from demo import cast
from demo.desk import Desk
from models import Department, Job, Task
from workflow import engine
from workflow.stages import Stage

#: Working days for which there is work in the house, and how full a day may be at most.
_DAYS, _FULL = 6, 1.05
_SMALL = {"packaging": 120, "shipping": 60, "pickup": 30, "delivery": 60}


def plan(desk: Desk) -> None:
    """Give departments the capacity their work calls for, and spread the work over the days."""
    for department in Department.select().where(Department.stage != Stage.SOURCING):
        tasks = _open_tasks(department)
        if department.stage == Stage.PRODUCTION:
            minutes = sum(task.minutes for task in tasks)
            department.capacity_minutes = max(round(minutes / _DAYS / 0.85 / 30) * 30, 60)
        else:
            department.capacity_minutes = _SMALL.get(department.slug, 480)
        department.version += 1
        department.save()
        if department.stage == Stage.PRODUCTION:
            _spread(desk, tasks, department.capacity_minutes)


def _open_tasks(department: Department) -> list[Task]:
    mine = (Task.department == department) & Task.closed_at.is_null()
    tasks = Task.select(Task, Job).join(Job).where(mine)
    return sorted(tasks, key=lambda task: (task.due_date or date.max, task.id))


def _spread(desk: Desk, tasks: list[Task], capacity: int) -> None:
    day = desk.calendar.on_or_after(clock.today())
    load = 0
    for task in tasks:
        if load and load + task.minutes > capacity * _FULL:
            day, load = desk.calendar.on_or_after(day + timedelta(days=1)), 0
        load += task.minutes
        if day != max(task.due_date or date.max, clock.today()):
            engine.plan_task(task.id, day, desk.who(cast.MANAGER))
