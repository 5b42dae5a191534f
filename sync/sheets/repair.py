"""Putting back what a write of ours did to rows that had moved: kept first, then sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from models import SheetBatch, SheetLink, transaction
from sync.sheets import store, typed
from sync.sheets.healing import Fix, Healer, crossed
from sync.sheets.plan import Kind, Log
from sync.sheets.shapes import IDENTITY, STAMP, Op, SetCell, SetNote
from sync.sheets.stamps import NOBODY, RowState, Stamp, read_stamp
from sync.sheets.tabs import TabWork, overlaid

Json = Any
_NEVER = 10**9  # a batch that no stamp names: a note of it has not arrived


def fixes_of(link: SheetLink, tab: TabWork) -> list[Fix]:
    """What has to be put back in a tab; nothing is read where no stamp is astray."""
    astray = crossed(tab.look)
    if not astray:
        return []
    stamps = [stamp for line in astray if (stamp := read_stamp(line.stamp)) is not None]
    return Healer(
        tab.look,
        store.batches_of(link, tab.key, {stamp.seq for stamp in stamps}),
        {key: row.seen for key, row in tab.rows.items()},
        tab.standing,
        frozenset(row.key for row in store.states(tab.rows, RowState.ADOPTING)),
    ).fixes()


def keep(
    link: SheetLink, found: Sequence[tuple[TabWork, list[Fix]]], sender: str
) -> tuple[SheetBatch, list[Op]]:
    """Keep a repair with its log, in one transaction; what is to be sent comes back.

    Raises:
        StaleError: another process has planned a batch.
    """
    ops: list[Op] = []
    writes: dict[str, dict[str, Any]] = {}
    before: list[dict[str, Any]] = []
    with transaction():
        seq = store.next_seq(link)
        bases: dict[int, tuple[dict[str, Json], list[str]]] = {}
        for tab, fixes in found:
            for number, fix in enumerate(fixes):
                name = fix.key if fix.key in tab.rows else f"{NOBODY}{number}"
                ops += _ops(tab, fix, Stamp(name, seq))
                writes.setdefault(tab.key, {})[name] = {
                    "cells": {} if fix.id else fix.cells,
                    "notes": list(fix.notes),
                    "id": bool(fix.id),
                }
                if fix.key in tab.rows and not fix.id and not fix.stamp:
                    bases[tab.rows[fix.key].id] = (_agreed(tab, fix), [])
                    _send_notes_again(tab.rows[fix.key])
                _log(link, tab, fix)
            before += [tab.look.kept(line) for line in tab.unsettled()]
        store.keep_bases(seq, bases)
        count = sum(isinstance(op, SetCell) for op in ops)
        batch = store.keep_batch(link, "heal", writes, before, count, sender=sender)
    return batch, ops


def _send_notes_again(row: store.Remembered) -> None:
    """The write that met the row may have taken its notes with it."""
    marks = store.marks_of([row.id]).get(row.id, {}) if row.noted else {}
    if marks:
        again = {column: replace(mark, seq=_NEVER) for column, mark in marks.items()}
        store.change_rows({row.id: {"marks": store.marks_json(again)}})


def _agreed(tab: TabWork, fix: Fix) -> dict[str, Json]:
    """What was agreed about a row that was hit.

    A row that was hit long ago comes back with an old version of the sheet, and an old version or
    a copy whose first row is gone can be hit: a cell that says what was agreed on since its time is
    as old as that, and no fresh edit.
    """
    row, stamp = tab.rows[fix.key], read_stamp(fix.line.stamp)
    lately = stamp is not None and not stamp.copy and row.seen < stamp.seq
    since = row.seen if lately else 0
    since = since if fix.age is None else min(since, fix.age)
    bases = store.bases_of({row.id: since})[row.id]
    values = overlaid(bases, row.seen)
    for column, raw in zip(tab.look.columns, fix.line.values, strict=True):
        key = column.key
        known = [base.values[key] for base in bases.values() if key in base.values]
        said = typed.said(column.field, fix.cells.get(key, raw), tab.locale)
        if said in known:
            values[key] = said
    return values


def _ops(tab: TabWork, fix: Fix, stamp: Stamp) -> list[Op]:
    at, row, name = tab.look.placed.at, fix.line.at, tab.key
    if fix.id:
        return [SetCell(name, row, at[IDENTITY], fix.id)]
    ops: list[Op] = [SetCell(name, row, at[key], value) for key, value in fix.cells.items()]
    ops.append(SetCell(name, row, at[STAMP], fix.stamp or str(stamp)))
    ops += [SetNote(name, row, at[key], "", "healed") for key in fix.notes if key in at]
    return ops


def _log(link: SheetLink, tab: TabWork, fix: Fix) -> None:
    columns = {column.key: column for column in tab.look.columns}
    row = tab.rows.get(fix.key)
    logs = [
        Log(
            Kind.HEALED, key, columns[key].title,
            typed.raw_words(columns[key].field, fix.cells[key]), str(lost),
            why="a write of the app had met this row while rows moved",
        )
        for key, lost in fix.lost.items()
    ]  # fmt: skip
    store.write_log(link, row, logs)
