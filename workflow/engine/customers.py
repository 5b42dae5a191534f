"""Customers kept informed: what they ask on their page, what we reply, what they are told."""

from datetime import date
from typing import Any

import clock
import outbox
from errors import BlockedError, InvalidError, NotFoundError, StaleError
from models import Forecast, Inquiry, Job, Order, Shipment, transaction
from workflow.actors import Actor, Right
from workflow.engine.docket import event, lock_order, write_events

LONGEST = 4000


def ask_shop(order_id: int, words: str, by: str, actor: Actor) -> Inquiry:
    """A customer writes to the shop about an order.

    Raises:
        InvalidError: nothing is written.
    """
    actor.require(Right.MESSAGES)
    words, by = words.strip()[:LONGEST], " ".join(by.split())[:120]
    if not words:
        raise InvalidError({"words": "Write your message first."})
    with transaction():
        order = lock_order(order_id)
        asked: Inquiry = Inquiry.create(order=order, words=words, by=by)
        text = f"{by or 'the customer'} writes: {words}"
        write_events([event(order, actor, "inquiry", text)])
    return asked


def reply_inquiry(inquiry_id: int, answer: str, actor: Actor) -> Inquiry:
    """Answer what a customer wrote; the words stand on their page and go out as a message.

    Raises:
        InvalidError: nothing is written.
        StaleError: somebody answered meanwhile.
    """
    actor.require(Right.MESSAGES)
    if not answer.strip():
        raise InvalidError({"answer": "Write the answer first."})
    with transaction():
        asked: Inquiry | None = Inquiry.get_or_none(Inquiry.id == inquiry_id)
        if asked is None:
            raise NotFoundError("That message is not there any more. Reload the page.")
        order = lock_order(asked.order_id)
        written: dict[str, Any] = {"answer": answer.strip()[:LONGEST], "answered_at": clock.now(),
                   "answered_by": actor.name[:120]}  # fmt: skip
        mine = (Inquiry.id == inquiry_id) & Inquiry.answered_at.is_null()
        if not Inquiry.update(**written).where(mine).execute():
            raise StaleError("Somebody answered it a moment ago. Reload the page.")
        text = f"answered {asked.by or 'the customer'}: {written['answer']}"
        write_events([event(order, actor, "inquiry", text)])
        facts = {"asked": asked.words, "answer": written["answer"], "by": actor.name}
        _tell(order, "reply", str(inquiry_id), facts)
    return asked


def note_delivered(shipment_id: int, actor: Actor) -> Shipment:
    """The goods have arrived: the customer is told, once.

    Raises:
        BlockedError: the shipment was voided.
        StaleError: it is noted already.
    """
    actor.require(Right.MESSAGES)
    with transaction():
        shipment = Shipment.get_or_none(Shipment.id == shipment_id)
        if shipment is None:
            raise NotFoundError("That shipment is not there any more. Reload the page.")
        job = Job.get_by_id(shipment.job_id)
        order = lock_order(job.order_id)
        if shipment.voided_at is not None:
            raise BlockedError("It cannot be delivered", ["the shipment was voided"])
        mine = (Shipment.id == shipment_id) & Shipment.delivered_at.is_null()
        if not Shipment.update(delivered_at=clock.now()).where(mine).execute():
            raise StaleError("It is noted as delivered already.")
        text = f"{shipment} delivered"
        write_events([event(order, actor, "delivered", text, about=job)])
        _tell(order, "delivered", f"shipment:{shipment_id}", {}, job)
    return shipment


def tell_late(job_id: int, reason: str, actor: Actor) -> Forecast:
    """Tell the customer that a job will be late, before it is; once for each expected day.

    ``reason`` is said in words for the customer.

    Raises:
        InvalidError: no reason is given.
        StaleError: by now the job is expected in time.
    """
    actor.require(Right.MESSAGES)
    if not reason.strip():
        raise InvalidError({"reason": "Say why, in words for the customer."})
    with transaction():
        job = Job.get_or_none(Job.id == job_id)
        seen: Forecast | None = Forecast.get_or_none(Forecast.job == job_id)
        if job is None or seen is None:
            raise StaleError("By now the job is expected in time. Reload the page.")
        order = lock_order(job.order_id)
        facts = {
            "due": seen.due_date.isoformat(),
            "expected": seen.expected_on.isoformat(),
            "reason": " ".join(reason.split())[:500],
        }
        text = f"told that {job.number} comes {seen.expected_on}: {facts['reason']}"
        write_events([event(order, actor, "late_told", text, about=job)])
        _tell(order, "late", f"{job.id}:{facts['expected']}", facts, job)
    return seen


def tell_new_date(order: Order, job: Job, before: date | None, why: str) -> None:
    """A promised date has moved: the customer hears of it, once for each move.

    Call it inside the transaction that moves the date; a job without a date promises nothing.
    """
    if job.due_date is None:
        return
    facts = {
        "before": before.isoformat() if before else "",
        "after": job.due_date.isoformat(),
        "reason": " ".join(why.split())[:500],
    }
    _tell(order, "date_moved", f"{job.id}:{job.version}:{order.revision}", facts, job)


def _tell(
    order: Order, what: str, about: str, facts: dict[str, str], job: Job | None = None
) -> None:
    asked = {"event": what, "order_id": order.id, "about": about, "facts": facts}
    if job is not None:
        asked["job_id"] = job.id
    outbox.add("message", asked, key=f"message:{what}:{about}", order=order)
