"""The answer to a document: what we read in it, or what we must know, in the thread it came in.

Written once for what it says: the same questions about the same order are never sent twice.  The
customer's own workbook goes back with the doubtful cells coloured; the child that patches it runs
outside any transaction.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from documents import annotate
from documents.annotate import Note, RefusedError
from errors import BlockedError, InvalidError, UnreadableError
from models import IncomingFile, Message, MessageTemplate, Order, StoredFile, transaction
from sync import fill_in, intake, links, unlocking
from sync.mail_threads import why_not_answered
from sync.readers import read_safely
from sync.readers.sniff import FileKind, sniff
from sync.readers.tables import Fault, Workbook
from workflow import engine, messages, shop, wording
from workflow.actors import Actor, Right
from workflow.kept import content_of
from workflow.message_facts import facts_of_answer, recipient_of, why_not_address
from workflow.questions import Question
from workflow.threads import Thread, thread_of
from workflow.wording import Words

_PLACE = re.compile(
    r"(?:sheet (?P<sheet>.*), )?(?:cell (?P<cell>[A-Z]{1,3}\d{1,7})|row (?P<row>\d{1,7}))"
)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"


@dataclass(frozen=True)
class Draft:
    """An answer before it is written: which event, about which orders and questions."""

    event: str
    incoming: IncomingFile
    orders: Sequence[Order]
    questions: Sequence[Question]

    @property
    def key(self) -> str:
        """The same for the same words: a second one is never sent."""
        about = self.orders[0].incoming_id if self.orders else None
        root = about or self.incoming.id
        if self.event != "questions":
            return f"{self.event}:file:{self.incoming.id}"
        asked = "\n".join(sorted(f"{q.order.id} {q.text}" for q in self.questions))
        return f"questions:file:{root}:{hashlib.sha256(asked.encode()).hexdigest()[:24]}"


@dataclass(frozen=True)
class Paper:
    """The workbook that goes along: the customer's ``own``, or a ``copy`` of its values."""

    kind: str = ""
    name: str = ""
    content: bytes = b""


def answer(incoming_id: int, actor: Actor, *, by_hand: bool = False) -> Message | None:
    """Write the answer a document deserves, once; None where there is nothing to say.

    Args:
        incoming_id: the document.
        actor: the worker, or the person who says so.
        by_hand: a person wants it: also to somebody the shop would not answer by itself.

    Raises:
        BlockedError: by hand, and there is nothing to say or nobody to say it to; why.
        InvalidError: the template is broken; the sentence says where to mend it.
    """
    if by_hand:
        actor.require(Right.MESSAGES)
    incoming = intake.find(incoming_id)
    thread = thread_of(incoming)
    if thread is None and not by_hand:
        return None
    draft = _draft(incoming)
    nothing = _why_nothing(draft, by_hand=by_hand)
    why_not = nothing
    if draft is not None and not nothing:
        why_not = _why_not(draft, thread, by_hand=by_hand)
    if why_not and by_hand:
        raise BlockedError(f"'{incoming.name}' is not answered", [why_not])
    if draft is None or nothing:
        return None
    paper = Paper() if why_not else _paper(draft)
    return _write(draft, thread, paper, why_not, actor)


def prepare_link(order_id: int, actor: Actor) -> None:
    """Make sure that the confirmation of an order that came by mail has a private link."""
    order = Order.get_or_none(Order.id == order_id)
    incoming = order.incoming if order is not None and order.incoming_id is not None else None
    if incoming is not None and incoming.mail_id is not None:
        links.standing(incoming, actor)


def _why_nothing(draft: Draft | None, *, by_hand: bool) -> str:
    """Why there is nothing to write; what was skipped before, a person may write after all."""
    if draft is None:
        return "there is nothing to tell or to ask"
    standing: Message | None = Message.get_or_none(Message.key == draft.key)
    if standing is None or (by_hand and standing.state == "skipped"):
        return ""
    return "it was answered with these words already"


def _draft(incoming: IncomingFile) -> Draft | None:
    if unlocking.is_locked(incoming):
        return Draft("locked", incoming, (), ())
    if incoming.state != intake.State.ACCEPTED:
        return None
    orders, asked = fill_in.open_questions(incoming)
    if asked:
        return Draft("questions", incoming, orders, asked)
    if not orders or all(order.released_at is not None for order in orders):
        return None  # the confirmation of the release tells it, in the same thread
    return Draft("received", incoming, orders, ())


def _why_not(draft: Draft, thread: Thread | None, *, by_hand: bool) -> str:
    """Why nobody is written to; a person may answer whom the shop would not."""
    template = MessageTemplate.get_or_none(MessageTemplate.event == draft.event)
    if template is None or not template.active:
        return "The template of this message is switched off."
    customer = draft.orders[0].customer if draft.orders and draft.orders[0].customer_id else None
    customer = customer or draft.incoming.customer
    if customer is not None and not customer.send_messages:
        return f"{customer.name} gets no messages: that is switched off at the customer."
    if thread is not None and not by_hand:
        mail = draft.incoming.mail
        alone = thread.why_not or (why_not_answered(mail) if mail is not None else "")
        if alone:
            return alone
    address, why = _address(draft, thread)
    return why or why_not_address(address)


def _address(draft: Draft, thread: Thread | None) -> tuple[str, str]:
    if thread is not None:
        return thread.address, ""
    if draft.orders:
        found = recipient_of(draft.orders[0])
        return found.address, found.why_not
    return draft.incoming.sender, ""


# ---------------------------------------------------------------- the workbook


def notes_of(asked: Sequence[Question]) -> list[Note]:
    """The questions that stand at a cell or a row, as notes for the workbook."""
    found = []
    for question in asked:
        place = _PLACE.fullmatch(question.where)
        if place:
            address = place["cell"] or place["row"]
            found.append(Note(place["sheet"] or "", address, question.text))
    return found


def _paper(draft: Draft) -> Paper:
    """The customer's workbook with the questions in it; none where that cannot be made."""
    incoming, notes = draft.incoming, notes_of(draft.questions)
    if draft.event != "questions" or not notes or incoming.private:
        return Paper()
    content = content_of(incoming.file)
    author, marker = str(shop.setting("shop_name")), links.marker_of(incoming.id)
    if sniff(content) is FileKind.XLSX and (
        shop.setting("macros_out") or b"vbaProject.bin" not in content
    ):
        try:
            made = annotate.annotate_safely(content, notes, author=author, marker=marker)
            return Paper("own", incoming.name, made)
        except RefusedError:  # then a copy of its values goes
            pass
    try:
        book = read_safely(content, incoming.name)
        made = annotate.write_again(_values(book), notes, author=author, marker=marker)
    except (RefusedError, UnreadableError):  # the questions stand in the mail and behind the link
        return Paper()
    return Paper("copy", f"{incoming.name.rpartition('.')[0] or incoming.name}.xlsx", made)


def _values(book: Workbook) -> list[tuple[str, Any]]:
    return [
        (sheet.name, [[v.text if isinstance(v, Fault) else v for v in row] for row in sheet.rows])
        for sheet in book.sheets
        if not sheet.hidden
    ]


# ---------------------------------------------------------------- the message


def _write(
    draft: Draft, thread: Thread | None, paper: Paper, why_not: str, actor: Actor
) -> Message:
    with transaction():
        standing: Message | None = Message.get_or_none(Message.key == draft.key)
        if standing is not None and standing.state != "skipped":
            return standing
        if standing is not None:
            standing.delete_instance()  # nobody got it; the person's answer takes its place
        link = None if why_not else links.standing(draft.incoming, actor)
        words = _words(draft, thread, paper, with_link=link is not None)
        kept = _keep(paper) if paper.kind else None
        order = draft.orders[0] if len(draft.orders) == 1 else None
        return messages.write(
            {
                "key": draft.key,
                "event": draft.event,
                "order": order,
                "incoming": draft.incoming,
                "link": link,
                "recipient": _address(draft, thread)[0][:254],
                "subject": words.subject,
                "body": words.body,
                "state": "skipped" if why_not else "waiting",
                "note": why_not[:255],
                "file": kept,
                "file_name": paper.name,
                **(thread.columns() if thread is not None else {}),
            },
            actor,
        )


def _keep(paper: Paper) -> StoredFile:
    macros = paper.kind == "own" and b"vbaProject.bin" in paper.content
    return engine.store_file(paper.content, _XLSM if macros else _XLSX)


def _words(draft: Draft, thread: Thread | None, paper: Paper, *, with_link: bool) -> Words:
    template = MessageTemplate.get_or_none(MessageTemplate.event == draft.event)
    if template is None:
        return Words("", "")
    link = wording.LINK if with_link else ""
    facts = facts_for(draft, thread, workbook=paper.kind, link=link)
    try:
        return wording.fill(Words(template.subject, template.body), facts)
    except InvalidError as problem:
        raise messages.BrokenTemplateError(draft.event, problem.problems) from problem


def facts_for(draft: Draft, thread: Thread | None, *, workbook: str, link: str) -> dict[str, Any]:
    """What the template of an answer may say."""
    first = draft.orders[0] if draft.orders else None
    named = thread.name if thread is not None else ""
    return facts_of_answer(
        draft.orders,
        [{"order": q.order.number, "where": q.where, "text": q.text} for q in draft.questions],
        {
            "contact": named or (recipient_of(first).name if first is not None else "there"),
            "customer": first.customer_name if first is not None else "",
            "file": draft.incoming.name,
            "subject": re.sub(r"(?i)^(\s*(re|aw|fwd?|wg)\s*:)+\s*", "", thread.subject)
            if thread is not None
            else "",
            "workbook": workbook,
            "private": "yes" if draft.incoming.private else "",
            "link": link,
        },
    )
