"""Copies a whole database while others write: SQLite's own backup, PostgreSQL's pg_dump.

Knows nothing of the tables in it.  Both copies hold the state of one moment, and both are put
back in one transaction: everything, or nothing.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from errors import ShopError

CONFLICT_SECONDS = 30
Counts = dict[str, int]


class CopyError(ShopError):
    """The database could not be copied; the sentence says why."""


# ---------------------------------------------------------------- SQLite


def copy_sqlite(source: Path, target: Path, tables: Sequence[str]) -> Counts:
    """Copy a SQLite file into a new one; how many rows each table has in the copy.

    Raises:
        CopyError: the copy is damaged, which means that the original is.
    """
    with closing(sqlite3.connect(source)) as shop, closing(sqlite3.connect(target)) as copy:
        # In one step: a copy in small steps starts again whenever somebody writes.
        shop.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = delete")
        check_sqlite(copy)
        return {name: _count(copy, name) for name in tables if _is_table(copy, name)}


def load_sqlite(source: Path, target: Path) -> None:
    """Make the SQLite file ``target`` equal to ``source``; others may have it open.

    Raises:
        CopyError: ``source`` is damaged; nothing was changed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(target)) as shop:
        check_sqlite(copy)
        copy.backup(shop, pages=-1)


def check_sqlite(opened: sqlite3.Connection) -> None:
    """Read every page.

    Raises:
        CopyError: something is damaged.
    """
    try:
        found = [str(row[0]) for row in opened.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as problem:
        found = [str(problem)]
    if found != ["ok"]:
        raise CopyError(f"The SQLite file is damaged ({found[0]}): take another backup.")


def _is_table(opened: sqlite3.Connection, name: str) -> bool:
    asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return opened.execute(asked, (name,)).fetchone() is not None


def _count(opened: sqlite3.Connection, name: str) -> int:
    return int(opened.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0])


# ---------------------------------------------------------------- PostgreSQL


def copy_postgresql(url: str, target: Path, tables: Sequence[str]) -> Counts:
    """Dump a PostgreSQL database in its custom format; how many rows each table has in it.

    Raises:
        CopyError: pg_dump is not installed, or refused.
    """
    with psycopg.connect(url) as server:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # pg_dump sees exactly what this transaction counts.
        [snapshot] = server.execute("SELECT pg_export_snapshot()").fetchone() or [""]
        command = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run("pg_dump", [*command, f"--file={target}"], url)
        present = _present(server, tables)
        count = sql.SQL("SELECT COUNT(*) FROM {}")
        rows = {n: server.execute(count.format(sql.Identifier(n))).fetchone() for n in present}
    return {name: int(row[0]) if row else 0 for name, row in rows.items()}


def load_postgresql(source: Path, url: str, tables: Sequence[str]) -> None:
    """Put a dump in the place of the tables of these names, in one transaction.

    Raises:
        CopyError: a program is not installed, the dump is damaged, or somebody holds the tables.
    """
    script = source.with_suffix(".sql")
    with psycopg.connect(url) as server:
        present = _present(server, tables)
    restoring = ["--format=custom", "--no-owner", "--no-privileges", f"--file={script}"]
    _run("pg_restore", [*restoring, str(source)])
    drops = script.with_suffix(".drop.sql")
    drops.write_text(_drop_statements(present))
    running = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    _run("psql", [*running, f"--file={drops}", f"--file={script}"], url)


def _drop_statements(tables: Iterable[str]) -> str:
    names = ", ".join(f'"{name}"' for name in tables)
    wait = f"SET LOCAL lock_timeout = '{CONFLICT_SECONDS}s';\n"
    return wait + (f"DROP TABLE {names} CASCADE;\n" if names else "")


def _present(server: "psycopg.Connection[tuple[object, ...]]", names: Sequence[str]) -> list[str]:
    asked = (
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
        "AND tablename = ANY(%s) ORDER BY tablename"
    )
    return [str(row[0]) for row in server.execute(asked, (list(names),))]


def _run(program: str, arguments: list[str], url: str = "") -> None:
    path = shutil.which(program)
    if path is None:
        raise CopyError(
            f"{program} is not installed: install PostgreSQL's client programs "
            "(apt-get install postgresql-client), then try again."
        )
    address, environment = _without_password(url)
    done = subprocess.run(
        [path, *([f"--dbname={address}"] if url else []), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        first = next((line for line in said if "error" in line.lower()), said[0])
        raise CopyError(f"{program} failed: {first.strip()[:300]}")


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """What others may read in the list of processes, and what only the program gets."""
    parts = urlsplit(url)
    environment = dict(os.environ)
    if not parts.password:
        return url, environment
    environment["PGPASSWORD"] = unquote(parts.password)
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}"
    return urlunsplit(parts._replace(netloc=netloc)), environment
