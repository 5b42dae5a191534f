"""A random walk through the shop: many people, any action, any order, thousands of times.

Every step picks an order, somebody and something they might do, sensible or not.  Afterwards the
order must be what its rows say (``tests.invariants``); a refusal must have changed nothing; a
change must have left an event under that person's name.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

import clock
import models
from errors import ShopError
from sync.drafts import DraftCharge, DraftDecoration, DraftLine, DraftSchedule, OrderDraft, Problem
from tests import invariants
from tests.shop import a_customer, a_department, a_product, a_shop, somebody
from workflow import engine
from workflow.engine import docket as dockets_of
from workflow.stages import HOLD_REASONS, RECEIPT_REASONS, REJECT_REASONS, DecisionKind, Stage, Work

OPEN_ORDERS = 8
METHODS = ("screen print", "embroidery", "laser", "heat press", "")
SIZES = ("S", "M", "L", "XL")
ADDRESS = {
    "ship_to_name": "Dana Fox",
    "ship_to_address1": "12 Dock Road",
    "ship_to_city": "Portland",
    "ship_to_country": "US",
}


class Walk:
    """One walk, the same for the same seed; ``done`` and ``refused`` count what happened."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.orders, self.rows = [], {}
        self.done, self.refused = Counter(), Counter()
        self.last, self.neat = "", True
        self.alone = True  # nobody else changes these orders

    def open_shop(self):
        """A shop with departments that wait for each other, people, customers and products."""
        a_shop()
        a_department(
            "Heat press", waits_for=["screen-print"], applies_to={"methods": ["heat press"]}
        )
        a_department("Kitting", stage="finishing", work="packaging", position=35,
                     applies_to={"tags": ["kit"]})  # fmt: skip
        self.find_shop()
        return self

    def find_shop(self):
        """The same people, customers and products, in a shop that somebody opened already."""
        slugs = [d.slug for d in models.Department.select().order_by(models.Department.id)]
        self.people = [somebody("Olga", "Owner"), somebody("Max", "Manager")]
        self.people += [somebody(f"Wanda {slug}", "Department worker", [slug]) for slug in slugs]
        self.people += [somebody("Sal", "Sales"), somebody("Ann", "Accountant")]
        self.people += [somebody("Rita", "Read-only")]
        if not models.Customer.select().exists():
            self._make_customers_and_products()
        self.customers = list(models.Customer.select().order_by(models.Customer.id))
        self.products = list(models.Product.select().order_by(models.Product.id))
        return self

    def _make_customers_and_products(self):
        a_customer("Riverside AC")
        a_customer("Prepaid Ltd", payment_terms="Prepay")
        a_customer("Small Limit", credit_limit=Decimal(2_000))
        a_customer("Slow Payers", overdue_amount=Decimal(50))
        for number in range(3):
            a_product(f"TEE-{number}", name=f"Tee {number}")
        a_product("STOCK-1", name="Mug from stock", purchased=False)
        a_product("KIT-1", name="Gift box", tags=["kit"])

    # ------------------------------------------------------------ one step

    def step(self):
        """Somebody does something; fails where the shop is wrong afterwards."""
        order_id = self._pick_order()
        if order_id is None:
            return self._enter_order()
        before = invariants.rows_of(order_id)
        if order_id in self.rows:
            touched = invariants.changed_tables(self.rows[order_id], before)
            assert not touched, f"after '{self.last}', order {order_id} changed in {touched}"
        name, act = self._pick_action(order_id)
        who = self._pick_person()
        self.last = f"{who.name}: {name} on order {order_id}"
        try:
            act(who)
        except ShopError as refusal:
            self.look_after_refusal(order_id, before, refusal)
            self.refused[name] += 1
        else:
            self._look_after_change(order_id, before, who)
            self.done[name] += 1
        return None

    def look_after_refusal(self, order_id, before, refusal):
        assert len(str(refusal)) > 12, f"{self.last}: refused with {refusal!r}"
        if not self.alone:
            return
        after = invariants.rows_of(order_id)
        touched = invariants.changed_tables(before, after)
        assert not touched, f"{self.last}: refused ({refusal}) and changed {touched}"
        self.rows[order_id] = after

    def _look_after_change(self, order_id, before, who):
        if not self.alone:
            return
        after = invariants.rows_of(order_id)
        old, new = before["order_events"], after["order_events"]
        assert new[: len(old)] == old, f"{self.last}: history was rewritten"
        touched = [t for t in invariants.changed_tables(before, after) if t != "order_events"]
        if touched:
            added = models.OrderEvent.select().where(models.OrderEvent.order == order_id)
            names = [e.actor for e in added.order_by(models.OrderEvent.id)][len(old) :]
            assert who.name in names, (
                f"{self.last}: changed without an event: {_differences(before, after, touched)}"
            )
        try:
            invariants.check(order_id)
        except AssertionError as problem:
            raise AssertionError(f"after '{self.last}': {problem}") from problem
        self.rows[order_id] = after

    def enter_released_order(self):
        """An order that waits for its departments; its id."""
        while True:
            draft, found = self._draft()
            order = engine.create_order(draft, self.people[0], found)
            try:
                engine.mark_notes_read(order.id, self.people[0])
                engine.release(order.id, self.people[0])
            except ShopError:
                continue
            self.orders.append(order.id)
            return order.id

    def _pick_order(self):
        if not self.alone:
            return self.random.choice(self.orders)
        if len(self.orders) < OPEN_ORDERS and self.random.random() < 0.4:
            return None
        if not self.orders:
            return None
        order_id = self.random.choice(self.orders)
        closed = models.Order.get_by_id(order_id).closed_at is not None
        if closed and self.random.random() < 0.3:
            self.orders.remove(order_id)
            self.rows.pop(order_id, None)
        return order_id

    def _pick_person(self):
        if self.random.random() < 0.8:
            return self.people[0]
        return self.random.choice(self.people)

    def _chance(self, percent):
        return self.random.random() * 100 < percent

    # ------------------------------------------------------------ entering orders

    def _enter_order(self):
        who = self._pick_person()
        draft, found = self._draft()
        self.last = f"{who.name}: an order is entered"
        count = models.Order.select().count()
        try:
            order = engine.create_order(draft, who, found)
        except ShopError:
            assert models.Order.select().count() == count
            self.refused["enter"] += 1
            return
        invariants.check(order.id)
        self.orders.append(order.id)
        self.done["enter"] += 1

    def _draft(self):
        places = [self._place() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        chosen = [self.random.choice(self.products) for _ in range(self.random.randint(1, 4))]
        lines = tuple(self._line(n, product, len(places)) for n, product in enumerate(chosen))
        values = {
            "po_number": f"PO-{self.random.randint(1, 10**9)}",
            "in_hands_date": self._day(),
            "in_hands_firm": self._chance(20),
            "proof_required": self._chance(30),
            "mockup_requested": self._chance(10),
            "customer_notes": "Mind the red" if self._chance(15) else "",
            "priority": self.random.choice(("normal", "rush", "hot")),
            "over_under_tolerance_type": self.random.choice(
                ("exact", "overrun", "underrun", "both")
            ),
            "over_under_value": Decimal(self.random.choice((0, 5, 10))),
            "discount_percent": Decimal(self.random.choice((0, 0, 5))),
        }
        problem = Problem("cell D4", "quantity", "expected a number, found 'a dozen'", "a dozen")
        draft = OrderDraft(
            source="manual",
            values=values,
            destinations=tuple(places),
            lines=lines,
            charges=(DraftCharge("setup", "Screens", Decimal(2), Decimal("17.25")),)
            * self._chance(30),
            problems=(problem,) * self._chance(10),
        )
        customer = None if self._chance(5) else self._customer()
        return draft, engine.Matches(customer, dict(enumerate(chosen)))

    def _customer(self):
        return self.random.choices(self.customers, (6, 1, 1, 1))[0]

    def _day(self):
        if self._chance(3):
            return None
        return clock.today() + timedelta(days=self.random.randint(-5, 40))

    def _place(self):
        kind = self.random.choice(("ship", "ship", "pickup", "deliver"))
        return {"fulfillment_type": kind} | ({} if self._chance(5) else ADDRESS)

    def _line(self, number, product, places):
        sizes = {}
        if self._chance(50):
            chosen = self.random.sample(SIZES, self.random.randint(2, 4))
            sizes = {size: Decimal(self.random.randint(1, 40)) for size in chosen}
        quantity = sum(sizes.values()) or Decimal(self.random.randint(1, 120))
        values = {
            "sku": product.sku,
            "color": self.random.choice(("black", "white")),
            "unit_price": None
            if self._chance(4)
            else Decimal(self.random.randint(100, 2000)) / 100,
            "customer_supplied_goods": self._chance(10),
        }
        if not sizes:
            values["quantity"] = quantity
        methods = self.random.sample(METHODS, self.random.choice((1, 1, 2)))
        return DraftLine(
            address=f"line {number + 1}",
            values=values,
            sizes=tuple(sizes.items()),
            schedule=self._deliveries(quantity, places),
            decorations=tuple(
                DraftDecoration({"location": "Front", "method": method})
                for method in methods
                if method
            ),
        )

    def _deliveries(self, quantity, places):
        if quantity < 4 or self._chance(75):
            return ()
        first = Decimal(self.random.randint(1, int(quantity)))
        first += 5 * self._chance(3)
        rest = quantity - first if self._chance(50) else Decimal(0)
        rows = [first, rest] if rest > 0 else [first]
        return tuple(
            DraftSchedule(
                quantity=pieces, date=self._day(), destination=self.random.randrange(places)
            )
            for pieces in rows
        )

    # ------------------------------------------------------------ what somebody might do

    def _pick_action(self, order_id):
        order = models.Order.get_by_id(order_id)
        if order.released_at is None:
            choices = self._in_review(order)
        else:
            choices = self._after_release(order)
        names = list(choices)
        weights = [choices[name][0] for name in names]
        name = self.random.choices(names, weights)[0]
        return name, choices[name][1]

    def _in_review(self, order):
        problems = list(models.DraftProblem.select().where(models.DraftProblem.order == order))
        reasons = "; ".join(engine.why_not_released(order))
        unread, credit = "instructions" in reasons, engine.credit_check(order)
        choices = {
            "release": (2 if reasons else 40, lambda who: engine.release(order.id, who)),
            "mend": (20 if reasons else 0.5, lambda who: self._mend(order, who)),
            "mark notes read": (
                20 if unread else 0.5, lambda who: engine.mark_notes_read(order.id, who)
            ),
            "release credit": (
                20 if credit else 0.5, lambda who: engine.release_credit(order.id, who)
            ),
            "change in review": (3, lambda who: self._change(order, who)),
            "add artwork": (1, lambda who: self._add_artwork(order, who)),
            **self._always(order),
        }  # fmt: skip
        if problems:
            settle = self.random.choice(problems).id
            choices["settle problem"] = (20, lambda who: engine.settle_problem(settle, who))
        return choices

    def _always(self, order):
        return {
            "hold": (0.7, lambda who: self._hold(order, who)),
            "end hold": (25 if self._holds(order) else 0.1, lambda who: self._end_hold(order, who)),
            "cancel order": (0.3, lambda who: engine.cancel_order(order.id, "not needed", who)),
            "cancel line": (0.5, lambda who: self._cancel_line(order, who)),
        }

    def _after_release(self, order):

        def read(who):
            self._acknowledge(order, who)

        return {
            "work": (22, lambda who: self._work(order, who)),
            "finish": (9, lambda who: self._finish(order, who)),
            "settle artwork": (
                8 if order.artwork_state else 0.3,
                lambda who: self._art(order, who),
            ),
            "decide": (4, lambda who: self._decide(order, who)),
            "acknowledge": (12 if self._changes_to_read(order) else 0.3, read),
            "hand over": (
                9 if order.stage == Stage.FINISHING else 0.5,
                lambda who: self._ship(order, who),
            ),
            "void": (0.7, lambda who: self._void(order, who)),
            "reopen": (2, lambda who: self._reopen(order, who)),
            "plan": (1, lambda who: self._plan(order, who)),
            "change after release": (1.5, lambda who: self._change(order, who)),
            "change date of job": (0.7, lambda who: self._move(order, who)),
            "cancel job": (0.4, lambda who: self._cancel_job(order, who)),
            "release again": (0.2, lambda who: engine.release(order.id, who)),
            "release credit": (0.2, lambda who: engine.release_credit(order.id, who)),
            **self._always(order),
        }

    def _changes_to_read(self, order):
        unread = (models.Job.order == order) & (models.Task.must_acknowledge != "")
        return models.Task.select().join(models.Job).where(unread).exists()

    # ------------------------------------------------------------ departments at work

    def _docket(self, order, wanted):
        """A docket of the order and one of its tasks, an open and ready one if possible."""
        found = dockets_of.dockets(models.Order.get_by_id(order.id))
        pairs = [(docket, task) for docket in found for task in docket.tasks]
        if not pairs:
            raise ShopError("There is nothing to work on in this order.")
        ready = [p for p in pairs if p[1].closed_at is None and p[1].ready_at and wanted(p[1])]
        return self.random.choice(ready if ready and self._chance(92) else pairs)

    def _work(self, order, who):
        docket, task = self._docket(order, lambda t: t.department.work != Work.ARTWORK)
        self.neat = self._chance(65)
        report = self._report(docket, task)
        if self._chance(50):
            engine.finish_task(task.id, who, report)
        else:
            engine.record(task.id, report, who)

    def _report(self, docket, task):
        items = docket.covered(task)
        if not self.neat and self._chance(50):
            items = self.random.sample(items, self.random.randint(0, len(items)))
        work = Work(task.department.work)
        version = task.version - self._chance(3) if self._chance(70) else None
        facts = {"boxes": str(self.random.randint(1, 9))} if self._chance(30) else {}
        if work is Work.PURCHASING:
            done = [self._ordered(fact) for fact in docket.facts(items)]
        elif work is Work.RECEIVING:
            done = [self._received(fact) for fact in docket.facts(items)]
        else:
            upstream = docket.upstream(task).passed_on
            done = [self._made(fact, upstream.get(fact.id)) for fact in docket.facts(items)]
        return engine.Report(tuple(done), version, facts)

    def _ordered(self, fact):
        return engine.ItemWork(fact.id, fact.to_buy if self.neat else self._about(fact.to_buy))

    def _received(self, fact):
        wanted = fact.needed_goods
        if self.neat:
            return engine.ItemWork(fact.id, wanted)
        good = self._about(wanted)
        missing = max(wanted - good, Decimal(0))
        damaged = Decimal(self.random.randint(0, int(missing)))
        reason = "" if self._chance(3) else self.random.choice(RECEIPT_REASONS)
        final = missing - damaged if self._chance(50) else Decimal(0)
        wrong = Decimal(self._chance(10))
        return engine.ItemWork(fact.id, good, damaged, reason, wrong, final)

    def _made(self, fact, passed_on):
        most = fact.wanted if passed_on is None else min(fact.wanted, passed_on)
        if self.neat:
            return engine.ItemWork(fact.id, most)
        good = self._about(most)
        spoiled = Decimal(self.random.choice((0, 0, 1, 2)))
        if good + spoiled > most and self._chance(85):
            good = max(most - spoiled, Decimal(0))
        reason = "" if self._chance(3) else self.random.choice(REJECT_REASONS)
        return engine.ItemWork(fact.id, good, spoiled, reason)

    def _about(self, pieces):
        """Often all, sometimes fewer or a few more, now and then nonsense."""
        chance = self.random.random() * 100
        if chance < 50:
            return pieces
        if chance < 85:
            return Decimal(self.random.randint(0, int(pieces)))
        return pieces + self.random.randint(1, 5) if chance < 98 else Decimal(-1)

    def _finish(self, order, who):
        _docket, task = self._docket(order, lambda t: True)
        engine.finish_task(task.id, who)

    def _decide(self, order, who):
        docket, task = self._docket(order, lambda t: t.department.work != Work.ARTWORK)
        items = docket.covered(task)
        if not items:
            raise ShopError("There is nothing to decide about in this task.")
        item = self.random.choice(items)
        fact = docket.facts([item])[0]
        done = docket.done(task)[item.id].good
        receiving = task.department.work == Work.RECEIVING
        most = fact.lost if receiving else max(fact.wanted - done, Decimal(0))
        quantity = Decimal(self.random.randint(0, int(most))) if self._chance(30) else most
        kind = self.random.choice(list(DecisionKind))
        engine.decide(task.id, item.id, kind, quantity, who, "as agreed")

    def _reopen(self, order, who):
        docket = self.random.choice(dockets_of.dockets(models.Order.get_by_id(order.id)))
        closed = [task for task in docket.tasks if task.closed_at is not None]
        engine.reopen_task(self.random.choice(closed or docket.tasks).id, who)

    def _plan(self, order, who):
        _docket, task = self._docket(order, lambda t: True)
        engine.plan_task(task.id, self._day(), who)

    def _acknowledge(self, order, who):
        _docket, task = self._docket(order, lambda t: t.must_acknowledge)
        engine.acknowledge_change(task.id, who)

    def _ship(self, order, who):
        docket, task = self._docket(order, lambda t: t.department.work == Work.HANDOVER)
        upstream, done = docket.upstream(task).passed_on, docket.done(task)
        pieces = []
        for fact in docket.facts(docket.covered(task)):
            left = upstream.get(fact.id, fact.wanted) - done[fact.id].good
            part = self.random.randint(0, max(int(left), 0)) if self._chance(40) else left
            pieces.append((fact.id, Decimal(part) + self._chance(2)))
        boxes = (engine.Box(weight_grams=900),) * self.random.randint(0, 2)
        handover = engine.Handover(tuple(pieces), "UPS", "Ground", "1Z999", boxes=boxes)
        engine.record_shipment(task.id, handover, who)

    def _void(self, order, who):
        jobs = models.Job.select(models.Job.id).where(models.Job.order == order)
        shipments = list(models.Shipment.select().where(models.Shipment.job.in_(jobs)))
        if not shipments:
            raise ShopError("There is no shipment of this order yet.")
        engine.void_shipment(self.random.choice(shipments).id, who)

    # ------------------------------------------------------------ the office

    def _holds(self, order):
        condition = (models.Hold.order == order) & models.Hold.ended_at.is_null()
        return list(models.Hold.select().where(condition))

    def _hold(self, order, who):
        jobs = list(models.Job.select().where(models.Job.order == order))
        job = self.random.choice([None, *jobs])
        reason = self.random.choice([*HOLD_REASONS, "no such reason"])
        words = engine.HoldWords(reason, self.random.choice(("Sal", "Max", "")), "ask them")
        engine.hold(order.id, words, who, job_id=job.id if job else None)

    def _end_hold(self, order, who):
        holds = self._holds(order) or list(models.Hold.select().where(models.Hold.order == order))
        if not holds:
            raise ShopError("There is no hold on this order.")
        engine.end_hold(self.random.choice(holds).id, who)

    def _jobs(self, order):
        jobs = list(models.Job.select().where(models.Job.order == order))
        if not jobs:
            raise ShopError("The order has no job yet.")
        return jobs

    def _cancel_job(self, order, who):
        engine.cancel_job(self.random.choice(self._jobs(order)).id, "not needed", who)

    def _move(self, order, who):
        job = self.random.choice(self._jobs(order))
        engine.change_job_date(job.id, self._day(), firm=self._chance(30), actor=who)

    def _cancel_line(self, order, who):
        lines = list(models.OrderLine.select().where(models.OrderLine.order == order))
        if not lines:
            raise ShopError("The order has no line.")
        engine.cancel_line(self.random.choice(lines).id, "not needed", who)

    def _change(self, order, who):
        """Another date, other quantities, a line more or less: whatever a customer thinks of."""
        values = {"in_hands_date": self._day()} if self._chance(40) else {}
        if self._chance(20):
            values["priority"] = self.random.choice(("normal", "rush", "hot"))
        if self._chance(20):
            values["internal_notes"] = self.random.choice(("called", "asked again"))
        if self._chance(20):
            values["deposit_paid"] = Decimal(self.random.choice((0, 5000)))
        if order.released_at is None and self._chance(30):
            values["in_hands_date"] = clock.today() + timedelta(days=20)
        lines, chosen = self._other_lines(order) if self._chance(50) else (None, {})
        places = (self._place(),) if self._chance(25) else None
        charges = (DraftCharge("freight", "Freight", Decimal(1), Decimal("12.40")),)
        change = engine.OrderChange(
            version=order.version - self._chance(4),
            values=values,
            destinations=places,
            lines=lines,
            charges=charges if self._chance(15) else None,
            customer=self.customers[0] if order.customer_id is None or self._chance(10) else None,
            products=chosen,
        )
        engine.change_order(order.id, change, who)

    def _mend(self, order, who):
        """Give an order in review everything that release asks for."""
        lines = models.OrderLine.select().where(
            (models.OrderLine.order == order) & models.OrderLine.cancelled_at.is_null()
        )
        change = engine.OrderChange(
            values={"in_hands_date": clock.today() + timedelta(days=self.random.randint(5, 30))},
            destinations=({"fulfillment_type": "ship"} | ADDRESS,),
            lines=tuple(self._same_line(line, always=True) for line in lines)
            or (self._line(0, self.products[0], 1),),
            customer=self._customer() if order.customer_id is None else None,
        )
        engine.change_order(order.id, change, who)

    def _other_lines(self, order):
        drafts, chosen = [], {}
        lines = models.OrderLine.select().where(models.OrderLine.order == order)
        for line in lines.order_by(models.OrderLine.number):
            if self._chance(10):
                continue
            drafts.append(self._same_line(line))
        if self._chance(25):
            product = self.random.choice(self.products)
            chosen[len(drafts)] = product
            new = self._line(len(drafts), product, 1)
            drafts.append(new)
        return tuple(drafts), chosen

    def _same_line(self, line, *, always=False):
        sizes = models.LineSize.select().where(models.LineSize.line == line)
        sizes = sizes.order_by(models.LineSize.position)
        rows = [(s.size, s.quantity if always else self._changed(s.quantity)) for s in sizes]
        decorations = models.Decoration.select().where(models.Decoration.line == line)
        values = {"unit_price": line.unit_price or Decimal("4.20"), "color": line.color}
        if not rows or rows[0][0] == "":
            values["quantity"] = rows[0][1] if rows else Decimal(1)
            rows = []
        return DraftLine(
            address=line.address,
            values=values,
            sizes=tuple(rows),
            decorations=tuple(
                DraftDecoration({"location": d.location, "method": d.method})
                for d in decorations.order_by(models.Decoration.position)
            ),
            id=line.id,
        )

    def _changed(self, quantity):
        if self._chance(70):
            return quantity
        return max(quantity + self.random.randint(-10, 10), Decimal(0))

    def _add_artwork(self, order, who):
        engine.add_artwork(order.id, "Back", who, proof_required=self._chance(50))

    def _art(self, order, who):
        pictures = list(models.Artwork.select().where(models.Artwork.order == order))
        if not pictures or self._chance(5):
            return self._add_artwork(order, who)
        picture = self.random.choice(pictures)
        content = str(self.random.randint(1, 30)).encode()
        deeds = {
            "version": lambda: engine.add_version(
                picture.id, "a.svg", content, "image/svg+xml", who
            ),
            "sent": lambda: engine.proof_sent(picture.id, "dana@riverside.example", who),
            "approved": lambda: engine.approve_proof(picture.id, who, by="Dana"),
            "change": lambda: engine.request_change(picture.id, "larger", who),
            "waived": lambda: engine.waive_proof(picture.id, who),
        }
        return deeds[self.random.choices(list(deeds), (4, 3, 4, 1, 1))[0]]()


def _differences(before, after, tables):
    return [
        (table, old, new)
        for table in tables
        for old, new in zip(before[table], after[table], strict=False)
        if old != new
    ]
