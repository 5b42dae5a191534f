"""Everything that came in: what became of each file, what to do next, and where files are dropped.

The list is ``IncomingView``; a file's own page shows its sheet with the cells that are a problem.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from peewee import SQL, fn
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

import auth
import clock
from admin import incoming_answers, incoming_words
from admin.incoming_words import STATES, Outcome
from admin.sheet_preview import preview
from admin.views import ShopView
from documents.order_form import FormProduct, order_form
from errors import InvalidError, NotFoundError, ShopError, UnreadableError
from models import (
    Customer,
    DraftProblem,
    IncomingFile,
    IncomingMail,
    Order,
    Product,
    StoredFile,
    Variant,
)
from sync import intake, links, mappings, replies, touchless
from sync.mail_rules import MailState
from sync.readers import read_safely
from web.failures import in_place
from web.words import plural
from workflow import lookup, shop
from workflow.actors import Right
from workflow.fields import Level
from workflow.kept import content_of
from workflow.stages import Stage

#: Files up to this size are read while the person waits; larger ones by the worker.
READ_AT_ONCE = 1024 * 1024
MOST_FILES = 50
MOST_FORM_PRODUCTS = 2_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class IncomingView(ShopView):
    """The list of files, and what a person does with one."""

    rights: ClassVar = {"see": Right.INCOMING}
    related: ClassVar = (IncomingFile.customer,)
    creates = edits = False
    list_template = "pages/incoming/list.html"
    column_list = ("received_at", "name", "state", "next", "customer", "sender", "channel")
    column_export_list = (
        "received_at", "name", "state", "reason", "customer", "sender", "channel", "received_by",
        "read_at",
    )  # fmt: skip
    column_sortable_list = ("received_at", "name", "state", "sender", "channel")
    column_default_sort = ("id", True)
    column_searchable_list = ("name", "sender", "reason", Customer.name)
    column_filters = ("name", "sender", "channel", "received_at", "received_by", Customer.name)
    column_labels: ClassVar = {"received_at": "Came", "name": "File", "next": "What to do next"}
    column_display_actions = False

    # ------------------------------------------------------------ the list

    def get_query(self) -> Any:
        query = super().get_query().select_extend(incoming_answers.last_answer())
        wanted = request.args.get("state", "")
        return query.where(IncomingFile.state == wanted) if wanted in STATES else query

    def get_list(self, *args: Any, **words: Any) -> tuple[int | None, Any]:
        count, rows = super().get_list(*args, **words)
        if isinstance(rows, list):
            self._template_args["outcomes"] = outcomes_of(rows)
            self._template_args["tabs"] = _tabs(request.args.get("state", ""))
            self._template_args["words"] = incoming_words
            self._template_args["in_words"] = incoming_answers.in_words
            self._template_args["period"] = request.args.get("period", "")
        return count, rows

    @expose("/pace")
    def pace(self) -> ResponseReturnValue:
        """How fast files became orders, and how many needed nobody; a part of the list."""
        found = incoming_answers.pace(request.args.get("period", ""))
        template = "pace.html" if in_place() else "pace_page.html"
        return self.render(f"pages/incoming/{template}", **found)

    @expose("/<int:id>")
    def details_view(self, id: int) -> ResponseReturnValue:
        """One file: what came of it, what is wrong in it, and the buttons."""
        incoming = _file(id)
        outcome = outcomes_of([incoming])[incoming.id]
        return self.render(
            "pages/incoming/show.html",
            incoming=incoming,
            outcome=outcome,
            words=incoming_words,
            size=StoredFile.select(StoredFile.size)
            .where(StoredFile.id == incoming.file_id)
            .scalar(),
            problems=_problems(incoming.id),
            not_again=intake.why_not_read_again(incoming),
            **incoming_answers.about(incoming),
            used=mappings.used_for(incoming),
            is_table=intake.is_table(incoming),
            looked_at=_looked_at(outcome.orders),
        )

    @expose("/<int:id>/sheet")
    def sheet(self, id: int) -> ResponseReturnValue:
        """The file as a table, the cells that are a problem marked; a part of the page."""
        incoming = _file(id)
        try:
            book = read_safely(content_of(incoming.file), incoming.name)
        except (NotFoundError, UnreadableError) as unreadable:
            found, reason = [], str(unreadable)
        else:
            found, reason = preview(book, [(p.address, p.message) for p in _problems(id)]), ""
        template = "sheet.html" if in_place() else "sheet_page.html"
        return self.render(
            f"pages/incoming/{template}", incoming=incoming, pages=found, reason=reason
        )

    @expose("/<int:id>/file")
    def file(self, id: int) -> ResponseReturnValue:
        """The file as it came, as a download that runs nowhere."""
        incoming = _file(id)
        return download(content_of(incoming.file), incoming.name, "application/octet-stream")

    # ------------------------------------------------------------ what a person does

    @expose("/upload", methods=("POST",))
    def upload(self) -> ResponseReturnValue:
        """Take the files that were dropped or chosen; small ones are read at once."""
        files = [file for file in request.files.getlist("files") if file.filename]
        if not files:
            raise InvalidError({"files": "choose at least one file"})
        if len(files) > MOST_FILES:
            raise InvalidError({"files": f"{len(files)} files; take {MOST_FILES} at a time"})
        taken = [_take(file) for file in files]
        if in_place():
            return render_template(
                "pages/incoming/taken.html",
                taken=taken,
                outcomes=outcomes_of(taken),
                words=incoming_words,
            )
        for incoming in taken:
            kind = "success" if incoming.state == intake.State.ACCEPTED else "info"
            flash(f"{incoming.name}: {incoming_words.sentence(incoming)}", kind)
        if len(taken) == 1:
            return redirect(url_for(".details_view", id=taken[0].id))
        return redirect(url_for(".index_view"))

    @expose("/<int:id>/read-again", methods=("POST",))
    def read_again(self, id: int) -> ResponseReturnValue:
        """Read a file once more."""
        return _done(intake.read_again(id, auth.current_actor()))

    @expose("/<int:id>/reject", methods=("POST",))
    def reject(self, id: int) -> ResponseReturnValue:
        """Say that a file is none of ours."""
        return _done(intake.reject(id, request.form.get("reason", ""), auth.current_actor()))

    @expose("/<int:id>/customer", methods=("POST",))
    def choose_customer(self, id: int) -> ResponseReturnValue:
        """Say whose file it is."""
        customer = called(request.form.get("customer", ""))
        return _done(intake.choose_customer(id, customer.id, auth.current_actor()))

    @expose("/<int:id>/answer", methods=("POST",))
    def answer(self, id: int) -> ResponseReturnValue:
        """Write to who sent a file, because a person says so."""
        message = replies.answer(id, auth.current_actor(), by_hand=True)
        if message is not None:
            flash(f"“{message.subject}” goes out to {message.recipient}.", "success")
        return redirect(url_for(".details_view", id=id))

    @expose("/<int:id>/links/end", methods=("POST",))
    def end_links(self, id: int) -> ResponseReturnValue:
        """End the private links of a file."""
        count = links.revoke_all(_file(id).id, auth.current_actor())
        flash(f"{plural(count, 'private link')} ended; nobody can open them any more.", "success")
        return redirect(url_for(".details_view", id=id))

    @expose("/customers")
    def customers(self) -> ResponseReturnValue:
        """What fits the customer that is being typed, as choices of the input."""
        found = lookup.customers(request.args.get("customer", "")[:120])
        return render_template("pages/incoming/customers.html", found=found)

    @expose("/order-form.xlsx")
    def order_form(self) -> ResponseReturnValue:
        """Our own order form with this shop's products, for customers to fill in."""
        levels = (Level.ORDER, Level.DESTINATION, Level.LINE, Level.DECORATION)
        own = [field for level in levels for field in shop.custom_fields(level)]
        name = str(shop.setting("shop_name"))
        return download(order_form(name, _form_products(), own), f"{name} order form.xlsx", _XLSX)


# ---------------------------------------------------------------- reading


def _file(id: int) -> IncomingFile:
    if id >= 2**31:
        raise NotFoundError("There is no such file. Go back to the list.")
    return intake.find(id)


def _problems(incoming_id: int) -> list[DraftProblem]:
    """What is open about a file and its orders, in the order of the file."""
    found = DraftProblem.select().where(
        (DraftProblem.incoming == incoming_id) & DraftProblem.settled_at.is_null()
    )
    return list(found.order_by(DraftProblem.id).limit(500))


def _looked_at(orders: Sequence[Order]) -> list[tuple[Order, list[str]]]:
    """Orders in review of customers who need none, and why a person looks at them all the same."""
    waiting = [o.id for o in orders if o.stage == Stage.REVIEW and o.cancelled_at is None][:5]
    told = Order.select(Order, Customer).join(Customer).where(Order.id.in_(waiting))
    found = told.where(Customer.touchless).order_by(Order.id)
    return [(order, touchless.why_not(order, order.customer)) for order in found]


def outcomes_of(files: Sequence[IncomingFile]) -> dict[int, Outcome]:
    """What became of files: their orders, with how much is open on each; in two questions."""
    ids = [incoming.id for incoming in files]
    touched = DraftProblem.select(
        DraftProblem.incoming,
        DraftProblem.order,
        fn.SUM(DraftProblem.settled_at.is_null().cast("INTEGER")).alias("open"),
    ).where(DraftProblem.incoming.in_(ids))
    rows: Any = touched.group_by(DraftProblem.incoming, DraftProblem.order).tuples()
    open_problems = {(file, order): count for file, order, count in rows}
    changed = {order for _file, order in open_problems if order is not None}
    orders = list(
        Order.select(
            Order.id, Order.number, Order.stage, Order.incoming, Order.customer_name,
            Order.po_number, Order.cancelled_at, Order.on_hold, Order.in_hands_date,
        ).where(Order.incoming.in_(ids) | Order.id.in_(sorted(changed)))
        .order_by(Order.id)
    )  # fmt: skip
    return {
        incoming.id: Outcome(
            [
                o
                for o in orders
                if o.incoming_id == incoming.id or (incoming.id, o.id) in open_problems
            ],
            {order: count for (file, order), count in open_problems.items() if file == incoming.id},
        )
        for incoming in files
    }


def _tabs(state: str) -> list[dict[str, Any]]:
    """The states as tabs; how many wait for a person is said, how many there were is not."""
    count, mails = _waiting()
    tabs = [{"label": "All", "url": url_for(".index_view"), "active": state not in STATES}]
    for name, words in STATES.items():
        tab = {
            "label": words.tab,
            "url": url_for(".index_view", state=name),
            "active": state == name,
        }
        if name == intake.State.NEEDS_PERSON:
            tab |= {"count": count or None, "hot": count > 0}
        tabs.append(tab)
    url = url_for("mails.index_view")
    return [*tabs, {"label": "Mails", "url": url, "count": mails or None, "hot": mails > 0}]


def _waiting() -> tuple[int, int]:
    """How many files and how many mails wait for a person; in one question."""
    files: Any = IncomingFile.select(SQL("'files'").alias("kind"), fn.COUNT(IncomingFile.id)).where(
        IncomingFile.state == intake.State.NEEDS_PERSON
    )
    mails = IncomingMail.select(SQL("'mails'"), fn.COUNT(IncomingMail.id)).where(
        IncomingMail.state == MailState.WAITING
    )
    found = dict(files.union_all(mails).tuples())
    return found["files"], found["mails"]


def _form_products() -> list[FormProduct]:
    products = list(
        Product.select(Product.id, Product.sku, Product.name)
        .where(Product.active)
        .order_by(Product.sku)
        .limit(MOST_FORM_PRODUCTS)
    )
    looks: dict[int, tuple[dict[str, None], dict[str, None]]] = {}
    asked: Any = (
        Variant.select(Variant.product, Variant.color, Variant.size)
        .where(Variant.active & Variant.product.in_([p.id for p in products]))
        .order_by(Variant.id)
        .tuples()
    )
    for product, color, size in asked:
        colors, sizes = looks.setdefault(product, ({}, {}))
        colors[color] = sizes[size] = None
    empty: tuple[dict[str, None], dict[str, None]] = ({}, {})
    return [
        FormProduct(p.sku, p.name, *(tuple(filter(None, w)) for w in looks.get(p.id, empty)))
        for p in products
    ]


# ---------------------------------------------------------------- doing


def _take(file: FileStorage) -> IncomingFile:
    """Keep one uploaded file, and read it at once if that does not take long."""
    actor, content = auth.current_actor(), file.read()
    incoming = intake.receive(
        "upload", file.filename or "", content, actor=actor, content_type=file.mimetype
    )
    if len(content) > READ_AT_ONCE or not actor.may(Right.ENTER_ORDERS):
        return incoming
    return intake.read_file(incoming.id, actor)


def called(text: str) -> Customer:
    """The customer somebody means by code, name or e-mail address.

    Raises:
        ShopError: nobody, or several.
    """
    found = lookup.customer_called(text)
    close = [found] if found is not None else lookup.customers(text[:120])
    if len(close) == 1:
        return close[0]
    if not close:
        raise ShopError(f"'{text}' is no customer. Type a code or name, or add the customer first.")
    several = ", ".join(f"{c.name} ({c.code})" for c in close[:5])
    raise ShopError(f"'{text}' can be {several}. Type the code.")


def _done(incoming: IncomingFile) -> ResponseReturnValue:
    good = incoming.state in (intake.State.ACCEPTED, intake.State.REJECTED)
    flash(incoming_words.sentence(incoming), "success" if good else "warning")
    return redirect(url_for(".details_view", id=incoming.id))


def download(content: bytes, name: str, content_type: str) -> Response:
    """Bytes from outside: saved by the browser, never shown and never run in this origin."""
    plain = secure_filename(name) or f"file-{clock.today():%Y%m%d}"
    how = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        mimetype=content_type,
        headers={
            "Content-Disposition": how,
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
