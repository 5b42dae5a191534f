"""Invoices: what was really handed over, of a whole order or of one hand-over.  Reads only.

The invoices of an order's hand-overs add up to the invoice of all of them, cent by cent: each is
the difference between what everything came to before it and after it.  So charges, freight and
a discount in money stand on the first one, and what was paid in advance is used up in turn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from models import Charge, Job, JobItem, Order, OrderLine, ScheduleRow, Shipment, ShipmentItem
from workflow.money import grand_total, line_total, rounded
from workflow.paper_facts import Sheet, day
from workflow.paper_money import amount, charges_of, head, line_facts, lines_of
from workflow.quantities import ZERO, show


@dataclass(frozen=True)
class Account:
    """What the goods come to that have left so far."""

    pieces: Mapping[int, Decimal] = field(default_factory=dict)  # by line
    worth: Mapping[int, Decimal] = field(default_factory=dict)
    goods: Decimal = ZERO
    discount: Decimal = ZERO
    freight: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO


_NOTHING = Account()


def invoice(order: Order) -> Sheet:
    """What was handed over so far, at the prices agreed; charges and discounts as agreed.

    Tax is what the order says, in the proportion of the goods that were handed over.
    """
    shipments, lines = _shipments(order), lines_of(order)
    after = _account(order, lines, _gone(shipments))
    number = _number(order)
    facts = _facts(order, lines, number, (_NOTHING, after)) | {
        "shipments": _told(shipments),
        "sums": _sums(order, _NOTHING, after, order.deposit_paid),
    }
    return Sheet("invoice", f"Invoice {number}", facts, order, revision=order.revision, code=number)


def invoice_of(shipment: Shipment) -> Sheet:
    """What one hand-over comes to."""
    order = shipment.job.order
    everything, lines = _shipments(order, voided=True), lines_of(order)
    place = [row.id for row in everything].index(shipment.id) + 1
    alive = [row for row in everything if row.voided_at is None]
    before = [row for row in alive if row.id < shipment.id]
    was = _account(order, lines, _gone(before)) if before else _NOTHING
    now = _account(order, lines, _gone([*before, shipment]))
    whole = place == 1 and all(now.pieces.get(x.id, ZERO) >= x.quantity for x in lines)
    number = _number(order) if whole else f"{_number(order)}-{place}"
    facts = _facts(order, lines, number, (was, now))
    paid = min(order.deposit_paid, now.total) - min(order.deposit_paid, was.total)
    facts |= {
        "lines": [line for line in facts["lines"] if line["pieces"] != "0"],
        "shipments": _told([shipment]),
        "sums": _sums(order, was, now, paid),
    }
    return Sheet("invoice", f"Invoice {number}", facts, order, shipment.job, shipment,
                 revision=order.revision, code=number)  # fmt: skip


def _number(order: Order) -> str:
    return str((order.extra or {}).get("invoice_number") or order.number)


def _account(order: Order, lines: Iterable[OrderLine], gone: Mapping[int, Decimal]) -> Account:
    lines, currency = list(lines), order.currency
    deliveries = _deliveries(lines)
    worth = {
        line.id: line_total(
            [(gone.get(line.id, ZERO), _price(line, deliveries.get(line.id, [])))],
            basis=line.price_basis,
            discount_percent=line.line_discount,
            currency=currency,
        )
        for line in lines
    }
    goods = sum(worth.values(), ZERO)
    charges = sum((c.amount for c in Charge.select().where(Charge.order == order)), ZERO)
    share = goods / order.subtotal if order.subtotal else Decimal(1)
    tax = rounded(order.tax_amount * share, currency)
    total = grand_total(
        goods,
        discount_percent=order.discount_percent,
        discount_amount=order.discount_amount,
        extras=charges + order.freight_charge + tax,
        currency=currency,
    )
    discount = rounded(goods * order.discount_percent / 100 + order.discount_amount, currency)
    return Account(gone, worth, goods, discount, order.freight_charge, tax, total)


def _facts(
    order: Order, lines: Iterable[OrderLine], number: str, accounts: tuple[Account, Account]
) -> dict[str, Any]:
    before, after = accounts
    told = []
    for line in lines:
        pieces = after.pieces.get(line.id, ZERO) - before.pieces.get(line.id, ZERO)
        worth = after.worth[line.id] - before.worth.get(line.id, ZERO)
        told.append(
            line_facts(line, pieces, worth, order.currency) | {"ordered": show(line.quantity)}
        )
    charges = charges_of(order) if before is _NOTHING else []
    return head(order, f"Invoice {number}", number) | {"lines": told, "charges": charges}


def _told(shipments: Iterable[Shipment]) -> list[dict[str, str]]:
    return [
        {"date": day(row.shipped_at), "carrier": row.carrier, "tracking": row.tracking_number}
        for row in shipments
    ]


def _sums(order: Order, before: Account, after: Account, paid: Decimal) -> dict[str, str]:
    currency, total = order.currency, after.total - before.total
    optional = {
        "discount": after.discount - before.discount,
        "freight": after.freight - before.freight,
        "tax": after.tax - before.tax,
        "paid": paid,
    }
    return {
        "currency": currency,
        "goods": amount(after.goods - before.goods, currency),
        "total": amount(total, currency),
        "due": amount(total - paid, currency),
        **{name: amount(value, currency) if value else "" for name, value in optional.items()},
    }


def _shipments(order: Order, *, voided: bool = False) -> list[Shipment]:
    """The hand-overs of an order, oldest first."""
    query = Shipment.select().join(Job).where(Job.order == order)
    if not voided:
        query = query.where(Shipment.voided_at.is_null())
    return list(query.order_by(Shipment.id))


def _gone(shipments: Iterable[Shipment]) -> dict[int, Decimal]:
    """How many pieces of each line left with these hand-overs."""
    rows: Any = (
        ShipmentItem.select(JobItem.line, ShipmentItem.quantity)
        .join(JobItem)
        .where(ShipmentItem.shipment.in_([row.id for row in shipments]))
        .tuples()
    )
    found: dict[int, Decimal] = {}
    for line_id, quantity in rows:
        found[line_id] = found.get(line_id, ZERO) + quantity
    return found


def _deliveries(lines: Iterable[OrderLine]) -> dict[int, list[ScheduleRow]]:
    found: dict[int, list[ScheduleRow]] = {}
    for row in ScheduleRow.select().where(ScheduleRow.line.in_(list(lines))):
        found.setdefault(row.line_id, []).append(row)
    return found


def _price(line: OrderLine, deliveries: list[ScheduleRow]) -> Decimal | None:
    """The line's price; of deliveries with prices of their own, their average."""
    priced = [r for r in deliveries if r.schedule_unit_price is not None and r.schedule_quantity]
    if not priced:
        price: Decimal | None = line.unit_price
        return price
    pieces = sum((r.schedule_quantity for r in priced), ZERO)
    worth = sum((r.schedule_quantity * r.schedule_unit_price for r in priced), ZERO)
    return worth / pieces
