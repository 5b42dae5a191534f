"""Heading rows: what stands over the columns, in one row or two, and what it names. Pure."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sync import cells, days
from sync.cells import CellError
from sync.readers import headings
from sync.readers.headings import Words
from sync.readers.tables import Plain, Sheet, text_of
from sync.tables.columns import Column

IDENTITY = frozenset({"sku", "item", "description", "style", "gtin", "customer_item_number"})
_LONGEST_CELL = 120
_FEWEST_DAYS = 10
_WIDEST, _MOST_LOOKED_AT = 300, 300_000  # columns, and cells of one sheet, that can be headings
_SURE = 0.89
_FEWEST_WEEKS = 2
_WEEK = re.compile(
    r"(?:kw|cw|ww|wk|week|woche|sem|semaine|semana|settimana|sett|tydzien|tydz|tyden|vecka|uke|uge"
    r"|het|w|s|v|неделя|нед|第)\.?\s?-?\s?[0-5]?\d(?:\s?[周週주])?(?:\s?[/.-]\s?(?:20)?\d\d)?"
    r"|[0-5]?\d\s?[周週주]",
    re.IGNORECASE,
)
_MONTH = re.compile(r"[^\W\d_]{3,12}\.?(?:[ -/]'?(?:20)?\d\d)?|1?\d\s?[月월]")


def heading_texts(sheet: Sheet, top: int, bottom: int) -> dict[int, tuple[str, str]]:
    """By column: the heading itself and, of two rows, the one above it."""
    high = across(sheet, top) if bottom > top else {}
    low = across(sheet, bottom)
    found = {}
    for index in sorted(high.keys() | low.keys()):
        text, above = low.get(index, ""), high.get(index, "")
        found[index] = (text, above) if text else (above, "")
    return found


def across(sheet: Sheet, row: int) -> dict[int, str]:
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


def _colored(sizes: dict[int, Column], texts: dict[int, tuple[str, str]]) -> dict[int, Column]:
    """Sizes that stand there once for every colour, with the colour above them."""
    names = [column.part for column in sizes.values()]
    above: dict[int, str] = {}
    for index in sorted(sizes):  # a heading stands over its first size where cells are not merged
        above[index] = texts[index][1] or next(reversed(above.values()), "")
    if len(set(names)) == len(names) or len(set(above.values())) < 2 or "" in above.values():
        return sizes
    return {index: replace(c, color=above[index]) for index, c in sizes.items()}


def _colors(texts: dict[int, tuple[str, str]], words: Words) -> dict[int, Column]:
    """The columns that are headed by colours, two or more of them."""
    found = {i: low for i, (low, _) in texts.items() if words.is_color(low)}
    if len(found) < 2 or len({headings.fold(low) for low in found.values()}) < len(found):
        return {}
    return {i: Column(i, low, "size", "size", "", color=low) for i, low in found.items()}


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


def _weeks(texts: dict[int, tuple[str, str]]) -> dict[int, Column]:
    """The columns that each stand for a week or a month of delivery, two or more in a row."""
    found = {
        index: low
        for index, (low, _) in texts.items()
        if _WEEK.fullmatch(low) or (_MONTH.fullmatch(low) and days.month_of(low))
    }
    if len(found) < _FEWEST_WEEKS or len(set(found.values())) < len(found):
        return {}
    return {index: Column(index, low, "week", "quantity", low) for index, low in found.items()}


def are_words(sheet: Sheet, row: int) -> bool:
    """Whether nothing in a row is a value: no number, no day, no text with figures."""
    return all(
        value is None or (isinstance(value, str) and not re.search(r"\d{2}", value))
        for value in sheet.rows[row]
    )


def continues(sheet: Sheet, row: int, words: Words) -> bool:
    """Whether a row is the second row of headings: short texts and sizes, no figures."""
    texts = heading_texts(sheet, row, row)
    sizes = _sizes(texts)
    if not texts or any(is_figure(sheet.value(row, index)) for index in texts.keys() - sizes):
        return False
    if sizes and _are_figures(list(sizes.values())) and texts.keys() - sizes:
        return False  # a line with three rising figures, and no sizes
    hits = sum(bool(words.column(text)) for text, _ in texts.values())
    return bool(sizes) or (hits >= 2 and hits * 2 >= len(texts))


def is_figure(value: Plain) -> bool:
    """Whether a cell is a number, or a text of digits only."""
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdigit())


def columns_at(
    sheet: Sheet, top: int, bottom: int, words: Words, without: Collection[int] = ()
) -> list[Column]:
    """What the headings in one row, or in two rows above each other, say about their columns."""
    texts = {
        at: both for at, both in heading_texts(sheet, top, bottom).items() if at not in without
    }
    if len(texts) < 2:
        return []
    sizes = _colored(_sizes(texts), texts) or _colors(texts, words)
    matrix = {**sizes, **_dates(sheet, texts, bottom), **_days(texts), **_weeks(texts)}
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
    colored = any(column.color and not column.part for column in columns)
    if colored and "color" in fields:
        return False  # a sheet on its side: the colours of its articles
    if "color" in fields and "size" in levels:
        return True  # the article stands above, as for every block of colours
    if "size" in fields and colored:
        return True
    counted = any(c.field == "quantity" and c.level == "line" and c.sure > _SURE for c in columns)
    if counted and "size" in fields:
        return True  # sizes and pieces of one article, which stands above
    if levels & {"size"} and not {"quantity"} & fields and _are_figures(columns):
        named = [c.sure for c in columns if c.level == "line" and c.field in IDENTITY]
        return max(named, default=0.0) > _SURE
    return bool(fields & IDENTITY) and (
        "quantity" in fields or bool(levels & {"size", "date", "part", "week", "place"})
    )


def _are_figures(columns: list[Column]) -> bool:
    """Whether all sizes are numbers: a row of lines may look like such a heading."""
    return all(headings.numeric_size(c.part) is not None for c in columns if c.level == "size")
