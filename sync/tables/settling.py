"""Columns settled by what stands in them, where headings say too little or two things. Pure."""

import re
from dataclasses import replace
from itertools import pairwise

from sync.readers import headings
from sync.readers.headings import Words
from sync.readers.tables import Sheet
from sync.tables import contents
from sync.tables.columns import Column, Mapping
from sync.tables.heads import IDENTITY as _IDENTITY
from sync.tables.heads import across, is_figure, is_table

_COUNTING = ("size", "date", "part", "week", "place")
_SAMPLE = 60  # rows looked at to tell what a column holds
_NO_PART = frozenset({"sku", "gtin", "unit_price", "list_price", "customer_line_number"})
_LIKELY = 0.6
_TWO = 2
_FEW_WORDS, _MEASURED = 3, 0.6
_MEASURE = re.compile(
    r"\d+([.,]\d+)?\s?(mm|cm|m|in|inch|\"|\u2033|ft|oz|ml|cl|l|kg|g|gal)", re.IGNORECASE
)
_TELLING = 4  # rows that multiply right before arithmetic overrules a heading
_FEWEST_WITHOUT, _WIDEST = 3, 60  # rows and columns of a table without headings


def shifted(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
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


def completed(columns: list[Column], sheet: Sheet, bottom: int, words: Words) -> list[Column]:
    """Complete headings that are no table yet by what stands below them."""
    columns = _sizes_headed(_as_texts(columns, sheet, bottom), sheet, bottom, words)
    columns = _unnamed(columns, sheet, bottom, words)
    if is_table(columns):
        return columns
    columns = _with_description(columns, sheet, bottom, words)
    fields = {column.field for column in columns if column.level == "line"}
    if is_table(columns) or not fields & _IDENTITY:
        return columns
    columns = _added_up(columns, sheet, bottom)
    if not is_table(columns) and fields & {"unit_price", "line_total"}:
        columns = counted_right(columns, sheet, bottom, words)
    return columns if is_table(columns) else _with_least_wanted(columns, sheet, bottom, words)


def _sizes_headed(columns: list[Column], sheet: Sheet, bottom: int, words: Words) -> list[Column]:
    """A column headed "Size" left of the sizes holds what is ordered: colours, or articles."""
    first = min((c.index for c in columns if c.level == "size"), default=0)
    head = next((c for c in columns if c.field == "size" and c.level == "line"), None)
    if head is None or head.index >= first or any(c.field in _IDENTITY for c in columns):
        return columns
    below = [text for text in _sample_of(sheet, head.index, bottom)[:_SAMPLE] if text]
    hit = words.column(below[0].rstrip(": ")) if below else None
    if not below or (hit is not None and hit.field == "quantity"):
        return columns  # pieces under sizes: a form
    colors = sum(words.is_color(text.split("/")[0]) for text in below[:_FEW_WORDS])
    name = "color" if colors or len(below) == 1 else "item"
    return [replace(c, field=name) if c is head else c for c in columns]


def _unnamed(columns: list[Column], sheet: Sheet, bottom: int, words: Words) -> list[Column]:
    """The texts in the column left of letter sizes are what is ordered, though nothing says so."""
    sizes = [column for column in columns if column.level == "size" and column.part]
    if len(sizes) < _TWO or all(headings.numeric_size(c.part) is not None for c in sizes):
        return columns
    at = min(column.index for column in sizes) - 1
    if any(c.level == "line" and (c.field in _IDENTITY or c.index == at) for c in columns):
        return columns
    rows = [
        row
        for row in _figured_rows(sheet, bottom, words)
        if any(contents.figure(sheet.value(row, column.index)) for column in sizes)
    ]
    texts = [sheet.text(row, at) for row in rows] if at >= 0 else []
    if not texts or not all(re.search(r"[^\W\d_]{2}", text) for text in texts):
        return columns
    colors = sum(words.is_color(text) for text in texts)
    name = "color" if colors * 2 > len(texts) else "description"
    if name == "color" and any(column.field == "color" for column in columns):
        return columns
    named = Column(at, sheet.text(bottom, at), "line", name, sure=_LIKELY)
    return sorted([*columns, named], key=lambda column: column.index)


def _as_texts(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
    """An order's number that is a sentence in every row is the article: "Pedido" heads both."""
    fields = {column.field for column in columns}
    counted = [c for c in columns if c.field == "quantity" and c.sure > _LIKELY]
    if fields & _IDENTITY or "po_number" not in fields or not counted:
        return columns
    rows = [
        row
        for row in _figured_rows(sheet, bottom)
        if contents.figure(sheet.value(row, counted[0].index)) is not None
    ]
    at = next(column.index for column in columns if column.field == "po_number")
    texts = [text for row in rows if (text := sheet.text(row, at))]
    if len(texts) < _TWO or len(texts) < len(rows) or _are_numbers(texts):
        return columns
    return [replace(c, field="description") if c.index == at else c for c in columns]


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
    """Take a quantity whose heading says more ("Suggested qty") where there is no other."""
    taken = {column.index for column in columns}
    for index, text in across(sheet, bottom).items():
        parts = text.split()
        ends = (parts[-1], parts[0]) if len(parts) > 1 and index not in taken else ()
        hits = (hit for end in ends if (hit := words.column(end)))
        hit = next((hit for hit in hits if hit.field == "quantity"), None)
        if hit and hit.field == "quantity" and not words.blocks(text):
            below = [sheet.value(row, index) for row in range(bottom + 1, bottom + 1 + _SAMPLE)]
            if any(contents.figure(value) for value in below):
                return sorted(
                    [*columns, Column(index, text, "line", "quantity")], key=lambda c: c.index
                )
    return columns


def counted_right(columns: list[Column], sheet: Sheet, bottom: int, words: Words) -> list[Column]:
    """Hold the headings against arithmetic: quantity times price is the total.

    A triple of columns decides where the headings name no quantity, or where the columns they name
    multiply to nothing while others do.
    """
    if any(column.level in _COUNTING for column in columns):
        return columns
    rows = _figured_rows(sheet, bottom, words)
    names = {column.index: column.field for column in columns if column.level == "line"}
    by_column = contents.figures(sheet, rows, None)
    fixed = {
        i
        for i, name in names.items()
        if name in ("sku", "gtin", "customer_line_number", "line_discount")
    }
    found = contents.products({i: f for i, f in by_column.items() if i not in fixed}, names)
    if not found:
        return columns
    best, said = found[0], {name: index for index, name in names.items()}
    told = [
        p for p in found if p.quantity == said.get("quantity") and p.price == said.get("unit_price")
    ]
    if told:
        return columns
    again = (best.price, best.total) == (said.get("unit_price"), said.get("line_total"))
    if again and "quantity" in said:  # the headings name another count: cases and not pieces
        return _renamed(columns, sheet, bottom, {best.quantity: "quantity"})
    if "quantity" in said and best.quantity != said["quantity"] and best.rows < _TELLING:
        return columns
    if "quantity" in said and best.quantity != said["quantity"] and best.price != said["quantity"]:
        return (
            _priced(columns, sheet, bottom, best) if best.quantity == said["quantity"] else columns
        )
    return _renamed(
        columns,
        sheet,
        bottom,
        {best.quantity: "quantity", best.price: "unit_price", best.total: "line_total"},
    )


def _figured_rows(sheet: Sheet, bottom: int, words: Words | None = None) -> list[int]:
    """The first rows of a table that have figures; two in a row without any end it.

    With ``words``, totals are left out.
    """
    rows: list[int] = []
    empty = 0
    for row in range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows))):
        if any(contents.figure(value) is not None for value in sheet.rows[row]):
            if words is None or not _is_total(sheet, row, words):
                rows.append(row)
            empty = 0
        else:
            empty += 1
        if empty > 1 and rows:
            break
    return rows


def _is_total(sheet: Sheet, row: int, words: Words) -> bool:
    texts = [value for value in sheet.rows[row] if isinstance(value, str) and value.strip()]
    return any(words.is_total(text) for text in texts[:_FEW_WORDS])


def _priced(
    columns: list[Column], sheet: Sheet, bottom: int, best: contents.Product
) -> list[Column]:
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
    counted = [
        row
        for row in rows
        if sum(contents.figure(v) is not None for v in sheet.rows[row][:_WIDEST]) >= 3
    ]
    if len(counted) < _FEWEST_WITHOUT:
        return None
    found = contents.products(contents.figures(sheet, counted, None), {})
    wordy = {
        index: sum(len(sheet.text(row, index)) for row in counted)
        for index in range(20)
        if sum(bool(re.search(r"[^\W\d_]{2}", sheet.text(row, index))) for row in counted) * 2
        > len(counted)
    }
    if not found or found[0].rows < _FEWEST_WITHOUT or not wordy:
        return None
    name = max(wordy, key=lambda index: wordy[index])
    fields = {
        found[0].quantity: "quantity",
        found[0].price: "unit_price",
        found[0].total: "line_total",
        name: "description",
    }
    columns = tuple(Column(i, "", "line", field) for i, field in sorted(fields.items()))
    return Mapping(counted[0] - 1, counted[0] - 1, columns)


def discounted(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
    """Take a column that is always the same share of quantity times price as the line's total."""
    at = {column.field: column.index for column in columns if column.level == "line"}
    if "line_total" in at or not {"quantity", "unit_price"} <= at.keys():
        return columns
    by_column = contents.figures(sheet, _figured_rows(sheet, bottom), None)
    known = {column.index for column in columns}
    for index in sorted(by_column.keys() - known):
        if contents.is_share(by_column, at["quantity"], at["unit_price"], index):
            total = Column(index, sheet.text(bottom, index), "line", "line_total", sure=_MEASURED)
            return sorted([*columns, total], key=lambda column: column.index)
    return columns


def settled(columns: list[Column], sheet: Sheet, bottom: int) -> list[Column]:
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
        elif name in ("po_number", "customer_item_number") and not _are_numbers(sample):
            name = "" if fields & {"description", "item"} else "description"
        elif name == "item":
            name = _item(sample, fields)
        elif headings.fold(column.heading) == "no" and not fields & {"sku", "item"}:
            name = "sku" if _are_codes(sample) and not _counts(sample) else name
        if name:
            settled.append(replace(column, field=name))
    return _with_measures(settled, sheet, rows)


def _with_measures(columns: list[Column], sheet: Sheet, rows: list[int]) -> list[Column]:
    """A column of measures ("7 mm", "250 ml") without a meaning of its own is the size."""
    known = {column.index for column in columns}
    if any(c.field == "size" or c.level == "size" for c in columns) or len(rows) < _TWO:
        return columns
    for index in range(max(known, default=0)):
        texts = [sheet.text(row, index) for row in rows]
        if index not in known and all(_MEASURE.fullmatch(text) for text in texts):
            heading = sheet.text(rows[0] - 1, index)
            size = Column(index, heading, "line", "size", sure=_MEASURED)
            return sorted([*columns, size], key=lambda column: column.index)
    return columns


def _with_description(
    columns: list[Column], sheet: Sheet, bottom: int, words: Words
) -> list[Column]:
    """Take the wordiest column as the description where a quantity stands beside unknown words."""
    known = {column.index for column in columns}
    amounts = [c for c in columns if c.field == "quantity" and c.sure > _LIKELY]
    hits = [words.column(text) for text in across(sheet, bottom).values()]
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
    if _are_codes(sample) or ("description" in fields and _are_short_names(sample)):
        return "sku"
    return "item" if "description" in fields else "description"


def _counted_rows(columns: list[Column], sheet: Sheet, bottom: int) -> list[int]:
    """The first rows below the headings with a figure where the table counts."""
    rows = range(bottom + 1, min(bottom + 1 + _SAMPLE, len(sheet.rows)))
    counts = [c.index for c in columns if c.field == "quantity" or c.level in _COUNTING]
    counted = [row for row in rows if any(is_figure(sheet.value(row, at)) for at in counts)]
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


def _are_numbers(sample: list[str]) -> bool:
    """Whether a column holds numbers of anything: most have a digit, few are sentences."""
    numbers = [
        text for text in sample if re.search(r"\d", text) and len(text.split()) <= _FEW_WORDS
    ]
    return not sample or len(numbers) * 2 >= len(sample)


def _are_short_names(sample: list[str]) -> bool:
    """Whether a column beside descriptions holds single words in capitals: "CAP-TRK"."""
    return bool(sample) and all(t.isupper() and len(t.split()) == 1 for t in sample)


def _are_codes(sample: list[str]) -> bool:
    codes = [t for t in sample if len(t.split()) <= 2 and len(t) <= 30 and re.search(r"\d", t)]
    return bool(sample) and len(codes) * 2 > len(sample)
