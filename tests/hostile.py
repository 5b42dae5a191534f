"""Files that were made to hurt whoever opens them, each with what has to be said about it."""

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.test_readers import MAIN, a_raw_xlsx, a_sheet, an_xlsx

ROWS = (["Item", "Qty"], ["G5000", 12])
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'


@dataclass(frozen=True)
class Hostile:
    """One file: how it is made, and a pattern of the sentence, or "" where it is read."""

    name: str
    make: Callable[[], bytes]
    sentence: str


def merges(count: int) -> str:
    cells = "".join(f'<mergeCell ref="A{n}:C{n}"/>' for n in range(1, count + 1))
    return f"<mergeCells>{cells}</mergeCells>"


def streamed(head: bytes, part: bytes, times: int, tail: bytes) -> bytes:
    """An .xlsx whose sheet is too large to be held while it is made."""
    packed = io.BytesIO(a_raw_xlsx(""))
    whole = io.BytesIO()
    with (
        zipfile.ZipFile(packed) as before,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for entry in before.infolist():
            if not entry.filename.endswith("sheet1.xml"):
                after.writestr(entry.filename, before.read(entry.filename))
        with after.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(head)
            for _turn in range(times):
                sheet.write(part)
            sheet.write(tail)
    return whole.getvalue()


def shared(count: int, length: int, used: int) -> bytes:
    strings = "".join(f"<si><t>{str(n).ljust(length, 'x')}</t></si>" for n in range(count))
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n % count}</v></c></row>' for n in range(1, used + 1)
    )
    return a_raw_xlsx(a_sheet(cells), shared=f'<sst xmlns="{MAIN}">{strings}</sst>')


def entities(declared: str) -> bytes:
    return a_raw_xlsx(
        f'<?xml version="1.0"?><!DOCTYPE x [{declared}]><worksheet xmlns="{MAIN}"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )


def laughs() -> bytes:
    lines = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    return entities(f'<!ENTITY a "ha">{lines}')


def encrypted(password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(an_xlsx(*ROWS))).encrypt(password, locked)
    return locked.getvalue()


def with_macros() -> bytes:
    content = io.BytesIO(an_xlsx(*ROWS))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b'Shell "calc.exe"' * 50)
    return content.getvalue()


def lying_size() -> bytes:
    """A directory that says a part of 400 MB has ten bytes."""
    content = bytearray(streamed(b"", b" " * 1_000_000, 40, b""))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def zip_in_zip() -> bytes:
    packed = an_xlsx(*ROWS)
    for _depth in range(5):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("order.xlsx", packed)
        packed = outer.getvalue()
    return packed


def outside_links() -> bytes:
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" TargetMode="External" Target="file:///etc/passwd" Type="x"/>'
        "</Relationships>"
    )
    sheet = a_sheet('<row r="1"><c r="A1"><f>WEBSERVICE("http://10.0.0.1/")</f><v>1</v></c></row>')
    return a_raw_xlsx(sheet, extra=[("xl/externalLinks/_rels/externalLink1.xml.rels", relation)])


def huge_png() -> bytes:
    picture = b"\x89PNG\r\n\x1a\n" + zlib.compress(b"\0" * 50_000_000)
    content = io.BytesIO(an_xlsx(*ROWS))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/media/image1.png", picture)
    return content.getvalue()


CORNER = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)
EMPTY_ROWS = b"".join(
    b'<row r="%d" s="1" ht="20"><c r="A%d" s="0"/></row>' % (n, n) for n in range(2, 50_000)
)
HEAD = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
TAIL = b"</sheetData></worksheet>"

FILES = (
    Hostile("corner", lambda: a_raw_xlsx(a_sheet(CORNER)), "lie 1048576 rows and 16384 columns apart"),
    Hostile("corner out of order", lambda: a_raw_xlsx(a_sheet(CORNER[len(ONE) :] + ONE)), "apart|makes the reader stop"),
    Hostile("one huge merge", lambda: a_raw_xlsx(a_sheet(ONE, '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')), ""),
    Hostile("200,000 merges", lambda: a_raw_xlsx(a_sheet(ONE, merges(200_000))), ""),
    Hostile("one text of a megabyte in 20,000 cells", lambda: shared(1, 1_000_000, 20_000), "makes the reader stop|more cells or text"),
    Hostile("a million formatted empty rows", lambda: streamed(HEAD + ONE.encode(), EMPTY_ROWS, 21, TAIL), "|unpacks to"),
    Hostile("300,000 different texts", lambda: shared(300_000, 12, 300_000), ""),
    Hostile("forty million rows", lambda: streamed(HEAD, b'<row><c t="n"><v>1</v></c></row>' * 30_000, 500, TAIL), "unpacks to"),
    Hostile("two gigabytes of spaces", lambda: streamed(HEAD, b" " * 10_000_000, 45, TAIL), "unpacks to"),
    Hostile("billion laughs", laughs, "declares entities"),
    Hostile("quadratic entity", lambda: entities(f'<!ENTITY b "{"x" * 100_000}">'), "declares entities"),
    Hostile("entity from outside", lambda: entities('<!ENTITY b SYSTEM "file:///etc/passwd">'), "declares entities"),
    Hostile("a number of five million digits", lambda: a_raw_xlsx(a_sheet(f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>{"9" * 5_000_000}</v></c></row>')), ""),
    Hostile("a dimension that lies", lambda: a_raw_xlsx(a_sheet(ONE).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')), ""),
    Hostile("encrypted", lambda: encrypted("a secret"), "password-protected: ask the sender"),
    Hostile("encrypted with Excel's own password", lambda: encrypted("VelvetSweatshop"), ""),
    Hostile("macros", with_macros, ""),
    Hostile("cut off", lambda: an_xlsx(*ROWS)[:3000], "damaged or incomplete"),
    Hostile("random bytes", lambda: os.urandom(20_000), "kind we do not know|plain text|empty|delimited|No order|damaged"),
    Hostile("too many parts", lambda: a_raw_xlsx(a_sheet(ONE), extra=[(f"p{n}", "") for n in range(2100)]), "too many parts"),
    Hostile("a part that lies about its size", lying_size, "damaged|unpacks|makes the reader stop"),
    Hostile("archives in archives", zip_in_zip, "an archive: unpack it"),
    Hostile("links to the outside", outside_links, ""),
    Hostile("a picture that unpacks a thousandfold", huge_png, ""),
    Hostile("a web page that never ends", lambda: b"<html><table>" + b"<tr><td>1" * 300_000, "web page"),
    Hostile("a web page with 60,000 rows", lambda: b"<html><table>" + b"<tr><td>1</td></tr>" * 60_000 + b"</table>", ""),
    Hostile("tables in tables", lambda: b"<table>" * 50_000 + b"<tr><td>1</td></tr>", ""),
    Hostile("XML of 2003 far away", lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table><Row ss:Index="99999999"><Cell><Data ss:Type="Number">1</Data></Cell></Row></Table></Worksheet></Workbook>', "too far apart"),
    Hostile("a text of one quote", lambda: b'Item;Qty\n"' + b"x;" * 2_000_000, "cannot be read as columns|"),
)  # fmt: skip
