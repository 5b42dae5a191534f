"""Hostile files through the door of every order: bytes kept, a sentence, the next order not delayed."""

import re
import time

import pytest

from sync import intake
from sync.intake import State
from tests.hostile import FILES
from tests.shop import a_customer, a_shop
from tests.test_readers import an_xlsx
from workflow.actors import system

OURS = ["corner", "billion laughs", "encrypted", "cut off", "too many parts", "two gigabytes of spaces"]  # fmt: skip


@pytest.mark.once
def test_hostile_files_wait_for_a_person_and_the_order_behind_them_comes_in(db):
    a_shop()
    a_customer("Harbor Hall")
    actor = system("test")
    hostile = [file for file in FILES if file.name in OURS]
    kept = [(intake.receive("upload", f"{f.name}.xlsx", made, actor=actor), f, made) for f in hostile for made in [f.make()]]  # fmt: skip
    good = intake.receive(
        "upload",
        "order.xlsx",
        an_xlsx(["Customer", "Harbor Hall"], [], ["Item", "Qty"], ["G5000", 12]),
        actor=actor,
    )

    start = time.monotonic()
    for incoming, file, made in kept:
        read = intake.read_file(incoming.id, actor)
        assert read.state == State.NEEDS_PERSON
        assert re.search(file.sentence, read.reason), file.name
        assert bytes(intake.find(incoming.id).file.content) == made
    read = intake.read_file(good.id, actor)

    assert read.state == State.ACCEPTED
    assert time.monotonic() - start < 180
