"""Label printers on a raw port (9100): they take ZPL and say how they stand, and nothing else.

Such a printer cannot be asked whether it printed a certain label.  So it is asked before whether
it can, and afterwards whether its buffer is empty; what breaks off in between is uncertain.

Source: ZPL II Programming Guide, ~HS.
"""

import re
import socket
from dataclasses import dataclass

from printing.faults import NotSentError, UncertainError

PORT = 9100
SECONDS = 5.0
_LONGEST = 4096
_STRING = re.compile(rb"\x02([^\x03]*)\x03")


@dataclass(frozen=True)
class Standing:
    """What ~HS says: what stops it, in words, and how many labels wait in its buffer."""

    reasons: tuple[str, ...]
    waiting: int


class Raw:
    """One label printer by its address, ``host[:9100]``."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("raw://").partition(":")
        self._host = host
        self._port = int(port) if port.isdigit() else PORT

    def standing(self) -> Standing:
        """How the printer stands.

        Raises:
            NotSentError: it is off, or says nothing that we understand.
        """
        with self._connected() as link:
            try:
                link.sendall(b"~HS\r\n")
                return _standing(_listen(link))
            except (OSError, ValueError) as problem:
                raise NotSentError(f"{self._host} does not say how it stands.") from problem

    def send(self, content: bytes) -> None:
        """Hand labels over; their bytes have left us when this returns.

        Raises:
            NotSentError: it is off, or something stops it: nothing was sent.
            UncertainError: it broke off: labels may have come out.
        """
        standing = self.standing()
        if standing.reasons:
            raise NotSentError(f"{self._host}: {', '.join(standing.reasons)}.")
        with self._connected() as link:
            try:
                link.sendall(content)
                link.shutdown(socket.SHUT_WR)
            except OSError as gone:
                raise UncertainError(f"{self._host} broke off while it was told.") from gone

    def _connected(self) -> socket.socket:
        try:
            return socket.create_connection((self._host, self._port), timeout=SECONDS)
        except OSError as off:
            raise NotSentError(f"{self._host} is off or cannot be reached.") from off


def _listen(link: socket.socket) -> list[bytes]:
    heard = b""
    while len(_STRING.findall(heard)) < 2 and len(heard) < _LONGEST:
        part = link.recv(_LONGEST)
        if not part:
            break
        heard += part
    return _STRING.findall(heard)


def _standing(strings: list[bytes]) -> Standing:
    first, second = (string.split(b",") for string in strings[:2])
    flags = (
        (first[1], "out of labels"),
        (first[2], "paused"),
        (second[2], "the head is open"),
        (second[3], "out of ribbon"),
    )
    return Standing(tuple(word for flag, word in flags if int(flag)), int(first[4]))
