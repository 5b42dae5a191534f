"""Rows that one of our own writes hit while they moved: what stood there is put back. Pure.

A write goes to a row by its number, and rows can move between our read and our write.  Every
batch stamps the rows it writes, so a row whose stamp names another row was hit by mistake; the
batch was kept before it was sent, so what it wrote there is known, and so is what stood there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.sheets.looking import Line, Look
from sync.sheets.shapes import Raw
from sync.sheets.stamps import NOBODY, Stamp, read_stamp

Json = Any


@dataclass(frozen=True, slots=True)
class Sent:
    """What a batch meant to write into one row."""

    cells: Mapping[str, Raw]
    notes: tuple[str, ...] = ()
    id: bool = False


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A batch as it was kept: what was meant for which row, and rows no base knows."""

    writes: Mapping[str, Sent]
    before: Sequence[tuple[str, str, Mapping[str, Raw]]]  # key ("" for new rows), stamp, raw cells


@dataclass(slots=True)
class Fix:
    """What is put back in one row."""

    line: Line
    key: str  # whose row it is; "" for one that is nobody's yet
    cells: dict[str, Raw] = field(default_factory=dict)
    lost: dict[str, Raw] = field(default_factory=dict)  # what we had written there
    notes: tuple[str, ...] = ()
    id: str = ""  # the id to write; "" leaves it
    stamp: str = ""  # what stood there when the row had been hit before: that comes next
    age: int | None = None  # the batch its own stamp named before it was hit, where that was kept


def crossed(look: Look) -> list[Line]:
    """The rows whose stamp names another row than their id."""
    return [
        line
        for line in look.lines
        if line.stamp
        and not line.stamp.startswith(f"{line.key}:")
        and (line.key or not line.stamp.startswith(NOBODY))
    ]


@dataclass(frozen=True, slots=True)
class Healer:
    """What is known about the rows of one tab while its crossed rows are looked at.

    ``standing`` gives what the app believes to stand in a row of ours; ``adopting`` are keys of
    new rows whose id is still to be written.
    """

    look: Look
    batches: Mapping[int, SentBatch]
    known: Mapping[str, int]  # key -> batch its row was last seen with
    standing: Callable[[str], Mapping[str, Raw]]
    adopting: frozenset[str] = frozenset()

    def fixes(self) -> list[Fix]:
        """What has to be put back; empty where nothing of ours went astray."""
        claimed = {line.key for line in self.look.lines if line.key}
        found: list[Fix] = []
        for line in sorted(crossed(self.look), key=lambda one: (repr(one.values), one.at)):
            stamp = read_stamp(line.stamp)
            if stamp is None or stamp.key == line.key:
                continue
            if line.key not in self.known and stamp.key.startswith(NOBODY):
                continue
            fix = self._own_id(line, stamp, claimed) or self._astray(line, stamp)
            if fix is not None:
                if fix.id:
                    claimed.add(fix.id)
                found.append(fix)
        return found

    def _own_id(self, line: Line, stamp: Stamp, claimed: set[str]) -> Fix | None:
        """The stamp is right and the id is not: cleared, mistyped, or written astray by us."""
        if stamp.key not in self.known:
            return None
        if line.key in self.known:
            later = not stamp.copy and self._wrote_id(line.key) > stamp.seq
            wrong = later or self._waits_elsewhere(line.key)
            return Fix(line, stamp.key, id=stamp.key) if wrong else None
        if stamp.copy or stamp.key in claimed:
            return None
        if self._alike(line, stamp):
            return Fix(line, stamp.key, id=stamp.key)
        return None

    def _waits_elsewhere(self, key: str) -> bool:
        """Whether a row without an id was stamped for that key first: the id was meant for it.

        A stamp that is newer than the id is a write that went astray, not a row that waits.
        """
        stamps = (read_stamp(line.stamp) for line in self.look.lines if not line.key)
        ours = (stamp.seq for stamp in stamps if stamp is not None and stamp.key == key)
        return min(ours, default=self._wrote_id(key)) < self._wrote_id(key)

    def _wrote_id(self, key: str) -> int:
        """The last batch that wrote this id: a stamp that is newer went astray, not the id."""
        wrote = (n for n, b in self.batches.items() if key in b.writes and b.writes[key].id)
        return max(wrote, default=0)

    def _alike(self, line: Line, stamp: Stamp) -> bool:
        """Whether the cells our batch did not write are those of the row the stamp names."""
        batch = self.batches.get(stamp.seq)
        sent = batch.writes.get(stamp.key) if batch is not None else None
        written = sent.cells if sent is not None else {}
        theirs = self.standing(stamp.key)
        told = [
            value == theirs[column.key]
            for column, value in zip(self.look.columns, line.values, strict=True)
            if column.key not in written and theirs.get(column.key, "") not in ("", False)
        ]
        return sum(told) * 2 >= len(told) and (bool(told) or stamp.key not in self.adopting)

    def _astray(self, line: Line, stamp: Stamp) -> Fix | None:
        """Our batch was meant for another row: put back what stood in this one."""
        if stamp.copy:
            return Fix(line, line.key)
        batch = self.batches.get(stamp.seq)
        sent = batch.writes.get(stamp.key) if batch is not None else None
        if batch is None or sent is None:
            return None
        cells = {c.key: v for c, v in zip(self.look.columns, line.values, strict=True)}
        hit = [key for key, value in sent.cells.items() if cells.get(key, "") == value]
        if not line.key and sent.cells and not hit:
            return None  # a person's copy of the row, its id taken out
        stood, older = self._stood(line, stamp, batch, cells, set(sent.cells))
        own = read_stamp(older)
        if line.key and own is not None and own.key == line.key:
            older = ""
        back = {key: stood.get(key, "") for key in hit if key in cells}
        return Fix(
            line,
            line.key,
            {key: value for key, value in back.items() if value != cells[key]},
            {key: cells[key] for key, value in back.items() if value != cells[key]},
            sent.notes,
            stamp=older,
            age=None if older or own is None else own.seq,
        )

    def _stood(
        self,
        line: Line,
        stamp: Stamp,
        batch: SentBatch,
        cells: Mapping[str, Raw],
        written: set[str],
    ) -> tuple[Mapping[str, Raw], str]:
        """What stood in a row before the batch hit it, with its stamp as far as it was kept."""
        kept = [(old, raw) for key, old, raw in batch.before if key == line.key]
        others = [key for key in cells if key not in written]
        kept.sort(key=lambda one: (sum(one[1].get(k, "") != cells[k] for k in others), _age(one)))
        if line.key:
            if kept and self.known.get(line.key, 0) < stamp.seq:
                return kept[0][1], kept[0][0]
            return (self.standing(line.key) if line.key in self.known else {}), ""
        nothing_else = all(cells[k] == "" for k in others)
        alike = kept and any(kept[0][1].get(k, "") == cells[k] != "" for k in others)
        if not kept or (nothing_else and not alike):
            return {}, ""
        return kept[0][1], kept[0][0]


def _age(kept: tuple[str, Mapping[str, Raw]]) -> tuple[int, str]:
    """Of rows that look alike the oldest is put back: its cells are no fresh edits."""
    stamp = read_stamp(kept[0])
    return (0 if stamp is None else stamp.seq), repr(kept)
