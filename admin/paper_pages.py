"""The pages of papers, as the shop changes them: preview, versions, ours again."""

import base64
from typing import ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

import auth
from admin.access import Screen
from documents import kinds, press, shelf
from documents.kinds import Kind
from errors import InvalidError, NotFoundError, ShopError, StaleError
from workflow import papers
from workflow.actors import Right
from workflow.papers import Page

_WIDTH = 900


class PaperPagesScreen(Screen):
    """The pages of all kinds of paper."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/")
    def index_view(self) -> str:
        """All of them, and which the shop changed."""
        return self.render(
            "pages/papers/pages.html", kinds=kinds.KINDS.values(), changed=papers.changed_kinds()
        )

    @expose("/<paper>", methods=("GET", "POST"))
    def edit(self, paper: str) -> ResponseReturnValue:
        """One of them, to change and to look at."""
        kind = _kind(paper)
        there = shelf.page_of(paper)
        if request.method == "GET":
            wanted = request.args.get("version", type=int)
            return self._edit(kind, _version(kind, there, wanted), there.version, {})
        typed = _typed()
        problems = _problems(kind, typed)
        if not problems:
            try:
                papers.change_page(paper, typed, request.form.get("note", ""), auth.current_actor())
            except InvalidError as refusal:
                problems = refusal.problems
            except StaleError as refusal:
                problems = {"": str(refusal)}
        if problems:
            return self._edit(kind, typed, there.version, problems), 422
        flash(f"{kind.label}: the next one looks like this.", "success")
        return redirect(url_for(".edit", paper=paper))

    @expose("/<paper>/preview", methods=("POST",))
    def preview(self, paper: str) -> str:
        """How what is typed would look, as a part of the page."""
        picture, problem = _try(_kind(paper), _typed())
        return self.render("pages/papers/preview.html", picture=picture, problem=problem)

    @expose("/<paper>/reset", methods=("POST",))
    def reset(self, paper: str) -> ResponseReturnValue:
        """Back to the page Inhands came with; the shop's versions stay."""
        kind = _kind(paper)
        html, css = kinds.ours(paper)
        version = request.form.get("version", 0, type=int)
        papers.change_page(paper, Page(html, css, version), "ours again", auth.current_actor())
        flash(f"{kind.label} is as Inhands came with it. Your versions are kept.", "success")
        return redirect(url_for(".edit", paper=paper))

    def _edit(self, kind: Kind, page: Page, version: int, problems: dict[str, str]) -> str:
        picture, problem = ("", "") if problems else _try(kind, page)
        shown: str = self.render(
            "pages/papers/edit.html",
            kind=kind,
            page=page,
            version=version,
            versions=papers.versions(kind.name),
            ours=(page.html, page.css) == kinds.ours(kind.name),
            problems=problems,
            picture=picture,
            problem=problem,
            note=request.form.get("note", ""),
        )
        return shown


def _kind(name: str) -> Kind:
    if name not in kinds.KINDS:
        raise NotFoundError(f"There is no paper called '{name}'. Choose one from the list.")
    return kinds.KINDS[name]


def _version(kind: Kind, there: Page, wanted: int | None) -> Page:
    """The page in force, or an older version to look at."""
    if wanted is None:
        return there
    row = next((row for row in papers.versions(kind.name) if row.version == wanted), None)
    return there if row is None else Page(row.html, row.css, row.version)


def _typed() -> Page:
    return Page(
        request.form.get("html", "").replace("\r\n", "\n"),
        request.form.get("css", "").replace("\r\n", "\n"),
        request.form.get("version", 0, type=int),
    )


def _problems(kind: Kind, page: Page) -> dict[str, str]:
    """What keeps a page from being put in force; a shop without orders cannot try it."""
    _picture, problem = _try(kind, page)
    return {"html": problem} if problem and not problem.startswith("There is no order") else {}


def _try(kind: Kind, page: Page) -> tuple[str, str]:
    """A picture of the first sheet, or what is wrong with the page."""
    try:
        sheet = shelf.example(kind.name)
        made = press.make(kind.name, (page.html, page.css), shelf.size_of(kind.name), sheet.facts)
        picture = press.png(made.pdf, _WIDTH)
    except ShopError as refusal:
        return "", str(refusal)
    return "data:image/png;base64," + base64.b64encode(picture).decode(), ""
