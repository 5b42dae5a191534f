"""One line per request on standard error: its id, who, what, how long; never what was typed.

Paths hold order numbers; query strings may hold names and addresses, so they are left out.
"""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, has_request_context, request, session

log = logging.getLogger("inhands.web")
QUIET = frozenset({"static", "health.healthz", "health.readyz", "health.metrics"})
_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
# Whoever reads the log must not be able to open a customer's page.
_PRIVATE = re.compile(r"^(/q/)[\w-]{43}")
_TRUSTED_ID = re.compile(r"[\w.-]{8,64}")


def configure(level: str) -> None:
    """Send the log to standard error, once, with the request's id on every line."""
    root = logging.getLogger()
    root.setLevel(level)
    # With DEBUG it would write every value that is asked for, customers' addresses too.
    logging.getLogger("peewee").setLevel(logging.INFO)
    if any(isinstance(handler, _Handler) for handler in root.handlers):
        return
    handler = _Handler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(_name_request)
    root.addHandler(handler)


def request_id() -> str:
    """The id of the request at hand: the proxy's ``X-Request-ID`` if it sent one, else our own."""
    if "request_id" not in g:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if _TRUSTED_ID.fullmatch(sent) else secrets.token_hex(6)
    return str(g.request_id)


def log_requests(app: Flask) -> None:
    """Write a line for every request that is not a file or a health check."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        quiet = request.endpoint in QUIET or str(request.endpoint).endswith(".static")
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "%s %s %s %.0f ms person=%s",
            request.method,
            _PRIVATE.sub(r"\1…", request.path),
            response.status_code,
            1000 * seconds_so_far(),
            str(session.get("_user_id", "-")).partition(".")[0],
        )
        return response


def seconds_so_far() -> float:
    """How long the request at hand has taken until now."""
    return time.perf_counter() - float(g.get("started", time.perf_counter()))


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that it is added only once."""


def _name_request(record: logging.LogRecord) -> bool:
    record.request_id = request_id() if has_request_context() else "-"
    return True
