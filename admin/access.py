"""Who may open a screen: the one check every screen of ours goes through.

``rights`` names the right for seeing and, where they differ, for ``edit``, ``create``, ``delete``
and ``export``.  A screen without rights is for everybody who is logged in.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import abort
from flask.typing import ResponseReturnValue
from flask_admin import BaseView

import auth
from workflow.actors import Right


class Guarded:
    """What all screens share: access by right, 401 and 403 instead of guesses."""

    rights: ClassVar[dict[str, Right]] = {}

    def may(self, what: str) -> bool:
        """Whether whoever is here may ``see``, ``edit``, ``create``, ``delete`` or ``export``."""
        right = self.rights.get(what)
        if right is None and what in ("create", "delete"):
            right = self.rights.get("edit")
        if right is None:
            right = Right.EXPORT if what == "export" else self.rights.get("see")
        return auth.who() is not None and (right is None or auth.may(right))

    def is_accessible(self) -> bool:
        return self.may("see")

    def inaccessible_callback(self, name: str, **_: Any) -> ResponseReturnValue:
        if auth.who() is not None:
            abort(403)
        return auth.ask_to_sign_in()

    def _run_view(self, view: Callable[..., Any], *args: Any, **words: Any) -> Any:
        # The stock one calls again with other arguments after any TypeError, and hides it.
        return view(self, *args, **words)


class Screen(Guarded, BaseView):
    """A screen that is not the list of a table."""

    def __init__(self, *args: Any, **words: Any) -> None:
        # Flask-Admin insists on a page at "/"; screens of one order or job have none.
        if self._default_view is None and self._urls:
            type(self)._default_view = self._urls[0][1]
        super().__init__(*args, **words)
