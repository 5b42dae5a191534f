"""`make run`: the shop on one machine, with a web server and a worker as two child processes.

Brings the database up to date, fills an empty one with the demo shop, says where the shop is and
then only watches: Ctrl-C stops both; when one of them ends by itself, the other is stopped too.
For more than one machine or process see docs/OPERATIONS.md.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from errors import SettingsError, ShopError
from settings import ROOT, Settings, get_settings

FLASK = [sys.executable, "-m", "flask", "--app", "app"]
PORTS_TO_TRY = 20
SECONDS_TO_STOP = 20
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(ShopError):
    """The shop could not be started; the sentence says why."""


class _Stopped(Exception):
    """Somebody asked for the end."""


@dataclass(frozen=True)
class Child:
    """One process to watch, and the signal it takes as "finish what you do, then end"."""

    name: str
    process: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals


def main() -> int:
    """Start everything, wait, stop everything; the exit code."""
    try:
        settings = get_settings()
        port = free_port(settings.host, settings.port)
        with _stop_on_signals():
            return _prepare() or _watch(settings, port)
    except SettingsError as problem:
        say(str(problem), error=True)
        return 2
    except ShopError as problem:
        say(str(problem), error=True)
        return 1
    except _Stopped:
        return 0


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one on which nobody listens.

    Raises:
        StartError: all of the next ports are taken too, or the address is not this machine's.
    """
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError as problem:
                raise StartError(f"Port {port} is for the administrator; set PORT.") from problem
            except OSError:
                continue
            return port
    raise StartError(
        f"No free port from {wanted} on at {host}: stop what listens there, or set PORT and HOST."
    )


def say(text: str, *, error: bool = False) -> None:
    """Tell the person at the terminal."""
    stream = sys.stderr if error else sys.stdout
    stream.write(text + "\n")
    stream.flush()


def _prepare() -> int:
    """Bring the tables up to date and fill an empty database; the first exit code that is not 0."""
    for verb in (["migrate"], ["demo", "--if-empty"]):
        ended = subprocess.run([*FLASK, *verb], cwd=ROOT, check=False).returncode
        if ended:
            say(f"`flask {' '.join(verb)}` failed; what it says above is the reason.", error=True)
            return ended
    return 0


def _watch(settings: Settings, port: int) -> int:
    children: list[Child] = []
    try:
        children += [_web(settings, port), _worker(settings, port)]
        _wait_for_answer(children[0], settings.host, port)
        say(_welcome(settings, port))
        while not any(child.process.poll() is not None for child in children):
            time.sleep(0.2)
    except _Stopped:
        say("Stopping …")
        return 0
    finally:
        gone = [child for child in children if child.process.poll() is not None]
        _stop(children)
    for child in gone:
        say(f"The {child.name} ended by itself ({child.process.returncode}).", error=True)
    return 1


def _web(settings: Settings, port: int) -> Child:
    command = [sys.executable, "-m", "waitress", f"--listen={_address(settings.host, port)}"]
    command += ["--threads=8", f"--max-request-body-size={_body_limit(settings)}", "--ident="]
    if settings.trusted_proxies:
        command.append("--no-clear-untrusted-proxy-headers")  # the app trusts that many of them
    return _start("web server", [*command, "--call", "app:create_app"], port, signal.SIGINT)


def _worker(settings: Settings, port: int) -> Child:
    return _start("worker", [*FLASK, "worker"], port, signal.SIGTERM)


def _start(name: str, command: list[str], port: int, stop_signal: signal.Signals) -> Child:
    environment = {**os.environ, "PORT": str(port)}
    # A session of its own, so that Ctrl-C reaches only us and everything ends in order.
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    return Child(name, process, stop_signal)


def _body_limit(settings: Settings) -> int:
    # A little more than a file, so that the app can refuse a big one with a sentence.
    return (settings.max_upload_mb + 8) * 1024 * 1024


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _wait_for_answer(web: Child, host: str, port: int) -> None:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while web.process.poll() is None:
        try:
            socket.create_connection((reachable, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def _welcome(settings: Settings, port: int) -> str:
    explicit = "base_url" in settings.model_fields_set
    lines = ["", f"Inhands is at {settings.base_url if explicit else f'http://127.0.0.1:{port}'}"]
    if port != settings.port:
        lines.append(f"(Port {settings.port} is taken, so it is {port} this time.)")
    if settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.cookie_secure:
        lines.append("Everybody on this network can reach it, unencrypted: docs/OPERATIONS.md.")
    return "\n".join([*lines, "Ctrl-C stops it. Your data stays.", ""])


def _stop(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(child.stop_signal)
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {child.name} did not stop in time and is ended.", error=True)
            child.process.kill()
            child.process.wait()


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Turn the first signal into ``_Stopped``; later ones must not disturb the stopping."""

    def stop(number: int, frame: FrameType | None) -> None:
        for name in STOPPING:
            signal.signal(name, signal.SIG_IGN)
        raise _Stopped

    before = {name: signal.signal(name, stop) for name in STOPPING}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


if __name__ == "__main__":
    sys.exit(main())
