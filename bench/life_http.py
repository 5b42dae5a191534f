"""The same life as a program leads it: every action a request to a real web server on loopback.

The picture and its proof have no address in the API; those three actions are the engine's here too.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from waitress.server import create_server

import auth
import models
from app import create_app
from bench.life import Shop, approve_artwork, draft_of
from models import Role
from settings import Settings

_PREFIX = "/api/v1"


@dataclass
class Program:
    """What calls the API: one connection, kept open, and a token."""

    connection: HTTPConnection
    headers: dict[str, str]
    requests: int = 0

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON, or its Location where that is all that was wanted.

        Raises:
            RuntimeError: the server refused; the measuring stops.
        """
        self.requests += 1
        text = None if body is None else json.dumps(body)
        self.connection.request(method, f"{_PREFIX}{path}", text, self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201, 204):
            raise RuntimeError(f"{method} {path} answered {answer.status}: {said.decode()}")
        return json.loads(said) if said else answer.getheader("Location")


@contextmanager
def served(folder: Path, url: str) -> Iterator[Program]:
    """A program of the owner's at a web server of this process."""
    settings = Settings(
        instance_dir=folder, database_url=url, secret_key=SecretStr("bench"), log_level="WARNING"
    )
    server = create_server(create_app(settings), host="127.0.0.1", port=0, threads=2)
    _token, secret = auth.make_token("Bench", Role.get(Role.name == "Owner"), "Olga Owner")
    models.close()
    thread = threading.Thread(target=server.run)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.effective_port)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    headers["Prefer"] = "return=minimal"
    try:
        yield Program(connection, headers)
    finally:
        connection.close()
        server.close()
        thread.join()


def life(shop: Shop, program: Program) -> None:
    """Carry an order from nothing to done, as a program does that wants to know no more."""
    number = program.ask("POST", "/orders", _body(shop)).rpartition("/")[2]
    program.ask("POST", f"/orders/{number}/release", {})
    deque(approve_artwork(number, shop.actor), maxlen=0)
    tasks = program.ask("GET", f"/tasks?order={number}&limit=50")["items"]
    for task in sorted(tasks, key=lambda row: row["id"]):
        path = f"/tasks/{task['id']}"
        if task["work"] == "handover":
            program.ask("POST", f"{path}/shipments", {"carrier": "UPS", "complete": True})
        else:
            program.ask("POST", f"{path}/complete", {"everything": True})


def _body(shop: Shop) -> dict[str, Any]:
    """The order that the engine is given, as a program sends it."""
    draft = draft_of(shop)
    lines = [
        {name: _plain(value) for name, value in line.values.items()}
        | {"quantity": str(line.quantity)}
        | {"decorations": [dict(decoration.values) for decoration in line.decorations]}
        for line in draft.lines
    ]
    return {
        "customer": shop.customer.code,
        **{name: _plain(value) for name, value in draft.values.items()},
        "destinations": [dict(place) for place in draft.destinations],
        "lines": lines,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str) else str(value)
