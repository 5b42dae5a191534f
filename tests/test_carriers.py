"""Labels: rates side by side, bought once whatever the carrier does, taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

import clock
from carriers import easypost
from dock import labels as labels_at_dock
from dock import tracking
from errors import BlockedError, InvalidError, StaleError
from models import (
    Booking,
    Carrier,
    Label,
    Message,
    OutboxRow,
    Package,
    Paper,
    Printer,
    PrintJob,
    PrintRule,
    Shipment,
)
from sync.channels.sealed import seal
from tests import shop
from tests.easypost_stub import EasyPostStub
from tests.services import free_port, wait_until
from worker import run
from workflow import engine
from workflow.codes import tracking_link
from workflow.engine import Box, Handover
from workflow.quantities import Tolerance
from workflow.verdicts import Outcome, verdict


@pytest.fixture
def stub():
    made = EasyPostStub()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(labels_at_dock, "RECOVER_EVERY", timedelta(seconds=0.05))


def an_account(stub, **columns):
    base = {
        "name": "EasyPost", "kind": "easypost", "sealed_key": seal("EZTK"), "address": stub.address,
        "from_street": "1 Yard", "from_city": "Astoria", "from_postal": "97103", "from_country": "US",
    }  # fmt: skip
    return Carrier.create(**(base | columns))


def a_packed_order(**words):
    shop.a_shop()
    order = shop.a_released_order(shop.a_line(48), **words)
    return order, shop.finish_until(
        order, "shipping" if "destinations" not in words else "delivery"
    )


def work(settings, until, what="the worker"):
    def done():
        run(settings, once=True)
        return until()

    return wait_until(done, what, 20)


def state():
    return Booking.get().state


ONE_BOX = (Box(9000, 400, 300, 200),)


def quoted(settings, task, boxes=ONE_BOX):
    engine.ask_for_rates(task.id, boxes, shop.BOSS)
    work(settings, lambda: state() != "quoting")


# ---------------------------------------------------------------- the good way


def test_rates_stand_side_by_side_and_a_label_reaches_shipment_package_and_paper(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    Carrier.create(name="Van", kind="own", price="15.00")

    quoted(settings, task, (Box(9000), Box(4000)))
    shown = [(rate["service"], rate["amount"]) for rate in Booking.get().rates]
    assert shown == [("Priority", "18.20"), ("Our own delivery", "30.00"), ("Express", "62.00")]
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "bought")
    shipment = engine.record_shipment(
        task.id, Handover(None, booking_id=Booking.get().id), shop.BOSS
    )

    assert (shipment.carrier, shipment.service, shipment.cost) == (
        "USPS",
        "Priority",
        Decimal("18.20"),
    )
    assert shipment.tracking_url.startswith("https://track.example/")
    assert [p.tracking_number[:4] for p in Package.select()] == ["9400", "9400"]
    assert sum(stub.sold.values()) == stub.calls["buy"] == 2
    assert Paper.select().where(Paper.kind == "carrier_label").count() == 2


def test_our_own_delivery_makes_a_label_of_ours_at_its_printer(settings):
    place = shop.ADDRESS | {"fulfillment_type": "deliver"}
    order, task = a_packed_order(destinations=(place,))
    Carrier.create(name="Van", kind="own")
    printer = Printer.create(name="Zebra", kind="raw", address=f"127.0.0.1:{free_port()}")
    PrintRule.create(paper="label", event="label", printer=printer)

    quoted(settings, task)
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "bought")

    assert Label.get().tracking_number.startswith(order.number)
    assert Paper.get().kind == "label"
    assert PrintJob.select().count() == 1


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("mode", ["forgets", "late", "nonsense"])
def test_an_answer_that_never_came_is_looked_for_and_nothing_is_bought_twice(
    stub, settings, mode, monkeypatch
):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    stub.mode = mode
    if mode == "late":
        monkeypatch.setattr(easypost.EasyPost.__init__, "__defaults__", ("", "", 1))

    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: Label.get().state in ("unknown", "bought"))
    assert stub.calls["buy"] == 1
    stub.mode = "fine"
    stub.go_on.set()
    work(settings, lambda: state() == "bought")

    assert stub.calls["buy"] == 1
    assert list(stub.sold.values()) == [1]
    assert Label.get().tracking_number


def test_a_worker_that_dies_while_it_buys_leaves_a_label_that_is_looked_for(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    engine.make_label(task.id, 0, shop.BOSS)
    Label.update(state="buying", asked_at=clock.now()).execute()
    stub.sold[Label.get().external_id] = 1  # it was sold, and the worker died before it heard

    work(settings, lambda: state() == "bought")

    assert stub.calls["buy"] == 0


def test_a_label_the_carrier_never_sold_is_given_up_after_a_while(stub, settings, monkeypatch):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    stub.mode = "lost"
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: Label.get().state == "unknown")
    stub.mode = "fine"
    run(settings, once=True)
    assert state() == "unknown"
    monkeypatch.setattr(labels_at_dock, "RECOVER_FOR", timedelta(0))

    work(settings, lambda: state() == "refused")

    assert "by hand" in Booking.get().problem
    assert stub.calls["buy"] == 1


def test_a_refusal_is_told_in_the_carriers_words(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    stub.mode = "refuses"

    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "refused")

    assert "insufficient funds" in Booking.get().problem
    assert not stub.sold


def test_a_carrier_that_is_down_leaves_a_sentence_and_shipping_goes_on_by_hand(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    Carrier.create(name="Van", kind="own", price="15.00")
    stub.mode = "down"

    quoted(settings, task)
    shipment = engine.record_shipment(task.id, Handover(None, "UPS", "Ground", "1Z9"), shop.BOSS)

    assert state() == "quoted"  # our own van at least
    assert "by hand" in Booking.get().problem
    assert Carrier.get(Carrier.kind == "easypost").problem
    assert shipment.tracking_number == "1Z9"


def test_pressed_twice_or_asked_again_it_is_bought_once(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)

    engine.make_label(task.id, 0, shop.BOSS)
    with pytest.raises(StaleError):
        engine.make_label(task.id, 0, shop.BOSS)
    run(settings, once=True)
    OutboxRow.update(done_at=None, run_at=clock.now()).where(
        OutboxRow.kind == "buy_labels"
    ).execute()
    run(settings, once=True)
    with pytest.raises(BlockedError, match="label already"):
        engine.ask_for_rates(task.id, (Box(9000),), shop.BOSS)

    assert stub.calls["buy"] == 1


# ---------------------------------------------------------------- back, and by the rules


def test_a_label_goes_back_once_and_then_rates_may_be_asked_anew(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "bought")

    engine.void_label(task.id, shop.BOSS)
    work(settings, lambda: state() == "voided")

    assert stub.sold == {}
    assert stub.calls["refund"] == 1
    with pytest.raises(BlockedError):
        engine.void_label(task.id, shop.BOSS)
    engine.ask_for_rates(task.id, (Box(9000),), shop.BOSS)


def test_a_label_of_a_hand_over_that_was_taken_back_can_be_used_again(stub, settings):
    _order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task)
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "bought")
    booking = Booking.get().id

    first = engine.record_shipment(task.id, Handover(None, booking_id=booking), shop.BOSS)
    with pytest.raises((StaleError, BlockedError)):
        engine.record_shipment(task.id, Handover(None, booking_id=booking), shop.BOSS)
    engine.void_shipment(first.id, shop.BOSS)
    engine.record_shipment(task.id, Handover(None, booking_id=booking), shop.BOSS)

    assert Shipment.select().where(Shipment.voided_at.is_null()).count() == 1
    assert stub.calls["buy"] == 1


def test_rates_want_the_weight_of_every_box(stub):
    _order, task = a_packed_order()

    with pytest.raises(InvalidError, match="weight"):
        engine.ask_for_rates(task.id, (Box(9000), Box()), shop.BOSS)


def test_a_part_goes_only_where_the_customer_takes_parts_or_agreed():
    _order, task = a_packed_order()
    (item,) = shop.items_of(task)
    part = ((item.id, Decimal(12)),)

    with pytest.raises(BlockedError, match="complete deliveries only"):
        engine.record_shipment(task.id, Handover(part, agreed=False), shop.BOSS)
    engine.record_shipment(task.id, Handover(part), shop.BOSS)
    engine.record_shipment(task.id, Handover(None, agreed=False), shop.BOSS)

    assert Shipment.select().count() == 2


@pytest.mark.pure
@pytest.mark.parametrize(
    ("made", "tolerance", "policy", "outcome"),
    [
        (100, Tolerance(), "complete only", Outcome.NOTHING),
        (103, Tolerance("overrun", Decimal(5)), "complete only", Outcome.SHIP),
        (97, Tolerance("both", Decimal(5)), "complete only", Outcome.SHIP),
        (107, Tolerance("both", Decimal(5)), "complete only", Outcome.ASK),
        (80, Tolerance(), "partial and back-order", Outcome.REMAKE),
        (80, Tolerance(), "partial and cancel the rest", Outcome.CREDIT),
        (80, Tolerance(), "complete only", Outcome.ASK),
    ],
)
def test_more_or_fewer_pieces_get_a_verdict(made, tolerance, policy, outcome):
    assert verdict(Decimal(100), Decimal(made), tolerance, policy).outcome is outcome


def test_what_did_not_go_is_taken_off_where_the_customer_wants_no_back_order():
    order, task = a_packed_order(shipment_policy="partial and cancel the rest")
    (item,) = shop.items_of(task)

    engine.record_shipment(task.id, Handover(((item.id, Decimal(36)),), agreed=False), shop.BOSS)
    engine.finish_task(task.id, shop.BOSS)

    assert shop.reload(order).stage == "done"
    assert shop.reload(item).cancelled == 12


# ---------------------------------------------------------------- until it has arrived


def test_a_parcel_the_carrier_delivered_is_noted_and_told_once(stub, settings):
    order, task = a_packed_order()
    an_account(stub)
    quoted(settings, task, (Box(9000), Box(4000)))
    engine.make_label(task.id, 0, shop.BOSS)
    work(settings, lambda: state() == "bought")
    engine.record_shipment(task.id, Handover(None, booking_id=Booking.get().id), shop.BOSS)

    def ask():
        OutboxRow.delete().where(OutboxRow.kind == "track").execute()
        asked = tracking.ask_where_parcels_are()
        run(settings, once=True)
        return asked, Shipment.get().delivered_at is not None

    stub.arrived = {"shp_1"}
    one_of_two = ask()
    stub.arrived, stub.mode = {"shp_1", "shp_2"}, "down"
    nobody_answers = ask()
    stub.mode = "fine"
    left_alone = ask()
    Carrier.update(problem="", problem_at=None).execute()
    arrived, again = ask(), ask()

    assert [one_of_two, nobody_answers, left_alone] == [(1, False)] * 3
    assert (arrived, again) == ((1, True), (0, True))
    told = Message.select().where((Message.order == order) & (Message.event == "delivered"))
    assert [message.job_id for message in told] == [shop.job_of(order).id]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("carrier", "number", "page"),
    [
        ("UPS Ground", "1Z 999", "https://www.ups.com/track?tracknum=1Z999"),
        ("FedEx", "61299", "https://www.fedex.com/fedextrack/?trknbr=61299"),
        ("Our van", "1042-1", ""),
        ("", "1", ""),
        ("UPS", "1&x=<b>", ""),
    ],
)
def test_a_number_written_by_hand_leads_to_the_carriers_page(carrier, number, page):
    assert tracking_link(carrier, number) == page
