"""What the browser gets: vendored files, colours, templates without inline code, parts, Flask-Admin's pages."""

import base64
import hashlib
import json
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import flask_admin
import jinja2
import peewee
import pytest
from flask import Flask, g
from flask_admin import Admin
from flask_admin.contrib.peewee import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_login import AnonymousUserMixin
from flask_wtf import CSRFProtect
from werkzeug.serving import make_server
from wtforms import Form, StringField, validators

from tests.axe import violations

pytestmark = pytest.mark.pure

ROOT = Path(__file__).parent.parent
MANIFEST = json.loads((ROOT / "static/vendor/MANIFEST.json").read_text())
VENDORED = [
    (package["folder"], name, entry["sha384"])
    for package in MANIFEST["packages"]
    for name, entry in package["files"].items()
]
# Mail needs its styles in the text, and a PDF knows no content security policy.
SCREENS = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if path.relative_to(ROOT / "templates").parts[0] not in ("messages", "documents")
]
PACKAGED = Path(flask_admin.__file__).parent / "templates/bootstrap4"
FILTERS = {"qty": lambda n: f"{n:,}", "when": str}  # the app brings the real ones
# Flask-Admin's file browser, Redis console and navigation bar are not part of this product.
NOT_USED = {"admin/layout.html", "admin/file/list.html", "admin/rediscli/console.html"}


# ---------------------------------------------------------------- vendored files


@pytest.mark.parametrize(("folder", "name", "expected"), VENDORED)
def test_a_vendored_file_is_the_one_that_was_published(folder, name, expected):
    digest = hashlib.sha384((ROOT / folder / name).read_bytes()).digest()

    assert "sha384-" + base64.b64encode(digest).decode() == expected


def test_nothing_lies_in_the_vendor_folders_that_the_manifest_does_not_name():
    named = {f"{folder}/{name}" for folder, name, _ in VENDORED}

    found = {
        str(path.relative_to(ROOT))
        for folder in ("static/vendor", "tests/vendor")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }

    assert found == named


def test_every_vendored_package_brings_its_licence():
    lacking = [p["name"] for p in MANIFEST["packages"] if "LICENSE" not in p["files"]]
    not_free = {p["licence"] for p in MANIFEST["packages"]} - {"0BSD", "MIT", "OFL-1.1", "MPL-2.0"}

    assert (lacking, not_free) == ([], set())


# ---------------------------------------------------------------- colours


def _schemes() -> dict[str, dict[str, str]]:
    text = (ROOT / "static/css/tokens.css").read_text()
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", text)
    return {
        name.strip(): dict(re.findall(r"--([\w-]+):\s*([^;]+);", body)) for name, body in blocks
    }


SCHEMES = _schemes()
LIGHT, DARK, DARK_BY_SYSTEM = ":root", ':root[data-theme="dark"]', ':root:not([data-theme="light"])'
TEXT_ON = [
    (ink, ground)
    for ink in ("ink", "ink-2", "ink-3", "brand", "late", "urgent", "ok", "wait", "info")
    for ground in ("paper", "bg", "raised", "brand-soft", "line-2")
] + [
    ("late", "late-soft"),
    ("urgent", "urgent-soft"),
    ("ok", "ok-soft"),
    ("wait", "wait-soft"),
    ("info", "info-soft"),
    ("brand-ink", "brand"),
    ("brand-ink", "brand-deep"),
]


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(scheme, ink, ground):
    colours = SCHEMES[scheme]

    assert _contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_the_edge_of_an_input_can_be_seen(scheme):
    assert _contrast(SCHEMES[scheme]["edge"], SCHEMES[scheme]["paper"]) >= 3


def test_chosen_dark_and_dark_by_system_are_the_same():
    assert SCHEMES[DARK] == SCHEMES[DARK_BY_SYSTEM]


# ---------------------------------------------------------------- templates


@pytest.mark.parametrize("path", SCREENS, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_a_template_holds_no_inline_code_or_style(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)

    found = re.findall(r"""\son\w+=["']|javascript:|\sstyle=["']""", text)
    bare = [tag for tag in re.findall(r"<(?:script|style)\b[^>]*>", text) if "nonce" not in tag]

    assert found == []
    assert [tag for tag in bare if 'src="/static/' not in tag] == []


@pytest.mark.parametrize("path", SCREENS, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_a_template_names_only_files_and_drawings_that_exist(path):
    text = path.read_text()
    drawings = re.findall(
        r'^  "(\w+)":', (ROOT / "templates/components/icons.html").read_text(), re.M
    )

    files = re.findall(r"""assets\.(?:script|style)\(["']([^"']+)""", text)
    icons = re.findall(r"""\bicon\(["']([\w-]+)["']""", text)

    assert [name for name in files if not (ROOT / "static" / name).is_file()] == []
    assert sorted(set(icons) - set(drawings)) == []


def test_every_page_of_flask_admin_with_inline_code_is_replaced():
    inline = {
        str(path.relative_to(PACKAGED))
        for path in PACKAGED.rglob("*.html")
        if re.search(r"onclick=|javascript:", path.read_text())
    }

    ours = {name for name in inline if (ROOT / "templates" / name).is_file()}

    assert inline - ours - NOT_USED == set()


# ---------------------------------------------------------------- the parts


@pytest.fixture(scope="module")
def parts():
    """The macros of parts.html and forms.html, as a screen would call them."""
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT / "templates"), autoescape=True)
    env.filters |= FILTERS
    names = {}
    for file in ("components/parts.html", "components/forms.html"):
        names |= vars(env.get_template(file).module)
    return SimpleNamespace(**{k: v for k, v in names.items() if not k.startswith("_")})


def test_a_chip_says_in_words_what_its_colour_says_and_escapes_them(parts):
    html = parts.chip("late", "<2 days> late")

    assert "&lt;2 days&gt; late" in html
    assert '<svg class="ic"' in html


def test_the_stage_bar_marks_where_the_job_stands(parts):
    html = parts.stage_bar("production")

    assert '<li aria-current="step">Production</li>' in html
    assert html.count('class="done"') == 2


def test_facts_that_nobody_knows_are_left_out(parts):
    html = parts.facts([("Where", "Front"), ("Note", None), ("PO", ""), ("Pieces", 0)])

    assert re.findall(r"<dt>(.*?)</dt>", html) == ["Where", "Pieces"]


def test_one_reason_stays_on_one_line_and_several_become_a_list(parts):
    one, two = parts.reasons("Ship is off", ["No label."]), parts.reasons("Ship is off", ["a", "b"])

    assert "<b>Ship is off:</b> No label." in one
    assert two.count("<li>") == 2
    assert parts.reasons("Ship is off", []) == ""


def test_the_quantity_grid_names_every_field_and_adds_up_the_row(parts):
    cells = [
        {"name": "l-1", "value": 12, "ordered": 12},
        {"name": "l-2", "value": 16, "ordered": 18, "off": True},
        None,
    ]

    html = parts.qty_grid(
        "Tee", ["S", "M", "L"], [{"label": "White", "cells": cells, "ordered": 30}]
    )

    assert 'aria-label="White, M"' in html
    assert "<output>28</output>" in html
    assert html.count("<input") == 2


def test_a_field_with_an_error_points_to_its_words(parts):
    class Person(Form):
        email = StringField("E-mail", [validators.InputRequired("Type an e-mail address.")])

    form = Person()
    form.validate()
    html = parts.field(form.email, help="For the proof.")

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="email-error email-help"' in html
    assert "Type an e-mail address." in html


def test_a_select_keeps_what_was_chosen(parts):
    html = parts.select("carrier", "Carrier", [(1, "UPS"), (2, "Pickup")], value="2", blank="None")

    assert '<option value="2" selected>Pickup</option>' in html
    assert '<option value="">None</option>' in html


# ---------------------------------------------------------------- Flask-Admin in our frame


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Flask-Admin over one table, in our templates and under the product's content security policy."""
    shelf = peewee.SqliteDatabase(tmp_path_factory.mktemp("tiny") / "tiny.db")

    class Thing(peewee.Model):
        name = peewee.CharField()
        kind = peewee.CharField(choices=[("a", "Apron"), ("t", "Tee")], default="a")

        class Meta:
            database = shelf

        def __str__(self):
            return self.name

    app = _tiny_app(Thing)
    shelf.create_tables([Thing])
    for name in ("Apron", "Tote", "Hoodie"):
        Thing.create(name=name)
    return SimpleNamespace(app=app, Thing=Thing)


def _tiny_app(table) -> Flask:
    app = Flask("tiny", template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.config.update(SECRET_KEY="tiny", WTF_CSRF_TIME_LIMIT=None)
    app.jinja_env.filters |= FILTERS
    CSRFProtect(app)
    nonce = lambda: g.setdefault("nonce", "n0nce")  # noqa: E731
    app.context_processor(
        lambda: {"csp_nonce": nonce, "current_user": AnonymousUserMixin(), "login_url": "/login"}
    )

    @app.after_request
    def _policy(response):
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'nonce-{nonce()}'"
        )
        return response

    class View(ModelView):
        can_view_details = can_export = can_set_page_size = True
        column_filters = column_searchable_list = column_editable_list = ("name",)

    class Windows(ModelView):
        create_modal = edit_modal = details_modal = can_view_details = True

    admin = Admin(app, theme=Bootstrap4Theme(), csp_nonce_generator=nonce)
    admin.add_view(View(table, endpoint="thing"))
    admin.add_view(Windows(table, endpoint="window"))
    return app


@pytest.mark.parametrize(
    "url",
    [
        "thing/",
        "thing/?search=zzz",
        "thing/?sort=0&desc=1",
        "thing/new/",
        "thing/edit/?id=1",
        "thing/details/?id=1",
        "window/",
        "window/new/?modal=True",
        "window/edit/?id=1&modal=True",
        "window/details/?id=1&modal=True",
    ],
)
def test_a_page_of_flask_admin_keeps_to_the_content_security_policy(tiny, url):
    answer = tiny.app.test_client().get(f"/admin/{url}")
    html = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert re.findall(r"""\son\w+=["']|javascript:|\sstyle=["']""", html) == []
    assert [
        t
        for t in re.findall(r"<script\b[^>]*>|<link rel=\"stylesheet\"[^>]*>", html)
        if "nonce=" not in t
    ] == []


def test_a_list_says_which_column_it_is_sorted_by_and_how_many_rows_there_are(tiny):
    html = tiny.app.test_client().get("/admin/thing/?sort=0&desc=1").get_data(as_text=True)

    assert html.count('aria-sort="descending"') == 1
    assert "1–3 of 3" in html


@pytest.fixture(scope="module")
def tiny_url(tiny):
    """Where the tiny admin answers a browser."""
    server = make_server("127.0.0.1", 0, tiny.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/admin"
    server.shutdown()


@pytest.mark.browser
def test_deleting_a_row_asks_first_under_the_strict_policy(tiny, tiny_url, page):
    page.goto(f"{tiny_url}/thing/?search=Tote")

    page.click(".row-delete button")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    still_there = tiny.Thing.select().where(tiny.Thing.name == "Tote").count()
    page.click(".row-delete button")
    page.click("dialog[open] .primary")
    page.wait_for_selector(".note.success")

    assert still_there == 1
    assert tiny.Thing.select().where(tiny.Thing.name == "Tote").count() == 0


@pytest.mark.browser
def test_a_cell_can_be_changed_in_the_list(tiny, tiny_url, page):
    page.goto(f"{tiny_url}/thing/?search=Hoodie")

    page.click("a.editable")
    page.fill(".popover input", "Hoodie, grey")
    page.keyboard.press("Enter")
    page.wait_for_selector("#toasts .note.success")

    assert tiny.Thing.get(tiny.Thing.name.startswith("Hoodie")).name == "Hoodie, grey"


@pytest.mark.browser
@pytest.mark.parametrize("url", ["thing/", "thing/edit/?id=1", "thing/details/?id=1"])
def test_a_page_of_flask_admin_can_be_used_by_everyone(tiny_url, page, url):
    page.goto(f"{tiny_url}/{url}")

    assert violations(page) == []
