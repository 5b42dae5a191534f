"""Sizes with pieces in one cell: "M-5, L 7", and ratios of packs: "10-18 (1-2-2-2-1)". Pure."""

import re
from decimal import Decimal
from itertools import pairwise

from sync import breakdown
from sync.cells import CellError
from sync.readers import headings

Sizes = tuple[tuple[str, Decimal], ...]
_LETTERS = (
    "3XS",
    "2XS",
    "XXS",
    "XS",
    "S",
    "M",
    "L",
    "XL",
    "XXL",
    "2XL",
    "3XL",
    "XXXL",
    "4XL",
    "5XL",
)
_RATIO = re.compile(
    r"(?P<sizes>[^()\[\]:]+?)\s*[(\[:]\s*(?P<ratio>\d+(?:\s*[-/:,]\s*\d+)+)\s*[)\]]?"
)
_LONGEST, _MOST_SIZES = 80, 20


def of_cell(text: str, quantity: Decimal | None, pieces_per_pack: Decimal | None) -> Sizes:
    """The sizes of a line and their pieces, or nothing where the cell holds one plain size.

    Args:
        text: what stands in the size's column.
        quantity: what stands in the quantity's: pieces or packs.
        pieces_per_pack: how many pieces a pack has, where the row says it.
    """
    if not 3 <= len(text) <= _LONGEST or not re.search(r"\d", text):
        return ()
    ratio = _ratio(text)
    if ratio:
        return _packed(ratio, quantity, pieces_per_pack)
    return _listed(text, quantity)


def _ratio(text: str) -> list[tuple[str, int]]:
    """The sizes of a pack and how many of each are in it."""
    match = _RATIO.fullmatch(text.strip())
    if not match:
        return []
    counts = [int(part) for part in re.split(r"\s*[-/:,]\s*", match["ratio"])]
    sizes = _scale(match["sizes"].strip(), len(counts))
    return list(zip(sizes, counts, strict=True)) if sizes else []


def _scale(text: str, length: int) -> list[str]:
    """All sizes of "10-18" or "S-XL" or "S/M/L", if there are as many as the pack has counts."""
    listed = [part.strip() for part in re.split(r"[/,;-]|\s+", text) if part.strip()]
    if len(listed) == length:
        return listed
    ends = re.fullmatch(r"(\S+)\s*(?:-|\u2013|to|bis|a|à)\s*(\S+)", text)
    if not ends:
        return []
    first, last = ends[1].upper(), ends[2].upper()
    if first.isdigit() and last.isdigit() and length > 1:
        step, rest = divmod(int(last) - int(first), length - 1)
        return [] if rest or step < 1 else [str(int(first) + n * step) for n in range(length)]
    if first in _LETTERS and last in _LETTERS:
        run = _letters(first, last)
        return run if len(run) == length else []
    return []


def _letters(first: str, last: str) -> list[str]:
    twice = {"XXS": "2XS", "XXL": "2XL", "XXXL": "3XL"}
    run = [twice.get(size, size) for size in _LETTERS]
    run = [size for size, after in pairwise([*run, ""]) if size != after]
    try:
        return run[run.index(twice.get(first, first)) : run.index(twice.get(last, last)) + 1]
    except ValueError:
        return []


def _packed(
    ratio: list[tuple[str, int]], quantity: Decimal | None, per_pack: Decimal | None
) -> Sizes:
    """Packs times what is in one; or pieces, where no pack size is given and they fit."""
    inside = sum(count for _size, count in ratio)
    if quantity is None or not inside or len(ratio) > _MOST_SIZES:
        return ()
    packs = quantity
    if per_pack != inside and quantity % inside == 0:
        packs = quantity / inside
    return tuple((size, count * packs) for size, count in ratio if count)


def _listed(text: str, quantity: Decimal | None) -> Sizes:
    try:
        found = breakdown.sizes(text)
    except CellError:
        return ()
    known = all(headings.size_of(size) or headings.numeric_size(size) for size, _n in found)
    total = sum((amount for _size, amount in found), Decimal(0))
    return found if known and found and quantity in (None, total) else ()
