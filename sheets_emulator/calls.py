"""The calls of the Sheets API v4: which path does what."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote

from sheets_emulator import a1, answers, masks, reading, requests, schema, values
from sheets_emulator.answers import bad_field, invalid, not_found
from sheets_emulator.files import Drive, File, new_file_id
from sheets_emulator.requests import marks
from sheets_emulator.requests.batch import Batch, run
from sheets_emulator.requests.tabs import copy_of, copy_title
from sheets_emulator.values import Reading
from sheets_emulator.workbook import Sheet, Workbook, clipped, new_gid

Json = dict[str, Any]
__all__ = ["READS", "Call", "answer", "requests"]

READS = ("getByDataFilter", "batchGetByDataFilter", "search")
MOST_BYTES = 10_485_760
_ALWAYS = {
    "fields",
    "prettyPrint",
    "alt",
    "key",
    "quotaUser",
    "access_token",
    "uploadType",
    "$.xgafv",
}
_WRITE_OPTIONS = {
    "valueInputOption",
    "includeValuesInResponse",
    "responseValueRenderOption",
    "responseDateTimeRenderOption",
}
_READ_OPTIONS = {"majorDimension", "valueRenderOption", "dateTimeRenderOption"}


@dataclass(slots=True)
class Call:
    """One request: who asks for what."""

    method: str
    path: str
    query_text: str
    body: bytes
    account: str
    drive: Drive
    api: str = ""
    file_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_text, keep_blank_values=True)

    @property
    def query(self) -> dict[str, str]:
        return dict(self.pairs)

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated."""
        return [value for key, value in self.pairs if key == name]

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("true", "1")

    def file(self, role: str = "reader") -> File:
        """The workbook meant, if the account may use it so."""
        return self.drive.get(self.file_id, self.account, role=role)

    def accept(self, *names: str) -> None:
        """Refuse parameters that the call does not have.

        Raises:
            ApiError: which.
        """
        for name in self.query:
            if name not in _ALWAYS and name not in names:
                said = (
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query'
                    f" parameter. Field '{name}' could not be found in request message."
                )
                raise bad_field("", said)

    def json(self, message: str, path: str = "") -> Json:
        """The body, held against the schema.

        Raises:
            ApiError: it is no JSON, or does not fit.
        """
        if len(self.body) > MOST_BYTES:
            raise invalid(f"Request payload size exceeds the limit: {MOST_BYTES} bytes.")
        if not self.body.strip():
            return {}
        try:
            found = json.loads(self.body, parse_constant=_no_constant)
        except ValueError:
            raise invalid("Invalid JSON payload received. Unexpected token.") from None
        return schema.checked(found, message, path)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def answer(call: Call) -> Any:
    """What the Sheets API answers, cut to the fields asked for.

    Raises:
        ApiError: a refusal.
    """
    parts = [unquote(part) for part in call.path.split("/")[2:]]
    handler = _handler(call, parts)
    found = handler(call)
    text = call.query.get("fields")
    if not text:
        return found
    mask = masks.already(masks.parse(text), *reading.CELLS)
    return masks.keep(found, masks.already(mask, "updatedSpreadsheet", *reading.CELLS))


def _handler(call: Call, parts: list[str]) -> Callable[[Call], Json]:
    """Who answers; the rest of the path goes into ``api``, ``file_id`` and ``path``."""
    if parts == ["spreadsheets"]:
        call.api = "create"
    elif len(parts) == 2:
        call.file_id, _, verb = parts[1].partition(":")
        call.api = verb or "get"
    elif parts[2].startswith(("values:", "developerMetadata:")) and len(parts) == 3:
        call.file_id, call.api = parts[1], parts[2].replace(":", ".")
    elif len(parts) > 3:
        call.file_id = parts[1]
        verb = _verb_of(parts[2], parts[3:], call.method)
        call.path, call.api = _without(parts[3:], verb), f"{parts[2]}.{verb}"
    found = _CALLS.get((call.method, call.api))
    if found is None:
        raise not_found()
    return found


def _verb_of(kind: str, rest: list[str], method: str) -> str:
    ending = re.search(r":(append|clear|copyTo)$", rest[-1])
    if ending and method == "POST":
        return ending[1]
    return "update" if kind == "values" and method == "PUT" else "get"


def _without(rest: list[str], verb: str) -> str:
    return "/".join(rest).removesuffix(f":{verb}")


# ---------------------------------------------------------------- workbooks


def _create(call: Call) -> Json:
    call.accept()
    wanted = call.json("Spreadsheet")
    title = wanted.get("properties", {}).get("title") or "Untitled spreadsheet"
    book = Workbook(new_file_id(), title)
    batch = Batch(book, call.account, call.drive.clock.now())
    for sheet in wanted.get("sheets") or [{"properties": {"sheetId": 0, "title": "Sheet1"}}]:
        run(batch, [{"addSheet": {"properties": sheet.get("properties", {})}}])
    given = {k: v for k, v in wanted.get("properties", {}).items() if k in ("locale", "timeZone")}
    if given:
        fields = ",".join(given)
        run(batch, [{"updateSpreadsheetProperties": {"properties": given, "fields": fields}}])
    call.drive.add(book, call.account)
    return reading.spreadsheet(book, None, None, batch.now, grid=False)


def _get(call: Call) -> Json:
    call.accept("ranges", "includeGridData", "excludeTablesInBandedRanges", "commentsViewMode")
    book = call.file().book
    areas = [book.resolve(text)[1] for text in call.every("ranges")]
    return _shown(call, book, areas, call.flag("includeGridData"), call.query.get("fields"))


def _shown(
    call: Call, book: Workbook, areas: list[a1.Area], grid: bool, fields: str | None
) -> Json:
    mask = masks.parse(fields) if fields else None
    if fields:  # then the mask alone decides
        grid = masks.names(mask, "sheets", "data")
    return reading.spreadsheet(book, mask, areas, call.drive.clock.now(), grid=grid)


def _get_by_filter(call: Call) -> Json:
    call.accept()
    body, book = call.json("GetSpreadsheetByDataFilterRequest"), call.file().book
    areas = [area for one in body.get("dataFilters", []) for _, area in marks.areas(book, one)]
    return _shown(call, book, areas, body.get("includeGridData", False), call.query.get("fields"))


def _batch_update(call: Call) -> Json:
    call.accept()
    file = call.file("writer")
    body = call.json("BatchUpdateSpreadsheetRequest")
    with call.drive.changing(file, call.account) as book:
        replies = run(Batch(book, call.account, call.drive.clock.now()), body.get("requests", []))
    found: Json = {"spreadsheetId": file.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        mask = masks.parse(call.query["fields"]) if call.query.get("fields") else None
        below = masks.below(mask, "updatedSpreadsheet")
        areas = [file.book.resolve(text)[1] for text in body.get("responseRanges", [])]
        grid = body.get("responseIncludeGridData", False)
        now = call.drive.clock.now()
        found["updatedSpreadsheet"] = reading.spreadsheet(file.book, below, areas, now, grid=grid)
    return found


def _copy_to(call: Call) -> Json:
    call.accept()
    body, book = call.json("CopySheetToAnotherSpreadsheetRequest"), call.file().book
    if not call.path.isdigit():
        raise bad_field("sheet_id", f"Invalid value at 'sheet_id' (TYPE_INT32), \"{call.path}\"")
    source = book.sheet(int(call.path), missing="No sheet with id: {}")
    target = call.drive.get(body.get("destinationSpreadsheetId", ""), call.account, role="writer")
    with call.drive.changing(target, call.account) as other:
        sheet = copy_of(other, source, new_gid(), copy_title(other, source.title))
        other.sheets.append(sheet)
        other.has_formulas |= book.has_formulas
        return reading.sheet_properties(other, sheet)


# ---------------------------------------------------------------- values


def _values_get(call: Call) -> Json:
    call.accept(*_READ_OPTIONS)
    how = Reading.asked(call.query)
    return values.read(call.file().book, call.path, how)


def _values_batch_get(call: Call) -> Json:
    call.accept("ranges", *_READ_OPTIONS)
    how, book = Reading.asked(call.query), call.file().book
    found: Json = {"spreadsheetId": book.id}
    ranges = [values.read(book, text, how) for text in call.every("ranges")]
    return found | ({"valueRanges": ranges} if ranges else {})


def _values_update(call: Call) -> Json:
    call.accept(*_WRITE_OPTIONS)
    file, body = call.file("writer"), call.json("ValueRange", "data")
    values.checked_option(call.query.get("valueInputOption"))
    with call.drive.changing(file, call.account) as book:
        today = call.drive.clock.now().date()
        written = values.write(book, call.path, body, call.query.get("valueInputOption"), today)
    return _told(call, file.book, written, call.query, call.flag("includeValuesInResponse"))


def _told(
    call: Call, book: Workbook, written: values.Written, options: Json, with_values: bool
) -> Json:
    found = written.as_json(book)
    if with_values:
        how = Reading.asked(options, "response")
        found["updatedData"] = values.value_range(book, written.sheet, written.box, how)
    return found


def _values_append(call: Call) -> Json:
    call.accept("insertDataOption", *_WRITE_OPTIONS)
    file, body = call.file("writer"), call.json("ValueRange", "data")
    with call.drive.changing(file, call.account) as book:
        today = call.drive.clock.now().date()
        table, written = values.append(book, call.path, body, call.query, today)
    found: Json = {"spreadsheetId": file.id}
    if table:
        found["tableRange"] = a1.show(written.sheet.title, table)
    with_values = call.flag("includeValuesInResponse")
    found["updates"] = _told(call, file.book, written, call.query, with_values)
    return found


def _values_batch_update(call: Call) -> Json:
    call.accept()
    file, body = call.file("writer"), call.json("BatchUpdateValuesRequest")
    today = call.drive.clock.now().date()
    option = body.get("valueInputOption")
    values.checked_option(option)
    with call.drive.changing(file, call.account) as book:
        done = []
        for n, one in enumerate(body.get("data", [])):
            try:
                done.append(values.write(book, one.get("range", ""), one, option, today))
            except answers.ApiError as refused:
                raise invalid(f"Invalid data[{n}]: {refused.message}") from None
    return _totals(call, file.book, done, body)


def _totals(call: Call, book: Workbook, done: list[values.Written], body: Json) -> Json:
    rows = {(one.sheet.id, n) for one in done for n in one.rows}
    columns = {(one.sheet.id, n) for one in done for n in one.columns}
    totals = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": sum(one.cells for one in done),
        "totalUpdatedSheets": len({one.sheet.id for one in done}),
    }
    with_values = body.get("includeValuesInResponse", False)
    told = [_told(call, book, one, body, with_values) for one in done]
    found: Json = {"spreadsheetId": book.id} | {name: n for name, n in totals.items() if n}
    return found | ({"responses": told} if told else {})


def _values_clear(call: Call) -> Json:
    call.accept()
    file = call.file("writer")
    call.json("ClearValuesRequest")
    with call.drive.changing(file, call.account) as book:
        return {"spreadsheetId": book.id, "clearedRange": values.clear(book, call.path)}


def _values_batch_clear(call: Call) -> Json:
    call.accept()
    file, body = call.file("writer"), call.json("BatchClearValuesRequest")
    with call.drive.changing(file, call.account) as book:
        cleared = [_cleared(book, n, text) for n, text in enumerate(body.get("ranges", []))]
    return {"spreadsheetId": file.id} | ({"clearedRanges": cleared} if cleared else {})


def _cleared(book: Workbook, n: int, text: str) -> str:
    try:
        return values.clear(book, text)
    except answers.ApiError as refused:
        raise invalid(f"Invalid range[{n}]: {refused.message}") from None


# ---------------------------------------------------------------- by data filter


def _matched(book: Workbook, body: Json) -> list[tuple[Json, Sheet, a1.Area]]:
    filters = body.get("dataFilters", [])
    if not filters:
        raise invalid("Must specify at least one data filter.")
    return [(one, sheet, area) for one in filters for sheet, area in marks.areas(book, one)]


def _get_values_by_filter(call: Call) -> Json:
    call.accept()
    body, book = call.json("BatchGetValuesByDataFilterRequest"), call.file().book
    how = Reading.asked(body)
    found = [
        {
            "valueRange": values.value_range(book, sheet, clipped(sheet, area), how),
            "dataFilters": [one],
        }
        for one, sheet, area in _matched(book, body)
    ]
    return {"spreadsheetId": book.id} | ({"valueRanges": found} if found else {})


def _update_values_by_filter(call: Call) -> Json:
    call.accept()
    file, body = call.file("writer"), call.json("BatchUpdateValuesByDataFilterRequest")
    how = values.checked_option(body.get("valueInputOption"))
    today = call.drive.clock.now().date()
    done, filters = list[values.Written](), list[Json]()
    with call.drive.changing(file, call.account) as book:
        for one in body.get("data", []):
            for sheet, area in marks.areas(book, one.get("dataFilter", {})):
                box, lines = clipped(sheet, area), values.by_rows(one)
                done.append(values.put_lines(book, sheet, (box.top, box.left), lines, how, today))
                filters.append(one["dataFilter"])
    found = _totals(call, file.book, done, body)
    for told, data_filter in zip(found.get("responses", []), filters, strict=True):
        told.pop("spreadsheetId")
        told["dataFilter"] = data_filter
    return found


def _clear_values_by_filter(call: Call) -> Json:
    call.accept()
    file, body = call.file("writer"), call.json("BatchClearValuesByDataFilterRequest")
    cleared = []
    with call.drive.changing(file, call.account) as book:
        for _, sheet, area in _matched(book, body):
            box = clipped(sheet, area)
            values.clear_box(sheet, box)
            cleared.append(a1.show(sheet.title, box))
    return {"spreadsheetId": file.id} | ({"clearedRanges": cleared} if cleared else {})


# ---------------------------------------------------------------- developer metadata


def _metadata_get(call: Call) -> Json:
    call.accept()
    for item in call.file().book.metadata:
        if str(item["metadataId"]) == call.path:
            return dict(item)
    raise answers.ApiError(404, f"No developer metadata with ID: {call.path}", reason="notFound")


def _metadata_search(call: Call) -> Json:
    call.accept()
    body = call.json("SearchDeveloperMetadataRequest")
    matched = marks.search(call.file().book, body.get("dataFilters", []))
    return {"matchedDeveloperMetadata": matched} if matched else {}


_CALLS: dict[tuple[str, str], Callable[[Call], Json]] = {
    ("POST", "create"): _create,
    ("GET", "get"): _get,
    ("POST", "getByDataFilter"): _get_by_filter,
    ("POST", "batchUpdate"): _batch_update,
    ("POST", "sheets.copyTo"): _copy_to,
    ("GET", "values.get"): _values_get,
    ("GET", "values.batchGet"): _values_batch_get,
    ("PUT", "values.update"): _values_update,
    ("POST", "values.append"): _values_append,
    ("POST", "values.clear"): _values_clear,
    ("POST", "values.batchUpdate"): _values_batch_update,
    ("POST", "values.batchClear"): _values_batch_clear,
    ("POST", "values.batchGetByDataFilter"): _get_values_by_filter,
    ("POST", "values.batchUpdateByDataFilter"): _update_values_by_filter,
    ("POST", "values.batchClearByDataFilter"): _clear_values_by_filter,
    ("GET", "developerMetadata.get"): _metadata_get,
    ("POST", "developerMetadata.search"): _metadata_search,
}
