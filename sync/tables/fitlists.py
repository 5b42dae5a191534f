"""Lists of people with the sizes they wear and no pieces: each size is one of its goods. Pure."""

import re
from decimal import Decimal

from sync.drafts import DraftLine, Evidence, Value
from sync.readers.headings import Words, fold, numeric_size, size_of
from sync.readers.tables import Sheet
from sync.readers.wordsets import ORDERS
from sync.tables.heads import across
from sync.tables.people import PEOPLE
from sync.tables.turned import address_in

_MOST_ROWS, _HEAD_ROWS, _FEWEST = 2000, 30, 2
_SURE, _LONGEST_NAME = 0.7, 200


def read(sheet: Sheet, words: Words) -> list[tuple[int, DraftLine]]:
    """One line per size that a person wears, each with its row; only where it says order above."""
    for row in range(min(_HEAD_ROWS, len(sheet.rows))):
        heads = across(sheet, row)
        who = next(
            (at for at, text in heads.items() if PEOPLE.intersection(fold(text).split())), -1
        )
        goods = {at: thing for at, text in heads.items() if (thing := _thing(text, words))}
        if who >= 0 and goods and who not in goods and _says_order(sheet, row):
            return _lines(sheet, row, who, goods)
    return []


def _says_order(sheet: Sheet, head: int) -> bool:
    """Whether a title above the headings says that things are ordered here."""
    texts = (text for row in range(head) for text in across(sheet, row).values())
    return any(ORDERS.intersection(fold(text).split()) for text in texts)


def _thing(heading: str, words: Words) -> str:
    """What a heading gives the size of: "Shirt size" is of shirts."""
    parts = heading.split()
    last = words.column(parts[-1]) if len(parts) >= _FEWEST else None
    return " ".join(parts[:-1]) if last is not None and last.field == "size" else ""


def _lines(sheet: Sheet, head: int, who: int, goods: dict[int, str]) -> list[tuple[int, DraftLine]]:
    found = []
    for row in range(head + 1, min(head + 1 + _MOST_ROWS, len(sheet.rows))):
        name = sheet.text(row, who)
        for at, thing in goods.items():
            size = sheet.text(row, at)
            if name and (size_of(size) or numeric_size(size) is not None):
                found.append((row, _line(sheet, (row, at), size, name, thing)))
    return found


def _line(sheet: Sheet, at: tuple[int, int], size: str, name: str, thing: str) -> DraftLine:
    values: dict[str, Value] = {
        "description": re.sub(r"[\s/_-]+$", "", thing),
        "size": size,
        "quantity": Decimal(1),
        "personalization": name[:_LONGEST_NAME],
    }
    proof = Evidence(sheet.name, address_in(sheet, *at), size, "one for each person", _SURE)
    return DraftLine(sheet.where(at[0]), values, found_at={"size": proof})
