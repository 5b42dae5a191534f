"""Release: an order in review becomes jobs with tasks, or every reason why not is named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import JOIN, fn

import clock
import outbox
from errors import BlockedError, StaleError
from models import (
    Artwork,
    Customer,
    Decoration,
    Department,
    Destination,
    DraftProblem,
    Job,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    Product,
    ScheduleRow,
    Task,
    TaskQuantity,
    Variant,
    transaction,
)
from sync.drafts import DraftLine
from workflow import shop
from workflow.actors import Actor, Right
from workflow.credit import CreditFacts, credit_reasons
from workflow.due import Step, WorkingCalendar, due_dates, minutes_of_work
from workflow.engine import rows
from workflow.engine.docket import Docket, event, lock_order, settle, write_events
from workflow.fields import Catalogue, Field, Level
from workflow.quantities import show
from workflow.routing import (
    Delivery,
    JobFacts,
    JobPlan,
    LineFacts,
    Route,
    Rule,
    route,
    split_into_jobs,
    unserved_methods,
)
from workflow.stages import RANKS, ArtworkState, Stage, Work

_ADDRESSED = frozenset({"ship", "deliver", "install"})


@dataclass(frozen=True)
class Sheet:
    """An order with everything release looks at, read once."""

    order: Order
    customer: Customer | None
    lines: list[OrderLine]  # not cancelled, product loaded
    sizes: dict[int, list[LineSize]]
    schedule: dict[int, list[ScheduleRow]]
    decorations: dict[int, list[Decoration]]
    destinations: list[Destination]
    problems: list[DraftProblem]
    departments: list[Department]
    decided: dict[str, Any]
    catalogue: Catalogue

    def line_facts(self) -> list[LineFacts]:
        """The lines as the split into jobs sees them."""
        return [
            LineFacts(
                id=line.id,
                sizes=tuple((s.size, s.quantity) for s in self.sizes.get(line.id, [])),
                deliveries=tuple(
                    Delivery(
                        row.schedule_quantity,
                        row.schedule_date,
                        row.destination_id,
                        row.schedule_size,
                        row.schedule_firm,
                    )
                    for row in self.schedule.get(line.id, [])
                ),
            )
            for line in self.lines
        ]

    def job_facts(self, line_ids: Iterable[int], fulfillment: str) -> JobFacts:
        """What routing must know of some lines that travel together."""
        lines = [line for line in self.lines if line.id in set(line_ids)]
        decorations = [d for line in lines for d in self.decorations.get(line.id, [])]
        methods = {d.method.strip().casefold() for d in decorations if d.method.strip()}
        tags = {str(t).casefold() for line in lines if line.product for t in line.product.tags}
        named = {d.department_id for d in decorations if d.department_id is not None}
        asked = self.order.mockup_requested or self.order.proof_required
        return JobFacts(
            fulfillment=fulfillment,
            methods=frozenset(methods),
            tags=frozenset(tags),
            departments=frozenset(named),
            decorated=bool(decorations),
            artwork=bool(decorations) or asked,
            buys=any(buys(line) for line in lines),
            brought=any(line.customer_supplied_goods for line in lines),
        )


def product_of(draft: DraftLine) -> Product | None:
    """The product a new line names by its item number, if we have it."""
    sku = str(draft.values.get("sku") or "")
    variant = Variant.get_or_none(Variant.sku == sku) if sku else None
    found = variant.product if variant else None
    return found or (Product.get_or_none(Product.sku == sku) if sku else None)


def buys(line: OrderLine) -> bool:
    """Whether a line's goods must be bought for the order."""
    if line.customer_supplied_goods or line.uom == "HR":
        return False
    return bool(line.product.purchased) if line.product is not None else False


def read_sheet(order: Order) -> Sheet:
    """Read all of an order that release and change orders look at."""
    lines = list(
        OrderLine.select(OrderLine, Product)
        .join(Product, JOIN.LEFT_OUTER)
        .where((OrderLine.order == order) & OrderLine.cancelled_at.is_null())
        .order_by(OrderLine.number)
    )
    ours = OrderLine.select(OrderLine.id).where(OrderLine.order == order)
    return Sheet(
        order=order,
        customer=order.customer if order.customer_id else None,
        lines=lines,
        sizes=_by_line(LineSize.select().where(LineSize.line.in_(ours))),
        schedule=_by_line(ScheduleRow.select().where(ScheduleRow.line.in_(ours))),
        decorations=_by_line(Decoration.select().where(Decoration.line.in_(ours))),
        destinations=list(
            Destination.select().where(Destination.order == order).order_by(Destination.position)
        ),
        problems=list(
            DraftProblem.select()
            .where((DraftProblem.order == order) & DraftProblem.settled_at.is_null())
            .order_by(DraftProblem.id)
        ),
        departments=list(
            Department.select()
            .where(Department.active)
            .order_by(Department.position, Department.id)
        ),
        decided=shop.settings_of_shop(),
        catalogue=shop.catalogue(),
    )


def _by_line(query: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in query.order_by(query.model.position, query.model.id):
        found.setdefault(row.line_id, []).append(row)
    return found


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
    return list(dict.fromkeys(reasons))


def _no_customer(order: Order) -> str:
    named = f" ('{order.customer_name}' is not known)" if order.customer_name else ""
    return f"no customer is chosen{named}"


def _missing_fields(sheet: Sheet) -> list[str]:
    def empty(row: Any, field: Field) -> bool:
        return rows.read(row, field) in (None, "", [])

    stage, catalogue = Stage.REVIEW.value, sheet.catalogue
    reasons = [
        f"{field.label} is missing"
        for field in catalogue.required_at(Level.ORDER, stage)
        if empty(sheet.order, field)
    ]
    for line in sheet.lines:
        reasons += [
            f"line {line.number}: {field.label} is missing"
            for field in catalogue.required_at(Level.LINE, stage)
            if field.name not in {"size", "quantity"} and empty(line, field)
        ]
    for place in _used(sheet):
        reasons += [
            f"{field.label} is missing"
            for field in catalogue.required_at(Level.DESTINATION, stage)
            if empty(place, field)
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


def credit_check(order: Order) -> list[str]:
    """The reasons credit has to stop the order, unless credit was released for its total."""
    if order.credit_released_at is not None and order.grand_total <= order.credit_released_amount:
        return []
    customer = order.customer if order.customer_id else None
    if customer is None or not shop.setting("credit_check"):
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
        credit = credit_check(order)
        order.credit_checked_at = clock.now()
        reasons = release_reasons(sheet) + credit
        if reasons:
            raise BlockedError(f"{order.number} cannot be released", reasons)
        if order.credit_status != "released":
            order.credit_status = "cleared"
        order.released_at, order.released_by = clock.now(), actor.name
        _ask_for_proof(order)
        made = _make_jobs(sheet)
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


def _make_jobs(sheet: Sheet) -> list[Docket]:
    order = sheet.order
    home = sheet.destinations[0]
    plans = split_into_jobs(
        sheet.line_facts(),
        in_hands=order.in_hands_date,
        firm=order.in_hands_firm,
        destination=home.id,
    )
    Job.insert_many(
        [_job_row(sheet, plan, n, len(plans)) for n, plan in enumerate(plans)]
    ).execute()
    jobs = list(Job.select().where(Job.order == order).order_by(Job.position))
    calendar = shop.working_calendar(sheet.decided["weekdays"])
    for job in jobs:
        job.order = order
    return add_items(sheet, list(zip(jobs, plans, strict=True)), calendar)


def _job_row(sheet: Sheet, plan: JobPlan, position: int, count: int) -> dict[str, Any]:
    order = sheet.order
    place = next((p for p in sheet.destinations if p.id == plan.destination), sheet.destinations[0])
    lines = {line.id: line for line in sheet.lines}
    mine = list(dict.fromkeys(lines[line] for line, _size, _qty in plan.items))
    return {
        "order": order.id,
        "number": order.number if count == 1 else f"{order.number}-{position + 1}",
        "position": position,
        "destination": place.id,
        "fulfillment_type": place.fulfillment_type,
        "due_date": plan.date,
        "firm": plan.firm,
        "rank": RANKS.get(order.priority, 0),
        "pieces": sum((qty for _line, _size, qty in plan.items), Decimal(0)),
        "summary": rows.summary(mine),
        "released_at": order.released_at,
    }


def add_items(
    sheet: Sheet, planned: Sequence[tuple[Job, JobPlan]], calendar: WorkingCalendar
) -> list[Docket]:
    """Insert items, tasks and worklists for jobs that have none yet; returns their dockets."""
    lines = {line.id: line for line in sheet.lines}
    _insert_items(lines, planned)
    items = _read_items([job.id for job, _plan in planned], lines)
    tasks: list[dict[str, Any]] = []
    covers: dict[tuple[int, int], list[JobItem]] = {}
    for job, _plan in planned:
        mine = [item for item in items if item.job_id == job.id]
        rows_of_job = task_rows(sheet, job, mine, calendar)
        tasks += [row for row, _covered in rows_of_job]
        covers |= {(job.id, row["department"]): covered for row, covered in rows_of_job}
    if tasks:
        Task.insert_many(tasks).execute()
    made = _read_tasks([job.id for job, _plan in planned], sheet.departments)
    worklist = [
        {"task": task.id, "item": item.id}
        for task in made
        for item in covers[task.job_id, task.department_id]
    ]
    for start in range(0, len(worklist), 400):
        TaskQuantity.insert_many(worklist[start : start + 400]).execute()
    recorded: dict[int, dict[int, TaskQuantity]] = {}
    for row in worklist:
        recorded.setdefault(row["task"], {})[row["item"]] = TaskQuantity(**row)
    return [
        Docket(
            order=sheet.order,
            job=job,
            tasks=[task for task in made if task.job_id == job.id],
            items=[item for item in items if item.job_id == job.id],
            recorded=recorded,
        )
        for job, _plan in planned
    ]


def _insert_items(lines: dict[int, OrderLine], planned: Sequence[tuple[Job, JobPlan]]) -> None:
    found = [
        {
            "job": job.id,
            "line": line,
            "position": position,
            "size": size,
            "quantity": quantity,
            "bought": buys(lines[line]),
            "brought": lines[line].customer_supplied_goods,
        }
        for job, plan in planned
        for position, (line, size, quantity) in enumerate(plan.items)
    ]
    for start in range(0, len(found), 400):
        JobItem.insert_many(found[start : start + 400]).execute()


def _read_items(job_ids: list[int], lines: dict[int, OrderLine]) -> list[JobItem]:
    items = list(
        JobItem.select().where(JobItem.job.in_(job_ids)).order_by(JobItem.position, JobItem.id)
    )
    for item in items:
        if item.line_id in lines:
            item.line = lines[item.line_id]
            item._dirty.clear()
    return items


def _read_tasks(job_ids: list[int], departments: Sequence[Department]) -> list[Task]:
    known = {department.id: department for department in departments}
    tasks = list(Task.select().where(Task.job.in_(job_ids)).order_by(Task.position, Task.id))
    for task in tasks:
        task.department = known[task.department_id]
        task._dirty.clear()
    return tasks


def routes_of(departments: Iterable[Department]) -> list[Route]:
    """Departments as routing sees them."""
    return [Route(d.id, Rule.from_row(d.applies_to or {})) for d in departments]


def task_rows(
    sheet: Sheet, job: Job, items: Sequence[JobItem], calendar: WorkingCalendar
) -> list[tuple[dict[str, Any], list[JobItem]]]:
    """The tasks a job gets, each with the items it covers; worked out line by line."""
    covered = _coverage(sheet, job, items)
    departments = [d for d in sheet.departments if d.id in covered]
    dates = dates_for(job, departments, sheet.decided, calendar)
    return [
        (_task_row(sheet, job, d, covered[d.id], dates[d.id]), covered[d.id]) for d in departments
    ]


def _coverage(sheet: Sheet, job: Job, items: Sequence[JobItem]) -> dict[int, list[JobItem]]:
    routes = routes_of(sheet.departments)
    works = {d.id: Work(d.work) for d in sheet.departments}
    whole = sheet.job_facts([item.line_id for item in items], job.fulfillment_type)
    covered: dict[int, list[JobItem]] = {d: [] for d in route(routes, whole)}
    by_line: dict[int, list[JobItem]] = {}
    for item in items:
        by_line.setdefault(item.line_id, []).append(item)
    for line_id, mine in by_line.items():
        facts = sheet.job_facts([line_id], job.fulfillment_type)
        for department in route(routes, facts):
            if department in covered and works[department] is not Work.ARTWORK:
                covered[department] += mine
    return {
        department: found
        for department, found in covered.items()
        if found or works[department] is Work.ARTWORK
    }


def dates_for(
    job: Job,
    departments: Sequence[Department],
    decided: dict[str, Any],
    calendar: WorkingCalendar,
) -> dict[int, date | None]:
    """Every department's due date for a job, counted backwards."""
    transit = int(decided["transit_days"].get(job.fulfillment_type, 0))
    steps = [Step(d.id, d.position, d.lead_days) for d in departments]
    return due_dates(job.due_date, transit, steps, calendar)


def _task_row(
    sheet: Sheet,
    job: Job,
    department: Department,
    items: Sequence[JobItem],
    due: date | None,
) -> dict[str, Any]:
    work = Work(department.work)
    pieces = sum((item.quantity for item in items), Decimal(0))
    decorations = _decorations_for(sheet, department, items)
    minutes = minutes_of_work(
        department.setup_minutes, department.minutes_per_piece, pieces, len(decorations)
    )
    return {
        "job": job.id,
        "department": department.id,
        "position": department.position,
        "due_date": due,
        "minutes": minutes,
        "quantity": pieces,
        "detail": _detail(work, job, decorations, sheet)[:255],
    }


def _decorations_for(
    sheet: Sheet, department: Department, items: Sequence[JobItem]
) -> list[Decoration]:
    if department.work != Work.PRODUCTION:
        return []
    methods = Rule.from_row(department.applies_to or {}).methods
    lines = dict.fromkeys(item.line_id for item in items)
    return [
        d
        for line in lines
        for d in sheet.decorations.get(line, [])
        if d.department_id == department.id
        or (d.department_id is None and (not methods or d.method.strip().casefold() in methods))
    ]


def _detail(work: Work, job: Job, decorations: Sequence[Decoration], sheet: Sheet) -> str:
    """What a department must know at a glance: "Front · 2 colours · PMS 186, White"."""
    if work in {Work.PACKAGING, Work.HANDOVER}:
        place = next((p for p in sheet.destinations if p.id == job.destination_id), None)
        carrier = f"{place.carrier} {place.service_level}".strip() if place else ""
        return " · ".join(
            part for part in (job.fulfillment_type, carrier, str(place or "")) if part
        )
    if work is Work.ARTWORK:
        decorations = [d for found in sheet.decorations.values() for d in found]
    parts = []
    for decoration in decorations:
        colors = ", ".join(map(str, decoration.imprint_colors or []))
        count = f"{decoration.color_count} col." if decoration.color_count else ""
        words = (decoration.location or decoration.method, count, colors)
        parts.append(" · ".join(word for word in words if word))
    return "; ".join(dict.fromkeys(part for part in parts if part))
