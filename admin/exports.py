"""Lists as files: CSV and XLSX, streamed row by row, without formulas from what people typed."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from werkzeug.utils import secure_filename

import clock
import models
from sync import amounts, cells

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PIECE = 64 * 1024
_ROWS_A_PIECE = 200

Rows = Callable[[], Iterable[Sequence[Any]]]


def as_file(kind: str, name: str, titles: Sequence[str], rows: Rows) -> Response:
    """An answer that downloads rows of plain values (text, numbers, days, moments, yes and no).

    Args:
        kind: ``csv`` or ``xlsx``.
        name: what the list is called.
        titles: the first row.
        rows: asked when the answer is sent.  By then the request is over, and so is what it
            knew of the person; the connection is opened for it anew and given back.
    """
    content = _csv(titles, rows) if kind == "csv" else _xlsx(name, titles, rows)
    stamp = clock.local(clock.now()).strftime("%Y-%m-%d")
    filename = secure_filename(f"{name} {stamp}.{kind}") or f"list.{kind}"
    return Response(
        _and_leave(content),
        content_type=KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _and_leave(content: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from content
    finally:
        models.close()


def _csv(titles: Sequence[str], rows: Rows) -> Iterator[str]:
    written: list[str] = []
    writer = csv.writer(_Keep(written))
    yield "\ufeff"  # without it Excel takes the file for Latin-1
    writer.writerow([cells.safe_cell(title) for title in titles])
    for row in rows():
        writer.writerow([cells.safe_cell(_text(value)) for value in row])
        if len(written) >= _ROWS_A_PIECE:
            yield "".join(written)
            written.clear()
    yield "".join(written)


def _xlsx(name: str, titles: Sequence[str], rows: Rows) -> Iterator[bytes]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(name))
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, title, bold=True) for title in titles])
    for row in rows():
        sheet.append([_cell(sheet, value) for value in row])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _cell(sheet: WriteOnlyWorksheet, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, datetime):
        value = clock.local(value).replace(tzinfo=None)
    elif isinstance(value, bool) or not isinstance(value, date | int | Decimal | None):
        value = _text(value)[:32_767]
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, whatever it begins with
    if bold:
        cell.font = Font(bold=True)
    return cell


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Decimal):
        return amounts.plain(value)
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value)
    return cells.clean(str(value))


def _sheet_name(name: str) -> str:
    return "".join(c for c in name if c not in r"[]:*?/\\")[:31] or "List"


class _Keep:
    """The part of a file that the csv module writes to."""

    def __init__(self, written: list[str]) -> None:
        self._written = written

    def write(self, text: str) -> None:
        self._written.append(text)
