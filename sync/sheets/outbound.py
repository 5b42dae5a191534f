"""What is about to be written: the operations, what they mean for each row, what to confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.sheets import typed
from sync.sheets.columns import Column
from sync.sheets.looking import Line, Look, digest_of
from sync.sheets.plan import RowPlan
from sync.sheets.shapes import (
    IDENTITY,
    STAMP,
    AddRow,
    DropRow,
    Echo,
    Op,
    Raw,
    SetCell,
    SetNote,
)
from sync.sheets.stamps import Stamp, read_stamp

Json = Any
COPY_NOTE = (
    "This row is a copy of another one. What is changed here changes nothing. Delete it, or use "
    "the first row."
)
STRANGER_NOTE = (
    "This row's hidden id is none of ours, so nothing is taken from it. Delete the row, or clear "
    "its _id to enter it as a new order."
)


@dataclass(slots=True)
class Expected:
    """What a row should look like when the write has arrived."""

    row_id: int
    stamp: str
    digest: str


@dataclass(slots=True)
class Outbound:
    """One batch while it is put together; ``seq`` is the number it will have."""

    seq: int
    ops: list[Op] = field(default_factory=list)
    writes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    before: list[dict[str, Any]] = field(default_factory=list)
    bases: dict[int, tuple[Mapping[str, Json], Sequence[str]]] = field(default_factory=dict)
    expected: dict[str, dict[str, Expected]] = field(default_factory=dict)  # tab -> key
    cells: int = 0
    added: int = 0

    def row(self, look: Look, line: Line, row_id: int, plan: RowPlan) -> None:
        """Write what the plan of a row says, and its stamp."""
        tab, at = look.tab.key, look.placed.at
        for key, value in plan.sets.items():
            self.ops.append(SetCell(tab, line.at, at[key], value))
        self.cells += len(plan.sets)
        for key, (text, mark) in plan.notes.items():
            self.ops.append(SetNote(tab, line.at, at[key], text, mark))
        self.stamp(look, line, plan.key)
        self._meant(tab, plan.key, plan.sets, plan.notes)
        self.bases[row_id] = (plan.base, plan.taken)
        if plan.settled:
            values = tuple(
                plan.sets.get(column.key, value)
                for column, value in zip(look.columns, line.values, strict=True)
            )
            self._expect(look, row_id, plan.key, values, line)

    def stamp(self, look: Look, line: Line, key: str, text: str = "") -> None:
        """Stamp a row with this batch."""
        said = text or str(Stamp(key, self.seq))
        self.ops.append(SetCell(look.tab.key, line.at, look.placed.at[STAMP], said))

    def add(self, look: Look, row_id: int, key: str, values: Mapping[str, Json]) -> None:
        """Add a row under the last one."""
        at, stamp = look.placed.at, str(Stamp(key, self.seq))
        cells = {c.key: typed.to_raw(c.field, values.get(c.key)) for c in look.columns}
        placed: dict[int, Raw] = {at[name]: value for name, value in cells.items() if value != ""}
        self.ops.append(AddRow(look.tab.key, {**placed, at[IDENTITY]: key, at[STAMP]: stamp}))
        self.writes.setdefault(look.tab.key, {})[key] = _meaning({}, ())
        self.bases[row_id] = (agreed(look.columns, values), ())
        self._expect(look, row_id, key, tuple(cells.values()), None)
        self.cells += len(placed)
        self.added += 1

    def adopt(self, look: Look, line: Line, row_id: int, key: str, base: dict[str, Json]) -> None:
        """Stamp a row somebody typed; its id follows when the stamp is seen to have arrived."""
        self.stamp(look, line, key)
        self._meant(look.tab.key, key, {}, ())
        self.bases[row_id] = (base, ())

    def note(self, look: Look, line: Line, text: str, mark: str = "refused") -> None:
        """Note something at the first cell of a row."""
        first = look.columns[0].key
        self.ops.append(SetNote(look.tab.key, line.at, look.placed.at[first], text, mark))

    def mark_copy(self, look: Look, line: Line) -> None:
        """Say that a row is a copy, in its stamp and at its first cell."""
        old = read_stamp(line.stamp)
        age = old.seq if old is not None and old.key == line.key else 0
        self.stamp(look, line, line.key, str(Stamp(line.key, age, copy=True)))
        self.note(look, line, COPY_NOTE, "duplicate")

    def mark_stranger(self, look: Look, line: Line) -> None:
        """Say that nobody knows a row's id."""
        self.stamp(look, line, line.key, f"{line.key}:0:copy")
        self.note(look, line, STRANGER_NOTE, "duplicate")

    def drop(self, look: Look, line: Line) -> None:
        """Take a row of ours away; asked only of a backend that cannot hit another one."""
        self.ops.append(DropRow(look.tab.key, line.at))

    def finish(self) -> None:
        """Put rows that are taken away last, from the bottom up."""
        drops = [op for op in self.ops if isinstance(op, DropRow)]
        if drops:
            rest = [op for op in self.ops if not isinstance(op, DropRow)]
            self.ops = [*rest, *sorted(drops, key=lambda op: (op.tab, -op.row))]

    def keep_before(self, look: Look, lines: Sequence[Line]) -> None:
        """Keep the raw cells of rows that no agreement describes."""
        self.before += [look.kept(line) for line in lines]

    def arrived(self, echo: Echo) -> dict[int, Expected]:
        """The rows whose stamp stands where it should, by row id."""
        found: dict[int, Expected] = {}
        for tab, rows in self.expected.items():
            stamps = set(echo.stamps.get(tab, ()))
            for key, expected in rows.items():
                if (key, expected.stamp) in stamps:
                    found[expected.row_id] = expected
        return found

    def _meant(
        self, tab: str, key: str, cells: Mapping[str, Raw], notes: Mapping[str, Any] | Sequence[str]
    ) -> None:
        self.writes.setdefault(tab, {})[key] = _meaning(cells, tuple(notes))

    def _expect(
        self, look: Look, row_id: int, key: str, values: tuple[Raw, ...], line: Line | None
    ) -> None:
        stamp = str(Stamp(key, self.seq))
        formulas = [] if line is None else look.formulas(line)
        digest = digest_of(values, key, stamp, formulas)
        self.expected.setdefault(look.tab.key, {})[key] = Expected(row_id, stamp, digest)


def agreed(columns: Sequence[Column], values: Mapping[str, Json]) -> dict[str, Json]:
    """What is agreed on when a row is written as the app has it."""
    return {column.key: typed.canon(column.field, values.get(column.key)) for column in columns}


def _meaning(cells: Mapping[str, Raw], notes: Sequence[str]) -> dict[str, Any]:
    return {"cells": dict(cells), "notes": list(notes), "id": False}
