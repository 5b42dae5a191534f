"""Files that programs hand in: kept first, read at once when small, then like all others."""

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import JOIN

from api import shown
from api.kinds import text
from api.operations import PAGED, Answer, Call, Operation, Parameter, SentFile, path_id
from api.pages import page_of
from api.record_schemas import FILE_STATES
from api.refusals import ContentError
from api.typed import word
from api.values import Json, moments, words
from errors import NotFoundError
from models import Customer, DraftProblem, IncomingFile, Order, StoredFile
from sync import intake
from workflow import lookup
from workflow.actors import Right

#: Files up to this size are read while the program waits; the worker reads the others.
READ_AT_ONCE_BYTES = 300_000
_FILE_ID = path_id("id", "The file's id.")


def receive(call: Call) -> Answer:
    """Keep a file; read it at once when it is small."""
    sent = call.file or SentFile("unnamed", b"", "")
    kept = intake.receive(
        "api",
        sent.name,
        sent.content,
        actor=call.actor,
        external_id=call.key,
        content_type=sent.content_type[:120],
    )
    small = len(sent.content) <= READ_AT_ONCE_BYTES and call.actor.may(Right.ENTER_ORDERS)
    if kept.state == intake.State.RECEIVED and small:
        kept = intake.read_file(kept.id, call.actor)
    status = {intake.State.RECEIVED: 202, intake.State.DUPLICATE: 200}
    return _one(kept.id, call, status.get(intake.State(kept.state), 201))


def list_files(call: Call) -> Answer:
    """A page of files, newest first."""
    query = _files()
    if "state" in call.query:
        query = query.where(IncomingFile.state == call.query["state"])
    return Answer(page_of(call, query, _in_list))


def get(call: Call) -> Answer:
    """One file and what became of it."""
    return _one(call.path["id"], call)


def read_again(call: Call) -> Answer:
    """Read a file once more."""
    call.actor.require(Right.ENTER_ORDERS)
    intake.read_again(intake.find(call.path["id"]).id, call.actor)
    return get(call)


def choose_customer(call: Call) -> Answer:
    """Say whose file it is."""
    call.actor.require(Right.ENTER_ORDERS)
    found, named = intake.find(call.path["id"]), word(call.body["customer"])
    customer = lookup.customer_called(named)
    if customer is None:
        text = f"'{named}' is no customer; send a code, name or e-mail address"
        raise ContentError([("/customer", text)])
    intake.choose_customer(found.id, customer.id, call.actor)
    return get(call)


def reject(call: Call) -> Answer:
    """Say that a file is none of ours."""
    intake.reject(intake.find(call.path["id"]).id, word(call.body["reason"]), call.actor)
    return get(call)


# ---------------------------------------------------------------- shown


def _files() -> Any:
    return (
        IncomingFile.select(
            IncomingFile, Customer, StoredFile.id, StoredFile.size, StoredFile.sha256
        )
        .join(Customer, JOIN.LEFT_OUTER)
        .join_from(IncomingFile, StoredFile, attr="stored")
    )


def _one(file_id: int, call: Call, status: int = 200) -> Answer:
    row = _files().where(IncomingFile.id == file_id).first()
    if row is None:
        raise NotFoundError(f"There is no incoming file {file_id}. Go back to the list.")
    problems = DraftProblem.select().where(
        (DraftProblem.incoming == row) & DraftProblem.settled_at.is_null()
    )
    found = _in_list([row])[0]
    found["problems"] = [
        shown.problem(p, with_money=call.sees_money) for p in problems.order_by(DraftProblem.id)
    ]
    return Answer(found, status, f"/incoming/{file_id}" if status in (201, 202) else "")


def _in_list(rows: Sequence[IncomingFile]) -> list[Json]:
    orders = _orders_of([row.id for row in rows])
    return [_shown(row, orders.get(row.id, ())) for row in rows]


def _shown(row: Any, orders: Iterable[str]) -> Json:
    found = words(
        row, "id", "version", "name", "channel", "sender", "reason", "source", "received_by",
        "state",
    )  # fmt: skip
    return (
        found
        | moments(row, "received_at", "read_at")
        | words(row.stored, "size", "sha256")
        | {
            "customer": row.customer.code if row.customer is not None else None,
            "duplicate_of": row.duplicate_of_id,
            "orders": list(orders),
        }
    )


def _orders_of(file_ids: Sequence[int]) -> dict[int, dict[str, None]]:
    """The numbers of the orders that files made or changed, each once, in two statements."""
    made: Any = Order.select(Order.incoming, Order.number).where(Order.incoming.in_(file_ids))
    changed: Any = (
        DraftProblem.select(DraftProblem.incoming, Order.number)
        .join(Order)
        .where(DraftProblem.incoming.in_(file_ids))
    )
    found: dict[int, dict[str, None]] = {}
    for query in (made, changed):
        for file_id, number in query.order_by(Order.id).tuples():
            found.setdefault(file_id, {})[number] = None
    return found


OPERATIONS = (
    Operation(
        "POST", "/incoming", "sendFile", "Incoming files", "Hand in an order file", receive,
        Right.INCOMING, "Incoming", "FileIn", 201, also=(200, 202), takes_file=True,
        parameters=(Parameter("filename", text(255), "Its name, where the body is the file."),),
        description="A spreadsheet as the part `file` of a form, or as the body itself. A small "
        "file is read at once (201), a large one soon (202); one that came before is a duplicate "
        "(200) and says of what. An `Idempotency-Key` counts as the file's identity.",
    ),
    Operation(
        "GET", "/incoming", "listFiles", "Incoming files", "List files, newest first", list_files,
        Right.INCOMING, "IncomingPage",
        parameters=(
            Parameter("state", {"type": "string", "enum": [*FILE_STATES]}, "Where they are."),
            *PAGED,
        ),
    ),
    Operation(
        "GET", "/incoming/{id}", "getFile", "Incoming files", "One file and what became of it",
        get, Right.INCOMING, "Incoming", parameters=(_FILE_ID,),
    ),
    Operation(
        "POST", "/incoming/{id}/read-again", "readFileAgain", "Incoming files",
        "Read a file once more", read_again, Right.INCOMING, "Incoming", parameters=(_FILE_ID,),
        refusals=(409,),
    ),
    Operation(
        "POST", "/incoming/{id}/choose-customer", "chooseCustomer", "Incoming files",
        "Say whose file it is", choose_customer, Right.INCOMING, "Incoming", "CustomerChoice",
        parameters=(_FILE_ID,), refusals=(409,),
    ),
    Operation(
        "POST", "/incoming/{id}/reject", "rejectFile", "Incoming files",
        "Say that a file is none of ours", reject, Right.INCOMING, "Incoming", "ReasonIn",
        parameters=(_FILE_ID,), refusals=(409,),
    ),
)  # fmt: skip
