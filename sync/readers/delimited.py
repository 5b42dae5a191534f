"""Delimited text (csv, tsv, semicolons, bars) to one sheet; every value stays text. Pure."""

import csv
import io
import re

from errors import UnreadableError
from sync.readers import sniff
from sync.readers.office import LONGEST_TEXT, Budget
from sync.readers.tables import Plain, Row, Sheet, Workbook


def read_delimited(content: bytes) -> Workbook:
    """Read a delimited text of any usual encoding and separator.

    Raises:
        UnreadableError: not readable as columns.
    """
    text = sniff.decode(content).lstrip("\ufeff")
    separator = sniff.separator_of(text)
    text = re.sub(r'^"?sep=[^\r\n]*(\r\n|\r|\n)', "", text, flags=re.IGNORECASE)
    text = re.sub(r"\r\n?", "\n", text).replace("\x00", "")
    # A text of only commas in quotes is legal; one cell longer than a megabyte is no order.
    csv.field_size_limit(1_000_000)
    rows, budget = [], Budget()
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=separator or ","):
            rows.append(budget.take(_row(cells)))
    except csv.Error as error:
        raise UnreadableError(
            f"The text cannot be read as columns near line {len(rows) + 1}: save it as xlsx and"
            " send that."
        ) from error
    while rows and not rows[-1]:
        rows.pop()
    return Workbook(sniff.FileKind.DELIMITED.value, (Sheet("", rows),))


def _row(cells: list[str]) -> Row:
    row: Row = [_value(cell) for cell in cells]
    while row and row[-1] is None:
        row.pop()
    return row


def _value(text: str) -> Plain:
    text = text.strip()
    if not text.startswith("="):
        return text[:LONGEST_TEXT] or None
    # ="00123" is how a csv tells Excel to keep the zeros.
    kept = re.fullmatch(r'="([^"]*)"', text)
    text = kept[1] if kept else text
    return text[:LONGEST_TEXT] or None
