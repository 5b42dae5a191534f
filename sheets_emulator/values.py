"""The ``values`` calls: read, write, append and clear ranges of plain values."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sheets_emulator import a1
from sheets_emulator.a1 import Area, Box
from sheets_emulator.answers import bad_field, invalid
from sheets_emulator.cells import BLANK, Cell, Failure, Value, tidy
from sheets_emulator.entered import Entry, entered, number_format
from sheets_emulator.formulas import automatic_format
from sheets_emulator.shown import is_date, text_of
from sheets_emulator.workbook import Row, Sheet, Workbook, clipped

Json = dict[str, Any]

_INPUTS = ("RAW", "USER_ENTERED")
_RENDERS = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
_DATE_RENDERS = ("SERIAL_NUMBER", "FORMATTED_STRING")
_MAJORS = ("ROWS", "COLUMNS")
_PACKAGE = "type.googleapis.com/google.apps.sheets.v4."


class Reading(NamedTuple):
    """How values are to be shown."""

    render: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    major: str = "ROWS"

    @classmethod
    def asked(cls, query: Json, prefix: str = "") -> "Reading":
        """From the parameters of a call, or the fields of a body.

        Raises:
            ApiError: an option that there is not.
        """

        def option(name: str, field: str, known: tuple[str, ...], kind: str) -> str:
            full = prefix + name[:1].upper() + name[1:] if prefix else name
            value = query.get(full) or known[0]
            if value not in known and not value.endswith("_UNSPECIFIED"):
                raise bad_field(
                    field, f"Invalid value at '{field}' ({_PACKAGE}{kind}), \"{value}\""
                )
            return value if value in known else known[0]

        snake = prefix and prefix + "_"
        return cls(
            option(
                "valueRenderOption", snake + "value_render_option", _RENDERS, "ValueRenderOption"
            ),
            option(
                "dateTimeRenderOption",
                snake + "date_time_render_option",
                _DATE_RENDERS,
                "DateTimeRenderOption",
            ),
            option("majorDimension", "major_dimension", _MAJORS, "Dimension"),
        )


class Written(NamedTuple):
    """What a write touched."""

    sheet: Sheet
    box: Box
    rows: set[int]
    columns: set[int]
    cells: int

    def as_json(self, book: Workbook) -> Json:
        """An UpdateValuesResponse; counts of zero are left out."""
        found: Json = {
            "spreadsheetId": book.id,
            "updatedRange": a1.show(self.sheet.title, self.box),
        }
        if self.cells:
            found |= {
                "updatedRows": len(self.rows),
                "updatedColumns": len(self.columns),
                "updatedCells": self.cells,
            }
        return found


# ---------------------------------------------------------------- reading


def value_range(book: Workbook, sheet: Sheet, box: Box, how: Reading) -> Json:
    """A ValueRange: trailing blanks cut, inner ones empty texts."""
    found: Json = {"range": a1.show(sheet.title, box), "majorDimension": how.major}
    lines = list(_lines(sheet, box, *_shower(book, how)))
    if how.major == "COLUMNS":
        lines = _turned(lines)
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        found["values"] = lines
    return found


def _lines(
    sheet: Sheet, box: Box, plain: set[type], show: Callable[[Cell], Any]
) -> Iterator[list[Any]]:
    left, right = box.left, box.right
    for row in sheet.rows[box.top : min(box.bottom, sheet.used)]:
        if not row:
            yield []
            continue
        line: list[Any] = []
        for column in range(left, min(right, max(row) + 1)):
            cell = row.get(column)
            if cell is None or cell.value is None:
                line.append("")
            else:
                line.append(cell.value if type(cell.value) in plain else show(cell))
        while line and line[-1] == "":
            line.pop()
        yield line


def _turned(lines: list[list[Any]]) -> list[list[Any]]:
    columns = []
    for n in range(max(map(len, lines), default=0)):
        column = [line[n] if n < len(line) else "" for line in lines]
        while column and column[-1] == "":
            column.pop()
        columns.append(column)
    return columns


def _shower(book: Workbook, how: Reading) -> tuple[set[type], Callable[[Cell], Any]]:
    """What goes into the answer as it is, and what makes the rest fit."""
    locale, as_text = book.locale, how.dates == "FORMATTED_STRING"

    def formatted(cell: Cell) -> Any:
        return text_of(cell.value, cell.format, locale)

    def unformatted(cell: Cell) -> Any:
        value = cell.value
        if isinstance(value, Failure):
            return value.shown
        if as_text and is_date(cell.format) and not isinstance(value, str | bool):
            return text_of(value, cell.format, locale)
        return value

    def formula(cell: Cell) -> Any:
        return cell.formula if cell.formula is not None else unformatted(cell)

    if how.render == "FORMATTED_VALUE":
        return {str}, formatted
    if how.render == "FORMULA":
        return set(), formula
    return {str, bool} if as_text else {str, bool, int, float}, unformatted


def read(book: Workbook, text: str, how: Reading) -> Json:
    """What ``values.get`` answers."""
    sheet, area = book.resolve(text)
    return value_range(book, sheet, clipped(sheet, area), how)


# ---------------------------------------------------------------- writing


def write(
    book: Workbook, text: str, body: Json, option: str | None, today: datetime.date
) -> Written:
    """Put the values of a ValueRange into a range; ``null`` skips, an empty text clears.

    Raises:
        ApiError: the range or the values do not fit.
    """
    how = checked_option(option)
    sheet, area = book.resolve(text)
    if body.get("range") and book.resolve(body["range"]) != (sheet, area):
        raise invalid(f"Requested range [{text}] does not match value's range [{body['range']}]")
    box = clipped(sheet, area)
    lines = by_rows(body)
    _check_fits(_room(sheet, area, box), lines, text)
    return put_lines(book, sheet, (box.top, box.left), lines, how, today)


def checked_option(option: str | None) -> str:
    """How input is taken.

    Raises:
        ApiError: it is not said, or there is no such way.
    """
    if not option or option == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise invalid("'valueInputOption' is required but not specified")
    if option not in _INPUTS:
        kind = f"{_PACKAGE}ValueInputOption"
        said = f"Invalid value at 'value_input_option' ({kind}), \"{option}\""
        raise bad_field("value_input_option", said)
    return option


def by_rows(body: Json) -> list[list[Any]]:
    """The values of a ValueRange, by rows.

    Raises:
        ApiError: a value that no cell can hold.
    """
    lines: list[list[Any]] = body.get("values") or []
    for r, line in enumerate(lines):
        for c, value in enumerate(line):
            if isinstance(value, dict | list):
                kind = "struct_value" if isinstance(value, dict) else "list_value"
                raise invalid(f"Invalid values[{r}][{c}]: {kind} {{\n}}\n")
    if body.get("majorDimension") != "COLUMNS":
        return lines
    tall = max(map(len, lines), default=0)
    return [[line[n] if n < len(line) else None for line in lines] for n in range(tall)]


def _room(sheet: Sheet, area: Area, box: Box) -> Box:
    """Where values may go: from a single cell on as far as the grid reaches."""
    anchor = area.bottom == box.top + 1 and area.right == box.left + 1
    return Box(box.top, sheet.row_count, box.left, sheet.column_count) if anchor else box


def _check_fits(room: Box, lines: list[list[Any]], asked: str) -> None:
    said = f"Requested writing within range [{asked}], but tried writing to"
    if len(lines) > room.height:
        raise invalid(f"{said} row [{room.bottom + 1}]")
    if max(map(len, lines), default=0) > room.width:
        raise invalid(f"{said} column [{a1.letters(room.right)}]")


def put_lines(
    book: Workbook,
    sheet: Sheet,
    at: tuple[int, int],
    lines: list[list[Any]],
    how: str,
    today: datetime.date,
) -> Written:
    """Write values from a cell on; the grid grows where it must."""
    top, left = at
    wide = max(map(len, lines), default=0)
    box = Box(top, top + max(len(lines), 1), left, left + max(wide, 1))
    sheet.row_count = max(sheet.row_count, box.bottom if lines else 0)
    sheet.column_count = max(sheet.column_count, box.right if lines else 0)
    rows: set[int] = set()
    columns: set[int] = set()
    count = 0
    for n, line in enumerate(lines, start=top):
        old, changed = sheet.row(n), {}
        for column, value in enumerate(line, start=left):
            if value is not None:
                changed[column] = taken(book, old.get(column, BLANK), value, how, today)
        if changed:
            sheet.put(n, changed)
            rows.add(n)
            columns.update(changed)
            count += len(changed)
    return Written(sheet, box, rows, columns, count)


def taken(book: Workbook, old: Cell, value: Any, how: str, today: datetime.date) -> Cell:
    """The cell after a value was written into it; format and note stay."""
    if value == "" and isinstance(value, str):
        return old._replace(value=None, formula=None)
    if isinstance(value, float):
        value = tidy(value)
    if how == "RAW" or not isinstance(value, str):
        return Cell(value) if old is BLANK else old._replace(value=value, formula=None)
    known = (old.format or {}).get("numberFormat", {}).get("type")
    if known == "TEXT" and not value.startswith("="):
        return old._replace(value=value, formula=None)
    entry = entered(value, book.locale, today)
    if entry.formula is not None:
        book.has_formulas = True
        entry = _with_automatic_format(entry, known)
    form = old.format
    if entry.format and entry.format["type"] != known:
        form = {**(form or {}), "numberFormat": entry.format}
    plain: Value = entry.value
    return old._replace(value=plain, formula=entry.formula, format=form)


def _with_automatic_format(entry: Entry, known: str | None) -> Entry:
    kind = automatic_format(entry.formula or "") if known is None else None
    return entry._replace(format=number_format(kind, "")) if kind else entry


# ---------------------------------------------------------------- clearing


def clear(book: Workbook, text: str) -> str:
    """Take the values out of a range and say which; formats and notes stay."""
    sheet, area = book.resolve(text)
    box = clipped(sheet, area)
    clear_box(sheet, box)
    return a1.show(sheet.title, box)


def clear_box(sheet: Sheet, box: Box) -> None:
    """Take the values out of these cells."""
    for n in range(box.top, min(box.bottom, sheet.used)):
        changed: Row = {
            column: cell._replace(value=None, formula=None)
            for column, cell in sheet.rows[n].items()
            if box.left <= column < box.right
        }
        if changed:
            sheet.put(n, changed)


# ---------------------------------------------------------------- appending


def append(
    book: Workbook, text: str, body: Json, query: Json, today: datetime.date
) -> tuple[Box | None, Written]:
    """Write after the last table that the range touches; the table found, and what was written.

    Google looks for islands of filled cells: a gap in a row divides it into two tables.
    """
    how = checked_option(query.get("valueInputOption"))
    sheet, area = book.resolve(text)
    lines = by_rows(body)
    box = clipped(sheet, area)
    touched = [island for island in islands(sheet) if island.touches(box)]
    if not touched:
        return None, put_lines(book, sheet, (box.top, box.left), lines, how, today)
    table = max(touched, key=lambda island: (island.top, island.left))
    if query.get("insertDataOption") == "INSERT_ROWS" and table.bottom < sheet.row_count:
        sheet.rows[table.bottom : table.bottom] = [{} for _ in lines]
        sheet.row_count += len(lines)
    return table, put_lines(book, sheet, (table.bottom, table.left), lines, how, today)


def islands(sheet: Sheet) -> list[Box]:
    """The tables of a tab: boxes around filled cells that touch, corners included."""
    left = {
        (n, column)
        for n, row in enumerate(sheet.rows)
        for column, cell in row.items()
        if cell.value is not None or cell.formula is not None
    }
    found = []
    while left:
        found.append(_island(left))
    return found


def _island(left: set[tuple[int, int]]) -> Box:
    first = left.pop()
    edge, rows, columns = [first], [first[0]], [first[1]]
    while edge:
        row, column = edge.pop()
        for near in [(row + r, column + c) for r in (-1, 0, 1) for c in (-1, 0, 1)]:
            if near in left:
                left.discard(near)
                edge.append(near)
                rows.append(near[0])
                columns.append(near[1])
    return Box(min(rows), max(rows) + 1, min(columns), max(columns) + 1)


def area_of(sheet: Sheet, box: Box) -> Area:
    """The GridRange of some cells."""
    return box.area(sheet.id)
