"""Names, sizes, colours and barcodes as people write them, brought to one form. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

#: Companies' endings that say nothing about who it is.
_LEGAL = frozenset(
    re.findall(
        r"\S+",
        "inc incorporated"
        " llc llp ltd limited corp corporation co company plc gmbh ag kg ohg ug mbh sa"
        " sas sarl bv nv srl spa sp zoo oy ab as aps pty the and und et",
    )
)
#: Domains that thousands of people share: the address counts there, the domain does not.
SHARED_DOMAINS = frozenset(
    re.findall(
        r"\S+",
        "gmail.com googlemail.com"
        " outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com"
        " icloud.com me.com gmx.de gmx.net gmx.at web.de t-online.de orange.fr free.fr proton.me"
        " protonmail.com mail.com zoho.com yandex.ru qq.com 163.com",
    )
)
_SIZES = {
    "xsmall": "xs", "extrasmall": "xs", "small": "s", "sm": "s", "medium": "m", "med": "m",
    "large": "l", "lg": "l", "xlarge": "xl", "extralarge": "xl", "xxs": "2xs", "xxl": "2xl",
    "xxlarge": "2xl", "2x": "2xl", "xxxl": "3xl", "3x": "3xl", "xxxxl": "4xl", "4x": "4xl",
    "5x": "5xl", "onesize": "os", "osfa": "os", "uni": "os", "einheitsgrosse": "os",
}  # fmt: skip
LIKELY = 65  # a likeness in percent below this helps nobody


def fold(text: str) -> str:
    """A text without capitals, accents and needless spaces."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def plain_name(text: str) -> str:
    """A company's name without punctuation and legal form."""
    words = re.findall(r"\w+", fold(text.replace("&", " and ")).replace(".", ""))
    return " ".join(word for word in words if word not in _LEGAL) or " ".join(words)


def plain_size(text: str) -> str:
    """A size as everybody writes it: XXL and "xx-large" are 2xl."""
    squeezed = re.sub(r"[\W_]+", "", fold(text))
    return _SIZES.get(squeezed, squeezed)


def gtin14(text: str) -> str:
    """A barcode with all its leading zeros (GS1 General Specifications: GTIN-8 to GTIN-14)."""
    return re.sub(r"\D", "", text).zfill(14)


def likely_products(
    texts: Sequence[str], products: Sequence[tuple[int, str, str]], most: int = 500_000
) -> dict[str, int]:
    """For each text the product it resembles most, by id; texts that resemble none are left out.

    Args:
        texts: words of lines.
        products: (id, sku, name) of everything we sell.
        most: products compared altogether; texts that come after them get no suggestion.
    """
    names = {(key, 0): fold(name) for key, _sku, name in products}
    names |= {(key, 1): fold(f"{sku} {name}") for key, sku, name in products}
    found: dict[str, int] = {}
    for text in texts[: max(1, most // max(1, len(products)))]:
        wanted = fold(text)
        close = process.extract(wanted, names, scorer=fuzz.WRatio, score_cutoff=LIKELY, limit=8)
        if close:
            best = max(close, key=lambda c: (c[1] + fuzz.token_sort_ratio(wanted, c[0]), -c[2][0]))
            found[text] = best[2][0]
    return found


def likely_color(text: str, colors: Iterable[str]) -> str:
    """The colour a text seems to name ("heavy tee blk": black), or ""."""
    words = fold(text).split()
    best, score = "", 0.0
    for color in colors:
        folded = fold(color)
        for word in words:
            alike = 100.0 if _shortens(word, folded) else fuzz.ratio(word, folded)
            if alike > score:
                best, score = color, alike
    return best if score >= 75 else ""


def _shortens(word: str, color: str) -> bool:
    """Whether a word is the colour without its vowels or its end: blk, nvy, wht."""
    if len(word) < 3 or not color or word[0] != color[0]:
        return False
    letters = iter(color)
    return all(letter in letters for letter in word)
