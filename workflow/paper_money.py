"""What papers with money say: confirmation, invoice, purchase order.  Reads only."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from models import (
    Charge,
    Decoration,
    Destination,
    Job,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    Product,
    PurchaseLine,
    PurchaseOrder,
    Variant,
    VendorItem,
)
from workflow.money import rounded
from workflow.paper_facts import (
    Sheet,
    day,
    line_text,
    order_facts,
    paper_facts,
    place_facts,
    shop_facts,
    sized,
)
from workflow.quantities import ZERO, show


def amount(value: Decimal | None, currency: str) -> str:
    """An amount as a paper shows it; '' for none."""
    return "" if value is None else f"{rounded(value, currency):,f}"


def unit_price(value: Decimal | None) -> str:
    """A price per piece with two to six places."""
    if value is None:
        return ""
    whole, _, places = f"{value:,.6f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


# ---------------------------------------------------------------- confirmation


def confirmation(order: Order) -> Sheet:
    """What we agreed to."""
    lines = lines_of(order)
    sizes: dict[int, list[tuple[str, Decimal]]] = {}
    for row in LineSize.select().where(LineSize.line.in_(lines)).order_by(LineSize.position):
        sizes.setdefault(row.line_id, []).append((row.size, row.quantity))
    looks: dict[int, list[str]] = {}
    for one in Decoration.select().where(Decoration.line.in_(lines)).order_by(Decoration.position):
        words = (one.location, one.method, ", ".join(map(str, one.imprint_colors or [])))
        looks.setdefault(one.line_id, []).append(", ".join(w for w in words if w))
    told = [
        line_facts(line, line.quantity, line.line_total, order.currency)
        | {"sizes": sized(sizes.get(line.id, [])), "decorations": looks.get(line.id, [])}
        for line in lines
    ]
    title = f"Order confirmation {order.number}"
    facts = head(order, title, order.number) | {
        "lines": told,
        "charges": charges_of(order),
        "sums": _sums(order, order.subtotal, order.grand_total, order.tax_amount),
    }
    return Sheet("confirmation", title, facts, order, revision=order.revision, code=order.number)


def head(order: Order, title: str, code: str) -> dict[str, Any]:
    """What confirmations and invoices begin with."""
    place = Destination.select().where(Destination.order == order).order_by(Destination.position)
    extra = order.extra or {}
    bill = [str(extra.get(f"bill_to_{name}") or "") for name in ("name", "attention", "address1")]
    bill += [str(extra.get("bill_to_address2") or "")]
    town = [str(extra.get(f"bill_to_{name}") or "") for name in ("city", "region", "postal")]
    bill += [" ".join(part for part in town if part), str(extra.get("bill_to_country") or "")]
    goes = place_facts(place.first())
    known = [line for line in bill if line]
    return {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=order.revision, code=code),
        "order": order_facts(order),
        "bill": {"lines": known if len(known) > 1 else goes["lines"] or [order.customer_name]},
        "to": goes,
    }


def lines_of(order: Order) -> list[OrderLine]:
    """The lines of an order that were not cancelled."""
    alive = (OrderLine.order == order) & OrderLine.cancelled_at.is_null()
    return list(OrderLine.select().where(alive).order_by(OrderLine.number))


def line_facts(
    line: OrderLine, pieces: Decimal, total: Decimal | None, currency: str
) -> dict[str, Any]:
    """A line of a paper with money: what, how many, at which price, what it comes to."""
    basis = "" if line.price_basis == "each" else f" per {line.price_basis}"
    return {
        "number": line.number,
        "text": line_text(line),
        "sku": line.customer_item_number or line.sku,
        "unit": line.uom,
        "pieces": show(pieces),
        "price": unit_price(line.unit_price) + (basis if line.unit_price is not None else ""),
        "total": amount(total, currency),
    }


def charges_of(order: Order) -> list[dict[str, str]]:
    """What is charged besides the goods, in words."""
    found = Charge.select().where(Charge.order == order).order_by(Charge.id)
    return [{"name": c.name, "amount": amount(c.amount, order.currency)} for c in found]


def _sums(order: Order, goods: Decimal, total: Decimal, tax: Decimal) -> dict[str, str]:
    currency = order.currency
    discount = rounded(goods * order.discount_percent / 100 + order.discount_amount, currency)
    paid = order.deposit_paid
    return {
        "currency": currency,
        "goods": amount(goods, currency),
        "discount": amount(discount, currency) if discount else "",
        "freight": amount(order.freight_charge, currency) if order.freight_charge else "",
        "tax": amount(tax, currency) if tax else "",
        "total": amount(total, currency),
        "paid": amount(paid, currency) if paid else "",
        "due": amount(total - paid, currency),
    }


# ---------------------------------------------------------------- purchase order


def purchase_order(purchase: PurchaseOrder, revision: int) -> Sheet:
    """What a vendor gets from us.

    Args:
        purchase: the order.
        revision: how often they get it, this time included.
    """
    vendor = purchase.vendor if purchase.vendor_id else None
    lines, total = _bought(purchase)
    title = f"Purchase order {purchase.number}"
    currency = vendor.currency if vendor else ""
    facts: dict[str, Any] = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=revision, code=purchase.number),
        "vendor": _vendor_facts(vendor),
        "purchase": {
            "number": purchase.number,
            "date": day(purchase.ordered_at),
            "expected": day(purchase.expected_on),
            "notes": purchase.notes,
            "by": purchase.ordered_by,
        },
        "lines": lines,
        "total": amount(total, currency) if total else "",
        "currency": currency,
    }
    return Sheet("purchase_order", title, facts, purchase_order=purchase, revision=revision)


def _vendor_facts(vendor: Any) -> Mapping[str, str]:
    if vendor is None:
        return dict.fromkeys(("name", "email", "phone", "account", "terms"), "")
    return {
        "name": vendor.name,
        "email": vendor.email,
        "phone": vendor.phone,
        "account": vendor.account_number,
        "terms": vendor.terms,
    }


def _bought(purchase: PurchaseOrder) -> tuple[list[dict[str, Any]], Decimal]:
    rows = list(
        PurchaseLine.select(PurchaseLine, JobItem, Job, OrderLine)
        .join_from(PurchaseLine, JobItem)
        .join_from(JobItem, Job)
        .join_from(JobItem, OrderLine)
        .where(PurchaseLine.purchase_order == purchase)
        .order_by(OrderLine.description, JobItem.id)
    )
    theirs = _vendor_items(purchase, rows)
    told, total, complete = [], ZERO, True
    currency = purchase.vendor.currency if purchase.vendor is not None else "USD"
    for row in rows:
        known = theirs.get((row.item.line_id, row.item.size))
        cost = row.unit_cost if row.unit_cost is not None else known.cost if known else None
        worth = None if cost is None else rounded(cost * row.quantity, currency)
        total, complete = total + (worth or ZERO), complete and worth is not None
        told.append(
            {
                "code": row.vendor_sku or (known.vendor_sku if known else row.item.line.sku),
                "text": line_text(row.item.line),
                "size": row.item.size,
                "pieces": show(row.quantity),
                "unit": row.item.line.uom,
                "cost": unit_price(cost),
                "total": amount(worth, currency),
                "job": row.item.job.number,
            }
        )
    return told, total if complete else ZERO


def _vendor_items(
    purchase: PurchaseOrder, rows: Iterable[PurchaseLine]
) -> dict[tuple[int, str], VendorItem]:
    """What the vendor calls our lines, by line and size."""
    lines = {row.item.line_id for row in rows}
    if not lines or not purchase.vendor_id:
        return {}
    query: Any = (
        VendorItem.select(VendorItem, OrderLine.id.alias("line"), Variant.size.alias("size"))
        .join(Variant)
        .join(Product)
        .join(OrderLine, on=(OrderLine.product == Product.id))
        .where(OrderLine.id.in_(lines) & (VendorItem.vendor == purchase.vendor_id))
        .where((Variant.color == OrderLine.color) | (Variant.color == ""))
    )
    return {(row.line, row.size): row for row in query.objects()}
