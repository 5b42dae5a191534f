"""Who typed it: Drive's list of revisions, read only where it leaves no doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gspread.urls import DRIVE_FILES_API_V3_URL

from sync.sheets.google.client import GoogleClient

#: Edits made in a browser appear in Drive up to three minutes later.
SETTLED_AFTER = timedelta(minutes=4)
_FIELDS = "nextPageToken,revisions(modifiedTime,lastModifyingUser(displayName,emailAddress))"
_MOST_PAGES = 5


@dataclass(frozen=True)
class Revision:
    """One saved state of the sheet, and who saved it."""

    at: datetime
    name: str
    address: str


def revisions(client: GoogleClient, id: str) -> list[Revision]:
    """The revisions that Drive still lists, oldest first."""
    found: list[Revision] = []
    page = ""
    for _ in range(_MOST_PAGES):
        asked = {"fields": _FIELDS, "pageSize": "1000"} | ({"pageToken": page} if page else {})
        answer = client.ask("get", f"{DRIVE_FILES_API_V3_URL}/{id}/revisions", params=asked)
        found += [_revision(one) for one in answer.get("revisions", ())]
        page = str(answer.get("nextPageToken") or "")
        if not page:
            break
    return sorted(found, key=lambda one: one.at)


def author(found: Sequence[Revision], since: datetime, until: datetime, account: str) -> str:
    """Who changed the sheet between two moments, or "" where that is not certain.

    An edit belongs to the first revision after it, so the one that follows ``until`` counts too.
    """
    after = [one for one in found if one.at > since]
    within = [one for one in after if one.at <= until]
    following = [one for one in after if one.at > until][:1]
    people = {
        (one.name, one.address)
        for one in [*within, *following]
        if one.address.casefold() != account.casefold()
    }
    if len(people) != 1:
        return ""
    name, address = people.pop()
    return name or address


def _revision(told: dict[str, Any]) -> Revision:
    user = told.get("lastModifyingUser") or {}
    at = datetime.fromisoformat(str(told["modifiedTime"]).replace("Z", "+00:00"))
    return Revision(at, str(user.get("displayName") or ""), str(user.get("emailAddress") or ""))
