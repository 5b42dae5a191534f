"""What stands around the table: number, dates, parties and terms, by their labels. Pure.

A value stands to the right of its label, below it, or in the same cell ("ORDER DATE - 22 Feb '22").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.drafts import Evidence, Problem, Value
from sync.readers.headings import Hit, Words, fold
from sync.readers.tables import Fault, Sheet, address_of, text_of
from sync.tables import lonedates
from sync.tables.addresses import read_address
from sync.tables.tablecells import is_placeholder
from workflow.fields import Catalogue, Field, Kind, Level

_FARTHEST = 6  # columns between a label and its value
_MOST_ADDRESS_LINES = 7
_HEAD_ROWS = 30
_GUESSED = 0.6
_MOST_TEXTS = 5000  # a page of labels has some hundred
_SPLIT = re.compile(r"\s*[:\uff1a]\s*|\s+[-\u2013\u2014=]\s+|(?<=#)\s*")
_ABBREVIATED = frozenset({"PO", "P.O.", "PO#", "P/O", "LPO"})
_LONGEST_LABEL, _LONGEST_SENTENCE = 60, 80
_SPOKEN = frozenset({"po_number", "order_date", "in_hands_date"})
_ASKS_FOR_IT = re.compile(r"[:\uff1a#]\s*$|n[o.r°º]\.?\s*$|num|№|号|號|番|번", re.IGNORECASE)
_PLACE = re.compile(r"[^\W\d_]{3}.*,.*\b\d{4,6}\b")
_NUMBER = re.compile(r"[\w./-]*\d[\w./-]*[,;]?")
_TERMS = (
    (re.compile(r"\b(?:net(?:t|to)?|n)\.?\s*(\d{1,3})\b"), "Net {}"),
    (
        re.compile(r"\b(\d{1,3})\s*(?:days?|tagen?|jours?|d[ií]as?|giorni|gg|dagen|dni|dias|d)\b"),
        "Net {}",
    ),
    (re.compile(r"prepa|advance|vorkasse|prepag|anticip|przedp|vooruit|d'avance"), "Prepay"),
    (
        re.compile(r"due on receipt|on receipt|sofort|\bcod\b|comptant|contado|contanti"),
        "Due on receipt",
    ),
)


@dataclass
class Header:
    """What was found around a sheet's tables; values by the catalogue's names."""

    values: dict[str, Value] = field(default_factory=dict)
    destination: dict[str, Value] = field(default_factory=dict)
    customer: str = ""
    evidence: dict[str, str] = field(default_factory=dict)
    found_at: dict[str, Evidence] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)  # rows whose words are understood
    unfilled: set[str] = field(default_factory=set)  # fields that hold a placeholder


def read_header(
    sheet: Sheet,
    tables: list[range],
    words: Words,
    catalogue: Catalogue,
    hints: tuple[str | None, str],
    part: range | None = None,
) -> Header:
    """Read the labelled values of a sheet, those above the table before those below.

    Args:
        sheet: the sheet.
        tables: the rows that are tables, headings included.
        words: the words of labels.
        catalogue: the shop's fields.
        hints: decimal sign and order of days, see ``mapping.hints``.
        part: the rows to read, where a sheet holds several orders; else all.
    """
    block = _Block(sheet, tables, words, catalogue, hints)
    block.part = part or range(len(sheet.rows))
    block.read()
    return block.header


class _Block:
    def __init__(
        self,
        sheet: Sheet,
        tables: list[range],
        words: Words,
        catalogue: Catalogue,
        hints: tuple[str | None, str],
    ) -> None:
        self.sheet, self.words, self.catalogue = sheet, words, catalogue
        self.tables = tables
        self.decimal, self.order = hints
        self.header = Header()
        self.part = range(len(sheet.rows))
        self.label, self.sure = "", 1.0
        self.refused: dict[str, Problem] = {}

    def read(self) -> None:
        spoken = []
        for row, column in self._cells():
            text = self.sheet.text(row, column)
            if len(text) <= _LONGEST_SENTENCE and any(map(str.isdigit, text)):
                spoken.append((text, row, column))
            for label, rest in _labels(text):
                hit = self.words.label(label)
                if hit and hit.section == "order" and self._is_label(hit, text, rest):
                    self.label, self.sure = label, hit.score
                    self._found(hit.field, row, column, rest)
        for text, row, column in spoken:
            self._spoken(text, row, column)
        self._bare_number()
        self._lone_date()
        missing = self.refused.keys() - self.header.evidence.keys()
        self.header.problems += [self.refused[name] for name in self.refused if name in missing]
        self.header.unfilled -= self.header.evidence.keys()

    def _spoken(self, text: str, row: int, column: int) -> None:
        """Labels and values without anything between them: "Bestellung Nr. 4711 vom 14.3.2026"."""
        if ":" in text or "\uff1a" in text or "\n" in text:
            return
        for label, rest in (*_runs_on(text), *_within(text)):
            hit = self.words.label(label) or self._ending(label)
            if hit is None or not hit.sure or hit.field not in _SPOKEN:
                continue
            self.label, self.sure = label, 0.8
            number, _space, after = rest.partition(" ")
            number = number.rstrip(")")
            if hit.field == "po_number":
                if "po_number" in self.header.evidence or not _NUMBER.fullmatch(number):
                    continue
                self._set("po_number", number.strip(",;"), (row, column))
                said = after.strip().partition(" ")[2] if after else ""
                if said and "order_date" not in self.header.evidence:
                    self._set("order_date", said, (row, column))
            elif hit.field not in self.header.evidence:
                self._set(hit.field, rest, (row, column))
            return

    def _ending(self, label: str) -> Hit | None:
        """The order's number behind other words: "Security uniforms PO 88123"."""
        last = label.split()[-1]
        return self.words.label(last) if last in _ABBREVIATED else None

    def _cells(self) -> Iterator[tuple[int, int]]:
        """Every text outside the tables, from the top."""
        inside = {row for table in self.tables for row in table}
        texts = (
            (row, column)
            for row in self.part
            if row not in inside
            for column, value in enumerate(self.sheet.rows[row])
            if isinstance(value, str) and value.strip()
        )
        return islice(texts, _MOST_TEXTS)

    def _is_label(self, hit: Hit, text: str, rest: str) -> bool:
        """A label is the whole word, or a part of it that a colon marks."""
        return hit.sure or (hit.score >= 0.6 and (text.rstrip().endswith(":") or bool(rest)))

    def _found(self, name: str, row: int, column: int, rest: str) -> None:
        """Take the value of a label, from the first place that holds one that fits."""
        self.header.rows.add(row)
        if name == "ignored" or name in self.header.evidence:
            return
        if name in ("ship_to", "bill_to"):
            self._party(name, row, column, rest)
            return
        for at, text in self._places(row, column, rest):
            if not self._answers(name, text, at[0], (row, column)):
                continue
            problem = self._set(name, self._whole(name, text, at), at)
            if problem is None:
                self.header.rows.add(at[0])
                return
            if name == "in_hands_date" and _PLACE.search(text):
                self._party("ship_to", row, column, rest)  # "Delivery: Main Street 8, 20100 Milan"
                return
            if self._means_it(name, problem.found):
                self.refused.setdefault(name, problem)

    def _answers(self, name: str, text: str, found: int, label: tuple[int, int]) -> bool:
        """Whether a text can be what its label asks for."""
        if is_placeholder(text):
            self.header.unfilled.add(name)
            return False
        if name != "po_number" or re.search(r"\d", text):
            return True
        # Words behind a title are no number ("PURCHASE ORDER", "To,"); behind "PO number" they are.
        return found == label[0] and bool(_ASKS_FOR_IT.search(self.sheet.text(*label)))

    def _means_it(self, name: str, found: str) -> bool:
        """Whether an unreadable value was meant for the field: a day has digits in it."""
        field = self.catalogue.get(Level.ORDER, name)
        digits = bool(re.search(r"\d", found))
        return digits if field and field.kind is Kind.DATE else name != "po_number"

    def _places(self, row: int, column: int, rest: str) -> Iterator[tuple[tuple[int, int], str]]:
        if rest:
            yield (row, column), rest
            return
        for right in range(column + 1, column + 1 + _FARTHEST):
            text = self.sheet.text(row, right)
            if text and fold(text) != "no":  # "Order | No. | 123"
                if not self._labelled(text):
                    yield (row, right), text
                break
        below = self.sheet.text(row + 1, column)
        if below and not self._labelled(below) and not self._in_table(row + 1):
            yield (row + 1, column), below

    def _labelled(self, text: str) -> bool:
        """Whether a text is a label itself, with or without its value."""
        if text.endswith(":"):
            return True
        label, _, _rest = text.partition(":")
        hit = self.words.label(label) if len(label) <= _LONGEST_LABEL else None
        return bool(hit and hit.sure)

    def _in_table(self, row: int) -> bool:
        return any(row in table for table in self.tables)

    def _whole(self, name: str, text: str, at: tuple[int, int]) -> str:
        """A value and, where it is prose, the lines below it."""
        if name != "customer_notes":
            return text
        return "\n".join([text, *self._down(at[0] + 1, at[1])])

    def _set(self, name: str, text: str, at: tuple[int, int]) -> Problem | None:
        """Read and keep one value; the problem where it does not fit its field."""
        raw = self.sheet.value(*at)
        given = raw if text_of(raw) == text else text
        where = self.sheet.where(*at)
        if isinstance(given, Fault):
            return Problem(where, name, f"expected a value, found {given.reason}", text)
        try:
            value = self._value(name, given, text)
        except CellError as error:
            return Problem(where, name, str(error), clipped(text, 200))
        if value is None:
            return None
        if name == "customer":
            self.header.customer = str(value)
        elif self.catalogue.get(Level.DESTINATION, name):
            self.header.destination[name] = value
        else:
            self.header.values[name] = value
        self._keep(name, at, text)
        return None

    def _keep(self, name: str, at: tuple[int, int], text: str) -> None:
        """Say where a value stood and by which label it was found."""
        cell, why = address_of(*at), f"labelled '{clipped(self.label, 40)}'"
        self.header.evidence[name] = f"{self.sheet.where(*at)}: '{clipped(text)}'"
        self.header.found_at[name] = Evidence(
            self.sheet.name, cell, clipped(text, 200), why, round(self.sure, 2)
        )

    def _value(self, name: str, raw: object, text: str) -> Value:
        if name == "customer":
            return clipped(cells.clean(text), 200)
        if name == "currency":
            return cells.currency(text.upper()) or cells.currency(text) or None
        field = self._field(name)
        if name == "payment_terms":
            return _terms(field, text)
        if field is None:
            return None
        if name == "po_number" and (isinstance(raw, date) or not re.search(r"[^\W_]", text)):
            raise CellError(f"expected an order number, found '{clipped(text)}'")
        return cells.parse(field, raw, decimal=self.decimal, order=self.order)

    def _field(self, name: str) -> Field | None:
        return self.catalogue.get(Level.ORDER, name) or self.catalogue.get(Level.DESTINATION, name)

    def _party(self, name: str, row: int, column: int, rest: str) -> None:
        """Read an address beside or below its label, as many lines as it has."""
        at, lines = self._address(row, column, rest)
        lines = [line for line in lines if not is_placeholder(line) and re.search(r"\w", line)]
        if not lines:
            return
        found = read_address("\n".join(lines), name)
        level = Level.DESTINATION if name == "ship_to" else Level.ORDER
        kept = self.header.destination if name == "ship_to" else self.header.values
        for key, value in found.items():
            field = self.catalogue.get(level, key)
            if field:
                kept[key] = value[: cells.longest(field)]
        self._keep(name, at, ", ".join(lines))

    def _address(self, row: int, column: int, rest: str) -> tuple[tuple[int, int], list[str]]:
        if rest:
            return (row, column), [rest, *self._down(row + 1, column)]
        for at, text in self._places(row, column, ""):
            return at, [text, *self._down(at[0] + 1, at[1])]
        return (row, column), []

    def _down(self, row: int, column: int) -> list[str]:
        """The texts from a cell downwards, to the first gap or label."""
        lines: list[str] = []
        for below in range(row, row + _MOST_ADDRESS_LINES):
            text = self.sheet.text(below, column)
            if not text or self._in_table(below) or self._labelled(text):
                break
            if self._labelled(self._left_of(below, column)):
                break  # the value of another label
            self.header.rows.add(below)
            lines.append(text)
        return lines

    def _left_of(self, row: int, column: int) -> str:
        """The nearest text to the left of a cell."""
        texts = (self.sheet.text(row, at) for at in range(column - 1, column - _FARTHEST, -1))
        return next((text for text in texts if text), "")

    def _bare_number(self) -> None:
        """A number beside "No." alone, in the head of a sheet that names no other, is its own."""
        if self.header.evidence.keys() & {"po_number"} or "po_number" in self.header.unfilled:
            return
        for row, column in self._cells():
            text = self.sheet.text(row, column)
            label, _colon, rest = text.partition(":" if ":" in text else " ")
            if row not in self._head() or fold(label) != "no":
                continue
            for at, value in self._places(row, column, rest.strip()):
                if at[0] == row and _NUMBER.fullmatch(value) and len(value) > 1:
                    self.label, self.sure = label, _GUESSED
                    self._set("po_number", value, at)
                    return

    def _lone_date(self) -> None:
        """The only date above the lines is the order's, also without a label."""
        if "order_date" in self.header.values or "po_date" in self.header.values:
            return
        found = lonedates.only(self.sheet, self._head(), self.header.rows, self.order)
        if found is not None:
            self.header.values["order_date"] = found.day
            where = self.sheet.where(found.row)
            self.header.evidence["order_date"] = f"{where}: '{clipped(found.text)}', the only date"
            self.header.found_at["order_date"] = Evidence(
                self.sheet.name,
                found.address,
                clipped(found.text),
                "the only date above the lines",
                0.7,
            )

    def _head(self) -> range:
        """The rows above the first table."""
        first = min((table.start for table in self.tables if table.start in self.part), default=0)
        return range(self.part.start, min(first, self.part.start + _HEAD_ROWS))


def _runs_on(text: str) -> Iterator[tuple[str, str]]:
    """The ways to part a text into a label and what follows: before each word with a digit."""
    words = text.split()
    for at in range(1, min(len(words), 6)):
        if any(map(str.isdigit, words[at])):
            yield " ".join(words[:at]), " ".join(words[at:])
            return
    signs = re.match(r"([\u3005-\u9fff\uac00-\ud7a3]{2,8})\s*([A-Za-z0-9].*)", text)
    if signs and len(words) <= 2:
        yield signs[1], signs[2]


def _within(text: str) -> Iterator[tuple[str, str]]:
    """Labels in the midst of a title: "Annex 1 to purchase order no ZP/14 of 5 March"."""
    words = text.split()
    numbered = [at for at in range(2, min(len(words), 10)) if any(map(str.isdigit, words[at]))]
    for at in numbered:
        for length in (3, 2):
            if at > length:
                yield " ".join(words[at - length : at]), " ".join(words[at:])


def _labels(text: str) -> Iterator[tuple[str, str]]:
    """The label a cell begins with and the value behind it, for every line of the cell."""
    lines = text.split("\n") if len(text) < 2000 else []
    for line in lines[:20]:
        parts = _SPLIT.split(" ".join(line.split()), maxsplit=1)
        label, rest = parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
        if 0 < len(label) <= _LONGEST_LABEL:
            yield label, rest


def _terms(field: Field | None, text: str) -> Value:
    """Read payment terms in their usual words."""
    if field is None:
        return None
    try:
        return cells.choice(field, text)
    except CellError:
        for pattern, name in _TERMS:
            match = pattern.search(text[:200].casefold())
            if match and (found := name.format(*match.groups())) in field.choices:
                return found
        raise
