"""Workbooks built part by part, as other programs write them; for tests of the annotated answer."""

import io
import zipfile

import openpyxl
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_SHEET = (
    '<row><c t="inlineStr"><is><t>Item</t></is></c><c t="inlineStr"><is><t>Quantity</t></is></c>'
    '</row><row r="3"><c r="A3" t="inlineStr"><is><t>TEE-1</t></is></c><c r="B3"><v>12</v></c>'
    "</row>"
)


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def bare(*, strict=False, absolute=False, sheet=_SHEET, styles=False, **more):
    """The smallest workbook: no styles, no shared strings; strict, or with absolute targets."""
    main, rel = (_STRICT_MAIN, _STRICT_REL) if strict else (_MAIN, _REL)
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    at = "/xl/worksheets/sheet1.xml" if absolute else "worksheets/sheet1.xml"
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.'
        'org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        '"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/'
        'worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'{rels}<Relationship Id="rId1" Type="{rel}/officeDocument" Target='
        f'"{"/" if absolute else ""}xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{main}" xmlns:r="{rel}">'
        '<sheets><sheet name="Order" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{rels}<Relationship Id="rId1" Type="{rel}/worksheet"'
        f' Target="{at}"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet xmlns="{main}" xmlns:r='
        f'"{rel}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    return packed(parts | more)


def rich():
    """A workbook with much that must survive: looks, merges, notes, rules, a hidden sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Order"
    for row in (["PO", 4711], [], ["Item", "Qty"], ["TEE-1", "a dozen"], ["CAP-1", 12]):
        sheet.append(row)
    sheet["A4"].font = openpyxl.styles.Font(bold=True, color="FFCC0000")
    sheet["B4"].number_format = "0.00"
    sheet.merge_cells("C4:E5")
    sheet["A5"].comment = Comment("from Dana: the red one", "Dana")
    sheet.freeze_panes = "A4"
    rule = DataValidation(type="whole", operator="greaterThan", formula1="0")
    rule.add("B5")
    sheet.add_data_validation(rule)
    sheet["F4"] = "=SUM(B4:B5)"
    book.create_sheet("Notes")["A1"] = "nothing"
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def with_thread():
    """A workbook whose note is a conversation of newer Excels."""
    parts = parts_of(rich())
    key = "{11111111-2222-3333-4444-555555555555}"
    threads = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    parts["xl/threadedComments/threadedComment1.xml"] = (
        f'<ThreadedComments xmlns="{threads}"><threadedComment ref="A5" dT="2026-01-02T03:04:05.00"'
        f' personId="{key}" id="{key}"><text>the red one</text></threadedComment>'
        "</ThreadedComments>"
    ).encode()
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    parts[rels] = parts[rels].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdT" Type="http://schemas.microsoft.com/office/2017/10/relationships/'
        b'threadedComment" Target="../threadedComments/threadedComment1.xml"/></Relationships>',
    )
    return packed(parts)


def with_macros():
    """A workbook with a macro part; its bytes mean nothing here."""
    return packed(parts_of(rich()) | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macro"})
