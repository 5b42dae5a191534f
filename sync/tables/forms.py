"""Orders without a table: labels beside values ("Item: Cap"), and blocks of sizes. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sync import cells
from sync.cells import CellError
from sync.drafts import DraftLine, Evidence, Value
from sync.readers import headings
from sync.readers.headings import Hit, Words
from sync.readers.tables import Sheet, address_of
from sync.tables.mapping import ROLES
from sync.tables.tablecells import is_placeholder
from workflow.fields import Catalogue, Level

_NAMES = ("sku", "description", "style", "gtin", "customer_item_number")
_MOST_ROWS, _FEWEST_SIZES = 400, 2
_TWO = 2
_OF_GARMENTS = frozenset({"style", "color", "size", "quantity", "unit_price", "sku"})
_CODES = frozenset({"sku", "gtin", "customer_item_number"})
_CODE_AFTER = re.compile(r"([^\W\d_][^\d]{0,20}?)\s+(\S*\d\S*)")
_KEPT_BETWEEN_BLOCKS = ("sku", "description", "style", "unit_price", "uom", "gtin")


@dataclass
class _Record:
    values: dict[str, Value] = field(default_factory=dict)
    found_at: dict[str, Evidence] = field(default_factory=dict)
    row: int = 0


def read(
    sheet: Sheet, words: Words, catalogue: Catalogue, hints: tuple[str | None, str]
) -> list[tuple[int, DraftLine]]:
    """The lines of a form, each with its row: one per article, or one per block of sizes."""
    return list(_Form(sheet, words, catalogue, hints).lines())


class _Form:
    def __init__(
        self, sheet: Sheet, words: Words, catalogue: Catalogue, hints: tuple[str | None, str]
    ) -> None:
        self.sheet, self.words, self.catalogue = sheet, words, catalogue
        self.decimal, self.order = hints
        self.record = _Record()

    def lines(self) -> Iterator[tuple[int, DraftLine]]:
        """Go down the rows, collecting what is known of the article at hand."""
        block = -1
        for row in range(min(len(self.sheet.rows), _MOST_ROWS)):
            if row == block + 1 and block >= 0:
                continue  # the pieces of the sizes above
            sizes = self._block(row)
            if sizes:
                block = row
                yield row, self._line(row, sizes)
                self.record = self._kept()
                continue
            found = list(self._labelled(row))
            if any(name == "quantity" for name, _at, _value in found):
                yield from self._begun(row, min(at for _name, at, _value in found))
            for name, column, value in found:
                again = name in self.record.values
                if again and "quantity" in self.record.values:
                    yield from self._finished()
                self.record.values[name] = value
                self.record.row = row
                self._prove(name, row, column)
        yield from self._finished()

    def _begun(self, row: int, labelled: int) -> Iterator[tuple[int, DraftLine]]:
        """An article's name without a label, left of its pieces, begins it."""
        texts = [
            (at, text)
            for at in range(labelled)
            if re.search(r"[^\W\d_]{3}", text := self.sheet.text(row, at))
            and not self.words.column(text.rstrip(": "))
            and not self.words.label(text.rstrip(": "))
        ]
        if len(texts) != 1 or (self.record.values and "quantity" not in self.record.values):
            return
        yield from self._finished()
        at, text = texts[0]
        self.record.values["description"] = text[:500]
        self.record.row = row
        self._prove("description", row, at)

    def _finished(self) -> Iterator[tuple[int, DraftLine]]:
        known = self.record.values
        if any(known.get(name) for name in _NAMES) and isinstance(known.get("quantity"), Decimal):
            yield self.record.row, self._line(self.record.row, ())
        self.record = _Record()

    def _kept(self) -> _Record:
        kept = {n: v for n, v in self.record.values.items() if n in _KEPT_BETWEEN_BLOCKS}
        return _Record(kept, dict(self.record.found_at))

    def _line(self, row: int, sizes: tuple[tuple[str, Decimal], ...]) -> DraftLine:
        values = dict(self.record.values)
        if sizes:
            values["quantity"] = sum((amount for _size, amount in sizes), Decimal(0))
        return DraftLine(self.sheet.where(row), values, sizes, found_at=dict(self.record.found_at))

    def _labelled(self, row: int) -> Iterator[tuple[str, int, Value]]:
        """The labels of a row whose value stands to their right or in their own cell."""
        for column, raw in enumerate(self.sheet.rows[row][:20]):
            if not isinstance(raw, str):
                continue
            label, _colon, rest = raw.partition(":")
            hit = self._hit(label.strip())
            if hit is None and not _colon and (spoken := _CODE_AFTER.fullmatch(raw.strip())):
                hit, rest = self._hit(spoken[1].strip()), spoken[2]
                hit = hit if hit is not None and hit.field in _CODES else None
            if hit is None or hit.section != "line":
                continue
            at, given = (column, rest.strip()) if rest.strip() else self._beside(row, column)
            name = "description" if hit.field == "item" else hit.field
            value = self._value(name, given)
            if value is not None:
                yield name, at, value

    def _hit(self, label: str) -> Hit | None:
        """What a label means for the article; "Name" is a person's where it stands alone."""
        hit = self.words.column(label)
        if hit is None or (hit.alone and self.words.label(label)):
            return None
        if hit.sure:
            return hit
        whole = self.words.label(label)
        last = self.words.column(label.split()[-1]) if len(label.split()) == _TWO else None
        if last is None or not last.sure or last.alone or (whole is not None and whole.sure):
            return None
        return last if last.field in _OF_GARMENTS and not headings.is_decoration(label) else None

    def _beside(self, row: int, column: int) -> tuple[int, object]:
        for at in range(column + 1, column + 4):
            value = self.sheet.value(row, at)
            if value is not None and value != "":
                text = value if isinstance(value, str) else ""
                hit = self.words.column(text.rstrip(": ")) if text else None
                return at, None if hit and hit.sure else value
        return column, None

    def _value(self, name: str, given: object) -> Value:
        known = self.catalogue.get(Level.LINE, name)
        if known is None or given is None or name in ROLES or is_placeholder(str(given)):
            return None
        if name == "uom":
            return self.words.unit(str(given)) or None
        try:
            return cells.parse(known, given, decimal=self.decimal, order=self.order)
        except CellError:
            return None

    def _block(self, row: int) -> tuple[tuple[str, Decimal], ...]:
        """Sizes in this row and pieces under them in the next, where an article is known."""
        if not any(self.record.values.get(name) for name in _NAMES):
            return ()
        sizes = {
            column: headings.size_of(text) or (text if headings.numeric_size(text) else "")
            for column in range(len(self.sheet.rows[row]))
            if (text := self.sheet.text(row, column))
        }
        sizes = {column: size for column, size in sizes.items() if size}
        if len(sizes) < _FEWEST_SIZES or not self._says_size(row):
            return ()
        found = []
        for column, size in sizes.items():
            try:
                found.append((size, cells.quantity(self.sheet.value(row + 1, column))))
            except CellError:
                continue
            self._prove(f"size {size}", row + 1, column)
        return tuple(found)

    def _says_size(self, row: int) -> bool:
        """Whether the row is headed as sizes, or holds letter sizes."""
        texts = [self.sheet.text(row, column) for column in range(len(self.sheet.rows[row]))]
        heads = [self.words.column(text) for text in texts if text]
        letters = sum(bool(headings.size_of(text)) for text in texts)
        return letters >= _FEWEST_SIZES or any(h is not None and h.field == "size" for h in heads)

    def _prove(self, name: str, row: int, column: int) -> None:
        self.record.found_at[name] = Evidence(
            self.sheet.name,
            address_of(row, column),
            self.sheet.text(row, column)[:200],
            "beside its label",
            0.8,
        )
