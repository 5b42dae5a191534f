"""What a customer sees of their orders, and nothing else of the shop.  Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import clock
from errors import NotFoundError
from models import (
    Artwork,
    ArtworkVersion,
    FilePreview,
    Inquiry,
    Job,
    Order,
    PageLink,
    ProofReply,
    Shipment,
    StoredFile,
)
from workflow import proofs, shop
from workflow.message_facts import order_lines
from workflow.money import rounded
from workflow.proofs import Deadline
from workflow.questions import ids_with_questions, questions_of
from workflow.stages import JOURNEY, WITH_THE_CUSTOMER

#: An order that is closed stays on the customer's page so long.
KEPT_DAYS = 60
_MOST_ORDERS = 100
_NOWHERE = "There is nothing at this address. Look for the link in our last mail."


@dataclass(frozen=True)
class Parcel:
    """One shipment as the customer follows it."""

    name: str
    url: str
    number: str
    shipped_on: date | None
    delivered_on: date | None


@dataclass(frozen=True)
class Part:
    """One job of an order: what it is, when it comes, how it travels."""

    number: str
    summary: str
    due: date | None
    says: str
    parcels: list[Parcel]


@dataclass(frozen=True)
class Proof:
    """One picture with the newest file the customer got."""

    artwork: Artwork
    version: ArtworkVersion | None
    waits: bool  # for the customer

    @property
    def is_newest(self) -> bool:
        """Whether no newer file is being made."""
        return self.version is not None and self.version.number == self.artwork.current_version


@dataclass(frozen=True)
class OrderView:
    """An order's page."""

    order: Order
    says: str
    stage: str
    steps: list[str]
    due: date | None
    parts: list[Part]
    proofs: list[Proof]
    questions: int
    prepayment: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)

    @property
    def needs(self) -> int:
        """How many things we wait for from them."""
        waiting = sum(proof.waits for proof in self.proofs)
        return waiting + bool(self.questions) + bool(self.prepayment)


@dataclass(frozen=True)
class Row:
    """One order in a list."""

    order: Order
    says: str
    due: date | None
    needs: bool  # something of the customer


@dataclass(frozen=True)
class Page:
    """One page of a proof's file."""

    number: int
    width: int
    height: int


@dataclass(frozen=True)
class ProofView:
    """A proof's page."""

    proof: Proof
    order: Order
    pages: list[Page]
    note: str  # why there is no picture; '' while it is being made
    sha256: str
    size: int
    deadline: Deadline
    replies: list[ProofReply]


# ---------------------------------------------------------------- what a link opens


def orders_of(link: PageLink) -> list[Order]:
    """The orders a link shows, the next date first; none for the link of one proof."""
    recent = clock.now() - timedelta(days=KEPT_DAYS)
    if link.order_id is not None:
        return list(Order.select().where(Order.id == link.order_id))
    if link.customer_id is None:
        return []
    shown = Order.closed_at.is_null() | (Order.closed_at >= recent)
    found = Order.select().where((Order.customer == link.customer_id) & shown)
    return list(found.order_by(Order.id.desc()).limit(_MOST_ORDERS))


def order_of(link: PageLink, number: str) -> Order:
    """One order a link shows.

    Raises:
        NotFoundError: it does not show it, whether there is such an order or not.
    """
    found = next((order for order in orders_of(link) if order.number == number), None)
    if found is None:
        raise NotFoundError(_NOWHERE)
    return found


def artwork_of(link: PageLink, artwork_id: int) -> Artwork:
    """One picture a link shows, with its order.

    Raises:
        NotFoundError: it does not show it.
    """
    art: Artwork | None = None
    if 0 < artwork_id < 2**31:
        found = Artwork.select(Artwork, Order).join(Order).where(Artwork.id == artwork_id)
        art = found.first()
    if art is not None and link.artwork_id == art.id:
        return art
    if art is not None and art.order_id in {order.id for order in orders_of(link)}:
        return art
    raise NotFoundError(_NOWHERE)


def version_of(art: Artwork, number: int) -> ArtworkVersion:
    """One file of a picture the customer got.

    Raises:
        NotFoundError: it was never sent to them.
    """
    got = ArtworkVersion.sent_at.is_null(False)
    own = (ArtworkVersion.artwork == art) & (ArtworkVersion.number == number)
    found: ArtworkVersion | None = ArtworkVersion.select().where(own & got).first()
    if found is None:
        raise NotFoundError(_NOWHERE)
    return found


# ---------------------------------------------------------------- an order


def read_orders(orders: Sequence[Order]) -> list[Row]:
    """Orders as a list shows them, in few statements however many they are."""
    words, ids = shop.setting("stage_words"), [order.id for order in orders]
    states = [state.value for state in WITH_THE_CUSTOMER]
    waiting = Artwork.select(Artwork.order).where(Artwork.order.in_(ids))
    asked = {art.order_id for art in waiting.where(Artwork.state.in_(states))}
    asked |= ids_with_questions(ids)
    alive = Job.order.in_(ids) & Job.cancelled_at.is_null() & Job.due_date.is_null(False)
    due: dict[int, date] = {}
    for job in Job.select(Job.order, Job.due_date).where(alive):
        if job.due_date is not None:
            due[job.order_id] = max(due.get(job.order_id, job.due_date), job.due_date)
    return [
        Row(
            order,
            _says(order, words),
            due.get(order.id, order.in_hands_date),
            order.closed_at is None and (order.id in asked or bool(_prepayment(order))),
        )
        for order in orders
    ]


def read_order(order: Order) -> OrderView:
    """An order with everything its page shows."""
    inquiries = list(Inquiry.select().where(Inquiry.order == order).order_by(Inquiry.id.desc()))
    words = shop.setting("stage_words")
    parts = _parts(order, words)
    dates = [part.due for part in parts if part.due is not None]
    return OrderView(
        order=order,
        says=_says(order, words),
        stage=order.stage,
        steps=[stage.value for stage in JOURNEY],
        due=max(dates, default=order.in_hands_date),
        parts=parts if len(parts) > 1 or any(part.parcels for part in parts) else [],
        proofs=_proofs(order),
        questions=len(questions_of([order])) if order.incoming_id is not None else 0,
        prepayment=_prepayment(order),
        lines=order_lines(order),
        inquiries=inquiries,
    )


def _says(order: Order, words: dict[str, str]) -> str:
    if order.cancelled_at is not None:
        return "This order was cancelled."
    return words.get(order.stage, order.stage)


def _prepayment(order: Order) -> str:
    """What must be paid before we begin, in words; '' when nothing must."""
    if order.released_at is not None or order.closed_at is not None:
        return ""
    if order.credit_released_at is not None:
        return ""
    whole = order.payment_terms.casefold() == "prepay"
    due = order.grand_total if whole else order.grand_total * order.deposit_percent / Decimal(100)
    left = rounded(due, order.currency) - order.deposit_paid
    return f"{order.currency} {rounded(left, order.currency):,f}" if left > 0 else ""


def _parts(order: Order, words: dict[str, str]) -> list[Part]:
    jobs = list(
        Job.select().where((Job.order == order) & Job.cancelled_at.is_null()).order_by(Job.position)
    )
    parcels: dict[int, list[Parcel]] = {}
    shipments = Shipment.select().where(Shipment.job.in_(jobs) & Shipment.voided_at.is_null())
    for row in shipments.order_by(Shipment.id):
        parcels.setdefault(row.job_id, []).append(_parcel(row))
    return [
        Part(job.number, job.summary, job.due_date, words.get(job.stage, ""),
             parcels.get(job.id, []))
        for job in jobs
    ]  # fmt: skip


def _parcel(row: Shipment) -> Parcel:
    url = row.tracking_url if row.tracking_url.startswith(("https://", "http://")) else ""
    name = " ".join(part for part in (row.carrier, row.service) if part)
    return Parcel(
        name=name or (f"handed to {row.handed_to}" if row.handed_to else "on its way"),
        url=url,
        number=row.tracking_number,
        shipped_on=clock.local(row.shipped_at).date() if row.shipped_at else None,
        delivered_on=clock.local(row.delivered_at).date() if row.delivered_at else None,
    )


def _proofs(order: Order) -> list[Proof]:
    """The order's pictures of which the customer got a file, each with the newest they got."""
    rows: Any = (
        Artwork.select(Artwork, ArtworkVersion)
        .join(ArtworkVersion, attr="got")
        .where((Artwork.order == order) & ArtworkVersion.sent_at.is_null(False))
        .order_by(Artwork.id, ArtworkVersion.number)
    )
    newest = {row.id: (row, row.got) for row in rows}
    closed = order.closed_at is not None
    return [
        Proof(art, version, art.state in WITH_THE_CUSTOMER and not closed)
        for art, version in newest.values()
    ]


# ---------------------------------------------------------------- a proof


def read_proof(art: Artwork) -> ProofView:
    """A proof with its newest file the customer got.

    Raises:
        NotFoundError: they never got one.
    """
    order = art.order
    proof = next((one for one in _proofs(order) if one.artwork.id == art.id), None)
    if proof is None or proof.version is None:
        raise NotFoundError(_NOWHERE)
    pages = list(
        FilePreview.select(
            FilePreview.page, FilePreview.width, FilePreview.height, FilePreview.note
        )
        .where(FilePreview.file == proof.version.file_id)
        .order_by(FilePreview.page)
    )
    file = StoredFile.select(StoredFile.sha256, StoredFile.size)
    kept = file.where(StoredFile.id == proof.version.file_id).get()
    replies = ProofReply.select().where(ProofReply.artwork == art).order_by(ProofReply.id.desc())
    return ProofView(
        proof=proof,
        order=order,
        pages=[Page(row.page, row.width, row.height) for row in pages if row.width],
        note=next((row.note for row in pages if row.note), ""),
        sha256=kept.sha256,
        size=kept.size,
        deadline=proofs.deadline_of(order) if proof.waits else Deadline(),
        replies=list(replies),
    )
