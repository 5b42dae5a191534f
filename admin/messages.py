"""What customers were told, sending it again by hand, and the words it is told in."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from admin.incoming import download
from errors import InvalidError, NotFoundError, StaleError
from models import Message, MessageTemplate
from workflow import messages, wording
from workflow.actors import Right
from workflow.messages import TemplateChange
from workflow.wording import Words

ROWS_A_PAGE = 50
_LONGEST_SEARCH = 100
#: What is listed together, in the order of the tabs.
_TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "look": ("Needs a look", messages.NEEDS_A_PERSON),
    "waiting": ("Waiting", ("waiting", "sending")),
    "sent": ("Sent", ("sent",)),
    "skipped": ("Not sent", ("skipped",)),
}
_KINDS = {
    "waiting": "wait",
    "sending": "info",
    "sent": "ok",
    "skipped": "off",
    "refused": "late",
    "bounced": "late",
    "unknown": "urgent",
    "replaced": "off",
}


class MessagesScreen(Screen):
    """Messages to customers."""

    rights: ClassVar = {"see": Right.MESSAGES}

    @expose("/")
    def index_view(self) -> str:
        """The newest messages; one tab, one search."""
        tab = request.args.get("tab", "all")
        tab = tab if tab in _TABS else "all"
        text = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        before = request.args.get("before", type=int)
        found = messages.rows(states=_TABS[tab][1], text=text, limit=ROWS_A_PAGE + 1, before=before)
        older = found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None
        words: dict[str, Any] = {"tab": tab} | ({"q": text} if text else {})
        return self.render(
            "pages/messages/index.html",
            rows=found[:ROWS_A_PAGE],
            states=messages.STATES,
            kinds=_KINDS,
            tabs=_tabs(tab),
            tab=tab,
            text=text,
            older=url_for(".index_view", **words, before=older) if older else "",
            newest=url_for(".index_view", **words) if before else "",
        )

    @expose("/<int:message_id>", methods=("GET", "POST"))
    def show(self, message_id: int) -> ResponseReturnValue:
        """One message with its words; a POST sends it again."""
        problems: dict[str, str] = {}
        if request.method == "POST":
            try:
                again = messages.send_again(
                    message_id,
                    request.form.get("recipient", ""),
                    request.form.get("reason", ""),
                    request.form.get("seen", 0, type=int),
                    auth.current_actor(),
                )
            except InvalidError as refusal:
                problems = refusal.problems
            else:
                flash(f"It goes out again to {again.recipient}.", "success")
                return redirect(url_for(".index_view"))
        page = self._show(messages.find(message_id), problems)
        return page, 422 if problems else 200

    def _show(self, message: Message, problems: dict[str, str]) -> str:
        return self.render(
            "pages/messages/show.html",
            message=message,
            event=wording.EVENTS.get(message.event, message.event),
            state=messages.STATES.get(message.state, message.state),
            kind=_KINDS.get(message.state, "off"),
            may_send=message.state not in ("waiting", "sending"),
            seen=messages.times_sent_again(message),
            problems=problems,
            typed=request.form,
        )

    @expose("/<int:message_id>/file")
    def file(self, message_id: int) -> ResponseReturnValue:
        """The workbook that went along, as the customer got it."""
        message = messages.find(message_id)
        if message.file is None:
            raise NotFoundError("No file went with this message.")
        content = bytes(message.file.content)
        return download(content, message.file_name, message.file.content_type)

    @expose("/<int:message_id>/arrived", methods=("POST",))
    def arrived(self, message_id: int) -> ResponseReturnValue:
        """Somebody found out that an unknown message arrived."""
        messages.mark_arrived(message_id, auth.current_actor())
        flash("It counts as sent.", "success")
        return redirect(url_for(".index_view"))


def _tabs(chosen: str) -> list[dict[str, Any]]:
    waiting = {name: messages.how_many(_TABS[name][1]) for name in ("look", "waiting")}
    return [
        {
            "label": label,
            "url": url_for(".index_view", tab=name),
            "active": name == chosen,
            "count": waiting.get(name),
            "hot": name == "look" and waiting["look"] > 0,
        }
        for name, (label, _states) in _TABS.items()
    ]


class TemplatesScreen(Screen):
    """The words of the messages."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/")
    def index_view(self) -> str:
        """All of them, as they would read."""
        return self.render(
            "pages/messages/templates.html",
            templates=[(row, wording.EVENTS[row.event], *_try(_words_of(row), row.event, ""))
                       for row in messages.templates()],
        )  # fmt: skip

    @expose("/<event>", methods=("GET", "POST"))
    def edit(self, event: str) -> ResponseReturnValue:
        """One of them, to change and to look at."""
        template = messages.template_of(event)
        if request.method == "GET":
            return self._edit(template, _words_of(template), template.active, {})
        words, active = _typed(), request.form.get("active") == "1"
        version = request.form.get("version", 0, type=int)
        try:
            messages.change_template(
                event, TemplateChange(words, active, version), auth.current_actor()
            )
        except InvalidError as refusal:
            return self._edit(template, words, active, refusal.problems), 422
        except StaleError as refusal:
            # What was typed stays; whoever saves again has seen what the other one wrote.
            return self._edit(template, words, active, {"": str(refusal)}), 409
        flash(f"“{wording.EVENTS[event]}” is changed; the next message has these words.", "success")
        return redirect(url_for(".index_view"))

    @expose("/<event>/preview", methods=("POST",))
    def preview(self, event: str) -> str:
        """How what is typed would read, as a part of the page."""
        messages.template_of(event)
        filled, problems = _try(_typed(), event, request.form.get("order", ""))
        return self.render("pages/messages/preview.html", filled=filled, problems=problems)

    @expose("/<event>/reset", methods=("POST",))
    def reset(self, event: str) -> ResponseReturnValue:
        """Back to the first words."""
        version = request.form.get("version", 0, type=int)
        messages.reset_template(event, version, auth.current_actor())
        flash(f"“{wording.EVENTS[event]}” has its first words again.", "success")
        return redirect(url_for(".edit", event=event))

    def _edit(
        self, template: MessageTemplate, words: Words, active: bool, problems: dict[str, str]
    ) -> str:
        number = request.form.get("order", "")
        filled, found = _try(words, template.event, number)
        page: str = self.render(
            "pages/messages/edit.html",
            row=template,
            title=wording.EVENTS[template.event],
            words=words,
            active=active,
            problems=problems,
            filled=filled,
            found=found,
            order=number,
            theirs=_words_of(template) if "" in problems else None,
            changed=_words_of(template) != Words(*wording.FIRST_WORDS[template.event]),
            meanings=wording.what_facts_mean(template.event),
        )
        return page


def _typed() -> Words:
    body = request.form.get("body", "").replace("\r\n", "\n")
    return Words(request.form.get("subject", ""), body)


def _words_of(template: MessageTemplate) -> Words:
    return Words(template.subject, template.body)


def _try(words: Words, event: str, number: str) -> tuple[Words | None, dict[str, str]]:
    """The filled words, or what is wrong with them."""
    try:
        return messages.preview(event, words, number), {}
    except InvalidError as refusal:
        return None, refusal.problems
    except NotFoundError as refusal:
        return None, {"order": str(refusal)}
