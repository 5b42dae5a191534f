"""Which tabs a shared sheet has, which jobs stand in them, and which columns in what order."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from admin.shared_sheets import link_of, tabs_of
from errors import InvalidError
from models import Department, SheetColumn, SheetLink, SheetTab
from sync.sheets import layout_edits, turns
from sync.sheets.columns import choices_of_source, field_of, owners_of
from sync.sheets.layout_edits import ColumnWish, TabWish
from workflow import shop
from workflow.actors import Right
from workflow.stages import JOURNEY

OWNERS = (
    ("app", "App only"),
    ("both", "Both"),
    ("sheet", "Sheet"),
)
TIES = (("app", "App wins"), ("sheet", "Sheet wins"))


class SharedColumnScreen(Screen):
    """The editor of one sheet's layout."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/<int:link_id>/tabs")
    def tabs(self, link_id: int) -> str:
        """The tabs, each with its jobs and its columns."""
        return self._tabs(link_of(link_id), {}, None)

    @expose("/<int:link_id>/tabs", methods=("POST",))
    def add_tab(self, link_id: int) -> ResponseReturnValue:
        """Add a tab, such as one of a department."""
        link = link_of(link_id)
        try:
            tab = layout_edits.new_tab(link, _tab_wish(), auth.current_actor())
        except InvalidError as refusal:
            return self._tabs(link, refusal.problems, 0), 422
        flash(f"The tab “{tab.title}” appears in the sheet with the next look.", "success")
        return redirect(url_for(".columns", link_id=link.id, tab_id=tab.id))

    @expose("/<int:link_id>/tabs/<int:tab_id>", methods=("POST",))
    def save_tab(self, link_id: int, tab_id: int) -> ResponseReturnValue:
        """Change a tab's title and jobs."""
        link = link_of(link_id)
        tab = layout_edits.tab_of(link, tab_id)
        try:
            layout_edits.save_tab(tab, _tab_wish(), auth.current_actor())
        except InvalidError as refusal:
            return self._tabs(link, refusal.problems, tab.id), 422
        flash("Saved. The sheet follows with the next look.", "success")
        return redirect(url_for(".tabs", link_id=link.id))

    @expose("/<int:link_id>/tabs/<int:tab_id>/columns", methods=("GET", "POST"))
    def columns(self, link_id: int, tab_id: int) -> ResponseReturnValue:
        """The columns of one tab."""
        link = link_of(link_id)
        tab = layout_edits.tab_of(link, tab_id)
        wishes, problems = _wishes_of(tab), dict[str, str]()
        if request.method == "POST":
            wishes = _sent_wishes()
        if request.form.get("do", "save") != "save":
            wishes = _rearranged(wishes, request.form["do"], request.form.get("add", ""))
        elif request.method == "POST":
            try:
                layout_edits.save_columns(tab, wishes, auth.current_actor())
            except InvalidError as refusal:
                problems = refusal.problems
            else:
                turns.ask_now(link.id)
                flash("Saved. The sheet follows with the next look.", "success")
                return redirect(url_for(".columns", link_id=link.id, tab_id=tab.id))
        page = self.render(
            "pages/sheets/columns.html",
            link=link,
            tab=tab,
            rows=_rows(wishes),
            offered=_offered(wishes),
            owners=OWNERS,
            ties=TIES,
            problems=problems,
            tabs=tabs_of(link, "Tabs and columns"),
        )
        return page, 422 if problems else 200

    def _tabs(self, link: SheetLink, problems: dict[str, str], at: int | None) -> str:
        rows = list(SheetTab.select().where(SheetTab.link == link).order_by(SheetTab.position))
        page: str = self.render(
            "pages/sheets/tabs.html",
            link=link,
            rows=rows,
            problems=problems,
            at=at,
            sent=request.form,
            stages=[(stage.value, stage.value.capitalize()) for stage in JOURNEY],
            departments=[
                (row.id, row.name)
                for row in Department.select()
                .where(Department.active)
                .order_by(Department.position)
            ],
            tabs=tabs_of(link, "Tabs and columns"),
        )
        return page


def _departments() -> list[tuple[int, str]]:
    rows = Department.select().where(Department.active).order_by(Department.position)
    return [(row.id, row.name) for row in rows]


def _tab_wish() -> TabWish:
    form = request.form
    department = form.get("department", "")
    return TabWish(
        title=form.get("title", ""),
        stages=tuple(form.getlist("stage")),
        department_id=int(department) if department.isdecimal() and len(department) < 10 else None,
        takes_new_rows=bool(form.get("takes_new_rows")),
        active=bool(form.get("active")),
    )


def _wishes_of(tab: SheetTab) -> list[ColumnWish]:
    rows = SheetColumn.select().where((SheetColumn.tab == tab) & SheetColumn.active)
    return [
        ColumnWish(row.source, row.title, row.owner, row.tie, row.width, row.required)
        for row in rows.order_by(SheetColumn.position, SheetColumn.id)
    ]


def _sent_wishes() -> list[ColumnWish]:
    """The columns in the order the page had when it was sent."""
    form = request.form
    parts = [form.getlist(name) for name in ("source", "title", "owner", "tie", "width")]
    if len({len(part) for part in parts}) != 1:
        raise InvalidError({"columns": "they did not arrive whole: reload the page"})
    required = set(form.getlist("required"))
    return [
        ColumnWish(
            source=source,
            title=title,
            owner=owner,
            tie=tie,
            width=int(width) if width.isdecimal() and len(width) < 6 else 0,
            required=source in required,
        )
        for source, title, owner, tie, width in zip(*parts, strict=True)
    ]


def _rearranged(wishes: list[ColumnWish], do: str, add: str) -> list[ColumnWish]:
    """The page without scripts: one column more, one less, or one step up or down."""
    what, _, source = do.partition(":")
    labels = dict(_offered(wishes))
    if what == "add" and add in labels:
        owner = owners_of(add)[0]
        return [*wishes, ColumnWish(add, labels[add], owner, "app", 120)]
    at = next((at for at, wish in enumerate(wishes) if wish.source == source), None)
    if at is None:
        return wishes
    moved = wishes.pop(at)
    if what != "drop":
        wishes.insert(max(at + (1 if what == "down" else -1), 0), moved)
    return wishes


def _rows(wishes: list[ColumnWish]) -> list[dict[str, Any]]:
    catalogue = shop.catalogue()
    found = []
    for wish in wishes:
        field = field_of(wish.source, catalogue)
        may_own = owners_of(wish.source)
        found.append(
            {
                "wish": wish,
                "label": field.label if field else wish.source,
                "owners": [one for one in OWNERS if one[0] in may_own],
            }
        )
    return found


def _offered(wishes: list[ColumnWish]) -> list[tuple[str, str]]:
    there = {wish.source for wish in wishes}
    found = choices_of_source(shop.catalogue())
    return [(source, label) for source, label in found if source not in there]
