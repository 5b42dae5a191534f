"""What Google's refusals mean, in words that say how to mend it."""

from dataclasses import dataclass
from typing import Any

from requests import Response

from errors import ShopError
from sync.sheets.shapes import BrokenError, MovedError, UnreachableError

_BUSY_REASONS = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_OFF_REASONS = {"accessNotConfigured", "SERVICE_DISABLED"}
_SCOPE_REASONS = {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}
NO_RANGE = "Unable to parse range"
_NOT_A_RANGE = (NO_RANGE, "No grid with id", "exceeds grid limits")
#: After these the same call may simply be tried again, if it only reads.
PASSING = frozenset({408, 500, 502, 503, 504})


@dataclass(frozen=True)
class Refusal:
    """What Google answered: the status, its own words and the reasons it names."""

    status: int
    message: str
    reasons: frozenset[str]

    @property
    def is_too_much(self) -> bool:
        """Whether the quota is used up: nothing was done."""
        return self.status == 429 or (self.status == 403 and bool(self.reasons & _BUSY_REASONS))

    @property
    def may_pass(self) -> bool:
        """Whether it may work by itself a moment later; nobody knows whether it was done."""
        return self.status in PASSING


def refusal_of(response: Response) -> Refusal:
    """Read either dialect (Sheets' and Drive's), or whatever a machine in between sent."""
    said: dict[str, Any] = {}
    try:
        body = response.json()
        found = body.get("error") if isinstance(body, dict) else None
        said = found if isinstance(found, dict) else {"message": str(found or "")}
    except ValueError:  # a page of HTML from some machine in between
        said = {}
    reasons = {str(said.get("status") or "")}
    for name in ("errors", "details"):
        parts = said.get(name)
        if isinstance(parts, list):
            reasons |= {str(part.get("reason") or "") for part in parts if isinstance(part, dict)}
    message = " ".join(str(said.get("message") or response.reason or "").split())[:300]
    return Refusal(response.status_code, message, frozenset(reasons - {""}))


def in_words(refusal: Refusal, account: str) -> ShopError:
    """The sentence a person reads, and whether anything can go on without them."""
    if refusal.status == 400:
        return _wrong(refusal)
    if refusal.status in (401, 403, 404):
        return BrokenError(_closed(refusal, account))
    if refusal.status == 413:
        return BrokenError(
            "Google takes no more in one piece: show fewer orders or columns in the sheet."
        )
    return UnreachableError(
        f"Google does not answer properly just now (status {refusal.status}); "
        "it is tried again by itself."
    )


def _wrong(refusal: Refusal) -> ShopError:
    if any(words in refusal.message for words in _NOT_A_RANGE):
        return MovedError(f"The sheet was rearranged while we looked ({refusal.message}).")
    if "not supported for this document" in refusal.message:
        return BrokenError(
            "This is an Excel file that lies in Google Drive. Open it there, choose File, Save as "
            "Google Sheets, and connect the new sheet."
        )
    if "above the limit of" in refusal.message:
        return BrokenError(
            "The sheet is full: Google allows 10,000,000 cells. Delete old tabs or empty columns "
            "in it, then press Sync now."
        )
    return BrokenError(
        f"Google refuses what we wrote ({refusal.message}). Undo what was changed last in the "
        "sheet (merged cells, protected ranges), then press Sync now."
    )


def _closed(refusal: Refusal, account: str) -> str:
    who = account or "the account"
    if refusal.status == 401:
        return (
            "Google no longer accepts the key. Make a new one for this account, and give it to us "
            "under Set-up, Shared sheet, Account."
        )
    if refusal.status == 404:
        return (
            f"There is no such sheet, or {who} may not see it: it was deleted, or it is no longer "
            f"shared. Open it in Google, press Share and add {who} as Editor, then press Sync now."
        )
    full = "storage quota" in refusal.message.lower()
    if full or "storageQuotaExceeded" in refusal.reasons:
        return (
            "The Google Drive of the sheet's owner is full. Make room there (or let somebody else "
            "own the sheet), then press Sync now."
        )
    if refusal.reasons & _OFF_REASONS or "has not been used in project" in refusal.message:
        return (
            "The Google Sheets API or the Google Drive API is switched off in the project of this "
            "key: switch both on in the Google Cloud console, wait a minute, then press Sync now."
        )
    if refusal.reasons & _SCOPE_REASONS:
        return "The agreement does not cover spreadsheets: agree again under Shared sheet, Account."
    return (
        f"We may not open or change the sheet: press Share in it, add {who} as Editor, then press "
        "Sync now."
    )
