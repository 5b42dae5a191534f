"""The frame around every screen: headers, failures in words, health, figures, log."""

import errno
import logging
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import peewee
import pytest

import models
import starter
from errors import BlockedError, InvalidError, NotFoundError, StaleError
from tests import services, shop
from tests.services import leave, new_postgresql_database
from tests.web import Visitor, a_person, log_in_as, text_of
from web import logs

SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def trouble(new_app, client_as):
    """A client of an owner, and an address at which the given failure happens."""
    failures = []

    def fail():
        raise failures[0]

    new_app.add_url_rule("/trouble", "trouble", fail, methods=["GET", "POST"])
    new_app.add_url_rule("/api/trouble", "trouble_of_a_program", fail, methods=["GET", "POST"])
    client = client_as("Owner", app=new_app)

    def make(failure, method="GET", address="/trouble", **more):
        failures[:] = [failure]
        return client.open(address, method=method, **more)

    return make


# ---------------------------------------------------------------- pages and headers


def test_the_start_page_needs_a_log_in(client):
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/")


def test_somebody_logged_in_sees_the_start_page(client_as):
    answer = client_as("Owner").get("/")

    assert answer.status_code == 200
    assert "Sign out" in text_of(answer)


def test_every_answer_is_protected(client_as):
    for address in ("/", "/customers/", "/static/css/tokens.css", "/healthz", "/nothing"):
        headers = client_as("Owner").get(address).headers
        policy = headers["Content-Security-Policy"]
        assert (
            "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
            in policy
        )
        assert "unsafe" not in policy and "img-src 'self' data: blob:" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_the_nonce_is_new_every_time_and_stands_at_every_script(client_as):
    owner = client_as("Owner")

    first, second = (owner.get("/customers/") for _ in range(2))
    nonces = [
        re.search(r"script-src 'self' 'nonce-([\w-]+)'", a.headers["Content-Security-Policy"])[1]
        for a in (first, second)
    ]
    scripts = re.findall(r"<script[^>]*>", text_of(first))

    assert nonces[0] != nonces[1]
    assert scripts and all(f'nonce="{nonces[0]}"' in script for script in scripts)


def test_pages_are_not_kept_and_files_are(client_as):
    owner = client_as("Owner")
    page = owner.get("/")
    address = re.search(r"/static/css/inhands\.css\?v=\w+", text_of(page))[0]

    assert page.headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in owner.get(address).headers["Cache-Control"]


# ---------------------------------------------------------------- failures in words


def test_a_refusal_of_a_form_is_told_on_the_page_it_came_from(trouble):
    refusal = BlockedError("1001 cannot be released", ["line 1 has no price", "no address"])

    answer = trouble(refusal, "POST", headers={"Referer": "http://localhost/customers/?page=1"})
    page = trouble(
        refusal, "POST", headers={"Referer": "http://localhost/customers/"}, follow_redirects=True
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/customers/?page=1")
    assert "1001 cannot be released: line 1 has no price; no address." in text_of(page)


@pytest.mark.parametrize(
    "referrer", ["http://evil.example/", "//evil.example/x", "", "http://localhost//evil.example/"]
)
def test_a_refusal_never_sends_anybody_away(trouble, referrer):
    answer = trouble(StaleError("too late"), "POST", headers={"Referer": referrer})

    assert answer.headers["Location"] in ("/", "/evil.example/")


def test_a_refusal_of_a_page_is_a_page(trouble):
    answer = trouble(NotFoundError("There is no order 4711."))

    assert answer.status_code == 404
    assert "There is no order 4711." in text_of(answer) and "Sign out" in text_of(answer)


@pytest.mark.parametrize("header", [SCRIPT, {"X-Popup": "1"}, {"HX-Request": "true"}])
def test_a_refusal_for_a_script_is_a_fragment(trouble, header):
    answer = trouble(BlockedError("1001", ["<b>no</b>"]), "POST", headers=header)

    assert answer.status_code == 409
    assert (
        text_of(answer)
        == '<div class="alert note error" role="alert"><div>1001: &lt;b&gt;no&lt;/b&gt;.</div></div>'
    )


def test_a_refusal_for_a_program_is_a_problem_document(trouble):
    blocked = trouble(BlockedError("1001", ["no price"]), "POST", "/api/trouble")
    invalid = trouble(InvalidError({"quantity": "a whole number, please"}), "POST", "/api/trouble")

    assert blocked.mimetype == invalid.mimetype == "application/problem+json"
    assert blocked.json["status"] == 409 and blocked.json["reasons"] == ["no price"]
    assert invalid.json["problems"] == {"quantity": "a whole number, please"}


def test_a_bug_gets_a_number_that_stands_in_the_log(trouble, caplog):
    answer = trouble(ValueError("secret words"))

    page = text_of(answer)
    number = re.search(r"500 · (\w+)", page)[1]
    assert answer.status_code == 500 and "secret" not in page
    assert number == answer.headers["X-Request-ID"]
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)


def test_a_bug_for_a_program_tells_the_number_only(trouble):
    answer = trouble(ValueError("secret words"), "POST", "/api/trouble")

    assert answer.status_code == 500 and answer.json["reference"]
    assert "secret" not in text_of(answer)


@pytest.mark.parametrize(
    "failure",
    [
        sqlite3.OperationalError("database or disk is full"),
        peewee.OperationalError("database or disk is full"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_a_full_disk_is_told_in_words(trouble, failure):
    page = trouble(failure, "POST")

    assert page.status_code == 507
    assert "disk is full" in text_of(page)


def test_a_full_disk_keeps_nothing_half(new_app, client_as, db):
    """A real one: SQLite may not grow any more."""
    if models.on_postgresql():
        pytest.skip("SQLite's own limit")
    owner = client_as("Owner", app=new_app)
    customer = shop.a_customer()
    pages = models.database.execute_sql("PRAGMA page_count").fetchone()[0]
    models.database.execute_sql(f"PRAGMA max_page_count={pages}")
    sent = {"list_form_pk": customer.id, "phone": "5"}

    form = {
        "code": "BIG",
        "name": "Big",
        "instructions": "x" * 200_000,
        "language": "en",
        "currency": "USD",
        "payment_terms": "Net 30",
        "duplicate_po": "ask",
        "deposit_percent": "0",
        "open_receivables": "0",
        "overdue_amount": "0",
    }
    answer = _on_one_connection(new_app, owner, pages, form)

    assert answer.status_code == 507
    assert not models.Customer.select().where(models.Customer.code == "BIG").exists()
    assert owner.post("/customers/ajax/update/", data=sent).status_code in (200, 507)


def _on_one_connection(app, owner, pages, form):
    """The limit belongs to a connection, so the next one is told the same limit."""

    @app.before_request
    def limit():
        models.database.execute_sql(f"PRAGMA max_page_count={pages}")

    return owner.post("/customers/new/", data=form)


def test_a_locked_database_asks_to_try_again(trouble):
    answer = trouble(peewee.OperationalError("database is locked"))

    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "busy" in text_of(answer)


def test_too_big_a_file_is_refused_in_words(app, client_as):
    app.config["MAX_CONTENT_LENGTH"] = 1000

    answer = client_as("Owner").post("/setup/shop/", data={"shop_name": "x" * 5000})

    assert answer.status_code == 413 and "too big" in text_of(answer)


def test_what_is_not_there_is_told_with_the_menu(client_as):
    answer = client_as("Owner").get("/nothing/here")

    assert answer.status_code == 404
    assert "There is nothing at this address." in text_of(answer) and "Sign out" in text_of(answer)


def test_a_stranger_who_asks_for_nothing_sees_no_menu(client):
    answer = client.get("/nothing/here")

    assert answer.status_code == 404 and "Customers" not in text_of(answer)


def test_a_method_that_is_not_taken_says_which_are(client_as):
    answer = client_as("Owner").post("/healthz")

    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


# ---------------------------------------------------------------- the database goes away


@pytest.mark.postgresql
@pytest.mark.slow
def test_the_shop_outlives_a_stopped_postgresql(settings):
    """PostgreSQL is really stopped and started again; the shop is not."""
    with own_postgresql() as server:
        from app import create_app

        url = new_postgresql_database(server.address, "shop")
        app = create_app(settings.model_copy(update={"database_url": url}))
        app.test_client_class = Visitor
        models.create_tables()
        starter.start_shop()
        client = log_in_as(app, a_person("Owner"))
        assert client.get("/customers/").status_code == 200
        assert client.get("/readyz").json["reasons"] != ["the database does not answer"]

        server.stop()
        page, script, program = (
            client.get("/customers/"),
            client.get("/customers/", headers=SCRIPT),
            client.get("/api/v1/orders"),
        )
        lost = client.get("/nothing")
        ready, alive, figures = (
            client.get("/readyz"),
            client.get("/healthz"),
            client.get("/metrics"),
        )

        server.start()
        again = client.get("/customers/")
        leave(models.database.obj)

    assert page.status_code == script.status_code == lost.status_code == 503
    assert "The database does not answer. Nothing you saved is lost." in text_of(page)
    assert int(page.headers["Retry-After"]) > 0
    assert "Sign out" not in text_of(page) and "alert" in text_of(script)
    assert program.status_code in (401, 503) and program.mimetype == "application/problem+json"
    assert ready.status_code == 503 and "the database does not answer" in ready.json["reasons"]
    assert alive.status_code == 200
    assert "inhands_database_up 0.0" in text_of(figures)
    assert again.status_code == 200


class own_postgresql:
    """A PostgreSQL of this test's own, which it can stop and start."""

    def __enter__(self):
        services.need("initdb")
        self.home = Path(tempfile.mkdtemp(prefix="inhands-postgres-", dir="/tmp"))
        shutil.chown(self.home, services._postgres_user(), services._postgres_user())
        self.port = services.free_port()
        self.address = f"postgresql://inhands@127.0.0.1:{self.port}"
        self.server = services._start_postgres(self.home, self.port)
        return self

    def stop(self):
        self.server.send_signal(signal.SIGINT)
        self.server.wait()

    def start(self):
        options = [f"--{name}={value}" for name, value in services.POSTGRES_OPTIONS.items()]
        self.server = services._run_as_postgres(
            "postgres",
            "-D",
            str(self.home / "cluster"),
            "-p",
            str(self.port),
            "-k",
            str(self.home),
            *options,
        )
        ready = [
            services.need("pg_isready"),
            "--quiet",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        services.wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL's answer", 60
        )

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait()
        shutil.rmtree(self.home, ignore_errors=True)


# ---------------------------------------------------------------- health and figures


def test_a_process_that_runs_says_so_without_the_database(client, monkeypatch):
    models.close()

    answer = client.get("/healthz")

    assert answer.json == {"status": "ok"}
    assert models.database.is_closed()


def test_a_shop_without_its_migrations_is_not_ready(client):
    models.database.execute_sql("DROP TABLE IF EXISTS schema_migration")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "migrations are missing: 0001" in answer.json["reasons"][0]


def test_a_disk_that_is_nearly_full_is_not_ready(client, monkeypatch):
    monkeypatch.setattr("web.health.FREE_BYTES_NEEDED", 2**62)

    assert "nearly full" in client.get("/readyz").json["reasons"][-1]


def test_figures_tell_of_requests_jobs_and_the_outbox(app, client_as):
    shop.a_shop()
    order = shop.a_released_order(shop.a_line(method=""))
    models.OutboxRow.create(kind="message", order=order)
    client = client_as("Owner")
    client.get("/customers/")

    page = text_of(client.get("/metrics"))

    assert 'inhands_requests_total{endpoint="customers.index_view",status="200"}' in page
    assert 'inhands_request_seconds_bucket{endpoint="customers.index_view"' in page
    assert re.search(r'inhands_open_jobs\{stage="\w+"\} 1\.0', page)
    waiting = models.OutboxRow.select().where(models.OutboxRow.done_at.is_null()).count()
    assert f'inhands_outbox_rows{{state="waiting"}} {float(waiting)}' in page
    assert "inhands_database_up 1.0" in page


def test_figures_are_not_for_everybody(app):
    visitor = app.test_client()

    far = visitor.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"})
    app.config["METRICS_FROM"] = "10.0.0.0/8, fd00::/8"
    near = visitor.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"})

    assert (far.status_code, near.status_code) == (403, 200)


# ---------------------------------------------------------------- the log


def test_the_log_names_request_path_and_person_but_not_what_was_asked(client_as, caplog):
    caplog.set_level(logging.INFO)
    client = client_as("Owner")

    answer = client.get("/customers/?search=Dana+Fox", headers={"X-Request-ID": "trace-12345"})

    lines = [record.getMessage() for record in caplog.records]
    assert answer.headers["X-Request-ID"] == "trace-12345"
    assert any(
        line.startswith("GET /customers/ 200") and line.endswith(f"person={client.person.id}")
        for line in lines
    )
    assert not any("Dana" in line for line in lines)


def test_a_request_id_that_could_break_a_line_is_not_taken(client):
    answer = client.get("/login", headers={"X-Request-ID": "a b<script>"})

    assert re.fullmatch(r"[0-9a-f]{12}", answer.headers["X-Request-ID"])


def test_the_log_is_set_up_once():
    before = [h for h in logging.getLogger().handlers if isinstance(h, logs._Handler)]

    logs.configure("INFO")
    logs.configure("INFO")

    after = [h for h in logging.getLogger().handlers if isinstance(h, logs._Handler)]
    assert len(after) == max(1, len(before))


# ---------------------------------------------------------------- words


@pytest.mark.pure
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ '1234.5'|money }}", "1,234.50"),
        ("{{ 1234|money('USD') }}", "1,234.00 USD"),
        ("{{ none|money }}", ""),
        ("{{ '0.0375'|price }}", "0.0375"),
        ("{{ '4.5'|price }}", "4.50"),
        ("{{ '1200.000'|qty }}", "1,200"),
        ("{{ '2.500'|qty }}", "2.5"),
        ("{{ 1|plural('piece') }}", "1 piece"),
        ("{{ 12|plural('box', 'boxes') }}", "12 boxes"),
        ("{{ none|day }}{{ none|when }}", ""),
    ],
)
def test_templates_write_numbers_as_people_do(template, text):
    from flask import Flask

    from web import words

    app = Flask("words")
    words.add_filters(app)

    assert app.jinja_env.from_string(template).render() == text
