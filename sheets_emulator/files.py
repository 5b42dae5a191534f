"""The files of the drive: who may see them, their versions, who changed them when."""

import datetime
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator.answers import may_not, not_found
from sheets_emulator.formulas import recalculate
from sheets_emulator.times import Clock, rfc3339
from sheets_emulator.workbook import Sheet, Workbook

Json = dict[str, Any]

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
DEFAULT_ACCOUNT = "app@shop-project.iam.gserviceaccount.com"
MANAGER = "manager@shop.example"
VERSIONS_KEPT = 400
_RANK = {"reader": 1, "commenter": 2, "writer": 3, "owner": 4}
# Changes of one person in so short a time are one revision in Drive.
_ONE_REVISION = datetime.timedelta(minutes=2)


@dataclass(slots=True)
class Version:
    """The workbook as it was after a change, with who made it."""

    number: int
    book: Workbook
    user: str
    at: datetime.datetime
    visible_from: datetime.datetime


@dataclass(slots=True)
class File:
    """A workbook on the drive."""

    id: str
    owner: str
    book: Workbook
    created: datetime.datetime
    permissions: list[Json] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    trashed: bool = False
    parents: list[str] = field(default_factory=lambda: ["root"])

    def role(self, account: str) -> str | None:
        """The best role an account has on it."""
        roles = [
            one["role"]
            for one in self.permissions
            if one["type"] == "anyone"
            or (account and one.get("emailAddress", "").lower() == account.lower())
            or (one["type"] == "domain" and account.endswith("@" + one["domain"]))
        ]
        return max(roles, key=_RANK.__getitem__, default=None)

    def last(self, now: datetime.datetime) -> Version:
        """The newest change that Drive knows of already."""
        known = [version for version in self.versions if version.visible_from <= now]
        return (known or self.versions[:1])[-1]

    def share(self, email: str, role: str) -> Json:
        """Give an account (``*``: everybody) a role."""
        self.unshare(email)
        kind = "anyone" if email == "*" else "user"
        found: Json = {
            "kind": "drive#permission",
            "id": "anyoneWithLink" if email == "*" else permission_id(email),
            "type": kind,
            "role": role,
        }
        if kind == "user" and "@" not in email:
            found |= {"type": "domain", "domain": email, "displayName": email}
        elif kind == "user":
            found |= {"emailAddress": email, "displayName": email.split("@")[0], "deleted": False}
            found["pendingOwner"] = False
        if found["type"] != "user":
            found["allowFileDiscovery"] = False
        self.permissions.append(found)
        return found

    def unshare(self, email: str) -> None:
        """Take an account's role away."""
        self.permissions = [
            one
            for one in self.permissions
            if (one["type"] != "anyone" if email == "*" else one.get("emailAddress") != email)
        ]


def permission_id(email: str) -> str:
    """An id such as Google gives a person, the same for the same address."""
    number = 0
    for letter in email.lower():
        number = (number * 131 + ord(letter)) % 10**20
    return f"{number:020d}"


def new_file_id() -> str:
    """44 characters, as Google's."""
    return "1" + secrets.token_urlsafe(33)[:43].replace("-", "x").replace("_", "y")


class Drive:
    """All files there are."""

    def __init__(self, clock: Clock) -> None:
        self.files: dict[str, File] = {}
        self.clock = clock
        # How long Drive takes to notice what a person typed in the browser.
        self.lag = datetime.timedelta(0)
        # Accounts whose storage is full: they can neither create nor copy.
        self.full: set[str] = set()

    def add(self, book: Workbook, owner: str) -> File:
        """Put a workbook on the drive."""
        now = self.clock.now()
        file = File(book.id, owner, book, now)
        file.share(owner, "owner")
        recalculate(book, now)
        file.versions.append(Version(1, book, owner, now, now))
        self.files[file.id] = file
        return file

    def new(self, title: str, owner: str, file_id: str | None = None) -> File:
        """A new workbook with one blank tab."""
        book = Workbook(file_id or new_file_id(), title, [Sheet(0, "Sheet1")])
        return self.add(book, owner)

    def get(self, file_id: str, account: str, *, role: str = "reader") -> File:
        """A file that an account may use.

        Raises:
            ApiError: it is not there (404), or not for this account (403).
        """
        file = self.files.get(file_id)
        if file is None:
            raise not_found()
        has = file.role(account)
        if has is None or _RANK[has] < _RANK[role]:
            raise may_not()
        return file

    @contextmanager
    def changing(self, file: File, user: str, *, browser: bool = False) -> Iterator[Workbook]:
        """A version to change: it counts when the block ends well, and is gone otherwise."""
        book = file.book.copy()
        yield book
        now = self.clock.now()
        if book.has_formulas:
            recalculate(book, now)
        file.book = book
        visible = now + (self.lag if browser else datetime.timedelta(0))
        file.versions.append(Version(file.versions[-1].number + 1, book, user, now, visible))
        if len(file.versions) > VERSIONS_KEPT:
            del file.versions[1 : len(file.versions) - VERSIONS_KEPT]


def person(email: str, account: str) -> Json:
    """A User of the Drive API."""
    return {
        "kind": "drive#user",
        "displayName": email.split("@")[0],
        "me": email.lower() == account.lower(),
        "permissionId": permission_id(email),
        "emailAddress": email,
    }


def revisions(file: File, account: str, now: datetime.datetime) -> list[Json]:
    """What Drive tells of the past: changes of one person close together are one."""
    found: list[Version] = []
    for version in file.versions:
        if version.visible_from > now:
            continue
        same = found and found[-1].user == version.user
        if same and version.at - found[-1].at < _ONE_REVISION:
            found[-1] = version
        else:
            found.append(version)
    return [
        {
            "kind": "drive#revision",
            "id": str(version.number),
            "mimeType": SPREADSHEET,
            "modifiedTime": rfc3339(version.at),
            "published": False,
            "lastModifyingUser": person(version.user, account),
        }
        for version in found
    ]
