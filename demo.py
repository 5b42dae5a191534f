"""A decorating shop to look at: people, customers, products, and orders in every stage.

Everything happens through the engine, on a stopped clock in the past, by the people whose work it
is; so the history reads like a real one.  The names are invented; the same shop comes out every
day, shifted to today.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import auth
import clock
import demo_words as said
import models
import starter
from documents.order_form import FormProduct, order_form
from errors import ShopError
from sync import intake
from sync.drafts import DraftCharge, DraftDecoration, DraftLine, DraftSchedule, OrderDraft, Values
from workflow import engine, shop
from workflow.actors import Actor, Right, system
from workflow.engine import Handover, HoldWords, ItemWork, Matches, Report
from workflow.stages import DecisionKind, Work

PASSWORD = "demo-shop-2026"
ORDERS = 150
_SIZES = ("S", "M", "L", "XL", "2XL")
_HOME = {"ship_to_country": "US", "ship_to_region": "OR"}


@dataclass(frozen=True)
class Demo:
    """Who may log in: (e-mail, role) with one password for all."""

    people: tuple[tuple[str, str], ...]
    password: str = PASSWORD


def fill(*, if_empty: bool = False) -> Demo:
    """Fill the shop with the demo; ``if_empty`` leaves a shop that has orders as it is.

    Raises:
        ShopError: the shop has orders and ``if_empty`` was not asked for.
    """
    people = tuple(
        (f"{name.split()[0].lower()}@demo.example", role) for name, role, _d in said.PEOPLE
    )
    if models.Order.select().exists():
        if not if_empty:
            raise ShopError("The shop has orders already; the demo goes into an empty one only.")
        return Demo(people if models.Person.get_or_none(email=people[0][0]) else ())
    with models.transaction():
        _Shop().build()
    return Demo(people)


class _Shop:
    """The demo while it is being made."""

    def __init__(self) -> None:
        self.random = Random(7)
        self.today = clock.today()
        self.actors: dict[str, Actor] = {}
        self.customers: list[models.Customer] = []
        self.products: list[models.Product] = []
        self.variants: dict[tuple[int, str], models.Variant] = {}
        self.vendors: list[models.Vendor] = []
        self.colors: dict[int, str] = {}

    def build(self) -> None:
        """Make all of it."""
        starter.start_shop()
        self._decide()
        self._hire()
        self._meet_customers()
        self._fill_shelves()
        for number in range(ORDERS):
            self._order(number)
        self._receive_files()

    # ------------------------------------------------------------ what stands still

    def _decide(self) -> None:
        settings = {"shop_name": said.SHOP, "shop_address": said.ADDRESS, "shop_email": said.EMAIL}
        for name, value in settings.items():
            models.ShopSetting.create(name=name, value=value)
        for name, method, capacity in said.MORE_DEPARTMENTS:
            models.Department.create(
                name=name,
                slug=name.lower().replace(" ", "-"),
                stage="production",
                work="production",
                position=30,
                applies_to={"methods": [method]},
                capacity_minutes=capacity,
                minutes_per_piece=Decimal("0.8"),
            )
        for slug, capacity in said.CAPACITIES.items():
            models.Department.update(capacity_minutes=capacity).where(
                models.Department.slug == slug
            ).execute()
        closed = shop.working_calendar().on_or_after(self.today + timedelta(days=9))
        models.ClosedDay.create(day=closed, name="Stocktaking")
        models.CustomField.create(
            level="order", name="event_name", label="Event", kind="text", position=1
        )
        models.CustomField.create(
            level="customer", name="since", label="Customer since", kind="date", position=1
        )
        models.CustomField.create(
            level="order", name="thread_kit", label="Thread kit", kind="choice",
            choices=["none", "A", "B"], position=2, in_list=False,
        )  # fmt: skip

    def _hire(self) -> None:
        known = models.Person(email="")
        auth.set_password(known, PASSWORD)  # slow on purpose, so once for all of them
        for name, role, slugs in said.PEOPLE:
            person = models.Person(
                email=f"{name.split()[0].lower()}@demo.example",
                name=name,
                role=models.Role.get(models.Role.name == role),
                password_hash=known.password_hash,
                session_key=auth.new_key(),
            )
            person.save(force_insert=True)
            rights = frozenset(Right(right) for right in person.role.rights)
            departments = []
            for slug in slugs:
                department = models.Department.get(models.Department.slug == slug)
                models.PersonDepartment.create(person=person, department=department)
                departments.append(department.id)
                self.actors[slug] = Actor(name, rights, frozenset([department.id]), person.id)
            self.actors.setdefault(role, Actor(name, rights, None, person.id))

    def _meet_customers(self) -> None:
        sales = [models.Person.get(models.Person.name == name) for name in said.SELLERS]
        for number, (name, city) in enumerate(said.CUSTOMERS):
            domain = "".join(c for c in name.lower() if c.isalnum())
            first, last = said.CONTACTS[number % len(said.CONTACTS)]
            customer = models.Customer.create(
                code=f"C{1001 + number}",
                name=name,
                group=("school", "company", "club", "shop")[number % 4],
                email=f"orders@{domain}.example",
                phone=f"+1 503 555 01{number:02}",
                payment_terms=("Net 30", "Net 30", "Net 15", "Prepay")[
                    number % 4 if number > 7 else 0
                ],
                credit_limit=Decimal(2500) if number % 11 == 5 else None,
                overdue_amount=Decimal("184.50") if number % 13 == 6 else Decimal(0),
                touchless=number % 10 == 3,
                sales_rep=sales[number % len(sales)],
                account_manager=sales[number % len(sales)],
                extra={"since": f"20{10 + number % 15}-03-01"},
            )
            models.Contact.create(
                customer=customer,
                name=f"{first} {last}",
                email=f"{first.lower()}@{domain}.example",
                phone=customer.phone,
            )
            models.Address.create(
                customer=customer,
                is_default=True,
                name=f"{first} {last}",
                company=name,
                address1=f"{10 + number * 7} {said.STREETS[number % len(said.STREETS)]}",
                city=city,
                region="OR",
                postal=f"97{200 + number}",
                country="US",
            )
            self.customers.append(customer)

    def _fill_shelves(self) -> None:
        for code, name, days in said.VENDORS:
            self.vendors.append(
                models.Vendor.create(
                    code=code, name=name, lead_days=days, email=f"sales@{code.lower()}.example"
                )
            )
        for number in range(200):
            kind = said.KINDS[number % len(said.KINDS)]
            maker = said.MAKERS[number // len(said.KINDS) % len(said.MAKERS)]
            self._product(number, kind, maker)
        rows = models.Variant.select()
        self.variants = {(v.product_id, v.size): v for v in rows}

    def _product(self, number: int, kind: said.Goods, maker: str) -> None:
        color = said.COLORS[number % len(said.COLORS)]
        product = models.Product.create(
            sku=f"{kind.code}-{1000 + number}",
            name=f"{maker} {kind.name}",
            category=kind.category,
            tags=list(kind.tags),
            price=kind.price + Decimal(number % 7) / 4,
            purchased=kind.bought,
            vendor=self.vendors[number % len(self.vendors)] if kind.bought else None,
        )
        sizes = _SIZES if kind.sized else ("",)
        models.Variant.insert_many(
            [
                {
                    "product": product.id,
                    "sku": f"{product.sku}-{size}".strip("-"),
                    "color": color,
                    "size": size,
                    "gtin": f"40{number:05}{place:05}",
                    "cost": product.price / 2,
                }
                for place, size in enumerate(sizes)
            ]
        ).execute()
        self.colors[product.id] = color
        self.products.append(product)
        if kind.bought:
            variants = models.Variant.select().where(models.Variant.product == product)
            models.VendorItem.insert_many(
                [
                    {
                        "vendor": product.vendor,
                        "variant": variant.id,
                        "vendor_sku": f"V{variant.id:05}",
                        "cost": variant.cost,
                        "preferred": True,
                    }
                    for variant in variants
                ]
            ).execute()

    # ------------------------------------------------------------ orders

    def _order(self, number: int) -> None:
        """One order, as far on its way as its number says."""
        how = said.JOURNEYS[number % len(said.JOURNEYS)]
        customer = self.customers[(number * 7) % len(self.customers)]
        later = 2 * (number // len(said.JOURNEYS)) if how.until != "done" else 0
        in_hands = self._date(how.in_hands + later)
        entered = min(self.today - timedelta(days=how.age), in_hands - timedelta(days=3))
        with self._at(entered, 8 + number % 8):
            draft, matches = self._draft(number, how, customer, in_hands)
            order = engine.create_order(draft, self.actors["Sales"], matches)
        if how.until == "review":
            return
        with self._at(entered, 16):
            self._release(order)
        for step, slug in enumerate(self._way(order)):
            if slug == how.until or not self._do(
                order, slug, how, entered + timedelta(days=1 + step)
            ):
                break
        self._then(order, how)

    def _date(self, days: int) -> date:
        return shop.working_calendar().on_or_after(self.today + timedelta(days=days))

    def _draft(
        self, number: int, how: said.Journey, customer: models.Customer, in_hands: date
    ) -> tuple[OrderDraft, Matches]:
        lines, products, variants = [], {}, {}
        for index in range(1 + number % 3):
            product = self.products[(number * 13 + index * 29) % len(self.products)]
            line = self._line(product, how, index, in_hands)
            products[index] = product
            for size, _pieces in line.sizes or (("", Decimal(0)),):
                if (product.id, size) in self.variants:
                    variants[index, size] = self.variants[product.id, size]
            lines.append(line)
        contact = models.Contact.get(models.Contact.customer == customer)
        values: dict[str, object] = {
            "po_number": f"{customer.code[1:]}-{2200 + number}",
            "in_hands_date": in_hands,
            "in_hands_firm": how.firm,
            "order_contact_name": contact.name,
            "order_contact_email": contact.email,
            "mockup_requested": how.proof,
            "proof_required": how.proof,
            "source_channel": ("manual", "email", "customer_file")[number % 3],
            "customer_notes": said.NOTES[number % len(said.NOTES)] if number % 5 == 2 else "",
            "priority": "rush" if number % 17 == 4 else "normal",
            "event_name": said.EVENTS[number % len(said.EVENTS)] if number % 4 == 1 else "",
        }
        given: Values = {name: value for name, value in values.items() if value}  # type: ignore[misc]
        charges = (DraftCharge("setup", "Set-up", Decimal(1), Decimal(25)),) if number % 2 else ()
        draft = OrderDraft(
            "manual",
            customer_id=customer.id,
            values=given,
            destinations=self._places(how, customer),
            lines=tuple(lines),
            charges=charges,
        )
        return draft, Matches(customer, products, variants)

    def _places(self, how: said.Journey, customer: models.Customer) -> tuple[Values, ...]:
        first: Values = {"fulfillment_type": how.hand_over}
        if how.hand_over == "ship":
            first = {**first, "carrier": "UPS", "service_level": "Ground"}
        if not how.split:
            return (first,)
        second: Values = {
            **_HOME,
            "fulfillment_type": "ship",
            "ship_to_company": f"{customer.name}, second site",
            "ship_to_address1": "4 Harbor Lane",
            "ship_to_city": "Astoria",
            "ship_to_postal": "97103",
        }
        return (first, second)

    def _line(
        self, product: models.Product, how: said.Journey, index: int, in_hands: date
    ) -> DraftLine:
        pieces = (24, 48, 36, 72, 60, 12)[(index + how.age) % 6]
        sized = (product.id, "M") in self.variants
        sizes = tuple(
            (size, Decimal(pieces * share // 24))
            for size, share in zip(_SIZES, (3, 6, 8, 5, 2), strict=True)
        )
        total = sum((qty for _size, qty in sizes), Decimal(0)) if sized else Decimal(pieces)
        values: Values = {
            "sku": product.sku,
            "description": product.name,
            "color": self.colors[product.id],
            "unit_price": product.price,
        }
        schedule: tuple[DraftSchedule, ...] = ()
        if how.split and index == 0:
            half = (total / 2).to_integral_value()
            later = shop.working_calendar().on_or_after(in_hands + timedelta(days=14))
            schedule = (
                DraftSchedule(half, in_hands),
                DraftSchedule(total - half, later, destination=1),
            )
        look = said.LOOKS[how.method][index % len(said.LOOKS[how.method])]
        return DraftLine(
            address="",
            values=values if sized else {**values, "quantity": total},
            sizes=sizes if sized else (),
            schedule=schedule,
            decorations=(DraftDecoration({**look, "method": how.method}),),
        )

    # ------------------------------------------------------------ work on an order

    def _release(self, order: models.Order) -> None:
        seller = self.actors["Sales"]
        if order.customer_notes:
            engine.mark_notes_read(order.id, seller)
        if engine.credit_check(models.Order.get_by_id(order.id)):
            engine.release_credit(order.id, self.actors["Owner"])
        engine.release(order.id, seller)

    def _way(self, order: models.Order) -> list[str]:
        """The departments the order's jobs visit, in their order, each once."""
        rows = (
            models.Task.select(models.Task, models.Department)
            .join(models.Department)
            .switch(models.Task)
            .join(models.Job)
            .where(models.Job.order == order)
            .order_by(models.Department.position, models.Department.id)
        )
        return list(dict.fromkeys(row.department.slug for row in rows))

    def _do(self, order: models.Order, slug: str, how: said.Journey, day: date) -> bool:
        """A department's work on the order's jobs; False where it stays unfinished."""
        jobs = models.Job.select(models.Job.id).where(models.Job.order == order)
        tasks = models.Task.select().where(
            models.Task.job.in_(jobs) & models.Task.closed_at.is_null()
        )
        done = True
        for task in [t for t in tasks if t.department.slug == slug]:
            with self._at(min(day, self.today), 9 + task.id % 7):
                done = self._work(order, task, how) and done
        return done

    def _work(self, order: models.Order, task: models.Task, how: said.Journey) -> bool:
        work, actor = Work(task.department.work), self._who(task.department)
        if work is Work.ARTWORK:
            return self._draw(order, task, how, actor)
        report = _everything(task, how.short if work is Work.RECEIVING else Decimal(0))
        if how.half and task.department.slug == how.half:
            engine.record(task.id, _part_of(report), actor)
            return False
        if work is Work.HANDOVER:
            items = tuple((item.item_id, item.good) for item in report.items)
            place = models.Destination.get(order=order, position=0)
            number = f"1Z999AA1{task.id:010}" if place.carrier else ""
            taken = "" if number else order.order_contact_name
            handed = Handover(items, "UPS" if number else "", "", number, handed_to=taken)
            engine.record_shipment(task.id, handed, actor)
            engine.finish_task(task.id, actor)
            return True
        if work is Work.PURCHASING:
            vendor = self._vendor(report.items[0].item_id)
            report = Report(report.items, vendor_id=vendor)
        engine.record(task.id, report, actor)
        if work is Work.RECEIVING and how.short:
            self._decide_short(task, how)
        engine.finish_task(task.id, actor)
        return True

    def _who(self, department: models.Department) -> Actor:
        return self.actors.get(department.slug) or self.actors["Manager"]

    def _vendor(self, item_id: int) -> int | None:
        line = models.JobItem.get_by_id(item_id).line
        vendor = line.product.vendor if line.product is not None else None
        return vendor.id if vendor is not None else None

    def _decide_short(self, task: models.Task, how: said.Journey) -> None:
        for row in models.TaskQuantity.select().where(models.TaskQuantity.task == task):
            item = models.JobItem.get_by_id(row.item_id)
            lost = item.damaged + item.final_short
            if lost:
                kind = DecisionKind.SHIP_SHORT
                engine.decide(task.id, item.id, kind, lost, self.actors["Sales"], "customer agreed")

    def _draw(
        self, order: models.Order, task: models.Task, how: said.Journey, actor: Actor
    ) -> bool:
        picture = models.Artwork.get_or_none(models.Artwork.order == order)
        picture = picture or engine.add_artwork(order.id, "Front logo", actor)
        content = said.logo(order.customer_name, order.id)
        name = f"{order.number}-front.svg"
        engine.add_version(picture.id, name, content, "image/svg+xml", actor)
        if how.proof:
            engine.proof_sent(picture.id, order.order_contact_email, actor)
            if how.until == "artwork-sent":
                return False
            engine.approve_proof(picture.id, self.actors["Sales"], by=order.order_contact_name)
        engine.finish_task(task.id, actor)
        return True

    def _then(self, order: models.Order, how: said.Journey) -> None:
        """What happened to it besides."""
        seller = self.actors["Sales"]
        if how.hold:
            reason, next_step = how.hold
            engine.hold(order.id, HoldWords(reason, seller.name, next_step), seller)
        if how.change:
            fresh = models.Order.get_by_id(order.id)
            moved = self._date(how.in_hands + 4)
            wanted = engine.OrderChange(fresh.version, {"in_hands_date": moved})
            engine.change_order(order.id, wanted, seller)
        if how.cancel:
            engine.cancel_order(order.id, how.cancel, self.actors["Manager"])

    # ------------------------------------------------------------ files

    def _receive_files(self) -> None:
        """A few documents in different states on the Incoming page."""
        goods = [FormProduct(p.sku, p.name, (self.colors[p.id],), ()) for p in self.products[:40]]
        form = order_form(said.SHOP, goods)
        mailbox = system("upload")
        for name, content in (
            ("empty-order-form.xlsx", form),
            ("riverside-po-8841.csv", said.CSV_ORDER.encode()),
            ("notes-from-call.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"),
        ):
            incoming = intake.receive("upload", name, content, actor=mailbox, sender=said.EMAIL)
            intake.read_file(incoming.id, mailbox)

    @contextmanager
    def _at(self, day: date, hour: int) -> Iterator[None]:
        moment = datetime.combine(min(day, self.today), time(hour % 24, 12), tzinfo=UTC)
        with clock.frozen(min(moment, datetime.now(UTC))):
            yield


def _everything(task: models.Task, missing: Decimal) -> Report:
    """All of a task's pieces; ``missing`` of the first item never come."""
    items = []
    for place, row in enumerate(
        models.TaskQuantity.select()
        .where(models.TaskQuantity.task == task)
        .order_by(models.TaskQuantity.id)
    ):
        item = models.JobItem.get_by_id(row.item_id)
        wanted = item.quantity - item.short - item.cancelled
        lost = min(missing, wanted) if place == 0 else Decimal(0)
        items.append(ItemWork(item.id, wanted - lost, final_short=lost))
    return Report(tuple(items))


def _part_of(report: Report) -> Report:
    items = [ItemWork(i.item_id, (i.good / 2).to_integral_value()) for i in report.items]
    return Report(tuple(items))
