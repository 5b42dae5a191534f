"""From sheets to drafts: which tables and labels belong to which order. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from errors import UnreadableError
from sync.amounts import clipped
from sync.drafts import DraftLine, DraftSchedule, Evidence, OrderDraft, Problem, Value, Values
from sync.readers.headings import Words
from sync.readers.tables import Workbook
from sync.tables import mapping, pages, repeats
from sync.tables.headerblock import Header
from sync.tables.lines import TableLine
from sync.tables.pages import Knowledge as Knowledge
from sync.tables.pages import Page

_PLAIN_TAB = re.compile(
    r"(sheet|tabelle|feuil|hoja|foglio|blad|arkusz|planilha|table|page|list|munka|лист)\s*\d*",
    re.IGNORECASE,
)
MOST_ORDERS = 5000
_MOST_REMARKS = 4000
_MOST_PLACES = 500


@dataclass
class _Order:
    """What belongs to one order, from one sheet or several."""

    header: Header
    lines: list[TableLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)


def draft(source: str, book: Workbook, sender: str, knows: Knowledge) -> list[OrderDraft]:
    """Read every visible sheet and put together the orders in them.

    Raises:
        UnreadableError: no order line was found, with where it was looked for; or too many orders.
    """
    sheets = [sheet for sheet in book.sheets if sheet.rows and not sheet.hidden]
    found = [page for sheet in sheets for page in pages.read(sheet, knows)]
    filled = [page for page in repeats.without(found) if page.lines]
    if not filled:
        raise UnreadableError(_no_lines(found, knows.words))
    covers = [page.header for page in found if not page.lines and page.po_number]
    orders = _orders(filled, covers)
    if len(orders) > MOST_ORDERS:
        raise UnreadableError(f"The file has more than {MOST_ORDERS} orders: send it in parts.")
    return [_finished(source, order, sender) for order in orders.values()]


def _orders(filled: list[Page], covers: list[Header]) -> dict[tuple[str, int], _Order]:
    """Sort the lines of all sheets by the customer's order number."""
    tabs = _tabs_are_numbers(filled)
    orders: dict[tuple[str, int], _Order] = {}
    for page in filled:
        own = (
            page.sheet.name if tabs else page.po_number,
            page.number if not page.po_number else 0,
        )
        if not own[0] and not page.header.evidence and orders:
            own = next(reversed(orders))  # a second sheet of the same order
        touched = _sorted(page, own, orders, covers)
        first = next(iter(touched.values()))
        for problem, whose in _addressed(page, touched, own):
            (whose or first).problems.append(problem)
        first.remarks += page.remarks
        first.problems += page.header.problems
        if page.unfilled:
            count = f"{page.unfilled} row{'s' * (page.unfilled > 1)}"
            said = f"{count} without a quantity {'were' if page.unfilled > 1 else 'was'} left out"
            where = f"sheet {page.sheet.name}: " if page.sheet.name else ""
            first.header.evidence["lines"] = f"{where}{said}"
        for order in touched.values():
            order.currencies |= page.currencies
    return orders


def _sorted(
    page: Page,
    own: tuple[str, int],
    orders: dict[tuple[str, int], _Order],
    covers: list[Header],
) -> dict[tuple[str, int], _Order]:
    """Give the lines of a page to their orders; the orders that got some, by key."""
    if not any(line.po_number for line in page.lines):
        order = orders.setdefault(own, _Order(_for(own[0], page, covers)))
        order.lines += page.lines
        return {own: order}
    touched: dict[tuple[str, int], _Order] = {}
    for line in page.lines:
        key = (line.po_number, 0) if line.po_number else own
        if key not in touched:
            touched[key] = orders.setdefault(key, _Order(_for(key[0], page, covers)))
        touched[key].lines.append(line)
    return touched


def _addressed(
    page: Page, touched: dict[tuple[str, int], _Order], own: tuple[str, int]
) -> Iterator[tuple[Problem, _Order | None]]:
    """The problems of a page, each with the order whose line stands in its row."""
    if len(touched) == 1 or not page.problems:
        yield from ((problem, None) for problem in page.problems)
        return
    by_row = {
        line.line.address: touched[(line.po_number, 0) if line.po_number else own]
        for line in page.lines
    }
    yield from ((problem, by_row.get(_row_of(problem.address))) for problem in page.problems)


def _tabs_are_numbers(filled: list[Page]) -> bool:
    """Whether each sheet is an order whose number stands only on its tab."""
    names = [page.sheet.name for page in filled]
    return (
        len(filled) >= 3
        and not any(page.po_number or page.lines[0].po_number for page in filled)
        and all(re.search(r"\d", name) and not _PLAIN_TAB.fullmatch(name) for name in names)
    )


def _for(number: str, page: Page, covers: list[Header]) -> Header:
    """The header of one order: its page's, completed by a cover sheet's."""
    values, evidence = dict(page.header.values), dict(page.header.evidence)
    found_at = dict(page.header.found_at)
    destination = dict(page.header.destination)
    for cover in covers[:1]:
        values = {**cover.values, **values}
        destination = {**cover.destination, **destination}
        evidence = {**cover.evidence, **evidence}
        found_at = {**cover.found_at, **found_at}
    if number and number != values.get("po_number"):
        values["po_number"] = number
        tab = number == page.sheet.name
        evidence["po_number"] = f"the name of sheet {number}" if tab else "the lines' PO column"
        why = "the sheet is named so" if tab else "the lines are numbered so"
        found_at["po_number"] = Evidence(page.sheet.name, "", number, why, 0.8)
    customer = page.header.customer or next((c.customer for c in covers if c.customer), "")
    return Header(values, destination, customer, evidence, found_at)


def _row_of(address: str) -> str:
    return re.sub(r"cell [A-Z]+(\d+)$", r"row \1", address)


def _finished(source: str, order: _Order, sender: str) -> OrderDraft:
    """Put one order together: its days, its currency, what the customer wrote beside it."""
    values = dict(order.header.values)
    problems = list(order.problems)
    ordered = next((line.order_date for line in order.lines if line.order_date), None)
    if ordered:
        values.setdefault("order_date", ordered)
    _common_day(values, "in_hands_date", [line.due for line in order.lines])
    _common_day(values, "requested_ship_date", [line.ship for line in order.lines])
    if len(order.currencies) == 1:
        values.setdefault("currency", next(iter(order.currencies)))
    elif len(order.currencies) > 1 and "currency" not in values:
        found = ", ".join(sorted(order.currencies))
        message = f"an order has one currency, found {found}; choose one"
        problems.append(Problem(order.lines[0].line.address, "currency", message, found))
    remarks = "\n".join(order.remarks)[:_MOST_REMARKS]
    if remarks:
        order.header.evidence.setdefault("customer_notes", "texts below the lines")
        notes = values.get("customer_notes")
        values["customer_notes"] = f"{notes}\n{remarks}" if notes else remarks
    lines, places = _delivered(order, values)
    return OrderDraft(
        source=source,
        customer=order.header.customer or sender or _named(order.header),
        values=values,
        destinations=places,
        lines=lines,
        problems=tuple(problems),
        evidence=order.header.evidence,
        found_at=order.header.found_at,
    )


def _delivered(
    order: _Order, values: dict[str, Value]
) -> tuple[tuple[DraftLine, ...], tuple[Values, ...]]:
    """The lines, and the places they go to: the order's one, or those of the rows."""
    dated = any(line.due or line.ship for line in order.lines)
    if dated:
        lines = tuple(_scheduled(line, values) for line in order.lines)
    else:
        lines = tuple(line.line for line in order.lines)
    if order.header.destination:
        return lines, (order.header.destination,)
    said = [line.destination for line in order.lines]
    keys = [tuple(place.items()) if place else () for place in said]
    places = list(dict.fromkeys(key for key in keys if key))[:_MOST_PLACES]
    if len(places) > 1:
        at = {key: number for number, key in enumerate(places)}
        each = zip(lines, keys, strict=True)
        lines = tuple(_sent(line, at.get(key, 0)) for line, key in each)
    return lines, tuple(dict(key) for key in places)


def _sent(line: DraftLine, to: int) -> DraftLine:
    """A line with its place; its deliveries, or all of it in one."""
    if line.schedule:
        return replace(line, schedule=tuple(replace(one, destination=to) for one in line.schedule))
    if line.quantity is None or not to:
        return line
    sizes = line.sizes or ((str(line.values.get("size") or ""), line.quantity),)
    made = tuple(DraftSchedule(pieces, size=size, destination=to) for size, pieces in sizes)
    return replace(line, schedule=made)


def _named(header: Header) -> str:
    """Who an order is for, where neither a label nor a sender says it."""
    return str(header.values.get("bill_to_name") or header.destination.get("ship_to_name") or "")


def _common_day(values: dict[str, Value], name: str, found: list[date | None]) -> None:
    """Take a day that all lines share as the order's."""
    if name not in values and found and found[0] and len(set(found)) == 1:
        values[name] = found[0]


def _scheduled(line: TableLine, values: dict[str, Value]) -> DraftLine:
    """A line with a day of its own gets its delivery; one of the order's day needs none."""
    if line.due and line.due != values.get("in_hands_date"):
        return _with_delivery(line.line, line.due, "in hands")
    if line.ship and not line.due and line.ship != values.get("requested_ship_date"):
        return _with_delivery(line.line, line.ship, "ship")
    return line.line


def _with_delivery(line: DraftLine, day: date, kind: str) -> DraftLine:
    if line.schedule:
        return line
    if line.quantity is None:  # nothing to deliver yet, but the day is not lost
        said = line.values.get("special_instructions")
        note = f"{kind} {day.isoformat()}"
        note = f"{said}\n{note}" if said else note
        return replace(line, values={**line.values, "special_instructions": note})
    sizes = line.sizes or ((str(line.values.get("size") or ""), line.quantity),)
    price = line.values.get("unit_price")
    schedule = tuple(
        DraftSchedule(
            quantity,
            day,
            size,
            unit_price=price if isinstance(price, Decimal) else None,
            extra={"schedule_date_type": kind},
        )
        for size, quantity in sizes
    )
    return replace(line, schedule=schedule)


def _no_lines(found: list[Page], words: Words) -> str:
    """Say where lines were looked for, and what came closest."""
    for page in found:
        where = f"sheet {page.sheet.name}" if page.sheet.name else "the file"
        if page.refusal:
            return f"No order lines found: {where} has a table, but {page.refusal}."
    for page in found:
        for plan in page.plans:
            heads = ", ".join(f"'{clipped(c.heading, 20)}'" for c in plan.columns[:6])
            where = page.sheet.where(plan.bottom)
            return (
                f"No order lines found: the headings in {where} are understood ({heads}), but no"
                " row below them says what is ordered and how many."
            )
    closest = max(_candidates(found, words), default=(0, "", ""))
    looked = ", ".join(page.sheet.name for page in found[:8] if page.sheet.name)
    message = (
        "No order lines found: looked for a heading row with an item or a description and a"
        f" quantity{' in sheets ' + looked if looked else ''}"
    )
    count, where, heads = closest
    return f"{message}; {where} came closest: {heads}." if count else f"{message}."


def _candidates(found: list[Page], words: Words) -> Iterator[tuple[int, str, str]]:
    for page in found:
        for row in range(min(len(page.sheet.rows), 200)):
            columns = mapping.columns_at(page.sheet, row, row, words)
            if columns:
                heads = ", ".join(f"'{clipped(c.heading, 20)}'" for c in columns[:6])
                yield len(columns), page.sheet.where(row), heads
