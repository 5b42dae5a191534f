"""The page where one can be the manager: a grid in the browser."""

from pathlib import Path

from sheets_emulator.google import Answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
)
_FOLDER = Path(__file__).parent / "page"
_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/_page/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/_page/page.css": ("page.css", "text/css; charset=utf-8"),
}


def answer(path: str) -> Answer:
    """A file of the page."""
    if path == "/favicon.ico":
        return Answer(204, b"", "image/x-icon")
    if path not in _FILES:
        return Answer(404, b"There is no such page.", "text/plain")
    name, kind = _FILES[path]
    return Answer(200, (_FOLDER / name).read_bytes(), kind)
