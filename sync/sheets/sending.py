"""The last part of a cycle: everything that is remembered, in one transaction; then the write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import clock
from models import SheetBatch, SheetEvent, SheetLink, SheetTab, transaction
from sync.sheets import facts, store, tabs
from sync.sheets.facts import Fact
from sync.sheets.looking import Line
from sync.sheets.newrows import Adoption
from sync.sheets.outbound import Outbound
from sync.sheets.plan import Kind, Log, Mark
from sync.sheets.shapes import AddRow, Echo
from sync.sheets.stamps import RowState, key_of, read_stamp
from sync.sheets.tabs import TabWork

Json = Any
_TOLD = (Kind.CONFLICT, Kind.REFUSED)  # what the tab of conflicts lists


@dataclass(frozen=True, slots=True)
class Addition:
    """A row that is added; ``about`` is the event a row of the conflicts tab tells."""

    tab: TabWork
    fact: Fact
    about: int | None = None


@dataclass(slots=True)
class Draft:
    """What a cycle is about to remember and to write."""

    link: SheetLink
    tabs: Sequence[TabWork]
    out: Outbound
    adoptions: list[tuple[TabWork, Adoption]] = field(default_factory=list)
    notes: list[tuple[TabWork, Line, str]] = field(default_factory=list)
    copies: list[tuple[TabWork, Line]] = field(default_factory=list)
    strangers: list[tuple[TabWork, Line]] = field(default_factory=list)
    adds: list[Addition] = field(default_factory=list)
    drops: list[tuple[TabWork, str]] = field(default_factory=list)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)  # row id -> columns
    link_changes: dict[str, Any] = field(default_factory=dict)
    archived: list[tuple[SheetTab, Fact]] = field(default_factory=list)
    told: list[SheetEvent] = field(default_factory=list)  # what the tab of conflicts lists

    @property
    def waiting(self) -> int:
        """How many rows have something to be written."""
        touched = sum(_touched(plan) for tab in self.tabs for plan in tab.plans.values())
        return touched + len(self.adds) + len(self.adoptions)

    @property
    def writes(self) -> bool:
        """Whether anything goes to the workbook."""
        return bool(
            self.adds or self.adoptions or self.notes or self.drops or self.copies
            or self.strangers
            or any(_touched(plan) for tab in self.tabs for plan in tab.plans.values())
        )  # fmt: skip

    @property
    def remembers(self) -> bool:
        """Whether anything goes to the database."""
        logs = any(tab.logs or any(_lines(tab)) for tab in self.tabs)
        columns = any(tab.new_columns for tab in self.tabs)
        return bool(
            self.writes or self.changes or self.link_changes or logs or columns or self.archived
            or any(tab.states for tab in self.tabs)
        )  # fmt: skip


def _touched(plan: Any) -> bool:
    return bool(plan.sets or plan.notes or plan.restamp)


def _lines(tab: TabWork) -> list[tuple[str, Log]]:
    """What the final plans have for the log; what the sheet won was logged when it was taken."""
    return [(key, log) for key, plan in tab.plans.items() for log in plan.logs if log.side != "app"]


def settle_rows(draft: Draft) -> None:
    """Note what is new about rows that need no write: digests, stamps, notes that went."""
    for tab in draft.tabs:
        for key in tab.plans:
            change = _learned(tab, key)
            if change:
                draft.changes.setdefault(tab.rows[key].id, {}).update(change)


def _learned(tab: TabWork, key: str) -> dict[str, Any]:
    row, line, fact, plan = tab.rows[key], tab.sorted.first[key], tab.facts[key], tab.plans[key]
    change: dict[str, Any] = {}
    stamp = read_stamp(line.stamp)
    own = stamp is not None and stamp.key == key and not stamp.copy
    if own and stamp is not None and stamp.seq != row.seen:
        change["seen"] = stamp.seq
    digest = line.digest if plan.settled and not _touched(plan) else ""
    if row.digest != digest:  # what is written now is looked at again, should it not arrive
        change["digest"] = digest
    if fact.job_id != row.job_id and fact.order_id is not None:
        change["job"] = fact.job_id
    state = tab.states.get(key)
    if state is None and row.state in (RowState.ADDING, RowState.ADOPTING):
        state = RowState.LIVE
    if state is not None and state != row.state:
        change |= {"state": state.value, "removed_at": None}
    return change


def keep(draft: Draft, sender: str) -> SheetBatch | None:
    """Remember everything in one transaction; the batch that is to be sent, if there is one.

    Raises:
        StaleError: another process has planned a batch meanwhile.
    """
    link, out = draft.link, draft.out
    if not draft.remembers:
        return None
    with transaction():
        if draft.writes:
            store.next_seq(link)
        _write_logs(draft)
        _list_conflicts(draft)
        if draft.writes:
            _build(draft)
        _remember(draft)
        if not draft.writes:
            return None
        store.keep_bases(out.seq, out.bases)
        return store.keep_batch(link, "write", out.writes, out.before, out.cells, sender=sender)


def _remember(draft: Draft) -> None:
    """What is new about rows, tabs and the workbook itself."""
    store.change_rows(draft.changes)
    for archive, fact in draft.archived:
        row = {"key": fact.key, "order": fact.order_id, "job": fact.job_id}
        store.add_rows(archive, [{**row, "about": None, "state": RowState.ADDING.value}])
    for tab in draft.tabs:
        if tab.new_columns:
            columns = [column.key for column in tab.look.columns]
            mine = SheetTab.id == tab.plan.tab.id
            SheetTab.update(columns_found=columns).where(mine).execute()
    if draft.link_changes:
        SheetLink.update(**draft.link_changes).where(SheetLink.id == draft.link.id).execute()


def _write_logs(draft: Draft) -> None:
    """Write the log, and the notes that speak of its lines."""
    told: dict[tuple[str, str, str], SheetEvent] = {}
    for tab in draft.tabs:
        for key, log in [*tab.logs, *_lines(tab)]:
            for event in store.write_log(draft.link, tab.rows.get(key), [log]):
                if log.kind in _TOLD:
                    told[(tab.key, key, log.source)] = event
    draft.told += told.values()
    for tab in draft.tabs:
        for key, plan in tab.plans.items():
            events = {
                c: told[(tab.key, key, c)].id for c in plan.marks if (tab.key, key, c) in told
            }
            marks = tabs.marks_of(plan, draft.out.seq, events)
            if marks or tab.rows[key].noted:
                _keep_marks(draft, tab, key, marks)


def _keep_marks(draft: Draft, tab: TabWork, key: str, marks: dict[str, Mark]) -> None:
    if marks == tab.known[key].marks:
        return
    change = draft.changes.setdefault(tab.rows[key].id, {})
    change |= {"marks": store.marks_json(marks), "noted": bool(marks)}


def _list_conflicts(draft: Draft) -> None:
    """Every open conflict gets a row in the tab that lists them."""
    lists = next((tab for tab in draft.tabs if tab.plan.tab.kind == "conflicts"), None)
    if lists is None:
        return
    fresh = {key_of(draft.link.salt, "event", event.id): event for event in draft.told}
    for key, event in sorted(fresh.items()):
        if key not in lists.rows:
            fact = facts.conflict_facts(draft.link, [event])[key]
            draft.adds.append(Addition(lists, fact, event.id))


def _build(draft: Draft) -> None:
    """Put the batch together, and remember the rows that are new."""
    out = draft.out
    for tab in draft.tabs:
        _rows(draft, tab)
    _add(draft)
    for tab, adoption in draft.adoptions:
        out.adopt(tab.look, adoption.line, adoption.row_id, adoption.key, adoption.base)
        if adoption.note:
            out.note(tab.look, adoption.line, adoption.note)
    _mark_rows(draft)
    for tab, key in draft.drops:
        out.drop(tab.look, tab.sorted.first[key])
    for tab in draft.tabs:
        if any(not isinstance(op, AddRow) and op.tab == tab.key for op in out.ops):
            out.keep_before(tab.look, tab.unsettled())
    out.finish()


def _rows(draft: Draft, tab: TabWork) -> None:
    """Write what the plans of a tab's rows say."""
    for key, plan in sorted(tab.plans.items()):
        if not _touched(plan):
            continue
        line = tab.sorted.first[key]
        draft.out.row(tab.look, line, tab.rows[key].id, plan)
        stamp = read_stamp(line.stamp)
        if stamp is not None and stamp.copy and not plan.notes:  # it is no copy any more
            draft.out.note(tab.look, line, "")


def _mark_rows(draft: Draft) -> None:
    """Say at rows that are no orders of ours why they count for nothing."""
    for tab, line, text in draft.notes:
        draft.out.note(tab.look, line, text)
    for tab, line in draft.copies:
        draft.out.mark_copy(tab.look, line)
    for tab, line in draft.strangers:
        draft.out.mark_stranger(tab.look, line)


def _add(draft: Draft) -> None:
    by_tab: dict[str, list[Addition]] = {}
    for one in draft.adds:
        by_tab.setdefault(one.tab.key, []).append(one)
    for some in by_tab.values():
        tab = some[0].tab
        fresh = [
            {
                "key": one.fact.key, "order": one.fact.order_id, "job": one.fact.job_id,
                "about": one.about, "state": RowState.ADDING.value,
            }
            for one in some
            if one.fact.key not in tab.rows
        ]  # fmt: skip
        ids = {key: row.id for key, row in tab.rows.items()}
        ids |= store.add_rows(tab.plan.tab, fresh) if fresh else {}
        for one in some:
            draft.out.add(tab.look, ids[one.fact.key], one.fact.key, one.fact.values)
            row = tab.rows.get(one.fact.key)
            if row is not None and (row.noted or row.state != RowState.ADDING):
                bare = {"state": RowState.ADDING.value, "marks": {}, "noted": False}
                draft.changes.setdefault(row.id, {}).update(bare)


def confirm(batch: SheetBatch, draft: Draft, echo: Echo) -> int:
    """Note what has arrived; how many rows did.  What did not is left to the next read."""
    arrived = draft.out.arrived(echo)
    changes: dict[int, dict[str, Any]] = {}
    for row_id, expected in arrived.items():
        changes[row_id] = {"seen": batch.seq, "digest": expected.digest}
    added = {op.fact.key for op in draft.adds}
    ids = {
        row.row_id
        for rows in draft.out.expected.values()
        for key, row in rows.items()
        if key in added
    }
    for row_id in ids & set(changes):
        changes[row_id]["state"] = RowState.LIVE.value
    meant = sum(len(rows) for rows in draft.out.expected.values())
    with transaction():
        store.change_rows(changes)
        batch.ended_at = clock.now()
        if len(arrived) == meant:
            batch.confirmed_at = batch.ended_at
        batch.save()
    return len(arrived)


def give_up(batch: SheetBatch, problem: str) -> None:
    """Note that a batch was surely not done."""
    batch.ended_at, batch.problem = clock.now(), problem
    batch.save()
