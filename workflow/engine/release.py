"""Release: an order in review goes to the departments, or every reason why not is named."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from peewee import fn

import clock
import outbox
from errors import BlockedError, StaleError
from models import (
    Artwork,
    Customer,
    Destination,
    Order,
    OrderLine,
    ScheduleRow,
    transaction,
)
from workflow import shop
from workflow.actors import Actor, Right
from workflow.credit import CreditFacts, credit_reasons
from workflow.engine import rows
from workflow.engine.docket import event, lock_order, settle, write_events
from workflow.engine.jobs import make_jobs
from workflow.engine.sheet import Sheet, read_sheet, routes_of
from workflow.fields import Level
from workflow.quantities import show
from workflow.routing import (
    Route,
    route,
    unserved_methods,
)
from workflow.stages import ArtworkState, Stage

_ADDRESSED = frozenset({"ship", "deliver", "install"})


# ---------------------------------------------------------------- reasons


def why_not_released(order: Order) -> list[str]:
    """Every reason why the order may not be released now, in words; empty if it may."""
    return release_reasons(read_sheet(order)) + credit_check(order)


def release_reasons(sheet: Sheet) -> list[str]:
    """The reasons that are not about credit."""
    order = sheet.order
    reasons = [] if sheet.customer is not None else [_no_customer(order)]
    reasons += [f"{problem.address}, {problem.message}".lstrip(", ") for problem in sheet.problems]
    reasons += _missing_fields(sheet)
    if not sheet.lines:
        reasons.append("there is no line")
    reasons += [r for line in sheet.lines for r in _line_reasons(sheet, line)]
    reasons += [r for place in _used(sheet) for r in _place_reasons(place)]
    if _has_instructions(sheet) and order.notes_read_at is None:
        reasons.append("the customer's instructions have not been marked as read")
    if order.on_hold:
        reasons.append("the order is on hold")
    facts = sheet.job_facts([line.id for line in sheet.lines], "ship")
    routes = routes_of(sheet.departments)
    reasons += [f"no department does '{m}'" for m in unserved_methods(routes, facts)]
    if sheet.lines and not _all_routed(sheet, routes):
        reasons.append("no department takes these goods; see Set-up, Departments")
    return list(dict.fromkeys(reasons))


def _all_routed(sheet: Sheet, routes: list[Route]) -> bool:
    """Whether somebody works on every line; else it would be done by being released."""
    hand_overs = {place.fulfillment_type for place in _used(sheet)}
    return all(
        route(routes, sheet.job_facts([line.id], way)) for line in sheet.lines for way in hand_overs
    )


def _no_customer(order: Order) -> str:
    named = f" ('{order.customer_name}' is not known)" if order.customer_name else ""
    return f"no customer is chosen{named}"


def _missing_fields(sheet: Sheet) -> list[str]:
    stage = Stage.REVIEW.value
    reasons = rows.missing_fields(sheet.order, None, sheet.lines, sheet.catalogue, stage)
    for place in _used(sheet):
        reasons += [
            f"{field.label} is missing"
            for field in sheet.catalogue.required_at(Level.DESTINATION, stage)
            if rows.read(place, field) in (None, "", [])
        ]
    return reasons


def _line_reasons(sheet: Sheet, line: OrderLine) -> list[str]:
    where, deliveries = f"line {line.number}", sheet.schedule.get(line.id, [])
    reasons = []
    if line.quantity <= 0:
        reasons.append(f"{where}: no quantity")
    if not (line.description or line.sku):
        reasons.append(f"{where}: neither item nor description")
    if sheet.decided["prices_required"] and not _priced(sheet.order, line, deliveries):
        reasons.append(f"{where}: no price")
    promised = sum((row.schedule_quantity for row in deliveries), Decimal(0))
    if promised > line.quantity:
        beyond = show(promised - line.quantity)
        reasons.append(f"{where}: its deliveries have {beyond} more than the line")
    return reasons


def _priced(order: Order, line: OrderLine, deliveries: Sequence[ScheduleRow]) -> bool:
    if line.unit_price is not None or order.order_kind != "standard":
        return True
    return bool(deliveries) and all(row.schedule_unit_price is not None for row in deliveries)


def _used(sheet: Sheet) -> list[Destination]:
    """The destinations something goes to; the first is the order's own."""
    named = {r.destination_id for found in sheet.schedule.values() for r in found}
    return [p for n, p in enumerate(sheet.destinations) if n == 0 or p.id in named]


def _place_reasons(place: Destination) -> list[str]:
    if place.fulfillment_type not in _ADDRESSED:
        return []
    where = "ship to" if place.position == 0 else f"ship to {place.position + 1}"
    missing = [
        label
        for label, value in (
            ("name or company", place.ship_to_name or place.ship_to_company),
            ("address", place.ship_to_address1),
            ("city", place.ship_to_city),
        )
        if not value
    ]
    return [f"{where}: {' and '.join(missing)} missing"] if missing else []


def _has_instructions(sheet: Sheet) -> bool:
    extra = sheet.order.extra or {}
    return bool(
        sheet.order.customer_notes
        or extra.get("art_instructions")
        or any(line.special_instructions for line in sheet.lines)
    )


# ---------------------------------------------------------------- credit


def credit_check(order: Order, decided: dict[str, Any] | None = None) -> list[str]:
    """The reasons credit has to stop the order, unless credit was released for its total.

    ``decided`` are the shop's settings, where the caller has read them already.
    """
    if order.credit_released_at is not None and order.grand_total <= order.credit_released_amount:
        return []
    customer = order.customer if order.customer_id else None
    if customer is None:
        return []
    if not (shop.setting("credit_check") if decided is None else decided["credit_check"]):
        return []
    return credit_reasons(
        CreditFacts(
            customer=customer.name,
            blocked=customer.credit_blocked,
            overdue=customer.overdue_amount,
            limit=customer.credit_limit,
            receivables=customer.open_receivables,
            open_orders=_open_orders(customer, order)
            if customer.credit_limit is not None
            else Decimal(0),
            this_order=order.grand_total,
            terms=order.payment_terms,
            deposit_percent=order.deposit_percent,
            deposit_paid=order.deposit_paid,
            currency=order.currency,
        )
    )


def _open_orders(customer: Customer, but: Order) -> Decimal:
    """What the customer's other released orders will cost, exactly."""
    scaled = (
        Order.select(fn.COALESCE(fn.SUM(Order.grand_total.cast("BIGINT")), 0))
        .where(
            (Order.customer == customer)
            & Order.closed_at.is_null()
            & Order.released_at.is_null(False)
            & (Order.id != but.id)
        )
        .tuples()
        .first()[0]
    )
    return Decimal(int(scaled)).scaleb(-Order.grand_total.places)


def release_credit(order_id: int, actor: Actor) -> Order:
    """Let an order pass that credit stopped; records who, when and for how much.

    Raises:
        ForbiddenError: the actor has not the right to release credit.
        BlockedError: credit does not stop the order.
    """
    actor.require(Right.RELEASE_CREDIT)
    with transaction():
        order = lock_order(order_id)
        reasons = credit_check(order)
        if not reasons:
            raise BlockedError(
                f"{order.number} needs no credit release", ["credit does not stop it"]
            )
        order.credit_status, order.credit_released_by = "released", actor.name
        order.credit_released_at, order.credit_released_amount = clock.now(), order.grand_total
        order.version += 1
        order.save()
        amount = f"{order.grand_total:,.2f} {order.currency}"
        text = f"{actor.name} released credit for {amount} although " + "; ".join(reasons)
        write_events([event(order, actor, "credit_released", text)])
    return order


# ---------------------------------------------------------------- release


def release(order_id: int, actor: Actor) -> Order:
    """Send an order to the departments.

    Raises:
        StaleError: somebody released it first.
        BlockedError: it may not go; ``reasons`` holds every one.
    """
    actor.require(Right.RELEASE)
    with transaction():
        order = lock_order(order_id)
        if order.cancelled_at is not None:
            raise BlockedError(f"{order.number} cannot be released", ["it was cancelled"])
        if order.released_at is not None:
            at = clock.local(order.released_at)
            raise StaleError(
                f"{order.number} was already released by {order.released_by} at {at:%H:%M}."
            )
        sheet = read_sheet(order)
        credit = credit_check(order, sheet.decided)
        order.credit_checked_at = clock.now()
        reasons = release_reasons(sheet) + credit
        if reasons:
            raise BlockedError(f"{order.number} cannot be released", reasons)
        if order.credit_status != "released":
            order.credit_status = "cleared"
        order.released_at, order.released_by = clock.now(), actor.name
        order.version += 1
        _ask_for_proof(order)
        made = make_jobs(sheet)
        for docket in made:
            docket.events.append(
                event(order, actor, "released", f"{docket.job.number} released", about=docket.job)
            )
        settle(order, made, actor)
        outbox.add(
            "message",
            {"event": "confirmed", "order_id": order.id},
            key=f"message:confirmed:{order.id}",
            order=order,
        )
    return order


def _ask_for_proof(order: Order) -> None:
    """A proof that was asked for is a picture to settle, also before any file is there."""
    asked = order.mockup_requested or order.proof_required
    if asked and not Artwork.select().where(Artwork.order == order).exists():
        Artwork.create(order=order, name="Proof", proof_required=True)
        order.artwork_state = ArtworkState.AWAITING.value
