"""The service on loopback: threads, connections that stay, one packet an answer."""

import os
import re
import socket
import socketserver
import struct
import threading
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from sheets_emulator import browser_page, control
from sheets_emulator.google import Answer, Google

Json = dict[str, Any]

_REASONS = {200: "OK", 204: "No Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized"}
_REASONS |= {403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
_REASONS |= {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
_LOCAL = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
MOST_HEADER_BYTES = 65_536


class _Connection(socketserver.StreamRequestHandler):
    """One client; as many requests as it likes."""

    server: "_Listener"

    def setup(self) -> None:
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        try:
            while self._one():
                pass
        except (ConnectionError, ValueError, TimeoutError):
            return

    def _one(self) -> bool:
        line = self.rfile.readline(MOST_HEADER_BYTES)
        if not line.strip():
            return False
        method, target, version = line.decode("latin-1").split()
        headers = self._headers()
        if headers.get("expect", "").lower() == "100-continue":
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers)
        answer = self.server.answer(method, target, headers, body)
        keep = version != "HTTP/1.0" and headers.get("connection", "").lower() != "close"
        return self._send(answer, keep=keep) and keep

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while (line := self.rfile.readline(MOST_HEADER_BYTES)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(headers.get("content-length") or 0))

    def _send(self, answer: Answer, *, keep: bool) -> bool:
        packet = packed(answer, keep=keep)
        if answer.cut is None:
            self.request.sendall(packet)
            return True
        self.request.sendall(packet[: answer.cut])
        # With this the kernel sends a reset instead of a goodbye.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.request.detach())
        return False


def packed(answer: Answer, *, keep: bool = True) -> bytes:
    """Headers and body of an answer in one piece."""
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'OK')}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.content)}",
        "Cache-Control: private, no-store",
        "X-Content-Type-Options: nosniff",
    ]
    if answer.location:
        lines.append(f"Location: {answer.location}")
    if answer.content_type.startswith("text/html"):
        lines.append(f"Content-Security-Policy: {browser_page.POLICY}")
    if not keep:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.content


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: "Server") -> None:
        self.owner = owner
        super().__init__(address, _Connection)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        return self.owner.answer(method, target, headers, body)


class Server(Google):
    """The service with an address; a context manager.

    with Server() as google:
        book = google.seed("Live orders", {"Orders": [["Order", "Status"]]})
        ...  # talk to google.url
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        if not _LOCAL.fullmatch(host):
            message = "This server is for loopback only; it lets everybody in."
            raise ValueError(message)
        self._listener = _Listener((host, port), self)
        self.port: int = self._listener.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name="sheets-emulator", daemon=True
        )

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join(5)

    def serve_forever(self) -> None:
        """Answer in this thread until somebody interrupts."""
        try:
            self._listener.serve_forever()
        finally:
            self._listener.server_close()

    def service_account(self, email: str = "") -> Json:
        """The key file of a service account that this server believes."""
        return self.accounts.service_account(self.url, *([email] if email else []))

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request: of a client, of a test, of a person at the page."""
        path = urlsplit(target).path
        if path.startswith("/_control/"):
            if not _LOCAL.fullmatch(headers.get("host", "127.0.0.1")):
                return Answer(403, b"Only from this machine.", "text/plain")
            return control.answer(self, method, path, target.partition("?")[2], body)
        if path in ("/", "/favicon.ico") or path.startswith("/_page/"):
            return browser_page.answer(path)
        return super().answer(method, target, headers, body)
