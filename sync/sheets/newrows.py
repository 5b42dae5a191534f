"""Rows that people type into a tab: read twice the same and filled enough, they become orders.

They take the path of every other order: their bytes are kept, the funnel makes a draft of them.
The row's id is written in two steps, the stamp first, so that a row that moves meanwhile never
gets another one's id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from errors import ShopError
from models import DraftProblem, Order, SheetLink, SheetNewRow, SheetRow, transaction
from sync import intake
from sync.cells import CellError, from_json
from sync.drafts import DraftLine, OrderDraft, Problem, Value
from sync.sheets import typed
from sync.sheets.columns import Column
from sync.sheets.layouts import TabPlan
from sync.sheets.looking import Line, Look, digest_of
from sync.sheets.stamps import RowState, key_of
from workflow.actors import Actor

Json = Any
#: Columns only the app writes that say what is ordered while a row is new.
_SAYS = {"shown.customer": "customer", "shown.what": "description", "shown.pieces": "quantity"}
_ORDERS = {"job.in_hands": "in_hands_date", "job.firm": "in_hands_firm"}


@dataclass(frozen=True, slots=True)
class Adoption:
    """A row that is an order now and waits for its stamp; ``base`` is what it said."""

    line: Line
    row_id: int
    key: str
    base: dict[str, Json]
    note: str = ""


@dataclass(slots=True)
class Found:
    """What became of the new rows of a tab."""

    adoptions: list[Adoption] = field(default_factory=list)
    notes: list[tuple[Line, str]] = field(default_factory=list)  # at the row's first cell
    created: list[int] = field(default_factory=list)  # orders
    left: set[str] = field(default_factory=set)  # rows of ours that were looked for and not found


def take(
    link: SheetLink, plan: TabPlan, look: Look, lines: Sequence[Line], actor: Actor, locale: str
) -> Found:
    """Look at the rows without an id; make orders of those that stood there before as they are.

    Args:
        link: the workbook.
        plan: the tab.
        look: the tab as it was read.
        lines: its rows that are nobody's yet.
        actor: whose rights count.
        locale: how people of this workbook write numbers and dates.
    """
    found = Found()
    by_words: dict[str, list[Line]] = {}
    for line in lines:
        if any(value not in ("", False) for value in line.values):
            by_words.setdefault(digest_of(line.values, "", ""), []).append(line)
    known = {
        row.fingerprint: row for row in SheetNewRow.select().where(SheetNewRow.tab == plan.tab)
    }
    _forget(known, by_words)
    for words, some in sorted(by_words.items()):
        line = some[0]
        row = known.get(words)
        if row is None:
            cells = {c.key: v for c, v in zip(look.columns, line.values, strict=True) if v != ""}
            SheetNewRow.create(tab=plan.tab, fingerprint=words, values=cells)
        elif row.row_id is not None:
            _again(plan, look, row, line, found, locale)
        elif not row.problem and _filled(look, line):
            _enter(link, plan, look, line, row, actor, locale, found)
    return found


def _forget(known: dict[str, SheetNewRow], here: dict[str, list[Line]]) -> None:
    """What was typed on meanwhile, or taken out, is not waited for."""
    gone = [row.id for words, row in known.items() if words not in here and row.row_id is None]
    if gone:
        SheetNewRow.delete().where(SheetNewRow.id.in_(gone)).execute()


def _filled(look: Look, line: Line) -> bool:
    needed = [n for n, column in enumerate(look.columns) if column.required]
    return bool(needed) and all(line.values[n] not in ("", False) for n in needed)


def _again(
    plan: TabPlan, look: Look, row: SheetNewRow, line: Line, found: Found, locale: str
) -> None:
    """A row that is an order already: its stamp never arrived, or somebody typed it twice."""
    mine = SheetRow.get_by_id(row.row_id)
    if mine.state == RowState.ADOPTING:
        base, _draft, _problems = _read(plan, look, line, locale)
        found.adoptions.append(Adoption(line, mine.id, mine.key, base))
    elif not row.problem:
        number = getattr(mine.order, "number", "an order")
        row.problem = (
            f"The same words became {number} already, so nothing was entered. If it is a second "
            "order, change a word of this row."
        )
        row.save()
        found.notes.append((line, row.problem))


def _enter(  # noqa: PLR0913 - everything that is known of a row
    link: SheetLink,
    plan: TabPlan,
    look: Look,
    line: Line,
    row: SheetNewRow,
    actor: Actor,
    locale: str,
    found: Found,
) -> None:
    base, draft, problems = _read(plan, look, line, locale)
    name = f"{plan.tab.title}, row {line.at + 1}.json"
    try:
        with transaction():
            incoming = intake.receive(
                "sheet", name, _bytes(link, plan, look, line), actor=actor,
                content_type="application/json", waits="It is being entered from the sheet.",
            )  # fmt: skip
            order = intake.enter_by_hand(incoming.id, draft, actor)
            mine = SheetRow.create(
                tab=plan.tab, key=key_of(link.salt, "order", order.id), order=order,
                state=RowState.ADOPTING.value,
            )  # fmt: skip
            row.row, row.incoming = mine, incoming
            row.save()
    except ShopError as refused:
        row.problem = f"Not entered: {refused}"
        row.save()
        found.notes.append((line, row.problem))
        return
    found.created.append(order.id)
    note = _problems_of(order) if problems or order.waiting != "Done" else ""
    found.adoptions.append(Adoption(line, mine.id, mine.key, base, note))


def _problems_of(order: Order) -> str:
    open_ones = DraftProblem.select().where(
        (DraftProblem.order == order) & DraftProblem.settled_at.is_null()
    )
    said = "; ".join(problem.message for problem in open_ones.limit(5))
    return f"Entered as {order.number}, with questions: {said}." if said else ""


def _bytes(link: SheetLink, plan: TabPlan, look: Look, line: Line) -> bytes:
    cells = {
        column.title: value
        for column, value in zip(look.columns, line.values, strict=True)
        if value not in ("", False)
    }
    said = {"workbook": link.name, "tab": plan.tab.title, "row": line.at + 1, "cells": cells}
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _read(
    plan: TabPlan, look: Look, line: Line, locale: str
) -> tuple[dict[str, Json], OrderDraft, list[Problem]]:
    """A row as a draft; with it, what it says by column, and what could not be read."""
    where = f"tab {plan.tab.title}, row {line.at + 1}"
    values: dict[str, Value] = {"source_channel": "sheet"}
    item: dict[str, Value] = {}
    base: dict[str, Json] = {}
    problems: list[Problem] = []
    customer = ""
    for column, raw in zip(look.columns, line.values, strict=True):
        name = _SAYS.get(column.key) or _header(column)
        if not name or raw in ("", False):
            continue
        try:
            said = typed.read(column.field, raw, locale)
        except CellError as wrong:
            problems.append(Problem(where, name, f"{column.title}: {wrong}", str(raw)[:255]))
            continue
        base[column.key] = said
        if name == "customer":
            customer = str(said)
        elif column.key in _SAYS:
            item[name] = Decimal(str(said)) if name == "quantity" else str(said)[:500]
        else:
            values[name] = from_json(column.field, said)
    _require_pieces(item, where, problems)
    draft = OrderDraft(
        source="sheet",
        customer=customer,
        values=values,
        lines=(DraftLine(where, item),),
        problems=tuple(problems),
    )
    return base, draft, problems


def _require_pieces(item: dict[str, Value], where: str, problems: list[Problem]) -> None:
    quantity = item.get("quantity")
    if isinstance(quantity, Decimal) and quantity <= 0:
        del item["quantity"]
        text = "expected a number of pieces above zero"
        problems.append(Problem(where, "quantity", text, str(quantity)))


def _header(column: Column) -> str:
    level, _, name = column.key.partition(".")
    return name if level == "order" else _ORDERS.get(column.key, "")
