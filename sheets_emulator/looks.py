"""Formats of cells: Google's defaults, colours with their twins, numbers as 32-bit floats."""

import struct
from typing import Any

Json = dict[str, Any]

_WHITE: Json = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}
_ACCENTS = (
    (0.25882354, 0.52156866, 0.95686275),
    (0.91764706, 0.2627451, 0.20784314),
    (0.9843137, 0.7372549, 0.015686275),
    (0.20392157, 0.65882355, 0.3254902),
    (1, 0.42745098, 0.003921569),
    (0.27450982, 0.7411765, 0.7764706),
)
_LINK: Json = {"red": 0.06666667, "green": 0.33333334, "blue": 0.8}
PARTS = ("red", "green", "blue", "alpha")


def _themed(kind: str, colour: Json) -> Json:
    return {"colorType": kind, "color": {"rgbColor": colour}}


THEME: Json = {
    "primaryFontFamily": "Arial",
    "themeColors": [
        _themed("TEXT", {}),
        _themed("BACKGROUND", _WHITE),
        *[
            _themed(f"ACCENT{n}", dict(zip(PARTS, accent, strict=False)))
            for n, accent in enumerate(_ACCENTS, start=1)
        ],
        _themed("LINK", _LINK),
    ],
}


def short(number: float) -> int | float:
    """A number as a 32-bit float prints it: 0.49803922, not 0.4980392156862745."""
    if number == int(number):
        return int(number)
    exact = struct.unpack("f", struct.pack("f", number))[0]
    for digits in range(6, 10):
        text = f"{exact:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", exact):
            return float(text)
    return float(exact)


def colour(value: Json) -> Json:
    """A Color without its zeros, in steps of 1/255 as Google keeps it."""
    steps = {part: int(value[part] * 255 + 1e-4) for part in PARTS if value.get(part)}
    return {part: short(step / 255) for part, step in steps.items() if step}


def with_twins(value: Any) -> Any:
    """A message in which every ``…Color`` has its ``…ColorStyle``, and the other way round."""
    if isinstance(value, list):
        return [with_twins(one) for one in value]
    if not isinstance(value, dict):
        return value
    found: Json = {}
    for name, one in value.items():
        if name.endswith(("ColorStyle", "colorStyle")):
            found |= _style(name, one)
        elif _is_colour(name, one):
            found[name] = colour(one)
            if name.endswith("Color") and name != "rgbColor" and name + "Style" not in value:
                found[name + "Style"] = {"rgbColor": colour(one)}
        else:
            found[name] = with_twins(one)
    return found


def _is_colour(name: str, value: Any) -> bool:
    named = name.endswith("Color") or name == "color"
    return named and isinstance(value, dict) and not set(value) - set(PARTS)


def _style(name: str, value: Json) -> Json:
    """A ColorStyle and its twin; nothing at all if it says nothing."""
    if "rgbColor" not in value:
        return {name: dict(value)} if value else {}
    plain = colour(value["rgbColor"] or {})
    return {name: {"rgbColor": plain}, name.removesuffix("Style"): plain}


def with_twin_names(mask: Any) -> Any:
    """A mask that names both of a pair of twins where it names one."""
    if not isinstance(mask, dict):
        return mask
    found: Json = {name: with_twin_names(under) for name, under in mask.items()}
    for name in mask:
        if name.endswith("ColorStyle"):
            found[name.removesuffix("Style")] = None
        elif name.endswith("Color") and name != "rgbColor":
            found[name + "Style"] = None
    return found


def effective(form: Json | None, base: Json, alignment: str) -> Json:
    """What a cell looks like: the defaults, and over them what was set."""
    found = {**base, "hyperlinkDisplayType": "PLAIN_TEXT", "horizontalAlignment": alignment}
    for name, value in (form or {}).items():
        deep = isinstance(value, dict) and name in ("textFormat", "padding")
        found[name] = {**found.get(name, {}), **value} if deep else value
    return found
