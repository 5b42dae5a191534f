"""Proofs as others need them: the files production may use, and what waiting costs.  Reads only."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

import clock
from models import (
    Artwork,
    ArtworkVersion,
    Decoration,
    Department,
    FilePreview,
    Job,
    JobItem,
    Order,
    StoredFile,
    Task,
)
from workflow import shop
from workflow.due import WorkingCalendar, moved_by_waiting
from workflow.stages import ArtworkState, Work


class ApprovedFile(NamedTuple):
    """A file production may use: the picture, its version, its fingerprint, a thumbnail (PNG)."""

    artwork: Artwork
    version: ArtworkVersion
    sha256: str
    thumbnail: bytes | None
    content_type: str


@dataclass(frozen=True)
class Deadline:
    """By when a proof must be answered to keep the in-hands date, and what waiting costs."""

    answer_by: datetime | None = None
    keeps: date | None = None
    lands: date | None = None  # when the goods come if the answer comes now
    passed: bool = False

    @property
    def sentence(self) -> str:
        """In words for the customer; '' where the order has no date."""
        if self.answer_by is None or self.keeps is None or self.lands is None:
            return ""
        by = f"{short(self.answer_by.date())}, {self.answer_by:%H:%M}"
        if not self.passed:
            return f"Approve by {by} to keep {short(self.keeps)}."
        return (
            f"Your answer was due {by}. If we have it now, you have the goods by "
            f"{short(self.lands)} instead of {short(self.keeps)}; every working day more moves "
            "them by one."
        )


def approved_files(job: Job) -> list[ApprovedFile]:
    """The files a job may be made from: approved bytes, or the newest where no proof is needed.

    A picture whose approved file was replaced is left out: production must not use either.
    """
    newest = (
        ArtworkVersion.select(
            ArtworkVersion, Artwork, StoredFile.id, StoredFile.sha256, StoredFile.content_type
        )
        .join(Artwork)
        .switch(ArtworkVersion)
        .join(StoredFile)
        .where(Artwork.order == job.order_id)
        .where(ArtworkVersion.number == Artwork.current_version)
        .order_by(Artwork.id)
    )
    used, found = _pictures_of(job), []
    for version in newest:
        art, sha256 = version.artwork, version.file.sha256
        free = art.state == ArtworkState.WAIVED or not art.proof_required
        if (free or art.approved_sha256 == sha256) and (not used or art.id in used):
            found.append((art, version, sha256))
    small = _thumbnails([version.file_id for _art, version, _sha256 in found])
    return [
        ApprovedFile(*one, small.get(one[1].file_id), one[1].file.content_type) for one in found
    ]


def not_approved(job: Job) -> list[Artwork]:
    """The pictures of a job that need an approval and have none of their newest file."""
    asked = Artwork.select().where((Artwork.order == job.order_id) & Artwork.proof_required)
    used, may = _pictures_of(job), {one.artwork.id for one in approved_files(job)}
    return [
        art
        for art in asked.order_by(Artwork.id)
        if art.id not in may and art.state != ArtworkState.WAIVED and (not used or art.id in used)
    ]


def _thumbnails(file_ids: list[int]) -> dict[int, bytes]:
    first = (FilePreview.page == 1) & FilePreview.thumbnail.is_null(False)
    rows = FilePreview.select(FilePreview.file, FilePreview.thumbnail).where(
        first & FilePreview.file.in_(file_ids)
    )
    return {row.file_id: bytes(row.thumbnail or b"") for row in rows}


def _pictures_of(job: Job) -> set[int]:
    """The pictures the decorations of a job name; empty where none is named."""
    lines = JobItem.select(JobItem.line).where(JobItem.job == job)
    named = Decoration.select(Decoration.artwork).where(
        Decoration.line.in_(lines) & Decoration.artwork.is_null(False)
    )
    return {row.artwork_id for row in named if row.artwork_id is not None}


def deadline_of(order: Order) -> Deadline:
    """By when the customer must answer the proofs of an order, reckoned from its due dates."""
    due = _first_due(order)
    if due is None:
        return Deadline()
    day, keeps = due
    calendar, now = shop.working_calendar(), clock.local(clock.now())
    hour = time(int(shop.setting("proof_hour")))
    answer_by = datetime.combine(day, hour, tzinfo=now.tzinfo)
    lands = moved_by_waiting(keeps, day, _counts_on(now, hour, calendar), calendar)
    return Deadline(answer_by, keeps, lands, passed=now > answer_by)


def _counts_on(now: datetime, hour: time, calendar: WorkingCalendar) -> date:
    """The working day on which an answer of now is used."""
    today = now.date()
    if calendar.works_on(today) and now.time() <= hour:
        return today
    return calendar.ahead(today, 1) if calendar.works_on(today) else calendar.on_or_after(today)


def _first_due(order: Order) -> tuple[date, date] | None:
    """The day artwork must be settled, and the in-hands date that hangs on it."""
    rows = (
        Task.select(Task, Department, Job)
        .join(Department)
        .switch(Task)
        .join(Job)
        .where((Job.order == order) & Task.closed_at.is_null() & Job.due_date.is_null(False))
        .where(Task.due_date.is_null(False))
        .where(Department.work.in_((Work.ARTWORK.value, Work.PRODUCTION.value)))
        .order_by(Task.due_date)
    )
    found: list[tuple[date, date]] = []
    for task in rows:
        day, keeps = task.due_date, task.job.due_date
        if day is None or keeps is None:
            continue
        if task.department.work == Work.PRODUCTION:  # artwork is finished: before work begins
            day = shop.working_calendar().back(day, task.department.lead_days)
        found.append((day, keeps))
    return min(found, default=None)


def short(day: date) -> str:
    """A day as people say it: Fri 12 Dec, with the year if it is not this one."""
    year = f" {day.year}" if day.year != clock.today().year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"
