"""Departments: rows that say where a queue stands, what it records and which jobs visit it."""

import re
import unicodedata
from typing import Any, ClassVar

from admin.inputs import ChoiceInput, ListInput, TicksInput
from admin.people import department_choices
from admin.views import ShopView
from errors import ShopError
from models import Department
from workflow.actors import Right
from workflow.fields import DESTINATION_FIELDS
from workflow.routing import NEEDS, Rule
from workflow.stages import WORK_STAGES, Work

_WAYS = next(field.choices for field in DESTINATION_FIELDS if field.name == "fulfillment_type")
_NEEDS = {
    "": "nothing special",
    "decoration": "a decoration",
    "artwork": "artwork, a mockup or a proof",
    "purchase": "goods that must be bought",
    "goods": "goods that arrive: bought, or brought by the customer",
}
_WORK = {
    Work.ARTWORK: "artwork: files and proofs",
    Work.PURCHASING: "purchasing: what was ordered from vendors",
    Work.RECEIVING: "receiving: what came, damaged, wrong, short",
    Work.PRODUCTION: "production: good and rejected pieces",
    Work.PACKAGING: "packaging: packed pieces and boxes",
    Work.HANDOVER: "hand-over: shipped, picked up, delivered",
}
_CONDITIONS = ("methods", "tags", "fulfillment", "needs")


class RuleInput:
    """Inputs that are conditions of ``applies_to`` and no columns of their own."""

    @staticmethod
    def populate_obj(obj: Any, name: str) -> None:
        """Nothing here: ``DepartmentView`` puts the conditions together."""


class _Words(RuleInput, ListInput):
    pass


class _Ticks(RuleInput, TicksInput):
    pass


class _Choice(RuleInput, ChoiceInput):
    pass


class DepartmentView(ShopView):
    """The departments of the shop; a new one has its queue in the menu with the next page."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    deletes = True
    choices: ClassVar = {
        "stage": [(stage.value, stage.value) for stage in WORK_STAGES],
        "work": [(work.value, words) for work, words in _WORK.items()],
    }
    column_list = (
        "name", "stage", "work", "position", "waits_for", "applies_to", "lead_days",
        "capacity_minutes", "active",
    )  # fmt: skip
    column_details_list = (*column_list, "slug", "setup_minutes", "minutes_per_piece")
    column_export_list = column_details_list
    column_default_sort: ClassVar = [("position", False), ("name", False)]
    column_editable_list = ("position", "lead_days", "capacity_minutes", "active")
    column_filters = ("stage", "work", "active")
    column_labels: ClassVar = {
        "work": "Records",
        "waits_for": "Waits for",
        "applies_to": "For jobs with",
        "lead_days": "Working days",
        "capacity_minutes": "Minutes a day",
        "setup_minutes": "Minutes to set up",
        "minutes_per_piece": "Minutes a piece",
    }
    column_formatters: ClassVar = {
        "work": lambda view, context, row, name: row.work,
        "applies_to": lambda view, context, row, name: rule_in_words(row.applies_to),
    }
    column_formatters_export = column_formatters
    form_columns = (
        "name", "stage", "work", "position", "lead_days", "capacity_minutes", "setup_minutes",
        "minutes_per_piece", "active",
    )  # fmt: skip
    form_extra_fields: ClassVar = {
        "waits_for": TicksInput(
            "Waits for",
            offered=department_choices,
            description="Work may start when these departments are done, or have passed pieces on.",
        ),
        "methods": _Words(
            "Methods", description="Decorated like this, with commas: screen print, siebdruck"
        ),
        "tags": _Words("Product tags", description="Or made of products with one of these tags."),
        "fulfillment": _Ticks(
            "Handed over by",
            offered=lambda: [(way, way) for way in _WAYS],
            description="No tick: however it is handed over.",
        ),
        "needs": _Choice("Needs", choices=[(need, _NEEDS[need]) for need in NEEDS]),
    }
    sections: ClassVar = {
        "Which jobs it gets": ("methods", "tags", "fulfillment", "needs"),
        "How long it takes": (
            "lead_days", "capacity_minutes", "setup_minutes", "minutes_per_piece",
        ),
    }  # fmt: skip

    def values_of(self, row: Any) -> dict[str, Any]:
        """The conditions of a department."""
        rule = row.applies_to if row is not None else {}
        return {name: rule.get(name) or ("" if name == "needs" else []) for name in _CONDITIONS}

    def on_model_change(self, form: Any, model: Department, is_created: bool) -> None:
        """Put the conditions together, and refuse departments that wait for each other."""
        if is_created:
            model.slug = _free_slug(model.name)
        if "methods" in form:
            rule = {name: form[name].data for name in _CONDITIONS if form[name].data}
            Rule.from_row(rule)
            model.applies_to = rule
            _refuse_circles(model)


def _free_slug(name: str) -> str:
    taken = {row.slug for row in Department.select(Department.slug)}
    wanted = slug_of(name)
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(one for one in numbered if one not in taken)


def slug_of(name: str) -> str:
    """How a department is called in addresses: ``Screen print`` is ``screen-print``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:80] or "department"


def rule_in_words(rule: dict[str, Any]) -> str:
    """To which jobs a department applies, as one reads it."""
    if not rule:
        return "every job"
    either = [*rule.get("methods", ()), *(f"tag {tag}" for tag in rule.get("tags", ()))]
    parts = [" or ".join(either), " or ".join(rule.get("fulfillment", ()))]
    parts.append(_NEEDS.get(rule.get("needs", ""), "") if rule.get("needs") else "")
    return "; ".join(part for part in parts if part)


def _refuse_circles(department: Department) -> None:
    """Refuse a department that waits for itself, directly or round a corner.

    Raises:
        ShopError: names both departments.
    """
    others = Department.select(Department.slug, Department.name, Department.waits_for)
    waits = {other.slug: other.waits_for for other in others}
    waits[department.slug] = department.waits_for
    names = {other.slug: other.name for other in others}
    for slug in department.waits_for:
        if department.slug in _reached(slug, waits):
            raise ShopError(
                f"Waits for: {names.get(slug, slug)} waits for {department.name} already, so "
                "neither could ever start. Take one of both ticks away."
            )


def _reached(slug: str, waits: dict[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    coming = [slug]
    while coming:
        one = coming.pop()
        if one not in reached:
            reached.add(one)
            coming += waits.get(one, [])
    return reached
