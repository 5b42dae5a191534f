"""Thousands of random actions on SQLite and PostgreSQL, and the shop is right after each.

``WALK_SEEDS`` and ``WALK_STEPS`` make it longer: ``make soak``.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random

import pytest

import models
from errors import ShopError, StaleError
from tests import invariants
from tests.shop import BOSS, a_line, a_released_order, a_shop, items_of, somebody, tasks_of
from tests.walk import Walk
from workflow import engine
from workflow.engine import ItemWork, Report

SEEDS = int(os.environ.get("WALK_SEEDS", "2"))
STEPS = int(os.environ.get("WALK_STEPS", "500"))
PEOPLE = 8


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.once) for seed in range(2, SEEDS + 1))]
)
def test_after_any_action_the_order_is_what_its_rows_say(seed):
    walk = Walk(seed).open_shop()

    for _ in range(STEPS):
        walk.step()

    assert walk.done["work"] > STEPS / 20
    assert walk.refused["work"] > 0


def test_nobody_overwrites_what_somebody_else_saved_a_moment_before():
    a_shop()
    order = a_released_order(a_line(500, method=""), destinations=[{"fulfillment_type": "pickup"}])
    packing = tasks_of(order)["packaging"]
    item = items_of(packing)[0]
    saved = []

    def one_more(number):
        packer, dice = somebody(f"Packer {number}"), Random(number)
        while len(saved) < 60:
            seen = models.Task.get_by_id(packing.id)
            done = ItemWork(item.id, seen.good + dice.randint(1, 2))
            try:
                task = engine.record(packing.id, Report((done,), version=seen.version), packer)
            except StaleError:
                continue
            saved.append(task.good - seen.good)

    at_the_same_time(one_more)

    assert models.Task.get_by_id(packing.id).good == sum(saved)
    recorded = models.OrderEvent.select().where(models.OrderEvent.kind == "recorded").count()
    assert recorded == len(saved)
    invariants.check(order.id)


def test_a_task_that_eight_people_finish_is_finished_once():
    a_shop()
    order = a_released_order(a_line(10, method=""), destinations=[{"fulfillment_type": "pickup"}])
    packing = tasks_of(order)["packaging"]
    report = Report(tuple(ItemWork(item.id, Decimal(10)) for item in items_of(packing)))
    refusals = []

    def finish(number):
        try:
            engine.finish_task(packing.id, somebody(f"Packer {number}"), report)
        except StaleError as refused:
            refusals.append(str(refused))

    at_the_same_time(finish)

    winner = models.Task.get_by_id(packing.id).closed_by
    assert len(refusals) == PEOPLE - 1
    assert all(f"already finished by {winner} at" in said for said in refusals)


@pytest.mark.slow
def test_eight_people_working_on_the_same_orders_do_no_harm():
    first = Walk(0).open_shop()
    orders = [first.enter_released_order() for _ in range(4)]

    def walk(number):
        mine = Walk(number).find_shop()
        mine.orders, mine.alone = list(orders), False
        for _ in range(40):
            mine.step()

    at_the_same_time(walk)

    for order_id in orders:
        invariants.check(order_id)


def at_the_same_time(work):
    """Let eight threads do it at once; the first thing that went wrong is raised."""
    start = threading.Barrier(PEOPLE)

    def one(number):
        start.wait()
        try:
            work(number)
        finally:
            models.close()

    with ThreadPoolExecutor(PEOPLE) as people:
        for done in [people.submit(one, number) for number in range(1, PEOPLE + 1)]:
            done.result()


def test_the_walk_notices_a_stage_that_was_typed():
    a_shop()
    order = a_released_order(a_line(10))
    models.Job.update(stage="finishing").where(models.Job.order == order).execute()

    with pytest.raises(AssertionError, match="is in finishing, its tasks say"):
        invariants.check(order.id)


def test_the_walk_notices_pieces_that_got_lost():
    a_shop()
    order = a_released_order(a_line(10))
    models.JobItem.update(quantity=9).execute()

    with pytest.raises(AssertionError, match="pieces of a line and size"):
        invariants.check(order.id)


def test_the_walk_notices_a_refusal_that_changed_something():
    walk = Walk(1).open_shop()
    order_id = walk.enter_released_order()
    before = invariants.rows_of(order_id)
    engine.hold(order_id, engine.HoldWords("other", "Sal"), BOSS)

    with pytest.raises(AssertionError, match=r"refused .* and changed"):
        walk.look_after_refusal(order_id, before, ShopError("It may not be put on hold."))
