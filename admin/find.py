"""The scan field: a number opens the job, words look through the orders, anything else is told.

A number that is scanned on a queue's page opens the work of that department; elsewhere that of the
departments the person works in.  Who works in none goes to the order.
"""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote_plus

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from sync.cells import clean
from workflow import finding, papers
from workflow.actors import Actor, Right
from workflow.finding import Hit

LONGEST = 200


@dataclass(frozen=True)
class Found:
    """Where a search leads: a pop-up, a page, or a sentence why nowhere."""

    popup: str = ""
    url: str = ""
    sentence: str = ""


class FindScreen(Screen):
    """Where the field in the top bar leads."""

    rights: ClassVar[dict[str, Right]] = {"see": Right.SEE_ORDERS}

    @expose("/")
    def index(self) -> ResponseReturnValue:
        text = clean(request.args.get("q", ""))[:LONGEST]
        found = _find(text, auth.current_actor(), clean(request.args.get("queue", ""))[:80])
        if request.accept_mimetypes.best == "application/json":
            return jsonify(vars(found))
        if found.sentence:
            flash(found.sentence, "error")
        return redirect(found.popup or found.url or url_for("today.index"))


def _find(text: str, actor: Actor, slug: str) -> Found:
    if not text:
        return Found(sentence="Scan or type an order number, a PO number or a word.")
    number, _, code = text.partition("/")
    hit = finding.by_number(number if code else text)
    if hit is None:
        return _look_through(text)
    refused = papers.why_refused(hit.number, code.strip().upper()) if code else ""
    if refused:
        return Found(sentence=refused)
    task = _task(hit, actor, slug)
    if task:
        return Found(popup=url_for("queue.popup", task_id=task))
    if slug and hit.task_in(slug) is None:
        return Found(sentence=hit.not_here(slug))
    return Found(url=f"/orders/{hit.order}")


def _task(hit: Hit, actor: Actor, slug: str) -> int:
    """The task to open: this queue's, else one the person may do now; 0 if there is none."""
    seen = auth.departments_seen(actor)
    if slug:
        here = hit.task_in(slug)
        return here.id if here is not None and (seen is None or here.department in seen) else 0
    own = [
        task
        for task in hit.tasks
        if task.open and actor.departments and task.department in actor.departments
    ]
    ready = [task for task in own if task.ready]
    return (ready or own)[0].id if own else 0


def _look_through(text: str) -> Found:
    if finding.any_order(text):
        return Found(url=f"/orders/?search={quote_plus(text)}")
    return Found(
        sentence=f"'{text}' is no order, job or PO number we know, and no order has these words. "
        "Check the number, or look in the list of orders."
    )
