"""What is missing in a spreadsheet for our tabs to be there, as one batch. Pure.

Everything of ours bears our mark (metadata, a description, a term of a rule) and is reconciled: the
second time nothing is added.  What bears no mark belongs to people and is not touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.sheets.colours import MARK, colours
from sync.sheets.google.batches import Request, update_rows
from sync.sheets.google.grid import COLUMN_KEY, TAB_KEY, Place, letters
from sync.sheets.google.structure import Column, Sheet, Structure
from sync.sheets.shapes import IDENTITY, ColumnLayout, TabLayout

OURS = "Inhands: "
_FIRST_ROWS = 200
_COLOURS = {
    "urgent": {"red": 0.96, "green": 0.8, "blue": 0.8},
    "late": {"red": 1, "green": 0.9, "blue": 0.6},
}
_FORMATS = {
    "date": {"type": "DATE", "pattern": "yyyy-mm-dd"},
    "money": {"type": "NUMBER", "pattern": "#,##0.00"},
    "text": {"type": "TEXT"},  # else Google makes a number of 007, and a date of 3-4
}


@dataclass(frozen=True)
class Plan:
    """One batch, and where our tabs are once it is done."""

    requests: list[Request]
    places: dict[str, Place]


def plan_of(
    layouts: Sequence[TabLayout],
    now: Structure,
    places: Mapping[str, Place],
    account: str,
) -> Plan:
    """Everything that has to be done, in order."""
    requests: list[Request] = []
    found: dict[str, Place] = {}
    for layout in layouts:
        taken = {place.gid for place in found.values()}
        sheet = _own(layout, now, places.get(layout.key), taken)
        if sheet is None:
            sheet = _new(layout, now)
            now.sheets.append(sheet)
            requests.append(_add_tab(layout, sheet))
        if sheet.key != layout.key:
            requests.append(_remember(TAB_KEY, layout.key, {"sheetId": sheet.gid}))
        requests += _tab(layout, sheet, account)
        found[layout.key] = Place(sheet.gid, sheet.title)
    return Plan(requests, found)


def _own(layout: TabLayout, now: Structure, before: Place | None, taken: set[int]) -> Sheet | None:
    """The tab that is ours: by its number, by what it remembers, by a title over our header."""
    free = [sheet for sheet in now.sheets if sheet.gid not in taken]
    for sheet in free:
        if before is not None and sheet.gid == before.gid:
            return sheet
    for sheet in free:
        if sheet.key == layout.key:
            return sheet
    for sheet in free:
        titles = {column.title for column in sheet.columns}
        if sheet.title == layout.title and (sheet.is_empty or IDENTITY in titles):
            return sheet
    return None


def _new(layout: TabLayout, now: Structure) -> Sheet:
    gids = {sheet.gid for sheet in now.sheets}
    gid = 710_000_001 + len(now.sheets)
    while gid in gids:
        gid += 1
    return Sheet(
        gid=gid,
        title=now.free_title(layout.title),
        rows=_FIRST_ROWS,
        width=max(len(layout.columns), 1),
        frozen=1,
        hidden=layout.hidden,
    )


def _add_tab(layout: TabLayout, sheet: Sheet) -> Request:
    grid = {"rowCount": sheet.rows, "columnCount": sheet.width, "frozenRowCount": 1}
    told: dict[str, Any] = {"sheetId": sheet.gid, "title": sheet.title, "gridProperties": grid}
    return {"addSheet": {"properties": told | ({"hidden": True} if layout.hidden else {})}}


def _remember(key: str, value: str, where: dict[str, Any]) -> Request:
    told = {"metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": told | {"location": where}}}


def _tab(layout: TabLayout, sheet: Sheet, account: str) -> Iterator[Request]:
    order: list[Column] = list(sheet.columns)
    yield from _forget(layout, sheet, order)
    yield from _place_columns(layout, sheet, order)
    where = {column.key: at for at, column in enumerate(order) if column.key}
    by_key = {column.key: column for column in layout.columns}
    if sheet.frozen < 1:
        told = {"sheetId": sheet.gid, "gridProperties": {"frozenRowCount": 1}}
        fields = "gridProperties.frozenRowCount"
        yield {"updateSheetProperties": {"properties": told, "fields": fields}}
    for start, keys in _runs(where):
        yield update_rows(sheet.gid, 0, start, [[by_key[key].title for key in keys]])
        yield _bold(sheet.gid, start, start + len(keys))
    is_new = not sheet.columns
    for key, at in where.items():
        yield from _column(by_key[key], sheet.gid, at, order[at], is_new=is_new)
    yield from _protect(layout, sheet, where, account)
    yield from _rules(layout, sheet, where)


def _forget(layout: TabLayout, sheet: Sheet, order: list[Column]) -> Iterator[Request]:
    """A column that is no longer ours stays where it is, as somebody's own."""
    wanted = {column.key for column in layout.columns}
    for at, column in enumerate(order):
        if column.key and column.key not in wanted:
            lookup = {"developerMetadataLookup": {"metadataId": column.metadata_id}}
            yield {"deleteDeveloperMetadata": {"dataFilter": lookup}}
            if column.hidden:
                yield _show(sheet.gid, at, hidden=False)
            order[at] = Column(column.title)


def _place_columns(layout: TabLayout, sheet: Sheet, order: list[Column]) -> Iterator[Request]:
    """Every column of the layout in its order, in the places our columns have."""
    yield from _adopt(layout, sheet, order)
    while order and not order[-1].key and not order[-1].title:
        order.pop()
    lacking = [column for column in layout.columns if column.key not in {c.key for c in order}]
    first = len(order)
    if first + len(lacking) > sheet.width:
        more = first + len(lacking) - sheet.width
        told = {"sheetId": sheet.gid, "dimension": "COLUMNS", "length": more}
        yield {"appendDimension": told}
    for column in lacking:
        yield _remember_column(column.key, sheet.gid, len(order))
        order.append(Column("", column.key))
    yield from _sort(layout, sheet, order)


def _adopt(layout: TabLayout, sheet: Sheet, order: list[Column]) -> Iterator[Request]:
    """Columns that forgot whose they are, but bear our heading."""
    known = {column.key for column in order}
    for column in layout.columns:
        if column.key in known:
            continue
        for at, there in enumerate(order):
            if not there.key and there.title == column.title:
                order[at] = Column(there.title, column.key, hidden=there.hidden)
                yield _remember_column(column.key, sheet.gid, at)
                break


def _sort(layout: TabLayout, sheet: Sheet, order: list[Column]) -> Iterator[Request]:
    slot = -1
    for wanted in (column.key for column in layout.columns):
        slot = next(at for at in range(slot + 1, len(order)) if order[at].key)
        here = next(at for at, column in enumerate(order) if column.key == wanted)
        if here != slot:
            order.insert(slot, order.pop(here))
            where = {"sheetId": sheet.gid, "dimension": "COLUMNS"}
            moved = where | {"startIndex": here, "endIndex": here + 1}
            yield {"moveDimension": {"source": moved, "destinationIndex": slot}}


def _remember_column(key: str, gid: int, at: int) -> Request:
    told = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1}
    return _remember(COLUMN_KEY, key, {"dimensionRange": told})


def _runs(where: Mapping[str, int]) -> list[tuple[int, list[str]]]:
    """Our columns that stand side by side."""
    runs: list[tuple[int, list[str]]] = []
    for key, at in sorted(where.items(), key=lambda one: one[1]):
        if runs and runs[-1][0] + len(runs[-1][1]) == at:
            runs[-1][1].append(key)
        else:
            runs.append((at, [key]))
    return runs


def _bold(gid: int, first: int, end: int) -> Request:
    where = {"sheetId": gid, "startRowIndex": 0, "endRowIndex": 1}
    where |= {"startColumnIndex": first, "endColumnIndex": end}
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    fields = "userEnteredFormat.textFormat.bold"
    return {"repeatCell": {"range": where, "cell": cell, "fields": fields}}


def _column(
    column: ColumnLayout, gid: int, at: int, there: Column, *, is_new: bool
) -> Iterator[Request]:
    below = {"sheetId": gid, "startRowIndex": 1, "startColumnIndex": at, "endColumnIndex": at + 1}
    rule = _validation(column)
    yield {"setDataValidation": {"range": below} | ({"rule": rule} if rule else {})}
    is_new = is_new or not there.title
    wanted = column.kind in _FORMATS and (column.kind != "text" or column.owner != "app")
    if wanted and is_new:  # later on the looks are people's
        cell = {"userEnteredFormat": {"numberFormat": _FORMATS[column.kind]}}
        fields = "userEnteredFormat.numberFormat"
        yield {"repeatCell": {"range": below, "cell": cell, "fields": fields}}
    if column.hidden != there.hidden:
        yield _show(gid, at, hidden=column.hidden)
    if is_new and not column.hidden:
        where = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1}
        told = {"properties": {"pixelSize": column.width}, "fields": "pixelSize"}
        yield {"updateDimensionProperties": {"range": where} | told}


def _show(gid: int, at: int, *, hidden: bool) -> Request:
    where = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1}
    told = {"properties": {"hiddenByUser": hidden}, "fields": "hiddenByUser"}
    return {"updateDimensionProperties": {"range": where} | told}


def _validation(column: ColumnLayout) -> dict[str, Any] | None:
    if column.owner == "app":
        return None
    if column.kind == "choice" and column.choices:
        values = [{"userEnteredValue": choice} for choice in column.choices]
        condition = {"type": "ONE_OF_LIST", "values": values}
        return {"condition": condition, "strict": True, "showCustomUi": True}
    if column.kind == "date":
        words = "A date, such as 2026-11-30."
        return {"condition": {"type": "DATE_IS_VALID"}, "inputMessage": words, "strict": False}
    if column.kind == "yes_no":
        return {"condition": {"type": "BOOLEAN"}, "strict": False}
    return None


# ---------------------------------------------------------------- what bears our mark


def _protect(
    layout: TabLayout, sheet: Sheet, where: Mapping[str, int], account: str
) -> Iterator[Request]:
    """The heading and the app's own columns: only the account edits them."""
    wanted = dict(_protections(layout, sheet.gid, where))
    for one in sheet.protections:
        words = str(one.get("description", ""))
        if not words.startswith(OURS):
            continue
        if _range(one.get("range") or {}) == _range(wanted.get(words, {"none": 1})):
            del wanted[words]
        else:
            yield {"deleteProtectedRange": {"protectedRangeId": one["protectedRangeId"]}}
    editors = {"editors": {"users": [account]}} if "@" in account else {}
    for words, place in wanted.items():
        told = {"range": place, "description": words, "warningOnly": False, **editors}
        yield {"addProtectedRange": {"protectedRange": told}}


def _protections(
    layout: TabLayout, gid: int, where: Mapping[str, int]
) -> Iterator[tuple[str, dict[str, int]]]:
    if layout.read_only or layout.hidden:
        yield f"{OURS}this tab is written by the app", {"sheetId": gid}
        return
    for at, keys in _runs(where):
        place = {"sheetId": gid, "startRowIndex": 0, "endRowIndex": 1}
        place |= {"startColumnIndex": at, "endColumnIndex": at + len(keys)}
        yield f"{OURS}headings from {keys[0]}", place
    for column in layout.columns:
        if column.owner == "app":
            at = where[column.key]
            place = {"sheetId": gid, "startRowIndex": 1}
            place |= {"startColumnIndex": at, "endColumnIndex": at + 1}
            yield f"{OURS}{column.title} ({column.key}) is kept by the app", place


def _range(told: Mapping[str, Any]) -> dict[str, Any]:
    """A range without what Google leaves out because it is 0."""
    return {name: value for name, value in told.items() if value}


def _rules(layout: TabLayout, sheet: Sheet, where: Mapping[str, int]) -> Iterator[Request]:
    ours = [at for at, rule in enumerate(sheet.rules) if MARK in str(rule)]
    for at in reversed(ours):
        yield {"deleteConditionalFormatRule": {"sheetId": sheet.gid, "index": at}}
    if layout.read_only or layout.hidden:
        return
    last = max(where.values()) + 1
    for colour in colours({key: letters(at) for key, at in where.items()}):
        first, end = (0, last) if colour.column is None else (where[colour.column],) * 2
        place = {"startColumnIndex": first, "endColumnIndex": max(end, first + 1)}
        yield _rule(sheet.gid, place, f"={colour.formula}", _COLOURS[colour.name])


def _rule(gid: int, place: Mapping[str, int], formula: str, colour: dict[str, float]) -> Request:
    where = {"sheetId": gid, "startRowIndex": 1, **place}
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
    told = {"condition": condition, "format": {"backgroundColor": colour}}
    rule = {"ranges": [where], "booleanRule": told}
    return {"addConditionalFormatRule": {"rule": rule, "index": 0}}
