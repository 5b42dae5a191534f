"""Office files with a password, opened in the limited child; the parent never parses them."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from errors import UnreadableError

MEMORY_BYTES, CPU_SECONDS, WALL_SECONDS = 1_500_000_000, 40, 60
LONGEST_PASSWORD = 255
_CHILD = Path(__file__).with_name("decrypt_child.py")
_WORDS = {
    b"wrong": "This is not the password of the file. Look for capitals and spaces, and try again.",
    b"unsupported": "The file is locked in a way we cannot open: send a copy without a password.",
}


def decrypt_safely(content: bytes, password: str) -> bytes:
    """The file without its password.

    Raises:
        UnreadableError: another password, or a kind of lock we cannot open.
    """
    asked = json.dumps({"password": password[:LONGEST_PASSWORD]}).encode()
    command = [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES), str(CPU_SECONDS)]
    with tempfile.TemporaryFile() as given:
        given.write(asked + b"\n" + content)
        given.seek(0)
        try:
            child = subprocess.run(
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={},
                timeout=WALL_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise UnreadableError(_WORDS[b"unsupported"]) from late
    word, _, rest = child.stdout.partition(b"\n")
    if word == b"ok" and child.returncode == 0:
        return rest
    raise UnreadableError(_WORDS.get(word, _WORDS[b"unsupported"]))
