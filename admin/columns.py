"""Which columns, values and filters a list has, for whoever is here.

Money is left out of all of them for those who may not see it, and the shop's own fields are
added as they are at this moment; so nothing here is worked out once and for all at the start.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import g, has_request_context
from flask_admin.contrib.peewee import ModelView
from peewee import Field, ForeignKeyField, IntegerField, JSONField

import auth
from admin import filters, forms, values
from models import ExactField, Table
from sync import cells
from sync.amounts import EXACT
from workflow import fields, shop
from workflow.actors import Right

OWN = "own_"  # how columns and inputs of the shop's own fields begin

#: Column names that read better in other words.
_WORDS = {
    "email": "E-mail",
    "address1": "Address",
    "address2": "Address 2",
    "address3": "Address 3",
}
_NUMBERS = (*EXACT, fields.Kind.WHOLE)

Choices = Sequence[tuple[str, str]]
Column = tuple[str, str]


class Columns(ModelView):
    """What a list, a page of details and an export show of a table."""

    #: foreign keys that are joined and read with every row; a second hop follows the first
    related: ClassVar[tuple[ForeignKeyField, ...]] = ()
    #: what may stand in a column, as value and label
    choices: ClassVar[dict[str, Choices]] = {}
    #: whose own fields of the shop the rows carry in ``extra``
    level: ClassVar[fields.Level | None] = None
    #: money besides the columns that are amounts or prices by their kind
    money_columns: ClassVar[frozenset[str]] = frozenset()
    column_formatters_export: ClassVar[dict[str, Any]] = {}  # what exports hold is the value

    def sees(self, name: str) -> bool:
        """Whether whoever is here may see a column: everything but money, or money too."""
        return not self._is_money(name) or auth.may(Right.SEE_MONEY)

    def _is_money(self, name: str) -> bool:
        own = self._own_field(name)
        if own is not None:
            return own.kind in (fields.Kind.MONEY, fields.Kind.PRICE)
        return name in self.money_columns or forms.is_money(self._column(name))

    _list_columns = property(
        lambda self: self._seen_columns("list"),
        lambda self, columns: self._declared.__setitem__("list", columns),
    )
    _details_columns = property(
        lambda self: self._seen_columns("details"),
        lambda self, columns: self._declared.__setitem__("details", columns),
    )
    _export_columns = property(
        lambda self: self._seen_columns("export"),
        lambda self, columns: self._declared.__setitem__("export", columns),
    )

    @property
    def _declared(self) -> dict[str, list[Column]]:
        declared: dict[str, list[Column]] = self.__dict__.setdefault("_declared_columns", {})
        return declared

    def _seen_columns(self, kind: str) -> list[Column]:
        columns = list(self._declared[kind])
        if not has_request_context():
            return columns
        own = [one for one in self.own_fields() if kind != "list" or one.listed]
        columns += [(OWN + one.name, one.label) for one in own]
        return [column for column in columns if self.sees(column[0])]

    def scaffold_list_columns(self) -> list[str]:
        left_out = {"version", "extra", self.model._meta.primary_key.name}
        return [name for name in self.model._meta.sorted_field_names if name not in left_out]

    def get_column_name(self, field: str) -> str:
        return (self.column_labels or {}).get(field) or _label_of_column(field)

    def label_of(self, model: type[Table], name: str) -> str:
        """How a column of this table, or of one inside, is called."""
        labels = self.column_labels or {}
        return labels.get(f"{model.__name__}.{name}") or self.get_column_name(name)

    def choices_of(self, model: type[Table], name: str) -> Choices | None:
        """What may stand in a column of this table, or of one inside."""
        inside = self.choices.get(f"{model.__name__}.{name}")
        return inside if model is not self.model else inside or self.choices.get(name)

    def own_fields(self) -> list[fields.Field]:
        """The shop's own fields of these rows, as they are now."""
        if self.level is None:
            return []
        asked: dict[str, list[fields.Field]] = g.setdefault("own_fields", {})
        if self.level not in asked:
            asked[self.level] = shop.custom_fields(self.level)
        return asked[self.level]

    def _own_field(self, name: str) -> fields.Field | None:
        if self.level is None or not name.startswith(OWN):
            return None
        return next((one for one in self.own_fields() if OWN + one.name == name), None)

    def _column(self, name: str) -> Any:
        """The database column behind ``name`` or ``link.name``, or None."""
        table, found = self.model, None
        for part in name.split("."):
            found = table._meta.fields.get(part) if table is not None else None
            table = getattr(found, "rel_model", None)
        return found

    def _get_field_value(self, model: Any, name: str) -> Any:
        own = self._own_field(name)
        if own is not None:
            return own_value(model, own)
        for part in name.split("."):
            model = getattr(model, part, None)
        return model

    def _get_list_value(
        self, context: Any, model: Any, name: str, column_formatters: Any, _types: Any
    ) -> Any:
        formatter = column_formatters.get(name)
        if formatter is not None:
            return formatter(self, context, model, name)
        value = self._get_field_value(model, name)
        chosen = dict(self.choices.get(name, ())).get(value) if name in self.choices else None
        return chosen or values.shown(value, self._column(name) or self._own_field(name))

    def get_sortable_columns(self) -> dict[str, Any]:
        """Every plain column; a foreign key sorts by the name of what it leads to."""
        names = self.column_sortable_list
        if names is None:
            names = [column for column, _label in self.get_list_columns()]
        found = {name: self._sort_column(name) for name in names}
        return {name: column for name, column in found.items() if column is not None}

    def _sort_column(self, name: str) -> Any:
        column = self._column(name)
        if isinstance(column, ForeignKeyField):
            if column not in self.related:
                return None
            return column.rel_model._meta.fields[forms.FOUND_BY[column.rel_model][0]]
        return None if isinstance(column, JSONField) else column

    def is_sortable(self, name: str) -> bool:
        return name in self._sortable_columns and self.sees(name)

    def is_editable(self, name: str) -> bool:
        return bool(self.can_edit) and name in self.column_editable_list and self.sees(name)

    def is_number(self, name: str) -> bool:
        """Whether a column of the list holds numbers, which stand to the right."""
        if name in self.choices or name in self.column_formatters:
            return False
        own = self._own_field(name)
        if own is not None:
            return own.kind in _NUMBERS
        return isinstance(self._column(name), ExactField | IntegerField)

    def search_placeholder(self) -> str:
        names = [_label_of_column(column.name).lower() for column in self._search_fields]
        return "Search " + ", ".join(dict.fromkeys(names))

    # ------------------------------------------------------------ filters

    def _refresh_filters_cache(self) -> None:
        self._declared_filters: list[Any] = self.get_filters() or []

    @property
    def _filters(self) -> list[Any]:
        """The filters there are for whoever is here, the shop's own fields included."""
        if not has_request_context():
            return self._declared_filters
        asked: dict[int, list[Any]] = g.setdefault("filters", {})
        if id(self) not in asked:
            found = list(self._declared_filters)
            for own in self.own_fields():
                found += filters.by_own_field(self.model.extra, own)
            asked[id(self)] = [one for one in found if self._offers(one)]
        return asked[id(self)]

    def _offers(self, one: Any) -> bool:
        if one.own is not None:
            return self.sees(OWN + one.own.name)
        name = str(getattr(one.column, "name", ""))
        is_money = forms.is_money(one.column) or name in self.money_columns
        return not is_money or auth.may(Right.SEE_MONEY)

    @property
    def _filter_args(self) -> dict[str, tuple[int, Any]]:
        return {one.key: (number, one) for number, one in enumerate(self._filters)}

    def get_filter_arg(self, index: int, flt: Any) -> str:
        return str(flt.key)

    def _get_filter_groups(self) -> dict[str, list[dict[str, Any]]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for number, one in enumerate(self._filters):
            entry = {
                "index": number,
                "arg": one.key,
                "operation": one.operation(),
                "options": [[str(key), str(label)] for key, label in one.get_options(self) or ()],
                "type": one.data_type,
            }
            groups.setdefault(str(one.name), []).append(
                entry | {"options": entry["options"] or None}
            )
        return groups

    def scaffold_filters(self, name: Any) -> list[Any] | None:
        """The filters of a column: by its choices if it has some, else by its kind."""
        column = self._column(name) if isinstance(name, str) else name
        if not isinstance(column, Field):
            raise TypeError(f"{self.model.__name__} has no column {name}")
        label = self.get_column_name(name if isinstance(name, str) else column.name)
        if column.model is not self.model and not isinstance(name, str):
            label = f"{_label_of_column(column.model.__name__)}: {label.lower()}"
        choices = self.choices_of(self.model, column.name) if column.model is self.model else None
        if choices:
            return [filters.by_choice(column, label, choices)]
        return filters.of_column(column, label)

    def get_invalid_value_msg(self, value: str, filter: Any) -> str:
        return f"The filter {filter.name} does not understand “{value[:60]}”. Write it another way."


def own_value(row: Any, own: fields.Field) -> Any:
    """What a row holds in a field of the shop's own."""
    return cells.from_json(own, (row.extra or {}).get(own.name))


def _label_of_column(name: str) -> str:
    words = name.replace(".", " ").replace("_", " ").strip()
    return _WORDS.get(words, words[:1].upper() + words[1:])
