"""Files of artwork as customers send them, made by arithmetic."""

import io
import struct
import zlib

from PIL import Image, ImageDraw


def a_png(color="#c8102e", size=(640, 400), *, see_through=False) -> bytes:
    """A disc on white, or on nothing."""
    picture = Image.new("RGBA", size, (255, 255, 255, 0 if see_through else 255))
    ImageDraw.Draw(picture).ellipse((40, 40, size[1] - 40, size[1] - 40), fill=color)
    return _saved(picture if see_through else picture.convert("RGB"), "PNG")


def a_pdf(pages=2) -> bytes:
    """A PDF of several pages, as a drawing program writes it into its .ai files."""
    sheets = [Image.new("RGB", (300, 200), (40 * n, 90, 160)) for n in range(1, pages + 1)]
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def an_svg(inside="") -> bytes:
    """A green square, and what else is asked for."""
    return (
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="#0a0"/>{inside}</svg>'
    ).encode()


def a_png_of(width, height) -> bytes:
    """A PNG that says it is so large and brings next to nothing."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def colors_of(content: bytes) -> set:
    """The colours of a picture, by thousands."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    return {color for _count, color in picture.getcolors(1_000_000)}


def size_of(content: bytes) -> tuple:
    return Image.open(io.BytesIO(content)).size


def _saved(picture, kind) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()
