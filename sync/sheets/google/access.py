"""Whose name we knock at Google's door with: a service account's key, or a person who agreed."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import requests
from google.auth import exceptions as auth_errors
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials as PersonCredentials
from google.oauth2.service_account import Credentials as KeyCredentials

from errors import ShopError
from sync.sheets.google.client import TIMEOUTS, GoogleClient
from sync.sheets.google.governor import governor_of
from sync.sheets.shapes import BrokenError, UnreachableError

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
TOKEN_URL = "https://oauth2.googleapis.com/token"
_AGREE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
_ABOUT_URL = "https://www.googleapis.com/drive/v3/about"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_KEY_PARTS = ("client_email", "private_key", "token_uri")
_PERSON_PARTS = ("client_id", "client_secret", "refresh_token")


@dataclass(frozen=True)
class Access:
    """What lets us in: ``secret`` is JSON, to be stored sealed and shown to nobody."""

    account: str  # whom a sheet is shared with
    secret: str

    def __repr__(self) -> str:
        return f"Access({self.account})"

    def client(self, base: str = "") -> GoogleClient:
        """A way to Google under this name; ``base`` stands in for Google's own address.

        Raises:
            BrokenError: what is stored is no key.
        """
        session = AuthorizedSession(_credentials(self.secret, base), max_refresh_attempts=1)  # type: ignore[no-untyped-call]
        governor = governor_of(f"{base} {self.account}")
        return GoogleClient(session, governor, account=self.account, base=base)


def access_of_key(text: str) -> Access:
    """The access of a service account's key file.

    Raises:
        ShopError: it is no such file; says which one to take.
    """
    found = _json(text)
    if found.get("type") != "service_account" or any(not found.get(part) for part in _KEY_PARTS):
        raise ShopError(
            "Key file: this is not the key of a service account. In the Google Cloud console open "
            "IAM, Service accounts, the account, Keys, Add key, JSON: that file is it."
        )
    _check_token_url(str(found["token_uri"]))
    kept = {part: found[part] for part in ("type", *_KEY_PARTS)}
    access = Access(str(found["client_email"]), json.dumps(kept))
    _credentials(access.secret, "")  # a key that cannot sign says so now
    return access


class _NoDetour:
    """google-auth asks a further service where a key may be used; a shared sheet needs no answer.

    It would be a call to another host that nobody counts, in a thread of its own.
    """

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


class _KeyCredentials(_NoDetour, KeyCredentials):
    """A service account's key."""


class _PersonCredentials(_NoDetour, PersonCredentials):
    """What a person agreed to."""


@dataclass(frozen=True)
class Agreement:
    """A person's agreement while it is being asked for: what must be the same at both ends."""

    client_id: str
    client_secret: str
    back_to: str  # our address that Google sends them back to
    state: str
    verifier: str
    base: str = ""

    def url(self) -> str:
        """Where the person agrees, at Google's."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.back_to,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "access_type": "offline",
            "prompt": "consent",
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        place = f"{self.base}/o/oauth2/v2/auth" if self.base else _AGREE_URL
        return f"{place}?{urlencode(asked)}"

    def access(self, code: str) -> Access:
        """Turn what the person brought back into a lasting access: two calls.

        Raises:
            ShopError: Google does not take it; says what to do.
        """
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": self.back_to,
            "code_verifier": self.verifier,
        }
        token = _token_for(asked, f"{self.base}/token" if self.base else TOKEN_URL)
        parts = (self.client_id, self.client_secret, token)
        secret = json.dumps({"type": "person", **dict(zip(_PERSON_PARTS, parts, strict=True))})
        client = Access("", secret).client(self.base)
        told = client.ask("get", _ABOUT_URL, params={"fields": "user(emailAddress)"})
        return Access(str((told.get("user") or {}).get("emailAddress") or ""), secret)


def _token_for(asked: dict[str, str], url: str) -> str:
    """The lasting token for a code, which works once."""
    try:
        answer = requests.post(url, data=asked, timeout=TIMEOUTS, allow_redirects=False)
    except requests.RequestException as problem:
        raise UnreachableError("Google does not answer just now: agree again.") from problem
    said = _json(answer.text)
    token = str(said.get("refresh_token") or "")
    if not answer.ok or not token:
        why = said.get("error_description") or said.get("error") or f"status {answer.status_code}"
        raise ShopError(
            f"Google does not let us in ({str(why)[:200]}): check client id and client secret, "
            "then agree again."
        )
    return token


def _credentials(secret: str, base: str) -> Credentials:
    found = _json(secret)
    try:
        if found.get("type") == "person":
            return _PersonCredentials(  # type: ignore[no-untyped-call]
                None,
                token_uri=f"{base}/token" if base else TOKEN_URL,
                scopes=list(SCOPES),
                **{part: found[part] for part in _PERSON_PARTS},
            )
        made = _KeyCredentials.from_service_account_info(found, scopes=list(SCOPES))  # type: ignore[no-untyped-call]
        return cast("Credentials", made)
    except (ValueError, KeyError, auth_errors.GoogleAuthError) as problem:
        raise BrokenError(
            "The key of the Google account is damaged: give it to us again under Set-up, Shared "
            "sheet, Account."
        ) from problem


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _check_token_url(url: str) -> None:
    parts = urlsplit(url)
    google = parts.scheme == "https" and str(parts.hostname).endswith(".googleapis.com")
    if not google and parts.hostname not in _LOCAL:
        raise ShopError(
            f"Key file: it names {parts.hostname or 'no address'} as the place that gives access, "
            "which is not Google. Take a key file that Google itself saved."
        )
