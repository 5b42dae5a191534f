"""Pages of a list: newest first, and where the next one begins.

A cursor holds the id of the last row, so rows that come or go meanwhile move nothing.
"""

import base64
from collections.abc import Callable
from typing import Any

from api.operations import Call

_FIRST = 2**31


def page(call: Call, query: Any, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """One page of a query's rows, newest first.

    Args:
        call: its cursor and limit.
        query: over a table with an ``id``, without order or limit.
        show: makes JSON of a row.
    """
    return page_of(call, query, lambda rows: [show(row) for row in rows])


def page_of(
    call: Call, query: Any, show: Callable[[list[Any]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """The same where rows are shown all at once."""
    row_id, limit = query.model.id, int(call.query["limit"])
    before = _position(call.query.get("cursor", ""))
    rows = list(query.where(row_id < before).order_by(row_id.desc()).limit(limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    return {"items": show(rows), "next_cursor": _cursor(rows[-1].id) if more else None}


def _cursor(row_id: int) -> str:
    return base64.urlsafe_b64encode(row_id.to_bytes(4, "big")).decode().rstrip("=")


def _position(cursor: str) -> int:
    if not cursor:
        return _FIRST
    # A cursor of ours or not: any four bytes are a place in the list.
    return min(int.from_bytes(base64.urlsafe_b64decode(f"{cursor}=="), "big"), _FIRST)
