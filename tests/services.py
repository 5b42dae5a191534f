"""Throw-away neighbours for tests: a PostgreSQL, a mail server, a web server, a browser.

Nothing here is a double of our own code.  A PostgreSQL cluster is shared by all processes of one
test run; a keeper process stops it and removes its files when the run is over, however it ended.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from peewee import Database
from playhouse.pool import PooledDatabase
from werkzeug.serving import make_server

POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "log_min_messages": "fatal",
}
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-gpu-rasterization",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def need(program: str) -> str:
    """The path of a program the test drives; without it the test is skipped, and fails on CI."""
    found = _find(program)
    if found:
        return found
    reason = f"{program} is not installed: `make setup` installs it with apt-get, as root"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _find(program: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next(
        (str(folder / program) for folder in folders if (folder / program).exists()),
        shutil.which(program),
    )


def free_port() -> int:
    """A port of this machine on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Ask again and again until ``happened()`` is true, and give what it said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = happened()
        if answer:
            return answer
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not happen within {seconds} seconds")


# ---------------------------------------------------------------- PostgreSQL


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process of the test run at a time."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def postgres_address(folder: Path, owner: int) -> str:
    """Start the run's cluster if nobody has, and give its URL without a database name.

    Args:
        folder: shared by all processes of the test run, and by no other.
        owner: the process with which the test run ends.
    """
    need("initdb")
    with locked(folder):
        address = folder / "postgres-address"
        if not address.exists():
            command = [sys.executable, "-m", "tests.services", str(folder), str(owner)]
            with (folder / "postgres.log").open("w") as log:
                subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
            wait_until(address.exists, f"PostgreSQL's start (see {folder}/postgres.log)", 120)
        return address.read_text()


def new_postgresql_database(address: str, name: str, template: str = "template0") -> str:
    """Make a database of this name, instead of one that was there, and give its URL."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{address}/{name}"


def leave(opened: Database) -> None:
    """Close every connection to a database, those of other threads too."""
    if not opened.is_closed():
        opened.close()
    if isinstance(opened, PooledDatabase):
        opened.close_all()


def _keep_postgres(folder: Path, owner: int) -> None:
    """Run a cluster as long as the process ``owner`` lives."""
    home = Path(tempfile.mkdtemp(prefix="inhands-postgres-", dir="/tmp"))
    server = None
    try:
        if os.geteuid() == 0:
            shutil.chown(home, _postgres_user(), _postgres_user())
        port = free_port()
        server = _start_postgres(home, port)
        draft = folder / "postgres-address.draft"
        draft.write_text(f"postgresql://inhands@127.0.0.1:{port}")
        draft.rename(folder / "postgres-address")
        while _is_alive(owner) and server.poll() is None:
            time.sleep(0.2)
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(home, ignore_errors=True)


def _start_postgres(home: Path, port: int) -> "subprocess.Popen[bytes]":
    cluster = str(home / "cluster")
    _run_as_postgres(
        *("initdb", "--pgdata", cluster, "--username", "inhands", "--auth", "trust"),
        *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
    ).wait()
    options = [f"--{name}={value}" for name, value in POSTGRES_OPTIONS.items()]
    server = _run_as_postgres("postgres", "-D", cluster, "-p", str(port), "-k", str(home), *options)
    ready = [need("pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    wait_until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL's first answer", 60)
    return server


def _run_as_postgres(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
    # PostgreSQL refuses to run as root.
    user = _postgres_user()
    prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    as_root = os.geteuid() == 0
    command = [*(prefix if as_root else []), need(program), *arguments]
    return subprocess.Popen(command, cwd="/tmp")


def _postgres_user() -> str:
    known = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in known else "nobody"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# ---------------------------------------------------------------- mail


class MailSink:
    """A mail server that accepts everything and keeps it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.host, self.port = "127.0.0.1", free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 kept"

    def __enter__(self) -> "MailSink":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


# ---------------------------------------------------------------- web


@contextmanager
def running_app(app: Any) -> Iterator[str]:
    """Serve a WSGI application in a thread; its address without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    _keep_postgres(Path(sys.argv[1]), int(sys.argv[2]))
