"""Rows that somebody deleted in the sheet: the orders are untouched, a person says what is next."""

from collections.abc import Sequence

import clock
from errors import StaleError
from models import Job, Order, SheetLink, SheetRow, SheetTab, transaction
from sync.sheets.stamps import RowState
from workflow.actors import Actor, Right


def waiting(link: SheetLink, *, limit: int = 200) -> list[SheetRow]:
    """The rows that are gone from a workbook, longest first, with tab, order and job."""
    return list(
        SheetRow.select(SheetRow, SheetTab, Order, Job)
        .join(SheetTab)
        .switch(SheetRow)
        .join(Order)
        .switch(SheetRow)
        .left_outer_join(Job)
        .where((SheetTab.link == link) & (SheetRow.state == RowState.REMOVED))
        .order_by(SheetRow.removed_at, SheetRow.id)
        .limit(limit)
    )


def restore(row_ids: Sequence[int], actor: Actor) -> int:
    """Put rows back into their tab with the next cycle; returns how many.

    Raises:
        ForbiddenError: the actor may not change orders.
        StaleError: somebody decided about all of them already.
    """
    return _decide(row_ids, RowState.ADDING, actor)


def archive(row_ids: Sequence[int], actor: Actor) -> int:
    """Leave rows out of their tab for good; their orders go on. Returns how many.

    Raises:
        ForbiddenError: the actor may not change orders.
        StaleError: somebody decided about all of them already.
    """
    return _decide(row_ids, RowState.ARCHIVED, actor)


def _decide(row_ids: Sequence[int], state: RowState, actor: Actor) -> int:
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        changed = (
            SheetRow.update(
                state=state.value,
                digest="",
                removed_at=None,
                decided_at=clock.now(),
                decided_by=actor.name[:120],
            )
            .where(SheetRow.id.in_(list(row_ids)) & (SheetRow.state == RowState.REMOVED))
            .execute()
        )
    if not changed:
        raise StaleError("Somebody decided about these rows already. Reload the page.")
    return int(changed)
