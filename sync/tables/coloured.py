"""One row with an amount for every colour becomes one line for each of them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from sync.drafts import DraftLine, Value
from sync.tables.columns import Mapping
from sync.tables.proof import RowEvidence

#: Colour, size and pieces of one cell of a matrix; colour or size may be empty.
Amount = tuple[str, str, Decimal]


def sizes_of(amounts: Sequence[Amount]) -> tuple[tuple[str, Decimal], ...]:
    """The sizes of all colours, as far as the columns name any."""
    return tuple((size, pieces) for _color, size, pieces in amounts if size)


def lines(
    line: DraftLine, amounts: Sequence[Amount], plan: Mapping, row: int, proof: RowEvidence
) -> Iterator[DraftLine]:
    """The line itself, or one for each colour the columns stand for."""
    if not any(color for color, _size, _pieces in amounts):
        yield line
        return
    for color in dict.fromkeys(color for color, _size, _pieces in amounts):
        mine = [(size, pieces) for own, size, pieces in amounts if own == color]
        values: dict[str, Value] = {
            **line.values,
            "color": color,
            "quantity": sum((pieces for _size, pieces in mine), Decimal(0)),
        }
        sizes = tuple((size, pieces) for size, pieces in mine if size)
        found_at = RowEvidence(proof.sheet, plan, row, color)
        yield replace(line, values=values, sizes=sizes, found_at=found_at)
