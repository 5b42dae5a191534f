"""The page of one order, and what people do there: release, hold, cancel, artwork, dates."""

from typing import Any, ClassVar

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.utils import secure_filename

import auth
from admin import order_buttons, order_events, order_words, shared_words
from admin.access import Screen
from admin.papers import offered
from admin.printing import CHIPS
from documents import shelf
from documents.previews import kind_of
from errors import InvalidError, NotFoundError, ShopError
from models import (
    Artwork,
    DraftProblem,
    Hold,
    IncomingFile,
    Job,
    Order,
    OrderLine,
    StoredFile,
    Table,
)
from sync.cells import CellError, day
from web.words import plural
from workflow import customer_care, engine, papers, print_jobs
from workflow.actors import Right
from workflow.kept import content_of
from workflow.stages import HOLD_REASONS
from workflow.whole_order import find_order, read_order

_MOST_BYTES = 50 * 1024 * 1024


class OrderPageScreen(Screen):
    """One order."""

    rights: ClassVar = {"see": Right.SEE_ORDERS}

    @expose("/<number>")
    def show(self, number: str) -> str:
        """Everything about an order."""
        actor = auth.current_actor()
        order = find_order(number, actor)
        whole = read_order(
            order,
            actor,
            line_page=request.args.get("lines", 1, type=int),
            before=max(0, min(request.args.get("before", 0, type=int), 2**31 - 1)),
        )
        money = auth.may(Right.SEE_MONEY)
        made = papers.of_order(order, actor, shelf.WITH_MONEY)
        told = order_events.told_to(whole.catalogue, with_money=money)
        return self.render(
            "pages/order/show.html",
            whole=whole,
            order=order,
            words=order_words,
            told=told,
            history=shared_words.history(
                whole.events,
                told,
                newest=not request.args.get("before"),
                oldest=not whole.older_events,
            ),
            with_money=money,
            chips=order_words.chips(order, whole.jobs),
            sentence=order_words.sentence(whole),
            buttons=order_buttons.buttons(whole, actor),
            care=customer_care.of_order(order, actor),
            facts=order_words.fact_groups(whole, with_money=money),
            lines=order_words.line_words(whole, with_money=money),
            papers=made,
            printed=print_jobs.printed_of(made),
            print_states=print_jobs.STATES,
            print_chips=CHIPS,
            offered=offered(order, [s for view in whole.jobs for s in view.shipments]),
            jobs=[
                (
                    view,
                    order_words.task_words(view),
                    {t.id for t in view.tasks if order_buttons.may_reopen(t, view, actor)},
                )
                for view in whole.jobs
            ],
        )

    # ---- the order

    @expose("/<number>/release", methods=("POST",))
    def release(self, number: str) -> ResponseReturnValue:
        """Send the order to the departments."""
        order = engine.release(_order(number).id, auth.current_actor())
        return _back(order, f"Order {order.number} is released.")

    @expose("/<number>/release-credit", methods=("POST",))
    def release_credit(self, number: str) -> ResponseReturnValue:
        """Let the order pass although credit stops it."""
        order = engine.release_credit(_order(number).id, auth.current_actor())
        return _back(order, f"Credit is released for order {order.number}.")

    @expose("/<number>/notes-read", methods=("POST",))
    def notes_read(self, number: str) -> ResponseReturnValue:
        """Say that the customer's instructions have been read."""
        order = engine.mark_notes_read(_order(number).id, auth.current_actor())
        return _back(order, "The instructions are marked as read.")

    @expose("/<number>/problems/<int:problem_id>/settle", methods=("POST",))
    def settle(self, number: str, problem_id: int) -> ResponseReturnValue:
        """Say that one problem of the draft has been dealt with."""
        order = _order(number)
        _part(DraftProblem, problem_id, order)
        engine.settle_problem(problem_id, auth.current_actor())
        return _back(order, "Settled.", "problems")

    @expose("/<number>/hold", methods=("GET", "POST"))
    def hold(self, number: str) -> ResponseReturnValue:
        """Put the order, or one of its jobs, on hold."""
        auth.require(Right.HOLD)
        order = _order(number)
        job_id = request.values.get("job", type=int)
        job = _part(Job, job_id, order) if job_id else None
        if request.method == "GET":
            return self._hold_form(order, job)
        form = request.form
        given = engine.HoldWords(
            form.get("reason_code", ""),
            form.get("owner", ""),
            form.get("next_action", ""),
            form.get("note", ""),
        )
        try:
            engine.hold(order.id, given, auth.current_actor(), job_id=job.id if job else None)
        except InvalidError as refusal:  # its problems belong beside their fields
            return self._hold_form(order, job, refusal.problems), 422
        return _back(order, f"{job or order} is on hold.")

    def _hold_form(
        self, order: Order, job: Job | None, problems: dict[str, str] | None = None
    ) -> str:
        return self.render(
            "pages/order/hold.html",
            order=order,
            job=job,
            problems=problems or {},
            reasons=list(HOLD_REASONS.items()),
            owner=request.form.get("owner", auth.current_actor().name),
        )

    @expose("/<number>/holds/<int:hold_id>/end", methods=("POST",))
    def end_hold(self, number: str, hold_id: int) -> ResponseReturnValue:
        """Take a hold off."""
        order = _order(number)
        _part(Hold, hold_id, order)
        engine.end_hold(hold_id, auth.current_actor())
        return _back(order, "The hold is taken off.")

    @expose("/<number>/cancel", methods=("GET", "POST"))
    def cancel(self, number: str) -> ResponseReturnValue:
        """Cancel the order, one of its jobs or one of its lines, with a reason."""
        auth.require(Right.CANCEL)
        order = _order(number)
        job_id, line_id = (request.values.get(name, type=int) for name in ("job", "line"))
        what: Any = order
        if job_id:
            what = _part(Job, job_id, order)
        elif line_id:
            what = _part(OrderLine, line_id, order)
        if request.method == "GET":
            return self.render("pages/order/cancel.html", order=order, what=what, problems={})
        reason, actor = request.form.get("reason", ""), auth.current_actor()
        try:
            _cancel(what, reason, actor)
        except InvalidError as refusal:  # its problems belong beside their fields
            problems = refusal.problems
            page = self.render("pages/order/cancel.html", order=order, what=what, problems=problems)
            return page, 422
        return _back(order, f"{_capital(what)} is cancelled.")

    # ---- jobs

    @expose("/<number>/jobs/<int:job_id>/date", methods=("GET", "POST"))
    def job_date(self, number: str, job_id: int) -> ResponseReturnValue:
        """Give a job another in-hands date."""
        auth.require(Right.CHANGE_ORDERS)
        order = _order(number)
        job, problem = _part(Job, job_id, order), ""
        if request.method == "POST":
            try:
                due = day(request.form["due"]) if request.form.get("due", "").strip() else None
            except CellError as refusal:
                problem = str(refusal)
            else:
                firm = bool(request.form.get("firm"))
                engine.change_job_date(
                    job_id,
                    due,
                    firm=firm,
                    actor=auth.current_actor(),
                    reason=request.form.get("reason", ""),
                )
                return _back(order, f"{job.number} has another date.", f"job-{job.id}")
        page = self.render("pages/order/date.html", order=order, job=job, problem=problem)
        return (page, 422) if problem else page

    @expose("/<number>/tasks/<int:task_id>/reopen", methods=("POST",))
    def reopen(self, number: str, task_id: int) -> ResponseReturnValue:
        """Take back that a department finished."""
        order = _order(number)
        task = engine.reopen_task(task_id, auth.current_actor())
        return _back(order, f"{task.department.name} is open again.", f"job-{task.job_id}")

    # ---- artwork

    @expose("/<number>/artwork", methods=("POST",))
    def add_artwork(self, number: str) -> ResponseReturnValue:
        """Add a picture, with its first file if one was chosen."""
        order, actor = _order(number), auth.current_actor()
        upload = _upload()
        name = request.form.get("name", "").strip() or (upload[0] if upload else "")
        artwork = engine.add_artwork(
            order.id, name, actor, proof_required=bool(request.form.get("proof_required"))
        )
        if upload:
            engine.add_version(artwork.id, *upload, actor)
        return _back(order, f"Artwork '{artwork.name}' is added.", "artwork")

    @expose("/<number>/artwork/<int:artwork_id>/version", methods=("POST",))
    def add_version(self, number: str, artwork_id: int) -> ResponseReturnValue:
        """Upload another file of a picture."""
        order = _order(number)
        _part(Artwork, artwork_id, order)
        upload = _upload()
        if upload is None:
            raise ShopError("No file came along. Choose the file, then press Upload again.")
        version = engine.add_version(artwork_id, *upload, auth.current_actor())
        return _back(order, f"Version {version.number} is uploaded.", "artwork")

    @expose("/<number>/artwork/<int:artwork_id>/<decision>", methods=("POST",))
    def settle_artwork(self, number: str, artwork_id: int, decision: str) -> ResponseReturnValue:
        """Approve a proof, waive it, say it was sent, or ask for a change."""
        order, actor = _order(number), auth.current_actor()
        artwork = _part(Artwork, artwork_id, order)
        said = request.form.get("words", "").strip()
        if decision == "approve":
            engine.approve_proof(artwork_id, actor, by=said)
        elif decision == "waive":
            engine.waive_proof(artwork_id, actor)
        elif decision == "sent":
            engine.proof_sent(artwork_id, said or order.order_contact_email, actor)
        elif decision == "change":
            engine.request_change(artwork_id, said, actor)
        else:
            abort(404)
        return _back(order, f"'{artwork.name}' is up to date.", "artwork")

    # ---- the document it was read from

    @expose("/<number>/document")
    def document(self, number: str) -> ResponseReturnValue:
        """The file the order was read from, as a download."""
        if not (auth.may(Right.SEE_MONEY) or auth.may(Right.INCOMING)):
            abort(403)
        order = _order(number)
        incoming = order.incoming if order.incoming_id else None
        if incoming is None:
            raise NotFoundError(f"Order {order.number} was not read from a file.")
        return _download(incoming)


def _order(number: str) -> Order:
    return find_order(number, auth.current_actor())


def _part(table: type[Table], key: int | None, order: Order) -> Any:
    """A row of this order.

    Raises:
        NotFoundError: it is not there, or belongs to another order.
    """
    found = None
    if key is not None and 0 < key < 2**31:
        fields = table._meta.fields
        found = table.get_or_none((fields["id"] == key) & (fields["order"] == order.id))
    if found is None:
        raise NotFoundError("That is not there any more. Reload the order's page.")
    return found


def _cancel(what: Any, reason: str, actor: Any) -> None:
    if isinstance(what, Job):
        engine.cancel_job(what.id, reason, actor)
    elif isinstance(what, OrderLine):
        engine.cancel_line(what.id, reason, actor)
    else:
        engine.cancel_order(what.id, reason, actor)


def _capital(what: Any) -> str:
    text = str(what)
    return text[:1].upper() + text[1:]


def _back(order: Order, sentence: str, anchor: str = "") -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("order_page.show", number=order.number, _anchor=anchor or None))


def _upload() -> tuple[str, bytes, str] | None:
    """The uploaded file as name, bytes and kind; the kind is read off the bytes.

    Raises:
        ShopError: it is larger than we keep.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        most = plural(_MOST_BYTES // 1024 // 1024, "megabyte")
        raise ShopError(f"'{file.filename}' is larger than {most}. Send a smaller picture.")
    name = file.filename.rpartition("\\")[2].rpartition("/")[2]
    return name, content, kind_of(content, name)


def _download(incoming: IncomingFile) -> ResponseReturnValue:
    content = content_of(StoredFile.get_by_id(incoming.file_id))
    name = secure_filename(incoming.name) or "document"
    return Response(
        content,
        mimetype="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
