"""Every table: fields, keys, indexes.  No rules: those stand in ``workflow``.

Money is exact: a scaled whole number in the database, ``Decimal`` in Python (``ExactField``).
Times are aware and UTC (``MomentField``), due dates are the shop's local dates.  "Open" is always
a NULL timestamp, so that the small partial indexes below serve both databases.  What few shops
use lives typed in a row's ``extra`` (see ``workflow.fields``), never in a column nobody fills.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Database,
    DatabaseProxy,
    DateField,
    DateTimeField,
    Field,
    FieldAlias,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    ModelSelect,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.pool import PooledDatabase, PooledPostgresqlDatabase, PooledSqliteDatabase

import clock
from errors import SettingsError

database = DatabaseProxy()

if TYPE_CHECKING:
    _AnyField = Field[Any]
    _AnyDateTimeField = DateTimeField[Any]
    _AnySelect = ModelSelect[Any]
else:  # generic for the type checker only
    _AnyField = Field
    _AnyDateTimeField = DateTimeField
    _AnySelect = ModelSelect


# ---------------------------------------------------------------- connection


def connect(url: str, *, pool_size: int = 20) -> Database:
    """Bind every table to the database behind ``url`` and return it.

    ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db`` or
    ``postgresql://user:password@host:port/name``.

    Raises:
        SettingsError: the address is of no kind we know.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        opened = _sqlite(unquote(parts.path[1:]), pool_size)
    elif parts.scheme in {"postgresql", "postgres"}:
        opened = _postgresql(url, pool_size)
    else:
        raise SettingsError(
            f"DATABASE_URL begins with '{parts.scheme}:'; write sqlite:///path or postgresql://…"
        )
    database.initialize(opened)
    return opened


def _sqlite(path: str, pool_size: int) -> Database:
    options: dict[str, Any] = {
        # A deferred transaction that reads first cannot become a writer under WAL: it fails at
        # once with "database is locked".  IMMEDIATE waits for its turn instead.
        "lock_type": "IMMEDIATE",
        "pragmas": {
            "busy_timeout": 30_000,
            "journal_mode": "wal",
            "synchronous": 1,
            "foreign_keys": 1,
            "cache_size": -64000,
            "temp_store": 2,
        },
    }
    if path in ("", ":memory:"):
        return SqliteDatabase(":memory:", **options)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # A connection that stays open keeps what it has read; one thread after another uses it.
    pool: Database = PooledSqliteDatabase(
        path,
        max_connections=pool_size,
        stale_timeout=300,
        timeout=10,
        check_same_thread=False,
        **options,
    )
    return pool


def _postgresql(url: str, pool_size: int) -> Database:
    parts = urlsplit(url)
    options: dict[str, Any] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    for name, value in (
        ("user", parts.username),
        ("password", parts.password),
        ("host", parts.hostname),
        ("port", parts.port),
    ):
        if value:
            options.setdefault(name, unquote(value) if isinstance(value, str) else value)
    options.setdefault("connect_timeout", 5)
    pool: Database = PooledPostgresqlDatabase(
        unquote(parts.path[1:]),
        prefer_psycopg3=True,
        max_connections=pool_size,
        stale_timeout=300,
        timeout=10,
        **options,
    )
    return pool


def close() -> None:
    """Give the connection of this thread back."""
    if database.obj is not None and not database.is_closed():
        database.close()


def disconnect() -> None:
    """Close this thread's connection and all that wait to be used again."""
    close()
    if isinstance(database.obj, PooledDatabase):
        database.obj.close_idle()


def drop_connection() -> None:
    """Forget connections that may be dead, so that the next question opens new ones."""
    opened = database.obj
    if isinstance(opened, PooledDatabase):
        opened.manual_close()
        opened.close_idle()
    else:
        close()


def transaction() -> AbstractContextManager[Any]:
    """One unit of work: everything in the block is kept, or nothing."""
    context: AbstractContextManager[Any] = database.atomic()
    return context


def joined() -> AbstractContextManager[Any]:
    """Part of the caller's unit of work; one of its own where the caller has none.

    What fails inside must not be caught before the caller's unit has ended.
    """
    return nullcontext() if database.in_transaction() else transaction()


def on_postgresql() -> bool:
    """Whether the shop runs on PostgreSQL (row locks, another text search)."""
    return not isinstance(database.obj, SqliteDatabase)


def create_tables() -> None:
    """Make every table and the search index in an empty database; migrations do it for shops."""
    database.create_tables(TABLES)
    for statement in search_ddl(database.obj):
        database.execute_sql(statement)


def search_ddl(opened: Database) -> list[str]:
    """The statements that make the word search over ``orders.search_text``."""
    if not isinstance(opened, SqliteDatabase):
        return [
            "CREATE INDEX IF NOT EXISTS orders_search ON orders "
            "USING gin (to_tsvector('simple', search_text))"
        ]
    return [
        "CREATE VIRTUAL TABLE IF NOT EXISTS order_search USING fts5("
        "search_text, content='orders', content_rowid='id', prefix='2 3 4')",
        "CREATE TRIGGER IF NOT EXISTS order_search_insert AFTER INSERT ON orders BEGIN "
        "INSERT INTO order_search(rowid, search_text) VALUES (new.id, new.search_text); END",
        "CREATE TRIGGER IF NOT EXISTS order_search_delete AFTER DELETE ON orders BEGIN "
        "INSERT INTO order_search(order_search, rowid, search_text) "
        "VALUES ('delete', old.id, old.search_text); END",
        "CREATE TRIGGER IF NOT EXISTS order_search_update AFTER UPDATE OF search_text ON orders "
        "WHEN old.search_text <> new.search_text BEGIN "
        "INSERT INTO order_search(order_search, rowid, search_text) "
        "VALUES ('delete', old.id, old.search_text); "
        "INSERT INTO order_search(rowid, search_text) VALUES (new.id, new.search_text); END",
    ]


# ---------------------------------------------------------------- kinds of fields


class ExactField(_AnyField):
    """An exact decimal, kept as a whole number scaled by ``10 ** places``."""

    field_type = "BIGINT"

    def __init__(self, places: int, *args: Any, **kwargs: Any) -> None:
        self.places = places
        self._unit = Decimal(1).scaleb(-places)
        super().__init__(*args, **kwargs)

    def db_value(self, value: Any) -> Any:
        if value is None or not isinstance(value, (Decimal, int, str)):
            return value
        exact = Decimal(value).quantize(self._unit, rounding=ROUND_HALF_EVEN)
        return int(exact.scaleb(self.places))

    def python_value(self, value: Any) -> Any:
        if value is None:
            return None
        return plain(Decimal(int(value)).scaleb(-self.places))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 12.5, 100."""
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    return normal.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else normal


def QuantityField(**kwargs: Any) -> ExactField:
    """Pieces, metres, hours: three places."""
    return ExactField(3, **kwargs)


def MoneyField(**kwargs: Any) -> ExactField:
    """An amount in the order's currency: four places."""
    return ExactField(4, **kwargs)


def PriceField(**kwargs: Any) -> ExactField:
    """A price per unit: six places."""
    return ExactField(6, **kwargs)


class MomentField(_AnyDateTimeField):
    """A moment, aware and UTC in Python, naive UTC in the database."""

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> Any:
        moment = super().python_value(value)  # type: ignore[no-untyped-call]
        return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else moment


class _Rows(_AnySelect):
    """A SELECT that names its columns by itself: peewee asks each of them five times over."""

    _returning: tuple[Any, ...]

    def __sql_selection__(self, ctx: Any, is_subquery: bool = False) -> Any:
        if is_subquery:
            return super().__sql_selection__(ctx, is_subquery)
        quotes, aliases = ctx.state.quote or '""', {}
        for number, node in enumerate(self._returning):
            if number:
                ctx.literal(", ")
            if not isinstance(node, Field) or isinstance(node, FieldAlias):
                ctx.sql(node)
                continue
            table = node.model._meta.table
            if table not in aliases:
                aliases[table] = ctx.alias_manager[table].join(quotes)
            ctx.literal(f"{aliases[table]}.{node.column_name.join(quotes)}")
        return ctx


class Table(Model):
    """What all tables share: our database, and saves that write only what changed."""

    if TYPE_CHECKING:
        id: AutoField[int]
    _dirty: set[str]  # names of the columns a save would write
    __data__: dict[str, Any]

    class Meta:
        database = database
        only_save_dirty = True
        legacy_table_names = False

    if not TYPE_CHECKING:

        @classmethod
        def select(cls, *fields: Any) -> _Rows:
            return _Rows(cls, fields or cls._meta.sorted_fields, is_default=not fields)


# ---------------------------------------------------------------- people and rights


class Role(Table):
    """A named set of rights (``workflow.actors.Right``); what a role may do is data."""

    name = CharField(unique=True, max_length=60)
    rights = JSONField(default=list)
    description = CharField(default="")

    class Meta:
        table_name = "roles"

    def __str__(self) -> str:
        return self.name


class Person(Table):
    """Somebody who works here and logs in."""

    email = CharField(unique=True, max_length=254)
    name = CharField(max_length=120)
    password_hash = CharField(default="")
    role = ForeignKeyField(Role, on_delete="RESTRICT", backref="people")
    role_id: int
    active = BooleanField(default=True)
    session_key = CharField(default="", max_length=64)  # changed to end every session at once
    created_at = MomentField(default=clock.now)
    last_login_at = MomentField(null=True)

    class Meta:
        table_name = "people"

    def __str__(self) -> str:
        return self.name


class LoginEvent(Table):
    """The audit of log-ins: who tried, from where, and what came of it."""

    at = MomentField(default=clock.now, index=True)
    email = CharField(max_length=254)
    person = ForeignKeyField(Person, null=True, on_delete="SET NULL")
    address = CharField(max_length=64, default="")
    outcome = CharField(max_length=20)  # ok | wrong | throttled | inactive | logout

    class Meta:
        table_name = "login_events"


class Throttle(Table):
    """Counts attempts per key and window, shared by all web processes."""

    key = CharField(primary_key=True, max_length=200)
    count = IntegerField(default=1)
    window = IntegerField()

    class Meta:
        table_name = "throttles"


class ApiToken(Table):
    """A program's key: only its hash is kept; it has a role's rights."""

    name = CharField(max_length=120)
    prefix = CharField(max_length=12)
    token_hash = CharField(unique=True, max_length=64)
    role = ForeignKeyField(Role, on_delete="RESTRICT")
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)
    last_used_at = MomentField(null=True)
    revoked_at = MomentField(null=True)

    class Meta:
        table_name = "api_tokens"

    def __str__(self) -> str:
        return self.name


class ApiAnswer(Table):
    """What an idempotency key was answered, so that the same request is never done twice."""

    token = ForeignKeyField(ApiToken, on_delete="CASCADE")
    key = CharField(max_length=200)
    request_hash = CharField(max_length=64)
    status = SmallIntegerField(null=True)
    body = TextField(default="")
    created_at = MomentField(default=clock.now, index=True)

    class Meta:
        table_name = "api_answers"
        indexes = ((("token", "key"), True),)


class ShopSetting(Table):
    """What the shop decided, by name: address, working week, transit days, defaults."""

    name = CharField(primary_key=True, max_length=60)
    value = JSONField()

    class Meta:
        table_name = "shop_settings"


class Counter(Table):
    """The last number given, by kind of number."""

    name = CharField(primary_key=True, max_length=40)
    value = IntegerField()

    class Meta:
        table_name = "counters"


class ClosedDay(Table):
    """A day on which the shop does not work: holiday or closure."""

    day = DateField(unique=True)
    name = CharField(max_length=120)

    class Meta:
        table_name = "closed_days"

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CustomField(Table):
    """A field of the shop's own; from then on it behaves like a built-in one."""

    level = CharField(max_length=20)
    name = CharField(max_length=60)
    label = CharField(max_length=120)
    kind = CharField(max_length=20)
    choices = JSONField(default=list)
    required_at = CharField(max_length=20, default="")
    in_list = BooleanField(default=True)
    position = IntegerField(default=0)
    help = CharField(default="")
    active = BooleanField(default=True)

    class Meta:
        table_name = "custom_fields"
        indexes = ((("level", "name"), True),)

    def __str__(self) -> str:
        return self.label


class HeadingWord(Table):
    """What customers of this shop write over a column or before a value, and the field it means."""

    word = CharField(unique=True, max_length=120)
    level = CharField(max_length=20)  # order | destination | line | decoration
    field = CharField(max_length=60)

    class Meta:
        table_name = "heading_words"

    def __str__(self) -> str:
        return self.word


class RequiredField(Table):
    """A built-in field this shop wants filled before a stage is left."""

    level = CharField(max_length=20)
    name = CharField(max_length=60)
    stage = CharField(max_length=20)

    class Meta:
        table_name = "required_fields"
        indexes = ((("level", "name"), True),)


class SavedView(Table):
    """A list with its filters under a name; of one person, or of everybody."""

    person = ForeignKeyField(Person, null=True, on_delete="CASCADE")
    screen = CharField(max_length=120)
    name = CharField(max_length=80)
    query = TextField()

    class Meta:
        table_name = "saved_views"

    def __str__(self) -> str:
        return self.name


# ---------------------------------------------------------------- departments


class Department(Table):
    """One queue: where it works, what it records, what it waits for, which jobs it applies to.

    ``applies_to`` holds the rule of ``workflow.routing.Rule``; ``waits_for`` slugs of other
    departments.  ``version`` goes up with every change, so that all processes notice.
    """

    name = CharField(unique=True, max_length=80)
    slug = CharField(unique=True, max_length=80)
    stage = CharField(max_length=20)
    work = CharField(max_length=20)  # workflow.stages.Work
    position = IntegerField(default=0)
    waits_for = JSONField(default=list)
    applies_to = JSONField(default=dict)
    lead_days = IntegerField(default=1)
    capacity_minutes = IntegerField(default=480)
    setup_minutes = IntegerField(default=10)
    minutes_per_piece = ExactField(3, default=Decimal("0.5"))
    active = BooleanField(default=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "departments"

    def __str__(self) -> str:
        return self.name


class PersonDepartment(Table):
    """Which departments a department worker works in."""

    person = ForeignKeyField(Person, on_delete="CASCADE", backref="departments")
    department = ForeignKeyField(Department, on_delete="CASCADE", backref="people")
    department_id: int

    class Meta:
        table_name = "person_departments"
        indexes = ((("person", "department"), True),)


# ---------------------------------------------------------------- customers, vendors, products


class Customer(Table):
    """Who orders: terms, credit, tax, defaults for new orders, and what needs no person."""

    code = CharField(unique=True, max_length=40)
    name = CharField(max_length=200, index=True)
    group = CharField(default="", max_length=80, column_name="customer_group")
    email = CharField(default="", max_length=254, index=True)
    phone = CharField(default="", max_length=60)
    sales_rep = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="+")
    sales_rep_id: int | None
    account_manager = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="+")
    account_manager_id: int | None
    language = CharField(default="en", max_length=12)
    currency = CharField(default="USD", max_length=3)
    payment_terms = CharField(default="Net 30", max_length=40)
    deposit_percent = ExactField(3, default=Decimal(0))
    credit_limit = MoneyField(null=True)  # null: no limit
    open_receivables = MoneyField(default=Decimal(0))
    overdue_amount = MoneyField(default=Decimal(0))
    credit_blocked = BooleanField(default=False)
    tax_exempt = BooleanField(default=False)
    exemption_number = CharField(default="", max_length=60)
    exemption_expiry = DateField(null=True)
    tax_id = CharField(default="", max_length=60)
    tax_category = CharField(default="", max_length=60)
    tax_jurisdiction = CharField(default="", max_length=60)
    price_list = CharField(default="", max_length=60)
    defaults = JSONField(default=dict)  # values for new orders, by field name
    touchless = BooleanField(default=False)
    touchless_limit = MoneyField(null=True)  # null: whatever it comes to
    price_policy = CharField(default="ask", max_length=10)  # ask | ours | theirs
    price_tolerance = ExactField(3, default=Decimal(0))  # percent; up to here prices agree
    duplicate_po = CharField(default="ask", max_length=20)  # ask | change_order | new_order
    send_messages = BooleanField(default=True)
    instructions = TextField(default="")
    extra = JSONField(default=dict)
    portal_token = CharField(default="", max_length=64, index=True)
    active = BooleanField(default=True)
    version = IntegerField(default=1)
    created_at = MomentField(default=clock.now)

    class Meta:
        table_name = "customers"

    def __str__(self) -> str:
        return self.name


class Contact(Table):
    """A person at the customer, and for which questions."""

    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="contacts")
    kind = CharField(default="order", max_length=20)  # order art bill expeditor sales ship
    name = CharField(max_length=120)
    email = CharField(default="", max_length=254, index=True)
    phone = CharField(default="", max_length=60)
    opt_in = BooleanField(default=True)
    preferred_channel = CharField(default="email", max_length=20)
    unwanted = JSONField(default=list)  # events this person does not want to hear of

    class Meta:
        table_name = "contacts"

    def __str__(self) -> str:
        return self.name


class Address(Table):
    """An address of the customer: where to bill, where to ship."""

    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="addresses")
    kind = CharField(default="ship_to", max_length=20)  # bill_to | ship_to
    is_default = BooleanField(default=False)
    name = CharField(default="", max_length=120)
    company = CharField(default="", max_length=120)
    attention = CharField(default="", max_length=120)
    address1 = CharField(default="", max_length=200)
    address2 = CharField(default="", max_length=200)
    address3 = CharField(default="", max_length=200)
    city = CharField(default="", max_length=120)
    region = CharField(default="", max_length=120)
    postal = CharField(default="", max_length=40)
    country = CharField(default="", max_length=2)
    code = CharField(default="", max_length=40)
    store_number = CharField(default="", max_length=40)
    phone = CharField(default="", max_length=60)
    email = CharField(default="", max_length=254)
    residential = BooleanField(default=False)

    class Meta:
        table_name = "addresses"

    def __str__(self) -> str:
        return ", ".join(part for part in (self.company or self.name, self.city) if part)


class Vendor(Table):
    """Where blanks come from."""

    code = CharField(unique=True, max_length=40)
    name = CharField(max_length=200, index=True)
    email = CharField(default="", max_length=254)
    phone = CharField(default="", max_length=60)
    account_number = CharField(default="", max_length=60)
    terms = CharField(default="", max_length=60)
    lead_days = IntegerField(default=3)
    currency = CharField(default="USD", max_length=3)
    notes = TextField(default="")
    active = BooleanField(default=True)

    class Meta:
        table_name = "vendors"

    def __str__(self) -> str:
        return self.name


class Product(Table):
    """What we sell, before style, colour and size are chosen."""

    sku = CharField(unique=True, max_length=60)
    name = CharField(max_length=200, index=True)
    description = TextField(default="")
    category = CharField(default="", max_length=80)
    tags = JSONField(default=list)
    uom = CharField(default="EA", max_length=4)
    price = PriceField(default=Decimal(0))
    purchased = BooleanField(default=True)  # a blank to buy for each order, not from stock
    vendor = ForeignKeyField(Vendor, null=True, on_delete="SET NULL", backref="products")
    tax_class = CharField(default="", max_length=40)
    active = BooleanField(default=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "products"

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class Variant(Table):
    """A product in one style, colour and size."""

    product = ForeignKeyField(Product, on_delete="CASCADE", backref="variants")
    product_id: int
    sku = CharField(unique=True, max_length=80)
    style = CharField(default="", max_length=80)
    color = CharField(default="", max_length=80)
    size = CharField(default="", max_length=20)
    gtin = CharField(default="", max_length=14, index=True)
    price = PriceField(null=True)
    cost = PriceField(null=True)
    active = BooleanField(default=True)

    class Meta:
        table_name = "variants"

    def __str__(self) -> str:
        return self.sku


class VendorItem(Table):
    """What a vendor calls a variant, what it costs there and how long it takes."""

    vendor = ForeignKeyField(Vendor, on_delete="CASCADE", backref="items")
    variant = ForeignKeyField(Variant, on_delete="CASCADE", backref="vendor_items")
    vendor_sku = CharField(max_length=80)
    cost = PriceField(null=True)
    minimum = QuantityField(default=Decimal(1))
    preferred = BooleanField(default=False)

    class Meta:
        table_name = "vendor_items"
        indexes = ((("vendor", "variant"), True),)

    def __str__(self) -> str:
        return self.vendor_sku


class CustomerItem(Table):
    """What a customer calls one of our products; learned once, shown, editable."""

    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="items")
    code = CharField(max_length=80)
    product = ForeignKeyField(Product, on_delete="CASCADE")
    variant = ForeignKeyField(Variant, null=True, on_delete="CASCADE")

    class Meta:
        table_name = "customer_items"
        indexes = ((("customer", "code"), True),)

    def __str__(self) -> str:
        return self.code


# ---------------------------------------------------------------- files and intake


class StoredFile(Table):
    """Bytes, kept once per content."""

    sha256 = CharField(unique=True, max_length=64)
    size = IntegerField()
    content_type = CharField(default="application/octet-stream", max_length=120)
    content = BlobField()
    created_at = MomentField(default=clock.now)
    purged_at = MomentField(null=True)  # then the content is empty; size and hash are what it had

    class Meta:
        table_name = "stored_files"


class PartnerMapping(Table):
    """How one layout of a customer's files is read: a name, and versions that never change."""

    customer = ForeignKeyField(Customer, on_delete="RESTRICT", backref="mappings")
    customer_id: int
    name = CharField(max_length=120)
    active = BooleanField(default=True)
    current = IntegerField(default=0)  # the number of the version in force
    version = IntegerField(default=1)
    created_at = MomentField(default=clock.now)

    class Meta:
        table_name = "partner_mappings"
        indexes = ((("customer", "name"), True),)

    def __str__(self) -> str:
        return self.name


class MappingVersion(Table):
    """One version of a mapping: what was said about the layout, by whom, and why."""

    mapping = ForeignKeyField(PartnerMapping, on_delete="CASCADE", backref="versions")
    mapping_id: int
    number = IntegerField()
    definition = JSONField()
    fingerprint = CharField(max_length=64, index=True)
    made_by = CharField(max_length=120)
    made_at = MomentField(default=clock.now)
    note = CharField(default="", max_length=200)

    class Meta:
        table_name = "mapping_versions"
        indexes = ((("mapping", "number"), True),)

    def __str__(self) -> str:
        return f"version {self.number}"


class MappingSample(Table):
    """A file a mapping must go on reading as it was read when it was kept."""

    mapping = ForeignKeyField(PartnerMapping, on_delete="CASCADE", backref="samples")
    mapping_id: int
    name = CharField(max_length=255)
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    file_id: int
    expected = JSONField()
    kept_by = CharField(max_length=120)
    kept_at = MomentField(default=clock.now)

    class Meta:
        table_name = "mapping_samples"
        indexes = ((("mapping", "file"), True),)

    def __str__(self) -> str:
        return self.name


class Mailbox(Table):
    """A mailbox that orders come to: where it is, how we log in, and how it stands.

    The three secrets and the access token are sealed (``sync.channels.sealed``), never shown.
    """

    name = CharField(unique=True, max_length=80)
    host = CharField(max_length=200)
    port = IntegerField(default=993)
    security = CharField(default="tls", max_length=10)  # tls | starttls | none
    user = CharField(max_length=254)
    login = CharField(default="password", max_length=10)  # password | oauth2
    password = TextField(default="")
    provider = CharField(default="other", max_length=20)  # gmail | microsoft | other
    grant = CharField(default="refresh_token", max_length=30, column_name="grant_type")
    token_url = CharField(default="", max_length=255)
    scope = CharField(default="", max_length=255)
    client_id = CharField(default="", max_length=255)
    client_secret = TextField(default="")
    refresh_token = TextField(default="")
    access_token = TextField(default="")
    access_until = MomentField(null=True)
    folder = CharField(default="INBOX", max_length=120)
    processed_folder = CharField(default="Processed", max_length=120)
    rejected_folder = CharField(default="Rejected", max_length=120)
    own_addresses = JSONField(default=list)
    authserv_ids = JSONField(default=list)
    trust = CharField(default="authenticated", max_length=20)  # authenticated | address
    most_mb = IntegerField(default=25)
    most_per_hour = IntegerField(default=60)  # of one sender
    active = BooleanField(default=True)
    leased_until = MomentField(null=True)
    leased_by = CharField(default="", max_length=120)
    last_contact_at = MomentField(null=True)
    checked_at = MomentField(null=True)
    asked_at = MomentField(null=True)  # "Check now"
    problem = TextField(default="")
    version = IntegerField(default=1)

    class Meta:
        table_name = "mailboxes"

    def __str__(self) -> str:
        return self.name


class OrderSender(Table):
    """Who orders for a customer by mail: an address, or ``@domain``; no customer: nobody does."""

    pattern = CharField(unique=True, max_length=254)
    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", backref="senders")
    customer_id: int | None
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "order_senders"

    def __str__(self) -> str:
        return self.pattern


class IncomingMail(Table):
    """A mail as it came: its bytes, what they say, and what was decided about it.

    ``key`` is its Message-ID, or a fingerprint of what it says when it has none; it is written in
    the same transaction as the files the mail brings, so a mail counts once whatever is moved,
    copied or numbered anew at the server.
    """

    mailbox = ForeignKeyField(Mailbox, on_delete="RESTRICT", backref="mails")
    mailbox_id: int
    key = CharField(max_length=255)
    fingerprint = CharField(default="", max_length=64)
    message_id = CharField(default="", max_length=255, index=True)
    in_reply_to = CharField(default="", max_length=255)
    thread = JSONField(default=list)  # Message-IDs of the References header
    folder = CharField(default="", max_length=120)
    uid_validity = BigIntegerField(default=0)
    uid = BigIntegerField(default=0)
    size = IntegerField(default=0)
    sender = CharField(default="", max_length=254)
    sender_name = CharField(default="", max_length=200)
    reply_to = CharField(default="", max_length=254)
    subject = CharField(default="", max_length=255)
    sent_at = MomentField(null=True)  # as the sender's clock says
    arrived_at = MomentField(default=clock.now)  # at the mail server
    received_at = MomentField(default=clock.now)  # here
    authenticated = BooleanField(default=False)
    authentication = CharField(default="", max_length=255)
    automatic = CharField(default="", max_length=255)  # why nobody may answer it by itself
    original = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    original_id: int
    text = TextField(default="")
    parts = JSONField(default=list)  # what hangs on it: name, kind, size, whether it is read
    state = CharField(max_length=20)  # sync.mailroom.MailState
    reason = TextField(default="")
    customer = ForeignKeyField(Customer, null=True, on_delete="SET NULL", backref="mails")
    customer_id: int | None
    decided_by = CharField(default="", max_length=120)
    decided_at = MomentField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "incoming_mails"
        indexes = (
            (("mailbox", "key"), True),
            (("mailbox", "uid_validity", "uid"), False),
            (("sender", "arrived_at"), False),
            (("state", "id"), False),
        )

    def __str__(self) -> str:
        return self.subject or "mail without subject"


class IncomingFile(Table):
    """A document that reached us: received → read → accepted, or why not."""

    channel = CharField(max_length=20)  # upload | cli | api | mailbox | folder …
    name = CharField(max_length=255)
    sender = CharField(default="", max_length=254)
    external_id = CharField(default="", max_length=255)  # Message-ID, idempotency key …
    mail = ForeignKeyField(IncomingMail, null=True, on_delete="SET NULL", backref="files")
    mail_id: int | None
    mapping_version = ForeignKeyField(
        MappingVersion, null=True, on_delete="SET NULL", backref="files"
    )
    mapping_version_id: int | None
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    file_id: int
    customer = ForeignKeyField(Customer, null=True, on_delete="SET NULL", backref="files")
    customer_id: int | None
    state = CharField(default="received", max_length=20)
    reason = TextField(default="")
    source = CharField(default="", max_length=40)
    duplicate_of = ForeignKeyField("self", null=True, on_delete="SET NULL", backref="duplicates")
    duplicate_of_id: int | None
    received_at = MomentField(default=clock.now, index=True)
    received_by = CharField(default="", max_length=120)
    read_at = MomentField(null=True)
    version = IntegerField(default=1)
    private = BooleanField(default=False)  # it had a password: nothing of it is mailed out

    class Meta:
        table_name = "incoming_files"

    def __str__(self) -> str:
        return self.name


class AnswerLink(Table):
    """A private address where a customer tells us what a document left open.

    The secret itself is worked out from ``salt`` and the shop's key and never kept; ``token_hash``
    finds the link.
    """

    incoming = ForeignKeyField(IncomingFile, on_delete="CASCADE", backref="links")
    incoming_id: int
    salt = CharField(max_length=64)
    token_hash = CharField(unique=True, max_length=64)
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)
    expires_at = MomentField()
    revoked_at = MomentField(null=True)
    revoked_by = CharField(default="", max_length=120)
    opened_at = MomentField(null=True)
    answered_at = MomentField(null=True)

    class Meta:
        table_name = "answer_links"


# ---------------------------------------------------------------- orders


class Order(Table):
    """What a customer asked us to do.  Stage, waiting and totals are derived by the engine."""

    number = CharField(unique=True, max_length=20)
    customer = ForeignKeyField(Customer, null=True, on_delete="RESTRICT", backref="orders")
    customer_id: int | None
    customer_name = CharField(default="", max_length=200)
    po_number = CharField(default="", max_length=80)
    po_date = DateField(null=True)
    order_kind = CharField(default="standard", max_length=20)
    source_channel = CharField(default="manual", max_length=20)
    incoming = ForeignKeyField(IncomingFile, null=True, on_delete="SET NULL", backref="orders")
    incoming_id: int | None
    project_name = CharField(default="", max_length=200)
    priority = CharField(default="normal", max_length=10)
    order_date = DateField(null=True)
    received_at = MomentField(default=clock.now)
    in_hands_date = DateField(null=True)
    in_hands_firm = BooleanField(default=False)
    sales_rep = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="+")
    sales_rep_id: int | None
    account_manager = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="+")
    account_manager_id: int | None
    order_contact_name = CharField(default="", max_length=120)
    order_contact_phone = CharField(default="", max_length=60)
    order_contact_email = CharField(default="", max_length=254)
    internal_notes = TextField(default="")
    customer_notes = TextField(default="")
    notes_read_at = MomentField(null=True)
    notes_read_by = CharField(default="", max_length=120)
    mockup_requested = BooleanField(default=False)
    proof_required = BooleanField(default=False)
    artwork_state = CharField(default="", max_length=20)
    over_under_tolerance_type = CharField(default="exact", max_length=10)
    over_under_value = ExactField(3, default=Decimal(0))
    shipment_policy = CharField(default="complete only", max_length=40)
    currency = CharField(default="USD", max_length=3)
    payment_terms = CharField(default="", max_length=40)
    deposit_percent = ExactField(3, default=Decimal(0))
    deposit_paid = MoneyField(default=Decimal(0))
    discount_percent = ExactField(3, default=Decimal(0))
    discount_amount = MoneyField(default=Decimal(0))
    freight_charge = MoneyField(default=Decimal(0))
    tax_amount = MoneyField(default=Decimal(0))
    subtotal = MoneyField(default=Decimal(0))
    grand_total = MoneyField(default=Decimal(0))
    credit_status = CharField(default="unchecked", max_length=12)  # cleared|blocked|released
    credit_checked_at = MomentField(null=True)
    credit_released_by = CharField(default="", max_length=120)
    credit_released_at = MomentField(null=True)
    credit_released_amount = MoneyField(null=True)
    stage = CharField(default="review", max_length=12)
    pieces = QuantityField(default=Decimal(0))
    summary = CharField(default="", max_length=255)
    waiting = CharField(default="", max_length=255)
    on_hold = BooleanField(default=False)
    released_at = MomentField(null=True)
    released_by = CharField(default="", max_length=120)
    acknowledged_at = MomentField(null=True)
    closed_at = MomentField(null=True)  # done or cancelled
    cancelled_at = MomentField(null=True)
    cancel_reason = CharField(default="", max_length=200)
    revision = IntegerField(default=0)
    version = IntegerField(default=1)
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)
    updated_at = MomentField(default=clock.now)
    extra = JSONField(default=dict)
    sources = JSONField(default=dict)  # field name -> where its value came from
    search_text = TextField(default="")
    portal_token = CharField(default="", max_length=64, index=True)

    class Meta:
        table_name = "orders"
        indexes = ((("customer", "po_number"), False), (("po_number",), False))

    def __str__(self) -> str:
        return self.number


Order.add_index(
    Order.index(
        Order.in_hands_date, Order.id, where=Order.closed_at.is_null(), name="orders_open_by_date"
    )
)
Order.add_index(
    Order.index(Order.stage, Order.id, where=Order.closed_at.is_null(), name="orders_open_by_stage")
)
Order.add_index(
    Order.index(
        Order.customer, Order.id, where=Order.closed_at.is_null(), name="orders_open_by_customer"
    )
)
Order.add_index(Order.index(Order.closed_at, Order.id, name="orders_by_closing"))
Order.add_index(Order.index(Order.released_at, Order.id, name="orders_by_release"))


class Destination(Table):
    """Where a part of an order goes, and how it is handed over."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="destinations")
    order_id: int
    position = IntegerField(default=0)
    fulfillment_type = CharField(default="ship", max_length=20)
    ship_to_name = CharField(default="", max_length=120)
    ship_to_company = CharField(default="", max_length=120)
    ship_to_attention = CharField(default="", max_length=120)
    ship_to_address1 = CharField(default="", max_length=200)
    ship_to_address2 = CharField(default="", max_length=200)
    ship_to_address3 = CharField(default="", max_length=200)
    ship_to_city = CharField(default="", max_length=120)
    ship_to_region = CharField(default="", max_length=120)
    ship_to_postal = CharField(default="", max_length=40)
    ship_to_country = CharField(default="", max_length=60)
    ship_to_phone = CharField(default="", max_length=60)
    ship_to_email = CharField(default="", max_length=254)
    carrier = CharField(default="", max_length=60)
    service_level = CharField(default="", max_length=60)
    delivery_instructions = TextField(default="")
    extra = JSONField(default=dict)

    class Meta:
        table_name = "destinations"
        indexes = ((("order", "position"), True),)

    def __str__(self) -> str:
        parts = (self.ship_to_company or self.ship_to_name, self.ship_to_city)
        return ", ".join(part for part in parts if part) or self.fulfillment_type


class OrderLine(Table):
    """One thing sold; its sizes stand in ``LineSize``, its deliveries in ``ScheduleRow``."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="lines")
    order_id: int
    number = IntegerField()
    product = ForeignKeyField(Product, null=True, on_delete="RESTRICT", backref="+")
    product_id: int | None
    sku = CharField(default="", max_length=80)
    customer_item_number = CharField(default="", max_length=80)
    gtin = CharField(default="", max_length=14)
    description = CharField(default="", max_length=500)
    style = CharField(default="", max_length=80)
    color = CharField(default="", max_length=80)
    quantity = QuantityField(default=Decimal(0))
    uom = CharField(default="EA", max_length=4)
    unit_price = PriceField(null=True)
    price_basis = CharField(default="each", max_length=10)
    line_discount = ExactField(3, default=Decimal(0))
    line_total = MoneyField(default=Decimal(0))
    customer_supplied_goods = BooleanField(default=False)
    special_instructions = TextField(default="")
    address = CharField(default="", max_length=120)  # where it stood in the document
    cancelled_at = MomentField(null=True)
    cancel_reason = CharField(default="", max_length=200)
    extra = JSONField(default=dict)
    sources = JSONField(default=dict)

    class Meta:
        table_name = "order_lines"
        indexes = ((("order", "number"), True),)

    def __str__(self) -> str:
        return f"line {self.number}"


class LineSize(Table):
    """How many of one size of a line; a line without sizes has one row with size ''."""

    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="sizes")
    line_id: int
    position = IntegerField(default=0)
    size = CharField(default="", max_length=20)
    quantity = QuantityField()
    variant = ForeignKeyField(Variant, null=True, on_delete="SET NULL", backref="+")
    variant_id: int | None

    class Meta:
        table_name = "line_sizes"
        indexes = ((("line", "size"), True),)


class ScheduleRow(Table):
    """One delivery of a line: date, destination, quantity, price."""

    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="schedule")
    line_id: int
    position = IntegerField(default=0)
    schedule_date = DateField(null=True)
    destination = ForeignKeyField(Destination, null=True, on_delete="SET NULL", backref="+")
    destination_id: int | None
    schedule_size = CharField(default="", max_length=20)
    schedule_quantity = QuantityField()
    schedule_unit_price = PriceField(null=True)
    schedule_firm = BooleanField(null=True)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "schedule_rows"


class Charge(Table):
    """Money besides the goods: setup, run, freight, rush, allowance."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="charges")
    order_id: int
    line = ForeignKeyField(OrderLine, null=True, on_delete="CASCADE", backref="charges")
    line_id: int | None
    kind = CharField(max_length=20)
    name = CharField(max_length=120)
    quantity = QuantityField(default=Decimal(1))
    unit_price = PriceField(default=Decimal(0))
    amount = MoneyField(default=Decimal(0))

    class Meta:
        table_name = "charges"


class Artwork(Table):
    """One picture of an order, through its versions to approval."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="artworks")
    order_id: int
    name = CharField(max_length=120)
    state = CharField(default="awaiting", max_length=20)  # stages.ArtworkState
    proof_required = BooleanField(default=False)
    instructions = TextField(default="")
    current_version = IntegerField(default=0)
    sent_at = MomentField(null=True)
    sent_to = CharField(default="", max_length=254)
    viewed_at = MomentField(null=True)  # since it was sent
    decided_at = MomentField(null=True)
    decided_by = CharField(default="", max_length=120)
    decided_address = CharField(default="", max_length=64)
    approved_sha256 = CharField(default="", max_length=64)
    change_request = TextField(default="")

    class Meta:
        table_name = "artworks"

    def __str__(self) -> str:
        return self.name


class ArtworkVersion(Table):
    """One file of an artwork; the newest counts, none is forgotten."""

    artwork = ForeignKeyField(Artwork, on_delete="CASCADE", backref="versions")
    artwork_id: int
    number = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    file_id: int
    name = CharField(max_length=255)
    uploaded_at = MomentField(default=clock.now)
    uploaded_by = CharField(default="", max_length=120)
    sent_at = MomentField(null=True)  # to the customer: what was never sent they never see

    class Meta:
        table_name = "artwork_versions"
        indexes = ((("artwork", "number"), True),)


class Decoration(Table):
    """Where, how and in which colours a line is decorated."""

    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="decorations")
    line_id: int
    position = IntegerField(default=0)
    location = CharField(default="", max_length=80)
    method = CharField(default="", max_length=80)
    imprint_colors = JSONField(default=list)
    color_count = IntegerField(null=True)
    imprint_text = CharField(default="", max_length=255)
    placement_offset = CharField(default="", max_length=120)
    imprint_width = ExactField(3, null=True)
    imprint_height = ExactField(3, null=True)
    imprint_uom = CharField(default="", max_length=4)
    stitch_count = IntegerField(null=True)
    decoration_notes = TextField(default="")
    department = ForeignKeyField(Department, null=True, on_delete="SET NULL", backref="+")
    department_id: int | None
    artwork = ForeignKeyField(Artwork, null=True, on_delete="SET NULL", backref="decorations")
    artwork_id: int | None
    extra = JSONField(default=dict)

    class Meta:
        table_name = "decorations"


class DraftProblem(Table):
    """What the reading of a document left open; it stops release until a person settles it."""

    incoming = ForeignKeyField(IncomingFile, null=True, on_delete="CASCADE", backref="problems")
    incoming_id: int | None
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="problems")
    order_id: int | None
    line = ForeignKeyField(OrderLine, null=True, on_delete="CASCADE", backref="problems")
    line_id: int | None
    address = CharField(default="", max_length=120)
    field = CharField(default="", max_length=60)
    message = TextField()
    found = CharField(default="", max_length=255)
    settled_at = MomentField(null=True)
    settled_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "draft_problems"

    def __str__(self) -> str:
        return f"{self.address}, {self.field}: {self.message}"


# ---------------------------------------------------------------- jobs and tasks


class Job(Table):
    """The part of an order that travels together to one destination by one date."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="jobs")
    order_id: int
    number = CharField(unique=True, max_length=24)
    position = IntegerField(default=0)
    destination = ForeignKeyField(Destination, null=True, on_delete="SET NULL", backref="jobs")
    destination_id: int | None
    fulfillment_type = CharField(default="ship", max_length=20)
    due_date = DateField(null=True)  # in hands
    firm = BooleanField(default=False)
    rank = SmallIntegerField(default=0)  # priority as a number: hot 2, rush 1, normal 0
    stage = CharField(default="review", max_length=12)
    on_hold = BooleanField(default=False)
    pieces = QuantityField(default=Decimal(0))
    summary = CharField(default="", max_length=255)
    released_at = MomentField(null=True)
    closed_at = MomentField(null=True)
    cancelled_at = MomentField(null=True)
    cancel_reason = CharField(default="", max_length=200)
    version = IntegerField(default=1)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "jobs"
        indexes = ((("order", "position"), True),)

    def __str__(self) -> str:
        return self.number


Job.add_index(
    Job.index(Job.stage, Job.due_date, Job.id, where=Job.closed_at.is_null(), name="jobs_open")
)


class JobItem(Table):
    """How many of one line and size travel with a job: the row all quantities hang on.

    ``short`` and ``cancelled`` are pieces that a decision took off; what remains to be made is
    ``quantity - short - cancelled``.  ``bought`` items must be purchased, ``brought`` ones come
    from the customer; the totals of purchasing and receiving stand here beside them.
    """

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="items")
    job_id: int
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="job_items")
    line_id: int
    position = IntegerField(default=0)
    size = CharField(default="", max_length=20)
    quantity = QuantityField()
    short = QuantityField(default=Decimal(0))
    cancelled = QuantityField(default=Decimal(0))
    bought = BooleanField(default=False)
    brought = BooleanField(default=False)
    purchased = QuantityField(default=Decimal(0))
    received = QuantityField(default=Decimal(0))
    damaged = QuantityField(default=Decimal(0))
    wrong = QuantityField(default=Decimal(0))
    final_short = QuantityField(default=Decimal(0))
    remake = QuantityField(default=Decimal(0))  # spoiled later and to be bought again

    class Meta:
        table_name = "job_items"
        indexes = ((("job", "line", "size"), True),)


class Task(Table):
    """One department's work on one job.  Open while ``closed_at`` is NULL."""

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="tasks")
    job_id: int
    # No index of its own: SQLite would take it for a queue and read all tasks that ever were.
    department = ForeignKeyField(Department, on_delete="RESTRICT", backref="tasks", index=False)
    department_id: int
    position = IntegerField(default=0)
    detail = CharField(default="", max_length=255)
    due_date = DateField(null=True)
    planned_date = DateField(null=True)  # where a planner put it; else the due date counts
    minutes = IntegerField(default=0)
    quantity = QuantityField(default=Decimal(0))
    good = QuantityField(default=Decimal(0))
    rejected = QuantityField(default=Decimal(0))
    ready_at = MomentField(null=True)  # NULL: pending
    waiting = CharField(default="", max_length=255)
    started_at = MomentField(null=True)
    closed_at = MomentField(null=True)
    closed_by = CharField(default="", max_length=120)
    outcome = CharField(default="", max_length=10)  # finished | cancelled
    facts = JSONField(default=dict)  # boxes, picked up by …
    must_acknowledge = CharField(default="", max_length=255)  # a change order not read yet
    version = IntegerField(default=1)
    changed_by = CharField(default="", max_length=120)
    changed_at = MomentField(null=True)

    class Meta:
        table_name = "tasks"
        indexes = ((("job", "department"), True),)

    def __str__(self) -> str:
        return f"task {self.id}"


Task.add_index(
    Task.index(
        Task.department,
        Task.due_date,
        Task.id,
        Task.ready_at,  # so that the menu's counts are read from the index alone
        where=Task.closed_at.is_null(),
        name="tasks_open_queue",
    )
)
Task.add_index(
    Task.index(
        Task.department, Task.closed_at, where=Task.closed_at.is_null(False), name="tasks_done"
    )
)


class TaskQuantity(Table):
    """What one department recorded for one item: totals as they stand now."""

    task = ForeignKeyField(Task, on_delete="CASCADE", backref="quantities")
    task_id: int
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="quantities")
    item_id: int
    good = QuantityField(default=Decimal(0))
    rejected = QuantityField(default=Decimal(0))
    reason = CharField(default="", max_length=60)

    class Meta:
        table_name = "task_quantities"
        indexes = ((("task", "item"), True),)


class Decision(Table):
    """What was decided about pieces that are missing for good."""

    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="decisions")
    task = ForeignKeyField(Task, on_delete="CASCADE", backref="decisions")
    kind = CharField(max_length=20)  # stages.DecisionKind
    quantity = QuantityField()
    note = CharField(default="", max_length=255)
    at = MomentField(default=clock.now)
    by = CharField(default="", max_length=120)
    settled_at = MomentField(null=True)  # "ask the customer": when the answer came

    class Meta:
        table_name = "decisions"


class Hold(Table):
    """Why something stands still, who must act, and what is next."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="holds")
    order_id: int
    job = ForeignKeyField(Job, null=True, on_delete="CASCADE", backref="holds")
    job_id: int | None
    reason_code = CharField(max_length=40)
    note = CharField(default="", max_length=255)
    owner = CharField(max_length=120)
    next_action = CharField(default="", max_length=255)
    since = MomentField(default=clock.now)
    placed_by = CharField(default="", max_length=120)
    ended_at = MomentField(null=True)
    ended_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "holds"


Hold.add_index(Hold.index(Hold.order, where=Hold.ended_at.is_null(), name="holds_open"))


class ChangeOrder(Table):
    """A change after release: what was different, who did it."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="changes")
    order_id: int
    revision = IntegerField()
    summary = TextField()
    difference = JSONField(default=list)
    at = MomentField(default=clock.now)
    by = CharField(max_length=120)

    class Meta:
        table_name = "change_orders"
        indexes = ((("order", "revision"), True),)


class OrderEvent(Table):
    """What happened: who or which channel, when, what, before and after.  Never changed."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="events")
    order_id: int
    job = ForeignKeyField(Job, null=True, on_delete="CASCADE", backref="events")
    job_id: int | None
    task = ForeignKeyField(Task, null=True, on_delete="SET NULL", backref="+")
    at = MomentField(default=clock.now)
    actor = CharField(max_length=120)
    kind = CharField(max_length=40)
    text = TextField()
    before = JSONField(null=True)
    after = JSONField(null=True)

    class Meta:
        table_name = "order_events"
        indexes = ((("order", "id"), False),)

    def __str__(self) -> str:
        return self.text


# ---------------------------------------------------------------- purchasing and receiving


class PurchaseOrder(Table):
    """What we order from one vendor: the document the vendor receives."""

    number = CharField(unique=True, max_length=20)
    vendor = ForeignKeyField(Vendor, null=True, on_delete="RESTRICT", backref="purchase_orders")
    vendor_id: int | None
    ordered_at = MomentField(default=clock.now)
    ordered_by = CharField(default="", max_length=120)
    expected_on = DateField(null=True)
    sent_at = MomentField(null=True)
    sent_shows = CharField(default="", max_length=64)  # fingerprint of what the vendor has
    revision = IntegerField(default=0)  # how often the vendor got it
    notes = TextField(default="")

    class Meta:
        table_name = "purchase_orders"

    def __str__(self) -> str:
        return self.number


class PurchaseLine(Table):
    """How many pieces of a job's item were ordered, and what became of them."""

    purchase_order = ForeignKeyField(PurchaseOrder, on_delete="CASCADE", backref="lines")
    purchase_order_id: int
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="purchase_lines")
    item_id: int
    variant = ForeignKeyField(Variant, null=True, on_delete="SET NULL", backref="+")
    vendor_sku = CharField(default="", max_length=80)
    quantity = QuantityField()
    unit_cost = PriceField(null=True)

    class Meta:
        table_name = "purchase_lines"


class Receipt(Table):
    """One delivery counted at the door: what came, what was damaged, wrong or missing for good.

    ``wrong`` pieces are not ours; ``final_short`` is what the vendor will not send any more.
    """

    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="receipts")
    item_id: int
    task = ForeignKeyField(Task, on_delete="CASCADE", backref="receipts")
    task_id: int
    received = QuantityField(default=Decimal(0))
    damaged = QuantityField(default=Decimal(0))
    wrong = QuantityField(default=Decimal(0))
    final_short = QuantityField(default=Decimal(0))
    reason = CharField(default="", max_length=60)
    at = MomentField(default=clock.now)
    by = CharField(default="", max_length=120)

    class Meta:
        table_name = "receipts"


# ---------------------------------------------------------------- shipping


class Shipment(Table):
    """One hand-over of (a part of) a job to a carrier or to the customer."""

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="shipments")
    job_id: int
    carrier = CharField(default="", max_length=60)
    service = CharField(default="", max_length=60)
    tracking_number = CharField(default="", max_length=80, index=True)
    tracking_url = CharField(default="", max_length=255)
    cost = MoneyField(null=True)
    handed_to = CharField(default="", max_length=120)  # picked up by, received by
    shipped_at = MomentField(null=True)
    shipped_by = CharField(default="", max_length=120)
    delivered_at = MomentField(null=True)
    voided_at = MomentField(null=True)
    created_at = MomentField(default=clock.now)

    class Meta:
        table_name = "shipments"

    def __str__(self) -> str:
        return self.tracking_number or f"shipment {self.id}"


class Package(Table):
    """One box: what it weighs and measures."""

    shipment = ForeignKeyField(Shipment, on_delete="CASCADE", backref="packages")
    shipment_id: int
    number = IntegerField()
    weight_grams = IntegerField(null=True)
    length_mm = IntegerField(null=True)
    width_mm = IntegerField(null=True)
    height_mm = IntegerField(null=True)
    sscc = CharField(default="", max_length=18)
    tracking_number = CharField(default="", max_length=80)

    class Meta:
        table_name = "packages"
        indexes = ((("shipment", "number"), True),)


class ShipmentItem(Table):
    """How many of an item went with a shipment."""

    shipment = ForeignKeyField(Shipment, on_delete="CASCADE", backref="items")
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="shipped")
    item_id: int
    quantity = QuantityField()

    class Meta:
        table_name = "shipment_items"
        indexes = ((("shipment", "item"), True),)


# ---------------------------------------------------------------- proofs, and customers' pages


class FilePreview(Table):
    """How a page of a file looks; ``note`` says why it cannot be shown."""

    file = ForeignKeyField(StoredFile, on_delete="CASCADE", backref="previews")
    file_id: int
    page = SmallIntegerField(default=1)
    width = IntegerField(default=0)  # of the picture, in pixels
    height = IntegerField(default=0)
    thumbnail = BlobField(null=True)  # PNG
    picture = BlobField(null=True)  # WebP
    note = CharField(default="", max_length=200)
    made_at = MomentField(default=clock.now)

    class Meta:
        table_name = "file_previews"
        indexes = ((("file", "page"), True),)


class ProofReply(Table):
    """What somebody said to a proof: approved, or what should be different and where."""

    artwork = ForeignKeyField(Artwork, on_delete="CASCADE", backref="replies")
    artwork_id: int
    version = IntegerField(default=0)  # the number of the file they looked at
    kind = CharField(max_length=10)  # approved | change
    words = TextField(default="")
    marks = JSONField(default=list)  # workflow.marks
    by = CharField(default="", max_length=120)
    address = CharField(default="", max_length=64)
    sha256 = CharField(default="", max_length=64)
    at = MomentField(default=clock.now)

    class Meta:
        table_name = "proof_replies"


class PageLink(Table):
    """A private address of a customer's page: of one proof, one order, or all their open orders.

    Like ``AnswerLink`` it keeps no secret: ``salt`` and the shop's key make it.
    """

    customer = ForeignKeyField(Customer, null=True, on_delete="CASCADE", backref="+")
    customer_id: int | None
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="+")
    order_id: int | None
    artwork = ForeignKeyField(Artwork, null=True, on_delete="CASCADE", backref="+")
    artwork_id: int | None
    salt = CharField(max_length=64)
    token_hash = CharField(unique=True, max_length=64)
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)
    expires_at = MomentField()
    revoked_at = MomentField(null=True)
    revoked_by = CharField(default="", max_length=120)
    opened_at = MomentField(null=True)

    class Meta:
        table_name = "page_links"


class Inquiry(Table):
    """What a customer wrote to us on their page, and what we replied."""

    order = ForeignKeyField(Order, on_delete="CASCADE", backref="inquiries")
    order_id: int
    words = TextField()
    by = CharField(default="", max_length=120)
    at = MomentField(default=clock.now)
    answer = TextField(default="")
    answered_at = MomentField(null=True)
    answered_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "inquiries"

    def __str__(self) -> str:
        return self.words[:80]


Inquiry.add_index(
    Inquiry.index(Inquiry.id, where=Inquiry.answered_at.is_null(), name="inquiries_open")
)


class Forecast(Table):
    """A job that will miss its in-hands date, when it can be there, and why."""

    job = ForeignKeyField(Job, unique=True, on_delete="CASCADE", backref="+")
    job_id: int
    due_date = DateField()
    expected_on = DateField()
    late_days = IntegerField()  # working days
    reason = CharField(default="", max_length=255)
    noticed_at = MomentField(default=clock.now)

    class Meta:
        table_name = "forecasts"


# ---------------------------------------------------------------- outside


class OutboxRow(Table):
    """Something that must happen outside, written with the change that asks for it."""

    kind = CharField(max_length=40)
    key = CharField(null=True, unique=True, max_length=200)  # the same thing is asked only once
    payload = JSONField(default=dict)
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="+")
    order_id: int | None
    created_at = MomentField(default=clock.now)
    run_at = MomentField(default=clock.now)
    attempts = SmallIntegerField(default=0)
    leased_until = MomentField(null=True)
    worker = CharField(default="", max_length=120)
    done_at = MomentField(null=True)
    dead_at = MomentField(null=True)
    error = TextField(default="")

    class Meta:
        table_name = "outbox"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


OutboxRow.add_index(
    OutboxRow.index(
        OutboxRow.run_at,
        OutboxRow.id,
        where=(OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null()),
        name="outbox_waiting",
    )
)
OutboxRow.add_index(
    OutboxRow.index(OutboxRow.dead_at, where=OutboxRow.dead_at.is_null(False), name="outbox_dead")
)


class MessageTemplate(Table):
    """The words of a message to the customer, by event; editable."""

    event = CharField(unique=True, max_length=40)  # confirmed | ready | shipped …
    subject = CharField(max_length=255)
    body = TextField()
    active = BooleanField(default=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "message_templates"

    def __str__(self) -> str:
        return self.event


class Message(Table):
    """A message to the customer; ``key`` makes it go out once and never again."""

    key = CharField(unique=True, max_length=200)
    event = CharField(max_length=40)
    order = ForeignKeyField(Order, null=True, on_delete="SET NULL", backref="messages")
    order_id: int | None
    job = ForeignKeyField(Job, null=True, on_delete="SET NULL", backref="messages")
    job_id: int | None
    incoming = ForeignKeyField(IncomingFile, null=True, on_delete="SET NULL", backref="messages")
    incoming_id: int | None
    link = ForeignKeyField(AnswerLink, null=True, on_delete="SET NULL", backref="+")
    link_id: int | None
    page_link = ForeignKeyField(PageLink, null=True, on_delete="SET NULL", backref="+")
    page_link_id: int | None
    channel = CharField(default="mail", max_length=10)  # mail | sms
    recipient = CharField(default="", max_length=254)
    subject = CharField(default="", max_length=255)
    body = TextField(default="")
    in_reply_to = CharField(default="", max_length=255)
    thread = JSONField(default=list)  # Message-IDs of the References header
    file = ForeignKeyField(StoredFile, null=True, on_delete="SET NULL", backref="+")
    file_id: int | None
    file_name = CharField(default="", max_length=255)
    message_id = CharField(default="", max_length=255)
    state = CharField(default="waiting", max_length=20)  # workflow.messages.STATES
    note = CharField(default="", max_length=255)
    created_at = MomentField(default=clock.now)
    sent_at = MomentField(null=True)

    class Meta:
        table_name = "messages"

    def __str__(self) -> str:
        return self.subject


Message.add_index(
    Message.index(Message.message_id, where=Message.message_id != "", name="messages_by_message_id")
)
Message.add_index(
    Message.index(
        Message.state,
        Message.id,
        where=Message.state.in_(("bounced", "refused", "sending", "unknown", "waiting")),
        name="messages_open",
    )
)

# ---------------------------------------------------------------- papers, carriers, printing


class PaperTemplate(Table):
    """The page of a kind of paper as the shop changed it: each change is a new row.

    The newest counts.  Without a row it is the page Inhands came with (``documents/pages``).
    """

    kind = CharField(max_length=20)  # documents.kinds
    version = IntegerField()
    html = TextField()
    css = TextField(default="")
    note = CharField(default="", max_length=200)
    made_at = MomentField(default=clock.now)
    made_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "paper_templates"
        indexes = ((("kind", "version"), True),)

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Paper(Table):
    """A paper that was made: what it is about, what it shows, and its bytes.

    ``shows`` is the fingerprint of the facts on it: made again from the same facts it is the same
    paper.  ``code`` stands in a traveler's barcode behind the job's number.
    """

    kind = CharField(max_length=20)
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="papers")
    order_id: int | None
    job = ForeignKeyField(Job, null=True, on_delete="CASCADE", backref="papers")
    job_id: int | None
    shipment = ForeignKeyField(Shipment, null=True, on_delete="CASCADE", backref="papers")
    shipment_id: int | None
    purchase_order = ForeignKeyField(
        PurchaseOrder, null=True, on_delete="CASCADE", backref="papers"
    )
    purchase_order_id: int | None
    part = CharField(default="", max_length=80)  # of a traveler: one department's slug
    title = CharField(max_length=120)
    revision = IntegerField(default=0)  # of the order, or how often the vendor got it
    shows = CharField(max_length=64)
    code = CharField(default="", max_length=12)
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    file_id: int
    size = CharField(default="", max_length=10)  # A4 | Letter | 4x6
    sheets = IntegerField(default=1)
    made_at = MomentField(default=clock.now)
    made_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "papers"
        indexes = ((("order", "id"), False), (("job", "kind", "id"), False))


# ---------------------------------------------------------------- shared sheets


class SheetLink(Table):
    """One connected workbook: where it is, how it stands, and what a person must decide.

    ``seq`` is the number of the last batch; two processes that plan at once count on the same one
    and only the first may send.  ``breaker`` holds what stopped the way into the shop.
    """

    name = CharField(unique=True, max_length=80)
    backend = CharField(max_length=20)  # google | workbook
    address = CharField(default="", max_length=500)  # URL, or path of the file
    account = CharField(default="", max_length=254)  # who we are there
    login = CharField(default="", max_length=20)  # service_account | oauth
    secret = TextField(default="")  # sealed (``sync.channels.sealed``), never shown
    options = JSONField(default=dict)  # what the backend remembers: ids, locale, quota
    role = ForeignKeyField(Role, null=True, on_delete="SET NULL", backref="+")
    role_id: int | None  # what people in the sheet may do
    salt = CharField(max_length=40)
    active = BooleanField(default=True)
    state = CharField(default="new", max_length=20)  # new | fine | waiting | asking | broken
    problem = TextField(default="")
    held_by = CharField(default="", max_length=200)
    seq = IntegerField(default=0)
    laid_out = CharField(default="", max_length=64)  # the layout the workbook was given last
    checked = CharField(default="", max_length=64)  # the layout and day all rows were held against
    seen_event = IntegerField(default=0)  # orders whose events are older have been looked at
    breaker = JSONField(null=True)
    breaker_rows = IntegerField(default=50)
    breaker_percent = IntegerField(default=20)
    keep_days = IntegerField(default=7)  # how long a finished job stays in its tab
    pending = IntegerField(default=0)  # rows that wait to be written
    active_at = MomentField(null=True)  # when a cycle last had something to do
    last_read_at = MomentField(null=True)
    last_write_at = MomentField(null=True)
    next_try_at = MomentField(null=True)
    failures = SmallIntegerField(default=0)
    asked_at = MomentField(null=True)  # "Sync now"
    leased_until = MomentField(null=True)
    leased_by = CharField(default="", max_length=120)
    version = IntegerField(default=1)
    created_at = MomentField(default=clock.now)
    created_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "sheet_links"

    def __str__(self) -> str:
        return self.name


class SheetTab(Table):
    """One tab of ours in a workbook: which jobs stand in it is data."""

    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="tabs")
    link_id: int
    key = CharField(max_length=40)
    title = CharField(max_length=80)
    kind = CharField(default="jobs", max_length=12)  # jobs | archive | conflicts
    position = IntegerField(default=0)
    stages = JSONField(default=list)  # of workflow.stages.Stage; empty: all
    department = ForeignKeyField(Department, null=True, on_delete="CASCADE", backref="+")
    department_id: int | None  # only jobs this department has an open task for
    takes_new_rows = BooleanField(default=False)
    columns_found = JSONField(default=list)  # our columns that the last reading had
    active = BooleanField(default=True)

    class Meta:
        table_name = "sheet_tabs"
        indexes = ((("link", "key"), True),)

    def __str__(self) -> str:
        return self.title


class Carrier(Table):
    """Who takes parcels: a carrier's account, or ourselves.  The key is sealed."""

    name = CharField(unique=True, max_length=60)
    kind = CharField(max_length=20)  # own | pickup | easypost
    active = BooleanField(default=True)
    account = CharField(default="", max_length=120)  # only rates of this carrier account
    sealed_key = TextField(default="")
    address = CharField(default="", max_length=200)  # empty: the carrier's own
    price = MoneyField(null=True)  # of our own delivery, each parcel
    from_company = CharField(default="", max_length=120)
    from_street = CharField(default="", max_length=200)
    from_city = CharField(default="", max_length=120)
    from_region = CharField(default="", max_length=120)
    from_postal = CharField(default="", max_length=40)
    from_country = CharField(default="", max_length=2)
    from_phone = CharField(default="", max_length=60)
    problem = CharField(default="", max_length=255)
    problem_at = MomentField(null=True)

    class Meta:
        table_name = "carriers"

    def __str__(self) -> str:
        return self.name


class Booking(Table):
    """Labels wanted for the packages of one hand-over: rates asked for, one chosen, bought.

    ``quoting -> quoted -> buying -> bought -> voiding -> voided``; ``refused`` says why not, and
    ``unknown`` means that nobody knows whether the carrier sold it: it is asked, never bought anew.
    """

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="bookings")
    job_id: int
    carrier = ForeignKeyField(Carrier, null=True, on_delete="RESTRICT", backref="bookings")
    carrier_id: int | None
    shipment = ForeignKeyField(Shipment, null=True, on_delete="SET NULL", backref="bookings")
    shipment_id: int | None
    state = CharField(default="quoting", max_length=12)
    packages = JSONField(default=list)  # grams and millimetres of each
    rates = JSONField(default=list)  # side by side, as screens show them
    chosen = JSONField(default=dict)
    problem = CharField(default="", max_length=500)
    cost = MoneyField(null=True)
    currency = CharField(default="", max_length=3)
    asked_by = CharField(default="", max_length=120)
    asked_at = MomentField(default=clock.now)
    changed_at = MomentField(default=clock.now)

    class Meta:
        table_name = "bookings"


class Label(Table):
    """One package's label at a carrier; ``external_id`` is kept before anything is bought."""

    booking = ForeignKeyField(Booking, on_delete="CASCADE", backref="labels")
    booking_id: int
    number = IntegerField()
    external_id = CharField(default="", max_length=120)
    state = CharField(default="reserved", max_length=12)
    # reserved | buying | bought | unknown | refused | voiding | voided
    tracking_number = CharField(default="", max_length=80)
    tracking_url = CharField(default="", max_length=255)
    cost = MoneyField(null=True)
    file = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT", backref="+")
    file_id: int | None
    problem = CharField(default="", max_length=500)
    asked_at = MomentField(null=True)  # when the buying began

    class Meta:
        table_name = "labels"
        indexes = ((("booking", "number"), True),)


class Printer(Table):
    """Where papers come out: an IPP printer, or a label printer that takes ZPL on a raw port."""

    name = CharField(unique=True, max_length=60)
    kind = CharField(default="ipp", max_length=10)  # ipp | raw
    address = CharField(max_length=200)  # ipp://host:631/ipp/print | host:9100
    dots_per_inch = IntegerField(default=203)  # of a label printer
    fallback = ForeignKeyField("self", null=True, on_delete="SET NULL", backref="+")
    fallback_id: int | None
    active = BooleanField(default=True)
    state = CharField(default="", max_length=20)  # ready | printing | trouble | off
    problem = CharField(default="", max_length=255)
    seen_at = MomentField(null=True)

    class Meta:
        table_name = "printers"

    def __str__(self) -> str:
        return self.name


class PrintRule(Table):
    """Which paper comes out where: on an event by itself, or (without one) when asked for."""

    paper = CharField(max_length=20)
    event = CharField(default="", max_length=20)  # workflow.papers.EVENTS; '' by hand only
    department = ForeignKeyField(Department, null=True, on_delete="CASCADE", backref="+")
    department_id: int | None
    printer = ForeignKeyField(Printer, on_delete="CASCADE", backref="rules")
    printer_id: int
    copies = IntegerField(default=1)
    active = BooleanField(default=True)

    class Meta:
        table_name = "print_rules"
        indexes = ((("event",), False),)

    def __str__(self) -> str:
        return f"{self.paper} {self.event}".strip()


class PrintJob(Table):
    """A paper on its way out of a printer; found again there by its ``name`` after a crash."""

    name = CharField(unique=True, max_length=120)
    key = CharField(null=True, unique=True, max_length=200)  # asked for by an event: only once
    paper = ForeignKeyField(Paper, on_delete="CASCADE", backref="print_jobs")
    paper_id: int
    printer = ForeignKeyField(Printer, on_delete="RESTRICT", backref="print_jobs")
    printer_id: int
    copies = IntegerField(default=1)
    state = CharField(default="waiting", max_length=10)  # workflow.print_jobs.STATES
    attempt = IntegerField(default=0)
    printer_job = IntegerField(null=True)  # its number there; they begin at 1 after power-off
    problem = CharField(default="", max_length=255)
    reason = CharField(default="", max_length=200)  # why again
    asked_by = CharField(default="", max_length=120)
    asked_at = MomentField(default=clock.now)
    sending_at = MomentField(null=True)
    ended_at = MomentField(null=True)

    class Meta:
        table_name = "print_jobs"

    def __str__(self) -> str:
        return self.name


PrintJob.add_index(
    PrintJob.index(
        PrintJob.state,
        PrintJob.id,
        where=PrintJob.state.in_(("check", "failed", "printing", "sending", "waiting")),
        name="print_jobs_open",
    )
)


class SheetColumn(Table):
    """One column of ours: what stands in it, who owns it, and who wins when both changed it."""

    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="columns")
    tab_id: int
    source = CharField(max_length=80)  # order.<field> | job.<field> | shown.<name>
    title = CharField(max_length=80)
    position = IntegerField(default=0)
    owner = CharField(default="app", max_length=8)  # app | both | sheet
    tie = CharField(default="app", max_length=8)  # who wins: app | sheet
    width = IntegerField(default=120)
    required = BooleanField(default=False)  # never empty; a new row counts when they are filled
    active = BooleanField(default=True)

    class Meta:
        table_name = "sheet_columns"
        indexes = ((("tab", "source"), True),)

    def __str__(self) -> str:
        return self.title


class SheetRow(Table):
    """What we know of one row of ours in a tab; ``key`` stands in its hidden ``_id``.

    ``seen`` is the batch its stamp named when it was last read, ``digest`` what stood in it when
    nothing was left to do.
    """

    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="rows")
    tab_id: int
    key = CharField(max_length=40)
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="+")
    order_id: int | None
    job = ForeignKeyField(Job, null=True, on_delete="CASCADE", backref="+")
    job_id: int | None
    about = IntegerField(null=True)  # the event a row of the conflicts tab tells
    state = CharField(default="adding", max_length=12)  # sync.sheets.stamps.RowState
    seen = IntegerField(default=0)
    digest = CharField(default="", max_length=40)
    noted = BooleanField(default=False)  # whether there are marks
    marks = JSONField(default=dict)  # column -> what is noted at the cell, and about which value
    removed_at = MomentField(null=True)
    decided_at = MomentField(null=True)
    decided_by = CharField(default="", max_length=120)

    class Meta:
        table_name = "sheet_rows"
        indexes = ((("tab", "key"), True),)

    def __str__(self) -> str:
        return self.key


SheetRow.add_index(
    SheetRow.index(
        SheetRow.tab, SheetRow.removed_at, where=SheetRow.state == "removed", name="sheet_removed"
    )
)


class SheetBase(Table):
    """What both sides had agreed on when a batch stamped a row; kept for 90 days.

    ``values`` are in JSON terms by column; ``taken`` names those the sheet had said first.
    """

    row = ForeignKeyField(SheetRow, on_delete="CASCADE", backref="bases", index=False)
    row_id: int
    seq = IntegerField()
    values = JSONField()
    taken = JSONField(default=list)
    at = MomentField(default=clock.now, index=True)

    class Meta:
        table_name = "sheet_bases"
        indexes = ((("row", "seq"), True),)


class SheetBatch(Table):
    """What we were about to write, kept before it was sent, with what stood there before.

    ``writes`` says by row what was set, ``before`` the raw cells of rows that no base knows.  An
    open batch (``ended_at`` NULL) of another process may still be under way.
    """

    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="batches", index=False)
    link_id: int
    seq = IntegerField()
    purpose = CharField(max_length=12)  # write | heal
    writes = JSONField(default=dict)
    before = JSONField(default=list)
    cells = IntegerField(default=0)  # how many were set
    sender = CharField(default="", max_length=120)
    sent_at = MomentField(default=clock.now, index=True)
    ended_at = MomentField(null=True)
    confirmed_at = MomentField(null=True)
    problem = TextField(default="")

    class Meta:
        table_name = "sheet_batches"
        indexes = ((("link", "seq"), True),)


class SheetEvent(Table):
    """One line of the sheet's log: which value stayed, which did not, whose it was and why.

    Never changed but for ``settled_*``: a conflict is open until a person applies the other value
    or leaves it.
    """

    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="events", index=False)
    link_id: int
    row = ForeignKeyField(SheetRow, null=True, on_delete="SET NULL", backref="events")
    row_id: int | None
    order = ForeignKeyField(Order, null=True, on_delete="CASCADE", backref="+")
    order_id: int | None
    job = ForeignKeyField(Job, null=True, on_delete="CASCADE", backref="+")
    job_id: int | None
    kind = CharField(max_length=20)  # sync.sheets.plan.Kind
    source = CharField(default="", max_length=80)  # the column
    title = CharField(default="", max_length=80)
    kept = TextField(default="")  # in words
    lost = TextField(default="")  # in words; for values of the sheet as they stood there
    value = JSONField(null=True)  # the lost value in JSON terms, where it is one
    side = CharField(default="sheet", max_length=8)  # whose value was lost: sheet | app
    why = TextField(default="")
    who = CharField(default="", max_length=120)  # "by Ann", only where that is certain
    at = MomentField(default=clock.now)
    settled_at = MomentField(null=True)
    settled_by = CharField(default="", max_length=120)
    outcome = CharField(default="", max_length=12)  # applied | left

    class Meta:
        table_name = "sheet_events"
        indexes = ((("link", "id"), False),)

    def __str__(self) -> str:
        return f"{self.title}: {self.kept} / {self.lost}"


SheetEvent.add_index(
    SheetEvent.index(
        SheetEvent.link,
        SheetEvent.id,
        where=(SheetEvent.settled_at.is_null() & SheetEvent.kind.in_(("conflict", "refused"))),
        name="sheet_events_open",
    )
)


class SheetNewRow(Table):
    """A row somebody typed into a tab without being an order yet, or that became one."""

    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="new_rows", index=False)
    tab_id: int
    fingerprint = CharField(max_length=40)
    reads = IntegerField(default=1)
    values = JSONField(default=dict)
    problem = TextField(default="")
    incoming = ForeignKeyField(IncomingFile, null=True, on_delete="SET NULL", backref="+")
    incoming_id: int | None
    row = ForeignKeyField(SheetRow, null=True, on_delete="SET NULL", backref="+")
    row_id: int | None
    first_seen_at = MomentField(default=clock.now)

    class Meta:
        table_name = "sheet_new_rows"
        indexes = ((("tab", "fingerprint"), True),)


TABLES: list[type[Table]] = [
    Role, Person, LoginEvent, Throttle, ApiToken, ApiAnswer, ShopSetting, Counter, ClosedDay,
    CustomField, HeadingWord, RequiredField, SavedView, Department, PersonDepartment,
    Customer, Contact, Address, Vendor, Product, Variant, VendorItem, CustomerItem,
    StoredFile, PartnerMapping, MappingVersion, MappingSample, Mailbox, OrderSender, IncomingMail,
    IncomingFile, AnswerLink, Order, Destination, OrderLine, LineSize, ScheduleRow, Charge,
    Artwork, ArtworkVersion, Decoration, DraftProblem,
    Job, JobItem, Task, TaskQuantity, Decision, Hold, ChangeOrder, OrderEvent,
    PurchaseOrder, PurchaseLine, Receipt, Shipment, Package, ShipmentItem,
    FilePreview, ProofReply, PageLink, Inquiry, Forecast,
    OutboxRow, MessageTemplate, Message,
    PaperTemplate, Paper, Carrier, Booking, Label, Printer, PrintRule, PrintJob,
    SheetLink, SheetTab, SheetColumn, SheetRow, SheetBase, SheetBatch, SheetEvent, SheetNewRow,
]  # fmt: skip
