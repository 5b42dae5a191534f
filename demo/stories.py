"""The orders' stories: when each was entered, how far it is, and what went wrong on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from demo import cast
from demo.desk import Desk
from demo.drafts import Catalogue, Wish
from models import (
    Artwork,
    Customer,
    Decoration,
    Department,
    Job,
    LineSize,
    Order,
    OrderLine,
    Task,
)
from sync.drafts import DraftDecoration, DraftLine, OrderDraft, Problem
from workflow import engine
from workflow.actors import Actor
from workflow.engine import HoldWords, Matches, OrderChange
from workflow.stages import SETTLED_ARTWORK, DecisionKind, Stage, Work

_A_DAY = 9 * 60
_NOTES = (
    "Same red as last year, please. The sample you made was perfect.",
    "Fold and bag by size. One size sticker on every bag.",
    "The logo must not be larger than on the attached picture!",
    "Call before delivery, the gate is locked.",
)


@dataclass(frozen=True)
class Plan:
    """One order to be: entered and last touched so many working days ago, due in so many."""

    entered: float
    touched: float
    due: int | None
    reach: str
    quirk: str = ""
    firm: bool = False
    priority: str = "normal"
    more: int = 0  # things that happen in the last stage


@dataclass
class Story:
    """Carries one order along its plan."""

    desk: Desk
    catalogue: Catalogue
    customer: Customer
    plan: Plan
    number: int = field(default=0)
    order: Order = field(init=False)
    quirk: str = field(init=False)

    def run(self) -> Iterator[datetime]:
        """Yield when the next thing happens; it happens when the caller asks again."""
        self.quirk = self.plan.quirk
        ago, last = int(self.plan.entered * _A_DAY), int(self.plan.touched * _A_DAY)
        yield self.desk.ago(ago)
        self.order = self._enter()
        for things_to_come in self._life():
            step = (ago - last) // (things_to_come + 1)
            ago = max(ago - step + self.desk.dice.randint(-step // 3, step // 3), last)
            yield self.desk.ago(ago)

    def _life(self) -> Iterator[int]:
        """Yield how many things are still to come, more or less, before each of them."""
        if self.plan.reach != Stage.REVIEW:
            yield from self._release()
            if self.plan.reach == "cancelled":
                yield from self._until(Stage.PRODUCTION)
                yield 0
                engine.cancel_order(self.order.id, "The event was called off", self._manager())
                return
            yield from self._until(Stage(self.plan.reach))
            yield from self._some_more()
        yield from self._last_word()

    # ------------------------------------------------------------ people

    def _sales(self) -> Actor:
        return self.desk.who(cast.SALES[self.customer.id % len(cast.SALES)])

    def _manager(self) -> Actor:
        return self.desk.who(cast.MANAGER)

    # ------------------------------------------------------------ review

    def _enter(self) -> Order:
        plan, dice, calendar = self.plan, self.desk.dice, self.desk.calendar
        due = None
        if plan.due is not None:
            today = self.desk.ago(0).date()
            count = calendar.ahead if plan.due >= 0 else calendar.back
            due = count(today, abs(plan.due))
        noted = self.quirk == "notes" or self.desk.chance(12)
        wish = Wish(
            due=due,
            firm=plan.firm,
            priority=plan.priority,
            proof=self.quirk != "no proof" and self.desk.chance(75),
            places=3 if self.quirk == "places" else 1,
            dates=2 if self.quirk == "dates" else 1,
            notes=dice.choice(_NOTES) if noted else "",
            tolerance=self.quirk != "spoiled" and self.desk.chance(20),
            fulfillment=dice.choices(("ship", "pickup", "deliver"), (12, 3, 2))[0],
        )
        draft, found = _with_quirk(*self.catalogue.draft(self.customer, wish), self.quirk)
        return engine.create_order(draft, self._sales(), found)

    def _release(self) -> Iterator[int]:
        if self.order.customer_notes:
            yield 12
            engine.mark_notes_read(self.order.id, self._sales())
        if self.desk.chance(60) and not self.order.proof_required:
            yield 12
            art = engine.add_artwork(self.order.id, "Logo", self._sales(), proof_required=False)
            self.desk.draw(art, self.order, self._sales())
        elif self.order.proof_required and self.desk.chance(50):
            sales = self._sales()
            art = engine.add_artwork(self.order.id, "Front logo", sales, proof_required=True)
            yield 12
            self.desk.draw(art, self.order, sales)
        self._use_artwork()
        if engine.credit_check(self.order):
            yield 12
            self._pay_or_let_pass()
        yield 10
        engine.release(self.order.id, self._sales())

    def _use_artwork(self) -> None:
        art = Artwork.get_or_none(Artwork.order == self.order)
        if art is not None:
            lines = OrderLine.select().where(OrderLine.order == self.order)
            found = Decoration.select().where(Decoration.line.in_(lines))
            for decoration in found.order_by(Decoration.id).limit(2):
                engine.use_artwork(decoration.id, art.id, self._sales())

    def _pay_or_let_pass(self) -> None:
        order = Order.get_by_id(self.order.id)
        if self.customer.payment_terms == "Prepay" or self.customer.deposit_percent:
            paid = OrderChange(values={"deposit_paid": order.grand_total})
            engine.change_order(order.id, paid, self._sales())
        if engine.credit_check(Order.get_by_id(order.id)):
            engine.release_credit(order.id, self.desk.who(cast.ACCOUNTANT))

    # ------------------------------------------------------------ work

    def _stage(self) -> Stage:
        return Stage(Order.select(Order.stage).where(Order.id == self.order.id).scalar())

    def _things_to_come(self, target: Stage) -> int:
        """How many tasks are open before a stage, pictures to approve counted thrice."""
        before = [stage.value for stage in Stage][: list(Stage).index(target)]
        mine = (Job.order == self.order) & Task.closed_at.is_null()
        here = mine & Department.stage.in_(before)
        tasks = Task.select().join(Department).switch(Task).join(Job).where(here).count()
        settled = {*SETTLED_ARTWORK, ""}
        state = Order.select(Order.artwork_state).where(Order.id == self.order.id).scalar()
        return max(int(tasks) - 1, 0) + (0 if state in settled else 3)

    def _until(self, target: Stage) -> Iterator[int]:
        """Work until the order is in a stage; what goes wrong on the way is settled."""
        journey = list(Stage)
        while journey.index(self._stage()) < journey.index(target):
            yield self._things_to_come(target)
            tasks = self.desk.ready_tasks(self.order)
            if not tasks:
                return  # somebody has to answer first
            self._next(tasks)

    def _next(self, tasks: list[Task]) -> None:
        task = tasks[0]
        if self.quirk == "change" and self._stage() is not Stage.SOURCING:
            self.quirk = ""
            self._change()
        elif self.quirk == "short" and task.department.work == Work.RECEIVING:
            self.quirk = ""
            missing = self.desk.count_goods(task, final=True)
            self.desk.decide(task, missing, DecisionKind.SHIP_SHORT)
        elif self.quirk == "spoiled" and task.department.work == Work.PRODUCTION:
            self.quirk = ""
            self.desk.read_change(task)
            self.desk.spoil(task)
        elif task.department.work == Work.PRODUCTION and not task.good and self.desk.chance(30):
            self.desk.read_change(task)
            self.desk.work_in_part(task)
        else:
            self.desk.act(self.order, task)

    def _some_more(self) -> Iterator[int]:
        """A few things happen in the last stage without leaving it."""
        if self.quirk in {"coming", "reorder", "ask"}:
            yield from self._until_goods_may_come()
            return
        for _ in range(self.plan.more):
            tasks = self.desk.ready_tasks(self.order)
            if not tasks:
                return
            open_here = (
                Task.select().join(Job).where((Job.order == self.order) & Task.closed_at.is_null())
            )
            here = self._stage()
            mine = [t for t in open_here if t.department.stage == here]
            if len(mine) < 2:
                break
            yield 1
            self._next(self.desk.dice.sample(tasks, 1))
        last = [t for t in self.desk.ready_tasks(self.order) if t.department.work in _IN_PARTS]
        if last and self.desk.chance(55):
            yield 1
            self.desk.read_change(last[0])
            self.desk.work_in_part(last[0])

    def _until_goods_may_come(self) -> Iterator[int]:
        """Everything is ordered, and nothing has been counted yet."""
        while True:
            tasks = self.desk.ready_tasks(self.order)
            buying = [task for task in tasks if task.department.work == Work.PURCHASING]
            if not buying:
                return
            yield 1
            self.desk.act(self.order, buying[0])

    # ------------------------------------------------------------ what is left open

    def _last_word(self) -> Iterator[int]:
        deed = {
            "hold": self._hold,
            "change": self._change,
            "coming": self._short_coming,
            "reorder": self._reorder,
            "ask": self._ask,
            "redo": self._redo,
            "line": self._cancel_line,
            "moved": self._move_job,
        }.get(self.quirk)
        if deed is not None:
            yield 0
            deed()

    def _hold(self) -> None:
        reason, owner, next_action = _HOLDS[self.number % len(_HOLDS)]
        engine.hold(self.order.id, HoldWords(reason, owner, next_action), self._sales())

    def _change(self) -> None:
        """The customer wants more of the first line, or another date."""
        order = Order.get_by_id(self.order.id)
        if self.number % 2 and order.in_hands_date is not None:
            later = self.desk.calendar.ahead(order.in_hands_date, 2)
            engine.change_order(
                order.id, OrderChange(values={"in_hands_date": later}), self._sales()
            )
            return
        lines = tuple(_same(line, Decimal(6 * (n == 0))) for n, line in enumerate(_lines(order)))
        engine.change_order(order.id, OrderChange(lines=lines), self._sales())

    def _short_coming(self) -> None:
        for task in self._receiving():
            self.desk.count_goods(task, final=False)

    def _reorder(self) -> None:
        for task in self._receiving():
            missing = self.desk.count_goods(task, final=True)
            self.desk.decide(task, missing, DecisionKind.REORDER)

    def _ask(self) -> None:
        for task in self._receiving():
            missing = self.desk.count_goods(task, final=True)
            self.desk.decide(task, missing[:1], DecisionKind.ASK_CUSTOMER)

    def _receiving(self) -> list[Task]:
        tasks = self.desk.ready_tasks(self.order)
        buying = {t.job_id for t in tasks if t.department.work == Work.PURCHASING}
        found = [t for t in tasks if t.department.work == Work.RECEIVING]
        return [task for task in found if task.job_id not in buying][:1]

    def _redo(self) -> None:
        """The customer does not like the picture."""
        picture = Artwork.get_or_none((Artwork.order == self.order) & Artwork.proof_required)
        if picture is None or picture.state not in {"received", "sent"}:
            return
        artist = self.desk.who(cast.WORKERS[0])
        if picture.state == "received":
            engine.proof_sent(picture.id, self.order.order_contact_email, artist)
        engine.request_change(picture.id, "The type is too thin for embroidery.", artist)

    def _cancel_line(self) -> None:
        lines = _lines(self.order)
        if len(lines) > 1:
            engine.cancel_line(lines[-1].id, "Customer has enough of them", self._manager())

    def _move_job(self) -> None:
        job = Job.select().where((Job.order == self.order) & Job.closed_at.is_null()).first()
        if job is not None and job.due_date is not None:
            later = self.desk.calendar.ahead(job.due_date, 3)
            engine.change_job_date(job.id, later, firm=True, actor=self._manager())


_IN_PARTS = frozenset({Work.PRODUCTION, Work.PACKAGING, Work.PURCHASING})
_HOLDS = (
    ("customer_answer", "Priya Nayar", "Ask which shade of blue they mean"),
    ("artwork", "Tom Osei", "Get the logo as a vector file"),
    ("goods", "Luis Barros", "Vendor confirms the new date on Monday"),
    ("quality", "Devon Achterberg", "Look at the first ten pieces together"),
    ("credit", "Nora Feld", "Wait for the payment of the last invoice"),
    ("capacity", "Devon Achterberg", "Move the festival job first"),
)


def _with_quirk(draft: OrderDraft, found: Matches, quirk: str) -> tuple[OrderDraft, Matches]:
    """What was unclear when the order came in."""
    if quirk == "problem":
        problem = Problem(
            "sheet Order, cell D14", "quantity", "expected a number of pieces", "2 dozen or so"
        )
        draft = replace(draft, problems=(problem,))
    if quirk == "unknown":
        draft = replace(draft, customer="Bluewater Rowing (new?)")
        found = replace(found, customer=None)
    if quirk == "no price":
        first = draft.lines[0]
        bare = replace(first, values={**first.values, "unit_price": None})
        draft = replace(draft, lines=(bare, *draft.lines[1:]))
    return draft, found


def _lines(order: Order) -> list[OrderLine]:
    alive = (OrderLine.order == order) & OrderLine.cancelled_at.is_null()
    return list(OrderLine.select().where(alive).order_by(OrderLine.number))


def _same(line: OrderLine, more: Decimal) -> DraftLine:
    """A line as it stands, with ``more`` pieces in its first size."""
    rows = LineSize.select().where(LineSize.line == line).order_by(LineSize.position)
    sizes = [(row.size, row.quantity) for row in rows]
    sizes[0] = (sizes[0][0], sizes[0][1] + more)
    decorations = tuple(
        DraftDecoration({"location": made.location, "method": made.method})
        for made in Decoration.select().where(Decoration.line == line).order_by(Decoration.position)
    )
    if sizes[0][0] in {"", "OS"}:
        values = {"quantity": sizes[0][1], "size": sizes[0][0]}
        return DraftLine(line.address, values, decorations=decorations, id=line.id)
    return DraftLine(line.address, {}, tuple(sizes), decorations=decorations, id=line.id)
