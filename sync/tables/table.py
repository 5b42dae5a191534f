"""What one table holds once it is read: its lines, what is unclear, the texts beside them. Pure."""

from dataclasses import dataclass, field
from datetime import date

from sync.drafts import DraftLine, Problem, Values


@dataclass(slots=True)
class TableLine:
    """A line with what its row says about its order and its delivery."""

    line: DraftLine
    row: int = 0
    po_number: str = ""
    order_date: date | None = None
    due: date | None = None
    ship: date | None = None
    destination: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """What one table holds; ``end`` is the row below it, ``remarks`` the free texts by row.

    ``unfilled`` counts the rows of a form that were left out because nobody ordered them.
    """

    lines: tuple[TableLine, ...]
    problems: tuple[Problem, ...]
    remarks: dict[int, str]
    currencies: frozenset[str]
    end: int
    unfilled: int = 0
