"""Hands for the demo shop: the right person does the next thing to an order, at a set moment."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import clock
from demo import cast, pictures
from models import Artwork, Department, Job, JobItem, Order, Person, Task, TaskQuantity, Vendor
from workflow import engine
from workflow.actors import STARTING_ROLES, Actor
from workflow.due import WorkingCalendar
from workflow.stages import REJECT_REASONS, ArtworkState, DecisionKind, Work

OPENS, CLOSES = time(8), time(17)
_MINUTES = 9 * 60
_CHANGES = ("Please make the logo larger.", "Our red is PMS 186, not 199.")


@dataclass
class Desk:
    """Who acts, what day it is, and the dice that decide the rest."""

    calendar: WorkingCalendar
    now: datetime = field(default_factory=clock.now)
    dice: Random = field(default_factory=lambda: Random(7))
    actors: dict[str, Actor] = field(default_factory=dict)
    vendors: list[Vendor] = field(default_factory=list)
    pictures: int = 0

    def hire(self) -> None:
        """Give every person of the cast their rights and departments as an actor."""
        ids = {department.slug: department.id for department in Department.select()}
        people = {person.email: person.id for person in Person.select()}
        for member in cast.PEOPLE:
            rights = STARTING_ROLES[member.role]
            departments = frozenset(ids[slug] for slug in member.departments) or None
            self.actors[member.name] = Actor(member.name, rights, departments, people[member.email])
        self.vendors = list(Vendor.select().order_by(Vendor.id))

    def who(self, member: cast.Member) -> Actor:
        """Somebody of the cast as the engine knows them."""
        return self.actors[member.name]

    def worker(self, task: Task) -> Actor:
        """Somebody who works in a task's department."""
        able = [m for m in cast.WORKERS if task.department.slug in m.departments]
        return self.who(self.dice.choice(able) if able else cast.MANAGER)

    def chance(self, percent: int) -> bool:
        """Whether something happens that happens so often."""
        return self.dice.random() * 100 < percent

    # ------------------------------------------------------------ time

    def ago(self, minutes: int) -> datetime:
        """The moment that lies so many minutes of working time before now."""
        now = clock.local(self.now)
        day = self.calendar.on_or_before(now.date())
        passed = _minutes_into(now) if day == now.date() else _MINUTES
        left = passed - minutes
        while left < 0:
            day = self.calendar.back(day - timedelta(days=1), 0)
            left += _MINUTES
        opening = datetime.combine(day, OPENS, tzinfo=now.tzinfo)
        return min(opening + timedelta(minutes=left), now)

    # ------------------------------------------------------------ the next thing to do

    def ready_tasks(self, order: Order) -> list[Task]:
        """Open tasks of an order that may be worked on, in the order of the journey."""
        query = Task.select(Task, Department, Job).join(Department).switch(Task).join(Job)
        mine = (Job.order == order) & Task.closed_at.is_null() & Task.ready_at.is_null(False)
        return list(query.where(mine & ~Job.on_hold).order_by(Department.position, Task.id))

    def act(self, order: Order, task: Task) -> None:
        """Do one thing on a task: usually all of it."""
        self.read_change(task)
        work = Work(task.department.work)
        if work is Work.ARTWORK:
            self.settle_artwork(order, task)
        elif work is Work.HANDOVER:
            self.hand_over(order, task)
        else:
            engine.finish_task(task.id, self.worker(task), self.report(task))

    def read_change(self, task: Task) -> None:
        """A change order is read before work goes on."""
        if task.must_acknowledge:
            engine.acknowledge_change(task.id, self.worker(task))

    def report(self, task: Task, share: Decimal | None = None) -> engine.Report:
        """Everything a task has to do, or a share of it."""
        done = []
        for item, row in self.worklist(task):
            pieces = self.to_do(task, item)
            if share is not None:
                pieces = max((pieces * share).to_integral_value(), row.good)
            done.append(engine.ItemWork(item.id, pieces))
        facts, vendor, expected = {}, None, None
        if task.department.work == Work.PACKAGING:
            facts = {"boxes": str(1 + int(task.quantity) // 60)}
        if task.department.work == Work.PURCHASING:
            vendor = self._vendor_of(done[0].item_id) if done else None
            expected = self.calendar.ahead(clock.today(), self.dice.randint(2, 5))
        return engine.Report(tuple(done), None, facts, vendor, expected)

    def worklist(self, task: Task) -> list[tuple[JobItem, TaskQuantity]]:
        """The items of a task with what is recorded."""
        rows = TaskQuantity.select(TaskQuantity, JobItem).join(JobItem)
        found = rows.where(TaskQuantity.task == task).order_by(JobItem.position, JobItem.id)
        return [(row.item, row) for row in found]

    def to_do(self, task: Task, item: JobItem) -> Decimal:
        """How many pieces of an item a task records when all goes well."""
        wanted: Decimal = item.quantity - item.short - item.cancelled
        if task.department.work in {Work.PURCHASING, Work.RECEIVING}:
            wanted += item.remake
        if task.department.work == Work.PURCHASING:
            wanted += item.damaged + item.final_short
        makers = (TaskQuantity.item == item) & (Department.work == Work.PRODUCTION)
        made = TaskQuantity.select(TaskQuantity.good).join(Task).join(Department).where(makers)
        after = task.department.work in {Work.PACKAGING, Work.HANDOVER}
        earlier: list[Decimal] = [row.good for row in made] if after else []
        return min([wanted, *earlier])

    def _vendor_of(self, item_id: int) -> int | None:
        line = JobItem.get_by_id(item_id).line
        vendor = line.product.vendor if line.product is not None else None
        return None if vendor is None else vendor.id

    # ------------------------------------------------------------ artwork and hand-over

    def settle_artwork(self, order: Order, task: Task) -> None:
        """One step of a picture towards approval; the task is finished when all are settled."""
        unsettled = Artwork.select().where(
            (Artwork.order == order)
            & Artwork.proof_required
            & Artwork.state.not_in([ArtworkState.APPROVED, ArtworkState.WAIVED])
        )
        picture = unsettled.order_by(Artwork.id).first()
        artist = self.worker(task)
        if picture is None:
            engine.finish_task(task.id, artist)
        elif picture.state in {ArtworkState.AWAITING, ArtworkState.CHANGE_REQUESTED}:
            self.draw(picture, order, artist)
        elif picture.state == ArtworkState.RECEIVED:
            engine.proof_sent(picture.id, order.order_contact_email, artist)
        elif picture.current_version == 1 and self.chance(20):
            engine.request_change(picture.id, self.dice.choice(_CHANGES), artist)
        else:
            engine.approve_proof(picture.id, artist, by=order.order_contact_name)

    def draw(self, picture: Artwork, order: Order, artist: Actor) -> None:
        """Upload the next version of a picture."""
        self.pictures += 1
        number = order.id * 7 + picture.current_version
        if picture.current_version % 2 == 0 and self.chance(70):
            content, name, kind = pictures.logo(order.customer_name, number), "svg", "image/svg+xml"
        else:
            content, name, kind = pictures.mock_up(number), "png", "image/png"
        version = picture.current_version + 1
        file_name = f"{order.number}-{picture.name.lower().replace(' ', '-')}-v{version}.{name}"
        engine.add_version(picture.id, file_name, content, kind, artist)

    def hand_over(self, order: Order, task: Task) -> None:
        """Everything packed leaves, and the task is finished."""
        pieces = tuple(
            (item.id, self.to_do(task, item) - row.good) for item, row in self.worklist(task)
        )
        clerk = self.worker(task)
        if any(quantity > 0 for _item, quantity in pieces):
            engine.record_shipment(task.id, self._handover(order, task, pieces), clerk)
        engine.finish_task(task.id, clerk)

    def _handover(
        self, order: Order, task: Task, pieces: tuple[tuple[int, Decimal], ...]
    ) -> engine.Handover:
        boxes = 1 + int(sum(quantity for _item, quantity in pieces)) // 60
        if task.department.slug != "shipping":
            return engine.Handover(pieces, handed_to=order.order_contact_name)
        carrier, service, number = self.dice.choice(
            (("UPS", "Ground", "1ZDEMO{:010}"), ("FedEx", "Home Delivery", "DEMO{:012}"))
        )
        return engine.Handover(
            pieces,
            carrier,
            service,
            number.format(self.dice.randrange(10**10)),
            cost=Decimal(self.dice.randint(900, 4200)) / 100,
            boxes=tuple(
                engine.Box(self.dice.randint(2_000, 14_000), 400, 300, 300) for _ in range(boxes)
            ),
        )

    # ------------------------------------------------------------ when it does not go smoothly

    def work_in_part(self, task: Task) -> None:
        """Half of a task is done, a few pieces are spoiled where they may be."""
        share = Decimal(self.dice.choice(("0.25", "0.4", "0.6", "0.75")))
        engine.record(task.id, self.report(task, share), self.worker(task))

    def count_goods(self, task: Task, *, final: bool) -> list[tuple[int, Decimal]]:
        """A delivery with damaged and missing pieces; returns what is missing, by item."""
        done, missing = [], []
        for item, _row in self.worklist(task):
            wanted = self.to_do(task, item)
            damaged = Decimal(min(int(wanted) // 12, 3))
            short = Decimal(min(int(wanted) // 10, 4))
            lost = short if final else Decimal(0)
            good = wanted - damaged - short
            done.append(
                engine.ItemWork(
                    item.id, good, damaged, "stained" if damaged else "", Decimal(0), lost
                )
            )
            if damaged + lost > 0:
                missing.append((item.id, damaged + lost))
        engine.record(task.id, engine.Report(tuple(done)), self.worker(task))
        return missing

    def decide(self, task: Task, missing: list[tuple[int, Decimal]], kind: DecisionKind) -> None:
        """Say what happens to pieces that will not come."""
        who = self.who(self.dice.choice(cast.SALES))
        notes = {
            DecisionKind.SHIP_SHORT: "customer agrees to fewer",
            DecisionKind.REORDER: "vendor has more on Thursday",
            DecisionKind.ASK_CUSTOMER: "mailed, waiting for the answer",
        }
        for item_id, pieces in missing:
            engine.decide(task.id, item_id, kind, pieces, who, notes.get(kind, ""))

    def spoil(self, task: Task) -> None:
        """Some pieces come out wrong; the customer takes fewer."""
        done: list[Any] = []
        for item, _row in self.worklist(task):
            pieces = self.to_do(task, item)
            spoiled = Decimal(1) if pieces > 8 else Decimal(0)
            reason = self.dice.choice(REJECT_REASONS) if spoiled else ""
            done.append(engine.ItemWork(item.id, pieces - spoiled, spoiled, reason))
        engine.record(task.id, engine.Report(tuple(done)), self.worker(task))
        missing = [(work.item_id, work.rejected) for work in done if work.rejected]
        self.decide(task, missing, DecisionKind.SHIP_SHORT)


def _minutes_into(now: datetime) -> int:
    """Minutes of today's working time that have passed."""
    passed = (now.hour - OPENS.hour) * 60 + now.minute
    return max(0, min(passed, _MINUTES))
