"""A shared sheet in a workbook file: read where it lies, patched in place, replaced whole."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from errors import UnreadableError
from sync.readers.safely import read_live_safely
from sync.sheets.shapes import (
    IDENTITY,
    STAMP,
    AddRow,
    BrokenError,
    DropRow,
    Echo,
    MovedError,
    Op,
    Raw,
    Reading,
    SetCell,
    Tab,
    TabLayout,
)
from sync.sheets.workbook import edits, files, layout, locks
from xlsx.package import RefusedError

log = logging.getLogger("inhands.sheets.workbook")


@dataclass(frozen=True, slots=True)
class _Known:
    """What a process read from a file last; as long as the file is that, it is not read again."""

    mark: files.Mark
    settled: bool
    titles: Mapping[str, str]
    reading: Reading


_known: dict[Path, _Known] = {}
_guard = threading.Lock()


class WorkbookBackend:
    """A .xlsx file as the mirror sees it.

    Args:
        path: the file; it need not be there before it was laid out.
        titles: by key, what a tab is called where the file does not remember it.
    """

    drops = True  # a file nobody has open is what was read, so rows may be taken away

    def __init__(self, path: Path, titles: Mapping[str, str] | None = None) -> None:
        self.path = Path(path).resolve()  # a link stays one, and its file is replaced
        self._titles = dict(titles or {})

    def read(self, tabs: Sequence[str]) -> Reading:
        """Everything of these tabs; a file that did not change is not opened at all."""
        titles = {key: self._titles.get(key, key) for key in tabs}
        known = self._unchanged(titles)
        if known is None:
            known = self._read(titles)
        beside = tuple(files.warnings(self.path))
        return replace(known.reading, held_by=self.holder(), warnings=beside)

    def write(self, ops: Sequence[Op], reading: Reading) -> Echo:
        """Patch the file with all of it, or nothing of it."""
        if not ops:
            return Echo({key: stamps_of(tab.rows, tab) for key, tab in reading.tabs.items()},
                        reading.token)  # fmt: skip
        with locks.held(self.path):
            found = files.take(self.path)
            if found.token != reading.token:
                raise MovedError(f"{self.path.name} was saved by somebody since it was read.")
            try:
                made = edits.patch(found.content, ops, reading.tabs)
            except RefusedError as refused:
                raise BrokenError(f"{self.path.name} cannot be written. {refused}") from refused
            with files.replacing(self.path, found, made):
                pass
        touched = {op.tab for op in ops}
        return Echo(
            {key: stamps_of(rows_after(reading.tabs[key], ops), reading.tabs[key])
             for key in touched},
        )  # fmt: skip

    def lay_out(self, tabs: Sequence[TabLayout], rows: int = 0) -> None:
        """Make the file, its tabs and columns where they are missing; what is there stays."""
        del rows  # a file grows by itself
        self._titles |= {tab.key: tab.title for tab in tabs}
        if not self.path.parent.is_dir():
            files.take(self.path)  # says that the folder is not there
        with locks.held(self.path):
            there = files.mark_of(self.path) is not None
            found = files.take(self.path) if there else files.Bytes(b"", "", (0, 0, 0), False)
            try:
                made = layout.laid_out(found.content, tabs)
            except RefusedError as refused:
                raise BrokenError(f"{self.path.name} cannot be laid out. {refused}") from refused
            if made != found.content:
                with files.replacing(self.path, found, made):
                    pass

    def has_changed(self, held_by: str = "") -> bool:
        """Whether the file is not what this process read last, or was closed by who held it.

        Asks for size and time only, so it may be asked every second.
        """
        known = _known.get(self.path)
        if known is not None and files.mark_of(self.path) != known.mark:
            return True
        return bool(held_by and not self.holder())

    def holder(self) -> str:
        """Who has the file open: "open by Ann since 16:58", or nobody."""
        found = locks.holder_of(self.path)
        return found.words if found else ""

    def _unchanged(self, titles: Mapping[str, str]) -> _Known | None:
        known = _known.get(self.path)
        if known is None or known.titles != titles or files.mark_of(self.path) != known.mark:
            return None
        return known if known.settled else None

    def _read(self, titles: Mapping[str, str]) -> _Known:
        found = files.take(self.path)
        before = _known.get(self.path)
        if before is not None and before.titles == titles and before.reading.token == found.token:
            reading = before.reading
        else:
            reading = self._parsed(found, titles)
        known = _Known(found.mark, found.settled, dict(titles), reading)
        with _guard:
            _known[self.path] = known
        return known

    def _parsed(self, found: files.Bytes, titles: Mapping[str, str]) -> Reading:
        try:
            told = read_live_safely(found.content, self.path.name, titles)
        except UnreadableError as problem:
            raise files.whole(self.path, found, problem) from problem
        tabs = {
            key: Tab(key, one.title, one.rows, one.columns, one.formulas, one.merges)
            for key, one in told.items()
        }
        missing = tuple(key for key in titles if key not in tabs)
        return Reading(tabs=tabs, token=found.token, missing=missing)


def rows_after(tab: Tab, ops: Sequence[Op]) -> list[list[Raw]]:
    """The rows of a tab once a batch is done: it was patched into exactly what was read."""
    rows = [list(row) for row in tab.rows]
    own = [op for op in ops if op.tab == tab.key]
    for op in own:
        if isinstance(op, SetCell):
            _put(rows, op.row, op.column, op.value)
    for op in own:
        if isinstance(op, AddRow):
            rows.append([])
            for column, value in op.values.items():
                _put(rows, len(rows) - 1, column, value)
    gone = {op.row for op in own if isinstance(op, DropRow)}
    return [row for at, row in enumerate(rows) if at not in gone]


def _put(rows: list[list[Raw]], at: int, column: int, value: Raw) -> None:
    rows.extend([] for _ in range(at + 1 - len(rows)))
    rows[at].extend([""] * (column + 1 - len(rows[at])))
    rows[at][column] = value


def stamps_of(rows: Sequence[Sequence[Raw]], tab: Tab) -> list[tuple[str, str]]:
    """Identity and stamp of every row, the heading included."""
    where = {key: at for at, key in tab.columns.items() if key in (IDENTITY, STAMP)}
    for at, title in enumerate(tab.rows[0] if tab.rows else ()):
        if title in (IDENTITY, STAMP):
            where.setdefault(str(title), at)
    return [(_text(row, where.get(IDENTITY)), _text(row, where.get(STAMP))) for row in rows]


def _text(row: Sequence[Raw], at: int | None) -> str:
    value = row[at] if at is not None and at < len(row) else ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)
