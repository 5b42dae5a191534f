"""What pretends to be a workbook: web pages, XML of 2003 and MHTML saved as .xls, text named .xls."""

import base64

import pytest

from errors import UnreadableError
from sync.readers import read_safely
from sync.readers.tables import Fault, Merge

pytestmark = pytest.mark.pure

PAGE = (
    "<html><head><style>td {mso-x: 1}</style></head><body><table>"
    "<tr><td colspan=2>Größe</td><td>Qty</td></tr>"
    "<tr><td rowspan=2>A&amp;B</td><td>M<br>navy</td><td>12</td></tr>"
    "<tr><td>L</td><td>6</td></tr></table></body></html>"
)
ROWS = [["Größe", None, "Qty"], ["A&B", "M\nnavy", "12"], [None, "L", "6"]]
SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
XML = (
    f'<?xml version="1.0"?><Workbook xmlns="{SPACE}" xmlns:ss="{SPACE}">'
    '<Worksheet ss:Name="Order"><Table><Row><Cell><Data ss:Type="String">Item</Data></Cell>'
    '<Cell ss:Index="3"><Data ss:Type="String">Qty</Data></Cell></Row><Row ss:Index="3">'
    '<Cell ss:MergeAcross="1"><Data ss:Type="String">A-1</Data></Cell>'
    '<Cell><Data ss:Type="Number">12</Data></Cell>'
    '<Cell><Data ss:Type="Error">#REF!</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "utf-8-sig"])
def test_a_web_page_saved_as_xls_is_read(encoding):
    sheet = read_safely(PAGE.encode(encoding), "order.xls").sheets[0]

    assert sheet.rows == ROWS
    assert Merge(0, 0, 0, 1) in sheet.merges
    assert Merge(1, 0, 2, 0) in sheet.merges


def test_a_page_in_one_file_is_read():
    body = base64.encodebytes(PAGE.encode()).decode()
    content = (
        "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n"
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        f"{body}\n--x--\n"
    )

    assert read_safely(content.encode(), "order.mht").sheets[0].rows == ROWS


def test_the_xml_of_2003_is_read():
    (sheet,) = read_safely(XML.encode(), "order.xls").sheets

    assert sheet.name == "Order"
    assert sheet.rows == [["Item", None, "Qty"], [], ["A-1", None, 12.0, Fault("#REF!")]]


def test_the_xml_of_2003_may_declare_nothing():
    content = XML.replace("<Workbook", '<!DOCTYPE x [<!ENTITY b "c">]><Workbook', 1)

    with pytest.raises(UnreadableError, match="declares entities"):
        read_safely(content.encode(), "order.xls")


def test_text_named_xls_is_read_as_text():
    assert read_safely(b"Item;Qty\nA;1\n", "order.xls").sheets[0].rows == [
        ["Item", "Qty"],
        ["A", "1"],
    ]
