"""An order in words: what its page prints.  Decides nothing and asks no questions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import clock
from admin.order_typed import tells_money
from models import (
    Decoration,
    Destination,
    Job,
    Order,
    ScheduleRow,
    Task,
)
from sync import redraft
from sync.breakdown import show_sizes
from sync.cells import show
from sync.drafts import Value, Values
from web import words
from workflow.fields import Field, Kind, Level
from workflow.stages import HOLD_REASONS, Stage, Work
from workflow.whole_order import JobView, LineView, WholeOrder

_RUSH = {"rush": "Rush", "hot": "Hot rush"}
#: What stands elsewhere on the page, or says nothing to a reader.
_LINE_SHOWN = frozenset(
    {
        "sku", "description", "color", "style", "size", "quantity", "uom", "unit_price",
        "price_basis", "line_discount", "special_instructions", "customer_supplied_goods",
    }
)  # fmt: skip
_STREET = ("address1", "address2", "address3")
_ADDRESS = frozenset(
    {"company", "name", "attention", *_STREET, "city", "region", "postal", "country"}
)
_DECORATION_SHOWN = frozenset({"location", "method", "imprint_colors", "color_count"})
_PLAIN = {
    "order_kind": "standard", "priority": "normal", "source_channel": "", "currency": "",
    "over_under_tolerance_type": "exact", "shipment_policy": "complete only",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A label, its value in words, and where the value came from if nobody typed it."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class Chip:
    """A badge: kind decides drawing and colour, the words say it."""

    kind: str
    text: str
    title: str = ""


@dataclass(frozen=True)
class LineWords:
    """One line as a row of the page."""

    view: LineView
    what: str
    sizes: str
    pieces: str
    price: str
    total: str
    facts: list[Fact]
    deliveries: list[str]
    decorations: list[tuple[str, list[Fact]]]
    done: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TaskWords:
    """One department's work on a job as a row of the page."""

    task: Task
    kind: str
    state: str
    pieces: str
    due: str
    late: bool


# ---------------------------------------------------------------- the top


def sentence(whole: WholeOrder) -> str:
    """Where the order is and what it waits for."""
    order = whole.order
    if order.cancelled_at is not None:
        day = words.when(order.cancelled_at)
        return f"Cancelled {day}: {order.cancel_reason or 'no reason given'}."
    if order.closed_at is not None:
        return f"Done since {words.when(order.closed_at)}."
    if order.released_at is None and not order.on_hold:
        open_ones = len(whole.release_reasons) + len(whole.credit_reasons)
        if not open_ones:
            return "In review. Nothing stands in the way: release it."
        return f"In review. {words.plural(open_ones, 'thing')} to settle before it can be released."
    return f"{order.waiting}."


def chips(order: Order, jobs: Iterable[JobView] = ()) -> list[Chip]:
    """Urgent, late, on hold, rush: what must be seen at once."""
    found = []
    is_open = order.closed_at is None
    if order.cancelled_at is not None:
        found.append(Chip("off", "Cancelled"))
    if order.in_hands_date is not None:
        day = words.day(order.in_hands_date)
        kind = "urgent" if order.in_hands_firm and is_open else "wait"
        found.append(Chip(kind, f"{'firm, ' * order.in_hands_firm}in hands {day}"))
        late = (clock.today() - order.in_hands_date).days
        if is_open and late > 0:
            found.append(Chip("late", f"{words.plural(late, 'day')} late"))
    behind = [view.job.number for view in jobs if any(map(_is_late, view.tasks))]
    if is_open and behind:
        found.append(Chip("late", f"behind: {', '.join(behind[:3])}", "A department is late"))
    if is_open and (order.on_hold or any(view.job.on_hold for view in jobs)):
        found.append(Chip("hold", "On hold"))
    if order.priority in _RUSH:
        found.append(Chip("urgent", _RUSH[order.priority]))
    return found


def _is_late(task: Task) -> bool:
    return task.closed_at is None and task.due_date is not None and task.due_date < clock.today()


# ---------------------------------------------------------------- facts by group


def fact_groups(whole: WholeOrder, *, with_money: bool) -> list[tuple[str, list[Fact]]]:
    """The header's filled fields by group, each with where its value came from."""
    order, groups = whole.order, [("Customer", _customer_facts(whole.order))]
    values = redraft.values_of(order, Level.ORDER, whole.catalogue)
    by_tab: dict[str, list[Fact]] = {}
    for known in whole.catalogue.of(Level.ORDER):
        value = values.get(known.name)
        hidden = tells_money(known) and not with_money
        if hidden or value in (None, False, 0) or value == _PLAIN.get(known.name):
            continue
        label, text = known.label, spoken(known, value, order.currency)
        if _is_of_address(known.name, "bill_to_"):
            label, text = "Bill to", _address(values, "bill_to_")
        fact = Fact(label, text, _source(str(order.sources.get(known.name) or "")))
        facts = by_tab.setdefault(known.tab, [])
        if not any(other.label == label for other in facts):
            facts.append(fact)
    groups += list(by_tab.items())
    for place in whole.destinations:
        label = f"Ship to {place.position + 1}" if len(whole.destinations) > 1 else "Ship to"
        groups.append((label, _place_facts(place, whole, with_money=with_money)))
    return [(label, facts) for label, facts in groups if facts]


def _place_facts(place: Destination, whole: WholeOrder, *, with_money: bool) -> list[Fact]:
    """A destination: its address as one would write it, and what else is filled."""
    values = redraft.values_of(place, Level.DESTINATION, whole.catalogue)
    address = _address(values, "ship_to_")
    names = frozenset(name for name in values if _is_of_address(name, "ship_to_"))
    facts = _facts_of(place, Level.DESTINATION, whole, with_money=with_money, but=names)
    return [*facts[:1], Fact("Address", address), *facts[1:]] if address else facts


def _address(values: Values, prefix: str) -> str:
    """An address in lines, as it stands on a parcel."""

    def part(name: str) -> str:
        return str(values.get(prefix + name) or "")

    region = " ".join(filter(None, [part("region"), part("postal")]))
    city = ", ".join(filter(None, [part("city"), region]))
    first = [part(name) for name in ("company", "name", "attention", *_STREET)]
    return "\n".join(dict.fromkeys(line for line in [*first, city, part("country")] if line))


def _is_of_address(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.removeprefix(prefix) in _ADDRESS


def _customer_facts(order: Order) -> list[Fact]:
    customer = order.customer if order.customer_id else None
    code = customer.code if customer is not None else ""
    found = [
        Fact("Customer", order.customer_name),
        Fact("Account", code),
        Fact("Sales", str(order.sales_rep or "")),
        Fact("Account manager", str(order.account_manager or "")),
        Fact("Entered", f"{words.when(order.created_at)}, {order.created_by}".rstrip(", ")),
    ]
    if order.released_at is not None:
        found.append(Fact("Released", f"{words.when(order.released_at)}, {order.released_by}"))
    return [fact for fact in found if fact.value]


def _facts_of(
    row: Any,
    level: Level,
    whole: WholeOrder,
    *,
    with_money: bool,
    but: frozenset[str] = frozenset(),
) -> list[Fact]:
    values = redraft.values_of(row, level, whole.catalogue)
    return [
        Fact(known.label, spoken(known, values[known.name], whole.order.currency))
        for known in whole.catalogue.of(level)
        if known.name in values
        and known.name not in but
        and values[known.name] not in (False, 0)
        and (with_money or not tells_money(known))
    ]


def spoken(known: Field, value: Value, currency: str = "") -> str:
    """A value as people read it: days with their weekday, amounts with their currency."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return words.day(value)
    if known.kind is Kind.MONEY:
        return words.money(value, currency)
    if known.kind is Kind.PRICE:
        return words.price(value, currency)
    if known.kind is Kind.PERCENT:
        return f"{words.qty(value)} %"
    if isinstance(value, Decimal):
        return words.qty(value)
    text = show(known, value)
    return text.replace("_", " ") if known.kind is Kind.CHOICE else text


def _source(said: str) -> str:
    if said.startswith("default of"):
        return "from customer"
    return "" if said == "typed" else said


# ---------------------------------------------------------------- lines


def line_words(whole: WholeOrder, *, with_money: bool) -> list[LineWords]:
    """The lines of the page at hand."""
    return [_line(view, whole, with_money=with_money) for view in whole.lines]


def _line(view: LineView, whole: WholeOrder, *, with_money: bool) -> LineWords:
    line, currency = view.line, whole.order.currency
    sizes = [(row.size, row.quantity) for row in view.sizes if row.size]
    per = "" if line.price_basis == "each" else f" per {line.price_basis}"
    discount = f", less {words.qty(line.line_discount)} %" if line.line_discount else ""
    places = {place.id: str(place) for place in whole.destinations}
    return LineWords(
        view=view,
        what=", ".join(p for p in (line.description or line.sku, line.style, line.color) if p),
        sizes=show_sizes(sizes),
        pieces=f"{words.qty(line.quantity)}{'' if line.uom == 'EA' else ' ' + line.uom}",
        price=f"{words.price(line.unit_price)}{per}{discount}" if with_money else "",
        total=words.money(line.line_total, currency) if with_money else "",
        facts=_facts_of(line, Level.LINE, whole, with_money=with_money, but=_LINE_SHOWN),
        deliveries=[
            _delivery(row, places, currency if with_money else None) for row in view.deliveries
        ],
        decorations=[
            (
                _decoration(row),
                _facts_of(
                    row, Level.DECORATION, whole, with_money=with_money, but=_DECORATION_SHOWN
                ),
            )
            for row in view.decorations
        ],
        done=[f"{words.qty(pieces)} {word}" for word, pieces in view.done],
    )


def _delivery(row: ScheduleRow, places: dict[int, str], currency: str | None) -> str:
    parts = [
        f"{words.qty(row.schedule_quantity)} {row.schedule_size}".strip(),
        words.day(row.schedule_date) or "no date",
    ]
    if row.schedule_firm:
        parts.append("firm")
    if len(places) > 1 and row.destination_id in places:
        parts.append(f"to {places[row.destination_id]}")
    if currency is not None and row.schedule_unit_price is not None:
        parts.append(f"at {words.price(row.schedule_unit_price, currency)}")
    return " · ".join(parts)


def _decoration(row: Decoration) -> str:
    colors = ", ".join(map(str, row.imprint_colors or []))
    count = words.plural(row.color_count, "colour") if row.color_count and not colors else ""
    return " · ".join(part for part in (row.location, row.method, colors, count) if part)


# ---------------------------------------------------------------- jobs


def task_words(view: JobView) -> list[TaskWords]:
    """The departments of a job: who, when, how many."""
    return [_task(task, view.job) for task in view.tasks]


def _task(task: Task, job: Job) -> TaskWords:
    kind, state = _task_state(task, job)
    return TaskWords(
        task=task,
        kind=kind,
        state=state,
        pieces=_pieces(task),
        due=words.day(task.due_date),
        late=_is_late(task),
    )


def _task_state(task: Task, job: Job) -> tuple[str, str]:
    if task.closed_at is not None:
        if task.outcome == "cancelled":
            return "off", "Taken off"
        return "ok", f"Finished {_moment(task.closed_at)}, {task.closed_by}"
    if task.must_acknowledge:
        return "urgent", "Change to read"
    if job.on_hold:
        return "hold", "On hold"
    if task.ready_at is None:
        return "wait", f"Waits for {task.waiting}" if task.waiting else "Waits"
    return ("info", "At work") if task.started_at is not None else ("info", "Ready")


def _moment(value: datetime) -> str:
    return words.when(value)


def _pieces(task: Task) -> str:
    if task.department.work == Work.ARTWORK or not task.quantity:
        return ""
    rejected = f", {words.qty(task.rejected)} rejected" if task.rejected else ""
    return f"{words.qty(task.good)} of {words.qty(task.quantity)}{rejected}"


# ---------------------------------------------------------------- small words


def hold_words(reason_code: str) -> str:
    """A hold's reason as people say it."""
    return HOLD_REASONS.get(reason_code, reason_code)


def stage_of(order: Order) -> str:
    """The stage for the bar; nothing is current on a cancelled order."""
    return "" if order.cancelled_at is not None else Stage(order.stage).value
