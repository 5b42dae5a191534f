"""The hidden sheet by which our own order form is known, and the fields its labels stand for. Pure.

The form describes itself: one row per label with level, field, label, kind and choices.  So a
form that was downloaded last year is read as it was meant, a shop's own fields included.
"""

from dataclasses import dataclass

from sync.readers.tables import Sheet, Workbook
from workflow.fields import Catalogue, Field, Kind, Level

SHEET = "Inhands"
MARK = "Inhands order form"
VERSION = 1
_SECTIONS = {
    "order": "order",
    "destination": "order",
    "line": "line",
    "decoration": "decoration",
}


@dataclass(frozen=True)
class Form:
    """What a form says about its labels."""

    fields: tuple[tuple[str, Field], ...]  # section of the words, and the field

    @property
    def words(self) -> dict[str, dict[str, list[str]]]:
        """The form's labels as heading words."""
        found: dict[str, dict[str, list[str]]] = {}
        for section, field in self.fields:
            found.setdefault(section, {}).setdefault(field.name, []).append(field.label)
        return found

    def catalogue(self, known: Catalogue) -> Catalogue:
        """The shop's fields, and those of the form it does not know."""
        new = [f for _section, f in self.fields if f.custom and not known.get(f.level, f.name)]
        if not new:
            return known
        ours = [f for level in Level for f in known.of(level) if f.custom]
        return Catalogue([*ours, *new])


def find(book: Workbook) -> Form | None:
    """The form's own description, or None where the workbook is not ours."""
    for sheet in book.sheets:
        if sheet.text(0, 0) == MARK and sheet.text(0, 1).isdigit():
            return Form(tuple(_fields(sheet)))
    return None


def _fields(sheet: Sheet) -> list[tuple[str, Field]]:
    found = []
    for row in range(2, len(sheet.rows)):
        level, name, label, kind, choices, custom = (sheet.text(row, c) for c in range(6))
        if level not in _SECTIONS or not name or not label or kind not in set(Kind):
            continue
        field = Field(
            name=name,
            label=label,
            level=Level(level),
            kind=Kind(kind),
            choices=tuple(choice for choice in choices.split("|") if choice),
            custom=custom == "yes",
        )
        found.append((_SECTIONS[level], field))
    return found
