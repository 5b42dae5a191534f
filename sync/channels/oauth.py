"""Access tokens for mailboxes that take no password: one POST to the provider (RFC 6749).

Google and Microsoft give an app a client id, a client secret and, after somebody has agreed, a
refresh token; Microsoft can also let the app in by itself (client credentials).
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from http.client import HTTPException
from typing import Any, cast
from urllib.parse import urlsplit

import clock
from errors import OutsideError, ShopError
from models import Mailbox
from sync.channels.sealed import seal, unseal

TIMEOUT_SECONDS = 20
_MOST_BYTES = 100_000
#: A token that ends sooner than this is renewed before it is used.
_SPARE = timedelta(minutes=2)
_LOCAL = ("127.0.0.1", "localhost", "::1")
TOKEN_URLS = {
    "gmail": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
}
_SCOPES = {
    "gmail": "https://mail.google.com/",
    "microsoft": "https://outlook.office365.com/.default",
}


def access_token(mailbox: Mailbox, *, renew: bool = False) -> str:
    """A token the mail server takes; asked for anew when the last one ends, or on ``renew``.

    Raises:
        ShopError: something is not filled in, or the provider refuses; says what to mend.
        OutsideError: the provider does not answer.
    """
    until = mailbox.access_until
    if not renew and mailbox.access_token and until and until > clock.now() + _SPARE:
        return unseal(mailbox.access_token)
    answer = _ask(token_url(mailbox), _request_of(mailbox))
    token = str(answer.get("access_token") or "")
    if not token:
        raise OutsideError("The token address answered without an access token: check it.")
    seconds = answer.get("expires_in")
    lives = timedelta(seconds=seconds if isinstance(seconds, int) and seconds > 0 else 3000)
    kept = {"access_token": seal(token), "access_until": clock.now() + lives}
    if answer.get("refresh_token"):  # Microsoft gives a new one now and then
        kept["refresh_token"] = seal(str(answer["refresh_token"]))
    Mailbox.update(kept).where(Mailbox.id == mailbox.id).execute()
    for name, value in kept.items():
        setattr(mailbox, name, value)
    return token


def token_url(mailbox: Mailbox) -> str:
    """Where tokens of a mailbox come from.

    Raises:
        ShopError: nothing usable is typed; says what to type.
    """
    typed = mailbox.token_url.strip()
    known = TOKEN_URLS.get(mailbox.provider, "")
    if typed and "/" not in typed:  # only a tenant: a name or an id
        typed = known.format(tenant=urllib.parse.quote(typed))
    url = typed or known.format(tenant="common")
    if not url:
        raise ShopError("Token address: type where this provider gives tokens (https://…).")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise ShopError("Token address: it must begin with https://, or secrets could be read.")
    if mailbox.grant == "client_credentials" and "/common/" in url:
        raise ShopError("Token address: type the tenant of your Microsoft 365 (name or id) there.")
    return url


def _request_of(mailbox: Mailbox) -> dict[str, str]:
    asked = {
        "grant_type": mailbox.grant,
        "client_id": mailbox.client_id,
        "client_secret": unseal(mailbox.client_secret),
    }
    if mailbox.grant == "refresh_token":
        asked["refresh_token"] = unseal(mailbox.refresh_token)
        if not asked["refresh_token"]:
            raise ShopError("Refresh token: it is missing; paste the one your provider gave you.")
    scope = mailbox.scope or (_SCOPES.get(mailbox.provider, "") if _wants_scope(mailbox) else "")
    return {name: value for name, value in (asked | {"scope": scope}).items() if value}


def _wants_scope(mailbox: Mailbox) -> bool:
    return bool(mailbox.grant == "client_credentials")


def _ask(url: str, form: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode(form).encode(),
        headers={"Accept": "application/json"},
        method="POST",
    )
    host = urlsplit(url).hostname
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            return _words(response.read(_MOST_BYTES))
    except urllib.error.HTTPError as refusal:
        said = _words(refusal.read(_MOST_BYTES))
        why = str(said.get("error_description") or said.get("error") or f"status {refusal.code}")
        short = " ".join(why.split())[:200]
        if refusal.code >= 500:
            raise OutsideError(f"{host} does not give tokens just now ({short}).") from refusal
        raise ShopError(
            f"{host} refuses to give a token ({short}): check client id, client secret and "
            "refresh token; if the agreement was withdrawn, agree again and paste the new token."
        ) from refusal
    except (OSError, HTTPException) as problem:
        raise OutsideError(f"{host} does not answer ({problem}): check the token address.") from (
            problem
        )


def _words(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Secrets go where somebody typed, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
