"""The whole trip of an order, as the owner would tell it.  Read this second."""

from dataclasses import replace
from decimal import Decimal

import pytest

import models
from errors import BlockedError, StaleError
from sync import redraft
from sync.drafts import DraftDecoration, DraftLine
from tests.shop import (
    ADDRESS,
    BOSS,
    a_customer,
    a_line,
    a_product,
    a_shop,
    an_order,
    everything,
    finish,
    finish_until,
    items_of,
    job_of,
    reload,
    somebody,
    tasks_of,
)
from workflow import engine, shop
from workflow.engine import HoldWords, ItemWork, Report
from workflow.stages import DecisionKind

pytestmark = pytest.mark.core


@pytest.fixture(autouse=True)
def _a_decorating_shop(db):
    a_shop()


def test_an_order_goes_from_review_to_done():
    tee, cap = a_product(sizes=["S", "M", "L"]), a_product(name="Cap")
    order = an_order(
        a_line(product=tee, sizes={"S": 12, "M": 24, "L": 12}),
        a_line(60, product=cap, method="embroidery"),
    )

    # Review: it has its number at once, and no department sees it.
    assert order.number == "1001"
    assert order.stage == "review"
    assert tasks_of(order) == {}

    # Release: artwork and purchasing start at once, the others see it and wait.
    engine.release(order.id, BOSS)
    tasks = tasks_of(order)
    assert reload(order).stage == "sourcing"
    assert [slug for slug, task in tasks.items() if task.ready_at] == ["artwork", "purchasing"]
    assert tasks["receiving"].waiting == "Purchasing"
    assert tasks["screen-print"].waiting == "Artwork, Purchasing"

    # Sourcing: files are handed on, blanks are ordered and received.
    finish(tasks["artwork"])
    finish(tasks["purchasing"])
    assert reload(order).waiting == "In sourcing, waits for Receiving"
    finish(tasks_of(order)["receiving"])

    # Production: each department does its own lines.
    assert reload(order).stage == "production"
    assert [i.quantity for i in items_of(tasks["screen-print"])] == [12, 24, 12]
    assert [i.quantity for i in items_of(tasks["embroidery"])] == [60]
    finish(tasks_of(order)["screen-print"])
    assert reload(order).stage == "production"
    finish(tasks_of(order)["embroidery"])

    # Finishing: packed, the customer is told, handed over, done.
    assert reload(order).stage == "finishing"
    finish(tasks_of(order)["packaging"])
    shipping = tasks_of(order)["shipping"]
    pieces = tuple((item.id, item.quantity) for item in items_of(shipping))
    engine.record_shipment(shipping.id, engine.Handover(pieces, "UPS", "Ground", "1Z999"), BOSS)
    engine.finish_task(shipping.id, BOSS)

    order = reload(order)
    assert (order.stage, order.waiting) == ("done", "Done")
    assert order.closed_at is not None
    asked = [
        row.payload["event"] for row in models.OutboxRow.select().order_by(models.OutboxRow.id)
    ]
    assert asked == ["confirmed", "ready", "shipped"]


def test_a_stage_without_work_is_skipped():
    order = an_order(a_line(method=""), destinations=[{"fulfillment_type": "pickup"}])

    engine.release(order.id, BOSS)

    assert reload(order).stage == "finishing"
    assert set(tasks_of(order)) == {"packaging", "pickup"}


def test_release_is_refused_with_every_reason():
    order = an_order(
        a_line(0, unit_price=None), destinations=[{"fulfillment_type": "ship"}], in_hands_date=None,
        customer_notes="Same red as last year!",
    )  # fmt: skip

    with pytest.raises(BlockedError) as refused:
        engine.release(order.id, BOSS)

    assert refused.value.reasons == [
        "In hands is missing",
        "line 1: no quantity",
        "line 1: no price",
        "ship to: name or company and address and city missing",
        "the customer's instructions have not been marked as read",
    ]
    assert reload(order).stage == "review"


def test_credit_stops_an_order_until_somebody_with_the_right_releases_it():
    customer = a_customer("Slow Payers", credit_limit=Decimal(100), overdue_amount=Decimal(20))
    order = an_order(a_line(100), customer=customer)
    with pytest.raises(BlockedError, match=r"overdue.*limit of 100.00 USD"):
        engine.release(order.id, BOSS)

    engine.release_credit(order.id, somebody("Ann", "Accountant"))
    engine.release(order.id, BOSS)

    order = reload(order)
    assert (order.credit_status, order.credit_released_by) == ("released", "Ann")
    assert order.credit_released_amount == order.grand_total


def test_a_short_delivery_waits_and_a_final_short_demands_a_decision():
    order = an_order(a_line(100, product=a_product()))
    engine.release(order.id, BOSS)
    receiving = finish_until(order, "receiving")
    item = items_of(receiving)[0]

    # More is coming: the task stays open, production still waits.
    engine.record(receiving.id, Report((ItemWork(item.id, Decimal(60)),)), BOSS)
    assert tasks_of(order)["screen-print"].waiting == "Receiving: 60 of 100"
    with pytest.raises(BlockedError, match="40 still to arrive"):
        engine.finish_task(receiving.id, BOSS)

    # The rest will not come: somebody must say what happens.
    counted = ItemWork(item.id, Decimal(90), Decimal(4), "damaged", final_short=Decimal(6))
    engine.record(receiving.id, Report((counted,)), BOSS)
    with pytest.raises(BlockedError, match="10 missing for good, decide"):
        engine.finish_task(receiving.id, BOSS)

    # 6 are bought again, 4 the customer goes without.
    engine.decide(receiving.id, item.id, DecisionKind.SHIP_SHORT, Decimal(4), BOSS)
    engine.decide(receiving.id, item.id, DecisionKind.REORDER, Decimal(6), BOSS)
    assert tasks_of(order)["purchasing"].closed_at is None
    finish(tasks_of(order)["purchasing"])
    finish(tasks_of(order)["receiving"])

    assert reload(order).stage == "production"
    assert models.JobItem.get_by_id(item.id).received == 96
    assert [p.quantity for p in models.PurchaseLine.select()] == [100, 6]


def test_asking_the_customer_holds_the_job_until_the_answer():
    order = an_order(a_line(100, product=a_product()))
    engine.release(order.id, BOSS)
    receiving = finish_until(order, "receiving")
    item = items_of(receiving)[0]
    short = ItemWork(item.id, Decimal(90), final_short=Decimal(10))
    engine.record(receiving.id, Report((short,)), BOSS)

    engine.decide(receiving.id, item.id, DecisionKind.ASK_CUSTOMER, Decimal(10), BOSS)
    assert reload(order).waiting.startswith("On hold: Pieces missing: customer decides")
    with pytest.raises(BlockedError, match="on hold"):
        engine.finish_task(receiving.id, BOSS)

    engine.decide(receiving.id, item.id, DecisionKind.CANCEL_REST, Decimal(10), BOSS)
    engine.finish_task(receiving.id, BOSS)
    assert reload(order).stage == "production"


def test_the_next_department_sees_how_many_are_ready_for_it():
    finishing = models.Department.get(slug="laser")
    models.Department.update(
        waits_for=["screen-print"], position=35, applies_to={"methods": ["screen print"]}
    ).where(models.Department.id == finishing.id).execute()
    order = an_order(a_line(100))
    engine.release(order.id, BOSS)
    printing = finish_until(order, "screen-print")
    item = items_of(printing)[0]
    assert tasks_of(order)["laser"].ready_at is None

    engine.record(printing.id, Report((ItemWork(item.id, Decimal(24)),)), BOSS)

    laser = tasks_of(order)["laser"]
    assert laser.ready_at is not None
    engine.record(laser.id, Report((ItemWork(item.id, Decimal(24)),)), BOSS)
    with pytest.raises(BlockedError, match="25 recorded, but Screen print passed on 24"):
        engine.record(laser.id, Report((ItemWork(item.id, Decimal(25)),)), BOSS)


def test_spoiled_pieces_can_be_bought_again_and_the_job_goes_back():
    order = an_order(a_line(50, product=a_product()))
    engine.release(order.id, BOSS)
    printing = finish_until(order, "screen-print")
    item = items_of(printing)[0]
    made = Report((ItemWork(item.id, Decimal(48), Decimal(2), "smudge"),))
    engine.record(printing.id, made, BOSS)
    with pytest.raises(BlockedError, match="2 still to make or decide"):
        engine.finish_task(printing.id, BOSS)

    engine.decide(printing.id, item.id, DecisionKind.REORDER, Decimal(2), BOSS)

    assert reload(order).stage == "sourcing"
    assert tasks_of(order)["screen-print"].ready_at is None
    finish(tasks_of(order)["purchasing"])
    finish(tasks_of(order)["receiving"])
    made = Report((ItemWork(item.id, Decimal(50), Decimal(2), "smudge"),))
    engine.finish_task(printing.id, BOSS, made)
    assert reload(order).stage == "finishing"


def test_dates_and_destinations_make_jobs_that_travel_alone():
    from tests.shop import a_delivery, day

    line = a_line(100)
    schedule = (
        a_delivery(40, day("2027-03-01")),
        a_delivery(60, day("2027-04-01"), destination=1, unit_price=Decimal(6)),
    )
    line = type(line)(line.address, line.values, line.sizes, schedule, line.decorations)
    order = an_order(line, destinations=[ADDRESS, ADDRESS | {"fulfillment_type": "pickup"}])

    engine.release(order.id, BOSS)

    jobs = list(models.Job.select().order_by(models.Job.position))
    assert [(j.number, j.pieces, j.fulfillment_type) for j in jobs] == [
        ("1001-1", 40, "ship"),
        ("1001-2", 60, "pickup"),
    ]
    assert reload(order).grand_total == Decimal("620")  # 40 at 6.50 and 60 at 6.00
    for task in models.Task.select().where(models.Task.job == jobs[0]).order_by("position"):
        finish(models.Task.get_by_id(task.id))
    assert reload(jobs[0]).stage == "done"
    assert reload(order).stage == "sourcing"


def test_two_people_on_one_task_the_second_hears_who_was_first():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    task = finish_until(order, "screen-print")
    ravi, mia = somebody("Ravi"), somebody("Mia")
    finish(task, ravi)

    with pytest.raises(StaleError, match=r"already finished by Ravi at \d\d:\d\d"):
        finish(task, mia)


def test_figures_saved_meanwhile_are_not_overwritten():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    task = finish_until(order, "screen-print")
    item = items_of(task)[0]
    seen = task.version
    engine.record(task.id, Report((ItemWork(item.id, Decimal(4)),), seen), somebody("Ravi"))

    with pytest.raises(StaleError, match="Ravi saved Screen print"):
        engine.record(task.id, Report((ItemWork(item.id, Decimal(7)),), seen), somebody("Mia"))

    assert reload(task).good == 4


def test_a_hold_stops_the_job_and_says_who_must_act():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    task = finish_until(order, "screen-print")
    words = HoldWords("customer_answer", "Olga", "call about the red")

    placed = engine.hold(order.id, words, BOSS)

    assert reload(order).waiting == "On hold: Waiting for the customer, Olga"
    with pytest.raises(BlockedError, match="on hold: Waiting for the customer, Olga"):
        finish(task)
    engine.end_hold(placed.id, BOSS)
    finish(task)
    assert reload(order).stage == "finishing"


def test_a_hold_of_the_order_is_none_of_what_is_done_already_until_that_is_reopened():
    from tests.shop import a_delivery, day

    parts = (a_delivery(4, day("2027-03-01")), a_delivery(6, day("2027-04-01"), destination=1))
    pickup = {"fulfillment_type": "pickup"}
    order = an_order(replace(a_line(10, method=""), schedule=parts), destinations=[pickup, pickup])
    engine.release(order.id, BOSS)
    done, other = models.Job.select().order_by(models.Job.position)
    for task in models.Task.select().where(models.Task.job == done).order_by("position"):
        finish(models.Task.get_by_id(task.id))

    engine.hold(order.id, HoldWords("customer_answer", "Olga", "call"), BOSS)

    assert (reload(done).stage, reload(done).on_hold) == ("done", False)
    assert reload(other).on_hold
    last = models.Task.select().where(models.Task.job == done).order_by(models.Task.position.desc())
    engine.reopen_task(last.get().id, BOSS)
    assert reload(done).on_hold


def test_reopening_says_what_it_takes_back():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    finish_until(order, "shipping")
    printing = tasks_of(order)["screen-print"]
    with pytest.raises(Exception, match="may not reopen"):
        engine.reopen_task(printing.id, somebody("Mia", "Department worker"))

    engine.reopen_task(printing.id, BOSS)

    order = reload(order)
    assert order.stage == "production"
    assert tasks_of(order)["packaging"].closed_at is None
    words = [e.text for e in order.events if e.kind == "reopened"]
    assert words[-1] == (
        "Screen print reopened: 1001 goes back to production; Packaging must be completed again"
    )


def test_a_change_after_release_must_be_read_by_every_department():
    order = an_order(a_line(50, product=a_product()))
    engine.release(order.id, BOSS)
    printing = finish_until(order, "screen-print")
    line = models.OrderLine.get(order=order)
    draft = a_line(60)
    wanted = type(draft)(
        draft.address, draft.values, (("", Decimal(60)),), (), draft.decorations, line.id
    )

    engine.change_order(order.id, engine.OrderChange(lines=(wanted,)), BOSS)

    # Ten more must be bought: purchasing and receiving are open again.
    order = reload(order)
    assert (order.revision, order.stage, order.pieces) == (1, "sourcing", 60)
    assert tasks_of(order)["screen-print"].must_acknowledge.startswith("Change 1: line 1 quantity")
    finish(_read(tasks_of(order)["purchasing"]))
    finish(_read(tasks_of(order)["receiving"]))
    with pytest.raises(BlockedError, match="a change has not been read"):
        finish(tasks_of(order)["screen-print"])
    finish(_read(printing))
    assert reload(order).stage == "finishing"


def _read(task):
    engine.acknowledge_change(task.id, BOSS)
    return task


def test_an_order_can_be_cancelled_with_a_reason_but_not_after_hand_over():
    gone = an_order(a_line(10))
    engine.release(gone.id, BOSS)
    engine.cancel_order(gone.id, "event called off", BOSS)
    assert reload(gone).waiting == "Cancelled"
    assert all(task.outcome == "cancelled" for task in tasks_of(gone).values())

    shipped = an_order(a_line(10))
    engine.release(shipped.id, BOSS)
    shipping = finish_until(shipped, "shipping")
    item = items_of(shipping)[0]
    engine.record_shipment(shipping.id, engine.Handover(((item.id, Decimal(4)),), "UPS"), BOSS)
    with pytest.raises(BlockedError, match="4 pieces of 1002 were handed over"):
        engine.cancel_order(shipped.id, "too late", BOSS)


def test_what_is_on_a_shipment_cannot_be_counted_away():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    shipping = finish_until(order, "shipping")
    item = items_of(shipping)[0]
    shipment = engine.record_shipment(shipping.id, engine.Handover(((item.id, Decimal(4)),)), BOSS)
    fewer = engine.Report((engine.ItemWork(item.id, Decimal(3)),))

    with pytest.raises(BlockedError, match="4 are on shipments; void the shipment first"):
        engine.record(shipping.id, fewer, BOSS)

    engine.void_shipment(shipment.id, BOSS)
    engine.record(shipping.id, fewer, BOSS)
    assert tasks_of(order)["shipping"].good == 3
    less_than_none = engine.Report((engine.ItemWork(item.id, Decimal(-1)),))
    with pytest.raises(BlockedError, match="negative"):
        engine.record(shipping.id, less_than_none, BOSS)


def test_cancelling_a_line_takes_its_departments_off():
    order = an_order(a_line(10), a_line(5, method="laser"))
    engine.release(order.id, BOSS)
    laser_line = models.OrderLine.get(number=2)

    engine.cancel_line(laser_line.id, "customer changed their mind", BOSS)

    assert tasks_of(order)["laser"].outcome == "cancelled"
    assert reload(order).pieces == 10
    assert reload(order).grand_total == Decimal(65)
    for slug in ("artwork", "screen-print", "packaging", "shipping"):
        finish(_read(tasks_of(order)[slug]))
    assert reload(order).stage == "done"


def test_proofs_stop_artwork_until_the_customer_decides():
    order = an_order(a_line(10), mockup_requested=True)
    engine.release(order.id, BOSS)
    art = models.Artwork.get(order=order)
    task = tasks_of(order)["artwork"]
    with pytest.raises(BlockedError, match="Proof: no file yet"):
        finish(task)

    engine.add_version(art.id, "logo.png", b"png bytes", "image/png", BOSS)
    engine.proof_sent(art.id, "dana@riverside.example", BOSS)
    assert reload(order).artwork_state == "sent"
    engine.approve_proof(art.id, BOSS, by="Dana Fox")
    assert len(reload(art).approved_sha256) == 64

    # Another file is another picture: its approval is gone.
    engine.add_version(art.id, "logo2.png", b"other bytes", "image/png", BOSS)
    with pytest.raises(BlockedError, match="Proof: proof not sent to the customer yet"):
        finish(task)
    engine.waive_proof(art.id, BOSS)
    finish(task)
    assert reload(order).stage == "production"


def test_due_dates_are_counted_backwards_from_the_in_hands_date():
    from tests.shop import day

    order = an_order(a_line(10), in_hands_date=day("2027-03-05"))
    engine.release(order.id, BOSS)

    dates = {slug: str(task.due_date) for slug, task in tasks_of(order).items()}

    # Friday in hands, three working days of transit, packed on the day it ships.
    assert dates == {
        "shipping": "2027-03-02",
        "packaging": "2027-03-02",
        "screen-print": "2027-03-01",
        "artwork": "2027-02-26",
    }
    engine.change_job_date(job_of(order).id, day("2027-03-12"), firm=True, actor=BOSS)
    assert str(tasks_of(order)["shipping"].due_date) == "2027-03-09"


def test_everything_that_happened_is_in_the_history():
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    task = finish_until(order, "screen-print")
    engine.record(task.id, everything(task), somebody("Ravi"))

    events = list(reload(order).events)

    assert [e.kind for e in events][:3] == ["created", "released", "stage"]
    assert events[-1].actor == "Ravi"
    assert events[-1].text == "Screen print: Heavy cotton tee, black 10"


def test_a_change_cannot_put_a_department_before_pieces_that_are_packed_already():
    order = an_order(a_line(10, method=""))
    engine.release(order.id, BOSS)
    packing = finish_until(order, "packaging")
    item = items_of(packing)[0]
    engine.record(packing.id, engine.Report((engine.ItemWork(item.id, Decimal(1)),)), BOSS)
    [line] = redraft.draft_of(reload(order), shop.catalogue()).lines
    printed = DraftDecoration({"location": "Front", "method": "screen print"})
    change = engine.OrderChange(lines=(replace(line, decorations=(printed,)),))

    with pytest.raises(BlockedError, match="1 went through a later department already"):
        engine.change_order(order.id, change, BOSS)

    assert "screen-print" not in tasks_of(order)
    engine.record(packing.id, engine.Report((engine.ItemWork(item.id, Decimal(0)),)), BOSS)
    engine.change_order(order.id, change, BOSS)
    assert tasks_of(order)["screen-print"].closed_at is None


def test_a_change_in_review_keeps_what_its_decorations_use_and_is_in_the_history():
    order = an_order(a_line(10))
    art = engine.add_artwork(order.id, "Front logo", BOSS)
    decoration = models.Decoration.get()
    engine.use_artwork(decoration.id, art.id, BOSS)
    line = models.OrderLine.get(order=order)
    look = DraftDecoration({"location": "Back", "method": "screen print"})
    wanted = DraftLine(
        "", {"description": line.description}, (("", Decimal(10)),), (), (look,), line.id
    )

    changed = engine.change_order(order.id, engine.OrderChange(lines=(wanted,)), BOSS)

    assert changed.version == order.version + 1
    assert models.Decoration.get().artwork_id == art.id
    assert "decorations" in models.OrderEvent.select().order_by(models.OrderEvent.id.desc())[0].text
