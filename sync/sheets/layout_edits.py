"""What a person changes about a sheet's tabs and columns; the next cycle lays it out anew."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from errors import InvalidError, NotFoundError
from models import Department, SheetColumn, SheetLink, SheetTab, transaction
from sync.sheets import layouts
from sync.sheets.columns import APP, SHEET, field_of, owners_of
from sync.sheets.shapes import IDENTITY, STAMP
from workflow import shop
from workflow.actors import Actor, Right
from workflow.stages import Stage

LEAST_WIDTH, MOST_WIDTH = 40, 800
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ColumnWish:
    """One column as somebody wants it; their order is the columns' order."""

    source: str
    title: str
    owner: str
    tie: str
    width: int
    required: bool = False
    shown: bool = True


def tab_of(link: SheetLink, tab_id: int) -> SheetTab:
    """A tab of a sheet.

    Raises:
        NotFoundError: there is none.
    """
    found: SheetTab | None = SheetTab.get_or_none((SheetTab.id == tab_id) & (SheetTab.link == link))
    if found is None:
        raise NotFoundError("There is no such tab. Go back to the sheet.")
    return found


def save_columns(tab: SheetTab, wishes: Sequence[ColumnWish], actor: Actor) -> None:
    """Make a tab's columns what somebody wants; what is not named any more is not shown.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        InvalidError: a title or an owner does not fit; names the column.
    """
    actor.require(Right.SET_UP)
    problems = _problems(tab, wishes)
    if problems:
        raise InvalidError(problems)
    with transaction():
        SheetColumn.update(active=False).where(SheetColumn.tab == tab).execute()
        for position, wish in enumerate(wishes):
            values = {
                "title": wish.title.strip(),
                "owner": wish.owner,
                "tie": wish.tie if wish.owner != APP else APP,
                "width": wish.width,
                "required": wish.required,
                "active": wish.shown,
                "position": position,
            }
            mine = (SheetColumn.tab == tab) & (SheetColumn.source == wish.source)
            if not SheetColumn.update(values).where(mine).execute():
                SheetColumn.create(tab=tab, source=wish.source, **values)
        _lay_out_anew(tab.link_id)


def _problems(tab: SheetTab, wishes: Sequence[ColumnWish]) -> dict[str, str]:
    catalogue = shop.catalogue()
    titles: set[str] = {IDENTITY, STAMP}
    sources: set[str] = set()
    problems: dict[str, str] = {}
    for wish in wishes:
        name = wish.title.strip()
        if field_of(wish.source, catalogue) is None or wish.source in sources:
            said = "this column is not there, or there twice: reload the page"
        elif wish.shown and name.casefold() in titles:
            said = "another column has this heading: choose a different one"
        else:
            said = _problem(wish, name)
        if said:
            problems[name or wish.source] = said
        sources.add(wish.source)
        if wish.shown:
            titles.add(name.casefold())
    if not any(wish.shown for wish in wishes):
        problems[tab.title] = "show at least one column"
    return problems


def _problem(wish: ColumnWish, name: str) -> str:
    if not name or len(name) > _LONGEST:
        return f"give the column a heading of at most {_LONGEST} characters"
    if wish.owner not in owners_of(wish.source) or wish.tie not in (APP, SHEET):
        return "only the app can write this column"
    if not LEAST_WIDTH <= wish.width <= MOST_WIDTH:
        return f"use a width from {LEAST_WIDTH} to {MOST_WIDTH}"
    return ""


@dataclass(frozen=True, slots=True)
class TabWish:
    """A tab as somebody wants it: its title and which jobs stand in it."""

    title: str
    stages: tuple[str, ...] = ()
    department_id: int | None = None
    takes_new_rows: bool = False
    active: bool = True


def save_tab(tab: SheetTab, wish: TabWish, actor: Actor) -> SheetTab:
    """Change a tab.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        InvalidError: the title is taken or no title, or a stage or department is unknown.
    """
    actor.require(Right.SET_UP)
    _refuse(tab.link, wish, tab.id)
    values: dict[str, Any] = {"title": wish.title.strip(), "active": wish.active}
    if tab.kind == "jobs":
        values |= {
            "stages": list(wish.stages),
            "department": wish.department_id,
            "takes_new_rows": wish.takes_new_rows,
        }
    with transaction():
        SheetTab.update(values).where(SheetTab.id == tab.id).execute()
        _lay_out_anew(tab.link_id)
    found: SheetTab = SheetTab.get_by_id(tab.id)
    return found


def new_tab(link: SheetLink, wish: TabWish, actor: Actor) -> SheetTab:
    """Add a tab of jobs with the columns a tab starts with.

    Raises:
        ForbiddenError: the actor may not change the shop's set-up.
        InvalidError: the title is taken or no title, or a stage or department is unknown.
    """
    actor.require(Right.SET_UP)
    _refuse(link, wish, None)
    with transaction():
        tab = layouts.add_tab(link, _free_key(link, wish.title), wish.title.strip())
        return save_tab(tab, wish, actor)


def _refuse(link: SheetLink, wish: TabWish, tab_id: int | None) -> None:
    problems: dict[str, str] = {}
    title = wish.title.strip()
    others = SheetTab.select().where((SheetTab.link == link) & (SheetTab.id != (tab_id or 0)))
    if not title or len(title) > _LONGEST or set(title) & set("[]*?/\\:'"):
        problems["title"] = f"at most {_LONGEST} characters, none of [ ] * ? / \\ : '"
    elif title.casefold() in {other.title.casefold() for other in others}:
        problems["title"] = "another tab of this sheet is called that"
    if set(wish.stages) - {stage.value for stage in Stage}:
        problems["stages"] = "choose from the list"
    if wish.department_id is not None and not Department.get_or_none(
        Department.id == wish.department_id
    ):
        problems["department"] = "choose from the list"
    if problems:
        raise InvalidError(problems)


def _free_key(link: SheetLink, title: str) -> str:
    taken = {tab.key for tab in SheetTab.select(SheetTab.key).where(SheetTab.link == link)}
    key = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:30] or "tab"
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}_{number}"
    return free


def _lay_out_anew(link_id: int) -> None:
    SheetLink.update(laid_out="", next_try_at=None).where(SheetLink.id == link_id).execute()
