"""The mapping wizard: a customer's sheet beside the orders it becomes; say what is what, and save.

Nothing is kept until it is saved: the layout travels with every question as JSON, and every answer
is the sheet and the orders as that layout reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin import mapping_draft, mapping_fields, mapping_sheet
from admin.access import Screen
from admin.incoming import called
from admin.mapping_edits import Setting, edited
from admin.mapping_pop import ask
from errors import InvalidError, NotFoundError, ShopError
from models import Customer, IncomingFile, PartnerMapping
from sync import intake, learned, mapping_trials, mapping_versions, mappings
from sync.amounts import clipped
from sync.learned import Reading
from sync.mapping_versions import SampleDiffersError, Saving
from sync.readers import Workbook
from sync.readers.headings import load
from sync.readers.tables import Sheet
from sync.tables import firstguess
from sync.tables.layout_json import from_json, to_json
from sync.tables.layouts import Layout, Use
from web.failures import in_place
from workflow import shop
from workflow.actors import Right
from workflow.fields import Catalogue

#: Sheets with more rows are read in part first, and as a whole while the person looks on.
AT_ONCE = 1_500
_FIRST_ROWS = 600
_LONGEST_DEFINITION = 400_000


@dataclass(frozen=True)
class Bench:
    """What lies on the table: the file, its sheets, the layout as it stands, the shop's fields."""

    incoming: IncomingFile
    book: Workbook
    layout: Layout
    catalogue: Catalogue

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets somebody can look at."""
        return [sheet for sheet in self.book.sheets if sheet.rows and not sheet.hidden]

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name, else the one with the lines, else the first."""
        known = {sheet.name: sheet for sheet in self.sheets}
        found = known.get(name) or known.get(self.layout.sheet)
        return found or next(iter(known.values()), Sheet("", [[]]))

    @property
    def is_large(self) -> bool:
        """Whether reading all of it takes longer than somebody wants to wait for a click."""
        return any(len(sheet.rows) > AT_ONCE for sheet in self.sheets)

    def read(self, *, whole: bool) -> Reading:
        """What the layout makes of the file, or of its first rows."""
        book = self.book
        if not whole and self.is_large:
            sheets = tuple(replace(s, rows=s.rows[:_FIRST_ROWS]) for s in book.sheets)
            book = Workbook(book.kind, sheets)
        return learned.read_here(self.layout, book, self.incoming.sender, self.catalogue)


class MappingWizardScreen(Screen):
    """One file on the table."""

    rights: ClassVar = {"see": Right.INCOMING}

    @expose("/<int:id>/map")
    def show(self, id: int) -> ResponseReturnValue:
        """The wizard, opened on the mapping that fits best, else on what the reader finds."""
        incoming = intake.find(_key(id))
        catalogue = shop.catalogue()
        book = mapping_trials.open_book(incoming)
        match = mappings.find(incoming, book)
        chosen = _chosen_mapping(request.args.get("mapping", 0, type=int))
        mapping = chosen or (match.mapping if match is not None else None)
        layout, notes = _start(book, catalogue, match, chosen)
        bench = Bench(incoming, book, layout, catalogue)
        return self.render(
            "pages/mapping/wizard.html",
            incoming=incoming,
            mapping=mapping,
            notes=notes,
            customer=_customer_for(incoming, mapping),
            not_again=intake.why_not_read_again(incoming),
            meanings=_meanings(catalogue),
            **_work(bench, request.args.get("sheet", layout.sheet)),
        )

    @expose("/<int:id>/map/read", methods=("POST",))
    def read(self, id: int) -> ResponseReturnValue:
        """The sheet and the orders after one change."""
        bench = _bench(id)
        name = request.form.get("view", bench.layout.sheet)
        setting = Setting(bench.sheet(name), load(), bench.catalogue)
        layout = edited(bench.layout, request.form, setting)
        bench = replace(bench, layout=layout)
        return render_template(
            "pages/mapping/work.html", incoming=bench.incoming, **_work(bench, name)
        )

    @expose("/<int:id>/map/whole", methods=("POST",))
    def whole(self, id: int) -> ResponseReturnValue:
        """The orders of a large file, all of it."""
        bench = _bench(id)
        return render_template(
            "pages/mapping/draft.html", draft=_draft(bench, bench.read(whole=True))
        )

    @expose("/<int:id>/map/ask", methods=("POST",))
    def ask(self, id: int) -> ResponseReturnValue:
        """What can be said about a column, a cell, a row, or the file."""
        bench = _bench(id)
        sheet = bench.sheet(request.form.get("view", ""))
        asked = ask(request.form.get("at", ""), bench.layout, sheet, bench.catalogue)
        return render_template("pages/mapping/ask.html", asked=asked, layout=bench.layout)

    @expose("/<int:id>/map/others", methods=("POST",))
    def others(self, id: int) -> ResponseReturnValue:
        """The other files of the same customer, each to be tried."""
        incoming = intake.find(_key(id))
        named = request.form.get("customer", "").strip()
        owner = called(named).id if named else incoming.customer_id
        found = mapping_trials.others(incoming, owner)
        return render_template(
            "pages/mapping/others.html", found=found, incoming=incoming, known=owner is not None
        )

    @expose("/<int:id>/map/try/<int:other>", methods=("POST",))
    def try_on(self, id: int, other: int) -> ResponseReturnValue:
        """What the layout makes of another file; nothing is kept."""
        bench = _bench(id)
        file = intake.find(_key(other))
        trial = mapping_trials.try_on(file, bench.layout, bench.catalogue)
        return render_template("pages/mapping/trial.html", trial=trial, file=file)

    @expose("/<int:id>/map/save", methods=("POST",))
    def save(self, id: int) -> ResponseReturnValue:
        """Keep the layout as a version, and read the file with it."""
        incoming = intake.find(_key(id))
        try:
            version = mapping_versions.save(_saving(incoming), auth.current_actor())
        except SampleDiffersError as refusal:
            page = render_template("pages/mapping/differs.html", differences=refusal.differences)
            return page, refusal.http_status
        said = f"Saved as version {version.number} of '{version.mapping.name}'."
        flash(said, "success")
        return _gone_to(_read_it(incoming, version.mapping.customer_id))


# ---------------------------------------------------------------- opening


def _key(id: int) -> int:
    if id >= 2**31:
        raise NotFoundError("There is no such file. Go back to the list.")
    return id


def _chosen_mapping(id: int) -> PartnerMapping | None:
    return mapping_versions.get(id) if 0 < id < 2**31 else None


def _start(
    book: Workbook,
    catalogue: Catalogue,
    match: mappings.Match | None,
    chosen: PartnerMapping | None,
) -> tuple[Layout, list[str]]:
    """The layout to begin with, and what is to be said about it."""
    if chosen is not None and (match is None or match.mapping.id != chosen.id):
        kept = from_json(mapping_versions.in_force(chosen).definition, catalogue)
        places = learned.placements(kept, book)
        if places:
            name = max(places, key=lambda sheet: places[sheet].score)
            said = list(places[name].differences)
            return replace(places[name].layout, sheet=name), said
        words = f"'{chosen.name}' does not fit this file: its headings are not here."
        return firstguess.guess(book, load()), [words]
    if match is not None:
        return match.layout, match.differences
    return firstguess.guess(book, load()), []


def _bench(id: int) -> Bench:
    incoming = intake.find(_key(id))
    catalogue = shop.catalogue()
    return Bench(incoming, mapping_trials.open_book(incoming), _sent_layout(catalogue), catalogue)


def _sent_layout(catalogue: Catalogue) -> Layout:
    return from_json(_sent_definition(), catalogue)


def _sent_definition() -> object:
    text = request.form.get("definition", "")
    try:
        return json.loads(text[:_LONGEST_DEFINITION])
    except ValueError as error:
        words = "it did not arrive whole: reload the page, and say it again"
        raise InvalidError({"definition": words}) from error


def _customer_for(incoming: IncomingFile, mapping: PartnerMapping | None) -> Customer | None:
    if mapping is not None:
        found: Customer = mapping.customer
        return found
    return incoming.customer if incoming.customer_id is not None else None


def _meanings(catalogue: Catalogue) -> dict[str, Any]:
    money = auth.may(Right.SEE_MONEY)
    return {
        "column": mapping_fields.for_column(catalogue, money=money),
        "cell": mapping_fields.for_cell(catalogue, money=money),
        "constant": mapping_fields.for_constant(catalogue, money=money),
    }


# ---------------------------------------------------------------- showing


def _work(bench: Bench, name: str) -> dict[str, Any]:
    """Everything the working part of the page shows."""
    reading = bench.read(whole=False)
    sheet = bench.sheet(name)
    return {
        "definition": json.dumps(to_json(bench.layout), ensure_ascii=False),
        "layout": bench.layout,
        "sheet": mapping_sheet.view(sheet, bench.layout, reading.drafts, bench.catalogue),
        "sheets": [
            (one.name, one.name == sheet.name, one.name in reading.placements)
            for one in bench.sheets[:20]
        ],
        "kinds": mapping_fields.KINDS,
        "rules": _rules(bench),
        "draft": _draft(bench, reading),
        "missing": list(mapping_versions.why_not_usable(bench.layout).values()),
        "part": bench.is_large,
    }


def _draft(bench: Bench, reading: Reading) -> mapping_draft.DraftView:
    money = auth.may(Right.SEE_MONEY)
    return mapping_draft.view(reading.drafts, reading.refusal, bench.catalogue, money=money)


def _rules(bench: Bench) -> list[tuple[str, str, str]]:
    """The rules of the whole file as pills: what they are about, how they stand, where they ask."""
    layout = bench.layout
    first = layout.bottom + 2 + layout.skip
    rows = "none" if layout.bottom < 0 else f"row {layout.top + 1}"
    if layout.bottom > layout.top:
        rows = f"rows {layout.top + 1} to {layout.bottom + 1}"
    end = f"above '{layout.stop}'" if layout.stop else "to their end"
    end = f"{layout.most} rows" if layout.most else end
    decimal = {",": "1.234,50", ".": "1,234.50"}.get(layout.decimal, "as the file tells")
    days = {"dmy": "day first", "mdy": "month first"}.get(layout.days, "days as the file tells")
    found = [
        ("Headings", rows, "rule:headings"),
        ("Lines", f"from row {first}, {end}", "rule:lines"),
        ("Numbers", f"{decimal}, {days}", "rule:numbers"),
        ("Units", _unit_words(layout), "rule:units"),
        ("Same for every order", _constant_words(layout, bench.catalogue), "rule:constants"),
    ]
    if len(bench.sheets) > 1:
        which = "every sheet like this" if layout.every_sheet else f"sheet {layout.sheet}"
        found.insert(0, ("Lines on", which, "rule:sheet"))
    return found


def _unit_words(layout: Layout) -> str:
    if layout.units.each:
        return f"1 is {layout.units.each} pieces"
    words = [f"{word} = {pieces}" for word, pieces in layout.units.words[:3]]
    return ", ".join(words) or "as written"


def _constant_words(layout: Layout, catalogue: Catalogue) -> str:
    said = [
        f"{mapping_fields.label_of(Use(one.level, one.field), catalogue)}: {one.text}"
        for one in layout.constants
    ]
    return clipped("; ".join(said), 90) or "nothing yet"


# ---------------------------------------------------------------- saving


def _saving(incoming: IncomingFile) -> Saving:
    form: Mapping[str, str] = request.form
    mapping = "" if form.get("own") else form.get("mapping", "")
    return Saving(
        customer_id=called(form.get("customer", "")).id,
        name=form.get("name", ""),
        definition=_sent_definition(),
        mapping_id=int(mapping) if mapping.isdecimal() and len(mapping) < 10 else None,
        seen=int(form.get("seen", "0")) if form.get("seen", "0").isdecimal() else 0,
        note=form.get("note", ""),
        sample=incoming.id if form.get("sample") else None,
        agreed=bool(form.get("agreed")),
    )


def _read_it(incoming: IncomingFile, customer_id: int) -> str:
    """Read the file with the new version where that may be; where to go then."""
    actor = auth.current_actor()
    page = url_for("incoming.details_view", id=incoming.id)
    reasons = intake.why_not_read_again(incoming)
    if reasons or not actor.may(Right.ENTER_ORDERS) or not request.form.get("read"):
        said = f"This file stays as it is: {'; '.join(reasons)}." if reasons else ""
        if said and request.form.get("read"):
            flash(said, "info")
        return page
    if incoming.customer_id != customer_id:
        done = intake.choose_customer(incoming.id, customer_id, actor)
    else:
        done = intake.read_again(incoming.id, actor)
    orders = intake.orders_of(done) if done.state == intake.State.ACCEPTED else []
    flash(str(done.reason), "success" if orders else "warning")
    if len(orders) == 1:
        return url_for("order_page.show", number=orders[0].number)
    return page


def _gone_to(url: str) -> ResponseReturnValue:
    if in_place():
        return Response(status=204, headers={"X-Location": url})
    raise ShopError("Saved. This page needs its scripts to go on; open the file in the list.")
