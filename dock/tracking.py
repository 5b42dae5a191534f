"""Where parcels are: carriers are asked until they say that a parcel has arrived."""

from datetime import timedelta

import clock
import outbox
from dock.labels import driver_of, note_trouble
from errors import OutsideError
from models import Booking, Carrier, Label, OutboxRow, Shipment
from settings import Settings
from workflow import engine
from workflow.actors import system

ACTOR = system("Inhands")
EVERY = timedelta(minutes=30)
#: A parcel that is under way for longer is a person's matter.
FOR = timedelta(days=45)
#: A carrier that gave no answer is left alone for so long.
PAUSE = timedelta(minutes=15)


def ask_where_parcels_are() -> int:
    """Ask the worker to look for every parcel under way, one at a time; how many there are."""
    turn = int(clock.now().timestamp() // EVERY.total_seconds())
    found = _under_way()
    for booking in found:
        outbox.add("track", {"booking_id": booking.id}, key=f"track:{booking.id}:{turn}")
    return len(found)


def _under_way() -> list[Booking]:
    since = clock.now() - FOR
    query = (
        Booking.select(Booking.id)
        .join(Shipment)
        .switch(Booking)
        .join(Carrier)
        .where((Booking.state == "bought") & Carrier.active & (Carrier.kind == "easypost"))
        .where(Shipment.voided_at.is_null() & Shipment.delivered_at.is_null())
        .where(Shipment.shipped_at >= since)
        .order_by(Booking.id)
    )
    return list(query)


def look_for_parcel(row: OutboxRow, _settings: Settings) -> None:
    """Note that a hand-over has arrived once all its parcels have; the customer is told."""
    query = Booking.select(Booking, Carrier, Shipment).join(Carrier).switch(Booking).join(Shipment)
    booking = query.where(Booking.id == row.payload["booking_id"]).first()
    if booking is None or booking.shipment.delivered_at or booking.shipment.voided_at:
        return
    carrier = booking.carrier
    if carrier.problem_at is not None and clock.now() - carrier.problem_at < PAUSE:
        return
    labels = Label.select().where((Label.booking == booking) & (Label.state == "bought"))
    try:
        driver = driver_of(carrier)
        arrived = [driver.delivered(label.external_id) for label in labels]
    except OutsideError as problem:  # the next round asks again
        note_trouble(carrier, str(problem))
        return
    if arrived and all(arrived):
        engine.note_delivered(booking.shipment_id, ACTOR)
