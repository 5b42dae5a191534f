"""``flask orders read``: files told as plain data, without a shop."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_readers import an_xlsx

pytestmark = [pytest.mark.pure, pytest.mark.slow]

HEAD = ["Item", "Description", "Qty", "Unit Price"]
ROOT = Path(__file__).parents[1]


def read(*files):
    done = subprocess.run(
        [sys.executable, "-m", "flask", "orders", "read", "--json", *map(str, files)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "sqlite:////nowhere/shop.db"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def a_file(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def test_every_file_is_one_line_of_json_and_no_database_is_needed(tmp_path):
    rows = (["PO Number", "4711"], ["Ship to", "Harbor Hall"], [], HEAD, ["A-1", "Cap", 5, 1.5])
    good = a_file(tmp_path, "order.xlsx", an_xlsx(*rows))
    bad = a_file(tmp_path, "broken.xlsx", b"PK\x03\x04 and then nothing")

    first, second, third = read(good, bad, tmp_path / "nothing.csv")

    (draft,) = first["drafts"]
    assert first["file"] == str(good)
    assert (draft["po_number"], draft["ship_to"]) == ("4711", {"name": "Harbor Hall"})
    (line,) = draft["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"], line["row"]) == ("A-1", 5, 1.5, 5)
    assert line["evidence"]["quantity"] == {
        "address": "sheet Order, cell C5",
        "found": "5",
        "why": "under the heading 'Qty'",
        "sure": 1.0,
    }
    assert draft["evidence"]["po_number"]["address"] == "sheet Order, cell B1"
    assert second["drafts"] == []
    assert "damaged or incomplete" in second["problems"][0]["message"]
    assert (
        third["problems"][0]["message"] == "The file cannot be opened: No such file or directory."
    )


def test_a_size_matrix_is_told_size_by_size(tmp_path):
    rows = (["Style", "Colour", "S", "M", "L"], ["T-1", "Navy", 2, None, 5])

    (told,) = read(a_file(tmp_path, "sizes.xlsx", an_xlsx(*rows)))

    lines = told["drafts"][0]["lines"]
    assert [(line["size"], line["quantity"]) for line in lines] == [("S", 2), ("L", 5)]
    assert lines[0]["evidence"]["size L"]["address"] == "sheet Order, cell E2"
