"""One cycle of a shared sheet: read, heal, merge, keep what is about to be sent, send, confirm."""

from dataclasses import dataclass, field

from models import SheetLink
from sync.sheets.shapes import Backend


@dataclass(slots=True)
class CycleReport:
    """What one cycle did, for the worker's pace, the status strip and the terminal."""

    reads: int = 0
    writes: int = 0
    taken: int = 0  # cells that went from the sheet into the shop
    written: int = 0  # cells that went from the shop into the sheet
    added: int = 0  # rows written anew
    refused: int = 0
    conflicts: int = 0
    removed: int = 0
    drafts: int = 0  # new rows that became orders
    healed: int = 0
    waiting: int = 0  # rows that could not be written yet
    stopped: str = ""  # why nothing went on, in words
    held_by: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Nothing had changed on either side."""
        return not (self.writes or self.taken or self.drafts or self.removed or self.waiting)


def cycle(link: SheetLink, backend: Backend) -> CycleReport:
    """Bring one workbook and the shop together, once.

    One read; one write where something has changed, no write and no database write where nothing
    has.  The network is never asked inside a transaction.  It may be killed at any point: what is
    left over is found by the next cycle's read.

    Args:
        link: the connected workbook; its status fields are brought up to date.
        backend: where it lies.

    Returns:
        What was done.  A workbook that is held by a person, moved on or does not answer is told
        there (``held_by``, ``stopped``), not raised.

    Raises:
        BrokenError: a person must act before anything goes on (key revoked, file in the bin).
    """
    raise NotImplementedError


def recreate(link: SheetLink) -> None:
    """Lay the workbook out again with the next cycle: a tab or a column of ours was deleted."""
    raise NotImplementedError
