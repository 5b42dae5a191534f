"""Printers for tests: Debian's ``ippeveprinter`` on loopback, and a label printer on a raw port.

``ippeveprinter`` insists on avahi, which no test machine runs: a small library that is loaded
before it answers in avahi's place.  Every job that really came out is a line in ``printed``.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from errors import OutsideError
from printing.ipp import Ipp
from tests.services import free_port, need, wait_until

_SHIM = """
#include <stddef.h>
static int here;
void *avahi_threaded_poll_new(void) { return &here; }
void *avahi_threaded_poll_get(void *p) { return &here; }
int avahi_threaded_poll_start(void *p) { return 0; }
void avahi_threaded_poll_lock(void *p) {}
void avahi_threaded_poll_unlock(void *p) {}
void *avahi_client_new(void *a, int f, void *c, void *u, int *error) { if (error) *error = 0; return &here; }
int avahi_client_errno(void *c) { return 0; }
const char *avahi_client_get_host_name_fqdn(void *c) { return "localhost"; }
void *avahi_entry_group_new(void *c, void *f, void *u) { return &here; }
int avahi_entry_group_commit(void *g) { return 0; }
int avahi_entry_group_free(void *g) { return 0; }
int avahi_entry_group_add_service_strlst(void *g, ...) { return 0; }
int avahi_entry_group_add_service_subtype(void *g, ...) { return 0; }
"""
#: What the printer does with a page: ``mode`` says whether it has paper and works.
_WORKS = """#!/bin/sh
cd "{home}"
mode=$(cat mode)
if [ "$mode" = "no paper" ]; then
  echo "STATE: +media-empty-error" >&2
  while [ "$(cat mode)" = "no paper" ]; do sleep 0.05; done
  echo "STATE: -media-empty-error" >&2
fi
[ "$mode" = "broken" ] && exit 1
for last in "$@"; do :; done
echo "$IPP_JOB_NAME" >> printed
echo "ATTR: job-impressions=1 job-impressions-completed=1" >&2
"""


def shim_in(folder: Path) -> Path:
    """The library in avahi's place, compiled once."""
    made = folder / "noavahi.so"
    if not made.exists():
        source = folder / "noavahi.c"
        source.write_text(_SHIM)
        subprocess.run(
            [need("gcc"), "-shared", "-fPIC", "-w", "-o", str(made), str(source)], check=True
        )
    return made


class IppPrinter:
    """A real IPP printer: on, off, killed, without paper, broken."""

    def __init__(self, home: Path, name: str = "Dock Laser") -> None:
        program = next((p for p in ("/usr/sbin/ippeveprinter",) if Path(p).exists()), None)
        self._program = program or need("ippeveprinter")
        self._home, self._name = home, name
        self._shim = shim_in(home)
        for folder in ("spool", "keys"):
            (home / folder).mkdir(exist_ok=True)
        works = home / "works.sh"
        works.write_text(_WORKS.format(home=home))
        works.chmod(0o755)
        (home / "printed").touch()
        self.port = free_port()
        self.set("ready")
        self._process = None
        if os.geteuid() == 0:
            home.chmod(0o777)
            for path in home.rglob("*"):
                path.chmod(0o777)

    @property
    def address(self) -> str:
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def printed(self) -> list[str]:
        """The names of the jobs that came out, in their order."""
        return (self._home / "printed").read_text().splitlines()

    @property
    def spool(self) -> list[Path]:
        """The files that arrived."""
        return sorted(path for path in (self._home / "spool").rglob("*") if path.is_file())

    def set(self, mode: str) -> None:
        """``ready``, ``no paper`` or ``broken``."""
        draft = self._home / "mode.new"
        draft.write_text(mode)
        draft.chmod(0o666)
        draft.rename(self._home / "mode")

    def start(self) -> "IppPrinter":
        """Switch it on, and wait until it answers."""
        # It refuses to run commands as root; another user prints.
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        command = [
            *(as_nobody if os.geteuid() == 0 else []),
            *(self._program, "-k", "-d", str(self._home / "spool"), "-p", str(self.port)),
            *("-n", "localhost", "-r", "off", "-K", str(self._home / "keys")),
            *("-c", str(self._home / "works.sh")),
            *("-f", "application/pdf,application/vnd.zebra-zpl", self._name),
        ]
        environment = {
            "HOME": str(self._home / "keys"),
            "LD_PRELOAD": str(self._shim),
            "PATH": os.environ["PATH"],
        }
        for _attempt in range(5):  # its port may still be another one's for a moment
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self._home,
            )
            if wait_until(self._answers_or_ended, "the printer's first answer", 60) == "answers":
                return self
            time.sleep(0.2)
        raise RuntimeError(f"ippeveprinter ended with {self._process.returncode}")

    def _answers_or_ended(self) -> str:
        if self._process.poll() is not None:
            return "ended"
        try:
            Ipp(self.address).standing()
        except OutsideError:
            return ""
        return "answers"

    def kill(self) -> None:
        """Power off, in the middle of whatever it does."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def ipp_printer(tmp_path):
    """A printer that is on."""
    home = Path(f"/tmp/inhands-printer-{os.getpid()}-{time.monotonic_ns()}")
    home.mkdir()
    printer = IppPrinter(home)
    try:
        yield printer.start()
    finally:
        printer.kill()
        shutil.rmtree(home, ignore_errors=True)


class LabelPrinter:
    """A label printer on a raw port: takes ZPL, answers ~HS, can be without labels."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.flags = {"labels": b"0", "paused": b"0", "head": b"0", "ribbon": b"0"}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            with link:
                self._hear(link)

    def _hear(self, link: socket.socket) -> None:
        heard = b""
        with contextlib.suppress(OSError):
            while part := link.recv(65536):
                heard += part
                if heard.startswith(b"~HS"):
                    link.sendall(self._standing())
                    return
        labels = re.findall(rb"\^XA.*?\^XZ", heard, re.DOTALL)
        self.received += labels

    def _standing(self) -> bytes:
        f = self.flags
        first = b"030,%s,%s,0245,000,0,0,0,000,0,0,0" % (f["labels"], f["paused"])
        second = b"001,0,%s,%s,1,2,6,0,00000000,1,000" % (f["head"], f["ribbon"])
        return b"".join(b"\x02" + part + b"\x03\r\n" for part in (first, second, b"1234,0"))

    def __enter__(self) -> "LabelPrinter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
