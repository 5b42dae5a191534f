"""What can be done to an order besides changing it: release, credit, hold, cancel, settle."""

from api import orders, shown
from api.operations import ORDER_NUMBER, Answer, Call, Operation, path_id
from api.order_reads import read
from api.refusals import ContentError
from api.typed import word
from errors import BlockedError, NotFoundError
from models import DraftProblem, Hold, Job, Order, OrderLine
from workflow import engine
from workflow.actors import Right
from workflow.search import seen_by
from workflow.whole_order import find_order


def _found(call: Call) -> Order:
    return find_order(call.path["number"], call.actor)


def release(call: Call) -> Answer:
    """Send an order to the departments."""
    order = _found(call)
    # The engine's own sentences may tell amounts: who may not see any is told these instead.
    reasons = [] if call.sees_money else read(order, call.catalogue, call.actor).reasons
    if reasons:
        raise BlockedError(f"{order.number} cannot be released", reasons)
    engine.release(order.id, call.actor)
    return orders.whole(call, order.number)


def release_credit(call: Call) -> Answer:
    """Let an order pass that credit stopped."""
    order = _found(call)
    engine.release_credit(order.id, call.actor)
    return orders.whole(call, order.number)


def mark_notes_read(call: Call) -> Answer:
    """Say that the customer's instructions have been read."""
    order = _found(call)
    engine.mark_notes_read(order.id, call.actor)
    return orders.whole(call, order.number)


def cancel(call: Call) -> Answer:
    """Cancel an order with all its jobs."""
    order = _found(call)
    engine.cancel_order(order.id, word(call.body["reason"]), call.actor)
    return orders.whole(call, order.number)


# ---------------------------------------------------------------- holds


def hold(call: Call) -> Answer:
    """Stop an order or one of its jobs."""
    order, body = _found(call), call.body
    job = _job(order, word(body["job"])) if body.get("job") else None
    words = engine.HoldWords(
        body["reason_code"],
        word(body["owner"]),
        word(body.get("next_action")),
        word(body.get("note")),
    )
    placed = engine.hold(order.id, words, call.actor, job_id=job.id if job else None)
    return Answer(shown.hold(placed, order.number, job.number if job else None), 201)


def _job(order: Order, number: str) -> Job:
    job: Job | None = Job.get_or_none((Job.order == order) & (Job.number == number))
    if job is None:
        raise ContentError([("/job", f"'{number}' is no job of {order.number}")])
    return job


def end_hold(call: Call) -> Answer:
    """Take a hold off."""
    query = Hold.select(Hold, Order).join(Order).where(Hold.id == call.path["id"])
    seen = seen_by(call.actor)
    placed = (query if seen is None else query.where(seen)).first()
    if placed is None:
        raise NotFoundError(f"There is no hold {call.path['id']}. Read the order again.")
    engine.end_hold(placed.id, call.actor)
    ended = Hold.get_by_id(placed.id)
    job = ended.job.number if ended.job is not None else None
    return Answer(shown.hold(ended, placed.order.number, job))


# ---------------------------------------------------------------- problems, lines


def settle_problem(call: Call) -> Answer:
    """Say that a problem of a draft has been dealt with."""
    query = DraftProblem.select(DraftProblem, Order).join(Order)
    found = query.where(DraftProblem.id == call.path["id"]).first()
    if found is None:
        raise NotFoundError(f"There is no problem {call.path['id']}. Read the order again.")
    number = find_order(found.order.number, call.actor).number
    engine.settle_problem(found.id, call.actor)
    return orders.whole(call, number)


def cancel_line(call: Call) -> Answer:
    """Cancel one line; departments stop making it."""
    query = OrderLine.select(OrderLine, Order).join(Order)
    found = query.where(OrderLine.id == call.path["id"]).first()
    if found is None:
        raise NotFoundError(f"There is no line {call.path['id']}. Read the order again.")
    number = find_order(found.order.number, call.actor).number
    engine.cancel_line(found.id, word(call.body["reason"]), call.actor)
    return orders.whole(call, number)


OPERATIONS = (
    Operation(
        "POST", "/orders/{number}/release", "releaseOrder", "Orders",
        "Release an order to the departments", release, Right.RELEASE, "Order",
        parameters=(ORDER_NUMBER,), refusals=(409,), brief=True,
        description="Refused with every reason while something is missing; see `reasons` of the "
        "order.",
    ),
    Operation(
        "POST", "/orders/{number}/release-credit", "releaseCredit", "Orders",
        "Let an order pass that credit stopped", release_credit, Right.RELEASE_CREDIT, "Order",
        parameters=(ORDER_NUMBER,), refusals=(409,),
    ),
    Operation(
        "POST", "/orders/{number}/notes-read", "markNotesRead", "Orders",
        "Say that the customer's instructions have been read", mark_notes_read,
        Right.CHANGE_ORDERS, "Order", parameters=(ORDER_NUMBER,),
    ),
    Operation(
        "POST", "/orders/{number}/cancel", "cancelOrder", "Orders", "Cancel an order", cancel,
        Right.CANCEL, "Order", "ReasonIn", parameters=(ORDER_NUMBER,), refusals=(409,),
    ),
    Operation(
        "POST", "/orders/{number}/hold", "holdOrder", "Orders",
        "Put an order or one of its jobs on hold", hold, Right.HOLD, "Hold", "HoldIn", 201,
        parameters=(ORDER_NUMBER,), refusals=(409,),
    ),
    Operation(
        "POST", "/holds/{id}/end", "endHold", "Orders", "Take a hold off", end_hold,
        Right.HOLD, "Hold", parameters=(path_id("id", "The hold's id."),), refusals=(409,),
    ),
    Operation(
        "POST", "/problems/{id}/settle", "settleProblem", "Orders",
        "Say that a problem has been dealt with", settle_problem, Right.CHANGE_ORDERS, "Order",
        parameters=(path_id("id", "The problem's id."),), refusals=(409,),
    ),
    Operation(
        "POST", "/lines/{id}/cancel", "cancelLine", "Orders", "Cancel one line of an order",
        cancel_line, Right.CANCEL, "Order", "ReasonIn",
        parameters=(path_id("id", "The line's id."),), refusals=(409,),
    ),
)  # fmt: skip
