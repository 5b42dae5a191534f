"""A batch of the mirror, patched into a workbook's bytes; what is not ours keeps its own. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl.formula.translate import Translator, TranslatorError

from sync.sheets.shapes import AddRow, DropRow, Op, Raw, SetCell, SetNote, Tab
from sync.sheets.workbook.extents import grow
from xlsx import cells, results
from xlsx.addresses import LAST_COLUMN, LAST_ROW, address
from xlsx.comments import Comments
from xlsx.package import Package, local
from xlsx.sheet import Sheet, moves
from xlsx.styles import Styles

AUTHOR = "Inhands"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TALLEST = 100_000
_CALCULATES = re.compile(rb"<(?:\w+:)?f\b")
#: Dark text stays readable on each of them.
FILLS = {"refused": "F8CBAD", "conflict": "FFE699", "duplicate": "D9D2E9", "healed": "D9EAD3"}


def patch(content: bytes, ops: Sequence[Op], tabs: Mapping[str, Tab]) -> bytes:
    """The workbook with a whole batch done.

    Rows of ``SetCell``, ``SetNote`` and ``DropRow`` are those of the reading: rows are added and
    dropped after everything else.

    Raises:
        RefusedError: the workbook cannot be patched; says why.
    """
    package = Package(content)
    parts = package.sheets()
    namespace = package.tree(package.workbook).tag.rpartition("}")[0].lstrip("{")
    styles = Styles(package, namespace)
    editors = {}
    for key in dict.fromkeys(op.tab for op in ops):
        editors[tabs[key].title] = Editor(package, parts[tabs[key].title], tabs[key], styles)
        editors[tabs[key].title].do([op for op in ops if op.tab == key])
    forget_results(package, editors, tabs)
    for editor in editors.values():
        editor.keep()
    return package.bytes()


class Editor:
    """One tab while it is changed."""

    def __init__(self, package: Package, part: str, tab: Tab, styles: Styles) -> None:
        self._package, self._part, self._tab, self._styles = package, part, tab, styles
        self._sheet = self.sheet = Sheet(package.read(part))
        self.changed: set[tuple[int, int]] = set()  # rows and columns from 1
        self.first_moved = 0  # from this row on anything may stand elsewhere
        self._comments: Comments | None = None
        self._looks: dict[int, int] = {}  # of the cells of new rows, by column
        self._formula_went = False

    def do(self, ops: Sequence[Op]) -> None:
        """Everything of a batch: what is set, what is noted, then rows that come and go."""
        for op in ops:
            if isinstance(op, SetCell):
                self._set(op)
        for op in ops:
            if isinstance(op, SetNote):
                self._note(op)
        last = len(self._tab.rows)
        added = [op for op in ops if isinstance(op, AddRow)]
        for number, op in enumerate(added, start=last + 1):
            self._add(op, number, last)
        if added:
            grow(self._package, self._part, self._sheet, last, last + len(added))
        gone = {op.row + 1 for op in ops if isinstance(op, DropRow)}
        if gone:
            self._drop(gone)

    def keep(self) -> None:
        """Put the sheet back into the workbook."""
        if self._formula_went:
            chain = self._package.related(self._package.workbook, "calcChain")
            if chain is not None:  # it lists cells with formulas, and programs rebuild it
                self._package.drop(chain)
        self._package.put(self._part, self._sheet.written())

    def _set(self, op: SetCell) -> None:
        row, column = op.row + 1, op.column + 1
        if op.value == "" and cells.find(self._sheet.row(row), column) is None:
            return
        self._fill(self._sheet.cell(row, column), op.value)
        self.changed.add((row, column))

    def _fill(self, cell: Any, value: str | int | float | bool) -> None:
        formula = next((part for part in cell if local(part) == "f"), None)
        if formula is not None:
            self._formula_went = True
            if formula.get("t") == "shared":
                self._share_out()
        cells.fill(cell, _said(value))

    def _note(self, op: SetNote) -> None:
        row, column = op.row + 1, op.column + 1
        cell = cells.find(self._sheet.row(row), column)
        if op.text:
            cell = cell if cell is not None else self._sheet.cell(row, column)
            look = cells.number(cell.get("s"), 0)
            if self._styles.fill_of(look) in ("", *FILLS.values()):  # a person's colour stays
                cell.set("s", str(self._styles.marked(look, FILLS.get(op.mark, FILLS["refused"]))))
            self._notes().set(row, column, op.text)
            return
        if cell is not None:
            look = cells.number(cell.get("s"), 0)
            cell.set("s", str(self._styles.unmarked(look, FILLS.values())))
        if self._comments is not None or self._has_comments():
            self._notes().set(row, column, "")

    def _add(self, op: AddRow, number: int, last: int) -> None:
        """A row under all others; its cells look like those of the last one."""
        filled = []
        for at, value in sorted(op.values.items()):
            if value != "":
                if at not in self._looks:
                    self._looks[at] = self._look_below(last, at + 1)
                filled.append((at + 1, _said(value), self._looks[at]))
        self._sheet.add_row(number, filled)
        self.changed.update((number, column) for column, _value, _look in filled)

    def _look_below(self, last: int, column: int) -> int:
        model = self._sheet.row(last) if last > 1 else self._sheet.row(last + 1)
        like = cells.find(model, column) if last > 1 else None
        if like is None:
            return self._sheet.look_of_place(model, column)
        return self._styles.unmarked(cells.number(like.get("s"), 0), FILLS.values())

    def _drop(self, gone: set[int]) -> None:
        self._share_out()
        self._formula_went = True
        self.first_moved = min(gone)
        self._sheet.drop_rows(gone, _translated)
        after = moves(gone)
        if self._has_comments():
            self._notes().move_rows(after)
        for name in ("hyperlinks", "mergeCells"):
            _move_ranges(self._sheet, name, after)

    def _share_out(self) -> None:
        """Give each cell of a shared formula its own: the first one may go or move."""
        masters: dict[str, tuple[str, str]] = {}
        for number, cell in list(self._sheet.formulas()):
            formula = next(part for part in cell if local(part) == "f")
            if formula.get("t") != "shared":
                continue
            here = cell.get("r") or address(number, 1)
            group = formula.get("si", "")
            if formula.text:
                masters[group] = (formula.text, here)
            elif group in masters:
                text, origin = masters[group]
                formula.text = Translator(f"={text}", origin=origin).translate_formula(here)[1:]
            for name in ("t", "si", "ref"):
                formula.attrib.pop(name, None)

    def _has_comments(self) -> bool:
        return self._package.related(self._part, "comments") is not None

    def _notes(self) -> Comments:
        if self._comments is None:
            self._comments = Comments(self._package, self._part, self._sheet.root, AUTHOR)
        return self._comments


def calculate_on_opening(package: Package) -> None:
    """Let programs work out all formulas when they open the file: what they show is older."""
    root = package.tree(package.workbook)
    found = next((node for node in root if local(node) == "calcPr"), None)
    if found is None:
        found = root.makeelement(f"{root.tag.rpartition('}')[0]}}}calcPr")
        before = {"workbookPr", "bookViews", "sheets", "definedNames", "externalReferences",
                  "functionGroups", "fileVersion", "fileSharing", "workbookProtection"}  # fmt: skip
        places = [n for n, node in enumerate(root) if local(node) in before]
        root.insert(places[-1] + 1, found)
    found.set("fullCalcOnLoad", "1")


def forget_results(
    package: Package, editors: Mapping[str, Editor], tabs: Mapping[str, Tab]
) -> None:
    """Let programs work out what depends on changed cells; in our columns we read the results."""
    sheets = {title: editors[title].sheet for title in editors}
    for title, part in package.sheets().items():
        if title not in sheets and _CALCULATES.search(package.read(part)):
            sheets[title] = Sheet(package.read(part))
    formulas = {
        (title.casefold(), row, column): needs
        for title, sheet in sheets.items()
        for row, column, needs in _looks(sheet, title)
    }
    if not formulas:
        return
    calculate_on_opening(package)
    ours = {(tab.title.casefold(), at + 1) for tab in tabs.values() for at in tab.columns}
    changed = [(t.casefold(), *place) for t, editor in editors.items() for place in editor.changed]
    lost = [(t.casefold(), editor.first_moved, 1, LAST_ROW, LAST_COLUMN)
            for t, editor in editors.items() if editor.first_moved]  # fmt: skip
    old = {cell for cell in results.stale(formulas, changed, lost) if cell[::2] not in ours}
    for title, sheet in sheets.items():
        own = [(row, column) for where, row, column in old if where == title.casefold()]
        for row, column in own:
            sheet.forget_result(row, column)
        if own and title not in editors:
            package.put(package.sheets()[title], sheet.written())


def _looks(sheet: Sheet, title: str) -> Iterator[tuple[int, int, results.Needs]]:
    first: dict[str, tuple[str, str]] = {}
    for row, column, text, group in sheet.formula_texts():
        here = address(row, column)
        if group and text:
            first[group] = (text, here)
        elif group in first:
            origin = first[group]
            text = Translator(f"={origin[0]}", origin=origin[1]).translate_formula(here)[1:]
        yield row, column, results.needs(text, title)


def _said(value: Raw) -> Raw:
    """Yes and no as words: a spreadsheet shows TRUE in the language of its user."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _move_ranges(sheet: Sheet, name: str, after: Callable[[int], int | None]) -> None:
    """Let links and merged cells follow their rows; a merge of one cell is none."""
    group = sheet.find(name)
    if group is None:
        return
    for node in list(group):
        first, _, last = str(node.get("ref", "")).partition(":")
        rows = range(_row_of(first), _row_of(last or first) + 1)
        left = [now for row in rows[:_TALLEST] if (now := after(row)) is not None]
        places = [] if not left else [_at_row(first, left[0])]
        if left and last and (len(left) > 1 or _is_wide(first, last)):
            places.append(_at_row(last, left[-1]))
        if not places or (name == "mergeCells" and len(places) < 2):
            group.remove(node)
        else:
            node.set("ref", ":".join(places))
    if not len(group):
        sheet.root.remove(group)
    elif group.get("count"):
        group.set("count", str(len(group)))


def _row_of(place: str) -> int:
    return cells.number(place.lstrip(_LETTERS), 1)


def _at_row(place: str, row: int) -> str:
    return place.rstrip("0123456789") + str(row)


def _is_wide(first: str, last: str) -> bool:
    return first.rstrip("0123456789") != last.rstrip("0123456789")


def _translated(formula: str, was: int, now: int) -> str:
    try:
        moved = Translator(f"={formula}", origin=f"A{was}").translate_formula(f"A{now}")
    except (TranslatorError, ValueError):  # then it stays as it was, and shows what it can
        return formula
    return str(moved)[1:]
