"""The whole life of an order of five lines, against Peewee and SQL that write the same rows."""

import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import clock
import models
import starter
from bench import again
from bench.measure import Sent, side_by_side, watched
from bench.report import Part, at_least, at_most
from models import Customer, Order, Product
from sync.drafts import DraftDecoration, DraftLine, OrderDraft
from workflow import engine
from workflow.actors import Actor, system

ROUNDS, ORDERS_PER_TURN = 9, 6
LINES, SIZES = 5, ("",)
STATEMENTS_AT_MOST, SHARE_AT_LEAST = 150, 0.25
METHODS = ("screen print", "screen print", "screen print", "embroidery", "embroidery")


@dataclass
class Shop:
    """The shop the orders live in: one customer, five products to buy."""

    actor: Actor
    customer: Customer
    products: list[Product]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


def measure() -> Part:
    """The life of an order through the engine, beside bare Peewee and plain SQL."""
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(Path(folder) / "engine.db")
        ours = models.database.obj
        deque(life(shop), maxlen=0)  # the first order begins the counters
        models.close()  # so that the file holds everything
        for name in ("peewee", "sql"):
            shutil.copyfile(Path(folder) / "engine.db", Path(folder) / f"{name}.db")
        actions = again.record(life(shop))
        sent = _statements(shop)
        peewees = models.connect(f"sqlite:///{folder}/peewee.db")
        plain = models.connect(f"sqlite:///{folder}/sql.db").connection()
        ready = again.ready_for_sql(actions)

        def engine_turn() -> None:
            models.database.initialize(ours)
            deque(life(shop), maxlen=0)

        def peewee_turn() -> None:
            models.database.initialize(peewees)
            again.with_peewee(actions, next(shop.numbers))

        def sql_turn() -> None:
            again.with_sql(plain, ready, next(shop.numbers))

        taken = side_by_side(
            {"engine": engine_turn, "peewee": peewee_turn, "sql": sql_turn},
            rounds=ROUNDS,
            times=ORDERS_PER_TURN,
        )
    return _part(actions, sent, taken)


def _statements(shop: Shop) -> dict[str, Sent]:
    found: dict[str, Sent] = {}
    steps = life(shop)
    while True:
        with watched(models.database.obj) as sent:
            name = next(steps, None)
        if name is None:
            return found
        found[name] = sent


def _part(actions: again.Actions, sent: dict[str, Sent], taken: dict[str, float]) -> Part:
    statements = sum(step.count for step in sent.values())
    transactions = sum(step.transactions for step in sent.values())
    rows = [
        [name, str(step.count), str(sum(w.new for w in actions[name])),
         str(sum(not w.new for w in actions[name]))]
        for name, step in sent.items()
    ]  # fmt: skip
    share = taken["peewee"] / taken["engine"]
    written = sum(len(steps) for steps in actions.values())
    pace = {name: f"{1 / seconds:,.1f}" for name, seconds in taken.items()}
    return Part(
        title="The life of an order",
        checks=[
            at_least("orders per second, of bare Peewee's", share, SHARE_AT_LEAST),
            at_most("SQL statements", statements, STATEMENTS_AT_MOST),
        ],
        columns=("action", "statements", "rows inserted", "rows changed"),
        rows=rows,
        notes=[
            f"Orders per second in this run: engine {pace['engine']}, bare Peewee "
            f"{pace['peewee']}, plain SQL {pace['sql']} (engine to plain SQL: "
            f"{taken['sql'] / taken['engine']:.2f}). BEGIN and COMMIT come on top of the "
            f"statements: {transactions} transactions.",
            f"Five decorated lines, a proof to approve, {len(sent)} actions. The other two write "
            f"the same {written} rows in as many transactions, one `create` or `save` (INSERT "
            "or UPDATE) for each, and read, check and decide nothing. SQLite, WAL, a commit for "
            "each action.",
        ],
    )  # fmt: skip


# ---------------------------------------------------------------- the engine's life


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
    artwork = _one("SELECT id FROM artworks WHERE order_id = ?", order.id)
    picture = f"<svg><!-- {order.number} --></svg>".encode()
    engine.add_version(artwork, "front.svg", picture, "image/svg+xml", shop.actor)
    yield "picture uploaded"
    engine.proof_sent(artwork, "dana@riverside.example", shop.actor)
    yield "proof sent"
    engine.approve_proof(artwork, shop.actor, by="Dana Fox")
    yield "proof approved"
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


def _one(sql: str, *values: object) -> Any:
    return models.database.execute_sql(sql, values).fetchone()[0]


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
