"""Keeps how files look; a second run changes nothing."""

from documents.previews import NoPreviewError, kind_of, preview_safely
from models import ArtworkVersion, FilePreview, StoredFile, transaction


def make(file_id: int) -> int:
    """Draw a file's first pages and keep them; how many there are.

    A file that cannot be drawn gets one row without a picture that says why.
    """
    file = StoredFile.get_or_none(StoredFile.id == file_id)
    if file is None or FilePreview.select().where(FilePreview.file == file_id).exists():
        return 0
    version = ArtworkVersion.get_or_none(ArtworkVersion.file == file_id)
    content = bytes(file.content)
    try:
        drawn = preview_safely(content, kind_of(content, version.name if version else ""))
        rows = [
            {"file": file_id, "page": number, "width": one.width, "height": one.height,
             "thumbnail": one.thumbnail, "picture": one.picture, "note": ""}
            for number, one in enumerate(drawn, 1)
        ]  # fmt: skip
    except NoPreviewError as why:
        rows = [{"file": file_id, "page": 1, "width": 0, "height": 0, "thumbnail": None,
                 "picture": None, "note": str(why)[:200]}]  # fmt: skip
    with transaction():
        FilePreview.insert_many(rows).on_conflict_ignore().execute()
    return sum(1 for row in rows if row["picture"])
