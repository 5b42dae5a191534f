"""A real LibreOffice that tests open, edit and save workbooks with; started once, when asked."""

import json
import os
import secrets
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.services import need

_DRIVER = Path(__file__).with_name("office_driver.py")
_PYTHON = "/usr/bin/python3"


class Office:
    """LibreOffice without a window; what is asked of it goes to ``office_driver.Driver``."""

    def __init__(self, folder):
        program = need("soffice")
        pipe = f"office{secrets.token_hex(4)}"
        self._program = subprocess.Popen(
            [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore",
             "--nologo", f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._driver = subprocess.Popen(
            [_PYTHON, str(_DRIVER), pipe],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __getattr__(self, name):
        def ask(*given):
            self._driver.stdin.write(json.dumps([name, *map(_plain, given)]) + "\n")
            self._driver.stdin.flush()
            answer = json.loads(self._driver.stdout.readline() or '{"failed": "it is gone"}')
            assert "failed" not in answer, f"LibreOffice, {name}: {answer['failed']}"
            return answer["said"]

        return ask

    @contextmanager
    def opened(self, path):
        """The file open in LibreOffice while the block runs; closed without being saved."""
        assert self.open(path), f"LibreOffice cannot open {path}"
        try:
            yield self
        finally:
            self.close()

    def leave(self):
        with suppress(AssertionError, OSError):
            self.quit()
        self._driver.stdin.close()
        for program in (self._driver, self._program):
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    known = subprocess.run([_PYTHON, "-c", "import uno"], capture_output=True, check=False)
    if known.returncode:
        need("LibreOffice's library for Python (Debian: python3-uno)")
    program = Office(tmp_path_factory.mktemp("office"))
    yield program
    program.leave()


def _plain(value):
    return str(value) if isinstance(value, Path) else value
