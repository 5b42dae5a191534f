"""Which tabs and columns a workbook has: rows of the database, edited in the admin."""

import secrets
from dataclasses import dataclass

from errors import InvalidError
from models import Department, Role, SheetColumn, SheetLink, SheetTab, transaction
from sync.sheets.columns import APP, BOTH, CONFLICT, SHEET, Column, field_of, layout_of_column
from sync.sheets.shapes import IDENTITY, STAMP, ColumnLayout, TabLayout
from workflow import shop
from workflow.actors import Actor, Right
from workflow.fields import Catalogue

ORDERS, ARCHIVE, CONFLICTS = "orders", "archive", "conflicts"
BACKENDS = ("workbook", "google")

#: What a new tab of jobs shows: source, title, owner, who wins a tie, width, required.
STARTING_COLUMNS: tuple[tuple[str, str, str, str, int, bool], ...] = (
    ("shown.number", "Order", APP, APP, 80, False),
    ("shown.customer", "Customer", APP, APP, 180, True),
    ("shown.what", "What", APP, APP, 240, True),
    ("shown.pieces", "Pieces", APP, APP, 70, True),
    ("order.po_number", "PO number", BOTH, APP, 110, False),
    ("job.in_hands", "In hands", BOTH, APP, 90, False),
    ("job.firm", "Firm", BOTH, APP, 60, False),
    ("order.priority", "Priority", BOTH, APP, 80, False),
    ("shown.stage", "Stage", APP, APP, 90, False),
    ("shown.waiting", "Waits for", APP, APP, 200, False),
    ("shown.departments", "Departments", APP, APP, 240, False),
    ("shown.alert", "Urgent", APP, APP, 80, False),
    ("job.hold", "On hold", BOTH, APP, 120, False),
    ("order.internal_notes", "Notes", SHEET, SHEET, 260, False),
)
_HIDDEN = (
    ColumnLayout(IDENTITY, IDENTITY, hidden=True),
    ColumnLayout(STAMP, STAMP, hidden=True),
)


@dataclass(frozen=True, slots=True)
class TabPlan:
    """One tab with its columns, as the merge needs it."""

    tab: SheetTab
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """What the backend calls it."""
        return self.tab.key

    @property
    def jobs(self) -> bool:
        """Whether managers answer back in it."""
        return self.tab.kind == "jobs"


def connect(
    name: str, backend: str, address: str, actor: Actor, *, role: Role | None = None
) -> SheetLink:
    """Connect a workbook: its link with the tabs and columns a shop starts with.

    Nothing is written into the workbook; the first cycle lays it out and fills it.

    Args:
        name: what people here call it.
        backend: one of ``BACKENDS``.
        address: URL of the Google workbook, or path of the file.
        actor: who connects it.
        role: what people who edit the sheet may do; without one the shop's role "Manager".

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        InvalidError: the name is taken or empty, or there is no such backend.
    """
    actor.require(Right.SET_UP)
    problems = {}
    if not name.strip():
        problems["name"] = "give the workbook a name"
    elif SheetLink.select().where(SheetLink.name == name.strip()).exists():
        problems["name"] = f"a workbook is called '{name.strip()}' already; choose another name"
    if backend not in BACKENDS:
        problems["backend"] = f"'{backend}' is not one of {', '.join(BACKENDS)}"
    if problems:
        raise InvalidError(problems)
    with transaction():
        link = SheetLink.create(
            name=name.strip(),
            backend=backend,
            address=address.strip(),
            role=role or Role.get_or_none(Role.name == "Manager"),
            salt=secrets.token_hex(16),
            created_by=actor.name[:120],
        )
        add_tab(link, ORDERS, "Orders", takes_new_rows=True)
        add_tab(link, ARCHIVE, "Archive", kind="archive")
        add_tab(link, CONFLICTS, "Conflicts", kind="conflicts")
    return link


def add_tab(
    link: SheetLink,
    key: str,
    title: str,
    *,
    kind: str = "jobs",
    department: Department | None = None,
    takes_new_rows: bool = False,
) -> SheetTab:
    """Add a tab with its starting columns: of all live jobs, or of one department's."""
    with transaction():
        position = SheetTab.select().where(SheetTab.link == link).count()
        tab = SheetTab.create(
            link=link, key=key, title=title, kind=kind, position=position,
            department=department, takes_new_rows=takes_new_rows,
        )  # fmt: skip
        for place, (source, name, owner, tie, width, required) in enumerate(_columns_for(kind)):
            SheetColumn.create(
                tab=tab, source=source, title=name, position=place, width=width,
                owner=owner, tie=tie, required=required,
            )  # fmt: skip
    return tab


def _columns_for(kind: str) -> list[tuple[str, str, str, str, int, bool]]:
    if kind == "jobs":
        return list(STARTING_COLUMNS)
    if kind == "archive":
        return [(s, title, APP, APP, w, False) for s, title, _o, _t, w, _r in STARTING_COLUMNS]
    return [(f"conflict.{n}", f.label, APP, APP, 160, False) for n, f in CONFLICT.items()]


def plans_of(link: SheetLink, catalogue: Catalogue | None = None) -> list[TabPlan]:
    """The tabs of a workbook with the columns whose fields the shop still has."""
    fields = catalogue or shop.catalogue()
    tabs = list(
        SheetTab.select()
        .where((SheetTab.link == link) & SheetTab.active)
        .order_by(SheetTab.position, SheetTab.id)
    )
    rows = (
        SheetColumn.select()
        .where(SheetColumn.tab.in_([tab.id for tab in tabs]) & SheetColumn.active)
        .order_by(SheetColumn.position, SheetColumn.id)
    )
    columns: dict[int, list[Column]] = {}
    for row in rows:
        field = field_of(row.source, fields)
        if field is not None:
            columns.setdefault(row.tab_id, []).append(
                Column(row.source, row.title, field, row.owner, row.tie, row.required, row.width)
            )
    return [TabPlan(tab, tuple(columns.get(tab.id, ()))) for tab in tabs]


def layout_of(link: SheetLink) -> list[TabLayout]:
    """The workbook as it ought to be: what ``Backend.lay_out`` is given."""
    return [layout_of_tab(plan) for plan in plans_of(link)]


def layout_of_tab(plan: TabPlan) -> TabLayout:
    """One tab as it ought to be, the two hidden columns last."""
    shown = tuple(layout_of_column(column) for column in plan.columns)
    return TabLayout(plan.key, plan.tab.title, shown + _HIDDEN, read_only=not plan.jobs)
