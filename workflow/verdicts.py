"""More or fewer pieces than ordered: ship and invoice them, make more, credit, or ask.  Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from workflow.quantities import Tolerance, show


class Outcome(StrEnum):
    """What to do about the difference."""

    NOTHING = "nothing"
    SHIP = "ship"  # and invoice what there is
    REMAKE = "remake"
    CREDIT = "credit"
    ASK = "ask"


@dataclass(frozen=True)
class Verdict:
    """What to do, and why, in a sentence for the pop-up."""

    outcome: Outcome
    sentence: str


def verdict(wanted: Decimal, made: Decimal, tolerance: Tolerance, policy: str) -> Verdict:
    """What to do when ``made`` pieces are there and ``wanted`` were ordered.

    Within the tolerance what is there is shipped and invoiced.  Beyond it, too many are a question
    to the customer; too few are made again, or credited where the customer takes the rest off.
    """
    if made == wanted or not made:
        return Verdict(Outcome.NOTHING, "")
    least, most = tolerance.least(wanted), tolerance.most(wanted)
    counted = f"{show(made)} of {show(wanted)} are there"
    if least <= made <= most:
        return Verdict(
            Outcome.SHIP, f"{counted}, within the tolerance: ship and invoice {show(made)}."
        )
    if made > most:
        extra = show(made - most)
        return Verdict(
            Outcome.ASK, f"{counted}, {extra} more than the customer takes: ask before they go."
        )
    missing = show(wanted - made)
    if policy == "partial and cancel the rest":
        return Verdict(
            Outcome.CREDIT, f"{counted}: ship them; {missing} are taken off and not invoiced."
        )
    if policy == "partial and back-order":
        return Verdict(Outcome.REMAKE, f"{counted}: ship them; {missing} are made and follow.")
    return Verdict(
        Outcome.ASK,
        f"{counted}, and the customer takes complete deliveries only: make the {missing}, or ask.",
    )
