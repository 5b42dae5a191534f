"""``spreadsheets.batchUpdate``: every request in its order, all of them or none."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sheets_emulator import masks, schema
from sheets_emulator.a1 import Area, Box
from sheets_emulator.answers import ApiError, invalid
from sheets_emulator.masks import Mask
from sheets_emulator.workbook import Sheet, Workbook, clipped

Json = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """A batch at work: the version of the workbook it makes, who asks, and when."""

    book: Workbook
    account: str
    now: datetime.datetime

    @property
    def today(self) -> datetime.date:
        return self.now.date()

    def grid(self, grid_range: Json) -> tuple[Sheet, Box]:
        """The tab and the cells of a GridRange, as far as the grid goes.

        Raises:
            ApiError: no such tab, or the range begins beyond the grid.
        """
        sheet = self.book.sheet(grid_range.get("sheetId", 0))
        check_indexes("GridRange", grid_range)
        return sheet, clipped(sheet, Area.from_json(grid_range))

    def spot(self, coordinate: Json) -> tuple[Sheet, int, int]:
        """The tab, row and column of a GridCoordinate.

        Raises:
            ApiError: no such tab, or the cell is not on the grid.
        """
        sheet = self.book.sheet(coordinate.get("sheetId", 0))
        check_indexes("GridCoordinate", coordinate)
        row, column = coordinate.get("rowIndex", 0), coordinate.get("columnIndex", 0)
        clipped(sheet, Area(sheet.id, row, row + 1, column, column + 1))
        return sheet, row, column


def check_indexes(message: str, value: Json) -> None:
    """Refuse rows and columns before the first.

    Raises:
        ApiError: which index is below 0.
    """
    for name, n in value.items():
        if name.endswith("Index") and n < 0:
            raise invalid(f"{message}.{name}[{n}] must be >= 0")


Handler = Callable[[Batch, Json], Json | None]
HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Declare who does the requests of a kind."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


def run(batch: Batch, requests: list[Json]) -> list[Json]:
    """Do the requests; their replies, in the same order.

    Raises:
        ApiError: the first one that cannot be done; the caller throws the version away.
    """
    if not requests:
        raise invalid("Must specify at least one request.")
    return [_reply(batch, n, request) for n, request in enumerate(requests)]


def _reply(batch: Batch, n: int, request: Json) -> Json:
    if not request:
        raise invalid(f"Invalid requests[{n}]: No request set.")
    kind, arguments = next(iter(request.items()))
    handler = HANDLERS.get(kind)
    if handler is None:
        raise invalid(f"Invalid requests[{n}].{kind}: This server does not know such requests.")
    try:
        found = handler(batch, arguments)
    except ApiError as refused:
        if refused.code == 400 and not refused.details:
            raise invalid(f"Invalid requests[{n}].{kind}: {refused.message}") from None
        raise
    return {} if found is None else {kind: found}


def update_mask(arguments: Json, message: str) -> Mask:
    """The fields that an update names, checked against the message.

    Raises:
        ApiError: none is named, or one that there is not.
    """
    text = arguments.get("fields")
    if not text:
        raise invalid(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
        )
    mask = masks.parse(text)
    if mask and set(mask) == {schema.snake(message)}:
        mask = mask[schema.snake(message)]
    masks.check(mask, message)
    return mask
