"""The spreadsheet source over a folder of real customers' files, where one is at hand.

The files are other people's and stay outside the project: ``../shared/data/orders`` beside it.
"""

from pathlib import Path

import pytest

from errors import UnreadableError
from sync.sources import Incoming, spreadsheet

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "orders"
SUFFIXES = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv"}
FILES = sorted(p for p in FOLDER.glob("*") if p.suffix in SUFFIXES) if FOLDER.is_dir() else []

pytestmark = [
    pytest.mark.pure,
    pytest.mark.slow,
    pytest.mark.skipif(not FILES, reason=f"no order files in {FOLDER}"),
]


@pytest.mark.parametrize("path", FILES or [FOLDER], ids=lambda path: path.name)
def test_every_file_gives_drafts_with_addresses_or_a_sentence(path):
    incoming = Incoming(path.name, path.read_bytes(), "buyer@example.com")

    try:
        drafts = list(spreadsheet.read(incoming))
    except UnreadableError as refusal:
        assert str(refusal).endswith(".")
        return

    assert drafts
    for draft in drafts:
        assert draft.lines
        assert all(line.address for line in draft.lines)
        assert all(problem.address and problem.message for problem in draft.problems)
        questions = {problem.field for problem in draft.problems}
        counted = all(line.quantity for line in draft.lines)
        assert counted or questions, "a line without a quantity is a question"


def test_most_of_the_files_give_lines():
    """More than half of the set are orders or quotes; a reader that gives up on them is broken."""
    read = 0
    for path in FILES:
        try:
            read += bool(list(spreadsheet.read(Incoming(path.name, path.read_bytes()))))
        except UnreadableError:
            continue

    assert read * 2 > len(FILES)
