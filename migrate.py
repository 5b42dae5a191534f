"""Brings a database to the tables of ``models``: numbered files in ``migrations/``, forward only.

The files have the shape of Peewee's ``pwmigrate``, which applies them and keeps their names in the
table ``schema_migration``.  What a file may not do: import our modules, because it must still run
when they have changed.  Writing a new file is ``ops.migration_file``'s part.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import Database, SqliteDatabase
from playhouse.migrations import Runner
from playhouse.schema_diff import SchemaDiff, diff_models

import models
from errors import ShopError
from ops import migration_file

DIRECTORY = Path(__file__).resolve().parent / "migrations"
MADE_BY_SQL = re.compile(
    r"CREATE (?:UNIQUE |VIRTUAL |OR REPLACE )*(?:TABLE|INDEX|TRIGGER|FUNCTION|EXTENSION) "
    r'(?:IF NOT EXISTS )?"?(\w+)'
)
# Any number does, as long as every process that migrates this product uses the same.
ADVISORY_LOCK = 10_421_042


class MigrationError(ShopError):
    """The database and this version of Inhands do not fit; the sentence says what to do."""


def apply_migrations() -> list[str]:
    """Apply every file that is missing, in order; the names of those applied.

    Raises:
        MigrationError: a newer version of Inhands has been at this database.
    """
    opened = models.database.obj
    with _one_at_a_time(opened):
        runner = Runner(opened, str(DIRECTORY))
        newer = [row.name for row in runner.status() if row.path is None]
        if newer:
            raise MigrationError(
                f"The database was brought up by a newer Inhands ({', '.join(newer)}): "
                "start that version, or restore the backup made before the upgrade."
            )
        return list(runner.up())


def pending() -> list[str]:
    """Names of the files that are not applied yet; for the readiness check."""
    runner = Runner(models.database.obj, str(DIRECTORY))
    return [row.name for row in runner.status() if row.path and not row.applied]


def differences() -> list[str]:
    """What the database lacks or has too much against ``models``, in words; empty if nothing."""
    opened = models.database.obj
    missing = [f"create {name}" for name in _missing_search_parts(opened)]
    return str(_diff(opened)).splitlines() + missing


def make_migration(name: str) -> Path | None:
    """Write the next file from what ``models`` has and the existing files do not make.

    Returns:
        The file, to be read before it is committed; None when there is nothing to write.

    Raises:
        MigrationError: a change cannot be derived and must be written by hand.
    """
    bound = models.database.obj
    with tempfile.TemporaryDirectory() as folder:
        scratch = models.connect(f"sqlite:///{folder}/scratch.db")
        try:
            runner = Runner(scratch, str(DIRECTORY))
            runner.up()
            text = _migration_text(scratch, name)
        finally:
            models.close()
            models.database.initialize(bound)
    if not text:
        return None
    path = Path(runner.create(name, body=text))
    for tidy in (["format"], ["check", "--fix-only"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", str(path)], check=False)
    return path


def _migration_text(scratch: Database, name: str) -> str:
    diff = _diff(scratch)
    missing = _missing_search_parts(scratch)
    if not diff and not missing:
        return ""
    if scratch.table_exists("orders") and missing:
        raise MigrationError(
            f"The word search changed ({', '.join(missing)}): write this migration by hand, "
            "with the statements of models.search_ddl() for SQLite and PostgreSQL."
        )
    try:
        search = models.search_ddl if missing else None
        return migration_file.render(diff, name, list(models.TABLES), search)
    except ValueError as problem:
        raise MigrationError(f"{problem}: write this migration by hand.") from problem


def _diff(opened: Database) -> SchemaDiff:
    return diff_models(_WithoutSearch(opened), models.TABLES)


class _WithoutSearch:
    """The database as the diff sees it: without the indexes that are made by plain SQL."""

    def __init__(self, opened: Database) -> None:
        self._opened = opened
        self._hidden = set(_search_parts(opened))

    def get_tables(self, schema: str | None = None) -> list[str]:
        return list(self._opened.get_tables(schema))

    def get_columns(self, table: str, schema: str | None = None) -> list[Any]:
        return list(self._opened.get_columns(table, schema))

    def get_indexes(self, table: str, schema: str | None = None) -> list[Any]:
        found = self._opened.get_indexes(table, schema)
        return [index for index in found if index.name not in self._hidden]


def _search_parts(opened: Database) -> list[str]:
    return [
        name for statement in models.search_ddl(opened) for name in MADE_BY_SQL.findall(statement)
    ]


def _missing_search_parts(opened: Database) -> list[str]:
    if isinstance(opened, SqliteDatabase):
        query = "SELECT name FROM sqlite_master"
    else:
        query = (
            "SELECT relname FROM pg_class UNION SELECT tgname FROM pg_trigger "
            "UNION SELECT extname FROM pg_extension UNION SELECT proname FROM pg_proc"
        )
    present = {row[0] for row in opened.execute_sql(query)}
    return [name for name in _search_parts(opened) if name not in present]


@contextmanager
def _one_at_a_time(opened: Database) -> Iterator[None]:
    """Several servers that start together must not migrate together; SQLite has one server."""
    if isinstance(opened, SqliteDatabase):
        yield
        return
    with opened.connection_context() if opened.is_closed() else _as_it_is():
        opened.execute_sql("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        try:
            yield
        finally:
            opened.execute_sql("SELECT pg_advisory_unlock(%s)", (ADVISORY_LOCK,))


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield
