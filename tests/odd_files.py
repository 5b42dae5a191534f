"""An order sheet nobody's headings fit, and how it is said: for the tests of mappings."""

from dataclasses import replace

from sync.readers.tables import Sheet, Workbook
from sync.tables.layout_json import to_json
from sync.tables.layouts import CellRule, ColumnRule, Constant, Layout, Units, Use
from sync.tables.transforms import Step
from tests.papers import workbook_of

HEAD = ["Artikelbez.", "Farbe", "Kisten", "VK", "intern"]
LINES = [
    ["TEE-1 - Heavy tee", "blk", 2, "30,00", "x"],
    ["CAP-1 - Cap", "nvy", 1, "24,00", "y"],
    ["Zwischensumme", "", 3, "", ""],
    ["POLO - Polo", "blk", 3, "48,00", "z"],
    ["SUMME", "", 6, "", ""],
]
#: The columns in another order, one with another spelling.
MOVED = [1, 3, 0, 2, 4]
COLORS = (("blk", "Black"), ("nvy", "Navy"))


def odd_rows(*, po="H-77/26", head=None, lines=None, above=0):
    """The odd sheet: labels in two columns, boxes of twelve, code and words in one cell."""
    return [
        *[[""] for _ in range(above)],
        ["HILL SPORTS GmbH", "", "", "", "Bestell-Ref", po],
        ["Wunschtermin", "", "", "", "", "24.12.2026"],
        [],
        list(head or HEAD),
        *[list(line) for line in (lines or LINES)],
    ]


def moved_rows(**words):
    """The same layout with columns moved, one heading lightly renamed, two rows further down."""
    head = [HEAD[at] for at in MOVED]
    head[2] = "Artikelbez"
    lines = [[line[at] for at in MOVED] for line in LINES]
    return odd_rows(head=head, lines=lines, above=2, **words)


def odd_book(rows=None, name="Bestellung"):
    return Workbook("xlsx", (Sheet(name, rows or odd_rows()), Sheet("AGB", [["Text"]])))


def odd_file(rows=None, name="Bestellung"):
    """The bytes of a workbook with the odd sheet."""
    return workbook_of({name: rows or odd_rows(), "AGB": [["Text"]]})


def odd_layout():
    """What somebody says about the odd sheet."""
    before, after = (Step(do, " - ") for do in ("before", "after"))
    columns = (
        ColumnRule(
            0,
            "Artikelbez.",
            (Use("line", "sku", steps=(before,)), Use("line", "description", steps=(after,))),
        ),
        ColumnRule(1, "Farbe", (Use("line", "color", steps=(Step("lookup", "ask", "", COLORS),)),)),
        ColumnRule(2, "Kisten", (Use("line", "quantity"),)),
        ColumnRule(3, "VK", (Use("line", "unit_price"),)),
        ColumnRule(4, "intern", (Use("ignore", ""),)),
    )
    cells = (
        CellRule(0, 5, Use("order", "po_number"), label="Bestell-Ref", right=1),
        CellRule(1, 5, Use("order", "in_hands_date")),
    )
    return Layout(
        3,
        3,
        columns,
        sheet="Bestellung",
        cells=cells,
        constants=(Constant("destination", "carrier", "UPS"), Constant("line", "uom", "EA")),
        units=Units("12"),
        decimal=",",
        days="dmy",
        left_out=("Zwischensumme",),
    )


def odd_definition(**changes):
    return to_json(replace(odd_layout(), **changes))
