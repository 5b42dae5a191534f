"""Sizes as people type them: "S12 M24 2XL 6" or "S 12, M: 24" to sizes with pieces. Pure."""

import re
from collections.abc import Iterable
from decimal import Decimal

from sync.amounts import CellError, plain, quantity, refused

_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
# A size that ends in a letter with its pieces written on: S12, 2XL6, S-12.
_COMPACT = re.compile(r"(.*[^\W\d_])[-\u2013]?(\d+(?:\.\d+)?)")
_LONGEST_SIZE = 20
_EXPECTED = "sizes with pieces, such as S 12, M 24"


def sizes(text: str) -> tuple[tuple[str, Decimal], ...]:
    """Read a size breakdown; a size with 0 pieces is left out, one that comes twice is added up.

    Raises:
        CellError: a size without pieces, pieces without a size, or a size that is too long.
    """
    found: dict[str, Decimal] = {}
    for size, pieces in _pairs(text):
        if len(size) > _LONGEST_SIZE:
            raise CellError(f"expected sizes of at most {_LONGEST_SIZE} characters, found '{size}'")
        if Decimal(pieces):
            found[size] = found.get(size, Decimal(0)) + quantity(pieces, decimal=".")
    return tuple(found.items())


def show_sizes(pairs: Iterable[tuple[str, Decimal]]) -> str:
    """Write a breakdown so that ``sizes`` reads it back: "S 12, M 24"."""
    return ", ".join(f"{size} {plain(pieces)}" for size, pieces in pairs)


def _pairs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for piece in re.split(r"[,;\n\t]+", text):
        words = re.sub(r"\s*[:=]\s*", " ", piece).split()
        size: list[str] = []
        for word, after in zip(words, [*words[1:], ""], strict=False):
            compact = _COMPACT.fullmatch(word)
            if size and _NUMBER.fullmatch(word):
                found.append((" ".join(size), word))
                size = []
            elif compact and not size and not _NUMBER.fullmatch(after):
                found.append((compact[1], compact[2]))
            else:
                size.append(word)
        if size:
            raise refused(_EXPECTED, text)
    return found
