"""Which column of a table holds which field: suggested from its headings, or saved for a partner.

``suggest`` finds the next table of a sheet, ``place`` finds a saved mapping's headings again where
columns were moved, and ``lines.apply`` reads the rows either way.  Pure.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from sync import cells, days
from sync.cells import CellError
from sync.drafts import Values
from sync.readers import headings
from sync.readers.headings import Words
from sync.readers.tables import Plain, Sheet, text_of
from sync.tables import contents

# What a column can hold besides the catalogue's own names: "item" is a code or a description,
# "line_total" only checks the reading, the others belong to the delivery or to the order.
ROLES = ("item", "line_total", "due_date", "ship_date", "po_number", "order_date")
_IDENTITY = frozenset({"sku", "item", "description", "style", "gtin", "customer_item_number"})
DEEPEST = 3000
_SAMPLE = 60  # rows looked at to tell what a column holds
_LONGEST_CELL = 120
_FEWEST_DAYS = 10
_NO_PART = frozenset({"sku", "gtin", "unit_price", "list_price", "customer_line_number"})
_WIDEST, _MOST_LOOKED_AT = 300, 300_000  # columns, and cells of one sheet, that can be headings
_SURE = 0.89
_LIKELY = 0.6
_TWO = 2
_TELLING = 4  # rows that multiply right before arithmetic overrules a heading
_FEWEST_WITHOUT = 3
_HINT_ROWS, _HINT_TEXT = 300, 40
_COMMA_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pl", "pt", "hu", "ru"})
_COMMA = re.compile(r"(?<![\d.,])\d{1,3}(?:[. ]?\d{3})*,\d{1,2}(?![\d.,])")
_POINT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,?\d{3})*\.\d{1,2}|\d{1,3}(?:,\d{3})+)(?![\d.,])")


@dataclass(frozen=True)
class Column:
    """One column: where it stands, its heading, and what it holds.

    ``level`` is "line", "decoration", "size" (a column of a size matrix, ``part`` its size) or
    "date" (a column per delivery date, ``part`` the day); ``part`` numbers decorations.
    """

    index: int
    heading: str
    level: str
    field: str
    part: str = ""
    sure: float = 1.0

    @property
    def why(self) -> str:
        """Why the column was taken for what it is."""
        if not self.heading:
            return "quantity times price is the total in this column"
        text = " ".join(self.heading.split())
        return f"under the heading '{text[:60]}'"


@dataclass(frozen=True)
class Mapping:
    """How to read one table: its headings' rows, its columns, and what the file writes how."""

    top: int
    bottom: int
    columns: tuple[Column, ...]
    decimal: str | None = None
    order: str = ""
    currency: str = ""
    constants: Values = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column of a line's field or role."""
        return next((c for c in self.columns if c.level == "line" and c.field == name), None)

    def of(self, level: str) -> list[Column]:
        """The columns of a level, from left to right."""
        return [column for column in self.columns if column.level == level]


def suggest(sheet: Sheet, words: Words, start: int = 0) -> Mapping | None:
    """Find the next table at or below a row, and say what its columns hold.

    Headings that stand deeper than ``DEEPEST`` rows below ``start`` are not looked for.
    """
    looked = 0
    for row in range(start, min(start + DEEPEST, len(sheet.rows))):
        looked += min(len(sheet.rows[row]), _WIDEST)
        if looked > _MOST_LOOKED_AT:
            return None
        if sum(value is not None for value in sheet.rows[row]) < 2:  # noqa: PLR2004 - no table
            continue
        columns, bottom = columns_at(sheet, row, row, words), row
        if columns and _are_words(sheet, row) and _continues(sheet, row + 1, words):
            both = columns_at(sheet, row, row + 1, words)
            if len(both) > max(len(columns), len(columns_at(sheet, row + 1, row + 1, words))):
                columns, bottom = both, row + 1
        if not is_table(columns):
            columns = _completed(columns, sheet, bottom, words)
        if is_table(columns):
            return _planned(row, bottom, columns, sheet, words)
    return None


def _planned(
    top: int, bottom: int, columns: list[Column], sheet: Sheet, words: Words
) -> Mapping:
    columns = _shifted(columns, sheet, bottom)
    settled = _settled(_counted_right(columns, sheet, bottom, words), sheet, bottom)
    named = {cells.currency(low) for low, _ in _heading_texts(sheet, top, bottom).values()}
    currency = min(named - {""}, default="")
    return Mapping(top, bottom, tuple(settled), currency=currency, constants=_basis(settled))


def _shifted(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
    """Move the columns where all figures stand beside their headings, as some exports have it."""
    counted = [c.index for c in columns if c.field in ("quantity", "unit_price", "line_total")]
    rows = range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows)))
    if len(counted) < _TWO or not rows:
        return columns

    def fitting(by: int) -> int:
        return sum(
            all(contents.figure(sheet.value(row, at + by)) is not None for at in counted)
            for row in rows
        )

    here = fitting(0)
    for by in (1, -1):
        if not here and fitting(by) * 2 > len(rows) and min(c.index for c in columns) + by >= 0:
            return [replace(column, index=column.index + by) for column in columns]
    return columns


def _completed(
    columns: list[Column], sheet: Sheet, bottom: int, words: Words
) -> list[Column]:
    """Complete headings that are no table yet by what stands below them."""
    columns = _with_description(columns, sheet, bottom, words)
    fields = {column.field for column in columns if column.level == "line"}
    if is_table(columns) or not fields & _IDENTITY:
        return columns
    columns = _added_up(columns, sheet, bottom)
    if not is_table(columns) and fields & {"unit_price", "line_total"}:
        columns = _counted_right(columns, sheet, bottom, words)
    return columns if is_table(columns) else _with_least_wanted(columns, sheet, bottom, words)


def _added_up(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
    """A total that is the sum of the columns beside it (stores, days) is the quantity."""
    rows = _figured_rows(sheet, bottom)
    names = {column.index: column.field for column in columns}
    by_column = {
        index: numbers
        for index, numbers in contents.figures(sheet, rows, None).items()
        if names.get(index) not in _NO_PART
    }
    for column in columns:
        if column.field == "line_total" and contents.sums(by_column, column.index):
            others = [other for other in columns if other is not column]
            return sorted([*others, replace(column, field="quantity")], key=lambda c: c.index)
    return columns


def _with_least_wanted(
    columns: list[Column], sheet: Sheet, bottom: int, words: Words
) -> list[Column]:
    """Take a quantity whose heading says more than that ("Suggested qty") where there is no other."""
    for index, text in _across(sheet, bottom).items():
        hit = words.column(text.split()[-1]) if " " in text.strip() else None
        if hit and hit.field == "quantity" and not words.blocks(text):
            below = [sheet.value(row, index) for row in range(bottom + 1, bottom + 1 + _SAMPLE)]
            if any(contents.figure(value) for value in below):
                return sorted(
                    [*columns, Column(index, text, "line", "quantity")], key=lambda c: c.index
                )
    return columns


def _counted_right(
    columns: list[Column], sheet: Sheet, bottom: int, words: Words
) -> list[Column]:
    """Hold the headings against arithmetic: quantity times price is the total.

    A triple of columns decides where the headings name no quantity, or where the columns they name
    multiply to nothing while others do.
    """
    if any(column.level in ("size", "date", "part") for column in columns):
        return columns
    rows = _figured_rows(sheet, bottom)
    names = {column.index: column.field for column in columns if column.level == "line"}
    by_column = contents.figures(sheet, rows, None)
    fixed = {i for i, name in names.items() if name in ("sku", "gtin", "customer_line_number", "line_discount")}
    found = contents.products({i: f for i, f in by_column.items() if i not in fixed}, names)
    if not found:
        return columns
    best, said = found[0], {name: index for index, name in names.items()}
    told = [p for p in found if p.quantity == said.get("quantity") and p.price == said.get("unit_price")]
    if told:
        return columns
    again = (best.price, best.total) == (said.get("unit_price"), said.get("line_total"))
    if again and "quantity" in said:  # the headings name another count: cases and not pieces
        return _renamed(columns, sheet, bottom, {best.quantity: "quantity"})
    if "quantity" in said and best.quantity != said["quantity"] and best.rows < _TELLING:
        return columns
    if "quantity" in said and best.quantity != said["quantity"] and best.price != said["quantity"]:
        return _priced(columns, sheet, bottom, best) if best.quantity == said["quantity"] else columns
    return _renamed(columns, sheet, bottom, {best.quantity: "quantity", best.price: "unit_price", best.total: "line_total"})


def _figured_rows(sheet: Sheet, bottom: int) -> list[int]:
    """The first rows of a table that have figures; two in a row without any end it."""
    rows: list[int] = []
    empty = 0
    for row in range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows))):
        if any(contents.figure(value) is not None for value in sheet.rows[row]):
            rows.append(row)
            empty = 0
        else:
            empty += 1
        if empty > 1 and rows:
            break
    return rows


def _priced(columns: list[Column], sheet: Sheet, bottom: int, best: contents.Product) -> list[Column]:
    return _renamed(columns, sheet, bottom, {best.price: "unit_price", best.total: "line_total"})


def _renamed(
    columns: list[Column], sheet: Sheet, bottom: int, fields: dict[int, str]
) -> list[Column]:
    """Give columns the fields that arithmetic found, and take these from the others."""
    kept = [
        column
        for column in columns
        if column.index not in fields and column.field not in fields.values()
    ]
    new = [Column(index, sheet.text(bottom, index), "line", name) for index, name in fields.items()]
    return sorted([*kept, *new], key=lambda column: column.index)


def without_headings(sheet: Sheet) -> Mapping | None:
    """Find a table that has no headings at all: a text beside three columns that multiply."""
    rows = [row for row in range(min(len(sheet.rows), 300)) if sheet.rows[row]]
    counted = [row for row in rows if sum(contents.figure(v) is not None for v in sheet.rows[row]) >= 3]  # noqa: PLR2004
    if len(counted) < _FEWEST_WITHOUT:
        return None
    found = contents.products(contents.figures(sheet, counted, None), {})
    wordy = {
        index: sum(len(sheet.text(row, index)) for row in counted)
        for index in range(20)
        if sum(bool(re.search(r"[^\W\d_]{2}", sheet.text(row, index))) for row in counted) * 2 > len(counted)
    }
    if not found or found[0].rows < _FEWEST_WITHOUT or not wordy:
        return None
    name = max(wordy, key=lambda index: wordy[index])
    fields = {found[0].quantity: "quantity", found[0].price: "unit_price", found[0].total: "line_total", name: "description"}
    columns = tuple(Column(i, "", "line", field) for i, field in sorted(fields.items()))
    return Mapping(counted[0] - 1, counted[0] - 1, columns)


def halves(sheet: Sheet, plan: Mapping) -> list[tuple[int, int]]:
    """The column ranges of tables that stand side by side under the same headings, two or more."""
    texts = {index: headings.fold(low) for index, (low, _) in _heading_texts(sheet, plan.top, plan.bottom).items()}
    counted = plan.column("quantity")
    if counted is None or not texts.get(counted.index):
        return []
    again = [i for i, text in texts.items() if text == texts[counted.index]]
    named = next((c for c in plan.columns if c.field in _IDENTITY and texts.get(c.index)), None)
    starts = [i for i, text in texts.items() if named and text == texts[named.index]]
    if len(again) < 2 or len(starts) != len(again):  # noqa: PLR2004 - one table
        return []
    first = min(i for i, text in texts.items() if sum(t == text for t in texts.values()) == len(again))
    starts = [i for i, text in texts.items() if text == texts[first]]
    ends = [*starts[1:], max(texts) + 1]
    return list(zip(starts, ends, strict=True))


def place(mapping: Mapping, sheet: Sheet) -> Mapping | None:
    """Find a saved mapping's headings in a sheet, also where columns were moved.

    Returns:
        The mapping with this sheet's rows and columns, or None where more than one heading in
        five is missing.
    """
    wanted = {headings.fold(column.heading): column for column in mapping.columns}
    for row in range(min(len(sheet.rows), 200)):
        texts = _heading_texts(sheet, row, row + mapping.bottom - mapping.top)
        found = {headings.fold(text): index for index, both in texts.items() for text in both}
        here = [replace(c, index=found[name]) for name, c in wanted.items() if name in found]
        if here and len(here) * 5 >= len(wanted) * 4:
            bottom = row + mapping.bottom - mapping.top
            return replace(mapping, top=row, bottom=bottom, columns=tuple(here))
    return None


def columns_at(sheet: Sheet, top: int, bottom: int, words: Words) -> list[Column]:
    """What the headings in one row, or in two rows above each other, say about their columns."""
    texts = _heading_texts(sheet, top, bottom)
    if len(texts) < 2:
        return []
    matrix = {**_sizes(texts), **_dates(sheet, texts, bottom), **_days(texts)}
    best: dict[tuple[str, str], tuple[float, Column]] = {}
    for index, both in texts.items():
        if index in matrix:
            continue
        score, column = _best(index, both, words)
        if column and score > best.get((column.field, column.part), (0.0, column))[0]:
            best[column.field, column.part] = (score, column)
    found = [column for _score, column in best.values()]
    return sorted([*found, *matrix.values()], key=lambda column: column.index)


def is_table(columns: list[Column]) -> bool:
    """Whether headings make a table of order lines: something to order, and how many of it."""
    fields = {column.field for column in columns if column.level == "line"}
    levels = {column.level for column in columns}
    if "color" in fields and "size" in levels:
        return True  # the article stands above, as for every block of colours
    if levels & {"size"} and not {"quantity"} & fields and _are_figures(columns):
        named = [c.sure for c in columns if c.level == "line" and c.field in _IDENTITY]
        return max(named, default=0.0) > _SURE
    return bool(fields & _IDENTITY) and (
        "quantity" in fields or bool(levels & {"size", "date", "part"})
    )


def _are_figures(columns: list[Column]) -> bool:
    """Whether all sizes are numbers: a row of lines may look like such a heading."""
    return all(headings.numeric_size(c.part) is not None for c in columns if c.level == "size")


def hints(sheet: Sheet, words: Words) -> tuple[str | None, str]:
    """The decimal sign ("." or ",") and the order of days a sheet writes, as far as it tells."""
    texts = [
        value
        for row in sheet.rows[:_HINT_ROWS]
        for value in row
        if isinstance(value, str) and len(value) <= _HINT_TEXT
    ]
    commas = sum(bool(_COMMA.search(text)) for text in texts)
    points = sum(bool(_POINT.search(text)) for text in texts)
    language = _language(texts[:_HINT_ROWS], words)
    decimal = None
    if commas != points:
        decimal = "," if commas > points else "."
    elif language in _COMMA_LANGUAGES:
        decimal = ","
    return decimal, days.order_of(texts) or ("" if language == "en" else "dmy")


def _language(texts: list[str], words: Words) -> str:
    """The language most of a sheet's headings and labels are written in."""
    count: dict[str, int] = {}
    for text in texts:
        hit = words.column(text) or words.label(text.rstrip(": "))
        for language in hit.languages if hit and hit.sure else ():
            count[language] = count.get(language, 0) + 1
    return max(count, key=lambda name: (count[name], name == "en"), default="en")


def _heading_texts(sheet: Sheet, top: int, bottom: int) -> dict[int, tuple[str, str]]:
    """By column: the heading itself and, of two rows, the one above it."""
    high = _across(sheet, top) if bottom > top else {}
    low = _across(sheet, bottom)
    found = {}
    for index in sorted(high.keys() | low.keys()):
        text, above = low.get(index, ""), high.get(index, "")
        found[index] = (text, above) if text else (above, "")
    return found


def _across(sheet: Sheet, row: int) -> dict[int, str]:
    """The short texts of a row; one that is merged over several columns stands over each."""
    if not 0 <= row < len(sheet.rows):
        return {}
    found = {
        index: text
        for index, value in enumerate(sheet.rows[row][:_WIDEST])
        if value is not None and 0 < len(text := text_of(value)) <= _LONGEST_CELL
    }
    for merge in sheet.merges_at(row):
        text = sheet.text(merge.top, merge.left)
        if 0 < len(text) <= _LONGEST_CELL:
            found.update(dict.fromkeys(range(merge.left, merge.right + 1), text))
    return found


def _best(index: int, both: tuple[str, str], words: Words) -> tuple[float, Column | None]:
    low, high = both
    for text in dict.fromkeys((low, f"{high} {low}".strip(), high)):
        hit = words.column(text)
        if hit:
            part = _number_in(text) if hit.section == "decoration" else ""
            # Of two headings that say the same, the left one counts.
            return hit.score, Column(index, text, hit.section, hit.field, part, hit.score)
    return 0.0, None


def _number_in(text: str) -> str:
    match = re.search(r"\d+", text)
    return match[0] if match else "1"


def _sizes(texts: dict[int, tuple[str, str]]) -> dict[int, Column]:
    """The columns of a size matrix: two letter sizes, or three rising numbers side by side."""
    letters = {i: size for i, (text, _) in texts.items() if (size := headings.size_of(text))}
    found = letters if len(letters) >= 2 else {}
    run: list[int] = []
    for index in [*sorted(texts), None]:
        value = None if index is None else headings.numeric_size(texts[index][0])
        last = headings.numeric_size(texts[run[-1]][0]) if run else None
        rises = last is None or (value is not None and last < value <= last + 30)
        if index is not None and value is not None and rises and (not run or index == run[-1] + 1):
            run.append(index)
            continue
        if len(run) >= 3 and not _counts_days(texts[run[0]][0], len(run)):
            found |= {i: texts[i][0] for i in run}
        run = [index] if index is not None and value is not None else []
    return {index: Column(index, size, "size", "size", size) for index, size in found.items()}


def _days(texts: dict[int, tuple[str, str]]) -> dict[int, Column]:
    """The columns 1, 2, 3 … of a plan by days or weeks: together they are the quantity."""
    run: list[int] = []
    for index in sorted(texts):
        text = texts[index][0].removesuffix(".0")
        if text == str(len(run) + 1):
            run.append(index)
        elif run:
            break
    if len(run) < _FEWEST_DAYS:
        return {}
    return {index: Column(index, texts[index][0], "part", "quantity") for index in run}


def _counts_days(first: str, count: int) -> bool:
    """Whether rising numbers are the days or weeks of a plan and no sizes: 1, 2, 3 … 31."""
    return first.strip() in ("1", "1.0", "01") and count >= _FEWEST_DAYS


def _dates(sheet: Sheet, texts: dict[int, tuple[str, str]], row: int) -> dict[int, Column]:
    """The columns that each stand for one delivery date: two or more."""
    found = {}
    for index, (text, _) in texts.items():
        value = sheet.value(row, index)
        if isinstance(value, date) or (8 <= len(text) <= 20 and re.search(r"\d{4}|\d\.\d", text)):
            try:
                day = cells.day(value if isinstance(value, date) else text).isoformat()
            except CellError:
                continue
            found[index] = Column(index, text, "date", "date", day)
    return found if len(found) >= 2 else {}


def _are_words(sheet: Sheet, row: int) -> bool:
    """Whether nothing in a row is a value: no number, no day, no text with figures."""
    return all(
        value is None or (isinstance(value, str) and not re.search(r"\d{2}", value))
        for value in sheet.rows[row]
    )


def _continues(sheet: Sheet, row: int, words: Words) -> bool:
    """Whether a row is the second row of headings: short texts and sizes, no figures."""
    texts = _heading_texts(sheet, row, row)
    sizes = _sizes(texts)
    if not texts or any(_is_figure(sheet.value(row, index)) for index in texts.keys() - sizes):
        return False
    hits = sum(bool(words.column(text)) for text, _ in texts.values())
    return bool(sizes) or (hits >= 2 and hits * 2 >= len(texts))


def _is_figure(value: Plain) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdigit())


def _settled(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
    """Decide by their contents what the columns hold whose headings can mean two things."""
    fields = {column.field for column in columns if column.level == "line"}
    rows = _counted_rows(columns, sheet, bottom)
    settled = []
    for column in columns:
        sample = [text for row in rows if (text := sheet.text(row, column.index))]
        name = column.field
        if column.level != "line":
            pass
        elif name in ("item", "sku") and _counts_up(sample):
            name = "" if "customer_line_number" in fields else "customer_line_number"
        elif name == "item":
            name = _item(sample, fields)
        elif headings.fold(column.heading) == "no" and not fields & {"sku", "item"}:
            name = "sku" if _are_codes(sample) and not _counts(sample) else name
        if name:
            settled.append(replace(column, field=name))
    return settled


def _with_description(
    columns: list[Column], sheet: Sheet, bottom: int, words: Words
) -> list[Column]:
    """Take the wordiest column as the description where a quantity stands beside unknown words."""
    known = {column.index for column in columns}
    amounts = [c for c in columns if c.field == "quantity" and c.sure > _LIKELY]
    hits = [words.column(text) for text in _across(sheet, bottom).values()]
    if not amounts or sum(hit is not None and hit.field == "quantity" for hit in hits) > 1:
        return columns  # lists side by side
    figures = _sample_of(sheet, amounts[0].index, bottom)
    if sum(text.replace(".", "").isdigit() for text in figures) < 2:
        return columns
    wordy = {
        index: sum(len(text) for text in _sample_of(sheet, index, bottom) if "://" not in text)
        for index in range(amounts[0].index)
        if index not in known
    }
    best = max(wordy, key=lambda index: wordy[index], default=None)
    if best is None or wordy[best] < 4 * len(figures):
        return columns
    named = Column(best, sheet.text(bottom, best), "line", "description")
    return sorted([*columns, named], key=lambda column: column.index)


def _item(sample: list[str], fields: set[str]) -> str:
    """What an "Item" column holds, beside the other columns there are."""
    if "sku" in fields:
        return "item" if "description" in fields else "description"
    if _are_codes(sample):
        return "sku"
    return "item" if "description" in fields else "description"


def _counted_rows(columns: list[Column], sheet: Sheet, bottom: int) -> list[int]:
    """The first rows below the headings with a figure where the table counts."""
    rows = range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows)))
    counts = [
        c.index for c in columns if c.field == "quantity" or c.level in ("size", "date", "part")
    ]
    counted = [row for row in rows if any(_is_figure(sheet.value(row, at)) for at in counts)]
    return counted or list(rows)


def _sample_of(sheet: Sheet, index: int, bottom: int) -> list[str]:
    rows = range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows)))
    return [text for row in rows if (text := sheet.text(row, index))]


def _counts(sample: list[str]) -> bool:
    short = [text for text in sample if text.rstrip(".)").isdigit() and len(text) <= 4]
    return len(short) * 2 > len(sample)


def _counts_up(sample: list[str]) -> bool:
    """Whether a column numbers its rows: 1, 2, 3 or 10, 20, 30."""
    numbers = [int(text.rstrip(".)")) for text in sample if text.rstrip(".)").isdigit()]
    if len(numbers) < 2 or len(numbers) * 2 < len(sample) or numbers[0] > 100:
        return len(numbers) == 1 == len(sample) and numbers[0] in (1, 10)
    steps = {after - before for before, after in pairwise(numbers)}
    return steps <= {1, 10} or (len(steps) <= 3 and steps <= {1, 2, 3})


def _are_codes(sample: list[str]) -> bool:
    codes = [t for t in sample if len(t.split()) <= 2 and len(t) <= 30 and re.search(r"\d", t)]
    return bool(sample) and len(codes) * 2 > len(sample)


def _basis(columns: list[Column]) -> Values:
    """The quantity a price is for, where its heading says so."""
    for column in columns:
        match = re.search(r"(?:per|pro|/|je)\s*(1000|100|[cm])\b", column.heading.casefold())
        if column.field == "unit_price" and match:
            return {"price_basis": "hundred" if match[1] in ("100", "c") else "thousand"}
    return {}
