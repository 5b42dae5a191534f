"""Writes a migration as frozen Peewee tables, so that it never depends on ``models`` again.

Peewee's own generator leaves partial indexes and our own field classes to be done by hand; this
one renders them: a field by the type it is stored as, a partial index by its SQL.  A change that
cannot be derived is refused with a ``ValueError`` that names it.
"""

from __future__ import annotations  # Field[Any] exists for the type checker only

import json
import re
import textwrap
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import peewee
from peewee import (
    AutoField,
    CharField,
    Database,
    Field,
    ForeignKeyField,
    PostgresqlDatabase,
    SqliteDatabase,
)
from playhouse.schema_diff import SchemaDiff

Table = type[peewee.Model]
SearchDdl = Callable[[Database], list[str]]

# Peewee's name for the columns our own field classes are stored in.
STORED_AS = {
    "BIGINT": "BigIntegerField",
    "INT": "IntegerField",
    "VARCHAR": "CharField",
    "TEXT": "TextField",
    "DATETIME": "DateTimeField",
}


def render(
    diff: SchemaDiff, name: str, tables: list[Table], search: SearchDdl | None = None
) -> str:
    """The text of a migration file that makes the changes of ``diff``.

    Args:
        diff: what the models have and the migrated database has not.
        name: what the change is for; the file's first line.
        tables: all tables, to look up what the diff only names.
        search: gives the word search's own statements for a database; None when they are there.

    Raises:
        ValueError: a change cannot be derived; the message names it.
    """
    indexes = [*_indexes_of(diff.create_tables), *_indexes_named(diff, tables)]
    body = [
        *_tables(diff),
        *_statements("INDEXES", indexes),
        *_search(search),
        "def up(migrator, db):",
        *(f"    {line}" for line in _steps(diff, indexes, search)),
    ]
    title = name.replace("_", " ")
    head = f'"""{title[:1].upper()}{title[1:]}."""'
    names = sorted({word for line in body for word in _peewee_names(line)})
    return "\n".join([head, "", f"from peewee import {', '.join(names)}", "", "", *body, ""])


def _peewee_names(line: str) -> list[str]:
    if line.strip().startswith(("'", '"')):  # a piece of a statement
        return []
    words = re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", line))
    return [word for word in words if hasattr(peewee, word)]


# ---------------------------------------------------------------- tables


def _tables(diff: SchemaDiff) -> list[str]:
    created = list(diff.create_tables)
    fields = [field for table in created for field in table._meta.sorted_fields]
    targets = {
        field.rel_model
        for field in [*fields, *diff.add_columns]
        if isinstance(field, ForeignKeyField) and field.rel_model not in created
    }
    lines: list[str] = []
    for table in sorted(targets, key=lambda target: target.__name__):
        lines += _class_of(table, [table._meta.primary_key])
    for table in created:
        lines += _class_of(table, table._meta.sorted_fields)
    if created:
        lines += [f"TABLES = [{', '.join(table.__name__ for table in created)}]", "", ""]
    return lines


def _class_of(table: Table, fields: list[Field[Any]]) -> list[str]:
    meta: Any = table._meta
    shown = [field for field in fields if not _is_plain_id(field)]
    lines = [f"class {table.__name__}(Model):"]
    lines += [f"    {field.name} = {_field(field, table)}" for field in shown]
    lines += ["", "    class Meta:", f"        table_name = {_quoted(meta.table_name)}"]
    lines += ["        legacy_table_names = False"]
    plain = [index for index in meta.indexes if not isinstance(index, peewee.Node)]
    if plain and len(fields) > 1:
        lines.append(f"        indexes = {tuple((tuple(c), u) for c, u in plain)!r}")
    return [*lines, "", ""]


def _is_plain_id(field: Field[Any]) -> bool:
    return type(field) is AutoField and field.name == field.column_name == "id"


def _field(field: Field[Any], table: Table | None = None, extra: tuple[str, ...] = ()) -> str:
    if field.constraints or field.collation or field.sequence:
        raise ValueError(f"{_address(field)} has constraints of its own")
    return f"{_kind(field)}({', '.join([*_arguments(field, table), *extra])})"


def _kind(field: Field[Any]) -> str:
    if isinstance(field, ForeignKeyField):
        return "ForeignKeyField"
    for kind in type(field).__mro__:
        if kind.__module__ == "peewee" and getattr(kind, "field_type", "") == field.field_type:
            return kind.__name__
    if field.field_type in STORED_AS:
        return STORED_AS[field.field_type]
    raise ValueError(f"{_address(field)} is stored as {field.field_type}, which Peewee has not")


def _arguments(field: Field[Any], table: Table | None) -> list[str]:
    given: list[str] = []
    implied = field.name
    if isinstance(field, ForeignKeyField):
        if field.rel_field is not field.rel_model._meta.primary_key:
            raise ValueError(f"{_address(field)} points to a column that is not the key")
        given.append('"self"' if field.rel_model is table else field.rel_model.__name__)
        given.append(f"on_delete={_quoted(field.on_delete)}" if field.on_delete else "")
        given.append(f"on_update={_quoted(field.on_update)}" if field.on_update else "")
        given.append('backref="+"')
        implied = field.name if field.name.endswith("_id") else f"{field.name}_id"
    given.append("primary_key=True" if field.primary_key else "")
    given.append("unique=True" if field.unique else "")
    given.append(_index_argument(field))
    given.append("null=True" if field.null else "")
    given.append(
        f"column_name={_quoted(field.column_name)}" if field.column_name != implied else ""
    )
    if isinstance(field, CharField) and field.max_length != 255:
        given.append(f"max_length={field.max_length}")
    return [argument for argument in given if argument]


def _index_argument(field: Field[Any]) -> str:
    usual = isinstance(field, ForeignKeyField)
    if field.unique or bool(field.index) == usual:
        return ""
    return f"index={bool(field.index)}"


# ---------------------------------------------------------------- statements


def _indexes_of(tables: list[Table]) -> list[str]:
    """SQL of the indexes Peewee's ``Meta.indexes`` cannot express: partial ones, expressions."""
    return [
        _index_sql(table, index)
        for table in tables
        for index in table._meta.indexes
        if isinstance(index, peewee.Node)
    ]


def _indexes_named(diff: SchemaDiff, tables: list[Table]) -> list[str]:
    """SQL of such indexes on tables that are there already; the diff knows only their names."""
    added = {(index.table, index.name) for index in diff.add_indexes if index.columns is None}
    return [
        _index_sql(table, index)
        for table in tables
        for index in table._meta.indexes
        if (table._meta.table_name, getattr(index, "_name", None)) in added
    ]


def _index_sql(table: Table, index: Any) -> str:
    both: set[str] = set()
    schema: Any = table
    for opened in (SqliteDatabase(None), PostgresqlDatabase(None, prefer_psycopg3=True)):
        with opened.bind_ctx([table]):
            sql, values = schema._schema._create_index(index, safe=False).query()
        both.add(sql)
        if values:
            raise ValueError(f"an index of {table._meta.table_name} has values in its condition")
    if len(both) > 1:
        raise ValueError(f"an index of {table._meta.table_name} differs between the databases")
    return both.pop()


def _search(search: SearchDdl | None) -> list[str]:
    if search is None:
        return []
    sqlite, postgresql = SqliteDatabase(None), PostgresqlDatabase(None, prefer_psycopg3=True)
    return [
        *_statements("SEARCH_ON_SQLITE", search(sqlite)),
        *_statements("SEARCH_ON_POSTGRESQL", search(postgresql)),
    ]


def _statements(name: str, statements: list[str]) -> list[str]:
    if not statements:
        return []
    lines = [f"{name} = ["]
    for statement in statements:
        pieces = textwrap.wrap(statement, 84, drop_whitespace=False, break_on_hyphens=False)
        lines += [f"    {piece!r}" for piece in pieces[:-1]] + [f"    {pieces[-1]!r},"]
    return [*lines, "]", "", ""]


# ---------------------------------------------------------------- steps


def _steps(diff: SchemaDiff, indexes: list[str], search: SearchDdl | None) -> list[str]:
    steps = [_drop_index(index) for index in diff.drop_indexes]
    if diff.create_tables:
        steps += ["with db.bind_ctx(TABLES):", "    db.create_tables(TABLES, safe=False)"]
    for field in diff.add_columns:
        steps.append(_add_column(field))
    steps += [_drop_column(table, column) for table, column in diff.drop_columns]
    plain = [index for index in diff.add_indexes if index.columns]
    steps += [_add_index(index) for index in plain if not _comes_along(index, diff)]
    if indexes:
        steps += ["for statement in INDEXES:", "    db.execute_sql(statement)"]
    if search is not None:
        steps += [
            "on_sqlite = isinstance(db, SqliteDatabase)",
            "for statement in SEARCH_ON_SQLITE if on_sqlite else SEARCH_ON_POSTGRESQL:",
            "    db.execute_sql(statement)",
        ]
    return steps


def _add_column(field: Field[Any]) -> str:
    # NOT NULL with a DEFAULT: the other way rebuilds the table on SQLite, and its triggers die.
    extra = () if field.null else (f"constraints=[SQL({_quoted(f'DEFAULT {_literal(field)}')})]",)
    definition = _field(field, extra=extra)
    if isinstance(field, ForeignKeyField):
        definition = definition.replace(", ", f", field={field.rel_model.__name__}.id, ", 1)
    where = f"{_quoted(field.model._meta.table_name)}, {_quoted(field.column_name)}"
    return f"migrator.migrate(migrator.add_column({where}, {definition}, allow_not_null=True))"


def _literal(field: Field[Any]) -> str:
    value = field.default
    if value in (dict, list):
        return f"'{json.dumps(value())}'"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int | Decimal):
        return str(field.db_value(value))
    raise ValueError(f"{_address(field)} is required and has no constant default")


def _comes_along(index: Any, diff: SchemaDiff) -> bool:
    """Whether ``add_column`` makes this index itself."""
    return any(
        index.columns == (field.column_name,) and index.table == field.model._meta.table_name
        for field in diff.add_columns
        if field.index or field.unique
    )


def _add_index(index: Any) -> str:
    columns = "[" + ", ".join(_quoted(column) for column in index.columns) + "]"
    unique = ", unique=True" if index.unique else ""
    return f"migrator.migrate(migrator.add_index({_quoted(index.table)}, {columns}{unique}))"


def _drop_index(index: Any) -> str:
    return f"migrator.migrate(migrator.drop_index({_quoted(index.table)}, {_quoted(index.name)}))"


def _drop_column(table: str, column: str) -> str:
    return f"migrator.migrate(migrator.drop_column({_quoted(table)}, {_quoted(column)}))"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _address(field: Field[Any]) -> str:
    return f"{field.model._meta.table_name}.{field.column_name}"
