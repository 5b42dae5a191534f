"""The columns of a table as they are understood: a mapping, suggested or saved. Pure."""

from dataclasses import dataclass, field

from sync.drafts import Values


@dataclass(frozen=True)
class Column:
    """One column: where it stands, its heading, and what it holds.

    ``level`` is "line", "decoration", "size" (a column of a matrix, ``part`` its size and ``color``
    its colour, either may be empty), "date" (a column per delivery date, ``part`` the day), "week"
    (a column per week or month of delivery, ``part`` as it is called), "place" (a column per store,
    ``part`` its name and ``number`` that of its own order) or "pair" (an amount whose day stands in
    the column with the index ``part``); ``part`` numbers decorations.
    """

    index: int
    heading: str
    level: str
    field: str
    part: str = ""
    sure: float = 1.0
    color: str = ""
    number: str = ""

    @property
    def why(self) -> str:
        """Why the column was taken for what it is."""
        if not self.heading:
            return "quantity times price is the total in this column"
        text = " ".join(self.heading.split())
        return f"under the heading '{text[:60]}'"


@dataclass(frozen=True)
class Mapping:
    """How to read one table: its headings' rows, its columns, and what the file writes how."""

    top: int
    bottom: int
    columns: tuple[Column, ...]
    decimal: str | None = None
    order: str = ""
    currency: str = ""
    constants: Values = field(default_factory=dict)
    taken: frozenset[int] = frozenset()  # rows that somebody said are lines

    def column(self, name: str) -> Column | None:
        """The column of a line's field or role."""
        return next((c for c in self.columns if c.level == "line" and c.field == name), None)

    def of(self, level: str) -> list[Column]:
        """The columns of a level, from left to right."""
        return [column for column in self.columns if column.level == level]
