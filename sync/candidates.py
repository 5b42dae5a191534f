"""What may be meant: customers and products loaded for matching, in few statements.

A document may have thousands of lines, so everything is asked for in batches, by the codes that
the document names; everything we sell is read only when a line names nothing we know.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from models import Contact, Customer, CustomerItem, Product, Variant
from sync import matching
from sync.drafts import DraftLine
from sync.likeness import gtin14, likely_color, likely_products
from sync.matching import CustomerHit, KnownCustomer, KnownProduct, KnownVariant, Shelf

_CHUNK = 900
_MOST = 20_000  # customers or products that are compared one by one


def customer(named: str, senders: Sequence[str]) -> tuple[CustomerHit, Customer | None]:
    """Find the customer by what a document names and where it came from."""
    close, known = _customers_called(named, senders)
    hit = matching.find_customer(named, senders, known)
    if hit.id is not None and not hit.doubt:
        return hit, close[hit.id]
    hit = matching.find_customer(named, senders, _all_customers())
    return hit, Customer.get_by_id(hit.id) if hit.id is not None else None


def _customers_called(
    named: str, senders: Sequence[str]
) -> tuple[dict[int, Customer], list[KnownCustomer]]:
    """Those with that very code, name or address: enough for most documents."""
    codes = [*{named, named.upper(), named.lower(), named.strip()}]
    mails = [*{form for s in (*senders, named) for form in (s, s.lower()) if "@" in s}]
    ids = Contact.select(Contact.customer).where(Contact.email.in_(mails))
    meant = Customer.code.in_(codes) | Customer.name.in_(codes)
    if mails:
        meant |= Customer.email.in_(mails) | Customer.id.in_(ids)
    found = Customer.select().where(Customer.active & meant).order_by(Customer.id).limit(_MOST)
    rows = {row.id: row for row in found}
    facts = [(row.id, row.code, row.name, row.email) for row in rows.values()]
    return rows, _with_contacts(facts, by_mail=bool(mails))


def _all_customers() -> list[KnownCustomer]:
    columns = (Customer.id, Customer.code, Customer.name, Customer.email)
    found = Customer.select(*columns).where(Customer.active).order_by(Customer.id).limit(_MOST)
    return _with_contacts(list(found.tuples()), by_mail=True)


def _with_contacts(rows: Sequence[Any], *, by_mail: bool) -> list[KnownCustomer]:
    """Customers from (id, code, name, e-mail), with their people's addresses where asked for."""
    contacts: dict[int, list[str]] = {}
    asked = Contact.select(Contact.customer, Contact.email).where(Contact.email != "")
    if len(rows) <= _CHUNK:
        asked = asked.where(Contact.customer.in_([row[0] for row in rows]))
    found: Iterable[Any] = asked.limit(5 * _MOST).tuples() if rows and by_mail else ()
    for owner, email in found:
        contacts.setdefault(owner, []).append(email)
    return [
        KnownCustomer(key, code, name, tuple(filter(None, [email, *contacts.get(key, [])])))
        for key, code, name, email in rows
    ]


def shelf(
    lines: Sequence[DraftLine], buyer: Customer | None, *, typed: bool
) -> tuple[Shelf, dict[int, Product]]:
    """The products and variants that a draft's lines may mean, and the products' rows by id.

    What was typed is looked up by codes alone; a document's lines may also give just a name, and
    whether colour or size is missing only the variants tell.
    """
    codes = _words(lines, "sku", "customer_item_number")
    own_codes = _own_codes(codes, buyer)
    variants = _variants(Variant.sku, _spelled(codes))
    variants |= _variants(Variant.gtin, _barcodes(_words(lines, "gtin")))
    products = _products(Product.sku, _spelled(codes))
    if not typed:
        products |= _products(Product.name, _words(lines, "description"))
    ids = {v.product_id for v in variants.values()} | {p for p, _v in own_codes.values()}
    products |= _products(Product.id, sorted(ids - set(products)))
    looks = any(line.sizes or {"size", "color"} & set(line.values) for line in lines)
    if looks or not typed:
        variants |= _variants(Variant.product, sorted(products))
    else:
        variants |= _variants(Variant.id, sorted({v for _p, v in own_codes.values() if v}))
    known = [
        KnownProduct(row.id, row.sku, row.name, row.uom, row.price or None, row.active)
        for row in products.values()
    ]
    return Shelf(known, variants.values(), own_codes), products


def suggestions(texts: Sequence[str]) -> dict[str, str]:
    """For the words of lines we do not know, what they probably mean: "TEE-5000 black"."""
    wanted = list(dict.fromkeys(text for text in texts if text))
    sold: list[Any] = list(
        Product.select(Product.id, Product.sku, Product.name)
        .where(Product.active)
        .order_by(Product.id)
        .limit(_MOST)
        .tuples()
    )
    likely = likely_products(wanted, sold)
    skus = {key: sku for key, sku, _name in sold}
    colors: dict[int, dict[str, None]] = {}
    for variant in _variants(Variant.product, sorted(set(likely.values()))).values():
        colors.setdefault(variant.product_id, {})[variant.color] = None
    return {
        text: f"{skus[key]} {likely_color(text, colors.get(key, {}))}".strip()
        for text, key in likely.items()
    }


def _words(lines: Sequence[DraftLine], *names: str) -> list[str]:
    values = (line.values.get(name) for line in lines for name in names)
    return list(dict.fromkeys(str(v).strip() for v in values if v))


def _spelled(codes: Sequence[str]) -> list[str]:
    """Each code as written and in capitals: an index finds both, a function on it none."""
    return list(dict.fromkeys(form for c in codes for form in (c, c.upper(), c.lower())))


def _barcodes(codes: Sequence[str]) -> list[str]:
    """Each barcode in every length it may be kept in."""
    forms = ((gtin14(c), gtin14(c).lstrip("0")) for c in codes)
    return list(
        dict.fromkeys(short.zfill(n) for _full, short in forms if short for n in (8, 12, 13, 14))
    )


def _own_codes(codes: Sequence[str], buyer: Customer | None) -> dict[str, tuple[int, int | None]]:
    found: dict[str, tuple[int, int | None]] = {}
    if buyer is None:
        return found
    for chunk in _chunks(_spelled(codes)):
        rows: Iterable[Any] = (
            CustomerItem.select(CustomerItem.code, CustomerItem.product, CustomerItem.variant)
            .where((CustomerItem.customer == buyer) & CustomerItem.code.in_(chunk))
            .tuples()
        )
        found |= {code: (product, variant) for code, product, variant in rows}
    return found


def _products(column: Any, values: Sequence[Any]) -> dict[int, Product]:
    found: dict[int, Product] = {}
    for chunk in _chunks(values):
        found |= {row.id: row for row in Product.select().where(column.in_(chunk))}
    return found


def _variants(column: Any, values: Sequence[Any]) -> dict[int, KnownVariant]:
    columns = (
        Variant.id, Variant.product, Variant.sku, Variant.color, Variant.size, Variant.gtin,
        Variant.price,
    )  # fmt: skip
    found: dict[int, KnownVariant] = {}
    for chunk in _chunks(values):
        meant = Variant.active & column.in_(chunk)
        rows: Iterable[Any] = Variant.select(*columns).where(meant).order_by(Variant.id).tuples()
        found |= {row[0]: KnownVariant(*row) for row in rows}
    return found


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
