"""What managers changed goes into the shop: order by order, each in a transaction of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from errors import ShopError
from models import SheetEvent, SheetLink, transaction
from sync.sheets import edits, facts, store
from sync.sheets.plan import Turn
from sync.sheets.tabs import TabWork
from workflow.actors import Actor

Json = Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """One cell somebody changed."""

    tab: TabWork
    key: str
    source: str
    value: Json


@dataclass(slots=True)
class Outcome:
    """What came of the changes of a cycle."""

    taken: int = 0
    refused: int = 0
    orders: set[int] = field(default_factory=set)
    told: list[SheetEvent] = field(default_factory=list)  # what the app had where the sheet won
    applied: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    refusals: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)


def take(link: SheetLink, tabs: Sequence[TabWork], author: str) -> Outcome:
    """Make every change the first plans ask for, by the engine's rules.

    A refusal stops one cell, not its neighbours.  Two rows that want different values for the
    same field of an order are asked in the order of tabs and keys; the second is merged again
    with the next cycle.
    """
    outcome = Outcome()
    actor = edits.actor_of(link, author)
    by_order: dict[int, list[Wanted]] = {}
    for tab in tabs:
        for key, plan in sorted(tab.first.items()):
            order_id = tab.facts[key].order_id
            if order_id is not None and plan.takes:
                some = by_order.setdefault(order_id, [])
                some += [Wanted(tab, key, s, v) for s, v in plan.takes.items()]
    for order_id, wanted in sorted(by_order.items()):
        _take_order(link, order_id, wanted, actor, outcome)
    for tab in tabs:
        for key in tab.first:
            turn = tab.turns.get(key, Turn())
            tab.turns[key] = Turn(
                outcome.applied.get((tab.key, key), {}), outcome.refusals.get((tab.key, key), {}),
                turn.retry, turn.restore, turn.returned,
            )  # fmt: skip
    return outcome


def _take_order(
    link: SheetLink, order_id: int, wanted: Sequence[Wanted], actor: Actor, outcome: Outcome
) -> None:
    with transaction():
        edits.lock(order_id)
        still = _unchanged(link, order_id, wanted)
        jobs: dict[tuple[str, str], list[Wanted]] = {}
        said: dict[str, Json] = {}
        for one in still:
            shared = one.source.startswith("order.") or one.tab.facts[one.key].job_id is None
            name = one.source if shared else f"{one.tab.facts[one.key].job_id}:{one.source}"
            if said.setdefault(name, one.value) == one.value:
                jobs.setdefault((one.tab.key, one.key), []).append(one)
        for some in jobs.values():
            _take_row(link, order_id, some, actor, outcome)
    outcome.orders.add(order_id)


def _unchanged(link: SheetLink, order_id: int, wanted: Sequence[Wanted]) -> list[Wanted]:
    """The changes whose cell the app still holds as the merge saw it."""
    now: dict[str, dict[str, facts.Fact]] = {}
    for one in wanted:
        if one.tab.key not in now:
            now[one.tab.key] = facts.load(link, one.tab.plan, [order_id])
    return [one for one in wanted if _same(one, now[one.tab.key].get(one.key))]


def _same(one: Wanted, now: facts.Fact | None) -> bool:
    before = one.tab.facts[one.key]
    return (
        now is not None
        and now.job_id == before.job_id
        and now.values.get(one.source) == before.values.get(one.source)
    )


def _take_row(
    link: SheetLink, order_id: int, some: Sequence[Wanted], actor: Actor, outcome: Outcome
) -> None:
    """All changes of a row at once; where that is refused, one after the other."""
    tab, key = some[0].tab, some[0].key
    job_id = tab.facts[key].job_id
    values = {one.source: one.value for one in some}
    groups: list[Mapping[str, Json]] = [values]
    wrong = _try(order_id, job_id, values, actor)
    if wrong and len(values) > 1:
        groups = [{source: value} for source, value in values.items()]
    for group in groups:
        refused = wrong if len(groups) == 1 else _try(order_id, job_id, group, actor)
        place = (tab.key, key)
        if refused:
            outcome.refusals.setdefault(place, {}).update(dict.fromkeys(group, refused))
            outcome.refused += len(group)
        else:
            outcome.applied.setdefault(place, {}).update(group)
            outcome.taken += len(group)
            outcome.told += _log_lost(link, tab, key, group, actor)


def _try(order_id: int, job_id: int | None, values: Mapping[str, Json], actor: Actor) -> str:
    try:
        edits.make(order_id, job_id, values, actor)
    except ShopError as refused:
        return str(refused).rstrip(".")
    return ""


def _log_lost(
    link: SheetLink, tab: TabWork, key: str, group: Mapping[str, Json], actor: Actor
) -> list[SheetEvent]:
    """What the app had where the sheet wins, in the transaction that replaces it."""
    logs = [log for log in tab.first[key].logs if log.side == "app" and log.source in group]
    who = actor.name if actor.name != "sheet" else ""
    return store.write_log(link, tab.rows[key], logs, who=who)
