"""The list of a table, mended: every table the shop sees derives from ``ShopView``.

Flask-Admin's own peewee view loses data, joins from the wrong table, checks single rows and bulk
actions less than lists, and asks a question per row.  What is repaired here has a test each in
``tests/test_admin_repairs.py``.  A view says what it shows; the rest is decided here:

- ``scope()`` is the one expression for the list, a single row, Ajax, bulk actions and exports.
- ``related`` are the foreign keys that are read with the rows, so that a page asks once.
- Money is hidden from whoever may not see it, in every way out.
- ``level`` makes the shop's own fields of that level columns, inputs, filters and export columns.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import abort
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.model.base import ViewArgs
from flask_admin.model.template import EditRowAction, ViewRowAction
from peewee import JOIN, SQL, Expression, ForeignKeyField, ModelSelect, Select, fn

from admin import exports, filters, forms
from admin.access import Guarded
from admin.columns import OWN, own_value
from admin.writing import Writes
from models import Table
from sync import cells

MOST_COUNTED = 10_000
LAST_PAGE = 2_000
LONGEST_SEARCH = 200


class ShopView(Guarded, Writes):
    """The list, the form and the exports of one table."""

    creates = edits = True
    deletes = False
    exported = True

    can_view_details = True
    can_set_page_size = True
    page_size = 50
    page_size_options = (25, 50, 100, 200)
    named_filter_urls = True
    export_types = ("csv", "xlsx")
    export_max_rows = 50_000
    model_form_converter = forms.Converter
    inline_model_form_converter = forms.InsideConverter

    # ------------------------------------------------------------ what may be done

    can_create = property(lambda self: self.creates and self.may("create"))
    can_edit = property(lambda self: self.edits and self.may("edit"))
    can_delete = property(lambda self: self.deletes and self.may("delete"))
    can_export = property(lambda self: self.exported and self.may("export"))

    _NEEDS: ClassVar[dict[str, str]] = {
        "create_view": "can_create",
        "edit_view": "can_edit",
        "delete_view": "can_delete",
        "export": "can_export",
        "ajax_update": "can_edit",
    }

    def _handle_view(self, name: str, **words: Any) -> ResponseReturnValue | None:
        refused: ResponseReturnValue | None = super()._handle_view(name, **words)
        if refused is not None:
            return refused
        if name in self._NEEDS and not getattr(self, self._NEEDS[name]):
            abort(403)
        if name == "ajax_lookup" and not (self.can_edit or self.can_create):
            abort(403)
        return None

    def get_list_row_actions(self) -> list[Any]:
        """One way into a row; deleting is done with the rows that are picked."""
        return [EditRowAction() if self.can_edit else ViewRowAction()]

    def is_action_allowed(self, name: str) -> bool:
        if name == "delete":
            return bool(self.can_delete)
        return bool(super().is_action_allowed(name))

    # ------------------------------------------------------------ which rows

    def scope(self) -> Expression | None:
        """Which rows there are for whoever is here; None means all."""
        return None

    def get_query(self) -> "ModelSelect[Any]":
        query = self.model.select(self.model, *(link.rel_model for link in self.related))
        for link in self.related:
            query = query.join_from(link.model, link.rel_model, JOIN.LEFT_OUTER, on=link)
        scope = self.scope()
        return query if scope is None else query.where(scope)

    def get_one(self, id: Any) -> Any:
        """The row with that key, if it is one of those that ``scope`` allows."""
        key = forms.as_key(self.model, id)
        if key is None:
            return None
        return self.get_query().where(self.model._meta.primary_key == key).first()

    def get_list(  # noqa: PLR0913 - Flask-Admin's own signature
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: bool,
        search: str | None,
        filters: Sequence[Any] | None,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int | None, Any]:
        """One page of rows and how many there are, counted up to ``MOST_COUNTED``."""
        query = self._filtered(self.get_query(), search, filters or ())
        count = _capped_count(query)
        query = self._sorted(query, sort_column, bool(sort_desc))
        size = self.page_size if page_size is None else page_size
        if size:
            query = query.limit(size).offset(min(max(page or 0, 0), LAST_PAGE) * size)
        return count, list(query) if execute else query

    def _filtered(self, query: Any, search: str | None, chosen: Sequence[Any]) -> Any:
        joins: set[str] = set()
        for word in (search or "").split() if self._search_supported else ():
            for column in self._search_fields:
                query = self._handle_join(query, column, joins)
            query = self.apply_search(query, word)
        for number, _name, value in chosen:
            one = self._filters[number]
            query = self._handle_join(query, one.column, joins)
            query = one.apply(query, one.clean(value))
        return query

    def apply_search(self, query: Any, word: str) -> Any:
        """Only rows in which one of the searched columns contains the word."""
        return query.where(filters.any_contains(self._search_fields, word))

    def _sorted(self, query: Any, name: str | None, descending: bool) -> Any:
        wanted: list[tuple[Any, bool]] = []
        if name in self._sortable_columns and self.sees(str(name)):
            wanted = [(self._sortable_columns[name], descending)]
        elif self._get_default_order():
            wanted = list(self._get_default_order())
        joins: set[str] = set()
        order: list[Any] = []
        for column, down in wanted:
            found = self._column(column) if isinstance(column, str) else column
            query = self._handle_join(query, found, joins)
            order.append(found.desc() if down else found.asc())
        # The key comes last, so that rows stay on their page whatever the database does.
        return query.order_by(*order, self.model._meta.primary_key)

    def _handle_join(self, query: Any, column: Any, joins: set[str]) -> Any:
        """Join the table of a column from wherever a declared key leads to it."""
        wanted = getattr(column, "model", None)
        there = [self.model, *(link.rel_model for link in self.related)]
        if wanted is None or wanted in there or wanted.__name__ in joins:
            return query
        for table in there:
            for link in table._meta.sorted_fields:
                if isinstance(link, ForeignKeyField) and link.rel_model is wanted:
                    joins.add(wanted.__name__)
                    return query.join_from(table, wanted, JOIN.LEFT_OUTER, on=link)
        raise ValueError(f"no way from {self.model.__name__} to {wanted.__name__}: add `related`")

    def _get_list_extra_args(self) -> ViewArgs:
        args: ViewArgs = super()._get_list_extra_args()
        args.page = min(max(args.page or 0, 0), LAST_PAGE)
        args.search = cells.clean(args.search or "")[:LONGEST_SEARCH] or None
        return args

    # ------------------------------------------------------------ exports

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """The list as it is filtered and sorted, as a file."""
        if export_type not in exports.KINDS:
            abort(404)
        args = self._get_list_extra_args()
        sorted_by = self._get_column_by_idx(args.sort)
        name = sorted_by[0] if sorted_by else None
        query = self._sorted(
            self._filtered(self.get_query(), args.search, args.filters or ()),
            name,
            bool(args.sort_desc),
        ).limit(self.export_max_rows)
        columns = list(self._export_columns)
        own = {OWN + one.name: one for one in self.own_fields()}

        def rows() -> Any:  # the request is over when this is asked
            for row in query.iterator():
                yield [
                    own_value(row, own[column])
                    if column in own
                    else self.get_export_value(row, column)
                    for column, _label in columns
                ]

        return exports.as_file(export_type, str(self.name), [c[1] for c in columns], rows)

    def get_export_value(self, model: Any, name: str) -> Any:
        """What an export holds: the value itself, or the name of what it leads to."""
        formatter = (self.column_formatters_export or {}).get(name)
        if formatter is not None:
            return formatter(self, None, model, name)
        value = self._get_field_value(model, name)
        return str(value) if isinstance(value, Table) else value


def _capped_count(query: Any) -> int:
    rows = query.select(SQL("1").alias("one")).order_by().limit(MOST_COUNTED + 1)
    counted = Select([rows], [fn.COUNT(SQL("*"))]).bind(query.model._meta.database)
    return int(counted.scalar())
