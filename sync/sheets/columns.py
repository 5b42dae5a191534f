"""What a column of a shared sheet can be: any field of the catalogue, and what the shop derives.

Pure.  A column's source is ``order.<field>``, ``job.<field>`` or ``shown.<name>``; the last are
worked out by the shop (stages are never typed), so only the app writes them.
"""

from dataclasses import dataclass

from sync.sheets.shapes import ColumnLayout
from workflow.fields import Catalogue, Field, Kind, Level
from workflow.stages import HOLD_REASONS

APP, BOTH, SHEET = "app", "both", "sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a tab: its source, its field, who owns it, and who wins a tie."""

    key: str
    title: str
    field: Field
    owner: str = APP
    tie: str = APP
    required: bool = False
    width: int = 120

    @property
    def editable(self) -> bool:
        """Whether a manager may change it in the sheet."""
        return self.owner != APP


def _shown(name: str, label: str, kind: Kind = Kind.LONG) -> Field:
    return Field(name=name, label=label, level=Level.JOB, kind=kind)


#: What the shop works out for a job, by name.
SHOWN: dict[str, Field] = {
    field.name: field
    for field in (
        _shown("number", "Order"),
        _shown("customer", "Customer"),
        _shown("what", "What"),
        _shown("pieces", "Pieces", Kind.NUMBER),
        _shown("stage", "Stage"),
        _shown("waiting", "Waits for"),
        _shown("departments", "Departments"),
        _shown("alert", "Urgent"),
        _shown("hand_over", "Hand-over"),
        _shown("total", "Total", Kind.MONEY),
    )
}

#: What a job has besides the shop's own fields of jobs.
JOB: dict[str, Field] = {
    field.name: field
    for field in (
        Field("in_hands", "In hands", Level.JOB, Kind.DATE),
        Field("firm", "Firm", Level.JOB, Kind.YES_NO),
        Field("hold", "On hold", Level.JOB, Kind.CHOICE, choices=tuple(HOLD_REASONS.values())),
    )
}

#: The columns of the tab that lists what collided.
CONFLICT: dict[str, Field] = {
    field.name: field
    for field in (
        _shown("at", "When"),
        _shown("order", "Order"),
        _shown("column", "Column"),
        _shown("kept", "Stands now"),
        _shown("lost", "Other value"),
        _shown("who", "Whose"),
        _shown("why", "Why"),
        _shown("outcome", "Settled"),
    )
}

#: Old and other names of our columns: a header in those words is still ours.
ALIASES: dict[str, tuple[str, ...]] = {
    "shown.number": ("order no", "order number", "job", "job number", "no"),
    "shown.customer": ("client", "account"),
    "shown.what": ("description", "item", "product"),
    "shown.pieces": ("qty", "quantity", "pcs"),
    "shown.stage": ("status",),
    "order.po_number": ("po", "po no", "purchase order"),
    "job.in_hands": ("due", "due date", "in hands date", "deadline"),
    "order.priority": ("prio",),
    "order.internal_notes": ("notes", "note", "manager note", "remarks"),
}

_KINDS: dict[Kind, str] = {
    **dict.fromkeys((Kind.NUMBER, Kind.WHOLE, Kind.QUANTITY, Kind.PERCENT), "number"),
    **dict.fromkeys((Kind.MONEY, Kind.PRICE), "money"),
    Kind.DATE: "date",
    Kind.YES_NO: "yes_no",
    Kind.CHOICE: "choice",
}


def field_of(source: str, catalogue: Catalogue) -> Field | None:
    """The field behind a column's source, or None where the shop has no such field (any more)."""
    level, _, name = source.partition(".")
    if level == "shown":
        return SHOWN.get(name)
    if level == "conflict":
        return CONFLICT.get(name)
    if level == "job":
        return JOB.get(name) or catalogue.get(Level.JOB, name)
    return catalogue.get(Level.ORDER, name) if level == "order" else None


def choices_of_source(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Every source a column may have, with its label, in the order of a form."""
    derived = [(f"shown.{name}", field.label) for name, field in SHOWN.items()]
    jobs = [(f"job.{name}", field.label) for name, field in JOB.items()]
    own = [(f"job.{field.name}", field.label) for field in catalogue.of(Level.JOB)]
    order = [(f"order.{field.name}", field.label) for field in catalogue.of(Level.ORDER)]
    return [*derived, *jobs, *own, *order]


def owners_of(source: str) -> tuple[str, ...]:
    """Who may own a column: what the shop derives belongs to the app alone."""
    return (APP,) if source.startswith(("shown.", "conflict.")) else (APP, BOTH, SHEET)


def layout_of_column(column: Column) -> ColumnLayout:
    """How a column is laid out in the workbook."""
    return ColumnLayout(
        key=column.key,
        title=column.title,
        kind=_KINDS.get(column.field.kind, "text"),
        owner=column.owner,
        choices=column.field.choices,
        width=column.width,
    )
