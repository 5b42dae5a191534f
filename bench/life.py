"""The whole life of an order of five lines, as the engine leads it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import clock
import models
import starter
from models import Customer, Order, Product
from sync.drafts import DraftDecoration, DraftLine, OrderDraft
from workflow import engine
from workflow.actors import Actor, system

LINES, SIZES = 5, ("",)
METHODS = ("screen print", "screen print", "screen print", "embroidery", "embroidery")


@dataclass
class Shop:
    """The shop the orders live in: one customer, five products to buy."""

    actor: Actor
    customer: Customer
    products: list[Product]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


def open_shop(path: Path) -> Shop:
    """A new shop in an empty file."""
    models.connect(f"sqlite:///{path}")
    models.create_tables()
    starter.start_shop()
    customer = Customer.create(code="C1", name="Riverside AC", email="orders@riverside.example")
    products = [
        Product.create(sku=f"TEE-{n}", name=f"Heavy cotton tee {n}", price=Decimal("4.50"))
        for n in range(LINES)
    ]
    return Shop(system("Bench"), customer, products)


def draft_of(shop: Shop) -> OrderDraft:
    """An order of five decorated lines whose goods must be bought, with a proof to approve."""
    lines = tuple(
        DraftLine(
            address=f"line {n + 1}",
            values={"sku": product.sku, "color": "black", "unit_price": Decimal("6.50")},
            sizes=tuple((size, Decimal(48)) for size in SIZES),
            decorations=(
                DraftDecoration({"location": "Front", "method": METHODS[n], "color_count": 2}),
            ),
        )
        for n, product in enumerate(shop.products)
    )
    return OrderDraft(
        source="manual",
        values={
            "po_number": f"PO-{next(shop.numbers)}",
            "in_hands_date": clock.today() + timedelta(days=21),
            "proof_required": True,
        },
        destinations=(
            {
                "fulfillment_type": "ship",
                "ship_to_name": "Dana Fox",
                "ship_to_address1": "12 Dock Road",
                "ship_to_city": "Portland",
                "ship_to_country": "US",
            },
        ),
        lines=lines,
    )


def life(shop: Shop) -> Iterator[str]:
    """Carry an order from review to done; says after each action what was done."""
    found = engine.Matches(shop.customer, dict(enumerate(shop.products)))
    order = engine.create_order(draft_of(shop), shop.actor, found)
    yield "created"
    engine.release(order.id, shop.actor)
    yield "released"
    yield from approve_artwork(order.number, shop.actor)
    work = _worklist(order)
    for slug in ("artwork", "purchasing", "receiving", "screen-print", "embroidery", "packaging"):
        task, items = work[slug]
        done = tuple(engine.ItemWork(item, quantity) for item, quantity in items)
        engine.finish_task(task, shop.actor, engine.Report(done))
        yield slug
    task, items = work["shipping"]
    handover = engine.Handover(tuple(items), "UPS", "Ground", f"1Z{order.id:08}")
    engine.record_shipment(task, handover, shop.actor)
    yield "shipped"
    engine.finish_task(task, shop.actor)
    yield "done"


def approve_artwork(number: str, actor: Actor) -> Iterator[str]:
    """The picture, its proof and the customer's yes; says after each what was done."""
    asked = "SELECT a.id FROM artworks a JOIN orders o ON o.id = a.order_id WHERE o.number = ?"
    artwork = models.database.execute_sql(asked, (number,)).fetchone()[0]
    picture = f"<svg><!-- {number} --></svg>".encode()
    engine.add_version(artwork, "front.svg", picture, "image/svg+xml", actor)
    yield "picture uploaded"
    engine.proof_sent(artwork, "dana@riverside.example", actor)
    yield "proof sent"
    engine.approve_proof(artwork, actor, by="Dana Fox")
    yield "proof approved"


def _worklist(order: Order) -> dict[str, tuple[int, list[tuple[int, Decimal]]]]:
    """Task and its items with quantities by department, read in one statement."""
    rows = models.database.execute_sql(
        "SELECT d.slug, t.id, i.id, i.quantity FROM tasks t "
        "JOIN departments d ON d.id = t.department_id JOIN jobs j ON j.id = t.job_id "
        "LEFT JOIN task_quantities q ON q.task_id = t.id LEFT JOIN job_items i ON i.id = q.item_id "
        "WHERE j.order_id = ? ORDER BY t.id, i.id",
        (order.id,),
    )
    work: dict[str, tuple[int, list[tuple[int, Decimal]]]] = {}
    for slug, task, item, scaled in rows:
        items = work.setdefault(slug, (task, []))[1]
        if item is not None:
            items.append((item, Decimal(scaled).scaleb(-3)))
    return work
