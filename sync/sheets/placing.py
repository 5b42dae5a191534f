"""Which rows come, go, come back and stay: what a tab gets and what leaves it."""

from collections.abc import Sequence
from typing import Protocol

import clock
from models import SheetRow
from sync.sheets import store, typed
from sync.sheets.facts import Fact
from sync.sheets.layouts import TabPlan
from sync.sheets.looking import Line
from sync.sheets.plan import Kind, Log
from sync.sheets.sending import Addition, Draft
from sync.sheets.stamps import RowState, read_stamp
from sync.sheets.tabs import TabWork


class Report(Protocol):
    """What placing tells the cycle's report."""

    removed: int
    leftover: int


def place_rows(draft: Draft, tab: TabWork, *, drops: bool, report: Report) -> None:
    """Decide about the rows of a tab beside their cells."""
    if tab.plan.jobs:
        _gone(draft, tab, report)
        _copies(draft, tab)
    _come_and_go(draft, tab, drops=drops, report=report)


def _gone(draft: Draft, tab: TabWork, report: Report) -> None:
    """Rows a manager took out wait for a person; rows that are back do not."""
    for key in tab.missing():
        row = tab.rows[key]
        if tab.states.get(key) is RowState.ADDING:  # a person has the sheet restored
            continue
        fact = tab.facts.get(key)
        if fact is not None and (fact.closed or not fact.belongs):  # anybody may delete those
            draft.changes[row.id] = {"state": RowState.LEFT.value}
            continue
        draft.changes[row.id] = {"state": RowState.REMOVED.value, "removed_at": clock.now()}
        tab.logs.append((key, Log(Kind.REMOVED, "", "", "", "", why="deleted in the sheet")))
        report.removed += 1
    for row in store.states(tab.rows, RowState.REMOVED, RowState.ARCHIVED):
        if row.key in tab.sorted.first and row.key not in tab.skipped:
            tab.states[row.key] = RowState.LIVE
            tab.logs.append((row.key, Log(Kind.RETURNED, "", "", "", "", why="back in the sheet")))


def _copies(draft: Draft, tab: TabWork) -> None:
    """Copies of rows and rows of nobody's are marked; what was changed in a copy is logged."""
    for line in tab.sorted.copies:
        stamp = read_stamp(line.stamp)
        if stamp is None or not stamp.copy or stamp.key != line.key:
            draft.copies.append((tab, line))
        _log_copy(tab, line)
    for line in tab.sorted.unknown:
        stamp = read_stamp(line.stamp)
        if stamp is None or not stamp.copy or stamp.key != line.key:
            draft.strangers.append((tab, line))


def _log_copy(tab: TabWork, line: Line) -> None:
    standing = tab.standing(line.key)
    first = tab.sorted.first[line.key]
    for column, raw, other in zip(tab.look.columns, line.values, first.values, strict=True):
        if raw not in (standing.get(column.key, ""), other, "", False):
            said = typed.raw_words(column.field, other)
            log = Log(
                Kind.DUPLICATE, column.key, column.title, said, str(raw),
                why="changed in a copy of the row",
            )  # fmt: skip
            tab.logs.append((line.key, log))


def _come_and_go(draft: Draft, tab: TabWork, *, drops: bool, report: Report) -> None:
    adopted = {adoption.key for _tab, adoption in draft.adoptions}
    for key, fact in sorted(tab.facts.items(), key=_by_number):
        row, here = tab.rows.get(key), key in tab.sorted.first
        state = tab.states.get(key) or (RowState(row.state) if row is not None else None)
        if here:
            _stay_or_leave(draft, tab, fact, drops=drops, report=report)
        elif key in adopted or key in tab.skipped:
            continue
        elif fact.belongs and (state in _COMING or (state is RowState.LEFT and not fact.closed)):
            draft.adds.append(Addition(tab, fact))


_COMING = (None, RowState.ADDING, RowState.ADOPTING)


def _by_number(item: tuple[str, Fact]) -> tuple[int, int, str]:
    fact = item[1]
    return (fact.order_id or 0, fact.job_id or 0, fact.key)


def _stay_or_leave(draft: Draft, tab: TabWork, fact: Fact, *, drops: bool, report: Report) -> None:
    """A job that has no place here any more leaves, where that cannot hit another row."""
    key = fact.key
    row, plan = tab.rows[key], tab.plans.get(key)
    if fact.belongs or not tab.plan.jobs or plan is None:
        if row.state == RowState.LEFT and fact.belongs:
            tab.states[key] = RowState.LIVE
        return
    tab.states[key] = RowState.LEFT
    line = tab.sorted.first[key]
    if drops and plan.settled and not plan.changed and not _private(tab, line):
        tab.plans.pop(key)
        draft.drops.append((tab, key))
        draft.changes.setdefault(row.id, {})["state"] = RowState.LEFT.value
    else:
        report.leftover += 1


def _private(tab: TabWork, line: Line) -> bool:
    """Whether people wrote something beside our columns."""
    ours = set(tab.look.placed.at.values())
    row = tab.look.tab.rows[line.at]
    return any(value != "" for column, value in enumerate(row) if column not in ours)


def archive(draft: Draft, plans: Sequence[TabPlan]) -> None:
    """Jobs that left a tab because they ended get their row in the archive with the next cycle."""
    for plan in (plan for plan in plans if plan.tab.kind == "archive"):
        ended = {
            key: tab.facts[key]
            for tab in draft.tabs
            if tab.plan.jobs
            for key, state in tab.states.items()
            if state is RowState.LEFT
            and tab.rows[key].state != RowState.LEFT
            and tab.facts[key].ended
        }
        if not ended:
            continue
        known = {
            row.key
            for row in SheetRow.select(SheetRow.key).where(
                (SheetRow.tab == plan.tab) & SheetRow.key.in_(list(ended))
            )
        }
        fresh = [fact for key, fact in sorted(ended.items()) if key not in known]
        draft.archived += [(plan.tab, fact) for fact in fresh]
