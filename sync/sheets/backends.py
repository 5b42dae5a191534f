"""Where a shared sheet lies: what the mirror reads and writes it through."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from errors import InvalidError
from models import SheetLink, SheetTab, transaction
from sync.sheets import accounts
from sync.sheets.google import GoogleBackend
from sync.sheets.google.grid import Place
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
    titles = {tab.key: tab.title for tab in SheetTab.select().where(SheetTab.link == link)}
    return WorkbookBackend(Path(link.address), titles)


def keep_option(link: SheetLink, name: str, value: Any) -> None:
    """Keep something a backend wants to know the next time."""
    if (link.options or {}).get(name) == value:
        return
    with transaction():
        options = SheetLink.get_by_id(link.id).options or {}
        link.options = {**options, name: value}
        SheetLink.update(options=link.options).where(SheetLink.id == link.id).execute()
    link._dirty.discard("options")
