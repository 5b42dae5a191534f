"""Which orders somebody sees, and which of them a text finds: all words, by their beginnings.

Each order keeps the words people may look for in ``search_text`` (the engine writes it).  SQLite
finds them through the FTS5 table ``order_search``, PostgreSQL through a GIN index; both take the
newest ``MOST_HITS`` and no more, so that a word every order has costs no more than a rare one.
"""

from collections.abc import Sequence
from typing import Any

from peewee import SQL, Case, fn

from models import Job, Order, Task, database, on_postgresql
from workflow.actors import Actor, Right
from workflow.engine.rows import search_words

MOST_HITS = 200
_MOST_WORDS = 12
#: The FTS5 index knows beginnings of up to this many letters; a GIN index knows whole words only.
_INDEXED_LETTERS = 4


def seen_by(actor: Actor) -> Any | None:
    """The condition that somebody may see an order at all; None where they see every one.

    Who only works in departments sees the orders their departments have a task of.
    """
    only_works = actor.may(Right.WORK) and not (
        actor.may(Right.ENTER_ORDERS)
        or actor.may(Right.CHANGE_ORDERS)
        or actor.may(Right.ALL_DEPARTMENTS)
    )
    if actor.departments is None or not only_works:
        return None
    mine = Job.select(Job.id).join(Task).where(Job.order == Order.id)
    return fn.EXISTS(mine.where(Task.department.in_(sorted(actor.departments))))


def has_words(text: str, most: int = MOST_HITS) -> Any:
    """The condition that an order is among the newest ``most`` that ``text`` finds.

    An order whose number or PO number is exactly ``text`` is found however old it is.  A text
    without a single letter or digit finds nothing.
    """
    words = list(dict.fromkeys(search_words(text)))[:_MOST_WORDS]
    if not words:
        return SQL("1 = 0")
    named = text.strip().lstrip("#")
    newest, asked = _newest(words, most)
    mark = "%s" if on_postgresql() else "?"
    # One list of ids: with OR between conditions the databases would look at every order.
    return Order.id.in_(
        SQL(
            f"({newest} UNION ALL SELECT id FROM orders WHERE number = {mark}"
            " UNION ALL SELECT id FROM (SELECT id FROM orders"
            f" WHERE po_number = {mark} ORDER BY id DESC LIMIT {mark}) AS same)",
            (asked, most, named.upper(), named, most),
        )
    )


def best_first(text: str) -> tuple[Any, ...]:
    """The order of hits: what is called exactly so, then the newest."""
    named = text.strip().lstrip("#")
    called = (Order.number == named.upper()) | (Order.po_number == named)
    return (Case(None, [(called, 0)], 1), Order.id.desc())


def _newest(words: Sequence[str], most: int) -> tuple[str, str]:
    """The statement for the newest orders with these words, and what it asks for."""
    whole = _common(words, most)
    if on_postgresql():
        return (
            "SELECT id FROM (SELECT id FROM orders WHERE to_tsvector('simple', search_text)"
            " @@ to_tsquery('simple', %s) ORDER BY id DESC LIMIT %s) AS newest",
            " & ".join(f"'{word}'" if word in whole else f"'{word}':*" for word in words),
        )
    return (
        "SELECT rowid FROM (SELECT rowid FROM order_search"
        " WHERE order_search MATCH ? ORDER BY rowid DESC LIMIT ?)",
        " ".join(f'"{word}"' if word in whole else f'"{word}"*' for word in words),
    )


def _common(words: Sequence[str], most: int) -> set[str]:
    """The words that so many orders have as they stand that no other ending is meant.

    A beginning that the index does not know is put together from all words that begin so, each
    with all its orders: for a word that every order has, that alone takes a second.
    """
    known = 0 if on_postgresql() else _INDEXED_LETTERS
    long = [word for word in words if len(word) > known]
    if not long:
        return set()
    if on_postgresql():
        one = (
            "(SELECT count(*) FROM (SELECT 1 FROM orders WHERE to_tsvector('simple', search_text)"
            " @@ to_tsquery('simple', %s) LIMIT %s) AS hits)"
        )
        quoted = [f"'{word}'" for word in long]
    else:
        one = (
            "(SELECT count(*) FROM"
            " (SELECT 1 FROM order_search WHERE order_search MATCH ? LIMIT ?) AS hits)"
        )
        quoted = [f'"{word}"' for word in long]
    values = [value for word in quoted for value in (word, most)]
    counts = database.execute_sql(f"SELECT {', '.join([one] * len(long))}", values).fetchone()
    return {word for word, count in zip(long, counts, strict=True) if count >= most}
