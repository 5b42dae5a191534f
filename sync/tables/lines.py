"""The rows of one table to order lines, by a mapping: values, sizes, deliveries, problems. Pure.

A row that cannot be understood stays a line with its problem, and nothing stops at the first.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from errors import UnreadableError
from sync import cells
from sync.amounts import clipped
from sync.cells import CellError
from sync.drafts import DraftLine, DraftSchedule, Problem, Value
from sync.readers.headings import Words
from sync.readers.tables import Sheet, text_of
from sync.tables import (
    above,
    coloured,
    decorations,
    lumpsums,
    mapping,
    rows,
    scales,
    stores,
    sums,
    unordered,
)
from sync.tables.mapping import Column, Mapping
from sync.tables.pieces import Pieces
from sync.tables.plainrows import PlainRows
from sync.tables.proof import RowEvidence
from sync.tables.rows import Row
from sync.tables.table import Table as Table
from sync.tables.table import TableLine as TableLine
from sync.tables.tablecells import NAMES, TableCells, is_placeholder
from workflow.fields import Catalogue, Level

_INHERITED = ("sku", "description", "style", "unit_price", "customer_item_number", "uom")
_NOT_READ_HERE = frozenset({*mapping.ROLES, "quantity", "uom"})
_ENOUGH_TO_JUDGE = 3
MOST_LINES = 50_000
_MOST_PROBLEMS = 3000
_LONGEST_GAP = 1000  # rows without a line that end a table
_LONGEST_SECTION = 30
_FIGURE_OR_LINK = re.compile(r"[^\d]{0,3}[\d.,\s]+[^\d]{0,1}|\S+://\S+")
_FEW = 4  # rows without a quantity that are asked about; more of them are a form
_PRICE_FOR = {"hundred": 100, "thousand": 1000}


def apply(plan: Mapping, sheet: Sheet, words: Words, catalogue: Catalogue) -> Table:
    """Read the rows below a mapping's headings, to the end of the sheet or the next headings."""
    return _Lines(TableCells(plan, sheet, words, catalogue)).read()


class _Lines:
    def __init__(self, table: TableCells) -> None:
        self.table, self.sheet, self.plan = table, table.sheet, table.plan
        self.lines: list[TableLine] = []
        self.remarks: dict[int, str] = {}
        self.unfilled: dict[int, Problem] = {}  # by index into lines
        self.none: set[int] = set()  # of them, those that say zero
        self.offered: set[int] = set()  # of them, those with a price and no total
        self.sections: set[int] = set()  # of them, those with nothing but a name
        self.wrong_totals: list[Problem] = []
        self.totals = 0
        self.last = 0  # the row of the last line
        self.sums: list[int] = []
        self.pieces = Pieces(table)
        self.groups: dict[str, list[Column]] = {}
        self.unknown = rows.unknown_columns(self.plan, self.sheet)
        self.plain = PlainRows(table, self.unknown)
        named = any(column.field in NAMES for column in self.plan.of("line"))
        self.above = {} if named else above.article(table)
        for column in self.plan.of("decoration"):
            self.groups.setdefault(column.part, []).append(column)

    def read(self) -> Table:
        ended = numbered = False
        row = self.last = self.plan.bottom + 1
        while row < len(self.sheet.rows) and row - self.last < _LONGEST_GAP:
            end = self._take_plain(row)
            if end > row:
                self.last, numbered, row = end - 1, False, end
                continue
            kind = Row.LINE
            if row not in self.plan.taken:
                kind = rows.kind_of(self.table, row, lines=bool(self.lines), ended=ended)
            again = kind is Row.HEADING and (numbered or bool(self.above and self.lines))
            if kind is Row.NEXT or again:
                break
            numbered = kind is not Row.LINE and (numbered or self._is_numbered(row))
            if kind is Row.LINE:
                self._take(row)
                self._require_sense()
                self.last = row
            elif kind is Row.TOTAL:
                self.sums.append(row)
            elif kind is Row.REMARK:
                self.remarks[row] = " ".join(cell.text for cell in self.sheet.cells(row))
            ended = bool(self.lines) and (ended or kind in (Row.BLANK, Row.TOTAL))
            ended = ended and kind is not Row.HEADING
            row += 1
        return self._together(row)

    def _is_numbered(self, row: int) -> bool:
        """Whether a row below lines begins with another order's number."""
        texts = (cell.text for cell in self.sheet.cells(row)) if self.lines else ()
        for text in texts:
            hit = self.table.words.label(re.split("[:\uff1a]", text, maxsplit=1)[0].strip())
            if hit and hit.sure and hit.field in ("po_number", "ship_to", "customer"):
                return True
        return False

    def _together(self, end: int) -> Table:
        """Rows of a form that nobody filled in are no lines; a few among others are a question."""
        many = len(self.unfilled) > _FEW and len(self.unfilled) * 2 >= len(self.lines)
        blank_form = many or len(self.unfilled) == len(self.lines)
        self.none |= unordered.among(
            self.table, self.lines, self.unfilled, self.offered, self.sections
        )
        unfilled = self.unfilled if blank_form else {at: self.unfilled.pop(at) for at in self.none}
        lines = tuple(line for at, line in enumerate(self.lines) if at not in unfilled)
        asked = () if blank_form else tuple(self.unfilled.values())
        added = sums.check(self.table, lines, self.sums)
        problems = (*self.table.problems, *asked, *self._totals_wrong(), *added)
        currencies = frozenset(self.table.currencies)
        remarks = {  # "Caps and bags" among the lines heads a section
            row: text
            for row, text in self.remarks.items()
            if row > self.last or len(text) > _LONGEST_SECTION
        }
        return Table(lines, problems, remarks, currencies, end, len(unfilled))

    def _totals_wrong(self) -> list[Problem]:
        """The wrong line totals; where most are wrong it is one problem of the whole table."""
        wrong = self.wrong_totals
        if len(wrong) < _ENOUGH_TO_JUDGE or len(wrong) * 2 <= self.totals:
            return wrong
        message = f"{wrong[0].message}; the same in {len(wrong)} of {self.totals} rows"
        return [replace(wrong[0], message=message)]

    def _take_plain(self, row: int) -> int:
        """Keep the rows from here that need no judgement; the row behind them."""
        before = len(self.lines)
        end = self.plain.run(row, self.lines, MOST_LINES) if self.plain.usable else row
        if self.plain.checks_totals:
            self.totals += len(self.lines) - before
        self._require_room()
        return end

    def _keep(self, line: TableLine) -> None:
        self.lines.append(line)
        self._require_room()

    def _require_sense(self) -> None:
        if len(self.table.problems) > _MOST_PROBLEMS:
            raise UnreadableError(
                f"More than {_MOST_PROBLEMS} cells of {self.sheet.name or 'the file'} cannot be"
                " understood: say what its columns are, or ask for the order in another form."
            )

    def _require_room(self) -> None:
        if len(self.lines) > MOST_LINES:
            raise UnreadableError(
                f"The file has more than {MOST_LINES} order lines: send it in parts."
            )

    def _take(self, row: int) -> None:
        values = self._values(row)
        self._name(row, values)
        self._keep_unknown(row, values)
        self.pieces.unit(row, self.table.text(row, "uom"), values)
        if code := cells.currency(self.table.text(row, "currency")[:40].upper()):
            self.table.currencies.add(code)
        before = len(self.table.problems)
        quantity = self.pieces.quantity(row, values)
        lumpsums.price_for_one(self.table, row, values)
        amounts = tuple(self._amounts(row))
        sizes = coloured.sizes_of(amounts) or self._scale(row, quantity, values)
        if sizes and not self.table.matrix:
            values.pop("size", None)
            quantity = None
        schedule = tuple(self._deliveries(row, values))
        apart = (*self.plan.of("part"), *self.plan.of("place"))
        parts = [self.table.amount(row, column) for column in apart]
        total = (
            sum((amount for _color, _size, amount in amounts), Decimal(0))
            or sum((amount for _size, amount in sizes), Decimal(0))
            or sum((delivery.quantity for delivery in schedule), Decimal(0))
            or sum((amount for amount in parts if amount), Decimal(0))
        )
        self._compare(row, quantity, total)
        if total or quantity:
            values["quantity"] = total or quantity
        elif len(self.table.problems) == before:
            self._without_quantity(row, values)
        self._check_total(row, values)
        decorated = tuple(decorations.found(self.table, row, self.groups))
        found_at = RowEvidence(self.sheet, self.plan, row)
        where = self.sheet.where(row)
        line = DraftLine(where, values, sizes, schedule, decorated, found_at=found_at)
        for one in coloured.lines(line, amounts, self.plan, row, found_at):
            self._keep_each(row, one)

    def _keep_each(self, row: int, line: DraftLine) -> None:
        """Keep a line, or one for each store its pieces go to."""
        split = list(stores.lines(line, self.table, self.plan, row))
        if not split:
            self._keep(self._placed(row, line))
        for one, column in split:
            placed = self._placed(row, one)
            placed.destination = {"ship_to_name": column.part[:120]}
            placed.po_number = column.number or placed.po_number
            self._keep(placed)

    def _without_quantity(self, row: int, values: dict[str, Value]) -> None:
        """An amount alone is one of it; else nobody filled the row in, or somebody is asked."""
        asked = lumpsums.read(self.table, row, values) or self.pieces.none_said(row)
        if row in self.plan.taken:
            self.table.problems.append(asked)
            return
        self.unfilled[len(self.lines)] = asked
        if self.pieces.are_none(row):
            self.none.add(len(self.lines))
        elif unordered.is_offered(self.table, row):
            self.offered.add(len(self.lines))
        elif unordered.heads_section(self.table, row):
            self.sections.add(len(self.lines))

    def _values(self, row: int) -> dict[str, Value]:
        values: dict[str, Value] = dict(self.plan.constants)
        for column in self.plan.of("line"):
            if column.field not in _NOT_READ_HERE and not self._is_scale(row, column):
                value = self.table.value(row, column, Level.LINE)
                if value is not None:
                    values[column.field] = value
        return values

    def _is_scale(self, row: int, column: Column) -> bool:
        """Whether a size's cell holds several sizes."""
        text = self.table.text(row, "size") if column.field == "size" else ""
        if text and self.table.text(row, "ratio"):
            return True
        return bool(text and scales.of_cell(text, None, None)) or "(" in text

    def _scale(
        self, row: int, quantity: Decimal | None, values: dict[str, Value]
    ) -> tuple[tuple[str, Decimal], ...]:
        """The sizes that one cell lists, or those of its packs."""
        text, ratio = self.table.text(row, "size"), self.table.text(row, "ratio")
        if ratio:
            text = f"{text} ({ratio})" if text else ratio
        packed = values.get("pack_quantity")
        per_pack = Decimal(str(packed)) if isinstance(packed, int | Decimal) else None
        found = scales.of_cell(text, quantity, per_pack) if text else ()
        if text and not found and "size" not in values:
            column = self.table.by_name.get("size") or self.table.by_name.get("ratio")
            self.table.problem(row, column, "expected a size, or sizes with pieces", text)
        return found

    def _name(self, row: int, values: dict[str, Value]) -> None:
        """Say what the line is for: in its own words, or in those of the line above."""
        item, description = self.table.text(row, "item"), values.get("description")
        if item and item != description:
            values["description"] = f"{item} - {description}"[:500] if description else item[:500]
        if any(values.get(name) for name in NAMES):
            if values.get("size") and not values.get("description"):
                self._inherit_words(values)
            return
        if self.lines and (values.get("color") or values.get("size")):
            before = self.lines[-1].line.values
            values.update({n: before[n] for n in _INHERITED if before.get(n) and n not in values})
            return
        if self.above:
            values.update({n: v for n, v in self.above.items() if n not in values})
            return
        if beside := self._beside(row):
            values["description"] = beside[:500]
            return
        self.table.problem(row, None, "expected an item or a description, found neither", "", "sku")

    def _inherit_words(self, values: dict[str, Value]) -> None:
        """Only a code and a size stand here: the words are those of the line above."""
        before = self.lines[-1].line.values if self.lines else {}
        if "description" in self.table.by_name and before.get("description"):
            again = ("description", "style", "color")
            values.update({n: before[n] for n in again if before.get(n) and not values.get(n)})

    def _beside(self, row: int) -> str:
        """The longest text in columns without a meaning, left of the figures."""
        known = {column.index for column in self.plan.columns if column.field != "line_total"}
        texts = [self.sheet.text(row, at) for at in range(max(known)) if at not in known]
        return max((text for text in texts if re.search(r"[^\W\d_]{3}", text)), key=len, default="")

    def _keep_unknown(self, row: int, values: dict[str, Value]) -> None:
        """Keep the words of columns nobody knows as instructions: a person has to read them."""
        said = [
            f"{heading}: {text}"
            for at, heading in self.unknown.items()
            if isinstance(raw := self.sheet.value(row, at), str)
            and (text := clipped(raw, 200))
            and not is_placeholder(text)
            and not _FIGURE_OR_LINK.fullmatch(text)
        ]
        if said:
            notes = values.get("special_instructions")
            values["special_instructions"] = "\n".join([*([str(notes)] if notes else []), *said])

    def _amounts(self, row: int) -> Iterator[coloured.Amount]:
        for column in self.plan.of("size"):
            amount = self.table.amount(row, column)
            if amount:
                yield column.color, column.part, amount

    def _deliveries(self, row: int, values: dict[str, Value]) -> Iterator[DraftSchedule]:
        price = values.get("unit_price")
        for column in self.plan.of("date"):
            amount = self.table.amount(row, column)
            if amount:
                unit_price = price if isinstance(price, Decimal) else None
                day = date.fromisoformat(column.part)
                yield DraftSchedule(amount, day, unit_price=unit_price)
        for column in self.plan.of("week"):
            amount = self.table.amount(row, column)
            if amount:
                unit_price = price if isinstance(price, Decimal) else None
                called = {"schedule_release_number": column.part}
                yield DraftSchedule(amount, unit_price=unit_price, extra=called)
        for column in self.plan.of("pair"):
            amount = self.table.amount(row, column)
            if amount:
                yield DraftSchedule(amount, self.table.day_at(row, int(column.part)))

    def _compare(self, row: int, quantity: Decimal | None, total: Decimal) -> None:
        """Hold the quantity that was written against the sum of the sizes or deliveries."""
        if quantity and total and quantity != total:
            message = f"the quantity is {quantity:f}, but the columns add up to {total:f}"
            column = self.table.by_name["quantity"]
            self.table.problem(row, column, message, self.sheet.text(row, column.index))

    def _check_total(self, row: int, values: dict[str, Value]) -> None:
        """Hold quantity times price against the total that was written."""
        column = self.table.by_name.get("line_total")
        quantity, price = values.get("quantity"), values.get("unit_price")
        raw = self.sheet.value(row, column.index) if column else None
        if column is None or not isinstance(quantity, Decimal) or not text_of(raw):
            return
        try:
            written = cells.price(raw, decimal=self.plan.decimal)
        except CellError:
            return  # a total only checks; one that is no number checks nothing
        if written == quantity or not isinstance(price, Decimal):
            return
        discount = values.get("line_discount")
        share = 1 - discount / 100 if isinstance(discount, Decimal) else Decimal(1)
        computed = quantity * price * share / _PRICE_FOR.get(str(values.get("price_basis")), 1)
        self.totals += 1
        if abs(computed - written) > max(Decimal("0.05"), abs(written) / 1000):
            where = self.sheet.where(row, column.index)
            product = f"{quantity:f} at {price:f} is {computed.normalize():f}"
            message = f"the total is {written:f}, but {product}"
            self.wrong_totals.append(Problem(where, "unit_price", message, text_of(raw)))

    def _placed(self, row: int, line: DraftLine) -> TableLine:
        """The line with its order's number and days, as far as its row says them."""
        po_number = self.table.text(row, "po_number")
        ordered = self.table.day(row, "order_date", "order_date")
        both = re.fullmatch(r"(\S+)\s*\(([^()]*\d[^()]*)\)", po_number[:80])
        if both:  # the number and its date in one cell
            po_number, ordered = both[1], ordered or _day_in(both[2], self.plan.order or "dmy")
        return TableLine(
            line=line,
            row=row,
            po_number=po_number[:80],
            order_date=ordered,
            due=self.table.day(row, "due_date", "schedule_date"),
            ship=self.table.day(row, "ship_date", "schedule_date"),
            destination=self._destination(row),
        )

    def _destination(self, row: int) -> dict[str, Value]:
        """Where the goods of a row go, as far as its columns say it."""
        found = {
            column.field: self.table.value(row, column, Level.DESTINATION)
            for column in self.plan.of("destination")
        }
        return {name: value for name, value in found.items() if value is not None}


def _day_in(text: str, order: str) -> date | None:
    try:
        return cells.day(text, order=order)
    except CellError:
        return None
