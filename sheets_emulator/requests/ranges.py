"""Requests about what hangs on ranges: names, protection, colours by rule, filters, tables."""

import secrets
from typing import Any

from sheets_emulator import looks, masks
from sheets_emulator.a1 import Area
from sheets_emulator.answers import invalid
from sheets_emulator.requests.batch import Batch, handles, update_mask
from sheets_emulator.workbook import Sheet

Json = dict[str, Any]


def _clean(value: Any) -> Any:
    """A message as answers show it: nothing false, zero or blank, but bounds of ranges stay."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {
        "sheetId",
        "startRowIndex",
        "endRowIndex",
        "startColumnIndex",
        "endColumnIndex",
    }:
        return Area.from_json(value).as_json()
    found = {name: _clean(one) for name, one in value.items()}
    kept = ("values", "columnIndex")
    return {
        name: one for name, one in found.items() if one not in (None, False, "", []) or name in kept
    }


def _sheet_of(batch: Batch, grid_range: Json) -> Sheet:
    sheet, _ = batch.grid(grid_range)
    return sheet


def _find(batch: Batch, kind: str, key: str, wanted: Any, name: str) -> tuple[Sheet, int]:
    for sheet in batch.book.sheets:
        for n, item in enumerate(sheet.lists.get(kind, [])):
            if item[key] == wanted:
                return sheet, n
    raise invalid(f"No {name} with ID: {wanted}")


def _changed(batch: Batch, old: Json, new: Json, arguments: Json, message: str) -> Json:
    mask = looks.with_twin_names(update_mask(arguments, message))
    return dict(_clean(masks.merged(old, looks.with_twins(new), mask)))


# ---------------------------------------------------------------- names


@handles("addNamedRange")
def add_named(batch: Batch, arguments: Json) -> Json:
    """A name for some cells."""
    wanted = arguments.get("namedRange", {})
    name = wanted.get("name", "")
    _check_name(batch, name)
    _sheet_of(batch, wanted.get("range", {}))
    item = {
        "namedRangeId": wanted.get("namedRangeId") or secrets.token_hex(6),
        "name": name,
        "range": Area.from_json(wanted.get("range", {})).as_json(),
    }
    batch.book.named.append(item)
    return {"namedRange": item}


def _check_name(batch: Batch, name: str, but: str | None = None) -> None:
    if not name or not (name[0].isalpha() or name[0] == "_") or " " in name:
        raise invalid(f"The name '{name}' is not a valid name for a named range.")
    for item in batch.book.named:
        if item["name"].lower() == name.lower() and item["namedRangeId"] != but:
            raise invalid(f'A named range with the name "{name}" already exists.')


def _named(batch: Batch, wanted: str) -> int:
    for n, item in enumerate(batch.book.named):
        if item["namedRangeId"] == wanted:
            return n
    raise invalid(f"Cannot find named range with ID: {wanted}")


@handles("updateNamedRange")
def update_named(batch: Batch, arguments: Json) -> None:
    """Another name, or other cells."""
    wanted = arguments.get("namedRange", {})
    n = _named(batch, wanted.get("namedRangeId", ""))
    old = batch.book.named[n]
    mask = update_mask(arguments, "NamedRange")
    new = masks.merged(old, wanted, mask) | {"namedRangeId": old["namedRangeId"]}
    _check_name(batch, new.get("name", ""), old["namedRangeId"])
    new["range"] = Area.from_json(new.get("range", {})).as_json()
    batch.book.named[n] = new


@handles("deleteNamedRange")
def delete_named(batch: Batch, arguments: Json) -> None:
    """The name goes, the cells stay."""
    del batch.book.named[_named(batch, arguments.get("namedRangeId", ""))]


# ---------------------------------------------------------------- protection


@handles("addProtectedRange")
def add_protected(batch: Batch, arguments: Json) -> Json:
    """Cells that only some may edit; a second request makes a second protection."""
    wanted = arguments.get("protectedRange", {})
    if "namedRangeId" in wanted:
        n = _named(batch, wanted["namedRangeId"])
        wanted = {**wanted, "range": batch.book.named[n]["range"]}
    if "range" not in wanted:
        raise invalid("A range must be specified.")
    sheet = _sheet_of(batch, wanted["range"])
    editors = wanted.get("editors", {})
    item = {"protectedRangeId": wanted.get("protectedRangeId") or batch.book.fresh_id()}
    item |= _clean({k: v for k, v in wanted.items() if k not in ("editors", "range")})
    item["range"] = Area.from_json(wanted["range"]).as_json()
    item |= {"requestingUserCanEdit": True}
    told = {name: people for name, people in editors.items() if people}
    kept = told | {"users": _with(told.get("users", []), batch.account)}
    sheet.lists.setdefault("protectedRanges", []).append(item | {"editors": kept})
    return {"protectedRange": item | {"editors": told}}


def _with(users: list[str], account: str) -> list[str]:
    return users if account in users else [*users, account]


@handles("updateProtectedRange")
def update_protected(batch: Batch, arguments: Json) -> None:
    """Change a protection."""
    wanted = arguments.get("protectedRange", {})
    key = wanted.get("protectedRangeId", 0)
    sheet, n = _find(batch, "protectedRanges", "protectedRangeId", key, "protected range")
    old = sheet.lists["protectedRanges"].pop(n)
    new = _changed(batch, old, wanted, arguments, "ProtectedRange")
    new |= {"protectedRangeId": key, "requestingUserCanEdit": True}
    editors = new.get("editors", {})
    new["editors"] = editors | {"users": _with(editors.get("users", []), batch.account)}
    new.setdefault("range", old["range"])
    place = _sheet_of(batch, new["range"])
    place.lists.setdefault("protectedRanges", []).insert(n, new)


@handles("deleteProtectedRange")
def delete_protected(batch: Batch, arguments: Json) -> None:
    """Everybody may edit again."""
    key = arguments.get("protectedRangeId", 0)
    sheet, n = _find(batch, "protectedRanges", "protectedRangeId", key, "protected range")
    del sheet.lists["protectedRanges"][n]


# ---------------------------------------------------------------- colours by rule


def _rules(batch: Batch, gid: int) -> list[Json]:
    return batch.book.sheet(gid).lists.setdefault("conditionalFormats", [])


def _rule(batch: Batch, rule: Json) -> Json:
    if not rule.get("ranges"):
        raise invalid("ConditionalFormatRule.ranges must be specified.")
    if not ("booleanRule" in rule or "gradientRule" in rule):
        raise invalid("Exactly one of booleanRule and gradientRule must be set.")
    for one in rule["ranges"]:
        _sheet_of(batch, one)
    return dict(_clean(looks.with_twins(rule)))


@handles("addConditionalFormatRule")
def add_rule(batch: Batch, arguments: Json) -> None:
    """A rule at a place among the others."""
    rule = _rule(batch, arguments.get("rule", {}))
    rules = _rules(batch, rule["ranges"][0].get("sheetId", 0))
    index = arguments.get("index", 0)
    if index > len(rules):
        raise invalid(f"index {index} is out of bounds.")
    rules.insert(index, rule)


def _rule_at(batch: Batch, arguments: Json, gid: int) -> tuple[list[Json], int]:
    rules, index = _rules(batch, gid), arguments.get("index", 0)
    if not 0 <= index < len(rules):
        raise invalid(f"No conditional format on sheet: {gid} at index: {index}")
    return rules, index


@handles("updateConditionalFormatRule")
def update_rule(batch: Batch, arguments: Json) -> Json:
    """Another rule at a place, or another place for a rule."""
    given = arguments.get("rule", {}).get("ranges") or [{}]
    gid = arguments.get("sheetId", given[0].get("sheetId", 0))
    rules, index = _rule_at(batch, arguments, gid)
    old = rules[index]
    if "rule" in arguments:
        rules[index] = _rule(batch, arguments["rule"])
        found = {"newRule": rules[index], "oldRule": old}
        return found | ({"newIndex": index, "oldIndex": index} if index else {})
    to = arguments.get("newIndex", 0)
    rules.insert(to, rules.pop(index))
    places = {name: n for name, n in (("newIndex", to), ("oldIndex", index)) if n}
    return {"newRule": old} | places


@handles("deleteConditionalFormatRule")
def delete_rule(batch: Batch, arguments: Json) -> Json:
    """A rule goes; those after it move up."""
    rules, index = _rule_at(batch, arguments, arguments.get("sheetId", 0))
    return {"rule": rules.pop(index)}


# ---------------------------------------------------------------- filters


@handles("setBasicFilter")
def set_basic_filter(batch: Batch, arguments: Json) -> None:
    """The filter of a tab, over all of it if no bounds are said."""
    wanted = arguments.get("filter", {})
    sheet, box = batch.grid(wanted.get("range", {}))
    kept = {name: value for name, value in wanted.items() if name != "range"}
    sheet.basic_filter = {"range": box.area(sheet.id).as_json()} | _clean(kept)


@handles("clearBasicFilter")
def clear_basic_filter(batch: Batch, arguments: Json) -> None:
    """No filter on a tab."""
    batch.book.sheet(arguments.get("sheetId", 0)).basic_filter = None


@handles("addFilterView")
def add_filter_view(batch: Batch, arguments: Json) -> Json:
    """A filter with a name that everybody can choose."""
    wanted = arguments.get("filter", {})
    sheet, box = batch.grid(wanted.get("range", {}))
    item = {"filterViewId": wanted.get("filterViewId") or batch.book.fresh_id()}
    item |= {
        "title": wanted.get("title") or f"Filter {len(sheet.lists.get('filterViews', [])) + 1}"
    }
    item |= {"range": box.area(sheet.id).as_json()}
    item |= _clean({k: v for k, v in wanted.items() if k not in item})
    sheet.lists.setdefault("filterViews", []).append(item)
    return {"filter": item}


@handles("updateFilterView")
def update_filter_view(batch: Batch, arguments: Json) -> None:
    """Change a filter view."""
    wanted = arguments.get("filter", {})
    key = wanted.get("filterViewId", 0)
    sheet, n = _find(batch, "filterViews", "filterViewId", key, "filter view")
    old = sheet.lists["filterViews"][n]
    sheet.lists["filterViews"][n] = _changed(batch, old, wanted, arguments, "FilterView") | {
        "filterViewId": key
    }


@handles("duplicateFilterView")
def duplicate_filter_view(batch: Batch, arguments: Json) -> Json:
    """A filter view once more."""
    key = arguments.get("filterId", 0)
    sheet, n = _find(batch, "filterViews", "filterViewId", key, "filter view")
    old = sheet.lists["filterViews"][n]
    item = old | {"filterViewId": batch.book.fresh_id(), "title": f"Copy of {old['title']}"}
    sheet.lists["filterViews"].append(item)
    return {"filter": item}


@handles("deleteFilterView")
def delete_filter_view(batch: Batch, arguments: Json) -> None:
    """A filter view goes."""
    key = arguments.get("filterId", 0)
    sheet, n = _find(batch, "filterViews", "filterViewId", key, "filter view")
    del sheet.lists["filterViews"][n]


# ---------------------------------------------------------------- stripes and tables


@handles("addBanding")
def add_banding(batch: Batch, arguments: Json) -> Json:
    """Stripes over a range."""
    wanted = looks.with_twins(arguments.get("bandedRange", {}))
    sheet, box = batch.grid(wanted.get("range", {}))
    for other in sheet.lists.get("bandedRanges", []):
        if sheet.box_of(other["range"]).touches(box):
            raise invalid(
                "You cannot add alternating background colors to a range that already has"
                " alternating background colors."
            )
    item = {"bandedRangeId": wanted.get("bandedRangeId") or batch.book.fresh_id()}
    item |= {"range": box.area(sheet.id).as_json()}
    item |= _clean({k: v for k, v in wanted.items() if k not in item})
    sheet.lists.setdefault("bandedRanges", []).append(item)
    return {"bandedRange": item}


@handles("updateBanding")
def update_banding(batch: Batch, arguments: Json) -> None:
    """Change stripes."""
    wanted = arguments.get("bandedRange", {})
    key = wanted.get("bandedRangeId", 0)
    sheet, n = _find(batch, "bandedRanges", "bandedRangeId", key, "banded range")
    old = sheet.lists["bandedRanges"][n]
    sheet.lists["bandedRanges"][n] = _changed(batch, old, wanted, arguments, "BandedRange") | {
        "bandedRangeId": key
    }


@handles("deleteBanding")
def delete_banding(batch: Batch, arguments: Json) -> None:
    """Stripes go."""
    key = arguments.get("bandedRangeId", 0)
    sheet, n = _find(batch, "bandedRanges", "bandedRangeId", key, "banded range")
    del sheet.lists["bandedRanges"][n]


@handles("addTable")
def add_table(batch: Batch, arguments: Json) -> Json:
    """A range as a table with typed columns."""
    wanted = arguments.get("table", {})
    sheet, box = batch.grid(wanted.get("range", {}))
    for other in sheet.lists.get("tables", []):
        if sheet.box_of(other["range"]).touches(box):
            raise invalid("A table cannot overlap another table.")
    number = sum(len(one.lists.get("tables", [])) for one in batch.book.sheets) + 1
    item = {"tableId": wanted.get("tableId") or str(batch.book.fresh_id())}
    item |= {"name": wanted.get("name") or f"Table{number}"}
    item |= {"range": box.area(sheet.id).as_json()}
    item |= {k: v for k, v in looks.with_twins(wanted).items() if k not in item}
    sheet.lists.setdefault("tables", []).append(item)
    return {"table": item}


@handles("updateTable")
def update_table(batch: Batch, arguments: Json) -> None:
    """Change a table."""
    wanted = arguments.get("table", {})
    key = wanted.get("tableId", "")
    sheet, n = _find(batch, "tables", "tableId", key, "table")
    old = sheet.lists["tables"][n]
    new = _changed(batch, old, wanted, arguments, "Table")
    sheet.lists["tables"][n] = new | {"tableId": key}


@handles("deleteTable")
def delete_table(batch: Batch, arguments: Json) -> None:
    """A table goes, with what stands in it."""
    key = arguments.get("tableId", "")
    sheet, n = _find(batch, "tables", "tableId", key, "table")
    del sheet.lists["tables"][n]
