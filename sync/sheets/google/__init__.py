"""The shared sheet on Google: one read to see it, one write to change it, and never a guess."""

from sync.sheets.google.access import Access, Agreement, access_of_key
from sync.sheets.google.backend import GoogleBackend
from sync.sheets.google.client import Call, GoogleClient
from sync.sheets.google.governor import Governor, PausedError
from sync.sheets.google.opening import Seen, look, spreadsheet_id

__all__ = [
    "Access",
    "Agreement",
    "Call",
    "GoogleBackend",
    "GoogleClient",
    "Governor",
    "PausedError",
    "Seen",
    "access_of_key",
    "look",
    "spreadsheet_id",
]
