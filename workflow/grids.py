"""The figures of a task as a person fills them in: a grid of lines and sizes.  Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models import JobItem, Task
from workflow.engine.docket import Docket, item_fact, item_label, work_of
from workflow.quantities import Done, ItemFact, Upstream, to_decide, to_do
from workflow.stages import Work

ZERO = Decimal(0)
_COUNTED = frozenset({"EA", "DZ", "PR", "ST", "CA", "BX"})


@dataclass(frozen=True)
class Cell:
    """One line and size as this task sees it; quantities are totals as recorded."""

    item: int
    line: int
    label: str
    size: str
    todo: Decimal
    good: Decimal
    rejected: Decimal
    reason: str
    ready: Decimal | None  # what the department before has passed on; None: not limited
    left: Decimal  # still to order, to arrive, to make, to pack, to hand over
    expected: Decimal
    wrong: Decimal
    final_short: Decimal
    missing: Decimal  # what a person may decide about
    whole: bool  # counted in whole pieces

    @property
    def at_most(self) -> Decimal:
        """What "all" means today: everything wanted, as far as it is here."""
        return self.todo if self.ready is None else min(self.todo, self.ready)


@dataclass(frozen=True)
class GridLine:
    """One line of the order, its sizes in the columns of the grid."""

    id: int
    label: str
    cells: tuple[Cell | None, ...]

    @property
    def there(self) -> list[Cell]:
        """The sizes this line has."""
        return [cell for cell in self.cells if cell is not None]

    @property
    def todo(self) -> Decimal:
        return sum((cell.todo for cell in self.there), ZERO)

    @property
    def good(self) -> Decimal:
        return sum((cell.good for cell in self.there), ZERO)

    @property
    def reason(self) -> str:
        """The reason of what was rejected, where one is given."""
        return next((cell.reason for cell in self.there if cell.reason), "")


@dataclass(frozen=True)
class Grid:
    """Lines of one product under the same sizes."""

    caption: str
    sizes: tuple[str, ...]
    lines: tuple[GridLine, ...]


def grids(docket: Docket, task: Task, upstream: Upstream) -> tuple[Grid, ...]:
    """What a task records: lines of one product share a grid, those without sizes another."""
    by_line: dict[int, list[JobItem]] = {}
    for item in docket.covered(task):
        by_line.setdefault(item.line_id, []).append(item)
    groups: dict[str, list[list[JobItem]]] = {}
    for items in by_line.values():
        line, sized = items[0].line, len(items) > 1 or items[0].size
        name = (line.description or line.sku or f"Line {line.number}") if sized else ""
        groups.setdefault(name, []).append(items)
    return tuple(_grid(docket, task, upstream, name, lines) for name, lines in groups.items())


def _grid(
    docket: Docket, task: Task, upstream: Upstream, name: str, lines: Sequence[list[JobItem]]
) -> Grid:
    sizes = tuple(dict.fromkeys(item.size for items in lines for item in items))
    found = []
    for items in lines:
        cells = {item.size: _cell(docket, task, upstream, item) for item in items}
        line = items[0].line
        label = line.color or f"Line {line.number}" if name else item_label(line, "")
        found.append(GridLine(line.id, label, tuple(cells.get(size) for size in sizes)))
    return Grid(name, sizes if name else ("Pieces",), tuple(found))


def _cell(docket: Docket, task: Task, upstream: Upstream, item: JobItem) -> Cell:
    work = work_of(task)
    fact = item_fact(item, buying=docket.buying())
    done = docket.done(task).get(item.id, Done())
    ready = upstream.passed_on.get(item.id)
    if work in (Work.PURCHASING, Work.RECEIVING):
        ready = None
    return Cell(
        item=item.id,
        line=item.line_id,
        label=fact.label,
        size=item.size,
        todo=to_do(work, fact),
        good=done.good,
        rejected=done.rejected,
        reason=done.reason,
        ready=ready,
        left=_left(work, fact, done, ready),
        expected=fact.expected,
        wrong=item.wrong,
        final_short=item.final_short,
        missing=to_decide(work, fact, done, docket.tolerance()),
        whole=item.line.uom in _COUNTED,
    )


def _left(work: Work, fact: ItemFact, done: Done, ready: Decimal | None) -> Decimal:
    if work is Work.RECEIVING:
        return fact.coming
    wanted = to_do(work, fact)
    if work is Work.HANDOVER and ready is not None:
        wanted = max(ready, ZERO)
    return max(wanted - done.good, ZERO)
