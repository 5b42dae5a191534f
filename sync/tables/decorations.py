"""What the columns of a table say about the decorations of a line. Pure."""

from collections.abc import Iterator

from sync.drafts import DraftDecoration, Value
from sync.readers.tables import text_of
from sync.tables.columns import Column
from sync.tables.tablecells import TableCells
from workflow.fields import Level

_NO_DECORATION = frozenset({"none", "blank", "no", "n/a", "na", "-", "--", "keine", "aucun"})


def found(
    table: TableCells, row: int, groups: dict[str, list[Column]]
) -> Iterator[DraftDecoration]:
    """The decorations of a row, one for each group of columns that says something."""
    for columns in groups.values():
        values: dict[str, Value] = {}
        for column in columns:
            text = text_of(table.raw(row, column))
            if column.field == "imprint_colors" and text.isdigit() and len(text) < 3:
                values["color_count"] = int(text)
            elif text.casefold() not in _NO_DECORATION:
                value = table.value(row, column, Level.DECORATION)
                values |= {} if value is None else {column.field: value}
        if values:
            yield DraftDecoration(values)
