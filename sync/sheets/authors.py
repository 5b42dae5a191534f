"""Who typed what the sheet said: filled in later, and only where Google leaves no doubt.

Drive lists an edit up to three minutes after it was made, so nobody is named while a cycle runs.
Each cycle that took something notes between which two reads it was typed; when that is long
enough ago, one call tells who saved the sheet in between.  If that was one person, the log names
them; else nobody is named.
"""

from datetime import datetime
from typing import Any

import clock
from models import SheetEvent, SheetLink
from sync.sheets import accounts
from sync.sheets.google.revisions import SETTLED_AFTER, author, revisions
from sync.sheets.options import keep_option

_MOST_SPANS = 100
_OPTION = "typed"


def note(link: SheetLink, since: datetime | None, until: datetime) -> None:
    """Remember that something was typed between two reads."""
    if link.backend != "google" or since is None:
        return
    spans = [*_spans(link), [since.isoformat(), until.isoformat()]]
    keep_option(link, _OPTION, spans[-_MOST_SPANS:])


def fill_in(link: SheetLink) -> int:
    """Name who typed what is long enough ago; how many lines of the log were named.

    Raises:
        ShopError: Google does not tell just now; it is asked again after the next cycle.
    """
    if link.backend != "google":
        return 0
    spans = _spans(link)
    ripe = [one for one in spans if _moment(one[1]) + SETTLED_AFTER < clock.now()]
    if not ripe:
        return 0
    found = revisions(accounts.client_of(link), accounts.id_of(link))
    named = 0
    for since, until in ((_moment(one[0]), _moment(one[1])) for one in ripe):
        who = author(found, since, until, link.account)
        if who:
            mine = (SheetEvent.link == link) & (SheetEvent.who == "")
            within = (SheetEvent.at > since) & (SheetEvent.at <= until)
            named += SheetEvent.update(who=who[:120]).where(mine & within).execute()
    keep_option(link, _OPTION, [one for one in _spans(link) if one not in ripe])
    return named


def _spans(link: SheetLink) -> list[Any]:
    return list((link.options or {}).get(_OPTION) or [])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
