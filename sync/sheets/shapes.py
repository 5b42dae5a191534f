"""What a mirror reads from a shared sheet and writes to it, the same for Google and a file. Pure.

A ``Backend`` is one shared workbook.  ``read`` gives everything of the tabs asked for in one call;
``write`` does a whole batch in one call or not at all, and answers with the row stamps as they
stand afterwards, which is how the mirror knows whether each row was still where it had read it.
Rows and columns count from 0, and row 0 of a tab is its header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from errors import ShopError

# Dates are serial numbers (days since 30 Dec 1899), "" is an empty cell, an error value is its
# text ("#REF!").
Raw = str | int | float | bool

IDENTITY, STAMP = "_id", "_rev"  # the two hidden columns: whose row it is; who wrote it last


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab as it was read.

    ``key`` is ours ("orders"), ``title`` what the tab is called at the moment.  ``columns`` says
    which of its columns is which of ours where the sheet itself remembers it (column metadata,
    defined names); the mirror falls back to the header's words.  ``rows`` may be ragged.
    """

    key: str
    title: str
    rows: Sequence[Sequence[Raw]]
    columns: Mapping[int, str] = field(default_factory=dict)
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merges: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the workbook held at one moment; ``token`` names it for a backend that can tell."""

    tabs: Mapping[str, Tab]
    token: str = ""
    missing: tuple[str, ...] = ()  # keys of tabs that were asked for and are not there
    locale: str = "en_US"
    held_by: str = ""  # "open by Ann since 16:58" while a program holds the file
    warnings: tuple[str, ...] = ()  # sentences about what lies beside it and should not
    author: str = ""  # who alone edited since the last reading; "" where that is not certain


@dataclass(frozen=True, slots=True)
class SetCell:
    """An absolute value for one cell; "" empties it.  Text stays text, never a formula."""

    tab: str
    row: int
    column: int
    value: Raw


@dataclass(frozen=True, slots=True)
class SetNote:
    """The note of one cell and the colour that goes with it; an empty text takes both away."""

    tab: str
    row: int
    column: int
    text: str
    mark: str = "refused"  # refused | conflict | duplicate | healed


@dataclass(frozen=True, slots=True)
class AddRow:
    """A new row under the last one of a tab: values by column, the stamps included."""

    tab: str
    values: Mapping[int, Raw]


@dataclass(frozen=True, slots=True)
class DropRow:
    """Take away one row that the mirror itself once wrote (a job that left the tab).

    Only asked of a backend that ``drops``: elsewhere a row may have moved since it was read.
    """

    tab: str
    row: int


Op = SetCell | SetNote | AddRow | DropRow


@dataclass(frozen=True, slots=True)
class Echo:
    """The identity and the stamp of every row after a write, by tab: what was really hit."""

    stamps: Mapping[str, Sequence[tuple[str, str]]]
    token: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """How one column of ours is laid out."""

    key: str
    title: str
    kind: str = "text"  # text | number | money | date | yes_no | choice
    owner: str = "app"  # app | both | sheet
    choices: tuple[str, ...] = ()
    width: int = 120  # pixels
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TabLayout:
    """One tab as it ought to be; the backend adds what is missing and leaves the rest alone."""

    key: str
    title: str
    columns: tuple[ColumnLayout, ...]
    hidden: bool = False
    read_only: bool = False


class UnreachableError(ShopError):
    """The sheet did not answer; what was sent may have been done. The next read tells."""

    http_status = 503


class HeldError(ShopError):
    """Somebody has the file open; writes wait, reads go on."""

    http_status = 409


class MovedError(ShopError):
    """The workbook is no longer what was read; nothing was written."""

    http_status = 409


class BrokenError(ShopError):
    """Nothing goes on before a person has mended it; the sentence says how."""

    http_status = 409


class Backend(Protocol):
    """One shared workbook, wherever it lies.

    Every method raises ``errors.ShopError`` children with a sentence that says how to mend it:
    ``UnreachableError`` (try again later), ``HeldError`` (a person has the file open: writes
    wait), ``MovedError`` (the workbook changed since ``token``: read again), ``BrokenError`` (a
    person must act).  ``drops`` says that a write can never meet another state of the workbook than
    ``reading``, so that a row may be taken away without a chance of hitting its neighbour.
    """

    drops: bool

    def read(self, tabs: Sequence[str]) -> Reading:
        """Everything of these tabs, in one call."""

    def write(self, ops: Sequence[Op], reading: Reading) -> Echo:
        """Do all of it, in one call per 2 MB, or nothing of it."""

    def lay_out(self, tabs: Sequence[TabLayout]) -> Reading | None:
        """Make the tabs, columns, validations and protections that are missing, in one call.

        Returns what stands there afterwards where the same call tells, else None.
        """
