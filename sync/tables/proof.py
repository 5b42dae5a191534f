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

    __slots__ = ("_plan", "_row", "_sheet")

    def __init__(self, sheet: Sheet, plan: mapping.Mapping, row: int) -> None:
        self._sheet, self._plan, self._row = sheet, plan, row

    def __getitem__(self, name: str) -> Evidence:
        for column in self._plan.columns:
            if name == _name(column) and self._holds(column):
                return self._evidence(column)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for column in self._plan.columns:
            name = _name(column)
            if name not in seen and self._holds(column):
                seen.add(name)
                yield name

    def __len__(self) -> int:
        return sum(1 for _name in self)

    def _holds(self, column: Column) -> bool:
        return bool(self._sheet.text(self._row, column.index))

    def _evidence(self, column: Column) -> Evidence:
        text = self._sheet.text(self._row, column.index)
        cell = address_in(self._sheet, self._row, column.index)
        return Evidence(
            self._sheet.name, cell, clipped(text, 200), column.why, round(column.sure, 2)
        )


def _name(column: Column) -> str:
    if column.level == "part":
        return f"part {column.heading}"
    if column.level in ("size", "date"):
        return f"{column.level} {column.part}"
    if column.level == "decoration":
        return f"{column.field} {column.part}"
    return _ROLES.get(column.field, column.field)
