"""Artwork files, as pictures where a browser can show them, else as downloads.

A file comes from outside, so it never runs in this origin: no sniffing, no scripts, a sandbox.
"""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from peewee import fn
from werkzeug.utils import secure_filename

import auth
from errors import NotFoundError
from models import Artwork, ArtworkVersion, Job, StoredFile, Task

#: What browsers show and what does no harm there.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
_HOURS = 24 * 3600


def send(version_id: int) -> ResponseReturnValue:
    """The file of one version; a worker gets those of jobs their departments work on.

    Raises:
        NotFoundError: there is no such file, or not for whoever asks.
    """
    version = seen_version(version_id)
    name, file_id = version.name, version.file_id
    sha256, content_type = version.file.sha256, version.file.content_type
    answer = Response(status=304)
    if not request.if_none_match.contains(sha256):
        answer = Response(bytes(StoredFile.get_by_id(file_id).content))
        _label(answer, name, content_type)
    answer.set_etag(sha256)
    answer.headers["Cache-Control"] = f"private, max-age={_HOURS}"
    answer.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    return answer


def seen_version(version_id: int) -> ArtworkVersion:
    """A version, its file without the bytes; a worker gets those their departments work on.

    Raises:
        NotFoundError: there is no such file, or not for whoever asks.
    """
    seen = auth.departments_seen(auth.current_actor())
    found: Any = (
        ArtworkVersion.select(
            ArtworkVersion, StoredFile.id, StoredFile.sha256, StoredFile.content_type
        )
        .join(StoredFile)
        .switch(ArtworkVersion)
        .join(Artwork)
        .where(ArtworkVersion.id == version_id)
    )
    if seen is not None:
        mine = Job.select(Job.id).join(Task).where(Job.order == Artwork.order)
        found = found.where(fn.EXISTS(mine.where(Task.department.in_(list(seen)))))
    row: ArtworkVersion | None = found.first() if version_id < 2**31 else None
    if row is None:
        raise NotFoundError("There is no such file for you. Reload the page and try again.")
    return row


def _label(answer: Response, name: str, content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    shown = kind in SHOWN
    answer.mimetype = kind if shown else "application/octet-stream"
    how = "inline" if shown else "attachment"
    answer.headers["Content-Disposition"] = f'{how}; filename="{secure_filename(name) or "file"}"'
