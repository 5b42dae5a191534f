"""What the demo shop's customers do behind their private links: proofs decided, questions asked."""

from collections.abc import Callable

import clock
from demo import cast
from demo.desk import Desk
from models import Artwork, Job, Order
from workflow import engine
from workflow.actors import Actor, system
from workflow.engine import Said
from workflow.stages import ArtworkState, Stage

_MARKS = (
    {"page": 1, "x": 0.42, "y": 0.36, "w": 0, "h": 0, "words": "a little higher"},
    {"page": 1, "x": 0.3, "y": 0.5, "w": 0.4, "h": 0.2, "words": "this line in white"},
)


def decide(desk: Desk) -> None:
    """Some proofs are sent, looked at, decided on, each in the last hours."""
    query = (
        Artwork.select(Artwork, Order)
        .join(Order)
        .where(Artwork.proof_required & (Artwork.state == ArtworkState.RECEIVED))
        .where(Order.released_at.is_null(False) & Order.closed_at.is_null())
        .order_by(Artwork.id.desc())
        .limit(len(_ENDS))
    )
    artist = desk.who(cast.WORKERS[0])
    for number, (art, end) in enumerate(zip(query, _ENDS, strict=False)):
        with clock.frozen(desk.ago(420 - 45 * number)):
            engine.send_proof(art.id, "", "Colours as on last year's order.", artist)
        with clock.frozen(desk.ago(410 - 45 * number)):
            end(art, _customer(art.order))


def _customer(order: Order) -> Actor:
    name = order.order_contact_name or order.customer_name
    return system(f"{name}, by link")


def _waits(art: Artwork, customer: Actor) -> None:
    """Nobody has looked yet."""


def _looked(art: Artwork, customer: Actor) -> None:
    engine.proof_viewed(art.id, customer)


def _wants_a_change(art: Artwork, customer: Actor) -> None:
    engine.proof_viewed(art.id, customer)
    said = Said(words="Nearly! Two things:", by=customer.name, version=art.current_version,
                marks=_MARKS)  # fmt: skip
    engine.request_change(art.id, said, customer)


def _approves(art: Artwork, customer: Actor) -> None:
    engine.proof_viewed(art.id, customer)
    by = customer.name.partition(",")[0]
    engine.approve_proof(art.id, customer, by=by, address="198.51.100.24")


def _needs_none(art: Artwork, customer: Actor) -> None:
    engine.waive_proof(art.id, system("Inhands"))


_ENDS: tuple[Callable[[Artwork, Actor], None], ...] = (
    _waits, _looked, _wants_a_change, _approves, _waits, _looked, _needs_none, _wants_a_change,
)  # fmt: skip


def ask(desk: Desk) -> None:
    """Two customers write on their page; one has the answer."""
    running = Order.select().join(Job).where(Job.stage == Stage.PRODUCTION).distinct()
    first, second = running.order_by(Order.id.desc()).limit(2)
    with clock.frozen(desk.ago(300)):
        asked = engine.ask_shop(
            first.id, "Could we get ten more in L?", first.order_contact_name, _customer(first)
        )
    with clock.frozen(desk.ago(270)):
        words = "Yes, we print them along. You have them with the others."
        engine.reply_inquiry(asked.id, words, desk.who(cast.SALES[0]))
    with clock.frozen(desk.ago(55)):
        words = "Our entrance is closed on that day. Can the van come to the gate?"
        engine.ask_shop(second.id, words, second.order_contact_name, _customer(second))
