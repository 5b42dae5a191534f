"""What says how far a table reaches: it grows with the rows that are added under it. Pure."""

import re
from typing import Any

from xlsx.package import Package, local
from xlsx.sheet import Sheet

_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(:\$?[A-Z]{1,3}\$?)(\d+)")


def grow(package: Package, part: str, sheet: Sheet, last: int, now: int) -> None:
    """Let filter, tables and the sheet's size reach from row ``last`` to row ``now``."""
    size = sheet.find("dimension")
    if size is not None:
        _reach(size, "ref", last, now, at_least=True)
    chosen = sheet.find("autoFilter")
    if chosen is not None and _reach(chosen, "ref", last, now):
        _grow_name(package, part, last, now)
    for relation in list(package.relations(part)):
        if relation.kind == "table" and relation.target in package:
            table = package.tree(relation.target)
            if table.get("totalsRowCount", "0") == "0" and _reach(table, "ref", last, now):
                for node in table:
                    if local(node) == "autoFilter":
                        _reach(node, "ref", last, now)


def _reach(node: Any, name: str, last: int, now: int, *, at_least: bool = False) -> bool:
    found = _RANGE.fullmatch(node.get(name) or "")
    if found is None or not (int(found[4]) == last or (at_least and int(found[4]) < now)):
        return False
    node.set(name, f"{found[1]}{found[2]}{found[3]}{now}")
    return True


def _grow_name(package: Package, part: str, last: int, now: int) -> None:
    """The filter's range stands a second time, as a hidden name."""
    parts = list(package.sheets().values())
    for group in package.tree(package.workbook):
        if local(group) != "definedNames":
            continue
        for node in group:
            own = node.get("localSheetId") == str(parts.index(part))
            if own and node.get("name") == "_xlnm._FilterDatabase" and node.text:
                node.text = re.sub(rf"\${last}$", f"${now}", node.text)
