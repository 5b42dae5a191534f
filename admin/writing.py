"""Saving and deleting a row from a screen: all of it or nothing, and never somebody else's work.

A row with a ``version`` is saved only while it is the version that was shown.  What the database
refuses becomes a sentence that names the field.  A bug stays a bug: nothing is swallowed here.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

from flask import abort, flash, get_flashed_messages, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.contrib.peewee.form import save_inline
from peewee import ForeignKeyField, IntegrityError
from wtforms import Form, ValidationError

from admin.row_forms import SEEN, RowForms
from errors import ShopError, StaleError
from models import TABLES, Table, transaction
from web.words import plural

MOST_AT_ONCE = 1_000


class Writes(RowForms):
    """What a list of a table needs to create, change and delete rows."""

    #: what to do with a row that must not be deleted
    instead_of_deleting: ClassVar[str] = "Switch “active” off instead."

    def create_model(self, form: Form) -> Any:
        """Write a new row with everything inside it; the row, or False with the reasons told."""
        row = self.model()

        def write() -> None:
            form.populate_obj(row)
            self.on_model_change(form, row, True)
            row.save(force_insert=True)
            save_inline(form, row)
            self.on_written(form, row, True)

        return row if self._written(form, row, write, is_new=True) else False

    def update_model(self, form: Form, model: Any) -> bool:
        """Write a changed row with everything inside it; False with the reasons told."""

        def write() -> None:
            seen = form[SEEN].data if SEEN in form else None
            self._lock(model, seen, needed=SEEN in form)
            form.populate_obj(model)
            self.on_model_change(form, model, False)
            if model.is_dirty():
                model.save()
            save_inline(form, model)
            self.on_written(form, model, False)

        return self._written(form, model, write, is_new=False)

    def on_written(self, form: Form, row: Any, is_new: bool) -> None:
        """What belongs to the same write, after the row and everything inside it stand there."""

    def _written(self, form: Form, row: Any, write: Callable[[], None], *, is_new: bool) -> bool:
        try:
            with transaction():
                write()
        except IntegrityError as problem:
            self._tell(form, *_in_words(problem, self.model))
        except (ShopError, ValidationError) as problem:
            flash(str(problem), "error")
        else:
            self.after_model_change(form, row, is_new)
            return True
        return False

    def _lock(self, row: Any, seen: Any, *, needed: bool) -> None:
        """Take the next version, if the row is still the one that was shown.

        Raises:
            StaleError: somebody saved it meanwhile.
        """
        if "version" not in self.model._meta.fields:
            return
        mine = self.model._meta.primary_key == row._pk
        if needed:
            mine &= self.model.version == (int(seen) if str(seen).isdigit() else -1)
        taken = self.model.update(version=self.model.version + 1).where(mine).execute()
        if not taken:
            raise StaleError(
                f"{row} was changed by somebody else while you were editing, so yours was not "
                "saved. Open it again in another tab, and bring your change in there."
            )

    def _tell(self, form: Form, name: str, sentence: str) -> None:
        if name in form:
            field = form[name]
            field.errors = [*field.errors, sentence]
        label = self.get_column_name(name) if name else ""
        flash(f"{label}: {sentence}" if label else sentence, "error")

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """Change one cell of the list."""
        form = self.list_form()
        sent = [name for name in request.form if name in self.column_editable_list]
        for field in list(form):
            if field.name not in (*sent, "list_form_pk"):
                del form[field.name]
        if len(sent) != 1:
            return "Change one cell of those that can be changed in the list.", 422
        if sent[0] not in form:
            abort(403)
        if not self.validate_form(form):
            return f"Not saved: {' '.join(str(e) for e in form[sent[0]].errors)}", 422
        row = self.get_one(form["list_form_pk"].data)
        if row is None:
            return "This row is not there any more. Reload the page.", 404
        if not self.update_model(form, row):
            return "Not saved. " + " ".join(_flashed()), 422
        return "Saved."

    # ------------------------------------------------------------ delete

    def delete_model(self, model: Any) -> bool:
        """Delete a row, unless something that must stay refers to it."""
        return self._delete([model]) == 1

    @action("delete", "Delete", "Delete the selected rows? This cannot be undone.")
    def action_delete(self, ids: list[str]) -> None:
        """Delete the selected rows, all or none."""
        found = [self.get_one(key) for key in ids[:MOST_AT_ONCE]]
        rows = [row for row in found if row is not None]
        if self._delete(rows):
            flash(f"{plural(len(rows), 'row')} deleted.", "success")

    def _delete(self, rows: list[Any]) -> int:
        try:
            with transaction():
                for row in rows:
                    self._why_kept(row)
                    self.on_model_delete(row)
                    row.delete_instance(recursive=False)
        except IntegrityError:
            flash(f"Something still refers to it. {self.instead_of_deleting}", "error")
            return 0
        except (ShopError, ValidationError) as problem:
            flash(str(problem), "error")
            return 0
        for row in rows:
            self.after_model_delete(row)
        return len(rows)

    def _why_kept(self, row: Any) -> None:
        """Refuse when a row of another table would lose what it says.

        Raises:
            ShopError: names what refers to it.
        """
        found = [
            link.model._meta.table_name.replace("_", " ")
            for link in _links_to(self.model)
            if link.model.select().where(link == row).exists()
        ]
        if found:
            raise ShopError(
                f"{row} cannot be deleted: {', '.join(dict.fromkeys(found))} refer to it. "
                f"{self.instead_of_deleting}"
            )


@lru_cache(maxsize=200)
def _links_to(model: type[Table]) -> tuple[ForeignKeyField, ...]:
    """Foreign keys that keep a row: those whose rows do not go with it."""
    return tuple(
        link
        for table in TABLES
        for link in table._meta.sorted_fields
        if isinstance(link, ForeignKeyField)
        and link.rel_model is model
        and link.on_delete != "CASCADE"
    )


def _flashed() -> list[str]:
    return [str(text) for text in get_flashed_messages()]


_PLACES = (
    re.compile(r"(?P<kind>UNIQUE|NOT NULL) constraint failed: \w+\.(?P<column>\w+)"),
    re.compile(r"Key \((?P<column>\w+)[,)].*(?P<kind>already exists)"),
    re.compile(r"null value in column \"(?P<column>\w+)\".*(?P<kind>not-null)"),
    re.compile(r"value (?P<kind>too long) for type(?P<column>)"),
)


def _in_words(problem: IntegrityError, model: type[Table]) -> tuple[str, str]:
    """The field a refused write is about, if it is one of the form, and the sentence."""
    text = str(problem)
    match = next((found for place in _PLACES if (found := place.search(text))), None)
    if match is None:
        return "", "This refers to something that is not there any more. Reload and choose again."
    column = model._meta.columns.get(match["column"])
    name = column.name if column is not None else ""
    words = match["column"].replace("_", " ")
    if match["kind"] in ("UNIQUE", "already exists"):
        sentence = "This is already taken. Use another."
        return name, sentence if name else f"The same {words} stands there twice. Use another."
    sentence = "This must be filled in."
    return name, sentence if name else f"{words} must be filled in."
