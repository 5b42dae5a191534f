"""What screens ask while somebody types: customers, products, an order with the same PO.  Reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from peewee import JOIN, Case, fn

from models import (
    Address,
    Contact,
    Customer,
    CustomerItem,
    Department,
    Order,
    Product,
    Variant,
)
from sync.cells import CellError, from_json, show
from workflow.fields import Catalogue, Level

MOST = 12
_MOST_CODES = 500


@dataclass(frozen=True)
class Found:
    """What a code means: the product and, where the code says that much, its variant."""

    product: Product
    variant: Variant | None = None

    @property
    def price(self) -> Decimal:
        """What a piece costs: the variant's price, else the product's."""
        own: Decimal | None = self.variant.price if self.variant is not None else None
        price: Decimal = self.product.price
        return price if own is None else own


# ---------------------------------------------------------------- customers


def customers(text: str) -> list[Customer]:
    """Customers by the beginning of their code or e-mail address, or any part of their name."""
    wanted = text.strip()
    if not wanted:
        return []
    by_contact = Contact.select(Contact.customer).where(Contact.email.startswith(wanted))
    matches = (
        Customer.code.startswith(wanted)
        | Customer.name.contains(wanted)
        | Customer.email.startswith(wanted)
        | Customer.id.in_(by_contact)
    )
    best = Case(
        None,
        [(fn.LOWER(Customer.code) == wanted.lower(), 0), (Customer.name.startswith(wanted), 1)],
        2,
    )
    found = Customer.select().where(Customer.active & matches)
    return list(found.order_by(best, Customer.name, Customer.id).limit(MOST))


def customer_called(text: str) -> Customer | None:
    """The one customer whose code, name or e-mail address is exactly this, or None."""
    wanted = text.strip().lower()
    if not wanted:
        return None
    same = (
        (fn.LOWER(Customer.code) == wanted)
        | (fn.LOWER(Customer.name) == wanted)
        | (fn.LOWER(Customer.email) == wanted)
    )
    found = list(Customer.select().where(Customer.active & same).limit(2))
    return found[0] if len(found) == 1 else None


def defaults_of(customer: Customer, catalogue: Catalogue) -> dict[Level, dict[str, str]]:
    """What a customer's record brings to a new order, as forms show it, by level and field."""
    order: dict[str, Any] = {
        "currency": customer.currency,
        "payment_terms": customer.payment_terms,
        "deposit_percent": customer.deposit_percent or None,
    }
    contact = Contact.select().where((Contact.customer == customer) & (Contact.kind == "order"))
    person = contact.order_by(Contact.id).first()
    order["order_contact_name"] = person.name if person else ""
    order["order_contact_email"] = person.email if person else customer.email
    order["order_contact_phone"] = person.phone if person else customer.phone
    addresses = list(
        Address.select()
        .where(Address.customer == customer)
        .order_by(Address.is_default.desc(), Address.id)
    )
    place = _ship_to(next((a for a in addresses if a.kind == "ship_to"), None), customer)
    order |= _bill_to(next((a for a in addresses if a.kind == "bill_to"), None), customer)
    shown = {
        Level.ORDER: _shown(order, Level.ORDER, catalogue),
        Level.DESTINATION: _shown(place, Level.DESTINATION, catalogue),
    }
    for level, values in shown.items():
        values |= _own_defaults(customer, level, catalogue)
    return shown


def _ship_to(address: Address | None, customer: Customer) -> dict[str, Any]:
    if address is None:
        return {}
    names = "address1 address2 address3 city region postal country phone email name attention"
    place = {f"ship_to_{name}": getattr(address, name) for name in names.split()}
    place["ship_to_company"] = address.company or customer.name
    place["ship_to_code"], place["store_number"] = address.code, address.store_number
    place["residential_flag"] = address.residential or None
    return place


def _bill_to(address: Address | None, customer: Customer) -> dict[str, Any]:
    if address is None:
        return {"bill_to_name": customer.name}
    names = "attention address1 address2 address3 city region postal country code"
    bill: dict[str, Any] = {f"bill_to_{name}": getattr(address, name) for name in names.split()}
    bill["bill_to_name"] = address.company or address.name or customer.name
    return bill


def _shown(values: dict[str, Any], level: Level, catalogue: Catalogue) -> dict[str, str]:
    found = {}
    for name, value in values.items():
        field = catalogue.get(level, name)
        if field is not None and value not in (None, ""):
            found[name] = show(field, value)
    return found


def _own_defaults(customer: Customer, level: Level, catalogue: Catalogue) -> dict[str, str]:
    found = {}
    for name, raw in (customer.defaults or {}).items():
        field = catalogue.get(level, name)
        if field is None:
            continue
        try:
            found[name] = show(field, from_json(field, raw))
        except CellError:
            continue  # a choice the shop has taken off since: the engine would not take it either
    return {name: text for name, text in found.items() if text}


# ---------------------------------------------------------------- products


def products(text: str, customer_id: int | None = None) -> list[Found]:
    """Products by the beginning of an item number, or any part of the name."""
    wanted = text.strip()
    if not wanted:
        return []
    exact = by_code([wanted], customer_id)
    of_variant = Variant.select(Variant.product).where(
        Variant.active & Variant.sku.startswith(wanted)
    )
    matches = (
        Product.sku.startswith(wanted)
        | Product.name.contains(wanted)
        | Product.id.in_(of_variant.limit(200))
    )
    best = Case(
        None, [(Product.sku.startswith(wanted), 0), (Product.name.startswith(wanted), 1)], 2
    )
    found = Product.select().where(Product.active & matches).order_by(best, Product.sku).limit(MOST)
    first = list(exact.values())
    known = {hit.product.id for hit in first if hit.variant is None}
    return [*first, *(Found(p) for p in found if p.id not in known)][:MOST]


def by_code(codes: Iterable[str], customer_id: int | None = None) -> dict[str, Found]:
    """What codes mean: the customer's own words first, then ours, then the barcode."""
    wanted = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    found: dict[str, Found] = {}
    for start in range(0, len(wanted), _MOST_CODES):
        found |= _by_code(wanted[start : start + _MOST_CODES], customer_id)
    return found


def _by_code(wanted: Sequence[str], customer_id: int | None) -> dict[str, Found]:
    spellings = list({s for code in wanted for s in (code, code.upper(), code.lower())})
    known: dict[str, Found] = {}
    variants = Variant.select(Variant, Product).join(Product)
    for row in variants.where(Variant.gtin.in_(spellings)):
        known[row.gtin] = Found(row.product, row)
    for product in Product.select().where(Product.sku.in_(spellings)):
        known[product.sku.lower()] = Found(product)
    for row in variants.where(Variant.sku.in_(spellings)):
        known.setdefault(row.sku.lower(), Found(row.product, row))
    if customer_id is not None:
        known |= _their_codes(spellings, customer_id)
    return {code: known[code.lower()] for code in wanted if code.lower() in known}


def _their_codes(codes: Sequence[str], customer_id: int) -> dict[str, Found]:
    items = (
        CustomerItem.select(CustomerItem, Product, Variant)
        .join(Product)
        .switch(CustomerItem)
        .join(Variant, JOIN.LEFT_OUTER)
        .where((CustomerItem.customer == customer_id) & CustomerItem.code.in_(codes))
    )
    return {row.code.lower(): Found(row.product, row.variant) for row in items}


def variants_of(product_ids: Iterable[int]) -> dict[int, list[Variant]]:
    """The active variants of products, by product."""
    found: dict[int, list[Variant]] = {}
    ids = list(set(product_ids))
    for start in range(0, len(ids), _MOST_CODES):
        inside = Variant.product.in_(ids[start : start + _MOST_CODES])
        for row in Variant.select().where(Variant.active & inside).order_by(Variant.id):
            found.setdefault(row.product_id, []).append(row)
    return found


def methods() -> list[str]:
    """The ways of decorating that some department does."""
    rules = Department.select(Department.applies_to).where(Department.active)
    found = {str(m) for d in rules for m in (d.applies_to or {}).get("methods") or ()}
    return sorted(found)


# ---------------------------------------------------------------- orders


def same_po(customer_id: int | None, po_number: str, but: int | None = None) -> Order | None:
    """The newest order of this customer with this PO number that was not cancelled, if any."""
    if customer_id is None or not po_number.strip():
        return None
    found: Order | None = (
        Order.select()
        .where(
            (Order.customer == customer_id)
            & (Order.po_number == po_number.strip())
            & Order.cancelled_at.is_null()
            & (Order.id != (but or 0))
        )
        .order_by(Order.id.desc())
        .first()
    )
    return found
