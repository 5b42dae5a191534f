"""The page behind a private link: only what a document left open, to be filled in on a phone."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from errors import InvalidError, UnreadableError
from models import AnswerLink
from portal.limits import TRIES_PER_ADDRESS, WRITES_PER_LINK, not_too_often
from sync import fill_in, links, unlocking
from sync.fill_in import CUSTOMER
from sync.links import LENGTH, ClosedLinkError
from workflow import shop
from workflow.fields import Kind
from workflow.message_facts import facts_of_answer
from workflow.questions import Question

PASSWORDS_PER_LINK = 10
#: The browser's own inputs, by kind of field; a number is typed with the phone's number pad.
INPUTS = {Kind.DATE: "date", Kind.EMAIL: "email", Kind.PHONE: "tel"}
_NUMBERS = frozenset({Kind.QUANTITY, Kind.NUMBER, Kind.WHOLE})
_TOKEN = "/q/<secret:token>"


class Secret(BaseConverter):
    """The secret of a link; queues live below /q/ too, so it is looked at before their names."""

    regex = rf"[\w-]{{{LENGTH}}}"
    weight = 50


def add_to(portal: Blueprint) -> None:
    """Mount the page."""
    portal.record_once(lambda state: state.app.url_map.converters.update(secret=Secret))
    portal.add_url_rule(_TOKEN, "answers", _page, methods=["GET"])
    portal.add_url_rule(_TOKEN, "save", _save, methods=["POST"])
    portal.add_url_rule(f"{_TOKEN}/password", "unlock", _unlock, methods=["POST"])
    portal.errorhandler(ClosedLinkError)(_closed)


def _page(token: str) -> ResponseReturnValue:
    link = _link(token)
    links.note_opened(link)
    return _show(link, token)


def _save(token: str) -> ResponseReturnValue:
    """Put the answers into the order; what cannot be read stays in the form with its sentence."""
    link = _link(token)
    not_too_often(f"link:save:{link.id}", WRITES_PER_LINK)
    try:
        fill_in.fill_in(link, request.form)
    except InvalidError as refused:
        return _show(link, token, problems=refused.problems), 422
    flash("Thank you, your answers are saved.", "success")
    return redirect(url_for(".answers", token=token))


def _unlock(token: str) -> ResponseReturnValue:
    """Open a file with the password its sender knows."""
    link = _link(token)
    not_too_often(f"link:password:{link.id}", PASSWORDS_PER_LINK)
    try:
        made = unlocking.unlock(link.incoming_id, request.form.get("password", ""), CUSTOMER)
    except UnreadableError as refused:
        return _show(link, token, problems={"password": str(refused)}), 422
    AnswerLink.update(incoming=made).where(AnswerLink.id == link.id).execute()
    flash("Thank you. The file is open, and we read it now.", "success")
    return redirect(url_for(".answers", token=token))


def _link(token: str) -> AnswerLink:
    not_too_often(f"link:address:{request.remote_addr}", TRIES_PER_ADDRESS)
    return links.find(token)


def _show(link: AnswerLink, token: str, *, problems: dict[str, str] | None = None) -> str:
    incoming = link.incoming
    orders, asked = fill_in.open_questions(incoming)
    return render_template(
        "pages/portal/answers.html",
        token=token,
        file=incoming.name,
        locked=unlocking.is_locked(incoming),
        state=incoming.state,
        groups=_groups(asked),
        orders=facts_of_answer(orders, [], {})["orders"],
        released={o.number for o in orders if o.released_at is not None},
        answered=link.answered_at,
        problems=problems or {},
        typed=request.form,
        phone=shop.setting("shop_phone"),
        email=shop.setting("shop_email"),
    )


def _groups(asked: list[Question]) -> list[dict[str, Any]]:
    """The questions by order, each with the input that fits it."""
    groups: dict[str, dict[str, Any]] = {}
    for question in asked:
        order = question.order
        group = groups.setdefault(
            order.number, {"number": order.number, "po": order.po_number, "inputs": []}
        )
        group["inputs"].append({"question": question, **_input(question)})
    return list(groups.values())


def _input(question: Question) -> dict[str, Any]:
    if question.choices:
        return {"as": "select", "options": [(choice, choice) for choice in question.choices]}
    if question.kind is Kind.YES_NO:
        return {"as": "select", "options": [("yes", "yes"), ("no", "no")]}
    if question.kind is Kind.LONG or question.level is None:
        return {"as": "textarea"}
    more = {"inputmode": "decimal"} if question.kind in _NUMBERS else {}
    return {"as": "input", "kind": INPUTS.get(question.kind, "text"), "more": more}


def _closed(refusal: ClosedLinkError) -> ResponseReturnValue:
    page = render_template(
        "pages/portal/closed.html",
        sentence=str(refusal),
        phone=shop.setting("shop_phone"),
        email=shop.setting("shop_email"),
    )
    return page, 410
