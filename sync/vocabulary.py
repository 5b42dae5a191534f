"""The words this shop reads spreadsheets by: those that come with Inhands, and its own.

A shop's own fields are known by their labels; further words are rows (``HeadingWord``).
"""

from functools import lru_cache

from models import HeadingWord
from sync.readers import headings
from sync.readers.headings import Words
from workflow import shop
from workflow.fields import Catalogue, Level

# The part of the heading words in which a level's fields stand.
_SECTIONS = {"order": "order", "destination": "order", "line": "line", "decoration": "decoration"}
_Own = tuple[tuple[str, str, str], ...]  # section, field, word


def read() -> tuple[Words, Catalogue]:
    """The heading words and the fields of this shop, as they are now."""
    catalogue = shop.catalogue()
    own = [
        (_SECTIONS[level], field.name, field.label)
        for level in (Level.ORDER, Level.LINE)
        for field in catalogue.of(level)
        if field.custom
    ]
    rows = HeadingWord.select().order_by(HeadingWord.id)
    own += [(_SECTIONS[row.level], row.field, row.word) for row in rows]
    return _words(tuple(own)), catalogue


@lru_cache(maxsize=4)
def _words(own: _Own) -> Words:
    found: dict[str, dict[str, list[str]]] = {}
    for section, field, word in own:
        found.setdefault(section, {}).setdefault(field, []).append(word)
    return headings.load().also(found) if found else headings.load()
