"""The private page of an order, or of all open orders of a customer: where it stands, who waits."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from errors import InvalidError
from models import Contact, Order, PageLink, transaction
from portal.opened import TOKEN, customer, opened, written
from sync import links
from workflow import customer_page, engine, occasions, shop, wording
from workflow.message_facts import recipient_of
from workflow.threads import link_of

#: What customers may switch off; the rest answers what they asked.
EVENTS = (
    "confirmed", "reminder", "date_moved", "ready", "part_shipped", "shipped", "delivered",
)  # fmt: skip


def add_to(portal: Blueprint) -> None:
    """Mount the pages."""
    portal.add_url_rule(TOKEN, "page", _page, methods=["GET"])
    portal.add_url_rule(f"{TOKEN}/orders/<number>", "order", _order, methods=["GET"])
    portal.add_url_rule(f"{TOKEN}/orders/<number>/ask", "ask", _ask, methods=["POST"])
    paper = f"{TOKEN}/orders/<number>/papers/<int:paper_id>"
    portal.add_url_rule(paper, "paper", _paper, methods=["GET"])
    portal.add_url_rule(f"{TOKEN}/orders/<number>/told", "told", _told, methods=["POST"])


def _page(token: str) -> ResponseReturnValue:
    """What the link is about: a proof, an order, or a list of orders."""
    link = opened(token)
    if link.artwork_id is not None:
        return redirect(url_for(".proof", token=token, artwork_id=link.artwork_id))
    orders = customer_page.orders_of(link)
    if link.order_id is not None:
        return _show(link, token, orders[0]) if orders else abort(404)
    return render_template(
        "pages/portal/orders.html",
        token=token,
        views=customer_page.read_orders(orders),
        **_shop(),
    )


def _order(token: str, number: str) -> ResponseReturnValue:
    link = opened(token)
    return _show(link, token, customer_page.order_of(link, number))


def _show(link: PageLink, token: str, order: Order, problems: dict[str, str] | None = None) -> str:
    view = customer_page.read_order(order)
    recipient = recipient_of(order)
    answer = link_of(order.incoming) if view.questions and _is_alone(link, order) else None
    return render_template(
        "pages/portal/order.html",
        token=token,
        view=view,
        order=order,
        papers=customer_page.papers_of(order),
        several=link.customer_id is not None,
        answer_url=links.url_of(answer, _settings()) if answer is not None else "",
        contact=recipient.contact,
        events=[(event, _title(event)) for event in EVENTS],
        problems=problems or {},
        typed=request.form,
        **_shop(),
    )


def _is_alone(link: PageLink, order: Order) -> bool:
    """Whether the questions about an order's document are about nothing this link hides."""
    others = Order.select().where((Order.incoming == order.incoming_id) & (Order.id != order.id))
    return link.customer_id is not None or not others.exists()


def _paper(token: str, number: str, paper_id: int) -> ResponseReturnValue:
    """A paper of the order, as a PDF."""
    order = customer_page.order_of(opened(token), number)
    paper = customer_page.paper_of(order, paper_id)
    answer = Response(bytes(paper.file.content), mimetype="application/pdf")
    name = secure_filename(f"{paper.title}.pdf") or "paper.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _ask(token: str, number: str) -> ResponseReturnValue:
    """A message to the shop."""
    link = written(token)
    order = customer_page.order_of(link, number)
    name = request.form.get("by", "") or recipient_of(order).name
    try:
        engine.ask_shop(order.id, request.form.get("words", ""), name, customer(name))
    except InvalidError as refused:
        return _show(link, token, order, refused.problems), 422
    flash("Thank you, we have your message and will answer it.", "success")
    return redirect(url_for(".order", token=token, number=number, _anchor="messages"))


def _told(token: str, number: str) -> ResponseReturnValue:
    """What this person wants to hear of, and how."""
    order = customer_page.order_of(written(token), number)
    contact = recipient_of(order).contact
    if contact is None:
        abort(404)
    wanted = set(request.form.getlist("event"))
    way = request.form.get("way", "")
    with transaction():
        Contact.update(
            unwanted=[event for event in EVENTS if event not in wanted],
            opt_in=way != "none",
            preferred_channel=way if way in ("email", "sms") else contact.preferred_channel,
        ).where(Contact.id == contact.id).execute()
    flash("Saved. We tell you only what you ticked.", "success")
    return redirect(url_for(".order", token=token, number=number, _anchor="told"))


def _title(event: str) -> str:
    return occasions.EVENTS.get(event) or wording.EVENTS[event]


def _settings() -> Any:
    return current_app.config["SETTINGS"]


def _shop() -> dict[str, Any]:
    return {"phone": shop.setting("shop_phone"), "email": shop.setting("shop_email")}
