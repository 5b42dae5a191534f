"""Who may knock: service accounts with real keys, refresh tokens, bearer tokens."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sheets_emulator.answers import NO_TOKEN, not_logged_in
from sheets_emulator.files import DEFAULT_ACCOUNT, MANAGER
from sheets_emulator.times import Clock

Json = dict[str, Any]

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3599


@dataclass(slots=True)
class Accounts:
    """Keys and tokens that were given out, and those that no longer count."""

    clock: Clock
    # Unless this is set, a token that nobody gave out is the default account's.
    strict: bool = False
    _keys: dict[str, rsa.RSAPublicKey] = field(default_factory=dict)
    _revoked: set[str] = field(default_factory=set)
    _refresh: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def service_account(self, url: str, email: str = DEFAULT_ACCOUNT) -> Json:
        """A new key for a service account, as the file one downloads from Google."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._keys[email] = key.public_key()
        self._revoked.discard(email)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "shop-project",
            "private_key_id": secrets.token_hex(20),
            "private_key": pem.decode(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "auth_uri": f"{url}/o/oauth2/auth",
            "token_uri": f"{url}/token",
            "universe_domain": "googleapis.com",
        }

    def refresh_token(self, url: str, email: str = MANAGER) -> Json:
        """What a person's consent leaves behind, as ``authorized_user`` files hold it."""
        token = "1//" + secrets.token_urlsafe(32)
        self._refresh[token] = email
        self._revoked.discard(email)
        return {
            "type": "authorized_user",
            "client_id": "shop.apps.googleusercontent.com",
            "client_secret": "not-a-secret",
            "refresh_token": token,
            "token_uri": f"{url}/token",
        }

    def token(self, email: str) -> str:
        """A bearer token for an account, good for an hour."""
        token = "ya29." + secrets.token_urlsafe(24)
        self._tokens[token] = (email, self.clock.now().timestamp() + _LIFE)
        return token

    def revoke(self, email: str) -> None:
        """Neither the key nor any token of the account counts any more."""
        self._revoked.add(email)
        self.expire(email)

    def expire(self, email: str | None = None) -> None:
        """The tokens given out so far are too old; new ones may be had."""
        for token, (owner, _) in self._tokens.items():
            if email in (None, owner):
                self._tokens[token] = (owner, 0)

    def account(self, authorization: str) -> str:
        """Whose token this is.

        Raises:
            ApiError: nobody's.
        """
        kind, _, token = authorization.partition(" ")
        if not token or kind.lower() != "bearer":
            raise not_logged_in(NO_TOKEN)
        if token not in self._tokens:
            if self.strict:
                raise not_logged_in()
            return DEFAULT_ACCOUNT
        email, until = self._tokens[token]
        if until <= self.clock.now().timestamp():
            raise not_logged_in()
        return email

    # ------------------------------------------------------------ the token endpoint

    def grant(self, body: bytes) -> tuple[int, Json]:
        """Answer of the token endpoint: status and JSON."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        kind = form.get("grant_type")
        if kind == _JWT:
            return self._by_assertion(form.get("assertion", ""))
        if kind == "refresh_token":
            return self._by_refresh(form.get("refresh_token", ""))
        if kind == "authorization_code":
            return self._by_code(form.get("code", ""))
        return _refused("unsupported_grant_type", f"Invalid grant_type: {kind}")

    def _by_assertion(self, assertion: str) -> tuple[int, Json]:
        try:
            head, claims_text, signature = assertion.split(".")
            claims = json.loads(_decoded(claims_text))
            email = claims["iss"]
        except (ValueError, KeyError):
            return _refused("invalid_grant", "Bad Request")
        key = self._keys.get(email)
        if key is None or email in self._revoked:
            return _refused("invalid_grant", "Invalid grant: account not found")
        signed = f"{head}.{claims_text}".encode()
        try:
            key.verify(_decoded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return _refused("invalid_grant", "Invalid JWT Signature.")
        if not claims.get("scope"):
            return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return self._granted(email)

    def _by_refresh(self, token: str) -> tuple[int, Json]:
        email = self._refresh.get(token)
        if email is None or email in self._revoked:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        return self._granted(email)

    def _by_code(self, code: str) -> tuple[int, Json]:
        if not code.startswith("4/"):
            return _refused("invalid_grant", "Malformed auth code.")
        email = code[2:] or MANAGER
        status, found = self._granted(email)
        return status, found | {"refresh_token": self.refresh_token("", email)["refresh_token"]}

    def _granted(self, email: str) -> tuple[int, Json]:
        token = self.token(email)
        return 200, {"access_token": token, "expires_in": _LIFE, "token_type": "Bearer"}


def consented(query: str) -> str:
    """Where the browser goes after a person said yes: at once, and always yes."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    back = {"code": "4/" + asked.get("login_hint", MANAGER), "scope": asked.get("scope", "")}
    if "state" in asked:
        back["state"] = asked["state"]
    return asked.get("redirect_uri", "/") + "?" + urlencode(back)


def _refused(error: str, description: str) -> tuple[int, Json]:
    return 400, {"error": error, "error_description": description}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
