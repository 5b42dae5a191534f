"""One tab while a cycle works on it: what was read, what is known, what is planned."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models import SheetLink
from sync.sheets import plan as merge
from sync.sheets import store, typed
from sync.sheets.facts import Fact
from sync.sheets.headers import Placed
from sync.sheets.healing import crossed
from sync.sheets.layouts import TabPlan
from sync.sheets.looking import Line, Look, Sorted, look, sort_lines, twice
from sync.sheets.plan import Base, KnownRow, Log, Mark, RowPlan, Turn
from sync.sheets.shapes import Raw, Tab
from sync.sheets.stamps import RowState, read_stamp
from sync.sheets.store import Remembered

Json = Any


@dataclass(slots=True)
class TabWork:
    """One tab of this cycle."""

    link: SheetLink
    plan: TabPlan
    look: Look
    rows: dict[str, Remembered]
    locale: str = "en_US"
    sorted: Sorted = field(default_factory=Sorted)
    facts: dict[str, Fact] = field(default_factory=dict)
    first: dict[str, RowPlan] = field(default_factory=dict)  # what the sheet would change
    plans: dict[str, RowPlan] = field(default_factory=dict)  # what is written
    turns: dict[str, Turn] = field(default_factory=dict)
    known: dict[str, KnownRow] = field(default_factory=dict)
    logs: list[tuple[str, Log]] = field(default_factory=list)  # key of the row, or ""
    states: dict[str, RowState] = field(default_factory=dict)  # rows that are somewhere else now
    skipped: set[str] = field(default_factory=set)  # hit by a write of ours, not healed yet
    new_columns: bool = False  # columns came or went since the last cycle
    _standing: dict[str, Mapping[str, Raw]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the backend calls the tab."""
        return self.plan.key

    def sort(self) -> None:
        """Tell the rows of the tab apart."""
        double = [key for key in twice(self.look) if key in self.rows]
        self._know(double)
        near = {
            key: tuple(self.standing(key).get(c.key, "") for c in self.look.columns)
            for key in double
        }
        self.sorted = sort_lines(self.look, self.rows, near)
        here = {column.key for column in self.look.columns}
        self.new_columns = here != set(self.plan.tab.columns_found)
        self.skipped = {line.key for line in crossed(self.look)} - {""}

    def standing(self, key: str) -> Mapping[str, Raw]:
        """What the app believes to stand in a row: the last agreement its stamp proved."""
        if key not in self._standing:
            self._know([key])
        return self._standing[key]

    def _know(self, keys: Collection[str]) -> None:
        rows = {self.rows[key].id: self.rows[key] for key in keys}
        bases = store.bases_of({row.id: row.seen for row in rows.values()})
        for row in rows.values():
            values = overlaid(bases[row.id], row.seen)
            if row.state == RowState.ADOPTING and bases[row.id]:  # what was typed into it
                values = dict(bases[row.id][max(bases[row.id])].values)
            self._standing[row.key] = {
                column.key: typed.to_raw(column.field, values.get(column.key))
                for column in self.look.columns
            }

    def suspicious(self, *, everything: bool) -> set[str]:
        """The rows that are not as the last cycle left them."""
        rows, quiet = self.rows, (RowState.LIVE, RowState.LEFT)
        if everything or self.new_columns:
            return set(self.sorted.first)
        return {
            key
            for key, line in self.sorted.first.items()
            if rows[key].digest != line.digest or rows[key].state not in quiet
        }

    def missing(self) -> list[str]:
        """The rows that stood there and do not any more."""
        first = self.sorted.first
        return sorted(
            key
            for key, row in self.rows.items()
            if key not in first and row.state == RowState.LIVE and key not in self.skipped
        )

    def returned_columns(self) -> frozenset[str]:
        """Columns that were not there at the last reading, of a tab that had been filled."""
        before = set(self.plan.tab.columns_found)
        here = {column.key for column in self.look.columns}
        return frozenset(here - before) if before else frozenset()

    def remember(self, keys: Iterable[str]) -> None:
        """Load agreements and notes of rows that are to be merged."""
        wanted: dict[int, int] = {}
        for key in keys:
            row, line = self.rows[key], self.sorted.first[key]
            stamp = read_stamp(line.stamp)
            own = stamp is not None and stamp.key == key
            wanted[row.id] = min(stamp.seq, row.seen) if own and stamp is not None else row.seen
            if wanted[row.id] != row.seen:  # an old row: with what was agreed before its stamp
                wanted[row.id] = 0
        bases = store.bases_of(wanted)
        marks = store.marks_of(wanted)
        settled = store.settled(mark for some in marks.values() for mark in some.values())
        for key in keys:
            row = self.rows[key]
            app = self.facts[key].values
            self.known[key] = KnownRow(
                key, app, bases[row.id], marks.get(row.id, {}), row.seen, settled
            )

    def merge(self, keys: Collection[str], today: str, *, final: bool) -> None:
        """Plan some rows: first what the sheet would change, then what is written."""
        target = self.plans if final else self.first
        for key in sorted(keys):
            known = self.known[key]
            if known.app is not self.facts[key].values:
                known = KnownRow(
                    key, self.facts[key].values, known.bases, known.marks, known.seen,
                    known.settled_events,
                )  # fmt: skip
            target[key] = merge.plan_row(
                self.look.columns, self.look.seen(self.sorted.first[key]), known,
                locale=self.locale, today=today, turn=self.turns.get(key),
            )  # fmt: skip
            if final:
                turn = self.turns.get(key)
                plan = target[key]
                applied = turn.applied if turn is not None else {}
                plan.taken = [c for c, v in applied.items() if plan.base.get(c) == v]

    def unsettled(self) -> list[Line]:
        """Rows no agreement describes: their cells are kept before anything is written."""
        found = [*self.sorted.blank, *self.sorted.unknown, *self.sorted.copies]
        for key, line in self.sorted.first.items():
            known = self.rows[key]
            changed = known.digest != line.digest  # an old version, or typed since the last look
            if key in self.plans or known.noted or key in self.skipped or changed:
                found.append(line)
        return found


#: What was cut out of each tab last: a tab that did not change is not gone through again.
_looks: dict[tuple[int, str], Look] = {}


def look_once(link: SheetLink, plan: TabPlan, tab: Tab, placed: Placed) -> Look:
    """Cut out of a tab what is ours; the very tab that was read before is not looked at again."""
    place, kept = (link.id, plan.key), _looks.get((link.id, plan.key))
    if kept is not None and kept.tab is tab and kept.placed == placed and kept.of == plan.columns:
        return kept
    found = _looks[place] = look(tab, plan.columns, placed)
    return found


def overlaid(bases: Mapping[int, Base], seen: int) -> dict[str, Json]:
    """The agreement a stamp proved, and what was taken from the sheet since."""
    first = bases.get(seen)
    values = {} if first is None else dict(first.values)
    for seq, base in sorted(bases.items()):
        if seq > seen:
            values |= {column: base.values[column] for column in base.taken}
    return values


def marks_of(plan: RowPlan, seq: int, events: Mapping[str, int]) -> dict[str, Mark]:
    """A row's notes with the batch that carries the new ones and the events they speak of."""
    found = {}
    for column, mark in plan.marks.items():
        if column in plan.notes:
            mark = Mark(
                mark.mark, mark.text, mark.raw, mark.app, mark.why,
                events.get(column, mark.event), mark.day, seq,
            )  # fmt: skip
        found[column] = mark
    return found
