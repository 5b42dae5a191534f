"""Opening a sheet for the first time: which one is meant, and may we write in it."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gspread.urls import DRIVE_FILES_API_V3_URL, SPREADSHEET_URL

from errors import ShopError
from sync.sheets.google.client import GoogleClient
from sync.sheets.shapes import BrokenError

_IN_URL = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{20,120})(?:[/?#]|$)")
_BARE = re.compile(r"[A-Za-z0-9_-]{20,120}")
_SHEET = "application/vnd.google-apps.spreadsheet"


@dataclass(frozen=True)
class Seen:
    """A spreadsheet as it is before anything is written."""

    id: str
    title: str
    tabs: tuple[str, ...]
    owner: str


def spreadsheet_id(text: str) -> str:
    """The id in an address that somebody copied from the browser.

    Raises:
        ShopError: it is no such address; says what to copy.
    """
    typed = text.strip()
    if _BARE.fullmatch(typed):
        return typed
    found = _IN_URL.search(urlsplit(typed).path + "/")
    if found is None:
        raise ShopError(
            "Address: open the sheet in your browser and copy the whole address; it looks like "
            "https://docs.google.com/spreadsheets/d/…/edit."
        )
    return found[1]


def look(client: GoogleClient, id: str) -> Seen:
    """Ask Drive whether we may write there, and Sheets what is in it: two calls.

    Raises:
        BrokenError: we may not; says what to do in Google.
    """
    fields = "id,name,trashed,mimeType,capabilities(canEdit),owners(emailAddress)"
    asked = {"fields": fields, "supportsAllDrives": "true"}
    file = client.ask("get", f"{DRIVE_FILES_API_V3_URL}/{id}", params=asked)
    _check(file, client.account)
    asked = {"fields": "properties(title,locale),sheets(properties(sheetId,title))"}
    sheet = client.ask("get", SPREADSHEET_URL % id, params=asked)
    owners = file.get("owners") or [{}]
    return Seen(
        id=id,
        title=str(sheet.get("properties", {}).get("title") or file.get("name") or ""),
        tabs=tuple(str(tab["properties"].get("title", "")) for tab in sheet.get("sheets", ())),
        owner=str(owners[0].get("emailAddress") or ""),
    )


def check_file(client: GoogleClient, id: str) -> None:
    """Say what is wrong with a sheet that refuses us; nothing if it is all right now.

    Raises:
        BrokenError: it lies in the bin, or we may only read it.
    """
    fields = "id,name,trashed,mimeType,capabilities(canEdit)"
    asked = {"fields": fields, "supportsAllDrives": "true"}
    _check(client.ask("get", f"{DRIVE_FILES_API_V3_URL}/{id}", params=asked), client.account)


def _check(file: dict[str, object], account: str) -> None:
    name = file.get("name") or "The sheet"
    if file.get("trashed"):
        raise BrokenError(f"“{name}” lies in the bin of Google Drive: take it out, then Sync now.")
    if file.get("mimeType") not in (None, _SHEET):
        raise BrokenError(
            f"“{name}” is not a Google sheet. If it is an Excel file, open it in Drive, choose "
            "File, Save as Google Sheets, and connect the new sheet."
        )
    may = file.get("capabilities")
    if isinstance(may, dict) and may.get("canEdit") is False:
        raise BrokenError(
            f"We may see “{name}” but not write in it: press Share there and make {account} an "
            "Editor, then try again."
        )
