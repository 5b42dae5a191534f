"""Barcodes as vectors with their quiet zones.  Pure."""

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
    made = (
        zxingcpp.create_barcode(text, form, gs1=True)
        if gs1
        else zxingcpp.create_barcode(text, form)
    )
    svg = made.to_svg(add_quiet_zones=True)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
