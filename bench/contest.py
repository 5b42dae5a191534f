"""The life of an order in process and over HTTP, beside Peewee and SQL that write the same rows."""

import shutil
import tempfile
from collections import deque
from pathlib import Path

import models
from bench import again, life_http
from bench.life import Shop, life, open_shop
from bench.measure import Sent, side_by_side, watched
from bench.report import Part, at_least, at_most

ROUNDS, ORDERS_PER_TURN = 9, 6
STATEMENTS_AT_MOST, SHARE_AT_LEAST = 150, 0.25


def measure() -> Part:
    """The life of an order in process and over HTTP, beside bare Peewee and plain SQL."""
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(Path(folder) / "engine.db")
        deque(life(shop), maxlen=0)  # the first order begins the counters
        models.disconnect()  # so that the file holds everything
        for name in ("peewee", "sql"):
            shutil.copyfile(Path(folder) / "engine.db", Path(folder) / f"{name}.db")
        actions = again.record(life(shop))
        sent = _statements(shop)
        peewees = models.connect(f"sqlite:///{folder}/peewee.db")
        plain = models.connect(f"sqlite:///{folder}/sql.db").connection()
        ready = again.ready_for_sql(actions)
        with life_http.served(Path(folder), f"sqlite:///{folder}/engine.db") as program:
            ours = models.database.obj

            def engine_turn() -> None:
                models.database.initialize(ours)
                deque(life(shop), maxlen=0)

            def http_turn() -> None:
                models.database.initialize(ours)
                life_http.life(shop, program)

            def peewee_turn() -> None:
                models.database.initialize(peewees)
                again.with_peewee(actions, next(shop.numbers))

            def sql_turn() -> None:
                again.with_sql(plain, ready, next(shop.numbers))

            http = _over_http(shop, program)
            turns = {"engine": engine_turn, "http": http_turn}
            turns |= {"peewee": peewee_turn, "sql": sql_turn}
            taken = side_by_side(turns, rounds=ROUNDS, times=ORDERS_PER_TURN)
    return _part(actions, sent, taken, http)


def _over_http(shop: Shop, program: life_http.Program) -> tuple[int, int]:
    """Requests and statements of one order over HTTP."""
    before = program.requests
    with watched(models.database.obj) as sent:
        life_http.life(shop, program)
    return program.requests - before, sent.count


def _statements(shop: Shop) -> dict[str, Sent]:
    found: dict[str, Sent] = {}
    steps = life(shop)
    while True:
        with watched(models.database.obj) as sent:
            name = next(steps, None)
        if name is None:
            return found
        found[name] = sent


def _part(
    actions: again.Actions, sent: dict[str, Sent], taken: dict[str, float], http: tuple[int, int]
) -> Part:
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
            at_least(
                "orders per second over HTTP, of bare Peewee's",
                taken["peewee"] / taken["http"],
                SHARE_AT_LEAST,
            ),
        ],
        columns=("action", "statements", "rows inserted", "rows changed"),
        rows=rows,
        notes=[
            f"Orders per second in this run: engine {pace['engine']}, over HTTP "
            f"{pace['http']}, bare Peewee "
            f"{pace['peewee']}, plain SQL {pace['sql']} (engine to plain SQL: "
            f"{taken['sql'] / taken['engine']:.2f}). BEGIN and COMMIT come on top of the "
            f"statements: {transactions} transactions.",
            f"Five decorated lines, a proof to approve, {len(sent)} actions. The other two write "
            f"the same {written} rows in as many transactions, one `create` or `save` (INSERT "
            "or UPDATE) for each, and read, check and decide nothing. SQLite, WAL, a commit for "
            "each action.",
            f"Over HTTP a program sends {http[0]} requests on one connection to a web server in "
            f"this process and needs {http[1]} statements, each request's log-in included; the "
            "picture and its proof, which have no address in the API, come from the engine.",
        ],
    )  # fmt: skip
