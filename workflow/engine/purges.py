"""Bytes that the shop keeps no longer: they go, and their rows, sizes and fingerprints stay."""

from collections.abc import Sequence

import clock
from models import Order, StoredFile, transaction
from workflow.actors import Actor, Right
from workflow.engine.docket import event, write_events


def purge_file(stored_id: int, name: str, order_ids: Sequence[int], actor: Actor) -> None:
    """Delete the bytes of a file, and say so in the history of the orders it made.

    Raises:
        ForbiddenError: the actor may not handle incoming files.
    """
    actor.require(Right.INCOMING)
    with transaction():
        stored = StoredFile.select(StoredFile.id, StoredFile.sha256, StoredFile.size)
        seen = stored.where((StoredFile.id == stored_id) & StoredFile.purged_at.is_null()).first()
        if seen is None:
            return  # another worker was faster
        StoredFile.update(content=b"", purged_at=clock.now()).where(
            StoredFile.id == stored_id
        ).execute()
        said = f"'{name}' was deleted as too old: {seen.size} bytes, SHA-256 {seen.sha256}."
        orders = Order.select().where(Order.id.in_(list(order_ids)))
        write_events([event(order, actor, "file_purged", said) for order in orders])
