"""Where a shared sheet lies: what the mirror reads and writes it through."""

import os
from collections.abc import Mapping
from pathlib import Path

from errors import InvalidError
from models import SheetLink, SheetTab
from sync.sheets import accounts
from sync.sheets.google import GoogleBackend, Seen, look, spreadsheet_id
from sync.sheets.google.grid import Place
from sync.sheets.options import keep_option
from sync.sheets.shapes import Backend
from sync.sheets.workbook import WorkbookBackend


def open_backend(link: SheetLink) -> Backend:
    """The backend of a sheet.

    Raises:
        ShopError: it cannot be opened; says what to mend.
    """
    if link.backend == "google":
        return google_of(link)
    if link.backend == "workbook":
        return workbook_of(link)
    raise InvalidError({"backend": f"nobody knows how to open a '{link.backend}' sheet"})


def google_of(link: SheetLink) -> GoogleBackend:
    """A sheet on Google; where its tabs are is remembered from one cycle to the next."""
    kept = (link.options or {}).get("places") or {}
    places = {key: Place(int(gid), str(title)) for key, (gid, title) in kept.items()}

    def remember(found: Mapping[str, Place]) -> None:
        known = {key: [place.gid, place.title] for key, place in found.items()}
        keep_option(link, "places", known)

    return GoogleBackend(accounts.client_of(link), accounts.id_of(link), places, remember)


def workbook_of(link: SheetLink) -> WorkbookBackend:
    """A sheet in a file."""
    tabs = SheetTab.select(SheetTab.key, SheetTab.title).where(SheetTab.link == link)
    titles = {tab.key: tab.title for tab in tabs}
    return WorkbookBackend(Path(link.address), titles)


def look_at(link: SheetLink, address: str) -> Seen:
    """What lies at an address, and whether we may write there; nothing is written.

    Raises:
        ShopError: it is no such address, or we may not; says what to do.
    """
    if link.backend == "google":
        return look(accounts.client_of(link), spreadsheet_id(address))
    return _look_at_file(Path(address))


def _look_at_file(path: Path) -> Seen:
    if not path.is_absolute() or path.suffix.lower() != ".xlsx":
        raise InvalidError({"Path": "type the whole path, from / to .xlsx"})
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise InvalidError(
            {"Path": f"{path.parent} is no folder in which this machine may write; make it first"}
        )
    if path.exists():
        WorkbookBackend(path).read(())
    return Seen(id="", title=path.name, tabs=(), owner="")
