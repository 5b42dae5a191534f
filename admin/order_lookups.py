"""What the order form asks while somebody types: customers, products, PO numbers, values."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from admin.order_typed import shown_fields
from models import Customer, Order
from sync.cells import CellError, parse, show
from workflow import lookup, shop
from workflow.actors import Right
from workflow.fields import Level
from workflow.whole_order import find_order


class OrderLookupScreen(Screen):
    """Answers in JSON, for those who may enter or change orders."""

    def is_accessible(self) -> bool:
        return super().is_accessible() and (
            auth.may(Right.ENTER_ORDERS) or auth.may(Right.CHANGE_ORDERS)
        )

    @expose("/customers")
    def customers(self) -> ResponseReturnValue:
        """Customers by code, name or e-mail."""
        found = lookup.customers(request.args.get("q", "")[:120])
        return jsonify([_customer_words(one) for one in found])

    @expose("/customers/<int:customer_id>")
    def customer(self, customer_id: int) -> ResponseReturnValue:
        """What a customer's record brings to the form."""
        found = customer_with(customer_id) or abort(404)
        money = auth.may(Right.SEE_MONEY)
        catalogue = shop.catalogue()
        values = lookup.defaults_of(found, catalogue)
        for level, texts in values.items():
            shown = {f.name for f in shown_fields(catalogue, level, with_money=money)}
            values[level] = {name: text for name, text in texts.items() if name in shown}
        terms = _credit_words(found) if money else ""
        return jsonify(
            _customer_words(found)
            | {
                "order": values[Level.ORDER],
                "place": values[Level.DESTINATION],
                "instructions": found.instructions,
                "credit": terms,
            }
        )

    @expose("/products", methods=("GET", "POST"))
    def products(self) -> ResponseReturnValue:
        """Products by item number or name; with POST, what a list of item numbers means."""
        asked = request.get_json(silent=True) if request.method == "POST" else request.args
        asked = asked if isinstance(asked, Mapping) else {}
        customer = str(asked.get("customer") or "")
        buyer = int(customer) if customer.isdecimal() and len(customer) < 10 else None
        if request.method == "POST":
            codes = [str(code)[:120] for code in list(asked.get("codes") or [])[:500]]
            known = lookup.by_code(codes, buyer)
            sizes = lookup.variants_of(hit.product.id for hit in known.values())
            words = {code: _product_words(hit, code, sizes) for code, hit in known.items()}
            return jsonify(words)
        found = lookup.products(str(asked.get("q", ""))[:120], buyer)
        sizes = lookup.variants_of(hit.product.id for hit in found)
        return jsonify([_product_words(hit, hit.product.sku, sizes) for hit in found])

    @expose("/po")
    def second_po(self) -> ResponseReturnValue:
        """Another order of this customer with the same PO number, if there is one."""
        customer = request.args.get("customer", 0, type=int)
        but = request.args.get("but", 0, type=int)
        if not (0 <= customer < 2**31 and 0 <= but < 2**31):
            abort(404)
        other = lookup.same_po(customer, request.args.get("po", "")[:80], but)
        return jsonify(second_po_words(other) if other is not None else None)

    @expose("/check")
    def check(self) -> ResponseReturnValue:
        """What a value typed into a field means: how we read it, or why it does not belong."""
        levels = {level.value: level for level in Level}
        level = levels.get(request.args.get("level", "")) or abort(404)
        field = shop.catalogue().get(level, request.args.get("field", "")) or abort(404)
        try:
            value = parse(field, request.args.get("value", "")[:20_000])
        except CellError as problem:
            return jsonify(problem=str(problem))
        spoken = f"{value:%A} {value.day} {value:%B %Y}" if isinstance(value, date) else ""
        return jsonify(shown=show(field, value), spoken=spoken)

    @expose("/version/<number>")
    def version(self, number: str) -> ResponseReturnValue:
        """Which version of an order is the newest."""
        auth.require(Right.CHANGE_ORDERS)
        return jsonify(version=find_order(number, auth.current_actor()).version)


def customer_with(customer_id: int) -> Customer | None:
    """The customer with that key, or None."""
    if not 0 < customer_id < 2**31:
        return None
    found: Customer | None = Customer.get_or_none(Customer.id == customer_id)
    return found


def second_po_words(order: Order) -> dict[str, str]:
    """The other order with the same PO number, as the question names it."""
    return {
        "number": order.number,
        "url": url_for("order_page.show", number=order.number),
        "text": f"{order.customer_name} has order {order.number} with PO {order.po_number} already",
        "state": order.waiting,
    }


def _customer_words(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "code": customer.code,
        "name": customer.name,
        "email": customer.email,
        "group": customer.group,
    }


def _credit_words(customer: Customer) -> str:
    if customer.credit_blocked:
        return "Credit is blocked for this customer: the order will need a credit release."
    if customer.overdue_amount > 0:
        owed = f"{customer.overdue_amount:,.2f} {customer.currency}"
        return f"{owed} are overdue: the order will need a credit release."
    return ""


def _product_words(hit: lookup.Found, code: str, variants: Mapping[int, Any]) -> dict[str, Any]:
    mine = variants.get(hit.product.id, [])
    words = {
        "code": code,
        "name": hit.product.name,
        "uom": hit.product.uom,
        "color": hit.variant.color if hit.variant is not None else "",
        "size": hit.variant.size if hit.variant is not None else "",
        "sizes": list(dict.fromkeys(v.size for v in mine if v.size)),
        "colors": list(dict.fromkeys(v.color for v in mine if v.color)),
    }
    if auth.may(Right.SEE_MONEY):
        words["unit_price"] = f"{hit.price:f}"
    return words
