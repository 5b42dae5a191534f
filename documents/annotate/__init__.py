"""A customer's own workbook with what we need to know written into it: fills and comments.

``surgery`` patches the few parts that must change and leaves all others byte for byte; it runs
in a limited child (``safely``), because the bytes are a stranger's.  What cannot be patched (xls,
ods, csv, locked or signed files) is written anew from its values (``rewritten``).
"""

from documents.annotate.notes import PROPERTY as PROPERTY
from documents.annotate.notes import Note as Note
from documents.annotate.notes import RefusedError as RefusedError
from documents.annotate.rewritten import write_again as write_again
from documents.annotate.safely import annotate_safely as annotate_safely
