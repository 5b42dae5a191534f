"""Writes the generated part of the documentation and finds links that lead nowhere.

Run by ``make docs``.  The table of settings in docs/OPERATIONS.md stands between two marks and is
written from ``settings.Settings``, so that it cannot grow old.
"""

import re
import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from settings import ROOT, Settings, allowed

OPERATIONS = ROOT / "docs" / "OPERATIONS.md"
TABLE = re.compile(r"(<!-- settings: [^\n]*-->\n).*?(<!-- end of settings -->)", re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
# What the default is when it is worked out from other settings.
WORKED_OUT = {
    "instance_dir": "`instance/` beside the code",
    "database_url": "`inhands.db` in the instance folder",
    "secret_key": "made once, kept in the instance folder",
    "base_url": "`http://127.0.0.1:PORT`",
    "cookie_secure": "true, except at this machine's own address",
}


def main() -> int:
    """Write the settings, report bad links; the exit code."""
    OPERATIONS.write_text(with_settings(OPERATIONS.read_text()))
    bad = broken_links(ROOT)
    for sentence in bad:
        sys.stderr.write(sentence + "\n")
    return 1 if bad else 0


def with_settings(text: str) -> str:
    """The text of OPERATIONS.md with its table of settings as they are now."""
    return TABLE.sub(lambda marks: f"{marks[1]}\n{settings_table()}\n{marks[2]}", text)


def settings_table() -> str:
    """Every setting as a row of a Markdown table."""
    rows = ["| setting | may be | default | what it does |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{name.upper()}` | {allowed(name)} | {_default(name)} | {meaning} |")
    return "\n".join(rows) + "\n"


def broken_links(root: Path) -> list[str]:
    """A sentence for every relative link in our Markdown that leads to no file."""
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    return [
        f"{page.relative_to(root)}: the link to {target} leads nowhere"
        for page in sorted(pages)
        for target in LINK.findall(page.read_text())
        if not re.match(r"[a-z]+:|#", target) and not (page.parent / target.split("#")[0]).exists()
    ]


def _default(name: str) -> str:
    if name in WORKED_OUT:
        return WORKED_OUT[name]
    value = Settings.model_fields[name].default
    if value is PydanticUndefined:
        raise ValueError(f"say in WORKED_OUT what {name} is by default")
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if str(value) else "none"


if __name__ == "__main__":
    sys.exit(main())
