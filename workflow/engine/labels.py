"""Labels of carriers: rates asked for, one chosen, bought once, taken back.

``reserved`` with the carrier's id is committed before anything is bought; a label whose buying
broke off is ``unknown`` and leaves that state only by what the carrier says of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import clock
import outbox
from errors import BlockedError, InvalidError, NotFoundError, StaleError
from models import Booking, Carrier, Job, Label, Order, Shipment, StoredFile, transaction
from workflow.actors import Actor
from workflow.engine.docket import Docket, event, load_task, settle, work_of, write_events
from workflow.engine.reports import Box
from workflow.stages import Stage, Work

OPEN = ("quoting", "quoted", "buying", "unknown", "bought", "voiding", "refused")
MOST_PACKAGES = 50
_HEAVIEST_GRAMS = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What a carrier said of one label."""

    tracking_number: str
    tracking_url: str
    cost: Decimal | None
    file: StoredFile | None = None


# ---------------------------------------------------------------- what a person does


def ask_for_rates(task_id: int, boxes: Sequence[Box], actor: Actor) -> Booking:
    """Ask the carriers what these packages would cost; an older question is forgotten.

    Raises:
        InvalidError: there is no package, or one without a weight.
        BlockedError: a label was bought already, or the job is not there yet.
    """
    problems = _wrong(boxes)
    if problems:
        raise InvalidError(problems)
    with transaction():
        docket, task = load_task(task_id)
        actor.require_department(task.department_id, task.department.name)
        there = booking_of(docket.job)
        _require_handover(docket, work_of(task), there)
        if there is not None:
            there.delete_instance(recursive=True)
        booking: Booking = Booking.create(
            job=docket.job, packages=[_measures(box) for box in boxes], asked_by=actor.name
        )
        outbox.add("rates", {"booking_id": booking.id}, order=docket.order)
    return booking


def _measures(box: Box) -> dict[str, int | None]:
    return {name: value for name, value in vars(box).items() if name != "tracking_number"}


def _wrong(boxes: Sequence[Box]) -> dict[str, str]:
    if not 1 <= len(boxes) <= MOST_PACKAGES:
        return {"boxes": f"Boxes: say how many, 1 to {MOST_PACKAGES}"}
    if any(not box.weight_grams or box.weight_grams > _HEAVIEST_GRAMS for box in boxes):
        return {"weights": "Weights: a carrier wants the weight of each box"}
    return {}


def _require_handover(docket: Docket, work: Work, there: Booking | None) -> None:
    reasons = []
    if work is not Work.HANDOVER or Stage(docket.job.stage) is not Stage.FINISHING:
        reasons.append(f"{docket.job.number} is not ready to be handed over")
    if there is not None and there.state in ("buying", "unknown", "bought", "voiding"):
        reasons.append("there is a label already; void it first")
    if reasons:
        raise BlockedError(f"No rates for {docket.job.number}", reasons)


def make_label(task_id: int, rate: int, actor: Actor) -> Booking:
    """Buy the labels of the packages at one of the rates that were asked for.

    Raises:
        StaleError: it is being bought already, or the rates are gone.
        InvalidError: no rate is chosen.
    """
    with transaction():
        docket, task = load_task(task_id)
        actor.require_department(task.department_id, task.department.name)
        booking = booking_of(docket.job)
        if booking is None or booking.state != "quoted":
            raise StaleError("These rates are used or gone. Ask for the rates again.")
        if not 0 <= rate < len(booking.rates):
            raise InvalidError({"rate": "Choose a rate"})
        chosen = booking.rates[rate]
        booking.chosen, booking.carrier = chosen, chosen["carrier_id"]
        booking.state, booking.problem, booking.changed_at = "buying", "", clock.now()
        booking.save()
        Label.insert_many(
            [
                {"booking": booking.id, "number": number, "external_id": external}
                for number, (external, _rate) in enumerate(chosen["ids"], start=1)
            ]
        ).execute()
        _tell(docket, actor, "label", f"label wanted: {rate_words(chosen)}")
        outbox.add("buy_labels", {"booking_id": booking.id}, key=f"buy_labels:{booking.id}")
        settle(docket.order, [docket], actor)
    return booking


def void_label(task_id: int, actor: Actor) -> Booking:
    """Give the labels back; a hand-over that used them is taken back first.

    Raises:
        BlockedError: there is no label, or goods left with it.
    """
    with transaction():
        docket, task = load_task(task_id)
        actor.require_department(task.department_id, task.department.name)
        booking = booking_of(docket.job)
        if booking is not None and booking.state == "buying" and _call_off(booking):
            _tell(docket, actor, "label", "label called off before it was bought")
            settle(docket.order, [docket], actor)
            return booking
        if booking is None or booking.state != "bought":
            raise BlockedError("Nothing to void", ["there is no label that was bought"])
        booking.state, booking.changed_at = "voiding", clock.now()
        booking.save()
        _tell(docket, actor, "label", f"label voided: {rate_words(booking.chosen)}")
        outbox.add("void_labels", {"booking_id": booking.id}, key=f"void_labels:{booking.id}")
        settle(docket.order, [docket], actor)
    return booking


def _call_off(booking: Booking) -> bool:
    """Forget labels none of which is being bought; False when one is."""
    rows = Label.select().where(Label.booking == booking)
    if any(row.state != "reserved" for row in rows):
        return False
    Label.update(state="refused").where(Label.booking == booking).execute()
    booking.state, booking.problem, booking.changed_at = "refused", "Called off.", clock.now()
    booking.save()
    return True


def booking_of(job: Job) -> Booking | None:
    """The labels of a job's next hand-over."""
    found: Booking | None = (
        Booking.select()
        .where((Booking.job == job) & Booking.shipment.is_null() & Booking.state.in_(OPEN))
        .order_by(Booking.id.desc())
        .first()
    )
    return found


def rate_words(rate: Mapping[str, Any]) -> str:
    """A rate in words: "USPS Priority, 12.40 USD"."""
    name = " ".join(part for part in (rate["carrier"], rate["service"]) if part)
    return f"{name}, {Decimal(rate['amount']):,.2f} {rate['currency']}"


def _tell(docket: Docket, actor: Actor, kind: str, text: str) -> None:
    docket.events.append(event(docket.order, actor, kind, text, about=docket.job))


# ---------------------------------------------------------------- what the carriers said


def find(booking_id: int) -> Booking:
    """A booking with its job, order and carrier.

    Raises:
        NotFoundError: it was forgotten because somebody asked anew.
    """
    query = (
        Booking.select(Booking, Job, Order, Carrier)
        .join_from(Booking, Job)
        .join_from(Job, Order)
        .join_from(Booking, Carrier, "LEFT JOIN")
    )
    found: Booking | None = query.where(Booking.id == booking_id).first()
    if found is None:
        raise NotFoundError("These rates are not wanted any more.")
    return found


def rates_came(booking_id: int, rates: Sequence[Mapping[str, Any]], problem: str) -> None:
    """Note what the carriers want, cheapest first, and which of them did not answer."""
    cheapest = sorted(rates, key=lambda rate: Decimal(rate["amount"]))
    _move(
        booking_id,
        ("quoting",),
        state="quoted" if rates else "refused",
        rates=cheapest,
        problem=problem[:500],
    )


def label_begins(label: Label) -> bool:
    """Note that a label is bought now; False when that was begun before."""
    return _move_label(label, ("reserved",), state="buying", asked_at=clock.now())


def label_bought(label: Label, outcome: Outcome, actor: Actor) -> None:
    """Note that a label is ours; with the last one the booking is bought."""
    with transaction():
        booking = find(label.booking_id)
        if not _move_label(
            label, ("buying", "unknown"), state="bought", problem="", **vars(outcome)
        ):
            return
        rows = list(Label.select().where(Label.booking == booking))
        if any(row.state != "bought" for row in rows):
            return
        cost = sum((row.cost or Decimal(0) for row in rows), Decimal(0))
        currency = booking.chosen.get("currency", "")
        _move(booking.id, ("buying", "unknown"), state="bought", problem="", cost=cost,
              currency=currency[:3])  # fmt: skip
        numbers = ", ".join(row.tracking_number for row in rows)
        _tell_booking(booking, actor, f"label made: {rate_words(booking.chosen)}, {numbers}")


def label_not_bought(label: Label, why: str) -> None:
    """Note that certainly nothing was bought: it is tried again with the same id."""
    _move_label(label, ("buying", "unknown"), state="reserved", problem=why[:500])
    _move(label.booking_id, ("buying", "unknown"), state="buying", problem=why[:500])


def label_unknown(label: Label, why: str) -> None:
    """Note that nobody knows; the carrier is asked until it says."""
    _move_label(label, ("buying", "unknown"), state="unknown", problem=why[:500])
    _move(label.booking_id, ("buying", "unknown"), state="unknown", problem=why[:500])


def label_refused(label: Label, why: str, actor: Actor) -> None:
    """Note that the carrier says no; a person chooses another rate or writes one by hand."""
    with transaction():
        _move_label(label, ("buying", "unknown"), state="refused", problem=why[:500])
        if _move(label.booking_id, ("buying", "unknown"), state="refused", problem=why[:500]):
            _tell_booking(find(label.booking_id), actor, f"no label: {why}")


def labels_voided(booking_id: int, problem: str, actor: Actor) -> None:
    """Note that the labels went back, or why not."""
    with transaction():
        state = "bought" if problem else "voided"
        if _move(booking_id, ("voiding",), state=state, problem=problem[:500]):
            words = f"label not taken back: {problem}" if problem else "label taken back"
            _tell_booking(find(booking_id), actor, words)


def _tell_booking(booking: Booking, actor: Actor, text: str) -> None:
    docket = Docket(booking.job.order, booking.job, [], [], {})
    _tell(docket, actor, "label", text)
    write_events(docket.events)


def _move(booking_id: int, before: Sequence[str], **columns: Any) -> bool:
    here = (Booking.id == booking_id) & Booking.state.in_(before)
    return bool(Booking.update(changed_at=clock.now(), **columns).where(here).execute())


def _move_label(label: Label, before: Sequence[str], **columns: Any) -> bool:
    here = (Label.id == label.id) & Label.state.in_(before)
    return bool(Label.update(**columns).where(here).execute())


# ---------------------------------------------------------------- with the goods


def use_booking(job: Job, booking_id: int) -> tuple[Booking, list[Label]]:
    """The labels that goods leave with.

    Raises:
        StaleError: they are not bought, or went with other goods.
    """
    booking = booking_of(job)
    if booking is None or booking.id != booking_id or booking.state != "bought":
        raise StaleError("The label is not there any more. Reload, and look at the labels again.")
    return booking, list(Label.select().where(Label.booking == booking).order_by(Label.number))


def leave_with(booking: Booking, shipment: Shipment) -> None:
    """The labels belong to this hand-over from now on."""
    Booking.update(shipment=shipment).where(Booking.id == booking.id).execute()
