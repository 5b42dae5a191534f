"""The list of orders: newest first, found by number, PO, customer or any word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from peewee import Case, fn

import auth
import clock
from admin import exports, filters, order_exports
from admin.order_typed import tells_money
from admin.views import ShopView
from errors import InvalidError, NotFoundError
from models import Order, SavedView, transaction
from web import words
from workflow import search as word_search
from workflow.actors import Right
from workflow.fields import BUILT_IN_CATALOGUE, Field, Level
from workflow.stages import JOURNEY

_SCREEN = "orders"
_MOST_OPEN = 10_000
#: With other conditions besides the words, more hits are looked through.
_MOST_HITS_NARROWED = 1_000
TABS = {"open": "Open", "review": "Review", "hold": "On hold", "done": "Done", "all": "All"}
#: Columns a list needs; the long texts are read on the order's own page.
_SHOWN = [
    field
    for field in Order._meta.sorted_fields
    if field.name not in {"search_text", "sources", "internal_notes", "customer_notes"}
]
_MORE_FILTERS = ("number", "customer_name", "stage", "pieces", "grand_total", "waiting", "on_hold",
                 "released_at", "created_at", "created_by", "artwork_state")  # fmt: skip


@dataclass(frozen=True)
class TabLink:
    """One tab of the list."""

    label: str
    url: str
    active: bool
    count: str | None = None


class OrderView(ShopView):
    """All orders somebody may see."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "export": Right.EXPORT}
    level = Level.ORDER
    creates = edits = False
    list_template = "pages/order/list.html"
    column_list = (
        "number", "customer_name", "po_number", "summary", "pieces", "in_hands_date", "stage",
        "grand_total",
    )  # fmt: skip
    column_labels: ClassVar = {
        "number": "Order",
        "customer_name": "Customer",
        "po_number": "PO number",
        "summary": "What",
        "in_hands_date": "In hands",
        "stage": "Stage, waits for",
        "waiting": "Waits for",
        "grand_total": "Total",
    }
    column_sortable_list = ("number", "po_number", "in_hands_date")
    column_searchable_list = ("number", "po_number", "customer_name", "summary")
    column_default_sort = ("id", True)
    column_display_actions = False
    column_filters = tuple(
        dict.fromkeys(
            [*_MORE_FILTERS, *(f.name for f in BUILT_IN_CATALOGUE.of(Level.ORDER) if f.column)]
        )
    )
    choices: ClassVar = {
        "stage": [(stage.value, stage.value) for stage in JOURNEY],
        **{
            f.name: [(c, c.replace("_", " ")) for c in f.choices]
            for f in BUILT_IN_CATALOGUE.of(Level.ORDER)
            if f.column and f.choices
        },
    }
    money_columns: ClassVar = frozenset(
        f.name for f in BUILT_IN_CATALOGUE.of(Level.ORDER) if f.column and tells_money(f)
    )

    def get_column_name(self, field: str) -> str:
        known = BUILT_IN_CATALOGUE.get(Level.ORDER, field)
        if known is not None and field not in self.column_labels:
            return known.label
        return str(super().get_column_name(field))

    def search_placeholder(self) -> str:
        return "Number, PO, customer or any word"

    # ------------------------------------------------------------ fields of the catalogue

    def own_fields(self) -> list[Field]:
        """Every field that lives in ``extra``: ours, which lists leave out, and the shop's."""
        return [*_built_in_extras(), *super().own_fields()]

    def _is_money(self, name: str) -> bool:
        own = self._own_field(name)
        return tells_money(own) if own is not None else bool(super()._is_money(name))

    @property
    def _filters(self) -> list[Any]:
        """As in every list; those of our own fields are made once."""
        if "order_filters" not in g:
            own = tuple(field for field in self.own_fields() if field.custom)
            found = [*self._declared_filters, *_extra_filters(_built_in_extras())]
            found += _extra_filters(own)
            g.order_filters = [one for one in found if self._offers(one)]
        return list(g.order_filters)

    def _get_filter_groups(self) -> dict[str, list[dict[str, Any]]]:
        """The everyday filters; with ``filters=all`` those of every field."""
        groups: dict[str, list[dict[str, Any]]] = super()._get_filter_groups()
        if request.args.get("filters") == "all":
            return groups
        chosen = {
            self._filters[number].name for number, *_ in self._get_list_extra_args().filters or ()
        }
        kept = chosen | {str(one.name) for one in self._filters if _is_everyday(one)}
        return {name: entries for name, entries in groups.items() if name in kept}

    # ------------------------------------------------------------ which orders

    def scope(self) -> Any:
        return word_search.seen_by(auth.current_actor())

    def get_query(self) -> Any:
        query, scope = Order.select(*_SHOWN), self.scope()
        return query if scope is None else query.where(scope)

    def _filtered(self, query: Any, search: str | None, chosen: Sequence[Any]) -> Any:
        query = super()._filtered(query, None, chosen)
        tab = _tab(search)
        condition = _of_tab(tab)
        if condition is not None:
            query = query.where(condition)
        g.order_words = search
        if search:
            narrowed = bool(chosen) or tab != "all"
            g.order_hits = _MOST_HITS_NARROWED if narrowed else word_search.MOST_HITS
            query = query.where(word_search.has_words(search, g.order_hits))
        return query

    def _sorted(self, query: Any, name: str | None, descending: bool) -> Any:
        said = g.get("order_words")
        if name and not self.is_sortable(name):
            name = None
        if name == "number":
            return query.order_by(Order.id.desc() if descending else Order.id)
        if said and not name:
            return query.order_by(*word_search.best_first(said))
        return super()._sorted(query, name, descending)

    def is_sortable(self, name: str) -> bool:
        # By date only where few orders are: all of them have no such index.
        few = _tab(request.args.get("search")) in ("open", "review", "hold")
        return bool(super().is_sortable(name)) and (few or name != "in_hands_date")

    def get_list(self, *args: Any, **more: Any) -> tuple[int | None, Any]:
        count, rows = super().get_list(*args, **more)
        if isinstance(rows, list):
            said = g.get("order_words")
            self._template_args["tabs"] = self._tabs(_tab(said), counted=not said)
            self._template_args["views"] = _saved_views()
            self._template_args["row_words"] = RowWords
            self._template_args["capped"] = bool(said) and (count or 0) >= g.order_hits
        return count, rows

    def _tabs(self, here: str, *, counted: bool) -> list[TabLink]:
        counts = self._counts() if counted else {}
        left_out = ("tab", "page", "sort", "desc")
        kept: dict[str, Any] = {k: v for k, v in request.args.items() if k not in left_out}
        return [
            TabLink(
                label,
                url_for(".index_view", **(kept | {"tab": tab})),
                tab == here,
                counts.get(tab),
            )
            for tab, label in TABS.items()
        ]

    def _counts(self) -> dict[str, str]:
        """How many open orders there are, in one statement over the open ones alone."""
        scope, is_open = self.scope(), Order.closed_at.is_null()
        held = Case(None, [(_stands(Order), 1)], 0).alias("held")
        some = Order.select(Order.stage, held).where(is_open if scope is None else is_open & scope)
        some = some.limit(_MOST_OPEN).alias("some")
        review = fn.SUM(Case(None, [(some.c.stage == "review", 1)], 0))
        row: Any = (
            Order.select(fn.COUNT(some.c.stage), review, fn.SUM(some.c.held))
            .from_(some)
            .tuples()
            .get()
        )
        return {
            tab: f"{int(number or 0):,}{'+' * (int(number or 0) >= _MOST_OPEN)}"
            for tab, number in zip(("open", "review", "hold"), row, strict=True)
        }

    # ------------------------------------------------------------ ways out of the list

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """An order's page, by its key."""
        row = self.get_one(request.args.get("id"))
        if row is None:
            raise NotFoundError("That order is not there for you. Look for it in the list.")
        return redirect(url_for("order_page.show", number=row.number))

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """The list as it is filtered: one row for each order, or with ``rows=lines`` each line."""
        if export_type not in exports.KINDS:
            abort(404)
        args = self._get_list_extra_args()
        query = self._filtered(self.get_query(), args.search, args.filters or ())
        ids = query.select(Order.id).order_by(Order.id.desc()).limit(self.export_max_rows)
        make = order_exports.lines if request.args.get("rows") == "lines" else order_exports.orders
        name, titles, rows = make(
            [row[0] for row in ids.tuples()], with_money=auth.may(Right.SEE_MONEY)
        )
        return exports.as_file(export_type, name, titles, rows)

    # ------------------------------------------------------------ saved views

    @expose("/views", methods=("POST",))
    def keep_view(self) -> ResponseReturnValue:
        """Keep the filters at hand under a name, for oneself or for everybody."""
        actor, name = auth.current_actor(), request.form.get("name", "").strip()[:80]
        if not name:
            raise InvalidError({"name": "give the view a name, such as 'Rush, unreleased'"})
        shared = bool(request.form.get("shared")) and actor.may(Right.SET_UP)
        with transaction():
            SavedView.create(
                person=None if shared else actor.person_id,
                screen=_SCREEN,
                name=name,
                query=request.form.get("query", "").lstrip("?")[:2000],
            )
        flash(f"View '{name}' is saved.", "success")
        return redirect(url_for(".index_view") + "?" + request.form.get("query", "").lstrip("?"))

    @expose("/views/<int:view_id>/delete", methods=("POST",))
    def forget_view(self, view_id: int) -> ResponseReturnValue:
        """Forget a saved view: one's own, or a shared one with the right to set up the shop."""
        actor = auth.current_actor()
        mine = SavedView.person == actor.person_id
        allowed = (mine | SavedView.person.is_null()) if actor.may(Right.SET_UP) else mine
        here = (SavedView.id == view_id) & (SavedView.screen == _SCREEN)
        with transaction():
            gone = SavedView.delete().where(here & allowed).execute()
        if not gone:
            raise NotFoundError("There is no such view of yours.")
        flash("The view is deleted.", "success")
        return redirect(url_for(".index_view"))


# ---------------------------------------------------------------- tabs, filters, views


def _tab(said: str | None) -> str:
    """The tab at hand; a search looks through all orders unless a tab is chosen."""
    wanted = request.args.get("tab", "")
    return wanted if wanted in TABS else "all" if said else "open"


def _of_tab(tab: str) -> Any | None:
    is_open = Order.closed_at.is_null()
    if tab == "review":
        return is_open & (Order.stage == "review")
    if tab == "hold":
        # Few of many: found by the index of open orders, and not by looking at every order.
        some = Order.alias("some")
        held = some.select(some.id).where(some.closed_at.is_null() & _stands(some))
        return Order.id.in_(held)
    if tab == "done":
        return Order.closed_at.is_null(False)
    return is_open if tab == "open" else None


def _stands(orders: Any) -> Any:
    """Whether an order or one of its jobs is on hold: its sentence begins with that."""
    return orders.waiting.startswith("On hold")


@lru_cache(maxsize=1)
def _built_in_extras() -> tuple[Field, ...]:
    """Our fields that live in ``extra``; lists leave them out, filters and exports do not."""
    known = BUILT_IN_CATALOGUE.of(Level.ORDER)
    return tuple(replace(field, listed=False) for field in known if not field.column)


@lru_cache(maxsize=50)
def _extra_filters(fields: tuple[Field, ...]) -> tuple[Any, ...]:
    return tuple(one for field in fields for one in filters.by_own_field(Order.extra, field))


def _is_everyday(one: Any) -> bool:
    """Whether a filter stands in the short menu."""
    if one.own is not None:
        return bool(one.own.custom)
    name = str(one.column.name)
    known = BUILT_IN_CATALOGUE.get(Level.ORDER, name)
    return known is None or known.everyday or name in ("priority", "order_kind", "project_name")


def _saved_views() -> list[SavedView]:
    actor = auth.current_actor()
    mine = SavedView.person.is_null() | (SavedView.person == actor.person_id)
    query = SavedView.select().where((SavedView.screen == _SCREEN) & mine)
    return list(query.order_by(SavedView.name, SavedView.id))


# ---------------------------------------------------------------- rows


class RowWords:
    """How the list writes one order."""

    @staticmethod
    def hands(order: Order) -> Iterable[tuple[str, str]]:
        """The marks beside the in-hands date: firm, days late."""
        if order.in_hands_date is None or order.closed_at is not None:
            return []
        late = (clock.today() - order.in_hands_date).days
        marks = [("late", f"{words.plural(late, 'day')} late")] if late > 0 else []
        return [("urgent", "firm"), *marks] if order.in_hands_firm else marks

    @staticmethod
    def stage(order: Order) -> tuple[str, str]:
        """The badge of the stage."""
        if order.cancelled_at is not None:
            return "off", "cancelled"
        if str(order.waiting).startswith("On hold"):
            return "hold", f"{order.stage}, on hold"
        kinds = {"review": "info", "done": "ok"}
        return kinds.get(order.stage, "brand"), str(order.stage)

    @staticmethod
    def waits(order: Order) -> str:
        """What the order waits for, without what the badge says already."""
        if order.closed_at is not None:
            return ""
        said = str(order.waiting)
        said = said.removeprefix("On hold: ")
        _before, found, waits = said.partition("waits for ")
        if found:
            return waits
        return "" if said.lower() in ("in review", f"in {order.stage}") else said
