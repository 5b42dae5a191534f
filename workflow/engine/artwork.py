"""Artwork: files with versions, proofs sent and decided; approval is bound to the file's hash."""

import hashlib

import clock
from errors import BlockedError, InvalidError, StaleError
from models import Artwork, ArtworkVersion, Decoration, Order, OrderLine, StoredFile, transaction
from workflow.actors import Actor, Right
from workflow.engine.docket import dockets, event, lock_order, settle, write_events
from workflow.stages import SETTLED_ARTWORK, ArtworkState


def store_file(content: bytes, content_type: str) -> StoredFile:
    """Keep bytes once per content; call it inside a transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    kept = StoredFile.get_or_none(StoredFile.sha256 == sha256)
    if kept is not None:
        return kept
    StoredFile.insert(
        sha256=sha256, size=len(content), content_type=content_type[:120], content=content
    ).on_conflict_ignore().execute()
    return StoredFile.get(StoredFile.sha256 == sha256)


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
        _follow(order, actor, "artwork", f"artwork '{artwork.name}' added")
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
        artwork = Artwork.get_by_id(artwork_id)
        order = lock_order(artwork.order_id)
        _require_open(order)
        artwork = Artwork.get_by_id(artwork_id)
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
        _follow(order, actor, "artwork", text)
    return version


def proof_sent(artwork_id: int, recipient: str, actor: Actor) -> Artwork:
    """Record that the newest file went to the customer for approval.

    Raises:
        BlockedError: there is no file to approve yet.
    """
    artwork = Artwork.get_by_id(artwork_id)
    if artwork.current_version == 0:
        raise BlockedError(f"No proof of '{artwork.name}' can be sent", ["no file is uploaded"])
    return _decide(artwork_id, ArtworkState.SENT, actor, words=recipient)


def approve_proof(artwork_id: int, actor: Actor, *, by: str = "", address: str = "") -> Artwork:
    """The customer approves the newest file; its SHA-256 is what production may use.

    Raises:
        BlockedError: there is no file.
    """
    artwork = Artwork.get_by_id(artwork_id)
    if artwork.current_version == 0:
        raise BlockedError(f"'{artwork.name}' cannot be approved", ["no file is uploaded"])
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
        artwork = Artwork.get_by_id(artwork_id)
        order = lock_order(artwork.order_id)
        _require_open(order)
        artwork = Artwork.get_by_id(artwork_id)
        if artwork.state == state and state is not ArtworkState.SENT:
            raise StaleError(f"'{artwork.name}' is {state.replace('_', ' ')} already.")
        before, artwork.state = artwork.state, state.value
        _write_down(artwork, state, actor, words, address)
        artwork.save()
        text = f"'{artwork.name}' {state.replace('_', ' ')}" + (f": {words}" if words else "")
        _follow(order, actor, "proof", text, (before, state.value))
    return artwork


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
        newest = ArtworkVersion.get(
            (ArtworkVersion.artwork == artwork) & (ArtworkVersion.number == artwork.current_version)
        )
        artwork.approved_sha256 = newest.file.sha256


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
        _follow(order, actor, "artwork", text)
    return decoration


def _require_open(order: Order) -> None:
    if order.closed_at is not None:
        raise BlockedError(f"The artwork of {order.number} cannot change", ["the order is closed"])


def _follow(
    order: Order, actor: Actor, kind: str, text: str, change: tuple[str, str] | None = None
) -> None:
    """The order's artwork state and its jobs' waiting sentences follow the pictures."""
    order.artwork_state = _worst(list(Artwork.select().where(Artwork.order == order)))
    settle(order, dockets(order), actor)
    write_events([event(order, actor, kind, text, change=change or (None, None))])


def _worst(artworks: list[Artwork]) -> str:
    """The state of the picture that is furthest from settled; '' where none needs a proof."""
    asked = [ArtworkState(a.state) for a in artworks if a.proof_required]
    if not asked:
        return ""
    unsettled = [state for state in asked if state not in SETTLED_ARTWORK]
    return min(unsettled or asked, key=list(ArtworkState).index).value
