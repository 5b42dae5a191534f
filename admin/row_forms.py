"""The forms of a row: made for who sees them, with the shop's own fields and rows inside."""

from functools import lru_cache
from typing import Any, ClassVar

from flask import g, has_request_context, request
from flask_admin.contrib.peewee.form import get_form
from flask_admin.form import rules
from flask_admin.helpers import get_form_data
from flask_admin.model.form import create_editable_list_form
from peewee import (
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
)
from wtforms import Form, HiddenField

import auth
from admin import forms, inputs
from admin.columns import OWN, Columns
from models import ExactField, Table
from sync import cells
from workflow import fields
from workflow.actors import Right

SEEN = "row_version"
#: What a screen never writes: keys, versions, what is derived or secret.
NOT_TYPED = frozenset({"id", "version", "extra", "created_at", "created_by", "updated_at"})
_TYPED = (
    CharField,
    TextField,
    IntegerField,
    BooleanField,
    DateField,
    ExactField,
    ForeignKeyField,
)


class RowForms(Columns):
    """Forms for a new row, for a row, and for the cells of a list."""

    #: headings of the form, each with the columns that stand under it
    sections: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: shown on the form of a row, but not to be changed there
    fixed_columns: ClassVar[frozenset[str]] = frozenset()
    form_widget_args: Any = None
    column_editable_list: Any = None
    form_columns: Any = None

    def _refresh_forms_cache(self) -> None:
        self._form_ajax_refs: dict[str, forms.Lookup] = {}
        self.form_widget_args = self.form_widget_args or {}
        self.column_editable_list = self.column_editable_list or ()
        self.form_columns = self.form_columns or self._typed_columns()
        self._delete_form_class = self.get_delete_form()
        self._action_form_class = self.get_action_form()
        self._form_classes: dict[Any, Any] = {}
        # Made at the start, so that a mistake in a view stops it; the stock code reads these names.
        has_form = self.creates or self.edits
        self._create_form_class = self._form_class("form", sees_money=True) if has_form else None
        self._edit_form_class = self._create_form_class

    def _refresh_form_rules_cache(self) -> None:
        """The rules follow the form of the moment; see ``_form_edit_rules``."""

    def _validate_form_class(self, *_: Any, **__: Any) -> None:
        """Nothing to take out: forms are made for who sees them."""

    def _validate_form_instance(self, *_: Any, **__: Any) -> None:
        """Nothing to take out: forms are made for who sees them."""

    def _typed_columns(self) -> list[str]:
        return [
            column.name
            for column in self.model._meta.sorted_fields
            if column.name not in NOT_TYPED
            and (isinstance(column, _TYPED) or _is_list(column))
            and column.name not in (self.form_excluded_columns or ())
        ]

    def lookup_for(self, model: type[Table], field: ForeignKeyField) -> forms.Lookup:
        """The look-up of a foreign key of this table, or of one inside."""
        name = field.name if model is self.model else f"{model.__name__.lower()}.{field.name}"
        if name not in self._form_ajax_refs:
            self._form_ajax_refs[name] = forms.Lookup(name, field.rel_model)
        return self._form_ajax_refs[name]

    def _form_class(self, kind: str, *, sees_money: bool) -> Any:
        if (kind, sees_money) not in self._form_classes:
            make = self._scaffold if kind == "form" else self._scaffold_cells
            self._form_classes[kind, sees_money] = make(sees_money)
        return self._form_classes[kind, sees_money]

    def _scaffold(self, sees_money: bool) -> Any:
        converter = self.model_form_converter(self, sees_money=sees_money)
        form_class = get_form(
            self.model,
            converter,
            base_class=self.form_base_class,
            only=self.form_columns,
            field_args=self.form_args,
            extra_fields=self.form_extra_fields,
        )
        inside = self.inline_model_form_converter(self)
        for rows in self.inline_models or ():
            form_class = inside.contribute(converter, self.model, form_class, rows)
        if "version" in self.model._meta.fields:
            setattr(form_class, SEEN, HiddenField())
        return form_class

    def _scaffold_cells(self, sees_money: bool) -> Any:
        converter = self.model_form_converter(self, sees_money=sees_money)
        columns = list(self.column_editable_list)
        form_class = get_form(self.model, converter, only=columns, base_class=self.form_base_class)
        return create_editable_list_form(self.form_base_class, form_class, inputs.CellWidget())

    def _form(self, row: Any) -> Form:
        form_class = self._form_class("form", sees_money=auth.may(Right.SEE_MONEY))
        own = tuple(one for one in self.own_fields() if self.sees(OWN + one.name))
        if own:
            form_class = _with_own(form_class, own)
        kept = {
            OWN + one.name: cells.from_json(one, (row.extra or {}).get(one.name))
            for one in own
            if row is not None
        }
        form = form_class(get_form_data(), obj=row, **kept, **self.values_of(row))
        g.form_of_moment = form
        return form

    def values_of(self, row: Any) -> dict[str, Any]:
        """What inputs show that are no column; ``row`` is None for a new one."""
        return {}

    def create_form(self, obj: Any = None) -> Form:
        """The form for a new row."""
        return self._form(obj)

    def edit_form(self, obj: Any = None) -> Form:
        """The form for a row, with the version that is shown."""
        form = self._form(obj)
        if SEEN in form and request.method == "GET":
            form[SEEN].data = obj.version
        for name in self.fixed_columns:
            if name in form:
                _keep_as_it_is(form[name], getattr(obj, name))
        return form

    def list_form(self, obj: Any = None) -> Form:
        """The inputs of the cells that may be changed in the list."""
        form_class = self._form_class("cells", sees_money=auth.may(Right.SEE_MONEY))
        return form_class(get_form_data(), obj=obj)

    @property
    def _form_edit_rules(self) -> Any:
        """Headings over the fields that this form has; None without ``sections``."""
        form = g.get("form_of_moment") if has_request_context() else None
        if form is None or not self.sections:
            return None
        return rules.RuleSet(self, _rules(form, self.sections))

    _form_create_rules = _form_edit_rules


def _is_list(column: Any) -> bool:
    return isinstance(column, JSONField) and column.default is list


@lru_cache(maxsize=200)
def _with_own(form_class: Any, own: tuple[fields.Field, ...]) -> Any:
    added = {OWN + one.name: inputs.own_input(one) for one in own}
    return type(form_class.__name__, (form_class,), added)


def _keep_as_it_is(field: Any, value: Any) -> None:
    """Show a value and never write it, whatever is sent."""
    field.raw_data = None
    field.process_data(value)
    field.populate_obj = lambda obj, name: None
    field.validators = ()
    field.render_kw = (field.render_kw or {}) | {"disabled": True}


def _rules(form: Form, sections: dict[str, tuple[str, ...]]) -> list[Any]:
    """Fields without a heading first, then each heading with its fields, rows inside last."""
    placed = {name for names in sections.values() for name in names}
    shown = [f.short_name for f in form if not isinstance(f, HiddenField)]
    inside = [name for name in shown if isinstance(form[name], forms.RowsInside)]
    own = [name for name in shown if name.startswith(OWN)]
    left = [name for name in shown if name not in placed and name not in (*inside, *own)]
    found: list[Any] = list(left)
    for title, names in [*sections.items(), ("Own fields", tuple(own))]:
        there = [name for name in names if name in shown]
        found += [rules.Header(title), *there] if there else []
    return found + inside
