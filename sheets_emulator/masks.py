"""Field masks: ``a.b``, ``a/b``, ``a(b,c)`` and ``*``, for answers and for updates."""

import re
from functools import lru_cache
from typing import Any

from sheets_emulator.answers import invalid
from sheets_emulator.schema import field_type

Json = dict[str, Any]
# A leaf is None: everything below is meant.
Mask = dict[str, Any] | None

_TOKEN = re.compile(r"[A-Za-z_]\w*|[*().,/]")


def camel(name: str) -> str:
    """``row_count`` -> ``rowCount``."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@lru_cache(maxsize=512)
def parse(text: str) -> Mask:
    """The tree a mask means; ``*`` alone is None, which is everything.

    Raises:
        ApiError: it is not a mask.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise invalid(f"Invalid field mask '{text}'.")
    tree: Json = {}
    rest = _list(tokens, 0, tree)
    if rest != len(tokens):
        raise invalid(f"Invalid field mask '{text}'.")
    return None if "*" in tree else tree


def _list(tokens: list[str], at: int, tree: Json) -> int:
    while at < len(tokens):
        at = _path(tokens, at, tree)
        if at >= len(tokens) or tokens[at] != ",":
            return at
        at += 1
    return at


def _path(tokens: list[str], at: int, tree: Json) -> int:
    name = camel(tokens[at])
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if after in (".", "/") and at + 2 < len(tokens):
        return _path(tokens, at + 2, _below(tree, name))
    if after == "(":
        return _list(tokens, at + 2, _below(tree, name)) + 1
    tree[name] = None
    return at + 1


def _below(tree: Json, name: str) -> Json:
    if name in tree and tree[name] is None:
        return {}
    found: Json = tree.setdefault(name, {})
    return found


def keep(value: Any, mask: Mask) -> Any:
    """Only what the mask names; messages on the way stay, if empty."""
    if mask is None or "*" in mask:
        return value
    if isinstance(value, list):
        return [keep(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: keep(value[name], below) for name, below in mask.items() if name in value}


def already(mask: Mask, *path: str) -> Mask:
    """The mask as it is when the part under a field was applied before."""
    if mask is None or "*" in mask or path[0] not in mask:
        return mask
    rest = path[1:]
    return mask | {path[0]: already(mask[path[0]], *rest) if rest else None}


def names(mask: Mask, *path: str) -> bool:
    """Whether the mask reaches this field."""
    for step in path:
        if mask is None or "*" in mask:
            return True
        if step not in mask:
            return False
        mask = mask[step]
    return True


def below(mask: Mask, *path: str) -> Mask:
    """The part of the mask under this field."""
    for step in path:
        if mask is None or "*" in mask:
            return None
        mask = mask.get(step, {})
    return mask


def check(mask: Mask, message: str) -> None:
    """Refuse a mask that names a field the message does not have.

    Raises:
        ApiError: which field.
    """
    for name, under in (mask or {}).items():
        kind = field_type(message, name)
        if kind is None:
            raise invalid(f"Invalid field: {name}")
        if under is not None and "*" not in under:
            check(under, kind.lstrip("[{"))


def merged(old: Json, new: Json, mask: Mask) -> Json:
    """``old`` with the fields of the mask taken from ``new``; what new lacks is cleared."""
    if mask is None or "*" in mask:
        return dict(new)
    found = dict(old)
    for name, under in mask.items():
        if under is None:
            found.pop(name, None)
            if name in new:
                found[name] = new[name]
            continue
        inner = merged(found.get(name) or {}, new.get(name) or {}, under)
        found.pop(name, None)
        if inner:
            found[name] = inner
    return found
