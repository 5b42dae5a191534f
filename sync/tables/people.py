"""Lists of people: who gets a piece, and what it is. Pure."""

import re
from dataclasses import replace

from sync.readers import headings
from sync.tables.columns import Column
from sync.tables.heads import IDENTITY

_TWO = 2
PEOPLE = frozenset(["name", "names", "nom", "nombre", "nome", "naam", "imie", "player", "employee"])
_OF_GOODS = frozenset(["item", "garment", "article", "product", "your", "artikel", "the"])


def found(columns: list[Column]) -> tuple[list[Column], str]:
    """A list of people: "Name" beside "T-shirt size" says who gets the shirt, and what it is."""
    size = next((c for c in columns if c.level == "line" and c.field == "size"), None)
    named = [c for c in columns if c.level == "line" and c.field in IDENTITY]
    words = headings.fold(size.heading).split() if size else []
    if (
        size is None
        or len(named) != 1
        or len(words) < _TWO
        or not PEOPLE.intersection(headings.fold(named[0].heading).split())
    ):
        return columns, ""
    goods = re.sub(r"[\s/_-]*\S+\s*$", "", size.heading.strip())
    if not goods or _OF_GOODS.intersection(headings.fold(goods).split()):
        return columns, ""
    kept = [replace(c, field="personalization") if c is named[0] else c for c in columns]
    return kept, goods
