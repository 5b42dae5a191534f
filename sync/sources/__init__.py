"""What files mean, one module per source; a source is found by being in this folder. Pure.

A source has ``NAME``, ``LABEL``, ``matches(incoming)`` and ``read(incoming)``, which yields
drafts.  ``FALLBACK = True`` marks one that reads what nobody else recognises.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

from sync.drafts import OrderDraft


@dataclass(frozen=True)
class Incoming:
    """One document as it arrived: its file name, its bytes, who sent it."""

    name: str
    content: bytes
    sender: str = ""


class Source(Protocol):
    """What every module in this folder offers."""

    NAME: str
    LABEL: str

    def matches(self, incoming: Incoming) -> bool:
        """Whether the bytes are of this source, at a glance."""

    def read(self, incoming: Incoming) -> Iterator[OrderDraft]:
        """The orders in the document, each with its lines and problems."""


@lru_cache(maxsize=1)
def load_all() -> tuple[Source, ...]:
    """Every source in this folder, by name; those that read anything last."""
    found = [
        cast(Source, importlib.import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    return tuple(sorted(found, key=lambda source: (_is_fallback(source), source.NAME)))


def recognise(incoming: Incoming, sources: Iterable[Source] | None = None) -> Source | None:
    """The source that reads a document, or None where a person has to look at it."""
    chosen = load_all() if sources is None else sources
    return next((source for source in chosen if source.matches(incoming)), None)


def _is_fallback(source: Source) -> bool:
    return bool(getattr(source, "FALLBACK", False))
