"""Which jobs an order becomes and which departments each visits. Pure; departments are data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from errors import ShopError


@dataclass(frozen=True)
class Rule:
    """To which jobs a department applies.

    ``methods`` and ``tags`` each match any of theirs, and one of both is enough; ``fulfillment``
    and ``needs`` must match as well.  A rule without conditions applies to every job.
    ``needs`` is "" or one of ``decoration`` (something is decorated), ``artwork`` (decorated, or a
    mockup or proof was asked for), ``purchase`` (something must be bought), ``goods`` (something
    arrives: bought, or brought by the customer).
    """

    methods: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    fulfillment: frozenset[str] = frozenset()
    needs: str = ""

    @classmethod
    def from_row(cls, applies_to: Mapping[str, Any]) -> "Rule":
        """The rule as a department's ``applies_to`` says it; unknown words are refused.

        Raises:
            ShopError: a key is unknown or ``needs`` is.
        """
        unknown = set(applies_to) - {"methods", "tags", "fulfillment", "needs"}
        if unknown:
            raise ShopError(f"Applies to: no such condition: {', '.join(sorted(unknown))}.")
        needs = str(applies_to.get("needs") or "")
        if needs not in NEEDS:
            raise ShopError(f"Applies to: needs is '{needs}'; use one of {', '.join(NEEDS[1:])}.")
        return cls(
            methods=_words(applies_to.get("methods")),
            tags=_words(applies_to.get("tags")),
            fulfillment=_words(applies_to.get("fulfillment")),
            needs=needs,
        )


NEEDS = ("", "decoration", "artwork", "purchase", "goods")


@dataclass(frozen=True)
class JobFacts:
    """What routing must know of a job."""

    fulfillment: str
    methods: frozenset[str]
    tags: frozenset[str]
    departments: frozenset[int]  # named by a decoration
    decorated: bool
    artwork: bool
    buys: bool
    brought: bool


@dataclass(frozen=True)
class Route:
    """A department as routing sees it."""

    id: int
    rule: Rule


def _words(value: Any) -> frozenset[str]:
    return frozenset(str(word).strip().casefold() for word in value or ())


def applies(route: Route, job: JobFacts) -> bool:
    """Whether a job visits a department."""
    rule = route.rule
    if rule.fulfillment and job.fulfillment.casefold() not in rule.fulfillment:
        return False
    if not _needed(rule.needs, job):
        return False
    if route.id in job.departments:
        return True
    if not rule.methods and not rule.tags:
        return True
    return bool(rule.methods & job.methods or rule.tags & job.tags)


def _needed(needs: str, job: JobFacts) -> bool:
    return {
        "": True,
        "decoration": job.decorated,
        "artwork": job.artwork,
        "purchase": job.buys,
        "goods": job.buys or job.brought,
    }[needs]


def route(departments: Iterable[Route], job: JobFacts) -> list[int]:
    """The ids of the departments a job visits, in the order given."""
    return [department.id for department in departments if applies(department, job)]


def unserved_methods(departments: Sequence[Route], job: JobFacts) -> list[str]:
    """Decoration methods no department takes: such a job must not be released by accident."""
    if job.departments:
        return []
    served = (
        frozenset().union(*(d.rule.methods for d in departments)) if departments else frozenset()
    )
    return sorted(method for method in job.methods if method and method not in served)


# ---- splitting an order into jobs


@dataclass(frozen=True)
class Delivery:
    """One schedule row as the split sees it; ``size`` '' means spread over the line's sizes."""

    quantity: Decimal
    date: date | None
    destination: int | None
    size: str = ""
    firm: bool | None = None


@dataclass(frozen=True)
class LineFacts:
    """One line with its sizes and deliveries."""

    id: int
    sizes: tuple[tuple[str, Decimal], ...]
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class JobPlan:
    """One job to be: date, destination, firm, and its items (line id, size, quantity)."""

    date: date | None
    destination: int | None
    firm: bool
    items: tuple[tuple[int, str, Decimal], ...]


def split_into_jobs(
    lines: Iterable[LineFacts],
    *,
    in_hands: date | None,
    firm: bool,
    destination: int | None,
) -> list[JobPlan]:
    """One job per date and destination, soonest first; every piece in exactly one job.

    What a line's deliveries do not cover goes with the order's own date and destination.
    """
    groups: dict[tuple[date | None, int | None], dict[tuple[int, str], Decimal]] = {}
    firms: dict[tuple[date | None, int | None], bool] = {}
    for line in lines:
        for delivery, size, quantity in _allocate(line):
            key = (in_hands, destination)
            is_firm = firm
            if delivery is not None:
                key = (delivery.date or in_hands, delivery.destination or destination)
                is_firm = firm if delivery.firm is None else delivery.firm
            items = groups.setdefault(key, {})
            items[line.id, size] = items.get((line.id, size), Decimal(0)) + quantity
            firms[key] = firms.get(key, False) or is_firm
    ordered = sorted(groups, key=lambda key: (key[0] or date.max, key[1] or 0))
    return [
        JobPlan(
            date=key[0],
            destination=key[1],
            firm=firms[key],
            items=tuple((line, size, qty) for (line, size), qty in groups[key].items()),
        )
        for key in ordered
    ]


def _allocate(line: LineFacts) -> list[tuple[Delivery | None, str, Decimal]]:
    left = dict(line.sizes)
    shares: list[tuple[Delivery | None, str, Decimal]] = []
    for delivery in line.deliveries:
        for size, quantity in _sizes_of(delivery, left).items():
            left[size] = left.get(size, Decimal(0)) - quantity
            shares.append((delivery, size, quantity))
    shares.extend((None, size, quantity) for size, quantity in left.items() if quantity > 0)
    return shares


def _sizes_of(delivery: Delivery, left: Mapping[str, Decimal]) -> dict[str, Decimal]:
    if delivery.size or len(left) == 1:
        size = delivery.size or next(iter(left))
        return {size: min(delivery.quantity, max(left.get(size, Decimal(0)), Decimal(0)))}
    return spread(delivery.quantity, left)


def spread(quantity: Decimal, over: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Divide a quantity over sizes in proportion, in whole pieces, exactly (largest remainder)."""
    total = sum(over.values(), Decimal(0))
    quantity = min(quantity, total)
    if total <= 0 or quantity <= 0:
        return {}
    exact = {size: quantity * have / total for size, have in over.items()}
    shares = {
        size: share.quantize(Decimal(1), rounding=ROUND_DOWN) for size, share in exact.items()
    }
    missing = quantity - sum(shares.values(), Decimal(0))
    for size in sorted(exact, key=lambda s: exact[s] - shares[s], reverse=True):
        step = min(missing, Decimal(1), over[size] - shares[size])
        shares[size] += step
        missing -= step
    return {size: share for size, share in shares.items() if share > 0}
