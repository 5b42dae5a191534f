"""One task with all a person must know to do it: the reads behind the pop-up.  Writes nothing.

The sentences why it may not complete are the engine's own, so that the button and the refusal say
the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from peewee import JOIN

from errors import NotFoundError
from models import (
    Artwork,
    ArtworkVersion,
    Decision,
    Decoration,
    Destination,
    Hold,
    Job,
    JobItem,
    Order,
    OrderLine,
    StoredFile,
    Task,
)
from workflow.engine.docket import Docket, dockets, item_label, work_of
from workflow.engine.work import unfilled, why_not_finished
from workflow.grids import ZERO, Cell, Grid, grids
from workflow.quantities import Upstream, show
from workflow.routing import Rule
from workflow.stages import Work


@dataclass(frozen=True)
class Picture:
    """One artwork with its newest file."""

    artwork: Artwork
    version: int  # id of the newest version; 0 where no file is there
    name: str
    sha256: str
    uploaded_by: str
    uploaded_at: Any
    content_type: str

    @property
    def hash(self) -> str:
        """The fingerprint as people compare it: its ends."""
        return f"{self.sha256[:4]}…{self.sha256[-2:]}" if self.sha256 else ""

    @property
    def is_approved_file(self) -> bool:
        """Whether the newest file is the one that was approved."""
        return bool(self.sha256) and self.artwork.approved_sha256 == self.sha256


@dataclass(frozen=True)
class Ticket:
    """A task with its job, order and figures; what stands beside them is read when asked for."""

    docket: Docket
    task: Task
    work: Work
    grids: tuple[Grid, ...]
    upstream: Upstream
    reasons: tuple[str, ...]  # why it may not complete; the engine's sentences
    blocked: bool  # nothing can be recorded now: on hold, pending, change unread

    @cached_property
    def holds(self) -> tuple[Hold, ...]:
        """What stops the job now."""
        return tuple(_holds(self.docket))

    @cached_property
    def place(self) -> Destination | None:
        """Where the goods go."""
        return _place(self.job)

    @cached_property
    def decorations(self) -> tuple[Decoration, ...]:
        """The decorations the department makes; artwork and finishing see all of them."""
        return tuple(_decorations(self.docket, self.task))

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The order's artwork, each with its newest file."""
        return tuple(pictures_of(self.order))

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided about missing pieces."""
        return tuple(_decisions(self.docket, self.task))

    @property
    def job(self) -> Job:
        return self.docket.job

    @property
    def order(self) -> Order:
        return self.docket.order

    @property
    def cells(self) -> list[Cell]:
        """Every line and size of the task."""
        return [cell for grid in self.grids for line in grid.lines for cell in line.there]

    @property
    def lines(self) -> list[OrderLine]:
        """The order's lines on this job, each once."""
        return list({item.line_id: item.line for item in self.docket.items}.values())

    @property
    def closed(self) -> bool:
        return self.task.closed_at is not None

    @property
    def ready_pieces(self) -> tuple[Decimal, Decimal] | None:
        """How many pieces are here and how many are wanted, while not all have arrived."""
        limited = [cell for cell in self.cells if cell.ready is not None]
        here = sum((min(cell.ready or ZERO, cell.todo) for cell in limited), ZERO)
        wanted = sum((cell.todo for cell in limited), ZERO)
        return (here, wanted) if limited and here < wanted else None


# ---------------------------------------------------------------- reading


def read(task_id: int, seen: frozenset[int] | None) -> Ticket:
    """A task with all that belongs to it.

    Args:
        task_id: whose pop-up is opened.
        seen: ids of the departments whose work the person sees; None means all.

    Raises:
        NotFoundError: there is no such task, or not for this person.
    """
    docket, task = _load(task_id)
    if docket is None or task is None or (seen is not None and task.department_id not in seen):
        raise NotFoundError(
            "There is no such work for you. Go back to your queue and choose from the list."
        )
    upstream = docket.upstream(task)
    stopped = task.ready_at is None or docket.job.on_hold or bool(task.must_acknowledge)
    return Ticket(
        docket=docket,
        task=task,
        work=work_of(task),
        grids=grids(docket, task, upstream),
        upstream=upstream,
        reasons=tuple(_reasons(docket, task)),
        blocked=stopped and task.closed_at is None,
    )


def _load(task_id: int) -> tuple[Docket | None, Task | None]:
    if not 0 < task_id < 2**31:
        return None, None
    mine = Task.select(Task.job).where(Task.id == task_id)
    job = Job.select(Job, Order).join(Order).where(Job.id == mine).first()
    if job is None:
        return None, None
    docket = dockets(job.order, [job], finishing=True)[0]
    return docket, docket.task(task_id)


def _reasons(docket: Docket, task: Task) -> list[str]:
    if task.closed_at is not None:
        return []
    return why_not_finished(docket, task) + unfilled(docket, task)


def _holds(docket: Docket) -> list[Hold]:
    here = Hold.job.is_null() | (Hold.job == docket.job)
    of_order = (Hold.order == docket.order) & Hold.ended_at.is_null()
    return list(Hold.select().where(of_order & here).order_by(Hold.id))


def _place(job: Job) -> Destination | None:
    if job.destination_id is None:
        return None
    found: Destination | None = Destination.get_or_none(Destination.id == job.destination_id)
    return found


def _decorations(docket: Docket, task: Task) -> list[Decoration]:
    lines = {item.line_id for item in docket.items}
    query = Decoration.select().where(Decoration.line.in_(lines))
    found = _each_once(query.order_by(Decoration.line, Decoration.position, Decoration.id))
    if work_of(task) is not Work.PRODUCTION:
        return found
    methods = Rule.from_row(task.department.applies_to or {}).methods
    return [
        d
        for d in found
        if d.department_id == task.department_id
        or (d.department_id is None and (not methods or d.method.strip().casefold() in methods))
    ]


def _each_once(decorations: Iterable[Decoration]) -> list[Decoration]:
    """Lines of several colours often carry the same decoration: it is told once."""
    found: dict[str, Decoration] = {}
    for decoration in decorations:
        look = {k: v for k, v in decoration.__data__.items() if k not in ("id", "line", "position")}
        found.setdefault(repr(sorted(look.items(), key=str)), decoration)
    return list(found.values())


def pictures_of(order: Order) -> list[Picture]:
    """The artwork of an order, each with its newest file."""
    newest = (ArtworkVersion.artwork == Artwork.id) & (
        ArtworkVersion.number == Artwork.current_version
    )
    query: Any = (
        Artwork.select(
            Artwork,
            ArtworkVersion.id.alias("version_id"),
            ArtworkVersion.name.alias("file_name"),
            ArtworkVersion.uploaded_by,
            ArtworkVersion.uploaded_at,
            StoredFile.sha256,
            StoredFile.content_type,
        )
        .join(ArtworkVersion, JOIN.LEFT_OUTER, on=newest)
        .join(StoredFile, JOIN.LEFT_OUTER, on=ArtworkVersion.file == StoredFile.id)
        .where(Artwork.order == order)
        .order_by(Artwork.id)
    )
    return [
        Picture(
            artwork=row,
            version=row.version_id or 0,
            name=row.file_name or "",
            sha256=row.sha256 or "",
            uploaded_by=row.uploaded_by or "",
            uploaded_at=row.uploaded_at,
            content_type=row.content_type or "",
        )
        for row in query.objects()
    ]


def _decisions(docket: Docket, task: Task) -> list[Decision]:
    query = Decision.select(Decision, JobItem, OrderLine).join(JobItem).join(OrderLine)
    return list(query.where(Decision.task == task).order_by(Decision.id))


def words_of(decision: Decision) -> str:
    """A decision in a sentence: "2 Tee, black, L: ship short, decided by Olga"."""
    label = item_label(decision.item.line, decision.item.size)
    kind = decision.kind.replace("_", " ")
    note = f" ({decision.note})" if decision.note else ""
    return f"{show(decision.quantity)} {label}: {kind}, decided by {decision.by}{note}"
