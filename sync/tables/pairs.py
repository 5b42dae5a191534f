"""Delivery schedules across a row: a day and an amount, a day and an amount. Pure."""

import re
from dataclasses import replace

from sync.readers.headings import Words, fold
from sync.tables.columns import Column

_DAYS = frozenset({"due_date", "ship_date"})
_FEWEST = 2
_NUMBERED = re.compile(r"[\s.#(_-]*(?:no\.?)?\s*\d{1,2}[.)]?$|^\d{1,2}[.)]\s*")


def found(columns: list[Column], texts: dict[int, tuple[str, str]], words: Words) -> list[Column]:
    """The columns with every amount beside its day, where headings repeat in such pairs."""
    heads = {index: _NUMBERED.sub("", low.strip()) for index, (low, _high) in texts.items()}
    meant = {index: hit.field for index, text in heads.items() if (hit := words.column(text))}
    amounts = _alike([index for index, name in meant.items() if name == "quantity"], heads)
    days = [index for index, name in meant.items() if name in _DAYS]
    beside = _beside(amounts, days)
    if len(beside) < _FEWEST:
        return columns
    taken = {*beside, *beside.values()}
    kept = [c for c in columns if c.index not in taken and c.field not in {"quantity", *_DAYS}]
    kept += [
        Column(amount, texts[amount][0], "pair", "quantity", str(day), 0.9)
        for amount, day in beside.items()
    ]
    total = next((c for c in columns if c.field == "quantity" and c.index not in taken), None)
    kept += [replace(total)] if total else []
    return sorted(kept, key=lambda column: column.index)


def _alike(indexes: list[int], heads: dict[int, str]) -> list[int]:
    """The columns with the heading that stands there most often."""
    names = [fold(heads[index]) for index in indexes]
    common = max(names, key=names.count, default="")
    return [index for index, name in zip(indexes, names, strict=True) if name == common]


def _beside(amounts: list[int], days: list[int]) -> dict[int, int]:
    """Each amount with the day left of it, or right of it; all on the same side."""
    for side in (-1, 1):
        together = {index: index + side for index in amounts if index + side in days}
        if len(together) == len(amounts):
            return together
    return {}
