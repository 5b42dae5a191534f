"""Thousands of random actions on SQLite and PostgreSQL, and the shop is right after each.

``WALK_SEEDS`` and ``WALK_STEPS`` make it longer: ``make soak``.
"""

import os

import pytest

from tests.walk import Walk

SEEDS = int(os.environ.get("WALK_SEEDS", "3"))
STEPS = int(os.environ.get("WALK_STEPS", "1000"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_after_any_action_the_order_is_what_its_rows_say(seed):
    walk = Walk(seed).open_shop()

    for _ in range(STEPS):
        walk.step()

    assert walk.done["work"] > STEPS / 20
    assert walk.refused["work"] > 0
