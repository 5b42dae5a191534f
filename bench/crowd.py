"""A shop with a million orders, copied by SQL from a few that the engine made.

The open orders are the same in the small and in the large shop; the large one has many more that
are done.
"""

import hashlib
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from peewee import Database

import auth
import clock
import models
import starter
from bench import copies
from bench.copies import LONG_DONE, STILL_OPEN
from models import (
    Customer,
    Job,
    JobItem,
    Order,
    Person,
    Product,
    Role,
    Task,
)
from sync.drafts import DraftDecoration, DraftLine, DraftSchedule, OrderDraft
from workflow import engine
from workflow.actors import Actor, system

FOLDER = Path(__file__).parent.parent / "instance" / "bench"
SMALL = 1_000
LARGE = int(os.environ.get("BENCH_ORDERS", "1000000"))
OPEN_ORIGINALS, OPEN_COPIES, DONE_ORIGINALS = 40, 20, 20
CUSTOMERS = 2_000
PASSWORD = "bench-shop-2026"
_WORDS = (
    "anchor", "birch", "copper", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper",
    "kestrel", "lantern", "meadow", "nickel", "orchard", "pepper", "quartz", "raven", "saffron",
    "timber", "umber", "velvet", "willow", "yarrow", "zephyr",
)  # fmt: skip


def shop_of(orders: int) -> str:
    """The database with so many orders, made once and kept under ``instance/bench``."""
    path = FOLDER / f"{orders}-{_fingerprint()}.db"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        for left in FOLDER.glob(f"{draft.name}*"):
            left.unlink()
        _build(draft, orders)
        draft.rename(path)
    return f"sqlite:///{path}"


def _fingerprint() -> str:
    """Other tables or another way of filling make another file."""
    sources = (models.__file__, __file__, copies.__file__)
    said = b"".join(Path(source).read_bytes() for source in sources)
    return hashlib.sha256(said).hexdigest()[:10]


def _build(path: Path, orders: int) -> None:
    opened = models.connect(f"sqlite:///{path}")
    models.create_tables()
    opened.execute_sql("PRAGMA synchronous = 0")
    opened.execute_sql("PRAGMA foreign_keys = 0")
    starter.start_shop()
    _hire()
    _meet_customers()
    boss = system("Bench")
    originals = [_an_open_order(boss, n) for n in range(OPEN_ORIGINALS)]
    done = [_a_done_order(boss, n) for n in range(DONE_ORIGINALS)]
    later = [*_off(opened, "trigger"), *_off(opened, "index")]
    with models.transaction():
        copies.copy_orders(opened, originals, OPEN_COPIES - 1, STILL_OPEN, open_ones=True)
        rest = orders - OPEN_ORIGINALS * OPEN_COPIES - DONE_ORIGINALS
        copies.copy_orders(opened, done, rest // DONE_ORIGINALS, LONG_DONE, open_ones=False)
        copies.name_and_number(opened)
    for statement in reversed(later):
        opened.execute_sql(statement)
    opened.execute_sql("INSERT INTO order_search(order_search) VALUES ('rebuild')")
    opened.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.disconnect()


def _off(opened: Database, kind: str) -> list[str]:
    """Take all indexes or triggers off; returns the statements that make them again."""
    sql = "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL"
    found = opened.execute_sql(sql, (kind,)).fetchall()
    for name, _statement in found:
        opened.execute_sql(f'DROP {kind} "{name}"')
    return [statement for _name, statement in found]


# ---------------------------------------------------------------- originals


def _hire() -> None:
    role = Role.get(Role.name == "Owner")
    person = Person(email="owner@bench.example", name="Olga Owner", role=role)
    auth.set_password(person, PASSWORD)
    person.save(force_insert=True)


def _meet_customers() -> None:
    dice = Random(1)
    rows = []
    for n in range(CUSTOMERS):
        name = f"{dice.choice(_WORDS).title()} {dice.choice(_WORDS).title()} {n}"
        rows.append({"code": f"C{n:05}", "name": name, "email": f"orders{n}@customer.example"})
    for start in range(0, CUSTOMERS, 500):
        Customer.insert_many(rows[start : start + 500]).execute()
    for n in range(20):
        Product.create(sku=f"TEE-{n}", name=f"Heavy cotton tee {n}", purchased=n % 4 > 0)


def _enter(boss: Actor, number: int, deliveries: int) -> Order:
    dice = Random(number)
    products = dice.sample(list(Product.select().order_by(Product.id)), 2 + number % 2)
    due = clock.today() + timedelta(days=dice.randint(1, 30))
    lines = tuple(
        DraftLine(
            address=f"line {n + 1}",
            values={
                "sku": product.sku,
                "color": "black",
                "quantity": Decimal(48),
                "unit_price": Decimal("6.50"),
            },
            schedule=tuple(
                DraftSchedule(Decimal(48 // deliveries), due + timedelta(days=7 * d))
                for d in range(deliveries)
            )
            if deliveries > 1
            else (),
            decorations=(DraftDecoration({"location": "Front", "method": _method(number + n)}),),
        )
        for n, product in enumerate(products)
    )
    draft = OrderDraft(
        source="manual",
        values={"po_number": f"PO-{number}", "in_hands_date": due, "internal_notes": "bench"},
        destinations=({"fulfillment_type": "pickup"},),
        lines=lines,
    )
    customer = Customer.get_by_id(1 + number)
    order = engine.create_order(draft, boss, engine.Matches(customer, dict(enumerate(products))))
    return engine.release(order.id, boss)


def _method(number: int) -> str:
    return ("screen print", "screen print", "embroidery", "laser")[number % 4]


def _an_open_order(boss: Actor, number: int) -> Order:
    """Two or three jobs; some wait for goods, some are in production."""
    order = _enter(boss, number, deliveries=2 + number % 2)
    if number % 3:
        _finish(order, boss, {"artwork", "purchasing", "receiving"})
    return order


def _a_done_order(boss: Actor, number: int) -> Order:
    order = _enter(boss, 100 + number, deliveries=1)
    _finish(order, boss, None)
    return order


def _finish(order: Order, boss: Actor, slugs: set[str] | None) -> None:
    """Finish some departments' tasks, or all, in the order of the journey."""
    tasks = Task.select().join(Job).where(Job.order == order).order_by(Task.position, Task.id)
    for task in tasks:
        if slugs is None or task.department.slug in slugs:
            items = JobItem.select().join(models.TaskQuantity)
            mine = items.where(models.TaskQuantity.task == task)
            done = tuple(engine.ItemWork(item.id, item.quantity) for item in mine)
            engine.finish_task(task.id, boss, engine.Report(done))
