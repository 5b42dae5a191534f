"""Initial."""

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)


class Role(Model):
    name = CharField(unique=True, max_length=60)
    rights = JSONField()
    description = CharField()

    class Meta:
        table_name = "roles"
        legacy_table_names = False


class Person(Model):
    email = CharField(unique=True, max_length=254)
    name = CharField(max_length=120)
    password_hash = CharField()
    role = ForeignKeyField(Role, on_delete="RESTRICT", backref="+")
    active = BooleanField()
    session_key = CharField(max_length=64)
    created_at = DateTimeField()
    last_login_at = DateTimeField(null=True)

    class Meta:
        table_name = "people"
        legacy_table_names = False


class Customer(Model):
    code = CharField(unique=True, max_length=40)
    name = CharField(index=True, max_length=200)
    group = CharField(column_name="customer_group", max_length=80)
    email = CharField(index=True, max_length=254)
    phone = CharField(max_length=60)
    sales_rep = ForeignKeyField(Person, on_delete="SET NULL", backref="+", null=True)
    account_manager = ForeignKeyField(Person, on_delete="SET NULL", backref="+", null=True)
    language = CharField(max_length=12)
    currency = CharField(max_length=3)
    payment_terms = CharField(max_length=40)
    deposit_percent = BigIntegerField()
    credit_limit = BigIntegerField(null=True)
    open_receivables = BigIntegerField()
    overdue_amount = BigIntegerField()
    credit_blocked = BooleanField()
    tax_exempt = BooleanField()
    exemption_number = CharField(max_length=60)
    exemption_expiry = DateField(null=True)
    tax_id = CharField(max_length=60)
    tax_category = CharField(max_length=60)
    tax_jurisdiction = CharField(max_length=60)
    price_list = CharField(max_length=60)
    defaults = JSONField()
    touchless = BooleanField()
    touchless_limit = BigIntegerField(null=True)
    price_policy = CharField(max_length=10)
    price_tolerance = BigIntegerField()
    duplicate_po = CharField(max_length=20)
    send_messages = BooleanField()
    instructions = TextField()
    extra = JSONField()
    portal_token = CharField(index=True, max_length=64)
    active = BooleanField()
    version = IntegerField()
    created_at = DateTimeField()

    class Meta:
        table_name = "customers"
        legacy_table_names = False


class Address(Model):
    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="+")
    kind = CharField(max_length=20)
    is_default = BooleanField()
    name = CharField(max_length=120)
    company = CharField(max_length=120)
    attention = CharField(max_length=120)
    address1 = CharField(max_length=200)
    address2 = CharField(max_length=200)
    address3 = CharField(max_length=200)
    city = CharField(max_length=120)
    region = CharField(max_length=120)
    postal = CharField(max_length=40)
    country = CharField(max_length=2)
    code = CharField(max_length=40)
    store_number = CharField(max_length=40)
    phone = CharField(max_length=60)
    email = CharField(max_length=254)
    residential = BooleanField()

    class Meta:
        table_name = "addresses"
        legacy_table_names = False


class Mailbox(Model):
    name = CharField(unique=True, max_length=80)
    host = CharField(max_length=200)
    port = IntegerField()
    security = CharField(max_length=10)
    user = CharField(max_length=254)
    login = CharField(max_length=10)
    password = TextField()
    provider = CharField(max_length=20)
    grant = CharField(column_name="grant_type", max_length=30)
    token_url = CharField()
    scope = CharField()
    client_id = CharField()
    client_secret = TextField()
    refresh_token = TextField()
    access_token = TextField()
    access_until = DateTimeField(null=True)
    folder = CharField(max_length=120)
    processed_folder = CharField(max_length=120)
    rejected_folder = CharField(max_length=120)
    own_addresses = JSONField()
    authserv_ids = JSONField()
    trust = CharField(max_length=20)
    most_mb = IntegerField()
    most_per_hour = IntegerField()
    active = BooleanField()
    leased_until = DateTimeField(null=True)
    leased_by = CharField(max_length=120)
    last_contact_at = DateTimeField(null=True)
    checked_at = DateTimeField(null=True)
    asked_at = DateTimeField(null=True)
    problem = TextField()
    version = IntegerField()

    class Meta:
        table_name = "mailboxes"
        legacy_table_names = False


class StoredFile(Model):
    sha256 = CharField(unique=True, max_length=64)
    size = IntegerField()
    content_type = CharField(max_length=120)
    content = BlobField()
    created_at = DateTimeField()
    purged_at = DateTimeField(null=True)

    class Meta:
        table_name = "stored_files"
        legacy_table_names = False


class IncomingMail(Model):
    mailbox = ForeignKeyField(Mailbox, on_delete="RESTRICT", backref="+")
    key = CharField()
    fingerprint = CharField(max_length=64)
    message_id = CharField(index=True)
    in_reply_to = CharField()
    thread = JSONField()
    folder = CharField(max_length=120)
    uid_validity = BigIntegerField()
    uid = BigIntegerField()
    size = IntegerField()
    sender = CharField(max_length=254)
    sender_name = CharField(max_length=200)
    reply_to = CharField(max_length=254)
    subject = CharField()
    sent_at = DateTimeField(null=True)
    arrived_at = DateTimeField()
    received_at = DateTimeField()
    authenticated = BooleanField()
    authentication = CharField()
    automatic = CharField()
    original = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    text = TextField()
    parts = JSONField()
    state = CharField(max_length=20)
    reason = TextField()
    customer = ForeignKeyField(Customer, on_delete="SET NULL", backref="+", null=True)
    decided_by = CharField(max_length=120)
    decided_at = DateTimeField(null=True)
    version = IntegerField()

    class Meta:
        table_name = "incoming_mails"
        legacy_table_names = False
        indexes = (
            (("mailbox", "key"), True),
            (("mailbox", "uid_validity", "uid"), False),
            (("sender", "arrived_at"), False),
            (("state", "id"), False),
        )


class PartnerMapping(Model):
    customer = ForeignKeyField(Customer, on_delete="RESTRICT", backref="+")
    name = CharField(max_length=120)
    active = BooleanField()
    current = IntegerField()
    version = IntegerField()
    created_at = DateTimeField()

    class Meta:
        table_name = "partner_mappings"
        legacy_table_names = False
        indexes = ((("customer", "name"), True),)


class MappingVersion(Model):
    mapping = ForeignKeyField(PartnerMapping, on_delete="CASCADE", backref="+")
    number = IntegerField()
    definition = JSONField()
    fingerprint = CharField(index=True, max_length=64)
    made_by = CharField(max_length=120)
    made_at = DateTimeField()
    note = CharField(max_length=200)

    class Meta:
        table_name = "mapping_versions"
        legacy_table_names = False
        indexes = ((("mapping", "number"), True),)


class IncomingFile(Model):
    channel = CharField(max_length=20)
    name = CharField()
    sender = CharField(max_length=254)
    external_id = CharField()
    mail = ForeignKeyField(IncomingMail, on_delete="SET NULL", backref="+", null=True)
    mapping_version = ForeignKeyField(MappingVersion, on_delete="SET NULL", backref="+", null=True)
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    customer = ForeignKeyField(Customer, on_delete="SET NULL", backref="+", null=True)
    state = CharField(max_length=20)
    reason = TextField()
    source = CharField(max_length=40)
    duplicate_of = ForeignKeyField("self", on_delete="SET NULL", backref="+", null=True)
    received_at = DateTimeField(index=True)
    received_by = CharField(max_length=120)
    read_at = DateTimeField(null=True)
    version = IntegerField()
    private = BooleanField()

    class Meta:
        table_name = "incoming_files"
        legacy_table_names = False


class AnswerLink(Model):
    incoming = ForeignKeyField(IncomingFile, on_delete="CASCADE", backref="+")
    salt = CharField(max_length=64)
    token_hash = CharField(unique=True, max_length=64)
    created_at = DateTimeField()
    created_by = CharField(max_length=120)
    expires_at = DateTimeField()
    revoked_at = DateTimeField(null=True)
    revoked_by = CharField(max_length=120)
    opened_at = DateTimeField(null=True)
    answered_at = DateTimeField(null=True)

    class Meta:
        table_name = "answer_links"
        legacy_table_names = False


class ApiToken(Model):
    name = CharField(max_length=120)
    prefix = CharField(max_length=12)
    token_hash = CharField(unique=True, max_length=64)
    role = ForeignKeyField(Role, on_delete="RESTRICT", backref="+")
    created_at = DateTimeField()
    created_by = CharField(max_length=120)
    last_used_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)

    class Meta:
        table_name = "api_tokens"
        legacy_table_names = False


class ApiAnswer(Model):
    token = ForeignKeyField(ApiToken, on_delete="CASCADE", backref="+")
    key = CharField(max_length=200)
    request_hash = CharField(max_length=64)
    status = SmallIntegerField(null=True)
    body = TextField()
    created_at = DateTimeField(index=True)

    class Meta:
        table_name = "api_answers"
        legacy_table_names = False
        indexes = ((("token", "key"), True),)


class Order(Model):
    number = CharField(unique=True, max_length=20)
    customer = ForeignKeyField(Customer, on_delete="RESTRICT", backref="+", null=True)
    customer_name = CharField(max_length=200)
    po_number = CharField(max_length=80)
    po_date = DateField(null=True)
    order_kind = CharField(max_length=20)
    source_channel = CharField(max_length=20)
    incoming = ForeignKeyField(IncomingFile, on_delete="SET NULL", backref="+", null=True)
    project_name = CharField(max_length=200)
    priority = CharField(max_length=10)
    order_date = DateField(null=True)
    received_at = DateTimeField()
    in_hands_date = DateField(null=True)
    in_hands_firm = BooleanField()
    sales_rep = ForeignKeyField(Person, on_delete="SET NULL", backref="+", null=True)
    account_manager = ForeignKeyField(Person, on_delete="SET NULL", backref="+", null=True)
    order_contact_name = CharField(max_length=120)
    order_contact_phone = CharField(max_length=60)
    order_contact_email = CharField(max_length=254)
    internal_notes = TextField()
    customer_notes = TextField()
    notes_read_at = DateTimeField(null=True)
    notes_read_by = CharField(max_length=120)
    mockup_requested = BooleanField()
    proof_required = BooleanField()
    artwork_state = CharField(max_length=20)
    over_under_tolerance_type = CharField(max_length=10)
    over_under_value = BigIntegerField()
    shipment_policy = CharField(max_length=40)
    currency = CharField(max_length=3)
    payment_terms = CharField(max_length=40)
    deposit_percent = BigIntegerField()
    deposit_paid = BigIntegerField()
    discount_percent = BigIntegerField()
    discount_amount = BigIntegerField()
    freight_charge = BigIntegerField()
    tax_amount = BigIntegerField()
    subtotal = BigIntegerField()
    grand_total = BigIntegerField()
    credit_status = CharField(max_length=12)
    credit_checked_at = DateTimeField(null=True)
    credit_released_by = CharField(max_length=120)
    credit_released_at = DateTimeField(null=True)
    credit_released_amount = BigIntegerField(null=True)
    stage = CharField(max_length=12)
    pieces = BigIntegerField()
    summary = CharField()
    waiting = CharField()
    on_hold = BooleanField()
    released_at = DateTimeField(null=True)
    released_by = CharField(max_length=120)
    acknowledged_at = DateTimeField(null=True)
    closed_at = DateTimeField(null=True)
    cancelled_at = DateTimeField(null=True)
    cancel_reason = CharField(max_length=200)
    revision = IntegerField()
    version = IntegerField()
    created_at = DateTimeField()
    created_by = CharField(max_length=120)
    updated_at = DateTimeField()
    extra = JSONField()
    sources = JSONField()
    search_text = TextField()
    portal_token = CharField(index=True, max_length=64)

    class Meta:
        table_name = "orders"
        legacy_table_names = False
        indexes = ((("customer", "po_number"), False), (("po_number",), False))


class Artwork(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    name = CharField(max_length=120)
    state = CharField(max_length=20)
    proof_required = BooleanField()
    instructions = TextField()
    current_version = IntegerField()
    sent_at = DateTimeField(null=True)
    sent_to = CharField(max_length=254)
    viewed_at = DateTimeField(null=True)
    decided_at = DateTimeField(null=True)
    decided_by = CharField(max_length=120)
    decided_address = CharField(max_length=64)
    approved_sha256 = CharField(max_length=64)
    change_request = TextField()

    class Meta:
        table_name = "artworks"
        legacy_table_names = False


class ArtworkVersion(Model):
    artwork = ForeignKeyField(Artwork, on_delete="CASCADE", backref="+")
    number = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    name = CharField()
    uploaded_at = DateTimeField()
    uploaded_by = CharField(max_length=120)
    sent_at = DateTimeField(null=True)

    class Meta:
        table_name = "artwork_versions"
        legacy_table_names = False
        indexes = ((("artwork", "number"), True),)


class ChangeOrder(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    revision = IntegerField()
    summary = TextField()
    difference = JSONField()
    at = DateTimeField()
    by = CharField(max_length=120)

    class Meta:
        table_name = "change_orders"
        legacy_table_names = False
        indexes = ((("order", "revision"), True),)


class Vendor(Model):
    code = CharField(unique=True, max_length=40)
    name = CharField(index=True, max_length=200)
    email = CharField(max_length=254)
    phone = CharField(max_length=60)
    account_number = CharField(max_length=60)
    terms = CharField(max_length=60)
    lead_days = IntegerField()
    currency = CharField(max_length=3)
    notes = TextField()
    active = BooleanField()

    class Meta:
        table_name = "vendors"
        legacy_table_names = False


class Product(Model):
    sku = CharField(unique=True, max_length=60)
    name = CharField(index=True, max_length=200)
    description = TextField()
    category = CharField(max_length=80)
    tags = JSONField()
    uom = CharField(max_length=4)
    price = BigIntegerField()
    purchased = BooleanField()
    vendor = ForeignKeyField(Vendor, on_delete="SET NULL", backref="+", null=True)
    tax_class = CharField(max_length=40)
    active = BooleanField()
    version = IntegerField()

    class Meta:
        table_name = "products"
        legacy_table_names = False


class OrderLine(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    number = IntegerField()
    product = ForeignKeyField(Product, on_delete="RESTRICT", backref="+", null=True)
    sku = CharField(max_length=80)
    customer_item_number = CharField(max_length=80)
    gtin = CharField(max_length=14)
    description = CharField(max_length=500)
    style = CharField(max_length=80)
    color = CharField(max_length=80)
    quantity = BigIntegerField()
    uom = CharField(max_length=4)
    unit_price = BigIntegerField(null=True)
    price_basis = CharField(max_length=10)
    line_discount = BigIntegerField()
    line_total = BigIntegerField()
    customer_supplied_goods = BooleanField()
    special_instructions = TextField()
    address = CharField(max_length=120)
    cancelled_at = DateTimeField(null=True)
    cancel_reason = CharField(max_length=200)
    extra = JSONField()
    sources = JSONField()

    class Meta:
        table_name = "order_lines"
        legacy_table_names = False
        indexes = ((("order", "number"), True),)


class Charge(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+", null=True)
    kind = CharField(max_length=20)
    name = CharField(max_length=120)
    quantity = BigIntegerField()
    unit_price = BigIntegerField()
    amount = BigIntegerField()

    class Meta:
        table_name = "charges"
        legacy_table_names = False


class ClosedDay(Model):
    day = DateField(unique=True)
    name = CharField(max_length=120)

    class Meta:
        table_name = "closed_days"
        legacy_table_names = False


class Contact(Model):
    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="+")
    kind = CharField(max_length=20)
    name = CharField(max_length=120)
    email = CharField(index=True, max_length=254)
    phone = CharField(max_length=60)
    opt_in = BooleanField()
    preferred_channel = CharField(max_length=20)
    unwanted = JSONField()

    class Meta:
        table_name = "contacts"
        legacy_table_names = False


class Counter(Model):
    name = CharField(primary_key=True, max_length=40)
    value = IntegerField()

    class Meta:
        table_name = "counters"
        legacy_table_names = False


class Variant(Model):
    product = ForeignKeyField(Product, on_delete="CASCADE", backref="+")
    sku = CharField(unique=True, max_length=80)
    style = CharField(max_length=80)
    color = CharField(max_length=80)
    size = CharField(max_length=20)
    gtin = CharField(index=True, max_length=14)
    price = BigIntegerField(null=True)
    cost = BigIntegerField(null=True)
    active = BooleanField()

    class Meta:
        table_name = "variants"
        legacy_table_names = False


class CustomerItem(Model):
    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="+")
    code = CharField(max_length=80)
    product = ForeignKeyField(Product, on_delete="CASCADE", backref="+")
    variant = ForeignKeyField(Variant, on_delete="CASCADE", backref="+", null=True)

    class Meta:
        table_name = "customer_items"
        legacy_table_names = False
        indexes = ((("customer", "code"), True),)


class CustomField(Model):
    level = CharField(max_length=20)
    name = CharField(max_length=60)
    label = CharField(max_length=120)
    kind = CharField(max_length=20)
    choices = JSONField()
    required_at = CharField(max_length=20)
    in_list = BooleanField()
    position = IntegerField()
    help = CharField()
    active = BooleanField()

    class Meta:
        table_name = "custom_fields"
        legacy_table_names = False
        indexes = ((("level", "name"), True),)


class Destination(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    position = IntegerField()
    fulfillment_type = CharField(max_length=20)
    ship_to_name = CharField(max_length=120)
    ship_to_company = CharField(max_length=120)
    ship_to_attention = CharField(max_length=120)
    ship_to_address1 = CharField(max_length=200)
    ship_to_address2 = CharField(max_length=200)
    ship_to_address3 = CharField(max_length=200)
    ship_to_city = CharField(max_length=120)
    ship_to_region = CharField(max_length=120)
    ship_to_postal = CharField(max_length=40)
    ship_to_country = CharField(max_length=60)
    ship_to_phone = CharField(max_length=60)
    ship_to_email = CharField(max_length=254)
    carrier = CharField(max_length=60)
    service_level = CharField(max_length=60)
    delivery_instructions = TextField()
    extra = JSONField()

    class Meta:
        table_name = "destinations"
        legacy_table_names = False
        indexes = ((("order", "position"), True),)


class Job(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    number = CharField(unique=True, max_length=24)
    position = IntegerField()
    destination = ForeignKeyField(Destination, on_delete="SET NULL", backref="+", null=True)
    fulfillment_type = CharField(max_length=20)
    due_date = DateField(null=True)
    firm = BooleanField()
    rank = SmallIntegerField()
    stage = CharField(max_length=12)
    on_hold = BooleanField()
    pieces = BigIntegerField()
    summary = CharField()
    released_at = DateTimeField(null=True)
    closed_at = DateTimeField(null=True)
    cancelled_at = DateTimeField(null=True)
    cancel_reason = CharField(max_length=200)
    version = IntegerField()
    extra = JSONField()

    class Meta:
        table_name = "jobs"
        legacy_table_names = False
        indexes = ((("order", "position"), True),)


class JobItem(Model):
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+")
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+")
    position = IntegerField()
    size = CharField(max_length=20)
    quantity = BigIntegerField()
    short = BigIntegerField()
    cancelled = BigIntegerField()
    bought = BooleanField()
    brought = BooleanField()
    purchased = BigIntegerField()
    received = BigIntegerField()
    damaged = BigIntegerField()
    wrong = BigIntegerField()
    final_short = BigIntegerField()
    remake = BigIntegerField()

    class Meta:
        table_name = "job_items"
        legacy_table_names = False
        indexes = ((("job", "line", "size"), True),)


class Department(Model):
    name = CharField(unique=True, max_length=80)
    slug = CharField(unique=True, max_length=80)
    stage = CharField(max_length=20)
    work = CharField(max_length=20)
    position = IntegerField()
    waits_for = JSONField()
    applies_to = JSONField()
    lead_days = IntegerField()
    capacity_minutes = IntegerField()
    setup_minutes = IntegerField()
    minutes_per_piece = BigIntegerField()
    active = BooleanField()
    version = IntegerField()

    class Meta:
        table_name = "departments"
        legacy_table_names = False


class Task(Model):
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+")
    department = ForeignKeyField(Department, on_delete="RESTRICT", backref="+", index=False)
    position = IntegerField()
    detail = CharField()
    due_date = DateField(null=True)
    planned_date = DateField(null=True)
    minutes = IntegerField()
    quantity = BigIntegerField()
    good = BigIntegerField()
    rejected = BigIntegerField()
    ready_at = DateTimeField(null=True)
    waiting = CharField()
    started_at = DateTimeField(null=True)
    closed_at = DateTimeField(null=True)
    closed_by = CharField(max_length=120)
    outcome = CharField(max_length=10)
    facts = JSONField()
    must_acknowledge = CharField()
    version = IntegerField()
    changed_by = CharField(max_length=120)
    changed_at = DateTimeField(null=True)

    class Meta:
        table_name = "tasks"
        legacy_table_names = False
        indexes = ((("job", "department"), True),)


class Decision(Model):
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="+")
    task = ForeignKeyField(Task, on_delete="CASCADE", backref="+")
    kind = CharField(max_length=20)
    quantity = BigIntegerField()
    note = CharField()
    at = DateTimeField()
    by = CharField(max_length=120)
    settled_at = DateTimeField(null=True)

    class Meta:
        table_name = "decisions"
        legacy_table_names = False


class Decoration(Model):
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+")
    position = IntegerField()
    location = CharField(max_length=80)
    method = CharField(max_length=80)
    imprint_colors = JSONField()
    color_count = IntegerField(null=True)
    imprint_text = CharField()
    placement_offset = CharField(max_length=120)
    imprint_width = BigIntegerField(null=True)
    imprint_height = BigIntegerField(null=True)
    imprint_uom = CharField(max_length=4)
    stitch_count = IntegerField(null=True)
    decoration_notes = TextField()
    department = ForeignKeyField(Department, on_delete="SET NULL", backref="+", null=True)
    artwork = ForeignKeyField(Artwork, on_delete="SET NULL", backref="+", null=True)
    extra = JSONField()

    class Meta:
        table_name = "decorations"
        legacy_table_names = False


class DraftProblem(Model):
    incoming = ForeignKeyField(IncomingFile, on_delete="CASCADE", backref="+", null=True)
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+", null=True)
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+", null=True)
    address = CharField(max_length=120)
    field = CharField(max_length=60)
    message = TextField()
    found = CharField()
    settled_at = DateTimeField(null=True)
    settled_by = CharField(max_length=120)

    class Meta:
        table_name = "draft_problems"
        legacy_table_names = False


class FilePreview(Model):
    file = ForeignKeyField(StoredFile, on_delete="CASCADE", backref="+")
    page = SmallIntegerField()
    width = IntegerField()
    height = IntegerField()
    thumbnail = BlobField(null=True)
    picture = BlobField(null=True)
    note = CharField(max_length=200)
    made_at = DateTimeField()

    class Meta:
        table_name = "file_previews"
        legacy_table_names = False
        indexes = ((("file", "page"), True),)


class Forecast(Model):
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+", unique=True)
    due_date = DateField()
    expected_on = DateField()
    late_days = IntegerField()
    reason = CharField()
    noticed_at = DateTimeField()

    class Meta:
        table_name = "forecasts"
        legacy_table_names = False


class HeadingWord(Model):
    word = CharField(unique=True, max_length=120)
    level = CharField(max_length=20)
    field = CharField(max_length=60)

    class Meta:
        table_name = "heading_words"
        legacy_table_names = False


class Hold(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+", null=True)
    reason_code = CharField(max_length=40)
    note = CharField()
    owner = CharField(max_length=120)
    next_action = CharField()
    since = DateTimeField()
    placed_by = CharField(max_length=120)
    ended_at = DateTimeField(null=True)
    ended_by = CharField(max_length=120)

    class Meta:
        table_name = "holds"
        legacy_table_names = False


class Inquiry(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    words = TextField()
    by = CharField(max_length=120)
    at = DateTimeField()
    answer = TextField()
    answered_at = DateTimeField(null=True)
    answered_by = CharField(max_length=120)

    class Meta:
        table_name = "inquiries"
        legacy_table_names = False


class LineSize(Model):
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+")
    position = IntegerField()
    size = CharField(max_length=20)
    quantity = BigIntegerField()
    variant = ForeignKeyField(Variant, on_delete="SET NULL", backref="+", null=True)

    class Meta:
        table_name = "line_sizes"
        legacy_table_names = False
        indexes = ((("line", "size"), True),)


class LoginEvent(Model):
    at = DateTimeField(index=True)
    email = CharField(max_length=254)
    person = ForeignKeyField(Person, on_delete="SET NULL", backref="+", null=True)
    address = CharField(max_length=64)
    outcome = CharField(max_length=20)

    class Meta:
        table_name = "login_events"
        legacy_table_names = False


class MappingSample(Model):
    mapping = ForeignKeyField(PartnerMapping, on_delete="CASCADE", backref="+")
    name = CharField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT", backref="+")
    expected = JSONField()
    kept_by = CharField(max_length=120)
    kept_at = DateTimeField()

    class Meta:
        table_name = "mapping_samples"
        legacy_table_names = False
        indexes = ((("mapping", "file"), True),)


class PageLink(Model):
    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="+", null=True)
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+", null=True)
    artwork = ForeignKeyField(Artwork, on_delete="CASCADE", backref="+", null=True)
    salt = CharField(max_length=64)
    token_hash = CharField(unique=True, max_length=64)
    created_at = DateTimeField()
    created_by = CharField(max_length=120)
    expires_at = DateTimeField()
    revoked_at = DateTimeField(null=True)
    revoked_by = CharField(max_length=120)
    opened_at = DateTimeField(null=True)

    class Meta:
        table_name = "page_links"
        legacy_table_names = False


class Message(Model):
    key = CharField(unique=True, max_length=200)
    event = CharField(max_length=40)
    order = ForeignKeyField(Order, on_delete="SET NULL", backref="+", null=True)
    job = ForeignKeyField(Job, on_delete="SET NULL", backref="+", null=True)
    incoming = ForeignKeyField(IncomingFile, on_delete="SET NULL", backref="+", null=True)
    link = ForeignKeyField(AnswerLink, on_delete="SET NULL", backref="+", null=True)
    page_link = ForeignKeyField(PageLink, on_delete="SET NULL", backref="+", null=True)
    channel = CharField(max_length=10)
    recipient = CharField(max_length=254)
    subject = CharField()
    body = TextField()
    in_reply_to = CharField()
    thread = JSONField()
    file = ForeignKeyField(StoredFile, on_delete="SET NULL", backref="+", null=True)
    file_name = CharField()
    message_id = CharField()
    state = CharField(max_length=20)
    note = CharField()
    created_at = DateTimeField()
    sent_at = DateTimeField(null=True)

    class Meta:
        table_name = "messages"
        legacy_table_names = False


class MessageTemplate(Model):
    event = CharField(unique=True, max_length=40)
    subject = CharField()
    body = TextField()
    active = BooleanField()
    version = IntegerField()

    class Meta:
        table_name = "message_templates"
        legacy_table_names = False


class OrderEvent(Model):
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+")
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+", null=True)
    task = ForeignKeyField(Task, on_delete="SET NULL", backref="+", null=True)
    at = DateTimeField()
    actor = CharField(max_length=120)
    kind = CharField(max_length=40)
    text = TextField()
    before = JSONField(null=True)
    after = JSONField(null=True)

    class Meta:
        table_name = "order_events"
        legacy_table_names = False
        indexes = ((("order", "id"), False),)


class OrderSender(Model):
    pattern = CharField(unique=True, max_length=254)
    customer = ForeignKeyField(Customer, on_delete="CASCADE", backref="+", null=True)
    created_at = DateTimeField()
    created_by = CharField(max_length=120)

    class Meta:
        table_name = "order_senders"
        legacy_table_names = False


class OutboxRow(Model):
    kind = CharField(max_length=40)
    key = CharField(unique=True, null=True, max_length=200)
    payload = JSONField()
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+", null=True)
    created_at = DateTimeField()
    run_at = DateTimeField()
    attempts = SmallIntegerField()
    leased_until = DateTimeField(null=True)
    worker = CharField(max_length=120)
    done_at = DateTimeField(null=True)
    dead_at = DateTimeField(null=True)
    error = TextField()

    class Meta:
        table_name = "outbox"
        legacy_table_names = False


class Shipment(Model):
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+")
    carrier = CharField(max_length=60)
    service = CharField(max_length=60)
    tracking_number = CharField(index=True, max_length=80)
    tracking_url = CharField()
    cost = BigIntegerField(null=True)
    handed_to = CharField(max_length=120)
    shipped_at = DateTimeField(null=True)
    shipped_by = CharField(max_length=120)
    delivered_at = DateTimeField(null=True)
    voided_at = DateTimeField(null=True)
    created_at = DateTimeField()

    class Meta:
        table_name = "shipments"
        legacy_table_names = False


class Package(Model):
    shipment = ForeignKeyField(Shipment, on_delete="CASCADE", backref="+")
    number = IntegerField()
    weight_grams = IntegerField(null=True)
    length_mm = IntegerField(null=True)
    width_mm = IntegerField(null=True)
    height_mm = IntegerField(null=True)
    sscc = CharField(max_length=18)
    tracking_number = CharField(max_length=80)

    class Meta:
        table_name = "packages"
        legacy_table_names = False
        indexes = ((("shipment", "number"), True),)


class PersonDepartment(Model):
    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    department = ForeignKeyField(Department, on_delete="CASCADE", backref="+")

    class Meta:
        table_name = "person_departments"
        legacy_table_names = False
        indexes = ((("person", "department"), True),)


class ProofReply(Model):
    artwork = ForeignKeyField(Artwork, on_delete="CASCADE", backref="+")
    version = IntegerField()
    kind = CharField(max_length=10)
    words = TextField()
    marks = JSONField()
    by = CharField(max_length=120)
    address = CharField(max_length=64)
    sha256 = CharField(max_length=64)
    at = DateTimeField()

    class Meta:
        table_name = "proof_replies"
        legacy_table_names = False


class PurchaseOrder(Model):
    number = CharField(unique=True, max_length=20)
    vendor = ForeignKeyField(Vendor, on_delete="RESTRICT", backref="+", null=True)
    ordered_at = DateTimeField()
    ordered_by = CharField(max_length=120)
    expected_on = DateField(null=True)
    sent_at = DateTimeField(null=True)
    notes = TextField()

    class Meta:
        table_name = "purchase_orders"
        legacy_table_names = False


class PurchaseLine(Model):
    purchase_order = ForeignKeyField(PurchaseOrder, on_delete="CASCADE", backref="+")
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="+")
    variant = ForeignKeyField(Variant, on_delete="SET NULL", backref="+", null=True)
    vendor_sku = CharField(max_length=80)
    quantity = BigIntegerField()
    unit_cost = BigIntegerField(null=True)

    class Meta:
        table_name = "purchase_lines"
        legacy_table_names = False


class Receipt(Model):
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="+")
    task = ForeignKeyField(Task, on_delete="CASCADE", backref="+")
    received = BigIntegerField()
    damaged = BigIntegerField()
    wrong = BigIntegerField()
    final_short = BigIntegerField()
    reason = CharField(max_length=60)
    at = DateTimeField()
    by = CharField(max_length=120)

    class Meta:
        table_name = "receipts"
        legacy_table_names = False


class RequiredField(Model):
    level = CharField(max_length=20)
    name = CharField(max_length=60)
    stage = CharField(max_length=20)

    class Meta:
        table_name = "required_fields"
        legacy_table_names = False
        indexes = ((("level", "name"), True),)


class SavedView(Model):
    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+", null=True)
    screen = CharField(max_length=120)
    name = CharField(max_length=80)
    query = TextField()

    class Meta:
        table_name = "saved_views"
        legacy_table_names = False


class ScheduleRow(Model):
    line = ForeignKeyField(OrderLine, on_delete="CASCADE", backref="+")
    position = IntegerField()
    schedule_date = DateField(null=True)
    destination = ForeignKeyField(Destination, on_delete="SET NULL", backref="+", null=True)
    schedule_size = CharField(max_length=20)
    schedule_quantity = BigIntegerField()
    schedule_unit_price = BigIntegerField(null=True)
    schedule_firm = BooleanField(null=True)
    extra = JSONField()

    class Meta:
        table_name = "schedule_rows"
        legacy_table_names = False


class SheetLink(Model):
    name = CharField(unique=True, max_length=80)
    backend = CharField(max_length=20)
    address = CharField(max_length=500)
    account = CharField(max_length=254)
    login = CharField(max_length=20)
    secret = TextField()
    options = JSONField()
    role = ForeignKeyField(Role, on_delete="SET NULL", backref="+", null=True)
    salt = CharField(max_length=40)
    active = BooleanField()
    state = CharField(max_length=20)
    problem = TextField()
    held_by = CharField(max_length=200)
    seq = IntegerField()
    laid_out = CharField(max_length=64)
    checked = CharField(max_length=64)
    seen_event = IntegerField()
    breaker = JSONField(null=True)
    breaker_rows = IntegerField()
    breaker_percent = IntegerField()
    keep_days = IntegerField()
    pending = IntegerField()
    active_at = DateTimeField(null=True)
    last_read_at = DateTimeField(null=True)
    last_write_at = DateTimeField(null=True)
    next_try_at = DateTimeField(null=True)
    failures = SmallIntegerField()
    asked_at = DateTimeField(null=True)
    leased_until = DateTimeField(null=True)
    leased_by = CharField(max_length=120)
    version = IntegerField()
    created_at = DateTimeField()
    created_by = CharField(max_length=120)

    class Meta:
        table_name = "sheet_links"
        legacy_table_names = False


class SheetTab(Model):
    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="+")
    key = CharField(max_length=40)
    title = CharField(max_length=80)
    kind = CharField(max_length=12)
    position = IntegerField()
    stages = JSONField()
    department = ForeignKeyField(Department, on_delete="CASCADE", backref="+", null=True)
    takes_new_rows = BooleanField()
    columns_found = JSONField()
    active = BooleanField()

    class Meta:
        table_name = "sheet_tabs"
        legacy_table_names = False
        indexes = ((("link", "key"), True),)


class SheetRow(Model):
    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="+")
    key = CharField(max_length=40)
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+", null=True)
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+", null=True)
    about = IntegerField(null=True)
    state = CharField(max_length=12)
    seen = IntegerField()
    digest = CharField(max_length=40)
    noted = BooleanField()
    marks = JSONField()
    removed_at = DateTimeField(null=True)
    decided_at = DateTimeField(null=True)
    decided_by = CharField(max_length=120)

    class Meta:
        table_name = "sheet_rows"
        legacy_table_names = False
        indexes = ((("tab", "key"), True),)


class SheetBase(Model):
    row = ForeignKeyField(SheetRow, on_delete="CASCADE", backref="+", index=False)
    seq = IntegerField()
    values = JSONField()
    taken = JSONField()
    at = DateTimeField(index=True)

    class Meta:
        table_name = "sheet_bases"
        legacy_table_names = False
        indexes = ((("row", "seq"), True),)


class SheetBatch(Model):
    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="+", index=False)
    seq = IntegerField()
    purpose = CharField(max_length=12)
    writes = JSONField()
    before = JSONField()
    cells = IntegerField()
    sender = CharField(max_length=120)
    sent_at = DateTimeField(index=True)
    ended_at = DateTimeField(null=True)
    confirmed_at = DateTimeField(null=True)
    problem = TextField()

    class Meta:
        table_name = "sheet_batches"
        legacy_table_names = False
        indexes = ((("link", "seq"), True),)


class SheetColumn(Model):
    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="+")
    source = CharField(max_length=80)
    title = CharField(max_length=80)
    position = IntegerField()
    owner = CharField(max_length=8)
    tie = CharField(max_length=8)
    width = IntegerField()
    required = BooleanField()
    active = BooleanField()

    class Meta:
        table_name = "sheet_columns"
        legacy_table_names = False
        indexes = ((("tab", "source"), True),)


class SheetEvent(Model):
    link = ForeignKeyField(SheetLink, on_delete="CASCADE", backref="+", index=False)
    row = ForeignKeyField(SheetRow, on_delete="SET NULL", backref="+", null=True)
    order = ForeignKeyField(Order, on_delete="CASCADE", backref="+", null=True)
    job = ForeignKeyField(Job, on_delete="CASCADE", backref="+", null=True)
    kind = CharField(max_length=20)
    source = CharField(max_length=80)
    title = CharField(max_length=80)
    kept = TextField()
    lost = TextField()
    value = JSONField(null=True)
    side = CharField(max_length=8)
    why = TextField()
    who = CharField(max_length=120)
    at = DateTimeField()
    settled_at = DateTimeField(null=True)
    settled_by = CharField(max_length=120)
    outcome = CharField(max_length=12)

    class Meta:
        table_name = "sheet_events"
        legacy_table_names = False
        indexes = ((("link", "id"), False),)


class SheetNewRow(Model):
    tab = ForeignKeyField(SheetTab, on_delete="CASCADE", backref="+", index=False)
    fingerprint = CharField(max_length=40)
    reads = IntegerField()
    values = JSONField()
    problem = TextField()
    incoming = ForeignKeyField(IncomingFile, on_delete="SET NULL", backref="+", null=True)
    row = ForeignKeyField(SheetRow, on_delete="SET NULL", backref="+", null=True)
    first_seen_at = DateTimeField()

    class Meta:
        table_name = "sheet_new_rows"
        legacy_table_names = False
        indexes = ((("tab", "fingerprint"), True),)


class ShipmentItem(Model):
    shipment = ForeignKeyField(Shipment, on_delete="CASCADE", backref="+")
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="+")
    quantity = BigIntegerField()

    class Meta:
        table_name = "shipment_items"
        legacy_table_names = False
        indexes = ((("shipment", "item"), True),)


class ShopSetting(Model):
    name = CharField(primary_key=True, max_length=60)
    value = JSONField()

    class Meta:
        table_name = "shop_settings"
        legacy_table_names = False


class TaskQuantity(Model):
    task = ForeignKeyField(Task, on_delete="CASCADE", backref="+")
    item = ForeignKeyField(JobItem, on_delete="CASCADE", backref="+")
    good = BigIntegerField()
    rejected = BigIntegerField()
    reason = CharField(max_length=60)

    class Meta:
        table_name = "task_quantities"
        legacy_table_names = False
        indexes = ((("task", "item"), True),)


class Throttle(Model):
    key = CharField(primary_key=True, max_length=200)
    count = IntegerField()
    window = IntegerField()

    class Meta:
        table_name = "throttles"
        legacy_table_names = False


class VendorItem(Model):
    vendor = ForeignKeyField(Vendor, on_delete="CASCADE", backref="+")
    variant = ForeignKeyField(Variant, on_delete="CASCADE", backref="+")
    vendor_sku = CharField(max_length=80)
    cost = BigIntegerField(null=True)
    minimum = BigIntegerField()
    preferred = BooleanField()

    class Meta:
        table_name = "vendor_items"
        legacy_table_names = False
        indexes = ((("vendor", "variant"), True),)


TABLES = [
    Role,
    Person,
    Customer,
    Address,
    Mailbox,
    StoredFile,
    IncomingMail,
    PartnerMapping,
    MappingVersion,
    IncomingFile,
    AnswerLink,
    ApiToken,
    ApiAnswer,
    Order,
    Artwork,
    ArtworkVersion,
    ChangeOrder,
    Vendor,
    Product,
    OrderLine,
    Charge,
    ClosedDay,
    Contact,
    Counter,
    Variant,
    CustomerItem,
    CustomField,
    Destination,
    Job,
    JobItem,
    Department,
    Task,
    Decision,
    Decoration,
    DraftProblem,
    FilePreview,
    Forecast,
    HeadingWord,
    Hold,
    Inquiry,
    LineSize,
    LoginEvent,
    MappingSample,
    PageLink,
    Message,
    MessageTemplate,
    OrderEvent,
    OrderSender,
    OutboxRow,
    Shipment,
    Package,
    PersonDepartment,
    ProofReply,
    PurchaseOrder,
    PurchaseLine,
    Receipt,
    RequiredField,
    SavedView,
    ScheduleRow,
    SheetLink,
    SheetTab,
    SheetRow,
    SheetBase,
    SheetBatch,
    SheetColumn,
    SheetEvent,
    SheetNewRow,
    ShipmentItem,
    ShopSetting,
    TaskQuantity,
    Throttle,
    VendorItem,
]


INDEXES = [
    'CREATE INDEX "orders_open_by_date" ON "orders" ("in_hands_date", "id") WHERE '
    '("closed_at" IS NULL)',
    'CREATE INDEX "orders_open_by_stage" ON "orders" ("stage", "id") WHERE ("closed_at" IS NULL)',
    'CREATE INDEX "orders_open_by_customer" ON "orders" ("customer_id", "id") WHERE '
    '("closed_at" IS NULL)',
    'CREATE INDEX "orders_by_closing" ON "orders" ("closed_at", "id")',
    'CREATE INDEX "orders_by_release" ON "orders" ("released_at", "id")',
    'CREATE INDEX "jobs_open" ON "jobs" ("stage", "due_date", "id") WHERE ("closed_at" IS NULL)',
    'CREATE INDEX "tasks_open_queue" ON "tasks" ("department_id", "due_date", "id", '
    '"ready_at") WHERE ("closed_at" IS NULL)',
    'CREATE INDEX "tasks_done" ON "tasks" ("department_id", "closed_at") WHERE '
    '("closed_at" IS NOT NULL)',
    'CREATE INDEX "holds_open" ON "holds" ("order_id") WHERE ("ended_at" IS NULL)',
    'CREATE INDEX "inquiries_open" ON "inquiries" ("id") WHERE ("answered_at" IS NULL)',
    'CREATE INDEX "messages_by_message_id" ON "messages" ("message_id") WHERE '
    "(\"message_id\" != '')",
    'CREATE INDEX "messages_open" ON "messages" ("state", "id") WHERE ("state" IN '
    "('bounced', 'refused', 'sending', 'unknown', 'waiting'))",
    'CREATE INDEX "outbox_waiting" ON "outbox" ("run_at", "id") WHERE (("done_at" IS '
    'NULL) AND ("dead_at" IS NULL))',
    'CREATE INDEX "outbox_dead" ON "outbox" ("dead_at") WHERE ("dead_at" IS NOT NULL)',
    'CREATE INDEX "sheet_removed" ON "sheet_rows" ("tab_id", "removed_at") WHERE ("state"'
    " = 'removed')",
    'CREATE INDEX "sheet_events_open" ON "sheet_events" ("link_id", "id") WHERE '
    "((\"settled_at\" IS NULL) AND (\"kind\" IN ('conflict', 'refused')))",
]


SEARCH_ON_SQLITE = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS order_search USING fts5(search_text, "
    "content='orders', content_rowid='id', prefix='2 3 4')",
    "CREATE TRIGGER IF NOT EXISTS order_search_insert AFTER INSERT ON orders BEGIN INSERT"
    " INTO order_search(rowid, search_text) VALUES (new.id, new.search_text); END",
    "CREATE TRIGGER IF NOT EXISTS order_search_delete AFTER DELETE ON orders BEGIN INSERT"
    " INTO order_search(order_search, rowid, search_text) VALUES ('delete', old.id, "
    "old.search_text); END",
    "CREATE TRIGGER IF NOT EXISTS order_search_update AFTER UPDATE OF search_text ON "
    "orders WHEN old.search_text <> new.search_text BEGIN INSERT INTO "
    "order_search(order_search, rowid, search_text) VALUES ('delete', old.id, "
    "old.search_text); INSERT INTO order_search(rowid, search_text) VALUES (new.id, "
    "new.search_text); END",
]


SEARCH_ON_POSTGRESQL = [
    "CREATE INDEX IF NOT EXISTS orders_search ON orders USING gin (to_tsvector('simple', "
    "search_text))",
]


def up(migrator, db):
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
    for statement in INDEXES:
        db.execute_sql(statement)
    on_sqlite = isinstance(db, SqliteDatabase)
    for statement in SEARCH_ON_SQLITE if on_sqlite else SEARCH_ON_POSTGRESQL:
        db.execute_sql(statement)
