"""Which price counts where a document's differs from ours: the customer's policy says it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sync.drafts import DraftLine, Problem

_PER = {"each": Decimal(1), "hundred": Decimal(100), "thousand": Decimal(1000)}

#: The words of ``PricePolicy.choice``, as the customer's form shows them.
CHOICES = (
    ("ask", "ask a person"),
    ("ours", "take our price"),
    ("theirs", "take the customer's price"),
)


@dataclass(frozen=True)
class PricePolicy:
    """What a customer's record says about prices; ``tolerance`` is in percent of ours."""

    choice: str = "ask"
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class Settled:
    """The price that counts, per what, and what a person still has to look at."""

    price: Decimal | None
    basis: str
    problems: tuple[Problem, ...]


def by_policy(
    line: DraftLine, found: Settled, ours: Sequence[Decimal], policy: PricePolicy
) -> Settled:
    """Settle a difference in price that the policy decides; everything else stays a problem."""
    given, basis = line.values.get("unit_price"), str(line.values.get("price_basis") or "each")
    doubts = tuple(p for p in found.problems if p.field != "unit_price")
    if len(doubts) == len(found.problems) or not isinstance(given, Decimal):
        return found
    if policy.choice == "theirs":
        return Settled(given, basis, doubts)
    prices = set(ours)
    if len(prices) != 1:  # sizes that cost differently: a person decides
        return found
    own = next(iter(prices))
    each = given / _PER.get(basis, Decimal(1))
    near = own > 0 and abs(each - own) * 100 <= policy.tolerance * own
    if near or policy.choice == "ours":
        return Settled(own, "each", doubts)
    return found
