"""The orders that a layout makes of a file, as the wizard shows them beside the sheet. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from admin.mapping_fields import label_of
from admin.mapping_sheet import place_in
from sync import cells, snapshots
from sync.amounts import plain
from sync.drafts import DraftLine, OrderDraft
from sync.tables.layouts import Use
from workflow.fields import Catalogue, Level, tells_money

MOST_ORDERS, MOST_LINES, MOST_PROBLEMS, MOST_COLUMNS = 5, 40, 30, 9
_FIRST = ("sku", "customer_item_number", "description", "color", "size", "quantity", "uom")
_FIRST_FACTS = ("po_number", "in_hands_date", "order_date", "currency")


@dataclass(frozen=True)
class Fact:
    """One value of an order with the cell it stood in."""

    label: str
    text: str
    at: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class LineView:
    """One line: where it stands, its values in the order of the columns."""

    at: str
    sheet: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ProblemView:
    """One problem with the place to look at."""

    message: str
    place: str
    at: str
    sheet: str


@dataclass(frozen=True)
class OrderView:
    """One order: its facts, its lines as a table, its problems; and how many more there are."""

    title: str
    facts: tuple[Fact, ...]
    columns: tuple[str, ...]
    lines: tuple[LineView, ...]
    count: int
    pieces: str
    problems: tuple[ProblemView, ...]
    more_problems: int


@dataclass(frozen=True)
class DraftView:
    """Everything a file becomes, or the sentence why it becomes nothing."""

    orders: tuple[OrderView, ...]
    more_orders: int
    lines: int
    pieces: str
    problems: int
    refusal: str


def view(
    drafts: Sequence[OrderDraft], refusal: str, catalogue: Catalogue, *, money: bool
) -> DraftView:
    """The drafts in words and figures; what tells money only for those who may see it."""
    lines, pieces = snapshots.totals(drafts)
    return DraftView(
        orders=tuple(_order(draft, catalogue, money=money) for draft in drafts[:MOST_ORDERS]),
        more_orders=max(0, len(drafts) - MOST_ORDERS),
        lines=lines,
        pieces=plain(pieces),
        problems=sum(len(draft.problems) for draft in drafts),
        refusal=refusal,
    )


def _order(draft: OrderDraft, catalogue: Catalogue, *, money: bool) -> OrderView:
    shown = draft.lines[:MOST_LINES]
    names = _columns(shown, catalogue, money=money)
    more = _more_columns(shown)
    count, pieces = snapshots.totals([draft])
    return OrderView(
        title=f"PO {draft.po_number}" if draft.po_number else "Order without a PO number",
        facts=tuple(_facts(draft, catalogue, money=money)),
        columns=(*(_label(name, catalogue) for name in names), *more),
        lines=tuple(_line(line, names, more, catalogue) for line in shown),
        count=count,
        pieces=plain(pieces),
        problems=tuple(
            ProblemView(p.message, p.address, *place_in(p.address)[::-1])
            for p in draft.problems[:MOST_PROBLEMS]
        ),
        more_problems=max(0, len(draft.problems) - MOST_PROBLEMS),
    )


def _facts(draft: OrderDraft, catalogue: Catalogue, *, money: bool) -> list[Fact]:
    found = [_fact("Customer", draft.customer, "customer", draft)] if draft.customer else []
    levels = [(Level.ORDER, draft.values)]
    levels += [(Level.DESTINATION, place) for place in draft.destinations[:1]]
    for level, values in levels:
        for name in sorted(values, key=lambda n: (n not in _FIRST_FACTS, _position(n))):
            known = catalogue.get(level, name)
            if known is None or values[name] is None or (tells_money(known) and not money):
                continue
            ship = "Ship to: " if level is Level.DESTINATION else ""
            text = cells.show(known, values[name])
            found.append(_fact(f"{ship}{known.label}", text, name, draft))
    return found


def _position(name: str) -> int:
    return _FIRST_FACTS.index(name) if name in _FIRST_FACTS else len(_FIRST_FACTS)


def _fact(label: str, text: str, name: str, draft: OrderDraft) -> Fact:
    sheet, at = place_in(str(draft.evidence.get(name, "")))
    return Fact(label, text, at, sheet)


def _columns(lines: Sequence[DraftLine], catalogue: Catalogue, *, money: bool) -> list[str]:
    used = {name for line in lines for name, value in line.values.items() if value is not None}
    names = [name for name in _FIRST if name in used]
    names += [field.name for field in catalogue.of(Level.LINE) if field.name in used - {*_FIRST}]
    fields = {field.name: field for field in catalogue.of(Level.LINE)}
    seen = [n for n in names if n in fields and (money or not tells_money(fields[n]))]
    return seen[:MOST_COLUMNS]


def _more_columns(lines: Sequence[DraftLine]) -> list[str]:
    parts = {
        "Sizes": any(line.sizes for line in lines),
        "Deliveries": any(line.schedule for line in lines),
        "Decoration": any(line.decorations for line in lines),
    }
    return [name for name, there in parts.items() if there]


def _label(name: str, catalogue: Catalogue) -> str:
    return label_of(Use("line", name), catalogue)


def _line(
    line: DraftLine, names: Sequence[str], more: Sequence[str], catalogue: Catalogue
) -> LineView:
    values = []
    for name in names:
        known = catalogue.get(Level.LINE, name)
        value = line.values.get(name)
        values.append(cells.show(known, value) if known is not None else "")
    parts = {
        "Sizes": ", ".join(f"{size} {plain(pieces)}" for size, pieces in line.sizes),
        "Deliveries": ", ".join(
            f"{plain(row.quantity)} on {row.date.isoformat() if row.date else 'any day'}"
            for row in line.schedule
        ),
        "Decoration": "; ".join(_decoration(one.values.values()) for one in line.decorations),
    }
    sheet, row = place_in(line.address)
    return LineView(row, sheet, (*values, *(parts[name] for name in more)))


def _decoration(values: Iterable[object]) -> str:
    return " ".join(_words(value) for value in values)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return plain(value) if isinstance(value, Decimal) else str(value)
