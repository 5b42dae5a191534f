"""What is said about a mail: its state, what to do next, what hangs on it. Pure."""

from collections.abc import Sequence
from typing import Any

from admin.incoming_words import Outcome, Words
from models import IncomingFile, IncomingMail
from sync.intake import State
from sync.mail_rules import MailState
from web.words import plural

STATES: dict[str, Words] = {
    MailState.WAITING: Words("late", "Needs a person", "Needs a person"),
    MailState.TAKEN: Words("ok", "Taken", "Taken"),
    MailState.IGNORED: Words("info", "Not for us", "Not for us"),
    MailState.REJECTED: Words("off", "Rejected", "Rejected"),
}


def chip_of(mail: IncomingMail, files: Sequence[IncomingFile]) -> tuple[str, str]:
    """Kind and word of a mail's mark: a taken one shows how its files stand."""
    if mail.state != MailState.TAKEN:
        words = STATES[mail.state]
        return words.chip, words.word
    states = {file.state for file in files}
    if State.NEEDS_PERSON in states:
        return "late", "Needs a person"
    if State.RECEIVED in states:
        return "wait", "Being read"
    return "ok", "Accepted" if State.ACCEPTED in states else "Taken"


def to_do(mail: IncomingMail, files: Sequence[IncomingFile], outcomes: dict[int, Outcome]) -> str:
    """What is next, in one sentence; orders are linked beside it."""
    if mail.state != MailState.TAKEN:
        return str(mail.reason)
    waiting = [file for file in files if file.state == State.NEEDS_PERSON]
    if waiting:
        return str(waiting[0].reason)
    reading = [file for file in files if file.state == State.RECEIVED]
    if reading:
        return f"{plural(len(reading), 'file')} of it being read; look again in a moment."
    open_problems = sum(
        outcomes[file.id].open_on(order) for file in files for order in outcomes[file.id].orders
    )
    if open_problems:
        return f"Settle {plural(open_problems, 'problem')} of its orders."
    made = any(outcomes[file.id].orders for file in files)
    return str(mail.reason) or ("" if made else "Nothing to do.")


def parts_of(mail: IncomingMail) -> list[dict[str, Any]]:
    """What hangs on a mail, logos and signatures last, each with its number."""
    numbered = [{**part, "number": number} for number, part in enumerate(mail.parts)]
    return sorted(numbered, key=lambda part: bool(part["decoration"]))


def is_pdf(part: dict[str, Any]) -> bool:
    """Whether a part can be shown beside the order form."""
    return bool(part["kind"] == "a PDF")
