"""What a person or program is told when something does not work.

A ``ShopError`` is a sentence and is shown as one.  Anything else is a bug: it gets a number, is
logged with its traceback under that number, and nothing of it is shown.  When the database is
gone the page needs neither database nor menu, and the next request tries again.
"""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import peewee
import psycopg
from flask import (
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from playhouse.pool import MaxConnectionsExceeded, PooledDatabase
from werkzeug.exceptions import HTTPException

import models
from errors import BlockedError, InvalidError, ShopError
from web.logs import request_id

log = logging.getLogger("inhands.web")
RETRY_AFTER_SECONDS = 15
_OUTAGES = (
    peewee.OperationalError,
    peewee.InterfaceError,
    psycopg.OperationalError,
    sqlite3.OperationalError,
    OSError,
)
_DISK_FULL = "53100"  # PostgreSQL error codes, appendix A
_BUSY = ("40P01", "40001", "55P03", "57014")


@dataclass(frozen=True)
class Failure:
    """What is told: status, title, sentence and what to do next."""

    status: int
    title: str
    sentence: str
    next: str = ""


_WORDS = {
    400: Failure(400, "Not understood", "The request was not complete.", "Go back and try again."),
    401: Failure(401, "Please sign in", "Your session has ended.", "Sign in and try again."),
    403: Failure(
        403,
        "Not for you",
        "Your role does not allow this.",
        "Ask an owner of the shop for the right if you need it.",
    ),
    404: Failure(
        404,
        "Not here",
        "There is nothing at this address.",
        "It may have been moved on or removed. Look for it with the search field.",
    ),
    405: Failure(405, "Not this way", "This address cannot be opened like this."),
    413: Failure(413, "Too big", "What you sent is too big.", "Send a smaller file, or fewer."),
}
_GONE = Failure(
    503,
    "Inhands is not available right now",
    "The database does not answer. Nothing you saved is lost.",
    "Wait a minute and reload this page. If it stays like this, tell the person who runs the "
    "server.",
)
_WAITED = Failure(
    503,
    "Inhands is busy right now",
    "Others are saving at the same moment, so this was not saved.",
    "Wait a few seconds, go back and save again.",
)
_FULL = Failure(
    507,
    "The disk is full",
    "The server's disk is full, so this was not saved. What was saved before is safe.",
    "Tell the person who runs the server to free some space, then save again.",
)


def explain_failures(app: Flask) -> None:
    """Answer every refusal and every failure in words."""
    app.register_error_handler(ShopError, _refuse)
    app.register_error_handler(CSRFError, _lost_session)
    app.register_error_handler(HTTPException, _not_possible)
    app.register_error_handler(MaxConnectionsExceeded, lambda _: _unavailable(_WAITED))
    for kind in _OUTAGES:
        app.register_error_handler(kind, _outage)
    if not app.debug:
        app.register_error_handler(Exception, _bug)


def in_place() -> bool:
    """Whether a script of ours asked and will put the answer into the page."""
    headers = request.headers
    return (
        headers.get("X-Requested-With") in ("fetch", "XMLHttpRequest")
        or "X-Popup" in headers
        or "HX-Request" in headers
    )


def for_program() -> bool:
    """Whether a program asked, through the API."""
    return request.path.startswith("/api/")


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An ``application/problem+json`` answer (RFC 9457)."""
    words = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    answer = jsonify(words | more)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    return answer


def fragment(sentence: str, status: int) -> tuple[str, int]:
    """A refusal that a script puts into the page."""
    return f'<div class="alert note error" role="alert"><div>{escape(sentence)}</div></div>', status


def _refuse(refusal: ShopError) -> ResponseReturnValue:
    status, sentence = refusal.http_status, str(refusal)
    if for_program():
        more: dict[str, Any] = {}
        if isinstance(refusal, BlockedError):
            more["reasons"] = refusal.reasons
        if isinstance(refusal, InvalidError):
            more["problems"] = refusal.problems
        return problem(status, HTTPStatus(status).phrase, sentence, **more)
    if in_place():
        return fragment(sentence, status)
    if request.method == "GET" or not current_user.is_authenticated:
        title = _WORDS[status].title if status in _WORDS else "Not possible"
        return _page(Failure(status, title, sentence))
    flash(sentence, "error")
    return redirect(_where_they_were())


def _lost_session(refusal: CSRFError) -> ResponseReturnValue:
    """A POST whose token does not fit: nearly always somebody whose session ended meanwhile."""
    if for_program():
        return problem(400, "Bad Request", str(refusal.description))
    if request.endpoint == "auth.login":  # an old page; who is signed in goes on from there
        return redirect(url_for("auth.login", next=request.args.get("next")))
    if current_user.is_authenticated:
        sentence = "This page was open for too long, so it was not saved. Reload it and try again."
        return fragment(sentence, 400) if in_place() else _page(Failure(400, "Too old", sentence))
    if in_place():
        return fragment("Your session has ended. Sign in and try again.", 401)
    flash("Your session has ended. Sign in, and what you typed comes back.", "info")
    return redirect(url_for("auth.login", next=_where_they_were()))


def _not_possible(refusal: HTTPException) -> ResponseReturnValue:
    status = refusal.code or 500
    original = getattr(refusal, "original_exception", None)
    if original is not None:  # an error handler failed itself, for instance without a database
        return _outage(original)
    if refusal.response is not None or status < 400:
        return refusal.get_response()
    words = _WORDS.get(status) or Failure(status, refusal.name, str(refusal.description or ""))
    if not for_program() and in_place():
        return fragment(f"{words.sentence} {words.next}".strip(), status)
    if for_program():
        answer = problem(status, refusal.name, str(refusal.description or words.sentence))
    else:
        answer = _page(words)
    allowed = getattr(refusal, "valid_methods", None)
    if status == 405 and allowed:
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _outage(failure: Exception) -> ResponseReturnValue:
    """The database or the disk does not do what it must; anything else is a bug."""
    words = _outage_words(failure)
    if words is None:
        return _bug(failure)
    log.error("%s: %s", words.title, _first_line(failure))
    return _unavailable(words)


def _outage_words(failure: Exception) -> Failure | None:
    if isinstance(failure, OSError):
        return _FULL if failure.errno in (errno.ENOSPC, errno.EDQUOT) else None
    text = " ".join(str(one) for one in _with_causes(failure))
    if "disk is full" in text or _sqlstate(failure) == _DISK_FULL:
        return _FULL
    if "database is locked" in text or _sqlstate(failure) in _BUSY:
        return _WAITED
    if "no such table" in text or "no such column" in text or "has no column" in text:
        return None
    return _GONE


def _with_causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what it came from.

    SQLite's "disk is full" ends the transaction by itself, and the attempt to roll it back then
    fails with other words.
    """
    one: BaseException | None = failure
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _sqlstate(failure: Exception) -> str:
    original = failure.__cause__ or failure.__context__
    return str(getattr(original, "sqlstate", None) or "")


def _unavailable(words: Failure) -> ResponseReturnValue:
    _forget_connections()
    if for_program():
        answer = problem(words.status, words.title, words.sentence)
    elif in_place():
        answer = Response(*fragment(f"{words.sentence} {words.next}", words.status))
    else:
        answer = Response(_plain_page(words), words.status)
    if words.status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _forget_connections() -> None:
    """Drop connections that may be dead, so that the next request makes new ones."""
    opened = models.database.obj
    if isinstance(opened, PooledDatabase):
        opened.manual_close()
        opened.close_idle()
    elif opened is not None and not opened.is_closed():
        opened.close()


def _bug(failure: Exception) -> ResponseReturnValue:
    reference = request_id()
    log.error("bug %s at %s %s", reference, request.method, request.path, exc_info=failure)
    sentence = "Something went wrong on our side."
    if for_program():
        return problem(500, "Internal Server Error", sentence, reference=reference)
    if in_place():
        return fragment(f"{sentence} If you report it, tell this number: {reference}.", 500)
    words = Failure(500, "Something went wrong", f"{sentence} Nothing was saved half.")
    return Response(_plain_page(words, reference), 500)


def _page(words: Failure) -> Response:
    """A page with the menu; without a user, one that needs nothing."""
    if not current_user.is_authenticated:
        return Response(_plain_page(words), words.status)
    text = render_template("pages/error/error.html", **vars(words))
    return Response(text, words.status)


def _plain_page(words: Failure, reference: str = "") -> str:
    # Not render_template(): what it adds to every page would ask the database for the user.
    template = current_app.jinja_env.get_template("pages/error/error_static.html")
    return template.render(**vars(words), reference=reference or request_id())


def _where_they_were() -> str:
    """The page of ours they came from; never somebody else's."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/"):
        return url_for("today.index")
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


def _first_line(failure: Exception) -> str:
    return str(failure).strip().partition("\n")[0]
