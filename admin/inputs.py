"""Form fields that say what is wrong in words, and change nothing that was not changed."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_admin.form import DatePickerWidget, DateTimePickerWidget, Select2Widget
from flask_admin.model.fields import AjaxSelectField
from markupsafe import Markup, escape
from wtforms import BooleanField, Form, StringField, TextAreaField, ValidationError
from wtforms.fields import DateField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

import clock
from sync import amounts, cells
from workflow.fields import Field, Kind

Choices = Sequence[tuple[str, str]]
_BIGGEST = 2**63 - 1
_YES_NO = json.dumps([{"value": "", "text": "no"}, {"value": "1", "text": "yes"}])
_MOMENT = "%Y-%m-%d %H:%M:%S"


class LineInput(StringField):
    """One line of text without what cannot be seen or stored."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = cells.clean(valuelist[0])


class TextInput(TextAreaField):
    """Several lines of text without what cannot be stored."""

    process_formdata = LineInput.process_formdata


class EmailInput(LineInput):
    """An e-mail address, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cells.clean(valuelist[0]) if valuelist else ""
        self.data = text and cells.email(text)


class ExactInput(StringField):
    """An exact decimal with at most ``places`` decimal places."""

    def __init__(self, *args: Any, places: int = 4, **words: Any) -> None:
        super().__init__(*args, **words)
        self.places = places

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else amounts.plain(Decimal(self.data))

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cells.clean(valuelist[0]) if valuelist else ""
        if not text:
            self.data = None
            return
        value = amounts.number(text, decimal=".")
        if value != round(value, self.places):
            raise ValidationError(f"Use at most {self.places} decimal places.")
        if abs(value.scaleb(self.places)) > _BIGGEST:
            raise ValidationError("This number is too big.")
        self.data = value


class MomentInput(StringField):
    """A moment on the shop's clock; one that was not touched keeps its microseconds."""

    widget = DateTimePickerWidget()

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self._shown(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cells.clean(valuelist[0]) if valuelist else ""
        if text == self._shown(self.object_data):
            self.data = self.object_data
            return
        try:
            local = datetime.strptime(text, _MOMENT) if text else None  # noqa: DTZ007 - zone below
        except ValueError as problem:
            raise ValidationError("Write it like 2026-11-21 08:30:00.") from problem
        self.data = local and as_moment(local)

    def _shown(self, moment: datetime | None) -> str:
        return clock.local(moment).strftime(_MOMENT) if moment else ""


def as_moment(local: datetime) -> datetime:
    """What the shop's clock shows, as a moment in UTC."""
    zone = clock.local(clock.now()).tzinfo
    return local.replace(tzinfo=zone or ZoneInfo("UTC")).astimezone(UTC)


class ListInput(StringField):
    """Several short texts, separated by commas."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return cells.show(_LIST, list(self.data or []))

    def process_formdata(self, valuelist: list[str]) -> None:
        found = cells.parse(_LIST, valuelist[0] if valuelist else "")
        self.data = found if isinstance(found, list) else []


_LIST = Field(name="", label="", level=None, kind=Kind.LIST)  # type: ignore[arg-type]


class ChoiceInput(SelectField):
    """One of a few choices; what is stored is shown as chosen and survives a save."""

    widget = Select2Widget()
    data: Any

    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Any] = (),
        *,
        choices: Choices = (),
        allow_blank: bool = False,
        **words: Any,
    ) -> None:
        words.pop("filters", None)
        super().__init__(label, validators, choices=as_options(choices), **words)
        self.allow_blank = allow_blank
        if allow_blank:
            self.choices: list[SelectChoice] = [SelectChoice("", "none"), *self.choices]

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        stored = str(value or "")
        if stored and stored not in [choice.value for choice in self.choices]:
            # What is stored stays possible, also after the choice was taken away.
            self.choices = [*self.choices, SelectChoice(stored)]

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.allow_blank and self.data == "":
            self.data = None

    def pre_validate(self, form: Form) -> None:
        if self.allow_blank and self.data is None:
            return
        if str(self.data) not in [choice.value for choice in self.choices]:
            raise ValidationError("Choose one of the list.")


class TicksWidget:
    """Labelled checkboxes, as many in a row as there is room for."""

    def __call__(self, field: Any, **_: Any) -> Markup:
        ticks = Markup("").join(
            Markup(
                '<label class="check"><input type="checkbox" name="{}" value="{}"{}>'
                "<span>{}</span></label>"
            ).format(field.name, one.value, Markup(" checked") if one.selected else "", one.label)
            for one in field.iter_choices()
        )
        group = Markup('<div class="ticks" role="group" id="{}" aria-label="{}">{}</div>')
        return group.format(field.id, field.label.text, ticks)


class TicksInput(SelectMultipleField):
    """Any of a few choices, as labelled checkboxes.

    ``offered`` is asked when the form is shown, so that new rows are there at once.
    """

    widget = TicksWidget()

    def __init__(self, *args: Any, offered: Callable[[], Choices], **words: Any) -> None:
        words.pop("filters", None)
        super().__init__(*args, choices=as_options(offered()), **words)


class LookupInput(AjaxSelectField):
    """A row of another table, found by typing its beginning."""

    def pre_validate(self, form: Form) -> None:
        sent = (self.raw_data or [""])[0]
        if sent not in ("", "__None") and self.data is None:
            raise ValidationError("This is not there any more. Choose another.")
        if not self.allow_blank and self.data is None:
            raise ValidationError("Choose one.")


class CellWidget:
    """A cell of a list that is changed in place: what is edited is the value, not how it looks.

    Written by hand: the stock widget costs a list of fifty rows half of its time.
    """

    def __call__(self, field: Any, **words: Any) -> Markup:
        kind, role, value, source = _cell(field)
        label = words.get("data-label")
        more = f' data-label="{escape(label)}"' if label else ""
        more += f' data-source="{escape(source)}"' if source else ""
        return Markup(  # everything in it is escaped or our own
            f'<a href="#" name="{field.name}" data-name="{field.name}" data-role="{role}"'
            f' data-type="{kind}"'
            f' data-pk="{escape(words["pk"])}" data-url="./ajax/update/"'
            f' data-value="{escape(value)}" data-csrf="{escape(words.get("csrf", ""))}"{more}>'
            f"{escape(words.get('display_value', ''))}</a>"
        )


def _cell(field: Any) -> tuple[str, str, str, str]:
    """How a cell is edited: type, role, value, choices."""
    if isinstance(field, BooleanField):
        return "select2", "x-editable-boolean", "1" if field.data else "", _YES_NO
    if isinstance(field, ChoiceInput):
        source = [{"value": one.value, "text": one.label} for one in field.choices]
        return "select2", "x-editable", str(field.data or ""), json.dumps(source)
    if isinstance(field, TextAreaField):
        return "textarea", "x-editable", field._value(), ""
    return "text", "x-editable", field._value(), ""


def as_options(choices: Choices) -> list[SelectChoice]:
    """Value and label as the form library wants them."""
    return [SelectChoice(value, label) for value, label in choices]


# ---------------------------------------------------------------- the shop's own fields


class OwnText(StringField):
    """A field of the shop's own, typed by its kind."""

    def __init__(self, *args: Any, own: Field, **words: Any) -> None:
        super().__init__(*args, **words)
        self.own = own
        if own.kind is Kind.LONG:
            self.type = "TextAreaField"

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else cells.show(self.own, self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = cells.parse(self.own, valuelist[0] if valuelist else "")

    def populate_obj(self, obj: Any, name: str) -> None:
        store(obj, self.own, self.data)


class OwnLong(OwnText):
    """Several lines."""

    widget = TextAreaField.widget


class OwnDate(DateField):
    """A day."""

    widget = DatePickerWidget()

    def __init__(self, *args: Any, own: Field, **words: Any) -> None:
        super().__init__(*args, **words)
        self.own = own

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = cells.parse(self.own, valuelist[0] if valuelist else "")

    def populate_obj(self, obj: Any, name: str) -> None:
        store(obj, self.own, self.data)


class OwnChoice(ChoiceInput):
    """One of the shop's choices, or yes and no."""

    def __init__(self, *args: Any, own: Field, **words: Any) -> None:
        self.own = own
        yes_no = own.kind is Kind.YES_NO
        choices = [("yes", "yes"), ("no", "no")] if yes_no else [(c, c) for c in own.choices]
        super().__init__(*args, choices=choices, allow_blank=True, **words)

    def process_data(self, value: Any) -> None:
        super().process_data(cells.show(self.own, value) or None)

    def populate_obj(self, obj: Any, name: str) -> None:
        store(obj, self.own, cells.parse(self.own, self.data or ""))


def own_input(own: Field) -> Any:
    """The unbound form field for a field of the shop's own."""
    words = {"label": own.label, "description": own.help, "own": own}
    kinds: dict[Kind, Any] = {
        Kind.DATE: OwnDate,
        Kind.LONG: OwnLong,
        Kind.CHOICE: OwnChoice,
        Kind.YES_NO: OwnChoice,
    }
    return kinds.get(own.kind, OwnText)(**words)


def store(row: Any, own: Field, value: Any) -> None:
    """Put a value of the shop's own field into the row's ``extra``; nothing typed leaves none."""
    extra = dict(row.extra or {})
    if value is None:
        extra.pop(own.name, None)
    else:
        extra[own.name] = cells.to_json(own, value)
    if extra != row.extra:
        row.extra = extra
