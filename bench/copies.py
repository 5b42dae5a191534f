"""Orders copied by SQL, fast: a copy is its original with other ids, numbers, words and dates.

Only for measuring, on SQLite.  Every part of an order keeps its place behind its parent: the ids
of a table move by one step for every copy, and what points to them moves along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Database, DateField, ForeignKeyField

from models import (
    Customer,
    Decoration,
    Destination,
    Job,
    JobItem,
    LineSize,
    MomentField,
    Order,
    OrderEvent,
    OrderLine,
    PurchaseLine,
    Receipt,
    ScheduleRow,
    Table,
    Task,
    TaskQuantity,
)

#: What an open order consists of, each part with the column that names what it is a part of.
_PARENT: dict[type[Table], str] = {
    Order: "id", Destination: "order_id", OrderLine: "order_id", LineSize: "line_id",
    ScheduleRow: "line_id", Decoration: "line_id", Job: "order_id", JobItem: "job_id",
    Task: "job_id", TaskQuantity: "task_id", PurchaseLine: "item_id", Receipt: "item_id",
    OrderEvent: "order_id",
}  # fmt: skip
#: How many rows of each part are copied for each of what they are a part of.
STILL_OPEN: Mapping[type[Table], int] = dict.fromkeys(_PARENT, 1_000)
#: Of an order that was done long ago only what pages read: a million times the rest is no use.
LONG_DONE: Mapping[type[Table], int] = {
    Order: 1, Destination: 1, OrderLine: 5, LineSize: 1, Job: 3, JobItem: 5, Task: 3, OrderEvent: 3,
}  # fmt: skip
_FIRST_NUMBER, _FIRST_PO = 5_000_000, 7_000_000


@dataclass(frozen=True)
class Move:
    """How far the ids of a table move: once, and again for every further copy."""

    base: int
    step: int

    def of(self, column: str) -> str:
        """The moved id in copy ``n``."""
        return f'"{column}" + {self.base} + n * {self.step}'


def copy_orders(
    opened: Database,
    originals: Sequence[Order],
    copies: int,
    parts: Mapping[type[Table], int],
    *,
    open_ones: bool,
) -> None:
    """Insert so many copies of each original."""
    if copies <= 0:
        return
    within = f"BETWEEN {originals[0].id} AND {originals[-1].id}"
    moves: dict[type[Table], Move] = {}
    for table, most in parts.items():
        name = table._meta.table_name
        _set_aside(opened, table, within, most)
        bounds = f"SELECT (SELECT MAX(id) FROM {name}), MIN(id), MAX(id) FROM temp.originals"
        highest, first, last = opened.execute_sql(bounds).fetchone()
        if first is None:
            continue
        moves[table] = Move(highest + 1 - first, last - first + 1)
        fields = table._meta.sorted_fields
        values = [_value(table, field, moves, open_ones=open_ones) for field in fields]
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        opened.execute_sql(
            "WITH RECURSIVE series(n) AS "
            f"(SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < {copies - 1}) "
            f"INSERT INTO {name} ({columns}) SELECT {', '.join(values)} "
            "FROM series, temp.originals"
        )


def _set_aside(opened: Database, table: type[Table], within: str, most: int) -> None:
    """The rows to copy of one table."""
    opened.execute_sql("DROP TABLE IF EXISTS temp.originals")
    ranked = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {_PARENT[table]} ORDER BY id) AS nth "
        f"FROM {table._meta.table_name} WHERE {_condition(table, within)}"
    )
    opened.execute_sql(
        f"CREATE TEMP TABLE originals AS SELECT * FROM ({ranked}) WHERE nth <= {most}"
    )


def _condition(table: type[Table], within: str) -> str:
    column = _PARENT[table]
    if column in {"id", "order_id"}:
        return f"{column} {within}"
    parent: Any = next(f for f in table._meta.sorted_fields if f.column_name == column).rel_model
    inside = _condition(parent, within)
    return f"{column} IN (SELECT id FROM {parent._meta.table_name} WHERE {inside})"


def _value(
    table: type[Table], field: Any, moves: Mapping[type[Table], Move], *, open_ones: bool
) -> str:
    """What a column holds in copy ``n``."""
    column = field.column_name
    if column == "id":
        return moves[table].of("id")
    if isinstance(field, ForeignKeyField) and field.rel_model in moves:
        return moves[field.rel_model].of(column) if open_ones or not field.null else "NULL"
    if isinstance(field, DateField):
        shift = "'+' || (n % 15) || ' days'" if open_ones else "'-' || (n / 40) || ' days'"
        return f'date("{column}", {shift})'
    if isinstance(field, MomentField) and not open_ones:
        shift = "'-' || (n * 30) || ' minutes'"
        return f"strftime('%Y-%m-%d %H:%M:%f', \"{column}\", {shift})"
    if column == "number" and table in {Order, Job}:
        return f"'copy ' || ({moves[table].of('id')})"
    return f'"{column}"'


def name_and_number(opened: Database) -> None:
    """Give all orders their own numbers, PO numbers, customers and words."""
    customers = Customer.select().count()
    opened.execute_sql(
        f"UPDATE orders SET number = CAST({_FIRST_NUMBER} + id AS TEXT), "
        f"po_number = 'PO-' || ({_FIRST_PO} + id), customer_id = 1 + (id * 7919) % {customers}"
    )
    opened.execute_sql(
        "UPDATE orders SET customer_name = "
        "(SELECT name FROM customers WHERE customers.id = orders.customer_id)"
    )
    opened.execute_sql(
        "UPDATE orders SET search_text = lower(number || ' po ' || "
        "substr(po_number, 4) || ' ' || customer_name || ' heavy cotton tee black w' || "
        "(id % 5000) || ' bench')"
    )
    opened.execute_sql(
        "UPDATE jobs SET number = (SELECT number FROM orders WHERE orders.id = jobs.order_id) "
        "|| '-' || (position + 1)"
    )
