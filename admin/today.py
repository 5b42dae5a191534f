"""The start page: what burns, what stands still, what happened yesterday, and the load ahead."""

from dataclasses import dataclass
from typing import ClassVar

from flask import abort, request
from flask_admin import expose

import auth
import clock
from admin.access import Screen
from workflow import morning
from workflow.actors import Right
from workflow.morning import PARTS, Load, Morning
from workflow.workdays import days_of_shop

#: So many entries a part shows on the start page; the rest is one click away.
FIRST = 6
PAGE = 100
#: Kinds of marks by part, for the number on top.
KINDS = {"late": "late", "urgent": "urgent"}
_NAME, _DAY, _ROW, _HEAD = 118, 86, 44, 30


@dataclass(frozen=True)
class Bar:
    """One department on one day, as the chart draws it."""

    x: int
    width: int
    minutes: int
    kind: str


@dataclass(frozen=True)
class Row:
    """One department in the chart."""

    load: Load
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """The load by department and day, with every place worked out."""

    width: int
    height: int
    columns: tuple[int, ...]
    bar: int
    rows: tuple[Row, ...]


def chart_of(seen: Morning) -> Chart:
    """Where each bar stands; a full bar is a day's capacity."""
    bar = _DAY - 14
    columns = tuple(_NAME + n * _DAY for n in range(len(seen.days)))
    rows = tuple(
        Row(
            load,
            _HEAD + n * _ROW,
            tuple(
                _bar(x, bar, m, load.capacity) for x, m in zip(columns, load.minutes, strict=True)
            ),
        )
        for n, load in enumerate(seen.loads)
    )
    height = _HEAD + len(seen.loads) * _ROW
    return Chart(_NAME + len(columns) * _DAY, height, columns, bar, rows)


def _bar(x: int, full: int, minutes: int, capacity: int) -> Bar:
    share = min(minutes / capacity, 1) if capacity else float(minutes > 0)
    kind = "over" if minutes > capacity else "mid" if minutes > capacity * 0.85 else ""
    return Bar(x, round(full * share), minutes, kind)


class TodayScreen(Screen):
    """What the shop has to do today; who works in departments sees what concerns them."""

    rights: ClassVar[dict[str, Right]] = {"see": Right.SEE_ORDERS}

    @expose("/")
    def index(self) -> str:
        days, seen = days_of_shop(), auth.departments_seen(auth.current_actor())
        found = morning.of_shop(days, seen)
        return self.render(
            "pages/today/index.html",
            morning=found,
            titles=_titles(found),
            kinds=KINDS,
            first=FIRST,
            chart=chart_of(found),
        )

    @expose("/today/<part>")
    def part(self, part: str) -> str:
        """All entries of one part."""
        if part not in PARTS:
            abort(404)
        days, seen = days_of_shop(), auth.departments_seen(auth.current_actor())
        found = morning.of_shop(days, seen)
        entries = found.parts[part]
        page = max(request.args.get("page", 1, type=int), 1)
        return self.render(
            "pages/today/part.html",
            entries=entries[(page - 1) * PAGE : page * PAGE],
            title=_titles(found)[part],
            part=part,
            page=page,
            total=len(entries),
            size=PAGE,
        )


def _titles(found: Morning) -> dict[str, str]:
    """The parts' titles; what "yesterday" is depends on weekends and holidays."""
    last = f"{found.yesterday:%a} {found.yesterday.day} {found.yesterday:%b}"
    gap = (clock.today() - found.yesterday).days
    when = "yesterday" if gap == 1 else f"on {last}"
    return PARTS | {"released": f"Released {when}", "done": f"Done {when}"}
