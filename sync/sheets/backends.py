"""Where a shared sheet lies: what the mirror reads and writes it through."""

from collections.abc import Mapping

from errors import InvalidError
from models import SheetLink
from sync.sheets import accounts
from sync.sheets.google import GoogleBackend, Seen, look, spreadsheet_id
from sync.sheets.google.grid import Place
from sync.sheets.options import keep_option
from sync.sheets.shapes import Backend


def open_backend(link: SheetLink) -> Backend:
    """The backend of a sheet.

    Raises:
        ShopError: it cannot be opened; says what to mend.
    """
    if link.backend == "google":
        return google_of(link)
    raise InvalidError({"backend": f"nobody knows how to open a '{link.backend}' sheet"})


def google_of(link: SheetLink) -> GoogleBackend:
    """A sheet on Google; where its tabs are is remembered from one cycle to the next."""
    kept = (link.options or {}).get("places") or {}
    places = {key: Place(int(gid), str(title)) for key, (gid, title) in kept.items()}

    def remember(found: Mapping[str, Place]) -> None:
        known = {key: [place.gid, place.title] for key, place in found.items()}
        keep_option(link, "places", known)

    return GoogleBackend(accounts.client_of(link), accounts.id_of(link), places, remember)


def look_at(link: SheetLink, address: str) -> Seen:
    """What lies at an address, and whether we may write there; nothing is written.

    Raises:
        ShopError: it is no such address, or we may not; says what to do.
    """
    if link.backend == "google":
        return look(accounts.client_of(link), spreadsheet_id(address))
    raise InvalidError({"backend": f"nobody knows how to open a '{link.backend}' sheet"})
