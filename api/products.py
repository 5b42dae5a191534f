"""Products with their styles, colours and sizes: listed, read, entered, changed."""

from collections.abc import Mapping
from typing import Any

from peewee import JOIN, IntegrityError

from api.kinds import text
from api.operations import PAGED, Answer, Call, Operation, Parameter, path_id
from api.pages import page
from api.record_schemas import PRODUCT_MONEY, product_columns, variant_columns
from api.refusals import ContentError, pointer
from api.typed import exact, word
from api.values import Json, numbers, words
from errors import DuplicateError, ForbiddenError, NotFoundError, StaleError
from models import ExactField, Product, Variant, Vendor, transaction
from sync.cells import clean
from workflow.actors import Right

_ID = path_id("id", "The product's id.")
_COLUMNS = tuple(name for name in product_columns() if name not in ("vendor", "price"))
_VARIANT = tuple(name for name in variant_columns() if name not in PRODUCT_MONEY)


# ---------------------------------------------------------------- read


def list_products(call: Call) -> Answer:
    """A page of products, newest first."""
    query, asked = _products(), call.query
    if "sku" in asked:
        query = query.where(Product.sku == asked["sku"])
    if "active" in asked:
        query = query.where(Product.active == asked["active"])
    if "q" in asked:
        wanted = asked["q"].strip()
        query = query.where(Product.name.contains(wanted) | Product.sku.startswith(wanted))
    return Answer(page(call, query, lambda row: _in_list(row, call)))


def get(call: Call) -> Answer:
    """One product with its variants."""
    return _whole(call.path["id"], call)


def _products() -> Any:
    return Product.select(Product, Vendor).join(Vendor, JOIN.LEFT_OUTER)


def _whole(product_id: int, call: Call, status: int = 200) -> Answer:
    row = _products().where(Product.id == product_id).first()
    if row is None:
        raise _not_here(product_id)
    variants = Variant.select().where(Variant.product == row).order_by(Variant.id)
    found = _in_list(row, call)
    found["variants"] = [
        words(variant, "id", *_VARIANT)
        | (numbers(variant, *PRODUCT_MONEY) if call.sees_money else {})
        for variant in variants
    ]
    return Answer(found, status, f"/products/{row.id}" if status == 201 else "", row.version)


def _not_here(product_id: int) -> NotFoundError:
    return NotFoundError(f"There is no product {product_id}. Look for it in the list.")


def _in_list(row: Product, call: Call) -> Json:
    found = words(row, "id", "version", *_COLUMNS)
    found["tags"] = [str(tag) for tag in row.tags or []]
    found["vendor"] = row.vendor.code if row.vendor is not None else None
    return found | (numbers(row, "price") if call.sees_money else {})


# ---------------------------------------------------------------- write


def create(call: Call) -> Answer:
    """Enter a product with its variants."""
    row = Product()
    _put(row, call)
    with transaction():
        _saved(row, f"There is an item '{row.sku}' already. Take another number.", new=True)
        _put_variants(row, call.body)
    return _whole(row.id, call, 201)


def change(call: Call) -> Answer:
    """Change a product; variants are added or changed by their item number."""
    product_id = call.path["id"]
    with transaction():
        row = Product.get_or_none(Product.id == product_id)
        if row is None:
            raise _not_here(product_id)
        seen = row.version if call.version is None else call.version
        _put(row, call)
        taken = (
            Product.update(version=Product.version + 1)
            .where((Product.id == product_id) & (Product.version == seen))
            .execute()
        )
        if not taken:
            raise StaleError(
                f"{row.sku} was changed by somebody else in the meantime. Read it again."
            )
        if row.dirty_fields:
            _saved(row, f"There is an item '{row.sku}' already. Take another number.")
        _put_variants(row, call.body)
    return _whole(product_id, call)


def _saved(row: Product | Variant, taken: str, *, new: bool = False) -> None:
    try:
        with transaction():
            row.save(force_insert=new)
    except IntegrityError as refusal:
        raise DuplicateError(taken) from refusal


def _put(row: Product, call: Call) -> None:
    body = call.body
    _require_money(call)
    for name in (n for n in _COLUMNS if n in body):
        setattr(row, name, _tidy(name, body[name]))
    if "price" in body:
        row.price = exact(body["price"])
    if "vendor" in body:
        row.vendor = _vendor(body["vendor"])


def _require_money(call: Call) -> None:
    sent = [pointer(name) for name in PRODUCT_MONEY if name in call.body]
    for n, raw in enumerate(call.body.get("variants", ())):
        sent += [pointer("variants", n, name) for name in PRODUCT_MONEY if name in raw]
    if sent and not call.sees_money:
        raise ForbiddenError(
            f"{call.actor.name} may not see prices and totals, so it may not send "
            f"{', '.join(sent[:5])}. Ask an owner for that right, or leave them out."
        )


def _tidy(name: str, raw: Any) -> Any:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, list):
        return [word(item) for item in raw]
    return clean(raw) if name == "description" else word(raw)


def _vendor(code: str | None) -> Vendor | None:
    if not code:
        return None
    found: Vendor | None = Vendor.get_or_none(Vendor.code == word(code))
    if found is None:
        raise ContentError([("/vendor", f"there is no vendor with the code '{code}'")])
    return found


def _put_variants(row: Product, body: Mapping[str, Any]) -> None:
    """Add or change variants by their item number; none is removed."""
    have = {v.sku: v for v in Variant.select().where(Variant.product == row)}
    for raw in body.get("variants", ()):
        sku = word(raw["sku"])
        variant = have.get(sku) or Variant(product=row, sku=sku)
        for name, value in raw.items():
            column = Variant._meta.fields[name]
            exact_one = isinstance(column, ExactField)
            new = (None if value is None else exact(value)) if exact_one else _tidy(name, value)
            setattr(variant, name, new)
        taken = f"The item '{sku}' is a variant of another product. Take another number."
        _saved(variant, taken, new=sku not in have)
        have[sku] = variant


OPERATIONS = (
    Operation(
        "GET", "/products", "listProducts", "Products", "List products, newest first",
        list_products, Right.SEE_ORDERS, "ProductPage",
        parameters=(
            Parameter("sku", text(60), "Exactly this item number."),
            Parameter("q", text(120), "Part of the name, or beginning of the item number."),
            Parameter("active", {"type": "boolean"}, "Only those in use, or only the others."),
            *PAGED,
        ),
    ),
    Operation(
        "GET", "/products/{id}", "getProduct", "Products", "One product with its variants", get,
        Right.SEE_ORDERS, "Product", parameters=(_ID,),
    ),
    Operation(
        "POST", "/products", "createProduct", "Products", "Enter a product", create,
        Right.PRODUCTS, "Product", "ProductIn", 201, refusals=(409,), keyed=True,
    ),
    Operation(
        "PATCH", "/products/{id}", "changeProduct", "Products", "Change a product", change,
        Right.PRODUCTS, "Product", "ProductChange", parameters=(_ID,), refusals=(409,),
        versioned=True,
    ),
)  # fmt: skip
