"""A table file to a workbook in this very process: for the limited child, and for trusted bytes.

Bytes from outside go through ``safely.read_safely``, which calls this in a child that may die.
"""

from errors import UnreadableError
from sync.readers import delimited, locked, markup, office, sniff
from sync.readers.tables import Workbook

_READERS = {
    sniff.FileKind.DELIMITED: delimited.read_delimited,
    sniff.FileKind.WEB_TABLE: markup.read_web_page,
    sniff.FileKind.WEB_ARCHIVE: markup.read_archived_page,
    sniff.FileKind.XML_2003: markup.read_xml_of_2003,
}
LARGEST_FILE = 25_000_000


def read_table_file(content: bytes, name: str) -> Workbook:
    """Read the sheets of a file, whatever its name says.

    Raises:
        UnreadableError: empty, too large, protected, damaged, or no table at all.
    """
    kind = check(content)
    if kind is sniff.FileKind.LOCKED:
        content = locked.unlock(content)
        kind = sniff.sniff(content)
        sniff.refuse(kind)
    reader = _READERS.get(kind)
    return reader(content) if reader else office.read_workbook(content, kind)


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
