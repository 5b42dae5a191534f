"""Genuine workbooks of strangers come back annotated, and nothing else in them changes."""

import io
import re
import subprocess
import warnings
from pathlib import Path

import openpyxl
import pytest

from documents.annotate import Note, annotate_safely
from tests.services import need
from tests.workbooks import parts_of

ORDERS = Path(__file__).parents[3] / "shared" / "data" / "orders"
FILES = sorted([*ORDERS.glob("*.xlsx"), *ORDERS.glob("*.xlsm")])
SAID = "How many pieces do you need?"
MAY_CHANGE = re.compile(
    r"xl/worksheets/(_rels/)?[^/]+|xl/styles\.xml|xl/comments|xl/drawings/[^/]+\.vml"
    r"|\[Content_Types\]\.xml|_rels/\.rels|docProps/custom\.xml"
)

pytestmark = [
    pytest.mark.pure,
    pytest.mark.slow,
    pytest.mark.skipif(not FILES, reason="the genuine order files are not on this machine"),
]


def opened(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content))


def first_sheet(content):
    """The name of the first sheet; nothing else is read for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames[0]


@pytest.mark.parametrize("file", FILES[::2], ids=lambda file: file.name)
def test_a_genuine_workbook_is_annotated_and_keeps_everything(file):
    before = file.read_bytes()
    name = first_sheet(before)
    notes = [Note(name, address, SAID) for address in ("B2", "3", "H30")]

    after = annotate_safely(before, notes, author="Our shop", marker="1.x")

    old, new = parts_of(before), parts_of(after)
    changed = [part for part in old if new[part] != old[part]]
    assert [part for part in changed if not MAY_CHANGE.match(part)] == []
    sheet = opened(after)[name]
    said = [c for row in sheet.iter_rows(max_row=40, max_col=40) for c in row
            if c.comment and SAID in c.comment.text]  # fmt: skip
    assert 1 <= len(said) <= 3  # merged cells speak with one voice
    assert {c.fill.fgColor.rgb for c in said} == {"FFFFE699"}


def test_libreoffice_opens_them_and_shows_the_comments(tmp_path):
    office = need("soffice")
    some = FILES[::9]  # it takes a second for each
    for file in some:
        before = file.read_bytes()
        notes = [Note(first_sheet(before), "B2", SAID)]
        made = annotate_safely(before, notes, author="Our shop", marker="1.x")
        (tmp_path / file.name).write_bytes(made)

    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "fods", "--outdir", str(tmp_path), *map(str, tmp_path.glob("*.xls?"))],
        check=True, capture_output=True, timeout=900,
    )  # fmt: skip

    shown = {path.stem: SAID in path.read_text() for path in tmp_path.glob("*.fods")}
    assert shown == dict.fromkeys([file.stem for file in some], True)
