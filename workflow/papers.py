"""Papers that were made: kept with their bytes, found again, told apart from what is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import clock
from errors import InvalidError, NotFoundError, StaleError
from models import Job, Order, OrderEvent, Paper, PaperTemplate, StoredFile, transaction
from workflow.actors import Actor, Right
from workflow.engine import store_file
from workflow.engine.docket import dockets
from workflow.paper_facts import Sheet
from workflow.travelers import code_of

#: When papers come out by themselves.
EVENTS: dict[str, str] = {
    "released": "when an order is released",
    "packed": "when a job is packed",
    "shipped": "when goods are handed over",
    "label": "when a label is made",
}
LONGEST_PAGE = 100_000


@dataclass(frozen=True)
class Page:
    """The page of a kind of paper as it stands; version 0 is the one Inhands came with."""

    html: str
    css: str
    version: int


@dataclass(frozen=True)
class Finished:
    """A sheet that was made: bytes, on what, how many."""

    pdf: bytes
    size: str
    sheets: int


# ---------------------------------------------------------------- keeping and finding


def known(sheet: Sheet, shows: str) -> Paper | None:
    """The paper that says exactly this already, if it was made before."""
    found: Paper | None = (
        Paper.select()
        .where((Paper.kind == sheet.kind) & (Paper.shows == shows) & _about(sheet))
        .order_by(Paper.id.desc())
        .first()
    )
    return found


def _about(sheet: Sheet) -> Any:
    wanted: Any = Paper.part == sheet.part
    for column in (Paper.order, Paper.job, Paper.shipment, Paper.purchase_order):
        row = getattr(sheet, column.name)
        wanted &= column.is_null() if row is None else column == row
    return wanted


def keep(sheet: Sheet, shows: str, finished: Finished, actor: Actor) -> Paper:
    """Keep a paper with its bytes; the order's history tells of it."""
    with transaction():
        there = known(sheet, shows)
        if there is not None:
            return there
        kept = store_file(finished.pdf, "application/pdf")
        paper = Paper.create(
            kind=sheet.kind,
            order=sheet.order,
            job=sheet.job,
            shipment=sheet.shipment,
            purchase_order=sheet.purchase_order,
            part=sheet.part[:80],
            title=sheet.title[:120],
            revision=sheet.revision,
            shows=shows,
            code=sheet.code.rpartition("/")[2][:12] if "/" in sheet.code else "",
            file=kept,
            size=finished.size,
            sheets=finished.sheets,
            made_by=actor.name,
        )
        if sheet.order is not None:
            tell(paper, actor, "paper", f"{paper.title} made")
    return paper


def tell(paper: Paper, actor: Actor, kind: str, text: str) -> None:
    """Write a line of history about a paper."""
    if paper.order_id is not None:
        OrderEvent.create(
            order=paper.order_id, job=paper.job_id, actor=actor.name, kind=kind, text=text
        )


def of_order(order: Order, actor: Actor, hidden: Iterable[str] = ()) -> list[Paper]:
    """The papers of an order that somebody may see, newest first; at most a hundred.

    Args:
        order: whose.
        actor: somebody who may not see money sees no paper of the ``hidden`` kinds.
        hidden: kinds that show money.
    """
    wanted = Paper.order == order
    if not actor.may(Right.SEE_MONEY):
        wanted &= Paper.kind.not_in(list(hidden))
    return list(Paper.select().where(wanted).order_by(Paper.id.desc()).limit(100))


def find(paper_id: int) -> Paper:
    """A paper with its file.

    Raises:
        NotFoundError: there is none.
    """
    query = Paper.select(Paper, StoredFile).join(StoredFile).where(Paper.id == paper_id)
    paper: Paper | None = query.first() if 0 < paper_id < 2**31 else None
    if paper is None:
        raise NotFoundError("There is no such paper any more. Reload the order's page.")
    return paper


# ---------------------------------------------------------------- superseded travelers


def why_refused(number: str, code: str) -> str:
    """Why a scanned traveler must not be worked by; empty if it is the one in force.

    Args:
        number: the job's, from the barcode.
        code: what stands behind it.
    """
    job = Job.select(Job, Order).join(Order).where(Job.number == number).first()
    if job is None:
        return ""
    if job.cancelled_at is not None:
        return f"{job.number} was cancelled: take its traveler out of the shop."
    if code == code_of(dockets(job.order, [job])[0]):
        return ""
    old = (
        Paper.select()
        .where((Paper.job == job) & (Paper.kind == "traveler") & (Paper.code == code))
        .order_by(Paper.id.desc())
        .first()
    )
    if old is None:
        return f"This is no traveler of {job.number} that we know. Print it on the order's page."
    at = clock.local(old.made_at)
    return (
        f"This traveler of {job.number} is superseded: the order was changed after it was printed "
        f"on {at.day} {at:%b at %H:%M}. Throw it away and print the new one on the order's page."
    )


# ---------------------------------------------------------------- pages, as the shop changes them


def page_of(kind: str, ours: tuple[str, str]) -> Page:
    """The page that counts: the shop's newest, else ours."""
    row = newest(kind)
    return Page(row.html, row.css, row.version) if row is not None else Page(*ours, 0)


def newest(kind: str) -> PaperTemplate | None:
    """The shop's newest page of a kind, if it ever changed it."""
    found: PaperTemplate | None = (
        PaperTemplate.select()
        .where(PaperTemplate.kind == kind)
        .order_by(PaperTemplate.version.desc())
        .first()
    )
    return found


def versions(kind: str) -> list[PaperTemplate]:
    """What the shop made of a page, newest first."""
    query = PaperTemplate.select().where(PaperTemplate.kind == kind)
    return list(query.order_by(PaperTemplate.version.desc()).limit(50))


def changed_kinds() -> dict[str, int]:
    """The kinds whose page the shop changed, with the newest version."""
    rows = PaperTemplate.select(PaperTemplate.kind, PaperTemplate.version)
    found: dict[str, int] = {}
    for row in rows:
        found[row.kind] = max(row.version, found.get(row.kind, 0))
    return found


def change_page(kind: str, page: Page, note: str, actor: Actor) -> PaperTemplate:
    """Put another page in force; ``page.version`` is the one it was made from.

    Raises:
        InvalidError: it is empty or too long.
        StaleError: somebody else changed it meanwhile.
    """
    actor.require(Right.SET_UP)
    if not page.html.strip() or len(page.html) + len(page.css) > LONGEST_PAGE:
        raise InvalidError({"html": f"Write between 1 and {LONGEST_PAGE:,} characters."})
    with transaction():
        row = newest(kind)
        there = row.version if row is not None else 0
        if there != page.version:
            who = f"{row.made_by} saved version {there}" if row is not None else "It was changed"
            raise StaleError(f"{who} meanwhile. Look at it, then save yours again.")
        made: PaperTemplate = PaperTemplate.create(
            kind=kind,
            version=there + 1,
            html=page.html,
            css=page.css,
            note=note[:200],
            made_by=actor.name,
        )
    return made
