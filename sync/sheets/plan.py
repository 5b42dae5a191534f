"""The merge: for every cell of a row, what the sheet, the app and the last agreement make of it.

Pure.  Three values meet: what stands in the sheet, what the app holds, and what both had agreed on
when the row's stamp was written.  A row that comes from an old copy has an old stamp and is
merged with the agreement of that time, so that stale cells never look like fresh edits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sync.cells import CellError
from sync.sheets import typed
from sync.sheets.columns import APP, SHEET, Column
from sync.sheets.shapes import Raw
from sync.sheets.stamps import Stamp

Json = Any


class Kind(StrEnum):
    """What a line of the log is about."""

    CONFLICT = "conflict"  # both sides changed a cell
    REFUSED = "refused"  # the sheet's value cannot be taken over
    OWNED = "owned"  # the app keeps the column
    FORMULA = "formula"  # a formula stands where the app has another value
    DUPLICATE = "duplicate"  # what was changed in a copy of a row
    HEALED = "healed"  # a write of ours had met another row
    REMOVED = "removed"
    RETURNED = "returned"
    RESTORED = "restored"  # a person had the sheet put back
    BREAKER = "breaker"


class Verdict(StrEnum):
    """What becomes of one cell."""

    SAME = "same"
    WRITE = "write"  # only the app changed
    TAKE = "take"  # only the sheet changed
    REFUSE = "refuse"  # it stays in the cell with a note
    OWNED = "owned"  # the app's value is put back, with a line in the log
    CONFLICT = "conflict"  # the app wins, the sheet's value is kept in the log
    YIELD = "yield"  # the sheet wins, the app's value is kept in the log
    FORMULA = "formula"  # left alone, with a note


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one cell, and the value the sheet has in JSON terms where it is one."""

    verdict: Verdict
    value: Json = None
    why: str = ""
    fresh: bool = False  # a person changed the cell in the sheet


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides agreed on with one batch; ``taken`` came from the sheet."""

    values: Mapping[str, Json]
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is noted at a cell, about which raw value and which value of the app."""

    mark: str
    text: str
    raw: Raw = ""
    app: Json = None
    why: str = ""
    event: int = 0
    day: str = ""  # when it was set; notes that only inform go after a day
    seq: int = 0  # the batch that carried the note: an older stamp means it never arrived


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One row as it was read: cells by our columns' keys."""

    index: int
    key: str
    stamp: Stamp | None
    cells: Mapping[str, Raw]
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownRow:
    """The same row as the app knows it."""

    key: str
    app: Mapping[str, Json]
    bases: Mapping[int, Base]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    seen: int = 0
    settled_events: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the log of the sheet."""

    kind: Kind
    source: str
    title: str
    kept: str
    lost: str
    value: Json = None
    side: str = "sheet"
    why: str = ""
    is_value: bool = False  # whether ``value`` can be applied later


@dataclass(slots=True)
class RowPlan:
    """What is done about one row."""

    key: str
    index: int
    sets: dict[str, Raw] = field(default_factory=dict)
    takes: dict[str, Json] = field(default_factory=dict)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)  # text, mark
    marks: dict[str, Mark] = field(default_factory=dict)
    logs: list[Log] = field(default_factory=list)
    base: dict[str, Json] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    restamp: bool = False
    changed: bool = False  # a person changed something in the sheet
    emptied: bool = False
    settled: bool = True  # nothing is left for the next cycle


@dataclass(frozen=True, slots=True)
class Turn:
    """What was tried with a row's cells in this cycle, and what a person has answered."""

    applied: Mapping[str, Json] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    retry: bool = False  # the order changed: what was refused may be allowed now
    restore: bool = False  # a person has the sheet put back
    returned: frozenset[str] = frozenset()  # columns that were not there at the last reading


class Ancestry:
    """What was agreed about a row from the batch its stamp names until now."""

    def __init__(self, row: KnownRow, stamp: Stamp | None) -> None:
        own = stamp is not None and stamp.key == row.key
        start = stamp.seq if own and stamp is not None else row.seen
        if start not in row.bases:
            start = max((seq for seq in row.bases if seq < start), default=start)
        self.first = row.bases.get(start)
        self._later = [base for seq, base in sorted(row.bases.items()) if seq > start]

    def sheet_had(self, key: str, none: Json) -> list[Json]:
        """The values a cell of that age can have without anybody having touched it."""
        found = [] if self.first is None else [self.first.values.get(key, none)]
        return found + [base.values[key] for base in self._later if key in base.values]

    def app_had(self, key: str, none: Json) -> list[Json]:
        """The values the app had when both agreed, or got from the sheet since."""
        found = [] if self.first is None else [self.first.values.get(key, none)]
        return found + [base.values[key] for base in self._later if key in base.taken]

    def agreed(self, key: str) -> tuple[bool, Json]:
        """Whether anything was agreed about a cell at its stamp, and what."""
        known = self.first is not None and key in self.first.values
        return known, self.first.values[key] if known and self.first is not None else None


def rule(
    column: Column, raw: Raw, app: Json, ancestry: Ancestry, *, formula: bool, locale: str
) -> Ruling:
    """Decide about one cell.

    Args:
        column: whose cell it is.
        raw: what stands in the sheet.
        app: what the app holds, in JSON terms.
        ancestry: what was agreed when the row was stamped, and since.
        formula: whether a formula stands in the cell.
        locale: how people of this workbook write numbers and dates.
    """
    none, ours = typed.empty(column.field), typed.canon(column.field, app)
    wrong, said = "", None
    try:
        said = typed.read(column.field, raw, locale)
    except CellError as refused:
        wrong = str(refused)
    if (not wrong and said == ours) or raw == typed.to_raw(column.field, app):
        return Ruling(Verdict.SAME, ours)
    fresh = bool(wrong) or said not in ancestry.sheet_had(column.key, none)
    if column.owner == APP or not fresh:
        return _of_the_app(column, Ruling(Verdict.WRITE, said, wrong, fresh), formula=formula)
    if not wrong and column.required and said == none:
        wrong = "it may not be empty"
    if wrong:
        return Ruling(Verdict.REFUSE, None, wrong, fresh)
    if ours in ancestry.app_had(column.key, none):
        return Ruling(Verdict.TAKE, said, fresh=fresh)
    if formula:
        return Ruling(Verdict.FORMULA, said, "the app changed it too", fresh)
    sheet_wins = column.owner == SHEET or column.tie == SHEET
    return Ruling(Verdict.YIELD if sheet_wins else Verdict.CONFLICT, said, fresh=fresh)


def _of_the_app(column: Column, ruling: Ruling, *, formula: bool) -> Ruling:
    """The app's value goes into the cell, unless a formula stands there."""
    if formula:
        return replace(ruling, verdict=Verdict.FORMULA, why="a formula stands there")
    if column.owner == APP and ruling.fresh:
        return replace(ruling, verdict=Verdict.OWNED)
    return ruling


def plan_row(
    columns: Sequence[Column],
    seen: SeenRow,
    known: KnownRow,
    *,
    locale: str,
    today: str,
    turn: Turn | None = None,
) -> RowPlan:
    """Merge one row, cell by cell.

    Without a ``turn`` the plan says what should be taken over (``takes``); with one, made after
    that was tried, it says everything that is to be written.
    """
    turn = turn or Turn()
    ancestry, plan = Ancestry(known, seen.stamp), RowPlan(seen.key, seen.index)
    filled = emptied = 0
    own = seen.stamp is not None and seen.stamp.key == known.key and not seen.stamp.copy
    landed = seen.stamp.seq if own and seen.stamp is not None else -1
    for column in columns:
        if column.key not in seen.cells:
            _keep_base(plan, column.key, ancestry)
            continue
        raw = seen.cells[column.key]
        ruling = rule(
            column, raw, known.app.get(column.key), ancestry,
            formula=column.key in seen.formulas, locale=locale,
        )  # fmt: skip
        ruling = _turned(ruling, column, raw, known, turn)
        if ruling.fresh and not _known_trouble(known, column.key, raw):
            plan.changed = True
            emptied += raw == ""
        filled += raw not in ("", False)
        _note_cell(plan, _Cell(column, raw, known, ancestry, today, landed), ruling)
    plan.emptied = bool(emptied) and filled == 0
    if not own or ancestry.first is None:
        plan.restamp = True
    return plan


def _known_trouble(known: KnownRow, key: str, raw: Raw) -> bool:
    """Whether a cell has its note already."""
    mark = known.marks.get(key)
    return mark is not None and mark.mark in ("refused", "formula") and mark.raw == raw


@dataclass(frozen=True, slots=True)
class _Cell:
    column: Column
    raw: Raw
    known: KnownRow
    ancestry: Ancestry
    today: str
    landed: int  # the batch the row's stamp names

    @property
    def old(self) -> Mark | None:
        return self.known.marks.get(self.key)

    @property
    def key(self) -> str:
        return self.column.key

    @property
    def app(self) -> Json:
        return self.known.app.get(self.column.key)

    @property
    def ours(self) -> Json:
        return typed.canon(self.column.field, self.app)

    def app_words(self) -> str:
        return typed.words(self.column.field, self.app)

    def sheet_words(self) -> str:
        return typed.raw_words(self.column.field, self.raw)

    def log(self, kind: Kind, ruling: Ruling, why: str = "") -> Log:
        """The app's value stays, the sheet's does not."""
        is_value = kind in (Kind.CONFLICT, Kind.REFUSED) and ruling.verdict is not Verdict.REFUSE
        return Log(
            kind, self.key, self.column.title, self.app_words(), str(self.raw)[:50_000],
            ruling.value, why=why, is_value=is_value,
        )  # fmt: skip


def _turned(ruling: Ruling, column: Column, raw: Raw, known: KnownRow, turn: Turn) -> Ruling:
    """The same ruling after what was tried in this cycle, and what a person has answered."""
    key = column.key
    if ruling.verdict is Verdict.SAME:
        return ruling
    if turn.restore and ruling.verdict is not Verdict.FORMULA:
        verdict = Verdict.OWNED if ruling.fresh else Verdict.WRITE
        return Ruling(verdict, ruling.value, "the sheet was put back", ruling.fresh)
    if key in turn.returned and raw in ("", False):
        return Ruling(Verdict.WRITE, ruling.value)
    if key in turn.applied:
        return Ruling(Verdict.WRITE, ruling.value, fresh=ruling.fresh)
    if key in turn.refused:
        return Ruling(Verdict.REFUSE, ruling.value, turn.refused[key], ruling.fresh)
    mark = known.marks.get(key)
    if mark is None or mark.mark != "refused" or mark.raw != raw or turn.retry:
        return ruling
    same = mark.app == typed.canon(column.field, known.app.get(key))
    if same and ruling.verdict in (Verdict.TAKE, Verdict.YIELD):
        return Ruling(Verdict.REFUSE, ruling.value, mark.why, ruling.fresh)
    return ruling


def _keep_base(plan: RowPlan, key: str, ancestry: Ancestry) -> None:
    known, value = ancestry.agreed(key)
    if known:
        plan.base[key] = value


def _note_cell(plan: RowPlan, cell: _Cell, ruling: Ruling) -> None:
    """Put the ruling about one cell into the row's plan."""
    known, before = cell.ancestry.agreed(cell.key)
    if ruling.verdict in (Verdict.REFUSE, Verdict.FORMULA):
        _keep_base(plan, cell.key, cell.ancestry)
        _annotate(plan, cell, ruling)
        return
    if ruling.verdict in (Verdict.TAKE, Verdict.YIELD):
        plan.takes[cell.key] = ruling.value
        plan.settled = False
        _keep_base(plan, cell.key, cell.ancestry)
        _keep_mark(plan, cell)
        if ruling.verdict is Verdict.YIELD:
            plan.logs.append(_lost_by_app(cell))
        return
    plan.base[cell.key] = cell.ours
    if not known or before != cell.ours:
        plan.restamp = True
    if ruling.verdict is Verdict.SAME:
        _clear_or_keep(plan, cell)
        return
    plan.sets[cell.key] = typed.to_raw(cell.column.field, cell.app)
    plan.restamp = True
    if ruling.verdict is Verdict.WRITE:
        _clear_or_keep(plan, cell)
    elif ruling.verdict is Verdict.CONFLICT:
        text = (
            f"Changed in the app too: {cell.app_words()} stands. "
            f"{cell.sheet_words()} waits in the list of conflicts."
        )
        plan.logs.append(cell.log(Kind.CONFLICT, ruling, "changed on both sides, the app wins"))
        _mark(plan, cell, "conflict", text)
    else:
        _put_back(plan, cell, ruling)


def _put_back(plan: RowPlan, cell: _Cell, ruling: Ruling) -> None:
    restored = ruling.why == "the sheet was put back"
    kind = Kind.RESTORED if restored else Kind.OWNED
    plan.logs.append(cell.log(kind, ruling, ruling.why or "the app keeps this column"))
    if restored:
        _clear_or_keep(plan, cell)
        return
    text = (
        f"The app keeps this column: {cell.sheet_words()} was put back to {cell.app_words()}. "
        "Change it in the app."
    )
    _mark(plan, cell, "owned", text)


def _lost_by_app(cell: _Cell) -> Log:
    return Log(
        Kind.CONFLICT, cell.key, cell.column.title, str(cell.raw)[:50_000], cell.app_words(),
        cell.ours, "app", "changed on both sides, the sheet wins", True,
    )  # fmt: skip


def _annotate(plan: RowPlan, cell: _Cell, ruling: Ruling) -> None:
    """A value that stays in the cell although the app has another one."""
    kind, mark = Kind.REFUSED, "refused"
    text = f"Not taken over: {ruling.why}. The app has {cell.app_words()}."
    if ruling.verdict is Verdict.FORMULA:
        kind, mark = Kind.FORMULA, "formula"
        text = f"The formula was left alone. The app has {cell.app_words()}."
    old = cell.old
    if old is not None and (old.mark, old.raw, old.text) == (mark, cell.raw, text):
        _keep_mark(plan, cell)
        return
    same = old is not None and (old.mark, old.raw, old.why) == (mark, cell.raw, ruling.why)
    if not same:
        is_value = ruling.verdict is Verdict.REFUSE and ruling.value is not None
        plan.logs.append(replace(cell.log(kind, ruling, ruling.why), is_value=is_value))
    _mark(plan, cell, mark, text, why=ruling.why)
    if same and old is not None:
        plan.marks[cell.key] = replace(plan.marks[cell.key], event=old.event)


def _mark(plan: RowPlan, cell: _Cell, mark: str, text: str, *, why: str = "") -> None:
    """Note something at a cell; the stamp that goes with it tells later that it arrived."""
    plan.marks[cell.key] = Mark(mark, text, cell.raw, cell.ours, why, day=cell.today)
    plan.notes[cell.key] = (text, "refused" if mark in ("formula", "owned") else mark)
    plan.restamp = True


def _keep_mark(plan: RowPlan, cell: _Cell) -> None:
    """Leave a note as it is, or send it again where it never arrived."""
    old = cell.old
    if old is None or (old.mark == "cleared" and old.seq <= cell.landed):
        return
    plan.marks[cell.key] = old
    if old.seq > cell.landed:
        shown = "refused" if old.mark in ("formula", "owned", "cleared") else old.mark
        plan.notes[cell.key] = (old.text, shown)
        plan.restamp = True


def _clear_or_keep(plan: RowPlan, cell: _Cell) -> None:
    """A note goes when its cell is in order, its conflict settled, or its day over."""
    old = cell.old
    if old is None:
        return
    informs = old.mark in ("owned", "healed") and old.day == cell.today
    waits = old.mark == "conflict" and old.event not in cell.known.settled_events
    if informs or waits or old.mark == "cleared":
        _keep_mark(plan, cell)
    else:
        _mark(plan, cell, "cleared", "")
