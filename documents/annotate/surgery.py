"""Writes into a stranger's workbook: fills, comments, one hidden property; nothing else. Pure.

Measured: loading and saving with openpyxl loses cached formula values, shapes, slicers and
printer settings.  Here the parts that change are patched and all others keep their bytes:
charts, pictures, macros, pivots, cached values.
"""

from collections.abc import Sequence

from documents.annotate import notes as words
from documents.annotate.cells import Cells
from documents.annotate.notes import PROPERTY, Note, RefusedError
from documents.annotate.properties import set_property
from xlsx.comments import Comments
from xlsx.package import Package, local
from xlsx.styles import Styles


def annotate(content: bytes, notes: Sequence[Note], *, author: str, marker: str) -> bytes:
    """The workbook with a fill and a comment at each note's cell.

    Args:
        content: an xlsx or xlsm file.
        notes: what to write where; several at one cell become one comment.
        author: who says it, in front of each comment.
        marker: the value of the hidden property.

    Raises:
        RefusedError: not such a workbook, or one that cannot be patched; says why.
    """
    package = Package(content)
    parts = package.sheets()
    namespace = package.tree(package.workbook).tag.rpartition("}")[0].lstrip("{")
    styles = Styles(package, namespace)
    by_sheet: dict[str, list[Note]] = {}
    for note in words.together(list(notes)):
        by_sheet.setdefault(note.sheet or next(iter(parts)), []).append(note)
    for sheet, own in by_sheet.items():
        if sheet not in parts:
            raise RefusedError(f"The file has no sheet '{sheet[:60]}'.")
        _annotate_sheet(package, parts[sheet], own, styles, author=author)
    set_property(package, PROPERTY, marker)
    return package.bytes()


def _annotate_sheet(
    package: Package, part: str, notes: list[Note], styles: Styles, *, author: str
) -> None:
    root = package.tree(part)
    if local(root) != "worksheet":
        raise RefusedError("A diagram's or a dialog's sheet has no cells to write to.")
    cells = Cells(root)
    comments = Comments(package, part, root, author)
    for note in notes:
        row, column = cells.anchor(note.address)
        cells.mark(row, column, styles)
        comments.add(row, column, note.text)
