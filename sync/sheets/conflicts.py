"""What the sheet and the app could not agree on: nothing is lost, one click applies the other."""

import clock
from errors import BlockedError, NotFoundError, StaleError
from models import Job, Order, SheetEvent, SheetLink, SheetRow, SheetTab, transaction
from sync.sheets import edits
from workflow.actors import Actor, Right

OPEN = ("conflict", "refused")


def waiting(link: SheetLink, *, limit: int = 200) -> list[SheetEvent]:
    """The open conflicts and refused edits of a workbook, newest first, with order and job."""
    return list(
        _log(link).where(SheetEvent.settled_at.is_null() & SheetEvent.kind.in_(OPEN)).limit(limit)
    )


def log(link: SheetLink, *, before: int | None = None, limit: int = 100) -> list[SheetEvent]:
    """A page of the workbook's log, newest first, older than the event ``before``."""
    query = _log(link)
    return list((query.where(SheetEvent.id < before) if before else query).limit(limit))


def count(link: SheetLink) -> int:
    """How many conflicts and refused edits are open."""
    found: int = (
        SheetEvent.select()
        .where(
            (SheetEvent.link == link) & SheetEvent.settled_at.is_null() & SheetEvent.kind.in_(OPEN)
        )
        .count()
    )
    return found


def is_of(link: SheetLink, event_id: int) -> bool:
    """Whether a line of the log is about this workbook."""
    mine = (SheetEvent.id == event_id) & (SheetEvent.link == link)
    return bool(SheetEvent.select().where(mine).exists())


def _log(link: SheetLink):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a query
    return (
        SheetEvent.select(SheetEvent, Order, Job)
        .left_outer_join(Order)
        .switch(SheetEvent)
        .left_outer_join(Job)
        .where(SheetEvent.link == link)
        .order_by(SheetEvent.id.desc())
    )


def apply_other(event_id: int, actor: Actor) -> SheetEvent:
    """Use the value that had lost: once, by the actor's rights and the rules of the shop.

    The sheet shows it with the next cycle.

    Raises:
        NotFoundError: there is no such conflict.
        StaleError: somebody settled it already.
        BlockedError: there is no value to apply, or the shop's rules refuse it.
        ForbiddenError: the actor may not change orders.
    """
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        event = _settle(event_id, "applied", actor)
        if event.value is None or event.order_id is None:
            what = f"'{event.lost}' for {event.title}"
            raise BlockedError(f"{what} cannot be applied", [event.why or "it is no value"])
        value = event.value["value"]
        edits.make(event.order_id, event.job_id, {event.source: value}, actor)
    return event


def leave(event_id: int, actor: Actor) -> SheetEvent:
    """Leave it as it stands; the line stays in the log.

    Raises:
        NotFoundError: there is no such conflict.
        StaleError: somebody settled it already.
    """
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        return _settle(event_id, "left", actor)


def _settle(event_id: int, outcome: str, actor: Actor) -> SheetEvent:
    event = SheetEvent.get_or_none(SheetEvent.id == event_id)
    if event is None:
        raise NotFoundError("There is no such conflict. Reload the list.")
    changed = (
        SheetEvent.update(settled_at=clock.now(), settled_by=actor.name[:120], outcome=outcome)
        .where((SheetEvent.id == event_id) & SheetEvent.settled_at.is_null())
        .execute()
    )
    if not changed:
        raise StaleError(f"This was settled by {event.settled_by} already. Reload the list.")
    # Its note goes and its line in the tab of conflicts says so, with the next cycle.
    tabs = SheetTab.select(SheetTab.id).where(SheetTab.link == event.link_id)
    told = SheetRow.tab.in_(tabs) & (SheetRow.about == event.id)
    SheetRow.update(digest="").where((SheetRow.id == event.row_id) | told).execute()
    event.settled_by, event.outcome = actor.name, outcome
    return event
