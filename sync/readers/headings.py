"""Which field a heading or label means: ``headings.toml``, matched tolerantly. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sync.readers.sizes import numeric_size as numeric_size
from sync.readers.sizes import size_of as size_of
from sync.readers.wordsets import BESIDE_TOTALS, OF_DECORATIONS, ORDERS, SERVICES, WEAK_TOTALS

_TOML = Path(__file__).with_name("headings.toml")
_NUMBER_WORDS = frozenset(
    ["number", "nr", "num", "numero", "nummer", "numer", "nro", "n", "номер", "no"]
)
_PLAIN_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "\u0131": "i", "æ": "ae", "œ": "oe"})
_ACCENTS = re.compile("[\u0300-\u036f]")
_SIGN = "[\u3005-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"  # Chinese, Japanese, Korean
_BETWEEN_SIGNS = re.compile(f"(?<={_SIGN}) (?={_SIGN})")
_NUMBERED = re.compile(r"([a-z]{3,}?)(?:nr|nummer|numer|nummern)")
_LONGEST_SIGNS = 12
_FIRST_SIGN = "\u3005"  # Chinese, Japanese and Korean signs begin here
_MONEY_SIGN = re.compile(r"(?:\b(?:us|r|a|au|c|ca|nz|hk|s))?\$|[€£¥₹]", re.IGNORECASE)
_PER_MANY = re.compile(r"(?:\b(?:per|pro|je)|/)\s*(?:1[.,]?000|100|[CcMm])\b")
_LONGEST_HEADING = 120
_LONGEST_COLOR = 40
_LONGEST_TITLE_WORDS = 7
_UNITS_OF_PRICE = frozenset({"unit", "each", "un", "unitario", "stk", "pc"})
_ORDER_SIGNS = ("订", "采购", "注文", "発注", "주문", "발주", "報價", "报价", "見積", "견적")
_LAST_WORDS = frozenset({"size", "color", "quantity"})
_SURE = 0.9  # as good as the heading itself
_LEAST = 0.5  # half of the heading's letters are ours


@dataclass(frozen=True)
class Hit:
    """What a heading means: section and field, how sure (0 to 1), and in which languages."""

    section: str
    field: str
    score: float
    languages: frozenset[str] = frozenset()
    alone: bool = False  # means it only as the whole heading

    @property
    def sure(self) -> bool:
        """Whether the heading says just this."""
        return self.score >= _SURE


class Words:
    """Heading words of all fields, looked up by what a person wrote."""

    def __init__(self, sections: Mapping[str, Mapping[str, object]]) -> None:
        self._sections = sections
        self._lines: dict[str, Hit] = {}
        self._orders: dict[str, Hit] = {}
        for section in ("line", "decoration", "destination", "order"):
            table = self._orders if section == "order" else self._lines
            for field, by_language in sections.get(section, {}).items():
                _learn(table, section, field, by_language)
        _learn(self._lines, "line", "currency", sections.get("order", {}).get("currency"))
        self._totals = frozenset(_phrases(sections.get("totals", {})))
        self._blocking = frozenset(_phrases(sections.get("blocking", {})))
        self._units = {
            phrase: unit
            for unit, names in sections.get("units", {}).items()
            for phrase in _phrases({"": names})
        }
        self._total_signs = tuple(t for t in self._totals if len(t) > 1 and t >= _FIRST_SIGN)
        self._notes = {
            name: frozenset(_phrases(sections.get(name, {}))) for name in ("documents", "dummies")
        }
        self._colors = frozenset(_phrases(sections.get("colors", {})))
        self._shades = frozenset(_phrases(sections.get("shades", {})))
        self.is_total = lru_cache(maxsize=20_000)(self._total)
        self.column = lru_cache(maxsize=20_000)(self._column)
        self.label = lru_cache(maxsize=20_000)(self._label)

    def also(self, sections: Mapping[str, Mapping[str, list[str]]]) -> "Words":
        """These words and more: a shop's own, or those of a form that brings its own.

        The new words win over the known ones.
        """
        merged: dict[str, dict[str, object]] = {
            name: dict(fields) for name, fields in self._sections.items()
        }
        grown = Words(merged)
        for section, fields in sections.items():
            table = grown._orders if section == "order" else grown._lines
            for field, phrases in fields.items():
                for phrase in phrases:
                    table[fold(phrase)] = Hit(section, field, 1.0)
        return grown

    def _column(self, heading: str) -> Hit | None:
        """The field that a column with this heading holds, or None."""
        return _find(heading, self._lines, self._blocking)

    def _label(self, text: str) -> Hit | None:
        """The field whose value stands beside or below this label, or None."""
        return _find(text, self._orders, frozenset())

    def blocks(self, heading: str) -> bool:
        """Whether a heading has a word that makes it mean something else ("in stock")."""
        return bool(self._blocking.intersection(fold(heading).split()))

    def is_color(self, text: str) -> bool:
        """Whether a text is a colour's name, with or without a shade: "Navy", "dark green"."""
        words = fold(text[:_LONGEST_COLOR]).split() if len(text) <= _LONGEST_COLOR else []
        if " ".join(words) in self._colors:
            return True
        colors = [word in self._colors for word in words]
        return any(colors) and all(
            color or word in self._shades for color, word in zip(colors, words, strict=True)
        )

    def is_service(self, text: str) -> bool:
        """Whether a text begins as a charge that a shop may bill as a line: freight, set-up."""
        return next(iter(fold(text).split()), "") in SERVICES

    def other_document(self, title: str) -> str:
        """What a sheet calls itself that is no order ("Stock list March 2026"), or nothing."""
        words = fold(title).split()
        if not words or ORDERS.intersection(words) or any(map(fold(title).count, _ORDER_SIGNS)):
            return ""
        known = self._notes["documents"]
        if " ".join(words) in known:
            return " ".join(words)
        said = [word for word in words if not word.isdigit()]
        ends = [" ".join(said[:n]) for n in (1, 2, 3)] + [" ".join(said[-n:]) for n in (1, 2, 3)]
        found = [phrase for phrase in ends if phrase in known]
        return max(found, key=len) if found and len(said) <= _LONGEST_TITLE_WORDS else ""

    def notes(self, name: str) -> frozenset[str]:
        """The phrases of a list that is no field: "documents", "dummies"."""
        return self._notes.get(name, frozenset())

    def unit(self, text: str) -> str:
        """The unit of the catalogue that a word means, or an empty text."""
        return self._units.get(fold(text), "")

    def _total(self, text: str) -> bool:
        """Whether a text begins as totals, taxes and freight do below the lines."""
        words = fold(text[:80]).split()
        if not words or len(text) > 80:
            return False
        if words[-1] in ("total", "summe", "totale", "totaal"):
            return True
        for length in range(min(5, len(words)), 0, -1):
            if " ".join(words[:length]) in self._totals:
                return words[0] not in WEAK_TOTALS or not _names_a_thing(words[length:])
        return words[0] >= _FIRST_SIGN and words[0].startswith(self._total_signs)


@lru_cache(maxsize=1)
def load() -> Words:
    """The words that come with Inhands."""
    return Words(tomllib.loads(_TOML.read_text(encoding="utf-8")))


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """A text without capitals, accents and punctuation, "number" in all its forms as "no"."""
    spread = re.sub(r"#|№|[nN]\.?[°º]", " no ", text)
    spread = re.sub(r"(?<=[a-z])(?=[A-Z][a-z]{2})", " ", spread)  # ItemCode
    bare = unicodedata.normalize("NFKD", spread.casefold()).translate(_PLAIN_LETTERS)
    # Latin and Greek accents only: in kana and Hangul such a mark makes another letter.
    bare = unicodedata.normalize("NFC", _ACCENTS.sub("", bare))
    bare = _BETWEEN_SIGNS.sub("", re.sub(r"[\W_]+", " ", bare))
    words = (_number_last(word) for word in bare.split())
    return " ".join("no" if word in _NUMBER_WORDS else word for part in words for word in part)


def _number_last(word: str) -> tuple[str, ...]:
    """Part a number's word from what it numbers: "artikelnr" is "artikel no"."""
    match = _NUMBERED.fullmatch(word)
    return (match[1], "no") if match else (word,)


def _names_a_thing(words: list[str]) -> bool:
    return any(
        len(word) > 1 and word.isalpha() and word not in WEAK_TOTALS and word not in BESIDE_TOTALS
        for word in words
    )


def is_decoration(heading: str) -> bool:
    """Whether a heading speaks of a print or a logo and not of the goods."""
    return bool(OF_DECORATIONS.intersection(fold(heading).split()))


def _learn(table: dict[str, Hit], section: str, field: str, by_language: object) -> None:
    if not isinstance(by_language, Mapping):
        return
    for language, phrases in by_language.items():
        for phrase in phrases:
            key, alone = fold(phrase), phrase.startswith("=")
            known = table.get(key)
            if known is None:
                hit = table[key] = Hit(section, field, 1.0, frozenset([language]), alone)
                if " " in key:
                    table.setdefault(_turned(key.split()), hit)
            elif known.field == field:
                table[key] = Hit(section, field, 1.0, known.languages | {language}, known.alone)


def _turned(words: list[str]) -> str:
    """A key for the same words in any order; no heading is written like it."""
    return "~" + " ".join(sorted(words))


def _phrases(by_language: Mapping[str, object]) -> Iterable[str]:
    for phrases in by_language.values():
        if isinstance(phrases, list):
            yield from (fold(str(phrase)) for phrase in phrases)


def _find(text: str, table: Mapping[str, Hit], blocking: frozenset[str]) -> Hit | None:
    """Match a whole heading, then without what it explains, then its longest known part."""
    if not text or len(text) > _LONGEST_HEADING:
        return None
    whole = _whole(text)
    if whole in table:
        return table[whole]
    for shorter, score in (
        (re.sub(r"\(.*?\)|\[.*?\]", " ", text), 0.95),
        (text.split("\n")[0], 0.9),
        (_PER_MANY.sub(" ", text), 0.9),
        *((half, 0.9) for half in _halves_of(text)),
    ):
        hit = table.get(_without_currency(fold(shorter)))
        if hit:
            return Hit(hit.section, hit.field, score, hit.languages)
    words = whole.split()
    turned = table.get(_turned(words))
    if turned:
        return Hit(turned.section, turned.field, 0.92, turned.languages)
    if len(words) > 8 or blocking.intersection(words):
        return None
    return _part(words, table) or _last(words, table)


def _halves_of(text: str) -> tuple[str, ...]:
    """The two languages of a heading: "日期 Date", "Quantity / 数量"; nothing in one."""
    signs = re.search(f"{_SIGN}.*{_SIGN}|{_SIGN}", text)
    if signs is None or not re.search("[A-Za-z]{2}", text):
        return ()
    return signs[0], f"{text[: signs.start()]} {text[signs.end() :]}"


def _whole(text: str) -> str:
    """A heading folded, without money's sign: "Unit $" is a unit's price."""
    if not _MONEY_SIGN.search(text):
        return fold(text)
    whole = fold(_MONEY_SIGN.sub(" ", text))
    return "unit price" if whole in _UNITS_OF_PRICE else whole


def _last(words: list[str], table: Mapping[str, Hit]) -> Hit | None:
    """What the last word says where it stands for size, colour or pieces: "Jersey size"."""
    hit = table.get(words[-1]) if 2 <= len(words) <= 3 else None
    if hit is None or hit.field not in _LAST_WORDS or OF_DECORATIONS.intersection(words):
        return None
    return Hit(hit.section, hit.field, 0.55, hit.languages)


def _without_currency(folded: str) -> str:
    money = {"eur", "usd", "gbp", "chf", "pln", "euro", "cad", "aud", "netto", "net", "excl", "vat"}
    kept = [word for word in folded.split() if word not in money]
    return " ".join(kept) or folded


def _part(words: list[str], table: Mapping[str, Hit]) -> Hit | None:
    letters = sum(len(word) for word in words)
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            phrase = words[start : start + length]
            hit = table.get(" ".join(phrase))
            share = sum(len(word) for word in phrase) / letters
            if hit and not hit.alone and share >= _LEAST:
                return Hit(hit.section, hit.field, round(share * 0.85, 3), hit.languages)
    return _within(words, table)


def _within(words: list[str], table: Mapping[str, Hit]) -> Hit | None:
    """Chinese, Japanese and Korean headings have no spaces between their words."""
    text = "".join(words)
    if not text or max(text) < _FIRST_SIGN:
        return None
    for length in range(min(len(text), _LONGEST_SIGNS), 1, -1):
        if length / len(text) < _LEAST:
            return None
        for start in range(len(text) - length + 1):
            hit = table.get(text[start : start + length])
            if hit and not hit.alone:
                score = round(length / len(text) * 0.85, 3)
                return Hit(hit.section, hit.field, score, hit.languages)
    return None
