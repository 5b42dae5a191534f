"""People, what they may do, programs that act for the shop, and who logged in when."""

from typing import Any, ClassVar

from flask import flash, g
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from wtforms import PasswordField

import auth
import clock
from admin.inputs import TicksInput
from admin.views import ShopView
from admin.writing import MOST_AT_ONCE
from errors import ShopError
from models import ApiToken, Department, Person, PersonDepartment, Role, transaction
from web.words import plural
from workflow.actors import WHAT_RIGHTS_MEAN, Right

_RIGHTS = [(right.value, meaning) for right, meaning in WHAT_RIGHTS_MEAN.items()]
_NOBODY_LEFT = (
    "Then nobody could change people and roles any more. Give that right to somebody else first."
)


class PersonView(ShopView):
    """Who works here and logs in."""

    rights: ClassVar = {"see": Right.PEOPLE, "edit": Right.PEOPLE}
    related: ClassVar = (Person.role,)
    column_list = ("name", "email", "role", "active", "last_login_at")
    column_details_list = (*column_list, "created_at")
    column_export_list = column_details_list
    column_searchable_list = ("name", "email")
    column_default_sort = "name"
    column_filters = ("name", "email", Role.name, "active", "last_login_at")
    column_labels: ClassVar = {"last_login_at": "Last log-in"}
    form_columns = ("email", "name", "role", "active")
    form_extra_fields: ClassVar = {
        "works_in": TicksInput("Works in", offered=lambda: department_choices("id")),
        "new_password": PasswordField(
            "New password",
            description=f"At least {auth.SHORTEST_PASSWORD} characters. It ends all sessions of "
            "this person. Left empty, the password stays.",
            render_kw={"autocomplete": "new-password"},
        ),
    }

    def values_of(self, row: Any) -> dict[str, Any]:
        """The departments of a person."""
        if row is None:
            return {"works_in": []}
        own = PersonDepartment.select().where(PersonDepartment.person == row)
        return {"works_in": [str(one.department_id) for one in own]}

    def on_model_change(self, form: Any, model: Person, is_created: bool) -> None:
        """Take the password, if one was typed."""
        model.email = model.email.casefold()
        password = form["new_password"].data
        if password:
            auth.set_password(model, password)
        elif is_created:
            raise ShopError("New password: somebody new needs one. Type it and save again.")

    def on_written(self, form: Any, row: Person, is_new: bool) -> None:
        """Keep the departments, and keep somebody who may change people."""
        if "works_in" in form:
            _keep_departments(row, {int(key) for key in form["works_in"].data or ()})
        _somebody_is_left()


def _keep_departments(person: Person, wanted: set[int]) -> None:
    mine = PersonDepartment.person == person
    PersonDepartment.delete().where(mine & PersonDepartment.department.not_in(wanted)).execute()
    for department in wanted:
        PersonDepartment.insert(person=person, department=department).on_conflict_ignore().execute()


def department_choices(key: str = "slug") -> list[tuple[str, str]]:
    """Departments as choices: id or slug, and name."""
    rows = Department.select().order_by(Department.position, Department.name)
    return [(str(getattr(row, key)), row.name) for row in rows]


def _somebody_is_left() -> None:
    """Refuse to lock everybody out of people and roles.

    Raises:
        ShopError: no active person has that right any more.
    """
    active = Person.select(Person, Role).join(Role).where(Person.active)
    if not any(Right.PEOPLE in row.role.rights for row in active):
        raise ShopError(_NOBODY_LEFT)


class RoleView(ShopView):
    """What people of a role may do."""

    rights: ClassVar = {"see": Right.PEOPLE, "edit": Right.PEOPLE}
    deletes = True
    instead_of_deleting = "Give these people another role first."
    column_list = ("name", "description", "rights")
    column_details_list = column_export_list = column_list
    column_default_sort = "name"
    column_labels: ClassVar = {"rights": "May"}
    column_formatters: ClassVar = {
        "rights": lambda view, context, row, name: ", ".join(
            meaning for right, meaning in _RIGHTS if right in row.rights
        )
    }
    column_formatters_export = column_formatters
    form_columns = ("name", "description")
    form_extra_fields: ClassVar = {"rights": TicksInput("May", offered=lambda: _RIGHTS)}

    def on_model_change(self, form: Any, model: Role, is_created: bool) -> None:
        """Keep the rights in one order, so that nothing changed is nothing written."""
        model.rights = sorted(model.rights)

    def on_written(self, form: Any, row: Role, is_new: bool) -> None:
        """Keep somebody who may change people."""
        _somebody_is_left()


class TokenView(ShopView):
    """Keys of programs that act for the shop."""

    rights: ClassVar = {"see": Right.PEOPLE, "edit": Right.PEOPLE}
    related: ClassVar = (ApiToken.role,)
    edits = False
    column_list = (
        "name", "prefix", "role", "created_at", "created_by", "last_used_at", "revoked_at",
    )  # fmt: skip
    column_details_list = column_export_list = column_list
    column_searchable_list = ("name", "prefix")
    column_default_sort = ("id", True)
    column_labels: ClassVar = {"prefix": "Begins with", "revoked_at": "Ended"}
    form_columns = ("name", "role")

    def create_model(self, form: Any) -> Any:
        """Make the token; its secret is on the next page and nowhere else."""
        with transaction():
            token, secret = auth.make_token(
                form["name"].data, form["role"].data, auth.current_actor().name
            )
        g.made_token = (token, secret)
        return token

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """The form for a token, then its secret, once."""
        answer: ResponseReturnValue = super().create_view()
        if "made_token" not in g:
            return answer
        token, secret = g.made_token
        return self.render("pages/people/token.html", token=token, secret=secret)

    @action("revoke", "End", "End the selected tokens? Programs that use them stop working.")
    def action_revoke(self, ids: list[str]) -> None:
        """End tokens at once."""
        rows = [row for key in ids[:MOST_AT_ONCE] if (row := self.get_one(key)) is not None]
        ended = (
            ApiToken.update(revoked_at=clock.now())
            .where(ApiToken.id.in_([row.id for row in rows]) & ApiToken.revoked_at.is_null())
            .execute()
        )
        flash(f"{plural(ended, 'token')} ended.", "success")

    def is_action_allowed(self, name: str) -> bool:
        if name == "revoke":
            return self.may("edit")
        return super().is_action_allowed(name)


class LoginEventView(ShopView):
    """Who logged in or tried to, from where, and what came of it."""

    rights: ClassVar = {"see": Right.PEOPLE}
    creates = edits = False
    choices: ClassVar = {
        "outcome": [
            ("ok", "signed in"),
            ("wrong", "wrong e-mail or password"),
            ("throttled", "too many attempts"),
            ("inactive", "account switched off"),
            ("logout", "signed out"),
        ]
    }
    column_list = ("at", "email", "outcome", "address")
    column_details_list = column_export_list = column_list
    column_searchable_list = ("email", "address")
    column_default_sort = ("id", True)
    column_sortable_list = ("at",)
    column_filters = ("email", "outcome", "address", "at")
    column_labels: ClassVar = {"at": "When", "outcome": "What came of it", "address": "From"}
