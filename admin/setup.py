"""What the shop decides: its fields, closed days, saved views."""

import re
from typing import Any, ClassVar

from flask_login import current_user
from peewee import Expression

import auth
from admin.inputs import ChoiceInput
from admin.views import ShopView
from errors import ShopError
from models import SavedView
from workflow import shop
from workflow.actors import Right
from workflow.fields import BUILT_IN, Kind, Level
from workflow.stages import WORK_STAGES, Stage

_LEVELS = [
    (Level.ORDER.value, "orders"),
    (Level.LINE.value, "order lines"),
    (Level.CUSTOMER.value, "customers"),
    (Level.JOB.value, "jobs"),
]
_KINDS = [
    (Kind.TEXT.value, "text"),
    (Kind.LONG.value, "text of several lines"),
    (Kind.NUMBER.value, "number"),
    (Kind.WHOLE.value, "whole number"),
    (Kind.MONEY.value, "money"),
    (Kind.DATE.value, "date"),
    (Kind.CHOICE.value, "choice"),
    (Kind.YES_NO.value, "yes or no"),
    (Kind.EMAIL.value, "e-mail"),
    (Kind.LIST.value, "several short texts"),
]
_STAGES = [(stage.value, f"before {stage.value} is left") for stage in (Stage.REVIEW, *WORK_STAGES)]
_REQUIRED = [("", "never"), *_STAGES]
_BUILT_IN = [
    (f"{field.level.value}:{field.name}", f"{field.level.value.capitalize()}: {field.label}")
    for field in BUILT_IN
]

_READ = [
    choice
    for choice in _BUILT_IN
    if choice[0].partition(":")[0] in ("order", "destination", "line", "decoration")
]


class CustomFieldView(ShopView):
    """Fields of the shop's own: on forms, in lists, filters, exports and the API at once."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    choices: ClassVar = {"level": _LEVELS, "kind": _KINDS, "required_at": _REQUIRED}
    fixed_columns: ClassVar = frozenset({"level", "kind"})
    column_list = (
        "label",
        "level",
        "kind",
        "choices",
        "required_at",
        "in_list",
        "position",
        "active",
    )
    column_details_list = (*column_list, "name", "help")
    column_export_list = column_details_list
    column_default_sort: ClassVar = [("level", False), ("position", False)]
    column_searchable_list = ("label", "name")
    column_editable_list = ("label", "in_list", "position", "active")
    column_filters = ("level", "kind", "active")
    column_labels: ClassVar = {
        "level": "Of",
        "required_at": "Must be filled",
        "in_list": "Column of lists",
        "help": "Explanation under the field",
    }
    column_descriptions: ClassVar = {"choices": "with commas; for the kind choice"}
    form_columns = (
        "level", "label", "kind", "choices", "required_at", "in_list", "position", "help", "active",
    )  # fmt: skip
    form_args: ClassVar = {
        "choices": {"description": "With commas; only for the kind choice."},
        "kind": {"description": "Cannot be changed later: what was typed would not fit."},
    }

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Name a new field after its label, and refuse what cannot work."""
        if is_created:
            model.name = name_of(model.label)
            if (model.level, model.name) in shop.built_in_names():
                raise ShopError(f"Label: {model.label} is there already. Take another name.")
        if model.kind == Kind.CHOICE and not model.choices:
            raise ShopError("Choices: write at least one, with commas between them.")


def name_of(label: str) -> str:
    """The name of a field in exports and the API, from its label: ``Rack no.`` is ``rack_no``."""
    name = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:50]
    return name if name and not name[0].isdigit() else f"field_{name or 'x'}"


class RequiredFieldView(ShopView):
    """Built-in fields that this shop wants filled before an order goes on."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    deletes = True
    choices: ClassVar = {"stage": _STAGES}
    column_list = ("name", "level", "stage")
    column_details_list = column_export_list = column_list
    column_filters = ("level", "stage")
    column_labels: ClassVar = {"name": "Field", "level": "Of", "stage": "Must be filled"}
    column_formatters: ClassVar = {"name": lambda view, context, row, name: _label_of_built_in(row)}
    form_columns = ("stage",)
    form_extra_fields: ClassVar = {"field": ChoiceInput("Field", choices=_BUILT_IN)}

    def values_of(self, row: Any) -> dict[str, Any]:
        """The field as one choice."""
        return {} if row is None else {"field": f"{row.level}:{row.name}"}

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Take the choice apart."""
        if "field" in form:
            model.level, _, model.name = form["field"].data.partition(":")


def _label_of_built_in(row: Any) -> str:
    return dict(_BUILT_IN).get(f"{row.level}:{row.name}", row.name)


class HeadingWordView(ShopView):
    """Words that customers of this shop write over columns and before values."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    deletes = True
    column_list = ("word", "field")
    column_details_list = column_export_list = column_list
    column_searchable_list = ("word",)
    column_editable_list = ("word",)
    column_labels: ClassVar = {"word": "What stands there", "field": "Means"}
    column_formatters: ClassVar = {
        "field": lambda view, context, row, name: dict(_READ).get(
            f"{row.level}:{row.field}", row.field
        )
    }
    form_columns = ("word",)
    form_extra_fields: ClassVar = {"means": ChoiceInput("Means", choices=_READ)}
    instead_of_deleting = ""

    def values_of(self, row: Any) -> dict[str, Any]:
        """The field as one choice."""
        return {} if row is None else {"means": f"{row.level}:{row.field}"}

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Take the choice apart."""
        if "means" in form:
            model.level, _, model.field = form["means"].data.partition(":")


class ClosedDayView(ShopView):
    """Days on which the shop does not work."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    deletes = True
    column_list = ("day", "name")
    column_details_list = column_export_list = column_list
    column_default_sort = ("day", True)
    column_searchable_list = ("name",)
    column_filters = ("day", "name")
    column_editable_list = ("name",)
    column_labels: ClassVar = {"name": "Why"}
    instead_of_deleting = ""


class SavedViewView(ShopView):
    """Lists with their filters under a name: one's own, and those for everybody."""

    rights: ClassVar = {}
    creates = edits = False
    deletes = True
    related: ClassVar = (SavedView.person,)
    instead_of_deleting = ""
    column_list = ("name", "screen", "person", "query")
    column_details_list = column_export_list = column_list
    column_searchable_list = ("name", "screen")
    column_labels: ClassVar = {"person": "Of", "query": "Filters"}

    def scope(self) -> Expression | None:
        """One's own; those for everybody belong to whoever sets up the shop."""
        mine: Expression = SavedView.person == current_user.person.id
        return mine | SavedView.person.is_null() if auth.may(Right.SET_UP) else mine
