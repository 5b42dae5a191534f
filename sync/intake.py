"""How documents come in: bytes are kept before they are understood, and become orders once.

``receive`` keeps a document and asks for its reading; ``read_file`` reads it.  A document is
``received``, then ``accepted``, ``needs_person`` with the reason, ``duplicate`` or ``rejected``.
Reading may be asked for twice (a worker dies, a person is impatient): the bytes are understood
outside any transaction, and one transaction makes all orders of the document and moves its state,
on condition that nobody did it in between.
"""

from collections.abc import Sequence
from enum import StrEnum

import clock
import outbox
from errors import (
    BlockedError,
    InvalidError,
    NotFoundError,
    ShopError,
    StaleError,
    UnreadableError,
)
from models import (
    Customer,
    DraftProblem,
    IncomingFile,
    IncomingMail,
    Order,
    StoredFile,
    on_postgresql,
    transaction,
)
from settings import get_settings
from sync import corrections, funnel, mappings, sources, vocabulary
from sync.drafts import OrderDraft, Problem
from sync.readers import read_safely
from sync.readers.sniff import TABLES, refuse, sniff
from sync.sources import Incoming, spreadsheet
from workflow import engine
from workflow.actors import Actor, Right
from workflow.engine.orders import next_number
from workflow.kept import content_of


class State(StrEnum):
    """Where a document is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    NEEDS_PERSON = "needs_person"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


#: States from which a document may be read (again).
READABLE = frozenset({State.RECEIVED, State.NEEDS_PERSON, State.REJECTED})
#: In the reason of every document that waits for its password.
LOCKED = "password-protected"
_LONGEST_REASON = 4000
_SECOND = "Read it again if it is a second order, or reject it."


# ---------------------------------------------------------------- receiving


def receive(  # noqa: PLR0913 - what a channel knows of a document
    channel: str,
    name: str,
    content: bytes,
    *,
    actor: Actor,
    sender: str = "",
    external_id: str = "",
    content_type: str = "",
    mail: IncomingMail | None = None,
    customer_id: int | None = None,
    waits: str = "",
) -> IncomingFile:
    """Keep a document and ask for its reading; the same one again is only noted.

    What a mail brings once more under another Message-ID may be a second order: it waits for a
    person with the first one's name.

    Args:
        channel: how it came: upload, cli, api, mailbox, folder.
        name: its file name.
        content: its bytes, whatever they are.
        actor: who brings it.
        sender: e-mail address it came from, if any.
        external_id: what the channel calls it (Message-ID); the same one never counts twice.
        content_type: what the channel says it is; nobody relies on it.
        mail: the mail it came with.
        customer_id: whose document it is, where a person has said so.
        waits: why a person has to look at it before it is read.

    Raises:
        ForbiddenError: the actor may not handle incoming files.
        InvalidError: the file is empty or too large.
    """
    actor.require(Right.INCOMING)
    name = _file_name(name)
    _require_content(name, content)
    with transaction():
        # Whoever asks for a number waits for the one before: two copies that arrive at the same
        # moment come one after the other, and the second sees the first.
        next_number("incoming", 1)
        kept = engine.store_file(content, content_type or "application/octet-stream")
        before = _came_before(channel, external_id, kept)
        incoming = IncomingFile.create(
            channel=channel[:20],
            name=name,
            sender=sender.strip()[:254],
            external_id=(external_id or (mail.message_id if mail is not None else ""))[:255],
            mail=mail,
            customer=customer_id,
            file=kept,
            received_by=actor.name[:120],
        )
        if before is not None and mail is not None and before.mail_id != mail.id and not waits:
            waits = f"Possible duplicate. {_same_as(before)} {_SECOND}"
            incoming.duplicate_of = before
        if waits:
            incoming.state, incoming.reason = State.NEEDS_PERSON.value, waits[:_LONGEST_REASON]
            incoming.save()
            return incoming
        if before is not None:
            incoming.state, incoming.duplicate_of = State.DUPLICATE.value, before
            incoming.reason = _same_as(before)
            incoming.save()
            return incoming
        outbox.add(
            "read_file",
            {"incoming_id": incoming.id},
            key=f"read_file:{incoming.id}:{incoming.version}",
        )
    return incoming


def _file_name(name: str) -> str:
    """The last part of a path, without what no file system and no header takes."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(c for c in last if c.isprintable())
    return printable.strip()[-255:] or "unnamed"


def _require_content(name: str, content: bytes) -> None:
    if not content:
        raise InvalidError({"file": f"'{name}' is empty; choose the file again"})
    most = get_settings().max_upload_mb
    if len(content) > most * 1024 * 1024:
        text = f"'{name}' has {len(content) // 1_000_000} MB, more than the {most} MB we take; "
        raise InvalidError({"file": text + "send only the sheet with the order"})


def _came_before(channel: str, external_id: str, kept: StoredFile) -> IncomingFile | None:
    """The first document with that content or that id that still counts."""
    same = IncomingFile.file == kept.id
    if external_id:
        same |= (IncomingFile.external_id == external_id[:255]) & (IncomingFile.channel == channel)
    rows = (
        IncomingFile.select()
        .where(same & (IncomingFile.state != State.DUPLICATE))
        .order_by(IncomingFile.id)
    )
    return next((row for row in rows if _counts(row, channel, external_id)), None)


def _counts(row: IncomingFile, channel: str, external_id: str) -> bool:
    """A rejected file, or one whose orders were all cancelled, may be sent once more."""
    if external_id and (row.channel, row.external_id) == (channel, external_id[:255]):
        return True
    if row.state == State.REJECTED:
        return False
    orders = orders_of(row)
    return not orders or any(order.cancelled_at is None for order in orders)


def _same_as(before: IncomingFile) -> str:
    """Say what it is a copy of: the same file as order 1042, received Fri 09:12."""
    at = clock.local(before.received_at)
    when = f"{at:%a %H:%M}" if (clock.now() - at).days < 6 else f"{at.day} {at:%b %Y}"
    orders = orders_of(before)
    if orders:
        numbers = ", ".join(order.number for order in orders[:3])
        more = f" and {len(orders) - 3} more" if len(orders) > 3 else ""
        noun = "orders" if len(orders) > 1 else "order"
        return f"The same file as {noun} {numbers}{more}, received {when}. Nothing was entered."
    waiting = {
        State.NEEDS_PERSON: "which needs a person: open that one",
        State.REJECTED: "which was rejected",
    }.get(State(before.state), "which is being read")
    return f"The same file as '{before.name}', received {when}, {waiting}."


def orders_of(incoming: IncomingFile) -> list[Order]:
    """The orders a document made or changed, by number."""
    touched = DraftProblem.select(DraftProblem.order).where(
        (DraftProblem.incoming == incoming.id) & DraftProblem.order.is_null(False)
    )
    return list(
        Order.select()
        .where((Order.incoming == incoming.id) | Order.id.in_(touched))
        .order_by(Order.id)
    )


# ---------------------------------------------------------------- reading


def read_file(incoming_id: int, actor: Actor) -> IncomingFile:
    """Read a document that was received, and make its orders; a second call changes nothing.

    A document that nobody can read is kept with its reason and needs a person.

    Raises:
        ForbiddenError: the actor may not handle incoming files or enter orders.
        NotFoundError: there is no such document.
    """
    actor.require(Right.INCOMING)
    actor.require(Right.ENTER_ORDERS)
    seen = find(incoming_id)
    if seen.state != State.RECEIVED:
        return seen
    seen.mapping_version = None
    document = Incoming(seen.name, content_of(seen.file), seen.sender)
    original = corrections.original_of(seen, document.content)
    try:
        source, drafts = _understand(document, seen)
    except ShopError as unreadable:
        return _stop(seen, str(unreadable))
    if not any(draft.lines for draft in drafts):
        return _stop(seen, _no_lines(drafts), source, [p for d in drafts for p in d.problems])
    try:
        return _accept_all(seen, source, drafts, actor, original)
    except (InvalidError, corrections.TooLateError) as refused:
        return _stop(seen, str(refused), source)


def _understand(document: Incoming, seen: IncomingFile) -> tuple[str, list[OrderDraft]]:
    """Whose format it is, and the orders in it; a saved mapping goes before the headings."""
    source = sources.recognise(document)
    if source is None:
        refuse(sniff(document.content))
        raise UnreadableError(
            "Nobody here reads such a file: enter the order by hand, or ask the sender for a "
            "spreadsheet (xlsx, xls, ods or csv)."
        )
    if source.NAME == spreadsheet.NAME:
        learned = mappings.read_incoming(seen, document.content)
        if learned is not None:
            seen.mapping_version, drafts = learned
            return source.NAME, drafts
        words, catalogue = vocabulary.read()
        book = read_safely(document.content, document.name)
        drafts = spreadsheet.drafts_of(book, document.sender, catalogue=catalogue, words=words)
        return source.NAME, drafts
    return source.NAME, list(source.read(document))


def _no_lines(drafts: Sequence[OrderDraft]) -> str:
    if not drafts:
        return "No order was found in it. Enter the order by hand, or ask the sender."
    return "No order line was found in it. Enter the order by hand, or mend the file and send it."


def _accept_all(
    seen: IncomingFile,
    source: str,
    drafts: Sequence[OrderDraft],
    actor: Actor,
    original: corrections.Original | None,
) -> IncomingFile:
    """All orders of a document and its new state: everything, or nothing."""
    with transaction():
        incoming = _locked(seen.id)
        if incoming.version != seen.version or incoming.state != State.RECEIVED:
            return incoming  # somebody else has read it meanwhile
        _forget_problems(incoming)
        incoming.mapping_version_id = seen.mapping_version_id
        orders = [
            corrections.correct(draft, incoming, original)
            or funnel.accept(draft, actor, incoming=incoming)
            for draft in drafts
        ]
        if len({order.customer_id for order in orders}) == 1 and incoming.customer_id is None:
            incoming.customer = orders[0].customer
        numbers = ", ".join(dict.fromkeys(order.number for order in orders))
        _move(incoming, State.ACCEPTED, f"Became {numbers}."[:_LONGEST_REASON])
        incoming.source, incoming.read_at = source, clock.now()
        incoming.save()
        _ask_for_answer(incoming)
    return incoming


def _ask_for_answer(incoming: IncomingFile) -> None:
    """Who mailed a document is answered; what, and whether at all, is decided by ``replies``."""
    if incoming.mail_id is not None:
        key = f"answer:{incoming.id}:{incoming.version}"
        outbox.add("answer", {"incoming_id": incoming.id}, key=key)


def _stop(
    seen: IncomingFile, reason: str, source: str = "", problems: Sequence[Problem] = ()
) -> IncomingFile:
    """Keep a document with the reason why a person has to look at it."""
    with transaction():
        incoming = _locked(seen.id)
        if incoming.version != seen.version or incoming.state != State.RECEIVED:
            return incoming
        _forget_problems(incoming)
        incoming.mapping_version_id = seen.mapping_version_id
        for problem in problems:
            DraftProblem.create(
                incoming=incoming,
                address=problem.address[:120],
                field=problem.field[:60],
                message=problem.message,
                found=problem.found[:255],
            )
        _move(incoming, State.NEEDS_PERSON, reason[:_LONGEST_REASON])
        incoming.source, incoming.read_at = source, clock.now()
        incoming.save()
        if LOCKED in reason:
            _ask_for_answer(incoming)
    return incoming


def _forget_problems(incoming: IncomingFile) -> None:
    """What an earlier reading found counts no more; what stands at an order stays there."""
    DraftProblem.delete().where(
        (DraftProblem.incoming == incoming.id) & DraftProblem.order.is_null()
    ).execute()


# ---------------------------------------------------------------- what a person decides


def read_again(incoming_id: int, actor: Actor) -> IncomingFile:
    """Read a document once more: after a product was added, or a customer chosen.

    Raises:
        BlockedError: it became an order already, or it is a copy of another document.
    """
    actor.require(Right.INCOMING)
    with transaction():
        incoming = _locked(incoming_id)
        _require_readable(incoming)
        _move(incoming, State.RECEIVED, "")
        incoming.save()
    return read_file(incoming_id, actor)


def why_not_read_again(incoming: IncomingFile) -> list[str]:
    """Every reason why a document may not be read again, in words; empty if it may."""
    purged = StoredFile.select(StoredFile.purged_at).where(StoredFile.id == incoming.file_id)
    if purged.scalar() is not None:
        return ["the file itself was deleted, as the shop decided for old files"]
    if State(incoming.state) in READABLE:
        return []
    if incoming.state == State.DUPLICATE:
        return ["it is a copy: open the file that came first"]
    alive = [order.number for order in orders_of(incoming) if order.cancelled_at is None]
    if not alive:
        return []
    return [f"it became {', '.join(alive)} already: cancel that first, or change it there"]


def is_table(incoming: IncomingFile) -> bool:
    """Whether a document looks like a spreadsheet, so that somebody can say how it is read."""
    if incoming.source:
        return incoming.source == spreadsheet.NAME
    return sniff(bytes(incoming.file.content)) in TABLES


def reject(incoming_id: int, reason: str, actor: Actor) -> IncomingFile:
    """Say that a document is none of ours; it stays in the list with the reason.

    Raises:
        InvalidError: no reason is given.
        BlockedError: it became an order.
        StaleError: somebody rejected it already.
    """
    actor.require(Right.INCOMING)
    if not reason.strip():
        raise InvalidError({"reason": "say why it is rejected"})
    with transaction():
        incoming = _locked(incoming_id)
        if incoming.state == State.REJECTED:
            raise StaleError(f"'{incoming.name}' was rejected already: {incoming.reason}")
        alive = [o.number for o in orders_of(incoming) if o.cancelled_at is None]
        if incoming.state == State.ACCEPTED and alive:
            raise BlockedError(
                f"'{incoming.name}' cannot be rejected",
                [f"it became {', '.join(alive)}: cancel that first"],
            )
        _move(incoming, State.REJECTED, f"{reason.strip()} ({actor.name})"[:_LONGEST_REASON])
        incoming.save()
    return incoming


def choose_customer(incoming_id: int, customer_id: int, actor: Actor) -> IncomingFile:
    """Say whose document it is: its orders get the customer, or it is read again for them.

    Raises:
        NotFoundError: there is no such customer.
    """
    actor.require(Right.INCOMING)
    customer = Customer.get_or_none(Customer.id == customer_id)
    if customer is None:
        raise NotFoundError(f"There is no customer {customer_id}. Choose one from the list.")
    with transaction():
        incoming = _locked(incoming_id)
        if incoming.state == State.DUPLICATE:
            raise BlockedError(f"'{incoming.name}' gets no customer", why_not_read_again(incoming))
        incoming.customer = customer
        incoming.version += 1
        incoming.save()
        made = [order for order in orders_of(incoming) if order.closed_at is None]
        for order in made:
            _give_to(order, customer, incoming, actor)
    if made or State(incoming.state) not in READABLE:
        return incoming
    return read_again(incoming_id, actor)


def _give_to(order: Order, customer: Customer, incoming: IncomingFile, actor: Actor) -> None:
    if order.customer_id == customer.id:
        return
    change = engine.OrderChange(version=order.version, customer=customer)
    funnel.doubt_second_po(engine.change_order(order.id, change, actor), incoming)


def enter_by_hand(incoming_id: int, draft: OrderDraft, actor: Actor, seen: int = 0) -> Order:
    """Make the order that somebody typed from a document, exactly once.

    Args:
        incoming_id: the document: a mail, a PDF, a sheet that could not be read.
        draft: what was typed.
        actor: who typed it.
        seen: how many orders of the document the person knew of; a second click finds one more.

    Raises:
        StaleError: somebody entered it meanwhile.
        BlockedError: it is a copy, or it was rejected.
    """
    actor.require(Right.INCOMING)
    with transaction():
        incoming = _locked(incoming_id)
        numbers = [order.number for order in orders_of(incoming)]
        if len(numbers) != seen:
            raise StaleError(
                f"'{incoming.name}' was entered already, as {', '.join(numbers)}. Open that order "
                "and compare; nothing was entered twice."
            )
        if incoming.state in (State.DUPLICATE, State.REJECTED):
            raise BlockedError(f"'{incoming.name}' is not entered", [_why_not_entered(incoming)])
        order = funnel.accept(draft, actor, incoming=incoming)
        _forget_problems(incoming)
        numbers.append(order.number)
        words = f"Became {', '.join(numbers)}, entered by {actor.name}."
        _move(incoming, State.ACCEPTED, words[:_LONGEST_REASON])
        incoming.customer = incoming.customer or order.customer
        incoming.source, incoming.read_at = "typed", clock.now()
        incoming.save()
    return order


def _why_not_entered(incoming: IncomingFile) -> str:
    if incoming.state == State.REJECTED:
        return f"it was rejected: {incoming.reason}"
    return "it is a copy: open the file that came first"


# ---------------------------------------------------------------- rows


def find(incoming_id: int) -> IncomingFile:
    """One document.

    Raises:
        NotFoundError: there is no such document.
    """
    found: IncomingFile | None = IncomingFile.get_or_none(IncomingFile.id == incoming_id)
    if found is None:
        raise NotFoundError(f"There is no incoming file {incoming_id}. Go back to the list.")
    return found


def _locked(incoming_id: int) -> IncomingFile:
    """One document, kept from others until the transaction ends."""
    query = IncomingFile.select().where(IncomingFile.id == incoming_id)
    if on_postgresql():
        query = query.for_update()
    found: IncomingFile | None = query.first()
    if found is None:
        raise NotFoundError(f"There is no incoming file {incoming_id}. Go back to the list.")
    return found


def _require_readable(incoming: IncomingFile) -> None:
    reasons = why_not_read_again(incoming)
    if reasons:
        raise BlockedError(f"'{incoming.name}' is not read again", reasons)


def _move(incoming: IncomingFile, state: State, reason: str) -> None:
    incoming.state, incoming.reason = state.value, reason
    incoming.version += 1
