"""One cycle of a shared sheet: read, heal, merge, keep what is about to be sent, send, confirm."""

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from peewee import fn

import clock
from errors import StaleError
from models import OrderEvent, SheetBatch, SheetEvent, SheetLink, SheetRow, SheetTab, transaction
from sync.sheets import (
    breaker,
    edits,
    facts,
    headers,
    inbound,
    layouts,
    newrows,
    placing,
    repair,
    sending,
    store,
)
from sync.sheets.layouts import TabPlan
from sync.sheets.looking import Line
from sync.sheets.outbound import Outbound
from sync.sheets.plan import Kind, Log, Turn
from sync.sheets.shapes import (
    Backend,
    Echo,
    HeldError,
    MovedError,
    Op,
    Reading,
    Tab,
    UnreachableError,
)
from sync.sheets.stamps import NOBODY, RowState, read_stamp
from sync.sheets.tabs import TabWork, look_once

#: This process: what it left unfinished it need not wait for.
SENDER = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
_OVERLAP = timedelta(seconds=60)


@dataclass(slots=True)
class CycleReport:
    """What one cycle did, for the worker's pace, the status strip and the terminal."""

    reads: int = 0
    writes: int = 0
    taken: int = 0  # cells that went from the sheet into the shop
    written: int = 0  # cells that went from the shop into the sheet
    added: int = 0  # rows written anew
    refused: int = 0
    conflicts: int = 0
    removed: int = 0
    drafts: int = 0  # new rows that became orders
    healed: int = 0
    waiting: int = 0  # rows that could not be written yet
    leftover: int = 0  # rows of jobs that ended, which anybody may delete
    stopped: str = ""  # why nothing went on, in words
    held_by: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Nothing had changed on either side."""
        return not (self.writes or self.taken or self.drafts or self.removed or self.waiting)


def cycle(link: SheetLink, backend: Backend) -> CycleReport:
    """Bring one workbook and the shop together, once.

    One read; one write where something has changed, no write and no database write where nothing
    has.  The network is never asked inside a transaction.  It may be killed at any point: what is
    left over is found by the next cycle's read.

    Args:
        link: the connected workbook; its status fields are brought up to date.
        backend: where it lies.

    Returns:
        What was done.  A workbook that is held by a person, moved on or does not answer is told
        there (``held_by``, ``stopped``), not raised.

    Raises:
        BrokenError: a person must act before anything goes on (key revoked, file in the bin).
    """
    fresh = SheetLink.get_by_id(link.id)
    link.__data__.update(fresh.__data__)
    link._dirty.clear()
    report = CycleReport()
    try:
        Cycle(link, backend, report).run()
    except (UnreachableError, MovedError, StaleError) as stopped:
        report.stopped = str(stopped)
    except HeldError as held:
        report.stopped = str(held)
        report.held_by = report.held_by or str(held)
    _note_state(link, report)
    return report


def recreate(link: SheetLink) -> None:
    """Lay the workbook out again with the next cycle: a tab or a column of ours was deleted."""
    with transaction():
        fresh = SheetLink.get_by_id(link.id)
        gone = fresh.options.get("gone", [])
        tabs = SheetTab.select(SheetTab.id).where((SheetTab.link == link) & SheetTab.key.in_(gone))
        SheetRow.update(state=RowState.ADDING.value, digest="").where(
            SheetRow.tab.in_(tabs) & (SheetRow.state == RowState.LIVE.value)
        ).execute()
        fresh.options = {**fresh.options, "gone": []}
        fresh.laid_out, fresh.next_try_at = "", None
        fresh.save()


_STATUS = ("state", "problem", "held_by", "pending")


def _note_state(link: SheetLink, report: CycleReport) -> None:
    """Bring the status fields up to date, if they say something else."""
    before = [getattr(link, name) for name in _STATUS]
    link.state = "asking" if link.breaker else "waiting" if report.stopped else "fine"
    link.problem = report.stopped or "; ".join(report.problems)
    link.held_by, link.pending = report.held_by[:200], report.waiting
    values = {name: getattr(link, name) for name in _STATUS}
    if report.idle and list(values.values()) == before:
        return
    now = clock.now()
    if not report.idle:
        values["active_at"] = now
    if report.reads:
        values["last_read_at"] = now
    if report.writes:
        values["last_write_at"] = now
    SheetLink.update(**values).where(SheetLink.id == link.id).execute()
    link.__data__.update(values)
    link._dirty.clear()


class Cycle:
    """One cycle while it runs."""

    def __init__(self, link: SheetLink, backend: Backend, report: CycleReport) -> None:
        self.link, self.backend, self.report = link, backend, report
        self.plans = layouts.plans_of(link)
        layout = [layouts.layout_of_tab(plan) for plan in self.plans]
        self.layout = hashlib.sha256(repr(layout).encode()).hexdigest()[:32]
        self.laid = layout
        self.today = clock.today().isoformat()
        self.everything = link.checked != self.checked
        self.tabs: list[TabWork] = []
        self.shape: list[str] = []
        self.turn_back = ""  # what a person has answered to the breaker
        self.laid_reading: Reading | None = None  # what laying out has told already

    @property
    def checked(self) -> str:
        """The layout and the day all rows are held against once."""
        return f"{self.layout}:{self.today}"

    def run(self) -> None:
        """Read, heal, merge, send."""
        if store.under_way(self.link, SENDER):
            raise StaleError(f"Another process is writing into '{self.link.name}'.")
        self._lay_out()
        reading = self._read()
        if self._heal(reading):
            reading = self._read()
            self._find_skipped()
        upto = self._newest_event()
        self._first_plans(reading, upto)
        damage = self._damage()
        if not self._may_go_on(damage):
            return
        draft = self._decide(reading, upto)
        self._send(draft, reading)

    # ------------------------------------------------------------ reading

    def _lay_out(self) -> None:
        if self.link.laid_out == self.layout:
            return
        self.laid_reading = self.backend.lay_out(self.laid)
        self.report.writes += 1
        self.link.laid_out = self.layout
        SheetLink.update(laid_out=self.layout).where(SheetLink.id == self.link.id).execute()

    def _read(self) -> Reading:
        wanted = [plan for plan in self.plans if plan.tab.kind != "archive" or self._waits(plan)]
        reading, self.laid_reading = self.laid_reading, None
        if reading is None:
            reading = self.backend.read([plan.key for plan in wanted])
            self.report.reads += 1
        self.report.held_by = reading.held_by
        self.tabs, self.shape, self.report.problems = [], [], list(reading.warnings)
        gone = []
        for plan in wanted:
            tab = reading.tabs.get(plan.key)
            if tab is None:
                gone.append(plan.key)
                self.report.problems.append(
                    f"The tab '{plan.tab.title}' is gone: choose Recreate, or undo it in the sheet"
                )
                continue
            self._place(plan, tab, reading.locale)
        if gone != self.link.options.get("gone", []):
            self.link.options = {**self.link.options, "gone": gone}
            SheetLink.update(options=self.link.options).where(
                SheetLink.id == self.link.id
            ).execute()
        return reading

    def _waits(self, plan: TabPlan) -> bool:
        """Whether rows wait to be added to a tab that is only written."""
        adding = SheetRow.state == RowState.ADDING.value
        return bool(SheetRow.select().where((SheetRow.tab == plan.tab) & adding).exists())

    def _place(self, plan: TabPlan, tab: Tab, locale: str) -> None:
        placed = headers.place(tab, plan.columns)
        if placed.wrong:
            self.shape += placed.wrong
            return
        if not tab.rows:
            self.shape.append(f"tab '{tab.title}': row 1 is not the header any more")
            return
        for title in placed.missing:
            self.report.problems.append(
                f"Tab '{tab.title}' has no column '{title}' any more: choose Recreate, or undo it"
            )
        for title in placed.doubled:
            self.report.problems.append(
                f"Tab '{tab.title}' has the column '{title}' twice: rename or delete one of them"
            )
        seen = look_once(self.link, plan, tab, placed)
        work = TabWork(self.link, plan, seen, store.rows_of(plan.tab))
        work.locale = locale
        work.sort()
        self.tabs.append(work)

    def _heal(self, reading: Reading) -> bool:
        """Put back what a write of ours did to rows that had moved."""
        found = [(tab, fixes) for tab in self.tabs if (fixes := repair.fixes_of(self.link, tab))]
        if not found or reading.held_by or self.link.breaker:
            return False
        batch, ops = repair.keep(self.link, found, SENDER)
        self._write(batch, ops, reading)
        sending.give_up(batch, "")
        self.report.healed += sum(len(fixes) for _tab, fixes in found)
        return True

    def _find_skipped(self) -> None:
        """Rows that are still astray wait for the next cycle."""
        for tab in self.tabs:
            fixes = repair.fixes_of(self.link, tab)
            tab.skipped = {fix.line.key for fix in fixes} | {fix.key for fix in fixes}

    def _write(self, batch: SheetBatch, ops: Sequence[Op], reading: Reading) -> Echo:
        """Send a batch that was kept; what surely was not done is noted."""
        try:
            echo = self.backend.write(ops, reading)
        except (HeldError, MovedError) as refused:
            sending.give_up(batch, str(refused))
            raise
        self.report.writes += 1
        return echo

    # ------------------------------------------------------------ merging

    def _newest_event(self) -> int:
        return int(OrderEvent.select(fn.MAX(OrderEvent.id)).scalar() or 0)

    def _first_plans(self, reading: Reading, upto: int) -> None:
        """What the sheet would change, row by row."""
        changed: set[int] = set()
        if self.everything:
            changed = set(facts.open_orders())
        elif upto != self.link.seen_event:
            changed = facts.changed_orders(self.link, upto, _OVERLAP)
        for tab in self.tabs:
            some = tab.suspicious(everything=self.everything) - tab.skipped
            self._load(tab, changed, some)
            keys = {key for key in tab.facts if key in tab.sorted.first} - tab.skipped
            tab.remember(sorted(keys))
            back = tab.returned_columns()
            for key in keys:
                retry = self.everything or tab.facts[key].order_id in changed
                tab.turns[key] = Turn(retry=retry, returned=back)
            tab.merge(keys, self.today, final=False)
            store.catch_up(self.link, (tab.look.seen(tab.sorted.first[k]).stamp for k in keys))

    def _load(self, tab: TabWork, changed: set[int], some: set[str]) -> None:
        """What the shop says of the rows that may need something."""
        if tab.plan.tab.kind == "conflicts":
            tab.facts = self._conflicts(tab, some)
            return
        wanted = {tab.rows[key].order_id for key in some} - {None}
        if tab.plan.tab.kind == "archive":
            rows = store.states(tab.rows, RowState.ADDING)
            wanted |= {row.order_id for row in rows} - {None}
        else:
            waiting = (RowState.ADDING, RowState.ADOPTING)
            wanted |= {row.order_id for row in store.states(tab.rows, *waiting)} - {None}
            wanted |= {tab.rows[key].order_id for key in tab.missing()} - {None}
            wanted |= changed
        if self.everything and tab.plan.jobs:
            live = store.states(tab.rows, RowState.LIVE, RowState.LEFT)
            wanted |= {row.order_id for row in live} - {None}
        tab.facts = facts.load(self.link, tab.plan, {n for n in wanted if n is not None})

    def _conflicts(self, tab: TabWork, some: set[str]) -> dict[str, facts.Fact]:
        adding = {row.key for row in store.states(tab.rows, RowState.ADDING)}
        keys = [key for key in {*some, *adding} if key in tab.rows]
        rows = SheetRow.select(SheetRow.about).where(
            SheetRow.id.in_([tab.rows[key].id for key in keys])
        )
        events = SheetEvent.select().where(SheetEvent.id.in_([row.about for row in rows]))
        return facts.conflict_facts(self.link, list(events))

    # ------------------------------------------------------------ the breaker

    def _damage(self) -> breaker.Damage:
        """How much is not as the last cycle left it, in the tabs that answer back."""
        missing: list[str] = []
        emptied: list[str] = []
        changed: list[str] = []
        for tab in (tab for tab in self.tabs if tab.plan.jobs):
            missing += [f"{tab.key}/{key}" for key in tab.missing()]
            for key, plan in sorted(tab.first.items()):
                if plan.changed:
                    (emptied if plan.emptied else changed).append(f"{tab.key}/{key}")
        return breaker.Damage(tuple(missing), tuple(emptied), tuple(changed), tuple(self.shape))

    def _may_go_on(self, damage: breaker.Damage) -> bool:
        """Whether anything may go into the shop; else a person is asked, once."""
        link, kept = self.link, self.link.breaker
        answer = kept.get("answer", "") if kept else ""
        accepted = set(kept["rows"]["all"]) if kept and answer else set()
        live = sum(len(store.states(t.rows, RowState.LIVE)) for t in self.tabs if t.plan.jobs)
        left = damage.without(accepted)
        said = breaker.reasons(left, live, link.breaker_rows, link.breaker_percent)
        if not said:
            if kept:
                self._close_breaker(answer, accepted)
            return True
        self.report.stopped = (
            f"Stopped: {'; '.join(said)}. Look at the sheet, then accept or restore."
        )
        asked = breaker.as_json(damage, said, clock.now())
        if not kept or {**kept, "since": ""} != {**asked, "since": ""}:
            self._open_breaker(asked, said, first=not kept)
        return False

    def _open_breaker(self, asked: dict[str, Any], said: list[str], *, first: bool) -> None:
        if not first and self.link.breaker:
            asked["since"] = self.link.breaker["since"]
        with transaction():
            SheetLink.update(breaker=asked).where(SheetLink.id == self.link.id).execute()
            if first:
                log = Log(Kind.BREAKER, "", "", "", "", why="; ".join(said))
                store.write_log(self.link, None, [log])
        self.link.breaker = asked
        self.link._dirty.clear()

    def _close_breaker(self, answer: str, rows: set[str]) -> None:
        """The damage was undone in the sheet, or a person has answered."""
        kept = self.link.breaker or {}
        if answer == "restore":
            for tab in self.tabs:
                mine = {row.partition("/")[2] for row in rows if row.startswith(f"{tab.key}/")}
                for key in mine & set(tab.first):
                    turn = tab.turns[key]
                    tab.turns[key] = replace(turn, restore=True)
                    tab.first[key].takes.clear()
                gone = mine & set(tab.missing())
                tab.states |= dict.fromkeys(gone, RowState.ADDING)
                orders = {tab.rows[key].order_id for key in gone} - {None}
                tab.facts |= facts.load(self.link, tab.plan, {n for n in orders if n is not None})
        why = f"{answer}ed by {kept.get('by', '')}" if answer else "undone in the sheet"
        why = why.replace("restoreed", "restored")
        with transaction():
            log = Log(Kind.BREAKER, "", "", "", "", why=f"closed: {why}")
            store.write_log(self.link, None, [log])
            SheetLink.update(breaker=None).where(SheetLink.id == self.link.id).execute()
        self.link.breaker = None
        self.link._dirty.clear()

    # ------------------------------------------------------------ deciding

    def _decide(self, reading: Reading, upto: int) -> sending.Draft:
        """Take over what was changed, then plan what is written and remembered."""
        jobs = [tab for tab in self.tabs if tab.plan.jobs]
        outcome = inbound.take(self.link, jobs, reading.author)
        self.report.taken, self.report.refused = outcome.taken, outcome.refused
        draft = sending.Draft(self.link, self.tabs, Outbound(self.link.seq + 1), told=outcome.told)
        self._new_rows(draft, reading, outcome)
        self._final_plans(reading, outcome, upto)
        for tab in self.tabs:
            placing.place_rows(draft, tab, drops=self.backend.drops, report=self.report)
        sending.settle_rows(draft)
        placing.archive(draft, self.plans)
        self._link_changes(draft, upto if not outcome.orders else self._newest_event())
        return draft

    def _new_rows(self, draft: sending.Draft, reading: Reading, outcome: inbound.Outcome) -> None:
        actor = edits.actor_of(self.link, reading.author)
        for tab in self.tabs:
            if not tab.plan.tab.takes_new_rows or reading.held_by:
                continue
            lines = [line for line in tab.sorted.blank if not _astray(line)]
            if not lines:
                continue
            found = newrows.take(self.link, tab.plan, tab.look, lines, actor, reading.locale)
            draft.adoptions += [(tab, adoption) for adoption in found.adoptions]
            draft.notes += [(tab, line, text) for line, text in found.notes]
            self.report.drafts += len(found.created)
            outcome.orders |= set(found.created)
            tab.rows |= store.rows_of(tab.plan.tab) if found.created else {}

    def _final_plans(self, reading: Reading, outcome: inbound.Outcome, upto: int) -> None:
        """Merge again with what the shop holds now."""
        also = set(outcome.orders)
        if outcome.orders:
            also |= self._changed_since(upto)
        for tab in self.tabs:
            keys = set(tab.first)
            if also and tab.plan.jobs:
                tab.facts |= facts.load(self.link, tab.plan, also)
                more = {k for k in tab.facts if k in tab.sorted.first} - keys - tab.skipped
                tab.remember(sorted(more))
                keys |= more
            tab.merge(keys, self.today, final=True)

    def _changed_since(self, upto: int) -> set[int]:
        rows: Any = OrderEvent.select(OrderEvent.order).where(OrderEvent.id > upto).distinct()
        return {row[0] for row in rows.tuples()}

    def _link_changes(self, draft: sending.Draft, upto: int) -> None:
        if upto != self.link.seen_event:
            draft.link_changes["seen_event"] = upto
        if self.everything:
            draft.link_changes["checked"] = self.checked
            store.purge(self.link)

    # ------------------------------------------------------------ sending

    def _send(self, draft: sending.Draft, reading: Reading) -> None:
        if reading.held_by and draft.writes:
            self.report.waiting = draft.waiting
            self.report.stopped = f"The workbook is {reading.held_by}; what is new waits."
            return
        batch = sending.keep(draft, SENDER)
        self.link.__data__.update(draft.link_changes)
        self.report.conflicts = len(draft.told)
        if batch is None:
            return
        self.report.waiting = len(draft.out.expected)
        echo = self._write(batch, draft.out.ops, reading)
        sending.confirm(batch, draft, echo)
        self.report.waiting = 0
        self.report.written, self.report.added = draft.out.cells, draft.out.added


def _astray(line: Line) -> bool:
    """Whether a row without an id bears a stamp of ours: healing looks after it."""
    return read_stamp(line.stamp) is not None and not line.stamp.startswith(NOBODY)
