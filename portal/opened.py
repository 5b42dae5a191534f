"""Who opened a private page: the link, found and counted."""

from flask import request

from models import PageLink
from portal.limits import PICTURES_PER_ADDRESS, TRIES_PER_ADDRESS, WRITES_PER_LINK, not_too_often
from sync import page_links
from workflow.actors import Actor, Right

TOKEN = "/p/<secret:token>"


def opened(token: str, *, picture: bool = False) -> PageLink:
    """The link of a page, unless somebody tries too often."""
    kind, most = ("picture", PICTURES_PER_ADDRESS) if picture else ("address", TRIES_PER_ADDRESS)
    not_too_often(f"link:{kind}:{request.remote_addr}", most)
    return page_links.find(token)


def written(token: str) -> PageLink:
    """The same for somebody who writes."""
    link = opened(token)
    not_too_often(f"page:write:{link.id}", WRITES_PER_LINK)
    return link


def customer(name: str = "") -> Actor:
    """Who acts behind a private link, in the history of the order."""
    typed = " ".join(name.split())[:80]
    who = f"{typed}, by link" if typed else "customer, by link"
    return Actor(name=who, rights=frozenset({Right.ARTWORK, Right.MESSAGES}))
