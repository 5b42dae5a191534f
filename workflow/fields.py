# ruff: noqa: E501 - the catalogue is a table, one field a line
"""The catalogue of an order's fields: names, kinds, tabs; built-in ones and the shop's own. Pure.

A field lives either in a column of its table (``column=True``: what the workflow decides by, what
lists sort by) or typed inside the row's ``extra``.  Nobody else needs to know which: forms, API,
exports, search, sheet and mappings all walk this catalogue.  Names follow PromoStandards Purchase
Order 1.0.0, X12 850 and EDIFACT ORDERS where those have one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What may be typed into a field."""

    TEXT = "text"
    LONG = "long"  # several lines of text
    NUMBER = "number"  # exact decimal
    WHOLE = "whole"  # whole number
    QUANTITY = "quantity"  # exact, three places
    MONEY = "money"  # exact, four places
    PRICE = "price"  # exact, six places
    PERCENT = "percent"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    EMAIL = "email"
    PHONE = "phone"
    LIST = "list"  # several short texts


class Level(StrEnum):
    """Which row of the order a field belongs to."""

    ORDER = "order"
    DESTINATION = "destination"
    LINE = "line"
    SCHEDULE = "schedule"
    DECORATION = "decoration"
    CUSTOMER = "customer"
    JOB = "job"


@dataclass(frozen=True)
class Field:
    """One field: how it is called, what may be in it, where it stands on the form."""

    name: str
    label: str
    level: Level
    kind: Kind = Kind.TEXT
    tab: str = "Order"
    choices: tuple[str, ...] = ()
    column: bool = False
    everyday: bool = False
    required_at: str = ""  # a stage's value, or "" for never
    help: str = ""
    custom: bool = False
    listed: bool = True  # shown as a column of lists


def _fields(level: Level, tab: str, rows: str) -> list[Field]:
    """Read lines of ``name | label | kind | choices | flags``; flags: column, everyday."""
    fields = []
    for row in rows.strip().splitlines():
        name, label, kind, choices, flags = (cell.strip() for cell in row.split("|"))
        fields.append(
            Field(
                name=name,
                label=label,
                level=level,
                kind=Kind(kind),
                tab=tab,
                choices=tuple(c.strip() for c in choices.split(",")) if choices else (),
                column="column" in flags,
                everyday="everyday" in flags,
                required_at="review" if "required" in flags else "",
            )
        )
    return fields


ORDER_FIELDS: tuple[Field, ...] = (
    *_fields(
        Level.ORDER,
        "Order",
        """
        source_channel | Came by | choice | manual, email, customer_file, edi, webstore, web_interface, sheet, api | column everyday
        order_kind | Kind of order | choice | standard, sample, blank, rework, internal | column
        po_number | PO number | text | | column everyday
        po_date | PO date | date | | column
        order_date | Order date | date | | column everyday required
        project_name | Project or event | text | | column
        priority | Priority | choice | normal, rush, hot | column
        po_purpose | PO purpose | choice | original, change, replace, cancel, confirm |
        po_type | PO type | choice | stand-alone, new, blanket, release, drop-ship, rush |
        line_repeat_type | New or repeat | choice | new, repeat, reference |
        previous_order_ref | Repeats order | text | |
        previous_order_ref_type | Kind of that number | choice | purchase order, sales order, job |
        release_number | Release number | text | |
        blanket_order_ref | Blanket order or contract | text | |
        quote_ref | Our quote | text | |
        end_customer_order_ref | End buyer's order | text | |
        department_number | Buyer's department | text | |
        internal_vendor_number | Our number at the buyer | text | |
        merchandise_type | Merchandise code | text | |
        promotion_number | Promotion | text | |
        cost_center | Cost centre | text | |
        rush_flag | Rush charged | yes_no | |
        company | Our company | text | |
        division | Division | text | |
        language | Language of papers | text | |
        tags | Tags | list | |
        internal_notes | Notes for staff | long | | column everyday
        customer_notes | Customer's instructions | long | | column everyday
        terms_and_conditions | Terms and conditions | long | |
        event_date | Event date | date | |
        source_message_id | Message id | text | |
        source_file_name | File name | text | |
        """,
    ),
    *_fields(
        Level.ORDER,
        "Contacts",
        """
        customer_account | Customer's account | text | |
        customer_group | Customer group | text | |
        commission_rate | Commission | percent | |
        territory | Territory | text | |
        sold_to | Sold to | text | |
        order_contact_name | Ordered by | text | | column everyday
        order_contact_phone | Phone | phone | | column everyday
        order_contact_email | E-mail | email | | column everyday
        art_contact | Artwork contact | text | |
        bill_contact | Billing contact | text | |
        expeditor_contact | Order questions to | text | |
        sales_contact | Sales contact | text | |
        ship_contact | Receiving contact | text | |
        notify_email | Updates to e-mail | email | |
        notify_sms | Updates by SMS | phone | |
        opt_in | Agreed to updates | yes_no | |
        preferred_channel | Prefers | choice | email, sms, phone, portal |
        """,
    ),
    *_fields(
        Level.ORDER,
        "Billing",
        """
        bill_to_name | Bill to | text | | everyday
        bill_to_attention | Attention | text | |
        bill_to_address1 | Address | text | |
        bill_to_address2 | Address 2 | text | |
        bill_to_address3 | Address 3 | text | |
        bill_to_city | City | text | |
        bill_to_region | State or region | text | |
        bill_to_postal | Postal code | text | |
        bill_to_country | Country (ISO) | text | |
        bill_to_code | Billing location code | text | |
        currency | Currency | text | | column
        exchange_rate | Exchange rate | number | |
        price_list | Price list | text | |
        payment_terms | Payment terms | choice | Prepay, Due on receipt, Net 7, Net 15, Net 30, Net 45, Net 60 | column everyday
        terms_discount_percent | Cash discount | percent | |
        terms_discount_days | Discount days | whole | |
        terms_net_days | Net days | whole | |
        payment_method | Paid by | choice | card, bank transfer, cheque, cash, account |
        deposit_percent | Deposit | percent | | column
        deposit_paid | Deposit paid | money | | column
        tax_exempt | Tax exempt | yes_no | |
        exemption_number | Exemption number | text | |
        exemption_expiry | Exemption until | date | |
        tax_id | Tax number | text | |
        tax_category | Tax category | text | |
        tax_jurisdiction | Tax jurisdiction | text | |
        tax_amount | Tax | money | | column
        discount_code | Discount code | text | |
        discount_percent | Discount | percent | | column
        discount_amount | Discount amount | money | | column
        freight_charge | Freight charged | money | | column
        invoice_policy | Invoice by | choice | ordered, shipped |
        po_amount_limit | Not to exceed | money | |
        """,
    ),
    *_fields(
        Level.ORDER,
        "Dates",
        """
        in_hands_date | In hands | date | | column everyday required
        in_hands_firm | Firm date | yes_no | | column everyday
        requested_ship_date | Ship date asked for | date | |
        ship_not_before | Ship not before | date | |
        ship_no_later | Ship no later than | date | |
        delivery_requested_date | Delivery date asked for | date | |
        do_not_deliver_before | Deliver not before | date | |
        do_not_deliver_after | Deliver not after | date | |
        cancel_after_date | Cancel if not shipped by | date | |
        cancel_if_not_delivered_by | Cancel if not delivered by | date | |
        promised_ship_date | Promised to ship | date | |
        promised_delivery_date | Promised to deliver | date | |
        revised_promise_date | New promise | date | |
        revision_reason | Why the promise moved | text | |
        """,
    ),
    *_fields(
        Level.ORDER,
        "Artwork",
        """
        mockup_requested | Mockup asked for | yes_no | | column everyday
        proof_required | Proof before production | yes_no | | column
        proof_type | Kind of proof | choice | e-mail, digital photo, pre-production sample |
        proof_recipients | Proof goes to | list | |
        proof_due | Proof due | date | |
        art_instructions | Artwork instructions | long | |
        art_fee | Artwork fee | money | |
        artwork_reference | Artwork on file | text | |
        artwork_transport | Artwork comes by | choice | e-mail, link, upload, to follow |
        """,
    ),
    *_fields(
        Level.ORDER,
        "Shipping rules",
        """
        over_under_tolerance_type | Over and under | choice | exact, overrun, underrun, both | column everyday
        over_under_value | Tolerance in percent | percent | | column
        shipment_policy | Partial shipments | choice | complete only, partial and back-order, partial and cancel the rest | column
        substitution_allowed | Substitutes allowed | yes_no | |
        packing_list_required | Packing list in the box | yes_no | |
        allow_consolidation | May be merged with others | yes_no | |
        """,
    ),
    *_fields(
        Level.ORDER,
        "EDI",
        """
        trading_partner_id | Trading partner | text | |
        isa_sender | ISA sender | text | |
        isa_sender_qualifier | ISA sender qualifier | text | |
        isa_receiver | ISA receiver | text | |
        isa_receiver_qualifier | ISA receiver qualifier | text | |
        isa_control | ISA control number | text | |
        gs_control | GS control number | text | |
        st_control | ST control number | text | |
        x12_version | X12 version | text | |
        message_version | Message version | text | |
        test_indicator | Test or production | choice | P, T |
        mapping_profile_version | Mapping version | text | |
        invoice_number | Invoice number | text | |
        invoice_sent_on | Invoice sent | date | |
        change_sequence | Change sequence | text | |
        """,
    ),
)

DESTINATION_FIELDS: tuple[Field, ...] = tuple(
    _fields(
        Level.DESTINATION,
        "Ship to",
        """
        fulfillment_type | Hand over by | choice | ship, pickup, deliver, install, electronic | column everyday
        ship_to_name | Name | text | | column everyday
        ship_to_company | Company | text | | column everyday
        ship_to_attention | Attention | text | | column
        ship_to_address1 | Address | text | | column everyday
        ship_to_address2 | Address 2 | text | | column
        ship_to_address3 | Address 3 | text | | column
        ship_to_city | City | text | | column everyday
        ship_to_region | State or region | text | | column everyday
        ship_to_postal | Postal code | text | | column everyday
        ship_to_country | Country (ISO) | text | | column everyday
        ship_to_phone | Phone | phone | | column
        ship_to_email | E-mail | email | | column
        carrier | Carrier | text | | column everyday
        service_level | Service | text | | column everyday
        delivery_instructions | Words for the driver | long | | column
        ship_to_code | Location code | text | |
        store_number | Store number | text | |
        buying_party | Buying party | text | |
        buying_store | Ordering store | text | |
        mark_for | Mark for | text | |
        residential_flag | Private address | yes_no | |
        dock_hours | Dock hours | text | |
        appointment_number | Appointment | text | |
        ship_from | Ship from | text | |
        carrier_scac | Carrier code (SCAC) | text | |
        routing_text | Routing words | text | |
        freight_terms | Freight terms | choice | prepaid, prepaid and add, collect, third party, pickup |
        fob_point | FOB point | text | |
        third_party_account_number | Third-party account | text | |
        third_party_account_name | Account name | text | |
        third_party_account_address | Account address | text | |
        shipping_account_owner | Whose carrier account | choice | ours, customer, supplier, other |
        blind_ship | Blind shipment | yes_no | |
        blind_from_address | Sender to show | text | |
        packing_slip_template | Packing slip | text | |
        ship_reference_1 | Label reference 1 | text | |
        ship_reference_2 | Label reference 2 | text | |
        insurance_value | Insure for | money | |
        signature_required | Signature | yes_no | |
        label_format | Label format | choice | PDF, PNG, ZPL |
        pack_instructions | Packing instructions | long | |
        routing_request_id | Routing request | text | |
        gift_message | Gift message | long | |
        """,
    )
)

LINE_FIELDS: tuple[Field, ...] = tuple(
    _fields(
        Level.LINE,
        "Line",
        """
        sku | Item | text | | column everyday
        customer_item_number | Customer's item | text | | column
        gtin | Barcode (GTIN) | text | | column
        description | Description | text | | column everyday
        style | Style | text | | column
        color | Colour | text | | column everyday
        size | Size | text | | column everyday
        quantity | Quantity | quantity | | column everyday
        uom | Unit | choice | EA, DZ, PR, ST, CA, BX, M, YD, SF, HR | column
        unit_price | Unit price | price | | column everyday
        price_basis | Price per | choice | each, hundred, thousand | column
        line_discount | Discount | percent | | column
        special_instructions | Instructions | long | | column
        customer_line_number | Customer's line | text | |
        supplier | Vendor | text | |
        supplier_sku | Vendor's item | text | |
        list_price | List price | price | |
        price_break | Price break | text | |
        unit_cost | Cost | price | |
        tax_class | Tax class | text | |
        line_group_id | Group | text | |
        part_group | Kit | text | |
        customer_supplied_goods | Customer brings the goods | yes_no | | column
        line_tolerance_type | Over and under | choice | exact, overrun, underrun, both |
        line_tolerance_value | Tolerance in percent | percent | |
        allow_partial_shipment | May ship in parts | yes_no | |
        pack_quantity | Pack | quantity | |
        inner_pack | Inner pack | quantity | |
        individual_packaging | Packaging per piece | text | |
        personalization | Names and numbers | long | |
        store | Store | text | |
        """,
    )
)

SCHEDULE_FIELDS: tuple[Field, ...] = tuple(
    _fields(
        Level.SCHEDULE,
        "Deliveries",
        """
        schedule_date | Date | date | | column everyday
        schedule_quantity | Quantity | quantity | | column everyday
        schedule_size | Size | text | | column
        schedule_unit_price | Unit price | price | | column everyday
        schedule_firm | Firm | yes_no | | column
        schedule_date_type | Kind of date | choice | in hands, ship, deliver |
        schedule_firmness | Commitment | choice | firm, planned, forecast |
        schedule_release_number | Call-off number | text | |
        """,
    )
)

DECORATION_FIELDS: tuple[Field, ...] = tuple(
    _fields(
        Level.DECORATION,
        "Decoration",
        """
        location | Where | text | | column everyday
        method | How | text | | column everyday
        imprint_colors | Colours | list | | column everyday
        color_count | Number of colours | whole | | column
        imprint_text | Text | text | | column
        placement_offset | Placement | text | | column
        imprint_width | Width | number | | column
        imprint_height | Height | number | | column
        imprint_uom | Measured in | choice | cm, mm, in | column
        stitch_count | Stitches | whole | | column
        decoration_notes | Note | long | | column
        location_sizes | Only for sizes | list | |
        imprint_diameter | Diameter | number | |
        imprint_geometry | Shape | choice | rectangle, circle, other |
        use_max_imprint_area | Fill the area | yes_no | |
        color_system | Colour system | choice | PMS, CMYK, RGB, thread, other |
        pms_match_required | Exact PMS match | yes_no | |
        font | Font | text | |
        font_size | Font size | text | |
        underbase | Underbase | yes_no | |
        flash | Flash | yes_no | |
        mesh | Mesh | text | |
        ink_type | Ink or thread | text | |
        setup_charge | Set-up charge | money | |
        run_charge | Run charge | price | |
        repeat_setup_ref | Screens or tape on file | text | |
        machine | Machine | text | |
        est_setup_minutes | Set-up minutes | number | |
        est_run_minutes | Run minutes per piece | number | |
        spoilage_allowance | Spoilage allowance | percent | |
        """,
    )
)

BUILT_IN: tuple[Field, ...] = (
    *ORDER_FIELDS,
    *DESTINATION_FIELDS,
    *LINE_FIELDS,
    *SCHEDULE_FIELDS,
    *DECORATION_FIELDS,
)


#: Percentages and words that tell what something costs.
_MONEY_WORDS = frozenset(
    {
        "commission_rate", "deposit_percent", "discount_percent", "line_discount", "price_break",
        "terms_discount_percent",
    }
)  # fmt: skip


def tells_money(field: Field) -> bool:
    """Whether a field shows what something costs; only some people may see those."""
    return field.kind in {Kind.MONEY, Kind.PRICE} or field.name in _MONEY_WORDS


class Catalogue:
    """All fields a shop has: the built-in ones and its own, looked up by level and name.

    ``required`` maps (level, name) to the stage before which this shop wants the field filled.
    """

    def __init__(
        self, custom: Iterable[Field] = (), required: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self._by_level: dict[Level, dict[str, Field]] = {level: {} for level in Level}
        stages = required or {}
        for field in (*BUILT_IN, *custom):
            stage = stages.get((field.level.value, field.name))
            known = field if stage is None else replace(field, required_at=stage)
            self._by_level[field.level].setdefault(field.name, known)

    def of(self, level: Level) -> list[Field]:
        """Every field of a level, built-in ones first, in the order of the form."""
        return list(self._by_level[level].values())

    def get(self, level: Level, name: str) -> Field | None:
        """The field with that name, or None."""
        return self._by_level[level].get(name)

    def tabs(self, level: Level) -> dict[str, list[Field]]:
        """The fields of a level by tab, in the order of the form."""
        tabs: dict[str, list[Field]] = {}
        for field in self.of(level):
            tabs.setdefault(field.tab, []).append(field)
        return tabs

    def required_at(self, level: Level, stage: str) -> list[Field]:
        """The fields that must be filled before a row may leave ``stage``."""
        return [field for field in self.of(level) if field.required_at == stage]


BUILT_IN_CATALOGUE = Catalogue()
