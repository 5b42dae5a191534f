"""Marks on a proof: points and rectangles with words, as fractions of the picture. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from errors import InvalidError

#: Nobody needs more; a page full of marks says "make it new".
MOST_MARKS = 40
LONGEST_WORDS = 500
_MOST_PAGES = 50


def read_marks(text: str) -> list[dict[str, Any]]:
    """The marks a page sent, checked: page, x, y, width, height from 0 to 1, and words.

    A point has no width and no height.

    Raises:
        InvalidError: they are no marks; nothing of them is kept.
    """
    if not text.strip():
        return []
    try:
        return [_mark(one) for one in _listed(json.loads(text))]
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        sentence = f"The marks did not arrive as they were drawn. Draw at most {MOST_MARKS}."
        raise InvalidError({"marks": sentence}) from problem


def _listed(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) > MOST_MARKS:
        raise ValueError("not a short list")
    return given


def _mark(one: Any) -> dict[str, Any]:
    page, sides = int(one.get("page", 1)), [float(one.get(n, 0)) for n in ("x", "y", "w", "h")]
    if not 1 <= page <= _MOST_PAGES or not all(0 <= side <= 1 for side in sides):
        raise ValueError("outside the picture")
    x, y, width, height = (round(side, 4) for side in sides)
    words = " ".join(str(one.get("words", "")).split())[:LONGEST_WORDS]
    width, height = min(width, 1 - x), min(height, 1 - y)
    return {"page": page, "x": x, "y": y, "w": width, "h": height, "words": words}


def in_words(marks: Sequence[Mapping[str, Any]]) -> str:
    """The marks as a sentence for the history: "1: bigger; 2: red"."""
    return "; ".join(f"{number}: {m['words'] or 'here'}" for number, m in enumerate(marks, 1))
