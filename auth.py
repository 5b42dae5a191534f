"""Who is at the screen: log-in, log-out, passwords, API tokens, and the throttle before them.

What somebody may do stands in ``workflow.actors``; here a person or a token becomes an ``Actor``.
A session is good as long as the person's ``session_key`` is: a new password ends all others.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import (
    Blueprint,
    Flask,
    abort,
    flash,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from peewee import JOIN, Case

import clock
from errors import InvalidError
from models import ApiToken, LoginEvent, Person, PersonDepartment, Role, Throttle, transaction
from prepared import Prepared
from workflow.actors import Actor, Right

log = logging.getLogger("inhands.auth")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
WINDOW_SECONDS = 300
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 60
TOKEN_BEGINS = "inh_"
#: Endpoints that need no log-in; blueprints end with a dot.  Everything else does.
OPEN = ("auth.login", "static", "today.static", "health.", "api.", "portal.")

auth = Blueprint("auth", __name__)
login_manager = LoginManager()
_hasher = PasswordHasher()


@dataclass(frozen=True)
class LoggedIn(UserMixin):  # type: ignore[misc]
    """The person at the screen, as Flask-Login wants to see somebody."""

    person: Person
    actor: Actor

    def get_id(self) -> str:
        """What the session remembers: the person and the key that a new password changes."""
        return f"{self.person.id}.{self.person.session_key}"

    @property
    def name(self) -> str:
        return str(self.person.name)


def set_up(app: Flask) -> None:
    """Bring log-in into the application: every address needs it that is not in ``OPEN``."""
    login_manager.init_app(app)
    app.register_blueprint(auth)
    app.before_request(_ask_for_login)
    app.add_template_global(may)


# ---------------------------------------------------------------- who acts


def current_actor() -> Actor:
    """The person, or the program, that sent this request; aborts with 401 when nobody did."""
    return who() or abort(401)


def who() -> Actor | None:
    """The person, or the program, that sent this request; None when nobody did."""
    if not has_request_context():
        return None
    actor: Actor | None = g.get("actor") or getattr(current_user, "actor", None)
    if actor is not None:
        g.actor = actor
    return actor


def act_as(actor: Actor) -> None:
    """Let this request act for a program that showed its token."""
    g.actor = actor


def may(right: Right | str) -> bool:
    """Whether whoever sent this request has a right; outside a request, nobody has any."""
    actor = who()
    return actor is not None and actor.may(Right(right))


def require(right: Right) -> None:
    """Stop with 403 unless whoever sent this request has the right."""
    if not may(right):
        abort(403)


def departments_seen(actor: Actor) -> frozenset[int] | None:
    """Ids of the departments whose queues somebody sees; None means all.

    Who works in departments sees their own; who only looks on (sales, accounts) sees all.
    """
    if actor.departments is None or actor.may(Right.ALL_DEPARTMENTS) or not actor.may(Right.WORK):
        return None
    return actor.departments


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_person(session_id: str) -> LoggedIn | None:
    """The person a session belongs to, with role and departments, in one query."""
    number, _, key = session_id.partition(".")
    if not number.isdigit() or len(number) > 9 or not key:
        return None
    rows = _at_work(int(number))
    if not rows or not hmac.compare_digest(rows[0].session_key, key):
        return None
    return logged_in(rows)


def logged_in(rows: list[Person]) -> LoggedIn:
    """The person of these rows (one for each department) as somebody who may act."""
    person = rows[0]
    places = (getattr(row, "place", None) for row in rows)
    actor = Actor(
        name=person.name,
        rights=_rights(person.role.rights),
        departments=frozenset(place.department_id for place in places if place is not None),
        person_id=person.id,
    )
    return LoggedIn(person, actor)


def _people() -> Any:
    return (
        Person.select(Person, Role, PersonDepartment)
        .join_from(Person, Role)
        .join_from(Person, PersonDepartment, JOIN.LEFT_OUTER, attr="place")
    )


_at_work = Prepared(lambda number: _people().where((Person.id == number) & Person.active))


def _rights(names: Iterable[str]) -> frozenset[Right]:
    return frozenset(Right(name) for name in names if name in Right._value2member_map_)


# ---------------------------------------------------------------- log in, log out


@auth.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """The form to sign in, and what becomes of it."""
    target = safe_target(request.args.get("next"))
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(target)
        return render_template("pages/login/login.html")
    email = request.form.get("email", "").replace("\x00", "").strip().casefold()[:254]
    remember = request.form.get("remember") == "1"
    person, sentence = _check(email, request.form.get("password", ""))
    if person is None:
        page = render_template(
            "pages/login/login.html", error=sentence, email=email, remember=remember
        )
        return page, 429 if "too many" in sentence else 401
    session.clear()
    login_user(logged_in(list(_people().where(Person.id == person.id))), remember=remember)
    return redirect(target)


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """End this session."""
    if current_user.is_authenticated:
        _note(current_user.person.email, "logout", current_user.person)
    logout_user()
    session.clear()
    flash("You are signed out.", "info")
    return redirect(url_for("auth.login"))


def safe_target(address: str | None) -> str:
    """An address of this shop to go on to; anybody else's becomes the start page."""
    address = (address or "").replace("\\", "/")
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and address.startswith("/")
    printable = all(ord(character) > 32 for character in address)
    if not inside or address.startswith("//") or not printable or parts.path == "/login":
        return "/"
    return address


def _ask_for_login() -> ResponseReturnValue | None:
    endpoint = request.endpoint or ""
    if not endpoint or any(
        endpoint == name or (name.endswith(".") and endpoint.startswith(name)) for name in OPEN
    ):
        return None
    if endpoint.endswith(".static") or current_user.is_authenticated:
        return None
    return ask_to_sign_in()


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a person to the log-in and back here afterwards; a script is told 401."""
    headers = request.headers
    by_script = headers.get("X-Requested-With") or "X-Popup" in headers or "HX-Request" in headers
    if by_script or request.method not in ("GET", "HEAD"):
        abort(401)
    return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))


login_manager.unauthorized_handler(ask_to_sign_in)


def _check(email: str, password: str) -> tuple[Person | None, str]:
    """Who logs in, or the sentence why not."""
    if not (
        may_try(f"login:ip:{request.remote_addr}", TRIES_PER_ADDRESS)
        and may_try(f"login:account:{email}", TRIES_PER_ACCOUNT)
    ):
        _note_throttled(email)
        return None, "There were too many attempts. Wait five minutes, then try again."
    person = Person.get_or_none(Person.email == email)
    right = verify(person.password_hash if person else "", password)
    if person is None or not right:
        _note(email, "wrong", person)
        return None, "E-mail or password is wrong. Check both and try again."
    if not person.active:
        _note(email, "inactive", person)
        return None, "This account is switched off. Ask the owner of the shop."
    _welcome(person, password)
    return person, ""


def _welcome(person: Person, password: str) -> None:
    with transaction():
        if _hasher.check_needs_rehash(person.password_hash):
            person.password_hash = _hasher.hash(password)
        person.session_key = person.session_key or new_key()
        person.last_login_at = clock.now()
        person.save()
        Throttle.delete().where(Throttle.key == f"login:account:{person.email}").execute()
    _note(person.email, "ok", person)


def _note_throttled(email: str) -> None:
    """Written down once in a window: who tries a thousand times must not fill the audit."""
    address = (request.remote_addr or "")[:64]
    since = clock.now() - timedelta(seconds=WINDOW_SECONDS)
    known = LoginEvent.select().where(
        (LoginEvent.at > since)
        & (LoginEvent.address == address)
        & (LoginEvent.outcome == "throttled")
    )
    if not known.exists():
        _note(email, "throttled")


def _note(email: str, outcome: str, person: Person | None = None) -> None:
    address = (request.remote_addr or "")[:64]
    LoginEvent.create(email=email, outcome=outcome, person=person, address=address)
    log.info("login %s person=%s", outcome, person.id if person else "-")


def may_try_password(person: Person) -> bool:
    """Count one more password typed for an account; False when there were too many."""
    return may_try(f"login:account:{person.email}", TRIES_PER_ACCOUNT)


def may_try(key: str, limit: int) -> bool:
    """Count one more attempt in this window; shared by all processes, committed at once."""
    window = int(clock.now().timestamp() // WINDOW_SECONDS)
    again = Case(None, [(Throttle.window == window, Throttle.count + 1)], 1)
    Throttle.insert(key=key[:200], count=1, window=window).on_conflict(
        conflict_target=[Throttle.key], update={Throttle.count: again, Throttle.window: window}
    ).execute()
    return bool(Throttle.get_by_id(key[:200]).count <= limit)


# ---------------------------------------------------------------- passwords


def verify(password_hash: str, password: str) -> bool:
    """Whether a password is the right one; takes as long when there is no such account."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def set_password(person: Person, password: str) -> None:
    """Give somebody a new password, which ends all their sessions; the caller saves.

    Raises:
        InvalidError: too short, too long, or the e-mail address itself.
    """
    folded = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        words = f"Take at least {SHORTEST_PASSWORD} characters."
        raise InvalidError({"password": words})
    if len(password) > LONGEST_PASSWORD:
        raise InvalidError({"password": f"Take at most {LONGEST_PASSWORD} characters."})
    if folded in (person.email.casefold(), person.email.casefold().partition("@")[0]):
        raise InvalidError({"password": "The e-mail address is no password. Take another."})
    person.password_hash = _hasher.hash(password)
    person.session_key = new_key()


def new_key() -> str:
    """A fresh session key."""
    return secrets.token_hex(16)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


# ---------------------------------------------------------------- API tokens


def make_token(name: str, role: Role, by: str) -> tuple[ApiToken, str]:
    """A new token for a program, and its secret: shown once, kept only as a hash."""
    secret = TOKEN_BEGINS + secrets.token_urlsafe(32)
    token = ApiToken.create(
        name=name, role=role, created_by=by, prefix=secret[:12], token_hash=_digest(secret)
    )
    return token, secret


def actor_of_token(secret: str) -> Actor | None:
    """Who a token's secret stands for, or None when it is unknown or revoked."""
    token = token_of(secret)
    return actor_of(token) if token is not None else None


def actor_of(token: ApiToken) -> Actor:
    """Who a token stands for: a program with its role's rights, in every department."""
    name = f"API: {token.name}"[:120]  # what the history holds
    return Actor(name=name, rights=_rights(token.role.rights), departments=None)


_tokens = Prepared(
    lambda digest: (
        ApiToken.select(ApiToken, Role)
        .join(Role)
        .where((ApiToken.token_hash == digest) & ApiToken.revoked_at.is_null())
    )
)


def token_of(secret: str) -> ApiToken | None:
    """The token of a secret, with its role; its last use is noted once a minute."""
    found = _tokens(_digest(secret))
    if not found:
        return None
    token = found[0]
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.update(last_used_at=now).where(ApiToken.id == token.id).execute()
    return token  # type: ignore[no-any-return]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
