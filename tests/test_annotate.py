"""The customer's own workbook comes back with fills and comments, and nothing else changed."""

import io
import subprocess
from datetime import date

import openpyxl
import pytest
from openpyxl import load_workbook

from documents import annotate
from documents.annotate import Note, RefusedError, annotate_safely, write_again
from documents.annotate import notes as words
from tests.services import need
from tests.workbooks import bare, packed, parts_of, rich, with_macros, with_thread

pytestmark = pytest.mark.pure

MAY_CHANGE = {"xl/styles.xml", "[Content_Types].xml", "_rels/.rels"}
ASKED = "How many?"


def annotated(content, *notes, marker="7.mark"):
    return annotate_safely(content, notes or [Note("Order", "B4", ASKED)], author="Our shop",
                           marker=marker)  # fmt: skip


def sheet_of(content, name="Order"):
    return load_workbook(io.BytesIO(content))[name]


def is_marked(cell):
    return cell.fill.fgColor.rgb == f"FF{words.FILL}"


# ---------------------------------------------------------------- what changes and what does not


def test_a_doubtful_cell_gets_a_fill_and_a_comment_and_keeps_its_look():
    cell = sheet_of(annotated(rich()))["B4"]

    assert is_marked(cell)
    assert cell.comment.text == "Our shop: How many?"
    assert (cell.value, cell.number_format) == ("a dozen", "0.00")


def test_every_other_part_keeps_its_bytes():
    before = rich()

    after = parts_of(annotated(before))

    changed = {name for name, content in parts_of(before).items() if after[name] != content}
    allowed = MAY_CHANGE | {"xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels",
                            "xl/comments/comment1.xml", "xl/drawings/commentsDrawing1.vml"}  # fmt: skip
    assert changed <= allowed
    assert after["xl/worksheets/sheet2.xml"] == parts_of(before)["xl/worksheets/sheet2.xml"]


def test_other_cells_formulas_rules_and_panes_stay():
    before, after = sheet_of(rich()), sheet_of(annotated(rich()))

    assert [[c.value for c in row] for row in before] == [[c.value for c in row] for row in after]
    assert after.freeze_panes == "A4"
    assert after["F4"].value == "=SUM(B4:B5)"
    assert len(after.data_validations.dataValidation) == 1
    assert not is_marked(after["A4"])
    assert after["A4"].font.b


def test_a_note_of_the_customer_is_kept_and_ours_is_appended():
    cell = sheet_of(annotated(rich(), Note("Order", "A5", "Which red?")))["A5"]

    assert cell.comment.text == "from Dana: the red one\n\nOur shop: Which red?"
    assert cell.comment.author == "Dana"


def test_a_conversation_is_answered_in_the_conversation():
    after = parts_of(annotated(with_thread(), Note("Order", "A5", "Which red?")))

    thread = after["xl/threadedComments/threadedComment1.xml"].decode()
    assert thread.count("<threadedComment ") == 2
    assert 'parentId="{11111111-2222-3333-4444-555555555555}"' in thread
    assert "Which red?" in thread
    assert 'displayName="Our shop"' in after["xl/persons/person1.xml"].decode()


def test_in_a_merged_area_the_first_cell_speaks():
    sheet = sheet_of(annotated(rich(), Note("Order", "D5", ASKED)))

    assert is_marked(sheet["C4"])
    assert sheet["C4"].comment is not None


def test_a_row_without_a_cell_is_said_at_its_first_filled_cell():
    sheet = sheet_of(annotated(rich(), Note("Order", "4", ASKED), Note("Order", "40", "Empty")))

    assert sheet["A4"].comment.text == "Our shop: How many?"
    assert sheet["A40"].comment.text == "Our shop: Empty"


def test_several_sentences_at_one_cell_are_one_comment():
    two = [Note("Order", "B4", ASKED), Note("Order", "B4", "Which?"), Note("Order", "B4", ASKED)]

    assert sheet_of(annotated(rich(), *two))["B4"].comment.text == "Our shop: How many?\nWhich?"


def test_a_second_round_of_questions_appends_and_changes_nothing_else():
    once = annotated(rich())

    twice = annotated(once, Note("Order", "B4", "Still unclear"), marker="8.mark")

    cell = sheet_of(twice)["B4"]
    assert cell.comment.text.startswith("Our shop: How many?")
    assert cell.comment.text.endswith("Our shop: Still unclear")
    assert property_of(twice) == "8.mark"


def property_of(content):
    book = load_workbook(io.BytesIO(content))
    return {p.name: p.value for p in book.custom_doc_props.props}.get(annotate.PROPERTY)


def test_the_hidden_property_goes_along_beside_others():
    book = openpyxl.Workbook()
    book.active.title = "Order"
    book.custom_doc_props.append(openpyxl.packaging.custom.StringProperty(name="ERP", value="x1"))
    kept = io.BytesIO()
    book.save(kept)

    found = load_workbook(io.BytesIO(annotated(kept.getvalue()))).custom_doc_props.props

    assert {p.name: p.value for p in found} == {"ERP": "x1", "InhandsAnswer": "7.mark"}


# ---------------------------------------------------------------- as other programs write them


@pytest.mark.parametrize("kind", [{}, {"absolute": True}, {"strict": True}])
def test_cells_that_were_not_there_are_made_in_any_dialect(kind):
    notes = [Note("Order", address, ASKED) for address in ("B1", "C3", "A2", "D9")]

    after = annotated(bare(**kind), *notes)

    xml = parts_of(after)["xl/worksheets/sheet1.xml"].decode()
    rows = [
        xml.index(f'r="{cell}"') for cell in ("A1", "A2", "A3", "C3", "D9") if f'r="{cell}"' in xml
    ]
    assert rows == sorted(rows)
    if not kind.get("strict"):  # openpyxl does not read strict files
        sheet = sheet_of(after)
        assert [is_marked(sheet[n.address]) for n in notes] == [True] * 4
        assert [sheet[a].value for a in ("A1", "B1", "A3", "B3")] == [
            "Item",
            "Quantity",
            "TEE-1",
            12,
        ]


def test_a_strict_workbook_stays_strict():
    after = parts_of(annotated(bare(strict=True), Note("Order", "B3", ASKED)))

    assert (
        b"purl.oclc.org/ooxml/officeDocument/relationships/comments"
        in (after["xl/worksheets/_rels/sheet1.xml.rels"])
    )
    assert b"purl.oclc.org/ooxml/spreadsheetml/main" in after["xl/comments1.xml"]
    assert b"schemas.openxmlformats.org/spreadsheetml" not in after["xl/styles.xml"]


def test_a_drawing_that_no_xml_parser_takes_keeps_its_bytes():
    before = parts_of(rich())
    vml = next(name for name in before if name.endswith(".vml"))
    before[vml] = before[vml].replace(b"</xml>", b"<x:Odd><br></x:Odd></xml>")

    after = parts_of(annotated(packed(before)))

    assert after[vml].startswith(before[vml].removesuffix(b"</xml>"))
    assert after[vml].count(b"</v:shape>") == before[vml].count(b"</v:shape>") + 1


def test_macros_are_kept_where_the_workbook_is_patched():
    assert parts_of(annotated(with_macros()))["xl/vbaProject.bin"] == b"\xd0\xcf\x11\xe0 macro"


# ---------------------------------------------------------------- what is refused


def _with(name, content):
    return packed(parts_of(rich()) | {name: content})


@pytest.mark.parametrize(
    ("content", "notes", "why"),
    [
        (b"no workbook", (), "no workbook of Excel's newer kind"),
        (b"PK\x03\x04 cut off", (), "no workbook of Excel's newer kind"),
        (packed({"a.txt": b"x"}), (), "no workbook of Excel's newer kind"),
        (rich(), (Note("Nowhere", "A1", "?"),), "has no sheet 'Nowhere'"),
        (rich(), (Note("Order", "A0", "?"),), "is not a cell of a sheet"),
        (rich(), (Note("Order", "XFE1", "?"),), "is not a cell of a sheet"),
        (rich(), (Note("Order", "A1048577", "?"),), "is not a cell of a sheet"),
        (_with("_xmlsignatures/sig1.xml", b"<x/>"), (), "is signed"),
        (_with("xl/worksheets/sheet1.xml", b"<worksheet"), (), "damaged inside"),
        (
            _with("xl/worksheets/sheet1.xml",
                  b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'), (),
            "declares entities",
        ),
        (_with("xl/worksheets/sheet1.xml", b"<chartsheet/>"), (), "has no cells to write to"),
    ],
)  # fmt: skip
def test_what_cannot_be_patched_is_refused_with_a_sentence(content, notes, why):
    with pytest.raises(RefusedError, match=why):
        annotated(content, *notes)


def test_the_child_is_stopped_when_it_takes_too_much(monkeypatch):
    monkeypatch.setattr("documents.annotate.safely.MEMORY_BYTES", 60_000_000)

    with pytest.raises(RefusedError, match="built in a way we cannot write into"):
        annotated(bare(sheet="<row/>" * 3_000_000))


def test_control_characters_and_markup_in_a_sentence_are_text():
    cell = sheet_of(annotated(rich(), Note("Order", "B4", "<b>\x00\x0b & ]]> ")))["B4"]

    assert cell.comment.text == "Our shop: <b>   & ]]>"


# ---------------------------------------------------------------- written anew


def test_values_are_written_again_and_none_can_run():
    rows = [
        ["=1+1", "@x", 12, 1.5, True, date(2026, 3, 4), None, "http://evil.example"],
        [None, "a"],
    ]

    after = write_again([("", rows), ("", [["b"]])], [Note("", "C1", ASKED), Note("", "9", "?")],
                        author="Our shop", marker="7.mark")  # fmt: skip

    book = load_workbook(io.BytesIO(after))
    sheet = book["Order"]
    assert [sheet.cell(1, n).data_type for n in (1, 2, 8)] == ["s", "s", "s"]
    assert [sheet.cell(1, n).value for n in (1, 3, 4, 5)] == ["=1+1", 12, 1.5, True]
    assert sheet["F1"].value.date() == date(2026, 3, 4)
    assert is_marked(sheet["C1"])
    assert sheet["A9"].comment.text == "Our shop: ?"
    assert book.sheetnames == ["Order", "Order 2"]
    assert not any(b"<f>" in part or b"hyperlink" in part for part in parts_of(after).values())
    assert property_of(after) == "7.mark"


@pytest.mark.parametrize("name", ["a/b:c*?[x]", "'quoted'", "x" * 60, "", "История"])
def test_any_name_of_a_sheet_becomes_one_that_is_allowed(name):
    after = write_again([(name, [["a"]]), (name, [["b"]])], [], author="x", marker="y")

    assert len(set(load_workbook(io.BytesIO(after)).sheetnames)) == 2


def test_more_cells_than_anybody_corrects_are_not_written():
    with pytest.raises(RefusedError, match="more cells"):
        write_again([("", [[1] * 1000] * 301)], [], author="x", marker="y")


# ---------------------------------------------------------------- LibreOffice


@pytest.mark.slow
def test_libreoffice_opens_it_and_shows_the_comment(tmp_path):
    office = need("soffice")
    kinds = {
        "rich": rich(), "bare": bare(), "strict": bare(strict=True),
        "absolute": bare(absolute=True), "thread": with_thread(),
    }  # fmt: skip
    for kind, book in kinds.items():
        answer = annotated(book, Note("Order", "B3", ASKED))
        (tmp_path / f"{kind}.xlsx").write_bytes(answer)

    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "fods", "--outdir", str(tmp_path), *map(str, tmp_path.glob("*.xlsx"))],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip

    for kind in kinds:
        shown = (tmp_path / f"{kind}.fods").read_text()
        assert "<office:annotation" in shown, kind
        assert "Our shop: How many?" in shown, kind
        assert words.FILL.lower() in shown.lower(), kind
