"""Papers of orders: made, downloaded, printed; and purchase orders sent to vendors."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.utils import secure_filename

import auth
from admin.access import Screen
from documents import kinds, shelf
from errors import InvalidError, NotFoundError
from models import Job, Order, Paper, Printer, Shipment
from web import words
from workflow import engine, papers, print_jobs
from workflow.actors import Right
from workflow.whole_order import find_order

_OF_ORDER = ("confirmation", "invoice")
_PART = "invoice:"  # and the number of a hand-over
_OF_JOB = ("traveler", "pick_list", "packing_slip", "carton_label", "label")


class PapersScreen(Screen):
    """What is done with papers; their list stands on the order's page."""

    rights: ClassVar = {"see": Right.SEE_ORDERS}

    @expose("/order/<number>/make", methods=("POST",))
    def make(self, number: str) -> ResponseReturnValue:
        """Make one kind of paper of an order, or of all its jobs."""
        actor = auth.current_actor()
        order = find_order(number, actor)
        kind = request.form.get("kind", "")
        if kind not in offered(order, _hand_overs(order)):
            raise NotFoundError("There is no such paper of this order. Reload the page.")
        made = [shelf.make(sheet, actor) for sheet in _sheets(kind, order)]
        flash(f"{made[0].title} is ready.", "success")
        return redirect(url_for("order_page.show", number=order.number, _anchor="papers"))

    @expose("/<int:paper_id>")
    def show(self, paper_id: int) -> ResponseReturnValue:
        """The paper itself."""
        paper = _paper(paper_id)
        kind = paper.file.content_type
        ending = {"application/pdf": "pdf", "image/png": "png"}.get(kind, "zpl")
        name = secure_filename(f"{paper.title}.{ending}") or f"paper.{ending}"
        how = "inline" if ending == "pdf" else "attachment"
        return Response(
            bytes(paper.file.content),
            mimetype=kind,
            headers={"Content-Disposition": f'{how}; filename="{name}"'},
        )

    @expose("/<int:paper_id>/print", methods=("GET", "POST"))
    def print(self, paper_id: int) -> ResponseReturnValue:
        """Choose a printer; a paper that came out before wants a reason."""
        paper, actor = _paper(paper_id), auth.current_actor()
        before = print_jobs.printed_of([paper]).get(paper.id)
        problems: dict[str, str] = {}
        if request.method == "POST":
            try:
                job = _print(paper, before is not None)
            except InvalidError as refusal:
                problems = refusal.problems
            else:
                flash(f"{paper.title} goes to {job.printer}.", "success")
                return redirect(_back(paper))
        page = self.render(
            "pages/papers/print.html",
            paper=paper,
            before=before,
            states=print_jobs.STATES,
            printers=print_jobs.printers_for(paper.kind),
            problems=problems,
            typed=request.form,
            may_set_up=actor.may(Right.SET_UP),
        )
        return page, 422 if problems else 200

    @expose("/purchase-orders/<int:purchase_id>/send", methods=("POST",))
    def send(self, purchase_id: int) -> ResponseReturnValue:
        """Mail a purchase order to its vendor."""
        purchase = engine.send_purchase_order(purchase_id, auth.current_actor())
        flash(f"{purchase.number} goes to {purchase.vendor} by mail.", "success")
        return redirect(url_for("purchase_orders.details_view", id=purchase.id))


def offered(order: Order, shipments: Iterable[Shipment]) -> dict[str, str]:
    """The kinds of paper somebody may have made of an order, with their words.

    What went in parts may be invoiced in parts: each hand-over that stands has its own.
    """
    kinds_here = [*_OF_ORDER, *(_OF_JOB if order.released_at is not None else ())]
    money = auth.may(Right.SEE_MONEY)
    found = {
        kind: kinds.label_of(kind) for kind in kinds_here if money or not kinds.KINDS[kind].money
    }
    parts = [row for row in shipments if row.voided_at is None and row.shipped_at]
    if money and len(parts) > 1:
        for row in sorted(parts, key=lambda row: int(row.id)):
            found[f"{_PART}{row.id}"] = f"Invoice of {words.day(row.shipped_at)}, {row}"
    return found


def _hand_overs(order: Order) -> list[Shipment]:
    query = Shipment.select(Shipment, Job, Order).join(Job).join(Order)
    return list(query.where(Job.order == order))


def _sheets(kind: str, order: Order) -> Sequence[Any]:
    if kind.startswith(_PART):
        one = next(row for row in _hand_overs(order) if f"{_PART}{row.id}" == kind)
        return shelf.sheets_of_shipment("invoice", one)
    if kind in _OF_ORDER:
        return [shelf.sheet_of_order(kind, order)]
    jobs = Job.select(Job, Order).join(Order).where(Job.order == order)
    alive = jobs.where(Job.cancelled_at.is_null()).order_by(Job.position)
    return [sheet for job in alive for sheet in shelf.sheets_of_job(kind, job)]


def _paper(paper_id: int) -> Paper:
    """A paper this person may see."""
    paper = papers.find(paper_id)
    if paper.kind in shelf.WITH_MONEY and not auth.may(Right.SEE_MONEY):
        abort(403)
    if paper.order is not None:
        find_order(paper.order.number, auth.current_actor())
    elif not auth.may(Right.PURCHASING):
        abort(403)
    return paper


def _print(paper: Paper, again: bool) -> Any:
    printer = Printer.get_or_none(Printer.id == request.form.get("printer", 0, type=int))
    if printer is None:
        raise InvalidError({"printer": "Choose a printer"})
    reason = " ".join(request.form.get("reason", "").split())
    if again and not reason:
        raise InvalidError({"reason": "Say why it is printed again"})
    copies = request.form.get("copies", 0, type=int)
    return print_jobs.ask(paper, printer, auth.current_actor(), copies=copies, reason=reason)


def _back(paper: Paper) -> str:
    if paper.order is None:
        return url_for("purchase_orders.details_view", id=paper.purchase_order_id)
    return url_for("order_page.show", number=paper.order.number, _anchor="papers")
