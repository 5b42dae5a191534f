"""The page that explains the API: the specification in our own style, with calls to copy."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_login import current_user
from markupsafe import Markup, escape

from api.document import document
from api.examples import EXAMPLES
from api.kinds import Schema
from api.schemas import own_fields
from workflow import shop

_SOON = 14  # properties shown before the rest is folded away
_KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}


@dataclass(frozen=True)
class Row:
    """One property or parameter: its name, what may be in it, what it is."""

    name: str
    kind: Markup
    about: Markup
    needed: bool = False
    place: str = ""


@dataclass(frozen=True)
class Entry:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    about: Markup
    parameters: list[Row]
    takes: str
    gives: str
    statuses: list[tuple[str, str]]
    call: str


@dataclass(frozen=True)
class Group:
    """The operations under one heading."""

    name: str
    slug: str
    about: str
    entries: list[Entry]


@dataclass(frozen=True)
class Shape:
    """One named shape with its properties: the first ones, and the rest."""

    name: str
    sent: bool  # by programs; the others are answered
    soon: list[Row]
    later: list[Row]


def page() -> str:
    """The documentation; whoever is signed in finds the shop's own fields in it."""
    signed_in = bool(current_user) and bool(current_user.is_authenticated)
    spec = document(own_fields(shop.catalogue()) if signed_in else ())
    return render_template(
        "pages/api_docs/docs.html",
        about=_paragraphs(spec["info"]["description"]),
        groups=_groups(spec, request.host_url.rstrip("/")),
        shapes=[_shape(name, schema) for name, schema in _shapes(spec).items()],
        base=f"{request.host_url.rstrip('/')}{spec['servers'][0]['url']}",
        version=spec["info"]["version"],
    )


# ---------------------------------------------------------------- operations


def _groups(spec: Mapping[str, Any], host: str) -> list[Group]:
    found = []
    for tag in spec["tags"]:
        entries = [
            _entry(spec, method, path, words, host)
            for path, methods in spec["paths"].items()
            for method, words in methods.items()
            if tag["name"] in words["tags"]
        ]
        slug = tag["name"].lower().replace(" ", "-")
        found.append(Group(tag["name"], slug, tag["description"], entries))
    return found


def _entry(
    spec: Mapping[str, Any], method: str, path: str, words: Mapping[str, Any], host: str
) -> Entry:
    content = words.get("requestBody", {}).get("content", {})
    first = next(iter(content.values()), None)
    answer = next(a for status, a in words["responses"].items() if status.startswith("2"))
    refusals = spec["components"]["responses"]
    base = f"{host}{spec['servers'][0]['url']}"
    return Entry(
        name=words["operationId"],
        method=method.upper(),
        path=path,
        summary=words["summary"],
        about=_line(words["description"]),
        parameters=[_parameter(p) for p in words["parameters"]],
        takes=_name_of(first["schema"]) if first else "",
        gives=_name_of(answer["content"]["application/json"]["schema"]),
        statuses=[
            (status, refusals[status]["description"] if "$ref" in refusal else "Done.")
            for status, refusal in words["responses"].items()
        ],
        call=_call(method, path, words, base),
    )


def _parameter(parameter: Mapping[str, Any]) -> Row:
    return Row(
        parameter["name"],
        _kind(parameter["schema"]),
        _line(parameter["description"]),
        bool(parameter.get("required")),
        parameter["in"],
    )


def _call(method: str, path: str, words: Mapping[str, Any], base: str) -> str:
    """The operation as a command to copy into a terminal."""
    filled = re.sub(r"\{(\w+)\}", lambda m: "1042" if m[1] == "number" else "7", path)
    parts = ["curl"] if method == "get" else [f"curl -X {method.upper()}"]
    parts.append(shlex.quote(f"{base}{filled}"))
    parts.append('-H "Authorization: Bearer $INHANDS_TOKEN"')
    if "multipart/form-data" in words.get("requestBody", {}).get("content", {}):
        parts.append("-F file=@order.xlsx")
    elif words["operationId"] in EXAMPLES:
        if any(p["name"] == "Idempotency-Key" for p in words["parameters"]):
            parts.append('-H "Idempotency-Key: $(uuidgen)"')
        body = json.dumps(EXAMPLES[words["operationId"]], indent=2)
        parts += ['-H "Content-Type: application/json"', f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(parts)


# ---------------------------------------------------------------- shapes


def _shapes(spec: Mapping[str, Any]) -> dict[str, Schema]:
    shapes: dict[str, Schema] = spec["components"]["schemas"]
    return {name: shapes[name] for name in sorted(shapes)}


def _shape(name: str, schema: Schema) -> Shape:
    needed = schema.get("required", ())
    rows = [
        Row(key, _kind(value), _line(value.get("description", "")), key in needed)
        for key, value in schema.get("properties", {}).items()
    ]
    rows.sort(key=lambda row: not row.needed)
    sent = name.endswith(("In", "Change", "Choice"))
    return Shape(name, sent, rows[:_SOON], rows[_SOON:])


def _kind(schema: Schema) -> Markup:
    """What may be in a value, in words."""
    if "$ref" in schema:
        return _link(schema)
    if "anyOf" in schema:
        return Markup(" or ").join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return _choices(schema["enum"])
    types = schema.get("type", "object")
    types = types if isinstance(types, list) else [types]
    return Markup(" or ").join(_one_kind(type_, schema) for type_ in types)


def _one_kind(type_: str, schema: Schema) -> Markup:
    if type_ == "array":
        return Markup("list of ") + _kind(schema.get("items", {}))
    if type_ == "object":
        return Markup("object")
    words = _KINDS[type_]
    if type_ == "string" and "format" in schema:
        words = {"date": "day", "date-time": "moment", "binary": "file"}[schema["format"]]
    if type_ == "string" and "maxLength" in schema:
        words = f"text, at most {schema['maxLength']:,}"
    if type_ == "string" and "[0-9]" in schema.get("pattern", "") and "maxLength" not in schema:
        words = words if "format" in schema else "number as text"
    return escape(words)


def _choices(choices: Iterable[Any]) -> Markup:
    words = ["null" if choice is None else str(choice) for choice in choices]
    shown = words if len(words) <= 16 else [*words[:6], "…"]
    return Markup(" · ").join(Markup("<code>{}</code>").format(word) for word in shown)


def _name_of(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _link(schema: Schema) -> Markup:
    return Markup('<a href="#shape-{0}">{0}</a>').format(_name_of(schema))


# ---------------------------------------------------------------- words


def _paragraphs(text: str) -> list[Markup]:
    return [_line(" ".join(part.split())) for part in text.strip().split("\n\n")]


def _line(text: str) -> Markup:
    """A sentence with its ``code`` and **strong** words marked."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", marked))
