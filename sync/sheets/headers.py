"""Which column of a tab is which of ours: by what the sheet remembers, then by the header. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.sheets.columns import ALIASES, Column
from sync.sheets.shapes import IDENTITY, STAMP, Tab


@dataclass(frozen=True, slots=True)
class Placed:
    """Where our columns stand.  ``doubled`` ones are left alone until a person renames one."""

    at: dict[str, int]
    missing: tuple[str, ...] = ()  # titles
    doubled: tuple[str, ...] = ()
    wrong: tuple[str, ...] = field(default=())  # why nothing may be taken from the tab, in words


def place(tab: Tab, columns: Sequence[Column]) -> Placed:
    """Find our columns in a tab, wherever they were moved and however they are called now."""
    header = [_fold(cell) for cell in tab.rows[0]] if tab.rows else []
    titles = {column.key: column.title for column in columns}
    names = {column.key: (column.title, *ALIASES.get(column.key, ())) for column in columns}
    names |= {IDENTITY: (IDENTITY,), STAMP: (STAMP,)}
    remembered: dict[str, list[int]] = {}
    for index, key in sorted(tab.columns.items()):
        if key in names:
            remembered.setdefault(key, []).append(index)
    taken = {index for found in remembered.values() for index in found}
    at: dict[str, int] = {}
    missing, doubled = [], []
    for key, words in names.items():
        found = remembered.get(key) or _by_words(header, words, taken)
        if len(found) == 1:
            at[key] = found[0]
            taken.add(found[0])
        elif found:
            doubled.append(titles.get(key, key))
        else:
            missing.append(titles.get(key, key))
    return Placed(at, tuple(missing), tuple(doubled), _wrong(tab, at, len(columns)))


def _by_words(header: Sequence[str], words: Sequence[str], taken: set[int]) -> list[int]:
    """The columns called by the first of our words that any is called by."""
    for word in words:
        folded = _fold(word)
        found = [i for i, cell in enumerate(header) if cell == folded and i not in taken]
        if found:
            return found
    return []


def _wrong(tab: Tab, at: dict[str, int], wanted: int) -> tuple[str, ...]:
    """Why a tab's shape stops the way into the shop."""
    if not tab.rows:
        return ()
    said = []
    if IDENTITY not in at or STAMP not in at:
        lost = " and ".join(name for name in (IDENTITY, STAMP) if name not in at)
        said.append(f"tab '{tab.title}': the hidden column {lost} is gone or there twice")
    elif len(at) - 2 < (wanted + 1) // 2:
        said.append(f"tab '{tab.title}': row 1 is not the header any more")
    if tab.merges:
        said.append(f"tab '{tab.title}': cells are merged; take the merge off")
    return tuple(said)


def _fold(cell: object) -> str:
    text = str(cell).strip().casefold()
    return text if text in (IDENTITY, STAMP) else re.sub(r"[\W_]+", " ", text).strip()
