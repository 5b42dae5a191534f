"""Files from outside to rows: what is read, what is refused in a sentence, what may not hurt."""

import io
import os
import random
import subprocess
import sys
import time
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from errors import UnreadableError
from sync.readers import Fault, read_safely, read_table_file, safely
from sync.readers.safely import Limits
from sync.readers.sniff import FileKind, sniff

pytestmark = pytest.mark.pure

SMALL = Limits(memory_bytes=500_000_000, cpu_seconds=10, wall_seconds=15)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*targets):
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{links}</Relationships>'


def a_raw_xlsx(sheet_xml, *, shared="", extra=()):
    """An .xlsx put together by hand, so that it can hold what no program writes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", relations(("officeDocument", "xl/workbook.xml")))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Order" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        targets = [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")]
        archive.writestr("xl/_rels/workbook.xml.rels", relations(*targets))
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml)
        archive.writestr("xl/sharedStrings.xml", shared or f'<sst xmlns="{MAIN}"/>')
        for name, content in extra:
            archive.writestr(name, content)
    return packed.getvalue()


def a_sheet(rows, after=""):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def an_xlsx(*rows, title="Order"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def an_ods(*rows):
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>'
            for v in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}:office:1.0" '
            f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="Order">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return packed.getvalue()


ROWS = [["Item", "Qty"], ["G5000", 12], ["MUG-11", 60]]


# ---------------------------------------------------------------- what is read


def test_a_workbook_becomes_sheets_of_plain_values_with_addresses():
    content = an_xlsx(["Item", None, "Qty"], ["G5000", None, 12], [date(2026, 3, 14), True, 0.5])

    sheet = read_safely(content, "order.xlsx").sheets[0]

    assert sheet.name == "Order"
    assert sheet.rows == [
        ["Item", None, "Qty"],
        ["G5000", None, 12.0],
        [date(2026, 3, 14), True, 0.5],
    ]
    assert [cell.address for cell in sheet.cells(1)] == ["A2", "C2"]
    assert sheet.cell(1, 2).text == "12"
    assert sheet.where(13, 3) == "sheet Order, cell D14"
    assert sheet.where(13) == "sheet Order, row 14"


@pytest.mark.parametrize("name", ["order.csv", "order.pdf", "", "x" * 300, "../../etc/passwd"])
def test_a_name_decides_nothing(name):
    assert read_safely(an_xlsx(*ROWS), name).kind == "xlsx"


def test_an_open_document_is_read():
    book = read_safely(an_ods(["Item", "Qty"], ["G5000", "12"]), "order.ods")

    assert book.kind == "ods"
    assert book.sheets[0].rows == [["Item", "Qty"], ["G5000", "12"]]


def test_empty_rows_and_columns_before_the_table_keep_their_addresses():
    book = openpyxl.Workbook()
    book.active["D14"] = "Qty"
    book.active["D15"] = 12
    saved = io.BytesIO()
    book.save(saved)

    sheet = read_safely(saved.getvalue(), "order.xlsx").sheets[0]

    assert sheet.cell(13, 3).value == "Qty"
    assert [cell.address for cell in sheet.cells(14)] == ["D15"]


def test_hidden_sheets_and_merged_cells_are_told():
    book = openpyxl.Workbook()
    book.active["A1"] = "Sizes"
    book.active.merge_cells("A1:C1")
    book.create_sheet("Lists").sheet_state = "hidden"
    saved = io.BytesIO()
    book.save(saved)

    order, lists = read_safely(saved.getvalue(), "order.xlsx").sheets

    assert (order.hidden, lists.hidden) == (False, True)
    assert [(m.top, m.left, m.bottom, m.right) for m in order.merges] == [(0, 0, 0, 2)]


def test_a_formula_counts_with_the_value_it_had_and_says_when_it_has_none():
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>X9</f></c><c r="C1"><f>Y9</f><v></v></c>'
        '<c r="D1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="E1" t="str"><f>""</f><v></v></c>'
        '<c r="F1"><v>7</v></c></row>'
    )

    values = read_safely(a_raw_xlsx(a_sheet(rows)), "order.xlsx").sheets[0].rows[0]

    assert values[0] == 2.0
    assert values[1:4] == [Fault("=X9"), Fault("=Y9"), Fault("#DIV/0!")]
    assert values[4] in (None, "")
    assert values[5] == 7.0
    assert Fault("#DIV/0!").reason == "the formula error #DIV/0!"
    assert Fault("=X9").reason == "a formula whose result is not in the file"


TEXT = "Artikel;Größe;Menge\nT-Shirt;Übergröße;1,5\n"
READ = [["Artikel", "Größe", "Menge"], ["T-Shirt", "Übergröße", "1,5"]]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_delimited_text_is_read_in_any_usual_writing(encoding, separator, newline):
    text = TEXT.replace(",", ".").replace(";", separator).replace("\n", newline)

    sheet = read_table_file(text.encode(encoding), "order.csv").sheets[0]

    assert sheet.rows == [[value.replace(",", ".") for value in row] for row in READ]
    assert sheet.where(1, 2) == "cell C2"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\nItem;Qty\nA,1;2\n", [["Item", "Qty"], ["A,1", "2"]]),
        ('Item;Qty\n"Mug; ""blue""";2\n', [["Item", "Qty"], ['Mug; "blue"', "2"]]),
        ('Item,Qty\n"two\nlines",2\n', [["Item", "Qty"], ["two\nlines", "2"]]),
        ('Code;Qty\n="00123";2\n', [["Code", "Qty"], ["00123", "2"]]),
        ("a;b\n\n\n;;\nc;d\n\n", [["a", "b"], [], [], [], ["c", "d"]]),
        ("Item;Price\nA;1,50\nB;2,75\n", [["Item", "Price"], ["A", "1,50"], ["B", "2,75"]]),
    ],
)
def test_a_delimited_text_keeps_quotes_lines_and_zeros(text, rows):
    assert read_safely(text.encode(), "order.csv").sheets[0].rows == rows


# ---------------------------------------------------------------- what is refused


COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def a_zip(**parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b" \r\n\t", "The file is empty"),
        (b"\x00" * 5000, "The file is empty"),
        (b"%PDF-1.7\n1 0 obj", "The file is a PDF, not a table: send an xlsx"),
        (b"\x89PNG\r\n\x1a\n0000", "The file is a picture"),
        (b"<!DOCTYPE html><html><table><tr><td>Qty", "The file is a web page"),
        (b"\xef\xbb\xbf<html xmlns:o='x'>", "The file is a web page"),
        ("<table><tr><td>x".encode("utf-16"), "The file is a web page"),
        (b"<?xml version='1.0'?><Order/>", "The file is an XML document"),
        (b'{"order": [1, 2, 3]}', "The file is a JSON document"),
        (b"{\\rtf1 hello}", "The file is a text document (RTF)"),
        (b"ISA*00*          *00*          *ZZ*", "The file is EDI"),
        (b"UNB+UNOA:1+SENDER+X'", "The file is EDI"),
        (b"Received: from mail\nSubject: order", "The file is an e-mail message"),
        (b"Dear all\n\nplease send shirts\n\nAnn", "The file is plain text without columns"),
        (b"PK\x03\x04 and then nothing", "The file is damaged or incomplete"),
        (b"\x1f\x8b\x08\x00rest", "The file is an archive: unpack it"),
        (os.urandom(4000) + b"\x01\x02\x03", "The file is of an unknown kind"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "The file is password-protected"),
        (COMPOUND + "WordDocument".encode("utf-16-le"), "The file is a text document"),
        (COMPOUND + "Workbook".encode("utf-16-le"), "The file is damaged or incomplete"),
        (a_zip(word__document_xml="<w/>"), "The file is a text document"),
        (a_zip(a="x", b="y"), "The file is an archive: unpack it"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_table_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(UnreadableError) as refusal:
        read_safely(content, "order.xlsx")

    expected = sentence.replace("of an unknown kind", "of a kind we do not know")
    assert str(refusal.value).startswith(expected)


def test_a_file_that_is_too_large_is_not_even_looked_at():
    with pytest.raises(UnreadableError, match="The file has 26 MB, more than the 25 MB we read"):
        read_safely(b"PK" + b"\0" * 26_000_000, "order.xlsx")


def test_a_truncated_workbook_is_damaged_wherever_it_ends():
    whole = an_xlsx(*ROWS)

    for end in range(100, len(whole), len(whole) // 7):
        with pytest.raises(UnreadableError, match="damaged or incomplete"):
            read_safely(whole[:end], "order.xlsx")


# ---------------------------------------------------------------- what may not hurt


def corner():
    return a_sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )


def shared_bomb():
    """One text of a megabyte that 20,000 cells show: 60 KB on disk, 20 GB in memory."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    shared = f'<sst xmlns="{MAIN}"><si><t>{"x" * 1_000_000}</t></si></sst>'
    return a_raw_xlsx(a_sheet(cells), shared=shared)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
    "</sheetData></worksheet>"
)
OUTSIDE = LAUGHS.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: a_raw_xlsx(corner()), "lie 1048576 rows and 16384 columns apart"),
        (lambda: a_raw_xlsx(corner().replace("<c ", "<x:c ")), "apart|makes the reader stop|damaged"),
        (shared_bomb, "makes the reader stop|more cells or text"),
        (lambda: a_raw_xlsx(a_sheet(" " * 30_000_000)), "unpacks to 30 MB"),
        (lambda: a_raw_xlsx(LAUGHS), "declares entities"),
        (lambda: a_raw_xlsx(OUTSIDE), "declares entities"),
        (lambda: a_raw_xlsx(LAUGHS.encode("utf-16")), "declares entities|damaged"),
        (lambda: a_raw_xlsx("<worksheet><sheetData><row><c></row>"), "damaged"),
        (lambda: a_raw_xlsx(a_sheet(""), extra=[(f"p{n}", "") for n in range(2100)]), "too many parts"),
    ],
    ids=["corner", "prefixed corner", "shared text", "spaces", "laughs", "outside", "utf-16 laughs", "broken", "parts"],
)  # fmt: skip
def test_a_hostile_workbook_ends_in_a_sentence_and_the_reader_lives(make, sentence):
    with pytest.raises(UnreadableError, match=sentence):
        read_safely(make(), "order.xlsx", SMALL)

    assert read_safely(an_xlsx(*ROWS), "order.xlsx").sheets[0].rows[1] == ["G5000", 12.0]


def test_two_parts_of_one_name_are_refused():
    content = io.BytesIO(an_xlsx(*ROWS))
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")

    with pytest.raises(UnreadableError, match="two of one name"):
        read_safely(content.getvalue(), "order.xlsx")


@pytest.mark.parametrize(
    "make",
    [
        lambda: a_raw_xlsx(a_sheet('<row r="1"><c r="A1"><v>1</v></c></row>', '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        lambda: a_raw_xlsx(a_sheet('<row r="1"><c r="A1"><v>1</v></c></row>', "<mergeCells>" + "".join(f'<mergeCell ref="A{n}:C{n}"/>' for n in range(1, 100_001)) + "</mergeCells>")),
        lambda: a_raw_xlsx(a_sheet('<row r="1"><c r="A1"><v>1</v></c></row>' + "".join(f'<row r="{n}" s="1"><c r="A{n}" s="0"/></row>' for n in range(2, 200_000)))),
        lambda: a_raw_xlsx(a_sheet('<row r="1"><c r="A1"><v>1</v></c></row>').replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')),
        lambda: a_raw_xlsx(a_sheet(f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>{"9" * 500_000}</v></c></row>')),
    ],
    ids=["one huge merge", "many merges", "formatted rows", "dimension lie", "endless number"],
)  # fmt: skip
def test_what_only_looks_dangerous_is_read(make):
    assert read_safely(make(), "order.xlsx", SMALL).sheets[0].rows[0][0] == 1.0


def test_a_reader_that_takes_too_long_is_stopped():
    before = time.monotonic()

    with pytest.raises(UnreadableError, match="makes the reader stop"):
        read_safely(an_xlsx(*ROWS), "order.xlsx", Limits(wall_seconds=0.001))
    assert time.monotonic() - before < 10


def test_a_reader_that_says_too_much_is_stopped():
    content = an_xlsx(*[["x" * 1000] for _ in range(50)])

    with pytest.raises(UnreadableError, match="makes the reader stop"):
        read_safely(content, "order.xlsx", Limits(output_bytes=10_000))


def test_a_text_with_more_cells_than_an_order_is_refused():
    content = (";" * 2000 + "x\n") * 1100

    with pytest.raises(UnreadableError, match="more cells or text than an order"):
        read_safely(content.encode(), "order.csv")


def test_a_cell_as_long_as_a_book_is_cut_to_what_a_cell_can_hold():
    rows = read_safely(b"Item;Qty\n" + b"y" * 100_000 + b";2\n", "order.csv").sheets[0].rows

    assert len(rows[1][0]) == 32_767


def test_the_child_may_write_no_file(tmp_path):
    wanted = tmp_path / "stolen.txt"
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from sync.readers import child\n"
        "child.limit(500_000_000, 5)\n"
        f"with open({str(wanted)!r}, 'w') as file: file.write('x' * 100)\n"
    )
    root = str(Path(safely.__file__).parents[2])

    done = subprocess.run([sys.executable, "-I", "-c", script, root], capture_output=True)

    assert b"File too large" in done.stderr
    assert wanted.stat().st_size == 0


def test_nothing_the_bytes_say_breaks_the_reader():
    """A short walk through mutated files; every one is a workbook or a sentence."""
    chance = random.Random(2026)
    seeds = [an_xlsx(*ROWS), an_ods(["Item", "Qty"], ["a", "2"]), TEXT.encode("cp1252")]

    for turn in range(300):
        content = bytearray(seeds[turn % 3])
        for _change in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            assert read_table_file(bytes(content), "order").sheets
        except UnreadableError as refusal:
            assert str(refusal).endswith(".")


def test_a_kind_is_told_by_the_bytes_alone():
    assert sniff(an_xlsx(*ROWS)) is FileKind.XLSX
    assert sniff(an_ods(["a"])) is FileKind.ODS
    assert sniff(b"Item;Qty\nA;1\n") is FileKind.DELIMITED
    assert sniff(b"ISABELLA;Qty\nA;1\n") is FileKind.DELIMITED
