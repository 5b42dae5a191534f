"""A workbook as another kind of file: CSV, TSV, XLSX, PDF."""

import csv
import io
from collections.abc import Callable

from openpyxl import Workbook as ExcelWorkbook

from sheets_emulator.cells import Failure
from sheets_emulator.shown import text_of
from sheets_emulator.values import Reading, value_range
from sheets_emulator.workbook import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(book: Workbook, kind: str) -> bytes | None:
    """The bytes of the file, or None for a kind there is not."""
    maker = _MAKERS.get(kind)
    return maker(book) if maker else None


def _lines(book: Workbook) -> list[list[str]]:
    sheet = book.sheets[0]
    lines: list[list[str]] = value_range(book, sheet, sheet.box, Reading()).get("values", [])
    wide = max(map(len, lines), default=0)
    return [line + [""] * (wide - len(line)) for line in lines]


def _csv(book: Workbook, mark: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\r\n").writerows(_lines(book))
    return out.getvalue().removesuffix("\r\n").encode()


def _tsv(book: Workbook) -> bytes:
    lines = [[cell.replace("\t", " ").replace("\n", " ") for cell in line] for line in _lines(book)]
    return "\r\n".join("\t".join(line) for line in lines).encode()


def _xlsx(book: Workbook) -> bytes:
    file = ExcelWorkbook()
    file.remove(file.worksheets[0])
    for sheet in book.sheets:
        page = file.create_sheet(sheet.title[:31])
        page.sheet_state = "hidden" if sheet.look.get("hidden") else "visible"
        for n, row in enumerate(sheet.rows, start=1):
            for column, cell in row.items():
                value = cell.value.shown if isinstance(cell.value, Failure) else cell.value
                page.cell(n, column + 1).value = cell.formula or value
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _pdf(book: Workbook) -> bytes:
    """One page with the first lines; enough to be a PDF."""
    sheet, lines = book.sheets[0], []
    for row in sheet.rows[:60]:
        shown = [text_of(cell.value, cell.format, book.locale) for _, cell in sorted(row.items())]
        lines.append("  ".join(shown).encode("latin-1", "replace").decode("latin-1"))
    words = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    text = "BT /F1 9 Tf 40 800 Td 12 TL " + " ".join(f"({line}) Tj T*" for line in words) + " ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for n, part in enumerate(parts, start=1):
        places.append(len(out))
        out += f"{n} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(parts) + 1
    trailer = f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}").encode("latin-1")


_MAKERS: dict[str, Callable[[Workbook], bytes]] = {
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    XLSX: _xlsx,
    "application/pdf": _pdf,
}
