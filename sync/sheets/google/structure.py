"""How a spreadsheet is built at the moment: its tabs, columns, protections, rules. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.sheets.google.grid import COLUMN_KEY, TAB_KEY, raw_of

_META = "developerMetadata(metadataId,metadataKey,metadataValue)"
SHEET_FIELDS = (
    "sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount,frozenRowCount)),"
    f"{_META},protectedRanges(protectedRangeId,range,description),conditionalFormats)"
)
HEADER_FIELDS = (
    "sheets(properties.sheetId,data(startColumn,rowData.values.effectiveValue,"
    f"columnMetadata({_META},hiddenByUser)))"
)


@dataclass(frozen=True)
class Column:
    """One column that is there: its words, what it is to us, and under which number."""

    title: str
    key: str = ""
    metadata_id: int = 0
    hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """One tab that is there."""

    gid: int
    title: str
    key: str = ""  # as the sheet itself remembers it
    rows: int = 0
    width: int = 0
    frozen: int = 0
    hidden: bool = False
    protections: Sequence[Mapping[str, Any]] = ()
    rules: Sequence[Mapping[str, Any]] = ()
    columns: tuple[Column, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in its first row."""
        return not any(column.title for column in self.columns)


@dataclass
class Structure:
    """Everything that setting up needs to know."""

    sheets: list[Sheet] = field(default_factory=list)

    def free_title(self, title: str) -> str:
        """A title that no tab has."""
        taken = {sheet.title.casefold() for sheet in self.sheets}
        number, free = 1, title
        while free.casefold() in taken:
            number += 1
            free = f"{title} {number}"
        return free


def sheets_of(answer: Mapping[str, Any]) -> list[Sheet]:
    """The tabs without their columns."""
    found = []
    for one in answer.get("sheets", ()):
        properties = one["properties"]
        grid = properties.get("gridProperties") or {}
        found.append(
            Sheet(
                gid=int(properties.get("sheetId", 0)),
                title=str(properties.get("title", "")),
                key=_value(one, TAB_KEY)[0],
                rows=int(grid.get("rowCount", 0)),
                width=int(grid.get("columnCount", 0)),
                frozen=int(grid.get("frozenRowCount", 0)),
                hidden=bool(properties.get("hidden")),
                protections=one.get("protectedRanges") or (),
                rules=one.get("conditionalFormats") or (),
            )
        )
    return found


def columns_of(answer: Mapping[str, Any]) -> dict[int, tuple[Column, ...]]:
    """The columns by the number of their tab."""
    return {
        int(one["properties"].get("sheetId", 0)): _columns((one.get("data") or [{}])[0])
        for one in answer.get("sheets", ())
    }


def _columns(grid: Mapping[str, Any]) -> tuple[Column, ...]:
    cells = ((grid.get("rowData") or [{}])[0]).get("values") or ()
    told = grid.get("columnMetadata") or ()
    found = []
    for at in range(max(len(cells), len(told))):
        title = raw_of(cells[at]) if at < len(cells) else ""
        meta = told[at] if at < len(told) else {}
        key, number = _value(meta, COLUMN_KEY)
        found.append(Column(str(title), key, number, bool(meta.get("hiddenByUser"))))
    return tuple(found)


def _value(owner: Mapping[str, Any], key: str) -> tuple[str, int]:
    for one in owner.get("developerMetadata") or ():
        if one.get("metadataKey") == key:
            return str(one.get("metadataValue", "")), int(one.get("metadataId", 0))
    return "", 0
