"""What was sent against its published shape: a sentence for every place that does not fit."""

from collections.abc import Iterable, Sequence
from typing import Any

from jsonschema_rs import Draft202012Validator

from api.kinds import fields_of
from api.refusals import MOST_ERRORS, ContentError, pointer
from api.schemas import own_fields, validator
from sync.amounts import clipped
from sync.cells import CellError, from_json
from workflow.fields import Catalogue, Field, Level

Path = tuple[str | int, ...]

#: Whose fields stand in a list of the body.
_LEVELS = {
    "destinations": Level.DESTINATION,
    "lines": Level.LINE,
    "schedule": Level.SCHEDULE,
    "decorations": Level.DECORATION,
}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def check(
    name: str, body: Any, catalogue: Catalogue | None = None, level: Level | None = None
) -> None:
    """Hold a body against the shape with this name.

    Args:
        name: of the shape in ``schemas``.
        body: parsed JSON.
        catalogue: the shop's fields, where the body has some.
        level: whose fields stand at the top of the body.

    Raises:
        ContentError: with a pointer and a sentence for every place that does not fit.
    """
    own = own_fields(catalogue) if catalogue is not None else ()
    found: list[tuple[str, str]] = []
    for error in validator(name, own).iter_errors(body):
        path: Path = tuple(error.instance_path)
        known = _field_at(path, catalogue, level)
        found += [(pointer(*place), text) for place, text in _sentences(error, path, body, known)]
        if len(found) >= MOST_ERRORS:
            break
    if found:
        raise ContentError([*dict.fromkeys(found)])


def check_query(shape: dict[str, Any], values: dict[str, Any]) -> None:
    """Hold the query's values against their shapes.

    Raises:
        ContentError: with the parameter's name and a sentence for each that does not fit.
    """
    found: list[tuple[str, str]] = []
    for error in Draft202012Validator(shape, validate_formats=True).iter_errors(values):
        path: Path = tuple(error.instance_path)
        for place, text in _sentences(error, path, values, None):
            found.append((".".join(map(str, place)), text))
    if found:
        raise ContentError(found)


def _field_at(path: Path, catalogue: Catalogue | None, level: Level | None) -> Field | None:
    """The catalogue's field that a path leads to, if it does."""
    if catalogue is None or not path:
        return None
    names = [(n, part) for n, part in enumerate(path) if isinstance(part, str)]
    for n, part in reversed(names):
        before = [name for m, name in names if m < n]
        here = _LEVELS.get(before[-1]) if before else level
        if before and before[-1] == "defaults":
            return _default_field(part, catalogue)
        if here is not None:
            return fields_of(catalogue, here).get(part)
    return None


def _default_field(name: str, catalogue: Catalogue) -> Field | None:
    order = fields_of(catalogue, Level.ORDER).get(name)
    return order or fields_of(catalogue, Level.DESTINATION).get(name)


def _sentences(
    error: Any, path: Path, body: Any, known: Field | None
) -> Iterable[tuple[Path, str]]:
    kind, name = error.kind, error.kind.name
    if name == "required":
        return [((*path, kind.property), "is missing")]
    if name == "additionalProperties":
        text = "is not known here; see the documentation for the names there are"
        return [((*path, unknown), text) for unknown in kind.unexpected]
    value = _value_at(body, path)
    return [(path, _of_field(known, value) or _of_kind(name, kind, value))]


def _of_field(known: Field | None, value: Any) -> str:
    """What the shop's own reading says about a value; "" where it has nothing against it."""
    if known is None:
        return ""
    try:
        from_json(known, value)
    except CellError as refusal:
        return str(refusal)
    return ""


def _of_kind(name: str, kind: Any, value: Any) -> str:
    found = f"found '{clipped(value)}'"
    if name == "type":
        words = [_TYPES[type_] for type_ in kind.types]
        return f"expected {' or '.join(words)}, {found}"
    if name == "enum":
        choices = ", ".join("null" if c is None else str(c) for c in kind.options)
        return f"expected one of {choices}, {found}"
    if name in _LIMITS:
        size = len(value) if isinstance(value, str | list | dict) else None
        return _LIMITS[name].format(limit=kind.limit, found=found, size=size)
    if name == "format":
        return f"expected a {kind.format}, {found}"
    return f"is not written as the documentation says, {found}"


_LIMITS = {
    "maxLength": "expected at most {limit} characters, found {size}",
    "minLength": "expected at least {limit} characters, found {size}",
    "maxItems": "expected at most {limit}, found {size}",
    "minItems": "expected at least {limit}, found {size}",
    "maximum": "expected at most {limit}, {found}",
    "minimum": "expected at least {limit}, {found}",
}


def _value_at(body: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        body = body[part]
    return body
