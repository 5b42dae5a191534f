"""What an order's life wrote, written again by bare Peewee objects and by plain SQL.

Which rows each action inserted and which columns it changed is found by comparing all tables
before and after.  The contestants write exactly that, in as many transactions, and read, check
and decide nothing.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import ForeignKeyField, JSONField

from models import TABLES, Table, transaction

#: Columns that no two orders may share: written again, they get the number of the turn.
UNIQUE = {"number", "key", "sha256"}

Reference = tuple[type[Table], Any]


@dataclass(frozen=True)
class Written:
    """One row that an action inserted (``new``), or the columns it changed in one."""

    table: type[Table]
    key: Any
    values: dict[str, Any]
    new: bool
    references: dict[str, Reference]  # columns that point to rows written before
    unique: dict[str, str]

    def row(self, known: dict[Reference, Any], turn: int) -> dict[str, Any]:
        """The values of this turn, with the rows of this turn in place of the recorded ones."""
        values = self.values.copy()
        for name, reference in self.references.items():
            values[name] = known[reference]
        for name, text in self.unique.items():
            values[name] = f"{text}.{turn}"
        return values


Actions = dict[str, list[Written]]


def record(steps: Iterator[str]) -> Actions:
    """What each action wrote, by the action's name."""
    actions: Actions = {}
    made: set[Reference] = set()
    before = _all_rows()
    for name in steps:
        after = _all_rows()
        actions[name] = list(_difference(before, after, made))
        before = after
    return actions


def _all_rows() -> dict[type[Table], dict[Any, dict[str, Any]]]:
    found: dict[type[Table], dict[Any, dict[str, Any]]] = {}
    for table in TABLES:
        key = _key(table).name
        found[table] = {row.__data__[key]: dict(row.__data__) for row in table.select()}
    return found


def _key(table: type[Table]) -> Any:
    return table._meta.primary_key


def _difference(before: Any, after: Any, made: set[Reference]) -> Iterator[Written]:
    for table in TABLES:  # each table stands after those it refers to
        for key, values in after[table].items():
            old = before[table].get(key)
            if old is None:
                yield _written(table, key, values, made, new=True)
                made.add((table, key))
            elif old != values:
                changed = {name: value for name, value in values.items() if old[name] != value}
                yield _written(table, key, changed, made, new=False)


def _written(
    table: type[Table], key: Any, values: dict[str, Any], made: set[Reference], *, new: bool
) -> Written:
    fields = table._meta.fields
    found = {n: v for n, v in values.items() if n != "id"}
    keys = [n for n in found if isinstance(fields[n], ForeignKeyField)]
    pointing = {n: (fields[n].rel_model, found[n]) for n in keys}
    return Written(
        table=table,
        key=key,
        values=found,
        new=new,
        references={n: reference for n, reference in pointing.items() if reference in made},
        unique={n: v[-12:] for n, v in found.items() if n in UNIQUE and isinstance(v, str)},
    )


def with_peewee(actions: Actions, turn: int) -> None:
    """One ``create`` for each new row, one ``save`` for each changed one."""
    rows: dict[Reference, Table] = {}
    for written in actions.values():
        with transaction():
            for step in written:
                values = step.row(rows, turn)
                if step.new:
                    rows[step.table, step.key] = step.table.create(**values)
                    continue
                row = rows.get((step.table, step.key)) or _known(step)
                for name, value in values.items():
                    setattr(row, name, value)
                row.save()


def _known(step: Written) -> Table:
    """A row that was there before the order: a counter."""
    key = _key(step.table).name
    row = step.table(**{key: step.key})
    row._dirty.clear()
    return row


def ready_for_sql(actions: Actions) -> list[list[tuple[str, Written]]]:
    """The same with the text of every statement and its values as SQLite takes them."""
    return [[(_statement(step), _plain(step)) for step in steps] for steps in actions.values()]


def with_sql(
    connection: sqlite3.Connection, ready: list[list[tuple[str, Written]]], turn: int
) -> None:
    """One INSERT for each new row, one UPDATE for each changed one."""
    ids: dict[Reference, Any] = {}
    for written in ready:
        connection.execute("BEGIN IMMEDIATE")
        for statement, step in written:
            values = list(step.row(ids, turn).values())
            if step.new:
                cursor = connection.execute(statement, values)
                ids[step.table, step.key] = cursor.lastrowid
            else:
                key = ids.get((step.table, step.key), step.key)
                connection.execute(statement, [*values, key])
        connection.execute("COMMIT")


def _statement(step: Written) -> str:
    table = step.table._meta.table_name
    columns = [step.table._meta.fields[name].column_name for name in step.values]
    if step.new:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{column}"' for column in columns)
        return f"INSERT INTO {table} ({names}) VALUES ({marks})"
    setting = ", ".join(f'"{column}" = ?' for column in columns)
    return f"UPDATE {table} SET {setting} WHERE {_key(step.table).column_name} = ?"


def _plain(step: Written) -> Written:
    values = {n: _as_sql(step.table._meta.fields[n], v) for n, v in step.values.items()}
    return Written(step.table, step.key, values, step.new, step.references, step.unique)


def _as_sql(field: Any, value: Any) -> Any:
    if isinstance(field, JSONField):
        return None if value is None else json.dumps(value)
    plain = field.db_value(value)
    return str(plain) if hasattr(plain, "isoformat") else plain
