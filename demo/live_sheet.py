"""The demo shop's live sheet: a workbook in the instance folder that can be edited as it is.

The worker writes it with its first cycle; who opens it in LibreOffice or Excel, changes something
and saves, has changed the shop.
"""

from pathlib import Path

from models import SheetLink
from settings import get_settings
from sync.sheets import layouts
from workflow.actors import system

NAME = "Live jobs"


def connect() -> None:
    """Connect a file that is not there yet; one of an older demo shop is left alone."""
    layouts.connect(NAME, "workbook", str(_free_place()), system("Inhands"))


def address() -> str:
    """Where the live sheet lies, or nothing where it was taken away."""
    link = SheetLink.get_or_none((SheetLink.name == NAME) & (SheetLink.backend == "workbook"))
    return link.address if link is not None else ""


def _free_place() -> Path:
    folder = get_settings().instance_dir.resolve()
    names = [f"{NAME}.xlsx", *(f"{NAME} {number}.xlsx" for number in range(2, 1000))]
    return next(folder / name for name in names if not (folder / name).exists())
