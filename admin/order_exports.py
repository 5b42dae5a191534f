"""Orders as rows of a file: every field of the catalogue and of the shop's own, read in pieces."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from admin.order_typed import shown_fields
from models import Decoration, Destination, LineSize, Order, OrderLine, ScheduleRow
from sync.breakdown import show_sizes
from sync.redraft import parts_of, values_of
from workflow import shop
from workflow.fields import Catalogue, Field, Level

_PIECE = 200
_BETWEEN = " | "

Rows = Callable[[], Iterable[Sequence[Any]]]
Export = tuple[str, list[str], Rows]


def orders(ids: Sequence[int], *, with_money: bool) -> Export:
    """One row for each order, with its first destination: name, titles, rows."""
    catalogue = shop.catalogue()
    header = shown_fields(catalogue, Level.ORDER, with_money=with_money)
    place = shown_fields(catalogue, Level.DESTINATION, with_money=with_money)
    titles = ["Order", "Customer", "Stage", "Waits for", "What", "Pieces"]
    titles += ["Goods", "Total"] if with_money else []
    titles += ["Entered", "Released", "Closed", "Destinations"]
    titles += _titles(header) + [f"Ship to: {title}" for title in _titles(place)]

    def rows() -> Iterator[Sequence[Any]]:
        for some in _pieces(ids):
            places = _destinations([order.id for order in some])
            for order in some:
                mine = places.get(order.id, [])
                values = values_of(order, Level.ORDER, catalogue)
                there = values_of(mine[0], Level.DESTINATION, catalogue) if mine else {}
                yield [
                    *_standing(order, with_money=with_money),
                    len(mine),
                    *(values.get(field.name) for field in header),
                    *(there.get(field.name) for field in place),
                ]

    return "Orders", titles, rows


def lines(ids: Sequence[int], *, with_money: bool) -> Export:
    """One row for each line, its deliveries and decorations side by side: name, titles, rows."""
    catalogue = shop.catalogue()
    fields = [
        field
        for field in shown_fields(catalogue, Level.LINE, with_money=with_money)
        if field.name != "size"
    ]
    parts = {
        level: shown_fields(catalogue, level, with_money=with_money)
        for level in (Level.SCHEDULE, Level.DECORATION)
    }
    titles = ["Order", "Customer", "PO number", "Line", "Sizes", "Cancelled"]
    titles += ["Line total"] if with_money else []
    titles += _titles(fields)
    titles += [f"Delivery: {title}" for title in _titles(parts[Level.SCHEDULE])]
    titles += [f"Decoration: {title}" for title in _titles(parts[Level.DECORATION])]

    def rows() -> Iterator[Sequence[Any]]:
        for some in _pieces(ids):
            by_id = {order.id: order for order in some}
            found = OrderLine.select().where(OrderLine.order.in_(list(by_id)))
            mine = list(found.order_by(OrderLine.order.desc(), OrderLine.number))
            keys = [line.id for line in mine]
            sizes, *beside = (parts_of(t, keys) for t in (LineSize, ScheduleRow, Decoration))
            for line in mine:
                order = by_id[line.order_id]
                values = values_of(line, Level.LINE, catalogue) | {"quantity": line.quantity}
                yield [
                    order.number,
                    order.customer_name,
                    order.po_number,
                    line.number,
                    show_sizes((s.size, s.quantity) for s in sizes.get(line.id, []) if s.size),
                    line.cancelled_at is not None,
                    *([line.line_total] if with_money else []),
                    *(values.get(field.name) for field in fields),
                    *(
                        text
                        for (level, known), rows_of in zip(parts.items(), beside, strict=True)
                        for text in _joined(rows_of.get(line.id, []), level, known, catalogue)
                    ),
                ]

    return "Order lines", titles, rows


def _pieces(ids: Sequence[int]) -> Iterator[list[Order]]:
    for start in range(0, len(ids), _PIECE):
        found = Order.select().where(Order.id.in_(ids[start : start + _PIECE]))
        yield list(found.order_by(Order.id.desc()))


def _destinations(order_ids: Sequence[int]) -> dict[int, list[Destination]]:
    found: dict[int, list[Destination]] = {}
    rows = Destination.select().where(Destination.order.in_(order_ids))
    for place in rows.order_by(Destination.position):
        found.setdefault(place.order_id, []).append(place)
    return found


def _standing(order: Order, *, with_money: bool) -> list[Any]:
    """What the engine says of an order."""
    money = [order.subtotal, order.grand_total] if with_money else []
    return [
        order.number,
        order.customer_name,
        "cancelled" if order.cancelled_at is not None else order.stage,
        order.waiting,
        order.summary,
        order.pieces,
        *money,
        order.created_at,
        order.released_at,
        order.closed_at,
    ]


def _titles(fields: Iterable[Field]) -> list[str]:
    return [field.label for field in fields]


def _joined(
    rows: Sequence[Any], level: Level, fields: Sequence[Field], catalogue: Catalogue
) -> list[Any]:
    """The values of several rows in one cell for each field."""
    values = [values_of(row, level, catalogue) for row in rows]
    if len(values) == 1:
        return [values[0].get(field.name) for field in fields]
    return [
        _BETWEEN.join(_text(one.get(field.name)) for one in values).strip(_BETWEEN)
        for field in fields
    ]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
