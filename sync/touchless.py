"""Whether an order needs a person before it is released: the customer's policy, in reasons."""

from typing import Any

from models import Customer, Order, OrderLine, Product, Variant
from workflow import engine
from workflow.actors import system

#: Who releases what no person touched; the figures of the Incoming page count by this name.
POLICY = system("touchless policy")


def why_not(order: Order, customer: Customer | None) -> list[str]:
    """Every reason why a person must look at an order, in words; empty if none must."""
    if customer is None or not customer.touchless:
        return ["the customer's orders are always reviewed"]
    reasons = list(engine.why_not_released(order))
    limit = customer.touchless_limit
    if limit is not None and order.grand_total > limit:
        total, most = f"{order.grand_total:,.2f}", f"{limit:,.2f}"
        reasons.append(f"{total} {order.currency} is more than the {most} that need no review")
    mail = order.incoming.mail if order.incoming_id is not None and order.incoming else None
    if mail is not None and not mail.authenticated:
        reasons.append(f"the mail server does not vouch that {mail.sender} sent it")
    if order.incoming_id is not None and customer.price_policy != "theirs":
        reasons += _unknown_prices(order)
    return reasons


def release(order: Order, customer: Customer | None) -> Order:
    """Release an order at once if no reason stands against it."""
    if order.released_at is not None or why_not(order, customer):
        return order
    return engine.release(order.id, POLICY)


def _has_price() -> Any:
    """Whether a line's product, or any of its variants, has a price of ours."""
    priced = Variant.select(Variant.product).where(Variant.price > 0)
    return (Product.price > 0) | Product.id.in_(priced)


def _unknown_prices(order: Order) -> list[str]:
    """Lines whose price only the document says."""
    lines = (
        OrderLine.select(OrderLine, Product)
        .left_outer_join(Product)
        .where(
            (OrderLine.order == order)
            & OrderLine.cancelled_at.is_null()
            & OrderLine.unit_price.is_null(False)
            & (OrderLine.product.is_null() | ~_has_price())
        )
        .order_by(OrderLine.number)
        .limit(20)
    )
    return [f"line {line.number}: only the customer says this price" for line in lines]
