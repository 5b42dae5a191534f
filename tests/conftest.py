"""What every test gets: an empty shop on SQLite or PostgreSQL, settings of its own, a browser.

``--db postgresql`` runs the same tests on PostgreSQL.  Tests marked ``pure`` get no database.
"""

import itertools
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import peewee
import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

import migrate
import models
from settings import Settings, get_settings
from tests.printers import ipp_printer  # noqa: F401 - a fixture
from tests.programs import program_as  # noqa: F401 - a fixture
from tests.services import (
    CHROMIUM_OPTIONS,
    MailSink,
    leave,
    locked,
    need,
    new_postgresql_database,
    postgres_address,
)
from tests.web import app, client, client_as, new_app  # noqa: F401 - fixtures

DIALECTS = ("sqlite", "postgresql")


def pytest_addoption(parser):
    parser.addoption("--db", choices=DIALECTS, default="sqlite", help="where the shop lives")
    parser.addoption("--rewrite-samples", action="store_true", help="write *.expected.json anew")


def pytest_configure(config):
    # Nobody's real shop may be touched: neither the environment nor .env counts in tests.
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)
    Settings.model_config["env_file"] = None


def pytest_report_header(config):
    return f"shop on {config.getoption('--db')}"


# ---------------------------------------------------------------- the database


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgres(run_folder) -> str:
    """URL of this run's PostgreSQL, without a database name."""
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return postgres_address(run_folder, owner)


@pytest.fixture(scope="session")
def empty_shops(request, tmp_path_factory) -> Iterator[str]:
    """URLs of shops that hold the tables and nothing else; each is good for one test."""
    if request.config.getoption("--db") == "sqlite":
        return _sqlite_shops(tmp_path_factory.mktemp("shops"))
    address, folder = request.getfixturevalue("postgres"), request.getfixturevalue("run_folder")
    return _postgresql_shops(address, folder)


def _sqlite_shops(folder: Path) -> Iterator[str]:
    template = folder / "template.db"
    _make_tables(f"sqlite:///{template}")
    for number in itertools.count():
        shop = folder / f"shop{number}.db"
        shutil.copyfile(template, shop)
        yield f"sqlite:///{shop}"
        for left in folder.glob(f"{shop.name}*"):
            left.unlink()


def _postgresql_shops(address: str, folder: Path) -> Iterator[str]:
    ours = f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with locked(folder):
        if not (folder / "template-is-made").exists():
            _make_tables(new_postgresql_database(address, "template"))
            (folder / "template-is-made").touch()
    url = new_postgresql_database(address, ours, template="template")
    # Somebody's forgotten transaction must fail the run at the lock, not make it hang.
    options = {"options": "-c lock_timeout=5s", "application_name": "tests"}
    with psycopg.connect(url, autocommit=True, **options) as server:
        while True:
            yield url
            _empty_tables(server)


def _make_tables(url: str) -> None:
    # While somebody is at models.py the migration comes last; test_ground insists that it comes.
    make = migrate.apply_migrations if _migrations_are_current() else models.create_tables
    opened = models.connect(url)
    make()
    leave(opened)


def _migrations_are_current() -> bool:
    opened = models.connect("sqlite:///:memory:")
    migrate.apply_migrations()
    lacking = migrate.differences()
    leave(opened)
    if lacking:
        warnings.warn(f"migrations/ is behind models.py: {', '.join(lacking)}", stacklevel=1)
    return not lacking


def _empty_tables(server: psycopg.Connection) -> None:
    # DELETE is eight times as fast here as TRUNCATE, which makes new files for every index.
    names = [table._meta.table_name for table in models.TABLES]
    asked = " UNION ALL ".join(f"(SELECT '{n}' WHERE EXISTS (SELECT 1 FROM {n}))" for n in names)
    used = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
    filled = [row[0] for row in server.execute(asked)]
    sequences = [row[0] for row in server.execute(used)]
    with server.transaction():
        server.execute("SET LOCAL session_replication_role = replica")  # in any order
        for name in filled:
            server.execute(f"DELETE FROM {name}")
        for name in sequences:
            server.execute(f"ALTER SEQUENCE {name} RESTART")


@pytest.fixture
def database_url(empty_shops) -> str:
    """URL of this test's shop."""
    return next(empty_shops)


@pytest.fixture
def db(database_url) -> Iterator[peewee.Database]:
    """An empty shop of this test's own, bound to the tables; commits are real."""
    opened = models.connect(database_url)
    yield opened
    leave(opened)


@pytest.fixture(autouse=True)
def _shop(request) -> None:
    if not request.node.get_closest_marker("pure"):
        request.getfixturevalue("db")


# ---------------------------------------------------------------- settings


@pytest.fixture
def settings(database_url, tmp_path) -> Settings:
    """Settings for this test's shop: own folder, own database, no mail server."""
    return Settings(
        instance_dir=tmp_path / "instance", database_url=database_url, secret_key="test"
    )


@pytest.fixture(autouse=True)
def _settings_are_read_anew(tmp_path_factory, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path_factory.getbasetemp() / "instance"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


# ---------------------------------------------------------------- neighbours


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    """A mail server that keeps what it is given in ``messages``."""
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = need("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def console() -> list[str]:
    """What the browser complained about; the test fails if something is left in the end.

    A test that provokes a complaint on purpose looks at it and then calls ``console.clear()``.
    """
    return []


@pytest.fixture
def page(browser, console) -> Iterator[Page]:
    """A page in a browser nobody used before."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    watch(opened, console)
    yield opened
    context.close()
    assert console == []


def watch(page: Page, console: list[str]) -> None:
    """Write down what the browser complains about on this page."""

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            console.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", heard)
    page.on("pageerror", lambda error: console.append(str(error)))
