"""Builders that speak: ``an_order(...)``, ``a_customer(...)``; and hands that do the work."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import clock
import models
import starter
from sync.drafts import DraftDecoration, DraftLine, DraftSchedule, OrderDraft
from workflow import engine
from workflow.actors import STARTING_ROLES, Actor, system
from workflow.stages import Work

_numbers = count(1)
BOSS = system("Olga Owner")


def somebody(name="Sam", role="Owner", departments=None):
    """An actor with a role's rights; ``departments`` are slugs, None means all."""
    ids = None
    if departments is not None:
        found = models.Department.select().where(models.Department.slug.in_(departments))
        ids = frozenset(d.id for d in found)
    return Actor(name=name, rights=STARTING_ROLES[role], departments=ids)


def a_shop():
    """Roles, departments and message templates, as every new shop has them."""
    starter.start_shop()


def department(slug):
    return models.Department.get(models.Department.slug == slug)


def a_department(name, *, stage="production", work="production", position=30, **columns):
    return models.Department.create(
        name=name,
        slug=name.lower().replace(" ", "-"),
        stage=stage,
        work=work,
        position=position,
        **columns,
    )


def a_customer(name=None, **columns):
    number = next(_numbers)
    name = name or f"Riverside AC {number}"
    defaults = {"code": f"C{number:05}", "email": f"orders{number}@customer.example"}
    return models.Customer.create(name=name, **(defaults | columns))


def a_product(sku=None, *, sizes=(), color="black", **columns):
    sku = sku or f"TEE-{next(_numbers)}"
    defaults = {"name": "Heavy cotton tee", "price": Decimal("4.50")}
    product = models.Product.create(sku=sku, **(defaults | columns))
    for size in sizes or [""]:
        models.Variant.create(
            product=product, sku=f"{sku}-{size}".strip("-"), color=color, size=size
        )
    return product


def a_line(
    quantity=48, *, sizes=None, method="screen print", product=None, address="line", **values
):
    """A line of a draft; ``sizes`` maps size to pieces, ``method`` '' means undecorated."""
    base = {"description": "Heavy cotton tee", "color": "black", "unit_price": Decimal("6.50")}
    if product is not None:
        base |= {"sku": product.sku, "description": product.name}
    if not sizes:
        base["quantity"] = Decimal(quantity)
    decorations = ()
    if method:
        look = {"location": "Front", "method": method, "imprint_colors": ["PMS 186", "White"]}
        decorations = (DraftDecoration(look),)
    return DraftLine(
        address=address,
        values=base | values,
        sizes=tuple((size, Decimal(pieces)) for size, pieces in (sizes or {}).items()),
        decorations=decorations,
    )


def a_delivery(quantity, day, *, destination=0, **values):
    return DraftSchedule(quantity=Decimal(quantity), date=day, destination=destination, **values)


ADDRESS = {
    "fulfillment_type": "ship",
    "ship_to_name": "Dana Fox",
    "ship_to_company": "Riverside AC",
    "ship_to_address1": "12 Dock Road",
    "ship_to_city": "Portland",
    "ship_to_region": "OR",
    "ship_to_postal": "97201",
    "ship_to_country": "US",
    "carrier": "UPS",
    "service_level": "Ground",
}


def a_draft(*lines, destinations=None, problems=(), charges=(), **values):
    base = {
        "po_number": f"PO-{next(_numbers)}",
        "in_hands_date": clock.today() + timedelta(days=21),
        "order_contact_name": "Dana Fox",
        "order_contact_email": "dana@riverside.example",
    }
    return OrderDraft(
        source="manual",
        values=base | values,
        destinations=tuple(destinations or (ADDRESS,)),
        lines=tuple(lines) or (a_line(),),
        problems=tuple(problems),
        charges=tuple(charges),
    )


def an_order(*lines, customer=None, products=None, **words):
    """An order in review; lines without a product are stock goods that nobody buys."""
    draft = a_draft(*lines, **words)
    found = {
        index: models.Product.get(models.Product.sku == line.values["sku"])
        for index, line in enumerate(draft.lines)
        if line.values.get("sku")
    }
    matches = engine.Matches(customer or a_customer(), found | (products or {}))
    return engine.create_order(draft, BOSS, matches)


def a_released_order(*lines, **words):
    order = an_order(*lines, **words)
    return engine.release(order.id, BOSS)


def tasks_of(order):
    """Task by department slug, of an order with one job."""
    rows = (
        models.Task.select(models.Task, models.Department, models.Job)
        .join(models.Department)
        .switch(models.Task)
        .join(models.Job)
        .where(models.Job.order == order)
        .order_by(models.Task.position)
    )
    return {row.department.slug: row for row in rows}


def job_of(order):
    return models.Job.get(models.Job.order == order)


def items_of(task):
    rows = models.TaskQuantity.select().where(models.TaskQuantity.task == task)
    return [models.JobItem.get_by_id(row.item_id) for row in rows.order_by(models.TaskQuantity.id)]


def everything(task):
    """A report that everything a task has to do is done."""
    work = Work(task.department.work)
    items = []
    for item in items_of(task):
        wanted = item.quantity - item.short - item.cancelled
        extra = item.remake if work in {Work.PURCHASING, Work.RECEIVING} else 0
        lost = item.damaged + item.final_short if work is Work.PURCHASING else 0
        items.append(engine.ItemWork(item.id, wanted + extra + lost))
    return engine.Report(tuple(items))


def finish(task, actor=BOSS):
    """Do all of a task and tick it off."""
    return engine.finish_task(task.id, actor, everything(task))


def finish_until(order, slug):
    """Finish every department before ``slug`` in order; returns that department's task."""
    while True:
        open_tasks = [t for t in tasks_of(order).values() if t.closed_at is None and t.ready_at]
        first = next((t for t in open_tasks if t.department.slug != slug), None)
        mine = tasks_of(order).get(slug)
        earlier = first is not None and first.position < (mine.position if mine else 10_000)
        if not earlier:
            return mine
        finish(first)


def reload(row):
    return type(row).get_by_id(row._pk)


def day(text):
    return date.fromisoformat(text)
