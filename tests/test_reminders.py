"""Reminders for proofs: when they are due, with what waiting costs, and each only once."""

from datetime import UTC, date, datetime

import pytest

import clock
import models
from tests.letters import work
from tests.pictures import a_png
from tests.shop import BOSS, a_line, a_shop, an_order
from workflow import engine, reminders
from workflow.due import WorkingCalendar

pure = pytest.mark.pure
WEEK = WorkingCalendar()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def proof(db):
    """A proof sent on Thu 3 Dec that must be answered by Tue 8 Dec, 16:00, for Tue 15 Dec."""
    a_shop()
    with clock.frozen(at("2026-12-03T09:00")):
        order = an_order(a_line(10), proof_required=True, in_hands_date=date(2026, 12, 15))
        engine.release(order.id, BOSS)
        art = models.Artwork.get(order=order)
        engine.add_version(art.id, "front.png", a_png(), "image/png", BOSS)
        engine.send_proof(art.id, "", "", BOSS)
    return art


def reminded_at(*moments):
    for moment in moments:
        with clock.frozen(at(moment)):
            reminders.remind()
            work()
    found = models.Message.select().where(models.Message.event == "reminder")
    return [message.subject for message in found.order_by(models.Message.id)]


@pure
@pytest.mark.parametrize(
    ("sent", "answer_by", "moments"),
    [
        ("2026-12-01T10:00", "2026-12-09T16:00", [
            ("before", "2026-12-08T16:00"), ("after", "2026-12-09T16:00"), ("again", "2026-12-11T16:00")]),
        ("2026-12-08T17:00", "2026-12-09T16:00", [
            ("after", "2026-12-09T17:00"), ("again", "2026-12-11T17:00")]),
        ("2026-12-11T10:00", "2026-12-09T16:00", [  # sent late, on a Friday
            ("after", "2026-12-14T10:00"), ("again", "2026-12-16T10:00")]),
        ("2026-12-04T10:00", None, [
            ("after 3 days", "2026-12-09T10:00"), ("after 6 days", "2026-12-14T10:00")]),
    ],
)  # fmt: skip
def test_reminders_come_before_the_date_when_it_passes_and_later(sent, answer_by, moments):
    found = reminders.moments(at(sent), at(answer_by) if answer_by else None, WEEK)

    assert found == [(name, at(moment)) for name, moment in moments]


def test_each_reminder_goes_out_once_and_says_what_waiting_costs(proof):
    subjects = reminded_at("2026-12-04T09:00", "2026-12-07T16:30", "2026-12-07T17:00",
                           "2026-12-08T16:30", "2026-12-09T09:00")  # fmt: skip

    assert subjects == [
        f"Waiting for your approval: Proof, order {proof.order.number}",
        f"We still need your approval: Proof, order {proof.order.number}",
    ]
    before, after = models.Message.select().where(models.Message.event == "reminder")
    assert "Approve by Tue 8 Dec, 16:00 to keep Tue 15 Dec." in before.body
    assert "you have the goods by Wed 16 Dec instead of Tue 15 Dec" in after.body
    assert before.page_link.artwork_id == proof.id


def test_nobody_is_reminded_of_what_is_decided(proof):
    engine.approve_proof(proof.id, BOSS, by="Dana")

    assert reminded_at("2026-12-08T16:30", "2026-12-20T09:00") == []


def test_after_days_without_a_worker_one_reminder_goes_out(proof):
    assert len(reminded_at("2026-12-18T09:00", "2026-12-21T09:00")) == 1
