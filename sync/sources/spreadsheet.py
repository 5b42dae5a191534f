"""Any customer's spreadsheet, and our own order form: found headings, labelled values, lines.

Reads xlsx, xlsm, xlsb, xls, ods, csv and tsv, and web pages, XML of 2003 and MHTML that pretend to
be one of these.  Our own form is known by its hidden sheet, which
names the fields of its labels, a shop's own fields included; everything else is read by the words
of ``readers/headings.toml``.
"""

from collections.abc import Iterator
from dataclasses import replace

from sync.drafts import OrderDraft
from sync.readers import Workbook, headings, read_safely
from sync.readers.sniff import TABLES, sniff
from sync.sources import Incoming
from sync.tables import drafting, formmark
from sync.tables.mapping import Mapping
from workflow.fields import BUILT_IN_CATALOGUE, Catalogue

NAME = "spreadsheet"
LABEL = "Spreadsheet"
FALLBACK = True


def matches(incoming: Incoming) -> bool:
    """Recognise every table file by its bytes; other sources come first."""
    return sniff(incoming.content) in TABLES


def read(incoming: Incoming) -> Iterator[OrderDraft]:
    """Yield one draft per order in the file.

    Raises:
        UnreadableError: no table, or no order line in any of its sheets.
    """
    yield from drafts_of(read_safely(incoming.content, incoming.name), incoming.sender)


def drafts_of(
    book: Workbook,
    sender: str = "",
    *,
    catalogue: Catalogue = BUILT_IN_CATALOGUE,
    words: headings.Words | None = None,
    saved: Mapping | None = None,
) -> list[OrderDraft]:
    """Turn a workbook that was read into drafts.

    Args:
        book: the workbook.
        sender: names the customer where the file does not.
        catalogue: the shop's fields.
        words: heading words, with a shop's own; those that come with Inhands without it.
        saved: a partner's mapping, tried before the headings are judged.

    Raises:
        UnreadableError: no order line was found; says where it was looked for.
    """
    words = words or headings.load()
    form = formmark.find(book)
    if form:
        words, catalogue = words.also(form.words), form.catalogue(catalogue)
    drafts = drafting.draft(NAME, book, sender, drafting.Knowledge(words, catalogue, saved))
    if not book.macros:
        return drafts
    noted = {"file": "the file has macros; they were not run"}
    return [replace(draft, evidence={**draft.evidence, **noted}) for draft in drafts]
