"""What happened to an order, in words; without prices for whoever may not see them."""

from dataclasses import dataclass

from admin.order_typed import tells_money
from models import ChangeOrder, DraftProblem, OrderEvent
from workflow.fields import Catalogue, Level


@dataclass(frozen=True)
class Told:
    """Tells one person what happened; ``hidden`` are the fields whose values they may not see."""

    hidden: frozenset[str]

    def event(self, event: OrderEvent) -> str:
        """One line of history."""
        if not self.hidden:
            return str(event.text)
        if event.kind == "credit_released":
            return f"{event.actor} released credit"
        if event.kind == "problem_settled":
            return "a question about the document was settled"
        changed = _change_of(event)
        if not any(self._hides(name) for name in changed):
            return str(event.text)
        said = [f"{n}: {b} → {a}" for n, (b, a) in changed.items() if not self._hides(n)]
        return "changed: " + "; ".join([*said, "prices"])

    def change(self, change: ChangeOrder) -> str:
        """What a change order changed."""
        parts = change.difference or []
        open_ones = [d for d in parts if not self._hides(str(d.get("field")))]
        if len(open_ones) == len(parts):
            return str(change.summary)
        said = [f"{d['where']} {d['field']}: {d['before']} → {d['after']}" for d in open_ones]
        return "; ".join([*said, "prices"])

    def problem(self, problem: DraftProblem) -> tuple[str, str]:
        """What is unclear, and the text that stood there."""
        if self._hides(problem.field):
            return "a price is not clear", ""
        return problem.message, problem.found

    def _hides(self, name: str) -> bool:
        """Names come as ``unit_price``, ``line 2.unit_price`` or ``decoration 1 setup_charge``."""
        return name.replace(".", " ").rpartition(" ")[2] in self.hidden


def told_to(catalogue: Catalogue, *, with_money: bool) -> Told:
    """How the history is told to somebody."""
    if with_money:
        return Told(frozenset())
    return Told(frozenset(f.name for level in Level for f in catalogue.of(level) if tells_money(f)))


def _change_of(event: OrderEvent) -> dict[str, tuple[object, object]]:
    before, after = event.before or {}, event.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return {}
    return {name: (before.get(name), after.get(name)) for name in {**before, **after}}
