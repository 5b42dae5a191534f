"""Broken files never break the reader: rows or a sentence, in time. `make soak` takes 100,000."""

import time

import pytest

from errors import UnreadableError
from sync.readers import Workbook, read_safely
from sync.sources import spreadsheet
from tests import mutants

pytestmark = [pytest.mark.pure, pytest.mark.slow]


def test_a_broken_file_is_rows_or_a_sentence():
    for seed in range(80):
        start = time.monotonic()
        try:
            spreadsheet.drafts_of(read_safely(mutants.mutant(seed), f"mutant {seed}"))
        except UnreadableError as refusal:
            assert str(refusal).endswith("."), seed
        assert time.monotonic() - start < 20, seed


def test_whatever_a_sheet_holds_it_is_drafts_or_a_sentence():
    for seed in range(120):
        book = Workbook("xlsx", (mutants.wild(seed),))
        try:
            drafts = spreadsheet.drafts_of(book)
        except UnreadableError as refusal:
            assert str(refusal).endswith("."), seed
            continue
        assert all(draft.lines for draft in drafts), seed
        for draft in drafts:
            for line in draft.lines:
                assert all(line.found_at[name].found for name in line.found_at), seed
