"""What every answer carries: the content security policy with its nonce, and its neighbours.

Scripts and styles come from our own files, or stand in the page with this request's nonce; there
is no inline handler, no ``style=`` attribute and nothing from another host.
"""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g

FOREVER = 365 * 24 * 3600
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def add_headers(app: Flask, *, encrypted: bool) -> None:
    """Give every answer its security headers, and static files an address that may be kept.

    Args:
        app: the application.
        encrypted: the shop is reached by https only, and browsers may remember that.
    """

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _policy())
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        # What one person saw must not come back with the Back button for the next one.
        headers.setdefault("Cache-Control", "no-store")
        if encrypted:
            headers.setdefault("Strict-Transport-Security", f"max-age={FOREVER}")
        return response

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and "v" not in values:
            values["v"] = _version(str(app.static_folder), values["filename"])

    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = FOREVER
    app.template_global()(csp_nonce)
    if app.debug:
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0


def csp_nonce() -> str:
    """The word that lets this page's own ``<script>`` and ``<style>`` run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy() -> str:
    own = f"'self' 'nonce-{csp_nonce()}'" if "csp_nonce" in g else "'self'"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {own}",
            f"style-src {own}",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )


@lru_cache(maxsize=500)
def _version(folder: str, filename: str) -> str | None:
    path = Path(folder) / filename
    return f"{int(path.stat().st_mtime):x}" if path.is_file() else None
