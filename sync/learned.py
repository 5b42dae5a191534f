"""A file read as somebody said it is to be read: layout and workbook in, drafts out. Pure.

The sheet is written anew for the reader: transformed cells in their old places, one row of plain
headings, nothing in the rows and columns that are none of ours.  The reader then does its usual
work, and what it says about a cell is brought back to where the cell really stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from errors import UnreadableError
from sync import cellrules
from sync.cellrules import Found
from sync.drafts import OrderDraft, Problem
from sync.readers.headings import Words, load
from sync.readers.tables import Sheet, Workbook
from sync.sources import spreadsheet
from sync.tables import placing, rewriting
from sync.tables.layouts import Layout
from sync.tables.placing import Placement, Verdict
from sync.tables.rewriting import Rewritten
from workflow.fields import Catalogue


@dataclass(frozen=True)
class Reading:
    """What a layout makes of a file: its drafts, or why there are none."""

    drafts: tuple[OrderDraft, ...]
    placements: Mapping[str, Placement]
    refusal: str = ""

    @property
    def verdict(self) -> Verdict:
        """How well the layout fits the file's best sheet."""
        order = (Verdict.SURE, Verdict.DOUBTFUL)
        found = {placement.verdict for placement in self.placements.values()}
        return next((verdict for verdict in order if verdict in found), Verdict.NONE)

    @property
    def differences(self) -> list[str]:
        """What is different from the file the layout was made on."""
        return [said for placement in self.placements.values() for said in placement.differences]


def placements(layout: Layout, book: Workbook, words: Words | None = None) -> dict[str, Placement]:
    """Where a layout stands: the sheet that fits best, or every sheet that fits."""
    words = words or load()
    found = {
        sheet.name: placing.place(layout, sheet, words)
        for sheet in book.sheets
        if sheet.rows and not sheet.hidden
    }
    fitting = {name: p for name, p in found.items() if p.verdict is not Verdict.NONE}
    if layout.every_sheet or not fitting:
        return fitting
    best = max(fitting, key=lambda name: (fitting[name].score, name == layout.sheet))
    return {best: fitting[best]}


def read(
    layout: Layout, book: Workbook, sender: str, catalogue: Catalogue, words: Words | None = None
) -> Reading:
    """Find a layout's table in a file, and read it."""
    return read_placed(placements(layout, book, words), book, sender, catalogue, words)


def read_here(
    layout: Layout, book: Workbook, sender: str, catalogue: Catalogue, words: Words | None = None
) -> Reading:
    """Read a file whose rows and columns are those of the layout, as on the screen."""
    here = {layout.sheet: Placement(layout, Verdict.SURE, (), 1.0)}
    if layout.every_sheet:
        here = {**placements(layout, book, words), **here}
    return read_placed(here, book, sender, catalogue, words)


def read_placed(
    places: Mapping[str, Placement],
    book: Workbook,
    sender: str,
    catalogue: Catalogue,
    words: Words | None = None,
) -> Reading:
    """Read the sheets in which a layout was placed; a refusal is said, not raised."""
    words = words or load()
    written = {
        sheet.name: rewriting.rewrite(places[sheet.name].layout, sheet, words)
        for sheet in book.sheets
        if sheet.name in places
    }
    if not written:
        return Reading((), {}, "No sheet of this file has the headings of the mapping.")
    layout = next(iter(places.values())).layout
    constants = cellrules.line_constants(layout, catalogue)
    saved = replace(next(iter(written.values())).plan, constants=constants)
    changed = Workbook(book.kind, tuple(page.sheet for page in written.values()))
    try:
        drafts = spreadsheet.drafts_of(
            changed, sender, catalogue=catalogue, words=words, saved=saved
        )
    except UnreadableError as refusal:
        return Reading((), places, str(refusal))
    sheets = {sheet.name: sheet for sheet in book.sheets}
    finished = [_finished(draft, written, places, sheets, catalogue) for draft in drafts]
    return Reading(tuple(finished), places)


def _finished(
    draft: OrderDraft,
    written: Mapping[str, Rewritten],
    places: Mapping[str, Placement],
    sheets: Mapping[str, Sheet],
    catalogue: Catalogue,
) -> OrderDraft:
    """The draft with true addresses, the cells somebody pointed at, and what every order has."""
    name = _sheet_of(draft, written)
    page, layout = written[name], places[name].layout
    real = _with_real_addresses(draft, page)
    rows = {row for line in real.lines if (row := _row_in(line.address))}
    found: list[Found] = [
        *cellrules.of_cells(layout, sheets, name, catalogue),
        *cellrules.of_columns(layout, page, min(rows, default=0) - 1, catalogue),
        *cellrules.of_constants(layout, catalogue),
    ]
    ours = [p for p in page.problems if _row_in(p.address) in rows]
    known = {(problem.address, problem.field) for problem in ours}
    kept = [p for p in real.problems if (p.address, p.field) not in known]
    return cellrules.put_into(replace(real, problems=(*kept, *ours)), found)


def _sheet_of(draft: OrderDraft, written: Mapping[str, Rewritten]) -> str:
    """The sheet of a draft's first line."""
    address = draft.lines[0].address if draft.lines else ""
    match = re.fullmatch(r"sheet (.*), row \d+", address)
    name = match[1] if match else ""
    return name if name in written else next(iter(written))


def _row_in(address: str) -> int:
    """The row of an address, from 1; 0 where it names none."""
    match = re.search(r"(?:\brow |\bcell [A-Z]{1,3})(\d+)$", address)
    return int(match[1]) if match else 0


def _with_real_addresses(draft: OrderDraft, page: Rewritten) -> OrderDraft:
    """What was said of a column that was written anew is said of the column it came from."""
    if not page.origins and not page.lowered:
        return draft
    real = page.real_address
    return replace(
        draft,
        lines=tuple(replace(line, address=real(line.address)) for line in draft.lines),
        problems=tuple(
            Problem(real(p.address), p.field, p.message, p.found) for p in draft.problems
        ),
        evidence={name: real(text) for name, text in draft.evidence.items()},
    )
