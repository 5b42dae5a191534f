"""What a program asks first: who it is, which fields there are, which departments."""

from typing import Any

import auth
import clock
from api.kinds import api_name
from api.operations import Answer, Call, Operation, Parameter
from api.values import Json, words
from models import Department
from workflow import shop
from workflow.actors import WHAT_RIGHTS_MEAN, Right
from workflow.fields import Field, Level, tells_money


def me(call: Call) -> Answer:
    """Who the token is and what it may do."""
    decided = shop.settings_of_shop()
    rights = [right for right in Right if call.actor.may(right)]
    return Answer(
        {
            "name": call.actor.name,
            "role": call.token.role.name,
            "rights": [{"right": r.value, "meaning": WHAT_RIGHTS_MEAN[r]} for r in rights],
            "shop": str(decided["shop_name"]),
            "currency": str(decided["currency"]),
            "time_zone": str(clock.local(clock.now()).tzinfo),
        }
    )


def fields(call: Call) -> Answer:
    """Every field there is, built-in and the shop's own."""
    levels = [Level(call.query["level"])] if "level" in call.query else list(Level)
    found = [field for level in levels for field in call.catalogue.of(level)]
    return Answer({"items": [_field(one) for one in found]})


def _field(one: Field) -> Json:
    found = words(one, "label", "tab", "required_at", "help", "everyday", "custom")
    found |= {"name": api_name(one), "level": one.level.value, "kind": one.kind.value}
    return found | {"choices": list(one.choices), "money": tells_money(one)}


def departments(call: Call) -> Answer:
    """The departments whose work the token sees, in their order."""
    query: Any = Department.select().where(Department.active)
    seen = auth.departments_seen(call.actor)
    if seen is not None:
        query = query.where(Department.id.in_(sorted(seen)))
    rows = query.order_by(Department.position, Department.id)
    return Answer({"items": [_department(row) for row in rows]})


def _department(row: Department) -> Json:
    found = words(
        row, "slug", "name", "stage", "work", "position", "lead_days", "capacity_minutes", "active"
    )
    return found | {"waits_for": [str(slug) for slug in row.waits_for or []]}


OPERATIONS = (
    Operation(
        "GET", "/me", "whoAmI", "The shop", "Who the token is and what it may do", me, None, "Me"
    ),
    Operation(
        "GET", "/fields", "listFields", "The shop", "Every field there is", fields,
        Right.SEE_ORDERS, "FieldList",
        parameters=(
            Parameter(
                "level", {"type": "string", "enum": [str(level) for level in Level]}, "Of what."
            ),
        ),
        description="The shop's own fields stand among the built-in ones: each can be read and "
        "sent by its `name`.",
    ),
    Operation(
        "GET", "/departments", "listDepartments", "The shop", "List departments", departments,
        Right.SEE_ORDERS, "DepartmentList",
    ),
)  # fmt: skip
