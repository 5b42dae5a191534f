"""What cells of ours accept when somebody types into them, and how rows are coloured. Pure."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from sync.sheets.colours import MARK, colours
from sync.sheets.shapes import ColumnLayout, TabLayout
from xlsx.addresses import LAST_ROW, letters_of
from xlsx.package import local
from xlsx.sheet import Sheet
from xlsx.styles import Styles

TITLE = "Inhands"  # of the box that says no: it says whose rule it is
_LONGEST_LIST = 255  # what Excel takes as a list inside a rule
_FILLS = {"urgent": "F4CCCC", "late": "FFE599"}


def keep(sheet: Sheet, layout: TabLayout, places: Mapping[str, int], styles: Styles) -> None:
    """Bring our rules of a tab up to date; they cover whole columns, wherever those are now."""
    rules = {places[column.key]: _rule(column, places[column.key]) for column in layout.columns}
    _keep_validations(sheet, {at: rule for at, rule in rules.items() if rule is not None})
    _keep_colours(sheet, places, styles)


def _keep_colours(sheet: Sheet, places: Mapping[str, int], styles: Styles) -> None:
    """Colour as it is meant now; rules of ours that say something else go."""
    names = {key: letters_of(at + 1) for key, at in places.items()}
    wanted = list(colours(names))
    ours = [node for node in sheet.root.iter()
            if local(node) == "formula" and MARK in (node.text or "")]  # fmt: skip
    if [node.text for node in ours] == [colour.formula for colour in wanted]:
        return
    for node in ours:
        rule = node.getparent()
        group = rule.getparent()
        group.remove(rule)
        if not len(group):
            group.getparent().remove(group)
    row = f"A2:{letters_of(max(places.values()) + 1)}{LAST_ROW}"
    for colour in wanted:
        area = row if colour.column is None else _area(places[colour.column])
        _add_colour(sheet, area, colour.formula, styles.differential(fill=_FILLS[colour.name]))


def _rule(column: ColumnLayout, at: int) -> dict[str, str] | None:
    """The attributes and formulas of the rule of one column."""
    title = column.title[:60]
    if column.hidden:
        return None
    if column.owner == "app":
        return {
            # A column people put beside it takes over its rules; under its own heading it is free.
            "type": "custom", "formula1": f'{letters_of(at + 1)}$1<>"{_quoted(column.title)}"',
            "error": f"{title} is kept by the shop: change it there.",
        }  # fmt: skip
    if column.kind == "choice" and column.choices:
        listed = ",".join(_quoted(choice) for choice in column.choices)
        if len(listed) > _LONGEST_LIST or any("," in choice for choice in column.choices):
            return None  # what a rule cannot hold the shop checks when it reads
        return {
            "type": "list", "formula1": f'"{listed}"',
            "error": f"{title} is one of: {listed}"[:220],
        }  # fmt: skip
    if column.kind == "date":
        return {
            "type": "date", "operator": "greaterThan", "formula1": "36526", "errorStyle": "warning",
            "error": f"{title} is a date, such as 2026-11-30.",
        }  # fmt: skip
    if column.kind == "yes_no":
        return {"type": "list", "formula1": '"yes,no"', "error": f"{title} is yes or no."}
    if column.kind in ("number", "money"):
        return {
            "type": "decimal", "operator": "greaterThanOrEqual", "formula1": "0",
            "errorStyle": "warning", "error": f"{title} is a number.",
        }  # fmt: skip
    return None


def _keep_validations(sheet: Sheet, wanted: Mapping[int, dict[str, str]]) -> None:
    missing = {_area(at): rule for at, rule in wanted.items()}
    group = sheet.find("dataValidations")
    for node in list(group) if group is not None else []:
        if node.get("errorTitle") != TITLE:
            continue
        said = {**node.attrib, **{local(part): part.text or "" for part in node}}
        rule = missing.get(said.get("sqref", ""))
        if rule is not None and all(said.get(name) == text for name, text in rule.items()):
            del missing[said["sqref"]]
        else:
            node.getparent().remove(node)
    if missing:
        group = sheet.part("dataValidations")
        group.extend(_validation(sheet, area, rule) for area, rule in missing.items())
    if group is not None and len(group):
        group.set("count", str(len(group)))
    elif group is not None:
        sheet.root.remove(group)


def _validation(sheet: Sheet, area: str, rule: Mapping[str, str]) -> Any:
    told = {name: text for name, text in rule.items() if name != "formula1"}
    told |= {"allowBlank": "0" if rule["type"] == "custom" else "1", "showErrorMessage": "1"}
    node = etree.Element(
        f"{{{sheet.namespace}}}dataValidation", {**told, "errorTitle": TITLE, "sqref": area}
    )
    etree.SubElement(node, f"{{{sheet.namespace}}}formula1").text = rule["formula1"]
    return node


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _area(at: int) -> str:
    letters = letters_of(at + 1)
    return f"{letters}2:{letters}{LAST_ROW}"


def _add_colour(sheet: Sheet, area: str, formula: str, look: int) -> None:
    taken = [int(node.get("priority") or 0) for node in sheet.root.iter()
             if local(node) == "cfRule"]  # fmt: skip
    group = sheet.add("conditionalFormatting")
    group.set("sqref", area)
    rule = etree.SubElement(
        group, f"{{{sheet.namespace}}}cfRule",
        type="expression", dxfId=str(look), priority=str(max([0, *taken]) + 1),
    )  # fmt: skip
    etree.SubElement(rule, f"{{{sheet.namespace}}}formula").text = formula
