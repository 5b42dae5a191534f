"""A query whose SQL is built once gives what the query itself gives, every time."""

import models
from models import Order, OrderLine
from prepared import Prepared
from tests.shop import a_line, a_shop, an_order


def lines_of(order):
    query = OrderLine.select(OrderLine, Order).join(Order).where(OrderLine.order == order)
    return query.order_by(OrderLine.number)


def test_it_gives_the_rows_of_the_query_for_each_value(db):
    a_shop()
    first, second = an_order(a_line(12), a_line(24)), an_order(a_line(6))
    prepared = Prepared(lines_of)

    for order in (first, second, first):
        found, wanted = prepared(order.id), list(lines_of(order.id))
        assert [row.__data__ for row in found] == [row.__data__ for row in wanted]
        assert [row.order.number for row in found] == [order.number] * len(wanted)
        assert not any(row.dirty_fields for row in found)
    assert prepared(0) == []


def test_a_changed_row_is_read_anew_and_can_be_saved(db):
    a_shop()
    order = an_order(a_line(12))
    prepared = Prepared(lines_of)
    line = prepared(order.id)[0]

    line.description = "Another tee"
    line.save()

    assert prepared(order.id)[0].description == "Another tee"


def test_texts_and_several_values_may_be_left_open(db):
    a_shop()
    order = an_order(a_line(12))
    by_both = Prepared(
        lambda number, stage: Order.select().where(
            (Order.number == number) & (Order.stage == stage)
        ),
        open_values=2,
    )

    assert [row.id for row in by_both(order.number, "review")] == [order.id]
    assert by_both(order.number, "done") == []


def test_the_statement_is_built_once(db):
    a_shop()
    order, built = an_order(a_line(12)), []
    prepared = Prepared(lambda key: built.append(key) or Order.select().where(Order.id == key))

    for _ in range(3):
        assert prepared(order.id) == [models.Order.get_by_id(order.id)]

    assert len(built) == 1
