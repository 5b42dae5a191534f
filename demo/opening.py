"""Fills an empty database with the demo shop."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import auth
import clock
import starter
from demo import answers, calendar_of_work, cast, dock, goods, letters, live_sheet
from demo.desk import Desk
from demo.drafts import Catalogue
from demo.plans import plans
from demo.stories import Story
from errors import BlockedError
from models import (
    Address,
    ClosedDay,
    Contact,
    Customer,
    CustomField,
    Department,
    Order,
    OutboxRow,
    Person,
    PersonDepartment,
    RequiredField,
    Role,
    SavedView,
    ShopSetting,
    transaction,
)
from workflow import forecast, messages, shop
from workflow.actors import system
from workflow.occasion_facts import facts_for

_MESSAGES_SINCE_DAYS = 8


@dataclass(frozen=True)
class Login:
    """How to log in as somebody of the demo shop."""

    name: str
    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Demo:
    """What there is to try; ``filled`` is false where a shop was there already."""

    filled: bool
    orders: int
    logins: tuple[Login, ...]
    sheet: str = ""  # the file with the live sheet

    def __str__(self) -> str:
        """The log-ins as a person at the terminal reads them."""
        if not self.logins:
            return ""
        width = max(len(login.email) for login in self.logins)
        rows = [f"  {login.email:<{width}}  {login.role}, {login.name}" for login in self.logins]
        head = f"Log in as one of these, password {self.logins[0].password}:"
        if self.sheet:
            rows.append(f"The live sheet, for LibreOffice or Excel: {self.sheet}")
        return "\n".join([head, *rows])


def fill(*, if_empty: bool = True) -> Demo:
    """Make the demo shop in an empty database.

    Args:
        if_empty: leave a database alone in which there is anybody or any order already.

    Raises:
        BlockedError: there is a shop already, and ``if_empty`` is false.
    """
    if _is_somebodys():
        if not if_empty:
            raise BlockedError(
                "The demo shop was not made", ["there are people or orders in this database"]
            )
        return Demo(False, Order.select().count(), _logins(), live_sheet.address())
    with transaction():  # one for all: ten times as fast, and a shop is there whole or not at all
        starter.start_shop()
        _furnish()
        _hire()
        _meet_customers()
        goods.stock_up()
        desk = Desk(shop.working_calendar())
        desk.hire()
        _tell_stories(desk)
        calendar_of_work.plan(desk)
        answers.decide(desk)
        answers.ask(desk)
        dock.open_dock()
        _tell_customers()
    letters.bring(desk)
    dock.lay_out_papers(desk)
    forecast.renew()
    live_sheet.connect()
    return Demo(True, Order.select().count(), _logins(), live_sheet.address())


def _is_somebodys() -> bool:
    return bool(Person.select().exists() or Order.select().exists())


def _logins() -> tuple[Login, ...]:
    """The cast, as far as they are (still) here."""
    here = {person.email for person in Person.select(Person.email)}
    return tuple(
        Login(member.name, member.role, member.email, cast.PASSWORD)
        for member in cast.PEOPLE
        if member.email in here
    )


# ---------------------------------------------------------------- the shop itself


def _furnish() -> None:
    ShopSetting.insert_many([{"name": n, "value": v} for n, v in cast.SHOP.items()]).execute()
    for (
        name,
        stage,
        work,
        position,
        waits_for,
        applies_to,
        lead,
        setup,
        piece,
    ) in cast.MORE_DEPARTMENTS:
        Department.create(
            name=name,
            slug=name.lower().replace(" ", "-"),
            stage=stage,
            work=work,
            position=position,
            waits_for=waits_for,
            applies_to=applies_to,
            lead_days=lead,
            setup_minutes=setup,
            minutes_per_piece=Decimal(piece),
        )
    today = clock.today()
    ClosedDay.create(day=today - timedelta(days=36), name="Company outing")
    ClosedDay.create(day=_next_weekday(today + timedelta(days=33)), name="Stocktaking")
    _add_fields()


def _next_weekday(day: Any) -> Any:
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)


def _add_fields() -> None:
    rows: tuple[tuple[str, str, str, str, list[str]], ...] = (
        ("order", "event_name", "Event", "text", []),
        ("order", "event_date", "Date of the event", "date", []),
        ("order", "photo_wanted", "Photo of the result", "yes_no", []),
        ("customer", "tier", "Tier", "choice", ["A", "B", "C"]),
        ("line", "thread_palette", "Thread palette", "text", []),
        ("job", "press", "Press", "choice", ["Carousel 1", "Carousel 2", "Manual"]),
    )
    for position, (level, name, label, kind, choices) in enumerate(rows):
        CustomField.create(
            level=level, name=name, label=label, kind=kind, choices=choices, position=position
        )
    RequiredField.create(level="order", name="po_number", stage="review")


def _hire() -> None:
    roles = {role.name: role for role in Role.select()}
    departments = {department.slug: department for department in Department.select()}
    hashed = ""
    for member in cast.PEOPLE:
        person = Person(email=member.email, name=member.name, role=roles[member.role])
        if not hashed:
            auth.set_password(person, cast.PASSWORD)
            hashed = person.password_hash
        person.password_hash, person.session_key = hashed, auth.new_key()
        person.created_at = clock.now() - timedelta(days=200)
        person.save()
        for slug in member.departments:
            PersonDepartment.create(person=person, department=departments[slug])
    for screen, name, query in (
        ("queue:screen-print", "Firm dates", "firm=1"),
        ("orders", "On hold", "on_hold=1"),
    ):
        SavedView.create(person=None, screen=screen, name=name, query=query)


def _meet_customers() -> None:
    sales = {member.name: member.email for member in cast.SALES}
    managers = list(Person.select().where(Person.email.in_(list(sales.values()))))
    managers.sort(key=lambda person: person.id)
    dice = Random(7)
    for number, (name, city, postal, group) in enumerate(cast.CUSTOMERS, start=1):
        slug = "".join(c for c in name.lower().replace("&", "and") if c.isalnum())
        rep = managers[number % len(managers)]
        columns: dict[str, Any] = {
            "credit_limit": Decimal(dice.choice((10_000, 15_000, 25_000, 40_000))),
            "open_receivables": Decimal(dice.choice((0, 0, 420, 980, 1_750))),
            "payment_terms": dice.choice(("Net 30", "Net 30", "Net 15")),
            "extra": {"tier": dice.choice("ABC")},
        }
        columns |= _typed(cast.SPECIAL.get(name, {}))
        customer = Customer.create(
            code=f"C{1000 + number}",
            name=name,
            group=group,
            email=f"orders@{slug}.example",
            phone=_phone(dice),
            sales_rep=rep,
            account_manager=rep,
            created_at=clock.now() - timedelta(days=dice.randint(90, 900)),
            **columns,
        )
        _add_contacts(customer, slug, dice)
        _add_addresses(customer, city, postal, dice)


def _typed(columns: dict[str, object]) -> dict[str, object]:
    exact = {"overdue_amount", "credit_limit", "deposit_percent"}
    return {n: Decimal(str(v)) if n in exact else v for n, v in columns.items()}


def _phone(dice: Random) -> str:
    return f"+1 503 555 {dice.randint(100, 199):04}"


def _add_contacts(customer: Customer, slug: str, dice: Random) -> None:
    for kind in ("order", "art", "bill")[: dice.randint(1, 3)]:
        first, last = dice.choice(cast.FIRST_NAMES), dice.choice(cast.LAST_NAMES)
        mail = f"{first}.{last}@{slug}.example".lower()
        Contact.create(
            customer=customer, kind=kind, name=f"{first} {last}", email=mail, phone=_phone(dice)
        )


def _add_addresses(customer: Customer, city: str, postal: str, dice: Random) -> None:
    attention = Contact.get(Contact.customer == customer).name
    for number, kind in enumerate(("bill_to", "ship_to", "ship_to")[: dice.choice((2, 2, 3))]):
        Address.create(
            customer=customer,
            kind=kind,
            is_default=number < 2,
            company=customer.name,
            attention=attention,
            address1=f"{dice.randint(12, 980)} {dice.choice(cast.STREETS)}",
            city=city,
            region="WA" if city == "Vancouver" else "OR",
            postal=postal,
            country="US",
        )


# ---------------------------------------------------------------- the orders


def _tell_stories(desk: Desk) -> None:
    """All orders' stories at once, in the order in which things happened."""
    catalogue = Catalogue(desk.dice)
    customers = list(Customer.select().order_by(Customer.id))
    stories = [
        Story(desk, catalogue, _one_of(customers, number, desk), plan, number)
        for number, plan in enumerate(plans(desk.dice))
    ]
    waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
    for number, story in enumerate(stories):
        run = story.run()
        heapq.heappush(waiting, (next(run), number, run))
    while waiting:
        moment, number, run = heapq.heappop(waiting)
        with clock.frozen(moment):
            following = next(run, None)
        if following is not None:
            heapq.heappush(waiting, (following, number, run))


def _one_of(customers: list[Customer], number: int, desk: Desk) -> Customer:
    return customers[(number * 7 + desk.dice.randint(0, 9)) % len(customers)]


def _tell_customers() -> None:
    """Messages of the past are written and count as sent: the demo shop mails nobody."""
    teller = system("Inhands")
    since = clock.now() - timedelta(days=_MESSAGES_SINCE_DAYS)
    asked = OutboxRow.select().where(OutboxRow.kind == "message")
    for row in asked.where(OutboxRow.created_at >= since).order_by(OutboxRow.id):
        with clock.frozen(row.created_at + timedelta(seconds=40)):
            order, job = row.payload["order_id"], row.payload.get("job_id")
            event, about = row.payload["event"], row.payload.get("about", "")
            occasion = messages.Occasion(about=about, facts=facts_for(event, row.payload))
            message = messages.compose(event, order, job, teller, occasion)
            if message.state == "waiting":
                number = f"<demo-{message.id}@tidewater.example>"
                messages.mark_sent(message, number, "Demo: nothing was mailed.", teller)
    done = OutboxRow.update(done_at=OutboxRow.created_at, attempts=1)
    done.where(OutboxRow.kind != "preview").execute()
    # What is looked at first is drawn by the worker, once more urgent things are done.
    soon = clock.now() + timedelta(seconds=20)
    OutboxRow.update(run_at=soon).where(OutboxRow.kind == "preview").execute()
