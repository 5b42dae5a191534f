"""What an operation of the API is: the routes, the checks and the published document follow it.

A resource (``orders``, ``tasks``, ``incoming`` …) lists its operations: method and path, what it
takes and answers, and the function that does it.  ``door`` serves them and ``document`` publishes
them, so the two cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from api.kinds import LARGEST_ID, Schema
from models import ApiToken
from workflow import shop
from workflow.actors import Actor, Right
from workflow.fields import Catalogue, Level

PREFIX = "/api/v1"
KEY_PATTERN = r"^[!-~]{1,200}$"


@dataclass(frozen=True)
class Parameter:
    """One value of the path, the query or a header."""

    name: str
    schema: Schema
    description: str
    place: str = "query"  # path | query | header


@dataclass(frozen=True)
class SentFile:
    """A file that came with a request."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Call:
    """One request, checked: everything in it is of the type the operation says."""

    actor: Actor
    token: ApiToken
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: dict[str, Any] = field(default_factory=dict)
    file: SentFile | None = None
    key: str = ""  # Idempotency-Key
    if_match: int | None = None
    brief: bool = False  # Prefer: return=minimal

    @property
    def sees_money(self) -> bool:
        """Whether the token's role may see prices and totals."""
        return self.actor.may(Right.SEE_MONEY)

    @property
    def version(self) -> int | None:
        """The version the caller saw, from If-Match or the body."""
        return self.body.get("version") if self.if_match is None else self.if_match

    @cached_property
    def catalogue(self) -> Catalogue:
        """The shop's fields, asked for once."""
        return shop.catalogue()


@dataclass(frozen=True)
class Answer:
    """What is answered: a body, and where it can be read again."""

    body: Any
    status: int = 200
    location: str = ""  # below /api/v1
    version: int | None = None  # becomes the ETag


DONE = Answer(None, 204)


@dataclass(frozen=True)
class Operation:
    """One thing a program can do.

    ``takes`` and ``gives`` name shapes of ``schemas``; ``level`` says whose fields the body has.
    ``refusals`` are the statuses that can follow besides those its shape brings along.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    run: Callable[[Call], Answer]
    right: Right | None
    gives: str
    takes: str = ""
    status: int = 200
    also: tuple[int, ...] = ()  # other statuses that are no refusals
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()
    description: str = ""
    level: Level | None = None
    body_optional: bool = False
    keyed: bool = False  # takes an Idempotency-Key
    versioned: bool = False  # wants If-Match or a version
    takes_file: bool = False
    brief: bool = False  # answers 204 to who prefers it

    def parameters_in(self, place: str) -> list[Parameter]:
        """Its parameters in the path, the query or the headers."""
        return [parameter for parameter in self.parameters if parameter.place == place]


def path_id(name: str, description: str) -> Parameter:
    """A row's id in the path."""
    schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return Parameter(name, schema, description, "path")


def path_word(name: str, description: str) -> Parameter:
    """A number in the path."""
    schema = {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,40}$", "examples": ["1042"]}
    return Parameter(name, schema, description, "path")


ORDER_NUMBER = path_word("number", "The order's number.")
JOB_NUMBER = path_word("number", "The job's number.")
CURSOR = Parameter(
    "cursor",
    {"type": "string", "pattern": r"^[A-Za-z0-9_-]{6}$"},
    "Where the page before ended: its `next_cursor`.",
)
LIMIT = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Rows of a page."
)
PAGED = (CURSOR, LIMIT)
