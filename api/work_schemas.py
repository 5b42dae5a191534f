"""The shapes of jobs, tasks and shipments, as sent and as answered. Pure."""

from api.kinds import (
    COUNT,
    DATE,
    DAY,
    DECIMAL,
    FLAG,
    ID,
    MOMENT,
    MONEY,
    MONEY_WORDS,
    QUANTITY,
    VERSION,
    WHOLE,
    WORD,
    Schema,
    listed,
    many,
    maybe,
    one_of,
    open_shape,
    page,
    ref,
    shape,
    text,
)
from api.order_schemas import MOST_LINES, Levels
from workflow.fields import Level
from workflow.stages import DecisionKind, Stage, Work

TASK_STATES = ("pending", "ready", "held", "finished", "cancelled")
MOST_BOXES = 500
_BOX = ("weight_grams", "length_mm", "width_mm", "height_mm")


# ---------------------------------------------------------------- what is sent


def sent_work(takes: Levels) -> dict[str, Schema]:
    """The schemas of what programs send about work."""
    report = {
        "version": VERSION,
        "items": listed(ref("ItemIn"), MOST_LINES),
        "boxes": {"type": "integer", "minimum": 0, "maximum": MOST_BOXES},
        "weights": text(255, "Of the boxes, as the shop writes them."),
        "note": text(255, "For the departments that follow."),
        "vendor": text(200, "Purchasing: code or name of the vendor it is ordered from."),
        "expected_on": maybe(DAY) | {"description": "Purchasing: when it should arrive."},
    }
    decision = {
        "item": ID,
        "kind": one_of(DecisionKind),
        "quantity": QUANTITY | {"description": "How many of the missing pieces it is about."},
        "note": text(255),
    }
    due = maybe(DAY) | {"description": "When the goods must be in the customer's hands."}
    day = maybe(DAY) | {"description": "The day in the calendar; null goes back to the due date."}
    everything = "Items that are not named are done, as many as were asked for."
    why = text(500) | {"description": "Why the date moves, in words for the customer."}
    firm = FLAG | {"description": "Missing the date makes the goods worthless."}
    return {
        "ItemIn": _item(),
        "QuantitiesIn": shape(report, "items"),
        "CompleteIn": shape(report | {"everything": FLAG | {"description": everything}}),
        "DecisionIn": shape(decision, "item", "kind", "quantity"),
        "PlanIn": shape({"day": day}, "day"),
        "ShipmentIn": _shipment(),
        "JobChange": shape({"due_date": due, "firm": firm, "reason": why, **takes[Level.JOB]}),
    }


def _item() -> Schema:
    good = "Made, packed, ordered or received: all of them, as of now."
    return shape(
        {
            "item": ID | {"description": "Id of the item, as the task lists it."},
            "good": COUNT | {"description": good},
            "rejected": COUNT | {"description": "Spoiled or damaged: all of them, as of now."},
            "reason": text(60, "Why they were rejected."),
            "wrong": COUNT | {"description": "Receiving: pieces that are not ours."},
            "final_short": COUNT | {"description": "Receiving: pieces that will never come."},
        },
        "item",
        "good",
    )


def _shipment() -> Schema:
    part = shape({"item": ID, "quantity": QUANTITY}, "item", "quantity")
    box: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000_000}
    return shape(
        {
            "version": VERSION,
            "items": listed(part, MOST_LINES, least=1)
            | {"description": "What leaves now, not in all; without it, all that is left."},
            "carrier": text(60),
            "service": text(60),
            "tracking_number": text(80),
            "tracking_url": text(255),
            "handed_to": text(120, "Who took the goods."),
            "cost": maybe(MONEY) | {"description": MONEY_WORDS},
            "boxes": listed(shape(dict.fromkeys(_BOX, box)), MOST_BOXES),
            "complete": {"type": "boolean", "description": "Complete the hand-over too."},
        }
    )


# ---------------------------------------------------------------- what is answered


def answered_work(gives: Levels) -> dict[str, Schema]:
    """The schemas of jobs, tasks and shipments in answers."""
    in_order = _job(gives)
    job = {**in_order, "order": WORD, "items": many(_job_item())}
    listing = _task()
    reasons = "Every reason why it cannot be completed now."
    task = {
        **listing,
        "items": many(_task_item()),
        "reasons": many(WORD) | {"description": reasons},
        "facts": {"type": "object", "additionalProperties": WORD}
        | {"description": "What the department wrote down: boxes, note …"},
        "shipments": many(ref("Shipment")),
    }
    return {
        "JobInOrder": open_shape(in_order, *in_order.keys() - gives[Level.JOB].keys()),
        "JobInList": open_shape(
            {name: job[name] for name in job if name not in ("tasks", "shipments", "items")},
            "number",
            "version",
            "stage",
            "order",
        ),
        "JobPage": page("JobInList"),
        "Job": open_shape(job, *job.keys() - gives[Level.JOB].keys()),
        "TaskInList": open_shape(listing, *listing),
        "TaskInOrder": open_shape(
            {name: listing[name] for name in listing if name not in IN_ORDER_ALREADY}
        ),
        "TaskPage": page("TaskInList"),
        "Task": open_shape(task, *task),
        "Shipment": _shipment_answered(),
    }


#: What a task inside its order need not repeat.
IN_ORDER_ALREADY = ("job", "order", "customer_name", "summary", "in_hands_date", "firm")


def _job(gives: Levels) -> dict[str, Schema]:
    moments = ("released_at", "closed_at", "cancelled_at")
    return {
        **gives[Level.JOB],
        "number": WORD,
        "version": WHOLE,
        "stage": one_of(Stage),
        "on_hold": FLAG,
        "fulfillment_type": WORD,
        "destination": maybe(WHOLE) | {"description": "Which of the order's destinations, from 0."},
        "due_date": maybe(DATE),
        "firm": FLAG,
        "pieces": DECIMAL,
        "summary": WORD,
        "cancel_reason": WORD,
        **dict.fromkeys(moments, maybe(MOMENT)),
        "tasks": many(ref("TaskInOrder")),
        "shipments": many(ref("Shipment")),
    }


def _job_item() -> Schema:
    figures = (
        "quantity", "short", "cancelled", "purchased", "received", "damaged", "wrong",
        "final_short",
    )  # fmt: skip
    item = {"item": WHOLE, "line": WHOLE, "label": WORD, "size": WORD}
    return open_shape({**item, **dict.fromkeys(figures, DECIMAL)}, *item, *figures)


def _task() -> dict[str, Schema]:
    return {
        "id": WHOLE,
        "version": WHOLE,
        "job": WORD,
        "order": WORD,
        "customer_name": WORD,
        "summary": WORD,
        "in_hands_date": maybe(DATE),
        "firm": FLAG,
        "department": WORD | {"description": "The department's slug."},
        "department_name": WORD,
        "stage": one_of(Stage),
        "work": one_of(Work),
        "state": one_of(TASK_STATES),
        "detail": WORD,
        "due_date": maybe(DATE),
        "planned_date": maybe(DATE),
        "minutes": WHOLE | {"description": "Planned minutes of work."},
        **dict.fromkeys(("quantity", "good", "rejected"), DECIMAL),
        "waiting": WORD | {"description": "What a pending task waits for."},
        "must_acknowledge": WORD | {"description": "A change the department has not read yet."},
        **dict.fromkeys(("ready_at", "closed_at", "changed_at"), maybe(MOMENT)),
        **dict.fromkeys(("closed_by", "changed_by"), WORD),
    }


def _task_item() -> Schema:
    about = {
        "todo": "Pieces to record in all.",
        "left": "Pieces still to order, to arrive, to make, to pack or to hand over.",
        "expected": "Receiving: pieces that were ordered or are brought.",
        "missing": "Pieces a person may decide about.",
    }
    figures = ("todo", "good", "rejected", "left", "expected", "wrong", "final_short", "missing")
    exact = {n: DECIMAL | ({"description": about[n]} if n in about else {}) for n in figures}
    ready = maybe(DECIMAL) | {"description": "Pieces passed on so far; null: not limited."}
    item = {"item": WHOLE, "line": WHOLE, "label": WORD, "size": WORD, "reason": WORD}
    return open_shape({**item, **exact, "ready": ready}, *item, *figures, "ready")


def _shipment_answered() -> Schema:
    words = (
        "carrier", "service", "tracking_number", "tracking_url", "handed_to", "shipped_by",
    )  # fmt: skip
    part = open_shape({"item": WHOLE, "quantity": DECIMAL}, "item", "quantity")
    box = open_shape({"number": WHOLE, **dict.fromkeys(_BOX, maybe(WHOLE))}, "number")
    shipment = {
        "id": WHOLE,
        **dict.fromkeys(words, WORD),
        **dict.fromkeys(("shipped_at", "voided_at"), maybe(MOMENT)),
    }
    money = {"cost": maybe(DECIMAL) | {"description": MONEY_WORDS}}
    inside = {"items": many(part), "boxes": many(box)}
    return open_shape({**shipment, **money, **inside}, *shipment)
