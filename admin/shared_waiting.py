"""What a shared sheet asks a person: collided values, rows that are gone, too much at once."""

from datetime import datetime
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from admin.shared_sheets import link_of, require, tabs_of
from admin.shared_words import seen
from errors import InvalidError, NotFoundError
from models import SheetLink
from sync.sheets import breaker, conflicts, removed, turns
from workflow.actors import Right

_MOST = 200


class SharedWaitingScreen(Screen):
    """The three lists of one shared sheet that wait for an answer."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.CHANGE_ORDERS}

    @expose("/<int:link_id>/conflicts")
    def conflicts(self, link_id: int) -> str:
        """Values that collided, side by side."""
        link = link_of(link_id)
        return self.render(
            "pages/sheets/conflicts.html",
            link=link,
            rows=seen(conflicts.waiting(link, limit=_MOST)),
            tabs=tabs_of(link, "Conflicts"),
            may_settle=self.may("edit"),
        )

    @expose("/<int:link_id>/conflicts/<int:event_id>/apply", methods=("POST",))
    def apply(self, link_id: int, event_id: int) -> ResponseReturnValue:
        """Use the value that had lost, by the rights of whoever clicked and the shop's rules."""
        require(Right.CHANGE_ORDERS)
        link = _link_of_event(link_id, event_id)
        event = conflicts.apply_other(event_id, auth.current_actor())
        turns.ask_now(link.id)
        flash(f"{event.title}: “{event.lost}” counts now; the sheet shows it soon.", "success")
        return redirect(url_for(".conflicts", link_id=link.id))

    @expose("/<int:link_id>/conflicts/<int:event_id>/leave", methods=("POST",))
    def leave(self, link_id: int, event_id: int) -> ResponseReturnValue:
        """Leave it as it stands."""
        require(Right.CHANGE_ORDERS)
        link = _link_of_event(link_id, event_id)
        event = conflicts.leave(event_id, auth.current_actor())
        turns.ask_now(link.id)
        flash(f"{event.title}: it stays as it is.", "success")
        return redirect(url_for(".conflicts", link_id=link.id))

    @expose("/<int:link_id>/removed")
    def removed(self, link_id: int) -> str:
        """Rows that somebody deleted in the sheet."""
        link = link_of(link_id)
        return self.render(
            "pages/sheets/removed.html",
            link=link,
            rows=removed.waiting(link, limit=_MOST),
            tabs=tabs_of(link, "Removed rows"),
            may_settle=self.may("edit"),
            may_cancel=auth.may(Right.CANCEL),
        )

    @expose("/<int:link_id>/removed", methods=("POST",))
    def decide(self, link_id: int) -> ResponseReturnValue:
        """Put the ticked rows back, or leave them out."""
        require(Right.CHANGE_ORDERS)
        link = link_of(link_id)
        ours = {row.id for row in removed.waiting(link, limit=_MOST)}
        ticked = [id for id in request.form.getlist("row", type=int) if id in ours]
        if not ticked:
            raise InvalidError({"rows": "tick the rows that are meant; or reload the page"})
        actor = auth.current_actor()
        if request.form.get("do") == "archive":
            count = removed.archive(ticked, actor)
            words = "stays out of the sheet; its order goes on"
        else:
            count = removed.restore(ticked, actor)
            words = "is put back into the sheet"
        turns.ask_now(link.id)
        flash(f"{count} row{'s' * (count != 1)}: each {words}.", "success")
        return redirect(url_for(".removed", link_id=link.id))

    @expose("/<int:link_id>/stopped")
    def stopped(self, link_id: int) -> str:
        """The breaker: what would change, and the two answers."""
        link = link_of(link_id)
        opened = breaker.opened(link)
        hit = breaker.hit(link, limit=_MOST)
        return self.render(
            "pages/sheets/stopped.html",
            link=link,
            opened=opened,
            since=datetime.fromisoformat(opened.since) if opened else None,
            orders=hit,
            more=max(opened.missing + opened.emptied + opened.changed - len(hit), 0)
            if opened
            else 0,
            tabs=tabs_of(link, "Stopped"),
            may_answer=auth.may(Right.SET_UP),
        )

    @expose("/<int:link_id>/stopped", methods=("POST",))
    def answer(self, link_id: int) -> ResponseReturnValue:
        """Take over what was changed, or put the sheet back."""
        require(Right.SET_UP)
        link = link_of(link_id)
        answers: dict[str | None, Any] = {"accept": breaker.accept, "restore": breaker.restore}
        answer = answers.get(request.form.get("do"))
        if answer is None:
            raise InvalidError({"answer": "press one of the two buttons"})
        answer(link, auth.current_actor())
        turns.ask_now(link.id)
        flash("The worker does it now; this page says when it is done.", "info")
        return redirect(url_for("shared_sheets.show", link_id=link.id))


def _link_of_event(link_id: int, event_id: int) -> SheetLink:
    link = link_of(link_id)
    if not 0 < event_id < 2**31 or not conflicts.is_of(link, event_id):
        raise NotFoundError("There is no such conflict in this sheet. Reload the list.")
    return link
