"""A corrected file that comes back updates the order it is about: one order, nothing lost.

It is known by our mark in the workbook, by the thread of its mail, or by customer and PO number
while the order waits for answers.  What a person typed meanwhile stays: where the file now says
something else, that is a problem with both values.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import clock
from errors import BlockedError
from models import (
    DraftProblem,
    IncomingFile,
    IncomingMail,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    Product,
    Variant,
)  # fmt: skip
from sync import funnel, links, redraft, touchless
from sync.cells import show, to_json
from sync.drafts import DraftLine, OrderDraft, Problem, Value, Values
from sync.fill_in import CUSTOMER, orders_about
from sync.likeness import fold
from workflow import engine, shop
from workflow.actors import system
from workflow.fields import Catalogue, Level

#: Who changes an order because its file came back, in the history.
FILE = system("corrected file")
_NOT_STAFF = frozenset({FILE.name, CUSTOMER.name})
_BY_FILE = "corrected in"
_OURS = frozenset({"source_channel", "source_file_name", "source_message_id", "order_date"})
_PROPERTY = re.compile(rb"InhandsAnswer\"[^>]*>\s*<[^>]*lpwstr[^>]*>([\w.-]{3,80})<")
_LARGEST_PART = 200_000
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError,
    KeyError, zlib.error,
)  # fmt: skip


class TooLateError(BlockedError):
    """The order the file corrects is at work already: a person changes it."""


@dataclass(frozen=True)
class Original:
    """The document a file may correct; ``sure`` where the workbook itself bears our mark."""

    incoming: IncomingFile
    sure: bool


def original_of(incoming: IncomingFile, content: bytes) -> Original | None:
    """The document that a file answers to, by our mark in it or by the thread of its mail."""
    marked = links.marked(_marker_in(content))
    if marked is not None and marked != incoming.id:
        found = IncomingFile.get_or_none(IncomingFile.id == marked)
        if found is not None:
            return Original(found, sure=True)
    before = _in_thread(incoming)
    return Original(before, sure=False) if before is not None else None


def correct(draft: OrderDraft, incoming: IncomingFile, original: Original | None) -> Order | None:
    """Update the order a draft corrects; None where it corrects none and is an order of its own.

    Call it inside a transaction.

    Raises:
        TooLateError: that order was released already, and no policy takes changes by file.
    """
    told = funnel.settle(draft, incoming)
    order = _meant(told, original)
    if order is None:
        return None
    if order.released_at is not None or order.closed_at is not None:
        customer = order.customer if order.customer_id is not None else None
        if customer is not None and customer.duplicate_po == "change_order":
            return None
        raise TooLateError(
            f"'{incoming.name}' corrects order {order.number}",
            [f"it is in {order.stage} already: compare, and change it there by hand"],
        )
    order = _update(order, told, incoming)
    return touchless.release(order, order.customer if order.customer_id is not None else None)


# ---------------------------------------------------------------- which order


def _marker_in(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                if name.startswith("docProps/custom"):
                    with archive.open(name) as part:
                        found = _PROPERTY.search(part.read(_LARGEST_PART))
                        if found:
                            return found[1].decode()
    except _ZIP_ERRORS:  # whoever reads the workbook says what is wrong with it
        return ""
    return ""


def _in_thread(incoming: IncomingFile) -> IncomingFile | None:
    mail = incoming.mail if incoming.mail_id is not None else None
    keys = [key for key in (mail.in_reply_to, *(mail.thread or [])) if key] if mail else []
    if not keys:
        return None
    answered = Message.select(Message.incoming).where(
        Message.message_id.in_(keys) & Message.incoming.is_null(False)
    )
    mails = IncomingMail.select(IncomingMail.id).where(IncomingMail.message_id.in_(keys))
    found: IncomingFile | None = (
        IncomingFile.select()
        .where(
            (IncomingFile.id.in_(answered) | IncomingFile.mail.in_(mails))
            & (IncomingFile.id < incoming.id)
        )
        .order_by(IncomingFile.id.desc())
        .first()
    )
    return found


def _meant(told: funnel.Settled, original: Original | None) -> Order | None:
    """The one order a draft corrects."""
    po_number = told.draft.po_number
    if original is not None:
        open_ones = [
            order
            for order in orders_about(original.incoming)
            if order.cancelled_at is None and _same_customer(order, told)
        ]
        same = [o for o in open_ones if o.po_number == po_number]
        if len(same) == 1:
            return same[0]
        alone = len(open_ones) == 1 and (
            original.sure or not po_number or not open_ones[0].po_number
        )
        return open_ones[0] if alone else None
    return _waiting_for_answers(told, po_number)


def _same_customer(order: Order, told: funnel.Settled) -> bool:
    return told.customer is None or order.customer_id in (None, told.customer.id)


def _waiting_for_answers(told: funnel.Settled, po_number: str) -> Order | None:
    """The order of that PO number in review that has open problems and mostly the same items."""
    customer = told.customer
    if customer is None or not po_number or customer.duplicate_po == "new_order" or told.doubts:
        return None
    found = list(
        Order.select()
        .where(
            (Order.customer == customer)
            & (Order.po_number == po_number)
            & Order.cancelled_at.is_null()
            & Order.incoming.is_null(False)
        )
        .limit(2)
    )
    if len(found) != 1 or found[0].released_at is not None:
        return None
    open_ones = DraftProblem.select().where(
        (DraftProblem.order == found[0])
        & DraftProblem.settled_at.is_null()
        & DraftProblem.incoming.is_null(False)
    )
    have = {_identity(line) for line in redraft.draft_of(found[0], shop.catalogue()).lines}
    wanted = {_identity(line) for line in told.draft.lines}
    alike = len(have & wanted) * 2 >= max(len(have), len(wanted))
    return found[0] if alike and open_ones.exists() else None


# ---------------------------------------------------------------- updating it


def _update(order: Order, told: funnel.Settled, incoming: IncomingFile) -> Order:
    catalogue = shop.catalogue()
    typed = _typed_by_people(order)
    ours = redraft.draft_of(order, catalogue)
    merge = _Merge(typed, catalogue, incoming.name)
    header = merge.values(Level.ORDER, "order", "", ours.values, told.draft.values)
    places = tuple(
        merge.values(Level.DESTINATION, f"destination {n + 1}", "", before, after)
        for n, (before, after) in enumerate(
            zip(_padded(ours, told), told.draft.destinations, strict=False)
        )
    )
    lines, products, variants = _lines(order, ours, told, merge)
    change = engine.OrderChange(
        values=header,
        destinations=places or None,
        lines=lines,
        customer=told.customer if order.customer_id is None else None,
        products=products,
        variants=variants,
        said_by=f"{_BY_FILE} {incoming.name}",
    )
    changed = engine.change_order(order.id, change, FILE)
    _renew_problems(changed, incoming, (*told.draft.problems, *told.doubts, *merge.conflicts))
    return Order.get_by_id(order.id)


def _padded(ours: OrderDraft, told: funnel.Settled) -> list[Values]:
    more = len(told.draft.destinations) - len(ours.destinations)
    return [*ours.destinations, *({} for _ in range(max(more, 0)))]


class _Merge:
    """Three values of a field (as first read, as it stands, as the file says now) become one."""

    def __init__(
        self, typed: Mapping[str, tuple[object, str]], catalogue: Catalogue, file: str
    ) -> None:
        self._typed, self._catalogue, self._file = typed, catalogue, file
        self.conflicts: list[Problem] = []

    def values(
        self, level: Level, where: str, address: str, ours: Values, theirs: Values
    ) -> dict[str, Value]:
        """What the file says, except where a person typed something else meanwhile."""
        kept: dict[str, Value] = {}
        for name, value in theirs.items():
            if value in (None, "", []) or (level is Level.ORDER and name in _OURS):
                continue
            if self._stays(level, f"{where}.{name}", ours.get(name), value, (name, address)):
                continue
            kept[name] = value
        return kept

    def was_typed(self, where: str, *names: str) -> bool:
        """Whether a person changed one of these parts."""
        return any(f"{where}.{name}" in self._typed for name in names)

    def _stays(
        self, level: Level, key: str, ours: Value, theirs: Value, place: tuple[str, str]
    ) -> bool:
        field = self._catalogue.get(level, place[0])
        if key not in self._typed or field is None or _alike(ours, theirs):
            return False
        first, who = self._typed[key]
        if not _alike(first, to_json(field, theirs)):  # the customer changed it, too
            said = f"{who} entered '{show(field, ours)}', {self._file} says"
            said += f" '{show(field, theirs)}': choose, then settle"
            where = place[1] or field.label
            self.conflicts.append(Problem(where, place[0], said, show(field, theirs)))
        return True


def _alike(one: object, other: object) -> bool:
    if one in (None, "", []) and other in (None, "", []):
        return True
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return str(one) == str(other)


def _typed_by_people(order: Order) -> dict[str, tuple[object, str]]:
    """What people changed on an order since it was read: the value before them, and who."""
    found: dict[str, tuple[object, str]] = {}
    events = OrderEvent.select().where((OrderEvent.order == order) & (OrderEvent.kind == "changed"))
    for event in events.order_by(OrderEvent.id):
        if event.actor in _NOT_STAFF:
            continue
        for key in {**(event.before or {}), **(event.after or {})}:
            before = found[key][0] if key in found else (event.before or {}).get(key)
            found[key] = (before, event.actor)
    return found


def _lines(
    order: Order, ours: OrderDraft, told: funnel.Settled, merge: _Merge
) -> tuple[tuple[DraftLine, ...], dict[int, Product], dict[tuple[int, str], Variant]]:
    """The order's lines after the correction, with what the new ones mean among our products."""
    numbers: dict[int | None, str] = {
        line.id: f"line {line.number}"
        for line in OrderLine.select(OrderLine.id, OrderLine.number).where(OrderLine.order == order)
    }
    pairs = _paired(ours.lines, told.draft.lines)
    merged: list[DraftLine] = []
    products: dict[int, Product] = {}
    variants: dict[tuple[int, str], Variant] = {}
    for index, line in enumerate(told.draft.lines):
        before = pairs.get(index)
        here = len(merged)
        if before is None:
            merged.append(line)
        else:
            merged.append(_line(before, line, numbers[before.id], merge))
            if merge.was_typed(numbers[before.id], "sku", "description", "color", "size"):
                continue
        if index in told.matches.products:
            products[here] = told.matches.products[index]
        variants |= {(here, s): v for (i, s), v in told.matches.variants.items() if i == index}
    known = {line.id for line in pairs.values()}
    for line in ours.lines:
        if line.id not in known and _people_care(numbers[line.id], merge):
            merged.append(line)
    return tuple(merged), products, variants


def _line(before: DraftLine, after: DraftLine, where: str, merge: _Merge) -> DraftLine:
    values = {
        **before.values,
        **merge.values(Level.LINE, where, after.address, before.values, after.values),
    }
    counted = merge.was_typed(where, "quantity", "sizes")
    pieces = (before.sizes, before.schedule) if counted else (after.sizes, after.schedule)
    if counted:
        values["quantity"] = before.values.get("quantity")
    return replace(
        after,
        id=before.id,
        values=values,
        sizes=pieces[0],
        schedule=pieces[1] or before.schedule,
        decorations=after.decorations or before.decorations,
    )


def _people_care(where: str, merge: _Merge) -> bool:
    """Whether a person added or changed a line that the file does not have (any more)."""
    return merge.was_typed(where, "line", "sku", "description", "color", "quantity", "unit_price",
                           "sizes", "special_instructions")  # fmt: skip


def _paired(standing: Sequence[DraftLine], wanted: Sequence[DraftLine]) -> dict[int, DraftLine]:
    """Which standing line each line of the file is: by its item, else by its row."""
    left = list(standing)
    pairs: dict[int, DraftLine] = {}
    for same in (_full, _identity, lambda line: line.address):
        keys = [same(line) for line in left]
        for index, line in enumerate(wanted):
            key = same(line)
            if index in pairs or not any(key) or keys.count(key) != 1:
                continue
            at = keys.index(key)
            pairs[index] = left.pop(at)
            keys.pop(at)
    return pairs


def _full(line: DraftLine) -> tuple[str, ...]:
    return (*_identity(line), line.address)


def _identity(line: DraftLine) -> tuple[str, ...]:
    words = (line.values.get(n) for n in ("sku", "customer_item_number", "description"))
    item = next((str(word) for word in words if word), "")
    return (fold(item), fold(str(line.values.get("color") or "")),
            fold(str(line.values.get("size") or "")))  # fmt: skip


# ---------------------------------------------------------------- what is open now


def _renew_problems(order: Order, incoming: IncomingFile, found: Sequence[Problem]) -> None:
    """What the file answers is settled; what it still says stays; a person's word counts."""
    standing = list(DraftProblem.select().where(DraftProblem.order == order))
    settled_by_people = {
        (p.field, p.found, p.message)
        for p in standing
        if p.settled_at and not p.settled_by.startswith(_BY_FILE) and p.settled_by not in _NOT_STAFF
    }
    now = clock.now()
    DraftProblem.update(settled_at=now, settled_by=f"{_BY_FILE} {incoming.name}"[:120]).where(
        (DraftProblem.order == order)
        & DraftProblem.settled_at.is_null()
        & DraftProblem.incoming.is_null(False)
    ).execute()
    lines = {line.address: line.id for line in OrderLine.select().where(OrderLine.order == order)}
    for problem in found:
        if problem.field == "customer" and order.customer_id is not None:
            continue
        if (problem.field, problem.found[:255], problem.message) in settled_by_people:
            continue
        DraftProblem.create(
            order=order,
            incoming=incoming,
            line=lines.get(problem.address),
            address=problem.address[:120],
            field=problem.field[:60],
            message=problem.message,
            found=problem.found[:255],
        )
    DraftProblem.create(
        order=order,
        incoming=incoming,
        address="the file",
        field="",
        message=f"'{incoming.name}' corrected order {order.number}",
        settled_at=now,
        settled_by=FILE.name,
    )
