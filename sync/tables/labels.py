"""The label of a cell, and the cell of a label: a value outside the table is found again. Pure."""

from rapidfuzz import fuzz

from sync.readers.headings import fold
from sync.readers.tables import Sheet
from sync.tables.layouts import CellRule

_ALIKE = 88.0
_DEEPEST, _FARTHEST = 300, 9
_LONGEST_LABEL, _LONGEST_TEXT = 60, 500


def locate(rule: CellRule, sheet: Sheet) -> tuple[int, int] | None:
    """The cell a rule means in a sheet: beside its label, wherever that stands now."""
    if not rule.label:
        return rule.row, rule.column
    wanted = fold(rule.label)
    first = (rule.row - rule.down, rule.column - rule.right)
    if fold(_label_in(sheet, *first)) == wanted:
        return rule.row, rule.column
    best, likeness = None, 0.0
    for row in range(min(_DEEPEST, len(sheet.rows))):
        for column, value in enumerate(sheet.rows[row]):
            if isinstance(value, str) and value:
                alike = _alike(wanted, fold(_label_in(sheet, row, column)))
                if alike > likeness:
                    best, likeness = (row + rule.down, column + rule.right), alike
    return best if likeness >= _ALIKE else None


def label_of(sheet: Sheet, row: int, column: int) -> tuple[str, int, int]:
    """The label of a cell: in it, left of it or above it, and the way from there to the cell."""
    text = sheet.text(row, column)
    before, sign, after = text.partition(":")
    if sign and after.strip() and 0 < len(before) <= _LONGEST_LABEL:
        return before.strip(), 0, 0
    for right in range(1, _FARTHEST):
        beside = sheet.text(row, column - right) if column >= right else ""
        if beside:
            return (beside, 0, right) if _is_label(beside) else ("", 0, 0)
    above = sheet.text(row - 1, column) if row else ""
    return (above, 1, 0) if above and _is_label(above) else ("", 0, 0)


def _is_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and any(c.isalpha() for c in text)


def _label_in(sheet: Sheet, row: int, column: int) -> str:
    """What a cell says as a label: all of it, or what stands before its colon."""
    if row < 0 or column < 0:
        return ""
    text = sheet.text(row, column)
    return text.partition(":")[0].strip() if len(text) <= 500 else ""


def _alike(wanted: str, text: str) -> float:
    if not wanted or not text or len(text) > 2 * len(wanted) + 10:
        return 0.0
    return 100.0 if wanted == text else float(fuzz.ratio(wanted, text))
