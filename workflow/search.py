"""Word search over orders: the newest ones that have every word, by the beginnings of words.

Each order keeps the words people may look for in ``search_text`` (the engine writes it).  SQLite
finds them through the FTS5 table ``order_search``, PostgreSQL through a GIN index; both take the
newest ``MOST_HITS`` and no more, so that a word every order has costs no more than a rare one.
"""

from typing import Any

from peewee import SQL, Case

from models import Order, on_postgresql
from workflow.engine.rows import search_words

MOST_HITS = 1_000
_MOST_WORDS = 12


def has_words(text: str, most: int = MOST_HITS) -> Any:
    """The condition that an order is among the newest ``most`` that ``text`` finds.

    An order whose number or PO number is exactly ``text`` is found however old it is.  A text
    without a single letter or digit finds nothing.
    """
    words = list(dict.fromkeys(search_words(text)))[:_MOST_WORDS]
    if not words:
        return SQL("1 = 0")
    exact = Order.alias("exact")
    same = exact.select(exact.id).where(_is_called(exact, text)).limit(most)
    return Order.id.in_(_newest(words, most)) | Order.id.in_(same)


def best_first(text: str) -> tuple[Any, ...]:
    """The order of hits: what is called exactly so, then the newest."""
    return (Case(None, [(_is_called(Order, text), 0)], 1), Order.id.desc())


def _is_called(orders: Any, text: str) -> Any:
    wanted = text.strip()
    return (orders.number == wanted.upper()) | (orders.po_number == wanted)


def _newest(words: list[str], most: int) -> Any:
    if on_postgresql():
        asked = " & ".join(f"'{word}':*" for word in words)
        return SQL(
            "(SELECT id FROM orders WHERE to_tsvector('simple', search_text)"
            " @@ to_tsquery('simple', %s) ORDER BY id DESC LIMIT %s)",
            (asked, most),
        )
    asked = " ".join(f'"{word}"*' for word in words)
    return SQL(
        "(SELECT rowid FROM order_search WHERE order_search MATCH ? ORDER BY rowid DESC LIMIT ?)",
        (asked, most),
    )
