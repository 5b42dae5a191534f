"""One's own account: what one may do, and a new password."""

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_login import current_user, login_user

import auth
from admin.access import Screen
from errors import InvalidError
from models import Department, PersonDepartment
from workflow.actors import WHAT_RIGHTS_MEAN


class MeScreen(Screen):
    """The page behind one's own name."""

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show what one may do; take a new password."""
        problem = ""
        if request.method == "POST":
            try:
                _change_password(current_user.person, request.form)
            except InvalidError as refusal:
                problem = " ".join(refusal.problems.values())
            else:
                flash("Your password is changed. Other devices were signed out.", "success")
                return redirect(self.get_url(".index"))
        actor = auth.current_actor()
        page = self.render(
            "pages/me/me.html",
            person=current_user.person,
            may_do=[words for right, words in WHAT_RIGHTS_MEAN.items() if actor.may(right)],
            departments=_departments_of(current_user.person),
            problem=problem,
            shortest=auth.SHORTEST_PASSWORD,
        )
        return page, 422 if problem else 200


def _departments_of(person: Any) -> list[str]:
    mine = Department.select(Department.name).join(PersonDepartment)
    rows = mine.where(PersonDepartment.person == person).order_by(Department.position)
    return [row.name for row in rows]


def _change_password(person: Any, sent: Any) -> None:
    """Take the new password after the old one was shown.

    Raises:
        InvalidError: the old one is wrong, both new ones differ, or it is no good.
    """
    if not auth.may_try_password(person):
        raise InvalidError({"old": "Too many attempts. Wait five minutes, then try again."})
    if not auth.verify(person.password_hash, sent.get("old", "")):
        raise InvalidError({"old": "The old password is wrong."})
    if sent.get("new", "") != sent.get("again", ""):
        raise InvalidError({"again": "The two new passwords differ. Type both again."})
    auth.set_password(person, sent.get("new", ""))
    person.save()
    login_user(current_user._get_current_object())  # this session goes on with the new key
