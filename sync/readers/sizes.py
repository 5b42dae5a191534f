"""Sizes as headings write them: S, 2XL, 36½, Age 5-6, Youth Medium. Pure."""

import re

_LONGEST_SIZE = 20
_SIZE = re.compile(
    r"""(?:\d{0,2}x{1,4}|x{0,5}|[2-9])[sl] | m | [2-9]x | [2-6]t | x{0,3}[sml]/x{0,3}[sml]
    | x{0,5}[sml]\s?[/(]\s?\d{2,3}[)]? | \d{2,3}\s?[/(]\s?\d{0,2}x{0,5}[sml][)]?
    | \d{3}/\d{2,3}[a-z] | ss | ll | o/?s | osfa | osfm | one\ size | uni | unisize
    | (?:y|w|a|lt|youth|adult|womens|ladies|kids)\ ?[-.]?\ ?(?:x{0,3}s|m|x{0,3}l)
    | \d{1,2}\s?-\s?\d{1,2}\ ?m | (?:x{1,3}|[2-6]x)lt | lt
    | (?:age|ages|alter|age\ de)\ ?\d{1,2}(?:\s?[-/]\s?\d{1,2})?
    | \d{1,2}\s?[-/]\s?\d{1,2}\ ?(?:y|yrs?|years?|ans|jahre|anni|anos|años|lat|jaar|a)
    | \d{1,2}\ ?(?:a|ans|yrs?|years?|jahre|anni|anos|años|lat|jaar|歳|세|岁)
    | \d{1,2}\s?-\s?\d{1,2}\ ?(?:mo|mths?|months?|monate|mois|mesi|meses)
    | (?:uk|us|eu)\ ?\d{1,2}(?:[.,]5|½)?
    | (?:(?:youth|adult|ladies|womens|mens|kids)\ )?
      (?:medium | (?:(?:x{1,3}|extra|[2-5]x?)[- ]?)?(?:small|large))
    | one\ size | free\ size | f(?:ree)?size""",
    re.VERBOSE,
)
_SIZE_PREFIX = re.compile(
    r"(?:sizes?|gr(?:oe|ö)?(?:ss|ß)?e?|taille|talla|taglia|tamanho|maat|rozm?|méret|размер|サイズ)"
    r"\.?[: ]+|(?:tg|tam|sz)\.\s*"
)
_NUMERIC_SIZE = re.compile(
    r"(\d{1,3})(?:\s?½|[.,]5|\s1/2)?(?:\s?[/-]\s?\d{2,3})?(?:\s?(?:\"|″|''|in|inch|cm))?"
)


def size_of(heading: str) -> str:
    """The size a column of a size matrix stands for, or an empty text; numbers are not judged."""
    text = " ".join(heading.split())
    bare = _SIZE_PREFIX.sub("", text.casefold(), count=1)
    if len(bare) > _LONGEST_SIZE or not _SIZE.fullmatch(bare):
        return ""
    return text[len(text) - len(bare) :].upper() if len(bare) < 7 else text


def numeric_size(heading: str) -> float | None:
    """The number of a numeric size (36, 36½, 98/104), or None."""
    text = _SIZE_PREFIX.sub("", heading.casefold().strip(), count=1)
    match = _NUMERIC_SIZE.fullmatch(text)
    if not match:
        return None
    half = 0.5 if re.match(r"\d{1,3}(\s?½|[.,]5|\s1/2)", text) else 0.0
    return int(match[1]) + half
