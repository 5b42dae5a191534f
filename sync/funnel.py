"""Where every order source ends: one draft in, one order out, exactly once.

Reading made the draft; here it meets what the shop knows: the customer, the products, our prices
and the orders that are there already.  What does not fit becomes a ``Problem`` and the order goes
to review with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import clock
from errors import BlockedError
from models import (
    Customer,
    DraftProblem,
    IncomingFile,
    Order,
    Product,
    Variant,
    on_postgresql,
    transaction,
)
from sync import candidates, matching, pricing, redraft, touchless
from sync.drafts import DraftLine, OrderDraft, Problem, Values
from sync.likeness import fold
from sync.matching import ItemHit
from workflow import engine, shop
from workflow.actors import Actor
from workflow.fields import Catalogue

#: Sources whose values a person or a program has chosen; everything else is a document.
TYPED = frozenset({"manual", "api", "sheet", "copy"})
_CHANNELS = {
    "upload": "customer_file",
    "cli": "customer_file",
    "folder": "customer_file",
    "api": "customer_file",
    "mailbox": "email",
}


@dataclass(frozen=True)
class Settled:
    """A draft that met what the shop knows; ``doubts`` are about who sent it."""

    draft: OrderDraft
    customer: Customer | None
    doubts: tuple[Problem, ...]
    matches: engine.Matches


def accept(
    draft: OrderDraft,
    actor: Actor,
    *,
    incoming: IncomingFile | None = None,
    catalogue: Catalogue | None = None,
) -> Order:
    """Make one order of a draft: in review, or released where the customer's policy says so.

    The same PO number of the same customer is a question to a person; with the policy
    "change_order" it changes the order that is there, where every line can be told.

    Args:
        draft: what was typed, sent or read.
        actor: who brings it.
        incoming: the document it was read from.
        catalogue: the shop's fields, where the caller has read them already.

    Raises:
        ForbiddenError: the actor may not enter orders.
        InvalidError: there are more lines than an order may have.
    """
    with transaction():
        told = settle(draft, incoming)
        customer, settled, doubts = told.customer, told.draft, list(told.doubts)
        before = _same_po(settled.po_number, customer)
        if before and customer is not None and customer.duplicate_po == "change_order":
            changed = _as_change(settled, doubts, before, actor, incoming)
            if changed is not None:
                return changed
        if before and customer is not None and customer.duplicate_po != "new_order":
            doubts.append(_second_po(settled.po_number, before))
        made = replace(settled, problems=(*settled.problems, *doubts))
        order = engine.create_order(made, actor, told.matches, incoming, known=catalogue)
        if draft.source in {"manual", "copy"}:
            return order
        return touchless.release(order, customer)


def settle(draft: OrderDraft, incoming: IncomingFile | None = None) -> Settled:
    """What a draft means here: whose it is, which products, at which prices."""
    customer, doubts = _customer(draft, incoming)
    hits, products = _items(draft, customer)
    settled = _settled(draft, customer, hits, incoming)
    return Settled(settled, customer, tuple(doubts), _matches(hits, products, customer))


def match(draft: OrderDraft, customer: Customer | None = None) -> engine.Matches:
    """What a draft's lines mean among our products; for drafts that change an order."""
    hits, products = _items(draft, customer)
    return _matches(hits, products, customer)


def doubt_second_po(order: Order, incoming: IncomingFile | None = None) -> None:
    """Ask about a PO number that shows up twice only now that the customer is known.

    Call it inside a transaction.
    """
    customer = order.customer if order.customer_id else None
    before = [o for o in _same_po(order.po_number, customer) if o.id != order.id]
    if not before or customer is None or customer.duplicate_po == "new_order":
        return
    problem = _second_po(order.po_number, before)
    DraftProblem.create(
        order=order,
        incoming=incoming,
        address=problem.address,
        field=problem.field,
        message=problem.message,
        found=problem.found,
    )


# ---------------------------------------------------------------- who


def _customer(
    draft: OrderDraft, incoming: IncomingFile | None
) -> tuple[Customer | None, list[Problem]]:
    chosen = draft.customer_id or (incoming.customer_id if incoming is not None else None)
    if chosen is not None:
        found = Customer.get_or_none(Customer.id == chosen)
        if found is not None:
            return found, []
    contact = str(draft.values.get("order_contact_email") or "")
    sender = incoming.sender if incoming is not None else ""
    hit, customer = candidates.customer(draft.customer, [a for a in (sender, contact) if a])
    if not hit.doubt:
        return customer, []
    where = draft.evidence.get("customer", "") or "customer"
    return customer, [Problem(where, "customer", hit.doubt, draft.customer)]


# ---------------------------------------------------------------- what


def _items(
    draft: OrderDraft, customer: Customer | None
) -> tuple[list[ItemHit], dict[int, Product]]:
    """What each line means, and the rows of the products that were looked at."""
    typed = draft.source in TYPED
    shelf, products = candidates.shelf(draft.lines, customer, typed=typed)
    hits = [
        matching.find_item(line, where(line, n), shelf, typed=typed)
        for n, line in enumerate(draft.lines, start=1)
    ]
    return _with_suggestions(draft, hits, typed=typed), products


def _with_suggestions(draft: OrderDraft, hits: Sequence[ItemHit], *, typed: bool) -> list[ItemHit]:
    """Lines whose item is not known say so; typed ones may do without an item."""
    open_lines = {
        n: line
        for n, (line, hit) in enumerate(zip(draft.lines, hits, strict=True))
        if hit.product is None and (line.values.get("sku") or not typed)
    }
    if not open_lines:
        return list(hits)
    likely = candidates.suggestions([matching.named(line) for line in open_lines.values()])
    found = list(hits)
    for n, line in open_lines.items():
        words = likely.get(matching.named(line), "")
        problem = matching.unknown_item(line, where(line, n + 1), words)
        found[n] = replace(hits[n], problems=(*hits[n].problems, problem))
    return found


def where(line: DraftLine, number: int) -> str:
    """Where a line stands: its address in the document, else its number."""
    return line.address or f"line {number}"


def _settled(
    draft: OrderDraft,
    customer: Customer | None,
    hits: Sequence[ItemHit],
    incoming: IncomingFile | None,
) -> OrderDraft:
    """The draft with its prices decided, its channel named, and what was found wrong."""
    problems = [p for hit in hits for p in hit.problems]
    foreign = _foreign_currency(draft, customer)
    lines = []
    for number, (line, hit) in enumerate(zip(draft.lines, hits, strict=True), start=1):
        if draft.source in TYPED or foreign:
            lines.append(_priced_as_typed(line, hit))
            continue
        found = _price(line, where(line, number), hit, customer)
        problems += found.problems
        priced = {"unit_price": found.price, "price_basis": found.basis}
        lines.append(replace(line, values={**line.values, **priced}))
    values = dict(draft.values)
    values.setdefault("source_channel", _channel(draft, incoming))
    if incoming is not None:
        values.setdefault("source_file_name", incoming.name)
        if incoming.external_id:
            values.setdefault("source_message_id", incoming.external_id)
    return replace(
        draft,
        values=values,
        lines=tuple(lines),
        problems=(*draft.problems, *foreign, *problems),
    )


def _price(line: DraftLine, place: str, hit: ItemHit, customer: Customer | None) -> pricing.Settled:
    """The price of a document's line, by what we sell for and the customer's policy."""
    price, basis, problems = matching.settle_price(line, place, hit)
    policy = pricing.PricePolicy()
    if customer is not None:
        policy = pricing.PricePolicy(customer.price_policy, customer.price_tolerance)
    ours = list(matching.our_prices(hit).values())
    return pricing.by_policy(line, pricing.Settled(price, basis, tuple(problems)), ours, policy)


def _priced_as_typed(line: DraftLine, hit: ItemHit) -> DraftLine:
    """A price that was typed counts; where none was, ours goes in if it is one price."""
    ours = set(matching.our_prices(hit).values())
    uom = line.values.get("uom")
    other_unit = uom and hit.product is not None and uom != hit.product.uom
    if line.values.get("unit_price") is not None or len(ours) != 1 or other_unit:
        return line
    return replace(line, values={**line.values, "unit_price": ours.pop(), "price_basis": "each"})


def _foreign_currency(draft: OrderDraft, customer: Customer | None) -> list[Problem]:
    """A document in another money than the customer's: its prices cannot be compared."""
    named = str(draft.values.get("currency") or "")
    if draft.source in TYPED or customer is None or not named or named == customer.currency:
        return []
    text = f"the document is in {named}, {customer.name} pays in {customer.currency}: "
    place = draft.evidence.get("currency", "") or "currency"
    return [Problem(place, "currency", text + "check every price, then settle", named)]


def _channel(draft: OrderDraft, incoming: IncomingFile | None) -> str:
    if incoming is not None:
        return _CHANNELS.get(incoming.channel, "customer_file")
    return draft.source if draft.source in {"api", "sheet"} else "manual"


def _matches(
    hits: Sequence[ItemHit], products: dict[int, Product], customer: Customer | None
) -> engine.Matches:
    return engine.Matches(
        customer,
        {n: products[h.product.id] for n, h in enumerate(hits) if h.product is not None},
        {
            (n, size): Variant(id=variant.id)
            for n, hit in enumerate(hits)
            for size, variant in hit.variants.items()
        },
    )


# ---------------------------------------------------------------- the same order again


def _same_po(po_number: str, customer: Customer | None) -> list[Order]:
    """The customer's orders with that PO number that were not cancelled, newest first."""
    if customer is None or not po_number:
        return []
    if on_postgresql():
        # Two documents with one PO number that arrive together must see each other.
        mine: Any = Customer.select(Customer.id).where(Customer.id == customer.id)
        mine.for_update("FOR NO KEY UPDATE").first()
    return list(
        Order.select()
        .where(
            (Order.customer == customer)
            & (Order.po_number == po_number)
            & Order.cancelled_at.is_null()
        )
        .order_by(Order.id.desc())
        .limit(5)
    )


def _second_po(po_number: str, before: Sequence[Order]) -> Problem:
    known = ", ".join(f"order {o.number} already ({_standing(o)})" for o in before[:3])
    text = f"PO {po_number} is {known}: cancel one of them, or settle if it is a second order"
    return Problem("PO number", "po_number", text, po_number)


def _standing(order: Order) -> str:
    if order.stage == "done":
        return f"done {clock.local(order.closed_at):%d %b %Y}" if order.closed_at else "done"
    entered = clock.local(order.created_at)
    return f"in {order.stage}, entered {entered:%d %b %Y}"


def _as_change(
    draft: OrderDraft,
    doubts: Sequence[Problem],
    before: Sequence[Order],
    actor: Actor,
    incoming: IncomingFile | None,
) -> Order | None:
    """Change the order that is there, if every line of the document is one of its lines.

    Returns:
        The order, or None where a person must look: something is unclear, several orders have
        the number, lines differ, or the departments are too far.
    """
    if doubts or draft.problems or len(before) != 1 or before[0].closed_at is not None:
        return None
    order = before[0]
    lines = _changed_lines(redraft.draft_of(order, shop.catalogue()).lines, draft.lines)
    if lines is None:
        return None
    change = engine.OrderChange(
        values=_header_changes(draft),
        destinations=draft.destinations or None,
        lines=lines,
    )
    revision = order.version
    try:
        with transaction():
            changed = engine.change_order(order.id, change, actor)
    except BlockedError:  # pieces are made already: a second order asks a person
        return None
    said = "changed" if changed.version != revision else "repeats"
    DraftProblem.create(
        order=changed,
        incoming=incoming,
        address=draft.evidence.get("po_number", "") or "PO number",
        field="po_number",
        message=f"PO {draft.po_number} {said} order {changed.number}",
        found=draft.po_number[:255],
        settled_at=clock.now(),
        settled_by="change-order policy",
    )
    return changed


def _header_changes(draft: OrderDraft) -> Values:
    """What the document says of the header, without what only says how it came."""
    own = {"source_channel", "source_file_name", "source_message_id", "order_date"}
    return {name: value for name, value in _filled(draft.values).items() if name not in own}


def _changed_lines(
    standing: Sequence[DraftLine], wanted: Sequence[DraftLine]
) -> tuple[DraftLine, ...] | None:
    """The order's lines with the document's figures, or None where they are not the same items."""
    known = {_identity(line): line for line in standing}
    told = {_identity(line): line for line in wanted}
    same = set(known) == set(told) and len(known) == len(standing) and len(told) == len(wanted)
    if not same:
        return None
    return tuple(
        replace(
            line,
            values={**line.values, **_filled(told[key].values)},
            sizes=told[key].sizes,
            schedule=told[key].schedule or line.schedule,
            decorations=told[key].decorations or line.decorations,
        )
        for key, line in known.items()
    )


def _filled(values: Values) -> Values:
    return {n: v for n, v in values.items() if v not in (None, "", [])}


def _identity(line: DraftLine) -> tuple[str, str]:
    words = (line.values.get(n) for n in ("sku", "customer_item_number", "description"))
    item = next((str(word) for word in words if word), "")
    return fold(item), fold(str(line.values.get("color") or ""))
