"""File kinds to rows: bytes in, ``Workbook`` out; recognised by content, never by name. Pure."""

from sync.readers.reading import read_table_file as read_table_file
from sync.readers.safely import read_safely as read_safely
from sync.readers.tables import Cell as Cell
from sync.readers.tables import Fault as Fault
from sync.readers.tables import Sheet as Sheet
from sync.readers.tables import Workbook as Workbook
