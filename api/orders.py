"""Orders: entered through the same funnel as all others, read, listed, changed."""

from datetime import UTC, datetime
from typing import Any

from peewee import JOIN

import clock
from api import shown
from api.kinds import MOMENT, text
from api.operations import ORDER_NUMBER, PAGED, Answer, Call, Operation, Parameter
from api.order_reads import read
from api.pages import page
from api.typed import Reading, changed_lines, order_draft, word
from models import Customer, Job, Order, OrderEvent, Person
from sync import funnel, redraft
from sync.drafts import DraftLine, OrderDraft
from workflow import engine, lookup
from workflow.actors import Right
from workflow.fields import Level
from workflow.search import has_words, seen_by
from workflow.stages import Stage
from workflow.whole_order import find_order


def whole(call: Call, number: str, status: int = 200) -> Answer:
    """One order with everything in it, as the answer to a call."""
    location = f"/orders/{number}" if status == 201 else ""
    if call.brief:
        return Answer(None, 204, location)
    order = find_order(number, call.actor)
    parts = read(order, call.catalogue, call.actor)
    body = shown.order(parts, call.catalogue, with_money=call.sees_money)
    return Answer(body, status, location, order.version)


# ---------------------------------------------------------------- enter, read


def create(call: Call) -> Answer:
    """Enter an order; one that became a change of another order answers 200."""
    began = clock.now()
    draft = order_draft(call.body, call.catalogue, call.actor)
    order = funnel.accept(draft, call.actor, catalogue=call.catalogue)
    return whole(call, order.number, 201 if order.created_at >= began else 200)


def get(call: Call) -> Answer:
    """One order."""
    return whole(call, call.path["number"])


def list_orders(call: Call) -> Answer:
    """A page of orders, newest first."""
    manager = Person.alias("manager")
    columns = [c for c in Order._meta.sorted_fields if c.name != "search_text"]
    query = (
        Order.select(*columns, Customer, Person, manager)
        .join(Customer, JOIN.LEFT_OUTER)
        .join_from(Order, Person, JOIN.LEFT_OUTER, on=Order.sales_rep, attr="sales_rep")
        .join_from(
            Order,
            manager,
            JOIN.LEFT_OUTER,
            on=Order.account_manager == manager.id,
            attr="account_manager",
        )
    )
    for condition in _conditions(call):
        query = query.where(condition)
    catalogue, money = call.catalogue, call.sees_money
    return Answer(page(call, query, lambda o: shown.order_in_list(o, catalogue, with_money=money)))


def _conditions(call: Call) -> list[Any]:
    asked, found = call.query, [seen_by(call.actor)]
    if "stage" in asked:
        found.append(Order.stage == asked["stage"])
    if "customer" in asked:
        found.append(Customer.code == asked["customer"])
    if "po_number" in asked:
        found.append(Order.po_number == asked["po_number"])
    if "open" in asked:
        found.append(Order.closed_at.is_null(asked["open"]))
    if "updated_since" in asked:
        found.append(Order.updated_at >= _moment(asked["updated_since"]))
    if "q" in asked:
        found.append(has_words(asked["q"]))
    return [condition for condition in found if condition is not None]


def _moment(raw: str) -> datetime:
    """A moment that was sent; the format was checked before."""
    try:
        return datetime.fromisoformat(raw.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1, or a leap second
        return datetime(1970, 1, 1, tzinfo=UTC)


def events(call: Call) -> Answer:
    """What happened to an order, newest first."""
    order = find_order(call.path["number"], call.actor)
    query = OrderEvent.select(OrderEvent, Job).join(Job, JOIN.LEFT_OUTER)
    money = call.sees_money
    mine = query.where(OrderEvent.order == order)
    return Answer(page(call, mine, lambda e: shown.event(e, with_money=money)))


# ---------------------------------------------------------------- change


def change(call: Call) -> Answer:
    """Change an order; after release this makes a change order."""
    order = find_order(call.path["number"], call.actor)
    reading, body = Reading(call.catalogue, call.actor), call.body
    if "charges" in body:
        reading.money(("charges",))
    values = reading.header(body)
    places = reading.destinations(body["destinations"]) if "destinations" in body else None
    charges = reading.charges(body["charges"]) if "charges" in body else None
    lines = _lines(call, order, reading, len(places or ())) if "lines" in body else None
    customer = _customer(body, reading)
    reading.stop_if_wrong()
    matches = _matches(lines, customer or order.customer)
    wanted = engine.OrderChange(
        # If-Match: * means "whatever stands there", which is what was read just now.
        version=order.version if call.version is None else call.version,
        values=values,
        destinations=places,
        lines=lines,
        charges=charges,
        customer=customer,
        products=matches.products,
        variants=matches.variants,
    )
    changed = engine.change_order(order.id, wanted, call.actor)
    return whole(call, changed.number)


def _lines(call: Call, order: Order, reading: Reading, places: int) -> tuple[DraftLine, ...]:
    standing = redraft.draft_of(order, call.catalogue)
    have = max(len(standing.destinations), places)
    return changed_lines(call.body["lines"], standing.lines, reading, have)


def _customer(body: dict[str, Any], reading: Reading) -> Customer | None:
    if "customer" not in body:
        return None
    named = word(body["customer"])
    customer = lookup.customer_called(named)
    if customer is None:
        reading.wrong(("customer",), f"'{named}' is no customer; send a code, name or e-mail")
    return customer


def _matches(lines: tuple[DraftLine, ...] | None, buyer: Customer | None) -> engine.Matches:
    if not lines:
        return engine.Matches()
    return funnel.match(OrderDraft(source="api", lines=lines), buyer)


_FILTERS = (
    Parameter("stage", {"type": "string", "enum": [str(s) for s in Stage]}, "Where they are."),
    Parameter("customer", text(40), "Code of the customer."),
    Parameter("po_number", text(80), "Exactly this PO number."),
    Parameter("open", {"type": "boolean"}, "`true`: neither done nor cancelled."),
    Parameter("updated_since", MOMENT, "Changed at or after this moment."),
    Parameter(
        "q",
        text(200, visible=True),
        "Words of number, PO, customer, contact, lines, notes; the newest 1,000 hits.",
    ),
)
OPERATIONS = (
    Operation(
        "POST", "/orders", "createOrder", "Orders", "Enter an order", create,
        Right.ENTER_ORDERS, "Order", "OrderIn", 201, also=(200,), refusals=(409,),
        level=Level.ORDER, keyed=True, brief=True,
        description="It takes the path of every order: customer and items are matched, what is "
        "unclear becomes a problem that stops its release, a PO number that comes again is a "
        "question, and a customer without review has it released at once. Answers 200 instead of "
        "201 where the customer's policy made it a change of the order that stands there.",
    ),
    Operation(
        "GET", "/orders", "listOrders", "Orders", "List orders, newest first", list_orders,
        Right.SEE_ORDERS, "OrderPage", parameters=(*_FILTERS, *PAGED),
    ),
    Operation(
        "GET", "/orders/{number}", "getOrder", "Orders", "One order with everything in it", get,
        Right.SEE_ORDERS, "Order", parameters=(ORDER_NUMBER,),
    ),
    Operation(
        "PATCH", "/orders/{number}", "changeOrder", "Orders", "Change an order", change,
        Right.CHANGE_ORDERS, "Order", "OrderChange", parameters=(ORDER_NUMBER,),
        refusals=(409,), level=Level.ORDER, versioned=True,
        description="What is left out stays, null empties a field. After release a change becomes "
        "a change order that every department it touches has to read.",
    ),
    Operation(
        "GET", "/orders/{number}/events", "listOrderEvents", "Orders",
        "What happened to an order, newest first", events,
        Right.SEE_ORDERS, "EventPage", parameters=(ORDER_NUMBER, *PAGED),
    ),
)  # fmt: skip
