"""What must happen outside: written with the change that asks for it, done by the worker.

Rows are added inside the caller's transaction, so a rolled-back change asks for nothing and a
committed one is never forgotten.  A worker claims a row for the time of a lease and keeps the
lease alive while it works; when it dies, the lease runs out and another worker takes the row.  So
a row may be done twice (a worker can die after the deed and before the note): every handler makes
its second run harmless.  A row that failed too often is dead: it stays until a person decides.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import Expression, fn

import clock
from errors import StaleError
from models import Order, OutboxRow, on_postgresql, transaction
from workflow.actors import Actor, Right

#: On PostgreSQL workers LISTEN here, so that nothing waits for the next look.
BELL = "outbox"
#: With the waits below a row is tried for about twelve hours: longer than a night.
MOST_ATTEMPTS = 15
FIRST_WAIT_SECONDS = 15
LONGEST_WAIT_SECONDS = 7200
LONGEST_ERROR = 4000
#: What a row is at, for lists; a row is in exactly one of these.
STATES = ("waiting", "dead", "done")


@dataclass(frozen=True)
class Counts:
    """How the outbox stands: ``failing`` rows are waiting ones that failed at least once."""

    waiting: int
    failing: int
    dead: int
    oldest_due: datetime | None


# ---------------------------------------------------------------- asking


def add(
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    order: Order | int | None = None,
    run_at: datetime | None = None,
) -> None:
    """Ask for something outside; with a ``key``, only once for as long as the row is kept."""
    row = OutboxRow.insert(
        kind=kind, payload=payload, key=key, order=order, run_at=run_at or clock.now()
    )
    if on_postgresql():
        # Delivered when the caller's transaction commits, and not at all when it does not.
        row = row.returning(fn.pg_notify(BELL, ""))
    (row.on_conflict_ignore() if key else row).execute()


# ---------------------------------------------------------------- doing


def claim(worker: str, lease_seconds: int) -> OutboxRow | None:
    """Take the row that has been due for longest; None when nothing is due.

    Args:
        worker: who takes it; no two workers at any time may have the same name.
        lease_seconds: after this silence the row is anybody's again; see ``keep``.
    """
    now = clock.now()
    due = (
        OutboxRow.select(OutboxRow.id)
        .where(_is_due(now))
        .order_by(OutboxRow.run_at, OutboxRow.id)
        .limit(1)
    )
    if due.scalar() is None:  # looking costs SQLite's other writers nothing, claiming does
        return None
    with transaction():
        # SKIP LOCKED: workers that come at once take different rows instead of queueing for one.
        first = due.for_update(True, skip_locked=True) if on_postgresql() else due
        taken = (
            OutboxRow.update(
                worker=worker,
                leased_until=now + timedelta(seconds=lease_seconds),
                attempts=OutboxRow.attempts + 1,
            )
            .where(OutboxRow.id == first)
            .returning(OutboxRow)
            .execute()
        )
        return next(iter(taken), None)


def keep(row: OutboxRow, lease_seconds: int) -> bool:
    """Make the lease last from now on; False when another worker has the row."""
    until = clock.now() + timedelta(seconds=lease_seconds)
    return bool(OutboxRow.update(leased_until=until).where(_is_mine(row)).execute())


def finish(row: OutboxRow) -> None:
    """Note that it is done, in the caller's transaction if there is one.

    Raises:
        StaleError: the lease ran out and another worker has the row.
    """
    done = (
        OutboxRow.update(done_at=clock.now(), leased_until=None, error="")
        .where(_is_mine(row))
        .execute()
    )
    if not done:
        raise StaleError(f"Outbox row {row} was taken over by another worker.")


def fail(row: OutboxRow, error: str, *, for_good: bool = False) -> None:
    """Note why it did not work and when it is tried again; after the last attempt it is dead.

    Args:
        row: as ``claim`` gave it.
        error: a sentence, or the end of a traceback.
        for_good: trying again cannot help before a person has done something.
    """
    now = clock.now()
    dead = for_good or row.attempts >= MOST_ATTEMPTS
    OutboxRow.update(
        leased_until=None,
        worker="",
        error=error[-LONGEST_ERROR:],
        dead_at=now if dead else None,
        run_at=now + wait_after(row.attempts),
    ).where(_is_mine(row)).execute()


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubled each time, never all at the same moment."""
    seconds = min(FIRST_WAIT_SECONDS * 2 ** (max(attempts, 1) - 1), LONGEST_WAIT_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def purge(before: datetime, *, chunk: int = 500) -> int:
    """Delete rows done before a moment, in small transactions; how many there were."""
    total = 0
    while True:
        old = (
            OutboxRow.select(OutboxRow.id)
            .where(OutboxRow.done_at < before)
            .order_by(OutboxRow.id)
            .limit(chunk)
        )
        ids = [row.id for row in old]
        deleted = int(OutboxRow.delete().where(OutboxRow.id.in_(ids)).execute())
        total += deleted
        if deleted < chunk:
            return total


def _is_due(now: datetime) -> Expression:
    free = OutboxRow.leased_until.is_null() | (OutboxRow.leased_until < now)
    return (
        OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null() & free & (OutboxRow.run_at <= now)
    )


def _is_mine(row: OutboxRow) -> Expression:
    # The attempt is part of it: the same worker may have lost the row and claimed it again.
    return (
        (OutboxRow.id == row.id)
        & (OutboxRow.worker == row.worker)
        & (OutboxRow.attempts == row.attempts)
        & OutboxRow.done_at.is_null()
        & OutboxRow.dead_at.is_null()
    )


# ---------------------------------------------------------------- what a person does


def retry(row_id: int, actor: Actor) -> OutboxRow:
    """Let a dead or failing row be tried at once, with all attempts before it.

    Raises:
        StaleError: it is done, or being done at this moment.
    """
    actor.require(Right.SET_UP)
    now = clock.now()
    changed = (
        OutboxRow.update(
            dead_at=None,
            attempts=0,
            run_at=now,
            leased_until=None,
            worker="",
            error=OutboxRow.error.concat(f"\nTried again by {actor.name}."),
        )
        .where((OutboxRow.id == row_id) & _is_idle(now))
        .execute()
    )
    if not changed:
        raise StaleError("It is done already, or being done at this moment. Reload the page.")
    if on_postgresql():
        OutboxRow.raw("SELECT pg_notify(%s, '') AS id", BELL).execute()
    return OutboxRow.get_by_id(row_id)


def set_aside(row_id: int, actor: Actor) -> OutboxRow:
    """Close a dead row without doing it: the person takes care of it in another way.

    Raises:
        StaleError: the row is not dead (any more).
    """
    actor.require(Right.SET_UP)
    changed = (
        OutboxRow.update(
            dead_at=None,
            done_at=clock.now(),
            error=OutboxRow.error.concat(f"\nSet aside by {actor.name}."),
        )
        .where((OutboxRow.id == row_id) & OutboxRow.dead_at.is_null(False))
        .execute()
    )
    if not changed:
        raise StaleError("It is not among the dead rows any more. Reload the page.")
    return OutboxRow.get_by_id(row_id)


def _is_idle(now: datetime) -> Expression:
    at_rest = OutboxRow.leased_until.is_null() | (OutboxRow.leased_until < now)
    return OutboxRow.done_at.is_null() & (OutboxRow.dead_at.is_null(False) | at_rest)


# ---------------------------------------------------------------- reading


def rows(state: str, *, limit: int, before: int | None = None) -> list[OutboxRow]:
    """The rows of one of ``STATES`` with their orders, newest first, older than ``before``."""
    condition = {
        "waiting": OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null(),
        "dead": OutboxRow.dead_at.is_null(False),
        "done": OutboxRow.done_at.is_null(False),
    }[state]
    if before is not None:
        condition &= OutboxRow.id < before
    query = OutboxRow.select(OutboxRow, Order.id, Order.number).left_outer_join(Order)
    return list(query.where(condition).order_by(OutboxRow.id.desc()).limit(limit))


def counts() -> Counts:
    """How many rows wait, fail and are dead, and since when the oldest is due."""
    now = clock.now()
    waiting = OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null()
    found: Any = (
        OutboxRow.select(
            fn.COUNT(OutboxRow.id),
            fn.COUNT(OutboxRow.id).filter(OutboxRow.error != ""),
            fn.MIN(OutboxRow.run_at).filter(OutboxRow.run_at <= now),
        )
        .where(waiting)
        .tuples()
        .get()
    )
    count, failing, oldest = found
    dead = OutboxRow.select().where(OutboxRow.dead_at.is_null(False)).count()
    return Counts(count, failing, dead, oldest)
