"""Private links: where a customer, who has no account, tells us what a document left open.

The secret is worked out from the link's salt and the shop's key and stands nowhere: a copy of the
database opens no page.  Links end by themselves, and a person may end them.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

import clock
from errors import BlockedError, NotFoundError
from models import AnswerLink, IncomingFile, transaction
from settings import Settings, get_settings
from workflow import shop
from workflow.actors import Actor, Right

#: Letters of a secret; nothing else of our addresses below /q/ is that long.
LENGTH = 43


class ClosedLinkError(BlockedError):
    """The link was good once: it has run out, or somebody ended it."""

    http_status = 410


def make(incoming: IncomingFile, actor: Actor) -> AnswerLink:
    """A new link for a document, good for as many days as the shop says."""
    salt = secrets.token_hex(16)
    link: AnswerLink = AnswerLink.create(
        incoming=incoming,
        salt=salt,
        token_hash=digest(_secret(salt)),
        created_by=actor.name[:120],
        expires_at=clock.now() + timedelta(days=int(shop.setting("link_days"))),
    )
    return link


def standing(incoming: IncomingFile, actor: Actor) -> AnswerLink:
    """The newest link of a document that is still good for a day, or a new one."""
    soon = clock.now() + timedelta(days=1)
    found: AnswerLink | None = (
        AnswerLink.select()
        .where(
            (AnswerLink.incoming == incoming)
            & AnswerLink.revoked_at.is_null()
            & (AnswerLink.expires_at > soon)
        )
        .order_by(AnswerLink.id.desc())
        .first()
    )
    if found is not None and found.token_hash == digest(_secret(found.salt)):
        return found
    return make(incoming, actor)


def url_of(link: AnswerLink, settings: Settings) -> str:
    """The address that opens a link's page."""
    return f"{settings.base_url.rstrip('/')}/q/{_secret(link.salt)}"


def find(token: str) -> AnswerLink:
    """The link with this secret.

    Raises:
        NotFoundError: there is none.
        ClosedLinkError: it has run out, or was ended.
    """
    link: AnswerLink | None = AnswerLink.get_or_none(AnswerLink.token_hash == digest(token))
    if link is None:
        raise NotFoundError("There is nothing at this address. Look for the link in our last mail.")
    if link.revoked_at is not None or link.expires_at <= clock.now():
        raise ClosedLinkError(
            "This link does not work any more", ["answer our last mail, or ask us for a new one"]
        )
    return link


def note_opened(link: AnswerLink) -> None:
    """Remember that somebody opened a link's page, the first time."""
    AnswerLink.update(opened_at=clock.now()).where(
        (AnswerLink.id == link.id) & AnswerLink.opened_at.is_null()
    ).execute()


def revoke_all(incoming_id: int, actor: Actor) -> int:
    """End every link of a document; how many there were."""
    actor.require(Right.INCOMING)
    with transaction():
        return int(
            AnswerLink.update(revoked_at=clock.now(), revoked_by=actor.name[:120])
            .where((AnswerLink.incoming == incoming_id) & AnswerLink.revoked_at.is_null())
            .execute()
        )


def marker_of(incoming_id: int) -> str:
    """What we write into a workbook we send back, so that nobody else can claim to answer it."""
    return f"{incoming_id}.{signed(f'marker:{incoming_id}')[:22]}"


def marked(marker: str) -> int | None:
    """The document a workbook's marker names, None where the marker is not ours."""
    number, _, _rest = marker.partition(".")
    if not number.isdecimal() or len(number) > 9:
        return None
    good = hmac.compare_digest(marker_of(int(number)).encode(), marker.encode())
    return int(number) if good else None


def _secret(salt: str) -> str:
    return signed(f"link:{salt}")


def signed(text: str) -> str:
    """A text signed with the shop's key: a secret nobody else can work out."""
    key = get_settings().secret_key.get_secret_value().encode()
    made = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
