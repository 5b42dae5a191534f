"""The screens of the staff: ``register`` reads like the menu."""

from flask import Flask
from flask_admin import Admin, BaseView
from flask_admin.theme import Bootstrap4Theme

import models
from admin.care import CareScreen
from admin.customers import CustomerView
from admin.departments import DepartmentView
from admin.find import FindScreen
from admin.incoming import IncomingView
from admin.mailboxes import MailboxView
from admin.mails import MailView
from admin.mapping_list import MappingView
from admin.mapping_wizard import MappingWizardScreen
from admin.me import MeScreen
from admin.messages import MessagesScreen, TemplatesScreen
from admin.order_entry import OrderEntryScreen
from admin.order_lookups import OrderLookupScreen
from admin.order_page import OrderPageScreen
from admin.orders import OrderView
from admin.outbox import OutboxScreen
from admin.people import LoginEventView, PersonView, RoleView, TokenView
from admin.products import ProductView, VariantView, VendorItemView, VendorView
from admin.proofs import ProofScreen
from admin.purchasing import EventView, PurchaseOrderView, ReceiptView, ShipmentView
from admin.queues import QueueScreen
from admin.setup import (
    ClosedDayView,
    CustomFieldView,
    HeadingWordView,
    RequiredFieldView,
    SavedViewView,
)
from admin.shared_columns import SharedColumnScreen
from admin.shared_connect import SharedConnectScreen
from admin.shared_sheets import SharedSheetScreen
from admin.shared_waiting import SharedWaitingScreen
from admin.shop_settings import ShopSettingsScreen
from admin.today import TodayScreen
from admin.views import ShopView
from web.headers import csp_nonce


def register(app: Flask) -> Admin:
    """Mount every screen on the application, in the order of the menu."""
    admin = Admin(
        app,
        name="Inhands",
        url="/",
        index_view=TodayScreen("Today", endpoint="today", url="/"),
        theme=Bootstrap4Theme(),
        csp_nonce_generator=csp_nonce,
    )
    rows = app.config["SETTINGS"].page_size
    for screen in [*_work(), *_tables(), *_set_up()]:
        if isinstance(screen, ShopView):
            screen.page_size = rows
            screen.page_size_options = tuple(sorted({*ShopView.page_size_options, rows}))
        admin.add_view(screen)
    return admin


def _work() -> list[BaseView]:
    """Orders, queues and what else is worked on every day."""
    return [
        QueueScreen("Queue", endpoint="queue", url="/", static_url_path="/static/admin"),
        FindScreen("Find", endpoint="find", url="/find"),
        OrderEntryScreen("Order entry", endpoint="order_entry", url="/orders"),
        OrderLookupScreen("Order look-ups", endpoint="order_lookup", url="/orders/look-up"),
        OrderPageScreen("Order", endpoint="order_page", url="/orders"),
        ProofScreen("Proofs", endpoint="proofs", url="/artwork"),
        _table(OrderView, models.Order, "Orders", "/orders"),
        _table(IncomingView, models.IncomingFile, "Incoming", "/incoming"),
        _table(MailView, models.IncomingMail, "Mails", "/incoming/mails"),
        MappingWizardScreen("Mapping wizard", endpoint="mapping_wizard", url="/incoming"),
        MeScreen("Your account", endpoint="me", url="/me"),
    ]


def _tables() -> list[BaseView]:
    """What the shop knows: customers, products, purchases, shipments, events."""
    return [
        _table(CustomerView, models.Customer, "Customers", "/customers"),
        _table(ProductView, models.Product, "Products", "/products"),
        _table(VariantView, models.Variant, "Variants", "/variants"),
        _table(VendorView, models.Vendor, "Vendors", "/vendors"),
        _table(VendorItemView, models.VendorItem, "Vendor items", "/vendor-items"),
        _table(PurchaseOrderView, models.PurchaseOrder, "Purchase orders", "/purchase-orders"),
        _table(ReceiptView, models.Receipt, "Receipts", "/receipts"),
        _table(ShipmentView, models.Shipment, "Shipments", "/shipments"),
        CareScreen("From customers", endpoint="care", url="/from-customers"),
        MessagesScreen("Messages", endpoint="messages", url="/messages"),
        SharedConnectScreen("Connect a sheet", endpoint="shared_connect", url="/sheets"),
        SharedSheetScreen("Shared sheets", endpoint="shared_sheets", url="/sheets"),
        SharedWaitingScreen("Shared sheets", endpoint="shared_waiting", url="/sheets"),
        SharedColumnScreen("Shared sheets", endpoint="shared_columns", url="/sheets"),
        _table(EventView, models.OrderEvent, "Events", "/events"),
    ]


def _set_up() -> list[BaseView]:
    """What the shop decides, and who may do what."""
    return [
        ShopSettingsScreen("Shop", endpoint="shop_settings", url="/setup/shop"),
        _table(DepartmentView, models.Department, "Departments", "/setup/departments"),
        _table(MailboxView, models.Mailbox, "Mailboxes", "/setup/mailboxes"),
        _table(ClosedDayView, models.ClosedDay, "Closed days", "/setup/closed-days"),
        _table(CustomFieldView, models.CustomField, "Own fields", "/setup/custom-fields"),
        _table(
            RequiredFieldView, models.RequiredField, "Required fields", "/setup/required-fields"
        ),
        TemplatesScreen(
            "Message texts", endpoint="message_templates", url="/setup/message-templates"
        ),
        _table(HeadingWordView, models.HeadingWord, "Heading words", "/setup/heading-words"),
        _table(MappingView, models.PartnerMapping, "Mappings", "/setup/mappings"),
        _table(PersonView, models.Person, "People", "/setup/people"),
        _table(RoleView, models.Role, "Roles", "/setup/roles"),
        _table(TokenView, models.ApiToken, "API tokens", "/setup/api-tokens"),
        _table(LoginEventView, models.LoginEvent, "Log-ins", "/setup/login-events"),
        OutboxScreen("Outbox", endpoint="outbox", url="/setup/outbox"),
        _table(SavedViewView, models.SavedView, "Saved views", "/saved-views"),
    ]


def _table(view: type[ShopView], model: type[models.Table], name: str, url: str) -> ShopView:
    """The list of a table; its endpoint is the last part of its address."""
    endpoint = url.rpartition("/")[2].replace("-", "_")
    found: ShopView = view(model, name, endpoint=endpoint, url=url)
    return found
