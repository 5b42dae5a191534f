"""What a new shop begins with: roles, departments, message templates.  Rows from then on."""

from decimal import Decimal
from typing import Any

from models import Department, MessageTemplate, Role, transaction
from workflow.actors import STARTING_ROLES
from workflow.wording import FIRST_WORDS

#: name, stage, work, position, waits for, applies to, lead days, minutes of set-up and per piece
_DEPARTMENTS: tuple[tuple[Any, ...], ...] = (
    ("Artwork", "sourcing", "artwork", 10, [], {"needs": "artwork"}, 2, (30, "0")),
    ("Purchasing", "sourcing", "purchasing", 10, [], {"needs": "purchase"}, 1, (10, "0")),
    ("Receiving", "sourcing", "receiving", 20, ["purchasing"], {"needs": "goods"}, 3, (5, "0.05")),
    (
        "Screen print", "production", "production", 30, [],
        {"methods": ["screen print", "screen printing", "siebdruck", "serigraphy"]}, 1, (30, "0.4"),
    ),
    (
        "Embroidery", "production", "production", 30, [],
        {"methods": ["embroidery", "stick", "stickerei", "broderie"]}, 2, (20, "3"),
    ),
    (
        "Laser", "production", "production", 30, [],
        {"methods": ["laser", "laser engraving", "engraving"], "tags": ["engraved"]}, 1, (15, "1"),
    ),
    ("Packaging", "finishing", "packaging", 40, [], {}, 1, (5, "0.1")),
    (
        "Shipping", "finishing", "handover", 50, ["packaging"],
        {"fulfillment": ["ship"]}, 0, (5, "0"),
    ),
    (
        "Pickup", "finishing", "handover", 50, ["packaging"],
        {"fulfillment": ["pickup"]}, 0, (5, "0"),
    ),
    (
        "Delivery", "finishing", "handover", 50, ["packaging"],
        {"fulfillment": ["deliver", "install", "electronic"]}, 0, (20, "0"),
    ),
)  # fmt: skip


def start_shop() -> None:
    """Give an empty shop its roles, departments and messages; what is there already stays."""
    with transaction():
        for name, rights in STARTING_ROLES.items():
            Role.insert(name=name, rights=sorted(rights)).on_conflict_ignore().execute()
        for event, (subject, body) in FIRST_WORDS.items():
            MessageTemplate.insert(
                event=event, subject=subject, body=body
            ).on_conflict_ignore().execute()
        if not Department.select().exists():
            add_departments()


def add_departments() -> None:
    """Insert the departments of a small decorating shop."""
    for name, stage, work, position, waits_for, applies_to, lead_days, minutes in _DEPARTMENTS:
        Department.create(
            name=name,
            slug=name.lower().replace(" ", "-"),
            stage=stage,
            work=work,
            position=position,
            waits_for=waits_for,
            applies_to=applies_to,
            lead_days=lead_days,
            setup_minutes=minutes[0],
            minutes_per_piece=Decimal(minutes[1]),
        )
