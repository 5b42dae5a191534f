"""What a file was read as, in JSON, and how two readings differ in words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sync.amounts import clipped, plain
from sync.drafts import OrderDraft, Value, Values

MOST_DIFFERENCES = 40
_MOST_LINES = 2000  # a sample of more lines is compared by its first ones and its sums

Snapshot = list[dict[str, Any]]


def snapshot(drafts: Iterable[OrderDraft]) -> Snapshot:
    """Drafts as JSON, without what only says where things stood."""
    return [_draft(draft) for draft in drafts]


def differences(before: Snapshot, now: Snapshot) -> list[str]:
    """Say how a reading differs from an earlier one; empty where both are the same."""
    said = []
    if len(before) != len(now):
        said.append(f"{_orders(len(before))} before, {_orders(len(now))} now")
    for number, (old, new) in enumerate(zip(before, now, strict=False), start=1):
        name = f"order {number}: " if len(before) > 1 else ""
        said += [f"{name}{sentence}" for sentence in _between(old, new)]
        if len(said) >= MOST_DIFFERENCES:
            return [*said[: MOST_DIFFERENCES - 1], "and more"]
    return said


def totals(drafts: Sequence[OrderDraft]) -> tuple[int, Decimal]:
    """How many lines drafts have, and how many pieces."""
    lines = [line for draft in drafts for line in draft.lines]
    return len(lines), sum((line.quantity or Decimal(0) for line in lines), Decimal(0))


# ---------------------------------------------------------------- to JSON


def _draft(draft: OrderDraft) -> dict[str, Any]:
    lines, pieces = totals([draft])
    return {
        "customer": draft.customer,
        "values": _values(draft.values),
        "destinations": [_values(place) for place in draft.destinations],
        "lines": [
            {
                "address": line.address,
                "values": _values(line.values),
                "sizes": [[size, plain(pieces)] for size, pieces in line.sizes],
                "deliveries": [
                    [plain(row.quantity), row.date.isoformat() if row.date else "", row.size]
                    for row in line.schedule
                ],
                "decorations": [_values(one.values) for one in line.decorations],
            }
            for line in draft.lines[:_MOST_LINES]
        ],
        "count": lines,
        "pieces": plain(pieces),
        "problems": sorted(f"{p.address}, {p.field}" for p in draft.problems)[:_MOST_LINES],
    }


def _values(values: Values) -> dict[str, Any]:
    return {name: _plain(value) for name, value in sorted(values.items()) if value is not None}


def _plain(value: Value) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


# ---------------------------------------------------------------- in words


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    said = []
    for name, label in (("count", "lines"), ("pieces", "pieces")):
        if old.get(name) != new.get(name):
            said.append(f"{old.get(name)} {label} before, {new.get(name)} now")
    if old.get("customer") != new.get("customer"):
        said.append(_changed("customer", old.get("customer"), new.get("customer")))
    said += _values_between("", old["values"], new["values"])
    for before, now in zip(old["destinations"] or [{}], new["destinations"] or [{}], strict=False):
        said += _values_between("", before, now)
    known = {line["address"]: line for line in old["lines"]}
    for line in new["lines"]:
        before = known.pop(line["address"], None)
        if before is None:
            said.append(f"{line['address']} is a line now")
        elif before != line:
            said += _lines_between(before, line)
    said += [f"{address} is no line any more" for address in known]
    gone = [p for p in old["problems"] if p not in new["problems"]]
    came = [p for p in new["problems"] if p not in old["problems"]]
    return said + [f"new problem: {p}" for p in came] + [f"problem is gone: {p}" for p in gone]


def _lines_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    where = f"{new['address']}, "
    said = _values_between(where, old["values"], new["values"])
    for name in ("sizes", "deliveries", "decorations"):
        if old[name] != new[name]:
            said.append(where + _changed(name, _short(old[name]), _short(new[name])))
    return said


def _values_between(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = sorted(old.keys() | new.keys())
    return [
        where + _changed(name.replace("_", " "), old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _changed(name: str, old: Any, new: Any) -> str:
    return f"{name}: {_short(old)} before, {_short(new)} now"


def _short(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "nothing"
    if isinstance(value, list):
        return clipped(
            ", ".join(" ".join(map(str, v)) if isinstance(v, list) else str(v) for v in value), 80
        )
    return f"'{clipped(str(value), 80)}'"
