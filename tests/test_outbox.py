"""The outbox: what was asked for is never forgotten, never done by two at once, never in silence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

import clock
import models
import outbox
from errors import ForbiddenError, StaleError
from models import OutboxRow
from tests.shop import reload, somebody

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = 60


def at(moment):
    return clock.frozen(moment)


def only():
    [row] = OutboxRow.select()
    return row


def a_dead_row():
    outbox.add("mail", {"message_id": 7})
    row = outbox.claim("w1", LEASE)
    outbox.fail(row, "No such template.", for_good=True)
    return reload(row)


# ---------------------------------------------------------------- asking


def test_what_a_rolled_back_change_asked_for_is_forgotten_with_it():
    with pytest.raises(ZeroDivisionError), models.transaction():
        outbox.add("mail", {"message_id": 7})
        raise ZeroDivisionError

    assert OutboxRow.select().count() == 0


def test_the_same_key_is_asked_for_once():
    for _ in range(3):
        outbox.add("mail", {"message_id": 7}, key="message:confirmed:1")
    outbox.add("mail", {"message_id": 7})
    outbox.add("mail", {"message_id": 7})

    assert OutboxRow.select().count() == 3


def test_the_bell_rings_when_the_change_is_kept_and_not_before(db, database_url):
    if not models.on_postgresql():
        pytest.skip("SQLite has no bell: workers look now and then")
    with psycopg.connect(database_url, autocommit=True) as ears:
        ears.execute(f"LISTEN {outbox.BELL}")

        with models.transaction():
            outbox.add("mail", {"message_id": 7})
            before = list(ears.notifies(timeout=0.1))
        after = list(ears.notifies(timeout=5, stop_after=1))

    assert before == []
    assert len(after) == 1


# ---------------------------------------------------------------- doing


def test_what_has_been_due_for_longest_comes_first():
    with at(NOON):
        outbox.add("late", {})
        outbox.add("early", {}, run_at=NOON - timedelta(hours=1))
        outbox.add("tomorrow", {}, run_at=NOON + timedelta(days=1))

        kinds = [outbox.claim("w1", LEASE).kind for _ in range(2)]

        assert kinds == ["early", "late"]
        assert outbox.claim("w1", LEASE) is None


def test_a_claimed_row_is_nobody_elses_until_its_lease_runs_out():
    outbox.add("mail", {"message_id": 7})
    with at(NOON + timedelta(days=999)):
        first = outbox.claim("w1", LEASE)
        assert outbox.claim("w2", LEASE) is None

    with at(NOON + timedelta(days=999, seconds=LEASE + 1)):
        second = outbox.claim("w2", LEASE)

    assert (second.id, second.attempts, second.worker) == (first.id, 2, "w2")


def test_a_heartbeat_keeps_the_lease():
    with at(NOON):
        outbox.add("mail", {"message_id": 7})
        row = outbox.claim("w1", LEASE)
    with at(NOON + timedelta(seconds=50)):
        assert outbox.keep(row, LEASE)

    with at(NOON + timedelta(seconds=100)):
        assert outbox.claim("w2", LEASE) is None


def test_who_lost_the_lease_can_neither_keep_nor_finish_nor_fail_the_row():
    with at(NOON):
        outbox.add("mail", {"message_id": 7})
        slow = outbox.claim("w1", LEASE)
    with at(NOON + timedelta(seconds=LEASE + 1)):
        quick = outbox.claim("w2", LEASE)

        assert not outbox.keep(slow, LEASE)
        outbox.fail(slow, "too slow")
        with pytest.raises(StaleError, match="taken over"):
            outbox.finish(slow)
        outbox.finish(quick)

    assert only().done_at is not None
    assert only().error == ""


def test_the_same_worker_may_lose_a_row_and_claim_it_again():
    with at(NOON):
        outbox.add("mail", {"message_id": 7})
        before = outbox.claim("w1", LEASE)
    with at(NOON + timedelta(seconds=LEASE + 1)):
        again = outbox.claim("w1", LEASE)

    with pytest.raises(StaleError):
        outbox.finish(before)
    outbox.finish(again)


def test_the_deed_and_its_note_are_kept_together_or_not_at_all():
    outbox.add("mail", {"message_id": 7})
    row = outbox.claim("w1", LEASE)

    with pytest.raises(ZeroDivisionError), models.transaction():
        models.ClosedDay.create(day=NOON.date(), name="the deed")
        outbox.finish(row)
        raise ZeroDivisionError

    assert only().done_at is None
    assert models.ClosedDay.select().count() == 0


def test_workers_that_come_at_once_take_different_rows():
    for number in range(40):
        outbox.add("mail", {"message_id": number})

    def take_all(name):
        with models.database.connection_context():
            taken = []
            while (row := outbox.claim(name, LEASE)) is not None:
                taken.append(row.id)
                outbox.finish(row)
            return taken

    with ThreadPoolExecutor(4) as workers:
        taken = [one for many in workers.map(take_all, "abcd") for one in many]

    assert sorted(taken) == sorted(row.id for row in OutboxRow.select())
    assert all(row.attempts == 1 for row in OutboxRow.select())


# ---------------------------------------------------------------- failing


def test_after_each_failure_it_waits_longer():
    with at(NOON):
        outbox.add("mail", {"message_id": 7})
        waits = []
        for _ in range(4):
            row = outbox.claim("w1", LEASE)
            outbox.fail(row, "The mail server does not answer.")
            waits.append((reload(row).run_at - clock.now()).total_seconds())
            OutboxRow.update(run_at=NOON).execute()

    assert waits == pytest.approx([15, 30, 60, 120], rel=0.21)
    assert only().error == "The mail server does not answer."


@pytest.mark.pure
def test_waits_differ_and_never_get_longer_than_two_hours_and_a_bit():
    waits = {outbox.wait_after(4) for _ in range(20)}

    assert len(waits) > 10
    assert max(outbox.wait_after(n) for n in range(1, 60)) <= timedelta(hours=2.4)


@pytest.mark.pure
def test_it_is_tried_for_longer_than_a_night():
    tried = sum((outbox.wait_after(n) for n in range(1, outbox.MOST_ATTEMPTS)), timedelta())

    assert tried > timedelta(hours=9)


def test_after_the_last_attempt_it_is_dead_and_says_why():
    outbox.add("mail", {"message_id": 7})
    for _ in range(outbox.MOST_ATTEMPTS):
        OutboxRow.update(run_at=clock.now()).execute()
        outbox.fail(outbox.claim("w1", LEASE), "The mail server does not answer.")

    OutboxRow.update(run_at=clock.now()).execute()
    assert only().dead_at is not None
    assert only().error == "The mail server does not answer."
    assert outbox.claim("w1", LEASE) is None


def test_what_only_a_person_can_mend_is_dead_at_once():
    row = a_dead_row()

    assert row.dead_at is not None
    assert row.attempts == 1


# ---------------------------------------------------------------- what a person does


def test_a_person_retries_a_dead_row_and_is_named():
    row = outbox.retry(a_dead_row().id, somebody("Olga"))

    assert row.dead_at is None
    assert "Tried again by Olga." in row.error
    assert outbox.claim("w1", LEASE).attempts == 1


def test_a_failing_row_can_be_tried_at_once():
    outbox.add("mail", {"message_id": 7})
    outbox.fail(outbox.claim("w1", LEASE), "The mail server does not answer.")
    assert outbox.claim("w1", LEASE) is None

    outbox.retry(only().id, somebody("Olga"))

    assert outbox.claim("w1", LEASE) is not None


def test_a_row_that_is_being_done_cannot_be_retried():
    outbox.add("mail", {"message_id": 7})
    row = outbox.claim("w1", LEASE)

    with pytest.raises(StaleError, match="being done at this moment"):
        outbox.retry(row.id, somebody("Olga"))


def test_a_done_row_cannot_be_retried():
    outbox.add("mail", {"message_id": 7})
    outbox.finish(outbox.claim("w1", LEASE))

    with pytest.raises(StaleError):
        outbox.retry(only().id, somebody("Olga"))


@pytest.mark.parametrize("act", [outbox.retry, outbox.set_aside])
def test_who_may_not_set_up_the_shop_may_not_touch_the_outbox(act):
    row = a_dead_row()

    with pytest.raises(ForbiddenError):
        act(row.id, somebody("Sal", "Sales"))

    assert reload(row).dead_at is not None


def test_a_dead_row_can_be_set_aside_once():
    row = outbox.set_aside(a_dead_row().id, somebody("Olga"))

    assert row.dead_at is None
    assert row.done_at is not None
    assert row.error.endswith("Set aside by Olga.")
    with pytest.raises(StaleError):
        outbox.set_aside(row.id, somebody("Max"))


# ---------------------------------------------------------------- keeping order


def test_old_done_rows_go_and_everything_else_stays():
    with at(NOON):
        for number in range(7):
            outbox.add("mail", {"message_id": number})
            outbox.finish(outbox.claim("w1", LEASE))
        outbox.add("mail", {"message_id": 8})
    with at(NOON + timedelta(days=20)):
        outbox.finish(outbox.claim("w1", LEASE))
        outbox.add("mail", {"message_id": 9})

        gone = outbox.purge(NOON + timedelta(days=1), chunk=2)

    assert gone == 7
    assert [row.payload["message_id"] for row in OutboxRow.select().order_by(OutboxRow.id)] == [
        8,
        9,
    ]


def test_the_counts_tell_waiting_failing_and_dead_apart():
    with at(NOON):
        a_dead_row()
        outbox.add("mail", {"message_id": 1})
        outbox.fail(outbox.claim("w1", LEASE), "The mail server does not answer.")
        outbox.add("mail", {"message_id": 2}, run_at=NOON - timedelta(minutes=5))

        counts = outbox.counts()

    assert (counts.waiting, counts.failing, counts.dead) == (2, 1, 1)
    assert counts.oldest_due == NOON - timedelta(minutes=5)


def test_an_empty_outbox_has_nothing_due():
    assert outbox.counts() == outbox.Counts(0, 0, 0, None)


def test_the_lists_are_newest_first_and_go_on_where_the_page_before_ended():
    for number in range(5):
        outbox.add("mail", {"message_id": number})

    first = outbox.rows("waiting", limit=3)
    second = outbox.rows("waiting", limit=3, before=first[-1].id)

    assert [row.payload["message_id"] for row in first + second] == [4, 3, 2, 1, 0]
    assert outbox.rows("dead", limit=3) == outbox.rows("done", limit=3) == []
