"""The rules beside the engine, as tables: stages, routing, dates, pieces, credit, money."""

from datetime import date
from decimal import Decimal as D

import pytest

from errors import ShopError
from workflow.credit import CreditFacts, credit_reasons
from workflow.due import Step, WorkingCalendar, days_late, due_dates, minutes_of_work, queue_key
from workflow.money import grand_total, line_total, rounded
from workflow.quantities import (
    Done,
    ItemFact,
    Tolerance,
    Upstream,
    show,
    to_decide,
    unfinished,
    wrong_numbers,
)
from workflow.routing import (
    Delivery,
    JobFacts,
    LineFacts,
    Route,
    Rule,
    applies,
    split_into_jobs,
    spread,
    unserved_methods,
)
from workflow.stages import Stage, TaskFact, Work, sentence, stage_of, waits_for

pytestmark = pytest.mark.pure


# ---------------------------------------------------------------- stages


def a_task(slug, stage, work="production", *, waits=(), finished=False, good=False):
    return TaskFact(
        slug=slug,
        department=slug.title(),
        stage=Stage(stage),
        work=Work(work),
        waits_for=waits,
        position=1,
        finished=finished,
        good=good,
    )


ART = a_task("artwork", "sourcing", "artwork")
BUY = a_task("purchasing", "sourcing", "purchasing")
DOOR = a_task("receiving", "sourcing", "receiving", waits=("purchasing",))
PRINT = a_task("print", "production")
SEW = a_task("sew", "production", waits=("print",))
PACK = a_task("packaging", "finishing", "packaging")
SHIP = a_task("shipping", "finishing", "handover", waits=("packaging",))


def done(task):
    return a_task(task.slug, task.stage, task.work, waits=task.waits_for, finished=True)


@pytest.mark.parametrize(
    ("tasks", "released", "stage"),
    [
        ([ART, PRINT], False, Stage.REVIEW),
        ([ART, PRINT], True, Stage.SOURCING),
        ([done(ART), PRINT, PACK], True, Stage.PRODUCTION),
        ([PACK, SHIP], True, Stage.FINISHING),
        ([done(ART), done(PRINT), PACK], True, Stage.FINISHING),
        ([done(PACK), done(SHIP)], True, Stage.DONE),
        ([], True, Stage.DONE),
        ([done(PRINT), PRINT, done(ART), ART], True, Stage.SOURCING),
    ],
)
def test_the_stage_is_the_first_with_open_work(tasks, released, stage):
    assert stage_of(tasks, released=released) is stage


@pytest.mark.parametrize(
    ("task", "tasks", "stage", "reasons"),
    [
        (ART, [ART, BUY, DOOR], Stage.SOURCING, []),
        (DOOR, [ART, BUY, DOOR], Stage.SOURCING, ["Purchasing"]),
        (DOOR, [done(BUY), DOOR], Stage.SOURCING, []),
        (DOOR, [a_task("purchasing", "sourcing", "purchasing", good=True), DOOR], Stage.SOURCING, []),
        (PRINT, [ART, BUY, DOOR, PRINT], Stage.SOURCING, ["Artwork", "Purchasing"]),
        (PRINT, [done(ART), done(BUY), DOOR, PRINT], Stage.SOURCING, ["Receiving"]),
        (SEW, [PRINT, SEW], Stage.PRODUCTION, ["Print"]),
        (SEW, [a_task("print", "production", good=True), SEW], Stage.PRODUCTION, []),
        (PACK, [PRINT, PACK], Stage.PRODUCTION, ["Print"]),
        (SHIP, [a_task("packaging", "finishing", "packaging", good=True), SHIP], Stage.FINISHING,
         ["Packaging"]),
    ],
)  # fmt: skip
def test_a_pending_task_names_who_holds_it_up(task, tasks, stage, reasons):
    assert waits_for(task, tasks, stage) == reasons


def test_the_sentence_says_hold_before_anything_else():
    assert sentence(Stage.PRODUCTION, ["Print"]) == "In production, waits for Print"
    assert sentence(Stage.PRODUCTION, [], on_hold="Credit, Ann") == "On hold: Credit, Ann"
    assert sentence(Stage.DONE, []) == "Done"
    assert sentence(Stage.REVIEW, [], cancelled=True) == "Cancelled"


# ---------------------------------------------------------------- routing


def facts(**changes):
    base = {
        "fulfillment": "ship",
        "methods": frozenset({"screen print"}),
        "tags": frozenset(),
        "departments": frozenset(),
        "decorated": True,
        "artwork": True,
        "buys": True,
        "brought": False,
    }
    return JobFacts(**(base | changes))


@pytest.mark.parametrize(
    ("rule", "job", "visits"),
    [
        ({}, facts(), True),
        ({"methods": ["Screen Print"]}, facts(), True),
        ({"methods": ["laser"]}, facts(), False),
        ({"methods": ["laser"], "tags": ["engraved"]}, facts(tags=frozenset({"engraved"})), True),
        ({"fulfillment": ["pickup"]}, facts(), False),
        ({"fulfillment": ["ship"]}, facts(), True),
        ({"needs": "purchase"}, facts(buys=False), False),
        ({"needs": "goods"}, facts(buys=False, brought=True), True),
        ({"needs": "artwork"}, facts(artwork=False), False),
        ({"methods": ["laser"]}, facts(departments=frozenset({7})), True),
    ],
)
def test_a_department_applies_by_its_row(rule, job, visits):
    assert applies(Route(7, Rule.from_row(rule)), job) is visits


@pytest.mark.parametrize("row", [{"method": ["x"]}, {"needs": "luck"}])
def test_a_rule_nobody_knows_is_refused_by_name(row):
    with pytest.raises(ShopError, match=r"method|luck"):
        Rule.from_row(row)


def test_a_method_no_department_does_is_named():
    routes = [Route(1, Rule.from_row({"methods": ["laser"]}))]

    assert unserved_methods(routes, facts()) == ["screen print"]
    assert unserved_methods(routes, facts(methods=frozenset({"laser"}))) == []


def split(*lines, **words):
    base = {"in_hands": date(2026, 12, 1), "firm": False, "destination": 1}
    return split_into_jobs(lines, **(base | words))


def test_most_orders_are_one_job():
    jobs = split(LineFacts(1, (("S", D(5)), ("M", D(7)))), LineFacts(2, (("", D(3)),)))

    assert len(jobs) == 1
    assert jobs[0].items == ((1, "S", D(5)), (1, "M", D(7)), (2, "", D(3)))


def test_dates_and_destinations_make_jobs_soonest_first():
    line = LineFacts(
        1,
        (("", D(100)),),
        (
            Delivery(D(30), date(2026, 12, 20), 2),
            Delivery(D(40), date(2026, 11, 30), 1, firm=True),
        ),
    )

    jobs = split(line)

    assert [(j.date, j.destination, j.firm, j.items[0][2]) for j in jobs] == [
        (date(2026, 11, 30), 1, True, D(40)),
        (date(2026, 12, 1), 1, False, D(30)),
        (date(2026, 12, 20), 2, False, D(30)),
    ]


def test_a_delivery_without_size_is_spread_over_the_sizes_exactly():
    sizes = {"S": D(10), "M": D(20), "L": D(3)}

    shares = spread(D(11), sizes)

    assert sum(shares.values()) == 11
    assert all(shares[size] <= sizes[size] for size in shares)


# ---------------------------------------------------------------- dates

WEEK = WorkingCalendar(closed=frozenset({date(2026, 11, 26)}))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 11, 27), 1, date(2026, 11, 25)),  # over the holiday
        (date(2026, 11, 23), 1, date(2026, 11, 20)),  # over the weekend
        (date(2026, 11, 22), 0, date(2026, 11, 20)),  # a Sunday counts as the Friday before
        (date(2026, 11, 27), 0, date(2026, 11, 27)),
    ],
)
def test_working_days_are_counted_backwards(start, days, expected):
    assert WEEK.back(start, days) == expected


def test_working_days_ahead_skip_what_is_closed():
    assert WEEK.ahead(date(2026, 11, 25), 1) == date(2026, 11, 27)
    assert WEEK.on_or_after(date(2026, 11, 28)) == date(2026, 11, 30)


def test_due_dates_go_backwards_and_departments_beside_each_other_share_theirs():
    steps = [Step(1, 10, 2), Step(2, 20, 1), Step(3, 20, 3), Step(4, 30, 0)]

    dates = due_dates(date(2026, 12, 4), 1, steps, WorkingCalendar())

    assert dates[4] == date(2026, 12, 3)
    assert dates[2] == dates[3] == date(2026, 12, 3)
    assert dates[1] == date(2026, 11, 30)
    assert due_dates(None, 1, steps, WorkingCalendar())[1] is None


def test_a_shop_that_never_works_does_not_hang():
    assert WorkingCalendar(weekdays=frozenset()).back(date(2026, 11, 23), 3) < date(2026, 11, 23)


def test_lateness_counts_working_days():
    assert days_late(date(2026, 11, 20), date(2026, 11, 23), WEEK) == 1
    assert days_late(date(2026, 11, 24), date(2026, 11, 23), WEEK) == 0
    assert days_late(None, date(2026, 11, 23), WEEK) == 0


def test_the_queue_puts_firm_and_late_first_and_undated_last():
    today = date(2026, 11, 23)
    rows = [
        ("undated", None, False, 0),
        ("soon", date(2026, 11, 24), False, 0),
        ("soon and hot", date(2026, 11, 24), False, 2),
        ("late", date(2026, 11, 20), False, 0),
        ("firm and late", date(2026, 11, 22), True, 0),
    ]

    ordered = sorted(rows, key=lambda r: queue_key(r[1], firm=r[2], rank=r[3], today=today))

    assert [r[0] for r in ordered] == ["firm and late", "late", "soon and hot", "soon", "undated"]


def test_minutes_are_setup_and_pieces_for_every_decoration():
    assert minutes_of_work(30, D("0.4"), D(100)) == 70
    assert minutes_of_work(30, D("0.4"), D(101), 2) == 141


# ---------------------------------------------------------------- pieces


def an_item(quantity=100, **columns):
    numbers = {k: (v if isinstance(v, bool) else D(v)) for k, v in columns.items()}
    return ItemFact(id=1, label="Tee, L", quantity=D(quantity), **numbers)


FREE = Upstream()


@pytest.mark.parametrize(
    ("item", "reasons"),
    [
        (an_item(bought=True, purchased=100, received=100), []),
        (an_item(bought=True, purchased=100, received=60), ["Tee, L: 40 still to arrive"]),
        (an_item(bought=True, purchased=60, received=60, buying=True),
         ["Tee, L: 40 not ordered yet"]),
        (an_item(bought=True, purchased=100, received=90, final_short=10),
         ["Tee, L: 10 missing for good, decide what to do"]),
        (an_item(bought=True, purchased=100, received=96, damaged=4),
         ["Tee, L: 4 missing for good, decide what to do"]),
        (an_item(bought=True, purchased=100, received=96, damaged=4, short=4), []),
        (an_item(bought=True, purchased=100, received=96, damaged=4, buying=True),
         ["Tee, L: 4 not ordered yet"]),
        (an_item(bought=True, purchased=104, received=96, damaged=4),
         ["Tee, L: 4 still to arrive"]),
        (an_item(bought=True, purchased=104, received=100, damaged=4), []),
        (an_item(bought=True, purchased=100, received=103), []),
        (an_item(brought=True, received=40), ["Tee, L: 60 still to arrive"]),
        (an_item(brought=True, received=40, final_short=60),
         ["Tee, L: 60 missing for good, decide what to do"]),
        (an_item(bought=True, purchased=100, received=100, remake=3, buying=True),
         ["Tee, L: 3 not ordered yet"]),
    ],
)  # fmt: skip
def test_receiving_says_what_is_not_here(item, reasons):
    assert unfinished(Work.RECEIVING, [item], {}, FREE, Tolerance()) == reasons


@pytest.mark.parametrize(
    ("item", "missing"),
    [
        (an_item(bought=True), 100),
        (an_item(bought=True, purchased=100, damaged=4, received=96), 4),
        (an_item(bought=True, purchased=100, damaged=4, received=96, short=4), 0),
        (an_item(bought=True, cancelled=100), 0),
        (an_item(), 0),
    ],
)
def test_purchasing_orders_what_is_needed_and_what_was_lost(item, missing):
    found = unfinished(Work.PURCHASING, [item], {}, FREE, Tolerance())

    assert found == ([f"Tee, L: {missing} still to order"] if missing else [])


@pytest.mark.parametrize(
    ("work", "done", "passed_on", "tolerance", "reasons"),
    [
        (Work.PRODUCTION, Done(D(100)), {1: D(100)}, Tolerance(), []),
        (Work.PRODUCTION, Done(D(-1)), {}, Tolerance(), ["Tee, L: a quantity cannot be negative"]),
        (Work.PRODUCTION, Done(D(25)), {1: D(24)}, Tolerance(),
         ["Tee, L: 25 recorded, but Receiving passed on 24"]),
        (Work.PRODUCTION, Done(D(20), D(5), "smudge"), {1: D(24)}, Tolerance(),
         ["Tee, L: 25 recorded, but Receiving passed on 24"]),
        (Work.PRODUCTION, Done(D(20), D(2)), {1: D(24)}, Tolerance(),
         ["Tee, L: say why 2 were spoiled"]),
        (Work.PRODUCTION, Done(D(101)), {}, Tolerance(),
         ["Tee, L: 101 recorded, at most 100 are wanted"]),
        (Work.PRODUCTION, Done(D(105)), {}, Tolerance("overrun", D(5)), []),
        (Work.PRODUCTION, Done(D(106)), {}, Tolerance("both", D(5)),
         ["Tee, L: 106 recorded, at most 105 are wanted"]),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_true_are_refused(work, done, passed_on, tolerance, reasons):
    upstream = Upstream("Receiving", passed_on)

    assert wrong_numbers(work, an_item(), done, upstream, tolerance) == reasons


@pytest.mark.parametrize(
    ("work", "good", "passed_on", "tolerance", "missing"),
    [
        (Work.PRODUCTION, 100, {}, Tolerance(), ""),
        (Work.PRODUCTION, 98, {}, Tolerance(), "2 still to make or decide"),
        (Work.PRODUCTION, 98, {}, Tolerance("underrun", D(2)), ""),
        (Work.PACKAGING, 98, {1: D(98)}, Tolerance("underrun", D(2)), ""),
        (Work.PACKAGING, 98, {1: D(100)}, Tolerance("underrun", D(2)), "2 still to pack or decide"),
        (Work.PACKAGING, 100, {1: D(103)}, Tolerance("overrun", D(3)), "3 still to pack or decide"),
        (Work.HANDOVER, 90, {1: D(100)}, Tolerance(), "10 still to hand over or decide"),
        (Work.ARTWORK, 0, {}, Tolerance(), ""),
    ],
)
def test_completing_says_how_many_are_missing(work, good, passed_on, tolerance, missing):
    upstream = Upstream("Print", passed_on)

    found = unfinished(work, [an_item()], {1: Done(D(good))}, upstream, tolerance)

    assert found == ([f"Tee, L: {missing}"] if missing else [])


def test_only_missing_pieces_can_be_decided_about():
    lost = an_item(bought=True, purchased=100, received=90, final_short=10)

    assert to_decide(Work.RECEIVING, lost, Done(), Tolerance()) == 10
    assert to_decide(Work.PRODUCTION, an_item(), Done(D(98), D(2)), Tolerance()) == 2
    assert to_decide(Work.ARTWORK, an_item(), Done(), Tolerance()) == 0


@pytest.mark.parametrize(
    ("number", "text"), [("1200", "1,200"), ("12.500", "12.5"), ("0", "0"), ("100", "100")]
)
def test_quantities_are_shown_as_people_write_them(number, text):
    assert show(D(number)) == text


# ---------------------------------------------------------------- credit and money


def credit(**changes):
    base = {
        "customer": "Acme",
        "blocked": False,
        "overdue": D(0),
        "limit": D(1000),
        "receivables": D(0),
        "open_orders": D(0),
        "this_order": D(400),
        "terms": "Net 30",
        "deposit_percent": D(0),
        "deposit_paid": D(0),
        "currency": "USD",
    }
    return credit_reasons(CreditFacts(**(base | changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"blocked": True}, "blocked"),
        ({"overdue": D(12)}, "12.00 USD overdue"),
        ({"receivables": D(601)}, "limit of 1,000.00 USD would be passed"),
        ({"open_orders": D(601)}, "limit"),
        ({"terms": "Prepay"}, "prepayment of 400.00 USD not paid"),
        ({"deposit_percent": D(50), "deposit_paid": D(199)}, "deposit of 200.00 USD not paid"),
    ],
)
def test_credit_names_its_reason(changes, words):
    assert words in credit(**changes)[0]


def test_good_credit_has_no_reason_and_bad_credit_names_all():
    assert credit() == []
    assert credit(limit=None, receivables=D(10**9)) == []
    assert credit(terms="prepay", deposit_paid=D(400)) == []
    assert len(credit(blocked=True, overdue=D(1), receivables=D(5000), terms="Prepay")) == 4


def test_totals_are_exact_and_rounded_once():
    priced = [(D(3), D("0.333333")), (D(7), D("0.333333"))]

    assert line_total(priced, basis="each", discount_percent=D(0), currency="USD") == D("3.33")
    assert line_total(priced, basis="hundred", discount_percent=D(0), currency="USD") == D("0.03")
    assert rounded(D("0.5"), "JPY") == D(1)
    assert rounded(D("1.2345"), "KWD") == D("1.235")
    total = grand_total(
        D(100), discount_percent=D(10), discount_amount=D(5), extras=D("7.5"), currency="USD"
    )
    assert total == D("92.50")
