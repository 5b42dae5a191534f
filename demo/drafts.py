"""Believable orders for the demo shop: what a customer asks for, before anybody agreed to it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.goods import BY_CATEGORY, Range
from models import Address, Contact, Customer, Product, Variant
from sync.drafts import DraftCharge, DraftDecoration, DraftLine, DraftSchedule, OrderDraft
from workflow.engine import Matches

_PROJECTS = (
    "Spring season kit", "Staff uniforms", "Donor gifts", "Opening weekend", "Team travel wear",
    "Welcome packs", "Summer camp", "Annual meeting", "Holiday gifts", "Trade fair", "Restock",
    "Volunteers", "Anniversary", "Graduation", "Charity run", "Retail range", "Crew shirts",
)  # fmt: skip
_COLORS = ("White", "PMS 186", "PMS 286", "PMS 7406", "PMS 348", "Black", "PMS 158", "Silver")
_CHANNELS = ("email", "email", "email", "manual", "customer_file", "web_interface")
_PO_BEGINS = ("PO-", "45000", "P", "REQ ")
_DECORATION_PRICES = (Decimal("1.35"), Decimal("2.10"), Decimal("3.25"))
_SPREAD = {"XS": 1, "S": 3, "M": 5, "L": 5, "XL": 3, "2XL": 2}


@dataclass(frozen=True)
class Wish:
    """What kind of order it should be."""

    due: date | None
    firm: bool = False
    priority: str = "normal"
    proof: bool = True
    places: int = 1
    dates: int = 1
    notes: str = ""
    tolerance: bool = False
    fulfillment: str = "ship"


class Catalogue:
    """The products with their variants, read once, and the dice."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.products: dict[str, list[Product]] = {}
        for product in Product.select().order_by(Product.id):
            self.products.setdefault(product.category, []).append(product)
        self.variants: dict[tuple[int, str, str], Variant] = {
            (v.product_id, v.color, v.size): v for v in Variant.select()
        }

    def draft(self, customer: Customer, wish: Wish) -> tuple[OrderDraft, Matches]:
        """An order of a customer, and what matching finds for it."""
        count = self.dice.choice((1, 1, 1, 2, 2, 3))
        categories = self.dice.choices(list(self.products), (9, 5, 4, 4, 4, 4, 2, 2), k=count)
        chosen = [self.dice.choice(self.products[category]) for category in categories]
        lines = [self._line(n, product, wish) for n, product in enumerate(chosen)]
        variants = {
            (index, size): self.variants[product.id, str(line.values["color"]), size]
            for index, (product, line) in enumerate(zip(chosen, lines, strict=True))
            for size in _sizes_of(line)
        }
        draft = OrderDraft(
            source="manual",
            customer=customer.name,
            values=self._header(customer, wish),
            destinations=tuple(self._places(customer, wish)),
            lines=tuple(lines),
            charges=self._charges(lines),
        )
        return draft, Matches(customer, dict(enumerate(chosen)), variants)

    # ------------------------------------------------------------ header

    def _header(self, customer: Customer, wish: Wish) -> dict[str, Any]:
        contact = self.dice.choice(list(Contact.select().where(Contact.customer == customer)))
        number = f"{self.dice.choice(_PO_BEGINS)}{self.dice.randint(10234, 98765)}"
        values: dict[str, Any] = {
            "po_number": number,
            "source_channel": self.dice.choice(_CHANNELS),
            "project_name": self.dice.choice(_PROJECTS),
            "in_hands_date": wish.due,
            "in_hands_firm": wish.firm,
            "priority": wish.priority,
            "proof_required": wish.proof,
            "order_contact_name": contact.name,
            "order_contact_email": contact.email,
            "order_contact_phone": contact.phone,
            "customer_notes": wish.notes,
            "freight_charge": Decimal(self.dice.choice((0, 18, 24, 36, 52))),
        }
        if wish.tolerance:
            values |= {"over_under_tolerance_type": "both", "over_under_value": Decimal(5)}
        if wish.firm and wish.due is not None:
            values |= {"event_name": values["project_name"], "event_date": wish.due}
        return values

    def _places(self, customer: Customer, wish: Wish) -> list[dict[str, Any]]:
        homes = list(
            Address.select().where((Address.customer == customer) & (Address.kind == "ship_to"))
        )
        places: list[dict[str, Any]] = []
        for number in range(wish.places):
            home = homes[number % len(homes)]
            street = home.address1 if number < len(homes) else f"{40 + number} Depot Way"
            places.append(
                {
                    "fulfillment_type": wish.fulfillment,
                    "ship_to_name": home.attention,
                    "ship_to_company": customer.name,
                    "ship_to_address1": street,
                    "ship_to_city": home.city,
                    "ship_to_region": home.region,
                    "ship_to_postal": home.postal,
                    "ship_to_country": home.country,
                    "carrier": "UPS" if wish.fulfillment == "ship" else "",
                    "service_level": "Ground" if wish.fulfillment == "ship" else "",
                }
            )
        return places

    # ------------------------------------------------------------ lines

    def _line(self, number: int, product: Product, wish: Wish) -> DraftLine:
        found = BY_CATEGORY[product.category]
        color = self.dice.choice(found.colors)
        method = self.dice.choice(found.methods)
        price = product.price + self.dice.choice(_DECORATION_PRICES)
        values: dict[str, Any] = {"sku": product.sku, "color": color, "unit_price": price}
        pieces = self._pieces(method)
        sizes: tuple[tuple[str, Decimal], ...] = ()
        if len(found.sizes) > 1:
            sizes = self._sizes(pieces, found.sizes)
            pieces = sum((quantity for _size, quantity in sizes), Decimal(0))
        else:
            values |= {"quantity": pieces, "size": found.sizes[0]}
        return DraftLine(
            address=f"line {number + 1}",
            values=values,
            sizes=sizes,
            schedule=self._deliveries(pieces, wish),
            decorations=tuple(self._decorations(found, method)),
        )

    def _pieces(self, method: str) -> Decimal:
        few, many = (12, 18, 24, 24, 36, 48, 60), (24, 36, 48, 72, 96, 144)
        return Decimal(self.dice.choice(few if method == "Embroidery" else many))

    def _sizes(self, pieces: Decimal, sizes: tuple[str, ...]) -> tuple[tuple[str, Decimal], ...]:
        whole = sum(_SPREAD[size] for size in sizes)
        shares = [(size, (pieces * _SPREAD[size] / whole).to_integral_value()) for size in sizes]
        return tuple((size, quantity) for size, quantity in shares if quantity)

    def _deliveries(self, pieces: Decimal, wish: Wish) -> tuple[DraftSchedule, ...]:
        count = max(wish.places, wish.dates)
        if count < 2 or pieces < count * 2 or wish.due is None:
            return ()
        part = (pieces / count).to_integral_value(rounding="ROUND_FLOOR")
        return tuple(
            DraftSchedule(
                quantity=part if n < count - 1 else pieces - part * (count - 1),
                date=wish.due + timedelta(days=7 * n if wish.dates > 1 else 0),
                destination=n if wish.places > 1 else 0,
            )
            for n in range(count)
        )

    def _decorations(self, found: Range, method: str) -> list[DraftDecoration]:
        count = self.dice.choice((1, 1, 1, 2)) if len(found.places) > 1 else 1
        made = []
        for place in self.dice.sample(found.places, count):
            colors = self.dice.sample(_COLORS, self.dice.randint(1, 3))
            values: dict[str, Any] = {"location": place, "method": method}
            if method == "Embroidery":
                values["stitch_count"] = self.dice.randint(40, 95) * 100
            if method != "Laser engraving":
                values["imprint_colors"] = colors
            values |= {
                "imprint_width": Decimal(self.dice.randint(7, 28)),
                "imprint_height": Decimal(self.dice.randint(4, 30)),
                "imprint_uom": "cm",
            }
            made.append(DraftDecoration(values))
        return made

    def _charges(self, lines: list[DraftLine]) -> tuple[DraftCharge, ...]:
        count = sum(len(line.decorations) for line in lines)
        charges = [DraftCharge("setup", "Set-up", Decimal(count), Decimal(25))]
        if self.dice.random() < 0.15:
            charges.append(DraftCharge("rush", "Rush", Decimal(1), Decimal(60)))
        return tuple(charges)


def _sizes_of(line: DraftLine) -> list[str]:
    return [size for size, _quantity in line.sizes] or [str(line.values.get("size") or "")]
