"""Customers: listed, read, entered, changed, with contacts, addresses and the shop's own fields."""

from collections.abc import Mapping
from typing import Any

from peewee import JOIN, IntegrityError

from api.kinds import fields_of, text
from api.operations import PAGED, Answer, Call, Operation, Parameter, path_id
from api.pages import page
from api.record_schemas import CUSTOMER_MONEY, customer_columns
from api.typed import Reading, exact
from api.values import Json, day, filled, moment, numbers, words
from errors import DuplicateError, NotFoundError, StaleError
from models import Address, Contact, Customer, ExactField, Person, transaction
from sync.cells import clean, to_json
from sync.cells import day as read_day
from workflow.actors import Right
from workflow.fields import Field, Level, tells_money

_ID = path_id("id", "The customer's id.")
_COLUMNS = tuple(customer_columns())
_CONTACT = ("kind", "name", "email", "phone", "opt_in", "preferred_channel")
_ADDRESS = (
    "kind", "is_default", "name", "company", "attention", "address1", "address2", "address3",
    "city", "region", "postal", "country", "code", "store_number", "phone", "email", "residential",
)  # fmt: skip


# ---------------------------------------------------------------- read


def list_customers(call: Call) -> Answer:
    """A page of customers, newest first."""
    query, asked = _customers(), call.query
    if "code" in asked:
        query = query.where(Customer.code == asked["code"])
    if "active" in asked:
        query = query.where(Customer.active == asked["active"])
    if "q" in asked:
        wanted = asked["q"].strip()
        query = query.where(Customer.name.contains(wanted) | Customer.code.startswith(wanted))
    return Answer(page(call, query, lambda row: _in_list(row, call)))


def get(call: Call) -> Answer:
    """One customer."""
    return _whole(call.path["id"], call)


def _customers() -> Any:
    return Customer.select(Customer, Person).join(
        Person, JOIN.LEFT_OUTER, on=Customer.sales_rep, attr="sales_rep"
    )


def _whole(customer_id: int, call: Call, status: int = 200) -> Answer:
    row = _customers().where(Customer.id == customer_id).first()
    if row is None:
        raise _not_here(customer_id)
    found = _in_list(row, call)
    known = _default_fields(call, with_money=call.sees_money)
    found["defaults"] = {n: v for n, v in (row.defaults or {}).items() if n in known}
    contacts = Contact.select().where(Contact.customer == row).order_by(Contact.id)
    addresses = Address.select().where(Address.customer == row).order_by(Address.id)
    found["contacts"] = [words(contact, *_CONTACT) for contact in contacts]
    found["addresses"] = [words(address, *_ADDRESS) for address in addresses]
    return Answer(found, status, f"/customers/{row.id}" if status == 201 else "", row.version)


def _not_here(customer_id: int) -> NotFoundError:
    return NotFoundError(f"There is no customer {customer_id}. Look for it in the list.")


def _in_list(row: Customer, call: Call) -> Json:
    own = fields_of(call.catalogue, Level.CUSTOMER, with_money=call.sees_money)
    found = filled(row, own) | words(row, "id", "version")
    for name in _COLUMNS:
        if name in CUSTOMER_MONEY and not call.sees_money:
            continue
        column = Customer._meta.fields[name]
        exact_one = isinstance(column, ExactField)
        found |= numbers(row, name) if exact_one else words(row, name)
    found["exemption_expiry"] = day(row.exemption_expiry)
    found["created_at"] = moment(row.created_at)
    found["sales_rep"] = str(row.sales_rep) if row.sales_rep is not None else None
    return found


def _default_fields(call: Call, *, with_money: bool) -> dict[str, Field]:
    """What may stand in ``defaults``: fields of orders and of destinations."""
    levels = (Level.DESTINATION, Level.ORDER)
    return {
        name: field
        for level in levels
        for name, field in fields_of(call.catalogue, level, with_money=with_money).items()
    }


# ---------------------------------------------------------------- write


def create(call: Call) -> Answer:
    """Enter a customer."""
    row = Customer(extra={}, defaults={})
    _put(row, call)
    with transaction():
        _saved(row, force_insert=True)
        _put_lists(row, call.body)
    return _whole(row.id, call, 201)


def change(call: Call) -> Answer:
    """Change a customer; lists are taken whole."""
    customer_id = call.path["id"]
    with transaction():
        row = Customer.get_or_none(Customer.id == customer_id)
        if row is None:
            raise _not_here(customer_id)
        seen = row.version if call.version is None else call.version
        _put(row, call)
        taken = (
            Customer.update(version=Customer.version + 1)
            .where((Customer.id == customer_id) & (Customer.version == seen))
            .execute()
        )
        if not taken:
            raise StaleError(
                f"{row.name} was changed by somebody else in the meantime. Read it again."
            )
        if row.dirty_fields:
            _saved(row)
        _put_lists(row, call.body)
    return _whole(customer_id, call)


def _saved(row: Customer, **words: bool) -> None:
    try:
        with transaction():
            row.save(**words)
    except IntegrityError as refusal:
        raise DuplicateError(
            f"There is a customer with the code '{row.code}' already. Take another code."
        ) from refusal


def _put(row: Customer, call: Call) -> None:
    """The columns and the shop's own fields that were sent.

    Raises:
        ForbiddenError: what they owe was sent by somebody who may not see money.
        ContentError: a value does not belong into its field.
    """
    reading, body = Reading(call.catalogue, call.actor), call.body
    for name in (n for n in CUSTOMER_MONEY if n in body):
        reading.money((name,))
    own = reading.fields(Level.CUSTOMER, body, ())
    defaults = _defaults(row, call, reading) if "defaults" in body else None
    reading.stop_if_wrong()
    for name in (n for n in _COLUMNS if n in body):
        setattr(row, name, _column(name, body[name]))
    if own:
        row.extra = (row.extra or {}) | _stored(call, Level.CUSTOMER, own)
    if defaults is not None:
        row.defaults = defaults


def _column(name: str, raw: Any) -> Any:
    """A column's value as it is kept."""
    column = Customer._meta.fields[name]
    if isinstance(column, ExactField):
        return None if raw is None else exact(raw)
    if name == "exemption_expiry":
        return read_day(raw) if raw else None
    if name == "instructions":
        return clean(raw)
    return raw if isinstance(raw, bool) else " ".join(clean(raw or "").split())


def _stored(call: Call, level: Level, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name: field for field in call.catalogue.of(level)}
    return {name: to_json(known[name], value) for name, value in values.items()}


def _defaults(row: Customer, call: Call, reading: Reading) -> dict[str, Any]:
    """The values for new orders; those the caller may not see stay as they are."""
    sent = call.body["defaults"]
    known = _default_fields(call, with_money=True)
    found: dict[str, Any] = {}
    for level in (Level.DESTINATION, Level.ORDER):
        values = reading.fields(level, sent, ("defaults",))
        found |= {n: v for n, v in _stored(call, level, values).items() if v is not None}
    if not call.sees_money:
        kept = (row.defaults or {}).items()
        found |= {n: v for n, v in kept if n in known and tells_money(known[n])}
    return found


def _put_lists(row: Customer, body: Mapping[str, Any]) -> None:
    for name, table in (("contacts", Contact), ("addresses", Address)):
        if name not in body:
            continue
        table.delete().where(table.customer == row).execute()
        for raw in body[name]:
            tidy = {n: v if isinstance(v, bool) else _text(v) for n, v in raw.items()}
            table.create(customer=row, **tidy)


def _text(raw: Any) -> str:
    return " ".join(clean(raw or "").split())


OPERATIONS = (
    Operation(
        "GET", "/customers", "listCustomers", "Customers", "List customers, newest first",
        list_customers, Right.SEE_ORDERS, "CustomerPage",
        parameters=(
            Parameter("code", text(40), "Exactly this code."),
            Parameter("q", text(120), "Part of the name, or beginning of the code."),
            Parameter("active", {"type": "boolean"}, "Only those in use, or only the others."),
            *PAGED,
        ),
    ),
    Operation(
        "GET", "/customers/{id}", "getCustomer", "Customers", "One customer", get,
        Right.SEE_ORDERS, "Customer", parameters=(_ID,),
    ),
    Operation(
        "POST", "/customers", "createCustomer", "Customers", "Enter a customer", create,
        Right.CUSTOMERS, "Customer", "CustomerIn", 201, refusals=(409,), level=Level.CUSTOMER,
        keyed=True,
    ),
    Operation(
        "PATCH", "/customers/{id}", "changeCustomer", "Customers", "Change a customer", change,
        Right.CUSTOMERS, "Customer", "CustomerChange", parameters=(_ID,), refusals=(409,),
        level=Level.CUSTOMER, versioned=True,
    ),
)  # fmt: skip
