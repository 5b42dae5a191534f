"""What the mirror remembers between two cycles: rows, agreements, batches, the log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, NamedTuple

from peewee import Case

import clock
from errors import StaleError
from models import SheetBase, SheetBatch, SheetEvent, SheetLink, SheetRow, SheetTab, database
from sync.sheets.healing import Sent, SentBatch
from sync.sheets.plan import Base, Kind, Log, Mark
from sync.sheets.stamps import RowState, Stamp

KEEP_DAYS = 90  # how long agreements and batches are kept
IN_FLIGHT = timedelta(
    seconds=120
)  # after this a batch of another process is not under way any more
_CHUNK = 300
_LEAP = 100_000  # a stamp further on was typed by a person


class Remembered(NamedTuple):
    """One row of ours as the last cycle left it."""

    id: int
    key: str
    state: str
    seen: int
    digest: str
    noted: bool
    order_id: int | None
    job_id: int | None


def rows_of(tab: SheetTab) -> dict[str, Remembered]:
    """Every row of a tab, by key."""
    query: Any = SheetRow.select(*_ROW).where(SheetRow.tab == tab)
    # As the driver gives them: thousands of rows are asked for in every cycle.
    rows = database.execute_sql(*query.sql()).fetchall()
    return {row[1]: Remembered._make(row) for row in rows}


_ROW = (
    SheetRow.id, SheetRow.key, SheetRow.state, SheetRow.seen, SheetRow.digest, SheetRow.noted,
    SheetRow.order, SheetRow.job,
)  # fmt: skip


def bases_of(wanted: Mapping[int, int]) -> dict[int, dict[int, Base]]:
    """Agreements by row id and batch, from the batch each row's stamp names on."""
    found: dict[int, dict[int, Base]] = {row: {} for row in wanted}
    for ids in _chunks(sorted(wanted)):
        lowest = min(wanted[row] for row in ids)
        query: Any = SheetBase.select(
            SheetBase.row, SheetBase.seq, SheetBase.values, SheetBase.taken
        ).where(SheetBase.row.in_(ids) & (SheetBase.seq >= lowest))
        for row, seq, values, taken in query.tuples():
            if seq >= wanted[row]:
                found[row][seq] = Base(values, frozenset(taken))
    return found


def marks_of(row_ids: Collection[int]) -> dict[int, dict[str, Mark]]:
    """The notes of rows, by column."""
    found: dict[int, dict[str, Mark]] = {}
    for ids in _chunks(sorted(row_ids)):
        query: Any = SheetRow.select(SheetRow.id, SheetRow.marks).where(
            SheetRow.id.in_(ids) & SheetRow.noted
        )
        for row, marks in query.tuples():
            found[row] = {column: Mark(**mark) for column, mark in marks.items()}
    return found


def settled(marks: Iterable[Mark]) -> frozenset[int]:
    """Which of the conflicts that notes speak of have been settled."""
    asked = {mark.event for mark in marks if mark.event}
    if not asked:
        return frozenset()
    rows: Any = SheetEvent.select(SheetEvent.id).where(
        SheetEvent.id.in_(list(asked)) & SheetEvent.settled_at.is_null()
    )
    return frozenset(asked - {row[0] for row in rows.tuples()})


# ---------------------------------------------------------------- batches


def batches_of(link: SheetLink, tab: str, seqs: Collection[int]) -> dict[int, SentBatch]:
    """Batches as they were kept, with what they meant for one tab; the last repairs too."""
    repairs = (
        SheetBatch.select(SheetBatch.seq)
        .where((SheetBatch.link == link) & (SheetBatch.purpose == "heal"))
        .order_by(SheetBatch.seq.desc())
        .limit(20)
    )
    wanted = set(seqs) | {row.seq for row in repairs}
    rows = SheetBatch.select().where((SheetBatch.link == link) & SheetBatch.seq.in_(list(wanted)))
    return {
        row.seq: SentBatch(
            {
                key: Sent(sent["cells"], tuple(sent["notes"]), bool(sent["id"]))
                for key, sent in row.writes.get(tab, {}).items()
            },
            [(one["key"], one["stamp"], one["cells"]) for one in row.before if one["tab"] == tab],
        )
        for row in rows
    }


def under_way(link: SheetLink, sender: str) -> bool:
    """Whether another process may be writing into the workbook at this moment."""
    return bool(
        SheetBatch.select(SheetBatch.id)
        .where(
            (SheetBatch.link == link)
            & (SheetBatch.seq == link.seq)
            & (SheetBatch.sender != sender)
            & SheetBatch.ended_at.is_null()
            & (SheetBatch.sent_at > clock.now() - IN_FLIGHT)
        )
        .exists()
    )


def next_seq(link: SheetLink) -> int:
    """Take the next number of a batch, in the caller's transaction.

    Raises:
        StaleError: another process has planned a batch since ``link`` was read.
    """
    changed = (
        SheetLink.update(seq=SheetLink.seq + 1)
        .where((SheetLink.id == link.id) & (SheetLink.seq == link.seq))
        .execute()
    )
    if not changed:
        raise StaleError(f"'{link.name}' is being synchronised by another process.")
    link.seq += 1
    return link.seq


def catch_up(link: SheetLink, stamps: Iterable[Stamp | None]) -> None:
    """Go on after the newest batch the sheet has seen.

    A shop that was put back from a backup knows fewer batches than its sheet; a number that was
    given twice would say of a row that a write arrived which never did.
    """
    seen = (stamp.seq for stamp in stamps if stamp is not None and stamp.seq <= link.seq + _LEAP)
    newest = max(seen, default=0)
    if newest > link.seq:
        mine = (SheetLink.id == link.id) & (SheetLink.seq == link.seq)
        if SheetLink.update(seq=newest).where(mine).execute():
            link.seq = newest


def keep_batch(
    link: SheetLink,
    purpose: str,
    writes: Mapping[str, Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    cells: int,
    *,
    sender: str,
) -> SheetBatch:
    """Keep a batch that is about to be sent, in the caller's transaction."""
    return SheetBatch.create(
        link=link, seq=link.seq, purpose=purpose, writes=writes, before=before, cells=cells,
        sender=sender[:120],
    )  # fmt: skip


def keep_bases(seq: int, bases: Mapping[int, tuple[Mapping[str, Any], Sequence[str]]]) -> None:
    """Keep what is agreed on with a batch, by row id, in the caller's transaction."""
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {"row": row, "seq": seq, "values": dict(values), "taken": list(taken), "at": now}
        for row, (values, taken) in bases.items()
    ]
    for some in _chunks(rows):
        SheetBase.insert_many(some).execute()


# ---------------------------------------------------------------- rows


def add_rows(tab: SheetTab, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Remember new rows of a tab; their ids by key."""
    for some in _chunks([{"tab": tab.id, **row} for row in rows]):
        SheetRow.insert_many(some).execute()
    found: dict[str, int] = {}
    for keys in _chunks([str(row["key"]) for row in rows]):
        query: Any = SheetRow.select(SheetRow.key, SheetRow.id).where(
            (SheetRow.tab == tab) & SheetRow.key.in_(keys)
        )
        found |= dict(query.tuples())
    return found


def change_rows(changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what is new about rows, few statements for many of them."""
    by_shape: dict[tuple[str, ...], list[int]] = {}
    for row, change in changes.items():
        if change:
            by_shape.setdefault(tuple(sorted(change)), []).append(row)
    for names, ids in by_shape.items():
        for some in _chunks(sorted(ids)):
            _change(some, names, changes)


def _change(
    ids: Sequence[int], names: Sequence[str], changes: Mapping[int, Mapping[str, Any]]
) -> None:
    fields = SheetRow._meta.fields
    if "marks" in names or len(ids) == 1:
        for row in ids:
            SheetRow.update(**changes[row]).where(SheetRow.id == row).execute()
        return
    values: dict[Any, Any] = {}
    for name in names:
        said = {changes[row][name] for row in ids}
        field: Any = fields[name]
        pairs = [(row, field.case_value(changes[row][name])) for row in ids]
        values[field] = said.pop() if len(said) == 1 else Case(SheetRow.id, pairs)
    SheetRow.update(values).where(SheetRow.id.in_(list(ids))).execute()


def marks_json(marks: Mapping[str, Mark]) -> dict[str, Any]:
    """Notes as a row keeps them."""
    return {column: asdict(mark) for column, mark in marks.items()}


# ---------------------------------------------------------------- the log


def write_log(
    link: SheetLink, row: Remembered | None, logs: Iterable[Log], *, who: str = ""
) -> list[SheetEvent]:
    """Write lines into the log; the same line is not written twice while it stands open."""
    made = []
    for log in logs:
        same = _same_line(link, row, log)
        if same is None:
            same = SheetEvent.create(
                link=link,
                row=None if row is None else row.id,
                order=None if row is None else row.order_id,
                job=None if row is None else row.job_id,
                kind=log.kind.value,
                source=log.source,
                title=log.title,
                kept=log.kept,
                lost=log.lost,
                value={"value": log.value} if log.is_value else None,
                side=log.side,
                why=log.why,
                who=who[:120],
            )
        made.append(same)
    return made


_OFTEN = frozenset({Kind.REMOVED, Kind.RETURNED, Kind.BREAKER})


def _same_line(link: SheetLink, row: Remembered | None, log: Log) -> SheetEvent | None:
    if row is None or log.kind in _OFTEN:
        return None
    same = (
        (SheetEvent.row == row.id)
        & (SheetEvent.source == log.source)
        & (SheetEvent.kind == log.kind.value)
        & (SheetEvent.kept == log.kept)
        & (SheetEvent.lost == log.lost)
    )
    if log.kind is Kind.CONFLICT:
        same &= SheetEvent.settled_at.is_null()
    found: SheetEvent | None = (
        SheetEvent.select()
        .where((SheetEvent.link == link) & same)
        .order_by(SheetEvent.id.desc())
        .first()
    )
    return found


def purge(link: SheetLink) -> int:
    """Forget agreements and batches older than ``KEEP_DAYS``, but the newest of each row."""
    before = clock.now() - timedelta(days=KEEP_DAYS)
    mine = SheetRow.select(SheetRow.id).join(SheetTab).where(SheetTab.link == link)
    old = (
        SheetBase.select(SheetBase.id)
        .join(SheetRow)
        .where((SheetBase.at < before) & SheetBase.row.in_(mine) & (SheetBase.seq < SheetRow.seen))
    )
    gone = int(SheetBase.delete().where(SheetBase.id.in_(old)).execute())
    SheetBatch.delete().where(
        (SheetBatch.link == link) & (SheetBatch.sent_at < before) & (SheetBatch.seq < link.seq)
    ).execute()
    return gone


def states(rows: Mapping[str, Remembered], *wanted: RowState) -> list[Remembered]:
    """The rows in one of some states."""
    return [row for row in rows.values() if row.state in wanted]


def _chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
