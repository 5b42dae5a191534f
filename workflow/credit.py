"""Why an order may not be released on credit, in words. Pure."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class CreditFacts:
    """The numbers a credit check looks at; amounts in the order's currency."""

    customer: str
    blocked: bool
    overdue: Decimal
    limit: Decimal | None
    receivables: Decimal
    open_orders: Decimal
    this_order: Decimal
    terms: str
    deposit_percent: Decimal
    deposit_paid: Decimal
    currency: str


def credit_reasons(facts: CreditFacts) -> list[str]:
    """Every reason credit has to stop the order; empty if it is good."""
    reasons = []
    if facts.blocked:
        reasons.append(f"{facts.customer} is blocked for credit")
    if facts.overdue > 0:
        reasons.append(f"{facts.customer} has {_money(facts.overdue, facts)} overdue")
    exposure = facts.receivables + facts.open_orders + facts.this_order
    if facts.limit is not None and exposure > facts.limit:
        reasons.append(
            f"the credit limit of {_money(facts.limit, facts)} would be passed: open "
            f"{_money(facts.receivables + facts.open_orders, facts)} + this order "
            f"{_money(facts.this_order, facts)}"
        )
    due = _prepayment(facts)
    if facts.deposit_paid < due:
        what = "prepayment" if facts.terms.casefold() == "prepay" else "deposit"
        reasons.append(
            f"{what} of {_money(due, facts)} not paid ({_money(facts.deposit_paid, facts)} so far)"
        )
    return reasons


def _prepayment(facts: CreditFacts) -> Decimal:
    if facts.terms.casefold() == "prepay":
        return facts.this_order
    return facts.this_order * facts.deposit_percent / 100


def _money(amount: Decimal, facts: CreditFacts) -> str:
    return f"{amount:,.2f} {facts.currency}"
