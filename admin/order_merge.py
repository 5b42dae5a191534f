"""A changed order held against the order as it stands: what is hidden stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from admin.order_typed import tells_money
from sync.drafts import (
    DraftDecoration,
    DraftLine,
    DraftSchedule,
    OrderDraft,
    Value,
    Values,
)
from workflow.fields import Catalogue, Level

Part = TypeVar("Part")


def with_prices(typed: OrderDraft, standing: OrderDraft, catalogue: Catalogue) -> OrderDraft:
    """What somebody typed who sees no prices, with every price put back as it stands."""
    known = {line.id: line for line in standing.lines}
    return replace(
        typed,
        charges=standing.charges,
        lines=tuple(_line(line, known.get(line.id), catalogue) for line in typed.lines),
    )


def _line(line: DraftLine, before: DraftLine | None, catalogue: Catalogue) -> DraftLine:
    """The line with its own prices, and those of its deliveries and decorations, by position."""
    if before is None:
        return line

    def delivery(row: DraftSchedule, old: DraftSchedule) -> DraftSchedule:
        extra = {**_money_of(old.extra, Level.SCHEDULE, catalogue), **row.extra}
        return replace(row, unit_price=old.unit_price, extra=extra)

    def decoration(row: DraftDecoration, old: DraftDecoration) -> DraftDecoration:
        prices = _money_of(old.values, Level.DECORATION, catalogue)
        return DraftDecoration({**prices, **row.values})

    return replace(
        line,
        values={**_money_of(before.values, Level.LINE, catalogue), **line.values},
        schedule=_paired(line.schedule, before.schedule, delivery),
        decorations=_paired(line.decorations, before.decorations, decoration),
    )


def _paired(
    rows: Sequence[Part], before: Sequence[Part], join: Callable[[Part, Part], Part]
) -> tuple[Part, ...]:
    known = [join(row, old) for row, old in zip(rows, before, strict=False)]
    return (*known, *rows[len(known) :])


def _money_of(values: Values, level: Level, catalogue: Catalogue) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, value in values.items():
        field = catalogue.get(level, name)
        if field is not None and tells_money(field):
            found[name] = value
    return found


def changed_lines(
    typed: OrderDraft, standing: OrderDraft, *, released: bool
) -> tuple[DraftLine, ...] | None:
    """The lines to write, or None where none is different.

    After release the deliveries of a line are jobs already, and stay as they are.
    """
    known = {line.id: line for line in standing.lines}
    lines = tuple(
        replace(line, schedule=known[line.id].schedule) if released and line.id in known else line
        for line in typed.lines
    )
    return None if _plain(lines) == _plain(standing.lines) else lines


def header_is_same(typed: OrderDraft, standing: OrderDraft) -> bool:
    """Whether nothing outside the lines is different."""
    return (
        _same_values(typed.values, standing.values)
        and len(typed.destinations) == len(standing.destinations)
        and all(map(_same_values, typed.destinations, standing.destinations))
        and typed.charges == standing.charges
        and typed.customer_id == standing.customer_id
    )


def _same_values(typed: Values, standing: Values) -> bool:
    """Fields that were not on the form are as they stand."""
    shown = {name: value for name, value in standing.items() if name in typed}
    return _filled(typed) == _filled(shown)


def _plain(lines: tuple[DraftLine, ...]) -> list[Any]:
    return [
        (
            line.id,
            _filled({**line.values, "quantity": line.quantity}),
            line.sizes,
            [replace(row, extra=_filled(row.extra)) for row in line.schedule],
            [_filled(row.values) for row in line.decorations],
        )
        for line in lines
    ]


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], 0)}
