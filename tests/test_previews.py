"""How strangers' files look: drawn in a limited child, and never more than drawn."""

import pytest

from documents.previews import NoPreviewError, kind_of, preview_safely
from tests.pictures import a_pdf, a_png, a_png_of, an_svg, colors_of, size_of

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (a_png(), "logo.exe", "image/png"),
        (an_svg(), "logo.svg", "image/svg+xml"),
        (b"<!-- by hand -->\n<svg:svg xmlns:svg='x'/>", "x", "image/svg+xml"),
        (b"%PDF-1.5 \xe2\xe3", "logo.ai", "application/pdf"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "logo.eps", "application/postscript"),
        (b"LA:logo            \r", "logo.dst", "application/x-embroidery"),
        (b"#PES0060", "logo.pes", "application/x-embroidery"),
        (b"\x00\x01", "logo.jef", "application/x-embroidery"),
        (b"<html><svg></svg></html>", "page.svg", "application/octet-stream"),
        (b"MZ", "logo.png", "application/octet-stream"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_is_what_its_bytes_say(content, name, kind):
    assert kind_of(content, name) == kind


def test_a_see_through_picture_is_drawn_small_on_grey_and_large_as_it_is():
    [page] = preview_safely(a_png(size=(3200, 2000), see_through=True), "image/png")

    assert (page.width, page.height) == size_of(page.picture) == (1600, 1000)
    assert size_of(page.thumbnail) == (320, 200)
    assert (222, 226, 230) in colors_of(page.thumbnail)


def test_every_page_of_a_pdf_is_drawn():
    pages = preview_safely(a_pdf(2), "application/pdf")

    assert [size_of(page.thumbnail) for page in pages] == [(320, 213)] * 2
    assert colors_of(pages[0].thumbnail) != colors_of(pages[1].thumbnail)


def test_a_drawing_shows_no_file_of_our_machine(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(a_png("#0000ff", (100, 100)))
    names = "".join(
        f'<image {word}="{where}" width="100" height="100"/>'
        for word in ("href", "xlink:href")
        for where in (secret, f"file://{secret}", f"../../../../..{secret}")
    )

    [page] = preview_safely(an_svg(names), "image/svg+xml")

    assert colors_of(page.thumbnail) == {(0, 170, 0)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4 broken", "cannot be drawn"),
        (b"\x89PNG\r\n\x1a\nbroken", "cannot be drawn"),
        (a_png_of(60_000, 60_000), "60000 by 60000 pixels|exceeds limit"),
        (an_svg('<use xlink:href="#a" id="a"/>')[:-3], "cannot be drawn"),
        (b"%!PS-Adobe-3.0", "EPS and AI files without a PDF inside"),
        (b"LA:x", "Embroidery files are kept"),
        (b"MZ", "kept and cannot be shown"),
    ],
    ids=["pdf", "png", "bomb", "svg", "eps", "dst", "exe"],
)
def test_what_cannot_be_drawn_says_why(content, said):
    with pytest.raises(NoPreviewError, match=said):
        preview_safely(content, kind_of(content))
