"""The import rules of docs/ARCHITECTURE.md, checked."""

import ast
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure

ROOT = Path(__file__).parent.parent
EXEMPT = {"tests", "migrations", "docs", "bench", "static", "instance", "venv", ".venv"}

# Pure: no database, no clock, no Flask.  They may use each other.
PURE = (
    "workflow/fields workflow/stages workflow/actors workflow/routing workflow/due"
    " workflow/quantities workflow/money workflow/credit workflow/marks"
    " workflow/foresight workflow/occasions"
)
CELLS = "sync/drafts sync/cells sync/amounts sync/days sync/breakdown"
WORKFLOW = f"clock errors outbox models prepared {CELLS} {PURE}"
# What screens read; nothing there writes, and the engine may not use it.
READS = (
    "workflow/workdays workflow/queues workflow/lists workflow/board workflow/morning"
    " workflow/grids workflow/ticket workflow/next_steps workflow/handling"
    " workflow/finding workflow/search workflow/whole_order"
    " workflow/questions workflow/threads workflow/intake_figures workflow/proofs"
)
# How a shared sheet and the shop are merged: pure.
MERGE = (
    "sync/sheets/shapes sync/sheets/columns sync/sheets/stamps sync/sheets/typed"
    " sync/sheets/headers sync/sheets/plan sync/sheets/looking sync/sheets/healing"
)
SCREEN = "auth clock documents errors outbox models settings sync workflow"

# A part may import what stands on its right, and itself.  The longest match
# counts, so a pure module inside a package can be stricter than its package.
RULES = {
    "errors": "",
    "xlsx": "errors",  # the inside of a workbook's archive: for customers' files and live ones
    "clock": "",
    "settings": "errors",
    **dict.fromkeys(PURE.split(), f"errors {PURE}"),
    **dict.fromkeys(CELLS.split(), f"errors {CELLS} workflow/fields"),
    "sync/tables": f"errors {CELLS} sync/readers workflow/fields",
    "sync/matching": f"errors {CELLS} sync/likeness sync/readers workflow/fields",
    "sync/likeness": f"errors {CELLS} workflow/fields",
    "sync/readers": "errors workflow/fields",
    "sync/sources": f"errors clock settings {CELLS} sync/tables sync/matching sync/readers"
    " workflow/fields",
    "sync/letters": "errors sync/readers workflow/fields",
    "sync/sheets/shapes": "errors",
    "sync/sheets/stamps": "",
    **dict.fromkeys(MERGE.split(), f"errors {CELLS} {PURE} {MERGE}"),
    "models": "clock errors workflow/stages workflow/fields",
    "migrate": "errors models ops",
    "prepared": "models",
    "outbox": "clock errors models workflow/actors",
    "backup": "clock errors migrate models ops settings",
    "workflow/shop": WORKFLOW,
    "workflow/engine": f"{WORKFLOW} workflow/shop",
    **dict.fromkeys(
        READS.split(), f"{WORKFLOW} {READS} workflow/shop workflow/search workflow/engine"
    ),
    "workflow": WORKFLOW,
    "sync": "clock errors outbox models settings workflow xlsx",
    # An answer to a customer holds a paper: their own workbook with our questions in it.
    "sync/replies": "clock errors outbox models settings workflow documents sync xlsx",
    "documents": f"clock errors models settings xlsx {PURE}",
    "printing": "clock errors models settings",
    "carriers": "clock errors models settings",
    "notifications": "clock errors models settings",
    "auth": "clock errors models prepared settings workflow/actors",
    "web": "clock errors migrate models settings",
    "admin": f"{SCREEN} web",
    "portal": SCREEN,
    "api": f"{SCREEN} web",
    "starter": "clock errors models workflow",
    "demo": f"{SCREEN} starter",
    "ops": "errors settings",
    "serve": "errors settings",
    # A server to develop against; it knows nothing of the product.
    "sheets_emulator": "errors",
    "worker": "*",
    "cli": "*",
    "app": "*",
}
# Libraries that belong to some parts only.
WEB = "app admin api portal auth cli web"
ONLY_IN = {
    "flask": WEB,
    "flask_login": WEB,
    "flask_wtf": WEB,
    "flask_admin": "app admin",
    "gspread": "sync/sheets/google",
    "imap_tools": "sync/channels/imap",
    "PIL": "documents/previews/child",
    "pypdfium2": "documents/previews/child",
    "resvg_py": "documents/previews/child",
    "apprise": "notifications/texts",
    "tnefparse": "sync/letters/unpack",
    "cryptography": "sync/channels/sealed sheets_emulator/accounts",
}


def part_of(dotted):
    path = dotted.replace(".", "/")
    matches = [rule for rule in RULES if path == rule or path.startswith(rule + "/")]
    return max(matches, key=len, default=None)


def imports_of(relative):
    for node in ast.walk(ast.parse((ROOT / relative).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def dotted_name(relative):
    return ".".join(relative.with_suffix("").parts).removesuffix(".__init__")


def our_files():
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] not in EXEMPT:
            yield relative


def may_import(here, there):
    allowed = RULES[here].split()
    own = there == here or (there.split("/")[0] == here and there not in ("worker", "cli", "app"))
    return "*" in allowed or own or there in allowed or there.split("/")[0] in allowed


@pytest.mark.parametrize("relative", list(our_files()), ids=str)
def test_imports_point_one_way(relative):
    here = part_of(dotted_name(relative))
    assert here, f"say in RULES what {relative} may import"

    for target in imports_of(relative):
        there = part_of(target)
        assert there is None or may_import(here, there), f"{relative} may not import {target}"


@pytest.mark.parametrize("relative", list(our_files()), ids=str)
def test_imports_are_absolute(relative):
    levels = [
        node.level
        for node in ast.walk(ast.parse((ROOT / relative).read_text()))
        if isinstance(node, ast.ImportFrom)
    ]

    assert not any(levels), f"{relative}: the rules are read from absolute imports"


@pytest.mark.parametrize("relative", list(our_files()), ids=str)
def test_libraries_stay_where_they_belong(relative):
    path = relative.with_suffix("").as_posix()

    for target in imports_of(relative):
        allowed = ONLY_IN.get(target.split(".")[0], path).split()
        fine = any(path == part or path.startswith(part + "/") for part in allowed)
        assert fine, f"{relative} may not use {target}"


def test_no_name_hides_the_standard_library():
    names = {relative.stem for relative in our_files() if relative.stem != "__init__"}
    names |= {path.stem for path in ROOT.glob("tests/**/*.py") if path.stem != "__init__"}

    assert names & sys.stdlib_module_names == set()


def test_no_file_is_called_after_nothing():
    nothing = {"utils", "util", "helpers", "misc", "common", "core", "services", "manager"}

    names = {part for relative in our_files() for part in relative.with_suffix("").parts}

    assert names & nothing == set()


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("workflow/stages", "models"),
        ("workflow/due", "clock"),
        ("models", "workflow/engine"),
        ("sync/sources", "models"),
        ("sync/readers", "sync/funnel"),
        ("sync/letters", "models"),
        ("documents", "workflow/engine"),
        ("carriers", "printing"),
        ("admin", "carriers"),
        ("admin", "worker"),
        ("workflow/engine", "workflow/lists"),
        ("workflow/engine", "sync/intake"),
        ("notifications", "outbox"),
        ("api", "admin"),
    ],
)
def test_the_rules_refuse_an_arrow_turned_round(here, there):
    assert not may_import(part_of(here), part_of(there) or there)
