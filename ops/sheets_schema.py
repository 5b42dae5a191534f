"""Writes the emulator's table of names from Google's discovery document.

    python -m ops.sheets_schema path/to/sheets.v4.json

What comes out are facts in a form of our own: message -> field -> type.  ``[X`` is a list of
X, ``{X`` a map to X, ``A|B`` an enum; everything that no request can carry is left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "sheets_emulator" / "schema.json"
# Besides what requests carry, field masks of updates are checked against these.
ROOTS = ("CellData", "SheetProperties", "DimensionProperties", "RowData")

Json = dict[str, Any]


def _type(field: Json) -> str:
    if "$ref" in field:
        return str(field["$ref"])
    if field.get("type") == "array":
        return "[" + _type(field["items"])
    if "enum" in field:
        return "|".join(field["enum"]) + "|"
    if field.get("type") == "object":
        return "{" + _type(field["additionalProperties"])
    return str(field.get("format") or field.get("type"))


def _bodies(resource: Json) -> list[str]:
    found = [
        method["request"]["$ref"]
        for method in resource.get("methods", {}).values()
        if "request" in method
    ]
    for child in resource.get("resources", {}).values():
        found += _bodies(child)
    return found


def table_of(discovery: Json) -> dict[str, dict[str, str]]:
    """Every message that a request can carry, with its fields."""
    table: dict[str, dict[str, str]] = {}
    wanted = [*_bodies(discovery), *ROOTS]
    while wanted:
        name = wanted.pop()
        if name in table or name not in discovery["schemas"]:
            continue
        fields = discovery["schemas"][name].get("properties", {})
        table[name] = {field: _type(what) for field, what in fields.items()}
        wanted += [kind.lstrip("[{") for kind in table[name].values()]
    return dict(sorted(table.items()))


if __name__ == "__main__":
    messages = table_of(json.loads(Path(sys.argv[1]).read_text()))
    lines = [f"{json.dumps(name)}:{json.dumps(messages[name])}" for name in messages]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
