"""Measuring side by side: warm-up, rounds in turn, medians; and how many statements were sent.

Figures of one run are compared with each other only: the machine and its load are the same for
all contestants because they take turns.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from peewee import Database, QueryEvent


@dataclass
class Sent:
    """What went to the database while somebody watched."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    @property
    def count(self) -> int:
        """Statements, without BEGIN and COMMIT."""
        return len(self.statements)


@contextmanager
def watched(opened: Database) -> Iterator[Sent]:
    """Count what goes to a database inside the block."""
    sent = Sent()
    begin = opened.begin

    def note(event: QueryEvent) -> None:
        sent.statements.append(event.sql)

    def counted_begin(*args: object) -> None:
        sent.transactions += 1
        begin(*args)

    opened.query_hooks.append(note)
    vars(opened)["begin"] = counted_begin  # the library has no hook for it
    try:
        yield sent
    finally:
        opened.query_hooks.remove(note)
        del vars(opened)["begin"]


def side_by_side(
    contestants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    times: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Median seconds of one call, by name; all take turns, after one round to warm up.

    Args:
        contestants: what is called, by name.
        rounds: how often everybody has their turn.
        times: calls in one turn.
        clock: ``time.perf_counter`` or, for work in this process alone, ``time.process_time``.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, call in contestants.items():
            gc.collect()
            start = clock()
            for _ in range(times):
                call()
            if turn:
                seconds[name].append((clock() - start) / times)
    return {name: statistics.median(taken) for name, taken in seconds.items()}
