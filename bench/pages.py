"""Queue page and order list: with a thousand and a million orders, and beside a bare page.

Requests go through the whole application (log-in, rights, menu) in this process, without a socket;
both shops take turns.  The bare page is a Flask app with one SQL statement and one Jinja template
over the same rows.
"""

import html
import json
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from peewee import Database
from pydantic import SecretStr

import models
from app import create_app
from bench import crowd
from bench.measure import side_by_side, watched
from bench.report import Check, Part, at_most
from models import Order, Person, Task
from settings import Settings
from workflow import engine
from workflow.actors import system

ROUNDS = 25
QUEUE = "/q/screen-print/"
GROWTH, GROWTH_OF_SEARCH, STATEMENTS = 1.3, 2.0, 8
TIMES_BARE, PAGE_KB, REFRESH_KB = 5.0, 60.0, 20.0
CHANGED_BETWEEN_REFRESHES = 5


@dataclass
class Shop:
    """The application on one database, with the owner logged in."""

    app: Flask
    database: Database
    client: FlaskClient

    def get(self, path: str, headers: dict[str, str] | None = None) -> bytes:
        """A page's bytes; anything but 200 stops the measuring."""
        models.database.initialize(self.database)
        answer = self.client.get(path, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return bytes(answer.data)

    def statements(self, path: str) -> int:
        """How many SQL statements a page sends."""
        with watched(self.database) as sent:
            self.get(path)
        return sent.count


def open_shop(url: str) -> Shop:
    """The application on a shop that ``crowd`` made."""
    settings = Settings(
        instance_dir=Path(mkdtemp(prefix="inhands-bench-")),
        database_url=url,
        secret_key=SecretStr("bench"),
        log_level="WARNING",
    )
    app = create_app(settings)
    owner = Person.get(Person.name == "Olga Owner")
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = f"{owner.id}.{owner.session_key}"
        session["_fresh"] = True
    models.close()
    return Shop(app, models.database.obj, client)


# ---------------------------------------------------------------- a thousand and a million


def measure_growth() -> Part:
    """How much slower pages get when the shop has many more orders."""
    small, large = (open_shop(crowd.shop_of(count)) for count in (crowd.SMALL, crowd.LARGE))
    checks: list[Check] = []
    rows = []
    for name, of_small, of_large, most in _questions(small, large):
        pages = {"small": partial(small.get, of_small), "large": partial(large.get, of_large)}
        taken = side_by_side(pages, rounds=ROUNDS)
        counts = (small.statements(of_small), large.statements(of_large))
        growth = taken["large"] / taken["small"]
        checks.append(at_most(f"{name}: times as slow", growth, most))
        checks.append(at_most(f"{name}: SQL statements", max(counts), STATEMENTS))
        rows.append(
            [
                name,
                *(f"{taken[shop] * 1000:.1f} ms" for shop in ("small", "large")),
                *map(str, counts),
            ]
        )
    count = f"{crowd.LARGE:,}"
    return Part(
        title=f"{crowd.SMALL:,} and {count} orders",
        checks=checks,
        columns=("page", f"{crowd.SMALL:,}", count, "statements", "statements"),
        rows=rows,
        notes=[
            "The same 800 open orders with 2,000 open jobs in both shops, the others done; 2.5 "
            "lines each. Whole requests, log-in and menu included, in this process. SQLite.",
        ],
    )


def _questions(small: Shop, large: Shop) -> list[tuple[str, str, str, float]]:
    """Name, address in the small and in the large shop, how much slower it may get."""
    found = [
        ("queue page", QUEUE, QUEUE, GROWTH),
        ("order list", "/orders/", "/orders/", GROWTH),
        ("order list, all orders", "/orders/?tab=all", "/orders/?tab=all", GROWTH),
    ]
    words = {
        "PO number": lambda order: order.po_number,
        "customer": lambda order: order.customer_name,
        "text": lambda order: f"cotton w{order.id % 5000}",
    }
    for name, word in words.items():
        paths = [_search(shop, word) for shop in (small, large)]
        found.append((f"search by {name}", paths[0], paths[1], GROWTH_OF_SEARCH))
    return found


def _search(shop: Shop, word: Callable[[Order], str]) -> str:
    """The address of a search that finds an order from the middle of the shop."""
    models.database.initialize(shop.database)
    middle = Order.select().where(Order.id > Order.select().count() // 2).first()
    models.close()
    return f"/orders/?tab=all&search={word(middle)}"


# ---------------------------------------------------------------- beside a bare page


BARE_SQL = """
SELECT t.id, j.number, o.customer_name, o.po_number, j.summary, t.detail, t.quantity, t.good,
       t.due_date, j.due_date, j.firm, t.ready_at, t.waiting
FROM tasks t JOIN jobs j ON j.id = t.job_id JOIN orders o ON o.id = j.order_id
JOIN departments d ON d.id = t.department_id
WHERE d.slug = 'screen-print' AND t.closed_at IS NULL
ORDER BY t.due_date, t.id LIMIT 50
"""
BARE_PAGE = """<!doctype html><html lang="en"><head><title>Screen print</title></head><body>
<h1>Screen print</h1><table><thead><tr><th>Job<th>Customer<th>What<th>Pieces<th>Due<th>In hands
<th>State</tr></thead><tbody>
{% for r in rows %}<tr><td><a href="/tasks/{{ r[0] }}/popup">{{ r[1] }}</a></td>
<td>{{ r[2] }}<p>PO {{ r[3] }}</p></td><td>{{ r[4] }}<p>{{ r[5] }}</p></td>
<td>{{ r[7] // 1000 }} of {{ r[6] // 1000 }}</td><td>{{ r[8] }}</td>
<td>{{ r[9] }}{% if r[10] %} firm{% endif %}</td>
<td>{% if r[11] %}Ready{% else %}Waits for {{ r[12] }}{% endif %}</td></tr>
{% endfor %}</tbody></table></body></html>"""


def measure_weight() -> Part:
    """A queue page of 50 rows beside a bare page of the same rows; how heavy it is."""
    kept = crowd.shop_of(crowd.SMALL).removeprefix("sqlite:///")
    shop = open_shop(f"sqlite:///{shutil.copy(kept, mkdtemp(prefix='inhands-bench-'))}")
    bare = _bare_app(shop.database)
    taken = side_by_side(
        {"queue": lambda: shop.get(QUEUE), "bare": bare},
        rounds=ROUNDS,
        times=3,
        clock=time.process_time,
    )
    page = shop.get(QUEUE)
    refresh, everything = _refresh(shop, page)
    times = taken["queue"] / taken["bare"]
    kilobytes = [len(data) / 1000 for data in (page, refresh, everything)]
    return Part(
        title="A queue page of 50 rows",
        checks=[
            at_most("CPU, times a bare Jinja page", times, TIMES_BARE),
            at_most("HTML before compression", kilobytes[0], PAGE_KB, "KB"),
            at_most("refresh", kilobytes[1], REFRESH_KB, "KB"),
        ],
        notes=[
            f"CPU of one page in this run: ours {taken['queue'] * 1000:.1f} ms (log-in, rights, "
            f"menu with counts, tabs with counts, the week's calendar, 50 of "
            f"{_open_tasks(shop)} rows), the bare one {taken['bare'] * 1000:.1f} ms (one "
            "statement, one table, nothing else).",
            f"The refresh was asked for after {CHANGED_BETWEEN_REFRESHES} jobs had changed; it "
            "sends what is different. Where nothing changed the answer is empty (304); "
            f"everything at once would be {kilobytes[2]:.1f} KB.",
        ],
    )


def _bare_app(database: Database) -> Callable[[], bytes]:
    app = Flask("bare")

    @app.get("/")
    def page() -> str:
        rows = database.execute_sql(BARE_SQL).fetchall()
        return render_template_string(BARE_PAGE, rows=rows)

    @app.teardown_request
    def give_back(_failure: BaseException | None) -> None:
        database.close()

    client = app.test_client()
    return lambda: client.get("/").data


def _refresh(shop: Shop, page: bytes) -> tuple[bytes, bytes]:
    """What the page is sent after a few jobs changed, and what it would be sent at most."""
    text = page.decode()
    changes = html.unescape(_found(r'data-changes="([^"]+)"', text))
    stamps = json.loads(html.unescape(_found(r'data-stamps="([^"]+)"', text)))
    rows = re.findall(r'<tr id="t(\d+)" data-s="([^"]+)"', text)
    have = ",".join(f"{name}.{stamp}" for name, stamp in [*rows, *stamps.items()])
    models.database.initialize(shop.database)
    _work_on([int(task) for task, _stamp in rows])
    models.close()
    return shop.get(changes, {"X-Have": have}), shop.get(changes)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"the queue page has no {pattern}")
    return match.group(1)


def _work_on(shown: list[int]) -> None:
    """One more piece is recorded for some of the jobs on the page."""
    ready = Task.id.in_(shown) & Task.ready_at.is_null(False) & (Task.good < Task.quantity)
    for task in Task.select().where(ready).limit(CHANGED_BETWEEN_REFRESHES):
        row = models.TaskQuantity.select().where(models.TaskQuantity.task == task).first()
        done = engine.ItemWork(row.item_id, row.good + Decimal(1))
        engine.record(task.id, engine.Report((done,)), system("Bench"))


def _open_tasks(shop: Shop) -> int:
    models.database.initialize(shop.database)
    slug = models.Department.slug == "screen-print"
    tasks = Task.select().join(models.Department).where(slug & Task.closed_at.is_null())
    count = int(tasks.count())
    models.close()
    return count
