"""An order comes to be, and is changed: in review freely, after release as a change order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import clock
from errors import BlockedError, InvalidError, StaleError
from models import (
    Address,
    Charge,
    Counter,
    Customer,
    Decoration,
    Destination,
    DraftProblem,
    IncomingFile,
    LineSize,
    Order,
    OrderLine,
    Product,
    ScheduleRow,
    Variant,
    joined,
    transaction,
)
from sync.cells import from_json
from sync.drafts import DraftCharge, DraftLine, OrderDraft, Problem, Value, Values
from workflow import shop
from workflow.actors import Actor, Right
from workflow.engine import revise, rows
from workflow.engine.docket import Docket, event, lock_order, write_events
from workflow.fields import Catalogue, Level

_MOST_LINES = 20_000


@dataclass(frozen=True)
class Matches:
    """What matching found for a draft: the customer, and products and variants by line index."""

    customer: Customer | None = None
    products: Mapping[int, Product] = field(default_factory=dict)
    variants: Mapping[tuple[int, str], Variant] = field(default_factory=dict)  # (index, size)


@dataclass(frozen=True)
class OrderChange:
    """What somebody wants different; None leaves a part as it is.

    ``version`` is the one the person saw.  ``lines`` is the whole list: a line with ``id`` is
    changed, one without is new, one that is missing is cancelled.
    """

    version: int | None = None
    values: Values = field(default_factory=dict)
    destinations: tuple[Values, ...] | None = None
    lines: tuple[DraftLine, ...] | None = None
    charges: tuple[DraftCharge, ...] | None = None
    customer: Customer | None = None
    products: Mapping[int, Product] = field(default_factory=dict)
    variants: Mapping[tuple[int, str], Variant] = field(default_factory=dict)
    said_by: str = "typed"  # where the header's new values come from
    reason: str = ""  # why a promised date moves, in words for the customer


def next_number(name: str, first: int) -> int:
    """The next number of a kind; two callers never get the same one."""
    more = Counter.update(value=Counter.value + 1).where(Counter.name == name)
    given = list(more.returning(Counter.value).execute())
    if not given:
        Counter.insert(name=name, value=first - 1).on_conflict_ignore().execute()
        given = list(more.returning(Counter.value).execute())
    return int(given[0].value)


def create_order(
    draft: OrderDraft,
    actor: Actor,
    matches: Matches | None = None,
    incoming: IncomingFile | None = None,
    *,
    known: Catalogue | None = None,
) -> Order:
    """Make an order in review from a draft; problems come along and stop its release.

    ``known`` are the shop's fields where the caller has read them already.

    Raises:
        ForbiddenError: the actor may not enter orders.
        InvalidError: there are more lines than an order may have.
    """
    actor.require(Right.ENTER_ORDERS)
    found = matches or Matches()
    if len(draft.lines) > _MOST_LINES:
        raise InvalidError({"lines": f"{len(draft.lines)} lines; an order may have {_MOST_LINES}"})
    with joined():
        decided, catalogue = shop.settings_of_shop(), known or shop.catalogue()
        order = _new_order(draft, actor, found, incoming, (decided, catalogue))
        places = _insert_destinations(order, draft.destinations, found.customer, catalogue)
        lines = [
            rows.line_row(order, n, line, found.products.get(n - 1), catalogue)
            for n, line in enumerate(draft.lines, start=1)
        ]
        rows.insert_lines(lines)
        variants = {(index + 1, size): v for (index, size), v in found.variants.items()}
        places_by_index = dict(enumerate(places))
        pairs = zip(lines, draft.lines, strict=True)
        rows.insert_parts(pairs, places_by_index, variants, catalogue)
        charges = rows.insert_charges(order, draft.charges, dict(enumerate(lines)))
        _insert_problems(order, incoming, draft.problems, lines)
        rows.set_totals(order, lines, charges)
        order.search_text = rows.search_text(order, places, lines)
        order.save()
        text = f"{order.number} entered by {actor.name}"
        if incoming is not None:
            text = f"{order.number} read from {incoming.name} ({incoming.channel})"
        write_events([event(order, actor, "created", text)])
    return order


def _new_order(
    draft: OrderDraft,
    actor: Actor,
    found: Matches,
    incoming: IncomingFile | None,
    shop_facts: tuple[dict[str, Any], Catalogue],
) -> Order:
    decided, catalogue = shop_facts
    number = next_number("order", int(decided["first_order_number"]))
    order = Order(
        number=f"{decided['order_prefix']}{number}",
        customer=found.customer,
        customer_name=found.customer.name if found.customer else draft.customer[:200],
        incoming=incoming,
        created_by=actor.name,
        currency=decided["currency"],
        order_date=clock.today(),
        extra={},
        waiting="In review",
        sources=dict(draft.evidence),
    )
    if found.customer is not None:
        _put_defaults(order, found.customer, draft.values, catalogue)
    rows.put(order, catalogue, Level.ORDER, draft.values)
    order.save(force_insert=True)
    return order


def _put_defaults(order: Order, customer: Customer, given: Values, catalogue: Catalogue) -> None:
    """What the customer's record says goes in where the draft is silent, and says so."""
    defaults: dict[str, Value] = {
        "currency": customer.currency,
        "payment_terms": customer.payment_terms,
        "deposit_percent": customer.deposit_percent,
        "customer_notes": "",
    }
    for name, raw in (customer.defaults or {}).items():
        known = catalogue.get(Level.ORDER, name)
        if known is not None:
            defaults[name] = from_json(known, raw)
    missing = {
        n: v for n, v in defaults.items() if given.get(n) in (None, "") and v not in (None, "")
    }
    changed = rows.put(order, catalogue, Level.ORDER, missing)
    order.sales_rep_id = order.sales_rep_id or customer.sales_rep_id
    order.account_manager_id = order.account_manager_id or customer.account_manager_id
    order.sources = dict.fromkeys(changed, f"default of {customer.name}") | order.sources


def _insert_destinations(
    order: Order,
    given: Sequence[Values],
    customer: Customer | None,
    catalogue: Catalogue,
) -> list[Destination]:
    """The order's destinations, at least one; the customer's own address where none is given."""
    drafts = list(given) or [{}]
    made = []
    for position, values in enumerate(drafts):
        place = Destination(order=order, position=position, extra={})
        rows.put(place, catalogue, Level.DESTINATION, values)
        if customer is not None and not place.ship_to_address1:
            _put_address(place, customer, catalogue, values)
        place.save(force_insert=True)
        made.append(place)
    return made


def _put_address(
    place: Destination, customer: Customer, catalogue: Catalogue, given: Values
) -> None:
    defaults = customer.defaults or {}
    for name, raw in defaults.items():
        known = catalogue.get(Level.DESTINATION, name)
        if known is not None and given.get(name) in (None, ""):
            rows.put(place, catalogue, Level.DESTINATION, {name: from_json(known, raw)})
    if place.fulfillment_type not in {"ship", "deliver", "install"} or place.ship_to_city:
        return
    address = (
        Address.select()
        .where((Address.customer == customer) & (Address.kind == "ship_to"))
        .order_by(Address.is_default.desc(), Address.id)
        .first()
    )
    if address is None:
        return
    place.ship_to_name = place.ship_to_name or address.name
    place.ship_to_company = place.ship_to_company or address.company or customer.name
    place.ship_to_attention = place.ship_to_attention or address.attention
    place.ship_to_address1 = address.address1
    place.ship_to_address2 = address.address2
    place.ship_to_address3 = address.address3
    place.ship_to_city = address.city
    place.ship_to_region = address.region
    place.ship_to_postal = address.postal
    place.ship_to_country = address.country
    place.ship_to_phone = place.ship_to_phone or address.phone
    place.ship_to_email = place.ship_to_email or address.email


def _insert_problems(
    order: Order,
    incoming: IncomingFile | None,
    problems: Sequence[Problem],
    lines: Sequence[OrderLine],
) -> None:
    by_address = {line.address: line.id for line in lines if line.address}
    found = [
        {
            "order": order.id,
            "incoming": incoming,
            "line": by_address.get(problem.address),
            "address": problem.address[:120],
            "field": problem.field[:60],
            "message": problem.message,
            "found": problem.found[:255],
        }
        for problem in problems
    ]
    for start in range(0, len(found), 400):
        DraftProblem.insert_many(found[start : start + 400]).execute()


# ---------------------------------------------------------------- changing


def change_order(order_id: int, change: OrderChange, actor: Actor) -> Order:
    """Change an order.  After release the change gets a revision every department acknowledges.

    Raises:
        StaleError: somebody changed the order since ``change.version``.
        BlockedError: the order is closed, or a part cannot change any more; every reason named.
    """
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        order = lock_order(order_id)
        if change.version is not None and change.version != order.version:
            raise StaleError(
                f"{order.number} was changed by somebody else in the meantime. Reload it; what "
                "you typed is kept on your screen until then."
            )
        if order.closed_at is not None:
            raise BlockedError(f"{order.number} cannot be changed", [_closed(order)])
        catalogue = shop.catalogue()
        differences = _change_header(order, change, catalogue)
        touched: list[Docket] = []
        if change.lines is not None and order.released_at is None:
            differences += _replace_lines(order, change, catalogue)
        elif change.lines is not None:
            found, touched = revise.change_lines(order, change.lines, catalogue, actor)
            differences += found
        if change.charges is not None:
            Charge.delete().where(Charge.order == order).execute()
            rows.insert_charges(order, change.charges, {})
        rows.refresh(order)
        if not differences and not order.dirty_fields:
            return order
        revise.announce(order, differences, actor, touched, change.reason)
    return order


def _closed(order: Order) -> str:
    if order.cancelled_at is not None:
        return f"it was cancelled: {order.cancel_reason or 'no reason given'}"
    return "it is done; reopen its last task first"


def _change_header(order: Order, change: OrderChange, catalogue: Catalogue) -> list[dict[str, Any]]:
    changed = rows.put(order, catalogue, Level.ORDER, change.values)
    if change.customer is not None and change.customer.id != order.customer_id:
        changed["customer"] = (order.customer_name, change.customer.name)
        order.customer, order.customer_name = change.customer, change.customer.name
        _settle_customer_problems(order)
    if "customer_notes" in changed or "art_instructions" in changed:
        order.notes_read_at, order.notes_read_by = None, ""
    order.sources = {**order.sources, **dict.fromkeys(changed, change.said_by)}
    found = [_difference("order", name, *pair) for name, pair in changed.items()]
    for position, values in enumerate(change.destinations or ()):
        place = Destination.get_or_none(order=order, position=position)
        made = place is None
        place = place or Destination(order=order, position=position, extra={})
        pairs = rows.put(place, catalogue, Level.DESTINATION, values)
        if pairs or made:
            place.save()
        found += [_difference(f"destination {position + 1}", n, *p) for n, p in pairs.items()]
    return found


def _settle_customer_problems(order: Order) -> None:
    """Choosing the customer settles the question who it is."""
    DraftProblem.update(settled_at=clock.now(), settled_by="customer chosen").where(
        (DraftProblem.order == order)
        & (DraftProblem.field == "customer")
        & DraftProblem.settled_at.is_null()
    ).execute()


def _difference(where: str, name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"where": where, "field": name, "before": before, "after": after}


def _replace_lines(order: Order, change: OrderChange, catalogue: Catalogue) -> list[dict[str, Any]]:
    """In review no department has seen the lines yet: write them anew, numbers kept."""
    lines = change.lines or ()
    kept = {line.id for line in lines if line.id is not None}
    existing = _existing(order, kept)
    gone = [line for line in existing.values() if line.id not in kept]
    if gone:
        OrderLine.delete().where(OrderLine.id.in_([line.id for line in gone])).execute()
    before, uses = rows.part_words(kept), _uses(kept)
    _clear_parts(list(kept))
    highest = max((line.number for line in existing.values() if line.id in kept), default=0)
    found = [
        _difference(f"line {line.number}", "line", str(line.description), None) for line in gone
    ]
    pairs: list[tuple[OrderLine, DraftLine]] = []
    fresh: list[OrderLine] = []
    variants: dict[tuple[int, str], Variant] = {}
    for index, draft in enumerate(lines):
        product = change.products.get(index)
        if draft.id is None:
            highest += 1
            line = rows.line_row(order, highest, draft, product, catalogue)
            fresh.append(line)
            found.append(_difference(f"line {highest}", "line", None, line.description))
        else:
            line = existing[draft.id]
            found += _change_line(order, line, draft, product, catalogue)
        pairs.append((line, draft))
        variants |= {(line.number, s): v for (i, s), v in change.variants.items() if i == index}
    rows.insert_lines(fresh)
    places = {p.position: p for p in Destination.select().where(Destination.order == order)}
    rows.insert_parts(pairs, places, variants, catalogue)
    _use_again(uses)
    return found + _part_differences(existing, before, rows.part_words(kept))


def _existing(order: Order, kept: set[int]) -> dict[int, OrderLine]:
    existing = {line.id: line for line in OrderLine.select().where(OrderLine.order == order)}
    if kept - set(existing):
        raise InvalidError({"lines": f"line id {min(kept - set(existing))} is not of this order"})
    return existing


def _uses(line_ids: set[int]) -> dict[tuple[int, int], tuple[int | None, int | None]]:
    """Which artwork and department the decorations of lines name, by line and position."""
    kept = Decoration.select().where(
        Decoration.line.in_(list(line_ids))
        & (Decoration.artwork.is_null(False) | Decoration.department.is_null(False))
    )
    return {(d.line_id, d.position): (d.artwork_id, d.department_id) for d in kept}


def _use_again(uses: dict[tuple[int, int], tuple[int | None, int | None]]) -> None:
    for (line, position), (artwork, department) in uses.items():
        Decoration.update(artwork=artwork, department=department).where(
            (Decoration.line == line) & (Decoration.position == position)
        ).execute()


def _part_differences(
    lines: Mapping[int, OrderLine],
    before: Mapping[int, dict[str, str]],
    after: Mapping[int, dict[str, str]],
) -> list[dict[str, Any]]:
    return [
        _difference(f"line {lines[line].number}", part, before[line][part], after[line][part])
        for line in before
        for part in before[line]
        if before[line][part] != after[line][part]
    ]


def _change_line(
    order: Order,
    line: OrderLine,
    draft: DraftLine,
    product: Product | None,
    catalogue: Catalogue,
) -> list[dict[str, Any]]:
    changed = rows.put(line, catalogue, Level.LINE, draft.values)
    if product is not None and product.id != line.product_id:
        line.product = product
    quantity = draft.quantity or Decimal(0)
    if quantity != line.quantity:
        changed["quantity"] = (str(line.quantity), str(quantity))
        line.quantity = quantity
    line.line_total = rows.total_of(line, draft.schedule, order.currency)
    if line.dirty_fields:
        line.save()
    return [_difference(f"line {line.number}", n, *pair) for n, pair in changed.items()]


def _clear_parts(line_ids: list[int]) -> None:
    if not line_ids:
        return
    for table in (LineSize, ScheduleRow, Decoration):
        table.delete().where(table.line.in_(line_ids)).execute()


# ---------------------------------------------------------------- settling what was open


def settle_problem(problem_id: int, actor: Actor) -> DraftProblem:
    """Say that a person has dealt with one problem of a draft.

    Raises:
        StaleError: somebody settled it first.
    """
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        problem = DraftProblem.get_by_id(problem_id)
        changed = (
            DraftProblem.update(settled_at=clock.now(), settled_by=actor.name)
            .where((DraftProblem.id == problem_id) & DraftProblem.settled_at.is_null())
            .execute()
        )
        if not changed:
            raise StaleError(f"'{problem.message}' was settled by {problem.settled_by} already.")
        if problem.order is not None:
            text = f"settled: {problem}"
            write_events([event(problem.order, actor, "problem_settled", text)])
    return problem


def mark_notes_read(order_id: int, actor: Actor) -> Order:
    """Say that the customer's free-text instructions have been read."""
    actor.require(Right.CHANGE_ORDERS)
    with transaction():
        order = lock_order(order_id)
        if order.notes_read_at is None:
            order.notes_read_at, order.notes_read_by = clock.now(), actor.name
            order.version += 1
            order.save()
            text = f"{actor.name} read the customer's instructions"
            write_events([event(order, actor, "notes_read", text)])
    return order
