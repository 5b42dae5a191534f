"""The random walk over a shared sheet, in a workbook file that another program saves."""

import pytest

from tests.manager_file import ManagersFile
from tests.sheet_walk import Walk

STEPS = 60


def test_nothing_anybody_typed_is_lost_in_a_file(request, tmp_path):
    if request.config.getoption("--db") != "sqlite":
        pytest.skip("the walk itself runs on both databases; a file does not depend on them")
    walk = Walk(1, workbook=ManagersFile(tmp_path / "live.xlsx")).open_shop()

    for _ in range(STEPS):
        walk.step()
    walk.calm()

    assert walk.book.saves > 5
    assert walk.book.writes > 5
