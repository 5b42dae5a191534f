"""One change of a layout, as a form of the wizard says it. Pure.

Every change is a name and the fields of its form; what it refuses is a sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from admin.mapping_fields import use_of
from errors import ShopError
from sync import cells
from sync.readers.headings import Words
from sync.readers.tables import Sheet, text_of
from sync.tables import firstguess, transforms
from sync.tables.labels import label_of
from sync.tables.layouts import (
    IGNORE,
    CellRule,
    ColumnRule,
    Constant,
    Layout,
    Units,
    Use,
    column_of,
    day_in,
    place_of,
    why_no_constant,
    why_no_use,
)
from sync.tables.transforms import Step
from workflow.fields import Catalogue

Form = Mapping[str, str]
_MOST_WORDS = 20


@dataclass(frozen=True)
class Setting:
    """What a change needs to know beside its form: the sheet that is looked at, the fields."""

    sheet: Sheet
    words: Words
    catalogue: Catalogue


def edited(layout: Layout, form: Form, setting: Setting) -> Layout:
    """The layout after one change.

    Raises:
        ShopError: the change makes no sense; says why.
    """
    change = _CHANGES.get(form.get("do", ""))
    return change(layout, form, setting) if change is not None else layout


def _refuse(sentence: str) -> ShopError:
    return ShopError(f"{sentence[:1].upper()}{sentence[1:]}.")


# ---------------------------------------------------------------- columns and cells


def _mean(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Say what a column ("C") or a cell ("B2") is; ``which`` counts its meanings from 0."""
    at = form.get("at", "")
    cell = place_of(at)
    if cell is not None:
        return _mean_cell(layout, cell, form, setting)
    column = _column(at)
    rule = layout.column(column) or ColumnRule(column, "")
    uses = list(rule.uses)
    which = _number(form.get("which", "0"), 0, 9)
    meaning = form.get("meaning", "")
    if meaning == "nothing":
        del uses[which : which + 1]
        return layout.with_column(replace(rule, uses=tuple(uses)))
    if meaning == IGNORE:
        return layout.with_column(replace(rule, uses=(Use(IGNORE, ""),)))
    steps = uses[which].steps if which < len(uses) else ()
    use = _with_part(use_of(meaning, steps), rule, form, setting.sheet, layout)
    _require(use, setting.catalogue, in_table=True)
    uses = [known for known in uses if known.level != IGNORE]
    uses[which : which + 1] = [use]
    cleared = _without_twin(layout, column, use)
    return cleared.with_column(replace(rule, uses=tuple(uses)))


def _with_part(use: Use, rule: ColumnRule, form: Form, sheet: Sheet, layout: Layout) -> Use:
    """A size or a day takes its word from the form, else from the heading."""
    given = " ".join(form.get("part", "").split())
    if use.level == "size":
        last = rule.heading.rpartition(" / ")[2] or rule.heading
        return replace(use, field="size", part=given or last)
    if use.level == "date":
        day = day_in(given or rule.heading) or day_in(sheet.text(layout.bottom, rule.index))
        return replace(use, field="date", part=day.isoformat() if day else given)
    return use


def _without_twin(layout: Layout, column: int, use: Use) -> Layout:
    """A field stands in one column: the column that was it before is nothing now."""
    if use.level not in ("line", "decoration"):
        return layout
    same = (use.level, use.field, use.part)
    columns = tuple(
        rule
        if rule.index == column
        else replace(rule, uses=tuple(u for u in rule.uses if (u.level, u.field, u.part) != same))
        for rule in layout.columns
    )
    return replace(layout, columns=columns)


def _mean_cell(layout: Layout, at: tuple[int, int], form: Form, setting: Setting) -> Layout:
    own = setting.sheet.name == layout.sheet
    sheet = "" if own else setting.sheet.name
    others = [c for c in layout.cells if (c.row, c.column, c.sheet) != (*at, sheet)]
    known = next((c for c in layout.cells if c not in others), None)
    meaning = form.get("meaning", "")
    if meaning == "nothing":
        return replace(layout, cells=tuple(others))
    steps = known.use.steps if known is not None else ()
    use = Use(IGNORE, "") if meaning == IGNORE else use_of(meaning, steps)
    _require(use, setting.catalogue, in_table=False)
    label, down, right = label_of(setting.sheet, *at)
    rule = CellRule(*at, use, sheet=sheet, label=label[:200], down=down, right=right)
    same = [c for c in others if (c.use.level, c.use.field) != (use.level, use.field)]
    kept = others if use.level == IGNORE else same
    return replace(layout, cells=(*kept, rule))


def _require(use: Use, catalogue: Catalogue, *, in_table: bool) -> None:
    if sentence := why_no_use(use, catalogue, in_table=in_table):
        raise _refuse(sentence)


def _steps(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Take the steps of one meaning as the form lists them."""
    steps = tuple(_steps_in(form))
    for step in steps:
        if sentence := transforms.why_not(step):
            raise _refuse(sentence)
    cell = place_of(form.get("at", ""))
    if cell is not None:
        changed = tuple(
            replace(c, use=replace(c.use, steps=steps)) if (c.row, c.column) == cell else c
            for c in layout.cells
        )
        return replace(layout, cells=changed)
    rule = layout.column(_column(form.get("at", "")))
    which = _number(form.get("which", "0"), 0, 9)
    if rule is None or which >= len(rule.uses):
        raise _refuse("say first what the column is, then what is done to its text")
    uses = list(rule.uses)
    uses[which] = replace(uses[which], steps=steps)
    return layout.with_column(replace(rule, uses=tuple(uses)))


def _steps_in(form: Form) -> list[Step]:
    found = []
    for n in range(transforms.MOST_STEPS + 1):
        kind = form.get(f"step-{n}", "")
        if kind:
            first, second = form.get(f"first-{n}", ""), form.get(f"second-{n}", "")
            table = transforms.pairs_in(form.get(f"table-{n}", "")) if kind == "lookup" else ()
            found.append(Step(kind, first, second, table))
    return found[: transforms.MOST_STEPS]


def _split(layout: Layout, form: Form, setting: Setting) -> Layout:
    """One column holds the item and its description, with a separator between them."""
    rule = layout.column(_column(form.get("at", "")))
    sign = form.get("sign", "")
    if rule is None or not sign:
        raise _refuse("say what stands between the item and its description, such as ' - '")
    before, after = (Step(do, sign) for do in ("before", "after"))
    sku, text = Use("line", "sku", steps=(before,)), Use("line", "description", steps=(after,))
    cleared = _without_twin(_without_twin(layout, rule.index, sku), rule.index, text)
    return cleared.with_column(replace(rule, uses=(sku, text)))


# ---------------------------------------------------------------- rows


def _headings(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Headings stand in this row, in this and the next one, or nowhere (row 0)."""
    row = _number(form.get("row", ""), 0, len(setting.sheet.rows)) - 1
    bottom = row + 1 if form.get("two") and row >= 0 else row
    return firstguess.at_rows(replace(layout, skip=0), setting.sheet, row, bottom, setting.words)


def _first(layout: Layout, form: Form, setting: Setting) -> Layout:
    row = _number(form.get("row", ""), 1, len(setting.sheet.rows)) - 1
    if row <= layout.bottom:
        raise _refuse("lines begin below the headings: choose the row of the headings first")
    return replace(layout, skip=row - layout.bottom - 1)


def _last(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Lines end with this row: above the words that stand below it, else after as many rows."""
    row = _number(form.get("row", ""), 1, len(setting.sheet.rows)) - 1
    first = layout.bottom + 1 + layout.skip
    if row < first:
        raise _refuse("the last line is not above the first one")
    below = setting.sheet.rows[row + 1] if row + 1 < len(setting.sheet.rows) else []
    word = next((text_of(v) for v in below if isinstance(v, str) and text_of(v)), "")
    if 0 < len(word) <= 60 and any(c.isalpha() for c in word):
        return replace(layout, stop=word, most=0)
    return replace(layout, stop="", most=row - first + 1)


def _leave_out(layout: Layout, form: Form, setting: Setting) -> Layout:
    word = " ".join(form.get("word", "").split())[:200]
    if not word:
        raise _refuse("say which words mark the rows that are left out")
    kept = [known for known in layout.left_out if known != word]
    taken = tuple(known for known in layout.taken if known != word)
    return replace(layout, left_out=(*kept, word)[-_MOST_WORDS:], taken=taken)


def _take_in(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Rows that say this are lines, whatever they look like."""
    word = " ".join(form.get("word", "").split())[:200]
    if not word:
        raise _refuse("the row is empty: nothing in it can be a line")
    kept = [known for known in layout.taken if known != word]
    out = tuple(known for known in layout.left_out if known != word)
    return replace(layout, taken=(*kept, word)[-_MOST_WORDS:], left_out=out)


def _judge_rows(layout: Layout, form: Form, setting: Setting) -> Layout:
    """Nothing is said any more about the rows that say this: they are judged as all others."""
    word = " ".join(form.get("word", "").split())
    return replace(
        layout,
        taken=tuple(known for known in layout.taken if known != word),
        left_out=tuple(known for known in layout.left_out if known != word),
    )


def _lines(layout: Layout, form: Form, setting: Setting) -> Layout:
    return replace(
        layout,
        stop=" ".join(form.get("stop", "").split())[:200],
        most=_number(form.get("most") or "0", 0, 1_000_000),
        skip=_number(form.get("skip") or "0", 0, 1_000),
        left_out=_words_in(form.get("left_out", "")),
        taken=_words_in(form.get("taken", "")),
    )


def _words_in(text: str) -> tuple[str, ...]:
    words = [" ".join(line.split())[:200] for line in text.splitlines()]
    return tuple(dict.fromkeys(word for word in words if word))[:_MOST_WORDS]


def _sheet(layout: Layout, form: Form, setting: Setting) -> Layout:
    """The lines are on the sheet that is looked at."""
    if setting.sheet.name == layout.sheet:
        return replace(layout, every_sheet=bool(form.get("every")))
    fresh = firstguess.guess_in(setting.sheet, setting.words)
    return replace(fresh, constants=layout.constants, units=layout.units)


# ---------------------------------------------------------------- the whole file


def _numbers(layout: Layout, form: Form, setting: Setting) -> Layout:
    decimal, days = form.get("decimal", ""), form.get("days", "")
    return replace(
        layout,
        decimal=decimal if decimal in (",", ".") else "",
        days=days if days in ("dmy", "mdy") else "",
    )


def _units(layout: Layout, form: Form, setting: Setting) -> Layout:
    each = form.get("each", "").strip()
    words = transforms.pairs_in(form.get("words", ""))
    for number in [*([each] if each else []), *(pieces for _word, pieces in words)]:
        if sentence := transforms.why_not(Step("multiply", number)):
            raise _refuse(f"{sentence}: write how many pieces it is, such as dozen = 12")
    each = "" if each == "1" else each
    return replace(layout, units=Units(each, words, bool(form.get("price_is_per_unit"))))


def _constant(layout: Layout, form: Form, setting: Setting) -> Layout:
    use = use_of(form.get("meaning", ""))
    made = Constant(use.level, use.field, cells.clean(form.get("value", ""))[:500])
    if sentence := why_no_constant(made, setting.catalogue):
        raise _refuse(sentence)
    kept = [c for c in layout.constants if (c.level, c.field) != (made.level, made.field)]
    return replace(layout, constants=(*kept, made))


def _drop_constant(layout: Layout, form: Form, setting: Setting) -> Layout:
    gone = _number(form.get("which", ""), 0, 1000)
    kept = [c for n, c in enumerate(layout.constants) if n != gone]
    return replace(layout, constants=tuple(kept))


def _number(text: str, least: int, most: int) -> int:
    good = text.strip().isdecimal() and len(text) < 9
    number = int(text) if good else -1
    if not least <= number <= most:
        raise _refuse(f"expected a whole number from {least} to {most}, found '{text[:40]}'")
    return number


def _column(text: str) -> int:
    if not (text.isascii() and text.isalpha() and len(text) <= 3):
        raise _refuse(f"there is no column '{text[:20]}'")
    return column_of(text.upper())


_CHANGES: dict[str, Callable[[Layout, Form, Setting], Layout]] = {
    "mean": _mean,
    "steps": _steps,
    "split": _split,
    "headings": _headings,
    "first": _first,
    "last": _last,
    "leave_out": _leave_out,
    "take_in": _take_in,
    "judge_rows": _judge_rows,
    "lines": _lines,
    "sheet": _sheet,
    "numbers": _numbers,
    "units": _units,
    "constant": _constant,
    "drop_constant": _drop_constant,
}
