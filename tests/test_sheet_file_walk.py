"""The random walk over a shared sheet in a file another program saves, and on our Sheets server."""

import pytest

from tests.manager_file import ManagersFile
from tests.manager_google import ManagersGoogle
from tests.sheet_walk import Walk

#: The walk in memory runs on both databases; the workbook behind it does not hang on them.
pytestmark = pytest.mark.once

STEPS = 40


def walked(workbook):
    walk = Walk(1, workbook=workbook).open_shop()
    for _ in range(STEPS):
        walk.step()
    walk.calm()
    return walk.book


def test_nothing_anybody_typed_is_lost_in_a_file(tmp_path):
    book = walked(ManagersFile(tmp_path / "live.xlsx"))

    assert book.saves > 5
    assert book.writes > 5


def test_nothing_anybody_typed_is_lost_over_http():
    with ManagersGoogle() as book:
        walked(book)

        assert book.moves > 5
        assert book.writes > 5
