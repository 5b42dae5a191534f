"""Print jobs, step by step: sent once, found again at the printer by their name, asked after."""

import time
from dataclasses import dataclass
from datetime import timedelta

import clock
from documents import press
from errors import OutsideError, ShopError
from models import OutboxRow, Printer, PrintJob, StoredFile
from printing import ipp, raw
from printing.faults import BusyError, NotSentError, RefusedError, UncertainError
from settings import Settings
from workflow import print_jobs
from workflow.actors import system

ACTOR = system("Inhands")
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Patience:
    """How long is waited at the dock, in seconds."""

    first_look: float = 0.1  # after it was sent
    poll: float = 0.5  # at first; then a quarter of the time that has passed
    longest_poll: float = 30
    off: float = 3  # until a printer that is off is tried again; then a third of the time
    longest_off: float = 300
    broke_off: float = 10  # until a name that may still arrive is looked for
    crashed: float = 45  # longer than any sending can take


PATIENCE = Patience()


# ---------------------------------------------------------------- printing


def print_one(row: OutboxRow, _settings: Settings) -> None:
    """Bring one print job a step further, and ask to be called again until it is settled."""
    job = print_jobs.find(row.payload["print_job_id"])
    step = {"waiting": _send, "sending": _find_out, "printing": _look}.get(job.state)
    if step is not None:
        step(job)


def _send(job: PrintJob) -> None:
    name = (
        job.name if not job.attempt else f"{job.name.partition(' try ')[0]} try {job.attempt + 1}"
    )
    try:
        content, content_type = _bytes_of(job)
    except ShopError as problem:
        print_jobs.mark_failed(job, str(problem), ACTOR)
        return
    failed_before = bool(job.problem)
    if not print_jobs.mark_sending(job, name):
        return
    try:
        number = _hand_over(job, content, content_type)
    except BusyError as busy:
        print_jobs.note_printer(job.printer, "printing")
        print_jobs.mark_not_sent(job, str(busy))
        _again(job, PATIENCE.poll * 2)
    except NotSentError as off:
        _is_off(job, str(off), failed_before=failed_before)
    except UncertainError as broken:
        print_jobs.mark_problem(job, str(broken))
        _again(job, PATIENCE.broke_off)
    except RefusedError as refused:
        print_jobs.mark_failed(job, str(refused), ACTOR)
    else:
        print_jobs.mark_printing(job, number)
        time.sleep(PATIENCE.first_look)
        _look(job)  # most are out at once: no second row of the outbox for them


def _bytes_of(job: PrintJob) -> tuple[bytes, str]:
    kept = StoredFile.get_by_id(job.paper.file_id)
    content = bytes(kept.content)
    if job.printer.kind == "raw" and kept.content_type == "application/pdf":
        return press.zpl(content, job.printer.dots_per_inch), "application/vnd.zebra-zpl"
    return content, str(kept.content_type)


def _hand_over(job: PrintJob, content: bytes, content_type: str) -> int:
    if job.printer.kind == "raw":
        raw.Raw(job.printer.address).send(content * job.copies)
        return 0
    return ipp.Ipp(job.printer.address).send(job.name, content, content_type, job.copies).id


def _is_off(job: PrintJob, why: str, *, failed_before: bool) -> None:
    """Certainly nothing came out: later again, or elsewhere the second time."""
    print_jobs.note_printer(job.printer, "off", why)
    other = job.printer.fallback if job.printer.fallback_id and failed_before else None
    if other is not None and other.active:
        why = f"{job.printer} is off, so it goes to {other}."
        print_jobs.mark_not_sent(job, why, other)
        _again(job, 0)
        return
    print_jobs.mark_not_sent(job, why)
    passed = (clock.now() - job.asked_at).total_seconds() / 3
    _again(job, min(max(passed, PATIENCE.off), PATIENCE.longest_off))


def _find_out(job: PrintJob) -> None:
    """It was being sent when something broke: is it at the printer?"""
    since = _seconds_since_sending(job)
    if not job.problem and since < PATIENCE.crashed:  # another worker may be at it
        _again(job, PATIENCE.crashed - since)
        return
    if job.printer.kind == "raw":
        print_jobs.mark_check(job, "The worker ended while it was being sent.", ACTOR)
        return
    printer = ipp.Ipp(job.printer.address)
    try:
        found = printer.jobs_called(job.name)
        standing = printer.standing()
    except OutsideError as off:
        print_jobs.note_printer(job.printer, "off", str(off))
        _again(job, min(max(since / 3, PATIENCE.off), PATIENCE.longest_off))
        return
    if found:
        print_jobs.mark_printing(job, found[-1].id)
        _settle(job, found[-1], standing)
    elif standing.up_seconds > since + 1:
        print_jobs.mark_not_sent(job, "It had not arrived at the printer.")
        _again(job, 0)
    else:
        why = "It was switched off while this was being sent; look whether it came out."
        print_jobs.mark_check(job, why, ACTOR)


def _look(job: PrintJob) -> None:
    """The printer has it: is it out?"""
    if job.printer.kind == "raw":
        _look_raw(job)
        return
    printer = ipp.Ipp(job.printer.address)
    try:
        found = printer.job(job.printer_job or 0)
        if found is None or found.name != job.name:  # numbers begin at 1 after power-off
            found = next(iter(printer.jobs_called(job.name)[-1:]), None)
        standing = printer.standing()
    except OutsideError as off:
        print_jobs.note_printer(job.printer, "off", str(off))
        print_jobs.mark_problem(job, str(off))
        _again(job, _poll(job))
        return
    if found is None:
        why = "The printer does not know it any more; look whether it came out."
        print_jobs.mark_check(job, why, ACTOR)
        return
    _settle(job, found, standing)


def _settle(job: PrintJob, found: ipp.Job, standing: ipp.Standing) -> None:
    trouble = ", ".join(r.removesuffix("-error").removesuffix("-warning").replace("-", " ")
                        for r in standing.reasons)  # fmt: skip
    if found.state == ipp.COMPLETED:
        print_jobs.note_printer(job.printer, "trouble" if trouble else "ready", trouble)
        print_jobs.mark_printed(job, ACTOR)
    elif found.state == ipp.CANCELED:
        print_jobs.mark_failed(job, "It was called off at the printer.", ACTOR)
    elif found.state == ipp.ABORTED and job.attempt < MOST_ATTEMPTS:
        print_jobs.mark_waiting(job, "The printer gave it up.")
        _again(job, PATIENCE.off)
    elif found.state == ipp.ABORTED:
        print_jobs.mark_failed(job, f"The printer gave it up {job.attempt} times.", ACTOR)
    else:
        print_jobs.note_printer(job.printer, "trouble" if trouble else "printing", trouble)
        print_jobs.mark_problem(job, f"{job.printer}: {trouble}" if trouble else "")
        _again(job, _poll(job))


def _look_raw(job: PrintJob) -> None:
    try:
        standing = raw.Raw(job.printer.address).standing()
    except OutsideError as off:
        print_jobs.note_printer(job.printer, "off", str(off))
        print_jobs.mark_check(job, f"{off} Look whether it came out.", ACTOR)
        return
    trouble = ", ".join(standing.reasons)
    print_jobs.note_printer(job.printer, "trouble" if trouble else "ready", trouble)
    if not standing.waiting and not trouble:
        print_jobs.mark_printed(job, ACTOR)
        return
    print_jobs.mark_problem(job, f"{job.printer}: {trouble}" if trouble else "")
    _again(job, _poll(job))


def _poll(job: PrintJob) -> float:
    passed = _seconds_since_sending(job)
    return min(max(passed / 4, PATIENCE.poll), PATIENCE.longest_poll)


def _seconds_since_sending(job: PrintJob) -> float:
    began = job.sending_at or job.asked_at
    return float((clock.now() - began).total_seconds())


def _again(job: PrintJob, seconds: float) -> None:
    print_jobs.look_again(job, timedelta(seconds=seconds))


# ---------------------------------------------------------------- how printers stand


def look_at_printers() -> None:
    """Ask every printer how it stands; screens show what it said."""
    for printer in Printer.select().where(Printer.active):
        look_at(printer)


def look_at_one(row: OutboxRow, _settings: Settings) -> None:
    """Somebody pressed "ask now"."""
    printer = Printer.get_or_none(Printer.id == row.payload["printer_id"])
    if printer is not None:
        look_at(printer)


def look_at(printer: Printer) -> None:
    """Ask one printer how it stands."""
    try:
        if printer.kind == "raw":
            reasons, busy = raw.Raw(printer.address).standing().reasons, False
        else:
            standing = ipp.Ipp(printer.address).standing()
            reasons, busy = standing.reasons, standing.state == 4
    except OutsideError as off:
        print_jobs.note_printer(printer, "off", str(off))
        return
    trouble = ", ".join(r.removesuffix("-error").replace("-", " ") for r in reasons)
    state = "trouble" if trouble else "printing" if busy else "ready"
    print_jobs.note_printer(printer, state, trouble)
