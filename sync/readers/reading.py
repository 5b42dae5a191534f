"""A table file to a workbook in this very process: for the limited child, and for trusted bytes.

Bytes from outside go through ``safely.read_safely``, which calls this in a child that may die.
"""

from errors import UnreadableError
from sync.readers import delimited, office, sniff
from sync.readers.tables import Workbook

LARGEST_FILE = 25_000_000


def read_table_file(content: bytes, name: str) -> Workbook:
    """Read the sheets of a file, whatever its name says.

    Raises:
        UnreadableError: empty, too large, protected, damaged, or no table at all.
    """
    kind = check(content)
    if kind is sniff.FileKind.DELIMITED:
        return delimited.read_delimited(content)
    return office.read_workbook(content, kind)


def check(content: bytes) -> sniff.FileKind:
    """Say what kind of table the bytes are, at a glance.

    Raises:
        UnreadableError: too large, or no table.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableError(
            f"The file has {len(content) // 1_000_000} MB, more than the"
            f" {LARGEST_FILE // 1_000_000} MB we read: send only the sheet with the order."
        )
    kind = sniff.sniff(content)
    sniff.refuse(kind)
    return kind
