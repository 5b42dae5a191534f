"""Reading a workbook of 10,000 lines, beside what the libraries alone take for it."""

import io
import sqlite3
import subprocess
import sys
from pathlib import Path

import openpyxl
import python_calamine as calamine

from bench.measure import side_by_side
from bench.report import Part, at_most
from sync.readers import reading, wire
from sync.sources import Incoming, spreadsheet

LINES = 10_000
_COLUMNS = "item, description, color, size, qty, unit, price, total"
_ROOT = Path(__file__).parent.parent


def a_workbook(lines: int = LINES) -> bytes:
    """An order of that many lines with a header block."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Order")
    sheet.append(["PO Number", "4711"])
    sheet.append(["Order date", "2026-03-14"])
    sheet.append([])
    sheet.append(
        ["Item", "Description", "Color", "Size", "Qty", "Unit", "Unit Price", "Line Total"]
    )
    for n in range(lines):
        price, pieces = (6.85, 7.1, 3.25, 12.0)[n % 4], n % 90 + 1
        row: list[object] = [
            f"SKU-{n % 500}",
            f"Heavy cotton tee number {n}",
            ("Navy", "White", "Red")[n % 3],
        ]
        row += ["SMLX"[n % 4], pieces, "pcs", price, round(pieces * price, 2)]
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def bare(content: bytes) -> None:
    """What calamine takes to read the file, and SQLite to keep its rows."""
    rows = calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    opened = sqlite3.connect("")  # a file of its own, not memory
    opened.execute(f"create table lines ({_COLUMNS})")
    opened.executemany("insert into lines values (?, ?, ?, ?, ?, ?, ?, ?)", rows[4:])
    opened.commit()
    opened.close()


def read(content: bytes) -> None:
    """Read in the limited child, understand, draft."""
    (draft,) = spreadsheet.read(Incoming("order.xlsx", content))
    if len(draft.lines) != LINES or draft.problems:
        raise AssertionError("the workbook was not read as it was written")


def measure() -> Part:
    """Time and memory of reading 10,000 lines, as multiples of the bare libraries."""
    content = a_workbook()
    read(content)  # the child starts, words are learned
    seconds = side_by_side(
        {"bare": lambda: bare(content), "ours": lambda: read(content)}, rounds=15
    )
    memory = {name: _peak(name, content) for name in ("bare", "ours", "child")}
    checks = [
        at_most("time / calamine's read and raw inserts", seconds["ours"] / seconds["bare"], 2.0),
        at_most("memory / calamine's", memory["ours"] / memory["bare"], 3.0),
        at_most("memory of the limited child / calamine's", memory["child"] / memory["bare"], 3.0),
    ]
    rows = [
        (name, f"{seconds[name] * 1000:,.0f} ms", f"{memory[name]:,} MB")
        for name in ("bare", "ours")
    ]
    notes = (
        "Ours is the whole way: a copy of the limited child reads the file, the parent recognises"
        " columns and lines and makes the draft with the evidence of every value. Memory is the"
        " peak of a process of its own with everything imported.",
    )
    return Part(
        f"Reading a workbook of {LINES:,} lines",
        checks,
        ("What", "Time", "Peak memory"),
        rows,
        notes,
    )


def in_child(content: bytes) -> None:
    """What the limited child does, in this process."""
    for line in wire.encode(reading.read_table_file(content, "")):
        len(line)


def _peak(name: str, content: bytes) -> int:
    """Megabytes at most of a fresh process that does one of them once."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading", name],
        cwd=_ROOT, input=content, capture_output=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


def main(name: str) -> None:
    """Do one of them once, to the file on the standard input, and print this process's peak."""
    content = sys.stdin.buffer.read()
    {"bare": bare, "ours": read, "child": in_child}[name](content)
    said = Path("/proc/self/status").read_text()  # getrusage also counts who started us
    print(int(said.partition("VmHWM:")[2].split()[0]) // 1024)


if __name__ == "__main__":
    main(sys.argv[1])
