"""Request bodies held against Google's schema: names, types, enums, oneofs.

The table ``schema.json`` is written by ``ops/sheets_schema.py``.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sheets_emulator.answers import bad_field

Json = dict[str, Any]

_TABLE: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "schema.json").read_text())
_SNAKE = {
    message: {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): name for name in fields}
    for message, fields in _TABLE.items()
}
# Messages of which only one field may be set, with the name of the choice.
_ONE_OF = {"Request": "kind", "ExtendedValue": "value", "DataFilter": "filter"}
_NUMBERS = {"int32": "TYPE_INT32", "int64": "TYPE_INT64", "float": "TYPE_FLOAT"}
_NUMBERS |= {"double": "TYPE_DOUBLE", "number": "TYPE_DOUBLE", "integer": "TYPE_INT32"}
_ENUMS = {
    "majorDimension": "Dimension",
    "dimension": "Dimension",
    "valueInputOption": "ValueInputOption",
    "valueRenderOption": "ValueRenderOption",
    "dateTimeRenderOption": "DateTimeRenderOption",
    "pasteType": "PasteType",
    "sortOrder": "SortOrder",
    "mergeType": "MergeCellsRequest.MergeType",
    "pasteOrientation": "PasteOrientation",
    "sheetType": "SheetType",
}
_PACKAGE = "type.googleapis.com/google.apps.sheets.v4."
_LIST = "type.googleapis.com/google.protobuf.ListValue"


def field_type(message: str, name: str) -> str | None:
    """The type of a field, or None where the message has no such field."""
    return _TABLE.get(message, {}).get(name)


@cache
def snake(name: str) -> str:
    """``updateCells`` -> ``update_cells``, as error messages write it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def checked(body: Any, message: str, path: str = "") -> Json:
    """The body with camel-case names and without nulls.

    Raises:
        ApiError: what does not fit, and where, in Google's words.
    """
    if not isinstance(body, dict):
        raise _invalid(path, f"{_PACKAGE}{message}", body)
    fields, found = _TABLE[message], {}
    for name, value in body.items():
        known = name if name in fields else _SNAKE[message].get(name)
        if known is None:
            raise _unknown(path, name)
        if value is None:
            continue
        kind = fields[known]
        if type(value) is str and kind == "string":
            found[known] = value
            continue
        where = f"{path}.{snake(known)}" if path else snake(known)
        found[known] = _value(value, kind, where, known)
    if message in _ONE_OF and len(found) > 1:
        raise _set_twice(path, _ONE_OF[message], list(found)[1])
    return found


def _value(value: Any, kind: str, where: str, name: str) -> Any:
    if kind == "[[any":
        _check_rows(value, where)
        return value
    if kind[0] == "[":
        return _items(value, kind[1:], where, name)
    if kind in _TABLE:
        return checked(value, kind, where)
    if kind == "string" or kind.startswith("google-"):
        return _string(value, where)
    if kind == "boolean":
        return _boolean(value, where)
    if kind in _NUMBERS:
        return _number(value, kind, where)
    if kind[-1] == "|" and value not in kind[:-1].split("|"):
        raise _invalid(where, _PACKAGE + _ENUMS.get(name, name[:1].upper() + name[1:]), value)
    return value


def _items(value: Any, kind: str, where: str, name: str) -> list[Any]:
    if not isinstance(value, list):  # a lone message stands for a list of one
        value = [value]
    return [_value(one, kind, f"{where}[{n}]", name) for n, one in enumerate(value)]


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _invalid(where, "TYPE_STRING", value)
    return value


def _boolean(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _invalid(where, "TYPE_BOOL", value)


def _number(value: Any, kind: str, where: str) -> int | float:
    if type(value) is int:
        return value
    try:
        if isinstance(value, bool):
            raise _invalid(where, _NUMBERS[kind], value)
        number = float(value)
    except (TypeError, ValueError):
        raise _invalid(where, _NUMBERS[kind], value) from None
    if kind in ("float", "double", "number"):
        return number
    if number != int(number):
        raise _invalid(where, _NUMBERS[kind], value)
    return int(number)


def _check_rows(values: Any, where: str) -> None:
    if not isinstance(values, list):
        raise _invalid(where, _LIST, values)
    for n, row in enumerate(values):
        if not isinstance(row, list):
            raise _invalid(f"{where}[{n}]", _LIST, row)


def _shown(value: Any) -> str:
    if isinstance(value, str | bool | int | float) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return "Starting an object on a scalar field" if isinstance(value, dict) else json.dumps(value)


def _invalid(path: str, kind: str, value: Any) -> Exception:
    return bad_field(path, f"Invalid value at '{path}' ({kind}), {_shown(value)}")


def _unknown(path: str, name: str) -> Exception:
    place = f" at '{path}'" if path else ""
    said = f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
    return bad_field(path, said)


def _set_twice(path: str, choice: str, name: str) -> Exception:
    said = (
        f"Invalid value at '{path}' (oneof), oneof field '{choice}' is already set."
        f" Cannot set '{name}'"
    )
    return bad_field(path, said)
