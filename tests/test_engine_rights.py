"""Rights are checked in the engine too, whatever a screen or a program forgot."""

from decimal import Decimal

import pytest

import models
from errors import ForbiddenError
from tests.shop import (
    BOSS,
    a_draft,
    a_line,
    a_shop,
    an_order,
    everything,
    finish_until,
    items_of,
    job_of,
    somebody,
    tasks_of,
)
from workflow import engine
from workflow.actors import Actor, Right
from workflow.engine import HoldWords, OrderChange, Report
from workflow.stages import DecisionKind

NOBODY = Actor("Nobody", frozenset({Right.SEE_ORDERS}), frozenset())


@pytest.fixture
def scene(db):
    """An order in production with everything somebody could touch."""
    a_shop()
    order = an_order(a_line(10), mockup_requested=True, customer_notes="Mind the red")
    engine.mark_notes_read(order.id, BOSS)
    engine.release(order.id, BOSS)
    art = models.Artwork.get()
    engine.add_version(art.id, "a.png", b"x", "image/png", BOSS)
    engine.waive_proof(art.id, BOSS)
    engine.finish_task(tasks_of(order)["artwork"].id, BOSS)
    models.DraftProblem.create(order=order, message="?", field="sku")
    engine.hold(order.id, HoldWords("other", "Olga"), BOSS)
    return order


ACTIONS = {
    "create_order": lambda o, who: engine.create_order(a_draft(), who),
    "change_order": lambda o, who: engine.change_order(o.id, OrderChange(), who),
    "mark_notes_read": lambda o, who: engine.mark_notes_read(o.id, who),
    "settle_problem": lambda o, who: engine.settle_problem(models.DraftProblem.get().id, who),
    "release": lambda o, who: engine.release(o.id, who),
    "release_credit": lambda o, who: engine.release_credit(o.id, who),
    "record": lambda o, who: engine.record(_task(o).id, Report(), who),
    "finish_task": lambda o, who: engine.finish_task(_task(o).id, who),
    "reopen_task": lambda o, who: engine.reopen_task(tasks_of(o)["artwork"].id, who),
    "decide": lambda o, who: engine.decide(
        _task(o).id, items_of(_task(o))[0].id, DecisionKind.SHIP_SHORT, Decimal(1), who
    ),
    "plan_task": lambda o, who: engine.plan_task(_task(o).id, None, who),
    "acknowledge_change": lambda o, who: engine.acknowledge_change(_task(o).id, who),
    "change_job": lambda o, who: engine.change_job(job_of(o).id, {}, who),
    "change_job_date": lambda o, who: engine.change_job_date(
        job_of(o).id, None, firm=False, actor=who
    ),
    "hold": lambda o, who: engine.hold(o.id, HoldWords("other", "x"), who),
    "end_hold": lambda o, who: engine.end_hold(models.Hold.get().id, who),
    "cancel_order": lambda o, who: engine.cancel_order(o.id, "x", who),
    "cancel_job": lambda o, who: engine.cancel_job(job_of(o).id, "x", who),
    "cancel_line": lambda o, who: engine.cancel_line(models.OrderLine.get().id, "x", who),
    "add_artwork": lambda o, who: engine.add_artwork(o.id, "x", who),
    "add_version": lambda o, who: engine.add_version(_art(), "x", b"x", "image/png", who),
    "proof_sent": lambda o, who: engine.proof_sent(_art(), "x", who),
    "approve_proof": lambda o, who: engine.approve_proof(_art(), who),
    "request_change": lambda o, who: engine.request_change(_art(), "x", who),
    "waive_proof": lambda o, who: engine.waive_proof(_art(), who),
    "send_proof": lambda o, who: engine.send_proof(_art(), "", "", who),
    "proof_viewed": lambda o, who: engine.proof_viewed(_art(), who),
    "ask_shop": lambda o, who: engine.ask_shop(o.id, "x", "x", who),
    "reply_inquiry": lambda o, who: engine.reply_inquiry(1, "x", who),
    "note_delivered": lambda o, who: engine.note_delivered(_shipment(o), who),
    "tell_late": lambda o, who: engine.tell_late(job_of(o).id, "x", who),
    "purge_file": lambda o, who: engine.purge_file(1, "x", [], who),
    "use_artwork": lambda o, who: engine.use_artwork(models.Decoration.get().id, None, who),
    "record_shipment": lambda o, who: engine.record_shipment(
        tasks_of(o)["shipping"].id, engine.Handover(((1, Decimal(1)),)), who
    ),
    "ask_for_rates": lambda o, who: engine.ask_for_rates(
        tasks_of(o)["shipping"].id, (engine.Box(1000),), who
    ),
    "make_label": lambda o, who: engine.make_label(tasks_of(o)["shipping"].id, 0, who),
    "void_label": lambda o, who: engine.void_label(tasks_of(o)["shipping"].id, who),
    "send_purchase_order": lambda o, who: engine.send_purchase_order(1, who),
    "void_shipment": lambda o, who: engine.void_shipment(_shipment(o), who),
}
#: Reads, plain values, and bytes kept inside a caller's transaction: nothing to refuse.
WITHOUT_RIGHTS = {"credit_check", "why_not_released", "store_file", "purchase_order_sent"}


def _task(order):
    return tasks_of(order)["screen-print"]


def _art():
    return models.Artwork.get().id


def _shipment(order):
    return models.Shipment.create(job=job_of(order)).id


@pytest.mark.once
@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_without_the_right_can(name, scene):
    events = models.OrderEvent.select().count()

    with pytest.raises(ForbiddenError, match="Nobody"):
        ACTIONS[name](scene, NOBODY)

    assert models.OrderEvent.select().count() == events


@pytest.mark.pure
def test_every_action_of_the_engine_is_tried():
    verbs = {name for name in engine.__all__ if name[0].islower()}

    assert verbs - WITHOUT_RIGHTS == set(ACTIONS)


def test_a_worker_works_in_their_own_department_only(db):
    a_shop()
    order = an_order(a_line(10))
    engine.release(order.id, BOSS)
    printing = finish_until(order, "screen-print")
    laser = somebody("Lea", "Department worker", ["laser"])

    with pytest.raises(ForbiddenError, match="Lea does not work in Screen print"):
        engine.finish_task(printing.id, laser, everything(printing))

    printer = somebody("Pia", "Department worker", ["screen-print"])
    engine.finish_task(printing.id, printer, everything(printing))
