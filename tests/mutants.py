"""Order files with something wrong in them: bytes turned, parts cut, cells changed inside the archive."""

import io
import random
import zipfile
from functools import lru_cache

from sync.readers.tables import Sheet
from tests.layouts import sheets, words
from tests.test_readers import an_ods, an_xlsx

_SPICE = (
    b"\x00", b"\xff", b"<", b">", b"&", b'"', b";", b"\r", b"\n", b"]]>", b"&b;", b"A1", b"1e999",
    b"-1", b"9" * 400, b"<!--", b"<row>", b"</c>", b'r="XFD1048576"', b't="s"', b"\xf0\x9f\x98\x80",
)  # fmt: skip


@lru_cache(maxsize=1)
def seeds() -> tuple[bytes, ...]:
    """Whole files of several kinds and layouts."""
    found = []
    for number, layout in enumerate(sheets.LAYOUTS):
        language = list(words.LINE)[number % len(words.LINE)]
        rows = sheets.case(layout, language).book.sheets[0].rows
        found.append(_written(rows, number))
    return tuple(found)


def _written(rows: list[list[object]], number: int) -> bytes:
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    if number % 4 == 0:
        return an_ods(*[row for row in texts if row])
    if number % 4 == 1:
        return "\n".join(";".join(row) for row in texts).encode("utf-8")
    if number % 4 == 2:
        cells = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in texts)
        return f"<html><table>{cells}</table></html>".encode()
    return an_xlsx(*rows)


def mutant(seed: int) -> bytes:
    """One broken file; the same seed breaks it in the same way."""
    chance = random.Random(seed)
    content = chance.choice(seeds())
    if content.startswith(b"PK") and chance.random() < 0.6:
        return _inside(content, chance)
    return _spoiled(content, chance)


def _inside(content: bytes, chance: random.Random) -> bytes:
    """Spoil one part and pack the archive again, so that the reader comes to it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(whole, "w") as after:
        names = before.namelist()
        chosen = chance.choice(names)
        for name in names:
            part = before.read(name)
            after.writestr(name, _spoiled(part, chance) if name == chosen else part)
    return whole.getvalue()


def _spoiled(content: bytes, chance: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _change in range(chance.randint(1, 6)):
        at = chance.randrange(len(spoiled)) if spoiled else 0
        kind = chance.randrange(5)
        if kind == 0 and spoiled:
            spoiled[at] = chance.randrange(256)
        elif kind == 1:
            spoiled[at:at] = chance.choice(_SPICE)
        elif kind == 2:
            del spoiled[at : at + chance.randint(1, 60)]
        elif kind == 3:
            spoiled[at:at] = spoiled[at : at + chance.randint(1, 200)]
        elif chance.random() < 0.2:
            del spoiled[at:]
    return bytes(spoiled)


def wild(seed: int) -> Sheet:
    """A sheet of words, figures and nonsense: what a parsed file could hold at worst."""
    chance = random.Random(seed)
    language = chance.choice(list(words.LINE))
    known = [word for group in words.LINE[language].values() for word in group]
    known += [word for group in words.HEAD[language].values() for word in group]
    known += [
        *words.TOTALS[language],
        *words.THINGS[language],
        "S",
        "M",
        "L",
        "38",
        "PO: 1",
        "%",
        "-",
    ]
    rows = []
    for _row in range(chance.randint(0, 40)):
        rows.append([_cell(chance, known) for _column in range(chance.randint(0, 12))])
    return Sheet("Order", rows)


def _cell(chance: random.Random, known: list[str]) -> object:
    roll = chance.random()
    if roll < 0.35:
        return None
    if roll < 0.7:
        return chance.choice(known)
    if roll < 0.85:
        return chance.choice([0.0, 1.0, 2.5, 12.0, -3.0, 1e12, float("inf"), float("nan"), True])
    return "".join(
        chance.choice("ab1,.;:/()%€#\n '-\u3000数量") for _ in range(chance.randint(1, 12))
    )
