"""What the product imports is what it asks for: the development tools may not carry it along."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from settings import ROOT
from tests.test_architecture import our_files

pytestmark = pytest.mark.pure

NOT_SHIPPED = {"tests", "bench", "ops"}
PARTS = {"pydantic_core": "pydantic"}  # comes with another and is one with it


def named_in(file):
    lines = (ROOT / file).read_text().splitlines()
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if not line.startswith("#"))
    return {name[0].casefold().replace("_", "-") for name in names if name}


def test_every_library_the_product_imports_is_asked_for():
    asked, known = named_in("requirements.in"), packages_distributions()
    ours = {path.stem for path in ROOT.iterdir()}
    missing = set()

    for relative in our_files():
        if relative.parts[0] in NOT_SHIPPED:
            continue
        for node in ast.walk(ast.parse((ROOT / relative).read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in (n.partition(".")[0] for n in names):
                if name in sys.stdlib_module_names or name in ours:
                    continue
                homes = {
                    h.casefold().replace("_", "-") for h in known.get(PARTS.get(name, name), [name])
                }
                if not homes & asked:
                    missing.add(f"{relative} imports {name}")

    assert missing == set()
