"""The two hidden cells of a row: whose it is, and which of our batches wrote it last. Pure."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum

#: Begins the stamp of a row that was put right and is not ours: a repair can go astray too.
NOBODY = "~"


class RowState(StrEnum):
    """Where a row of ours is."""

    ADDING = "adding"  # to be written, or written and not seen yet
    ADOPTING = "adopting"  # typed in the sheet, an order already; its id is not written yet
    LIVE = "live"
    REMOVED = "removed"  # a manager took it out; a person decides
    ARCHIVED = "archived"  # a person decided that it stays out
    LEFT = "left"  # its job does not belong into the tab any more


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ``_rev`` says: the row's key, the batch, and whether the row is a copy of another."""

    key: str
    seq: int
    copy: bool = False

    def __str__(self) -> str:
        return f"{self.key}:{self.seq}" + ":copy" * self.copy


def key_of(salt: str, what: str, number: int) -> str:
    """The opaque, lasting name of a row; a slip of the keyboard never makes another row's."""
    digest = hashlib.sha256(f"{salt}:{what}:{number}".encode()).digest()
    return b32encode(digest[:10]).decode().lower()


def read_stamp(raw: object) -> Stamp | None:
    """Read a stamp; None where the cell is empty or holds something else."""
    key, _, rest = str(raw or "").strip().partition(":")
    seq, _, copy = rest.partition(":")
    if not key or not (seq.isascii() and seq.isdigit()) or len(seq) > 9 or copy not in ("", "copy"):
        return None
    return Stamp(key, int(seq), bool(copy))
