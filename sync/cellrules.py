"""Cells somebody pointed at, columns that speak of the order, constants: into a draft. Pure.

What a person said wins over what was found by the words of labels.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.drafts import Evidence, OrderDraft, Problem, Value, Values
from sync.readers.headings import fold
from sync.readers.tables import Fault, Plain, Sheet, text_of
from sync.tables import transforms
from sync.tables.addresses import read_address
from sync.tables.labels import locate
from sync.tables.layouts import BLOCKS, CUSTOMER, CellRule, Layout
from sync.tables.rewriting import Rewritten
from workflow.fields import Catalogue, Level

_MOST_ADDRESS_LINES = 7


@dataclass(frozen=True)
class Found:
    """One value of an order: the field it is for, where it stood, or why it could not be read."""

    level: str
    field: str
    value: Value = None
    where: str = ""
    text: str = ""
    wrong: str = ""


def of_cells(
    layout: Layout, sheets: Mapping[str, Sheet], own: str, catalogue: Catalogue
) -> Iterator[Found]:
    """What stands in the cells outside the table."""
    for rule in layout.cells:
        sheet = sheets.get(rule.sheet or own)
        if sheet is None or rule.use.level == "ignore":
            continue
        at = locate(rule, sheet)
        if at is None:
            words = f"the label '{rule.label}' is not in this file; look where the value stands"
            where = sheet.where(rule.row, rule.column)
            yield Found(rule.use.level, rule.use.field, where=where, wrong=words)
            continue
        raw, wrong = transforms.change(sheet.value(*at), rule.use.steps)
        text = _block(sheet, *at) if rule.use.field in BLOCKS else text_of(raw)
        yield from _read(rule, raw, text, sheet.where(*at), wrong, layout, catalogue)


def of_columns(layout: Layout, page: Rewritten, row: int, catalogue: Catalogue) -> Iterator[Found]:
    """What the row of an order's first line says about the order."""
    for _rule, use in layout.uses():
        raw, where = page.order_cells.get((row, use.level, use.field), (None, ""))
        if where and text_of(raw):
            yield _value(use.level, use.field, raw, where, layout, catalogue)


def of_constants(layout: Layout, catalogue: Catalogue) -> Iterator[Found]:
    """What every order of such files has."""
    for constant in layout.constants:
        known = catalogue.get(Level(constant.level), constant.field)
        if constant.level == "line" or known is None:
            continue
        value = cells.parse(known, constant.text)
        yield Found(constant.level, constant.field, value, "the mapping", constant.text)


def _block(sheet: Sheet, row: int, column: int) -> str:
    """A cell and those below it, to the first gap."""
    lines: list[str] = []
    for below in range(row, row + _MOST_ADDRESS_LINES):
        text = sheet.text(below, column)
        if not text:
            break
        lines.append(text)
    return "\n".join(lines)


def line_constants(layout: Layout, catalogue: Catalogue) -> Values:
    """What every line of such files has, where its row does not say otherwise."""
    found: dict[str, Value] = {}
    for constant in layout.constants:
        known = catalogue.get(Level.LINE, constant.field)
        if constant.level == "line" and known is not None:
            found[constant.field] = cells.parse(known, constant.text)
    return found


# ---------------------------------------------------------------- reading


def _read(  # noqa: PLR0913 - what is known of a cell
    rule: CellRule,
    raw: Plain,
    text: str,
    where: str,
    wrong: str,
    layout: Layout,
    catalogue: Catalogue,
) -> Iterator[Found]:
    level, name = rule.use.level, rule.use.field
    if wrong or isinstance(raw, Fault):
        said = wrong or f"expected a value, found {text_of(raw)}"
        yield Found(level, name, where=where, text=text, wrong=said)
    elif not text:
        yield Found(level, name, where=where)
    elif name == CUSTOMER:
        yield Found(level, name, clipped(cells.clean(text), 200), where, text)
    elif name in BLOCKS:
        yield from _party(name, text, where, catalogue)
    else:
        yield _value(level, name, _behind_label(rule, raw), where, layout, catalogue)


def _behind_label(rule: CellRule, raw: Plain) -> Plain:
    """The value of a cell that holds its label, too."""
    inside = rule.label and not rule.down and not rule.right and not rule.use.steps
    if not inside or not isinstance(raw, str):
        return raw
    label, _sign, value = raw.partition(":")
    return value.strip() if fold(label) == fold(rule.label) else raw


def _party(name: str, text: str, where: str, catalogue: Catalogue) -> Iterator[Found]:
    level = "destination" if name == "ship_to" else "order"
    for key, value in read_address(text, name).items():
        known = catalogue.get(Level(level), key)
        if known is not None:
            yield Found(level, key, value[: cells.longest(known)], where, clipped(value))


def _value(
    level: str, name: str, raw: Plain, where: str, layout: Layout, catalogue: Catalogue
) -> Found:
    text = text_of(raw)
    known = catalogue.get(Level(level), name)
    if known is None:
        return Found(level, name, where=where, text=text, wrong=f"there is no field '{name}' now")
    try:
        value = cells.parse(known, raw, decimal=layout.decimal or ".", order=layout.days)
    except CellError as error:
        return Found(level, name, where=where, text=text, wrong=str(error))
    return Found(level, name, value, where, text)


# ---------------------------------------------------------------- into the draft


def put_into(draft: OrderDraft, found: Iterable[Found]) -> OrderDraft:
    """The draft with what was found; a value that was found before gives way."""
    values, evidence = dict(draft.values), dict(draft.evidence)
    found_at = dict(draft.found_at)
    place: dict[str, Value] = dict(draft.destinations[0]) if draft.destinations else {}
    customer, problems = draft.customer, list(draft.problems)
    for one in found:
        into = place if one.level == "destination" else values
        into.pop(one.field, None)
        found_at.pop(one.field, None)
        problems = [p for p in problems if p.field != one.field or _is_of_a_line(p, draft)]
        if one.wrong:
            problems.append(Problem(one.where, one.field, one.wrong, clipped(one.text, 200)))
        if one.value is None:
            continue
        if one.field == CUSTOMER:
            customer = str(one.value)
        else:
            into[one.field] = one.value
        evidence[one.field] = f"{one.where}: '{clipped(one.text)}'"
        found_at[one.field] = _proof(one)
    places = (place, *draft.destinations[1:]) if place else draft.destinations[1:]
    return replace(
        draft,
        customer=customer,
        values=values,
        destinations=places,
        problems=tuple(problems),
        evidence=evidence,
        found_at=found_at,
    )


def _proof(one: Found) -> Evidence:
    """Where a value stood, in parts; that somebody said so is why it was taken."""
    place = re.fullmatch(r"(?:sheet (.*), )?cell ([A-Z]+\d+)", one.where)
    sheet, cell = (place[1] or "", place[2]) if place else ("", "")
    return Evidence(sheet, cell, one.text, "said in the mapping")


def _is_of_a_line(problem: Problem, draft: OrderDraft) -> bool:
    rows = {line.address for line in draft.lines}
    return problem.address in rows
