"""What a manager typed, done as the same edit in the app: by the engine, its rules and refusals."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from errors import BlockedError
from models import Hold, Job, Order, SheetLink, on_postgresql, transaction
from sync.cells import from_json
from sync.drafts import Value
from sync.sheets.columns import JOB
from workflow import engine, shop
from workflow.actors import Actor, Right
from workflow.fields import Catalogue, Level
from workflow.stages import HOLD_REASONS

SAID_BY = "the shared sheet"
Json = Any


def actor_of(link: SheetLink, author: str = "") -> Actor:
    """Who edits in the sheet: by name only where that is certain, with the workbook's role."""
    rights = frozenset(Right(right) for right in link.role.rights) if link.role else frozenset()
    name = f"{author} (sheet)" if author else "sheet"
    return Actor(name=name, rights=rights, departments=None)


def lock(order_id: int) -> None:
    """Let nobody change the order before the caller's transaction ends."""
    if on_postgresql():
        mine: Any = Order.select(Order.id).where(Order.id == order_id)
        mine.for_update().first()


def make(order_id: int, job_id: int | None, values: Mapping[str, Json], actor: Actor) -> None:
    """Change an order and its job by columns of a sheet; all of it, or nothing.

    Args:
        order_id: the order.
        job_id: its job, or None while it is in review.
        values: by source of the column, in JSON terms.
        actor: whose rights count.

    Raises:
        ForbiddenError, BlockedError, InvalidError, StaleError: as the engine refuses.
    """
    order, job, own = _sorted(values)
    if own and job_id is None:
        raise BlockedError("Fields of a job", ["the order has no job before it is released"])
    with transaction():
        if job_id is None:
            order |= {_ORDERS[name]: job[name] for name in _ORDERS if name in job}
        if order:
            change = engine.OrderChange(values=order, said_by=SAID_BY)
            engine.change_order(order_id, change, actor)
        if job_id is not None and ("in_hands" in job or "firm" in job):
            _change_date(job_id, job, actor)
        if "hold" in job:
            _hold(order_id, job_id, str(job["hold"] or ""), actor)
        if own and job_id is not None:
            engine.change_job(job_id, own, actor)


_Values = dict[str, Value]


def _sorted(values: Mapping[str, Json]) -> tuple[_Values, _Values, _Values]:
    """Typed values of the order, of what every job has, and of the shop's own fields of jobs."""
    catalogue = shop.catalogue()
    order, job, own = _Values(), _Values(), _Values()
    for source, raw in values.items():
        level, _, name = source.partition(".")
        value = _value(catalogue, level, name, raw)
        if level == "order":
            order[name] = value
        elif name in JOB:
            job[name] = value
        else:
            own[name] = value
    return order, job, own


#: What the order itself holds as long as it has no jobs.
_ORDERS = {"in_hands": "in_hands_date", "firm": "in_hands_firm"}


def _value(catalogue: Catalogue, level: str, name: str, raw: Json) -> Value:
    field = JOB.get(name) if level == "job" else None
    field = field or catalogue.get(Level.JOB if level == "job" else Level.ORDER, name)
    return from_json(field, raw) if field is not None else None


def _change_date(job_id: int, job: Mapping[str, Value], actor: Actor) -> None:
    now = Job.get_by_id(job_id)
    due = job.get("in_hands", now.due_date)
    firm = job.get("firm", now.firm)
    engine.change_job_date(
        job_id, due if isinstance(due, date) else None, firm=bool(firm), actor=actor
    )


def _hold(order_id: int, job_id: int | None, reason: str, actor: Actor) -> None:
    """The reason that stands in the cell is the hold's; an empty cell ends it."""
    open_holds = Hold.select().where(
        (Hold.order == order_id)
        & Hold.ended_at.is_null()
        & (Hold.job.is_null() | (Hold.job == job_id))
    )
    for standing in list(open_holds):
        engine.end_hold(standing.id, actor)
    code = next((code for code, words in HOLD_REASONS.items() if words == reason), "")
    if code:
        words = engine.HoldWords(code, actor.name, "", "put on hold in the shared sheet")
        engine.hold(order_id, words, actor, job_id=job_id)
