"""The random walk over a shared sheet in a file another program saves, and on our Sheets server."""

import pytest

from tests.manager_file import ManagersFile
from tests.manager_google import ManagersGoogle
from tests.sheet_walk import Walk

STEPS = 40


def walked(request, workbook):
    if request.config.getoption("--db") != "sqlite":
        pytest.skip("the walk itself runs on both databases; a sheet does not depend on them")
    walk = Walk(1, workbook=workbook).open_shop()
    for _ in range(STEPS):
        walk.step()
    walk.calm()
    return walk.book


def test_nothing_anybody_typed_is_lost_in_a_file(request, tmp_path):
    book = walked(request, ManagersFile(tmp_path / "live.xlsx"))

    assert book.saves > 5
    assert book.writes > 5


def test_nothing_anybody_typed_is_lost_over_http(request):
    with ManagersGoogle() as book:
        walked(request, book)

        assert book.moves > 5
        assert book.writes > 5
