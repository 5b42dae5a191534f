"""Connecting a sheet: which one, under whose name, may we write there, and what we will write."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from admin.shared_sheets import link_of, tabs_of
from errors import InvalidError, ShopError
from models import SheetLink, transaction
from sync.sheets import accounts, backends, layouts, turns
from sync.sheets.google import access_of_key
from workflow.actors import Right

_LARGEST_KEY = 20_000


class SharedConnectScreen(Screen):
    """The steps from nothing to a sheet that is kept."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/connect", methods=("GET", "POST"))
    def connect(self) -> ResponseReturnValue:
        """First step: what kind of sheet, and what people here call it."""
        values = request.form if request.method == "POST" else {"kind": "google"}
        problem = ""
        if request.method == "POST":
            try:
                link = _begin(values.get("name", ""), values.get("kind", ""), values)
            except ShopError as refusal:
                problem = str(refusal)
            else:
                return redirect(url_for(".place", link_id=link.id))
        other = accounts.other()
        page = self.render(
            "pages/sheets/connect.html",
            values=values,
            problem=problem,
            known_account=other.account if other else "",
        )
        return page, 422 if problem else 200

    @expose("/<int:link_id>/place", methods=("GET", "POST"))
    def place(self, link_id: int) -> ResponseReturnValue:
        """Second step: where it lies; checked before anything is written."""
        link = link_of(link_id)
        if link.backend == "google" and not link.secret:
            return redirect(url_for(".account", link_id=link.id))
        problem, seen = "", None
        address = request.form.get("address", link.address).strip()
        if request.method == "POST":
            try:
                seen = backends.look_at(link, address)
            except ShopError as refusal:
                problem = str(refusal)
        page = self.render(
            "pages/sheets/place.html",
            link=link,
            address=address,
            problem=problem,
            seen=seen,
            layouts=layouts.plans_of(link) if seen else [],
        )
        return page, 422 if problem else 200

    @expose("/<int:link_id>/begin", methods=("POST",))
    def begin(self, link_id: int) -> ResponseReturnValue:
        """Third step: from now on it is kept."""
        link = link_of(link_id)
        address = request.form.get("address", "").strip()
        backends.look_at(link, address)
        values = {"address": address, "active": True, "next_try_at": None, "options": {}}
        SheetLink.update(values).where(SheetLink.id == link.id).execute()
        turns.ask_now(link.id)
        flash("Connected. The worker lays it out and fills it now.", "success")
        return redirect(url_for("shared_sheets.show", link_id=link.id))

    @expose("/<int:link_id>/discard", methods=("POST",))
    def discard(self, link_id: int) -> ResponseReturnValue:
        """Forget a sheet; what stands in it stays there, and so do the orders."""
        link = link_of(link_id)
        if link.active:
            raise ShopError("Switch it off first: then nobody writes there while it is forgotten.")
        link.delete_instance(recursive=False)
        flash(f"'{link.name}' is forgotten here. The sheet itself was not touched.", "success")
        return redirect(url_for("shared_sheets.index_view"))

    # ------------------------------------------------------------ the account

    @expose("/<int:link_id>/account", methods=("GET", "POST"))
    def account(self, link_id: int) -> ResponseReturnValue:
        """Under whose name we write: a key, or a person who agrees."""
        link = link_of(link_id)
        problem, agree_at = "", ""
        if request.method == "POST":
            try:
                agree_at = _take_account(link)
            except ShopError as refusal:
                problem = str(refusal)
            else:
                if not agree_at:
                    flash(f"We write as {link.account} from now on.", "success")
                    return redirect(_next_page(link))
        page = self.render(
            "pages/sheets/account.html",
            link=link,
            problem=problem,
            agree_at=agree_at,
            back_to=accounts.back_to(),
            client_id=request.form.get("client_id", ""),
            tabs=tabs_of(link, "Account") if link.address else [],
        )
        return page, 422 if problem else 200

    @expose("/agreed")
    def agreed(self) -> ResponseReturnValue:
        """Somebody comes back from Google."""
        if request.args.get("error"):
            raise ShopError("You did not agree, so nothing has changed. You may do it later.")
        state, code = request.args.get("state", ""), request.args.get("code", "")
        link = accounts.person_agreed(state, code, auth.current_actor())
        flash(f"We write as {link.account} from now on.", "success")
        return redirect(_next_page(link))


def _next_page(link: SheetLink) -> str:
    if not link.address:
        return url_for("shared_connect.place", link_id=link.id)
    turns.ask_now(link.id)
    return url_for("shared_sheets.show", link_id=link.id)


def _begin(name: str, kind: str, values: Any) -> SheetLink:
    actor = auth.current_actor()
    with transaction():
        link = layouts.connect(name, kind, "", actor)
        SheetLink.update(active=False).where(SheetLink.id == link.id).execute()
        if kind == "google" and values.get("account") == "known":
            known = accounts.other(link)
            if known is not None:
                accounts.use_same(link, known, actor)
    return link


def _take_account(link: SheetLink) -> str:
    """Store the key that was sent; for a person, where they have to agree."""
    actor = auth.current_actor()
    if request.form.get("how") == "person":
        form = request.form
        asked = accounts.ask_person(
            link, form.get("client_id", ""), form.get("client_secret", ""), actor
        )
        return asked.url()
    file = request.files.get("key")
    text = file.read(_LARGEST_KEY).decode("utf-8", "replace") if file else ""
    if not text:
        raise InvalidError({"Key file": "choose the JSON file that Google saved"})
    accounts.keep(link, access_of_key(text), accounts.KEY, actor)
    return ""
