"""A small IPP client: print, ask about a job or all jobs, ask how the printer stands.

Works with printers and with the queues of a CUPS server (``ipp://server:631/printers/dock``).

Source: RFC 8011 (model), RFC 8010 (encoding).
"""

import http.client
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from printing.faults import BusyError, NotSentError, RefusedError, UncertainError

PRINT_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0002, 0x0009, 0x000A, 0x000B
_OK, _OPERATION, _JOB, _END = 0x0100, 0x01, 0x02, 0x03
_CHARSET, _LANGUAGE, _URI, _NAME, _KEYWORD, _MIME = 0x47, 0x48, 0x45, 0x42, 0x44, 0x49
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_NUMBERS = {_INTEGER, _ENUM}
_NOT_NOW = {0x0502, 0x0505, 0x0506, 0x0507, 0x0508}  # unavailable, temporary, not accepting, busy
_UNKNOWN_JOB = 0x0406
_WORDS = {
    0x040A: "the paper's attributes are not supported",
    0x040B: "it does not take this kind of file",
    0x0408: "the paper is too large",
    0x0403: "it wants a log-in",
    0x0401: "it forbids it",
}
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 30.0
#: job-state: 3 pending, 4 held, 5 processing, 6 stopped, 7 canceled, 8 aborted, 9 completed.
COMPLETED, ABORTED, CANCELED = 9, 8, 7


@dataclass(frozen=True)
class Job:
    """A job as the printer tells of it."""

    id: int
    name: str
    state: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How a printer stands: 3 idle, 4 processing, 5 stopped; why; since when it is up."""

    state: int
    reasons: tuple[str, ...]
    up_seconds: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    status: int
    groups: Sequence[tuple[int, Mapping[str, list[Any]]]]

    def of(self, tag: int) -> Iterator[Mapping[str, list[Any]]]:
        return (values for group, values in self.groups if group == tag)


class Ipp:
    """One printer by its address, ``ipp://host[:631]/path`` or ``ipps://…``."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._tls = parts.hostname or "", parts.scheme == "ipps"
        self._port, self._path = parts.port or 631, parts.path or "/ipp/print"
        self._uri = f"{parts.scheme}://{parts.netloc}{self._path}"

    def standing(self) -> Standing:
        """How the printer stands.

        Raises:
            NotSentError: it cannot be reached.
        """
        wanted = ["printer-state", "printer-state-reasons", "printer-up-time",
                  "document-format-supported"]  # fmt: skip
        answer = self._ask(GET_PRINTER, [(_KEYWORD, "requested-attributes", wanted)])
        values = next(answer.of(0x04), {})
        return Standing(
            state=_first(values, "printer-state", 3),
            reasons=tuple(r for r in values.get("printer-state-reasons", []) if r != "none"),
            up_seconds=_first(values, "printer-up-time", 0),
            formats=tuple(values.get("document-format-supported", [])),
        )

    def send(self, name: str, content: bytes, content_type: str, copies: int = 1) -> Job:
        """Hand a document over; the job it became.

        Raises:
            NotSentError: nothing arrived, or it is busy; try again later.
            UncertainError: it broke off; look for the name before sending again.
            RefusedError: it will not take it.
        """
        asked: list[tuple[int, str, Any]] = [
            (_NAME, "requesting-user-name", "inhands"),
            (_NAME, "job-name", name),
            (_MIME, "document-format", content_type),
        ]
        more = [(_INTEGER, "copies", copies)] if copies > 1 else []
        answer = self._ask(PRINT_JOB, asked, more, content)
        found = next(answer.of(_JOB), None)
        if found is None:
            raise UncertainError(f"{self._host} took it without saying which job it became.")
        return _job(found, name)

    def job(self, number: int) -> Job | None:
        """A job by its number, None if the printer does not know it (any more)."""
        asked = [(_INTEGER, "job-id", number), (_KEYWORD, "requested-attributes", _OF_JOB)]
        answer = self._ask(GET_JOB, asked, known=(_UNKNOWN_JOB,))
        found = next(answer.of(_JOB), None)
        return _job(found, "") if found is not None and answer.status < _OK else None

    def jobs_called(self, name: str) -> list[Job]:
        """The jobs with exactly this name, finished ones too.

        Raises:
            NotSentError: it cannot be reached.
        """
        found = []
        for which in ("not-completed", "completed"):
            asked = [
                (_KEYWORD, "which-jobs", which),
                (_KEYWORD, "requested-attributes", _OF_JOB),
            ]
            answer = self._ask(GET_JOBS, asked)
            found += [_job(values, "") for values in answer.of(_JOB)]
        return [job for job in found if job.name == name]

    def _ask(
        self,
        operation: int,
        asked: Sequence[tuple[int, str, Any]],
        of_job: Sequence[tuple[int, str, Any]] = (),
        content: bytes = b"",
        known: Sequence[int] = (),
    ) -> _Answer:
        head = [
            (_CHARSET, "attributes-charset", "utf-8"),
            (_LANGUAGE, "attributes-natural-language", "en"),
            (_URI, "printer-uri", self._uri),
        ]
        body = struct.pack(">BBHIB", 2, 0, operation, 1, _OPERATION)
        body += b"".join(_attribute(*one) for one in [*head, *asked])
        if of_job:
            body += bytes([_JOB]) + b"".join(_attribute(*one) for one in of_job)
        said = self._post(body + bytes([_END]) + content)
        answer = _decode(said)
        if answer.status >= _OK and answer.status not in known:
            raise self._refusal(answer.status)
        return answer

    def _refusal(self, status: int) -> Exception:
        if status in _NOT_NOW:
            return BusyError(f"{self._host} is busy with another job.")
        words = _WORDS.get(status, f"it answered 0x{status:04x}")
        return RefusedError(f"{self._host} refused: {words}.")

    def _post(self, body: bytes) -> bytes:
        link = self._connected()
        try:
            link.request("POST", self._path, body, {"Content-Type": "application/ipp"})
            answer = link.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as gone:
            raise UncertainError(f"{self._host} broke off while it was told ({gone}).") from gone
        finally:
            link.close()
        if answer.status != http.client.OK:
            raise RefusedError(f"{self._host} answered HTTP {answer.status}; check its address.")
        return said

    def _connected(self) -> http.client.HTTPConnection:
        link: http.client.HTTPConnection
        if self._tls:
            context = ssl.create_default_context()
            link = http.client.HTTPSConnection(
                self._host, self._port, timeout=CONNECT_SECONDS, context=context
            )
        else:
            link = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        try:
            link.connect()
        except (OSError, http.client.HTTPException) as off:
            link.close()
            raise NotSentError(f"{self._host} cannot be reached: {_why(off)}.") from off
        if isinstance(link.sock, socket.socket):
            link.sock.settimeout(ANSWER_SECONDS)
        return link


_OF_JOB = ["job-id", "job-name", "job-state", "job-state-reasons"]


def _why(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "it does not answer"
    if isinstance(problem, ConnectionRefusedError):
        return "it is off, or the address is wrong"
    return str(problem).strip() or type(problem).__name__


def _attribute(tag: int, name: str, value: Any) -> bytes:
    values = value if isinstance(value, list) else [value]
    parts = []
    for number, one in enumerate(values):
        key = name.encode() if number == 0 else b""
        data = struct.pack(">i", one) if tag in _NUMBERS else str(one).encode()
        parts.append(struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(data)) + data)
    return b"".join(parts)


def _decode(said: bytes) -> _Answer:
    try:
        return _decoded(said)
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise UncertainError("The printer's answer makes no sense; check its address.") from problem


def _decoded(said: bytes) -> _Answer:
    _version, status, _request = struct.unpack_from(">HHI", said)
    groups: list[tuple[int, dict[str, list[Any]]]] = []
    at, name = 8, ""
    while at < len(said) and said[at] != _END:
        tag = said[at]
        at += 1
        if tag < 0x10:
            groups.append((tag, {}))
            continue
        key, at = _field(said, at)
        data, at = _field(said, at)
        name = key.decode() or name
        if groups:
            groups[-1][1].setdefault(name, []).append(_value(tag, data))
    return _Answer(status, groups)


def _field(said: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", said, at)
    return said[at + 2 : at + 2 + size], at + 2 + size


def _value(tag: int, data: bytes) -> Any:
    if tag in _NUMBERS and len(data) == 4:
        return struct.unpack(">i", data)[0]
    if tag == _BOOLEAN:
        return data == b"\x01"
    return data.decode("utf-8", "replace")


def _first(values: Mapping[str, list[Any]], name: str, otherwise: Any) -> Any:
    return values[name][0] if values.get(name) else otherwise


def _job(values: Mapping[str, list[Any]], name: str) -> Job:
    return Job(
        id=_first(values, "job-id", 0),
        name=_first(values, "job-name", name),
        state=_first(values, "job-state", 0),
        reasons=tuple(r for r in values.get("job-state-reasons", []) if r != "none"),
    )
