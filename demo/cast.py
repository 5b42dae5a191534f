"""Everybody in the demo shop: people, customers, vendors.  All of them are invented."""

from dataclasses import dataclass

SHOP = {
    "shop_name": "Tidewater Print & Stitch",
    "shop_address": "48 Ropewalk Yard\nAstoria, OR 97103\nUSA",
    "shop_phone": "+1 503 555 0148",
    "shop_email": "hello@tidewater.example",
    "first_order_number": 2401,
    "gs1_prefix": "0614141",
}
#: What every person of the demo shop logs in with; a real shop never has it.
PASSWORD = "demo-shop-2026"


@dataclass(frozen=True)
class Member:
    """Somebody who works in the shop; no departments means all of them."""

    name: str
    role: str
    departments: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """What they log in with."""
        return f"{self.name.split()[0].lower()}@tidewater.example"


OWNER = Member("Marta Lindqvist", "Owner")
MANAGER = Member("Devon Achterberg", "Manager")
SALES = (Member("Priya Nayar", "Sales"), Member("Tom Osei", "Sales"))
ACCOUNTANT = Member("Nora Feld", "Accountant")
WORKERS = (
    Member("Hana Ruzicka", "Department worker", ("artwork",)),
    Member("Luis Barros", "Department worker", ("purchasing", "receiving")),
    Member("Gwen Pryce", "Department worker", ("receiving",)),
    Member("Ravi Menon", "Department worker", ("screen-print",)),
    Member("Ingrid Solheim", "Department worker", ("embroidery",)),
    Member("Kofi Mensah", "Department worker", ("laser", "dtg", "heat-press")),
    Member("Bea Castellano", "Department worker", ("kitting", "packaging")),
    Member("Sam Whitlock", "Department worker", ("packaging", "shipping", "pickup", "delivery")),
)
PEOPLE = (OWNER, MANAGER, *SALES, ACCOUNTANT, *WORKERS, Member("Yuki Tanabe", "Read-only"))

#: name, stage, work, position, waits for, applies to, lead days, minutes of set-up and per piece
MORE_DEPARTMENTS: tuple[tuple[str, str, str, int, list[str], dict[str, object], int, int, str], ...]
MORE_DEPARTMENTS = (
    ("DTG", "production", "production", 30, [],
     {"methods": ["dtg", "direct to garment"]}, 1, 10, "2.5"),
    ("Heat press", "production", "production", 30, [],
     {"methods": ["heat transfer", "heat press"]}, 1, 15, "1.5"),
    ("Kitting", "production", "production", 35, ["screen-print", "embroidery", "laser", "dtg"],
     {"tags": ["kit"]}, 1, 15, "1"),
)  # fmt: skip

#: name, city, postal code, group; what is special stands in ``SPECIAL``
CUSTOMERS = (
    ("Riverside Athletic Club", "Portland", "97201", "Club"),
    ("Kestrel Ridge High School", "Bend", "97701", "School"),
    ("Blue Heron Brewing Co.", "Astoria", "97103", "Hospitality"),
    ("Maplewood Dental Group", "Salem", "97301", "Health"),
    ("Northbank Credit Union", "Vancouver", "98660", "Business"),
    ("Harborlight Hotel", "Seaside", "97138", "Hospitality"),
    ("Summit Trail Outfitters", "Hood River", "97031", "Retail"),
    ("Pinecrest Elementary PTA", "Beaverton", "97005", "School"),
    ("Orchard Street Bakery", "Medford", "97501", "Hospitality"),
    ("Cascade Wind Ensemble", "Eugene", "97401", "Club"),
    ("Tanager Software", "Portland", "97209", "Business"),
    ("Lowell & Finch Architects", "Portland", "97205", "Business"),
    ("Silver Creek Golf Club", "Silverton", "97381", "Club"),
    ("Ironside Fitness", "Gresham", "97030", "Club"),
    ("Bright Harbor Realty", "Newport", "97365", "Business"),
    ("Juniper Veterinary Clinic", "Redmond", "97756", "Health"),
    ("Westgate Little League", "Hillsboro", "97123", "Club"),
    ("Foxglove Events", "Portland", "97214", "Agency"),
    ("Ridgeline Roofing", "Albany", "97321", "Trade"),
    ("Saltmarsh Surf School", "Cannon Beach", "97110", "Club"),
    ("Clearwater Utilities", "Salem", "97302", "Public"),
    ("Old Mill Coffee Roasters", "Bend", "97702", "Hospitality"),
    ("Granite Peak Construction", "Roseburg", "97470", "Trade"),
    ("Larkspur Music Festival", "Ashland", "97520", "Agency"),
    ("Evergreen Youth Theatre", "Corvallis", "97330", "Club"),
    ("Bayview Fire Department", "Coos Bay", "97420", "Public"),
    ("Copperline Electric", "Tigard", "97223", "Trade"),
    ("Meadowlark Farm Co-op", "McMinnville", "97128", "Retail"),
    ("Stonebridge College", "Forest Grove", "97116", "School"),
    ("Wren & Sparrow Boutique", "Lake Oswego", "97034", "Retail"),
    ("Fairwind Sailing Club", "Astoria", "97103", "Club"),
    ("Beacon Insurance Partners", "Portland", "97204", "Business"),
    ("Redtail Cycling Team", "Hood River", "97031", "Club"),
    ("Hollow Oak Winery", "Dundee", "97115", "Hospitality"),
    ("Tidepool Aquarium", "Newport", "97365", "Public"),
    ("Amber Lantern Books", "Eugene", "97405", "Retail"),
    ("Quarry Road Rugby", "Oregon City", "97045", "Club"),
    ("Lighthouse Charity Run", "Florence", "97439", "Agency"),
    ("Sterling Freight Lines", "Troutdale", "97060", "Trade"),
    ("Marigold Catering", "Portland", "97232", "Hospitality"),
)
#: columns that differ from the usual, by customer
SPECIAL: dict[str, dict[str, object]] = {
    "Foxglove Events": {"payment_terms": "Prepay"},
    "Lighthouse Charity Run": {"payment_terms": "Prepay"},
    "Ridgeline Roofing": {"overdue_amount": "1840.50"},
    "Quarry Road Rugby": {"overdue_amount": "312", "credit_limit": "4000"},
    "Larkspur Music Festival": {"deposit_percent": "50"},
    "Tanager Software": {"touchless": True},
    "Northbank Credit Union": {"touchless": True, "duplicate_po": "change_order"},
    "Clearwater Utilities": {"tax_exempt": True, "exemption_number": "OR-77120"},
    "Bayview Fire Department": {"tax_exempt": True, "exemption_number": "OR-40918"},
    "Saltmarsh Surf School": {"send_messages": False},
    "Harborlight Hotel": {"instructions": "Deliver to the loading dock, not to reception."},
    "Stonebridge College": {"instructions": "Every proof goes to the brand office as well."},
    "Sterling Freight Lines": {"credit_blocked": True, "overdue_amount": "5210.75"},
}
STREETS = ("Alder St", "Cedar Ave", "Front St", "Mill Road", "Dock Road", "College Way", "3rd Ave")
FIRST_NAMES = (
    "Dana", "Elliot", "Farah", "Gus", "Helen", "Ivo", "Joan", "Karim", "Lena", "Milo",
    "Nadia", "Oscar", "Paula", "Quinn", "Rosa", "Stefan", "Tess", "Umar", "Vera", "Wes",
)  # fmt: skip
LAST_NAMES = (
    "Fox", "Okafor", "Brandt", "Silva", "Novak", "Reyes", "Hale", "Moreau", "Lund", "Park",
    "Tran", "Voss", "Webb", "Adler", "Bishop", "Cruz", "Doyle", "Eng", "Frost", "Garza",
)  # fmt: skip

#: name, code, lead days
VENDORS = (
    ("Northfold Apparel", "NORTHFOLD", 3),
    ("Caprock Headwear", "CAPROCK", 4),
    ("Sable Bag Supply", "SABLE", 4),
    ("Claywater Drinkware", "CLAYWATER", 5),
    ("Timber & Slate Goods", "TIMBER", 6),
    ("Loomfield Textiles", "LOOMFIELD", 4),
)
