"""Layouts: each makes the rows of a sheet and says what stands in it."""

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.readers.tables import Merge, Sheet, Workbook
from tests.layouts import words

COMMA = frozenset({"de", "fr", "es", "it", "nl", "pl", "pt", "hu", "ru"})
DAY = date(2026, 3, 14)


@dataclass
class Wanted:
    """What must be read: lines as (code or None, text or None, size, quantity, price)."""

    lines: list[tuple[str | None, str | None, str, int, float | None]] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    orders: int = 1


@dataclass
class Case:
    """One sheet (or several) and what is wanted from it."""

    name: str
    book: Workbook
    wanted: Wanted


class Maker:
    """Makes one case; ``chance`` decides wording, columns and figures."""

    def __init__(self, language: str, seed: int) -> None:
        self.language, self.chance = language, random.Random(f"{language}{seed}")
        self.rows: list[list[object]] = []
        self.merges: list[Merge] = []
        self.wanted = Wanted()

    def word(self, name: str) -> str:
        return self.chance.choice(words.LINE[self.language][name])

    def label(self, name: str) -> str:
        return self.chance.choice(words.HEAD[self.language][name])

    def things(self, count: int) -> list[tuple[str, str, int, float]]:
        texts = words.THINGS[self.language]
        return [
            (f"{self.chance.choice('ABKQ')}{self.chance.randint(100, 999)}-{n}", texts[n % len(texts)],
             self.chance.randint(2, 90), self.chance.choice([6.85, 12.5, 3.2, 149.0, 7.25, 0.9]))
            for n in range(count)
        ]  # fmt: skip

    def money(self, value: float) -> object:
        if self.chance.random() < 0.5:
            return value
        text = f"{value:,.2f}"
        if self.language in COMMA:
            text = text.replace(",", "~").replace(".", ",").replace("~", ".")
            return text + self.chance.choice(["", " €"])
        return text

    def day(self) -> object:
        if self.language in ("zh", "ja", "ko"):
            return self.chance.choice([DAY, "2026年3月14日", "2026-03-14", "2026/3/14"])
        if self.language == "en":
            return self.chance.choice([DAY, "March 14, 2026", "3/14/2026", "14-Mar-26"])
        return self.chance.choice([DAY, "14.03.2026", "14/03/2026"])

    def head(self, style: str) -> list[list[object]]:
        """A header block with number, day and address, in one of several styles."""
        po, place = f"PO-{self.chance.randint(1000, 9999)}", "Harbor Hall"
        self.wanted.header = {"po_number": po, "order_date": DAY.isoformat(), "ship_to_name": place}
        pairs = [
            (self.label("po"), po),
            (self.label("date"), self.day()),
            (self.label("ship"), place),
        ]
        colon = self.chance.choice(["", ":", " :"])
        if style == "right":
            return [[label + colon, value] for label, value in pairs]
        if style == "far":
            return [[None, label + colon, None, None, value] for label, value in pairs]
        if style == "row":
            return [[x for label, value in pairs for x in (label + ":", value, None)]]
        if style == "below":
            return [[label for label, _v in pairs], [value for _l, value in pairs]]
        return [[f"{label}: {value}"] for label, value in pairs]

    def line(
        self, code: str | None, text: str | None, size: str, qty: int, price: float | None
    ) -> None:
        self.wanted.lines.append((code, text, size, qty, price))

    def done(self, name: str, *more: Sheet, first: bool = True) -> Case:
        sheet = Sheet("Order", self.rows, False, tuple(self.merges))
        sheets = (sheet, *more) if first else (*more, sheet)
        return Case(f"{name}-{self.language}", Workbook("xlsx", sheets), self.wanted)


def plain(make: Maker, *, style: str = "right", below: bool = False) -> None:
    """A header block, a table with its columns in some order, totals."""
    head = make.head(style)
    columns = ["sku", "desc", "unit", "qty", "price", "total"]
    if make.chance.random() < 0.5:
        columns = ["desc", "sku", "qty", "unit", "price", "total"]
    if make.chance.random() < 0.3:
        columns.remove("unit")
    left = make.chance.choice([0, 0, 1, 2])
    table = [[None] * left + [make.word(c) for c in columns]]
    things = make.things(make.chance.randint(2, 8))
    for code, text, qty, price in things:
        known = {
            "sku": code,
            "desc": text,
            "unit": "pcs",
            "qty": qty,
            "price": make.money(price),
            "total": make.money(round(qty * price, 2)),
        }
        table.append([None] * left + [known[c] for c in columns])
        make.line(code, text, "", qty, price)
    total = round(sum(q * p for _c, _t, q, p in things), 2)
    width = left + len(columns)
    for number, word in enumerate(words.TOTALS[make.language]):
        row: list[object] = [None] * width
        row[width - 2 if number % 2 == 0 else left], row[width - 1] = word, total
        table.append(row)
    make.rows += [*table, [], *head] if below else [["ACME Ltd."], [], *head, [], *table]


def plain_below(make: Maker) -> None:
    plain(make, style="right", below=True)


def labels_in_cells(make: Maker) -> None:
    plain(make, style="one")


def labels_above(make: Maker) -> None:
    plain(make, style="below")


def labels_far(make: Maker) -> None:
    plain(make, style="far")


def labels_in_a_row(make: Maker) -> None:
    plain(make, style="row")


def letter_sizes(make: Maker) -> None:
    """A size matrix with colours; the sizes in the heading row."""
    make.rows += [*make.head("right"), []]
    sizes = ["S", "M", "L", "XL", "2XL"]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("color"),
            *sizes,
            make.word("qty"),
            make.word("price"),
            make.word("total"),
        ]
    )
    for code, text, _qty, price in make.things(4):
        amounts = [make.chance.choice([None, 0, 2, 5, 12]) for _ in sizes]
        amounts[1] = 3
        total = sum(a or 0 for a in amounts)
        make.rows.append([code, text, "Navy", *amounts, total, price, round(total * price, 2)])
        for size, amount in zip(sizes, amounts, strict=True):
            if amount:
                make.line(code, text, size, amount, price)


def number_sizes_below_a_word(make: Maker) -> None:
    """Two heading rows: the word for sizes over their numbers, the others merged downwards."""
    make.rows += [*make.head("right"), []]
    at, sizes = len(make.rows), [38, 39, 40, 41, 42]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("color"),
            make.word("size"),
            *[None] * 4,
            make.word("qty"),
            make.word("price"),
        ]
    )
    make.rows.append([None, None, None, *sizes, None, None])
    make.merges += [Merge(at, c, at + 1, c) for c in (0, 1, 2, 8, 9)] + [Merge(at, 3, at, 7)]
    for code, text, _qty, price in make.things(3):
        amounts = [make.chance.choice([None, 1, 4]) for _ in sizes]
        amounts[2] = 6
        make.rows.append([code, text, "Red", *amounts, sum(a or 0 for a in amounts), price])
        for size, amount in zip(sizes, amounts, strict=True):
            if amount:
                make.line(code, text, str(size), amount, price)


def a_block_per_colour(make: Maker) -> None:
    """One product; below it a small table of sizes for every colour."""
    make.rows += [*make.head("right"), []]
    (code, text, _q, price), *_rest = make.things(1)
    make.rows += [
        [make.word("sku"), code],
        [make.word("desc"), text],
        [make.word("price"), price],
        [],
    ]
    for color in ("Navy", "White"):
        make.rows.append([make.word("color"), color])
        make.rows.append([make.word("size"), "S", "M", "L"])
        amounts = [make.chance.randint(1, 9) for _ in range(3)]
        make.rows += [[make.word("qty"), *amounts], []]
        for size, amount in zip("SML", amounts, strict=True):
            make.line(code, text, size, amount, price)


def merged_heading(make: Maker) -> None:
    """Two heading rows: one word over unit price and total."""
    make.rows += [*make.head("right"), []]
    at = len(make.rows)
    over = {
        "en": "Price",
        "de": "Preis",
        "fr": "Prix",
        "es": "Precio",
        "it": "Prezzo",
        "nl": "Prijs",
        "pl": "Cena",
        "pt": "Preço",
        "hu": "Ár",
        "ru": "Цена",
        "zh": "价格",
        "ja": "価格",
        "ko": "가격",
        "vi": "Giá",
    }[make.language]
    make.rows.append([make.word("sku"), make.word("desc"), make.word("qty"), over, None])
    make.rows.append([None, None, None, make.word("price"), make.word("total")])
    make.merges += [Merge(at, c, at + 1, c) for c in (0, 1, 2)] + [Merge(at, 3, at, 4)]
    for code, text, qty, price in make.things(4):
        make.rows.append([code, text, qty, price, round(qty * price, 2)])
        make.line(code, text, "", qty, price)


def sections_and_remarks(make: Maker) -> None:
    """Section rows, subtotals, a repeated heading, remarks below."""
    make.rows += [*make.head("one"), []]
    names = ["sku", "desc", "qty", "price", "total"]
    head = [make.word(n) for n in names]
    things = make.things(6)
    for part in (things[:3], things[3:]):
        make.rows += [[f"*** {part[0][1]} ***"], list(head)]
        for code, text, qty, price in part:
            make.rows.append([code, text, qty, price, round(qty * price, 2)])
            make.line(code, text, "", qty, price)
        make.rows.append(
            [
                words.TOTALS[make.language][0],
                None,
                None,
                None,
                round(sum(q * p for _c, _t, q, p in part), 2),
            ]
        )
        make.rows.append([])
    make.rows += [
        [
            words.TOTALS[make.language][2],
            None,
            sum(t[2] for t in things),
            None,
            round(sum(q * p for _c, _t, q, p in things), 2),
        ],
        [],
        ["Please call 555-0100 before delivery, gate 3."],
    ]


def a_long_form(make: Maker) -> None:
    """All articles with prices, few ordered."""
    make.rows += [*make.head("right"), []]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("price"),
            make.word("qty"),
            make.word("total"),
        ]
    )
    for number, (code, text, qty, price) in enumerate(make.things(30)):
        taken = number in (3, 11, 17)
        make.rows.append(
            [code, text, price, qty if taken else None, round(qty * price, 2) if taken else 0]
        )
        if taken:
            make.line(code, text, "", qty, price)


def other_sheets(make: Maker) -> None:
    """Instructions before, a price list after; the order stands on its own sheet."""
    plain(make)


def two_numbers(make: Maker) -> None:
    """Two orders below each other, each with its own number."""
    wanted = Wanted(orders=2)
    for _turn in range(2):
        make.wanted = Wanted()
        plain(make)
        make.rows.append([])
        wanted.lines += make.wanted.lines
        wanted.header = make.wanted.header
    make.wanted = wanted


def number_per_row(make: Maker) -> None:
    """A list whose rows belong to different orders."""
    make.rows.append(
        [
            make.label("po"),
            make.label("date"),
            make.word("sku"),
            make.word("desc"),
            make.word("qty"),
            make.word("price"),
        ]
    )
    for number, (code, text, qty, price) in enumerate(make.things(6)):
        make.rows.append([f"K-{100 + number // 2}", DAY, code, text, qty, price])
        make.line(code, text, "", qty, price)
    make.wanted.orders = 3


def counts_of_all_kinds(make: Maker) -> None:
    """A line number, a pack size and the quantity beside each other; arithmetic tells them apart."""
    make.rows += [*make.head("right"), []]
    no = {
        "zh": "序号",
        "ja": "No.",
        "ko": "번호",
        "ru": "№",
        "vi": "STT",
        "pl": "Lp.",
        "de": "Pos.",
        "hu": "Ssz.",
    }.get(make.language, "No")
    make.rows.append(
        [
            no,
            make.word("sku"),
            make.word("desc"),
            make.word("unit"),
            make.word("qty"),
            make.word("price"),
            make.word("total"),
        ]
    )
    for number, (code, text, qty, price) in enumerate(make.things(5), 1):
        make.rows.append([number, code, text, "pcs", qty, price, round(qty * price, 2)])
        make.line(code, text, "", qty, price)
    make.rows.append(
        [
            None,
            None,
            words.TOTALS[make.language][2],
            None,
            sum(x[3] for x in make.wanted.lines),
            None,
            1.0,
        ]
    )


def quantities_with_units(make: Maker) -> None:
    """Quantities and prices as text with unit and currency."""
    make.rows += [*make.head("right"), []]
    make.rows.append([make.word("desc"), make.word("qty"), make.word("price")])
    for _code, text, qty, price in make.things(4):
        shown = f"{price:.2f}".replace(".", "," if make.language in COMMA else ".")
        make.rows.append([text, f"{qty} pcs", f"{shown} €"])
        make.line(None, text, "", qty, price)


def on_its_side(make: Maker) -> None:
    """Headings down the first column, one column per article."""
    make.rows += [*make.head("right"), []]
    things = make.things(4)
    make.rows += [
        [make.word("sku"), *[t[0] for t in things]],
        [make.word("desc"), *[t[1] for t in things]],
        [make.word("qty"), *[t[2] for t in things]],
        [make.word("price"), *[t[3] for t in things]],
    ]
    for code, text, qty, price in things:
        make.line(code, text, "", qty, price)


def side_by_side(make: Maker) -> None:
    """A form in two halves: the same headings twice in one row."""
    make.rows += [*make.head("right"), []]
    head = [make.word("sku"), make.word("desc"), make.word("qty"), make.word("price")]
    make.rows.append([*head, None, *head])
    things = make.things(6)
    for left, right in zip(things[:3], things[3:], strict=True):
        make.rows.append(
            [left[0], left[1], left[2], left[3], None, right[0], right[1], right[2], right[3]]
        )
    for code, text, qty, price in things:
        make.line(code, text, "", qty, price)


def text_over_two_rows(make: Maker) -> None:
    """Every description goes on in the row below."""
    make.rows += [*make.head("right"), []]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("qty"),
            make.word("price"),
            make.word("total"),
        ]
    )
    for code, text, qty, price in make.things(4):
        make.rows += [
            [code, text, qty, price, round(qty * price, 2)],
            [None, "(print on the left, 2 colours)"],
        ]
        make.line(code, text, "", qty, price)


def sizes_in_one_cell(make: Maker) -> None:
    """The breakdown is written into one cell."""
    make.rows += [*make.head("right"), []]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("size"),
            make.word("qty"),
            make.word("price"),
        ]
    )
    for code, text, _qty, price in make.things(3):
        a, b = make.chance.randint(2, 9), make.chance.randint(2, 9)
        make.rows.append([code, text, f"M-{a}, L-{b}", a + b, price])
        make.line(code, text, "M", a, price)
        make.line(code, text, "L", b, price)


def size_per_row(make: Maker) -> None:
    """A row for every size; code and text only in the first."""
    make.rows += [*make.head("right"), []]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("size"),
            make.word("qty"),
            make.word("price"),
        ]
    )
    for code, text, _qty, price in make.things(2):
        for number, size in enumerate(("S", "M", "L")):
            qty = make.chance.randint(2, 9)
            make.rows.append(
                [code if not number else None, text if not number else None, size, qty, price]
            )
            make.line(code, text, size, qty, price)


def no_sku(make: Maker) -> None:
    """Only texts and quantities, a blank row between lines."""
    make.rows += [*make.head("right"), []]
    make.rows.append([make.word("desc"), make.word("qty")])
    for _code, text, qty, _price in make.things(5):
        make.rows += [[text, qty], []]
        make.line(None, text, "", qty, None)


def one_cell_lines(make: Maker) -> None:
    """No order but an empty form: headings, zeros, totals."""
    labels = [[make.label(n) + ":"] for n in ("po", "date", "ship")]
    make.rows += [*labels, []]
    make.rows.append(
        [
            make.word("sku"),
            make.word("desc"),
            make.word("qty"),
            make.word("price"),
            make.word("total"),
        ]
    )
    make.rows += [[None, None, None, None, 0] for _ in range(10)]
    make.rows.append([words.TOTALS[make.language][2], None, 0, None, 0])


LAYOUTS = (
    plain, plain_below, labels_in_cells, labels_above, labels_far, labels_in_a_row, letter_sizes,
    number_sizes_below_a_word, a_block_per_colour, merged_heading, sections_and_remarks,
    a_long_form, other_sheets, two_numbers, number_per_row, counts_of_all_kinds,
    quantities_with_units, on_its_side, side_by_side, text_over_two_rows, sizes_in_one_cell,
    size_per_row, no_sku, one_cell_lines,
)  # fmt: skip


def case(layout: object, language: str, seed: int = 1) -> Case:
    """One sheet of a layout in a language."""
    make = Maker(language, seed)
    layout(make)  # type: ignore[operator]
    if layout is other_sheets:
        before = Sheet(
            "Instructions", [["How to order"], ["Fill in the yellow cells and send it back to us."]]
        )
        after = Sheet(
            "Prices", [[make.word("sku"), make.word("desc"), make.word("price")], ["A1", "x", 3.0]]
        )
        return Case(
            f"other_sheets-{language}",
            Workbook("xlsx", (before, Sheet("Order", make.rows), after)),
            make.wanted,
        )
    return make.done(layout.__name__)  # type: ignore[attr-defined]


def score(wanted: Wanted, drafts: list) -> tuple[int, int, int, int, int]:
    """(lines right, lines wanted, lines given, header fields right, header fields wanted)."""
    given = []
    for draft in drafts:
        for line in draft.lines:
            price = line.values.get("unit_price")
            code, text = (
                str(line.values.get("sku") or ""),
                str(line.values.get("description") or ""),
            )
            parts = line.sizes or ((str(line.values.get("size") or ""), line.quantity),)
            given += [(code, text, size, qty, price) for size, qty in parts]
    left, right = list(given), 0
    for code, text, size, qty, price in wanted.lines:
        hit = next(
            (
                g
                for g in left
                if (code == g[0] or (text and text in g[1]))
                and g[3] == qty
                and (not size or size == g[2])
                and (price is None or (g[4] is not None and g[4] == Decimal(str(price))))
            ),
            None,
        )
        if hit:
            left.remove(hit)
            right += 1
    found = 0
    for name, value in wanted.header.items():
        known = (
            {**drafts[-1].values, **(drafts[-1].destinations[0] if drafts[-1].destinations else {})}
            if drafts
            else {}
        )
        found += str(known.get(name, "")) == value
    return right, len(wanted.lines), len(given), found, len(wanted.header)
