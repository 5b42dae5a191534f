"""The ground the shop stands on: settings, migrations, and the neighbours tests rely on."""

import os
import re
import shutil
import smtplib
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import peewee
import pytest
from pydantic import ValidationError

import migrate
import models
import settings as settings_module
from errors import SettingsError
from ops import docs
from settings import ROOT, get_settings
from tests.conftest import DIALECTS
from tests.services import leave, need, new_postgresql_database, running_app

# ---------------------------------------------------------------- settings


@pytest.mark.pure
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "PORT must be a whole number from 1 to 65535"),
        ("PORT", "70000", "PORT must be a whole number from 1 to 65535"),
        ("DEBUG", "perhaps", "DEBUG must be true or false"),
        ("WORKER_POLL_SECONDS", "0", "WORKER_POLL_SECONDS must be a number above 0 to 60"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"),
        ("SHOP_TIME_ZONE", "Mars/Base", "SHOP_TIME_ZONE must be an IANA time zone"),
        ("SHOP_TIME_ZONE", "../etc/passwd", "SHOP_TIME_ZONE must be an IANA time zone"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must be a URL that starts with sqlite:///"),
        ("BASE_URL", "shop.example.com", "BASE_URL must be an address that starts with http"),
        ("BASE_URL", "http://shop.lan", "BASE_URL is not encrypted"),
    ],
)
def test_a_bad_setting_names_itself_and_what_is_allowed(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=re.escape(sentence)):
        get_settings()


@pytest.mark.pure
def test_all_bad_settings_are_named_at_once(monkeypatch):
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("PAGE_SIZE", "many")

    with pytest.raises(SettingsError) as caught:
        get_settings()

    assert "PORT" in str(caught.value)
    assert "PAGE_SIZE" in str(caught.value)


@pytest.mark.pure
def test_no_secret_appears_in_the_refusal_or_when_settings_are_shown(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://shop:hunter2@db/shop")
    with pytest.raises(SettingsError) as caught:
        get_settings()

    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:hunter2@db/shop")
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    shown = repr(get_settings())

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in shown


@pytest.mark.pure
def test_settings_cannot_be_changed_while_the_shop_runs():
    with pytest.raises(ValidationError):
        get_settings().port = 1


@pytest.mark.pure
@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (None, False),
        ("http://localhost:9000", False),
        ("https://shop.example.com", True),
    ],
)
def test_cookies_are_secure_except_on_this_machine(monkeypatch, base_url, expected):
    if base_url:
        monkeypatch.setenv("BASE_URL", base_url)

    assert get_settings().cookie_secure is expected


@pytest.mark.pure
def test_the_secret_key_is_made_once_and_only_we_can_read_it(monkeypatch, tmp_path):
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "instance"))

    first = get_settings().secret_key
    get_settings.cache_clear()
    second = get_settings().secret_key

    assert first == second
    assert len(first.get_secret_value()) >= 43
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len(list((tmp_path / "instance").iterdir())) == 1


@pytest.mark.pure
def test_processes_that_start_together_agree_on_the_secret_key(tmp_path):
    with ThreadPoolExecutor(16) as starters:
        keys = set(starters.map(settings_module._kept_secret, [tmp_path / "secret_key"] * 64))

    assert len(keys) == 1


# ---------------------------------------------------------------- migrations


@pytest.fixture(params=[DIALECTS[0], pytest.param(DIALECTS[1], marks=pytest.mark.postgresql)])
def untouched(request, tmp_path):
    """Opens databases in which nobody has made a table yet, of each of the two kinds."""
    opened = []

    def open_one():
        url = f"sqlite:///{tmp_path}/new{len(opened)}.db"
        if request.param == "postgresql":
            worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
            url = new_postgresql_database(
                request.getfixturevalue("postgres"), f"new{len(opened)}_{worker}"
            )
        opened.append(models.connect(url))
        return opened[-1]

    yield open_one
    for database in opened:
        leave(database)


def schema(opened):
    """Everything a database says about its tables, in a shape that can be compared."""
    return {
        name: {
            "columns": {column.name: column[1:] for column in opened.get_columns(name)},
            "indexes": {
                index.name: (index.sql, index.unique) for index in opened.get_indexes(name)
            },
            "foreign keys": foreign_keys(opened, name),
            "primary key": opened.get_primary_keys(name),
        }
        for name in [table._meta.table_name for table in models.TABLES]
    }


def foreign_keys(opened, table):
    if isinstance(opened, peewee.SqliteDatabase):
        rows = opened.execute_sql(f"PRAGMA foreign_key_list({table})")
        return sorted(row[2:] for row in rows)
    asked = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
    )
    return sorted(opened.execute_sql(asked, (table,)))


def test_migrations_make_what_models_says(untouched):
    untouched()

    migrate.apply_migrations()

    assert migrate.pending() == []
    assert migrate.differences() == []


def test_migrations_make_the_very_columns_indexes_and_keys_of_models(untouched):
    from_models = untouched()
    models.create_tables()

    migrated = untouched()
    migrate.apply_migrations()

    assert schema(migrated) == schema(from_models)


def test_a_second_migrate_does_nothing(untouched):
    untouched()
    first = migrate.apply_migrations()

    second = migrate.apply_migrations()

    assert first
    assert second == []


def test_a_difference_is_told_in_words(untouched):
    opened = untouched()
    migrate.apply_migrations()
    opened.execute_sql("ALTER TABLE customers ADD COLUMN shoe_size INTEGER")
    opened.execute_sql("DROP INDEX tasks_open_queue")
    opened.execute_sql("DROP TABLE packages")

    found = migrate.differences()

    assert "drop column customers.shoe_size" in found
    assert "add index tasks.tasks_open_queue" in found
    assert "create table packages" in found


def test_a_lost_word_search_is_a_difference(untouched):
    opened = untouched()
    migrate.apply_migrations()
    on_sqlite = isinstance(opened, peewee.SqliteDatabase)
    opened.execute_sql(
        f"DROP {'TRIGGER order_search_insert' if on_sqlite else 'INDEX orders_search'}"
    )

    found = migrate.differences()

    assert found == [f"create {'order_search_insert' if on_sqlite else 'orders_search'}"]


def test_an_older_inhands_does_not_touch_a_newer_database(untouched):
    opened = untouched()
    migrate.apply_migrations()
    opened.execute_sql(
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_future', '2030-01-01 00:00:00')"
    )

    with pytest.raises(migrate.MigrationError, match=r"newer Inhands \(9999_future\)"):
        migrate.apply_migrations()


def test_a_written_migration_carries_a_filled_database_to_changed_models(
    untouched, tmp_path, monkeypatch
):
    shutil.copytree(migrate.DIRECTORY, tmp_path / "migrations")
    monkeypatch.setattr(migrate, "DIRECTORY", tmp_path / "migrations")
    untouched()
    migrate.apply_migrations()
    models.ClosedDay.create(day=date(2026, 12, 24), name="Christmas Eve")

    with changed_models():
        path = migrate.make_migration("close with a reason")
        applied = migrate.apply_migrations()
        left, again = migrate.differences(), migrate.make_migration("nothing")
        row = models.ClosedDay.get()
        kept = (row.name, row.note, row.paid, row.detail, row.hours)

    assert path.name == "0002_close_with_a_reason.py"
    assert applied == ["0002_close_with_a_reason"]
    assert left == []
    assert again is None
    assert kept == ("Christmas Eve", "", True, {}, 8)


@contextmanager
def changed_models():
    """``models`` as it might be after somebody has worked on it."""

    class Closing(models.Table):
        day = peewee.ForeignKeyField(models.ClosedDay, on_delete="CASCADE")
        hours = models.QuantityField(index=True)

        class Meta:
            table_name = "closings"

    added = {
        "note": peewee.CharField(default=""),
        "paid": peewee.BooleanField(default=True),
        "detail": peewee.JSONField(default=dict),
        "hours": models.QuantityField(default=Decimal(8)),
        "closed_by": peewee.ForeignKeyField(models.Person, null=True, on_delete="SET NULL"),
        "seen_at": models.MomentField(null=True, index=True),
    }
    meta = models.ClosedDay._meta
    for name, field in added.items():
        meta.add_field(name, field)
    models.ClosedDay.add_index(
        models.ClosedDay.index(
            models.ClosedDay.day,
            where=models.ClosedDay.closed_by.is_null(),
            name="closed_days_unsigned",
        )
    )
    models.TABLES.append(Closing)
    try:
        yield
    finally:
        models.TABLES.remove(Closing)
        meta.indexes.pop()
        for name in added:
            meta.remove_field(name)
            delattr(models.ClosedDay, name)


# ---------------------------------------------------------------- neighbours


def test_every_test_starts_with_an_empty_shop_first(db):
    models.Counter.create(name="orders", value=1)
    models.ClosedDay.create(day=date(2026, 1, 1), name="New Year")

    assert models.ClosedDay.get().id == 1


def test_every_test_starts_with_an_empty_shop_second(db):
    models.Counter.create(name="orders", value=1)
    models.ClosedDay.create(day=date(2026, 1, 1), name="New Year")

    assert models.ClosedDay.get().id == 1


def test_what_one_thread_commits_the_others_see(db):
    def count():
        with models.database.connection_context():
            return models.Counter.select().count()

    models.Counter.create(name="orders", value=1)
    with ThreadPoolExecutor(2) as others:
        seen = list(others.map(lambda _: count(), range(4)))

    assert seen == [1, 1, 1, 1]


@pytest.mark.pure
def test_the_mail_sink_keeps_what_it_is_sent(mail_sink):
    with smtplib.SMTP(mail_sink.host, mail_sink.port) as client:
        client.sendmail("us@example.com", ["you@example.com"], "Subject: ready\r\n\r\nCome.\r\n")

    assert mail_sink.messages[0]["Subject"] == "ready"
    assert mail_sink.messages[0]["X-Envelope-To"] == "you@example.com"


@pytest.mark.pure
def test_a_served_app_answers_until_the_block_ends():
    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    with running_app(hello) as address, urllib.request.urlopen(address) as answer:
        said = answer.read()

    assert said == b"hello"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address)


@pytest.mark.pure
def test_a_missing_program_skips_here_and_fails_on_ci(monkeypatch):
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        need("no-such-program")

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        need("no-such-program")


@pytest.mark.pure
@pytest.mark.browser
def test_the_browser_hears_what_a_page_complains_about(page, console):
    page.goto("data:text/html,<script>console.error('ouch')</script>")

    assert [complaint.split(" ")[0] for complaint in console] == ["ouch"]
    console.clear()


# ---------------------------------------------------------------- papers and commands


@pytest.mark.pure
def test_the_settings_in_the_documentation_are_the_settings():
    written = docs.OPERATIONS.read_text()

    assert docs.with_settings(written) == written, "run `make docs`"


@pytest.mark.pure
def test_every_link_in_the_documentation_leads_somewhere():
    assert docs.broken_links(ROOT) == []


@pytest.mark.pure
@pytest.mark.parametrize(
    "target",
    [
        "setup",
        "run",
        "test",
        "test-fast",
        "lint",
        "types",
        "bench",
        "soak",
        "migrate",
        "docs",
        "help",
    ],
)
def test_make_help_explains(target):
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert re.search(rf"^  make {target} +\w", told.stdout, re.MULTILINE)


@pytest.mark.pure
@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_requirements_are_pinned_and_explained(name):
    asked = [
        re.split(r"[\[ ]", line)[0]
        for line in (ROOT / f"{name}.in").read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    ]
    pinned = re.findall(r"^(\S+)==\S+$", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)
    reasons = (ROOT / "docs/decisions/0001-libraries.md").read_text()

    assert set(asked) <= set(pinned)
    assert [library for library in asked if library not in reasons] == []


@pytest.mark.pure
def test_ci_runs_all_tests():
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert script.read_text().endswith('set -e\ncd "$(dirname "$0")/.."\nmake test\n')
