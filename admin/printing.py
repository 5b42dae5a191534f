"""Printing: what is on its way, what wants a look, the printers, and what comes out by itself."""

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
import outbox
from admin.access import Screen
from admin.views import ShopView
from documents import kinds
from errors import InvalidError, NotFoundError, ShopError
from models import Department, Printer, PrintRule
from workflow import papers, print_jobs
from workflow.actors import Right

ROWS_A_PAGE = 50
_TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("On its way", print_jobs.OPEN),
    "look": ("Needs a look", print_jobs.NEEDS_A_PERSON),
    "printed": ("Printed", ("printed",)),
    "all": ("All", ()),
}
CHIPS = {
    "waiting": "wait",
    "sending": "info",
    "printing": "info",
    "printed": "ok",
    "failed": "late",
    "check": "urgent",
    "again": "off",
    "cancelled": "off",
}
#: How a printer stands: kind of chip and word.
STANDING = {
    "ready": ("ok", "Ready"),
    "printing": ("info", "Prints"),
    "trouble": ("urgent", "Needs a hand"),
    "off": ("late", "Off"),
    "": ("wait", "Not asked yet"),
}


class PrintingScreen(Screen):
    """The print queue."""

    rights: ClassVar = {"see": Right.SEE_ORDERS}

    @expose("/")
    def index_view(self) -> str:
        """The newest print jobs of one tab, and how the printers stand."""
        tab = request.args.get("tab", "")
        counts = print_jobs.counts()
        looks = sum(counts.get(state, 0) for state in print_jobs.NEEDS_A_PERSON)
        if tab not in _TABS:
            tab = "look" if looks else "open"
        before = request.args.get("before", type=int)
        found = print_jobs.rows(_TABS[tab][1], limit=ROWS_A_PAGE + 1, before=before)
        older = found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None
        return self.render(
            "pages/printing/index.html",
            rows=found[:ROWS_A_PAGE],
            tab=tab,
            tabs=_tabs(tab, counts),
            states=print_jobs.STATES,
            chips=CHIPS,
            printers=list(Printer.select().where(Printer.active).order_by(Printer.name)),
            standing=STANDING,
            older=url_for(".index_view", tab=tab, before=older) if older else "",
            newest=url_for(".index_view", tab=tab) if before else "",
        )

    @expose("/<int:job_id>/again", methods=("GET", "POST"))
    def again(self, job_id: int) -> ResponseReturnValue:
        """Print it once more, with a reason."""
        job, problems = print_jobs.find(job_id), {}
        if request.method == "POST":
            try:
                new = print_jobs.ask_again(
                    job_id,
                    request.form.get("reason", ""),
                    request.form.get("printer", type=int),
                    auth.current_actor(),
                )
            except InvalidError as refusal:
                problems = refusal.problems
            else:
                flash(f"{job.paper.title} goes to {new.printer} once more.", "success")
                return redirect(url_for(".index_view", tab="open"))
        page = self.render(
            "pages/printing/again.html",
            job=job,
            printers=print_jobs.printers_for(job.paper.kind),
            problems=problems,
            typed=request.form,
        )
        return page, 422 if problems else 200

    @expose("/<int:job_id>/call-off", methods=("POST",))
    def call_off(self, job_id: int) -> ResponseReturnValue:
        """It need not be printed any more."""
        print_jobs.call_off(job_id, auth.current_actor())
        flash("It is called off.", "success")
        return redirect(url_for(".index_view"))

    @expose("/<int:job_id>/came-out", methods=("POST",))
    def came_out(self, job_id: int) -> ResponseReturnValue:
        """Somebody looked: it lies there."""
        print_jobs.it_came_out(job_id, auth.current_actor())
        flash("It counts as printed.", "success")
        return redirect(url_for(".index_view"))


def _tabs(chosen: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for(".index_view", tab=name),
            "active": name == chosen,
            "count": sum(counts.get(state, 0) for state in states)
            if name in ("open", "look")
            else None,
            "hot": name == "look" and any(counts.get(state) for state in states),
        }
        for name, (label, states) in _TABS.items()
    ]


class PrinterView(ShopView):
    """The printers, and how each one stands."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    list_template = "pages/printing/printers.html"
    choices: ClassVar = {
        "kind": [
            ("ipp", "IPP: office and laser printers, CUPS queues"),
            ("raw", "Label printer: ZPL on a raw port (9100)"),
        ],
    }
    column_list = ("name", "address", "problem", "active")
    column_details_list = (
        "name",
        "kind",
        "address",
        "dots_per_inch",
        "active",
        "problem",
        "seen_at",
    )
    column_export_list = ("name", "kind", "address", "active", "problem")
    column_default_sort = "name"
    column_searchable_list = ("name", "address")
    column_labels: ClassVar = {
        "problem": "How it stands",
        "dots_per_inch": "Dots per inch",
        "seen_at": "Last asked",
        "kind": "How it is spoken to",
    }
    form_columns = ("name", "kind", "address", "dots_per_inch", "fallback", "active")
    form_args: ClassVar = {
        "address": {
            "description": "Such as ipp://192.168.1.40/ipp/print, ipp://server:631/printers/dock, "
            "or 192.168.1.50:9100 for a label printer."
        },
        "dots_per_inch": {"description": "Of a label printer: 203, 300 or 600."},
        "fallback": {"description": "Prints instead when this one is off."},
    }

    def get_list(self, *args: Any, **words: Any) -> tuple[int | None, Any]:
        self._template_args["standing"] = STANDING
        count, rows = super().get_list(*args, **words)
        return count, rows

    def on_model_change(self, form: Any, model: Printer, is_created: bool) -> None:
        """Refuse what cannot be an address."""
        if model.kind == "ipp" and not model.address.startswith(("ipp://", "ipps://")):
            raise ShopError("Address: an IPP printer's begins with ipp:// or ipps://.")
        if model.kind == "raw" and ("/" in model.address or not model.address.strip()):
            raise ShopError("Address: a label printer's is its name or number and port, as x:9100.")
        if model.fallback_id is not None and model.fallback_id == model.id:
            raise ShopError("Fallback: choose another printer than this one.")
        if not 100 <= model.dots_per_inch <= 1200:
            raise ShopError("Dots per inch: type a number from 100 to 1200, usually 203.")

    @expose("/<int:id>/check", methods=("POST",))
    def check(self, id: int) -> ResponseReturnValue:
        """Ask the worker to look at the printer now."""
        row = self.get_one(id)
        if row is None or not self.can_edit:
            raise NotFoundError("There is no such printer. Go back to the list.")
        outbox.add("look_at_printer", {"printer_id": row.id})
        flash(f"The worker asks {row.name} now; this page says what it answers.", "info")
        return redirect(url_for(".index_view"))


class PrintRuleView(ShopView):
    """Which paper comes out where, and when by itself."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    related: ClassVar = (PrintRule.printer, PrintRule.department)
    deletes = True
    choices: ClassVar = {
        "paper": [
            *(
                (kind.name, kind.label)
                for kind in kinds.KINDS.values()
                if kind.name != "purchase_order"
            ),
            (kinds.CARRIER_LABEL, kinds.label_of(kinds.CARRIER_LABEL)),
        ],
        "event": [("", "only when somebody asks"), *papers.EVENTS.items()],
    }
    column_list = ("paper", "event", "department", "printer", "copies", "active")
    column_export_list = column_details_list = column_list
    column_default_sort = "paper"
    column_searchable_list = (Printer.name,)
    column_filters = ("paper", "event", Printer.name, Department.name)
    column_labels: ClassVar = {"event": "When"}
    form_columns = ("paper", "event", "printer", "department", "copies", "active")
    form_args: ClassVar = {
        "department": {
            "description": "Only jobs of this department; of a traveler only its page. "
            "Empty for all."
        },
    }

    def on_model_change(self, form: Any, model: PrintRule, is_created: bool) -> None:
        """Refuse so many copies that they are a mistake."""
        model.event = model.event or ""
        if not 1 <= model.copies <= print_jobs.MOST_COPIES:
            raise ShopError(f"Copies: type 1 to {print_jobs.MOST_COPIES}.")
