"""The ``q`` of ``files.list``: comparisons with and, or, not and brackets."""

import re
from typing import Any

from sheets_emulator.answers import ApiError

Json = dict[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([()])|(<=|>=|!=|=|<|>)|([A-Za-z]+))"""
)


class _Wrong(Exception):
    """The query cannot be read."""


def matches(file: Json, query: str) -> bool:
    """Whether a file fits a query; an empty one fits all.

    Raises:
        ApiError: the query is wrong.
    """
    if not query.strip():
        return True
    try:
        fits = _Search(_tokens(query.rstrip()), file).whole()
    except (_Wrong, IndexError):
        raise ApiError(400, "Invalid Value", reason="invalid", location="q") from None
    return fits


def _tokens(query: str) -> list[str]:
    tokens, at = list[str](), 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        if not found:
            raise _Wrong
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Search:
    def __init__(self, tokens: list[str], file: Json) -> None:
        self.tokens, self.file = tokens, file

    def take(self, *words: str) -> bool:
        if self.tokens and self.tokens[0].lower() in words:
            self.tokens.pop(0)
            return True
        return False

    def whole(self) -> bool:
        found = self.either()
        if self.tokens:
            raise _Wrong
        return found

    def either(self) -> bool:
        found = self.both()
        while self.take("or"):
            found = self.both() or found
        return found

    def both(self) -> bool:
        found = self.one()
        while self.take("and"):
            found = self.one() and found
        return found

    def one(self) -> bool:
        if self.take("not"):
            return not self.one()
        if self.take("("):
            found = self.either()
            if not self.take(")"):
                raise _Wrong
            return found
        left, sign, right = self.tokens.pop(0), self.tokens.pop(0), self.tokens.pop(0)
        if sign == "in":
            turned = left[:1] not in "'\""  # parents in "x" says the same as "x" in parents
            return self.within(_text(right), left) if turned else self.within(_text(left), right)
        return self.compared(left, sign, _text(right))

    def within(self, value: str, name: str) -> bool:
        if name == "parents":
            return value in self.file["parents"]
        if name in ("writers", "readers", "owners"):
            roles = {"owners": ("owner",), "writers": ("owner", "writer")}.get(name)
            return any(
                one.get("emailAddress") == value and (roles is None or one["role"] in roles)
                for one in self.file["permissions"]
            )
        raise _Wrong

    def compared(self, name: str, sign: str, wanted: str) -> bool:
        if name == "fullText":
            return wanted.lower() in self.file["name"].lower()
        if name not in self.file:
            raise _Wrong
        value = self.file[name]
        if isinstance(value, bool):
            return (value == (wanted.lower() == "true")) == (sign == "=")
        if sign == "contains":
            words = value.lower().split()
            start = wanted.lower()
            return value.lower().startswith(start) or any(w.startswith(start) for w in words)
        order = (value > wanted) - (value < wanted)
        signs = {"=": (0,), "!=": (-1, 1), "<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (0, 1)}
        if sign not in signs:
            raise _Wrong
        return order in signs[sign]


def _text(token: str) -> str:
    if token[:1] in "'\"":
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token
