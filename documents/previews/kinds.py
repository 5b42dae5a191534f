"""What a file of artwork is, read off its bytes; its name only says what bytes cannot."""

import re

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),  # EPS with a preview for DOS
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"#PES", "application/x-embroidery"),
    (b"LA:", "application/x-embroidery"),  # Tajima DST
    (b"%1%", "application/x-embroidery"),  # Melco EXP with a heading
)
_EMBROIDERY = frozenset(
    {"dst", "pes", "exp", "jef", "vp3", "hus", "xxx", "pec", "emb", "sew", "dsb"}
)
_SVG = re.compile(rb"\A(\xef\xbb\xbf)?\s*(<\?xml.{0,300}?\?>)?(\s|<!--.{0,4000}?-->|<!DOCTYPE"
                  rb".{0,600}?>)*<(\w+:)?svg[\s>]", re.DOTALL | re.IGNORECASE)  # fmt: skip
UNKNOWN = "application/octet-stream"


def kind_of(content: bytes, name: str = "") -> str:
    """The content type of a file of artwork."""
    head = content[:8192]
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if _SVG.match(head):
        return "image/svg+xml"
    ending = name.rpartition(".")[2].casefold()
    return "application/x-embroidery" if ending in _EMBROIDERY else UNKNOWN
