"""Logging in: who gets in, who does not, and what is written down about it."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

import auth
import clock
import models
from errors import InvalidError
from tests import shop
from tests.web import a_person, log_in_as, queries, text_of, visitor
from workflow.actors import Right

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    """The real hash function with little work, so that tests do not take a second each."""
    monkeypatch.setattr(auth, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    auth._nobodys_hash.cache_clear()
    yield
    auth._nobodys_hash.cache_clear()


def test_passwords_are_kept_as_strong_hashes(monkeypatch, app):
    monkeypatch.undo()

    kept = a_person(password=PASSWORD).password_hash

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.fixture
def olga(app):
    return a_person("Owner", email="olga@shop.example", name="Olga", password=PASSWORD)


def sign_in(client, email="olga@shop.example", password=PASSWORD, **more):
    return client.post(
        f"/login{more.pop('query', '')}", data={"email": email, "password": password, **more}
    )


def outcomes():
    return [event.outcome for event in models.LoginEvent.select().order_by(models.LoginEvent.id)]


def test_the_right_password_opens_the_shop(client, olga):
    answer = sign_in(client)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert outcomes() == ["ok"]
    assert shop.reload(olga).last_login_at is not None


def test_capitals_in_the_address_do_not_matter(client, olga):
    assert sign_in(client, email=" OLGA@Shop.Example ").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("olga@shop.example", "wrong"),
        ("nobody@shop.example", PASSWORD),
        ("olga@shop.example", ""),
        ("", ""),
        ("olga@shop.example", "x" * 100_000),
        ("\x00@", "\x00"),
    ],
)
def test_a_wrong_address_and_a_wrong_password_say_the_same(client, olga, email, password):
    answer = sign_in(client, email=email, password=password)

    assert answer.status_code == 401
    assert "E-mail or password is wrong" in text_of(answer)
    assert client.get("/").status_code == 302
    assert outcomes() == ["wrong"]


def test_an_unknown_address_costs_as_much_as_a_known_one(client, olga, monkeypatch):
    asked = []
    hasher = auth._hasher
    monkeypatch.setattr(
        auth,
        "_hasher",
        type(
            "Counting",
            (),
            {
                "verify": lambda self, *words: asked.append(words) or hasher.verify(*words),
                "hash": hasher.hash,
                "check_needs_rehash": hasher.check_needs_rehash,
            },
        )(),
    )

    sign_in(client, email="nobody@shop.example")
    sign_in(client, password="wrong")

    assert len(asked) == 2 and all(words[0].startswith("$argon2id$") for words in asked)


def test_somebody_switched_off_does_not_get_in(client, olga):
    models.Person.update(active=False).execute()

    answer = sign_in(client)

    assert "switched off" in text_of(answer)
    assert outcomes() == ["inactive"]


def test_switching_somebody_off_ends_their_session(app, olga):
    client = log_in_as(app, olga)
    assert client.get("/").status_code == 200

    models.Person.update(active=False).execute()

    assert client.get("/").status_code == 302


def test_too_many_attempts_at_an_account_have_to_wait(client, olga):
    for _ in range(auth.TRIES_PER_ACCOUNT):
        sign_in(client, password="wrong")

    answer = sign_in(client)
    with clock.frozen(clock.now() + timedelta(seconds=auth.WINDOW_SECONDS)):
        later = sign_in(client)

    assert answer.status_code == 429 and "too many attempts" in text_of(answer)
    assert later.status_code == 302
    assert outcomes()[-2:] == ["throttled", "ok"]


def test_too_many_attempts_from_one_place_have_to_wait(client, olga, monkeypatch):
    monkeypatch.setattr(auth, "TRIES_PER_ADDRESS", 3)
    for number in range(3):
        sign_in(client, email=f"guess{number}@shop.example")

    assert sign_in(client).status_code == 429


def test_a_thousand_attempts_do_not_fill_the_audit(client, olga, monkeypatch):
    monkeypatch.setattr(auth, "TRIES_PER_ADDRESS", 2)
    for number in range(8):
        sign_in(client, email=f"guess{number}@shop.example")

    assert outcomes() == ["wrong", "wrong", "throttled"]


def test_the_throttle_counts_together_what_several_processes_let_in(app):
    allowed = [auth.may_try("login:account:x", 10) for _ in range(14)]

    assert allowed == [True] * 10 + [False] * 4


def test_a_good_log_in_forgets_the_bad_ones_of_the_account(app, client, olga):
    for _ in range(auth.TRIES_PER_ACCOUNT - 1):
        sign_in(client, password="wrong")

    assert sign_in(client).status_code == 302
    assert sign_in(visitor(app), password="wrong").status_code == 401


def test_a_new_password_ends_all_other_sessions(app, olga):
    here, elsewhere = log_in_as(app, olga), log_in_as(app, olga)

    answer = here.post(
        "/me/", data={"old": PASSWORD, "new": "another long one", "again": "another long one"}
    )

    assert answer.status_code == 302
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert auth.verify(shop.reload(olga).password_hash, "another long one")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            {"old": "wrong", "new": "another long one", "again": "another long one"},
            "old password is wrong",
        ),
        ({"old": PASSWORD, "new": "another long one", "again": "other"}, "differ"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 10"),
        (
            {"old": PASSWORD, "new": "olga@shop.example", "again": "olga@shop.example"},
            "no password",
        ),
        ({}, "old password is wrong"),
    ],
)
def test_a_bad_new_password_is_refused_in_words(app, olga, sent, words):
    answer = log_in_as(app, olga).post("/me/", data=sent)

    assert answer.status_code == 422 and words in text_of(answer).replace("Take at", "Take at")
    assert auth.verify(shop.reload(olga).password_hash, PASSWORD)


def test_a_password_is_never_the_address(app, olga):
    with pytest.raises(InvalidError):
        auth.set_password(olga, "OLGA@SHOP.EXAMPLE")


def test_old_hashes_are_renewed(client, olga):
    weak = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    models.Person.update(password_hash=weak).execute()

    sign_in(client)

    assert shop.reload(olga).password_hash != weak


def test_signing_out_ends_the_session_and_is_written_down(client, olga):
    sign_in(client)

    answer = client.post("/logout", headers={"X-CSRFToken": token_of(client)})

    assert answer.status_code == 302
    assert client.get("/").status_code == 302
    assert outcomes() == ["ok", "logout"]


def token_of(client):
    page = text_of(client.get("/me/"))
    return page.split('name="csrf-token" content="')[1].split('"')[0]


def test_an_old_log_in_page_leads_on_when_one_is_signed_in(client, olga):
    sign_in(client)

    answer = client.post("/login?next=/customers/", data={"email": "x", "password": "y"})

    assert answer.headers["Location"] == "/login?next=/customers/"
    assert client.get("/login?next=/customers/").headers["Location"] == "/customers/"


def test_signing_out_is_no_link(client_as):
    assert client_as("Owner").get("/logout").status_code == 405


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/orders/?stage=review", "/orders/?stage=review"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/\t/evil.example", "/"),
        ("http:evil.example", "/"),
        ("", "/"),
        ("/login", "/"),
        (None, "/"),
    ],
)
def test_after_signing_in_one_goes_on_within_the_shop(asked, goes_to):
    assert auth.safe_target(asked) == goes_to


def test_the_page_one_wanted_opens_after_signing_in(client, olga):
    where = client.get("/customers/?page=1").headers["Location"]

    answer = client.post(where, data={"email": olga.email, "password": PASSWORD})

    assert answer.headers["Location"] == "/customers/?page=1"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": "fetch"},
        {"X-Popup": "1"},
        {"HX-Request": "true"},
        {"X-Requested-With": "XMLHttpRequest"},
    ],
)
def test_a_script_without_a_session_is_told_401(client, headers):
    assert client.get("/customers/", headers=headers).status_code == 401
    client.csrf_token = ""
    assert client.post("/customers/new/", headers=headers).status_code == 401


def test_a_form_sent_after_the_session_ended_leads_to_the_log_in_and_back(client):
    client.csrf_token = ""

    answer = client.post("/customers/new/", headers={"Referer": "http://localhost/customers/new/"})

    assert answer.headers["Location"] == "/login?next=/customers/new/"


def test_a_session_key_that_is_not_there_opens_nothing(app):
    person = a_person("Owner")
    for number in ("", "1", f"{person.id}.", f"{person.id}.wrong", "99999999999.x", "x.y", "1.2.3"):
        client = visitor(app)
        with client.session_transaction() as kept:
            kept["_user_id"] = number
        assert client.get("/").status_code == 302, number


def test_cookies_are_strict(client, olga):
    answer = sign_in(client, remember="1")

    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_over_https_cookies_are_secure(database_url, settings, app, olga):
    from app import create_app

    strict = create_app(settings.model_copy(update={"cookie_secure": True, "trusted_proxies": 1}))
    client = strict.test_client()
    answer = client.get(
        "/login", headers={"X-Forwarded-Proto": "https"}, base_url="https://localhost"
    )

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-inhands=") and "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"]


def test_who_is_here_costs_one_question(app):
    shop.a_shop()
    person = a_person("Department worker", departments=["laser", "shipping"])

    with queries(1):
        found = auth.load_person(f"{person.id}.{person.session_key}")

    assert found.actor.name == person.name
    assert found.actor.rights == {Right.SEE_ORDERS, Right.WORK, Right.HOLD, Right.ARTWORK}
    assert found.actor.departments == {shop.department("laser").id, shop.department("shipping").id}


def test_a_right_that_is_unknown_gives_nothing(app):
    person = a_person("Read-only")
    models.Role.update(rights=["see_orders", "fly"]).where(
        models.Role.id == person.role_id
    ).execute()

    assert auth.load_person(f"{person.id}.{person.session_key}").actor.rights == {Right.SEE_ORDERS}


def test_workers_see_their_own_queues_and_lookers_on_see_all(app):
    shop.a_shop()
    worker = a_person("Department worker", departments=["laser"])
    sales = a_person("Sales")

    seen = [
        auth.departments_seen(auth.load_person(f"{p.id}.{p.session_key}").actor)
        for p in (worker, sales)
    ]

    assert seen == [{shop.department("laser").id}, None]


def test_a_token_stands_for_its_role(app):
    shop.a_shop()
    role = models.Role.get(name="Sales")

    token, secret = auth.make_token("Webstore", role, "Olga")
    actor = auth.actor_of_token(secret)

    assert secret not in str(token.__data__)
    assert (actor.name, actor.may(Right.ENTER_ORDERS), actor.may(Right.PEOPLE)) == (
        "API: Webstore",
        True,
        False,
    )
    assert auth.actor_of_token("inh_wrong") is None and auth.actor_of_token("") is None


def test_an_ended_token_stands_for_nobody(app):
    shop.a_shop()
    _, secret = auth.make_token("Webstore", models.Role.get(name="Sales"), "Olga")

    models.ApiToken.update(revoked_at=clock.now()).execute()

    assert auth.actor_of_token(secret) is None


def test_the_use_of_a_token_is_noted_once_a_minute(app):
    shop.a_shop()
    _, secret = auth.make_token("Webstore", models.Role.get(name="Sales"), "Olga")
    start = clock.now()
    for seconds in (0, 30, 90):
        with clock.frozen(start + timedelta(seconds=seconds)):
            with queries() as asked:
                auth.actor_of_token(secret)
            assert any("UPDATE" in sql for sql in asked) == (seconds != 30)
