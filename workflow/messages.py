"""What customers are told: written down once per event, sent by the worker, again only by hand.

A ``Message`` row is the memory: its ``key`` is unique, so the same message is never written twice.
Its state moves from *waiting* over *sending* to *sent*.  A mail server cannot be asked whether it
took a mail, so *sending* is committed before the text goes out: a row found in that state later is
*unknown*, and a person decides (``send_again``, ``mark_arrived``) instead of the customer getting
it twice.  *skipped* says in its note why nobody was written to, *refused* what the server said,
*bounced* what a server further on reported later; *replaced* was sent again by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import clock
import outbox
from errors import InvalidError, NotFoundError, StaleError
from models import Job, Message, MessageTemplate, Order, OrderEvent, PageLink, transaction
from workflow import occasions, wording
from workflow.actors import Actor, Right
from workflow.message_facts import (
    Recipient,
    facts_of,
    facts_of_example,
    phone_number,
    recipient_of,
    why_not_address,
)
from workflow.threads import link_of, thread_of
from workflow.wording import Words

STATES: dict[str, str] = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "skipped": "Not sent",
    "refused": "Refused",
    "bounced": "Came back",
    "unknown": "Unknown",
    "replaced": "Sent again",
}
#: What stands in the key of a message that was sent again by hand, before its number.
_AGAIN = ":again:"
#: What goes along when a message is sent again.
_KEPT = ("incoming_id", "link_id", "page_link_id", "in_reply_to", "thread", "file_id", "file_name")
#: These wait for a person to look at them.
NEEDS_A_PERSON = ("bounced", "refused", "unknown")


class BrokenTemplateError(InvalidError):
    """A message cannot be written before somebody has mended its template."""

    def __init__(self, event: str, problems: dict[str, str]) -> None:
        super().__init__(problems)
        names = {"subject": "subject", "body": "text"}
        wrong = "; ".join(f"{names[part]}, {text}" for part, text in problems.items())
        title = wording.EVENTS.get(event, event)
        self.args = (f"“{title}” cannot be written: {wrong}. Mend it under Message texts.",)


@dataclass(frozen=True)
class TemplateChange:
    """A template as somebody typed it; ``version`` is what they had before them."""

    words: Words
    active: bool
    version: int


# ---------------------------------------------------------------- writing


@dataclass(frozen=True)
class Occasion:
    """What an event brings along: ``about`` tells it from others of its kind.

    ``facts`` are what only this event knows, ``recipient`` an address somebody typed, ``page``
    the private page the message leads to.
    """

    about: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    recipient: str = ""
    page: PageLink | None = None


def compose(
    event: str, order_id: int, job_id: int | None, actor: Actor, occasion: Occasion | None = None
) -> Message:
    """Write down the message an event asks for, once, and ask the outbox to send it.

    Raises:
        InvalidError: the template is broken; the sentence says where to mend it.
        NotFoundError: order or job are gone.
    """
    more = occasion or Occasion()
    with transaction():
        key = f"{event}:{more.about or job_id or order_id}"
        written: Message | None = Message.get_or_none(Message.key == key)
        if written is not None:
            return written
        order, job = _order_and_job(order_id, job_id)
        template = MessageTemplate.get_or_none(MessageTemplate.event == event)
        recipient = recipient_of(order, event, more.recipient)
        why_not = _why_not(template, order, job) or recipient.why_not
        words = _words(template, order, job, _Told(event, more, recipient))
        incoming = order.incoming if order.incoming_id is not None else None
        thread, link = thread_of(incoming), link_of(incoming)
        return write(
            {
                "key": key,
                "event": event,
                "order": order,
                "job": job,
                "recipient": recipient.address[:254],
                "channel": recipient.channel,
                "subject": words.subject,
                "body": words.body,
                "state": "skipped" if why_not else "waiting",
                "note": why_not[:255],
                "link": link,
                "page_link": more.page,
                **(thread.columns() if thread is not None else {}),
            },
            actor,
        )


@dataclass(frozen=True)
class _Told:
    event: str
    more: Occasion
    recipient: Recipient


def _order_and_job(order_id: int, job_id: int | None) -> tuple[Order, Job | None]:
    order = Order.get_or_none(Order.id == order_id)
    job = Job.get_or_none(Job.id == job_id) if job_id is not None else None
    if order is None or (job_id is not None and job is None):
        raise NotFoundError("The order of this message is not there any more.")
    return order, job


def _why_not(template: MessageTemplate | None, order: Order, job: Job | None) -> str:
    if template is None or not template.active:
        return "The template of this message is switched off."
    if order.cancelled_at is not None or (job is not None and job.cancelled_at is not None):
        return f"{job or order} was cancelled."
    return ""


def _words(template: MessageTemplate | None, order: Order, job: Job | None, told: _Told) -> Words:
    if template is None:
        return Words("", "")
    facts = facts_of(order, job) | dict(told.more.facts) | {"contact": told.recipient.name}
    if told.more.page is not None:
        facts["link"] = wording.LINK
    try:
        return wording.fill(Words(template.subject, template.body), facts)
    except InvalidError as problem:
        raise BrokenTemplateError(told.event, problem.problems) from problem


def write(columns: dict[str, Any], actor: Actor) -> Message:
    """Keep a message, and ask the outbox to send it if it waits; call it inside a transaction."""
    message: Message = Message.create(**columns)
    if message.state == "waiting":
        outbox.add("mail", {"message_id": message.id}, order=message.order)
    else:
        _tell(message, actor, f"not told: {message.note}")
    return message


def _tell(message: Message, actor: Actor, what: str) -> None:
    if message.order_id is not None:
        about = wording.EVENTS.get(message.event, message.event)
        OrderEvent.create(
            order=message.order_id,
            job=message.job_id,
            actor=actor.name,
            kind="message",
            text=f"{about}: {what}",
        )


# ---------------------------------------------------------------- being sent (the worker's notes)


def mark_sending(message: Message, message_id: str) -> None:
    """Note that the text goes out now; from here on nobody can tell from outside.

    Raises:
        StaleError: it is not waiting (any more), so it must not go out.
    """
    if not _move(message, ("waiting",), state="sending", message_id=message_id, note=""):
        raise StaleError(f"Message {message.id} is not waiting to be sent any more.")


def mark_sent(message: Message, message_id: str, note: str, actor: Actor) -> None:
    """Note that the server took it, or that it was kept as a file."""
    # A slow worker may find that another one gave its message up as unknown: it knows better.
    before = ("waiting", "sending", "unknown")
    sent = {"state": "sent", "sent_at": clock.now(), "message_id": message_id}
    with transaction():
        if _move(message, before, note=note, **sent):
            _tell(message, actor, f"sent to {message.recipient}")


def mark_waiting(message: Message, why: str) -> None:
    """Note that the server did not take it for now: it will be tried again."""
    _move(message, ("waiting", "sending"), state="waiting", note=why)


def mark_refused(message: Message, why: str, actor: Actor) -> None:
    """Note that the server will never take it; a person looks at it."""
    with transaction():
        if _move(message, ("waiting", "sending"), state="refused", note=why):
            _tell(message, actor, f"refused: {why}")


def mark_unknown(message: Message, why: str, actor: Actor) -> None:
    """Note that nobody knows whether it arrived; a person decides."""
    with transaction():
        if _move(message, ("sending",), state="unknown", note=why):
            _tell(message, actor, "it is not known whether it was sent; see Messages")


def mark_bounced(message_ids: Sequence[str], why: str, actor: Actor) -> list[Message]:
    """Note that mails of ours came back; which ones, by Message-ID.  A person looks at them."""
    named = Message.message_id.in_([one for one in message_ids if one][:50])
    with transaction():
        found = list(Message.select().where(named & (Message.message_id != "")))
        back = [m for m in found if _move(m, ("sent", "unknown"), state="bounced", note=why)]
        for message in back:
            _tell(message, actor, f"came back: {why}")
    return back


def _move(message: Message, before: tuple[str, ...], *, note: str, **columns: Any) -> bool:
    if _AGAIN in message.key:  # why it was sent again stays in front of what became of it
        note = " · ".join(part for part in (message.note.split(" · ")[0], note) if part)
    mine = (Message.id == message.id) & Message.state.in_(before)
    return bool(Message.update(note=note[:255], **columns).where(mine).execute())


# ---------------------------------------------------------------- by hand


def send_again(message_id: int, recipient: str, reason: str, seen: int, actor: Actor) -> Message:
    """Send the same words once more because a person says so.

    Args:
        message_id: the first message, or one sent again.
        recipient: where to this time.
        actor: who says so.
        reason: why; kept with the new message.
        seen: how often it had been sent again when the person decided, so that a click that
            arrives twice sends once.

    Raises:
        InvalidError: no reason, or not an address.
        StaleError: somebody sent it again meanwhile, or it still waits to be sent.
    """
    actor.require(Right.MESSAGES)
    problems = {}
    recipient = recipient.strip()
    if not reason.strip():
        problems["reason"] = "say why it is sent again"
    sms = "@" not in recipient and 6 <= len(phone_number(recipient)) <= 16
    if why_not_address(recipient) and not sms:
        problems["recipient"] = why_not_address(recipient)
    if problems:
        raise InvalidError(problems)
    with transaction():
        message = find(message_id)
        if message.state in ("waiting", "sending"):
            raise StaleError("It still waits to be sent. Reload the page.")
        if times_sent_again(message) != seen:
            raise StaleError("Somebody sent it again a moment ago. Reload the page.")
        first = _first_key(message)
        again = write(
            {
                "key": f"{first}{_AGAIN}{seen + 1}",
                "event": message.event,
                "order": message.order_id,
                "job": message.job_id,
                "recipient": phone_number(recipient) if sms else recipient,
                "channel": "sms" if sms else "mail",
                "subject": message.subject,
                "body": message.body,
                **{name: getattr(message, name) for name in _KEPT},
                "note": f"Sent again by {actor.name}: {reason.strip()}"[:255],
            },
            actor,
        )
        if message.state in NEEDS_A_PERSON:
            note = f"{message.note} Sent again by {actor.name}.".split(" · ")[-1]
            _move(message, NEEDS_A_PERSON, state="replaced", note=note)
        _tell(again, actor, f"sent again to {recipient}: {reason.strip()}")
        return again


def times_sent_again(message: Message) -> int:
    """How many copies of a message were made by hand."""
    begin = f"{_first_key(message)}{_AGAIN}"
    return int(Message.select().where(Message.key.startswith(begin)).count())


def _first_key(message: Message) -> str:
    return str(message.key).split(_AGAIN)[0]


def mark_arrived(message_id: int, actor: Actor) -> Message:
    """The customer has it after all: an unknown message counts as sent.

    Raises:
        StaleError: it is not unknown any more.
    """
    actor.require(Right.MESSAGES)
    with transaction():
        message = find(message_id)
        note = f"{actor.name} found out that it arrived."
        if not _move(message, ("unknown",), state="sent", sent_at=clock.now(), note=note):
            raise StaleError("Somebody settled it already. Reload the page.")
        _tell(message, actor, "arrived, as was found out")
        return message


def find(message_id: int) -> Message:
    """One message with its order.

    Raises:
        NotFoundError: there is none.
    """
    found: Message | None = (
        Message.select(Message, Order)
        .left_outer_join(Order)
        .where(Message.id == message_id)
        .first()
    )
    if found is None:
        raise NotFoundError(f"There is no message {message_id}.")
    return found


def rows(
    *, states: Sequence[str] = (), text: str = "", limit: int = 50, before: int | None = None
) -> list[Message]:
    """Messages with their orders, newest first; ``text`` may be an order's number."""
    query = Message.select(Message, Order).left_outer_join(Order)
    if states:
        query = query.where(Message.state.in_(list(states)))
    if text:
        found = Message.recipient.contains(text) | Message.subject.contains(text)
        query = query.where(found | (Order.number == text))
    if before is not None:
        query = query.where(Message.id < before)
    return list(query.order_by(Message.id.desc()).limit(limit))


def how_many(states: Sequence[str]) -> int:
    """How many messages are in these states; meant for the few that are still open."""
    return int(Message.select().where(Message.state.in_(list(states))).count())


# ---------------------------------------------------------------- templates


def template_of(event: str) -> MessageTemplate:
    """The template of an event.

    Raises:
        NotFoundError: there is no such message.
    """
    found: MessageTemplate | None = MessageTemplate.get_or_none(MessageTemplate.event == event)
    if found is None:
        raise NotFoundError(f"There is no message called '{event}'.")
    return found


def templates() -> list[MessageTemplate]:
    """All templates, in the order of an order's life."""
    found = {row.event: row for row in MessageTemplate.select()}
    return [found[event] for event in wording.EVENTS if event in found]


def change_template(event: str, change: TemplateChange, actor: Actor) -> None:
    """Keep new words for a message, if they can be filled for every order.

    Raises:
        InvalidError: they cannot; says what and in which line.
        StaleError: somebody changed the template meanwhile.
    """
    actor.require(Right.SET_UP)
    problems = {}
    if len(change.words.subject) > 255:
        problems["subject"] = "is longer than 255 characters: make it shorter"
    if problems:
        raise InvalidError(problems)
    wording.check(event, change.words)
    changed = (
        MessageTemplate.update(
            subject=change.words.subject,
            body=change.words.body,
            active=change.active,
            version=MessageTemplate.version + 1,
        )
        .where((MessageTemplate.event == event) & (MessageTemplate.version == change.version))
        .execute()
    )
    if not changed:
        raise StaleError("Somebody changed this template meanwhile. Reload it and type again.")


def reset_template(event: str, version: int, actor: Actor) -> None:
    """Go back to the words a shop starts with.

    Raises:
        StaleError: somebody changed the template meanwhile.
    """
    template = template_of(event)
    words = Words(*wording.FIRST_WORDS[event])
    change_template(event, TemplateChange(words, template.active, version), actor)


def preview(event: str, words: Words, order_number: str) -> Words:
    """How a template would read for an order, or for a made-up one when no number is given.

    Raises:
        InvalidError: it is broken; says what and in which line.
        NotFoundError: there is no such order.
    """
    if not order_number.strip():
        return wording.fill(words, wording.example(event))
    order = Order.get_or_none(Order.number == order_number.strip())
    if order is None:
        raise NotFoundError(f"There is no order {order_number.strip()[:20]}.")
    if event in wording.ANSWERS:
        return wording.fill(words, facts_of_example(order, wording.example(event)))
    made_up = occasions.example(event, rich=True)
    if event in occasions.ABOUT_ORDERS:
        return wording.fill(words, facts_of(order, None) | made_up)
    job = Job.select().where(Job.order == order).order_by(Job.position).first()
    if job is None:
        raise NotFoundError(f"Order {order} is not released yet, so it has no job to write about.")
    return wording.fill(words, facts_of(order, job) | made_up)
