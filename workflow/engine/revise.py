"""A change after release: what it does to jobs and tasks, and who must acknowledge it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import clock
from errors import BlockedError, InvalidError
from models import (
    ChangeOrder,
    Decoration,
    Department,
    Destination,
    JobItem,
    LineSize,
    Order,
    OrderLine,
    ScheduleRow,
    Task,
    TaskQuantity,
)
from sync.drafts import DraftLine, DraftSchedule
from workflow import shop
from workflow.actors import Actor
from workflow.engine import customers, endings, jobs, rows
from workflow.engine import sheet as sheets
from workflow.engine.docket import Docket, dockets, event, item_label, settle, write_events
from workflow.fields import Catalogue, Level
from workflow.quantities import show, total
from workflow.stages import RANKS, Stage, Work

#: Header fields no department works by: changing them needs nobody's acknowledgment.
_QUIET = frozenset(
    {
        "internal_notes", "credit_status", "deposit_paid", "payment_terms", "deposit_percent",
        "discount_percent", "discount_amount", "freight_charge", "tax_amount", "currency",
        "source_channel", "commission_rate", "invoice_number", "invoice_sent_on", "tags",
    }
)  # fmt: skip


def announce(
    order: Order,
    differences: list[dict[str, Any]],
    actor: Actor,
    touched: Sequence[Docket] = (),
    reason: str = "",
) -> None:
    """Write the change down; after release give it a revision and tell the departments.

    ``touched`` are the order's dockets where the caller has changed them already, ``reason`` why
    a promised date moves, in words for the customer.
    """
    text = "; ".join(_words(d) for d in differences) or "totals recalculated"
    changed = event(order, actor, "changed", f"{order.number} changed: {text}")
    changed["before"] = {f"{d['where']}.{d['field']}": d["before"] for d in differences}
    changed["after"] = {f"{d['where']}.{d['field']}": d["after"] for d in differences}
    if order.released_at is None:
        order.version += 1
        order.updated_at = clock.now()
        order.save()
        write_events([changed])
        return
    order.revision += 1
    order.version += 1
    ChangeOrder.create(
        order=order, revision=order.revision, summary=text, difference=differences, by=actor.name
    )
    changed["kind"] = "change_order"
    found = list(touched) or dockets(order)
    _follow_header(order, found, differences, reason)
    loud = [d for d in differences if d["field"] not in _QUIET]
    if loud:
        said = f"Change {order.revision}: " + "; ".join(_words(d) for d in loud)
        for task in (t for docket in found for t in docket.tasks if t.closed_at is None):
            task.must_acknowledge = said[:255]
    if found:
        found[0].events.append(changed)
    settle(order, found, actor)


def _words(difference: dict[str, Any]) -> str:
    where = "" if difference["where"] == "order" else f"{difference['where']} "
    before, after = difference["before"], difference["after"]
    if before in (None, ""):
        return f"{where}{difference['field']}: {after}"
    if after in (None, ""):
        return f"{where}{difference['field']} removed ({before})"
    return f"{where}{difference['field']}: {before} → {after}"


def _follow_header(
    order: Order, found: list[Docket], differences: Sequence[dict[str, Any]], reason: str
) -> None:
    """Dates, firmness, priority and ways of hand-over of the order reach its jobs."""
    changed = {d["field"]: d for d in differences if d["where"] == "order"}
    places = {p.id: p for p in Destination.select().where(Destination.order == order)}
    redate: list[Docket] = []
    for docket in (d for d in found if d.job.closed_at is None):
        job = docket.job
        moved = changed.get("in_hands_date")
        if moved is not None and str(job.due_date or "") == (moved["before"] or ""):
            before, job.due_date = job.due_date, order.in_hands_date
            redate.append(docket)
            customers.tell_new_date(order, job, before, reason)
        if "in_hands_firm" in changed:
            job.firm = order.in_hands_firm
        if "priority" in changed:
            job.rank = RANKS.get(order.priority, 0)
        place = places.get(job.destination_id or 0)
        if place is not None and place.fulfillment_type != job.fulfillment_type:
            _change_fulfillment(docket, place.fulfillment_type)
            redate.append(docket)
    set_due_dates(redate)


def set_due_dates(found: Sequence[Docket]) -> None:
    """Count the departments' due dates anew for jobs whose date or hand-over changed."""
    if not found:
        return
    decided = shop.settings_of_shop()
    calendar = shop.working_calendar(decided["weekdays"])
    for docket in found:
        departments = [task.department for task in docket.tasks]
        dates = jobs.dates_for(docket.job, departments, decided, calendar)
        for task in docket.tasks:
            if task.closed_at is None:
                task.due_date = dates[task.department_id]
                task.planned_date = None


def _change_fulfillment(docket: Docket, fulfillment: str) -> None:
    """Another way of hand-over: the old department's task is taken off, the new one's made."""
    job = docket.job
    gone = total(task.good for task in docket.tasks if task.department.work == Work.HANDOVER)
    if gone:
        raise BlockedError(
            f"The hand-over of {job.number} cannot be changed",
            [f"{show(gone)} pieces have been handed over already"],
        )
    job.fulfillment_type = fulfillment
    job.save()
    ensure_tasks(sheets.read_sheet(docket.order), [docket])


def ensure_tasks(sheet: sheets.Sheet, found: Sequence[Docket]) -> None:
    """Give jobs the tasks and worklists their lines now call for; take off what they don't.

    Raises:
        BlockedError: a department would come before work that was done already; every one named.
    """
    calendar = shop.working_calendar(sheet.decided["weekdays"])
    for docket in found:
        wanted = jobs.task_rows(sheet, docket.job, docket.items, calendar)
        have = {task.department_id: task for task in docket.tasks}
        for row, covered in wanted:
            task = have.get(row["department"]) or _new_task(docket, row, sheet.departments)
            task.quantity, task.detail, task.minutes = (
                row["quantity"],
                row["detail"],
                row["minutes"],
            )
            if task.closed_at is not None and task.outcome == "cancelled":
                _open_again(task)
            _cover(docket, task, covered)
        kept = {row["department"] for row, _covered in wanted}
        for task in docket.tasks:
            if task.department_id not in kept and task.closed_at is None:
                task.closed_at, task.closed_by = clock.now(), "a change"
                task.outcome = "cancelled"
    reasons = [reason for docket in found for reason in _overtaken(docket)]
    if reasons:
        raise BlockedError("The change comes too late for some pieces", reasons)


def _overtaken(docket: Docket) -> list[str]:
    """Open steps of production whose pieces a later department has worked on already."""
    found = []
    for task in docket.tasks:
        if task.closed_at is not None or task.department.stage == Stage.SOURCING:
            continue
        for item in docket.covered(task):
            used = docket.used_after(task, item)
            if used > docket.recorded[task.id][item.id].good:
                label = item_label(item.line, item.size)
                found.append(
                    f"{label}: {show(used)} went through a later department already, so"
                    f" {task.department.name} cannot come before it; take them back there first"
                )
    return found


def _new_task(docket: Docket, row: dict[str, Any], departments: Sequence[Department]) -> Task:
    task = Task.create(**row)
    task.department = next(d for d in departments if d.id == row["department"])
    docket.tasks.append(task)
    docket.tasks.sort(key=lambda t: (t.department.position, t.id))
    return task


def _open_again(task: Task) -> None:
    task.closed_at, task.closed_by, task.outcome = None, "", ""


def _cover(docket: Docket, task: Task, items: Sequence[JobItem]) -> None:
    have = docket.recorded.setdefault(task.id, {})
    for item in items:
        if item.id not in have:
            have[item.id] = TaskQuantity.create(task=task.id, item=item.id)


# ---------------------------------------------------------------- lines


def change_lines(
    order: Order, drafts: Sequence[DraftLine], catalogue: Catalogue, actor: Actor
) -> tuple[list[dict[str, Any]], list[Docket]]:
    """Change, add and cancel lines of a released order; returns the differences and its dockets.

    Raises:
        BlockedError: pieces that are made or shipped would vanish; every one is named.
        InvalidError: a line id is not of this order.
    """
    lines = {line.id: line for line in OrderLine.select().where(OrderLine.order == order)}
    strangers = {d.id for d in drafts if d.id is not None} - set(lines)
    if strangers:
        raise InvalidError(
            {"lines": f"line id {min(s for s in strangers if s)} is not of this order"}
        )
    found = dockets(order)
    sizes: dict[int, dict[str, LineSize]] = {}
    for row in LineSize.select().where(LineSize.line.in_(list(lines))):
        sizes.setdefault(row.line_id, {})[row.size] = row
    differences: list[dict[str, Any]] = []
    kept: set[int] = set()
    for draft in drafts:
        if draft.id is None:
            differences += _add_line(order, draft, found, catalogue)
            continue
        kept.add(draft.id)
        line = lines[draft.id]
        if line.cancelled_at is None:
            draft = _with_deliveries(line, draft)
            differences += _change_line(order, line, draft, catalogue)
            differences += _change_sizes(line, rows.sizes_of(draft), sizes[line.id], found)
            differences += _change_decorations(line, draft, catalogue)
    reason = "taken off in a change order"
    for line in lines.values():
        if line.id not in kept and line.cancelled_at is None:
            differences += take_off_line(line, reason, found)
    endings.drop_empty(order, found, reason, actor)
    running = [docket for docket in found if docket.job.closed_at is None]
    ensure_tasks(sheets.read_sheet(order), running)
    _reopen_grown(running, actor)
    return differences, found


def _with_deliveries(line: OrderLine, draft: DraftLine) -> DraftLine:
    """Deliveries became jobs at release: they stay as they are, whoever leaves them out.

    Raises:
        BlockedError: the draft has other deliveries.
    """
    kept = tuple(
        DraftSchedule(
            quantity=row.schedule_quantity,
            date=row.schedule_date,
            size=row.schedule_size,
            unit_price=row.schedule_unit_price,
            firm=row.schedule_firm,
        )
        for row in ScheduleRow.select()
        .where(ScheduleRow.line == line)
        .order_by(ScheduleRow.position)
    )
    asked = [(row.quantity, row.date, row.size) for row in draft.schedule]
    if asked and asked != [(row.quantity, row.date, row.size) for row in kept]:
        raise BlockedError(
            f"The deliveries of line {line.number} cannot be changed",
            ["they are jobs already; change the date of the job, or cancel it"],
        )
    return replace(draft, schedule=kept)


def _change_line(
    order: Order, line: OrderLine, draft: DraftLine, catalogue: Catalogue
) -> list[dict[str, Any]]:
    changed = rows.put(line, catalogue, Level.LINE, draft.values)
    quantity = sum((qty for _size, qty in rows.sizes_of(draft)), Decimal(0))
    line.quantity = quantity if quantity != line.quantity else line.quantity
    line.line_total = rows.total_of(line, draft.schedule, order.currency)
    if line.dirty_fields:
        line.save()
    return [_difference(line, name, *pair) for name, pair in changed.items()]


def _difference(line: OrderLine, name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"where": f"line {line.number}", "field": name, "before": before, "after": after}


def _change_sizes(
    line: OrderLine,
    wanted: Sequence[tuple[str, Decimal]],
    have: dict[str, LineSize],
    found: Sequence[Docket],
) -> list[dict[str, Any]]:
    differences = []
    target = dict(wanted)
    for size in dict.fromkeys([*have, *target]):
        before = have[size].quantity if size in have else Decimal(0)
        after = target.get(size, Decimal(0))
        if before == after:
            continue
        _change_items(line, size, after - before, found)
        if size in have:
            have[size].quantity = after
            have[size].save()
        else:
            LineSize.create(line=line, size=size, quantity=after, position=len(have))
        label = f"quantity {size}".strip()
        differences.append(_difference(line, label, show(before), show(after)))
    return differences


def _change_items(line: OrderLine, size: str, delta: Decimal, found: Sequence[Docket]) -> None:
    """More pieces go to the first job that is open, fewer are taken from the last ones."""
    if delta > 0:
        docket = next((d for d in found if d.job.closed_at is None), found[0])
        item = next((i for i in docket.items if i.line_id == line.id and i.size == size), None)
        if item is None:
            _add_item(docket, line, size, delta)
        else:
            item.quantity += delta
            item.save()
        docket.job.pieces += delta
        return
    left = -delta
    for docket in reversed(found):
        for item in (i for i in docket.items if i.line_id == line.id and i.size == size):
            take = min(left, item.quantity - item.short - item.cancelled - _made(docket, item))
            if take > 0:
                item.quantity -= take
                item.save()
                docket.job.pieces -= take
                left -= take
    if left > 0:
        label = item_label(line, size)
        raise BlockedError(
            f"{label} cannot be reduced that far", [f"{show(left)} of them are made already"]
        )


def _made(docket: Docket, item: JobItem) -> Decimal:
    """Good pieces the last department that touched the item has recorded."""
    makers = [t for t in docket.tasks if t.department.stage != "sourcing"]
    done = [docket.recorded.get(t.id, {}).get(item.id) for t in makers]
    return max((row.good for row in done if row is not None), default=Decimal(0))


def _add_item(docket: Docket, line: OrderLine, size: str, quantity: Decimal) -> JobItem:
    item = JobItem.create(
        job=docket.job,
        line=line,
        size=size,
        quantity=quantity,
        position=len(docket.items),
        bought=sheets.buys(line),
        brought=line.customer_supplied_goods,
    )
    docket.items.append(item)
    return item


def _add_line(
    order: Order, draft: DraftLine, found: Sequence[Docket], catalogue: Catalogue
) -> list[dict[str, Any]]:
    if draft.schedule:
        raise BlockedError(
            "A line with deliveries cannot be added after release",
            ["enter it as an order of its own"],
        )
    numbers = OrderLine.select(OrderLine.number).where(OrderLine.order == order)
    highest = max((row.number for row in numbers), default=0)
    product = sheets.product_of(draft)
    line = rows.line_row(order, highest + 1, draft, product, catalogue)
    rows.insert_lines([line])
    rows.insert_parts([(line, draft)], {}, {}, catalogue)
    docket = next((d for d in found if d.job.closed_at is None), None)
    if docket is None:
        raise BlockedError("No line can be added", ["no job of the order is open"])
    for size, quantity in rows.sizes_of(draft):
        _add_item(docket, line, size, quantity)
        docket.job.pieces += quantity
    return [_difference(line, "line", None, f"{show(line.quantity)} {line.description}")]


def _change_decorations(
    line: OrderLine, draft: DraftLine, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Decorations by position: changed in place, new ones added, missing ones removed."""
    have = list(Decoration.select().where(Decoration.line == line).order_by(Decoration.position))
    differences = []
    for position, wanted in enumerate(draft.decorations):
        if position < len(have):
            changed = rows.put(have[position], catalogue, Level.DECORATION, wanted.values)
            if changed:
                have[position].save()
        else:
            made = Decoration(line=line, position=position, extra={})
            changed = rows.put(made, catalogue, Level.DECORATION, wanted.values)
            made.save()
        label = f"decoration {position + 1}"
        differences += [_difference(line, f"{label} {n}", *p) for n, p in changed.items()]
    for gone in have[len(draft.decorations) :]:
        gone.delete_instance()
        words = f"{gone.location} {gone.method}".strip()
        differences.append(_difference(line, f"decoration {gone.position + 1}", words, None))
    return differences


def take_off_line(line: OrderLine, reason: str, found: Sequence[Docket]) -> list[dict[str, Any]]:
    """Cancel a line: nothing of it is made any more.

    Raises:
        BlockedError: pieces of it have been handed over.
    """
    gone: list[str] = []
    for docket in found:
        for item in (i for i in docket.items if i.line_id == line.id):
            gone += _handed_over(docket, item, line)
            item.cancelled = item.quantity - item.short
    if gone:
        raise BlockedError(f"Line {line.number} cannot be cancelled", gone)
    for docket in found:
        for item in docket.items:
            if item.line_id == line.id and item.dirty_fields:
                item.save()
    line.cancelled_at, line.cancel_reason = clock.now(), reason[:200]
    line.save()
    return [_difference(line, "cancelled", None, reason)]


def _handed_over(docket: Docket, item: JobItem, line: OrderLine) -> list[str]:
    for task in docket.tasks:
        row = docket.recorded.get(task.id, {}).get(item.id)
        if task.department.work == "handover" and row is not None and row.good > 0:
            return [f"{show(row.good)} {item_label(line, item.size)} were handed over already"]
    return []


def _reopen_grown(found: Sequence[Docket], actor: Actor) -> None:
    """More to do than a finished department did: its task is open again."""
    from workflow.engine import work

    for docket in found:
        for task in docket.tasks:
            if task.closed_at is not None and task.outcome == "finished":
                missing = work.missing(docket, task)
                if missing:
                    _open_again(task)
                    text = f"{task.department.name} reopened by the change: " + "; ".join(missing)
                    docket.events.append(event(docket.order, actor, "reopened", text, about=task))
