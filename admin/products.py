"""Products with their variants, vendors, and what vendors call our variants."""

from typing import ClassVar

from admin.views import ShopView
from models import Product, Variant, Vendor, VendorItem
from workflow.actors import Right
from workflow.fields import LINE_FIELDS

UNITS = next(field.choices for field in LINE_FIELDS if field.name == "uom")


class ProductView(ShopView):
    """What we sell."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.PRODUCTS}
    related: ClassVar = (Product.vendor,)
    deletes = True
    choices: ClassVar = {"uom": [(unit, unit) for unit in UNITS]}
    column_list = (
        "sku",
        "name",
        "category",
        "tags",
        "uom",
        "price",
        "purchased",
        "vendor",
        "active",
    )
    column_details_list = (*column_list, "description", "tax_class")
    column_export_list = column_details_list
    column_searchable_list = ("sku", "name", "category")
    column_default_sort = "sku"
    column_editable_list = ("name", "category", "price", "active")
    column_filters = ("sku", "name", "category", "uom", "price", "purchased", Vendor.name, "active")
    column_labels: ClassVar = {
        "sku": "Item",
        "uom": "Unit",
        "purchased": "Bought for each order",
        "variants": "Styles, colours and sizes",
        "Variant.sku": "Item",
        "Variant.gtin": "Barcode (GTIN)",
    }
    sections: ClassVar = {"Buying and tax": ("purchased", "vendor", "tax_class")}
    inline_models = (
        (
            Variant,
            {"form_columns": ["sku", "style", "color", "size", "gtin", "price", "cost", "active"]},
        ),
    )


class VariantView(ShopView):
    """A product in one style, colour and size, and who sells it to us."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.PRODUCTS}
    related: ClassVar = (Variant.product,)
    deletes = True
    column_list = ("sku", "product", "style", "color", "size", "gtin", "price", "cost", "active")
    column_export_list = column_list
    column_searchable_list = ("sku", "gtin", Product.name)
    column_default_sort = "sku"
    column_editable_list = ("style", "color", "size", "price", "cost", "active")
    column_filters = (
        "sku",
        "style",
        "color",
        "size",
        "gtin",
        "price",
        "cost",
        Product.sku,
        "active",
    )
    column_labels: ClassVar = {
        "sku": "Item",
        "gtin": "Barcode (GTIN)",
        "vendor_items": "Vendors",
        "VendorItem.vendor_sku": "Their item",
        "VendorItem.minimum": "Smallest quantity",
    }
    inline_models = (
        (VendorItem, {"form_columns": ["vendor", "vendor_sku", "cost", "minimum", "preferred"]}),
    )


class VendorView(ShopView):
    """Where blanks come from."""

    rights: ClassVar = {"see": Right.PRODUCTS, "edit": Right.PRODUCTS}
    deletes = True
    column_list = ("code", "name", "email", "phone", "lead_days", "currency", "active")
    column_details_list = (*column_list, "account_number", "terms", "notes")
    column_export_list = column_details_list
    column_searchable_list = ("name", "code", "email")
    column_default_sort = "name"
    column_editable_list = ("phone", "lead_days", "active")
    column_filters = ("code", "name", "lead_days", "currency", "active")
    column_labels: ClassVar = {"lead_days": "Working days until it arrives"}


class VendorItemView(ShopView):
    """What vendors call our variants, and what they cost there."""

    rights: ClassVar = {"see": Right.PRODUCTS, "edit": Right.PRODUCTS}
    related: ClassVar = (VendorItem.vendor, VendorItem.variant)
    deletes = True
    column_list = ("vendor", "vendor_sku", "variant", "cost", "minimum", "preferred")
    column_export_list = column_list
    column_searchable_list = ("vendor_sku", Vendor.name, Variant.sku)
    column_editable_list = ("vendor_sku", "cost", "minimum", "preferred")
    column_filters = (Vendor.name, "vendor_sku", Variant.sku, "cost", "preferred")
    column_labels: ClassVar = {"vendor_sku": "Their item", "minimum": "Smallest quantity"}
