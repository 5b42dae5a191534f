"""Mails that came in: who wrote, what became of them, and the two clicks that decide about one."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from peewee import fn

import auth
from admin import incoming_words, mail_words
from admin.incoming import called, download, outcomes_of
from admin.incoming_words import bytes_in_words
from admin.mail_words import STATES
from admin.views import ShopView
from errors import NotFoundError
from models import Customer, IncomingFile, IncomingMail
from sync import mailroom
from sync.mail_rules import MailState
from sync.readers.sniff import FileKind
from workflow.actors import Right
from workflow.kept import content_of
from workflow.threads import FREE_MAIL

_PDF_POLICY = "default-src 'none'; object-src 'self'; plugin-types application/pdf; " + (
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


class MailView(ShopView):
    """The list of mails, and one mail."""

    rights: ClassVar = {"see": Right.INCOMING}
    related: ClassVar = (IncomingMail.customer,)
    creates = edits = False
    list_template = "pages/mail/list.html"
    column_list = ("arrived_at", "sender", "subject", "state", "next", "customer")
    column_export_list = (
        "arrived_at", "received_at", "sender", "sender_name", "subject", "state", "reason",
        "customer", "authentication", "automatic", "message_id",
    )  # fmt: skip
    column_sortable_list = ("arrived_at", "sender", "subject", "state")
    column_default_sort = ("id", True)
    column_searchable_list = ("sender", "sender_name", "subject", Customer.name)
    column_filters = ("sender", "subject", "arrived_at", "authenticated", Customer.name)
    column_labels: ClassVar = {"arrived_at": "Came", "sender": "From", "next": "What to do next"}
    column_display_actions = False

    def get_query(self) -> Any:
        wanted = request.args.get("state", "")
        query = super().get_query().select_extend(_waiting().alias("waiting"))
        return query.where(IncomingMail.state == wanted) if wanted in STATES else query

    def get_list(self, *args: Any, **words: Any) -> tuple[int | None, Any]:
        count, rows = super().get_list(*args, **words)
        if isinstance(rows, list):
            files = _files_of(rows)
            brought = [one for some in files.values() for one in some]
            waiting = rows[0].waiting if rows else _waiting().scalar()
            self._template_args["files"] = files
            self._template_args["outcomes"] = outcomes_of(brought) if brought else {}
            self._template_args["tabs"] = _tabs(request.args.get("state", ""), waiting)
            self._template_args["words"] = mail_words
        return count, rows

    @expose("/<int:id>")
    def details_view(self, id: int) -> ResponseReturnValue:
        """One mail: its text, what hangs on it, what it became, and what a person can say."""
        mail = _mail(id)
        files = _files_of([mail])[mail.id]
        return self.render(
            "pages/mail/show.html",
            mail=mail,
            files=files,
            outcomes=outcomes_of(files),
            parts=mail_words.parts_of(mail),
            words=mail_words,
            file_words=incoming_words,
            in_words=bytes_in_words,
            domain="" if _is_free(mail) else mail.sender.rpartition("@")[2],
        )

    @expose("/<int:id>/original")
    def original(self, id: int) -> ResponseReturnValue:
        """The mail as it came, as a download that runs nowhere."""
        mail = _mail(id)
        content = content_of(mail.original)
        return download(content, f"{mail.subject or 'mail'}.eml", "application/octet-stream")

    @expose("/<int:id>/part/<int:number>")
    def part(self, id: int, number: int) -> ResponseReturnValue:
        """One thing that hangs on a mail; a PDF may be shown, all else is only saved."""
        part = mailroom.part_of(_mail(id), number)
        if part.kind == FileKind.PDF and request.args.get("show"):
            return _shown_pdf(part.content)
        return download(part.content, part.name, "application/octet-stream")

    @expose("/<int:id>/order", methods=("POST",))
    def admit(self, id: int) -> ResponseReturnValue:
        """It is an order of this customer."""
        typed = request.form.get("customer", "").strip()
        customer = called(typed) if typed else None
        remember = request.form.get("remember", "")
        mail = mailroom.admit(
            id,
            auth.current_actor(),
            customer_id=customer.id if customer else None,
            remember=remember if remember in ("address", "domain") else "",
        )
        flash(f"“{mail}” is taken. {_what_now(mail)}", "success")
        return redirect(url_for(".details_view", id=id))

    @expose("/<int:id>/no-order", methods=("POST",))
    def refuse(self, id: int) -> ResponseReturnValue:
        """It is no order."""
        reason = request.form.get("reason", "")
        for_ever = request.form.get("for_ever") == "1"
        mailroom.refuse(id, reason, auth.current_actor(), for_ever=for_ever)
        flash("It counts as no order; it stays in the list.", "success")
        return redirect(url_for(".index_view"))


def beside_form(incoming: IncomingFile) -> str:
    """A document as a panel beside the order form: its mail with text and papers, or a link."""
    mail = incoming.mail if incoming.mail_id is not None else None
    parts = mail_words.parts_of(mail) if mail is not None else []
    return render_template(
        "pages/mail/beside.html",
        incoming=incoming,
        mail=mail,
        parts=parts,
        paper=next((part for part in parts if mail_words.is_pdf(part)), None),
        in_words=bytes_in_words,
    )


def _mail(id: int) -> IncomingMail:
    if id >= 2**31:
        raise NotFoundError("There is no such mail. Go back to the list.")
    return mailroom.find(id)


def _files_of(mails: Sequence[IncomingMail]) -> dict[int, list[IncomingFile]]:
    found: dict[int, list[IncomingFile]] = {mail.id: [] for mail in mails}
    query = IncomingFile.select().where(IncomingFile.mail.in_(list(found)))
    for file in query.order_by(IncomingFile.id):
        found[file.mail_id or 0].append(file)
    return found


def _waiting() -> Any:
    """How many mails wait for a person to say whether they are orders, as a question."""
    mails = IncomingMail.alias()
    return mails.select(fn.COUNT(mails.id)).where(mails.state == MailState.WAITING)


def _tabs(state: str, waiting: int) -> list[dict[str, Any]]:
    tabs = [{"label": "All", "url": url_for(".index_view"), "active": state not in STATES}]
    for name, words in STATES.items():
        tab = {
            "label": words.tab,
            "url": url_for(".index_view", state=name),
            "active": state == name,
        }
        if name == MailState.WAITING:
            tab |= {"count": waiting or None, "hot": waiting > 0}
        tabs.append(tab)
    return tabs


def _is_free(mail: IncomingMail) -> bool:
    return mail.sender.rpartition("@")[2] in FREE_MAIL


def _what_now(mail: IncomingMail) -> str:
    files = _files_of([mail])[mail.id]
    waiting = [file for file in files if file.state == "needs_person"]
    return "Its files are being read." if len(waiting) < len(files) else str(waiting[0].reason)


def _shown_pdf(content: bytes) -> Response:
    """A PDF for the frame beside the form: the browser's own viewer runs nothing of it here."""
    return Response(
        content,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": "inline",
            "Content-Security-Policy": _PDF_POLICY,
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
        },
    )
