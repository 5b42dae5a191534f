"""How many there are to do, may be recorded and are still missing, per department. Pure.

One item is one line and size of a job.  Every rule about pieces stands here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from workflow.stages import Work

ZERO = Decimal(0)


@dataclass(frozen=True)
class ItemFact:
    """One line and size of a job, and what purchasing, receiving and decisions did to it."""

    id: int
    label: str  # "Heavy cotton tee, black, L"
    quantity: Decimal
    short: Decimal = ZERO
    cancelled: Decimal = ZERO
    bought: bool = False  # must be bought for this order
    brought: bool = False  # the customer brings it
    purchased: Decimal = ZERO
    received: Decimal = ZERO
    damaged: Decimal = ZERO
    final_short: Decimal = ZERO
    remake: Decimal = ZERO  # spoiled later, to be bought again
    buying: bool = False  # purchasing is open

    @property
    def wanted(self) -> Decimal:
        """What remains to be made after decisions took pieces off."""
        return max(self.quantity - self.short - self.cancelled, ZERO)

    @property
    def needed_goods(self) -> Decimal:
        """Good pieces that must come through the door."""
        return self.wanted + self.remake if self.bought or self.brought else ZERO

    @property
    def to_buy(self) -> Decimal:
        """Pieces to order in all: the good ones needed and those lost on the way."""
        return self.needed_goods + self.damaged + self.final_short if self.bought else ZERO

    @property
    def expected(self) -> Decimal:
        """Pieces that should arrive: ordered ones, or what the customer brings."""
        if self.bought:
            return self.purchased
        return self.needed_goods if self.brought else ZERO

    @property
    def coming(self) -> Decimal:
        """Expected pieces that are not here and not given up."""
        return max(self.expected - self.received - self.damaged - self.final_short, ZERO)

    @property
    def lost(self) -> Decimal:
        """Pieces missing for good that nobody has decided about."""
        ordering = max(self.to_buy - self.purchased, ZERO) if self.buying else ZERO
        return max(self.needed_goods - self.received - self.coming - ordering, ZERO)


@dataclass(frozen=True)
class Tolerance:
    """How many more or fewer the customer accepts, in percent."""

    kind: str = "exact"  # exact | overrun | underrun | both
    percent: Decimal = ZERO

    def most(self, wanted: Decimal) -> Decimal:
        """The most pieces that may be made."""
        if self.kind in {"overrun", "both"}:
            return wanted + (wanted * self.percent / 100).to_integral_value(rounding="ROUND_FLOOR")
        return wanted

    def least(self, wanted: Decimal) -> Decimal:
        """The fewest pieces that will do."""
        if self.kind in {"underrun", "both"}:
            return wanted - (wanted * self.percent / 100).to_integral_value(rounding="ROUND_FLOOR")
        return wanted


@dataclass(frozen=True)
class Done:
    """What one department has recorded for an item."""

    good: Decimal = ZERO
    rejected: Decimal = ZERO
    reason: str = ""


@dataclass(frozen=True)
class Upstream:
    """Who hands items on to a department, and how many good ones of each so far.

    An item that is not in ``passed_on`` is not limited (taken from stock).
    """

    department: str = ""
    passed_on: Mapping[int, Decimal] = field(default_factory=dict)


def to_do(work: Work, item: ItemFact) -> Decimal:
    """How many of an item a department has to record."""
    if work is Work.PURCHASING:
        return item.to_buy
    if work is Work.RECEIVING:
        return item.needed_goods
    return item.wanted


def wrong_numbers(
    work: Work, item: ItemFact, done: Done, upstream: Upstream, tolerance: Tolerance
) -> list[str]:
    """Say why these figures cannot be true; empty if they can."""
    if done.good < 0 or done.rejected < 0:
        return [f"{item.label}: a quantity cannot be negative"]
    if work in {Work.ARTWORK, Work.PURCHASING, Work.RECEIVING}:
        return []
    reasons = []
    used, have = done.good + done.rejected, upstream.passed_on.get(item.id)
    if have is not None and used > have:
        reasons.append(
            f"{item.label}: {show(used)} recorded, but {upstream.department} passed on {show(have)}"
        )
    if done.good > tolerance.most(item.wanted):
        most = tolerance.most(item.wanted)
        reasons.append(f"{item.label}: {show(done.good)} recorded, at most {show(most)} are wanted")
    if done.rejected and not done.reason:
        reasons.append(f"{item.label}: say why {show(done.rejected)} were spoiled")
    return reasons


def unfinished(
    work: Work,
    items: Sequence[ItemFact],
    done: Mapping[int, Done],
    upstream: Upstream,
    tolerance: Tolerance,
) -> list[str]:
    """Say what is missing before a department may complete; empty if nothing is."""
    if work is Work.ARTWORK:
        return []
    reasons = []
    for item in items:
        if work is Work.PURCHASING:
            reasons += _not_ordered(item)
        elif work is Work.RECEIVING:
            reasons += _not_received(item)
        else:
            reasons += _not_made(work, item, done.get(item.id, Done()), upstream, tolerance)
    return reasons


def _not_ordered(item: ItemFact) -> list[str]:
    missing = item.to_buy - item.purchased
    return [f"{item.label}: {show(missing)} still to order"] if missing > 0 else []


def _not_received(item: ItemFact) -> list[str]:
    reasons = []
    if item.buying and item.purchased < item.to_buy:
        reasons.append(f"{item.label}: {show(item.to_buy - item.purchased)} not ordered yet")
    if item.coming > 0 and item.received < item.needed_goods:
        reasons.append(f"{item.label}: {show(item.coming)} still to arrive")
    if item.lost > 0:
        reasons.append(f"{item.label}: {show(item.lost)} missing for good, decide what to do")
    return reasons


def _not_made(
    work: Work, item: ItemFact, done: Done, upstream: Upstream, tolerance: Tolerance
) -> list[str]:
    verb = {Work.PACKAGING: "pack", Work.HANDOVER: "hand over"}.get(work, "make")
    needed = tolerance.least(item.wanted)
    if work in {Work.PACKAGING, Work.HANDOVER}:
        passed_on = upstream.passed_on.get(item.id, item.wanted)
        needed = min(max(passed_on, needed), tolerance.most(item.wanted))
    missing = needed - done.good
    return [f"{item.label}: {show(missing)} still to {verb} or decide"] if missing > 0 else []


def to_decide(work: Work, item: ItemFact, done: Done, tolerance: Tolerance) -> Decimal:
    """How many pieces a person may decide about: those this department will not have."""
    if work is Work.RECEIVING:
        return item.lost
    if work is Work.PURCHASING:
        return max(item.to_buy - item.purchased, ZERO)
    if work is Work.ARTWORK:
        return ZERO
    return max(tolerance.least(item.wanted) - done.good, ZERO)


def show(quantity: Decimal) -> str:
    """A quantity as people write it: 1,200 or 12.5."""
    normal = quantity.normalize()
    text = f"{normal:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(quantities: Iterable[Decimal]) -> Decimal:
    """The sum, exact."""
    return sum(quantities, ZERO)
