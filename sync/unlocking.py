"""A document with a password: the customer tells it by a private link, never by mail."""

from errors import StaleError
from models import IncomingFile, transaction
from sync import intake
from sync.intake import LOCKED, State
from sync.readers.safely import unlock_safely
from workflow.actors import Actor, Right
from workflow.kept import content_of


def is_locked(incoming: IncomingFile) -> bool:
    """Whether a document waits for its password."""
    return incoming.state == State.NEEDS_PERSON and LOCKED in incoming.reason


def unlock(incoming_id: int, password: str, actor: Actor) -> IncomingFile:
    """Open a document with its password and ask for its reading; the password is not kept.

    The document stays as it came; of what it becomes nothing is mailed out.

    Raises:
        StaleError: somebody opened it already.
        UnreadableError: the password is wrong, or the file is locked in a way we cannot open.
    """
    actor.require(Right.INCOMING)
    locked = intake.find(incoming_id)
    _require_locked(locked)
    content = unlock_safely(content_of(locked.file), password)
    with transaction():
        seen = IncomingFile.get_by_id(incoming_id)
        _require_locked(seen)
        made = intake.receive(
            locked.channel,
            locked.name,
            content,
            actor=actor,
            sender=locked.sender,
            external_id=f"{locked.external_id}#opened" if locked.external_id else "",
            mail=locked.mail if locked.mail_id is not None else None,
            customer_id=locked.customer_id,
        )
        made.private = True
        made.save()
        seen.state, seen.duplicate_of = State.DUPLICATE.value, made
        seen.reason = "Opened with its password: see the file it became."
        seen.version += 1
        seen.save()
    return made


def _require_locked(incoming: IncomingFile) -> None:
    if not is_locked(incoming):
        raise StaleError(f"'{incoming.name}' does not wait for a password any more.")
