"""One row with pieces for every store becomes one line for each of them. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from sync.drafts import DraftLine, Evidence
from sync.tables.columns import Column, Mapping
from sync.tables.tablecells import TableCells
from sync.tables.turned import address_in


def lines(
    line: DraftLine, table: TableCells, plan: Mapping, row: int
) -> Iterator[tuple[DraftLine, Column]]:
    """One line for each store with pieces in a row."""
    for column in plan.of("place"):
        amount = table.amount(row, column)
        if not amount:
            continue
        text = table.sheet.text(row, column.index)
        cell = address_in(table.sheet, row, column.index)
        proof = Evidence(table.sheet.name, cell, text, column.why, column.sure)
        values = {**line.values, "quantity": amount}
        yield replace(line, values=values, found_at={**line.found_at, "quantity": proof}), column
