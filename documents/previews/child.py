"""The limited child that draws a stranger's file: a script, run by path, never imported.

Reads a line of JSON and the file from its standard input.  Writes, for every page, a line of JSON
and the bytes of thumbnail and picture to its standard output; at last "end", or why it cannot.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

#: A picture that says it is larger than this is not unpacked.
MOST_PIXELS = 120_000_000
MOST_PAGES = 8
LONG_SIDE = 1600
THUMBNAIL = 320
#: Behind see-through artwork in the thumbnail: white and black both show on it.
_BACK = (222, 226, 230)

#: What Pillow may open: nothing that starts another program.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF")


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what drawing one file does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Draw the file on the standard input, or say why not."""
    limit(memory_bytes, cpu_seconds)
    given, out = sys.stdin.buffer, sys.stdout.buffer
    kind = json.loads(given.readline())["kind"]
    try:
        for picture in _pages(given.read(), kind):
            _write(out, picture)
    except Exception as problem:  # noqa: BLE001 - whatever a library makes of a broken file
        said = " ".join(str(problem).split())[:150] or type(problem).__name__
        out.write(json.dumps({"why": said}).encode() + b"\n")
    else:
        out.write(b'{"end": true}\n')
    out.flush()


def _pages(content: bytes, kind: str) -> Iterator[Any]:
    if kind == "application/pdf":
        return _pdf(content)
    if kind == "image/svg+xml":
        return iter([_svg(content)])
    return iter([_raster(content)])


def _pdf(content: bytes) -> Iterator[Any]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        width, height = page.get_size()
        scale = LONG_SIDE / max(width, height, 1)
        yield page.render(scale=scale, may_draw_forms=False).to_pil()


def _svg(content: bytes) -> Any:
    import resvg_py
    from PIL import Image

    made = resvg_py.svg_to_bytes(svg_string=_alone(content), width=LONG_SIDE)
    return Image.open(io.BytesIO(bytes(made)), formats=_FORMATS)


def _alone(content: bytes) -> str:
    """The drawing without anything that names a file: pictures inside it stay."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(content, parser)
    for element in root.iter():
        for name in list(element.attrib):
            value = element.attrib[name].strip().casefold()
            own = value.startswith(("#", "data:image/")) and not value.startswith("data:image/svg")
            if name.rpartition("}")[2] == "href" and not own:
                del element.attrib[name]
    return str(etree.tostring(root, encoding="unicode"))  # without its DTD


def _raster(content: bytes) -> Any:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(f"it has {picture.width} by {picture.height} pixels")
    picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
    return ImageOps.exif_transpose(picture)


def _write(out: Any, picture: Any) -> None:
    from PIL import Image

    see_through = "A" in picture.getbands() or "transparency" in picture.info
    shown = picture.convert("RGBA" if see_through else "RGB")
    shown.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    small = shown.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    if see_through:
        behind = Image.new("RGB", small.size, _BACK)
        behind.paste(small, mask=small.getchannel("A"))
        small = behind
    thumbnail, large = io.BytesIO(), io.BytesIO()
    small.save(thumbnail, "PNG", optimize=True)
    shown.save(large, "WEBP", quality=86, method=4)
    head = {"width": shown.width, "height": shown.height, "thumbnail": len(thumbnail.getvalue()),
            "picture": len(large.getvalue())}  # fmt: skip
    out.write(json.dumps(head).encode() + b"\n" + thumbnail.getvalue() + large.getvalue())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
