"""Purchase orders on their way to vendors: sent once for each revision, changes as the next one."""

from datetime import timedelta

import clock
import outbox
from errors import BlockedError, NotFoundError, StaleError
from models import PurchaseLine, PurchaseOrder, Vendor, transaction
from workflow.actors import Actor, Right

#: Several changes in a row become one revision.
SETTLES = timedelta(minutes=2)


def why_not_sent(purchase: PurchaseOrder) -> list[str]:
    """Why a purchase order cannot be mailed to its vendor, in words; empty if it can."""
    vendor = purchase.vendor
    if vendor is None:
        return ["no vendor is chosen"]
    reasons = [] if vendor.email else [f"{vendor} has no e-mail address"]
    if not PurchaseLine.select().where(PurchaseLine.purchase_order == purchase).exists():
        reasons.append("it has no lines")
    return reasons


def send_purchase_order(purchase_id: int, actor: Actor) -> PurchaseOrder:
    """Mail a purchase order to its vendor; what they have already comes as the next revision.

    Raises:
        BlockedError: it cannot be mailed; every reason named.
        NotFoundError: there is no such purchase order.
    """
    actor.require(Right.PURCHASING)
    with transaction():
        query = PurchaseOrder.select(PurchaseOrder, Vendor).join(Vendor, "LEFT JOIN")
        purchase: PurchaseOrder | None = query.where(PurchaseOrder.id == purchase_id).first()
        if purchase is None:
            raise NotFoundError("There is no such purchase order. Go back to the list.")
        reasons = why_not_sent(purchase)
        if reasons:
            raise BlockedError(f"{purchase.number} cannot be sent", reasons)
        _ask(purchase, timedelta(0))
    return purchase


def ask_for_revision(purchase: PurchaseOrder) -> None:
    """The vendor gets a changed purchase order again, once the changes have settled."""
    if purchase.vendor is not None and purchase.vendor.email:
        _ask(purchase, SETTLES)


def _ask(purchase: PurchaseOrder, wait: timedelta) -> None:
    revision = purchase.revision + 1
    outbox.add(
        "purchase_order",
        {"purchase_order_id": purchase.id, "revision": revision},
        key=f"purchase_order:{purchase.id}:{revision}",
        run_at=clock.now() + wait,
    )


def purchase_order_sent(purchase_id: int, revision: int, shows: str) -> None:
    """Note that the mail with a revision is written; call it in the transaction that writes it.

    Raises:
        StaleError: that revision was written already.
    """
    changed = (
        PurchaseOrder.update(revision=revision, sent_at=clock.now(), sent_shows=shows)
        .where((PurchaseOrder.id == purchase_id) & (PurchaseOrder.revision == revision - 1))
        .execute()
    )
    if not changed:
        raise StaleError(f"Revision {revision} of this purchase order was sent already.")
