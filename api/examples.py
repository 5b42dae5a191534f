"""Bodies a program may send as they stand here, by the operation they belong to."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "createOrder": {
        "customer": "RIVER",
        "po_number": "PO-7741",
        "in_hands_date": "2026-12-24",
        "in_hands_firm": True,
        "order_contact_name": "Dana Fox",
        "order_contact_email": "dana@riverside.example",
        "destinations": [
            {
                "fulfillment_type": "ship",
                "ship_to_company": "Riverside AC",
                "ship_to_address1": "12 Dock Road",
                "ship_to_city": "Portland",
                "ship_to_region": "OR",
                "ship_to_postal": "97201",
                "ship_to_country": "US",
            }
        ],
        "lines": [
            {
                "sku": "TEE-HVY",
                "color": "black",
                "unit_price": "6.50",
                "sizes": [{"size": "M", "quantity": 24}, {"size": "L", "quantity": 48}],
                "decorations": [
                    {
                        "location": "Front",
                        "method": "screen print",
                        "imprint_colors": ["PMS 186", "White"],
                    }
                ],
            }
        ],
        "charges": [{"kind": "setup", "name": "Screens", "quantity": 2, "unit_price": "25"}],
    },
    "changeOrder": {"version": 3, "in_hands_date": "2026-12-22", "priority": "rush"},
    "cancelOrder": {"reason": "The event was called off"},
    "holdOrder": {
        "reason_code": "customer_answer",
        "owner": "Sam Seller",
        "next_action": "Ask which black they mean",
    },
    "cancelLine": {"reason": "The customer does not want it any more"},
    "changeJob": {"due_date": "2026-12-23", "firm": True},
    "cancelJob": {"reason": "This destination is closed"},
    "recordQuantities": {
        "version": 2,
        "items": [{"item": 118, "good": 46, "rejected": 2, "reason": "smudge"}],
    },
    "completeTask": {"version": 3, "items": [{"item": 118, "good": 48}]},
    "decide": {"item": 118, "kind": "ship_short", "quantity": 2, "note": "Dana agreed"},
    "planTask": {"day": "2026-12-18"},
    "recordShipment": {
        "items": [{"item": 118, "quantity": 48}],
        "carrier": "UPS",
        "tracking_number": "1Z999AA10123456784",
        "boxes": [{"weight_grams": 8200}],
    },
    "chooseCustomer": {"customer": "RIVER"},
    "rejectFile": {"reason": "This is a price list"},
    "createCustomer": {
        "code": "RIVER",
        "name": "Riverside AC",
        "email": "orders@riverside.example",
        "contacts": [{"name": "Dana Fox", "email": "dana@riverside.example"}],
        "addresses": [{"company": "Riverside AC", "address1": "12 Dock Road", "city": "Portland"}],
    },
    "changeCustomer": {"version": 1, "phone": "+1 503 555 0101"},
    "createProduct": {
        "sku": "TEE-HVY",
        "name": "Heavy cotton tee",
        "price": "4.50",
        "variants": [{"sku": "TEE-HVY-M", "size": "M"}, {"sku": "TEE-HVY-L", "size": "L"}],
    },
    "changeProduct": {"version": 1, "variants": [{"sku": "TEE-HVY-XL", "size": "XL"}]},
}
