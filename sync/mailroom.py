"""What becomes of a mail: kept once with everything it brings, then decided who looks at it.

``keep`` writes a mail in the same transaction as the files it brings.  A mail is *taken* (its
files are read, or wait to be typed in), *waiting* for a person who says whether its sender may
order, *ignored* because no person wrote it, or *rejected* by a person.  Nothing is answered from
here; ``sync.mail_threads`` says where an answer would go, and whether by itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from peewee import IntegrityError

import clock
from errors import InvalidError, NotFoundError, StaleError, UnreadableError
from models import (
    Customer,
    IncomingFile,
    IncomingMail,
    Mailbox,
    Message,
    on_postgresql,
    transaction,
)
from sync import intake, senders
from sync.letters.glimpse import glimpse
from sync.letters.letter import Letter, Part
from sync.letters.safely import LetterReader
from sync.letters.trust import Vouched, judge
from sync.mail_rules import Arrival, MailState, decide, decide_bounce, is_order_file
from workflow import engine, messages
from workflow.actors import Actor, Right, system
from workflow.kept import content_of

CHANNEL = "mailbox"
ACTOR = system("Mailbox")
_TYPE_IT = "Enter what it orders beside it, or say that it is none."


# ---------------------------------------------------------------- keeping


def keep(arrival: Arrival, reader: LetterReader) -> IncomingMail | None:
    """Write a mail with everything it brings; None where it is there already.

    The bytes are taken apart in a child process first, outside any transaction.
    """
    letter, unread = _read(arrival.original, reader)
    vouched = judge(letter.auth_results, arrival.mailbox.authserv_ids, letter.senders)
    try:
        with transaction():
            return _write(arrival, letter, vouched, arrival.too_large or unread)
    except IntegrityError:  # another process wrote the same mail at the same moment
        key = _key(arrival.mailbox, letter)
        if key is not None:
            raise
        return None


def _read(original: bytes, reader: LetterReader) -> tuple[Letter, str]:
    try:
        return reader.read(original), ""
    except UnreadableError as problem:
        return glimpse(original), str(problem)


def _key(mailbox: Mailbox, letter: Letter) -> str | None:
    """What a mail is known by, or None when it was kept already.

    A Message-ID comes first.  Some programs give all their mails the same one: those are told
    apart by what they say, so that no order is taken for a copy of another.
    """
    named = letter.message_id or f"says:{letter.fingerprint}"
    apart = f"{named[:200]} says:{letter.fingerprint[:40]}"
    mine = IncomingMail.select(IncomingMail.key, IncomingMail.fingerprint).where(
        (IncomingMail.mailbox == mailbox) & IncomingMail.key.in_([named, apart])
    )
    there = {row.key: row.fingerprint for row in mine}
    if named not in there:
        return named
    return None if apart in there or there[named] == letter.fingerprint else apart


def _write(arrival: Arrival, letter: Letter, vouched: Vouched, unread: str) -> IncomingMail | None:
    key = _key(arrival.mailbox, letter)
    if key is None:
        return None
    came_back = _note_bounce(letter)
    whose = senders.standing(letter.sender)
    decision = decide_bounce(letter, came_back) or decide(arrival, letter, vouched, whose, unread)
    mail = IncomingMail.create(
        **_columns(arrival, letter),
        key=key,
        authenticated=vouched.good,
        authentication=vouched.words[:255],
        state=decision.state.value,
        reason=decision.reason,
        customer=whose.customer_id,
    )
    if decision.state == MailState.TAKEN:
        _bring(mail, letter, whose.customer_id if whose.said else None, ACTOR)
    return mail


def _columns(arrival: Arrival, letter: Letter) -> dict[str, object]:
    sent = datetime.fromisoformat(letter.sent_at).astimezone(UTC) if letter.sent_at else None
    return {
        "mailbox": arrival.mailbox,
        "fingerprint": letter.fingerprint,
        "message_id": letter.message_id,
        "in_reply_to": letter.in_reply_to,
        "thread": list(letter.thread),
        "folder": arrival.folder,
        "uid_validity": arrival.uid_validity,
        "uid": arrival.uid,
        "size": arrival.size,
        "sender": letter.sender,
        "sender_name": letter.sender_name,
        "reply_to": letter.reply_to,
        "subject": letter.subject,
        "sent_at": sent,
        "arrived_at": arrival.arrived_at,
        "automatic": letter.automatic,
        "original": engine.store_file(arrival.original, "message/rfc822"),
        "text": letter.text,
        "parts": [_about(part) for part in letter.parts],
    }


def _about(part: Part) -> dict[str, object]:
    return {
        "name": part.name,
        "kind": part.kind,
        "size": len(part.content),
        "inside": part.inside,
        "decoration": part.decoration,
        "read": is_order_file(part),
    }


def _note_bounce(letter: Letter) -> Sequence[Message]:
    report = letter.bounce
    if report is None or not report.failed:
        return ()
    why = " ".join(part for part in (report.status, report.said) if part) or "no reason given"
    said = f"{report.recipient or 'The address'} does not take mail: {why}"
    return messages.mark_bounced(report.message_ids, said[:200], ACTOR)


# ---------------------------------------------------------------- what it brings


def _bring(mail: IncomingMail, letter: Letter, customer_id: int | None, actor: Actor) -> None:
    """Keep the files of a mail and ask for their reading; or queue the mail itself to be typed."""
    left_out = list(letter.notes)
    kept = 0
    for part in letter.parts:
        if is_order_file(part):
            try:
                _receive(mail, part, customer_id, actor)
                kept += 1
            except InvalidError as refusal:
                left_out.append(f"Not kept: {'; '.join(refusal.problems.values())}.")
    if not kept:
        _queue(mail, letter, actor)
    if left_out:
        mail.reason = " ".join([*left_out, *([mail.reason] if mail.reason else [])])
        mail.save()


def _receive(mail: IncomingMail, part: Part, customer_id: int | None, actor: Actor) -> None:
    intake.receive(
        CHANNEL,
        part.name,
        part.content,
        actor=actor,
        sender=mail.sender,
        content_type=part.content_type,
        mail=mail,
        customer_id=customer_id,
    )


def _queue(mail: IncomingMail, letter: Letter, actor: Actor) -> None:
    """The order stands in the text, or in a paper no program here reads: a person types it."""
    papers = [part.name for part in letter.parts if not part.decoration]
    where = f"in '{papers[0]}'" if papers else "in its text"
    intake.receive(
        CHANNEL,
        f"{mail.subject[:200] or 'Mail without subject'}.eml",
        content_of(mail.original),
        actor=actor,
        sender=mail.sender,
        content_type="message/rfc822",
        mail=mail,
        customer_id=mail.customer_id,
        waits=f"No spreadsheet came with this mail: the order stands {where}. {_TYPE_IT}",
    )


# ---------------------------------------------------------------- what a person decides


def admit(
    mail_id: int, actor: Actor, *, customer_id: int | None = None, remember: str = ""
) -> IncomingMail:
    """It is an order: take what the mail brings, for one customer or for whom the files name.

    Args:
        mail_id: a mail that is not taken.
        actor: who says so.
        customer_id: whose orders these are.
        remember: "address" or "domain": from now on they need no question.

    Raises:
        StaleError: somebody decided it meanwhile.
        InvalidError: the domain is everybody's.
        NotFoundError: there is no such mail or customer.
    """
    actor.require(Right.INCOMING)
    seen = find(mail_id)
    with LetterReader() as reader:
        letter, unread = _read(content_of(seen.original), reader)
    customer = None
    if customer_id is not None:
        customer = Customer.get_or_none(Customer.id == customer_id)
        if customer is None:
            raise NotFoundError(f"There is no customer {customer_id}. Choose one from the list.")
    with transaction():
        mail = _open(mail_id, seen.version)
        if customer is not None and remember:
            senders.remember(_pattern(mail.sender, remember), customer, actor)
        mail.customer = customer or mail.customer
        _settle(mail, MailState.TAKEN, unread, actor)
        _bring(mail, letter, customer.id if customer else None, actor)
    return mail


def refuse(mail_id: int, reason: str, actor: Actor, *, for_ever: bool = False) -> IncomingMail:
    """It is no order; with ``for_ever`` nothing of this sender is one.

    Files of the mail that wait for a person are rejected with it.

    Raises:
        StaleError: it became an order, or somebody rejected it already.
    """
    actor.require(Right.INCOMING)
    reason = reason.strip() or "not an order"
    with transaction():
        mail = _locked(mail_id)
        open_files = [f for f in _files(mail) if f.state == intake.State.NEEDS_PERSON]
        if mail.state == MailState.REJECTED or (mail.state == MailState.TAKEN and not open_files):
            raise StaleError(f"“{mail}” was decided already. Reload the page.")
        for file in open_files:
            intake.reject(file.id, reason, actor)
        if for_ever and mail.sender:
            senders.remember(mail.sender, None, actor)
        _settle(mail, MailState.REJECTED, f"{actor.name} said: {reason}.", actor)
    return mail


def _pattern(sender: str, remember: str) -> str:
    return "@" + sender.rpartition("@")[2] if remember == "domain" else sender


def _settle(mail: IncomingMail, state: MailState, reason: str, actor: Actor) -> None:
    mail.state, mail.reason = state.value, reason
    mail.decided_by, mail.decided_at = actor.name[:120], clock.now()
    mail.version += 1
    mail.save()


# ---------------------------------------------------------------- rows


def find(mail_id: int) -> IncomingMail:
    """One mail.

    Raises:
        NotFoundError: there is none.
    """
    found: IncomingMail | None = IncomingMail.get_or_none(IncomingMail.id == mail_id)
    if found is None:
        raise NotFoundError(f"There is no mail {mail_id}. Go back to the list.")
    return found


def part_of(mail: IncomingMail, number: int) -> Part:
    """One thing that hangs on a mail, counted from 0.

    Raises:
        NotFoundError: the mail has not so many.
        UnreadableError: the mail makes the reader stop.
    """
    with LetterReader() as reader:
        parts = reader.read(content_of(mail.original)).parts
    if not 0 <= number < len(parts):
        raise NotFoundError("This mail has no such attachment. Go back to the mail.")
    return parts[number]


def _files(mail: IncomingMail) -> list[IncomingFile]:
    return list(IncomingFile.select().where(IncomingFile.mail == mail).order_by(IncomingFile.id))


def _open(mail_id: int, version: int) -> IncomingMail:
    mail = _locked(mail_id)
    if mail.version != version or mail.state == MailState.TAKEN:
        raise StaleError(f"“{mail}” was decided already. Reload the page.")
    return mail


def _locked(mail_id: int) -> IncomingMail:
    query = IncomingMail.select().where(IncomingMail.id == mail_id)
    if on_postgresql():
        query = query.for_update()
    found: IncomingMail | None = query.first()
    if found is None:
        raise NotFoundError(f"There is no mail {mail_id}. Go back to the list.")
    return found
