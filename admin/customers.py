"""Customers, with their contacts, addresses and the names they have for our products."""

from typing import ClassVar

from admin.views import ShopView
from models import Address, Contact, Customer, CustomerItem, OrderSender
from sync import pricing
from workflow.actors import Right
from workflow.fields import ORDER_FIELDS, Level

TERMS = next(field.choices for field in ORDER_FIELDS if field.name == "payment_terms")
LANGUAGES = (("en", "English"), ("de", "German"), ("es", "Spanish"), ("fr", "French"))


class CustomerView(ShopView):
    """Who orders."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.CUSTOMERS}
    related: ClassVar = (Customer.sales_rep,)
    level = Level.CUSTOMER
    deletes = True
    instead_of_deleting = "Switch “active” off instead: the history stays."
    choices: ClassVar = {
        "payment_terms": [(term, term) for term in TERMS],
        "language": LANGUAGES,
        "price_policy": pricing.CHOICES,
        "duplicate_po": [
            ("ask", "ask a person"),
            ("change_order", "read it as a change of that order"),
            ("new_order", "take it as another order"),
        ],
        "Contact.kind": [
            ("order", "orders"),
            ("art", "artwork"),
            ("bill", "billing"),
            ("expeditor", "questions about orders"),
            ("sales", "sales"),
            ("ship", "receiving"),
        ],
        "Contact.preferred_channel": [(way, way) for way in ("email", "sms", "phone", "portal")],
        "Address.kind": [("ship_to", "ship to"), ("bill_to", "bill to")],
    }
    money_columns: ClassVar = frozenset({"credit_blocked"})

    column_list = (
        "code", "name", "group", "email", "phone", "sales_rep", "credit_limit", "active",
    )  # fmt: skip
    column_details_list = (
        *column_list, "payment_terms", "credit_blocked", "language", "currency",
        "deposit_percent", "open_receivables", "overdue_amount", "tax_exempt",
        "exemption_number", "exemption_expiry", "tax_id",
        "tax_category", "tax_jurisdiction", "price_list", "touchless", "touchless_limit",
        "price_policy", "price_tolerance", "duplicate_po",
        "send_messages", "instructions", "created_at",
    )  # fmt: skip
    column_export_list = column_details_list
    column_searchable_list = ("name", "code", "email")
    column_default_sort = "name"
    column_editable_list = ("group", "phone", "active")
    column_filters = (
        "code", "name", "group", "email", "payment_terms", "credit_limit", "overdue_amount",
        "credit_blocked", "tax_exempt", "touchless", "created_at", "active",
    )  # fmt: skip
    column_labels: ClassVar = {
        "sales_rep": "Sales person",
        "tax_id": "Tax number",
        "duplicate_po": "When a PO number comes again",
        "touchless": "Needs no review",
        "touchless_limit": "No review up to",
        "price_policy": "When their price differs from ours",
        "price_tolerance": "Prices agree within (percent)",
        "send_messages": "Gets messages",
        "contacts": "Contacts",
        "addresses": "Addresses",
        "senders": "Who orders by mail, besides contacts",
        "OrderSender.pattern": "Address, or @domain",
        "items": "Their item codes",
        "Contact.opt_in": "Agreed to updates",
        "Contact.unwanted": "Not told of (ready, shipped …)",
        "CustomerItem.code": "Their code",
        "Address.address1": "Address",
    }
    column_descriptions: ClassVar = {
        "touchless": "orders without problems are released at once",
        "touchless_limit": "what an order may come to; empty for any amount",
        "price_tolerance": "of our price; ours is taken then",
        "send_messages": "off: they are never written to, not even to answer their mails",
    }
    form_excluded_columns = ("portal_token",)
    sections: ClassVar = {
        "Terms and credit": (
            "currency", "payment_terms", "price_list", "deposit_percent", "credit_limit",
            "open_receivables", "overdue_amount", "credit_blocked",
        ),
        "Tax": (
            "tax_exempt", "exemption_number", "exemption_expiry", "tax_id", "tax_category",
            "tax_jurisdiction",
        ),
        "How their orders go": (
            "touchless", "touchless_limit", "price_policy", "price_tolerance", "duplicate_po",
            "send_messages", "language", "instructions",
        ),
    }  # fmt: skip
    inline_models = (
        (Contact, {"form_columns": [
            "kind", "name", "email", "phone", "opt_in", "preferred_channel", "unwanted",
        ]}),
        (Address, {"form_columns": [
            "kind", "is_default", "company", "name", "attention", "address1", "address2",
            "address3", "city", "region", "postal", "country", "code", "store_number", "phone",
            "email", "residential",
        ]}),
        (OrderSender, {"form_columns": ["pattern"]}),
        (CustomerItem, {"form_columns": ["code", "product", "variant"]}),
    )  # fmt: skip
