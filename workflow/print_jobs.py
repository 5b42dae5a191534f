"""What is printed where: asked for by an event or by hand, once each, and what became of it.

A job is *waiting*, *sending* (committed before the first byte leaves), *printing* (the printer has
it), *printed*; *failed* and *check* wait for a person: the second says that nobody knows whether
it came out, so another copy is somebody's decision.  *again* was asked for anew.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

import clock
import outbox
from errors import BlockedError, InvalidError, NotFoundError, StaleError
from models import Department, Job, Order, Paper, Printer, PrintJob, PrintRule, Task, transaction
from workflow.actors import Actor, Right
from workflow.papers import tell

STATES: dict[str, str] = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "printing": "At the printer",
    "printed": "Printed",
    "failed": "Failed",
    "check": "Check the printer",
    "again": "Printed again",
    "cancelled": "Called off",
}
OPEN = ("waiting", "sending", "printing")
NEEDS_A_PERSON = ("failed", "check")
MOST_COPIES = 50


@dataclass(frozen=True)
class Occasion:
    """Something that papers are made of: an event of an order, its job or hand-over."""

    event: str
    order_id: int
    job_id: int | None = None
    shipment_id: int | None = None

    def payload(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {name: value for name, value in vars(self).items() if value is not None}


# ---------------------------------------------------------------- asking


def ask_for(occasion: Occasion, key: str) -> None:
    """Ask the worker for the papers that come by themselves, if any do; call in a transaction."""
    if rules_of(occasion.event):
        outbox.add("papers", occasion.payload(), key=key, order=occasion.order_id)


def rules_of(event: str) -> list[PrintRule]:
    """What comes out by itself on an event, and where."""
    query = (
        PrintRule.select(PrintRule, Printer)
        .join(Printer)
        .where(PrintRule.active & Printer.active & (PrintRule.event == event))
        .order_by(PrintRule.id)
    )
    return list(query)


def departments_of(job: Job) -> set[int]:
    """The departments that work on a job."""
    rows = Task.select(Task.department).where((Task.job == job) & (Task.outcome != "cancelled"))
    return {row.department_id for row in rows}


def slug_of(rule: PrintRule) -> str:
    """The department whose page a rule prints; '' for all of it."""
    if rule.department_id is None:
        return ""
    return str(Department.get_by_id(rule.department_id).slug)


def ask(
    paper: Paper, printer: Printer, actor: Actor, *, copies: int = 1, key: str | None = None,
    reason: str = "",
) -> PrintJob:  # fmt: skip
    """Ask for a paper to be printed; the same ``key`` only once.

    Raises:
        BlockedError: the printer is switched off in the set-up.
        InvalidError: so many copies are a mistake.
    """
    actor.require(Right.SEE_ORDERS)
    if not 1 <= copies <= MOST_COPIES:
        raise InvalidError({"copies": f"Print 1 to {MOST_COPIES} copies"})
    if not printer.active:
        raise BlockedError(f"{printer} cannot print", ["it is switched off under Set-up, Printers"])
    with transaction():
        asked = PrintJob.get_or_none(PrintJob.key == key) if key else None
        if asked is not None:
            found: PrintJob = asked
            return found
        job: PrintJob = PrintJob.create(
            name=f"{paper.title[:80]} {secrets.token_hex(4)}",
            key=key,
            paper=paper,
            printer=printer,
            copies=copies,
            reason=reason[:200],
            asked_by=actor.name,
        )
        look_again(job, timedelta(0))
    return job


def ask_again(job_id: int, reason: str, printer_id: int | None, actor: Actor) -> PrintJob:
    """Print a paper once more, because somebody decided it; the reason stays with it.

    Raises:
        InvalidError: no reason is given.
        StaleError: it is still on its way.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidError({"reason": "Say why it is printed again"})
    with transaction():
        old = find(job_id)
        if old.state in OPEN:
            raise StaleError(f"{old.paper.title} is still on its way to {old.printer}.")
        printer = Printer.get_or_none(Printer.id == printer_id) if printer_id else old.printer
        if printer is None:
            raise NotFoundError("There is no such printer any more. Choose another one.")
        if old.state in NEEDS_A_PERSON:
            _move(old, NEEDS_A_PERSON, state="again")
        again = ask(old.paper, printer, actor, copies=old.copies, reason=reason)
        tell(old.paper, actor, "printed", f"{old.paper.title} printed again: {reason}")
    return again


def call_off(job_id: int, actor: Actor) -> None:
    """A paper need not be printed any more.

    Raises:
        StaleError: it is on its way already, or out.
    """
    actor.require(Right.SEE_ORDERS)
    with transaction():
        job = find(job_id)
        if not _move(job, ("waiting", *NEEDS_A_PERSON), state="cancelled", ended_at=clock.now()):
            raise StaleError(f"{job.paper.title} is on its way to {job.printer} already.")
        tell(job.paper, actor, "printed", f"{job.paper.title}: printing called off")


def it_came_out(job_id: int, actor: Actor) -> None:
    """Somebody looked: the paper lies in the printer.

    Raises:
        StaleError: nobody has to look (any more).
    """
    actor.require(Right.SEE_ORDERS)
    with transaction():
        job = find(job_id)
        note = f"{actor.name} found it in the printer"
        if not _move(job, ("check",), state="printed", problem=note[:255], ended_at=clock.now()):
            raise StaleError("Somebody has settled it already. Reload the page.")


def find(job_id: int) -> PrintJob:
    """A print job with its paper and printer.

    Raises:
        NotFoundError: there is none.
    """
    query = PrintJob.select(PrintJob, Paper, Printer).join(Paper).switch(PrintJob).join(Printer)
    found: PrintJob | None = query.where(PrintJob.id == job_id).first()
    if found is None:
        raise NotFoundError("There is no such print job any more. Reload the list.")
    return found


# ---------------------------------------------------------------- the worker's notes


def look_again(job: PrintJob, wait: timedelta) -> None:
    """Ask the worker to see to a job, after a while."""
    outbox.add("print", {"print_job_id": job.id}, run_at=clock.now() + wait)


def mark_sending(job: PrintJob, name: str) -> bool:
    """Note that it leaves now; False when it is not waiting (any more)."""
    now = clock.now()
    return _move(job, ("waiting",), state="sending", attempt=job.attempt + 1, name=name,
                 sending_at=now, printer_job=None, problem="")  # fmt: skip


def mark_printing(job: PrintJob, printer_job: int) -> None:
    """Note that the printer has it, and under which number."""
    _move(job, ("sending",), state="printing", printer_job=printer_job)


def mark_not_sent(job: PrintJob, why: str, elsewhere: Printer | None = None) -> None:
    """Note that certainly nothing arrived, so that it may be sent anew, perhaps elsewhere."""
    more = {} if elsewhere is None else {"printer": elsewhere}
    attempt = max(job.attempt - 1, 0)
    _move(job, OPEN, state="waiting", problem=why[:255], attempt=attempt, **more)


def mark_waiting(job: PrintJob, why: str) -> None:
    """Note that the printer gave it up, so that it is tried anew."""
    _move(job, OPEN, state="waiting", problem=why[:255])


def mark_problem(job: PrintJob, why: str) -> None:
    """Note what keeps the printer from going on; the state stays."""
    if job.problem != why[:255]:
        _move(job, OPEN, problem=why[:255])


def mark_printed(job: PrintJob, actor: Actor) -> None:
    """Note that it came out."""
    with transaction():
        if _move(job, OPEN, state="printed", problem="", ended_at=clock.now()):
            tell(job.paper, actor, "printed", f"{job.paper.title} printed on {job.printer}")


def mark_failed(job: PrintJob, why: str, actor: Actor) -> None:
    """Note that it will not come out; a person looks at it."""
    with transaction():
        if _move(job, OPEN, state="failed", problem=why[:255], ended_at=clock.now()):
            tell(job.paper, actor, "printed", f"{job.paper.title} was not printed: {why}")


def mark_check(job: PrintJob, why: str, actor: Actor) -> None:
    """Note that nobody knows whether it came out; a person looks."""
    with transaction():
        if _move(job, OPEN, state="check", problem=why[:255], ended_at=clock.now()):
            tell(job.paper, actor, "printed", f"{job.paper.title}: check {job.printer}. {why}")


def _move(job: PrintJob, before: Sequence[str], **columns: Any) -> bool:
    here = (PrintJob.id == job.id) & PrintJob.state.in_(before)
    if not PrintJob.update(**columns).where(here).execute():
        return False
    for name, value in columns.items():
        setattr(job, name, value)
    job._dirty.clear()
    return True


def note_printer(printer: Printer, state: str, problem: str = "") -> None:
    """Keep how a printer stands, for screens."""
    now = clock.now()
    Printer.update(state=state, problem=problem[:255], seen_at=now).where(
        Printer.id == printer.id
    ).execute()
    printer.state, printer.problem, printer.seen_at = state, problem[:255], now
    printer._dirty.clear()


# ---------------------------------------------------------------- reading


def rows(states: Sequence[str], *, limit: int, before: int | None = None) -> list[PrintJob]:
    """Print jobs with paper, printer and order, newest first."""
    query = (
        PrintJob.select(PrintJob, Paper, Printer, Order)
        .join_from(PrintJob, Paper)
        .join_from(PrintJob, Printer)
        .join_from(Paper, Order, "LEFT JOIN")
    )
    if states:
        query = query.where(PrintJob.state.in_(states))
    if before is not None:
        query = query.where(PrintJob.id < before)
    return list(query.order_by(PrintJob.id.desc()).limit(limit))


def counts() -> dict[str, int]:
    """How many there are in every state that is not settled."""
    query: Any = (
        PrintJob.select(PrintJob.state, fn.COUNT(PrintJob.id))
        .where(PrintJob.state.in_((*OPEN, *NEEDS_A_PERSON)))
        .group_by(PrintJob.state)
        .tuples()
    )
    return dict(query)


def printed_of(papers: Sequence[Paper]) -> dict[int, PrintJob]:
    """The newest print job of each paper."""
    found: dict[int, PrintJob] = {}
    ids = [paper.id for paper in papers]
    query = PrintJob.select(PrintJob, Printer).join(Printer).where(PrintJob.paper.in_(ids))
    for row in query.order_by(PrintJob.id) if ids else ():
        found[row.paper_id] = row
    return found


def printers_for(kind: str) -> list[Printer]:
    """The printers in use, the one whose role is this kind of paper first."""
    mine = {
        r.printer_id for r in PrintRule.select().where(PrintRule.active & (PrintRule.paper == kind))
    }
    found = Printer.select().where(Printer.active).order_by(Printer.name)
    return sorted(found, key=lambda printer: (printer.id not in mine, printer.name))


def oldest_sending() -> datetime | None:
    """Since when the oldest job is being sent."""
    moment: datetime | None = (
        PrintJob.select(fn.MIN(PrintJob.sending_at)).where(PrintJob.state == "sending").scalar()
    )
    return moment
