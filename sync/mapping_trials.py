"""A layout tried on other files of the same customer, and files opened for looking at."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from errors import ShopError
from models import IncomingFile, StoredFile
from sync import learned, snapshots, vocabulary
from sync.learned import Reading
from sync.readers import Workbook, read_safely
from sync.sources import spreadsheet
from sync.tables.layouts import Layout
from sync.tables.placing import Verdict
from workflow.fields import Catalogue
from workflow.kept import content_of

MOST_OTHERS = 20


@dataclass(frozen=True)
class Trial:
    """What a layout makes of another file, beside how that file is read without it."""

    verdict: Verdict
    lines: int
    pieces: Decimal
    problems: int
    refusal: str
    moved: tuple[str, ...]
    differences: tuple[str, ...]


def others(incoming: IncomingFile, customer_id: int | None) -> list[IncomingFile]:
    """The latest other files of the same customer or sender."""
    same = None
    if customer_id is not None:
        same = IncomingFile.customer == customer_id
    if incoming.sender:
        by_sender = IncomingFile.sender == incoming.sender
        same = by_sender if same is None else same | by_sender
    if same is None:
        return []
    rows = (
        IncomingFile.select(IncomingFile.id, IncomingFile.name, IncomingFile.received_at)
        .where(same & (IncomingFile.id != incoming.id) & (IncomingFile.state != "duplicate"))
        .order_by(IncomingFile.id.desc())
        .limit(MOST_OTHERS)
    )
    return list(rows)


def try_on(incoming: IncomingFile, layout: Layout, catalogue: Catalogue) -> Trial:
    """Read another file by a layout; nothing is kept.

    Raises:
        UnreadableError: the file is no table.
    """
    book = open_book(incoming)
    reading = learned.read(layout, book, incoming.sender, catalogue)
    lines, pieces = snapshots.totals(reading.drafts)
    return Trial(
        verdict=reading.verdict,
        lines=lines,
        pieces=pieces,
        problems=sum(len(draft.problems) for draft in reading.drafts),
        refusal=reading.refusal,
        moved=tuple(reading.differences),
        differences=tuple(_against_now(reading, book, incoming, catalogue)),
    )


def _against_now(
    reading: Reading, book: Workbook, incoming: IncomingFile, catalogue: Catalogue
) -> list[str]:
    """How a reading differs from the one without the layout."""
    try:
        words, _ = vocabulary.read()
        usual = spreadsheet.drafts_of(book, incoming.sender, catalogue=catalogue, words=words)
    except ShopError:
        return ["without the mapping nothing is read in it"] if reading.drafts else []
    return snapshots.differences(snapshots.snapshot(usual), snapshots.snapshot(reading.drafts))


# ---------------------------------------------------------------- opened files


def open_book(incoming: IncomingFile) -> Workbook:
    """A received file as sheets, kept for a while: somebody is looking at it.

    Raises:
        UnreadableError: it is no table.
    """
    sha256 = StoredFile.select(StoredFile.sha256).where(StoredFile.id == incoming.file_id).scalar()
    return _book(str(sha256), incoming.name)


@lru_cache(maxsize=4)
def _book(sha256: str, name: str) -> Workbook:
    file = StoredFile.get(StoredFile.sha256 == sha256)
    return read_safely(content_of(file), name)


def files_of(customer_id: int) -> list[IncomingFile]:
    """The latest files of a customer that may be kept as samples."""
    rows = (
        IncomingFile.select(IncomingFile.id, IncomingFile.name, IncomingFile.received_at)
        .where((IncomingFile.customer == customer_id) & (IncomingFile.state != "duplicate"))
        .order_by(IncomingFile.id.desc())
        .limit(MOST_OTHERS)
    )
    return list(rows)
