"""From a table to a form: which input a column gets, look-ups for other tables, rows inside."""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar, NamedTuple

from flask_admin.contrib.peewee.ajax import QueryAjaxModelLoader
from flask_admin.contrib.peewee.form import (
    CustomModelConverter,
    InlineModelConverter,
    InlineModelFormList,
    get_form,
)
from flask_admin.form import DatePickerWidget
from peewee import (
    JOIN,
    AutoField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    ModelSelect,
    SmallIntegerField,
    TextField,
)
from wtforms import HiddenField, validators
from wtforms.fields import BooleanField as TickField
from wtforms.fields import DateField as DayField
from wtforms.fields import IntegerField as WholeField
from wtfpeewee.orm import ValueRequired

from admin import inputs
from errors import ShopError
from models import (
    Customer,
    Department,
    ExactField,
    Job,
    MomentField,
    Order,
    Person,
    Printer,
    Product,
    Role,
    Table,
    Variant,
    Vendor,
)

#: By which columns a row of a table is found, and under the first of which it is sorted.
FOUND_BY: dict[type[Table], tuple[str, ...]] = {
    Customer: ("name", "code"),
    Department: ("name",),
    Job: ("number",),
    Order: ("number", "po_number"),
    Person: ("name", "email"),
    Printer: ("name",),
    Product: ("sku", "name"),
    Role: ("name",),
    Variant: ("sku", "gtin"),
    Vendor: ("name", "code"),
}
MOST_ROWS_INSIDE = 500
_LIMITS = {SmallIntegerField: 2**15 - 1, IntegerField: 2**31 - 1}


class Named(NamedTuple):
    """What the form builder wants: the name and the input of a column."""

    name: str
    field: Any


def is_money(field: Any) -> bool:
    """Whether a column holds an amount or a price, which not everybody may see."""
    return isinstance(field, ExactField) and field.places in (4, 6)


def as_key(model: type[Table], text: Any) -> Any:
    """The primary key that was sent, or None when it cannot be one."""
    key = model._meta.primary_key
    if not isinstance(key, IntegerField):
        return str(text)[:200].replace("\x00", "")
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


class Lookup(QueryAjaxModelLoader):
    """Rows of another table whose names begin with what was typed; only active ones."""

    most = 50

    def __init__(self, name: str, model: type[Table], **options: Any) -> None:
        options.setdefault("fields", FOUND_BY.get(model))
        options.setdefault("placeholder", "Type to search")
        options.setdefault("minimum_input_length", 0)
        super().__init__(name, model, **options)
        self.scope = options.get("scope")

    def get_one(self, pk: Any) -> Any:
        key = as_key(self.model, pk)
        if key is None:
            return None
        return self._rows().where(self.model._meta.primary_key == key).first()

    def get_list(self, term: str | None, offset: int | None = 0, limit: int | None = 10) -> Any:
        query = self._rows()
        words = (term or "").replace("\x00", "")[:100].strip()
        if words:
            query = query.where(reduce(or_, (f.startswith(words) for f in self._cached_fields)))
        if "active" in self.model._meta.fields:
            query = query.where(self.model.active)
        found = query.order_by(self._cached_fields[0], self.model._meta.primary_key)
        some = min(max(1, limit or 10), self.most)
        return list(found.offset(min(max(0, offset or 0), 10_000)).limit(some))

    def _rows(self) -> "ModelSelect[Any]":
        scope = self.scope() if self.scope else None
        query = self.model.select()
        return query if scope is None else query.where(scope)


class Converter(CustomModelConverter):
    """Which input a column gets.  Money has none for those who may not see it."""

    def __init__(self, view: Any, additional: Any = None, *, sees_money: bool = True) -> None:
        super().__init__(view, additional)
        self.sees_money = sees_money
        self.converters = {kind: _by(make) for kind, make in _MAKERS.items()}
        self.converters[ForeignKeyField] = self.handle_foreign_key

    def convert(self, model: Any, field: Any, field_args: Any) -> Any:
        if is_money(field) and not self.sees_money:
            return Named(field.name, None)
        words = {"label": field.verbose_name or self.view.label_of(model, field.name)}
        words |= field_args or {}
        choices = self.view.choices_of(model, field.name)
        if choices is not None:
            label = words.pop("label")
            return Named(
                field.name,
                inputs.ChoiceInput(
                    label,
                    choices=list(choices),
                    allow_blank=field.null,
                    default=field.default,
                    **words,
                ),
            )
        return super().convert(model, field, words)

    def handle_foreign_key(self, model: Any, field: Any, **words: Any) -> Any:
        loader = self.view.lookup_for(model, field)
        words.pop("filters", None)
        words["validators"] = _checks(words["validators"])
        return Named(field.name, inputs.LookupInput(loader, allow_blank=field.null, **words))


class Needed:
    """Something must be typed; a better reason why nothing arrived is kept."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        if field.errors:
            raise validators.StopValidation
        if field.data is None or not str(field.data).strip():
            raise validators.StopValidation("This must be filled in.")


def _by(make: Callable[[Any, dict[str, Any]], Any]) -> Callable[..., Named]:
    def convert(model: Any, field: Any, **words: Any) -> Named:
        words["validators"] = _checks(words["validators"])
        return Named(field.name, make(field, words))

    return convert


def _checks(found: Iterable[Any]) -> list[Any]:
    return [Needed() if isinstance(check, ValueRequired) else check for check in found]


def _hidden_key(field: Any, words: dict[str, Any]) -> Any:
    # The stock one insists on a key, so that no row could be added inside a form.
    return HiddenField(**(words | {"validators": []}))


def _exact(field: Any, words: dict[str, Any]) -> Any:
    words["validators"] = _number_needed(field, words["validators"])
    return inputs.ExactInput(places=field.places, **words)


def _moment(field: Any, words: dict[str, Any]) -> Any:
    return inputs.MomentInput(**words)


def _list(field: Any, words: dict[str, Any]) -> Any:
    return inputs.ListInput(**words)


def _tick(field: Any, words: dict[str, Any]) -> Any:
    return TickField(**(words | {"filters": [], "validators": []}))


def _day(field: Any, words: dict[str, Any]) -> Any:
    return DayField(**words, widget=DatePickerWidget())


def _line(field: Any, words: dict[str, Any]) -> Any:
    return inputs.EmailInput(**words) if field.name == "email" else inputs.LineInput(**words)


def _text(field: Any, words: dict[str, Any]) -> Any:
    return inputs.TextInput(**words)


def _whole(field: Any, words: dict[str, Any]) -> Any:
    most = next(limit for kind, limit in _LIMITS.items() if isinstance(field, kind))
    sentence = f"Use a whole number from 0 to {most}."
    limits = validators.NumberRange(0, most, sentence)
    words["validators"] = [*_number_needed(field, words["validators"]), limits]
    return WholeField(**words)


def _number_needed(field: Any, found: list[Any]) -> list[Any]:
    """A number with a default may be left out in code, but not emptied on the screen."""
    if field.null:
        return found
    needed = validators.InputRequired("Write a number; 0 means none.")
    return [needed, *(check for check in found if not isinstance(check, validators.Optional))]


#: Asked in this order: the first kind that a column is of counts.
_MAKERS: dict[Any, Callable[[Any, dict[str, Any]], Any]] = {
    AutoField: _hidden_key,
    ExactField: _exact,
    MomentField: _moment,
    JSONField: _list,
    BooleanField: _tick,
    DateField: _day,
    TextField: _text,
    CharField: _line,
    IntegerField: _whole,
}


# ---------------------------------------------------------------- rows of another table inside


class RowsInside(InlineModelFormList):
    """The rows of another table that belong to the row of the form."""

    def __init__(self, *args: Any, **words: Any) -> None:
        words.setdefault("max_entries", MOST_ROWS_INSIDE)
        super().__init__(*args, **words)
        self.type = "InlineModelFormList"  # the forms and templates decide by this name

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, self._with_related(data), extra_filters)

    def save_related(self, obj: Any) -> None:
        """Write what was typed: remove, change, add; nothing of another parent is touched."""
        link = getattr(self.model, self.prop)
        known = {str(row._pk): row for row in self.model.select().where(link == obj)}
        for entry in self.entries:
            row = known.get(str(entry.get_pk() or ""))
            if row is not None and self.should_delete(entry):
                row.delete_instance(recursive=False)
            elif not self.should_delete(entry):
                self._save(entry, row, obj)

    def _save(self, entry: Any, row: Any, parent: Any) -> None:
        is_new = row is None
        row = row or self.model()
        entry.populate_obj(row, None)
        setattr(row, self.prop, parent)
        self.inline_view._on_model_change(entry, row, is_new)
        if is_new:
            row.save(force_insert=True)
        elif row.is_dirty():
            row.save()

    def _with_related(self, data: Any) -> Any:
        """The rows with what their look-ups show, in one question."""
        if not isinstance(data, ModelSelect):
            return data
        for field in self.model._meta.sorted_fields:
            if isinstance(field, ForeignKeyField) and field.name != self.prop:
                data = data.select_extend(field.rel_model).join_from(
                    self.model, field.rel_model, JOIN.LEFT_OUTER, on=field
                )
        return list(data.order_by(self.model._meta.primary_key))


class InsideConverter(InlineModelConverter):
    """Adds the rows of another table to a form."""

    inline_field_list_type = RowsInside

    def process_ajax_refs(self, info: Any) -> dict[str, Any]:
        return {}  # the view makes every look-up by itself

    def get_info(self, p: Any) -> Any:
        info = super().get_info(p)
        info.form_excluded_columns = list(info.form_excluded_columns or [])
        return info

    def contribute(self, converter: Any, model: Any, form_class: Any, inline_model: Any) -> Any:
        info = self.get_info(inline_model)
        link = _link(info.model, model)
        hidden = [*info.form_excluded_columns, link.name]
        child = get_form(
            info.model,
            converter,
            only=_without(info.form_columns, hidden),
            exclude=hidden,
            field_args=info.form_args,
            allow_pk=True,
            extra_fields=info.form_extra_fields,
        )
        label = self.get_label(info, link.backref) or self.view.label_of(model, link.backref)
        rows = self.inline_field_list_type(child, info.model, link.name, info, label=label)
        setattr(form_class, link.backref, rows)
        return form_class


def _link(inner: Any, outer: Any) -> Any:
    for field in inner._meta.sorted_fields:
        if isinstance(field, ForeignKeyField) and field.rel_model is outer:
            return field
    raise ShopError(f"{inner.__name__} does not belong to {outer.__name__}.")


def _without(names: Iterable[str] | None, hidden: Iterable[str]) -> list[str] | None:
    return None if names is None else ["id", *(name for name in names if name not in hidden)]
