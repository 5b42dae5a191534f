"""Hand-over: packages, tracking numbers, who took the goods; whole or in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import clock
import outbox
from errors import BlockedError, StaleError
from models import Booking, Label, Package, Shipment, ShipmentItem, Task, transaction
from workflow import shop
from workflow.actors import Actor
from workflow.codes import sscc, tracking_link
from workflow.engine import labels, work
from workflow.engine.docket import Docket, event, load_task, settle, work_of
from workflow.engine.orders import next_number
from workflow.engine.reports import Box, ItemWork, Report
from workflow.quantities import Done, show
from workflow.stages import Stage, Work

Items = tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True)
class Handover:
    """What is handed over now: item id and pieces of this shipment; None is all that is left.

    With ``complete`` the task is finished too, or nothing is kept.
    """

    items: Items | None
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    handed_to: str = ""
    cost: Decimal | None = None
    boxes: tuple[Box, ...] = ()
    version: int | None = None
    complete: bool = False
    booking_id: int | None = None  # labels that were made before: they say carrier and numbers
    agreed: bool = True  # to a part, where the customer takes complete deliveries only


def record_shipment(task_id: int, handover: Handover, actor: Actor) -> Shipment:
    """Record that goods left; without ``complete``, ``finish_task`` finishes the task afterwards.

    Raises:
        BlockedError: more than is packed, nothing at all, or pieces are left of a hand-over that
            was to be completed; every reason named.
        StaleError: somebody else recorded a shipment meanwhile.
    """
    with transaction():
        docket, task = load_task(task_id, finishing=handover.complete)
        actor.require_department(task.department_id, task.department.name)
        done = docket.done(task)
        items = _left(docket, task, done) if handover.items is None else handover.items
        _require_handover(docket, task, items)
        if not handover.agreed:
            _require_complete(docket, task, done, items)
        booking = None
        if handover.booking_id is not None:
            booking, made = labels.use_booking(docket.job, handover.booking_id)
            handover = _labelled(handover, booking, made)
        work.save_report(docket, task, _report(handover, items, done), actor)
        shipment = _insert(docket, handover, items, actor)
        if booking is not None:
            labels.leave_with(booking, shipment)
        if vars(docket.job).get("prints"):
            _ask_for_papers(docket, shipment)
        docket.events.append(_gone(docket, task, handover, items, actor))
        if handover.complete:
            work.tick_off(docket, task, actor)
        else:
            _tell_of_part(docket, task, done, shipment, items)
        settle(docket.order, [docket], actor)
        if handover.complete:
            work.tell_outside(docket, task)
    return shipment


def _report(handover: Handover, items: Items, done: Mapping[int, Done]) -> Report:
    totals = tuple(
        ItemWork(item, done[item].good + quantity)
        for item, quantity in items
        if quantity and item in done
    )
    facts = {"handed_to": handover.handed_to, "tracking": handover.tracking_number}
    return Report(totals, handover.version, facts)


def _gone(
    docket: Docket, task: Task, handover: Handover, items: Items, actor: Actor
) -> dict[str, Any]:
    what = f"{handover.carrier} {handover.tracking_number}".strip() or handover.handed_to
    pieces = show(sum((quantity for _item, quantity in items), Decimal(0)))
    text = f"{pieces} pieces: {what}".strip(": ")
    return event(docket.order, actor, "shipped", text, about=task)


def _labelled(handover: Handover, booking: Booking, made: Sequence[Label]) -> Handover:
    """The hand-over with what its labels say: numbers, carrier, cost, packages."""
    boxes = tuple(
        Box(**package, tracking_number=label.tracking_number)
        for package, label in zip(booking.packages, made, strict=True)
    )
    return replace(
        handover,
        carrier=booking.chosen["carrier"] or booking.chosen["service"],
        service=booking.chosen["service"] if booking.chosen["carrier"] else "",
        tracking_number=made[0].tracking_number,
        tracking_url=made[0].tracking_url,
        cost=booking.cost,
        boxes=boxes,
    )


def _require_complete(docket: Docket, task: Task, done: Mapping[int, Done], items: Items) -> None:
    """Stop a part that the customer does not take.

    Raises:
        BlockedError: the order's policy is "complete only" and pieces would be left.
    """
    now = dict(items)
    facts = docket.facts(docket.covered(task))
    least = docket.tolerance().least
    left = [f for f in facts if done[f.id].good + now.get(f.id, Decimal(0)) < least(f.wanted)]
    if docket.order.shipment_policy == "complete only" and left:
        raise BlockedError(
            f"{docket.job.number} cannot be handed over in part",
            ["the customer takes complete deliveries only; ask them, then tick that they agreed"],
        )


def _tell_of_part(
    docket: Docket, task: Task, done: Mapping[int, Done], shipment: Shipment, items: Items
) -> None:
    """A part is on its way and the rest follows: the customer gets its number now."""
    order, now = docket.order, dict(items)
    least, facts = docket.tolerance().least, docket.facts(docket.covered(task))
    zero = Decimal(0)
    left = sum(
        (max(least(f.wanted) - done[f.id].good - now.get(f.id, zero), zero) for f in facts), zero
    )
    follows = order.shipment_policy != "partial and cancel the rest"
    if left <= 0 or not follows or docket.job.fulfillment_type != "ship":
        return
    told = {"pieces": show(sum(now.values(), zero)), "left": show(left)}
    outbox.add(
        "message",
        {"event": "part_shipped", "order_id": order.id, "job_id": docket.job.id,
         "shipment_id": shipment.id, "about": f"shipment:{shipment.id}", "facts": told},
        key=f"message:part_shipped:{shipment.id}",
        order=order,
    )  # fmt: skip


def _ask_for_papers(docket: Docket, shipment: Shipment) -> None:
    asked = {"order_id": docket.order.id, "job_id": docket.job.id, "shipment_id": shipment.id}
    outbox.add(
        "papers",
        {"event": "shipped", **asked},
        key=f"papers:shipped:{shipment.id}",
        order=docket.order,
    )


def _left(docket: Docket, task: Task, done: Mapping[int, Done]) -> Items:
    """What is still to be handed over of everything."""
    facts = docket.facts(docket.covered(task))
    return tuple((f.id, max(f.wanted - done[f.id].good, Decimal(0))) for f in facts)


def _require_handover(docket: Docket, task: Task, items: Items) -> None:
    reasons = []
    if work_of(task) is not Work.HANDOVER:
        reasons.append(f"{task.department.name} does not hand over goods")
    if Stage(docket.job.stage) is not Stage.FINISHING and task.closed_at is None:
        reasons.append(f"{docket.job.number} is in {docket.job.stage}")
    if not any(quantity > 0 for _item, quantity in items):
        reasons.append("no pieces are given")
    if any(quantity < 0 for _item, quantity in items):
        reasons.append("a quantity cannot be negative")
    if reasons:
        raise BlockedError(f"{docket.job.number} cannot be handed over", reasons)


def _insert(docket: Docket, handover: Handover, items: Items, actor: Actor) -> Shipment:
    shipment = Shipment.create(
        job=docket.job,
        carrier=handover.carrier[:60],
        service=handover.service[:60],
        tracking_number=handover.tracking_number[:80],
        tracking_url=(
            handover.tracking_url or tracking_link(handover.carrier, handover.tracking_number)
        )[:255],
        handed_to=handover.handed_to[:120],
        cost=handover.cost,
        shipped_at=clock.now(),
        shipped_by=actor.name,
    )
    rows = [
        {"shipment": shipment.id, "item": item, "quantity": quantity}
        for item, quantity in items
        if quantity > 0
    ]
    ShipmentItem.insert_many(rows).execute()
    if handover.boxes:
        Package.insert_many(_packages(shipment, handover.boxes)).execute()
    return shipment


def _packages(shipment: Shipment, boxes: Sequence[Box]) -> list[dict[str, object]]:
    prefix = str(shop.setting("gs1_prefix"))
    return [
        {
            "shipment": shipment.id,
            "number": number,
            "sscc": sscc(prefix, next_number("sscc", 1)) if prefix else "",
            "weight_grams": box.weight_grams,
            "length_mm": box.length_mm,
            "width_mm": box.width_mm,
            "height_mm": box.height_mm,
            "tracking_number": box.tracking_number[:80],
        }
        for number, box in enumerate(boxes, start=1)
    ]


def void_shipment(shipment_id: int, actor: Actor) -> Shipment:
    """Take a shipment back: its pieces count as not handed over again.

    Raises:
        StaleError: it was voided already.
        BlockedError: the task is finished; reopen it first.
    """
    with transaction():
        shipment = Shipment.get_by_id(shipment_id)
        task_id = _handover_task(shipment)
        docket, task = load_task(task_id)
        actor.require_department(task.department_id, task.department.name)
        shipment = Shipment.get_by_id(shipment_id)
        if shipment.voided_at is not None:
            raise StaleError(f"{shipment} was voided already.")
        if task.closed_at is not None:
            raise BlockedError(
                f"{shipment} cannot be voided", [f"{task.department.name} is finished; reopen it"]
            )
        shipment.voided_at = clock.now()
        shipment.save()
        Booking.update(shipment=None).where(Booking.shipment == shipment).execute()
        done = docket.done(task)
        totals = tuple(
            ItemWork(row.item_id, done[row.item_id].good - row.quantity)
            for row in ShipmentItem.select().where(ShipmentItem.shipment == shipment)
        )
        work.save_report(docket, task, Report(totals), actor)
        docket.events.append(event(docket.order, actor, "voided", f"{shipment} voided", about=task))
        settle(docket.order, [docket], actor)
    return shipment


def _handover_task(shipment: Shipment) -> int:
    tasks = Task.select().where(Task.job == shipment.job_id)
    return next(
        t.id for t in tasks if t.department.work == Work.HANDOVER and t.outcome != "cancelled"
    )
