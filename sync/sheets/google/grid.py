"""A sheet as Google tells it, in our shapes: values, formulas, notes, columns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.sheets.shapes import Raw, Reading, Tab

#: How our tabs and columns are remembered by the sheet itself (developer metadata).
TAB_KEY, COLUMN_KEY = "inhands.tab", "inhands.column"
_META = "developerMetadata(metadataKey,metadataValue)"
_CELL = "effectiveValue,userEnteredValue.formulaValue,note"
#: One read gives everything: only what is named here crosses the wire.
READ_FIELDS = (
    "properties.locale,sheets("
    f"properties(sheetId,title,gridProperties(rowCount,columnCount)),merges,{_META},"
    f"data(startRow,startColumn,rowData.values({_CELL}),columnMetadata.{_META}))"
)
#: What a search for our tabs asks when one is not where it was.
FIND_FIELDS = f"properties.locale,sheets(properties(sheetId,title),{_META})"
ECHO_FIELDS = (
    "updatedSpreadsheet.sheets(properties.sheetId,"
    "data(startRow,startColumn,rowData.values.effectiveValue))"
)
_ERRORS = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of our tabs is: its number stays the same when somebody renames it."""

    gid: int
    title: str


@dataclass(frozen=True, slots=True)
class GoogleReading(Reading):
    """What was read, and what only the writer needs of it."""

    places: Mapping[str, Place] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)  # rows of the grid, empty ones too
    notes: Mapping[tuple[str, int, int], str] = field(default_factory=dict)


def quoted(title: str) -> str:
    """A tab's title as the first part of a range."""
    return "'" + title.replace("'", "''") + "'"


def letters(index: int) -> str:
    """A column's name: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def raw_of(cell: Mapping[str, Any]) -> Raw:
    """What a cell shows, typed; "" for an empty one."""
    value = cell.get("effectiveValue")
    if not value:
        return ""
    for kind, found in value.items():
        if kind != "errorValue":
            return found  # type: ignore[no-any-return]
    error = value.get("errorValue") or {}
    return _ERRORS.get(str(error.get("type")), "#ERROR!")


def find_places(answer: Mapping[str, Any], before: Mapping[str, Place]) -> dict[str, Place]:
    """Where our tabs are now: by their number, by what the sheet remembers, by their title."""
    sheets = [(Place(_gid(one), _title(one)), _remembered(one)) for one in answer.get("sheets", ())]
    by_gid = {place.gid: place for place, _key in sheets}
    found = {key: by_gid[old.gid] for key, old in before.items() if old.gid in by_gid}
    for place, key in sheets:
        if key and place not in found.values():
            found.setdefault(key, place)
    for key, old in before.items():
        for place, _key in sheets:
            if place.title == old.title and place not in found.values():
                found.setdefault(key, place)
    return found


def reading_of(
    answer: Mapping[str, Any], asked: Sequence[str], places: Mapping[str, Place], token: str = ""
) -> GoogleReading:
    """The answer of one read as a reading; tabs that are not in it are missing."""
    by_gid = {place.gid: key for key, place in places.items()}
    tabs: dict[str, Tab] = {}
    notes: dict[tuple[str, int, int], str] = {}
    sizes: dict[str, int] = {}
    for sheet in answer.get("sheets", ()):
        key = by_gid.get(_gid(sheet))
        if key is None or key not in asked:
            continue
        tabs[key] = _tab(key, sheet, notes)
        grid = sheet["properties"].get("gridProperties") or {}
        sizes[key] = int(grid.get("rowCount", 0))
    return GoogleReading(
        tabs=tabs,
        token=token,
        missing=tuple(key for key in asked if key not in tabs),
        locale=str((answer.get("properties") or {}).get("locale") or "en_US"),
        places={key: places[key] for key in tabs},
        sizes=sizes,
        notes=notes,
    )


def _tab(key: str, sheet: Mapping[str, Any], notes: dict[tuple[str, int, int], str]) -> Tab:
    rows: list[list[Raw]] = []
    formulas: dict[tuple[int, int], str] = {}
    columns: dict[int, str] = {}
    for grid in (sheet.get("data") or ())[:1]:
        for row, told in enumerate(grid.get("rowData") or ()):
            cells = told.get("values") or ()
            rows.append([raw_of(cell) for cell in cells])
            for column, cell in enumerate(cells):
                if not cell or (len(cell) == 1 and "effectiveValue" in cell):  # as nearly all
                    continue
                if "note" in cell:
                    notes[key, row, column] = str(cell["note"])
                formula = (cell.get("userEnteredValue") or {}).get("formulaValue")
                if formula:
                    formulas[row, column] = str(formula)
        columns = _columns(grid.get("columnMetadata") or ())
    while rows and not any(value != "" for value in rows[-1]):
        rows.pop()
    return Tab(
        key=key,
        title=_title(sheet),
        rows=rows,
        columns=columns,
        formulas=formulas,
        merges=_is_merged(sheet.get("merges") or (), columns),
    )


def _columns(told: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for index, column in enumerate(told):
        for one in column.get("developerMetadata") or ():
            value = str(one.get("metadataValue", ""))
            if one.get("metadataKey") == COLUMN_KEY and value not in found.values():
                found[index] = value
    return found


def _is_merged(merges: Sequence[Mapping[str, Any]], columns: Mapping[int, str]) -> bool:
    """Whether cells of our columns are merged; what people do beside them is theirs."""
    return any(
        not columns
        or any(m.get("startColumnIndex", 0) <= at < m.get("endColumnIndex", 1) for at in columns)
        for m in merges
    )


def _gid(sheet: Mapping[str, Any]) -> int:
    return int(sheet["properties"].get("sheetId", 0))


def _title(sheet: Mapping[str, Any]) -> str:
    return str(sheet["properties"].get("title", ""))


def _remembered(sheet: Mapping[str, Any]) -> str:
    for one in sheet.get("developerMetadata") or ():
        if one.get("metadataKey") == TAB_KEY:
            return str(one.get("metadataValue", ""))
    return ""
