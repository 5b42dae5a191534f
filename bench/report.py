"""Figures and their targets as Markdown; docs/BENCHMARKS.md is written from here and by nobody."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parent.parent / "docs" / "BENCHMARKS.md"
INTRODUCTION = """# Benchmarks

Written by `{command}` on {date}; do not edit. Only ratios mean something: everything that is
compared was measured in the same run, taking turns, and a figure is the median of its rounds.
Machine: {machine}.
"""


@dataclass(frozen=True)
class Check:
    """One figure and what it should be."""

    what: str
    figure: str
    target: str
    met: bool


@dataclass(frozen=True)
class Part:
    """One thing that was measured: its checks, the figures behind them, how it was done."""

    title: str
    checks: Sequence[Check]
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def at_most(what: str, value: float, limit: float, unit: str = "") -> Check:
    """A figure that may not be larger."""
    return Check(what, _number(value, unit), f"at most {_number(limit, unit)}", value <= limit)


def at_least(what: str, value: float, limit: float, unit: str = "") -> Check:
    """A figure that may not be smaller."""
    return Check(what, _number(value, unit), f"at least {_number(limit, unit)}", value >= limit)


def _number(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if float(value).is_integer() or value >= 100 else f"{value:.2f}"
    return f"{text} {unit}".strip()


def replace(parts: Sequence[Part]) -> None:
    """Put parts that were measured anew in the place of theirs in docs/BENCHMARKS.md."""
    head, *sections = FILE.read_text().split("\n## ")
    anew = {part.title: markdown(part).removeprefix("## ") for part in parts}
    sections = [anew.get(section.partition("\n")[0], section) for section in sections]
    FILE.write_text("\n## ".join([head, *sections]))


def write(parts: Sequence[Part], command: str) -> None:
    """Write all parts into docs/BENCHMARKS.md."""
    date = f"{datetime.now(UTC):%Y-%m-%d}"
    text = INTRODUCTION.format(command=command, date=date, machine=_machine())
    FILE.write_text(text + "".join(f"\n{markdown(part)}" for part in parts))


def _machine() -> str:
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def markdown(part: Part) -> str:
    """One part as a section."""
    lines = [f"## {part.title}", ""]
    lines += _table(
        ("Target", "Figure", "Wanted", ""),
        [(c.what, c.figure, c.target, "met" if c.met else "**missed**") for c in part.checks],
    )
    if part.rows:
        lines += ["", *_table(part.columns, part.rows)]
    lines += [line for note in part.notes for line in ("", note)]
    return "\n".join(lines) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return head + [f"| {' | '.join(row)} |" for row in rows]
