"""A workbook in memory: tabs, sparse rows of cells, and everything that hangs on ranges.

Rows, cells and messages are never changed in place, only replaced.  So a copy of a workbook
costs one list per tab, a batch that fails leaves no trace, and every old version can be kept.
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from sheets_emulator import a1
from sheets_emulator.a1 import Area, Box
from sheets_emulator.answers import invalid
from sheets_emulator.cells import BLANK, Cell
from sheets_emulator.locales import Locale, locale_of

Json = dict[str, Any]
Row = dict[int, Cell]
# What a tab may carry besides cells: lists of messages with a range in them.
LISTS = ("protectedRanges", "conditionalFormats", "filterViews", "bandedRanges", "tables")
GROUPS = {"ROWS": "rowGroups", "COLUMNS": "columnGroups"}
CELL_LIMIT = 10_000_000

_gids = itertools.count(1)


def new_gid() -> int:
    """An id for a tab, as scattered as Google's."""
    return next(_gids) * 2_654_435_761 % 2_147_483_647 or new_gid()


@dataclass(slots=True)
class Sheet:
    """One tab."""

    id: int
    title: str
    row_count: int = 1000
    column_count: int = 26
    rows: list[Row] = field(default_factory=list)
    # hidden, rightToLeft, tabColorStyle; then frozenRowCount, hideGridlines and the like.
    look: Json = field(default_factory=dict)
    grid: Json = field(default_factory=dict)
    merges: list[Box] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    basic_filter: Json | None = None
    groups: dict[str, list[Json]] = field(default_factory=dict)
    sizes: dict[str, dict[int, Json]] = field(default_factory=lambda: {"ROWS": {}, "COLUMNS": {}})

    def copy(self) -> "Sheet":
        """Another tab with the same content; neither sees what is done to the other."""
        return replace(
            self,
            rows=list(self.rows),
            look=dict(self.look),
            grid=dict(self.grid),
            merges=list(self.merges),
            lists={name: list(items) for name, items in self.lists.items()},
            groups={name: list(items) for name, items in self.groups.items()},
            sizes={name: dict(items) for name, items in self.sizes.items()},
        )

    @property
    def box(self) -> Box:
        return Box(0, self.row_count, 0, self.column_count)

    @property
    def used(self) -> int:
        """How many rows hold anything."""
        rows = self.rows
        while rows and not rows[-1]:
            rows.pop()
        return len(rows)

    def row(self, number: int) -> Row:
        """The cells of a row; not to be changed."""
        return self.rows[number] if number < len(self.rows) else {}

    def cell(self, row: int, column: int) -> Cell:
        """What stands in a cell; a blank one if nothing does."""
        return self.row(row).get(column, BLANK)

    def put(self, number: int, changed: Row) -> None:
        """Replace some cells of a row; blank ones vanish."""
        if number >= len(self.rows):
            if all(cell.is_blank for cell in changed.values()):
                return
            self.rows.extend({} for _ in range(number + 1 - len(self.rows)))
        row = {**self.rows[number], **changed}
        if any(cell.is_blank for cell in changed.values()):
            row = {column: cell for column, cell in row.items() if not cell.is_blank}
        self.rows[number] = row

    def size(self, dimension: str) -> int:
        """How many rows or columns there are."""
        return self.row_count if dimension == "ROWS" else self.column_count

    def box_of(self, grid_range: Json) -> Box:
        """The cells a GridRange means on this tab."""
        return Area.from_json(grid_range).within(self.row_count, self.column_count)


@dataclass(slots=True)
class Workbook:
    """Everything the Sheets API shows of one file."""

    id: str
    title: str
    sheets: list[Sheet] = field(default_factory=list)
    locale_name: str = "en_US"
    time_zone: str = "Etc/GMT"
    # autoRecalc, iterativeCalculationSettings, spreadsheetTheme, defaultFormat as they were set.
    properties: Json = field(default_factory=dict)
    named: list[Json] = field(default_factory=list)
    metadata: list[Json] = field(default_factory=list)
    next_id: int = 1
    has_formulas: bool = False

    def copy(self) -> "Workbook":
        """A version of its own; cheap, because rows and messages are shared."""
        return replace(
            self,
            sheets=[sheet.copy() for sheet in self.sheets],
            properties=dict(self.properties),
            named=list(self.named),
            metadata=list(self.metadata),
        )

    @property
    def locale(self) -> Locale:
        return locale_of(self.locale_name)

    def sheet(self, gid: int, *, missing: str = "No grid with id: {}") -> Sheet:
        """The tab with this id.

        Raises:
            ApiError: there is none.
        """
        for sheet in self.sheets:
            if sheet.id == gid:
                return sheet
        raise invalid(missing.format(gid))

    def titled(self, title: str) -> Sheet | None:
        """The tab with this title, or none."""
        for sheet in self.sheets:
            if sheet.title == title:
                return sheet
        lower = title.lower()
        return next((sheet for sheet in self.sheets if sheet.title.lower() == lower), None)

    def index(self, gid: int) -> int:
        return next(n for n, sheet in enumerate(self.sheets) if sheet.id == gid)

    def fresh_id(self) -> int:
        """An id for a protected range, a filter or a piece of metadata."""
        self.next_id += 1
        return self.next_id * 1_103_515_245 % 2_147_483_647

    def resolve(self, text: str) -> tuple[Sheet, Area]:
        """The tab and the cells that a range in a request means.

        Raises:
            ApiError: Google's words for a range that means nothing.
        """
        title, cells = a1.split(text)
        if title is not None:
            sheet = self.titled(title)
            if sheet is None:
                raise invalid(f"Unable to parse range: {text}")
            return self._on(sheet, cells, text)
        found = a1.cells(text)
        if found is not None:
            sheet = self.sheets[0]
            return sheet, Area(sheet.id, *found)
        if named := self.named_range(text):
            return self.sheet(named.sheet_id), named
        sheet = self.titled(text)
        if sheet is None:
            raise invalid(f"Unable to parse range: {text}")
        return sheet, Area(sheet.id)

    def _on(self, sheet: Sheet, cells: str, text: str) -> tuple[Sheet, Area]:
        if not cells:
            return sheet, Area(sheet.id)
        found = a1.cells(cells)
        if found is not None:
            return sheet, Area(sheet.id, *found)
        if named := self.named_range(cells):
            return self.sheet(named.sheet_id), named
        raise invalid(f"Unable to parse range: {text}")

    def named_range(self, name: str) -> Area | None:
        """The cells a name stands for, or none."""
        for entry in self.named:
            if entry["name"].lower() == name.lower():
                return Area.from_json(entry.get("range", {}))
        return None


def tab_of(item: Json) -> int | None:
    """The tab that a piece of metadata hangs on; None for the workbook."""
    where = item["location"]
    if where.get("spreadsheet"):
        return None
    span = where.get("dimensionRange")
    gid: int = span.get("sheetId", 0) if span else where.get("sheetId", 0)
    return gid


def clipped(sheet: Sheet, area: Area) -> Box:
    """The cells of a range that a call reads or writes; what lies beyond the grid is left out.

    Raises:
        ApiError: it begins beyond the grid.
    """
    if (area.top or 0) >= sheet.row_count or (area.left or 0) >= sheet.column_count:
        raise invalid(
            f"Range ({a1.named(sheet.title, area)}) exceeds grid limits. Max rows:"
            f" {sheet.row_count}, max columns: {sheet.column_count}"
        )
    return area.within(sheet.row_count, sheet.column_count)
