"""Artwork: files with versions, proofs sent and decided; approval is bound to the file's hash."""

import hashlib
from collections.abc import Sequence
from typing import Any

from peewee import JOIN

import clock
from errors import BlockedError, InvalidError, StaleError
from models import Artwork, ArtworkVersion, Decoration, Order, OrderLine, StoredFile, transaction
from workflow.actors import Actor, Right
from workflow.engine.docket import dockets, event, lock_order, lock_order_of, settle
from workflow.stages import SETTLED_ARTWORK, ArtworkState

_NEEDS_A_FILE = {ArtworkState.SENT: "sent", ArtworkState.APPROVED: "approved"}


def store_file(content: bytes, content_type: str) -> StoredFile:
    """Keep bytes once per content; call it inside a transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    columns = [f for f in StoredFile._meta.sorted_fields if f is not StoredFile.content]
    fresh = StoredFile.insert(
        sha256=sha256, size=len(content), content_type=content_type[:120], content=content
    ).on_conflict_ignore()
    found = list(fresh.returning(*columns).execute())
    found = found or list(StoredFile.select(*columns).where(StoredFile.sha256 == sha256))
    kept: StoredFile = found[0]
    kept.content = content  # the same bytes: no need to read them back
    kept._dirty.clear()
    return kept


def add_artwork(
    order_id: int, name: str, actor: Actor, *, proof_required: bool = False, instructions: str = ""
) -> Artwork:
    """Say that an order has a picture; its files come later."""
    actor.require(Right.ARTWORK)
    if not name.strip():
        raise InvalidError({"name": "give the artwork a name, such as 'Front logo'"})
    with transaction():
        order = lock_order(order_id)
        _require_open(order)
        artwork = Artwork.create(
            order=order,
            name=name.strip()[:120],
            proof_required=proof_required,
            instructions=instructions,
        )
        text = f"artwork '{artwork.name}' added"
        _follow(order, _pictures(order), event(order, actor, "artwork", text), actor)
    return artwork


def add_version(
    artwork_id: int, file_name: str, content: bytes, content_type: str, actor: Actor
) -> ArtworkVersion:
    """Upload a file of a picture; an approval of another file no longer counts.

    Raises:
        InvalidError: the file is empty.
    """
    actor.require(Right.ARTWORK)
    if not content:
        raise InvalidError({"file": f"'{file_name}' is empty; choose the file again"})
    with transaction():
        order, pictures, artwork = _lock(artwork_id)
        kept = store_file(content, content_type)
        artwork.current_version += 1
        version = ArtworkVersion.create(
            artwork=artwork,
            number=artwork.current_version,
            file=kept,
            name=file_name[:255],
            uploaded_by=actor.name,
        )
        if artwork.state != ArtworkState.APPROVED or artwork.approved_sha256 != kept.sha256:
            artwork.state = ArtworkState.RECEIVED.value
            artwork.approved_sha256 = ""
        artwork.save()
        text = f"'{artwork.name}' version {version.number}: {version.name}"
        _follow(order, pictures, event(order, actor, "artwork", text), actor)
    return version


def proof_sent(artwork_id: int, recipient: str, actor: Actor) -> Artwork:
    """Record that the newest file went to the customer for approval.

    Raises:
        BlockedError: there is no file to approve yet.
    """
    return _decide(artwork_id, ArtworkState.SENT, actor, words=recipient)


def approve_proof(artwork_id: int, actor: Actor, *, by: str = "", address: str = "") -> Artwork:
    """The customer approves the newest file; its SHA-256 is what production may use.

    Raises:
        BlockedError: there is no file.
    """
    return _decide(artwork_id, ArtworkState.APPROVED, actor, words=by, address=address)


def request_change(artwork_id: int, words: str, actor: Actor) -> Artwork:
    """The customer wants it different; ``words`` says how.

    Raises:
        InvalidError: nothing is said.
    """
    if not words.strip():
        raise InvalidError({"change": "say what should be different"})
    return _decide(artwork_id, ArtworkState.CHANGE_REQUESTED, actor, words=words)


def waive_proof(artwork_id: int, actor: Actor) -> Artwork:
    """The customer needs no proof."""
    return _decide(artwork_id, ArtworkState.WAIVED, actor)


def _decide(
    artwork_id: int, state: ArtworkState, actor: Actor, *, words: str = "", address: str = ""
) -> Artwork:
    actor.require(Right.ARTWORK)
    with transaction():
        order, pictures, artwork = _lock(artwork_id)
        if artwork.current_version == 0 and state in _NEEDS_A_FILE:
            raise BlockedError(
                f"'{artwork.name}' cannot be {_NEEDS_A_FILE[state]}", ["no file is uploaded"]
            )
        if artwork.state == state and state is not ArtworkState.SENT:
            raise StaleError(f"'{artwork.name}' is {state.replace('_', ' ')} already.")
        before, artwork.state = artwork.state, state.value
        _write_down(artwork, state, actor, words, address)
        artwork.save()
        text = f"'{artwork.name}' {state.replace('_', ' ')}" + (f": {words}" if words else "")
        proof = event(order, actor, "proof", text, change=(before, state.value))
        _follow(order, pictures, proof, actor)
    return artwork


def _lock(artwork_id: int) -> tuple[Order, list[Artwork], Artwork]:
    """The order of a picture, locked, all its pictures, and that picture."""
    order = lock_order_of(Artwork.id == artwork_id, Artwork)
    _require_open(order)
    pictures = _pictures(order)
    return order, pictures, next(a for a in pictures if a.id == artwork_id)


def _pictures(order: Order) -> list[Artwork]:
    """An order's pictures, each with the hash of its newest file as ``newest_sha256``."""
    newest = (ArtworkVersion.artwork == Artwork.id) & (
        ArtworkVersion.number == Artwork.current_version
    )
    return list(
        Artwork.select(Artwork, StoredFile.sha256.alias("newest_sha256"))
        .join(ArtworkVersion, JOIN.LEFT_OUTER, on=newest)
        .join(StoredFile, JOIN.LEFT_OUTER)
        .where(Artwork.order == order)
        .objects(Artwork)
    )


def _write_down(
    artwork: Artwork, state: ArtworkState, actor: Actor, words: str, address: str
) -> None:
    if state is ArtworkState.SENT:
        artwork.sent_at, artwork.sent_to = clock.now(), words[:254]
        return
    artwork.decided_at = clock.now()
    artwork.decided_by = (words if state is ArtworkState.APPROVED and words else actor.name)[:120]
    artwork.decided_address = address
    if state is ArtworkState.CHANGE_REQUESTED:
        artwork.change_request = words
    if state is ArtworkState.APPROVED:
        artwork.approved_sha256 = vars(artwork)["newest_sha256"]


def use_artwork(decoration_id: int, artwork_id: int | None, actor: Actor) -> Decoration:
    """Say which picture a decoration uses.

    Raises:
        InvalidError: the picture belongs to another order.
    """
    actor.require(Right.ARTWORK)
    with transaction():
        decoration = Decoration.get_by_id(decoration_id)
        order = lock_order(OrderLine.get_by_id(decoration.line_id).order_id)
        artwork = Artwork.get_or_none(id=artwork_id, order=order) if artwork_id else None
        if artwork_id and artwork is None:
            raise InvalidError({"artwork": "it belongs to another order"})
        decoration.artwork = artwork
        decoration.save()
        where = decoration.location or decoration.method or "decoration"
        text = f"{where}: artwork '{artwork}'" if artwork else f"{where}: no artwork"
        _follow(order, _pictures(order), event(order, actor, "artwork", text), actor)
    return decoration


def _require_open(order: Order) -> None:
    if order.closed_at is not None:
        raise BlockedError(f"The artwork of {order.number} cannot change", ["the order is closed"])


def _follow(
    order: Order, pictures: Sequence[Artwork], happened: dict[str, Any], actor: Actor
) -> None:
    """The order's artwork state and its jobs' waiting sentences follow the pictures."""
    order.artwork_state = _worst(pictures)
    settle(order, dockets(order, with_items=False), actor, happened=[happened])


def _worst(artworks: Sequence[Artwork]) -> str:
    """The state of the picture that is furthest from settled; '' where none needs a proof."""
    asked = [ArtworkState(a.state) for a in artworks if a.proof_required]
    if not asked:
        return ""
    unsettled = [state for state in asked if state not in SETTLED_ARTWORK]
    return min(unsettled or asked, key=list(ArtworkState).index).value
