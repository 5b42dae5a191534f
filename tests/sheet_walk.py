"""A random walk over a shared sheet: app, manager, moved rows, crashes, lost calls; and oracles.

After every cycle the shop is held against what people entered, after every calm stretch the sheet
is held against the shop.  The names P2 to P13 are those of docs/decisions/0011.
"""

from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random

from peewee import fn

import clock
import models
from errors import ShopError
from sync.sheets import breaker, conflicts, facts, layouts, mirror, removed, typed
from sync.sheets.shapes import IDENTITY, STAMP
from sync.sheets.stamps import key_of
from tests.manager_workbook import ManagersWorkbook
from tests.shop import BOSS, a_customer, a_line, a_shop, an_order
from workflow import engine

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MOST_ORDERS = 20
TYPED = ("order.po_number", "order.priority", "job.in_hands", "order.internal_notes")
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Killed(BaseException):
    """The process was killed here."""


class Walk:
    """One shop, one workbook, one seed."""

    def __init__(self, seed, *, workbook=None):
        self.dice = Random(seed)
        self.seed, self.now, self.steps = seed, START, 0
        self.book = workbook or ManagersWorkbook(remembers=self.dice.random() < 0.7)
        self.done = Counter()
        self.entered = defaultdict(list)  # (key, column) -> [(who, value)]
        self.history = defaultdict(list)  # (key, column) -> values the app had
        self.pending = {}  # (key, column, value) -> human edits seen by a read
        self.copied, self.killed_at = set(), 0
        self.versions, self.numbers = [], 0
        self.words = self.looked = self.logged = 0
        self.now_facts, self.log = {}, set()
        self.strict = True  # whether the last write met the rows it was meant for

    # ------------------------------------------------------------ the shop

    def open_shop(self):
        a_shop()
        with clock.frozen(self.now):
            self.customer = a_customer("Riverside AC")
            self.link = layouts.connect("Live", "workbook", "live.xlsx", BOSS)
            self.plan = layouts.plans_of(self.link)[0]
            self.link.salt = f"walk {self.seed}"
            self.link.save()
            for _ in range(5):
                self.app_new()
            mirror.cycle(self.link, self.book)
            self.note_history()
            self.secret = self.book.private("Remarks", at=3)
            for n, row in enumerate(self.book.page().rows):
                row.cells[id(self.secret)] = f"remark {n}"
        self.fields = {column.key: column.field for column in self.plan.columns}
        return self

    def step(self):
        self.steps += 1
        self.now += timedelta(seconds=45)
        actions = self.ACTIONS
        name = self.dice.choice(actions)
        with clock.frozen(self.now):
            getattr(self, name)()
            self.done[name] += 1

    ACTIONS = (
        ["cycle"] * 10
        + ["app_edit"] * 5
        + ["man_edit"] * 7
        + ["man_sort", "man_insert", "man_copy", "man_delete", "man_move_column", "man_rename"]
        + ["app_new", "app_cancel", "app_release", "decide", "man_version", "man_new_order"]
    )

    def word(self, who):
        self.words += 1
        return f"{who}{self.words}"

    def orders(self):
        return list(
            models.Order.select().where(models.Order.closed_at.is_null()).order_by(models.Order.id)
        )

    def key(self, order):
        return key_of(self.link.salt, "order", order.id)

    def app_new(self):
        if len(self.orders()) < MOST_ORDERS:
            order = an_order(
                a_line(self.dice.randint(5, 90)), customer=self.customer, po_number=self.word("a")
            )
            self.saw_app(order)

    def app_release(self):
        waiting = [o for o in self.orders() if o.released_at is None]
        if waiting and self.dice.random() < 0.5:
            self.try_(lambda: engine.release(self.dice.choice(waiting).id, BOSS))

    def app_cancel(self):
        orders = self.orders()
        if len(orders) > 8:
            engine.cancel_order(self.dice.choice(orders).id, "not wanted", BOSS)

    def app_edit(self):
        orders = self.orders()
        if not orders:
            return
        order = self.dice.choice(orders)
        column = self.dice.choice(TYPED)
        value = self.value(column, "a")
        job = models.Job.get_or_none(models.Job.order == order)
        if column == "job.in_hands" and job is not None:
            engine.change_job_date(job.id, value, firm=job.firm, actor=BOSS)
        else:
            name = {"job.in_hands": "in_hands_date"}.get(column, column.partition(".")[2])
            engine.change_order(order.id, engine.OrderChange(values={name: value}), BOSS)
        said = value.isoformat() if isinstance(value, date) else value
        base = self.history[(self.key(order), column)]
        self.entered[(self.key(order), column)].append(
            ("same" if base and base[-1] == said else "app", said)
        )

    def saw_app(self, order):
        fact = facts.load(self.link, layouts.plans_of(self.link)[0], [order.id])[self.key(order)]
        for column in TYPED:
            self.entered[(fact.key, column)].append(("app", fact.values[column]))

    def value(self, column, who):
        if column == "order.priority":
            return self.dice.choice(["normal", "rush", "hot"])
        if column == "job.in_hands":
            return date(2026, 4, 1) + timedelta(days=self.dice.randint(0, 200))
        return self.word(who)

    def try_(self, act):
        try:
            act()
        except ShopError:
            self.done["refused"] += 1

    # ------------------------------------------------------------ the manager

    def rows(self):
        return [r for r in self.book.page().rows if not r.empty]

    def id_of(self, row):
        return str(row.cells.get(id(self.book.column(IDENTITY)), ""))

    def man_edit(self):
        rows = self.rows()
        if not rows:
            return
        row, column = self.dice.choice(rows), self.dice.choice((*TYPED, "shown.customer"))
        raw = self.value(column, "m")
        if isinstance(raw, date):
            raw = self.dice.choice(
                [(raw - date(1899, 12, 30)).days, raw.isoformat(), f"{raw:%d %B %Y}"]
            )
        if self.dice.random() < 0.08 and column in ("order.priority", "job.in_hands"):
            raw = self.dice.choice(["oops", "#REF!", "12/13/14/15"])
        self.book.put(row, column, raw)
        try:
            said = typed.read(self.fields[column], raw)
        except ShopError:
            said = raw
        except Exception:  # noqa: BLE001 - a cell that is no value
            said = raw
        if self.id_of(row):
            self.entered[(self.id_of(row), column)].append(("man", said))
            self.forget(self.id_of(row), column)
        else:
            row.typed.append((column, said))

    def forget(self, key, column=None):
        """A person overwrote or deleted it: it need not be found any more."""
        for known in [k for k in self.pending if k[0] == key and column in (None, k[1])]:
            del self.pending[known]

    def man_sort(self):
        title = self.dice.choice(["shown.number", "order.po_number", "order.internal_notes", "_id"])
        column = self.book.column(title)
        self.book.sort(
            lambda row: str(row.cells.get(id(column), "~")), reverse=self.dice.random() < 0.5
        )

    def man_insert(self):
        self.book.insert(at=self.dice.randint(0, len(self.book.page().rows)))
        if self.dice.random() < 0.3:
            self.book.insert(
                at=self.dice.randint(0, len(self.book.page().rows)),
                values={"order.po_number": self.word("m")},
            )

    def man_new_order(self):
        if len(self.orders()) < MOST_ORDERS and self.dice.random() < 0.3:
            self.numbers += 1
            self.book.insert(
                at=self.dice.randint(0, len(self.book.page().rows)),
                values={
                    "shown.customer": "Riverside AC",
                    "shown.what": self.word("m"),
                    "shown.pieces": self.dice.randint(1, 50),
                },
            )

    def man_copy(self):
        rows = self.rows()
        if rows and self.dice.random() < 0.5:
            row = self.dice.choice(rows)
            self.copied.add(self.id_of(row))
            self.book.copy_row(row, at=self.dice.randint(0, len(self.book.page().rows)))

    def man_delete(self):
        rows = self.rows()
        if rows and self.dice.random() < 0.6:
            row = self.dice.choice(rows)
            self.forget(self.id_of(row))
            self.copied.add(self.id_of(row))
            self.book.delete(row)

    def man_move_column(self):
        columns = self.book.page().columns
        columns.insert(
            self.dice.randrange(len(columns)), columns.pop(self.dice.randrange(len(columns)))
        )

    def man_rename(self):
        if self.book.remembers:
            column = self.dice.choice(self.book.page().columns)
            if column.key not in ("", IDENTITY, STAMP):
                column.title = self.word("Title ")

    def man_version(self):
        """Version history: kept now, or an old one put back."""
        if self.dice.random() < 0.5 or not self.versions:
            self.versions = [*self.versions[-5:], self.book.snapshot()]
            return
        if self.dice.random() < 0.3:
            version = self.dice.choice(self.versions)
            gone = {self.id_of(row) for row in self.rows()}
            self.book.restore(version)
            for key in gone | {self.id_of(row) for row in self.rows()}:
                self.forget(key)
                self.copied.add(key)

    def decide(self):
        """What a person clicks in the app."""
        rows = removed.waiting(self.link)
        if rows:
            act = removed.restore if self.dice.random() < 0.7 else removed.archive
            act([self.dice.choice(rows).id], BOSS)
        events = conflicts.waiting(self.link)
        if events and self.dice.random() < 0.5:
            self.settle(self.dice.choice(events))
        link = models.SheetLink.get_by_id(self.link.id)
        if link.breaker and not link.breaker.get("answer"):
            self.answer(link)

    def settle(self, event):
        if self.dice.random() < 0.5:
            conflicts.leave(event.id, BOSS)
            return
        try:
            conflicts.apply_other(event.id, BOSS)
        except ShopError:
            self.done["refused"] += 1
            return
        row = models.SheetRow.get_by_id(event.row_id)
        self.entered[(row.key, event.source)].append(("app", event.value["value"]))

    def answer(self, link):
        act = breaker.restore if self.dice.random() < 0.6 else breaker.accept
        self.done[act.__name__] += 1
        try:
            act(link, BOSS)
        except ShopError:
            self.done["refused"] += 1

    # ------------------------------------------------------------ cycles

    def cycle(self):
        faults = self.dice.random() < 0.5
        book, dice = self.book, self.dice
        self.strict = True
        if faults:
            book.lose_request = dice.random() < 0.15
            book.lose_answer = dice.random() < 0.15
            if dice.random() < 0.35:
                book.before_write = self.in_the_window
            self.killed_at = dice.randint(1, 60) if dice.random() < 0.4 else 0
        self.sync()
        book.lose_request = book.lose_answer = False
        book.before_write, self.killed_at = None, 0

    def in_the_window(self):
        self.strict = False
        self.dice.choice([self.man_sort, self.man_insert, self.man_delete, self.man_copy])()

    def sync(self):
        self.note_pending()
        try:
            with self.mortal():
                report = mirror.cycle(self.link, self.book)
        except Killed:
            report = None
            self.done["killed"] += 1
        self.check_shop()
        return report

    @contextmanager
    def mortal(self):
        """Die at a certain statement; count those that write."""
        opened = models.database.obj
        real = opened.execute_sql
        self.statements = self.written = 0

        def counting(sql, *args, **kwargs):
            self.statements += 1
            self.written += sql.lstrip().upper().startswith(WRITES)
            if self.killed_at and self.statements == self.killed_at:
                raise Killed
            return real(sql, *args, **kwargs)

        opened.execute_sql = counting
        try:
            yield
        finally:
            del opened.execute_sql

    # ------------------------------------------------------------ oracles

    def note_pending(self):
        """What a person has typed and this read sees although the app has something else."""
        if self.link.breaker:
            return
        rows = Counter(self.id_of(row) for row in self.rows())
        for row in self.rows():
            key = self.id_of(row)
            for column in TYPED:
                raw = row.cells.get(id(self.book.column(column)), "")
                said = self.read(column, raw)
                typed_by_hand = ("man", said) in self.entered[(key, column)]
                news = said != (self.history[(key, column)] or [None])[-1]
                if key and rows[key] == 1 and typed_by_hand and news:
                    self.pending[(key, column, str(raw))] = said

    def read(self, column, raw):
        try:
            return typed.read(self.fields[column], raw)
        except ValueError:
            return raw
        except ShopError:
            return raw

    def app(self):
        """What the shop holds of every order; only what something happened to is read anew."""
        query = models.OrderEvent.select(models.OrderEvent.order).where(
            models.OrderEvent.id > self.looked
        )
        changed = {row[0] for row in query.distinct().tuples()}
        self.looked = models.OrderEvent.select(fn.MAX(models.OrderEvent.id)).scalar()
        fresh = facts.load(self.link, self.plan, changed)
        self.now_facts |= fresh
        return fresh

    def note_history(self):
        fresh = self.app()
        for key, fact in fresh.items():
            for column in TYPED:
                before = self.history[(key, column)]
                if not before:  # what it was born with
                    self.entered[(key, column)].insert(0, ("born", fact.values[column]))
                if not before or before[-1] != fact.values[column]:
                    before.append(fact.values[column])
        return fresh

    def read_log(self):
        event, row = models.SheetEvent, models.SheetRow
        query = event.select(event, row).left_outer_join(row).where(event.id > self.logged)
        for line in query.order_by(event.id):
            self.logged = line.id
            key = line.row.key if line.row_id else ""
            values = (line.lost, line.kept, None if line.value is None else line.value["value"])
            self.log |= {(key, line.source, said) for said in values}

    def name_rows(self):
        """What was typed into a new row was typed for the order it became."""
        for row in self.rows():
            if row.typed and self.id_of(row):
                for column, said in row.typed:
                    self.entered[(self.id_of(row), column)].append(("man", said))
                row.typed = []

    def check_shop(self):
        self.name_rows()
        fresh = self.note_history()
        self.read_log()
        log = self.log
        self.check_sheet_values(log)
        for key, fact in fresh.items():
            for column in TYPED:
                self.check_cell(key, column, fact.values[column], log)

    def check_sheet_values(self, log):
        cells = defaultdict(set)
        for row in self.rows():
            stamp = str(row.cells.get(id(self.book.column(STAMP)), "")).partition(":")[0]
            for column in TYPED:
                raw = str(row.cells.get(id(self.book.column(column)), ""))
                for key in {self.id_of(row), stamp}:  # an id of ours may have met a moved row
                    cells[(key, column)].add(raw)
        for (key, column, raw), said in list(self.pending.items()):
            found = (
                raw in cells[(key, column)]
                or said in self.history[(key, column)]
                or (key, column, raw) in log
                or (key, column, said) in log
            )
            assert found, ("P3 a person's value is gone", self.seed, self.steps, key, column, raw)
            if said in self.history[(key, column)] or (key, column, raw) in log:
                del self.pending[(key, column, raw)]

    def check_cell(self, key, column, value, log):
        told = self.entered[(key, column)]
        if not told:
            return  # entered as a new row: the funnel's business
        if column == "order.priority":
            assert value in ("normal", "rush", "hot"), ("P4", self.seed, self.steps, value)
        assert any(said == value for _who, said in told), (
            "P6 nobody entered it for this cell", self.seed, self.steps, key, column, value, told[-5:],
        )  # fmt: skip
        last = max((n for n, (who, _s) in enumerate(told) if who == "app"), default=None)
        if last is None or told[last][1] == value or any(w == "same" for w, _s in told[last:]):
            return
        later = any(said == value for who, said in told[last + 1 :])
        lost = typed.words(self.fields[column], told[last][1])
        assert later or (key, column, lost) in log or (key, column, told[last][1]) in log, (
            "P5 an edit of the app is gone", self.seed, self.steps, key, column, told[-5:], value,
        )  # fmt: skip

    def calm(self):
        """No more edits, no faults: the sheet comes to say what the shop says, and stays so."""
        with clock.frozen(self.now):
            for _ in range(12):
                link = models.SheetLink.get_by_id(self.link.id)
                if link.breaker and not link.breaker.get("answer"):
                    self.answer(link)
                report = self.sync()
                if report.idle and not report.stopped and self.written == 0:
                    break
            self.done["calm"] += 1
            self.last = report
            self.check_sheet()
            reads, writes = self.book.reads, self.book.writes
            self.sync()
            assert (self.book.reads - reads, self.book.writes - writes) == (1, 0), (
                "P1",
                self.seed,
                self.steps,
            )
            assert self.written == 0, (
                "P1 wrote to the database",
                self.seed,
                self.steps,
                self.written,
            )

    def check_sheet(self):
        self.app()
        now = self.now_facts
        rows = defaultdict(list)
        for row in self.rows():
            rows[self.id_of(row)].append(row)
        states = {
            r.key: r.state
            for r in models.SheetRow.select().where(models.SheetRow.tab == self.plan.tab)
        }
        for key, fact in now.items():
            if not fact.belongs or (fact.closed and key not in rows):
                continue
            if key not in rows:
                assert states.get(key) in ("removed", "archived"), (
                    "P2 no row",
                    self.seed,
                    self.steps,
                    key,
                    states.get(key),
                )
                continue
            assert any(self.agrees(row, fact) for row in rows[key]), (
                "P2 differs",
                self.seed,
                self.steps,
                fact,
                self.shown(rows[key]),
                self.last,
            )
            assert len(rows[key]) == 1 or key in self.copied, (
                "P10 twice",
                self.seed,
                self.steps,
                key,
            )
        assert all(state in ("live", "removed", "archived", "left") for state in states.values()), (
            states
        )

    def agrees(self, row, fact):
        for column in self.plan.columns:
            place = id(self.book.column(column.key))
            raw = row.cells.get(place, "")
            said = self.read(column.key, raw)
            same = said == typed.canon(column.field, fact.values[column.key])
            if not same and not row.notes.get(place, "").startswith("Not taken over"):
                return False
        return True

    def shown(self, rows):
        return [{c.key: r.cells.get(id(c), "") for c in self.book.page().columns} for r in rows]
