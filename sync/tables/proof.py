"""Where each value of a table's line stood, worked out when somebody asks. Pure."""

from collections.abc import Iterator, Mapping

from sync.amounts import clipped
from sync.drafts import Evidence
from sync.readers.tables import Sheet
from sync.tables import mapping
from sync.tables.mapping import Column
from sync.tables.turned import address_in

_ROLES = {"item": "description", "due_date": "schedule_date", "ship_date": "schedule_date"}


class RowEvidence(Mapping[str, Evidence]):
    """The evidence of one row, by field; a size's pieces under "size <name>"."""

    __slots__ = ("_color", "_plan", "_row", "sheet")

    def __init__(self, sheet: Sheet, plan: mapping.Mapping, row: int, color: str = "") -> None:
        self.sheet, self._plan, self._row, self._color = sheet, plan, row, color

    def __getitem__(self, name: str) -> Evidence:
        for column in self._plan.columns:
            if name == _name(column) and self._holds(column):
                return self._evidence(column)
        if name == "color" and (heading := self._heading()) is not None:
            return heading
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for column in self._plan.columns:
            name = _name(column)
            if name not in seen and self._holds(column):
                seen.add(name)
                yield name
        if self._color and "color" not in seen:
            yield "color"

    def __len__(self) -> int:
        return sum(1 for _name in self)

    def _holds(self, column: Column) -> bool:
        mine = not self._color or column.color in ("", self._color)
        return mine and bool(self.sheet.text(self._row, column.index))

    def _evidence(self, column: Column) -> Evidence:
        text = self.sheet.text(self._row, column.index)
        cell = address_in(self.sheet, self._row, column.index)
        return Evidence(
            self.sheet.name, cell, clipped(text, 200), column.why, round(column.sure, 2)
        )

    def _heading(self) -> Evidence | None:
        """Where a colour stands that heads columns."""
        column = next((c for c in self._plan.columns if c.color == self._color != ""), None)
        if column is None:
            return None
        cell = address_in(self.sheet, self._plan.top, column.index)
        return Evidence(self.sheet.name, cell, self._color, "the heading of its columns", 0.9)


def _name(column: Column) -> str:
    if column.level == "part":
        return f"part {column.heading}"
    if column.level == "pair":
        return f"date in column {int(column.part) + 1}"
    if column.level in ("size", "date", "week", "place"):
        return f"{column.level} {column.part or column.color}"
    if column.level == "decoration":
        return f"{column.field} {column.part}"
    return _ROLES.get(column.field, column.field)
