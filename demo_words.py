# ruff: noqa: E501 - tables, one thing a line
"""The names, goods and stories of the demo shop; all invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

SHOP = "Harbor Street Print & Stitch"
ADDRESS = "88 Harbor Street, Portland, OR 97209"
EMAIL = "hello@harborstreet.example"

#: name, role, departments they work in
PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Olga Owens", "Owner", ()),
    ("Max Maddox", "Manager", ()),
    ("Sue Saller", "Sales", ()),
    ("Ben Barlow", "Sales", ()),
    ("Ana Ruiz", "Department worker", ("artwork",)),
    ("Pat Perkins", "Department worker", ("purchasing", "receiving")),
    ("Ravi Rao", "Department worker", ("screen-print",)),
    ("Ella Eklund", "Department worker", ("embroidery", "heat-press")),
    ("Lee Lund", "Department worker", ("laser",)),
    ("Gus Grant", "Department worker", ("direct-to-garment",)),
    ("Kim Kowal", "Department worker", ("packaging",)),
    ("Tom Torres", "Department worker", ("shipping", "pickup", "delivery")),
    ("Ann Abbot", "Accountant", ()),
    ("Rita Reader", "Read-only", ()),
)
SELLERS = ("Sue Saller", "Ben Barlow")
MORE_DEPARTMENTS = (("Heat press", "heat press", 360), ("Direct to garment", "dtg", 420))
CAPACITIES = {"screen-print": 480, "embroidery": 1440, "laser": 480, "packaging": 960}

CUSTOMERS = (
    ("Riverside AC", "Portland"), ("Lakeside Run Club", "Bend"), ("Café Sol", "Salem"),
    ("Bolt Gym", "Eugene"), ("Meyer Carpentry", "Gresham"), ("Northwind Coffee", "Hillsboro"),
    ("Acorn Outfitters", "Medford"), ("St. Mary School", "Albany"), ("Pine Ridge Camp", "Sisters"),
    ("Blue Heron Brewing", "Hood River"), ("Tidewater Rowing", "Astoria"), ("Oak & Iron", "Tigard"),
    ("Copper Kettle Diner", "Newberg"), ("Summit Climbing", "Bend"), ("Juniper Dental", "Salem"),
    ("Harvest Co-op", "Corvallis"), ("Eastside Little League", "Gresham"), ("Glow Yoga", "Eugene"),
    ("Redwood Robotics", "Beaverton"), ("Foxglove Florists", "Portland"),
    ("Kestrel Cycles", "Portland"), ("Marlow & Sons Plumbing", "Tualatin"),
    ("Cedar Lane Vet", "Sherwood"), ("Open Door Theater", "Ashland"), ("Rook Chess Club", "Salem"),
    ("Wild Fern Landscaping", "Lake Oswego"), ("Pacific Kite Co.", "Lincoln City"),
    ("Stumptown Movers", "Portland"), ("Valley Choir", "McMinnville"), ("Ember Pizza", "Bend"),
    ("Quill Bookshop", "Eugene"), ("Granite Credit Union", "Salem"), ("Alder Hospice", "Roseburg"),
    ("Twin Rivers Rafting", "Maupin"), ("Sparrow Preschool", "Canby"), ("Delta Welding", "Coos Bay"),
    ("Moss & Stone Spa", "Cannon Beach"), ("Beacon Hill PTA", "Newport"),
    ("Ironwood Archery", "Grants Pass"), ("Firefly Events", "Portland"),
)  # fmt: skip
CONTACTS = (
    ("Dana", "Fox"), ("Jon", "Bell"), ("Mira", "Patel"), ("Carl", "Nyberg"), ("Tess", "Moreau"),
    ("Ivo", "Novak"), ("Rosa", "Lind"), ("Hank", "Meyer"),
)  # fmt: skip
STREETS = ("Dock Road", "Main Street", "Orchard Way", "Mill Lane", "Station Avenue")
VENDORS = (
    ("BLANKS", "Cascade Blanks", 3), ("THREAD", "Thread & Thimble Wholesale", 4),
    ("DRINKS", "Mugs Direct", 5), ("WOODEN", "Timber Gifts", 6), ("TOTES", "Canvas Row", 3),
)  # fmt: skip


@dataclass(frozen=True)
class Goods:
    """A kind of product."""

    code: str
    name: str
    category: str
    price: Decimal
    sized: bool = True
    bought: bool = True
    tags: tuple[str, ...] = ()


KINDS = (
    Goods("TEE", "heavy cotton tee", "apparel", Decimal("6.50")),
    Goods("HOOD", "hoodie", "apparel", Decimal("21.00")),
    Goods("POLO", "polo shirt", "apparel", Decimal("14.50")),
    Goods("CREW", "crew sweatshirt", "apparel", Decimal("17.00")),
    Goods("TANK", "tank top", "apparel", Decimal("7.25")),
    Goods("CAP", "six-panel cap", "headwear", Decimal("8.00"), sized=False),
    Goods("BEAN", "knit beanie", "headwear", Decimal("7.50"), sized=False),
    Goods("TOTE", "canvas tote", "bags", Decimal("5.20"), sized=False),
    Goods("APRN", "kitchen apron", "workwear", Decimal("11.00"), sized=False),
    Goods("MUG", "steel mug", "drinkware", Decimal("9.80"), sized=False),
    Goods("STKR", "vinyl sticker 70 mm", "paper", Decimal("0.85"), sized=False, bought=False),
    Goods("CUTB", "cutting board", "wood", Decimal("16.00"), sized=False),
)
MAKERS = (
    "Cascade", "Harbor", "Summit", "Alder", "Tidal", "Granite", "Juniper", "Marlow", "Everyday",
    "Classic", "Studio", "Field", "Union", "Pioneer", "Ridge", "Anchor", "Meadow",
)  # fmt: skip
COLORS = ("black", "white", "navy", "heather gray", "forest", "red", "sand", "royal blue")

LOOKS: dict[str, tuple[Mapping[str, Any], ...]] = {
    "screen print": (
        {"location": "Front", "imprint_colors": ["PMS 186 C", "White"], "placement_offset": "8 cm below collar"},
        {"location": "Back", "imprint_colors": ["White"], "decoration_notes": "soft-hand ink"},
    ),
    "embroidery": (
        {"location": "Left chest", "imprint_colors": ["Thread 1147", "Thread 1001"], "stitch_count": 6200},
        {"location": "Cap front", "imprint_colors": ["Thread 1147"], "stitch_count": 4800},
    ),
    "laser": ({"location": "Lid", "imprint_text": "Thank you!"}, {"location": "Side"}),
    "heat press": ({"location": "Sleeve", "imprint_colors": ["Full colour"]},),
    "dtg": ({"location": "Front", "imprint_colors": ["CMYK"]},),
}  # fmt: skip
NOTES = (
    "Same red as last year, please.",
    "Fold and bag each piece with its size label.",
    "Deliver to the back door, ring twice.",
    "Names on the sleeves follow by e-mail.",
)
EVENTS = ("Spring 10K", "Open house", "Founders' day", "Summer camp", "Grand opening")


@dataclass(frozen=True)
class Journey:
    """How far an order came: entered ``age`` days ago, in hands in ``in_hands`` days.

    It stops before the department ``until``; ``half`` is a department that is in the middle of it.
    """

    age: int
    in_hands: int
    until: str = "done"
    method: str = "screen print"
    hand_over: str = "ship"
    firm: bool = False
    proof: bool = False
    half: str = ""
    short: Decimal = field(default=Decimal(0))
    hold: tuple[str, str] | None = None
    change: bool = False
    cancel: str = ""
    split: bool = False


JOURNEYS = (
    Journey(24, -3),
    Journey(9, 6, "screen-print"),
    Journey(1, 20, "review"),
    Journey(8, 5, "screen-print", firm=True),
    Journey(12, 4, "packaging", "embroidery"),
    Journey(7, 8, "embroidery", "embroidery"),
    Journey(30, -8, hand_over="pickup"),
    Journey(3, 16, "receiving"),
    Journey(10, 3, "screen-print", firm=True, half="screen-print"),
    Journey(5, 12, "artwork-sent", proof=True),
    Journey(14, 2, "shipping", "laser"),
    Journey(2, 18, "purchasing"),
    Journey(11, 7, "laser", "laser", half="laser"),
    Journey(21, -1, "done", "embroidery", short=Decimal(2)),
    Journey(13, 4, "screen-print", firm=True),
    Journey(6, 10, "embroidery", "embroidery", hold=("customer_answer", "call about thread colours")),
    Journey(0, 25, "review", "laser"),
    Journey(9, 9, "heat-press", "heat press"),
    Journey(4, 14, "receiving", "dtg"),
    Journey(15, 4, "pickup", "screen print", "pickup"),
    Journey(12, 5, "embroidery", "embroidery", firm=True, half="embroidery"),
    Journey(28, -6, "done", "laser", "deliver"),
    Journey(7, 13, "screen-print", change=True),
    Journey(10, 11, "direct-to-garment", "dtg"),
    Journey(5, 15, "artwork", "laser", proof=True),
    Journey(18, 30, "packaging", split=True),
    Journey(6, 9, "receiving", "embroidery", cancel="event called off"),
    Journey(11, 6, "laser", "laser", hold=("goods", "vendor looks for the boxes")),
    Journey(16, 3, "delivery", "embroidery", "deliver"),
    Journey(1, 12, "artwork", "embroidery", firm=True),
)

CSV_ORDER = """\
Purchase order;8841
Ordered by;Dana Fox
In hands;31/02/2027
Item;Description;Colour;Quantity;Unit price
TEE-1000;heavy cotton tee;black;48;6.50
XYZ-99;mystery shirt;purple;a dozen;9.00
"""

_PALETTE = ("#c8102e", "#1f5eff", "#11734b", "#b54708", "#5b3fb0", "#0b7285")


def logo(customer: str, number: int) -> bytes:
    """A small picture with the customer's initials."""
    color = _PALETTE[number % len(_PALETTE)]
    initials = "".join(word[0] for word in customer.split() if word[0].isalpha())[:3].upper()
    shape = (
        '<circle cx="75" cy="50" r="42" fill="{c}"/>',
        '<rect x="25" y="12" width="100" height="76" rx="14" fill="{c}"/>',
        '<path d="M75 6 L140 94 L10 94 Z" fill="{c}"/>',
    )[number % 3].format(c=color)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 100" width="600" height="400">'
        f'{shape}<text x="75" y="66" font-size="30" text-anchor="middle" font-weight="700" '
        f'font-family="sans-serif" fill="#fff">{initials}</text></svg>'
    ).encode()
