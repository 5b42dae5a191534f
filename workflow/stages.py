"""Read first: the words of the shop, and how a job's stage follows from what is done. Pure.

Nobody sets a stage.  People record facts; ``stage_of`` says where that puts a job, and
``waits_for`` says in words why a task may not start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a job is.  On hold and cancelled lie over it."""

    REVIEW = "review"
    SOURCING = "sourcing"
    PRODUCTION = "production"
    FINISHING = "finishing"
    DONE = "done"


JOURNEY: tuple[Stage, ...] = tuple(Stage)
WORK_STAGES: tuple[Stage, ...] = (Stage.SOURCING, Stage.PRODUCTION, Stage.FINISHING)


class Work(StrEnum):
    """What a department records; departments are rows, kinds of work are not."""

    ARTWORK = "artwork"  # files and proofs, no quantities
    PURCHASING = "purchasing"  # quantities ordered from vendors
    RECEIVING = "receiving"  # received, damaged, wrong, short
    PRODUCTION = "production"  # good and rejected
    PACKAGING = "packaging"  # packed, boxes
    HANDOVER = "handover"  # shipped, picked up, delivered


class ArtworkState(StrEnum):
    """Where a picture is on its way to the press."""

    AWAITING = "awaiting"
    RECEIVED = "received"
    SENT = "sent"
    VIEWED = "viewed"
    CHANGE_REQUESTED = "change_requested"
    APPROVED = "approved"
    WAIVED = "waived"


SETTLED_ARTWORK = frozenset({ArtworkState.APPROVED, ArtworkState.WAIVED})
#: The customer has it and must answer.
WITH_THE_CUSTOMER = frozenset({ArtworkState.SENT, ArtworkState.VIEWED})


#: What stops production while a picture that needs approval is in this state.
UNSETTLED_WORDS: dict[str, str] = {
    ArtworkState.AWAITING: "no file yet",
    ArtworkState.RECEIVED: "the file was replaced and not approved yet",
    ArtworkState.SENT: "the customer has not approved the file yet",
    ArtworkState.VIEWED: "the customer has not approved the file yet",
    ArtworkState.CHANGE_REQUESTED: "the customer asked for a change",
}


def proof_in_the_way(work: Work, artwork_state: str) -> str:
    """Why production may not use the pictures of an order as they are; '' if it may."""
    if work is not Work.PRODUCTION or artwork_state not in UNSETTLED_WORDS:
        return ""
    return f"Proof: {UNSETTLED_WORDS[artwork_state]}"


class DecisionKind(StrEnum):
    """What to do about pieces that are missing for good."""

    REORDER = "reorder"  # buy them again; the job goes back to purchasing
    SHIP_SHORT = "ship_short"  # the customer gets fewer
    ASK_CUSTOMER = "ask_customer"  # hold until the answer
    CANCEL_REST = "cancel_rest"  # take them off the order


HOLD_REASONS: dict[str, str] = {
    "customer_answer": "Waiting for the customer",
    "credit": "Credit",
    "artwork": "Artwork",
    "goods": "Goods missing",
    "quality": "Quality",
    "capacity": "No capacity",
    "short": "Pieces missing: customer decides",
    "other": "Other",
}

REJECT_REASONS: tuple[str, ...] = (
    "smudge",
    "misprint",
    "wrong position",
    "wrong colour",
    "faulty blank",
    "machine",
    "other",
)

RECEIPT_REASONS: tuple[str, ...] = (
    "damaged",
    "stained",
    "wrong size",
    "wrong colour",
    "wrong item",
    "other",
)

RANKS: dict[str, int] = {"normal": 0, "rush": 1, "hot": 2}


@dataclass(frozen=True)
class TaskFact:
    """What must be known of a task to say where its job is."""

    slug: str
    department: str
    stage: Stage
    work: Work
    waits_for: Sequence[str]
    position: int
    finished: bool
    good: bool = False  # something has been passed on already
    progress: str = ""  # "180 of 300"
    blocked: str = ""  # what else must happen first


def stage_of(tasks: Iterable[TaskFact], *, released: bool) -> Stage:
    """The first stage that still has open work; a stage with no work is skipped."""
    if not released:
        return Stage.REVIEW
    open_stages = {task.stage for task in tasks if not task.finished}
    return next((stage for stage in WORK_STAGES if stage in open_stages), Stage.DONE)


def waits_for(task: TaskFact, tasks: Sequence[TaskFact], stage: Stage) -> list[str]:
    """Say, in words, why an open task may not start; empty if it may."""
    earlier = [
        other
        for other in tasks
        if not other.finished and WORK_STAGES.index(other.stage) < WORK_STAGES.index(task.stage)
    ]
    if earlier:
        return [_holdup(other) for other in earlier if not _waits_itself(other, earlier)]
    if WORK_STAGES.index(task.stage) > WORK_STAGES.index(stage):
        return [f"the job is in {stage}"]  # pragma: no cover - follows from the above
    before = [
        _holdup(other)
        for other in tasks
        if other.slug in task.waits_for and not other.finished and not _passes_on(other)
    ]
    return before + [task.blocked] * bool(task.blocked)


def _waits_itself(task: TaskFact, open_tasks: Sequence[TaskFact]) -> bool:
    """Receiving that waits for purchasing: name purchasing, the one who must act."""
    return any(other.slug in task.waits_for and not _passes_on(other) for other in open_tasks)


def _passes_on(task: TaskFact) -> bool:
    """Purchasing and production hand partial quantities on; packaging does not."""
    return task.good and task.work is not Work.PACKAGING


def _holdup(task: TaskFact) -> str:
    progress = f": {task.progress}" if task.progress else ""
    return f"{task.department}{progress}"


def sentence(
    stage: Stage, waiting: Sequence[str], *, on_hold: str = "", cancelled: bool = False
) -> str:
    """Where something is and what it waits for, in one sentence."""
    if cancelled:
        return "Cancelled"
    if on_hold:
        return f"On hold: {on_hold}"
    if stage is Stage.DONE:
        return "Done"
    if not waiting:
        return f"In {stage}"
    return f"In {stage}, waits for " + ", ".join(waiting)
