"""Files made to hurt: a sentence or its rows, soon; the parent unharmed; the next order not delayed."""

import re
import resource
import time

import pytest

from errors import UnreadableError
from sync.readers import read_safely
from sync.readers.safely import Limits, unlock_safely
from sync.sources import spreadsheet
from tests.hostile import FILES, ROWS
from tests.test_readers import an_xlsx

pytestmark = [pytest.mark.pure, pytest.mark.slow]

LIMITS = Limits(memory_bytes=1_000_000_000, cpu_seconds=20, wall_seconds=30)
MOST_PARENT = 400_000  # kilobytes its memory may grow by


@pytest.mark.parametrize("hostile", FILES, ids=lambda hostile: hostile.name)
def test_a_hostile_file_gives_a_sentence_or_its_rows_and_hurts_nobody(hostile):
    content = hostile.make()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    try:
        read_safely(content, hostile.name, LIMITS)
        said = ""
    except UnreadableError as refusal:
        said = str(refusal)

    assert time.monotonic() - start < LIMITS.wall_seconds + 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_PARENT
    if hostile.sentence:
        assert re.search(hostile.sentence, said), said
    else:
        assert said == ""
    start = time.monotonic()
    assert read_safely(an_xlsx(*ROWS), "next.xlsx").sheets[0].rows[1] == ["G5000", 12.0]
    assert time.monotonic() - start < 10


def test_there_are_twenty_kinds_of_them_and_more():
    assert len({hostile.name for hostile in FILES}) >= 20


def test_macros_are_noted_and_excels_own_password_is_known():
    by_name = {hostile.name: hostile for hostile in FILES}

    book = read_safely(by_name["macros"].make(), "order.xlsm")
    assert book.macros
    assert "not run" in spreadsheet.drafts_of(book)[0].evidence["file"]
    book = read_safely(by_name["encrypted with Excel's own password"].make(), "order.xlsx")
    assert book.sheets[0].rows[1] == ["G5000", 12.0]


def test_a_file_is_opened_with_the_password_its_sender_told():
    content = next(h for h in FILES if h.name == "encrypted").make()

    book = read_safely(unlock_safely(content, "a secret"), "order.xlsx")

    assert book.sheets[0].rows[1] == ["G5000", 12.0]
