"""What one cell holds, and the plain values that can stand in it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

Json = dict[str, Any]

ERROR_TYPES = {
    "#DIV/0!": "DIVIDE_BY_ZERO",
    "#REF!": "REF",
    "#NAME?": "NAME",
    "#VALUE!": "VALUE",
    "#N/A": "N_A",
    "#NUM!": "NUM",
    "#NULL!": "NULL_VALUE",
    "#ERROR!": "ERROR",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error value: what the cell shows, and why."""

    shown: str
    message: str = ""

    def as_json(self) -> Json:
        kind = {"type": ERROR_TYPES.get(self.shown, "ERROR")}
        return kind | ({"message": self.message} if self.message else {})


Value = str | int | float | bool | Failure | None


class Cell(NamedTuple):
    """One cell; never changed, only replaced."""

    value: Value = None
    formula: str | None = None
    format: Json | None = None
    note: str | None = None
    rule: Json | None = None
    extra: Json | None = None

    @property
    def is_blank(self) -> bool:
        return self.value is None and self == BLANK


BLANK = Cell()


def tidy(number: float) -> int | float:
    """A whole number as an int, as JSON shows it."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return int(number)
    return number


def typed(value: Value) -> Json:
    """An ExtendedValue: stringValue, numberValue, boolValue or errorValue."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, Failure):
        return {"errorValue": value.as_json()}
    return {} if value is None else {"numberValue": value}


def from_typed(extended: Json) -> tuple[Value, str | None]:
    """Value and formula of an ExtendedValue."""
    if "formulaValue" in extended:
        return None, extended["formulaValue"]
    if "numberValue" in extended:
        return tidy(extended["numberValue"]), None
    if "boolValue" in extended:
        return extended["boolValue"], None
    return extended.get("stringValue") or None, None
