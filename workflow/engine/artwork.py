"""Artwork: files with versions, proofs sent and decided; approval is bound to the file's hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

import clock
import outbox
from errors import BlockedError, InvalidError, StaleError
from models import (
    Artwork,
    ArtworkVersion,
    Decoration,
    Order,
    OrderLine,
    ProofReply,
    StoredFile,
    transaction,
)
from workflow.actors import Actor, Right
from workflow.engine.docket import dockets, event, lock_order, lock_order_of, settle
from workflow.marks import in_words
from workflow.stages import SETTLED_ARTWORK, ArtworkState

_NEEDS_A_FILE = {ArtworkState.SENT: "sent", ArtworkState.APPROVED: "approved"}
#: What is kept as a reply, and how it is called there.
_REPLIES = {ArtworkState.APPROVED: "approved", ArtworkState.CHANGE_REQUESTED: "change"}


@dataclass(frozen=True)
class Said:
    """What somebody decided about a proof: who, from where, about which version, with marks.

    ``version`` is the number of the file they looked at; 0 means the newest.
    """

    words: str = ""
    by: str = ""
    address: str = ""
    version: int = 0
    marks: Sequence[Mapping[str, Any]] = ()


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
    if kept.purged_at is not None:  # it came once more, after its first bytes were deleted
        StoredFile.update(content=content, purged_at=None, created_at=clock.now()).where(
            StoredFile.id == kept.id
        ).execute()
        kept.purged_at = None
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
        outbox.add("preview", {"file_id": kept.id}, key=f"preview:{kept.id}")
        text = f"'{artwork.name}' version {version.number}: {version.name}"
        _follow(order, pictures, event(order, actor, "artwork", text), actor)
    return version


def send_proof(artwork_id: int, recipient: str, note: str, actor: Actor) -> Artwork:
    """Send the newest file to the customer for approval, by a private link.

    Without ``recipient`` it goes to whom the order's messages go; ``note`` stands in the message.

    Raises:
        BlockedError: there is no file to approve yet.
    """
    return _decide(artwork_id, ArtworkState.SENT, actor, Said(words=recipient), note)


def proof_sent(artwork_id: int, recipient: str, actor: Actor) -> Artwork:
    """Record that the newest file went to the customer for approval in another way.

    Raises:
        BlockedError: there is no file to approve yet.
    """
    return _decide(artwork_id, ArtworkState.SENT, actor, Said(words=recipient))


def proof_viewed(artwork_id: int, actor: Actor) -> bool:
    """The customer looks at a proof that was sent; whether this was the first time."""
    actor.require(Right.ARTWORK)
    with transaction():
        order, pictures, artwork = _lock(artwork_id)
        if artwork.state != ArtworkState.SENT:
            return False
        artwork.state, artwork.viewed_at = ArtworkState.VIEWED.value, clock.now()
        artwork.save()
        change = (ArtworkState.SENT.value, ArtworkState.VIEWED.value)
        text = f"'{artwork.name}' viewed by the customer"
        _follow(order, pictures, event(order, actor, "proof", text, change=change), actor)
    return True


def approve_proof(
    artwork_id: int, actor: Actor, *, by: str = "", address: str = "", version: int = 0
) -> Artwork:
    """The customer approves the newest file; its SHA-256 is what production may use.

    Raises:
        BlockedError: there is no file.
        StaleError: another version than the one they looked at is there now.
    """
    said = Said(words=by, by=by, address=address, version=version)
    return _decide(artwork_id, ArtworkState.APPROVED, actor, said)


def request_change(artwork_id: int, said: Said | str, actor: Actor) -> Artwork:
    """The customer wants it different; words or marks say how.

    Raises:
        InvalidError: nothing is said.
        StaleError: another version than the one they looked at is there now.
    """
    said = Said(words=said) if isinstance(said, str) else said
    if not said.words.strip() and not any(mark.get("words") for mark in said.marks):
        raise InvalidError({"change": "say what should be different"})
    return _decide(artwork_id, ArtworkState.CHANGE_REQUESTED, actor, said)


def waive_proof(artwork_id: int, actor: Actor) -> Artwork:
    """The customer needs no proof."""
    return _decide(artwork_id, ArtworkState.WAIVED, actor, Said())


def _decide(
    artwork_id: int, state: ArtworkState, actor: Actor, said: Said, note: str | None = None
) -> Artwork:
    actor.require(Right.ARTWORK)
    with transaction():
        order, pictures, artwork = _lock(artwork_id)
        _require_decidable(artwork, state, said)
        before, artwork.state = artwork.state, state.value
        _write_down(artwork, state, actor, said)
        artwork.save()
        what = "; ".join(part for part in (said.words, in_words(said.marks)) if part)
        text = f"'{artwork.name}' {state.replace('_', ' ')}" + (f": {what}" if what else "")
        proof = event(order, actor, "proof", text, change=(before, state.value))
        _follow(order, pictures, proof, actor)
        if note is not None:
            _ask_to_mail(order, artwork, said.words, note)
    return artwork


def _require_decidable(artwork: Artwork, state: ArtworkState, said: Said) -> None:
    if artwork.current_version == 0 and state in _NEEDS_A_FILE:
        raise BlockedError(
            f"'{artwork.name}' cannot be {_NEEDS_A_FILE[state]}", ["no file is uploaded"]
        )
    if said.version and said.version != artwork.current_version:
        raise StaleError(
            f"There is a newer version of '{artwork.name}' by now. Look at it, then decide again."
        )
    if artwork.state == state and state in (ArtworkState.APPROVED, ArtworkState.WAIVED):
        raise StaleError(f"'{artwork.name}' is {state.replace('_', ' ')} already.")


def _ask_to_mail(order: Order, artwork: Artwork, recipient: str, note: str) -> None:
    sent = artwork.sent_at.isoformat() if artwork.sent_at else ""
    outbox.add(
        "message",
        {
            "event": "proof",
            "order_id": order.id,
            "artwork_id": artwork.id,
            "about": f"{artwork.id}:{artwork.current_version}:{sent}",
            "recipient": recipient,
            "facts": {"note": note[:2000]},
        },
        order=order,
    )


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


def _write_down(artwork: Artwork, state: ArtworkState, actor: Actor, said: Said) -> None:
    if state is ArtworkState.SENT:
        artwork.sent_at, artwork.sent_to, artwork.viewed_at = clock.now(), said.words[:254], None
        own = ArtworkVersion.artwork == artwork
        newest = own & (ArtworkVersion.number == artwork.current_version)
        ArtworkVersion.update(sent_at=artwork.sent_at).where(newest).execute()
        return
    artwork.decided_at = clock.now()
    by = said.by or (said.words if state is ArtworkState.APPROVED else "")
    artwork.decided_by = (by or actor.name)[:120]
    artwork.decided_address = said.address
    sha256 = vars(artwork)["newest_sha256"] or ""
    if state is ArtworkState.APPROVED:
        artwork.approved_sha256 = sha256
    if state is ArtworkState.CHANGE_REQUESTED:
        artwork.change_request = "\n".join(p for p in (said.words, in_words(said.marks)) if p)
    if state in _REPLIES:
        ProofReply.create(
            artwork=artwork,
            version=artwork.current_version,
            kind=_REPLIES[state],
            words="" if state is ArtworkState.APPROVED else said.words,
            marks=[dict(mark) for mark in said.marks],
            by=artwork.decided_by,
            address=said.address[:64],
            sha256=sha256,
            at=artwork.decided_at,
        )


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
