"""Which account a sheet is kept with: stored sealed, shown to nobody, taken out only to knock."""

from hmac import compare_digest
from json import dumps, loads
from secrets import token_urlsafe

from errors import InvalidError, ShopError, StaleError
from models import SheetLink
from settings import get_settings
from sync.channels.sealed import seal, unseal
from sync.sheets.google import Access, Agreement, GoogleClient, spreadsheet_id
from sync.sheets.options import keep_option
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


_clients: dict[int, tuple[tuple[str, str], GoogleClient]] = {}


def client_of(link: SheetLink) -> GoogleClient:
    """The way to Google for a sheet; kept, so that neither token nor connection is made anew."""
    known = (link.secret, get_settings().google_url)
    kept = _clients.get(link.id)
    if kept is None or kept[0] != known:
        kept = known, access_of(link).client(known[1])
        _clients[link.id] = kept
    return kept[1]


def id_of(link: SheetLink) -> str:
    """Which Google sheet it is."""
    return spreadsheet_id(link.address)


def other(link: SheetLink | None = None) -> SheetLink | None:
    """Another Google sheet of this shop whose account may be used again."""
    found = SheetLink.select().where((SheetLink.backend == "google") & (SheetLink.secret != ""))
    if link is not None:
        found = found.where(SheetLink.id != link.id)
    newest: SheetLink | None = found.order_by(SheetLink.id.desc()).first()
    return newest


def use_same(link: SheetLink, as_other: SheetLink, actor: Actor) -> None:
    """Write under the name that another sheet is written under.

    Raises:
        BrokenError: its key cannot be read any more.
    """
    keep(link, access_of(as_other), as_other.login, actor)


_ASKED = "agreeing"


def ask_person(link: SheetLink, client_id: str, client_secret: str, actor: Actor) -> Agreement:
    """Begin to ask a person at Google's; what they bring back is checked against this.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        InvalidError: something is missing.
    """
    actor.require(Right.SET_UP)
    lacking = {
        name: "type what the Google Cloud console shows for your OAuth client"
        for name, value in (("Client id", client_id), ("Client secret", client_secret))
        if not value.strip()
    }
    if lacking:
        raise InvalidError(lacking)
    asked = {
        "client_id": client_id.strip(),
        "client_secret": client_secret.strip(),
        "state": f"{link.id}.{token_urlsafe(24)}",
        "verifier": token_urlsafe(48),
    }
    keep_option(link, _ASKED, seal(dumps(asked)))
    return _agreement(asked)


def person_agreed(state: str, code: str, actor: Actor) -> SheetLink:
    """Take what a person brought back from Google; the sheet it was asked for.

    Raises:
        StaleError: nobody asked for this, or it was asked for anew.
        ShopError: Google does not take it.
    """
    actor.require(Right.SET_UP)
    number = state.partition(".")[0]
    found = SheetLink.get_or_none(SheetLink.id == int(number)) if number.isdecimal() else None
    asked = loads(unseal((found.options or {}).get(_ASKED, "")) or "{}") if found else {}
    if found is None or not compare_digest(str(asked.get("state", "")).encode(), state.encode()):
        raise StaleError(
            "This agreement was not asked for here. Begin again on the account's page."
        )
    keep(found, _agreement(asked).access(code), PERSON, actor)
    keep_option(found, _ASKED, "")
    return found


def _agreement(asked: dict[str, str]) -> Agreement:
    settings = get_settings()
    return Agreement(**asked, back_to=back_to(), base=settings.google_url)


def back_to() -> str:
    """Our address that Google sends a person back to; it has to be known there."""
    return f"{get_settings().base_url}/sheets/agreed"
