"""An order as it stands, as a draft again: to change parts of it, to copy it, to compare."""

from collections.abc import Iterable
from typing import Any

from models import (
    Charge,
    Decoration,
    Destination,
    LineSize,
    Order,
    OrderLine,
    ScheduleRow,
)
from sync.cells import from_json
from sync.drafts import (
    DraftCharge,
    DraftDecoration,
    DraftLine,
    DraftSchedule,
    OrderDraft,
    Value,
    Values,
)
from workflow.fields import Catalogue, Level

#: What a schedule row holds beside its ``extra`` fields.
_SCHEDULE_COLUMNS = frozenset(
    {
        "schedule_date",
        "schedule_quantity",
        "schedule_size",
        "schedule_unit_price",
        "schedule_firm",
    }
)


def draft_of(order: Order, catalogue: Catalogue) -> OrderDraft:
    """Read an order back into the draft it could have come from; its lines keep their ids.

    Cancelled lines are left out: whoever writes the lines anew must not bring them back.
    """
    lines = [line for line in lines_of(order) if line.cancelled_at is None]
    places = destinations_of(order)
    positions = {place.id: place.position for place in places}
    index = {line.id: n for n, line in enumerate(lines)}
    return OrderDraft(
        source=order.source_channel,
        customer=order.customer_name,
        customer_id=order.customer_id,
        values=values_of(order, Level.ORDER, catalogue),
        destinations=tuple(values_of(p, Level.DESTINATION, catalogue) for p in places),
        lines=draft_lines(lines, positions, catalogue),
        charges=tuple(
            DraftCharge(c.kind, c.name, c.quantity, c.unit_price, index.get(c.line_id or 0))
            for c in charges_of(order)
        ),
        evidence=dict(order.sources or {}),
    )


def draft_lines(
    lines: list[OrderLine], positions: dict[int, int], catalogue: Catalogue
) -> tuple[DraftLine, ...]:
    """Lines with their sizes, deliveries and decorations, in three statements.

    ``positions`` maps a destination's id to its place in the draft.
    """
    ids = [line.id for line in lines]
    sizes, schedule, decorations = (parts_of(t, ids) for t in (LineSize, ScheduleRow, Decoration))
    return tuple(
        DraftLine(
            address=line.address,
            values=_line_values(line, sizes.get(line.id, []), catalogue),
            sizes=tuple((s.size, s.quantity) for s in _breakdown(sizes.get(line.id, []))),
            schedule=tuple(
                _delivery(row, positions, catalogue) for row in schedule.get(line.id, [])
            ),
            decorations=tuple(
                DraftDecoration(values_of(d, Level.DECORATION, catalogue))
                for d in decorations.get(line.id, [])
            ),
            id=line.id,
        )
        for line in lines
    )


def lines_of(order: Order) -> list[OrderLine]:
    """The order's lines, cancelled ones included, by number."""
    return list(OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.number))


def destinations_of(order: Order) -> list[Destination]:
    """Where the order goes."""
    found = Destination.select().where(Destination.order == order)
    return list(found.order_by(Destination.position))


def charges_of(order: Order) -> list[Charge]:
    """Money besides the goods."""
    return list(Charge.select().where(Charge.order == order).order_by(Charge.id))


def parts_of(table: type[Any], line_ids: list[int]) -> dict[int, list[Any]]:
    """The rows of a table that belong to lines, by line."""
    found: dict[int, list[Any]] = {}
    for start in range(0, len(line_ids), 900):
        chunk = line_ids[start : start + 900]
        for row in table.select().where(table.line.in_(chunk)).order_by(table.position, table.id):
            found.setdefault(row.line_id, []).append(row)
    return found


def values_of(row: Any, level: Level, catalogue: Catalogue) -> dict[str, Value]:
    """The fields of a row that are filled, typed, by the catalogue's names."""
    extra = row.extra or {}
    found: dict[str, Value] = {}
    for field in catalogue.of(level):
        if field.column:
            value = getattr(row, field.name, None)
        elif field.name in extra:
            value = from_json(field, extra[field.name])
        else:
            continue
        if value not in (None, "", []):
            found[field.name] = value
    return found


def _line_values(line: OrderLine, sizes: list[LineSize], catalogue: Catalogue) -> Values:
    values = values_of(line, Level.LINE, catalogue)
    values["quantity"] = line.quantity
    if len(sizes) == 1 and sizes[0].size:
        values["size"] = sizes[0].size
    return values


def _breakdown(sizes: list[LineSize]) -> Iterable[LineSize]:
    """One row with or without a size is the line's own quantity, not a breakdown."""
    return sizes if len(sizes) > 1 else ()


def _delivery(row: ScheduleRow, positions: dict[int, int], catalogue: Catalogue) -> DraftSchedule:
    values = values_of(row, Level.SCHEDULE, catalogue)
    return DraftSchedule(
        quantity=row.schedule_quantity,
        date=row.schedule_date,
        size=row.schedule_size,
        unit_price=row.schedule_unit_price,
        firm=row.schedule_firm,
        destination=positions.get(row.destination_id or 0, 0),
        extra={name: v for name, v in values.items() if name not in _SCHEDULE_COLUMNS},
    )
