"""What a mapping may do to the text of a cell before its field reads it: a short, fixed list. Pure.

No step is a pattern or a program: each has a name, at most two words, and one table for look-ups.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.readers.headings import fold
from sync.readers.tables import Fault, Plain, text_of

MOST_STEPS, MOST_ROWS, LONGEST_WORD = 12, 2000, 200


@dataclass(frozen=True)
class Kind:
    """A kind of step: how it is called, and what it wants to know."""

    label: str
    first: str = ""  # what the first word means; empty: it takes none
    second: str = ""


STEPS: dict[str, Kind] = {
    "trim": Kind("Take away needless spaces"),
    "upper": Kind("Write in CAPITALS"),
    "lower": Kind("Write in small letters"),
    "before": Kind("Take what stands before", "Separator"),
    "after": Kind("Take what stands after", "Separator"),
    "after_last": Kind("Take what stands after the last", "Separator"),
    "part": Kind("Take one part", "Separator", "Which part (1, 2 …)"),
    "first": Kind("Take the first characters", "How many"),
    "digits": Kind("Keep only the digits"),
    "remove": Kind("Take away the words", "Words"),
    "replace": Kind("Write instead of", "Their words", "Our words"),
    "add_before": Kind("Put in front", "Words"),
    "add_after": Kind("Put behind", "Words"),
    "decimal": Kind("The decimal sign is", "Sign (, or .)"),
    "date": Kind("The order of a day is", "Order (dmy or mdy)"),
    "multiply": Kind("Multiply by", "Number"),
    "divide": Kind("Divide by", "Number"),
    "lookup": Kind("Look up", "What else becomes of it (keep or ask)"),
    "fill_down": Kind("Where it is empty, take the value above"),
    "default": Kind("Where it is empty, take", "Value"),
}


@dataclass(frozen=True)
class Step:
    """One step: its kind, its words, and for look-ups the pairs of their word and ours."""

    do: str
    first: str = ""
    second: str = ""
    table: tuple[tuple[str, str], ...] = ()


def change(value: Plain, steps: Sequence[Step], above: Plain = None) -> tuple[Plain, str]:
    """Take a cell's value through the steps.

    Args:
        value: what stands in the cell.
        steps: in their order.
        above: what the steps made of the cell above, for cells that repeat it.

    Returns:
        The value, and what is wrong as a sentence, or an empty text.
    """
    wrong = ""
    for step in steps:
        if isinstance(value, Fault):
            return value, ""
        if step.do == "fill_down":
            value = above if not text_of(value) else value
        elif step.do == "default":
            value = step.first if not text_of(value) else value
        elif text_of(value):
            value, said = _CHANGES[step.do](value, step)
            wrong = wrong or said
    return value, wrong


def why_not(step: Step) -> str:
    """Say why a step cannot be done as it stands; empty if it can."""
    kind = STEPS.get(step.do)
    if kind is None:
        return f"there is no step '{clipped(step.do)}'; take one of {', '.join(STEPS)}"
    if kind.first and not step.first:
        return f"'{kind.label}' wants one thing more: {kind.first.lower()}"
    if max(len(step.first), len(step.second)) > LONGEST_WORD:
        return f"'{kind.label}' takes at most {LONGEST_WORD} characters"
    return _ARGUMENTS[step.do](step) if step.do in _ARGUMENTS else ""


def pairs_in(text: str) -> tuple[tuple[str, str], ...]:
    """Read a look-up table as people type it: one "their word = our word" a line."""
    found = {}
    for line in text.splitlines()[:MOST_ROWS]:
        theirs, sign, ours = line.partition("=")
        if sign and theirs.strip():
            found[theirs.strip()] = ours.strip()
    return tuple(found.items())


# ---------------------------------------------------------------- the steps


def _text_step(make: Callable[[str, Step], str]) -> Callable[[Plain, Step], tuple[Plain, str]]:
    return lambda value, step: (make(text_of(value), step), "")


def _sign(step: Step) -> str:
    """The separator; a backslash and an n are typed for the end of a line within a cell."""
    return "\n" if step.first == "\\n" else step.first


def _before(text: str, step: Step) -> str:
    return text.partition(_sign(step))[0].strip()


def _after(text: str, step: Step) -> str:
    return text.partition(_sign(step))[2].strip()


def _after_last(text: str, step: Step) -> str:
    return text.rpartition(_sign(step))[2].strip()


def _part(text: str, step: Step) -> str:
    parts = [part.strip() for part in text.split(_sign(step))]
    at = int(step.second) - 1
    return parts[at] if at < len(parts) else ""


def _first(text: str, step: Step) -> str:
    return text[: int(step.first)].strip()


def _replace(text: str, step: Step) -> str:
    return " ".join(text.replace(step.first, step.second).split())


def _decimal(value: Plain, step: Step) -> tuple[Plain, str]:
    if not isinstance(value, str):
        return value, ""
    try:
        return _plain(cells.number(value, decimal=step.first)), ""
    except CellError as error:
        return value, str(error)


def _date(value: Plain, step: Step) -> tuple[Plain, str]:
    if isinstance(value, date):
        return value, ""
    try:
        return cells.day(value, order=step.first), ""
    except CellError as error:
        return value, str(error)


def _scaled(value: Plain, step: Step) -> tuple[Plain, str]:
    try:
        factor = Decimal(step.first)
        amount = cells.number(value)
    except CellError as error:
        return value, str(error)
    return _plain(amount * factor if step.do == "multiply" else amount / factor), ""


def _lookup(value: Plain, step: Step) -> tuple[Plain, str]:
    text = text_of(value)
    wanted = fold(text)
    for theirs, ours in step.table:
        if theirs == text or (wanted and fold(theirs) == wanted):
            return ours, ""
    if step.first == "ask":
        return value, f"'{clipped(text)}' is not in the look-up table; add it, or choose a value"
    return value, ""


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else round(float(value), 9)


_CHANGES: dict[str, Callable[[Plain, Step], tuple[Plain, str]]] = {
    "trim": _text_step(lambda text, step: " ".join(text.split())),
    "upper": _text_step(lambda text, step: text.upper()),
    "lower": _text_step(lambda text, step: text.lower()),
    "before": _text_step(_before),
    "after": _text_step(_after),
    "after_last": _text_step(_after_last),
    "part": _text_step(_part),
    "first": _text_step(_first),
    "digits": _text_step(lambda text, step: "".join(c for c in text if c.isdigit())),
    "remove": _text_step(lambda text, step: " ".join(text.replace(step.first, " ").split())),
    "replace": _text_step(_replace),
    "add_before": _text_step(lambda text, step: step.first + text),
    "add_after": _text_step(lambda text, step: text + step.first),
    "decimal": _decimal,
    "date": _date,
    "multiply": _scaled,
    "divide": _scaled,
    "lookup": _lookup,
}


# ---------------------------------------------------------------- what a step wants


def _is_counted(text: str, what: str) -> str:
    good = text.isdecimal() and 1 <= int(text) <= 999
    return "" if good else f"{what} must be a whole number from 1 on, not '{text}'"


def _is_factor(step: Step) -> str:
    try:
        good = 0 < cells.number(step.first, decimal=".") <= 1_000_000
    except CellError:
        good = False
    return "" if good else f"'{step.first}' is no number above 0 to {step.do} by"


def _one_of(text: str, choices: Sequence[str], what: str) -> str:
    return "" if text in choices else f"{what} is one of {', '.join(choices)}, not '{text}'"


_ARGUMENTS: dict[str, Callable[[Step], str]] = {
    "part": lambda step: _is_counted(step.second, "the number of the part"),
    "first": lambda step: _is_counted(step.first, "how many characters are taken"),
    "decimal": lambda step: _one_of(step.first, (",", "."), "the decimal sign"),
    "date": lambda step: _one_of(step.first, ("dmy", "mdy"), "the order of a day"),
    "multiply": _is_factor,
    "divide": _is_factor,
    "lookup": lambda step: (
        _one_of(step.first, ("keep", "ask"), "what becomes of other words")
        or ("" if step.table else "a look-up needs at least one line 'their word = our word'")
    ),
}
