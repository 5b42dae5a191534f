"""What this shop decided: its name, working days, transit days, its own fields.  Reads only."""

from datetime import timedelta
from typing import Any

from peewee import fn

import clock
from models import ClosedDay, CustomField, RequiredField, ShopSetting
from workflow.due import WorkingCalendar
from workflow.fields import BUILT_IN, Catalogue, Field, Kind, Level

#: What a setting is until the shop says otherwise.
DEFAULTS: dict[str, Any] = {
    "shop_name": "Inhands",
    "shop_address": "",
    "shop_email": "",
    "shop_phone": "",
    "currency": "USD",
    "weekdays": [0, 1, 2, 3, 4],
    "transit_days": {"ship": 3, "pickup": 0, "deliver": 1, "install": 0, "electronic": 0},
    "first_order_number": 1001,
    "order_prefix": "",
    "credit_check": True,
    "prices_required": True,
    "macros_out": False,
    "link_days": 30,
    "keep_files_days": 0,  # for ever
    "proof_hour": 16,
    "stage_words": {
        "review": "We are checking your order.",
        "sourcing": "We are getting artwork and goods ready.",
        "production": "We are making your order.",
        "finishing": "Your order is made and being packed.",
        "done": "Your order is complete.",
    },
}


def setting(name: str) -> Any:
    """One decision of the shop, or its default."""
    row = ShopSetting.get_or_none(ShopSetting.name == name)
    return DEFAULTS[name] if row is None else row.value


def settings_of_shop() -> dict[str, Any]:
    """All decisions of the shop at once, defaults filled in."""
    return DEFAULTS | {row.name: row.value for row in ShopSetting.select()}


def working_calendar(weekdays: list[int] | None = None) -> WorkingCalendar:
    """The days on which the shop works, with closed days of the last year and all to come."""
    recent = clock.today() - timedelta(days=366)
    closed = ClosedDay.select(ClosedDay.day).where(ClosedDay.day >= recent)
    return WorkingCalendar(
        weekdays=frozenset(setting("weekdays") if weekdays is None else weekdays),
        closed=frozenset(row.day for row in closed),
    )


def catalogue() -> Catalogue:
    """Every field the shop has, built-in and its own, with what it requires and when."""
    own = [_own_field(row) for row in _active_custom_fields()]
    required = {(r.level, r.name): r.stage for r in RequiredField.select()}
    return Catalogue(own, required)


def requires_at(stage: Any) -> Any:
    """Condition: the shop wants some field filled before a stage (a column's) is left."""
    own = CustomField.active & (CustomField.required_at == stage)
    built_in = RequiredField.stage == stage
    return fn.EXISTS(CustomField.select(CustomField.id).where(own)) | fn.EXISTS(
        RequiredField.select(RequiredField.id).where(built_in)
    )


def custom_fields(level: Level) -> list[Field]:
    """The shop's own fields of one level, in their order."""
    return [_own_field(row) for row in _active_custom_fields() if row.level == level]


def _active_custom_fields() -> list[CustomField]:
    return list(
        CustomField.select()
        .where(CustomField.active)
        .order_by(CustomField.position, CustomField.id)
    )


def _own_field(row: CustomField) -> Field:
    return Field(
        name=row.name,
        label=row.label,
        level=Level(row.level),
        kind=Kind(row.kind),
        tab="More",
        choices=tuple(row.choices),
        required_at=row.required_at,
        help=row.help,
        custom=True,
        listed=row.in_list,
    )


def built_in_names() -> set[tuple[str, str]]:
    """(level, name) of every built-in field; a shop's own field may not take one of them."""
    return {(field.level.value, field.name) for field in BUILT_IN}
