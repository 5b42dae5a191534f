"""What a person does to a workbook in the browser."""

from collections.abc import Callable
from typing import Any

from sheets_emulator import a1, values
from sheets_emulator.a1 import Box
from sheets_emulator.answers import ApiError, invalid
from sheets_emulator.files import Drive, File
from sheets_emulator.requests.batch import Batch, run
from sheets_emulator.requests.moving import sort
from sheets_emulator.workbook import Sheet, clipped

Json = dict[str, Any]

_PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to"
    " remove protection if you need to edit."
)


def act(drive: Drive, file: File, user: str, action: str, arguments: Json) -> Any:
    """Do one thing as a person; the change shows in Drive when its lag is over.

    Raises:
        ApiError: there is no such action, or the workbook refuses it.
    """
    if action == "restore":
        return restore(drive, file, user, arguments.get("version", -1))
    if action in ("trash", "untrash"):
        file.trashed = action == "trash"
        return None
    done = _ACTIONS.get(action)
    if done is None:
        raise invalid(f"There is no action {action}; there are {', '.join(sorted(_ACTIONS))}.")
    with drive.changing(file, user, browser=True) as book:
        batch = Batch(book, user, drive.clock.now())
        return done(Hand(batch, file, user, arguments))


def restore(drive: Drive, file: File, user: str, number: int) -> int:
    """Bring an old version back, by its number or counted from the end (-1: the one before).

    Raises:
        ApiError: there is no such version.
    """
    old = file.versions[number - 1 :][:1] if number < 0 else []
    old = old or [version for version in file.versions if version.number == number]
    if not old:
        raise invalid(f"There is no version {number}.")
    with drive.changing(file, user, browser=True) as book:
        source = old[0].book.copy()
        for name in ("title", "sheets", "locale_name", "time_zone", "properties", "named"):
            setattr(book, name, getattr(source, name))
        book.metadata, book.has_formulas = source.metadata, source.has_formulas
    return old[0].number


class Hand:
    """A person's hand over a workbook: what is pointed at, and whether it may be changed."""

    def __init__(self, batch: Batch, file: File, user: str, arguments: Json) -> None:
        self.batch, self.file, self.user, self.arguments = batch, file, user, arguments

    def get(self, name: str, default: Any = None) -> Any:
        return self.arguments.get(name, default)

    def tab(self) -> Sheet:
        """The tab named by title or id; the first if none is."""
        wanted = self.get("tab")
        if wanted is None:
            return self.batch.book.sheets[0]
        if isinstance(wanted, int):
            return self.batch.book.sheet(wanted)
        sheet = self.batch.book.titled(wanted)
        if sheet is None:
            raise invalid(f"There is no tab {wanted}.")
        return sheet

    def box(self, name: str = "range") -> tuple[Sheet, Box]:
        """A range such as ``B2:C3`` on the tab, or with the tab in it."""
        text = self.get(name) or self.get("cell") or ""
        if "!" not in text:
            text = a1.quoted(self.tab().title) + (f"!{text}" if text else "")
        sheet, area = self.batch.book.resolve(text)
        return sheet, clipped(sheet, area)

    def free(self, sheet: Sheet, box: Box) -> None:
        """Refuse a change of cells that are protected against this person.

        Raises:
            ApiError: they are.
        """
        if self.user == self.file.owner or self.get("force"):
            return
        for item in sheet.lists.get("protectedRanges", []):
            fast = not item.get("warningOnly") and sheet.box_of(item["range"]).touches(box)
            if fast and self.user not in item.get("editors", {}).get("users", []):
                raise ApiError(403, _PROTECTED, reason="forbidden")

    def request(self, kind: str, arguments: Json) -> Any:
        """One request of batchUpdate, done as this person."""
        return run(self.batch, [{kind: arguments}])[0].get(kind)

    def span(self, dimension: str) -> Json:
        """Rows by the numbers people see, columns by their letters (or counted from 0)."""
        at, count = self.get("at", 1), self.get("count", 1)
        return {"sheetId": self.tab().id, "dimension": dimension} | _bounds(dimension, at, count)


def _bounds(dimension: str, at: int | str, count: int) -> Json:
    start = spot(dimension, at)
    return {"startIndex": start, "endIndex": start + count}


def spot(dimension: str, at: int | str) -> int:
    """The index of row 5 or column C; a column may be an index already."""
    if isinstance(at, str) and not at.isdigit():
        return a1.column_of(at)
    return int(at) - 1 if dimension == "ROWS" else int(at)


# ---------------------------------------------------------------- cells


def _edit(hand: Hand) -> None:
    sheet, box = hand.box("cell")
    lines = hand.get("rows") or [[hand.get("value", "")]]
    wide = max(map(len, lines))
    hand.free(sheet, Box(box.top, box.top + len(lines), box.left, box.left + wide))
    today = hand.batch.today
    texts = [[value if value is not None else "" for value in line] for line in lines]
    values.put_lines(hand.batch.book, sheet, (box.top, box.left), texts, "USER_ENTERED", today)


def _clear(hand: Hand) -> None:
    sheet, box = hand.box()
    hand.free(sheet, box)
    values.clear_box(sheet, box)


def _note(hand: Hand) -> None:
    sheet, box = hand.box("cell")
    cell = sheet.cell(box.top, box.left)
    sheet.put(box.top, {box.left: cell._replace(note=hand.get("text") or None)})


def _paint(hand: Hand) -> None:
    sheet, box = hand.box()
    form = {"userEnteredFormat": {"backgroundColor": hand.get("color", {})}}
    request = {"range": box.area(sheet.id).as_json(), "cell": form}
    hand.request("repeatCell", request | {"fields": "userEnteredFormat.backgroundColor"})


def _copy(hand: Hand) -> None:
    sheet, box = hand.box("range")
    target, to = hand.box("to")
    over = Box(to.top, to.top + box.height, to.left, to.left + box.width)
    hand.free(target, over)
    target.row_count = max(target.row_count, over.bottom)
    target.column_count = max(target.column_count, over.right)
    hand.request(
        "copyPaste",
        {
            "source": box.area(sheet.id).as_json(),
            "destination": over.area(target.id).as_json(),
            "pasteType": hand.get("kind", "PASTE_NORMAL"),
        },
    )


def _cut(hand: Hand) -> None:
    sheet, box = hand.box("range")
    target, to = hand.box("to")
    hand.free(sheet, box)
    place = {"sheetId": target.id, "rowIndex": to.top, "columnIndex": to.left}
    hand.request("cutPaste", {"source": box.area(sheet.id).as_json(), "destination": place})


def _sort(hand: Hand) -> None:
    if hand.get("range"):
        sheet, box = hand.box()
    else:
        sheet = hand.tab()
        box = Box(sheet.grid.get("frozenRowCount", 0), sheet.row_count, 0, sheet.column_count)
    hand.free(sheet, box)
    column = hand.get("column", 0)
    index = a1.column_of(column) if isinstance(column, str) else column
    sort(sheet, box, [(index, bool(hand.get("descending")))])


def _merge(hand: Hand) -> None:
    sheet, box = hand.box()
    hand.request("mergeCells", {"range": box.area(sheet.id).as_json()})


def _unmerge(hand: Hand) -> None:
    sheet, box = hand.box()
    hand.request("unmergeCells", {"range": box.area(sheet.id).as_json()})


# ---------------------------------------------------------------- rows and columns


def _insert(dimension: str) -> Callable[[Hand], None]:
    def insert(hand: Hand) -> None:
        span = hand.span(dimension)
        span["startIndex"] = min(span["startIndex"], hand.tab().size(dimension))
        span["endIndex"] = span["startIndex"] + hand.get("count", 1)
        inherit = span["startIndex"] > hand.tab().grid.get("frozenRowCount", 0)
        hand.request("insertDimension", {"range": span, "inheritFromBefore": inherit})

    return insert


def _delete(dimension: str) -> Callable[[Hand], None]:
    def delete(hand: Hand) -> None:
        sheet, span = hand.tab(), hand.span(dimension)
        bounds = (span["startIndex"], span["endIndex"])
        rows = (
            (*bounds, 0, sheet.column_count)
            if dimension == "ROWS"
            else (0, sheet.row_count, *bounds)
        )
        hand.free(sheet, Box(*rows))
        hand.request("deleteDimension", {"range": span})

    return delete


def _move(dimension: str) -> Callable[[Hand], None]:
    def move(hand: Hand) -> None:
        to = spot(dimension, hand.get("to", 1))
        hand.request("moveDimension", {"source": hand.span(dimension), "destinationIndex": to})

    return move


def _hide(hidden: bool) -> Callable[[Hand], None]:
    def hide(hand: Hand) -> None:
        span = hand.span(hand.get("dimension", "ROWS"))
        wanted = {"range": span, "properties": {"hiddenByUser": hidden}, "fields": "hiddenByUser"}
        hand.request("updateDimensionProperties", wanted)

    return hide


# ---------------------------------------------------------------- tabs


def _tab_change(hand: Hand, fields: str, changed: Json) -> None:
    wanted = {"properties": {"sheetId": hand.tab().id} | changed, "fields": fields}
    hand.request("updateSheetProperties", wanted)


_ACTIONS: dict[str, Callable[[Hand], Any]] = {
    "edit": _edit,
    "clear": _clear,
    "note": _note,
    "paint": _paint,
    "copy": _copy,
    "cut": _cut,
    "sort": _sort,
    "merge": _merge,
    "unmerge": _unmerge,
    "insert_rows": _insert("ROWS"),
    "insert_columns": _insert("COLUMNS"),
    "delete_rows": _delete("ROWS"),
    "delete_columns": _delete("COLUMNS"),
    "move_rows": _move("ROWS"),
    "move_columns": _move("COLUMNS"),
    "hide": _hide(True),
    "unhide": _hide(False),
    "rename_tab": lambda hand: _tab_change(hand, "title", {"title": hand.get("title")}),
    "move_tab": lambda hand: _tab_change(hand, "index", {"index": hand.get("to", 0)}),
    "hide_tab": lambda hand: _tab_change(hand, "hidden", {"hidden": True}),
    "unhide_tab": lambda hand: _tab_change(hand, "hidden", {"hidden": False}),
    "freeze_rows": lambda hand: _tab_change(
        hand,
        "gridProperties.frozenRowCount",
        {"gridProperties": {"frozenRowCount": hand.get("count", 1)}},
    ),
    "add_tab": lambda hand: hand.request("addSheet", {"properties": {"title": hand.get("title")}}),
    "delete_tab": lambda hand: hand.request("deleteSheet", {"sheetId": hand.tab().id}),
    "duplicate_tab": lambda hand: hand.request(
        "duplicateSheet",
        {"sourceSheetId": hand.tab().id, "insertSheetIndex": len(hand.batch.book.sheets)},
    ),
    "rename_workbook": lambda hand: hand.request(
        "updateSpreadsheetProperties",
        {"properties": {"title": hand.get("title")}, "fields": "title"},
    ),
    "locale": lambda hand: hand.request(
        "updateSpreadsheetProperties",
        {"properties": {"locale": hand.get("locale")}, "fields": "locale"},
    ),
    "request": lambda hand: run(hand.batch, hand.get("requests", [])),
}
