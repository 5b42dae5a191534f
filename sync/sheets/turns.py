"""One process at a time per sheet: whose turn it is, how it went, and when the next one is."""

import logging
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

import clock
from errors import NotFoundError, ShopError
from models import OrderEvent, SheetLink
from sync.sheets import authors, mirror, pace
from sync.sheets.backends import open_backend, workbook_of
from sync.sheets.google import GoogleBackend
from sync.sheets.mirror import CycleReport
from sync.sheets.options import keep_option
from sync.sheets.shapes import Backend, BrokenError

#: Longer than the longest cycle that is not hanging.
LEASE_SECONDS = 180
_LONGEST_PROBLEM = 1000
log = logging.getLogger("inhands.sheets")


def take(link_id: int, owner: str) -> SheetLink | None:
    """Take a sheet for the time of a lease; None while another process has it."""
    now = clock.now()
    free = SheetLink.leased_until.is_null() | (SheetLink.leased_until < now)
    mine = (SheetLink.id == link_id) & (free | (SheetLink.leased_by == owner[:120]))
    until = now + timedelta(seconds=LEASE_SECONDS)
    taken = SheetLink.update(leased_until=until, leased_by=owner[:120]).where(mine).execute()
    return SheetLink.get_or_none(SheetLink.id == link_id) if taken else None


def give_back(link_id: int, owner: str) -> None:
    """Let others have the sheet at once."""
    mine = (SheetLink.id == link_id) & (SheetLink.leased_by == owner[:120])
    SheetLink.update(leased_until=None, leased_by="").where(mine).execute()


def ask_now(link_id: int) -> None:
    """Ask whoever keeps the sheet to look at once."""
    SheetLink.update(asked_at=clock.now(), next_try_at=None).where(
        SheetLink.id == link_id
    ).execute()


def called(name: str) -> SheetLink:
    """The sheet of a name.

    Raises:
        NotFoundError: there is none.
    """
    found: SheetLink | None = SheetLink.get_or_none(SheetLink.name == name)
    if found is None:
        raise NotFoundError(f"There is no shared sheet '{name}'; `flask sheets status` lists them.")
    return found


def newest_event() -> int:
    """The number of the last thing that happened in the shop."""
    return int(OrderEvent.select(fn.MAX(OrderEvent.id)).scalar() or 0)


def due_at(link: SheetLink, newest: int) -> datetime | None:
    """When it is this sheet's turn: by the clock, because somebody asked, or changed something.

    An edit of the app waits for the rest after the last look, no longer.  A pause that Google asked
    for, or one after a failure, is waited for in every case but one: somebody pressed Sync now.
    """
    if not link.active:
        return None
    now = clock.now()
    if link.asked_at is not None or link.next_try_at is None:
        return now
    by_clock: datetime = link.next_try_at
    if link.failures:
        return by_clock
    if link.backend == "workbook" and workbook_of(link).has_changed(link.held_by):
        return now
    if newest <= link.seen_event:
        return by_clock
    if link.last_read_at is None:
        return now
    rested: datetime = link.last_read_at + pace.REST.get(link.backend, pace.BUSY)
    return min(by_clock, rested)


def run(link: SheetLink, backend: Backend | None = None) -> CycleReport:
    """One cycle of a sheet that was taken, with a note of how it went and when the next one is.

    Raises:
        ShopError: a person must act; the sentence is noted for the status strip as well.
    """
    asked, began, before = link.asked_at, clock.now(), link.last_read_at
    try:
        backend = backend or open_backend(link)
        if isinstance(backend, GoogleBackend):
            backend.check_file(at_once=asked is not None)
        report = mirror.cycle(link, backend)
    except ShopError as problem:
        _note_failure(link, str(problem), broken=isinstance(problem, BrokenError))
        raise
    finally:
        _answered(link, asked)
    if report.held_by:
        _set(link, next_try_at=clock.now() + pace.BUSY, failures=0)
    elif report.stopped and not link.breaker:
        _note_failure(link, report.stopped, broken=False, backend=backend)
    else:
        now = clock.now()
        fresh = SheetLink.get_by_id(link.id)
        active_at = fresh.active_at if report.idle else began
        later = now + pace.period(active_at, now)
        _set(link, next_try_at=later, failures=0, last_read_at=now, active_at=active_at)
    if report.taken or report.conflicts or report.refused:
        authors.note(link, before, clock.now())
    _note_quota(link, backend)
    return report


def _note_failure(
    link: SheetLink, problem: str, *, broken: bool, backend: Backend | None = None
) -> None:
    failures = min(link.failures + 1, 20)
    later = clock.now() + pace.wait_after(20 if broken else failures)
    if isinstance(backend, GoogleBackend):  # a pause that Google asked for is kept to the second
        paused = backend.client.governor.paused_until()
        later = paused or later
    state = "broken" if broken else "waiting"
    short = problem[:_LONGEST_PROBLEM]
    _set(link, next_try_at=later, failures=failures, problem=short, state=state)


def _answered(link: SheetLink, asked: Any) -> None:
    """The wish that this cycle answered; a later one stays."""
    if asked is not None:
        mine = (SheetLink.id == link.id) & (SheetLink.asked_at == asked)
        SheetLink.update(asked_at=None).where(mine).execute()


def _note_quota(link: SheetLink, backend: Backend) -> None:
    if not isinstance(backend, GoogleBackend):
        return
    governor = backend.client.governor
    keep_option(link, "quota", {kind: governor.used(kind) for kind in ("read", "write")})


def _set(link: SheetLink, **values: Any) -> None:
    SheetLink.update(values).where(SheetLink.id == link.id).execute()
    for name, value in values.items():
        setattr(link, name, value)
        link._dirty.discard(name)
