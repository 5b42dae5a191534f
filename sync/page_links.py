"""Private pages of customers: of a proof, of an order, of all their open orders.

The secrets are made like those of ``links``: worked out from the row's salt and the shop's key.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import clock
from errors import NotFoundError
from models import Artwork, Customer, Order, PageLink, transaction
from settings import Settings
from sync import links
from sync.links import ClosedLinkError
from workflow import shop
from workflow.actors import Actor, Right


def standing(about: Order | Customer | Artwork, actor: Actor) -> PageLink:
    """The newest private page of an order, a customer or a proof that is good for another day."""
    soon = clock.now() + timedelta(days=1)
    whose = _column(about)
    found: PageLink | None = (
        PageLink.select()
        .where(PageLink.revoked_at.is_null() & (PageLink.expires_at > soon))
        .where(getattr(PageLink, whose) == about.id)
        .order_by(PageLink.id.desc())
        .first()
    )
    if found is not None and found.token_hash == links.digest(secret_of(found)):
        return found
    return _make({whose: about.id}, actor)


def for_message(asked: Mapping[str, Any], actor: Actor) -> PageLink | None:
    """The page a message leads to: the proof it is about, else its order; None if that is gone."""
    if asked.get("artwork_id"):
        picture = Artwork.get_or_none(Artwork.id == asked["artwork_id"])
        return standing(picture, actor) if picture is not None else None
    order = Order.get_or_none(Order.id == asked["order_id"])
    return standing(order, actor) if order is not None else None


def _column(about: Order | Customer | Artwork) -> str:
    return {Order: "order", Customer: "customer", Artwork: "artwork"}[type(about)]


def _make(whose: dict[str, Any], actor: Actor) -> PageLink:
    salt = secrets.token_hex(16)
    link: PageLink = PageLink.create(
        **whose,
        salt=salt,
        token_hash=links.digest(links.signed(f"page:{salt}")),
        created_by=actor.name[:120],
        expires_at=clock.now() + timedelta(days=int(shop.setting("link_days"))),
    )
    return link


def secret_of(link: PageLink) -> str:
    """The secret in a link's address."""
    return links.signed(f"page:{link.salt}")


def url_of(link: PageLink, settings: Settings) -> str:
    """The address that opens the page."""
    return f"{settings.base_url.rstrip('/')}/p/{secret_of(link)}"


def find(token: str) -> PageLink:
    """The link with this secret.

    Raises:
        NotFoundError: there is none.
        ClosedLinkError: it has run out, or was ended.
    """
    link: PageLink | None = PageLink.get_or_none(PageLink.token_hash == links.digest(token))
    if link is None:
        raise NotFoundError("There is nothing at this address. Look for the link in our last mail.")
    if link.revoked_at is not None or link.expires_at <= clock.now():
        raise ClosedLinkError(
            "This link does not work any more", ["answer our last mail, or ask us for a new one"]
        )
    if link.opened_at is None:
        PageLink.update(opened_at=clock.now()).where(PageLink.id == link.id).execute()
    return link


def revoke_all(order: Order, actor: Actor) -> int:
    """End every private page that shows an order: its own, its proofs', its customer's."""
    actor.require(Right.MESSAGES)
    pictures = Artwork.select(Artwork.id).where(Artwork.order == order)
    shown = (PageLink.order == order) | PageLink.artwork.in_(pictures)
    if order.customer_id is not None:
        shown |= PageLink.customer == order.customer_id
    with transaction():
        return int(
            PageLink.update(revoked_at=clock.now(), revoked_by=actor.name[:120])
            .where(shown & PageLink.revoked_at.is_null())
            .execute()
        )
