"""How many orders the demo shop has at which stage, and what is special about them."""

from collections.abc import Iterator
from random import Random

from demo.stories import Plan

#: What is open in review, one order each.
_REVIEW = (
    "problem", "notes", "no price", "unknown", "hold", "", "", "problem", "notes", "", "", "places",
    "dates", "", "unknown", "",
)  # fmt: skip
_SOURCING = (
    "coming", "reorder", "ask", "change", "hold", "", "", "", "dates", "places", "coming", "", "",
    "moved", "redo", "no proof", "", "ask", "redo", "", "change", "redo", "line", "", "", "",
)  # fmt: skip
_PRODUCTION = (
    "spoiled", "hold", "change", "", "", "dates", "short", "", "no proof", "", "", "places", "",
    "moved", "", "spoiled", "", "", "hold", "", "line", "", "", "change", "", "", "", "", "", "",
    "", "",
)  # fmt: skip
_FINISHING = (
    "", "spoiled", "", "dates", "", "hold", "", "places", "", "", "short", "", "", "moved", "", "",
)  # fmt: skip
_DONE = 55
_CANCELLED = 5
_QUIRKS_OF_THE_PAST = ("", "", "", "short", "spoiled", "change", "dates", "", "places", "no proof")


def plans(dice: Random) -> list[Plan]:
    """A hundred and fifty orders; those that are finished begin longest ago."""
    found = list(_finished(dice))
    found += [_open(dice, "review", quirk, n) for n, quirk in enumerate(_REVIEW)]
    found += [_open(dice, "sourcing", quirk, n) for n, quirk in enumerate(_SOURCING)]
    found += [_open(dice, "production", quirk, n) for n, quirk in enumerate(_PRODUCTION)]
    found += [_open(dice, "finishing", quirk, n) for n, quirk in enumerate(_FINISHING)]
    return sorted(found, key=lambda plan: -plan.entered)


def _finished(dice: Random) -> Iterator[Plan]:
    for n in range(_DONE):
        ended = n * 0.62 + dice.random() * 0.4  # some today, some yesterday, the first weeks ago
        entered = ended + dice.uniform(8, 16)
        due = -int(ended) + dice.choice((3, 3, 4, 5, 1, -1))
        quirk = _QUIRKS_OF_THE_PAST[n % len(_QUIRKS_OF_THE_PAST)]
        yield Plan(entered, ended, due, "done", quirk, firm=n % 9 == 0)
    for n in range(_CANCELLED):
        yield Plan(12 + 5 * n, 6 + 5 * n, 4 - 3 * n, "cancelled")


#: by stage: entered between, last touched between, due between, so many working days
_TIMES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[int, int]]] = {
    "review": ((0.1, 3.0), (0.0, 0.1), (8, 20)),
    "sourcing": ((2.5, 7.0), (0.1, 1.5), (6, 15)),
    "production": ((7.0, 13.0), (0.1, 1.2), (4, 10)),
    "finishing": ((10.0, 15.0), (0.05, 0.8), (3, 6)),
}


def _open(dice: Random, reach: str, quirk: str, number: int) -> Plan:
    entered, touched, due = _TIMES[reach]
    days = dice.randint(*due)
    if number % 8 == 3 and reach != "review":
        days = dice.randint(-2, 1)  # these are late
    began = dice.uniform(*entered)
    return Plan(
        entered=began,
        touched=min(dice.uniform(*touched), began / 2),
        due=None if reach == "review" and number == 9 else days,
        reach=reach,
        quirk=quirk,
        firm=number % 6 == 1,
        priority="hot" if number % 13 == 4 else "rush" if number % 7 == 2 else "normal",
        more=dice.choice((0, 1, 1, 2, 3)),
    )
