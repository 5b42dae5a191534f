"""Order entry: a new order, a copy of an old one, a change of one that is there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin import order_form, order_lookups
from admin.access import Screen
from admin.mails import beside_form
from admin.order_merge import changed_lines, header_is_same, with_prices
from admin.order_typed import Typed, read_form
from errors import BlockedError
from models import Customer, DraftProblem, IncomingFile, Order
from sync import funnel, intake, redraft
from sync.amounts import CURRENCIES
from sync.drafts import OrderDraft
from workflow import engine, lookup, shop
from workflow.actors import Right
from workflow.fields import Catalogue, Kind, Level
from workflow.money import minor_unit
from workflow.whole_order import find_order, why_not_changed


class OrderEntryScreen(Screen):
    """The order form."""

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Enter an order, a copy of one (``?copy=1042``) or what stands in a document."""
        auth.require(Right.ENTER_ORDERS)
        catalogue = shop.catalogue()
        if request.args.get("incoming") and request.method == "GET":
            return self._beside(catalogue)
        if request.method == "POST":
            return self._enter(catalogue)
        copied = request.args.get("copy", "")
        if not copied:
            raw = order_form.blank(shop.setting("currency"))
            return self._page(raw, catalogue, {})
        old = find_order(copied, auth.current_actor())
        draft = redraft.draft_of(old, catalogue)
        raw = order_form.of_draft(draft, catalogue, with_money=auth.may(Right.SEE_MONEY))
        return self._page(order_form.as_copy(raw, old.number), catalogue, {}, copied=old.number)

    def _beside(self, catalogue: Catalogue) -> ResponseReturnValue:
        """The empty form with the document beside it that a person reads."""
        incoming = _document()
        raw = order_form.blank(shop.setting("currency"))
        customer = incoming.customer if incoming.customer_id is not None else None
        if customer is not None:
            raw = replace(raw, customer=customer.name, customer_id=str(customer.id))
        channel = "email" if incoming.mail_id is not None else "customer_file"
        raw = replace(raw, fields={**raw.fields, "order-source_channel": channel})
        return self._page(raw, catalogue, {})

    @expose("/<number>/edit", methods=("GET", "POST"))
    def edit(self, number: str) -> ResponseReturnValue:
        """Change an order."""
        auth.require(Right.CHANGE_ORDERS)
        order = find_order(number, auth.current_actor())
        reasons = why_not_changed(order)
        if reasons:
            raise BlockedError(f"{order.number} cannot be changed", reasons)
        catalogue = shop.catalogue()
        standing = redraft.draft_of(order, catalogue)
        if request.method == "POST":
            return self._change(order, standing, catalogue)
        money = auth.may(Right.SEE_MONEY)
        raw = order_form.of_draft(standing, catalogue, with_money=money, version=order.version)
        return self._page(raw, catalogue, {}, order=order)

    def _enter(self, catalogue: Catalogue) -> ResponseReturnValue:
        typed = read_form(request.form, catalogue, with_money=auth.may(Right.SEE_MONEY))
        if typed.problems:
            return self._refused(typed, catalogue)
        draft = typed.draft
        customer = _customer_of(draft)
        other = lookup.same_po(customer.id if customer else None, draft.po_number)
        if other is not None and not request.form.get("duplicate_ok"):
            return jsonify(second_po=order_lookups.second_po_words(other)), 409
        order = _accepted(_as_shown(draft, customer, catalogue))
        if other is not None:
            _settle_second_po(order)
        return _saved(order, f"Order {order.number} is entered.")

    def _change(
        self, order: Order, standing: OrderDraft, catalogue: Catalogue
    ) -> ResponseReturnValue:
        money = auth.may(Right.SEE_MONEY)
        typed = read_form(request.form, catalogue, with_money=money)
        if typed.problems:
            return self._refused(typed, catalogue, order)
        draft = typed.draft if money else with_prices(typed.draft, standing, catalogue)
        lines = changed_lines(draft, standing, released=order.released_at is not None)
        if lines is None and header_is_same(draft, standing):
            return _saved(order, f"Nothing was different: {order.number} is as it was.")
        customer = _customer_of(draft) if draft.customer_id != order.customer_id else None
        found = engine.Matches()
        if lines is not None:
            found = funnel.match(replace(draft, lines=lines), customer or order.customer)
        changed = engine.change_order(
            order.id,
            engine.OrderChange(
                version=typed.version,
                values=draft.values,
                destinations=draft.destinations,
                lines=lines,
                charges=None if draft.charges == standing.charges else draft.charges,
                customer=customer,
                products=found.products,
                variants=found.variants,
                reason=request.form.get("moved_because", ""),
            ),
            auth.current_actor(),
        )
        return _saved(changed, f"Order {changed.number} is changed.")

    def _refused(
        self, typed: Typed, catalogue: Catalogue, order: Order | None = None
    ) -> ResponseReturnValue:
        """What does not fit, beside its field; nothing typed is lost."""
        if _by_script():
            return jsonify(problems=dict(typed.problems)), 422
        raw = order_form.of_post(request.form)
        return self._page(raw, catalogue, typed.problems, order=order), 422

    def _page(
        self,
        raw: order_form.Raw,
        catalogue: Catalogue,
        problems: Mapping[str, str],
        *,
        order: Order | None = None,
        copied: str = "",
    ) -> str:
        money = auth.may(Right.SEE_MONEY)
        return self.render(
            "pages/order_entry/entry.html",
            form=order_form.form_of(raw, catalogue, problems, with_money=money),
            raw=raw,
            order=order,
            copied=copied,
            beside=beside_form(_document()) if request.args.get("incoming") else "",
            charge_kinds=order_form.charge_kinds(raw),
            with_money=money,
            methods=lookup.methods(),
            setup=_setup(order, problems, with_money=money),
        )


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _saved(order: Order, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    url = url_for("order_page.show", number=order.number)
    return jsonify(url=url) if _by_script() else redirect(url)


def _setup(order: Order | None, problems: Mapping[str, str], *, with_money: bool) -> dict[str, Any]:
    """What the scripts of the form must know."""
    return {
        "customers": url_for("order_lookup.customers"),
        "products": url_for("order_lookup.products"),
        "po": url_for("order_lookup.second_po"),
        "check": url_for("order_lookup.check"),
        "version": url_for("order_lookup.version", number=order.number) if order else "",
        "order": order.id if order else 0,
        "number": order.number if order else "",
        "released": order is not None and order.released_at is not None,
        "with_money": with_money,
        "problems": dict(problems),
        "places": {
            code: -exponent
            for code in sorted(CURRENCIES)
            if (exponent := minor_unit(code).as_tuple().exponent) != -2
            and isinstance(exponent, int)
        },
    }


# ---------------------------------------------------------------- from a document


def _document() -> IncomingFile:
    """The document that is typed in.

    Raises:
        NotFoundError: there is none of that number.
    """
    auth.require(Right.INCOMING)
    number = request.args.get("incoming", 0, type=int)
    return intake.find(number if 0 < number < 2**31 else 0)


def _accepted(draft: OrderDraft) -> Order:
    """The order of what was typed, once per document where it came from one."""
    actor = auth.current_actor()
    if not request.args.get("incoming"):
        return funnel.accept(draft, actor)
    seen = request.args.get("seen", 0, type=int)
    return intake.enter_by_hand(_document().id, draft, actor, seen)


# ---------------------------------------------------------------- customers and their orders


def _customer_of(draft: OrderDraft) -> Customer | None:
    chosen = order_lookups.customer_with(draft.customer_id) if draft.customer_id else None
    return chosen or lookup.customer_called(draft.customer)


def _settle_second_po(order: Order) -> None:
    """Who entered the order saw the other one and went on: the question is answered."""
    actor = auth.current_actor()
    if not actor.may(Right.CHANGE_ORDERS):
        return
    asked = (DraftProblem.order == order) & (DraftProblem.field == "po_number")
    for problem in DraftProblem.select().where(asked & DraftProblem.settled_at.is_null()):
        engine.settle_problem(problem.id, actor)


def _as_shown(draft: OrderDraft, customer: Customer | None, catalogue: Catalogue) -> OrderDraft:
    """The draft with the customer's yes/no defaults that somebody unticked said as "no"."""
    defaults = customer.defaults if customer is not None else {}
    unticked = {
        field.name: False
        for field in catalogue.of(Level.ORDER)
        if field.kind is Kind.YES_NO
        and defaults.get(field.name)
        and not draft.values.get(field.name)
    }
    return replace(
        draft,
        customer_id=customer.id if customer is not None else None,
        values={**draft.values, **unticked},
    )
