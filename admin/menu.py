"""The menu: one query per request for the queues and their counts, the rest is a table.

A department that another process inserted a moment ago is there with the next request.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for
from flask_login import current_user
from peewee import JOIN, Case, fn

import auth
import clock
from models import Department, Task
from sync.sheets import standing
from workflow import shop
from workflow.actors import Right
from workflow.stages import WORK_STAGES

TOP = (
    ("Today", "today.index", Right.SEE_ORDERS),
    ("Orders", "orders.index_view", Right.SEE_ORDERS),
    ("Incoming", "incoming.index_view", Right.INCOMING),
)
SHOP = (
    ("Customers", "customers.index_view", Right.SEE_ORDERS),
    ("Products", "products.index_view", Right.SEE_ORDERS),
    ("Variants", "variants.index_view", Right.SEE_ORDERS),
    ("Vendors", "vendors.index_view", Right.PRODUCTS),
    ("Vendor items", "vendor_items.index_view", Right.PRODUCTS),
    ("Purchase orders", "purchase_orders.index_view", Right.PURCHASING),
    ("Receipts", "receipts.index_view", Right.PURCHASING),
    ("Shipments", "shipments.index_view", Right.SEE_ORDERS),
    ("Shared sheets", "shared_sheets.index_view", Right.SEE_ORDERS),
    ("From customers", "care.index", Right.MESSAGES),
    ("Messages", "messages.index_view", Right.MESSAGES),
    ("Events", "events.index_view", Right.SEE_MONEY),
)
SET_UP = (
    ("Shop", "shop_settings.index", Right.SET_UP),
    ("Departments", "departments.index_view", Right.SET_UP),
    ("Mailboxes", "mailboxes.index_view", Right.SET_UP),
    ("Closed days", "closed_days.index_view", Right.SET_UP),
    ("Own fields", "custom_fields.index_view", Right.SET_UP),
    ("Required fields", "required_fields.index_view", Right.SET_UP),
    ("Message texts", "message_templates.index_view", Right.SET_UP),
    ("Heading words", "heading_words.index_view", Right.SET_UP),
    ("Mappings", "mappings.index_view", Right.INCOMING),
    ("People", "people.index_view", Right.PEOPLE),
    ("Roles", "roles.index_view", Right.PEOPLE),
    ("API tokens", "api_tokens.index_view", Right.PEOPLE),
    ("Log-ins", "login_events.index_view", Right.PEOPLE),
    ("Outbox", "outbox.index_view", Right.SET_UP),
    ("Saved views", "saved_views.index_view", None),
)


@dataclass(frozen=True)
class Item:
    """One line of the menu."""

    label: str
    url: str
    count: int = 0
    hot: bool = False

    @property
    def active(self) -> bool:
        """Whether the page at hand lies below it."""
        return request.path == self.url or (
            self.url != "/" and request.path.startswith(self.url.rstrip("/") + "/")
        )


@dataclass(frozen=True)
class Group:
    """Lines of the menu under one heading."""

    label: str
    items: list[Item]


def groups() -> list[Group]:
    """The menu of whoever is here, groups without lines left out."""
    if "menu" not in g:
        g.menu = _groups() if current_user.is_authenticated else []
    return list(g.menu)


def shop_name() -> str:
    """How the shop calls itself."""
    if "shop_name" not in g:
        g.shop_name = str(shop.setting("shop_name"))
    return str(g.shop_name)


def _groups() -> list[Group]:
    found = [Group("", _items(TOP)), *_queues()]
    found += [Group("Shop", _items(SHOP)), Group("Set-up", _items(SET_UP))]
    return [group for group in found if group.items]


def _items(table: tuple[tuple[str, str, Right | None], ...]) -> list[Item]:
    return [
        Item(label, url_for(endpoint), *_waits(endpoint))
        for label, endpoint, right in table
        if endpoint in current_app.view_functions and (right is None or auth.may(right))
    ]


def _waits(endpoint: str) -> tuple[int, bool]:
    """How much waits behind a line of the menu, and whether something stands still meanwhile."""
    if endpoint != "shared_sheets.index_view":
        return 0, False
    return g.get("sheets_wait", 0), g.get("sheets_stopped", 0) > 0


def _queues() -> list[Group]:
    if "queue.index_view" not in current_app.view_functions or not auth.may(Right.SEE_ORDERS):
        return []
    by_stage: dict[str, list[Item]] = {stage.value: [] for stage in WORK_STAGES}
    seen = auth.departments_seen(auth.current_actor())
    for row in _departments_with_counts():
        g.sheets_stopped = row["stopped"]
        g.sheets_wait = row["collided"] + row["removed"] + row["stopped"]
        if seen is None or row["id"] in seen:
            url = url_for("queue.index_view", slug=row["slug"])
            item = Item(row["name"], url, row["ready"], hot=row["late"] > 0)
            by_stage.setdefault(row["stage"], []).append(item)
    return [Group(stage.capitalize(), items) for stage, items in by_stage.items()]


def _departments_with_counts() -> list[dict[str, Any]]:
    """Active departments with how much may be done now, and how much of that is late."""
    # Counted apart, not in a join: only so do both databases read the small index of ready tasks.
    counted = (
        Task.select(
            Task.department,
            fn.COUNT(Task.department).alias("ready"),
            fn.SUM(Case(None, [(Task.due_date < clock.today(), 1)], 0)).alias("late"),
        )
        .where(Task.closed_at.is_null() & Task.ready_at.is_null(False))
        .group_by(Task.department)
        .alias("counted")
    )
    asked: Any = (
        Department.select(
            Department.id,
            Department.name,
            Department.slug,
            Department.stage,
            fn.COALESCE(counted.c.ready, 0).alias("ready"),
            fn.COALESCE(counted.c.late, 0).alias("late"),
            # Asked along with the queues, so that the menu stays one question.
            *(count.alias(name) for name, count in standing.counts_for_menu().items()),
        )
        .join(counted, JOIN.LEFT_OUTER, on=(counted.c.department_id == Department.id))
        .where(Department.active)
        .order_by(Department.position, Department.name)
        .dicts()
    )
    return list(asked)
