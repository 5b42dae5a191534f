"""From a number on paper to the job: what the scan field asks.  Reads only."""

from dataclasses import dataclass

from models import Department, Job, Order, Task
from workflow.search import has_words


@dataclass(frozen=True)
class Place:
    """One department's work on a job that was found."""

    id: int
    slug: str
    name: str
    department: int
    open: bool
    ready: bool


@dataclass(frozen=True)
class Hit:
    """An order or job by its exact number."""

    number: str
    order: str
    waiting: str
    tasks: tuple[Place, ...]

    def task_in(self, slug: str) -> Place | None:
        """The work of one department: open work first."""
        here = [task for task in self.tasks if task.slug == slug]
        return next((task for task in here if task.open), here[0] if here else None)

    def not_here(self, slug: str) -> str:
        """Why nothing opens in a department's queue, and where the job is."""
        name = next((d.name for d in Department.select().where(Department.slug == slug)), slug)
        return f"{self.number} has no work in {name}. {self.waiting or 'It is not released yet'}."


def by_number(text: str) -> Hit | None:
    """The job, or the order, that has exactly this number; its tasks in their order."""
    number = text.strip().lstrip("#*").rstrip("*").upper()
    if not number:
        return None
    jobs = list(Job.select(Job, Order).join(Order).where(Job.number == number))
    if jobs:
        return _hit(number, jobs)
    order = Order.get_or_none(Order.number == number)
    if order is None:
        return None
    parts = Job.select(Job, Order).join(Order).where(Job.order == order).order_by(Job.position)
    return _hit(number, list(parts)) or Hit(number, order.number, order.waiting, ())


def _hit(number: str, jobs: list[Job]) -> Hit | None:
    if not jobs:
        return None
    tasks = (
        Task.select(Task, Department)
        .join(Department)
        .where(Task.job.in_([job.id for job in jobs]) & (Task.outcome != "cancelled"))
        .order_by(Task.position, Task.id)
    )
    places = tuple(
        Place(
            id=task.id,
            slug=task.department.slug,
            name=task.department.name,
            department=task.department_id,
            open=task.closed_at is None,
            ready=task.ready_at is not None,
        )
        for task in tasks
    )
    return Hit(number, jobs[0].order.number, jobs[0].order.waiting, places)


def any_order(text: str) -> bool:
    """Whether the list of orders would find something for these words."""
    return bool(Order.select(Order.id).where(has_words(text)).limit(1).exists())
