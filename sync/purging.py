"""Mails and files that are older than the shop keeps them: found here, purged by the engine.

What waits for a person, belongs to an order in review, is a sample of a mapping or a paper of ours
is kept whatever its age.
"""

from datetime import datetime, timedelta
from typing import Any

from peewee import fn

import clock
from models import (
    ArtworkVersion,
    IncomingFile,
    IncomingMail,
    MappingSample,
    Message,
    Order,
    StoredFile,
)
from sync.intake import State
from sync.mail_rules import MailState
from workflow import engine, shop
from workflow.actors import Actor

_AT_ONCE = 200
_DONE = (State.ACCEPTED.value, State.REJECTED.value, State.DUPLICATE.value)


def purge(actor: Actor) -> int:
    """Purge what is too old, some hundred files at a time; how many they were."""
    days = int(shop.setting("keep_files_days"))
    if not days:
        return 0  # for ever
    found = _too_old(clock.now() - timedelta(days=days))
    for stored_id, name in found:
        orders = Order.select(Order.id).join(IncomingFile).where(_of_file(stored_id))
        engine.purge_file(stored_id, name, [order.id for order in orders], actor)
    return len(found)


def _of_file(stored_id: int) -> Any:
    mails = IncomingMail.select(IncomingMail.id).where(IncomingMail.original == stored_id)
    return (IncomingFile.file == stored_id) | IncomingFile.mail.in_(mails)


def _too_old(before: datetime) -> list[tuple[int, str]]:
    """The files whose every mail and document is older and done with, each with a name."""
    here = StoredFile.id
    in_review = Order.select(Order.incoming).where(
        (Order.stage == "review") & Order.incoming.is_null(False) & Order.cancelled_at.is_null()
    )
    busy_file = IncomingFile.select(IncomingFile.id).where(
        (IncomingFile.file == here)
        & (
            (IncomingFile.received_at >= before)
            | IncomingFile.state.not_in(_DONE)
            | IncomingFile.id.in_(in_review)
        )
    )
    busy_mail = IncomingMail.select(IncomingMail.id).where(
        (IncomingMail.original == here)
        & ((IncomingMail.received_at >= before) | (IncomingMail.state == MailState.WAITING))
    )
    used = [
        fn.EXISTS(table.select(table.id).where(column == here))
        for table, column in (
            (MappingSample, MappingSample.file),
            (ArtworkVersion, ArtworkVersion.file),
            (Message, Message.file),
        )
    ]
    name = IncomingFile.select(fn.MIN(IncomingFile.name)).where(IncomingFile.file == here)
    subject = IncomingMail.select(fn.MIN(IncomingMail.subject)).where(IncomingMail.original == here)
    rows: Any = (
        StoredFile.select(here, name.alias("name"), subject.alias("subject"))
        .where(
            StoredFile.purged_at.is_null()
            & (StoredFile.created_at < before)
            & (
                fn.EXISTS(IncomingFile.select(IncomingFile.id).where(IncomingFile.file == here))
                | fn.EXISTS(
                    IncomingMail.select(IncomingMail.id).where(IncomingMail.original == here)
                )
            )
            & ~fn.EXISTS(busy_file)
            & ~fn.EXISTS(busy_mail)
        )
        .order_by(here)
        .limit(_AT_ONCE)
    )
    for one in used:
        rows = rows.where(~one)
    return [(row_id, name or f"mail “{subject}”") for row_id, name, subject in rows.tuples()]
