"""Which account a sheet is kept with: stored sealed, shown to nobody, taken out only to knock."""

from errors import ShopError
from models import SheetLink
from settings import get_settings
from sync.channels.sealed import seal, unseal
from sync.sheets.google import Access, GoogleClient, spreadsheet_id
from sync.sheets.shapes import BrokenError
from workflow.actors import Actor, Right

KEY, PERSON = "service_account", "oauth"


def keep(link: SheetLink, access: Access, login: str, actor: Actor) -> None:
    """Store what lets us in; the next cycle uses it.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
    """
    actor.require(Right.SET_UP)
    changed = {
        "account": access.account,
        "login": login,
        "secret": seal(access.secret),
        "problem": "",
        "next_try_at": None,
        "failures": 0,
    }
    SheetLink.update(changed).where(SheetLink.id == link.id).execute()
    for name, value in changed.items():
        setattr(link, name, value)


def access_of(link: SheetLink) -> Access:
    """What lets us into a Google sheet.

    Raises:
        BrokenError: there is nothing stored, or this shop cannot read it any more.
    """
    if not link.secret:
        raise BrokenError(f"'{link}' has no account yet: give it one under Shared sheets, Account.")
    try:
        return Access(link.account, unseal(link.secret))
    except BrokenError:
        raise
    except ShopError as problem:
        raise BrokenError(
            "The key of the Google account cannot be read: SECRET_KEY has changed since it was "
            "stored. Give it to us again under Shared sheets, Account."
        ) from problem


def client_of(link: SheetLink) -> GoogleClient:
    """The way to Google for a sheet."""
    return access_of(link).client(get_settings().google_url)


def id_of(link: SheetLink) -> str:
    """Which Google sheet it is."""
    return spreadsheet_id(link.address)


def others_key(actor: Actor) -> Access | None:
    """The account of another Google sheet of this shop: one is enough for all of them."""
    actor.require(Right.SET_UP)
    found = SheetLink.select().where((SheetLink.backend == "google") & (SheetLink.secret != ""))
    newest = found.order_by(SheetLink.id.desc()).first()
    return access_of(newest) if newest is not None else None
