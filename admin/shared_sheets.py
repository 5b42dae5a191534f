"""The shared sheets: how each one stands, what waits for a person, and its log."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from peewee import fn

import auth
from admin.access import Screen
from admin.shared_words import seen
from errors import ForbiddenError, NotFoundError
from models import SheetLink, SheetRow, SheetTab
from sync.sheets import breaker, conflicts, layouts, mirror, turns
from sync.sheets.standing import Waiting, standing, waiting
from workflow.actors import Right

LOG_ROWS = 100


def link_of(link_id: int) -> SheetLink:
    """A shared sheet.

    Raises:
        NotFoundError: there is none.
    """
    found = SheetLink.get_or_none(SheetLink.id == link_id) if link_id < 2**31 else None
    if found is None:
        raise NotFoundError("There is no such shared sheet. Go back to the list.")
    return found


def tabs_of(link: SheetLink, active: str, counts: Waiting | None = None) -> list[dict[str, Any]]:
    """The tabs over every page of one sheet."""
    counts = counts or waiting(link)
    found = [
        ("Overview", "shared_sheets.show", None, False),
        ("Conflicts", "shared_waiting.conflicts", counts.conflicts, counts.conflicts > 0),
        ("Removed rows", "shared_waiting.removed", counts.removed, counts.removed > 0),
        ("Log", "shared_sheets.log", None, False),
    ]
    if counts.breaker or active == "Stopped":
        found.insert(1, ("Stopped", "shared_waiting.stopped", 1 if counts.breaker else None, True))
    if auth.may(Right.SET_UP):
        found.append(("Tabs and columns", "shared_columns.tabs", None, False))
        found.append(("Account", "shared_connect.account", None, False))
    return [
        {
            "label": label,
            "url": url_for(endpoint, link_id=link.id),
            "active": label == active,
            "count": count,
            "hot": hot,
        }
        for label, endpoint, count, hot in found
        if label != "Account" or link.backend == "google"
    ]


class SharedSheetScreen(Screen):
    """The list of shared sheets and the page of each."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.SET_UP}

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Every shared sheet with how it stands; the only one at once."""
        links = list(SheetLink.select().order_by(SheetLink.name))
        if len(links) == 1 and not request.args.get("all"):
            return redirect(url_for(".show", link_id=links[0].id))
        rows = [(link, standing(link), waiting(link)) for link in links]
        return self.render("pages/sheets/list.html", rows=rows, may_connect=self.may("edit"))

    @expose("/<int:link_id>")
    def show(self, link_id: int) -> str:
        """One shared sheet."""
        link = link_of(link_id)
        counts = waiting(link)
        return self.render(
            "pages/sheets/show.html",
            link=link,
            stands=standing(link),
            opened=breaker.opened(link) if counts.breaker else None,
            waits=counts,
            tabs=tabs_of(link, "Overview", counts),
            parts=_parts(link),
            latest=seen(conflicts.log(link, limit=10)),
            may_edit=self.may("edit"),
        )

    @expose("/<int:link_id>/strip")
    def strip(self, link_id: int) -> str:
        """The status strip alone, as the page refreshes it."""
        link = link_of(link_id)
        return self.render("pages/sheets/strip.html", link=link, stands=standing(link))

    @expose("/<int:link_id>/log")
    def log(self, link_id: int) -> str:
        """What happened between sheet and shop, newest first."""
        link = link_of(link_id)
        before = request.args.get("before", type=int)
        rows = conflicts.log(link, before=before, limit=LOG_ROWS + 1)
        older = rows[LOG_ROWS - 1].id if len(rows) > LOG_ROWS else None
        return self.render(
            "pages/sheets/log.html",
            link=link,
            rows=seen(rows[:LOG_ROWS]),
            tabs=tabs_of(link, "Log"),
            older=url_for(".log", link_id=link.id, before=older) if older else "",
            newest=url_for(".log", link_id=link.id) if before else "",
        )

    @expose("/<int:link_id>/sync", methods=("POST",))
    def sync(self, link_id: int) -> ResponseReturnValue:
        """Ask the worker to look now."""
        require(Right.CHANGE_ORDERS)
        link = link_of(link_id)
        turns.ask_now(link.id)
        flash("The worker looks now; this page says what it found.", "info")
        return redirect(url_for(".show", link_id=link.id))

    @expose("/<int:link_id>/recreate", methods=("POST",))
    def recreate(self, link_id: int) -> ResponseReturnValue:
        """Lay out again what somebody deleted."""
        require(Right.SET_UP)
        link = link_of(link_id)
        mirror.recreate(link)
        turns.ask_now(link.id)
        flash("What is missing in the sheet is made again now.", "success")
        return redirect(url_for(".show", link_id=link.id))

    @expose("/<int:link_id>/switch", methods=("POST",))
    def switch(self, link_id: int) -> ResponseReturnValue:
        """Switch a sheet off or on."""
        require(Right.SET_UP)
        link = link_of(link_id)
        SheetLink.update(active=~SheetLink.active, next_try_at=None).where(
            SheetLink.id == link.id
        ).execute()
        words = "Switched off: nothing is read or written." if link.active else "Switched on."
        flash(words, "success")
        return redirect(url_for(".show", link_id=link.id))


def require(right: Right) -> None:
    """Stop whoever may not change this of a shared sheet, before it is looked up.

    Raises:
        ForbiddenError: the right is missing.
    """
    if not auth.may(right):
        raise ForbiddenError("You may not do this with a shared sheet. Ask an owner.")


def _parts(link: SheetLink) -> list[dict[str, Any]]:
    """The tabs of the sheet: what stands in them and how many rows."""
    counted: Any = (
        SheetRow.select(SheetRow.tab, fn.COUNT(SheetRow.id).alias("rows"))
        .join(SheetTab)
        .where((SheetTab.link == link) & (SheetRow.state.in_(("live", "adding"))))
        .group_by(SheetRow.tab)
        .tuples()
    )
    rows = dict(counted)
    return [
        {
            "title": plan.tab.title,
            "rows": rows.get(plan.tab.id, 0),
            "columns": ", ".join(column.title for column in plan.columns),
            "editable": ", ".join(c.title for c in plan.columns if c.editable and plan.jobs),
        }
        for plan in layouts.plans_of(link)
    ]
