"""The shapes of orders and all that belongs to them, as sent and as answered. Pure."""

from api.kinds import (
    COUNT,
    DECIMAL,
    FLAG,
    ID,
    MOMENT,
    MONEY_WORDS,
    PRICE,
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
from workflow.fields import Level
from workflow.stages import HOLD_REASONS, Stage

Levels = dict[Level, dict[str, Schema]]

CHARGE_KINDS = ("setup", "run", "freight", "rush", "artwork", "discount", "other")
MOST_LINES = 20_000
MOST_PARTS = 200  # sizes, deliveries, decorations of a line; destinations, charges of an order


# ---------------------------------------------------------------- what is sent


def sent_orders(takes: Levels) -> dict[str, Schema]:
    """The schemas of what programs send about orders."""
    order = {
        "customer": text(200, "Code, name or e-mail address of the customer."),
        **takes[Level.ORDER],
        "destinations": listed(ref("DestinationIn"), MOST_PARTS)
        | {"description": "Where it goes; without it, the customer's own address."},
    }
    whole_list = (
        "All lines: one with `id` is changed (what is left out stays), one without is new, "
        "one that is missing is cancelled."
    )
    charges = "All charges; the ones that stand there are replaced."
    places = "By their order: the first changes the first. What is left out stays."
    return {
        "OrderIn": shape(
            {
                **order,
                "lines": listed(ref("LineIn"), MOST_LINES, least=1),
                "charges": listed(ref("ChargeIn"), MOST_PARTS),
            },
            "lines",
        ),
        "OrderChange": shape(
            {
                "version": VERSION,
                **order,
                "destinations": order["destinations"] | {"description": places},
                "lines": listed(ref("LineChange"), MOST_LINES) | {"description": whole_list},
                "charges": listed(ref("ChargeChange"), MOST_PARTS) | {"description": charges},
            }
        ),
        "DestinationIn": shape(takes[Level.DESTINATION]),
        **_sent_lines(takes),
        **_sent_charges(),
        "HoldIn": _hold(),
        "ReasonIn": shape({"reason": text(200, "For the history.", visible=True)}, "reason"),
    }


def _sent_lines(takes: Levels) -> dict[str, Schema]:
    place = "Which of the order's destinations, counted from 0."
    deliveries = "When which part is delivered where; without it, all by the in-hands date."
    line = {
        **takes[Level.LINE],
        "sizes": listed(ref("SizeIn"), MOST_PARTS)
        | {"description": "Pieces by size; without it, `quantity` and `size` say it."},
        "schedule": listed(ref("DeliveryIn"), MOST_PARTS) | {"description": deliveries},
        "decorations": listed(ref("DecorationIn"), MOST_PARTS),
    }
    delivery = {
        **takes[Level.SCHEDULE],
        "schedule_quantity": QUANTITY | {"description": "Pieces of this delivery."},
        "destination": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_PARTS - 1,
            "default": 0,
            "description": place,
        },
    }
    known = ID | {"description": "The line to change; without it, a new line."}
    return {
        "LineIn": shape(line),
        "LineChange": shape({"id": known, **line}),
        "SizeIn": shape(
            {"size": text(20, visible=True) | {"examples": ["L"]}, "quantity": QUANTITY},
            "size",
            "quantity",
        ),
        "DeliveryIn": shape(delivery, "schedule_quantity"),
        "DecorationIn": shape(takes[Level.DECORATION]),
    }


def _sent_charges() -> dict[str, Schema]:
    line = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_LINES - 1}
    charge = {
        "kind": one_of(CHARGE_KINDS),
        "name": text(120, "What the customer reads.", visible=True) | {"examples": ["Set-up"]},
        "quantity": COUNT | {"default": "1"},
        "unit_price": PRICE | {"description": "A discount's is sent without a sign."},
    }
    with_line = {"line": line | {"description": "Which line it belongs to, counted from 0."}}
    return {
        "ChargeIn": shape({**charge, **with_line}, "kind", "name", "unit_price"),
        "ChargeChange": shape(charge, "kind", "name", "unit_price"),
    }


def _hold() -> Schema:
    reasons = "; ".join(f"`{code}`: {words}" for code, words in HOLD_REASONS.items())
    return shape(
        {
            "reason_code": one_of(HOLD_REASONS, f"Why it stands still. {reasons}."),
            "owner": text(120, "Who must act.", visible=True),
            "next_action": text(255, "What is to be done."),
            "note": text(255),
            "job": text(24, "Number of the job that stops; without it, the whole order."),
        },
        "reason_code",
        "owner",
    )


# ---------------------------------------------------------------- what is answered


def answered_orders(gives: Levels) -> dict[str, Schema]:
    """The schemas of orders in answers."""
    head = _head(gives)
    line = {
        **gives[Level.LINE],
        "id": WHOLE,
        "number": WHOLE,
        "product": maybe(WHOLE) | {"description": "Id of the product it was matched with."},
        "quantity": DECIMAL,
        "sizes": many(open_shape({"size": WORD, "quantity": DECIMAL}, "size", "quantity")),
        "schedule": many(open_shape({**gives[Level.SCHEDULE], "destination": maybe(WHOLE)})),
        "decorations": many(open_shape(gives[Level.DECORATION])),
        "line_total": DECIMAL | {"description": MONEY_WORDS},
        "address": WORD | {"description": "Where it stood in the document."},
        "cancelled_at": maybe(MOMENT),
        "cancel_reason": WORD,
    }
    parts = {
        "destinations": many(open_shape({**gives[Level.DESTINATION], "position": WHOLE})),
        "lines": many(ref("Line")),
        "jobs": many(ref("JobInOrder")),
        "problems": many(ref("OpenProblem")),
        "holds": many(ref("Hold")),
        "reasons": many(WORD)
        | {"description": "Every reason why an order in review cannot be released now."},
    }
    more = {
        "charges": many(_charge()) | {"description": MONEY_WORDS},
        "sources": {"type": "object", "additionalProperties": WORD}
        | {"description": "Where the value of a field came from."},
    }
    needed = ("number", "version", "stage", "waiting", "on_hold", "customer_name")
    return {
        "Order": open_shape({**head, **parts, **more}, *needed, *parts),
        "OrderInList": open_shape(head, *needed),
        "OrderPage": page("OrderInList"),
        "Line": open_shape(line, "id", "number", "quantity", "sizes", "schedule", "decorations"),
        **_beside(),
    }


def _head(gives: Levels) -> dict[str, Schema]:
    moments = ("received_at", "created_at", "updated_at")
    maybe_moments = ("released_at", "notes_read_at", "closed_at", "cancelled_at")
    money = DECIMAL | {"description": MONEY_WORDS}
    return {
        **gives[Level.ORDER],
        "number": WORD,
        "version": WHOLE,
        "revision": WHOLE | {"description": "How often it was changed since its release."},
        "stage": one_of(Stage),
        "waiting": WORD | {"description": "Where it is and what it waits for, in a sentence."},
        "on_hold": FLAG,
        "customer": maybe(ref("CustomerOfOrder")),
        "customer_name": WORD,
        **dict.fromkeys(("sales_rep", "account_manager"), maybe(WORD)),
        "incoming": maybe(WHOLE) | {"description": "Id of the file it was read from."},
        **dict.fromkeys(("summary", "artwork_state", "released_by", "created_by"), WORD),
        "cancel_reason": WORD,
        "pieces": DECIMAL,
        "subtotal": money,
        "grand_total": money,
        "credit_status": WORD,
        **dict.fromkeys(moments, MOMENT),
        **dict.fromkeys(maybe_moments, maybe(MOMENT)),
    }


def _charge() -> Schema:
    words = dict.fromkeys(("kind", "name"), WORD)
    figures = dict.fromkeys(("quantity", "unit_price", "amount"), DECIMAL)
    line = {"line": maybe(WHOLE) | {"description": "Id of the line it belongs to."}}
    return open_shape({**words, **figures, **line}, *words, *figures)


def _beside() -> dict[str, Schema]:
    words = dict.fromkeys(("address", "field", "message", "found"), WORD)
    problem = {"id": WHOLE, "line": maybe(WHOLE), **words}
    hold = {
        "id": WHOLE,
        "order": WORD,
        "job": maybe(WORD),
        **dict.fromkeys(("reason_code", "owner", "next_action", "note", "placed_by"), WORD),
        "since": MOMENT,
        "ended_at": maybe(MOMENT),
        "ended_by": WORD,
    }
    change = {"type": ["object", "array", "string", "null"]}
    event = {
        "id": WHOLE,
        "at": MOMENT,
        "actor": WORD | {"description": "The person, program or channel that did it."},
        "kind": WORD,
        "text": WORD,
        "job": maybe(WORD),
        "before": change,
        "after": change,
    }
    customer = {"id": WHOLE, "code": WORD, "name": WORD}
    return {
        "CustomerOfOrder": open_shape(customer, *customer),
        "OpenProblem": open_shape(problem, *problem),
        "Hold": open_shape(hold, *hold),
        "Event": open_shape(event, "id", "at", "actor", "kind", "text", "job"),
        "EventPage": page("Event"),
    }
