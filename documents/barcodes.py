"""Barcodes as vectors with their quiet zones, and the numbers that stand in them.  Pure."""

import base64

import zxingcpp

_FORMATS = {
    "code128": (zxingcpp.BarcodeFormat.Code128, False),
    "gs1": (zxingcpp.BarcodeFormat.Code128, True),
    "qr": (zxingcpp.BarcodeFormat.QRCode, False),
}
_LONGEST = 200


def picture(text: str, kind: str = "code128") -> str:
    """A barcode as a ``data:`` address of an SVG.

    Args:
        text: what a scanner shall say; for ``gs1`` with its identifiers in parentheses.
        kind: code128, gs1 (GS1-128, a scanner says ``]C1`` before it) or qr.

    Raises:
        ValueError: there is nothing to write, too much, or no such kind.
    """
    if kind not in _FORMATS or not 0 < len(text) <= _LONGEST:
        raise ValueError(f"no {kind} barcode can be made of '{text[:40]}'")
    form, gs1 = _FORMATS[kind]
    made = zxingcpp.create_barcode(text, form, gs1=True) if gs1 else zxingcpp.create_barcode(text, form)
    svg = made.to_svg(add_quiet_zones=True)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def check_digit(digits: str) -> str:
    """The last digit of a GS1 number: weights 3 and 1 from the right.

    Source: GS1 General Specifications, 7.9.
    """
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


def sscc(prefix: str, serial: int, extension: int = 0) -> str:
    """The 18 digits of a box: extension, the shop's GS1 prefix, a running number, check digit.

    Raises:
        ValueError: the prefix is not 6 to 12 digits.
    """
    if not prefix.isdigit() or not 6 <= len(prefix) <= 12:
        raise ValueError("a GS1 company prefix has 6 to 12 digits")
    room = 16 - len(prefix)
    body = f"{extension}{prefix}{serial % 10**room:0{room}d}"
    return body + check_digit(body)


def sscc_text(number: str) -> str:
    """An SSCC as people read it, in groups."""
    return f"(00) {number[:1]} {number[1:8]} {number[8:17]} {number[17:]}"
