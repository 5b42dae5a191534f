"""The article of a table that names none: in a label above it, or in a row of its own. Pure."""

import re

from sync import cells
from sync.cells import CellError
from sync.drafts import Value
from sync.readers.tables import Cell
from sync.tables.tablecells import NAMES, TableCells, begins_with_figure, is_placeholder
from workflow.fields import Level

_ROWS = 8
_LONGEST_TITLE, _LABELLED = 80, 2
_MONEY = re.compile(r"[$€£¥₹]|(?:each|ea|stk|pro|per|/)\b|\b(?:eur|usd|gbp|chf)\b", re.IGNORECASE)
_TAKEN = (*NAMES, "unit_price", "color")


def article(table: TableCells) -> dict[str, Value]:
    """What the rows above a table's headings say about its article: code, text, price."""
    found: dict[str, Value] = {}
    for row in range(table.plan.top - 1, max(table.plan.top - 1 - _ROWS, -1), -1):
        filled = list(table.sheet.cells(row))
        for cell in filled:
            _labelled(table, row, cell.text, found)
        if filled and _is_line(filled):
            return found
        if filled and not any(found.get(name) for name in NAMES):
            title, price = filled[0].text, _price(table, filled[1:])
            if (
                _priced(table, filled[1:])
                and 0 < len(title) <= _LONGEST_TITLE
                and not table.words.label(title.rstrip(": "))
            ):
                found["description"] = title
                found.update({"unit_price": price} if price is not None else {})
        if any(found.get(name) for name in NAMES):
            return found
    return found


def _is_line(filled: list[Cell]) -> bool:
    """Whether a row is of the table before: a text and figures that are no money."""
    return sum(begins_with_figure(c.value) and not _MONEY.search(c.text) for c in filled[1:]) > 1


def _priced(table: TableCells, rest: list[Cell]) -> bool:
    """Whether beside a title stands nothing but its price."""
    words = [c for c in rest if not _MONEY.search(c.text) and not begins_with_figure(c.value)]
    heads = [table.words.column(cell.text.rstrip(": ")) for cell in words]
    return all(hit is not None and hit.field == "unit_price" for hit in heads)


def _price(table: TableCells, rest: list[Cell]) -> Value:
    for cell in rest:
        try:
            if _MONEY.search(cell.text) or len(rest) == _LABELLED:
                table.currencies |= {cells.currency(cell.text)} - {""}
                return cells.price(cell.value, decimal=table.plan.decimal)
        except CellError:
            continue
    return None


def _labelled(table: TableCells, row: int, text: str, found: dict[str, Value]) -> None:
    label, _colon, rest = text.partition(":")
    hit = table.words.column(label.strip()) if label.strip() else None
    if hit is None or not hit.sure or hit.section != "line":
        return
    name = "description" if hit.field == "item" else hit.field
    field = table.catalogue.get(Level.LINE, name)
    given = rest.strip() or _beside(table, row, text)
    if field is None or name not in _TAKEN or not given or is_placeholder(given):
        return
    try:
        value = cells.parse(field, given, decimal=table.plan.decimal, order=table.plan.order)
    except CellError:
        return
    if value is not None:
        found.setdefault(name, value)


def _beside(table: TableCells, row: int, text: str) -> str:
    """What stands right of a label."""
    cells_here = [cell.text for cell in table.sheet.cells(row)]
    at = cells_here.index(text) + 1 if text in cells_here else len(cells_here)
    return cells_here[at] if at < len(cells_here) else ""
