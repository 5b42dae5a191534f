"""The shapes of customers, products, departments, fields and files. Pure."""

from api.kinds import (
    CURRENCY,
    DAY,
    DECIMAL,
    EMAIL,
    FLAG,
    MOMENT,
    MONEY,
    MONEY_WORDS,
    PERCENT,
    PRICE,
    VERSION,
    WHOLE,
    WORD,
    Schema,
    listed,
    many,
    maybe,
    one_of,
    open_shape,
    page,
    ref,
    shape,
    text,
)
from api.order_schemas import Levels
from workflow.fields import LINE_FIELDS, ORDER_FIELDS, Kind, Level

FILE_STATES = ("received", "accepted", "needs_person", "duplicate", "rejected")
CONTACT_KINDS = ("order", "art", "bill", "expeditor", "sales", "ship")
CHANNELS = ("email", "sms", "phone", "portal")
_TERMS = next(f.choices for f in ORDER_FIELDS if f.name == "payment_terms")
_UNITS = next(f.choices for f in LINE_FIELDS if f.name == "uom")
_GTIN: Schema = {"type": "string", "pattern": r"^([0-9]{8}|[0-9]{12,14})?$"}
#: Columns of customers and products that tell money, by table.
CUSTOMER_MONEY = (
    "credit_limit", "open_receivables", "overdue_amount", "deposit_percent", "credit_blocked",
)  # fmt: skip
PRODUCT_MONEY = ("price", "cost")


def sent_records(takes: Levels) -> dict[str, Schema]:
    """The schemas of what programs send about customers and products."""
    customer = {**takes[Level.CUSTOMER], **customer_columns()}
    customer["defaults"] = shape({**takes[Level.DESTINATION], **takes[Level.ORDER]}) | {
        "description": "Values for new orders where nothing else is said, by field."
    }
    customer["contacts"] = listed(_contact(), 200) | {"description": "All of them; replaced."}
    customer["addresses"] = listed(_address(), 1000) | {"description": "All of them; replaced."}
    variants = listed(shape(variant_columns(), "sku"), 1000)
    about = "Variants are added or changed by their `sku`; none is removed, but may be switched off"
    product = {**product_columns(), "variants": variants | {"description": f"{about}."}}
    return {
        "CustomerIn": shape(customer, "code", "name"),
        "CustomerChange": shape({"version": VERSION, **customer}),
        "ProductIn": shape(product, "sku", "name"),
        "ProductChange": shape({"version": VERSION, **product}),
        "CustomerChoice": shape(
            {"customer": text(200, "Code, name or e-mail address.", visible=True)}, "customer"
        ),
        "FileIn": shape({"file": {"type": "string", "format": "binary"}}, "file", closed=False),
    }


def customer_columns() -> dict[str, Schema]:
    """What may be sent of a customer besides the shop's own fields and the lists."""
    sixty = ("exemption_number", "tax_id", "tax_category", "tax_jurisdiction", "price_list")
    flags = ("credit_blocked", "tax_exempt", "touchless", "send_messages", "active")
    code = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"}
    return {
        "code": code | {"examples": ["RIVER"]},
        "name": text(200, visible=True) | {"examples": ["Riverside AC"]},
        "group": text(80),
        "email": maybe(EMAIL),
        "phone": text(60),
        "language": {"type": "string", "pattern": r"^[a-z]{2}(-[A-Z]{2})?$", "examples": ["en"]},
        "currency": CURRENCY,
        "payment_terms": one_of(_TERMS),
        "deposit_percent": PERCENT,
        "credit_limit": maybe(MONEY) | {"description": "null: no limit."},
        "open_receivables": MONEY,
        "overdue_amount": MONEY,
        "exemption_expiry": maybe(DAY),
        **dict.fromkeys(sixty, text(60)),
        "duplicate_po": one_of(
            ("ask", "change_order", "new_order"), "What a PO number means that comes again."
        ),
        "instructions": text(20_000),
        **dict.fromkeys(flags, FLAG),
    }


def _contact() -> Schema:
    return shape(
        {
            "kind": one_of(CONTACT_KINDS),
            "name": text(120, visible=True),
            "email": maybe(EMAIL),
            "phone": text(60),
            "opt_in": FLAG,
            "preferred_channel": one_of(CHANNELS),
        },
        "name",
    )


def _address() -> Schema:
    hundred = ("name", "company", "attention", "city", "region")
    return shape(
        {
            "kind": one_of(("ship_to", "bill_to")),
            "is_default": FLAG,
            **dict.fromkeys(hundred, text(120)),
            **dict.fromkeys(("address1", "address2", "address3"), text(200)),
            **dict.fromkeys(("postal", "code", "store_number"), text(40)),
            "country": {"type": "string", "pattern": "^([A-Z]{2})?$", "examples": ["US"]},
            "phone": text(60),
            "email": maybe(EMAIL),
            "residential": FLAG,
        }
    )


def product_columns() -> dict[str, Schema]:
    """What may be sent of a product besides its variants."""
    return {
        "sku": text(60, visible=True) | {"examples": ["TEE-HVY"]},
        "name": text(200, visible=True) | {"examples": ["Heavy cotton tee"]},
        "description": text(20_000),
        "category": text(80),
        "tags": listed(text(80, visible=True), 50),
        "uom": one_of(_UNITS),
        "price": PRICE,
        "purchased": FLAG | {"description": "Bought for each order, not taken from stock."},
        "vendor": maybe(text(40)) | {"description": "Code of the vendor it is bought from."},
        "tax_class": text(40),
        "active": FLAG,
    }


def variant_columns() -> dict[str, Schema]:
    """What may be sent of a product's variant."""
    return {
        "sku": text(80, visible=True) | {"examples": ["TEE-HVY-L"]},
        **dict.fromkeys(("style", "color"), text(80)),
        "size": text(20),
        "gtin": _GTIN,
        **dict.fromkeys(PRODUCT_MONEY, maybe(PRICE)),
        "active": FLAG,
    }


# ---------------------------------------------------------------- what is answered


def answered_records(gives: Levels) -> dict[str, Schema]:
    """The schemas of customers, products and the small things in answers."""
    columns = {name: _answer_of(schema) for name, schema in customer_columns().items()}
    row = {"id": WHOLE, "version": WHOLE, "created_at": MOMENT}
    listing = {**gives[Level.CUSTOMER], **columns, **row, "sales_rep": maybe(WORD)}
    customer = {
        **listing,
        "defaults": {"type": "object"},
        "contacts": many(_answers_of(_contact())),
        "addresses": many(_answers_of(_address())),
    }
    product = {name: _answer_of(schema) for name, schema in product_columns().items()}
    variant = {name: _answer_of(schema) for name, schema in variant_columns().items()}
    product |= {"id": WHOLE, "version": WHOLE}
    variants = many(open_shape({"id": WHOLE, **variant}, "id", "sku"))
    return {
        "Customer": open_shape(customer, "id", "code", "name", "version", "contacts", "addresses"),
        "CustomerInList": open_shape(listing, "id", "code", "name", "version"),
        "CustomerPage": page("CustomerInList"),
        "Product": open_shape({**product, "variants": variants}, "id", "sku", "name", "variants"),
        "ProductInList": open_shape(product, "id", "sku", "name", "version"),
        "ProductPage": page("ProductInList"),
        **_files(),
        **_small(),
    }


def _answers_of(sent: Schema) -> Schema:
    return open_shape({n: _answer_of(schema) for n, schema in sent["properties"].items()})


def _answer_of(sent: Schema) -> Schema:
    """What a value that may be sent so is answered with."""
    kinds = sent["type"] if isinstance(sent["type"], list) else [sent["type"]]
    if "array" in kinds:
        return many(WORD)
    shown = FLAG if "boolean" in kinds else DECIMAL if "integer" in kinds else WORD
    if sent.get("format") == "date":
        shown = {"type": "string", "format": "date"}
    shown = maybe(shown) if "null" in kinds else shown
    money = sent in (MONEY, PRICE, maybe(MONEY), maybe(PRICE), PERCENT)
    return shown | ({"description": MONEY_WORDS} if money else {})


def _files() -> dict[str, Schema]:
    words = ("name", "channel", "sender", "reason", "source", "received_by")
    incoming = {
        "id": WHOLE,
        "version": WHOLE,
        **dict.fromkeys(words, WORD),
        "state": one_of(FILE_STATES),
        "size": WHOLE | {"description": "Bytes."},
        "sha256": WORD,
        "customer": maybe(WORD) | {"description": "Code of the customer it belongs to."},
        "duplicate_of": maybe(WHOLE) | {"description": "Id of the file that came first."},
        "orders": many(WORD) | {"description": "Numbers of the orders it made or changed."},
        "received_at": MOMENT,
        "read_at": maybe(MOMENT),
    }
    problems = {"problems": many(ref("OpenProblem"))}
    return {
        "Incoming": open_shape({**incoming, **problems}, *incoming, "problems"),
        "IncomingInList": open_shape(incoming, *incoming),
        "IncomingPage": page("IncomingInList"),
    }


def _small() -> dict[str, Schema]:
    department = {
        **dict.fromkeys(("slug", "name", "stage", "work"), WORD),
        **dict.fromkeys(("position", "lead_days", "capacity_minutes"), WHOLE),
        "waits_for": many(WORD),
        "active": FLAG,
    }
    field = {
        **dict.fromkeys(("name", "label", "tab", "required_at", "help"), WORD),
        "level": one_of(Level),
        "kind": one_of(Kind),
        "choices": many(WORD),
        **dict.fromkeys(("everyday", "custom", "money"), FLAG),
    }
    right = open_shape({"right": WORD, "meaning": WORD}, "right", "meaning")
    me = {
        "name": WORD | {"description": "How the history calls what this token does."},
        "role": WORD,
        "rights": many(right),
        "shop": WORD,
        "currency": WORD,
        "time_zone": WORD,
    }
    return {
        "Department": open_shape(department, *department),
        "DepartmentList": open_shape({"items": many(ref("Department"))}, "items"),
        "Field": open_shape(field, *field),
        "FieldList": open_shape({"items": many(ref("Field"))}, "items"),
        "Me": open_shape(me, *me),
        "Problem": _problem(),
    }


def _problem() -> Schema:
    place = WORD | {"description": "JSON pointer into what was sent, or the parameter's name."}
    error = open_shape({"pointer": place, "message": WORD}, "pointer", "message")
    problem = {
        "type": WORD,
        "title": WORD,
        "status": WHOLE,
        "detail": WORD | {"description": "What is wrong, where, and what to do next."},
    }
    more = {
        "errors": many(error) | {"description": "A sentence for everything that does not fit."},
        "reasons": many(WORD) | {"description": "Everything that stands in the way."},
        "reference": WORD | {"description": "Tell it when you report a failure of ours."},
    }
    return open_shape({**problem, **more}, *problem)
