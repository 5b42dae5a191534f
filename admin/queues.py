"""The queues: one screen for every department, made from its row; and the pop-up of a task.

A department that was inserted a moment ago, by whatever process, has its queue with the next
request: nothing about it is known here before it is asked for.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin import pictures, tasks
from admin.access import Screen
from errors import ForbiddenError, InvalidError, NotFoundError
from models import Department, SavedView, transaction
from sync.cells import CellError, clean
from sync.cells import day as read_day
from workflow import board, engine, handling, lists, queues
from workflow.actors import Actor, Right
from workflow.queues import FULFILLMENT, PROOF_WORDS, Counts, Filters, Tab, View
from workflow.stages import Work
from workflow.workdays import Days, days_of_shop

#: What an address may say about a queue; everything else in it is dropped.
_KEPT = ("tab", "q", "urgent", "late", "changed", "due", "method", "vendor", "fulfillment", "proof")
_TABS: dict[Tab, str] = {
    Tab.ALL: "All open",
    Tab.READY: "Ready",
    Tab.PENDING: "Pending",
    Tab.HELD: "On hold",
    Tab.DONE: "Done today",
}
_NOTHING: dict[Tab, str] = {
    Tab.ALL: "{} has no open work.",
    Tab.READY: "Nothing is ready for {} right now.",
    Tab.PENDING: "No job is on its way to {}.",
    Tab.HELD: "Nothing is on hold.",
    Tab.DONE: "{} has not finished anything today yet.",
}
#: The filters a kind of work offers besides the common ones.
_FILTERS: dict[Work, tuple[str, ...]] = {
    Work.ARTWORK: ("method", "proof"),
    Work.PURCHASING: ("vendor",),
    Work.RECEIVING: ("vendor",),
    Work.PRODUCTION: ("method",),
    Work.PACKAGING: ("fulfillment",),
    Work.HANDOVER: ("fulfillment",),
}
_LABELS: dict[str, str] = {
    "urgent": "firm",
    "late": "late",
    "changed": "changed",
    "due_by": "due by",
    "method": "method",
    "vendor": "vendor",
    "fulfillment": "hand-over",
    "proof": "proof",
}


@dataclass(frozen=True)
class Page:
    """Everything a queue page shows."""

    department: Department
    views: list[View]
    tab: Tab
    filters: Filters
    days: Days
    counts: Counts
    rows: list[lists.Row]
    week: list[board.Day]
    monday: date
    number: int
    query: dict[str, str]
    may_plan: bool
    one_week = timedelta(days=7)

    @property
    def work(self) -> Work:
        return Work(self.department.work)

    @property
    def total(self) -> int:
        """How many rows the part has, on all its pages."""
        return self.counts.of(self.tab)

    @property
    def first(self) -> int:
        return (self.number - 1) * lists.PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    def url(self, **changes: str | int) -> str:
        """The address of this queue with some of its words changed; '' takes one out."""
        words = {**self.query, **({"week": self.monday.isoformat()} if self.other_week else {})}
        words |= {key: str(value) for key, value in changes.items()}
        words = {key: value for key, value in words.items() if value}
        here = url_for("queue.index_view", slug=self.department.slug)
        return f"{here}?{urlencode(words)}" if words else here

    @property
    def other_week(self) -> bool:
        """Whether another week than this one is shown."""
        return self.monday != monday_of(self.days.next_working)

    @property
    def changes_url(self) -> str:
        """Where the page asks what is new."""
        here = url_for("queue.changes", slug=self.department.slug)
        return f"{here}?{urlencode({**self.query, 'page': self.number, 'week': self.monday})}"

    @property
    def tabs(self) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "url": self.url(tab=tab.value),
                "active": tab is self.tab,
                "count": self.counts.of(tab),
            }
            for tab, label in _TABS.items()
        ]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters that are set: their words, and the address without them."""
        keys = {"due_by": "due"}
        return [
            (self._words(name), self.url(**{keys.get(name, name): ""}))
            for name in self.filters.set_ones()
        ]

    def _words(self, name: str) -> str:
        value = getattr(self.filters, name)
        if value is True:
            return _LABELS[name]
        words = {**FULFILLMENT, **PROOF_WORDS}.get(str(value), str(value))
        return f"{_LABELS[name]} {words}"

    @property
    def nothing(self) -> str:
        """What an empty list means."""
        if self.chosen or self.filters.text:
            return "Nothing here fits what you look for."
        return _NOTHING[self.tab].format(self.department.name)

    @property
    def nothing_hint(self) -> str:
        """What to do about an empty list."""
        if self.chosen or self.filters.text:
            return "Take a filter away, or look in another part of the queue."
        return "New work appears here by itself."

    @property
    def more_filters(self) -> tuple[str, ...]:
        return _FILTERS[self.work]

    @property
    def column(self) -> str:
        """The heading of the column this kind of work adds; '' for none."""
        return lists.EXTRA_COLUMN.get(self.work, "")

    @property
    def stamps(self) -> dict[str, str]:
        """What the parts of the page look like now; a stamp changes whenever its part does."""
        shown = {
            "head": (self.counts, self.tab),
            "marks": (self.counts.late, self.counts.firm),
            "week": (self.week, self.may_plan),
            "pages": (self.first, self.last, self.total),
        }
        return {name: lists.stamp_of(part) for name, part in shown.items()}


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


class QueueScreen(Screen):
    """The queue of a department, and what is done from it."""

    rights: ClassVar[dict[str, Right]] = {"see": Right.SEE_ORDERS}

    @expose("/q/<slug>/")
    def index_view(self, slug: str) -> str:
        page = _page(slug, request.args)
        return self.render("pages/queue/index.html", page=page, choices=_choices())

    @expose("/q/<slug>/changes")
    def changes(self, slug: str) -> ResponseReturnValue:
        """What is new since the stamps the browser has: rows, numbers, week; 304 if nothing."""
        page = _page(slug, request.args)
        stamps = {**page.stamps, "rows": lists.stamp_of([(r.id, r.stamp) for r in page.rows])}
        tag = lists.stamp_of(sorted(stamps.items()))
        if request.if_none_match.contains_weak(tag):
            return Response(status=304)
        known = dict(part.split(".", 1) for part in _known() if "." in part)
        answer = jsonify(
            order=[row.id for row in page.rows],
            rows=self._part(
                "rows", page, [r for r in page.rows if known.get(str(r.id)) != r.stamp]
            ),
            parts={
                name: self._part(name, page)
                for name in ("head", "marks", "week", "pages")
                if known.get(name) != page.stamps[name]
            },
            stamps=page.stamps,
        )
        answer.set_etag(tag, weak=True)
        return answer

    def _part(self, name: str, page: Page, rows: list[lists.Row] | None = None) -> str:
        if rows == []:
            return ""
        return self.render(f"pages/queue/{name}.html", page=page, rows=rows)

    @expose("/q/<slug>/views", methods=("POST",))
    def save_view(self, slug: str) -> ResponseReturnValue:
        """Keep the filters at hand under a name, for oneself or for everybody."""
        actor = auth.current_actor()
        department, _views = queues.find_queue(slug, actor, auth.departments_seen(actor))
        view = _new_view(department, actor, request.form)
        with transaction():
            view.save(force_insert=True)
        flash(f"View '{view.name}' saved.", "success")
        return redirect(f"{url_for('queue.index_view', slug=slug)}?{view.query}")

    @expose("/q/<slug>/views/<int:view_id>/delete", methods=("POST",))
    def delete_view(self, slug: str, view_id: int) -> ResponseReturnValue:
        """Forget a saved view: one's own, or a shared one with the right to set up the shop."""
        actor = auth.current_actor()
        mine = SavedView.person == actor.person_id
        allowed = (mine | SavedView.person.is_null()) if actor.may(Right.SET_UP) else mine
        here = (SavedView.id == view_id) & (SavedView.screen == queues.screen_of(slug))
        with transaction():
            gone = SavedView.delete().where(here & allowed).execute()
        if not gone:
            raise NotFoundError("This view is not here any more, or not yours to delete.")
        flash("The view is deleted.", "success")
        return redirect(url_for("queue.index_view", slug=slug))

    # ------------------------------------------------------------ the pop-up of a task

    @expose("/tasks/<int:task_id>/popup", methods=("GET", "POST"))
    def popup(self, task_id: int) -> ResponseReturnValue:
        if request.method == "POST":
            return tasks.act(self, task_id)
        return tasks.show(self, task_id)

    @expose("/tasks/<int:task_id>/labels")
    def labels(self, task_id: int) -> str:
        """The part about labels, which the carriers' answers change while somebody looks."""
        found = tasks.ticket_of(task_id, auth.current_actor())
        return self.render(
            "pages/queue/labels.html", ticket=found, beside=tasks.label_facts(found), typed={}
        )

    @expose("/tasks/<int:task_id>/plan", methods=("POST",))
    def plan(self, task_id: int) -> ResponseReturnValue:
        """Put a task on another day; an empty day goes back to its due date."""
        actor = auth.current_actor()
        tasks.ticket_of(task_id, actor)
        text = request.form.get("day", "")
        try:
            day = read_day(text) if text else None
        except CellError as refusal:
            raise InvalidError({"day": str(refusal)}) from refusal
        engine.plan_task(task_id, day, actor)
        return Response(status=204)

    @expose("/tasks/vendors")
    def vendors(self) -> ResponseReturnValue:
        """Names for the vendor field of purchasing, as somebody types."""
        auth.require(Right.WORK)
        found = handling.vendors_called(clean(request.args.get("q", ""))[:80])
        return jsonify([vendor.name for vendor in found])

    @expose("/artwork/<int:version_id>")
    def picture(self, version_id: int) -> ResponseReturnValue:
        return pictures.send(version_id)


# ---------------------------------------------------------------- reading the page


def _page(slug: str, args: Any) -> Page:
    actor = auth.current_actor()
    department, views = queues.find_queue(slug, actor, auth.departments_seen(actor))
    days = days_of_shop()
    filters = queues.filters_from(args)
    tab = Tab(args["tab"]) if args.get("tab") in list(Tab) else Tab.ALL
    counts = queues.count(department, filters, days)
    pages = max(-(-counts.of(tab) // lists.PAGE_SIZE), 1)
    number = min(max(args.get("page", 1, type=int), 1), pages, lists.MOST_PAGES)
    monday = _monday(args.get("week", ""), days)
    plans = Work(department.work) is Work.PRODUCTION
    return Page(
        department=department,
        views=views,
        tab=tab,
        filters=filters,
        days=days,
        counts=counts,
        rows=lists.rows(department, tab, filters, days, number),
        week=board.week(department, monday, days) if plans else [],
        monday=monday,
        number=number,
        query={key: args[key] for key in _KEPT if args.get(key)},
        may_plan=actor.may(Right.PLAN),
    )


def _monday(text: str, days: Days) -> date:
    """The week somebody asks for, not further than a year away; else this one."""
    now = days.next_working
    try:
        day = read_day(text) if text else now
    except CellError:
        day = now
    return monday_of(day if abs((day - now).days) <= 366 else now)


def _known() -> list[str]:
    return request.headers.get("X-Have", "").split(",")[:200]


def _choices() -> dict[str, Any]:
    return {"fulfillment": FULFILLMENT, "proof": PROOF_WORDS}


def _new_view(department: Department, actor: Actor, form: Any) -> SavedView:
    name = " ".join(clean(form.get("name", "")).split())[:80]
    if not name:
        raise InvalidError({"name": "give the view a name, such as 'Firm this week'"})
    shared = form.get("shared") == "1"
    if shared and not actor.may(Right.SET_UP):
        raise ForbiddenError("Only who may set up the shop shares views with everybody.")
    words = {key: clean(form[key])[:80] for key in _KEPT if form.get(key)}
    return SavedView(
        person=None if shared else actor.person_id,
        screen=queues.screen_of(department.slug),
        name=name,
        query=urlencode(words),
    )
