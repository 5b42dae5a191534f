"""The same order twice in one file: a copy, a pick list, a competitor's prices beside it. Pure."""

from dataclasses import replace

from sync.drafts import Problem
from sync.readers.headings import fold
from sync.tables.lines import TableLine
from sync.tables.pages import Page

_FEWEST, _SHARE, _TWO = 3, 0.8, 2
_LONGEST_NAME = 60


def without(found: list[Page]) -> list[Page]:
    """Leave out tables whose items and quantities stood before, and say so with their address.

    Orders of different numbers or for different places may well be alike; they are kept.
    """
    alone = len({_whose(page) for page in found}) == len(found)
    if alone and all(len(_runs(page.lines)) < _TWO for page in found):
        return found
    seen: dict[tuple[str, str], set[tuple[str, str]]] = {}
    kept = []
    for page in found:
        known = seen.setdefault(_whose(page), set())
        runs = _runs(page.lines)
        lines: list[TableLine] = []
        problems = list(page.problems)
        for run in runs:
            names = [_named(line) for line in run]
            again = sum(name in known for name in names)
            if known and len(run) >= _FEWEST and again >= len(run) * _SHARE:
                problems.append(_said(run))
            else:
                lines += run
            known.update(names)
        kept.append(
            page if len(lines) == len(page.lines) else replace(page, lines=lines, problems=problems)
        )
    return kept


def _whose(page: Page) -> tuple[str, str]:
    values = page.header.destination
    return page.po_number, str(values.get("ship_to_name") or "")


def _runs(lines: list[TableLine]) -> list[list[TableLine]]:
    """The lines in the groups they stand in: a row that is no line parts them."""
    if lines and lines[-1].row - lines[0].row == len(lines) - 1:
        return [lines]
    runs: list[list[TableLine]] = []
    for line in lines:
        if runs and line.row - runs[-1][-1].row in (0, 1):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _named(line: TableLine) -> tuple[str, str]:
    values = line.line.values
    name = str(values.get("sku") or "") + " " + str(values.get("description") or "")
    parts = f"{values.get('color')} {values.get('size')} {line.line.sizes}"
    return fold(name[:_LONGEST_NAME]), f"{line.po_number} {line.line.quantity} {parts}"


def _said(run: list[TableLine]) -> Problem:
    message = (
        f"{len(run)} rows from here repeat items and quantities that stand above; they were left"
        " out: add them if they are ordered twice"
    )
    return Problem(run[0].line.address, "lines", message)
