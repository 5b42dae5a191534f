"""A page of a PDF as black and white dots: for label printers as ZPL, for screens as PNG.  Pure."""

import base64
import binascii
import io
import zlib

import pypdfium2
from PIL import Image

POINTS_PER_INCH = 72
_MOST_DOTS = 40_000_000
#: Grey from here on is white; thin type survives.
_WHITE_FROM = 160


def zpl(pdf: bytes, dots_per_inch: int = 203) -> bytes:
    """Every page as a label of its own.

    Raises:
        ValueError: a page is too large for a label printer.

    Source: ZPL II Programming Guide, ^GF with :Z64: (zlib, base64, CRC-16 CCITT).
    """
    return b"".join(_label(image) for image in _pages(pdf, dots_per_inch / POINTS_PER_INCH))


def png(pdf: bytes, width: int) -> bytes:
    """The first page as a picture so many dots wide."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        image = page.render(scale=width / page.get_width()).to_pil()
    finally:
        document.close()
    kept = io.BytesIO()
    image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(kept, "PNG")
    return kept.getvalue()


def _pages(pdf: bytes, scale: float) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for page in document:
            if page.get_width() * page.get_height() * scale * scale > _MOST_DOTS:
                raise ValueError("the page is too large for a label printer")
            found.append(page.render(scale=scale, grayscale=True).to_pil().convert("L"))
        return found
    finally:
        document.close()


def _label(image: Image.Image) -> bytes:
    """One label: a printed dot is a 1, a row is whole bytes."""
    across = (image.width + 7) // 8
    sheet = Image.new("L", (across * 8, image.height), 255)
    sheet.paste(image, (0, 0))
    bits = sheet.point([255 if value < _WHITE_FROM else 0 for value in range(256)]).convert(
        "1", dither=Image.Dither.NONE
    )
    packed = bits.tobytes()
    encoded = base64.b64encode(zlib.compress(packed, 9))
    crc = binascii.crc_hqx(encoded, 0)
    graphic = f"^GFA,{len(packed)},{len(packed)},{across},:Z64:{encoded.decode()}:{crc:04X}"
    return f"^XA^PW{across * 8}^LL{image.height}^LH0,0^FO0,0{graphic}^FS^XZ\n".encode()
