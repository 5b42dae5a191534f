"""Small pictures for the demo shop's artwork: logos as SVG, mock-ups as PNG, by arithmetic."""

import struct
import zlib
from html import escape

_INKS = ("#c8102e", "#003da5", "#00843d", "#f2a900", "#5c068c", "#007c89", "#d9532c", "#222222")
_CLOTH = ((32, 36, 44), (28, 52, 92), (38, 84, 62), (236, 236, 232), (140, 28, 44), (150, 152, 156))
_SIDE = 150


def logo(name: str, number: int) -> bytes:
    """A round badge with the initials of a name; ``number`` chooses colours and shape."""
    ink, second = _INKS[number % len(_INKS)], _INKS[(number * 3 + 1) % len(_INKS)]
    words = [word for word in name.replace("&", " ").split() if word[0].isalnum()]
    initials = escape("".join(word[0] for word in words[:3]).upper())
    shape = (
        f'<circle cx="100" cy="84" r="70" fill="{ink}"/>'
        if number % 2
        else f'<path d="M30 20h140v70q0 50-70 74-70-24-70-74z" fill="{ink}"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">'
        f'<rect width="200" height="200" fill="#ffffff"/>{shape}'
        f'<path d="M24 178q76-22 152 0" stroke="{second}" stroke-width="8" fill="none"/>'
        f'<text x="100" y="102" font-family="Georgia, serif" font-size="54" text-anchor="middle" '
        f'fill="#ffffff">{initials}</text><title>{escape(name)}</title></svg>'
    ).encode()


def mock_up(number: int) -> bytes:
    """A shirt with a print on its chest, as PNG; ``number`` chooses cloth and print."""
    cloth = _CLOTH[number % len(_CLOTH)]
    ink = tuple(int(_INKS[(number * 5 + 2) % len(_INKS)][n : n + 2], 16) for n in (1, 3, 5))
    rows = bytearray()
    for y in range(_SIDE):
        rows.append(0)  # no filter on this line of pixels
        for x in range(_SIDE):
            rows += bytes(_pixel(x, y, number, cloth, ink))
    return _png(bytes(rows))


def _pixel(
    x: int, y: int, number: int, cloth: tuple[int, ...], ink: tuple[int, ...]
) -> tuple[int, ...]:
    across = abs(x - _SIDE // 2)
    body = across < 38 and 25 < y < 138
    sleeve = across < 66 and 25 + (across - 30) * 0.6 < y < 62 + (across - 38) * 0.5
    neck = across * across + (y - 22) ** 2 < 196
    if not (body or sleeve) or neck:
        return (246, 246, 244)
    distance = across * across + (y - 66) ** 2
    ring = 12 + number % 7
    if distance < ring * ring or (number % 3 == 0 and abs(y - 92) < 3 and across < 24):
        return ink
    return cloth


def _png(rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data
