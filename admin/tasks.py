"""The pop-up of one task: what it shows, and what each of its buttons does.

One form, one address; the button pressed is the field ``do``.  Whatever happens, what somebody
typed stays on the screen until it is saved, so refusals are answered here with the same pop-up
and the sentence in it, instead of a new page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView

import auth
import clock
from admin import figures
from documents.previews.kinds import UNKNOWN, kind_of
from errors import BlockedError, InvalidError, NotFoundError, ShopError, StaleError
from sync.cells import clean
from workflow import engine, handling, next_steps, ticket
from workflow.actors import Actor, Right
from workflow.engine import HoldWords, Report
from workflow.stages import (
    HOLD_REASONS,
    RECEIPT_REASONS,
    REJECT_REASONS,
    DecisionKind,
    Work,
)
from workflow.ticket import Ticket
from workflow.workdays import Days, days_of_shop

_FIGURES = ("good", "bad", "now", "hurt", "wrong", "gone", "reason")


@dataclass(frozen=True)
class Answer:
    """What the pop-up says after a button: a sentence, and which typed values are kept."""

    text: str = ""
    kind: str = "success"
    keep: bool = True  # what was typed is not saved yet and stays
    problems: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    confirm: str = ""  # "complete" or "reopen": ask first
    done: bool = False  # the task left the queue
    theirs: bool = False  # show what somebody else saved beside what is typed


def ticket_of(task_id: int, actor: Actor) -> Ticket:
    """The task, if it stands in a queue the actor sees.

    Raises:
        NotFoundError: it does not.
    """
    return ticket.read(task_id, auth.departments_seen(actor))


def show(view: BaseView, task_id: int) -> ResponseReturnValue:
    """The pop-up as it opens."""
    return _render(view, ticket_of(task_id, auth.current_actor()), Answer(), {})


def act(view: BaseView, task_id: int) -> ResponseReturnValue:
    """Do what the pressed button says, and show what came of it."""
    actor = auth.current_actor()
    found = ticket_of(task_id, actor)
    what, _, rest = request.form.get("do", "save").partition(":")
    do = _ACTIONS.get(what)
    if do is None:
        raise InvalidError({"button": f"'{what}' is not known here; reload the page"})
    try:
        answer = do(Press(found, actor, request.form, rest))
    except (BlockedError, StaleError, InvalidError) as refusal:
        answer = _refused(refusal)
    typed = request.form.to_dict() if answer.keep else {}
    in_place = "X-Popup" in request.headers
    if in_place or answer.status != 200 or answer.confirm:
        return _render(view, ticket_of(task_id, actor), answer, typed)
    flash(answer.text, answer.kind)
    here = url_for("queue.popup", task_id=task_id)
    queue = url_for("queue.index_view", slug=found.task.department.slug)
    return redirect(queue if answer.done else here, 303)


def _refused(refusal: ShopError) -> Answer:
    problems = refusal.problems if isinstance(refusal, InvalidError) else {}
    text = ". ".join(problems.values()) + "." if problems else str(refusal)
    return Answer(
        text=text,
        kind="error",
        problems=problems,
        status=refusal.http_status,
        theirs=isinstance(refusal, StaleError),
    )


def _render(
    view: BaseView, found: Ticket, answer: Answer, typed: Mapping[str, str]
) -> ResponseReturnValue:
    actor, days = auth.current_actor(), days_of_shop()
    template = f"pages/queue/{'done' if answer.done else answer.confirm or 'popup'}.html"
    words = {
        "ticket": found,
        "answer": answer,
        "typed": {key: value for key, value in typed.items() if key != "csrf_token"},
        "days": days,
        "beside": _beside(found, days),
        "may_work": actor.may_work_in(found.task.department_id),
        "may_reopen": _may_reopen(found, actor),
        "reject_reasons": RECEIPT_REASONS if found.work is Work.RECEIVING else REJECT_REASONS,
        "hold_reasons": HOLD_REASONS,
        "actor": actor,
        "steps": next_steps,
        "decision_words": ticket.words_of,
    }
    return view.render(template, **words), answer.status


def _beside(found: Ticket, days: Days) -> dict[str, Any]:
    """What the kind of work needs besides its figures."""
    beside: dict[str, Any] = {"notes": handling.notes_before(found)}
    if found.work is Work.PURCHASING:
        vendors = beside["vendors"] = handling.usual_vendors(found)
        wait = max((vendor.lead_days for vendor in vendors), default=None)
        arrives = days.calendar.ahead(days.today, wait) if wait is not None else ""
        beside["expected"] = str(arrives)
    if found.work in (Work.PURCHASING, Work.RECEIVING):
        beside["purchases"] = handling.purchases(found)
    if found.work is Work.HANDOVER:
        beside["shipments"] = handling.shipments(found)
        beside["packed"] = handling.packed_facts(found)
    return beside


def _may_reopen(found: Ticket, actor: Actor) -> bool:
    mine = found.task.closed_by == actor.name and actor.may_work_in(found.task.department_id)
    return found.closed and (mine or actor.may(Right.REOPEN_ANY))


# ---------------------------------------------------------------- the buttons


@dataclass(frozen=True)
class Press:
    """Somebody pressed a button: the task as it is, who, the whole form, what follows the colon."""

    ticket: Ticket
    actor: Actor
    form: Mapping[str, str]
    rest: str

    @property
    def task_id(self) -> int:
        return self.ticket.task.id

    def word(self, name: str, most: int = 255) -> str:
        """A text field, tidied."""
        return " ".join(clean(self.form.get(name, "")).split())[:most]


def _save(press: Press) -> Answer:
    text = _record(press)
    return Answer(text or "Nothing was changed, so nothing was saved.", keep=False)


def _record(press: Press) -> str:
    """Save what the form says; a sentence about it, or '' where it says nothing new."""
    if press.ticket.work is Work.HANDOVER:
        with_cost = press.actor.may(Right.SEE_MONEY)
        given = figures.handover_from(press.ticket, press.form, with_cost=with_cost)
        if given is not None:
            engine.record_shipment(press.task_id, given, press.actor)
            return "The hand-over is recorded."
    before = press.ticket.task.version
    task = engine.record(press.task_id, figures.report_from(press.ticket, press.form), press.actor)
    return f"Saved at {clock.local(clock.now()):%H:%M}." if task.version != before else ""


def _complete(press: Press) -> Answer:
    """Save first, then ask; or say what is still missing."""
    saved = _record(press)
    now = ticket_of(press.task_id, press.actor)
    if not now.reasons:
        return Answer(text=saved, keep=False, confirm="complete")
    text = f"{saved} It cannot be completed yet.".strip()
    return Answer(text=text, kind="warning", keep=False)


def _confirm(press: Press) -> Answer:
    report = Report(version=figures.version_from(press.form))
    engine.finish_task(press.task_id, press.actor, report)
    return Answer(text=next_steps.what_happens(press.ticket)[0], keep=False, done=True)


def _ask_reopen(press: Press) -> Answer:
    return Answer(confirm="reopen")


def _reopen(press: Press) -> Answer:
    engine.reopen_task(press.task_id, press.actor)
    name = press.ticket.task.department.name
    return Answer(f"{name} is open again; its figures are as they were.", keep=False)


def _hold(press: Press) -> Answer:
    words = HoldWords(
        press.word("hold_reason", 40),
        press.word("hold_owner", 120),
        press.word("hold_next"),
        press.word("hold_note"),
    )
    job_id = None if press.form.get("hold_order") == "1" else press.ticket.job.id
    engine.hold(press.ticket.order.id, words, press.actor, job_id=job_id)
    what = press.ticket.order.number if job_id is None else press.ticket.job.number
    return Answer(f"{what} is on hold until {words.owner} has acted.", kind="warning")


def _end_hold(press: Press) -> Answer:
    hold = next((h for h in press.ticket.holds if str(h.id) == press.rest), None)
    if hold is None:
        raise StaleError("This hold was taken off already.")
    engine.end_hold(hold.id, press.actor)
    return Answer("The hold is off; work goes on.")


def _acknowledge(press: Press) -> Answer:
    engine.acknowledge_change(press.task_id, press.actor)
    return Answer("Thank you: the change is marked as read.")


def _decide(press: Press) -> Answer:
    cell = next((c for c in press.ticket.cells if str(c.item) == press.word("decide_item")), None)
    kind = press.word("decide_kind", 20)
    if cell is None or kind not in list(DecisionKind):
        raise InvalidError({"decide_kind": "Choose the pieces and what to do about them"})
    reader = figures.Reader(press.form)
    quantity = reader.number("decide_quantity", cell.label, cell.missing)
    reader.stop_if_wrong()
    engine.decide(
        press.task_id, cell.item, DecisionKind(kind), quantity, press.actor,
        press.word("decide_note"),
    )  # fmt: skip
    return Answer(f"Decided: {kind.replace('_', ' ')}.")


def _plan(press: Press) -> Answer:
    reader = figures.Reader(press.form)
    day = reader.day("planned_date", "Planned for")
    reader.stop_if_wrong()
    engine.plan_task(press.task_id, day, press.actor)
    return Answer("The plan is changed.")


def _void(press: Press) -> Answer:
    mine = {str(shipment.id): shipment for shipment, _ in handling.shipments(press.ticket)}
    if press.rest not in mine:
        raise StaleError("This hand-over was taken back already.")
    engine.void_shipment(mine[press.rest].id, press.actor)
    return Answer("The hand-over is taken back; its pieces are here again.")


# ---------------------------------------------------------------- artwork


def _artwork_id(press: Press) -> int:
    """The picture a button belongs to; only those of this order."""
    known = {str(p.artwork.id): p.artwork.id for p in press.ticket.pictures}
    if press.rest not in known:
        raise NotFoundError("This picture is not of this order. Reload the page.")
    return known[press.rest]


def _add_artwork(press: Press) -> Answer:
    proof = press.form.get("art_proof") == "1"
    engine.add_artwork(
        press.ticket.order.id, press.word("art_name", 120), press.actor, proof_required=proof
    )
    return Answer("The artwork is added; upload its file.", keep=False)


def _upload(press: Press) -> Answer:
    artwork_id = _artwork_id(press)
    file = request.files.get(f"file-{artwork_id}")
    if file is None or not file.filename:
        raise InvalidError({f"file-{artwork_id}": "Choose a file to upload"})
    name, content = clean(file.filename)[:255] or "file", file.read()
    kind = kind_of(content, name)
    if kind == UNKNOWN:
        kind = (file.mimetype or UNKNOWN).lower()
    version = engine.add_version(artwork_id, name, content, kind, press.actor)
    return Answer(f"Version {version.number} is uploaded.")


def _proof_sent(press: Press) -> Answer:
    artwork_id = _artwork_id(press)
    recipient = press.word(f"sent_to-{artwork_id}", 254)
    engine.proof_sent(artwork_id, recipient, press.actor)
    return Answer(f"Marked as sent to {recipient or 'the customer'}.")


def _approve(press: Press) -> Answer:
    artwork_id = _artwork_id(press)
    engine.approve_proof(artwork_id, press.actor, by=press.word(f"by-{artwork_id}", 120))
    return Answer("The proof is approved; this very file is what production uses.")


def _change(press: Press) -> Answer:
    artwork_id = _artwork_id(press)
    words = clean(press.form.get(f"change-{artwork_id}", ""))[:2000]
    engine.request_change(artwork_id, words, press.actor)
    return Answer("The change is noted; upload a new version.", kind="warning", keep=False)


def _waive(press: Press) -> Answer:
    engine.waive_proof(_artwork_id(press), press.actor)
    return Answer("No proof is needed for this one.")


_ACTIONS: dict[str, Callable[[Press], Answer]] = {
    "save": _save,
    "complete": _complete,
    "confirm": _confirm,
    "back": lambda press: Answer(),
    "ask_reopen": _ask_reopen,
    "reopen": _reopen,
    "hold": _hold,
    "end_hold": _end_hold,
    "acknowledge": _acknowledge,
    "decide": _decide,
    "plan": _plan,
    "void": _void,
    "add_artwork": _add_artwork,
    "upload": _upload,
    "sent": _proof_sent,
    "approve": _approve,
    "change": _change,
    "waive": _waive,
}
