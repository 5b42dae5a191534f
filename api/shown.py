"""Orders as programs see them: JSON by the names of the catalogue, money only for who may see it.

A field that is empty is left out.
"""

from typing import Any

from api.kinds import fields_of
from api.order_reads import OrderParts, tells_price
from api.shown_work import job_in_order
from api.values import Json, filled, moment, moments, number, numbers, words
from models import Charge, Customer, DraftProblem, Hold, Order, OrderEvent, OrderLine
from workflow.fields import Catalogue, Level

# ---------------------------------------------------------------- orders


def order_in_list(row: Order, catalogue: Catalogue, *, with_money: bool) -> Json:
    """An order's own fields and where it is."""
    return _head(row, fields_of(catalogue, Level.ORDER, with_money=with_money)) | (
        numbers(row, "subtotal", "grand_total") | words(row, "credit_status") if with_money else {}
    )


def _head(row: Order, fields: Any) -> Json:
    found = filled(row, fields)
    found |= words(
        row, "number", "version", "revision", "stage", "waiting", "on_hold", "customer_name",
        "summary", "artwork_state", "released_by", "created_by", "cancel_reason",
    )  # fmt: skip
    found |= moments(
        row, "received_at", "created_at", "updated_at", "released_at", "notes_read_at",
        "closed_at", "cancelled_at",
    )  # fmt: skip
    found["customer"] = _customer(row.customer) if row.customer is not None else None
    for person in ("sales_rep", "account_manager"):
        found[person] = str(getattr(row, person)) if getattr(row, f"{person}_id") else None
    return found | {"pieces": number(row.pieces), "incoming": row.incoming_id}


def _customer(row: Customer) -> Json:
    return words(row, "id", "code", "name")


def order(parts: OrderParts, catalogue: Catalogue, *, with_money: bool) -> Json:
    """One order with everything in it."""
    row = parts.order
    found = order_in_list(row, catalogue, with_money=with_money)
    places = fields_of(catalogue, Level.DESTINATION, with_money=with_money)
    found["destinations"] = [
        {"position": place.position, **filled(place, places)} for place in parts.places
    ]
    found["lines"] = _lines(parts, catalogue, with_money=with_money)
    own = fields_of(catalogue, Level.JOB, with_money=with_money)
    positions = {place.id: place.position for place in parts.places}
    found["jobs"] = [
        job_in_order(job, parts, own, positions, with_money=with_money) for job in parts.jobs
    ]
    found["problems"] = [problem(p, with_money=with_money) for p in parts.problems]
    numbers_of_jobs = {job.id: job.number for job in parts.jobs}
    found["holds"] = [hold(h, row.number, numbers_of_jobs.get(h.job_id or 0)) for h in parts.holds]
    found["reasons"] = parts.reasons
    found["sources"] = {name: str(where) for name, where in (row.sources or {}).items()}
    if with_money:
        found["charges"] = [_charge(charge) for charge in parts.charges]
    return found


def _lines(parts: OrderParts, catalogue: Catalogue, *, with_money: bool) -> list[Json]:
    line_fields, delivery_fields, decoration_fields = (
        fields_of(catalogue, level, with_money=with_money)
        for level in (Level.LINE, Level.SCHEDULE, Level.DECORATION)
    )
    for name in ("size", "quantity"):  # they stand in the sizes
        line_fields.pop(name, None)
    positions = {place.id: place.position for place in parts.places}
    found = []
    for line in parts.lines:
        made = _line(line, parts, line_fields, with_money=with_money)
        made["schedule"] = [
            {**filled(row, delivery_fields), "destination": positions.get(row.destination_id or 0)}
            for row in parts.schedule.get(line.id, ())
        ]
        made["decorations"] = [
            filled(row, decoration_fields) for row in parts.decorations.get(line.id, ())
        ]
        found.append(made)
    return found


def _line(line: OrderLine, parts: OrderParts, fields: Any, *, with_money: bool) -> Json:
    sizes = parts.sizes.get(line.id, ())
    found = filled(line, fields)
    found |= {"id": line.id, "number": line.number, "product": line.product_id}
    found |= {"quantity": number(line.quantity), "sizes": []}
    if len(sizes) > 1:
        found["sizes"] = [{"size": s.size, "quantity": number(s.quantity)} for s in sizes]
    elif sizes and sizes[0].size:
        found["size"] = sizes[0].size
    found |= words(line, "address", "cancel_reason") | moments(line, "cancelled_at")
    return found | (numbers(line, "line_total") if with_money else {})


def _charge(row: Charge) -> Json:
    """A discount's price is sent and shown without its sign."""
    price = abs(row.unit_price) if row.kind == "discount" else row.unit_price
    found = words(row, "kind", "name") | numbers(row, "quantity", "amount")
    return found | {"unit_price": number(price), "line": row.line_id}


# ---------------------------------------------------------------- beside


def problem(row: DraftProblem, *, with_money: bool) -> Json:
    """One thing a person has to settle before release."""
    found = words(row, "id", "address", "field", "message", "found") | {"line": row.line_id}
    if not with_money and tells_price(row.field):
        found |= {"message": "a price is not clear", "found": ""}
    return found


def hold(row: Hold, order_number: str, job_number: str | None) -> Json:
    """Why something stands still, who must act, and what is next."""
    found = words(row, "id", "reason_code", "owner", "next_action", "note", "placed_by", "ended_by")
    return found | moments(row, "since", "ended_at") | {"order": order_number, "job": job_number}


def event(row: OrderEvent, *, with_money: bool) -> Json:
    """What happened; whoever may not see money reads that a price changed, not which."""
    found = words(row, "id", "actor", "kind", "text", "before", "after")
    found |= {"at": moment(row.at), "job": row.job.number if row.job is not None else None}
    if with_money:
        return found
    if row.kind == "credit_released":
        return found | {"text": f"{row.actor} released credit", "before": None, "after": None}
    if not (isinstance(row.before or {}, dict) and isinstance(row.after or {}, dict)):
        return found
    return found | _without_prices(row)


def _without_prices(row: OrderEvent) -> Json:
    before, after = dict(row.before or {}), dict(row.after or {})
    names = [*dict.fromkeys([*before, *after])]
    hidden = [name for name in names if tells_price(name.rpartition(".")[2])]
    if not hidden:
        return {}
    left = [f"{n}: {before.get(n)} → {after.get(n)}" for n in names if n not in hidden]
    for name in hidden:
        before.pop(name, None)
        after.pop(name, None)
    return {"text": "; ".join(["changed", *left, "prices"]), "before": before, "after": after}
