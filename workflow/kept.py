"""The bytes of a file that came in, as long as the shop keeps them.  Reads only."""

from errors import NotFoundError
from models import StoredFile


def content_of(stored: StoredFile) -> bytes:
    """What is in a file.

    Raises:
        NotFoundError: its time was over; says when it was deleted.
    """
    if stored.purged_at is not None:
        day = f"{stored.purged_at.day} {stored.purged_at:%B %Y}"
        raise NotFoundError(
            f"The file itself was deleted on {day}, as the shop decided for old files; what was"
            " read in it is kept. Ask the sender for it once more if you need it."
        )
    return bytes(stored.content)
