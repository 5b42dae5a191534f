"""Customers kept informed: what they wrote, their private pages, and who hears of a late job."""

from typing import Any, ClassVar

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from errors import InvalidError, NotFoundError
from models import Forecast, Inquiry, Job, Order
from sync import page_links
from workflow import customer_care, engine, messages, occasions, wording
from workflow.actors import Right
from workflow.message_facts import day, facts_of, recipient_of
from workflow.whole_order import find_order
from workflow.wording import Words


class CareScreen(Screen):
    """Messages from customers, and what we owe them."""

    rights: ClassVar = {"see": Right.MESSAGES}

    @expose("/")
    def index(self) -> str:
        """What waits for an answer, or what was answered."""
        answered = request.args.get("tab") == "answered"
        before = request.args.get("before", type=int)
        return self._list(answered, before)

    def _list(
        self, answered: bool, before: int | None = None, refused: dict[int, str] | None = None
    ) -> str:
        size = customer_care.PAGE
        rows = customer_care.inquiries(answered=answered, before=before, limit=size + 1)
        older = rows[size - 1].id if len(rows) > size and answered else None
        waiting = customer_care.how_many_wait()
        tabs = [
            {"label": "To answer", "url": url_for(".index"), "active": not answered,
             "count": waiting, "hot": waiting > 0},
            {"label": "Answered", "url": url_for(".index", tab="answered"), "active": answered},
        ]  # fmt: skip
        page: str = self.render(
            "pages/care/index.html",
            rows=rows[:size],
            tabs=tabs,
            answered=answered,
            older=url_for(".index", tab="answered", before=older) if older else "",
            refused=refused or {},
            typed=request.form,
        )
        return page

    @expose("/<int:inquiry_id>/reply", methods=("POST",))
    def reply(self, inquiry_id: int) -> ResponseReturnValue:
        """Answer one message; it goes out and stands on the customer's page."""
        found = _found(Inquiry, inquiry_id)
        try:
            engine.reply_inquiry(inquiry_id, request.form.get("answer", ""), auth.current_actor())
        except InvalidError as refusal:
            return self._list(False, None, {inquiry_id: refusal.problems["answer"]}), 422
        flash("The answer goes out now.", "success")
        if request.args.get("back") == "order":
            number = Order.get_by_id(found.order_id).number
            return redirect(url_for("order_page.show", number=number, _anchor="customer"))
        return redirect(url_for(".index"))

    # ---- private pages

    @expose("/page/<number>")
    def page(self, number: str) -> str:
        """The addresses of the customer's private pages, to copy."""
        actor = auth.current_actor()
        order, settings = find_order(number, actor), current_app.config["SETTINGS"]
        link = page_links.standing(order, actor)
        of_all = page_links.standing(order.customer, actor) if order.customer else None
        return self.render(
            "pages/care/page.html",
            order=order,
            link=link,
            url=page_links.url_of(link, settings),
            all_url=page_links.url_of(of_all, settings) if of_all is not None else "",
        )

    @expose("/page/<number>/end", methods=("POST",))
    def end(self, number: str) -> ResponseReturnValue:
        """End every private page that shows this order."""
        order = find_order(number, auth.current_actor())
        page_links.revoke_all(order, auth.current_actor())
        flash("The private pages of this order work no more.", "success")
        return redirect(url_for("order_page.show", number=number))

    # ---- late, delivered

    @expose("/late/<int:job_id>", methods=("GET", "POST"))
    def late(self, job_id: int) -> ResponseReturnValue:
        """The message that a job will be late, ready to be sent."""
        job = _found(Job, job_id)
        order = find_order(Order.get_by_id(job.order_id).number, auth.current_actor())
        seen = Forecast.get_or_none(Forecast.job == job_id)
        if seen is None:
            raise NotFoundError("By now the job is expected in time. Reload the page.")
        if request.method == "POST":
            reason = request.form.get("reason", "")
            try:
                engine.tell_late(job_id, reason, auth.current_actor())
            except InvalidError as refusal:
                return self._late(order, job, seen, refusal.problems), 422
            flash(f"The customer is told about {job.number}.", "success")
            return redirect(url_for("order_page.show", number=order.number))
        return self._late(order, job, seen, {})

    def _late(self, order: Order, job: Job, seen: Forecast, problems: dict[str, str]) -> str:
        reason = request.form.get("reason", occasions.reason_for_customers(seen.reason))
        page: str = self.render(
            "pages/care/late.html",
            order=order,
            job=job,
            seen=seen,
            reason=reason,
            words=_words(order, job, seen, reason),
            recipient=recipient_of(order, "late"),
            problems=problems,
        )
        return page

    @expose("/delivered/<int:shipment_id>", methods=("POST",))
    def delivered(self, shipment_id: int) -> ResponseReturnValue:
        """A parcel has arrived."""
        shipment = engine.note_delivered(shipment_id, auth.current_actor())
        order = Order.get_by_id(Job.get_by_id(shipment.job_id).order_id)
        flash("It is noted, and the customer is told.", "success")
        return redirect(url_for("order_page.show", number=order.number))


def _words(order: Order, job: Job, seen: Forecast, reason: str) -> Words | None:
    """The message as it would go out, or nothing where its text must be mended first."""
    late = {"due": day(seen.due_date), "expected": day(seen.expected_on), "reason": reason}
    facts = facts_of(order, job) | {"late": late, "link": "[their private page]"}
    template = messages.template_of("late")
    try:
        return wording.fill(Words(template.subject, template.body), facts)
    except InvalidError:  # its text says so under Message texts
        return None


def _found(table: Any, key: int) -> Any:
    found = table.get_or_none(id=key) if key < 2**31 else None
    if found is None:
        raise NotFoundError("That is not there any more. Reload the page.")
    return found
