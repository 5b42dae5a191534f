"""What is said about a file that came in: its state, what became of it, what to do next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import IncomingFile, Order
from sync.intake import State
from web.words import plural


@dataclass(frozen=True)
class Words:
    """How a state is shown: kind of chip, word, tab."""

    chip: str
    word: str
    tab: str


STATES: dict[str, Words] = {
    State.NEEDS_PERSON: Words("late", "Needs a person", "Needs a person"),
    State.RECEIVED: Words("wait", "Being read", "Being read"),
    State.ACCEPTED: Words("ok", "Accepted", "Accepted"),
    State.DUPLICATE: Words("info", "Copy", "Copies"),
    State.REJECTED: Words("off", "Rejected", "Rejected"),
}
_TABLE_NAMES = (
    ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".htm", ".html", ".xml",
)  # fmt: skip
CHANNELS = {
    "upload": "upload",
    "cli": "command line",
    "api": "API",
    "mailbox": "e-mail",
    "folder": "folder",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its orders, and by order how many problems are open (None: none)."""

    orders: Sequence[Order]
    open_problems: Mapping[int | None, int]

    def open_on(self, order: Order) -> int:
        """How many problems stop an order's release."""
        return self.open_problems.get(order.id) or 0

    def to_do(self, order: Order) -> str:
        """What is next for an order, in words that end with its number."""
        if order.cancelled_at is not None:
            return "Nothing: cancelled is order"
        if self.open_on(order) and order.stage == "review":
            return f"Settle {plural(self.open_on(order), 'problem')} of order"
        if order.stage == "review":
            return "Check and release order"
        return f"Nothing: in {order.stage} is order"


def sentence(incoming: IncomingFile) -> str:
    """What became of a file, in one sentence."""
    if incoming.state == State.RECEIVED:
        return "It is being read; look again in a moment."
    if incoming.state == State.REJECTED:
        return f"Rejected: {incoming.reason}"
    return str(incoming.reason)


def asks_for_meaning(incoming: IncomingFile) -> bool:
    """Whether a person is wanted for what looks, by its name, like a table: to say what is what."""
    name = incoming.name.casefold()
    return incoming.state == State.NEEDS_PERSON and name.endswith(_TABLE_NAMES)


def channel(incoming: IncomingFile) -> str:
    """How a file came, in words."""
    return CHANNELS.get(incoming.channel, incoming.channel)


def bytes_in_words(size: int) -> str:
    """A size as people read it: 812 bytes, 14 KB, 2.3 MB."""
    if size < 1024:
        return f"{size} bytes"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"
