"""Which rows of a tab are coloured and when, as formulas every spreadsheet knows. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MARK = 'N("inhands")=0'  # a term that is always true: it says whose rule it is
_ALERT, _PRIORITY, _DUE = "shown.alert", "order.priority", "job.in_hands"
_URGENT = ("RUSH", "HOT")


@dataclass(frozen=True, slots=True)
class Colour:
    """One rule for row 2 and those below; ``column`` is None where the whole row is coloured."""

    name: str  # urgent | late
    formula: str
    column: str | None = None


def colours(letters: Mapping[str, str]) -> Iterator[Colour]:
    """The rules of a tab: urgent rows, late dates.

    The alert says both and is empty when the work is done; without its column the priority and the
    date themselves must do.

    Args:
        letters: by key, the letters of the columns that are there.
    """
    alert, priority, due = (letters.get(key) for key in (_ALERT, _PRIORITY, _DUE))
    if alert or priority:
        said = [
            f'ISNUMBER(SEARCH("{word}",${alert}2))' if alert else f'UPPER(${priority}2)="{word}"'
            for word in _URGENT
        ]
        yield Colour("urgent", f"AND({MARK},OR({','.join(said)}))")
    if due:
        late = f"ISNUMBER(${due}2),${due}2<TODAY()"
        formula = f'ISNUMBER(SEARCH("LATE",${alert}2))' if alert else late
        yield Colour("late", f"AND({MARK},{formula})", _DUE)
