"""The warm child that makes papers: a script, run by path, never imported by the rest.

It reads jobs from its standard input and writes answers to its standard output, each a line of
JSON that says how many bytes follow.  Templates are somebody's own HTML: they run in a sandbox,
nothing is fetched, and what takes too long or too much is ended together with this process.
"""

import base64
import io
import json
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import weasyprint
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from PIL import Image
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from documents import barcodes, raster

MOST_SHEETS = 400
_MOST_PIXELS = 60_000_000
_THUMB = 700
_BIGGEST_NUMBER = 100_000
_METHODS = frozenset({"endswith", "lower", "startswith", "strip", "title", "upper"})
_FILTERS = (
    "batch", "capitalize", "default", "e", "escape", "first", "float", "groupby", "int", "join",
    "last", "length", "list", "lower", "map", "reject", "rejectattr", "replace", "round", "select",
    "selectattr", "slice", "sort", "sum", "title", "trim", "truncate", "unique", "upper",
)  # fmt: skip
_BROKEN = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attribute beyond plain values, and no number or text that fills the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """What facts hold, and the few methods of texts that people use."""
        if attr in ("index", "index0", "first", "last", "length", "revindex", "cycle"):
            return super().is_safe_attribute(obj, attr, value)
        return isinstance(obj, str) and attr in _METHODS

    def wrap_str_format(self, value: Any) -> None:
        """No ``format``: it is neither needed nor harmless."""
        return

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply small numbers; everything else is refused."""
        small = all(isinstance(v, int | float) and abs(v) <= _BIGGEST_NUMBER for v in (left, right))
        if operator == "**" or not small:
            raise SecurityError(f"'{operator}' is for small numbers only")
        return super().call_binop(context, operator, left, right)


def _barcode(text: str, kind: str = "code128", css: str = "") -> Markup:
    """A barcode as an image; its height and width are the style's."""
    source = barcodes.picture(str(text), str(kind))
    return Markup('<img class="barcode {} {}" alt="{}" src="{}">').format(kind, css, text, source)


def _picture(encoded: str) -> Markup:
    """A thumbnail of an uploaded picture; nothing where it cannot be read."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded))) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return Markup("")
            opened.draft("RGB", (_THUMB, _THUMB))
            opened.thumbnail((_THUMB, _THUMB))
            small = io.BytesIO()
            opened.convert("RGBA").save(small, "PNG")
    except (OSError, ValueError, SyntaxError):
        return Markup("")
    data = base64.b64encode(small.getvalue()).decode()
    return Markup('<img class="picture" alt="" src="data:image/png;base64,{}">').format(data)


_environment = _Sandbox(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_environment.globals.clear()
_environment.globals["barcode"] = _barcode
_environment.filters = {name: _environment.filters[name] for name in _FILTERS}
_environment.filters["picture"] = _picture
_fonts = FontConfiguration()
_fetch = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)


def make(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A paper from page, style and facts, as PDF; or a word about what is wrong with the page."""
    try:
        body = _environment.from_string(job["html"]).render(job["facts"])
    except (*_BROKEN, RecursionError) as problem:
        return {"broken": _sentence(problem), "line": _line(problem)}, b""
    page = (
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title><style>{}'
        "</style></head><body>{}</body></html>"
    ).format("en", _escape(job["title"]), job["css"].replace("</", "<\\/"), body)
    made = weasyprint.HTML(string=page, url_fetcher=_fetch).render(font_config=_fonts)
    if len(made.pages) > MOST_SHEETS:
        return {"broken": f"it has {len(made.pages)} sheets; {MOST_SHEETS} are the most"}, b""
    return {"sheets": len(made.pages)}, bytes(made.write_pdf())


def _escape(text: str) -> str:
    return str(Markup.escape(text))


def _sentence(problem: BaseException) -> str:
    words = str(problem).strip().splitlines() or [type(problem).__name__]
    return words[0][:300]


def _line(problem: BaseException) -> int:
    written = getattr(problem, "lineno", None)
    if written:
        return int(written)
    frames = traceback.extract_tb(problem.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if f.filename == "<template>"), 0)


def do(job: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """One job: a PDF from a page, or ZPL or a picture from a PDF."""
    if job["do"] == "make":
        return make(job)
    if job["do"] == "zpl":
        return {}, raster.zpl(content, job["dots_per_inch"])
    return {}, raster.png(content, job["width"])


def main(memory_bytes: int) -> None:
    """Do jobs until the parent is gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    given, said = sys.stdin.buffer, sys.stdout.buffer
    while line := given.readline():
        job = json.loads(line)
        try:
            answer, made = do(job, given.read(job["bytes"]))
        except MemoryError:
            raise
        except Exception as problem:  # noqa: BLE001 - a stranger's page: whatever it is, it is told
            answer, made = {"failed": f"{type(problem).__name__}: {_sentence(problem)}"}, b""
        said.write(json.dumps(answer | {"bytes": len(made)}).encode() + b"\n" + made)
        said.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
