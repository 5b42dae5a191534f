"""What the demo shop sells: two hundred products in styles, colours and sizes, from vendors."""

from dataclasses import dataclass
from decimal import Decimal

from demo.cast import VENDORS
from models import Product, Variant, Vendor, VendorItem

_CHUNK = 400
APPAREL_SIZES = ("XS", "S", "M", "L", "XL", "2XL")


@dataclass(frozen=True)
class Range:
    """One category: materials times kinds are its products; how they are decorated."""

    category: str
    prefix: str
    vendor: str
    price: str
    materials: tuple[str, ...]
    kinds: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    methods: tuple[str, ...]
    places: tuple[str, ...]


_DARK = ("Black", "Navy", "Forest", "Heather grey")
RANGES = (
    Range(
        "Tees", "TE", "NORTHFOLD", "7.80",
        ("cotton", "heavy cotton", "ringspun", "tri-blend", "recycled"),
        ("tee", "women's tee", "youth tee", "long sleeve tee", "V-neck tee"),
        ("Black", "White", "Navy", "Cardinal"), APPAREL_SIZES,
        ("Screen print", "Screen print", "Screen print", "DTG", "Heat transfer"),
        ("Front", "Full front", "Back", "Left chest"),
    ),
    Range(
        "Fleece", "FL", "NORTHFOLD", "19.50",
        ("midweight", "heavyweight", "organic", "sherpa", "performance"),
        ("hoodie", "zip hoodie", "crewneck", "quarter zip", "joggers"),
        _DARK, APPAREL_SIZES,
        ("Screen print", "Screen print", "Embroidery", "Heat transfer"),
        ("Full front", "Left chest", "Full back"),
    ),
    Range(
        "Polos and shirts", "PO", "NORTHFOLD", "16.20",
        ("piqué", "jersey", "moisture-wicking", "easy-care", "flannel"),
        ("polo", "women's polo", "long sleeve polo", "work shirt", "shirt jacket"),
        ("White", *_DARK[:3]), APPAREL_SIZES, ("Embroidery",), ("Left chest", "Right sleeve"),
    ),
    Range(
        "Headwear", "HW", "CAPROCK", "8.90",
        ("twill", "trucker", "wool", "corduroy", "recycled"),
        ("cap", "snapback", "five-panel cap", "beanie", "bucket hat"),
        ("Black", "Navy", "Khaki", "Charcoal", "Red"), ("OS",), ("Embroidery",),
        ("Front panel", "Back"),
    ),
    Range(
        "Bags", "BA", "SABLE", "6.40",
        ("canvas", "cotton", "jute", "ripstop", "felt"),
        ("tote", "drawstring bag", "backpack", "messenger bag", "cooler bag"),
        ("Natural", "Black", "Navy"), ("",), ("Screen print", "Screen print", "Heat transfer"),
        ("Front", "Both sides"),
    ),
    Range(
        "Drinkware", "DR", "CLAYWATER", "9.75",
        ("steel", "glass", "ceramic", "bamboo", "copper"),
        ("tumbler", "bottle", "mug", "travel cup", "flask"),
        ("Silver", "Matte black", "White"), ("",), ("Laser engraving",), ("Side", "Wrap"),
    ),
    Range(
        "Desk and awards", "DA", "TIMBER", "14.30",
        ("walnut", "maple", "slate", "acrylic", "leather"),
        ("coaster set", "desk sign", "key fob", "notebook", "award"),
        ("Natural", "Dark", "Clear"), ("",), ("Laser engraving",), ("Front", "Base plate"),
    ),
    Range(
        "Home and gifts", "HG", "LOOMFIELD", "12.60",
        ("cotton", "linen", "waffle", "terry", "fleece"),
        ("towel", "blanket", "apron", "robe", "gift set"),
        ("White", "Sand", "Slate blue"), ("",), ("Embroidery",), ("Corner", "Chest"),
    ),
)  # fmt: skip
BY_CATEGORY = {found.category: found for found in RANGES}


def stock_up() -> None:
    """Insert vendors, products, variants and what the vendors call them."""
    for name, code, lead_days in VENDORS:
        mail = f"orders@{code.lower()}.example"
        Vendor.create(code=code, name=name, email=mail, lead_days=lead_days, terms="Net 30")
    vendors = {vendor.code: vendor for vendor in Vendor.select()}
    Product.insert_many(
        [row for found in RANGES for row in _products(found, vendors[found.vendor])]
    ).execute()
    products = list(Product.select().order_by(Product.id))
    variants = [row for product in products for row in _variants(product)]
    for start in range(0, len(variants), _CHUNK):
        Variant.insert_many(variants[start : start + _CHUNK]).execute()
    by_prefix = {found.prefix: vendors[found.vendor].id for found in RANGES}
    vendor_of = {product.id: by_prefix[product.sku[:2]] for product in products}
    items = [
        {
            "vendor": vendor_of[variant.product_id],
            "variant": variant.id,
            "vendor_sku": f"V{variant.sku}",
            "cost": variant.cost,
            "preferred": True,
        }
        for variant in Variant.select().order_by(Variant.id)
    ]
    for start in range(0, len(items), _CHUNK):
        VendorItem.insert_many(items[start : start + _CHUNK]).execute()


def _products(found: Range, vendor: Vendor) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for m, material in enumerate(found.materials):
        for k, kind in enumerate(found.kinds):
            rows.append(
                {
                    "sku": f"{found.prefix}-{m + 1}{k + 1}0",
                    "name": f"{material[0].upper()}{material[1:]} {kind}",
                    "description": f"{found.category}: {material} {kind}, blank",
                    "category": found.category,
                    "tags": ["kit"] if kind == "gift set" else [],
                    "price": Decimal(found.price) + Decimal(m) * Decimal("0.85") + k,
                    "purchased": not (found.category == "Desk and awards" and m == 3),
                    "vendor": vendor.id,
                }
            )
    return rows


def _variants(product: Product) -> list[dict[str, object]]:
    found = BY_CATEGORY[product.category]
    style = product.name.rpartition(" ")[2]
    rows: list[dict[str, object]] = []
    for color in found.colors:
        for n, size in enumerate(found.sizes):
            code = "".join(word[0] for word in color.split()).upper() + color[-1].upper()
            extra = 2 if size == "2XL" else 0
            rows.append(
                {
                    "product": product.id,
                    "sku": "-".join(part for part in (product.sku, code, size) if part),
                    "style": style,
                    "color": color,
                    "size": size,
                    "gtin": _gtin(f"9501{product.id:04}{found.colors.index(color)}{n:03}"),
                    "price": product.price + extra,
                    "cost": ((product.price + extra) * Decimal("0.42")).quantize(Decimal("0.01")),
                }
            )
    return rows


def _gtin(twelve: str) -> str:
    """Twelve digits with the GS1 check digit."""
    weighted = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(twelve))
    return f"{twelve}{-weighted % 10}"
